"""A claim and sentences go in, a verdict by their numbers comes out: a rule, with its observed hit rates.

CONTRADICT where a sentence that speaks of the same thing states the same quantity otherwise; SUPPORT where
all numbers of the claim are found and the other words agree; else NOT_ENOUGH_INFO. As a veto over other
verifiers the rule is wrong: many truly supported claims hold a number that their rationale lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from synth.records import Evidence, Label, Probabilities, Verdict
from synth.verifiers import Encode, Prior, Verifier, _weights
from synth.verifiers._alignment import align
from synth.verifiers._features import Pair, opposites
from synth.verifiers._quantities import Fact, facts
from synth.verifiers._statement import Statement, state
from synth.verifiers._verdicts import Judgement, nothing, readable, rounded, verdict

SAME_WORDS = 0.7
"""Share of the claim's idf, numbers left out, from which a sentence speaks of the same thing."""
BORNE_OUT = 0.4
"""Observed rate of the rule's label below which it is not said."""
NO_NUMBERS = "the claim states no number"
MIXED = "MIXED"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The verifier; build it with ``build``."""

    signature: str
    words: _weights.Words
    table: dict[str, Any]

    def __call__(self, claim: str, evidence: Sequence[Evidence], *, claim_id: str) -> Verdict:
        """Return the verdict of the number rule over all of ``evidence``."""
        text = readable(claim)
        if not evidence:
            return nothing(claim_id, signature=self.signature, probabilities=self._rate("nothing"))
        one = state(text)
        sentences = [state(e.quote) for e in evidence]
        stated = [(sentence, facts(one, sentence)) for sentence in sentences]
        said = [rule(one, sentence, f, words=self.words) for sentence, f in stated]
        judged = [self._judged(label, f) for label, (_, f) in zip(said, stated, strict=True)]
        outcome = strongest(said)
        rate = self._rate(outcome)
        return verdict(
            claim_id, evidence, judged,
            label=_label(outcome, rate), probabilities=rate, mixed=outcome == MIXED, signature=self.signature,
        )  # fmt: skip

    def _judged(self, label: Label, stated: Sequence[Fact]) -> Judgement:
        rate = self._rate(label)
        return Judgement(relation=_label(label, rate), probabilities=rate, reasons=_reasons(stated))

    def _rate(self, outcome: str) -> Probabilities:
        return rounded(*self.table[outcome])


def strongest(labels: Sequence[Label]) -> str:
    """Return the outcome over all sentences: a side if one alone speaks, ``MIXED`` if both do."""
    if {Label.SUPPORT, Label.CONTRADICT} <= set(labels):
        return MIXED
    return next(
        (r.value for r in (Label.SUPPORT, Label.CONTRADICT) if r in labels), Label.NOT_ENOUGH_INFO.value
    )


def _label(outcome: str, rate: Probabilities) -> Label:
    """Return the rule's own label where the observed rates bear it out, else NOT_ENOUGH_INFO."""
    found = next((r for r in (Label.SUPPORT, Label.CONTRADICT) if r == outcome), Label.NOT_ENOUGH_INFO)
    return found if rate.of(found) >= BORNE_OUT else Label.NOT_ENOUGH_INFO


def _reasons(stated: Sequence[Fact]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.reason for f in stated)) or (NO_NUMBERS,)


def rule(claim: Statement, sentence: Statement, found: Sequence[Fact], *, words: _weights.Words) -> Label:
    """Return what the numbers say of the claim."""
    if not found:
        return Label.NOT_ENOUGH_INFO
    forth = align(_without_numbers(claim), sentence, idf=words.idf, unseen=words.unseen)
    if forth.exact < SAME_WORDS:
        return Label.NOT_ENOUGH_INFO
    if any(f.relation == "reversed" or (f.relation == "differs" and f.same_topic) for f in found):
        return Label.CONTRADICT
    back = align(sentence, claim, idf=words.idf, unseen=words.unseen)
    pair = Pair(claim=claim, sentence=sentence, cosine=0.0, forth=forth, back=back, facts=tuple(found))
    opposed = (claim.negations + sentence.negations) % 2 or opposites(pair)
    agreed = all(f.relation == "agrees" for f in found)
    return Label.SUPPORT if agreed and not opposed else Label.NOT_ENOUGH_INFO


def _without_numbers(claim: Statement) -> Statement:
    kept = tuple(c and not w[0].isdigit() for w, c in zip(claim.words, claim.content, strict=True))
    return replace(claim, content=kept)


def build(*, encode: Encode, prior: Prior) -> Verifier:  # noqa: ARG001
    """Return the number rule; it needs no vectors. Raises ModelError for missing or changed tables."""
    table = _weights.calibration()["numbers"][prior]
    mark = _weights.fingerprint("words.npz", "calibration.json")
    return Numbers(f"numbers/1+{mark}+prior:{prior}", _weights.load_words(), table)
