"""A model and the encoded rows of its tasks go in, the weights best on English dev rows come out.

Every random choice depends on seed, stage, step and place in the step alone, so a killed run resumes to the
same weights, and several processes make the same batches, orders and dropout masks as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from . import schedule, state
from .encode import Feature
from .model import autocast, logits, loss
from .plan import Plan, Recipe, Task
from .predict import Encoded, Setting, predict
from .scores import score


class Material(NamedTuple):
    """What a stage knows of one task."""

    task: Task
    train: Sequence[Feature]
    dev: Encoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One training; ``key`` names its random choices, alike in all arms, which are so compared in pairs."""

    name: str
    key: str
    epochs: int
    batch: int
    micro: int
    most_steps: int


@dataclass(slots=True)
class Progress:
    """Where a training stands: steps done, the best dev score, and the scores since that were no better."""

    step: int = 0
    best_step: int = 0
    best_score: float = -1.0
    misses: int = 0


class Trained(NamedTuple):
    """How a stage ended."""

    steps: int
    planned: int
    best_step: int
    best_score: float
    stopped: str


def train(
    model: Any,
    stage: Stage,
    materials: Mapping[str, Material],
    setting: Setting,
    folder: Path,
    tell: Callable[[int, str], None],
) -> Trained:
    """Train ``model`` in place and leave it with its best weights.

    ``tell`` hears of rows gone through, with words. ``folder`` keeps checkpoints; where it has
    one, the training goes on from it.
    """
    recipe = setting.plan.recipe
    rows = {name: len(material.train) for name, material in materials.items()}
    planned = steps_of(stage, rows)
    optimizer = _optimizer(model, recipe)
    at = _resumed(model, optimizer, folder)
    names = schedule.draws(rows, count=planned, seed=schedule.number(setting.plan.seed, stage.key, "draws"))
    taken = Counter(names[: at.step])
    tell(at.step * stage.batch, f"{stage.name}: at step {at.step} of {planned}")
    while at.step < planned and at.misses < recipe.dev_patience:
        name = names[at.step]
        factor = schedule.rate(at.step, count=planned, warmup=recipe.warmup)
        features = _batch(materials[name].train, name, taken[name], stage, setting.plan)
        _update(model, optimizer, (name, materials[name].task, features), (stage, at.step, factor), setting)
        taken[name] += 1
        at.step += 1
        tell(stage.batch, f"{stage.name}: step {at.step} of {planned}, best dev {at.best_score:.3f}")
        if at.step % recipe.dev_every == 0 or at.step == planned:
            _compare(model, at, materials, setting, folder)
        if recipe.checkpoint_every and at.step % recipe.checkpoint_every == 0:
            _checkpoint(model, optimizer, at, setting, folder)
    tell((planned - at.step) * stage.batch, f"{stage.name}: stopped at step {at.step} of {planned}")
    setting.worker.wait()
    load_best(model, folder, at.best_step)
    stopped = "early" if at.step < planned else ""
    return Trained(at.step, planned, at.best_step, round(at.best_score, 6), stopped)


def steps_of(stage: Stage, rows: Mapping[str, int]) -> int:
    """Return the steps that ``stage`` takes over so many ``rows`` (or windows of them) a task."""
    return schedule.steps_together(rows, batch=stage.batch, epochs=stage.epochs, most=stage.most_steps)


def _batch(features: Sequence[Feature], name: str, position: int, stage: Stage, plan: Plan) -> list[Feature]:
    """Return a task's batch ``position``, by length so that its parts are padded little."""
    seed = schedule.number(plan.seed, stage.key, name)
    numbers = schedule.batch_at(len(features), position, batch=stage.batch, seed=seed)
    return sorted((features[n] for n in numbers), key=lambda feature: feature.length)


