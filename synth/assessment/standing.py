"""A report's records in, where each claim stands out: who supports it, who contradicts it, what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from synth.records import (
    Answerability,
    Attempt,
    Comparison,
    Coverage,
    Deduction,
    GateVerdict,
    Judged,
    Label,
    Outcome,
    Paper,
    Quantity,
    Skipped,
)
from synth.text import quantities

MEASURED_UNITS = ("percent", "points", "times")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the reviewers are given: the records of one report."""

    judged: tuple[Judged, ...]
    papers: tuple[Paper, ...]
    coverage: Coverage
    threshold: float
    comparisons: tuple[Comparison, ...]
    skipped: tuple[Skipped, ...]
    answerability: Answerability
    gate: GateVerdict
    attempts: tuple[Attempt, ...]

    @property
    def verified(self) -> int:
        """How many claims another work supports."""
        return len(self.where(lambda one: corroborated(one, self.threshold)))

    @property
    def retrieved(self) -> int:
        """How many distinct documents were retrieved."""
        return max(0, self.coverage.found - self.coverage.duplicate)

    @property
    def ran(self) -> tuple[Attempt, ...]:
        """The attempts that ran soundly to an outcome."""
        idle = (Outcome.NOT_RUN, Outcome.ERROR)
        return tuple(a for a in self.attempts if a.sound and a.outcome not in idle)

    @property
    def executed(self) -> tuple[Attempt, ...]:
        """The attempts that ran soundly at the scale of their claim; a scaled-down run is none of them."""
        return tuple(a for a in self.ran if a.at_claim_scale)

    @property
    def reproduced(self) -> tuple[Attempt, ...]:
        """The sound attempts that proved or reproduced a claim at its own scale."""
        won = (Outcome.PROVED, Outcome.REPRODUCED)
        return tuple(a for a in self.executed if a.outcome in won)

    def where(self, test: Callable[[Judged], bool]) -> tuple[str, ...]:
        """Return the ids of the claims that pass ``test``, in the order of the report."""
        return tuple(one.claim.id for one in self.judged if test(one))

    def share(self, ids: Sequence[str]) -> float:
        """Return how much of the report's claims ``ids`` are, in [0, 1]."""
        return len(ids) / len(self.judged) if self.judged else 0.0


def corroborated(one: Judged, threshold: float) -> bool:
    """Whether another work supports the claim: the tick."""
    return one.by_others.ticked(threshold)


def own_only(one: Judged, threshold: float) -> bool:
    """Whether nothing but the rest of its own work supports the claim."""
    return one.by_own.ticked(threshold) and not corroborated(one, threshold)


def weakly_supported(one: Judged, threshold: float) -> bool:
    """Whether all that supports the claim, in its own or in other works, stays below the threshold."""
    if corroborated(one, threshold) or own_only(one, threshold):
        return False
    return Label.SUPPORT in (one.by_others.label, one.by_own.label)


def unsupported(one: Judged) -> bool:
    """Whether nothing but the sentence itself speaks for the claim."""
    return Label.SUPPORT not in (one.by_others.label, one.by_own.label)


def contradicted(one: Judged) -> bool:
    """Whether another work contradicts the claim."""
    return one.by_others.label is Label.CONTRADICT


def mixed(one: Judged) -> bool:
    """Whether other works stand on both sides of the claim."""
    return one.by_others.mixed


def self_contradicted(one: Judged, threshold: float) -> bool:
    """Whether the claim's own work (or another version of it) contradicts the claim, to the tick's threshold.

    Sentences of one work that differ in their setting look like contradictions; only sure ones count.
    """
    return one.by_own.label is Label.CONTRADICT and one.by_own.confidence >= threshold


def measured(one: Judged) -> tuple[Quantity, ...]:
    """Return the claim's quantities that report a measurement: shares, differences, factors, decimals."""
    return tuple(
        q for q in one.claim.quantities if q.unit in MEASURED_UNITS or (q.unit == "" and q.digits > 0)
    )


def supporting_quotes(one: Judged, threshold: float) -> tuple[str, ...]:
    """Return the quotes that speak for the claim, in its own and in other works."""
    return tuple(
        e.quote
        for verdict in (one.by_others, one.by_own)
        if verdict.ticked(threshold)
        for e in verdict.evidence
        if e.relation is Label.SUPPORT
    )


def numbers_unfound(one: Judged, threshold: float) -> tuple[Quantity, ...]:
    """Return the measured quantities of a supported claim that none of its supporting quotes states."""
    quotes = supporting_quotes(one, threshold)
    stated = [q for quote in quotes for q in quantities(quote)]
    return tuple(q for q in measured(one) if quotes and not any(_same(q, other) for other in stated))


def _same(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities say one value, to the coarser of their reported decimals."""
    tolerance = 0.5 * 10.0 ** -min(one.digits, other.digits) * max(one.scale, other.scale)
    return abs(abs(one.value) - abs(other.value)) <= tolerance + 1e-9


def plural(count: int, noun: str, *, many: str = "") -> str:
    """Return "1 claim", "3 claims"."""
    return f"{count} {noun if count == 1 else many or noun + 's'}"


def points(check: str, value: float, note: str, causes: Sequence[str]) -> Deduction | None:
    """Return the deduction rounded to hundredths, or None where it is nothing."""
    rounded = round(value, 2)
    if rounded == 0.0:
        return None
    return Deduction(check=check, points=rounded, note=note, causes=tuple(causes))
