"""Markdown and the heads of a table in, the table's cells out, as they stand there."""

from __future__ import annotations

import re

_CELL = re.compile(r"(?<!\\)((?:\\\\)*)\|")
"""A bar that ends a cell: one that is not escaped."""


def cells(markdown: str, *, heads: str) -> list[list[str]]:
    """Return the cells of each row of the table whose line of heads is ``heads``, [] where there is none."""
    lines = iter(markdown.splitlines())
    for line in lines:
        if line.strip() == heads:
            break
    next(lines, None)
    found = []
    for line in lines:
        if not line.startswith("| "):
            break
        found.append([cell.strip() for cell in _CELL.sub("\\1\x00", line).split("\x00")[1:-1]])
    return found
