"""A sitting: what is decided, hidden, taken back, settled and searched, by one reviewer and by several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tui_world import ALPHA, B1, Clock, evidence, judged, report, world

from synth import reviews
from synth.errors import InputError, UsageError
from synth.pipeline.review import Open
from synth.pipeline.sitting import Sitting
from synth.records import Label, Report

SUPPORT, CONTRADICT, NEITHER = Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO
CLAIMS = [one.claim.id for one in judged()]
FIRST, SECOND, THIRD = CLAIMS[:3]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture
def ann(opened: Open) -> Sitting:
    return opened.sitting


def test_a_decision_keeps_what_the_machine_said_at_that_moment(ann: Sitting) -> None:
    made = ann.decide(FIRST, "reject", note="  not what\tit says\x1b[2J ")
    machine = ann.judged(FIRST).by_others
    assert (made.machine, made.probabilities, made.signature) == (
        machine.label,
        machine.probabilities,
        machine.signature,
    )
    assert (made.reviewer, made.question, made.report) == (
        "Ann",
        ann.report.question.id,
        ann.report.fingerprint,
    )
    assert "\x1b" not in made.note
    assert made.note.startswith("not what")
    assert ann.standing(FIRST).state == "rejected"
    assert ann.standing(FIRST).label is None
    assert ann.consensus(FIRST).state == "undecided"


def test_stating_the_machines_own_label_accepts_its_verdict(ann: Sitting) -> None:
    assert ann.decide(FIRST, "change", label=SUPPORT).decision == "accept"
    assert ann.decide(SECOND, "change", label=SUPPORT).label is SUPPORT
    assert [ann.standing(c).state for c in (FIRST, SECOND)] == ["accepted", "changed"]


def test_what_was_decided_is_there_when_the_report_is_opened_again(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        made = [opened.sitting.decide(c, "accept") for c in (FIRST, SECOND)]
        opened.sitting.decide(SECOND, "flag")
    with world(tmp_path) as opened:
        assert opened.sitting.log[:2] == tuple(made)
        assert opened.sitting.standing(SECOND).flagged
        assert {u.claim for u in opened.sitting.queue()[-2:]} == {FIRST, SECOND}
        assert opened.sitting.pace().left == len(CLAIMS) - 2


def test_undo_and_redo_append_and_never_take_away(ann: Sitting) -> None:
    ann.decide(FIRST, "accept")
    ann.decide(FIRST, "change", label=NEITHER)
    undone = ann.undo()
    assert undone is not None
    assert undone.decision == "change"
    assert ann.standing(FIRST).state == "accepted"
    ann.undo()
    assert ann.standing(FIRST).state == "unreviewed"
    assert ann.undo() is None
    redone = ann.redo()
    assert redone is not None
    assert redone.decision == "accept"
    assert ann.standing(FIRST).state == "accepted"
    ann.redo()
    assert ann.standing(FIRST).label is NEITHER
    assert ann.redo() is None
    assert [r.decision for r in ann.log] == ["accept", "change", *["withdraw"] * 4]
    assert list(reviews.faults(ann.log)) == []


def test_a_new_decision_leaves_nothing_to_redo(ann: Sitting) -> None:
    ann.decide(FIRST, "accept")
    ann.undo()
    ann.decide(SECOND, "accept")
    assert ann.redo() is None


def test_a_withdrawal_repeats_nothing_of_what_it_takes_back(ann: Sitting) -> None:
    ann.link(FIRST, evidence(B1, 0, NEITHER), SUPPORT, note="here")
    ann.undo()
    taken = ann.log[-1]
    assert (taken.passage, taken.note, taken.label, taken.scope) == (None, "", None, None)
    assert ann.standing(FIRST).links == ()


def test_undo_takes_back_what_was_decided_last_and_not_what_was_imported_last(tmp_path: Path) -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)
    with world(tmp_path / "a", clock=lambda: early) as elsewhere:
        before = elsewhere.sitting.decide(FIRST, "accept")
    with world(tmp_path / "b", clock=lambda: late) as opened, world(tmp_path / "b") as second:
        last = opened.sitting.decide(SECOND, "accept")
        # into the store by another screen, so that this one learns of it with the undo
        second.sitting.take_in({"line 1": before})
        assert opened.sitting.undo() == last


def test_nobody_takes_back_what_another_decided(tmp_path: Path) -> None:
    with world(tmp_path) as one, world(tmp_path, reviewer="Bo") as other:
        one.sitting.decide(FIRST, "accept")
        other.sitting.refresh()
        assert other.sitting.undo() is None
        assert one.sitting.undo() is not None


def test_two_sittings_at_once_see_each_other_and_keep_all(tmp_path: Path) -> None:
    with world(tmp_path) as one, world(tmp_path, reviewer="Bo") as other:
        for claim in CLAIMS[:4]:
            one.sitting.decide(claim, "accept")
            other.sitting.decide(claim, "change", label=CONTRADICT)
        assert one.sitting.refresh()
        assert not one.sitting.refresh()
        assert [r.reviewer for r in one.sitting.log].count("Bo") == 4
        assert one.sitting.others(FIRST)[0].label is CONTRADICT
        assert one.sitting.consensus(FIRST).state == "disputed"
        assert one.sitting.agreement().disagreements
        assert list(reviews.faults(one.sitting.log)) == []
        assert set(one.sitting.log) == set(other.sitting.log) | {one.sitting.log[-1]}


def test_one_reviewer_on_two_screens_has_one_chain(tmp_path: Path) -> None:
    clock = Clock()
    with world(tmp_path, clock=clock) as one, world(tmp_path, clock=clock) as other:
        one.sitting.decide(FIRST, "accept")
        other.sitting.decide(SECOND, "accept")
        one.sitting.decide(THIRD, "accept")
        assert [r.after for r in one.sitting.log] == ["", *(r.id for r in one.sitting.log[:2])]


def test_a_clock_that_was_set_back_turns_no_order_round(tmp_path: Path) -> None:
    late, early = datetime(2026, 6, 10, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
    with world(tmp_path, clock=lambda: late) as opened:
        opened.sitting.decide(FIRST, "accept")
    with world(tmp_path, clock=lambda: early) as opened:
        opened.sitting.decide(FIRST, "reject")
        assert opened.sitting.standing(FIRST).state == "rejected"
        assert opened.sitting.log[0].at < opened.sitting.log[1].at
        assert opened.sitting.log[1].at.startswith("2026-06-10")


def test_blind_hides_until_this_reviewer_has_judged(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        opened.sitting.decide(FIRST, "accept")
    with world(tmp_path, reviewer="Bo", blind=True) as opened:
        sitting = opened.sitting
        assert sitting.hidden(FIRST)
        assert sitting.others(FIRST) == ()
        sitting.decide(FIRST, "defer")
        sitting.decide(FIRST, "note", note="hard")
        assert sitting.hidden(FIRST)
        made = sitting.decide(FIRST, "change", label=SUPPORT)
        assert (made.decision, made.blind) == ("accept", True)
        assert not sitting.hidden(FIRST)
        assert [s.reviewer for s in sitting.others(FIRST)] == ["Ann"]
        assert not sitting.decide(FIRST, "change", label=NEITHER).blind


def test_a_blind_queue_does_not_tell_what_the_machine_said(tmp_path: Path) -> None:
    plain = report()
    turned = replace(
        plain, judged=tuple(replace(j, by_others=replace(o.by_others, claim=j.claim.id)) for j, o in zip(
            plain.judged, reversed(plain.judged), strict=True))
    )  # fmt: skip

    def order(made: Report, folder: Path) -> list[str]:
        with world(folder, blind=True, made=made) as opened:
            return [u.claim for u in opened.sitting.queue()]

    assert order(plain, tmp_path / "a") == order(turned, tmp_path / "b")


def test_what_changed_since_it_was_judged_comes_up_again(tmp_path: Path) -> None:
    before = report()
    with world(tmp_path) as opened:
        for claim in CLAIMS:
            opened.sitting.decide(claim, "accept")
        assert not any(opened.sitting.changed(c) for c in CLAIMS)
    one = before.judged[2]
    other = replace(one, by_others=replace(one.by_others, evidence=(evidence(B1, 0, NEITHER),)))
    after = replace(before, judged=tuple(other if j is one else j for j in before.judged))
    with world(tmp_path, made=after) as opened:
        assert [c for c in CLAIMS if opened.sitting.changed(c)] == [THIRD]
        assert opened.sitting.queue()[0].claim == THIRD
        assert opened.sitting.pace().left == 1
        opened.sitting.decide(THIRD, "accept")
        assert not opened.sitting.changed(THIRD)


def test_a_settling_sitting_is_over_the_disputed_and_a_label_settles(tmp_path: Path) -> None:
    with world(tmp_path) as one, world(tmp_path, reviewer="Bo") as other:
        for claim in (FIRST, SECOND):
            one.sitting.decide(claim, "accept")
            other.sitting.decide(claim, "change", label=NEITHER)
        one.sitting.decide(THIRD, "accept")
    with world(tmp_path, reviewer="Cy", settling=True) as opened:
        sitting = opened.sitting
        assert {u.claim for u in sitting.queue()} == {FIRST, SECOND}
        assert sitting.decide(FIRST, "accept").label is SUPPORT
        assert sitting.decide(SECOND, "change", label=NEITHER).decision == "settle"
        assert [sitting.consensus(c).state for c in (FIRST, SECOND)] == ["settled", "settled"]
        assert sitting.consensus(SECOND).label is NEITHER
        assert sitting.pace().left == 0
        with pytest.raises(UsageError, match="nothing to settle"):
            sitting.decide(THIRD, "accept")
        sitting.undo()
        assert sitting.consensus(SECOND).state == "disputed"


@pytest.mark.parametrize(
    ("decision", "given", "said"),
    [
        ("change", {}, "lacks what it is about"),
        ("note", {"note": " \n"}, "lacks what it is about"),
        ("note", {"note": "x" * 4001}, "longer than 4,000"),
        ("scope", {}, "lacks what it is about"),
        ("scope", {"scope": (("dataset", ""),)}, "names with a value"),
        ("scope", {"scope": (("split", "a"), ("split", "b"))}, "names with a value"),
        ("link", {}, "lacks what it is about"),
        ("withdraw", {}, "lacks what it is about"),
    ],
)
def test_a_decision_without_what_it_needs_is_refused_and_not_kept(
    ann: Sitting, decision: str, given: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        ann.decide(FIRST, decision, **given)  # type: ignore[arg-type]
    assert ann.log == ()


def test_an_unknown_claim_is_refused(ann: Sitting) -> None:
    with pytest.raises(UsageError, match="judges no claim"):
        ann.decide("c0", "accept")


def test_a_linked_sentence_is_own_work_where_it_is(ann: Sitting) -> None:
    of_others = next(e for e in ann.sentences() if e.paper != ALPHA.id)
    of_own = next(e for e in ann.sentences() if e.paper == ALPHA.id)
    assert ann.link(FIRST, of_others, CONTRADICT).passage == replace(
        of_others, relation=CONTRADICT, score=1.0, own_source=False
    )
    linked = ann.link(FIRST, of_own, SUPPORT).passage
    assert linked is not None
    assert linked.own_source
    assert [r.passage.quote for r in ann.standing(FIRST).links if r.passage] == [
        of_others.quote,
        of_own.quote,
    ]


def test_a_sentence_too_long_to_be_taken_in_elsewhere_is_not_linked(ann: Sitting) -> None:
    long = replace(evidence(B1, 0, NEITHER), quote="w" * 20_001)
    with pytest.raises(UsageError, match="more than 20,000 characters"):
        ann.link(FIRST, long, SUPPORT)
    assert ann.log == ()


def test_a_sentence_comes_with_its_whole_passage(ann: Sitting) -> None:
    found = ann.judged(FIRST).by_others.evidence[0]
    assert ann.context(found) == B1.text
    assert ann.context(replace(found, passage="s0")) == found.quote
    assert ann.context(replace(found, start=found.start + 1)) == found.quote


def test_without_readings_the_papers_cannot_be_searched(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        made = replace(report(), papers=tuple(replace(p, id=f"{p.id}0") for p in report().papers), judged=())
        with world(tmp_path, made=made) as other, pytest.raises(InputError, match="synth ask"):
            other.sitting.sentences()
        assert opened.sitting.sentences()
