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
        self.given = list[tuple[str, int, int]]()

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
        self.given.append((mode, limits.wall_seconds, os.getpriority(os.PRIO_PROCESS, 0)))
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


SLOW = replace(ENDED, stopped="wall clock", cpu_seconds=0.2, wall_seconds=30.0)
TIMED = {
    "cpu": "cpu-time",
    "wall": "wall-clock",
    "log": "log-size",
    "memory": "memory-use",
    "daemon": "daemon",
    "odd": "odd-outputs",
    "forge": "forged-outputs",
}


def _first(once: Callable[[Path, list[str]], Ran], then: Ran) -> Callable[[Path, list[str]], Ran]:
    """Return an end that is ``once`` the first time and ``then`` later."""
    ends = iter((once,))
    return lambda out, said: next(ends, lambda *_: then)(out, said)


def _slow(out: Path, said: list[str]) -> Ran:
    """End by the clock, before anything was done."""
    (out / "kept").unlink(missing_ok=True)
    said.clear()
    return SLOW


def _halfway(out: Path, _: list[str]) -> Ran:
    """End by the clock after it began."""
    (out / "kept").unlink(missing_ok=True)
    return SLOW


def _due(mode: str) -> Ran:
    stopped = {"cpu": "CPU time", "wall": "wall clock", "log": "log size", "memory": "memory"}.get(mode, "")
    return replace(ENDED, stopped=stopped)


@pytest.mark.parametrize("mode", [*TIMED, "attempts"])
def test_what_a_busy_machine_kept_from_its_end_is_tried_again_alone_with_more_time(mode: str) -> None:
    seal = Told(**{mode: _first(_slow, _due(mode))})
    assert _preflight.held(_hostile.attempts(seal))
    once, again = (wall for asked, wall, _ in seal.given if asked == mode)
    assert again == 5 * once
    assert seal.given[-1][0] == mode
    assert seal.asked == 2 + len(_hostile._JOBS)


@pytest.mark.parametrize("mode", ["cpu", "wall", "log", "memory", "odd"])
def test_so_is_one_that_the_clock_ended_after_it_began(mode: str) -> None:
    assert _preflight.held(_hostile.attempts(Told(**{mode: _first(_halfway, _due(mode))})))


@pytest.mark.parametrize("mode", TIMED)
def test_one_that_fails_alone_as_well_is_not_held(mode: str) -> None:
    seal = Told(**{mode: _slow})
    (lost,) = [one for one in _hostile.attempts(seal) if one.verdict == "not held"]
    assert lost.name == TIMED[mode]
    assert lost.seen.startswith("twice: it never began")
    assert seal.asked == 2 + len(_hostile._JOBS)


def _overused(_: Path, __: list[str]) -> Ran:
    return replace(SLOW, cpu_seconds=29.0, peak_mb=4000.0, log="x" * (2 << 20))


def _slow_link(out: Path, said: list[str]) -> Ran:
    said.clear()
    _link(out, said)
    return SLOW


def _slow_leak(out: Path, said: list[str]) -> Ran:
    _leaked(out, said)
    del said[4:]
    return SLOW


@pytest.mark.parametrize(
    ("mode", "once", "name"),
    [
        ("cpu", _overused, "cpu-time"),
        ("memory", _overused, "memory-use"),
        ("log", _overused, "log-size"),
        ("cpu", _ran, "cpu-time"),
        ("odd", _link, "odd-outputs"),
        ("odd", _slow_link, "odd-outputs"),
        ("forge", _beside, "forged-outputs"),
        ("attempts", _slow_leak, list(WORDS)[3]),
    ],
)
def test_one_that_got_through_is_not_tried_again(
    mode: str, once: Callable[[Path, list[str]], Ran], name: str
) -> None:
    seal = Told(**{mode: _first(once, _due(mode))})
    made = _hostile.attempts(seal)
    assert name in {one.name for one in made if one.verdict == "not held"}
    assert seal.asked == 1 + len(_hostile._JOBS)


@pytest.mark.parametrize("lasting", [False, True], ids=["dying", "left behind"])
def test_a_process_that_was_slow_to_die_is_told_from_one_that_lives_on(
    lasting: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([(4711,)])

    def alive(token: str, *, within: float = 0.2) -> tuple[int, ...]:
        if not token.endswith("-daemon"):
            return ()
        return (4711,) if lasting else next(looks, ()) if within < 1 else ()

    monkeypatch.setattr(_hostile, "_alive", alive)
    seal = Told()
    lost = [one.seen for one in _hostile.attempts(seal) if one.verdict == "not held"]
    assert lost == (["process 4711 outlived the job"] if lasting else [])
    assert [mode for mode, *_ in seal.given].count("daemon") == (1 if lasting else 2)


def test_the_processor_is_used_up_long_before_the_clock_runs_out() -> None:
    limits = _hostile._JOBS["cpu-time"].limits
    assert (limits.cpu_seconds, limits.wall_seconds) == (1, 30)


def test_jobs_of_the_probe_start_without_a_priority_that_the_runner_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    asked: list[tuple[int, int, int]] = []
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpriority", lambda *_: -10)
        patched.setattr(os, "setpriority", lambda *given: asked.append(given))
        _hostile._level()
    assert asked == [(os.PRIO_PROCESS, 0, 0)]
    seal = Told()
    _hostile.attempts(seal)
    assert {nice for *_, nice in seal.given} == {max(0, own)}
    assert os.getpriority(os.PRIO_PROCESS, 0) == own


def test_a_probe_that_answers_nothing_held_nothing() -> None:
    made = _hostile.attempts(Told(attempts=_silent))
    assert sum(attempt.verdict == "not held" for attempt in made) == len(WORDS) - len(_hostile._JOBS)


def test_a_process_that_outlives_its_job_is_found() -> None:
    token = f"outlives-{os.getpid()}-"
    program = "import time; print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, token], stdout=subprocess.PIPE) as left:
        assert left.stdout is not None
        left.stdout.readline()  # /proc names a process only once it is under way
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
