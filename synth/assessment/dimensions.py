"""A case in, its eight quality dimensions out; one that nothing measures is UNASSESSED, never MEDIUM."""

from __future__ import annotations

import re
from typing import Literal

from synth.assessment.confirmer import located
from synth.assessment.standing import (
    Case,
    contradicted,
    corroborated,
    measured,
    mixed,
    numbers_unfound,
    own_only,
    plural,
    supporting_quotes,
    weakly_supported,
)
from synth.assessment.tiers import reproducibility
from synth.records import Dimension, Judged

HIGH, MEDIUM = 7.5, 5.0
DEFINITIONS = {
    "evidence_strength": "How well each claim is supported: by another work 10, by its own work alone 4, "
    "below the threshold or on both sides 2, otherwise 0; averaged.",
    "citation_grounding": "The share of claims and evidence whose verbatim quote has a page and a box.",
    "numerical_consistency": "The share of supported measured numbers found in a supporting quote, and of "
    "comparable results that agree.",
    "benchmark_validity": "The share of compared quantities whose conditions are stated well enough to say "
    "whether they may be compared.",
    "novelty": "Whether the findings are new.",
    "uncertainty_disclosure": "The share of claims with a measured number that state an error, interval, "
    "significance or condition, or hedge.",
    "reproducibility_status": "What sealed attempts at the claims showed.",
    "safety_impact": "Whether the findings bear on safety.",
}
_UNSURE = re.compile(
    r"±|\+/-|\b(?:confidence interval|standard (?:deviation|error)|std\.?|variance|p\s*[<=>]|significan\w+|"
    r"(?:random )?seeds?|averaged over|may|might|could|suggests?|appears?|likely|approximately|about|"
    r"roughly)\b",
    re.IGNORECASE,
)


def measure(case: Case) -> tuple[Dimension, ...]:
    """Return the dimensions in the order of their contract."""
    return (
        _evidence_strength(case),
        _citation_grounding(case),
        _numerical_consistency(case),
        _benchmark_validity(case),
        _dimension("novelty", None, "nothing here measures novelty"),
        _uncertainty_disclosure(case),
        _reproducibility_status(case),
        _dimension("safety_impact", None, "nothing here measures safety impact"),
    )


def _dimension(name: str, score: float | None, basis: str) -> Dimension:
    shown = None if score is None else round(score, 1)
    return Dimension(name=name, score=shown, level=_level(shown), basis=basis, definition=DEFINITIONS[name])


def _level(score: float | None) -> Literal["UNASSESSED", "LOW", "MEDIUM", "HIGH"]:
    if score is None:
        return "UNASSESSED"
    return "HIGH" if score >= HIGH else "MEDIUM" if score >= MEDIUM else "LOW"


def _strength(one: Judged, threshold: float) -> float:
    if corroborated(one, threshold):
        return 10.0
    if contradicted(one):
        return 0.0
    if own_only(one, threshold) and not mixed(one):
        return 4.0
    return 2.0 if mixed(one) or weakly_supported(one, threshold) else 0.0


def _evidence_strength(case: Case) -> Dimension:
    name = "evidence_strength"
    if not case.judged:
        return _dimension(name, None, "there is no claim")
    score = sum(_strength(one, case.threshold) for one in case.judged) / len(case.judged)
    own = case.where(lambda one: own_only(one, case.threshold))
    against = case.where(contradicted)
    basis = (
        f"of {plural(len(case.judged), 'claim')}, {case.verified} supported by another work, "
        f"{len(own)} by their own work alone, {len(against)} contradicted by another work"
    )
    return _dimension(name, score, basis)


def _citation_grounding(case: Case) -> Dimension:
    name = "citation_grounding"
    if not case.judged:
        return _dimension(name, None, "there is no claim")
    quotes = [e for one in case.judged for v in (one.by_others, one.by_own) for e in v.evidence]
    claims = sum(located(one) for one in case.judged)
    placed = sum(any(span.boxes for span in e.spans) for e in quotes)
    basis = (
        f"{claims} of {plural(len(case.judged), 'claim')} and {placed} of "
        f"{plural(len(quotes), 'quote')} of evidence have a page and a box"
    )
    return _dimension(name, 10 * (claims + placed) / (len(case.judged) + len(quotes)), basis)


def _numerical_consistency(case: Case) -> Dimension:
    """Count numbers of supported claims found in the quotes, and comparable results that agree, alike."""
    name = "numerical_consistency"
    supported = [one for one in case.judged if supporting_quotes(one, case.threshold)]
    numbers = sum(len(measured(one)) for one in supported)
    lost = sum(len(numbers_unfound(one, case.threshold)) for one in supported)
    agree = sum(c.relation == "agree" for c in case.comparisons)
    compared = agree + sum(c.relation == "conflict" for c in case.comparisons)
    if not numbers + compared:
        return _dimension(
            name, None, "no supported claim states a measured number and no results are comparable"
        )
    basis = (
        f"{numbers - lost} of {plural(numbers, 'measured number')} found in a supporting quote; "
        f"{agree} of {plural(compared, 'comparable quantity', many='comparable quantities')} agree"
    )
    return _dimension(name, 10 * (numbers - lost + agree) / (numbers + compared), basis)


def _benchmark_validity(case: Case) -> Dimension:
    name = "benchmark_validity"
    if not case.comparisons:
        return _dimension(name, None, "no quantity was measured more than once")
    stated = sum(c.relation != "condition_not_stated" for c in case.comparisons)
    total = plural(len(case.comparisons), "compared quantity", many="compared quantities")
    basis = f"conditions are stated for {stated} of {total}"
    return _dimension(name, 10 * stated / len(case.comparisons), basis)


def _uncertainty_disclosure(case: Case) -> Dimension:
    name = "uncertainty_disclosure"
    numeric = [one for one in case.judged if measured(one)]
    if not numeric:
        return _dimension(name, None, "no claim states a measured number")
    open_ = sum(bool(one.claim.conditions) or bool(_UNSURE.search(one.claim.text)) for one in numeric)
    basis = (
        f"{open_} of {plural(len(numeric), 'claim')} with a measured number state an error, a condition "
        "or a reservation"
    )
    return _dimension(name, 10 * open_ / len(numeric), basis)


def _reproducibility_status(case: Case) -> Dimension:
    name = "reproducibility_status"
    level = reproducibility(case)
    if level == "UNASSESSED":
        return _dimension(name, None, "no attempt at a claim has run")
    score = {"LOW": 2.0, "MEDIUM": 6.0, "HIGH": 10.0}[level]
    basis = (
        f"{plural(len(case.ran), 'attempt')} ran soundly, {len(case.reproduced)} reproduced or proved a "
        "claim at its own scale"
    )
    return _dimension(name, score, basis)
