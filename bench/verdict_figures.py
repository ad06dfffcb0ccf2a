"""Labelled pairs and a verifier go in; its verdicts as arrays, and the figures that they give, come out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from labelled_pairs import Pair
from numpy.typing import NDArray

from synth import calibration, verifiers
from synth.records import Evidence, Label, Verdict
from synth.verifiers import _lexicon
from synth.verifiers._statement import state

LABELS = (Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO)
GOLD = {"entail": 0, "contra": 1, "neutral": 2, "not_a_claim": 2, "not_entail": 3}
"""Labels of the sets as numbers; 3 says "not supported, whatever the reason"."""
THRESHOLDS = (0.7, 0.9)
COVERED = (0.2, 0.5, 0.8)
"""Coverages at which the risk is printed."""
ROUNDS = 300
"""Draws of every bootstrap."""
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a verifier said of a set: ``p`` n x 3, ``said`` n labels, ``gold`` n labels (3: not supported)."""

    pairs: Sequence[Pair]
    p: Floats
    said: Integers
    gold: Integers


def judge(verifier: verifiers.Verifier, pairs: Sequence[Pair]) -> Judged:
    """Return the verdicts on ``pairs``."""
    return as_arrays(pairs, [verifier(p.claim, evidence(p), claim_id=str(i)) for i, p in enumerate(pairs)])


def as_arrays(pairs: Sequence[Pair], found: Sequence[Verdict]) -> Judged:
    """Return verdicts as arrays."""
    return Judged(
        pairs=pairs,
        p=np.asarray([tuple(v.probabilities) for v in found], float).reshape(-1, 3),
        said=np.asarray([LABELS.index(v.label) for v in found], np.int64),
        gold=np.asarray([GOLD[p.label] for p in pairs], np.int64),
    )


def evidence(pair: Pair) -> tuple[Evidence, ...]:
    """Return the passage of ``pair`` as retrieval would hand it over."""
    return tuple(
        Evidence(
            doc_id=pair.source, paper=pair.source, passage=str(i), sentence=i, start=0, quote=text, spans=(),
            relation=Label.NOT_ENOUGH_INFO, score=0.0,
        )
        for i, text in enumerate(pair.passage)
    )  # fmt: skip


def figures(found: Judged) -> dict[str, Any]:
    """Return the figures of one set: shares in [0, 1], intervals as pairs, "k of n" as text."""
    p, gold, said = found.p, found.gold, found.said
    supported = (gold == 0).astype(float)
    hits = right(gold, said)
    drawn = draws(found)
    row: dict[str, Any] = {
        "n": len(gold),
        "accuracy": accuracy(found),
        "accuracy_interval": interval(drawn[:, 0]),
        "macro_f1": macro_f1(gold, said),
        "macro_f1_interval": interval(drawn[:, 1]),
        "balanced": balanced(supported, said == 0),
        "auroc": auroc(p[:, 0], supported),
        "ece": calibration.ece(shown(found), hits.astype(float)),
        "brier": calibration.brier(p, gold) if (gold < 3).all() else None,
        "aurc": aurc(shown(found), hits),
        "contradicted_accepted": of((said == 0)[gold == 1]),
        "contradicted_accepted_0.7": of(((said == 0) & (p[:, 0] >= 0.7))[gold == 1]),
    }
    for coverage in COVERED:
        row[f"risk_{coverage}"] = risk(shown(found), hits, coverage=coverage)
    for threshold in THRESHOLDS:
        at = (said == 0) & (p[:, 0] >= threshold)
        row[f"precision_{threshold}"] = share(supported[at])
        row[f"right_{threshold}"] = of(supported[at])
        row[f"coverage_{threshold}"] = float(at.mean())
    return row


