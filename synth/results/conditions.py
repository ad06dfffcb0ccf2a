"""A sentence or header goes in; the conditions stated in it that have no field of their own come out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from synth.results.mentions import Mention

_COUNTED: Final = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_WORDS: Final = {word: count for count, word in enumerate(_COUNTED, start=1)}
_NUMBER = r"(\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_AVERAGE_OF: Final = re.compile(
    rf"\baverag\w*\s+(?:\w+\s+){{0,2}}?(?:over|of|across|on)\s+(?:all\s+)?(?:the\s+)?{_NUMBER}\s+([a-z]{{3,20}})",
    re.IGNORECASE,
)
_AVERAGE: Final = re.compile(r"\b(?:on\s+average|averaged?|averages|avg\.?)(?!\w)", re.IGNORECASE)
_AVERAGE_OTHER: Final = re.compile(
    r"\baverage[ds]?\s+(?:precision|length|number|size|perceptron|pool\w*|entropy)\b", re.IGNORECASE
)
_KIND: Final = re.compile(r"\b(macro|micro|weighted)(?:[\s-]*averag\w*)?(?![a-z])", re.IGNORECASE)
_WAY_SHOT: Final = re.compile(r"\b(\d+)[\s-]way[\s-](\d+)[\s-]shot\b", re.IGNORECASE)
_SHOT: Final = re.compile(r"(?<!way[\s-])\b(\d+)[\s-]shot\b", re.IGNORECASE)
_RUNS: Final = re.compile(
    rf"\b(?:over|of|across|with|from)\s+{_NUMBER}\s+(?:different\s+|random\s+|independent\s+)*(?:seeds?|runs?|trials?|restarts?)\b",
    re.IGNORECASE,
)
_SPLIT_OF: Final = re.compile(
    r"\b(?:test|dev\w*|validation)\s+(?:set|data|split)s?\s+(?:of|from|by|used\s+(?:in|by))\s+"
    r"([A-Z]\w+(?:\s+et\s+al\.?|\s+(?:and|&)\s+[A-Z]\w+)?,?\s*\(?(?:19|20)\d\d\)?)"
)
_LAYER: Final = re.compile(r"\blayer\s+(\d{1,3})\b", re.IGNORECASE)
_DATA: Final = re.compile(
    r"\b(\d{1,3}(?:\.\d+)?\s?%)\s+of\s+(?:the\s+)?(?:training\s+)?(?:data|examples|labels)\b", re.IGNORECASE
)
_WITHOUT: Final = re.compile(r"(?:\bwithout|\bw/o)\s+((?:[\w+\-]+\s?){1,4})", re.IGNORECASE)
_STOP: Final = re.compile(
    r"\s*\b(?:on|for|in|and|or|the model|our|achieves?|obtains?|which|while|to|by|of|with|we|is|are|as|any)"
    r"\b.*$",
    re.IGNORECASE,
)
_DIMENSIONS: Final = {
    "ensemble": "ensembling",
    "single model": "ensembling",
    "gold predicates": "predicates",
    "predicted predicates": "predicates",
    "matched": "domain",
    "mismatched": "domain",
    "out-of-domain": "domain",
    "in-domain": "domain",
    "cross-domain": "domain",
    "multi-task": "training",
    "fine-tuned": "training",
}


def _count(word: str) -> str:
    return str(_WORDS.get(word.casefold(), word))


def settings(mentions: Iterable[Mention]) -> dict[str, str]:
    """Return dimension -> value of the settings among ``mentions``; the first of a dimension stands."""
    found: dict[str, str] = {}
    for mention in mentions:
        if mention.kind == "setting":
            found.setdefault(_DIMENSIONS.get(mention.name, "setting"), mention.name)
    return found


def stated(text: str) -> dict[str, str]:
    """Return the averaging, shots, runs, layer, data share and omissions that ``text`` states."""
    found: dict[str, str] = {}
    over = _AVERAGE_OF.search(text)
    if over is not None:
        found["average"] = f"{_count(over.group(1))} {over.group(2)}"
    elif _AVERAGE.search(_AVERAGE_OTHER.sub(" ", text)):
        found["average"] = "average"
    kind = _KIND.search(text)
    if kind is not None:
        found["averaging"] = kind.group(1).casefold()
    ways = _WAY_SHOT.search(text)
    shots = _SHOT.search(text)
    if ways is not None:
        found["setting"] = f"{ways.group(1)}-way {ways.group(2)}-shot"
    elif shots is not None:
        found["setting"] = f"{shots.group(1)}-shot"
    patterns = (("runs", _RUNS), ("layer", _LAYER), ("training data", _DATA), ("split of", _SPLIT_OF))
    for name, pattern in patterns:
        match = pattern.search(text)
        if match is not None:
            found[name] = _count(match.group(1))
    without = _WITHOUT.search(text)
    if without is not None:
        what = _STOP.sub("", without.group(1)).strip(" -")
        if what:
            found["without"] = what
    return found
