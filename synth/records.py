"""The nouns: frozen records that every stage takes and gives (standard library only).

Ids are content hashes, never counters or clocks. What cannot be right cannot be built.
Coordinates are PDF points with the origin at the top left of the page as a viewer shows it;
pages count from 1; probabilities lie in [0, 1]; ``start``/``end`` are offsets into ``text``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple


def content_id(prefix: str, *parts: str) -> str:
    """Return ``prefix`` and 16 hex digits of the SHA-256 of ``parts`` (order matters)."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return f"{prefix}{hashlib.sha256(joined).hexdigest()[:16]}"


class Label(StrEnum):
    """What a passage says of a claim (the labels of SciFact, arXiv 2004.14974)."""

    SUPPORT = "SUPPORT"
    CONTRADICT = "CONTRADICT"
    NOT_ENOUGH_INFO = "NOT_ENOUGH_INFO"


class ClaimKind(StrEnum):
    """What a claim does in its paper."""

    FINDING = "finding"
    COMPARISON = "comparison"
    METHOD = "method"
    RESOURCE = "resource"
    DEFINITION = "definition"
    LIMITATION = "limitation"


class Role(StrEnum):
    """What a passage is on its page; only ABSTRACT, BODY and CAPTION are mined or judged against."""

    TITLE = "title"
    ABSTRACT = "abstract"
    BODY = "body"
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    FRONT = "front"
    ACKNOWLEDGEMENT = "acknowledgement"
    REFERENCE = "reference"


class GateStatus(StrEnum):
    """Status of a claim or record at the gate; only ``gate.status`` gives one."""

    UNVERIFIED = "UNVERIFIED"
    VERIFIED = "VERIFIED"
    FALSIFIED = "FALSIFIED"


class Outcome(StrEnum):
    """The one immutable outcome of an attempt."""

    PROVED = "PROVED"
    REPRODUCED = "REPRODUCED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"
    NOT_RUN = "NOT_RUN"


ReadState = Literal["full_text", "abstract_only", "unread"]
Pairs = tuple[tuple[str, str], ...]
"""Sorted (name, value) pairs: a frozen mapping."""


class Box(NamedTuple):
    """A rectangle on a page, in points."""

    x0: float
    y0: float
    x1: float
    y1: float


