"""The dialogs of the review: notes, scope, agreement, help and the palette, by the keys that are pressed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.app import App, SystemCommand
from textual.command import CommandPalette, DiscoveryHit, Hit
from textual.screen import Screen
from tui_stage import drawn, played
from tui_world import HOSTILE, world

from synth.errors import UsageError
from synth.pipeline.sitting import Sitting
from synth.records import Label, Pairs
from synth.tui import agreeing, asking, helping, linking, scoping
from synth.tui.agreeing import Agreeing
from synth.tui.asking import Asking
from synth.tui.commands import FILTERS, ReviewCommands, commands, system_commands
from synth.tui.filtering import LANGUAGE, wanted
from synth.tui.helping import Helping
from synth.tui.keys import KEYS
from synth.tui.rows import ORDERS
from synth.tui.scoping import Scoping, scope_of

SMALL, LARGE = (80, 24), (200, 60)
SUPPORT, CONTRADICT, NEITHER = Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO
STATED = (("dataset", "SQuAD"), ("dataset", "TriviaQA"), ("metric", "F1"), ("size", "433M"))
WORD = "w" * 4_000


def clean(seen: str) -> bool:
    """Whether a screen has no control character and no override, and no line too wide for the terminal."""
    return (
        not any(c in seen for c in "\x1b\x07\u202e\u200b")
        and len({cell_len(x) for x in seen.split("\n")}) == 1
    )


# -- notes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("save", ["ctrl+s", "f2", "ctrl+j"])
def test_a_note_has_several_lines_and_is_given_whole(save: str) -> None:
    made = played(Asking("A note"), "type:page 4", "enter", "type:and 5", save)
    assert made.given == "page 4\nand 5"


def test_escape_leaves_a_note_without_a_result() -> None:
    made = played(Asking("A note", "old"), "escape")
    assert made.left
    assert made.given is None


def test_what_was_written_is_dropped_at_the_second_escape_only() -> None:
    made = played(Asking("A note", "old"), "type:er", "escape", "f9")
    assert not made.left
    assert "escape once more drops what you wrote" in made.seen
    assert played(Asking("A note", "old"), "type:er", "escape", "escape").left
    assert not played(Asking("A note", "old"), "type:er", "escape", "type:s", "escape").left
    assert played(Asking("A note", "old"), "type:er", "escape", "ctrl+s").given == "older"


def test_a_note_is_written_on_where_it_ended_and_counted() -> None:
    made = played(Asking("A note", "one\ntwo"), "type: three", "f9")
    assert "13 of 4,000 characters" in made.seen
    assert not made.left
    assert played(Asking("A note", "one\ntwo"), "type: three", "f2").given == "one\ntwo three"


def test_an_empty_note_is_not_saved() -> None:
    made = played(Asking("A note"), "enter", "f2", "f9")
    assert not made.left
    assert "nothing is written yet" in made.seen


def test_a_note_of_4000_characters_is_saved_and_one_more_is_not() -> None:
    assert played(Asking("A note", WORD), "f2").given == WORD
    made = played(Asking("A note", WORD), "type:x", "f2", "f9")
    assert not made.left
    assert "4,001 of 4,000 characters, 1 too many" in made.seen
    assert "say it in fewer" in made.seen


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_note_shows_hostile_text_as_it_is_written(size: tuple[int, int]) -> None:
    made = played(Asking(f"On {HOSTILE}", f"{HOSTILE}\n{WORD}"), "ctrl+home", size=size)
    assert clean(made.seen)
    assert "On [bold]Nets[/bold] [2Jgnp.exe" in made.seen
    assert "[@click=app.quit]x[/]" in made.seen
    assert asking.KEYS in made.seen
    assert "\u202e" not in played(Asking("A note", HOSTILE), "f2").given


# -- scope ---------------------------------------------------------------------------------------------


def test_the_scope_in_force_is_filled_in_and_given_back_sorted() -> None:
    made = played(Scoping((("split", "test"), ("dataset", "SQuAD")), ()), "enter")
    assert made.given == (("dataset", "SQuAD"), ("split", "test"))
    for name in scoping.NAMES:
        assert f"│ {name}" in made.seen


def test_several_values_of_a_name_stand_in_one_line() -> None:
    made = played(Scoping(STATED, STATED), "enter")
    assert made.given == (("dataset", "SQuAD, TriviaQA"), ("metric", "F1"), ("size", "433M"))
    assert "The claim says itself: dataset=SQuAD, TriviaQA; metric=F1; size=433M" in made.seen


def test_a_line_is_changed_another_emptied_and_a_name_added() -> None:
    pairs = (("dataset", "SQuAD"), ("metric", "F1"))
    keys = ("type: 2", "down", "type:dev", "tab", "type:German", "down", "backspace", "backspace")
    made = played(Scoping(pairs, pairs), *keys, "down", "down", "type:beam=4; seed=1", "enter")
    assert made.given == (
        ("beam", "4"),
        ("dataset", "SQuAD 2"),
        ("language", "German"),
        ("seed", "1"),
        ("split", "dev"),
    )


def test_all_lines_emptied_are_no_conditions() -> None:
    assert played(Scoping((("dataset", "X"),), ()), "backspace", "f2").given == ()


@pytest.mark.parametrize(
    ("typed", "said"),
    [("beam", "is no name with a value"), ("=4", "write it as name=value"), ("dataset=Y", "given twice")],
)
def test_a_wrong_line_is_said_and_can_be_mended(typed: str, said: str) -> None:
    dialog = Scoping((("dataset", "X"),), ())
    made = played(dialog, "up", f"type:{typed}", "enter", "f9")
    assert not made.left
    assert said in made.seen
    back = ["backspace"] * len(typed)
    mended = played(Scoping((("dataset", "X"),), ()), "up", f"type:{typed}", "enter", *back, "enter")
    assert mended.given == (("dataset", "X"),)


def test_escape_leaves_the_scope_without_a_result() -> None:
    made = played(Scoping(STATED, STATED), "type:x", "escape")
    assert made.left
    assert made.given is None


@pytest.mark.parametrize(
    ("given", "also"),
    [([("d" * 81, "x")], ""), ([("dataset", "x" * 401)], ""), ([], "n=1; n=2"), ([], f"{'n' * 81}=1")],
)
def test_what_cannot_be_kept_is_refused(given: Sequence[tuple[str, str]], also: str) -> None:
    with pytest.raises(UsageError):
        scope_of(given, also)


def test_a_known_name_is_known_however_it_is_written() -> None:
    assert scope_of([("dataset", " ")], "Dataset = SQuAD ;; Beam = a=b") == (
        ("Beam", "a=b"),
        ("dataset", "SQuAD"),
    )


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_hostile_conditions_are_shown_as_they_are_written(size: tuple[int, int]) -> None:
    pairs: Pairs = (("dataset", HOSTILE), ("[red]x[/]", WORD[:300]), *((f"name{n}", "v") for n in range(30)))
    made = played(Scoping(pairs, pairs), "f9", size=size)
    assert clean(made.seen)
    assert "[bold]Nets[/bold] [2Jgnp.exe" in made.seen
    assert scoping.KEYS in made.seen
    assert dict(played(Scoping(pairs, ()), "enter").given)["[red]x[/]"] == WORD[:300]


# -- agreement -----------------------------------------------------------------------------------------


def judging(folder: Path, reviewer: str, labels: str, *, note: str = "") -> None:
    """Let a reviewer give the first claims labels: s, c, n, or x to reject and . to leave one out."""
    known = {"s": SUPPORT, "c": CONTRADICT, "n": NEITHER}
    with world(folder, reviewer=reviewer) as opened:
        for one, letter in zip(opened.sitting.report.judged, labels, strict=False):
            if letter == "x":
                opened.sitting.decide(one.claim.id, "reject", note=note)
            elif letter != ".":
                opened.sitting.decide(one.claim.id, "change", label=known[letter], note=note)


@pytest.fixture
def disputed(tmp_path: Path) -> Iterator[Sitting]:
    """Yield Ann's sitting after three reviewers, who differ on the second, fourth and fifth claim."""
    judging(tmp_path, "Ann", "scnns")
    judging(tmp_path, "Ben [b]", "ssncn", note=f"{HOSTILE} see page 4")
    judging(tmp_path, "Cy", "scnnnc")
    with world(tmp_path, reviewer="Ann") as opened:
        yield opened.sitting


