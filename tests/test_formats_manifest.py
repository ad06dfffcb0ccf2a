"""manifest.json and the schemas: what is written is what the contracts say, hashed, with one clock."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sample_report import COMPARISONS, HOSTILE, attempted, empty, sample

from synth import formats
from synth.assessment import tiers
from synth.formats import blocks, lines, schemas
from synth.formats.blocks.quality import THRESHOLDS
from synth.formats.manifest import render_manifest
from synth.records import GateStatus, GateVerdict, Report

ROOT = Path(__file__).resolve().parent.parent
MADE = schemas.schemas()


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(MADE[f"{name}.schema.json"]))


def manifest(report: Report, files: dict[str, bytes] | None = None) -> Any:
    return json.loads(render_manifest(report, files or {"report.md": b"x"}))


@pytest.mark.parametrize("folder", ["schemas", "synth/data/schemas"])
def test_the_schemas_checked_in_are_those_of_the_contracts(folder: str) -> None:
    there = {p.name: p.read_bytes() for p in (ROOT / folder).glob("*.json")}
    assert there == MADE, "run python -m synth.formats.schemas"


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_schema_is_one_and_closed(name: str) -> None:
    made = json.loads(MADE[name])
    Draft202012Validator.check_schema(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["$id"] == f"urn:synth:schema:{name.removesuffix('.schema.json')}"
    assert all(d["additionalProperties"] is False for d in made["$defs"].values() if "properties" in d)


@pytest.mark.parametrize("report", [sample(), empty()], ids=["full", "empty"])
def test_a_manifest_follows_its_schema_and_so_does_each_block(report: Report) -> None:
    made = manifest(report)
    schema("paper-manifest-v1.1").validate(made)
    parts = [
        made["gate_verdict"],
        made["verification_levels"],
        made["quality_assessment"]["quality_tier"],
        made["quality_assessment"]["quality_dimensions"],
        made["correction_record"],
        made["provenance"],
        *made["benchmark_evidence"],
    ]
    for part in parts:
        schema(part["contract_version"]).validate(part)
        assert part["schema"] == f"urn:synth:schema:{part['contract_version']}"


def test_the_fields_of_each_block_are_those_that_public_records_use() -> None:
    made = manifest(sample())
    head = {"schema", "schema_version", "contract_version"}
    assert head | {"status", "label", "definition", "reason", "evaluated_at", "gate", "enforcement"} <= set(
        made["gate_verdict"]
    )
    assert head | {
        "paper_level",
        "paper_level_key",
        "paper_level_label",
        "basis",
        "generated_from",
        "claim_summary",
        "artifact_types",
        "levels",
        "unsupported_upper_levels",
        "enforcement",
        "limitations",
    } == set(made["verification_levels"])
    assert set(made["quality_assessment"]["quality_dimensions"]["dimensions"]) == {
        "evidence_strength",
        "citation_grounding",
        "numerical_consistency",
        "benchmark_validity",
        "novelty",
        "uncertainty_disclosure",
        "reproducibility_status",
        "safety_impact",
    }
    assert {
        "publisher",
        "model",
        "benchmark",
        "source_count",
        "source_coverage",
        "source_profile",
        "reported_range",
        "spread_pp",
        "severity",
        "entries",
        "interpretation",
    } <= set(made["benchmark_evidence"][0])
    assert {
        "publisher",
        "public_provenance_level",
        "report_artifact",
        "external_record",
        "claim_lineage",
        "review_method",
        "quality_guide",
        "contract",
        "note",
    } <= set(made["provenance"])


def test_every_other_file_of_the_bundle_is_hashed() -> None:
    files = formats.bundle(sample())
    made = json.loads(files.pop("manifest.json"))
    assert {a["name"]: (a["size"], a["sha256"]) for a in made["artifacts"]} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()
    }
    assert [i["sha256"] for i in made["inputs"]] == ["a" * 64, "b" * 64, None, "d" * 64]


def test_another_clock_changes_the_provenance_block_alone() -> None:
    later = replace(sample(), provenance=replace(sample().provenance, generated_at="2027-01-01T00:00:00Z"))
    first, second = manifest(sample()), manifest(later)
    assert first["provenance"].pop("generated_at") != second["provenance"].pop("generated_at")
    assert first == second


def test_the_gate_status_is_the_gates_and_nothing_else_sets_it() -> None:
    assert manifest(sample())["gate_verdict"]["status"] == "UNVERIFIED"
    best = replace(sample().assessment, score=10.0, level=7, tier="FLAGSHIP_CANDIDATE", publishable=True)
    assert manifest(replace(sample(), assessment=best))["gate_verdict"]["status"] == "UNVERIFIED"
    failed = GateVerdict(status=GateStatus.FALSIFIED, reason="a sound attempt failed", attempts=1)
    made = manifest(replace(sample(), gate=failed))
    assert made["gate_verdict"]["status"] == "FALSIFIED"


def test_claims_are_counted_by_what_their_attempts_did() -> None:
    counts = manifest(attempted())["verification_levels"]["claim_summary"]
    names = ("artifact_inspected", "sandbox_executed", "independently_reproduced")
    assert [counts[f"{name}_claims"] for name in names] == [2, 1, 1]
    assert counts["externally_reviewed_or_formally_verified_claims"] == 0
    assert manifest(attempted())["verification_levels"]["artifact_types"] == ["sealed-run"]
    assert manifest(sample())["verification_levels"]["artifact_types"] == []


def test_only_comparable_entries_have_a_range_and_a_spread() -> None:
    conflict, agree, other = manifest(sample())["benchmark_evidence"]
    assert (conflict["spread_pp"], conflict["severity"]) == (1.2, "MEDIUM")
    assert conflict["reported_range"] == {"min_score_pct": 83.0, "max_score_pct": 84.2}
    assert (agree["spread_pp"], agree["severity"]) == (0.0, "NONE")
    assert (other["spread_pp"], other["severity"]) == (None, "NOT_COMPARABLE")
    assert other["reported_range"] == {"min_score_pct": None, "max_score_pct": None}
    assert other["interpretation"].startswith("Not comparable")
    assert "The splits differ: test, development." in other["interpretation"]


def test_a_conflict_outside_percent_has_no_percentage_points() -> None:
    odd = COMPARISONS[0]
    entries = tuple(replace(e, unit="") for e in odd.entries)
    made = blocks.benchmark_evidence(replace(sample(), comparisons=(replace(odd, entries=entries),)))[0]
    assert made.spread_pp is None
    assert [e.score_pct for e in made.entries] == [None, None]
    assert [e.value for e in made.entries] == [84.2, 83.0]


def test_the_published_thresholds_are_those_that_are_applied() -> None:
    applied = [
        (t.tier, t.score, t.verified, "HIGH" if t.reproducibility == ("HIGH",) else None)
        for t in tiers.THRESHOLDS
    ]
    assert applied == [
        (t.tier, t.review_score_min, t.verified_claim_count_min, t.reproducibility_level) for t in THRESHOLDS
    ]


def test_corrections_are_listed_and_counted() -> None:
    made = manifest(sample())["correction_record"]
    assert (made["correction_state"], made["correction_count"]) == ("CORRECTED", 1)
    assert made["last_corrected_at"] == "2026-06-11T00:00:00+00:00"
    assert made["correction_events"][0]["affected_fields"] == ["inputs[1].year"]
    assert manifest(empty())["correction_record"]["correction_state"] == "CURRENT"


def test_per_claim_records_point_to_their_lines() -> None:
    summary = manifest(sample())["verification_levels"]["claim_summary"]
    claims = [json.loads(line) for line in formats.render("claims_jsonl", sample()).splitlines()]
    assert summary["per_claim_public_record_count"] == len(claims) == 5
    for record in summary["per_claim_public_records"]:
        assert claims[record["line"] - 1]["id"] == record["id"]
        assert claims[record["line"] - 1]["verified"] == record["verified"]


def test_addresses_are_http_or_null() -> None:
    assert [i["url"] for i in manifest(sample())["inputs"]] == [
        "http://arxiv.org/abs/1901.00001v2",
        "https://doi.org/10.1234/abc(5)",
        None,
        None,
    ]
    assert manifest(sample())["inputs"][1]["title"] == HOSTILE


def test_lines_are_named_by_the_schemas_of_the_commands() -> None:
    assert {n.removesuffix("-v1.schema.json") for n in MADE if "-line-" in n} == {
        "claims-file-line",
        "claims-line",
        "verify-line",
        "read-line",
        "results-line",
        "comparison-line",
        "search-line",
        "skipped-line",
        "check-record-line",
        "review-line",
        "decision-line",
    }
    assert lines.encode({"b": 1, "a": "é"}) == '{"b": 1, "a": "é"}\n'.encode()
