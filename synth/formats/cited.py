"""Papers in, what reference lists need of them out: names of authors in parts, a key, a plain title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from synth.records import Paper
from synth.text import printable

_PARTICLES = frozenset(
    """van von der den de del della di da dos du la le ter ten zu zur bin ibn al el""".split()  # noqa: SIM905
)
_SUFFIXES = frozenset(("jr", "jr.", "sr", "sr.", "ii", "iii", "iv"))


class Name(NamedTuple):
    """An author's name: family with its particles, given with its suffix."""

    family: str
    given: str


def flat(text: str) -> str:
    """Return ``text`` printable and on one line."""
    return " ".join(printable(text).split())


def name(author: str) -> Name:
    """Return "Jan van der Berg" or "van der Berg, Jan" in its parts."""
    whole = flat(author)
    if "," in whole:
        family, _, given = whole.partition(",")
        return Name(family.strip(), given.strip())
    parts = whole.split()
    suffix = f" {parts.pop()}" if len(parts) > 2 and parts[-1].lower() in _SUFFIXES else ""
    at = max(len(parts) - 1, 0)
    while at > 1 and parts[at - 1].lower() in _PARTICLES:
        at -= 1
    return Name(" ".join(parts[at:]), f"{' '.join(parts[:at])}{suffix}".strip())


def keys(papers: Sequence[Paper]) -> tuple[str, ...]:
    """Return a citation key for each paper, such as "alpha2019networks": a-z, 0-9, each once, in order."""
    seen: dict[str, int] = {}
    made = []
    for paper in papers:
        family = name(paper.authors[0]).family if paper.authors else ""
        word = next((w for w in re.findall(r"\w+", flat(paper.title)) if len(w) > 3), "")
        bare = _ascii(f"{family}{paper.year or ''}{word}") or _ascii(paper.id) or "paper"
        seen[bare] = seen.get(bare, 0) + 1
        made.append(bare if seen[bare] == 1 else f"{bare}-{seen[bare]}")
    return tuple(made)


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(c for c in plain if c.isalnum())
