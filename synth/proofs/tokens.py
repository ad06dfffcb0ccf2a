"""Lean source in, the words of its code out: without comments, strings and characters.

The scan follows the reference manual's lexical structure (nested ``/- -/``, raw strings, quoted names). A
file can change Lean's own tokens, so what is not found here proves nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NEXT = re.compile(
    r"""(?P<comment>/-)
    |(?P<line>--[^\n]*)
    |(?P<raw>(?<![\w'!?])r(?P<hashes>\#*)")
    |(?P<string>"(?:\\.|[^"\\])*"?)
    |(?P<char>(?<![\w'!?])'(?:\\[^\n']{1,8}|\\'|[^\\'\n])')
    |(?P<word>(?:[^\W\d]|«[^»\n]*»)(?:[\w'!?.]|«[^»\n]*»)*)
    |(?P<other>.)""",
    re.X | re.S,
)
_EDGE = re.compile(r"/-|-/")


class Word(NamedTuple):
    """A name or keyword of the code (``debug.skipKernelTC`` is one), and its line from 1."""

    text: str
    line: int


class Scan(NamedTuple):
    """The words in order; ``open_end`` names what was begun and never closed, or ""."""

    words: tuple[Word, ...]
    open_end: str


def scan(source: str) -> Scan:
    """Return the words of ``source``; single signs (``:``, ``@``, ``#``) are left out."""
    words: list[Word] = []
    at, line = 0, 1
    while at < len(source):
        found = _NEXT.match(source, at)
        if found is None:
            return Scan(tuple(words), f"text that cannot be read in line {line}")
        end = _end(source, found)
        if end < 0:
            return Scan(tuple(words), f"a comment or string begun in line {line} that never ends")
        if found.lastgroup == "word":
            words.append(Word(found["word"].rstrip("."), line))
        line += source.count("\n", at, end)
        at = end
    return Scan(tuple(words), "")


def _end(source: str, found: re.Match[str]) -> int:
    """Return where the match ends for Lean, -1 where it never does."""
    if found["comment"] is not None:
        return _comment_end(source, found.end())
    if found["raw"] is not None:
        close = source.find('"' + found["hashes"], found.end())
        return close + 1 + len(found["hashes"]) if close >= 0 else -1
    if found["string"] is not None:
        closed = len(found["string"]) > 1 and found["string"].endswith('"')
        return found.end() if closed else -1
    return found.end()


def _comment_end(source: str, start: int) -> int:
    depth = 1
    for edge in _EDGE.finditer(source, start):
        depth += 1 if edge[0] == "/-" else -1
        if depth == 0:
            return edge.end()
    return -1
