"""Passages in, what each speaks of out: whether a topic, a name or a quantity stands in it.

Topics are matched by weighted stems, names by their letters as whole words (so that XTREME is no XTREME-R),
quantities by unit and value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from synth.records import Quantity
from synth.synthesis.lexicon import EXPANSIONS, GENERIC, METRICS, SAME, SIZES
from synth.text import content_words, letters, quantities, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[Sequence[str]], NDArray[np.float32]]

GENERIC_WEIGHT = 0.35
_HYPHENED = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
_NAME = re.compile(r"[^\W_]+(?:[-/.][^\W_]+)*\+*")
_TRANSFORMER = re.compile(r"\btransformers?\b", re.IGNORECASE)
_SPELLINGS = (
    (re.compile(r"(?<=[a-z]{4})is(?=(?:e|es|ed|er|ers|ing|ation|ations)\b)"), "iz"),
    (re.compile(r"(?<=[a-z]{3})ys(?=(?:e|es|ed|er|ers|ing)\b)"), "yz"),
    (re.compile(r"(?<=[a-z]{3})our(?=(?:s|al|ed|ing)?\b)"), "or"),
    (re.compile(r"(?<=[a-z]{3})ll(?=(?:ed|er|ers|ing)\b)"), "l"),
)
# "T5-11B", "LLaMA (13B)", "a 7B model"; a bare "840B" counts tokens more often than parameters
_SIZE = re.compile(
    r"(?:(?<=[A-Za-z0-9]-)|(?<=[A-Za-z]\s)|(?<=\()|(?<=^))(?P<size>\d+(?:\.\d+)?)(?P<scale>[BM])\b"
)
_COUNTS_TEXT = re.compile(
    r"(?i)glove|crawl|tokens?|corpus|corpora|words?|vectors?|embeddings?|sentences?|pairs|examples?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A passage (or a claim that stands in none) with what is needed to ask it things.

    ``text`` leaves out sentences that disclaim ("X was not measured"); ``stems`` are those of the text;
    ``scope`` those of the text and of the paper's ``title``.
    """

    id: str
    paper: str
    text: str
    stems: frozenset[str]
    title: str
    scope: frozenset[str]
    citing: bool


def stems(text: str) -> tuple[str, ...]:
    """Return the content stems of ``text`` in one spelling: summarisation, tumour, labelled turn American."""
    # Porter's stemmer makes "transform" of a Transformer, and every matrix transformation one of them
    plain = _TRANSFORMER.sub("transformerz", text.lower())
    for british, american in _SPELLINGS:
        plain = british.sub(american, plain)
    return content_words(plain)


def stems_of(text: str) -> frozenset[str]:
    """Return the stems of ``text``, of its hyphened words joined ("finetun"), and of other words for it."""
    joined = " ".join(token.replace("-", "") for token in _HYPHENED.findall(text))
    spelt = " ".join(EXPANSIONS[word] for word in words(text) if word in EXPANSIONS)
    held = frozenset(stems(text)) | frozenset(stems(joined)) | frozenset(stems(spelt))
    whole = (stems(text), stems(spelt))
    for same in _same():
        if any(held.issuperset(phrase) and any(_near(phrase, said) for said in whole) for phrase in same):
            held = held.union(*same)
    return held


