"""The running interpreter goes in, what the seal must show of it and what another user cannot read come out.

As root a job runs as an unprivileged uid. A folder that this uid could read, but that lies below one it may
not pass (an interpreter under a root-only home), is "hidden"; one that it may not read itself is "closed".
"""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from synth.errors import SandboxError

NOBODY = 65534
_TOO_MUCH = (
    "/",
    "/home",
    "/root",
    "/tmp",
    "/etc",
    "/var",
    "/opt",
    "/srv",
    "/mnt",
    "/media",
    "/run",
    "/sys",
    "/proc",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """``path`` starts it; ``folders`` (outside /usr, none within another) are shown at their own places."""

    path: str
    folders: tuple[Path, ...]


def interpreter() -> Interpreter:
    """Return the running interpreter with its prefixes and site-packages.

    Raises SandboxError where a prefix is a folder that holds more than an interpreter, such as a home.
    """
    if not sys.executable:
        raise SandboxError(
            "the running Python has no path of its own", remedy="start synth with a Python program"
        )
    real = Path(sys.executable).resolve()
    found = {
        *(Path(place) for place in (sys.prefix, sys.base_prefix, sys.exec_prefix)),
        *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")),
        real.parent.parent if real.parent.name == "bin" else real.parent,
    }
    outside = sorted(at for at in found if not at.is_relative_to("/usr") and at.is_dir())
    for at in outside:
        if too_much(at):
            raise SandboxError(
                f"the seal would have to show all of {at} to a job",
                remedy="run synth from a virtual environment",
            )
    folders = tuple(at for at in outside if not any(at != o and at.is_relative_to(o) for o in outside))
    return Interpreter(path=sys.executable, folders=folders)


def too_much(folder: Path) -> bool:
    """Return whether ``folder`` is a home or a top of the system, which no job may see whole."""
    return str(folder) in (*_TOO_MUCH, os.path.expanduser("~"))


def closed(folder: Path, *, uid: int) -> bool:
    """Return whether ``uid`` may not read ``folder`` (its top is asked, not each file below it)."""
    return not _allows(folder.resolve(), uid=uid, bits=0o5)


def hidden(folder: Path, *, uid: int) -> bool:
    """Return whether ``uid`` may not pass one of the folders above ``folder``."""
    return not all(_allows(above, uid=uid, bits=0o1) for above in folder.resolve().parents)


def _allows(path: Path, *, uid: int, bits: int) -> bool:
    found = os.stat(path)
    shift = 6 if found.st_uid == uid else 0
    return (found.st_mode >> shift) & bits == bits
