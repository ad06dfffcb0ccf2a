"""A report and the other files of its bundle in, manifest.json out: paper-manifest-v1.1 with every block."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from synth.formats import blocks
from synth.formats.addresses import address, arxiv_id, doi
from synth.formats.contracts import (
    AnswerEntry,
    ArtifactEntry,
    Counts,
    DeductionEntry,
    FacetEntry,
    InputEntry,
    PaperManifest,
    QualityAssessment,
    ReviewerEntry,
    SkippedEntry,
)
from synth.formats.document import words
from synth.formats.sections.limitations import stated
from synth.formats.sections.numbering import Numbering
from synth.records import Label, Paper, Report
from synth.text import printable

FILENAME: Final = "manifest.json"

MEDIA_TYPES = {
    "md": "text/markdown",
    "html": "text/html",
    "pdf": "application/pdf",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "bib": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
}


def render(report: Report) -> bytes:
    """Return the manifest of the report's bundle; every other format is rendered for its hash."""
    from synth.formats import others

    return render_manifest(report, others(report))


def render_manifest(report: Report, files: Mapping[str, bytes]) -> bytes:
    """Return the manifest in UTF-8; ``files`` are the other files of the bundle by name.

    Nothing in it is a clock but ``provenance.generated_at``.
    """
    import msgspec

    made = _printable(msgspec.to_builtins(manifest(report, files)))
    return (json.dumps(made, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def manifest(report: Report, files: Mapping[str, bytes]) -> PaperManifest:
    """Return the manifest as a record; it has a block of people only where a person decided something."""
    from msgspec import UNSET

    return PaperManifest(
        **blocks.header("paper-manifest-v1.1"),
        contract_updated=blocks.CONTRACT_UPDATED,
        generated_from="the records of this report",
        publisher=blocks.publisher(report),
        work=blocks.work(report),
        fingerprint=report.fingerprint,
        threshold=report.threshold,
        counts=_counts(report),
        answerability=_answer(report),
        inputs=[_input(paper) for paper in report.papers],
        artifacts=[_artifact(name, content) for name, content in sorted(files.items())],
        verification_levels=blocks.verification_levels(report),
        gate_verdict=blocks.gate_verdict(report),
        quality_assessment=_quality(report),
        benchmark_evidence=blocks.benchmark_evidence(report),
        correction_record=blocks.correction_record(report),
        provenance=blocks.source_provenance(report),
        skipped=[
            SkippedEntry(what=s.what, reason=s.reason, remedy=s.remedy, page=s.page) for s in report.skipped
        ],
        limitations=[words(said) for said in stated(report, Numbering.of(report))],
        people=blocks.people(report) or UNSET,
    )


def _counts(report: Report) -> Counts:
    seen = report.coverage
    own = sum(
        one.by_own.ticked(report.threshold) and not one.by_others.ticked(report.threshold)
        for one in report.judged
    )
    return Counts(
        papers_found=seen.found,
        papers_duplicate=seen.duplicate,
        papers_retrieved=len(report.papers),
        papers_readable=seen.readable,
        papers_full_text=seen.full_text,
        papers_abstract_only=seen.abstract_only,
        papers_unread=seen.unread,
        claims_candidates=report.candidates,
        claims_extracted=len(report.judged),
        claims_verified=report.verified,
        claims_supported_by_own_work_alone=own,
        claims_contradicted=sum(one.by_others.label is Label.CONTRADICT for one in report.judged),
        skipped=len(report.skipped),
    )


def _answer(report: Report) -> AnswerEntry:
    answer = report.synthesis.answerability
    facets = [
        FacetEntry(text=f.text, kind=f.kind, covered=f.covered, claims=list(f.claims), reason=f.reason)
        for f in answer.facets
    ]
    return AnswerEntry(answer=answer.answer, reason=answer.reason, facets=facets)


def _input(paper: Paper) -> InputEntry:
    return InputEntry(
        doc_id=paper.doc_id,
        paper=paper.id,
        title=paper.title,
        authors=list(paper.authors),
        year=paper.year,
        arxiv=arxiv_id(paper) or None,
        doi=doi(paper) or None,
        url=address(paper) or None,
        source=paper.source,
        read=paper.read,
        pages=paper.pages,
        sha256=paper.sha256 if len(paper.sha256) == 64 else None,
    )


def _artifact(name: str, content: bytes) -> ArtifactEntry:
    return ArtifactEntry(
        name=name,
        media_type=MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream"),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _quality(report: Report) -> QualityAssessment:
    review = report.assessment
    doc_ids = {paper.id: paper.doc_id for paper in report.papers}
    reviewers = [
        ReviewerEntry(
            name=one.name,
            mandate=one.mandate,
            score=one.score,
            deductions=[
                DeductionEntry(
                    check=d.check, points=d.points, note=d.note, causes=[doc_ids.get(c, c) for c in d.causes]
                )
                for d in one.deductions
            ],
        )
        for one in review.reviewers
    ]
    return QualityAssessment(
        review_score=review.score,
        publishable=review.publishable,
        publishable_reason=review.publishable_reason,
        reviewers=reviewers,
        quality_tier=blocks.quality_tiers(report),
        quality_dimensions=blocks.quality_dimensions(report),
    )


def _printable(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case dict():
            return {printable(k): _printable(v) for k, v in value.items()}
        case list():
            return [_printable(v) for v in value]
    return value
