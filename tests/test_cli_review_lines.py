"""``synth review --export`` and ``--import`` as typed: what goes round, what is refused, what is written."""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from review_world import World, placed
from typed import Run, one_line, typed

from synth import reviews
from synth.formats import review_lines
from synth.records import Review


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    return typed(capsys, monkeypatch, tmp_path)


@pytest.fixture
def world(home: Path, tmp_path: Path) -> World:
    return placed(home, tmp_path / "world")


def test_what_a_killed_writer_left_is_swept_and_nothing_else(run: Run, world: World) -> None:
    left = world.bundle / ".synth-killed"
    left.mkdir()
    (left / "report.md").write_text("half")
    mine = world.bundle / "mine"
    mine.mkdir()
    (world.bundle / ".synth-link").symlink_to(mine)
    run("review", world.bundle, "--claim", world.claims[0], "--accept")
    assert not left.exists()
    assert mine.is_dir()
    assert (world.bundle / ".synth-link").is_symlink()


def as_stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_an_export_imports_elsewhere_as_it_was_and_a_second_time_adds_nothing(
    run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("review", world.bundle, "--claim", world.claims[0], "--accept", "--flag", "--note", "ü “both”")
    run("review", world.bundle, "--undo")
    out = tmp_path / "decisions.jsonl"
    assert run("review", world.bundle, "--export", out).out == f"{out}: 3 decisions\n"
    assert run("review", world.bundle, "--export", "-").out == out.read_text()
    before = world.log

    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "elsewhere"))
    other = placed(tmp_path / "elsewhere", tmp_path / "other")
    ran = run("review", other.bundle, "--import", out, "--reviewer", "Bo")
    assert (ran.code, ran.out) == (0, f"{out}: 3 decisions added, 0 known before\n")
    assert other.log == before
    assert "report.md" in ran.err
    as_stdin(monkeypatch, out.read_text())
    again = run("review", other.bundle, "--import", "-", "--json")
    assert again.rows == [{"added": 0, "known": 3, "foreign": 0}]
    assert again.err == ""


def test_the_claims_file_of_a_bundle_brings_its_trail(
    run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("review", world.bundle, "--claim", world.claims[0], "--accept", "--flag", "--note", "ü “both”")
    run("review", world.bundle, "--claim", world.claims[1], "--reject", "--reviewer", "Bo")
    run("review", world.bundle, "--undo")
    before, written = world.log, world.bundle / "claims.jsonl"

    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "elsewhere"))
    other = placed(tmp_path / "elsewhere", tmp_path / "other")
    ran = run("review", other.bundle, "--import", written, "--reviewer", "Cy")
    assert (ran.code, ran.out) == (0, f"{written}: 4 decisions added, 0 known before\n")
    assert reviews.ordered(other.log) == reviews.ordered(before)
    assert (other.bundle / "claims.jsonl").read_bytes() == written.read_bytes()


@pytest.mark.parametrize("held", ["1", "[1]", '[{"claim": "c1", "decision": "accept"}]', '"v1"'])
def test_a_claims_file_with_reviews_that_are_none_is_one_line(
    run: Run, world: World, tmp_path: Path, held: str
) -> None:
    file = tmp_path / "claims.jsonl"
    file.write_text(f'{{"id": "c1", "reviews": {held}}}\n')
    assert "line 1: its reviews are none" in one_line(run("review", world.bundle, "--import", file))
    assert world.log == ()


def test_a_line_without_an_id_is_decided_now(run: Run, world: World, tmp_path: Path) -> None:
    asked = tmp_path / "asked.jsonl"
    rows = [
        {"claim": world.claims[0], "decision": "change", "label": "CONTRADICT", "note": "p. 4"},
        {"claim": world.claims[1], "decision": "flag"},
    ]
    asked.write_text("\n".join(json.dumps(row) for row in rows))
    assert "2 decisions added" in run("review", world.bundle, "--import", asked, "--reviewer", "Bo").out
    assert world.decided() == [("Bo", "change", "1"), ("Bo", "flag", "2")]


def test_what_cannot_be_shown_is_exported_so_that_ids_still_fit(run: Run, world: World) -> None:
    words = ("--link", "a turn", "--relation", "s")
    assert run("review", world.bundle, "--claim", world.claims[1], *words).code == 0
    out = run("review", world.bundle, "--export", "-").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    (row,) = [json.loads(line) for line in out.splitlines()]
    made = review_lines.review(row, where="here")
    assert reviews.sealed(made).id == made.id


def exported(world: World, run: Run) -> dict[str, object]:
    run("review", world.bundle, "--claim", world.claims[0], "--accept", "--reviewer", "Bo", "-q")
    row: dict[str, object] = json.loads(run("review", world.bundle, "--export", "-").out)
    return row


def sealed(row: dict[str, object], **changes: str) -> str:
    made: Review = replace(review_lines.review(row, where="here"), **changes)  # type: ignore[arg-type]
    return json.dumps(review_lines.row(reviews.sealed(made)))


def test_lines_that_do_not_hold_are_refused_all_together(run: Run, world: World, tmp_path: Path) -> None:
    row = exported(world, run)
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="microseconds")
    wrong = {
        "line 2": '{"claim": "c1", ',
        "does not fit its content": json.dumps(row | {"id": "v" + "0" * 32, "note": "other"}),
        "follows one that is missing": sealed(row, after="v" + "0" * 32, reviewer="Cy"),
        "of another question": sealed(row, question="q" + "0" * 16),
        "in the future": sealed(row, at=soon),
        "the report judges no claim": json.dumps({"claim": "c9", "decision": "accept"}),
        "lacks what it is about": json.dumps({"claim": world.claims[0], "decision": "note"}),
        "cannot read": "\udcff",
    }
    file = tmp_path / "in.jsonl"
    good = sealed(row, reviewer="Dee")
    for said, line in wrong.items():
        file.write_bytes(f"{good}\n{line}\n".encode("utf-8", "surrogateescape"))
        heard = one_line(run("review", world.bundle, "--import", file))
        assert said in heard, (said, heard)
        assert "Dee" not in [one.reviewer for one in world.log]
    assert "cannot read" in one_line(run("review", world.bundle, "--import", tmp_path / "lost"))


def test_an_import_on_claims_that_the_report_has_not_is_kept_and_exits_with_1(
    run: Run, world: World, tmp_path: Path
) -> None:
    row = exported(world, run)
    file = tmp_path / "in.jsonl"
    file.write_text(sealed(row, claim="c" + "9" * 16, reviewer="Dee"))
    ran = run("review", world.bundle, "--import", file)
    assert ran.code == 1
    assert "1 decision added, 0 known before, 1 of them on claims that the report has not" in ran.out
    assert run("review", world.bundle, "--queue", "--reviewer", "Dee").code == 0


def test_an_export_is_written_whole_and_follows_no_link(run: Run, world: World, tmp_path: Path) -> None:
    exported(world, run)
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("mine")
    link.symlink_to(target)
    assert "is a link" in one_line(run("review", world.bundle, "--export", link))
    assert target.read_text() == "mine"
    assert "is no plain file" in one_line(run("review", world.bundle, "--export", tmp_path))
    os.mkfifo(tmp_path / "pipe")
    assert "is no plain file" in one_line(run("review", world.bundle, "--export", tmp_path / "pipe"))
    assert "cannot write" in one_line(run("review", world.bundle, "--export", tmp_path / "no" / "file"))
    assert run("review", world.bundle, "--export", target, "--json").rows == [
        {"file": str(target), "decisions": 1}
    ]
    assert not list(tmp_path.glob(".synth-*"))
