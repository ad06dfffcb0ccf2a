"""A piece of evidence and a way to draw its page go in, the page comes out on the terminal, boxed."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from synth.errors import InputError, SynthError
from synth.text import printable
from synth.tui.cells import one_line
from synth.tui.graphics import Graphics, widget_for
from synth.tui.keys import KEYS

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_WIDTH, MOST_PIXELS = 2_400, 6_000_000
MOST_CELLS = 280
"""Of a picture's side: kitty's placeholders count to 297."""

ENOUGH = 600
"""Pixels of height from which a whole page can be read, and is what is shown first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown: ``title`` names paper and page, ``quote`` is the sentence on ``claim``.

    ``draw`` takes a width in pixels and whether the whole page is wanted (else the sentence and what is
    around it) and gives a PNG, in another thread; ``view`` opens the page elsewhere and says so. Both may
    raise SynthError.
    """

    title: str
    claim: str
    quote: str
    draw: Callable[[int, bool], bytes]
    view: Callable[[], str]


class _Level(NamedTuple):
    """A step of the zoom: the whole page or not, and its width as a share of the screen's."""

    whole: bool
    share: float


LEVELS = (_Level(True, 1.0), _Level(False, 1.0), _Level(False, 1.6), _Level(False, 2.5))
DECIDING = tuple((key.keys, key.action) for key in KEYS if key.group == "Decide")
"""The keys that judge the claim from its page, and the main screen's actions."""
_HINTS = "esc back   a r 1 2 3 d judge   ← → evidence   + - zoom   ↑ ↓ scroll   o PDF"


