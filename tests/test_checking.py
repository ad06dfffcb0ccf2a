"""check-record: a whole bundle passes; each thing that can be wrong is named; hostile bundles cost a line."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_report import ALPHA, BETA, DELTA, GAMMA, sample, span

from synth import checking
from synth.checking import Problem
from synth.checking.files import nesting
from synth.errors import UnreadablePaper
from synth.formats import bundle, review_lines
from synth.records import Claim, Evidence, Report, Span
from synth.text import letters


def pages_of(report: Report, paper: str) -> str:
    """Return a document whose pages hold what the report quotes of ``paper``, split where it says so."""
    pages = [""] * 12
    for one in report.judged:
        quotes: list[Claim | Evidence] = [one.claim, *one.repeats]
        quotes += [e for v in (one.by_others, one.by_own) for e in v.evidence]
        quotes += [r.passage for r in report.reviews if r.claim == one.claim.id and r.passage]
        for quote in (q for q in quotes if q.paper == paper):
            text = quote.text if isinstance(quote, Claim) else quote.quote
            numbers = [s.page for s in quote.spans] or [1]
            half = len(text) // 2 if len(numbers) > 1 else len(text)
            pages[numbers[0] - 1] += f" {text[:half]}"
            if len(numbers) > 1:
                pages[numbers[1] - 1] = f"{text[half:]} {pages[numbers[1] - 1]}"
    return "\f".join(pages)


def page_letters(path: Path) -> Sequence[str]:
    return [letters(page) for page in path.read_text(encoding="utf-8").split("\f")]


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for paper in (ALPHA, BETA):
        (folder / f"renamed {paper.file}").write_text(pages_of(sample(), paper.id), encoding="utf-8")
    return folder


@pytest.fixture
def report(papers: Path) -> Report:
    def hashed(name: str) -> str:
        return hashlib.sha256((papers / f"renamed {name}").read_bytes()).hexdigest()

    known = tuple(replace(p, sha256=hashed(p.file)) for p in (ALPHA, BETA))
    return replace(sample(), papers=(*known, GAMMA, DELTA))


Write = Callable[[Report], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(report: Report) -> Path:
        folder = tmp_path / "bundle"
        folder.mkdir()
        for name, content in bundle(report).items():
            (folder / name).write_bytes(content)
        return folder

    return to


def check(folder: Path, *papers: Path) -> tuple[list[Problem], list[Problem]]:
    """Return the problems and the notices."""
    found = checking.check(folder, papers=papers, page_letters=page_letters, review_of=review_lines.review)
    return [p for p in found if not p.notice], [p for p in found if p.notice]


def rewrite(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Change a file of a bundle and mend its hash, as one would who wants it to pass."""
    path = folder / name
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
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_whole_bundle_has_no_problem_and_says_what_it_could_not_look_up(
    write: Write, report: Report, papers: Path
) -> None:
    problems, notices = check(write(report), papers)
    assert problems == []
    assert [n.what for n in notices] == [
        f"1 quote of {GAMMA.doc_id} was not looked up: the manifest has no file of it"
    ]


def test_without_papers_the_quotes_are_not_passed_over_in_silence(write: Write, report: Report) -> None:
    problems, notices = check(write(report))
    assert problems == []
    assert [n.what for n in notices] == ["14 quotes were not looked up: no papers were given"]


def test_a_paper_with_another_hash_is_not_taken_for_the_one_quoted(
    write: Write, report: Report, papers: Path
) -> None:
    (papers / "renamed alpha.pdf").write_text("another text", encoding="utf-8")
    problems, notices = check(write(report), papers)
    assert problems == []
    assert any("of alpha.pdf were not looked up: no paper given has its SHA-256" in n.what for n in notices)


def test_a_paper_that_cannot_be_read_is_a_notice(write: Write, report: Report, papers: Path) -> None:
    def refuse(path: Path) -> Sequence[str]:
        raise UnreadablePaper(f"{path.name} is locked", remedy="unlock it")

    found = checking.check(write(report), papers=[papers], page_letters=refuse, review_of=review_lines.review)
    assert [p for p in found if not p.notice] == []
    assert sum("could not be read" in p.what for p in found) == 2


@pytest.mark.parametrize("name", ["report.md", "report.html", "report.pdf", "record.html", "references.bib"])
def test_a_changed_byte_is_named(write: Write, report: Report, name: str) -> None:
    folder = write(report)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    problems, _ = check(folder)
    assert (name, "was changed: its SHA-256 is not the one in the manifest") in {
        (p.file, p.what) for p in problems
    }


def test_missing_and_extra_files_are_named(write: Write, report: Report) -> None:
    folder = write(report)
    (folder / "report.html").unlink()
    (folder / "notes.txt").write_text("x")
    problems, _ = check(folder)
    assert {(p.file, p.what) for p in problems} == {
        ("report.html", "is missing, though the manifest names it"),
        ("notes.txt", "is not named in the manifest"),
    }


