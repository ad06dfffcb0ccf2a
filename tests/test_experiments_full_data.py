"""The full tier's data: parts found and read, rows made plain, labels kept out of what enters the seal."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import full_export
import pytest
from full_export import lines

from synth.errors import InputError, SourceError
from synth.experiments._full import folder, languages, sources, tasks
from synth.experiments._full.rows import couple, example, language, located
from synth.experiments._full.staging import Request, stage
from synth.experiments._full.tasks import TASKS, Part


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny export of every data set."""
    return full_export.export(tmp_path_factory.mktemp("export"), full_export.EVERYTHING)


def staged(export: Path, cache: Path, *names: str, targets: tuple[str, ...] = ()) -> folder.Staged:
    """Return the staged sample of the tasks called ``names`` and ``targets``."""
    return stage(Request(training=names, targets=targets, folder=export, sizes="recorded"), cache=cache)


# the registry


def test_the_registry_has_the_languages_of_xtreme() -> None:
    counted = {name: len(TASKS[name].test) for name in ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa")}
    assert counted == {"xnli": 15, "pawsx": 7, "udpos": 33, "panx": 40, "xquad": 11, "mlqa": 7}
    assert [len(TASKS[name].test) for name in ("tydiqa", "tatoeba", "bucc_pairs")] == [9, 36, 4]
    assert len(languages.BUCC_PAIRS) == 4


def test_the_registry_asserts_the_sizes_that_the_paper_and_the_hub_state() -> None:
    train = {name: sum(part.rows or 0 for part in TASKS[name].train) for name in TASKS}
    assert train["mnli"] == 392_702
    assert train["squad"] == 87_599
    assert train["squad_v2"] == 130_319
    assert train["hellaswag"] == 39_905
    assert train["qqp"] == 363_846
    assert train["csqa"] == 9_741
    # ANLI, MNLI and SNLI without its 785 rows of no label are the paper's 1,104,934
    assert train["anli"] - 785 == 1_104_934
    assert "CCG" in tasks.CCG


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_every_task_states_a_licence_and_is_trained_on_something_that_exists(task: tasks.Task) -> None:
    assert task.licence
    assert not task.trained_on or TASKS[task.trained_on].train
    assert task.kind != "classify" or len(task.labels) >= 2
    assert not (task.dev and task.held_out)


# reading


@pytest.mark.parametrize(
    "name", ["train.jsonl", "data/train.jsonl", "plain_text/train.jsonl", "nested/train.jsonl"]
)
def test_a_part_is_found_in_each_layout_of_a_local_folder(tmp_path: Path, name: str) -> None:
    part = TASKS["squad"].train[0]
    root = tmp_path / ("rajpurkar/squad" if name.startswith("nested") else "squad")
    file = root / name.removeprefix("nested/")
    file.parent.mkdir(parents=True)
    file.write_text('{"id": "1"}\n', encoding="utf-8")
    assert sources.find(part, folder=tmp_path) == (file,)
    assert list(sources.from_files((file,))) == [{"id": "1"}]


def test_a_configuration_is_never_mistaken_for_another(tmp_path: Path) -> None:
    part = Part(dataset="google/xtreme", config="PAWS-X.de", split="test", rows=None, reads="pawsx")
    full_export.write(tmp_path, replace(part, config="PAWS-X.fr"), [{}])
    (tmp_path / "xtreme" / "test.jsonl").write_text("{}\n", encoding="utf-8")
    assert sources.find(part, folder=tmp_path) == ()


def test_links_are_not_followed(tmp_path: Path) -> None:
    part = TASKS["squad"].train[0]
    full_export.write(tmp_path / "elsewhere", part, [{}])
    (tmp_path / "squad").mkdir()
    linked = tmp_path / "squad" / "train.jsonl"
    linked.symlink_to(tmp_path / "elsewhere" / "squad" / "plain_text" / "train.jsonl")
    assert sources.find(part, folder=tmp_path) == ()


def test_the_hubs_two_spellings_of_afrikaans_are_one_language(tmp_path: Path) -> None:
    part = dict(TASKS["udpos"].test)["af"]
    file = full_export.write(tmp_path, replace(part, config="udpos.Afrikans"), [{}])
    assert sources.find(part, folder=tmp_path) == (file,)


@pytest.mark.parametrize("content", [b"[1]\n", b"{\n", b'{"a": 1}\nx\n', b"\xff\n", b"\n"])
def test_a_line_that_is_no_object_is_refused_by_number(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "train.jsonl"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"train\.jsonl: line \d is no JSON object"):
        list(sources.from_files((file,)))


def test_parquet_and_saved_data_sets_read_as_their_rows(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"tokens": ["a", "b"], "pos_tags": [1, 2]}, {"tokens": ["c"], "pos_tags": [0]}]
    table = pyarrow.Table.from_pylist(rows)
    part = dict(TASKS["udpos"].test)["de"]
    place = tmp_path / "xtreme" / "udpos.German"
    (place / "test").mkdir(parents=True)
    parquet.write_table(table, place / "test-00000-of-00001.parquet")
    assert list(sources.from_files(sources.find(part, folder=tmp_path))) == rows
    (place / "test-00000-of-00001.parquet").unlink()
    with pyarrow.ipc.new_stream(place / "test" / "data-00000-of-00001.arrow", table.schema) as stream:
        stream.write_table(table)
    assert list(sources.from_files(sources.find(part, folder=tmp_path))) == rows
    for name in ("bad.parquet", "bad.arrow"):
        (tmp_path / name).write_bytes(b"no table")
        with pytest.raises(InputError, match="bad"):
            list(sources.from_files((tmp_path / name,)))


