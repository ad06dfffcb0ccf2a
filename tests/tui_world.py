"""A sitting over a small made report whose papers, passages and sentences all fit, with a planted clock.

with world(tmp_path) as opened: ...                  a reviewer called Ann, nothing decided yet
with world(tmp_path, reviewer="Ben") as other: ...   another one on the same store
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from sample_report import sample
from textual.app import App
from textual.pilot import Pilot

from synth import reading
from synth.config import Config
from synth.pipeline.review import Open
from synth.pipeline.shelf import Shelf
from synth.pipeline.sitting import Sitting
from synth.records import (
    Answerability,
    Box,
    Claim,
    ClaimKind,
    Disagreement,
    Evidence,
    Finding,
    Judged,
    Label,
    Paper,
    Passage,
    Probabilities,
    Question,
    Reading,
    Report,
    Role,
    Sentence,
    Span,
    Synthesis,
    Verdict,
    content_id,
)
from synth.store import open_store
from synth.text import quantities
from synth.tui.app import ReviewApp
from synth.tui.graphics import BLOCKS
from synth.tui.reviewing import ReviewScreen

SUPPORT, CONTRADICT, NEITHER = Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO
HEBREW = "רשתות קשב להבנת הנקרא"
ARABIC = "شبكات الانتباه لفهم المقروء"
CHINESE = "注意力网络用于阅读理解的研究"
HOSTILE = "[bold]Nets[/bold] \x1b[2J\u202egnp.exe [@click=app.quit]x[/] <b>"


@dataclass
class Clock:
    """A clock that is twenty seconds on each time that it is read."""

    now: datetime = datetime(2026, 6, 10, 8, 0, tzinfo=UTC)
    step: timedelta = field(default=timedelta(seconds=20))

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def _paper(file: str, title: str, *, year: int, arxiv: str = "", doi: str = "", pages: int = 9) -> Paper:
    return Paper(
        id=content_id("p", file),
        file=file,
        title=title,
        authors=("Ada Alpha",),
        year=year,
        arxiv=arxiv,
        doi=doi,
        source="folder",
        sha256="a" * 64,
        pages=pages,
    )


ALPHA = _paper("alpha.pdf", "Alpha networks for reading comprehension", year=2019, arxiv="1901.00001")
BETA = _paper("beta.pdf", "A comparison of attention for question answering", year=2020, doi="10.1234/b")
GAMMA = _paper("注意力.pdf", f"{CHINESE}: e\u0301tude 😀 한국어", year=2021)
DELTA = _paper("delta.pdf", f"{HEBREW} - {ARABIC}", year=2022)
EVIL = _paper("[bold]evil[/bold].pdf", HOSTILE, year=2023)
PAPERS = (ALPHA, BETA, GAMMA, DELTA, EVIL)


def _passage(paper: Paper, section: str, page: int, *sentences: str) -> Passage:
    """Return a paragraph of whole sentences, each on a line of its own of the page."""
    made: list[Sentence] = []
    at = 0
    for line, text in enumerate(sentences):
        box = Box(70.0, 100.0 + 14 * line, 500.0, 112.0 + 14 * line)
        made.append(Sentence(start=at, end=at + len(text), spans=(Span(page=page, boxes=(box,)),)))
        at += len(text) + 1
    boxes = tuple(one.spans[0].boxes[0] for one in made)
    return Passage(
        id=content_id("s", paper.id, section, *sentences),
        paper=paper.id,
        section=section,
        role=Role.BODY,
        text=" ".join(sentences),
        spans=(Span(page=page, boxes=boxes),),
        sentences=tuple(made),
    )


A1 = _passage(
    ALPHA,
    "4 Results",
    3,
    "Table 2 lists the results of all networks on the development and the test set.",
    "Alpha obtains 84.2 F1 on the SQuAD test set, 2.1 points above the best earlier network.",
    "Removing the bidirectional attention lowers F1 by 3.0 points.",
    "The network is trained for two days on four GPUs.",
)
A2 = _passage(
    ALPHA,
    "1 Introduction",
    1,
    "We introduce Alpha, a network with bidirectional attention for reading comprehension.",
    "Attention between question and passage is the most important part of every reading network.",
    "In the abstract we said that Alpha reaches 84.2 F1 on the SQuAD test set.",
)
B1 = _passage(
    BETA,
    "5 Experiments",
    5,
    "We repeat the experiments of earlier work with the code that its authors published.",
    "We find that Alpha obtains 84.2 F1 on the SQuAD test set, an improvement of 2.1 points over the best "
    "model before it.",
    "The gap closes when the previous model is trained for as long as Alpha, which its authors did not do, "
    "and which takes most of a week on the hardware that they describe.",
    "Without bidirectional attention we measure a loss of 0.2 points of F1, which lies within the noise.",
)
B2 = _passage(
    BETA,
    "6 Discussion",
    7,
    "Attention mechanisms differ less than the literature says.",
    "Models without attention lose 5.0 points of F1 on average.",
)
C1 = _passage(
    GAMMA,
    "结果",
    2,
    "我们的网络在阅读理解任务上取得了 84.2 的 F1 分数。",
    "The e\u0301tude shows that Korean (한국어) reaches 71.5 F1 with 12 times less data 😀.",
)
D1 = _passage(
    DELTA,
    "תוצאות",
    4,
    "הרשת משיגה 84.2 נקודות על קבוצת המבחן.",
    "Attention is not needed for reading short passages of fewer than 50 words.",
    "Training four networks together improves accuracy by 1.3 %.",
)
E1 = _passage(
    EVIL,
    "[red]7[/red]",
    6,
    "The [bold]network[/bold] obtains \x1b[31m99.9\x1b[0m F1 [@click=app.quit]here[/].",
    "Nothing else is known of it.",
)
PASSAGES = (A1, A2, B1, B2, C1, D1, E1)


def _spoken(passage: Passage, index: int, kind: ClaimKind, conditions: tuple[tuple[str, str], ...]) -> Claim:
    text = passage.sentence_text(index)
    return Claim(
        id=content_id("c", passage.id, str(index)),
        paper=passage.paper,
        passage=passage.id,
        sentence=index,
        text=text,
        kind=kind,
        section=passage.section,
        spans=passage.sentences[index].spans,
        quantities=quantities(text),
        conditions=conditions,
        score=0.75,
    )


def evidence(
    passage: Passage, index: int, relation: Label, *, score: float = 0.9, own: bool = False
) -> Evidence:
    """Return a sentence of a passage as evidence."""
    found = passage.sentences[index]
    return Evidence(
        doc_id=next(p.doc_id for p in PAPERS if p.id == passage.paper),
        paper=passage.paper,
        passage=passage.id,
        sentence=index,
        start=found.start,
        quote=passage.sentence_text(index),
        spans=found.spans,
        relation=relation,
        score=score,
        own_source=own,
    )


def _verdict(claim: Claim, label: Label, confidence: float, *found: Evidence, mixed: bool = False) -> Verdict:
    rest = round((1.0 - confidence) / 4, 4)
    order = [label, *(known for known in Label if known is not label)]
    p = dict(zip(order, (confidence, 1.0 - confidence - rest, rest), strict=True))
    return Verdict(
        claim=claim.id,
        label=label,
        probabilities=Probabilities(p[SUPPORT], p[CONTRADICT], p[NEITHER]),
        evidence=found,
        signature="entailment/1 weights:0123456789ab prior:natural",
        reasons=("the passage states the same numbers",) if found else ("no passage speaks of it",),
        mixed=mixed,
    )


def _judged(
    passage: Passage,
    index: int,
    label: Label,
    confidence: float,
    *found: Evidence,
    kind: ClaimKind = ClaimKind.FINDING,
    own: tuple[Evidence, ...] = (),
    mixed: bool = False,
    conditions: tuple[tuple[str, str], ...] = (),
) -> Judged:
    claim = _spoken(passage, index, kind, conditions)
    return Judged(
        claim=claim,
        relevance=0.9 - 0.01 * index,
        by_others=_verdict(claim, label, confidence, *found, mixed=mixed),
        by_own=_verdict(claim, SUPPORT if own else NEITHER, 0.88, *own),
    )


def _for(passage: Passage, index: int, score: float) -> Evidence:
    return evidence(passage, index, SUPPORT, score=score)


def _against(passage: Passage, index: int, score: float) -> Evidence:
    return evidence(passage, index, CONTRADICT, score=score)


def _beside(passage: Passage, index: int, score: float) -> Evidence:
    return evidence(passage, index, NEITHER, score=score)


def judged() -> tuple[Judged, ...]:
    """Return the twelve claims: supported, contradicted, mixed, unknown, wide, right to left and hostile."""
    squad = (("dataset", "SQuAD"), ("metric", "F1"), ("split", "test"))
    own = (evidence(A2, 2, SUPPORT, own=True),)
    found = (_for(B1, 1, 0.96), _against(B1, 2, 0.41))
    both = (_for(B2, 1, 0.77), _against(D1, 1, 0.74))
    comparison, method, resource = ClaimKind.COMPARISON, ClaimKind.METHOD, ClaimKind.RESOURCE
    return (
        _judged(A1, 1, SUPPORT, 0.93, *found, kind=comparison, own=own, conditions=squad),
        _judged(A1, 2, CONTRADICT, 0.81, _against(B1, 3, 0.88), _beside(B2, 1, 0.3)),
        _judged(A1, 3, NEITHER, 0.97, kind=method),
        _judged(A2, 0, NEITHER, 0.9, _beside(B2, 0, 0.2), kind=resource),
        _judged(A2, 1, NEITHER, 0.62, *both, mixed=True),
        _judged(B1, 1, SUPPORT, 0.72, _for(A1, 1, 0.9), kind=comparison, conditions=squad),
        _judged(B2, 0, NEITHER, 0.55, _against(A2, 1, 0.35), kind=comparison),
        _judged(B2, 1, SUPPORT, 0.51, _for(A1, 2, 0.6)),
        _judged(C1, 0, SUPPORT, 0.68, _for(D1, 0, 0.7)),
        _judged(C1, 1, NEITHER, 0.94),
        _judged(D1, 1, CONTRADICT, 0.58, _against(A2, 1, 0.66), kind=ClaimKind.LIMITATION),
        _judged(E1, 0, NEITHER, 0.8, _beside(C1, 0, 0.25)),
    )


def report(*, claims: tuple[Judged, ...] | None = None) -> Report:
    """Return a report over the papers here, of the claims of ``judged()`` or of those given."""
    made = judged() if claims is None else claims
    ids = tuple(one.claim.id for one in made)
    against = made[1].by_others.evidence[0]
    return replace(
        sample(),
        question=Question(text="Does bidirectional attention help machines to read?"),
        title="Does bidirectional attention help machines to read",
        papers=PAPERS,
        judged=made,
        synthesis=Synthesis(
            findings=(
                Finding(
                    id="t1",
                    theme="attention",
                    terms=("attention",),
                    claims=ids[:3],
                    works=2,
                    state="disagreement",
                    sentence="Two works disagree on attention.",
                ),
            ),
            answerability=Answerability(answer="partly", facets=(), reason="the papers speak of attention"),
            disagreements=(
                Disagreement(
                    claim=ids[1],
                    evidence=against,
                    kind="between_works",
                    reason="Another work (beta.pdf, page 5) contradicts the claim.",
                ),
            ),
        ),
        reviews=(),
        corrections=(),
    )


def many(count: int) -> Report:
    """Return a report of ``count`` claims: those here over and over, each with its own words and place."""
    once = judged()

    def nth(number: int) -> Judged:
        one = once[number % len(once)]
        turn = number // len(once)
        claim = replace(
            one.claim,
            id=content_id("c", one.claim.id, str(number)),
            text=f"{one.claim.text[:-1]}, as run {turn} shows.",
        )
        return replace(
            one,
            claim=claim,
            by_others=replace(one.by_others, claim=claim.id),
            by_own=replace(one.by_own, claim=claim.id),
        )

    return report(claims=tuple(nth(number) for number in range(count)))


def readings() -> tuple[Reading, ...]:
    """Return the papers' readings."""
    return tuple(
        Reading(paper=paper, passages=tuple(p for p in PASSAGES if p.paper == paper.id)) for paper in PAPERS
    )