def _update(
    model: Any,
    optimizer: Any,
    work: tuple[str, Task, list[Feature]],
    when: tuple[Stage, int, float],
    setting: Setting,
) -> None:
    """Take one optimizer step over a batch: its parts' gradients, weighted by rows, summed and clipped."""
    import torch

    plan, worker, tokenizer = setting
    (name, task, features), (stage, step, factor) = work, when
    model.train()
    for n, part in worker.mine(schedule.parts(features, stage.micro)):
        torch.manual_seed(schedule.number(plan.seed, stage.key, step, n))
        with autocast(plan):
            outputs = logits(model, name, task, part, pad=tokenizer.pad, device=worker.device)
        share = loss(outputs, task, part, device=worker.device) * (len(part) / len(features))
        share.backward()
    _add_up(model, name, setting)
    torch.nn.utils.clip_grad_norm_(model.parameters(), plan.recipe.clip)
    for group in optimizer.param_groups:
        group["lr"] = plan.recipe.rate * factor
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def _add_up(model: Any, name: str, setting: Setting) -> None:
    """Sum the gradients of the encoder and of the head at work; a process without a part adds zeros."""
    import torch

    if setting.worker.count == 1:
        return
    weights = [*model["encoder"].parameters(), *model["heads"][name].parameters()]
    for weight in weights:
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
    setting.worker.sum(weight.grad for weight in weights)


def _optimizer(model: Any, recipe: Recipe) -> Any:
    """Return AdamW (what the authors' code calls Adam); biases and layer norms do not decay."""
    import torch

    spared = ("bias", "LayerNorm.weight")
    named = list(model.named_parameters())
    groups = [
        {"params": [w for name, w in named if not name.endswith(spared)], "weight_decay": recipe.decay},
        {"params": [w for name, w in named if name.endswith(spared)], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.rate, eps=recipe.epsilon)


def _compare(
    model: Any, at: Progress, materials: Mapping[str, Material], setting: Setting, folder: Path
) -> None:
    """Score the first dev rows of every task, keep the weights if their mean is the best so far."""
    found = sum(_dev_score(model, name, material, setting) for name, material in materials.items())
    mean = found / len(materials)
    if mean <= at.best_score:
        at.misses += 1
        return
    at.best_step, at.best_score, at.misses = at.step, mean, 0
    if setting.worker.rank == 0:
        state.save(_best(folder, at.best_step), {"model": model.state_dict()})
        if not setting.plan.recipe.checkpoint_every:
            _drop_older(folder, at)


def _best(folder: Path, step: int) -> Path:
    return folder / f"best-{step}.pt"


def load_best(model: Any, folder: Path, step: int) -> None:
    """Give ``model`` the weights that were best, those of ``step``."""
    model.load_state_dict(state.load(_best(folder, step))["model"])


def _drop_older(folder: Path, at: Progress) -> None:
    """Remove best weights that neither this run nor the last checkpoint goes back to."""
    state.drop(*(path for path in folder.glob("best-*.pt") if path != _best(folder, at.best_step)))


def _dev_score(model: Any, name: str, material: Material, setting: Setting) -> float:
    some = first(material.dev, setting.plan.recipe.dev_rows)
    return score(some.rows, predict(model, name, material.task, some, setting), material.task)


def first(some: Encoded, count: int) -> Encoded:
    """Return the first ``count`` rows and their features."""
    return Encoded(some.rows[:count], [feature for feature in some.features if feature.row < count])


def _checkpoint(model: Any, optimizer: Any, at: Progress, setting: Setting, folder: Path) -> None:
    if setting.worker.rank == 0:
        content = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "at": asdict(at)}
        state.save(folder / "checkpoint.pt", content)
        _drop_older(folder, at)


def _resumed(model: Any, optimizer: Any, folder: Path) -> Progress:
    path = folder / "checkpoint.pt"
    if not path.exists():
        return Progress()
    found = state.load(path)
    model.load_state_dict(found["model"])
    optimizer.load_state_dict(found["optimizer"])
    return Progress(**found["at"])
