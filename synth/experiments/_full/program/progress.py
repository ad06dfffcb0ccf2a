"""Work done goes in, "@progress 0.25 words" lines come out, at most a thousand a run and free of clocks."""

from __future__ import annotations

from pathlib import Path

from . import rows, schedule
from .plan import Files, Plan

TRAINED = 3
"""A row trained on costs about three times a row predicted: forward, and twice that backward."""


class Teller:
    """Adds up rows gone through and prints the share of all, whenever it has grown by a thousandth."""

    def __init__(self, total: int, *, silent: bool) -> None:
        self.total = max(1, total)
        self.done = 0
        self.shown = -1
        self.silent = silent

    def add(self, cost: int, words: str) -> None:
        """Count ``cost`` more and show ``words``, if there is something new to show."""
        self.done = min(self.done + cost, self.total)
        share = self.done * 1000 // self.total
        if share > self.shown and not self.silent:
            self.shown = share
            print(f"@progress {share / 1000:.3f} {words}", flush=True)


def target_cost(inputs: Path, plan: Plan, name: str) -> int:
    """Return the cost of the target ``name`` of one arm: its training, its dev rows and what it predicts."""
    target = next(target for target in plan.targets if target.name == name)
    train = rows.count(inputs / "data" / target.train / "train.jsonl")
    dev = rows.count(inputs / "data" / target.train / "dev.jsonl")
    taken = schedule.steps(train, batch=target.batch, epochs=target.epochs, most=target.most_steps)
    return taken * target.batch * TRAINED + dev + sum(files_cost(inputs, files) for files in target.predict)


def intermediate_cost(inputs: Path, plan: Plan, name: str) -> int:
    """Return the cost of the intermediate stage of the arm ``name``."""
    arm = next(arm for arm in plan.arms if arm.name == name)
    if not arm.tasks:
        return 0
    counts = {task: rows.count(inputs / "data" / task / "train.jsonl") for task in arm.tasks}
    taken = schedule.steps_together(counts, batch=arm.batch, epochs=arm.epochs, most=arm.most_steps)
    return taken * arm.batch * TRAINED


def files_cost(inputs: Path, files: Files) -> int:
    """Return the rows of ``files``, both sides of a retrieval task."""
    folder = inputs / "data" / files.task
    ends = (".source.jsonl", ".target.jsonl")
    return sum(
        sum(rows.count(folder / f"{name}{end}") for end in ends)
        if (folder / f"{name}{ends[0]}").exists()
        else rows.count(folder / f"{name}.jsonl")
        for name in files.files
    )
