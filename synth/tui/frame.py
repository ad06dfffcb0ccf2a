"""A title and a line of keys in, the frame that a dialog stands in out."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from synth.tui.cells import one_line


class Frame(Vertical):
    """A border with a title around a dialog; beneath its content what it says, and its keys."""

    DEFAULT_CSS = """
    Frame { width: 100%; height: auto; max-height: 100%; padding: 0 1; border: round $primary; }
    Frame { background: $surface; }
    Frame.-whole { height: 100%; }
    Frame > .frame--foot { height: auto; background: $surface; }
    Frame .frame--says { height: auto; color: $text-warning; text-style: bold; }
    Frame .frame--keys { height: auto; color: $text-muted; }
    """

    def __init__(self, title: str, keys: str, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self.border_title = Content(one_line(title))
        self._says = Static(classes="frame--says")
        self._keys = Static(Content(keys), classes="frame--keys")

    def compose(self) -> ComposeResult:
        """Yield what the dialog put inside (``with Frame(...)``), then the foot."""
        yield from super().compose()
        with Vertical(classes="frame--foot"):
            yield self._says
            yield self._keys

    def say(self, text: str) -> None:
        """Show a line above the keys; "" shows none."""
        self._says.display = bool(text)
        self._says.update(Content(one_line(text)))

    def hint(self, keys: str) -> None:
        """Show other keys."""
        self._keys.update(Content(keys))

    def on_mount(self) -> None:
        """Show no line yet."""
        self.say("")