def test_a_hub_that_cannot_be_reached_says_how_to_get_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        @staticmethod
        def load_dataset(*_: object, **__: object) -> object:
            raise ConnectionError("offline")

    monkeypatch.setitem(sys.modules, "datasets", Deaf)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"hf download rajpurkar/squad --repo-type dataset"):
        sources.from_hub(TASKS["squad"].train[0])


def test_the_hub_is_asked_for_the_configuration_split_and_revision(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[object, ...]] = []

    class Loaded(list[dict[str, int]]):
        cache_files = ({"filename": str(tmp_path / "a.arrow")},)

    class Hub:
        @staticmethod
        def load_dataset(*given: object, split: str, revision: str | None) -> Loaded:
            asked.append((*given, split, revision))
            return Loaded([{"n": 1}])

    monkeypatch.setitem(sys.modules, "datasets", Hub)  # type: ignore[arg-type]
    rows, files = sources.from_hub(TASKS["cosmos"].train[0])
    assert list(rows) == [{"n": 1}]
    assert files == (tmp_path / "a.arrow",)
    assert asked == [("allenai/cosmos_qa", "default", "train", "refs/convert/parquet")]


# rows


def test_choices_are_joined_as_the_authors_code_joins_them() -> None:
    raw = {"ctx_a": "A man sits.", "ctx_b": "he", "endings": ["eats", "runs", "is", "a"], "label": "1"}
    found = example(raw, "hellaswag")
    assert found is not None
    assert found.given == {"prompt": "A man sits.", "choices": ["he eats", "he runs", "he is", "he a"]}
    assert found.gold == 1
    answers = {f"answer{n}": f"a{n}" for n in range(4)}
    found = example({"context": "It rained.", "question": "Why?", "label": 3, **answers}, "cosmos")
    assert found is not None
    assert found.given["prompt"] == "It rained. Why?"
    choices = {"label": ["A", "B", "C", "D", "E"], "text": ["a", "b", "c", "d", "e"]}
    found = example({"question": "Q", "choices": choices, "answerKey": "E"}, "csqa")
    assert found is not None
    assert found.gold == 4


def test_rows_without_a_label_fall_away() -> None:
    assert example({"premise": "a", "hypothesis": "b", "label": -1}, "nli") is None
    assert example({"tokens": [], "pos_tags": []}, "pos") is None


def test_words_lose_the_spaces_and_joiners_within_them() -> None:
    found = example({"tokens": ["a\u200cb", "c d", "\u200c"], "ner_tags": [0, 1, "O"]}, "ner")
    assert found is not None
    assert found.given["words"] == ["ab", "cd", "_"]
    assert found.gold == [0, 1, 0]


