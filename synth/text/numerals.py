"""A numeral as printed goes in ("1,104,934", "433k", "3 × 10^5", "twenty-five"), its value comes out."""

import re
from decimal import Decimal
from typing import NamedTuple

_SMALL = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
"""
_ONES = {word: i for i, word in enumerate(_SMALL.split())}
_TIES = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * i for i, word in enumerate(_TIES.split(), start=2)}
SCALES = {
    "hundred": Decimal(100), "thousand": Decimal(10**3), "million": Decimal(10**6), "billion": Decimal(10**9),
    "trillion": Decimal(10**12), "k": Decimal(10**3), "m": Decimal(10**6), "mn": Decimal(10**6),
    "b": Decimal(10**9), "bn": Decimal(10**9), "t": Decimal(10**12),
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_MINUS = "-−–—"

_PLAIN = (
    r"[0-9]{1,3}(?:,[0-9]{3}){1,6}(?:\.[0-9]+)?|[0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3}){1,6}(?![0-9.])|"
    r"[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+"
)
# "lost": the superscript's place got lost in the PDF, "10−5" is what remains of 10 to the -5.
_POWER = (
    r"(?:\^\s?\{?\s?(?P<power>[-−–+]?[0-9]{1,3})\}?|(?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})|"
    r"(?P<lost>[−–-][0-9]{1,2}(?![0-9.%])))"
)
DIGITS = re.compile(
    rf"(?P<mantissa>{_PLAIN})(?:[eE](?P<exponent>[-−+]?(?:[0-9]{{1,3}}(?![\w])|[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,3}}))"
    rf"|\s?[×x·*]\s?10{_POWER})?"
)
_TEN_TO = re.compile(rf"10{_POWER}")
_SUFFIX = re.compile(
    r"(?P<glued>[kKMBT]|bn|mn)(?![\w])|(?P<metre>m)(?=\s+(?:param|token|word|sentence|pair))"
    r"|\s(?P<letter>[KMB])(?=\s+[a-z])|[ \u00a0-](?P<word>thousand|million|billion|trillion)s?\b"
)
_NUMBER_WORD = "|".join(sorted([*_ONES, *_TENS], key=len, reverse=True))
_FACTOR_WORD = "hundred|thousand|million|billion|dozen"
WORDS = re.compile(
    rf"(?<![\w-])(?:an?\s+(?:{_FACTOR_WORD})|(?:{_NUMBER_WORD}|hundred|dozen))\b"
    rf"(?:[\s-](?:and\s)?(?:{_NUMBER_WORD}|{_FACTOR_WORD})\b){{0,6}}",
    re.IGNORECASE,
)


_HIGHEST = 250  # power of ten, so that every value is a finite float
_LONGEST = 24  # digits; what is longer is a key or a fault, and no float holds it


class Numeral(NamedTuple):
    """A value with the decimals that were printed and the factor that its suffix stands for."""

    value: Decimal
    end: int
    digits: int
    scale: Decimal


def read_digits(text: str, at: int) -> Numeral | None:
    """Return the numeral in digits that starts at ``at`` (no sign), with suffix or power, else None."""
    power = _TEN_TO.match(text, at)
    # "10-5" alone may be a range or a difference; only a true minus says power.
    if power and (power["lost"] is None or text[at + 2] == "−"):
        return Numeral(_ten_to(power), power.end(), 0, _ten_to(power))
    found = DIGITS.match(text, at)
    if not found:
        return None
    plain = re.sub(r"[,\s]", "", found["mantissa"])
    if len(plain) > _LONGEST:
        return None
    digits = len(plain.partition(".")[2])
    scale, end = Decimal(1), found.end()
    if found["exponent"]:
        scale = _exponential(found["exponent"])
    elif found.end() > found.end("mantissa"):
        scale = _ten_to(found)
    else:
        suffix = _SUFFIX.match(text, end)
        if suffix:
            name = next(part for part in suffix.groups() if part)
            scale, end = SCALES[name.casefold()], suffix.end()
    return Numeral(Decimal(plain) * scale, end, digits, scale)


_TO_ASCII = str.maketrans(dict.fromkeys(_MINUS, "-"))


def _exponential(exponent: str) -> Decimal:
    power = int(exponent.translate(_TO_ASCII).translate(_SUPERSCRIPTS))
    return Decimal(10) ** max(-_HIGHEST, min(power, _HIGHEST))


def _ten_to(found: re.Match[str]) -> Decimal:
    exponent = found["power"] or found["lost"] or found["raised"].translate(_SUPERSCRIPTS)
    return _exponential(exponent)


def read_words(text: str, at: int) -> Numeral | None:
    """Return the numeral in words that starts at ``at`` ("three hundred", "a dozen"), else None."""
    found = WORDS.match(text, at)
    if not found:
        return None
    total, group, scale = Decimal(0), Decimal(0), Decimal(1)
    for word in re.split(r"[\s-]+", found.group().casefold()):
        if word in _ONES or word in _TENS:
            group += _ONES.get(word, 0) + _TENS.get(word, 0)
        elif word == "hundred":
            group = (group or Decimal(1)) * 100
        elif word == "dozen":
            group = (group or Decimal(1)) * 12
        elif word in SCALES:
            scale = SCALES[word]
            total, group = total + (group or Decimal(1)) * scale, Decimal(0)
    return Numeral(total + group, found.end(), 0, scale)
