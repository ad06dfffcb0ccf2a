"""A report made by hand that holds one of everything, hostile words included; ``sample()`` and its parts."""

from __future__ import annotations

from dataclasses import replace

from synth.records import (
    Answerability,
    Artifact,
    Assessment,
    Attempt,
    Box,
    Claim,
    ClaimKind,
    Comparison,
    Correction,
    Coverage,
    Decision,
    Deduction,
    Dimension,
    Disagreement,
    Evidence,
    Facet,
    Finding,
    GateStatus,
    GateVerdict,
    Judged,
    Label,
    Outcome,
    Pairs,
    Paper,
    Probabilities,
    Provenance,
    Question,
    Report,
    Result,
    Review,
    Reviewer,
    Skipped,
    Span,
    Synthesis,
    Verdict,
)
from synth.reviews import on_show, sealed
from synth.text import quantities

HOSTILE = (
    "Nets | <script>alert(1)</script> **bold** [go](javascript:alert(2)) `code` &amp; "
    "# heading\n\n| a | b |\n- <http://evil.example/> ![x](http://evil.example/x.png) _it_ $x$ \\| end"
)
SCRIPTS = "中文 текст ελληνικά نص ∑ ≤ 𝒜 ✓ ﬁ 😀 e\u0301"
LONG = (
    "On the long benchmark, which has fifteen languages and three kinds of question, the network "
    "with bidirectional "
    "attention improves over the same network without it by 3.1 points of F1 on average, with the "
    "largest gain, "
    "6.4 points, in the languages with the least training data, and none in those with the most."
)
ALPHA = Paper(
    id="p" + "a" * 16,
    file="alpha.pdf",
    title="Alpha networks for reading",
    authors=("Ada Alpha", "Bo van der Beta"),
    year=2019,
    arxiv="1901.00001",
    version="v2",
    source="folder",
    sha256="a" * 64,
    pages=9,
)
BETA = Paper(
    id="p" + "b" * 16,
    file="beta.pdf",
    title=HOSTILE,
    authors=("Eve <b>Evil</b>", "O'Neil, Pat"),
    year=2020,
    venue="Journal of {Braces} & 100%",
    doi="10.1234/abc(5)",
    source="folder",
    sha256="b" * 64,
    pages=12,
)
GAMMA = Paper(
    id="p" + "c" * 16,
    file="",
    title=f"A title in many scripts: {SCRIPTS}",
    authors=("Cy Γ",),
    year=2021,
    url="javascript:alert(3)",
    source="arxiv",
    read="abstract_only",
)
DELTA = Paper(
    id="p" + "d" * 16, file="delta|x.pdf", title="", source="folder", sha256="d" * 64, read="unread"
)
PAPERS = (ALPHA, BETA, GAMMA, DELTA)


def span(page: int = 3) -> tuple[Span, ...]:
    """Return a place of two lines on ``page``."""
    return (Span(page=page, boxes=(Box(70.0, 100.0, 300.0, 112.0), Box(70.0, 113.5, 250.25, 125.0))),)


def claim(
    number: int,
    text: str,
    *,
    paper: Paper = ALPHA,
    kind: ClaimKind = ClaimKind.FINDING,
    spans: tuple[Span, ...] | None = None,
    conditions: tuple[tuple[str, str], ...] = (),
) -> Claim:
    """Return a claim with an id of its number."""
    return Claim(
        id=f"c{number:016d}",
        paper=paper.id,
        passage=f"s{number:016d}",
        sentence=0,
        text=text,
        kind=kind,
        section="4 Results",
        spans=span() if spans is None else spans,
        quantities=quantities(text),
        conditions=conditions,
        score=0.75,
    )


def passage(
    quote: str,
    relation: Label,
    *,
    score: float = 0.9,
    paper: Paper = BETA,
    page: int = 5,
    own: bool = False,
) -> Evidence:
    """Return a sentence as evidence."""
    return Evidence(
        doc_id=paper.doc_id,
        paper=paper.id,
        passage=f"s{paper.id[1:]}",
        sentence=2,
        start=40,
        quote=quote,
        spans=span(page),
        relation=relation,
        score=score,
        own_source=own,
    )


def verdict(
    one: Claim,
    label: Label,
    *evidence: Evidence,
    confidence: float = 0.9,
    reasons: tuple[str, ...] = ("the passage has all content words of the claim (93 % by weight literally)",),
    mixed: bool = False,
) -> Verdict:
    """Return a verdict with ``confidence`` in its label and the rest shared."""
    rest = (1.0 - confidence) / 2
    p = {known: confidence if known is label else rest for known in Label}
    return Verdict(
        claim=one.id,
        label=label,
        probabilities=Probabilities(p[Label.SUPPORT], p[Label.CONTRADICT], p[Label.NOT_ENOUGH_INFO]),
        evidence=evidence,
        signature="entailment/1 weights:0123456789ab prior:natural",
        reasons=reasons,
        mixed=mixed,
    )


