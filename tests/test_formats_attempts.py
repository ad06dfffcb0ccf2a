"""Sealed attempts in a report, on its record page and on their own page: the exact words, nothing more."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest
from jsonschema import Draft202012Validator
from sample_report import attempted, sample

from synth.formats import blocks, lines, render
from synth.formats.attempt_page import render_attempt, rule_in_words
from synth.formats.document import Interval, Intervals, as_table, words
from synth.formats.intervals import draw
from synth.formats.schemas import schemas
from synth.records import Artifact, Outcome
from synth.trials import (
    Arm,
    Cell,
    Cells,
    Cost,
    Effect,
    Environment,
    Held,
    Hypothesis,
    Judgement,
    Limits,
    Quoted,
    Results,
    Rule,
    Spec,
)

WORDS = "mechanism test in a generated world: x < y; the paper's own models and data: not run"
CELLS = Cells(metric="exact match", tasks=("qa",), languages=("B", "C"))
RULE = Rule(kind="improvement", cells=CELLS, arms=("qa",), against="none", placebos=(("qa", "placebo"),))
SPEC = Spec(
    experiment="xlmr_intermediate",
    experiment_version="1",
    tier="miniature",
    size="core",
    paper="arxiv:2005.13013",
    version="v2",
    hypotheses=(
        Hypothesis(key="transfer", claim="c1", text="It <i>helps</i>.", at_claim_scale=True, rule=RULE),
    ),
    quotes=(Quoted(doc_id="2005.13013v2.pdf", text="It helps a lot.", page=3),),
    arms=tuple(Arm(name=n, role="intermediate", words=n) for n in ("qa", "none", "placebo")),
    seeds=(11, 12, 13, 14, 15),
    parameters=(("steps", "6600"),),
    program=(Artifact(name="program.py", sha256="a" * 64, size=3),),
    limits=Limits(),
    scale="a generated world",
    words=WORDS,
    deviations=("Two layers, not 24.",),
)
EFFECT = Effect(arm="qa", against="none", mean=12.4, low=7.7, high=17.1, n=8, p=0.0002, adjusted=0.0004)
RESULTS = Results(
    spec_sha256="b" * 64,
    rows=(),
    judgements=(
        Judgement(
            key="transfer",
            claim="c1",
            outcome=Outcome.REPRODUCED,
            reason="qa over none +12.4 points [+7.7, +17.1]",
            effects=(EFFECT,),
            preconditions=(Held(words="aligned", held=True, found="54.0 above 6.1"),),
        ),
    ),
)
ENVIRONMENT = Environment(
    seal="bubblewrap 0.8.0",
    probe=(("network", "held"), ("32-bit calls", "not applicable")),
    python="3.11.2",
    platform="Linux x86_64",
    packages=(("torch", "2.13.0"),),
    started_at="2026-01-02T03:00:00+00:00",
    ended_at="2026-01-02T03:04:05+00:00",
    costs=(Cost(seed=11, cpu_seconds=140.2, wall_seconds=150.0, peak_mb=611.0),),
)


CELL = Cell(task="qa", language="B", split="test", metric="em", effect=EFFECT, items=500)


def page() -> str:
    pictured = (CELL,)
    measured = (CELL,)
    return render_attempt(SPEC, RESULTS, ENVIRONMENT, pictured=pictured, measured=measured).decode()


def test_the_page_says_the_exact_words_and_escapes_every_one() -> None:
    made = page()
    assert (
        "Mechanism test in a generated world: x &lt; y; the paper&#39;s own models and data: not run." in made
    )
    assert "It &lt;i&gt;helps&lt;/i&gt;." in made
    assert "<i>" not in made


@pytest.mark.parametrize(
    "due",
    [
        "REPRODUCED.",
        "[+7.7, +17.1]",
        "&lt; .001",
        "54.0 above 6.1",
        "Two layers, not 24.",
        "1 of 2 held",
        "140 s of CPU over 1 sealed run",
        "2005.13013v2.pdf, page 3",
        "qa over none by at least 2 points, and over the placebo (placebo)",
        "a" * 64,
    ],
)
def test_the_page_shows_what_was_stated_measured_settled_and_spent(due: str) -> None:
    assert due in page()


def test_the_picture_draws_each_interval_and_marks_nothing_and_the_smallest_effect() -> None:
    made = page()
    assert made.count('class="dot"') == 1
    assert "smallest effect 2" in made
    assert "qa − none, B" in made


def test_a_drawing_keeps_every_bound_on_its_axis() -> None:
    rows = (Interval("a", -3.0, -7.2, 1.1), Interval("b", 40.0, None, None))
    svg = draw(Intervals(caption="x", unit="points", rows=rows))
    places = [float(part.split('"')[0]) for part in svg.split('cx="')[1:]]
    assert len(places) == 2
    assert all(300 <= x <= 660 for x in places)
    assert svg.count("whisker") == 1


def test_formats_that_do_not_draw_print_a_table() -> None:
    table = as_table(Intervals(caption="x", unit="points", rows=(Interval("a", -3.0, -7.2, 1.1),)))
    assert [words(cell) for cell in table.rows[0]] == ["a", "-3.0", "[-7.2, +1.1]"]


def test_a_rule_reads_as_a_sentence() -> None:
    choice = replace(RULE, against="", choices=("qa", "nli"), placebos=())
    assert "the best of qa, nli" in rule_in_words(choice)
    near = Rule(kind="tolerance", cells=CELLS, arms=("qa",), reported=90.0, tolerance=1.5, deterministic=True)
    assert rule_in_words(near).endswith("within 90 ± 1.5; one seed, run twice with the same bytes.")


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_a_report_shows_each_attempt_with_its_outcome_scale_and_words(name: str) -> None:
    made = render(name, attempted()).decode()
    assert "3.6 Sealed attempts" in made
    assert "1 sealed attempt bears on 2 claims" in made
    assert "PARTIAL" in made
    assert "not at the claim" in made
    assert "own models and data: not run" in made
    assert "<b>± 2</b>" not in made


def test_a_report_without_attempts_says_nothing_of_them() -> None:
    assert "Sealed attempts" not in render("markdown", sample()).decode()


def test_the_record_page_lists_the_attempts_under_the_gate() -> None:
    made = render("record", attempted()).decode()
    assert "0123456789ab" in made
    assert "Claims run in the sandbox at their own scale" in made


def test_a_line_of_claims_jsonl_holds_the_gate_and_its_attempts() -> None:
    rows = [json.loads(line) for line in render("claims_jsonl", attempted()).splitlines()]
    schema = json.loads(schemas()["claims-file-line-v1.schema.json"])
    for row in rows:
        Draft202012Validator(schema).validate(row)
    assert [row["gate"]["status"] for row in rows[:3]] == ["VERIFIED", "UNVERIFIED", "UNVERIFIED"]
    assert rows[1]["gate"]["attempts"][0]["outcome"] == "PARTIAL"
    assert rows[2]["gate"]["attempts"] == []


def test_a_proof_is_another_kind_of_artifact_than_a_run() -> None:
    made = attempted()
    proof = replace(made.attempts[0], experiment="proof", outcome=Outcome.PROVED)
    levels = blocks.verification_levels(replace(made, attempts=(proof,)))
    assert levels.artifact_types == ["lean-proof"]
    assert levels.claim_summary.externally_reviewed_or_formally_verified_claims == 1


def test_attempts_of_a_claim_stand_oldest_first() -> None:
    new, old = attempted().attempts[0], replace(attempted().attempts[0], id="f" * 12, ended_at="2025-01-01")
    made = lines.gated(attempted().gate, [new, old])
    assert [one["id"] for one in made["attempts"]] == ["f" * 12, "0123456789ab"]


def test_a_proofs_rule_is_its_checks() -> None:
    rule = Rule(kind="proof", cells=CELLS, arms=("proof",), deterministic=True)
    assert rule_in_words(rule).startswith("every check of the Lean proof passes")


def test_the_records_of_an_attempt_keep_to_their_schemas() -> None:
    made = {"spec-v1": SPEC, "results-v1": RESULTS, "environment-v1": ENVIRONMENT}
    for name, record in made.items():
        schema = json.loads(schemas()[f"{name}.schema.json"])
        Draft202012Validator(schema).validate(json.loads(msgspec.json.encode(record)))
