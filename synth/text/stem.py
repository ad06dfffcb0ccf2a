"""An English word goes in, its Porter stem comes out.

The algorithm is M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980: a word is a
sequence of consonant and vowel runs, and each step removes one layer of endings while enough of the
word (its measure, the number of vowel-consonant pairs) remains.
"""

from functools import lru_cache

_STEP_2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("abli", "able"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
)  # fmt: skip
_STEP_3 = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
)  # fmt: skip
_STEP_4 = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism",
    "ate", "iti", "ous", "ive", "ize",
)  # fmt: skip


def _shape(word: str) -> str:
    """Return ``word`` as c (consonant) and v (vowel); y is a vowel after a consonant."""
    out: list[str] = []
    for i, letter in enumerate(word):
        vowel = letter in "aeiou" or (letter == "y" and i > 0 and out[i - 1] == "c")
        out.append("v" if vowel else "c")
    return "".join(out)


def _measure(word: str) -> int:
    return _shape(word).count("vc")


def _has_vowel(word: str) -> bool:
    return "v" in _shape(word)


def _double(word: str) -> bool:
    return len(word) > 1 and word[-1] == word[-2] and _shape(word)[-1] == "c"


def _short(word: str) -> bool:
    """Whether ``word`` ends consonant-vowel-consonant, the last not w, x or y (hop-, but not snow-)."""
    return _shape(word)[-3:] == "cvc" and word[-1] not in "wxy"


def _plural(word: str) -> str:
    for ending, keep in (("sses", 2), ("ies", 2), ("ss", 0), ("s", 1)):
        if word.endswith(ending):
            return word[: len(word) - keep]
    return word


def _participle(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        base = word[: -len(ending)]
        if word.endswith(ending) and _has_vowel(base):
            return _mend(base)
    return word


def _mend(base: str) -> str:
    """Give back the letter that -ed or -ing took (conflat- to conflate, hopp- to hop, fil- to file)."""
    if base.endswith(("at", "bl", "iz")):
        return base + "e"
    if _double(base) and base[-1] not in "lsz":
        return base[:-1]
    if _measure(base) == 1 and _short(base):
        return base + "e"
    return base


def _replace(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    """Replace the longest ending of ``endings`` that ``word`` has, if a measure above 0 remains."""
    fits = [pair for pair in endings if word.endswith(pair[0])]
    if not fits:
        return word
    ending, instead = max(fits, key=lambda pair: len(pair[0]))
    base = word[: -len(ending)]
    return base + instead if _measure(base) > 0 else word


def _drop(word: str) -> str:
    fits = [ending for ending in _STEP_4 if word.endswith(ending)]
    if not fits:
        return word
    ending = max(fits, key=len)
    base = word[: -len(ending)]
    if ending == "ion" and not base.endswith(("s", "t")):
        return word
    return base if _measure(base) > 1 else word


def _tidy(word: str) -> str:
    if word.endswith("e"):
        base = word[:-1]
        if _measure(base) > 1 or (_measure(base) == 1 and not _short(base)):
            word = base
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    return word


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the Porter stem of a casefolded word; a word under 3 letters or not all a-z stays as it is."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    word = _participle(_plural(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    return _tidy(_drop(_replace(_replace(word, _STEP_2), _STEP_3)))
