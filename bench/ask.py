"""How long and how much memory ``synth ask`` takes: cold and again, for growing numbers of papers.

    python bench/ask.py [--papers DIR] [--sizes 15,30,59]

Each run is a fresh process with a store of its own; "again" is the same command once more. Peak memory
is the largest resident set of the command plus its reading children, sampled from /proc ten times a
second. Bytes: two cold runs of the largest size are compared file by file.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from signature import SHARED, signature

QUESTION = (
    "Which attention and interaction mechanisms help question answering and natural language inference?"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run of the command."""

    wall: float
    cpu: float
    peak_mb: float
    stages: str


def tree_mb(pid: int) -> float:
    """Return the resident memory of a process and its children, in MB."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "status").read_text()
        except OSError:
            continue
        lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if pid in (int(entry.name), int(lines.get("PPid", "0"))):
            total += int(lines.get("VmRSS", "0 kB").split()[0])
    return total / 1024


def run(papers: Path, out: Path, home: Path) -> Run:
    """Ask once in a fresh process and measure it."""
    command = [sys.executable, "-m", "synth", "ask", QUESTION, "--papers", str(papers), "--out", str(out)]
    environment = os.environ | {"SYNTH_HOME": str(home)}
    began, before = time.perf_counter(), os.times()
    child = subprocess.Popen(
        [*command, "--profile", "--date", "2026-01-01"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = [0.0]

    def watch() -> None:
        while child.poll() is None:
            peak[0] = max(peak[0], tree_mb(child.pid))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, said = child.communicate()
    watcher.join()
    if child.returncode:
        raise SystemExit(f"synth ask failed: {said}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(time.perf_counter() - began, cpu, peak[0], said)


def subset(papers: Path, size: int, folder: Path) -> Path:
    """Link every n-th paper, so that each topic is in every size."""
    files = sorted(papers.glob("*.pdf"))
    chosen = [files[i * len(files) // size] for i in range(size)]
    folder.mkdir(parents=True)
    for file in chosen:
        shutil.copy(file, folder / file.name)
    return folder


def same_bytes(one: Path, two: Path) -> list[str]:
    """Name the files of two bundles that differ, the provenance clock apart."""
    differ = []
    for file in sorted(one.iterdir()):
        a, b = file.read_bytes(), (two / file.name).read_bytes()
        if file.name.endswith(".json"):
            a, b = (_without_clock(x) for x in (a, b))
        if a != b:
            differ.append(file.name)
    return differ


def _without_clock(content: bytes) -> bytes:
    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k != "generated_at"}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return json.dumps(strip(json.loads(content)), sort_keys=True).encode()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=Path, default=SHARED / "papers" / "nlp")
    parser.add_argument("--sizes", default="15,30,59")
    asked = parser.parse_args()
    if not asked.papers.is_dir():
        raise SystemExit(f"no folder {asked.papers}: name one with --papers")
    print(signature(data=f"{asked.papers.name}, {len(list(asked.papers.glob('*.pdf')))} PDFs"))
    print("| papers | cold s | cold CPU s | s a paper | peak MB | again s |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        last = Run(0, 0, 0, "")
        for size in [int(s) for s in asked.sizes.split(",")]:
            papers = subset(asked.papers, size, place / f"papers{size}")
            last = run(papers, place / f"out{size}", place / f"home{size}")
            again = run(papers, place / f"again{size}", place / f"home{size}")
            print(
                f"| {size} | {last.wall:.1f} | {last.cpu:.1f} | {last.wall / size:.2f} "
                f"| {last.peak_mb:.0f} | {again.wall:.1f} |",
                flush=True,
            )
        second = run(papers, place / "second", place / "home-second")
        differ = same_bytes(place / f"out{size}", place / "second")
        print(f"\nTwo cold runs of {size} papers ({last.wall:.1f} s, {second.wall:.1f} s): ", end="")
        print("the same bytes" if not differ else f"DIFFERENT: {', '.join(differ)}")
        print(f"\nStages of the last cold run:\n{second.stages}")


if __name__ == "__main__":
    main()
