"""The text around a number goes in; whether it is a bound, and which way it points, come out."""

import re
from typing import Literal

Bound = Literal["", "about", "less", "more"]
Direction = Literal["", "up", "down"]

_ABOUT = re.compile(
    r"(?:[~∼≈≃]|\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|circa|ca\.|close to))\s?$",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"(?:[<≤⩽]=?|\b(?:(?:less|fewer|lower|smaller|shorter|no more|not more) than|at most|up to|under|below|"
    r"a maximum of|maximum|as few as|within))\s?$",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:[>≥⩾]=?|\b(?:(?:more|greater|higher|larger|longer|better|no less|no fewer|not less) than|at least|"
    r"above|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|a minimum of|minimum|as many as|upwards of))\s?$",
    re.IGNORECASE,
)
# "over 100 languages" is a bound; "averaged over 5 runs" and "a gain over 3 baselines" are not.
_OVER = re.compile(r"(?:(?P<before>[\w%]+)\s)?\bover\s?$", re.IGNORECASE)
_NO_BOUND = re.compile(
    r"(?i)averag\w*|mean|comput\w*|evaluat\w*|sum\w*|runs?|improv\w*|gains?|advantage\w*|increas\w*|better|"
    r"results?|performance|scores?|points?|%|percent|iterat\w*|taken|distribution|reduction|progress|win\w*"
)
_AFTER_MORE = re.compile(r"\+(?![\w])|\s?or\s(?:more|greater|higher|above)\b")
_AFTER_LESS = re.compile(r"\s?or\s(?:less|fewer|lower|below)\b")

_UP = (
    r"improv\w*|gain\w*|increas\w*|rais\w*|ris(?:e|es|ing)|rose|risen|boost\w*|outperform\w*|grow(?:s|n|ing)?|grew|"
    r"exceed\w*|surpass\w*|enhanc\w*|advantage|beat(?:s|ing|en)?|outscor\w*|better|higher|speeds?[\s-]?ups?|"
    r"uplift|lift\w*"
)
_DOWN = (
    r"drop\w*|fall(?:s|ing|en)?|fell|decreas\w*|declin\w*|reduc\w*|lower\w*|los(?:e|es|t|ing|s|ses)|degrad\w*|"
    r"shr(?:i|a|u)nk\w*|cut(?:s|ting)?|underperform\w*|diminish\w*|deteriorat\w*|worse\w*|hurts?"
)
_GAP = r"(?:[^\s.;:()0-9]+\s){0,8}?"
_NEAR = (
    r"(?:about|around|approximately|roughly|nearly|almost|some|over|more than|less than|at least|at most|"
    r"up to|another|an?|the|only|further|additional|absolute|relative|of|by|to|[~∼≈<>≤≥])"
)
_BEFORE = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\s(?:{_GAP}(?:by|of)\s)?(?:{_NEAR}\s?){{0,4}}[(+]?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s?(?:\(?(?:absolute|relative|abs\.|rel\.)\)?\s)?(?:[A-Za-z][\w@-]*\s){0,2}?"
    r"(?:(?P<up>improvements?|gains?|increases?|boosts?|higher|better|more|faster|larger|greater|longer|above|rise|"
    r"speed-?ups?|growth|advantage)|(?P<down>reductions?|drops?|lower|less|fewer|decreases?|worse|slower|smaller|"
    r"declines?|loss|degradation|shorter|cheaper|below|fall))\b(?!\sthan\s[0-9])",
    re.IGNORECASE,
)
_CHANGES = re.compile(rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\b", re.IGNORECASE)


def bound(before: str, after: str) -> Bound:
    """Return the bound that the text right before (or after) a number states."""
    if _ABOUT.search(before):
        return "about"
    if _LESS.search(before) or _AFTER_LESS.match(after):
        return "less"
    if _MORE.search(before) or _AFTER_MORE.match(after):
        return "more"
    over = _OVER.search(before)
    if over and not (over["before"] and _NO_BOUND.fullmatch(over["before"])):
        return "more"
    return ""


def direction(before: str, after: str, *, sign: str, unit: str) -> Direction:
    """Return which way a change goes: by its sign, the verb before it or the noun after it.

    The noun after is asked for shares, differences and factors alone ("3 more languages" is a count).
    """
    if sign:
        return "up" if sign == "+" else "down"
    found = _BEFORE.search(before)
    if not found and unit in ("percent", "points", "times"):
        found = _AFTER.match(after)
    if not found:
        return ""
    return "up" if found["up"] else "down"


def changes(text: str) -> tuple[bool, bool]:
    """Return whether words for going up, and for going down, stand in ``text``."""
    found = {match.lastgroup for match in _CHANGES.finditer(text)}
    return "up" in found, "down" in found
