"""Raw scores and labels go in, probabilities come out, with the measures that say how far to trust them.

Fitting: multinomial logistic regression (vector scaling where the inputs are log odds), temperature, isotonic
and beta calibration, prior shift. Judging: ECE, Brier score, reliability table, the threshold for a wanted
precision. Pure functions over arrays; nothing here knows what was scored.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from synth.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BINS = 15
LEAST = 20
"""Scores at or above a threshold without which its precision is no figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A fitted linear map from k scores to the logits of m labels: ``weight`` m x k, ``bias`` m."""

    weight: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.weight) != len(self.bias) or len({len(row) for row in self.weight}) > 1:
            raise ValueError("a calibration has one row of weights and one bias for each label")

    def to_json(self) -> str:
        """Return the record as one line of JSON, the same bytes for the same record."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Return the record of ``to_json``; raises InputError for anything else."""
        try:
            read: Any = json.loads(text)
            return cls(
                weight=tuple(tuple(float(w) for w in row) for row in read["weight"]),
                bias=tuple(float(b) for b in read["bias"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputError("this is no calibration record", remedy="refit it") from error


class Bin(NamedTuple):
    """One row of a reliability table: how many, their mean probability, the share that was right."""

    size: int
    confidence: float
    accuracy: float


class Threshold(NamedTuple):
    """The least probability whose hits are precise enough; ``coverage`` is the share of scores from it on."""

    value: float
    precision: float
    coverage: float


class Steps(NamedTuple):
    """A rising step function: ``value[i]`` holds from ``start[i]`` on."""

    start: tuple[float, ...]
    value: tuple[float, ...]


def softmax(logits: Floats) -> Floats:
    """Return the row-wise softmax of ``logits`` (n x m)."""
    import numpy as np

    powers: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def fit_logistic(
    scores: Floats, admissible: Floats, *, weights: Floats | None = None, l2: float = 1e-3, rounds: int = 60
) -> Calibration:
    """Return the multinomial logistic regression from ``scores`` (n x k) to labels.

    ``admissible`` (n x m, 0 or 1) marks the labels that a row may have: one for a known label, several where
    only "not supported" is known; the loss is minus the log of their summed probability. Over log odds this
    is vector scaling (Guo et al. 2017, arXiv 1706.04599). ``l2`` is the ridge on the weights, per unit of
    weight. Newton steps, so the same data give the same bits.
    """
    import numpy as np

    n, k = scores.shape
    m = admissible.shape[1]
    x: Floats = np.hstack([scores, np.ones((n, 1))])
    row_weight = np.ones(n) if weights is None else weights
    row_weight = row_weight / row_weight.sum()
    ridge = np.full(m * (k + 1), l2)
    ridge[k :: k + 1] = l2 * 1e-3
    theta = np.zeros(m * (k + 1))
    for _ in range(rounds):
        p = softmax(x @ theta.reshape(m, k + 1).T)
        target = p * admissible
        target /= np.maximum(target.sum(axis=1, keepdims=True), 1e-12)
        gradient = ((p - target) * row_weight[:, None]).T @ x
        step = np.linalg.solve(
            _curvature(x, p, row_weight) + np.diag(ridge), gradient.ravel() + ridge * theta
        )
        theta = theta - step
        if float(np.abs(step).max()) < 1e-8:
            break
    found = theta.reshape(m, k + 1)
    return Calibration(
        weight=tuple(tuple(float(w) for w in row[:k]) for row in found),
        bias=tuple(float(b) for b in found[:, k]),
    )


def _curvature(x: Floats, p: Floats, row_weight: Floats) -> Floats:
    """Return the Hessian of the full-label loss, which bounds that of the partial labels: always descends."""
    import numpy as np

    m, width = p.shape[1], x.shape[1]
    whole = np.zeros((m * width, m * width))
    for a in range(m):
        for b in range(m):
            share = row_weight * p[:, a] * ((a == b) - p[:, b])
            whole[a * width : (a + 1) * width, b * width : (b + 1) * width] = (x * share[:, None]).T @ x
    return whole


def apply(calibration: Calibration, scores: Floats) -> Floats:
    """Return the probabilities (n x m) of ``scores`` (n x k)."""
    import numpy as np

    return softmax(scores @ np.asarray(calibration.weight).T + np.asarray(calibration.bias))


def fit_temperature(logits: Floats, labels: NDArray[np.int64]) -> float:
    """Return T > 0 that minimises the log loss of softmax(logits / T) (Guo et al. 2017), in [0.05, 20]."""
    import numpy as np

    rows = np.arange(len(labels))

    def loss(log_t: float) -> float:
        return float(-np.log(np.maximum(softmax(logits / np.exp(log_t))[rows, labels], 1e-12)).mean())

    low, high = float(np.log(0.05)), float(np.log(20.0))
    ratio = (5**0.5 - 1) / 2
    for _ in range(80):  # golden section: the loss is convex in 1/T, so it has one valley in log T
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if loss(a) < loss(b) else (a, high)
    return float(np.exp((low + high) / 2))


def fit_isotonic(scores: Floats, hits: Floats, *, weights: Floats | None = None) -> Steps:
    """Return the rising step function nearest to ``hits`` (pool adjacent violators).

    Zadrozny & Elkan 2002. Equal scores share one step.
    """
    import numpy as np

    row_weight = np.ones(len(scores)) if weights is None else weights
    starts, at = np.unique(scores, return_inverse=True)
    mass = np.bincount(at, weights=row_weight)
    hit = np.bincount(at, weights=row_weight * hits)
    blocks: list[list[float]] = []  # start, weighted hits, weight
    for block in zip(starts.tolist(), hit.tolist(), mass.tolist(), strict=True):
        blocks.append(list(block))
        while len(blocks) > 1 and _mean(blocks[-2]) >= _mean(blocks[-1]):
            _, more, weight = blocks.pop()
            blocks[-1][1] += more
            blocks[-1][2] += weight
    return Steps(tuple(b[0] for b in blocks), tuple(_mean(b) for b in blocks))


def _mean(block: list[float]) -> float:
    return block[1] / block[2]


def apply_steps(steps: Steps, scores: Floats) -> Floats:
    """Return the value of the step function at each of ``scores``; below the first step, its value."""
    import numpy as np

    at = np.searchsorted(np.asarray(steps.start), scores, side="right") - 1
    return np.asarray(steps.value)[np.maximum(at, 0)]


def fit_beta(p: Floats, hits: Floats) -> Calibration:
    """Return beta calibration of a probability (Kull et al. 2017): logistic in log p and -log(1 - p).

    Apply it with ``apply_beta``; the labels are (miss, hit).
    """
    import numpy as np

    return fit_logistic(_beta_inputs(p), np.stack([1 - hits, hits], axis=1))


def apply_beta(calibration: Calibration, p: Floats) -> Floats:
    """Return the calibrated probability of a hit for each of ``p``."""
    found: Floats = apply(calibration, _beta_inputs(p))[:, 1]
    return found


def _beta_inputs(p: Floats) -> Floats:
    import numpy as np

    safe = np.clip(p, 1e-6, 1 - 1e-6)
    return np.stack([np.log(safe), -np.log1p(-safe)], axis=1)


def shift_prior(p: Floats, *, fitted: Floats, target: Floats) -> Floats:
    """Return ``p`` (n x m) as it is where labels come at rates ``target`` instead of ``fitted`` (m each).

    Bayes' rule with unchanged class conditionals (Saerens, Latinne & Decaestecker 2002, equation 4).
    """
    moved: Floats = p * (target / fitted)
    shares: Floats = moved / moved.sum(axis=1, keepdims=True)
    return shares


def estimate_prior(p: Floats, *, fitted: Floats, rounds: int = 200) -> Floats:
    """Return the label rates under which ``p`` (n x m) was drawn, by EM (Saerens et al. 2002, equation 9)."""
    import numpy as np

    target = np.asarray(fitted, dtype=float)
    for _ in range(rounds):
        target = shift_prior(p, fitted=fitted, target=target).mean(axis=0)
    return target


def reliability(p: Floats, hits: Floats, *, bins: int = BINS) -> tuple[Bin, ...]:
    """Return the reliability table of probabilities ``p`` with outcomes ``hits``, in bins of equal mass."""
    import numpy as np

    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return tuple(Bin(len(part), float(p[part].mean()), float(hits[part].mean())) for part in parts)


def ece(p: Floats, hits: Floats, *, bins: int = BINS) -> float:
    """Return the expected calibration error over bins of equal mass (Naeini 2015; Nixon et al. 2019)."""
    table = reliability(p, hits, bins=bins)
    total = sum(b.size for b in table)
    return sum(b.size * abs(b.confidence - b.accuracy) for b in table) / total if total else 0.0


def brier(p: Floats, labels: NDArray[np.int64]) -> float:
    """Return the Brier score (1950) of ``p`` (n x m): mean squared distance to the label, in [0, 2]."""
    import numpy as np

    unit = np.eye(p.shape[1])[labels]
    return float(((p - unit) ** 2).sum(axis=1).mean())


def threshold_for(p: Floats, hits: Floats, *, precision: float) -> Threshold | None:
    """Return the lowest threshold at or above which at least ``precision`` of ``hits`` are right, or None."""
    import numpy as np

    order = np.argsort(-p, kind="stable")
    right = np.cumsum(hits[order]) / np.arange(1, len(p) + 1)
    last = np.append(p[order][1:] != p[order][:-1], True)  # a threshold never parts equal scores
    good = np.flatnonzero((right >= precision) & last)
    if not len(good):
        return None
    at = int(good[-1])
    return Threshold(float(p[order][at]), float(right[at]), (at + 1) / len(p))


def curve(
    p: Floats, hits: Floats, *, weights: Floats | None = None, least: int = LEAST
) -> tuple[Threshold, ...]:
    """Return the thresholds worth choosing for one label: rising, each more precise than all below it.

    ``p`` (n) is the probability of the label where it was said and 0 where it was not; ``hits`` (n, 0 or 1)
    says where it was right. ``coverage`` is the share of all n from the threshold on. A threshold with fewer
    than ``least`` scores from it on is left out; equal scores are never parted. Shares are rounded down
    to 0.0001, so that no step promises more than was seen. ``reaching`` then finds what ``threshold_for``
    does. ``weights`` (n, at least 0) say how often each row comes up where the verifier is used; rows of
    weight 0 count for nothing.
    """
    import numpy as np

    if weights is None:
        weights = np.ones(len(p))
    p, hits, weights = p[weights > 0], hits[weights > 0], weights[weights > 0]
    order = np.argsort(-p, kind="stable")
    ranked, right, mass = p[order], np.cumsum((hits * weights)[order]), np.cumsum(weights[order])
    last = np.append(ranked[1:] != ranked[:-1], True)
    steps: list[Threshold] = []
    for at in reversed(np.flatnonzero(last & (ranked > 0)).tolist()):
        n = at + 1
        precision = int(10_000 * right[at] / mass[at] + 1e-6) / 10_000
        if n >= least and precision > max((s.precision for s in steps[-1:]), default=0.0):
            steps.append(
                Threshold(float(ranked[at]), precision, int(10_000 * mass[at] / mass[-1] + 1e-6) / 10_000)
            )
    return tuple(steps)


def reaching(steps: Sequence[Threshold], precision: float) -> Threshold | None:
    """Return the lowest threshold of a ``curve`` with at least ``precision``, or None where none has it."""
    return next((s for s in steps if s.precision >= precision), None)
