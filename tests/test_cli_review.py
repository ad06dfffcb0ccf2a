"""``synth review`` by options and on the screen: what is decided, printed, written; a line for each error."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from review_world import World, placed
from typed import Ran, Run, one_line, typed

from synth import reviews
from synth.pipeline.review import Open
from synth.records import Label
from synth.store import VERSION


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    return typed(capsys, monkeypatch, tmp_path)


@pytest.fixture
def world(home: Path, tmp_path: Path) -> World:
    return placed(home, tmp_path / "world")


# --- decisions by options


def test_a_claim_is_accepted_and_the_report_written_anew(run: Run, world: World) -> None:
    ran = run("review", world.bundle, "--claim", world.claims[0], "--accept", "--note", "read both")
    assert (ran.code, ran.out) == (0, f"{world.claims[0]}: accepts SUPPORT; note: read both\n")
    assert str(world.bundle / "report.md") in ran.err
    (review,) = world.log
    assert (review.reviewer, review.decision, review.note, review.machine) == (
        "ann",
        "accept",
        "read both",
        Label.SUPPORT,
    )
    lines = [json.loads(line) for line in (world.bundle / "claims.jsonl").read_text().splitlines()]
    assert [row["decision"] for row in lines[0]["reviews"]] == ["accept"]
    assert "ann" in (world.bundle / "report.md").read_text()
    assert run("check-record", world.bundle).code == 0


def test_every_kind_of_decision_goes_by_options_on_several_claims_at_once(run: Run, world: World) -> None:
    one, two, *_ = world.claims
    ran = run(
        *("review", world.bundle, "--claim", one, "--claim", two, "--claim", one, "--label", "c", "--flag"),
        *("--note", "see there", "--scope", "dataset=XNLI", "--scope", "language = German"),
        *("--link", "three  kinds of\nquestion", "--relation", "Support", "--reviewer", "Bo", "--json"),
    )
    assert ran.code == 0, ran.err
    assert [row["decision"] for row in ran.rows] == [
        *("change", "flag", "scope", "link"),
        *("accept", "flag", "scope", "link"),
    ]
    changed, _, scope, link = world.log[:4]
    assert (changed.label, changed.note, changed.reviewer) == (Label.CONTRADICT, "see there", "Bo")
    assert scope.scope == (("dataset", "XNLI"), ("language", "German"))
    assert link.passage is not None
    assert (link.passage.doc_id, link.passage.relation, link.passage.own_source) == (
        "beta.pdf",
        Label.SUPPORT,
        False,
    )
    assert {one.note for one in world.log if one.decision in ("flag", "scope", "link")} == {""}


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        (("--reject",), "reject"),
        (("--defer",), "defer"),
        (("--flag",), "flag"),
        (("--unflag",), "unflag"),
        (("--note", "hm"), "note"),
        (("--label", "NOT_ENOUGH_INFO"), "change"),
    ],
)
def test_one_option_is_one_decision(run: Run, world: World, words: tuple[str, ...], decision: str) -> None:
    assert run("review", world.bundle, "--claim", world.claims[0], *words, "-q").err == ""
    assert world.decided() == [("ann", decision, "1")]


def test_a_decision_that_cannot_be_made_on_one_claim_is_made_on_none(run: Run, world: World) -> None:
    said = one_line(run("review", world.bundle, *("--claim", world.claims[0]), "--claim", "c9", "--accept"))
    assert "the report judges no claim 'c9'" in said
    assert "--queue" in said
    words = ("--claim", world.claims[0], "--accept", "--link", "no such words", "--relation", "s")
    assert "no sentence of the papers holds “no such words”" in one_line(run("review", world.bundle, *words))
    assert world.log == ()


def test_words_in_several_sentences_are_counted_and_placed(run: Run, world: World) -> None:
    words = ("--link", "Attention helps tagging.", "--relation", "n")
    said = one_line(run("review", world.bundle, "--claim", world.claims[0], *words))
    assert "2 sentences hold “Attention helps tagging.”: alpha.pdf, beta.pdf - give more words" in said


def test_undo_and_redo_are_decisions_too(run: Run, world: World) -> None:
    run("review", world.bundle, "--claim", world.claims[1], "--label", "s")
    undone = run("review", world.bundle, "--undo")
    assert undone.out == f"taken back: {world.claims[1]}: says SUPPORT, the machine said CONTRADICT\n"
    assert "says SUPPORT" not in run("review", world.bundle, "--claim", world.claims[1]).out
    assert run("review", world.bundle, "--redo", "--json").rows[0]["label"] == "SUPPORT"
    assert [one.decision for one in world.log] == ["change", "withdraw", "withdraw"]
    assert list(reviews.faults(world.log)) == []
    assert "no decision that was taken back of ann" in one_line(run("review", world.bundle, "--redo"))
    assert "no decision in force of Bo" in one_line(run("review", world.bundle, "--undo", "--reviewer", "Bo"))


def test_nothing_decided_leaves_the_bundle_as_it_is(run: Run, world: World) -> None:
    for words in (("--queue",), ("--agreement",), ("--export", "-"), ("--claim", world.claims[0])):
        ran = run("review", world.bundle, *words)
        assert (ran.code, ran.err) == (0, "")
    assert [path.name for path in world.bundle.iterdir()] == ["manifest.json"]


# --- what is printed


def test_a_claim_is_told_in_lines_with_verdict_evidence_and_decisions(run: Run, world: World) -> None:
    run("review", world.bundle, "--claim", world.claims[1], "--reject", "--note", "no", "--reviewer", "Bo")
    said = run("review", world.bundle, "--claim", world.claims[1]).out
    assert "The machine, by other works: CONTRADICT, probability .81" in said
    assert "Evidence 1: contradicts (.81), other work, beta.pdf p. 5: “We saw no gain" in said
    assert "Bo, 20" in said
    assert ": rejects CONTRADICT; note: no" in said
    assert said == "".join(c for c in said if c.isprintable() or c == "\n")


def test_own_work_and_other_works_are_told_apart(run: Run, world: World) -> None:
    said = run("review", world.bundle, "--claim", world.claims[0]).out
    assert "Evidence 1: supports (.90), other work, beta.pdf p. 5: “We find" in said
    assert "Evidence 2: supports (.90), the claim's own work, alpha.pdf p. 6: “Alpha reaches" in said


def test_the_queue_says_what_is_next_why_and_how_many_are_left(run: Run, world: World) -> None:
    before = run("review", world.bundle, "--queue").out.splitlines()
    assert len(before) == 6
    assert before[-1] == "5 left"
    assert any("another work contradicts it" in line for line in before)
    first = before[0].split()[0]
    run("review", world.bundle, "--claim", first, "--accept")
    rows = run("review", world.bundle, "--queue", "--json").rows
    assert len(rows) == 4
    assert first not in [row["claim"] for row in rows]
    assert set(rows[0]) == {"claim", "reasons", "state", "text"}


def test_agreement_comes_with_interval_and_disagreements(run: Run, world: World) -> None:
    for name, labels in (("Ann", "sccs"), ("Bo", "scss")):
        for claim, label in zip(world.claims, labels, strict=False):
            run("review", world.bundle, "--claim", claim, "--label", label, "--reviewer", name, "-q")
    said = run("review", world.bundle, "--agreement").out
    assert "Ann and Bo: Cohen's kappa 0.50, 95 % interval" in said
    assert "4 claims, agreed on 75 %" in said
    assert "Disagreements: 1; settled: 0." in said
    assert "\nAnn: says CONTRADICT, the machine said SUPPORT" in said
    (row,) = run("review", world.bundle, "--agreement", "--json").rows
    assert row["pairs"][0]["kappa"] == pytest.approx(0.5)
    assert [one["claim"] for one in row["disagreements"]] == [world.claims[2]]
    settling = ("--reviewer", "Cy", "--settle", "--claim", world.claims[2], "--label", "n")
    settled = run("review", world.bundle, *settling)
    assert settled.out == f"{world.claims[2]}: settles it as NOT_ENOUGH_INFO\n"
    assert run("review", world.bundle, "--agreement", "--json").rows[0]["settled"] == [world.claims[2]]


# --- blind


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_blind_claim_hides_the_verdict_and_what_others_said(
    run: Run, world: World, words: tuple[str, ...]
) -> None:
    two = world.claims[1]
    run("review", world.bundle, "--claim", two, "--reject", "--reviewer", "Bo")
    blind = ("review", world.bundle, "--blind", "--claim", two, *words)
    hidden = run(*blind).out
    assert "We saw no gain in any of the fifteen languages." in hidden
    for said in ("CONTRADICT", "contradicts", ".81", "0.81", "Bo"):
        assert said not in hidden
    run("review", world.bundle, "--blind", "--claim", two, "--defer", "--flag")
    assert "CONTRADICT" not in run(*blind).out
    run("review", world.bundle, "--blind", "--claim", two, "--label", "s")
    assert "CONTRADICT" in run(*blind).out
    assert [one.blind for one in world.log] == [False, True, True, True]


def test_a_blind_decision_is_answered_with_the_machines_verdict(run: Run, world: World) -> None:
    refused = run("review", world.bundle, "--blind", "--claim", world.claims[1], "--accept")
    assert "is hidden: there is nothing to accept yet - state the label" in one_line(refused)
    ran = run("review", world.bundle, "--blind", "--claim", world.claims[1], "--label", "s")
    assert ran.out.splitlines()[1] == f"{world.claims[1]}: the machine says CONTRADICT .81"
    deferred = run("review", world.bundle, "--blind", "--claim", world.claims[0], "--defer", "--json")
    assert "SUPPORT" not in deferred.out


def test_a_blind_queue_and_a_blind_agreement_do_not_tell(run: Run, world: World) -> None:
    for name, label in (("Ann", "s"), ("Bo", "c")):
        run("review", world.bundle, "--claim", world.claims[1], "--label", label, "--reviewer", name)
    queue = run("review", world.bundle, "--blind", "--queue").out
    assert "contradict" not in queue
    agreement = run("review", world.bundle, "--blind", "--agreement", "--reviewer", "Cy").out
    assert "Reviewers: none yet." in agreement
    assert "Disagreements: 0" in agreement


# --- the screen


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Open], None]], None]:
    """Return what puts a function into the place of the screen, as on a terminal."""

    def use(sit: Callable[[Open], None]) -> None:
        for stream in ("stdin", "stdout"):
            monkeypatch.setattr(getattr(sys, stream), "isatty", lambda: True, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr("synth.tui.run", sit)

    return use


def test_on_a_terminal_the_screen_is_started_and_what_it_came_to_is_said(
    run: Run, world: World, tmp_path: Path, screen: Callable[[Callable[[Open], None]], None]
) -> None:
    run("review", world.bundle, "--claim", world.claims[2], "--reject", "--reviewer", "Bo")

    def sit(opened: Open) -> None:
        assert (opened.sitting.reviewer, opened.sitting.blind) == ("ann", True)
        for claim in world.claims[:3]:
            opened.sitting.decide(claim, "change", label=Label.SUPPORT)

    elsewhere = world.papers.rename(tmp_path / "elsewhere")
    screen(sit)
    ran = run("review", world.bundle, "--blind")
    assert [ran.out.splitlines()[0][:39], *ran.out.splitlines()[1:]] == [
        "3 claims judged in this sitting, 2 left",
        f"Reviewers disagree on 1 claim: synth review {world.bundle} --agreement",
        f"Report: {world.bundle / 'report.md'}",
    ]
    moved, written = ran.err.splitlines()
    assert "2 of 2 papers are not where they were read (alpha.pdf, beta.pdf)" in moved
    assert "--papers DIR" in moved
    assert "the report is written anew" in written
    screen(lambda _: None)
    assert run("review", world.bundle, "--papers", elsewhere).err == ""


def test_a_screen_left_without_a_decision_writes_nothing(
    run: Run, world: World, screen: Callable[[Callable[[Open], None]], None]
) -> None:
    screen(lambda _: None)
    assert "0 claims judged in this sitting, 5 left." in run("review", world.bundle).out
    assert [path.name for path in world.bundle.iterdir()] == ["manifest.json"]


def test_ctrl_c_on_the_screen_writes_the_report_of_what_was_decided(
    run: Run, world: World, screen: Callable[[Callable[[Open], None]], None]
) -> None:
    def sit(opened: Open) -> None:
        opened.sitting.decide(world.claims[0], "accept")
        raise KeyboardInterrupt

    screen(sit)
    ran = run("review", world.bundle)
    assert ran.code == 2
    assert "what was done is kept" in ran.err
    assert "ann" in (world.bundle / "report.md").read_text()


def test_a_terminal_that_can_do_nothing_gets_no_screen(
    run: Run,
    world: World,
    screen: Callable[[Callable[[Open], None]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen(lambda _: None)
    monkeypatch.setenv("TERM", "dumb")
    assert "the screen needs a terminal - use --plain" in one_line(run("review", world.bundle))


# --- what makes no sense


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--claim", "c1", "--accept", "--reject"), "--accept and --reject exclude each other"),
        (("--claim", "c1", "--defer", "--label", "s"), "--defer and --label exclude each other"),
        (("--claim", "c1", "--flag", "--unflag"), "--flag and --unflag exclude each other"),
        (("--queue", "--agreement"), "--queue and --agreement exclude each other"),
        (("--claim", "c1", "--undo"), "--claim and --undo exclude each other"),
        (("--blind", "--settle"), "--blind and --settle exclude each other"),
        (("--accept",), "needs its claim - name it with --claim ID"),
        (("--undo", "--note", "x"), "needs its claim"),
        (("--claim", "c1", "--link", "x"), "--link needs --relation"),
        (("--claim", "c1", "--relation", "s"), "--relation needs --link"),
        (("--claim", "c1", "--label", "maybe"), "'maybe' is no label - SUPPORT"),
        (("--claim", "c1", "--scope", "XNLI"), "'XNLI' is no condition"),
        (("--export", "-", "--blind"), "--blind does nothing with --export"),
        (("--undo", "--settle"), "--settle does nothing with --undo"),
        (("--queue", "--papers", "x"), "--papers does nothing with --queue"),
        (("--plain", "--json"), "--json does nothing with --plain"),
        (("--json",), "--json does nothing on the screen"),
        ((), "the screen needs a terminal - use --plain"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(
    run: Run, world: World, words: tuple[str, ...], said: str
) -> None:
    assert said in one_line(run("review", world.bundle, *words))
    assert world.log == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--accept", "--note", "x" * 4001), "a note is longer than 4,000 characters"),
        (("--note", ""), "to note lacks what it is about"),
        (("--scope", "a=1", "--scope", "a=2"), "a scope is names with a value each"),
        (("--link", " ", "--relation", "s"), "--link has no words"),
        (("--settle", "--accept"), "there is nothing to settle"),
        (("--settle", "--reject"), "to reject settles nothing"),
        (("--reviewer", "\x1b"), "'' is no reviewer's name"),
        (("--reviewer", "!!"), "is no reviewer's name - give one with --reviewer"),
    ],
)
def test_decisions_that_make_no_sense_are_one_line(
    run: Run, world: World, words: tuple[str, ...], said: str
) -> None:
    assert said in one_line(run("review", world.bundle, "--claim", world.claims[0], *words))
    assert world.log == ()


def test_the_reviewer_is_the_flags_then_the_settings_then_the_account(
    run: Run, world: World, tmp_path: Path
) -> None:
    flag = ("review", world.bundle, "--claim", world.claims[0], "--flag")
    run(*flag)
    (tmp_path / "synth.toml").write_text('reviewer = "Dr. Set"\n')
    run(*flag)
    run(*flag, "--reviewer", "Bo")
    assert [one.reviewer for one in world.log] == ["ann", "Dr. Set", "Bo"]


def test_an_account_without_a_name_is_asked_for_one(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert "who reviews? - give a name with --reviewer" in one_line(run("review", world.bundle, "--queue"))


# --- what is not there, not known, not writable


def test_a_folder_that_is_no_report_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "manifest.json" in one_line(run("review", tmp_path / "empty", "--queue"))
    assert "lost" in one_line(run("review", tmp_path / "lost", "--queue"))


def test_a_report_that_this_store_does_not_know_is_one_line(
    run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "fresh"))
    said = one_line(run("review", world.bundle, "--queue"))
    assert f"the report in {world.bundle} is not in the store here - ask its question again" in said


def test_a_store_of_a_newer_version_is_one_line(run: Run, world: World, home: Path) -> None:
    with sqlite3.connect(home / "synth.db") as database:
        database.execute(f"pragma user_version = {VERSION + 1}")
    database.close()
    said = one_line(run("review", world.bundle, "--claim", world.claims[0], "--accept"))
    assert "written by a newer synth" in said
    assert "update synth" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_or_a_bundle_that_cannot_be_written_is_one_line(run: Run, world: World, home: Path) -> None:
    words = ("review", world.bundle, "--claim", world.claims[0], "--accept")
    world.bundle.chmod(0o555)
    assert f"cannot write {world.bundle}" in one_line(run(*words))
    world.bundle.chmod(0o755)
    for path in (*home.iterdir(), home):
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert "SYNTH_HOME" in one_line(run(*words))
    for path in (home, *home.iterdir()):
        path.chmod(0o755)
    assert world.log == ()


def test_a_report_that_cannot_be_written_anew_says_that_the_decision_is_kept(run: Run, world: World) -> None:
    (world.bundle / "report.md" / "in the way").mkdir(parents=True)
    ran = run("review", world.bundle, "--claim", world.claims[0], "--accept")
    assert ran.code == 2
    assert "what was decided is kept, but the report was not written anew: cannot write" in ran.err
    assert len(world.log) == 1


def test_typing_ctrl_c_keeps_what_was_decided(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("synth.pipeline.review.put", stop)
    ran = run("review", world.bundle, "--claim", world.claims[0], "--accept")
    assert ran.code == 2
    assert "what was done is kept" in ran.err
    assert len(world.log) == 1


def test_help_names_every_way(run: Run) -> None:
    ran: Ran = run("review", "--help")
    assert ran.code == 0
    for option in ("--plain", "--blind", "--settle", "--export", "--import", "--undo", "--link", "--queue"):
        assert option in ran.out
