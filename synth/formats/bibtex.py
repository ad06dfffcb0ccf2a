"""A report in, references.bib out: every retrieved paper as a BibTeX entry, its text safe for TeX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synth.formats import cited
from synth.formats.addresses import address, arxiv_id, doi
from synth.records import Paper, Report

FILENAME: Final = "references.bib"

# BibTeX counts braces even behind a backslash, so they are named, not escaped.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    '"': "''",
}


def render(report: Report) -> bytes:
    """Return an entry for each retrieved paper, in the order of the report, in UTF-8."""
    keys = cited.keys(report.papers)
    entries = [_entry(key, paper) for key, paper in zip(keys, report.papers, strict=True)]
    return "\n".join(entries).encode()


def tex(text: str) -> str:
    """Return ``text`` on one line with TeX's signs made letters."""
    return "".join(_TEX.get(c, c) for c in cited.flat(text))


def _entry(key: str, paper: Paper) -> str:
    kind = "article" if paper.venue else "misc"
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(paper) if value)
    return f"@{kind}{{{key},\n{fields}}}\n"


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    names = [cited.name(author) for author in paper.authors]
    # a name in braces is not taken apart at an "and" inside it
    shown = [f"{{{tex(n.family)}}}, {tex(n.given)}" if n.given else f"{{{tex(n.family)}}}" for n in names]
    yield "author", " and ".join(shown)
    yield "title", f"{{{tex(paper.title or paper.doc_id)}}}"
    yield "journal", tex(paper.venue)
    yield "year", str(paper.year) if paper.year else ""
    yield "eprint", arxiv_id(paper)
    yield "archiveprefix", "arXiv" if arxiv_id(paper) else ""
    yield "doi", doi(paper).replace("{", "").replace("}", "")
    yield "url", address(paper)
