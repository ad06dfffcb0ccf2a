"""The demo report shows rightly what the demo papers were made to hold, and the sample stays what it is."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from synth import pipeline, reading
from synth.checking import check
from synth.config import load
from synth.formats.seed_reader import read_report
from synth.pipeline import gate, verifying
from synth.pipeline.verify import Asked
from synth.records import GateStatus, Label, Report

SAMPLE = Path(__file__).resolve().parent.parent / "reports" / "demo"
KEY = SAMPLE.parent / "sample-key.pub"
DATE = "2026-01-01"
SEED_002 = (
    "Does the benefit of intermediate-task training for zero-shot cross-lingual transfer on XTREME-R "
    "diminish when the pre-trained model size exceeds 10 billion parameters?"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    settings = load(flags={"home": folder / "home", "papers": (pipeline.demo_papers(),), "date": DATE})
    shutil.copytree(SAMPLE / "gate", settings.gate)
    gate.trust(settings, KEY, name="synth sample")
    made = pipeline.ask(pipeline.DEMO_QUESTION, config=settings)
    pipeline.publish(made, folder=folder / "bundle", gate=settings.gate)
    return made


def test_each_side_is_judged_at_its_own_rate(report: Report) -> None:
    assert {one.by_others.signature.rpartition("+")[2] for one in report.judged} == {"prior:natural"}
    assert {one.by_own.signature.rpartition("+")[2] for one in report.judged} == {"prior:own"}


def test_no_demo_claim_is_contradicted_by_sentences_that_merely_stand_near_it(report: Report) -> None:
    assert [one.claim.text for one in report.judged if one.by_own.label is Label.CONTRADICT] == []


def test_every_demo_paper_is_read_in_full_and_the_question_is_answered(report: Report) -> None:
    assert (report.coverage.found, report.coverage.full_text, report.coverage.unread) == (10, 10, 0)
    assert report.synthesis.answerability.answer == "answered"


def test_the_two_versions_of_one_paper_disagree_and_it_says_that_they_are_versions(report: Report) -> None:
    conflicts = [c for c in report.comparisons if c.relation == "conflict"]
    values = [{abs(e.value) for e in c.entries} for c in conflicts]
    assert any({5.4, 6.1} <= v for v in values)
    assert any("version" in c.reason for c in conflicts)
    assert any(d.kind == "between_versions" for d in report.synthesis.disagreements)


def test_development_and_test_averages_are_never_compared(report: Report) -> None:
    for compared in report.comparisons:
        values = {abs(e.value) for e in compared.entries}
        if 5.4 in values and values & {8.2, 7.5, 7.0, 8.7}:
            assert compared.relation in ("not_comparable", "condition_not_stated")
            assert compared.spread is None
    assert any(
        c.relation == "not_comparable" and re.search(r"development.*test|test.*development", c.reason)
        for c in report.comparisons
    )


def test_the_decrease_is_a_decrease(report: Report) -> None:
    changes = [r for r in report.results if r.is_difference and abs(r.value) == 0.7 and r.metric == "F1"]
    assert any(r.value == -0.7 for r in changes)
    falls = [
        r for r in report.results if re.search(r"(falls|drops|lower|decrease)", r.quote) and "0.7" in r.quote
    ]
    assert all(r.value != 0.7 for r in falls if r.is_difference)


def test_a_version_of_a_paper_never_corroborates_another(report: Report) -> None:
    works = {p.id: p.work for p in report.papers}
    for one in report.judged:
        own = works[one.claim.paper]
        assert all(works[e.paper] != own for e in one.by_others.evidence)
        assert all(works[e.paper] == own for e in one.by_own.evidence)


def test_a_claim_is_never_its_own_evidence(report: Report) -> None:
    for one in report.judged:
        for e in (*one.by_others.evidence, *one.by_own.evidence):
            assert (e.passage, e.sentence) != (one.claim.passage, one.claim.sentence)


def test_other_works_support_some_claims(report: Report) -> None:
    assert report.verified >= 1


def test_models_above_ten_billion_parameters_are_not_answered(folder: Path) -> None:
    settings = load(flags={"home": folder / "home", "papers": (pipeline.demo_papers(),), "date": DATE})
    said = pipeline.ask(SEED_002, config=settings).synthesis.answerability
    assert said.answer == "not_answered"
    assert "10 billion" in said.reason


def test_the_paper_that_evaluates_on_xnli_supports_that_it_does(folder: Path) -> None:
    """The seeds' one cross: 0.05 for a sentence that the paper states."""
    claim = Asked(id="000", text="The XNLI dataset is used for evaluation.")
    paper = pipeline.demo_papers() / "2107.09840v1.pdf"
    ((_, verdict),) = pipeline.verify_against(
        (claim,), (paper,), config=load(flags={"home": folder / "home"})
    )
    assert verdict.label is Label.SUPPORT


@pytest.mark.usefixtures("report")
def test_the_bundle_passes_every_check_with_every_quote_found(folder: Path) -> None:
    problems = check(
        folder / "bundle",
        papers=(pipeline.demo_papers(),),
        page_letters=reading.page_letters,
        text_in_boxes=reading.text_in_boxes,
        attempt_faults=lambda at: verifying.by_anyone(at, config=load(flags={"home": folder / "home"})),
    )
    assert problems == ()


def test_the_sealed_attempt_bears_on_the_papers_claims_and_settles_none(report: Report) -> None:
    doc_ids = {paper.id: paper.doc_id for paper in report.papers}
    on = {doc_ids[one.claim.paper] for one in report.judged if one.claim.id in dict(report.gates)}
    assert on <= {"2005.13013v1.pdf", "2005.13013v2.pdf"}
    assert on
    assert {g.status for _, g in report.gates} == {GateStatus.UNVERIFIED}
    assert not any(a.at_claim_scale for a in report.attempts)
    assert {a.words for a in report.attempts} == {
        "mechanism test in a generated world: 3 generated languages, 110 concepts, an XLM-R encoder of 2 "
        "layers and width 64, 6,600 steps of pre-training, 8 seeds; the paper's own models and data: not run"
    }


def test_a_reader_of_the_seeds_reads_ours(report: Report, folder: Path) -> None:
    read = read_report((folder / "bundle" / "report.md").read_text(encoding="utf-8"))
    assert read.question == report.question.text
    assert (read.papers, read.extracted, read.verified) == (10, len(report.judged), report.verified)
    assert len(read.claims) == len(report.judged)
    assert sum(row.verified for row in read.claims) == report.verified
    assert [row.text for row in read.claims] == [" ".join(j.claim.text.split()) for j in report.judged]


NUMBER = re.compile(rb"-?\d+\.\d+")


@pytest.mark.parametrize("name", ["report.md", "claims.jsonl"])
@pytest.mark.usefixtures("report")
def test_the_sample_report_is_what_this_version_writes(folder: Path, name: str) -> None:
    """Numbers may differ in the last place between processors; everything else is the same to the letter."""
    ours, kept = (folder / "bundle" / name).read_bytes(), (SAMPLE / name).read_bytes()
    assert NUMBER.sub(b"#", ours) == NUMBER.sub(b"#", kept), "rebuild it: make sample"
    pairs = zip(NUMBER.findall(ours), NUMBER.findall(kept), strict=True)
    far = [(a, b) for a, b in pairs if abs(float(a) - float(b)) > 0.02]
    assert far == []


def test_the_sample_claims_are_whole_sentences() -> None:
    lines = (SAMPLE / "claims.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert max(map(len, texts)) > 120
    assert all(t.rstrip('”")’]0123456789 ')[-1:] in ".!?…:;" for t in texts)
