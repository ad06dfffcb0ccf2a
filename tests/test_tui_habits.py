"""What hurried reviewers press in, what the review makes of it out."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tui_world import decisions, look, main_screen, many, message, played, playing, world

from synth.pipeline.review import Open
from synth.records import Label, Review
from synth.tui.telling import AROUND, pieces, told

WHILE = "the store was busy: keys pressed meanwhile were dropped"


# -- passages ---------------------------------------------------------------------------------------------


def _plain(opened: Open, *, whole: bool) -> str:
    claim = opened.sitting.report.judged[0].claim.id
    found = told(opened.sitting, claim, why=(), width=80, whole=whole)
    return "".join(run.text for paragraph in found if paragraph.piece == 1 for run in paragraph.runs)


def test_a_passage_is_cut_to_what_stands_next_to_its_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(tmp_path) as opened:
        (one, *_) = pieces(opened.sitting, opened.sitting.report.judged[0].claim.id)
        before, after = "One word more. " * 20, " And more words." * 20
        monkeypatch.setattr("synth.tui.telling.pieces", lambda *_: [replace(one, start=len(before))])
        monkeypatch.setattr(opened.sitting, "context", lambda _: before + one.quote + after)
        cut, whole = (_plain(opened, whole=whole) for whole in (False, True))
    assert f"{before}»{one.quote}«{after}" in whole
    assert "…" not in whole
    shown, _, behind = cut.partition(f"»{one.quote}«")
    assert behind.endswith(" …")
    assert before.endswith(ahead := shown.partition("… ")[2])
    assert after.startswith(behind.removesuffix(" …"))
    assert AROUND - 10 < min(len(ahead), len(behind)) <= max(len(ahead), len(behind)) <= AROUND + 2


def test_passages_are_whole_where_all_can_be_seen_and_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(tmp_path) as opened:
        context = opened.sitting.context
        monkeypatch.setattr(opened.sitting, "context", lambda one: context(one) + " And more words." * 50)
        assert " …" not in played(opened, size=(200, 60)).partition("1/2")[2]
        cut, whole = played(opened), played(opened, "c")
        assert 0 < cut.count("And more words.") < whole.count("And more words.")
        assert message(whole) == "passages whole"
        again = played(opened, "c", "c")
        assert again.count("And more words.") == cut.count("And more words.")
        assert message(again).startswith("passages cut")


# -- a key too many ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [("a", "k", "a"), ("r", "k", "r"), ("1", "k", "1"), ("2", "k", "2")])
def test_a_judgement_that_stands_already_is_not_added_again(tmp_path: Path, keys: tuple[str, ...]) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            async with playing(opened) as pilot:
                claim = main_screen(pilot).claim
                assert claim is not None
                await pilot.press(keys[0])
                main_screen(pilot).go_to(claim)
                await pilot.press(keys[-1])
                await pilot.pause()
                assert message(look(pilot.app)).endswith("is so judged already: nothing was added")
                assert main_screen(pilot).claim != claim
                assert len(decisions(opened)) == 1
                main_screen(pilot).go_to(claim)
                await pilot.press("3" if opened.sitting.log[0].label is not Label.NOT_ENOUGH_INFO else "1")
                assert len(decisions(opened)) == 2

    asyncio.run(play())


def test_deferred_claims_come_one_after_another_when_they_are_deferred_again(tmp_path: Path) -> None:
    with world(tmp_path, made=many(4)) as opened:
        played(opened, "d", "d", "d", "d")
        assert len({review.claim for review in opened.sitting.log}) == 4
        # those were all; a second round takes each of them again
        played(opened, "m")
    with world(tmp_path, made=many(4)) as opened:

        async def play() -> None:
            async with playing(opened) as pilot:
                seen = []
                for _ in range(4):
                    seen.append(main_screen(pilot).claim)
                    await pilot.press("n")
                assert len(set(seen)) == 4

        asyncio.run(play())


def test_the_last_judgement_says_that_all_is_done(tmp_path: Path) -> None:
    with world(tmp_path, made=many(2)) as opened:
        assert message(played(opened, "a")).endswith("u takes it back")
        assert message(played(opened, "a")).endswith("all done: q leaves")
        assert message(played(opened)).startswith("every claim is judged")


def test_ctrl_c_says_how_to_leave_and_does_not(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(opened, "ctrl+c")
        assert message(text) == "q leaves the review: every decision is kept already"
        assert "1 of 12 judged" in played(opened, "ctrl+c", "a")


# -- keys pressed unseen ----------------------------------------------------------------------------------


def test_keys_pressed_while_the_store_was_busy_judge_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth.tui.board.SLOW", 0.05)

    async def play() -> None:
        with world(tmp_path) as opened:
            decide = opened.sitting.decide

            def slowly(*args: object, **words: object) -> Review:
                # pressed now, they are taken only once this is over
                for _ in range(3):
                    pilot.app.simulate_key("r")
                time.sleep(0.06)
                return decide(*args, **words)  # type: ignore[arg-type]

            async with playing(opened) as pilot:
                monkeypatch.setattr(opened.sitting, "decide", slowly)
                await pilot.press("a")
                await pilot.pause()
                assert decisions(opened) == ["accept"]
                assert message(look(pilot.app)) == WHILE
                monkeypatch.setattr(opened.sitting, "decide", decide)
                await pilot.press("r")
                await pilot.pause()
                assert decisions(opened) == ["accept", "reject"]

    asyncio.run(play())


def test_a_claim_that_another_settled_meanwhile_is_looked_at_first(tmp_path: Path) -> None:
    for name, label in (("Ann", Label.SUPPORT), ("Ben", Label.CONTRADICT)):
        with world(tmp_path, reviewer=name) as opened:
            claim = opened.sitting.report.judged[0].claim.id
            opened.sitting.decide(claim, "change", label=label)

    async def play() -> None:
        with (
            world(tmp_path, settling=True) as opened,
            world(tmp_path, reviewer="Ben", settling=True) as other,
        ):
            async with playing(opened, size=(120, 40)) as pilot:
                other.sitting.decide(claim, "change", label=Label.CONTRADICT)
                await pilot.press("1")
                await pilot.pause()
                assert "was settled by another meanwhile" in message(look(pilot.app))
                assert [r.reviewer for r in opened.sitting.log if r.decision == "settle"] == ["Ben"]
                await pilot.press("1")
                await pilot.pause()
                assert [r.reviewer for r in opened.sitting.log if r.decision == "settle"] == ["Ben", "Ann"]

    asyncio.run(play())


# -- the page, and lines that are read to their ends ------------------------------------------------------


@pytest.mark.parametrize(("key", "decision"), [("a", "accept"), ("1", "change"), ("d", "defer")])
def test_a_claim_is_judged_from_its_page(tmp_path: Path, key: str, decision: str) -> None:
    with world(tmp_path) as opened:
        text = played(opened, "v", key)
        assert decisions(opened) == [decision]
        assert "you  says p" in text


def test_a_page_is_left_without_a_decision(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        for key in ("escape", "q", "v"):
            assert "you  says p" in played(opened, "v", key)
        assert decisions(opened) == []


def test_what_went_wrong_is_told_to_its_end(tmp_path: Path) -> None:
    folder = tmp_path / ("a-long-name" * 8)
    with world(folder) as opened:
        text = played(opened, "o")
        assert "--papers DIR" in text
        assert "folder that holds it with" in " ".join(text.split())
        after = played(opened, "o", "j")
        assert len(after.splitlines()) == 24


def test_a_filter_that_finds_nothing_says_how_to_clear_it(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        assert message(played(opened, "slash", *"qqq")) == "0 of 12 claims - escape clears the filter"
        assert message(played(opened, "slash", *"qqq", "escape")) == ""
