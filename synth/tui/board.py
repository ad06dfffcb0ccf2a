"""A sitting in, the main screen but for its keys out: a list of claims and the evidence on one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from synth.errors import SynthError
from synth.pipeline.review import Open
from synth.tui.cells import one_line
from synth.tui.claim_list import ClaimList, heading
from synth.tui.desk import Desk
from synth.tui.detail import Detail
from synth.tui.graphics import Graphics, on_terminal
from synth.tui.status import hints, opening, status
from synth.tui.telling import Paragraph, pieces, told

T = TypeVar("T")
WIDE = 120
"""Cells from which the evidence stands beside the list and no longer beneath it."""
PATIENCE = 5.0
"""Seconds that a decision waits for another run that holds the store; then a line says so."""
EVERY = 2.0
"""Seconds between two looks at what others decided."""


SLOW = 1.0
"""Seconds after which a reviewer presses a key again because nothing happened: it would judge unseen."""


class Board(Screen[None]):
    """What is on the main screen, and how it is kept true; ``reviewing.ReviewScreen`` adds the keys."""

    DEFAULT_CSS = """
    Board { layout: vertical; }
    Board > .board--line { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Board > #status { background: $primary-muted; color: $text; }
    Board > #body { height: 1fr; layout: vertical; }
    Board #left { height: 1fr; min-height: 5; width: 100%; }
    Board #right { height: 4fr; width: 100%; border-top: solid $primary; }
    Board.-wide > #body { layout: horizontal; }
    Board.-wide #left { height: 100%; min-height: 0; width: 2fr; }
    Board.-wide #right { height: 100%; width: 3fr; border-top: none; border-left: solid $primary; }
    Board #heading { height: 1; color: $text-muted; text-style: underline; text-wrap: nowrap; }
    Board #typed { height: 1; padding: 0 1; border: none; display: none; }
    Board #left.-filtered #typed { display: block; }
    Board #left.-filtered #heading { display: none; }
    Board ClaimList { height: 1fr; }
    Board Detail { height: 1fr; }
    Board > #message { padding: 0 1; }
    Board > #message.-wrong { color: $text-error; text-style: bold; }
    Board > #message.-folded { height: auto; max-height: 4; text-wrap: wrap; }
    Board > #hints { color: $text-muted; }
    """

    def __init__(self, opened: Open, *, graphics: Graphics) -> None:
        super().__init__()
        self._on_terminal = on_terminal()
        # who presses a key must not look at a dead screen for a minute
        opened.sitting.patience = PATIENCE
        self.sitting, self.config, self.graphics = opened.sitting, opened.config, graphics
        self.desk = Desk(opened.sitting)
        self.whole = False
        self.deaf_until = 0.0
        self.claims, self.detail = ClaimList(), Detail()
        self.typed = Input(placeholder="words, is:unreviewed, verdict:con, p<.5", id="typed", compact=True)
        self._status = Static(id="status", classes="board--line")
        self._heading = Static(id="heading")
        # in the heading's place, so that nothing else moves when a filter is typed
        self._left = Container(self._heading, self.typed, self.claims, id="left")
        self._message = Static(id="message", classes="board--line")
        self._hints = Static(id="hints", classes="board--line")

    def compose(self) -> ComposeResult:
        """Yield the lines above, the list, the evidence and the lines beneath."""
        yield self._status
        with Container(id="body"):
            yield self._left
            with Container(id="right"):
                yield self.detail
        yield self._message
        yield self._hints

    def on_mount(self) -> None:
        """Begin with what matters most."""
        self.claims.focus()
        self.relist(self.desk.next(None))
        self.say(opening(self.sitting, of=len(self.desk.rows), left=self.desk.pace.left))
        self.set_interval(EVERY, self.look_again)

    def on_resize(self) -> None:
        """Lay the screen out for its new width."""
        self.set_class(self.size.width >= WIDE, "-wide")
        self.call_after_refresh(self._laid_out)

    def _laid_out(self) -> None:
        self._tell(top=False)
        self._lines()

    @property
    def claim(self) -> str | None:
        """The claim that the cursor stands on."""
        return self.claims.claim

    def show_filter(self, *, shown: bool) -> None:
        """Show the field that the filter is typed into, or the heading."""
        self._left.set_class(shown, "-filtered")

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a line of what was done, or of what went wrong."""
        line, before = one_line(text), self._message.has_class("-folded")
        # what went wrong ends with what to do about it; nothing may jump while a filter is typed
        folded = wrong and not self.typed.has_focus and cell_len(line) > self.size.width - 2
        self._message.set_class(wrong, "-wrong")
        self._message.set_class(folded, "-folded")
        self._message.update(Content(line), layout=folded or before)

    def tried(self, act: Callable[[], T]) -> T | None:
        """Do what may fail for reasons that the reviewer can mend: those are said, and the review goes on."""
        began = Message().time
        try:
            return act()
        except SynthError as error:
            self.say(str(error), wrong=True)
            return None
        finally:
            if (now := Message().time) - began > SLOW:
                self.deaf_until = now

    def relist(self, claim: str | None) -> None:
        """List the claims as they stand now, the cursor on ``claim`` if it is listed."""
        before = self.claim
        self.claims.show(self.desk.visible, held=self.desk.held, claim=claim)
        if self.claim == before:
            self._tell(top=False)
        self._lines()

    def go_to(self, claim: str) -> None:
        """Put the cursor on a claim; a filter that leaves it out is cleared."""
        if all(row.claim != claim for row in self.desk.visible):
            self.typed.value = ""
            self.desk.filter("")
            self.show_filter(shown=False)
        self.relist(claim)

    def look_again(self) -> None:
        """Take in what others decided since; end where the terminal is gone."""
        # not every shell tells its jobs that it ends, and Textual would read nothing as fast as it can
        if self._on_terminal and not on_terminal():
            self.app.exit()
            return
        known = {review.id for review in self.sitting.log}
        if self.tried(self.sitting.refresh):
            self.desk.renew({review.claim for review in self.sitting.log if review.id not in known})
            self.relist(self.claim)

    @on(ClaimList.Moved)
    def _moved(self) -> None:
        found = self.claim is not None and pieces(self.sitting, self.claim)
        self.detail.chosen = 1 if found else 0
        self._tell(top=True)
        self._lines()

    @on(Detail.Chosen)
    def _clicked(self, event: Detail.Chosen) -> None:
        self.detail.choose(event.piece)

    def _tell(self, *, top: bool) -> None:
        """Show what there is to tell of the claim under the cursor."""
        claim, width = self.claim, self.detail.wide
        if claim is None:
            self.detail.show((), top=True)
            return
        # passages whole where all of it can be seen at once: each page to be scrolled is a key a claim
        told_whole = self._told(claim, width, whole=True)
        if self.whole or self.detail.could_hold(told_whole):
            self.detail.show(told_whole, top=top)
        if not self.whole and not (self.detail.could_hold(told_whole) and self.detail.fits):
            self.detail.show(self._told(claim, width, whole=False), top=top)

    def _told(self, claim: str, width: int, *, whole: bool) -> Sequence[Paragraph]:
        why = self.desk.why(claim)
        return self.tried(lambda: told(self.sitting, claim, why=why, width=width, whole=whole)) or ()

    def _lines(self) -> None:
        """Write the lines above and beneath anew."""
        desk, sitting, width = self.desk, self.sitting, self.size.width
        hidden = self.claim is not None and sitting.hidden(self.claim)
        order = f"{desk.order}, turned" if desk.reverse else desk.order
        above = status(sitting, pace=desk.pace, shown=len(desk.visible), of=len(desk.rows), width=width)
        for line, text in (
            (self._status, above),
            (self._hints, hints(hidden=hidden, settling=sitting.settling, width=width)),
            (self._heading, Content(heading(order=order, width=self.claims.wide or width - 1))),
        ):
            # a line that stays what it is needs no drawing, and none changes its place
            if line.content != text:
                line.update(text, layout=False)
