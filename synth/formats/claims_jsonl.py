"""A report in, claims.jsonl out: one line a claim with both verdicts, every quote with its page and boxes."""

from __future__ import annotations

from typing import Final

from synth.formats import lines
from synth.records import Report, Review

FILENAME: Final = "claims.jsonl"


def render(report: Report) -> bytes:
    """Return a line of UTF-8 JSON for each judged claim, in the order of the report's table."""
    doc_ids = {paper.id: paper.doc_id for paper in report.papers}
    logs: dict[str, list[Review]] = {}
    for review in report.reviews:
        logs.setdefault(review.claim, []).append(review)
    return b"".join(
        lines.encode(
            lines.judged(
                one,
                threshold=report.threshold,
                doc_ids=doc_ids,
                gate=report.gate_of(one.claim.id),
                attempts=report.attempts,
                reviews=logs.get(one.claim.id, ()),
            )
        )
        for one in report.judged
    )
