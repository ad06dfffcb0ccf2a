"""A seal goes in, the jobs of the hostile probe run in it side by side, and how each attempt ended comes out.

``_probe`` is the program inside. What only the outside can see is looked at here: whether a listener was
reached, which limit ended a job, what came out, and what is still alive.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from synth.errors import SandboxError
from synth.sandbox import Seal, _probe_powers, _probe_reach
from synth.sandbox._outside import Outside, outside
from synth.trials import Limits, Prepared, Ran

HERE = Path(__file__).resolve().parent
PROGRAM = ("_probe.py", "_probe_tries.py", "_probe_reach.py", "_probe_powers.py")
"""The files of this folder that run in the seal."""

Said = Literal["held", "not held", "not applicable"]
_MAIN = b"import sys\nfrom synth.sandbox import _probe\nsys.exit(_probe.main(sys.argv[1:]))\n"
_LONG = Limits(cpu_seconds=10, wall_seconds=20, memory_mb=256, file_mb=2, output_mb=4, log_mb=1, processes=24)
_PATIENCE = 5
"""How much more wall clock an attempt is given that is made again."""
_DYING = 5.0  # seconds; a killed process that waits this long for a processor is one no more
_SHORT = {"wall_seconds": 20, "memory_mb": 256, "file_mb": 1, "output_mb": 4, "log_mb": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One hostile attempt: what it tries, in words, how it ended, and what was seen."""

    name: str
    words: str
    verdict: Said
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """How a job of the probe went: ``ran`` is None where the seal refused its results, ``error`` says why.

    ``strays`` came out and should not have, ``files`` are in the outputs, ``alive`` still run.
    """

    ran: Ran | None
    error: str
    heard: tuple[str, ...]
    strays: tuple[str, ...]
    files: tuple[str, ...]
    alive: tuple[int, ...]


class _Leak(Exception):
    """The attempt was not held; the words say what was seen."""


class _Starved(_Leak):
    """It got through nowhere, but the clock ran out first: a busy machine may be why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A job judged from outside: ``judge`` returns what was seen where it was held, or raises _Leak."""

    mode: str
    words: str
    limits: Limits
    judge: Callable[[Went], str]


def attempts(seal: Seal) -> tuple[Attempted, ...]:
    """Return every attempt made in ``seal``; raises SandboxError where it cannot run the probe at all."""
    token = secrets.token_hex(16)
    with outside(token, limits=_LONG) as beyond, _threads() as pool:
        inside = pool.submit(_went, seal, "attempts", _LONG, token, beyond.told)
        # PR_SET_PDEATHSIG, by which a job dies with its parent, looks at the thread that started it: each
        # of these waits for its job
        going = {
            name: pool.submit(_went, seal, job.mode, job.limits, f"{token}-{name}")
            for name, job in _JOBS.items()
        }
        first = inside.result()
        went = {name: one.result() for name, one in going.items()}
        if _ran_out(first):
            first = pool.submit(_went, seal, "attempts", _patient(_LONG), token, beyond.told).result()
        told = tuple(_told(first, beyond))
        return (*told, *(_tried(seal, name, one, token=token, pool=pool) for name, one in went.items()))


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(len(_JOBS) + 1, initializer=_level)


def _level() -> None:
    """Take from this thread, and so from the jobs it starts, a priority that the runner was given.

    A job that starts below nice -5 gives some away by asking for -5: that would pass for a raise.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) < 0:
        os.setpriority(os.PRIO_PROCESS, 0, 0)


def _patient(limits: Limits) -> Limits:
    return replace(limits, wall_seconds=_PATIENCE * limits.wall_seconds)


def _ran_out(went: Went) -> bool:
    """Whether the clock ended the probe, and nothing that it had tried by then got through."""
    if went.ran is None or went.ran.stopped != "wall clock":
        return False
    said = dict(_reported(line) for line in went.heard if line.startswith("@attempt "))
    return all(verdict != "not held" for verdict, _ in said.values())


def prepared(mode: str, *, token: str, told: dict[str, object] | None = None) -> Prepared:
    """Return the job that runs the probe's ``mode``; ``token`` stands in its command line, to be found by."""
    files = [("__main__.py", _MAIN), ("synth/__init__.py", b""), ("synth/sandbox/__init__.py", b"")]
    files += [(f"synth/sandbox/{name}", (HERE / name).read_bytes()) for name in PROGRAM]
    files.append(("outside.json", json.dumps(told or {}).encode()))
    return Prepared(
        command=("{python}", "-S", "-E", "/job/inputs", "{seal}", mode, token), files=tuple(files)
    )


