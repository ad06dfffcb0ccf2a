"""The review on a screen that nobody sees: keys are pressed, and the screen and the store are looked at."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tui_world import Clock, decisions, look, main_screen, message, played, playing, world

from synth.errors import StoreError
from synth.pipeline.review import Open
from synth.records import Label
from synth.reviews import in_force
from synth.tui.keys import KEYS

NARROW, BROAD = (80, 24), (200, 60)


# -- a whole review ---------------------------------------------------------------------------------------


def _judged(opened: Open) -> set[str]:
    return {r.claim for r in in_force(opened.sitting.log) if r.decision in ("accept", "reject", "change")}


def test_a_review_is_left_and_gone_on_with(tmp_path: Path) -> None:
    clock = Clock()
    with world(tmp_path, clock=clock) as opened:
        text = played(opened, "slash", *"alpha", "enter", "a", "r", "2", "f", "u", "U", "d", "q")
        assert "6 shown" in text
        assert decisions(opened) == ["accept", "reject", "change", "flag", "withdraw", "withdraw", "defer"]
        first = opened.sitting.log
        assert len(_judged(opened)) == 3
    with world(tmp_path, clock=clock) as opened:
        assert opened.sitting.log == first
        played(opened, "a", "1", "2", "3", "r", "a", "a", "u", "a", "q")
        assert len(_judged(opened)) == 10
    with world(tmp_path, clock=clock) as opened:
        text = played(opened)
        assert "10 of 12 judged" in text
        assert "2 left" in text


def test_every_decision_is_on_the_disk_when_the_screen_shows_it(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            async with playing(opened) as pilot:
                for number, key in enumerate("ar123d", start=1):
                    await pilot.press(key)
                    with world(tmp_path, reviewer="Ben") as other:
                        assert len(other.sitting.log) == number

    asyncio.run(play())


def test_deciding_goes_on_to_what_matters_most_next(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            order = [one.claim for one in opened.sitting.queue()]
            async with playing(opened) as pilot:
                seen = []
                for key in ("a", "r", "1", "2", "3", "d"):
                    seen.append(main_screen(pilot).claim)
                    await pilot.press(key)
                assert seen == order[:6]
                assert main_screen(pilot).claim == order[6]

    asyncio.run(play())


def test_in_a_filtered_list_deciding_goes_on_below(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            async with playing(opened) as pilot:
                screen = main_screen(pilot)
                screen.action_sort_by("report")
                screen.action_show_only("paper:alpha")
                await pilot.press("g", "j")
                listed = [row.claim for row in screen.desk.visible]
                for at in (1, 2, 3, 4):
                    assert screen.claim == listed[at]
                    await pilot.press("a")
                assert screen.claim == listed[0]
                await pilot.press("a")
                assert [r.claim for r in opened.sitting.log] == [*listed[1:], listed[0]]

    asyncio.run(play())


def test_a_filter_that_a_decision_empties_leaves_an_empty_list(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(
            opened, "slash", *"limitation", "space", "i", "s", "colon", "u", "enter", "a", "a", "r", "f"
        )
        assert decisions(opened) == ["accept"]
    assert "0 shown" in text


def test_undo_goes_to_the_claim_and_redo_again(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(opened, "a", "r", "u")
        assert message(text).startswith("took back: ")
        assert "1 of 12 judged" in text
        text = played(opened, "U")
        assert message(text).startswith("redone: ")
        assert "2 of 12 judged" in text
        assert message(played(opened, "ctrl+r")) == "nothing was taken back"
        played(opened, "u", "u")
        assert message(played(opened, "u")) == "nothing to take back"
        assert in_force(opened.sitting.log) == ()


def test_a_flag_is_set_and_taken_off_without_going_on(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(opened, "f")
        assert "· F " in text
        text = played(opened, "f")
        assert "· F " not in text
        assert decisions(opened) == ["flag", "unflag"]
        assert len({review.claim for review in opened.sitting.log}) == 1


# -- blind, settling, others ------------------------------------------------------------------------------


def test_a_blind_reviewer_judges_before_the_machine_speaks(tmp_path: Path) -> None:
    with world(tmp_path, blind=True) as opened:
        text = played(opened)
        assert not any(word in text for word in ("SUP", "CON", "NEI", ".93", "machine SUPPORT"))
        assert text.count("··· ···") == 4
        text = played(opened, "a")
        assert message(text) == "judge it first: 1, 2 or 3"
        assert message(played(opened, "r")) == "judge it first: 1, 2 or 3"
        assert decisions(opened) == []
        claim = opened.sitting.queue()[0].claim
        machine = opened.sitting.judged(claim).by_others
        text = played(opened, "2")
        assert message(text).startswith(f"you: CONTRADICT; machine: {machine.label.value} ")
        (review,) = opened.sitting.log
        assert review.blind
        assert review.label is Label.CONTRADICT or review.machine is Label.CONTRADICT
        assert "1 of 12 judged" in text


def test_taking_a_blind_judgement_back_hides_the_verdict_again(tmp_path: Path) -> None:
    with world(tmp_path, blind=True) as opened:
        assert "machine" in played(opened, "1", "slash", "i", "s", "colon", "r", "e", "v", "enter")
        text = played(opened, "u")
        assert "hidden until you judge" in text
        assert text.count("··· ···") == 4


def test_two_sittings_at_once_see_each_other(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened, world(tmp_path, reviewer="Ben [b]") as other:
            async with playing(opened) as pilot:
                claim = main_screen(pilot).claim
                assert claim is not None
                other.sitting.decide(claim, "change", label=Label.SUPPORT, note="see [red]table 2[/red]")
                main_screen(pilot).look_again()
                await pilot.pause()
                text = look(pilot.app)
                assert "Ben [b] said SUPPORT" in text
                assert "see [red]table 2[/red]" in text
                await pilot.press("a", "k")
                main_screen(pilot).go_to(claim)
                await pilot.pause()
                assert "reviewers disagree" in look(pilot.app)
                assert "✓a !" in look(pilot.app)
                other.sitting.refresh()
                assert [one.state for one in other.sitting.others(claim)] == ["accepted"]

    asyncio.run(play())


def test_others_are_looked_at_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.tui.board.EVERY", 0.01)

    async def play() -> None:
        with world(tmp_path) as opened, world(tmp_path, reviewer="Ben") as other:
            async with playing(opened) as pilot:
                claim = main_screen(pilot).claim
                assert claim is not None
                other.sitting.decide(claim, "flag")
                for _ in range(200):
                    await pilot.pause(0.01)
                    if "Ben flagged it" in look(pilot.app):
                        return
                raise AssertionError("Ben's flag did not appear")

    asyncio.run(play())


def test_a_dispute_is_settled_by_a_label(tmp_path: Path) -> None:
    for name, label in (("Ann", Label.SUPPORT), ("Ben", Label.CONTRADICT)):
        with world(tmp_path, reviewer=name) as opened:
            claim = opened.sitting.report.judged[0].claim.id
            opened.sitting.decide(claim, "change", label=label)
    with world(tmp_path, settling=True) as opened:
        text = played(opened)
        assert "settling | 0 of 1 settled" in text
        assert "!x" in text
        assert "Ben said CONTRADICT" in text
        assert message(played(opened, "r")).startswith("to reject settles nothing")
        assert message(played(opened, "d")).startswith("to defer settles nothing")
        text = played(opened, "2")
        assert message(text) == "settled “Alpha obtains 84.…” as CONTRADICT - all done: q leaves"
        assert "1 of 1 settled" in text
        assert "■s" in text
        assert opened.sitting.consensus(claim).label is Label.CONTRADICT


# -- what can go wrong ------------------------------------------------------------------------------------


def test_an_error_is_a_line_and_the_review_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with world(tmp_path) as opened:
        whole = opened.store.append_reviews

        def refuse(*_: object, **__: object) -> None:
            raise StoreError("cannot write the store", remedy="set SYNTH_HOME to another folder")

        monkeypatch.setattr(opened.store, "append_reviews", refuse)
        text = played(opened, "a")
        assert message(text) == "cannot write the store - set SYNTH_HOME to another folder"
        assert "0 of 12 judged" in text
        for key in ("f", "u", "U", "1", "d"):
            assert "cannot write the store" in message(played(opened, key))
        monkeypatch.setattr(opened.store, "append_reviews", whole)
        assert "1 of 12 judged" in played(opened, "a")


def test_a_paper_that_is_gone_is_a_line(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        assert "beta.pdf is not at" in played(opened, "o")
        text = played(opened, "v")
        assert "1/2 contradicts beta.pdf, page 5" in text
        assert "1 for" in played(opened, "v", "escape")


def test_a_report_without_claims_is_an_empty_list(tmp_path: Path) -> None:
    from sample_report import empty

    with world(tmp_path, made=empty()) as opened:
        keys = [
            k
            for key in KEYS
            for k in key.keys.split(",")
            if key.action not in ("quit", "palette", "help", "aside")
        ]
        text = played(opened, *[key for key in keys if key not in ("i", "slash")])
        assert "0 of 0 judged" in text


# -- dialogs ------------------------------------------------------------------------------------------------


def test_a_note_is_written_and_kept(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(opened, "m", *"why", "ctrl+s")
        (review,) = opened.sitting.log
        assert (review.decision, review.note) == ("note", "why")
        assert "you noted" in text
        assert message(text) == "noted on “Removing the bidi…” - u takes it back"


def test_a_note_that_is_left_is_none(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        played(opened, "m", *"why", "escape")
        played(opened, "e", "escape")
        played(opened, "l", "escape")
        played(opened, "i", "escape")
        assert opened.sitting.log == ()


def test_a_passage_is_linked(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        text = played(opened, "l", *"nothing else", "enter", "2")
        (review,) = opened.sitting.log
        assert review.decision == "link"
        assert review.passage is not None
        assert review.passage.quote == "Nothing else is known of it."
        assert message(text) == "linked a passage to “Removing the bidi…” - u takes it back"


def test_help_is_shown_and_left(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        assert "accept: the machine's verdict is right" in played(opened, "question_mark", size=BROAD)
        assert "you  says p" in played(opened, "question_mark", "escape")


def test_the_palette_runs_the_same_actions(tmp_path: Path) -> None:
    async def play() -> None:
        with world(tmp_path) as opened:
            async with playing(opened, size=BROAD) as pilot:
                await pilot.press("ctrl+p", *"flag for repro")
                await pilot.pause(0.3)
                await pilot.press("enter")
                await pilot.pause(0.3)
                if not opened.sitting.log:
                    await pilot.press("enter")
                    await pilot.pause(0.3)
                assert decisions(opened) == ["flag"]

    asyncio.run(play())


# -- a terminal ---------------------------------------------------------------------------------------------

_REVIEW = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tui_world import decisions, main_screen, message, world
from synth.tui import run
with world(Path(sys.argv[1])) as opened:
    run(opened)
print("left")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_the_review_runs_on_a_terminal_that_answers_nothing(tmp_path: Path) -> None:
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    here = Path(__file__).parent
    environ = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(here.parent)}
    child = subprocess.Popen(
        [sys.executable, "-c", _REVIEW, str(tmp_path), str(here)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environ,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        _until(ours, "0 of 12 judged")
        os.write(ours, b"a")
        _until(ours, "accepted")
        os.write(ours, b"\x1a")
        assert os.WIFSTOPPED(os.waitpid(child.pid, os.WUNTRACED)[1])
        os.kill(child.pid, signal.SIGCONT)
        # the shell has written over it: what did not change has to be painted, too
        _until(ours, "1 of 12 judged")
        os.write(ours, b"q")
        _until(ours, "left")
        assert child.wait(60) == 0
    finally:
        child.kill()
        child.wait()
        os.close(ours)
    with world(tmp_path) as opened:
        assert decisions(opened) == ["accept"]


def _until(terminal: int, text: str) -> None:
    """Read what is drawn until ``text`` is among it; an answer that does not come within a minute fails."""
    drawn = ""
    while text not in drawn:
        assert select.select([terminal], [], [], 60)[0], f"{text!r} was not drawn: {drawn[-2000:]!r}"
        drawn += os.read(terminal, 65536).decode("utf-8", "replace")
