"""A verdict goes in, that verdict by the user's calibration, or silent below a wanted precision, comes out.

Both stand around a verifier and sign what they did. The sentences shown keep what each alone says; only one
that comes to carry a new label takes that label and its probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synth.records import Evidence, Label, Probabilities, Verdict
from synth.verifiers import Verifier
from synth.verifiers._verdicts import likeliest, rounded
from synth.verifiers._weights import log_ratios, vector_scaled

HAIR = 0.0002
"""What a side that is not said stays below NOT_ENOUGH_INFO, so that rounding never turns the label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Vector scaling of a verdict: ``weight`` 3 x 2 over its two log ratios, ``bias`` 3.

    Rows in the order SUPPORT, CONTRADICT, NOT_ENOUGH_INFO; the ratios are those of ``_weights.log_ratios``.
    """

    weight: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalibrated:
    """A verifier whose probabilities go through the user's calibration; ``mark`` names the calibration."""

    judge: Verifier
    scaling: Scaling
    mark: str

    @property
    def signature(self) -> str:
        """The verifier's own signature and the calibration's mark."""
        return f"{self.judge.signature}+calibration:{self.mark}"

    def __call__(self, claim: str, evidence: Sequence[Evidence], *, claim_id: str) -> Verdict:
        """Return the verifier's verdict, recalibrated (see ``recalibrated``)."""
        found = recalibrated(self.judge(claim, evidence, claim_id=claim_id), self.scaling)
        return replace(found, signature=self.signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstaining:
    """A verifier that says SUPPORT or CONTRADICT from the ``least`` probability of each label on.

    A label that ``least`` lacks is never said. ``precision`` is the share of right verdicts that the
    thresholds stand for.
    """

    judge: Verifier
    least: Mapping[Label, float]
    precision: float

    @property
    def signature(self) -> str:
        """The verifier's own signature and the wanted precision."""
        return f"{self.judge.signature}+precision:{self.precision:g}"

    def __call__(self, claim: str, evidence: Sequence[Evidence], *, claim_id: str) -> Verdict:
        """Return the verifier's verdict, or NOT_ENOUGH_INFO in its place (see ``abstained``)."""
        found = self.judge(claim, evidence, claim_id=claim_id)
        return replace(abstained(found, least=self.least, precision=self.precision), signature=self.signature)


def recalibrated(verdict: Verdict, scaling: Scaling) -> Verdict:
    """Return ``verdict`` with mapped probabilities and their likeliest label; NOT_ENOUGH_INFO wins ties.

    A verdict without evidence is not touched. A mixed one stays mixed and NOT_ENOUGH_INFO. A label needs
    a sentence that carries it: where every sentence shown speaks for the other side, none is said.
    """
    if not verdict.evidence:
        return verdict
    ratios = log_ratios(*verdict.probabilities)
    p = rounded(*vector_scaled({"weight": scaling.weight, "bias": scaling.bias}, ratios))
    wanted = Label.NOT_ENOUGH_INFO if verdict.mixed else likeliest(p)
    evidence = _carried(verdict.evidence, wanted, score=p.of(wanted))
    label = wanted if evidence else Label.NOT_ENOUGH_INFO
    turned = () if label is verdict.label else (f"{verdict.label} before the calibration",)
    return replace(
        verdict,
        label=label,
        probabilities=unsaid(p) if label is Label.NOT_ENOUGH_INFO else p,
        evidence=evidence or verdict.evidence,
        reasons=(*turned, *verdict.reasons),
    )


def _carried(evidence: tuple[Evidence, ...], label: Label, *, score: float) -> tuple[Evidence, ...]:
    """Return ``evidence`` with a sentence of relation ``label`` first, or () where none may have it."""
    if label is Label.NOT_ENOUGH_INFO:
        return evidence
    if own := [e for e in evidence if e.relation is label]:
        return (own[0], *(e for e in evidence if e is not own[0]))
    if open_ := [e for e in evidence if e.relation is Label.NOT_ENOUGH_INFO]:
        rest = (e for e in evidence if e is not open_[0])
        return (replace(open_[0], relation=label, score=score), *rest)
    return ()


def abstained(verdict: Verdict, *, least: Mapping[Label, float], precision: float) -> Verdict:
    """Return ``verdict``, or NOT_ENOUGH_INFO where its label is less likely than ``least`` asks.

    The first reason then says so. Of the side given up, as much goes to NOT_ENOUGH_INFO as makes it the
    likeliest label (see ``unsaid``); the sentences stay shown.
    """
    label, said = verdict.label, verdict.confidence
    if label is Label.NOT_ENOUGH_INFO or said >= least.get(label, float("inf")):
        return verdict
    share = f"right in at least {100 * precision:g} % of the calibration data"
    why = (
        f"{label} {short(said)} is below {short(least[label])}, from which {label} was {share}"
        if label in least
        else f"{label} {short(said)} is not said: from no probability on was {label} {share}"
    )
    return replace(
        verdict,
        label=Label.NOT_ENOUGH_INFO,
        probabilities=unsaid(verdict.probabilities),
        reasons=(why, *verdict.reasons),
    )


def unsaid(p: Probabilities) -> Probabilities:
    """Return ``p`` with the sides likelier than NOT_ENOUGH_INFO made even with it, less a hair.

    NOT_ENOUGH_INFO is then the likeliest label of the probabilities shown, and of what spoke for a side as
    much is kept as can be.
    """
    low, high = sorted((p.support, p.contradict))
    if p.not_enough_info >= high:
        return p
    even = (high + p.not_enough_info) / 2
    if low > even:
        even = 1 / 3
    support, contradict = min(p.support, even - HAIR), min(p.contradict, even - HAIR)
    return rounded(support, contradict, 1 - support - contradict)


def short(p: float) -> str:
    """Return a probability without zeros that say nothing: 0.83 is ".83"."""
    return f"{p:.4f}".rstrip("0").lstrip("0").rstrip(".") or "0"