def _told(went: Went, beyond: Outside) -> Iterator[Attempted]:
    """Yield the attempts that the probe itself reports; one that it does not report was not held."""
    if went.ran is None:
        raise SandboxError(f"the hostile probe could not be run: {went.error}", remedy="run `synth doctor`")
    said = dict(_reported(line) for line in went.heard if line.startswith("@attempt "))
    other = [line for line in went.heard if not line.startswith("@attempt ")]
    silent = went.ran.stopped or " ".join(other[-1:]) or "it ended early"
    visited = beyond.visited()
    for name, (words, _) in (_probe_reach.ATTEMPTS | _probe_powers.ATTEMPTS).items():
        verdict, seen = said.get(name, ("not held", f"no answer: {silent}"[:200]))
        if name in visited:
            verdict, seen = "not held", "the listener outside was reached"
        yield Attempted(name=name, words=words, verdict=cast(Said, verdict), seen=seen)


def _reported(line: str) -> tuple[str, tuple[str, str]]:
    said = json.loads(line.removeprefix("@attempt "))
    return said["name"], (said["verdict"], said["seen"])


def _tried(seal: Seal, name: str, went: Went, *, token: str, pool: ThreadPoolExecutor) -> Attempted:
    """Return how an attempt ended; it is made once more, alone, where a busy machine may be why it failed."""
    job, mark = _JOBS[name], f"{token}-{name}"
    try:
        seen = _settled(job, went, mark)
    except _Starved:
        mark += "-again"
        went = pool.submit(_went, seal, job.mode, _patient(job.limits), mark).result()
        try:
            seen = _settled(job, went, mark)
        except _Leak as leak:
            return Attempted(name=name, words=job.words, verdict="not held", seen=f"twice: {leak}")
    except _Leak as leak:
        return Attempted(name=name, words=job.words, verdict="not held", seen=str(leak))
    return Attempted(name=name, words=job.words, verdict="held", seen=seen)


def _settled(job: _Job, went: Went, mark: str) -> str:
    """Return what was seen of an attempt that was held; raises _Leak for one that was not."""
    clocked = went.ran is not None and went.ran.stopped == "wall clock" and not went.strays
    if went.alive:
        gone = not went.strays and not _alive(mark, within=_DYING)
        raise (_Starved if gone else _Leak)(f"process {went.alive[0]} outlived the job")
    if not any(line.startswith("@began") for line in went.heard):
        words = f"it never began: {went.error or ' '.join(went.heard[-1:])}"[:200]
        raise (_Starved if clocked else _Leak)(words)
    return job.judge(went)


def _went(seal: Seal, mode: str, limits: Limits, token: str, told: dict[str, object] | None = None) -> Went:
    """Run one job and return how it went, with what came out and what outlived it."""
    heard: list[str] = []
    with tempfile.TemporaryDirectory(prefix="synth-probe-") as folder:
        out = Path(folder, "deep", "out")
        out.mkdir(parents=True)
        ran, error = None, ""
        try:
            ran = seal.run(prepared(mode, token=token, told=told), limits=limits, out=out, line=heard.append)
        except SandboxError as refusal:
            error = refusal.message
        return Went(
            ran=ran,
            error=error,
            heard=tuple(heard),
            strays=_strays(Path(folder), out),
            files=tuple(sorted(p.relative_to(out).as_posix() for p in out.rglob("*"))),
            alive=_alive(token),
        )


def _strays(folder: Path, out: Path) -> tuple[str, ...]:
    """Return what came out that should not have: all that is no plain file, all that is not in ``out``."""
    below = [path for path in folder.rglob("*") if path not in (out, out.parent)]
    found = [str(p.relative_to(folder)) for p in below if not p.is_relative_to(out) or not _plain(p)]
    return (
        *found,
        *(str(p) for p in (Path("/tmp/synth-forged"), Path("/synth-forged")) if os.path.lexists(p)),
    )


