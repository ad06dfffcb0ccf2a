"""A title and a text to begin with go in, the few lines that the reviewer writes come out."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from synth.pipeline.sitting import NOTE_LENGTH
from synth.text import printable
from synth.tui.frame import Frame

KEYS = "ctrl+s, F2, ctrl+j: save | enter: a new line | escape: leave without saving"


class Asking(ModalScreen[str | None]):
    """Ask for a note of at most 4,000 characters; gives the text, None where it was left."""

    DEFAULT_CSS = """
    Asking { align: center middle; }
    Asking Frame { max-width: 100; }
    Asking TextArea { height: 12; padding: 0; }
    Asking .asking--count { height: 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2,ctrl+j", "save", "Save", priority=True),
        Binding("escape", "leave", "Leave"),
    ]

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__()
        self._frame = Frame(title, KEYS)
        self._area = TextArea(printable(text), highlight_cursor_line=False, compact=True)
        self._before = printable(text).strip()
        self._warned = ""
        self._count = Static(classes="asking--count", markup=False)

    def compose(self) -> ComposeResult:
        """Yield the lines, and how many characters they have."""
        with self._frame:
            yield self._area
            yield self._count

    def on_mount(self) -> None:
        """Write on where the text ends."""
        self._area.move_cursor(self._area.document.end)
        self._area.focus()
        self.on_text_area_changed()

    def on_text_area_changed(self) -> None:
        """Count the characters."""
        count = len(self._text)
        over = f", {count - NOTE_LENGTH:,} too many" if count > NOTE_LENGTH else ""
        self._count.update(f"{count:,} of {NOTE_LENGTH:,} characters{over}")
        self._frame.say("")

    @property
    def _text(self) -> str:
        return printable(self._area.text).strip()

    def action_save(self) -> None:
        """Give the text, unless there is none or too much of it."""
        text = self._text
        if not text:
            self._frame.say("nothing is written yet: escape leaves without saving")
        elif len(text) > NOTE_LENGTH:
            self._frame.say(f"the text has {len(text) - NOTE_LENGTH:,} characters too many: say it in fewer")
        else:
            self.dismiss(text)

    def action_leave(self) -> None:
        """Give nothing; what was written is dropped at the second time only."""
        if self._text in (self._before, self._warned):
            self.dismiss(None)
            return
        self._warned = self._text
        self._frame.say("escape once more drops what you wrote; ctrl+s saves it")
