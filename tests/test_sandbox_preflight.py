"""The preflight: what the outside sees of a hostile job, and a verdict that is kept once per boot."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from synth.errors import SandboxError
from synth.sandbox import Lack, _hostile, _preflight
from synth.sandbox._hostile import WORDS, Attempted
from synth.trials import Limits, Prepared, Ran


class Told:
    """A seal that runs nothing: by the job's mode it says what it is told to say."""

    name = "told 1.0"

    def __init__(self, **ends: Callable[[Path, list[str]], Ran]) -> None:
        self.ends, self.asked = ends, 0

    def lack(self) -> Lack | None:
        return None

    def run(
        self,
        prepared: Prepared,
        *,
        limits: Limits,
        out: Path,
        gpu: bool = False,
        line: Callable[[str], None] | None = None,
    ) -> Ran:
        assert line is not None
        assert not gpu
        self.asked += 1
        mode, said = prepared.command[-2], list[str]()
        stopped = {"cpu": "CPU time", "wall": "wall clock", "log": "log size", "memory": "memory"}.get(
            mode, ""
        )
        ran = Ran(exit_code=-9 if stopped else 0, stopped=stopped, log="", cpu_seconds=1.0, wall_seconds=1.0)
        if mode == "attempts":
            said += [json.dumps({"name": name, "verdict": "held", "seen": "EPERM"}) for name in WORDS]
            said = [f"@attempt {words}" for words in said]
        else:
            said.append("@began")
            (out / "kept").write_text("kept")
        if mode in self.ends:
            ran = self.ends[mode](out, said)
        for one in said:
            line(one)
        assert limits.wall_seconds <= 20
        return ran


ENDED = Ran(exit_code=0, stopped="", log="", cpu_seconds=0.1, wall_seconds=0.1)


def _link(out: Path, _: list[str]) -> Ran:
    (out / "way").symlink_to("/etc/passwd")
    return ENDED


def _hard(out: Path, _: list[str]) -> Ran:
    (out / "other").hardlink_to(out / "kept")
    return ENDED


def _beside(out: Path, _: list[str]) -> Ran:
    (out.parent / "synth-forged").write_text("forged")
    return ENDED


def _nothing(out: Path, _: list[str]) -> Ran:
    (out / "kept").unlink()
    return ENDED


def _silent(_: Path, said: list[str]) -> Ran:
    said.clear()
    return ENDED


def _ran(_: Path, __: list[str]) -> Ran:
    return ENDED


def _greedy(_: Path, __: list[str]) -> Ran:
    return replace(ENDED, stopped="memory", peak_mb=4000.0)


def _leaked(_: Path, said: list[str]) -> Ran:
    said[3] = said[3].replace('"held"', '"not held"')
    return ENDED


@pytest.mark.parametrize(
    ("mode", "end", "name"),
    [
        ("cpu", _ran, "cpu-time"),
        ("wall", _ran, "wall-clock"),
        ("log", _ran, "log-size"),
        ("memory", _ran, "memory-use"),
        ("memory", _greedy, "memory-use"),
        ("odd", _link, "odd-outputs"),
        ("odd", _hard, "odd-outputs"),
        ("odd", _nothing, "odd-outputs"),
        ("odd", _silent, "odd-outputs"),
        ("forge", _beside, "forged-outputs"),
        ("daemon", _silent, "daemon"),
        ("attempts", _leaked, list(WORDS)[3]),
    ],
)
def test_what_a_seal_lets_through_is_not_held(
    mode: str, end: Callable[[Path, list[str]], Ran], name: str
) -> None:
    made = _hostile.attempts(Told(**{mode: end}))
    assert [attempt.name for attempt in made if attempt.verdict == "not held"] == [name]
    assert not _preflight.held(made)


def test_a_probe_that_answers_nothing_held_nothing() -> None:
    made = _hostile.attempts(Told(attempts=_silent))
    assert sum(attempt.verdict == "not held" for attempt in made) == len(WORDS) - len(_hostile._JOBS)


def test_a_process_that_outlives_its_job_is_found() -> None:
    token = f"outlives-{os.getpid()}-"
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", token]) as left:
        assert _hostile._alive(token) == (left.pid,)
        left.kill()


