"""An open sitting in, the program that a reviewer sees out."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import App, SystemCommand
from textual.screen import Screen

from synth.pipeline.review import Open
from synth.tui.commands import system_commands
from synth.tui.graphics import Graphics, replay
from synth.tui.reviewing import ReviewScreen


class ReviewApp(App[object]):
    """The review of one report; ``graphics`` is what the terminal can show."""

    TITLE = "synth review"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, opened: Open, *, graphics: Graphics) -> None:
        super().__init__()
        self._opened, self._graphics = opened, graphics

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        return ReviewScreen(self._opened, graphics=self._graphics)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield the palette's commands that are not of the review."""
        return system_commands(self, screen)

    def on_ready(self) -> None:
        """Take over what was typed while the terminal was asked."""
        replay(self, self._graphics.typed)
