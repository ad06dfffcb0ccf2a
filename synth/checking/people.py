"""Reviews and the files of a bundle in, where these say of people what the reviews do not out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import isclose
from typing import Any

from synth.checking.cells import cells
from synth.checking.files import Problem, problem
from synth.records import Label, Review
from synth.reviews import Kappa, consensus
from synth.reviews.tally import Tally, tally

CLAIMS, REPORT, MANIFEST = "claims.jsonl", "report.md", "manifest.json"
_AGAIN = "write the bundle again: one of the files was edited"
_HEADING = re.compile(r"^### 3\.\d What people decided$", re.MULTILINE)
_NEXT = re.compile(r"^#{2,4} ", re.MULTILINE)
_REVIEWED = re.compile(r"^(\d[\d,]{0,14}) of [\d,]+ claims? (?:was|were) reviewed[;:]", re.MULTILINE)
_LABELS = "| Label | Machine (all judged claims) | Machine (reviewed claims) | People |"
_PEOPLE = "| Reviewer | Accepted | Rejected | Changed | Deferred | Flagged | Settled | Blind |"
_LABEL_KEYS = (*(label.value for label in Label), "no_label")
_PERSON = ("name", "accepted", "rejected", "changed", "deferred", "flagged", "settled", "blind")
Line = Mapping[str, Any]


def check(manifest: Line, claims: Sequence[Line], report: str, *, log: Sequence[Review]) -> Iterator[Problem]:
    """Yield a problem for each line, block and count that does not follow from ``log`` (oldest first)."""
    machine = {claim["id"]: Label(claim["verdict"]["label"]) for claim in claims}
    due = tally(log, machine=machine) if log else None
    yield from _lines(claims, log)
    yield from _block(manifest, due)
    yield from _report(report, due)


def _lines(claims: Sequence[Line], log: Sequence[Review]) -> Iterator[Problem]:
    """What people hold of a claim is what its reviews give; lines of old bundles say nothing of people."""
    held = consensus(log)
    for line, claim in enumerate(claims, start=1):
        if "people" not in claim and not claim["reviews"]:
            continue
        one, said = held.get(claim["id"]), claim.get("people", {})
        due = {
            "state": one.state if one else "unreviewed",
            "label": one.label.value if one and one.label else None,
            "reviewers": list(one.reviewers) if one else [],
            "flagged": bool(one and one.flagged),
        }
        for name, value in due.items():
            if name not in said or said[name] != value:
                what = f"line {line}: people.{name} does not follow from the reviews"
                yield problem(CLAIMS, what, _AGAIN)


def _block(manifest: Line, due: Tally | None) -> Iterator[Problem]:
    """The manifest's block of people is there where reviews are, and says what they give."""
    said = manifest.get("people")
    if due is None or not isinstance(said, dict):
        if (due is None) != (said is None):
            there, here = ("missing", "reviews") if due else ("there", "no reviews")
            yield problem(MANIFEST, f"people is {there}, {CLAIMS} holds {here}", _AGAIN)
        return
    for name, value in _entry(due).items():
        if not _same(said.get(name), value):
            yield problem(MANIFEST, f"people.{name} does not follow from the reviews of {CLAIMS}", _AGAIN)


def _entry(due: Tally) -> Line:
    found = due.agreement
    columns = zip(*((n.machine, n.machine_reviewed, n.people) for n in due.labels), strict=True)
    machine, reviewed, people = (dict(zip(_LABEL_KEYS, column, strict=True)) for column in columns)
    return {
        "reviewed_claims": len(due.reviewed),
        "decisions": due.decisions,
        "taken_back": due.taken_back,
        "reviewers": [dict(zip(_PERSON, cells, strict=True)) for cells in _shares(due)],
        "machine_labels": machine,
        "machine_labels_of_reviewed_claims": reviewed,
        "people_labels": people,
        "kappa": [_kappa(one) for one in (*found.pairs, *([found.all] if found.all else []))],
        "disputed_claims": list(found.disagreements),
        "settled_claims": list(found.settled),
    }


def _shares(due: Tally) -> list[tuple[str | int, ...]]:
    return [
        (s.reviewer, s.accepted, s.rejected, s.changed, s.deferred, s.flagged, s.settled, s.blind)
        for s in due.shares
    ]


def _kappa(one: Kappa) -> Line:
    return {
        "kind": one.kind,
        "reviewers": list(one.reviewers),
        "claims": one.claims,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "agreed": one.agreed,
        "why": one.why,
    }


def _same(said: Any, due: Any) -> bool:
    """Whether two JSON values are one; figures may differ in their last digits from machine to machine."""
    match due:
        case dict():
            keys = isinstance(said, dict) and said.keys() == due.keys()
            return keys and all(_same(said[key], value) for key, value in due.items())
        case list():
            long = isinstance(said, list) and len(said) == len(due)
            return long and all(_same(one, other) for one, other in zip(said, due, strict=True))
        case float():
            return isinstance(said, int | float) and isclose(said, due, abs_tol=1e-9)
    return bool(said == due)


def _report(report: str, due: Tally | None) -> Iterator[Problem]:
    """The part of report.md on people is there where reviews are, with the same counts."""
    heading = _HEADING.search(report)
    if heading is None or due is None:
        if (due is None) != (heading is None):
            says, holds = ("does not say", "reviews") if due else ("says", "no reviews")
            yield problem(REPORT, f"{says} what people decided, {CLAIMS} holds {holds}", _AGAIN)
        return
    part = _NEXT.split(report[heading.end() :], maxsplit=1)[0]
    said = _REVIEWED.search(part)
    if said is None or int(said[1].replace(",", "")) != len(due.reviewed):
        count = said[1] if said else "no count"
        what = f"says {count} of reviewed claims, the reviews give {len(due.reviewed):,}"
        yield problem(REPORT, what, _AGAIN)
    if due.decisions:
        yield from _tables(part, due)


def _tables(part: str, due: Tally) -> Iterator[Problem]:
    labels = [(n.label or "no label", n.machine, n.machine_reviewed, n.people) for n in due.labels]
    for name, heads, rows in (("label", _LABELS, labels), ("reviewer", _PEOPLE, _shares(due))):
        found = [[_bare(cell) for cell in row] for row in cells(part, heads=heads)]
        if found != [[_bare(_shown(cell)) for cell in row] for row in rows]:
            yield problem(REPORT, f"its counts by {name} do not follow from the reviews", _AGAIN)


def _shown(cell: str | int) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _bare(text: str) -> str:
    """Return ``text`` without backslashes and spaces: what Markdown's escapes leave untouched."""
    return "".join(text.replace("\\", "").split())
