"""The full tier's program, run whole on tiny weights: every task, killed and resumed, in two processes."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import full_world
import pytest

from synth.experiments._full import program
from synth.experiments._full.program import main, train
from synth.experiments._full.program.refusal import Refusal

# looked for, not imported: torch and transformers take six seconds
if importlib.util.find_spec("torch") is None or importlib.util.find_spec("transformers") is None:
    pytest.skip("torch or transformers is not installed", allow_module_level=True)

PROGRAM = Path(program.__file__).parent
TARGETS = tuple(full_world.target(train) for train in ("mnli", "pawsx", "udpos", "panx", "squad", "tydiqa"))
RETRIEVAL = [{"task": "tatoeba", "files": ["test-de"]}, {"task": "bucc", "files": ["test-de"]}]
SIZES = {"epochs": 16, "batch": 8, "micro": 8}
LEARNT = {"rate": 6e-3, "dev_every": 1000, "checkpoint_every": 0, "dev_rows": 40}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a model, one without dropout and rows of every task."""
    folder = tmp_path_factory.mktemp("world")
    full_world.model(folder / "model")
    full_world.model(folder / "sure", dropout=0.0)
    full_world.data(folder / "data")
    return folder


@pytest.fixture(autouse=True)
def torch_as_found() -> Iterator[None]:
    """Give torch's settings of this process back after a run in it."""
    import torch

    threads, sure = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(sure)


def inputs(folder: Path, world: Path, model: str = "model", data: Path | None = None, **changes: Any) -> Path:
    """Return the input folder of a job in ``folder``."""
    made = folder / "inputs"
    made.mkdir(parents=True)
    (made / "model").symlink_to(world / model)
    (made / "data").symlink_to(data or world / "data")
    (made / "plan.json").write_text(json.dumps(full_world.plan(**changes)))
    return made


def run(folder: Path, world: Path, **given: Any) -> Path:
    """Run a plan in this process and return its out folder."""
    main.run(inputs(folder, world, **given), folder / "state", folder / "out")
    return folder / "out"


def learn(folder: Path, world: Path, *targets: full_world.Raw) -> Path:
    """Train on the rows below ``folder``/data until they are known, in windows that hold all of a row."""
    tasks = {name: {**task, "length": 96} for name, task in full_world.tasks().items()}
    given = {"tasks": tasks, "recipe": LEARNT, "targets": list(targets)}
    return run(folder / "job", world, model="sure", data=folder / "data", **given)


def command(folder: Path) -> list[str]:
    """Return the command that runs the program as a sealed job runs it."""
    places = [f"--{name}={folder / name}" for name in ("inputs", "state", "out")]
    return [sys.executable, "-I", str(folder / "program" / "main.py"), *places]


def staged(folder: Path) -> None:
    shutil.copytree(PROGRAM, folder / "program", ignore=shutil.ignore_patterns("__pycache__"))


