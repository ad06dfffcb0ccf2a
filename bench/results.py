"""Annotated papers go in; how many of their best results are mined, and how many rightly, comes out.

The annotations are the task, data set, metric and score of each paper's own best systems (MIT, read from
the shared folder, never shipped). A mined result matches where its value is equal within the rounding of
the coarser number (0.851 counts as 85.1), its metric is the same by the lexicon, and one name of the data
set holds the other. Papers are taken in the order of their file names: those at even places were looked
at while the rules were written, those at odd places are the figure to quote.

    python -m bench.results [--half odd|even|all] [--misses]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from synth.reading import SIGNATURE as READING
from synth.reading import read_all
from synth.records import Reading, Result
from synth.results import SIGNATURE, mine
from synth.results.mentions import find, squashed

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SYNTH_SHARED", ROOT.parent / "shared"))


class Best(NamedTuple):
    """One annotated result."""

    dataset: str
    metric: str
    value: float
    digits: int


def annotations(path: Path) -> dict[str, list[Best]]:
    """Return paper name without version -> its annotated results (sizes and the like left out)."""
    found: dict[str, list[Best]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition("\t")
        for item in rest.split("$"):
            parts = item.split("#")
            number = re.fullmatch(r"(\d+(?:\.(\d+))?)\s*%?", parts[3].strip()) if len(parts) == 4 else None
            if number is None or re.search(r"param|epoch|flops|train accuracy", parts[2], re.IGNORECASE):
                continue
            best = Best(parts[1], parts[2], float(number.group(1)), len(number.group(2) or ""))
            rows = found.setdefault(bare(name), [])
            if best not in rows:
                rows.append(best)
    return found


def bare(name: str) -> str:
    """Return a paper's name without folder prefix, version and suffix."""
    return re.sub(r"(v\d+)?\.pdf$", "", name.rpartition("--")[2])


def letters(text: str) -> str:
    """Return the alphanumerics of ``text`` in lower case."""
    return "".join(c for c in text.casefold() if c.isalnum())


def same_value(result: Result, best: Best) -> bool:
    """Whether two numbers are equal within the coarser one's rounding, on either scale."""
    for a, da in ((result.value, result.digits), (result.value * 100, result.digits - 2)):
        for b, db in ((best.value, best.digits), (best.value * 100, best.digits - 2)):
            if min(da, db) >= 0 and abs(a - b) <= 0.5 * 10.0 ** -min(da, db) + 1e-9:
                return True
    return False


def same_metric(result: Result, best: Best) -> bool:
    """Whether the annotated metric's words name the mined metric."""
    told = {m.name for m in find(best.metric, header=True) if m.kind == "metric"}
    return result.metric in told or (bool(result.metric) and squashed(result.metric) == squashed(best.metric))


def same_dataset(result: Result, best: Best) -> bool:
    """Whether one name holds the other, or both name a data set of the lexicon alike."""
    named = {squashed(m.name) for m in find(best.dataset) if m.kind == "dataset"}
    subset = dict(result.condition).get("subset", "")
    mined = [squashed(n) for n in (result.dataset, subset) if n]
    if any(n in named or n in letters(best.dataset) or letters(best.dataset) in n for n in mined):
        return True
    return any(letters(a).startswith(letters(b)) for a in mined for b in named)


class Score(NamedTuple):
    """Counts: annotated results found by value, by metric too, by data set too; keys predicted and right."""

    annotated: int
    value: int
    metric: int
    dataset: int
    keys: int
    right: int


def score(results: Sequence[Result], bests: Sequence[Best]) -> Score:
    """Count the matches of one paper's mined ``results``."""
    scores = [r for r in results if not r.is_difference]
    by_value = [[r for r in scores if same_value(r, b)] for b in bests]
    by_metric = [[r for r in rs if same_metric(r, b)] for rs, b in zip(by_value, bests, strict=True)]
    by_dataset = [[r for r in rs if same_dataset(r, b)] for rs, b in zip(by_metric, bests, strict=True)]
    keys = list(predicted(scores, bests))
    found = [sum(bool(x) for x in rows) for rows in (by_value, by_metric, by_dataset)]
    return Score(len(bests), *found, len(keys), sum(keys))


