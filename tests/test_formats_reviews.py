"""What people decided: lines that come back as they were, and a report that shows and counts both sides."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sample_report import HOSTILE, LINKED, THIRD, Log, attempted, empty, sample

from synth.errors import InputError
from synth.formats import html, lines, markdown, pdf, record, render, review_lines, schemas
from synth.formats.blocks.provenance import REVIEW_METHOD
from synth.formats.manifest import render_manifest
from synth.formats.seed_reader import read_report
from synth.formats.wording import moment
from synth.records import Box, Label, Report, Review, Span
from synth.reviews import agreement, sealed

MADE = schemas.schemas()
LOG = sample().reviews
LINK = next(r for r in LOG if r.decision == "link")


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(MADE[f"{name}.schema.json"]))


def back(row: Any) -> Review:
    """Return the review of a row after a journey through bytes."""
    return review_lines.review(json.loads(lines.encode(row)), where="here")


def text(report: Report) -> str:
    return markdown.render(report).decode()


def part(report: Report) -> str:
    """Return the part of the report on people."""
    return re.split(r"^## ", text(report).split(" What people decided\n", 1)[1], flags=re.MULTILINE)[0]


def without() -> Report:
    return replace(sample(), reviews=())


@pytest.mark.parametrize("review", LOG, ids=lambda r: f"{r.reviewer} {r.decision}")
@pytest.mark.parametrize("shape", [review_lines.row, review_lines.kept])
def test_a_review_comes_back_as_it_was_and_its_id_still_fits(
    review: Review, shape: Callable[[Review], Any]
) -> None:
    assert back(shape(review)) == review
    assert sealed(back(shape(review))).id == review.id


def test_a_line_has_the_schema_of_its_name_and_the_shape_that_is_exported() -> None:
    for review in LOG:
        schema("review-line-v1").validate(review_lines.row(review))
    row = review_lines.row(LINK)
    assert list(row)[:8] == ["id", "question", "report", "claim", "reviewer", "at", "decision", "machine"]
    assert list(row["machine"]) == ["label", "probabilities", "signature"]
    assert row["passage"]["quote"] == LINKED.quote
    assert list(row["passage"]["spans"][0]) == ["page", "boxes"]


words = st.text(max_size=40)
edges = st.floats(-1e6, 1e6)
boxes = st.builds(Box, edges, edges, edges, edges)


@given(words, words, words.filter(bool), st.lists(boxes, max_size=3), st.floats(0, 1))
def test_whatever_a_paper_says_comes_back_bit_for_bit_in_one_line_that_shows_nothing_hidden(
    signature: str, doc_id: str, quote: str, placed: list[Box], score: float
) -> None:
    found = replace(
        LINKED, doc_id=doc_id, quote=quote, spans=(Span(page=2, boxes=tuple(placed)),), score=score
    )
    review = sealed(replace(LINK, signature=signature, passage=found))
    made = lines.encode(review_lines.row(review))
    assert len(made.decode().splitlines()) == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u202e\ufeff]", made.decode())
    ((_, row),) = review_lines.rows([made.decode()], name="x", most=1)
    assert review_lines.review(row, where="x") == review


def changed(**values: Any) -> Any:
    return review_lines.row(LOG[0]) | values


WRONG: dict[str, tuple[Any, str]] = {
    "an unknown key": (changed(**{"a\x1b[31m\nb": 1}), "unknown field `a[31m b`"),
    "no note": ({k: v for k, v in changed().items() if k != "note"}, "required field `note`"),
    "a number for a name": (changed(reviewer=7), "Expected `str`, got `int` - at `$.reviewer`"),
    "a name of two lines": (changed(reviewer="Ann\nBo"), "is no reviewer's name"),
    "a name with a space behind": (changed(reviewer="Ann "), "is no reviewer's name"),
    "a name in parts": (changed(reviewer="Rene\u0301"), "is no reviewer's name"),
    "a name without a letter": (changed(reviewer="--"), "is no reviewer's name"),
    "a name turned round": (changed(reviewer="Ann\u202e"), "cannot be shown"),
    "a long name": (changed(reviewer="A" * 81), "length <= 80"),
    "half a character": (changed(note="\ud83d"), "no JSON"),
    "a long note": (changed(note="a" * 4001), "length <= 4000"),
    "a long line": (changed(note="\u4e2d" * 22_000), "longer than 64 kB"),
    "a scope of colours": (changed(scope={"dataset": "\x1b[31mred"}), "cannot be shown"),
    "a scope of lists": (changed(scope={"dataset": ["a"]}), "Expected `str`, got `array`"),
    "NaN": (
        changed(machine={"label": "SUPPORT", "probabilities": None, "signature": "", "x": float("nan")}),
        "no JSON",
    ),
    "a probability of 2": (
        changed(
            machine={
                "label": "SUPPORT",
                "probabilities": {"SUPPORT": 2.0, "CONTRADICT": 0.0, "NOT_ENOUGH_INFO": 0.0},
                "signature": "",
            }
        ),
        "<= 1",
    ),
    "an unknown label": (changed(label="TRUE"), "Invalid enum value 'TRUE'"),
    "an unknown decision": (changed(decision="delete"), "Invalid enum value 'delete'"),
    "a day that is none": (changed(at="2026-02-30T08:00:00.000000+00:00"), "its time"),
    "a time that is elsewhere's": (changed(at="2026-02-20T08:00:00.000000+02:00"), "at `$.at`"),
    "a time without microseconds": (changed(at="2026-02-20T08:00:00+00:00"), "at `$.at`"),
    "a time with a tail": (changed(at="2026-02-20T08:00:00.000000+00:00\n"), "its time"),
    "an id of another form": (changed(id="v1"), "at `$.id`"),
    "a path for a claim": (changed(claim="../c1"), "at `$.claim`"),
    "a label with an acceptance": (changed(label="CONTRADICT"), "to accept gives no label"),
    "a label with a deferral": (changed(decision="defer", label="SUPPORT"), "to defer gives no label"),
    "a change to nothing": (changed(decision="change"), "lacks what it is about"),
    "a withdrawal of nothing": (changed(decision="withdraw"), "to take back"),
    "an acceptance that takes back": (changed(of="v" + "0" * 32), "to take back"),
    "a page 0": (
        changed(passage=review_lines.row(LINK)["passage"] | {"spans": [{"page": 0, "boxes": []}]}),
        ">= 1",
    ),
    "many pages": (
        changed(passage=review_lines.row(LINK)["passage"] | {"spans": [{"page": 1, "boxes": []}] * 51}),
        "length <= 50",
    ),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_line_that_is_no_review_is_refused_in_one_line_that_names_it(name: str) -> None:
    row, said = WRONG[name]
    with pytest.raises(InputError) as refused:
        review_lines.review(row, where="reviews.jsonl, line 3")
    assert refused.value.message.startswith("reviews.jsonl, line 3: ")
    assert said in refused.value.message
    assert len(refused.value.message.splitlines()) == 1
    assert len(refused.value.message) <= 300
    assert refused.value.remedy


BAD = {
    "no JSON": ("{", "no JSON"),
    "a list": ("[1]", "no JSON object"),
    "twice": ('{"a": 1, "a": 2}', "no JSON (a key stands twice in one object)"),
    "NaN": ('{"a": NaN}', "no JSON (NaN is no JSON number)"),
    "a bomb": ("[" * 60_000, "no JSON"),
    "a bomb of objects": ('{"a":' * 10_000 + "1" + "}" * 10_000, "no JSON"),
    "digits": ('{"a": ' + "9" * 10_000 + "}", "no JSON"),
    "a long line": ('{"a": "' + "a" * (1 << 20) + '"}', "longer than 1 MB"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_what_is_no_line_of_json_costs_a_line(name: str) -> None:
    line, said = BAD[name]
    with pytest.raises(InputError) as refused:
        list(review_lines.rows(["", '{"a": 1}', line], name="x.jsonl", most=9))
    assert refused.value.message.startswith(f"x.jsonl, line 3: {said}")
    assert len(str(refused.value).splitlines()) == 1


def test_a_number_beyond_all_bounds_is_refused() -> None:
    line = json.dumps(review_lines.row(LINK)).replace('"score": 1.0', '"score": 1e999')
    ((where, row),) = review_lines.rows([line], name="x", most=1)
    with pytest.raises(InputError, match="no JSON"):
        review_lines.review(row, where=where)


def test_lines_are_counted_and_empty_ones_passed_over() -> None:
    found = list(review_lines.rows(["{}\n", "\n", '{"b": 1}'], name="x", most=3))
    assert found == [("x, line 1", {}), ("x, line 3", {"b": 1})]
    with pytest.raises(InputError, match="at most 2 lines"):
        list(review_lines.rows(["{}\n", "\n", "{}"], name="x", most=2))


def test_a_decision_that_is_asked_for_needs_claim_and_decision_alone() -> None:
    row = {"claim": "c1", "decision": "change", "label": "CONTRADICT", "scope": {"b": "2", "a": "1"}}
    schema("decision-line-v1").validate(row)
    made = review_lines.asked(row, where="x")
    assert (made.claim, made.decision, made.label) == ("c1", "change", Label.CONTRADICT)
    assert made.scope == (("a", "1"), ("b", "2"))
    bare = review_lines.asked({"claim": "c1", "decision": "defer"}, where="x")
    assert (bare.label, bare.note, bare.scope) == (None, "", None)
    for wrong in ({"claim": "c1"}, row | {"reviewer": "Ann"}, row | {"decision": "withdraw"}):
        with pytest.raises(InputError, match=r"^x: "):
            review_lines.asked(wrong, where="x")


def claims(report: Report) -> list[Any]:
    return [json.loads(line) for line in render("claims_jsonl", report).splitlines()]


def test_claims_jsonl_keeps_the_whole_trail_and_what_people_hold_together() -> None:
    rows = claims(sample())
    for row in rows:
        schema("claims-file-line-v1").validate(row)
        assert row["people"].keys() == {"state", "label", "reviewers", "flagged"}
    assert [(r["people"]["state"], r["people"]["label"]) for r in rows] == [
        ("agreed", "SUPPORT"),
        ("disputed", None),
        ("agreed", "NOT_ENOUGH_INFO"),
        ("undecided", None),
        ("settled", "NOT_ENOUGH_INFO"),
    ]
    assert rows[0]["people"]["reviewers"] == ["Ann", "Bo", THIRD]
    assert [r["people"]["flagged"] for r in rows] == [False, True, False, False, False]
    assert [r["decision"] for r in rows[3]["reviews"]] == ["defer", "note", "withdraw"]
    assert tuple(back(r) for row in rows for r in row["reviews"]) == tuple(sorted(LOG, key=lambda r: r.claim))


def test_reviews_in_claims_jsonl_have_the_keys_that_they_always_had() -> None:
    first = claims(sample())[0]["reviews"][0]
    assert (first["reviewer"], first["decision"], first["machine"]) == ("Ann", "accept", "SUPPORT")
    assert (first["label"], first["note"]) == (None, "read | both")
    assert first["machine_probabilities"]["SUPPORT"] == 0.93
    assert first["machine_signature"].startswith("entailment/1")


def test_a_report_without_reviews_says_nothing_of_people() -> None:
    assert "What people decided" not in text(without())
    assert "Reviewed by" not in text(without())
    assert "no person has reviewed it" in text(without())
    assert {r["people"]["state"] for r in claims(without())} == {"unreviewed"}
    made = json.loads(render_manifest(without(), {}))
    assert "people" not in made
    assert made["provenance"]["review_method"] == REVIEW_METHOD


def test_people_stand_beside_the_machine_in_the_last_part_of_the_results() -> None:
    assert re.findall(r"^### (3\.[5-9].*)$", text(sample()), re.MULTILINE) == [
        "3.5 Measured numbers",
        "3.6 What people decided",
    ]
    both = replace(attempted(), reviews=LOG)
    assert re.findall(r"^### (3\.[6-9].*)$", text(both), re.MULTILINE) == [
        "3.6 Sealed attempts",
        "3.7 What people decided",
    ]


def test_counts_are_given_by_the_machine_and_by_people() -> None:
    said = part(sample())
    assert said.strip().startswith("4 of 5 claims were reviewed; 3 people decided: Ann, Bo and Cy")
    assert "| SUPPORT | 2 | 2 | 1 |\n| CONTRADICT | 1 | 1 | 0 |\n| NOT_ENOUGH_INFO | 2 | 1 | 2 |" in said
    assert "| no label | 0 | 0 | 1 |" in said
    assert "| Ann | 2 | 1 | 1 | 0 | 0 | 0 | 2 |\n| Bo | 2 | 0 | 2 | 1 | 0 | 0 | 0 |" in said
    assert "| 1 | 0 | 0 | 0 | 1 | 1 | 0 |" in said
    assert "1 decision was taken back" in said


def test_agreement_is_shown_with_its_interval_or_the_reason_for_none() -> None:
    said = part(sample())
    found = agreement(LOG, claims=[one.claim.id for one in sample().judged])
    assert found.all is not None
    assert found.all.value is not None
    assert found.all.low is not None
    assert f"| all 3 | {found.all.value:.2f} (Fleiss) | {found.all.low:.2f} to" in said
    first = found.pairs[0]
    assert first.value is not None
    assert f"| Ann and Bo | {first.value:.2f} (Cohen) |" in said
    assert f"| — | {found.pairs[1].claims} | 100% |" in said
    assert "not defined: fewer than two claims" in said


def test_what_is_in_dispute_is_listed_with_each_label_and_a_link_to_the_claim() -> None:
    assert "On 1 claim people disagree and nothing is settled:" in part(sample())
    assert "- Claim 2: Ann says SUPPORT and Bo says CONTRADICT." in part(sample())
    page = html.render(sample()).decode()
    assert re.search(r'<a href="#claim-2"[^>]*>Claim 2</a>: Ann says SUPPORT', page)


def test_a_rejection_in_dispute_names_what_was_refused() -> None:
    one = sample().judged[0]
    log = Log()
    log.say("Ann", "reject", one)
    log.say("Bo", "accept", one)
    log.say(THIRD, "defer", one)
    said = part(replace(sample(), reviews=tuple(log.made)))
    assert "Claim 1: Ann rejects SUPPORT, Bo says SUPPORT and Cy" in said
    assert "deferred it." in said


def test_each_claim_shows_who_decided_what_and_when() -> None:
    one, two, three, four, five = (
        text(sample()).split(f"#### Claim {n}\n")[1].split("####")[0] for n in range(1, 6)
    )
    assert "**Reviewed by Ann**, 2026-06-10 08:00:00 UTC, blind: says SUPPORT, as the machine did." in one
    assert "changes SUPPORT to NOT_ENOUGH_INFO. Replaced by a later decision." in one
    assert "gives its scope as dataset SQuAD 1.1; language English." in one
    assert "blind: says SUPPORT; the machine said CONTRADICT." in two
    assert "> Only two of the fifteen languages gained.\n>\n> — beta.pdf, page 6; linked by Cy" in two
    assert "as CONTRADICT" in two
    assert "rejects SUPPORT and gives no other label." in three
    assert "The machine’s verdict then: CONTRADICT 0.55." in three
    assert "defers." in four
    assert "said by mistake" not in text(sample())
    assert "**Taken back:** 1 decision;" in four
    assert "settles the claim as NOT_ENOUGH_INFO. Note: “the passages cancel out”." in five


def test_a_verdict_that_stands_with_other_passages_is_told() -> None:
    one = sample().judged[0]
    less = replace(one, by_own=replace(one.by_own, evidence=(LINKED, *one.by_own.evidence)))
    log = Log()
    log.say("Ann", "accept", less)
    log.say("Bo", "accept", one)
    said = text(replace(sample(), reviews=tuple(log.made)))
    assert said.count("The passages shown then were not those shown here.") == 1


def test_what_people_decide_changes_nothing_that_the_machine_found() -> None:
    before, after = read_report(text(without())), read_report(text(sample()))
    assert (before.claims, before.verified, before.score) == (after.claims, after.verified, after.score)
    assert before.references == after.references
    bare, made = (json.loads(render_manifest(r, {})) for r in (without(), sample()))
    for name in ("counts", "quality_assessment", "gate_verdict", "verification_levels", "work"):
        assert bare[name] == made[name]


def test_the_manifest_has_a_block_of_people_with_the_same_counts() -> None:
    made = json.loads(render_manifest(sample(), {}))
    schema("paper-manifest-v1.1").validate(made)
    people = made["people"]
    assert (people["reviewed_claims"], people["decisions"], people["taken_back"]) == (4, 15, 1)
    assert [p["name"] for p in people["reviewers"]] == ["Ann", "Bo", THIRD]
    assert people["people_labels"] == {"SUPPORT": 1, "CONTRADICT": 0, "NOT_ENOUGH_INFO": 2, "no_label": 1}
    assert [(k["kind"], k["claims"]) for k in people["kappa"]][-1] == ("Fleiss", 3)
    assert people["disputed_claims"] == [sample().judged[1].claim.id]
    assert people["settled_claims"] == [sample().judged[4].claim.id]
    method = made["provenance"]["review_method"]
    assert (
        method
        == f"{REVIEW_METHOD}; beside them 3 people reviewed 4 of 5 claims, which moves none of their points"
    )
    assert "3 people reviewed 4 of 5 claims" in record.render(sample()).decode()


def test_the_limitations_count_decisions_in_force_and_people() -> None:
    said = "15 decisions of 3 people are in force on its claims, of which 4 are reviewed."
    assert f"is not peer review; {said}" in text(sample())


def test_decisions_that_were_all_taken_back_leave_a_sentence() -> None:
    log = Log()
    log.take_back(log.say("Ann", "accept", sample().judged[0]))
    made = replace(sample(), reviews=tuple(log.made))
    assert part(made).strip() == "0 of 5 claims were reviewed: 1 decision was taken back."
    assert "what people decided on its claims was taken back." in text(made)
    people = json.loads(render_manifest(made, {}))["people"]
    assert (people["reviewers"], people["decisions"], people["taken_back"]) == ([], 0, 1)
    assert "says SUPPORT" not in text(made)


def test_reviews_of_claims_that_the_report_does_not_judge_are_not_of_it() -> None:
    bare = replace(sample(), judged=sample().judged[2:3], reviews=LOG)
    assert "1 of 1 claim was reviewed; 2 people decided: Ann and Bo." in part(bare)
    assert "What people decided" not in text(replace(empty(), reviews=LOG))


def test_of_many_reviewers_not_every_pair_is_printed() -> None:
    one = sample().judged[0]
    log = Log()
    for number in range(8):
        log.say(f"R{number}", "accept", one)
    made = replace(sample(), reviews=tuple(log.made))
    assert "8 people decided: R0, R1, R2, R3, R4, R5 and 2 more." in part(made)
    assert "8 further pairs stand in manifest.json, under people." in part(made)
    assert len(json.loads(render_manifest(made, {}))["people"]["kappa"]) == 29


def test_every_format_prints_hostile_reviews_as_words() -> None:
    page = html.render(sample()).decode()
    assert "<b>C</b>" not in page
    assert "Cy | &lt;b&gt;C&lt;/b&gt;" in page
    assert page.count("<script") == 0
    assert markdown.escape(HOSTILE) in text(sample()).split("#### Claim 2\n")[1].split("####")[0]
    assert pdf.render(sample()).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("iso", "said"),
    [
        ("2026-06-10T08:00:00.123456+00:00", "2026-06-10 08:00:00 UTC"),
        ("2026-06-10T08:00:00+02:00", "2026-06-10 06:00:00 UTC"),
        ("2026-06-10T08:00:00", "2026-06-10 08:00:00 UTC"),
        ("some\nday", "some day"),
    ],
)
def test_a_moment_is_shown_in_utc_to_the_second(iso: str, said: str) -> None:
    assert moment(iso) == said
