"""The verdict rules: what rows make of a hypothesis, and what no rows can."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth import rules
from synth.records import Outcome
from synth.rules import student
from synth.rules.effects import family, measured
from synth.rules.samples import exact
from synth.rules.wording import number
from synth.trials import Cells, Hypothesis, Judgement, Precondition, Row, Rule

CELLS = Cells(metric="F1", tasks=("qa",), languages=("B", "C"))
DEV = replace(CELLS, split="dev")
NONE = (40.0, 41.0, 39.0, 42.0, 38.0, 40.5, 39.5, 41.5)
NOISE = (0.3, -0.4, 0.6, -0.2, 0.1, -0.5, 0.4, -0.3)


def shifted(by: float, *, noise: float = 1.0) -> tuple[float, ...]:
    return tuple(value + by + noise * jitter for value, jitter in zip(NONE, NOISE, strict=True))


def rows(arms: Mapping[str, Sequence[float]], *, cells: Cells = CELLS) -> list[Row]:
    return [
        Row(
            seed=seed,
            arm=arm,
            task=task,
            language=language,
            split=cells.split,
            metric="F1",
            value=value,
            n=50,
        )
        for arm, values in arms.items()
        for seed, value in enumerate(values)
        for task in cells.tasks
        for language in cells.languages
    ]


def improvement(**changed: object) -> Rule:
    stated: dict[str, object] = {"kind": "improvement", "cells": CELLS, "arms": ("qa",), "against": "none"}
    return Rule(**{**stated, **changed})  # type: ignore[arg-type]


def tolerance(**changed: object) -> Rule:
    stated: dict[str, object] = {"kind": "tolerance", "cells": CELLS, "arms": ("qa",), "reported": 5.4}
    return Rule(**{**stated, **changed})  # type: ignore[arg-type]


def judge(rule: Rule, found: Sequence[Row], *, repeatable: bool | None = None) -> Judgement:
    hypothesis = Hypothesis(key="h", claim="c1", text="a claim", at_claim_scale=True, rule=rule)
    return rules.judge(hypothesis, found, repeatable=repeatable)


PLACEBO = (("qa", "shuffled"),)

# --- Student's t


# Two-sided 95 % points of Student's t as printed to ten decimals in tables (df 1 and 2 have closed forms).
POINTS = {
    1: 12.7062047362,
    2: 4.3026527297,
    3: 3.1824463053,
    4: 2.7764451052,
    5: 2.5705818356,
    7: 2.3646242516,
    11: 2.2009851601,
    30: 2.0422724563,
    120: 1.9799304051,
}


@pytest.mark.parametrize(("df", "point"), POINTS.items())
def test_the_quantile_of_t_is_the_tabulated_one(df: int, point: float) -> None:
    assert student.quantile(0.95, df) == pytest.approx(point, abs=1e-9)
    assert student.two_sided(point, df) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize("t", [0.0, 0.1, 1.0, 2.5, 12.0, 1e6])
def test_the_tails_of_one_and_two_degrees_are_their_closed_forms(t: float) -> None:
    assert student.two_sided(t, 1) == pytest.approx(1 - 2 / math.pi * math.atan(t), abs=1e-12)
    assert student.two_sided(t, 2) == pytest.approx(1 - t / math.sqrt(2 + t * t), abs=1e-12)
    assert student.one_sided(-t, 2) == pytest.approx(1 - student.one_sided(t, 2), abs=1e-15)


def test_t_agrees_with_scipy_where_it_is_installed() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    for df in (1, 2, 3, 4, 7, 19, 29, 500, 20_000):
        for t in (0.0, 0.5, 1.7, 2.2, 4.0, 9.0, 40.0):
            assert student.two_sided(t, df) == pytest.approx(2 * stats.t.sf(t, df), abs=1e-9)
        for confidence in (0.5, 0.9, 0.95, 0.975, 0.99, 0.9999):
            expected = stats.t.ppf((1 + confidence) / 2, df)
            assert student.quantile(confidence, df) == pytest.approx(expected, rel=1e-9)


def test_t_refuses_what_has_no_meaning() -> None:
    with pytest.raises(ValueError, match="degrees"):
        student.two_sided(1.0, 0)
    with pytest.raises(ValueError, match="confidence"):
        student.quantile(1.0, 3)
    assert student.two_sided(math.inf, 3) == 0.0


# --- improvement


def test_an_arm_above_baseline_and_placebo_is_reproduced_with_its_figures() -> None:
    found = judge(
        improvement(placebos=PLACEBO),
        rows({"none": NONE, "qa": shifted(12), "shuffled": shifted(-1, noise=-1)}),
    )
    assert found.outcome is Outcome.REPRODUCED
    assert found.reason.startswith("qa over none +12.0 points [+11.7, +12.3] over 8 seeds (p < .001)")
    assert "over shuffled +13.0 [" in found.reason
    assert [(e.arm, e.against) for e in found.effects] == [
        ("qa", "none"),
        ("qa", "shuffled"),
        ("shuffled", "none"),
    ]


def test_the_interval_is_students_over_seeds_to_the_last_digit() -> None:
    found = judge(improvement(arms=("qa",)), rows({"none": NONE, "qa": shifted(12)}))
    effect = found.effects[0]
    mean = sum(NOISE) / 8
    error = math.sqrt(sum((x - mean) ** 2 for x in NOISE) / 7 / 8)
    assert effect.mean == pytest.approx(12 + mean, abs=1e-12)
    assert effect.low == pytest.approx(12 + mean - 2.364624251592785 * error, abs=1e-9)
    assert effect.high == pytest.approx(12 + mean + 2.364624251592785 * error, abs=1e-9)
    assert effect.n == 8


def test_an_effect_that_the_placebo_has_too_is_partial() -> None:
    found = judge(
        improvement(placebos=PLACEBO),
        rows({"none": NONE, "qa": shifted(6), "shuffled": shifted(6, noise=-4)}),
    )
    assert found.outcome is Outcome.PARTIAL
    assert "placebo explains" in found.reason


def test_a_placebo_too_noisy_to_explain_anything_leaves_it_open() -> None:
    found = judge(
        improvement(placebos=PLACEBO),
        rows({"none": NONE, "qa": shifted(6), "shuffled": shifted(2, noise=-40)}),
    )
    assert found.outcome is Outcome.INCONCLUSIVE


def test_one_arm_that_holds_beside_one_that_harms_is_partial() -> None:
    found = judge(
        improvement(arms=("qa", "nli")), rows({"none": NONE, "qa": shifted(12), "nli": shifted(-8)})
    )
    assert found.outcome is Outcome.PARTIAL
    assert "holds for qa, but nli is negative" in found.reason


def test_one_arm_that_holds_beside_one_that_is_open_is_no_reproduction() -> None:
    found = judge(
        improvement(arms=("qa", "nli")), rows({"none": NONE, "qa": shifted(12), "nli": shifted(1, noise=30)})
    )
    assert found.outcome is Outcome.PARTIAL


@pytest.mark.parametrize("by", [-8.0, 0.0, 1.0])
def test_an_interval_below_the_smallest_effect_is_failed(by: float) -> None:
    found = judge(improvement(), rows({"none": NONE, "qa": shifted(by)}))
    assert found.outcome is Outcome.FAILED


def test_a_sure_effect_below_the_smallest_is_no_reproduction() -> None:
    found = judge(improvement(), rows({"none": NONE, "qa": shifted(1.8, noise=1.5)}))
    assert found.effects[0].low is not None
    assert found.effects[0].low > 0
    assert found.outcome is Outcome.INCONCLUSIVE


def test_a_wide_interval_settles_nothing() -> None:
    found = judge(improvement(), rows({"none": NONE, "qa": shifted(3, noise=30)}))
    assert found.outcome is Outcome.INCONCLUSIVE


def test_the_best_single_arm_is_chosen_seed_by_seed_on_development() -> None:
    rule = improvement(arms=("multi",), against="", choices=("qa", "nli"), chosen_on=DEV)
    test = rows({"multi": shifted(10), "qa": shifted(5), "nli": shifted(1)})
    development = rows({"qa": [9.0] * 4 + [1.0] * 4, "nli": [1.0] * 4 + [9.0] * 4}, cells=DEV)
    found = judge(rule, [*test, *development])
    assert found.effects[0].against == "the best of qa, nli"
    assert found.effects[0].mean == pytest.approx((4 * 5 + 4 * 9) / 8)


def test_a_choice_without_anything_to_choose_on_has_no_power() -> None:
    rule = improvement(arms=("multi",), against="", choices=("qa",))
    found = judge(rule, rows({"multi": shifted(10), "qa": shifted(5)}))
    assert found.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(("control", "outcome"), [(12.0, Outcome.INCONCLUSIVE), (0.0, Outcome.REPRODUCED)])
def test_a_control_that_passes_too_takes_the_power_away(control: float, outcome: Outcome) -> None:
    found = judge(
        improvement(controls=("labels",)), rows({"none": NONE, "qa": shifted(12), "labels": shifted(control)})
    )
    assert found.outcome is outcome


# --- what keeps a rule from speaking


def test_four_seeds_have_no_power_where_five_are_asked_for() -> None:
    found = judge(improvement(), rows({"none": NONE[:4], "qa": shifted(12)[:4]}))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason == "no power: qa over none has 4 seeds with every cell measured, the rule asks for 5"


def test_a_seed_without_all_its_cells_does_not_count() -> None:
    found = [
        r
        for r in rows({"none": NONE, "qa": shifted(12)})
        if not (r.arm == "qa" and r.language == "C" and r.seed < 4)
    ]
    assert "has 4 seeds" in judge(improvement(), found).reason


@pytest.mark.parametrize("missing", ["none", "qa", "shuffled"])
def test_a_missing_arm_has_no_power(missing: str) -> None:
    arms = {"none": NONE, "qa": shifted(12), "shuffled": shifted(0)}
    del arms[missing]
    found = judge(improvement(placebos=PLACEBO), rows(arms))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "no power" in found.reason


def test_seeds_that_do_not_vary_have_no_interval() -> None:
    found = judge(improvement(), rows({"none": NONE, "qa": [v + 12 for v in NONE]}))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "does not vary" in found.reason
    assert found.effects[0].low is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_a_value_that_is_no_number_makes_the_rows_unusable(value: float) -> None:
    found = judge(improvement(), rows({"none": NONE, "qa": (value, *shifted(12)[1:])}))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason == "unusable rows: F1 of qa in seed 0 is no usable number"


def test_a_cell_measured_twice_makes_the_rows_unusable() -> None:
    measured_rows = rows({"none": NONE, "qa": shifted(12)})
    found = judge(improvement(), [*measured_rows, replace(measured_rows[-1], value=90.0)])
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "twice" in found.reason


def test_a_fault_in_rows_that_the_rule_does_not_read_changes_nothing() -> None:
    found = judge(improvement(), rows({"none": NONE, "qa": shifted(12), "other": [math.nan] * 8}))
    assert found.outcome is Outcome.REPRODUCED


@pytest.mark.parametrize(
    "condition",
    [
        Precondition(words="alignment above untrained", kind="above", cells=CELLS, arm="qa", other="raw"),
        Precondition(
            words="none off the ceiling", kind="between", cells=CELLS, arm="none", low=2, high=40.25
        ),
        Precondition(words="measured at all", kind="between", cells=CELLS, arm="absent"),
        Precondition(words="measured at all", kind="above", cells=CELLS, arm="qa", other="absent"),
    ],
)
def test_a_precondition_that_fails_leaves_everything_open(condition: Precondition) -> None:
    arms = {"none": [v + 0.3 for v in NONE], "qa": shifted(12), "raw": shifted(12, noise=-9)}
    found = judge(improvement(preconditions=(condition,)), rows(arms))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason.startswith(f"precondition: {condition.words} does not hold")
    assert not found.preconditions[0].held


def test_preconditions_that_hold_are_listed_with_their_figures() -> None:
    conditions = (
        Precondition(words="aligned", kind="above", cells=CELLS, arm="qa", other="raw"),
        Precondition(words="off floor and ceiling", kind="between", cells=CELLS, arm="none", low=2, high=98),
    )
    found = judge(
        improvement(preconditions=conditions),
        rows({"none": NONE, "qa": shifted(12), "raw": shifted(0, noise=2)}),
    )
    assert found.outcome is Outcome.REPRODUCED
    assert found.preconditions[0].found == "qa over raw +12.0 [+11.7, +12.3] over 8 seeds"
    assert found.preconditions[1].found == "none 40.2 over 8 seeds, to lie between 2.0 and 98.0"


# --- equivalence


@pytest.mark.parametrize(
    ("by", "noise", "outcome"),
    [
        (0.2, 1.0, Outcome.REPRODUCED),
        (5.0, 1.0, Outcome.FAILED),
        (-5.0, 1.0, Outcome.FAILED),
        (1.9, 1.0, Outcome.INCONCLUSIVE),
        (0.0, 20.0, Outcome.INCONCLUSIVE),
    ],
)
def test_equivalence_is_the_whole_interval_within_the_range(
    by: float, noise: float, outcome: Outcome
) -> None:
    found = judge(improvement(kind="equivalence"), rows({"none": NONE, "qa": shifted(by, noise=noise)}))
    assert found.outcome is outcome
    assert "two one-sided tests" in found.reason


# --- tolerance


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (5.4, Outcome.REPRODUCED),
        (5.5, Outcome.REPRODUCED),
        (73.6 - 68.3, Outcome.REPRODUCED),  # 5.299999999999997: on the edge as printed
        (5.51, Outcome.FAILED),
        (5.2999, Outcome.FAILED),
    ],
)
def test_a_value_on_the_edge_of_a_tolerance_is_within(value: float, outcome: Outcome) -> None:
    rule = tolerance(tolerance=0.1, deterministic=True)
    assert judge(rule, rows({"qa": [value]}), repeatable=True).outcome is outcome


@pytest.mark.parametrize(("repeatable", "word"), [(False, "other bytes"), (None, "second time")])
def test_one_value_that_was_not_repeated_settles_nothing(repeatable: bool | None, word: str) -> None:
    found = judge(tolerance(deterministic=True), rows({"qa": [5.4]}), repeatable=repeatable)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason.startswith("nondeterministic")
    assert word in found.reason


@pytest.mark.parametrize(
    ("reported", "width", "outcome"),
    [(40.2, 2.0, Outcome.REPRODUCED), (50.0, 2.0, Outcome.FAILED), (41.5, 1.0, Outcome.INCONCLUSIVE)],
)
def test_a_tolerance_over_seeds_asks_for_the_whole_interval(
    reported: float, width: float, outcome: Outcome
) -> None:
    assert judge(tolerance(reported=reported, tolerance=width), rows({"qa": NONE})).outcome is outcome


@pytest.mark.parametrize(("control", "outcome"), [(5.4, Outcome.INCONCLUSIVE), (9.0, Outcome.REPRODUCED)])
def test_a_control_within_the_tolerance_takes_the_power_away(control: float, outcome: Outcome) -> None:
    rule = tolerance(tolerance=0.1, deterministic=True, controls=("altered",))
    found = judge(rule, rows({"qa": [5.4], "altered": [control]}), repeatable=True)
    assert found.outcome is outcome


def test_a_control_that_was_not_measured_takes_the_power_away() -> None:
    rule = tolerance(tolerance=0.1, deterministic=True, controls=("altered",))
    assert judge(rule, rows({"qa": [5.4]}), repeatable=True).outcome is Outcome.INCONCLUSIVE


def test_a_proof_is_never_judged_by_rows() -> None:
    rule = Rule(kind="proof", cells=CELLS, arms=("qa",))
    assert judge(rule, rows({"qa": NONE}), repeatable=True).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("values", "reported", "width", "reason"),
    [
        (
            (80.0, 85.0, 75.0, 82.5, 79.75),
            80.0,
            2.0,
            "qa F1 80.45 [75.83, 85.07] over 5 seeds: neither within",
        ),
        (
            (80.123456789,) * 2,
            80.0,
            2.0,
            "qa F1 80.12 [80.12, 80.12] over 2 seeds: within the reported 80 ± 2",
        ),
        ((433000.0,), 433000.0, 500.0, "qa F1 433000: within the reported 433000 ± 500"),
        ((1 / 3,), 0.33, 0.01, "qa F1 0.3333: within the reported 0.33 ± 0.01"),
        ((-0.00123456,), 0.0, 0.01, "qa F1 −0.001235: within the reported 0 ± 0.01"),
        ((123456.789,), 123450.0, 50.0, "qa F1 123456.79: within the reported 123450 ± 50"),
        # never across an edge: 5.2999 is not 5.3 where 5.3 is within
        ((5.29996,), 5.4, 0.1, "qa F1 5.29996: outside the reported 5.4 ± 0.1"),
        ((73.6 - 68.3,), 5.4, 0.1, "qa F1 5.3: within the reported 5.4 ± 0.1"),
        ((0.123451,), 0.12345, 0.000001, "qa F1 0.123451: within the reported 0.12345 ± 0.000001"),
    ],
)
def test_figures_of_a_level_are_short_and_on_their_side_of_the_edges(
    values: tuple[float, ...], reported: float, width: float, reason: str
) -> None:
    rule = tolerance(reported=reported, tolerance=width, deterministic=len(values) < 5)
    found = judge(rule, rows({"qa": values}), repeatable=True)
    assert found.reason.startswith(reason)
    assert found.effects[0].mean == pytest.approx(sum(values) / len(values), abs=1e-12)


def test_seeds_that_all_gave_one_level_are_told_with_it_and_the_way_out() -> None:
    found = judge(tolerance(), rows({"qa": [80.4] * 5}))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason == (
        "no power: qa is 80.4 in each of 5 seeds, so there is no interval; "
        "a rule marked deterministic needs one seed run twice"
    )


@given(st.floats(-1e9, 1e9), st.floats(-1e6, 1e6))
def test_no_figure_is_shown_on_the_other_side_of_an_edge(value: float, edge: float) -> None:
    shown = Fraction(number(value, bounds=(exact(edge),)).replace("−", "-"))
    due = Fraction(f"{value:.12g}")
    assert (shown > exact(edge)) - (shown < exact(edge)) == (due > exact(edge)) - (due < exact(edge))
    assert abs(Fraction(number(value).replace("−", "-")) - due) <= max(Fraction("0.00501"), abs(due) / 1000)


# --- properties

_VALUES = st.one_of(
    st.floats(-5, 105), st.sampled_from([math.nan, math.inf, 1e308, -1e99, 0.0, 1e-320]), st.floats()
)
_ROWS = st.lists(
    st.builds(
        Row,
        seed=st.integers(0, 7),
        arm=st.sampled_from(["none", "qa", "nli", "shuffled", "labels"]),
        task=st.just("qa"),
        language=st.sampled_from(["B", "C"]),
        split=st.sampled_from(["test", "dev"]),
        metric=st.just("F1"),
        value=_VALUES,
        n=st.integers(0, 9),
    ),
    max_size=40,
)
_RULES = st.builds(
    Rule,
    kind=st.sampled_from(["improvement", "equivalence", "tolerance"]),
    cells=st.sampled_from([CELLS, replace(CELLS, languages=("B",)), replace(CELLS, tasks=())]),
    arms=st.sampled_from([("qa",), ("qa", "nli"), ("qa", "qa")]),
    against=st.sampled_from(["none", "qa"]),
    choices=st.sampled_from([(), ("nli", "none")]),
    chosen_on=st.sampled_from([None, DEV]),
    placebos=st.sampled_from([(), PLACEBO, (("nli", "shuffled"), ("qa", "shuffled"))]),
    controls=st.sampled_from([(), ("labels",)]),
    smallest=st.sampled_from([0.0, 2.0, 1e9]),
    reported=st.sampled_from([0.0, 50.0, -1e80]),
    tolerance=st.sampled_from([0.0, 5.0]),
    least_seeds=st.sampled_from([0, 1, 2, 5]),
    deterministic=st.booleans(),
    preconditions=st.sampled_from(
        [(), (Precondition(words="w", kind="above", cells=CELLS, arm="qa", other="none"),)]
    ),
)


@given(_RULES, _ROWS, st.sampled_from([True, False, None]))
def test_any_rows_get_an_outcome_and_a_reason(rule: Rule, found: list[Row], repeatable: bool | None) -> None:
    judged = judge(rule, found, repeatable=repeatable)
    assert judged.outcome in (
        Outcome.REPRODUCED,
        Outcome.PARTIAL,
        Outcome.FAILED,
        Outcome.INCONCLUSIVE,
    )
    assert judged.reason
    assert all(math.isfinite(effect.mean) for effect in judged.effects)
    if judged.outcome is not Outcome.INCONCLUSIVE and not rule.deterministic:
        assert all(
            effect.n >= max(2, rule.least_seeds) for effect in judged.effects if effect.low is not None
        )
        assert {row.seed for row in found if math.isfinite(row.value)}


@given(_RULES, st.lists(st.floats(0, 100), min_size=24, max_size=24), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rule: Rule, values: list[float], order: random.Random) -> None:
    found = rows({"none": values[:6], "qa": values[6:12], "nli": values[12:18], "shuffled": values[18:]})
    shuffled = list(found)
    order.shuffle(shuffled)
    assert judge(rule, shuffled, repeatable=True) == judge(rule, found, repeatable=True)


_EIGHT = st.lists(st.floats(-3, 3), min_size=8, max_size=8)


@given(_EIGHT, _EIGHT, st.floats(-5, 15), st.floats(-5, 15), st.floats(0, 50))
def test_what_the_placebo_gains_with_the_arm_reproduces_nothing(
    arm: list[float], placebo: list[float], by: float, also: float, added: float
) -> None:
    """Adding one amount to an arm and to its placebo leaves the arm over the placebo as it was."""

    def outcome(more: float) -> Outcome:
        qa = [v + by + more + x for v, x in zip(NONE, arm, strict=True)]
        shuffled = [v + also + more + x for v, x in zip(NONE, placebo, strict=True)]
        found = rows({"none": NONE, "qa": qa, "shuffled": shuffled})
        return judge(improvement(placebos=PLACEBO), found).outcome

    if outcome(0.0) is Outcome.PARTIAL:
        assert outcome(added) is not Outcome.REPRODUCED


@given(_EIGHT, st.floats(-5, 15), st.floats(0, 20))
def test_an_arm_never_does_worse_for_a_weaker_placebo(noise: list[float], by: float, weaker: float) -> None:
    def outcome(lower: float) -> Outcome:
        qa = [v + by + x for v, x in zip(NONE, NOISE, strict=True)]
        shuffled = [v + x - lower for v, x in zip(NONE, noise, strict=True)]
        return judge(
            improvement(placebos=PLACEBO), rows({"none": NONE, "qa": qa, "shuffled": shuffled})
        ).outcome

    if outcome(0.0) is Outcome.REPRODUCED:
        assert outcome(weaker) is Outcome.REPRODUCED


@given(st.lists(st.tuples(_EIGHT, st.floats(-4, 4)), min_size=1, max_size=5))
def test_an_interval_excludes_zero_exactly_where_holm_rejects(arms: list[tuple[list[float], float]]) -> None:
    found = {
        str(i): m
        for i, (noise, by) in enumerate(arms)
        if (m := measured({s: exact(x + by) for s, x in enumerate(noise)}, arm=str(i), against="none"))
    }
    judged = family(found, confidence=0.95, deterministic=False)
    for one in judged.values():
        if one.effect.adjusted is not None and abs(one.effect.adjusted - 0.05) > 1e-9:
            excludes = one.low is not None and one.high is not None and (one.low > 0 or one.high < 0)
            assert excludes == (one.effect.adjusted < 0.05)


def test_holms_adjusted_p_are_the_textbook_ones() -> None:
    """p of .01, .04, .03 and .005 become .03, .06, .06 and .02 (Holm 1979, the step-down by hand)."""
    wanted = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}
    found = {}
    for arm, p in wanted.items():
        base = measured({s: exact(x) for s, x in enumerate(NOISE)}, arm=arm, against="none")
        assert base is not None
        found[arm] = replace(base, p=p)
    judged = family(found, confidence=0.95, deterministic=False)
    adjusted = {arm: one.effect.adjusted for arm, one in judged.items()}
    assert adjusted == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})


def _simulated(draw: random.Random, effects: Mapping[str, float], *, seeds: int) -> list[Row]:
    arms: dict[str, list[float]] = {arm: [] for arm in effects}
    for _ in range(seeds):
        level = draw.gauss(40, 3)
        for arm, effect in effects.items():
            arms[arm].append(level + effect + draw.gauss(0, 3))
    return rows(arms)


def test_arms_without_effect_are_not_reproduced_more_often_than_the_error_rate() -> None:
    """Shuffled labels: 600 runs of 5 seeds, no true effect; the one-sided rate is at most 2.5 %."""
    draw = random.Random(20_240_601)
    rule = improvement(arms=("qa", "nli"), placebos=(), smallest=0.0)
    runs = 600
    held = 0
    for _ in range(runs):
        found = judge(rule, _simulated(draw, {"none": 0, "qa": 0, "nli": 0}, seeds=5))
        held += found.outcome in (Outcome.REPRODUCED, Outcome.PARTIAL)
    # any arm at all, 2.5 % by Holm; four standard errors of the simulation on top
    assert held / runs <= 0.025 + 4 * math.sqrt(0.025 * 0.975 / runs)


def test_a_placebo_as_good_as_the_arm_is_not_reproduced_more_often_than_the_error_rate() -> None:
    draw = random.Random(7)
    rule = improvement(placebos=PLACEBO)
    runs = 400
    held = sum(
        judge(rule, _simulated(draw, {"none": 0, "qa": 10, "shuffled": 10}, seeds=6)).outcome
        is Outcome.REPRODUCED
        for _ in range(runs)
    )
    assert held / runs <= 0.025 + 4 * math.sqrt(0.025 * 0.975 / runs)


def test_arms_at_the_edge_of_equivalence_are_not_called_equivalent_more_often_than_the_error_rate() -> None:
    draw = random.Random(11)
    rule = improvement(kind="equivalence", smallest=5.0)
    runs = 400
    held = sum(
        judge(rule, _simulated(draw, {"none": 0, "qa": 5}, seeds=12)).outcome is Outcome.REPRODUCED
        for _ in range(runs)
    )
    assert held / runs <= 0.025 + 4 * math.sqrt(0.025 * 0.975 / runs)


def test_a_real_effect_is_found_with_enough_seeds() -> None:
    draw = random.Random(3)
    rule = improvement(placebos=PLACEBO)
    held = sum(
        judge(rule, _simulated(draw, {"none": 0, "qa": 12, "shuffled": 0}, seeds=8)).outcome
        is Outcome.REPRODUCED
        for _ in range(50)
    )
    assert held >= 48


@pytest.mark.parametrize(("level", "due"), [(50.0, Outcome.REPRODUCED), (90.5, Outcome.INCONCLUSIVE)])
def test_a_control_that_never_varies_misses_by_its_one_value(level: float, due: Outcome) -> None:
    cells = Cells(metric="accuracy", tasks=("t",), languages=("",))
    rule = Rule(
        kind="tolerance", cells=cells, arms=("script",), controls=("control",), reported=90.0, tolerance=2.0
    )
    stated = Hypothesis(key="k", claim="c", text="t", at_claim_scale=True, rule=rule)
    rows = [
        Row(seed=s, arm=a, task="t", language="", split="test", metric="accuracy", value=v, n=10)
        for s in range(5)
        for a, v in (("script", 89.8 + 0.1 * s), ("control", level))
    ]
    assert rules.judge(stated, rows, repeatable=None).outcome is due
