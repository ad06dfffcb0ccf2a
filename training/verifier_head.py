"""Labelled pairs and the shipped cross-encoder go in; the fitted head, calibrations and their pins come out.

    python training/verifier_head.py           # words, head and calibrations: some minutes on two cores

Needs the package, numpy and the shared data folder (SYNTH_SHARED), no torch. Fits head and calibration on
one half of data/dev (``half`` "a") and of the SciFact claims that training never saw; ``bench/verify.py``
reports on the other half. Vectors and scores are kept under .bench/.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]
from kept_scores import Scores  # noqa: E402
from kept_vectors import KEPT, Vectors  # noqa: E402
from labelled_pairs import (  # noqa: E402
    Pair,
    dev_sets,
    half,
    inverse_frequencies,
    nearest_elsewhere,
    train_sets,
)
from verdict_figures import judge  # noqa: E402

from synth import calibration, encoder, verifiers  # noqa: E402
from synth.text import words  # noqa: E402
from synth.verifiers import _features, _weights, entailment, numbers  # noqa: E402
from synth.verifiers._statement import state  # noqa: E402

OUT = ROOT / "synth" / "data" / "verifier"
PINS = ROOT / "synth" / "verifiers" / "_pins.py"
VOCABULARY = 24_000
GENERAL = 80_000
"""General pairs whose words are counted, too."""
MIX = {
    "cs": 3.0, "scifact": 2.0, "healthver": 1.5, "healthver_pairs": 1.0, "covidfact": 0.5, "citint": 0.5,
    "evidence_inference_v2": 0.5, "conjnli": 0.5, "rte": 0.5, "scitail": 0.5, "ling_in_loop": 0.5,
    "infotabs": 0.2, "cb": 0.2,
}  # fmt: skip
"""How much a development set counts in fitting the head, whatever its size; others do not."""
SCIENCE = {"cs": 3.0, "scifact": 2.0, "healthver": 1.0, "healthver_pairs": 1.0}
"""The same for calibration: scientific claims with three labels, as they come up in use."""
NATURAL = (0.015, 0.005, 0.98)
"""Label rates among nearest sentences of other papers (observed: .014, 0, .986 of 355 pairs)."""
OWN = (0.15, 0.01, 0.84)
"""The same among the nearest sentences of a claim's own paper: an estimate, from reading reports."""
RATES = {"natural": NATURAL, "own": OWN}
ADMISSIBLE = {
    "entail": (1, 0, 0), "contra": (0, 1, 0), "neutral": (0, 0, 1), "not_entail": (0, 1, 1),
    "not_a_claim": (0, 0, 1),
}  # fmt: skip
Array = NDArray[np.float32]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write words.npz, entailment.npz, calibration.json and the pins."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--keep-words", action="store_true", help="keep the words.npz and word table there are"
    )
    options = parser.parse_args(arguments)
    KEPT.mkdir(exist_ok=True)
    if not options.keep_words:
        count_words()
    fit()


