"""report.html and record.html: self-contained, nothing runs, nothing is fetched, anchors lead somewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from sample_report import HOSTILE, empty, sample

from synth.formats import html, record

VOID = {"meta", "br", "link", "img", "input", "hr", "col"}


class Page(HTMLParser):
    """What stands in a page: tags with their attributes, text, ids, links; refuses tags left open."""

    def __init__(self, source: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(source.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def values(self, name: str) -> list[str]:
        return [value or "" for _, attrs in self.tags for key, value in attrs.items() if key == name]


PAGES = {
    "report": html.render(sample()),
    "empty report": html.render(empty()),
    "record": record.render(sample()),
    "empty record": record.render(empty()),
}


@pytest.fixture(params=sorted(PAGES))
def source(request: pytest.FixtureRequest) -> bytes:
    return PAGES[request.param]


def test_nothing_runs_and_nothing_is_fetched(source: bytes) -> None:
    page = Page(source)
    names = {tag for tag, _ in page.tags}
    assert names.isdisjoint({"script", "img", "iframe", "object", "embed", "form", "link", "base", "svg"})
    assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on") or a in ("style", "src")]
    assert all(re.match(r"https?://[^\s]+$|#[a-z0-9-]+$", href) for href in page.values("href"))
    assert "url(" not in source.decode().split("</style>")[0]


def test_the_policy_allows_the_style_sheet_by_its_hash_alone(source: bytes) -> None:
    style = re.search(r"<style>(.*?)</style>", source.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(a["content"] or "" for t, a in Page(source).tags if "http-equiv" in a and t == "meta")
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_every_anchor_leads_to_one_place(source: bytes) -> None:
    page = Page(source)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {h[1:] for h in page.values("href") if h.startswith("#")} <= set(ids)


def test_each_claim_of_the_table_is_linked_to_its_evidence() -> None:
    page = Page(PAGES["report"])
    for number in range(1, 6):
        assert f"#claim-{number}" in page.values("href")
        assert f"claim-{number}" in page.values("id")


def test_hostile_words_are_words() -> None:
    said = " ".join("".join(Page(PAGES["report"]).words).split())
    assert said.count(" ".join(HOSTILE.split())) == 5


def test_sections_stand_in_order() -> None:
    heads = re.findall(r"<h2[^>]*>(.*?)</h2>", PAGES["report"].decode())
    assert heads == [
        "Abstract",
        "1 Introduction",
        "2 Methodology",
        "3 Results",
        "4 Limitations",
        "5 Extracted Claims",
        "References",
    ]


def test_the_record_page_has_the_blocks_in_their_order_and_no_clock() -> None:
    page = PAGES["record"].decode()
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == [
        "Abstract",
        "Research Question",
        "Verification Level",
        "Truth-Engine Gate Verdict",
        "Quality Tier",
        "Quality Dimensions",
        "Correction Record",
        "Provenance",
    ]
    assert "L3, Corroborated across sources" in page
    assert "UNASSESSED" in page
    assert "the year of beta.pdf" in page
    assert sample().provenance.generated_at not in page


def test_control_characters_do_not_reach_the_page() -> None:
    from dataclasses import replace

    made = html.render(replace(sample(), abstract="a\x1b[31mb\u202ec\x00d")).decode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", made)
    assert "a[31mbcd" in made
