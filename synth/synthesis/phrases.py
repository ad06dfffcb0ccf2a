"""Sentences in, the noun-like phrases that name what they speak of out.

There is no tagger here: a phrase is a run of words without stop words, verbs, adverbs and the words that
every paper uses, that ends in something like a noun; two runs may be linked by "of", "over" and the like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log
from typing import NamedTuple

from synth.synthesis.vocabulary import (
    ACTIVITIES,
    ADJECTIVES_IN_ATE,
    EMPTY,
    IN_ATE,
    LINKS,
    NOUN_LIKE,
    PREFIXES,
    PROPER,
    TASKS,
    VERBS,
    WEAK,
)
from synth.text import content_words, printable, words

_STATE_OF_THE_ART = re.compile(r"\bstate[-\s]of[-\s]the[-\s]art\b", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:[-'’/.][^\W_]+)*|[^\w\s]")
_UNENDING = re.compile(r"(?:ly|ous|ful|ible|able|ive|ic|al|ed|est)$")
_HYPHEN_NOUN = re.compile(r"(?:ing|er|ers|or|ors|tion|tions|ment|ity|ness)$")


class Phrase(NamedTuple):
    """A phrase as it is written, the stems by which it is the same as another, or stems alone."""

    text: str
    stems: tuple[str, ...]

    @property
    def named(self) -> bool:
        """Whether it is a name or a quotation, which may stand for a theme alone."""
        return _is_name(self.text) or self.text.startswith("“")


def phrases(text: str) -> tuple[Phrase, ...]:
    """Return the noun-like phrases of ``text`` in order: runs of one to four words, then runs linked once."""
    tokens = _TOKEN.findall(_STATE_OF_THE_ART.sub("; ", printable(text)))
    if tokens and not _is_name(tokens[0]):
        tokens[0] = tokens[0].lower()
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
            # "accuracy of reading comprehension" is reading comprehension
            and not WEAK.issuperset(content_words(" ".join(tokens[a:b])))
            and _ends(tokens[d - 1])
        ):
            found.append(_phrase(tokens[a:d]))
    return tuple(p for p in found if p.stems)


def name_themes(groups: Sequence[Sequence[str]], *, most: int = 5) -> tuple[tuple[Phrase, ...], ...]:
    """Return for each group of sentences the phrases that set it apart, best first (0 to ``most``).

    Of two or more sentences a name must stand in two at least, so that a group without one is no theme. A
    phrase scores by how many of the group's sentences hold it or part of it, how few other sentences do (the
    log odds of tf-idf), and its length; a phrase whose words are all in a better one is left out.
    """
    each = [[_Said.of(text) for text in group] for group in groups]
    stems = [said.stems for group in each for said in group]
    return tuple(_best(group, texts, stems, most=most) for group, texts in zip(each, groups, strict=True))


class _Said(NamedTuple):
    """A sentence's phrases as they are written, those that it holds apart, and all its stems."""

    written: dict[tuple[str, ...], Phrase]
    apart: frozenset[tuple[str, ...]]
    stems: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Said:
        written = {p.stems: p for p in reversed(phrases(text))}
        inside = [p.text.split() for p in written.values()]
        # "zero-shot cross-lingual transfer" speaks of zero-shot transfer
        apart = {
            content_words(f"{first} {last}")
            for first, *middle, last in (parts for parts in inside if len(parts) > 2)
            if not LINKS.intersection(middle)
        }
        return cls(written, frozenset(apart.union(written)), frozenset(content_words(text)))


