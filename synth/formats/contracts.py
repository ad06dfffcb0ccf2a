"""The blocks of a manifest as typed records, from which their JSON Schemas are generated.

Field names are those that public records of this kind use; ``schema`` is our own identifier. No block but
``SourceProvenance`` holds a clock. Hashes are SHA-256 in lower-case hexadecimal.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from synth.formats.contracts_parts import (
    Closed,
    Contract,
    Count,
    DateTime,
    Level,
    Page,
    Probability,
    Score,
    Sha256,
)
from synth.formats.contracts_people import PeopleEntry


class GateVerdictBlock(Contract, frozen=True, kw_only=True):
    """gate-verdict-v1: VERIFIED only with an artifact that re-verifies, never from a score or a count."""

    status: Literal["UNVERIFIED", "VERIFIED", "FALSIFIED"]
    label: str
    definition: str
    reason: str
    evaluated_at: DateTime | None
    gate: str
    enforcement: str
    attempts: Count


class ClaimRecord(Closed, frozen=True, kw_only=True):
    """A claim of claims.jsonl in short."""

    id: str
    line: Annotated[int, Meta(ge=1)]
    paper: str
    page: Page | None
    label: Literal["SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO"]
    confidence: Probability
    verified: bool


class ClaimSummary(Closed, frozen=True, kw_only=True):
    """How many claims stand at which level."""

    source_grounded_claims: Count
    aggregate_claim_records: Count
    claim_record_source: str
    per_claim_public_records: list[ClaimRecord]
    per_claim_public_record_count: Count
    cross_source_corroborated_claims: Count
    artifact_inspected_claims: Count
    sandbox_executed_claims: Count
    independently_reproduced_claims: Count
    externally_reviewed_or_formally_verified_claims: Count


class LevelEntry(Closed, frozen=True, kw_only=True):
    """A verification level, 0 to 7."""

    level: Annotated[int, Meta(ge=0, le=7)]
    key: str
    label: str


class VerificationLevels(Contract, frozen=True, kw_only=True):
    """verification-levels-v1."""

    paper_level: Annotated[int, Meta(ge=0, le=7)]
    paper_level_key: str
    paper_level_label: str
    basis: str
    generated_from: str
    claim_summary: ClaimSummary
    artifact_types: list[str]
    levels: list[LevelEntry]
    unsupported_upper_levels: list[str]
    enforcement: str
    limitations: list[str]


class TierInputs(Closed, frozen=True, kw_only=True):
    """What a tier is computed from."""

    review_score: Score
    verified_claim_count: Count
    artifact_types: list[str]
    reproducibility_level: Level


class TierThreshold(Closed, frozen=True, kw_only=True):
    """What a tier asks for at least."""

    tier: str
    review_score_min: Score
    verified_claim_count_min: Count
    reproducibility_level: Level | None


class QualityTiers(Contract, frozen=True, kw_only=True):
    """quality-tiers-v1."""

    tier: Literal["FLAGSHIP_CANDIDATE", "DOI_GRADE", "PUBLIC_RECORD", "WATCHLIST", "QUARANTINE_CANDIDATE"]
    basis: str
    generated_from: str
    inputs: TierInputs
    thresholds: list[TierThreshold]
    enforcement: str
    limitations: list[str]


class DimensionEntry(Closed, frozen=True, kw_only=True):
    """One dimension; ``score`` is null where nothing measures it."""

    score: Score | None
    level: Level
    basis: str
    definition: str


class Dimensions(Closed, frozen=True, kw_only=True):
    """The eight dimensions."""

    evidence_strength: DimensionEntry
    citation_grounding: DimensionEntry
    numerical_consistency: DimensionEntry
    benchmark_validity: DimensionEntry
    novelty: DimensionEntry
    uncertainty_disclosure: DimensionEntry
    reproducibility_status: DimensionEntry
    safety_impact: DimensionEntry


class QualityDimensions(Contract, frozen=True, kw_only=True):
    """quality-dimensions-v1."""

    dimensions: Dimensions
    basis: str
    generated_from: str
    limitations: list[str]


class Publisher(Closed, frozen=True, kw_only=True):
    """Who wrote the report, with what."""

    name: str
    software: str
    software_version: str


class Work(Closed, frozen=True, kw_only=True):
    """The report as a work; ``id`` is its fingerprint, which covers everything but the clock."""

    id: str
    title: str
    authors: list[str]
    date: str
    language: str
    type: str
    research_question: str
    question_id: str
    abstract: str
    url: str | None
    doi: str | None


class ManifestPointer(Closed, frozen=True, kw_only=True):
    """Where the manifest that is corrected stands."""

    schema: str
    contract_version: str
    contract_updated: str
    current_manifest_url: str
    correction_record_url: str


class CorrectionEvent(Closed, frozen=True, kw_only=True):
    """One public correction."""

    event_id: str
    corrected_at: str
    correction_type: Literal["METADATA", "ARTIFACT", "CLAIM", "BENCHMARK", "PROVENANCE", "QUALITY_ASSESSMENT"]
    public_note: str
    affected_fields: list[str]


class CorrectionPolicy(Closed, frozen=True, kw_only=True):
    """How corrections are made."""

    corrections_are_additive: bool
    no_silent_public_rewrites: bool
    private_operational_logs_public: bool
    basis: str


class CorrectionRecord(Contract, frozen=True, kw_only=True):
    """correction-record-v1."""

    contract_updated: str
    generated_from: str
    publisher: Publisher
    work: Work
    manifest: ManifestPointer
    correction_state: Literal["CURRENT", "CORRECTED", "SUPERSEDED"]
    correction_count: Count
    last_corrected_at: str | None
    correction_events: list[CorrectionEvent]
    known_superseded_manifest_urls: list[str]
    policy: CorrectionPolicy
    interpretation: str
    limitations: list[str]


class SourceCoverage(Closed, frozen=True, kw_only=True):
    """How widely a quantity is stated."""

    record_count: Count
    distinct_source_count: Count
    coverage_level: Literal["SINGLE_SOURCE", "TWO_SOURCES", "SEVERAL_SOURCES"]
    basis: str


class SourceProfile(Closed, frozen=True, kw_only=True):
    """Where the sources of a quantity stand."""

    source_url_count: Count
    missing_source_url_count: Count
    domains: list[str]
    year_min: int | None
    year_max: int | None
    basis: str


class ReportedRange(Closed, frozen=True, kw_only=True):
    """The range of entries that may be compared; null where they may not."""

    min_score_pct: float | None
    max_score_pct: float | None


class BenchmarkEntry(Closed, frozen=True, kw_only=True):
    """One reported value, with its place; ``score_pct`` is null unless stated in percent or points."""

    model: str
    benchmark: str
    score_pct: float | None
    source_title: str
    source_url: str | None
    source_domain: str | None
    year: int | None
    doc_id: str
    source_sha256: Sha256 | None
    page: Page | None
    boxes: list[list[float]]
    quote: str
    value: float
    unit: str
    split: str
    language: str
    metric: str
    condition: dict[str, str]


class BenchmarkEvidence(Contract, frozen=True, kw_only=True):
    """benchmark-evidence-v1: one quantity, each value that papers report for it, whether they compare."""

    publisher: Publisher
    model: str
    benchmark: str
    source_count: Count
    source_coverage: SourceCoverage
    source_profile: SourceProfile
    reported_range: ReportedRange
    spread_pp: float | None
    severity: Literal["NONE", "LOW", "MEDIUM", "HIGH", "NOT_COMPARABLE", "CONDITION_NOT_STATED"]
    relation: Literal["agree", "conflict", "not_comparable", "condition_not_stated"]
    entries: list[BenchmarkEntry]
    interpretation: str


class Named(Closed, frozen=True, kw_only=True):
    """A level or state with its words."""

    key: str
    label: str


class SourceProvenance(Contract, frozen=True, kw_only=True):
    """source-provenance-v1: the one block with a clock, ``generated_at``."""

    publisher: Publisher
    public_provenance_level: Named
    report_artifact: str
    external_record: str | None
    claim_lineage: str
    review_method: str
    quality_guide: str
    contract: str
    note: str
    generated_at: str
    signatures: dict[str, str]
    settings: dict[str, str]


class InputEntry(Closed, frozen=True, kw_only=True):
    """A retrieved paper; ``sha256`` is that of its file, null where only an abstract was had."""

    doc_id: str
    paper: str
    title: str
    authors: list[str]
    year: int | None
    arxiv: str | None
    doi: str | None
    url: str | None
    source: str
    read: Literal["full_text", "abstract_only", "unread"]
    pages: Count
    sha256: Sha256 | None


class ArtifactEntry(Closed, frozen=True, kw_only=True):
    """Another file of the bundle."""

    name: str
    media_type: str
    size: Count
    sha256: Sha256


class Counts(Closed, frozen=True, kw_only=True):
    """The counts that the report prints."""

    papers_found: Count
    papers_duplicate: Count
    papers_retrieved: Count
    papers_readable: Count
    papers_full_text: Count
    papers_abstract_only: Count
    papers_unread: Count
    claims_candidates: Count
    claims_extracted: Count
    claims_verified: Count
    claims_supported_by_own_work_alone: Count
    claims_contradicted: Count
    skipped: Count


class DeductionEntry(Closed, frozen=True, kw_only=True):
    """Points taken or given, and the claim ids or doc_ids that caused them."""

    check: str
    points: float
    note: str
    causes: list[str]


class ReviewerEntry(Closed, frozen=True, kw_only=True):
    """One reviewer."""

    name: str
    mandate: str
    score: Score
    deductions: list[DeductionEntry]


class QualityAssessment(Closed, frozen=True, kw_only=True):
    """The review, and what follows from it."""

    review_score: Score
    publishable: bool
    publishable_reason: str
    reviewers: list[ReviewerEntry]
    quality_tier: QualityTiers
    quality_dimensions: QualityDimensions


class SkippedEntry(Closed, frozen=True, kw_only=True):
    """What could not be used."""

    what: str
    reason: str
    remedy: str
    page: Page | None


class FacetEntry(Closed, frozen=True, kw_only=True):
    """One thing that the question asks for."""

    text: str
    kind: str
    covered: bool
    claims: list[str]
    reason: str


class AnswerEntry(Closed, frozen=True, kw_only=True):
    """Whether the papers answer the question."""

    answer: Literal["answered", "partly", "not_answered"]
    reason: str
    facets: list[FacetEntry]


class PaperManifest(Contract, frozen=True, kw_only=True):
    """paper-manifest-v1.1: the whole record of a report bundle."""

    contract_updated: str
    generated_from: str
    publisher: Publisher
    work: Work
    fingerprint: str
    threshold: Probability
    counts: Counts
    answerability: AnswerEntry
    inputs: list[InputEntry]
    artifacts: list[ArtifactEntry]
    verification_levels: VerificationLevels
    gate_verdict: GateVerdictBlock
    quality_assessment: QualityAssessment
    benchmark_evidence: list[BenchmarkEvidence]
    correction_record: CorrectionRecord
    provenance: SourceProvenance
    skipped: list[SkippedEntry]
    limitations: list[str]
    people: PeopleEntry | UnsetType = UNSET


BLOCKS: dict[str, Any] = {
    "paper-manifest-v1.1": PaperManifest,
    "gate-verdict-v1": GateVerdictBlock,
    "verification-levels-v1": VerificationLevels,
    "quality-tiers-v1": QualityTiers,
    "quality-dimensions-v1": QualityDimensions,
    "correction-record-v1": CorrectionRecord,
    "benchmark-evidence-v1": BenchmarkEvidence,
    "source-provenance-v1": SourceProvenance,
}
