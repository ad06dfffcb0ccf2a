"""A claim and a sentence, taken apart, go in; the named features of the entailment head come out.

Every feature is a number with a plain meaning, so that a verdict can say in words what spoke for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from synth.verifiers import _lexicon as lexicon
from synth.verifiers._alignment import Alignment
from synth.verifiers._quantities import Fact, same_numbers
from synth.verifiers._statement import Statement

NAMES = (
    "cosine",
    "exact",
    "soft",
    "exact_back",
    "soft_back",
    "rarest_missing",
    "missing",
    "length_ratio",
    "names_missing",
    "names_found",
    "number_agrees",
    "number_differs",
    "number_differs_same_topic",
    "number_absent",
    "number_reversed",
    "negation_parity",
    "negation_parity_close",
    "opposites",
    "opposites_close",
    "direction_opposed",
    "order",
    "swapped",
    "claim_hedged",
    "sentence_hedged",
    "sentence_proposes",
    "claim_universal",
    "sentence_partial",
    "claim_exclusive",
    "sentence_exclusive",
    "no_difference",
)
_CLOSE = 0.75
"""Share of the claim's idf from which two sentences are taken to speak of one thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A claim and a sentence with all that was computed of them."""

    claim: Statement
    sentence: Statement
    cosine: float
    forth: Alignment
    back: Alignment
    facts: tuple[Fact, ...]


def is_copy(pair: Pair) -> bool:
    """Whether the sentence is the claim, letter for letter, but for a citation mark or a "However,"."""
    claim, sentence = pair.claim, pair.sentence
    mine = _bare(claim)
    if claim.letters == sentence.letters:
        return bool(mine)
    # "in 2022" is no citation mark where the sentence has "in 2019" in its place
    numbers, others = ({w for w in s.words if w.isdigit()} for s in (claim, sentence))
    replaced = bool(numbers - others and others - numbers)
    return bool(mine) and mine == _bare(sentence) and not replaced


def _bare(statement: Statement) -> str:
    """Return the words without white space, and without connectors and bare numbers at either end."""
    kept = list(statement.words)
    while kept and _beside(kept[0]):
        kept.pop(0)
    while kept and _beside(kept[-1]):
        kept.pop()
    return "".join(kept)


def _beside(word: str) -> bool:
    return word in lexicon.CONNECTORS or word.isdigit()


