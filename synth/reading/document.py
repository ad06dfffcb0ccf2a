"""A file goes in; its ``Reading`` comes out (inside a child process; see ``child``)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synth.errors import UnreadablePaper
from synth.reading import (
    columns,
    floats,
    furniture,
    metadata,
    paragraphs,
    passages,
    pdf,
    quality,
    references,
    roles,
    second,
    tables,
)
from synth.reading.plain import read_plain
from synth.records import Found, Passage, Reading, Reference, Role, Skipped, Span, Table, content_id
from synth.text import letters


def read(path: Path, *, found: Found | None) -> Reading:
    """Read one file; raises UnreadablePaper (its message continues the file's name)."""
    data = _bytes(path)
    if path.suffix.lower() in (".txt", ".md"):
        return read_plain(path, data, found=found)
    return _read_pdf(path, data, found=found)


def page_letters(path: Path) -> tuple[str, ...]:
    """Return the letters of each page as the content stream has them, nothing left out."""
    data = _bytes(path)
    if path.suffix.lower() in (".txt", ".md"):
        return (letters(data.decode("utf-8", "replace")),)
    with _opened(path, data) as document:
        return tuple(letters(pdf.bare(page.get_text("text", flags=pdf.flags()))) for page in document)


def text_in_boxes(path: Path, spans: Sequence[Span]) -> str:
    """Return the characters whose centres lie in the boxes, box after box, as the content stream has them."""
    with opened(path) as document:
        return "".join(
            pdf.text_inside(document, span.page, span.boxes)
            for span in spans
            if span.page <= document.page_count
        )


def opened(path: Path) -> pdf.Opened:
    """Open a PDF; raises UnreadablePaper for what is none."""
    return _opened(path, _bytes(path))


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadablePaper(f"cannot be read ({error.strerror})", remedy="check the path") from error
    if not data:
        raise UnreadablePaper("is empty", remedy="fetch the file again from its source")
    return data


def _opened(path: Path, data: bytes) -> pdf.Opened:
    # a header may follow up to 1,024 bytes of other things (ISO 32000-1, implementation note 13)
    if b"%PDF-" not in data[:2048]:
        raise UnreadablePaper("is no PDF", remedy="give a PDF, a .txt or a .md file")
    return pdf.opened(path)


@dataclass(frozen=True, slots=True)
class _Laid:
    """The parts, captions and headings of a document, and the words that it uses."""

    parts: list[roles.Part]
    headings: list[str]
    floats: list[floats.Float]
    imprint: list[pdf.Line]


def _read_pdf(path: Path, data: bytes, *, found: Found | None) -> Reading:
    skipped: list[Skipped] = []
    with _opened(path, data) as document:
        pages, texts = _pages(document, skipped)
        count = document.page_count
        inside = str((document.metadata or {}).get("title") or "")
    if not pages:
        raise _no_text(skipped)
    skipped.extend(second.differing(path, texts))
    seen = passages.vocabulary(pages)
    laid = _lay_out(pages)
    title = " ".join(_title(laid, seen).split())
    said = metadata.guessed(pages, title=title, inside=inside, path=path)
    sha256 = hashlib.sha256(data).hexdigest()
    paper = metadata.paper_of(
        said,
        found,
        identity=content_id("p", sha256),
        sha256=sha256,
        file=path.name,
        pages=count,
        read="full_text",
    )
    by_number = {page.number: page for page in pages}
    made, entries = _passages(laid, by_number, seen, paper=paper.id)
    captions = {id(f): p.text for f, p in made if isinstance(f, floats.Float)}
    found_tables: list[Table] = []
    for one in laid.floats:
        if one.kind == "table":
            table = tables.table_of(
                one, by_number[one.page], paper=paper.id, caption=captions.get(id(one), "")
            )
            if table is not None:
                found_tables.append(table)
            else:
                reason = f"no cells found for: {captions.get(id(one), '')}"
                skipped.append(Skipped(what="table", reason=reason, page=one.page))
    return Reading(
        paper=paper,
        passages=tuple(p for _, p in made),
        tables=tuple(found_tables),
        references=tuple(entries),
        skipped=tuple(skipped),
    )


def _no_text(skipped: Sequence[Skipped]) -> UnreadablePaper:
    first = skipped[0] if skipped else Skipped(what="", reason="has no pages")
    return UnreadablePaper(
        f"has no usable text on any page (page 1 {first.reason})",
        remedy=next((s.remedy for s in skipped if s.remedy), "give another copy"),
    )


def _pages(document: pdf.Opened, skipped: list[Skipped]) -> tuple[list[pdf.Page], dict[int, str]]:
    pages: list[pdf.Page] = []
    texts: dict[int, str] = {}
    for number in range(1, document.page_count + 1):
        try:
            page = pdf.page_of(document, number)
        except UnreadablePaper as error:
            skipped.append(Skipped(what=f"page {number}", reason=error.message, page=number))
            continue
        why = quality.unusable(page)
        if why is not None:
            skipped.append(why)
            continue
        pages.append(page)
        texts[number] = " ".join([*(line.text for line in page.lines), *page.turned])
    return pages, texts


def _lay_out(pages: Sequence[pdf.Page]) -> _Laid:
    size = furniture.body_size(pages)
    imprint = furniture.strip(pages)
    gutters = columns.gutters(pages, size)
    by_page = [(page, floats.captions(page, gutters[page.number], size)) for page in pages]
    prefer = floats.preferred(by_page, size)
    for page, found in by_page:
        floats.claim(page, found, size, prefer, found)
    flow = [
        column
        for page in pages
        for column in columns.arrange(page, page.lines, gutters[page.number], first=page is pages[0])
    ]
    about = paragraphs.measure(flow, size)
    blocks = paragraphs.joined(paragraphs.blocks(flow, about), about)
    parts, headings = roles.parts(blocks, about)
    return _Laid(parts, headings, [f for _, found in by_page for f in found], imprint)


def _title(laid: _Laid, seen: dict[str, int]) -> str:
    found = next((part.block for part in laid.parts if part.role is Role.TITLE), None)
    rows = [row for block in (found, *found.more) for row in block.rows] if found else []
    return passages.laid(rows, seen)[0]


def _passages(
    laid: _Laid, pages: dict[int, pdf.Page], seen: dict[str, int], *, paper: str
) -> tuple[list[tuple[object, Passage]], list[Reference]]:
    """Make the passages in reading order: each page's paragraphs, then its captions."""
    waiting: list[tuple[int, object, list[pdf.Line], Role, str, int]] = []
    listed: list[pdf.Line] = []
    for part in laid.parts:
        rows = [row for block in (part.block, *part.block.more) for row in block.rows]
        if part.role is Role.REFERENCE:
            listed.extend(rows)
        else:
            waiting.append((part.block.page, part, rows, part.role, part.section, part.skip))
    for one in laid.floats:
        waiting.append((one.page, one, one.rows, Role.CAPTION, "", 0))
    if laid.imprint:
        waiting.append((1, laid, columns.merged(laid.imprint), Role.FRONT, "", 0))
    entries: list[Reference] = []
    begins = references.starts(listed)
    section = next((p.section for p in laid.parts if p.role is Role.REFERENCE), "")
    for a, b in zip(begins, [*begins[1:], len(listed)][: len(begins)], strict=True):
        rows = listed[a:b]
        waiting.append((rows[0].page, rows, rows, Role.REFERENCE, section, 0))
    waiting.sort(key=lambda w: w[0])
    made: list[tuple[object, Passage]] = []
    for _, origin, rows, role, section, skip in waiting:
        passage = passages.passage_of(
            rows, pages, seen, paper=paper, section=section, role=role, position=len(made), skip=skip
        )
        if passage is None:
            continue
        made.append((origin, passage))
        if role is Role.REFERENCE:
            entries.append(references.entry(passage.text))
    return made, entries
