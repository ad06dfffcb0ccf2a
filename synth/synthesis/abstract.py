"""A question, its judged claims, coverage and synthesis in; the report's abstract out, all computed."""

from __future__ import annotations

from collections.abc import Sequence

from synth.records import Coverage, Judged, Label, Question, Synthesis

_ANSWERS = {
    "answered": "These papers speak to the question.",
    "partly": "These papers answer the question only in part.",
    "not_answered": "These papers do not answer the question.",
}
MOST = 3
"""How many findings the abstract tells."""


def abstract(
    question: Question,
    judged: Sequence[Judged],
    *,
    coverage: Coverage,
    synthesis: Synthesis,
    threshold: float,
) -> str:
    """Return one paragraph: what was asked, read and judged, the answer, and the findings that works share.

    Findings on which works agree or disagree come first, then those with most claims; nothing is quoted, cut
    or guessed.
    """
    supported = sum(one.by_others.ticked(threshold) for one in judged)
    own = sum(one.by_own.ticked(threshold) for one in judged)
    against = sum(one.by_others.label is Label.CONTRADICT for one in judged)
    answer = synthesis.answerability
    parts = [
        f"This report asks: {question.text}",
        f"Of {_counted(coverage.found - coverage.duplicate, 'paper')} retrieved, {coverage.full_text} "
        f"{_were(coverage.full_text)} read in full and {coverage.abstract_only} as an abstract alone; "
        f"{coverage.unread} could not be read.",
        f"{_counted(len(judged), 'claim')} {_were(len(judged))} judged: {supported} supported by another "
        f"work, {own} by other sentences of their own work, {against} contradicted by another work.",
        f"{_ANSWERS[answer.answer]} {answer.reason}",
    ]
    ordered = sorted(synthesis.findings, key=lambda f: f.state not in ("agreement", "disagreement"))
    parts += [finding.sentence for finding in ordered[:MOST] if len(finding.claims) > 1 or finding.works > 1]
    return " ".join(part if part[-1:] in ".?!" else f"{part}." for part in parts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
