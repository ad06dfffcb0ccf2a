"""The page on the terminal: sixels, kitty's protocol or half-blocks, the sentence found, no key lost."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import re
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest
from PIL import Image, ImageDraw
from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from synth.errors import InputError
from synth.tui.blocks import HalfBlocks
from synth.tui.graphics import BLOCKS, Graphics, graphics, keys, replay
from synth.tui.page_screen import PageScreen, Shown

QUOTE = "We find that small encoders are enough."


def png(width: int, height: int) -> bytes:
    """Return a white page with a red bar across its middle."""
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).rectangle((0, height * 0.4, width, height * 0.6), fill="red")
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


@dataclass
class Piece:
    """Evidence that notes how it was asked to be drawn."""

    title: str = "alpha.pdf, page 3"
    quote: str = QUOTE
    asked: list[tuple[int, bool]] = field(default_factory=list)
    fault: str = ""

    def draw(self, width: int, whole: bool) -> bytes:
        self.asked.append((width, whole))
        if self.fault:
            raise InputError(self.fault, remedy="name its folder with --papers DIR")
        return png(width, width * 4 // 3 if whole else width // 5)

    def view(self) -> str:
        return f"opened {self.title} with a viewer"

    def shown(self) -> Shown:
        return Shown(title=self.title, claim="The claim.", quote=self.quote, draw=self.draw, view=self.view)


class Reviewing(App[None]):
    """An application that shows the pages of ``pieces``."""

    def __init__(self, *pieces: Piece, found: Graphics = BLOCKS) -> None:
        super().__init__()
        self.pieces, self.found, self.at = pieces, found, 0

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "quit", "quit")]

    def on_mount(self) -> None:
        self.push_screen(PageScreen(self.pieces[0].shown(), step=self.step, graphics=self.found))

    def step(self, by: int) -> Shown | None:
        if not 0 <= self.at + by < len(self.pieces):
            return None
        self.at += by
        return self.pieces[self.at].shown()


async def settled(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def text(app: App[None]) -> str:
    """Return what stands on the screen."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    assert len(lines) == height
    return "\n".join("".join(segment.text for segment in line)[:width] for line in lines)


def colours(app: App[None]) -> set[tuple[int, ...]]:
    found = app.screen.query_one(HalfBlocks)
    return {
        tuple(colour.triplet)
        for y in range(found.size.height)
        for segment in found.render_line(y)
        if segment.style
        for colour in (segment.style.color, segment.style.bgcolor)
        if colour and colour.triplet
    }


def run(pilot_of: Callable[[Pilot[None]], object], app: App[None], size: tuple[int, int] = (80, 24)) -> None:
    async def whole() -> None:
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await pilot_of(pilot)  # type: ignore[misc]

    asyncio.run(whole())


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_half_blocks_show_the_cut_out_sentence_and_its_words_beneath(size: tuple[int, int]) -> None:
    piece = Piece()

    async def look(pilot: Pilot[None]) -> None:
        lines = text(pilot.app).split("\n")
        assert lines[0].startswith("alpha.pdf, page 3 | The claim.")
        assert any(line.strip() == QUOTE for line in lines[-4:])
        assert "esc back" in lines[-1]
        assert sum("▀" * size[0] in line for line in lines) == size[0] // 10
        assert {(255, 255, 255), (255, 0, 0)} <= colours(pilot.app)

    run(look, Reviewing(piece), size)
    assert {whole for _, whole in piece.asked} == {False}


def test_keys_zoom_between_the_page_and_the_sentence_made_larger() -> None:
    piece = Piece()

    async def press(pilot: Pilot[None]) -> None:
        widths = []
        for key in ("minus", "minus", "plus", "plus", "plus", "plus"):
            await pilot.press(key)
            await settled(pilot)
            found = pilot.app.screen.query_one(HalfBlocks)
            widths.append((found.size.width, piece.asked[-1][1]))
        assert widths[0][1] is True
        assert widths[0][0] < 80
        assert widths[1] == widths[0]
        assert widths[2:] == [(80, False), (128, False), (200, False), (200, False)]
        area = found.parent
        assert area is not None
        before = area.scroll_offset  # type: ignore[attr-defined]
        assert before.x == pytest.approx((200 - 80) / 2, abs=2)
        await pilot.press("shift+right")
        await pilot.pause()
        assert area.scroll_offset.x == before.x + 8  # type: ignore[attr-defined]

    run(press, Reviewing(piece))


def test_keys_go_through_the_evidence_and_stop_at_its_ends() -> None:
    pieces = (Piece(), Piece(title="beta.pdf, page 9", quote="Another sentence."))

    async def press(pilot: Pilot[None]) -> None:
        await pilot.press("right")
        await settled(pilot)
        assert "beta.pdf, page 9" in text(pilot.app)
        assert "Another sentence." in text(pilot.app)
        await pilot.press("right")
        await settled(pilot)
        assert "there is no further evidence" in text(pilot.app)
        await pilot.press("left", "left")
        await settled(pilot)
        assert "alpha.pdf, page 3" in text(pilot.app)
        assert "this is the first evidence" in text(pilot.app)

    run(press, Reviewing(*pieces))


