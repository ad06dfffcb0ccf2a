"""A machine in, a list of what is installed, found and cached out, with what mends each lack."""

from __future__ import annotations

import importlib.metadata
import shutil
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from synth.errors import SynthError

NEEDED = (
    "pymupdf", "pypdfium2", "spacy", "onnxruntime", "tokenizers", "numpy", "sqlite-utils", "typst",
    "jinja2", "msgspec", "jsonschema", "arxiv", "httpx", "rich", "typer", "textual", "textual-image",
    "pillow", "cryptography",
)  # fmt: skip
OPTIONAL = {"sentence-transformers": "any other encoder by name: pip install 'synth[transformers]'"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: whether it is well, what was found, and what to do if not."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    needed: bool = True


def examine(
    *, home: Path, models: Mapping[str, Callable[[], str]], rows: Callable[[], Mapping[str, int]]
) -> tuple[Check, ...]:
    """Look at everything a run needs; ``models`` load and name themselves, ``rows`` counts the store."""
    return (
        _python(),
        *(_library(name) for name in NEEDED),
        *(_optional(name, why) for name, why in OPTIONAL.items()),
        _full_text_search(),
        *(_model(name, load) for name, load in models.items()),
        _home(home),
        _store(rows),
        _space(home),
    )


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check(
        name="Python", ok=sys.version_info >= (3, 11), found=version, remedy="install Python 3.11 or newer"
    )


def _library(name: str) -> Check:
    try:
        return Check(name=name, ok=True, found=importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Check(name=name, ok=False, found="not installed", remedy=f"pip install {name}")


def _optional(name: str, why: str) -> Check:
    try:
        return Check(name=name, ok=True, found=importlib.metadata.version(name), needed=False)
    except importlib.metadata.PackageNotFoundError:
        return Check(name=name, ok=False, found="not installed (optional)", remedy=why, needed=False)


def _full_text_search() -> Check:
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("create virtual table t using fts5(x, tokenize='porter unicode61')")
    except sqlite3.OperationalError as error:
        return Check(
            name="SQLite FTS5", ok=False, found=str(error), remedy="use a Python whose SQLite has FTS5"
        )
    return Check(name="SQLite FTS5", ok=True, found=sqlite3.sqlite_version)


def _model(name: str, load: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, found=load())
    except SynthError as error:
        return Check(name=name, ok=False, found=error.message, remedy=error.remedy)


def _home(home: Path) -> Check:
    return Check(name="home", ok=True, found=f"{home}{'' if home.exists() else ' (made on first use)'}")


def _store(rows: Callable[[], Mapping[str, int]]) -> Check:
    try:
        counts = rows()
    except SynthError as error:
        return Check(name="store", ok=False, found=error.message, remedy=error.remedy)
    kept = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return Check(name="store", ok=True, found=kept or "empty")


def _space(home: Path) -> Check:
    place = next((p for p in (home, *home.parents) if p.exists()), Path.cwd())
    free = shutil.disk_usage(place).free / 1e9
    return Check(
        name="free space", ok=free > 0.5, found=f"{free:.1f} GB", remedy="free some space: a run wants 0.5 GB"
    )
