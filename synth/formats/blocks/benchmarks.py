"""A report's comparisons in, benchmark evidence out: ranges and spreads only between entries that compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from synth.formats.addresses import address, domain
from synth.formats.blocks.header import header, publisher
from synth.formats.contracts import (
    BenchmarkEntry,
    BenchmarkEvidence,
    ReportedRange,
    SourceCoverage,
    SourceProfile,
)
from synth.formats.wording import plural, sentence
from synth.records import Comparison, Paper, Report, Result

Severity = Literal["NONE", "LOW", "MEDIUM", "HIGH", "NOT_COMPARABLE", "CONDITION_NOT_STATED"]
MEDIUM_PP, HIGH_PP = 1.0, 5.0
"""A conflict of less than 1 percentage point is LOW, of 5 or more HIGH."""
PERCENT_UNITS = ("percent", "points")


def benchmark_evidence(report: Report) -> list[BenchmarkEvidence]:
    """Return a block for each quantity that several results are filed under, in the report's order."""
    papers = {paper.id: paper for paper in report.papers}
    return [_block(one, report, papers) for one in report.comparisons]


def _block(one: Comparison, report: Report, papers: Mapping[str, Paper]) -> BenchmarkEvidence:
    entries = [_entry(e, papers.get(e.paper)) for e in one.entries]
    scores = [e.score_pct for e in entries if e.score_pct is not None]
    comparable = one.relation in ("agree", "conflict") and len(scores) == len(entries) > 0
    spread = one.spread if comparable else None
    works = {papers[e.paper].work if e.paper in papers else e.paper for e in one.entries}
    return BenchmarkEvidence(
        **header("benchmark-evidence-v1"),
        publisher=publisher(report),
        model=_first(e.model for e in one.entries),
        benchmark=_first(e.dataset or e.task for e in one.entries),
        source_count=len({e.paper for e in one.entries}),
        source_coverage=_coverage(len(entries), len(works)),
        source_profile=_profile(entries, len({e.paper for e in one.entries})),
        reported_range=ReportedRange(
            min_score_pct=min(scores) if comparable else None,
            max_score_pct=max(scores) if comparable else None,
        ),
        spread_pp=spread,
        severity=_severity(one, spread),
        relation=one.relation,
        entries=entries,
        interpretation=_interpretation(one, spread),
    )


def _first(names: object) -> str:
    return next((n for n in names if n), "not stated")  # type: ignore[attr-defined]


def _entry(result: Result, paper: Paper | None) -> BenchmarkEntry:
    url = address(paper) if paper else ""
    return BenchmarkEntry(
        model=result.model or "not stated",
        benchmark=result.dataset or result.task or "not stated",
        score_pct=result.value if result.unit in PERCENT_UNITS else None,
        source_title=paper.title if paper else result.doc_id,
        source_url=url or None,
        source_domain=domain(url) or None,
        year=paper.year if paper else None,
        doc_id=result.doc_id,
        source_sha256=paper.sha256 if paper and len(paper.sha256) == 64 else None,
        page=result.spans[0].page if result.spans else None,
        boxes=[[round(edge, 2) for edge in box] for box in (result.spans[0].boxes if result.spans else ())],
        quote=result.quote,
        value=result.value,
        unit=result.unit,
        split=result.split,
        language=result.language,
        metric=result.metric,
        condition=dict(sorted(result.condition)),
    )


def _coverage(records: int, works: int) -> SourceCoverage:
    level: Literal["SINGLE_SOURCE", "TWO_SOURCES", "SEVERAL_SOURCES"] = (
        "SINGLE_SOURCE" if works < 2 else "TWO_SOURCES" if works == 2 else "SEVERAL_SOURCES"
    )
    basis = (
        f"{plural(records, 'reported value')} in {plural(works, 'distinct work')}; versions of a paper "
        "are one"
    )
    return SourceCoverage(
        record_count=records, distinct_source_count=works, coverage_level=level, basis=basis
    )


def _profile(entries: Sequence[BenchmarkEntry], papers: int) -> SourceProfile:
    urls = {e.source_url for e in entries if e.source_url}
    missing = {e.doc_id for e in entries if not e.source_url}
    years = [e.year for e in entries if e.year]
    return SourceProfile(
        source_url_count=len(urls),
        missing_source_url_count=len(missing),
        domains=sorted({e.source_domain for e in entries if e.source_domain}),
        year_min=min(years, default=None),
        year_max=max(years, default=None),
        basis=f"counted over the {plural(papers, 'paper')} that state a value",
    )


def _severity(one: Comparison, spread: float | None) -> Severity:
    match one.relation:
        case "not_comparable":
            return "NOT_COMPARABLE"
        case "condition_not_stated":
            return "CONDITION_NOT_STATED"
        case "agree":
            return "NONE"
    if spread is None or spread < MEDIUM_PP:
        return "LOW"
    return "MEDIUM" if spread < HIGH_PP else "HIGH"


def _interpretation(one: Comparison, spread: float | None) -> str:
    said = {
        "agree": "The values were measured under the same stated conditions and agree.",
        "conflict": "The values were measured under the same stated conditions and differ.",
        "not_comparable": "Not comparable: the values must not be set side by side, so no range is given.",
        "condition_not_stated": "Condition not stated: the values may not compare, so no range is given.",
    }[one.relation]
    unit = (
        " The spread is not given in percentage points, because a value is not in percent."
        if (one.relation in ("agree", "conflict") and spread is None)
        else ""
    )
    return f"{said} {sentence(one.reason)}{unit}".strip()