def predicted(scores: Sequence[Result], bests: Sequence[Best]) -> Iterator[bool]:
    """For each annotated data set and metric that was mined at all: whether one of its annotated values was.

    This is precision as far as annotations of best results alone allow it: a key whose mined numbers
    hold none of the annotated ones was read wrongly.
    """
    keys: dict[tuple[str, str], list[Best]] = defaultdict(list)
    for best in bests:
        keys[letters(best.dataset), letters(best.metric)].append(best)
    for rows in keys.values():
        mined = [r for r in scores if same_metric(r, rows[0]) and same_dataset(r, rows[0])]
        if mined:
            yield any(same_value(r, b) for r in mined for b in rows)


def is_printed(reading: Reading, best: Best) -> bool:
    """Whether the annotated number stands anywhere in the paper: many come from other versions of it."""
    forms = {
        f"{best.value:.{best.digits}f}",
        f"{best.value:g}",
        f"{best.value * 100:.{max(0, best.digits - 2)}f}",
    }
    forms |= {form.removeprefix("0") for form in forms}
    texts = [p.text for p in reading.passages]
    texts += [cell for table in reading.tables for row in table.rows for cell in row]
    pattern = re.compile(r"(?<![\d.])(?:" + "|".join(re.escape(f) for f in sorted(forms)) + r")(?!\d)")
    return any(pattern.search(text) for text in texts)


def readings(papers: Sequence[Path]) -> Iterator[tuple[Path, Reading]]:
    """Yield the papers that could be read."""
    for path, one in zip(
        papers, read_all([(p, None) for p in papers], workers=2, seconds=60.0, memory_mb=1024), strict=True
    ):
        if isinstance(one, Reading):
            yield path, one
        else:
            print(f"not read: {path.name}: {one.reason}", file=sys.stderr)


def main() -> None:
    """Print one line of JSON with the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("odd", "even", "all"), default="odd")
    parser.add_argument(
        "--misses", action="store_true", help="print the annotated results that were not mined"
    )
    args = parser.parse_args()
    papers = sorted((SHARED / "papers" / "nlp").glob("*.pdf"), key=lambda p: p.name)
    source = SHARED / "data" / "results_tdm" / "resultsAnnotation.tsv"
    if not papers or not source.exists():
        print(f"skipped: {SHARED} holds no annotated papers")
        return
    known = annotations(source)
    annotated = [p for p in papers if bare(p.name) in known]
    chosen = [p for i, p in enumerate(annotated) if args.half == "all" or i % 2 == (args.half == "odd")]
    print(json.dumps(measure(chosen, known, misses=args.misses) | {"half": args.half}))


def measure(chosen: Sequence[Path], known: dict[str, list[Best]], *, misses: bool) -> dict[str, object]:
    """Return the figures over ``chosen``: all results, tables alone, prose alone."""
    totals: dict[str, list[Score]] = defaultdict(list)
    printed = 0
    seconds: list[float] = []
    for path, reading in readings(chosen):
        start = time.process_time()
        results = mine(reading)
        seconds.append(time.process_time() - start)
        bests = known[bare(path.name)]
        totals["all"].append(score(results, bests))
        printed += sum(is_printed(reading, best) for best in bests)
        for origin in ("table", "prose"):
            totals[origin].append(score([r for r in results if r.origin == origin], bests))
        if misses:
            tell(path, results, bests)
    return {
        "signature": SIGNATURE,
        "reading": READING,
        "papers": len(seconds),
        "seconds_worst": round(max(seconds), 3),
        "seconds_mean": round(sum(seconds) / len(seconds), 3),
        "annotated_values_printed": printed,
        **{name: figures(rows) for name, rows in totals.items()},
    }


def figures(rows: Sequence[Score]) -> dict[str, object]:
    """Return recall by value, metric and data set, and the share of mined keys with an annotated value."""
    total = Score(*(sum(column) for column in zip(*rows, strict=True)))
    return {
        "annotated": total.annotated,
        "recall_value": round(total.value / total.annotated, 3),
        "recall_value_metric": round(total.metric / total.annotated, 3),
        "recall_value_metric_dataset": round(total.dataset / total.annotated, 3),
        "precision_keys": round(total.right / total.keys, 3) if total.keys else None,
        "keys": total.keys,
    }


def tell(path: Path, results: Sequence[Result], bests: Sequence[Best]) -> None:
    """Print what was missed, and at which step."""
    for best in bests:
        near = [r for r in results if same_value(r, best)]
        metric = [r for r in near if same_metric(r, best)]
        if not any(same_dataset(r, best) for r in metric):
            step = "data set" if metric else "metric" if near else "value"
            seen = [(r.dataset, r.metric, r.origin) for r in (metric or near)][:2]
            print(f"{path.name}: {best} missed by {step} {seen}", file=sys.stderr)


if __name__ == "__main__":
    main()
