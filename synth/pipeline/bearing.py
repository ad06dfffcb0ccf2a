"""A report and the attempts on this machine in, the report with what bears on its claims out.

An attempt bears on a claim that one of its hypotheses is, that its spec quotes as stating a hypothesis, or
that its experiment recognises. Only the first is at the claim's own scale; the others are shown, and settle
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from synth import assessment, attempts, experiments, gate
from synth.attempts import Stored
from synth.errors import InputError
from synth.records import (
    Attempt,
    ClaimKind,
    Correction,
    GateVerdict,
    Judged,
    Outcome,
    Paper,
    Report,
    content_id,
)

Holds = Callable[[Path], bool]
"""Whether the attempt in a folder re-verifies now."""

_AT_ANOTHER_SCALE = {
    Outcome.REPRODUCED: Outcome.PARTIAL,
    Outcome.PROVED: Outcome.PARTIAL,
    Outcome.FAILED: Outcome.INCONCLUSIVE,
}
HEADLINES = (ClaimKind.FINDING, ClaimKind.COMPARISON)


def attach(report: Report, *, root: Path, holds: Holds) -> Report:
    """Return ``report`` with the attempts beneath ``root`` that bear on its claims, gate and review anew.

    Attempts whose folder cannot be read or does not hold what its name says are left out; without any, the
    report is returned as it is.
    """
    stored = tuple(_readable(root))
    if not stored and not report.attempts:
        return report
    papers = {paper.id: paper for paper in report.papers}
    found = [a for one in report.judged for a in bearing(one, papers[one.claim.paper], stored, root=root)]
    if not found and not report.attempts:
        return report
    return _with(report, tuple(found), holds=lambda folder: holds(root / folder))


def bearing(one: Judged, paper: Paper, stored: Sequence[Stored], *, root: Path) -> Iterator[Attempt]:
    """Yield each attempt at a hypothesis that bears on the claim, as it is seen at the claim's own scale."""
    for kept in stored:
        keys = _recognised(one, paper, kept)
        folder = kept.folder.relative_to(root).as_posix()
        for hypothesis, attempt in zip(kept.spec.hypotheses, attempts.records(kept), strict=True):
            if hypothesis.claim == one.claim.id:
                yield replace(attempt, folder=folder)
            elif hypothesis.key in keys:
                yield _elsewhere(attempt, claim=one.claim.id, folder=folder)


def _recognised(one: Judged, paper: Paper, kept: Stored) -> frozenset[str]:
    """Return the keys of the hypotheses that the claim states, by the experiment or by the spec's quotes."""
    quoted = {
        key
        for quote in kept.spec.quotes
        if quote.text == one.claim.text and quote.doc_id == paper.doc_id
        for key in quote.keys
    }
    if kept.spec.experiment not in experiments.names():
        return frozenset(quoted)
    return frozenset({*quoted, *experiments.load(kept.spec.experiment).bears_on(one.claim, paper=paper)})


def _elsewhere(attempt: Attempt, *, claim: str, folder: str) -> Attempt:
    """Return an attempt at a hypothesis of another scale as the claim may show it: PARTIAL at most."""
    outcome = _AT_ANOTHER_SCALE.get(attempt.outcome, attempt.outcome)
    said = f"{attempt.outcome.value} at its own scale: {attempt.reason}"
    return replace(attempt, claim=claim, outcome=outcome, reason=said, at_claim_scale=False, folder=folder)


def _with(report: Report, found: tuple[Attempt, ...], *, holds: Holds) -> Report:
    """Return the report with ``found``: each claim's status, the record's, and the review."""
    known: dict[str, bool] = {}

    def reverify(attempt: Attempt) -> bool:
        return known.setdefault(attempt.folder, holds(Path(attempt.folder)))

    gates = tuple(
        (claim, gate.status([a for a in found if a.claim == claim], reverify=reverify))
        for claim in dict.fromkeys(a.claim for a in found)
    )
    status = gate.record_status(_headlines(report, dict(gates)))
    assessed = assessment.assess(
        report.judged,
        papers=report.papers,
        coverage=report.coverage,
        threshold=report.threshold,
        comparisons=report.comparisons,
        skipped=report.skipped,
        answerability=report.synthesis.answerability,
        gate=status,
        attempts=[a for a in found if reverify(a)],
    )
    return replace(report, attempts=found, gates=gates, gate=status, assessment=assessed)


def _headlines(report: Report, gates: dict[str, GateVerdict]) -> dict[str, GateVerdict]:
    """Return the gate's word on every claim that reports a finding or a comparison."""
    none = gate.status((), reverify=lambda _: False)
    return {
        one.claim.id: gates.get(one.claim.id, none) for one in report.judged if one.claim.kind in HEADLINES
    }


def corrected(report: Report, before: Report) -> Report:
    """Return ``report`` with a public correction for each attempt that ``before`` had not."""
    old = {(a.folder, a.claim) for a in before.attempts}
    new = [a for a in report.attempts if (a.folder, a.claim) not in old]
    events = []
    for folder in dict.fromkeys(a.folder for a in new):
        at = [a for a in new if a.folder == folder]
        claims = len({a.claim for a in at})
        on = f"{claims} claim{'' if claims == 1 else 's'}"
        note = f"Sealed attempt {at[0].id} ({at[0].experiment}) attached; it bears on {on}."
        events.append(
            Correction(
                event_id=content_id("e", folder, *sorted(a.claim for a in at)),
                corrected_at=at[0].ended_at,
                correction_type="ARTIFACT",
                public_note=note,
                affected_fields=("gate_verdict", "verification_levels", "quality_assessment"),
            )
        )
    return replace(report, corrections=(*report.corrections, *events))


def _readable(root: Path) -> Iterator[Stored]:
    for folder in attempts.list_attempts(root):
        try:
            stored = attempts.load(folder)
        except InputError:
            # named by `synth gate status`, which lists what cannot be read
            continue
        if stored.found.intact:
            yield stored