@pytest.mark.parametrize("key", ["escape", "v", "q"])
def test_keys_lead_back(key: str) -> None:
    async def press(pilot: Pilot[None]) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert not isinstance(pilot.app.screen, PageScreen)

    run(press, Reviewing(Piece()))


def test_the_viewer_says_what_it_did() -> None:
    async def press(pilot: Pilot[None]) -> None:
        await pilot.press("o")
        await pilot.pause()
        assert "opened alpha.pdf, page 3 with a viewer" in text(pilot.app)

    run(press, Reviewing(Piece()))


def test_a_page_that_cannot_be_drawn_is_a_line_on_the_screen_and_the_words_stay() -> None:
    pieces = (Piece(fault="alpha.pdf is gone"), Piece(title="beta.pdf, page 9"))

    async def press(pilot: Pilot[None]) -> None:
        said = text(pilot.app)
        assert "alpha.pdf is gone - name its folder with --papers DIR" in said
        assert QUOTE in said.split("alpha.pdf is gone")[0]
        await pilot.press("right")
        await settled(pilot)
        assert "gone" not in text(pilot.app)
        assert pilot.app.screen.query(HalfBlocks)

    run(press, Reviewing(*pieces))


def test_what_is_no_picture_or_too_large_is_a_line_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, said in ((b"no picture", "no picture"), (png(4_000, 4_000), "too large")):
        piece = Piece()
        monkeypatch.setattr(piece, "draw", lambda *_, given=given: given)

        async def look(pilot: Pilot[None], said: str = said) -> None:
            assert said in text(pilot.app)

        run(look, Reviewing(piece))


def test_hostile_words_are_neither_markup_nor_controls() -> None:
    piece = Piece(
        title="[red]a.pdf\x1b[31m\nb", quote="[bold]loud[/bold] \x1b]0;title\x07 [@click=app.exit]x[/]"
    )

    async def look(pilot: Pilot[None]) -> None:
        said = text(pilot.app)
        assert "[red]a.pdf[31m b" in said
        assert "[bold]loud[/bold] ]0;title [@click=app.exit]x[/]" in said
        assert "\x1b" not in said

    run(look, Reviewing(piece), (200, 60))


def test_another_size_is_drawn_anew() -> None:
    piece = Piece()

    async def resize(pilot: Pilot[None]) -> None:
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        assert pilot.app.screen.query_one(HalfBlocks).size.width == 120

    run(resize, Reviewing(piece))
    assert len({width for width, _ in piece.asked}) == 2


def test_where_a_whole_page_can_be_read_it_is_shown_first() -> None:
    piece = Piece()

    async def look(pilot: Pilot[None]) -> None:
        await pilot.pause()

    sixel = Graphics(kind="sixel", cell=(10, 20))
    run(look, Reviewing(piece, found=sixel), (80, 50))
    assert piece.asked[0] == (800, True)
    small = Piece()
    run(look, Reviewing(small, found=sixel), (80, 24))
    assert small.asked[0] == (800, False)


def test_the_program_ends_while_a_page_is_being_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    piece, begun, may_end = Piece(), threading.Event(), threading.Event()
    drawn: list[bool] = []

    def draw(_: int, __: bool) -> bytes:
        begun.set()
        drawn.append(may_end.wait(30))
        return png(10, 10)

    monkeypatch.setattr(piece, "draw", draw)

    async def whole() -> None:
        async with Reviewing(piece).run_test() as pilot:
            while not begun.is_set():
                await pilot.pause()
            assert "drawing the page" in text(pilot.app)
            await pilot.press("x")

    asyncio.run(whole())
    assert drawn == []
    may_end.set()


def test_without_a_terminal_nothing_is_asked(capfd: pytest.CaptureFixture[str]) -> None:
    assert graphics(environ={"TERM": "xterm-kitty", "COLORTERM": "truecolor"}) == BLOCKS
    assert capfd.readouterr() == ("", "")


def test_keys_are_named_as_textual_names_them() -> None:
    signs = [chr(code) for code in range(33, 127)] + ["ä", "я"]
    assert list(keys("".join(signs))) == [(_character_to_key(sign), sign) for sign in signs]
    assert [name for name, _ in keys("\r\x1b[A\x1b[5~\x1b\x12 \x7f")] == [
        "enter", "up", "pageup", "escape", "ctrl+r", "space", "backspace",
    ]  # fmt: skip


def test_what_was_typed_meanwhile_is_pressed() -> None:
    class Noting(App[None]):
        pressed: ClassVar[list[tuple[str, str | None]]] = []

        def on_ready(self) -> None:
            replay(self, "a?\n")

        def on_key(self, event: Key) -> None:
            self.pressed.append((event.key, event.character))

    async def look(pilot: Pilot[None]) -> None:
        await pilot.pause()

    app = Noting()
    run(look, app)
    assert [name for name, _ in app.pressed] == ["a", "question_mark", "enter"]


