"""A parsed sentence and its place go in, hashed features come out: words, pairs of words, cues, shape, place.

Feature hashing after Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009, with
CRC-32, which is the same on every machine.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from synth.claims.cues import Parsed
from synth.claims.places import Place
from synth.records import Quantity

BITS = 16
_DIGITS = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_WORDS_WEIGHT = 4.0


class Row(NamedTuple):
    """Indices below 2**BITS and their values; an index may repeat, its values then add up."""

    indices: list[int]
    values: list[float]


def features(parsed: Parsed, place: Place | None, quantities: Sequence[Quantity]) -> Row:
    """Return the features of a sentence; ``place`` is None where nothing is known but the sentence."""
    words = list(_word_names(parsed.tokens))
    others = [*_shape_names(parsed, quantities), *(_place_names(place) if place else ())]
    weight = _WORDS_WEIGHT / max(1.0, len(words)) ** 0.5
    return Row([_index(name) for name in (*words, *others)], [weight] * len(words) + [1.0] * len(others))


def _index(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) & ((1 << BITS) - 1)


def _word_names(tokens: Sequence[str]) -> Iterator[str]:
    plain = ["<s>", *(_DIGITS.sub("0", token) for token in tokens)]
    for i, token in enumerate(plain[1:], start=1):
        yield f"w:{token}"
        yield f"b:{plain[i - 1]} {token}"


def _shape_names(parsed: Parsed, quantities: Sequence[Quantity]) -> Iterator[str]:
    yield "s:all"
    yield f"s:length{min(len(parsed.tokens) // 6, 9)}"
    yield f"s:first:{parsed.tokens[0] if parsed.tokens else ''}"
    yield f"s:numbers{min(len(quantities), 3)}"
    yield f"s:cues{min(len(parsed.cues), 8)}"
    for cue in sorted(parsed.cues):
        yield f"c:{cue}"
        if "own" in parsed.cues and cue != "own":
            yield f"c:own+{cue}"
    for unit in sorted({q.unit for q in quantities if q.unit in ("percent", "points", "times")}):
        yield f"q:{unit}"
    if any(q.direction for q in quantities):
        yield "q:direction"


def _place_names(place: Place) -> Iterator[str]:
    yield f"p:{place.part}"
    yield f"p:{place.role}"
    yield f"p:{place.part}:share{int(place.share * 5)}"
    yield f"p:tenth{int(place.share * 10)}"
    where = "only" if place.of == 1 else "first" if place.number == 0 else "mid"
    if place.of > 1 and place.number == place.of - 1:
        where = "last"
    yield f"p:{where}"
    yield f"p:{place.part}:{where}"
    if place.part == "abstract":
        yield f"p:abstract:{int(6 * place.number / max(place.of, 1))}"
