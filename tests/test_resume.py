"""Killed at any moment, the next run goes on where it was and ends with the same bytes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synth.pipeline import demo_papers

QUESTION = "Does intermediate-task training help zero-shot transfer?"


def command(papers: Path, out: Path) -> list[str]:
    words = ["ask", QUESTION, "--papers", str(papers), "--out", str(out), "--date", "2026-01-01", "-q"]
    return [sys.executable, "-m", "synth", *words, "--claims", "20"]


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"SYNTH_HOME": str(home)}


def rows(home: Path, table: str) -> int:
    """Count the rows of a table of a store that another process is writing."""
    if not (home / "synth.db").exists():
        return 0
    connection = sqlite3.connect(f"file:{home / 'synth.db'}?mode=ro", uri=True, timeout=5)
    try:
        return int(connection.execute(f"select count(*) from {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not made yet
    finally:
        connection.close()


def without_clock(manifest: Path) -> object:
    read = json.loads(manifest.read_text(encoding="utf-8"))

    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k != "generated_at"}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return strip(read)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return four of the demo papers: enough for a run to be caught in each stage."""
    folder = tmp_path_factory.mktemp("four")
    for file in sorted(demo_papers().glob("*.pdf"))[-5:-1]:
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, papers: Path) -> Path:
    """Return the bundle of a run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    subprocess.run(command(papers, folder / "b"), env=environment(folder / "home"), check=True, timeout=120)
    return folder / "b"


@pytest.mark.parametrize(("table", "least"), [("papers", 1), ("claims", 1), ("vectors", 1)])
def test_a_killed_run_is_taken_up_and_ends_with_the_same_bytes(
    papers: Path, whole: Path, tmp_path: Path, table: str, least: int
) -> None:
    home, out = tmp_path / "home", tmp_path / "b"
    child = subprocess.Popen(command(papers, out), env=environment(home))
    deadline = time.monotonic() + 90
    while rows(home, table) < least and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(timeout=30)
    kept = rows(home, table)
    assert kept >= least
    subprocess.run(command(papers, out), env=environment(home), check=True, timeout=120)
    for name in ("claims.jsonl", "report.md", "report.pdf"):
        assert (out / name).read_bytes() == (whole / name).read_bytes(), name
    assert without_clock(out / "manifest.json") == without_clock(whole / "manifest.json")


def test_two_runs_at_once_on_one_store_both_end_well(papers: Path, whole: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "one", tmp_path / "two"]
    runs = [subprocess.Popen(command(papers, out), env=environment(tmp_path / "home")) for out in outs]
    assert [run.wait(timeout=180) for run in runs] == [0, 0]
    for out in outs:
        assert (out / "claims.jsonl").read_bytes() == (whole / "claims.jsonl").read_bytes()
