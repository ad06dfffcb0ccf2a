"""A report in, its gate verdict and verification level out."""

from __future__ import annotations

from synth.formats.blocks.header import header
from synth.formats.contracts import (
    ClaimRecord,
    ClaimSummary,
    GateVerdictBlock,
    LevelEntry,
    VerificationLevels,
)
from synth.records import GateStatus, Outcome, Report

GATE = "Gate 2: sealed reproduction or formal proof"
_IDLE = (Outcome.NOT_RUN, Outcome.ERROR)
_LABELS = {
    GateStatus.UNVERIFIED: "Unverified",
    GateStatus.VERIFIED: "Verified",
    GateStatus.FALSIFIED: "Falsified",
}
_DEFINITIONS = {
    GateStatus.UNVERIFIED: "No attached artifact shows that the results hold; this is a synthesis of texts.",
    GateStatus.VERIFIED: "An attached proof or sealed run shows the result and re-verifies now.",
    GateStatus.FALSIFIED: "A sound attempt at the scale of the claim failed the rule stated before it.",
}
LEVELS = (
    ("L0_NOTHING", "L0, Nothing"),
    ("L1_TEXT_EXTRACTED", "L1, Text extracted"),
    ("L2_SOURCE_GROUNDED_CLAIMS", "L2, Source-grounded claims"),
    ("L3_CORROBORATED_ACROSS_SOURCES", "L3, Corroborated across sources"),
    ("L4_ARTIFACT_INSPECTED", "L4, Artifact inspected"),
    ("L5_EXECUTED_IN_SANDBOX", "L5, Executed in the sandbox"),
    ("L6_INDEPENDENTLY_REPRODUCED", "L6, Independently reproduced"),
    (
        "L7_EXTERNALLY_REVIEWED_OR_FORMALLY_VERIFIED",
        "L7, Externally reviewed or formally verified",
    ),
)


def gate_verdict(report: Report) -> GateVerdictBlock:
    """Return the gate's status as it was given; nothing here can set it."""
    gate = report.gate
    return GateVerdictBlock(
        **header("gate-verdict-v1"),
        status=gate.status.value,
        label=_LABELS[gate.status],
        definition=_DEFINITIONS[gate.status],
        reason=gate.reason,
        evaluated_at=None,
        gate=GATE,
        enforcement=(
            "The status is computed from sealed attempts and their artifacts alone; no score, tier "
            "or count of "
            "claims enters."
        ),
        attempts=gate.attempts,
    )


def verification_levels(report: Report) -> VerificationLevels:
    """Return the level of the report and how many claims stand behind it."""
    level = report.assessment.level
    key, label = LEVELS[level]
    return VerificationLevels(
        **header("verification-levels-v1"),
        paper_level=level,
        paper_level_key=key,
        paper_level_label=label,
        basis=report.assessment.level_basis,
        generated_from="claims.jsonl and the gate verdict",
        claim_summary=_summary(report),
        artifact_types=artifact_types(report),
        levels=[LevelEntry(level=n, key=k, label=name) for n, (k, name) in enumerate(LEVELS)],
        unsupported_upper_levels=[k for k, _ in LEVELS[level + 1 :]],
        enforcement="Levels from 4 up follow from sealed attempts, level 3 from another work's support.",
        limitations=[
            "A corroborated claim is one that another text supports, not one that was reproduced.",
            "The level describes the report as a whole; each claim's own evidence stands in claims.jsonl.",
        ],
    )


def _summary(report: Report) -> ClaimSummary:
    verified = {claim for claim, gate in report.gates if gate.status is GateStatus.VERIFIED}
    at_scale = [a for a in report.attempts if a.at_claim_scale and a.sound]
    records = claim_records(report)
    return ClaimSummary(
        source_grounded_claims=len(report.judged),
        aggregate_claim_records=len(report.judged),
        claim_record_source="claims.jsonl",
        per_claim_public_records=records,
        per_claim_public_record_count=len(records),
        cross_source_corroborated_claims=report.verified,
        artifact_inspected_claims=len({a.claim for a in report.attempts if a.artifacts}),
        sandbox_executed_claims=len({a.claim for a in at_scale if a.outcome not in _IDLE}),
        independently_reproduced_claims=len(verified),
        externally_reviewed_or_formally_verified_claims=len(
            verified & {a.claim for a in at_scale if a.outcome is Outcome.PROVED}
        ),
    )


def artifact_types(report: Report) -> list[str]:
    """Return what kinds of artifact stand behind the attempts: "sealed-run", "lean-proof"."""
    return sorted(
        {"lean-proof" if a.experiment == "proof" else "sealed-run" for a in report.attempts if a.artifacts}
    )


def claim_records(report: Report) -> list[ClaimRecord]:
    """Return each claim in short, with its line in claims.jsonl."""
    doc_ids = {paper.id: paper.doc_id for paper in report.papers}
    return [
        ClaimRecord(
            id=one.claim.id,
            line=line,
            paper=doc_ids.get(one.claim.paper, one.claim.paper),
            page=one.claim.page,
            label=one.by_others.label.value,
            confidence=one.by_others.confidence,
            verified=one.by_others.ticked(report.threshold),
        )
        for line, one in enumerate(report.judged, start=1)
    ]
