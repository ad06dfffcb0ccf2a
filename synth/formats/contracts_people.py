"""What people decided on claims in, its typed records out: the block ``people`` of a manifest."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from synth.formats.contracts_parts import Closed, Count, Probability

Agreed = Annotated[float, Meta(ge=-1, le=1)]


class LabelCounts(Closed, frozen=True, kw_only=True):
    """Claims by label."""

    support: Count = field(name="SUPPORT")
    contradict: Count = field(name="CONTRADICT")
    not_enough_info: Count = field(name="NOT_ENOUGH_INFO")
    no_label: Count


class PersonEntry(Closed, frozen=True, kw_only=True):
    """What one person decided, in claims; ``blind`` counts those judged before the verdict was shown."""

    name: str
    accepted: Count
    rejected: Count
    changed: Count
    deferred: Count
    flagged: Count
    settled: Count
    blind: Count


class KappaEntry(Closed, frozen=True, kw_only=True):
    """How far people agree beyond chance; null where kappa is not defined, and then ``why``."""

    kind: Literal["Cohen", "Fleiss"]
    reviewers: list[str]
    claims: Count
    value: Agreed | None
    low: Agreed | None
    high: Agreed | None
    agreed: Probability
    why: str


class PeopleEntry(Closed, frozen=True, kw_only=True):
    """What people decided on the claims; nothing else of the record is computed from it."""

    reviewed_claims: Count
    decisions: Count
    taken_back: Count
    reviewers: list[PersonEntry]
    machine_labels: LabelCounts
    machine_labels_of_reviewed_claims: LabelCounts
    people_labels: LabelCounts
    kappa: list[KappaEntry]
    disputed_claims: list[str]
    settled_claims: list[str]
