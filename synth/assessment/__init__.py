"""Judged claims, papers and coverage in; the review out: three reviewers, dimensions, tier, level, fitness.

Every check is one small function of records; each deduction names the claims or papers that caused it;
the points of a reviewer add up to the score. The rubric in words: docs/how-scores-are-made.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth.assessment import dimensions, tiers
from synth.assessment.challenger import challenge
from synth.assessment.confirmer import confirm
from synth.assessment.integrator import integrate
from synth.assessment.standing import Case
from synth.records import (
    Answerability,
    Assessment,
    Attempt,
    Comparison,
    Coverage,
    GateVerdict,
    Judged,
    Paper,
    Skipped,
)

__all__ = ["SIGNATURE", "assess"]

SIGNATURE = "rubric/1"


def assess(
    judged: Sequence[Judged],
    *,
    papers: Sequence[Paper],
    coverage: Coverage,
    threshold: float,
    comparisons: Sequence[Comparison],
    skipped: Sequence[Skipped],
    answerability: Answerability,
    gate: GateVerdict,
    attempts: Sequence[Attempt] = (),
) -> Assessment:
    """Return the review of a report; ``threshold`` is the one from which a claim is ticked, in [0, 1].

    ``attempts`` are those at the report's claims whose artifacts re-verify now; ``gate`` is the record's
    status. The same records give the same review: nothing is drawn, timed or asked.
    """
    case = Case(
        judged=tuple(judged),
        papers=tuple(papers),
        coverage=coverage,
        threshold=threshold,
        comparisons=tuple(comparisons),
        skipped=tuple(skipped),
        answerability=answerability,
        gate=gate,
        attempts=tuple(attempts),
    )
    challenger, confirmer = challenge(case), confirm(case)
    integrator = integrate(case, challenger=challenger, confirmer=confirmer)
    score = integrator.score
    tier, tier_basis = tiers.tier(case, score=score)
    level, level_basis = tiers.level(case)
    publishable, reason = tiers.fitness(case, score=score)
    return Assessment(
        reviewers=(challenger, confirmer, integrator),
        score=score,
        dimensions=dimensions.measure(case),
        tier=tier,
        tier_basis=tier_basis,
        level=level,
        level_basis=level_basis,
        publishable=publishable,
        publishable_reason=reason,
    )
