"""A sentence and the text of its passage in, the passage scrolled to the sentence, which is marked, out."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from synth.records import Evidence
from synth.text import printable
from synth.tui.cells import one_line

CONTEXT = 6_000
"""Characters of the passage that are shown on either side of the sentence."""


class Quoted(Vertical):
    """Where a sentence stands and its passage, the sentence set off by signs as well as by style."""

    DEFAULT_CSS = """
    Quoted { height: auto; max-height: 35%; border-top: solid $primary; }
    Quoted > .quoted--where { height: 1; color: $text-muted; }
    Quoted > VerticalScroll { height: auto; max-height: 100%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._where = Static(classes="quoted--where")
        self._text = Static()
        self._view = VerticalScroll(self._text, can_focus=False)

    def compose(self) -> ComposeResult:
        """Yield the line that says where, and the passage."""
        yield self._where
        yield self._view

    def clear(self) -> None:
        """Show nothing."""
        self._where.update(Content(""))
        self._text.update(Content(""))

    def show(self, one: Evidence, text: str) -> None:
        """Show a sentence in the text of its passage."""
        page = f", page {one.page}" if one.page else ""
        self._where.update(Content(f"{one_line(one.doc_id)}{page}"))
        before, after = around(one, text)
        quote = Content.styled(f"»{printable(one.quote)}«", "bold reverse")
        self._text.update(Content.assemble(before, quote, after))
        self._view.scroll_to(y=self._lines(before), animate=False, force=True)

    def _lines(self, before: str) -> int:
        """Return how many whole lines of the passage stand above the sentence."""
        width = self._view.scrollable_content_region.width
        return max(0, len(Content(before).wrap(width)) - 1) if before and width > 0 else 0

    def read(self, by: int) -> None:
        """Show more of the passage: what is in sight further on (1) or back (-1)."""
        self._view.scroll_relative(y=by * max(1, self._view.size.height - 1), animate=False)


def around(one: Evidence, text: str) -> tuple[str, str]:
    """Return what stands before and after a sentence in the text of its passage, cut far from it."""
    end = one.start + len(one.quote)
    if text[one.start : end] != one.quote:
        return "", ""
    before, after = text[max(0, one.start - CONTEXT) : one.start], text[end : end + CONTEXT]
    cut_before, cut_after = one.start > CONTEXT, len(text) - end > CONTEXT
    return ("…" if cut_before else "") + printable(before), printable(after) + ("…" if cut_after else "")