def test_kappas_are_shown_two_by_two_and_for_all(disputed: Sitting) -> None:
    made = played(Agreeing(disputed), "f9")
    for pair in disputed.agreement().pairs:
        line = next(x for x in made.seen.split("\n") if x.startswith(f"│ {' and '.join(pair.reviewers)}"))
        assert f"{pair.value:.2f} ({pair.low:.2f} to {pair.high:.2f})" in line
        assert f"{pair.agreed:.0%}" in line
        assert str(pair.claims) in line
    together = disputed.agreement().all
    assert together is not None
    assert f"all 3 (Fleiss)             {together.value:.2f}" in made.seen


def test_disagreements_are_listed_with_who_says_what(disputed: Sitting) -> None:
    made = played(Agreeing(disputed), "f9")
    assert "3 disagreements. Settle them together with: synth review REPORT --settle" in made.seen
    assert "> Ann CON, Ben [b] SUP, Cy CON" in made.seen
    assert "Ann: CONTRADICT, as the machine says" in made.seen
    assert "Ben [b]: SUPPORT; [bold]Nets[/bold] [2Jgnp.exe" in made.seen


def test_enter_goes_to_the_claim(disputed: Sitting) -> None:
    ids = disputed.agreement().disagreements
    assert played(Agreeing(disputed), "enter").given == ids[0]
    assert played(Agreeing(disputed), "down", "j", "enter").given == ids[2]
    assert played(Agreeing(disputed), "G", "k", "enter").given == ids[1]


