"""Our own claims go in; counts, checks and what can be guessed without a sentence come out.

    python training/check_claims.py            # checks and counts
    python training/check_claims.py --guess    # also how far a judge gets that sees the claim alone

The judge is a logistic regression over words and word pairs, cross-validated over papers. Needs scikit-learn
for ``--guess`` and the shared data folder (SYNTH_SHARED) to find the sentences again.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]
from labelled_pairs import Pair  # noqa: E402
from signature import signature  # noqa: E402
from verifier_pairs import OWN, own_claims  # noqa: E402

LABELS = ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO")
_NEGATION = re.compile(r"\b(?:not|no|never)\b|n't", re.I)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; exit 1 where a line is malformed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--guess", action="store_true", help="cross-validate a judge of the claim alone")
    options = parser.parse_args(arguments)
    faults = [fault for path in sorted(OWN.glob("*.jsonl")) for fault in malformed(path)]
    print("\n".join(faults))
    pairs = own_claims()
    print("| source | pairs | by label | of made sentences |\n|---|---|---|---|")
    for source in sorted({p.source for p in pairs}):
        own = [p for p in pairs if p.source == source]
        labels = Counter(p.label for p in own)
        print(
            f"| {source} | {len(own)} | {dict(sorted(labels.items()))} | "
            f"{sum(p.kind == 'made' for p in own)} |"
        )
    print("\n| label | claims | mean words | not, no, never | with a digit |\n|---|---|---|---|---|")
    for label in ("entail", "contra", "neutral"):
        texts = [p.claim for p in pairs if p.label == label and p.kind != "made"]
        words = np.mean([len(t.split()) for t in texts])
        negated = np.mean([bool(_NEGATION.search(t)) for t in texts])
        digits = np.mean([any(c.isdigit() for c in t) for t in texts])
        print(f"| {label} | {len(texts)} | {words:.1f} | {negated:.3f} | {digits:.3f} |")
    if options.guess:
        print(f"\nclaim alone, first triples: accuracy {guess([p for p in pairs if p.kind != 'made']):.3f}")
        print(f"claim alone, with counter-sentences: accuracy {guess(pairs):.3f}")
        met = {p.claim for p in pairs if p.kind == "made"}
        print(f"claim alone, claims that met one: accuracy {guess([p for p in pairs if p.claim in met]):.3f}")
    print(
        signature(data=", ".join(f"{p.name} {sum(1 for _ in p.open())}" for p in sorted(OWN.glob("*.jsonl"))))
    )
    sys.exit(bool(faults))


def malformed(path: Path) -> list[str]:
    """Return a line for each fault of form in ``path``."""
    faults = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        row = json.loads(line)
        where = f"{path.name}, line {number}"
        if tuple(c["label"] for c in row["claims"]) != LABELS:
            faults.append(f"{where}: not one claim of each label")
        for text in (*(c["claim"] for c in row["claims"]), *row.get("made", {}).values()):
            if not 4 <= len(text.split()) <= 60 or "|" in text:
                faults.append(f"{where}: {text[:60]}")
        if not re.fullmatch(r"[0-9a-f]{16}", row["sentence"]):
            faults.append(f"{where}: no locator")
    return faults


def guess(pairs: Sequence[Pair]) -> float:
    """Return the accuracy of a judge that sees the claim alone, five folds over papers."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    judge = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"),
        LogisticRegression(max_iter=300),
    )
    labels = [p.label for p in pairs]
    groups = [p.group if p.group.endswith(".pdf") else p.claim for p in pairs]
    found = cross_val_predict(judge, [p.claim for p in pairs], labels, groups=groups, cv=GroupKFold(5))
    return float(np.mean(np.asarray(labels) == found))


if __name__ == "__main__":
    main()
