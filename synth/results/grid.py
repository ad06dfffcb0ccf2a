"""The rows of a table go in; its numbers come out, each with the headers above and the labels beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from synth.records import Box, Table
from synth.results import numerals


class Cell(NamedTuple):
    """A cell that holds numbers, ``above`` it headers from outer to inner, ``beside`` it labels.

    ``section`` is the row of text that opened its part of the table; ``corner`` the headers of the
    label columns. ``repeated`` is "2 of 3" where three columns have the same headers.
    """

    row: int
    column: int
    text: str
    numbers: tuple[numerals.Printed, ...]
    above: tuple[str, ...]
    beside: tuple[str, ...]
    section: str
    corner: tuple[str, ...]
    repeated: str
    box: Box | None


Row = Sequence[str]
_LONGEST: Final = 300
"""Characters of a cell that are read; no label or number is longer."""


def cells(table: Table) -> tuple[Cell, ...]:
    """Return the numeric cells of ``table`` under its headers, row by row; () for a table without headers."""
    rows = tuple(tuple(text[:_LONGEST] for text in row) for row in table.rows)
    if not rows or len({len(row) for row in rows}) != 1:
        return ()
    kinds = [[numerals.read(text) for text in row] for row in rows]
    first = next((i for i, row in enumerate(rows) if _is_data(row, kinds[i])), None)
    if first is None:
        return ()
    labels = _label_columns(rows[first:], kinds[first:])
    if len(labels) == len(rows[0]):
        return ()
    return tuple(cell for cell in _walk(replace(table, rows=rows), kinds, first, labels) if any(cell.above))


def _is_data(row: Row, numbers: Sequence[tuple[numerals.Printed, ...]]) -> bool:
    """Whether a row holds measurements: a decimal, or mostly numbers that are no years."""
    told = [(text, n) for text, n in zip(row[1:], numbers[1:], strict=True) if not numerals.is_empty(text)]
    if any(n and any(p.digits for p in n) for _, n in told):
        return True
    plain = [n for _, n in told if n and not all(1900 <= p.value <= 2100 for p in n)]
    return bool(told) and 2 * len(plain) > len(told)


def _label_columns(
    rows: Sequence[Row], kinds: Sequence[Sequence[tuple[numerals.Printed, ...]]]
) -> tuple[int, ...]:
    """The first column, and those after it that hold words in most rows."""
    found = [0]
    for column in range(1, len(rows[0])):
        told = [(row[column], kind[column]) for row, kind in zip(rows, kinds, strict=True)]
        told = [(text, n) for text, n in told if not numerals.is_empty(text)]
        words = sum(not n for _, n in told)
        if told and 3 * words > 2 * len(told):
            found.append(column)
    return tuple(found)


def _walk(
    table: Table, kinds: Sequence[Sequence[tuple[numerals.Printed, ...]]], first: int, labels: tuple[int, ...]
) -> Iterator[Cell]:
    rows = table.rows
    columns = tuple(c for c in range(len(rows[0])) if c not in labels)
    first = 1 + max((h for h in range(first) if any(rows[h][c].strip() for c in columns)), default=first - 1)
    heads = list(range(first))
    above = _above(table, heads, columns)
    sides, repeated = _sides(labels, columns, above), _repeated(above)
    section, last, fresh, waiting = "", [""] * len(rows[0]), False, ""
    for i in range(first, len(rows)):
        told = [c for c in range(len(rows[i])) if not numerals.is_empty(rows[i][c])]
        if not any(kinds[i][c] for c in columns):
            if len(told) > 1 and any(c in columns for c in told):
                heads = [*heads, i] if fresh and heads[-1] == i - 1 else [i]
                above, fresh = _above(table, heads, columns), True
                sides, repeated = _sides(labels, columns, above), _repeated(above)
                section = rows[i][0] or section
            elif told:
                waiting = rows[i][told[0]]
                section = waiting
            continue
        opened, waiting, fresh = waiting, "", False
        last = _filled(rows[i], labels, last)
        if opened and (not rows[i][0].strip() or _is_continued(rows[i][0])):
            last[0] = f"{opened} {rows[i][0]}".strip()
            section = ""
        for c in columns:
            if kinds[i][c]:
                beside = tuple(last[k] for k in sides[c])
                corner = tuple(
                    " ".join(rows[h][k] for h in range(first) if rows[h][k]).strip() for k in sides[c]
                )
                box = table.cell_boxes[i][c]
                yield Cell(i, c, rows[i][c], kinds[i][c], above[c], beside, section, corner, repeated[c], box)


def _sides(
    labels: tuple[int, ...], columns: tuple[int, ...], above: dict[int, tuple[str, ...]]
) -> dict[int, tuple[int, ...]]:
    """Return column -> its label columns: all to its left, or, of two tables side by side, the nearest.

    Side by side are the columns before and after a label column where the headers before it come again.
    """
    found: dict[int, tuple[int, ...]] = {}
    for c in columns:
        left = [k for k in labels if k < c] or [labels[0]]
        start = left[-1]
        block = {above[k][-1:] for k in columns if k > start}
        before = {above[k][-1:] for k in columns if k < start}
        found[c] = (start,) if before & block else tuple(left)
    return found


def _repeated(above: dict[int, tuple[str, ...]]) -> dict[int, str]:
    """Return column -> "2 of 3" for columns that share their headers: what tells them apart was not read."""
    same: dict[tuple[str, ...], list[int]] = {}
    for c, path in above.items():
        same.setdefault(path, []).append(c)
    return {
        c: f"{same[path].index(c) + 1} of {len(same[path])}" if len(same[path]) > 1 else ""
        for c, path in above.items()
    }


def _is_continued(label: str) -> bool:
    """Whether a label goes on from the line above: a citation alone."""
    return label.lstrip()[:1] in ("[", "(") and label.rstrip()[-1:] in ("]", ")")


def _filled(row: Row, labels: tuple[int, ...], last: Sequence[str]) -> list[str]:
    """Labels of a row by column; an empty outer label is that of the row above, an inner one is empty."""
    found = [""] * len(row)
    for position, k in enumerate(labels):
        text = row[k].strip()
        inner = [c for c in labels[position + 1 :] if row[c].strip()]
        found[k] = text or (last[k] if inner and k == labels[0] else "")
    return found


def _above(table: Table, heads: Sequence[int], columns: tuple[int, ...]) -> dict[int, tuple[str, ...]]:
    """Return column -> its headers from the outer to the inner row."""
    paths: dict[int, list[str]] = {c: [] for c in columns}
    for position, head in enumerate(heads):
        named = [c for c in columns if table.rows[head][c].strip()]
        leaf = position == len(heads) - 1 and 2 * len(named) >= len(columns)
        spread = {c: c for c in named} if leaf else _spread(table, head, columns, named)
        for c in columns:
            source = spread.get(c)
            if source is not None:
                paths[c].append(table.rows[head][source].strip())
    return {c: tuple(path) for c, path in paths.items()}


def _spread(table: Table, head: int, columns: tuple[int, ...], named: Sequence[int]) -> dict[int, int]:
    """Return column -> the column whose header cell spans it.

    A header over several columns is centred on them: of all ways to give each header a run of columns,
    take the one whose runs' centres lie nearest to the headers' centres and that leaves few columns
    out. Without boxes a header reaches to the next one.
    """
    centres = _centres(table, head, columns)
    boxes = [table.cell_boxes[head][c] for c in named]
    if not named:
        return {}
    if centres is None or any(box is None for box in boxes):
        return {c: max(n for n in named if n <= c) for c in columns if c >= named[0]}
    targets = [(box.x0 + box.x1) / 2 for box in boxes if box is not None]
    runs = _fit(centres, targets)
    return {columns[k]: named[j] for j, (start, end) in enumerate(runs) for k in range(start, end)}


def _centres(table: Table, head: int, columns: tuple[int, ...]) -> list[float] | None:
    """Centre of each column by its cells below the header, None where a column has no boxes."""
    found: list[float] = []
    for c in columns:
        below = [
            row[c] for i, row in enumerate(table.cell_boxes) if i > head and numerals.read(table.rows[i][c])
        ]
        boxes = sorted((b.x0 + b.x1) / 2 for b in below if b is not None)
        if not boxes:
            return None
        found.append(boxes[len(boxes) // 2])
    return found


def _fit(centres: Sequence[float], targets: Sequence[float]) -> list[tuple[int, int]]:
    """Return each target's run [start, end) of columns: least distance plus a price for those left out."""
    count = len(centres)
    price = 0.3 * (centres[-1] - centres[0]) / max(1, count - 1) if count > 1 else 0.0
    best: list[tuple[float, list[tuple[int, int]]]] = [(i * price, []) for i in range(count + 1)]
    for target in targets:
        after: list[tuple[float, list[tuple[int, int]]]] = [(float("inf"), [])] * (count + 1)
        for end in range(1, count + 1):
            taken = after[end - 1][0] + price, after[end - 1][1]
            for start in range(end):
                cost = best[start][0] + abs((centres[start] + centres[end - 1]) / 2 - target)
                if cost < taken[0]:
                    taken = cost, [*best[start][1], (start, end)]
            after[end] = taken
        best = after
    return best[count][1] if len(best[count][1]) == len(targets) else []