@pytest.mark.parametrize("key", ["escape", "q", "i"])
def test_the_agreement_is_left_without_a_claim(disputed: Sitting, key: str) -> None:
    made = played(Agreeing(disputed), key)
    assert made.left
    assert made.given is None


def test_a_rejection_is_told_as_such(tmp_path: Path) -> None:
    judging(tmp_path, "Ann", "s")
    judging(tmp_path, "Ben", "x", note="the passage is about dev")
    with world(tmp_path, reviewer="Ann") as opened:
        made = played(Agreeing(opened.sitting), "f9")
    assert "> Ann SUP, Ben not SUP" in made.seen
    assert "Ben: rejects the machine's SUPPORT; the passage is about dev" in made.seen


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({}, "Nobody has given a label yet"),
        ({"Ann": "sc"}, "Ann alone has given labels"),
        ({"Ann": "s.", "Ben": ".c"}, "Ann, Ben have labelled no claim in common."),
        ({"Ann": "ss", "Ben": "sc"}, "no kappa: Ann gave one label throughout"),
    ],
)
def test_where_there_is_no_kappa_it_says_why(tmp_path: Path, labels: dict[str, str], words: str) -> None:
    for name, given in labels.items():
        judging(tmp_path, name, given)
    with world(tmp_path, reviewer="Ann") as opened:
        assert words in played(Agreeing(opened.sitting), "f9").seen


def test_nothing_disputed_is_said_and_enter_does_nothing(tmp_path: Path) -> None:
    judging(tmp_path, "Ann", "scn")
    judging(tmp_path, "Ben", "scn")
    with world(tmp_path, reviewer="Ann") as opened:
        made = played(Agreeing(opened.sitting), "down", "enter", "f9")
    assert "Nothing is disputed." in made.seen
    assert not made.left


