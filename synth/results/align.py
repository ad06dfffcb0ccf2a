"""Numbers and names of a sentence go in; which name belongs to which number comes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeVar

from synth.records import Quantity
from synth.results.mentions import Mention
from synth.results.names import Named

_SEPARATOR: Final = re.compile(
    r"[\s%(]*(?:points?|pp|percent|absolute)?[\s)]*(?:,|/|&|;)?\s*(?:and|or|as well as|plus)?\s*"
    r"(?:by|about|of|an?|another|even)?[\s(]*"
)
_RIGHT: Final = re.compile(
    r"[\s(]*(?:%|percent(?:age)?)?[)\s]*-?(?:points?\s*)?(?:in\s+terms\s+of\s+|in\s+|of\s+)?(?:(?:absolute|relative|averaged?|mean|overall|macro|micro"
    r"|weighted|test|dev|development|validation|improvement|higher|lower|better|worse|increase|drop|gain|the|in|labeled"
    r"|unlabeled|[-–])[\s-]*){0,5}"
)
_LINK = (
    r"of|is|was|are|were|at|by|from|to|reach\w*|rises?|ris\w+|falls?|fell|drops?|dropped|increas\w+|decreas\w+|improv\w+|boosts?"
    r"|goes|up|down|only|about|around|approximately|over|even|as|high|low|an?|average|mean|maximum|roughly|nearly|gain|with"
    r"|score|scores|slightly|just|another|further|absolute|relative"
)
_LEFT: Final = re.compile(
    r"\s*(?:scores?|values?|results?|performances?|points?|measures?)?\s*(?:\([^()]{0,20}\)\s*)?(?:,?\s*which\s+)?"
    rf"(?:[=:(\[∼~≈]|(?:(?:{_LINK})(?![\w-])\s*){{1,5}}[(=∼~≈]*)?\s*"
)
_FROM: Final = re.compile(r"(?:(?<!ranging )(?<!ranges )(?<!range )\bfrom|\()\s*(?:about|around|only)?\s*$")
_TO: Final = re.compile(
    r"\s*(?:%|points?)?[^,;.\d]{0,40}?\bto\b\s*(?:about|around|only|nearly|as high as|over)?\s*"
)
_CLAUSE: Final = re.compile(r";|,?\s+(?:while|whereas|but)\b|,\s+and\s+(?=on\b|in\b|for\b)|\)\s*,?\s+and\b")
_COORDINATED: Final = re.compile(r"\s*(?:,|/|&)?\s*(?:and|or)?\s*(?:for|on|in|the|then)?\s*(?:the\s+)?")

T = TypeVar("T", Mention, Named)


class Group(NamedTuple):
    """Numbers in one coordination (``8.2, 7.5, and 7.0``), in order, and the room round them.

    ``before`` is the end of the numbers before it, ``after`` the start of those after it;
    ``clause`` its clause's start and end.
    """

    numbers: tuple[Quantity, ...]
    before: int
    after: int
    clause: tuple[int, int]

    @property
    def start(self) -> int:
        """Place of the first number."""
        return self.numbers[0].start

    @property
    def end(self) -> int:
        """End of the last number."""
        return self.numbers[-1].end


def groups(sentence: str, numbers: Sequence[Quantity], metrics: Sequence[Mention]) -> tuple[Group, ...]:
    """Return ``numbers`` grouped where only commas, "and", units and metrics stand between them."""
    found: list[list[Quantity]] = []
    for number in numbers:
        if found and (
            from_to(sentence, found[-1][-1], number)
            or _joined(sentence, found[-1][-1].end, number.start, metrics)
        ):
            found[-1].append(number)
        else:
            found.append([number])
    breaks = [0, *(m.start() for m in _CLAUSE.finditer(sentence)), len(sentence)]
    result: list[Group] = []
    for i, group in enumerate(found):
        before = found[i - 1][-1].end if i else 0
        after = found[i + 1][0].start if i + 1 < len(found) else len(sentence)
        opening = max(b for b in breaks if b <= group[0].start)
        closing = min((b for b in breaks if b >= group[-1].end), default=len(sentence))
        result.append(Group(tuple(group), before, after, (opening, closing)))
    return tuple(result)


def from_to(sentence: str, one: Quantity, two: Quantity) -> bool:
    """Whether the sentence says "from ``one`` to ``two``"."""
    return (
        bool(_FROM.search(sentence[: one.start])) and _TO.fullmatch(sentence, one.end, two.start) is not None
    )


def _joined(sentence: str, start: int, end: int, metrics: Sequence[Mention]) -> bool:
    between = sentence[start:end]
    for metric in metrics:
        if start <= metric.start and metric.end <= end:
            between = between.replace(sentence[metric.start : metric.end], "", 1)
    between = re.sub(r"\bscores?\b|\baverage\b", "", between)
    return bool(between.strip()) and _SEPARATOR.fullmatch(between) is not None


def lists(sentence: str, names: Sequence[T]) -> tuple[tuple[T, ...], ...]:
    """Return ``names`` grouped into coordinations (``SQuAD, MNLI and HellaSwag``), singles too."""
    found: list[list[T]] = []
    for name in names:
        between = sentence[found[-1][-1].end : name.start] if found else ""
        if between.strip() and _COORDINATED.fullmatch(between):
            found[-1].append(name)
        else:
            found.append([name])
    return tuple(tuple(group) for group in found)


def attached(sentence: str, group: Group, metrics: Sequence[Mention]) -> dict[int, Mention]:
    """Return start of number -> the metric written right beside it or beside its list."""
    found: dict[int, Mention] = {}
    for number in group.numbers:
        right = next((m for m in metrics if m.start >= number.end), None)
        if right is not None and _RIGHT.fullmatch(sentence, number.end, right.start):
            found[number.start] = right
    left = next((m for m in reversed(metrics) if m.end <= group.start), None)
    beside = left is not None and _LEFT.fullmatch(sentence, left.end, group.start) is not None
    carried: Mention | None = None
    for number in reversed(group.numbers):
        if beside and left is not None:
            found.setdefault(number.start, left)
        carried = found.get(number.start, carried)
        if carried is not None:
            found.setdefault(number.start, carried)
    return found


def nearest(number: Quantity, group: Group, names: Sequence[T]) -> T | None:
    """Return the name that belongs to ``number`` by place.

    In its clause: the one that follows before the next numbers, else the last before it. Then the same
    in the sentence: the last before the clause, else the first after it.
    """
    closing = group.clause[1]
    following = [n for n in names if n.start >= number.end and n.start < min(group.after, closing)]
    if following:
        return following[0]
    preceding = [n for n in names if n.end <= number.start]
    if preceding:
        return preceding[-1]
    later = [n for n in names if n.start >= number.end]
    return later[0] if later else None


def within(number: Quantity, group: Group, names: Sequence[T], *, leading: int) -> T | None:
    """Return the nearest name of the number's own clause, else of the words before ``leading``."""
    opening, closing = group.clause
    own = [n for n in names if max(opening, group.before) <= n.start and n.end <= min(closing, group.after)]
    if own:
        return min(own, key=lambda n: (_distance(number, n), n.start))
    first = [n for n in names if n.end <= leading] if opening == 0 or group.before == 0 else []
    return first[-1] if first else None


def _distance(number: Quantity, name: Mention | Named) -> int:
    return number.start - name.end if name.end <= number.start else name.start - number.end


def in_order(sentence: str, group: Group, names: Sequence[T], *, loose: bool = True) -> dict[int, T]:
    """Return start of number -> name where a list of names as long as the list of numbers stands beside it.

    ``loose`` lets "respectively" make a list of as many names that stand apart.
    """
    size = len(group.numbers)
    if size < 2:
        return {}
    fitting = [
        c
        for c in lists(sentence, names)
        if len(c) == size and not any(group.start < n.start < group.end for n in c)
    ]
    distinct = list(dict.fromkeys(n.name for n in names))
    if loose and not fitting and "respective" in sentence and len(distinct) == size:
        first = {name: next(n for n in names if n.name == name) for name in distinct}
        return {q.start: first[name] for q, name in zip(group.numbers, distinct, strict=True)}
    if not fitting:
        return {}
    best = min(fitting, key=lambda c: (c[0].start < group.start, abs(c[0].start - group.end)))
    return {q.start: name for q, name in zip(group.numbers, best, strict=True)}
