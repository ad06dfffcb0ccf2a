"""What sealed attempts took and settled: a table of each, and with --rerun whether a second run agrees.

    python bench/attempts.py reports/demo/gate/CLAIM/ATTEMPT... [--rerun]

CPU seconds are those of the sealed runs; wall is from the first seed's start to the attempt's end, so a run
that was killed and gone on with later looks longer than it was.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from signature import signature

from synth import attempts
from synth.attempts import Stored
from synth.config import load
from synth.formats.document import bounds
from synth.pipeline import verifying


def table(stored: Stored) -> None:
    """Print the cost and the judgements of an attempt."""
    spec, ran = stored.spec, stored.environment
    cpu = [one.cpu_seconds for one in ran.costs]
    wall = datetime.fromisoformat(ran.ended_at) - datetime.fromisoformat(ran.started_at)
    print(f"\n{spec.experiment} {spec.tier} {spec.size}, attempt {stored.digest[:12]}, {ran.seal}")
    print(f"made with {', '.join(f'{name} {version}' for name, version in ran.packages)}, {ran.platform}")
    print("| seeds | CPU s a seed (median) | CPU s in all | wall s in all | peak MB |\n|---|---|---|---|---|")
    peak = max((one.peak_mb for one in ran.costs), default=0.0)
    middle = statistics.median(cpu) if cpu else 0.0
    print(f"| {len(cpu)} | {middle:.0f} | {sum(cpu):.0f} | {wall.total_seconds():.0f} | {peak:.0f} |")
    print("\n| hypothesis | outcome | effects: mean, interval, p after Holm |\n|---|---|---|")
    for one in stored.results.judgements:
        shown = "; ".join(
            f"{e.arm} over {e.against} {e.mean:+.1f} {bounds(e.low, e.high)}"
            + (f" p {e.adjusted:.2g}" if e.adjusted is not None else "")
            for e in one.effects
            if e.against
        )
        print(f"| {one.key} | {one.outcome.value} | {shown or one.reason} |")


def again(stored: Stored) -> None:
    """Run the attempt's spec once more in the seal and print whether it agrees."""
    began = time.perf_counter()
    found = list(verifying.rerun(stored, config=replace(load(), workers=2)))
    for one in found:
        print(f"{'note' if one.notice else 'FAULT'} {one.file}: {one.what}")
    print(f"run again in {time.perf_counter() - began:.0f} s")


def main() -> None:
    """Print a table for each attempt."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rerun", action="store_true")
    asked = parser.parse_args()
    names = ", ".join(folder.name for folder in asked.folders)
    print(signature(data=f"attempts {names}", packages=("synth",)))
    for folder in asked.folders:
        stored = attempts.load(folder)
        table(stored)
        if asked.rerun:
            again(stored)


if __name__ == "__main__":
    main()
