"""A rule and a sample go in; the comparisons that it asks for, then the outcome and its reason, come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from synth.records import Outcome
from synth.rules.effects import Judged, Measured, alone, family, measured
from synth.rules.samples import Sample, Values, differences, exact
from synth.rules.student import one_sided
from synth.rules.wording import chance, compared, number, points, seeds
from synth.trials import Effect, Rule

_Side = Literal["met", "missed", "unsettled"]


class Finding(NamedTuple):
    """An outcome and one sentence with the deciding figures."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """All comparisons of a rule; ``pairs`` holds what was looked for, None where no seed has it."""

    pairs: Mapping[tuple[str, str], Measured | None]
    over: Mapping[str, Judged]
    over_placebo: Mapping[str, Judged]
    placebo_over: Mapping[str, Judged]
    controls: Mapping[str, Judged]

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Every effect: arms, arms over placebos, placebos, controls, in the order of the rule."""
        groups = (self.over, self.over_placebo, self.placebo_over, self.controls)
        return tuple(judged.effect for group in groups for judged in group.values())


def compare(rule: Rule, sample: Sample) -> Compared:
    """Return every comparison of ``rule``; a tolerance compares arms with nothing ("")."""
    arms = rule.arms[:1] if rule.kind == "tolerance" else tuple(dict.fromkeys(rule.arms))
    placebos = {a: p for a, p in rule.placebos if a in arms and rule.kind == "improvement"}
    name, against = _against(rule, sample)
    values = {arm: sample.values(arm, rule.cells) for arm in (*arms, *placebos.values(), *rule.controls)}

    def over(arm: str) -> Measured | None:
        found = values[arm] if against is None else differences(values[arm], against)
        return measured(found, arm=arm, against=name)

    def over_placebo(arm: str) -> Measured | None:
        found = differences(values[arm], values[placebos[arm]])
        return measured(found, arm=arm, against=placebos[arm])

    one = {arm: over(arm) for arm in arms}
    two = {arm: over_placebo(arm) for arm in placebos}
    three = {arm: over(placebos[arm]) for arm in placebos}
    four = {arm: over(arm) for arm in dict.fromkeys(rule.controls)}
    return Compared(
        pairs={
            **{(arm, name): found for arm, found in one.items()},
            **{(arm, placebos[arm]): found for arm, found in two.items()},
            **{(arm, name): found for arm, found in four.items()},
        },
        over=_judged(one, rule, together=rule.kind == "improvement"),
        over_placebo=_judged(two, rule, together=True),
        placebo_over=_judged(three, rule, together=False),
        controls={
            arm: alone(m, confidence=rule.confidence, deterministic=rule.deterministic or m.p is None)
            for arm, m in four.items()
            if m is not None
        },
    )


def _against(rule: Rule, sample: Sample) -> tuple[str, Values | None]:
    if rule.kind == "tolerance":
        return "", None
    if rule.choices:
        return f"the best of {', '.join(rule.choices)}", sample.best(rule)
    return rule.against, sample.values(rule.against, rule.cells)


def _judged(found: Mapping[str, Measured | None], rule: Rule, *, together: bool) -> dict[str, Judged]:
    known = {arm: m for arm, m in found.items() if m is not None}
    if together:
        return family(known, confidence=rule.confidence, deterministic=rule.deterministic)
    return {
        arm: alone(m, confidence=rule.confidence, deterministic=rule.deterministic)
        for arm, m in known.items()
    }


def conclude(rule: Rule, found: Compared) -> Finding:
    """Return what ``rule`` says where every comparison has its seeds and its interval."""
    sides = {name: _side(control, rule) for name, control in found.controls.items()}
    for name, side in sides.items():
        if side != "missed":
            how = "meets the rule as well" if side == "met" else "does not clearly miss the rule"
            return Finding(
                Outcome.INCONCLUSIVE, f"no power: the control {name} {how} ({_said(found, name, rule)})"
            )
    match rule.kind:
        case "improvement":
            return _improvement(rule, found)
        case "equivalence":
            return _equivalence(rule, found)
        case "tolerance":
            return _tolerance(rule, found)
        case "proof":
            return Finding(Outcome.INCONCLUSIVE, "a proof is judged by its checks, not by measured rows")


def _said(found: Compared, control: str, rule: Rule) -> str:
    judged = found.controls[control]
    return _level(judged, rule) if rule.kind == "tolerance" else compared(judged, rule)


def _side(judged: Judged, rule: Rule) -> _Side:
    """Return whether the interval lies wholly on the rule's side, wholly on the other, or neither."""
    if judged.low is None or judged.high is None:
        return "unsettled"
    smallest = exact(rule.smallest)
    if rule.kind == "improvement":
        if judged.above and _rounded(judged.mean) >= smallest:
            return "met"
        return "missed" if judged.below(smallest) else "unsettled"
    low, high = _within(rule) or (-smallest, smallest)
    if low <= _rounded(judged.low) and _rounded(judged.high) <= high:
        return "met"
    outside = _rounded(judged.high) < low or _rounded(judged.low) > high
    return "missed" if outside else "unsettled"


