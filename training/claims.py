"""Labelled sentences go in; the weights of the claim classifier and the figures of its card come out.

    python training/claims.py            # prints the figures
    python training/claims.py --write    # also writes synth/data/claims/weights.npz and prints its SHA-256

Data (folder SYNTH_SHARED, default ../shared): claims_detect (sentences of abstracts, claim or not),
csabstruct (roles of sentences in abstracts), papers/nlp (sentences that annotators marked as contributions;
split by paper).
Fitted on the training parts, chosen on the validation parts; the held-out papers belong to bench/claims.py.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from numpy.typing import NDArray

from synth.claims.cues import parse
from synth.claims.features import BITS, Row, features
from synth.claims.mining import candidates
from synth.claims.places import Place
from synth.reading import read_all
from synth.records import Reading, Role
from synth.text import letters, quantities, words

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("SYNTH_SHARED", ROOT.parent / "shared"))
OUT = ROOT / "synth" / "data" / "claims" / "weights.npz"
# Chosen on the validation parts (sum of the three AUC): strength of the ridge and weight of each source.
RIDGE = 0.03
SOURCE_WEIGHTS = {"detect": 0.3, "csabstruct": 0.5, "papers": 1.0}
# Annotators marked one sentence in ten of a paper, and many that they left claim as much: a marked one stands
# for this many (learning from positive and unlabelled examples, Elkan and Noto 2008).
MARKED_STANDS_FOR = 4.0
CLAIMING_ROLES = ("result", "method", "objective")


class Example(NamedTuple):
    """A sentence's features, whether it is a claim, and where it comes from."""

    row: Row
    label: int
    source: str


class Marked(NamedTuple):
    """A paper's sentences that no rule refused, with 1 where an annotator marked the sentence."""

    name: str
    texts: tuple[str, ...]
    rows: tuple[Row, ...]
    labels: tuple[int, ...]
    sentences: int  # of abstract, body and captions, refused ones too


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in content.decode("utf-8").splitlines():
        yield json.loads(line)


def _abstract(sentences: Sequence[str], labels: Sequence[int], source: str) -> Iterator[Example]:
    for i, (text, label) in enumerate(zip(sentences, labels, strict=True)):
        place = Place("abstract", Role.ABSTRACT, i, len(sentences), 0.0)
        yield Example(features(parse(text), place, quantities(text)), label, source)


def detect(part: str) -> list[Example]:
    """Return the sentences of claims_detect; ``part`` is "train" or "validation"."""
    name = "train_labels.json.gz" if part == "train" else "validation_labels.json"
    rows = _lines(SHARED / "data" / "claims_detect" / name)
    return [e for r in rows for e in _abstract(r["sentences"], [int(x) for x in r["labels"]], "detect")]


def csabstruct(part: str) -> list[Example]:
    """Return the sentences of csabstruct, 1 where the role claims; ``part`` is "train" or "dev"."""
    name = "train.jsonl.gz" if part == "train" else "dev.jsonl"
    rows = _lines(SHARED / "data" / "claims_csabstruct" / name)
    labelled = ((r["sentences"], [int(x in CLAIMING_ROLES) for x in r["labels"]]) for r in rows)
    return [e for sentences, labels in labelled for e in _abstract(sentences, labels, "csabstruct")]


def part_of_paper(name: str) -> str:
    """Return the part a paper belongs to, by its name's SHA-256: test 1/4, validation 1/6, the rest train."""
    share = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 16**8
    return "test" if share < 0.25 else "validation" if share < 0.42 else "train"


@cache
def papers() -> dict[str, tuple[Marked, ...]]:
    """Return the papers with marked contributions, by part; unreadable ones are left out."""
    rows = list(_lines(SHARED / "papers" / "nlp" / "contributions.jsonl"))
    items = [(SHARED / "papers" / "nlp" / row["pdf"], None) for row in rows]
    out: dict[str, list[Marked]] = {"train": [], "validation": [], "test": []}
    for row, reading in zip(rows, read_all(items, workers=2, seconds=60.0, memory_mb=2048), strict=True):
        if isinstance(reading, Reading):
            out[part_of_paper(row["pdf"])].append(_marked(row["pdf"], reading, row["contribution_sentences"]))
    return {part: tuple(marked) for part, marked in out.items()}


def _marked(name: str, reading: Reading, contributions: Iterable[str]) -> Marked:
    wanted = [(letters(text), frozenset(words(text))) for text in contributions if len(words(text)) >= 5]
    texts, rows, labels = [], [], []
    for found in candidates(reading):
        texts.append(found.text)
        rows.append(features(found.parsed, found.place, quantities(found.text)))
        labels.append(int(_is_marked(found.text, wanted)))
    mined = (Role.ABSTRACT, Role.BODY, Role.CAPTION)
    total = sum(len(p.sentences) for p in reading.passages if p.role in mined)
    return Marked(name, tuple(texts), tuple(rows), tuple(labels), total)


