"""Limits go in, the shell that starts a job under them and packs what it wrote comes out.

``/bin/sh`` is process 1 of the seal. It writes to its standard output "started", then "exit N", then a tar of
``/job/out``; everything that the job prints goes to standard error. The job may forge all of it: what is read
there is checked as if it had.
"""

from __future__ import annotations

import platform
import re
import signal
from pathlib import Path

from synth.trials import Limits

MIB = 1 << 20
SHELL = "/bin/sh"
STARTED = b"started\n"
NEEDED = ("/bin/sh", "/usr/bin/prlimit", "/usr/bin/tar")
_EXIT = re.compile(rb"exit ([0-9]{1,3})\n")
# Whoever was to read "started" may have been killed before --die-with-parent took hold: then nothing runs.
# `kill -1` as process 1 reaches everything else in the seal: nothing may write while tar reads. As any other
# process it would reach all that the user runs on this machine.
_SCRIPT = """
exec 3>&1 1>&2
echo started >&3 || exit 1
"$@" 3>&-
code=$?
[ $$ = 1 ] && kill -KILL -1 2>/dev/null
echo "exit $code" >&3
cd /job/out && exec /usr/bin/tar --create --format=ustar --numeric-owner --sort=name . >&3 3>&-
"""


def under(limits: Limits, argv: tuple[str, ...], *, gpu: bool = False, others: int = 0) -> tuple[str, ...]:
    """Return the words of process 1 that run ``argv`` under ``limits``.

    The limits are set inside the seal and on the job alone, so that process 1 can still pack. ``others`` are
    processes of the same user outside, where the kernel counts them too. CUDA reserves more addresses than
    any machine has memory, so with ``gpu`` the limit is on data that can be written.
    """
    memory = "data" if gpu else "as"
    prlimit = (
        "/usr/bin/prlimit",
        f"--{memory}={_at_most(memory, limits.memory_mb * MIB)}",
        f"--cpu={_at_most('cpu', limits.cpu_seconds)}:{_at_most('cpu', limits.cpu_seconds + 1)}",
        f"--fsize={_at_most('fsize', limits.file_mb * MIB)}",
        f"--nproc={_at_most('nproc', limits.processes + others)}",
        f"--nofile={_at_most('nofile', 1024)}",
        "--core=0",
        "--memlock=0",
    )
    return (SHELL, "-c", _SCRIPT, "seal", *prlimit, "--", *argv)


def _at_most(name: str, wanted: int) -> int:
    """Return ``wanted``, or our own hard limit where that is lower: an ordinary user cannot raise it."""
    import resource  # not on every system that may ask what is lacking

    hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def counted_outside(uid: int) -> int:
    """Return how many tasks of ``uid`` a process limit inside counts, too: none since Linux 5.14."""
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    if version is None or (int(version[1]), int(version[2])) >= (5, 14):
        return 0
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            count += len(list((process / "task").iterdir())) if process.stat().st_uid == uid else 0
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended while we looked
    return count


def exit_code(code: int) -> int:
    """Return the code of a shell's ``$?`` as -N for a crash by signal N (a plain exit of 128 + N, too)."""
    return 128 - code if 128 < code < 128 + signal.NSIG else code


def head(stream: bytes) -> tuple[bool, int | None, int]:
    """Return from the first bytes of what process 1 wrote: started, the job's exit code, where the tar is."""
    if not stream.startswith(STARTED):
        return False, None, 0
    found = _EXIT.match(stream, len(STARTED))
    if found is None:
        return True, None, len(STARTED)
    return True, exit_code(int(found[1])), found.end()


def stopped_by(code: int, *, limits: Limits, cpu_seconds: float, log: str) -> str:
    """Return the limit that ended a job with exit code ``code``, or "".

    A limit that reaches the job as an exception of its own (no memory, file too large) is told by the last
    lines of its output; SIGKILL that nobody here sent is the CPU limit's second stroke, or the kernel's
    for memory.
    """
    if code == -signal.SIGXCPU or (code == -signal.SIGKILL and cpu_seconds >= limits.cpu_seconds):
        return "CPU time"
    if code == -signal.SIGXFSZ:
        return "output size"
    if code == 0:
        return ""
    tail = log[-4000:]
    if any(said in tail for said in ("No space left on device", "File too large")):
        return "output size"
    if any(said in tail for said in ("BlockingIOError: [Errno 11]", "can't start new thread", "Cannot fork")):
        return "processes"
    starved = ("MemoryError", "annot allocate memory", "bad_alloc", "can't allocate memory", "Out of memory")
    return "memory" if code == -signal.SIGKILL or any(said in tail for said in starved) else ""
