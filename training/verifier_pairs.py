"""Pools of labelled pairs go in; what the cross-encoder learns from comes out: a sentence, a claim, labels.

Long passages are cut to what the label speaks of (the rationale where a set names it, else the nearest
sentences), because the verifier judges single sentences. Our own claims (``training/data``) hold no text of
papers: a locator finds each sentence again in the shared papers and corpora, and its hash proves it.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]
from edited_pairs import edited  # noqa: E402
from kept_pairs import compared, kept, stretched  # noqa: E402
from labelled_pairs import (  # noqa: E402
    Pair,
    best_sentences,
    inverse_frequencies,
    nearest_elsewhere,
    shared,
    train_sets,
)
from sentences_again import digest, found_again  # noqa: E402
from usage_pairs import usage  # noqa: E402

OWN = Path(__file__).parent / "data"
LABELS = ("entail", "contra", "neutral")
"""Order of the cross-encoder's outputs: SUPPORT, CONTRADICT, NOT_ENOUGH_INFO."""
ADMISSIBLE: Mapping[str, tuple[int, int, int]] = {
    "entail": (1, 0, 0), "contra": (0, 1, 0), "neutral": (0, 0, 1), "not_entail": (0, 1, 1),
}  # fmt: skip
UNLICENSED = frozenset({"healthver", "covidfact", "climate_fever", "nli4ct", "ling_in_loop", "sick"})
"""Sources that state no licence (and EQUATE's, matched by prefix); ``licensed_only`` leaves them out."""
NEAREST = 3_500
"""Claims of each field that are set beside sentences of other papers."""
_COMPUTING = frozenset({"cs", "own_papers", "own_tables"})
_SHORT = 80  # words of a passage that is judged whole


@dataclass(frozen=True, slots=True)
class Example:
    """One training pair; ``admissible`` marks the labels that are right, ``weight`` how much it counts.

    ``guessed`` is added to the logits in training alone: what the claim says of its label by itself.
    """

    sentence: str
    claim: str
    admissible: tuple[int, int, int]
    weight: float
    pool: str
    guessed: tuple[float, float, float] = (0.0, 0.0, 0.0)


def pools(
    *, seed: int, vectors: Callable[[Sequence[str]], Any] | None, licensed_only: bool = False,
    own: int | None = None, scifact: bool = True,
) -> dict[str, tuple[Example, ...]]:  # fmt: skip
    """Return the training examples by pool: general, science, cs, own, edited, kept, compared, beside,
    nearest.

    ``vectors`` finds the nearest sentences of other papers (None: that pool is empty). ``own`` limits our own
    claims (for the learning curve); ``scifact=False`` leaves SciFact's labels out.
    """
    sets = train_sets()
    if licensed_only:
        sets = {n: tuple(p for p in ps if _licensed(p.source)) for n, ps in sets.items()}
    if not scifact:
        sets["science"] = tuple(p for p in sets["science"] if p.source != "scifact")
    mine = () if own == 0 else own_claims()
    sets["own"] = mine if own is None else _some(mine, own)
    idf, unseen = inverse_frequencies(
        s for n in ("science", "cs", "own") for p in sets[n] for s in (p.claim, *p.passage)
    )
    found = {n: tuple(u for p in ps for u in _units(p, idf, unseen)) for n, ps in sets.items()}
    rng = random.Random(seed)
    near = [p for n in ("cs", "own", "science") for p in found[n] if _is_near(p)]
    texts = sorted({p.passage[0] for p in near if 6 < len(p.passage[0].split()) < 50})
    common = sorted({p.passage[0] for p in found["general"] if 6 < len(p.passage[0].split()) < 40})
    texts += rng.sample(common, min(8_000, len(common)))
    found["edited"] = edited(texts, limit=16_000, seed=seed) + usage(limit=3_000, seed=seed)
    rng.shuffle(texts)
    found["kept"] = kept(texts, limit=9_000, seed=seed) + stretched(texts, limit=3_000, seed=seed)
    found["compared"] = compared(limit=4_500, seed=seed)
    found["beside"] = beside(found["own"], idf=idf, unseen=unseen, seed=seed)
    found["nearest"] = () if vectors is None else _nearest(near, vectors, rng)
    guesses = dict(zip(found["own"], guessed(found["own"]), strict=True)) if found["own"] else {}
    return {
        n: tuple(replace(_example(n, p), guessed=guesses.get(p, NOT_GUESSED)) for p in ps)
        for n, ps in found.items()
    }


NOT_GUESSED = (0.0, 0.0, 0.0)
HELD_BACK = 0.5
"""Share of the guess's log-probability that training takes for granted."""