def test_a_blind_sitting_counts_and_lists_only_what_its_reviewer_has_judged(tmp_path: Path) -> None:
    judging(tmp_path, "Ben", "sscc")
    judging(tmp_path, "Cy", "ccss", note="secret")
    judging(tmp_path, "Ann", "s")
    with world(tmp_path, reviewer="Ann", blind=True) as opened:
        made = played(Agreeing(opened.sitting), "f9")
        texts = [one.claim.text[:20] for one in opened.sitting.report.judged]
        ids = [one.claim.id for one in opened.sitting.report.judged]
        assert played(Agreeing(opened.sitting), "G", "enter").given == ids[0]
    assert "You review blind: only claims that you have judged are counted and listed." in made.seen
    assert "1 disagreement." in made.seen
    assert texts[0] in made.seen
    assert not any(text in made.seen for text in texts[1:4])


def test_a_claim_that_was_settled_is_counted_as_such(tmp_path: Path) -> None:
    judging(tmp_path, "Ann", "s")
    judging(tmp_path, "Ben", "c")
    with world(tmp_path, reviewer="Ann", settling=True) as opened:
        first = opened.sitting.report.judged[0].claim.id
        opened.sitting.decide(first, "change", label=NEITHER)
        assert "0 disagreements, 1 settled." in played(Agreeing(opened.sitting), "f9").seen


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_many_reviewers_leave_room_for_disagreements_and_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    for number in range(8):
        judging(tmp_path, f"Reviewer [red]{number}[/] {'x' * 60}", "scn" if number % 2 else "csn", note=WORD)
    with world(tmp_path, reviewer="Reviewer [red]0[/]") as opened:
        made = played(Agreeing(opened.sitting), "tab", "end", size=size)
    assert clean(made.seen)
    assert agreeing.KEYS in made.seen
    assert "2 disagreements." in made.seen
    assert "all 8 (Fleiss)" in made.seen
    assert "> Reviewer [r… " in made.seen


# -- help ----------------------------------------------------------------------------------------------


def test_help_names_every_key_every_meaning_and_every_filter() -> None:
    text = "\n".join(line.plain for line in helping.lines(100))
    for key in KEYS:
        assert f"  {key.shown:15} {key.words}" in text
    assert {key.group for key in KEYS} <= set(text.split("\n"))
    for word, meaning in (*helping.MEANING, *LANGUAGE):
        assert f"  {word:15} {meaning[:60]}" in text


def test_help_folds_beside_its_keys_in_a_small_terminal() -> None:
    assert all(cell_len(line) <= 73 for part in helping.lines(73) for line in part.plain.split("\n"))
    made = played(Helping(), "f9")
    assert helping.FOOT in made.seen
    assert clean(made.seen)


@pytest.mark.parametrize("key", ["escape", "q", "question_mark"])
def test_help_is_left_by_its_keys(key: str) -> None:
    assert played(Helping(), key).left


def test_help_scrolls_to_its_end() -> None:
    last = LANGUAGE[-1][1]
    assert last not in played(Helping(), "f9").seen
    assert last in played(Helping(), "end", "f9").seen
    assert last in played(Helping(), *["space"] * 6, "f9").seen
    assert "Decide" in played(Helping(), "end", *["b"] * 6, "f9").seen
    assert "Decide" in played(Helping(), "f9", size=LARGE).seen
    moved = played(Helping(), *["j"] * 3, "k", "f9").seen
    assert moved.split("\n")[1:] != played(Helping(), "f9").seen.split("\n")[1:]


# -- palette -------------------------------------------------------------------------------------------


class Ran(Screen[None]):
    """A screen that writes down which actions were run on it."""

    COMMANDS = {ReviewCommands}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[str] = []

    def action_label(self, label: str) -> None:
        """Note a label."""
        self.ran.append(f"label {label}")

    def action_sort_by(self, order: str) -> None:
        """Note an order."""
        self.ran.append(f"sort by {order}")

    def action_show_only(self, typed: str) -> None:
        """Note a filter."""
        self.ran.append(f"show only {typed}")

    def action_help(self) -> None:
        """Note the help."""
        self.ran.append("help")


