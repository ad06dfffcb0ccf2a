"""Pairs of a sentence and a claim go in; how fast they are judged, and whether always alike, comes out.

    python bench/speed.py                          # the shipped cross-encoder and the whole verifier
    python bench/speed.py --reference DIR          # and their agreement with the float32 model in DIR

The floor is the time of the float32 matrix products alone: six layers at the mean length of the pairs, by
numpy's sgemm, a thread a worker, in the same repetition. "x floor" is time over floor (under 1: the 8-bit
products are faster than that), the median of the repetitions' ratios, so that a busy machine slows both. The
verifier's time holds the sentence encoder, too; its floor is that of the pairs. Checked: the same bits in
another order, in a second call, alone, and with one worker or two. Texts are drawn from the shared data where
there is any (SYNTH_SHARED), else from data/flips.jsonl. Exit code 1 where a check fails.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy: a product is one worker's work
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import flips
import numpy as np
from labelled_pairs import Pair, dev_sets, shared
from numpy.typing import NDArray
from signature import signature
from tokenizers import Tokenizer
from verdict_figures import LABELS, evidence

from synth import cross_encoder, encoder, verifiers
from synth.errors import SynthError
from synth.verifiers._statement import state
from synth.verifiers._weights import load_words

LAYERS, WIDTH, HEADS, INNER = 6, 384, 12, 1536
"""Shape of the shipped cross-encoder (all-MiniLM-L6-v2)."""
SETS = ("cs", "scifact", "healthver")
WORKERS = (1, 2)
FLOOR_PASSES = 40
"""Forward passes whose products are timed; the floor of more pairs is so many times more."""
COMPARED = 400
"""Claims over which the labels of the 8-bit and the float32 model are compared."""
Floats = NDArray[np.float32]
Asked = Sequence[tuple[str, Sequence[str]]]
"""Claims, each with its sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one way of judging took: seconds and the floor's seconds of each repetition over ``pairs``."""

    name: str
    workers: int
    pairs: int
    tokens: float
    taken: Sequence[float]
    floor: Sequence[float]

    @property
    def times_floor(self) -> float:
        """The median of time over floor."""
        return statistics.median(t / f for t, f in zip(self.taken, self.floor, strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, the checks and the signature."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--claims", type=int, default=40, help="claims, each with up to five sentences")
    parser.add_argument("--repetitions", type=int, default=7, help="at least 5")
    parser.add_argument("--reference", type=Path, metavar="DIR", help="folder with a float32 model.onnx")
    options = parser.parse_args(arguments)
    if options.repetitions < 5 or options.claims < 1:
        parser.error("--repetitions must be at least 5 and --claims at least 1")
    load = os.getloadavg()[0]
    try:
        model = cross_encoder.load()
        judges = {w: _verifier(w) for w in WORKERS}
        reference = _reference(options.reference) if options.reference else None
    except SynthError as error:
        raise SystemExit(str(error)) from error
    asked, source = texts(options.claims)
    long = _long(asked)
    rows: list[Row] = []
    for workers in WORKERS:
        scores = _scores(model, workers)
        rows += [
            measured("cross-encoder, real sentences", scores, asked, workers, options.repetitions),
            measured("cross-encoder, 128 word pieces", scores, long, workers, options.repetitions),
            measured("whole verifier, real sentences", judges[workers], asked, workers, options.repetitions),
        ]
    show(rows)
    faults = differences(model, [*asked, *long])
    print("same bits: " + ", ".join(f"{n} {'yes' if not k else f'NO ({k})'}" for n, k in faults.items()))
    if reference is not None:
        print(agreement(model, reference, texts(COMPARED)[0]))
    size = sum(pinned.size for pinned in cross_encoder.FILES.values()) / 1e6
    data = f"{model.signature} ({size:.1f} MB), {len(asked)} claims of {source}, {options.repetitions} times"
    print(f"{signature(data=data)}; {_processor()}; load before {load:.1f}")
    if any(faults.values()):
        raise SystemExit(1)


def texts(most: int) -> tuple[Asked, str]:
    """Return claims with up to five sentences, ``most`` in all, and where they come from."""
    if shared().is_dir():
        known = load_words()
        sets = dev_sets(known.idf, known.unseen, most=max(1, most // len(SETS) + 1))
        found = [(p.claim, p.passage) for p in _turns([sets[n] for n in SETS])]
        return found[:most], " and ".join((", ".join(SETS[:-1]), SETS[-1]))
    items = flips.read()
    near = [[items[(i + k) % len(items)].sentence for k in range(5)] for i in range(len(items))]
    return [(f.holds, found) for f, found in zip(items, near, strict=True)][:most], flips.FILE.name


def _turns(sets: Sequence[Sequence[Pair]]) -> list[Pair]:
    return [pairs[i] for i in range(max(map(len, sets))) for pairs in sets if i < len(pairs)]


def _long(asked: Asked) -> Asked:
    """Return every fifth claim beside more text than is read."""
    whole = " ".join(s for _, sentences in asked for s in sentences)
    step = max(1, len(whole) // 7)
    return [(claim, [(whole[k * step :] + " " + whole)[:3000] for k in range(5)]) for claim, _ in asked[::5]]


def _scores(model: cross_encoder.CrossEncoder, workers: int) -> Callable[[Asked], None]:
    def run(asked: Asked) -> None:
        for claim, sentences in asked:
            model.scores(claim, sentences, workers=workers)

    return run


def _verifier(workers: int) -> Callable[[Asked], None]:
    """Return the entailment verifier as ``synth ask`` builds it, on ``workers`` threads."""
    made = encoder.load()
    built: Any = verifiers.build(
        "entailment", encode=lambda found: made.encode(found, workers=workers), prior="natural"
    )
    model = cross_encoder.load()
    scorer = replace(built.scorer, cross=lambda claim, found: model.scores(claim, found, workers=workers))

    def run(asked: Asked) -> None:
        # texts taken apart are remembered: every repetition starts without
        judge = replace(built, scorer=replace(scorer, state=lru_cache(maxsize=4096)(state)))
        for claim, sentences in asked:
            quoted = Pair(source="speed", claim=claim, passage=tuple(sentences), label="", group="")
            judge(claim, evidence(quoted), claim_id="speed")

    return run


def measured(name: str, run: Callable[[Asked], None], asked: Asked, workers: int, repetitions: int) -> Row:
    """Return the seconds of ``run`` over ``asked`` and those of the floor, alternately, after one warm-up."""
    lengths = token_counts(asked)
    pairs, mean = len(lengths), statistics.fmean(lengths)
    products, passes = Products(round(mean)), min(pairs, FLOOR_PASSES)
    run(asked[:2])
    products.run(2, workers)
    taken, floor = [], []
    for _ in range(repetitions):
        floor.append(_seconds(lambda: products.run(passes, workers)) * pairs / passes)
        taken.append(_seconds(lambda: run(asked)))
    return Row(name=name, workers=workers, pairs=pairs, tokens=mean, taken=taken, floor=floor)


def _seconds(run: Callable[[], None]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


class Products:
    """The float32 matrix products of one forward pass over ``length`` word pieces, and nothing else."""

    def __init__(self, length: int) -> None:
        rng = np.random.default_rng(0)

        def filled(*shape: int) -> Floats:
            return rng.standard_normal(shape, dtype=np.float32)

        self.rows, self.inner = filled(length, WIDTH), filled(length, INNER)
        self.heads, self.keys = filled(HEADS, length, WIDTH // HEADS), filled(HEADS, WIDTH // HEADS, length)
        self.shares = filled(HEADS, length, length)
        self.weights = [
            (filled(WIDTH, 3 * WIDTH), filled(WIDTH, WIDTH), filled(WIDTH, INNER), filled(INNER, WIDTH))
            for _ in range(LAYERS)
        ]

    def run(self, passes: int, workers: int) -> None:
        """Do ``passes`` forward passes' products, shared between ``workers`` threads."""
        shares = [passes // workers + (k < passes % workers) for k in range(workers)]
        if workers == 1:
            self._pass(passes)
            return
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(self._pass, shares))

    def _pass(self, passes: int) -> None:
        for _ in range(passes):
            for projections, output, wide, narrow in self.weights:
                self.rows @ projections
                self.heads @ self.keys
                self.shares @ self.heads
                self.rows @ output
                self.rows @ wide
                self.inner @ narrow


def token_counts(asked: Asked) -> list[int]:
    """Return the word pieces of every pair as they are read, marks included."""
    tokenizer = _tokenizer()
    return [len(tokenizer.encode(s.strip(), claim.strip()).ids) for claim, found in asked for s in found]


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    print(
        "| what | workers | pairs | word pieces (mean) | pairs a second | floor | x floor | lowest-highest |"
    )
    print("|---" * 8 + "|")
    for row in rows:
        ratios = [t / f for t, f in zip(row.taken, row.floor, strict=True)]
        print(
            f"| {row.name} | {row.workers} | {row.pairs} | {row.tokens:.1f} "
            f"| {row.pairs / statistics.median(row.taken):.1f} "
            f"| {row.pairs / statistics.median(row.floor):.1f} | {row.times_floor:.2f} "
            f"| {min(ratios):.2f}-{max(ratios):.2f} |"
        )


def differences(model: cross_encoder.CrossEncoder, asked: Asked) -> dict[str, int]:
    """Return, for each way of asking once more, how many pairs get other bits."""
    first = [model.scores(claim, found, workers=1) for claim, found in asked]

    def changed(others: Sequence[Floats]) -> int:
        return sum(int((a != b).any(axis=1).sum()) for a, b in zip(first, others, strict=True))

    backwards = [model.scores(c, found[::-1], workers=1)[::-1] for c, found in reversed(asked)][::-1]
    alone = [np.concatenate([model.scores(c, [s], workers=1) for s in found]) for c, found in asked]
    return {
        "second call": changed([model.scores(c, found, workers=1) for c, found in asked]),
        "other order": changed(backwards),
        "each pair alone": changed(alone),
        "two workers": changed([model.scores(c, found, workers=2) for c, found in asked]),
    }


def _reference(folder: Path) -> Callable[[str, Sequence[str]], Floats]:
    """Return the scorer of the ONNX model in ``folder``, with the shipped tokenizer."""
    import onnxruntime

    if not (folder / "model.onnx").is_file():
        raise SystemExit(f"no file {folder / 'model.onnx'}: training/verifier_onnx.py writes one")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(WORKERS)
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    tokenizer = _tokenizer()

    def scores(claim: str, sentences: Sequence[str]) -> Floats:
        read = [tokenizer.encode(s.strip(), claim.strip()) for s in sentences]
        return np.concatenate(
            [
                session.run(
                    ["scores"],
                    {
                        "input_ids": np.array([pair.ids], np.int64),
                        "token_type_ids": np.array([pair.type_ids], np.int64),
                    },
                )[0]
                for pair in read
            ]
        )

    return scores


def _tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(cross_encoder._FOLDER / "tokenizer.json"))


def agreement(
    model: cross_encoder.CrossEncoder, reference: Callable[[str, Sequence[str]], Floats], asked: Asked
) -> str:
    """Return in words how many labels of ``model`` are those of ``reference``, and how far they part."""
    found = np.concatenate([model.scores(claim, sentences) for claim, sentences in asked])
    wanted = np.concatenate([reference(claim, sentences) for claim, sentences in asked])
    same = found.argmax(axis=1) == wanted.argmax(axis=1)
    apart = np.abs(np.exp(found) - np.exp(wanted)).max(axis=1)
    by_label = ", ".join(
        f"{label.value} {int(same[wanted.argmax(axis=1) == k].sum())} of "
        f"{int((wanted.argmax(axis=1) == k).sum())}"
        for k, label in enumerate(LABELS)
    )
    return (
        f"agreement with float32: {int(same.sum())} of {len(same)} labels ({by_label}); "
        f"largest difference of a probability {apart.max():.3f}, median {np.median(apart):.4f}"
    )


def _processor() -> str:
    """Return what speeds 8-bit products up on this machine, as Linux tells it."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text(encoding="utf-8").split() if info.exists() else []
    found = [f for f in ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8") if f in flags]
    return f"processor with {', '.join(found) or 'unknown extensions'}"


if __name__ == "__main__":
    main()
