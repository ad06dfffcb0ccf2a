"""Sentences go in; near-copies that say the same, less or more come out with labels.

For training alone. Edited copies (``edited_pairs``) all say otherwise; without these a model learns that a
near-copy is a contradiction. Comparisons with their sides exchanged, and the same said from the other side,
come from frames of ours: which side is the better one is all that differs.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from labelled_pairs import Pair

# Words that are alike in meaning, and what comparisons are made of.
_LISTS = json.loads((Path(__file__).parent / "near_copies.json").read_text(encoding="utf-8"))
_OPENINGS, _SAME, _MODIFIERS = _LISTS["openings"], _LISTS["same"], _LISTS["modifiers"]
_NAMES, _SCALES, _PLACES = _LISTS["names"], _LISTS["scales"], _LISTS["places"]
_UNITS, _VERBS, _HEDGES, _WHOLE = (_LISTS[n] for n in ("units", "verbs", "hedges", "whole"))
_NEGATED = re.compile(r"\b(?:not|no|never|nor|neither|without|fails?|hardly|cannot)\b|n't", re.I)
_MODIFIER = re.compile(rf" (?:{'|'.join(map(re.escape, _MODIFIERS))})(?= [a-z])")
_TAIL = re.compile(
    r"^(?P<head>.{25,}?),? (?:which|where|whereas|while|because|since|although|by using|such as|for example) "
    r".{12,}\.$"
)
_BRACKET = re.compile(r" ?\([^()]{2,60}\)")
_LEAD = re.compile(
    r"^(?:However|Moreover|In addition|Furthermore|Therefore|Thus|Finally|In contrast|Also|Here), "
    r"(?P<rest>.+)$"
)


def opened(text: str, rng: random.Random) -> str:
    """Return ``text`` behind "We find that" or the like, which changes nothing that it says."""
    first = text.split(" ", 1)[0]
    lower = text if first.isupper() or any(c.isupper() for c in first[1:]) else text[0].lower() + text[1:]
    return f"{rng.choice(_OPENINGS)} {lower}"


def reworded(text: str, rng: random.Random) -> str:
    """Return ``text`` with up to three words replaced by others of their meaning, "" where none is known."""
    found = text
    groups = [g for g in _SAME if any(re.search(rf"\b{re.escape(w)}\b", text) for w in g)]
    for group in rng.sample(groups, min(len(groups), rng.choice((1, 2, 3)))):
        word = next(w for w in group if re.search(rf"\b{re.escape(w)}\b", text))
        other = rng.choice([w for w in group if w != word])
        found = re.sub(rf"\b{re.escape(word)}\b", other, found, count=1)
    return found if found != text else ""


def shortened(text: str, rng: random.Random) -> str:  # noqa: ARG001
    """Return ``text`` without a bracket, a connective or its last clause, "" where it has none."""
    bare = _BRACKET.sub("", text)
    if bare != text:
        return bare
    lead = _LEAD.match(text)
    if lead:
        return lead["rest"][0].upper() + lead["rest"][1:]
    tail = _TAIL.match(text)
    return f"{tail['head']}." if tail else ""


def plainer(text: str, rng: random.Random) -> str:
    """Return ``text`` without one modifier, "" where there is none or a negation could turn on it."""
    found = [] if _NEGATED.search(text) else list(_MODIFIER.finditer(text))
    if not found:
        return ""
    at = rng.choice(found)
    return text[: at.start()] + text[at.end() :]


SAYS_AS_MUCH: tuple[Callable[[str, random.Random], str], ...] = (opened, reworded)
SAYS_LESS: tuple[Callable[[str, random.Random], str], ...] = (plainer, shortened)


def kept(texts: Sequence[str], *, limit: int, seed: int) -> tuple[Pair, ...]:
    """Return at most ``limit`` near-copies: entail where the claim says as much or less, else neutral."""
    rng = random.Random(seed)
    pairs: list[Pair] = []
    for text in texts:
        other = rng.choice(SAYS_AS_MUCH)(text, rng)
        if other:
            one, two = (other, text) if rng.random() < 0.5 else (text, other)
            pairs.append(_pair(one, two, "entail"))
        less = rng.choice(SAYS_LESS)(text, rng)
        if less and len(less.split()) > 4:
            again = (reworded(less, rng) or less) if rng.random() < 0.5 else less
            pairs.append(_pair(again, text, "entail"))
            if rng.random() < 0.35 and not _LEAD.match(text):
                pairs.append(_pair(text, again, "neutral"))
    rng.shuffle(pairs)
    return tuple(pairs[:limit])


def compared(*, limit: int, seed: int) -> tuple[Pair, ...]:
    """Return ``limit`` comparisons beside a claim on the same two things: who is ahead is all that counts."""
    rng = random.Random(seed)
    return tuple(_compared(rng) for _ in range(limit))


def _compared(rng: random.Random) -> Pair:
    a, b, c = rng.sample(_NAMES, 3)
    more, less = rng.choice(_SCALES)
    place = rng.choice(_PLACES)
    # a is ahead of b, said from either side
    said = f"{a} {more} {b}{place}." if rng.random() < 0.6 else f"{b} {less} {a}{place}."
    if rng.random() < 0.3:
        said = opened(said, rng)
    shown = place if rng.random() < 0.5 else ""
    kind = rng.choice(("same", "turned", "swapped", "swapped", "opposite", "other"))
    claim = {
        "same": f"{a} {more} {b}{shown}.",
        "turned": f"{b} {less} {a}{shown}.",
        "swapped": f"{b} {more} {a}{shown}.",
        "opposite": f"{a} {less} {b}{shown}.",
        "other": rng.choice((f"{a} {more} {c}{shown}.", f"{c} {more} {b}{shown}.")),
    }[kind]
    label = {"same": "entail", "turned": "entail", "other": "neutral"}.get(kind, "contra")
    return _pair(claim[0].upper() + claim[1:], said[0].upper() + said[1:], label, source="compared")


def _pair(claim: str, sentence: str, label: str, *, source: str = "kept") -> Pair:
    return Pair(source=source, claim=claim, passage=(sentence,), label=label, group=f"{source}:{claim}")


def other_unit(text: str, rng: random.Random) -> str:
    """Return ``text`` with the unit behind a number exchanged for another, "" where it has none"""
    found = [
        (match, group)
        for group in _UNITS
        for unit in group
        for match in re.finditer(rf"(?<=\d) ?{re.escape(unit)}(?!\w)", text)
    ]
    if not found:
        return ""
    match, group = rng.choice(found)
    other = rng.choice([u for u in group if u.strip() != match.group().strip()])
    gap = "" if other.startswith(("%", " ", "-")) else " "
    return f"{text[: match.start()]}{gap}{other}{text[match.end() :]}"


def stretched(texts: Sequence[str], *, limit: int, seed: int) -> tuple[Pair, ...]:
    """Return at most ``limit`` pairs on hedges, extent and units.

    What may be is no support for what is (neutral), what is supports what may be (entail); what holds of most
    is no support for all (neutral); the same number of another unit is another thing (contra).
    """
    rng = random.Random(seed)
    pairs: list[Pair] = []
    for text in texts:
        verb = next((v for v in _VERBS if f" {v} " in text), "")
        if verb and not _NEGATED.search(text):
            base = verb[:-1] if verb != "causes" else "cause"
            weak = text.replace(f" {verb} ", f" {rng.choice(_HEDGES)} {base} ", 1)
            pairs.append(
                _pair(*rng.choice(((text, weak, "neutral"), (text, weak, "neutral"), (weak, text, "entail"))))
            )
        whole = next((w for w in _WHOLE if f" {w} " in text), "")
        if whole and not _NEGATED.search(text.replace(" never ", " ")):
            pairs.append(
                _pair(text, text.replace(f" {whole} ", f" {rng.choice(_WHOLE[whole])} ", 1), "neutral")
            )
        changed = other_unit(text, rng)
        if changed:
            pairs.append(_pair(*((changed, text) if rng.random() < 0.5 else (text, changed)), "contra"))
    rng.shuffle(pairs)
    return tuple(pairs[:limit])
