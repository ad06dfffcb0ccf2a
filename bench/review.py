"""How fast `synth review` is on a report of 2,000 claims: opening, each key to the screen, memory.

    python bench/review.py [--claims 2000] [--runs 5]

The report is the demo's, its claims repeated under ids and words of their own. Opening and keys are
measured in a pseudo-terminal (200 x 60) on the command itself: from its start until the list is painted, and
from a key until the last byte that it causes; the same keys are pressed by Textual's pilot, too, in a
process of its own; it waits for the screen by a clock of its own, so that its figures are to be read against
those of a key that does nothing. Memory is the resident set at its highest (VmHWM).
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from signature import signature

KEYS = (
    *(("move down", "j"),) * 20,
    *(("accept, go on", "a"),) * 20,
    *(("take back", "u"),) * 10,
    *(("redo", "U"),) * 10,
    *(("sort", "s"),) * 7,
    ("open the filter", "/"),
    *(("type in the filter", letter) for letter in "training improves"),
    *(("type in the filter", "backspace"),) * 17,
    ("leave the filter", "escape"),
    *(("flag", "f"),) * 6,
    *(("no key of ours", "f9"),) * 10,
)
BYTES = {"f9": b"\x1b[20~", "backspace": b"\x7f", "escape": b"\x1b", "enter": b"\r"}
QUIET = 0.06
"""Seconds without a byte after which the screen counts as painted."""


def made(home: Path, folder: Path, claims: int) -> None:
    """Write the demo's report with ``claims`` claims into a store, and a bundle that names it."""
    os.environ["SYNTH_HOME"] = str(home)
    from synth.config import load
    from synth.pipeline import DEMO_QUESTION, demo_papers
    from synth.pipeline.asking import ask
    from synth.pipeline.kept import marked
    from synth.records import content_id
    from synth.store import open_store

    config = load(flags={"papers": (demo_papers(),), "sources": ()})
    report = ask(DEMO_QUESTION, config=config)
    judged = tuple(
        replace(
            one,
            claim=replace(
                one.claim, id=content_id("c", one.claim.id, str(n)), text=f"{one.claim.text} ({n + 1})"
            ),
        )
        for n, one in ((n, report.judged[n % len(report.judged)]) for n in range(claims))
    )
    large = marked(replace(report, judged=judged))
    with open_store(config.store) as store:
        store.add_report(large)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"fingerprint": large.fingerprint}))


class Terminal:
    """The command in a pseudo-terminal."""

    def __init__(self, home: Path, folder: Path) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "synth", "review", str(folder), "--reviewer", "Bench"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | {"SYNTH_HOME": str(home), "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(slave)
        self.master = master

    def until(self, mark: bytes, *, seconds: float = 60.0) -> float:
        """Return the seconds since the start after which ``mark`` was on the screen."""
        seen, answered = b"", False
        while time.perf_counter() - self.began < seconds:
            ready, _, _ = select.select([self.master], [], [], 1.0)
            if ready:
                seen += os.read(self.master, 1 << 16)
                if not answered and b"\x1b[c" in seen:
                    # the device attributes, which every terminal answers at once: one without pictures
                    os.write(self.master, b"\x1b[?62;22c")
                    answered = True
                if mark in seen:
                    return time.perf_counter() - self.began
        raise SystemExit(f"{mark!r} never appeared; the last of the screen: {seen[-2000:]!r}")

    def settle(self) -> None:
        """Read until nothing comes for half a second."""
        while select.select([self.master], [], [], 0.5)[0]:
            os.read(self.master, 1 << 16)

    def press(self, key: str) -> float | None:
        """Return the seconds from a key to the last byte that it caused, None where it caused none."""
        before = time.perf_counter()
        os.write(self.master, BYTES.get(key, key.encode()))
        last = None
        while select.select([self.master], [], [], QUIET if last else 0.5)[0]:
            os.read(self.master, 1 << 16)
            last = time.perf_counter()
        return None if last is None else last - before

    def peak_mb(self) -> float:
        """Return the highest resident set of the command so far."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024

    def end(self) -> None:
        """Kill the command: the store is meant to bear it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


def by_pilot(folder: Path) -> Iterator[tuple[str, float]]:
    """Yield what each key does and the seconds that the pilot waits for the screen after it."""
    from synth.config import load
    from synth.pipeline.review import review
    from synth.tui.app import ReviewApp
    from synth.tui.graphics import BLOCKS

    async def run() -> list[tuple[str, float]]:
        taken = []
        with review(folder, config=load(), reviewer="Pilot") as opened:
            async with ReviewApp(opened, graphics=BLOCKS).run_test(size=(200, 60)) as pilot:
                await pilot.pause()
                for what, key in KEYS:
                    before = time.perf_counter()
                    await pilot.press("space" if key == " " else "slash" if key == "/" else key)
                    taken.append((what, time.perf_counter() - before))
        return taken

    yield from asyncio.run(run())


def table(name: str, taken: list[tuple[str, float]]) -> None:
    """Print the median and the 95th percentile of each kind of key, in milliseconds."""
    print(f"\n| key, {name} | median ms | 95 % ms | highest ms | presses |\n|---|---|---|---|---|")
    for what in [*dict.fromkeys(w for w, _ in taken), "all"]:
        values = sorted(1000 * t for w, t in taken if what in (w, "all"))
        high = values[min(len(values) - 1, int(0.95 * len(values)))]
        print(f"| {what} | {statistics.median(values):.0f} | {high:.0f} | {values[-1]:.0f} | {len(values)} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    print(
        signature(
            data=f"the demo's report, its claims repeated to {asked.claims:,}",
            packages=("synth", "textual", "rich", "msgspec"),
        )
    )
    with tempfile.TemporaryDirectory() as scratch:
        home, folder = Path(scratch) / "home", Path(scratch) / "report"
        made(home, folder, asked.claims)
        opening, keys, peak = [], [], 0.0
        for _ in range(asked.runs):
            terminal = Terminal(home, folder)
            opening.append(terminal.until(b" judged"))
            terminal.settle()
            keys += [(what, t) for what, key in KEYS if (t := terminal.press(key)) is not None]
            peak = max(peak, terminal.peak_mb())
            terminal.end()
        print("| opening, s (median) | lowest | highest | peak memory, MB | runs |\n|---|---|---|---|---|")
        print(
            f"| {statistics.median(opening):.2f} | {min(opening):.2f} | {max(opening):.2f} | {peak:.0f} "
            f"| {asked.runs} |"
        )
        table("in a terminal", keys)
        table("by the pilot", list(by_pilot(folder)))


if __name__ == "__main__":
    main()
