"""A sub-tier, a model and counts of rows in, arms, targets and plan.json out.

Effective batch, epochs and length are the authors' code's; ``micro`` (what goes through a GPU at once)
changes no result. A seed is one sealed run: every arm from the same pretrained weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synth.errors import UsageError
from synth.experiments._full.languages import BUCC_PAIRS
from synth.experiments._full.model import Model
from synth.experiments._full.program import schedule
from synth.experiments._full.staging import Request
from synth.experiments._full.tasks import TASKS, Task
from synth.trials import Arm, ArmRole

SCHEMA = "synth/full-plan-v1"
RECIPE = {
    "rate": 1e-5,
    "epsilon": 1e-8,
    "decay": 0.01,
    "warmup": 0.1,
    "clip": 1.0,
    "dev_every": 1000,
    "dev_patience": 30,
    "dev_rows": 500,
    "checkpoint_every": 1000,
    "predict_batch": 64,
}
BEST = ("mnli", "squad", "hellaswag")
"""The three intermediate tasks that the paper names as best; the rules judge these, the others are shown."""
MULTI, EQUAL, NONE, PLACEBO = "multi", "multi-equal", "none", "-placebo"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubTier:
    """How much of the paper is run; every sub-tier has a placebo for each arm that a rule judges."""

    name: str
    words: str
    singles: tuple[str, ...]
    targets: tuple[str, ...] = ()
    equal: bool = False


SUB_TIERS = {
    tier.name: tier
    for tier in (
        SubTier(name="retrieval-only", words="sentence retrieval, which has no training data", singles=BEST),
        SubTier(
            name="core",
            words="three intermediate tasks, three trained targets, and retrieval",
            singles=BEST,
            targets=("tydiqa", "pawsx", "xnli"),
            equal=True,
        ),
        SubTier(
            name="near-full",
            words="eight of nine intermediate tasks (CCG is licensed), all nine targets",
            singles=("anli", "mnli", "qqp", "squad_v2", "squad", "hellaswag", "cosmos", "csqa"),
            targets=("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa"),
            equal=True,
        ),
    )
}


def sub_tier(name: str) -> SubTier:
    """Return the sub-tier called ``name``; raises UsageError for one that does not exist."""
    if name not in SUB_TIERS:
        raise UsageError(f"no sub-tier called {name!r}", remedy=f"known: {', '.join(SUB_TIERS)}")
    return SUB_TIERS[name]


def retrieval(*, mining: bool) -> tuple[str, ...]:
    """Return the retrieval tasks: BUCC is mined where its own files are at hand, else its gold pairs."""
    return ("tatoeba", "bucc" if mining else "bucc_pairs")


def request(tier: SubTier, *, folder: Any, mining: bool, sizes: str) -> Request:
    """Return what has to be staged for ``tier``."""
    trained = [TASKS[name].trained_on for name in tier.targets]
    return Request(
        training=tuple(dict.fromkeys([*tier.singles, *trained])),
        targets=(*tier.targets, *retrieval(mining=mining)),
        folder=folder,
        sizes=sizes,
    )


def arms(tier: SubTier) -> tuple[Arm, ...]:
    """Return the rows of the design."""
    made = [_arm(NONE, "baseline", "no intermediate task")]
    made += [_arm(name, "intermediate", f"trained on {TASKS[name].words} first") for name in tier.singles]
    made += [
        _arm(name + PLACEBO, "placebo", f"trained on {TASKS[name].words} with shuffled labels first")
        for name in BEST
    ]
    every = ", ".join(tier.singles)
    made.append(_arm(MULTI, "multi", f"trained on {every} together first, drawn in proportion to their rows"))
    if tier.equal:
        made.append(
            _arm(EQUAL, "multi", f"{MULTI}, stopped after as many steps as the longest single task takes")
        )
    return tuple(made)


def build(
    tier: SubTier,
    *,
    model: Model,
    counts: Mapping[str, int],
    gpus: int,
    micro: int,
    tasks: tuple[str, ...],
) -> dict[str, Any]:
    """Return plan.json without its seed and fingerprint. ``counts`` are rows by staged file.

    ``tasks`` are the retrieval tasks; ``gpus`` 0 runs on the CPU in 32 bits (for samples).
    """
    training = dict.fromkeys([*tier.singles, *(TASKS[name].trained_on for name in tier.targets)])
    used = [*training, *tier.targets, *tasks]
    return {
        "schema": SCHEMA,
        "layer": model.layer,
        "device": "cuda" if gpus else "cpu",
        "precision": "bf16" if gpus else "fp32",
        "processes": max(1, gpus),
        "threads": 0 if gpus else 1,
        "recipe": RECIPE,
        "tasks": {name: _task(TASKS[name]) for name in dict.fromkeys(used)},
        "arms": [_arm_plan(arm, tier, counts=counts, micro=micro) for arm in arms(tier)],
        "targets": _targets(tier, counts=counts, micro=micro),
        "retrieval": [{"task": name, "files": _files(name, counts)} for name in tasks],
    }


def steps(
    counts: Mapping[str, int], names: tuple[str, ...], *, epochs: int, batch: int, most: int = 0
) -> int:
    """Return the optimizer steps of a stage over the tasks called ``names``."""
    rows = {name: counts[f"data/{name}/train.jsonl"] for name in names}
    return schedule.steps_together(rows, batch=batch, epochs=epochs, most=most)


def read(text: str) -> dict[str, Any]:
    """Return the plan that a spec holds as text."""
    raw: dict[str, Any] = json.loads(text)
    return raw


def written(plan: Mapping[str, Any]) -> str:
    """Return ``plan`` as a spec holds it: canonical JSON."""
    return json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _arm(name: str, role: ArmRole, words: str) -> Arm:
    return Arm(name=name, role=role, words=words)


def _arm_plan(arm: Arm, tier: SubTier, *, counts: Mapping[str, int], micro: int) -> dict[str, Any]:
    own = arm.name.removesuffix(PLACEBO)
    names = {NONE: (), MULTI: tier.singles, EQUAL: tier.singles}.get(arm.name, (own,))
    if not names:
        return {"name": arm.name, "tasks": []}
    longest = max(steps(counts, (name,), epochs=3, batch=32) for name in tier.singles)
    return {
        "name": arm.name,
        "tasks": list(names),
        "epochs": 3,
        "batch": 32,
        "micro": micro,
        "shuffled": arm.role == "placebo",
        "most_steps": longest if arm.name == EQUAL else 0,
    }


def _task(task: Task) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": task.kind, "length": task.length}
    match task.kind:
        case "classify" | "tag":
            made |= {"labels": list(task.labels), "metric": task.metric}
        case "choice":
            made |= {"choices": task.choices, "metric": task.metric}
        case "span":
            made |= {"stride": 128, "null": task.null, "nbest": 20, "longest": 30, "metric": task.metric}
        case "retrieve" if task.name == "tatoeba":
            made |= {"score": "cosine", "nearest": 1}
        case "retrieve":
            made |= {"score": "margin", "nearest": 1, "neighbours": 4, "keep": 30_000}
    return made


def _targets(tier: SubTier, *, counts: Mapping[str, int], micro: int) -> list[dict[str, Any]]:
    """Return the target stages; targets that share a training set are trained once."""
    made: dict[str, dict[str, Any]] = {}
    for name in tier.targets:
        task = TASKS[name]
        stage = made.setdefault(
            task.trained_on,
            {
                "name": task.trained_on,
                "train": task.trained_on,
                "epochs": task.epochs,
                "batch": task.batch,
                "micro": min(micro, task.batch),
                "most_steps": 0,
                "predict": [],
            },
        )
        stage["predict"].append({"task": name, "files": _files(name, counts)})
    return list(made.values())


def _files(name: str, counts: Mapping[str, int]) -> list[str]:
    """Return the stems of the files of ``name`` to be predicted, as they were staged."""
    task, start = TASKS[name], f"data/{name}/"
    if task.kind == "retrieve":
        codes = [code for code, _ in task.test] or list(BUCC_PAIRS)
        wanted = [(f"{split}-{code}", ".source.jsonl") for split in ("dev", "test") for code in codes]
    else:
        wanted = [(f"test-{code}", ".jsonl") for code, _ in task.test]
    return [stem for stem, end in wanted if f"{start}{stem}{end}" in counts]
