"""A folder that nobody vouches for in, its plain files with hashes out, and by name what in it is no such."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from synth.errors import InputError
from synth.records import Artifact, Skipped
from synth.text import printable

ATTESTATION = "attestation.dsse.json"
MOST_FILES = 20_000
MOST_BYTES = 1024**3
MOST_TOTAL = 4 * 1024**3
MOST_ENVELOPE = 16 * 1024 * 1024
DEEPEST = 8
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+=@,-]{0,99}")
_TAKE_OUT = "take it out of the attempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What lies in an attempt's folder now: ``files`` sorted by name, without the attestation.

    ``refused`` names links, devices, hidden and oversized files; none of them was opened. ``envelope`` is the
    attestation's bytes, None where there is none. ``digest`` is the SHA-256 over the files.
    """

    folder: Path
    files: tuple[Artifact, ...]
    refused: tuple[Skipped, ...]
    envelope: bytes | None

    @property
    def digest(self) -> str:
        """SHA-256 over the lines ``sha256  size  name`` of the files, sorted by name."""
        lines = "".join(f"{one.sha256}  {one.size}  {one.name}\n" for one in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def intact(self) -> bool:
        """Whether the folder holds exactly what its name (the digest's first 12 digits) says."""
        return not self.refused and self.folder.name == self.digest[:12]


def look(folder: Path) -> Found:
    """Return what lies in ``folder``; links are named, never followed, and nothing is opened that may block.

    Raises InputError for what is no folder, or a link to one.
    """
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise InputError(f"no folder {folder.name}", remedy="name the folder of one attempt")
    except OSError as error:
        remedy = "name the folder of one attempt, which you may read"
        raise InputError(f"no folder {folder.name}: {error.strerror}", remedy=remedy) from error
    files, refused, envelope = [], [], None
    room = MOST_TOTAL
    for name, why in _entries(folder):
        if why:
            refused.append(_no(name, why))
            continue
        try:
            if name == ATTESTATION:
                envelope = read(folder / name, most=MOST_ENVELOPE)
                continue
            artifact = hashed(folder / name, name=name, most=min(MOST_BYTES, room))
        except InputError as error:
            refused.append(_no(name, error.message))
            continue
        room -= artifact.size
        files.append(artifact)
    files.sort(key=lambda one: one.name)
    return Found(folder=folder, files=tuple(files), refused=tuple(refused), envelope=envelope)


def digest(folder: Path) -> str:
    """Return the SHA-256 over name, hash and size of every file but the attestation.

    Raises InputError where the folder holds anything but plain files of plain names.
    """
    found = look(folder)
    if found.refused:
        first = found.refused[0]
        raise InputError(f"{first.what} {first.reason}", remedy=first.remedy)
    return found.digest


def hashed(path: Path, *, name: str, most: int = MOST_BYTES) -> Artifact:
    """Return name, hash and size of a plain file; raises InputError for a link, a device, or a large one."""
    with open(opened(path, most=most), "rb") as file:
        total, summed = 0, hashlib.sha256()
        while chunk := file.read(1 << 20):
            total += len(chunk)
            summed.update(chunk)
            if total > most:
                raise InputError(f"{path.name} is larger than {most:,} bytes", remedy=_TAKE_OUT)
    return Artifact(name=name, sha256=summed.hexdigest(), size=total)


def read(path: Path, *, most: int) -> bytes:
    """Return the bytes of a plain file; raises InputError for a link, a device, or over ``most`` bytes."""
    with open(opened(path, most=most), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise InputError(f"{path.name} is larger than {most:,} bytes", remedy=_TAKE_OUT)
    return content


def opened(path: Path, *, most: int) -> int:
    """Return a descriptor of a plain file of at most ``most`` bytes, which whoever calls closes."""
    # O_NONBLOCK: a fifo that took the file's place must not hold us up; O_NOFOLLOW: nor a link lead us away
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}", remedy=_TAKE_OUT) from error
    kind = os.fstat(descriptor)
    if not stat.S_ISREG(kind.st_mode) or kind.st_size > most:
        os.close(descriptor)
        what = f"larger than {most:,} bytes" if stat.S_ISREG(kind.st_mode) else "no plain file"
        raise InputError(f"{path.name} is {what}", remedy=_TAKE_OUT)
    return descriptor


def named_badly(name: str) -> str:
    """Return why ``name`` ("outputs/seed-1/qa.json") is not one that an attempt's file may have, or ""."""
    parts = name.split("/")
    if len(parts) > DEEPEST:
        return f"lies more than {DEEPEST} folders deep"
    if any(part.startswith(".") for part in parts):
        return "is a hidden name"
    if all(_NAME.fullmatch(part) for part in parts):
        return ""
    return "has a name of other signs than letters, digits and _ . + = @ , -, or one too long"


def _entries(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each entry beneath ``folder``, and why it is refused or ""; folders are gone into."""
    seen = 0
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        at = waiting.pop()
        try:
            with os.scandir(folder.joinpath(*at)) as listed:
                entries = sorted(listed, key=lambda one: one.name)
        except OSError as error:
            yield "/".join(at) or folder.name, f"cannot be listed: {error.strerror}"
            continue
        if at and not entries:
            yield "/".join(at), "is an empty folder"
        for entry in entries:
            seen += 1
            if seen > MOST_FILES:
                yield "/".join((*at, entry.name)), f"and all after it: more than {MOST_FILES:,} entries"
                return
            name = "/".join((*at, entry.name))
            # asked of the entry itself: a link is not followed, to a file no more than to a folder
            try:
                kind = entry.stat(follow_symlinks=False).st_mode
            except OSError as error:
                yield name, f"cannot be looked at: {error.strerror}"
                continue
            why = named_badly(name) or _no_plain(kind)
            if not why and stat.S_ISDIR(kind):
                waiting.append((*at, entry.name))
            else:
                yield name, why


def _no_plain(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "is a link"
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else "is no plain file"


def _no(name: str, why: str) -> Skipped:
    shown = " ".join(printable(name).split())
    shown = shown if len(shown) <= 200 else f"{shown[:199]}…"
    return Skipped(what=shown or "a file without a printable name", reason=why, remedy=_TAKE_OUT)


def plain_files(folder: Path) -> tuple[str, ...]:
    """Return the sorted names of all files beneath a job's folder; raises InputError for what is none."""
    names: list[str] = []
    for name, why in _entries(folder):
        if why and why != "is an empty folder":
            refused = _no(name, why)
            raise InputError(f"{refused.what} {why}", remedy="let the program write plain files alone")
        if not why:
            names.append(name)
    return tuple(sorted(names))
