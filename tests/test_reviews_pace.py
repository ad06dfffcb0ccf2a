"""The pace: the median of a reviewer's last gaps, without his breaks, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviewing import BEGAN, review

from synth import reviews
from synth.records import Decision, Label, Review
from synth.reviews import Pace


def own(*seconds: float, decision: Decision = "accept", since: datetime = BEGAN) -> list[Review]:
    """Return decisions so many seconds after each other, the first so many after ``since``."""
    made, at = [], since
    for gap in seconds:
        at += timedelta(seconds=gap)
        made.append(review(decision, at=at, label=Label.CONTRADICT, note="n", of="v1"))
    return made


def each(decided: Sequence[Review], *, began: datetime = BEGAN) -> float | None:
    """Return the seconds for one claim."""
    return reviews.pace(decided, left=5, began=began).seconds_each


def test_the_pace_is_the_median_gap_and_the_first_counts_from_the_beginning() -> None:
    assert each(own(10, 12, 60)) == 12.0
    assert each(own(10, 12, 60, 14)) == 13.0


def test_there_is_no_pace_before_three_decisions() -> None:
    assert each([]) is None
    assert each(own(10, 12)) is None
    assert each(own(10, 12, 14)) == 12.0


def test_breaks_are_left_out() -> None:
    assert each(own(10, 12, 301, 14)) == 12.0
    assert each(own(10, 12, 300, 14)) == 13.0
    assert each(own(400, 12, 500)) is None


def test_an_earlier_sitting_counts_but_not_the_time_between() -> None:
    before = own(10, 12, 14, since=BEGAN - timedelta(seconds=60))
    # the last was 24 s before this sitting began, whose first decision took 13 s
    assert each(before) is None
    assert each([*before, *own(13)]) == 13.0


def test_only_the_last_fifty_count() -> None:
    assert each(own(*[100] * 60, *[10] * 50)) == 10.0
    assert each(own(*[100] * 60, *[10] * 25)) == 55.0


@pytest.mark.parametrize("decision", ["accept", "reject", "change", "settle", "defer"])
def test_judgements_make_the_pace(decision: Decision) -> None:
    assert each(own(10, 10, 10, decision=decision)) == 10.0


@pytest.mark.parametrize("decision", ["flag", "unflag", "note", "withdraw"])
def test_what_is_done_beside_a_judgement_does_not(decision: Decision) -> None:
    assert each(own(10, 10, 10, decision=decision)) is None
    decided = own(20, 20, 20)
    between = own(30, decision=decision)
    assert each([decided[0], *between, *decided[1:]]) == 20.0


@given(st.lists(st.floats(0, 1000), max_size=80))
def test_the_pace_lies_among_the_gaps_that_count(gaps: list[float]) -> None:
    found = each(own(*gaps))
    # a time has microseconds
    counted = [gap for gap in gaps if 0.2 - 1e-5 <= gap <= 300 + 1e-5]
    if found is None:
        assert sum(0.2 + 1e-5 < gap < 300 - 1e-5 for gap in gaps) < 3
    else:
        assert min(counted) - 1e-5 <= found <= 300


def test_decisions_that_were_imported_together_say_nothing_of_the_pace() -> None:
    assert each(own(10, 0.001, 0.001, 0.1, 0.001, 12, 60)) == 12.0


@pytest.mark.parametrize(
    ("left", "seconds", "words"),
    [
        (0, None, "nothing left"),
        (0, 12.0, "nothing left"),
        (48, None, "48 left"),
        (48, 11.0, "48 left, about 9 min at this pace"),
        (1, 11.0, "1 left, less than a minute at this pace"),
        (1, 60.0, "1 left, about 1 min at this pace"),
        (2000, 11.0, "2,000 left, about 6 h 7 min at this pace"),
        (60, 59.9, "60 left, about 1 h at this pace"),
    ],
)
def test_the_pace_is_said_in_words(left: int, seconds: float | None, words: str) -> None:
    assert Pace(left=left, seconds_each=seconds).words == words
