"""A sitting goes in; how far its reviewers agree, and a claim on which they do not, come out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from synth import reviews
from synth.reviews import Agreement, Standing
from synth.text import printable
from synth.tui import words
from synth.tui.cells import cut, cut_off, one_line
from synth.tui.frame import Frame
from synth.tui.kappas import counted, figures
from synth.tui.pick_list import PickList

if TYPE_CHECKING:
    from synth.pipeline.sitting import Sitting

KEYS = "up, down | enter: go to it | tab: figures | space, b: read on | escape: back"


class Agreeing(ModalScreen[str | None]):
    """Show kappas and disagreements; gives the id of the claim to go to, None where it was left."""

    DEFAULT_CSS = """
    Agreeing { align: center middle; }
    Agreeing .agreeing--figures { height: auto; max-height: 40%; }
    Agreeing .agreeing--count { height: auto; text-style: bold; border-top: solid $primary; }
    Agreeing .agreeing--details { height: auto; max-height: 35%; border-top: solid $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i", "leave", "Back"),
        Binding("space", "scroll(1)", show=False),
        Binding("b", "scroll(-1)", show=False),
    ]

    def __init__(self, sitting: Sitting) -> None:
        super().__init__()
        self._sitting = sitting
        self._found = seen(sitting)
        self._list = PickList()
        said = "\n".join(figures(self._found, blind=sitting.blind))
        self._figures = VerticalScroll(Static(Content(said)), classes="agreeing--figures")
        self._details = Static()
        self._around = VerticalScroll(self._details, classes="agreeing--details", can_focus=False)

    def compose(self) -> ComposeResult:
        """Yield the figures, the disagreements, and what is said of the chosen one."""
        with Frame("How far the reviewers agree", KEYS, classes="-whole"):
            yield self._figures
            yield Static(Content(counted(self._found)), classes="agreeing--count")
            yield self._list
            yield self._around

    def on_mount(self) -> None:
        """List the disagreements."""
        self._list.fill(len(self._found.disagreements), self._row)
        self._list.focus()

    def on_resize(self) -> None:
        """Let tab go to the figures only where there are more than can be seen."""
        self.call_after_refresh(self._measure)

    def _measure(self) -> None:
        self._figures.can_focus = self._figures.max_scroll_y > 0

    def _held(self, claim: str) -> tuple[Standing, ...]:
        own = self._sitting.standing(claim)
        others = sorted(self._sitting.others(claim), key=lambda one: one.reviewer)
        return (*((own,) if own.judged or own.notes else ()), *others)

    def _row(self, row: int, width: int) -> str:
        claim = self._found.disagreements[row]
        who = ", ".join(
            f"{cut_off(one_line(one.reviewer), 12)} {_brief(one)}" for one in self._held(claim) if one.judged
        )
        most = min(60, width // 2)
        text = one_line(self._sitting.judged(claim).claim.text[: 4 * width])
        return f"{cut(who, most)} {cut(text, width - most - 1)}"

    def on_pick_list_moved(self, event: PickList.Moved) -> None:
        """Show the claim whole, and what each reviewer says of it."""
        if event.row is None:
            self._details.update(Content("Nothing is disputed."))
            return
        claim = self._found.disagreements[event.row]
        one = self._sitting.judged(claim).claim
        where = f"page {one.page}" if one.page else "no pages"
        self._around.scroll_home(animate=False, immediate=True)
        said = [said for held in self._held(claim) for said in _said(held)]
        heading = f"{one_line(self._sitting.paper(claim).doc_id)}, {where}, {claim}"
        self._details.update(
            Content.assemble((one_line(one.text), "bold"), f"\n{heading}\n", "\n".join(said))
        )

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Give the claim to go to."""
        self.dismiss(self._found.disagreements[event.row])

    def action_scroll(self, by: int) -> None:
        """Show more of what is said."""
        self._around.scroll_relative(y=by * max(1, self._around.size.height - 1), animate=False)

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)


def seen(sitting: Sitting) -> Agreement:
    """Return the agreement on what this reviewer may see: in a blind sitting, on what he has judged."""
    claims = [one.claim.id for one in sitting.report.judged]
    return reviews.agreement(sitting.log, claims=[c for c in claims if not sitting.hidden(c)])


def _brief(one: Standing) -> str:
    assert one.judged is not None
    if one.state == "rejected":
        return f"not {words.SHORT[one.judged.machine]}"
    return words.SHORT[one.label] if one.label is not None else one.state


def _said(one: Standing) -> Iterator[str]:
    who = one_line(one.reviewer)
    if one.judged is not None:
        held = {
            "accepted": f"{one.label}, as the machine says",
            "rejected": f"rejects the machine's {one.judged.machine}",
            "deferred": "deferred it",
        }
        note = f"; {printable(one.judged.note)}" if one.judged.note else ""
        yield f"{who}: {held.get(one.state, str(one.label))}{note}"
    for noted in one.notes:
        yield f"{who} notes: {printable(noted.note)}"
