"""A record in, the one JSON text of it out; such a text in, the record out, or one line of what is wrong."""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeVar

from synth.errors import InputError
from synth.text import printable
from synth.trials import Spec

T = TypeVar("T")

MOST_BYTES = 64 * 1024 * 1024
_REMEDY = "take the attempt anew from where it was published, or run it again"


def encode(record: object) -> bytes:
    """Return the canonical JSON of a record: sorted keys, indent 2, UTF-8, a final newline, floats by repr.

    A whole number in a field for floats is written as the float that it will be read as, so a record and what
    is read back have the same bytes. Raises InputError for NaN, infinity and text that is no UTF-8.
    """
    import msgspec

    try:
        read_back = msgspec.convert(msgspec.to_builtins(record), type(record))
        text = json.dumps(
            msgspec.to_builtins(read_back), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False
        )
        return f"{text}\n".encode()
    except (ValueError, msgspec.ValidationError) as error:
        raise InputError(
            f"a {type(record).__name__} cannot be written: {error}", remedy="every number must be finite"
        ) from error


def decode(kind: type[T], raw: bytes, *, file: str) -> T:
    """Return the record of ``kind`` that ``raw`` is the canonical JSON of; ``file`` names it in errors.

    Nothing else is taken: raises InputError for a field that is unknown, missing, doubled or of the wrong
    type, another schema, other spacing or order, NaN, nesting without end and more than ``MOST_BYTES``.
    """
    import msgspec

    if len(raw) > MOST_BYTES:
        raise InputError(f"{file} is larger than {MOST_BYTES // 2**20} MiB", remedy=_REMEDY)
    try:
        # the whole tree first: decoding by type passes over the names of fields that it does not know
        tree = msgspec.json.decode(raw)
        made = msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{file} is no {kind.__name__}: {_shown(str(error))}", remedy=_REMEDY) from error
    schema = getattr(kind, "__dataclass_fields__", {}).get("schema")
    if schema is not None and getattr(made, "schema", "") != schema.default:
        raise InputError(f"{file} is not of the schema {schema.default}", remedy="read it with its version")
    if encode(made) != raw:
        where = _strange(tree, msgspec.json.decode(encode(made)))
        raise InputError(f"{file} is no canonical {kind.__name__}: {_shown(where)}", remedy=_REMEDY)
    return made


def spec_sha256(spec: Spec) -> str:
    """Return the name of a spec: the SHA-256 of its canonical JSON."""
    return hashlib.sha256(encode(spec)).hexdigest()


def _shown(text: str) -> str:
    """Return words that hold parts of a hostile file, safe to print."""
    return printable(text)[:200]


def _strange(given: Any, due: Any, place: str = "") -> str:
    """Return the first field that one tree has and the other has not, or that the text is laid out anew."""
    if isinstance(given, dict) and isinstance(due, dict):
        for name in sorted({*given, *due}):
            if name not in due:
                return f"unknown field {place}{name}"
            if name not in given:
                return f"missing field {place}{name}"
            if given[name] != due[name]:
                return _strange(given[name], due[name], f"{place}{name}.")
    if isinstance(given, list) and isinstance(due, list):
        for at, (one, other) in enumerate(zip(given, due, strict=False)):
            if one != other:
                return _strange(one, other, f"{place}{at}.")
    return "other order, spacing or numbers, or a field that stands twice"
