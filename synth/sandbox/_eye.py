"""A container goes in, what all its processes use together comes out, looked at a few times a second.

They are no children of ours: the kernel tells what they used only while they live.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from synth.sandbox._images import asked
from synth.sandbox._usage import proportional_mb, usage
from synth.trials import Limits

_LOOK = 0.25


@dataclass(slots=True)
class Eye:
    """What was seen so far: ``stopped`` is the limit that all together passed, or ""."""

    engine: tuple[str, ...]
    container: str
    limits: Limits
    stopped: str = ""
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0

    def end(self) -> None:
        """Kill the container, now."""
        asked(self.engine, "kill", "--signal", "KILL", self.container)

    def look(self, pid: int) -> None:
        """Look once at what is below ``pid``; end the container where it is past a limit."""
        used = usage(pid)
        self.cpu_seconds = max(self.cpu_seconds, used.cpu_seconds)
        self.peak_mb = max(self.peak_mb, used.peak_mb)
        if used.cpu_seconds > self.limits.cpu_seconds + 1:
            self._stop("CPU time")
        if used.resident_mb > self.limits.memory_mb and proportional_mb(pid) > self.limits.memory_mb:
            self._stop("memory")

    def process(self) -> int:
        """Return the number, outside, of the container's process 1, 0 while it has none."""
        told = asked(self.engine, "inspect", "--format", "{{.State.Pid}}", self.container).stdout.strip()
        return int(told) if told.isdigit() else 0

    def _stop(self, why: str) -> None:
        if not self.stopped:
            self.stopped = why
            self.end()


@contextmanager
def looking(engine: tuple[str, ...], container: str, limits: Limits) -> Iterator[Eye]:
    """Look at ``container`` until the block is left; raises SandboxError where the engine stops answering."""
    eye, over = Eye(engine, container, limits), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(_look_on, eye, over)
        try:
            yield eye
        finally:
            over.set()
        watching.result()


def _look_on(eye: Eye, over: threading.Event) -> None:
    pid = 0
    while not over.wait(_LOOK):
        pid = pid or eye.process()
        if pid:
            eye.look(pid)