@pytest.mark.parametrize(
    ("raw", "reads"),
    [
        ({"premise": "a", "hypothesis": "b"}, "mnli"),
        ({"premise": "a", "hypothesis": "b", "label": 3}, "mnli"),
        ({"premise": "a", "hypothesis": "b", "label": True}, "mnli"),
        ({"premise": 1, "hypothesis": "b", "label": 0}, "mnli"),
        ({"premise": "a" * 200_001, "hypothesis": "b", "label": 0}, "mnli"),
        ({"sentence1": "a", "sentence2": "b", "label": "yes"}, "pawsx"),
        ({"tokens": ["a"], "pos_tags": [0, 1]}, "pos"),
        ({"tokens": ["a"], "pos_tags": [17]}, "pos"),
        ({"tokens": ["a"], "pos_tags": [-1]}, "pos"),
        ({"ctx_a": "a", "ctx_b": "b", "endings": ["x"], "label": "0"}, "hellaswag"),
        ({"question": "q", "context": "c", "answers": {"text": ["x"], "answer_start": []}}, "squad"),
        ({"question": "q", "context": "c", "answers": {"text": ["c"], "answer_start": [-1]}}, "squad"),
        ({"question": "q", "context": "c", "answers": None}, "squad"),
        ({"question": "q", "choices": {"label": ["A"], "text": ["a"]}, "answerKey": "Z"}, "csqa"),
    ],
)
def test_a_row_that_is_not_what_its_data_set_promises_is_refused(raw: dict[str, Any], reads: Any) -> None:
    with pytest.raises(InputError, match=f"form '{reads}'"):
        example(raw, reads)


def test_a_row_that_does_not_say_its_language_is_refused() -> None:
    for raw, reads in (({"sentence1": "a"}, "xnli"), ({"id": 7}, "tydiqa")):
        with pytest.raises(InputError, match=f"form '{reads}'"):
            language(raw, reads)  # type: ignore[arg-type]


def test_a_test_question_without_an_answer_is_refused(tmp_path: Path) -> None:
    own = full_export.export(tmp_path / "own", ["xquad"])
    part = dict(TASKS["xquad"].test)["th"]
    rows = full_export.raw_rows(part, 2)
    rows[1]["answers"] = {"text": [], "answer_start": []}
    full_export.write(own, part, rows)
    with pytest.raises(InputError, match=r"XQuAD\.th validation: a row without an answer"):
        staged(own, tmp_path / "cache", "squad", targets=("xquad",))


def test_an_answer_that_has_moved_is_found_again() -> None:
    assert located("in Rome and Rome", "Rome", 12) == 12
    assert located("in Rome and Rome", "Rome", 14) == 12
    assert located("in Rome", "Paris", 3) is None


def test_a_pair_needs_both_sentences() -> None:
    assert couple({"source_sentence": " a\n", "target_sentence": "b"}) == ("a", "b")
    for broken in ({"source_sentence": "a"}, {"source_sentence": "a", "target_sentence": " "}):
        with pytest.raises(InputError, match="pair"):
            couple(broken)


# staging


def test_no_label_stands_in_a_file_that_is_to_be_predicted(export: Path, tmp_path: Path) -> None:
    targets = tuple(t.name for t in (*tasks.TARGETS, *tasks.RETRIEVAL) if t.name != "bucc")
    trained = tuple(dict.fromkeys(TASKS[name].trained_on for name in targets if TASKS[name].trained_on))
    made = staged(export, tmp_path, *trained, targets=targets)
    allowed = {"id", "a", "b", "question", "context", "words", "text"}
    files = [file for file in made.folder.glob("data/*/*.jsonl") if file.stem not in ("train", "dev")]
    assert len(files) == 15 + 7 + 33 + 40 + 11 + 7 + 9 + 2 * (36 + 4)
    for file in files:
        assert all(row.keys() <= allowed for row in lines(file)), file
    entering = {path.relative_to(made.folder).parts[0] for path in made.folder.rglob("*.json*")}
    assert entering == {"data", "gold", "files.json", "sources.json"}


