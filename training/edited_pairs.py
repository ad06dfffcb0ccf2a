"""Sentences go in; copies of them, and copies edited so that they say otherwise, come out with labels.

For training alone, never for judging. Edits go in both directions (the claim or the passage is edited), or a
model learns that the edited side is the false one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from labelled_pairs import Pair

from synth.verifiers import _lexicon

_AUXILIARY = re.compile(r"\b(is|are|was|were|can|could|will|would|has|have|had|does|do|may|should)\b", re.I)
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w,-]|\.\d)")
_NEGATED = re.compile(r"\b(?:not|no|never)\b|n't", re.I)
_SIDES = re.compile(
    r"^(?P<a>[^,;]{3,60}?) (?P<verb>(?:\w+ly )?"
    r"(?:outperforms?|is better than|performs better than|surpass(?:es)?|exceeds?|"
    r"is (?:larger|smaller|faster|slower|higher|lower) than)) (?P<b>[^,;.]{3,60})(?P<rest>.*)$"
)
_WORD = re.compile(r"[A-Za-z]{4,}")
_COPIES = 0.25


def number_changed(text: str, rng: random.Random) -> str:
    """Return ``text`` with one number changed, "" where it has none."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return ""
    match = rng.choice(found)
    old = match.group()
    digits = len(old.split(".")[1]) if "." in old else 0
    value = float(old)
    tries = (value * rng.uniform(1.05, 1.6), value * rng.uniform(0.5, 0.95), value + rng.choice((1, 2, 3, 5)))
    new = next((n for n in (f"{t:.{digits}f}" for t in rng.sample(tries, 3)) if n != old), "")
    return text[: match.start()] + new + text[match.end() :] if new else ""


def negated(text: str, rng: random.Random) -> str:
    """Return ``text`` with "not" or "never" after its first auxiliary, "" where that cannot be done."""
    found = _AUXILIARY.search(text)
    if found is None or _NEGATED.search(text):
        return ""
    return f"{text[: found.end()]} {rng.choice(('not', 'not', 'never'))}{text[found.end() :]}"


def opposed(text: str, rng: random.Random) -> str:
    """Return ``text`` with one word replaced by an opposite, "" where none is known."""
    found = [m for m in _WORD.finditer(text) if m.group().casefold() in _lexicon.SPELLED_OPPOSITES]
    if not found:
        return ""
    match = rng.choice(found)
    new = rng.choice(_lexicon.SPELLED_OPPOSITES[match.group().casefold()])
    return text[: match.start()] + new + text[match.end() :]


def swapped(text: str, rng: random.Random) -> str:  # noqa: ARG001
    """Return ``text`` with the two sides of its comparison exchanged, "" where it makes none."""
    found = _SIDES.match(text)
    return f"{found['b']} {found['verb']} {found['a']}{found['rest']}" if found else ""


EDITS: tuple[tuple[Callable[[str, random.Random], str], float], ...] = (
    (number_changed, 0.6),
    (negated, 0.5),
    (opposed, 0.5),
    (swapped, 1.0),
)


def edited(texts: Sequence[str], *, limit: int, seed: int) -> tuple[Pair, ...]:
    """Return at most ``limit`` pairs made of ``texts``: copies (entail) and edited copies (contra)."""
    rng = random.Random(seed)
    pairs = []
    for text in texts:
        if rng.random() < _COPIES:
            pairs.append(_pair(text, text, "entail"))
        for edit, share in EDITS:
            new = edit(text, rng) if rng.random() < share else ""
            if new:
                pairs.append(_pair(*((new, text) if rng.random() < 0.5 else (text, new)), "contra"))
    rng.shuffle(pairs)
    return tuple(pairs[:limit])


def _pair(claim: str, sentence: str, label: str) -> Pair:
    return Pair(source="edited", claim=claim, passage=(sentence,), label=label, group=f"edited:{claim}")
