"""Text goes in, the offsets of its whole sentences come out.

Rules for scientific English. A stop ends a sentence unless it belongs to an abbreviation, an initial, a
number, an enumeration mark or a web address; what closes after the stop (quotes, brackets, citations, a
footnote mark) stays with the sentence. A blank line and a bullet always split.
"""

import re

from synth.text.lexicon import ABBREVIATIONS, FINAL_ABBREVIATIONS, OPENERS

_STOP = re.compile(r"\.(?:[ \u00a0]?\.){1,5}|[.!?…]+|[。！？]+")
_CLOSERS = "\"'”’»)]}"
_BLOCK = re.compile(r"\n\s*\n|\s(?=[•▪◦‣●■]\s)|\n\s*(?=(?:[-*–—·]|\(?\d{1,2}[.)]|\([a-z]\))\s)")
# After the stop: [12], [3, 4-6], (Smith et al., 2019), 1 or ¹² as a footnote mark.
_CITATION = re.compile(
    r"[ \u00a0]?\[\d{1,3}(?:[ ,;–-]{1,3}\d{1,3}){0,12}\]|[ \u00a0]?\([^()\n]{2,120}?\b(?:19|20)\d\d[a-z]?\)"
)
_FOOTNOTE = re.compile(r"\d{1,2}(?=\s+[A-Z\"“(]|\s*$)|[¹²³⁰-⁹]{1,3}")
_WORD = re.compile(r"[^\W\d_][\w'’-]{0,40}")
_BEFORE = re.compile(r"[^\s(\[{\"“”‘«/—–]{0,40}$")


def sentences(text: str) -> list[tuple[int, int]]:
    """Return ``(start, end)`` of each sentence of ``text``, in order, trimmed of white space.

    The spans do not overlap and every character outside them is white space. Time is linear in the
    length of ``text``.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _boundaries(text):
        _append(spans, text, start, end)
        start = end
    _append(spans, text, start, len(text))
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    bare = piece.strip()
    if bare:
        start += len(piece) - len(piece.lstrip())
        spans.append((start, start + len(bare)))


def _boundaries(text: str) -> list[int]:
    """Return the offsets at which a sentence ends, ascending."""
    found: list[int] = []
    start = 0
    for hard in [*(m.end() for m in _BLOCK.finditer(text)), len(text)]:
        last = start
        for stop in _STOP.finditer(text, start, hard):
            end = _end_of(text, stop, last)
            if end is not None and last < end < hard:
                found.append(end)
                last = end
        found.append(hard)
        start = hard
    return found


def _end_of(text: str, stop: re.Match[str], last: int) -> int | None:
    """Return where the sentence ends that ``stop`` ends, or None where it ends none."""
    end = stop.end()
    if stop.group()[0] in "。！？":
        return end
    while end < len(text) and text[end] in _CLOSERS:
        end += 1
    before = _token_before(text, stop.start())
    attached = _attached(text, end, before)
    if attached > end:
        end = attached
    elif end < len(text) and not text[end].isspace():
        return end if _missing_space(text, end, before) else None
    following = _following(text, end)
    if not following:
        return None
    if stop.group() == ".":
        return end if _period_ends(text, stop.start(), before, following, last) else None
    if "." in stop.group() or "…" in stop.group():
        word = _first_word(following)
        return end if word in OPENERS or (len(word) > 2 and word[0].isupper() and before) else None
    return end if _may_open(following) else None


def _token_before(text: str, at: int) -> str:
    """Return the run without spaces or opening brackets that ends at ``at``, at most 40 characters."""
    found = _BEFORE.search(text[max(0, at - 40) : at])
    return found.group() if found else ""


def _following(text: str, at: int) -> str:
    """Return the next characters after white space, enough to judge how they open."""
    while at < len(text) and text[at].isspace():
        at += 1
    return text[at : at + 48]


def _attached(text: str, end: int, before: str) -> int:
    """Return the end of citations and footnote marks that follow a stop at ``end``."""
    if not before or _is_inner(before, text, end) or before.casefold() in FINAL_ABBREVIATIONS:
        return end
    mark = _FOOTNOTE.match(text, end)
    if mark and (not mark.group().isascii() or _takes_mark(before)):
        return mark.end()
    cited = _CITATION.match(text, end)
    if cited and (cited.group().lstrip().startswith("[") or _may_open(_following(text, cited.end()) or "A")):
        after = _following(text, cited.end())
        if not after or _may_open(after):
            return cited.end()
    return end


def _takes_mark(before: str) -> bool:
    """Whether digits glued to the stop after ``before`` are a footnote mark, not decimals ("2020.1 We")."""
    return len(before) > 2 and (before[-1].isalpha() or bool(_YEAR_OR_BRACKET.search(before)))


_YEAR_OR_BRACKET = re.compile(r"^(?:19|20)\d\d$|[^\W\d_][)\]]$")


def _missing_space(text: str, end: int, before: str) -> bool:
    """Whether a sentence opener is glued to the stop ("tasks.We show"), as extraction sometimes leaves it."""
    word = _first_word(text[end : end + 48])
    return word in OPENERS and len(before) > 2 and before.isalpha() and before.islower() and len(word) > 1


def _is_inner(before: str, text: str, end: int) -> bool:
    if before.casefold() in ABBREVIATIONS:
        return True
    return before in ("No", "no", "p") and _following(text, end)[:1].isdigit()


def _period_ends(text: str, at: int, before: str, following: str, last: int) -> bool:
    opener = _first_word(following) in OPENERS
    if _is_inner(before, text, at + 1):
        return before.casefold() in FINAL_ABBREVIATIONS and opener and following[1:2].isalpha()
    if before.casefold() in FINAL_ABBREVIATIONS:
        return opener or (before.casefold() == "etc" and _may_open(following))
    bare = before.rsplit("-", 1)[-1].rsplit(".", 1)[-1]
    if len(bare) == 1 and bare.isalpha() and bare.isupper():
        return opener and len(text[last:at].strip()) > 2
    if _CAPTION_MARK.fullmatch(text[last:at].strip()):
        return False
    if _is_mark(before) and not text[last : at - len(before)].strip(" ("):
        return False
    return _may_open(following)


_CAPTION_MARK = re.compile(
    r"(?:table|tab\.?|figure|fig\.?|algorithm|listing|theorem|lemma|definition|proposition)\s?[\dIVX]{1,4}"
    r"(?:\.\d{1,2})?",
    re.IGNORECASE,
)


def _is_mark(before: str) -> bool:
    """Whether ``before`` may number a heading or an item: 3, 3.1, iv, a."""
    return bool(re.fullmatch(r"\d{1,2}(?:\.\d{1,2}){0,3}|[ivx]{1,4}|[a-zA-Z]", before))


def _first_word(following: str) -> str:
    found = _WORD.match(following.lstrip("\"'“‘«([{"))
    return found.group() if found else ""


def _may_open(following: str) -> bool:
    """Whether a sentence may open with ``following``: a capital, a digit, a bullet, an unusual name."""
    opened = following.lstrip("\"'“‘«([{¿¡")
    if not opened:
        return False
    first = opened[0]
    if first.islower():
        word = _first_word(opened)
        return any(c.isupper() or c.isdigit() for c in word) and len(word) > 2
    return first.isalnum() or first in "•▪◦‣●■–—-$\\∗*†‡§<"
