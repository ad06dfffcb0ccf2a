"""Text goes in; its letters, word tokens, content stems or printable form come out."""

import re
import unicodedata

from synth.text.lexicon import STOP_WORDS
from synth.text.stem import stem

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*[^\W_]*|[^\W_]+(?:['’][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")

# Line and paragraph separators, vertical tab, form feed, next line: each a gap between words.
_GAPS = {0x0B: " ", 0x0C: " ", 0x85: " ", 0x2028: " ", 0x2029: " "}
# Directional marks, embeddings, overrides and isolates; zero-width space and joiner, byte order mark.
_INVISIBLE = frozenset(
    [0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
) | frozenset(range(0xFFF9, 0xFFFC))


def letters(text: str) -> str:
    """Return the letters and digits of ``text`` (NFKD, casefolded): how quotes are compared with PDF text.

    ``letters(a + b) == letters(a) + letters(b)`` and ``letters(letters(a)) == letters(a)``, so hyphens,
    ligatures, accents, spaces and line breaks never decide whether a quote is found.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in folded if c.isalnum())


def words(text: str) -> tuple[str, ...]:
    """Return the casefolded word tokens of ``text`` in order: hyphens part words, decimals stay whole."""
    return tuple(_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))


def content_words(text: str) -> tuple[str, ...]:
    """Return the Porter stems of the words of ``text`` that are no stop words, in order, repeats kept."""
    bare = (_POSSESSIVE.sub("", word) for word in words(text))
    return tuple(stem(word) for word in bare if word and word not in STOP_WORDS)


def printable(text: str) -> str:
    """Return ``text`` without control characters, bidirectional overrides, invisible marks and surrogates.

    Newline and tab stay; other separators become a space. The result is safe on a terminal and encodes
    as UTF-8; it is not escaped for any format.
    """
    # nearly all text is: what is to go or to change is not printable to Python either
    if text.isprintable():
        return text
    return "".join(c for c in text.translate(_GAPS) if _shown(c))


def _shown(c: str) -> bool:
    """Whether ``c`` is printable or harmless: other spaces, the joiners that some scripts need, U+00AD."""
    if ord(c) in _INVISIBLE:
        return False
    return c.isprintable() or c in "\n\t\u00ad\u200c\u200d" or unicodedata.category(c) == "Zs"
