"""Sentences go in; the results mined from them are compared with what the sentences say."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.records import Box, Paper, Passage, Reading, Result, Role, Sentence, Span
from synth.results import SIGNATURE, mine


def reading(*texts: str, role: Role = Role.BODY) -> Reading:
    box = (Span(page=3, boxes=(Box(1.0, 2.0, 3.0, 4.0),)),)
    passages = tuple(
        Passage(
            id=f"s{i}",
            paper="p",
            section="",
            role=role,
            text=text,
            spans=box,
            sentences=(Sentence(start=0, end=len(text), spans=box),),
        )
        for i, text in enumerate(texts)
    )
    return Reading(paper=Paper(id="p", file="p.pdf", title="A paper of ours"), passages=passages)


def only(text: str) -> Result:
    found = mine(reading(text))
    assert len(found) == 1, found
    return found[0]


def said(result: Result) -> tuple[float, str, str, str, bool]:
    return result.value, result.metric, result.dataset, result.split, result.is_difference


def condition(result: Result, name: str) -> str:
    return dict(result.condition).get(name, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BERT-Large obtains 88.1 F1 on SQuAD.", (88.1, "F1", "SQuAD", "", False)),
        ("Our model has an accuracy of 79.2 % on XNLI.", (79.2, "accuracy", "XNLI", "", False)),
        ("We reach an F-score of 64.2 on the TACRED test set.", (64.2, "F1", "TACRED", "test", False)),
        ("It scores 71.3 EM on the SQuAD v1.1 dev set.", (71.3, "EM", "SQuAD 1.1", "dev", False)),
        (
            "X-NET improves over BASE by 5.4 points on the XTREME test average.",
            (5.4, "", "XTREME", "test", True),
        ),
        ("The system outperforms RNet by 2.1 points F1 on RACE.", (2.1, "F1", "RACE", "", True)),
        ("Dropping the encoder lowers F1 by 0.7 on SQuAD.", (-0.7, "F1", "SQuAD", "", True)),
        (
            "The parser reduces the word error rate by 3 % on TIMIT.",
            (-3.0, "word error rate", "TIMIT", "", True),
        ),
        ("A gain of 1.5 BLEU is seen on WMT14.", (1.5, "BLEU", "WMT14", "", True)),
    ],
)
def test_number_metric_data_set_and_split_are_read(
    text: str, expected: tuple[float, str, str, str, bool]
) -> None:
    assert said(only(text)) == expected


def test_a_metric_with_a_number_in_its_name_is_one_metric() -> None:
    found = only("The generator has a BLEU-4 of 15.8 on our questions.")
    assert (found.metric, found.value) == ("BLEU-4", 15.8)


def test_the_system_and_what_it_is_compared_with_are_named() -> None:
    found = only("X-STILTs improves over XLM-R Large by 5.4 points on the XTREME test average.")
    assert found.model == "X-STILTs"
    assert condition(found, "baseline") == "XLM-R Large"
    assert condition(found, "average") == "average"
    assert found.unit == "points"


def test_coordinated_numbers_are_aligned_in_order() -> None:
    found = mine(
        reading(
            "SQuAD, MNLI and HellaSwag give improvements of 8.2, 7.5, and 7.0 points on the development "
            "sets, respectively."
        )
    )
    assert [(r.value, r.dataset, r.split, r.is_difference) for r in found] == [
        (8.2, "SQuAD", "dev", True),
        (7.5, "MNLI", "dev", True),
        (7.0, "HellaSwag", "dev", True),
    ]


def test_data_sets_trained_on_are_a_condition_not_the_measured_data_set() -> None:
    found = mine(
        reading(
            "Intermediate training on SQuAD and MNLI yields gains of 8.2 and 7.5 points on average over the "
            "development sets, respectively."
        )
    )
    assert [(r.dataset, condition(r, "trained on")) for r in found] == [("", "SQuAD"), ("", "MNLI")]


def test_signed_gains_belong_to_the_data_set_that_follows_each() -> None:
    found = mine(
        reading(
            "NetB outperforms multilingual NetA (mNetA) on many benchmarks, including +14.6% average "
            "accuracy on XNLI, +13% average F1 score on MLQA, and +2.4% F1 score on NER."
        )
    )
    assert [(r.value, r.metric, r.dataset, r.task) for r in found] == [
        (14.6, "accuracy", "XNLI", ""),
        (13.0, "F1", "MLQA", ""),
        (2.4, "F1", "", "named entity recognition"),
    ]
    assert {condition(r, "baseline") for r in found} == {"mNetA"}
    assert [condition(r, "average") for r in found] == ["average", "average", ""]


def test_a_fall_gives_both_levels_and_a_negative_change() -> None:
    found = mine(reading("For NER, F1 falls from 65.4 to 64.7."))
    assert [(r.value, r.is_difference, condition(r, "stage")) for r in found] == [
        (65.4, False, "before"),
        (64.7, False, "after"),
        (-0.7, True, ""),
    ]
    assert {r.task for r in found} == {"named entity recognition"}


def test_languages_stay_with_their_numbers() -> None:
    found = mine(
        reading("NetB does well, improving 15.7% in XNLI accuracy for Swahili and 11.4% for Urdu over NetA.")
    )
    assert [(r.value, r.language, r.metric, r.dataset) for r in found] == [
        (15.7, "Swahili", "accuracy", "XNLI"),
        (11.4, "Urdu", "accuracy", "XNLI"),
    ]


def test_what_is_unstated_stays_empty() -> None:
    found = only("We obtain 88.1 F1.")
    assert (found.model, found.dataset, found.split, found.language, found.task) == ("", "", "", "", "")
    assert found.unit == ""


@pytest.mark.parametrize(
    "text",
    [
        "We use a learning rate of 0.001 and a dropout of 0.5 on SQuAD.",
        "The corpus has 3.8M pairs, of which 79.5% were correctly labelled in SQuAD.",
        "As described in Section 3.2, Table 4.1 lists F1 on SQuAD.",
        "The gain is significant (p < 0.01) on SQuAD.",
        "We train on SQuAD for 12 epochs with a batch of 32 and 0.1 weight decay.",
        "OntoNotes 5.0 and CoNLL-2012 were released in 2013.",
        "The model outperforms DFN by 2% - 6% on RACE.",
        "If a model is right 3 times of 5, it achieves an accuracy of 60% on this example.",
        "We would expect 95 F1 on SQuAD.",
        "It is 3.7 times faster than BERT on SQuAD.",
        "Smith et al. (2016) describe 24 layers and 340M parameters.",
    ],
)
def test_numbers_that_are_no_results_are_refused(text: str) -> None:
    assert mine(reading(text)) == ()


def test_a_result_stands_with_its_whole_sentence_and_boxes() -> None:
    text = "BERT obtains 88.1 F1 on SQuAD."
    found = only(text)
    assert found.quote == text
    assert found.spans[0].page == 3
    assert found.origin == "prose"
    assert found.doc_id == "p.pdf"
    assert found.digits == 1


def test_references_and_footnotes_are_not_mined() -> None:
    assert mine(reading("BERT obtains 88.1 F1 on SQuAD.", role=Role.REFERENCE)) == ()
    assert mine(reading("BERT obtains 88.1 F1 on SQuAD.", role=Role.FOOTNOTE)) == ()


def test_the_signature_names_the_rules() -> None:
    assert SIGNATURE.startswith("results-")


SCRAPS = """
BERT our model obtains improves by from to over F1 accuracy EM SQuAD XNLI dev set test 88.1 5.4 points % , and
respectively ( ) +1.2 −0.7 average ROUGE-2 2% −6% zero-shot on the of = CoNLL-2005 2012 for German
"""
WORDS = st.sampled_from(SCRAPS.split())


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=30))
def test_any_sentence_gives_the_same_results_twice_with_ids_of_their_own(words: list[str]) -> None:
    one = reading(" ".join(words))
    found = mine(one)
    assert found == mine(one)
    assert len({r.id for r in found}) == len(found)
    assert all(f"{abs(r.value):g}"[:1] in r.quote or dict(r.condition).get("derived") for r in found)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_miner(text: str) -> None:
    for result in mine(reading(text)):
        assert result.value == result.value


@pytest.mark.parametrize(
    "scrap", ["Aa1-", "A + ", "(a", "1.1, ", "F1 of ", "SQuAD and ", "A et al. (", "over the ", "a-"]
)
def test_long_odd_sentences_take_no_long_time(scrap: str) -> None:
    start = time.process_time()
    mine(reading(scrap * (1180 // len(scrap)) + " 1.1 F1"))
    assert time.process_time() - start < 1.0