@cache
def _same() -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Return the stems of the phrases that mean one thing."""
    return tuple(tuple(stems(phrase) for phrase in same) for same in SAME)


def share(topic: str, held_by: frozenset[str]) -> float:
    """Return how much of ``topic`` stands in ``held_by``, in [0, 1]: generic words weigh about a third."""
    wanted = tuple(dict.fromkeys(stems(topic)))
    if not wanted:
        return 0.0
    held = set(wanted) & held_by
    bare = words(topic)
    for first, second in pairwise(bare):
        if held_by & set(stems(first + second)):
            held |= set(stems(f"{first} {second}")) & set(wanted)
    for joined in _HYPHENED.findall(topic):
        if set(stems(joined.replace("-", ""))) & held_by:
            held |= set(stems(joined)) & set(wanted)
    weight = {stem: GENERIC_WEIGHT if stem in GENERIC else 1.0 for stem in wanted}
    return sum(weight[s] for s in held) / sum(weight.values())


def names(name: str, text: str) -> bool:
    """Whether ``text`` names ``name``: as a whole word, spelt out by initials, or with a size ("BERT-base").

    Another name that merely begins with it does not count: XTREME-R is not XTREME, mBERT not BERT.
    """
    wanted = letters(name)
    short = wanted[:-1] if wanted.endswith("s") and len(wanted) > 3 else wanted
    forms = {wanted, short, f"{short}s"}
    if not _may_name(name).search(text):
        return False
    tokens = _NAME.findall(text)
    for i, token in enumerate(tokens):
        if letters(token) in forms or _sized(token, forms):
            return True
        if token[0].lower() == name[0].lower() and any(
            letters("".join(tokens[i : i + n])) in forms for n in (2, 3, 4)
        ):
            return True
    return _spelt_out(name, short, text)


@lru_cache(maxsize=256)
def _may_name(name: str) -> re.Pattern[str]:
    """Return a pattern that every text which names ``name`` matches: its first letters, or its initials."""
    start = re.escape(re.split(r"[^A-Za-z0-9]", name)[0].rstrip("s") or name)
    phrase = EXPANSIONS.get(letters(name)) or EXPANSIONS.get(letters(name).removesuffix("s"))
    initials = phrase.split() if phrase else [c for c in name if c.isalpha() and c.isupper()]
    spelt = r"\W+".join(rf"{re.escape(word)}\w*" for word in initials)
    return re.compile(rf"{start}|\b{spelt}" if len(initials) > 1 else start, re.IGNORECASE)


def _sized(token: str, forms: set[str]) -> bool:
    """Whether ``token`` is one of ``forms`` with a size or version: BERT-base, SQuAD2.0, BERT-based."""
    parts = [part for part in re.split(r"[-/]", token) if part]
    for n in range(len(parts) - 1, 0, -1):
        if letters("".join(parts[:n])) in forms and all(_is_ending(part) for part in parts[n:]):
            return True
    if parts and letters(parts[0]) in forms & METRICS:
        return True
    if "/" in token and any(letters(part) in forms for part in token.split("/")):
        return True
    bare = re.sub(r"(?:v?\d\.\d|BASE|LARGE)$", "", token)
    return bare != token and letters(bare) in forms


def _is_ending(part: str) -> bool:
    return (
        part.lower() in SIZES
        or (part.islower() and part.isalpha() and len(part) > 2)
        or part.replace(".", "").isdigit()
    )


def _spelt_out(name: str, short: str, text: str) -> bool:
    """Whether the words of ``text`` spell an acronym: by the table, or by the initials of 3 or more words."""
    phrase = EXPANSIONS.get(letters(name)) or EXPANSIONS.get(short)
    said = words(text)
    if phrase:
        return set(content_words(phrase)) <= set(content_words(text)) and _near(
            content_words(phrase), content_words(text)
        )
    capitals = "".join(c for c in name if c.isupper())
    if len(capitals) < 3 or letters(capitals) != short:
        return False
    n = len(short)
    return any(
        all(word[0] == c and len(word) > 2 for word, c in zip(said[i : i + n], short, strict=True))
        for i in range(len(said) - n + 1)
    )


def _near(phrase: tuple[str, ...], said: tuple[str, ...]) -> bool:
    n = len(phrase)
    return any(said[i : i + n] == phrase for i in range(len(said) - n + 1))


def stated(text: str, unit: str) -> tuple[Quantity, ...]:
    """Return the quantities of ``text`` whose unit is ``unit``."""
    # the grammar of quantities is dear: only texts that can hold one of this unit are read
    marked = unit in ("", "percent", "points", "times")
    if not marked and unit[:4] not in text.lower():
        return ()
    sizes = unit.startswith("param")
    return tuple(q for q in quantities(text) if q.unit == unit or (sizes and q.unit.startswith("param")))


def implied(text: str, unit: str) -> tuple[Quantity, ...]:
    """Return what names of models say of their parameters ("T5-11B", "a 7B model"); else nothing."""
    return tuple(_sizes(text, unit)) if unit.startswith("param") else ()


def _sizes(text: str, unit: str) -> Iterator[Quantity]:
    """Yield model sizes given by a letter, unless words of text or vectors stand beside them."""
    for found in _SIZE.finditer(text):
        if _COUNTS_TEXT.search(text[max(0, found.start() - 24) : found.end() + 16]):
            continue
        scale = 1e9 if found["scale"] == "B" else 1e6
        value = float(found["size"]) * scale
        yield Quantity(
            value=value, unit=unit, raw=found.group(), start=found.start(), end=found.end(), scale=scale
        )


def satisfies(stated_one: Quantity, asked: Quantity) -> bool:
    """Whether a stated quantity lies where it is asked for: above, below, or within a tenth of the value."""
    top = stated_one.high if stated_one.high is not None else stated_one.value
    bottom = stated_one.value
    if asked.high is not None:
        return bottom <= asked.high and top >= asked.value
    match asked.bound:
        case "more":
            return top > asked.value or (stated_one.bound == "more" and bottom >= asked.value)
        case "less":
            return bottom < asked.value or (stated_one.bound == "less" and bottom <= asked.value)
        case _:
            return (
                abs(stated_one.value - asked.value) <= 0.1 * abs(asked.value) or bottom <= asked.value <= top
            )
