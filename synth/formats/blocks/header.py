"""A report in, what several blocks share out: identifiers, publisher, work."""

from __future__ import annotations

from typing import TypedDict

from synth.formats.contracts import Publisher, Work
from synth.formats.schemas import identifier
from synth.records import Report

CONTRACT_UPDATED = "2026-11-21"
"""The day on which the contracts last changed."""


class Header(TypedDict):
    """The fields that every block begins with."""

    schema: str
    schema_version: str
    contract_version: str


def header(contract: str) -> Header:
    """Return the identifiers of a block under ``contract``."""
    return {"schema": identifier(contract), "schema_version": "1.0.0", "contract_version": contract}


def publisher(report: Report) -> Publisher:
    """Return who wrote the report, with what."""
    return Publisher(
        name=report.provenance.publisher, software="synth", software_version=report.provenance.synth_version
    )


def work(report: Report) -> Work:
    """Return the report as a work."""
    return Work(
        id=report.fingerprint,
        title=report.title,
        authors=[report.provenance.publisher],
        date=report.date,
        language="en",
        type="literature synthesis",
        research_question=report.question.text,
        question_id=report.question.id,
        abstract=report.abstract,
        url=None,
        doi=None,
    )
