"""A report in, references.ris out: every retrieved paper in the tagged format of reference managers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synth.formats import cited
from synth.formats.addresses import address, doi
from synth.records import Paper, Report

FILENAME: Final = "references.ris"


def render(report: Report) -> bytes:
    """Return a record for each retrieved paper, in the order of the report, in UTF-8 with CRLF."""
    return "".join(f"{tag}  - {value}\r\n" for paper in report.papers for tag, value in _tags(paper)).encode()


def _tags(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TY", "JOUR" if paper.venue else "UNPB"
    yield "TI", cited.flat(paper.title) or cited.flat(paper.doc_id)
    for author in paper.authors:
        family, given = cited.name(author)
        yield "AU", f"{family}, {given}" if given else family
    rows = (
        ("PY", str(paper.year) if paper.year else ""),
        ("JO", cited.flat(paper.venue)),
        ("DO", doi(paper)),
        ("UR", address(paper)),
    )
    yield from ((tag, value) for tag, value in rows if value)
    yield "ER", ""
