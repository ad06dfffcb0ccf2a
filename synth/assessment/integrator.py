"""Two reviews and their case in, the consensus 0-10 out, and why it is not simply their mean."""

from __future__ import annotations

from synth.assessment.standing import Case, plural
from synth.records import Deduction, GateStatus, Reviewer

MANDATE = (
    "Weigh both reviews, and ask whether the report answers its question on a basis that is wide enough."
)
GAP, NOT_ANSWERED, PARTLY = 2.0, 1.5, 0.5
FEW_CLAIMS, ENOUGH_CLAIMS, ONE_WORK = 0.2, 5, 1.0
FALSIFIED, VERIFIED = 2.0, 0.5


def integrate(case: Case, *, challenger: Reviewer, confirmer: Reviewer) -> Reviewer:
    """Return the integrator's review; its points add up to the consensus, which stays within [0, 10]."""
    if not case.judged:
        return Reviewer(name="integrator", mandate=MANDATE, score=0.0, deductions=(_nothing(),))
    steps = [_mean(challenger, confirmer)]
    total = steps[0].points
    for step in (
        _gap(challenger, confirmer),
        _answer(case),
        _few_claims(case),
        _one_work(case),
        _gate(case),
    ):
        if step is None:
            continue
        bounded = round(min(10.0 - total, max(-total, step.points)), 2)
        if bounded:
            steps.append(Deduction(check=step.check, points=bounded, note=step.note, causes=step.causes))
            total = round(total + bounded, 2)
    return Reviewer(name="integrator", mandate=MANDATE, score=round(total, 1), deductions=tuple(steps))


def _nothing() -> Deduction:
    return Deduction(
        check="empty", points=0.0, note="a report without claims has nothing to weigh", causes=()
    )


def _mean(challenger: Reviewer, confirmer: Reviewer) -> Deduction:
    """Start from the mean of both reviews."""
    note = f"the mean of the challenger's {challenger.score:.1f} and the confirmer's {confirmer.score:.1f}"
    return Deduction(
        check="mean", points=round((challenger.score + confirmer.score) / 2, 2), note=note, causes=()
    )


def _gap(challenger: Reviewer, confirmer: Reviewer) -> Deduction | None:
    """Lean to the lower review: take a quarter of what they differ by beyond 2 points."""
    beyond = abs(challenger.score - confirmer.score) - GAP
    if beyond <= 0:
        return None
    lower = min(challenger, confirmer, key=lambda one: one.score)
    note = f"the reviews differ by more than {GAP:g} points, so the {lower.name}'s weighs more"
    return Deduction(check="reviews differ", points=-beyond / 4, note=note, causes=())


def _answer(case: Case) -> Deduction | None:
    """Take 1.5 where these papers do not answer the question, 0.5 where they answer it in part."""
    answer = case.answerability.answer
    if answer == "answered":
        return None
    take = NOT_ANSWERED if answer == "not_answered" else PARTLY
    short = "do not answer the question" if answer == "not_answered" else "answer the question only in part"
    reason = case.answerability.reason.rstrip(".")
    note = f"these papers {short}: {reason}" if reason else f"these papers {short}"
    # a facet is no claim or paper; the claims that come nearest to the open facets are the ones to look at
    near = dict.fromkeys(c for f in case.answerability.facets if not f.covered for c in f.claims)
    return Deduction(check="answerability", points=-take, note=note, causes=tuple(near))


def _few_claims(case: Case) -> Deduction | None:
    """Take 0.2 for each claim that lacks to five."""
    missing = ENOUGH_CLAIMS - len(case.judged)
    if missing <= 0:
        return None
    note = f"only {plural(len(case.judged), 'claim')}, fewer than {ENOUGH_CLAIMS}"
    return Deduction(
        check="few claims", points=-FEW_CLAIMS * missing, note=note, causes=case.where(lambda _: True)
    )


def _one_work(case: Case) -> Deduction | None:
    """Take 1 where all that was read is one work, so that nothing could have confirmed or contradicted it."""
    read = [p for p in case.papers if p.read != "unread"]
    if len({p.work for p in read}) > 1:
        return None
    note = "all that was read is one work: nothing else could confirm or contradict it"
    return Deduction(check="one work", points=-ONE_WORK, note=note, causes=tuple(p.id for p in read))


def _gate(case: Case) -> Deduction | None:
    """Take 2 where a sound attempt falsified a claim; give 0.5 where the record is verified."""
    fallen = {a.claim for a in case.ran if a.outcome == "FAILED" and a.at_claim_scale}
    if case.gate.status is GateStatus.FALSIFIED or fallen:
        ids = case.where(lambda one: one.claim.id in fallen)
        note = f"a sound attempt did not meet its rule: {case.gate.reason}"
        return Deduction(check="gate", points=-FALSIFIED, note=note, causes=ids)
    if case.gate.status is GateStatus.VERIFIED:
        ids = tuple(dict.fromkeys(a.claim for a in case.reproduced))
        return Deduction(check="gate", points=VERIFIED, note=case.gate.reason, causes=ids)
    return None
