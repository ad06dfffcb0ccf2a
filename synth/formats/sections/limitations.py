"""A report in, its Limitations out: each computed from what the run did and did not do."""

from __future__ import annotations

from collections.abc import Iterator

from synth.formats.blocks.people import counted
from synth.formats.document import Block, Bullets, Heading, Table, Text, plain
from synth.formats.sections.numbering import Numbering
from synth.formats.wording import listed, plural, quoted, score, sentence, verb
from synth.records import GateStatus, Label, Report


def limitations(report: Report, numbering: Numbering) -> tuple[Block, ...]:
    """Return section 4, with a table of everything that could not be used."""
    return (
        Heading(level=2, number="4", text="Limitations", anchor="limitations"),
        Bullets(items=stated(report, numbering)),
        *_skipped(report),
    )


def stated(report: Report, numbering: Numbering) -> tuple[Text, ...]:
    """Return each limitation in words."""
    said = (*_reading(report, numbering), *_claims(report), *_answer(report), *_nature(report))
    return tuple(plain(s) for s in said)


def _reading(report: Report, numbering: Numbering) -> Iterator[str]:
    unread = [p.id for p in report.papers if p.read == "unread"]
    partial = [p.id for p in report.papers if p.read == "abstract_only"]
    if unread:
        yield (
            f"{plural(len(unread), 'retrieved paper')} could not be read and "
            f"{verb(len(unread), 'adds', 'add')} "
            f"nothing here: {numbering.named(unread)}."
        )
    if partial:
        yield (
            f"Of {plural(len(partial), 'paper')} only the abstract was read, so claims and evidence "
            "in the text "
            f"are missing: {numbering.named(partial)}."
        )
    if not unread and not partial and report.papers:
        yield "The report knows only the retrieved papers; what else was published was not looked at."
    lost = [s for s in report.skipped if s.page is not None]
    if lost:
        yield (
            f"{plural(len(lost), 'part')} of the papers read could not be used and "
            f"{verb(len(lost), 'is', 'are')} listed below."
        )


def _claims(report: Report) -> Iterator[str]:
    judged = len(report.judged)
    if not judged:
        yield "No claim was judged, so nothing here is verified."
        return
    rest = report.candidates - judged - sum(len(one.repeats) for one in report.judged)
    if rest > 0:
        yield (
            f"{plural(rest, 'candidate claim')} farther from the question {verb(rest, 'was', 'were')} "
            "not judged."
        )
    alone = judged - report.verified
    if alone:
        against = sum(one.by_others.label is Label.CONTRADICT for one in report.judged)
        rest_of_them = (
            f"; {against:,} of them {verb(against, 'is', 'are')} contradicted by one" if against else ""
        )
        yield (
            f"{alone:,} of {plural(judged, 'claim')} {verb(alone, 'is', 'are')} not supported by "
            "another of the "
            f"retrieved works{rest_of_them}. A claim that no other work speaks of is not false for that."
        )
    works = {p.work for p in report.papers if p.read != "unread"}
    if len(works) == 1:
        yield "Only one work was read, so no claim could be supported or contradicted by another."
    pageless = sum(not one.claim.spans for one in report.judged)
    if pageless:
        yield (
            f"{plural(pageless, 'claim')} {verb(pageless, 'comes', 'come')} from text without pages, so "
            "no page is given."
        )


def _answer(report: Report) -> Iterator[str]:
    missing = [quoted(f.text) for f in report.synthesis.answerability.facets if not f.covered]
    if missing:
        yield f"Of what the question asks for, these papers do not cover {listed(missing, last='or')}."


def _nature(report: Report) -> Iterator[str]:
    if report.gate.status is GateStatus.UNVERIFIED:
        yield (
            f"No result was proved or reproduced for this report ({report.gate.reason}): a supported "
            "claim is one "
            "that another text repeats."
        )
    yield (
        "Finding, reading, mining and judging were done by a program and may be wrong: a sentence "
        "may be read out "
        "of its context, or a passage misjudged. Every quotation names its page so that it can be looked up."
    )
    yield (
        f"The quality score {score(report.assessment.score)}/10 is computed from this report and is "
        "not peer review; "
        f"{_reviewed(report)}."
    )


def _reviewed(report: Report) -> str:
    """Say how many decisions of how many people stand beside the claims."""
    made = counted(report)
    if made is None:
        return "no person has reviewed it"
    if not made.decisions:
        return "what people decided on its claims was taken back"
    people = plural(len(made.shares), "person", "people")
    return (
        f"{plural(made.decisions, 'decision')} of {people} {verb(made.decisions, 'is', 'are')} in force on "
        f"its claims, of which {len(made.reviewed):,} {verb(len(made.reviewed), 'is', 'are')} reviewed"
    )


def _skipped(report: Report) -> Iterator[Block]:
    if not report.skipped:
        return
    yield Heading(level=3, number="4.1", text="What could not be used", anchor="skipped")
    yield Table(
        columns=("What", "Page", "Why", "What you can do"),
        rows=tuple(
            (
                plain(one.what),
                plain(str(one.page) if one.page is not None else "—"),
                plain(sentence(one.reason)),
                plain(sentence(one.remedy) or "—"),
            )
            for one in report.skipped
        ),
        widths=(4, 1, 6, 6),
        numeric=(1,),
    )
