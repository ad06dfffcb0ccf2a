"""A sentence goes in, the arithmetic that it states about its own numbers comes out: precise, not greedy.

What could be read in two ways is left alone: "from 60 % to 66 %, a gain of 10 %" is a difference or a ratio,
and to choose the one that fits would be to judge before the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from synth.experiments._formula.equations import equations
from synth.experiments._formula.stated import Number, Statement, from_quantity
from synth.records import Quantity
from synth.text import quantities

_UP = r"increases?|rises?|growth"
_DOWN = r"drops?|decreases?|reductions?|declines?|falls?|loss|degradation"
_EITHER = r"improvements?|gains?|boosts?|advantage|differences?|gaps?|margin|change|speed-?ups?"
_NOUN = rf"\b(?P<noun>{_UP}|{_DOWN}|{_EITHER})\b"
_VERB = (
    r"(?P<noun>improv\w+|increas\w+|rais\w+|ris(?:e|es|ing)|rose|boost\w*|grow\w*|grew|gain\w*|"
    r"drop\w*|fall\w*|fell|decreas\w+|reduc\w+|declin\w+|lower\w*|degrad\w+)"
)
_MODE = r"(?:(?P<mode>absolute|relative)\s)?"
_AFTER = (
    r"(?:\s(?:F1|BLEU|ROUGE[\w-]*|LAS|UAS|accuracy)\b)?(?:\s\(?(?P<later>absolute|relative|relatively)\b)?"
)
_FROM = r"\bfrom\s(?:an?\s|the\s)?⟦(?P<a>\d+)⟧[^⟦⟧.;:()]{0,40}?\bto\s(?:an?\s)?⟦(?P<b>\d+)⟧"
_C = r"⟦(?P<c>\d+)⟧"
_CHANGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_FROM}[^⟦⟧.;:()]{{0,40}}?[,(–—:-]\s?(?:that is|i\.e\.|or|with|for)?,?\s?(?:an?|the)\s{_MODE}"
        rf"(?:\w+\s)?{_NOUN}\sof\s{_MODE.replace('mode', 'between')}{_C}{_AFTER}",
        rf"{_FROM}[^⟦⟧.;:()]{{0,40}}?[,(–—:-]\s?(?:an?\s)?{_C}\s{_MODE}(?:\w+\s)?{_NOUN}{_AFTER}",
        rf"{_FROM}[^⟦⟧.;:()]{{0,30}}?\((?P<noun>){_C}{_AFTER}\s?(?:points?)?\)",
        rf"\b{_VERB}\s[^⟦⟧.;:()]{{0,60}}?\bby\s{_MODE}{_C}{_AFTER}[^⟦⟧.;:()]{{0,30}}?[,(]?\s?{_FROM}",
        rf"{_C}\s{_MODE}(?:\w+\s)?{_NOUN}(?P<of>\s(?:of|in)\s)?[^⟦⟧.;()]{{0,50}}?[,(:]?\s?{_FROM}",
        rf"{_MODE}\b{_NOUN}\sof\s{_C}{_AFTER}[^⟦⟧.;:()]{{0,40}}?[,(:]?\s?{_FROM}",
    )
)
_APART = re.compile(
    rf"⟦(?P<a>\d+)⟧[^⟦⟧.;:()]{{0,30}}?\s(?:vs\.?|versus|compared (?:to|with)|against|→|->)\s"
    rf"[^⟦⟧.;:()]{{0,20}}?"
    rf"⟦(?P<b>\d+)⟧[^⟦⟧.;:()]{{0,20}}?[,(–—]\s?(?:an?|the)\s{_MODE}(?:\w+\s)?"
    rf"(?P<noun>{_EITHER})\sof\s{_C}{_AFTER}",
    re.IGNORECASE,
)
_LEADER = re.compile(r"\b(?:achiev|obtain|reach|attain)\w*\s[^⟦⟧.;:()]{0,40}?⟦(?P<b>\d+)⟧", re.IGNORECASE)
_BEATEN = re.compile(
    rf"\(⟦(?P<a>\d+)⟧\)[^⟦⟧.;:()]{{0,12}}?\bwith\san?\srelative\s(?P<noun>{_EITHER})\sof\s{_C}", re.IGNORECASE
)
_OF = r"\s(?:out\s)?of\s(?:the\s|all\s|our\s|its\s|these\s|a\stotal\sof\s){0,2}"
_SHARES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"⟦(?P<a>\d+)⟧{_OF}⟦(?P<b>\d+)⟧(?:\s[\w-]+){{0,3}}\s?\(\s?[≈∼~]?{_C}\s?\)",
        rf"⟦(?P<a>\d+)⟧\s?/\s?⟦(?P<b>\d+)⟧\s?(?:[≈∼~=]|\(\s?[≈∼~=]?)\s?{_C}",
        rf"{_C}(?:\sof\s[^⟦⟧.;:()]{{1,30}})?\s?\(\s?⟦(?P<a>\d+)⟧(?:\s?/\s?|{_OF})⟦(?P<b>\d+)⟧(?:\s[\w-]+){{0,3}}\s?\)",
        rf"⟦(?P<a>\d+)⟧\s?\(\s?[≈∼~]?{_C}\s?\){_OF}⟦(?P<b>\d+)⟧",
    )
)
_ITEM = r"⟦\d+⟧[^⟦⟧.;:()%]{0,40}?"
_LEAD = r"(?:[\w-]+\s){0,3}?"
_LIST = rf"(?P<list>{_ITEM}(?:,\s(?:and\s)?{_LEAD}{_ITEM}){{0,30}}(?:,?\sand\s|\s?\+\s?){_LEAD}⟦\d+⟧)"
_TOTALS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_LIST}[^⟦⟧.;:()%]{{0,40}}?[,;:(–—]?\s?(?:\w+\s){{0,2}}(?:a\stotal\sof|total(?:l?ing)?|summing\sto)\s{_C}",
        rf"{_LIST}[^⟦⟧.;:()%]{{0,40}}?[,;:(–—]\s?(?:or\s)?{_C}[^⟦⟧.;:()]{{0,25}}?\s(?:in\stotal|altogether)\b",
        rf"\b(?:a\stotal\sof|in\stotal,?)\s{_C}[^⟦⟧.;()]{{0,40}}?\s?[(:]\s?{_LIST}[^⟦⟧.;:()%]{{0,40}}?\)",
    )
)
_MONTH = re.compile(
    r"\b(?:Jan|Febr?|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)(?:uary|ch|il|ust|ember|ober)?\.?\s$"
)
_MEANS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_LIST}[^⟦⟧.;:()]{{0,40}}?[,;:(–—]\s?(?:\w+\s){{0,2}}an?\s(?:average|mean)(?:\s\w+)?\sof\s{_C}",
        rf"\b(?:average|mean)\sof\s{_LIST}\s(?:is|equals|=|gives)\s{_C}",
    )
)


class _Text(NamedTuple):
    """A sentence whose quantities are marked ⟦0⟧, ⟦1⟧, and those quantities."""

    marked: str
    quantities: Sequence[Quantity]

    def __call__(self, found: re.Match[str], *groups: str) -> tuple[Quantity, ...]:
        return tuple(self.quantities[int(found[group])] for group in groups)


def statements(text: str) -> tuple[Statement, ...]:
    """Return what ``text`` states of its own numbers, in order; no number is the outcome of two statements.

    Bounds ("more than 5 points") and ranges state nothing that can be recomputed.
    """
    if any(mark in text for mark in "⟦⟧") or len(text) > 4000:
        return ()
    found = [q for q in quantities(text) if not _no_number(text, q)]
    marked, at = [], 0
    for i, quantity in enumerate(found):
        marked += [text[at : quantity.start], f"⟦{i}⟧"]
        at = quantity.end
    sentence = _Text("".join([*marked, text[at:]]), found)
    out: dict[int, Statement] = {}
    for read in (_changes, _apart, _beaten, _shares, _totals, _means):
        for statement in read(sentence):
            out.setdefault(statement.at, statement)
    for statement in equations(text):
        out.setdefault(statement.at, statement)
    return tuple(out[at] for at in sorted(out))


def _no_number(text: str, quantity: Quantity) -> bool:
    """Whether it is half of a decimal with a raised point ("13·5") or the day of a month."""
    before, after = text[max(0, quantity.start - 12) : quantity.start], text[quantity.end : quantity.end + 2]
    raised = re.search(r"\d·$", before) or re.match(r"·\d", after)
    return bool(raised or _MONTH.search(before) or re.match(r"\s?-?(?:st|nd|rd|th)\b", after))


def _changes(text: _Text) -> Iterator[Statement]:
    for pattern in _CHANGES:
        for found in pattern.finditer(text.marked):
            a, b, c = text(found, "a", "b", "c")
            groups = found.groupdict()
            words = " ".join(str(groups.get(name) or "") for name in ("mode", "between", "later"))
            of = bool(groups.get("of"))
            if not re.search(r"error\s(?:rate\s)?reduc", found[0], re.IGNORECASE):
                yield from _change(a, b, c, noun=found["noun"], words=words, share=of)


def _apart(text: _Text) -> Iterator[Statement]:
    for found in _APART.finditer(text.marked):
        a, b, c = text(found, "a", "b", "c")
        words = f"{found['mode']} {found['later']}"
        if "relative" not in words and c.unit not in ("percent", "times"):
            yield from _change(a, b, c, noun="difference", words=words, share=False)


def _beaten(text: _Text) -> Iterator[Statement]:
    leader = _LEADER.search(text.marked)
    for found in _BEATEN.finditer(text.marked) if leader else ():
        if leader and leader.end() <= found.start():
            (b,) = text(leader, "b")
            a, c = text(found, "a", "c")
            if a.unit == b.unit:
                yield from _change(a, b, c, noun=found["noun"], words="relative", share=False)


def _change(
    a: Quantity, b: Quantity, c: Quantity, *, noun: str, words: str, share: bool
) -> Iterator[Statement]:
    """Yield "from a to b, a change of c" where it can be read in one way alone."""
    kind = _kind(a, b, c, words=words, share=share)
    if not kind or not _plain(a, b, c) or c.value == 0 or (kind != "difference" and a.value * b.value <= 0):
        return
    signed = _signed(noun, c)
    if kind == "ratio":
        expression = "max(a, b) / min(a, b)"
    else:
        expression = signed if kind == "difference" else f"100 * {_grouped(signed)} / a"
    stated = _positive(from_quantity(c)) if signed != "b - a" or c.direction != "down" else from_quantity(c)
    yield Statement(
        kind=kind,
        expression=expression,
        inputs=(("a", from_quantity(a)), ("b", from_quantity(b))),
        stated=stated,
        unit=c.unit,
        at=c.start,
    )


def _kind(a: Quantity, b: Quantity, c: Quantity, *, words: str, share: bool) -> str:
    levels = {a.unit, b.unit} - {""}
    if len(levels) > 1:
        return ""
    counted = bool(levels - {"percent", "points"}) and "times" not in levels
    if c.unit == "times":
        return "ratio"
    if c.unit == "percent":
        if "relative" in words:
            return "relative"
        if "absolute" in words:
            return "difference" if not counted else ""
        # "a 24 % reduction of the error from .21 to .16": a percentage of what is no percentage
        fraction = share and not levels and a.digits > 0 and abs(a.value) < 1 and abs(b.value) < 1
        return "relative" if counted or fraction else ""
    if "relative" in words:
        return ""
    if c.unit in ("", "points"):
        return "difference" if not counted or c.unit == "" else ""
    return "difference" if levels <= {c.unit} else ""


def _signed(noun: str, c: Quantity) -> str:
    word = noun.casefold()
    if not word and c.raw.startswith(("+", "-", "−", "–")):
        return "b - a"
    if re.match(r"increas|ris|rose|rais|grow|grew", word):
        return "b - a"
    if re.match(r"drop|fall|fell|decreas|reduc|declin|lower|loss|degrad", word):
        return "a - b"
    return "abs(b - a)"  # an improvement of an error rate goes down


def _grouped(expression: str) -> str:
    return expression if expression.startswith("abs") else f"({expression})"


def _positive(number: Number) -> Number:
    return Number(printed=number.printed, value=abs(number.value), half=number.half)


def _shares(text: _Text) -> Iterator[Statement]:
    for pattern in _SHARES:
        for found in pattern.finditer(text.marked):
            a, b, c = text(found, "a", "b", "c")
            whole = a.digits == b.digits == 0 and 0 <= a.value <= b.value and b.value > 0
            if c.unit == "percent" and whole and _plain(a, b, c) and a.unit != "percent" != b.unit:
                yield _listed("share", "100 * a / b", (a, b), c)


def _totals(text: _Text) -> Iterator[Statement]:
    for pattern in _TOTALS:
        for found in pattern.finditer(text.marked):
            parts, (c,) = _parts(text, found), text(found, "c")
            units = {q.unit for q in parts} - {"", "one", c.unit}  # "400 long and 200 short ones"
            if _plain(*parts, c) and not units and all(q.digits == 0 for q in (*parts, c)):
                yield _listed("sum", "sum", parts, c)


def _means(text: _Text) -> Iterator[Statement]:
    for pattern in _MEANS:
        for found in pattern.finditer(text.marked):
            parts, (c,) = _parts(text, found), text(found, "c")
            if len(parts) > 1 and _plain(*parts, c) and len({q.unit for q in (*parts, c)} - {""}) < 2:
                yield _listed("average", "mean", parts, c)


def _parts(text: _Text, found: re.Match[str]) -> tuple[Quantity, ...]:
    return tuple(text.quantities[int(i)] for i in re.findall(r"⟦(\d+)⟧", found["list"]))


def _listed(kind: str, expression: str, parts: Sequence[Quantity], c: Quantity) -> Statement:
    counts = kind != "average"
    names = [f"x{i}" for i in range(1, len(parts) + 1)] if kind != "share" else ["a", "b"]
    return Statement(
        kind=kind,
        expression=expression if kind == "share" else f"{expression}({', '.join(names)})",
        inputs=tuple((n, from_quantity(q, counts=counts)) for n, q in zip(names, parts, strict=True)),
        stated=from_quantity(c, counts=kind == "sum"),
        unit=c.unit,
        at=c.start,
    )


def _plain(*numbers: Quantity) -> bool:
    """Whether no number is a bound or a range ("about" says no more than that it was rounded)."""
    return all(q.high is None and q.bound in ("", "about") for q in numbers) and all(
        q.bound == "" for q in numbers[:-1]
    )
