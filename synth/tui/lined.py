"""A number of lines in, a view that scrolls over them out; its kinds draw each line when it is seen."""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView


class Lined(ScrollView, can_focus=False, inherit_bindings=False):
    """A view over ``lines`` lines, as wide as the view is; its kinds give ``render_line``."""

    DEFAULT_CSS = """
    Lined { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """

    @property
    def wide(self) -> int:
        """Cells of a line."""
        return self.scrollable_content_region.width

    @property
    def high(self) -> int:
        """Lines in sight."""
        return self.scrollable_content_region.height

    @property
    def top(self) -> int:
        """The first line in sight, from 0."""
        return round(self.scroll_y)

    def measure(self, lines: int) -> None:
        """Be a view over so many lines now."""
        # set plainly, virtual_size would lay the whole screen out anew: 30 ms at 200x60, with each key
        self.set_reactive(ScrollView.virtual_size, Size(self.size.width, lines))
        bar = self.vertical_scrollbar
        bar.window_virtual_size, bar.window_size = lines, self.high
        self.see(self.top)
        self.refresh()

    def see(self, top: int) -> None:
        """Scroll so that line ``top`` is the first in sight, as far as there are lines enough."""
        self.scroll_to(y=max(0, min(top, self.max_scroll_y)), animate=False, force=True)
