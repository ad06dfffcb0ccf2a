"""The folder that a sealed run wrote goes in, its values as checked decimals come out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path

from synth.errors import InputError

_LARGEST = 256 * 1024
_DECIMAL = re.compile(r"-?[0-9]{1,60}(?:\.[0-9]{1,60})?(?:E[+-]?[0-9]{1,4})?", re.ASCII)
_REMEDY = "run the experiment again"


def read_values(file: Path, *, keys: Collection[str], arms: Collection[str]) -> dict[str, dict[str, str]]:
    """Return key -> arm -> decimal from ``file``.

    Raises InputError for a link, a file that is missing, too large or no JSON, and for any key, arm or value
    that is not exactly what was asked for.
    """
    if file.is_symlink() or not file.is_file():
        raise InputError(f"{file} is no plain file", remedy=_REMEDY)
    with file.open("rb") as opened:
        raw = opened.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise InputError(f"{file} is larger than {_LARGEST} bytes", remedy=_REMEDY)
    try:
        read = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is no JSON", remedy=_REMEDY) from error
    if not isinstance(read, dict) or set(read) != set(keys):
        raise InputError(f"{file} does not hold exactly {', '.join(keys)}", remedy=_REMEDY)
    for key, values in read.items():
        if not isinstance(values, dict) or set(values) != set(arms):
            raise InputError(f"{file}: {key} does not hold exactly {', '.join(arms)}", remedy=_REMEDY)
        if not all(isinstance(v, str) and _DECIMAL.fullmatch(v) for v in values.values()):
            raise InputError(f"{file}: {key} holds a value that is no decimal", remedy=_REMEDY)
    return read
