"""Rows and gold in, a folder named by its content out, and the same folder back with every file hashed anew.

``files.json`` lists the staged files (its SHA-256 names the folder), ``sources.json`` what they were made of.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synth.errors import InputError, OutputError
from synth.records import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A staged folder: ``sha256`` names its content, ``files`` lists it, ``counts`` are rows by file."""

    folder: Path
    sha256: str
    sources_sha256: str
    files: tuple[Artifact, ...]
    counts: Mapping[str, int]
    read: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Work:
    """A staging in progress: where it writes, what was read, how many rows each file got."""

    root: Path
    counts: dict[str, int] = field(default_factory=dict)
    read: dict[str, dict[str, Any]] = field(default_factory=dict)


@contextmanager
def begun(cache: Path) -> Iterator[Work]:
    """Give a fresh folder to write in, gone afterwards; raises OutputError where it cannot be written."""
    root = cache / f".building-{os.getpid()}"
    try:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        yield Work(root=root)
    except OSError as error:
        raise OutputError(
            f"the data cannot be staged in {cache}: {error}",
            remedy="make room, or set SYNTH_HOME to a folder with room",
        ) from error
    finally:
        shutil.rmtree(root, ignore_errors=True)


def opened(cache: Path, sha256: str) -> Staged:
    """Return the folder staged as ``sha256``, every file hashed anew; raises InputError where one differs."""
    folder = cache / f"data-{sha256[:16]}"
    listed = folder / "files.json"
    if listed.is_symlink() or not listed.is_file() or hashed(listed).sha256 != sha256:
        raise InputError(
            f"the staged data {folder.name} are not there or were changed",
            remedy="draft the spec again (the same data give the same name)",
        )
    raw = json.loads(listed.read_bytes())
    files = tuple(Artifact(name=f["name"], sha256=f["sha256"], size=f["size"]) for f in raw["files"])
    for file in files:
        path = folder / file.name
        if path.is_symlink() or not path.is_file() or hashed(path, name=file.name) != file:
            raise InputError(
                f"{path} was changed since it was staged", remedy="remove its folder and draft again"
            )
    return Staged(
        folder=folder,
        sha256=sha256,
        sources_sha256=hashed(folder / "sources.json").sha256,
        files=files,
        counts=raw["rows"],
        read=tuple(
            (one["part"], one["sha256"]) for one in json.loads((folder / "sources.json").read_bytes())
        ),
    )


def write(work: Work, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write ``rows`` one a line, and count them."""
    path = work.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    work.counts[name] = 0
    with path.open("w", encoding="utf-8", newline="\n", errors="replace") as file:
        for row in rows:
            file.write(_json(row) + "\n")
            work.counts[name] += 1


def put(work: Work, name: str, value: object) -> None:
    """Write ``value`` as one line of JSON."""
    path = work.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_json(value) + "\n", encoding="utf-8", newline="\n")


def note(work: Work, words: str, files: Iterable[Path], rows: int) -> None:
    """Record that ``rows`` were read from ``files``, each by its SHA-256."""
    listed = [hashed(file, name=file.name) for file in files]
    made = hashlib.sha256("\n".join(f.sha256 for f in listed).encode()).hexdigest()
    work.read[words] = {
        "part": words,
        "rows": rows,
        "sha256": made,
        "files": [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in listed],
    }


def close(work: Work, cache: Path) -> Staged:
    """List what was written, name the folder by it, and move it to its place in one step."""
    names = sorted(p.relative_to(work.root).as_posix() for p in work.root.rglob("*") if p.is_file())
    files = [hashed(work.root / name, name=name) for name in names]
    listed = [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in files]
    put(work, "files.json", {"files": listed, "rows": dict(sorted(work.counts.items()))})
    put(work, "sources.json", [work.read[words] for words in sorted(work.read)])
    for path in work.root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    work.root.chmod(0o755)
    sha256 = hashed(work.root / "files.json").sha256
    place = cache / f"data-{sha256[:16]}"
    if place.exists():  # another run may have it mounted: it stays, with what was read this time
        (work.root / "sources.json").replace(place / "sources.json")
    else:
        work.root.replace(place)
    return opened(cache, sha256)


def hashed(path: Path, *, name: str = "") -> Artifact:
    """Return the name, SHA-256 and size of a file."""
    with path.open("rb") as file:
        made = hashlib.file_digest(file, "sha256").hexdigest()
    return Artifact(name=name or path.name, sha256=made, size=path.stat().st_size)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
