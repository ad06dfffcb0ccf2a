"""The shipped claim miner goes in; a table of how well it finds and refuses claims comes out.

    python bench/claims.py

Classifier: claims_detect (validation) and csabstruct (dev), the parts that its settings were chosen on.
Ranking: sentences that annotators marked, among the best k of each held-out paper, against chance and against
the first k sentences. Refusal: claims of cs_natural that a reader called no claim, against its real ones.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from synth.claims import SIGNATURE, mine
from synth.claims.cues import parse
from synth.claims.mining import FLOOR
from synth.claims.model import load, probability
from synth.claims.refusal import refusal
from synth.reading import read_all
from synth.records import Reading
from training import claims as training


class Found(NamedTuple):
    """Marked sentences among the best k of a paper, of min(k, marked), mean of papers."""

    k: int
    ranked: float
    chance: float
    first: float


def classifier(name: str, examples: Sequence[training.Example]) -> str:
    """Return a row: accuracy, F1 and AUC of the calibrated score at 0.5."""
    from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

    scores = np.array([probability(e.row, model=load()) for e in examples])
    labels = np.array([e.label for e in examples])
    chosen = scores >= 0.5
    figures = accuracy_score(labels, chosen), f1_score(labels, chosen), roc_auc_score(labels, scores)
    return f"| {name} | {len(labels)} | " + " | ".join(f"{x:.3f}" for x in figures) + " |"


def found(papers: Sequence[training.Marked], k: int) -> Found:
    """Return the recall of marked sentences that no rule refused among the best k, by mean of papers."""
    rows: list[tuple[float, float, float]] = []
    for paper in papers:
        marked = sum(paper.labels)
        if marked:
            scores = [probability(row, model=load()) for row in paper.rows]
            order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:k]
            best = min(k, marked)
            hits = sum(paper.labels[i] for i in order)
            chance = min(k, len(scores)) * marked / len(scores)
            rows.append((hits / best, chance / best, sum(paper.labels[:k]) / best))
    means = np.mean(rows, axis=0)
    return Found(k, *(float(mean) for mean in means))


def refused() -> tuple[float, float, int, int]:
    """Return the shares refused among what is no claim and among the rest of cs_natural, and the counts."""
    path = training.SHARED / "data" / "dev" / "cs_natural.dev.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    verdicts: dict[bool, list[bool]] = {True: [], False: []}
    for row in rows:
        text = row["hypothesis"]
        verdicts[row["label"] == "not_a_claim"].append(bool(refusal(text, parse(text))))
    none, real = verdicts[True], verdicts[False]
    return sum(none) / len(none), sum(real) / len(real), len(none), len(real)


def speed(names: Sequence[str]) -> tuple[int, int, float, float]:
    """Return pages, claims, and CPU seconds to mine them: in all, and the worst for ten pages."""
    items = [(training.SHARED / "papers" / "nlp" / name, None) for name in names]
    readings = [r for r in read_all(items, workers=2, seconds=60.0, memory_mb=2048) if isinstance(r, Reading)]
    mine(readings[0])
    claims, total, worst = 0, 0.0, 0.0
    for reading in readings:
        began = time.process_time()
        claims += len(mine(reading))
        spent = time.process_time() - began
        total, worst = total + spent, max(worst, 10 * spent / max(1, reading.paper.pages))
    return sum(r.paper.pages for r in readings), claims, total, worst


def recall_at_floor(papers: Sequence[training.Marked]) -> tuple[float, float]:
    """Return the shares of marked sentences and of all sentences that are mined (no rule, score >= FLOOR)."""
    kept = [probability(row, model=load()) >= FLOOR for p in papers for row in p.rows]
    labels = [label for p in papers for label in p.labels]
    marked = sum(keep for keep, label in zip(kept, labels, strict=True) if label)
    return marked / sum(labels), sum(kept) / sum(p.sentences for p in papers)


def main() -> None:
    """Print the table."""
    if not training.SHARED.is_dir():
        sys.exit(f"no labelled data at {training.SHARED.name}; set SYNTH_SHARED")
    print(f"signature: {SIGNATURE}\n")
    print("| set | sentences | accuracy | F1 | AUC |\n|---|---|---|---|---|")
    print(classifier("claims_detect validation", training.detect("validation")))
    print(classifier("csabstruct dev", training.csabstruct("dev")))
    papers = training.papers()["test"]
    print(classifier("papers/nlp held out (marked)", training.paper_examples("test")))
    sentences, marks = sum(len(p.texts) for p in papers), sum(sum(p.labels) for p in papers)
    print(f"\nheld-out papers: {len(papers)}, of {sentences} sentences, {marks} of them marked\n")
    print("| k | marked found, of min(k, marked) | chance | first k |\n|---|---|---|---|")
    for k in (5, 10, 20, 40):
        row = found(papers, k)
        print(f"| {row.k} | {row.ranked:.3f} | {row.chance:.3f} | {row.first:.3f} |")
    marked, kept = recall_at_floor(papers)
    print(f"\nmined at score >= {FLOOR}: {marked:.3f} of the marked, {kept:.3f} of all sentences")
    none, real, of_none, of_real = refused()
    print(f"refused: {none:.3f} of {of_none} that are no claim, {real:.3f} of {of_real} others (cs_natural)")
    pages, claims, total, worst = speed([p.name for p in papers[:10]])
    print(
        f"speed: {claims} claims of {pages} pages in {total:.2f} s CPU; at worst {worst:.3f} s for ten pages"
    )


if __name__ == "__main__":
    main()
