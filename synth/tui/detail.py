"""Paragraphs of what there is to tell of a claim in, a view that wraps and scrolls them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.style import Style

from synth.tui.cells import cut
from synth.tui.lined import Lined
from synth.tui.telling import GUTTER, Paragraph

ROLE_STYLES = {
    "claim": "bold",
    "claim-number": "bold underline",
    "strong": "bold",
    "place": "$foreground",
    "quiet": "$foreground-muted",
    "note": "italic",
    "support": "bold $text-success",
    "contradict": "bold $text-error",
    "neither": "bold $foreground-muted",
    "mixed": "bold $text-warning",
    "bar-support": "$text-success",
    "bar-contradict": "$text-error",
    "bar-neither": "$foreground-muted",
    "own": "$text-warning",
    "other": "bold $text-primary",
    "passage": "$foreground 80%",
    "passage-number": "$foreground 80% underline",
    "match": "bold $foreground on $primary-muted",
    "match-number": "bold underline $foreground on $primary-muted",
}
"""Role of a run -> its style; what a role says must be in words or signs, too."""


class _Line(NamedTuple):
    """A wrapped line; ``piece`` is what it belongs to, ``head`` whether that begins here."""

    content: Content
    indent: int
    piece: int | None
    head: bool


class Detail(Lined):
    """What there is to tell of a claim; ``chosen`` is the piece of evidence that keys act on."""

    class Chosen(Message):
        """A piece of evidence was clicked."""

        def __init__(self, piece: int) -> None:
            super().__init__()
            self.piece = piece

    def __init__(self) -> None:
        super().__init__()
        self._told: Sequence[Paragraph] = ()
        self._lines: list[_Line] = []
        self._width = 0
        self.chosen = 0

    @property
    def fits(self) -> bool:
        """Whether all of it can be seen at once."""
        return len(self._lines) <= self.high

    def could_hold(self, told: Sequence[Paragraph]) -> bool:
        """Whether so many characters could be seen at once; wrapping them, to be sure, takes longer."""
        return sum(len(run.text) for one in told for run in one.runs) <= self.wide * self.high

    def show(self, told: Sequence[Paragraph], *, top: bool) -> None:
        """Show other paragraphs; from their ``top``, or where the view is scrolled to."""
        self._told = told
        self._wrap()
        if top:
            self.see(0)

    def choose(self, piece: int) -> None:
        """Mark a piece of evidence as the one that keys act on, and scroll its head beneath the claim."""
        self.chosen = piece
        at = next((y for y, line in enumerate(self._lines) if line.head and line.piece == piece), 0)
        self.see(at - 1)
        self.refresh()

    def read(self, turns: int) -> None:
        """Scroll by pages; a line of the one before stays in sight, beneath the claim."""
        self.see(self.top + turns * max(1, self.high - 2))

    def on_resize(self) -> None:
        """Wrap anew where the width is another."""
        if self.wide != self._width:
            self._wrap()
        else:
            self.measure(len(self._lines))

    def notify_style_update(self) -> None:
        """Take over the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self._wrap()

    def on_click(self, event: events.Click) -> None:
        """Choose the piece of evidence that was clicked."""
        at = event.y + self.top
        if at < len(self._lines) and (piece := self._lines[at].piece) is not None:
            self.post_message(self.Chosen(piece))

    def _wrap(self) -> None:
        self._width = self.wide
        self._lines = list(self._wrapped()) if self._width > GUTTER else []
        self.measure(len(self._lines))

    def _wrapped(self) -> Iterator[_Line]:
        styles = {role: Style.parse(style) for role, style in ROLE_STYLES.items()}
        for paragraph in self._told:
            parts = [(run.text, styles[run.role]) if run.role else run.text for run in paragraph.runs]
            indent = paragraph.indent
            head = paragraph.head
            for line in Content.assemble(*parts).wrap(self._width - GUTTER - indent):
                yield _Line(line, indent, paragraph.piece, head)
                head = False

    def _claim(self, width: int) -> _Line:
        """Return the claim cut to a line, to stand above the evidence that is scrolled to."""
        text = "".join(run.text for run in self._told[0].runs)
        return _Line(Content.styled(cut(text, width - GUTTER), "bold underline"), 0, 0, False)

    def render_line(self, y: int) -> Strip:
        """Return line ``y`` of what is in sight."""
        at, width, base = y + self.top, self.wide, self.visual_style
        if at >= len(self._lines):
            return Strip.blank(width, base.rich_style)
        # what is scrolled away is the claim: it is what the evidence is read for
        line = self._lines[at] if y or not at else self._claim(width)
        mark = "> " if line.head and line.piece == self.chosen else "  "
        gutter = Segment(mark + " " * line.indent, base.rich_style)
        strip = Strip([gutter, *line.content.render_segments(base)])
        return strip.adjust_cell_length(width, base.rich_style)
