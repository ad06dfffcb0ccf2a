"""Typed contracts in, JSON Schema files (draft 2020-12) out: ``python -m synth.formats.schemas``.

They are written twice: into ``schemas/`` for readers, and into the package for ``check-record``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PACKAGED = Path(__file__).resolve().parent.parent / "data" / "schemas"
PUBLISHED = Path(__file__).resolve().parent.parent.parent / "schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def identifier(name: str) -> str:
    """Return our identifier of a contract, which blocks carry as ``schema`` and schemas as ``$id``."""
    return f"urn:synth:schema:{name}"


def schemas() -> dict[str, bytes]:
    """Return every schema as the bytes of its file, by file name."""
    import msgspec

    from synth.formats.contracts import BLOCKS
    from synth.formats.contracts_lines import ATTEMPTS, LINES

    made: dict[str, bytes] = {}
    for name, kind in sorted((BLOCKS | LINES | ATTEMPTS).items()):
        schema = _pinned(msgspec.json.schema(kind), name if name in BLOCKS else "")
        whole = {"$schema": DRAFT, "$id": identifier(name), "title": name, **schema}
        made[f"{name}.schema.json"] = (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()
    return made


def _pinned(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Let a block's own identifier be the only value of its ``schema`` and ``contract_version``."""
    from synth.formats.contracts import BLOCKS

    contracts = {kind.__name__: contract for contract, kind in BLOCKS.items()}
    for kind, definition in schema.get("$defs", {}).items():
        if definition.get("type") == "object" and "properties" in definition:
            # records are read strictly, whatever they are made of
            definition["additionalProperties"] = False
        if name and kind in contracts:
            definition["properties"]["schema"] = {"const": identifier(contracts[kind])}
            definition["properties"]["contract_version"] = {"const": contracts[kind]}
    return schema


def write() -> None:
    """Write the schemas into the package, and beside it where this is a checkout."""
    folders = [PACKAGED, *([PUBLISHED] if PUBLISHED.is_dir() else [])]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in schemas().items():
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    write()
