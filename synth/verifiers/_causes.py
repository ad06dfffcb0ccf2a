"""A claim beside a sentence goes in; the named causes for which the sentence may contradict it come out.

Without one of these a contradiction is a guess from the words' neighbourhood: a differing number of the same
thing, a negation on one side, opposed words in the same place, swapped sides, another name, a quantifier.
"""

from __future__ import annotations

from itertools import pairwise

from synth.verifiers import _lexicon as lexicon
from synth.verifiers._features import Pair, changed, edits, opposites, sides_swapped
from synth.verifiers._statement import Statement

NEAR = 2
"""Content words on either side of an opposed word among which one must be shared."""
SIDE = 4
"""Content words on either side of a comparative or relation that are looked at for a swap."""
ALIKE = 0.5
"""Share of the claim's idf from which a differing number, a name or a quantifier is of one matter."""


def causes(pair: Pair) -> tuple[str, ...]:
    """Return the causes in words, the plainest first; empty where nothing named speaks against the claim."""
    found = (
        *_numbers(pair), *_opposed(pair), *_denied(pair), *_swapped(pair), *_named(pair), *_scope(pair)
    )  # fmt: skip
    return found or _edited(pair)


def _edited(pair: Pair) -> tuple[str, ...]:
    """Return what was changed in a copy where no rule of the others sees it (a number without a unit)."""
    mine, theirs = edits(pair)
    edited = (*mine, *theirs)
    match changed(pair):
        case "number":
            one, other = (next(w for w in side if w[0].isdigit()) for side in (mine, theirs))
            return (f"number differs: {one} against {other}",)
        case "opposite":
            keyed = [(w, lexicon.key(w)) for w in edited]
            opposed = [(a, b) for a, s in keyed for b, t in keyed if lexicon.opposed(s, t)]
            return tuple(f"opposed words: {a} against {b}" for a, b in opposed[:1])
        case "negation":
            return ("the passage denies it",)
        case _:
            return ()


def _numbers(pair: Pair) -> list[str]:
    close = pair.forth.exact >= ALIKE
    return [
        f.reason
        for f in pair.facts
        if f.relation == "reversed" or (f.relation == "differs" and (f.same_topic or close))
    ]


def _opposed(pair: Pair) -> list[str]:
    return [f"opposed words: {a} against {b}" for a, b in aligned_opposites(pair)]


def aligned_opposites(pair: Pair) -> tuple[tuple[str, str], ...]:
    """Return opposed words, one of either statement, that stand by the same words."""
    found = [*opposites(pair), *_directions(pair)]
    return tuple(
        dict.fromkeys((a, b) for a, b in found if _around(pair.claim, a) & _around(pair.sentence, b))
    )


def _directions(pair: Pair) -> list[tuple[str, str]]:
    """Return pairs of what raises and what lowers, the one in the claim alone, the other in the sentence."""
    mine, theirs = set(pair.claim.stems), set(pair.sentence.stems)
    one = [(w, s) for w, s in zip(pair.claim.words, pair.claim.stems, strict=True) if s not in theirs]
    two = [(w, s) for w, s in zip(pair.sentence.words, pair.sentence.stems, strict=True) if s not in mine]
    return [
        (w, v)
        for w, s in one
        for v, t in two
        if (s in lexicon.UP and t in lexicon.DOWN) or (s in lexicon.DOWN and t in lexicon.UP)
    ]


def _around(statement: Statement, word: str) -> frozenset[str]:
    """Return the stems of the content words near the first ``word``."""
    kept = [i for i, c in enumerate(statement.content) if c or statement.words[i] == word]
    at = next(k for k, i in enumerate(kept) if statement.words[i] == word)
    near = kept[max(0, at - NEAR) : at] + kept[at + 1 : at + 1 + NEAR]
    return frozenset(statement.stems[i] for i in near)


def _denied(pair: Pair) -> list[str]:
    if (pair.claim.negations + pair.sentence.negations) % 2 == 0:
        return []
    if pair.claim.negations > pair.sentence.negations:
        return ["the claim denies what the passage says"]
    return ["the passage denies it"]


def _swapped(pair: Pair) -> list[str]:
    if sides_swapped(pair) or any(_traded(pair, pivot) for pivot in _pivots(pair)):
        return ["the two sides have changed places in the passage"]
    return ["the numbers have changed places in the passage"] if numbers_traded(pair) else []


def _pivots(pair: Pair) -> list[str]:
    return sorted(lexicon.RELATIONS.intersection(pair.claim.stems, pair.sentence.stems))


def _traded(pair: Pair, pivot: str) -> bool:
    """Whether what stands before ``pivot`` stands after it and the reverse; a passive trades them back."""
    if ("by" in pair.claim.words) != ("by" in pair.sentence.words):
        return False
    (a, b), (c, d) = _beside(pair.claim, pivot), _beside(pair.sentence, pivot)
    return bool(a & d) and bool(b & c) and len(a & d) + len(b & c) >= len(a & c) + len(b & d)


def _beside(statement: Statement, pivot: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the content stems near ``pivot`` that stand on one side of it only."""
    at = statement.stems.index(pivot)
    content = [s if c else "" for s, c in zip(statement.stems, statement.content, strict=True)]
    before = frozenset([s for s in content[:at] if s][-SIDE:])
    after = frozenset([s for s in content[at + 1 :] if s][:SIDE])
    return before - after, after - before


def numbers_traded(pair: Pair) -> bool:
    """Whether the same numbers come in another order while the words around them keep theirs."""
    numbers, others = _orders(pair)
    return len(set(numbers)) > 1 and numbers != sorted(numbers) and len(others) > 1 and _rising(others)


def _orders(pair: Pair) -> tuple[list[int], list[int]]:
    first = {stem: j for j, stem in reversed(tuple(enumerate(pair.sentence.stems)))}
    seen: dict[str, int] = {}
    for stem, content in zip(pair.claim.stems, pair.claim.content, strict=True):
        if content and stem in first:
            seen.setdefault(stem, first[stem])
    numbers = [j for stem, j in seen.items() if stem[0].isdigit()]
    return numbers, [j for stem, j in seen.items() if not stem[0].isdigit()]


def _rising(places: list[int]) -> bool:
    steps = [b > a for a, b in pairwise(places)]
    return sum(steps) > len(steps) / 2


def _named(pair: Pair) -> list[str]:
    if changed(pair) != "name":
        return []
    mine, theirs = edits(pair)
    one = next(w for w in mine if w in pair.claim.names)
    other = next(w for w in theirs if w in pair.sentence.names)
    return [f"another name: {one} against {other}"]


def _scope(pair: Pair) -> list[str]:
    if pair.forth.exact < ALIKE:
        return []
    mine, theirs = set(pair.claim.words), set(pair.sentence.words)
    pairs = (
        (lexicon.UNIVERSALS, lexicon.PARTIALS),
        (lexicon.PARTIALS, lexicon.UNIVERSALS),
        (lexicon.EXCLUSIVES, frozenset({"also", "both", "additionally", "besides"})),
    )
    found = []
    for one, other in pairs:
        a, b = sorted((mine & one) - theirs), sorted((theirs & other) - mine)
        if a and b:
            found.append(f"another extent: {a[0]} against {b[0]}")
    return found