def content(folder: Path) -> dict[str, str]:
    """Return every file below ``folder`` by its path there."""
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def rows(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def check_rows(found: list[Any], asked: list[Any], task: str) -> None:
    """Check that ``found`` are predictions of the rows ``asked``, in order and of the right form."""
    kind = full_world.tasks()[task]
    assert [row["id"] for row in found] == [row["id"] for row in asked]
    for row, other in zip(found, asked, strict=True):
        if kind["kind"] == "span":
            assert row["text"] in other["context"]
        elif kind["kind"] == "tag":
            assert len(row["tags"]) == len(other["words"])
            assert all(0 <= tag < len(kind["labels"]) for tag in row["tags"])
        else:
            assert 0 <= row["label"] < len(kind["labels"])


def test_every_intermediate_goes_to_every_target_and_to_retrieval(
    tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    all_nine = full_world.arm("multi", *full_world.INTERMEDIATES, most_steps=12)
    arms = [full_world.arm("none"), all_nine]
    out = run(tmp_path, world, arms=arms, targets=list(TARGETS), retrieval=RETRIEVAL)
    for arm in ("none", "multi"):
        for task, (trained, languages) in full_world.TESTS.items():
            for language in languages:
                name = f"{task}/test-{language}.jsonl"
                check_rows(rows(out / arm / name), rows(world / "data" / name), task)
            check_rows(
                rows(out / arm / "dev" / f"{trained}.jsonl"),
                rows(world / "data" / trained / "dev.jsonl"),
                task,
            )
    stages = json.loads((out / "run.json").read_text())["stages"]
    assert len(stages) == 2 * len(TARGETS) + 1
    assert {"arm": "multi", "stage": "intermediate", "planned": 12, "steps": 12}.items() <= next(
        stage for stage in stages if stage["stage"] == "intermediate"
    ).items()
    # weights and checkpoints are gone once nothing resumes from them
    assert not list((tmp_path / "state").rglob("*.pt"))
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    shares = [float(words[1]) for words in shown if words[0] == "@progress"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) == len(shown)


def test_each_intermediate_alone_leaves_another_encoder(tmp_path: Path, world: Path) -> None:
    names = full_world.INTERMEDIATES
    arms = [full_world.arm(name, name, most_steps=2) for name in names]
    placebos = [
        full_world.arm(f"placebo-{n}", n, most_steps=2, shuffled=True) for n in ("qqp", "squad", "hellaswag")
    ]
    arms = [full_world.arm("none"), *arms, *placebos]
    out = run(tmp_path, world, arms=arms, retrieval=RETRIEVAL[:1])
    found = {arm["name"]: (out / arm["name"] / "tatoeba/test-de.jsonl").read_text() for arm in arms}
    assert len(set(found.values())) == len(arms)


@pytest.mark.parametrize("name", ["mnli", "tydiqa", "panx"])
def test_what_rows_teach_is_learnt(name: str, tmp_path: Path, world: Path) -> None:
    full_world.data(tmp_path / "data", train=40, dev=40, test=40)
    task, (_, languages) = next((t, v) for t, v in full_world.TESTS.items() if v[0] == name)
    out = learn(tmp_path, world, full_world.target(name, **SIZES))
    golds = rows(tmp_path / "data" / name / "dev.jsonl")
    made = rows(out / "none" / "dev" / f"{name}.jsonl")
    right = [_agrees(row, gold) for row, gold in zip(made, golds, strict=True)]
    assert sum(right) >= 36
    tests = out / "none" / task / f"test-{languages[0]}.jsonl"
    assert len({json.dumps({**row, "id": ""}) for row in rows(tests)}) > 1


def _agrees(row: Any, gold: Any) -> bool:
    if "answers" in gold:
        return bool(row["text"] == gold["answers"][0]["text"])
    return bool(row.get("label") == gold.get("label") and row.get("tags") == gold.get("tags"))


def test_choices_and_unanswerable_questions_are_learnt(tmp_path: Path, world: Path) -> None:
    full_world.data(tmp_path / "data", train=40, dev=40)
    names = ("hellaswag", "squad_v2")
    out = learn(tmp_path, world, *(full_world.target(train, **SIZES, predict=[]) for train in names))
    golds = rows(tmp_path / "data" / "hellaswag" / "dev.jsonl")
    made = rows(out / "none" / "dev" / "hellaswag.jsonl")
    assert sum(_agrees(row, gold) for row, gold in zip(made, golds, strict=True)) >= 36
    golds = rows(tmp_path / "data" / "squad_v2" / "dev.jsonl")
    made = rows(out / "none" / "dev" / "squad_v2.jsonl")
    empty = [(row["text"] == "", gold["answers"] == []) for row, gold in zip(made, golds, strict=True)]
    assert sum(said == meant for said, meant in empty) >= 36


def test_retrieval_of_the_raw_model_is_the_mean_of_the_layer(tmp_path: Path, world: Path) -> None:
    import torch
    from tokenizers import Tokenizer
    from transformers import XLMRobertaModel

    out = run(tmp_path, world, retrieval=RETRIEVAL, layer=2)
    encoder = XLMRobertaModel.from_pretrained(world / "model", add_pooling_layer=False).eval()
    tokenizer = Tokenizer.from_file(str(world / "model" / "tokenizer.json"))

    def unit(task: str, side: str) -> Any:
        found = []
        for row in rows(world / "data" / task / f"test-de.{side}.jsonl"):
            with torch.no_grad():
                ids = torch.tensor([tokenizer.encode(row["text"]).ids])
                state = encoder(ids, output_hidden_states=True).hidden_states[2][0].mean(dim=0)
            found.append(state / state.norm())
        return torch.stack(found)

    similar = unit("tatoeba", "source") @ unit("tatoeba", "target").T
    for n, row in enumerate(rows(out / "none/tatoeba/test-de.jsonl")):
        best = similar[n].sort(descending=True)
        assert row["scores"] == pytest.approx(best.values[:2].tolist(), abs=1e-5)
        assert row["near"][0] == f"t{best.indices[0]}"
    similar = unit("bucc", "source") @ unit("bucc", "target").T
    means = similar.topk(3, dim=1).values.mean(dim=1), similar.topk(3, dim=0).values.mean(dim=0)
    ratio = similar / ((means[0][:, None] + means[1][None, :]) / 2)
    found = rows(out / "none/bucc/test-de.jsonl")
    assert [row["side"] for row in found] == ["source"] * 5 + ["target"] * 5
    for row in found:
        number, other = int(row["id"][1:]), int(row["near"][0][1:])
        cell = (number, other) if row["side"] == "source" else (other, number)
        assert row["scores"][0] == pytest.approx(float(ratio[cell]), abs=1e-5)


def test_smaller_parts_of_a_batch_change_nothing_but_sums(tmp_path: Path, world: Path) -> None:
    found = []
    # unclipped and with a large epsilon, as Adam hides a gradient's size otherwise
    recipe = {"clip": 1e6, "epsilon": 0.5, "rate": 0.2}
    for micro in (4, 2, 1):
        arms = [full_world.arm("qa", "squad", "mnli", micro=micro)]
        given = {"arms": arms, "recipe": recipe, "retrieval": RETRIEVAL[:1]}
        out = run(tmp_path / str(micro), world, model="sure", **given)
        found.append([row["scores"] for row in rows(out / "qa/tatoeba/test-de.jsonl")])
    for other in found[1:]:
        assert other == [pytest.approx(scores, abs=2e-4) for scores in found[0]]


def test_two_processes_make_what_one_makes(tmp_path: Path, world: Path) -> None:
    given: dict[str, Any] = {
        "arms": [full_world.arm("qa", "squad", "mnli", most_steps=8)],
        "targets": [full_world.target("panx")],
        "retrieval": RETRIEVAL[:1],
    }
    one = run(tmp_path / "one", world, **given)
    two = tmp_path / "two"
    inputs(two, world, **given, processes=2)
    staged(two)
    done = subprocess.run(command(two), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((two / "out" / "run.json").read_text())["processes"] == 2
    for name in ("qa/tatoeba/test-de.jsonl", "qa/panx/test-sw.jsonl"):
        made, other = rows(one / name), rows(two / "out" / name)
        for row, same in zip(made, other, strict=True):
            assert row.pop("scores", []) == pytest.approx(same.pop("scores", []), abs=2e-4)
            assert row == same


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path: Path, world: Path) -> None:
    given: dict[str, Any] = {
        "arms": [full_world.arm("qa", "squad", "mnli", epochs=4)],
        "targets": [full_world.target("panx")],
        "retrieval": RETRIEVAL,
    }
    whole = run(tmp_path / "whole", world, **given)
    inputs(tmp_path / "cut", world, **given)
    staged(tmp_path / "cut")
    job = subprocess.Popen(command(tmp_path / "cut"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "cut" / "state").rglob("qa/intermediate/checkpoint.pt")):
        assert job.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(job.pid, signal.SIGKILL)
    _, said = job.communicate()
    assert (job.returncode, said) == (-signal.SIGKILL, b"")
    assert not (tmp_path / "cut" / "out").exists()
    assert not list((tmp_path / "cut" / "state").rglob("qa/intermediate/trained.json"))
    main.run(tmp_path / "cut" / "inputs", tmp_path / "cut" / "state", tmp_path / "cut" / "out")
    assert content(tmp_path / "cut" / "out") == content(whole)


@pytest.mark.parametrize("stop", [2, 3, 5, 9, 14])
def test_a_run_broken_off_at_any_write_resumes_to_the_same_bytes(
    stop: int, tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synth.experiments._full.program import state

    given: dict[str, Any] = {
        "arms": [full_world.arm("mnli", "mnli")],
        "targets": [full_world.target("squad", most_steps=3)],
        "retrieval": RETRIEVAL[:1],
    }
    whole = run(tmp_path / "whole", world, **given)
    writes = 0
    write = state.write

    def torn(file: IO[bytes]) -> None:
        file.write(b"torn")
        raise KeyboardInterrupt

    def breaking(path: Path, save: Any) -> None:
        nonlocal writes
        writes += 1
        write(path, torn if writes == stop else save)

    monkeypatch.setattr(state, "write", breaking)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", world, **given)
    monkeypatch.undo()
    main.run(tmp_path / "cut" / "inputs", tmp_path / "cut" / "state", tmp_path / "cut" / "out")
    assert content(tmp_path / "cut" / "out") == content(whole)


def test_a_dev_score_that_rises_no_more_stops_the_training(tmp_path: Path, world: Path) -> None:
    recipe = {"dev_every": 1, "dev_patience": 2, "rate": 1e-9}
    out = run(tmp_path, world, recipe=recipe, targets=[full_world.target("mnli", epochs=9)])
    stage = json.loads((out / "run.json").read_text())["stages"][0]
    assert (stage["best_step"], stage["steps"], stage["planned"], stage["stopped"]) == (1, 3, 27, "early")


def test_the_best_weights_go_on_and_not_the_last(
    tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for patience in (1, 3):
        scores = iter([0.5, 0.9, *[0.1] * 20])
        monkeypatch.setattr(train, "score", lambda *_, scores=scores: next(scores))
        arms = [full_world.arm("mnli", "mnli", epochs=9)]
        recipe = {"dev_every": 1, "dev_patience": patience, "checkpoint_every": 3 * (patience - 1)}
        out = run(tmp_path / str(patience), world, recipe=recipe, arms=arms)
        stage = json.loads((out / "run.json").read_text())["stages"][0]
        assert (stage["best_step"], stage["steps"]) == (2, 2 + patience)
        found.append((out / "mnli/tatoeba/test-de.jsonl").read_text())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layer": 3}, "2 layers, and the plan pools at layer 3"),
        (
            {"tasks": {**full_world.tasks(), "long": {**full_world.tasks()["mnli"], "length": 512}}},
            "positions",
        ),
        (
            {"targets": [full_world.target("mnli", predict=[{"task": "xnli", "files": ["test-xx"]}])]},
            "missing",
        ),
    ],
)
def test_what_cannot_be_run_is_refused(
    changes: dict[str, Any], words: str, tmp_path: Path, world: Path
) -> None:
    with pytest.raises(Refusal, match=words):
        run(tmp_path, world, retrieval=RETRIEVAL, **changes)
    assert not (tmp_path / "out").exists()


def test_a_refusal_is_one_line_and_exit_code_2(
    tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    inputs(tmp_path, world, device="cuda", processes=99)
    assert main.main(command(tmp_path)[3:]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"refused: 99 GPUs are planned, \d+ can be seen here\n", said.err)


def test_what_one_of_two_processes_refuses_ends_both(tmp_path: Path, world: Path) -> None:
    inputs(tmp_path, world, processes=2, retrieval=[{"task": "tatoeba", "files": ["test-xx"]}])
    staged(tmp_path)
    done = subprocess.run(command(tmp_path), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    said = done.stderr.splitlines()
    assert said[0] == "refused: data: 2 files are missing, first tatoeba/test-xx.source.jsonl"
    assert said[-1] == "refused: one of 2 processes could not go on, see the line above"


def test_a_full_gpu_is_refused_with_the_remedy() -> None:
    import torch

    from synth.experiments._full.program import plan, workers

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    raw = full_world.plan()
    kept = {key: raw[key] for key in ("schema", "seed", "fingerprint", "layer", "device", "precision")}
    recipe = plan.Recipe(**raw["recipe"])
    nothing: Any = {"recipe": recipe, "tasks": {}, "arms": (), "targets": (), "retrieval": ()}
    with pytest.raises(Refusal, match="memory of cpu is full; plan a smaller micro"):
        workers.run(full, plan.Plan(**kept, **nothing, processes=1, threads=1))


def test_damaged_state_is_refused_with_the_remedy(tmp_path: Path, world: Path) -> None:
    given: dict[str, Any] = {"arms": [full_world.arm("mnli", "mnli")], "retrieval": RETRIEVAL}
    run(tmp_path / "whole", world, **given)
    key = next((tmp_path / "whole" / "state").iterdir()).name
    damaged = tmp_path / "cut" / "state" / key / "arms" / "mnli" / "intermediate" / "checkpoint.pt"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"PK not a checkpoint")
    with pytest.raises(Refusal, match=r"checkpoint\.pt cannot be read; remove the state folder"):
        run(tmp_path / "cut", world, **given)
