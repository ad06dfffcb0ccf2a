"""The store: each step once, whole after a kill, one line for everything that can be wrong with it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from synth.errors import StoreError
from synth.records import Skipped
from synth.store import VERSION, open_store


def test_a_step_is_computed_once_for_a_signature_and_key(tmp_path: Path) -> None:
    calls: list[int] = []

    def compute() -> tuple[Skipped, ...]:
        calls.append(1)
        return (Skipped(what="a.pdf", reason="locked"),)

    for _ in range(2):
        with open_store(tmp_path / "s.db") as store:
            kept = store.once("read/1", "a", compute, kind=tuple[Skipped, ...])
            assert kept == (Skipped(what="a.pdf", reason="locked"),)
    assert len(calls) == 1
    with open_store(tmp_path / "s.db") as store:
        store.once("read/2", "a", compute, kind=tuple[Skipped, ...])
    assert len(calls) == 2


def test_a_value_of_another_shape_is_computed_anew(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.db") as store:
        store.keep("x", "k", ["no record"])
        made = store.once("x", "k", lambda: Skipped(what="w", reason="r"), kind=Skipped)
        assert made == Skipped(what="w", reason="r")


def test_vectors_are_remembered_by_text_and_keep_their_order(tmp_path: Path) -> None:
    asked: list[str] = []

    def encode(texts: object) -> np.ndarray:
        asked.extend(texts)  # type: ignore[call-overload]
        return np.array([[len(t), ord(t[0])] for t in texts], dtype=np.float32)  # type: ignore[attr-defined]

    with open_store(tmp_path / "s.db") as store:
        first = store.remembered(encode, signature="m", dimension=2)(["bb", "a", "bb"])
        assert first.tolist() == [[2, 98], [1, 97], [2, 98]]
    with open_store(tmp_path / "s.db") as store:
        again = store.remembered(encode, signature="m", dimension=2)
        assert again(["a", "ccc"]).tolist() == [[1, 97], [3, 99]]
        assert again([]).shape == (0, 2)
    assert asked == ["bb", "a", "ccc"]


def test_a_newer_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"pragma user_version = {VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer synth"), open_store(path):
        pass
    assert path.read_bytes() == before


def test_a_damaged_store_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(b"this is no database, whatever it is called" * 100)
    with pytest.raises(StoreError, match="move it away"), open_store(path):
        pass


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="SYNTH_HOME"), open_store(tmp_path / "file" / "s.db"):
        pass


def test_what_was_kept_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import itertools, sys
        from pathlib import Path
        from synth.store import open_store
        with open_store(Path(sys.argv[1])) as store:
            for n in itertools.count():
                store.keep("n", str(n), n)
                print(n, flush=True)
        """
    )
    for stop_after in (1, 40):
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "s.db")], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(stop_after)]
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        with open_store(tmp_path / "s.db") as store:
            assert all(store.recall("n", str(n), kind=int) == n for n in said)


def test_two_runs_write_one_store_side_by_side(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from synth.store import open_store
        with open_store(Path(sys.argv[1])) as store:
            for n in range(60):
                store.keep(sys.argv[2], str(n), n)
        """
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "s.db"), name]) for name in ("a", "b")
    ]
    assert [run.wait(timeout=60) for run in runs] == [0, 0]
    with open_store(tmp_path / "s.db") as store:
        assert store.counts()["steps"] == 120