def test_a_link_is_not_followed(write: Write, report: Report, tmp_path: Path) -> None:
    folder = write(report)
    secret = tmp_path / "secret.json"
    secret.write_bytes((folder / "report.md").read_bytes())
    (folder / "report.md").unlink()
    (folder / "report.md").symlink_to(secret)
    problems, _ = check(folder)
    said = {(p.file, p.what) for p in problems}
    assert ("report.md", "is a link, not a file of the bundle") in said
    assert ("report.md", "is missing, though the manifest names it") in said


def test_a_manifest_that_names_a_path_reads_no_path(write: Write, report: Report) -> None:
    folder = write(report)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["artifacts"][0]["name"] = "../papers/renamed alpha.pdf"
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    problems, _ = check(folder)
    assert any("is missing" in p.what and p.file.startswith("..") for p in problems)


def test_a_quote_that_was_put_into_a_mouth_is_found_out(write: Write, report: Report, papers: Path) -> None:
    folder = write(report)

    def change(rows: Any) -> Any:
        rows[0]["verdict"]["evidence"][0]["quote"] = "We find that Alpha obtains 94.2 F1."
        return rows

    rewrite(folder, "claims.jsonl", change)
    problems, _ = check(folder, papers)
    assert [p.what for p in problems] == ["line 1: a quote of evidence is not on page 5 of beta.pdf"]


def test_a_quote_on_another_page_is_told_apart(write: Write, report: Report, papers: Path) -> None:
    first = report.judged[0]
    moved = replace(first, claim=replace(first.claim, spans=span(4)))
    problems, _ = check(write(replace(report, judged=(moved, *report.judged[1:]))), papers)
    assert [p.what for p in problems] == ["line 1: the claim is not on page 4 of alpha.pdf but on page 3"]


def test_a_quote_around_a_footnote_is_a_notice_and_one_put_together_from_afar_a_problem(
    write: Write, report: Report, papers: Path
) -> None:
    folder = write(report)

    def parted(gap: int) -> tuple[list[Problem], list[Problem]]:
        def letters_of(path: Path) -> Sequence[str]:
            read = list(page_letters(path))
            at = read[2].find("pointsabovethebest")
            return [*read[:2], read[2][:at] + "q" * gap + read[2][at:], *read[3:]] if at > 0 else read

        found = checking.check(
            folder, papers=[papers], page_letters=letters_of, review_of=review_lines.review
        )
        return [p for p in found if not p.notice], [p for p in found if p.notice]

    problems, notices = parted(600)
    assert problems == []
    assert "1 quote of alpha.pdf runs around other text of the page, lines 1" in {n.what for n in notices}
    problems, notices = parted(6_000)
    assert [p.what for p in problems] == ["line 1: the claim is not on page 3 of alpha.pdf"]


@pytest.mark.parametrize("right", [True, False])
def test_a_quote_around_a_footnote_is_looked_up_in_its_boxes(
    write: Write, report: Report, papers: Path, right: bool
) -> None:
    text = report.judged[0].claim.text

    def letters_of(path: Path) -> Sequence[str]:
        return [
            page.replace("pointsabovethebest", "q" * 99 + "pointsabovethebest") for page in page_letters(path)
        ]

    def in_boxes(path: Path, spans: Sequence[Span]) -> str:
        assert path.name == "renamed alpha.pdf"
        assert spans == report.judged[0].claim.spans
        return text.replace(" ", "\n") if right else text[:-9]

    found = checking.check(write(report), papers=[papers], page_letters=letters_of, text_in_boxes=in_boxes)
    parted = [p for p in found if "around other text" in p.what]
    assert len(parted) == (0 if right else 1)


def test_a_page_that_the_paper_does_not_have(write: Write, report: Report, papers: Path) -> None:
    first = report.judged[0]
    moved = replace(first, claim=replace(first.claim, spans=span(40)))
    problems, _ = check(write(replace(report, judged=(moved, *report.judged[1:]))), papers)
    assert [p.what for p in problems] == ["line 1: the claim names page 40 of alpha.pdf, which has 12"]


