"""A claim beside a sentence goes in; whether the sentence says all of the claim in its own words comes out.

A covering copy holds every content word of the claim in order (inflected, numbers as words or digits), with
the same negations and quantities, and adds nothing that takes it back or gives it another subject: "Kites
flew higher in the strong wind of March" covers "Kites fly higher in strong wind". Rules of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from synth.verifiers import _lexicon as lexicon
from synth.verifiers._features import Pair
from synth.verifiers._quantities import same_numbers
from synth.verifiers._statement import Statement

SHORTEST = 3
"""Content words that a claim needs before it can be covered; fewer are found anywhere."""
_WIDEST = 10
"""Most words that may stand between two words that the claim has side by side."""
_SPELT = 0.75
_OPENS_MODIFIER = lexicon.PREPOSITIONS | {"which", "that", "who", "also", "then", "both", "each"}
_HALTS = lexicon.HEDGES | lexicon.CONDITIONS | lexicon.EXCLUSIVES
_TURNS = _HALTS | lexicon.PARTIALS | lexicon.CONTRASTS | lexicon.ATTRIBUTIONS
_LESSENS = lexicon.UP | lexicon.DOWN | lexicon.COMPARATIVES | lexicon.REMOVALS


def covers(pair: Pair) -> bool:
    """Whether the sentence of ``pair`` is a covering copy of its claim."""
    claim, sentence = pair.claim, pair.sentence
    if sum(claim.content) < SHORTEST or sentence.text.rstrip().endswith("?"):
        return False
    if claim.negations != sentence.negations or any(f.relation != "agrees" for f in pair.facts):
        return False
    if _said(claim, lexicon.BINDING) - _said(sentence, lexicon.BINDING):
        return False
    return any(_adds_nothing_against(claim, sentence, places) for places in _placed(pair))


def doubted(pair: Pair) -> bool:
    """Whether the sentence holds all of the claim, but behind "whether", "if", "some believe" or the like."""
    if lexicon.DOUBTS & set(pair.claim.words):
        return False
    found = _placed(pair)
    return bool(found) and all(lexicon.DOUBTS & set(pair.sentence.words[: places[0][1]]) for places in found)


def _said(statement: Statement, listed: frozenset[str]) -> frozenset[str]:
    return frozenset(lexicon.SAME.get(w, w) for w in statement.words if w in listed)


def _placed(pair: Pair) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return ways to find the claim's words in order: (place in the claim, place in the sentence), or ().

    The nearest match is sought from each place at which the first word stands. Numbers that agree may be
    written otherwise (433k, twenty-five): their words are not sought.
    """
    claim, sentence = pair.claim, pair.sentence
    agreed = {w for w in same_numbers(pair.facts) if _numeral(w)}
    sought = [w not in agreed for w in claim.words]
    heads = [i for i, c in enumerate(claim.content) if c and sought[i]]
    wanted = [i for i, w in enumerate(claim.words) if i in heads or w in lexicon.AUXILIARIES]
    if not heads:
        return ()
    starts = [j for j, w in enumerate(sentence.words) if same(claim.words[heads[0]], w)]
    found = [_walk(claim, sentence, [i for i in wanted if i >= heads[0]], j) for j in starts]
    return tuple(f for f in found if f)


def _numeral(word: str) -> bool:
    return word[0].isdigit() or word in lexicon.NUMERALS


def _walk(
    claim: Statement, sentence: Statement, wanted: Sequence[int], start: int
) -> tuple[tuple[int, int], ...]:
    places: list[tuple[int, int]] = []
    at = start
    for i in wanted:
        word = claim.words[i]
        hit = next((j for j in range(at, len(sentence.words)) if same(word, sentence.words[j])), -1)
        if hit < 0 or (hit - at > _WIDEST and not claim.content[i]):
            if claim.content[i]:
                return ()
            continue  # an auxiliary of another form: the words around it decide
        places.append((i, hit))
        at = hit + 1
    return tuple(places)


@lru_cache(maxsize=1 << 16)
def same(one: str, other: str) -> bool:
    """Whether two words are one: the same stem, verb, number or auxiliary, or one spelling but for an end."""
    a, b = _form(one), _form(other)
    if a == b:
        return True
    if a[0].isdigit() or b[0].isdigit() or lexicon.opposed(a, b) or min(len(a), len(b)) < 5:
        return False
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= 5 and shared / max(len(a), len(b)) >= _SPELT


def _form(word: str) -> str:
    if word[0].isdigit():
        bare = word.replace(",", "")
        return bare.rstrip("0").rstrip(".") if "." in bare else bare
    word = word.replace("isation", "ization")
    plain = lexicon.NUMERALS.get(word) or lexicon.AUXILIARIES.get(word) or lexicon.IRREGULAR.get(word, word)
    return lexicon.key(plain)


def _adds_nothing_against(claim: Statement, sentence: Statement, places: Sequence[tuple[int, int]]) -> bool:
    said, first, last = sentence.words, places[0][1], places[-1][1]
    if sum(w in lexicon.NEGATIONS for w in said[max(0, first - 2) : last + 1]) < claim.negations:
        return False
    if lexicon.EITHER & (set(said) - set(claim.words)):
        return False
    if not _opens_well(said[:first]):
        return False
    if any(w in _HALTS or w in lexicon.FEW for w in said[last + 1 :]):
        return False
    for (_, a), (i, b) in pairwise(places):
        gap = [w for w in said[a + 1 : b] if w == "and" or not (w in claim.words or _numeral(w))]
        if not _gap_is_harmless(gap, sentence, verb=_verbal(claim, i)):
            return False
    return True


def _opens_well(before: Sequence[str]) -> bool:
    """Whether what stands before the claim leaves it asserted, and its first word the head it was."""
    if any(w in _TURNS or lexicon.key(w) in _LESSENS for w in before):
        return False
    return not before or not (before[-1] in lexicon.PREPOSITIONS and _has_content(before))


def _gap_is_harmless(gap: Sequence[str], sentence: Statement, *, verb: bool) -> bool:
    """Whether the words before one of the claim's neither turn it nor, before a verb, change its subject."""
    if not gap:
        return True
    if len(gap) > _WIDEST or any(w in _TURNS or lexicon.key(w) in _LESSENS for w in gap):
        return False
    if gap[0] in _OPENS_MODIFIER:
        return True
    if not _has_content([w for w in gap if not w.endswith("ly")]):
        return True
    # "attention pruning improves" is not "attention improves"; "improves speed and keeps accuracy" is not
    # "improves accuracy"; another name is another thing.
    if verb or "and" in gap:
        return False
    return not any(w in sentence.names for w in gap)


def _has_content(found: Sequence[str]) -> bool:
    return any(w not in lexicon.REPORTS and lexicon.is_content(w) for w in found)


def _verbal(claim: Statement, at: int) -> bool:
    """Whether the word is taken for the claim's verb: an auxiliary, or -s, -ed after what is no verb."""
    word, before = claim.words[at], claim.words[max(0, at - 1)]
    if word in lexicon.AUXILIARIES:
        return True
    return _inflected(word) and claim.content[max(0, at - 1)] and not _inflected(before)


def _inflected(word: str) -> bool:
    """Whether a word may be a finite verb; numbers count, so that what follows them is none."""
    return (
        _numeral(word)
        or word in lexicon.IRREGULAR
        or (word.endswith(("s", "ed")) and not word.endswith("ss"))
    )
