"""The table of keys, the orders and the filters go in; the commands of the palette come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.app import App, SystemCommand
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from synth.tui.keys import KEYS
from synth.tui.rows import ORDERS

FILTERS = (
    ("claims that you have not reviewed", "is:unreviewed"),
    ("claims that you have reviewed", "is:reviewed"),
    ("claims that are flagged", "is:flagged"),
    ("claims that you deferred", "is:deferred"),
    ("claims on which reviewers disagree", "is:disputed"),
    ("claims that changed since you judged them", "is:outdated"),
    ("claims that other works contradict", "verdict:contradict"),
    ("claims with evidence on both sides", "verdict:mixed"),
    ("claims whose verdict is uncertain", "p<.7"),
    ("findings", "kind:finding"),
    ("comparisons", "kind:comparison"),
)
"""Words of the palette and the filter that they stand for."""


class Command(NamedTuple):
    """What is printed, what it stands for, and the screen's action that it runs."""

    words: str
    help: str
    action: str


def commands() -> Iterator[Command]:
    """Yield every command: those of the keys in their order, then the sorts and the filters."""
    for key in KEYS:
        if key.group != "Program":
            yield Command(key.words, f"{key.group}: {key.shown}", key.action)
    for order in ORDERS:
        yield Command(f"sort by {order}", "the list of claims", f"sort_by({order!r})")
    for words, typed in FILTERS:
        yield Command(f"show only {words}", f"filter {typed}", f"show_only({typed!r})")


class ReviewCommands(Provider):
    """The palette's commands: they run the same actions as the keys."""

    async def discover(self) -> Hits:
        """Yield all of them, for an empty palette."""
        for found in commands():
            yield DiscoveryHit(found.words, partial(self._run, found.action), help=found.help)

    async def search(self, query: str) -> Hits:
        """Yield those whose words fit what was typed."""
        matcher = self.matcher(query)
        for found in commands():
            score = matcher.match(found.words)
            if score > 0:
                shown = matcher.highlight(found.words)
                yield Hit(score, shown, partial(self._run, found.action), text=found.words, help=found.help)

    async def _run(self, action: str) -> None:
        await self.app.run_action(action, self.screen)


def system_commands(app: App[Any], screen: Screen[Any]) -> Iterable[SystemCommand]:
    """Yield what ``App.get_system_commands`` is to give: no screenshots, no widgets made large."""
    yield SystemCommand("Theme", "choose other colours", app.action_change_theme)
    yield SystemCommand("Keys", "every key, and what the words mean", partial(app.run_action, "help", screen))
    yield SystemCommand("Quit", "every decision is kept already", partial(app.run_action, "quit", screen))