def _plain(path: Path) -> bool:
    seen = path.lstat()
    if stat.S_ISDIR(seen.st_mode):
        return True
    return stat.S_ISREG(seen.st_mode) and seen.st_nlink == 1 and not seen.st_mode & 0o7000


def _alive(token: str, *, within: float = 0.2) -> tuple[int, ...]:
    """Return the processes of this machine whose command line holds ``token`` for ``within`` seconds."""
    until = time.monotonic() + within
    while True:
        left = tuple(pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _names(pid, token))
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.02)


def _names(pid: int, token: str) -> bool:
    try:
        return token.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False  # it has ended


def _stopped_by(limit: str, used: Callable[[Ran], tuple[float, float, str]]) -> Callable[[Went], str]:
    """Return the judge of a job that ``limit`` must stop, having used no more than ``used`` allows."""

    def judge(went: Went) -> str:
        if went.ran is None:
            raise _Leak(went.error)
        amount, most, unit = used(went.ran)
        seen = f"stopped by {went.ran.stopped or 'nothing'} (exit {went.ran.exit_code}), {amount:.1f} {unit}"
        late = went.ran.stopped == "wall clock" and (limit == "wall clock" or amount <= most)
        if went.ran.stopped != limit or amount > most:
            raise (_Starved if late else _Leak)(seen)
        return seen

    return judge


def _ended_alone(went: Went) -> str:
    if went.ran is None:
        raise _Leak(went.error)
    return f"the job ended after {went.ran.wall_seconds:.1f} s and nothing of it was alive"


def _only_plain(went: Went) -> str:
    if went.strays:
        raise _Leak(f"came out: {', '.join(went.strays)}"[:200])
    if went.ran is not None and "kept" not in went.files:
        words = "not even the one plain file came out, so nothing is shown"
        raise (_Starved if went.ran.stopped == "wall clock" else _Leak)(words)
    return f"{len(went.files)} plain files came out" if went.ran else f"refused whole: {went.error}"[:200]


def _nothing_forged(went: Went) -> str:
    if went.strays:
        raise _Leak(f"came out: {', '.join(went.strays)}"[:200])
    ways = sum(line.startswith("@began /") for line in went.heard)
    return f"{ways} ways out taken, nothing came out elsewhere"


def _limited(**given: int) -> Limits:
    return Limits(**({"cpu_seconds": 10} | _SHORT | given))


_JOBS = {
    "cpu-time": _Job(
        mode="cpu",
        words="use more processor time than allowed",
        limits=_limited(cpu_seconds=1, wall_seconds=30),
        judge=_stopped_by("CPU time", lambda ran: (ran.cpu_seconds, 3.0, "s of CPU")),
    ),
    "wall-clock": _Job(
        mode="wall",
        words="sleep on and ignore every signal",
        limits=_limited(wall_seconds=1),
        judge=_stopped_by("wall clock", lambda ran: (ran.wall_seconds, 10.0, "s")),
    ),
    "log-size": _Job(
        mode="log",
        words="print without end",
        limits=_limited(),
        judge=_stopped_by("log size", lambda ran: (len(ran.log) / 2**20, 1.1, "MiB kept")),
    ),
    "memory-use": _Job(
        mode="memory",
        words="use memory without end",
        limits=_limited(memory_mb=128),
        judge=_stopped_by("memory", lambda ran: (ran.peak_mb, 192.0, "MiB")),
    ),
    "daemon": _Job(
        mode="daemon",
        words="leave a grandchild behind that has left the session",
        limits=_limited(),
        judge=_ended_alone,
    ),
    "odd-outputs": _Job(
        mode="odd",
        words="bring links, pipes, sockets and odd names out with the outputs",
        limits=_limited(output_mb=8),
        judge=_only_plain,
    ),
    "forged-outputs": _Job(
        mode="forge",
        words="forge the archive of outputs (../, absolute, through a link), flood its way out",
        limits=_limited(output_mb=1),
        judge=_nothing_forged,
    ),
}
WORDS = {name: words for name, (words, _) in (_probe_reach.ATTEMPTS | _probe_powers.ATTEMPTS).items()}
WORDS |= {name: job.words for name, job in _JOBS.items()}
"""Every attempt there is, in order, in words."""
