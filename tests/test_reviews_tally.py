"""The tally: every reviewed claim counts once on each side, and what was taken back counts for nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from sample_report import Log, sample

from synth.records import Label
from synth.reviews.tally import tally

JUDGED = sample().judged
MACHINE = {one.claim.id: one.by_others.label for one in JUDGED}
steps = st.lists(
    st.tuples(
        st.sampled_from(["Ann", "Bo", "Cy"]),
        st.sampled_from(JUDGED),
        st.sampled_from(["accept", "reject", "change", "defer", "flag", "settle", "back"]),
        st.sampled_from(Label),
    ),
    max_size=20,
)


def made(done: list[tuple[str, object, str, Label]]) -> Log:
    log = Log()
    for who, one, decision, label in done:
        own = [r for r in log.made if r.reviewer == who]
        if decision != "back":
            log.say(who, decision, one, label=label if decision in ("change", "settle") else None)  # type: ignore[arg-type]
        elif own:
            log.take_back(own[-1])
    return log


@given(steps)
def test_the_three_columns_count_the_same_claims(done: list[tuple[str, object, str, Label]]) -> None:
    found = tally(made(done).made, machine=MACHINE)
    assert sum(one.machine for one in found.labels) == len(MACHINE)
    assert sum(one.machine_reviewed for one in found.labels) == len(found.reviewed)
    assert sum(one.people for one in found.labels) == len(found.reviewed)
    assert all(one.machine_reviewed <= one.machine for one in found.labels)
    assert list(found.reviewed) == [claim for claim in MACHINE if claim in found.reviewed]


@given(steps)
def test_what_is_taken_back_counts_as_if_it_had_not_been(done: list[tuple[str, object, str, Label]]) -> None:
    before = made(done)
    after = made(done)
    said = after.say("Dee", "change", JUDGED[0], label=Label.CONTRADICT)
    after.take_back(said)
    found, due = (tally(log.made, machine=MACHINE) for log in (after, before))
    assert replace(found, taken_back=0) == replace(due, taken_back=0)
    assert found.taken_back == due.taken_back + 1


def test_a_deferral_or_a_flag_alone_reviews_nothing() -> None:
    log = Log()
    log.say("Ann", "defer", JUDGED[0])
    log.say("Bo", "flag", JUDGED[1])
    found = tally(log.made, machine=MACHINE)
    assert (found.reviewed, found.decisions) == ((), 2)
    assert [(s.reviewer, s.deferred, s.flagged) for s in found.shares] == [("Ann", 1, 0), ("Bo", 0, 1)]


def test_reviews_on_other_claims_are_left_out() -> None:
    log = Log()
    log.say("Ann", "accept", JUDGED[0])
    log.say("Bo", "accept", JUDGED[1])
    found = tally(log.made, machine={JUDGED[1].claim.id: Label.CONTRADICT})
    assert found.reviewed == (JUDGED[1].claim.id,)
    assert [s.reviewer for s in found.shares] == ["Bo"]
