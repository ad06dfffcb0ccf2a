"""A report in, record.html out: the public record page, with the blocks of the manifest as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synth.formats import blocks
from synth.formats.blocks.provenance import NOTE, QUALITY_GUIDE, level, lineage, review_method
from synth.formats.document import (
    Block,
    Document,
    Heading,
    Notice,
    Paragraph,
    Run,
    Table,
    Text,
    code,
    plain,
    strong,
)
from synth.formats.page import page
from synth.formats.sections.attempts import SCALE, distinct
from synth.formats.wording import day, score, sentence
from synth.records import Report

FILENAME: Final = "record.html"

_TIERS = {
    "FLAGSHIP_CANDIDATE": "Flagship candidate",
    "DOI_GRADE": "DOI grade",
    "PUBLIC_RECORD": "Public record",
    "WATCHLIST": "Watchlist",
    "QUARANTINE_CANDIDATE": "Quarantine candidate",
}


def render(report: Report) -> bytes:
    """Return the record page as one self-contained HTML file in UTF-8; it holds no clock."""
    return page(
        Document(
            title=report.title,
            author=report.provenance.publisher,
            date=day(report.date),
            blocks=tuple(_blocks(report)),
        )
    )


def _blocks(report: Report) -> Iterator[Block]:
    yield Heading(level=2, text="Abstract", anchor="abstract")
    if not report.assessment.publishable:
        yield Notice(text=(strong(sentence(report.assessment.publishable_reason)),))
    yield Paragraph(text=plain(report.abstract))
    yield Heading(level=2, text="Research Question", anchor="question")
    yield Paragraph(text=plain(report.question.text))
    yield from _verification(report)
    yield from _gate(report)
    yield from _tier(report)
    yield from _dimensions(report)
    yield from _corrections(report)
    yield from _provenance(report)


def _verification(report: Report) -> Iterator[Block]:
    made = blocks.verification_levels(report)
    counts = made.claim_summary
    yield Heading(level=2, text="Verification Level", anchor="verification")
    yield _facts(
        ("Paper level", made.paper_level_label),
        ("Basis", made.basis),
        ("Source-grounded claims", str(counts.source_grounded_claims)),
        ("Claims supported by another work", str(counts.cross_source_corroborated_claims)),
        ("Claims that a sealed attempt bears on", str(counts.artifact_inspected_claims)),
        ("Claims run in the sandbox at their own scale", str(counts.sandbox_executed_claims)),
        ("Claims reproduced or proved", str(counts.independently_reproduced_claims)),
        ("Claim record source", counts.claim_record_source),
    )
    yield _small(made.enforcement)


def _gate(report: Report) -> Iterator[Block]:
    made = blocks.gate_verdict(report)
    yield Heading(level=2, text="Truth-Engine Gate Verdict", anchor="gate")
    yield _facts(("Status", made.label), ("Gate", made.gate), ("Reason", sentence(made.reason)))
    if report.attempts:
        yield Table(
            columns=("Attempt", "Outcome", "What it says"),
            rows=tuple(
                (
                    (Run(f"{one.experiment.replace('_', ' ')} "), code(one.id)),
                    plain(f"{one.outcome.value}{SCALE[one.at_claim_scale]}"),
                    plain(f"{sentence(one.reason)} {sentence(one.words) if one.words else ''}".rstrip()),
                )
                for one in distinct(report)
            ),
            widths=(3, 3, 8),
        )
    yield _small(f"{made.definition} {made.enforcement}")


def _tier(report: Report) -> Iterator[Block]:
    made = blocks.quality_tiers(report)
    yield Heading(level=2, text="Quality Tier", anchor="tier")
    yield _facts(
        ("Tier", _TIERS[made.tier]),
        ("Basis", sentence(made.basis)),
        ("Review score", f"{score(made.inputs.review_score)}/10"),
    )
    yield _small(f"{made.enforcement} {made.limitations[0]}")


def _dimensions(report: Report) -> Iterator[Block]:
    made = report.assessment.dimensions
    yield Heading(level=2, text="Quality Dimensions", anchor="dimensions")
    yield Table(
        columns=("Dimension", "Level", "Score", "Basis"),
        rows=tuple(
            (
                plain(one.name.replace("_", " ").capitalize()),
                plain(one.level),
                plain("—" if one.score is None else score(one.score)),
                plain(sentence(one.basis)),
            )
            for one in made
        ),
        widths=(4, 3, 2, 8),
        numeric=(2,),
    )
    yield _small("Signals computed from this report; not human peer review or independent validation.")


def _corrections(report: Report) -> Iterator[Block]:
    made = blocks.correction_record(report)
    yield Heading(level=2, text="Correction Record", anchor="corrections")
    yield _facts(
        ("Status", made.correction_state),
        ("Correction count", str(made.correction_count)),
        *((f"{e.corrected_at}, {e.correction_type}", e.public_note) for e in made.correction_events),
        ("Manifest contract", made.manifest.contract_version),
        ("Correction contract", made.contract_version),
    )
    yield _small(f"{made.policy.basis} {made.interpretation}")


def _provenance(report: Report) -> Iterator[Block]:
    yield Heading(level=2, text="Provenance", anchor="provenance")
    yield _facts(
        ("Publisher", report.provenance.publisher),
        ("Public provenance", level(report).label),
        ("Report artifact", "report.pdf"),
        ("External record", "Not registered"),
        ("Claim lineage", sentence(lineage(report))),
        ("Review method", sentence(review_method(report))),
        ("Quality guide", QUALITY_GUIDE),
        ("Provenance contract", "source-provenance-v1"),
        ("Fingerprint", report.fingerprint),
        ("Note", NOTE),
    )


def _facts(*rows: tuple[str, str]) -> Table:
    cells: tuple[tuple[Text, ...], ...] = tuple((plain(name), plain(value)) for name, value in rows)
    return Table(columns=(), rows=cells, widths=(1, 2))


def _small(text: str) -> Paragraph:
    return Paragraph(text=(Run(text),), small=True)
