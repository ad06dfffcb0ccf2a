"""Labelled pairs and a verifier go in; a table of how far its verdicts can be trusted comes out.

    python bench/verify.py                        # the entailment verifier on halves "b" of all sets
    python bench/verify.py --verifier overlap --prior natural --json
    python bench/verify.py --scifact DIR          # SciFact's own layout: claims_*.jsonl, corpus.jsonl

Every set is reported alone: accuracy over three labels (over SUPPORT or not, where the set has two), macro-F1
with a 95 % bootstrap interval over groups, balanced accuracy of SUPPORT, AUROC of P(SUPPORT), precision and
coverage of SUPPORT at .7 and .9, contradicted claims that were accepted, ECE and Brier score. "cs_natural" is
judged with the natural prior and gives false alarms. Needs the shared data folder (SYNTH_SHARED).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from kept_vectors import Vectors
from labelled_pairs import Pair, dev_sets, half, scifact_layout, train_sets
from numpy.typing import NDArray
from signature import signature

from synth import calibration, verifiers
from synth.records import Evidence, Label, Verdict
from synth.verifiers import _lexicon
from synth.verifiers._statement import state
from synth.verifiers._weights import load_words

LABELS = (Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO)
THREE_WAY = ("cs", "scifact", "healthver", "healthver_pairs")
"""Sets of scientific claims with three labels, over which claims with numbers and the like are counted."""
GOLD = {"entail": 0, "contra": 1, "neutral": 2, "not_a_claim": 2, "not_entail": 3}
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a verifier said of a set: ``p`` n x 3, ``said`` and ``gold`` label numbers (3: not supported)."""

    pairs: Sequence[Pair]
    p: Floats
    said: Integers
    gold: Integers


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table (or JSON lines) and its signature."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--verifier", default="entailment", choices=verifiers.names())
    parser.add_argument("--prior", default="balanced", choices=("balanced", "natural"))
    parser.add_argument("--half", default="b", choices=("a", "b", "both"), help="a: fitted on; b: held out")
    parser.add_argument("--most", type=int, default=1000, help="pairs of a set at most")
    parser.add_argument("--scifact", type=Path, help="folder in SciFact's layout, reported as one more set")
    parser.add_argument("--claims", default="claims_dev.jsonl", help="file of claims in that folder")
    parser.add_argument("--sets", nargs="*", help="these sets only")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    known = load_words()
    sets = {
        name: [p for p in pairs if options.half in ("both", half(p))]
        for name, pairs in dev_sets(known.idf, known.unseen, most=options.most).items()
    }
    if options.scifact:
        sets["scifact layout"] = list(
            scifact_layout(options.scifact, options.claims, idf=known.idf, unseen=known.unseen)
        )
    sets = {n: ps for n, ps in sets.items() if ps and (not options.sets or n in options.sets)}
    vectors = Vectors()
    verifier = verifiers.build(options.verifier, encode=vectors, prior=options.prior)
    natural = verifiers.build(options.verifier, encode=vectors, prior="natural")
    overlap = verifiers.build("overlap", encode=vectors, prior="balanced")
    alone = claim_only(vectors)
    rows, whole = [], []
    for name, pairs in sets.items():
        found = judge(natural if name == "cs_natural" else verifier, pairs)
        row = {"set": name, **figures(found), "claim_only": accuracy(alone(pairs))}
        row["overlap"] = accuracy(judge(overlap, pairs))
        if name == "cs_natural":
            row |= false_alarms(found)
        rows.append(row)
        rows += [{"set": f"{name}: {k}", **figures(part)} for k, part in by_kind(found).items()]
        whole += [found] if name in THREE_WAY else []
    if whole:
        rows += [{"set": f"{n} claims", **figures(f)} for n, f in by_form(joined(whole)).items()]
    show(rows, as_json=options.json)
    data = ", ".join(f"{n} {len(p)}" for n, p in sets.items())
    print(signature(data=f"{verifier.signature}, half {options.half}: {data}"))


def judge(verifier: verifiers.Verifier, pairs: Sequence[Pair]) -> Judged:
    """Return the verdicts on ``pairs``."""
    found = [verifier(p.claim, evidence(p), claim_id=str(i)) for i, p in enumerate(pairs)]
    return as_arrays(pairs, found)