def test_a_tick_that_does_not_follow_is_found_out(write: Write, report: Report) -> None:
    folder = write(report)

    def change(rows: Any) -> Any:
        rows[2]["verified"] = True
        return rows

    rewrite(folder, "claims.jsonl", change)
    said = {(p.file, p.what) for p in check(folder)[0]}
    assert ("claims.jsonl", "line 3: verified, but SUPPORT 0.60 at threshold 0.70") in said
    assert ("manifest.json", "counts.claims_verified is 1, claims.jsonl holds 2") in said
    assert ("report.md", "claim 3 of the table has the mark '✗'") in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("5 claims extracted; 1 independently", "5 claims extracted; 4 independently", "extracted and 4"),
        ("score: 5.6/10.", "score: 9.6/10.", "says review score 9.6, the manifest 5.6"),
        ("| ✓ | 0.93 |", "| ✓ | 0.99 |", "claim 1 of the table has confidence 0.99, not 0.93"),
        ("| ✗ | 0.81 |", "| ✓ | 0.81 |", "claim 2 of the table has the mark '✓'"),
        ("Alpha obtains 84.2 F1 on", "Alpha obtains 94.2 F1 on", "claim 1 of the table is not line 1"),
        ("papers retrieved.", "papers found.", "the sentence with the counts is missing"),
        ("| Attention did not help tagging. | ✗ | 0.70 |\n", "", "its table has 4 claims, claims.jsonl 5"),
    ],
)  # fmt: skip
def test_a_report_that_says_otherwise_is_found_out(
    write: Write, report: Report, old: str, new: str, said: str
) -> None:
    folder = write(report)
    rewrite(folder, "report.md", lambda text: text.replace(old, new))
    assert any(said in p.what for p in check(folder)[0])


def test_support_without_evidence_of_another_work_is_found_out(write: Write, report: Report) -> None:
    folder = write(report)

    def change(rows: Any) -> Any:
        rows[0]["verdict"]["evidence"] = [e for e in rows[0]["verdict"]["evidence"] if e["own_source"]]
        return rows

    rewrite(folder, "claims.jsonl", change)
    assert "line 1: verdict: SUPPORT without evidence of that relation from another work" in {
        p.what for p in check(folder)[0]
    }


def test_a_line_of_another_form_is_named_and_stops_the_rest(write: Write, report: Report) -> None:
    folder = write(report)

    def change(rows: Any) -> Any:
        rows[1]["verdict"]["label"] = "PROVEN"
        del rows[0]["text"]
        return rows

    rewrite(folder, "claims.jsonl", change)
    problems, notices = check(folder)
    said = " ".join(p.what for p in problems)
    assert "line 1, $: 'text' is a required property" in said
    assert "line 2, $.verdict.label: 'PROVEN' is not one of" in said
    assert "not of the right form" in notices[0].what


def test_a_manifest_of_another_form_is_named(write: Write, report: Report) -> None:
    folder = write(report)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["gate_verdict"]["status"] = "TRUE"
    manifest["counts"]["claims_verified"] = 14
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    said = {p.what for p in check(folder)[0]}
    assert any(s.startswith("$.gate_verdict.status: 'TRUE' is not one of") for s in said)
    assert "counts.claims_verified is 14, claims.jsonl holds 1" in said


HOSTILE = {
    "deep": b"[" * 200_000 + b"]" * 200_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "not JSON": b"{",
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "a list": b"[]",
    "twice": b'{"a": 1, "a": 2}',
    "NaN": b'{"a": NaN}',
    "quotes": b'"' * 100_001,
    "empty": b"",
    "digits": b'{"a": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("file", ["manifest.json", "claims.jsonl"])
def test_hostile_json_costs_a_line(write: Write, report: Report, name: str, file: str) -> None:
    folder = write(report)
    (folder / file).write_bytes(HOSTILE[name])
    problems, _ = check(folder)
    assert problems
    for one in problems:
        assert len(one.what.splitlines()) == 1
        assert len(one.what) <= 300


def test_a_file_above_the_cap_is_not_opened(
    write: Write, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(report)
    monkeypatch.setattr("synth.checking.files.MOST_BYTES", 100_000)
    said = {(p.file, p.what) for p in check(folder)[0]}
    assert ("report.pdf", "was not checked: it is larger than 0 MB") in said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_in_the_folder_does_not_block(write: Write, report: Report) -> None:
    folder = write(report)
    os.mkfifo(folder / "report.txt")
    assert ("report.txt", "is no plain file, not a file of the bundle") in {
        (p.file, p.what) for p in check(folder)[0]
    }


def test_what_is_no_bundle_is_one_line(tmp_path: Path) -> None:
    assert [p.what for p in checking.check(tmp_path / "no", papers=(), page_letters=page_letters)] == [
        "is no folder"
    ]
    assert [p.what for p in checking.check(tmp_path, papers=(), page_letters=page_letters)] == ["is missing"]


def test_control_characters_of_a_bundle_do_not_reach_the_answer(write: Write, report: Report) -> None:
    folder = write(report)
    (folder / "a\x1b[31m\nb").write_text("x")
    (found,) = check(folder)[0]
    assert "\x1b" not in found.file
    assert "\n" not in found.file


def test_nesting_counts_brackets_outside_strings() -> None:
    assert nesting(b'{"a": [1, "[[[\\"[[", {}]}') == 3
    assert nesting(b'"[[[') == 3
    assert nesting(b"") == 0