def nothing(one: Claim) -> Verdict:
    """Return a verdict of not enough information without any passage."""
    return verdict(one, Label.NOT_ENOUGH_INFO, confidence=0.98, reasons=())


def _judged() -> tuple[Judged, ...]:
    one = claim(
        1,
        "Alpha obtains 84.2 F1 on the SQuAD test set, 2.1 points above the best earlier network.",
        kind=ClaimKind.COMPARISON,
        conditions=(("dataset", "SQuAD"), ("metric", "F1"), ("split", "test")),
    )
    two = claim(2, LONG)
    three = claim(3, HOSTILE, paper=BETA, spans=(*span(7), *span(8)))
    four = claim(4, f"Scripts hold: {SCRIPTS}.", paper=GAMMA, kind=ClaimKind.DEFINITION, spans=())
    five = claim(5, "Attention did not help tagging.", paper=BETA)
    said = "We find that Alpha obtains 84.2 F1 on the SQuAD test set."
    same = passage("Alpha reaches 84.2 F1 on SQuAD.", Label.SUPPORT, paper=ALPHA, page=6, own=True)
    repeat = claim(11, "The Alpha network reaches 84.2 F1.", paper=BETA)
    return (
        Judged(
            claim=one,
            relevance=0.91,
            by_others=verdict(one, Label.SUPPORT, passage(said, Label.SUPPORT), confidence=0.93),
            by_own=verdict(one, Label.SUPPORT, same, confidence=0.88),
            repeats=(repeat,),
        ),
        Judged(
            claim=two,
            relevance=0.8,
            by_others=verdict(
                two,
                Label.CONTRADICT,
                passage("We saw no gain in any of the fifteen languages.", Label.CONTRADICT, score=0.81),
                passage("The benchmark has three kinds of question.", Label.NOT_ENOUGH_INFO, score=0.2),
                confidence=0.81,
            ),
            by_own=nothing(two),
        ),
        Judged(
            claim=three,
            relevance=0.7,
            by_others=verdict(
                three,
                Label.SUPPORT,
                passage(f"Quote with {HOSTILE}", Label.SUPPORT, score=0.6),
                confidence=0.6,
            ),
            by_own=nothing(three),
        ),
        Judged(claim=four, relevance=0.6, by_others=nothing(four), by_own=nothing(four)),
        Judged(
            claim=five,
            relevance=0.5,
            by_others=verdict(
                five,
                Label.NOT_ENOUGH_INFO,
                passage("Attention helps tagging.", Label.CONTRADICT, paper=ALPHA, page=2),
                passage("Attention changed nothing.", Label.SUPPORT, paper=ALPHA, page=4),
                confidence=0.7,
                mixed=True,
            ),
            by_own=nothing(five),
        ),
    )


def result(number: int, value: float, *, paper: Paper = ALPHA, split: str = "test") -> Result:
    """Return a measured result on SQuAD."""
    return Result(
        id=f"r{number:016d}",
        paper=paper.id,
        doc_id=paper.doc_id,
        model="Alpha",
        task="reading comprehension",
        dataset="SQuAD",
        split=split,
        language="English",
        metric="F1",
        value=value,
        unit="percent",
        digits=1,
        origin="prose",
        quote=f"Alpha obtains {value} F1 on SQuAD.",
        spans=span(4),
        condition=(("baseline", "none"),),
    )


RESULTS = (result(1, 84.2), result(2, 84.2, paper=BETA), result(3, 80.1, paper=BETA, split="development"))
COMPARISONS = (
    Comparison(
        key="Alpha | SQuAD | F1",
        relation="conflict",
        reason="the same split",
        entries=(RESULTS[0], result(4, 83.0, paper=BETA)),
        spread=1.2,
    ),
    Comparison(
        key="Alpha | SQuAD | F1",
        relation="agree",
        reason="the same split",
        entries=RESULTS[:2],
        spread=0.0,
    ),
    Comparison(
        key="Alpha | SQuAD | F1",
        relation="not_comparable",
        reason="the splits differ: test, development",
        entries=(RESULTS[0], RESULTS[2]),
    ),
)
DIMENSIONS = tuple(
    Dimension(
        name=name,
        score=score,
        level="UNASSESSED" if score is None else "MEDIUM",
        basis=f"basis of {name}",
        definition=f"definition of {name}",
    )
    for name, score in (
        ("evidence_strength", 5.2),
        ("citation_grounding", 6.0),
        ("numerical_consistency", 6.5),
        ("benchmark_validity", 5.0),
        ("novelty", None),
        ("uncertainty_disclosure", 5.5),
        ("reproducibility_status", None),
        ("safety_impact", None),
    )
)


