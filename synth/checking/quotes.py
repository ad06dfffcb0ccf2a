"""Claims with their quotes and the papers they are from in, the quotes that are not there out.

Quotes and pages are compared by letters and digits alone: hyphens, ligatures and line breaks never decide.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synth.checking.files import Problem, notice, problem
from synth.errors import SynthError
from synth.records import Box, Span
from synth.text import letters

InBoxes = Callable[[Path, Sequence[Span]], str]
MOST_PAPERS = 10_000
MOST_BYTES = 512 * 1024 * 1024
CLAIMS = "claims.jsonl"
MOST_PARTS = 3
SHORTEST_PART = 4
WIDEST_GAP = 2_000


class Quoted(NamedTuple):
    """A quote, the document it names, and the pages on which it is said to stand."""

    line: int
    what: str
    doc_id: str
    text: str
    pages: tuple[int, ...]
    spans: tuple[Span, ...] = ()


def check(
    manifest: Mapping[str, Any],
    claims: Sequence[Mapping[str, Any]],
    *,
    papers: Sequence[Path],
    page_letters: Callable[[Path], Sequence[str]],
    text_in_boxes: InBoxes | None = None,
) -> Iterator[Problem]:
    """Yield a problem for each quote that is not on its page, and a notice for each paper not at hand.

    A quote that a footnote or column parts is looked up in its boxes, where ``text_in_boxes`` reads them.
    """
    quotes = [q for line, claim in enumerate(claims, start=1) for q in _quotes(line, claim)]
    if not papers:
        if quotes:
            text = f"{_count(len(quotes), 'quote')} {_was(len(quotes))} not looked up: no papers were given"
            yield notice(CLAIMS, text, "name the folder of the papers with --papers")
        return
    hashed = _hashes(manifest)
    places = _places(papers, wanted={h for all_ in hashed.values() for h in all_})
    for doc_id in dict.fromkeys(q.doc_id for q in quotes):
        of_it = [q for q in quotes if q.doc_id == doc_id]
        digests = hashed.get(doc_id, ())
        at_hand = [places[d] for d in digests if d in places]
        if not digests:
            text = (
                f"{_count(len(of_it), 'quote')} of {doc_id} {_was(len(of_it))} not looked up: the "
                "manifest has no file of it"
            )
            yield notice(CLAIMS, text, "look it up by hand")
        elif not at_hand:
            text = (
                f"{_count(len(of_it), 'quote')} of {doc_id} {_was(len(of_it))} not looked up: no paper "
                "given has its SHA-256"
            )
            yield notice(CLAIMS, text, "give the same file with --papers")
        else:
            yield from _look_up(doc_id, of_it, at_hand, page_letters, text_in_boxes)


def _quotes(line: int, claim: Mapping[str, Any]) -> Iterator[Quoted]:
    yield Quoted(line, "the claim", claim["paper"], claim["text"], _pages(claim), _spans(claim))
    for repeat in claim["repeats"]:
        page = (repeat["page"],) if repeat["page"] else ()
        yield Quoted(line, "a repeat", repeat["paper"], repeat["text"], page)
    seen: set[tuple[str, str]] = set()
    for verdict in (claim["verdict"], claim["own_verdict"]):
        for one in verdict["evidence"]:
            # own evidence stands in both verdicts
            if (one["doc_id"], one["quote"]) not in seen:
                seen.add((one["doc_id"], one["quote"]))
                named = (one["doc_id"], one["quote"], _pages(one), _spans(one))
                yield Quoted(line, "a quote of evidence", *named)
    linked = [review["passage"] for review in claim["reviews"] if review["passage"]]
    for one in {(p["doc_id"], p["quote"]): p for p in linked}.values():
        pages = tuple(span["page"] for span in one["spans"])
        yield Quoted(line, "a linked passage", one["doc_id"], one["quote"], pages, _spans(one))


def _pages(row: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(span["page"] for span in row["spans"]) or ((row["page"],) if row["page"] else ())


def _spans(row: Mapping[str, Any]) -> tuple[Span, ...]:
    return tuple(
        Span(page=span["page"], boxes=tuple(Box(*box) for box in span["boxes"])) for span in row["spans"]
    )


def _hashes(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return doc_id -> hashes of the files called so (two folders may each hold a "paper.pdf")."""
    found: dict[str, tuple[str, ...]] = {}
    listed = manifest.get("inputs")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("sha256"), str):
            name = str(one.get("doc_id"))
            found[name] = (*found.get(name, ()), one["sha256"])
    return found


