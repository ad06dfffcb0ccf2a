"""Conditions of a claim go in, those in force and those that it states; the reviewer's own come out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from synth.errors import UsageError
from synth.pipeline.sitting import NAME_LENGTH, VALUE_LENGTH
from synth.records import Pairs
from synth.text import printable
from synth.tui import words
from synth.tui.cells import cut, one_line
from synth.tui.frame import Frame

NAMES = ("dataset", "split", "language", "metric", "setting")

KEYS = "tab, down, up: another line | empty: remove it | enter: save | escape: leave"
_NAME_WIDTH = 12


def joined(pairs: Pairs) -> dict[str, str]:
    """Return name -> value; several values of one name stand in one, parted by commas."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def scope_of(given: Iterable[tuple[str, str]], also: str) -> Pairs:
    """Return the sorted pairs of ``given`` that have a value, and those of ``also``.

    ``also`` is written "name=value; name=value". Raises UsageError for a part of it without name or value, a
    name given twice, and what is too long.
    """
    pairs = [(name, _clean(value)) for name, value in given if _clean(value)]
    pairs += [_pair(part) for part in map(_clean, also.split(";")) if part]
    for name, value in pairs:
        if [n for n, _ in pairs].count(name) > 1:
            raise UsageError(f"{name[:NAME_LENGTH]} is given twice", remedy="write its values into one")
        if len(name) > NAME_LENGTH or len(value) > VALUE_LENGTH:
            most = f"{NAME_LENGTH} characters of a name, {VALUE_LENGTH} of a value"
            raise UsageError(f"{name[:30]} is too long", remedy=f"at most {most}")
    return tuple(sorted(pairs))


def _clean(text: str) -> str:
    return " ".join(printable(text).split())


def _pair(part: str) -> tuple[str, str]:
    name, _, value = (side.strip() for side in part.partition("="))
    if not name or not value:
        raise UsageError(
            f"{part[:40]!r} is no name with a value", remedy="write it as name=value; name=value"
        )
    return (name.lower() if name.lower() in NAMES else name), value


def _input(value: str, *, placeholder: str = "") -> Input:
    return Input(value or None, compact=True, select_on_focus=False, placeholder=placeholder)


class Scoping(ModalScreen[Pairs | None]):
    """Ask for a claim's conditions, a line each; gives them, None where it was left."""

    DEFAULT_CSS = """
    Scoping { align: center middle; }
    Scoping Frame { max-width: 100; }
    Scoping VerticalScroll { height: auto; max-height: 14; }
    Scoping Horizontal { height: 1; }
    Scoping .scoping--name { width: 13; }
    Scoping .scoping--stated { height: auto; max-height: 4; margin-bottom: 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next"),
        Binding("up", "app.focus_previous", "Back"),
        Binding("f2,ctrl+s", "save", "Save", priority=True),
        Binding("escape", "leave", "Leave"),
    ]

    def __init__(self, pairs: Pairs, stated: Pairs) -> None:
        super().__init__()
        known = joined(pairs)
        self._stated = joined(stated)
        names = dict.fromkeys((*NAMES, *known, *self._stated))
        self._given = {name: _clean(known.get(name, "")) for name in names}
        self._inputs: dict[str, Input] = {}
        self._also = _input("", placeholder="name=value; name=value")
        self._frame = Frame("What limits the claim", KEYS)

    def compose(self) -> ComposeResult:
        """Yield what the claim says itself, then a line for each name and one for others."""
        said = words.pairs(tuple(self._stated.items()))
        with self._frame, VerticalScroll(can_focus=False):
            yield Static(Content(f"The claim says itself: {said}"), classes="scoping--stated")
            # an input with a value can only be made while the application runs
            self._inputs = {name: _input(value) for name, value in self._given.items()}
            for name, field in (*self._inputs.items(), ("others", self._also)):
                with Horizontal():
                    yield Static(Content(cut(one_line(name), _NAME_WIDTH)), classes="scoping--name")
                    yield field

    def on_mount(self) -> None:
        """Begin with the first line."""
        next(iter(self._inputs.values())).focus()

    def on_input_submitted(self) -> None:
        """Save on enter."""
        self.action_save()

    def on_input_changed(self) -> None:
        """Take back what was said of an earlier try."""
        self._frame.say("")

    def action_save(self) -> None:
        """Give the conditions, unless something is wrong with them."""
        try:
            wanted = scope_of(((n, field.value) for n, field in self._inputs.items()), self._also.value)
        except UsageError as error:
            self._frame.say(str(error))
        else:
            self.dismiss(wanted)

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)
