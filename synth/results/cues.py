"""A sentence and a number in it go in; whether it is called a score, a difference or neither comes out.

The rule throughout: a number is refused unless the sentence says that it measures something.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

_ACHIEVE = (
    r"achiev\w+|obtain\w*|reach\w*|attain\w*|yield\w*|gets?|getting|got|scored|scoring|scores(?!\s+(?:of|on|for|are|were|by|in))|report(?:s|ed|ing)?"
    r"|produc(?:es?|ed|ing)|perform(?:s|ed|ing)?|gives?|gave|ends? up|arriv\w+"
    r"|results? in|stands? at|demonstrat\w+"
)
_UP = (
    r"outperform\w*|improv\w+|surpass\w*|exceed\w*|beats?|beating|gain(?:s|ed|ing)?|increas\w+|rises?|rose|rising"
    r"|raises?|raised|boost(?:s|ed|ing)?|grows?|grew|better|higher|advantages?|wins?|climb\w*|jump\w*|margins?|gaps?"
    r"|differences?|leads? by|ahead|advanc\w+|contribut\w+"
)
_DOWN = (
    r"decreas\w+|drop(?:s|ped|ping)?|falls?|fell|falling|declin\w+|degrad\w+|reduc\w+|lower\w*|worse|underperform\w*"
    r"|los(?:s|ses|es|e|ing|t)|hurts?|behind|lag(?:s|ged|ging)?|deteriorat\w+|deprovements?|shrinks?|shrank|diminish\w*"
)
_EVENT: Final = re.compile(rf"\b(?:(?P<score>{_ACHIEVE})|(?P<up>{_UP})|(?P<down>{_DOWN}))\b", re.IGNORECASE)
_FILL = (
    r"(?:(?!with|and|which|that|while|for|on|over|from|to|as|but|when|of|compared|is|are)[\w.\-]+\s+){0,5}?"
)
_NOUN_AFTER: Final = re.compile(
    rf"^\s*(?:%|percent(?:age)?)?\s*-?(?:points?)?\s*{_FILL}"
    r"(?:(?P<up>improvements?|gains?|increases?|boosts?|higher|better|advantages?|margins?|gaps?|leads?|differences?)"
    r"|(?P<down>drops?|decreases?|reductions?|lower|worse|degradations?|deprovements?|declines?|loss|losses))\b",
    re.IGNORECASE,
)
_AMOUNT = (
    r"(?:(?:about|around|approximately|roughly|nearly|almost|over|up\s?to|at least|at most"
    r"|more than|only|an?|another"
    r"|additional|further|absolute|relative|average|averaged|of|large|margins?|maximum|huge|significant|impressive"
    r"|considerable|substantial|some|just|an average of|>|∼|~|≈|\+)\s*)*"
)
_BY: Final = re.compile(rf"\bby\s+{_AMOUNT}$", re.IGNORECASE)
_TO: Final = re.compile(
    r"\b(?:to|from|at|of)\s+(?:about|around|approximately|only|roughly|nearly|a|an|as high as)?\s*$"
)
_REFERENCE: Final = re.compile(
    r"(?:\b(?:sections?|sec\.?|tables?|tab\.?|figures?|figs?\.?|eqs?\.?|equations?|appendix|appendices|algorithm|"
    r"theorem|chapter|steps?|lines?|rows?|columns?|examples?|version|ver\.|footnote|task|subtask|layers?|epochs?|"
    r"top|fold|phase|stage|chapter|part|item|experiments?|settings?|model|case|page|pp?\.|no\.?|number|v)|§)[\s\-]*\(?$",
    re.IGNORECASE,
)
_ASSIGNED: Final = re.compile(r"[^\s]\s*(?:=|<|>|≤|≥|∈|∼|:=|≪|≫)\s*$")
_AT_POINT: Final = re.compile(
    r"\b(?:at|when|where|if|until|once)\s+(?:the\s+|an?\s+)?(?:same\s+)?(?:recall|precision|threshold)\b[^,;]{0,30}$"
    r"|\b(?:greater|less|larger|fewer|smaller|lower|higher|more)\s+than\s*$|\b(?:above|below|exceeds?|exceeding|within)\s*$",
    re.IGNORECASE,
)
_SHARE: Final = re.compile(
    r"^\s*(?:%|percent)?\s*(?:out\s+)?of\s+(?!(?:the\s+)?(?:accuracy|f1|exact match|em)\b)", re.IGNORECASE
)
_OTHER: Final = re.compile(
    r"\b(?:drop-?outs?|learning[\s-]rates?|probabilit(?:y|ies)|momentum|decay\w*|epsilon|thresholds?|temperatures?|batch\w*"
    r"|hidden|dimension\w*|dims?|layers?|heads?|epochs?|iterations?|warm-?up|regulari[sz]\w+|initiali[sz]\w+"
    r"|distributions?|gaussian|beams?|windows?|confidence|significan\w+|p-?values?|hours?|days?|minutes?|seconds?|ms|gpus?"
    r"|parameters?|tokens?|smoothing|clip\w*|deviations?|variances?|seeds?|optimi[sz]ers?|adam|interval|set\s+to|ratio|rank"
    r"|coefficients?|hyper-?parameters?|annotat\w+|annotators?|agreement|speed\w*|faster|slower|memory|vocabulary"
    r"|coverage|oov|corrupted|noise|noisy|split\s+off|sampl(?:e|ed|ing)|chance|times|cost|budget|years?|month|population)\b",
    re.IGNORECASE,
)
_OTHER_AFTER: Final = re.compile(
    r"^\s*(?:%|percent)?\s*(?:confidence|significan\w+|times|x\b|faster|slower|more\s+often|of\s+the\s+time|hours?|days?|"
    r"epochs?|layers?|dimension\w*|-dim\w*|(?:training\s+|more\s+|fewer\s+|less\s+)?(?:data|examples|parameters|instances|"
    r"sentences|words|tokens|labels|questions|noise|speed|time|memory))\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\brelative(?:ly)?\b|\berror\s+(?:rate\s+)?reduction|\breduction\s+(?:in|of)\s+error", re.IGNORECASE
)
_ABSOLUTE = re.compile(r"\babsolute(?:ly)?\b", re.IGNORECASE)
_SUPPOSED: Final = re.compile(r"\bif\s+(?:an?|one|we)\s[^,;]{0,80},[^,;]{0,50}$", re.IGNORECASE)
_UNMEASURED: Final = re.compile(
    r"\b(?:should|would|could|might|expect(?:ed|s)?|assum\w+|suppos\w+|upper[\s-]bounds?|random\s+guess\w*)\b",
    re.IGNORECASE,
)


class Cue(NamedTuple):
    """What the words make of a number: ``sign`` is +1 or -1; ``at`` the place of the deciding word, or -1."""

    sort: Literal["score", "difference", "bare"]
    sign: int
    at: int
    improvement: bool = False


def is_named(sentence: str, start: int, *, attached: bool) -> bool:
    """Whether the number at ``start`` labels or sets something (``Table 2``, ``p < 0.01``, ``beam = 5``)."""
    left = sentence[max(0, start - 48) : start]
    if _REFERENCE.search(left) or _AT_POINT.search(left):
        return True
    return bool(_ASSIGNED.search(left)) and not attached


def is_of_something_else(sentence: str, start: int, end: int, before: int, after: int) -> bool:
    """Whether the words between the numbers at ``before`` and ``after`` speak of another quantity."""
    left = sentence[max(before, start - 130) : start]
    right = sentence[end : min(after, end + 40)]
    return bool(_OTHER.search(left) or _OTHER_AFTER.search(right) or _SHARE.search(right))


def read(sentence: str, start: int, end: int, *, signed: bool, points: bool) -> Cue:
    """Return what the words round the number at ``[start, end)`` make of it.

    ``signed`` says that it was written with a plus or minus, ``points`` that it counts points.
    """
    left = sentence[:start]
    if left.rstrip().endswith("(") and not signed and not points:
        return _in_brackets(left)
    after = _NOUN_AFTER.match(sentence[end : end + 70])
    if after is not None:
        word = (after.group("up") or after.group("down")).casefold()
        return Cue(
            "difference", -1 if after.group("down") else 1, end, word.startswith(("improv", "better", "gain"))
        )
    last = None
    for last in _EVENT.finditer(left):  # noqa: B007 - the last match decides
        pass
    change = [m for m in _EVENT.finditer(left) if not m.group("score")]
    if _BY.search(left):
        if change:
            return _difference(change[-1])
        return Cue("difference", -1 if _FAILED.search(left) else 1, last.start() if last else -1)
    if points and change and (last is None or not last.group("score")) and not _TO.search(left):
        return _difference(change[-1])
    if last is None:
        return Cue("difference", 1, -1) if signed else Cue("bare", 1, -1)
    if last.group("score"):
        return Cue("difference", 1, last.start()) if signed else Cue("score", 1, last.start())
    if _reached(left, last):
        return Cue("score", 1, last.start())
    return _difference(last) if points or signed or _near(left, last) else Cue("bare", 1, last.start())


def _in_brackets(left: str) -> Cue:
    """``lower accuracy (62.6%)`` is a level; ``an improvement (2.3 F1)`` is a change."""
    last = None
    for last in _EVENT.finditer(left):  # noqa: B007 - the last match decides
        pass
    if last is None:
        return Cue("bare", 1, -1)
    noun = last.group().casefold().rstrip("s") in _NOUNS and len(left) - last.end() <= 4
    return _difference(last) if noun else Cue("score", 1, last.start())


def _difference(event: re.Match[str]) -> Cue:
    word = event.group().casefold()
    better = word.startswith(("improv", "outperform", "better", "surpass", "beat", "gain"))
    return Cue("difference", -1 if event.group("down") else 1, event.start(), better)


def _reached(left: str, event: re.Match[str]) -> bool:
    """``falls to 64.7``, ``improves F1 from 79.6``: the level, not the change."""
    to = _TO.search(left)
    if to is None:
        return False
    word = to.group().split()[0]
    if _COMPARING.match(event.group()):
        return word == "to"
    noun = event.group().casefold().rstrip("s") in _NOUNS
    return word in ("to", "from") or (
        word in ("at", "of") and not noun and not left[event.end() :].strip().startswith("of")
    )


_COMPARING: Final = re.compile(r"outperform|surpass|exceed|beat|better|underperform", re.IGNORECASE)
_FAILED: Final = re.compile(r"\b(?:fail\w*|short|miss\w*)\b", re.IGNORECASE)
_NOUNS: Final = frozenset(
    [
        *("improvement", "gain", "increase", "boost", "margin", "gap", "difference", "advantage"),
        *("drop", "decrease", "reduction", "los", "decline", "deprovement"),
    ]
)


def _near(left: str, event: re.Match[str]) -> bool:
    return len(left) - event.end() <= 90


def relative(sentence: str, start: int, end: int) -> str:
    """Return "relative" or "absolute" where the words beside the number say so, else ""."""
    near = sentence[max(0, start - 40) : end + 40]
    if _RELATIVE.search(near):
        return "relative"
    return "absolute" if _ABSOLUTE.search(near) else ""


def hedged(sentence: str, start: int) -> bool:
    """Whether the sentence only supposes the number (``we would expect 80 F1``)."""
    near, far = sentence[max(0, start - 60) : start], sentence[max(0, start - 140) : start]
    return bool(_UNMEASURED.search(near) or _SUPPOSED.search(far))
