"""A bundle's folder in, its report as the store keeps it out; with people's decisions, its clock, its name.

A report grows (attempts, corrections, reviews) and each state of it is kept under a fingerprint of its own;
the first one is its base, under which its public corrections are remembered.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from synth import reviews
from synth.attempts.listing import read
from synth.errors import InputError
from synth.records import Correction, Report, Review
from synth.store import Store

MANIFEST = "manifest.json"
MOST_MANIFEST = 64 * 1024 * 1024
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_BASE, _CORRECTIONS = "base/1", "corrections/1"


def known_report(report: Report | None, lack: str, *, otherwise: str = "") -> Report:
    """Return the report; raises InputError saying ``lack``, and what else to do, where there is none."""
    if report is None:
        raise InputError(lack, remedy=f"ask its question again here, with the same papers{otherwise}")
    return report


def fingerprint_of(folder: Path) -> str:
    """Return the fingerprint of the report in a bundle's folder; raises InputError where it holds none."""
    path = folder / MANIFEST
    mark = _manifest(folder).get("fingerprint")
    if not isinstance(mark, str) or not _FINGERPRINT.fullmatch(mark):
        raise InputError(f"{path} is no manifest of a report", remedy="write the report again")
    return mark


def artifacts_of(folder: Path) -> dict[str, str]:
    """Return file name -> SHA-256 as a bundle's manifest has them; raises InputError where there is none."""
    listed = _manifest(folder).get("artifacts")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    return {str(row.get("name")): str(row.get("sha256")) for row in rows}


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        made = json.loads(read(path, most=MOST_MANIFEST))
    except InputError as error:
        raise InputError(
            f"no report in {folder}: {error.message}", remedy="name the folder of a report, or write it again"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON", remedy="write the report again") from error
    return made if isinstance(made, dict) else {}


def with_people(report: Report, *, store: Store) -> Report:
    """Return the report with every review on its claims, oldest first; the same one where it has them all."""
    claims = {one.claim.id for one in report.judged}
    found = reviews.ordered(r for _, r in store.reviews(report.question.id) if r.claim in claims)
    if found == report.reviews:
        return report
    made = marked(replace(report, reviews=found))
    if made.fingerprint != report.fingerprint:
        base = store.recall(_BASE, report.fingerprint, kind=str) or report.fingerprint
        keep_base(made.fingerprint, base, store)
    store.add_report(made)
    return made


def marked(report: Report) -> Report:
    """Return the report with its fingerprint: over all but dates and clocks, and of reviews what stands."""
    import msgspec

    bare = replace(
        report,
        fingerprint="",
        date="",
        provenance=replace(report.provenance, generated_at=""),
        reviews=tuple(_clockless(r) for r in reviews.in_force(report.reviews)),
    )
    return replace(report, fingerprint=hashlib.sha256(msgspec.json.encode(bare)).hexdigest())


def _clockless(review: Review) -> Review:
    return replace(review, at="", id="", after="", report="")


def dated(report: Report) -> Report:
    """Return a report with this run's clock; nothing else of it changes."""
    return replace(report, provenance=replace(report.provenance, generated_at=now()))


def now() -> str:
    """Return the time, in UTC, to the second (ISO 8601)."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def keep_base(fingerprint: str, base: str, store: Store) -> None:
    """Remember of which report the one with this fingerprint is a later state."""
    store.keep(_BASE, fingerprint, base)


def corrections_of(base: str, store: Store) -> tuple[Correction, ...]:
    """Return the public corrections of the report that was first made with this fingerprint."""
    return store.recall(_CORRECTIONS, base, kind=tuple[Correction, ...]) or ()


def keep_corrections(before: Report, after: Report, store: Store) -> None:
    """Remember the corrections of ``after``, made of ``before``, for whenever its question is asked again."""
    base = store.recall(_BASE, before.fingerprint, kind=str) or before.fingerprint
    keep_base(after.fingerprint, base, store)
    store.keep(_CORRECTIONS, base, after.corrections)
