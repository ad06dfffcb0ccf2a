"""Names of labelled sets go in; their (claim, passage, label) pairs come out, read from the shared folder.

The folder is ``SYNTH_SHARED`` or ``../shared`` beside the checkout. Labels are "entail", "contra",
"neutral" and "not_entail" (two-class sources: not supported, whatever the reason).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from synth.text import content_words, sentences

ROOT = Path(__file__).resolve().parent.parent
WEAK_CONTRA = frozenset({"evidence_inference_v2", "citint"})
"""Sources whose "contra" means "not supported" (no significant difference, cited inaccurately)."""
JUDGED = 5
"""Sentences of a passage that are judged, the nearest by shared words: what a retriever would hand over."""
_MARK = re.compile(r"<\|\w+\|>")
_LONG = 45
NEAR_COPY = 0.9
"""Cosine from which a sentence of another paper may well say the same, and is no sure neutral."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A claim, its passage as sentences, the label; ``group`` keeps what must not be split together."""

    source: str
    claim: str
    passage: tuple[str, ...]
    label: str
    group: str
    kind: str = ""
    rationale: tuple[str, ...] = ()


def shared() -> Path:
    """Return the folder of shared data; it may be absent."""
    named = Path(os.environ.get("SYNTH_SHARED", "../shared"))
    return named if named.is_absolute() else ROOT / named


def read(path: Path) -> tuple[Pair, ...]:
    """Return the pairs of one ``.jsonl.gz`` file in file order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return tuple(_pair(json.loads(line)) for line in lines)


def _pair(row: dict[str, object]) -> Pair:
    source, label, premise = str(row["source"]), str(row["label"]), _clean(str(row["premise"]))
    claim = _clean(str(row["hypothesis"]))
    rationale = row.get("rationale")
    if label == "contra" and source in WEAK_CONTRA:
        label = "not_entail"
    by_claim = {"scifact", "healthver", "check_covid"}
    return Pair(
        source=source,
        claim=claim,
        passage=tuple(premise[a:b] for a, b in sentences(premise)) or (premise,),
        label=label,
        group=f"{source}:{claim if source in by_claim else row.get('pdf') or premise}",
        kind=str(row.get("kind", "")),
        rationale=tuple(_clean(str(r)) for r in rationale) if isinstance(rationale, list) else (),
    )


def _clean(text: str) -> str:
    return " ".join(_MARK.sub(" ", text).replace("[ ]", " ").split())


def inverse_frequencies(texts: Iterable[str]) -> tuple[dict[str, float], float]:
    """Return the smoothed idf of every content stem in at least two ``texts``, and that of an unseen one."""
    seen: Counter[str] = Counter()
    total = 0
    for text in texts:
        seen.update(set(content_words(text)))
        total += 1
    table = {w: math.log((total + 1) / (n + 1)) for w, n in sorted(seen.items()) if n > 1}
    return table, math.log((total + 1) / 1.5)


def best_sentences(
    claim: str, passage: Sequence[str], *, idf: Mapping[str, float], unseen: float, limit: int
) -> tuple[int, ...]:
    """Return the indexes of the ``limit`` sentences that share most idf with ``claim``, best first."""
    wanted = set(content_words(claim))

    def score(sentence: str) -> float:
        words = set(content_words(sentence))
        shared_weight = sum(idf.get(w, unseen) for w in wanted & words)
        return shared_weight / (1.0 + 0.02 * len(words))

    ranked = sorted(range(len(passage)), key=lambda i: (-score(passage[i]), i))
    return tuple(ranked[:limit])


def unit(pair: Pair, *, idf: Mapping[str, float], unseen: float) -> str:
    """Return the text that the label of ``pair`` speaks of: short passage, rationale or best sentence."""
    if sum(len(s.split()) for s in pair.passage) <= _LONG:
        return " ".join(pair.passage)
    if pair.rationale:
        return best_of(pair.claim, pair.rationale, idf=idf, unseen=unseen)
    return best_of(pair.claim, pair.passage, idf=idf, unseen=unseen)


def best_of(claim: str, passage: Sequence[str], *, idf: Mapping[str, float], unseen: float) -> str:
    """Return the sentence of ``passage`` nearest to ``claim``."""
    return passage[best_sentences(claim, passage, idf=idf, unseen=unseen, limit=1)[0]]


def train_sets() -> dict[str, tuple[Pair, ...]]:
    """Return the pools of training pairs; the SciFact claims that ``held_out`` names are not among them."""
    folder = shared() / "data" / "train"
    pools = {name: read(folder / f"{name}.jsonl.gz") for name in ("general", "science", "cs")}
    pools["science"] = tuple(p for p in pools["science"] if not held_out(p))
    return pools


def dev_sets(idf: Mapping[str, float], unseen: float, *, most: int = 1000) -> dict[str, tuple[Pair, ...]]:
    """Return the development sets by name, at most ``most`` pairs each, passages of ``JUDGED`` sentences.

    "scifact" are the train claims that training leaves out, against their cited abstracts.
    """
    data = shared() / "data"
    sets = {path.name.split(".")[0]: read(path) for path in sorted((data / "dev").glob("*.jsonl.gz"))}
    sets["scifact"] = tuple(p for p in read(data / "train" / "science.jsonl.gz") if held_out(p))
    return {
        name: tuple(_nearest(p, idf, unseen) for p in _sample(pairs, most))
        for name, pairs in sorted(sets.items())
    }


def _nearest(pair: Pair, idf: Mapping[str, float], unseen: float) -> Pair:
    found = best_sentences(pair.claim, pair.passage, idf=idf, unseen=unseen, limit=JUDGED)
    return replace(pair, passage=tuple(pair.passage[i] for i in found))


def _sample(pairs: tuple[Pair, ...], most: int) -> tuple[Pair, ...]:
    """Return ``most`` pairs by the hash of their text: the same ones everywhere."""
    order = sorted(
        range(len(pairs)), key=lambda i: _digest(pairs[i].claim + "|" + " ".join(pairs[i].passage))
    )
    return tuple(pairs[i] for i in sorted(order[:most]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def held_out(pair: Pair) -> bool:
    """Whether a SciFact train claim is kept for development (half of them, by the hash of the claim)."""
    return pair.source == "scifact" and int(_digest(pair.group)[0], 16) % 2 == 0


def half(pair: Pair) -> str:
    """Return "a" (to fit on) or "b" (to report on) by the hash of the pair's group, so no group is parted."""
    return "ab"[int(_digest(pair.group)[1], 16) % 2]


