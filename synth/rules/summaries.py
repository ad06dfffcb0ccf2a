"""Measured rows go in, what a page shows of them comes out: each cell over seeds, arm against arm."""

from __future__ import annotations

from collections.abc import Sequence

from synth.rules.effects import alone, measured
from synth.rules.samples import Sample, differences
from synth.trials import Arm, Cell, Cells, Row

_COMPARED = ("intermediate", "multi", "placebo")


def cells(rows: Sequence[Row], *, confidence: float) -> tuple[Cell, ...]:
    """Return every arm's mean over seeds in every cell, in the order of the rows."""
    sample = Sample(rows)
    places = dict.fromkeys((r.arm, r.task, r.language, r.split, r.metric) for r in rows)
    found = (_cell(sample, rows, *place, against="", confidence=confidence) for place in places)
    return tuple(one for one in found if one is not None)


def contrasts(rows: Sequence[Row], *, arms: Sequence[Arm], confidence: float) -> tuple[Cell, ...]:
    """Return each intermediate, multi and placebo arm minus the first baseline, in each test cell."""
    baseline = next((arm.name for arm in arms if arm.role == "baseline"), None)
    compared = {arm.name for arm in arms if arm.role in _COMPARED}
    if baseline is None:
        return ()
    sample = Sample(rows)
    places = dict.fromkeys(
        (r.arm, r.task, r.language, r.split, r.metric)
        for r in rows
        if r.arm in compared and r.split == "test"
    )
    found = (_cell(sample, rows, *place, against=baseline, confidence=confidence) for place in places)
    return tuple(one for one in found if one is not None)


def _cell(
    sample: Sample,
    rows: Sequence[Row],
    arm: str,
    task: str,
    language: str,
    split: str,
    metric: str,
    *,
    against: str,
    confidence: float,
) -> Cell | None:
    here = Cells(metric=metric, tasks=(task,), languages=(language,), split=split)
    values = sample.values(arm, here)
    if against:
        values = differences(values, sample.values(against, here))
    found = measured(values, arm=arm, against=against)
    if found is None:
        return None
    place = (arm, task, language, split, metric)
    items = max(r.n for r in rows if (r.arm, r.task, r.language, r.split, r.metric) == place)
    effect = alone(found, confidence=confidence, deterministic=False).effect
    return Cell(task=task, language=language, split=split, metric=metric, effect=effect, items=items)
