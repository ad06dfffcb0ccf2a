"""A bundle's folder and a reviewer in, a sitting over its report out; the report written anew after it.

sitting    a folder, a name -> the open sitting          (sitting.py: what can be seen and decided in it)
rewritten  a sitting -> the bundle with what people decided
exported, imported   decisions <-> JSON Lines
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from synth.config import Config
from synth.errors import InputError, OutputError, UsageError
from synth.formats import review_lines
from synth.pipeline.kept import dated, fingerprint_of, known_report, with_people
from synth.pipeline.publishing import Bundle, check_writable, publish
from synth.pipeline.shelf import Shelf
from synth.pipeline.sitting import NAME_LENGTH, Clock, Sitting
from synth.records import Review
from synth.store import Store, open_store
from synth.text import printable

MOST_LINES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An open sitting, and what it takes to write its report anew."""

    sitting: Sitting
    store: Store
    folder: Path
    config: Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was added, how many were known before, and how many are on claims that the report has not."""

    added: tuple[Review, ...]
    known: int
    foreign: int


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def reviewer_name(name: str) -> str:
    """Return the name under which decisions are appended: as given, else the account's.

    Raises UsageError for a name without letters, of more than 80 characters or more than a line.
    """
    given = name
    if not given:
        try:
            given = getpass.getuser()
        except (OSError, KeyError) as error:
            raise UsageError("who reviews?", remedy="give a name with --reviewer") from error
    clean = " ".join(printable(given).split())
    if not any(c.isalnum() for c in clean) or len(clean) > NAME_LENGTH:
        raise UsageError(f"{clean[:NAME_LENGTH]!r} is no reviewer's name", remedy="give one with --reviewer")
    return clean


@contextmanager
def review(
    folder: Path,
    *,
    config: Config,
    reviewer: str = "",
    blind: bool = False,
    settling: bool = False,
    papers: Sequence[Path] = (),
    deciding: bool = True,
    clock: Clock = now,
) -> Iterator[Open]:
    """Open a report's bundle for one reviewer; ``papers`` are folders to look for moved papers in.

    Who only looks (``deciding`` false) needs no folder that can be written.
    Raises InputError for a folder that holds no report or one that this store does not know, OutputError
    where the bundle could not be written anew, StoreError for a store that cannot be read or written,
    UsageError for a name that is none.
    """
    name = reviewer_name(reviewer)
    mark = fingerprint_of(folder)
    if deciding:
        _check_writable(folder)
    with open_store(config.store) as store:
        report = known_report(store.report(mark), f"the report in {folder} is not in the store here")
        kept = store.places([paper.id for paper in report.papers])
        with Shelf(
            report.papers, kept, given=papers, seconds=config.seconds, memory_mb=config.memory_mb
        ) as shelf:
            made = Sitting(
                report, store=store, shelf=shelf, reviewer=name, blind=blind, settling=settling, clock=clock
            )
            yield Open(sitting=made, store=store, folder=folder, config=config)


def rewritten(opened: Open) -> Bundle | None:
    """Write the bundle anew with all that people decided by now; None where it says all of it already."""
    with _alone(opened.folder):
        # another reviewer may have written it since
        mark = fingerprint_of(opened.folder)
        before = known_report(
            opened.store.report(mark), f"the report in {opened.folder} is not in the store here"
        )
        report = with_people(before, store=opened.store)
        if report is before:
            return None
        return publish(dated(report), folder=opened.folder, gate=opened.config.gate)


def _check_writable(folder: Path) -> None:
    try:
        check_writable(folder)
    except OutputError as error:
        raise OutputError(
            error.message, remedy="make it writable, or copy the report's folder and review the copy"
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: two reviewers who end at once write it one after the other."""
    if os.name != "posix":
        yield
        return
    import fcntl  # not on every system

    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def exported(opened: Open) -> Iterator[dict[str, Any]]:
    """Yield every review on the question's claims as a line of JSON, oldest first."""
    for one in opened.sitting.log:
        yield review_lines.row(one)


def imported(opened: Open, lines: Iterable[str], *, name: str) -> Imported:
    """Append the decisions of JSON Lines, all or none.

    A line with an id is a review that was exported elsewhere and is kept as it is; one without is decided
    now by this reviewer: {"claim", "decision", "label"?, "note"?, "scope"?}. Raises InputError that names a
    wrong line.
    """
    made: list[Review] = []
    asked: list[Review] = []
    sitting = opened.sitting
    for where, row in review_lines.rows(lines, name=name, most=MOST_LINES):
        if "id" in row:
            made.append(_elsewhere(review_lines.review(row, where=where), sitting, where=where))
        else:
            asked.append(_decided(row, sitting, where=where))
    added = sitting.take_in(made) if made else ()
    added += sitting.append(asked) if asked else ()
    here = {one.claim.id for one in sitting.report.judged}
    return Imported(
        added=added,
        known=len(made) + len(asked) - len(added),
        foreign=sum(one.claim not in here for one in added),
    )


def _elsewhere(one: Review, sitting: Sitting, *, where: str) -> Review:
    """Return a review that was made elsewhere; raises InputError for another question's or a coming one."""
    if one.question != sitting.report.question.id:
        raise InputError(
            f"{where}: the review is of another question", remedy="import it into that question's report"
        )
    if datetime.fromisoformat(one.at) > now() + timedelta(hours=1):
        raise InputError(f"{where}: the review was made in the future ({one.at})", remedy="set the clocks")
    return one


def _decided(row: dict[str, Any], sitting: Sitting, *, where: str) -> Review:
    asked = review_lines.asked(row, where=where)
    try:
        return sitting.asked(
            asked.claim, asked.decision, label=asked.label, note=asked.note, scope=asked.scope
        )
    except UsageError as error:
        raise InputError(f"{where}: {error.message}", remedy=error.remedy) from error
