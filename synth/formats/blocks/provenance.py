"""A report in, its provenance out: who, with what, when. The only clock of a bundle stands here."""

from __future__ import annotations

from synth.formats.blocks.header import header, publisher
from synth.formats.blocks.people import counted
from synth.formats.contracts import Named, SourceProvenance
from synth.formats.wording import plural, verb
from synth.records import Report

REVIEW_METHOD = "three rubrics of computed checks (challenger, confirmer, integrator); no human peer review"
QUALITY_GUIDE = (
    "A tick is support by another work at or above the threshold; a confidence is the calibrated "
    "probability of the "
    "label shown; a score is the sum of the checks that the review lists; a status is the gate's alone."
)
NOTE = "A machine-made synthesis of existing literature; not primary research."


def level(report: Report) -> Named:
    """Return how much of the claims is public: each of them with its quotes, or none."""
    if report.judged:
        return Named(key="L4_PER_CLAIM_RECORDS", label="L4, Record of each claim with quote, page and boxes")
    return Named(key="L1_SOURCES_ONLY", label="L1, Sources alone")


def lineage(report: Report) -> str:
    """Return where the claims come from, in words."""
    works = len({one.claim.paper for one in report.judged})
    claims = len(report.judged)
    return (
        f"{plural(claims, 'claim')} {verb(claims, 'is', 'are')} quoted from {plural(works, 'paper')}, out of "
        f"{plural(report.candidates, 'candidate')}; each with paper, page and boxes in claims.jsonl"
    )


def review_method(report: Report) -> str:
    """Return how the report was reviewed: by rubrics, and by people beside them where there were any."""
    made = counted(report)
    if made is None or not made.reviewed:
        return REVIEW_METHOD
    names = sum(bool(s.accepted or s.rejected or s.changed or s.settled) for s in made.shares)
    return (
        f"{REVIEW_METHOD}; beside them {plural(names, 'person', 'people')} reviewed "
        f"{len(made.reviewed):,} of {plural(len(report.judged), 'claim')}, which moves none of their points"
    )


def source_provenance(report: Report) -> SourceProvenance:
    """Return the provenance block."""
    made = report.provenance
    return SourceProvenance(
        **header("source-provenance-v1"),
        publisher=publisher(report),
        public_provenance_level=level(report),
        report_artifact="report.pdf",
        external_record=None,
        claim_lineage=lineage(report),
        review_method=review_method(report),
        quality_guide=QUALITY_GUIDE,
        contract="source-provenance-v1",
        note=NOTE,
        generated_at=made.generated_at,
        signatures=dict(sorted(made.signatures)),
        settings=dict(sorted(made.settings)),
    )
