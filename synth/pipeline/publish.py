"""A report in, a bundle of files on disk out: all of them or none."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from synth import formats
from synth.errors import OutputError
from synth.records import Report

REPORTS = Path("reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A written report: the record, its folder and the names of its files."""

    report: Report
    folder: Path
    files: tuple[str, ...]


def slug(text: str) -> str:
    """Return a folder name made of the first words of ``text``: a-z, 0-9 and "-", at most 60 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    kept = ""
    for word in words:
        if len(kept) + len(word) + 1 > 60:
            break
        kept = f"{kept}-{word}" if kept else word
    return kept or "report"


def check_writable(folder: Path) -> None:
    """Raise OutputError unless ``folder`` can be made and written to: asked before the work, not after."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".synth-"):
            pass
    except OSError as error:
        raise _refused(folder, error) from error


def publish(report: Report, *, folder: Path) -> Bundle:
    """Write every file of the bundle; they appear together, or the old ones stay.

    Raises OutputError where the folder cannot be written or the disk is full.
    """
    files = formats.bundle(report)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".synth-", dir=folder))
        try:
            for name, content in files.items():
                with (made / name).open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            for name in files:
                (made / name).replace(folder / name)
        finally:
            shutil.rmtree(made)
    except OSError as error:
        raise _refused(folder, error) from error
    return Bundle(report=report, folder=folder, files=tuple(files))


def _refused(folder: Path, error: OSError) -> OutputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputError(
            f"the disk is full: cannot write {folder}",
            remedy="free some space and run again: it goes on here",
        )
    return OutputError(
        f"cannot write {folder}: {error.strerror}", remedy="name a folder that you may write to with --out"
    )
