"""A checked plan goes in, every arm's stages are run in order, and their predictions lie in the out folder.

An arm: its intermediate stage, then retrieval with its encoder, then each target with a new head. Whatever is
done is kept under the state folder, so that a killed run repeats at most what came after its last checkpoint.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from . import rows as row_files
from . import state
from .encode import Tokenizer, encode
from .model import load
from .plan import Arm, Files, Plan, Target, Task
from .predict import Prediction, Setting, encoded, predict, retrieve
from .progress import TRAINED, Teller, files_cost, intermediate_cost, target_cost
from .refusal import Refusal
from .schedule import number
from .shuffle import shuffled
from .train import Material, Stage, Trained, load_best, steps_of, train
from .workers import Worker


class Places(NamedTuple):
    """Where the job reads, keeps its state (of this plan alone) and writes."""

    inputs: Path
    state: Path
    out: Path


class Run(NamedTuple):
    """What every stage of one run shares."""

    setting: Setting
    places: Places
    teller: Teller

    @property
    def plan(self) -> Plan:
        """Return the plan."""
        return self.setting.plan


def everything(worker: Worker, plan: Plan, places: Places) -> None:
    """Run the plan in this process, one of ``worker.count``; the first alone writes."""
    _check_files(plan, places.inputs)
    setting = Setting(plan, worker, Tokenizer(places.inputs / "model"))
    run = Run(setting, places, Teller(_cost(plan, places.inputs), silent=worker.rank > 0))
    for arm in plan.arms:
        _intermediate(arm, run)
        for files in plan.retrieval:
            _retrieval(arm, files, run)
        for target in plan.targets:
            _target(arm, target, run)
        worker.wait()
        if worker.rank == 0:
            state.drop(_folder(run, arm, "intermediate") / "encoder.pt")
    worker.wait()
    if worker.rank == 0:
        _hand_over(run)


def needed(plan: Plan) -> Iterator[str]:
    """Yield the name of every data file that ``plan`` reads, as "TASK/FILE"."""
    for task in sorted({task for arm in plan.arms for task in arm.tasks} | {t.train for t in plan.targets}):
        yield from (f"{task}/train.jsonl", f"{task}/dev.jsonl")
    for files in (files for target in plan.targets for files in target.predict):
        yield from (f"{files.task}/{name}.jsonl" for name in files.files)
    for files in plan.retrieval:
        yield from (
            f"{files.task}/{name}.{side}.jsonl" for name in files.files for side in ("source", "target")
        )


def _check_files(plan: Plan, inputs: Path) -> None:
    missing = [name for name in needed(plan) if not (inputs / "data" / name).is_file()]
    if missing:
        raise Refusal(f"data: {len(missing)} files are missing, first {missing[0]}")


def _cost(plan: Plan, inputs: Path) -> int:
    targets = sum(target_cost(inputs, plan, target.name) for target in plan.targets)
    retrieval = sum(files_cost(inputs, files) for files in plan.retrieval)
    intermediates = sum(intermediate_cost(inputs, plan, arm.name) for arm in plan.arms)
    return intermediates + len(plan.arms) * (targets + retrieval)


def _folder(run: Run, arm: Arm, stage: str) -> Path:
    return run.places.state / "arms" / arm.name / stage


def _predictions(run: Run, arm: Arm, task: str, name: str) -> Path:
    return run.places.state / "predictions" / arm.name / task / f"{name}.jsonl"


def _write(path: Path, predictions: list[Prediction], run: Run) -> None:
    if run.setting.worker.rank == 0:
        lines = (
            json.dumps(p, ensure_ascii=False, separators=(",", ":"), allow_nan=False) for p in predictions
        )
        state.write_text(path, "".join(f"{line}\n" for line in lines))


def _read(run: Run, name: str, task: Task, *, labelled: bool) -> list[row_files.Row]:
    return row_files.read(run.places.inputs / "data" / f"{name}.jsonl", task, labelled=labelled)


def _material(run: Run, name: str, *, placebo: bool) -> Material:
    """Return a task's encoded train and dev rows; ``placebo`` shuffles the labels of the train rows."""
    task, tokenizer = run.plan.tasks[name], run.setting.tokenizer
    train_rows = _read(run, f"{name}/train", task, labelled=True)
    if placebo:
        train_rows = shuffled(train_rows, seed=number(run.plan.seed, name, "placebo"))
    # places serve predictions alone, and are most of a span task's memory
    features = [f._replace(places=f.places[:0]) for f in encode(train_rows, task, tokenizer)]
    dev = encoded(_read(run, f"{name}/dev", task, labelled=True), task, tokenizer)
    return Material(task, features, dev)


def _model(run: Run, tasks: tuple[str, ...], key: str) -> Any:
    named = {name: run.plan.tasks[name] for name in tasks}
    model = load(run.places.inputs / "model", tasks=named, plan=run.plan, key=key)
    return model.to(run.setting.worker.device)


def _with_encoder(run: Run, arm: Arm, tasks: tuple[str, ...], key: str) -> Any:
    """Return the arm's encoder with new heads for ``tasks``."""
    model = _model(run, tasks, key)
    if arm.tasks:
        kept = state.load(_folder(run, arm, "intermediate") / "encoder.pt")
        model["encoder"].load_state_dict(kept["encoder"])
    return model


def _train(run: Run, model: Any, stage: Stage, materials: dict[str, Material], folder: Path) -> Trained:
    run.teller.total += _unforeseen(stage, materials) * stage.batch * TRAINED

    def tell(count: int, words: str) -> None:
        run.teller.add(count * TRAINED, f"{folder.parent.name}, {words}")

    return train(model, stage, materials, run.setting, folder, tell)