def edits(pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words in which two all but identical sentences differ: the claim's and the sentence's.

    Alike means at least six words each, of which at most three have no counterpart; else both are empty.
    """
    mine, theirs = pair.claim.words, pair.sentence.words
    spare = _surplus(mine, theirs), _surplus(theirs, mine)
    alike = min(len(mine), len(theirs)) >= 6 and max(map(len, spare)) <= 3
    return spare if alike else ((), ())


def _surplus(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    left = list(other)
    found = []
    for word in one:
        if word in left:
            left.remove(word)
        else:
            found.append(word)
    return tuple(found)


def changed(pair: Pair) -> str:
    """Return "number", "negation", "name" or "opposite" where such a word was edited in a copy, else ""."""
    mine, theirs = edits(pair)
    edited = (*mine, *theirs)
    # A number on one side alone is a citation mark or a detail; replaced by another, it says otherwise.
    agreed = same_numbers(pair.facts)
    if any(w[0].isdigit() and w not in agreed for w in mine) and any(w[0].isdigit() for w in theirs):
        return "number"
    if (pair.claim.negations + pair.sentence.negations) % 2 and any(w in lexicon.NEGATIONS for w in edited):
        return "negation"
    if any(w in pair.claim.names for w in mine) and any(w in pair.sentence.names for w in theirs):
        return "name"
    stems = [lexicon.key(w) for w in edited]
    if any(lexicon.opposed(a, b) for a in stems for b in stems):
        return "opposite"
    return ""


def opposites(pair: Pair) -> tuple[tuple[str, str], ...]:
    """Return pairs of opposed words, the one in the claim alone, the other in the sentence alone."""
    mine = dict(zip(pair.claim.stems, pair.claim.words, strict=True))
    theirs = dict(zip(pair.sentence.stems, pair.sentence.words, strict=True))
    only_mine = [s for s in mine if s not in theirs]
    only_theirs = [s for s in theirs if s not in mine]
    return tuple((mine[a], theirs[b]) for a in only_mine for b in only_theirs if lexicon.opposed(a, b))


def vector(pair: Pair) -> tuple[float, ...]:
    """Return the features in the order of ``NAMES``."""
    claim, sentence = pair.claim, pair.sentence
    kinds = [f.relation for f in pair.facts]
    close = pair.forth.exact >= _CLOSE
    parity = (claim.negations + sentence.negations) % 2
    opposite = min(2, len(opposites(pair)))
    names = len(claim.names & sentence.names)
    order, swapped = _order(pair)
    return (
        pair.cosine,
        pair.forth.exact,
        pair.forth.soft,
        pair.back.exact,
        pair.back.soft,
        pair.forth.rarest,
        min(1.0, len(pair.forth.missing) / 6),
        math.log((1 + len(claim.words)) / (1 + len(sentence.words))),
        float(min(3, len(claim.names - sentence.names))),
        float(min(3, names)),
        float(min(2, kinds.count("agrees"))),
        float(min(2, kinds.count("differs"))),
        float(any(f.relation == "differs" and f.same_topic for f in pair.facts)),
        float(min(2, kinds.count("absent"))),
        float("reversed" in kinds),
        float(parity),
        float(parity and close),
        float(opposite),
        float(opposite and close),
        _direction_opposed(claim, sentence),
        order,
        swapped,
        _share(claim, lexicon.HEDGES),
        _share(sentence, lexicon.HEDGES),
        _share(sentence, lexicon.PROPOSALS),
        _share(claim, lexicon.UNIVERSALS),
        _share(sentence, lexicon.PARTIALS),
        _share(claim, lexicon.EXCLUSIVES),
        _share(sentence, lexicon.EXCLUSIVES),
        _no_difference(sentence) - _no_difference(claim),
    )


def _share(statement: Statement, listed: frozenset[str]) -> float:
    return float(any(w in listed for w in statement.words))


def _direction_opposed(claim: Statement, sentence: Statement) -> float:
    def sign(statement: Statement) -> int:
        up = sum(s in lexicon.UP for s in statement.stems)
        down = sum(s in lexicon.DOWN for s in statement.stems)
        return (up > down) - (down > up)

    return float(sign(claim) * sign(sentence) < 0)


def _no_difference(statement: Statement) -> float:
    text = " ".join(statement.words)
    return float(
        "no significant" in text
        or "not significant" in text
        or "no difference" in text
        or "not differ" in text
        or "no effect" in text
    )


def _order(pair: Pair) -> tuple[float, float]:
    """Return how far shared words keep their order, in [-1, 1], and whether a comparison is swapped."""
    places = pair.forth.places[:40]
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :] if a != b]
    order = sum(1 if a < b else -1 for a, b in pairs) / len(pairs) if pairs else 0.0
    return order, float(sides_swapped(pair))


def sides_swapped(pair: Pair) -> bool:
    """Whether both compare and what the claim puts before the comparative stands after it in the sentence."""
    comparing = lexicon.COMPARATIVES.intersection(pair.claim.stems, pair.sentence.stems)
    return bool(comparing) and _crossed(pair, comparing)


def _crossed(pair: Pair, comparing: frozenset[str]) -> bool:
    """Whether what stands before the comparative in the one stands after it in the other."""
    pivot = min(comparing, key=pair.claim.stems.index)
    before, after = _sides(pair.claim, pivot)
    there_before, there_after = _sides(pair.sentence, pivot)
    crossed = len(before & there_after) + len(after & there_before)
    kept = len(before & there_before) + len(after & there_after)
    return crossed >= 2 and crossed > kept


def _sides(statement: Statement, pivot: str) -> tuple[set[str], set[str]]:
    at = statement.stems.index(pivot)
    content = [s if c else "" for s, c in zip(statement.stems, statement.content, strict=True)]
    before, after = set(content[:at]) - {""}, set(content[at + 1 :]) - {""}
    return before - after, after - before