def test_a_listener_that_was_reached_was_not_out_of_reach() -> None:
    token = f"{os.getpid():031d}e"
    with _hostile.outside(token, limits=_hostile._LONG) as beyond:
        assert beyond.visited() == frozenset()
        with socket.create_connection(("127.0.0.1", int(str(beyond.told["tcp"])))):
            assert beyond.visited() == {"loopback"}
    assert token not in os.environ.values()


# ---- kept once per boot


@pytest.fixture
def seal() -> Told:
    """Return a seal that holds all."""
    return Told()


def test_a_second_job_of_the_same_boot_asks_nothing(seal: Told, tmp_path: Path) -> None:
    first = _preflight.check(seal, cache=tmp_path / "cache")
    asked = seal.asked
    assert asked == 1 + len(_hostile._JOBS)
    assert _preflight.check(seal, cache=tmp_path / "cache") == first
    assert seal.asked == asked


def _behind_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _edited(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: p.write_text(""),
        lambda p: p.write_text("[]"),
        lambda p: p.write_bytes(b"\xff\xfe"),
        lambda p: p.write_text(_edited(p.read_text(), "EPERM", "EACCES")),
        lambda p: p.write_text(_edited(p.read_text(), '"sha256": "', '"sha256": "0')),
        lambda p: p.write_text(p.read_text()[:-40]),
        lambda p: p.write_text("[" * 100_000),
        lambda p: p.write_text(" " * (1 << 19)),
        lambda p: p.chmod(0o666),
        _behind_a_link,
    ],
    ids=["empty", "a list", "no text", "seen", "sum", "cut", "deep", "large", "open to all", "link"],
)
def test_a_kept_verdict_that_is_not_as_we_left_it_is_passed_over(
    damage: Callable[[Path], object], seal: Told, tmp_path: Path
) -> None:
    _preflight.check(seal, cache=tmp_path)
    asked = seal.asked
    (kept,) = tmp_path.iterdir()
    damage(kept)
    assert _preflight.held(_preflight.check(seal, cache=tmp_path))
    assert seal.asked == 2 * asked


@pytest.mark.parametrize("changed", ["boot", "seal", "source", "uid", "interpreter"])
def test_another_boot_seal_source_user_or_interpreter_asks_again(
    changed: str, seal: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _preflight._key(seal)
    if changed == "boot":
        read = Path.read_text
        monkeypatch.setattr(Path, "read_text", lambda p, *a: "b" if p.name == "boot_id" else read(p, *a))
    elif changed == "seal":
        seal.name = "told 1.1"  # type: ignore[misc]
    elif changed == "source":
        (tmp_path / "one.py").write_text("")
        monkeypatch.setattr(_preflight, "HERE", tmp_path)
    elif changed == "uid":
        monkeypatch.setattr(os, "geteuid", lambda: 4711)
    else:
        monkeypatch.setattr(sys, "executable", "/usr/bin/another")
    assert _preflight._key(seal) != before


def test_a_seal_that_did_not_hold_is_asked_every_time(tmp_path: Path) -> None:
    leaky = Told(odd=_link)
    assert not _preflight.held(_preflight.check(leaky, cache=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_no_job_runs_in_a_seal_that_did_not_hold(seal: Told) -> None:
    made = _hostile.attempts(seal)
    _preflight.require(made, seal=seal)
    leaky = _hostile.attempts(Told(odd=_link))
    with pytest.raises(SandboxError, match=r"told 1\.0 did not hold 1 of \d+ hostile attempts: odd-outputs"):
        _preflight.require(leaky, seal=seal)


@pytest.mark.parametrize("made", [(), "short", "twice"])
def test_attempts_that_were_not_all_made_once_did_not_hold(made: object, seal: Told) -> None:
    whole = _hostile.attempts(seal)
    given: tuple[Attempted, ...] = {"short": whole[1:], "twice": (*whole, whole[0])}.get(str(made), ())
    assert not _preflight.held(given)
    if len(given) < len(whole):
        with pytest.raises(SandboxError, match="not tried"):
            _preflight.require(given, seal=seal)


def test_a_probe_that_cannot_be_run_is_an_error() -> None:
    def broken(_: Path, __: list[str]) -> Ran:
        raise SandboxError("no seal: it broke")

    with pytest.raises(SandboxError, match="could not be run: no seal: it broke"):
        _hostile.attempts(Told(attempts=broken))
