"""The terminal goes in, how it can show pictures comes out, with what was typed while it was asked."""

from __future__ import annotations

import io
import os
import re
import select
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from PIL.Image import Image
    from textual.app import App
    from textual.widget import Widget

Kind = Literal["kitty", "sixel", "blocks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graphics:
    """How pictures are shown: by kitty's protocol, by sixels, in half-blocks; ``cell`` is one's pixels.

    ``typed`` is what came from the keyboard while the terminal was asked; see ``replay``.
    """

    kind: Kind
    cell: tuple[int, int]
    typed: str = ""


BLOCKS = Graphics(kind="blocks", cell=(10, 20))
"""What every terminal can do; the cell is that of a VT340."""

_KITTY_ASKED = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_CELL_ASKED = b"\x1b[16t"
_DEVICE_ASKED = b"\x1b[c"
_WIPED = b"\r\x1b[K"
_KITTY_SAID = re.compile(rb"\x1b_G([^\x1b]*)\x1b\\")
_CELL_SAID = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_DEVICE_SAID = re.compile(rb"\x1b\[\?([\d;]*)c")


def graphics(*, environ: Mapping[str, str] = os.environ, seconds: float = 1.0) -> Graphics:
    """Ask the terminal what it can show; to be called before Textual takes it.

    Out go kitty's graphics query, XTWINOPS 16 (the size of a cell) and, last, the primary device attributes
    (DA1), which every terminal answers: waiting ends with that answer, or after ``seconds``. Without a
    terminal nothing is asked.
    """
    if sys.platform == "win32" or environ.get("TERM", "") in ("", "dumb", "linux") or not on_terminal():
        return BLOCKS
    # tmux and screen take kitty's question for the title of their window, and would not pass pictures on
    nested = "TMUX" in environ or environ["TERM"].startswith(("screen", "tmux"))
    # its placeholders name the picture by their colour, which must get through as it is
    true_color = environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") and "NO_COLOR" not in environ
    kitty = _KITTY_ASKED if true_color and not nested else b""
    said = _answers(kitty + _CELL_ASKED + _DEVICE_ASKED + _WIPED, seconds=seconds)
    typed = said
    for answer in (_KITTY_SAID, _CELL_SAID, _DEVICE_SAID):
        typed = answer.sub(b"", typed)
    return Graphics(kind=_kind(said), cell=_cell(said), typed=typed.decode("utf-8", "replace"))


def on_terminal() -> bool:
    """Whether all three standard streams are a terminal that is still there."""
    return all(
        stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    )


def _kind(said: bytes) -> Kind:
    device = _DEVICE_SAID.search(said)
    # first, since Konsole and WezTerm answer kitty's question without placing pictures among text
    if device and b"4" in device[1].split(b";"):
        return "sixel"
    kitty = _KITTY_SAID.search(said)
    return "kitty" if kitty and kitty[1].endswith(b";OK") else "blocks"


def _cell(said: bytes) -> tuple[int, int]:
    found = _CELL_SAID.search(said)
    height, width = (int(found[1]), int(found[2])) if found else (0, 0)
    if 4 <= width <= 100 and 4 <= height <= 200:
        return width, height
    return _cell_by_system() or BLOCKS.cell


def _cell_by_system() -> tuple[int, int] | None:
    """Return what the system knows of the window's pixels, which many terminals leave at zero."""
    if sys.platform == "win32":
        return None
    import fcntl
    import struct
    import termios

    assert sys.__stdout__ is not None
    asked = fcntl.ioctl(sys.__stdout__.fileno(), termios.TIOCGWINSZ, bytes(8))
    rows, columns, across, down = struct.unpack("HHHH", asked)
    if not (rows and columns and across >= 4 * columns and down >= 4 * rows):
        return None
    return across // columns, down // rows


def _answers(asked: bytes, *, seconds: float) -> bytes:
    """Return all that comes in until the device has answered; nothing is shown of it."""
    if sys.platform == "win32":
        return b""
    import termios
    import tty

    assert sys.__stdin__ is not None
    assert sys.__stderr__ is not None
    keyboard = sys.__stdin__.fileno()
    before = termios.tcgetattr(keyboard)
    said = b""
    ends = time.monotonic() + seconds
    try:
        tty.setcbreak(keyboard, termios.TCSANOW)
        os.write(sys.__stderr__.fileno(), asked)
        while not _DEVICE_SAID.search(said):
            ready, _, _ = select.select([keyboard], [], [], max(0.0, ends - time.monotonic()))
            more = os.read(keyboard, 1024) if ready else b""
            if not more:
                break
            said += more
    finally:
        termios.tcsetattr(keyboard, termios.TCSANOW, before)
    return said


_KEYS = {
    "\n": "enter", "\r": "enter", "\t": "tab", "\x1b": "escape", "\x7f": "backspace", "\b": "backspace",
    "\x1b[A": "up", "\x1b[B": "down", "\x1b[C": "right", "\x1b[D": "left", "\x1b[Z": "shift+tab",
    "\x1b[5~": "pageup", "\x1b[6~": "pagedown", "\x1b[H": "home", "\x1b[F": "end",
}  # fmt: skip
_SIGNS = {"/": "slash", "\\": "backslash", "@": "at", "-": "minus", "+": "plus", "_": "underscore"}


def replay(app: App[Any], typed: str) -> None:
    """Press the keys that were typed while the terminal was asked; to be called on the first screen."""
    from textual.events import Key

    for key, character in keys(typed):
        app.post_message(Key(key, character))


def keys(typed: str) -> Iterator[tuple[str, str | None]]:
    """Yield Textual's name of each key, and the character that it writes (None where it writes none)."""
    for one in re.findall(r"\x1b\[[\d;]*[A-Za-z~]|.", typed, re.DOTALL):
        if one in _KEYS:
            yield _KEYS[one], one if one in "\t\r\n" else None
        elif one < " " and one:
            yield f"ctrl+{chr(ord(one) + 96)}", None
        elif len(one) == 1 and one.isprintable():
            yield _SIGNS.get(one) or _name(one), one


def _name(character: str) -> str:
    if character.isalnum():
        return character
    return unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")


def widget_for(found: Graphics) -> Callable[[Image], Widget]:
    """Return what makes a widget that shows a picture as the terminal can (0.2 s the first time)."""
    if found.kind == "blocks":
        from synth.tui.blocks import HalfBlocks

        return HalfBlocks
    with _unasked(found.cell):
        from textual_image.widget import SixelImage, TGPImage

    return TGPImage if found.kind == "kitty" else SixelImage


@contextmanager
def _unasked(cell: tuple[int, int]) -> Iterator[None]:
    """Keep textual_image from asking the terminal when it is imported, and tell it the size of a cell.

    It would take keys for answers, leave answers behind as keys, and fail where the input is no terminal.
    """
    kept = sys.__stdout__
    told = {"TEXTUAL_CELL_WIDTH": str(cell[0]), "TEXTUAL_CELL_HEIGHT": str(cell[1])}
    before = {name: os.environ.get(name) for name in told}
    vars(sys)["__stdout__"] = io.StringIO()
    os.environ.update(told)
    try:
        yield
    finally:
        vars(sys)["__stdout__"] = kept
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
