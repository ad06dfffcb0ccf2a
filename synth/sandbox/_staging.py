"""A prepared job goes in, a read-only folder of its inputs and its words of command come out.

Both backends use it. The folder holds one directory per staged folder as a place to mount it on.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from synth.errors import SandboxError
from synth.sandbox._interpreter import NOBODY, hidden, too_much
from synth.trials import Prepared

INPUTS = "/job/inputs"
OUT = "/job/out"
STATE = "/job/state"
PREFIX = "synth-seal-"
_LONGEST = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """``inputs`` is bound at ``/job/inputs``, each of ``folders`` at ``/job/inputs/<name>``.

    ``root`` is the fresh folder around them, readable by all and gone when the run is over.
    """

    root: Path
    inputs: Path
    folders: tuple[tuple[str, Path], ...]


@contextmanager
def staged(prepared: Prepared) -> Iterator[Staged]:
    """Write the inputs of ``prepared`` to a fresh folder (0755, files 0444) that is removed afterwards.

    The folder is locked while in use, so that the next run can sweep those whose owner was killed. Raises
    SandboxError for a name that is not allowed, a name given twice, or a folder that is not there.
    """
    import fcntl  # not on every system that may ask what is lacking

    folders = _checked(prepared)
    parent = _parent()
    sweep(parent)
    root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    held = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            _fill(root / "inputs", prepared)
        except OSError as error:
            remedy = "free the disk, or set TMPDIR to a folder with room"
            raise SandboxError(f"the inputs cannot be written to {root}: {error}", remedy=remedy) from error
        yield Staged(root=root, inputs=root / "inputs", folders=folders)
    finally:
        shutil.rmtree(root)
        os.close(held)


def kept(state: Path | None) -> tuple[Path, ...]:
    """Return the folder of a job's state, () for none, given to the user whom a job of root's runs as."""
    if state is None:
        return ()
    if os.geteuid() == 0:
        os.chown(state, NOBODY, NOBODY)
    state.chmod(0o700)
    return (state.resolve(),)


def words(prepared: Prepared, *, python: str, marker: str) -> tuple[str, ...]:
    """Return the argv of ``prepared``: "{python}" is the interpreter's path, "{seal}" the run's marker."""
    stand_for = {"{python}": python, "{seal}": marker}
    argv = tuple(stand_for.get(word, word) for word in prepared.command)
    if not argv or not argv[0]:
        raise SandboxError("the job has no command", remedy="an experiment names one in Prepared.command")
    if any("\0" in word for word in argv):
        raise SandboxError("the command of the job holds a NUL byte", remedy="mend the experiment")
    return argv


def environment(marker: str) -> dict[str, str]:
    """Return the whole environment of a job; ``marker`` tells a program that it runs in this very seal."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "LOGNAME": "nobody",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "SYNTH_SEAL": marker,
    }


def name_fault(name: str) -> str:
    """Return what is wrong with ``name`` as a path below a folder of ours, or ""."""
    if not name or len(name.encode("utf-8", "replace")) > _LONGEST:
        return "empty or too long"
    if not name.isprintable() or "\\" in name:
        return "it holds a character that is not allowed"
    if name.startswith("/"):
        return "it is absolute"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "it holds an empty part, '.' or '..'"
    return ""


def sweep(parent: Path) -> None:
    """Remove the folders of our own that a killed run left in ``parent``: those that nobody has locked."""
    for left in parent.glob(f"{PREFIX}*"):
        _sweep_one(left)


def _sweep_one(left: Path) -> None:
    import fcntl

    try:
        held = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return  # its owner has just removed it, or it was never ours
    try:
        if os.fstat(held).st_uid != os.geteuid():
            return
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # a run that has only just made its folder has not locked it yet: it has no inputs either
        if (left / "inputs").exists():
            shutil.rmtree(left)
    except (BlockingIOError, FileNotFoundError):
        return
    finally:
        os.close(held)


def _parent() -> Path:
    """Return the folder for temporary files, or /tmp where an unprivileged uid could not pass that one."""
    parent = Path(tempfile.gettempdir())
    return Path("/tmp") if os.geteuid() == 0 and hidden(parent / "inputs", uid=NOBODY) else parent


def _checked(prepared: Prepared) -> tuple[tuple[str, Path], ...]:
    """Return the folders with their real paths, or raise SandboxError for the first thing that is wrong."""
    names = [name for name, _ in (*prepared.files, *prepared.folders)]
    for name in names:
        if fault := name_fault(name):
            raise SandboxError(f"the input name {name!r} is not allowed: {fault}", remedy="rename the input")
    taken: set[str] = set()
    for name in names:
        if name in taken or any(other.startswith(f"{name}/") for other in names):
            raise SandboxError(f"the input name {name!r} is taken twice", remedy="rename one of the inputs")
        taken.add(name)
    folders = []
    for name, folder in prepared.folders:
        if not folder.is_dir():
            raise SandboxError(f"the input folder {folder} is not a folder", remedy="name one that exists")
        if too_much(folder.resolve()):
            raise SandboxError(
                f"the input folder {folder} holds more than an input", remedy="name one below it"
            )
        folders.append((name, folder.resolve()))
    return tuple(folders)


def _fill(inputs: Path, prepared: Prepared) -> None:
    """Write the files, and an empty folder for each that will be mounted."""
    inputs.mkdir()
    for name, content in prepared.files:
        path = inputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, _ in prepared.folders:
        (inputs / name).mkdir(parents=True)
    _open_to_all(inputs.parent)


def _open_to_all(root: Path) -> None:
    """Let the unprivileged uid of the seal read what is below ``root``, whatever the umask was."""
    for folder, _, files in os.walk(root):
        for name in files:
            os.chmod(os.path.join(folder, name), 0o444)
        os.chmod(folder, 0o755)
