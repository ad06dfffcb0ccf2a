"""Records in, the JSON objects of the command line and of claims.jsonl out, and their bytes.

Keys stand in the order of the interface; mappings (conditions) are sorted by key. Strings lose control
characters, bidirectional overrides and surrogates here, once, so that no line breaks a terminal or a reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from synth.formats import review_lines
from synth.records import (
    Attempt,
    Claim,
    Comparison,
    Evidence,
    Found,
    GateVerdict,
    Judged,
    Label,
    Passage,
    Quantity,
    Reading,
    Result,
    Review,
    Skipped,
    Span,
    Table,
    Verdict,
)
from synth.reviews import Consensus, consensus
from synth.text import printable

Row = dict[str, Any]


class Fault(Protocol):
    """Something wrong with a file of a bundle (see ``synth.checking``)."""

    @property
    def file(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def remedy(self) -> str: ...
    @property
    def notice(self) -> bool: ...


def encode(row: Mapping[str, Any]) -> bytes:
    """Return ``row`` as one line of UTF-8 JSON with its newline; raises ValueError for NaN and infinity.

    What cannot be shown is written as its escape: reviews keep such marks, for their ids are hashes of them.
    """
    made = json.dumps(row, ensure_ascii=False, allow_nan=False)
    unseen = [c for c in set(made) if printable(c) != c]
    return (made.translate({ord(c): _escape(c) for c in unseen}) + "\n").encode()


def _escape(one: str) -> str:
    # json escapes no DEL
    return "\\u007f" if one == "\x7f" else json.dumps(one)[1:-1]


def claim(claim: Claim, *, doc_id: str) -> Row:
    """Return ``claims --json``; ``doc_id`` is what users call the claim's paper."""
    return _clean(
        {
            "id": claim.id,
            "paper": doc_id,
            "text": claim.text,
            "kind": claim.kind.value,
            "page": claim.page,
            "boxes": _first_boxes(claim.spans),
            "section": claim.section,
            "quantities": [_quantity(q) for q in claim.quantities],
            "score": claim.score,
            "conditions": dict(sorted(claim.conditions)),
            "spans": _spans(claim.spans),
        }
    )


def verdict(verdict: Verdict, *, claim: str, claim_id: str | int = "", also: Sequence[Evidence] = ()) -> Row:
    """Return ``verify --json``; ``claim_id`` "" takes the verdict's own.

    ``also`` is evidence that the label does not rest on (of the claim's own work), appended to the list.
    """
    return _clean(
        {
            "id": verdict.claim if claim_id == "" else claim_id,
            "claim": claim,
            "label": verdict.label.value,
            "confidence": verdict.confidence,
            "probabilities": _probabilities(verdict),
            "evidence": [_evidence(e) for e in (*verdict.evidence, *also)],
            "reasons": list(verdict.reasons),
            "mixed": verdict.mixed,
            "signature": verdict.signature,
        }
    )


def judged(
    one: Judged,
    *,
    threshold: float,
    doc_ids: Mapping[str, str],
    gate: GateVerdict,
    attempts: Sequence[Attempt] = (),
    reviews: Sequence[Review] = (),
) -> Row:
    """Return a line of claims.jsonl: the claim with both verdicts.

    ``doc_ids`` names each paper id as users do; ``reviews`` are those of the report, of which the claim's
    are kept, in order and as they were sealed. ``verified`` is the tick: another work supports the claim with
    at least ``threshold``.
    """
    found = claim(one.claim, doc_id=doc_ids.get(one.claim.paper, one.claim.paper))
    own = verdict(one.by_own, claim=one.claim.text, claim_id=one.claim.id)
    decided = [r for r in reviews if r.claim == one.claim.id]
    repeats = [
        {"id": c.id, "paper": doc_ids.get(c.paper, c.paper), "text": c.text, "page": c.page}
        for c in one.repeats
    ]
    return (
        found
        | _clean(
            {
                "relevance": one.relevance,
                "verified": one.by_others.ticked(threshold),
                "verdict": verdict(
                    one.by_others, claim=one.claim.text, claim_id=one.claim.id, also=one.by_own.evidence
                ),
                "own_verdict": {k: v for k, v in own.items() if k not in ("id", "claim")},
                "repeats": repeats,
                "reviews": [],
                "gate": gated(gate, [a for a in attempts if a.claim == one.claim.id]),
                "people": people(consensus(decided).get(one.claim.id)),
            }
        )
        | {"reviews": [review_lines.kept(r) for r in decided]}
    )


def people(held: Consensus | None) -> Row:
    """Return what the reviewers of a claim hold together, None where nobody has a decision on it in force."""
    if held is None:
        return {"state": "unreviewed", "label": None, "reviewers": [], "flagged": False}
    return {
        "state": held.state,
        "label": held.label.value if held.label else None,
        "reviewers": list(held.reviewers),
        "flagged": held.flagged,
    }


def gated(gate: GateVerdict, attempts: Sequence[Attempt]) -> Row:
    """Return a claim's gate status with the attempts behind it, oldest first."""
    ordered = sorted(attempts, key=lambda a: (a.ended_at, a.id, a.hypothesis))
    return _clean(
        {"status": gate.status.value, "reason": gate.reason, "attempts": [attempt(a) for a in ordered]}
    )


