"""The JSON lines: the keys of the interface, values that rules of the records hold, safe bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sample_report import ALPHA, COMPARISONS, RESULTS, claim, nothing, passage, sample, span, verdict

from synth.checking import Problem
from synth.formats import lines, render, schemas
from synth.records import (
    Box,
    Found,
    Label,
    Passage,
    Reading,
    Reference,
    Role,
    Sentence,
    Skipped,
    Table,
)

MADE = schemas.schemas()
READING = Reading(
    paper=ALPHA,
    passages=(
        Passage(
            id="s1",
            paper=ALPHA.id,
            section="1 Intro",
            role=Role.BODY,
            text="Attention helps.",
            spans=(*span(1), *span(2)),
            sentences=(Sentence(start=0, end=16, spans=span(1)),),
        ),
    ),
    tables=(
        Table(
            id="t1",
            paper=ALPHA.id,
            page=4,
            box=Box(1, 2, 3, 4),
            caption="Table 1",
            rows=(("a", "1"),),
            cell_boxes=((None, None),),
        ),
    ),
    references=(Reference(raw="[1] X", title="X"),),
    skipped=(Skipped(what="page 3", reason="no text", page=3),),
)


def check(name: str, row: Any) -> Any:
    """Hold a row to its schema after a journey through bytes; return it as read back."""
    read = json.loads(lines.encode(row))
    Draft202012Validator(json.loads(MADE[f"{name}.schema.json"])).validate(read)
    return read


def claims() -> list[Any]:
    return [json.loads(line) for line in render("claims_jsonl", sample()).splitlines()]


def test_a_line_of_claims_jsonl_is_the_claim_with_both_verdicts() -> None:
    first = check("claims-file-line-v1", claims()[0])
    assert list(first)[:9] == [
        "id",
        "paper",
        "text",
        "kind",
        "page",
        "boxes",
        "section",
        "quantities",
        "score",
    ]
    assert first["paper"] == "alpha.pdf"
    assert first["quantities"][0]["raw"] == "84.2"
    assert first["conditions"] == {"dataset": "SQuAD", "metric": "F1", "split": "test"}
    assert first["verified"] is True
    assert [(e["doc_id"], e["own_source"]) for e in first["verdict"]["evidence"]] == [
        ("beta.pdf", False),
        ("alpha.pdf", True),
    ]
    assert first["own_verdict"]["label"] == "SUPPORT"
    assert first["own_verdict"]["confidence"] == 0.88
    assert first["repeats"][0]["paper"] == "beta.pdf"
    assert first["reviews"][0]["decision"] == "accept"


def test_every_line_follows_its_schema_and_the_order_of_the_table() -> None:
    made = [check("claims-file-line-v1", row) for row in claims()]
    assert [row["id"] for row in made] == [one.claim.id for one in sample().judged]
    assert [row["verified"] for row in made] == [True, False, False, False, False]


def test_a_verdict_has_the_shape_of_verify() -> None:
    one = claim(7, "A holds.")
    row = check(
        "verify-line-v1",
        lines.verdict(verdict(one, Label.SUPPORT, passage("A.", Label.SUPPORT)), claim=one.text, claim_id=7),
    )
    assert list(row)[:6] == ["id", "claim", "label", "confidence", "probabilities", "evidence"]
    assert row["id"] == 7
    assert row["confidence"] == row["probabilities"]["SUPPORT"]
    assert list(row["evidence"][0])[:7] == [
        "doc_id",
        "sentence",
        "page",
        "boxes",
        "quote",
        "relation",
        "score",
    ]
    assert row["evidence"][0]["boxes"] == [[70.0, 100.0, 300.0, 112.0], [70.0, 113.5, 250.25, 125.0]]
    assert lines.verdict(nothing(one), claim=one.text)["id"] == one.id
    assert lines.verdict(nothing(one), claim=one.text, claim_id=0)["id"] == 0


def test_a_reading_has_the_shape_of_read() -> None:
    row = check("read-line-v1", lines.reading(READING))
    assert list(row["paper"])[:6] == ["id", "title", "authors", "year", "sha256", "pages"]
    assert list(row["passages"][0])[:5] == ["id", "section", "page", "boxes", "text"]
    assert row["passages"][0]["page"] == 1
    assert [s["page"] for s in row["passages"][0]["spans"]] == [1, 2]
    assert row["tables"][0] == {"page": 4, "box": [1, 2, 3, 4], "caption": "Table 1", "rows": [["a", "1"]]}
    assert row["skipped"][0]["reason"] == "no text"


def test_results_comparisons_and_finds_have_their_shapes() -> None:
    row = check("results-line-v1", lines.result(RESULTS[0]))
    assert (row["paper"], row["from"], row["condition"]) == ("alpha.pdf", "prose", {"baseline": "none"})
    compared = check("comparison-line-v1", lines.comparison(COMPARISONS[2]))
    assert list(compared)[:3] == ["key", "relation", "entries"]
    assert compared["spread"] is None
    found = Found(source="arxiv", title="T", arxiv="1901.00001v2")
    assert check("search-line-v1", lines.found(found, has_file=False))["name"] == "1901.00001v2"
    check("skipped-line-v1", lines.skipped(Skipped(what="x", reason="y")))
    check("check-record-line-v1", lines.problem(Problem(file="a", what="b", remedy="c")))


def test_text_without_pages_has_null_and_no_boxes() -> None:
    row = check("claims-line-v1", lines.claim(claim(1, "A.", spans=()), doc_id="x"))
    assert (row["page"], row["boxes"], row["spans"]) == (None, [], [])


@given(st.text())
def test_any_text_is_one_line_without_controls(text: str) -> None:
    made = lines.encode(lines.skipped(Skipped(what=text, reason="r")))
    assert made.count(b"\n") == 1
    assert len(made.decode().splitlines()) == 1
    assert not any(c in made.decode() for c in "\x00\x1b\x7f\x85\u2028\u202e\ufeff")


def test_a_number_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError):
        lines.encode({"score": float("nan")})
