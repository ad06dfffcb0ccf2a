"""Results go in; which of them may be compared comes out."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.records import Comparison, Paper, Passage, Reading, Result, Role, Sentence
from synth.results import compare, mine


def result(value: float, paper: str = "p", **fields: object) -> Result:
    found = Result(
        id=f"r-{paper}-{value}-{sorted(fields.items())}",
        paper=paper,
        doc_id=f"{paper}.pdf",
        model="BiDAF",
        task="",
        dataset="SQuAD",
        split="test",
        language="",
        metric="F1",
        value=value,
        unit="",
        digits=1,
        origin="prose",
        quote=f"{paper} {value}",
        spans=(),
    )
    return replace(found, **fields)  # type: ignore[arg-type]


def stated(**papers: tuple[str, ...]) -> list[Result]:
    found: list[Result] = []
    for name, texts in papers.items():
        passages = tuple(
            Passage(
                id=f"{name}{i}",
                paper=name,
                section="",
                role=Role.BODY,
                text=text,
                spans=(),
                sentences=(Sentence(start=0, end=len(text), spans=()),),
            )
            for i, text in enumerate(texts)
        )
        found += mine(Reading(paper=Paper(id=name, file=f"{name}.pdf", title=name), passages=passages))
    return found


def apart(*papers: str) -> dict[str, str]:
    return {paper: f"work {paper}" for paper in papers}


def only(found: tuple[Comparison, ...]) -> Comparison:
    assert len(found) == 1, found
    return found[0]


def test_equal_numbers_of_two_works_agree_within_rounding() -> None:
    found = only(compare([result(77.3), result(77.32, "q", digits=2)], works=apart("p", "q")))
    assert found.relation == "agree"
    assert found.spread == pytest.approx(0.02)


def test_different_numbers_under_the_same_conditions_conflict() -> None:
    found = only(compare([result(77.3), result(79.3, "q")], works=apart("p", "q")))
    assert found.relation == "conflict"
    assert found.spread == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"split": "dev"}, "development set against test set"),
        ({"language": "German"}, "language: French against German"),
        ({"is_difference": True}, "a difference against a score"),
        ({"condition": (("setting", "few-shot"),)}, "setting: few-shot against zero-shot"),
        ({"dataset": "SQuAD 2.0"}, "dataset version: 1.1 against 2.0"),
    ],
)
def test_a_condition_that_differs_is_named_and_has_no_spread(change: dict[str, object], reason: str) -> None:
    base: dict[str, object] = {
        "language": "French",
        "condition": (("setting", "zero-shot"),),
        "dataset": "SQuAD 1.1",
    }
    found = compare([result(77.3, "p", **base), result(60.0, "q", **(base | change))], works=apart("p", "q"))
    assert only(found).relation == "not_comparable"
    assert reason in only(found).reason
    assert only(found).spread is None


@pytest.mark.parametrize("field", ["split", "language"])
def test_a_condition_that_one_side_leaves_open_is_named(field: str) -> None:
    full = {"language": "German"}
    found = only(
        compare([result(77.3, **full), result(60.0, "q", **(full | {field: ""}))], works=apart("p", "q"))
    )
    assert found.relation == "condition_not_stated"
    assert field in found.reason
    assert found.spread is None


def test_development_averages_are_not_set_against_a_test_average() -> None:
    found = compare(
        stated(
            p=(
                "SQuAD, MNLI and HellaSwag give target-task improvements of 8.2, 7.5, and 7.0 points on "
                "average on the development sets, respectively.",
                "Multi-task training is best, improving by 8.7 points on average over the development sets.",
                "We obtain a 5.4 point improvement over XLM-R Large on the XTREME test average.",
            )
        ),
        works=apart("p"),
    )
    assert {c.relation for c in found} == {"not_comparable"}
    assert "development average against test average" in found[0].reason
    assert {e.value for e in found[0].entries} == {8.2, 7.5, 7.0, 8.7, 5.4}


def test_two_versions_of_one_work_that_state_different_numbers_conflict() -> None:
    gain = "Using our best models, we obtain a {} point improvement over XLM-R Large on the XTREME benchmark."
    found = only(
        compare(stated(v1=(gain.format(6.1),), v2=(gain.format(5.4),)), works={"v1": "w", "v2": "w"})
    )
    assert found.relation == "conflict"
    assert "versions of one work" in found.reason
    assert found.spread == pytest.approx(0.7)


def test_versions_of_an_abstract_conflict_data_set_by_data_set() -> None:
    text = (
        "XLM-R significantly outperforms multilingual BERT (mBERT), including +{} average accuracy on XNLI "
        "and +{} average F1 score on MLQA."
    )
    found = compare(
        stated(v1=(text.format("13.8%", "12.3%"),), v2=(text.format("14.6%", "13%"),)),
        works={"v1": "w", "v2": "w"},
    )
    assert [(c.relation, c.entries[0].dataset) for c in found] == [("conflict", "MLQA"), ("conflict", "XNLI")]
    assert [c.spread for c in found] == [pytest.approx(0.7), pytest.approx(0.8)]


def test_one_name_under_unknown_conditions_is_never_a_spread() -> None:
    found = compare(
        stated(
            p=("mBERT obtains an accuracy of 88.9 on POS.",),
            q=("mBERT reaches 70.28 accuracy on POS tagging.",),
            r=("mBERT has an accuracy of 14.3 on zero-shot POS tagging.",),
        ),
        works=apart("p", "q", "r"),
    )
    assert {c.relation for c in found} <= {"not_comparable", "condition_not_stated"}
    assert {e.value for c in found for e in c.entries} == {88.9, 70.28, 14.3}
    assert all(c.spread is None for c in found)


def test_a_number_without_a_metric_is_set_against_none() -> None:
    found = compare([result(88.9, metric=""), result(14.3, "q")], works=apart("p", "q"))
    assert only(found).relation == "condition_not_stated"
    assert "metric" in only(found).reason


def test_the_same_result_repeated_in_one_paper_is_not_shown() -> None:
    assert compare([result(77.3), result(77.3, quote="again", id="other")], works=apart("p")) == ()


def test_a_paper_that_contradicts_itself_is_shown() -> None:
    found = only(compare([result(77.3), result(75.0)], works=apart("p")))
    assert found.relation == "conflict"
    assert "one paper" in found.reason


def test_names_that_mean_something_in_their_own_paper_alone_are_not_matched() -> None:
    ours = [result(77.3, model="our model"), result(60.0, "q", model="our model")]
    assert compare(ours, works=apart("p", "q")) == ()


def test_several_values_of_one_paper_leave_a_condition_unread() -> None:
    found = compare([result(77.3), result(75.0), result(77.3, "q")], works=apart("p", "q"))
    assert only(found).relation == "condition_not_stated"
    assert "77.3 and 75.0" in only(found).reason


def test_a_share_and_a_percentage_of_one_value_agree() -> None:
    share = result(0.773, "q", digits=3)
    assert only(compare([result(77.3), share], works=apart("p", "q"))).relation == "agree"


def test_spellings_of_a_system_are_one_name() -> None:
    found = compare([result(77.3, model="BiDAF"), result(79.0, "q", model="BIDAF")], works=apart("p", "q"))
    assert only(found).relation == "conflict"


RESULTS = st.builds(
    lambda v, p, m, d, s, k, x: result(v, p, model=m, dataset=d, split=s, metric=k, is_difference=x),
    st.sampled_from([70.0, 70.1, 71.5]),
    st.sampled_from("pqr"),
    st.sampled_from(["A", "B", "", "ours"]),
    st.sampled_from(["SQuAD", "SQuAD 2.0", "MNLI", ""]),
    st.sampled_from(["dev", "test", ""]),
    st.sampled_from(["F1", "accuracy", ""]),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RESULTS, max_size=12))
def test_only_like_is_compared_with_like(entries: list[Result]) -> None:
    works = {"p": "w", "q": "w", "r": "x"}
    found = compare(entries, works=works)
    assert found == compare(entries, works=works)
    for one in found:
        assert len(one.entries) >= 2
        assert (one.spread is not None) == (one.relation in ("agree", "conflict"))
        if one.relation in ("agree", "conflict"):
            for a, b in pairwise(one.entries):
                assert (a.dataset, a.split, a.metric, a.is_difference) == (
                    b.dataset,
                    b.split,
                    b.metric,
                    b.is_difference,
                )
                assert a.model == b.model
