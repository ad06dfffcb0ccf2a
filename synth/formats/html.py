"""A report in, report.html out: one file, its style inside, no script, nothing fetched, all escaped."""

from __future__ import annotations

from typing import Final

from synth.formats.page import page
from synth.formats.sections import compose
from synth.records import Report

FILENAME: Final = "report.html"


def render(report: Report) -> bytes:
    """Return the report as one self-contained HTML file in UTF-8."""
    return page(compose(report))
