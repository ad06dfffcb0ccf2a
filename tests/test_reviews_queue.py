"""The queue: what matters most comes first and says why, and a blind one knows nothing of the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_report import claim, nothing, passage, sample, verdict

from synth import reviews
from synth.records import (
    ClaimKind,
    Disagreement,
    Evidence,
    Finding,
    Judged,
    Label,
    Probabilities,
    Report,
    Verdict,
)
from synth.reviews import Urgency

S, C, N = Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO
Kind = Literal["between_works", "between_versions", "within_paper"]
NONE: frozenset[str] = frozenset()


def plain() -> Report:
    """Return a report whose synthesis says nothing; the tick is shown from 0.7."""
    made = sample()
    return replace(made, synthesis=replace(made.synthesis, findings=(), disagreements=()))


def judged(
    text: str = "Attention is a method.",
    *,
    kind: ClaimKind = ClaimKind.METHOD,
    relevance: float = 0.0,
    by_others: Verdict | None = None,
) -> Judged:
    """Return a claim that nothing makes urgent, unless ``by_others`` does."""
    one = claim(1, text, kind=kind)
    return Judged(claim=one, relevance=relevance, by_others=by_others or nothing(one), by_own=nothing(one))


def of(support: float, contradict: float, label: Label, *evidence: Evidence, mixed: bool = False) -> Verdict:
    """Return a verdict of these probabilities."""
    made = verdict(claim(1, "."), N, *evidence, mixed=mixed)
    return replace(
        made, label=label, probabilities=Probabilities(support, contradict, 1.0 - support - contradict)
    )


def says(quote: str = "So it is.", relation: Label = S) -> Evidence:
    """Return a sentence of another work."""
    return passage(quote, relation)


def urgent(one: Judged, *, report: Report | None = None) -> tuple[float, tuple[str, ...]]:
    """Return the score and reasons of a claim, seen with its verdict."""
    found = reviews.urgency(one, report=report or plain(), blind=False)
    assert found.claim == one.claim.id
    return found.score, found.reasons


# -- the points --------------------------------------------------------------------------------------------


def test_a_claim_that_nothing_speaks_for_has_its_relevance_alone() -> None:
    assert urgent(judged()) == (0.0, ())
    assert urgent(judged(relevance=0.25)) == (0.25, ())


def test_a_claim_that_another_work_contradicts_matters_most() -> None:
    contradicted = judged(by_others=of(0.05, 0.9, C, says(relation=C)))
    assert urgent(contradicted) == (8.0, ("another work contradicts it",))
    mixed = judged(by_others=of(0.05, 0.05, N, says(), says(relation=C), mixed=True))
    assert urgent(mixed) == (8.0, ("other works both support and contradict it",))


@pytest.mark.parametrize(
    ("kind", "between"),
    [
        ("between_works", "works"),
        ("between_versions", "versions of its paper"),
        ("within_paper", "sentences of its paper"),
    ],
)
def test_a_disagreement_of_the_report_is_named(kind: Kind, between: str) -> None:
    made = plain()
    one = judged()
    told = Disagreement(claim=one.claim.id, evidence=says(relation=C), kind=kind, reason="r")
    other = replace(told, claim="c9")
    listed = replace(made, synthesis=replace(made.synthesis, disagreements=(other, told, told)))
    unlisted = replace(made, synthesis=replace(made.synthesis, disagreements=(other,)))
    assert urgent(one, report=listed) == (4.0, (f"one of the report's disagreements, between {between}",))
    assert urgent(one, report=unlisted) == (0.0, ())


@pytest.mark.parametrize(
    ("support", "contradict", "label", "points", "reason"),
    [
        # two labels near each other, whichever they are
        (0.46, 0.10, N, 2.8, "uncertain: SUPPORT 46.0%, NOT_ENOUGH_INFO 44.0%"),
        (0.30, 0.45, C, 1.5, "uncertain: CONTRADICT 45.0%, SUPPORT 30.0%"),
        (0.40, 0.05, N, 1.5, "uncertain: NOT_ENOUGH_INFO 55.0%, SUPPORT 40.0%"),
        (0.30, 0.05, N, 0.0, ""),
        # a SUPPORT near the threshold of 0.7, on either side
        (0.70, 0.00, S, 3.0, "only just ticked: 70.0% where 70.0% is needed"),
        (0.75, 0.05, S, 1.5, "only just ticked: 75.0% where 70.0% is needed"),
        (0.65, 0.00, S, 1.5, "just short of a tick: 65.0% where 70.0% is needed"),
        (0.85, 0.05, S, 0.0, ""),
        # both, of which the tick is nearer
        (0.64, 0.00, S, 1.2, "just short of a tick: 64.0% where 70.0% is needed"),
        # no tick hangs on the confidence of another label
        (0.20, 0.10, N, 0.0, ""),
    ],
)
def test_the_nearer_to_another_label_or_the_tick_the_more_uncertain(
    support: float, contradict: float, label: Label, points: float, reason: str
) -> None:
    # two passages, so that no tick rests on one
    evidence = (says(relation=label), says(relation=label))
    score, reasons = urgent(judged(by_others=of(support, contradict, label, *evidence)))
    ticked = label is S and support >= 0.7
    assert score == pytest.approx(points + (8.0 if label is C else 2.0 if ticked else 0.0))
    beside = ("another work contradicts it", "the report calls it verified")
    assert [r for r in reasons if r not in beside] == ([reason] if reason else [])


def test_only_the_greater_of_two_uncertainties_counts() -> None:
    two = (says(), says())
    score, reasons = urgent(judged(by_others=of(0.62, 0.0, S, *two)))
    # 0.24 from NOT_ENOUGH_INFO is 0.6 points, 0.08 from the tick is 0.6, too: just one of them
    assert score == pytest.approx(0.6)
    assert len(reasons) == 1


@pytest.mark.parametrize(
    ("text", "quotes", "open_numbers"),
    [
        ("Alpha gains 3.1 points.", (), "3.1 points"),
        ("Alpha gains 3.1 points.", ("It gains 3.1 points.",), ""),
        ("Alpha gains 3.1 points.", ("It gains 3.1 % there.",), ""),
        ("Alpha gains 3.1 points.", ("It gains 3.14 points.",), ""),
        ("Alpha gains 3.1 points.", ("It gains 3.2 points.",), "3.1 points"),
        ("Alpha gains 3.1 points.", ("It gains 13.1 points.",), "3.1 points"),
        ("Alpha has 433k pairs.", ("It has 433,000 pairs.",), ""),
        ("Alpha has nine languages.", ("It has 9 languages.",), ""),
        ("Alpha has nine languages.", ("It has nine tasks.",), "nine"),
        ("Alpha gains 3.1 points in 15 languages.", ("It gains 3.1 points.",), "15"),
        ("Alpha gains 3.1 points in 15 languages.", ("It gains 3.1 points.", "We try 15 languages."), ""),
        ("It has 11, 12, 13, 14 and 15 layers.", (), "11, 12, 13 and 2 more"),
        ("Nine models and nine tasks of 5M pairs.", (), "Nine, 5M"),
    ],
)
def test_numbers_that_no_supporting_passage_states_are_named(
    text: str, quotes: tuple[str, ...], open_numbers: str
) -> None:
    evidence = tuple(says(quote) for quote in quotes)
    label = S if evidence else N
    p = (0.96, 0.02) if evidence else (0.02, 0.02)
    reasons = urgent(judged(text, by_others=of(*p, label, *evidence)))[1]
    expected = [f"no supporting passage states {open_numbers}"] if open_numbers else []
    assert [r for r in reasons if r.startswith("no supporting")] == expected


def test_a_number_in_a_passage_that_does_not_support_counts_as_not_stated() -> None:
    said = of(0.02, 0.02, N, says("It gains 3.1 points.", N), says("It does not gain 3.1 points.", C))
    assert urgent(judged("Alpha gains 3.1 points.", by_others=said)) == (
        1.5,
        ("no supporting passage states 3.1 points",),
    )


def test_a_measured_number_counts_for_more_than_how_many_parts_there_are() -> None:
    def points(text: str) -> float:
        return urgent(judged(text, by_others=of(0.02, 0.02, N)))[0]

    assert points("Alpha gains 3 % there.") == points("Alpha reaches 84.2 there.") == 1.5
    assert points("It has two layers.") == 0.5
    assert points("It has two layers and gains 3 %.") == 1.5


@pytest.mark.parametrize(
    ("kind", "name"), [(ClaimKind.FINDING, "finding"), (ClaimKind.COMPARISON, "comparison")]
)
def test_findings_and_comparisons_are_headlines(kind: ClaimKind, name: str) -> None:
    assert urgent(judged(kind=kind)) == (2.0, (f"a {name}",))


def test_a_claim_under_a_theme_matters_more_than_one_left_over() -> None:
    made, one = plain(), judged()
    theme = Finding(
        id="t1", theme="deep\x1b[31m nets", terms=("nets",), claims=(one.claim.id,), works=2,
        state="one_work", sentence="s",
    )  # fmt: skip
    left_over = replace(theme, theme="claims that stand alone", terms=())
    under = replace(made, synthesis=replace(made.synthesis, findings=(theme,)))
    over = replace(made, synthesis=replace(made.synthesis, findings=(left_over,)))
    assert urgent(one, report=under) == (1.0, ("stands under the theme “deep[31m nets”",))
    assert urgent(one, report=over) == (0.0, ())


def test_a_tick_on_one_passage_is_weaker_than_on_two() -> None:
    assert urgent(judged(by_others=of(0.96, 0.02, S, says(), says("?", N)))) == (
        3.0,
        ("the report calls it verified", "its tick rests on one passage"),
    )
    assert urgent(judged(by_others=of(0.96, 0.02, S, says(), says()))) == (
        2.0,
        ("the report calls it verified",),
    )
    # a SUPPORT without a tick
    assert urgent(judged(by_others=of(0.59, 0.02, S, says())))[1] != ("its tick rests on one passage",)


def test_points_add_up_and_the_heaviest_reason_comes_first() -> None:
    one = judged(
        "Alpha gains 3.1 points.",
        kind=ClaimKind.COMPARISON,
        relevance=0.5,
        by_others=of(0.30, 0.45, C, says(relation=C)),
    )
    assert urgent(one) == (
        13.5,
        (
            "another work contradicts it",
            "a comparison",
            "no supporting passage states 3.1 points",
            "uncertain: CONTRADICT 45.0%, SUPPORT 30.0%",
        ),
    )


def test_the_sample_has_its_contradicted_and_mixed_claims_first() -> None:
    made = sample()
    found = [reviews.urgency(one, report=made, blind=False) for one in made.judged]
    order = [u.claim for u in reviews.ranked(found, done=NONE, deferred=NONE, changed=NONE)]
    two, five = made.judged[1].claim.id, made.judged[4].claim.id
    assert order[:2] == [two, five]


# -- blind -------------------------------------------------------------------------------------------------


def test_a_blind_reviewer_sees_kind_numbers_and_relevance() -> None:
    one = judged("Alpha gains 3.1 points.", kind=ClaimKind.FINDING, relevance=0.5)
    found = reviews.urgency(one, report=plain(), blind=True)
    assert (found.score, found.reasons) == (4.0, ("a finding", "states 3.1 points"))
    assert reviews.urgency(judged(), report=plain(), blind=True).score == 0.0


VERDICTS = st.builds(
    lambda label, share, shape, mixed: of(
        0.0 if label is N else share * shape,
        0.0 if label is N else share * (1 - shape),
        label,
        *([says(relation=label)] if label is not N or mixed else []),
        mixed=mixed and label is N,
    ),
    st.sampled_from(Label),
    st.floats(0, 1),
    st.floats(0, 1),
    st.booleans(),
)


@given(st.integers(0, 4), VERDICTS, VERDICTS, st.floats(0, 1), st.booleans())
def test_nothing_of_any_verdict_reaches_a_blind_queue(
    at: int, others: Verdict, own: Verdict, threshold: float, quiet: bool
) -> None:
    made = sample()
    one = made.judged[at]
    other = replace(one, by_others=others, by_own=own, repeats=())
    told = replace(plain() if quiet else made, threshold=threshold, judged=(other,), comparisons=())
    before = reviews.urgency(one, report=made, blind=True)
    assert reviews.urgency(other, report=told, blind=True) == before


# -- the order ---------------------------------------------------------------------------------------------


def line(*scores: tuple[str, float]) -> list[Urgency]:
    """Return urgencies of these claims and scores."""
    return [Urgency(claim=name, score=score, reasons=("r",)) for name, score in scores]


def names(found: list[Urgency], *, done: str = "", deferred: str = "", changed: str = "") -> str:
    """Return the letters of the claims in their order."""
    order = reviews.ranked(
        found, done=frozenset(done), deferred=frozenset(deferred), changed=frozenset(changed)
    )
    return "".join(u.claim for u in order)


def test_the_most_urgent_come_first_and_equals_in_the_order_of_the_report() -> None:
    assert names(line(("a", 1), ("b", 3), ("c", 1), ("d", 2), ("e", 3))) == "bedac"


def test_deferred_ones_come_after_the_undecided_and_done_ones_last() -> None:
    found = line(("a", 1), ("b", 9), ("c", 1), ("d", 7), ("e", 8))
    assert names(found, done="b", deferred="de") == "acedb"
    # done wins: a claim deferred and then settled by others
    assert names(found, done="bd", deferred="de") == "acebd"


def test_a_claim_that_changed_is_to_be_decided_again_and_goes_up() -> None:
    found = line(("a", 1), ("b", 2), ("c", 3), ("d", 0))
    assert names(found, done="bd", changed="d") == "dcab"
    assert names(found, deferred="d", changed="d") == "dcba"
    first = reviews.ranked(found, done=NONE, deferred=NONE, changed=frozenset("d"))[0]
    assert (first.score, first.reasons) == (8.0, ("changed since you judged it", "r"))


@given(
    st.lists(st.floats(0, 20), max_size=30),
    st.sets(st.integers(0, 29)),
    st.sets(st.integers(0, 29)),
    st.sets(st.integers(0, 29)),
)
def test_every_claim_is_ranked_once(
    scores: list[float], done: set[int], late: set[int], new: set[int]
) -> None:
    found = line(*((str(i), score) for i, score in enumerate(scores)))
    sets = [frozenset(map(str, chosen)) for chosen in (done, late, new)]
    order = reviews.ranked(found, done=sets[0], deferred=sets[1], changed=sets[2])
    assert sorted(int(u.claim) for u in order) == list(range(len(scores)))
    turns = [0 if u.claim in sets[2] else 2 if u.claim in sets[0] else int(u.claim in sets[1]) for u in order]
    assert turns == sorted(turns)
