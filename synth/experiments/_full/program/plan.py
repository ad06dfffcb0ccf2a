"""plan.json goes in, a checked plan comes out; anything unknown, missing or odd is refused with its place."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from .refusal import Refusal

SCHEMA = "synth/full-plan-v1"
KINDS = ("classify", "choice", "span", "tag", "retrieve")
METRICS = ("accuracy", "accuracy_f1", "span", "entities")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MOST_BYTES = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How every stage is trained; ``decay`` spares biases and layer norms, as in the authors' code."""

    rate: float
    epsilon: float
    decay: float
    warmup: float
    clip: float
    dev_every: int
    dev_patience: int
    dev_rows: int
    checkpoint_every: int
    predict_batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What rows of a task look like and how they are cut; what a kind does not use keeps its default."""

    kind: str
    length: int
    metric: str = ""
    labels: tuple[str, ...] = ()
    choices: int = 0
    stride: int = 0
    null: bool = False
    nbest: int = 20
    longest: int = 30
    score: str = ""
    nearest: int = 1
    neighbours: int = 4
    keep: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """An intermediate stage, or none where ``tasks`` is empty."""

    name: str
    tasks: tuple[str, ...]
    epochs: int = 0
    batch: int = 0
    micro: int = 0
    shuffled: bool = False
    most_steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Files of ``task`` to be predicted, each "SPLIT-LANGUAGE"."""

    task: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target stage: what it is trained on and what is then predicted."""

    name: str
    train: str
    epochs: int
    batch: int
    micro: int
    predict: tuple[Files, ...]
    most_steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that one seed does; see the parent package for each key."""

    schema: str
    seed: int
    fingerprint: str
    layer: int
    device: str
    precision: str
    processes: int
    threads: int
    recipe: Recipe
    tasks: dict[str, Task]
    arms: tuple[Arm, ...]
    targets: tuple[Target, ...]
    retrieval: tuple[Files, ...]


