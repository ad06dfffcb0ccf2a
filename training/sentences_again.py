"""A locator goes in (a shared file, a sentence's hash); the sentence that our own claims speak of comes out.

Our claims are ours to ship, the papers are not: ``training/data`` keeps file, page and hash, and the text is
read again from the shared folder. What was found is kept under .bench/ until a file or the reader changes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]
from labelled_pairs import read as read_pairs  # noqa: E402

from synth import reading  # noqa: E402
from synth.records import Table  # noqa: E402

KEPT = ROOT / ".bench" / "sentences.json"
_CAPTION = 160


def digest(sentence: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of the letters and digits of ``sentence``."""
    kept = "".join(c for c in sentence.casefold() if c.isalnum())
    return hashlib.sha256(kept.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def found_again(shared: Path, files: set[str]) -> dict[str, dict[str, str]]:
    """Return, for each of ``files`` below ``shared`` that is there, its sentences by digest."""
    signature = f"{reading.SIGNATURE}/{_version()}"
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    kept = kept if kept.get("signature") == signature else {"signature": signature}
    missing = sorted(f for f in files if f not in kept and (shared / f).exists())
    papers = [f for f in missing if f.endswith(".pdf")]
    for file, found in zip(papers, reading.read_all([(shared / f, None) for f in papers]), strict=True):
        kept[file] = {digest(s): s for s in _of_reading(found)}
    for file in missing:
        if not file.endswith(".pdf"):
            kept[file] = {digest(s): s for s in _of_lines(shared / file)}
    if missing:
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(kept), encoding="utf-8")
    return {f: kept[f] for f in files if f in kept}


def _version() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]


def _of_reading(found: object) -> Iterator[str]:
    if not isinstance(found, reading.Reading):  # a Skipped record
        return
    for passage in found.passages:
        for s in passage.sentences:
            yield _plain(passage.text[s.start : s.end])
    for table in found.tables:
        yield from rows(table)


def rows(table: Table) -> Iterator[str]:
    """Yield the rows of ``table`` as sentences: caption, then "column: value" cell by cell."""
    full = [r for r in table.rows if sum(bool(c and c.strip()) for c in r) >= 2]
    caption = _plain(table.caption)
    if len(caption) >= _CAPTION:
        caption = f"{caption[:_CAPTION].rsplit(' ', 1)[0]} …"
    for row in full[1:]:
        cells = [
            f"{_plain(h)}: {_plain(c)}" if h and h.strip() else _plain(c)
            for h, c in zip(full[0], row, strict=False)
            if c and c.strip()
        ]
        yield f"{caption} {'; '.join(cells)}."


def _of_lines(path: Path) -> Iterator[str]:
    """Yield the sentences of a SciFact corpus or of a file of labelled pairs."""
    if "corpus" not in path.name:
        for pair in read_pairs(path):
            yield from pair.passage
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield from (_plain(s) for s in json.loads(line)["abstract"])


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