@contextmanager
def world(
    folder: Path,
    *,
    reviewer: str = "Ann",
    blind: bool = False,
    settling: bool = False,
    made: Report | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Iterator[Open]:
    """Open a sitting on the store in ``folder``, making it where it is not there yet.

    The papers' files are not there; their readings and passages are. Sittings opened one after the other, or
    at once, share the store.
    """
    over = made or report()
    config = Config(home=folder)
    with open_store(config.store) as store:
        if not store.places([ALPHA.id]):
            for one in readings():
                store.add_reading(one)
                store.keep(reading.SIGNATURE, one.paper.id, one)
            store.add_places([(p.id, folder / p.file, p.id) for p in PAPERS])
        kept = store.places([paper.id for paper in over.papers])
        with Shelf(over.papers, kept, given=(), seconds=config.seconds, memory_mb=config.memory_mb) as shelf:
            sitting = Sitting(
                over,
                store=store,
                shelf=shelf,
                reviewer=reviewer,
                blind=blind,
                settling=settling,
                clock=clock or Clock(),
            )
            yield Open(sitting=sitting, store=store, folder=folder, config=config)


def look(app: App[object]) -> str:
    """Return the characters of the screen, without the spaces at the ends of lines."""
    return "\n".join(line.text.rstrip() for line in app.screen._compositor.render_strips())


@asynccontextmanager
async def playing(opened: Open, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[object]]:
    """Start the review on a screen of ``size`` that nobody sees."""
    app = ReviewApp(opened, graphics=BLOCKS)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot


def main_screen(pilot: Pilot[object]) -> ReviewScreen:
    """Return the main screen, whatever stands above it."""
    return cast(ReviewScreen, pilot.app.screen_stack[0])


def message(text: str) -> str:
    """Return the line above the keys."""
    return text.splitlines()[-2].strip()


def decisions(opened: Open) -> list[str]:
    """Return what was decided, in order."""
    return [review.decision for review in opened.sitting.log]


def played(opened: Open, *keys: str, size: tuple[int, int] = (80, 24)) -> str:
    """Start the review, press keys and return what the screen then shows."""

    async def play() -> str:
        async with playing(opened, size=size) as pilot:
            for key in keys:
                await pilot.press(key)
            await pilot.pause()
            return look(pilot.app)

    return asyncio.run(play())
