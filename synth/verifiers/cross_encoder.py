"""A claim and sentences go in, a verdict by a cross-encoder of the user's choice comes out.

Each sentence is scored alone by a three-way model of natural language inference; the strongest support, the
strongest contradiction and the weakest neither over the sentences make the verdict. Its probabilities are the
model's own, not calibrated here; for the natural prior they are moved from equal rates of the three labels to
those at which sentences of other papers support, contradict or say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from typing import TYPE_CHECKING

from synth import cross_encoder
from synth.records import Evidence, Label, Probabilities, Verdict
from synth.verifiers import Encode, Prior, Verifier, _features, _reasons, _weights
from synth.verifiers._alignment import align
from synth.verifiers._causes import causes
from synth.verifiers._quantities import facts
from synth.verifiers._recalibrated import unsaid
from synth.verifiers._statement import Statement, state
from synth.verifiers._verdicts import Judgement, carrier, nothing, readable, rounded, verdict
from synth.verifiers.entailment import BOTH, COPY, JUDGED, said

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

RATES: dict[Prior, tuple[float, float, float]] = {
    "balanced": (1 / 3, 1 / 3, 1 / 3),
    "natural": (0.015, 0.005, 0.98),
    "own": (0.15, 0.01, 0.84),
}
"""Rates of SUPPORT, CONTRADICT and NOT_ENOUGH_INFO; a named model is taken to be trained at equal ones."""


@dataclass(frozen=True, slots=True)
class Named:
    """The verifier; build it with ``build_named``."""

    signature: str
    model: cross_encoder.CrossEncoder
    rates: tuple[float, float, float]
    unknown: Probabilities
    words: _weights.Words
    state: Callable[[str], Statement]

    def __call__(self, claim: str, evidence: Sequence[Evidence], *, claim_id: str) -> Verdict:
        """Return the verdict of the ``JUDGED`` first sentences of ``evidence``; a copy supports."""
        text = readable(claim)
        if not evidence:
            return nothing(claim_id, signature=self.signature, probabilities=self.unknown)
        kept = evidence[:JUDGED]
        pairs = [self._pair(text, e.quote) for e in kept]
        copied = [_features.is_copy(pair) for pair in pairs]
        logs = self.model.scores(text, [e.quote for e in kept])
        each = [COPY if same else self._at_rates(row) for row, same in zip(logs, copied, strict=True)]
        pooled = COPY if any(copied) else self._at_rates(strongest(logs))
        mixed = _mixed(each)
        label = Label.NOT_ENOUGH_INFO if mixed else said(pooled)
        judged = [_judged(pair, p, said(p)) for pair, p in zip(pairs, each, strict=True)]
        if label is not Label.NOT_ENOUGH_INFO:
            first = carrier(judged, label)
            judged[first] = _judged(pairs[first], each[first], label)
        return verdict(
            claim_id,
            kept,
            judged,
            label=label,
            probabilities=unsaid(pooled) if label is Label.NOT_ENOUGH_INFO else pooled,
            mixed=mixed,
            signature=self.signature,
        )

    def _at_rates(self, logs: NDArray[np.float32]) -> Probabilities:
        """Return the probabilities at the rates of the prior (Saerens et al. 2002, equation 4)."""
        return rounded(*(exp(x) * rate for x, rate in zip(logs, self.rates, strict=True)))

    def _pair(self, claim: str, quote: str) -> _features.Pair:
        """Return both taken apart, for the reasons in words and to tell a copy; no verdict rests on more."""
        one, other = self.state(claim), self.state(quote)
        idf, unseen = self.words.idf, self.words.unseen
        return _features.Pair(
            claim=one,
            sentence=other,
            cosine=0.0,
            forth=align(one, other, idf=idf, unseen=unseen),
            back=align(other, one, idf=idf, unseen=unseen),
            facts=facts(one, other),
        )


def strongest(logs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the strongest support and contradiction and the weakest neither of ``logs`` (n x 3)."""
    import numpy as np

    support, contradict, neither = logs[:, 0].max(), logs[:, 1].max(), logs[:, 2].min()
    return np.array([support, contradict, neither], np.float32)


def _mixed(each: Sequence[Probabilities]) -> bool:
    """Whether one sentence is strong for the claim and another strong against it."""
    return any(p.support >= BOTH for p in each) and any(p.contradict >= BOTH for p in each)


def _judged(pair: _features.Pair, p: Probabilities, relation: Label) -> Judgement:
    named = causes(pair)
    why = _reasons.reasons(pair, relation, causes=named)
    return Judgement(relation=relation, probabilities=p, reasons=why, named=bool(named))


def build_named(model: str, *, encode: Encode, prior: Prior) -> Verifier:  # noqa: ARG001
    """Return the verifier of the cross-encoder ``model``, a folder or a hub id; it needs no vectors.

    Raises ModelError where the model cannot be read or has no three labels whose names say which is which,
    ExtraMissing where the libraries that read it are not installed.
    """
    loaded = cross_encoder.load(model)
    return Named(
        f"cross-encoder/1+{loaded.signature}+prior:{prior}",
        loaded,
        RATES[prior],
        rounded(*_weights.calibration()["overlap"][prior]["nothing"]),
        _weights.load_words(),
        lru_cache(maxsize=4096)(state),
    )