def _within(rule: Rule) -> tuple[()] | tuple[Fraction, Fraction]:
    """Return the edges of a tolerance, () for a rule that has none."""
    if rule.kind != "tolerance" or rule.reported is None:
        return ()
    middle, tolerance = exact(rule.reported), exact(rule.tolerance)
    return middle - tolerance, middle + tolerance


def _rounded(value: Fraction) -> Fraction:
    """Return what is compared with a bound: 12 significant digits, so that 73.6 - 68.3 is 5.3."""
    return Fraction(f"{float(value):.12g}")


def _improvement(rule: Rule, found: Compared) -> Finding:
    smallest = exact(rule.smallest)
    base = {arm: _side(judged, rule) for arm, judged in found.over.items()}
    met = [arm for arm in base if base[arm] == "met" and _beyond_placebo(found, arm, rule)]
    explained = [
        arm for arm in base if base[arm] == "met" and arm not in met and _by_placebo(found, arm, smallest)
    ]
    negative = [arm for arm, judged in found.over.items() if judged.below(Fraction(0))]
    said = "; ".join(_clause(found, arm, rule) for arm in base)
    least = f"the smallest effect of interest, {points(rule.smallest, sign=False)} points"
    if len(met) == len(base):
        return Finding(Outcome.REPRODUCED, f"{said}: above 0 and at least {least}")
    if met:
        rest = f"{_list(negative)} is negative" if negative else "not for every arm"
        return Finding(Outcome.PARTIAL, f"{said}: holds for {_list(met)}, but {rest}")
    if explained:
        return Finding(Outcome.PARTIAL, f"{said}: the placebo explains the effect of {_list(explained)}")
    if all(side == "missed" for side in base.values()):
        return Finding(Outcome.FAILED, f"{said}: wholly below {least}")
    return Finding(Outcome.INCONCLUSIVE, f"{said}: neither shown nor ruled out against {least}")


def _beyond_placebo(found: Compared, arm: str, rule: Rule) -> bool:
    return arm not in found.over_placebo or _side(found.over_placebo[arm], rule) == "met"


def _by_placebo(found: Compared, arm: str, smallest: Fraction) -> bool:
    """Whether the arm adds nothing of interest to its placebo, or the placebo has an effect of its own."""
    return found.over_placebo[arm].below(smallest) or found.placebo_over[arm].above


def _clause(found: Compared, arm: str, rule: Rule) -> str:
    words = compared(found.over[arm], rule)
    placebo = found.over_placebo.get(arm)
    return f"{words}, {compared(placebo, rule, led=False)}" if placebo else words


def _equivalence(rule: Rule, found: Compared) -> Finding:
    sides = {arm: _side(judged, rule) for arm, judged in found.over.items()}
    said = "; ".join(f"{compared(judged, rule)}{_schuirmann(judged, rule)}" for judged in found.over.values())
    range_ = f"±{points(rule.smallest, sign=False)} points"
    met = [arm for arm, side in sides.items() if side == "met"]
    missed = [arm for arm, side in sides.items() if side == "missed"]
    if len(met) == len(sides):
        return Finding(Outcome.REPRODUCED, f"{said}: wholly within {range_}")
    if len(missed) == len(sides):
        return Finding(Outcome.FAILED, f"{said}: wholly outside {range_}")
    if met and missed:
        return Finding(
            Outcome.PARTIAL, f"{said}: within {range_} for {_list(met)}, outside for {_list(missed)}"
        )
    return Finding(Outcome.INCONCLUSIVE, f"{said}: neither within nor outside {range_}")


def _schuirmann(judged: Judged, rule: Rule) -> str:
    """Return the p of the two one-sided tests against +-smallest (Schuirmann 1987), the larger of the two."""
    if judged.effect.p is None:
        return ""
    edge = rule.smallest - abs(float(judged.mean))
    p = one_sided(edge / judged.error, judged.effect.n - 1)
    return f", two one-sided tests {chance(p)}"


def _tolerance(rule: Rule, found: Compared) -> Finding:
    judged = next(iter(found.over.values()))
    said = _level(judged, rule)
    reported = number(rule.reported or 0.0, bounds=_within(rule))
    range_ = f"the reported {reported} ± {number(rule.tolerance)}"
    match _side(judged, rule):
        case "met":
            return Finding(Outcome.REPRODUCED, f"{said}: within {range_}")
        case "missed":
            return Finding(Outcome.FAILED, f"{said}: outside {range_}")
        case "unsettled":
            return Finding(Outcome.INCONCLUSIVE, f"{said}: neither within nor outside {range_}")


def _level(judged: Judged, rule: Rule) -> str:
    effect, edges = judged.effect, _within(rule)
    words = f"{effect.arm} {rule.cells.metric} {number(effect.mean, bounds=edges)}"
    if effect.low is not None and effect.high is not None:
        words += f" [{number(effect.low, bounds=edges)}, {number(effect.high, bounds=edges)}]"
    return words if rule.deterministic and effect.n == 1 else f"{words} over {seeds(effect.n)}"


def _list(arms: list[str]) -> str:
    return ", ".join(arms)
