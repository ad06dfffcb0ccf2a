"""What stands: a table of what reviewers hold of a claim, alone and together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviewing import Log, review
from sample_report import passage

from synth import reviews
from synth.records import Decision, Label, Review
from synth.reviews import Consensus, Standing

S, C, N = Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO
Said = tuple[str, Decision, Label | None]


def log_of(said: Sequence[Said], *, machine: Label = S) -> Log:
    """Return a log on one claim; a withdrawal takes back the reviewer's last."""
    log = Log()
    for who, decision, label in said:
        if decision == "withdraw":
            log.undo(who)
        else:
            log.add(review(decision, reviewer=who, label=label, machine=machine, note="n"))
    return log


def held(log: Sequence[Review], reviewer: str = "Ann", claim: str = "c1") -> Standing:
    """Return what one reviewer holds of a claim."""
    return next(s for s in reviews.standings(log) if (s.claim, s.reviewer) == (claim, reviewer))


# -- alone -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "state", "label", "done"),
    [
        ([("Ann", "accept", None)], "accepted", S, True),
        ([("Ann", "reject", None)], "rejected", None, True),
        ([("Ann", "change", C)], "changed", C, True),
        ([("Ann", "defer", None)], "deferred", None, False),
        ([("Ann", "note", None)], "unreviewed", None, False),
        ([("Ann", "accept", None), ("Ann", "change", N)], "changed", N, True),
        ([("Ann", "change", N), ("Ann", "defer", None)], "deferred", None, False),
        ([("Ann", "accept", None), ("Ann", "change", N), ("Ann", "withdraw", None)], "accepted", S, True),
        ([("Ann", "accept", None), ("Ann", "flag", None), ("Ann", "note", None)], "accepted", S, True),
        ([("Ann", "accept", None), ("Ann", "settle", C)], "accepted", S, True),
    ],
)
def test_the_last_judgement_in_force_stands(
    said: list[Said], state: str, label: Label | None, done: bool
) -> None:
    one = held(log_of(said).said)
    assert (one.state, one.label, one.done) == (state, label, done)


def test_an_accepted_label_is_the_machines_at_that_moment() -> None:
    assert held(log_of([("Ann", "accept", None)], machine=C).said).label is C


@pytest.mark.parametrize(
    ("said", "flagged"),
    [
        ([("Ann", "flag", None)], True),
        ([("Ann", "flag", None), ("Ann", "unflag", None)], False),
        ([("Ann", "flag", None), ("Ann", "unflag", None), ("Ann", "withdraw", None)], True),
        ([("Ann", "flag", None), ("Ann", "withdraw", None), ("Ann", "accept", None)], False),
    ],
)
def test_a_flag_stays_until_it_is_taken_down(said: list[Said], flagged: bool) -> None:
    standing = reviews.standings(log_of(said).said)
    assert any(one.flagged for one in standing) == flagged


def test_the_last_scope_and_all_notes_and_links_stand() -> None:
    log = Log()
    log.add(review("scope", scope=(("dataset", "SQuAD"),)))
    scope = log.add(review("scope", scope=()))
    notes = [log.add(review("note", note=words)) for words in ("one", "two")]
    links = [log.add(review("link", passage=passage(words, S))) for words in ("It is.", "So it is.")]
    log.add(review("link", passage=passage("It is not.", C)))
    log.undo("Ann")
    one = held(log.said)
    assert one.scope == scope
    assert one.notes == tuple(notes)
    assert one.links == tuple(links)
    assert one.state == "unreviewed"


def test_claims_and_reviewers_stand_apart_in_the_order_of_their_appearance() -> None:
    log = Log()
    log.add(review("accept", claim="c2", reviewer="Bo"))
    log.add(review("reject", claim="c1", reviewer="Ann"))
    log.add(review("defer", claim="c2", reviewer="Ann"))
    log.add(review("change", claim="c2", reviewer="Bo", label=N))
    assert [(s.claim, s.reviewer, s.state) for s in reviews.standings(log.said)] == [
        ("c2", "Bo", "changed"),
        ("c1", "Ann", "rejected"),
        ("c2", "Ann", "deferred"),
    ]