def _assessment(judged: tuple[Judged, ...]) -> Assessment:
    alone = tuple(one.claim.id for one in judged[1:])
    return Assessment(
        reviewers=(
            Reviewer(
                name="challenger",
                mandate="Look for what is unsupported.",
                score=6.2,
                deductions=(
                    Deduction(check="single source", points=-2.4, note="no other work", causes=alone),
                    Deduction(check="contradicted", points=-1.4, note="one claim", causes=alone[:1]),
                ),
            ),
            Reviewer(
                name="confirmer",
                mandate="Look for what can be confirmed.",
                score=5.0,
                deductions=(
                    Deduction(check="coverage", points=0.75, note="3 of 4 papers", causes=(DELTA.id,)),
                ),
            ),
            Reviewer(
                name="integrator",
                mandate="Weigh both.",
                score=5.6,
                deductions=(Deduction(check="mean", points=5.6, note="of both", causes=()),),
            ),
        ),
        score=5.6,
        dimensions=DIMENSIONS,
        tier="PUBLIC_RECORD",
        tier_basis="review score 5.6, 1 verified claim, reproducibility UNASSESSED",
        level=3,
        level_basis="corroborated across sources: 1 claim supported by another work",
        publishable=False,
        publishable_reason="Not fit to publish: its review score 5.6 is below 6.5; 1 claim is supported.",
    )


def _synthesis(judged: tuple[Judged, ...]) -> Synthesis:
    ids = tuple(one.claim.id for one in judged)
    return Synthesis(
        findings=(
            Finding(
                id="t1",
                theme="attention and reading",
                terms=("attention", "reading"),
                claims=ids[:2],
                works=2,
                state="disagreement",
                sentence="Two works disagree on attention and reading.",
            ),
        ),
        answerability=Answerability(
            answer="partly",
            facets=(
                Facet(
                    text="attention",
                    kind="topic",
                    covered=True,
                    claims=ids[:2],
                    reason="2 claims speak of it",
                ),
                Facet(
                    text="above 10 B parameters",
                    kind="quantity",
                    covered=False,
                    claims=(),
                    reason="no passage states it",
                ),
            ),
            reason="the papers speak of attention, not of models above 10 B parameters.",
        ),
        disagreements=(
            Disagreement(
                claim=ids[1],
                evidence=judged[1].by_others.evidence[0],
                kind="between_works",
                reason="Another work (beta.pdf, page 5) contradicts the claim.",
            ),
        ),
    )


QUESTION = Question(text="Does attention help reading above 10 B parameters?")
THIRD = "Cy | <b>C</b>"
LINKED = passage("Only two of the fifteen languages gained.", Label.CONTRADICT, score=1.0, page=6)


class Log:
    """Reviews as people make them: each with the verdict at that moment, after the reviewer's last."""

    def __init__(self) -> None:
        self.made: list[Review] = []

    def say(
        self,
        reviewer: str,
        decision: Decision,
        one: Judged,
        *,
        label: Label | None = None,
        note: str = "",
        scope: Pairs | None = None,
        linked: Evidence | None = None,
        blind: bool = False,
        then: Verdict | None = None,
    ) -> Review:
        """Append a decision; ``then`` is the verdict at that moment where it was another than now."""
        verdict = then or one.by_others
        return self._append(
            Review(
                claim=one.claim.id,
                reviewer=reviewer,
                at="",
                decision=decision,
                machine=verdict.label,
                label=label,
                note=note,
                probabilities=verdict.probabilities,
                signature=verdict.signature,
                seen=on_show(replace(one, by_others=verdict)),
                scope=scope,
                passage=linked,
                blind=blind,
                question=QUESTION.id,
                report="f" * 64,
            )
        )

    def take_back(self, review: Review) -> Review:
        """Append a withdrawal."""
        return self._append(replace(review, decision="withdraw", of=review.id))

    def _append(self, review: Review) -> Review:
        own = [r.id for r in self.made if r.reviewer == review.reviewer]
        at = f"2026-06-10T08:{len(self.made):02}:00.000000+00:00"
        made = sealed(replace(review, at=at, after=own[-1] if own else "", id=""))
        self.made.append(made)
        return made


