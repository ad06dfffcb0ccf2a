"""A claim and sentences go in, a verdict comes out: a trained cross-encoder under a readable linear head.

Each sentence is scored alone: the cross-encoder's three log-probabilities and the named features of
``_features`` enter a multinomial logistic head; the strongest support and the strongest contradiction over
the sentences enter a calibration fitted for the chosen prior. Rules stand over it: a sentence that says all
of the claim supports it (``_covering``), and a copy in which one thing was changed does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synth import cross_encoder
from synth.errors import UsageError
from synth.records import Evidence, Label, Probabilities, Verdict
from synth.verifiers import Encode, Prior, Verifier, _features, _pins, _reasons, _weights
from synth.verifiers._alignment import align
from synth.verifiers._causes import causes, numbers_traded
from synth.verifiers._covering import covers, doubted
from synth.verifiers._language import CLAIM_NOT_ENGLISH, NOT_ENGLISH, foreign
from synth.verifiers._quantities import facts
from synth.verifiers._statement import Statement, state
from synth.verifiers._verdicts import (
    Judgement,
    carrier,
    likeliest,
    nothing,
    readable,
    rounded,
    verdict,
)
from synth.verifiers._word_rows import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

ENCODER = _pins.ENCODER
"""Signature of the encoder whose vectors the weights were fitted on."""
FILES = ("words.npz", "entailment.npz", "calibration.json")
TOUCHING, APART = 0.05, 0.2
"""Share of the claim's idf and cosine below which a sentence speaks of something else, not against it."""
WIDTH = 384
"""Length of the fitted encoder's vectors."""
JUDGED = 5
"""Sentences judged for a claim: the full rationale is among the five best in nine of ten cases."""
BOTH = 0.6
"""Calibrated probability of a single sentence from which its side can make a verdict mixed."""
COPY = Probabilities(0.97, 0.01, 0.02)
"""A sentence that holds the claim word for word supports it; the rest is left for misreading."""
COVERED = Probabilities(0.9, 0.03, 0.07)
"""A covering copy: on the halves "a" all 18 support, beside 16 of 22 edited conjunctions of ConjNLI."""
SHARED = 0.8
"""Share of the claim's idf from which a contradiction needs a named cause."""
SURE = 0.75
"""Calibrated contradiction that needs no named cause."""
UNCAUSED = 0.45
"""What is left of a contradiction that needs a cause and has none; the rest goes to NOT_ENOUGH_INFO."""
SAID = 0.4
"""Probability below which neither side is said."""
EDITED = 0.05
"""Most raw support left where a copy differs from the claim in a number, negation, name or opposite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A sentence against the claim: raw probabilities of the head, and what they rest on."""

    support: float
    contradict: float
    neither: float
    copied: bool
    covered: bool
    causes: tuple[str, ...]
    pair: _features.Pair
    unread: str = ""
    """Why it was not judged, "" where it was."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """Cross-encoder, features and fitted head: a claim and sentences to raw probabilities of each sentence.

    ``cross`` gives the cross-encoder's log-probabilities (n x 3) of a claim beside n sentences.
    """

    words: _weights.Words
    arrays: dict[str, Array]
    cross: Callable[[str, Sequence[str]], Array]
    encode: Encode
    state: Callable[[str], Statement]

    def pairs(self, claim: str, quotes: Sequence[str]) -> tuple[tuple[_features.Pair, Array], ...]:
        """Return each sentence taken apart beside the claim, with the input of the head."""
        texts = list(dict.fromkeys((claim, *quotes)))
        vectors = self.encode(texts)
        if vectors.shape != (len(texts), WIDTH):
            raise UsageError(
                f"the entailment verifier needs vectors of length {WIDTH}",
                remedy="leave --encoder out, or take --verifier overlap",
            )
        at = {text: i for i, text in enumerate(texts)}
        scores = self.cross(claim, quotes)
        return tuple(
            self._pair(claim, quote, float(vectors[0] @ vectors[at[quote]]), found)
            for quote, found in zip(quotes, scores, strict=True)
        )

    def score(self, claim: str, quotes: Sequence[str]) -> tuple[Scored, ...]:
        """Return the raw probabilities of each of ``quotes``, in order."""
        return tuple(self.scored(pair, x) for pair, x in self.pairs(claim, quotes))

    def _pair(self, claim: str, quote: str, cosine: float, scores: Array) -> tuple[_features.Pair, Array]:
        import numpy as np

        one, other = self.state(claim), self.state(quote)
        idf, unseen = self.words.idf, self.words.unseen
        pair = _features.Pair(
            claim=one,
            sentence=other,
            cosine=cosine,
            forth=align(one, other, idf=idf, unseen=unseen, similar=self._similar),
            back=align(other, one, idf=idf, unseen=unseen, similar=self._similar),
            facts=facts(one, other),
        )
        return pair, np.concatenate([scores, np.asarray(_features.vector(pair), np.float32)])

    def _similar(self, one: Statement, other: Statement) -> Array:
        import numpy as np

        table = self.arrays["similar"]
        a, b = table[rows(one, self.words.vocabulary)], table[rows(other, self.words.vocabulary)]
        return np.asarray(a @ b.T)

    def scored(self, pair: _features.Pair, x: Array) -> Scored:
        """Return the raw probabilities of one sentence; an edited copy keeps little support, by rule."""
        a = self.arrays
        z = a["head.weight"] @ ((x - a["head.mean"]) / a["head.scale"]) + a["head.bias"]
        support, contradict, neither = _weights.softmax(z.tolist())
        unread = _unread(pair)
        if unread and not _features.is_copy(pair):
            return Scored(
                support=EDITED / 2, contradict=EDITED / 2, neither=1.0 - EDITED, copied=False, covered=False,
                causes=(), pair=pair, unread=unread,
            )  # fmt: skip
        if doubted(pair):  # "it is unclear whether ..."
            neither, support = neither + max(0.0, support - EDITED), min(support, EDITED)
        match _features.changed(pair):
            case "name":  # another model or data set: neither for nor against
                support, contradict = min(support, EDITED), min(contradict, EDITED)
                neither = 1.0 - support - contradict
            case "number" | "negation" | "opposite" if support > EDITED:
                support, contradict = EDITED, contradict + support - EDITED
        if (numbers_traded(pair) or any(f.relation == "reversed" for f in pair.facts)) and support > EDITED:
            support, contradict = EDITED, contradict + support - EDITED
        if pair.forth.exact < TOUCHING and pair.cosine < APART and contradict > EDITED:
            contradict, neither = EDITED, neither + contradict - EDITED
        named = causes(pair)
        return Scored(
            support=support,
            contradict=contradict,
            neither=neither,
            copied=_features.is_copy(pair),
            covered=covers(pair) and not named,
            causes=named,
            pair=pair,
        )


@dataclass(frozen=True, slots=True)
class Entailment:
    """The verifier; build it with ``build``."""

    signature: str
    scorer: Scorer
    table: dict[str, Any]

    def __call__(self, claim: str, evidence: Sequence[Evidence], *, claim_id: str) -> Verdict:
        """Return the verdict of the ``JUDGED`` first sentences of ``evidence``."""
        text = readable(claim)
        if not evidence:
            return nothing(claim_id, signature=self.signature, probabilities=rounded(*self.table["nothing"]))
        kept = evidence[:JUDGED]
        scored = self.scorer.score(text, [e.quote for e in kept])
        each = [self._pooled([s]) for s in scored]
        pooled = self._pooled(scored)
        mixed = _mixed(each, scored)
        label = Label.NOT_ENOUGH_INFO if mixed else said(pooled)
        relations = [said(p) for p in each]
        judged = [_judged(*found) for found in zip(scored, each, relations, strict=True)]
        if label is not Label.NOT_ENOUGH_INFO:
            first = carrier(judged, label)
            judged[first] = _judged(scored[first], each[first], label)
        return verdict(
            claim_id,
            kept,
            judged,
            label=label,
            probabilities=_levelled(pooled) if mixed else _tied(pooled, label),
            mixed=mixed,
            signature=self.signature,
        )

    def _pooled(self, scored: Sequence[Scored]) -> Probabilities:
        """Return the calibrated probabilities of the strongest support and contradiction.

        A sentence that says all of the claim decides. A contradiction counts in full where the sentence that
        bears it, or one half as strong, has a named cause, or shares so little with the claim that it may be
        said in quite other words, or where it is very likely.
        """
        if any(s.copied for s in scored):
            return COPY
        if any(s.covered for s in scored):
            return COVERED
        p = rounded(*_weights.vector_scaled(self.table, strongest(scored)))
        top = max(scored, key=lambda s: s.contradict)
        if any(s.causes and s.contradict >= top.contradict / 2 for s in scored):
            return p
        if top.pair.forth.exact < SHARED or p.contradict >= SURE:
            return p
        kept = UNCAUSED * p.contradict
        return rounded(p.support, kept, p.not_enough_info + p.contradict - kept)


def _unread(pair: _features.Pair) -> str:
    if foreign(pair.claim.text, pair.claim.words):
        return CLAIM_NOT_ENGLISH
    return NOT_ENGLISH if foreign(pair.sentence.text, pair.sentence.words) else ""


def said(p: Probabilities) -> Label:
    """Return the likeliest label where it reaches ``SAID``, else NOT_ENOUGH_INFO."""
    label = likeliest(p)
    return label if p.of(label) >= SAID else Label.NOT_ENOUGH_INFO


def _tied(p: Probabilities, label: Label) -> Probabilities:
    """Return ``p`` with the sides that are likelier than NOT_ENOUGH_INFO, but not said, made even with it.

    The label shown is then the likeliest of the probabilities shown; a side below ``SAID`` moves little.
    """
    if label is not Label.NOT_ENOUGH_INFO or p.not_enough_info >= max(p.support, p.contradict):
        return p
    high, low = max(p.support, p.contradict), min(p.support, p.contradict)
    even = (high + p.not_enough_info) / 2
    if low > even:
        even = 1 / 3
    # a hair below, so that rounding never turns the label
    support, contradict = (min(side, even - 0.0002) for side in (p.support, p.contradict))
    return rounded(support, contradict, 1 - support - contradict)


def _judged(scored: Scored, p: Probabilities, relation: Label) -> Judgement:
    if scored.unread:
        return Judgement(relation=relation, probabilities=p, reasons=(scored.unread,), named=False)
    said_of = _reasons.reasons(scored.pair, relation, covered=scored.covered, causes=scored.causes)
    return Judgement(relation=relation, probabilities=p, reasons=said_of, named=bool(scored.causes))


def strongest(scored: Sequence[Scored]) -> tuple[float, float]:
    """Return the log ratios of the strongest support and contradiction to the weakest neither."""
    return _weights.log_ratios(
        max(s.support for s in scored), max(s.contradict for s in scored), min(s.neither for s in scored)
    )


def build(*, encode: Encode, prior: Prior) -> Verifier:
    """Return the entailment verifier at the operating setting ``prior``.

    Raises ModelError where the weights are missing or not the pinned ones.
    """
    scorer = Scorer(
        words=_weights.load_words(),
        arrays=with_similar(_weights.arrays("entailment.npz")),
        cross=cross_encoder.load().scores,
        encode=encode,
        state=lru_cache(maxsize=4096)(state),
    )
    table = _weights.calibration()["entailment"][prior]
    model = cross_encoder.FILES["model.onnx"].sha256[:12]
    return Entailment(f"entailment/4+{model}+{_weights.fingerprint(*FILES)}+prior:{prior}", scorer, table)


def with_similar(arrays: dict[str, Array]) -> dict[str, Array]:
    """Add the word table with rows of length 1; the first two (unknown, numeral) are like nothing."""
    import numpy as np

    table = arrays["table"].copy()
    table[:2] = 0.0
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    return arrays | {"similar": table / np.maximum(norms, 1e-6)}


def _mixed(found: Sequence[Probabilities], scored: Sequence[Scored]) -> bool:
    """Whether one sentence is strong for the claim and another, for a named cause, strong against it."""
    supporting = {i for i, p in enumerate(found) if p.support >= BOTH}
    opposing = {i for i, p in enumerate(found) if p.contradict >= BOTH and scored[i].causes}
    return bool(supporting and opposing and len(supporting | opposing) > 1)


def _levelled(p: Probabilities) -> Probabilities:
    """Return ``p`` with at least one half on NOT_ENOUGH_INFO, the rest shared as before."""
    if p.not_enough_info >= 0.5:
        return p
    sides = p.support + p.contradict
    return rounded(p.support / sides / 2, p.contradict / sides / 2, 0.5)
