"""A report in, its sealed attempts out: what bears on which claim, what it settled, in the exact words."""

from __future__ import annotations

from collections.abc import Iterator

from synth.formats.document import Block, Heading, Paragraph, Run, Table, code, plain, strong
from synth.formats.sections.numbering import Numbering
from synth.formats.wording import plural, sentence, verb
from synth.records import Attempt, GateStatus, Report

SCALE = {True: "", False: " (not at the claim's own scale)"}


def attempts(report: Report, numbering: Numbering) -> Iterator[Block]:
    """Yield section 3.6: every attempt with the claims it bears on; nothing where there is none."""
    if not report.attempts:
        return
    yield Heading(level=3, number="3.6", text="Sealed attempts", anchor="attempts")
    yield Paragraph(text=plain(_summary(report)))
    yield Table(
        columns=("Attempt", "Claims", "Outcome", "What was tested, and what came out"),
        rows=tuple(
            (
                (Run(f"{one.experiment.replace('_', ' ')} "), code(one.id)),
                numbering.linked([a.claim for a in report.attempts if _same(a, one)]),
                plain(f"{one.outcome.value}{SCALE[one.at_claim_scale]}"),
                (Run(f"{sentence(one.hypothesis)} "), strong("Found: "), Run(sentence(one.reason))),
            )
            for one in distinct(report)
        ),
        widths=(3, 2, 4, 13),
    )
    for words in dict.fromkeys(a.words for a in report.attempts if a.words):
        yield Paragraph(text=(strong("Scale: "), Run(sentence(words))))
    yield Paragraph(
        text=plain(
            "Each attempt lies beneath gate/ with its spec, raw predictions and page.html; synth gate verify "
            "checks its files and computes its figures again, with --rerun it runs it again."
        ),
        small=True,
    )


def distinct(report: Report) -> tuple[Attempt, ...]:
    """Return one of each attempt and hypothesis, whatever the number of claims that it bears on."""
    kept = {(a.folder, a.hypothesis): a for a in reversed(report.attempts)}
    return tuple(sorted(kept.values(), key=lambda a: (a.ended_at, a.id, a.hypothesis)))


def _same(one: Attempt, other: Attempt) -> bool:
    return (one.folder, one.hypothesis) == (other.folder, other.hypothesis)


def _summary(report: Report) -> str:
    made = len({a.folder for a in report.attempts})
    claims = len({a.claim for a in report.attempts})
    verified = sum(g.status is GateStatus.VERIFIED for _, g in report.gates)
    falsified = sum(g.status is GateStatus.FALSIFIED for _, g in report.gates)
    return (
        f"{plural(made, 'sealed attempt')} {verb(made, 'bears', 'bear')} on {plural(claims, 'claim')}; the "
        f"gate gives {verified} of them VERIFIED and {falsified} FALSIFIED. A status follows from an attempt "
        "at the scale of the claim alone, never from a score."
    )