def _reviews(judged: tuple[Judged, ...]) -> tuple[Review, ...]:
    """Return what three people decided: they agree on 1 and 3, are at odds on 2, put 4 off and settled 5."""
    one, two, three, four, five = judged
    log = Log()
    log.say("Ann", "accept", one, note="read | both", blind=True)
    log.say("Ann", "change", two, label=Label.SUPPORT, blind=True)
    log.say("Ann", "reject", three)
    log.say("Ann", "accept", five)
    log.say("Bo", "accept", one)
    log.say("Bo", "accept", two, note=HOSTILE)
    earlier = verdict(three.claim, Label.CONTRADICT, LINKED, confidence=0.55)
    log.say("Bo", "change", three, label=Label.NOT_ENOUGH_INFO, then=earlier)
    log.say("Bo", "defer", four)
    log.say("Bo", "change", five, label=Label.SUPPORT)
    log.say(THIRD, "change", one, label=Label.NOT_ENOUGH_INFO)
    log.say(THIRD, "accept", one)
    log.say(THIRD, "scope", one, scope=(("dataset", "SQuAD 1.1"), ("language", "English")))
    log.say(THIRD, "flag", two)
    log.say(THIRD, "link", two, linked=LINKED, note="a table says more")
    log.take_back(log.say(THIRD, "note", four, note="said by mistake"))
    log.say(THIRD, "settle", five, label=Label.NOT_ENOUGH_INFO, note="the passages cancel out")
    return tuple(log.made)


def sample() -> Report:
    """Return the report: five claims, four papers, of which one tick, one contradiction, one mixed."""
    judged = _judged()
    return Report(
        question=QUESTION,
        title="Does attention help reading above 10 B parameters",
        date="2026-06-09",
        abstract=f"Four papers were retrieved. {LONG} One claim is supported by another work.",
        papers=PAPERS,
        coverage=Coverage(found=5, duplicate=1, readable=3, full_text=2, abstract_only=1, unread=1),
        candidates=42,
        judged=judged,
        threshold=0.7,
        results=RESULTS,
        comparisons=COMPARISONS,
        synthesis=_synthesis(judged),
        assessment=_assessment(judged),
        gate=GateVerdict(
            status=GateStatus.UNVERIFIED, reason="no formal proof or sandbox reproduction has been attempted"
        ),
        skipped=(
            Skipped(what="delta|x.pdf", reason="locked with a password", remedy="unlock it and run again"),
            Skipped(what="beta.pdf", reason="a table without rows", page=9),
        ),
        provenance=Provenance(
            publisher="Assay Desk",
            synth_version="0.1.0",
            generated_at="2026-06-09T10:11:12+00:00",
            signatures=(("claims", "claims/1"), ("encoder", "minilm int8 0123456789ab")),
            settings=(("sources", "folder, arxiv"), ("threshold", "0.7")),
        ),
        fingerprint="f" * 64,
        reviews=_reviews(judged),
        corrections=(
            Correction(
                event_id="e1",
                corrected_at="2026-06-11T00:00:00+00:00",
                correction_type="METADATA",
                public_note="the year of beta.pdf",
                affected_fields=("inputs[1].year",),
            ),
        ),
    )


def empty() -> Report:
    """Return a report of one unread paper: no claim, no result, no finding."""
    full = sample()
    return replace(
        full,
        papers=(DELTA,),
        coverage=Coverage(found=1, duplicate=0, readable=0, full_text=0, abstract_only=0, unread=1),
        candidates=0,
        judged=(),
        results=(),
        comparisons=(),
        synthesis=Synthesis(
            findings=(),
            answerability=Answerability(answer="not_answered", facets=(), reason="nothing could be read"),
            disagreements=(),
        ),
        reviews=(),
        corrections=(),
    )


def attempt(claim: str, outcome: Outcome, *, at_claim_scale: bool) -> Attempt:
    """Return a sealed attempt at ``claim``."""
    return Attempt(
        claim=claim,
        experiment="script",
        spec_sha256="5" * 64,
        measurements=(),
        outcome=outcome,
        reason="accuracy 89.5 over 5 seeds: within the reported 90 <b>± 2</b>",
        artifacts=(Artifact(name="results.json", sha256="6" * 64, size=7),),
        environment=(),
        at_claim_scale=at_claim_scale,
        sound=True,
        ended_at="2026-01-02T03:04:05+00:00",
        id="0123456789ab",
        hypothesis="The tagger reaches 90 % accuracy.",
        words="a user's script in the seal; the paper's own models and data: not run",
        folder="c0000000000000001/0123456789ab",
    )


def attempted() -> Report:
    """Return the sample with one claim reproduced and one that a run at another scale bears on."""
    made = sample()
    first, second = (one.claim.id for one in made.judged[:2])
    verified = GateVerdict(status=GateStatus.VERIFIED, reason="the claim was reproduced", attempts=1)
    return replace(
        made,
        attempts=(
            attempt(first, Outcome.REPRODUCED, at_claim_scale=True),
            attempt(second, Outcome.PARTIAL, at_claim_scale=False),
        ),
        gates=(
            (first, verified),
            (second, GateVerdict(status=GateStatus.UNVERIFIED, reason="another scale", attempts=1)),
        ),
    )
