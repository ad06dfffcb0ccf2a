"""A picture in, its rows in half-blocks out: two pixels a character, for terminals that show text alone.

Only the rows in sight are drawn, so that a picture may be larger than the screen.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from PIL.Image import Image


class HalfBlocks(Widget):
    """Shows a picture over all of its own size, whatever that is."""

    def __init__(self, image: Image) -> None:
        super().__init__()
        self._image = image.convert("RGB")
        self._pixels = b""
        self._of = (0, 0)

    def render_line(self, y: int) -> Strip:
        """Return row ``y``: the upper pixel as the colour of a half-block, the lower one behind it."""
        width, height = self.size
        if (width, height) != self._of:
            self._of = (width, height)
            self._pixels = self._image.resize((width, 2 * height)).tobytes()
        at = 6 * width * y
        upper, lower = (self._pixels[at + row * 3 * width :][: 3 * width] for row in (0, 1))
        pairs = (upper[x : x + 3] + lower[x : x + 3] for x in range(0, 3 * width, 3))
        runs = ((both, sum(1 for _ in alike)) for both, alike in groupby(pairs))
        return Strip([Segment("▀" * count, _style(both)) for both, count in runs], width)


@lru_cache(maxsize=4096)
def _style(both: bytes) -> Style:
    return Style(color=Color.from_rgb(*both[:3]), bgcolor=Color.from_rgb(*both[3:]))