# -- together ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "state", "label", "reviewers"),
    [
        # nobody judged
        ([("Ann", "note", None), ("Bo", "flag", None)], "unreviewed", None, ()),
        # no label is given
        ([("Ann", "defer", None)], "undecided", None, ("Ann",)),
        ([("Ann", "reject", None)], "undecided", None, ("Ann",)),
        ([("Ann", "reject", None), ("Bo", "reject", None)], "undecided", None, ("Ann", "Bo")),
        ([("Ann", "reject", None), ("Bo", "defer", None)], "undecided", None, ("Ann", "Bo")),
        # one label that everything fits
        ([("Ann", "accept", None)], "agreed", S, ("Ann",)),
        ([("Ann", "accept", None), ("Bo", "accept", None)], "agreed", S, ("Ann", "Bo")),
        ([("Ann", "accept", None), ("Bo", "change", S)], "agreed", S, ("Ann", "Bo")),
        ([("Ann", "change", C), ("Bo", "reject", None)], "agreed", C, ("Ann", "Bo")),
        ([("Ann", "change", C), ("Bo", "defer", None)], "agreed", C, ("Ann", "Bo")),
        ([("Ann", "accept", None), ("Bo", "note", None)], "agreed", S, ("Ann",)),
        # two labels, or a label and its rejection
        ([("Ann", "accept", None), ("Bo", "change", C)], "disputed", None, ("Ann", "Bo")),
        ([("Ann", "change", N), ("Bo", "change", C)], "disputed", None, ("Ann", "Bo")),
        ([("Ann", "accept", None), ("Bo", "reject", None)], "disputed", None, ("Ann", "Bo")),
        (
            [("Ann", "accept", None), ("Bo", "accept", None), ("Cy", "change", N)],
            "disputed",
            None,
            ("Ann", "Bo", "Cy"),
        ),
        # the dispute ends where a reviewer gives in or takes back
        ([("Ann", "accept", None), ("Bo", "change", C), ("Bo", "change", S)], "agreed", S, ("Ann", "Bo")),
        ([("Ann", "accept", None), ("Bo", "change", C), ("Bo", "withdraw", None)], "agreed", S, ("Ann",)),
        # or where somebody settles it, until that is taken back; the last one settles
        ([("Ann", "accept", None), ("Bo", "change", C), ("Cy", "settle", N)], "settled", N, ("Ann", "Bo")),
        (
            [("Ann", "accept", None), ("Bo", "change", C), ("Cy", "settle", N), ("Ann", "settle", C)],
            "settled",
            C,
            ("Ann", "Bo"),
        ),
        (
            [("Ann", "accept", None), ("Bo", "change", C), ("Cy", "settle", N), ("Cy", "withdraw", None)],
            "disputed",
            None,
            ("Ann", "Bo"),
        ),
        ([("Cy", "settle", N)], "settled", N, ()),
    ],
)
def test_reviewers_hold_together_what_all_their_labels_and_rejections_fit(
    said: list[Said], state: str, label: Label | None, reviewers: tuple[str, ...]
) -> None:
    together = reviews.consensus(log_of(said).said)["c1"]
    assert (together.state, together.label, together.reviewers) == (state, label, reviewers)


def test_a_rejection_is_of_the_label_that_the_machine_gave_then() -> None:
    log = Log()
    log.add(review("reject", reviewer="Ann", machine=C))
    log.add(review("accept", reviewer="Bo", machine=S))
    assert reviews.consensus(log.said)["c1"].label is S


def test_a_claim_that_anybody_flagged_is_flagged() -> None:
    log = log_of([("Ann", "accept", None), ("Bo", "flag", None)])
    assert reviews.consensus(log.said)["c1"].flagged
    log.undo("Bo")
    assert not reviews.consensus(log.said)["c1"].flagged


def test_claims_without_a_review_in_force_are_not_there() -> None:
    assert reviews.consensus(()) == {}
    log = log_of([("Ann", "accept", None), ("Ann", "withdraw", None)])
    assert reviews.consensus(log.said) == {}


JUDGED: st.SearchStrategy[list[Said]] = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["Ann", "Bo", "Cy"]), st.sampled_from(["accept", "reject", "defer"]), st.none()
        ),
        st.tuples(st.sampled_from(["Ann", "Bo", "Cy"]), st.just("change"), st.sampled_from(Label)),
    ),
    min_size=1,
    max_size=8,
)


@given(JUDGED, st.sampled_from(Label))
def test_a_label_held_together_is_every_reviewers_and_rejected_by_none(
    said: list[Said], machine: Label
) -> None:
    log = log_of(said, machine=machine).said
    together: Consensus = reviews.consensus(log)["c1"]
    standing = reviews.standings(log)
    labels = {one.label for one in standing if one.label}
    rejected = any(one.state == "rejected" for one in standing)
    fits = len(labels) == 1 and not (rejected and machine in labels)
    assert (together.label is not None) == fits == (together.state == "agreed")
    assert together.label in labels or not fits


@given(JUDGED, st.sampled_from(Label))
def test_what_is_held_together_does_not_hang_on_who_spoke_first(said: list[Said], machine: Label) -> None:
    log = log_of(said, machine=machine)
    turned = Log()
    for name in ("Cy", "Bo", "Ann"):
        for spoken in log.said:
            if spoken.reviewer == name:
                turned.add(spoken)
    one, other = reviews.consensus(log.said)["c1"], reviews.consensus(turned.said)["c1"]
    assert (one.state, one.label, set(one.reviewers)) == (other.state, other.label, set(other.reviewers))
