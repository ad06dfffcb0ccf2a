"""The lines of JSON that commands print and that claims.jsonl holds, as typed records for their schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from synth import trials
from synth.formats.contracts_parts import Count, Page, Probability

LabelName = Literal["SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO"]
Box = Annotated[list[float], Meta(min_length=4, max_length=4)]
# what a review line of another hand may hold at most
LinkedBox = Annotated[list[Annotated[float, Meta(ge=-1e6, le=1e6)]], Meta(min_length=4, max_length=4)]
Id = Annotated[str, Meta(pattern="^[A-Za-z0-9]{0,64}$")]
ReviewId = Annotated[str, Meta(pattern="^v[0-9a-f]{32}$")]
EarlierId = Annotated[str, Meta(pattern="^(v[0-9a-f]{32})?$")]
Offset = Annotated[int, Meta(ge=0, le=1_000_000_000)]
ClaimId = Annotated[str, Meta(pattern="^[A-Za-z0-9]{1,64}$")]
Note = Annotated[str, Meta(max_length=4_000)]
Signature = Annotated[str, Meta(max_length=1_000)]
ScopeName = Annotated[str, Meta(min_length=1, max_length=80)]
ScopeValue = Annotated[str, Meta(min_length=1, max_length=400)]
Scope = Annotated[dict[ScopeName, ScopeValue], Meta(max_length=50)]


class _Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line with no other fields than its own."""


class SpanLine(_Line, frozen=True, kw_only=True):
    """Boxes on one page, in points from the top left."""

    page: Page
    boxes: list[Box]


class QuantityLine(_Line, frozen=True, kw_only=True):
    """A number as stated; ``high`` is the end of a range."""

    value: float
    unit: str
    raw: str
    high: float | None
    bound: Literal["", "about", "less", "more"]
    direction: Literal["", "up", "down"]


class ClaimLine(_Line, frozen=True, kw_only=True):
    """``claims --json``."""

    id: str
    paper: str
    text: str
    kind: Literal["finding", "comparison", "method", "resource", "definition", "limitation"]
    page: Page | None
    boxes: list[Box]
    section: str
    quantities: list[QuantityLine]
    score: float
    conditions: dict[str, str]
    spans: list[SpanLine]


class ProbabilityLine(_Line, frozen=True, kw_only=True):
    """P(label)."""

    support: Probability = field(name="SUPPORT")
    contradict: Probability = field(name="CONTRADICT")
    not_enough_info: Probability = field(name="NOT_ENOUGH_INFO")


class EvidenceLine(_Line, frozen=True, kw_only=True):
    """A sentence set against a claim, verbatim."""

    doc_id: str
    sentence: Count
    page: Page | None
    boxes: list[Box]
    quote: str
    relation: LabelName
    score: float
    own_source: bool
    spans: list[SpanLine]


class OwnVerdictLine(_Line, frozen=True, kw_only=True):
    """A verdict without the claim it is on."""

    label: LabelName
    confidence: Probability
    probabilities: ProbabilityLine
    evidence: list[EvidenceLine]
    reasons: list[str]
    mixed: bool
    signature: Annotated[str, Meta(min_length=1)]


class VerifyLine(_Line, frozen=True, kw_only=True):
    """``verify --json``; ``id`` is the one that came with the claim."""

    id: str | int
    claim: str
    label: LabelName
    confidence: Probability
    probabilities: ProbabilityLine
    evidence: list[EvidenceLine]
    reasons: list[str]
    mixed: bool
    signature: Annotated[str, Meta(min_length=1)]


class RepeatLine(_Line, frozen=True, kw_only=True):
    """A claim of the same meaning in another paper."""

    id: str
    paper: str
    text: str
    page: Page | None


class LinkedSpanLine(_Line, frozen=True, kw_only=True):
    """Boxes on one page, in points from the top left, not rounded."""

    page: Annotated[int, Meta(ge=1, le=1_000_000)]
    boxes: Annotated[list[LinkedBox], Meta(max_length=500)]


class LinkedLine(_Line, frozen=True, kw_only=True):
    """The sentence that a reviewer linked; ``relation`` is what it does for the claim in his eyes."""

    doc_id: Annotated[str, Meta(max_length=2_000)]
    paper: Id
    passage: Id
    sentence: Offset
    start: Offset
    quote: Annotated[str, Meta(min_length=1, max_length=20_000)]
    spans: Annotated[list[LinkedSpanLine], Meta(max_length=50)]
    relation: LabelName
    score: Probability
    own_source: bool


class _DecisionLine(_Line, frozen=True, kw_only=True):
    id: ReviewId
    question: Id
    report: Id
    claim: ClaimId
    reviewer: Annotated[str, Meta(min_length=1, max_length=80)]
    at: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+00:00$")]
    decision: Literal[
        "accept",
        "reject",
        "change",
        "defer",
        "flag",
        "unflag",
        "note",
        "scope",
        "link",
        "settle",
        "withdraw",
    ]
    label: LabelName | None
    note: Note
    scope: Scope | None
    passage: LinkedLine | None
    blind: bool
    of: EarlierId
    after: EarlierId
    seen: Id


class MachineLine(_Line, frozen=True, kw_only=True):
    """The verdict by other works at the moment of a decision."""

    label: LabelName
    probabilities: ProbabilityLine | None
    signature: Signature


class ReviewLine(_DecisionLine, frozen=True, kw_only=True):
    """A person's decision on a claim, as it was made; ``id`` is a hash over all the rest.

    ``of`` is the decision that is taken back, ``after`` the reviewer's decision before this one, ``seen``
    names what was on show, ``report`` the report, ``question`` its question; ``blind``: without the verdict.
    """

    machine: MachineLine