class Desk(App[None]):
    """An application whose palette has the review's commands alone."""

    def get_system_commands(self, screen: Screen[object]) -> Iterator[SystemCommand]:
        """Give the trimmed ones."""
        yield from system_commands(self, screen)

    def on_mount(self) -> None:
        """Show the screen that takes notes."""
        self.push_screen(Ran())


def chosen(*keys: str) -> tuple[list[str], str]:
    """Open the palette, press keys, and return what ran and what was on the screen before the last key."""

    async def play() -> tuple[list[str], str]:
        app = Desk()
        async with app.run_test(size=SMALL) as pilot:
            screen = app.screen
            assert isinstance(screen, Ran)
            await pilot.press("ctrl+p")
            for key in keys[:-1]:
                await pilot.press(key)
            await app.workers.wait_for_complete()
            await pilot.pause(0.3)
            assert isinstance(app.screen, CommandPalette)
            seen = drawn(app)
            await pilot.press(keys[-1])
            await app.workers.wait_for_complete()
            await pilot.pause()
            return screen.ran, seen

    return asyncio.run(play())


def test_the_palette_finds_a_key_by_its_words() -> None:
    ran, seen = chosen(*"CONTRADICT", "enter")
    assert "CONTRADICT: other works contradict it" in seen
    assert ran == ["label CONTRADICT"]


def test_the_palette_sorts_and_filters() -> None:
    assert chosen(*"probability", "enter")[0] == ["sort by probability"]
    assert chosen(*"both", "space", *"sides", "enter")[0] == ["show only verdict:mixed"]


def test_the_palette_shows_commands_before_anything_is_typed() -> None:
    ran, seen = chosen("escape")
    assert "accept: the machine's verdict is right" in seen
    assert ran == []


def test_every_key_order_and_filter_has_a_command() -> None:
    found = list(commands())
    actions = [one.action for one in found]
    assert [key.action for key in KEYS if key.group != "Program"] == actions[
        : len(found) - len(ORDERS) - len(FILTERS)
    ]
    assert [f"sort_by({order!r})" for order in ORDERS] == [a for a in actions if a.startswith("sort_by")]
    assert len({one.words for one in found}) == len(found)


@pytest.mark.parametrize("typed", [typed for _, typed in FILTERS])
def test_filters_of_the_palette_are_filters(typed: str) -> None:
    assert not wanted(typed).wrong
    assert wanted(typed).tests


def test_system_commands_are_theme_keys_and_quit() -> None:
    async def play() -> tuple[list[str], list[str]]:
        app = Desk()
        async with app.run_test() as pilot:
            screen = app.screen
            assert isinstance(screen, Ran)
            found = list(system_commands(app, screen))
            await found[1].callback()
            await pilot.pause()
            assert app.is_running
            await found[2].callback()
            return [one.title for one in found], screen.ran

    titles, ran = asyncio.run(play())
    assert titles == ["Theme", "Keys", "Quit"]
    assert ran == ["help"]


def test_hits_of_the_palette_carry_plain_words() -> None:
    async def play() -> tuple[list[object], list[object]]:
        app = Desk()
        async with app.run_test():
            provider = ReviewCommands(app.screen)
            return [x async for x in provider.discover()], [x async for x in provider.search("undo")]

    all_of_them, found = asyncio.run(play())
    assert all(isinstance(one, DiscoveryHit) for one in all_of_them)
    assert len(all_of_them) == len(list(commands()))
    best = max(one for one in found if isinstance(one, Hit))
    assert best.text == "undo: take back your last decision"


def test_every_line_of_keys_fits_a_small_terminal() -> None:
    lines = [
        asking.KEYS,
        scoping.KEYS,
        agreeing.KEYS,
        helping.FOOT,
        linking.SEARCHING,
        *linking.PICKED.split("\n"),
    ]
    assert all(cell_len(line) <= 76 for line in lines)
