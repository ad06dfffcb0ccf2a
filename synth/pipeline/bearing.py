"""A report and the attempts on this machine in, the report with what bears on its claims out.

An attempt bears on a claim that one of its hypotheses is, that its spec quotes as stating a hypothesis, or
that its experiment recognises. Only the first is an attempt at the claim itself; the others are shown, and
settle nothing: they neither give a status nor take one away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from synth import assessment, attempts, experiments, gate
from synth.attempts import Stored
from synth.errors import InputError
from synth.pipeline import verifying
from synth.records import (
    Attempt,
    ClaimKind,
    Correction,
    GateStatus,
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


class Bearing(NamedTuple):
    """An attempt as a claim may show it; ``own`` where it was made at this very claim.

    ``intact`` is false where its folder does not hold what its name says, or its spec is none ever drafted;
    ``vouched`` says who stands for it.
    """

    attempt: Attempt
    own: bool
    intact: bool
    vouched: str


def attach(report: Report, *, root: Path, holds: Holds) -> Report:
    """Return ``report`` with the attempts beneath ``root`` that bear on its claims, gate and review anew.

    Attempts whose folder cannot be read or does not hold what its name says are left out; without any, the
    report is returned as it is. A damaged attempt at a claim still counts as its latest, and keeps an earlier
    one from settling the claim.
    """
    stored = tuple(_readable(root))
    if not stored and not report.attempts:
        return report
    papers = {paper.id: paper for paper in report.papers}
    found = [b for one in report.judged for b in bearing(one, papers[one.claim.paper], stored, root=root)]
    if not found and not report.attempts:
        return report
    return _with(report, found, holds=lambda folder: holds(root / folder))


def bearing(one: Judged, paper: Paper, stored: Sequence[Stored], *, root: Path) -> Iterator[Bearing]:
    """Yield each attempt at a hypothesis that bears on the claim, as it is seen at the claim's own scale."""
    for kept in stored:
        keys, vouched = _recognised(one, paper, kept), verifying.vouchers(kept)
        folder = kept.folder.relative_to(root).as_posix()
        intact = kept.found.intact and not _forged(kept)
        for hypothesis, attempt in zip(kept.spec.hypotheses, attempts.records(kept), strict=True):
            # by its words, too: who proves something else under a claim's id has not proved the claim
            if hypothesis.claim == one.claim.id and _same(hypothesis.text, one.claim.text):
                own = replace(attempt, folder=folder)
                yield Bearing(own, own=True, intact=intact, vouched=vouched)
            elif intact and (hypothesis.claim == one.claim.id or hypothesis.key in keys):
                other = _elsewhere(attempt, claim=one.claim.id, folder=folder)
                yield Bearing(other, own=False, intact=True, vouched=vouched)


def _forged(kept: Stored) -> bool:
    """Whether a spec of this version is none that its experiment drafts: shown, it would deceive."""
    if kept.spec.experiment not in experiments.names():
        return False
    experiment = experiments.load(kept.spec.experiment)
    return kept.spec.experiment_version == experiment.VERSION and bool(experiment.departs(kept.spec))


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()


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


def _with(report: Report, found: Sequence[Bearing], *, holds: Holds) -> Report:
    """Return the report with ``found``: each claim's status, the record's, and the review."""
    known: dict[str, bool] = {}

    def reverify(attempt: Attempt) -> bool:
        if attempt.folder not in known:
            known[attempt.folder] = holds(Path(attempt.folder))
        return known[attempt.folder]

    gates = tuple(
        (claim, _status([b for b in found if b.attempt.claim == claim], reverify=reverify))
        for claim in dict.fromkeys(b.attempt.claim for b in found)
    )
    status = gate.record_status(_headlines(report, dict(gates)))
    shown = tuple(b.attempt for b in found if b.intact)
    assessed = assessment.assess(
        report.judged,
        papers=report.papers,
        coverage=report.coverage,
        threshold=report.threshold,
        comparisons=report.comparisons,
        skipped=report.skipped,
        answerability=report.synthesis.answerability,
        gate=status,
        attempts=[a for a in shown if reverify(a)],
    )
    return replace(report, attempts=shown, gates=gates, gate=status, assessment=assessed)


def _status(found: Sequence[Bearing], *, reverify: Callable[[Attempt], bool]) -> GateVerdict:
    """Return the gate's word on a claim from the attempts at it, or, without any, from those that bear on it.

    An attempt at something else, however late, must not undo what one at the claim settled: all are counted.
    """
    own = [b.attempt for b in found if b.own]
    verdict = gate.status(own or [b.attempt for b in found], reverify=reverify)
    if verdict.status is GateStatus.UNVERIFIED:
        return replace(verdict, attempts=len(found))
    vouched = next(b.vouched for b in found if b.own and b.attempt == gate.last(own))
    return replace(verdict, reason=f"{verdict.reason}; {vouched}", attempts=len(found))


def _headlines(report: Report, gates: dict[str, GateVerdict]) -> dict[str, GateVerdict]:
    """Return the gate's word on every claim that reports a finding or a comparison."""
    none = gate.status((), reverify=lambda _: False)
    return {
        one.claim.id: gates.get(one.claim.id, none) for one in report.judged if one.claim.kind in HEADLINES
    }


def corrected(report: Report, before: Report) -> Report:
    """Return ``report`` with a public correction for each attempt that ``before`` had not, each once."""
    old = {(a.folder, a.claim) for a in before.attempts}
    new = [a for a in report.attempts if (a.folder, a.claim) not in old]
    made = (
        _attached([a for a in new if a.folder == folder]) for folder in dict.fromkeys(a.folder for a in new)
    )
    known = {event.event_id for event in report.corrections}
    events = tuple(event for event in made if event.event_id not in known)
    return replace(report, corrections=(*report.corrections, *events))


def _attached(new: Sequence[Attempt]) -> Correction:
    """Return the public note that one attempt now bears on the claims of ``new``."""
    claims = sorted({a.claim for a in new})
    on = f"{len(claims)} claim{'' if len(claims) == 1 else 's'}"
    return Correction(
        event_id=content_id("e", new[0].folder, *claims),
        corrected_at=new[0].ended_at,
        correction_type="ARTIFACT",
        public_note=f"Sealed attempt {new[0].id} ({new[0].experiment}) attached; it bears on {on}.",
        affected_fields=("gate_verdict", "verification_levels", "quality_assessment"),
    )


def _readable(root: Path) -> Iterator[Stored]:
    for folder in attempts.list_attempts(root):
        try:
            stored = attempts.load(folder)
        except InputError:
            # named by `synth gate status`, which lists what cannot be read
            continue
        # a copy beneath another claim's id is no second attempt
        if not verifying.astray(stored):
            yield stored
