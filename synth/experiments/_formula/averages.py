"""A claim and its paper's tables go in; the averages that it states come out, each with its row.

Which columns a column "Avg" averages is settled by the other rows of its table, never by the row in question:
the run of columns right before it that gives the printed average in at least two other rows and in four of
five that can be checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from synth.experiments._formula.equations import number
from synth.experiments._formula.stated import Number, Statement, from_quantity
from synth.records import Claim, Quantity, Table
from synth.text import quantities
from synth.trials import Quoted

_AVERAGE = re.compile(r"\b(?:average[sd]?|averaging|mean|avg\.?)(?![\w-])", re.IGNORECASE)
_COLUMN = re.compile(r"(?:macro[ -])?(?:avg\.?|average|mean)", re.IGNORECASE)
_CELL = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})?%?")
_CLAUSE = re.compile(r"[;:]|(?<![A-Za-z0-9-])[0-9]")  # a second number ends it, the 1 of "F1" does not
_NEAR = 60
_LEAST_ROWS, _LEAST_SHARE = 2, Fraction(4, 5)
_Row = Sequence[Number | None]


def averages(claim: Claim, tables: Sequence[Table], *, doc_id: str) -> tuple[Statement, ...]:
    """Return the averages that ``claim`` states and that one row of ``tables``, and no other, prints."""
    out: list[Statement] = []
    for quantity in quantities(claim.text):
        if not _speaks_of_average(claim.text, quantity):
            continue
        found = [s for table in tables for s in _in_table(quantity, table, doc_id=doc_id)]
        if len(found) == 1:
            out.append(found[0])
    return tuple(out)


def _speaks_of_average(text: str, quantity: Quantity) -> bool:
    """Whether a printed decimal stands near "average" in its clause and is no difference."""
    if quantity.digits == 0 or quantity.direction or quantity.bound or quantity.high is not None:
        return False
    if quantity.unit not in ("", "percent"):
        return False
    before = _CLAUSE.split(text[max(0, quantity.start - _NEAR) : quantity.start])[-1]
    after = _CLAUSE.split(text[quantity.end : quantity.end + _NEAR])[0]
    return bool(_AVERAGE.search(before) or re.search(r"\bon average\b", after, re.IGNORECASE))


def _in_table(quantity: Quantity, table: Table, *, doc_id: str) -> Iterator[Statement]:
    stated = from_quantity(quantity)
    for at, header in _headers(table):
        rows = [_cells(row, columns=header) for row in table.rows[at + 1 :]]
        for column, name in enumerate(header):
            if not _COLUMN.fullmatch(name.strip()):
                continue
            hits = [i for i, row in enumerate(rows) if _is(row, column, stated)]
            if len(hits) != 1:
                continue
            others = [row for i, row in enumerate(rows) if i != hits[0]]
            width = _width(others, column, first=_first(header, column))
            row = rows[hits[0]]
            if width and all(row[column - width : column]):
                printed = table.rows[at + 1 + hits[0]]
                yield _average(
                    quantity, row[column - width : column], _quoted(table, header, printed, doc_id)
                )


def _average(quantity: Quantity, cells: _Row, quote: Quoted) -> Statement:
    known = [cell for cell in cells if cell is not None]
    names = [f"x{i}" for i in range(1, len(known) + 1)]
    return Statement(
        kind="table average",
        expression=f"mean({', '.join(names)})",
        inputs=tuple(zip(names, known, strict=True)),
        stated=from_quantity(quantity),
        unit=quantity.unit,
        quotes=(quote,),
        at=quantity.start,
    )


def _headers(table: Table) -> Iterator[tuple[int, list[str]]]:
    """Yield the header rows (there may be several) with cells that hold two columns parted."""
    for at, row in enumerate(table.rows):
        if any(_COLUMN.fullmatch(cell.strip()) for cell in row[1:]):
            yield at, _parted(table, at)
            return


def _parted(table: Table, at: int) -> list[str]:
    counts = _counts(table, at)
    out: list[str] = []
    for cell, count in zip(table.rows[at], counts, strict=True):
        words = cell.split()
        out += words if len(words) == count else [cell] + [""] * (count - 1)
    return out


def _counts(table: Table, at: int) -> list[int]:
    """Return for each column how many numbers most of its cells below row ``at`` hold (at least one)."""
    counts = []
    for column in range(len(table.rows[at])):
        seen = [len(row[column].split()) for row in table.rows[at + 1 :] if _numeric(row[column])]
        counts.append(max(set(seen), key=lambda n: (seen.count(n), -n)) if seen else 1)
    return counts


def _numeric(cell: str) -> bool:
    return bool(cell.split()) and all(_CELL.fullmatch(word) for word in cell.split())


def _cells(row: Sequence[str], *, columns: Sequence[str]) -> _Row:
    """Return the numbers of a row by parted column; a row that does not fit the columns is empty."""
    out: list[Number | None] = []
    for cell in row:
        if _numeric(cell):
            out += [_rounded(word) for word in cell.split()]
        else:
            out.append(None)
    return out if len(out) == len(columns) else [None] * len(columns)


def _rounded(word: str) -> Number:
    found = number(word.rstrip("%"))
    places = len(word.rstrip("%").partition(".")[2])
    return Number(printed=word, value=found.value, half=Fraction(1, 2 * 10**places))


def _is(row: _Row, column: int, stated: Number) -> bool:
    cell = row[column]
    return cell is not None and cell.value == stated.value and cell.half == stated.half


def _first(header: Sequence[str], column: int) -> int:
    """Return where the run before ``column`` may begin: after the row's name and any earlier average."""
    earlier = [i for i in range(column) if _COLUMN.fullmatch(header[i].strip())]
    return max([1, *(i + 1 for i in earlier)])


def _width(rows: Sequence[_Row], column: int, *, first: int) -> int:
    """Return how many columns before ``column`` the other rows show to be averaged, 0 where none do."""
    for width in range(column - first, 1, -1):
        checked = [row for row in rows if row[column] and all(row[column - width : column])]
        fits = sum(_fits(row, column, width) for row in checked)
        if fits >= _LEAST_ROWS and fits >= _LEAST_SHARE * len(checked):
            return width
    return 0


def _fits(row: _Row, column: int, width: int) -> bool:
    cells = [cell for cell in row[column - width : column + 1] if cell is not None]
    *parts, mean = cells
    slack = mean.half + sum((p.half for p in parts), Fraction(0)) / len(parts)
    return abs(sum((p.value for p in parts), Fraction(0)) / len(parts) - mean.value) <= slack


def _quoted(table: Table, header: Sequence[str], row: Sequence[str], doc_id: str) -> Quoted:
    lines = (table.caption, " | ".join(header), " | ".join(row))
    return Quoted(doc_id=doc_id, text="\n".join(line for line in lines if line), page=table.page)
