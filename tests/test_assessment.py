"""The review: points that add up, causes that are named, bounds that hold, and no dice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.assessment import assess
from synth.assessment.challenger import START, over_claims
from synth.records import (
    Answerability,
    Artifact,
    Assessment,
    Attempt,
    Box,
    Claim,
    ClaimKind,
    Comparison,
    Coverage,
    Evidence,
    GateStatus,
    GateVerdict,
    Judged,
    Label,
    Outcome,
    Paper,
    Probabilities,
    Reviewer,
    Skipped,
    Span,
    Verdict,
)
from synth.text import quantities

THRESHOLD = 0.7
PAPERS = tuple(
    Paper(id=f"p{i}", file=f"{i}.pdf", title=f"Study number {i} of gates", pages=10) for i in range(3)
)
SPAN = Span(page=2, boxes=(Box(10, 10, 200, 20),))
UNVERIFIED = GateVerdict(status=GateStatus.UNVERIFIED, reason="nothing was attempted")
ANSWERED = Answerability(answer="answered", facets=(), reason="Every facet is spoken of.")


def verdict(label: Label, *relations: Label, quote: str = "Gates help.", mixed: bool = False) -> Verdict:
    evidence = tuple(
        Evidence(
            doc_id="1.pdf",
            paper="p1",
            passage=f"s{i}",
            sentence=0,
            start=0,
            quote=quote,
            spans=(SPAN,),
            relation=relation,
            score=0.9,
        )
        for i, relation in enumerate(relations)
    )
    chances = [0.9 if label is one else 0.05 for one in Label]
    return Verdict(
        claim="c",
        label=label,
        probabilities=Probabilities(*chances),
        evidence=evidence,
        signature="t",
        mixed=mixed,
    )


NOTHING = verdict(Label.NOT_ENOUGH_INFO)
SUPPORT = verdict(Label.SUPPORT, Label.SUPPORT)
WEAK = replace(SUPPORT, probabilities=Probabilities(0.55, 0.05, 0.4))
AGAINST = verdict(Label.CONTRADICT, Label.CONTRADICT)
BOTH = verdict(Label.NOT_ENOUGH_INFO, Label.SUPPORT, Label.CONTRADICT, mixed=True)
STANDINGS: dict[str, tuple[Verdict, Verdict]] = {
    "corroborated": (SUPPORT, SUPPORT),
    "own": (NOTHING, SUPPORT),
    "weak": (WEAK, NOTHING),
    "unsupported": (NOTHING, NOTHING),
    "contradicted": (AGAINST, SUPPORT),
    "mixed": (BOTH, NOTHING),
    "self_contradicted": (NOTHING, AGAINST),
}


def claim(number: int, text: str = "Gates help readers.") -> Claim:
    return Claim(
        id=f"c{number}",
        paper="p0",
        passage=f"s{number}",
        sentence=0,
        text=text,
        kind=ClaimKind.FINDING,
        section="Results",
        spans=(SPAN,),
        quantities=quantities(text),
        conditions=(),
        score=0.5,
    )


def judged(*standings: str, text: str = "Gates help readers.") -> tuple[Judged, ...]:
    return tuple(
        Judged(claim=claim(i, text), relevance=0.5, by_others=STANDINGS[one][0], by_own=STANDINGS[one][1])
        for i, one in enumerate(standings)
    )


def review(
    claims: tuple[Judged, ...],
    *,
    papers: tuple[Paper, ...] = PAPERS,
    full_text: int = 3,
    comparisons: tuple[Comparison, ...] = (),
    skipped: tuple[Skipped, ...] = (),
    answerability: Answerability = ANSWERED,
    gate: GateVerdict = UNVERIFIED,
    attempts: tuple[Attempt, ...] = (),
) -> Assessment:
    unread = sum(p.read == "unread" for p in papers)
    coverage = Coverage(
        found=len(papers),
        duplicate=0,
        readable=len(papers) - unread,
        full_text=full_text,
        abstract_only=len(papers) - unread - full_text,
        unread=unread,
    )
    return assess(
        claims,
        papers=papers,
        coverage=coverage,
        threshold=THRESHOLD,
        comparisons=comparisons,
        skipped=skipped,
        answerability=answerability,
        gate=gate,
        attempts=attempts,
    )


def check(reviewer: Reviewer, name: str) -> float:
    return sum(d.points for d in reviewer.deductions if d.check == name)


def test_an_empty_report_scores_nothing() -> None:
    said = review(())
    assert [r.score for r in said.reviewers] == [0.0, 0.0, 0.0]
    assert said.score == 0.0
    assert said.tier == "QUARANTINE_CANDIDATE"
    assert said.level == 1
    assert not said.publishable


def test_nothing_but_unsupported_claims_stays_below_five() -> None:
    said = review(judged(*["unsupported"] * 20))
    assert said.score < 5
    assert "no claim is supported by another work" in said.publishable_reason


def test_exact_quotes_and_full_texts_alone_are_not_excellent() -> None:
    few = review(judged(*["corroborated"] * 2, *["own"] * 18))
    assert 5.0 < few.score < 7.5
    assert not few.publishable


def test_a_report_that_other_works_confirm_throughout_is_excellent_and_fit() -> None:
    said = review(judged(*["corroborated"] * 10))
    assert said.score == 10.0
    assert said.publishable
    assert said.tier == "DOI_GRADE"
    assert said.level == 3


def test_enough_verified_claims_with_a_low_score_are_not_fit() -> None:
    said = review(judged(*["corroborated"] * 5, *["unsupported"] * 95))
    assert said.score < 6.5
    assert not said.publishable
    assert "below 6.5" in said.publishable_reason


def test_four_verified_claims_are_too_few_whatever_the_score() -> None:
    said = review(judged(*["corroborated"] * 4))
    assert said.score > 6.5
    assert not said.publishable
    assert "4 claims" in said.publishable_reason


def test_better_support_never_lowers_the_score() -> None:
    order = ("contradicted", "unsupported", "weak", "own", "corroborated")
    scores = [review(judged(*[one] * 5, *["own"] * 5)).score for one in order[1:]]
    assert scores == sorted(scores)
    assert review(judged("contradicted", *["own"] * 9)).score < review(judged(*["own"] * 10)).score


def test_each_deduction_names_the_claims_that_caused_it() -> None:
    said = review(judged("own", "unsupported", "contradicted", "mixed", "self_contradicted", "corroborated"))
    causes = {d.check: d.causes for d in said.reviewers[0].deductions}
    assert causes["unsupported"] == ("c1", "c3", "c4")
    assert "weakly supported" not in causes
    assert causes["single source"] == ("c0", "c2")
    assert causes["contradicted"] == ("c2", "c3")
    assert causes["contradicted by its own work"] == ("c4",)


def test_an_absolute_claim_costs_unless_another_work_supports_it() -> None:
    text = "The gate always outperforms all baselines."
    assert check(review(judged("own", text=text)).reviewers[0], "over-claimed") < 0
    assert check(review(judged("corroborated", text=text)).reviewers[0], "over-claimed") == 0


@pytest.mark.parametrize(
    ("text", "bold"),
    [
        ("It achieves state of the art on all benchmarks.", True),
        ("The loss never increases.", True),
        ("The method guarantees convergence.", True),
        ("Training on all nine tasks performs best.", False),
        ("Accuracy rises by 2.1 points on SQuAD.", False),
    ],
)
def test_absolute_words_are_told_from_plain_ones(text: str, bold: bool) -> None:
    assert bool(over_claims(text)) is bold


@pytest.mark.parametrize(("quote", "lost"), [("It gains 2.1 points.", False), ("It gains 3.4 points.", True)])
def test_a_number_must_stand_in_a_supporting_quote(quote: str, lost: bool) -> None:
    said = judged("own", text="The gate gains 2.1 points on SQuAD.")[0]
    said = replace(said, by_own=verdict(Label.SUPPORT, Label.SUPPORT, quote=quote))
    found = review((said,))
    assert (check(found.reviewers[0], "number not found") < 0) is lost
    consistency = next(d for d in found.dimensions if d.name == "numerical_consistency")
    assert consistency.score == (0.0 if lost else 10.0)


def test_a_measured_number_without_conditions_costs() -> None:
    bare = judged("own", text="The gate gains 2.1 points.")
    named = tuple(replace(j, claim=replace(j.claim, conditions=(("dataset", "SQuAD"),))) for j in bare)
    assert check(review(bare).reviewers[0], "condition missing") < 0
    assert check(review(named).reviewers[0], "condition missing") == 0


def test_unread_papers_and_lost_pages_cost_and_are_named() -> None:
    claims = judged(*["own"] * 6)
    unread = (*PAPERS[:2], replace(PAPERS[2], read="unread"))
    partial = review(claims, papers=unread, full_text=2)
    coverage = next(d for d in partial.reviewers[1].deductions if d.check == "coverage")
    assert coverage.causes == ("p2",)
    assert coverage.points == pytest.approx(0.67)
    lost = review(claims, skipped=(Skipped(what="0.pdf", reason="no text", page=4),))
    assert check(lost.reviewers[1], "full text") < check(review(claims).reviewers[1], "full text")


def test_a_question_that_is_not_answered_costs_and_says_why() -> None:
    claims = judged(*["own"] * 6)
    reason = "No passage speaks of models above 10 billion parameters."
    silent = review(claims, answerability=Answerability(answer="not_answered", facets=(), reason=reason))
    assert check(silent.reviewers[2], "answerability") == -1.5
    assert silent.score < review(claims).score
    assert any("10 billion" in d.note for d in silent.reviewers[2].deductions)


def test_versions_of_one_work_are_one_work() -> None:
    claims = judged(*["own"] * 6)
    versions = tuple(replace(p, arxiv="2005.13013", version=f"v{i}") for i, p in enumerate(PAPERS, 1))
    assert check(review(claims, papers=versions).reviewers[2], "one work") == -1.0
    assert check(review(claims).reviewers[2], "one work") == 0


def attempt(outcome: Outcome, *, at_scale: bool = True) -> Attempt:
    return Attempt(
        claim="c0",
        experiment="toy",
        spec_sha256="b" * 64,
        measurements=(),
        outcome=outcome,
        reason="",
        artifacts=(Artifact(name="results.json", sha256="a" * 64, size=3),),
        environment=(),
        at_claim_scale=at_scale,
        sound=True,
        ended_at="2026-03-01T10:00:00Z",
    )


@pytest.mark.parametrize(
    ("outcome", "at_scale", "level", "reproducibility"),
    [
        (Outcome.PROVED, True, 7, "HIGH"),
        (Outcome.REPRODUCED, True, 6, "HIGH"),
        (Outcome.REPRODUCED, False, 4, "LOW"),
        (Outcome.PARTIAL, False, 4, "LOW"),
        (Outcome.PARTIAL, True, 5, "MEDIUM"),
        (Outcome.FAILED, True, 5, "LOW"),
        (Outcome.NOT_RUN, True, 3, "UNASSESSED"),
    ],
)
def test_levels_above_three_come_from_attempts_alone(
    outcome: Outcome, at_scale: bool, level: int, reproducibility: str
) -> None:
    said = review(judged(*["corroborated"] * 10), attempts=(attempt(outcome, at_scale=at_scale),))
    assert said.level == level
    status = next(d for d in said.dimensions if d.name == "reproducibility_status")
    assert status.level == reproducibility


def test_only_a_reproduced_report_is_a_flagship() -> None:
    claims = judged(*["corroborated"] * 10)
    assert review(claims).tier == "DOI_GRADE"
    assert review(claims, attempts=(attempt(Outcome.REPRODUCED),)).tier == "FLAGSHIP_CANDIDATE"
    assert "FLAGSHIP_CANDIDATE needs reproducibility HIGH" in review(claims).tier_basis


def test_a_falsified_claim_lowers_the_score() -> None:
    claims = judged(*["own"] * 6)
    fallen = review(claims, attempts=(attempt(Outcome.FAILED),))
    assert check(fallen.reviewers[2], "gate") == -2.0
    assert fallen.score < review(claims).score


def test_what_nothing_measures_is_unassessed() -> None:
    dimensions = {d.name: d for d in review(judged(*["own"] * 6)).dimensions}
    assert list(dimensions) == [
        "evidence_strength",
        "citation_grounding",
        "numerical_consistency",
        "benchmark_validity",
        "novelty",
        "uncertainty_disclosure",
        "reproducibility_status",
        "safety_impact",
    ]
    for name in ("novelty", "safety_impact", "benchmark_validity", "reproducibility_status"):
        assert dimensions[name].level == "UNASSESSED"
        assert dimensions[name].score is None
        assert dimensions[name].basis


_RELATIONS = st.sampled_from(["agree", "conflict", "not_comparable", "condition_not_stated"])
_TEXTS = st.sampled_from(
    ["Gates help.", "The gate always wins by 2.1 points.", "It never fails on all tasks, at 81.3%."]
)
_ANSWERS = st.sampled_from(["answered", "partly", "not_answered"])


@settings(max_examples=150)
@given(
    st.lists(st.sampled_from(sorted(STANDINGS)), max_size=12),
    _TEXTS,
    _ANSWERS,
    st.lists(_RELATIONS, max_size=8),
)
def test_points_add_up_and_every_bound_holds(
    standings: list[str], text: str, answer: str, relations: list[str]
) -> None:
    said = review(
        judged(*standings, text=text),
        comparisons=tuple(
            Comparison(key="k", relation=r, reason="", entries=())  # type: ignore[arg-type]
            for r in relations
        ),
        answerability=Answerability(answer=answer, facets=(), reason="Because."),  # type: ignore[arg-type]
    )
    for reviewer, start in zip(said.reviewers, (START, 0.0, 0.0), strict=True):
        total = start + sum(d.points for d in reviewer.deductions)
        assert reviewer.score == pytest.approx(total, abs=0.0501)
        assert 0.0 <= reviewer.score <= 10.0
        assert reviewer.score == round(reviewer.score, 1)
    ids = {f"c{i}" for i in range(len(standings))} | {p.id for p in PAPERS}
    assert all(set(d.causes) <= ids for r in said.reviewers for d in r.deductions)
    assert said.score == said.reviewers[2].score
    assert said.publishable == (said.score >= 6.5 and standings.count("corroborated") >= 5)
    assert all(d.score is None or 0.0 <= d.score <= 10.0 for d in said.dimensions)


def test_the_table_of_examples_in_the_docs_is_what_the_rubric_gives() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "how-scores-are-made.md").read_text(
        encoding="utf-8"
    )
    rows = {
        "all unsupported": ["unsupported"] * 20,
        "all supported by their own work alone": ["own"] * 20,
        "a tenth supported by another work, the rest by their own": ["corroborated"] * 2 + ["own"] * 18,
        "half supported by another work, the rest by their own": ["corroborated"] * 10 + ["own"] * 10,
        "all supported by another work": ["corroborated"] * 20,
    }
    for name, standings in rows.items():
        scores = " | ".join(f"{r.score:.1f}" for r in review(judged(*standings)).reviewers)
        assert f"| {name} | {scores} |" in page