def attempt(one: Attempt) -> Row:
    """Return an attempt in short; its files lie in ``folder`` beneath the gate's folder."""
    return _clean(
        {
            "id": one.id,
            "experiment": one.experiment,
            "outcome": one.outcome.value,
            "reason": one.reason,
            "hypothesis": one.hypothesis,
            "words": one.words,
            "at_claim_scale": one.at_claim_scale,
            "sound": one.sound,
            "ended_at": one.ended_at,
            "folder": one.folder,
            "spec_sha256": one.spec_sha256,
        }
    )


def reading(reading: Reading) -> Row:
    """Return ``read --json``: the paper with its passages, tables, references and what was skipped."""
    paper = reading.paper
    return _clean(
        {
            "paper": {
                "id": paper.id,
                "title": paper.title,
                "authors": list(paper.authors),
                "year": paper.year,
                "sha256": paper.sha256,
                "pages": paper.pages,
                "doc_id": paper.doc_id,
                "arxiv": f"{paper.arxiv}{paper.version}",
                "doi": paper.doi,
                "read": paper.read,
            },
            "passages": [_passage(p) for p in reading.passages],
            "tables": [_table(t) for t in reading.tables],
            "references": [
                {"raw": r.raw, "title": r.title, "doi": r.doi, "arxiv": r.arxiv} for r in reading.references
            ],
            "skipped": [skipped(s) for s in reading.skipped],
        }
    )


def result(result: Result) -> Row:
    """Return ``results --json``; what was not stated is ""."""
    return _clean(
        {
            "paper": result.doc_id,
            "model": result.model,
            "task": result.task,
            "dataset": result.dataset,
            "split": result.split,
            "language": result.language,
            "metric": result.metric,
            "value": result.value,
            "unit": result.unit,
            "page": result.spans[0].page if result.spans else None,
            "boxes": _first_boxes(result.spans),
            "from": result.origin,
            "condition": dict(sorted(result.condition)),
            "id": result.id,
            "is_difference": result.is_difference,
            "quote": result.quote,
        }
    )


def comparison(comparison: Comparison) -> Row:
    """Return ``results --compare --json``; ``spread`` is null unless the entries may be compared."""
    return _clean(
        {
            "key": comparison.key,
            "relation": comparison.relation,
            "entries": [result(r) for r in comparison.entries],
            "reason": comparison.reason,
            "spread": comparison.spread,
        }
    )


def found(found: Found, *, has_file: bool) -> Row:
    """Return a line of ``search --json``: a paper as announced; ``name`` is what users call it."""
    return _clean(
        {
            "name": found.file or found.arxiv or found.doi or found.url or found.id,
            "source": found.source,
            "title": found.title,
            "authors": list(found.authors),
            "year": found.year,
            "venue": found.venue,
            "arxiv": found.arxiv,
            "doi": found.doi,
            "url": found.url,
            "abstract": found.abstract,
            "has_file": has_file,
        }
    )


def skipped(skipped: Skipped) -> Row:
    """Return what could not be used, why, and what the user can do."""
    return _clean(
        {
            "what": skipped.what,
            "reason": skipped.reason,
            "remedy": skipped.remedy,
            "page": skipped.page,
        }
    )


def problem(fault: Fault) -> Row:
    """Return a line of ``check-record --json``; a notice says what could not be checked."""
    return _clean({"file": fault.file, "what": fault.what, "remedy": fault.remedy, "notice": fault.notice})


def _probabilities(verdict: Verdict) -> dict[str, float]:
    return {label.value: verdict.probabilities.of(label) for label in Label}


def _evidence(evidence: Evidence) -> Row:
    return {
        "doc_id": evidence.doc_id,
        "sentence": evidence.sentence,
        "page": evidence.page,
        "boxes": _first_boxes(evidence.spans),
        "quote": evidence.quote,
        "relation": evidence.relation.value,
        "score": evidence.score,
        "own_source": evidence.own_source,
        "spans": _spans(evidence.spans),
    }


def _quantity(quantity: Quantity) -> Row:
    return {
        "value": quantity.value,
        "unit": quantity.unit,
        "raw": quantity.raw,
        "high": quantity.high,
        "bound": quantity.bound,
        "direction": quantity.direction,
    }


def _passage(passage: Passage) -> Row:
    return {
        "id": passage.id,
        "section": passage.section,
        "page": passage.page,
        "boxes": _first_boxes(passage.spans),
        "text": passage.text,
        "role": passage.role.value,
        "spans": _spans(passage.spans),
    }


def _table(table: Table) -> Row:
    return {
        "page": table.page,
        "box": _box(table.box),
        "caption": table.caption,
        "rows": [list(row) for row in table.rows],
    }


def _first_boxes(spans: Sequence[Span]) -> list[list[float]]:
    """Return the boxes on the first page: those that go with ``page``."""
    return [_box(box) for box in spans[0].boxes] if spans else []


def _spans(spans: Sequence[Span]) -> list[Row]:
    return [{"page": span.page, "boxes": [_box(box) for box in span.boxes]} for span in spans]


def _box(box: Sequence[float]) -> list[float]:
    # hundredths of a point are finer than any screen
    return [round(float(edge), 2) for edge in box]


def _clean(row: Row) -> Row:
    return {printable(key): _printable(value) for key, value in row.items()}


def _printable(value: Any) -> Any:
    """Make every string under ``value`` printable, newlines and tabs kept (JSON escapes them)."""
    match value:
        case str():
            return printable(value)
        case dict():
            return {printable(k): _printable(v) for k, v in value.items()}
        case list():
            return [_printable(v) for v in value]
    return value
