"""references.bib, .ris and .json, and addresses: readers of those formats read what the papers say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from sample_report import ALPHA, BETA, DELTA, GAMMA, sample

from synth.formats import bibtex, cited, csl_json, ris
from synth.formats.addresses import address, arxiv_id, doi, domain, safe
from synth.records import Paper


def paper(**fields: object) -> Paper:
    return replace(ALPHA, **fields)  # type: ignore[arg-type]


def test_an_independent_reader_reads_every_entry() -> None:
    library = parse_string(bibtex.render(sample()).decode())
    assert library.failed_blocks == []
    assert [e.key for e in library.entries] == [
        "alpha2019alpha",
        "bevilb2020nets",
        "2021title",
        "pdddddddddddddddd",
    ]
    first = library.entries[0]
    assert first["author"] == "{Alpha}, Ada and {van der Beta}, Bo"
    assert first["eprint"] == "1901.00001v2"
    assert library.entries[1]["journal"] == r"Journal of \textbraceleft{}Braces\textbraceright{} \& 100\%"


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_title_or_name_breaks_the_file(title: str, author: str) -> None:
    report = replace(sample(), papers=(paper(title=title, authors=(author,)), BETA))
    library = parse_string(bibtex.render(report).decode())
    assert library.failed_blocks == []
    assert len(library.entries) == 2
    tags = ris.render(report).decode().split("\r\n")
    assert [t for t in tags if t.startswith("ER  -")] == ["ER  - "] * 2
    assert all(t[2:6] == "  - " for t in tags if t)
    assert json.loads(csl_json.render(report))[1]["DOI"] == "10.1234/abc(5)"


def test_keys_are_told_apart() -> None:
    assert cited.keys((ALPHA, ALPHA, GAMMA)) == ("alpha2019alpha", "alpha2019alpha-2", "2021title")
    assert len(set(cited.keys((DELTA, DELTA, DELTA)))) == 3


@pytest.mark.parametrize(
    ("author", "family", "given"),
    [
        ("Ada Alpha", "Alpha", "Ada"),
        ("Bo van der Beta", "van der Beta", "Bo"),
        ("Gamma, Cy", "Gamma", "Cy"),
        ("Sammy Davis Jr.", "Davis", "Sammy Jr."),
        ("Plato", "Plato", ""),
    ],
)
def test_names_are_taken_apart(author: str, family: str, given: str) -> None:
    assert cited.name(author) == (family, given)


def test_csl_names_have_parts_and_empty_fields_are_left_out() -> None:
    items = json.loads(csl_json.render(sample()))
    assert items[0]["author"][1] == {"family": "van der Beta", "given": "Bo"}
    assert items[0]["issued"] == {"date-parts": [[2019]]}
    assert "DOI" not in items[0]
    assert items[3] == {"id": "pdddddddddddddddd", "type": "article", "title": "delta|x.pdf"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("javascript:alert(1)", ""),
        ("JAVASCRIPT:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("https://user:pass@example.org/", ""),
        ("https://example.org/a b", ""),
        ("https://example.org/<x>", ""),
        ('https://example.org/"onclick=', ""),
        ("//example.org", ""),
        ("https://[::1", ""),
        ("https://", ""),
        ("", ""),
    ],
)
def test_only_plain_web_addresses_pass(given: str, expected: str) -> None:
    assert safe(given) == expected


def test_ids_of_another_form_give_no_address() -> None:
    assert arxiv_id(paper(arxiv="1901.00001> evil")) == ""
    assert arxiv_id(paper(arxiv="cs.CL/9901001", version="")) == "cs.CL/9901001"
    assert doi(paper(doi="https://doi.org/10.1000/xyz")) == "10.1000/xyz"
    assert doi(paper(doi="10.1000/<script>")) == "10.1000/<script>"
    assert address(paper(arxiv="", doi="10.1000/<s>")) == "https://doi.org/10.1000/%3Cs%3E"
    assert address(paper(arxiv="x", doi="y", url="https://example.org/p")) == "https://example.org/p"
    assert address(GAMMA) == ""
    assert domain("https://doi.org/10.1/x") == "doi.org"