def _best(
    group: Sequence[_Said], texts: Sequence[str], everywhere: Sequence[frozenset[str]], *, most: int
) -> tuple[Phrase, ...]:
    inside = Counter(stems for said in group for stems in said.apart)
    first = _plainest(group)

    def score(stems: tuple[str, ...]) -> float:
        long = {1: 0.8, 2: 1.7, 3: 1.9}.get(len(stems), 1.6)
        if len(stems) == 1 and _is_name(first[stems].text):
            long = 1.3
        here = sum(_share(stems, said.stems) for said in group)
        return here * long * log(1 + len(everywhere) / sum(_share(stems, held) for held in everywhere))

    alone = len(group) == 1
    names = [s for s in inside if s in first and telling(s) and (alone or inside[s] > 1)]
    ranked = sorted(
        names, key=lambda stems: (-round(score(stems), 6), texts[0].find(first[stems].text), stems)
    )
    chosen: list[Phrase] = []
    taken: set[str] = set()
    for stems in ranked:
        if len(chosen) < most and not set(stems) <= taken:
            whole = _whole(stems, inside, first)
            chosen.append(first[whole])
            taken |= set(whole)
    return tuple(chosen) or ((_fallback(texts[0]),) if alone else ())


def telling(stems: tuple[str, ...]) -> bool:
    """Whether a phrase says more than words that every paper uses."""
    return stems in TASKS or not WEAK.issuperset(stems)


def holds(text: str, phrase: Phrase) -> bool:
    """Whether a sentence speaks of ``phrase``, in one piece or with words between its ends."""
    return phrase.stems in _Said.of(text).apart


def shared(texts: Sequence[str], *, least: int) -> Phrase | None:
    """Return the telling phrase of two words or more, or the name, that most sentences hold, if ``least``."""
    each = [_Said.of(text) for text in texts]
    inside = Counter(stems for said in each for stems in said.apart)
    written = _plainest(each)
    fit = [s for s in inside if inside[s] >= least and s in written and telling(s)]
    fit = [s for s in fit if len(s) > 1 or written[s].named]
    best = max(fit, key=lambda s: (inside[s], len(s), s), default=None)
    return written[best] if best else None


def _plainest(group: Sequence[_Said]) -> dict[tuple[str, ...], Phrase]:
    """Return each phrase in its best written form: few capitals (no part of a longer name), then a plural."""
    forms = [phrase for said in group for phrase in said.written.values()]
    first: dict[tuple[str, ...], Phrase] = {}
    for phrase in sorted(forms, key=lambda p: (sum(c.isupper() for c in p.text), not p.text.endswith("s"))):
        first.setdefault(phrase.stems, phrase)
    return first


def _whole(
    stems: tuple[str, ...], inside: Counter[tuple[str, ...]], first: Mapping[tuple[str, ...], Phrase]
) -> tuple[str, ...]:
    """Return the longest phrase around ``stems`` that stands wherever it does: names are not cut short."""
    n = len(stems)
    around = [
        s
        for s in first
        if inside[s] == inside[stems]
        and any(s[i : i + n] == stems for i in range(len(s) - n + 1))
        and not LINKS.intersection(first[s].text.split())
    ]
    return max(around, key=lambda s: (len(s), s), default=stems)


def _share(stems: tuple[str, ...], held: frozenset[str]) -> float:
    """Return how much of a phrase a sentence holds, in [0, 1]: a part counts less than its size."""
    return (sum(stem in held for stem in stems) / len(stems)) ** 2


def _fallback(text: str) -> Phrase:
    """Name a sentence that says only what every paper says by its own first words, quoted."""
    said = " ".join(printable(text).split()).rstrip(".")
    head = " ".join(said.split()[:8])
    return Phrase(text=f"“{head}{' …' if head != said else ''}”", stems=content_words(head))


def _runs(run: Sequence[str]) -> list[Phrase]:
    """Return every stretch of up to four words of a run that ends like a noun."""
    return [
        _phrase(run[a:b])
        for a in range(len(run))
        for b in range(a + 1, min(len(run), a + 4) + 1)
        if _ends(run[b - 1])
    ]


def _phrase(tokens: Sequence[str]) -> Phrase:
    return Phrase(text=" ".join(tokens), stems=content_words(" ".join(tokens)))


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
    if low.endswith(("'s", "’s")):
        return False
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
    if low in ADJECTIVES_IN_ATE:
        return False
    if low.startswith(PREFIXES) and not _HYPHEN_NOUN.search(low):
        return False
    return _is_name(token) or low in NOUN_LIKE or not _UNENDING.search(low)
