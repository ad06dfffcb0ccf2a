"""Nothing in, what all contracts are made of out: numbers within bounds, records without other fields."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Score = Annotated[float, Meta(ge=0, le=10)]
Count = Annotated[int, Meta(ge=0)]
Probability = Annotated[float, Meta(ge=0, le=1)]
Page = Annotated[int, Meta(ge=1)]
Level = Literal["UNASSESSED", "LOW", "MEDIUM", "HIGH"]
DateTime = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")]


class Closed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record with no other fields than its own."""


class Contract(Closed, frozen=True, kw_only=True):
    """What every block begins with."""

    schema: str
    schema_version: str
    contract_version: str
