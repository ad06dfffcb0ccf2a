"""An open sitting in, the program that a reviewer sees out."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import App, SystemCommand
from textual.events import Event, Key
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

    def action_help_quit(self) -> None:
        """Say on ctrl+c how to leave, where all else is said."""
        if isinstance(self.screen, ReviewScreen):
            self.screen.say("q leaves the review: every decision is kept already")
        else:
            super().action_help_quit()

    async def on_event(self, event: Event) -> None:
        """Pass an event on, unless it is a key that was pressed while nothing could be seen to happen."""
        screen = self.screen if self.screen_stack else None
        if isinstance(event, Key) and isinstance(screen, ReviewScreen) and event.time <= screen.deaf_until:
            screen.say("the store was busy: keys pressed meanwhile were dropped", wrong=True)
        else:
            await super().on_event(event)

    def on_mount(self) -> None:
        """Paint all anew when the shell gives the terminal back."""
        self.app_resume_signal.subscribe(self, self._repaint)

    def _repaint(self, _: object) -> None:
        for widget in self.screen.query("*"):
            widget.refresh()

    def on_ready(self) -> None:
        """Take over what was typed while the terminal was asked."""
        replay(self, self._graphics.typed)
