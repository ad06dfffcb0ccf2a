"""Counts of rows, a model and a GPU's name in, hours and GiB out: arithmetic, nothing measured.

Training costs 6 operations a token and parameter, prediction 2 (Kaplan et al. 2020, arXiv 2001.08361), the
vocabulary's vectors left out; a GPU is taken to reach 35 % of its peak. Activations after Korthikanti et al.
2022 (arXiv 2205.05198): s b h (34 + 5 a s / h) bytes a layer. Tokens a row are means stated in ``tasks``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synth.experiments._full.model import Model
from synth.experiments._full.plan import EQUAL, MULTI
from synth.experiments._full.program import schedule
from synth.experiments._full.tasks import TASKS

SHARE = 0.35
PEAK = {
    "H200": 989.0,
    "H100": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L4": 121.0,
    "A10": 125.0,
    "4090": 165.0,
    "3090": 71.0,
}
"""Dense bf16 peak in TFLOP/s as the makers state it, by what stands in the GPU's name (first match)."""
CPU_PEAK = 0.1
"""TFLOP/s of two cores in 32 bits, a guess: the CPU is for samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Arithmetic for one seed: tokens, hours, GiB of GPU memory, GiB of checkpoints and of returned files."""

    trained: float
    predicted: float
    hours: float
    gpu_gib: float
    state_gib: float


def estimate(plan: Mapping[str, Any], counts: Mapping[str, int], *, model: Model, peak: float) -> Estimate:
    """Return what one seed of ``plan`` costs on GPUs of ``peak`` TFLOP/s each."""
    trained, predicted = tokens(plan, counts)
    operations = (6 * trained + 2 * predicted) * model.body
    gpus = plan["processes"]
    seconds = operations / (SHARE * peak * 1e12 * gpus)
    return Estimate(
        trained=trained,
        predicted=predicted,
        hours=seconds / 3600,
        gpu_gib=memory(plan, model) / 2**30,
        state_gib=state_gib(model),
    )


def tokens(plan: Mapping[str, Any], counts: Mapping[str, int]) -> tuple[float, float]:
    """Return the tokens that one seed trains on and predicts, all arms together."""
    trained = predicted = 0.0
    singles = {arm["name"]: _passes(arm["tasks"], counts, arm.get("epochs", 0)) for arm in plan["arms"]}
    for arm in plan["arms"]:
        trained += _equal_share(arm, counts) * singles[arm["name"]]
        for target in plan["targets"]:
            trained += _passes([target["train"]], counts, target["epochs"])
            predicted += counts[f"data/{target['train']}/dev.jsonl"] * TASKS[target["train"]].tokens
        for files in (*(p for t in plan["targets"] for p in t["predict"]), *plan["retrieval"]):
            predicted += _rows(files, counts) * TASKS[files["task"]].tokens
    return trained, predicted


def memory(plan: Mapping[str, Any], model: Model) -> float:
    """Return the bytes of GPU memory at full length: weights, gradients and Adam in 32 bits, activations."""
    stages = [*plan["arms"], *plan["targets"]]
    micro = max((stage.get("micro", 0) for stage in stages), default=0) or plan["recipe"]["predict_batch"]
    length = max(task["length"] for task in plan["tasks"].values())
    heads = max(1, model.hidden // 64)
    layer: float = length * micro * model.hidden * (34 + 5 * heads * length / model.hidden)
    return 16.0 * model.parameters + layer * model.layers


def state_gib(model: Model) -> float:
    """Return the most GiB of checkpoints that are there at once."""
    return schedule.state_bytes(model.parameters) / 2**30


def peak_of(name: str) -> float | None:
    """Return the peak of the GPU called ``name`` in TFLOP/s, or None where it is not in the table."""
    return next((peak for part, peak in PEAK.items() if part in name), None)


def _passes(names: list[str], counts: Mapping[str, int], epochs: int) -> float:
    return float(sum(counts[f"data/{n}/train.jsonl"] * TASKS[n].tokens * epochs for n in names))


def _equal_share(arm: Mapping[str, Any], counts: Mapping[str, int]) -> float:
    """Return the share of its epochs that an arm with capped steps takes (1 for all others)."""
    if arm["name"] not in (MULTI, EQUAL) or not arm["most_steps"]:
        return 1.0
    rows = {name: counts[f"data/{name}/train.jsonl"] for name in arm["tasks"]}
    whole = schedule.steps_together(rows, batch=arm["batch"], epochs=arm["epochs"])
    return min(1.0, float(arm["most_steps"]) / whole)


def _rows(files: Mapping[str, Any], counts: Mapping[str, int]) -> int:
    ends = (".source.jsonl", ".target.jsonl", ".jsonl")
    names = (f"data/{files['task']}/{stem}{end}" for stem in files["files"] for end in ends)
    return sum(counts.get(name, 0) for name in names)
