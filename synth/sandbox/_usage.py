"""The id of a sealed run's first process goes in, what its whole tree uses now comes out.

A limit of ``setrlimit`` binds one process. What all of a job use together is read from /proc, from outside:
CPU time and resident memory, a few times a second.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_GONE = (FileNotFoundError, ProcessLookupError, PermissionError)


class Usage(NamedTuple):
    """Seconds of CPU of all together, MiB resident of all together, and the largest process's peak in MiB."""

    cpu_seconds: float
    resident_mb: float
    peak_mb: float


def usage(pid: int) -> Usage:
    """Return what the processes below ``pid`` use; those that end meanwhile count as nothing."""
    cpu = resident = peak = 0.0
    tick = os.sysconf("SC_CLK_TCK")
    for below in _tree(pid):
        try:
            status = _fields(Path(f"/proc/{below}/status").read_text())
            # after the name, which may hold anything: fields 14 to 17 of proc_pid_stat(5)
            times = Path(f"/proc/{below}/stat").read_text().rpartition(")")[2].split()[11:15]
        except _GONE:
            continue
        cpu += sum(map(int, times)) / tick
        resident += status.get("VmRSS", 0) / 1024
        peak = max(peak, status.get("VmHWM", 0) / 1024)
    return Usage(cpu, resident, peak)


def proportional_mb(pid: int) -> float:
    """Return the memory of all below ``pid`` with shared pages counted once (as far as it may be read)."""
    total = 0.0
    for below in _tree(pid):
        try:
            total += _fields(Path(f"/proc/{below}/smaps_rollup").read_text()).get("Pss", 0) / 1024
        except _GONE:
            continue
    return total


def children(pid: int) -> tuple[int, ...]:
    """Return the ids of the children of ``pid``, none where the kernel does not tell."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("[0-9]*/children"):
        try:
            found += map(int, listed.read_text().split())
        except _GONE:
            continue
    return tuple(found)


def _tree(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from _tree(child)


def _fields(text: str) -> dict[str, int]:
    """Return the fields in kB of a status file."""
    rows = (row.split() for row in text.splitlines())
    return {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) == 3 and row[2] == "kB"}
