"""A bundle's folder and a reviewer in, a sitting over its report out; the report written anew after it.

sitting    a folder, a name -> the open sitting          (sitting.py: what can be seen and decided in it)
rewritten  a sitting -> the bundle with what people decided
exported, imported   decisions <-> JSON Lines
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from synth import formats, reviews
from synth.config import Config
from synth.errors import InputError, OutputError, UsageError
from synth.formats import review_lines
from synth.pipeline.kept import artifacts_of, dated, fingerprint_of, known_report, with_people
from synth.pipeline.naming import check_new, reviewer_name
from synth.pipeline.publishing import Bundle, alone, check_writable, put
from synth.pipeline.shelf import Shelf
from synth.pipeline.sitting import Clock, Sitting
from synth.records import Report, Review
from synth.store import Store, open_store

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
    UsageError for a name that is none, or a new one that is easily taken for another reviewer's.
    """
    name = reviewer_name(reviewer)
    mark = fingerprint_of(folder)
    if deciding:
        _check_writable(folder)
    for place in papers:
        if not place.exists():
            raise InputError(f"no folder {place}", remedy="name the folder of the report's papers")
    with open_store(config.store) as store:
        report = known_report(store.report(mark), f"the report in {folder} is not in the store here")
        kept = store.places([paper.id for paper in report.papers])
        with Shelf(
            report.papers, kept, given=papers, seconds=config.seconds, memory_mb=config.memory_mb
        ) as shelf:
            made = Sitting(
                report, store=store, shelf=shelf, reviewer=name, blind=blind, settling=settling, clock=clock
            )
            if deciding:
                check_new(made.reviewer, {one.reviewer for one in made.log})
            yield Open(sitting=made, store=store, folder=folder, config=config)


def rewritten(opened: Open) -> Bundle | None:
    """Write the bundle anew with all that people decided by now; None where it says all of it already.

    Raises OutputError where it cannot be written.
    """
    with alone(opened.folder):
        # another reviewer may have written it since
        mark = fingerprint_of(opened.folder)
        before = known_report(
            opened.store.report(mark), f"the report in {opened.folder} is not in the store here"
        )
        report = with_people(before, store=opened.store)
        if report is before and _says(opened.folder, report):
            return None
        return put(dated(report), folder=opened.folder, gate=opened.config.gate)


def _says(folder: Path, report: Report) -> bool:
    """Whether the bundle was written whole with these reviews, by its manifest, the last file written.

    What is taken back changes no fingerprint, so that by this alone a bundle may be behind its report.
    """
    if not report.reviews:
        return True
    due = hashlib.sha256(formats.render("claims_jsonl", report)).hexdigest()
    return artifacts_of(folder).get(formats.filename("claims_jsonl")) == due


def _check_writable(folder: Path) -> None:
    try:
        check_writable(folder)
    except OutputError as error:
        raise OutputError(
            error.message, remedy="make it writable, or copy the report's folder and review the copy"
        ) from error


def exported(opened: Open) -> Iterator[dict[str, Any]]:
    """Yield every review on the question's claims as a line of JSON, oldest first."""
    for one in opened.sitting.log:
        yield review_lines.row(one)


def imported(opened: Open, lines: Iterable[str], *, name: str) -> Imported:
    """Append the decisions of JSON Lines, all or none.

    A line with an id is a review that was exported elsewhere and is kept as it is, and so are the reviews in
    a line of claims.jsonl; one without is decided now by this reviewer: {"claim", "decision", "label"?,
    "note"?, "scope"?}. Raises InputError that names a wrong line.
    """
    made: dict[str, Review] = {}
    asked: list[Review] = []
    sitting = opened.sitting
    read = review_lines.rows(lines, name=name, most=MOST_LINES)
    for where, row in (one for place, line in read for one in review_lines.each(line, where=place)):
        if "id" in row:
            made[where] = _elsewhere(review_lines.review(row, where=where), opened, where=where)
        else:
            asked.append(_decided(row, sitting, where=where))
    added = sitting.take_in(made, asked)
    here = {one.claim.id for one in sitting.report.judged}
    return Imported(
        added=added,
        known=len(made) + len(asked) - len(added),
        foreign=sum(one.claim not in here for one in added),
    )


def _elsewhere(one: Review, opened: Open, *, where: str) -> Review:
    """Return a review that was made elsewhere.

    Raises InputError for one that was changed, one of another question, one of a time to come, one that links
    words which a passage that is known here has not, and one that puts words into the machine's mouth.
    """
    if reviews.sealed(one).id != one.id:
        raise InputError(
            f"{where}: the decision by {one.reviewer} was changed after it was made: "
            "its id does not fit its content",
            remedy="import the file as `synth review --export` wrote it",
        )
    passage = opened.store.passage(one.passage.passage) if one.passage else None
    if one.passage and passage is not None and one.passage.quote not in passage:
        raise InputError(
            f"{where}: the linked words do not stand in the passage that they are said to be of",
            remedy="ask whose decision this is",
        )
    if opened.sitting.misquotes(one):
        raise InputError(
            f"{where}: the machine's verdict was another than the decision by {one.reviewer} says",
            remedy="ask whose decision this is",
        )
    if one.question != opened.sitting.report.question.id:
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
