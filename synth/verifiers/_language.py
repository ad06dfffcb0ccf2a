"""A text goes in; whether it is plainly in another language than English comes out.

The verifiers were trained on English. A verdict on anything else would be a guess with a probability beside
it, so such a sentence says neither, and the reasons tell why. Only the plain case is told: a script that is
not Latin, or the small words of another European language with hardly any of English's. Numbers, formulas and
rows of tables have no language and pass.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

NOT_ENGLISH = "the passage is not in English: it was not judged"
CLAIM_NOT_ENGLISH = "the claim is not in English: it was not judged"
_SMALL_WORDS = (
    "the of and to in is are was were that for with on by this which be as it from at or not than we our can "
    "have has these their its an but more no all also"
)
_SMALL_WORDS_ELSEWHERE = (
    "der die das und nicht ist sind wird wurde mit auf für eine einer eines dem des von zu im als auch "
    "le la les est et une un dans pour que qui sur par avec pas ne sont du au aux cette ces "
    "el los las una del es por para más y en lo su como "
    "il di che non sono della delle nel gli uno più "
    "o os um uma não são dos das com mais ao pela pelo "
    "het een niet zijn voor dat wordt werden ook aan bij"
)
_ENGLISH = frozenset(_SMALL_WORDS.split())
_OTHERS = frozenset(_SMALL_WORDS_ELSEWHERE.split())
_LEAST = 3  # small words of another language that tell it
_LETTERS = 12  # letters of another script that tell it


def foreign(text: str, words: Sequence[str]) -> bool:
    """Whether ``text``, of casefolded ``words``, is plainly not English."""
    letters = [c for c in text[:4000] if c.isalpha()]
    if len(letters) >= _LETTERS and sum(map(_latin, letters)) < len(letters) / 2:
        return True
    small = set(words)
    return len(small & _OTHERS) >= _LEAST and len(small & _ENGLISH) <= len(small & _OTHERS) // 3


def _latin(character: str) -> bool:
    return character < "\u0250" or unicodedata.name(character, "").startswith("LATIN")
