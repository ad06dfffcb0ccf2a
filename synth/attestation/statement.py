"""An attempt's files and records in, what is stated of them out: an in-toto Statement v1, and back.

The statement (in-toto attestation framework, spec v1) names every file with its SHA-256; its predicate says
what the attempt is and came to. It holds no name of a person, a machine or a path.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

import msgspec

from synth.errors import AttestationError
from synth.records import Artifact, Skipped
from synth.trials import Environment, Results, Spec

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:synth:predicate:attempt-v1"


class Found(Protocol):
    """What lies in an attempt's folder now, without its attestation, whose bytes are ``envelope``."""

    @property
    def folder(self) -> Path: ...
    @property
    def files(self) -> tuple[Artifact, ...]: ...
    @property
    def refused(self) -> tuple[Skipped, ...]: ...
    @property
    def envelope(self) -> bytes | None: ...
    @property
    def digest(self) -> str: ...


class Contents(Protocol):
    """The records that the files of an attempt hold."""

    @property
    def spec(self) -> Spec: ...
    @property
    def results(self) -> Results: ...
    @property
    def environment(self) -> Environment: ...


class _Closed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record with no other fields than its own."""


class Digest(_Closed, frozen=True, kw_only=True):
    """The digests of a file."""

    sha256: str


class Subject(_Closed, frozen=True, kw_only=True):
    """A file of the attempt."""

    name: str
    digest: Digest


class Judged(_Closed, frozen=True, kw_only=True):
    """A claim that the attempt judged, and how it came out."""

    claim: str
    hypothesis: str
    outcome: str


class Predicate(_Closed, frozen=True, kw_only=True):
    """What the attempt is: its digest, its frozen spec, its claims, when it ended, in what seal."""

    attempt: str
    spec_sha256: str
    claims: tuple[Judged, ...]
    ended_at: str
    seal: str
    synth: str


class Statement(_Closed, frozen=True, kw_only=True):
    """An in-toto Statement v1."""

    type: str = msgspec.field(name="_type")
    subject: tuple[Subject, ...]
    predicate_type: str = msgspec.field(name="predicateType")
    predicate: Predicate


def of(found: Found, *, contents: Contents, version: str) -> Statement:
    """Return what is to be stated of an attempt; ``version`` is the synth that states it."""
    files = sorted(found.files, key=lambda one: one.name)
    return Statement(
        type=TYPE,
        subject=tuple(Subject(name=one.name, digest=Digest(sha256=one.sha256)) for one in files),
        predicate_type=PREDICATE_TYPE,
        predicate=Predicate(
            attempt=found.digest,
            spec_sha256=next((one.sha256 for one in files if one.name == "spec.json"), ""),
            claims=tuple(
                Judged(claim=one.claim, hypothesis=one.key, outcome=str(one.outcome))
                for one in contents.results.judgements
            ),
            ended_at=contents.environment.ended_at,
            seal=contents.environment.seal,
            synth=version,
        ),
    )


def write(statement: Statement) -> bytes:
    """Return the payload: JSON with sorted keys and no spaces."""
    return json.dumps(msgspec.to_builtins(statement), sort_keys=True, separators=(",", ":")).encode()


def read(payload: bytes) -> Statement:
    """Return the statement of a payload that is written exactly as ``write`` writes it.

    Raises AttestationError for another type, another predicate, names that are doubled or unsorted, and any
    other bytes.
    """
    remedy = "take the attestation anew from where the attempt was published"
    try:
        made = msgspec.json.decode(payload, type=Statement)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise AttestationError("the payload is no statement on an attempt", remedy=remedy) from error
    if made.type != TYPE or made.predicate_type != PREDICATE_TYPE:
        raise AttestationError(f"the statement is not of the type {PREDICATE_TYPE}", remedy=remedy)
    names = [one.name for one in made.subject]
    if write(made) != payload or names != sorted(set(names)):
        raise AttestationError("the statement is not in canonical form", remedy=remedy)
    return made
