"""A report in, report.pdf out: typst sets a document read as JSON; the same report, the same bytes."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from synth.formats.document import Document, Heading, Intervals, Paragraph, Run, Table, as_table
from synth.formats.glyphs import drawable
from synth.formats.page import TEMPLATES
from synth.formats.sections import compose
from synth.records import Report
from synth.text import printable

FILENAME: Final = "report.pdf"

FONTS = ("Libertinus Serif", "New Computer Modern", "New Computer Modern Math", "DejaVu Sans Mono")
CODE_FONTS = ("DejaVu Sans Mono", *FONTS[:3])
_LONG = re.compile(r"\S{31,}")
_LACKING = re.compile(r"⟨U\+[0-9A-F]")
_NOTE = (
    "The fonts of this PDF lack some characters of the quoted papers; they are printed as their Unicode "
    "numbers in ⟨angle brackets⟩ and stand as themselves in report.html and report.md."
)


def render(report: Report) -> bytes:
    """Return the report as a tagged PDF (PDF/UA-1: a character that no font has would be refused)."""
    return typeset(compose(report))


def typeset(document: Document) -> bytes:
    """Return ``document`` as PDF, A4, without a date or other clock in it."""
    import typst  # 40 ms, 60 MB of fonts

    with tempfile.TemporaryDirectory(prefix="synth-") as folder:
        root = Path(folder)
        shutil.copyfile(TEMPLATES / "report.typ", root / "report.typ")
        (root / "report.json").write_text(json.dumps(_data(document)), encoding="utf-8")
        made = typst.compile(
            root / "report.typ", root=root, ignore_system_fonts=True, format="pdf", pdf_standards=["ua-1"]
        )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single PDF")
    return made


def _data(document: Document) -> Mapping[str, Any]:
    """Return what the template reads; every string in it can be drawn with the fonts."""
    made: dict[str, Any] = _drawn(
        {
            "title": document.title,
            "author": document.author,
            "date": document.date,
            "running": document.title if len(document.title) <= 90 else f"{document.title[:88].rstrip()} …",
            "blocks": [_block(block) for block in document.blocks],
        }
    )
    # PDF/UA wants a title
    made["title"] = made["title"].strip() or "Untitled"
    if _LACKING.search(json.dumps(made, ensure_ascii=False)):
        note = Paragraph(text=(Run(_NOTE),), small=True)
        made["blocks"].append(_block(note))
    return made | {"fonts": FONTS, "code_fonts": CODE_FONTS}


def _block(block: Any) -> dict[str, Any]:
    block = as_table(block) if isinstance(block, Intervals) else block
    made = asdict(block)
    if isinstance(block, Heading):
        made["full"] = block.full
    for name in ("text", "source"):
        if isinstance(made.get(name), tuple):
            made[name] = [_run(run) for run in made[name]]
    if made["kind"] == "bullets":
        made["items"] = [[_run(run) for run in item] for item in made["items"]]
    if isinstance(block, Table):
        made["rows"] = [[[_run(run) for run in cell] for cell in row] for row in made["rows"]]
    return made


def _run(run: Run) -> dict[str, Any]:
    """Return a run; a quiet link is one on words of a paper, which keep their colour."""
    return {"text": run.text, "style": run.style, "href": run.href, "quiet": len(run.text) > 12}


def _drawn(value: Any, *, key: str = "") -> Any:
    match value:
        case str():
            return value if key in ("href", "kind", "anchor", "tone", "style") else drawn(value)
        case dict():
            return {k: _drawn(v, key=k) for k, v in value.items()}
        case list() | tuple():
            return [_drawn(v, key=key) for v in value]
    return value


def drawn(text: str) -> str:
    """Return ``text`` as the fonts can draw it: what they lack becomes ⟨U+4E2D U+6587⟩, long words may break.

    White space becomes single, but the spaces at both ends stay: they part a run from its neighbours.
    """
    composed = re.sub(r"\s+", " ", unicodedata.normalize("NFC", printable(text)))
    lacking = itertools.groupby(composed, key=lambda one: not drawable(one))
    pieces = [_numbers(group) if missing else "".join(group) for missing, group in lacking]
    return _LONG.sub(lambda m: _breakable(m.group()), "".join(pieces))


def _numbers(lacking: Iterable[str]) -> str:
    return f"⟨{' '.join(f'U+{ord(one):04X}' for one in lacking)}⟩"


def _breakable(word: str) -> str:
    """Let a long word (an address, a hash) break after a sign, or after 30 characters without one."""
    broken = re.sub(r"([/._\-=&?+,;:|])(?=\w)", "\\1\u200b", word)
    return re.sub(r"([^\s\u200b]{30})(?=[^\s\u200b])", "\\1\u200b", broken)
