"""Whether papers answer a question: judged jointly, by names, quantities and outcomes, not by words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.records import (
    Answerability,
    Claim,
    ClaimKind,
    Facet,
    Judged,
    Label,
    Paper,
    Passage,
    Probabilities,
    Question,
    Role,
    Verdict,
)
from synth.synthesis.answerability import answer
from synth.synthesis.matching import implied, names, satisfies, share, stated, stems_of
from synth.synthesis.questions import asked
from synth.text import quantities

TRANSFER = (
    "Intermediate Tasks for Cross-Lingual Transfer",
    "We fine-tune on an English intermediate task before the target task. Intermediate-task training raises "
    "zero-shot cross-lingual transfer by 3 points on XTREME. Retrieval tasks gain most.",
    "All runs start from XLM-R Large with 550 million parameters.",
)
SIZE = (
    "Does the benefit of intermediate-task training for zero-shot cross-lingual transfer on XTREME-R "
    "diminish when the pre-trained model size exceeds 10 billion parameters?"
)


def asked_of(question: str, *papers: tuple[str, ...], role: Role = Role.BODY) -> Answerability:
    records, passages = [], []
    for i, (title, *texts) in enumerate(papers):
        records.append(Paper(id=f"p{i}", file=f"{i}.pdf", title=title))
        passages += [
            Passage(
                id=f"s{i}.{j}",
                paper=f"p{i}",
                section="Results",
                role=role,
                text=text,
                spans=(),
                sentences=(),
            )
            for j, text in enumerate(texts)
        ]
    return answer(Question(text=question), (), papers=records, passages=passages)


def facet(said: Answerability, text: str) -> Facet:
    return next(f for f in said.facets if text in f.text)


def test_models_of_550_million_parameters_do_not_answer_for_10_billion() -> None:
    said = asked_of(SIZE, TRANSFER)
    assert said.answer == "not_answered"
    assert "more than 10 billion parameters" in said.reason
    assert "the nearest stated is 550 million" in said.reason
    assert facet(said, "intermediate-task training").covered
    assert not facet(said, "10 billion").covered
    assert facet(said, "10 billion").kind == "quantity"


def test_a_large_model_named_for_something_else_conditions_nothing() -> None:
    aside = ("Scaling Laws", "GPT-3 has 175 billion parameters and writes English prose.")
    assert asked_of(SIZE, TRANSFER, aside).answer == "not_answered"


def test_a_passage_about_the_asked_size_answers() -> None:
    large = (
        "Sequential fine-tuning at scale",
        "With mT5-XXL (13B) the benefit of intermediate-task training for zero-shot cross-lingual transfer "
        "on XTREME-R falls to 0.2 points.",
    )
    assert asked_of(SIZE, TRANSFER, large).answer == "answered"


def test_an_abstract_that_states_the_outcome_answers() -> None:
    question = "Does English intermediate-task training improve zero-shot cross-lingual transfer?"
    assert asked_of(question, TRANSFER, role=Role.ABSTRACT).answer == "answered"


def test_an_intention_without_an_outcome_answers_only_in_part() -> None:
    plan = (
        "Intermediate tasks",
        "We investigate whether intermediate-task training helps zero-shot transfer.",
    )
    said = asked_of("Does intermediate-task training improve zero-shot transfer?", plan)
    assert said.answer == "partly"
    assert "no passage states an outcome" in said.reason.lower()


def test_a_benchmark_that_is_not_named_leaves_the_answer_partial() -> None:
    said = asked_of("Does intermediate-task training improve cross-lingual transfer on XTREME-R?", TRANSFER)
    assert said.answer == "partly"
    assert "no passage names XTREME-R" in facet(said, "XTREME-R").reason


def test_papers_of_another_field_answer_nothing() -> None:
    said = asked_of("Does vitamin D reduce the risk of fractures?", TRANSFER)
    assert said.answer == "not_answered"
    assert "vitamin D" in said.reason


def test_a_topic_that_is_only_disclaimed_is_not_spoken_of() -> None:
    trial = ("Vitamin D and falls", "Vitamin D did not reduce falls.", "Fractures were not recorded.")
    assert asked_of("Does vitamin D reduce fractures?", trial).answer == "not_answered"
    assert asked_of("Does vitamin D reduce falls?", trial).answer == "answered"


def test_topics_in_different_papers_are_not_an_answer() -> None:
    one = ("Dropout", "Dropout lowers the error of image classifiers.")
    two = ("Parsing", "Our parser improves dependency parsing of Finnish.")
    said = asked_of("Does dropout improve dependency parsing?", one, two)
    assert said.answer == "not_answered"
    assert "together" in said.reason


ALIGNED = ("Aligning sentences", "Attention between sentences improves textual entailment by 3 points.")
SELECTED = ("Choosing answers", "An interaction matrix improves answer selection on WikiQA by 4 points.")
WHICH = "Which attention and interaction mechanisms help question answering and natural language inference?"


def test_things_joined_by_and_need_not_stand_in_one_passage() -> None:
    said = asked_of(WHICH, ALIGNED, SELECTED)
    assert [f.text for f in said.facets] == [
        "attention mechanisms",
        "interaction mechanisms",
        "question answering",
        "natural language inference",
    ]
    assert said.answer == "answered"


def test_a_joined_thing_that_no_passage_treats_with_the_rest_leaves_the_answer_partial() -> None:
    apart = ("Tagging", "Suffixes improve part-of-speech tagging by 2 points.")
    said = asked_of("Does attention improve textual entailment and part-of-speech tagging?", ALIGNED, apart)
    assert said.answer == "partly"
    assert (
        "Part-of-speech tagging is spoken of in 1 passage, but in none that speaks of attention"
        in said.reason
    )


def test_joined_things_of_which_none_is_treated_are_no_answer() -> None:
    asked_for = "Does attention improve dependency parsing and coreference resolution?"
    assert asked_of(asked_for, ALIGNED, SELECTED).answer == "not_answered"
    assert asked_of(WHICH, TRANSFER).answer == "not_answered"


def test_of_things_joined_by_or_one_is_enough_and_of_things_joined_by_and_it_is_not() -> None:
    text = ("Dropout", "Dropout improves tagging by 2 points.")
    assert asked_of("Does dropout or batch normalisation improve tagging?", text).answer == "answered"
    assert asked_of("Do dropout and batch normalisation improve tagging?", text).answer == "partly"


def test_each_joined_thing_needs_an_outcome_of_its_own() -> None:
    plain = ("Inference", "We apply attention to natural language inference.")
    said = asked_of("Does attention help natural language inference and answer selection?", plain, SELECTED)
    assert said.answer == "partly"
    helped = ("Selecting", "Attention improves answer selection by 4 points.")
    said = asked_of("Does attention help natural language inference and answer selection?", plain, helped)
    assert said.reason == "No passage states an outcome for natural language inference."


def test_a_sentence_that_takes_up_the_one_before_states_its_outcome() -> None:
    text = ("Aligning", "We align sentences by attention. The alignment raises accuracy on SNLI by 3 points.")
    assert asked_of("Does attention help to align sentences?", text).answer == "answered"


def test_a_missing_comparison_is_named() -> None:
    said = asked_of(
        "Does intermediate-task training improve cross-lingual transfer compared to adapter tuning?", TRANSFER
    )
    assert said.answer == "partly"
    assert facet(said, "adapter tuning").kind == "comparison"
    assert not facet(said, "adapter tuning").covered


def test_of_listed_examples_one_is_enough() -> None:
    text = ("Transfer", "Intermediate-task training on HellaSwag improves transfer by 2 points.")
    question = "Does intermediate-task training on commonsense sets (e.g., ARC, HellaSwag) improve transfer?"
    said = asked_of(question, text)
    assert [f.covered for f in said.facets if f.kind == "entity"] == [False, True]
    assert "ARC" not in said.reason


def test_an_amount_that_is_the_answer_needs_no_satisfaction() -> None:
    text = ("Augmentation", "Data augmentation improves F1 by 2.1 points on CoNLL-2003.")
    question = "Does data augmentation improve F1 by more than 5 points on CoNLL-2003?"
    assert asked_of(question, text).answer == "answered"


def test_claims_that_speak_of_a_facet_are_named() -> None:
    one = Claim(
        id="c1",
        paper="p0",
        passage="elsewhere",
        sentence=0,
        text="Intermediate-task training raises accuracy.",
        kind=ClaimKind.FINDING,
        section="",
        spans=(),
        quantities=(),
        conditions=(),
        score=0.5,
    )
    nothing = Verdict(
        claim="c1",
        label=Label.NOT_ENOUGH_INFO,
        probabilities=Probabilities(0, 0, 1),
        evidence=(),
        signature="t",
    )
    said = answer(
        Question(text="Does intermediate-task training help?"),
        [Judged(claim=one, relevance=1.0, by_others=nothing, by_own=nothing)],
        papers=[Paper(id="p0", file="", title="Untitled work")],
        passages=(),
    )
    assert said.facets[0].claims == ("c1",)
    assert said.answer == "answered"


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("XTREME-R", "on the XTREME benchmark", False),
        ("XTREME", "tasks of XTREME-R", False),
        ("XTREME-R", "We use XTREME-R.", True),
        ("BERT", "mBERT and RoBERTa", False),
        ("BERT", "a BERT-based tagger", True),
        ("SQuAD", "trained on SQuAD2.0", True),
        ("GPT-3", "GPT-3.5", False),
        ("NLI", "natural language inference", True),
        ("LLMs", "an LLM", True),
        ("QA", "question answering", True),
        ("QA", "quite accurate", False),
        ("ROUGE", "1.8 points of ROUGE-L", True),
        ("CNN/DailyMail", "the CNN/Daily Mail set", True),
        ("NER", "the winner", False),
    ],
)
def test_a_name_is_matched_whole(name: str, text: str, named: bool) -> None:
    assert names(name, text) is named


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a model of 13 billion parameters", True),
        ("from 1 to 20 billion parameters", True),
        ("more than 10 billion parameters", True),
        ("550M parameters", False),
        ("10 billion parameters", False),
    ],
)
def test_a_quantity_fits_above_its_bound(text: str, fits: bool) -> None:
    (wanted,) = quantities("exceeds 10 billion parameters")
    assert any(satisfies(q, wanted) for q in stated(text, "parameter")) is fits


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("T5-11B and a 7B model", [11e9, 7e9]),
        ("GloVe (840B tokens)", []),
        ("GloVe 840B 300d", []),
        ("p. 12B", []),
    ],
)
def test_sizes_in_names_are_parameters_and_token_counts_are_not(text: str, sizes: list[float]) -> None:
    assert [q.value for q in implied(text, "parameter")] == sizes


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("fine-tuning", "finetuning"),
        ("summarisation", "summarization systems"),
        ("reading comprehension", "question answering"),
        ("natural language inference", "textual entailment"),
        ("question answering", "machine comprehension"),
        ("part-of-speech tagging", "POS tagging"),
        ("natural language inference", "the RTE data"),
    ],
)
def test_other_spellings_and_words_for_one_thing_count(topic: str, text: str) -> None:
    assert share(topic, stems_of(text)) >= 0.6


def test_a_question_is_taken_apart() -> None:
    parts = {(one.kind, one.part, one.text) for one in asked(SIZE)}
    assert ("topic", "core", "intermediate-task training") in parts
    assert ("entity", "restriction", "XTREME-R") in parts
    assert ("quantity", "varied", "pre-trained model size exceeds 10 billion parameters") in parts


def test_words_apart_are_no_other_name_of_a_task() -> None:
    assert share("reading comprehension", stems_of("We answer the first question.")) < 0.6


def test_relation_and_role_belong_to_the_names_of_tasks() -> None:
    told = [t.text for t in asked("Does syntax help relation extraction and semantic role labeling?")]
    assert told == ["syntax", "relation extraction", "semantic role labeling"]


def test_zero_shot_is_no_quantity() -> None:
    assert all(one.kind != "quantity" for one in asked("Does X-MAML improve zero-shot transfer?"))


@given(st.text(min_size=1, max_size=200).filter(lambda text: bool(text.strip())))
def test_any_question_gets_facets_and_a_reason(text: str) -> None:
    said = asked_of(text, TRANSFER)
    assert said.facets
    assert said.reason
    assert said == asked_of(text, TRANSFER)


@given(st.permutations([TRANSFER, ("Dropout", "Dropout helps."), ("Iron", "Iron raises haemoglobin.")]))
def test_the_order_of_papers_does_not_change_the_answer(papers: list[tuple[str, ...]]) -> None:
    question = "Does English intermediate-task training improve zero-shot cross-lingual transfer?"
    assert asked_of(question, *papers).answer == "answered"
