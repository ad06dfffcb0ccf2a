"""The text of a table cell goes in, the numbers printed in it come out."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_MARKS = r"[\s*∗⋆★†‡§¶♠♣♦♥△▲▼↑↓⇑⇓~∼≈^]*"
_CELL: Final = re.compile(
    rf"{_MARKS}(?P<sign>[+\-−–±]?)\s?(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|\.\d+)\s?(?P<percent>%?)"
    rf"(?:\s?(?:±|\+/-|\+-)\s?(?P<error>\d*\.?\d+)%?|\s?\(\s?(?:±\s?)?(?P<aside>[+\-−–]?\d*\.?\d+)\s?%?\s?\))?"
    rf"(?:{_MARKS}|\s?[a-d]|[-−–])",
)
_EMPTY: Final = re.compile(r"[\s\-–—−.·?]*|n/?a|none|oom", re.IGNORECASE)
_SLASHED: Final = re.compile(r"\s*[/|]\s*")
_SPACED: Final = re.compile(r"(?<=[\d*†‡∗])\s+(?=[\d.+−-])")


class Printed(NamedTuple):
    """A number as a cell prints it; ``grouped`` has thousands' commas, ``signed`` a leading + or minus."""

    value: float
    digits: int
    percent: bool
    signed: bool
    grouped: bool
    error: str


def read(cell: str) -> tuple[Printed, ...]:
    """Return the numbers of ``cell``, parted by slashes or (with decimals) spaces; () for anything else.

    ``85.1``, ``.851``, ``85.1 ± 0.3``, ``85.1%``, ``+1.2``, ``85.1†`` and ``77.0/83.0`` are read;
    ``110M``, ``2e-5`` and words are not.
    """
    spaced = _SPACED.split(cell.strip())
    return _parts(_SLASHED.split(cell.strip())) or (
        _parts(spaced) if len(spaced) > 1 and cell.count(".") >= len(spaced) else ()
    )


def _parts(parts: list[str]) -> tuple[Printed, ...]:
    matches = [_CELL.fullmatch(part.strip()) for part in parts]
    found = tuple(_printed(match) for match in matches if match is not None)
    return found if len(found) == len(parts) else ()


def _printed(match: re.Match[str]) -> Printed:
    number, sign = match.group("number"), match.group("sign")
    value = float(number.replace(",", ""))
    return Printed(
        value=-value if sign in ("-", "−", "–") else value,
        digits=len(number.partition(".")[2]),
        percent=bool(match.group("percent")),
        signed=sign in ("+", "-", "−", "–"),
        grouped="," in number,
        error=match.group("error") or "",
    )


def is_empty(cell: str) -> bool:
    """Whether the cell says nothing (blank, a dash, n/a)."""
    return _EMPTY.fullmatch(cell.strip()) is not None
