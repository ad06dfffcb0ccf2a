"""``synth review --plain``: answers piped in, lines of words out, decisions in the store."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from review_world import World, placed
from typed import Ran, typed

from synth import reviews
from synth.config import Config
from synth.pipeline.review import review
from synth.records import Label
from synth.tui import viewer

Talk = Callable[..., Ran]


@pytest.fixture
def world(home: Path, tmp_path: Path) -> World:
    return placed(home, tmp_path / "world")


@pytest.fixture
def talk(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, world: World
) -> Talk:
    """Return what holds a plain sitting with these answers, a line each."""
    run = typed(capsys, monkeypatch, tmp_path)

    def go(*answers: str, options: tuple[str, ...] = ()) -> Ran:
        piped = "".join(f"{one}\n" for one in answers).encode("utf-8", "surrogateescape")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped), encoding="utf-8"))
        named = () if "--reviewer" in options else ("--reviewer", "Ann")
        return run("review", world.bundle, "--plain", *named, *options)

    return go


def first_of(said: str) -> list[str]:
    """Return the ids of the claims in the order in which they were read out."""
    return [
        line.rpartition(", id ")[2].rstrip(".") for line in said.splitlines() if line.startswith("From: ")
    ]


def test_claims_are_read_out_in_lines_of_words(talk: Talk, world: World) -> None:
    ran = talk("q")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[1] == "You review as Ann. ? for help, q to end."
    assert lines[3] == "Claim 2 of the report's 5; 5 left."
    assert lines[4].startswith("It comes now because: another work contradicts it;")
    assert lines[5].startswith("Claim: On the long benchmark")
    assert lines[6].startswith("From: alpha.pdf, “Alpha networks for reading”, page 3")
    assert "The machine, by other works: CONTRADICT, probability .81 (SUPPORT .09" in ran.out
    assert "Evidence 1: contradicts (.81), other work, beta.pdf p. 5: “We saw no gain" in ran.out
    assert "0 claims judged in this sitting, 5 left." in ran.out
    assert f"Report: {world.bundle / 'report.md'}" in ran.out
    assert all(c.isprintable() or c == "\n" for c in ran.out)
    assert not set(ran.out) & set("─│┃━█▌╭╰")


def test_a_whole_review_is_answered_and_the_report_written_anew_once(talk: Talk, world: World) -> None:
    ran = talk("accept", "r the number is of another table", "1", "contradict", "3 neither says it")
    assert ran.code == 0
    assert sorted(n for _, _, n in world.decided()) == ["1", "2", "3", "4", "5"]
    decisions = [(one.decision, one.label, one.note) for one in world.log]
    assert decisions[0] == ("accept", None, "")
    assert decisions[1] == ("reject", None, "the number is of another table")
    assert {one.note for one in world.log[2:]} == {"", "neither says it"}
    assert "Nothing is left to judge." in ran.out
    assert "5 claims judged in this sitting, nothing left." in ran.out
    assert ran.err.count("the report is written anew") == 1
    assert list(reviews.faults(world.log)) == []
    assert "the report is written anew" not in talk().err


def test_a_sitting_goes_on_where_the_last_one_ended(talk: Talk, world: World) -> None:
    one = first_of(talk("a").out)
    two = first_of(talk("a").out)
    assert one[1] == two[0]
    assert [r.claim for r in world.log] == [one[0], two[0]]


def test_undo_goes_back_to_the_claim_and_redo_makes_it_stand(talk: Talk, world: World) -> None:
    ran = talk("1", "u", "U", "q")
    shown = first_of(ran.out)
    assert shown == [shown[0], shown[1], shown[0], shown[0]]
    assert "Taken back: says SUPPORT, the machine said CONTRADICT." in ran.out
    assert "Stands again: says SUPPORT" in ran.out
    assert [one.decision for one in world.log] == ["change", "withdraw", "withdraw"]
    assert "There is nothing to take back." in talk("u", options=("--reviewer", "Bo")).out


def test_skip_and_back_move_without_deciding_and_skipped_claims_come_round(talk: Talk, world: World) -> None:
    shown = first_of(talk("b", "k", "next", "b", "n", "skip", "k", "k").out)
    assert shown[3] == shown[1]
    assert set(shown) == set(world.claims)
    assert world.log == ()


def test_deferred_claims_come_last(talk: Talk, world: World) -> None:
    shown = first_of(talk("d", "a", "a", "a", "a", "a").out)
    assert shown[0] == shown[5]
    assert world.log[0].decision == "defer"
    assert len({one.claim for one in world.log if one.decision == "accept"}) == 5


def test_flag_note_and_scope_stay_on_the_claim(talk: Talk, world: World) -> None:
    ran = talk("f", "f", "m", "see table 3", "m", "", "e", "dataset=XNLI; language = German", "e none", "")
    assert len(set(first_of(ran.out))) == 1
    assert [one.decision for one in world.log] == ["flag", "unflag", "note", "scope", "scope"]
    assert world.log[2].note == "see table 3"
    assert [one.scope for one in world.log[3:]] == [(("dataset", "XNLI"), ("language", "German")), ()]
    assert "No note." in ran.out


def test_a_sentence_is_found_by_words_and_linked(talk: Talk, world: World) -> None:
    ran = talk(
        "l", "attention TAGGING", "2", "1", "l no such words", "l attention", "9", "l tagging", "1", "x"
    )
    assert "2 sentences with these words:" in ran.out
    assert "2: beta.pdf: “Attention helps tagging.”" in ran.out
    assert "No sentence of the papers has all these words." in ran.out
    assert ran.out.count("Nothing is linked.") == 2
    (link,) = world.log
    assert link.passage is not None
    assert (link.passage.doc_id, link.passage.relation) == ("beta.pdf", Label.SUPPORT)


def test_what_is_no_answer_or_makes_no_sense_is_a_line_and_the_talk_goes_on(talk: Talk, world: World) -> None:
    ran = talk("x[bold]y", "e dataset", "p 7", "o 7", "m " + "x" * 4001, "o", "a")
    assert ran.code == 0
    assert "“x[bold]y” is no answer here; ? lists them." in ran.out
    assert "a scope is names with a value each" in ran.out
    assert "there is no evidence 7" in ran.out
    assert "a note is longer than 4,000 characters" in ran.out
    assert [one.decision for one in world.log] == ["accept"]


def test_hostile_words_of_papers_can_neither_style_nor_add_lines(talk: Talk) -> None:
    ran = talk("k", "k", "k", "k", "l tag")
    assert "A [bold]tag[/bold] and [2J a turn." in ran.out
    assert "\x1b" not in ran.out
    assert not any(line.startswith("| a | b |") for line in ran.out.splitlines())


def test_passages_are_read_in_full_on_demand(talk: Talk) -> None:
    said = talk("p 1", "q").out
    assert "Passage of evidence 1, beta.pdf p. 5: " in said
    assert "Passage of evidence 2" not in said
    assert "Passage of evidence 2" in talk("p").out


def test_the_pdf_is_opened_at_the_page_of_claim_or_evidence(
    talk: Talk, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[tuple[str, int | None, str]] = []

    def open_at(path: Path, *, page: int | None, command: str) -> str:
        opened.append((path.name, page, command))
        return f"opened {path.name}"

    monkeypatch.setattr(viewer, "open_at", open_at)
    (tmp_path / "synth.toml").write_text('viewer = "show {file}"\n')
    assert "opened beta.pdf" in talk("o", "o 1").out
    assert opened == [("alpha.pdf", 3, "show {file}"), ("beta.pdf", 5, "show {file}")]
    (world.papers / "alpha.pdf").unlink()
    ran = talk("o", "q")
    assert "alpha.pdf is not at" in ran.out
    assert "1 of 2 papers are not where they were read (alpha.pdf)" in ran.err


def test_blind_hides_as_the_screen_does_until_a_label_is_given(talk: Talk, world: World) -> None:
    talk("2", "2", "2", "2", "2", options=("--reviewer", "Bo"))
    ran = talk("a", "r", "k", "q", options=("--blind",))
    for told in ("SUPPORT", "CONTRADICT", "supports (", "contradicts (", "Bo,", "disagree"):
        assert told not in ran.out, told
    assert ran.out.count("is hidden: there is nothing to") == 2
    ran = talk("1", options=("--blind",))
    assert "You: says SUPPORT" in ran.out or "You: accepts SUPPORT" in ran.out
    assert ran.out.index("You: ") < ran.out.index("The machine, by other works: ")
    assert world.log[-1].blind


def test_a_settling_sitting_reads_what_each_said_and_a_label_settles(talk: Talk, world: World) -> None:
    talk("1", options=("--reviewer", "Ann"))
    talk("2 the table says so", options=("--reviewer", "Bo"))
    settle = ("--settle", "--reviewer", "Cy")
    ran = talk("r", "d", "i", "3", options=settle)
    assert first_of(ran.out)[0] == world.log[0].claim
    assert "Ann, 20" in ran.out
    assert "Bo, 20" in ran.out
    assert "note: the table says so" in ran.out
    assert "The reviewers together: disputed." in ran.out
    assert "to reject settles nothing" in ran.out
    assert "to defer settles nothing" in ran.out
    assert "Disagreements: 1; settled: 0." in ran.out
    assert (world.log[-1].decision, world.log[-1].label) == ("settle", Label.NOT_ENOUGH_INFO)
    assert "1 claim judged in this sitting, nothing left." in ran.out
    assert "Nothing is left to judge." in talk("a", options=settle).out


def test_help_names_every_answer(talk: Talk) -> None:
    said = talk("?").out
    for word in ("accept", "reject", "support", "defer", "flag", "note", "scope", "link", "undo", "quit"):
        assert word in said


def test_answers_that_are_no_utf_8_end_it_and_what_was_decided_is_in_the_report(
    talk: Talk, world: World
) -> None:
    # what cannot be read comes in a later piece of the input than the decision
    ran = talk("a", "m " + "x" * 9_000, "\udcff", "a")
    assert ran.code == 2
    assert "the answers are no UTF-8" in ran.err
    assert [one.decision for one in world.log] == ["accept"]
    assert (world.bundle / "report.md").is_file()


def test_ctrl_c_writes_the_report_of_what_was_decided(
    talk: Talk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("synth.cli.claim_words.agreement_lines", stop)
    ran = talk("a", "i")
    assert ran.code == 2
    assert "what was done is kept" in ran.err
    assert (world.bundle / "report.md").is_file()
    assert len(world.log) == 1


def test_what_another_decides_meanwhile_is_told_with_the_next_claim(
    talk: Talk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = world.claims[1]

    class Meanwhile(io.StringIO):
        def readline(self, *_: object) -> str:
            if not world.log:
                with review(world.bundle, config=Config(home=world.home), reviewer="Bo") as opened:
                    opened.sitting.decide(two, "reject", note="wrong table")
            return super().readline()

    def answers(*_: object, **__: object) -> io.StringIO:
        return Meanwhile("\nq\n")

    monkeypatch.setattr(io, "TextIOWrapper", answers)
    _, before, after = talk().out.split("Claim 2 of the report's 5")
    assert "Bo, 20" not in before
    assert "rejects CONTRADICT; note: wrong table" in after