class Probabilities(NamedTuple):
    """P(label) for the three labels; they sum to 1."""

    support: float
    contradict: float
    not_enough_info: float

    def of(self, label: Label) -> float:
        """Return the probability of ``label``."""
        match label:
            case Label.SUPPORT:
                return self.support
            case Label.CONTRADICT:
                return self.contradict
            case Label.NOT_ENOUGH_INFO:
                return self.not_enough_info


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where text stands on one page: a box for each line."""

    page: int
    boxes: tuple[Box, ...]

    def __post_init__(self) -> None:
        if self.page < 1:
            raise ValueError("pages count from 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the reader wants to know, with its whitespace made single."""

    text: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a question has words")

    @property
    def id(self) -> str:
        """Content id of the question."""
        return content_id("q", self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A paper as a source announced it, before anyone read it.

    ``file`` is the name beneath the source's folder, never an absolute path; it is "" where
    there is nothing to read but the abstract. ``pdf_url`` is "" where nothing can be fetched.
    """

    source: str
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str = ""
    arxiv: str = ""
    doi: str = ""
    url: str = ""
    abstract: str = ""
    file: str = ""
    pdf_url: str = ""

    @property
    def id(self) -> str:
        """Content id of the announcement."""
        return content_id("f", self.source, self.title, self.arxiv, self.doi, self.url, self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that could not be used: what, why, and what the user can do."""

    what: str
    reason: str
    remedy: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document as it was read. ``id`` is the content hash of its bytes (or of its abstract).

    ``arxiv`` holds the id without version, ``version`` "v2" or "". Two versions of one work are
    two papers and one ``work``: they never corroborate each other.
    """

    id: str
    file: str
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str = ""
    arxiv: str = ""
    version: str = ""
    doi: str = ""
    url: str = ""
    source: str = ""
    sha256: str = ""
    pages: int = 0
    read: ReadState = "full_text"

    @property
    def work(self) -> str:
        """Name of the work whatever its version: arXiv id, else DOI, else letters of the title."""
        if self.arxiv:
            return f"arxiv:{self.arxiv}"
        if self.doi:
            return f"doi:{self.doi.lower()}"
        letters = "".join(c for c in self.title.lower() if c.isalnum())
        return f"title:{letters}" if len(letters) >= 12 else f"paper:{self.id}"

    @property
    def doc_id(self) -> str:
        """What users call the paper: its file name, else its arXiv id, DOI, title or content id."""
        return self.file or (
            f"{self.arxiv}{self.version}" if self.arxiv else self.doi or self.title or self.id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A whole sentence of a passage; its boxes hold its words alone, not the rest of the line."""

    start: int
    end: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph, caption or the like, mended (hyphens, ligatures), with its lines' boxes.

    ``spans`` has an entry for each page (a passage may cross a page break), a box for each line.
    ``sentences`` are in order and do not overlap. Text without a page (an abstract from a
    service, a .txt file) has no spans.
    """

    id: str
    paper: str
    section: str
    role: Role
    text: str
    spans: tuple[Span, ...]
    sentences: tuple[Sentence, ...]

    @property
    def page(self) -> int | None:
        """First page, or None where the text has no pages."""
        return self.spans[0].page if self.spans else None

    def sentence_text(self, index: int) -> str:
        """Return the verbatim text of sentence ``index``."""
        found = self.sentences[index]
        return self.text[found.start : found.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table anchored at its caption; ``rows`` and ``cell_boxes`` have the same shape."""

    id: str
    paper: str
    page: int
    box: Box
    caption: str
    rows: tuple[tuple[str, ...], ...]
    cell_boxes: tuple[tuple[Box | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One entry of a reference list."""

    raw: str
    title: str = ""
    doi: str = ""
    arxiv: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that was read of a paper; ``skipped`` names what could not be (a page, a table)."""

    paper: Paper
    passages: tuple[Passage, ...]
    tables: tuple[Table, ...] = ()
    references: tuple[Reference, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number as stated. ``value`` and ``high`` (end of a range) are in ``unit``, scaled (433k -> 433000).

    ``unit`` is one of "percent", "points" (differences of percentages or scores), "times" (2x),
    "" (a bare number) or the counted noun in the singular ("language", "parameter", "pair").
    ``digits`` counts the reported decimals before scaling, ``scale`` is the factor of k/M/B (else 1),
    ``bound`` is "", "about", "less" or "more", ``direction`` is "up", "down" or "".
    """

    value: float
    unit: str
    raw: str
    start: int
    end: int
    high: float | None = None
    digits: int = 0
    scale: float = 1.0
    bound: Literal["", "about", "less", "more"] = ""
    direction: Literal["", "up", "down"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A whole sentence that asserts something checkable, verbatim.

    ``conditions`` names what limits it (dataset, split, language, metric, setting);
    ``score`` in [0, 1] is how much it claims, whatever the question.
    """

    id: str
    paper: str
    passage: str
    sentence: int
    text: str
    kind: ClaimKind
    section: str
    spans: tuple[Span, ...]
    quantities: tuple[Quantity, ...]
    conditions: Pairs
    score: float

    @property
    def page(self) -> int | None:
        """First page, or None where the text has no pages."""
        return self.spans[0].page if self.spans else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A sentence of a passage set against a claim; ``quote`` is verbatim.

    ``doc_id`` is the paper's ``doc_id``; ``sentence`` the index in the passage (or in the given list);
    ``start`` the offset in the passage; ``score`` the verifier's score of ``relation`` in [0, 1]
    (before a verifier saw it: the retrieval score); ``own_source`` is true where it stands in
    the claim's own work.
    """

    doc_id: str
    paper: str
    passage: str
    sentence: int
    start: int
    quote: str
    spans: tuple[Span, ...]
    relation: Label
    score: float
    own_source: bool = False

    @property
    def page(self) -> int | None:
        """First page, or None where the text has no pages."""
        return self.spans[0].page if self.spans else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The label of a claim with its calibrated probability, evidence (best first) and reasons in words.

    ``mixed`` marks evidence on both sides (the label is then NOT_ENOUGH_INFO).
    Raises ValueError for a SUPPORT or CONTRADICT without evidence of that relation, for
    probabilities outside [0, 1] or not summing to 1, and for a missing signature.
    """

    claim: str
    label: Label
    probabilities: Probabilities
    evidence: tuple[Evidence, ...]
    signature: str
    reasons: tuple[str, ...] = ()
    mixed: bool = False

    def __post_init__(self) -> None:
        if not all(0.0 <= p <= 1.0 for p in self.probabilities):
            raise ValueError("probabilities lie in [0, 1]")
        if abs(sum(self.probabilities) - 1.0) > 2e-3:
            raise ValueError("probabilities sum to 1")
        if not self.signature:
            raise ValueError("a verdict is signed")
        if self.label is not Label.NOT_ENOUGH_INFO and not any(
            e.relation is self.label for e in self.evidence
        ):
            raise ValueError(f"{self.label} needs evidence of that relation")

    @property
    def confidence(self) -> float:
        """P(label)."""
        return self.probabilities.of(self.label)

    def ticked(self, threshold: float) -> bool:
        """Whether the tick is shown: SUPPORT with at least ``threshold``."""
        return self.label is Label.SUPPORT and self.confidence >= threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A claim of a report with its verdicts: by other works (the tick) and by its own work.

    ``repeats`` are claims of the same meaning in other papers, grouped under this one;
    ``relevance`` in [0, 1] is how near the claim is to the question.
    """

    claim: Claim
    relevance: float
    by_others: Verdict
    by_own: Verdict
    repeats: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A measured result. Unstated fields are "", never guessed; ``condition`` holds what else was stated."""

    id: str
    paper: str
    doc_id: str
    model: str
    task: str
    dataset: str
    split: str
    language: str
    metric: str
    value: float
    unit: str
    digits: int
    origin: Literal["table", "prose"]
    quote: str
    spans: tuple[Span, ...]
    condition: Pairs = ()
    is_difference: bool = False


Relation = Literal["agree", "conflict", "not_comparable", "condition_not_stated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Results that speak of one quantity by name, and whether they may be compared.

    ``reason`` says in words which condition differs or is missing; ``spread`` is max - min in the
    entries' unit, None unless the entries agree or conflict.
    """

    key: str
    relation: Relation
    reason: str
    entries: tuple[Result, ...]
    spread: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Claims on one theme and what the papers together say of it (sentences come from templates)."""

    id: str
    theme: str
    terms: tuple[str, ...]
    claims: tuple[str, ...]
    works: int
    state: Literal["agreement", "disagreement", "one_work", "unconnected"]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One thing that the question asks for, and the claims that speak of it."""

    text: str
    kind: Literal["topic", "entity", "quantity", "comparison"]
    covered: bool
    claims: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerability:
    """Whether these papers answer the question, facet by facet."""

    answer: Literal["answered", "partly", "not_answered"]
    facets: tuple[Facet, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """What the judged claims say together."""

    findings: tuple[Finding, ...]
    answerability: Answerability
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Two statements that cannot both hold, both quoted; ``kind`` says whether one work changed its mind."""

    claim: str
    evidence: Evidence
    kind: Literal["between_works", "between_versions", "within_paper"]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many papers were found, and what was read of them."""

    found: int
    duplicate: int
    readable: int
    full_text: int
    abstract_only: int
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """Points taken (<= 0) or given (> 0) by a check, and the claims or papers that caused them."""

    check: str
    points: float
    note: str
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """One of the three reviewers: a documented rubric of computed checks; ``score`` in [0, 10]."""

    name: Literal["challenger", "confirmer", "integrator"]
    mandate: str
    score: float
    deductions: tuple[Deduction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A quality dimension; ``score`` is None (UNASSESSED) where nothing measures it."""

    name: str
    score: float | None
    level: Literal["UNASSESSED", "LOW", "MEDIUM", "HIGH"]
    basis: str
    definition: str


Tier = Literal["FLAGSHIP_CANDIDATE", "DOI_GRADE", "PUBLIC_RECORD", "WATCHLIST", "QUARANTINE_CANDIDATE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The review: reviewers, the consensus 0-10, dimensions, tier, level 0-7, fit to publish or why not."""

    reviewers: tuple[Reviewer, ...]
    score: float
    dimensions: tuple[Dimension, ...]
    tier: Tier
    tier_basis: str
    level: int
    level_basis: str
    publishable: bool
    publishable_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that an attempt left, by name beneath the attempt's folder."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt at a claim, named by its digest; ``at_claim_scale`` is false for scaled-down runs.

    ``id`` is the 12 hex digits of its folder, ``hypothesis`` the text that was judged, ``words`` what a page
    must say of the run, ``folder`` the attempt's folder beneath the gate's ("c0123…/0123456789ab"). Raises
    ValueError for PROVED or REPRODUCED without a hashed artifact.
    """

    claim: str
    experiment: str
    spec_sha256: str
    measurements: Pairs
    outcome: Outcome
    reason: str
    artifacts: tuple[Artifact, ...]
    environment: Pairs
    at_claim_scale: bool
    sound: bool
    ended_at: str
    id: str = ""
    hypothesis: str = ""
    words: str = ""
    folder: str = ""

    def __post_init__(self) -> None:
        if self.outcome in (Outcome.PROVED, Outcome.REPRODUCED) and not any(
            len(a.sha256) == 64 for a in self.artifacts
        ):
            raise ValueError(f"{self.outcome} needs a hashed artifact")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """The gate's word on a claim or record, and why."""

    status: GateStatus
    reason: str
    attempts: int = 0


Decision = Literal[
    "accept", "reject", "change", "defer", "flag", "unflag", "note", "scope", "link", "settle", "withdraw"
]
"""What a reviewer may do; "withdraw" takes back the review called ``of`` (of a withdrawal: does it again)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A person's decision on a claim, appended, never edited.

    ``at`` is an ISO 8601 time in UTC. ``machine``, ``probabilities`` and ``signature`` are the verdict by
    other works at that moment, ``seen`` names all that was on show (claim, verdicts, evidence), ``report``
    the report's fingerprint and ``question`` its question; ``blind`` where the verdict was hidden until then.
    "accept" and "reject" are of the machine's verdict, "change" and "settle" state the ``label``; ``scope``
    is the claim's conditions as the reviewer has them, ``passage`` the sentence that he links.
    ``id`` is the hash of all the rest (``reviews.sealed``), ``after`` the id of his review before this one.
    Raises ValueError for a decision without what it needs.
    """

    claim: str
    reviewer: str
    at: str
    decision: Decision
    machine: Label
    label: Label | None = None
    note: str = ""
    probabilities: Probabilities | None = None
    signature: str = ""
    seen: str = ""
    scope: Pairs | None = None
    passage: Evidence | None = None
    blind: bool = False
    of: str = ""
    after: str = ""
    question: str = ""
    report: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        needed: dict[str, object] = {
            "change": self.label,
            "settle": self.label,
            "note": self.note.strip(),
            "scope": self.scope is not None,
            "link": self.passage,
            "withdraw": self.of,
        }
        if not needed.get(self.decision, True):
            raise ValueError(f"a review to {self.decision} lacks what it is about")
        if not self.claim or not self.reviewer.strip():
            raise ValueError("a review has a claim and a reviewer")

    @property
    def judgement(self) -> Label | None:
        """The label that the reviewer gives the claim, None where the review gives none."""
        return self.machine if self.decision == "accept" else self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A public correction of a report, appended, never edited."""

    event_id: str
    corrected_at: str
    correction_type: Literal["METADATA", "ARTIFACT", "CLAIM", "BENCHMARK", "PROVENANCE", "QUALITY_ASSESSMENT"]
    public_note: str
    affected_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who wrote the report, with what, when; the clock stands here alone, outside every fingerprint."""

    publisher: str
    synth_version: str
    generated_at: str
    signatures: Pairs
    settings: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a bundle is rendered from. ``fingerprint`` covers everything but the provenance clock.

    ``papers`` holds every retrieved paper, unread ones too; ``candidates`` counts the claims mined
    in all papers, of which ``judged`` are those nearest to the question. ``attempts`` are the sealed attempts
    that bear on judged claims, as seen at the claims' own scale; ``gates`` is the status of each such claim.
    """

    question: Question
    title: str
    date: str
    abstract: str
    papers: tuple[Paper, ...]
    coverage: Coverage
    candidates: int
    judged: tuple[Judged, ...]
    threshold: float
    results: tuple[Result, ...]
    comparisons: tuple[Comparison, ...]
    synthesis: Synthesis
    assessment: Assessment
    gate: GateVerdict
    skipped: tuple[Skipped, ...]
    provenance: Provenance
    fingerprint: str
    reviews: tuple[Review, ...] = ()
    corrections: tuple[Correction, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    gates: tuple[tuple[str, GateVerdict], ...] = ()

    @property
    def verified(self) -> int:
        """How many claims another work supports (the ticks in the table)."""
        return sum(j.by_others.ticked(self.threshold) for j in self.judged)

    def gate_of(self, claim: str) -> GateVerdict:
        """Return the gate's word on a claim; without attempts it is UNVERIFIED."""
        none = GateVerdict(status=GateStatus.UNVERIFIED, reason="no attempt bears on this claim")
        return dict(self.gates).get(claim, none)
