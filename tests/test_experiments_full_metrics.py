"""The field's metrics: figures worked out by hand, properties, the field's own code where it is installed."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth.experiments._full.metrics import answers, labels, retrieval, tagging
from synth.experiments._full.metrics.retrieval import Pair
from synth.experiments._full.tasks import NER, POS

# a busy machine is no fault of the code
SLOWLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.sampled_from(["the", "a", "Paris", "paris,", "in", "1889", "Tower", "—", "el", "Eiffel's", "  "])
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)


# questions


@pytest.mark.parametrize(
    ("predicted", "gold", "exact", "f1"),
    [
        ("the Eiffel Tower!", ["Eiffel tower"], 1.0, 1.0),
        ("Eiffel Tower in Paris", ["Eiffel Tower"], 0.0, 2 * (2 / 4) * (2 / 2) / (2 / 4 + 2 / 2)),
        ("Paris Paris", ["Paris"], 0.0, 2 * (1 / 2) * 1 / (1 / 2 + 1)),
        ("Lyon", ["Paris", "in Lyon"], 0.0, 2 * 1 * (1 / 2) / (1 + 1 / 2)),
        ("", ["Paris"], 0.0, 0.0),
        # two answers that are nothing but an article: equal, and yet v1.1 gives them no F1
        ("the", ["a"], 1.0, 0.0),
        # SQuAD's script knows ASCII punctuation alone
        ("„Paris“", ["Paris"], 0.0, 0.0),
    ],
)
def test_squad_scores_by_hand(predicted: str, gold: list[str], exact: float, f1: float) -> None:
    found = answers.match(predicted, gold)
    assert found.exact == exact
    assert found.f1 == pytest.approx(f1)


@pytest.mark.parametrize(
    ("predicted", "gold", "exact", "f1"),
    [("", [], 1.0, 1.0), ("Paris", [], 0.0, 0.0), ("", ["Paris"], 0.0, 0.0), ("", ["the"], 1.0, 1.0)],
)
def test_squad_v2_scores_questions_without_an_answer(
    predicted: str, gold: list[str], exact: float, f1: float
) -> None:
    assert answers.match(predicted, gold, null=True) == (exact, f1)


@pytest.mark.parametrize(
    ("language", "text", "normal"),
    [
        ("en", "The „Tower“, an arch", "tower arch"),
        ("es", "Los niños y la casa.", "niños y casa"),
        ("de", "Dem König der Löwen", "könig löwen"),
        ("vi", "những con mèo", "con mèo"),
        ("hi", "एक घर।", "एक घर"),
        ("ar", "الكتاب الجديد", "كتاب جديد"),
        ("zh", "北京2008年奥运", "北 京 2008 年 奥 运"),
    ],
)
def test_mlqa_normalises_each_language_in_its_own_way(language: str, text: str, normal: str) -> None:
    assert answers.mlqa(language)(text) == normal


def test_chinese_answers_overlap_by_character_in_mlqa_and_not_at_all_in_squads_script() -> None:
    # 2 of 3 characters predicted, all of 2 gold characters found: P 2/3, R 1, F1 0.8
    assert answers.match("北京市", ["北京"], normal=answers.mlqa("zh")).f1 == pytest.approx(0.8)
    assert answers.match("北京市", ["北京"]).f1 == 0.0


def test_mlqa_has_no_language_that_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="'th'"):
        answers.mlqa("th")


def test_an_answerable_question_needs_gold() -> None:
    with pytest.raises(ValueError, match="gold"):
        answers.match("Paris", [])
    with pytest.raises(ValueError, match="no answers"):
        answers.mean([])


def test_means_are_points() -> None:
    found = answers.mean([answers.match("Paris", ["Paris"]), answers.match("in Paris", ["Paris"])])
    assert found.exact == 50.0
    assert found.f1 == pytest.approx(100 * (1 + 2 / 3) / 2)


@SLOWLY
@given(TEXTS, TEXTS, st.sampled_from(["squad", *answers.MLQA_LANGUAGES]))
def test_answer_f1_is_bounded_symmetric_and_one_where_the_match_is_exact(a: str, b: str, name: str) -> None:
    normal = answers.squad if name == "squad" else answers.mlqa(name)
    there, back = answers.match(a, [b], normal=normal), answers.match(b, [a], normal=normal)
    assert 0.0 <= there.f1 <= 1.0
    assert there == pytest.approx(back)
    if there.exact and normal(a):
        assert there.f1 == 1.0


@SLOWLY
@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_gold_answers_does_not_matter_and_more_of_them_never_hurt(
    a: str, gold: list[str], chance: random.Random
) -> None:
    shuffled = chance.sample(gold, len(gold))
    assert answers.match(a, gold) == answers.match(a, shuffled)
    assert answers.match(a, [*gold, a]).f1 >= answers.match(a, gold).f1


def test_squad_scores_agree_with_torchmetrics() -> None:
    squad: Callable[..., dict[str, object]] = pytest.importorskip("torchmetrics.functional.text").squad
    chance = random.Random(5)
    words = ["the", "Paris", "a", "tower,", "in", "1889", "an"]

    def some() -> str:
        return " ".join(chance.choices(words, k=chance.randint(0, 4)))

    for _ in range(200):
        # never articles alone: of nothing and nothing torchmetrics says 1, SQuAD's own script 0
        given_text, gold = f"{some()} in", [f"{some()} tower" for _ in range(chance.randint(1, 3))]
        theirs = squad(
            [{"prediction_text": given_text, "id": "1"}],
            [{"answers": {"answer_start": [0] * len(gold), "text": gold}, "id": "1"}],
        )
        ours = answers.mean([answers.match(given_text, gold)])
        assert ours.exact == pytest.approx(float(str(theirs["exact_match"].item())))  # type: ignore[attr-defined]
        assert ours.f1 == pytest.approx(float(str(theirs["f1"].item())), rel=1e-5)  # type: ignore[attr-defined]


# tags


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("O B-PER I-PER O", [("PER", 1, 2)]),
        ("B-PER B-PER", [("PER", 0, 0), ("PER", 1, 1)]),
        ("B-PER I-LOC", [("PER", 0, 0), ("LOC", 1, 1)]),
        # an I- that nothing begins still is an entity in the default mode
        ("O I-ORG I-ORG O I-LOC", [("ORG", 1, 2), ("LOC", 4, 4)]),
        ("I-PER B-PER I-PER", [("PER", 0, 0), ("PER", 1, 2)]),
        ("O O", []),
    ],
)
def test_entities_by_hand(tags: str, found: list[tuple[str, int, int]]) -> None:
    assert tagging.entities(tags.split()) == found


def test_entity_f1_by_hand() -> None:
    gold = [["B-PER", "I-PER", "O", "B-LOC"], ["B-ORG"]]
    predicted = [["B-PER", "I-PER", "O", "B-ORG"], ["O"]]
    # 1 right of 2 predicted and of 3 gold: P 1/2, R 1/3, F1 0.4
    assert tagging.entity_f1(gold, predicted) == pytest.approx(40.0)
    assert tagging.entity_f1([["O"]], [["O"]]) == 0.0


def test_an_entity_does_not_run_on_into_the_next_sentence() -> None:
    assert tagging.entity_f1([["B-PER"], ["I-PER"]], [["B-PER"], ["I-PER"]]) == 100.0
    # one entity in one sentence of two words is not two entities of two sentences
    assert tagging.entity_f1([["B-PER", "I-PER"]], [["B-PER", "B-PER"]]) == 0.0


def test_pos_f1_counts_runs_of_equal_tags() -> None:
    gold = [["DET", "NOUN", "NOUN", "VERB"]]
    # gold runs: DET, NOUN NOUN, VERB; predicted: DET, NOUN, PROPN, VERB. 2 right of 4 and of 3: F1 4/7
    assert tagging.pos_f1(gold, [["DET", "NOUN", "PROPN", "VERB"]]) == pytest.approx(400 / 7)


def test_pos_f1_takes_a_conjunction_for_what_it_is_and_a_leading_s_for_single() -> None:
    assert tagging.pos_f1([["CCONJ"]], [["SCONJ"]]) == 0.0
    # two SYM are two runs: 1 of 2 right on either side
    assert tagging.pos_f1([["SYM", "SYM"]], [["SYM", "X"]]) == pytest.approx(50.0)


def test_tags_of_another_length_are_refused() -> None:
    for wrong in ([], [["O"]], [["O", "O"], ["O"]]):
        with pytest.raises(ValueError, match="length"):
            tagging.entity_f1([["O", "O"]], wrong)


SENTENCES = st.lists(st.lists(st.sampled_from(NER), min_size=1, max_size=8), min_size=1, max_size=5)


@SLOWLY
@given(SENTENCES, st.randoms(use_true_random=False))
def test_entity_f1_is_bounded_symmetric_and_blind_to_the_order_of_sentences(
    gold: list[list[str]], chance: random.Random
) -> None:
    predicted = [[chance.choice(NER) for _ in row] for row in gold]
    found = tagging.entity_f1(gold, predicted)
    assert 0.0 <= found <= 100.0
    assert found == tagging.entity_f1(predicted, gold)
    order = chance.sample(range(len(gold)), len(gold))
    assert found == tagging.entity_f1([gold[n] for n in order], [predicted[n] for n in order])
    assert tagging.entity_f1(gold, gold) == (100.0 if any(map(tagging.entities, gold)) else 0.0)


def test_entity_f1_agrees_with_seqeval() -> None:
    seqeval = pytest.importorskip("seqeval.metrics")
    chance = random.Random(7)
    marks = [*NER, "E-PER", "S-LOC", "E-LOC"]
    for _ in range(300):
        gold = [chance.choices(marks, k=chance.randint(1, 9)) for _ in range(chance.randint(1, 4))]
        predicted = [[chance.choice([tag, chance.choice(marks)]) for tag in row] for row in gold]
        if not any(map(tagging.entities, gold)) or not any(map(tagging.entities, predicted)):
            continue  # it warns where there is nothing to find
        assert tagging.entity_f1(gold, predicted) == pytest.approx(100 * seqeval.f1_score(gold, predicted))


@pytest.mark.filterwarnings("ignore:.*seems not to be NE tag")
def test_pos_f1_agrees_with_seqeval_where_cutting_the_first_letter_confuses_no_tags() -> None:
    seqeval = pytest.importorskip("seqeval.metrics")
    chance = random.Random(8)
    marks = [tag for tag in POS if tag not in ("CCONJ", "X")]
    for _ in range(300):
        gold = [chance.choices(marks, k=chance.randint(1, 9)) for _ in range(chance.randint(1, 4))]
        predicted = [[chance.choice([tag, chance.choice(marks)]) for tag in row] for row in gold]
        assert tagging.pos_f1(gold, predicted) == pytest.approx(100 * seqeval.f1_score(gold, predicted))


# retrieval


def test_retrieval_accuracy_by_hand() -> None:
    gold = {("s0", "t1"), ("s1", "t0"), ("s2", "t2")}
    assert retrieval.accuracy({"s0": "t1", "s1": "t1", "s2": "t2"}, gold) == pytest.approx(200 / 3)
    with pytest.raises(ValueError, match="nearest"):
        retrieval.accuracy({"s0": "t1"}, gold)


def test_a_sentence_with_two_translations_is_right_with_either() -> None:
    gold = {("s0", "t0"), ("s0", "t1"), ("s1", "t2")}
    assert retrieval.accuracy({"s0": "t1", "s1": "t1"}, gold) == 50.0


def test_mining_uses_each_sentence_once_from_the_best_score_down() -> None:
    candidates = [Pair("a", "x", 1.2), Pair("a", "y", 1.5), Pair("b", "x", 1.1), Pair("b", "y", 1.4)]
    assert retrieval.mine(candidates) == [Pair("a", "y", 1.5), Pair("b", "x", 1.1)]


def test_mining_f1_and_its_threshold_by_hand() -> None:
    mined = [Pair("a", "x", 1.4), Pair("b", "y", 1.2), Pair("c", "z", 1.0)]
    gold = {("a", "x"), ("c", "y"), ("b", "y"), ("d", "w")}
    # after 1: 2*1/(1+4) = .4; after 2: 2*2/(2+4) = .667; after 3: 2*2/(3+4) = .571
    threshold = retrieval.tune(mined, gold)
    assert threshold == pytest.approx(1.1)
    found = retrieval.mined_f1(mined, gold, threshold=threshold)
    assert found.f1 == pytest.approx(200 / 3)
    assert (found.precision, found.recall) == (100.0, 50.0)
    assert retrieval.mined_f1(mined, gold, threshold=9.0).f1 == 0.0


def test_a_threshold_does_not_part_pairs_of_equal_score() -> None:
    mined = [Pair("a", "x", 1.0), Pair("b", "y", 1.0), Pair("c", "z", 0.5)]
    threshold = retrieval.tune(mined, {("a", "x")})
    # keeping the tie gives 2/3; no threshold keeps the right one alone
    assert retrieval.mined_f1(mined, {("a", "x")}, threshold=threshold).f1 == pytest.approx(200 / 3)


PAIRS = st.lists(
    st.builds(
        Pair,
        st.sampled_from("abcde"),
        st.sampled_from("vwxyz"),
        st.sampled_from([0.5, 0.9, 1.0, 1.1, 1.3, 2.0]),
    ),
    max_size=25,
)
GOLD = st.sets(st.tuples(st.sampled_from("abcde"), st.sampled_from("vwxyz")), min_size=1, max_size=5)


@SLOWLY
@given(PAIRS, GOLD, st.randoms(use_true_random=False))
def test_mining_is_blind_to_order_one_to_one_and_tuned_no_worse_than_any_threshold(
    candidates: list[Pair], gold: set[tuple[str, str]], chance: random.Random
) -> None:
    mined = retrieval.mine(candidates)
    assert mined == retrieval.mine(chance.sample(candidates, len(candidates)))
    assert len({p.source for p in mined}) == len({p.target for p in mined}) == len(mined)
    best = retrieval.mined_f1(mined, gold, threshold=retrieval.tune(mined, gold)).f1
    assert 0.0 <= best <= 100.0
    for threshold in (0.0, 0.7, 1.0, 1.2, 3.0):
        assert best >= retrieval.mined_f1(mined, gold, threshold=threshold).f1 - 1e-9


def test_label_accuracy_by_hand() -> None:
    assert labels.accuracy([0, 1, 2, 1], [0, 1, 1, 1]) == 75.0
    for wrong in ([], [0, 1]):
        with pytest.raises(ValueError, match="number"):
            labels.accuracy([0, 1, 2], wrong)
