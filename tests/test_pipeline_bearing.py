"""Attempts attached to a report: what bears, what settles, what is shown only, what is left out."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sample_report import sample
from test_pipeline_reproduce import Canned, made, mostly, place, right

from synth import attempts, attestation, experiments
from synth.config import Config
from synth.experiments import script
from synth.pipeline import ask, bearing, gate, publish, targets, verifying
from synth.pipeline.kept import marked
from synth.records import Claim, ClaimKind, Judged, Paper, Report
from synth.store import open_store
from synth.trials import Quoted, Spec, Wanted

EARLY, LATE = "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"
Write = Callable[[int, int], str]
Run = Callable[..., Path]


def never(seed: int, _: int) -> str:
    return right(seed % 3)


def first(report: Report) -> tuple[Judged, Paper]:
    one = report.judged[0]
    return one, next(p for p in report.papers if p.id == one.claim.paper)


@pytest.fixture
def config(home: Path) -> Config:
    return Config(home=home, workers=1)


@pytest.fixture
def run(tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs a script at a claim in a canned seal, and ends at the given time."""

    def go(write: Write, *, claim: Judged | None = None, paper: Paper | None = None, at: str = EARLY,
           change: Callable[[Spec], Spec] = lambda s: s, **words: str) -> Path:  # fmt: skip
        job = place(tmp_path, **words)
        named = Wanted(claim=claim.claim if claim else None, paper=paper, options=(("folder", str(job)),))
        monkeypatch.setattr("synth.pipeline.reproduce.now", lambda: at)
        return made(Canned(write), change(script.draft(named)), job, config, monkeypatch)

    return go


def attached(report: Report, config: Config) -> Report:
    return bearing.attach(
        report, root=config.gate, holds=lambda folder: verifying.holds(folder, config=config)
    )


def status(report: Report) -> str:
    return report.gate_of(report.judged[0].claim.id).status.value


def reproducibility(report: Report) -> str:
    named = {one.name: one.level for one in report.assessment.dimensions}
    return named["reproducibility_status"]


def test_without_attempts_the_report_is_returned_as_it_is(config: Config) -> None:
    report = sample()
    assert attached(report, config) is report


def test_an_attempt_at_the_very_claim_settles_it_and_counts_in_the_review(config: Config, run: Run) -> None:
    report = sample()
    one, paper = first(report)
    done = run(mostly, claim=one, paper=paper)
    now = attached(report, config)
    (attempt,) = now.attempts
    assert (attempt.claim, attempt.outcome.value, attempt.at_claim_scale) == (
        one.claim.id,
        "REPRODUCED",
        True,
    )
    assert attempt.folder == done.relative_to(config.gate).as_posix()
    assert status(now) == "VERIFIED"
    assert reproducibility(now) == "HIGH"
    assert now.assessment.level >= 5
    assert "1 of 4 headline claims verified" in now.gate.reason
    assert marked(now).fingerprint != marked(report).fingerprint


def test_a_sound_failure_at_the_very_claim_falsifies_it(config: Config, run: Run) -> None:
    one, paper = first(sample())
    run(never, claim=one, paper=paper)
    assert status(attached(sample(), config)) == "FALSIFIED"


@pytest.mark.parametrize(
    ("write", "was", "shown"), [(mostly, "REPRODUCED", "PARTIAL"), (never, "FAILED", "INCONCLUSIVE")]
)
def test_an_attempt_that_quotes_the_claim_is_shown_and_settles_nothing(
    config: Config, run: Run, write: Write, was: str, shown: str
) -> None:
    one, paper = first(sample())
    quote = Quoted(doc_id=paper.doc_id, text=one.claim.text, keys=("script",))
    run(write, change=lambda s: replace(s, quotes=(quote,)))
    now = attached(sample(), config)
    (attempt,) = now.attempts
    assert (attempt.claim, attempt.outcome.value, attempt.at_claim_scale) == (one.claim.id, shown, False)
    assert attempt.reason.startswith(f"{was} at its own scale: ")
    assert status(now) == "UNVERIFIED"
    assert now.gate_of(one.claim.id).attempts == 1
    assert now.assessment.level < 5
    assert reproducibility(now) not in ("HIGH", "UNASSESSED")


@pytest.mark.parametrize("change", [{"doc_id": "other.pdf"}, {"text": "Other words."}, {"keys": ("other",)}])
def test_a_quote_of_other_words_paper_or_hypothesis_bears_on_nothing(
    config: Config, run: Run, change: dict[str, str]
) -> None:
    one, paper = first(sample())
    quote = Quoted(doc_id=paper.doc_id, text=one.claim.text, keys=("script",))
    run(mostly, change=lambda s: replace(s, quotes=(replace(quote, **change),)))  # type: ignore[arg-type]
    assert attached(sample(), config).attempts == ()