def _is_marked(text: str, wanted: Sequence[tuple[str, frozenset[str]]]) -> bool:
    """Whether an annotator marked ``text``: the same letters, or nearly the same words (citations cut)."""
    mine, own = letters(text), frozenset(words(text))
    for other, theirs in wanted:
        if other in mine and len(other) > 0.6 * len(mine):
            return True
        if len(own & theirs) >= 0.8 * len(own | theirs):
            return True
    return False


def paper_examples(part: str) -> list[Example]:
    """Return the sentences of the papers of a part."""
    return [
        Example(row, label, "papers")
        for marked in papers()[part]
        for row, label in zip(marked.rows, marked.labels, strict=True)
    ]


def matrix(examples: Sequence[Example]) -> Any:
    """Return the examples as a sparse matrix, one row an example."""
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(e.row.indices) for e in examples)])
    indices = np.array([i for e in examples for i in e.row.indices], dtype=np.int64)
    values = np.array([v for e in examples for v in e.row.values])
    return csr_matrix((values, indices, ends), shape=(len(examples), 1 << BITS))


def sample_weights(examples: Sequence[Example], shares: dict[str, float]) -> NDArray[np.float64]:
    """Return the weight of each example: sources by their shares, marked sentences of papers raised."""
    counts = {source: sum(e.source == source for e in examples) for source in shares}
    raised = [MARKED_STANDS_FOR if e.source == "papers" and e.label else 1.0 for e in examples]
    base = [shares[e.source] / counts[e.source] for e in examples]
    weights: NDArray[np.float64] = np.array(raised) * np.array(base) * len(examples) / len(shares)
    return weights


def fit(examples: Sequence[Example]) -> tuple[NDArray[np.float64], float]:
    """Return weights and intercept of a logistic regression with ridge penalty."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=RIDGE, solver="liblinear", random_state=0, max_iter=1000)
    labels = np.array([e.label for e in examples])
    model.fit(matrix(examples), labels, sample_weight=sample_weights(examples, SOURCE_WEIGHTS))
    return model.coef_[0], float(model.intercept_[0])


def line(logits: NDArray[np.float64], examples: Sequence[Example]) -> tuple[float, float]:
    """Return the scale and shift that calibrate logits (Platt 1999), each source with the same weight."""
    from sklearn.linear_model import LogisticRegression

    weights = sample_weights(examples, dict.fromkeys(SOURCE_WEIGHTS, 1.0))
    labels = np.array([e.label for e in examples])
    model = LogisticRegression(C=1e6).fit(logits[:, None], labels, sample_weight=weights)
    return float(model.coef_[0][0]), float(model.intercept_[0])


def pack(weights: NDArray[np.float64], intercept: float, scale: float, shift: float) -> bytes:
    """Return the npz bytes of the shipped file (float16 weights, the same bytes each time)."""
    out = io.BytesIO()
    np.savez_compressed(
        out, weights=weights.astype(np.float16), line=np.array([intercept, scale, shift], dtype=np.float64)
    )
    return out.getvalue()


def main() -> None:
    """Fit, print the validation figures, and write the weights where asked."""
    from sklearn.metrics import roc_auc_score

    parser = argparse.ArgumentParser(description="fit the claim classifier")
    parser.add_argument("--write", action="store_true", help="write the shipped weights")
    asked = parser.parse_args()
    train = [*detect("train"), *csabstruct("train"), *paper_examples("train")]
    validation = {
        "detect": detect("validation"),
        "csabstruct": csabstruct("dev"),
        "papers": paper_examples("validation"),
    }
    weights, intercept = fit(train)
    weights = weights.astype(np.float16).astype(np.float64)
    pooled = [e for examples in validation.values() for e in examples]
    logits = matrix(pooled) @ weights + intercept
    labels = np.array([e.label for e in pooled])
    for name in validation:
        own = np.array([e.source == name for e in pooled])
        auc = roc_auc_score(labels[own], logits[own])
        print(f"{name:12} n={own.sum():5} positive={labels[own].mean():.3f} AUC={auc:.3f}")
    scale, shift = line(logits, pooled)
    marked = np.sort(1 / (1 + np.exp(-(scale * logits + shift)))[own & (labels == 1)])
    print("a floor that keeps 95 % of the marked sentences:", round(float(marked[len(marked) // 20]), 3))
    content = pack(weights, intercept, scale, shift)
    print(f"train n={len(train)} scale={scale:.3f} shift={shift:.3f} bytes={len(content)}")
    print(f"sha256 {hashlib.sha256(content).hexdigest()}")
    if asked.write:
        OUT.write_bytes(content)


if __name__ == "__main__":
    main()