def count_words() -> None:
    """Write words.npz (vocabulary, inverse frequencies) and the table of word vectors."""
    pools = train_sets()
    pools["general"] = pools["general"][:: max(1, len(pools["general"]) // GENERAL)]
    texts = list(dict.fromkeys(s for pairs in pools.values() for p in pairs for s in (p.claim, *p.passage)))
    idf, unseen = inverse_frequencies(texts)
    vocabulary = _vocabulary(texts)
    vectors = Vectors()
    vectors.want(vocabulary)
    OUT.mkdir(parents=True, exist_ok=True)
    _write_words(OUT / "words.npz", vocabulary, idf, unseen)
    np.savez(KEPT / "word_table.npz", table=_word_table(vectors(vocabulary)).astype(np.float16))


def _vocabulary(texts: Iterable[str]) -> list[str]:
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(words(text)))
    frequent = [w for w, n in seen.items() if n >= 3 and not w[0].isdigit()]
    return sorted(frequent, key=lambda w: (-seen[w], w))[:VOCABULARY]


def _word_table(found: Array) -> Array:
    """Return the first 64 principal components of the words' vectors, two empty rows before them."""
    centred = found - found.mean(axis=0)
    directions = np.linalg.svd(centred.T @ centred)[0][:, :64]
    table = centred @ directions
    return np.vstack([np.zeros((2, 64)), 0.5 * table / table.std()]).astype(np.float32)


def _write_words(path: Path, vocabulary: Sequence[str], idf: Mapping[str, float], unseen: float) -> None:
    def packed(found: Iterable[str]) -> NDArray[np.uint8]:
        return np.frombuffer("\n".join(found).encode("utf-8"), np.uint8)

    kept = sorted(idf)
    values = np.asarray([idf[w] for w in kept], np.float16)
    np.savez_compressed(
        path, vocabulary=packed(vocabulary), stems=packed(kept), idf=values, unseen=np.asarray(unseen)
    )


def fit() -> None:
    """Fit head and calibrations on halves "a" and write the shipped files."""
    with np.load(KEPT / "word_table.npz") as kept:
        arrays = {"table": kept["table"]}
    _pin()
    known = _weights.load_words()
    sets = {n: [p for p in ps if half(p) == "a"] for n, ps in dev_sets(known.idf, known.unseen).items()}
    vectors = Vectors()
    vectors.want(t for ps in sets.values() for p in ps for t in (p.claim, *p.passage))
    wide = entailment.with_similar({n: a.astype(np.float32) for n, a in arrays.items()})
    scores = Scores()
    scorer = entailment.Scorer(known, wide, scores, vectors, state)
    sets["elsewhere"] = list(
        nearest_elsewhere(sets["cs"], vectors=vectors, limit=5, together=True, among=train_sets()["cs"])
    )
    sets["beside"] = _beside(sets["cs"], vectors)
    scores.want((p.claim, p.passage) for ps in sets.values() for p in ps)
    inputs = {n: [scorer.pairs(p.claim, p.passage) for p in ps] for n, ps in sets.items()}
    sets, inputs = _without_copies(sets, inputs)
    print({n: len(ps) for n, ps in sets.items()}, flush=True)
    arrays |= _head(sets, inputs)
    np.savez_compressed(OUT / "entailment.npz", **arrays)
    whole = entailment.with_similar({n: np.asarray(a, np.float32) for n, a in arrays.items()})
    full = entailment.Scorer(known, whole, scores, vectors, state)
    raw = {n: _strongest(full, found) for n, found in inputs.items()}
    shares = {n: np.asarray([max(x.forth.exact for x, _ in f) for f in found]) for n, found in inputs.items()}
    table = {
        "entailment": {p: _entailment(sets, raw, p) for p in verifiers.PRIORS},
        "overlap": {p: _overlap(sets, shares, p) for p in verifiers.PRIORS},
        "numbers": {p: _numbers(sets, inputs, known, p) for p in verifiers.PRIORS},
    }
    for prior in verifiers.PRIORS:
        judge = entailment.Entailment("fitting", full, table["entailment"][prior])
        table["entailment"][prior]["curve"] = _curves(judge, sets, _mass(sets, prior))
    (OUT / "calibration.json").write_text(
        json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    _pin()


def _curves(
    verifier: entailment.Entailment, sets: Mapping[str, Sequence[Pair]], mass: Mapping[str, Any]
) -> dict[str, Any]:
    """Return, for each side, the thresholds and how precise they are where claims come as in ``mass``."""
    found = [judge(verifier, sets[n]) for n in mass]
    weights = np.concatenate(list(mass.values()))
    curves = {}
    for side, label in (("support", 0), ("contradict", 1)):
        p = np.concatenate([np.where(f.said == label, f.p[:, label], 0.0) for f in found])
        hits = np.concatenate([f.gold == label for f in found]).astype(float)
        curves[side] = [list(step) for step in calibration.curve(p, hits, weights=weights)]
    return curves


def _beside(pairs: Sequence[Pair], vectors: Vectors) -> list[Pair]:
    """Return each claim beside the nearest other sentences of its own paper, as a report sees it: neutral."""
    found = []
    for group in sorted({p.group for p in pairs}):
        own = [p for p in pairs if p.group == group]
        texts = sorted({p.passage[0] for p in own})
        for p in own if len(texts) > 1 else ():
            cosines = vectors([p.claim]) @ vectors(texts).T
            near = [
                texts[int(j)]
                for j in np.argsort(-cosines[0], kind="stable")
                if texts[int(j)] not in p.passage
            ]
            found.append(replace(p, passage=tuple(near[:5]), label="neutral"))
    return found


Inputs = Sequence[tuple[tuple[_features.Pair, Array], ...]]


def _without_copies(
    sets: Mapping[str, Sequence[Pair]], inputs: Mapping[str, Inputs]
) -> tuple[dict[str, list[Pair]], dict[str, list[Any]]]:
    """Leave out claims that a sentence holds word for word: a rule settles those."""
    kept = {
        n: [i for i, f in enumerate(inputs[n]) if not any(_features.is_copy(x) for x, _ in f)] for n in sets
    }
    return (
        {n: [sets[n][i] for i in at] for n, at in kept.items()},
        {n: [inputs[n][i] for i in at] for n, at in kept.items()},
    )


def _head(sets: Mapping[str, Sequence[Pair]], inputs: Mapping[str, Inputs]) -> dict[str, Any]:
    """Fit the logistic head on single sentences: of each claim, the one that carries its label."""
    names = [n for n in (*MIX, "cs_natural", "elsewhere", "beside") if n in sets]
    every = np.concatenate([x[None] for n in names for f in inputs[n] for _, x in f])
    mean, scale = every.mean(axis=0), every.std(axis=0) + 1e-3
    head: calibration.Calibration | None = None
    for _ in range(3):
        rows, admissible, weights = [], [], []
        for n in names:
            share = MIX.get(n, 1.5) / max(1, len(sets[n]))
            for p, found in zip(sets[n], inputs[n], strict=True):
                x = (np.stack([x for _, x in found]) - mean) / scale
                picked = _carrying(p, x, mean, scale, head)
                rows.extend(x[i] for i in picked)
                admissible.extend([ADMISSIBLE[p.label]] * len(picked))
                weights.extend([share / len(picked)] * len(picked))
        head = calibration.fit_logistic(
            np.asarray(rows, float), np.asarray(admissible, float), weights=np.asarray(weights), l2=2e-3
        )
    assert head is not None
    return {
        "head.weight": np.asarray(head.weight, np.float32), "head.bias": np.asarray(head.bias, np.float32),
        "head.mean": mean.astype(np.float32), "head.scale": scale.astype(np.float32),
    }  # fmt: skip


def _carrying(
    p: Pair, x: Array, mean: Array, scale: Array, head: calibration.Calibration | None
) -> list[int]:
    """Return the sentences that the label speaks of: the most supporting, the most opposing, or both."""
    if head is None:
        found = calibration.softmax((x * scale + mean)[:, :3].astype(float))
    else:
        found = calibration.apply(head, x.astype(float))
    match p.label:
        case "entail":
            return [int(found[:, 0].argmax())]
        case "contra":
            return [int(found[:, 1].argmax())]
        case _:
            return sorted({int(found[:, 0].argmax()), int(found[:, 1].argmax())})


def _strongest(scorer: entailment.Scorer, inputs: Inputs) -> NDArray[np.float64]:
    """Return what calibration starts from for each claim: n x 2."""
    scored = [[scorer.scored(pair, x) for pair, x in found] for found in inputs]
    return np.asarray([entailment.strongest(f) for f in scored]).reshape(-1, 2)


def _mass(sets: Mapping[str, Sequence[Pair]], prior: str) -> dict[str, NDArray[np.float64]]:
    """Return the weight of each claim: by ``SCIENCE``, or so that labels come at ``RATES``."""
    if prior == "balanced":
        return {n: np.full(len(sets[n]), share / len(sets[n])) for n, share in SCIENCE.items()}
    mass = {n: np.full(len(sets[n]), share / len(sets[n])) for n, share in SCIENCE.items()}
    for n in SCIENCE:
        mass[n] *= np.asarray([p.label in ("entail", "contra") for p in sets[n]])
    for at, label in enumerate(("entail", "contra")):
        total = sum(float(m[[p.label == label for p in sets[n]]].sum()) for n, m in mass.items())
        for n in mass:
            mass[n] = mass[n] * np.where([p.label == label for p in sets[n]], RATES[prior][at] / total, 1.0)
    neither = ("cs_natural", "elsewhere") if prior == "natural" else ("beside",)
    for n in neither:
        mass[n] = np.asarray([p.label != "entail" for p in sets[n]], float)
        mass[n] *= RATES[prior][2] / len(neither) / mass[n].sum()
    return mass


def _entailment(sets: Mapping[str, Sequence[Pair]], raw: Mapping[str, Any], prior: str) -> dict[str, Any]:
    mass = _mass(sets, prior)
    found = calibration.fit_logistic(
        np.concatenate([raw[n] for n in mass]),
        np.asarray([ADMISSIBLE[p.label] for n in mass for p in sets[n]], float),
        weights=np.concatenate(list(mass.values())),
        l2=1e-3 if prior == "balanced" else 1e-4,
    )
    return _rounded({"weight": found.weight, "bias": found.bias, "nothing": _nothing(prior)})


def _nothing(prior: str) -> tuple[float, ...]:
    """Probabilities where there is no passage: little is left for either side."""
    return {"natural": (0.02, 0.01, 0.97), "own": (0.05, 0.01, 0.94)}.get(prior, (0.1, 0.05, 0.85))


def _overlap(sets: Mapping[str, Sequence[Pair]], shares: Mapping[str, Any], prior: str) -> dict[str, Any]:
    mass = _mass(sets, prior)
    hits = np.asarray([p.label == "entail" for n in mass for p in sets[n]], float)
    contra = np.asarray([p.label == "contra" for n in mass for p in sets[n]], float)
    weights = np.concatenate(list(mass.values()))
    # In steps of a twentieth, so that no step rests on one claim.
    score = np.round(np.concatenate([shares[n] for n in mass]) * 20) / 20
    some = weights > 0
    steps = calibration.fit_isotonic(score[some], hits[some], weights=weights[some])
    contradicted = float((weights * contra).sum() / (weights * (1 - hits)).sum())
    return _rounded(
        {
            "from": steps.start,
            "support": steps.value,
            "contradicted": min(contradicted, 0.49),
            "nothing": _nothing(prior),
        }
    )


def _numbers(
    sets: Mapping[str, Sequence[Pair]], inputs: Mapping[str, Inputs], known: Any, prior: str
) -> dict[str, Any]:
    """Return the label rates seen under each outcome of the rule, with three average claims added to each."""
    mass = _mass(sets, prior)
    base = sum(float(m.sum()) for m in mass.values())
    rates: dict[str, NDArray[np.float64]] = {}
    prior_rates = np.zeros(3)
    for n in mass:
        for p, found, weight in zip(sets[n], inputs[n], mass[n], strict=True):
            outcome = numbers.strongest(
                [numbers.rule(x.claim, x.sentence, x.facts, words=known) for x, _ in found]
            )
            q = np.asarray(ADMISSIBLE[p.label], float)
            q *= weight / q.sum()
            prior_rates += q
            rates[outcome] = rates.get(outcome, np.zeros(3)) + q
    claims = sum(len(sets[n]) for n in mass)
    prior_rates /= base
    table: dict[str, Any] = {}
    for outcome in ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO", "MIXED"):
        seen = rates.get(outcome, np.zeros(3)) + 3 * base / claims * prior_rates
        table[outcome] = tuple(seen / seen.sum())
    return _rounded(table | {"nothing": _nothing(prior)})


def _rounded(table: Mapping[str, Any]) -> dict[str, Any]:
    def short(x: Any) -> Any:
        return round(float(x), 5) if isinstance(x, (float, np.floating)) else [short(y) for y in x]

    return {name: short(x) for name, x in table.items()}


def _pin() -> None:
    """Write the sizes and hashes of the fitted files that exist."""
    files = [OUT / n for n in ("calibration.json", "entailment.npz", "words.npz") if (OUT / n).exists()]
    rows = "".join(
        f'    "{f.name}": ({f.stat().st_size}, "{hashlib.sha256(f.read_bytes()).hexdigest()}"),\n'
        for f in files
    )
    text = (
        '"""Nothing goes in; size and SHA-256 of each fitted file come out, and their encoder.\n\n'
        'Written by training/verifier_head.py.\n"""\n\n'
        f'ENCODER = "{encoder.load("").signature}"\n"""Whose vectors the files were fitted on."""\n'
        f"PINS: dict[str, tuple[int, str]] = {{\n{rows}}}\n"
    )
    PINS.write_text(text, encoding="utf-8")
    _weights.PINS.clear()
    _weights.PINS.update(
        {f.name: (f.stat().st_size, hashlib.sha256(f.read_bytes()).hexdigest()) for f in files}
    )


if __name__ == "__main__":
    main()
