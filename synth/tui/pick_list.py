"""Rows made one by one as they come into sight in, a list of any length with a cursor out."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

Row = Callable[[int, int], str]
"""A row's place and its width in cells -> its text, exactly that wide."""


class PickList(ScrollView, can_focus=True):
    """A list that draws only what is in sight; a row is one line of plain text, never markup."""

    DEFAULT_CSS = """
    PickList { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    PickList > .pick-list--cursor { text-style: reverse; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"pick-list--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home,g", "go(0)", show=False),
        Binding("end,G", "go(-1)", show=False),
        Binding("enter", "pick", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row, or other rows are shown; ``row`` is None where there is none."""

        def __init__(self, row: int | None) -> None:
            super().__init__()
            self.row = row

    class Picked(Message):
        """A row was chosen."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._row: Row = lambda _, width: " " * width
        self.cursor = 0

    def fill(self, count: int, row: Row) -> None:
        """Show ``count`` other rows, with the cursor on the first."""
        self._count, self._row, self.cursor = count, row, 0
        self.virtual_size = Size(self.size.width, count)
        self.scroll_to(y=0, animate=False, immediate=True)
        self.refresh()
        self.post_message(self.Moved(0 if count else None))

    def on_resize(self, event: Resize) -> None:
        """Keep the cursor in sight."""
        self.virtual_size = Size(event.size.width, self._count)
        self._into_sight()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        row = y + int(self.scroll_offset.y)
        width = self.scrollable_content_region.width
        if row >= self._count:
            return Strip.blank(width, self.rich_style)
        mark, style = "  ", self.rich_style
        if row == self.cursor:
            mark, style = "> ", style + self.get_component_rich_style("pick-list--cursor", partial=True)
        return Strip([Segment(mark + self._row(row, width - 2), style)], width)

    def action_move(self, by: int) -> None:
        """Move the cursor by some rows."""
        self.action_go(min(max(0, self.cursor + by), self._count - 1))

    def action_page(self, by: int) -> None:
        """Move the cursor by what is in sight."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_go(self, row: int) -> None:
        """Put the cursor on a row; -1 is the last."""
        if not self._count:
            return
        self.cursor = row % self._count
        self._into_sight()
        self.refresh()
        self.post_message(self.Moved(self.cursor))

    def action_pick(self) -> None:
        """Choose the row under the cursor."""
        if self._count:
            self.post_message(self.Picked(self.cursor))

    def on_click(self, event: Click) -> None:
        """Put the cursor where the mouse is; on the cursor itself choose the row."""
        row = event.y + int(self.scroll_offset.y)
        if row >= self._count:
            return
        if row == self.cursor:
            self.action_pick()
        else:
            self.action_go(row)

    def _into_sight(self) -> None:
        top, height = int(self.scroll_offset.y), max(1, self.scrollable_content_region.height)
        if not top <= self.cursor < top + height:
            y = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=y, animate=False, immediate=True)
