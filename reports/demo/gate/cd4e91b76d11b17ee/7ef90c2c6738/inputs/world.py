"""A seed and a shape go in, a generated world comes out: languages, corpora, tasks, and their gold apart.

Standard library only, and the same bytes on every platform: the one source of chance is ``Random.random``,
whose sequence Python keeps stable, and all weights are sums and quotients of whole numbers. After K et al.
2020 (arXiv 1912.07840) and Dufter and Schuetze 2020 (2020.emnlp-main.358): one grammar of concepts, spoken by
languages that differ in their words and in their word order alone.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, TypeVar

T = TypeVar("T")
START, PAD, END, UNKNOWN, MASK = range(5)
"""Special tokens, numbered as in XLM-R (MASK apart, which is the last of its vocabulary)."""
STOP, QUERY = 5, 6
"""Punctuation, shared by all languages."""
NAMES_AT = 7
KINDS = ("noun", "verb", "adjective", "place", "function", "name")
FUNCTIONS = ("who", "what", "where", "at", "not")
ANCHORED = ("noun", "verb", "adjective", "place")
ENTAILED, NEUTRAL, CONTRADICTED = range(3)
SHARE = (2, 5)
"""Two concepts in five have one word in all languages."""


@dataclass(frozen=True, slots=True)
class Order:
    """A word order: the places of subject, verb and object, and on which side of its noun an adjective is."""

    clause: str
    adjective_first: bool


ORDERS = {
    "A": Order("SVO", True),
    "B": Order("SVO", True),
    "C": Order("SOV", False),
    "D": Order("VSO", True),
    "E": Order("OSV", False),
}
"""The languages a world may have; the first is the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large a world is: counts of languages, concepts, names, documents a language, items a task,
    sentences in the retrieval pool."""

    languages: int
    concepts: int
    names: int
    documents: int
    probe: int
    intermediate: int
    target_qa: int
    target_tagging: int
    items: int
    pool: int
    nli: bool

    def __post_init__(self) -> None:
        if not 2 <= self.languages <= len(ORDERS):
            raise ValueError(f"a world has 2 to {len(ORDERS)} languages")
        if self.concepts < 40 or self.names < 4:
            raise ValueError("a world has at least 40 concepts and 4 names")


class Phrase(NamedTuple):
    """A noun or a name, by concept, and what qualifies it (-1: nothing)."""

    head: int
    adjective: int = -1


class Clause(NamedTuple):
    """What a sentence says; ``place`` is -1 where it names none."""

    subject: Phrase
    verb: int
    object: Phrase
    place: int = -1
    negated: bool = False


class Said(NamedTuple):
    """A sentence: tokens, the kind of each, and where each slot of its clause stands (start, end)."""

    tokens: tuple[int, ...]
    kinds: tuple[int, ...]
    slots: dict[str, tuple[int, int]]


class Chance:
    """A source of chance, named by seed and stream."""

    def __init__(self, seed: int, stream: str) -> None:
        digest = hashlib.sha256(f"{seed}/{stream}".encode()).digest()
        self._draw = random.Random(int.from_bytes(digest, "big")).random

    def below(self, n: int) -> int:
        """Return a whole number in [0, n)."""
        return int(self._draw() * n)

    def yes(self, probability: float) -> bool:
        """Return True with ``probability``."""
        return self._draw() < probability

    def one(self, of: Sequence[T]) -> T:
        """Return one of ``of``, each as likely."""
        return of[self.below(len(of))]

    def shuffled(self, of: Sequence[T]) -> list[T]:
        """Return ``of`` in a random order (Fisher and Yates)."""
        found = list(of)
        for i in range(len(found) - 1, 0, -1):
            j = self.below(i + 1)
            found[i], found[j] = found[j], found[i]
        return found

    def ranked(self, of: Sequence[T]) -> T:
        """Return one of ``of``, the k-th with weight 1/k (Zipf)."""
        bounds = _zipf(len(of))
        return of[bisect(bounds, self._draw() * bounds[-1], 0, len(of) - 1)]


_BOUNDS: dict[int, list[float]] = {}


def _zipf(n: int) -> list[float]:
    if n not in _BOUNDS:
        _BOUNDS[n] = list(accumulate(1 / (k + 1) for k in range(n)))
    return _BOUNDS[n]


class Grammar:
    """What may be said of what: which subjects and objects a verb takes, which adjectives a noun has."""

    def __init__(self, shape: Shape, chance: Chance) -> None:
        self.kinds = _kinds(shape)
        by_kind = {kind: [c for c, k in enumerate(self.kinds) if k == kind] for kind in KINDS}
        self.function = dict(zip(FUNCTIONS, by_kind["function"], strict=True))
        nouns, places = by_kind["noun"], by_kind["place"]
        self.verbs = chance.shuffled(by_kind["verb"])
        self.names = chance.shuffled(by_kind["name"])
        self.nouns, self.places, self.adjectives = nouns, places, by_kind["adjective"]
        self.subjects = {v: chance.shuffled(nouns)[:6] for v in self.verbs}
        self.agents = {v: chance.shuffled(self.names)[:8] for v in self.verbs}
        self.objects = {v: chance.shuffled(nouns)[:6] for v in self.verbs}
        self.sites = {v: chance.shuffled(places)[:3] for v in self.verbs}
        self.looks = {n: chance.shuffled(self.adjectives)[:4] for n in nouns}

    def clause(self, chance: Chance, *, subject: Phrase | None = None) -> Clause:
        """Return a clause, with ``subject`` where one is given."""
        verb = chance.ranked(self.verbs)
        place = self._pick(chance, self.sites[verb], self.places) if chance.yes(0.5) else -1
        return Clause(
            subject or self.subject(chance, verb), verb, self.thing(chance, verb), place, chance.yes(0.12)
        )

    def subject(self, chance: Chance, verb: int) -> Phrase:
        """Return one who does ``verb``: a name or a noun."""
        if chance.yes(0.5):
            return Phrase(self._pick(chance, self.agents[verb], self.names))
        return self._noun(chance, self._pick(chance, self.subjects[verb], self.nouns))

    def thing(self, chance: Chance, verb: int) -> Phrase:
        """Return what ``verb`` is done to."""
        return self._noun(chance, self._pick(chance, self.objects[verb], self.nouns))

    def _noun(self, chance: Chance, noun: int) -> Phrase:
        return Phrase(noun, chance.ranked(self.looks[noun]) if chance.yes(0.5) else -1)

    @staticmethod
    def _pick(chance: Chance, liked: Sequence[int], all_: Sequence[int]) -> int:
        return chance.ranked(liked) if chance.yes(0.9) else chance.one(all_)


def _kinds(shape: Shape) -> list[str]:
    """Return the kind of each concept; names come last and count beside the concepts."""
    content = shape.concepts - len(FUNCTIONS)
    verbs, adjectives, places = content * 11 // 50, content // 5, content // 10
    nouns = content - verbs - adjectives - places
    counts = (nouns, verbs, adjectives, places, len(FUNCTIONS), shape.names)
    return [kind for kind, n in zip(KINDS, counts, strict=True) for _ in range(n)]


class Language:
    """One tongue: the token of each concept, and a word order."""

    def __init__(self, grammar: Grammar, words: Sequence[int], order: Order) -> None:
        self._grammar, self.words, self._order = grammar, words, order

    def say(self, clause: Clause, *, asked: str = "", bare: bool = False) -> Said:
        """Return ``clause`` in words; ``asked`` is a slot to ask for, ``bare`` leaves the place out."""
        tokens: list[int] = []
        kinds: list[int] = []
        slots: dict[str, tuple[int, int]] = {}
        for name, concepts in self._parts(clause, asked, bare):
            slots[name] = (len(tokens), len(tokens) + len(concepts))
            tokens += [self.words[c] for c in concepts]
            kinds += [KINDS.index(self._grammar.kinds[c]) for c in concepts]
        return Said((*tokens, QUERY if asked else STOP), tuple(kinds), slots)

    def _parts(self, clause: Clause, asked: str, bare: bool) -> list[tuple[str, list[int]]]:
        function = self._grammar.function
        slots = {"S": self._phrase(clause.subject), "O": self._phrase(clause.object), "V": [clause.verb]}
        if clause.negated:
            slots["V"] = [function["not"], clause.verb]
        if asked in ("S", "O"):
            slots[asked] = [function["who" if asked == "S" else "what"]]
        parts = [(slot, slots[slot]) for slot in self._order.clause]
        if asked == "P":
            parts.append(("P", [function["where"]]))
        elif clause.place >= 0 and not bare:
            parts += [("at", [function["at"]]), ("P", [clause.place])]
        return parts

    def _phrase(self, phrase: Phrase) -> list[int]:
        if phrase.adjective < 0:
            return [phrase.head]
        return (
            [phrase.adjective, phrase.head]
            if self._order.adjective_first
            else [phrase.head, phrase.adjective]
        )


def lexicons(grammar: Grammar, shape: Shape, chance: Chance) -> tuple[dict[str, list[int]], list[int], int]:
    """Return each language's token of each concept, the concepts not shared, and the vocabulary's size.

    Two content concepts in five of ``concepts`` are anchors; function words never are, names always are.
    """
    shared = set(_anchors(grammar, shape, chance))
    named = [c for c, kind in enumerate(grammar.kinds) if kind == "name"]
    apart = [c for c in range(shape.concepts) if c not in shared]
    tongues = list(ORDERS)[: shape.languages]
    total = len(named) + len(shared) + len(apart) * len(tongues)
    free = iter(chance.shuffled(range(NAMES_AT, NAMES_AT + total)))
    common = {c: next(free) for c in (*named, *sorted(shared))}
    words = {
        t: [common[c] if c in common else next(free) for c in range(len(grammar.kinds))] for t in tongues
    }
    return words, apart, NAMES_AT + total


def _anchors(grammar: Grammar, shape: Shape, chance: Chance) -> list[int]:
    content = [c for c, kind in enumerate(grammar.kinds) if kind in ANCHORED]
    wanted = shape.concepts * SHARE[0] // SHARE[1]
    found: list[int] = []
    for kind in ANCHORED:
        of_kind = [c for c in content if grammar.kinds[c] == kind]
        found += chance.shuffled(of_kind)[: len(of_kind) * SHARE[0] // SHARE[1]]
    rest = chance.shuffled([c for c in content if c not in found])
    return found + rest[: wanted - len(found)]
