"""check-record on what people decided: what was touched is found out, and so is what does not follow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_report import BETA, LINKED, Log, sample

from synth import checking
from synth.checking import Problem
from synth.formats import bundle, review_lines
from synth.records import Report, Review
from synth.reviews import sealed
from synth.text import letters

Change = Callable[[Any], Any]


def write(folder: Path, report: Report) -> Path:
    for name, content in bundle(report).items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "bundle"
    made.mkdir()
    return write(made, sample())


def check(folder: Path) -> tuple[list[str], list[str]]:
    """Return the problems and the notices, the one on papers that were not given left out."""
    found = checking.check(folder, papers=(), page_letters=lambda _: (), review_of=review_lines.review)
    said = [p for p in found if "no papers were given" not in p.what]
    return [_told(p) for p in said if not p.notice], [_told(p) for p in said if p.notice]


def _told(one: Problem) -> str:
    return f"{one.file}: {one.what}"


def rewrite(folder: Path, name: str, change: Change) -> None:
    """Change a file and mend its hash, as one would who wants it to pass."""
    path = folder / name
    if name == "manifest.json":
        path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
        return
    if name == "claims.jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        made = "".join(json.dumps(row) + "\n" for row in change(rows))
    else:
        made = change(path.read_text(encoding="utf-8"))
    path.write_text(made, encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for artifact in manifest["artifacts"]:
        if artifact["name"] == name:
            artifact["sha256"] = hashlib.sha256(made.encode()).hexdigest()
            artifact["size"] = len(made.encode())
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def claims(folder: Path, change: Change) -> list[str]:
    rewrite(folder, "claims.jsonl", change)
    return check(folder)[0]


def resealed(row: Any, **values: Any) -> Any:
    """Return a row with other values and an id that fits them."""
    made = review_lines.review(row | values, where="here")
    return review_lines.kept(sealed(made))


def test_a_whole_trail_has_no_problem(folder: Path) -> None:
    assert check(folder) == ([], [])


def test_a_note_that_was_changed_is_found_out(folder: Path) -> None:
    def change(rows: Any) -> Any:
        rows[0]["reviews"][0]["note"] = "read none"
        return rows

    assert claims(folder, change) == [
        "claims.jsonl: line 1: a review by Ann was changed after it was made: its id does not fit"
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"machine": "CONTRADICT"},
        {"machine_probabilities": None},
        {"machine_signature": "other/1"},
        {"at": "2026-06-10T08:00:01.000000+00:00"},
        {"blind": False},
        {"seen": "s1"},
    ],
    ids=lambda v: next(iter(v)),
)
def test_whatever_is_changed_in_a_review_does_not_fit_its_id(folder: Path, values: Any) -> None:
    def change(rows: Any) -> Any:
        rows[0]["reviews"][0] |= values
        return rows

    assert any("its id does not fit" in said for said in claims(folder, change))


def test_a_changed_review_with_a_new_id_breaks_the_chain_after_it(folder: Path) -> None:
    def change(rows: Any) -> Any:
        rows[0]["reviews"][0] = resealed(rows[0]["reviews"][0], note="read none")
        return rows

    assert claims(folder, change) == []
    assert check(folder)[1] == ["claims.jsonl: 1 of the reviews by Ann follows one that is not here"]


def test_a_review_that_was_taken_out_leaves_counts_that_do_not_follow(folder: Path) -> None:
    def change(rows: Any) -> Any:
        del rows[1]["reviews"][0]
        return rows

    problems = claims(folder, change)
    assert "claims.jsonl: line 2: people.state does not follow from the reviews" in problems
    assert "manifest.json: people.decisions does not follow from the reviews of claims.jsonl" in problems
    assert "report.md: its counts by label do not follow from the reviews" in problems
    assert check(folder)[1] == ["claims.jsonl: 1 of the reviews by Ann follows one that is not here"]


def test_a_gap_where_another_claim_is_gone_is_a_notice_and_no_problem(tmp_path: Path) -> None:
    less = replace(sample(), judged=sample().judged[1:])
    problems, notices = check(write(tmp_path, replace(less, reviews=sample().reviews)))
    assert problems == []
    assert [n for n in notices if "follow" in n] == [
        "claims.jsonl: 1 of the reviews by Ann follows one that is not here",
        "claims.jsonl: 1 of the reviews by Bo follows one that is not here",
        "claims.jsonl: 1 of the reviews by Cy | <b>C</b> follows one that is not here",
    ]


def test_a_review_under_another_claim_or_question_is_found_out(folder: Path) -> None:
    def change(rows: Any) -> Any:
        rows[1]["reviews"].append(rows[0]["reviews"].pop())
        rows[4]["reviews"][-1] = resealed(rows[4]["reviews"][-1], question="q0")
        return rows

    problems = claims(folder, change)
    assert "claims.jsonl: line 2: a review by Cy | <b>C</b> is on another claim" in problems
    assert "claims.jsonl: line 5: a review by Cy | <b>C</b> is on another question" in problems


def test_a_review_that_stands_twice_is_found_out(folder: Path) -> None:
    def change(rows: Any) -> Any:
        rows[0]["reviews"].append(rows[0]["reviews"][0])
        return rows

    assert "claims.jsonl: 1 of its reviews stand in it more than once" in claims(folder, change)


def with_log(tmp_path: Path, made: Sequence[Review]) -> list[str]:
    return check(write(tmp_path, replace(sample(), reviews=tuple(made))))[0]


def test_nobody_takes_back_what_another_decided(tmp_path: Path) -> None:
    log = Log()
    own = log.say("Ann", "accept", sample().judged[0])
    foreign = replace(
        own, reviewer="Bo", decision="withdraw", of=own.id, at="2026-06-11T00:00:00.000000+00:00"
    )
    made = [own, sealed(replace(foreign, after=""))]
    assert "claims.jsonl: Bo takes back what he did not decide here" in with_log(tmp_path, made)


def test_a_chain_that_runs_through_another_reviewer_or_back_in_time_is_found_out(tmp_path: Path) -> None:
    log = Log()
    one = log.say("Ann", "accept", sample().judged[0])
    other = sealed(replace(log.say("Bo", "accept", sample().judged[0]), after=one.id))
    early = sealed(replace(other, at="2026-01-01T00:00:00.000000+00:00"))
    assert with_log(tmp_path, [one, other]) == [
        "claims.jsonl: a review by Bo follows none of his earlier ones"
    ]
    assert with_log(tmp_path, [early, one]) == [
        "claims.jsonl: a review by Bo follows none of his earlier ones"
    ]


def test_reviews_without_what_people_hold_are_found_out_and_old_lines_are_not(
    folder: Path, tmp_path: Path
) -> None:
    def change(rows: Any) -> Any:
        return [{key: value for key, value in row.items() if key != "people"} for row in rows]

    problems = claims(folder, change)
    assert "claims.jsonl: line 1: people.state does not follow from the reviews" in problems
    old = tmp_path / "old"
    old.mkdir()
    write(old, replace(sample(), reviews=()))
    assert claims(old, change) == []


@pytest.mark.parametrize("name", ["state", "label", "reviewers", "flagged"])
def test_what_people_hold_of_a_claim_follows_from_its_reviews(folder: Path, name: str) -> None:
    other = {"state": "settled", "label": "CONTRADICT", "reviewers": ["Ann"], "flagged": True}

    def change(rows: Any) -> Any:
        rows[0]["people"][name] = other[name]
        return rows

    assert claims(folder, change) == [f"claims.jsonl: line 1: people.{name} does not follow from the reviews"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("reviewed_claims", lambda _: 5),
        ("decisions", lambda n: n + 1),
        ("taken_back", lambda _: 0),
        ("reviewers", lambda all_: all_[:-1]),
        ("reviewers", lambda all_: [all_[0] | {"blind": 0}, *all_[1:]]),
        ("machine_labels", lambda counts: counts | {"SUPPORT": 3}),
        ("machine_labels_of_reviewed_claims", lambda counts: counts | {"SUPPORT": 3}),
        ("people_labels", lambda counts: counts | {"no_label": 0}),
        ("kappa", lambda all_: [all_[0] | {"value": 0.9}, *all_[1:]]),
        ("kappa", lambda all_: [all_[0] | {"value": None}, *all_[1:]]),
        ("disputed_claims", lambda _: []),
        ("settled_claims", lambda _: []),
    ],
)
def test_each_figure_of_the_manifest_follows_from_the_reviews(
    folder: Path, name: str, change: Change
) -> None:
    rewrite(
        folder, "manifest.json", lambda m: m | {"people": m["people"] | {name: change(m["people"][name])}}
    )
    assert check(folder)[0] == [
        f"manifest.json: people.{name} does not follow from the reviews of claims.jsonl"
    ]


def test_the_last_digits_of_a_kappa_may_differ(folder: Path) -> None:
    def change(manifest: Any) -> Any:
        manifest["people"]["kappa"][0]["value"] += 1e-13
        return manifest

    rewrite(folder, "manifest.json", change)
    assert check(folder)[0] == []


def test_a_manifest_has_people_where_there_are_reviews_and_nowhere_else(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    write(bare, replace(sample(), reviews=()))
    people = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["people"]
    rewrite(bare, "manifest.json", lambda m: m | {"people": people})
    assert check(bare)[0] == ["manifest.json: people is there, claims.jsonl holds no reviews"]
    rewrite(folder, "manifest.json", lambda m: {k: v for k, v in m.items() if k != "people"})
    assert check(folder)[0] == ["manifest.json: people is missing, claims.jsonl holds reviews"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("4 of 5 claims were reviewed", "5 of 5 claims were reviewed", "says 5 of reviewed claims"),
        ("4 of 5 claims were reviewed", "All claims were reviewed", "says no count of reviewed claims"),
        ("4 of 5 claims were reviewed", ", of 5 claims were reviewed", "says no count of reviewed claims"),
        ("| SUPPORT | 2 | 2 | 1 |", "| SUPPORT | 2 | 2 | 2 |", "its counts by label do not follow"),
        ("| SUPPORT | 2 | 2 | 1 |\n", "", "its counts by label do not follow"),
        ("| no label | 0 | 0 | 1 |", "| no label | 0 | 0 | 0 |", "its counts by label do not follow"),
        ("| Ann | 2 | 1 |", "| Ann | 3 | 0 |", "its counts by reviewer do not follow"),
        ("| Ann | 2 | 1 |", "| Eve | 2 | 1 |", "its counts by reviewer do not follow"),
        ("### 3.6 What people decided", "### 3.6 What people said", "does not say what people decided"),
    ],
)  # fmt: skip
def test_a_report_that_counts_otherwise_is_found_out(folder: Path, old: str, new: str, said: str) -> None:
    rewrite(folder, "report.md", lambda text: text.replace(old, new))
    assert any(f"report.md: {said}" in problem for problem in check(folder)[0])


def test_a_report_that_makes_people_up_is_found_out(tmp_path: Path) -> None:
    write(tmp_path, replace(sample(), reviews=()))
    rewrite(
        tmp_path, "report.md", lambda t: t.replace("## 4 Limit", "### 3.6 What people decided\n\n## 4 Limit")
    )
    assert check(tmp_path)[0] == ["report.md: says what people decided, claims.jsonl holds no reviews"]


def test_decisions_that_were_all_taken_back_have_no_problem(tmp_path: Path) -> None:
    log = Log()
    log.take_back(log.say("Ann", "accept", sample().judged[0]))
    assert with_log(tmp_path, log.made) == []


def test_a_trail_that_nobody_reads_back_is_not_passed_over_in_silence(folder: Path) -> None:
    found = checking.check(folder, papers=(), page_letters=lambda _: ())
    assert [p.what for p in found if "reviews" in p.what] == ["its reviews were not checked"]


def test_a_review_that_cannot_be_one_is_a_line(folder: Path) -> None:
    def change(rows: Any) -> Any:
        rows[0]["reviews"][0] |= {"reviewer": "Ann\x1b[31m\nBo"}
        return rows

    (said,) = claims(folder, change)
    assert said == "claims.jsonl: line 1: it holds marks that cannot be shown"


def test_a_review_of_another_form_breaks_the_schema(folder: Path) -> None:
    def change(rows: Any) -> Any:
        rows[0]["reviews"][0] |= {"decision": "erase"}
        return rows

    assert any(
        "line 1, $.reviews[0].decision: 'erase' is not one of" in said for said in claims(folder, change)
    )


@pytest.mark.parametrize("there", [True, False])
def test_a_linked_passage_is_looked_up_like_evidence(tmp_path: Path, there: bool) -> None:
    paper = tmp_path / "beta.txt"
    paper.write_text(LINKED.quote if there else "Nothing of the kind.", encoding="utf-8")
    digest = hashlib.sha256(paper.read_bytes()).hexdigest()
    papers = tuple(replace(p, sha256=digest) if p == BETA else p for p in sample().papers)
    made = tmp_path / "bundle"
    made.mkdir()
    write(made, replace(sample(), papers=papers))
    found = checking.check(
        made,
        papers=[paper],
        page_letters=lambda path: ["", "", "", "", "", letters(path.read_text(encoding="utf-8"))],
        review_of=review_lines.review,
    )
    said = [p.what for p in found if "linked passage" in p.what]
    assert said == ([] if there else ["line 2: a linked passage is not on page 6 of beta.pdf"])
