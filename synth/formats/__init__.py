"""A report in, the files of its bundle out. A format is a file of this folder that states a FILENAME.

``bundle`` renders them all; ``render`` renders one. To add a format: one module with ``FILENAME: Final``
and ``render(report) -> bytes``; it is found by its file name and imported only when asked for.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Protocol

from synth.errors import UsageError
from synth.records import Report

__all__ = ["bundle", "filename", "names", "render"]

_STATED = re.compile(r"^FILENAME: Final = ", re.MULTILINE)
_MANIFEST = "manifest"


class Format(Protocol):
    """How a report is printed; ``FILENAME`` is the file's name in the bundle."""

    FILENAME: str

    def render(self, report: Report) -> bytes:
        """Return the bytes of the file: the same report, the same bytes."""
        ...


def names() -> tuple[str, ...]:
    """Return the names of all formats, sorted, without importing them."""
    here = sorted(Path(__file__).parent.glob("*.py"))
    return tuple(p.stem for p in here if _STATED.search(p.read_text(encoding="utf-8")))


def filename(name: str) -> str:
    """Return the name of the file that a format gives; raises UsageError for an unknown format."""
    return _load(name).FILENAME


def render(name: str, report: Report) -> bytes:
    """Return ``report`` in the format called ``name``; raises UsageError for an unknown one."""
    return _load(name).render(report)


def bundle(report: Report) -> dict[str, bytes]:
    """Return every file of the bundle by name, the manifest last: it holds the hashes of the others."""
    from synth.formats.manifest import FILENAME, render_manifest

    files = others(report)
    return files | {FILENAME: render_manifest(report, files)}


def others(report: Report) -> dict[str, bytes]:
    """Return every file of the bundle but the manifest, by name: the report first, then by file name."""
    loaded = [_load(name) for name in names() if name != _MANIFEST]
    ordered = sorted(loaded, key=lambda one: (not one.FILENAME.startswith("report."), one.FILENAME))
    return {one.FILENAME: one.render(report) for one in ordered}


def _load(name: str) -> Format:
    if name not in names():
        raise UsageError(f"no format called {name!r}", remedy=f"choose one of: {', '.join(names())}")
    module: Format = import_module(f"synth.formats.{name}")
    return module