def test_what_the_experiment_recognises_bears_at_another_scale(
    config: Config, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = first(sample())
    run(mostly)

    def recognised(claim: Claim, *, paper: Paper) -> tuple[str, ...]:
        assert paper.id == claim.paper
        return ("script",) if claim.id == one.claim.id else ()

    monkeypatch.setattr(experiments.load("script"), "bears_on", recognised)
    now = attached(sample(), config)
    assert [(a.claim, a.outcome.value) for a in now.attempts] == [(one.claim.id, "PARTIAL")]
    assert status(now) == "UNVERIFIED"


def test_a_claims_id_with_other_words_is_not_the_claim(config: Config, run: Run) -> None:
    one, paper = first(sample())

    def other(spec: Spec) -> Spec:
        return replace(spec, hypotheses=(replace(spec.hypotheses[0], text="Two is even."),))

    run(mostly, claim=one, paper=paper, change=other)
    now = attached(sample(), config)
    assert [a.outcome.value for a in now.attempts] == ["PARTIAL"]
    assert status(now) == "UNVERIFIED"


@pytest.mark.parametrize(("write", "settled"), [(mostly, "VERIFIED"), (never, "FALSIFIED")])
@pytest.mark.parametrize("later", [mostly, never])
def test_a_later_attempt_at_something_else_does_not_undo_what_one_at_the_claim_settled(
    config: Config, run: Run, write: Write, settled: str, later: Write
) -> None:
    one, paper = first(sample())
    run(write, claim=one, paper=paper, at=EARLY)
    quote = Quoted(doc_id=paper.doc_id, text=one.claim.text, keys=("script",))
    run(later, at=LATE, change=lambda s: replace(s, quotes=(quote,)))
    now = attached(sample(), config)
    assert len(now.attempts) == 2
    assert status(now) == settled
    assert now.gate_of(one.claim.id).attempts == 2


def test_a_later_attempt_at_the_claim_decides(config: Config, run: Run) -> None:
    one, paper = first(sample())
    run(mostly, claim=one, paper=paper, at=EARLY)
    run(never, claim=one, paper=paper, at=LATE, **{"seeds = [1, 2, 3, 4, 5]": "seeds = [1, 2, 3, 4, 6]"})
    assert status(attached(sample(), config)) == "FALSIFIED"


def test_a_damaged_latest_attempt_is_left_out_and_verifies_no_earlier_one(config: Config, run: Run) -> None:
    one, paper = first(sample())
    kept = run(mostly, claim=one, paper=paper, at=EARLY)
    failed = run(
        never, claim=one, paper=paper, at=LATE, **{"seeds = [1, 2, 3, 4, 5]": "seeds = [1, 2, 3, 4, 6]"}
    )
    (failed / "log.txt").write_text("nothing to see\n")
    now = attached(sample(), config)
    assert [a.folder for a in now.attempts] == [kept.relative_to(config.gate).as_posix()]
    assert status(now) == "UNVERIFIED"


def test_a_broken_folder_is_left_out_of_the_report_and_named_by_the_gate(config: Config, run: Run) -> None:
    one, paper = first(sample())
    done = run(mostly, claim=one, paper=paper)
    (done / "spec.json").write_text("{}")
    assert attached(sample(), config).attempts == ()
    (row,) = gate.status("", config=config)
    assert row["folder"] == str(done)
    assert "spec.json" in row["reason"]


def test_an_attempt_of_an_untrusted_signer_is_shown_gives_no_status_and_does_not_count(
    config: Config, run: Run, tmp_path: Path
) -> None:
    one, paper = first(sample())
    done = run(mostly, claim=one, paper=paper)
    stranger = tmp_path / "stranger"
    attestation.keygen(stranger, name="stranger", at=EARLY, phrase=None)
    stored = attempts.load(done)
    key = attestation.signing_key(stranger, phrase=None)
    attempts.attach(done, attestation.sign(stored.found, contents=stored, key=key, version="0"))
    now = attached(sample(), config)
    assert [a.outcome.value for a in now.attempts] == ["REPRODUCED"]
    assert status(now) == "UNVERIFIED"
    assert "does not re-verify now" in now.gate_of(one.claim.id).reason
    assert reproducibility(now) == "UNASSESSED"
    assert now.assessment.level < 5


def test_a_report_whose_attempts_are_gone_says_nothing_of_them(config: Config, run: Run) -> None:
    one, paper = first(sample())
    done = run(mostly, claim=one, paper=paper)
    now = attached(sample(), config)
    done.rename(config.home / "elsewhere")
    after = attached(now, config)
    assert (after.attempts, after.gates) == ((), ())


def test_a_correction_is_appended_once_for_each_new_attempt(config: Config, run: Run) -> None:
    report = sample()
    one, paper = first(report)
    done = run(mostly, claim=one, paper=paper)
    now = bearing.corrected(attached(report, config), report)
    (event,) = now.corrections[len(report.corrections) :]
    assert now.corrections[: len(report.corrections)] == report.corrections
    assert (event.correction_type, event.corrected_at) == ("ARTIFACT", EARLY)
    assert done.name in event.public_note
    assert event.public_note.endswith("it bears on 1 claim.")
    assert bearing.corrected(attached(now, config), now).corrections == now.corrections
    away = replace(now, attempts=())
    assert bearing.corrected(attached(away, config), away).corrections == now.corrections


def kept_in_store(report: Report, config: Config, folder: Path) -> Report:
    """Put the report into the store and its bundle into ``folder``."""
    report = marked(report)
    with open_store(config.store) as store:
        store.add_report(report)
    publish(report, folder=folder, gate=config.gate)
    return report


def reproduced(folder: Path, config: Config) -> Report:
    """Write the bundle anew, as ``synth reproduce`` does when its runs have ended."""
    with open_store(config.store) as store:
        report = store.report(json.loads((folder / "manifest.json").read_text())["fingerprint"])
    assert report is not None
    now = gate.reattached(
        targets.Targets(specs=(), unmatched=(), report=report, folder=folder), config=config
    )
    assert now is not None
    return now


def test_the_bundle_written_anew_holds_a_copy_and_a_second_time_changes_nothing(
    config: Config, run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "bundle"
    kept_in_store(sample(), config, folder)
    one, paper = first(sample())
    done = run(mostly, claim=one, paper=paper)
    now = reproduced(folder, config)
    copy = folder / "gate" / done.relative_to(config.gate)
    assert attempts.digest(copy)[:12] == copy.name
    events = json.loads((folder / "manifest.json").read_text())["correction_record"]
    before = bytes_of(folder)
    again = reproduced(folder, config)
    assert again.fingerprint == now.fingerprint
    assert bytes_of(folder) == before
    assert done.name in json.dumps(events)
    line = json.loads((folder / "claims.jsonl").read_text().splitlines()[0])
    assert line["gate"]["status"] == "VERIFIED"


def bytes_of(folder: Path) -> dict[str, str]:
    """Return the hash of every file of a bundle but the manifest, whose clock is this run's."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


def test_a_copy_that_is_there_is_never_touched(config: Config, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    kept_in_store(sample(), config, folder)
    one, paper = first(sample())
    done = run(mostly, claim=one, paper=paper)
    copy = folder / "gate" / done.relative_to(config.gate)
    copy.mkdir(parents=True)
    (copy / "note.txt").write_text("mine")
    reproduced(folder, config)
    assert [p.name for p in copy.iterdir()] == ["note.txt"]


def test_asking_twice_with_an_attempt_here_gives_the_same_bytes(
    config: Config, run: Run, papers: Path, tmp_path: Path
) -> None:
    asked = replace(config, papers=(papers,), date="2026-01-01")
    question = "Does bidirectional attention help question answering?"
    bare = ask(question, config=asked)
    one, paper = first(bare)
    run(mostly, claim=one, paper=paper)
    told = []
    for name in ("one", "two"):
        report = ask(question, config=asked)
        publish(report, folder=tmp_path / name, gate=config.gate)
        told.append((report.fingerprint, bytes_of(tmp_path / name)))
    assert told[0] == told[1]
    assert told[0][0] != bare.fingerprint
    assert report.gate_of(one.claim.id).status.value == "VERIFIED"
    assert len(list((tmp_path / "two" / "gate").glob("*/*/spec.json"))) == 1
    os.rename(config.gate, config.home / "away")
    assert ask(question, config=asked).fingerprint == bare.fingerprint


def test_headlines_are_the_findings_and_comparisons(config: Config, run: Run) -> None:
    report = sample()
    one, paper = first(report)
    run(mostly, claim=one, paper=paper)
    method = replace(one, claim=replace(one.claim, kind=ClaimKind.METHOD))
    now = attached(replace(report, judged=(method, *report.judged[1:])), config)
    assert status(now) == "VERIFIED"
    assert now.gate.status.value == "UNVERIFIED"
    only = attached(replace(report, judged=report.judged[:1]), config)
    assert only.gate.status.value == "VERIFIED"
