"""A tar that a sealed job wrote goes in, checked plain files in a folder come out, and what was refused.

A reader of its own, for the ustar format of POSIX.1-1988 alone: an archive from a hostile job must not reach
a library that knows links, devices, sparse files and extended headers.
"""

from __future__ import annotations

import contextlib
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from synth.sandbox._staging import name_fault

MOST_ENTRIES = 4096
DEEPEST = 8
_BLOCK = 512
_KINDS = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a named pipe",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """``files`` came out (names with "/", in order); ``refused`` says what did not and why, printable.

    ``over`` is true where the archive passed a size or a count and was not read on.
    """

    files: tuple[str, ...]
    refused: tuple[str, ...]
    over: bool = False


class _Entry(NamedTuple):
    name: str
    kind: bytes
    size: int


@dataclass(slots=True)
class _Taken:
    """The names used so far, as a file system without case and with one Unicode form would see them."""

    files: set[str] = field(default_factory=set)
    folders: dict[str, str] = field(default_factory=dict)


class _Broken(Exception):
    """The archive cannot be read on; the words say why."""


def most_bytes(output_mb: int) -> int:
    """Return how large a tar of ``output_mb`` MiB can be: content, header and padding of each, the end."""
    return (output_mb << 20) + MOST_ENTRIES * 2 * _BLOCK + 20 * _BLOCK


def unpack(tar: BinaryIO, out: Path, *, output_mb: int) -> Unpacked:
    """Read ``tar`` from where it stands into the empty folder ``out``: plain files with checked names.

    Links, devices, pipes, sparse and extended entries, names that are absolute, hold ".." or unprintable
    characters, that are taken (also in another case or Unicode form) or lie deeper than 8 folders do not come
    out and are named. At most 4,096 entries and ``output_mb`` MiB; nothing is read past them.
    Raises OSError where ``out`` cannot be written.
    """
    files: list[str] = []
    refused: list[str] = []
    taken = _Taken()
    left = output_mb << 20
    top = os.open(out, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for count, entry in enumerate(_entries(tar)):
            left -= entry.size
            if count >= MOST_ENTRIES or left < 0:
                over = f"more than {MOST_ENTRIES} entries" if left >= 0 else f"more than {output_mb} MiB"
                return Unpacked(files=tuple(files), refused=(*refused, over), over=True)
            fault = "" if _is_folder(entry) else _fault(entry, taken)
            if fault:
                refused.append(f"{_shown(entry.name)}: {fault}")
            if fault or _is_folder(entry):
                _skip(tar, entry.size)
                continue
            _write(tar, entry, top)
            files.append(entry.name)
    except _Broken as broken:
        refused.append(str(broken))
    finally:
        os.close(top)
    return Unpacked(files=tuple(files), refused=tuple(refused))


def _entries(tar: BinaryIO) -> Iterator[_Entry]:
    """Read header after header; the caller consumes each content before the next."""
    while True:
        header = tar.read(_BLOCK)
        if len(header) < _BLOCK:
            raise _Broken("the archive is cut short")
        if not any(header):
            return
        yield _entry(header)


def _entry(header: bytes) -> _Entry:
    if header[257:263] != b"ustar\0":
        raise _Broken("the archive is not in the ustar format")
    if _octal(header[148:156]) != sum(header[:148]) + 8 * 0x20 + sum(header[156:]):
        raise _Broken("the archive has a header with a wrong checksum")
    prefix, name = (raw.split(b"\0", 1)[0] for raw in (header[345:500], header[:100]))
    try:
        text = (prefix + b"/" + name if prefix else name).decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    kind = header[156:157]
    # only these hold content; a size in another's header says nothing of what follows
    size = _octal(header[124:136]) if kind not in _KINDS else 0
    return _Entry(text.removeprefix("./"), b"0" if kind == b"\0" else kind, size)


def _octal(raw: bytes) -> int:
    digits = raw.strip(b" \0")
    if not digits or not all(0x30 <= digit <= 0x37 for digit in digits):
        raise _Broken("the archive has a header with a number that is none")
    return int(digits, 8)


def _is_folder(entry: _Entry) -> bool:
    return entry.kind == b"5" and entry.size == 0


def _fault(entry: _Entry, taken: _Taken) -> str:
    """Return why ``entry`` is not let out, or "" after taking its name."""
    if entry.kind != b"0":
        return f"{_KINDS.get(entry.kind, 'an entry of another kind')}, not a plain file"
    if fault := name_fault(entry.name):
        return fault
    parts = entry.name.split("/")
    if len(parts) > DEEPEST:
        return f"deeper than {DEEPEST} folders"
    folders = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    if _folded(entry.name) in taken.files | taken.folders.keys():
        return "the name is taken"
    if any(_folded(at) in taken.files or taken.folders.get(_folded(at), at) != at for at in folders):
        return "its folder's name is taken"
    taken.files.add(_folded(entry.name))
    taken.folders.update((_folded(at), at) for at in folders)
    return ""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:80]) or "(an empty name, or none in UTF-8)"


def _write(tar: BinaryIO, entry: _Entry, top: int) -> None:
    """Write one file below the open folder ``top``, following no link."""
    *folders, last = entry.name.split("/")
    at = os.dup(top)
    try:
        for part in folders:
            at = _step(part, at)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with open(os.open(last, flags, 0o644, dir_fd=at), "wb") as file:
            try:
                for chunk in _content(tar, entry.size):
                    file.write(chunk)
            except _Broken:
                os.unlink(last, dir_fd=at)
                raise
    finally:
        os.close(at)


def _step(part: str, at: int) -> int:
    """Return the open folder ``part`` of the open folder ``at``, made where it is not, and close ``at``."""
    with contextlib.suppress(FileExistsError):  # an earlier file lies in it
        os.mkdir(part, 0o755, dir_fd=at)
    below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
    os.close(at)
    return below


def _content(tar: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield ``size`` bytes of ``tar`` and read the padding after them."""
    left = size
    while left:
        chunk = tar.read(min(left, 1 << 20))
        if not chunk:
            raise _Broken("the archive is cut short")
        left -= len(chunk)
        yield chunk
    if len(tar.read(-size % _BLOCK)) < -size % _BLOCK:
        raise _Broken("the archive is cut short")


def _skip(tar: BinaryIO, size: int) -> None:
    for _ in _content(tar, size):
        pass
