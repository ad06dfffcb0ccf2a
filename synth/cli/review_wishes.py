"""The options of ``synth review`` in, the one way to review and what is wished of each claim out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth.errors import UsageError
from synth.records import Decision, Label, Pairs

_LABELS = {short: label for label in Label for short in (label.value.lower(), label.value[0].lower())}
_SITTINGS = ("", "--plain")
_FOR: dict[str, tuple[str, ...]] = {
    "--blind": (*_SITTINGS, "--claim", "--queue", "--agreement", "--import"),
    "--settle": (*_SITTINGS, "--claim", "--queue", "--import"),
    "--papers": _SITTINGS,
    "--json": ("--claim", "--undo", "--redo", "--queue", "--agreement", "--export", "--import"),
}
"""The ways to review ("" is the screen) with which an option does anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the options ask for on each claim."""

    judgement: Decision | None = None
    label: Label | None = None
    flag: Decision | None = None
    note: str | None = None
    scope: Pairs | None = None
    link: str | None = None
    relation: Label | None = None

    @property
    def empty(self) -> bool:
        return self == Wish()


def way_of(ways: Mapping[str, bool], options: Mapping[str, bool], wish: Wish) -> str:
    """Return the one way to review that was chosen; raises UsageError for options that do not go together."""
    given = [name for name, on in ways.items() if on]
    if len(given) > 1:
        raise _exclude(*given[:2])
    way = given[0] if given else ""
    if not wish.empty and way != "--claim":
        raise UsageError("a decision needs its claim", remedy="name it with --claim ID (ids: --queue)")
    if options["--blind"] and options["--settle"]:
        raise UsageError(
            "--blind and --settle exclude each other: who settles weighs what was said",
            remedy="judge blind first, then settle",
        )
    for name, on in options.items():
        if on and way not in _FOR[name]:
            raise UsageError(
                f"{name} does nothing {f'with {way}' if way else 'on the screen'}", remedy="leave it out"
            )
    if not way and not _terminal():
        raise UsageError(
            "the screen needs a terminal",
            remedy="use --plain, or decide by options or JSON Lines: see synth review --help",
        )
    return way


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _exclude(one: str, other: str) -> UsageError:
    return UsageError(f"{one} and {other} exclude each other", remedy="give one of them")


def wish_of(
    *,
    judgements: Mapping[str, bool],
    flags: Mapping[str, bool],
    label: str | None,
    note: str | None,
    scope: Sequence[str] | None,
    link: str | None,
    relation: str | None,
) -> Wish:
    """Return what the options ask for; raises UsageError for those that exclude or need each other."""
    if (link is None) != (relation is None):
        lack = "--link needs --relation" if relation is None else "--relation needs --link"
        raise UsageError(lack, remedy="--link WORDS --relation SUPPORT, CONTRADICT or NOT_ENOUGH_INFO")
    names: dict[str | None, Decision] = {
        "--accept": "accept",
        "--reject": "reject",
        "--defer": "defer",
        "--label": "change",
        "--flag": "flag",
        "--unflag": "unflag",
    }
    return Wish(
        judgement=names.get(_one(judgements)),
        label=_label(label),
        flag=names.get(_one(flags)),
        note=note,
        scope=_pairs(scope),
        link=link,
        relation=_label(relation),
    )


def _one(options: Mapping[str, bool]) -> str | None:
    given = [name for name, on in options.items() if on]
    if len(given) > 1:
        raise _exclude(*given[:2])
    return given[0] if given else None


def _label(text: str | None) -> Label | None:
    if text is None:
        return None
    if text.strip().lower() not in _LABELS:
        raise UsageError(
            f"{text!r} is no label", remedy="SUPPORT, CONTRADICT or NOT_ENOUGH_INFO (or s, c, n)"
        )
    return _LABELS[text.strip().lower()]


def _pairs(scope: Sequence[str] | None) -> Pairs | None:
    if scope is None:
        return None
    parted = [one.partition("=") for one in scope]
    for one, (name, equals, value) in zip(scope, parted, strict=True):
        if not equals or not name.strip() or not value.strip():
            raise UsageError(
                f"{one!r} is no condition", remedy="write it as NAME=VALUE: --scope dataset=XNLI"
            )
    return tuple((name.strip(), value.strip()) for name, _, value in parted)
