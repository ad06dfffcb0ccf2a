"""A review in, its JSON object out, and back again: nothing is rounded or lost, nothing taken on trust."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from synth.errors import InputError
from synth.records import Box, Decision, Evidence, Label, Pairs, Probabilities, Review, Span
from synth.reviews import tidy
from synth.text import printable

if TYPE_CHECKING:
    from synth.formats.contracts_lines import LinkedLine, ProbabilityLine, ReviewLine

MOST_BYTES: Final = 64 * 1024
"""A line that is longer is refused: a note has 4,000 characters at most, a quotation 20,000."""
MOST_LINE_BYTES: Final = 1 << 20
"""A line of claims.jsonl holds a claim's evidence and its whole trail, too."""
_REMEDY = "take the line as `synth review --export` wrote it"
_LONG = f"longer than {MOST_BYTES // 1024} kB"
_MACHINE = {"machine": "label", "machine_probabilities": "probabilities", "machine_signature": "signature"}
_LABELLED = ("change", "settle", "withdraw")

Row = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A decision that a line asks for; who makes it, and when, is not of the line."""

    claim: str
    decision: Decision
    label: Label | None
    note: str
    scope: Pairs | None


def row(review: Review) -> Row:
    """Return ``review-line-v1``: every field of a review as it is, so that its id still fits."""
    p = review.probabilities
    return {
        "id": review.id,
        "question": review.question,
        "report": review.report,
        "claim": review.claim,
        "reviewer": review.reviewer,
        "at": review.at,
        "decision": review.decision,
        "machine": {
            "label": review.machine.value,
            "probabilities": {label.value: p.of(label) for label in Label} if p else None,
            "signature": review.signature,
        },
        "label": review.label.value if review.label else None,
        "note": review.note,
        "scope": None if review.scope is None else dict(review.scope),
        "passage": _passage(review.passage) if review.passage else None,
        "blind": review.blind,
        "of": review.of,
        "after": review.after,
        "seen": review.seen,
    }


def kept(review: Review) -> Row:
    """Return a review as claims.jsonl has it: ``machine`` is the label, and the rest of it stands beside."""
    made: Row = {}
    for key, value in row(review).items():
        beside = _MACHINE.items() if key == "machine" else ((key, ""),)
        made |= {name: value[inner] if inner else value for name, inner in beside}
    return made


def _passage(found: Evidence) -> Row:
    return {
        "doc_id": found.doc_id,
        "paper": found.paper,
        "passage": found.passage,
        "sentence": found.sentence,
        "start": found.start,
        "quote": found.quote,
        "spans": [{"page": s.page, "boxes": [list(box) for box in s.boxes]} for s in found.spans],
        "relation": found.relation.value,
        "score": found.score,
        "own_source": found.own_source,
    }


def rows(lines: Iterable[str], *, name: str, most: int) -> Iterator[tuple[str, Row]]:
    """Yield where each line of JSON stands, in words, and the object it holds; empty lines hold none.

    Raises InputError, in one line, for more than ``most`` lines, more than 1 MB in one, what is no JSON
    object, NaN, and a key that stands twice.
    """
    for number, line in enumerate(lines, start=1):
        where = f"{name}, line {number}"
        if number > most:
            raise _refused(where, f"a file has at most {most:,} lines")
        if not line.strip():
            continue
        if len(line) > MOST_LINE_BYTES:
            raise _refused(where, "longer than 1 MB")
        try:
            made = json.loads(line, object_pairs_hook=_once, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise _refused(where, f"no JSON ({error})") from error
        if not isinstance(made, dict):
            raise _refused(where, "no JSON object")
        yield where, made


def each(row: Row, *, where: str) -> Iterator[tuple[str, Row]]:
    """Yield the reviews of a line of claims.jsonl (its ``reviews``), of any other line the line itself.

    Raises InputError where ``reviews`` are none.
    """
    if "reviews" not in row:
        yield where, row
        return
    held = row["reviews"]
    if not isinstance(held, list) or not all(isinstance(one, dict) and "id" in one for one in held):
        raise _refused(where, "its reviews are none")
    for number, one in enumerate(held, start=1):
        yield f"{where}, review {number}", one


def review(row: Mapping[str, Any], *, where: str) -> Review:
    """Return the review of a line, ``review-line-v1`` or as claims.jsonl has it; its id is not checked.

    Raises InputError, in one line that begins with ``where``, for keys that are missing or unknown, values of
    another type or size, a time that is none, marks that cannot be shown in what the reviewer wrote, and a
    decision without what it needs.
    """
    from synth.formats.contracts_lines import ReviewLine

    made = _converted(_nested(row), ReviewLine, where=where)
    if fault := _fault(made):
        raise _refused(where, fault)
    try:
        return _review(made)
    except ValueError as error:
        raise _refused(where, str(error)) from error


def asked(row: Mapping[str, Any], *, where: str) -> Asked:
    """Return the decision that a parsed line of the form ``decision-line-v1`` asks for.

    Raises InputError, in one line that begins with ``where``, for unknown keys and values of another type or
    size; whether the claim is there and the decision has what it needs is for the sitting to say.
    """
    from synth.formats.contracts_lines import AskedLine

    made = _converted(row, AskedLine, where=where)
    return Asked(
        claim=made.claim,
        decision=made.decision,
        label=None if made.label is None else Label(made.label),
        note=made.note,
        scope=None if made.scope is None else tuple(sorted(made.scope.items())),
    )


def _nested(row: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(row.get("machine"), str):
        return row
    machine = {inner: row[name] for name, inner in _MACHINE.items() if name in row}
    return {key: value for key, value in row.items() if key not in _MACHINE} | {"machine": machine}


def _converted(row: Mapping[str, Any], kind: type[T], *, where: str) -> T:
    """Return a row as a typed line; raises InputError for what is no JSON, too long or of another form."""
    import msgspec

    try:
        whole = json.dumps(row, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise _refused(where, f"no JSON ({error})") from error
    if len(whole) > MOST_BYTES:
        raise _refused(where, _LONG)
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        raise _refused(where, str(error)) from error


def _fault(made: ReviewLine) -> str:
    """Return what is wrong with a line beyond the types of its values, or ""."""
    written = (made.reviewer, made.note, *(made.scope or {}), *(made.scope or {}).values())
    if any(printable(text) != text for text in written):
        return "it holds marks that cannot be shown"
    if tidy(made.reviewer) != made.reviewer or not any(c.isalnum() for c in made.reviewer):
        return f"{made.reviewer!r} is no reviewer's name as it is kept"
    if not _in_utc(made.at):
        return f"its time {made.at} is none in UTC with microseconds"
    if made.label is not None and made.decision not in _LABELLED:
        return f"to {made.decision} gives no label"
    if bool(made.of) != (made.decision == "withdraw"):
        return "to take back, and that alone, names another review"
    return ""


def _in_utc(at: str) -> bool:
    """Whether a time is written as reviews write it: only so do times stand in the order of their letters."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return False
    return found.utcoffset() == timedelta() and found.isoformat(timespec="microseconds") == at


