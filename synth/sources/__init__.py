"""A question in, announced papers and the files to read out: each source is a module of this folder.

A source announces papers (``search``) and brings the file of one (``fetch``). ``folder`` reads what lies
in folders that the user names; the others ask a service and keep what they download in a cache folder.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, cast

from synth.errors import SourceError, UsageError
from synth.records import Found, Skipped

__all__ = ["Source", "announce", "load", "names", "search"]


class Source(Protocol):
    """What a module of this folder offers."""

    LOCAL: bool
    """Whether ``folder`` is the user's folder of papers (asked once for each) or a cache for downloads."""

    def search(self, question: str, *, limit: int, folder: Path) -> Iterator[Found | Skipped]:
        """Announce at most ``limit`` papers; raises InputError or SourceError where there are none."""
        ...

    def fetch(self, found: Found, *, folder: Path) -> Path | Skipped | None:
        """Return the file of ``found``, why there is none, or None where only the abstract exists.

        Raises SourceError where the service cannot be reached, so that asking on makes no sense.
        """
        ...


def names() -> tuple[str, ...]:
    """Return the names of all sources, sorted: the files of this folder that have no leading underscore."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def load(name: str) -> Source:
    """Return the source called ``name``; raises UsageError for one that does not exist."""
    if name not in names():
        raise UsageError(f"no source called {name!r}", remedy=f"known: {', '.join(names())}")
    return cast(Source, importlib.import_module(f"{__name__}.{name}"))


def announce(
    name: str, question: str, *, limit: int, folders: Sequence[Path], cache: Path
) -> Iterator[Found | Skipped]:
    """Yield what the source announces, at most ``limit`` papers over all ``folders``; download nothing."""
    for _, item in _announced(load(name), question, limit=limit, folders=folders, cache=cache):
        yield item


def search(
    name: str, question: str, *, limit: int, folders: Sequence[Path], cache: Path
) -> Iterator[tuple[Path | None, Found] | Skipped]:
    """Yield each announced paper with its file, or with None where only its abstract can be read.

    A paper without file and without abstract is skipped. Once a service cannot be reached, the papers
    that are left are not asked for. Raises InputError for a folder that is missing or holds no papers,
    SourceError where a service cannot be searched, UsageError for an unknown source.
    """
    source = load(name)
    unreachable = ""
    for folder, item in _announced(source, question, limit=limit, folders=folders, cache=cache):
        if isinstance(item, Skipped):
            yield item
            continue
        try:
            path = None if unreachable and item.pdf_url else source.fetch(item, folder=folder)
        except SourceError as error:
            unreachable, path = error.message, None
        if unreachable and item.pdf_url:
            yield Skipped(
                what=_called(item), reason=f"the PDF was not fetched: {unreachable}", remedy="ask again later"
            )
        if isinstance(path, Path):
            yield path, item
            continue
        if path is not None:
            yield path
        if item.abstract:
            yield None, item
        elif path is None and not unreachable:
            yield Skipped(what=_called(item), reason="there is neither a file nor an abstract")


def _announced(
    source: Source, question: str, *, limit: int, folders: Sequence[Path], cache: Path
) -> Iterator[tuple[Path, Found | Skipped]]:
    left = limit
    for folder in folders if source.LOCAL else (cache,):
        for item in source.search(question, limit=left, folder=folder):
            left -= isinstance(item, Found)
            yield folder, item


def _called(found: Found) -> str:
    return found.file or found.arxiv or found.doi or found.title
