"""Accuracy of the answerability verdict on judged questions: one half to develop on, one to report.

python bench/answerability.py [--half develop|report|seeds] [--wrong]

The mini papers, questions and judgements of answerability.jsonl were written and judged before the rules were
tuned; the papers of the two halves are of different fields. "seeds" asks published questions of the abstracts
in the shared folder, where that is present.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from signature import SHARED, signature

from synth import encoder
from synth.records import (
    Answerability,
    Claim,
    ClaimKind,
    Judged,
    Label,
    Paper,
    Passage,
    Probabilities,
    Question,
    Role,
    Sentence,
    Verdict,
    content_id,
)
from synth.synthesis import SIGNATURE, synthesise
from synth.text import sentences

CASES = Path(__file__).with_suffix(".jsonl")
ANSWERS = ("answered", "partly", "not_answered")
# Judged by the abstracts alone; where two answers are given, either may be signed.
SEEDS = (
    (
        "Does English intermediate-task training improve zero-shot cross-lingual transfer?",
        ("2005.13013v2",),
        ("answered",),
    ),
    (
        "Does the benefit of intermediate-task training for zero-shot cross-lingual transfer on XTREME-R "
        "diminish when the pre-trained model size exceeds 10 billion parameters?",
        ("",),
        ("not_answered",),
    ),
    (
        "What is the impact of different intermediate-task selection strategies (e.g., task similarity, task "
        "difficulty) on the zero-shot cross-lingual transfer performance of LLMs for logical inference "
        "tasks?",
        ("",),
        ("partly", "not_answered"),
    ),
    (
        "Does intermediate-task training on logical inference datasets improve zero-shot cross-lingual "
        "performance on XTREME-R for low-resource languages compared to direct fine-tuning?",
        ("",),
        ("partly", "not_answered"),
    ),
    (
        "How does the robustness of zero-shot cross-lingual transfer from English intermediate-task training "
        "vary across different cognitive reasoning benchmarks (e.g., ARC, COPA, HellaSwag) in multilingual "
        "models?",
        ("",),
        ("partly", "not_answered"),
    ),
    ("Does vitamin D reduce the risk of fractures?", ("",), ("not_answered",)),
)


def case_papers(papers: Sequence[dict[str, Any]]) -> tuple[tuple[Paper, ...], tuple[Passage, ...]]:
    """Return the records of papers given as title and passages."""
    made, passages = [], []
    for given in papers:
        paper = Paper(id=content_id("p", given["title"]), file="", title=given["title"])
        made.append(paper)
        for number, text in enumerate(given["passages"]):
            spans = tuple(Sentence(start=a, end=b, spans=()) for a, b in sentences(text))
            passages.append(
                Passage(
                    id=content_id("s", paper.id, str(number)),
                    paper=paper.id,
                    section="",
                    role=Role.BODY if number else Role.ABSTRACT,
                    text=text,
                    spans=(),
                    sentences=spans,
                )
            )
    return tuple(made), tuple(passages)


def all_claims(passages: Sequence[Passage]) -> tuple[Judged, ...]:
    """Return every sentence of the abstracts as a claim that nothing supports."""
    judged = []
    for passage in passages:
        for i in range(len(passage.sentences) if passage.role is Role.ABSTRACT else 0):
            claim = Claim(
                id=content_id("c", passage.id, str(i)),
                paper=passage.paper,
                passage=passage.id,
                sentence=i,
                text=passage.sentence_text(i),
                kind=ClaimKind.FINDING,
                section="",
                spans=(),
                quantities=(),
                conditions=(),
                score=0.5,
            )
            nothing = Verdict(
                claim=claim.id,
                label=Label.NOT_ENOUGH_INFO,
                probabilities=Probabilities(0.0, 0.0, 1.0),
                evidence=(),
                signature="none",
            )
            judged.append(Judged(claim=claim, relevance=0.5, by_others=nothing, by_own=nothing))
    return tuple(judged)


def ask(question: str, papers: Sequence[dict[str, Any]], encode: Any) -> Answerability:
    """Return the verdict on a question and papers."""
    records, passages = case_papers(papers)
    return synthesise(
        Question(text=question),
        all_claims(passages),
        papers=records,
        passages=passages,
        comparisons=(),
        threshold=0.5,
        encode=encode,
    ).answerability


def cases(half: str) -> Iterator[tuple[str, list[dict[str, Any]], tuple[str, ...], str]]:
    """Yield question, papers, acceptable answers and why, of one half."""
    if half == "seeds":
        folder = SHARED / "papers" / "abstracts.json"
        if not folder.exists():
            raise SystemExit(f"the seeds' abstracts are not here ({folder}); set SYNTH_SHARED")
        abstracts = json.loads(folder.read_text())
        for question, ids, answers in SEEDS:
            chosen = [a for a in abstracts if any(a["id"].startswith(i) for i in ids)]
            yield question, [{"title": a["title"], "passages": [a["abstract"]]} for a in chosen], answers, ""
        return
    rows = [json.loads(line) for line in CASES.read_text().splitlines()]
    papers = {row["paper"]: row for row in rows if "paper" in row}
    for row in rows:
        if row.get("half") == half:
            yield row["question"], [papers[key] for key in row["papers"]], (row["answer"],), row["why"]


def main() -> None:
    """Print accuracy per class, the confusions, and with ``--wrong`` each case that went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("develop", "report", "seeds"), default="report")
    parser.add_argument("--wrong", action="store_true")
    options = parser.parse_args()
    loaded = encoder.load()
    given = list(cases(options.half))
    said = [ask(question, papers, loaded.encode) for question, papers, _, _ in given]
    print(
        signature(data=f"{CASES.name}, {options.half}, {len(given)} cases; {SIGNATURE}; {loaded.signature}")
    )
    confusion = Counter((wanted[0], a.answer) for a, (_, _, wanted, _) in zip(said, given, strict=True))
    right = sum(a.answer in wanted for a, (_, _, wanted, _) in zip(said, given, strict=True))
    print("| judged | " + " | ".join(ANSWERS) + " | right |\n|---|" + "---|" * 4)
    for row in ANSWERS:
        total = sum(confusion[row, column] for column in ANSWERS)
        if total:
            shown = " | ".join(str(confusion[row, column]) for column in ANSWERS)
            hits = sum(
                a.answer in wanted
                for a, (_, _, wanted, _) in zip(said, given, strict=True)
                if wanted[0] == row
            )
            print(f"| {row} | {shown} | {hits} of {total} |")
    print(f"accuracy {right / len(given):.2f} ({right} of {len(given)})")
    for answer, (question, _, wanted, why) in zip(said, given, strict=True):
        if options.wrong and (options.half == "seeds" or answer.answer not in wanted):
            print(
                f"\n{question}\n  judged {' or '.join(wanted)} ({why}); said {answer.answer}: {answer.reason}"
            )
            for facet in answer.facets:
                print(f"    {facet.kind:10} {'+' if facet.covered else '-'} {facet.text}: {facet.reason}")


if __name__ == "__main__":
    main()
