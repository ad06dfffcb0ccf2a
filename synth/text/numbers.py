"""Text goes in, the quantities that it states come out, each with its value, unit and place.

The grammar: an optional sign, a numeral (digits, suffix, power of ten, number words), an optional range
or error, a unit; then the bound and the direction that the words around it state. Digits that name
something (years, citations, "Table 2", GPT-3, "layer 14") are no quantities: see ``labels``.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from synth.records import Quantity
from synth.text.bounds import bound, changes, direction
from synth.text.labels import mask
from synth.text.numerals import WORDS, Numeral, read_digits, read_words
from synth.text.units import Unit, read_unit

_START = re.compile(r"(?<![\w.,])(?P<sign>[+−–-]?)(?P<money>[$€£]\s?)?(?=[0-9]|\.[0-9])")
_FACTORS = re.compile(
    r"\b(?P<number>two|three|four|five|six|seven|eight|nine|ten)-?fold\b|\b(?P<twice>twice)\b", re.IGNORECASE
)
_AND = re.compile(r"\s(?:and|to)\s(?=[0-9.])")
_RANGE = re.compile(r"(?:\s?%)?(?:\s?[-–—−]\s?(?=[0-9.])|\sto\s(?=[0-9]))")
_ERROR = re.compile(r"\s?(?:±|\+/-)\s?[0-9]*\.?[0-9]+|\s\(±\s?[0-9]*\.?[0-9]+\)")
_FROM = re.compile(r"\b(?:from|between)\s(?:an?\s)?(?:\w+\s){0,3}$", re.IGNORECASE)
_FROM_ALONE = re.compile(r"\bfrom\s(?:an?\s)?(?:\w+\s){0,3}$", re.IGNORECASE)
_RANGING = re.compile(r"\b(?:rang\w+|vary\w*|varies|sizes?|between)\s(?:from\s)?$", re.IGNORECASE)
_LIST = re.compile(r"(?P<last>\s?/\s?|,?\s(?:and|or|vs\.?|versus|to|compared to)\s)|\s?,\s?")
_SHARE = re.compile(r"\s(?:out\s)?of\s(?:the\s|its\s|our\s|all\s|these\s|those\s){0,2}")
_MONEY = {"$": "dollar", "€": "euro", "£": "pound"}
_WINDOW = 72


class _Read(NamedTuple):
    """A numeral, where it begins, its sign, and its unit where that is known already ("$5", "twofold")."""

    start: int
    sign: str
    unit: str
    numeral: Numeral


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of ``text`` in order; ``text[q.start:q.end] == q.raw`` for each.

    ``raw`` holds sign, numeral, range or error, and a unit's mark ("5.4 %", "3 points", "24GB"), not a
    counted noun. A signed number keeps its sign in ``value``. "from 70 % to 75 %" is two quantities, the
    second with the direction; "from 3 to 5 languages" is a range unless a word of change stands before it.
    Time is linear in the length of ``text``.
    """
    labels = mask(text)
    found: list[Quantity] = []
    at = 0
    for read in _candidates(text, labels):
        if read.start >= at:
            made = _quantity(text, read, labels)
            if made:
                found.extend(made)
                at = made[-1].end
    return tuple(_shared_units(text, found))


def _candidates(text: str, labels: bytearray) -> Iterator[_Read]:
    """Yield the numerals outside labels, by place."""
    reads: list[_Read] = []
    for found in _START.finditer(text):
        numeral = None if labels[found.end()] else read_digits(text, found.end())
        if numeral and not labels[numeral.end - 1]:
            reads.append(
                _Read(found.start(), found["sign"], _MONEY.get((found["money"] or "").strip(), ""), numeral)
            )
    for found in WORDS.finditer(text):
        numeral = read_words(text, found.start())
        if numeral:
            reads.append(_Read(found.start(), "", "", numeral))
    for found in _FACTORS.finditer(text):
        word = read_words(text, found.start()) if found["number"] else None
        value = word.value if word else Decimal(2)
        reads.append(_Read(found.start(), "", "times", Numeral(value, found.end(), 0, Decimal(1))))
    yield from sorted(reads, key=lambda read: (read.start, -read.numeral.end))


