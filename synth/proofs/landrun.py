"""A command of comparator's in, the same command run out: stands where landrun would, within our own seal.

Comparator puts each build and each export into landrun. Here every build had a seal of its own before, and
nothing of the submission may run beside comparator: so ``lake build`` builds nothing and only looks whether
the compiled module is there, and the exporter alone is started. It maps a stranger's compiled file into its
memory, so Landlock keeps it from all writing and from the memory of comparator, which the seal alone does not
(/proc/PID/mem). Anything else ends with status 64, and so does a kernel without Landlock.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

COMPILED = Path(".lake", "build", "lib", "lean")
VALUED = ("--ro", "--rw", "--rox", "--rwx", "--env")
PLAIN = ("--best-effort", "-ldd", "--ldd", "-add-exec", "--add-exec")
MODULES = ("Challenge", "Solution")
# linux/prctl.h and linux/landlock.h; the numbers of the calls are those of every architecture
NO_NEW_PRIVS, CREATE_RULESET, RESTRICT_SELF = 38, 444, 446
# WRITE_FILE, and REMOVE_DIR to MAKE_SYM: all that the first version of Landlock knows of writing
WRITES = sum(1 << bit for bit in (1, *range(4, 13)))


def main(arguments: list[str]) -> int:
    """Return the status of a build that is already there; an export replaces this process."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-"):
        if arguments[at] not in (*VALUED, *PLAIN):
            return _refuse(f"the option {arguments[at]}")
        at += 2 if arguments[at] in VALUED else 1
    command = arguments[at:]
    if len(command) == 3 and command[:2] == ["lake", "build"] and command[2] in MODULES:
        return 0 if (COMPILED / f"{command[2]}.olean").is_file() else _refuse(f"no compiled {command[2]}")
    if not command or Path(command[0]).name != "lean4export":
        return _refuse(" ".join(command)[:200] or "no command")
    if confined():
        os.execvp(command[0], command)
    return _refuse("this kernel has no Landlock")


def confined() -> bool:
    """Return whether this process, and what it becomes, may from now on write and trace nothing outside."""
    libc = ctypes.CDLL(None, use_errno=True)
    one, none = ctypes.c_ulong(1), ctypes.c_ulong(0)
    if libc.prctl(NO_NEW_PRIVS, one, none, none, none) != 0:
        return False
    handled = ctypes.c_uint64(WRITES)
    rules = libc.syscall(CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(8), none)
    return bool(rules >= 0 and libc.syscall(RESTRICT_SELF, rules, none) == 0)


def _refuse(what: str) -> int:
    print(f"in landrun's place: {what}", file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
