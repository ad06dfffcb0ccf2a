"""A folder in, its papers out: PDF, .txt and .md files by name, with what papers.bib or manifest.csv say.

Nothing is ranked or opened here. Whatever lies in the folder and is not announced is named in a Skipped.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from synth.errors import InputError
from synth.records import Found, Skipped
from synth.sources._bibliography import PAPERS, Entry, Index, entries
from synth.text import printable

LOCAL = True
METADATA = ("manifest.csv", "papers.bib")
"""Read beside the papers, in this order; the first entry that names a file describes it."""

_REMEDY = "put PDF, .txt or .md files there, or name another folder"


def search(question: str, *, limit: int, folder: Path) -> Iterator[Found | Skipped]:  # noqa: ARG001
    """Announce the papers beneath ``folder`` sorted by name, then the entries with only an abstract.

    ``Found.file`` is the name beneath the folder, with forward slashes. Papers beyond ``limit`` are
    counted in a Skipped. Raises InputError for a folder that is missing, no folder, or without papers.
    """
    _check(folder)
    files, skipped = _walk(folder)
    known, faults = _known(folder)
    yield from skipped
    yield from faults
    index = Index(known)
    entry_of = {name: index.describing(name) for name in files}
    used = {id(entry) for entry in entry_of.values()}
    orphans = [entry for entry in known if id(entry) not in used]
    papers = [_announced(name, entry) for name, entry in entry_of.items()]
    papers += [replace(e.found, file="") for e in orphans if e.found.abstract]
    if not papers:
        raise InputError(f"no papers in {_shown(folder)}", remedy=_REMEDY)
    yield from papers[:limit]
    if len(papers) > limit:
        yield Skipped(
            what=f"{len(papers) - limit} of {len(papers)} papers in {_shown(folder)}",
            reason=f"no more than {limit} were asked for",
            remedy="raise --limit",
        )
    for entry in orphans:
        if not entry.found.abstract:
            yield Skipped(
                what=f"{entry.origin}, line {entry.line}: {entry.key or entry.found.file}",
                reason="no file of the folder belongs to this entry, and it has no abstract",
                remedy="add the file, or name it in the entry's file field",
            )


def fetch(found: Found, *, folder: Path) -> Path | Skipped | None:
    """Return where ``found`` lies beneath ``folder``, or None for an entry with only an abstract."""
    return folder / found.file if found.file else None


def _check(folder: Path) -> None:
    if not folder.exists():
        raise InputError(f"no folder {_shown(folder)}", remedy="name a folder of papers that exists")
    if not folder.is_dir():
        raise InputError(f"{_shown(folder)} is a file, not a folder", remedy="name the folder that holds it")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise InputError(f"folder {_shown(folder)} may not be read", remedy="change its permissions")


def _walk(folder: Path) -> tuple[list[str], list[Skipped]]:
    """Return the names of the papers beneath ``folder``, sorted, and what else lies there."""
    root = folder.resolve()
    files: list[str] = []
    skipped: list[Skipped] = []
    others: Counter[str] = Counter()
    for place, folders, names in os.walk(folder, onerror=lambda e: skipped.append(_closed(e, folder))):
        kept = []
        for name in sorted(folders):
            path = Path(place, name)
            reason = _folder_fault(path)
            if reason:
                skipped.append(Skipped(what=_beneath(path, folder) + "/", reason=reason))
            else:
                kept.append(name)
        folders[:] = kept
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() not in PAPERS:
                others[path.suffix.lower() or "no ending"] += path.name not in METADATA
                continue
            fault = _fault(path, root)
            if fault:
                skipped.append(Skipped(what=_beneath(path, folder), reason=fault[0], remedy=fault[1]))
            else:
                files.append(path.relative_to(folder).as_posix())
    return sorted(files), sorted(skipped, key=lambda s: (s.what, s.reason)) + _other(others, folder)


def _fault(path: Path, root: Path) -> tuple[str, str] | None:
    """Return why the file is no paper to read and what to do, or None."""
    if path.name.startswith("."):
        return "hidden files are not read", "rename it, if it is a paper"
    if path.stem.lower() == "readme":
        return "a README describes the folder and is no paper", "rename it, if it is a paper"
    if printable(path.name) != path.name or "\n" in path.name or "\t" in path.name:
        return "its name holds characters that cannot be shown", "rename it"
    try:
        target = path.resolve(strict=True)
        mode = target.stat().st_mode
    except (OSError, RuntimeError):
        return "the link leads nowhere", "replace it by the file"
    if not target.is_relative_to(root):
        return "the link leads out of the folder", "copy the file here, or name its folder with --papers"
    if not stat.S_ISREG(mode):
        return "it is not a regular file", "replace it by the file"
    return None


def _folder_fault(path: Path) -> str:
    if path.name.startswith("."):
        return "hidden folders are not read"
    return "links to folders are not followed" if path.is_symlink() else ""


def _other(others: Counter[str], folder: Path) -> list[Skipped]:
    kinds = ", ".join(f"{_clean(kind)} {count}" for kind, count in sorted(others.items()) if count)
    if not kinds:
        return []
    return [
        Skipped(
            what=f"other files in {_shown(folder)}: {kinds}",
            reason="only .pdf, .txt and .md files are read as papers",
            remedy="convert them to PDF, if they are papers",
        )
    ]


def _known(folder: Path) -> tuple[list[Entry], list[Skipped]]:
    known: list[Entry] = []
    faults: list[Skipped] = []
    for name in METADATA:
        path = folder / name
        if path.is_file():
            read, missed = entries(path)
            known += read
            faults += missed
    return known, faults


def _announced(name: str, entry: Entry | None) -> Found:
    return replace(entry.found, file=name) if entry else Found(source="folder", title="", file=name)


def _closed(error: OSError, folder: Path) -> Skipped:
    what = _beneath(Path(error.filename), folder) if error.filename else _shown(folder)
    return Skipped(what=f"{what}/", reason="the folder may not be read", remedy="change its permissions")


def _beneath(path: Path, folder: Path) -> str:
    return _clean(path.relative_to(folder).as_posix())


def _shown(folder: Path) -> str:
    return _clean(folder.name or str(folder))


def _clean(name: str) -> str:
    return " ".join(printable(name).split())
