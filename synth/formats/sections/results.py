"""A report in, its Results out: the counts, coverage, the answer, themes, disagreements, numbers."""

from __future__ import annotations

from collections.abc import Iterator

from synth.formats.document import Block, Bullets, Heading, Paragraph, Quote, Run, Table, Text, plain, strong
from synth.formats.sections import attempts, people, quantities
from synth.formats.sections.numbering import Numbering, anchor, place
from synth.formats.wording import plural, probability, score, sentence, verb
from synth.records import Disagreement, Finding, Label, Report

ANSWERS = {
    "answered": "These papers answer the question.",
    "partly": "These papers answer the question in part.",
    "not_answered": "These papers do not answer the question.",
}
_STATES = {
    "agreement": "works agree",
    "disagreement": "works disagree",
    "one_work": "one work only",
    "unconnected": "no work speaks to another",
}


def counts(report: Report) -> str:
    """Return the counting sentence that reports of this kind have."""
    return (
        f"{plural(len(report.papers), 'paper')} retrieved. {plural(len(report.judged), 'claim')} extracted; "
        f"{report.verified:,} independently verified. Quality review score: "
        f"{score(report.assessment.score)}/10."
    )


def results(report: Report, numbering: Numbering) -> tuple[Block, ...]:
    """Return section 3."""
    return (
        Heading(level=2, number="3", text="Results", anchor="results"),
        Paragraph(text=plain(counts(report))),
        Paragraph(text=plain(_support(report))),
        *_coverage(report),
        *_answer(report, numbering),
        *_findings(report, numbering),
        *_disagreements(report, numbering),
        *quantities.measured(report),
        *attempts.attempts(report, numbering),
        *people.people(report, numbering),
    )


def _support(report: Report) -> str:
    """Return the three separate counts: support by other works, by the own work alone, contradiction."""
    judged = report.judged
    own = sum(
        one.by_own.ticked(report.threshold) and not one.by_others.ticked(report.threshold) for one in judged
    )
    against = sum(one.by_others.label is Label.CONTRADICT for one in judged)
    mixed = sum(one.by_others.mixed for one in judged)
    said = (
        f"{plural(report.verified, 'claim')} {verb(report.verified, 'is', 'are')} supported by another "
        f"work and {own:,} by {verb(own, 'its', 'their')} own work alone; "
        f"{against:,} {verb(against, 'is', 'are')} contradicted by another work"
    )
    if mixed:
        said += f"; other works stand on both sides of {mixed:,}"
    return f"{said}."


def _coverage(report: Report) -> Iterator[Block]:
    seen = report.coverage
    yield Heading(level=3, number="3.1", text="Coverage", anchor="coverage")
    yield Table(
        columns=("Found", "Duplicate", "Readable", "Full text", "Abstract only", "Unread"),
        rows=(
            tuple(
                plain(f"{n:,}")
                for n in (
                    seen.found,
                    seen.duplicate,
                    seen.readable,
                    seen.full_text,
                    seen.abstract_only,
                    seen.unread,
                )
            ),
        ),
        widths=(1, 1, 1, 1, 1, 1),
        numeric=(0, 1, 2, 3, 4, 5),
    )


def _answer(report: Report, numbering: Numbering) -> Iterator[Block]:
    answer = report.synthesis.answerability
    yield Heading(level=3, number="3.2", text="Do these papers answer the question?", anchor="answer")
    yield Paragraph(text=(strong(ANSWERS[answer.answer]), Run(f" {sentence(answer.reason)}".rstrip())))
    if not answer.facets:
        return
    yield Table(
        columns=("What the question asks for", "Kind", "Covered", "Why", "Claims"),
        rows=tuple(
            (
                plain(facet.text),
                plain(facet.kind),
                plain("yes" if facet.covered else "no"),
                plain(sentence(facet.reason)),
                numbering.linked(facet.claims),
            )
            for facet in answer.facets
        ),
        widths=(6, 3, 2, 7, 3),
    )


def _findings(report: Report, numbering: Numbering) -> Iterator[Block]:
    yield Heading(level=3, number="3.3", text="Findings by theme", anchor="findings")
    findings = report.synthesis.findings
    if not findings:
        yield Paragraph(text=plain("The judged claims form no theme."))
        return
    yield Bullets(items=tuple(_finding(one, numbering) for one in findings))


def _finding(finding: Finding, numbering: Numbering) -> Text:
    theme = sentence(finding.theme).rstrip(".")
    return (
        strong(f"{theme} "),
        Run(f"({_STATES[finding.state]}): {sentence(finding.sentence)} See {_noun(finding)} "),
        *numbering.linked(finding.claims),
        Run("."),
    )


def _noun(finding: Finding) -> str:
    return verb(len(finding.claims), "claim", "claims")


def _disagreements(report: Report, numbering: Numbering) -> Iterator[Block]:
    """Yield what was confirmed by another work and what cannot both hold, each with both quotes."""
    yield Heading(level=3, number="3.4", text="Agreement and disagreement", anchor="disagreement")
    yield from _agreements(report, numbering)
    found = report.synthesis.disagreements
    if not found:
        yield Paragraph(text=plain("No two statements were found that cannot both hold."))
        return
    count = plural(len(found), "pair")
    yield Paragraph(
        text=plain(f"{count} of statements {verb(len(found), 'was', 'were')} found that cannot both hold:")
    )
    for one in found:
        yield from _disagreement(one, report, numbering)


def _agreements(report: Report, numbering: Numbering) -> Iterator[Block]:
    ticked = [one for one in report.judged if one.by_others.ticked(report.threshold)]
    if not ticked:
        yield Paragraph(text=plain("No claim is supported by another work, so no agreement is shown."))
        return
    count = plural(len(ticked), "claim")
    yield Paragraph(text=plain(f"{count} {verb(len(ticked), 'is', 'are')} supported by another work:"))
    for one in ticked:
        best = next(e for e in one.by_others.evidence if e.relation is Label.SUPPORT)
        number = numbering.claims[one.claim.id]
        yield Quote(
            text=one.claim.text,
            source=(
                Run(f"Claim {number}", "", f"#{anchor(number)}"),
                Run(f", {numbering.paper(one.claim.paper)}, {place(one.claim.spans)}"),
            ),
            tone="claim",
        )
        yield Quote(
            text=best.quote,
            source=plain(
                f"Supported with {probability(one.by_others.confidence)} by {best.doc_id}, "
                f"{place(best.spans)}"
            ),
            tone="support",
        )


def _disagreement(one: Disagreement, report: Report, numbering: Numbering) -> Iterator[Block]:
    yield Paragraph(text=plain(sentence(one.reason)))
    judged = next((j for j in report.judged if j.claim.id == one.claim), None)
    result = next((r for r in report.results if r.id == one.claim), None)
    if judged is not None:
        number = numbering.claims[one.claim]
        source: Text = (
            Run(f"Claim {number}", "", f"#{anchor(number)}"),
            Run(f", {numbering.paper(judged.claim.paper)}, {place(judged.claim.spans)}"),
        )
        yield Quote(text=judged.claim.text, source=source, tone="claim")
    elif result is not None:
        yield Quote(text=result.quote, source=plain(f"{result.doc_id}, {place(result.spans)}"), tone="claim")
    yield Quote(
        text=one.evidence.quote,
        source=plain(f"{one.evidence.doc_id}, {place(one.evidence.spans)}"),
        tone="contradict",
    )