def averaged(parts: Mapping[str, Judged], rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the mean of every figure over sets (a set without it is left out), sums of "n" and "k of n".

    The intervals are those of the mean: every round draws anew in each set.
    """
    if not parts:
        raise ValueError("no set to average over")
    columns = list(dict.fromkeys(c for row in rows.values() for c in row if c != "set"))
    mean: dict[str, Any] = {c: _together([row.get(c) for row in rows.values()]) for c in columns}
    mean["n"] = sum(int(row["n"]) for row in rows.values())
    drawn = np.mean([draws(part, seed=i) for i, part in enumerate(parts.values())], axis=0)
    mean["accuracy_interval"], mean["macro_f1_interval"] = interval(drawn[:, 0]), interval(drawn[:, 1])
    return mean


def _together(values: Sequence[Any]) -> Any:
    counts = [v.split(" of ") for v in values if isinstance(v, str)]
    if counts:
        return " of ".join(str(sum(int(c[i]) for c in counts)) for i in (0, 1))
    plain = [float(v) for v in values if isinstance(v, int | float)]
    return float(np.mean(plain)) if plain else None


def false_alarms(found: Judged) -> dict[str, Any]:
    """Return how many pairs of unrelated papers were called supported or contradicted."""
    unrelated = found.gold != 0
    return {
        "unrelated": int(unrelated.sum()),
        "called_support": int(((found.said == 0) & unrelated).sum()),
        "called_contradict": int(((found.said == 1) & unrelated).sum()),
        "false_alarm_rate": share((found.said != 2)[unrelated]),
        "support_found": of((found.said == 0)[~unrelated]),
    }


def by_kind(found: Judged) -> dict[str, Judged]:
    """Return the parts of a set by the kind that its pairs name (number, direction, role_swap, …)."""
    kinds = {k for p in found.pairs for k in [p.kind] if k}
    return {k: part(found, [i for i, p in enumerate(found.pairs) if p.kind == k]) for k in sorted(kinds)}


def by_form(found: Judged) -> dict[str, Judged]:
    """Return the parts whose claims state a number, make a comparison, or hold a negation."""
    stated = [state(p.claim) for p in found.pairs]
    forms = {
        "numeric": [bool(c.quantities) for c in stated],
        "comparative": [not _lexicon.COMPARATIVES.isdisjoint(c.stems) for c in stated],
        "negated": [c.negations > 0 for c in stated],
    }
    return {
        n: part(found, [i for i, held in enumerate(hits) if held]) for n, hits in forms.items() if any(hits)
    }


def joined(parts: Sequence[Judged]) -> Judged:
    """Return several sets as one."""
    return Judged(
        pairs=[p for j in parts for p in j.pairs],
        p=np.concatenate([j.p for j in parts]),
        said=np.concatenate([j.said for j in parts]),
        gold=np.concatenate([j.gold for j in parts]),
    )


def part(found: Judged, which: Sequence[int]) -> Judged:
    """Return some rows of ``found``."""
    at = np.asarray(which, int)
    return Judged(
        pairs=[found.pairs[i] for i in which], p=found.p[at], said=found.said[at], gold=found.gold[at]
    )


def shown(found: Judged) -> Floats:
    """Return the probability of the label that each verdict says: the confidence that a user sees."""
    confidence: Floats = found.p[np.arange(len(found.p)), found.said]
    return confidence


def right(gold: Integers, said: Integers) -> NDArray[np.bool_]:
    """Whether each verdict is right; where the set only says "not supported", either other label is."""
    found: NDArray[np.bool_] = np.where(gold == 3, said != 0, gold == said)
    return found


def accuracy(found: Judged) -> float:
    """Return the share of right verdicts."""
    return float(right(found.gold, found.said).mean())


def macro_f1(gold: Integers, said: Integers) -> float:
    """Return the mean F1 over the labels that the set has (two where it only says "not supported")."""
    return float(_macro_f1(_confusion(gold, said)))


def _confusion(gold: Integers, said: Integers) -> Floats:
    """Return how often each gold label (4) met each label said (3)."""
    counts: Floats = np.bincount(3 * gold + said, minlength=12).reshape(4, 3).astype(float)
    return counts


def _macro_f1(confusion: Floats) -> Floats:
    """Return macro-F1 of confusion matrices, ... x 4 x 3 -> ...; labels without a gold pair do not count."""
    merged = np.stack([confusion[..., 0, :], confusion[..., 1:, :].sum(axis=-2)], axis=-2)
    two = np.stack([merged[..., 0], merged[..., 1:].sum(axis=-1)], axis=-1)
    partial = confusion[..., 3, :].sum(axis=-1) > 0
    found: Floats = np.where(partial, _mean_f1(two), _mean_f1(confusion[..., :3, :]))
    return found


def _mean_f1(square: Floats) -> Floats:
    gold, said = square.sum(axis=-1), square.sum(axis=-2)
    hits = np.diagonal(square, axis1=-2, axis2=-1)
    f1 = 2 * hits / np.maximum(gold + said, 1)
    mean: Floats = f1.sum(axis=-1) / np.maximum((gold > 0).sum(axis=-1), 1)
    return mean


def draws(found: Judged, *, seed: int = 0) -> Floats:
    """Return accuracy and macro-F1 of ``ROUNDS`` bootstrap draws of groups (Efron 1979): rounds x 2."""
    names = {g: i for i, g in enumerate(dict.fromkeys(p.group for p in found.pairs))}
    own = np.asarray([names[p.group] for p in found.pairs])
    table = np.zeros((len(names), 4, 3))
    np.add.at(table, (own, found.gold, found.said), 1)
    hits = np.bincount(own, weights=right(found.gold, found.said))
    size = np.bincount(own)
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(0, len(names), len(names)) for _ in range(ROUNDS)]
    f1 = _macro_f1(np.stack([table[at].sum(axis=0) for at in drawn]))
    shares = [hits[at].sum() / size[at].sum() for at in drawn]
    return np.stack([np.asarray(shares), f1], axis=1)


def interval(drawn: Floats) -> tuple[float, float]:
    """Return the middle 95 % of bootstrap draws."""
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))


def selective_risks(confidence: Floats, hits: NDArray[np.bool_]) -> Floats:
    """Return the share of wrong verdicts among the k most confident, for k = 1 … n (Geifman & El-Yaniv 2017).

    Verdicts of equal confidence have no order: each counts as their mean.
    """
    _, at, size = np.unique(-confidence, return_inverse=True, return_counts=True)
    wrong = np.bincount(at, weights=(~hits).astype(float)) / size
    risks: Floats = np.cumsum(np.repeat(wrong, size)) / np.arange(1, len(confidence) + 1)
    return risks


def aurc(confidence: Floats, hits: NDArray[np.bool_]) -> float:
    """Return the area under the risk-coverage curve: the mean risk over all coverages, in [0, 1]."""
    return float(selective_risks(confidence, hits).mean())


def risk(confidence: Floats, hits: NDArray[np.bool_], *, coverage: float) -> float:
    """Return the share of wrong verdicts among the most confident ``coverage`` (at least one verdict)."""
    kept = max(1, math.ceil(round(coverage * len(confidence), 6)))
    return float(selective_risks(confidence, hits)[kept - 1])


def balanced(supported: Floats, called: NDArray[np.bool_]) -> float | None:
    """Return the mean of the hit rates on supported and on other claims, None where one kind is absent."""
    rates = share(called[supported == 1]), share(~called[supported == 0])
    return None if None in rates else float(np.mean(rates))


def auroc(score: Floats, supported: Floats) -> float | None:
    """Return the chance that a supported claim scores above another, ties half (Hanley & McNeil 1982)."""
    above, below = score[supported == 1], score[supported == 0]
    if not len(above) or not len(below):
        return None
    return float((above[:, None] > below[None]).mean() + 0.5 * (above[:, None] == below[None]).mean())


def share(hits: NDArray[Any]) -> float | None:
    """Return the mean, None of nothing."""
    return float(hits.mean()) if len(hits) else None


def of(hits: NDArray[Any]) -> str | None:
    """Return "k of n", None of nothing."""
    return f"{int(hits.sum())} of {len(hits)}" if len(hits) else None