def _quantity(text: str, read: _Read, labels: bytearray) -> list[Quantity]:
    """Return the quantity that begins at ``read``: none, one, or two for "from a to b"."""
    numeral = read.numeral
    if text[read.start].isalpha():
        return _in_words(text, read)
    second = _second(text, read, labels)
    if second:
        return _pair(text, read, second)
    error = _ERROR.match(text, numeral.end)
    end = error.end() if error else numeral.end
    return [_made(text, read, _unit(text, read, end, numeral), end)]


def _in_words(text: str, read: _Read) -> list[Quantity]:
    """Return a quantity for number words only where they count something."""
    unit = _unit(text, read, read.numeral.end, read.numeral)
    if not read.unit and read.numeral.value == 1 and unit.end == read.numeral.end:
        return []
    if not unit.name and read.numeral.value < 100:
        return []
    if read.numeral.value == 0 or unit.name == "hot":  # zero-shot and one-hot are names of kinds
        return []
    return [_made(text, read, unit, read.numeral.end)]


def _unit(text: str, read: _Read, end: int, numeral: Numeral) -> Unit:
    if read.unit:
        return Unit(read.unit, end)
    return read_unit(text, end, whole=numeral.digits == 0, scaled=numeral.scale != 1)


def _second(text: str, read: _Read, labels: bytearray) -> _Read | None:
    """Return the other end where ``read`` opens a range or a "from a to b"."""
    link = _RANGE.match(text, read.numeral.end)
    if not link:
        between = _AND.match(text, read.numeral.end)
        opened = _FROM.search(text[max(0, read.start - 24) : read.start])
        link = between if between and opened else None
    if not link or labels[link.end()]:
        return None
    numeral = read_digits(text, link.end())
    if not numeral:
        return None
    return _Read(link.end(), "", read.unit, numeral)


def _pair(text: str, first: _Read, second: _Read) -> list[Quantity]:
    unit = _unit(text, second, second.numeral.end, second.numeral)
    low, high = first.numeral, second.numeral
    before = text[max(0, first.start - _WINDOW) : first.start]
    if low.scale == 1 and high.scale != 1 and low.value < high.value / high.scale:
        low = low._replace(value=low.value * high.scale, scale=high.scale)
    link = text[low.end : second.start]
    level = unit.name in ("percent", "points") or high.digits > 0  # counts range, levels change
    change = "to" in link and _FROM_ALONE.search(before) and (level or any(changes(before)))
    if change and not _RANGING.search(before):
        start = _made(text, first, Unit(unit.name, low.end), low.end)
        goal = _made(text, second, unit, high.end)
        rises = high.value > low.value
        return [replace(start, direction=""), replace(goal, direction="up" if rises else "down", bound="")]
    if high.value <= low.value:
        return [_made(text, first, Unit(unit.name, low.end), low.end)]
    whole = _made(text, first._replace(numeral=low), unit, high.end)
    return [replace(whole, high=float(high.value), digits=max(low.digits, high.digits))]


def _made(text: str, read: _Read, unit: Unit, end: int) -> Quantity:
    end = max(end, unit.end)
    start, sign = read.start, read.sign
    before, after = text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW]
    value = -read.numeral.value if sign and sign != "+" else read.numeral.value
    way = direction(before, after, sign=sign, unit=unit.name)
    name = unit.name
    if way and not name and re.match(r"\s[A-Z][\w@.-]*", after) and read.numeral.digits:
        name = "points"  # "improves by 2.3 BLEU"
    return Quantity(
        value=float(value),
        unit=name,
        raw=text[start:end],
        start=start,
        end=end,
        digits=read.numeral.digits,
        scale=float(read.numeral.scale),
        bound=bound(before[-32:], after),
        direction=way,
    )


def _shared_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """Give the unit of the last of a list ("85, 87 and 90 %", "5 of the 9 languages") to those before it."""
    out = list(found)
    listed = False  # a comma binds only where "and" or the like closes the list
    for i in range(len(out) - 2, -1, -1):
        between = text[out[i].end : out[i + 1].start][:24]
        unit = out[i + 1].unit
        link = _LIST.fullmatch(between)
        listed = bool(link and (link["last"] or listed))
        share = unit not in ("percent", "points", "times") and _SHARE.fullmatch(between)
        if unit and not out[i].unit and (listed or share):
            out[i] = replace(out[i], unit=unit)
    return out
