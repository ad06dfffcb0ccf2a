"""Blocks in reading order go in; the same with role and section come out (title, abstract, body, ...)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from synth.reading.headings import ABSTRACT, ACKNOWLEDGEMENT, APPENDIX, KNOWN, NUMBER, REFERENCES, Path
from synth.reading.paragraphs import BULLET, ITEM, Block, Measure
from synth.reading.pdf import Line, Word
from synth.records import Role

RUN_IN_ABSTRACT = re.compile(r"^(abstract|summary)\s*[.:—–-]+$", re.I)


@dataclass(slots=True)
class Part:
    """A block with its role, its section and the words to leave out at its start."""

    role: Role
    section: str
    block: Block
    skip: int = 0


def parts(blocks: Sequence[Block], about: Measure) -> tuple[list[Part], list[str]]:
    """Walk ``blocks`` and name what each is; returns the parts and the headings, in order.

    Formulas, headings and scraps (labels of figures, debris of formulas) are left out.
    """
    first = _first_heading(blocks)
    front, title = _front(blocks[:first], about)
    found, headings = list(front), []
    path = Path()
    state = Role.BODY
    for block in blocks[first:]:
        if block.kind == "heading":
            name = heading_text(block.rows)
            state = _state(name, state)
            path.enter(name, size=block.size)
            headings.append(name)
        elif block.kind == "footnote":
            found.append(Part(Role.FOOTNOTE, path.text, block))
        elif state is Role.REFERENCE:  # volume and pages of an entry look like a formula
            found.append(Part(Role.REFERENCE, path.text, block))
        elif block.kind == "text":
            found.extend(_texts(block, state, path, about, headings))
    if title:
        headings.insert(0, title)
    return found, headings


def heading_text(rows: Sequence[Line]) -> str:
    """The words of a heading's rows, a hyphen at a line's end mended."""
    return re.sub(r"(?<=[a-z])- (?=[a-z])", "", " ".join(r.text for r in rows)).strip()


def _first_heading(blocks: Sequence[Block]) -> int:
    """Index of the heading that ends the front matter (abstract or introduction)."""
    for index, block in enumerate(blocks):
        if block.page > 2:
            break
        if block.kind == "heading":
            bare = NUMBER.sub("", heading_text(block.rows))
            if ABSTRACT.match(bare) or re.match(r"introduction\b", bare, re.I):
                return index
        elif block.kind == "text" and _abstract_words(block):
            return index
    numbered = [
        i
        for i, b in enumerate(blocks)
        if b.page <= 2 and b.kind == "heading" and re.match(r"^(1|I)\.?\s", heading_text(b.rows))
    ]
    if numbered:
        return numbered[0]
    return next((i for i, b in enumerate(blocks) if b.kind == "text" and _words(b) >= 40), 0)


def _words(block: Block) -> int:
    return sum(len(r.words) for b in (block, *block.more) for r in b.rows)


def _abstract_words(block: Block) -> int:
    """How many words open a paragraph with "Abstract." or "Abstract—"."""
    first = block.rows[0].words[0].text
    if RUN_IN_ABSTRACT.match(first):
        return 1
    if re.match(r"^abstract[.:—–-]+\w", first, re.I):
        return 0
    second = block.rows[0].words[1].text if len(block.rows[0].words) > 1 else ""
    return 2 if re.match(r"^abstract$", first, re.I) and re.match(r"^[.:—–-]+$", second) else 0


def _front(blocks: Sequence[Block], about: Measure) -> tuple[list[Part], str]:
    """Name the blocks before the first section: title, authors and addresses, a bare abstract."""
    top = [b for b in blocks if b.page == 1 and b.kind in ("text", "heading") and b.rows[0].y0 < 450]
    largest = max((b.size for b in top if sum(c.isalpha() for c in b.text) >= 6), default=0.0)
    places = {id(b) for b in top}
    found: list[Part] = []
    title: list[str] = []
    closed = False
    for block in blocks:
        if block.kind == "footnote":
            found.append(Part(Role.FOOTNOTE, "", block))
        elif (
            id(block) in places and not closed and block.size >= 0.86 * largest and largest > about.size - 0.5
        ):
            title.append(heading_text(block.rows))
            if len(title) > 1 and found and found[-1].role is Role.TITLE:
                found[-1].block.more.append(block)
            else:
                found.append(Part(Role.TITLE, "", block))
        elif block.kind in ("text", "heading"):
            closed = bool(title)
            long = _words(block) >= 50 and not re.search(r"\S@\S", block.text)
            found.append(Part(Role.ABSTRACT if long else Role.FRONT, "", block))
    return found, " ".join(title)


def _state(name: str, state: Role) -> Role:
    """The role of what stands beneath the heading ``name``."""
    numbered = NUMBER.match(name)
    bare = NUMBER.sub("", name)
    if REFERENCES.match(bare):
        return Role.REFERENCE
    if ACKNOWLEDGEMENT.match(bare):
        return Role.ACKNOWLEDGEMENT
    if ABSTRACT.match(bare):
        return Role.ABSTRACT
    if state is Role.REFERENCE and not (numbered or APPENDIX.match(bare) or KNOWN.match(bare)):
        return Role.REFERENCE if len(bare.split()) > 8 else Role.BODY
    return Role.BODY


def _texts(block: Block, state: Role, path: Path, about: Measure, headings: list[str]) -> list[Part]:
    skip, role, section = 0, state, path.text
    if _abstract_words(block):
        skip, role = _abstract_words(block), Role.ABSTRACT
    else:
        skip, name = _run_in(block)
        if name:
            headings.append(name)
            section = f"{section} > {name}" if section else name
            if ACKNOWLEDGEMENT.match(name):
                role = Role.ACKNOWLEDGEMENT
    words = [w for b in (block, *block.more) for r in b.rows for w in r.words][skip:]
    if words and BULLET.match(words[0].text):
        skip += 1
        words = words[1:]
    if not words or _is_scrap(words, block, about):
        return []
    return [Part(role, section, block, skip)]


def _run_in(block: Block) -> tuple[int, str]:
    """Words of a bold or italic heading at the start of a paragraph, set off by a stop or a gap."""
    words = [w for r in block.rows[:2] for w in r.words]
    for style in ("bold", "italic"):
        count = 0
        while count < len(words) and getattr(words[count], style):
            count += 1
        if not 0 < count <= 12 or count >= len(words):
            continue
        last, following = words[count - 1], words[count]
        name = " ".join(w.text for w in words[:count])
        gap = following.x0 - last.x1 > 0.75 * last.size and following.base - last.base < 2
        stop = name.endswith((".", ":")) and not name.endswith("..")
        if not name[:1].isupper() and not name[:1].isdigit():
            continue
        if (style == "bold" and (gap or stop)) or (style == "italic" and stop and count <= 6):
            return count, name.rstrip(".: ")
    return 0, ""


def _is_scrap(words: Sequence[Word], block: Block, about: Measure) -> bool:
    """Whether a block is no text at all: axis labels, remains of formulas or tables."""
    text = " ".join(w.text for w in words)
    plain = sum(1 for w in words if len(w.text) >= 2 and w.text[0].isalpha() and not w.math)
    letters = sum(c.isalpha() for c in text) / max(len(text.replace(" ", "")), 1)
    if letters < 0.5 or block.size < 0.68 * about.size:
        return True
    spelt = sum(len(w.text) >= 3 and w.text.isalpha() and not w.math for w in words)
    if re.search(r"[=∈≤≥≜∝]", text) and spelt < min(6, 0.34 * len(words)):
        return True
    ends = text.rstrip()[-1:] in '.!?:”"’)'
    if ITEM.match(block.text):
        return plain < 1
    return plain < 3 or (plain < 6 and not ends)
