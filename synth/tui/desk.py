"""A sitting in, the claims as they are to be listed out: filtered, sorted, and which comes next."""

from __future__ import annotations

from collections.abc import Iterable

from synth.pipeline.sitting import Sitting
from synth.tui.filtering import Wanted, wanted
from synth.tui.rows import ORDERS, Held, Order, Row, held, ordered, rows


class Desk:
    """What the screen lists of a sitting; ``visible`` is the list, ``held`` what stands of each claim."""

    def __init__(self, sitting: Sitting) -> None:
        self.sitting = sitting
        self.order: Order = ORDERS[0]
        self.reverse = False
        self.typed = ""
        self._wanted = Wanted()
        self.renew()

    def renew(self, claims: Iterable[str] | None = None) -> None:
        """Look again at what stands of some claims, or of all, after something was decided."""
        sitting = self.sitting
        queue = sitting.queue()
        self.pace = sitting.pace()
        self._queue = [one.claim for one in queue]
        self.rank = {claim: at for at, claim in enumerate(self._queue)}
        self._why = {one.claim: one.reasons for one in queue}
        if claims is None or sitting.settling:
            self.rows = rows(sitting)
            self.held: dict[str, Held] = {row.claim: held(sitting, row.claim) for row in self.rows}
        else:
            self.held.update((claim, held(sitting, claim)) for claim in claims if claim in self.held)
        self._list()

    def why(self, claim: str) -> tuple[str, ...]:
        """Return why a claim matters, in words."""
        return self._why.get(claim, ())

    def filter(self, typed: str) -> tuple[str, ...]:
        """List what passes a filter; returns what of it was not understood."""
        self.typed = typed.strip()
        self._wanted = wanted(typed)
        self._list()
        return self._wanted.wrong

    def sort(self, order: Order) -> None:
        """List in another order."""
        self.order = order
        self._list()

    def turn(self) -> None:
        """List the other way round."""
        self.reverse = not self.reverse
        self._list()

    def _list(self) -> None:
        passing = (row for row in self.rows if self._wanted(row, self.held[row.claim]))
        self.visible: tuple[Row, ...] = ordered(
            passing, held=self.held, rank=self.rank, order=self.order, reverse=self.reverse
        )

    def next(self, claim: str | None) -> str | None:
        """Return the claim of the queue after this one that is not done, from the start again at its end.

        In a filtered list only what is listed counts. None where there is no other.
        """
        listed = {row.claim for row in self.visible}
        open_ = [c for c in self._queue if c in listed and not self.held[c].done]
        at = self.rank.get(claim or "", -1)
        later = [c for c in open_ if self.rank[c] > at]
        return next((c for c in (*later, *open_) if c != claim), None)

    def below(self, claim: str) -> str | None:
        """Return the next listed claim below this one that is not done, else the first that is not."""
        listed = [row.claim for row in self.visible]
        at = listed.index(claim) + 1 if claim in listed else 0
        turned = (*listed[at:], *listed[:at])
        return next((c for c in turned if c != claim and not self.held[c].done), None)