class PageScreen(Screen[str]):
    """A page with its sentence boxed; where letters cannot be drawn, the sentence stands beneath as text.

    ``step`` gives the piece of evidence one further (1) or back (-1), None where there is none. Gives the
    main screen's action for the key of a decision, "" for another that leaves.
    """

    DEFAULT_CSS = """
    PageScreen { layout: vertical; }
    PageScreen > .page--title { height: 1; width: 100%; text-style: bold; text-wrap: nowrap; }
    PageScreen > .page--title { text-overflow: ellipsis; }
    PageScreen > .page--area { height: 1fr; width: 100%; overflow: hidden hidden; align: center middle; }
    PageScreen > .page--area.-larger { overflow: auto auto; scrollbar-size: 1 1; }
    PageScreen > .page--quote { height: auto; max-height: 7; width: 100%; padding: 0 1; }
    PageScreen > .page--says { height: auto; width: 100%; color: $text-warning; text-style: bold; }
    PageScreen > .page--keys { height: 1; width: 100%; color: $text-muted; text-wrap: nowrap; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,v,q", "back", "back"),
        Binding("plus,equals_sign", "zoom(1)", "zoom in"),
        Binding("minus", "zoom(-1)", "zoom out"),
        Binding("right,tab,right_square_bracket", "step(1)", "next evidence"),
        Binding("left,shift+tab,left_square_bracket", "step(-1)", "previous evidence"),
        Binding("down,j,space", "scroll(0, 1)", "scroll down"),
        Binding("up,k,b", "scroll(0, -1)", "scroll up"),
        Binding("shift+right", "scroll(1, 0)", "scroll right"),
        Binding("shift+left", "scroll(-1, 0)", "scroll left"),
        Binding("o", "open", "open the PDF"),
        *(Binding(key, f"back_to({action!r})", show=False) for key, action in DECIDING),
    ]

    def __init__(self, shown: Shown, *, step: Callable[[int], Shown | None], graphics: Graphics) -> None:
        super().__init__()
        self._shown = shown
        self._step = step
        self._graphics = graphics
        self._level: int | None = None
        self._picture: Widget | None = None
        self._drawn: tuple[Shown, int, Size] | None = None
        # not the loop's own threads: those would hold up the end of the program until they are done
        self._drawer = ThreadPoolExecutor(max_workers=1)
        self._title = Static(classes="page--title")
        self._area = Container(classes="page--area")
        self._quote = Static(classes="page--quote")
        self._says = Static(classes="page--says")

    def compose(self) -> ComposeResult:
        """Yield the line above, the page, the sentence, what there is to say, and the keys."""
        yield self._title
        yield self._area
        yield self._quote
        yield self._says
        yield Static(Content(_HINTS), classes="page--keys")

    def on_mount(self) -> None:
        """Show the first piece."""
        self._quote.display = self._graphics.kind == "blocks"
        self._show(self._shown)

    def on_resize(self) -> None:
        """Draw anew for the new size."""
        self.call_after_refresh(self._draw)

    def on_unmount(self) -> None:
        """Let the terminal forget the picture, and wait for no drawing."""
        self._forget()
        self._drawer.shutdown(wait=False, cancel_futures=True)

    def action_back(self) -> None:
        """Close the page."""
        self.dismiss("")

    def action_back_to(self, action: str) -> None:
        """Close the page and give what is to be decided."""
        self.dismiss(action)

    def action_zoom(self, by: int) -> None:
        """Show more of the page, or the sentence larger."""
        if self._level is not None:
            self._level = max(0, min(len(LEVELS) - 1, self._level + by))
            self._draw()

    def action_step(self, by: int) -> None:
        """Go to the next piece of evidence, or the one before."""
        found = self._step(by)
        if found is None:
            self.say("there is no further evidence" if by > 0 else "this is the first evidence")
        else:
            self._show(found)

    def action_scroll(self, across: int, down: int) -> None:
        """Move over a page that is larger than the screen."""
        self._area.scroll_relative(x=8 * across, y=4 * down, animate=False)

    def action_open(self) -> None:
        """Open the page in the system's viewer."""
        try:
            self.say(self._shown.view())
        except SynthError as error:
            self.say(str(error))

    def say(self, text: str) -> None:
        """Show a line above the keys; "" shows none."""
        self._says.display = bool(text)
        self._says.update(Content(one_line(text)))

    def _show(self, shown: Shown) -> None:
        self._shown = shown
        self._title.update(Content(f"{one_line(shown.title)} | {one_line(shown.claim)}"))
        self._quote.update(Content(printable(shown.quote).strip()))
        self.say("")
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        """Draw in the background what is not drawn yet; what was being drawn is dropped."""
        size = self._area.outer_size
        if not size or not self.is_running:
            return
        if self._level is None:
            tall = size.height * self._graphics.cell[1] >= ENOUGH
            self._level = 0 if tall and self._graphics.kind != "blocks" else 1
        wanted = (self._shown, self._level, size)
        if wanted != self._drawn:
            self._drawn = wanted
            self.run_worker(self._fetched(self._shown, LEVELS[self._level], size), exclusive=True)

    async def _fetched(self, shown: Shown, level: _Level, size: Size) -> None:
        # a half-block is half a cell, and drawn from four pixels each way
        dots = self._graphics.cell[0] if self._graphics.kind != "blocks" else 4
        width = max(1, min(MOST_WIDTH, int(size.width * dots * level.share)))
        empty = self._picture is None
        if empty:
            self.say("drawing the page")
        try:
            made, image = await asyncio.get_running_loop().run_in_executor(
                self._drawer, self._made, shown, level, width
            )
        except SynthError as error:
            await self._replace(None)
            self.say(str(error))
            return
        widget = made(image)
        self._area.set_class(level.share > 1, "-larger")
        widget.styles.width, widget.styles.height = self._cells(image, level, size)
        if empty:
            self.say("")
        await self._replace(widget)
        self.call_after_refresh(self._centred)

    def _made(self, shown: Shown, level: _Level, width: int) -> tuple[Callable[[Image], Widget], Image]:
        return widget_for(self._graphics), _image(shown.draw(width, level.whole))

    async def _replace(self, widget: Widget | None) -> None:
        """Put a picture, or nothing, in the place of the one that is shown."""
        self._forget()
        await self._area.remove_children()
        if widget is not None:
            self._picture = widget
            await self._area.mount(widget)

    def _cells(self, image: Image, level: _Level, size: Size) -> tuple[int, int]:
        """Return the size of the picture in cells: as large as fits, or (closer) as wide as is asked for."""
        across, down = self._graphics.cell
        columns = size.width * level.share
        rows = columns * across * image.height / image.width / down
        most = (MOST_CELLS, MOST_CELLS) if level.share > 1 else (size.width, size.height)
        fit = min(1.0, most[0] / columns, most[1] / rows)
        return max(1, int(columns * fit)), max(1, int(rows * fit))

    def _centred(self) -> None:
        area = self._area
        area.scroll_to(x=area.max_scroll_x // 2, y=area.max_scroll_y // 2, animate=False)

    def _forget(self) -> None:
        """Kitty keeps pictures until it is told to drop them."""
        if self._graphics.kind == "kitty" and self._picture is not None:
            self._picture.image = None  # type: ignore[attr-defined]
        self._picture = None


def _image(png: bytes) -> Image:
    """Return the picture in ``png``; raises InputError for what is none, or too large to be ours."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(png), formats=("PNG",))
        if image.width * image.height > MOST_PIXELS:
            raise InputError("the drawing is too large to be shown", remedy="open the PDF in a viewer")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise InputError("the drawing is no picture", remedy="open the PDF in a viewer") from error
    return image