class KeptReviewLine(_DecisionLine, frozen=True, kw_only=True):
    """The same in claims.jsonl, where ``machine`` is the label and the rest of it stands beside."""

    machine: LabelName
    machine_probabilities: ProbabilityLine | None
    machine_signature: Signature


class AskedLine(_Line, frozen=True, kw_only=True):
    """A decision to be made, which has no id, time or reviewer yet."""

    claim: ClaimId
    decision: Literal["accept", "reject", "change", "defer", "flag", "unflag", "note", "scope", "settle"]
    label: LabelName | None = None
    note: Note = ""
    scope: Scope | None = None


class PeopleLine(_Line, frozen=True, kw_only=True):
    """What the reviewers of a claim hold together; ``label`` is null where they hold none."""

    state: Literal["unreviewed", "undecided", "agreed", "disputed", "settled"]
    label: LabelName | None
    reviewers: list[str]
    flagged: bool


class AttemptLine(_Line, frozen=True, kw_only=True):
    """A sealed attempt that bears on the claim; ``folder`` lies beneath the bundle's ``gate/``."""

    id: str
    experiment: str
    outcome: Literal["PROVED", "REPRODUCED", "PARTIAL", "FAILED", "INCONCLUSIVE", "ERROR", "NOT_RUN"]
    reason: str
    hypothesis: str
    words: str
    at_claim_scale: bool
    sound: bool
    ended_at: str
    folder: str
    spec_sha256: str


class GateLine(_Line, frozen=True, kw_only=True):
    """The gate's word on the claim and the attempts behind it, oldest first."""

    status: Literal["UNVERIFIED", "VERIFIED", "FALSIFIED"]
    reason: str
    attempts: list[AttemptLine]


class JudgedLine(ClaimLine, frozen=True, kw_only=True):
    """A line of claims.jsonl."""

    relevance: float
    verified: bool
    verdict: VerifyLine
    own_verdict: OwnVerdictLine
    repeats: list[RepeatLine]
    reviews: list[KeptReviewLine]
    gate: GateLine
    # lines written before there were reviews have none
    people: PeopleLine | UnsetType = UNSET


class PaperLine(_Line, frozen=True, kw_only=True):
    """A paper that was read."""

    id: str
    title: str
    authors: list[str]
    year: int | None
    sha256: str
    pages: Count
    doc_id: str
    arxiv: str
    doi: str
    read: Literal["full_text", "abstract_only", "unread"]


class PassageLine(_Line, frozen=True, kw_only=True):
    """A passage and where it stands."""

    id: str
    section: str
    page: Page | None
    boxes: list[Box]
    text: str
    role: str
    spans: list[SpanLine]


class TableLine(_Line, frozen=True, kw_only=True):
    """A table and its cells."""

    page: Page
    box: Box
    caption: str
    rows: list[list[str]]


class ReferenceLine(_Line, frozen=True, kw_only=True):
    """An entry of a reference list."""

    raw: str
    title: str
    doi: str
    arxiv: str


class SkippedLine(_Line, frozen=True, kw_only=True):
    """What could not be used, why, and what the user can do."""

    what: str
    reason: str
    remedy: str
    page: Page | None


class ReadLine(_Line, frozen=True, kw_only=True):
    """``read --json``."""

    paper: PaperLine
    passages: list[PassageLine]
    tables: list[TableLine]
    references: list[ReferenceLine]
    skipped: list[SkippedLine]


class ResultLine(_Line, frozen=True, kw_only=True):
    """``results --json``; what was not stated is ""."""

    paper: str
    model: str
    task: str
    dataset: str
    split: str
    language: str
    metric: str
    value: float
    unit: str
    page: Page | None
    boxes: list[Box]
    origin: Literal["table", "prose"] = field(name="from")
    condition: dict[str, str]
    id: str
    is_difference: bool
    quote: str


class ComparisonLine(_Line, frozen=True, kw_only=True):
    """``results --compare --json``."""

    key: str
    relation: Literal["agree", "conflict", "not_comparable", "condition_not_stated"]
    entries: list[ResultLine]
    reason: str
    spread: float | None


class FoundLine(_Line, frozen=True, kw_only=True):
    """``search --json``."""

    name: str
    source: str
    title: str
    authors: list[str]
    year: int | None
    venue: str
    arxiv: str
    doi: str
    url: str
    abstract: str
    has_file: bool


class ProblemLine(_Line, frozen=True, kw_only=True):
    """``check-record --json``."""

    file: str
    what: str
    remedy: str
    notice: bool


ATTEMPTS: dict[str, Any] = {
    "spec-v1": trials.Spec,
    "results-v1": trials.Results,
    "environment-v1": trials.Environment,
    "inputs-v1": trials.Inputs,
    "math-result-v1": trials.MathResult,
}
"""The records in an attempt's folder: spec.json, results.json, env.lock.json, inputs.json, checks.json."""
LINES: dict[str, Any] = {
    "claims-file-line-v1": JudgedLine,
    "claims-line-v1": ClaimLine,
    "verify-line-v1": VerifyLine,
    "read-line-v1": ReadLine,
    "results-line-v1": ResultLine,
    "comparison-line-v1": ComparisonLine,
    "search-line-v1": FoundLine,
    "skipped-line-v1": SkippedLine,
    "check-record-line-v1": ProblemLine,
    "review-line-v1": ReviewLine,
    "decision-line-v1": AskedLine,
}
