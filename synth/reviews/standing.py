"""The log in, what each reviewer holds of each claim, and what they hold together, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from synth.records import Label, Review
from synth.reviews.log import in_force

State = Literal["unreviewed", "accepted", "rejected", "changed", "deferred"]
Together = Literal["unreviewed", "undecided", "agreed", "disputed", "settled"]
_STATES: dict[str, State] = {
    "accept": "accepted",
    "reject": "rejected",
    "change": "changed",
    "defer": "deferred",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one reviewer holds of one claim: the last judgement in force, flag, scope, notes and links."""

    claim: str
    reviewer: str
    judged: Review | None = None
    flagged: bool = False
    scope: Review | None = None
    notes: tuple[Review, ...] = ()
    links: tuple[Review, ...] = ()

    @property
    def state(self) -> State:
        """What was decided on the machine's verdict."""
        return _STATES[self.judged.decision] if self.judged else "unreviewed"

    @property
    def label(self) -> Label | None:
        """The label that the reviewer gives; None for a rejection or deferral, which give none."""
        return self.judged.judgement if self.judged else None

    @property
    def done(self) -> bool:
        """Whether the claim needs no more of this reviewer."""
        return self.state not in ("unreviewed", "deferred")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """What the reviewers of a claim hold together.

    ``label`` is the settled one, else the one that all labels and rejections fit, else None. "undecided" is a
    claim with deferrals or rejections alone, ``flagged`` one that anybody flagged.
    """

    claim: str
    state: Together
    label: Label | None = None
    reviewers: tuple[str, ...] = ()
    flagged: bool = False
    settled: Review | None = None


def standings(log: Iterable[Review]) -> tuple[Standing, ...]:
    """Return a standing for each claim and reviewer of a log, in the order in which they first appear."""
    found: dict[tuple[str, str], Standing] = {}
    for review in in_force(log):
        key = (review.claim, review.reviewer)
        before = found.get(key, Standing(claim=review.claim, reviewer=review.reviewer))
        found[key] = _after(before, review)
    return tuple(found.values())


def _after(before: Standing, review: Review) -> Standing:
    match review.decision:
        case "accept" | "reject" | "change" | "defer":
            return replace(before, judged=review)
        case "flag" | "unflag":
            return replace(before, flagged=review.decision == "flag")
        case "scope":
            return replace(before, scope=review)
        case "link":
            return replace(before, links=(*before.links, review))
        case "note":
            return replace(before, notes=(*before.notes, review))
    return before


def consensus(log: Sequence[Review]) -> dict[str, Consensus]:
    """Return claim -> what its reviewers hold together; claims without any review are not in it."""
    by_claim: dict[str, list[Standing]] = {}
    for one in standings(log):
        by_claim.setdefault(one.claim, []).append(one)
    settled = {r.claim: r for r in in_force(log) if r.decision == "settle"}
    return {claim: _together(claim, held, settled.get(claim)) for claim, held in by_claim.items()}


def _together(claim: str, held: Sequence[Standing], settled: Review | None) -> Consensus:
    """Weigh the standings: labels must be one, and no rejection may be of it."""
    judged = [one for one in held if one.judged is not None]
    made = Consensus(
        claim=claim,
        state="undecided",
        reviewers=tuple(one.reviewer for one in judged),
        flagged=any(one.flagged for one in held),
        settled=settled,
    )
    if settled is not None:
        return replace(made, state="settled", label=settled.label)
    labels = {one.label for one in judged if one.label is not None}
    refused = {one.judged.machine for one in judged if one.judged and one.state == "rejected"}
    if not judged:
        return replace(made, state="unreviewed")
    if not labels:
        return made
    if len(labels) > 1 or labels & refused:
        return replace(made, state="disputed")
    return replace(made, state="agreed", label=labels.pop())
