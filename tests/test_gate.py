"""The gate's decision table: what makes a claim VERIFIED or FALSIFIED, and what never does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth import gate
from synth.records import Artifact, Attempt, GateStatus, GateVerdict, Outcome

ARTIFACT = Artifact(name="results.json", sha256="a" * 64, size=12)
TRIUMPHS = (Outcome.PROVED, Outcome.REPRODUCED)


def attempt(outcome: Outcome, *, ended_at: str = "2026-03-01T10:00:00+00:00") -> Attempt:
    return Attempt(
        claim="c1",
        experiment="toy",
        spec_sha256="b" * 64,
        measurements=(("accuracy", "0.81"),),
        outcome=outcome,
        reason="",
        artifacts=(ARTIFACT,),
        environment=(),
        at_claim_scale=True,
        sound=True,
        ended_at=ended_at,
    )


def holds(_: Attempt) -> bool:
    return True


def broken(_: Attempt) -> bool:
    return False


def test_nothing_attempted_is_unverified_and_says_so() -> None:
    verdict = gate.status((), reverify=holds)
    assert verdict.status is GateStatus.UNVERIFIED
    assert "attempted" in verdict.reason
    assert verdict.attempts == 0


@pytest.mark.parametrize("outcome", TRIUMPHS)
def test_a_proof_or_reproduction_that_reverifies_is_verified(outcome: Outcome) -> None:
    assert gate.status([attempt(outcome)], reverify=holds).status is GateStatus.VERIFIED


@pytest.mark.parametrize("outcome", TRIUMPHS)
def test_a_changed_artifact_takes_the_status_back(outcome: Outcome) -> None:
    verdict = gate.status([attempt(outcome)], reverify=broken)
    assert verdict.status is GateStatus.UNVERIFIED
    assert "re-verify" in verdict.reason


def test_a_scaled_down_reproduction_never_verifies_the_full_claim() -> None:
    small = replace(attempt(Outcome.REPRODUCED), at_claim_scale=False)
    verdict = gate.status([small], reverify=holds)
    assert verdict.status is GateStatus.UNVERIFIED
    assert "scale" in verdict.reason


def test_an_unsound_reproduction_does_not_count() -> None:
    assert (
        gate.status([replace(attempt(Outcome.REPRODUCED), sound=False)], reverify=holds).status
        is GateStatus.UNVERIFIED
    )


def test_a_sound_failure_at_scale_falsifies() -> None:
    assert gate.status([attempt(Outcome.FAILED)], reverify=holds).status is GateStatus.FALSIFIED


@pytest.mark.parametrize("change", [{"sound": False}, {"at_claim_scale": False}, {"artifacts": ()}])
def test_a_failure_that_is_unsound_small_or_without_evidence_falsifies_nothing(
    change: dict[str, object],
) -> None:
    failed = replace(attempt(Outcome.FAILED), **change)  # type: ignore[arg-type]
    assert gate.status([failed], reverify=holds).status is GateStatus.UNVERIFIED


def test_a_failure_whose_evidence_changed_falsifies_nothing() -> None:
    assert gate.status([attempt(Outcome.FAILED)], reverify=broken).status is GateStatus.UNVERIFIED


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.INCONCLUSIVE, Outcome.ERROR, Outcome.NOT_RUN])
def test_other_outcomes_settle_nothing(outcome: Outcome) -> None:
    verdict = gate.status([attempt(outcome)], reverify=holds)
    assert verdict.status is GateStatus.UNVERIFIED
    assert verdict.reason


def test_the_latest_attempt_decides_across_time_zones() -> None:
    early = attempt(Outcome.REPRODUCED, ended_at="2026-03-01T12:00:00+02:00")
    late = attempt(Outcome.FAILED, ended_at="2026-03-01T10:30:00Z")
    assert gate.status([late, early], reverify=holds).status is GateStatus.FALSIFIED


def test_at_the_same_instant_the_attempt_that_settles_less_counts() -> None:
    both = [attempt(Outcome.INCONCLUSIVE), attempt(Outcome.REPRODUCED)]
    assert gate.status(both, reverify=holds).status is GateStatus.UNVERIFIED
    assert gate.status(both[::-1], reverify=holds) == gate.status(both, reverify=holds)


def test_an_attempt_without_a_readable_time_verifies_nothing() -> None:
    undated = attempt(Outcome.REPRODUCED, ended_at="yesterday")
    assert gate.status([undated], reverify=holds).status is GateStatus.UNVERIFIED


def test_attempts_at_two_claims_are_refused() -> None:
    with pytest.raises(ValueError, match="one claim"):
        gate.status([attempt(Outcome.FAILED), replace(attempt(Outcome.FAILED), claim="c2")], reverify=holds)


_TIMES = ["2026-03-01T10:00:00+00:00", "2026-03-01T10:00:00Z", "2026-03-02T00:00:00", "2026-02-28", "", "?"]
_ATTEMPTS = st.lists(
    st.builds(
        lambda outcome, at, scale, sound, bare: replace(
            attempt(outcome, ended_at=at),
            at_claim_scale=scale,
            sound=sound,
            artifacts=() if bare and outcome not in TRIUMPHS else (ARTIFACT,),
        ),
        st.sampled_from(Outcome),
        st.sampled_from(_TIMES),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
)


@given(_ATTEMPTS, st.integers(0, 63))
def test_no_history_is_verified_without_an_artifact_that_reverifies_now(
    attempts: list[Attempt], mask: int
) -> None:
    intact = [a for i, a in enumerate(attempts) if mask >> i & 1]
    verdict = gate.status(attempts, reverify=lambda a: a in intact)
    if verdict.status is GateStatus.VERIFIED:
        assert any(a.outcome in TRIUMPHS and a.at_claim_scale and a.sound for a in intact)
    if verdict.status is GateStatus.FALSIFIED:
        assert any(a.outcome is Outcome.FAILED and a.at_claim_scale and a.sound for a in intact)
    assert verdict.reason
    assert verdict.attempts == len(attempts)


@given(_ATTEMPTS)
def test_nothing_is_settled_when_no_artifact_reverifies(attempts: list[Attempt]) -> None:
    assert gate.status(attempts, reverify=broken).status is GateStatus.UNVERIFIED


@given(_ATTEMPTS, st.randoms(use_true_random=False))
def test_the_order_in_which_attempts_are_listed_changes_nothing(attempts: list[Attempt], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(attempts)
    random.shuffle(shuffled)
    assert gate.status(shuffled, reverify=holds) == gate.status(attempts, reverify=holds)


def _word(status: GateStatus) -> GateVerdict:
    return GateVerdict(status=status, reason="", attempts=1)


@given(st.dictionaries(st.text(min_size=1), st.sampled_from(GateStatus).map(_word), max_size=5))
def test_a_record_is_verified_only_if_every_headline_claim_is(headline: dict[str, GateVerdict]) -> None:
    verdict = gate.record_status(headline)
    every = bool(headline) and all(v.status is GateStatus.VERIFIED for v in headline.values())
    assert (verdict.status is GateStatus.VERIFIED) == every
    assert verdict.status is not GateStatus.FALSIFIED


def test_a_record_counts_its_verified_headline_claims() -> None:
    headline = {
        "a": _word(GateStatus.VERIFIED),
        "b": _word(GateStatus.UNVERIFIED),
        "c": _word(GateStatus.FALSIFIED),
    }
    reason = gate.record_status(headline).reason
    assert "1 of 3" in reason
    assert "1 falsified" in reason
