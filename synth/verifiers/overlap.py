"""A claim and sentences go in, a verdict by shared words comes out: the baseline.

The share of the claim's idf that the best sentence holds, calibrated. It sees neither negation nor numbers
nor who did what to whom, so it never says CONTRADICT.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synth.records import Evidence, Label, Probabilities, Verdict
from synth.verifiers import Encode, Prior, Verifier, _weights
from synth.verifiers._alignment import Alignment, align
from synth.verifiers._statement import state
from synth.verifiers._verdicts import Judgement, nothing, readable, rounded, verdict


@dataclass(frozen=True, slots=True)
class Overlap:
    """The verifier; build it with ``build``."""

    signature: str
    words: _weights.Words
    table: dict[str, Any]

    def __call__(self, claim: str, evidence: Sequence[Evidence], *, claim_id: str) -> Verdict:
        """Return the verdict of the sentence that shares most with ``claim``."""
        text = readable(claim)
        if not evidence:
            return nothing(claim_id, signature=self.signature, probabilities=rounded(*self.table["nothing"]))
        one = state(text)
        found = [align(one, state(e.quote), idf=self.words.idf, unseen=self.words.unseen) for e in evidence]
        judged = [self._judged(a) for a in found]
        best = self._calibrated(max(a.exact for a in found))
        return verdict(
            claim_id, evidence, judged,
            label=_label(best), probabilities=best, mixed=False, signature=self.signature,
        )  # fmt: skip

    def _judged(self, found: Alignment) -> Judgement:
        p = self._calibrated(found.exact)
        return Judgement(relation=_label(p), probabilities=p, reasons=(said(found),))

    def _calibrated(self, share: float) -> Probabilities:
        """P(support) is a step function of the share (isotonic regression); the rest is split as observed."""
        at = bisect_right(self.table["from"], share) - 1
        support = float(self.table["support"][max(0, at)])
        contradict = (1 - support) * float(self.table["contradicted"])
        return rounded(support, contradict, 1 - support - contradict)


def _label(p: Probabilities) -> Label:
    """Return the likelier of the two labels that overlap can tell apart."""
    return Label.SUPPORT if p.support > p.not_enough_info else Label.NOT_ENOUGH_INFO


def said(alignment: Alignment) -> str:
    """Return the overlap in words."""
    return f"the passage has {round(100 * alignment.exact)} % of the claim's content words by weight"


def build(*, encode: Encode, prior: Prior) -> Verifier:  # noqa: ARG001
    """Return the overlap verifier; it needs no vectors. Raises ModelError for missing or changed tables."""
    table = _weights.calibration()["overlap"][prior]
    mark = _weights.fingerprint("words.npz", "calibration.json")
    return Overlap(f"overlap/1+{mark}+prior:{prior}", _weights.load_words(), table)
