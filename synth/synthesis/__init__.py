"""A question and its judged claims in; findings by theme, disagreements and answerability out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.records import Comparison, Judged, Paper, Passage, Question, Synthesis
from synth.synthesis import answerability
from synth.synthesis.abstract import abstract
from synth.synthesis.agreement import disagreements
from synth.synthesis.themes import findings

if TYPE_CHECKING:
    from synth.synthesis.matching import Encode

__all__ = ["SIGNATURE", "abstract", "synthesise"]

SIGNATURE = f"themes/3+{answerability.SIGNATURE}"


def synthesise(
    question: Question,
    judged: Sequence[Judged],
    *,
    papers: Sequence[Paper],
    passages: Sequence[Passage],
    comparisons: Sequence[Comparison],
    threshold: float,
    encode: Encode,
) -> Synthesis:
    """Return what the judged claims say together, and whether these papers answer the question.

    ``passages`` are all that was read (a facet that no claim speaks of may stand in one); ``threshold`` is
    that of the tick; ``encode`` gives unit vectors. Versions of one work never corroborate each other.
    """
    works = {paper.id: paper.work for paper in papers}
    return Synthesis(
        findings=findings(judged, works=works, threshold=threshold, encode=encode),
        answerability=answerability.answer(question, judged, papers=papers, passages=passages),
        disagreements=disagreements(judged, comparisons, works=works, passages=passages, threshold=threshold),
    )
