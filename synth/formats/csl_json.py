"""A report in, references.json out: every retrieved paper as CSL-JSON (citationstyles.org, schema 1.0)."""

from __future__ import annotations

import json
from typing import Any, Final

from synth.formats import cited
from synth.formats.addresses import address, arxiv_id, doi
from synth.records import Paper, Report

FILENAME: Final = "references.json"


def render(report: Report) -> bytes:
    """Return a list with an item for each retrieved paper, in the order of the report, in UTF-8."""
    keys = cited.keys(report.papers)
    items = [_item(key, paper) for key, paper in zip(keys, report.papers, strict=True)]
    return (json.dumps(items, ensure_ascii=False, indent=2) + "\n").encode()


def _item(key: str, paper: Paper) -> dict[str, Any]:
    names = [cited.name(author) for author in paper.authors]
    item: dict[str, Any] = {
        "id": key,
        "type": "article-journal" if paper.venue else "article",
        "title": cited.flat(paper.title) or cited.flat(paper.doc_id),
        "author": [
            {"family": n.family, "given": n.given} if n.given else {"literal": n.family} for n in names
        ],
        "issued": {"date-parts": [[paper.year]]} if paper.year else None,
        "container-title": cited.flat(paper.venue),
        "number": f"arXiv:{arxiv_id(paper)}" if arxiv_id(paper) else "",
        "DOI": doi(paper),
        "URL": address(paper),
    }
    return {name: value for name, value in item.items() if value}
