"""A container engine goes in, what runs that were killed have left in it is removed.

A container outlives whoever started it. Its name says who that was: boot, process and when that process
began, so that a number used again is not taken for its owner.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from synth.sandbox._images import asked

LABEL = "synth.seal"
_NAME = re.compile(r"synth-seal-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}")


def fresh_name() -> str:
    """Return a name for a container of this process."""
    return f"synth-seal-{_boot()}-{os.getpid()}-{_began(os.getpid())}-{secrets.token_hex(4)}"


def sweep(engine: tuple[str, ...]) -> tuple[str, ...]:
    """Remove the containers with our label whose owner is gone, and return their names.

    One of another boot may belong to another machine that shares the engine: it is left alone while it runs.
    Raises SandboxError where the engine does not answer.
    """
    listed = asked(engine, "ps", "--all", "--filter", f"label={LABEL}", "--format", "{{.Names}} {{.Status}}")
    rows = (row.split(maxsplit=1) for row in listed.stdout.decode(errors="replace").splitlines())
    left = tuple(row[0] for row in rows if len(row) == 2 and _is_left(*row))
    if left:
        asked(engine, "rm", "--force", *left)
    return left


def _is_left(name: str, status: str) -> bool:
    owner = _NAME.fullmatch(name)
    if owner is None:
        return False
    if owner[1] != _boot():
        return not status.startswith("Up")
    return _began(int(owner[2])) != int(owner[3])


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]


def _began(pid: int) -> int:
    """Return when ``pid`` began, in ticks since boot (field 22 of proc_pid_stat(5)), 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return 0
