"""A key in, what it does to the sitting and the screen out."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.widgets import Input

from synth.records import Decision, Evidence, Label, Pairs, Review
from synth.tui import words
from synth.tui.board import Board
from synth.tui.commands import ReviewCommands
from synth.tui.keys import KEYS
from synth.tui.page_screen import PageScreen, Shown
from synth.tui.rows import ORDERS, Order
from synth.tui.scenes import scenes
from synth.tui.telling import pieces


def _palette() -> type[Provider]:
    return ReviewCommands


class ReviewScreen(Board):
    """The main screen; its actions are those of ``keys.KEYS``, and ``sort_by`` and ``show_only``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.keys, key.action, key.hint, show=False) for key in KEYS if key.action != "palette"
    ]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_palette}

    # -- deciding --------------------------------------------------------------------------------------

    def action_accept(self) -> None:
        """Accept the machine's verdict."""
        self._judge("accept")

    def action_reject(self) -> None:
        """Reject the machine's verdict."""
        self._judge("reject")

    def action_label(self, label: str) -> None:
        """State a label."""
        self._judge("change", Label(label))

    def action_defer(self) -> None:
        """Decide it later."""
        self._judge("defer")

    def _judge(self, decision: Decision, label: Label | None = None) -> None:
        """Decide on the claim and go on to the next."""
        claim = self.claim
        if claim is None:
            return
        if self._settled_meanwhile(claim):
            self.say(
                f"{self._named(claim)} was settled by another meanwhile: look, and say it again if need be"
            )
        elif self.sitting.hidden(claim) and decision in ("accept", "reject"):
            self.say("judge it first: 1, 2 or 3", wrong=True)
        elif self._stands(claim, decision, label):
            self.action_next()
            self.say(f"{self._named(claim)} is so judged already: nothing was added")
        else:
            self._decide(claim, decision, label=label, onward=True)

    def _settled_meanwhile(self, claim: str) -> bool:
        """Whether a claim that is disputed on the screen is settled by now."""
        disputed = self.sitting.settling and self.desk.held[claim].state == "disputed"
        if disputed:
            self.look_again()
        return disputed and self.desk.held[claim].state == "settled"

    def _stands(self, claim: str, decision: Decision, label: Label | None) -> bool:
        """Whether a judgement is the one that stands: a key pressed once too often adds nothing."""
        held = self.sitting.standing(claim).judged
        if held is None or self.sitting.changed(claim) or self.sitting.settling:
            return False
        if decision == "change" and label is held.machine:
            return held.decision == "accept"
        return held.decision == decision and held.label is label

    def _decide(
        self,
        claim: str,
        decision: Decision,
        *,
        onward: bool = False,
        label: Label | None = None,
        note: str = "",
        scope: Pairs | None = None,
    ) -> None:
        def decide() -> Review:
            return self.sitting.decide(claim, decision, label=label, note=note, scope=scope)

        self._made(claim, decide, onward=onward)

    def _made(self, claim: str, decide: Callable[[], Review], *, onward: bool) -> None:
        """Make a decision, say so, list anew, and go on where that is wanted."""
        hidden = self.sitting.hidden(claim)
        review = self.tried(decide)
        if review is None:
            return
        desk = self.desk
        below, again = desk.below(claim), desk.held[claim].state == "deferred"
        desk.renew([claim])
        # one that is deferred again keeps its place in the queue: what comes after it is next
        following = below if desk.typed else desk.next(claim if again else None)
        self.relist((following if onward else None) or claim)
        ended = onward and not desk.pace.left
        line = words.done(review, self.sitting.judged(claim), hidden=hidden)
        self.say(f"{line} - {'all done: q leaves' if ended else 'u takes it back'}")

    def action_flag(self) -> None:
        """Flag the claim for reproduction, or take the flag off."""
        if self.claim is not None:
            self._decide(self.claim, "unflag" if self.sitting.standing(self.claim).flagged else "flag")

    def action_undo(self) -> None:
        """Take the last decision back."""
        self._turn(self.sitting.undo, "took back: {} - U redoes it", "nothing to take back")

    def action_redo(self) -> None:
        """Make what was taken back last stand again."""
        self._turn(self.sitting.redo, "redone: {} - u takes it back", "nothing was taken back")

    def _turn(self, act: Callable[[], Review | None], line: str, nothing: str) -> None:
        # what tried() says of an error must stand
        self.say(nothing)
        review = self.tried(act)
        if review is not None:
            self.desk.renew([review.claim])
            self.relist(review.claim)
            self.say(line.format(f"{words.decided(review)} on {self._named(review.claim)}"))

    def _named(self, claim: str) -> str:
        # what is taken back may be on a claim that the report has no more
        return words.brief(next((row.text for row in self.desk.rows if row.claim == claim), claim))

    # -- adding to a claim -----------------------------------------------------------------------------

    def action_note(self) -> None:
        """Write a note on the claim."""
        from synth.tui.asking import Asking

        if (claim := self.claim) is not None:

            def written(text: str | None) -> None:
                if text:
                    self._decide(claim, "note", note=text)

            self.app.push_screen(Asking(f"A note on {self._named(claim)}"), written)

    def action_scope(self) -> None:
        """Edit what the claim holds for."""
        from synth.tui.scoping import Scoping

        if (claim := self.claim) is not None:
            stated = self.sitting.judged(claim).claim.conditions
            mine = self.sitting.standing(claim).scope

            def edited(scope: Pairs | None) -> None:
                if scope is not None:
                    self._decide(claim, "scope", scope=scope)

            given = mine.scope if mine and mine.scope is not None else stated
            self.app.push_screen(Scoping(given, stated), edited)

    def action_link(self) -> None:
        """Link a passage to the claim."""
        from synth.tui.linking import Linking

        if (claim := self.claim) is not None:

            def picked(found: tuple[Evidence, Label] | None) -> None:
                if found is not None:
                    passage, relation = found
                    self._made(claim, lambda: self.sitting.link(claim, passage, relation), onward=False)

            self.app.push_screen(Linking(self.sitting, claim), picked)

    # -- moving ----------------------------------------------------------------------------------------

    def action_next(self) -> None:
        """Go to what matters most next."""
        following = self.desk.next(self.claim)
        if following is None:
            left = " that is listed - escape clears the filter" if self.desk.typed else ""
            self.say(f"there is nothing else to judge{left}")
        else:
            self.go_to(following)

    def action_row(self, by: int) -> None:
        """Move the cursor by rows."""
        self.claims.go(self.claims.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self.claims.go(self.claims.cursor + by * self.claims.page)

    def action_end(self, side: int) -> None:
        """Move the cursor to the first row (-1) or the last (1)."""
        self.claims.go(0 if side < 0 else len(self.claims.rows) - 1)

    def action_evidence(self, by: int) -> None:
        """Choose another piece of evidence, round and round; the claim itself is one of them."""
        if self.claim is not None:
            of = len(pieces(self.sitting, self.claim)) + 1
            self.detail.choose((self.detail.chosen + by) % of)

    def action_read(self, by: int) -> None:
        """Scroll the evidence."""
        self.detail.read(by)

    def action_context(self) -> None:
        """Show the passages whole, or cut to what is around their sentences where all has no room."""
        self.whole = not self.whole
        self.relist(self.claim)
        self.say("passages whole" if self.whole else "passages cut to what stands next to the sentences")

    # -- seeing the page -------------------------------------------------------------------------------

    def _step(self, by: int) -> Shown | None:
        """Choose the piece of evidence that is one further, and return it; None where there is none."""
        if self.claim is None:
            return None
        found = scenes(self.sitting, self.claim, config=self.config)
        at = self.detail.chosen + by
        if not 0 <= at < len(found):
            return None
        self.detail.choose(at)
        return found[at]

    def action_picture(self) -> None:
        """Show the page of the chosen piece of evidence."""
        if (shown := self._step(0)) is not None:
            self.app.push_screen(PageScreen(shown, step=self._step, graphics=self.graphics), self._left_page)

    async def _left_page(self, action: str | None) -> None:
        if action:
            await self.run_action(action)

    def action_viewer(self) -> None:
        """Open the page of the chosen piece of evidence in the system's viewer."""
        if (shown := self._step(0)) is not None and (line := self.tried(shown.view)) is not None:
            self.say(line)

    # -- finding ---------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Let the reviewer type a filter."""
        self.show_filter(shown=True)
        self.typed.focus()

    def action_unfilter(self) -> None:
        """Clear the filter and return to the list."""
        self.show_typed("")

    def action_show_only(self, typed: str) -> None:
        """List what passes a filter."""
        self.show_typed(typed)

    def show_typed(self, typed: str) -> None:
        """Put a filter into its field and return to the list."""
        self.typed.value = typed
        self.show_filter(shown=bool(typed))
        self.claims.focus()
        if not typed:
            self.say("")

    @on(Input.Changed)
    def _typing(self, event: Input.Changed) -> None:
        wrong = self.desk.filter(event.value)
        self.relist(self.claim)
        found = len(self.desk.visible)
        if event.value or self.typed.has_focus:
            said = (
                f"{found:,} of {len(self.desk.rows):,} claims{'' if found else ' - escape clears the filter'}"
            )
            self.say(wrong[0] if wrong else said, wrong=bool(wrong))

    @on(Input.Submitted)
    def _typed(self) -> None:
        self.show_filter(shown=bool(self.desk.typed))
        self.claims.focus()

    def action_sort(self) -> None:
        """Sort by the next order."""
        self.action_sort_by(ORDERS[(ORDERS.index(self.desk.order) + 1) % len(ORDERS)])

    def action_sort_by(self, order: Order) -> None:
        """Sort by this order."""
        self.desk.sort(order)
        self.relist(self.claim)
        self.say(f"sorted by {order}")

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.desk.turn()
        self.relist(self.claim)
        self.say(f"sorted by {self.desk.order}{', turned round' if self.desk.reverse else ''}")

    # -- seeing more -----------------------------------------------------------------------------------

    def action_agreement(self) -> None:
        """Show how far the reviewers agree; a disagreement that is picked there is gone to."""
        from synth.tui.agreeing import Agreeing

        def picked(claim: str | None) -> None:
            if claim is not None:
                self.go_to(claim)

        self.app.push_screen(Agreeing(self.sitting), picked)

    def action_help(self) -> None:
        """Show every key."""
        from synth.tui.helping import Helping

        self.app.push_screen(Helping())

    def action_palette(self) -> None:
        """Open the palette."""
        self.app.action_command_palette()

    def action_aside(self) -> None:
        """Give the terminal back to the shell until it says fg."""
        self.app.action_suspend_process()

    def action_quit(self) -> None:
        """Leave; every decision is kept already."""
        self.app.exit()
