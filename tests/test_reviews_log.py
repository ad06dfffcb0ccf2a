"""The log of reviews: nothing is edited, undo and redo are appended, and what was tampered with shows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviewing import BEGAN, Log, review
from sample_report import sample

from synth import reviews
from synth.records import Box, Evidence, Judged, Label, Probabilities, Review, Span

Step = tuple[Literal["decide", "undo", "redo"], str, str, Label]
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        # undos as often as decisions, or the stacks stay shallow
        st.sampled_from(["decide", "undo", "undo", "redo", "decide", "redo"]),
        st.sampled_from(["Ann", "Bo"]),
        st.sampled_from(["c1", "c2"]),
        st.sampled_from(Label),
    ),
    max_size=40,
)


def linked(x0: float, score: float) -> Review:
    """Return a review that links a sentence at a place."""
    passage = Evidence(
        doc_id="beta.pdf",
        paper="p2",
        passage="s2",
        sentence=0,
        start=0,
        quote="So it is.",
        spans=(Span(page=2, boxes=(Box(x0, 10.5, 300.0, 20.25),)),),
        relation=Label.SUPPORT,
        score=score,
    )
    return replace(
        review("link", passage=passage),
        probabilities=Probabilities(score, 0.0, 1.0 - score),
        scope=(("a", "b"),),
    )


# -- ids ---------------------------------------------------------------------------------------------------


def test_an_id_is_a_hash_of_all_the_rest() -> None:
    made = reviews.sealed(linked(70.5, 0.75))
    assert made.id.startswith("v")
    assert len(made.id) == 33
    assert reviews.sealed(made) == made
    assert reviews.sealed(replace(made, id="v0")) == made


OTHERS: dict[str, object] = {
    "claim": "c2", "reviewer": "Bo", "at": "2026-06-10T08:00:01+00:00", "decision": "flag",
    "machine": Label.CONTRADICT, "label": Label.SUPPORT, "note": "n", "probabilities": None, "signature": "s",
    "seen": "s1", "scope": (("a", "c"),), "passage": linked(70.5, 0.5).passage, "blind": True, "of": "v1",
    "after": "v1", "question": "q1", "report": "f1",
}  # fmt: skip


@pytest.mark.parametrize("field", [name for name in Review.__dataclass_fields__ if name != "id"])
def test_no_field_can_change_without_its_id(field: str) -> None:
    before = reviews.sealed(linked(70.5, 0.75))
    other = msgspec.to_builtins({**msgspec.to_builtins(before), field: OTHERS[field]})
    after = msgspec.convert(other, type=Review)
    assert getattr(after, field) != getattr(before, field)
    assert reviews.sealed(after).id != before.id


@pytest.mark.parametrize("score", [1.0, 0.1 + 0.2, 1e-9])
def test_an_id_outlives_a_store(score: float) -> None:
    made = reviews.sealed(linked(70.0, score))
    again = msgspec.json.decode(msgspec.json.encode(made), type=Review)
    assert reviews.sealed(again).id == made.id


def test_an_id_does_not_tell_a_whole_float_from_an_integer() -> None:
    # a JSON Lines file that went through jq or JavaScript has 70 where there was 70.0
    assert reviews.sealed(linked(70.0, 1.0)).id == reviews.sealed(linked(70, 1)).id
    assert reviews.sealed(linked(70.0, 1.0)).id != reviews.sealed(linked(70.5, 1.0)).id


# -- what is on show ---------------------------------------------------------------------------------------


def test_what_is_on_show_is_named_by_words_verdicts_and_sentences() -> None:
    one = sample().judged[0]
    other_words = replace(one, claim=replace(one.claim, text="Alpha does not."))
    surer = replace(one.by_others, probabilities=Probabilities(0.95, 0.02, 0.03))
    fewer = replace(one.by_own, evidence=(), label=Label.NOT_ENOUGH_INFO)
    shown = [one, other_words, replace(one, by_others=surer), replace(one, by_own=fewer)]
    assert len({reviews.on_show(j) for j in shown}) == len(shown)


def test_what_is_not_on_show_does_not_name_it() -> None:
    one: Judged = sample().judged[0]
    nearer = replace(one, relevance=0.1, repeats=())
    hair = one.by_others.probabilities
    same = replace(
        one.by_others, probabilities=hair._replace(support=hair.support + 1e-7), signature="other/2"
    )
    assert reviews.on_show(nearer) == reviews.on_show(one)
    assert reviews.on_show(replace(one, by_others=same)) == reviews.on_show(one)


# -- undo and redo -----------------------------------------------------------------------------------------


def test_an_undo_takes_back_the_reviewers_own_last_decision() -> None:
    log = Log()
    first = log.add(review("accept"))
    second = log.add(review("flag"))
    other = log.add(review("reject", reviewer="Bo"))
    assert log.undo("Ann") == second
    assert reviews.in_force(log.said) == (first, other)
    assert log.undo("Ann") == first
    assert log.undo("Ann") is None
    assert reviews.in_force(log.said) == (other,)
    assert len(log.said) == 5


def test_redo_goes_back_over_several_undos_and_ends_at_a_new_decision() -> None:
    log = Log()
    made = [log.add(review("accept", claim=f"c{i}")) for i in range(4)]
    for _ in range(3):
        log.undo("Ann")
    assert reviews.in_force(log.said) == (made[0],)
    log.redo("Ann")
    log.redo("Ann")
    assert reviews.in_force(log.said) == tuple(made[:3])
    fresh = log.add(review("defer"))
    assert log.redo("Ann") is None
    assert reviews.in_force(log.said) == (*made[:3], fresh)


def test_there_is_nothing_to_undo_or_redo_in_an_empty_log() -> None:
    assert reviews.to_undo((), reviewer="Ann") is None
    assert reviews.to_redo((), reviewer="Ann") is None


@given(STEPS)
def test_any_decisions_undos_and_redos_of_two_equal_two_stacks_each(steps: list[Step]) -> None:
    log = Log()
    done: dict[str, list[str]] = defaultdict(list)
    undone: dict[str, list[str]] = defaultdict(list)
    for act, who, claim, label in steps:
        before = log.said
        if act == "decide":
            made = log.add(review("change", claim=claim, reviewer=who, label=label))
            done[who].append(made.id)
            undone[who].clear()
        elif act == "undo":
            taken = log.undo(who)
            assert (taken.id if taken else None) == (done[who][-1] if done[who] else None)
            if taken:
                undone[who].append(done[who].pop())
        else:
            back = log.redo(who)
            assert (back.of if back else None) == (undone[who][-1] if undone[who] else None)
            if back:
                done[who].append(undone[who].pop())
        assert log.said[: len(before)] == before
        for name in ("Ann", "Bo"):
            assert [r.id for r in reviews.in_force(log.said) if r.reviewer == name] == done[name]
    assert list(reviews.faults(log.said)) == []
    assert reviews.ordered(reversed(log.said)) == log.said


@given(STEPS)
def test_a_withdrawal_is_never_itself_in_force(steps: list[Step]) -> None:
    log = Log()
    for act, who, claim, label in steps:
        if act == "decide":
            log.add(review("change", claim=claim, reviewer=who, label=label))
        elif act == "undo":
            log.undo(who)
        else:
            log.redo(who)
    standing = reviews.in_force(log.said)
    assert {r.decision for r in standing} <= {"change"}
    assert set(standing) <= set(log.said)


# -- what is wrong with a log ------------------------------------------------------------------------------


def whole() -> tuple[Review, ...]:
    """Return a log of two reviewers, with an undo and a redo."""
    log = Log()
    log.add(review("accept"))
    log.add(review("reject", reviewer="Bo"))
    log.add(review("note", note="first"))
    log.add(review("change", claim="c2", label=Label.CONTRADICT))
    log.undo("Ann")
    log.redo("Ann")
    log.add(review("defer", claim="c2", reviewer="Bo"))
    return log.said


def test_a_whole_log_has_no_faults() -> None:
    assert list(reviews.faults(whole())) == []
    assert list(reviews.faults(())) == []


def test_a_changed_text_shows() -> None:
    log = list(whole())
    log[2] = replace(log[2], note="second")
    assert list(reviews.faults(log)) == [
        "review 3 (note by Ann) was changed after it was made: its id does not fit its content"
    ]


def test_a_changed_text_with_a_new_id_shows_as_a_gap() -> None:
    log = list(whole())
    log[2] = reviews.sealed(replace(log[2], note="second"))
    assert list(reviews.faults(log)) == ["review 4 (change by Ann) follows one that is missing"]


@pytest.mark.parametrize("gone", range(6))
def test_a_review_that_was_taken_out_shows_unless_it_was_its_reviewers_last(gone: int) -> None:
    log = whole()
    found = list(reviews.faults((*log[:gone], *log[gone + 1 :])))
    last = {r.reviewer: r for r in log}
    assert bool(found) == (log[gone] not in last.values())
    assert all("is missing" in fault or "not that reviewer's" in fault for fault in found)


def test_reviews_in_another_order_show() -> None:
    log = list(whole())
    log[2], log[3] = log[3], log[2]
    assert "review 3 (change by Ann) follows one that is missing" in reviews.faults(log)


def test_nobody_can_follow_another_reviewers_chain() -> None:
    log = Log()
    first = log.add(review("accept"))
    grafted = reviews.sealed(replace(review("accept", reviewer="Bo"), after=first.id))
    assert list(reviews.faults((first, grafted))) == ["review 2 (accept by Bo) follows one that is missing"]


def test_nobody_can_take_back_anothers_review() -> None:
    log = Log()
    first = log.add(review("accept"))
    log.add(review("withdraw", reviewer="Bo", of=first.id))
    assert list(reviews.faults(log.said)) == [
        "review 2 (withdraw by Bo) takes back a review that is not that reviewer's"
    ]
    assert reviews.in_force(log.said) == (first,)
    assert reviews.to_undo(log.said, reviewer="Ann") == first
    assert reviews.to_undo(log.said, reviewer="Bo") is None


def test_a_withdrawal_of_what_is_not_there_shows() -> None:
    alone = reviews.sealed(review("withdraw", of="v0", at=BEGAN))
    assert list(reviews.faults((alone,))) == [
        "review 1 (withdraw by Ann) takes back a review that is not that reviewer's"
    ]


@given(st.permutations(range(4)))
def test_what_is_in_force_does_not_hang_on_the_order_of_the_store(order: list[int]) -> None:
    log = Log()
    kept = log.add(review("accept"))
    log.undo("Ann")
    log.redo("Ann")
    other = log.add(review("flag"))
    shuffled = [log.said[at] for at in order]
    assert set(reviews.in_force(shuffled)) == {kept, other}
