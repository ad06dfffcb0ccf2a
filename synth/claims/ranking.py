"""Claims and how near each is to the question go in; those worth judging come out, best first.

The order is relevance weighted by P(claim); a sentence that repeats one already taken from the same paper
falls back (maximal marginal relevance, Carbonell and Goldstein 1998), and no paper takes more than its share.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from synth.claims.places import part_of
from synth.records import Claim, Role
from synth.text import content_words

_SHARE = 1.5  # of an even share of the list
_LEAST = 3  # claims that every paper may place
_FAVOUR = {"abstract": 1.05, "conclusion": 1.05}
_CITED = 0.85  # what a sentence about other work counts, beside one about its own
_REPEAT = 0.7  # weight that a full repeat loses
_POOL = 8  # times the limit: how many of the best are weighed against each other


class _Weighed(NamedTuple):
    value: float
    relevance: float
    claim: Claim


def rank(
    claims: Iterable[Claim], relevance: Mapping[tuple[str, int], float], *, limit: int
) -> tuple[tuple[Claim, float], ...]:
    """Return at most ``limit`` claims with their relevance in [0, 1], the most worth judging first.

    ``relevance`` maps (passage id, sentence index) to [0, 1]; a sentence that is not in it has 0. Ties
    fall to the claim's id. A paper gives at most 1.5 times an even share of the list, or 3 claims where that
    is more.
    """
    weighed = sorted((_weigh(c, relevance) for c in claims), key=lambda w: (-w.value, w.claim.id))
    if limit <= 0 or not weighed:
        return ()
    pool = weighed[: _POOL * limit]
    share = max(_LEAST, math.ceil(_SHARE * limit / len({w.claim.paper for w in pool})))
    return tuple((w.claim, w.relevance) for w in _picked(pool, limit=limit, share=share))


def _weigh(claim: Claim, relevance: Mapping[tuple[str, int], float]) -> _Weighed:
    near = relevance.get((claim.passage, claim.sentence), 0.0)
    favour = _FAVOUR.get(part_of(claim.section, Role.BODY), 1.0)
    if ("cited", "true") in claim.conditions:
        favour *= _CITED
    return _Weighed(round(near * (0.5 + 0.5 * claim.score) * favour, 9), near, claim)


def _picked(pool: Sequence[_Weighed], *, limit: int, share: int) -> list[_Weighed]:
    """Take the best of what is left, again and again, each time less what the same paper said already."""
    left = {w.claim.id: w for w in pool}
    words = {w.claim.id: Counter(content_words(w.claim.text)) for w in pool}
    repeats = dict.fromkeys(left, 0.0)
    taken: list[_Weighed] = []
    placed: Counter[str] = Counter()
    while left and len(taken) < limit:
        best = min(left.values(), key=lambda w: (-w.value * (1 - _REPEAT * repeats[w.claim.id]), w.claim.id))
        del left[best.claim.id]
        taken.append(best)
        placed[best.claim.paper] += 1
        if placed[best.claim.paper] >= share:
            left = {key: w for key, w in left.items() if w.claim.paper != best.claim.paper}
        for key, other in left.items():
            if other.claim.paper == best.claim.paper:
                repeats[key] = max(repeats[key], _overlap(words[key], words[best.claim.id]))
    return taken


def _overlap(a: Counter[str], b: Counter[str]) -> float:
    """Return the cosine of two bags of words, in [0, 1]."""
    norm = math.sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return sum(n * b[word] for word, n in a.items()) / norm if norm else 0.0
