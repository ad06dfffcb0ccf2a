"""The quantities of a claim and of a sentence go in; how they agree comes out, with reasons in words.

Numbers agree when the one is the other rounded to the digits it reports (5.4 and 5.37, 433k and 433,217);
at equal digits they must be equal. A number that is missing says nothing: half of the truly supported
claims hold a number that their rationale lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from synth.records import Quantity
from synth.text import content_words, words
from synth.verifiers._lexicon import key
from synth.verifiers._statement import Statement

ABOUT = 0.05
"""Relative difference that "about" allows."""
_NEAR = 60
_CHANGE = re.compile(
    r"\s*(?:%|points?|percent)?,?\s*(?:to|vs\.?|versus|against|compared (?:to|with))\s+(?:only )?"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z-]+")
_SHARES = frozenset({"percent", "points", ""})

Relation = Literal["agrees", "differs", "reversed", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What the sentence says of one quantity of the claim; ``other`` is None where it is silent.

    ``same_topic`` tells that unit and nearby words are those of the claim, so that "differs" is a
    contradiction and no coincidence.
    """

    quantity: Quantity
    other: Quantity | None
    relation: Relation
    same_topic: bool
    reason: str


def facts(claim: Statement, sentence: Statement) -> tuple[Fact, ...]:
    """Return a fact for each quantity of ``claim``, in order."""
    return tuple(_fact(q, claim, sentence) for q in claim.quantities)


def _fact(q: Quantity, claim: Statement, sentence: Statement) -> Fact:
    agreeing = [p for p in sentence.quantities if comparable(q, p) and agree(q, p)]
    derived = _derived(q, sentence)
    if agreeing or derived:
        best = max(agreeing or derived, key=lambda p: (_topic(q, p, claim, sentence), -p.start))
        if q.direction and best.direction and q.direction != best.direction:
            said = f"direction reversed: {shown(q)} is {q.direction} here, {best.direction} in the passage"
            return Fact(quantity=q, other=best, relation="reversed", same_topic=True, reason=said)
        said = f"number agrees: {shown(q)}" if agreeing else f"number follows from the passage: {shown(q)}"
        return Fact(quantity=q, other=best, relation="agrees", same_topic=True, reason=said)
    taken = {
        p.start for p in sentence.quantities for c in claim.quantities if comparable(c, p) and agree(c, p)
    }
    rivals = [p for p in sentence.quantities if comparable(q, p) and p.start not in taken]
    if not rivals:
        said = f"no sentence speaks of this quantity: {shown(q)}"
        return Fact(quantity=q, other=None, relation="absent", same_topic=False, reason=said)
    best = max(rivals, key=lambda p: (q.unit == p.unit, _topic(q, p, claim, sentence), -p.start))
    same_topic = q.unit == best.unit and _topic(q, best, claim, sentence) >= 0.5
    said = f"number differs: {shown(q)} against {shown(best)}"
    return Fact(quantity=q, other=best, relation="differs", same_topic=same_topic, reason=said)


def shown(q: Quantity) -> str:
    """Return the quantity as it was written, with whitespace made single."""
    return " ".join(q.raw.split())


def comparable(q: Quantity, p: Quantity) -> bool:
    """Whether two units may speak of one thing: equal, or a share, points and a bare score."""
    return q.unit == p.unit or {q.unit, p.unit} <= _SHARES or key(q.unit) == key(p.unit)


def agree(q: Quantity, p: Quantity) -> bool:
    """Whether the sentence's ``p`` makes the claim's ``q`` true as a number (bounds and ranges included)."""
    if q.high is not None and p.high is not None:
        return _same(q.value, p.value, q, p) and _same(q.high, p.high, q, p)
    if q.high is not None:
        return q.value <= p.value <= q.high and p.bound in ("", "about")
    if p.high is not None:
        return False
    match q.bound, p.bound:
        case "more", "more" | "" | "about":
            return p.value >= q.value or _same(q.value, p.value, q, p)
        case "less", "less" | "" | "about":
            return p.value <= q.value or _same(q.value, p.value, q, p)
        case ("more", "less") | ("less", "more"):
            return False
        case _:
            return _same(q.value, p.value, q, p)


def _same(a: float, b: float, q: Quantity, p: Quantity) -> bool:
    gap = abs(a - b)
    if "about" in (q.bound, p.bound) and gap <= ABOUT * max(abs(a), abs(b)):
        return True
    coarse, fine = sorted((q.scale * 10.0**-q.digits, p.scale * 10.0**-p.digits), reverse=True)
    if coarse == fine:
        return gap <= 1e-9 * max(1.0, abs(a))
    return gap <= coarse / 2 + 1e-9 * max(1.0, abs(a))


def same_numbers(found: Iterable[Fact]) -> frozenset[str]:
    """Return the words of the claim's quantities that the sentence states as such: no bound, no change.

    A copy with "above 27" for "above 25" agrees as a bound and yet says something else.
    """
    agreed = [(f.quantity, f.other) for f in found if f.relation == "agrees" and f.other is not None]
    return frozenset(w for q, p in agreed if _stated(q, p) for w in words(q.raw))


def _stated(q: Quantity, p: Quantity) -> bool:
    if (q.high is None) != (p.high is None) or not _same(q.value, p.value, q, p):
        return False
    return q.high is None or p.high is None or _same(q.high, p.high, q, p)


def _derived(q: Quantity, statement: Statement) -> tuple[Quantity, ...]:
    """Return the ends b of "from a to b", "a against b", whose change is the claimed ``q``."""
    if q.high is not None or q.unit not in ("points", "percent", "times"):
        return ()
    stated = statement.quantities
    changes = [(p.value, p.high, p) for p in stated if p.high is not None]
    for first, last in pairwise(stated):
        if comparable(first, last) and _CHANGE.fullmatch(statement.text[first.end : last.start]):
            changes.append((first.value, last.value, last))
    return tuple(end for a, b, end in changes if _is_change(q, a, b, shares=end.unit in _SHARES))


def _is_change(q: Quantity, a: float, b: float, *, shares: bool) -> bool:
    """Whether ``q`` is the change from ``a`` to ``b``: points, percent of ``a``, or a factor."""
    found = [abs(b - a)] if shares and q.unit != "times" else []
    if q.unit == "percent" and a:
        found.append(100.0 * abs(b - a) / abs(a))
    if q.unit == "times" and a and b:
        found.append(max(abs(a), abs(b)) / min(abs(a), abs(b)))
    return any(abs(f - q.value) <= 0.5 * 10.0**-q.digits + 1e-9 for f in found)


def _topic(q: Quantity, p: Quantity, claim: Statement, sentence: Statement) -> float:
    """Return the share of words near ``q`` that stand near ``p``, too."""
    mine, theirs = _near(q, claim.text), _near(p, sentence.text)
    return len(mine & theirs) / len(mine) if mine else 0.0


def _near(q: Quantity, text: str) -> frozenset[str]:
    around = text[max(0, q.start - _NEAR) : q.start] + " " + text[q.end : q.end + _NEAR]
    return frozenset(_content(_WORD.findall(around.casefold())))


def _content(found: Iterable[str]) -> Iterable[str]:
    for word in found:
        yield from content_words(word)
