"""What was typed into the filter in, a test of rows and the words that it does not know out."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from synth.records import ClaimKind, Label
from synth.tui.cells import one_line
from synth.tui.rows import Held, Row
from synth.tui.words import figure

Test = Callable[[Row, Held], bool]
LANGUAGE: tuple[tuple[str, str], ...] = (
    ("words", "all must occur in the claim, its paper, kind or section; quotes hold words together"),
    (
        "is:unreviewed",
        "or reviewed, flagged, deferred, disputed, changed, accepted, rejected, outdated, settled",
    ),
    ("verdict:con", "or sup, nei, mixed: what the machine says; never of a verdict that is hidden"),
    ("p<.5", "or p<= p> p>= p=: the probability of the machine's label; never of a hidden one"),
    ("kind:finding", "or comparison, method, resource, definition, limitation"),
    ("paper:x", "the paper's name or title holds x"),
    ("page:3", "the claim stands on page 3"),
)
"""The filter's words and what they mean, as help prints them."""

_TOKEN = re.compile(r'(\w+:)?"([^"]*)"?|(\S+)')
_PROBABILITY = re.compile(r"p(<=|>=|<|>|=)(\d*\.?\d+)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
_IS: dict[str, Test] = {
    "unreviewed": lambda _, held: held.state == "unreviewed",
    "reviewed": lambda _, held: held.done,
    "flagged": lambda _, held: held.flagged,
    "deferred": lambda _, held: held.state == "deferred",
    "disputed": lambda _, held: held.disputed,
    "changed": lambda _, held: held.state == "changed",
    "accepted": lambda _, held: held.state == "accepted",
    "rejected": lambda _, held: held.state == "rejected",
    "outdated": lambda _, held: held.state == "outdated",
    "settled": lambda _, held: held.state == "settled",
}
_VERDICTS: dict[str, Test] = {
    "support": lambda row, _: row.one.by_others.label is Label.SUPPORT,
    "contradict": lambda row, _: row.one.by_others.label is Label.CONTRADICT,
    "nei": lambda row, _: row.one.by_others.label is Label.NOT_ENOUGH_INFO,
    "not_enough_info": lambda row, _: row.one.by_others.label is Label.NOT_ENOUGH_INFO,
    "mixed": lambda row, _: row.one.by_others.mixed,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What rows must pass, all of it; ``wrong`` says in words what was not understood and is left out."""

    tests: tuple[Test, ...] = ()
    wrong: tuple[str, ...] = ()

    def __call__(self, row: Row, held: Held) -> bool:
        """Whether the row passes."""
        return all(test(row, held) for test in self.tests)


def wanted(typed: str) -> Wanted:
    """Return the test that a typed filter stands for; an empty one lets everything pass."""
    tests: list[Test] = []
    wrong: list[str] = []
    for name, value in _tokens(typed):
        found = _test(name, value)
        if isinstance(found, str):
            wrong.append(found)
        else:
            tests.append(found)
    return Wanted(tests=tuple(tests), wrong=tuple(wrong))


def _tokens(typed: str) -> Iterator[tuple[str, str]]:
    """Yield (name, value): ("is", "flagged"), ("p", ">=.7"), ("", "word")."""
    for match in _TOKEN.finditer(one_line(typed).casefold()):
        named, quoted, bare = match.groups()
        if bare is None:
            yield (named or "").rstrip(":"), quoted
            continue
        name, colon, value = bare.partition(":")
        if colon and name in ("is", "verdict", "kind", "paper", "page", "p"):
            yield name, value
        elif re.match(r"p[<>=]", bare):
            yield "p", bare[1:]
        else:
            yield "", bare


def _test(name: str, value: str) -> Test | str:
    match name:
        case "is":
            return _chosen("is", value, _IS)
        case "verdict":
            found = _chosen("verdict", value, _VERDICTS)
            return found if isinstance(found, str) else _shown(found)
        case "kind":
            kinds: dict[str, Test] = {kind.value: _kind(kind.value) for kind in ClaimKind}
            return _chosen("kind", value, kinds)
        case "p":
            return _probability(value)
        case "page":
            return _page(value)
        case "paper":
            return lambda row, _: value in row.words.split("\n", 3)[1] or value in row.words.split("\n", 3)[2]
        case "":
            return lambda row, _: value in row.words
    return f"nothing is called {name}:"


def _chosen(name: str, value: str, known: dict[str, Test]) -> Test | str:
    """Return the one test whose name begins with ``value``, or what could stand there."""
    if value in known:
        return known[value]
    near = [word for word in known if word.startswith(value)]
    if len(near) == 1:
        return known[near[0]]
    return f"{name}:{value} - take {name}:" + " ".join(near or known)


def _shown(test: Test) -> Test:
    return lambda row, held: not held.hidden and test(row, held)


def _kind(kind: str) -> Test:
    return lambda row, _: row.kind == kind


def _page(value: str) -> Test | str:
    if not value.isascii() or not value.isdigit():
        return f"page:{value} - take a number, as in page:3"
    return lambda row, _: row.page == int(value[:9])


def _probability(value: str) -> Test | str:
    match = _PROBABILITY.fullmatch(f"p{value}")
    if match is None:
        return f"p{value} - write it as p<.5 or p>=.7"
    compare, bound = _COMPARE[match[1]], float(match[2])
    if match[1] == "=":
        return _shown(lambda row, _: figure(row.one.by_others.confidence) == figure(bound))
    return _shown(lambda row, _: compare(row.one.by_others.confidence, bound))
