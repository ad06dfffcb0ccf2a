"""Quantities of a claim against those of a sentence: what agrees, differs, is reversed or absent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.records import Quantity
from synth.verifiers._quantities import agree, facts
from synth.verifiers._statement import state


def _relations(claim: str, sentence: str) -> list[str]:
    return [f.relation for f in facts(state(claim), state(sentence))]


@pytest.mark.parametrize(
    ("claim", "sentence", "relation"),
    [
        ("The gain is 5.4 points.", "The gain is 5.37 points.", "agrees"),
        ("The gain is 5.4 points.", "The gain is 5.5 points.", "differs"),
        ("The gain is 5.4 points.", "The gain is 5.44 points.", "agrees"),
        ("The gain is 5.4 points.", "The gain is 5.46 points.", "differs"),
        ("The model was trained on 433k pairs.", "The model was trained on 433,217 pairs.", "agrees"),
        ("The model was trained on 433k pairs.", "The model was trained on 43k pairs.", "differs"),
        ("It has 1.5B parameters.", "It has 1,500M parameters.", "agrees"),
        ("More than 100 languages are covered.", "The corpus covers 104 languages.", "agrees"),
        ("More than 100 languages are covered.", "The corpus covers 94 languages.", "differs"),
        ("It covers 104 languages.", "It covers more than 100 languages.", "differs"),
        ("Errors decrease by 12%.", "Errors increase by 12%.", "reversed"),
        ("It is tested on 40 languages.", "It is tested on text.", "absent"),
        ("The gain is 2.1 points.", "F1 rises from 88.3 to 90.4.", "agrees"),
        ("The error falls by 50%.", "The error falls from 8.0 to 4.0.", "agrees"),
        ("It is trained for 3 epochs.", "It is trained on 3 languages.", "absent"),
    ],
)
def test_a_quantity_against_a_sentence(claim: str, sentence: str, relation: str) -> None:
    assert _relations(claim, sentence) == [relation]


def test_a_difference_is_a_contradiction_only_where_the_words_around_it_are_the_same() -> None:
    claim = state("The model gains 5.4 points of accuracy.")
    same = facts(claim, state("The model gains 2.1 points of accuracy."))[0]
    other = facts(claim, state("Removing dropout costs 2.1 points in recall."))[0]
    assert same.same_topic
    assert not other.same_topic


def test_reasons_name_both_numbers_as_they_were_written() -> None:
    fact = facts(state("The gain is 5.4 points."), state("The gain is 2.1 points."))[0]
    assert fact.reason == "number differs: 5.4 points against 2.1 points"


@given(st.floats(0.1, 1e6), st.integers(0, 3))
def test_a_number_agrees_with_itself_and_with_its_own_rounding(value: float, digits: int) -> None:
    def stated(decimals: int) -> Quantity:
        v = round(value, decimals)
        return Quantity(value=v, unit="points", raw=str(v), start=0, end=1, digits=decimals)

    exact = stated(digits + 1)
    assert agree(exact, exact)
    assert agree(
        Quantity(value=round(exact.value, digits), unit="points", raw="", start=0, end=1, digits=digits),
        exact,
    )
