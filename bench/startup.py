"""CPU seconds of ``synth --help`` and wall seconds of ``synth demo``: medians over fresh processes.

python bench/startup.py [--runs 9]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from signature import signature


def measured(command: list[str], home: Path) -> tuple[float, float]:
    """Return wall and CPU seconds of a command."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "synth", *command],
        env=os.environ | {"SYNTH_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, cpu


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    print(signature(data="the demo papers", packages=("synth", "typer", "rich", "onnxruntime")))
    print("| command | wall s (median) | CPU s (median) | runs |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for name, command, times in (
            ("synth --help", ["--help"], runs),
            ("synth demo, cold", ["demo", "--out", f"{scratch}/out"], max(3, runs // 3)),
        ):
            taken = [measured(command, Path(scratch) / f"home-{name}-{n}") for n in range(times)]
            wall, cpu = (statistics.median(t[i] for t in taken) for i in (0, 1))
            print(f"| `{name}` | {wall:.2f} | {cpu:.2f} | {times} |")


if __name__ == "__main__":
    main()