def _places(papers: Sequence[Path], *, wanted: set[str]) -> dict[str, Path]:
    """Return hash -> file of the wanted papers among the files and folders given; links are not followed."""
    found: dict[str, Path] = {}
    for path in _files(papers):
        if len(found) == len(wanted):
            break
        if (digest := _digest(path)) in wanted:
            found.setdefault(digest, path)
    return found


def _files(papers: Sequence[Path]) -> Iterator[Path]:
    seen = 0
    for given in papers:
        if given.is_file():
            yield given
            continue
        for folder, below, names in os.walk(given):
            below.sort()
            for name in sorted(names):
                path = Path(folder) / name
                if path.is_symlink() or not path.is_file():
                    continue
                seen += 1
                if seen > MOST_PAPERS:
                    return
                yield path


def _digest(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        # an unreadable file is no paper at hand; the quotes that need it are then named in a notice
        return ""


def _look_up(
    doc_id: str,
    quotes: Sequence[Quoted],
    places: Sequence[Path],
    page_letters: Callable[[Path], Sequence[str]],
    text_in_boxes: InBoxes | None,
) -> Iterator[Problem]:
    read: list[tuple[str, ...]] = []
    for path in places:
        try:
            read.append(tuple(page_letters(path)))
        except SynthError as error:
            what = f"could not be read, so its quotes were not looked up: {error.message}"
            yield notice(doc_id, what, error.remedy)
    if not read:
        return
    parted: list[str] = []
    for quote in quotes:
        found = [_stands(quote, pages) for pages in read]
        if any(f.whole for f in found):
            continue
        if any(f.parted for f in found):
            if not _fills_its_boxes(quote, places, text_in_boxes):
                parted.append(str(quote.line))
            continue
        remedy = "look it up in the paper; write the bundle again"
        yield problem(CLAIMS, f"line {quote.line}: {quote.what} {found[0].fault}", remedy)
    if parted:
        lines = ", ".join(dict.fromkeys(parted))
        count = _count(len(parted), "quote")
        what = f"{count} of {doc_id} {_runs(len(parted))} around other text of the page, lines {lines}"
        yield notice(CLAIMS, what, "a column, footnote, figure or page break parts it; look it up by hand")


def _fills_its_boxes(quote: Quoted, places: Sequence[Path], text_in_boxes: InBoxes | None) -> bool:
    """Whether the text inside the quote's boxes is the quote, letters only, in one of the files."""
    if text_in_boxes is None or not quote.spans:
        return False
    return any(letters(text_in_boxes(path, quote.spans)) == letters(quote.text) for path in places)


class Stand(NamedTuple):
    """How a quote stands in a document: whole, parted by other text, or not (then ``fault`` says how)."""

    whole: bool = False
    parted: bool = False
    fault: str = ""


def _stands(quote: Quoted, pages: Sequence[str]) -> Stand:
    """Return how the quote stands on the pages that it names (on any page, where it names none)."""
    wanted = letters(quote.text)
    if not wanted:
        return Stand(fault="has no letters to look up")
    first, last = (min(quote.pages), max(quote.pages)) if quote.pages else (1, len(pages))
    if last > len(pages):
        return Stand(fault=f"names page {last} of {quote.doc_id}, which has {len(pages)}")
    text = "".join(pages[first - 1 : last])
    if wanted in text:
        return Stand(whole=True)
    if _in_parts(wanted, text, parts=MOST_PARTS):
        return Stand(parted=True)
    if not quote.pages:
        return Stand(fault=f"is not in {quote.doc_id}")
    elsewhere = next((f" but on page {n}" for n, page in enumerate(pages, start=1) if wanted in page), "")
    named = f"page {first}" if first == last else f"pages {first} and {last}"
    return Stand(fault=f"is not on {named} of {quote.doc_id}{elsewhere}")


def _in_parts(wanted: str, text: str, *, parts: int) -> bool:
    """Whether ``wanted`` stands in ``text`` in up to ``parts`` pieces, in order, little between them.

    A piece has 4 letters at least, and 2,000 at most lie between two: enough for a footnote or a caption,
    too few to put a sentence together from anywhere in a paper.
    """
    if not parts or len(wanted) < SHORTEST_PART:
        return False
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if wanted[:middle] in text else (low, middle - 1)
    if low == len(wanted):
        return True
    # by chance the text in between may begin as the quote goes on, so shorter beginnings are tried, too
    for cut in range(low, max(low - 5, SHORTEST_PART - 1), -1):
        end = text.find(wanted[:cut]) + cut
        near = text[end : end + WIDEST_GAP + len(wanted)]
        if _in_parts(wanted[cut:], near, parts=parts - 1):
            return True
    return False


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _runs(number: int) -> str:
    return "runs" if number == 1 else "run"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