def _review(made: ReviewLine) -> Review:
    return Review(
        claim=made.claim,
        reviewer=made.reviewer,
        at=made.at,
        decision=made.decision,
        machine=Label(made.machine.label),
        label=None if made.label is None else Label(made.label),
        note=made.note,
        probabilities=_probabilities(made.machine.probabilities),
        signature=made.machine.signature,
        seen=made.seen,
        scope=None if made.scope is None else tuple(sorted(made.scope.items())),
        passage=None if made.passage is None else _evidence(made.passage),
        blind=made.blind,
        of=made.of,
        after=made.after,
        question=made.question,
        report=made.report,
        id=made.id,
    )


def _probabilities(given: ProbabilityLine | None) -> Probabilities | None:
    if given is None:
        return None
    return Probabilities(given.support, given.contradict, given.not_enough_info)


def _evidence(given: LinkedLine) -> Evidence:
    return Evidence(
        doc_id=given.doc_id,
        paper=given.paper,
        passage=given.passage,
        sentence=given.sentence,
        start=given.start,
        quote=given.quote,
        spans=tuple(Span(page=s.page, boxes=tuple(Box(*box) for box in s.boxes)) for s in given.spans),
        relation=Label(given.relation),
        score=given.score,
        own_source=given.own_source,
    )


def _once(pairs: list[tuple[str, Any]]) -> Row:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _refused(where: str, what: str) -> InputError:
    flat = " ".join(printable(f"{where}: {what}").split())
    return InputError(flat if len(flat) <= 300 else f"{flat[:299]}…", remedy=_REMEDY)