def as_arrays(pairs: Sequence[Pair], found: Sequence[Verdict]) -> Judged:
    """Return verdicts as arrays."""
    return Judged(
        pairs=pairs,
        p=np.asarray([tuple(v.probabilities) for v in found], float).reshape(-1, 3),
        said=np.asarray([LABELS.index(v.label) for v in found]),
        gold=np.asarray([GOLD[p.label] for p in pairs]),
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
    """Return the figures of one set."""
    p, gold, said = found.p, found.gold, found.said
    supported = (gold == 0).astype(float)
    shown = p[np.arange(len(p)), said]
    low, high = interval(found)
    row: dict[str, Any] = {
        "n": len(gold),
        "accuracy": accuracy(found),
        "macro_f1": macro_f1(gold, said),
        "interval": (low, high),
        "balanced": balanced(supported, said == 0),
        "auroc": auroc(p[:, 0], supported),
        "ece": calibration.ece(shown, right(gold, said).astype(float)),
        "brier": calibration.brier(p, gold) if (gold < 3).all() else None,
        "contradicted_accepted": share((said == 0)[gold == 1]),
    }
    for threshold in (0.7, 0.9):
        at = (said == 0) & (p[:, 0] >= threshold)
        row[f"precision_{threshold}"] = share(supported[at])
        row[f"coverage_{threshold}"] = float(at.mean())
    return row


def false_alarms(found: Judged) -> dict[str, Any]:
    """Return how many pairs of unrelated papers were called supported or contradicted."""
    unrelated = found.gold != 0
    return {
        "unrelated": int(unrelated.sum()),
        "called_support": int(((found.said == 0) & unrelated).sum()),
        "called_contradict": int(((found.said == 1) & unrelated).sum()),
        "false_alarm_rate": share((found.said != 2)[unrelated]),
        "support_found": f"{int((found.said == 0)[~unrelated].sum())} of {int((~unrelated).sum())}",
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


def right(gold: Integers, said: Integers) -> NDArray[np.bool_]:
    """Whether each verdict is right; where the set only says "not supported", either other label is."""
    found: NDArray[np.bool_] = np.where(gold == 3, said != 0, gold == said)
    return found


def accuracy(found: Judged) -> float:
    """Return the share of right verdicts."""
    return float(right(found.gold, found.said).mean())


def macro_f1(gold: Integers, said: Integers) -> float:
    """Return the mean F1 over the labels that the set has (two where it only says "not supported")."""
    if (gold == 3).any():
        gold, said = np.where(gold == 0, 0, 1), np.where(said == 0, 0, 1)
    scores = []
    for label in sorted(set(gold.tolist())):
        hit = float(((gold == label) & (said == label)).sum())
        scores.append(2 * hit / float((gold == label).sum() + (said == label).sum()))
    return float(np.mean(scores))


def interval(found: Judged, *, rounds: int = 300) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of macro-F1, resampling groups (Efron 1979) with a fixed seed."""
    groups: dict[str, list[int]] = {}
    for i, p in enumerate(found.pairs):
        groups.setdefault(p.group, []).append(i)
    members = [np.asarray(g) for g in groups.values()]
    rng = np.random.default_rng(0)
    scores = []
    for _ in range(rounds):
        at = np.concatenate([members[j] for j in rng.integers(0, len(members), len(members))])
        scores.append(macro_f1(found.gold[at], found.said[at]))
    return float(np.quantile(scores, 0.025)), float(np.quantile(scores, 0.975))


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


def claim_only(vectors: Vectors) -> Any:
    """Return a judge that sees the claim alone: what can be guessed without evidence."""
    pools = train_sets()
    pairs = [p for n in ("cs", "science") for p in pools[n] if p.label != "not_entail"]
    x = vectors([p.claim for p in pairs]).astype(float)
    directions = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:64].T
    fitted = calibration.fit_logistic(x @ directions, np.eye(3)[[GOLD[p.label] for p in pairs]], rounds=15)

    def alone(found: Sequence[Pair]) -> Judged:
        p = calibration.apply(fitted, vectors([q.claim for q in found]).astype(float) @ directions)
        gold = np.asarray([GOLD[q.label] for q in found])
        return Judged(pairs=found, p=p, said=p.argmax(axis=1), gold=gold)

    return alone


COLUMNS = (
    "set", "n", "accuracy", "macro_f1", "interval", "balanced", "auroc", "precision_0.7", "coverage_0.7",
    "precision_0.9", "coverage_0.9", "contradicted_accepted", "ece", "brier", "claim_only", "overlap",
)  # fmt: skip


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print rows as JSON lines or as a Markdown table."""
    if as_json:
        print("\n".join(json.dumps(row) for row in rows))
        return
    print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
    for row in rows:
        print("| " + " | ".join(_cell(row.get(c)) for c in COLUMNS) + " |")
    for row in rows:
        if "false_alarm_rate" in row:
            print("natural rate: " + ", ".join(f"{k} {_cell(row[k])}" for k in list(row)[-5:]))


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"{value:.3f}"
        case tuple():
            return "-".join(_cell(v) for v in value)
        case _:
            return str(value)


if __name__ == "__main__":
    main()
