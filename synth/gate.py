"""Attempts at a claim in, its gate status out: a decision table, nothing else.

The status is computed each time it is asked for; no score, count or setting enters. The table reads
the latest attempt alone, first row that holds:

no attempt, or an end time that cannot be read      UNVERIFIED
PROVED or REPRODUCED, sound, at the claim's scale   VERIFIED if its artifact re-verifies now
FAILED, sound, at the claim's scale                 FALSIFIED if its evidence re-verifies now
anything else                                       UNVERIFIED
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from synth.records import Attempt, GateStatus, GateVerdict, Outcome

DEFINITION = (
    "VERIFIED: a formal proof or a sealed reproduction is attached and its artifact re-verifies now. "
    "FALSIFIED: a sound attempt at the scale of the claim did not meet the rule stated before it ran. "
    "UNVERIFIED: neither. No score and no claim count enters."
)
_TRIUMPHS = (Outcome.PROVED, Outcome.REPRODUCED)
# Of two attempts that ended at the same instant the one that settles less counts as the later.
_CAUTION = (
    Outcome.PROVED,
    Outcome.REPRODUCED,
    Outcome.FAILED,
    Outcome.PARTIAL,
    Outcome.INCONCLUSIVE,
    Outcome.ERROR,
    Outcome.NOT_RUN,
)
_INSTEAD = {
    Outcome.PARTIAL: "met the rule only in part or at another scale",
    Outcome.INCONCLUSIVE: "settled nothing",
    Outcome.ERROR: "ended in an error",
    Outcome.NOT_RUN: "was not run",
}


def status(attempts: Sequence[Attempt], *, reverify: Callable[[Attempt], bool]) -> GateVerdict:
    """Return the gate status of the claim that ``attempts`` are about, and why.

    ``reverify`` checks an attempt's artifacts as they are now (hashes, signature, proof or metric) and is
    asked only where its answer decides. Raises ValueError for attempts at more than one claim.
    """
    if len({attempt.claim for attempt in attempts}) > 1:
        raise ValueError("the gate judges one claim at a time")
    if not attempts:
        return _unverified("no formal proof or sandbox reproduction has been attempted", 0)
    if any(_ended(attempt) is None for attempt in attempts):
        return _unverified("an attempt does not say when it ended, so none is the latest", len(attempts))
    latest = last(attempts)
    if latest.outcome not in (*_TRIUMPHS, Outcome.FAILED):
        return _unverified(_worded(f"the latest attempt {_INSTEAD[latest.outcome]}", latest), len(attempts))
    missing = _missing(latest, reverify)
    if missing:
        return _unverified(f"the latest attempt ended {latest.outcome}, but {missing}", len(attempts))
    if latest.outcome is Outcome.FAILED:
        reason = "a sound attempt at the scale of the claim did not meet its rule"
        return _verdict(GateStatus.FALSIFIED, _worded(reason, latest), len(attempts))
    way = "was proved" if latest.outcome is Outcome.PROVED else "was reproduced"
    reason = f"the claim {way} at its own scale, and the artifact re-verifies now"
    return _verdict(GateStatus.VERIFIED, _worded(reason, latest), len(attempts))


def last(attempts: Sequence[Attempt]) -> Attempt:
    """Return the attempt that decides; raises ValueError for none, or an end time that cannot be read."""
    return max(attempts, key=_lateness)


def record_status(headline: Mapping[str, GateVerdict]) -> GateVerdict:
    """Return a record's status from its headline claims (claim id -> verdict): VERIFIED only if all are."""
    verified = sum(v.status is GateStatus.VERIFIED for v in headline.values())
    falsified = sum(v.status is GateStatus.FALSIFIED for v in headline.values())
    attempts = sum(v.attempts for v in headline.values())
    if not headline:
        return _unverified("the record names no headline claim", 0)
    counted = f"{verified} of {len(headline)} headline claims verified"
    if verified == len(headline):
        return _verdict(GateStatus.VERIFIED, counted, attempts)
    if falsified:
        counted += f", {falsified} falsified"
    if not attempts:
        counted += "; no formal proof or sandbox reproduction has been attempted"
    return _unverified(counted, attempts)


def _missing(attempt: Attempt, reverify: Callable[[Attempt], bool]) -> str:
    """Return what keeps a proof, reproduction or failure from counting, or ""."""
    if not attempt.at_claim_scale:
        return "at another scale than the claim's"
    if not attempt.sound:
        return "the attempt was not sound"
    if not any(len(artifact.sha256) == 64 for artifact in attempt.artifacts):
        return "no artifact is attached"
    # `is True`: a caller that answers with something merely truthy has not answered
    return "" if reverify(attempt) is True else "its artifact does not re-verify now"


def _ended(attempt: Attempt) -> datetime | None:
    """Return when ``attempt`` ended (a time without zone is UTC), or None where that cannot be read."""
    try:
        at = datetime.fromisoformat(attempt.ended_at)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _lateness(attempt: Attempt) -> tuple[datetime, int, bool, str, str]:
    at = _ended(attempt)
    if at is None:
        raise ValueError("an attempt without a readable end time has no place in order")
    settled = attempt.sound and attempt.at_claim_scale
    return at, _CAUTION.index(attempt.outcome), not settled, attempt.spec_sha256, repr(attempt)


def _worded(reason: str, attempt: Attempt) -> str:
    return f"{reason} ({attempt.reason})" if attempt.reason else reason


def _unverified(reason: str, attempts: int) -> GateVerdict:
    return _verdict(GateStatus.UNVERIFIED, reason, attempts)


def _verdict(status: GateStatus, reason: str, attempts: int) -> GateVerdict:
    return GateVerdict(status=status, reason=reason, attempts=attempts)
