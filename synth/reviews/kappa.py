"""Labels of several reviewers in, Cohen's and Fleiss' kappa with their intervals out.

All intervals are of 95 %, symmetric about kappa by the large-sample variance of each and clipped to [-1, 1];
for a few claims they are too narrow, and at full agreement they have no width.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean
from typing import Literal

_WIDTH = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """How far ``reviewers`` agree on the ``claims`` that at least two of them labelled.

    ``agreed`` in [0, 1] is the observed agreement (of pairs of labels of one claim). ``value``, ``low`` and
    ``high`` in [-1, 1] are kappa and its interval, all three None where it is not defined; ``why`` says why.
    """

    kind: Literal["Cohen", "Fleiss"]
    reviewers: tuple[str, ...]
    claims: int
    value: float | None
    low: float | None
    high: float | None
    agreed: float
    why: str = ""


def cohen(rated: Sequence[tuple[str, str]], *, reviewers: tuple[str, str]) -> Kappa:
    """Return Cohen's kappa of two reviewers; ``rated`` has the two labels of each claim, at least one.

    Kappa after Cohen 1960 (doi 10.1177/001316446002000104), its variance after Fleiss, Cohen & Everitt 1969
    (doi 10.1037/h0028106). It is not defined for fewer than two claims, nor where a reviewer
    gave one label throughout: kappa is then 0/0, or 0 whatever the other one did.
    """
    n = len(rated)
    first, second = Counter(one for one, _ in rated), Counter(other for _, other in rated)
    agreed = sum(one == other for one, other in rated) / n
    same = [name for name, given in zip(reviewers, (first, second), strict=True) if len(given) == 1]
    if n < 2 or same:
        return _undefined("Cohen", reviewers, n, agreed, _alone(same) if n > 1 else _FEW)
    chance = sum(count * second[label] for label, count in first.items()) / n**2
    value = (agreed - chance) / (1.0 - chance)
    rest = 1.0 - value
    # the published form is mean of squares less square of the mean; this one cannot fall below 0
    mean = value - chance * rest
    spread = sum(
        count * (float(one == other) - (second[one] + first[other]) / n * rest - mean) ** 2
        for (one, other), count in Counter(rated).items()
    )
    variance = spread / (n * (1.0 - chance)) ** 2
    return _with_interval("Cohen", reviewers, n, agreed, value, variance)


def fleiss(rated: Sequence[Sequence[str]], *, reviewers: tuple[str, ...]) -> Kappa:
    """Return Fleiss' kappa of many reviewers; ``rated`` has the labels of each claim, two or more each.

    How many labelled a claim, and who, may vary from claim to claim (Fleiss 1971, doi 10.1037/h0031619, made
    general); each claim weighs the same. The variance is that of Gwet 2021 (doi 10.1177/0013164420973080).
    Kappa is not defined for fewer than two claims, nor where all labels are the same.
    """
    n = len(rated)
    counted = [Counter(labels) for labels in rated]
    alike = [_alike(labels) for labels in counted]
    agreed = fmean(alike)
    share = {
        label: fmean(labels[label] / labels.total() for labels in counted)
        for label in dict.fromkeys(label for labels in rated for label in labels)
    }
    if n < 2 or len(share) == 1:
        return _undefined("Fleiss", reviewers, n, agreed, _FEW if n < 2 else "all labels are the same")
    chance = sum(p * p for p in share.values())
    value = (agreed - chance) / (1.0 - chance)
    # what each claim does to kappa: to the agreement, and through the shares of the labels to chance
    expected = [sum(count * share[k] for k, count in labels.items()) / labels.total() for labels in counted]
    pulls = [
        (a - chance - 2.0 * (1.0 - value) * (e - chance)) / (1.0 - chance)
        for a, e in zip(alike, expected, strict=True)
    ]
    variance = sum((pull - value) ** 2 for pull in pulls) / (n * (n - 1))
    return _with_interval("Fleiss", reviewers, n, agreed, value, variance)


_FEW = "fewer than two claims have labels of two reviewers"


def _alone(same: Sequence[str]) -> str:
    return f"{' and '.join(same)} gave one label throughout"


def _alike(labels: Counter[str]) -> float:
    """Return the share of pairs of labels of one claim that are the same."""
    total = labels.total()
    return sum(count * (count - 1) for count in labels.values()) / (total * (total - 1))


def _undefined(
    kind: Literal["Cohen", "Fleiss"], reviewers: tuple[str, ...], claims: int, agreed: float, why: str
) -> Kappa:
    return Kappa(
        kind=kind, reviewers=reviewers, claims=claims, value=None, low=None, high=None, agreed=agreed, why=why
    )


def _with_interval(
    kind: Literal["Cohen", "Fleiss"],
    reviewers: tuple[str, ...],
    claims: int,
    agreed: float,
    value: float,
    variance: float,
) -> Kappa:
    # rounding may take kappa itself an ulp beyond its ends
    half = _WIDTH * sqrt(variance)
    low, middle, high = (min(1.0, max(-1.0, x)) for x in (value - half, value, value + half))
    return Kappa(
        kind=kind, reviewers=reviewers, claims=claims, value=middle, low=low, high=high, agreed=agreed
    )
