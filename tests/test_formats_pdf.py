"""report.pdf: every glyph is drawn or named, the words are the report's, no clock, no machine."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_report import HOSTILE, LONG, SCRIPTS, claim, nothing, sample

from synth.formats import pdf
from synth.formats.document import Document, Paragraph, Quote, plain
from synth.formats.glyphs import drawable, ranges
from synth.records import Judged, Report
from synth.text import letters


@pytest.fixture(scope="module")
def opened() -> Any:
    return pdf_of(sample())


def pdf_of(report: Report) -> Any:
    return pymupdf.open(stream=pdf.render(report))


def said(document: Any) -> str:
    return letters("".join(page.get_text() for page in document))


def test_it_is_a4_and_titled_and_holds_no_clock(opened: Any) -> None:
    assert [round(x) for x in opened[0].rect] == [0, 0, 595, 842]
    assert opened.metadata["title"] == sample().title
    assert opened.metadata["author"] == "Assay Desk"
    assert opened.metadata["creationDate"] == opened.metadata["modDate"] == ""


def test_it_says_what_the_markdown_says(opened: Any) -> None:
    text = said(opened)
    for words in (
        LONG,
        HOSTILE,
        "4 papers retrieved. 5 claims extracted; 1 independently verified. Quality review score: 5.6/10.",
        "Not fit to publish. Its review score 5.6 is below 6.5",
        "References http://arxiv.org/abs/1901.00001v2 Alpha networks for reading.",
    ):
        assert letters(words) in text


def test_hostile_words_run_nothing_and_link_nowhere(opened: Any) -> None:
    links = {link["uri"] for page in opened for link in page.get_links() if "uri" in link}
    assert links == {"http://arxiv.org/abs/1901.00001v2", "https://doi.org/10.1234/abc(5)"}
    assert opened.embfile_count() == 0
    assert not any("/JavaScript" in opened.xref_object(x) for x in range(1, opened.xref_length()))


def test_claims_lead_to_their_evidence(opened: Any) -> None:
    inner = [link for page in opened for link in page.get_links() if "uri" not in link]
    assert len(inner) >= 5


def test_every_character_of_the_page_is_a_glyph_of_its_font(opened: Any) -> None:
    shown = {
        chr(char[0])
        for page in opened
        for span in page.get_texttrace()
        for char in span["chars"]
        if char[1] == 0
    }
    assert shown == set()


def test_what_the_fonts_lack_is_named_and_said_once() -> None:
    assert pdf.drawn("a 中文 b") == "a ⟨U+4E2D U+6587⟩ b"
    assert pdf.drawn("x") == "x"
    assert pdf.drawn(" 中\u0300") == " ⟨U+4E2D⟩\u0300"
    made = pdf_of(sample())
    text = "".join(page.get_text() for page in made)
    assert "U+4E2D U+6587" in text
    assert " ".join(text.split()).count("The fonts of this PDF lack some characters") == 1


def test_common_scripts_of_papers_are_drawn() -> None:
    for one in "αβγΩ ёЖя éñøß ∑∫≤≥≈∀∈→↦⟨⟩ 𝒜𝔼ℝ ✓✗ − – — “” ’ … ﬁ ﬂ אב نص":
        assert one.isspace() or drawable(one), one
    assert not drawable("中")
    assert not drawable("😀")


def test_the_fonts_have_every_glyph_of_the_table_in_both_weights() -> None:
    """PDF/UA refuses a missing glyph, so a table that promises too much fails here."""
    everything = [chr(c) for first, last in ranges() for c in range(first, last + 1)]
    shown = [c for c in everything if drawable(c) and c.isprintable()]
    assert len(shown) > 7000
    rows = [" ".join(shown[at : at + 80]) for at in range(0, len(shown), 80)]
    blocks = [Quote(text=row, source=plain("x"), tone=tone) for row in rows for tone in ("", "claim")]
    assert pdf.typeset(Document(title="t", author="a", date="d", blocks=tuple(blocks))).startswith(b"%PDF")


def test_a_glyph_that_slips_through_is_refused_not_boxed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "drawable", lambda _: True)
    with pytest.raises(RuntimeError, match="could not be displayed"):
        pdf.typeset(
            Document(title="t", author="a", date="d", blocks=(Paragraph(text=plain("中")),)),
        )


def test_long_words_break_instead_of_running_off_the_page() -> None:
    word = "https://example.org/" + "a" * 300
    one = claim(1, f"See {word} and {'b' * 400}.")
    judged = (Judged(claim=one, relevance=0.5, by_others=nothing(one), by_own=nothing(one)),)
    made = pdf_of(replace(sample(), judged=judged))
    edges = [block[2] for page in made for block in page.get_text("blocks")]
    assert max(edges) <= 595 - 60
    assert letters(word) in said(made)


def test_the_head_of_the_table_of_claims_repeats_over_pages() -> None:
    many = tuple(
        Judged(claim=one, relevance=0.5, by_others=nothing(one), by_own=nothing(one))
        for one in (claim(n, f"{LONG} ({n})") for n in range(1, 41))
    )
    made = pdf_of(replace(sample(), judged=many))
    heads = [page for page in made if re.search(r"Claim\s+Verified\s+Confidence", page.get_text())]
    assert len(heads) > 1


def test_scripts_in_a_title_set() -> None:
    titled = replace(sample(), title=f"{SCRIPTS} {HOSTILE}")
    assert pdf.render(titled).startswith(b"%PDF")


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=80))
def test_any_text_sets(text: str) -> None:
    blocks = (Quote(text=text, source=plain(text), tone="claim"), Paragraph(text=plain(text)))
    assert pdf.typeset(Document(title=text, author=text, date=text, blocks=blocks)).startswith(b"%PDF")


def test_nothing_of_the_machine_stands_in_the_file() -> None:
    made = pdf.render(sample())
    assert b"/tmp" not in made
    assert b"report.typ" not in made
