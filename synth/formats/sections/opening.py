"""A report in, its Abstract, Introduction and Methodology out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from synth.formats.document import Block, Heading, Notice, Paragraph, Run, Table, code, plain, strong
from synth.formats.sections.numbering import Numbering
from synth.formats.wording import listed, plural, probability, score, sentence, verb
from synth.records import Report
from synth.text import letters

_MANDATES = "three computed rubrics"


def abstract(report: Report) -> tuple[Block, ...]:
    """Return the abstract as it was computed, after a notice where the report is not fit to publish."""
    blocks: list[Block] = [Heading(level=2, text="Abstract", anchor="abstract")]
    if not report.assessment.publishable:
        reason = report.assessment.publishable_reason
        known = "not fit to publish"
        rest = reason[len(known) :].lstrip(" :") if reason.lower().startswith(known) else reason
        blocks.append(Notice(text=(strong("Not fit to publish."), Run(f" {sentence(rest)}" if rest else ""))))
    paragraphs = [" ".join(p.split()) for p in report.abstract.split("\n\n") if p.strip()]
    blocks.extend(Paragraph(text=plain(p)) for p in paragraphs)
    return tuple(blocks)


def introduction(report: Report) -> tuple[Block, ...]:
    """Return what is examined and the research question, in the words of reports of this kind."""
    question = " ".join(report.question.text.split())
    ended = question if question[-1] in ".?!" else f"{question}."
    title = " ".join(report.title.split()).rstrip(". ")
    count = plural(len(report.papers), "retrieved paper")
    subject = title
    if not title or letters(title) == letters(question):
        says = verb(len(report.papers), "says", "say")
        subject = f"what {count} {says} on one question"
    return (
        Heading(level=2, number="1", text="Introduction", anchor="introduction"),
        Paragraph(text=plain(f"This paper examines: {subject}. Research question: {ended}")),
    )


def methodology(report: Report, numbering: Numbering) -> tuple[Block, ...]:
    """Return how the papers were found, and claims extracted, verified and reviewed, with every setting."""
    return (
        Heading(level=2, number="2", text="Methodology", anchor="methodology"),
        Paragraph(text=plain(_search(report))),
        Paragraph(text=plain(_claims(report))),
        Paragraph(text=plain(_verified(report))),
        Paragraph(text=plain(_review(report))),
        *_rubrics(report, numbering),
        *_signatures(report),
    )


def _search(report: Report) -> str:
    papers = report.papers
    by_source = Counter(paper.source or "an unnamed source" for paper in papers)
    sources = tuple(sorted(by_source))
    asked = dict(report.provenance.settings).get("sources", "")
    named = tuple(s.strip() for s in asked.split(",") if s.strip()) or sources
    where = f"{plural(len(named), 'source')} ({listed(named)})" if named else "no source"
    parts = [f"A literature search of {where} yielded {plural(len(papers), 'paper')}"]
    if len(sources) > 1:
        parts.append(f": {listed([f'{by_source[s]:,} from {s}' for s in sources])}")
    seen = report.coverage
    parts.append(".")
    if seen.duplicate:
        copies = plural(seen.duplicate, "further file")
        parts.append(f" {copies} {verb(seen.duplicate, 'was a duplicate', 'were duplicates')} and left out.")
    parts.append(f" {_read(report)}")
    return "".join(parts)


def _read(report: Report) -> str:
    seen = report.coverage
    said = [f"{plural(seen.full_text, 'paper')} {verb(seen.full_text, 'was', 'were')} read in full text"]
    if seen.abstract_only:
        said.append(f"{seen.abstract_only:,} by {verb(seen.abstract_only, 'its', 'their')} abstract alone")
    if seen.unread:
        said.append(f"{seen.unread:,} could not be read")
    return f"{listed(said)}."


def _claims(report: Report) -> str:
    judged = len(report.judged)
    start = "Claims were extracted from source material"
    if not report.candidates:
        return f"{start}: no sentence of the papers read was found to make a checkable claim."
    repeats = sum(len(one.repeats) for one in report.judged)
    mined = (
        f"{start}: {plural(report.candidates, 'whole sentence')} {verb(report.candidates, 'was', 'were')} "
        "mined as candidates, verbatim"
    )
    if judged + repeats >= report.candidates:
        kept = f"all of them stand in this report, as {plural(judged, 'claim')}"
    else:
        kept = (
            f"the {judged:,} nearest to the question {verb(judged, 'was', 'were')} judged"
            if judged
            else "none is near enough to the question to be judged"
        )
    grouped = ""
    if repeats:
        grouped = (
            f" {plural(repeats, 'sentence')} of the same meaning in other papers "
            f"{verb(repeats, 'is', 'are')} listed as repeats."
        )
    return f"{mined}; {kept}.{grouped}"


def _verified(report: Report) -> str:
    return (
        "Claims were verified against retrieved documents. Each claim was set against the nearest "
        "passages of "
        "other works, and, told apart, against those of its own work without its own sentence; "
        "another version "
        "of a paper counts as its own work. A claim counts as independently verified where another "
        "work supports "
        f"it with a probability of at least {probability(report.threshold)}."
    )


def _review(report: Report) -> str:
    review = report.assessment
    scores = [f"{one.name} {score(one.score)}" for one in review.reviewers]
    named = f" ({listed(scores)})" if scores else ""
    return (
        f"An assessment by {_MANDATES} of checks, not by people, produced a quality score of "
        f"{score(review.score)}/10{named}. The checks that moved it:"
    )


def _rubrics(report: Report, numbering: Numbering) -> Iterator[Block]:
    """Yield the table of every point taken or given, and by what."""
    rows = tuple(
        (
            plain(reviewer.name),
            plain(one.check),
            plain(f"{one.points:+.2f}"),
            plain(sentence(one.note)),
            plain(numbering.named(one.causes) or "—"),
        )
        for reviewer in report.assessment.reviewers
        for one in reviewer.deductions
    )
    if rows:
        yield Table(
            columns=("Reviewer", "Check", "Points", "Note", "Caused by"),
            rows=rows,
            widths=(3, 4, 2, 7, 6),
            numeric=(2,),
        )
    else:
        yield Paragraph(text=plain("No check took or gave a point."))
    review = report.assessment
    yield Paragraph(
        text=plain(
            f"Quality tier: {review.tier} ({review.tier_basis}). Verification level: {review.level} of 7 "
            f"({review.level_basis}). Gate status: {report.gate.status.value} ({report.gate.reason})."
        ),
        small=True,
    )


def _signatures(report: Report) -> Iterator[Block]:
    """Yield the table of methods, models and settings that made the report."""
    made = report.provenance
    named = [("synth", made.synth_version), *made.signatures, *made.settings]
    yield Paragraph(text=plain("Methods, models and settings, as this run recorded them:"))
    yield Table(
        columns=("Name", "Value"),
        rows=tuple((plain(name), (code(value),)) for name, value in named if value),
        widths=(1, 3),
    )