def test_gold_belongs_to_the_row_of_its_id(export: Path, tmp_path: Path) -> None:
    made = staged(export, tmp_path, "mnli", "squad", "tydiqa", targets=("xnli", "xquad", "tydiqa"))
    gold = json.loads((made.folder / "gold/xnli/test-sw.json").read_bytes())["gold"]
    rows = lines(made.folder / "data/xnli/test-sw.jsonl")
    assert {row["id"]: int(row["a"].split()[1]) % 3 for row in rows} == gold
    gold = json.loads((made.folder / "gold/xquad/test-th.json").read_bytes())["gold"]
    for row in lines(made.folder / "data/xquad/test-th.jsonl"):
        assert gold[row["id"]][0] in row["context"]
    dev = {row["id"]: row["label"] for row in lines(made.folder / "data/mnli/dev.jsonl")}
    assert json.loads((made.folder / "gold/dev/mnli.json").read_bytes())["gold"] == dev


def test_tydiqa_trains_on_english_alone_and_is_tested_in_each_language(export: Path, tmp_path: Path) -> None:
    made = staged(export, tmp_path, "tydiqa", targets=("tydiqa",))
    assert made.counts["data/tydiqa/train.jsonl"] + made.counts["data/tydiqa/dev.jsonl"] == 6
    assert {made.counts[f"data/tydiqa/test-{code}.jsonl"] for code in languages.TYDIQA.values()} == {6}


def test_a_passage_stands_on_one_side_alone_and_on_the_same_side_in_both_squads(
    export: Path, tmp_path: Path
) -> None:
    made = staged(export, tmp_path, "squad", "squad_v2")
    sides = {
        split: {
            row["context"]
            for name in ("squad", "squad_v2")
            for row in lines(made.folder / f"data/{name}/{split}.jsonl")
        }
        for split in ("train", "dev")
    }
    assert sides["dev"] == {full_export.context(0)}
    assert not sides["train"] & sides["dev"]


def test_answers_in_training_rows_stand_where_they_say(tmp_path: Path) -> None:
    part = TASKS["squad"].train[0]
    rows = full_export.raw_rows(part, 6)
    rows[1]["answers"]["answer_start"] = [0]  # moved: found again
    rows[2]["answers"]["text"] = ["nowhere"]  # gone: the row falls away
    own = tmp_path / "own"
    full_export.write(own, part, rows)
    made = staged(own, tmp_path / "cache", "squad")
    kept = lines(made.folder / "data/squad/train.jsonl")
    assert len(kept) == 4
    for row in kept:
        for answer in row["answers"]:
            assert row["context"][answer["start"] :].startswith(answer["text"])


def test_unanswerable_questions_are_kept_where_the_task_has_them_and_only_there(tmp_path: Path) -> None:
    for name in ("squad", "squad_v2"):
        part = TASKS[name].train[0]
        rows = full_export.raw_rows(part, 4)
        rows[1]["answers"] = {"text": [], "answer_start": []}
        full_export.write(tmp_path / "own", part, rows)
    made = staged(tmp_path / "own", tmp_path / "cache", "squad", "squad_v2")
    assert made.counts["data/squad/train.jsonl"] == 2
    assert made.counts["data/squad_v2/train.jsonl"] == 3


def test_english_asks_in_tatoeba_and_the_other_sides_order_says_nothing(export: Path, tmp_path: Path) -> None:
    made = staged(export, tmp_path, targets=("tatoeba", "bucc_pairs"))
    source = {row["id"]: row["text"] for row in lines(made.folder / "data/tatoeba/test-de.source.jsonl")}
    target = {row["id"]: row["text"] for row in lines(made.folder / "data/tatoeba/test-de.target.jsonl")}
    pairs = json.loads((made.folder / "gold/tatoeba/test-de.json").read_bytes())["gold"]
    assert all("sings" in text for text in source.values())  # the hub's target side is English
    assert {(source[s].split()[2], target[t].split()[2]) for s, t in pairs} == {
        (str(n), str(n)) for n in range(6)
    }
    assert [t for _, t in sorted(pairs)] != sorted(t for _, t in pairs)
    source = {row["id"]: row["text"] for row in lines(made.folder / "data/bucc_pairs/test-de.source.jsonl")}
    assert all("runs" in text for text in source.values())


