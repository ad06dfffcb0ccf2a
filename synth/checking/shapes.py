"""Parsed JSON in, where it breaks its schema out (JSON Schema draft 2020-12, the copies in the package)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from synth.checking.files import MANIFEST, Problem, problem

SCHEMAS = Path(__file__).resolve().parent.parent / "data" / "schemas"
MOST_FAULTS = 20
_AGAIN = "write the bundle again with this version of synth"


def check_manifest(manifest: Any) -> Iterator[Problem]:
    """Yield a problem for each place where the manifest breaks paper-manifest-v1.1, 20 at most."""
    yield from _faults(MANIFEST, "paper-manifest-v1.1", [(0, manifest)])


def check_claims(claims: Sequence[Any]) -> tuple[Problem, ...]:
    """Return a problem for each place where a line of claims.jsonl breaks its schema, 20 at most."""
    return tuple(_faults("claims.jsonl", "claims-file-line-v1", list(enumerate(claims, start=1))))


def _faults(file: str, contract: str, values: Sequence[tuple[int, Any]]) -> Iterator[Problem]:
    from jsonschema import Draft202012Validator  # 60 ms

    schema = json.loads((SCHEMAS / f"{contract}.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    shown = 0
    for line, value in values:
        for error in sorted(validator.iter_errors(value), key=lambda e: (e.json_path, e.message)):
            if shown == MOST_FAULTS:
                yield problem(file, f"breaks its schema in more than {MOST_FAULTS} places", _AGAIN)
                return
            shown += 1
            where = f"line {line}, " if line else ""
            yield problem(file, f"{where}{error.json_path}: {_said(error.message)}", _AGAIN)


def _said(message: str) -> str:
    return message if len(message) <= 160 else f"{message[:80]} … {message[-70:]}"
