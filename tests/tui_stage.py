"""A dialog and keys to press in it go in; what it gives and the characters of its screen come out."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from textual.app import App
from textual.events import Key
from textual.screen import Screen

NAMES = {" ": "space", ":": "colon", "=": "equals_sign", ";": "semicolon", ".": "full_stop"}


class Played(NamedTuple):
    """What a dialog gave, the characters of its screen before the last key, and whether it is left."""

    given: Any
    seen: str
    left: bool


class Stage(App[None]):
    """An application of one dialog."""

    def __init__(self, dialog: Screen[Any]) -> None:
        super().__init__()
        self.dialog = dialog
        self.given: Any = None
        self.left = False

    def on_mount(self) -> None:
        """Show the dialog."""
        self.push_screen(self.dialog, self.take)

    def take(self, given: Any) -> None:
        """Keep what the dialog gives."""
        self.given, self.left = given, True


def drawn(app: App[Any]) -> str:
    """Return the characters of the screen, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def played(dialog: Screen[Any], *keys: str, size: tuple[int, int] = (80, 24)) -> Played:
    """Press keys in a dialog, one after the other; a key "type:abc" types letters."""

    async def play() -> Played:
        app = Stage(dialog)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            seen = drawn(app)
            for key in keys:
                if key.startswith("type:"):
                    for letter in key.removeprefix("type:"):
                        # as fast as a terminal gives them; to press each would wait for the screen each time
                        app.post_message(Key(NAMES.get(letter, letter), letter))
                else:
                    await pilot.press(key)
                await pilot.pause()
                if app.left:
                    break
                seen = drawn(app)
            return Played(app.given, seen, app.left)

    return asyncio.run(play())
