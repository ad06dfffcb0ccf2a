"""A report in, a bundle of files on disk out: all of them or none."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from synth import formats
from synth.errors import OutputError
from synth.records import Label, Report

REPORTS = Path("reports")
DEMO_QUESTION = "Does English intermediate-task training improve zero-shot cross-lingual transfer?"


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
    """Raise OutputError where ``folder`` could not be made or written: asked before the work, not after."""
    place = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    try:
        if not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        with tempfile.NamedTemporaryFile(dir=place, prefix=".synth-"):
            pass
    except OSError as error:
        raise _refused(folder, error) from error


def publish(report: Report, *, folder: Path, gate: Path | None = None) -> Bundle:
    """Write every file of the bundle; they appear together, or the old ones stay.

    ``gate`` is where the report's attempts lie; each is copied beneath the bundle's ``gate/`` first.
    Raises OutputError where the folder cannot be written or the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(folder, error) from error
    with alone(folder):
        return put(report, folder=folder, gate=gate)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a bundle's folder: two who write it at once write it one after the other."""
    if os.name != "posix":
        yield
        return
    import fcntl  # not on every system

    try:
        held = os.open(folder, os.O_RDONLY)
    except FileNotFoundError as error:
        raise OutputError(
            f"there is no folder {folder} any more",
            remedy="ask the report's question again, which makes it anew",
        ) from error
    except OSError as error:
        raise OutputError(
            f"cannot open {folder}: {error.strerror}", remedy="make the report's folder readable"
        ) from error
    try:
        # some file systems of networks know no locks: there, two who end at once is a risk of their own
        with suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def put(report: Report, *, folder: Path, gate: Path | None) -> Bundle:
    """Do as ``publish`` does, in a folder that the caller holds (``alone``)."""
    files = formats.bundle(report)
    try:
        _sweep(folder)
        if gate is not None:
            for attempt in dict.fromkeys(one.folder for one in report.attempts):
                _copy_attempt(gate / attempt, folder / "gate" / attempt)
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


def _sweep(folder: Path) -> None:
    """Remove what a killed writer left behind: nobody else writes here now."""
    for left in folder.glob(".synth-*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)


def _copy_attempt(source: Path, target: Path) -> None:
    """Copy an attempt's folder in one step; one that is there is never touched."""
    for place in (target.parent.parent, target.parent, target):
        if place.is_symlink():
            raise OutputError(f"{place} is a link", remedy="remove it, or name another folder with --out")
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".synth-", dir=target.parent) as made:
        copied = shutil.copytree(source, Path(made) / target.name, symlinks=True)
        copied.replace(target)


def demo_papers() -> Path:
    """Return the folder of the demo papers that come with synth."""
    return Path(__file__).resolve().parent.parent / "data" / "demo" / "papers"


def summary(bundle: Bundle) -> dict[str, Any]:
    """Return what ``ask --json`` prints of a bundle."""
    report = bundle.report
    return {
        "question": report.question.text,
        "answer": report.synthesis.answerability.answer,
        "reason": report.synthesis.answerability.reason,
        "papers": asdict(report.coverage),
        "claims": len(report.judged),
        "candidates": report.candidates,
        "verified": report.verified,
        "contradicted": sum(j.by_others.label is Label.CONTRADICT for j in report.judged),
        "score": report.assessment.score,
        "publishable": report.assessment.publishable,
        "gate": report.gate.status.value,
        "skipped": len(report.skipped),
        "folder": str(bundle.folder),
        "files": list(bundle.files),
        "fingerprint": report.fingerprint,
    }


def told(bundle: Bundle) -> str:
    """Return what ``ask`` prints for a reader: the counts, the answer, the findings, the files."""
    report, seen = bundle.report, bundle.report.coverage
    answer = report.synthesis.answerability
    lines = [
        report.question.text,
        "",
        f"{seen.found} paper{'' if seen.found == 1 else 's'} found: {seen.full_text} read in full, "
        f"{seen.abstract_only} abstract only, {seen.duplicate} duplicate, {seen.unread} unread.",
        _judged(report),
        f"Answer: {answer.answer.replace('_', ' ')}. {answer.reason}",
        *(f"- {finding.sentence}" for finding in report.synthesis.findings[:5]),
        *_disputed(report),
        f"Review score {report.assessment.score:.1f}/10; gate {report.gate.status.value}. "
        f"{report.assessment.publishable_reason}",
        *_lost(report),
        "",
        *(str(bundle.folder / name) for name in bundle.files),
    ]
    return "\n".join(lines)


def _disputed(report: Report) -> list[str]:
    """Say what cannot both hold, a judged claim with the sentence against it, at most five."""
    texts = {one.claim.id: one.claim.text for one in report.judged}
    lines = []
    for found in report.synthesis.disagreements[:5]:
        lines.append(f"! {found.reason}")
        if found.claim in texts and found.evidence.quote:
            lines.append(f"    “{texts[found.claim]}” against “{found.evidence.quote}”")
    return lines


def _judged(report: Report) -> str:
    mined = f"{report.candidates} candidate claims"
    if not report.judged:
        return f"{mined}; none is near enough to the question to be judged."
    own = sum(j.by_own.ticked(report.threshold) for j in report.judged)
    against = sum(j.by_others.label is Label.CONTRADICT for j in report.judged)
    return (
        f"{mined}; the {len(report.judged)} nearest to the question judged: {report.verified} supported by "
        f"another work, {own} supported by their own work, {against} contradicted by another work."
    )


def _lost(report: Report) -> list[str]:
    """Name the files that could not be used, and count the pages and tables with a note in the report."""
    files = [s for s in report.skipped if s.page is None]
    notes = len(report.skipped) - len(files)
    lines = [f"skipped {s.what}: {s.reason}{f' - {s.remedy}' if s.remedy else ''}" for s in files[:10]]
    if len(files) > 10:
        lines.append(f"and {len(files) - 10} more files, see the report")
    if notes:
        lines.append(f"{notes} notes on single pages and tables are in the report.")
    return lines


def _refused(folder: Path, error: OSError) -> OutputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputError(
            f"the disk is full: cannot write {folder}",
            remedy="free some space and run again: it goes on here",
        )
    return OutputError(
        f"cannot write {folder}: {error.strerror}", remedy="name a folder that you may write to with --out"
    )
