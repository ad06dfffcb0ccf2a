"""Rows and what stands of them in, a list with a cursor out; only the lines in sight are drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from synth.records import ClaimKind
from synth.tui.cells import cut, cut_within
from synth.tui.lined import Lined
from synth.tui.rows import Held, Row
from synth.tui.words import MARKS, ROLES, figure, short

Cell = tuple[str, str]
"""Text and the role that it plays, "" for none."""
_KINDS = {
    ClaimKind.FINDING: "find",
    ClaimKind.COMPARISON: "comp",
    ClaimKind.METHOD: "meth",
    ClaimKind.RESOURCE: "rsrc",
    ClaimKind.DEFINITION: "def",
    ClaimKind.LIMITATION: "lim",
}
_ENDING = re.compile(r"\.(pdf|txt|md)$", re.IGNORECASE)
WIDE, SLIM = 110, 60
"""Cells from which kinds are printed whole, and below which they are left out."""


def cells(row: Row, held: Held, *, width: int) -> tuple[Cell, ...]:
    """Return a row in ``width`` cells: state, verdict, probability, paper, page, kind and the claim."""
    paper, kind = _widths(width)
    verdict = row.one.by_others
    tail = ("F" if held.flagged else " ") + ("!" if held.disputed else " ")
    role = "" if held.hidden else "mixed" if verdict.mixed else ROLES[verdict.label]
    columns: tuple[Cell, ...] = (
        (f"{MARKS[held.state]}{tail} ", "done" if held.done else "open"),
        ("··· ··· " if held.hidden else f"{short(verdict)} {figure(verdict.confidence)} ", role),
        (f"{cut_within(_ENDING.sub('', row.paper), paper - 1)} ", ""),
        # Latin letters on both sides keep right-to-left text from pulling the columns about
        (cut(f"p.{row.page}" if row.page else "p.-", 5), "quiet"),
        (cut(row.kind if kind > 5 else _KINDS[row.one.claim.kind], kind - 1) + " " * bool(kind), "quiet"),
    )
    used = sum(len(text) for text, _ in columns[:2]) + paper + 5 + kind
    return (*columns, (cut(row.text, width - used), "done" if held.done else ""))


def _widths(width: int) -> tuple[int, int]:
    """Return the cells for the paper and the kind, each with a space behind it."""
    return (19, 11) if width >= WIDE else (13, 5) if width >= SLIM else (9, 0)


def heading(*, order: str, width: int) -> str:
    """Return the names of the columns for a list of ``width`` cells, and the order of its rows."""
    paper, kind = _widths(width - 2)
    what = f"{'kind':<{kind}}" if kind else ""
    return cut(f"  you  says p   {'paper':<{paper}}page {what}claim ({order})", width)


class ClaimList(Lined, can_focus=True):
    """The list; ``show`` gives it rows, ``Moved`` tells that the cursor stands on another claim."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"claims--{role}" for role in ("cursor", "support", "contradict", "neither", "mixed", "quiet", "done")
    }
    DEFAULT_CSS = """
    ClaimList > .claims--cursor { background: $primary-darken-1; color: auto 100%; }
    ClaimList > .claims--cursor { text-style: bold; }
    ClaimList > .claims--support { color: $text-success; }
    ClaimList > .claims--contradict { color: $text-error; }
    ClaimList > .claims--neither { color: $text-muted; }
    ClaimList > .claims--mixed { color: $text-warning; }
    ClaimList > .claims--quiet { color: $text-muted; }
    ClaimList > .claims--done { color: $text-muted; }
    """

    class Moved(Message):
        """The cursor stands on this claim now; None where the list is empty."""

        def __init__(self, claim: str | None) -> None:
            super().__init__()
            self.claim = claim

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Row] = ()
        self._held: Mapping[str, Held] = {}
        self._cursor = 0
        self._styles: dict[str, Style] = {}

    @property
    def claim(self) -> str | None:
        """The claim that the cursor stands on."""
        return self._rows[self._cursor].claim if self._rows else None

    @property
    def rows(self) -> Sequence[Row]:
        """What is in the list, in its order."""
        return self._rows

    @property
    def cursor(self) -> int:
        """Which row the cursor stands on, from 0."""
        return self._cursor

    def show(self, rows: Sequence[Row], *, held: Mapping[str, Held], claim: str | None) -> None:
        """Show other rows, with the cursor on ``claim``, or near where it was if that is not among them."""
        before = self.claim
        self._rows, self._held = rows, held
        at = next((i for i, row in enumerate(rows) if row.claim == claim), self._cursor)
        self._cursor = max(0, min(at, len(rows) - 1))
        self.measure(len(rows))
        self._see_cursor()
        if self.claim != before:
            self.post_message(self.Moved(self.claim))

    def go(self, index: int) -> None:
        """Put the cursor on a row; one beyond the ends is the last there."""
        index = max(0, min(index, len(self._rows) - 1))
        if self._rows and index != self._cursor:
            self.refresh_line(self._cursor)
            self._cursor = index
            self.refresh_line(index)
            self._see_cursor()
            self.post_message(self.Moved(self.claim))

    @property
    def page(self) -> int:
        """How many rows a page goes on."""
        return max(1, self.high - 1)

    def _see_cursor(self) -> None:
        if self._cursor < self.top:
            self.see(self._cursor)
        elif self._cursor >= self.top + self.high:
            self.see(self._cursor - self.high + 1)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.measure(len(self._rows))
        self._see_cursor()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row that was clicked."""
        self.go(self.top + event.y)

    def render_line(self, y: int) -> Strip:
        """Return line ``y`` of what is in sight."""
        at, width = y + self.top, self.wide
        if at >= len(self._rows):
            return Strip.blank(width, self._style(""))
        row, here = self._rows[at], at == self._cursor
        found = [Segment("> " if here else "  ", self._style("cursor" if here else ""))]
        for text, role in cells(row, self._held[row.claim], width=width - 2):
            found.append(Segment(text, self._style("cursor" if here else role)))
        return Strip(found, width).crop(0, width)

    def _style(self, role: str) -> Style:
        """Return the style of a role, worked out once: for 60 rows it takes 3 ms."""
        if role not in self._styles:
            name = f"claims--{role}"
            known = name in self.COMPONENT_CLASSES
            self._styles[role] = self.get_component_rich_style(name) if known else self.rich_style
        return self._styles[role]

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        self._styles = {}
