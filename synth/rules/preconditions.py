"""A precondition and the rows go in; whether it held, with the figures, comes out."""

from __future__ import annotations

from synth.rules.effects import alone, measured
from synth.rules.samples import Sample, differences, exact
from synth.rules.wording import points, seeds
from synth.trials import Held, Precondition, Rule


def check(condition: Precondition, rule: Rule, sample: Sample) -> Held:
    """Return whether ``condition`` holds; one whose rows are missing does not."""
    held, found = (_above if condition.kind == "above" else _between)(condition, rule, sample)
    return Held(words=condition.words, held=held, found=found)


def _above(condition: Precondition, rule: Rule, sample: Sample) -> tuple[bool, str]:
    name = f"{condition.arm} over {condition.other}"
    values = differences(
        sample.values(condition.arm, condition.cells), sample.values(condition.other, condition.cells)
    )
    found = measured(values, arm=condition.arm, against=condition.other)
    if found is None:
        return False, f"{name}: no seed has both"
    judged = alone(found, confidence=rule.confidence, deterministic=rule.deterministic)
    words = f"{name} {points(float(judged.mean))}"
    if judged.low is None or judged.high is None:
        return False, f"{words} over {seeds(found.n)}, which allow no interval"
    if found.n > 1:
        words += f" [{points(float(judged.low))}, {points(float(judged.high))}]"
    return judged.above, f"{words} over {seeds(found.n)}"


def _between(condition: Precondition, rule: Rule, sample: Sample) -> tuple[bool, str]:  # noqa: ARG001
    values = sample.values(condition.arm, condition.cells)
    if not values:
        return False, f"{condition.arm}: no seed has every cell"
    mean = sum(values.values(), exact(0)) / len(values)
    held = exact(condition.low) < mean < exact(condition.high)
    bounds = (condition.low, condition.high)
    limits = " and ".join(points(bound, bounds=(), sign=False) for bound in bounds)
    shown = points(float(mean), bounds=bounds, sign=False)
    return held, f"{condition.arm} {shown} over {seeds(len(values))}, to lie between {limits}"