def test_copies_of_a_sentence_stand_once_in_bucc_and_keep_all_their_partners(tmp_path: Path) -> None:
    own = full_export.export(tmp_path / "own", ["bucc_pairs"])
    part = dict(TASKS["bucc_pairs"].test)["de"]
    rows = full_export.raw_rows(part, 3)
    rows[2]["source_sentence"] = rows[0]["source_sentence"]
    full_export.write(own, part, rows)
    made = staged(own, tmp_path / "cache", targets=("bucc_pairs",))
    assert made.counts["data/bucc_pairs/test-de.source.jsonl"] == 2
    assert made.counts["data/bucc_pairs/test-de.target.jsonl"] == 3
    gold = json.loads((made.folder / "gold/bucc_pairs/test-de.json").read_bytes())
    assert len(gold["gold"]) == 3
    assert gold["sides"] == [2, 3]


def test_mining_reads_the_shared_tasks_files_and_marks_repeated_sentences(tmp_path: Path) -> None:
    own = full_export.bucc(tmp_path / "own", repeated=True)
    made = staged(own, tmp_path / "cache", targets=("bucc",))
    gold = json.loads((made.folder / "gold/bucc/test-fr.json").read_bytes())
    assert gold["sides"] == [8, 8]
    assert gold["repeated"] == [["fr-00000"], ["en-00000"]]
    assert ["fr-00003", "en-00003"] in gold["gold"]
    assert made.counts["data/bucc/dev-zh.source.jsonl"] == 8


def test_bucc_with_a_file_missing_or_broken_is_refused(tmp_path: Path) -> None:
    own = full_export.bucc(tmp_path)
    broken = own / "bucc2018/de-en/de-en.sample.en"
    broken.write_text("one field\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1 is not two fields"):
        staged(own, tmp_path / "cache", targets=("bucc",))
    broken.unlink()
    with pytest.raises(InputError, match="no BUCC dev files for de-en"):
        staged(own, tmp_path / "cache", targets=("bucc",))


def test_a_split_of_another_size_is_refused_with_both_sizes(export: Path, tmp_path: Path) -> None:
    request = Request(training=("hellaswag",), targets=(), folder=export)
    with pytest.raises(InputError, match=r"hellaswag default train has 6 rows, not 39,905"):
        stage(request, cache=tmp_path)
    assert not list(tmp_path.iterdir())  # nothing half done is left


def test_missing_data_are_named_with_the_command_that_gets_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'hf download nyu-mll/glue --repo-type dataset --include "mnli/\*"'):
        staged(tmp_path, tmp_path / "cache", "mnli")


def test_the_same_data_give_the_same_folder_and_other_data_another(export: Path, tmp_path: Path) -> None:
    first = staged(export, tmp_path / "a", "mnli", targets=("tatoeba",))
    again = staged(export, tmp_path / "a", "mnli", targets=("tatoeba",))
    other = staged(export, tmp_path / "b", "mnli", targets=("tatoeba",))
    assert first.sha256 == again.sha256 == other.sha256
    assert staged(export, tmp_path / "a", "mnli").sha256 != first.sha256
    assert folder.opened(tmp_path / "a", first.sha256).files == first.files


def test_every_file_that_was_read_is_recorded_by_hash(export: Path, tmp_path: Path) -> None:
    made = staged(export, tmp_path, "mnli")
    read = json.loads((made.folder / "sources.json").read_bytes())
    assert [one["part"] for one in read] == [
        "nyu-mll/glue mnli train",
        "nyu-mll/glue mnli validation_matched",
    ]
    assert all(len(file["sha256"]) == 64 for one in read for file in one["files"])
    assert str(export) not in (made.folder / "sources.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["data/mnli/train.jsonl", "files.json", "gold/tatoeba/test-de.json"])
def test_a_staged_file_that_was_changed_is_found_out(export: Path, tmp_path: Path, name: str) -> None:
    made = staged(export, tmp_path, "mnli", targets=("tatoeba",))
    file = made.folder / name
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(InputError, match="changed"):
        folder.opened(tmp_path, made.sha256)
