"""The full tier's measuring: perfect, hostile and real predictions, each cell that a rule reads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import full_export
import full_world
import pytest
from full_export import lines, prepared, wanted

from synth.errors import InputError
from synth.experiments._full import bucc, experiment
from synth.experiments._full import plan as plans
from synth.trials import Row, Spec


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny export of every data set."""
    return full_export.export(tmp_path_factory.mktemp("export"), full_export.EVERYTHING)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a model's folder that nobody can load."""
    return full_export.model(tmp_path / "model")


# measuring


@pytest.fixture(scope="module")
def run(export: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Spec, Path, Path]:
    """Return a spec of near-full, a folder of perfect predictions and the gold; put back what you change."""
    place = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SYNTH_HOME", str(place / "home"))
        spec, job = prepared(export, full_export.model(place / "model"), sub_tier="near-full")
    gold, outputs = place / "gold", place / "outputs"
    for name, content in job.gold:
        (gold / name).parent.mkdir(parents=True, exist_ok=True)
        (gold / name).write_bytes(content)
    for arm in spec.arms:
        for file in gold.rglob("*.json"):
            perfect = outputs / arm.name / file.relative_to(gold).with_suffix(".jsonl")
            answer(perfect, json.loads(file.read_bytes()))
    return spec, outputs, gold


@contextmanager
def put_back(*files: Path) -> Iterator[None]:
    """Put ``files`` back as they were, whatever became of them."""
    before = {file: file.read_bytes() for file in files}
    try:
        yield
    finally:
        for file, content in before.items():
            if file.is_dir() and not file.is_symlink():
                file.rmdir()
            else:
                file.unlink(missing_ok=True)
            file.write_bytes(content)


def answer(file: Path, known: dict[str, Any]) -> None:
    """Write perfect predictions for the gold ``known``."""
    kind, gold = known["kind"], known["gold"]
    if kind == "retrieve":
        rows = [{"id": s, "side": "source", "near": [t], "scores": [1.0]} for s, t in gold]
        rows += [{"id": t, "side": "target", "near": [s], "scores": [1.0]} for s, t in gold]
    elif kind == "span":
        rows = [{"id": name, "text": texts[0]} for name, texts in gold.items()]
    else:
        key = "tags" if kind == "tag" else "label"
        rows = [{"id": name, key: value} for name, value in gold.items()]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def measured(run: tuple[Spec, Path, Path]) -> tuple[Row, ...]:
    """Return the rows of the first seed."""
    spec, outputs, gold = run
    return experiment.measure(spec, spec.seeds[0], outputs=outputs, gold=gold)


