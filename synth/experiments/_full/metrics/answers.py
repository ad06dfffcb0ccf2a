"""A predicted answer and its gold answers in, exact match and F1 out, as SQuAD and MLQA score them.

Sources: the official scripts of SQuAD v1.1 (Rajpurkar et al. 2016), SQuAD v2.0 (2018) and MLQA (Lewis et al.
2020). XTREME (arXiv 2003.11080) scores XQuAD and TyDiQA-GoldP in all languages with SQuAD v1.1's script:
English articles, ASCII punctuation, words between spaces (a Chinese or Thai answer is then one word).
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

MLQA_LANGUAGES = ("ar", "de", "en", "es", "hi", "vi", "zh")
_ENGLISH = re.compile(r"\b(a|an|the)\b")
# The Arabic pattern is the official script's: its first half can never match, its second cuts every "ال".
_ARTICLES = {
    "ar": re.compile(r"\sال^|ال"),
    "de": re.compile(r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b"),
    "en": _ENGLISH,
    "es": re.compile(r"\b(un|una|unos|unas|el|la|los|las)\b"),
    "vi": re.compile(r"\b(của|là|cái|chiếc|những)\b"),
}
_IDEOGRAPH = re.compile("[一-龥]")

Normal = Callable[[str], str]


class Match(NamedTuple):
    """How well one answer, or the mean of many, meets the gold: exact match and F1, 0 to 1."""

    exact: float
    f1: float


def squad(text: str) -> str:
    """Return ``text`` as SQuAD's scripts compare it: lower case, no ASCII punctuation, no a, an, the."""
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(_ENGLISH.sub(" ", kept).split())


def mlqa(language: str) -> Normal:
    """Return the normalisation of MLQA's script for answers in ``language``, one of MLQA_LANGUAGES.

    All Unicode punctuation goes, each language loses its own articles, Chinese is cut into characters.
    Raises ValueError for a language that MLQA has not.
    """
    if language not in MLQA_LANGUAGES:
        raise ValueError(f"MLQA has no language {language!r}")
    articles = _ARTICLES.get(language)

    def normal(text: str) -> str:
        kept = "".join(c for c in text.lower() if not _is_punctuation(c))
        kept = articles.sub(" ", kept) if articles else kept
        return " ".join(_characters(kept) if language == "zh" else kept.split())

    return normal


def match(predicted: str, gold: Sequence[str], *, normal: Normal = squad, null: bool = False) -> Match:
    """Return exact match and F1 of ``predicted`` against the best of ``gold`` (each metric's own best).

    ``null`` takes SQuAD v2.0's way: gold answers without words fall away, no gold at all means that the
    right answer is "", and two empty answers have F1 1 (in v1.1 they have 0). Raises ValueError where v1.1
    has no gold.
    """
    if null:
        gold = [answer for answer in gold if normal(answer)] or [""]
    if not gold:
        raise ValueError("an answerable question has a gold answer")
    own = normal(predicted)
    others = [normal(answer) for answer in gold]
    return Match(
        exact=float(any(own == other for other in others)),
        f1=max(_overlap(own.split(), other.split(), null=null) for other in others),
    )


def mean(matches: Iterable[Match]) -> Match:
    """Return the means of ``matches`` in points (0 to 100); raises ValueError for none."""
    listed = list(matches)
    if not listed:
        raise ValueError("no answers to score")
    exact = 100.0 * sum(m.exact for m in listed) / len(listed)
    return Match(exact=exact, f1=100.0 * sum(m.f1 for m in listed) / len(listed))


def _overlap(own: list[str], other: list[str], *, null: bool) -> float:
    if null and not (own and other):
        return float(own == other)
    same = sum((Counter(own) & Counter(other)).values())
    if not same:
        return 0.0
    precision, recall = same / len(own), same / len(other)
    return 2 * precision * recall / (precision + recall)


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P") or character in string.punctuation


def _characters(text: str) -> list[str]:
    """Return the words of ``text`` with every ideograph a word of its own."""
    return _IDEOGRAPH.sub(lambda found: f" {found.group()} ", text).split()
