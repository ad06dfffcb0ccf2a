"""The gate's decision table: what makes a claim VERIFIED or FALSIFIED, and what never does."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sample_report import sample

from synth import gate
from synth.records import Artifact, Attempt, Correction, GateStatus, GateVerdict, Label, Outcome, Review

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


class GateHistory(RuleBasedStateMachine):
    """A report's life: attempts come, files change and come back, people and scores have their say."""

    def __init__(self) -> None:
        super().__init__()
        self.report = sample()
        self.claims = [one.claim.id for one in self.report.judged][:2]
        self.attempts: list[Attempt] = []
        self.broken: set[str] = set()

    @rule(
        claim=st.sampled_from([0, 1]),
        outcome=st.sampled_from(Outcome),
        at=st.sampled_from(_TIMES),
        scale=st.booleans(),
        sound=st.booleans(),
        digest=st.sampled_from(["a" * 64, "b" * 64, "a" * 63, ""]),
    )
    def an_attempt_is_made(
        self, claim: int, outcome: Outcome, at: str, scale: bool, sound: bool, digest: str
    ) -> None:
        hashed = digest if outcome not in TRIUMPHS else "c" * 64
        made = replace(
            attempt(outcome, ended_at=at),
            claim=self.claims[claim],
            at_claim_scale=scale,
            sound=sound,
            artifacts=(Artifact(name="results.json", sha256=hashed, size=1),),
            id=f"{len(self.attempts):012x}",
        )
        self.attempts.append(made)

    @precondition(lambda self: self.attempts)
    @rule(which=st.integers(0, 99))
    def a_file_of_an_attempt_is_changed(self, which: int) -> None:
        self.broken.add(self.attempts[which % len(self.attempts)].id)

    @precondition(lambda self: self.broken)
    @rule()
    def the_files_are_restored(self) -> None:
        self.broken.clear()

    @rule(
        decision=st.sampled_from(["accept", "reject", "flag", "change", "defer"]),
        label=st.sampled_from(Label),
    )
    def a_person_decides(self, decision: str, label: Label) -> None:
        said = Review(
            claim=self.claims[0],
            reviewer="a reader",
            at="2026-03-01T10:00:00Z",
            decision=decision,  # type: ignore[arg-type]
            machine=label,
            label=label,
            note="VERIFIED",
        )
        self.unmoved(replace(self.report, reviews=(*self.report.reviews, said)))

    @rule(score=st.floats(0, 10), level=st.integers(0, 9))
    def the_review_scores_it(self, score: float, level: int) -> None:
        assessed = replace(self.report.assessment, score=score, level=level, publishable=True)
        self.unmoved(replace(self.report, assessment=assessed))

    @rule(kind=st.sampled_from(["ARTIFACT", "CLAIM", "QUALITY_ASSESSMENT"]))
    def a_correction_is_published(self, kind: str) -> None:
        made = Correction(
            event_id="e1",
            corrected_at="2026-03-01T10:00:00Z",
            correction_type=kind,  # type: ignore[arg-type]
            public_note="now VERIFIED",
            affected_fields=("gate_verdict",),
        )
        self.unmoved(replace(self.report, corrections=(*self.report.corrections, made)))

    def unmoved(self, changed: object) -> None:
        before = self.verdicts()
        self.report = changed  # type: ignore[assignment]
        assert self.verdicts() == before

    def verdicts(self) -> dict[str, GateVerdict]:
        return {
            claim: gate.status(
                [a for a in self.attempts if a.claim == claim], reverify=lambda a: a.id not in self.broken
            )
            for claim in self.claims
        }

    @invariant()
    def nothing_is_verified_without_what_shows_it(self) -> None:
        verdicts = self.verdicts()
        for claim, verdict in verdicts.items():
            held = [
                a
                for a in self.attempts
                if a.claim == claim and a.id not in self.broken and a.sound and a.at_claim_scale
            ]
            if verdict.status is GateStatus.VERIFIED:
                assert any(a.outcome in TRIUMPHS for a in held)
            if verdict.status is GateStatus.FALSIFIED:
                assert any(a.outcome is Outcome.FAILED and len(a.artifacts[0].sha256) == 64 for a in held)
        every = all(v.status is GateStatus.VERIFIED for v in verdicts.values())
        assert (gate.record_status(verdicts).status is GateStatus.VERIFIED) == every


GateHistory.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestGateHistory = GateHistory.TestCase


def test_once_verified_a_changed_file_takes_it_back_and_its_return_gives_it_again() -> None:
    made = replace(attempt(Outcome.REPRODUCED), id="0" * 12)
    seen = [gate.status([made], reverify=check).status for check in (holds, broken, holds)]
    assert seen == [GateStatus.VERIFIED, GateStatus.UNVERIFIED, GateStatus.VERIFIED]


def test_the_gate_asks_for_attempts_and_their_check_alone() -> None:
    assert set(inspect.signature(gate.status).parameters) == {"attempts", "reverify"}
    assert set(inspect.signature(gate.record_status).parameters) == {"headline"}
