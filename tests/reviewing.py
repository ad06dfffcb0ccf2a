"""Reviews made by hand: ``review`` and a ``Log`` that grows by what reviewers say, chained and sealed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from synth import reviews
from synth.records import Decision, Evidence, Label, Pairs, Review

BEGAN = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)


def review(
    decision: Decision,
    *,
    claim: str = "c1",
    reviewer: str = "Ann",
    at: datetime = BEGAN,
    machine: Label = Label.SUPPORT,
    label: Label | None = None,
    note: str = "",
    scope: Pairs | None = None,
    passage: Evidence | None = None,
    of: str = "",
) -> Review:
    """Return one review without chain or id."""
    return Review(
        claim=claim,
        reviewer=reviewer,
        at=at.isoformat(),
        decision=decision,
        machine=machine,
        label=label,
        note=note,
        scope=scope,
        passage=passage,
        of=of,
    )


@dataclass(slots=True)
class Log:
    """What was said so far, ten seconds apart."""

    said: tuple[Review, ...] = ()

    def add(self, one: Review) -> Review:
        """Append a review behind its reviewer's last."""
        own = [r for r in self.said if r.reviewer == one.reviewer]
        at = BEGAN + timedelta(seconds=10 * len(self.said))
        made = reviews.sealed(replace(one, at=at.isoformat(), after=own[-1].id if own else ""))
        self.said = (*self.said, made)
        return made

    def undo(self, reviewer: str) -> Review | None:
        """Take back the reviewer's last review in force."""
        return self._withdraw(reviews.to_undo(self.said, reviewer=reviewer))

    def redo(self, reviewer: str) -> Review | None:
        """Take back the reviewer's last undo."""
        return self._withdraw(reviews.to_redo(self.said, reviewer=reviewer))

    def _withdraw(self, target: Review | None) -> Review | None:
        if target is not None:
            self.add(replace(target, decision="withdraw", of=target.id))
        return target
