"""A report in, its quality tier and dimensions out, as the assessment computed them."""

from __future__ import annotations

from synth.formats.blocks.header import header
from synth.formats.blocks.verification import artifact_types
from synth.formats.contracts import (
    DimensionEntry,
    Dimensions,
    QualityDimensions,
    QualityTiers,
    TierInputs,
    TierThreshold,
)
from synth.formats.contracts_parts import Level
from synth.records import Dimension, Report

THRESHOLDS = (
    TierThreshold(
        tier="FLAGSHIP_CANDIDATE",
        review_score_min=8.5,
        verified_claim_count_min=5,
        reproducibility_level="HIGH",
    ),
    TierThreshold(
        tier="DOI_GRADE", review_score_min=7.5, verified_claim_count_min=1, reproducibility_level=None
    ),
    TierThreshold(
        tier="PUBLIC_RECORD", review_score_min=5.0, verified_claim_count_min=0, reproducibility_level=None
    ),
    TierThreshold(
        tier="WATCHLIST", review_score_min=2.5, verified_claim_count_min=0, reproducibility_level=None
    ),
    TierThreshold(
        tier="QUARANTINE_CANDIDATE",
        review_score_min=0.0,
        verified_claim_count_min=0,
        reproducibility_level=None,
    ),
)
"""The published thresholds, highest tier first; a test holds them to those that the assessment applies."""


def quality_tiers(report: Report) -> QualityTiers:
    """Return the tier with what it was computed from."""
    review = report.assessment
    return QualityTiers(
        **header("quality-tiers-v1"),
        tier=review.tier,
        basis=review.tier_basis,
        generated_from="the review score, the count of verified claims and the reproducibility level",
        inputs=TierInputs(
            review_score=review.score,
            verified_claim_count=report.verified,
            artifact_types=artifact_types(report),
            reproducibility_level=_named(report, "reproducibility_status").level,
        ),
        thresholds=list(THRESHOLDS),
        enforcement="The tier sorts reports; it changes neither the gate status nor any verdict.",
        limitations=["Tiers come from computed checks, not from human peer review."],
    )


def quality_dimensions(report: Report) -> QualityDimensions:
    """Return the eight dimensions; one that nothing measured is UNASSESSED."""
    return QualityDimensions(
        **header("quality-dimensions-v1"),
        dimensions=Dimensions(
            evidence_strength=_named(report, "evidence_strength"),
            citation_grounding=_named(report, "citation_grounding"),
            numerical_consistency=_named(report, "numerical_consistency"),
            benchmark_validity=_named(report, "benchmark_validity"),
            novelty=_named(report, "novelty"),
            uncertainty_disclosure=_named(report, "uncertainty_disclosure"),
            reproducibility_status=_named(report, "reproducibility_status"),
            safety_impact=_named(report, "safety_impact"),
        ),
        basis="Each score is computed from the records of this report; its basis says how.",
        generated_from="claims.jsonl, the compared results and the gate verdict",
        limitations=["A dimension that nothing measures is UNASSESSED."],
    )


def _named(report: Report, name: str) -> DimensionEntry:
    found = next((d for d in report.assessment.dimensions if d.name == name), None)
    return _entry(found) if found else _unassessed()


def _entry(dimension: Dimension) -> DimensionEntry:
    level: Level = dimension.level
    return DimensionEntry(
        score=dimension.score, level=level, basis=dimension.basis, definition=dimension.definition
    )


def _unassessed() -> DimensionEntry:
    return DimensionEntry(score=None, level="UNASSESSED", basis="nothing measured it", definition="")
