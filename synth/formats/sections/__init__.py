"""A report in, its document out: the sections in their order, the same in Markdown, HTML and PDF."""

from __future__ import annotations

from synth.formats.document import Block, Document
from synth.formats.sections import claims, evidence, limitations, opening, references, results
from synth.formats.sections.numbering import Numbering
from synth.formats.wording import day
from synth.records import Report
from synth.text import printable

__all__ = ["compose"]


def compose(report: Report) -> Document:
    """Return the whole report; every sentence that is no quotation comes from a template over its values."""
    numbering = Numbering.of(report)
    blocks: tuple[Block, ...] = (
        *opening.abstract(report),
        *opening.introduction(report),
        *opening.methodology(report, numbering),
        *results.results(report, numbering),
        *limitations.limitations(report, numbering),
        *claims.extracted(report, numbering),
        *evidence.evidence(report, numbering),
        *references.references(report),
    )
    return Document(
        title=" ".join(printable(report.title).split()) or report.question.text,
        author=" ".join(printable(report.provenance.publisher).split()) or "synth",
        date=day(report.date),
        blocks=blocks,
    )