def _unforeseen(stage: Stage, materials: dict[str, Material]) -> int:
    """Return the steps that windows add to those of rows, known only once long contexts are cut."""
    features = {name: material.train for name, material in materials.items()}
    return steps_of(stage, {name: len(some) for name, some in features.items()}) - steps_of(
        stage, {name: some[-1].row + 1 for name, some in features.items()}
    )


def _finish(run: Run, folder: Path, trained: Trained) -> None:
    """Keep how the stage ended, drop what it would have resumed from."""
    if run.setting.worker.rank == 0:
        state.write_record(folder / "trained.json", trained._asdict())
        state.drop(folder / "checkpoint.pt")


def _intermediate(arm: Arm, run: Run) -> None:
    folder = _folder(run, arm, "intermediate")
    done = (folder / "trained.json").exists() or not arm.tasks
    if done:
        run.teller.add(intermediate_cost(run.places.inputs, run.plan, arm.name), f"{arm.name}: intermediate")
        return
    key = "intermediate " + " ".join(arm.tasks)
    stage = Stage(
        name="intermediate",
        key=key,
        epochs=arm.epochs,
        batch=arm.batch,
        micro=arm.micro,
        most_steps=arm.most_steps,
    )
    materials = {name: _material(run, name, placebo=arm.shuffled) for name in arm.tasks}
    model = _model(run, arm.tasks, key)
    trained = _train(run, model, stage, materials, folder)
    if run.setting.worker.rank == 0:
        state.save(folder / "encoder.pt", {"encoder": model["encoder"].state_dict()})
    _finish(run, folder, trained)
    run.setting.worker.wait()
    _drop_best(run, folder)


def _drop_best(run: Run, folder: Path) -> None:
    if run.setting.worker.rank == 0:
        state.drop(*folder.glob("best-*.pt"))


def _retrieval(arm: Arm, files: Files, run: Run) -> None:
    task, model = run.plan.tasks[files.task], None
    for name in files.files:
        path = _predictions(run, arm, files.task, name)
        if not path.exists():
            model = _with_encoder(run, arm, (), "retrieval") if model is None else model
            tokenizer = run.setting.tokenizer
            read = partial(_read, run, task=task, labelled=False)
            source, target = (read(f"{files.task}/{name}.{side}") for side in ("source", "target"))
            sides = encoded(source, task, tokenizer), encoded(target, task, tokenizer)
            _write(path, retrieve(model, task, sides, run.setting), run)
        run.setting.worker.wait()
        one = Files(task=files.task, files=(name,))
        run.teller.add(files_cost(run.places.inputs, one), f"{arm.name}, {files.task}: {name}")


def _target(arm: Arm, target: Target, run: Run) -> None:
    folder = _folder(run, arm, f"target-{target.name}")
    if (folder / "done.json").exists():
        run.teller.add(target_cost(run.places.inputs, run.plan, target.name), f"{arm.name}: {target.name}")
        return
    key = f"target {target.name}"
    model = _with_encoder(run, arm, (target.train,), key)
    trained = state.record(folder / "trained.json")
    if trained:
        load_best(model, folder, trained["best_step"])
    else:
        _train_target(model, target, key, run, folder)
    for files in target.predict:
        _predict(arm, target, files, model, run)
    _predict_dev(arm, target, model, run)
    run.setting.worker.wait()
    if run.setting.worker.rank == 0:
        state.write_record(folder / "done.json", {"predicted": len(target.predict)})
    _drop_best(run, folder)


def _train_target(model: Any, target: Target, key: str, run: Run, folder: Path) -> None:
    stage = Stage(
        name=target.name,
        key=key,
        epochs=target.epochs,
        batch=target.batch,
        micro=target.micro,
        most_steps=target.most_steps,
    )
    materials = {target.train: _material(run, target.train, placebo=False)}
    _finish(run, folder, _train(run, model, stage, materials, folder))


def _predict(arm: Arm, target: Target, files: Files, model: Any, run: Run) -> None:
    """Predict every file of a task with the head that was trained on the target's own training task."""
    task = run.plan.tasks[files.task]
    for name in files.files:
        path = _predictions(run, arm, files.task, name)
        if not path.exists():
            some = encoded(
                _read(run, f"{files.task}/{name}", task, labelled=False), task, run.setting.tokenizer
            )
            _write(path, predict(model, target.train, task, some, run.setting), run)
        run.setting.worker.wait()
        one = Files(task=files.task, files=(name,))
        run.teller.add(files_cost(run.places.inputs, one), f"{arm.name}, {files.task}: {name}")


def _predict_dev(arm: Arm, target: Target, model: Any, run: Run) -> None:
    task = run.plan.tasks[target.train]
    some = encoded(_read(run, f"{target.train}/dev", task, labelled=True), task, run.setting.tokenizer)
    _write(
        _predictions(run, arm, "dev", target.name), predict(model, target.train, task, some, run.setting), run
    )
    run.teller.add(len(some.rows), f"{arm.name}, {target.name}: dev")


def _hand_over(run: Run) -> None:
    """Copy all predictions to the out folder and say there how the stages ended."""
    import torch
    import transformers

    try:
        shutil.copytree(run.places.state / "predictions", run.places.out, dirs_exist_ok=True)
    except OSError as error:
        raise Refusal(f"predictions cannot be handed over: {error}; is the output limit too low?") from error
    stages = []
    for path in sorted(run.places.state.glob("arms/*/*/trained.json")):
        found = state.record(path) or {}
        stages.append({"arm": path.parent.parent.name, "stage": path.parent.name, **found})
    record = {
        "stages": stages,
        "device": run.plan.device,
        "processes": run.plan.processes,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    state.write_record(run.places.out / "run.json", record)
    run.teller.add(run.teller.total, "all predictions written")
