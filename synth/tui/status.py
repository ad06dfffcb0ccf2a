"""A sitting in, the line at the top and the line of keys at the bottom out."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content

from synth.pipeline.sitting import Sitting
from synth.reviews import Pace
from synth.tui.cells import cut, cut_off, one_line
from synth.tui.keys import KEYS, Key

_FIRST = ("a", "r", "1", "2", "3", "?", "q", "space", "/", "u", "d")
"""Shown keys that come first where the line is too narrow for all."""
_LEAST_TITLE = 8


def status(sitting: Sitting, *, pace: Pace, shown: int, of: int, width: int) -> Content:
    """Return whose sitting it is, over what, how much is done and left; the title takes what room is left."""
    parts = [
        one_line(sitting.reviewer) + (" blind" if sitting.blind else ""),
        f"{of - pace.left} of {of} {'settled' if sitting.settling else 'judged'}",
        pace.words,
    ]
    if sitting.settling:
        parts.insert(1, "settling")
    if shown != of:
        parts.append(f"{shown} shown")
    facts = " | ".join(parts)
    room = width - cell_len(facts) - 5
    title = f"{cut_off(one_line(sitting.report.title), room)} | " if room >= _LEAST_TITLE else ""
    return Content(cut(f" {title}{facts}", width))


def opening(sitting: Sitting, *, of: int, left: int) -> str:
    """Return the first line that is said, over so many claims."""
    if sitting.settling:
        return "say what is right: 1, 2, 3, or a for the machine's label" if of else "nothing is disputed"
    if not of:
        return "the report judges no claim"
    if not left:
        return "every claim is judged: i tells how far the reviewers agree, q leaves"
    return (
        "blind: judge, then see what the machine says"
        if sitting.blind
        else "? shows every key, c the passages whole"
    )


def hints(*, hidden: bool, settling: bool, width: int) -> Content:
    """Return the keys that can be pressed now, as many as there is room for, in the order of the table."""
    useless = ("a", "r") if hidden else ("r", "d") if settling else ()
    offered = [key for key in KEYS if key.hint and key.shown not in useless]
    chosen = set(_fitting(offered, width))
    parts: list[tuple[str, str] | str] = []
    for key in offered:
        if key in chosen:
            parts += ["  " if parts else " ", (key.first, "bold"), f" {key.hint}"]
    return Content.assemble(*parts)


def _fitting(offered: list[Key], width: int) -> Iterator[Key]:
    """Yield the keys that a line has room for; a space leads it, two part them."""
    used = -1
    for key in sorted(offered, key=lambda k: _FIRST.index(k.first) if k.first in _FIRST else len(_FIRST)):
        used += 2 + cell_len(f"{key.first} {key.hint}")
        if used <= width:
            yield key
