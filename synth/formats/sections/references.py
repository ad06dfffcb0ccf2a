"""A report in, its References out: every retrieved paper, with its link and what was read of it."""

from __future__ import annotations

from synth.formats.addresses import address
from synth.formats.document import Block, Bullets, Heading, Paragraph, Run, Text, code, plain
from synth.formats.wording import plural, sentence
from synth.records import Paper, Report

READ = {"full_text": "full text", "abstract_only": "abstract only", "unread": "unread"}


def references(report: Report) -> tuple[Block, ...]:
    """Return the list of references, in the order in which the papers were retrieved."""
    heading = Heading(level=2, text="References", anchor="references")
    if not report.papers:
        return heading, Paragraph(text=plain("No paper was retrieved."))
    return heading, Bullets(items=tuple(_reference(paper) for paper in report.papers))


def _reference(paper: Paper) -> Text:
    link = address(paper)
    lead: Text = (Run(link, "", link),) if link else (code(paper.doc_id),)
    named = " ".join(paper.title.split())
    who = ", ".join(" ".join(a.split()) for a in paper.authors)
    # "ACL 2020" needs no second 2020
    when = str(paper.year) if paper.year and str(paper.year) not in paper.venue else ""
    said = [sentence(part) for part in (named, who, paper.venue, when) if part.strip()]
    pages = f", {plural(paper.pages, 'page')}" if paper.pages and paper.read == "full_text" else ""
    file = f"; file {paper.file}" if paper.file and link else ""
    said.append(f"Read: {READ[paper.read]}{pages}{file}.")
    return (*lead, Run(f" {' '.join(said)}"))