def read(path: Path) -> Plan:
    """Return the plan in ``path``; raises Refusal with the place of what is wrong."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Refusal(f"{path.name}: larger than {_MOST_BYTES} bytes")
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refusal(f"{path.name}: {error}") from error
    plan: Plan = _built(Plan, raw, "plan")
    _check(plan)
    return plan


def _built(kind: Any, raw: object, where: str) -> Any:
    """Return ``raw`` as a record of the dataclass ``kind``, every key known and of its type."""
    if not isinstance(raw, dict):
        raise Refusal(f"{where}: an object is wanted")
    hints = get_type_hints(kind)
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    for wrong, words in ((set(raw) - set(hints), "unknown"), (needed - set(raw), "missing")):
        if wrong:
            raise Refusal(f"{where}: {words}: {', '.join(sorted(map(str, wrong)))}")
    return kind(**{key: _value(hints[key], value, f"{where}.{key}") for key, value in raw.items()})


def _value(hint: Any, value: object, where: str) -> Any:
    """Return ``value`` as what ``hint`` says: a tuple, a dict of records, a record or a scalar."""
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_value(get_args(hint)[0], item, f"{where}[{n}]") for n, item in enumerate(value))
    if get_origin(hint) is dict and isinstance(value, dict):
        return {key: _value(get_args(hint)[1], item, f"{where}.{key}") for key, item in value.items()}
    if hasattr(hint, "__dataclass_fields__"):
        return _built(hint, value, where)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        wanted = getattr(hint, "__name__", hint)
        raise Refusal(f"{where}: {wanted} is wanted, not {type(value).__name__}")
    return value


def _need(holds: bool, words: str) -> None:
    if not holds:
        raise Refusal(f"plan: {words}")


def _check(plan: Plan) -> None:
    _need(plan.schema == SCHEMA, f"schema is {plan.schema!r}, not {SCHEMA!r}")
    _need(plan.device in ("cpu", "cuda"), "device is neither cpu nor cuda")
    _need(plan.precision in ("fp32", "bf16"), "precision is neither fp32 nor bf16")
    _need(plan.precision == "fp32" or plan.device == "cuda", "bf16 needs cuda")
    _need(plan.processes >= 1 and plan.threads >= 0 and plan.layer >= 0, "a count is negative")
    _check_recipe(plan.recipe)
    for name, task in plan.tasks.items():
        _check_task(name, task)
    for names in ([arm.name for arm in plan.arms], [target.name for target in plan.targets]):
        _need(len(set(names)) == len(names), "a name is used twice")
    _need(bool(plan.arms), "no arms")
    _need(bool(plan.targets or plan.retrieval), "nothing is to be predicted")
    for arm in plan.arms:
        _check_arm(arm, plan)
    for target in plan.targets:
        _check_target(target, plan)
    for files in plan.retrieval:
        _check_files(files, plan, ("retrieve",))


def _check_recipe(recipe: Recipe) -> None:
    counts = (recipe.dev_every, recipe.dev_patience, recipe.dev_rows, recipe.predict_batch)
    _need(min(counts) > 0 and recipe.checkpoint_every >= 0, "a count of the recipe is too small")
    _need(0 < recipe.rate < 1 and 0 < recipe.epsilon < 1 and recipe.clip > 0, "rate, epsilon or clip is odd")
    _need(0 <= recipe.warmup <= 1 and 0 <= recipe.decay < 1, "warmup or decay is odd")


def _check_task(name: str, task: Task) -> None:
    _check_name(name)
    _need(name != "dev", "a task is called dev, where predictions of dev rows lie")
    _need(task.kind in KINDS, f"task {name}: kind is none of {', '.join(KINDS)}")
    _need(8 <= task.length <= 512, f"task {name}: length is not between 8 and 512")
    _need(task.kind == "retrieve" or task.metric in METRICS, f"task {name}: metric is unknown")
    _need(task.kind not in ("classify", "tag") or len(task.labels) > 1, f"task {name}: no labels")
    _need(task.kind != "choice" or task.choices > 1, f"task {name}: no choices")
    _need(task.kind != "span" or 0 <= task.stride < task.length // 2, f"task {name}: stride is odd")
    _need(min(task.nbest, task.longest, task.nearest) > 0 and task.keep >= 0, f"task {name}: a count is odd")
    _need(task.kind != "retrieve" or task.score in ("cosine", "margin"), f"task {name}: score is unknown")
    _need(task.nearest <= task.neighbours or task.score != "margin", f"task {name}: nearest above neighbours")


def _check_arm(arm: Arm, plan: Plan) -> None:
    _check_name(arm.name)
    for task in arm.tasks:
        _need(task in plan.tasks, f"arm {arm.name}: no task {task}")
        _need(plan.tasks[task].kind != "retrieve", f"arm {arm.name}: {task} cannot be trained on")
        _need(not (arm.shuffled and plan.tasks[task].kind == "tag"), f"arm {arm.name}: tags are not shuffled")
    if arm.tasks:
        _check_sizes(f"arm {arm.name}", arm.epochs, arm.batch, arm.micro, arm.most_steps)


def _check_target(target: Target, plan: Plan) -> None:
    _check_name(target.name)
    _need(target.train in plan.tasks, f"target {target.name}: no task {target.train}")
    trained = plan.tasks[target.train]
    _need(trained.kind != "retrieve", f"target {target.name}: {target.train} cannot be trained on")
    _check_sizes(f"target {target.name}", target.epochs, target.batch, target.micro, target.most_steps)
    for files in target.predict:
        _check_files(files, plan, (trained.kind,))
        same = plan.tasks[files.task].labels == trained.labels
        _need(same, f"target {target.name}: {files.task} has other labels than {target.train}")


def _check_files(files: Files, plan: Plan, kinds: tuple[str, ...]) -> None:
    _need(files.task in plan.tasks, f"no task {files.task}")
    _need(plan.tasks[files.task].kind in kinds, f"task {files.task} is not of kind {kinds[0]}")
    for name in files.files:
        _check_name(name)


def _check_sizes(where: str, epochs: int, batch: int, micro: int, most: int) -> None:
    _need(min(epochs, batch, micro) > 0 and most >= 0, f"{where}: epochs, batch or micro is not positive")
    _need(batch % micro == 0, f"{where}: micro does not divide batch")


def _check_name(name: str) -> None:
    _need(_NAME.fullmatch(name) is not None, f"{name!r} is no name (letters, digits, _ and -, 64 at most)")
