"""A folder in, the content of its files out: plain files only, no larger than a cap, hostile JSON refused."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.text import printable

MANIFEST = "manifest.json"
GATE = "gate"
MOST_BYTES = 256 * 1024 * 1024
MOST_FILES = 1000
MOST_JSON = 64 * 1024 * 1024
MOST_LINE = 10_000_000
DEEPEST = 100
# a whole string, or a bracket; possessive, so that a hostile string costs no backtracking
_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a file and what to do; a ``notice`` says what could not be checked."""

    file: str
    what: str
    remedy: str
    notice: bool = False


def problem(file: str, what: str, remedy: str) -> Problem:
    """Return a problem whose words are safe to print."""
    return Problem(file=_line(file), what=_line(what), remedy=_line(remedy))


def notice(file: str, what: str, remedy: str) -> Problem:
    """Return a notice whose words are safe to print."""
    return Problem(file=_line(file), what=_line(what), remedy=_line(remedy), notice=True)


def _line(text: str) -> str:
    flat = " ".join(printable(text).split())
    return flat if len(flat) <= 300 else f"{flat[:299]}…"


class Files:
    """The plain files of a bundle, by name; ``refused`` says what in the folder is none.

    ``gate`` is the folder of its sealed attempts, None where there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.refused: list[Problem] = []
        self.gate: Path | None = None
        self._content: dict[str, bytes] = {}
        self._large: dict[str, str] = {}
        if folder.is_dir():
            self._list()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all plain files, sorted, those too large to open as well."""
        return tuple(sorted({*self._content, *self._large}))

    def _list(self) -> None:
        with os.scandir(self._folder) as entries:
            found = sorted(entries, key=lambda e: e.name)
        if len(found) > MOST_FILES:
            text = f"holds {len(found):,} entries; the first {MOST_FILES:,} were looked at"
            self.refused.append(problem(self._folder.name, text, "name the folder of one report bundle"))
        for entry in found[:MOST_FILES]:
            # asked of the entry itself: a link is not followed, to a file no more than to a folder
            kind = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISREG(kind):
                self._read(entry.name)
            elif entry.name == GATE and stat.S_ISDIR(kind):
                self.gate = self._folder / GATE
            elif not entry.name.startswith("."):
                what = (
                    "a link" if stat.S_ISLNK(kind) else "a folder" if stat.S_ISDIR(kind) else "no plain file"
                )
                self.refused.append(
                    problem(entry.name, f"is {what}, not a file of the bundle", "take it out of the folder")
                )

    def _read(self, name: str) -> None:
        path = self._folder / name
        try:
            # O_NOFOLLOW: the file may have become a link since it was listed
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(handle, "rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            self._large[name] = f"cannot be read: {error.strerror}"
            return
        if len(content) > MOST_BYTES:
            self._large[name] = f"is larger than {MOST_BYTES // 2**20} MB"
        else:
            self._content[name] = content

    def unread(self, name: str) -> str:
        """Return why a listed file was not read, or ""."""
        return self._large.get(name, "")

    def sha256(self, name: str) -> str:
        """Return the hash of a file, "" for one that is missing or was not read."""
        content = self._content.get(name)
        return hashlib.sha256(content).hexdigest() if content is not None else ""

    def text(self, name: str) -> str:
        """Return a text file, "" where it is missing or no UTF-8 (its hash is checked elsewhere)."""
        return self._content.get(name, b"").decode("utf-8", "replace")

    def json(self, name: str) -> Any:
        """Return the object that a JSON file holds, or the problem with it."""
        raw = self._raw(name)
        if isinstance(raw, Problem):
            return raw
        made = parsed(raw, name)
        if isinstance(made, Problem | dict):
            return made
        return problem(name, "holds no JSON object", "write the bundle again")

    def lines(self, name: str) -> list[Any] | Problem:
        """Return the objects of a JSON Lines file, or the first problem with it."""
        raw = self._raw(name)
        if isinstance(raw, Problem):
            return raw
        made: list[Any] = []
        for number, line in enumerate(raw.split(b"\n"), start=1):
            if not line.strip():
                continue
            if len(line) > MOST_LINE:
                return problem(
                    name, f"line {number} is longer than {MOST_LINE:,} bytes", "write the bundle again"
                )
            one = parsed(line, name, line=number)
            if isinstance(one, Problem):
                return one
            made.append(one)
        return made

    def _raw(self, name: str) -> bytes | Problem:
        if why := self.unread(name):
            return problem(name, why, "write the bundle again")
        if name not in self._content:
            return problem(name, "is missing", "name the folder of a report bundle, or write it again")
        content = self._content[name]
        if len(content) > MOST_JSON:
            return problem(name, f"is larger than {MOST_JSON // 2**20} MB", "write the bundle again")
        return content


def parsed(raw: bytes, name: str, *, line: int = 0) -> Any:
    """Return what a JSON text holds, or one problem: no UTF-8, no JSON, nested too deep, a doubled key."""
    where = f"line {line}: " if line else ""
    if nesting(raw) > DEEPEST:
        return problem(name, f"{where}JSON nested deeper than {DEEPEST} levels", "write the bundle again")
    try:
        return json.loads(raw, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return problem(name, f"{where}no JSON ({error})", "write the bundle again")


def nesting(raw: bytes) -> int:
    """Return how deep brackets nest outside strings (an upper bound where the text is no JSON)."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(raw):
        one = found.group()
        if one in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif one in (b"]", b"}"):
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
