"""The table of keys and the filter's words go in; the help that a reviewer reads comes out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static

from synth.tui.filtering import LANGUAGE
from synth.tui.frame import Frame
from synth.tui.keys import KEYS

FOOT = "up, down, pgup, pgdn, space: scroll | escape, q or ?: back to the review"
MEANING = (
    ("what you judge", "the verdict by other works: what papers other than the claim's own say of it"),
    ("accept", "the label that the machine gives is right"),
    ("reject", "it is wrong, and you give no other"),
    ("change", "you state the right label yourself: 1, 2 or 3 (the machine's own is to accept)"),
    ("defer", "you saw it and decide later: it comes back at the end of the queue"),
    ("flag", "somebody should reproduce it; a flag is no judgement"),
    ("undo", "the decision is kept and a second one takes it back: nothing is ever erased"),
    ("blind", "the machine's verdict, and what others decided, are hidden until you have judged"),
    ("settling", "only claims on which reviewers disagree; the label that you give settles them"),
)
_KEY_WIDTH = 15


class Helping(ModalScreen[None]):
    """Every key, what the decisions mean, and how to filter."""

    DEFAULT_CSS = """
    Helping { align: center middle; }
    Helping Frame { max-width: 110; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "leave", "Back"),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
        Binding("space", "page(1)", show=False),
        Binding("b", "page(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._text = Static()
        self._around = VerticalScroll(self._text)

    def compose(self) -> ComposeResult:
        """Yield the text, which scrolls."""
        with Frame("Help", FOOT, classes="-whole"):
            yield self._around

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self._around.focus()

    def on_resize(self, event: Resize) -> None:
        """Fold the lines anew."""
        width = min(event.size.width, 110) - 7
        self._text.update(Content("\n").join(lines(width)))

    def action_scroll(self, by: int) -> None:
        """Scroll by lines."""
        self._around.scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """Scroll by what is in sight."""
        self.action_scroll(by * max(1, self._around.size.height - 1))

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)


def lines(width: int) -> Iterator[Content]:
    """Yield the help, folded to ``width`` cells: the keys in their groups, the meanings, the filters."""
    for group, keys in groupby(KEYS, key=lambda key: key.group):
        yield Content.styled(group, "bold underline")
        for key in keys:
            yield _line(key.shown, key.words, width)
    yield Content("")
    yield Content.styled("What the words mean", "bold underline")
    yield from (_line(word, meaning, width) for word, meaning in MEANING)
    yield Content("")
    yield Content.styled("The filter (/): everything typed must fit", "bold underline")
    yield from (_line(word, meaning, width) for word, meaning in LANGUAGE)


def _line(left: str, right: str, width: int) -> Content:
    """Return a word and what it means, which is folded beside it and not beneath."""
    indent = " " * (_KEY_WIDTH + 3)
    folded = wrap(right, max(20, width), initial_indent=indent, subsequent_indent=indent)
    return Content.assemble("  ", (f"{left:{_KEY_WIDTH}}", "bold"), " ", "\n".join(folded).lstrip())
