"""The text after a numeral goes in, the unit that it counts and the end of the unit's mark come out.

A unit is "percent", "points", "times", a symbol (GB, ms), or the head of the noun phrase that follows, in
the singular ("433k English sentence pairs" counts pairs): the first plural within five words.
"""

import re
from typing import NamedTuple

from synth.text.lexicon import STOP_WORDS


class Unit(NamedTuple):
    """The unit's name ("" for none) and where its own mark ends (the numeral's end for a counted noun)."""

    name: str
    end: int


_POINTS = re.compile(
    r"\s?%\s?(?:-?points?\b|\s?absolute\b|\s?abs\.)|[\s-]{0,2}(?:pp|pts?)\b\.?|"
    r"[\s-](?:(?:absolute|percentage|percent|accuracy|score|[A-Z][\w@.-]{0,15})[\s-]){0,2}points?\b"
)
_PERCENT = re.compile(r"\s?%|\s?per\s?cents?\b|\s?percentages?\b")
_TIMES = re.compile(r"\s?[x×](?![\w])(?!\s?[0-9])|[\s-]times\b|[\s-]?fold\b(?![\s-]cross)")
_SYMBOLS = re.compile(
    r"[\s-]?(?P<symbol>[KMGT]i?B|ms|kHz|MHz|GHz|kWh|µs|°C)(?![\w])|(?P<glued>s|h|hrs?|min|secs?)(?![\w-])"
)
_SYMBOL_NAMES = {
    "s": "second",
    "sec": "second",
    "secs": "second",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "min": "minute",
}
_ATTRIBUTE = re.compile(r"-(?P<noun>[a-z]{3,20})(?![\w])")
_RUN = re.compile(r"\+?[\s-](?P<word>[^\W\d_][\w'’]*(?:-[^\W\d_][\w'’]*)*)")
_MEASURES = frozenset(("hour", "minute", "second", "day", "week", "month", "year", "epoch", "point", "time"))
_SINGULARS = {
    "corpora": "corpus", "indices": "index", "matrices": "matrix", "vertices": "vertex",
    "criteria": "criterion", "phenomena": "phenomenon", "hypotheses": "hypothesis", "analyses": "analysis",
    "bases": "base", "biases": "bias", "focuses": "focus", "buses": "bus", "statuses": "status",
    "viruses": "virus", "theses": "thesis", "series": "series", "species": "species", "data": "data",
    "people": "person", "children": "child", "men": "man", "women": "woman",
}  # fmt: skip
_SINGULAR_S = """
news is was has does its this thus less always perhaps across as us yes besides sometimes whereas versus plus
ours theirs bus gas lens bias corpus consensus analysis basis hypothesis
"""
_VERBS = """
uses shows achieves gives yields outperforms improves gains drops falls leads makes gets reaches obtains
performs requires takes contains consists includes increases decreases reduces remains means
"""
_NOT_PLURAL = frozenset((_SINGULAR_S + _VERBS).split())


def read_unit(text: str, at: int, *, whole: bool, scaled: bool) -> Unit:
    """Return the unit of the numeral that ends at ``at``.

    A whole or scaled numeral counts whatever noun follows; a bare decimal ("85.4 increases") only nouns of
    measure (hours, epochs).
    """
    for pattern, name in ((_POINTS, "points"), (_PERCENT, "percent"), (_TIMES, "times")):
        found = pattern.match(text, at)
        if found:
            return Unit(name, found.end())
    symbol = _SYMBOLS.match(text, at)
    if symbol:
        mark = symbol["symbol"] or symbol["glued"]
        return Unit(_SYMBOL_NAMES.get(mark, mark), symbol.end())
    attribute = _ATTRIBUTE.match(text, at)
    if attribute:
        return Unit(singular(attribute["noun"]), attribute.end())
    noun = counted_noun(text, at)
    if whole or scaled or noun in _MEASURES:
        return Unit(noun, at)
    return Unit("", at)


def counted_noun(text: str, at: int) -> str:
    """Return the singular of the first plural among the five words after ``at``, "" where there is none."""
    for _ in range(5):
        found = _RUN.match(text, at)
        if not found:
            return ""
        word = found["word"].casefold()
        if word in STOP_WORDS:
            return ""
        if is_plural(word):
            return singular(word.rsplit("-", 1)[-1])
        at = found.end()
    return ""


def is_plural(word: str) -> bool:
    """Whether a casefolded word looks like a plural noun."""
    if word in _SINGULARS:
        return True
    if word in _NOT_PLURAL or len(word) < 4:
        return False
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "'s", "’s"))


def singular(noun: str) -> str:
    """Return the singular of a casefolded English noun."""
    if noun in _SINGULARS:
        return _SINGULARS[noun]
    if not is_plural(noun):
        return noun
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return noun[:-2]
    return noun[:-1]
