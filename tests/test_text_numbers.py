"""Quantities: what is read as a number, with which unit, and what is not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.records import Quantity
from synth.text import quantities


def only(text: str) -> Quantity:
    found = quantities(text)
    assert len(found) == 1, [q.raw for q in found]
    return found[0]


UNITS = [
    ("It has 1,104,934 pairs.", 1104934, "pair"),
    ("It has 1 104 934 pairs.", 1104934, "pair"),
    ("We train on 433k English sentence pairs.", 433000, "pair"),
    ("a model of 550M parameters", 550e6, "parameter"),
    ("trained on 1.5 billion tokens", 1.5e9, "token"),
    ("We use nine intermediate tasks.", 9, "task"),
    ("It covers twenty-five languages.", 25, "language"),
    ("It covers a dozen languages.", 12, "language"),
    ("It has two thousand five hundred sentences.", 2500, "sentence"),
    ("An accuracy of 93.5%.", 93.5, "percent"),
    ("An accuracy of 93.5 per cent.", 93.5, "percent"),
    ("It is 2.5× as fast.", 2.5, "times"),
    ("It is three times as fast.", 3, "times"),
    ("a twofold increase", 2, "times"),
    ("gains of 3.2 F1 points", 3.2, "points"),
    ("gains of 3.2 percentage points", 3.2, "points"),
    ("gains of 3.2% absolute", 3.2, "points"),
    ("it improves by 2.3 BLEU", 2.3, "points"),
    ("it reaches 28.4 BLEU", 28.4, ""),
    ("a 12-layer encoder", 12, "layer"),
    ("16 GB of memory", 16, "GB"),
    ("100ms of delay", 100, "ms"),
    ("a learning rate of 3 × 10^5", 3e5, ""),
    ("a learning rate of 2·10−4", 2e-4, ""),
    ("a learning rate of 1e-5", 1e-5, ""),
    ("a margin of 1e−⁶", 1e-6, ""),
    ("split into 5 folds", 5, "fold"),
    ("it costs $5", 5, "dollar"),
    ("2048 units", 2048, "unit"),
    ("three corpora", 3, "corpus"),
    ("85.3 ± 0.2", 85.3, ""),
]


@pytest.mark.parametrize(("text", "value", "unit"), UNITS)
def test_a_quantity_has_its_value_and_unit(text: str, value: float, unit: str) -> None:
    found = only(text)
    assert found.value == pytest.approx(value)
    assert found.unit == unit


LABELS = [
    "Devlin et al. (2019) and (Smith and Jones, 2020b; Lee, 1998) differ [12, 14-16].",
    "See Table 2, Figures 3 and 4, Section 3.1, Eq. (4) and Appendix B.2.",
    "We compare GPT-3, GPT-3.5, BERT-24, XLM-R v2, T5, SQuAD v1.1, SQuAD 2.0, BLEU-4 and ROUGE-2 with F1.",
    "A 2D grid, the 1st and 22nd items, P@1 and top-5 accuracy.",
    "Layer 14 and epoch 3 of model 2.",
    "On 12 May 2019, in 2018, since 2019-05-12 and in March 2020.",
    "arXiv:1905.00123v2, doi 10.1234/abc.55, https://a.example/1.2/3 and a.b3@c.example.",
    "A 3 x 3 kernel with a 10:1 ratio in version 1.2.3.",
    "(1) one of them, and one is better.",
    "zero-shot transfer with one-hot vectors",
    "WMT 2014 tasks and the 2012 elections.",
]


@pytest.mark.parametrize("text", LABELS)
def test_digits_that_name_something_are_no_quantities(text: str) -> None:
    assert [q.raw for q in quantities(text)] == []


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("5-7 languages", 5, 7),
        ("5–7 languages", 5, 7),
        ("from 3 to 5 languages", 3, 5),
        ("between 10 and 20 languages", 10, 20),
        ("5K-10K languages", 5000, 10000),
        ("5-10K languages", 5000, 10000),
    ],
)
def test_a_range_has_two_ends(text: str, low: float, high: float) -> None:
    found = only(text)
    assert (found.value, found.high, found.unit) == (low, high, "language")


def test_a_change_from_one_value_to_another_is_two_quantities() -> None:
    start, goal = quantities("F1 drops from 80.5 to 75.1% on dev.")
    assert (start.value, start.unit, start.direction) == (80.5, "percent", "")
    assert (goal.value, goal.unit, goal.direction) == (75.1, "percent", "down")


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("about 100 languages", "about"),
        ("~100 languages", "about"),
        ("nearly 100 languages", "about"),
        ("less than 100 languages", "less"),
        ("up to 100 languages", "less"),
        ("≤ 100 languages", "less"),
        ("more than 100 languages", "more"),
        ("over 100 languages", "more"),
        ("at least 100 languages", "more"),
        ("100+ languages", "more"),
        ("averaged over 100 languages", ""),
        ("100 languages", ""),
    ],
)
def test_bounds(text: str, bound: str) -> None:
    assert only(text).bound == bound
    assert only(text).unit == "language"


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("It improves accuracy by 5.4 points.", "up"),
        ("a gain of 5.4 points", "up"),
        ("+5.4 points", "up"),
        ("a 5.4 points improvement", "up"),
        ("It outperforms the best earlier model by 5.4 points.", "up"),
        ("Accuracy drops by 5.4 points.", "down"),
        ("Accuracy falls about 5.4 points.", "down"),
        ("a reduction of up to 5.4 points", "down"),
        ("−5.4 points", "down"),
        ("We report 5.4 points.", ""),
    ],
)
def test_direction_comes_from_the_words_around(text: str, direction: str) -> None:
    assert only(text).direction == direction
    assert abs(only(text).value) == 5.4


def test_the_unit_of_a_list_stands_at_its_end() -> None:
    assert [q.unit for q in quantities("85.1, 86.2 and 87.3% on three sets")] == ["percent"] * 3 + ["set"]
    assert [q.unit for q in quantities("5 of the 9 languages")] == ["language"] * 2


def test_levels_change_where_counts_range() -> None:
    assert [(q.value, q.direction) for q in quantities("it went (from 36.2% to 41.0%)")] == [
        (36.2, ""),
        (41.0, "up"),
    ]
    assert [(q.value, q.high) for q in quantities("gains of 1.5% −6%")] == [(1.5, 6.0)]


def test_digits_and_scale_say_how_precisely_it_was_reported() -> None:
    found = only("8.10M tokens")
    assert (found.value, found.digits, found.scale) == (8.1e6, 2, 1e6)


@given(st.decimals(min_value="0.001", max_value="99999", places=3))
def test_a_printed_number_is_read_back(value: object) -> None:
    found = only(f"we measure {value} here")
    assert found.value == float(str(value))
    assert found.digits == 3


@given(st.integers(min_value=0, max_value=10**12))
def test_thousands_separators_change_nothing(value: int) -> None:
    assert only(f"we measure {value:,} here").value == value


PIECES = st.sampled_from(
    [
        *(
            "5",
            "3.2",
            "%",
            " points",
            " to ",
            "from ",
            "-",
            "–",
            "k",
            " million",
            "nine ",
            " tasks",
            "(",
            ")",
        ),
        *(
            "[",
            "]",
            "e5",
            " by ",
            "drops ",
            "Table ",
            "2019",
            ",",
            "±",
            "10^",
            "⁻³",
            " ",
            "×",
            "GPT-",
            "$",
            ".",
        ),
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=20).map("".join)))
def test_places_are_exact_and_in_order(text: str) -> None:
    at = 0
    for found in quantities(text):
        assert found.start >= at
        assert text[found.start : found.end] == found.raw
        assert found.raw
        assert found.high is None or found.high > found.value
        at = found.end


HOSTILE = [
    "1 ",
    "123 ",
    "1,",
    "123,456,",
    "a1-",
    "(",
    "5 to ",
    "± ",
    "table 1, ",
    "one hundred ",
    "10^",
    "1e9",
    "9",
    "1.",
    "-",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_linear_time_and_gives_finite_values(piece: str) -> None:
    for found in quantities(piece * (20_000 // len(piece))):
        assert math.isfinite(found.value)


@pytest.mark.parametrize("text", ["1e999", "10^999", "9" * 500, "1e-999"])
def test_no_value_is_infinite(text: str) -> None:
    assert all(math.isfinite(q.value) for q in quantities(f"it is {text} here"))
