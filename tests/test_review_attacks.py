"""Attacks on reviews: names that look alike, edited exports, blind eyes, bundles cut off half-way."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from review_world import SENTENCES, World, placed
from typed import Run, one_line, typed

from synth import reviews
from synth.config import Config
from synth.errors import OutputError, StoreError
from synth.formats import review_lines
from synth.pipeline import review as reviewing
from synth.pipeline.kept import marked
from synth.pipeline.naming import MOST_REVIEWERS
from synth.pipeline.targets import _report, flagged
from synth.records import Evidence, Judged, Label, Probabilities, Report, Review, Synthesis, Verdict
from synth.store import _plainly, open_store


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    return typed(capsys, monkeypatch, tmp_path)


@pytest.fixture
def world(home: Path, tmp_path: Path) -> World:
    return placed(home, tmp_path / "world")


def sealed(
    world: World, *, reviewer: str = "Bo", after: str = "", minute: int = 0, **values: object
) -> Review:
    """Return an acceptance of the first claim as one of another store would come."""
    made = Review(
        claim=world.claims[0],
        reviewer=reviewer,
        at=datetime(2026, 5, 1, 8, minute, tzinfo=UTC).isoformat(timespec="microseconds"),
        decision="accept",
        machine=Label.SUPPORT,
        question=world.report.question.id,
        after=after,
    )
    return reviews.sealed(replace(made, **values))  # type: ignore[arg-type]


def written(path: Path, *rows: Review | dict[str, object]) -> Path:
    lines = [json.dumps(review_lines.row(row) if isinstance(row, Review) else row) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


# --- names


ALIKE = {
    "a soft hyphen": "A\u00adnn",
    "a joiner": "Ann\u200d",
    "a selector of variants": "Ann\ufe0f",
    "a Cyrillic letter": "\u0410nn",
    "wide letters": "\uff21nn",
}


@pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE)
def test_a_new_name_that_looks_like_a_known_one_decides_and_imports_nothing(
    run: Run, world: World, tmp_path: Path, name: str
) -> None:
    decide = ("review", world.bundle, "--claim", world.claims[0], "--accept", "--reviewer")
    assert run(*decide, "Ann").code == 0
    heard = one_line(run(*decide, name))
    assert "easily taken for that of Ann" in heard
    file = written(tmp_path / "in.jsonl", sealed(world), sealed(world, reviewer=name))
    heard = one_line(run("review", world.bundle, "--import", file, "--reviewer", "Ann"))
    assert "line 2: the reviewer's name looks like that of Ann" in heard
    assert [one.reviewer for one in world.log] == ["Ann"]


def test_two_new_names_in_one_file_may_not_look_alike_either(run: Run, world: World, tmp_path: Path) -> None:
    file = written(tmp_path / "in.jsonl", sealed(world, reviewer="Cara"), sealed(world, reviewer="\u0421ara"))
    assert "looks like that of Cara" in one_line(run("review", world.bundle, "--import", file))
    assert world.log == ()


def test_capitals_alone_make_no_second_reviewer_but_who_only_looks_may(run: Run, world: World) -> None:
    run("review", world.bundle, "--claim", world.claims[0], "--accept", "--reviewer", "Ann")
    assert '--reviewer "Ann"' in one_line(run("review", world.bundle, "--claim", world.claims[1], "--defer"))
    assert run("review", world.bundle, "--queue").code == 0


def test_both_of_two_known_names_may_go_on(run: Run, world: World, tmp_path: Path) -> None:
    file = written(tmp_path / "in.jsonl", sealed(world, reviewer="Ann"), sealed(world, reviewer="ANN"))
    assert run("review", world.bundle, "--import", file, "--reviewer", "Cy").code == 0
    for name in ("Ann", "ANN"):
        done = run("review", world.bundle, "--claim", world.claims[1], "--accept", "--reviewer", name)
        assert done.code == 0


def test_one_name_typed_in_two_ways_is_one_reviewer(run: Run, world: World) -> None:
    for name in ("Ren\u00e9 X", "Rene\u0301  X", " Ren\u00e9 X "):
        run("review", world.bundle, "--claim", world.claims[0], "--accept", "--reviewer", name)
    assert {one.reviewer for one in world.log} == {"Ren\u00e9 X"}
    assert len(world.log) == 3


def test_an_option_is_not_taken_for_a_name(run: Run, world: World) -> None:
    ran = run("review", world.bundle, "--claim", world.claims[0], "--accept", "--reviewer", "--flag")
    assert "is no reviewer's name" in one_line(ran)
    assert world.log == ()


# --- imports


def test_what_was_made_elsewhere_and_what_is_decided_here_are_taken_together_or_not_at_all(
    world: World,
) -> None:
    lines = [
        json.dumps(review_lines.row(sealed(world))),
        json.dumps({"claim": world.claims[1], "decision": "accept"}),
        json.dumps({"claim": world.claims[2], "decision": "accept"}),
    ]
    ticks = iter([datetime(2026, 6, 1, tzinfo=UTC)] * 2)
    config = Config(home=world.home)
    # one tick for the sitting, one for the second line: the clock stops at the last
    with (
        pytest.raises((StopIteration, RuntimeError)),
        reviewing.review(world.bundle, config=config, reviewer="Ann", clock=lambda: next(ticks)) as opened,
    ):
        reviewing.imported(opened, lines, name="in.jsonl")
    assert world.log == ()


def test_a_known_decision_that_was_edited_is_refused_and_not_passed_over(
    run: Run, world: World, tmp_path: Path
) -> None:
    run("review", world.bundle, "--claim", world.claims[0], "--accept", "--note", "mine")
    row = review_lines.row(world.log[0]) | {"note": "yours"}
    ran = run("review", world.bundle, "--import", written(tmp_path / "in.jsonl", row))
    assert "line 1: the decision by ann was changed after it was made" in one_line(ran)


@pytest.mark.parametrize(("quote", "code"), [(SENTENCES["alpha.pdf"][1], 0), ("No paper says this.", 2)])
def test_a_linked_passage_must_hold_the_words(
    run: Run, world: World, tmp_path: Path, quote: str, code: int
) -> None:
    paper = next(p for p in world.report.papers if p.file == "alpha.pdf")
    linked = Evidence(
        doc_id=paper.doc_id,
        paper=paper.id,
        passage=f"s{paper.id[1:]}",
        sentence=1,
        start=0,
        quote=quote,
        spans=(),
        relation=Label.SUPPORT,
        score=1.0,
    )
    file = written(tmp_path / "in.jsonl", sealed(world, decision="link", passage=linked))
    ran = run("review", world.bundle, "--import", file)
    assert ran.code == code
    assert len(world.log) == (code == 0)


def test_a_gap_is_named_by_the_line_of_the_file(run: Run, world: World, tmp_path: Path) -> None:
    one = sealed(world)
    two = sealed(world, after=one.id, minute=1)
    three = sealed(world, after=two.id, minute=2)
    ran = run("review", world.bundle, "--import", written(tmp_path / "in.jsonl", one, three))
    assert "line 2: the decision by Bo (accept) follows one that is missing" in one_line(ran)


def test_a_blind_import_cannot_ask_whether_others_disagree(run: Run, world: World, tmp_path: Path) -> None:
    settle: dict[str, object] = {"claim": world.claims[0], "decision": "settle", "label": "SUPPORT"}
    file = written(tmp_path / "in.jsonl", settle)
    quiet = one_line(run("review", world.bundle, "--import", file, "--blind"))
    for name, label in (("Bo", "s"), ("Cy", "c")):
        run("review", world.bundle, "--claim", world.claims[0], "--label", label, "--reviewer", name)
    assert one_line(run("review", world.bundle, "--import", file, "--blind")) == quiet


# --- blind


def test_who_saw_the_verdict_is_not_blind_again_by_taking_back(run: Run, world: World) -> None:
    judge = ("review", world.bundle, "--claim", world.claims[0], "--blind", "--label")
    assert "the machine says SUPPORT" in run(*judge, "c").out
    run("review", world.bundle, "--undo")
    assert "the machine says SUPPORT" in run(*judge, "s").out
    assert [(one.decision, one.blind) for one in world.log] == [
        ("change", True),
        ("withdraw", False),
        ("accept", False),
    ]


def test_who_put_it_off_unseen_is_blind_still(run: Run, world: World) -> None:
    run("review", world.bundle, "--claim", world.claims[0], "--blind", "--defer")
    run("review", world.bundle, "--claim", world.claims[0], "--blind", "--label", "s")
    assert [one.blind for one in world.log] == [True, True]


def turned(verdict: Verdict) -> Verdict:
    """Return a verdict that says something else of the same sentences, in another order."""
    turn = {Label.SUPPORT: Label.CONTRADICT, Label.CONTRADICT: Label.SUPPORT}
    evidence = tuple(
        replace(e, relation=turn.get(e.relation, Label.SUPPORT), score=1.0 - e.score / 2)
        for e in reversed(verdict.evidence)
    )
    label = evidence[0].relation if evidence else Label.NOT_ENOUGH_INFO
    p = dict.fromkeys(Label, 0.01) | {label: 0.98}
    return replace(
        verdict,
        label=label,
        probabilities=Probabilities(*(p[one] for one in Label)),
        evidence=evidence,
        reasons=("turned",),
        mixed=not verdict.mixed,
    )


def turned_report(report: Report) -> Report:
    def other(one: Judged) -> Judged:
        return replace(one, by_others=turned(one.by_others), by_own=turned(one.by_own))

    said: Synthesis = replace(report.synthesis, findings=(), disagreements=())
    return marked(replace(report, judged=tuple(other(one) for one in report.judged), synthesis=said))


BLIND: tuple[tuple[str, ...], ...] = (
    ("--queue",),
    ("--queue", "--json"),
    ("--agreement",),
    ("--agreement", "--json"),
    ("--plain",),
)
TALK = "?\np\np 1\ni\na\nr\nb\nu\nk\nf\nm a note\nd\n\nk\nk\np 2\nf\nf\nu\nU\nq\n"


def test_nothing_that_a_blind_reviewer_reads_hangs_on_verdicts_or_on_others(
    run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = [_heard(run, world, monkeypatch)]
    other = tmp_path / "other"
    monkeypatch.setenv("SYNTH_HOME", str(other))
    twin = placed(other, tmp_path / "twin")
    report = turned_report(twin.report)
    with open_store(Config(home=other).store) as store:
        store.add_report(report)
    (twin.bundle / "manifest.json").write_text(json.dumps({"fingerprint": report.fingerprint}))
    for name, label in (("Bo", "s"), ("Cy", "c"), ("Dee", "n")):
        for claim in twin.claims:
            decide = ("--claim", claim, "--label", label, "--flag", "--note", "seen", "--reviewer", name)
            assert run("review", twin.bundle, *decide, "-q").code == 0
    heard.append(_heard(run, twin, monkeypatch))
    for mine, theirs in zip(*heard, strict=True):
        assert mine.splitlines() == theirs.splitlines()


def _heard(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found = []
    told = [("--claim", claim, *more) for claim in world.claims for more in ((), ("--json",))]
    for words in (*BLIND, *told):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TALK.encode())))
        ran = run("review", world.bundle, *words, "--blind", "--reviewer", "Ann", "-q")
        said = ran.out.replace(str(world.bundle), "REPORT")
        found.append("\n".join(_timeless(line) for line in said.splitlines()))
    return found


def _timeless(line: str) -> str:
    """Return a line without what tells the time, and the hashes that hang on it."""
    if line.startswith("{"):
        row = json.loads(line)
        for one in row.get("reviews", ()):
            for key in ("id", "at", "after", "of", "report"):
                del one[key]
        return json.dumps(row)
    return line[:5] + line[21:] if line.startswith("Ann, 20") else line


# --- what is written


def test_a_bundle_that_was_not_written_is_behind_although_its_fingerprint_is_not(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.claims[0]
    run("review", world.bundle, "--claim", one, "--accept", "--reviewer", "Ann")

    def full(*_: object, **__: object) -> None:
        raise OutputError("the disk is full", remedy="free some space")

    with monkeypatch.context() as patched:
        patched.setattr(reviewing, "put", full)
        run("review", world.bundle, "--undo", "--reviewer", "Ann")
        assert run("review", world.bundle, "--redo", "--reviewer", "Ann").code == 2
    assert _trail(world) == ["accept"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"q\n")))
    assert run("review", world.bundle, "--plain", "--reviewer", "Ann").code == 0
    assert _trail(world) == ["accept", "withdraw", "withdraw"]
    assert run("check-record", world.bundle).code == 0


def _trail(world: World) -> list[str]:
    lines = (world.bundle / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    return [one["decision"] for line in lines for one in json.loads(line)["reviews"]]


@pytest.mark.parametrize("name", ["synth.db", "synth.db-wal"])
def test_an_export_is_never_written_over_the_store(run: Run, world: World, name: str) -> None:
    run("review", world.bundle, "--claim", world.claims[0], "--accept")
    path = world.home / ".." / world.home.name / Config(home=world.home).store.name
    ran = run("review", world.bundle, "--export", f"{path}{name.removeprefix('synth.db')}")
    assert "is the store itself" in one_line(ran)
    assert len(world.log) == 1


@pytest.mark.parametrize("name", ["manifest.json", "claims.jsonl", "report.md"])
def test_an_export_is_never_written_over_the_report(run: Run, world: World, name: str) -> None:
    run("review", world.bundle, "--claim", world.claims[0], "--accept")
    before = (world.bundle / name).read_bytes()
    assert "a file of the report" in one_line(run("review", world.bundle, "--export", world.bundle / name))
    assert (world.bundle / name).read_bytes() == before
    assert run("review", world.bundle, "--export", world.bundle / "decisions.jsonl").code == 0


def test_papers_that_are_nowhere_are_one_line(run: Run, world: World, tmp_path: Path) -> None:
    ran = run("review", world.bundle, "--plain", "--papers", tmp_path / "nowhere")
    assert "no folder" in one_line(ran)


def test_a_flag_counts_for_reproduction_though_the_bundle_was_not_written_anew(world: World) -> None:
    config = Config(home=world.home)
    third = world.claims[2]
    with reviewing.review(world.bundle, config=config, reviewer="Ann") as opened:
        opened.sitting.decide(third, "flag")

    assert [one.claim.id for one in flagged(_report(str(world.bundle), config=config))] == [third]
    with reviewing.review(world.bundle, config=config, reviewer="Ann") as opened:
        opened.sitting.undo()
    assert [one.claim.id for one in flagged(_report(str(world.bundle), config=config))] != [third]


def test_a_name_with_two_chains_is_told_by_check_record(run: Run, world: World, tmp_path: Path) -> None:
    first = sealed(world)
    file = written(
        tmp_path / "in.jsonl", first, sealed(world, minute=1), sealed(world, minute=2, after=first.id)
    )
    assert run("review", world.bundle, "--import", file, "--reviewer", "Cy").code == 0
    ran = run("check-record", world.bundle)
    assert ran.code == 0
    assert "note claims.jsonl: the reviews by Bo form 2 chains" in ran.out


def test_a_disk_that_fails_is_not_called_a_damaged_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="see to the disk"), _plainly(tmp_path / "s.db"):
        raise sqlite3.OperationalError("disk I/O error")
    with pytest.raises(StoreError, match="keep it, for its reviews"), _plainly(tmp_path / "s.db"):
        raise sqlite3.DatabaseError("file is not a database")


def test_the_later_settlement_stands_though_the_clock_was_set_back_between(world: World) -> None:
    config, one = Config(home=world.home), world.claims[0]
    day = datetime(2026, 6, 2, tzinfo=UTC)

    def settle(name: str, label: Label, at: datetime, *, settling: bool = True) -> None:
        with reviewing.review(
            world.bundle, config=config, reviewer=name, settling=settling, clock=lambda: at
        ) as opened:
            opened.sitting.decide(one, "change", label=label)

    settle("Ann", Label.SUPPORT, day, settling=False)
    settle("Bo", Label.CONTRADICT, day, settling=False)
    settle("Cy", Label.SUPPORT, day + timedelta(days=2))
    settle("Dee", Label.CONTRADICT, day)
    assert reviews.consensus(reviews.ordered(world.log))[one].label is Label.CONTRADICT


def test_kappa_is_named_after_its_author(run: Run, world: World) -> None:
    for name, labels in (("Ann", "sc"), ("Bo", "ss"), ("Cy", "cs")):
        for claim, label in zip(world.claims, labels, strict=False):
            run("review", world.bundle, "--claim", claim, "--label", label, "--reviewer", name, "-q")
    said = run("review", world.bundle, "--agreement").out
    # by hand: agreement 1/3 on both, 4 of 6 labels SUPPORT, so (1/3 - 5/9) / (4/9)
    assert "all 3 reviewers: Fleiss' kappa -0.50," in said
    assert "Ann and Cy: Cohen's kappa -1.00," in said


def test_nobody_takes_back_on_one_claim_what_was_decided_on_another(
    run: Run, world: World, tmp_path: Path
) -> None:
    one = sealed(world)
    back = sealed(world, claim=world.claims[1], decision="withdraw", of=one.id, after=one.id, minute=1)
    ran = run("review", world.bundle, "--import", written(tmp_path / "in.jsonl", one, back))
    assert "line 2: the decision by Bo (withdraw) takes back a review of another claim" in one_line(ran)


def test_a_decision_cannot_make_the_machine_say_what_it_did_not(
    run: Run, world: World, tmp_path: Path
) -> None:
    run("review", world.bundle, "--claim", world.claims[0], "--accept")
    true = replace(world.log[0], reviewer="Bo")
    forged = (
        replace(true, machine=Label.CONTRADICT),
        replace(true, probabilities=Probabilities(0.1, 0.8, 0.1)),
    )
    for one in forged:
        file = written(tmp_path / "in.jsonl", reviews.sealed(one))
        ran = run("review", world.bundle, "--import", file)
        assert "line 1: the machine's verdict was another" in one_line(ran)
    assert (
        run("review", world.bundle, "--import", written(tmp_path / "in.jsonl", reviews.sealed(true))).code
        == 0
    )


def test_a_file_of_a_crowd_is_refused_before_anything_is_kept(run: Run, world: World, tmp_path: Path) -> None:
    crowd = [sealed(world, reviewer=f"Person number {n:03}x") for n in range(MOST_REVIEWERS)]
    file = written(tmp_path / "in.jsonl", *crowd)
    heard = one_line(run("review", world.bundle, "--import", file))
    assert f"line {MOST_REVIEWERS}: the question has {MOST_REVIEWERS} reviewers" in heard
    assert world.log == ()


def test_an_import_has_an_end(
    run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth.cli.review_ways._MOST", 1000)
    file = written(tmp_path / "in.jsonl", *(sealed(world, minute=n) for n in range(5)))
    assert "import it in parts" in one_line(run("review", world.bundle, "--import", file))
    assert world.log == ()


@pytest.mark.parametrize("option", ["--out", "--svg"])
def test_a_calibration_is_never_written_over_a_store(
    run: Run, world: World, tmp_path: Path, option: str
) -> None:
    store = Config(home=world.home).store
    other = "--svg" if option == "--out" else "--out"
    ran = run("calibrate", "--reviews", world.bundle, option, store, other, tmp_path / "other")
    assert "is a database" in one_line(ran)
    assert world.log == ()
