"""Plain text, Markdown or an abstract goes in; a reading without pages and boxes comes out."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from synth.errors import UnreadablePaper
from synth.reading.headings import ABSTRACT, ACKNOWLEDGEMENT, REFERENCES
from synth.reading.metadata import Said, paper_of
from synth.reading.references import entry
from synth.records import Found, Paper, Passage, Reading, Reference, Role, Sentence, content_id
from synth.text import printable, sentences

LARGEST = 20_000_000
"""Bytes: more is no paper."""


def read_plain(path: Path, data: bytes, *, found: Found | None) -> Reading:
    """Read a .txt or .md file; an optional YAML head names title, authors, year, arxiv, doi, url, venue.

    Raises UnreadablePaper for text that is not UTF-8, is empty, or is no text at all.
    """
    if len(data) > LARGEST:
        raise UnreadablePaper("is too long for a paper", remedy="give the paper alone")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadablePaper("is not UTF-8 text", remedy="save it as UTF-8") from error
    head, body = _head(text)
    said = _said(head, body, path)
    sha256 = hashlib.sha256(data).hexdigest()
    paper = paper_of(
        said,
        found,
        identity=content_id("p", sha256),
        sha256=sha256,
        file=path.name,
        pages=0,
        read="full_text",
    )
    passages, references = _passages(body, paper, said.abstract)
    if not passages:
        raise UnreadablePaper("holds no text", remedy="give a file with text in it")
    return Reading(paper=paper, passages=tuple(passages), references=tuple(references))


def reading_of_abstract(found: Found) -> Reading:
    """Make the reading of an announced abstract; without an abstract it has no passages."""
    text = _clean(found.abstract)
    identity = content_id("p", found.arxiv, found.doi, found.title, text)
    paper = paper_of(
        Said(),
        found,
        identity=identity,
        sha256="",
        file="",
        pages=0,
        read="abstract_only" if text else "unread",
    )
    passages = (_passage(paper, text, Role.ABSTRACT, "Abstract", 0),) if text else ()
    return Reading(paper=paper, passages=passages)


def _head(text: str) -> tuple[dict[str, object], str]:
    """Split off a YAML head between lines of three hyphens; one that is no mapping is an error."""
    match = re.match(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", text, re.S)
    if match is None:
        return {}, text
    import yaml  # 0.05 s

    try:
        head = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadablePaper("has a head that is not YAML", remedy="mend the lines between ---") from error
    if head is None:
        return {}, text[match.end() :]
    if not isinstance(head, dict):
        raise UnreadablePaper("has a head that is not YAML", remedy="write `title: ...` between ---")
    return {str(k).lower(): v for k, v in head.items()}, text[match.end() :]


def _said(head: dict[str, object], body: str, path: Path) -> Said:
    names = head.get("authors", head.get("author", ()))
    people = names if isinstance(names, list) else re.split(r";|\band\b", str(names or ""))
    year = re.search(r"\d{4}", str(head.get("year", head.get("date", "")) or ""))
    arxiv = re.search(r"(?P<id>\d{4}\.\d{4,5}|[a-z-]+/\d{7})(?P<version>v\d+)?", _one(head, "arxiv"))
    return Said(
        title=_one(head, "title") or _first_heading(body) or path.stem,
        authors=tuple(_clean(str(p)) for p in people if _clean(str(p))),
        year=int(year.group()) if year else None,
        venue=_one(head, "venue"),
        arxiv=arxiv["id"] if arxiv else "",
        version=(arxiv["version"] or "") if arxiv else "",
        doi=re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", _one(head, "doi")),
        url=_one(head, "url"),
        abstract=_one(head, "abstract"),
    )


def _one(head: dict[str, object], name: str) -> str:
    value = head.get(name)
    return _clean(str(value)) if isinstance(value, str | int | float) else ""


def _first_heading(body: str) -> str:
    match = re.search(r"^#\s+(.+?)\s*#*$", body, re.M)
    return _clean(match[1]) if match else ""


def _clean(text: str) -> str:
    return " ".join(printable(text.replace("\n", " ").replace("\t", " ")).split())


def _passages(body: str, paper: Paper, abstract: str) -> tuple[list[Passage], list[Reference]]:
    """Cut a text at blank lines and headings; fenced code and tables are not prose and are left out."""
    passages: list[Passage] = []
    references: list[Reference] = []
    if abstract:
        passages.append(_passage(paper, abstract, Role.ABSTRACT, "Abstract", 0))
    role, path = Role.BODY, list[tuple[int, str]]()
    for chunk in re.split(
        r"\n[ \t]*\n", re.sub(r"(?ms)^(```|~~~).*?^\1[^\n]*$", "\n", body.replace("\r\n", "\n"))
    ):
        lines = chunk.strip().split("\n")
        while lines and (heading := re.match(r"^(#{1,6})\s+(.+?)\s*#*$", lines[0])):
            depth, name = len(heading[1]), _clean(heading[2])
            path = [(d, t) for d, t in path if d < depth]
            if name != paper.title:
                path.append((depth, name))
            role = _role(name)
            lines = lines[1:]
        text = _clean(_bare(" ".join(lines)))
        if not text or all(line.lstrip().startswith("|") for line in lines):
            continue
        section = " > ".join(t for _, t in path)
        passages.append(_passage(paper, text, role, section, len(passages)))
        if role is Role.REFERENCE:
            references.append(entry(text))
    return passages, references


def _bare(text: str) -> str:
    """Take Markdown's marks away where they are marks (emphasis, code, list signs, quotes)."""
    text = re.sub(r"^\s*(?:[-*+>]|\d{1,3}[.)])\s+", "", text)
    text = re.sub(r"!?\[([^\]]+)\]\([^)\s]+\)", r"\1", text)
    return re.sub(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text)


def _role(heading: str) -> Role:
    bare = re.sub(r"^[\d.]+\s+", "", heading)
    if REFERENCES.match(bare):
        return Role.REFERENCE
    if ACKNOWLEDGEMENT.match(bare):
        return Role.ACKNOWLEDGEMENT
    return Role.ABSTRACT if ABSTRACT.match(bare) else Role.BODY


def _passage(paper: Paper, text: str, role: Role, section: str, position: int) -> Passage:
    return Passage(
        id=content_id("s", paper.id, str(position), text),
        paper=paper.id,
        section=section,
        role=role,
        text=text,
        spans=(),
        sentences=tuple(Sentence(start=a, end=b, spans=()) for a, b in sentences(text)),
    )
