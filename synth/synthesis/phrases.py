"""Sentences in, the noun-like phrases that name what they speak of out.

There is no tagger here: a phrase is a run of words without stop words, verbs, adverbs and the words that
every paper uses, that ends in something like a noun; two runs may be linked by "of", "over" and the like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import log
from typing import NamedTuple

from synth.synthesis.lexicon import GENERIC
from synth.synthesis.vocabulary import (
    ACTIVITIES,
    EMPTY,
    IN_ATE,
    LINKS,
    NOUN_LIKE,
    PREFIXES,
    PROPER,
    VERBS,
)
from synth.text import content_words, printable, words

_STATE_OF_THE_ART = re.compile(r"\bstate[-\s]of[-\s]the[-\s]art\b", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:[-'’/.][^\W_]+)*|[^\w\s]")
_UNENDING = re.compile(r"(?:ly|ous|ful|ible|able|ive|ic|al|ed|est)$")
_HYPHEN_NOUN = re.compile(r"(?:ing|er|ers|or|ors|tion|tions|ment|ity|ness|task|tasks|model|models)$")


class Phrase(NamedTuple):
    """A phrase as it is written, the stems by which it is the same as another, its words and its places."""

    text: str
    stems: tuple[str, ...]


def phrases(text: str) -> tuple[Phrase, ...]:
    """Return the noun-like phrases of ``text`` in order: runs of one to four words, then runs linked once."""
    tokens = _TOKEN.findall(_STATE_OF_THE_ART.sub("; ", printable(text)))
    spans: list[tuple[int, int]] = []
    start = -1
    for i, token in enumerate([*tokens, "."]):
        if _nounish(token, at_start=i == 0):
            start = i if start < 0 else start
        elif start >= 0:
            spans.append((start, i))
            start = -1
    found = [p for a, b in spans for p in _runs(tokens[a:b])]
    for (a, b), (c, d) in pairwise(spans):
        if (
            c == b + 1
            and tokens[b].lower() in LINKS
            and d - a <= 5
            and _ends(tokens[b - 1])
            and _ends(tokens[d - 1])
        ):
            found.append(_phrase(tokens[a:d]))
    return tuple(p for p in found if p.stems)


def name_themes(groups: Sequence[Sequence[str]], *, most: int = 5) -> tuple[tuple[Phrase, ...], ...]:
    """Return for each group of sentences the phrases that set it apart, best first (1 to ``most``).

    A phrase scores by how many of the group's sentences hold it, how few other sentences do (the log odds
    of tf-idf), and its length; a phrase whose words are all in a better one is left out.
    """
    each = [[{p.stems: p for p in reversed(phrases(text))} for text in group] for group in groups]
    spread = Counter(stems for group in each for held in group for stems in held)
    total = sum(len(group) for group in groups)
    return tuple(
        _best(held, texts, spread, total=total, most=most) for held, texts in zip(each, groups, strict=True)
    )


def _best(
    held: Sequence[dict[tuple[str, ...], Phrase]],
    texts: Sequence[str],
    spread: Counter[tuple[str, ...]],
    *,
    total: int,
    most: int,
) -> tuple[Phrase, ...]:
    inside = Counter(stems for one in held for stems in one)
    first = {stems: phrase for one in reversed(held) for stems, phrase in one.items()}

    def score(stems: tuple[str, ...]) -> float:
        long = {1: 0.8, 2: 1.7, 3: 1.9}.get(len(stems), 1.6)
        if all(stem in GENERIC for stem in stems):
            # "target tasks", "languages": every theme of a field holds them
            long /= 4
        return inside[stems] * long * log(1 + total / spread[stems])

    ranked = sorted(
        inside, key=lambda stems: (-round(score(stems), 6), texts[0].find(first[stems].text), stems)
    )
    chosen: list[Phrase] = []
    taken: set[str] = set()
    for stems in ranked:
        if len(chosen) < most and not set(stems) <= taken:
            fuller = _fuller(stems, inside)
            chosen.append(first[fuller])
            taken |= set(fuller)
    return tuple(chosen) or (_fallback(texts),)


def _fuller(stems: tuple[str, ...], inside: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the longest phrase around a single word that two sentences and half of its own hold."""
    if len(stems) > 1:
        return stems
    around = [s for s in inside if len(s) > 1 and stems[0] in s and inside[s] >= max(2, inside[stems] / 2)]
    return max(around, key=lambda s: (inside[s], len(s), s), default=stems)


def _fallback(texts: Sequence[str]) -> Phrase:
    """Name a group without any noun-like phrase by the first words of its first sentence."""
    head = " ".join(texts[0].split()[:4]).rstrip(".,;:")
    return Phrase(text=f'"{head}"', stems=content_words(head))


def _runs(run: Sequence[str]) -> list[Phrase]:
    """Return every stretch of up to four words of a run that ends like a noun."""
    return [
        _phrase(run[a:b])
        for a in range(len(run))
        for b in range(a + 1, min(len(run), a + 4) + 1)
        if _ends(run[b - 1])
    ]


def _phrase(tokens: Sequence[str]) -> Phrase:
    shown = [t if _is_name(t) else t.lower() for t in tokens]
    return Phrase(text=" ".join(shown), stems=content_words(" ".join(tokens)))


def _is_name(token: str) -> bool:
    """Whether the token keeps its capitals: an acronym, a name with inner capitals, a proper noun."""
    return any(c.isupper() for c in token[1:]) or (token[0].isupper() and token.lower() in PROPER)


def _verbal(low: str) -> bool:
    """Whether a word looks like a verb: a gerund that names no activity of a field, or a verb in -ate."""
    if low.endswith("ing") and "-" not in low:
        return low not in ACTIVITIES
    return low.endswith("ate") and low not in IN_ATE


def _nounish(token: str, *, at_start: bool) -> bool:
    low = token.lower()
    if not token[0].isalnum() or low in VERBS or low in EMPTY or low.endswith("ly") or _verbal(low):
        return False
    if at_start and not _is_name(token) and not content_words(low):
        return False
    if len(low) < 2 or token.isdigit() or token[0].isdigit():
        return False
    return bool(content_words(low)) and all(part not in VERBS for part in words(low)[:1])


def _ends(token: str) -> bool:
    """Whether a phrase may end with ``token``: it looks like no adjective and no participle."""
    low = token.lower()
    if low.startswith(PREFIXES) and not _HYPHEN_NOUN.search(low):
        return False
    return _is_name(token) or low in NOUN_LIKE or not _UNENDING.search(low)
