"""A section's heading goes in, what the section is for comes out; so does where a sentence stands."""

import re
from typing import Literal, NamedTuple

from synth.records import Passage, Role

Part = Literal["abstract", "introduction", "related", "method", "setup", "result", "conclusion", "other"]

_PARTS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    ("abstract", re.compile(r"abstract|summary$", re.IGNORECASE)),
    ("conclusion", re.compile(r"conclu|future|summary|closing|outlook|limitation", re.IGNORECASE)),
    ("related", re.compile(r"related|background|previous|prior work|literature|preliminar", re.IGNORECASE)),
    ("introduction", re.compile(r"introduc|motivation|overview", re.IGNORECASE)),
    (
        "setup",
        re.compile(
            r"set-?\s?up|setting|implementation|data\s?set|corpus|corpora|hyper|training|detail|material|baseline"
            r"|metric|protocol|\bdata\b",
            re.IGNORECASE,
        ),
    ),
    (
        "result",
        re.compile(
            r"result|analys|discussion|experiment|evaluation|ablation|comparison|finding|performance|error|"
            r"case study|effect|impact|how|does|what|why",
            re.IGNORECASE,
        ),
    ),
    (
        "method",
        re.compile(
            r"method|model|approach|architect|algorithm|framework|system|encod|decod|attention|network|learning"
            r"|layer|module|representation|task|problem|objective|loss|inference|generat",
            re.IGNORECASE,
        ),
    ),
)


class Place(NamedTuple):
    """Where a sentence stands: part of the paper, which of how many in its passage, share of the paper."""

    part: Part
    role: Role
    number: int
    of: int
    share: float


def part_of(section: str, role: Role) -> Part:
    """Return what a section is for, by its role and the words of its heading."""
    if role is Role.ABSTRACT:
        return "abstract"
    for part, pattern in _PARTS:
        if pattern.search(section):
            return part
    return "other"


def place(passage: Passage, index: int, *, share: float) -> Place:
    """Return the place of sentence ``index``; ``share`` in [0, 1] of the paper stands before it."""
    return Place(part_of(passage.section, passage.role), passage.role, index, len(passage.sentences), share)