# -- a terminal that answers ------------------------------------------------------------------------------

PROGRAM = """
import sys
from test_tui_page import Piece, Reviewing
from synth.tui.graphics import graphics, replay
found = graphics(seconds=float(sys.argv[1]))
print(found, flush=True)
class Program(Reviewing):
    def on_ready(self):
        replay(self, found.typed)
Program(Piece(), Piece(title="the second"), found=found).run()
print("\\nTHE END", flush=True)
"""

KITTY, CELL, DEVICE = b"\x1b_Gi=31,s=1", b"\x1b[16t", b"\x1b[c"


@dataclass
class Terminal:
    """A terminal of 80 x 24 that answers questions as told; ``typed`` is on its way before it is asked."""

    answers: dict[bytes, bytes]
    environ: dict[str, str] = field(default_factory=dict)
    typed: bytes = b""
    seconds: float = 30.0

    def run(self, until: bytes) -> bytes:
        """Return all that the program wrote, which is ended by keys when it has written ``until``."""
        import fcntl
        import pty
        import struct
        import termios

        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        tests = Path(__file__).parent
        environ = {name: value for name, value in os.environ.items() if name not in ("TMUX", "NO_COLOR")}
        environ |= {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]),
        }
        process = subprocess.Popen(
            [sys.executable, "-W", "error::DeprecationWarning", "-c", PROGRAM, str(self.seconds)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ | self.environ,
            start_new_session=True,
        )
        os.close(slave)
        os.write(master, self.typed)
        said, ended = b"", False
        answered: set[bytes] = set()
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                more = os.read(master, 65536)
            except OSError:
                break  # Linux says EIO where the other side has hung up
            if not more:
                break
            said += more
            for question in self.answers.keys() - answered:
                if question in said:
                    answered.add(question)
                    os.write(master, self.answers[question])
            if not ended and until in said:
                ended = True
                os.write(master, b"qx")
        process.kill()
        process.wait()
        os.close(master)
        assert b"THE END" in said, said[-3000:]
        return said


def test_a_terminal_with_sixels_is_sent_sixels() -> None:
    said = Terminal({CELL: b"\x1b[6;20;10t", DEVICE: b"\x1b[?62;4;22c"}).run(b"\x1bP")
    assert b"kind='sixel', cell=(10, 20), typed=''" in said
    # "1;1;width;height: as many pixels as the cells that the sentence fills
    assert re.search(rb"\x1bP[\d;]*q\"1;1;800;160", said)
    assert b"\x1b_Ga=" not in said
    assert "▀".encode() not in said


def test_a_terminal_with_kittys_protocol_is_sent_the_picture_and_told_to_forget_it() -> None:
    said = Terminal({KITTY: b"\x1b_Gi=31;OK\x1b\\", DEVICE: b"\x1b[?62;22c"}).run("\U0010eeee".encode())
    assert b"kind='kitty', cell=(10, 20), typed=''" in said
    sent = re.search(rb"\x1b_Gi=(\d+),m=[01],f=100,q=2;iVBOR", said)
    assert sent
    pieces = re.findall(rb"\x1b_Gi=" + sent[1] + rb",m=[01],f=100,q=2;([^\x1b]*)\x1b", said)
    image = Image.open(io.BytesIO(base64.b64decode(b"".join(pieces))))
    assert (image.size, image.getpixel((400, 80))) == ((800, 160), (255, 0, 0))
    assert b"\x1b_Ga=d,I=" + sent[1] + b"\x1b\\" in said
    assert not re.search(rb"\x1bP[\d;]*q", said)


@pytest.mark.parametrize("answers", [{DEVICE: b"\x1b[?6c"}, {}])
def test_another_terminal_is_sent_half_blocks_though_it_answers_nothing(answers: dict[bytes, bytes]) -> None:
    said = Terminal(answers, seconds=30.0 if answers else 0.2).run("▀".encode())
    assert b"kind='blocks', cell=(10, 20), typed=''" in said
    assert QUOTE.encode() in said


@pytest.mark.parametrize(
    "environ", [{"TMUX": "/tmp/x"}, {"TERM": "screen"}, {"NO_COLOR": "1"}, {"COLORTERM": ""}]
)
def test_kitty_is_not_asked_for_where_pictures_would_not_get_through(environ: dict[str, str]) -> None:
    said = Terminal({DEVICE: b"\x1b[?62;22c"}, environ).run("▀".encode())
    assert KITTY not in said
    assert DEVICE in said


def test_keys_typed_while_the_terminal_is_asked_are_not_lost_nor_answers_taken_for_keys() -> None:
    answers = {CELL: b"\x1b[6;20;10t", DEVICE: b"\x1b[?62;22c"}
    said = Terminal(answers, typed=b"\x1b[C").run(b"the second")
    assert rb"typed='\x1b[C'" in said
    assert b"the second" in said
