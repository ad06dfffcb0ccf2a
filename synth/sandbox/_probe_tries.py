"""A hostile call goes in, whether it was refused comes out: the words that all attempts are told in."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Callable
from typing import Any

HELD, LEAKED, MOOT = "held", "not held", "not applicable"
Verdict = tuple[str, str]
Outside = dict[str, Any]
"""What the runner tells of itself; ``_preflight`` writes it, with the listeners and files it made."""

DENIED = {errno.EPERM, errno.EACCES, errno.ENOSYS}
ABSENT = DENIED | {errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ENXIO, errno.ENODEV, errno.ELOOP}
FAMILY = DENIED | {errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT}
CUT_OFF = FAMILY | {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.ECONNREFUSED}


def refused(call: Callable[..., object], *args: object, by: set[int] = DENIED) -> Verdict:
    """Return held where ``call`` fails with one of the errors ``by``; any other end is not held."""
    try:
        call(*args)
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, str(error))
        return (HELD if error.errno in by else LEAKED), name
    return LEAKED, "it succeeded"


def syscall(number: int, *args: object) -> int:
    """Make a raw system call; raises OSError with its errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    answer = int(libc.syscall(ctypes.c_long(number), *given))
    if answer == -1:
        raise OSError(ctypes.get_errno(), "refused")
    return answer


def together(verdicts: list[tuple[str, Verdict]]) -> Verdict:
    """Return not held with the first that was not, else held with what was seen of all."""
    for what, (verdict, seen) in verdicts:
        if verdict == LEAKED:
            return LEAKED, f"{what}: {seen}"
    return HELD, ", ".join(sorted({seen for _, (_, seen) in verdicts}))


def machine(x86: int, arm: int) -> int:
    """Return the number of a system call here (x86-64, aarch64), -1 where this machine has none."""
    return {"x86_64": x86, "aarch64": arm}.get(platform.machine(), -1)


def called(*numbers: tuple[int, int], args: tuple[object, ...] = (0, 0, 0, 0, 0, 0)) -> Verdict:
    """Return whether each of the system calls (x86-64, aarch64) is refused, whatever its arguments."""
    here = [number for number in (machine(*pair) for pair in numbers) if number >= 0]
    if not here:
        return MOOT, f"{platform.machine()} has no such call"
    return together([(f"call {number}", refused(syscall, number, *args)) for number in here])


def pids() -> list[int]:
    """Return the processes in sight."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def reads(path: str, words: str) -> bool:
    """Return whether ``words`` stand in the first MiB of the file ``path``."""
    try:
        with open(path, "rb") as file:
            return words.encode() in file.read(1 << 20)
    except OSError:
        return False


def closes(path: str, flags: int = os.O_RDONLY) -> None:
    """Open ``path`` and close it."""
    os.close(os.open(path, flags | os.O_NONBLOCK))
