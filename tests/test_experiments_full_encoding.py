"""What the full tier's program does without torch: plans, rows, tokens, answers, schedules and dev scores."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import full_world
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.experiments._full.program import encode, plan, rows, schedule, scores, shuffle, spans
from synth.experiments._full.program.encode import Feature, Tokenizer
from synth.experiments._full.program.refusal import Refusal
from synth.experiments._full.program.rows import Answer, Row

SPAN = plan.Task(kind="span", length=24, stride=6, metric="span")
PAIR = plan.Task(kind="classify", length=16, metric="accuracy", labels=("yes", "no"))
TAG = plan.Task(kind="tag", length=10, metric="entities", labels=full_world.TAGS)
CHOICE = plan.Task(kind="choice", length=12, metric="accuracy", choices=2)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    folder = tmp_path_factory.mktemp("tokenizer")
    full_world.tokenizer(folder)
    return Tokenizer(folder)


def planned(folder: Path, raw: dict[str, Any]) -> plan.Plan:
    path = folder / "plan.json"
    path.write_text(json.dumps(raw))
    return plan.read(path)


def read(folder: Path, task: plan.Task, *lines: object, labelled: bool = True) -> list[Row]:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return rows.read(path, task, labelled=labelled)


def test_a_plan_is_read_with_every_stage_in_it(tmp_path: Path) -> None:
    raw = full_world.plan(arms=[full_world.arm("a", "mnli")], targets=[full_world.target("squad")])
    found = planned(tmp_path, raw)
    assert found.arms[0].tasks == ("mnli",)
    assert [files.task for files in found.targets[0].predict] == ["xquad", "mlqa"]
    assert found.tasks["squad_v2"].null


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"surprise": 1}, "unknown: surprise"),
        ({"schema": "other"}, "schema"),
        ({"seed": "0"}, "plan.seed: int is wanted, not str"),
        ({"seed": True}, "plan.seed: int is wanted, not bool"),
        ({"precision": "bf16"}, "bf16 needs cuda"),
        ({"arms": []}, "no arms"),
        ({"retrieval": []}, "nothing is to be predicted"),
        ({"arms": [full_world.arm("../up")]}, "is no name"),
        ({"arms": [full_world.arm("a", "ccg")]}, "no task ccg"),
        ({"arms": [full_world.arm("a", "mnli", micro=3)]}, "micro does not divide batch"),
        ({"arms": [full_world.arm("a", "panx", shuffled=True)]}, "tags are not shuffled"),
        ({"arms": [full_world.arm("a", "bucc")]}, "cannot be trained on"),
        ({"arms": [full_world.arm("a"), full_world.arm("a")]}, "used twice"),
        ({"targets": [full_world.target("qqp", predict=[{"task": "xnli", "files": ["test-en"]}])]}, "labels"),
        ({"targets": [full_world.target("qqp", predict=[{"task": "mlqa", "files": ["test-en"]}])]}, "kind"),
        ({"retrieval": [{"task": "tatoeba", "files": ["test/../x"]}]}, "is no name"),
        ({"retrieval": [{"task": "mnli", "files": ["test-en"]}]}, "not of kind retrieve"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused_with_the_reason(
    changes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match=words):
        planned(tmp_path, full_world.plan(**changes))


def test_a_missing_key_and_a_broken_file_are_refused(tmp_path: Path) -> None:
    raw = full_world.plan()
    del raw["recipe"]["clip"]
    with pytest.raises(Refusal, match=r"plan\.recipe: missing: clip"):
        planned(tmp_path, raw)
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(Refusal, match=r"plan\.json"):
        plan.read(tmp_path / "plan.json")


@pytest.mark.parametrize(
    ("task", "row"),
    [
        (PAIR, {"id": "1", "a": "x", "b": "", "label": 0}),
        (CHOICE, {"id": "1", "prompt": "x", "choices": ["a", "b"], "label": 1}),
        (SPAN, {"id": "1", "question": "x", "context": "Anna", "answers": [{"text": "Anna", "start": 0}]}),
        (TAG, {"id": "1", "words": ["Anna"], "tags": [1]}),
    ],
)
def test_no_label_enters_with_rows_to_be_predicted(
    task: plan.Task, row: dict[str, Any], tmp_path: Path
) -> None:
    assert read(tmp_path, task, row)[0].id == "1"
    assert read(tmp_path, task, full_world.unlabelled(row), labelled=False)[0].id == "1"
    with pytest.raises(Refusal, match=r"rows\.jsonl:1: .* none may enter here"):
        read(tmp_path, task, row, labelled=False)
    with pytest.raises(Refusal, match=r"rows\.jsonl:1: .* missing"):
        read(tmp_path, task, full_world.unlabelled(row))


@pytest.mark.parametrize(
    ("task", "line", "words"),
    [
        (PAIR, "[]", "not an object"),
        (PAIR, "{", "rows.jsonl:1"),
        (PAIR, {"id": 1, "a": "x", "b": "", "label": 0}, "id is not a text"),
        (PAIR, {"id": "1", "a": "x", "b": "", "label": 2}, "not a number below 2"),
        (PAIR, {"id": "1", "a": "x", "b": "", "label": True}, "not a number below 2"),
        (CHOICE, {"id": "1", "prompt": "x", "choices": ["a"], "label": 0}, "1 choices, 2 are wanted"),
        (TAG, {"id": "1", "words": ["a", "b"], "tags": [0]}, "not one a word"),
        (TAG, {"id": "1", "words": [], "tags": []}, "not a list of texts"),
        (SPAN, {"id": "1", "question": "x", "context": "Anna", "answers": []}, "no unanswerable"),
        (
            SPAN,
            {"id": "1", "question": "", "context": "ab", "answers": [{"text": "b", "start": 0}]},
            "stand at",
        ),
    ],
)
def test_a_row_that_is_not_what_it_should_be_is_refused(
    task: plan.Task, line: object, words: str, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match=words):
        read(tmp_path, task, line)


def test_ids_come_once_and_lines_are_split_at_newlines_alone(tmp_path: Path) -> None:
    row = {"id": "1", "a": "one\u2028two\x85three", "b": "", "label": 0}
    assert read(tmp_path, PAIR, json.dumps(row, ensure_ascii=False))[0].texts[0] == row["a"]
    with pytest.raises(Refusal, match="comes twice"):
        read(tmp_path, PAIR, row, row)


@given(st.integers(1, 200), st.integers(1, 40), st.integers(0, 5))
def test_every_epoch_goes_through_every_row_once(count: int, batch: int, seed: int) -> None:
    an_epoch = schedule.steps(count, batch=batch, epochs=1)
    for epoch in (0, 1):
        places = range(epoch * an_epoch, (epoch + 1) * an_epoch)
        found = [n for p in places for n in schedule.batch_at(count, p, batch=batch, seed=seed)]
        assert sorted(found) == list(range(count))


def test_steps_follow_rows_epochs_and_cap() -> None:
    assert schedule.steps(392_702, batch=32, epochs=3) == 12_272 * 3
    assert schedule.steps(87_599, batch=16, epochs=2, most=10_000) == 10_000
    assert schedule.steps_together({"a": 10, "b": 5}, batch=4, epochs=2) == 2 * (3 + 2)
    assert schedule.state_bytes(560_000_000) == 560_000_000 * 36


def test_tasks_are_drawn_in_proportion_to_their_rows() -> None:
    found = Counter(schedule.draws({"a": 900, "b": 100}, count=10_000, seed=1))
    assert 800 < found["b"] < 1200
    assert schedule.draws({"a": 3}, count=2, seed=1) == ["a", "a"]


def test_the_rate_rises_over_a_tenth_and_falls_to_nothing() -> None:
    rates = [schedule.rate(step, count=100, warmup=0.1) for step in range(101)]
    assert rates[0] == 0.0
    assert rates[5] == pytest.approx(0.5)
    assert rates[10] == max(rates) == 1.0
    assert rates[55] == pytest.approx(0.5)
    assert rates[100] == 0.0


def test_the_placebo_keeps_how_often_each_label_comes() -> None:
    source = random.Random(0)
    given = [Row(str(n), ("a", "b"), (source.randrange(3),)) for n in range(60)]
    made = shuffle.shuffled(given, seed=3)
    assert made == shuffle.shuffled(given, seed=3)
    assert made != given
    assert [row.texts for row in made] == [row.texts for row in given]
    assert Counter(row.labels for row in made) == Counter(row.labels for row in given)


def test_a_shuffled_answer_stands_in_its_own_context() -> None:
    source = random.Random(1)
    raw = [full_world.span(n, source, null=True) for n in range(40)]
    given = [
        Row(r["id"], (r["question"], r["context"]), (), tuple(Answer(**a) for a in r["answers"])) for r in raw
    ]
    made = shuffle.shuffled(given, seed=3)
    assert sum(not row.answers for row in made) == sum(not row.answers for row in given) == 10
    for row in made:
        assert all(row.texts[1][a.start : a.start + len(a.text)] == a.text for a in row.answers)
    moved = [m.answers != g.answers for m, g in zip(made, given, strict=True)]
    assert sum(moved) > 30


def test_answers_are_found_again_from_their_tokens(tokenizer: Tokenizer) -> None:
    source = random.Random(2)
    for n in range(30):
        raw = full_world.span(n, source)
        answer = Answer(**raw["answers"][0])
        row = Row(raw["id"], (raw["question"], raw["context"]), (), (answer,))
        features = encode.encode([row], SPAN, tokenizer)
        holding = [feature for feature in features if feature.target[0] > 0]
        assert holding
        for feature in holding:
            first, last = feature.target
            found = row.texts[1][feature.places[first, 0] : feature.places[last, 1]]
            assert found.strip() == answer.text


def test_windows_leave_no_token_of_the_context_out(tokenizer: Tokenizer) -> None:
    context = " ".join(random.Random(3).choices(full_world.WORDS, k=60))
    row = Row("1", ("who runs", context))
    features = encode.encode([row], SPAN, tokenizer)
    assert len(features) > 2
    covered = np.zeros(len(context), dtype=bool)
    for feature in features:
        assert feature.length <= SPAN.length
        for start, end in feature.places[feature.places[:, 0] >= 0]:
            covered[start:end] = True
    assert all(covered[n] for n, letter in enumerate(context) if letter != " ")


def test_a_question_without_end_leaves_room_for_the_context(tokenizer: Tokenizer) -> None:
    row = Row("1", ("who runs " * 200, "Anna near the river"))
    features = encode.encode([row], SPAN, tokenizer)
    assert all(feature.length <= SPAN.length for feature in features)
    assert any((feature.places[:, 0] >= 0).any() for feature in features)


def test_every_word_is_tagged_once_at_its_first_piece(tokenizer: Tokenizer) -> None:
    words = ("Köln", "\u200b", "near", "sleeps", "qqqqqqqqqqqqqqqqqqqqqqq", *["house"] * 7)
    row = Row("1", words, tuple(range(len(words))))
    features = encode.encode([row], TAG, tokenizer)
    assert len(features) > 1
    begun = [int(word) for feature in features for word in feature.places if word >= 0]
    assert begun == list(range(len(words)))
    for feature in features:
        assert feature.length <= TAG.length
        assert [feature.ids[0][0], feature.ids[0][-1]] == [tokenizer.start, tokenizer.end]
        for word, target in zip(feature.places, feature.target, strict=True):
            assert target == (word if word >= 0 else encode.IGNORED)


def test_pairs_are_joined_as_xlm_r_joins_them(tokenizer: Tokenizer) -> None:
    one, two = encode.encode([Row("1", ("dog", "")), Row("2", ("dog", "cat"))], PAIR, tokenizer)
    assert list(one.ids[0]).count(tokenizer.end) == 1
    assert list(two.ids[0]).count(tokenizer.end) == 3
    long = encode.encode([Row("1", ("dog " * 50, "cat"))], PAIR, tokenizer)[0]
    assert long.length == PAIR.length
    assert list(long.ids[0][-3:-1]) == list(two.ids[0][-3:-1])


def test_a_choice_has_a_sequence_a_choice(tokenizer: Tokenizer) -> None:
    feature = encode.encode([Row("1", ("red", "dog", "cat"), (1,))], CHOICE, tokenizer)[0]
    assert len(feature.ids) == 2
    assert list(feature.target) == [1]


def test_a_folder_without_an_xlm_r_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"tokenizer\.json: missing"):
        Tokenizer(tmp_path)


PLACES = np.array([[-1, -1], [-1, -1], [0, 3], [4, 8], [9, 12], [-1, -1]], dtype=np.int32)
CONTEXT = Row("1", ("who", "The Anna ran"))
FEATURE = Feature(0, (np.zeros(6, dtype=np.int32),), places=PLACES)


def logits(starts: list[float], ends: list[float]) -> dict[int, spans.Floats]:
    return {0: np.array([starts, ends], dtype=np.float32).T}


def test_the_best_span_is_the_best_sum_with_its_end_behind_its_start() -> None:
    outside = [9.0, 9.0, 0.0, 5.0, 1.0, 9.0], [9.0, 9.0, 6.0, 2.0, 1.0, 9.0]
    assert spans.answers([CONTEXT], [FEATURE], logits(*outside), SPAN) == ["Anna"]
    whole = [0.0, 0.0, 5.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 5.0, 0.0]
    assert spans.answers([CONTEXT], [FEATURE], logits(*whole), SPAN) == ["The Anna ran"]
    short = plan.Task(kind="span", length=24, metric="span", longest=2)
    assert spans.answers([CONTEXT], [FEATURE], logits(*whole), short) == ["The"]


def test_no_answer_is_given_only_where_the_task_knows_it_and_it_scores_best() -> None:
    scored = logits([4.0, 0, 1, 1, 1, 0], [4.0, 0, 1, 1, 1, 0])
    null = plan.Task(kind="span", length=24, metric="span", null=True)
    assert spans.answers([CONTEXT], [FEATURE], scored, null) == [""]
    assert spans.answers([CONTEXT], [FEATURE], scored, SPAN) == ["The"]
    assert spans.answers([CONTEXT], [FEATURE], logits([1.0, 0, 0, 4, 0, 0], [1.0, 0, 0, 4, 0, 0]), null) == [
        "Anna"
    ]


def test_crossed_starts_and_ends_still_give_an_answer() -> None:
    one = plan.Task(kind="span", length=24, metric="span", nbest=1)
    crossed = logits([0.0, 0, 0, 0, 5, 0], [0.0, 0, 5, 0, 0, 0])
    assert spans.answers([CONTEXT], [FEATURE], crossed, one) == ["The"]


def test_dev_scores_by_hand() -> None:
    golds = [Row(str(n), (), (label,)) for n, label in enumerate((1, 1, 0, 0))]
    made = [{"label": label} for label in (1, 0, 0, 0)]
    task = {name: plan.Task(kind="classify", length=8, metric=name) for name in ("accuracy", "accuracy_f1")}
    assert scores.score(golds, made, task["accuracy"]) == 0.75
    assert scores.score(golds, made, task["accuracy_f1"]) == pytest.approx((0.75 + 2 / 3) / 2)
    answered = [Row("1", (), (), (Answer("the red house", 0), Answer("house", 8))), Row("2", ())]
    found = scores.score(answered, [{"text": "A red dog!"}, {"text": ""}], SPAN)
    assert found == pytest.approx((0.5 / 2 + 1.0) / 2)
    tags = Row("1", (), (1, 2, 0, 1))
    assert scores.score([tags], [{"tags": [1, 2, 0, 0]}], TAG) == pytest.approx(2 / 3)
    assert scores.score([tags], [{"tags": [1, 0, 0, 2]}], TAG) == pytest.approx(1 / 2)
