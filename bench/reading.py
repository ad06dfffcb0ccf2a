"""Papers go in; a table comes out of how well, how fast and how large they are read.

Run: ``python bench/reading.py [--papers DIR] [--workers 2] [--json FILE] [--every N]``

1. boxes: share of passages (and sentences) whose text equals, letters only, the characters whose
   centres lie in their boxes, taken anew from the PDF with pymupdf.
2. contributions: share of sentences that annotators marked (NCG task, Grobid's tokens) found, letters
   only, inside one passage; "cut" allows what stands left and right of a missing citation to be apart.
3. references and tables: papers with a reference list; tables with cells against "Table N" captions.
4. wall and CPU seconds, largest memory of a child.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pymupdf

from synth.reading import SIGNATURE, read_all
from synth.records import Box, Reading, Role, Skipped, Span
from synth.text import letters

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("SYNTH_SHARED", ROOT.parent / "shared"))


def main() -> int:
    """Measure and print; exit 2 when there are no papers."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--papers", type=Path, default=SHARED / "papers" / "nlp")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--every", type=int, default=1, help="take each N-th paper")
    options.add_argument("--json", type=Path, help="write the figures of each paper")
    given = options.parse_args()
    papers = sorted(given.papers.glob("*.pdf"))[:: given.every]
    if not papers:
        print(f"no papers in {given.papers}", file=sys.stderr)
        return 2
    wall = time.perf_counter()
    readings = list(read_all([(p, None) for p in papers], workers=given.workers, seconds=60))
    wall = time.perf_counter() - wall
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    marked = _marked(given.papers / "contributions.jsonl")
    each = [
        _of_paper(path, reading, marked.get(path.name, ()))
        for path, reading in zip(papers, readings, strict=True)
        if isinstance(reading, Reading)
    ]
    total = Counter[str]()
    for figures in each:
        total.update({k: v for k, v in figures.items() if isinstance(v, int)})
    _print(total, len(papers), readings, wall, used)
    if given.json:
        given.json.write_text(json.dumps(each, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


def _marked(path: Path) -> dict[str, list[str]]:
    if not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return {row["pdf"]: row["contribution_sentences"] for row in rows}


def _of_paper(path: Path, reading: Reading, marked: Sequence[str]) -> dict[str, Any]:
    figures: Counter[str] = Counter(papers=1, pages=reading.paper.pages, passages=len(reading.passages))
    bad = []
    with pymupdf.open(path) as document:
        chars = [_chars(page) for page in document]
    for passage in reading.passages:
        same = _inside(chars, passage.spans) == letters(passage.text)
        figures["passages_right"] += same
        if not same:
            bad.append(passage.text[:120])
        for sentence in passage.sentences:
            figures["sentences"] += 1
            text = passage.text[sentence.start : sentence.end]
            figures["sentences_right"] += _inside(chars, sentence.spans) == letters(text)
    lost = _contributions(reading, marked, figures)
    figures["captions_table"] = len(
        {
            re.sub(r"\W", "", m.group().lower())
            for p in reading.passages
            if p.role is Role.CAPTION and (m := re.match(r"tab\w*\.?\s*[\w.]+", p.text, re.I))
        }
    )
    figures["tables"] = len(reading.tables)
    figures["with_references"] = len(reading.references) >= 5
    figures["references"] = len(reading.references)
    figures["references_titled"] = sum(bool(r.title) for r in reading.references)
    figures["with_abstract"] = any(p.role is Role.ABSTRACT for p in reading.passages)
    figures["warnings"] = len(reading.skipped)
    return {"file": path.name, **figures, "bad": bad, "lost": lost}


def _chars(page: pymupdf.Page) -> list[tuple[float, float, str]]:
    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
    return [
        ((c["bbox"][0] + c["bbox"][2]) / 2, (c["bbox"][1] + c["bbox"][3]) / 2, c["c"])
        for block in page.get_text("rawdict", flags=flags)["blocks"]
        for line in block["lines"]
        for span in line["spans"]
        for c in span["chars"]
        if not c["c"].isspace()
    ]


def _inside(chars: Sequence[Sequence[tuple[float, float, str]]], spans: Sequence[Span]) -> str:
    text = "".join(_row(chars[s.page - 1], box) for s in spans for box in s.boxes)
    # a spacing accent is no letter, though Unicode says so of two; under it an i has no dot
    return letters(re.sub("[ˆˇ]", "", re.sub("(?<=[´`¨ˆ˜ˇ˘¯])ı|ı(?=[´`¨ˆ˜ˇ˘¯])", "i", text)))


def _row(chars: Sequence[tuple[float, float, str]], box: Box) -> str:
    inside = (c for x, y, c in chars if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1)
    return "".join(inside)  # in the order of the content stream: an index may stand under an exponent


def _contributions(reading: Reading, marked: Sequence[str], figures: Counter[str]) -> list[str]:
    mined = (Role.ABSTRACT, Role.BODY, Role.CAPTION)
    passages = [letters(p.text) for p in reading.passages if p.role in mined]
    names = {letters(reading.paper.title)}
    for p in reading.passages:
        names.update(letters(part) for part in p.section.split(" > "))
        names.update(letters(re.sub(r"^[\dA-Z.]+\s", "", part)) for part in p.section.split(" > "))
    lost = []
    for sentence in marked:
        text = letters(sentence)
        if len(text) < 12 or len(sentence.split()) < 4 or text in names:
            continue  # headings and labels are marked, too
        figures["marked"] += 1
        if any(text in p for p in passages):
            figures["marked_found"] += 1
            figures["marked_found_cut"] += 1
        elif any(_cut(text, p) for p in passages):
            figures["marked_found_cut"] += 1
        else:
            lost.append(sentence)
    return lost


def _cut(text: str, passage: str, *, cuts: int = 5) -> bool:
    """Whether ``text`` stands in ``passage`` in order, in pieces of 6 letters or more, 150 apart at most."""
    at = done = 0
    for piece in range(cuts + 1):
        rest = text[done:]
        low, high = 0, len(rest)
        while low < high:  # the longest beginning of the rest that is found
            middle = (low + high + 1) // 2
            end = len(passage) if piece == 0 else at + 150 + middle
            if passage.find(rest[:middle], at, end) >= 0:
                low = middle
            else:
                high = middle - 1
        if low < min(6, len(rest)):
            return False
        at = passage.find(rest[:low], at) + low
        done += low
        if done == len(text):
            return True
    return False


def _print(
    total: Counter[str], papers: int, readings: Sequence[Reading | Skipped], wall: float, used: Any
) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    print(f"data: {papers} papers, {total['pages']} pages; {SIGNATURE}; commit {commit or 'none'}")
    rows = [
        ("papers read", total["papers"], papers),
        ("passages equal to their boxes", total["passages_right"], total["passages"]),
        ("sentences equal to their boxes", total["sentences_right"], total["sentences"]),
        ("marked sentences in one passage", total["marked_found"], total["marked"]),
        ("the same, citations cut", total["marked_found_cut"], total["marked"]),
        ("papers with a reference list", total["with_references"], papers),
        ("references with a title", total["references_titled"], total["references"]),
        ("papers with an abstract", total["with_abstract"], papers),
        ("tables with cells / table captions", total["tables"], total["captions_table"]),
    ]
    for name, count, whole in rows:
        print(f"{name:38} {count:6} of {whole:6}  {count / max(whole, 1):.4f}")
    cpu = used.ru_utime + used.ru_stime
    print(
        f"wall {wall:.1f} s, CPU of children {cpu:.1f} s "
        f"({cpu / max(total['pages'], 1) * 1000:.0f} ms a page), ",
        end="",
    )
    print(f"largest child {used.ru_maxrss / 1024:.0f} MB, warnings {total['warnings']}")
    for reading in readings:
        if isinstance(reading, Skipped):
            print(f"not read: {reading.what}: {reading.reason}")


if __name__ == "__main__":
    sys.exit(main())
