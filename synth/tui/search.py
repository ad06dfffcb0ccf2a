"""Sentences of papers, a claim and typed words in; the sentences that fit, nearest to the claim first, out.

A sentence is the nearer the more content words it shares with the claim, rarer words counting more: the sum
of ln(1 + N/n), N sentences of which n have the word (the weight of Spärck Jones 1972, doi 10.1108/eb026526).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import log

from synth.records import Claim, Evidence
from synth.text import content_words, words

_TOKEN = re.compile(r'(\w+:)?"([^"]*)"?|(\S+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What was typed: beginnings of words, parts of papers' names, pages; all of them must fit.

    ``wrong`` says in words what was not understood and is left out, "" where nothing was.
    """

    words: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    wrong: str = ""

    @property
    def nothing(self) -> bool:
        """Whether nothing was typed yet that could be looked for."""
        return not (self.words or self.papers or self.pages)

    def within(self, other: Sought) -> bool:
        """Whether what this finds is surely among what ``other`` finds, as when a word was typed on."""
        return (
            not other.nothing
            and self.pages[: len(other.pages)] == other.pages
            and _typed_on(self.words, other.words)
            and _typed_on(self.papers, other.papers)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Sentences ready to be searched, nearest to the claim first; the first ``near`` share words with it."""

    sentences: tuple[Evidence, ...]
    near: int
    texts: tuple[str, ...]
    papers: tuple[str, ...]


def sought(typed: str) -> Sought:
    """Return what was typed, read: words, ``paper:NAME`` and ``page:N``; quotes hold words together."""
    found: list[str] = []
    papers: list[str] = []
    pages: list[int] = []
    wrong = ""
    for named, quoted, bare in _TOKEN.findall(typed.casefold()):
        match named or "".join(bare.partition(":")[:2]), quoted or bare.partition(":")[2]:
            case "paper:" | "page:", "":
                # typed on, it will name one
                continue
            case "paper:", value:
                papers.append(value)
            case "page:", value if value.isdecimal() and len(value) < 7:
                pages.append(int(value))
            case "page:", value:
                wrong = f"page:{value[:20]} - take a number, as in page:3"
            case _:
                found += [" ".join(words(quoted)) or quoted] if quoted.strip() else words(bare) or [bare]
    keys = tuple(_key(word) for word in found if word)
    return Sought(words=keys, papers=tuple(papers), pages=tuple(pages), wrong=wrong)


def _key(word: str) -> str:
    """Return what to look for: the beginning of a word; in scripts without spaces any part of it."""
    spaced = word[0].isalnum() and unicodedata.east_asian_width(word[0]) not in "WF"
    return f" {word}" if spaced else word


def _typed_on(longer: Sequence[str], shorter: Sequence[str]) -> bool:
    pairs = zip_longest(longer, shorter, fillvalue="")
    return all(after.startswith(before) for after, before in pairs)


def prepared(sentences: Sequence[Evidence], claim: Claim, *, titles: Mapping[str, str]) -> Prepared:
    """Make ``sentences`` but the claim's own ready to be searched; ``titles`` are paper id -> title."""
    own = (claim.passage, claim.sentence)
    there = [one for one in sentences if (one.passage, one.sentence) != own]
    tokens = [words(one.quote) for one in there]
    scores = _scores(tokens, claim.text)
    # sorting is stable: where two are as near, the papers' own order stays
    order = sorted(range(len(there)), key=lambda at: -scores[at])
    names = {one.paper: f"{one.doc_id} {titles.get(one.paper, '')}".casefold() for one in there}
    return Prepared(
        sentences=tuple(there[at] for at in order),
        near=sum(score > 0.0 for score in scores),
        # signs are no words, but may be looked for: the sentence itself follows its words
        texts=tuple(f" {' '.join(tokens[at])}\n{there[at].quote.casefold()}" for at in order),
        papers=tuple(names[there[at].paper] for at in order),
    )


def _scores(tokens: Sequence[tuple[str, ...]], text: str) -> list[float]:
    wanted = set(content_words(text))
    stems = {word: wanted.intersection(content_words(word)) for word in set().union(*tokens)}
    telling = {word: found for word, found in stems.items() if found}
    shared = [set().union(*(telling[word] for word in found if word in telling)) for found in tokens]
    having = Counter(stem for found in shared for stem in found)
    weight = {stem: log(1.0 + len(tokens) / n) for stem, n in having.items()}
    # summed in a fixed order: a set's own varies from run to run, and so would the last digit
    return [sum(weight[stem] for stem in sorted(found)) for found in shared]


def matches(ready: Prepared, asked: Sought, *, among: Sequence[int] | None = None) -> Sequence[int]:
    """Return the places in ``ready.sentences`` of those that fit, in order.

    Where nothing is asked they are those near the claim. ``among`` are the places to look in, from a search
    that this one is ``within``; None looks in all.
    """
    if asked.nothing:
        return range(ready.near)
    found: Sequence[int] = range(len(ready.sentences)) if among is None else among
    for word in sorted(asked.words, key=len, reverse=True):
        found = [at for at in found if word in ready.texts[at]]
    for name in asked.papers:
        found = [at for at in found if name in ready.papers[at]]
    for page in asked.pages:
        found = [at for at in found if any(span.page == page for span in ready.sentences[at].spans)]
    return found
