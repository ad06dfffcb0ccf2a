"""A sentence goes in; what it states comes out: words, stems, names, quantities and polarity."""

from __future__ import annotations

import re
from dataclasses import dataclass

from synth.records import Quantity
from synth.text import content_words, letters, printable, quantities, words
from synth.verifiers import _lexicon as lexicon

LONGEST = 400
"""Words of a statement that are looked at; longer text is judged by its first words (and said so)."""

_NAME = re.compile(
    r"[A-Za-z]*[A-Z][A-Za-z]*[A-Z0-9][\w]*(?:[-+/][\w]+)*|"
    r"(?<=[a-z,;:)] )[A-Z][a-z]+[\w-]*|[A-Za-z]+[-]?\d[\w.-]*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence, taken apart. ``stems`` has an entry a word; ``content`` marks what is no stop word.

    ``names`` are casefolded letters of acronyms, mixed-case and capitalised words inside the sentence.
    """

    text: str
    letters: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    content: tuple[bool, ...]
    names: frozenset[str]
    quantities: tuple[Quantity, ...]
    negations: int


def state(text: str) -> Statement:
    """Return ``text`` taken apart; control characters are dropped, words beyond ``LONGEST`` ignored."""
    clean = printable(text)
    tokens = words(clean)[:LONGEST]
    return Statement(
        text=clean,
        letters=letters(clean),
        words=tokens,
        stems=tuple(lexicon.key(w) for w in tokens),
        content=tuple(bool(content_words(w)) for w in tokens),
        names=frozenset(letters(m.group()) for m in _NAME.finditer(clean[:4000])),
        quantities=quantities(clean[:4000]),
        negations=sum(w in lexicon.NEGATIONS or w.endswith(("n't", "n’t")) for w in tokens),
    )
