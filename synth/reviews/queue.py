"""A judged claim in, how urgent it is and why out; those in, the order of work out.

The score of a claim is the sum of these points; each but the last comes with its reason:

========================================================================================  ==========
another work contradicts it, or others say both                                            8
its verdict or evidence changed since this reviewer judged it (``ranked``)                 8
the report lists it among its disagreements                                                4
uncertain: the two likeliest labels within ``MARGIN``, or a SUPPORT within ``NEAR``        0 to 3
of the threshold; the closer, the more
it is ticked: the report calls it verified                                                 2
it is a finding or a comparison                                                            2
it states a measured number that no supporting passage states; a mere count                1.5; 0.5
it stands under a theme of the report                                                      1
its tick rests on one passage alone                                                        1
its relevance to the question                                                              0 to 1
========================================================================================  ==========

A blind reviewer's score knows the claim alone: its kind, its relevance and the numbers that it states.
Themes are left out there: what another work says of a claim decides whether it has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from synth.records import Claim, ClaimKind, Judged, Label, Quantity, Report, Verdict
from synth.text import printable, quantities

CONTRADICTED, CHANGED, DISAGREEMENT, UNCERTAIN = 8.0, 8.0, 4.0, 3.0
TICKED, HEADLINE, NUMBERS, COUNTS, THEME, SINGLE = 2.0, 2.0, 1.5, 0.5, 1.0, 1.0
MARGIN = 0.3
"""Difference of the two likeliest labels' probabilities below which a verdict is uncertain."""
NEAR = 0.1
"""Distance from the threshold below which a SUPPORT is uncertain."""
_HEADLINES = {ClaimKind.FINDING: "a finding", ClaimKind.COMPARISON: "a comparison"}
_BETWEEN = {
    "between_works": "works",
    "between_versions": "versions of its paper",
    "within_paper": "sentences of its paper",
}
_MEASURED = ("percent", "points", "times")
_SCORES = ("percent", "points", "")
_Points = tuple[float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """How much a claim matters to a reviewer (``score`` >= 0) and why, what counts most first."""

    claim: str
    score: float
    reasons: tuple[str, ...]


def urgency(one: Judged, *, report: Report, blind: bool) -> Urgency:
    """Return how urgent a claim of the report is; with ``blind`` from the claim alone."""
    points = list(_of_claim(one.claim) if blind else _of_verdict(one, report))
    points.sort(key=lambda p: -p[0])
    return Urgency(
        claim=one.claim.id,
        score=round(sum(p for p, _ in points) + one.relevance, 6),
        reasons=tuple(reason for _, reason in points),
    )


def ranked(
    found: Sequence[Urgency], *, done: frozenset[str], deferred: frozenset[str], changed: frozenset[str]
) -> tuple[Urgency, ...]:
    """Return the claims that are to be decided, then the deferred, then those done; the most urgent first.

    One that changed is to be decided again, whatever it was, and gains urgency. Equally urgent ones stay in
    the order of ``found``.
    """

    def place(one: Urgency) -> tuple[int, float]:
        turn = 0 if one.claim in changed else 2 if one.claim in done else 1 if one.claim in deferred else 0
        return (turn, -one.score)

    return tuple(sorted((_again(u) if u.claim in changed else u for u in found), key=place))


def _again(one: Urgency) -> Urgency:
    return replace(one, score=one.score + CHANGED, reasons=("changed since you judged it", *one.reasons))


def _of_claim(claim: Claim) -> Iterator[_Points]:
    if claim.quantities:
        yield _points_of(claim.quantities), f"states {_listed(claim.quantities)}"
    if claim.kind in _HEADLINES:
        yield HEADLINE, _HEADLINES[claim.kind]


def _of_verdict(one: Judged, report: Report) -> Iterator[_Points]:
    claim, verdict = one.claim, one.by_others
    if verdict.label is Label.CONTRADICT:
        yield CONTRADICTED, "another work contradicts it"
    elif verdict.mixed:
        yield CONTRADICTED, "other works both support and contradict it"
    told = next((d for d in report.synthesis.disagreements if d.claim == claim.id), None)
    if told:
        yield DISAGREEMENT, f"one of the report's disagreements, between {_BETWEEN[told.kind]}"
    yield from _uncertain(verdict, report.threshold)
    open_numbers = _unstated(claim, verdict)
    if open_numbers:
        yield _points_of(open_numbers), f"no supporting passage states {_listed(open_numbers)}"
    if claim.kind in _HEADLINES:
        yield HEADLINE, _HEADLINES[claim.kind]
    # the finding without terms is that of the claims left over
    theme = next((f.theme for f in report.synthesis.findings if f.terms and claim.id in f.claims), None)
    if theme:
        yield THEME, f"stands under the theme “{printable(theme).strip(chr(0x201C) + chr(0x201D))}”"
    if verdict.ticked(report.threshold):
        yield TICKED, "the report calls it verified"
        if sum(e.relation is Label.SUPPORT for e in verdict.evidence) == 1:
            yield SINGLE, "its tick rests on one passage"


def _points_of(numbers: Sequence[Quantity]) -> float:
    """Return what numbers are worth looking up: measured ones more than how many parts something has."""
    measured = any(q.unit in _MEASURED or q.digits for q in numbers)
    return NUMBERS if measured else COUNTS


def _uncertain(verdict: Verdict, threshold: float) -> Iterator[_Points]:
    """Yield the greater of the two uncertainties: between two labels, and about the tick."""
    first, second = sorted(Label, key=lambda label: -verdict.probabilities.of(label))[:2]
    p, q = verdict.probabilities.of(first), verdict.probabilities.of(second)
    between = UNCERTAIN * (1.0 - (p - q) / MARGIN)
    distance = verdict.confidence - threshold
    tick = UNCERTAIN * (1.0 - abs(distance) / NEAR) if verdict.label is Label.SUPPORT else 0.0
    if between >= tick and between > 0.0:
        yield between, f"uncertain: {first} {p:.1%}, {second} {q:.1%}"
    elif tick > 0.0:
        side = "only just ticked" if distance >= 0.0 else "just short of a tick"
        yield tick, f"{side}: {verdict.confidence:.1%} where {threshold:.1%} is needed"


def _unstated(claim: Claim, verdict: Verdict) -> tuple[Quantity, ...]:
    if not claim.quantities:
        return ()
    said = [q for e in verdict.evidence if e.relation is Label.SUPPORT for q in _numbers(e.quote)]
    return tuple(q for q in claim.quantities if not any(_states(other, q) for other in said))


# the same sentence supports many claims, and reading its numbers is what costs time here
@lru_cache(maxsize=8192)
def _numbers(quote: str) -> tuple[Quantity, ...]:
    return quantities(quote)


def _states(said: Quantity, claimed: Quantity) -> bool:
    """Whether ``said`` rounds to what is claimed; a count may lack its noun, a score its unit."""
    scores = said.unit in _SCORES and claimed.unit in _SCORES
    if not (scores or said.unit == claimed.unit or not said.unit or not claimed.unit):
        return False
    half = 0.5 * claimed.scale * 10.0**-claimed.digits * (1.0 + 1e-9)
    ends = (said.high, claimed.high)
    return abs(said.value - claimed.value) <= half and (
        None in ends or abs((said.high or 0.0) - (claimed.high or 0.0)) <= half
    )


def _listed(numbers: Sequence[Quantity], *, most: int = 3) -> str:
    told: dict[str, str] = {}
    for quantity in numbers:
        raw = " ".join(printable(quantity.raw).split())
        told.setdefault(raw.lower(), raw)
    shown = ", ".join(list(told.values())[:most])
    return f"{shown} and {len(told) - most} more" if len(told) > most else shown
