"""Questions about files go in, replies from limited child processes come out, in input order.

A child lasts over many files (its start costs about half a second); one that dies, hangs or
outgrows its memory costs the file it had in hand and is replaced. Nothing is forked: children
are fresh interpreters, so that threads of this process do them no harm.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from synth.reading.messages import Reply, Request, Task, View, pack, unpack_reply
from synth.records import Found, Span

START_SECONDS = 20.0
"""Added to the first wall-clock limit: starting Python and pymupdf on a loaded machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Wall-clock and CPU seconds for a file, and megabytes of address space for a child."""

    seconds: float
    memory_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A task on a file."""

    task: Task
    path: Path
    found: Found | None = None
    spans: tuple[Span, ...] = ()
    view: View | None = None


class Child:
    """One lasting child process; started at the first question and again after a death."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._fresh = True
        self._closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, asked: Asked) -> Reply:
        """Put one question and wait for its reply, at most the limit's seconds (after that: kill)."""
        process = self._running()
        if process is None:
            return Reply(error="was not read", remedy="the run was stopped; start it again")
        request = Request(
            task=asked.task,
            path=os.fsencode(asked.path),
            seconds=self._limits.seconds,
            found=asked.found,
            spans=asked.spans,
            view=asked.view,
        )
        overdue = threading.Event()
        allowed = self._limits.seconds + (START_SECONDS if self._fresh else 0.0)
        timer = threading.Timer(allowed, _kill_late, args=(process, overdue))
        timer.start()
        try:
            line = _exchange(process, pack(request))
        finally:
            timer.cancel()
        self._fresh = False
        if line.endswith(b"\n"):
            return unpack_reply(line)
        return self._autopsy(process, late=overdue.is_set())

    def close(self) -> None:
        """Kill the child, whatever it is doing, for good."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
            errors, self._errors = self._errors, None
        if process is not None:
            _bury(process)
        if errors is not None:
            errors.close()

    def _running(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closed:
                return None
            if self._process is None:
                self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
                self._process = _start(self._limits, errors=self._errors)
                self._fresh = True
            return self._process

    def _autopsy(self, process: subprocess.Popen[bytes], *, late: bool) -> Reply:
        """Bury the dead child and say what it died of."""
        with self._lock:
            errors, self._errors = self._errors, None
            if self._process is process:
                self._process = None
        _bury(process)
        last = _last_line(errors) if errors is not None else ""
        if errors is not None:
            errors.close()
        if late or process.returncode == -24:  # SIGXCPU
            return Reply(
                error=f"took longer than {self._limits.seconds:g} s to read",
                remedy="allow more time or leave the file out",
            )
        if "MemoryError" in last:
            return Reply(
                error=f"needs more than {self._limits.memory_mb} MB to read",
                remedy="allow more memory or leave the file out",
            )
        return Reply(
            error=f"ended its reader ({last or f'exit {process.returncode}'})",
            remedy="leave the file out, and report it as a fault",
        )


def each(asked: Sequence[Asked], *, workers: int, limits: Limits) -> Iterator[Reply]:
    """Give the reply to each question in order, from ``workers`` children; memory stays flat."""
    count = max(1, min(workers, len(asked)))
    children = [Child(limits) for _ in range(count)]
    idle = deque(children)  # append and popleft are atomic; there are as many threads as children

    def answer(question: Asked) -> Reply:
        child = idle.popleft()
        try:
            return child.ask(question)
        finally:
            idle.append(child)

    waiting: deque[Future[Reply]] = deque()
    with ThreadPoolExecutor(max_workers=count) as threads:
        try:
            for question in asked:
                if len(waiting) >= 2 * count:
                    yield waiting.popleft().result()
                waiting.append(threads.submit(answer, question))
            while waiting:
                yield waiting.popleft().result()
        finally:
            for child in children:
                child.close()
            threads.shutdown(wait=True, cancel_futures=True)


def _start(limits: Limits, *, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    # -P: the working directory, which may be a folder of strangers' files, is not searched for modules.
    roots = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(r for r in roots if r)}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "synth.reading.child", str(limits.memory_mb)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=environment,
    )


def _exchange(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """Send a line, return the answering line, or what there is of it when the child is dead."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except (BrokenPipeError, OSError):
        return b""
    return process.stdout.readline()


def _kill_late(process: subprocess.Popen[bytes], overdue: threading.Event) -> None:
    overdue.set()
    process.kill()


def _bury(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # a half-written request to a dead child has no reader; nothing is lost


def _last_line(errors: IO[bytes]) -> str:
    """Return the last line that a child wrote to stderr (a traceback ends with its exception)."""
    errors.seek(0)
    lines = errors.read(1_000_000).decode("utf-8", "replace").split("\n")
    said = [line.strip() for line in lines if line.strip()]
    return "".join(c for c in said[-1][:160] if c.isprintable()) if said else ""


__all__ = ["Asked", "Child", "Limits", "Reply", "View", "each"]