def nearest_elsewhere(
    pairs: Sequence[Pair],
    *,
    vectors: Callable[[Sequence[str]], Any],
    limit: int,
    together: bool = False,
    among: Sequence[Pair] = (),
) -> tuple[Pair, ...]:
    """Return every claim against the ``limit`` nearest first sentences of other groups, labelled neutral.

    The sentences are those of ``pairs`` and ``among``.

    At the natural rate that label is right in 98.6 % of pairs (cs_natural). ``together`` makes one pair with
    ``limit`` sentences of a claim, as a report sees it; otherwise one pair a sentence.
    """
    import numpy as np

    own: dict[str, set[str]] = {}
    group = {p.passage[0]: p.group for p in (*pairs, *among)}
    for p in pairs:
        own.setdefault(p.claim, set()).add(p.group)
    claims, texts = sorted(own), sorted(group)
    similarity = vectors(claims) @ vectors(texts).T
    found = []
    for row, claim in zip(similarity, claims, strict=True):
        near = [int(j) for j in np.argsort(-row, kind="stable")[: limit + 40] if row[j] < NEAR_COPY]
        kept = [texts[j] for j in near if group[texts[j]] not in own[claim]][:limit]
        parts = [tuple(kept)] if together and kept else [(text,) for text in kept]
        found += [Pair(source="nearest", claim=claim, passage=t, label="neutral", group=claim) for t in parts]
    return tuple(found)


def scifact_layout(folder: Path, claims: str, *, idf: Mapping[str, float], unseen: float) -> tuple[Pair, ...]:
    """Return every claim of SciFact's layout against each of its cited abstracts."""
    plain, packed = folder / "corpus.jsonl", folder / "corpus.jsonl.gz"
    corpus = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    abstracts = {row["doc_id"]: tuple(row["abstract"]) for row in map(json.loads, corpus.splitlines())}
    names = {"SUPPORT": "entail", "CONTRADICT": "contra"}
    found = []
    for row in map(json.loads, (folder / claims).read_text(encoding="utf-8").splitlines()):
        for cited in row.get("cited_doc_ids", []):
            sets = row.get("evidence", {}).get(str(cited), [])
            label = names[sets[0]["label"]] if sets else "neutral"
            pair = Pair(
                source="scifact",
                claim=row["claim"],
                passage=abstracts[cited],
                label=label,
                group=row["claim"],
            )
            found.append(_nearest(pair, idf, unseen))
    return tuple(found)
