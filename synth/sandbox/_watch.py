"""A seal's argv goes in; it is run under an eye outside, and what came through its two pipes comes out.

Standard output carries the results (see ``_limits``), standard error the log. Both are capped as they come;
the wall clock, the memory and the CPU time of the whole job are held from outside, by SIGKILL.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from synth.errors import SandboxError
from synth.sandbox._lines import Lines
from synth.sandbox._usage import Usage, children, proportional_mb, usage
from synth.trials import Limits

_FIRST_LOOK, _PAUSE = 0.02, 0.25
_GRACE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How it ended: ``code`` of the seal itself, ``stopped`` the limit held from outside or "".

    ``peak_mb`` is the largest process's, at least: exact where it is above this process's own, else as often
    as was looked.
    """

    code: int
    stopped: str
    log: str
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


@dataclass(slots=True)
class _Run:
    process: subprocess.Popen[bytes]
    lines: Lines
    results: BinaryIO
    results_left: int
    log_left: int
    kill: Callable[[int], None]
    stopped: str = ""
    killed_at: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def stop(self, why: str) -> None:
        """End the job for the first reason that comes up."""
        if not self.stopped:
            self.look()
            self.stopped, self.killed_at = why, time.monotonic()
            self.kill(self.process.pid)

    def look(self) -> Usage:
        """Note what the job has used: the kernel reaps what dies with process 1 without counting it."""
        used = usage(self.process.pid)
        self.cpu_seconds = max(self.cpu_seconds, used.cpu_seconds)
        self.peak_mb = max(self.peak_mb, used.peak_mb)
        return used


def watch(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    limits: Limits,
    results: BinaryIO,
    most_results: int,
    kill: Callable[[int], None],
    user: int | None = None,
    pass_fds: tuple[int, ...] = (),
    line: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Watched:
    """Run ``argv`` to its end or its limit; what it writes to standard output goes to ``results``, rewound.

    ``user`` is the uid and gid to run as (the caller is root). ``kill`` ends a job, given the process id of
    ``argv``; one that is not gone 2 seconds later is killed with its process group. Raises SandboxError where
    ``argv`` cannot be started; whatever ``line`` raises, after the job was ended.
    """
    with _started(argv, environment, user, pass_fds) as process:
        lines = Lines(line)
        run = _Run(process, lines, results, most_results, limits.log_mb << 20, kill)
        try:
            _drain(run, limits, stop or _never)
        finally:
            if process.returncode is None:
                kill(process.pid)
                _kill_group(process)
        lines.end()
    results.seek(0)
    return Watched(
        code=process.returncode,
        stopped=run.stopped,
        log=lines.text(),
        cpu_seconds=round(run.cpu_seconds, 3),
        wall_seconds=round(time.monotonic() - run.began, 3),
        peak_mb=round(run.peak_mb, 1),
    )


def _never() -> bool:
    return False


def end(pid: int) -> None:
    """End the process 1 of the seal that ``pid`` started, and with it all in it.

    Killing ``pid`` itself ends them, too (--die-with-parent), but then it does not wait until they are gone.
    """
    inside = children(pid)
    for child in inside or (pid,):
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it ended by itself just now


@contextmanager
def _started(
    argv: Sequence[str], environment: Mapping[str, str], user: int | None, pass_fds: tuple[int, ...]
) -> Iterator[subprocess.Popen[bytes]]:
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            pass_fds=pass_fds,
            start_new_session=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxError(
            f"the seal cannot be started: {argv[0]}: {error}", remedy="run `synth doctor`"
        ) from error
    with process:
        yield process


def _drain(run: _Run, limits: Limits, stop: Callable[[], bool]) -> None:
    """Read both pipes to their ends, which come when the last process inside is gone, and reap."""
    before = _own_peak_mb()
    deadline = run.began + limits.wall_seconds
    pause = _FIRST_LOOK
    look_at = run.began + pause
    with selectors.DefaultSelector() as pipes:
        for pipe, take in ((run.process.stdout, _take_results), (run.process.stderr, _take_log)):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            pipes.register(pipe, selectors.EVENT_READ, take)
        while pipes.get_map():
            now = time.monotonic()
            for key, _ in pipes.select(max(0.0, min(look_at, deadline) - now) if not run.stopped else _PAUSE):
                chunk = os.read(key.fd, 1 << 16)
                if chunk:
                    key.data(run, chunk)
                else:
                    pipes.unregister(key.fileobj)
            now = time.monotonic()
            if now >= deadline:
                run.stop("wall clock")
            if stop():
                run.stop("interrupted")
            if now >= look_at:
                pause = min(2 * pause, _PAUSE)
                look_at = now + pause
                _look(run, limits)
            if run.stopped and now > run.killed_at + _GRACE:
                _kill_group(run.process)
    _reap(run, before)


def _take_results(run: _Run, chunk: bytes) -> None:
    run.results_left -= len(chunk)
    if run.results_left < 0:
        run.stop("output size")
    elif not run.stopped:
        try:
            run.results.write(chunk)
        except OSError as error:
            remedy = "free the disk, or set TMPDIR to a folder with room"
            raise SandboxError(f"what the job wrote cannot be kept: {error}", remedy=remedy) from error


def _take_log(run: _Run, chunk: bytes) -> None:
    kept = chunk[: max(0, run.log_left)]
    run.log_left -= len(chunk)
    if not run.stopped:
        run.lines.add(kept)
    if run.log_left < 0:
        run.stop("log size")


def _look(run: _Run, limits: Limits) -> None:
    """Hold the limits that no process's own limit can: what all processes of the job use together."""
    used = run.look()
    if used.cpu_seconds > limits.cpu_seconds + 1:
        run.stop("CPU time")
    if used.resident_mb > limits.memory_mb and proportional_mb(run.process.pid) > limits.memory_mb:
        run.stop("memory")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _reap(run: _Run, before_mb: float) -> None:
    _, status, used = os.wait4(run.process.pid, 0)
    run.process.returncode = os.waitstatus_to_exitcode(status)
    run.cpu_seconds = max(run.cpu_seconds, used.ru_utime + used.ru_stime)
    peak = used.ru_maxrss / 1024
    # A child's peak starts from what its parent had when it was started (exec_mmap keeps the larger).
    if peak > before_mb:
        run.peak_mb = max(run.peak_mb, peak)


def _own_peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
