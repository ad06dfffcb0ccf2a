"""Bytes and folders in, the same on the disk out: written whole and lasting, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synth.attempts.listing import opened
from synth.errors import OutputError

_REMEDY = "make room, or name a folder that you may write to"


def write(path: Path, content: bytes) -> None:
    """Write a new file and its folders, down to the disk; raises OutputError where that fails."""
    with plainly(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def replace(path: Path, content: bytes, *, aside: Path) -> None:
    """Put ``content`` in the place of ``path`` in one step, through the file ``aside`` in the same system."""
    with plainly(path):
        aside.unlink(missing_ok=True)
    write(aside, content)
    with plainly(path):
        aside.replace(path)
    settle(path.parent)


def copy(source: Path, target: Path, *, most: int) -> int:
    """Copy a plain file of at most ``most`` bytes and return its size; links are not followed."""
    descriptor = opened(source, most=most)
    with open(descriptor, "rb") as given, plainly(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            shutil.copyfileobj(given, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()


def move(folder: Path, target: Path) -> None:
    """Let a finished folder appear under its name in one step; raises OutputError where one is there."""
    for place, _, _ in os.walk(folder):
        settle(Path(place))
    with plainly(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
    settle(target.parent)


def sweep(folder: Path) -> None:
    """Take away a folder that a run left, if it is there; a link is taken away, not what it leads to."""
    with plainly(folder):
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)


def settle(folder: Path) -> None:
    """Make the entries of a folder last through a power cut."""
    with plainly(folder):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Turn what the operating system says of ``path`` into one line."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path.name}: {error.strerror}", remedy=_REMEDY) from error
