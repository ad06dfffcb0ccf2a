"""The command itself in a pseudo-terminal: keys, kills between any two of them, and nothing lost."""

from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tui_world import many, report, world

from synth import reviews
from synth.config import Config
from synth.pipeline.kept import marked
from synth.records import Review
from synth.store import open_store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")

ROOT = Path(__file__).resolve().parent.parent
WAIT = 60.0
"""Seconds for a screen, on a machine that does much else; waiting ends with the screen."""


class Terminal:
    """``synth review`` in a terminal of 100 columns and 30 lines that answers as every terminal does."""

    def __init__(self, home: Path, bundle: Path, *options: str) -> None:
        import fcntl
        import pty
        import termios

        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "synth", "review", str(bundle), *options],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env=os.environ
            | {"SYNTH_HOME": str(home), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "NO_COLOR": "1"},
        )
        os.close(slave)
        self.until(b"\x1b[c")
        os.write(self._master, b"\x1b[?62;22c")

    def until(self, mark: bytes) -> bytes:
        """Read until ``mark`` was shown and return what was."""
        seen, ends = b"", time.monotonic() + WAIT
        while mark not in seen:
            if not select.select([self._master], [], [], max(0.0, ends - time.monotonic()))[0]:
                raise AssertionError(f"{mark!r} was never shown: {seen[-1500:]!r}")
            try:
                seen += os.read(self._master, 1 << 16)
            except OSError as error:
                raise AssertionError(f"it ended before {mark!r}: {seen[-1500:]!r}") from error
        return seen

    def press(self, key: str, mark: bytes) -> None:
        """Press a key and read until its ``mark`` is shown."""
        # a line of the key before may be painted once more, and would be taken for this one's
        while select.select([self._master], [], [], 0.3)[0]:
            os.read(self._master, 1 << 16)
        os.write(self._master, key.encode())
        self.until(mark)

    def kill(self, *, after: str = "") -> None:
        """Kill it at once, right after a last key whose effect nobody waited for."""
        os.write(self._master, after.encode())
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    def close(self) -> None:
        """Close the terminal, which sends it no signal: it is not the one that controls it."""
        os.close(self._master)
        self._process.wait(WAIT)

    def leave(self) -> int:
        """Press q and return the exit code."""
        os.write(self._master, b"q")
        while True:
            # what it prints has to be taken, or it waits
            try:
                if select.select([self._master], [], [], 0.1)[0]:
                    os.read(self._master, 1 << 16)
            except OSError:
                break
            if self._process.poll() is not None:
                break
        os.close(self._master)
        return self._process.wait()


@pytest.fixture
def bundle(home: Path, tmp_path: Path) -> Path:
    """Put a report of 300 claims into the store and a bundle that names it on the disk."""
    made = marked(many(300))
    with world(home, made=made) as opened:
        opened.store.add_report(made)
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "manifest.json").write_text(f'{{"fingerprint": "{made.fingerprint}"}}')
    return folder


def kept(home: Path) -> list[Review]:
    with open_store(Config(home=home).store) as store:
        return [one for _, one in store.reviews(report().question.id)]


@pytest.mark.parametrize("seed", range(5))
def test_ten_kills_between_keys_lose_no_decision_that_was_shown(home: Path, bundle: Path, seed: int) -> None:
    chance = random.Random(seed)
    shown = 0
    for _ in range(10):
        before = len(kept(home))
        terminal = Terminal(home, bundle, "--reviewer", "Ann")
        terminal.until(b" judged")
        pressed = chance.choices("ar123df", k=chance.randrange(0, 4))
        for key in pressed:
            terminal.press(key, b"takes it back")
        terminal.kill(after=chance.choice(["", "a", "2", "u"]))
        log = kept(home)
        # the key that nobody waited for may have been taken, too
        assert before + len(pressed) <= len(log) <= before + len(pressed) + 1
        shown += len(pressed)
    log = kept(home)
    assert len(log) >= shown
    assert list(reviews.faults(log)) == []
    connection = sqlite3.connect(Config(home=home).store)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_review_goes_on_where_it_was_left_and_the_report_is_written(home: Path, bundle: Path) -> None:
    terminal = Terminal(home, bundle, "--reviewer", "Ann")
    terminal.until(b"0 of 300 judged")
    terminal.press("a", b"1 of 300 judged")
    terminal.press("2", b"2 of 300 judged")
    assert terminal.leave() == 0
    assert "What people decided" in (bundle / "report.md").read_text(encoding="utf-8")
    again = Terminal(home, bundle, "--reviewer", "Ann")
    again.until(b"2 of 300 judged")
    again.press("u", b"1 of 300 judged")
    assert again.leave() == 0
    assert [review.decision for review in kept(home)][2:] == ["withdraw"]


def test_a_terminal_that_is_gone_without_a_word_ends_the_review_and_the_report_is_written(
    home: Path, bundle: Path
) -> None:
    terminal = Terminal(home, bundle, "--reviewer", "Ann")
    terminal.until(b"0 of 300 judged")
    terminal.press("a", b"1 of 300 judged")
    terminal.close()
    assert len(kept(home)) == 1
    assert "What people decided" in (bundle / "report.md").read_text(encoding="utf-8")
