"""A claim, its evidence and what each sentence says go in; the verdict comes out.

Single sentences are judged and the strongest on each side decides; where both sides are strong the
verdict is mixed: not enough information, and both are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from synth.errors import UsageError
from synth.records import Evidence, Label, Probabilities, Verdict
from synth.text import printable, words

NOTHING = "no passage speaks of this"
SHOWN = 5
"""Most evidence sentences that a verdict shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one sentence says of the claim: its relation, calibrated probabilities and reasons in words."""

    relation: Label
    probabilities: Probabilities
    reasons: tuple[str, ...]
    named: bool = True
    """Whether what speaks against the claim has a name (a number, a negation, opposed words)."""


def likeliest(p: Probabilities) -> Label:
    """Return the label of the highest probability; NOT_ENOUGH_INFO wins ties."""
    if p.support > max(p.contradict, p.not_enough_info):
        return Label.SUPPORT
    return Label.CONTRADICT if p.contradict > max(p.support, p.not_enough_info) else Label.NOT_ENOUGH_INFO


def readable(claim: str) -> str:
    """Return ``claim`` without control characters; raises UsageError where no word is left."""
    clean = printable(claim).strip()
    if not words(clean):
        raise UsageError("a claim needs at least one word", remedy="give the sentence that is to be checked")
    return clean


def rounded(support: float, contradict: float, not_enough_info: float) -> Probabilities:
    """Return the probabilities in steps of 0.0001 that sum to 1, so that last bits of floats never show."""
    total = support + contradict + not_enough_info
    s, c = round(10_000 * support / total), round(10_000 * contradict / total)
    return Probabilities(s / 10_000, c / 10_000, max(0, 10_000 - s - c) / 10_000)


def nothing(claim_id: str, *, signature: str, probabilities: Probabilities) -> Verdict:
    """Return the verdict on a claim of which no passage speaks."""
    return Verdict(
        claim=claim_id,
        label=Label.NOT_ENOUGH_INFO,
        probabilities=probabilities,
        evidence=(),
        signature=signature,
        reasons=(NOTHING,),
    )


def verdict(
    claim_id: str,
    evidence: Sequence[Evidence],
    judgements: Sequence[Judgement],
    *,
    label: Label,
    probabilities: Probabilities,
    mixed: bool,
    signature: str,
) -> Verdict:
    """Return the verdict ``label`` with the evidence worth showing, best first.

    The sentence that carries the label comes first and has it as its relation. Where no sentence takes a
    side, the nearest one is shown. A mixed verdict is NOT_ENOUGH_INFO.
    """
    label = Label.NOT_ENOUGH_INFO if mixed else label
    order = sorted(range(len(evidence)), key=lambda i: (-_worth(judgements[i], label), i))
    shown = [(i, _relation(judgements[i], label, first=i == order[0])) for i in order]
    telling = [(i, r) for i, r in shown if r is not Label.NOT_ENOUGH_INFO] or shown[:1]
    if mixed:
        telling = _both_first(telling)
    return Verdict(
        claim=claim_id,
        label=label,
        probabilities=probabilities,
        evidence=tuple(
            replace(evidence[i], relation=r, score=judgements[i].probabilities.of(r))
            for i, r in telling[:SHOWN]
        ),
        signature=signature,
        reasons=_reasons(judgements, telling, mixed=mixed),
        mixed=mixed,
    )


def _worth(judgement: Judgement, label: Label) -> float:
    """How much a sentence is worth showing: for the label given, else for either side; its own side first."""
    p = judgement.probabilities
    if label is Label.NOT_ENOUGH_INFO:
        return p.support + p.contradict + (judgement.relation is not label)
    named = label is Label.CONTRADICT and judgement.named
    return p.of(label) + 2 * (judgement.relation is label) + named


def carrier(judgements: Sequence[Judgement], label: Label) -> int:
    """Return the place of the sentence that carries ``label``: what ``verdict`` shows first."""
    return max(range(len(judgements)), key=lambda i: (_worth(judgements[i], label), -i))


def _both_first(telling: Sequence[tuple[int, Label]]) -> list[tuple[int, Label]]:
    """Return ``telling`` with the best sentence of either side ahead of the rest."""
    sides = (Label.SUPPORT, Label.CONTRADICT)
    first = [found for side in sides for found in [next((t for t in telling if t[1] is side), None)] if found]
    return first + [t for t in telling if t not in first]


def _relation(judgement: Judgement, label: Label, *, first: bool) -> Label:
    """The relation of a sentence; the one that carries the label has it, whatever its own neighbours say."""
    return label if first and label is not Label.NOT_ENOUGH_INFO else judgement.relation


def _reasons(
    judgements: Sequence[Judgement], telling: Sequence[tuple[int, Label]], *, mixed: bool
) -> tuple[str, ...]:
    if not mixed:
        return judgements[telling[0][0]].reasons
    both = [r for i, _ in telling[:2] for r in judgements[i].reasons[:2]]
    return tuple(dict.fromkeys(["one sentence supports it, another contradicts it", *both]))
