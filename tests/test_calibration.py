"""Calibration: fitted maps do what their papers say, measures agree with hand-worked cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth import calibration
from synth.errors import InputError


def _drawn(temperature: float, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (n, 3))
    p = calibration.softmax(logits)
    labels = (p.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return logits * temperature, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_spoiled_the_logits_is_found(temperature: float) -> None:
    logits, labels = _drawn(temperature)
    assert calibration.fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.08)


def test_vector_scaling_mends_overconfidence() -> None:
    logits, labels = _drawn(4.0)
    fitted = calibration.fit_logistic(logits[:2000], np.eye(3)[labels[:2000]])
    before, after = calibration.softmax(logits[2000:]), calibration.apply(fitted, logits[2000:])
    held = labels[2000:]
    assert calibration.brier(after, held) < calibration.brier(before, held)
    hits = (after.argmax(axis=1) == held).astype(float)
    assert calibration.ece(after.max(axis=1), hits) < 0.05


def test_rows_of_which_only_not_supported_is_known_lower_support_alone() -> None:
    x = np.repeat([[0.0], [1.0]], 50, axis=0)
    admissible = np.asarray([[1, 0, 0]] * 50 + [[0, 1, 1]] * 50, float)
    p = calibration.apply(calibration.fit_logistic(x, admissible), np.asarray([[0.0], [1.0]]))
    assert p[0, 0] > 0.9
    assert p[1, 0] < 0.1
    assert p[1, 1] == pytest.approx(p[1, 2])


def test_weights_count_as_copies_of_a_row() -> None:
    x = np.asarray([[0.0], [0.0], [1.0]])
    labels = np.eye(2)[[0, 1, 1]]
    weighted = calibration.fit_logistic(x, labels, weights=np.asarray([3.0, 1.0, 1.0]))
    copied = calibration.fit_logistic(
        np.asarray([[0.0], [0.0], [0.0], [0.0], [1.0]]), np.eye(2)[[0, 0, 0, 1, 1]]
    )
    assert np.allclose(calibration.apply(weighted, x), calibration.apply(copied, x), atol=1e-6)


def test_isotonic_regression_pools_violators() -> None:
    steps = calibration.fit_isotonic(np.asarray([1.0, 2, 3, 4]), np.asarray([0.0, 1, 0, 1]))
    assert steps.value == (0.0, 0.5, 1.0)
    assert calibration.apply_steps(steps, np.asarray([0.0, 2.5, 9.0])).tolist() == [0.0, 0.5, 1.0]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_isotonic_steps_rise_and_keep_the_mean(data: list[tuple[float, bool]]) -> None:
    scores, hits = np.asarray([s for s, _ in data]), np.asarray([float(h) for _, h in data])
    steps = calibration.fit_isotonic(scores, hits)
    assert list(steps.value) == sorted(steps.value)
    assert calibration.apply_steps(steps, scores).mean() == pytest.approx(hits.mean())


def test_beta_calibration_mends_squared_probabilities() -> None:
    rng = np.random.default_rng(2)
    true = rng.random(4000)
    hits = (rng.random(4000) < true).astype(float)
    found = calibration.apply_beta(calibration.fit_beta(true**2, hits), true**2)
    assert np.abs(found - true).mean() < 0.03


def test_prior_shift_is_bayes_rule() -> None:
    p = np.asarray([[0.5, 0.5]])
    moved = calibration.shift_prior(p, fitted=np.asarray([0.5, 0.5]), target=np.asarray([0.1, 0.9]))
    assert moved[0] == pytest.approx([0.1, 0.9])


def test_the_prior_of_a_shifted_sample_is_estimated() -> None:
    rng = np.random.default_rng(3)
    rare = rng.random(5000) < 0.1
    score = rng.normal(np.where(rare, 1.5, -1.5), 1.0)
    support = 1 / (1 + np.exp(-3 * score))  # the posterior at equal rates of these two normals
    found = calibration.estimate_prior(
        np.stack([support, 1 - support], axis=1), fitted=np.asarray([0.5, 0.5])
    )
    assert found[0] == pytest.approx(0.1, abs=0.02)


def test_expected_calibration_error_of_a_hand_worked_case() -> None:
    p = np.asarray([0.6, 0.6, 0.9, 0.9])
    hits = np.asarray([1.0, 0.0, 1.0, 1.0])
    assert calibration.ece(p, hits, bins=2) == pytest.approx((0.1 + 0.1) / 2)
    assert [b.size for b in calibration.reliability(p, hits, bins=2)] == [2, 2]


def test_brier_score_of_certain_answers() -> None:
    p = np.asarray([[1.0, 0, 0], [1.0, 0, 0]])
    assert calibration.brier(p, np.asarray([0, 1])) == 1.0


def test_the_lowest_threshold_of_a_wanted_precision_and_its_coverage() -> None:
    p = np.asarray([0.9, 0.8, 0.7, 0.6])
    hits = np.asarray([1.0, 1.0, 0.0, 0.0])
    found = calibration.threshold_for(p, hits, precision=0.66)
    assert found is not None
    assert tuple(found) == pytest.approx((0.7, 2 / 3, 0.75))
    assert calibration.threshold_for(p, 1 - hits, precision=0.9) is None


def test_a_threshold_never_parts_equal_scores() -> None:
    p, hits = np.asarray([0.8, 0.8]), np.asarray([1.0, 0.0])
    assert calibration.threshold_for(p, hits, precision=0.9) is None


def test_a_record_survives_json_and_refuses_anything_else() -> None:
    record = calibration.Calibration(weight=((1.0, 2.0), (0.5, 0.25)), bias=(0.0, -1.0))
    assert calibration.Calibration.from_json(record.to_json()) == record
    for wrong in ("{", "{}", '{"weight": [[1], [1, 2]], "bias": [0, 0]}', "[]"):
        with pytest.raises(InputError):
            calibration.Calibration.from_json(wrong)
