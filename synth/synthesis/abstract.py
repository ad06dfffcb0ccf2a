"""A question, its judged claims, coverage and synthesis in; the report's abstract out, all computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from synth.records import Coverage, Disagreement, Finding, Judged, Label, Question, Synthesis

_ANSWERS = {
    "answered": "The papers answer the question",
    "partly": "The papers answer the question in part",
    "not_answered": "The papers do not answer the question",
}
_BETWEEN: tuple[tuple[Literal["between_versions", "between_works", "within_paper"], str], ...] = (
    ("between_versions", "between versions of one work"),
    ("between_works", "between works"),
    ("within_paper", "within one paper"),
)
MOST = 3
"""How many themes the abstract names, of those on which works agree or disagree, and of the others."""


def abstract(
    question: Question,
    judged: Sequence[Judged],
    *,
    coverage: Coverage,
    synthesis: Synthesis,
    threshold: float,
) -> str:
    """Return one paragraph: what was asked, read and judged, the answer, where works agree and disagree.

    Counts of zero are left out, except where no claim has the support of another work.
    """
    return " ".join(
        (
            f"This report asks: {question.text}{'' if question.text[-1:] in '.?!' else '.'}",
            *_read(coverage),
            *_judged(judged, threshold),
            _answered(synthesis),
            *_themes(synthesis.findings),
            *_conflicts(synthesis.disagreements),
        )
    )


def _read(coverage: Coverage) -> Iterator[str]:
    """Yield how many papers it rests on, and which of them were not read whole."""
    whole, short, unread = coverage.full_text, coverage.abstract_only, coverage.unread
    if not whole + short:
        yield "No paper could be read."
        return
    rests = f"It rests on {_counted(whole + short, 'paper')}"
    if not short:
        yield f"{rests}{', all' if whole > 1 else ''} read in full{_unread(unread)}."
    elif not whole:
        yield f"{rests} read as {_abstracts(short)} alone{_unread(unread)}."
    else:
        yield f"{rests}, {whole} read in full and {short} as {_abstracts(short)} alone{_unread(unread)}."


def _abstracts(count: int) -> str:
    return "an abstract" if count == 1 else "abstracts"


def _unread(count: int) -> str:
    return f"; {count} more could not be read" if count else ""


def _judged(judged: Sequence[Judged], threshold: float) -> Iterator[str]:
    """Yield how many claims were judged, and what the verdicts were."""
    if not judged:
        yield "No claim near the question was found in them."
        return
    others = sum(one.by_others.ticked(threshold) for one in judged)
    own = sum(one.by_own.ticked(threshold) and not one.by_others.ticked(threshold) for one in judged)
    against = sum(one.by_others.label is Label.CONTRADICT for one in judged)
    both = sum(one.by_others.mixed for one in judged)
    told = [
        f"{_are(others)} supported by another work",
        *([f"{own} only by other sentences of {_verb(own, 'its', 'their')} own work"] if own else []),
        *([f"{_are(against)} contradicted by another work"] if against else []),
        *([f"{both} {_verb(both, 'has', 'have')} other works on both sides"] if both else []),
    ]
    one = f"The {_counted(len(judged), 'claim')} nearest to the question {_verb(len(judged), 'was', 'were')}"
    yield f"{one} judged: {_listed(told)}."


def _answered(synthesis: Synthesis) -> str:
    answer = synthesis.answerability
    reason = answer.reason
    # an acronym at the start keeps its capitals
    low = reason[:1].lower() + reason[1:] if reason[1:2].islower() or reason[1:2] == " " else reason
    return f"{_ANSWERS[answer.answer]}: {low}"


def _themes(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the findings on which works speak to each other in full, and the largest others by name."""
    # a claim that has no name but its own words is left to the list of findings
    named = [f for f in findings if f.terms and not f.theme.startswith("“")]
    connected = [f for f in named if f.state in ("agreement", "disagreement")]
    yield from (f.sentence for f in connected[:MOST])
    others = [f for f in named if f not in connected][:MOST]
    if others:
        told = [
            f"{f.theme} ({_counted(len(f.claims), 'claim')} from {_counted(f.works, 'work')})" for f in others
        ]
        lead = "Other themes, on which no work speaks to another," if connected else "The largest themes"
        one = "Another theme, on which no work speaks to another," if connected else "The one theme"
        yield f"{one if len(told) == 1 else lead} {_verb(len(told), 'is', 'are')} {_listed(told)}."


def _conflicts(found: Sequence[Disagreement]) -> Iterator[str]:
    """Yield how many pairs of statements cannot both hold, and between whom."""
    if not found:
        return
    kinds = Counter(one.kind for one in found)
    where = [(kinds[kind], words) for kind, words in _BETWEEN if kinds[kind]]
    pairs = f"{len(found)} {_verb(len(found), 'pair', 'pairs')} of statements"
    if len(where) > 1:
        yield f"{pairs} cannot both hold: {_listed([f'{count} {words}' for count, words in where])}."
    else:
        yield f"{where[0][1].capitalize()}, {pairs} cannot both hold."


def _listed(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join((*([", ".join(parts[:-1])] if parts[1:] else []), *parts[-1:]))


def _are(count: int) -> str:
    return f"{count or 'none'} {_verb(max(count, 1), 'is', 'are')}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