def test_perfect_predictions_score_a_hundred_in_every_cell(run: tuple[Spec, Path, Path]) -> None:
    rows = measured(run)
    assert {row.value for row in rows} == {100.0}
    tested = {row.task for row in rows if row.split == "test" and row.language == "zero-shot"}
    assert tested == {"xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "tatoeba", "bucc_pairs"}
    dev = {row.task for row in rows if row.split == "dev" and row.metric == "score"}
    assert dev == {"xnli", "pawsx", "udpos", "panx", "xquad", "tydiqa"}
    assert {row.metric for row in rows if row.task == "mlqa"} == {"f1", "em", "score"}


def test_every_cell_that_a_rule_reads_is_measured(run: tuple[Spec, Path, Path]) -> None:
    spec, _, _ = run
    have = {(row.arm, row.task, row.language, row.split, row.metric) for row in measured(run)}
    for hypothesis in spec.hypotheses:
        rule = hypothesis.rule
        arms = {*rule.arms, *rule.choices, *(placebo for _, placebo in rule.placebos), rule.against} - {""}
        asked = [(arm, rule.cells) for arm in arms]
        asked += [(arm, rule.chosen_on) for arm in rule.choices if rule.chosen_on]
        asked += [(condition.arm, condition.cells) for condition in rule.preconditions]
        for arm, cells in asked:
            for task in cells.tasks:
                assert (arm, task, cells.languages[0], cells.split, cells.metric) in have


def test_zero_shot_leaves_english_out_and_counts_each_language_alike(run: tuple[Spec, Path, Path]) -> None:
    _, outputs, gold = run
    files = [outputs / f"none/pawsx/test-{code}.jsonl" for code in ("en", "de")]
    known = [json.loads((gold / f"pawsx/test-{code}.json").read_bytes()) for code in ("en", "de")]
    known[0]["gold"] = {name: 1 - label for name, label in known[0]["gold"].items()}
    known[1]["gold"]["0"] = 1 - known[1]["gold"]["0"]
    with put_back(*files):
        for file, wrong in zip(files, known, strict=True):
            answer(file, wrong)
        every = measured(run)
    rows = [row for row in every if (row.arm, row.task, row.metric) == ("none", "pawsx", "score")]
    by_code = {row.language: row.value for row in rows if row.split == "test"}
    assert by_code["en"] == 0.0
    assert by_code["de"] == pytest.approx(500 / 6)
    assert by_code["zero-shot"] == pytest.approx((500 / 6 + 500) / 6)
    assert by_code["all"] == pytest.approx((500 / 6 + 500) / 7)


def first(file: Path, **changes: object) -> None:
    """Change keys of the first row of ``file``."""
    rows = lines(file)
    rows[0] |= changes
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


HOSTILE: list[tuple[str, str, Callable[[Path], object]]] = [
    ("missing", "xnli/test-sw", lambda f: f.unlink()),
    ("link", "xnli/test-sw", lambda f: (f.rename(f.with_suffix(".x")), f.symlink_to(f.with_suffix(".x")))),
    ("folder", "xnli/test-sw", lambda f: (f.unlink(), f.mkdir())),
    ("empty", "xnli/test-sw", lambda f: f.write_bytes(b"")),
    ("no JSON", "xnli/test-sw", lambda f: f.write_bytes(b"{\n")),
    ("deep", "xnli/test-sw", lambda f: f.write_bytes(b"[" * 100_000 + b"\n")),
    ("no object", "xnli/test-sw", lambda f: f.write_bytes(b"[1]\n")),
    ("too long", "xnli/test-sw", lambda f: f.write_bytes(b" " * 2_000_000 + b"{}\n")),
    ("one too few", "xnli/test-sw", lambda f: f.write_bytes(b"".join(f.read_bytes().splitlines(True)[1:]))),
    ("one too many", "xnli/test-sw", lambda f: f.write_bytes(f.read_bytes() + b'{"id": "77", "label": 0}\n')),
    ("twice", "xnli/test-sw", lambda f: first(f, id="1")),
    ("unknown id", "xnli/test-sw", lambda f: first(f, id="77")),
    ("id no text", "xnli/test-sw", lambda f: first(f, id=["0"])),
    ("label out of range", "xnli/test-sw", lambda f: first(f, label=3)),
    ("label negative", "xnli/test-sw", lambda f: first(f, label=-1)),
    ("label true", "xnli/test-sw", lambda f: first(f, label=True)),
    ("label NaN", "xnli/test-sw", lambda f: first(f, label=float("nan"))),
    ("text no text", "xquad/test-de", lambda f: first(f, text=None)),
    ("text huge", "xquad/test-de", lambda f: first(f, text="x" * 20_001)),
    ("tags short", "panx/test-de", lambda f: first(f, tags=[0])),
    ("tags odd", "panx/test-de", lambda f: first(f, tags=[0, 0, "O"])),
    ("dev", "dev/mnli", lambda f: first(f, label="x")),
    ("side", "tatoeba/test-de", lambda f: first(f, side="both")),
    ("no neighbour", "tatoeba/test-de", lambda f: first(f, near=[], scores=[])),
    ("neighbours uneven", "tatoeba/test-de", lambda f: first(f, scores=[1.0, 2.0])),
    ("neighbour no text", "tatoeba/test-de", lambda f: first(f, near=[{"id": 1}])),
    ("score NaN", "bucc_pairs/test-de", lambda f: first(f, scores=[float("nan")])),
    ("score no number", "bucc_pairs/test-de", lambda f: first(f, scores=["1"])),
    ("query unanswered", "tatoeba/test-de", lambda f: first(f, id="s77")),
]


@pytest.mark.parametrize(("name", "harm"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_hostile_predictions_are_refused_by_file(
    run: tuple[Spec, Path, Path], name: str, harm: Callable[[Path], object]
) -> None:
    _, outputs, _ = run
    file = outputs / "none" / f"{name}.jsonl"
    assert file.is_file()
    with put_back(file):
        harm(file)
        with pytest.raises(InputError, match=name):
            measured(run)


def test_mining_is_measured_with_the_threshold_of_its_dev_files(model: Path, tmp_path: Path) -> None:
    own = full_export.bucc(full_export.export(tmp_path / "own", ("mnli", "squad", "hellaswag", "tatoeba")))
    assert bucc.at_hand(own)
    spec, job = prepared(own, model)
    assert "mined from the shared task's files" in spec.words
    gold, outputs = tmp_path / "gold", tmp_path / "outputs"
    for name, content in job.gold:
        (gold / name).parent.mkdir(parents=True, exist_ok=True)
        (gold / name).write_bytes(content)
        for arm in spec.arms:
            answer(outputs / arm.name / Path(name).with_suffix(".jsonl"), json.loads(content))
    # a wrong pair between the right ones in the test: its own threshold would cut it, dev's does not
    wrong = {"id": "de-00007", "side": "source", "near": ["en-00007"], "scores": [0.9]}
    low = [
        {"id": f"de-0000{n}", "side": "source", "near": [f"en-0000{n}"], "scores": [0.8]} for n in range(4)
    ]
    for stem, rows in (("dev-de", low), ("test-de", [wrong, *[row | {"scores": [1.0]} for row in low]])):
        file = outputs / "none" / "bucc" / f"{stem}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    rows = {
        (row.split, row.metric): row.value
        for row in experiment.measure(spec, spec.seeds[0], outputs=outputs, gold=gold)
        if (row.arm, row.task, row.language) == ("none", "bucc", "de")
    }
    assert rows["dev", "f1"] == 100.0
    assert rows["test", "f1-tuned-on-itself"] == 100.0
    assert rows["test", "f1"] == rows["test", "score"] == pytest.approx(200 * 4 / (5 + 4))


# the whole of it


def test_the_programs_predictions_are_measured_in_every_cell(
    tmp_path: Path, export: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    place = tmp_path / "model"
    full_world.tokenizer(place)
    torch.manual_seed(0)
    config = transformers.XLMRobertaConfig(
        vocab_size=120,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=514,
        type_vocab_size=1,
        pad_token_id=1,
    )
    transformers.XLMRobertaModel(config, add_pooling_layer=False).save_pretrained(place)
    (place / "model.safetensors").chmod(0o644)  # transformers writes it for its owner alone
    spec = experiment.draft(wanted(export, place, sub_tier="core"))
    plan = plans.read(dict(spec.parameters)["plan"])
    plan["arms"] = [arm for arm in plan["arms"] if arm["name"] in ("none", "squad-placebo")]
    parameters = {**dict(spec.parameters), "plan": plans.written(plan)}
    spec = replace(spec, parameters=tuple(sorted(parameters.items())))
    job = experiment.prepare(spec, spec.seeds[0])
    inputs, outputs, gold = tmp_path / "inputs", tmp_path / "out", tmp_path / "gold"
    for root, files in ((inputs, job.files), (gold, job.gold)):
        for name, content in files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
    for name, kept in job.folders:
        (inputs / name).symlink_to(kept)
    outputs.mkdir()
    places = ["--inputs", str(inputs), "--out", str(outputs), "--state", str(tmp_path / "state")]
    argv = [sys.executable, "-I", str(inputs / "program" / "main.py"), *places]
    assert subprocess.run(argv, check=False).returncode == 0, capfd.readouterr().err
    rows = experiment.measure(spec, spec.seeds[0], outputs=outputs, gold=gold)
    assert {row.arm for row in rows} == {"none", "squad-placebo"}
    assert {row.task for row in rows} == {"tatoeba", "bucc_pairs", "xnli", "pawsx", "tydiqa"}
    assert len({row.language for row in rows if row.task == "tatoeba"}) == 36 + 2
