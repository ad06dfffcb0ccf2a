"""The list, the evidence, the filter and the sizes of the main screen: keys pressed, the screen read."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.events import MouseScrollDown
from tui_world import HEBREW, decisions, look, main_screen, many, message, played, playing, world

from synth.tui.keys import KEYS
from synth.tui.reviewing import ReviewScreen

NARROW, BROAD = (80, 24), (200, 60)


# -- the list and the evidence ------------------------------------------------------------------------------


def test_keys_move_through_the_list(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path, made=many(60)) as opened:
            async with playing(opened) as pilot:
                claims = main_screen(pilot).claims

                async def at(*keys: str) -> int:
                    await pilot.press(*keys)
                    return claims.cursor

                assert await at("j", "j", "down") == 3
                assert await at("k", "up") == 1
                assert await at("G") == 59
                assert await at("j") == 59
                assert await at("pageup") == 59 - claims.page
                assert await at("home") == 0
                assert await at("k") == 0
                assert await at("pagedown") == claims.page
                assert await at("end") == 59
                assert await at("g") == 0

    asyncio.run(play())


def test_the_cursor_stays_in_sight(tmp_path: Path) -> None:
    with world(tmp_path, made=many(60)) as opened:
        for keys in (["G"], ["pagedown"], ["pagedown", "pageup"], ["G", "k", "k", "k", "k", "k", "k", "k"]):
            rows = played(opened, *keys).splitlines()[2:6]
            assert sum(row.startswith("> ") for row in rows) == 1


def test_evidence_is_chosen_round_and_round_and_scrolled_to(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(opened)
        assert "> 1/2 contradicts .88" in text
        text = played(opened, "tab")
        assert "> 2/2 neither .30" in text
        assert "  1/2" not in text.splitlines()[9]
        assert "> Removing the bidirectional attention lowers" in played(opened, "tab", "tab")
        assert "> 2/2 neither .30" in played(opened, "shift+tab", "shift+tab")
        assert "> 2/2 neither .30" in played(opened, "]")
        assert "> 1/2 contradicts" in played(opened, "]", "[")


def test_the_claim_stays_above_evidence_that_is_scrolled_to(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(opened, "tab")
    assert text.splitlines()[7].strip() == "Removing the bidirectional attention lowers F1 by 3.0 points."


def test_reading_on_shows_all_of_the_evidence(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        seen = ""
        for pages in range(4):
            seen += played(opened, *["space"] * pages)
        assert "loss of 0.2 points" in seen
        assert "1/2 contradicts" in played(opened, "space", "space", "b", "b")


def test_a_click_moves_the_cursor_and_chooses_evidence(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            async with playing(opened) as pilot:
                await pilot.click(offset=(10, 4))
                assert main_screen(pilot).claims.cursor == 2
                await pilot.press("g")
                await pilot.pause()
                row = next(y for y, line in enumerate(look(pilot.app).splitlines()) if "beta.pdf p.5" in line)
                main_screen(pilot).detail.choose(0)
                main_screen(pilot).detail.see(0)
                await pilot.pause()
                await pilot.click(offset=(10, row))
                assert main_screen(pilot).detail.chosen == 1

    asyncio.run(play())


def test_the_wheel_scrolls_what_is_beneath_the_mouse(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path, made=many(60)) as opened:
            async with playing(opened) as pilot:
                screen = main_screen(pilot)
                for _ in range(3):
                    await pilot._post_mouse_events([MouseScrollDown], offset=(10, 4), button=0)
                    await pilot._post_mouse_events([MouseScrollDown], offset=(10, 15), button=0)
                await pilot.pause(0.5)
                assert screen.claims.top > 0
                assert screen.claims.cursor == 0
                assert screen.detail.top > 0
                await pilot.press("j")
                assert screen.claims.top <= screen.claims.cursor == 1

    asyncio.run(play())


# -- filter and sort --------------------------------------------------------------------------------------


def test_the_filter_works_as_it_is_typed_and_escape_clears_it(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(opened, "slash", *"kore")
        assert "1 shown" in text
        assert message(text) == "1 of 12 claims"
        text = played(opened, "slash", *"kore", "escape")
        assert "shown" not in text
        assert "you  says p" in text
        text = played(opened, "slash", *"kore", "enter", "a")
        assert decisions(opened) == ["accept"]
        assert "kore" in text.splitlines()[1]


def test_a_wrong_filter_is_said_while_it_is_typed(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        assert message(played(opened, "slash", "i", "s", "colon", "x")).startswith(
            "is:x - take is:unreviewed"
        )


def test_sorting_goes_through_all_orders_and_keeps_the_claim(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            async with playing(opened) as pilot:
                claim = main_screen(pilot).claim
                seen = []
                for _ in range(7):
                    await pilot.press("s")
                    seen.append(message(look(pilot.app)).removeprefix("sorted by "))
                    assert main_screen(pilot).claim == claim
                assert seen == [
                    "verdict",
                    "probability",
                    "paper and page",
                    "kind",
                    "state",
                    "report",
                    "what next",
                ]
                await pilot.press("S")
                assert message(look(pilot.app)) == "sorted by what next, turned round"

    asyncio.run(play())


# -- sizes, scripts, colours ------------------------------------------------------------------------------


def test_every_line_is_as_wide_as_the_screen_whatever_the_script(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            for size in (NARROW, BROAD, (60, 16)):
                async with playing(opened, size=size) as pilot:
                    for key in ("g", *"jjjjjjjjjjj", "tab"):
                        await pilot.press(key)
                        lines = pilot.app.screen._compositor.render_strips()
                        assert {cell_len(line.text) for line in lines} == {size[0]}

    asyncio.run(play())


def test_a_resize_puts_the_evidence_beside_the_list_and_back(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            async with playing(opened) as pilot:
                await pilot.press("j", "tab")
                claim = main_screen(pilot).claim
                before = look(pilot.app)
                await pilot.resize_terminal(*BROAD)
                await pilot.pause()
                broad = look(pilot.app).splitlines()
                assert "│" in broad[2]
                assert len(broad) == BROAD[1]
                await pilot.resize_terminal(*NARROW)
                await pilot.pause()
                assert main_screen(pilot).claim == claim
                assert look(pilot.app).splitlines()[:6] == before.splitlines()[:6]

    asyncio.run(play())


def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(opened, "slash", *"known", "escape", "slash", *"99.9", "enter")
    assert "The [bold]network[/bold] obtains [31m99.9[0m F1 [@click=app.quit]here[/]." in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_right_to_left_titles_are_shown(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        assert HEBREW in played(opened, "slash", *"limitation", "enter", size=BROAD)


@pytest.mark.parametrize("colours", [True, False])
def test_nothing_is_said_by_colour_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colours: bool
) -> None:
    if colours:
        monkeypatch.delenv("NO_COLOR")

    async def play() -> str:
        with world(tmp_path) as opened:
            async with playing(opened, size=BROAD) as pilot:
                await pilot.press("a", "f", "r", "tab")
                await pilot.pause()
                assert pilot.app.no_color is not colours
                return look(pilot.app)

    text = asyncio.run(play())
    assert "✓a" in text
    assert "✗rF" in text
    assert "»" in text
    assert "OTHER WORK" in text
    assert "\n> " in text


def test_another_theme_changes_no_character(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            async with playing(opened) as pilot:
                await pilot.press("j", "tab")
                before = look(pilot.app)
                pilot.app.theme = "textual-light"
                await pilot.pause()
                assert look(pilot.app) == before

    asyncio.run(play())


def test_hints_name_the_keys_that_can_be_pressed(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        last = played(opened).splitlines()[-1]
        assert last.strip().startswith("a accept  r reject  1 for  2 against  3 neither")
        assert "? help  q quit" in last
    with world(tmp_path / "b", blind=True) as opened:
        assert "accept" not in played(opened).splitlines()[-1]


def test_every_key_has_an_action_and_no_key_has_two() -> None:
    pressed = [key for one in KEYS for key in one.keys.split(",")]
    assert len(pressed) == len(set(pressed))
    for one in KEYS:
        assert callable(getattr(ReviewScreen, f"action_{one.action.partition('(')[0]}"))