def guessed(pairs: Sequence[Pair]) -> list[tuple[float, float, float]]:
    """Return, for each of ``pairs``, the log-probabilities that its claim alone gives away, times HELD_BACK.

    Added to the model's logits they explain the style of a claim, so that the model need not learn it
    (product of experts: Clark et al. 2019, arXiv 1909.03683). Cross-fitted over papers: no pair is guessed by
    a judge that saw its paper. Needs scikit-learn.
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    judge = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"),
        LogisticRegression(max_iter=300),
    )
    labels = [LABELS.index(p.label) for p in pairs]
    groups = [p.group if p.group.endswith(".pdf") else p.claim for p in pairs]
    found = cross_val_predict(
        judge, [p.claim for p in pairs], labels, groups=groups, cv=GroupKFold(5), method="predict_proba"
    )
    logs = HELD_BACK * np.log(np.clip(found, 0.02, 1.0))
    return [(float(a), float(b), float(c)) for a, b, c in logs]


def own_claims() -> tuple[Pair, ...]:
    """Return our own claims whose sentences are found again, in file order; none where no data is shared."""
    rows = [
        (path.stem, json.loads(line))
        for path in sorted(OWN.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    known = found_again(shared(), {row["file"] for _, row in rows})
    found: list[Pair] = []
    lost = 0
    for stem, row in rows:
        sentence = known.get(row["file"], {}).get(row["sentence"], "")
        found += _of_row(stem, row, sentence)
        lost += not sentence
    if lost:
        print(f"own claims: {lost} of {len(rows)} sentences were not found again")
    return tuple(found)


def _of_row(stem: str, row: Mapping[str, Any], sentence: str) -> Iterator[Pair]:
    """Yield the three claims on a paper's sentence ("" where it is not there), and on sentences of ours.

    "opposed" makes the contradicted claim true and the supported one false; "stated" makes the third claim
    true. So each claim meets more than one label, and none can be guessed.
    """
    by_label = {claim["label"]: claim for claim in row["claims"]}
    supported, contradicted, open_ = (by_label[n]["claim"] for n in _NAMES)
    made = row.get("made", {})
    pairs = [(sentence, c["claim"], _NAMES[c["label"]], c["kind"]) for c in row["claims"] if sentence]
    if "opposed" in made:
        pairs.append((made["opposed"], contradicted, "entail", "made"))
        pairs.append((made["opposed"], supported, "contra", "made"))
    if "stated" in made:
        pairs.append((made["stated"], open_, "entail", "made"))
    for text, claim, label, kind in pairs:
        yield Pair(
            source=f"own_{stem}", claim=claim, passage=(text,), label=label, group=f"own:{row['file']}",
            kind=kind,
        )  # fmt: skip


_NAMES = {"SUPPORT": "entail", "CONTRADICT": "contra", "NOT_ENOUGH_INFO": "neutral"}


def _licensed(source: str) -> bool:
    return source not in UNLICENSED and not source.startswith("equate")


def _some(pairs: Sequence[Pair], limit: int) -> tuple[Pair, ...]:
    """Return ``limit`` pairs, the first by the hash of their claim."""
    order = sorted(range(len(pairs)), key=lambda i: (digest(pairs[i].claim), i))
    return tuple(pairs[i] for i in sorted(order[:limit]))


def _units(pair: Pair, idf: Mapping[str, float], unseen: float) -> list[Pair]:
    """Return the pairs of one sentence or short passage that the label of ``pair`` speaks of."""
    if sum(len(s.split()) for s in pair.passage) <= _SHORT and not pair.rationale:
        return [replace(pair, passage=(" ".join(pair.passage),))]
    given = pair.rationale or pair.passage
    order = best_sentences(pair.claim, given, idf=idf, unseen=unseen, limit=3)
    if pair.label == "neutral":  # each of the nearest says neither
        return [replace(pair, passage=(given[i],)) for i in order[:2]]
    best = [replace(pair, passage=(given[order[0]],))]
    if pair.rationale and len(order) > 1:  # what one sentence does not say alone, two may
        together = " ".join(given[i] for i in sorted(order[:2]))
        best.append(replace(pair, passage=(together,)))
    elif not pair.rationale:
        kept: list[int] = []
        for i in order:
            if not kept or sum(len(given[j].split()) for j in (*kept, i)) <= _SHORT:
                kept.append(i)
        best = [replace(pair, passage=(" ".join(given[i] for i in sorted(kept)),))]
    return best


BESIDE = 9_000
"""Claims that are set beside another sentence of their own paper."""


def beside(pairs: Sequence[Pair], *, idf: Mapping[str, float], unseen: float, seed: int) -> tuple[Pair, ...]:
    """Return claims beside other sentences of the same paper that share words with them: neutral.

    Sentences of one paper speak of one thing, and hardly ever against each other. The nearest one is left
    out: it may say the same again.
    """
    rng = random.Random(seed)
    by_group: dict[str, list[str]] = {}
    for p in pairs:
        if p.kind != "made":
            by_group.setdefault(p.group, []).append(p.passage[0])
    found = []
    own = [p for p in pairs if p.kind != "made"]
    for p in rng.sample(own, min(BESIDE, len(own))):
        others = sorted(set(by_group[p.group]) - {p.passage[0]})
        others = rng.sample(others, min(200, len(others)))
        near = best_sentences(p.claim, others, idf=idf, unseen=unseen, limit=5)[1:]
        if near:
            found.append(replace(p, passage=(others[rng.choice(near)],), label="neutral", kind="beside"))
    return tuple(found)


def _is_near(pair: Pair) -> bool:
    return pair.source in {"cs", "scifact", "check_covid", "citint"} or pair.source.startswith("own_")


def _nearest(
    near: Sequence[Pair], vectors: Callable[[Sequence[str]], Any], rng: random.Random
) -> tuple[Pair, ...]:
    """Return claims against the nearest sentences of other papers, by field: biomedicine and the rest."""
    fields: dict[bool, list[Pair]] = {True: [], False: []}
    for p in near:
        fields[p.source in _COMPUTING].append(p)
    found: list[Pair] = []
    for pairs in fields.values():
        some = rng.sample(pairs, min(NEAREST, len(pairs)))
        found += nearest_elsewhere(some, vectors=vectors, limit=2) if some else ()
    rng.shuffle(found)
    return tuple(found)


def _example(pool: str, pair: Pair) -> Example:
    weight = {"nli4ct": 0.5, "infotabs": 0.5, "usage": 0.5}.get(pair.source, 1.0)
    weight *= {"cs": 2.0, "own": 1.5, "edited": 0.5, "nearest": 0.7, "beside": 0.7}.get(pool, 1.0)
    return Example(pair.passage[0], pair.claim, ADMISSIBLE[pair.label], weight, pool)


def sha256_of(paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of each file by name, for the record of a training run."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
