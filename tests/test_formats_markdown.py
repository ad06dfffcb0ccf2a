"""report.md: the frame of sections, the table that a reader of seeds reads, words that cannot break it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sample_report import HOSTILE, claim, empty, nothing, passage, sample, verdict

from synth.formats import markdown
from synth.formats.seed_reader import read_report
from synth.records import Judged, Label
from synth.text import printable

COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SECTIONS = [
    "Abstract",
    "1 Introduction",
    "2 Methodology",
    "3 Results",
    "4 Limitations",
    "5 Extracted Claims",
    "References",
]


def text() -> str:
    return markdown.render(sample()).decode()


def test_sections_stand_in_the_order_of_reports_of_this_kind() -> None:
    assert re.findall(r"^## (.*)$", text(), re.MULTILINE) == SECTIONS


def test_title_author_and_date_stand_before_the_abstract() -> None:
    assert text().split("\n\n")[:4] == [
        "# Does attention help reading above 10 B parameters",
        "Assay Desk",
        "June 9, 2026",
        "## Abstract",
    ]


def test_a_reader_of_seeds_finds_every_part() -> None:
    read = read_report(text())
    assert (read.title, read.author, read.date) == (sample().title, "Assay Desk", "June 9, 2026")
    assert read.question == sample().question.text
    assert (read.papers, read.extracted, read.verified, read.score) == (4, 5, 1, 5.6)
    assert read.abstract == sample().abstract
    assert [c.verified for c in read.claims] == [True, False, False, False, False]
    assert [c.confidence for c in read.claims] == [0.93, 0.81, 0.6, 0.98, 0.7]
    assert [c.text for c in read.claims] == [
        " ".join(printable(one.claim.text).split()) for one in sample().judged
    ]
    assert read.references == ("http://arxiv.org/abs/1901.00001v2", "https://doi.org/10.1234/abc(5)")


def test_a_report_that_is_not_fit_says_so_with_the_reason_before_the_abstract() -> None:
    notice = text().index("> **Not fit to publish.** Its review score 5.6 is below 6.5")
    assert text().index("## Abstract") < notice < text().index("Four papers were retrieved.")
    fit = replace(
        sample(), assessment=replace(sample().assessment, publishable=True, publishable_reason="Fit.")
    )
    assert "Not fit" not in markdown.render(fit).decode()


def test_hostile_words_print_as_they_stand_and_make_no_link_tag_or_heading() -> None:
    rendered = COMMONMARK.render(text())
    assert "<script" not in rendered
    assert "<img" not in rendered
    assert set(re.findall(r'href="([^"]*)"', rendered)) == {
        "http://arxiv.org/abs/1901.00001v2",
        "https://doi.org/10.1234/abc(5)",
    }
    assert re.findall(r"<h2>(.*?)</h2>", rendered) == SECTIONS
    assert len(re.findall(r"<h1>", rendered)) == 1


def test_every_row_of_every_table_has_the_cells_of_its_head() -> None:
    tables = re.findall(r"<table>.*?</table>", COMMONMARK.render(text()), re.DOTALL)
    assert len(tables) == 10
    for table in tables:
        rows = [row.count("<t") for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]
        assert len(set(rows)) == 1
        assert not re.search(r"<td[^>]*></td>", table)


@given(st.text(alphabet=st.one_of(st.sampled_from("\\`*_[]()<>|~$&#+-.!:;=1a \n'\""), st.characters())))
def test_any_text_prints_as_itself_in_a_paragraph_and_in_a_cell(words: str) -> None:
    flat = " ".join(printable(words).split())
    line = markdown.guard(markdown.escape(words))
    tokens = COMMONMARK.parse(f"{line}\n")
    shown = [t.content for one in tokens for t in one.children or ()]
    assert {t.type for one in tokens for t in one.children or ()} <= {"text", "text_special"}
    assert "".join(shown) == flat
    cells = COMMONMARK.parse(f"| a | b |\n| --- | --- |\n| {markdown.escape(words)} | x |\n")
    inline = [t for t in cells if t.type == "inline"]
    assert len(inline) == 4
    assert "".join(c.content for c in inline[2].children or ()) == flat


@given(st.text(alphabet="`|\\ab ", max_size=12))
def test_any_name_prints_as_itself_in_code(words: str) -> None:
    flat = " ".join(words.split())
    made = COMMONMARK.parse(f"x {markdown.code(words)}\n")
    spans = [t for one in made for t in one.children or () if t.type == "code_inline"]
    assert [t.content for t in spans] == ([flat] if flat else [])


def test_the_evidence_tells_other_works_from_the_own_work() -> None:
    part = text().split("#### Claim 1\n")[1].split("#### Claim 2")[0]
    others, own = part.split("**Own work: ")
    assert "**✓ Other works: SUPPORT 0.93**" in others
    assert "> — beta.pdf, page 5; SUPPORT 0.90" in others
    assert own.startswith("SUPPORT 0.88** (support 0.88, contradict 0.06, not enough information 0.06)")
    assert "> — alpha.pdf, page 6; SUPPORT 0.90" in own
    assert "84.2 is in a supporting passage; 2.1 points is in none of them." in own
    assert "beta.pdf, page 3: “The Alpha network reaches 84.2 F1.”" in own
    assert "**Reviewed by Ann**, 2026-06-10 08:00:00 UTC, blind: says SUPPORT, as the machine did." in own


def test_a_claim_over_a_page_break_names_both_pages() -> None:
    assert "beta.pdf, pages 7 and 8" in text()


def test_causes_of_a_deduction_are_named_by_number_and_file() -> None:
    assert "| challenger | single source | -2.40 | No other work. | claims 2–5 |" in text()
    assert r"| confirmer | coverage | +0.75 | 3 of 4 papers. | paper delta\|x.pdf |" in text()


def test_numbers_that_must_not_be_compared_get_no_spread() -> None:
    rows = [line for line in text().splitlines() if line.startswith(r"| Alpha \| SQuAD")]
    assert "conflict, spread 1.2 percent" in rows[0]
    assert "not comparable |" in rows[2]
    assert "spread" not in rows[2]
    assert "The splits differ: test, development." in rows[2]


def test_a_support_below_the_threshold_is_not_rounded_up_to_it() -> None:
    one = claim(1, "A claim.")
    near = verdict(one, Label.SUPPORT, passage("A.", Label.SUPPORT), confidence=0.6999)
    judged = Judged(claim=one, relevance=0.5, by_others=near, by_own=nothing(one))
    made = markdown.render(replace(sample(), judged=(judged,))).decode()
    assert "| A claim. | ✗ | 0.69 |" in made
    assert "**✗ Other works: SUPPORT 0.69**" in made


def test_limitations_are_those_of_this_run() -> None:
    part = text().split("## 4 Limitations")[1].split("## 5")[0]
    assert r"1 retrieved paper could not be read and adds nothing here: paper delta\|x.pdf." in part
    assert "36 candidate claims farther from the question were not judged." in part
    assert "do not cover “above 10 B parameters”" in part
    assert (
        "4 of 5 claims are not supported by another of the retrieved works; 1 of them is contradicted" in part
    )
    nothing = markdown.render(empty()).decode()
    assert "No claim was judged" in nothing
    assert "candidate claim" not in nothing


def test_every_retrieved_paper_is_listed_with_what_was_read_of_it() -> None:
    entries = text().split("## References\n\n")[1].strip().splitlines()
    assert [re.search(r"Read: ([a-z ]+)", e)[1] for e in entries] == [  # type: ignore[index]
        "full text",
        "full text",
        "abstract only",
        "unread",
    ]
    assert "javascript" not in entries[2]


@pytest.mark.parametrize(
    ("counted", "said"),
    [(0, "0 papers retrieved"), (1, "1 paper retrieved"), (2, "2 papers retrieved")],
)
def test_counts_agree_with_their_nouns(counted: int, said: str) -> None:
    report = replace(empty(), papers=sample().papers[:counted])
    made = markdown.render(report).decode()
    assert f"{said}. 0 claims extracted; 0 independently verified. Quality review score: 5.6/10." in made


def test_nothing_is_cut() -> None:
    made = text()
    for one in sample().judged:
        assert markdown.escape(one.claim.text) in made
    assert markdown.escape(HOSTILE) in made
    assert sample().abstract in made
