"""Who would have the gate say VERIFIED without a sound run: forged specs, labels, clocks, copies, pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from miniature_world import spec as miniature_spec
from sample_report import sample
from test_experiments_formula import GAIN, claim
from test_experiments_script import CONTROL, drafted, folder
from test_pipeline_reproduce import Canned, made, mostly, place, right, spec

from synth import attempts, attestation, experiments
from synth.attempts import Stored
from synth.config import Config
from synth.errors import InputError, SynthError, UsageError
from synth.experiments import formula, script, xlmr_intermediate
from synth.pipeline import bearing, gate, reproduce, verifying
from synth.records import Judged, Outcome, Report
from synth.trials import Judgement, Limits, Results, Spec, Wanted


@pytest.fixture
def config(home: Path) -> Config:
    return Config(home=home, workers=1)


@pytest.fixture
def honest(tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an attempt whose rule was met, unsigned."""
    at = place(tmp_path)
    monkeypatch.setattr(reproduce, "now", lambda: "2026-01-01T00:00:00+00:00")
    return made(Canned(mostly), spec(at), at, config, monkeypatch)


def statuses(config: Config) -> dict[str, str]:
    return {row["claim"]: row["status"] for row in gate.status("", config=config) if "status" in row}


def lost(config: Config) -> list[str]:
    return [row["reason"] for row in gate.status("", config=config) if "status" not in row]


def faults(at: Path) -> list[tuple[str, str]]:
    return [(one.file, one.what) for one in verifying.verify(at, trusted=()).faults if not one.notice]


def renamed(at: Path) -> Path:
    """Give a changed attempt the name of its digest and an envelope that names every file, unsigned."""
    named = at.rename(at.with_name(attempts.digest(at)[:12]))
    again = attempts.load(named)
    attempts.attach(named, attestation.unsigned(again.found, contents=again, version="0"))
    return named


def rewritten(at: Path, *, of: Spec | None = None, files: Mapping[str, bytes] | None = None) -> Path:
    """Write another spec and files into an attempt, with the results that they give, as a forger would."""
    stored = attempts.load(at)
    stated = of or stored.spec
    for name, content in (files or {}).items():
        (at / name).write_bytes(content)
    seeds = {s: (at / "outputs" / f"seed-{s}", at / "gold" / f"seed-{s}") for s in stated.seeds}
    facts = stored.inputs
    listed = [
        replace(
            one,
            gold=tuple(_hashed(at, f"gold/seed-{one.seed}", a) for a in one.gold),
            outputs=tuple(_hashed(at, f"outputs/seed-{one.seed}", a) for a in one.outputs),
        )
        for one in facts.seeds
    ]
    (at / "inputs" / "inputs.json").write_bytes(attempts.encode(replace(facts, seeds=tuple(listed))))
    (at / "spec.json").write_bytes(attempts.encode(stated))
    try:
        results = reproduce.judged(stated, experiments.load("script"), seeds, repeatable=None)
    except InputError:
        results = replace(stored.results, spec_sha256=attempts.spec_sha256(stated))
    (at / "results.json").write_bytes(attempts.encode(results))
    (at / "page.html").write_bytes(reproduce.page_of(stated, results, stored.environment))
    return renamed(at)


def _hashed(at: Path, part: str, one: Any) -> Any:
    from synth.attempts.listing import hashed

    return hashed(at / part / one.name, name=one.name)


# --- specs that no experiment drafts


def loose(stated: Spec, **rule: Any) -> Spec:
    one = stated.hypotheses[0]
    return replace(stated, hypotheses=(replace(one, rule=replace(one.rule, **rule)),))


SCRIPTS: dict[str, Callable[[Spec], Spec]] = {
    "few seeds suffice": lambda s: loose(s, least_seeds=1),
    "no confidence": lambda s: loose(s, confidence=0.51),
    "as wide as the world": lambda s: loose(s, tolerance=1e9),
    "another rule": lambda s: loose(s, kind="equivalence", against="script", smallest=100.0),
    "two hypotheses": lambda s: replace(
        s, hypotheses=(*s.hypotheses, replace(s.hypotheses[0], key="x", claim="c1"))
    ),
    "a tenth of the data at the claim's scale": lambda s: replace(s, scale="a tenth", words="a whole run"),
    "no control": lambda s: replace(loose(s, controls=()), arms=s.arms[:1]),
    "no control, and said so": lambda s: replace(
        loose(s, controls=()),
        arms=s.arms[:1],
        scale=script.NO_CONTROL,
        words=f"a user's script in the seal: {script.NO_CONTROL}",
    ),
    "a control that no rule asks for": lambda s: loose(s, controls=()),
    "a share for percent": lambda s: loose(s, reported=0.95),
    "another program": lambda s: replace(s, program=(replace(s.program[0], sha256="0" * 64),)),
    "the paper's words": lambda s: replace(s, words="the paper's own models and data, in full"),
    "a GPU": lambda s: replace(s, gpu=True),
    "a state": lambda s: replace(s, keeps_state=True),
    "ten thousand seeds": lambda s: replace(s, seeds=tuple(range(10_000))),
}


@pytest.mark.parametrize("how", SCRIPTS)
def test_a_script_whose_spec_its_experiment_does_not_draft_neither_runs_nor_verifies(
    how: str, tmp_path: Path, honest: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert script.departs(attempts.load(honest).spec) == ""
    stated = SCRIPTS[how](attempts.load(honest).spec)
    assert script.departs(stated)
    forged = rewritten(honest, of=stated) if len(stated.seeds) < 100 else None
    if forged is not None:
        assert "is not one that script drafts" in faults(forged)[0][1]
        assert "VERIFIED" not in statuses(config).values()
    with pytest.raises(UsageError, match="is not one that script drafts"):
        made(Canned(mostly), stated, tmp_path / "job", config, monkeypatch)


def test_limits_that_the_folder_does_not_state_are_not_run(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    greedy = replace(spec(at), limits=Limits(memory_mb=10**6, wall_seconds=10**8))
    with pytest.raises(InputError, match="has changed since"):
        made(Canned(mostly), greedy, at, config, monkeypatch)


PAPERS = "c00000000000000aa"
FORMULAS: dict[str, Callable[[Spec], Spec]] = {
    "a paper's claim": lambda s: replace(
        s, hypotheses=(replace(s.hypotheses[0], claim=PAPERS, text="XLM-R gains 5.4 points."),)
    ),
    "a paper's id": lambda s: replace(s, hypotheses=(replace(s.hypotheses[0], claim=PAPERS),)),
    "no control": lambda s: loose(s, controls=()),
    "as wide as the world": lambda s: loose(s, tolerance=1e9),
    "another value": lambda s: loose(s, reported=73.6),
    "another expression": lambda s: replace(
        s, parameters=tuple((n, "b - a + 1" if n.endswith("expression") else v) for n, v in s.parameters)
    ),
    "other inputs": lambda s: replace(
        s, parameters=tuple((n, v.replace("68.2", "60.2")) for n, v in s.parameters)
    ),
    "other words": lambda s: replace(s, words="the paper, in full"),
    "a day of CPU": lambda s: replace(s, limits=Limits(cpu_seconds=86_400)),
}


@pytest.mark.parametrize("how", FORMULAS)
def test_arithmetic_carries_no_claim_rule_or_value_but_its_own(how: str) -> None:
    stated = formula.draft(Wanted(claim=claim(GAIN)))
    assert formula.departs(stated) == ""
    assert formula.departs(FORMULAS[how](stated))


@pytest.mark.parametrize(
    ("expression", "inputs", "stated"),
    [("a", "a=73.6", "73.6"), ("a + 0", "a=73.6", "73.6"), ("a + 0 * b", "a=5.4; b=68.2", "5.4")],
)
def test_arithmetic_that_is_true_of_whatever_is_quoted_is_refused(
    expression: str, inputs: str, stated: str
) -> None:
    options = (("expression", expression), ("inputs", inputs), ("quote", GAIN), ("stated", stated))
    with pytest.raises(UsageError, match=r"changes nothing|itself"):
        formula.draft(Wanted(options=options))


MINIATURES: dict[str, Callable[[Spec], Spec]] = {
    "a paper's claim": lambda s: replace(s, hypotheses=(replace(s.hypotheses[0], claim=PAPERS),)),
    "a paper's words": lambda s: replace(
        s, hypotheses=(replace(s.hypotheses[0], text="XLM-R gains."), *s.hypotheses[1:])
    ),
    "one seed suffices": lambda s: loose(s, least_seeds=1),
    "no precondition": lambda s: loose(s, preconditions=()),
    "no placebo": lambda s: loose(s, placebos=()),
    "the full scale": lambda s: replace(s, scale="the paper's", words="the paper's own models and data"),
    "a smoke run called core": lambda s: replace(s, parameters=miniature_spec("smoke").parameters),
    "a world that fills the disk": lambda s: replace(
        s, parameters=tuple((n, "10000000" if n == "documents" else v) for n, v in s.parameters)
    ),
    "another paper": lambda s: replace(s, paper="arxiv:1706.03762"),
    "another program": lambda s: replace(s, program=s.program[1:]),
    "a year": lambda s: replace(s, limits=Limits(wall_seconds=31_536_000)),
    "a tier of its own": lambda s: replace(s, tier="huge"),
}


@pytest.mark.parametrize("how", MINIATURES)
def test_a_miniature_whose_spec_is_not_drafted_neither_runs_nor_verifies(how: str, config: Config) -> None:
    stated = miniature_spec("core")
    assert xlmr_intermediate.departs(stated) == ""
    forged = MINIATURES[how](stated)
    with pytest.raises(UsageError, match="is not one that xlmr_intermediate drafts"):
        reproduce.reproduce(forged, config=config, attest=lambda _: b"")
    assert not config.gate.exists()


# --- the paper's own claim


def of_the_paper(report: Report, text: str) -> tuple[Report, Judged]:
    """Return the report with one judged claim that says ``text`` in the paper that the miniature is about."""
    one = report.judged[0]
    said = replace(one, claim=replace(one.claim, text=text))
    papers = tuple(
        replace(p, arxiv="2005.13013", version="v2") if p.id == one.claim.paper else p for p in report.papers
    )
    return replace(report, papers=papers, judged=(said, *report.judged[1:])), said


def met(stated: Spec, rows: Any) -> Results:
    """Return results in which every rule was met, whatever the rows."""
    judged = tuple(
        Judgement(key=h.key, claim=h.claim, outcome=Outcome.REPRODUCED, reason="met", effects=())
        for h in stated.hypotheses
    )
    return Results(spec_sha256=attempts.spec_sha256(stated), rows=tuple(rows), judgements=judged)


@pytest.mark.parametrize("taken", [False, True])
def test_a_miniature_verifies_no_claim_of_the_paper_even_if_everything_holds_and_its_id_is_taken(
    taken: bool, config: Config
) -> None:
    import sample_attempt

    text = "Intermediate-task training improves zero-shot transfer of XLM-R on XTREME by 5.4 points."
    report, one = of_the_paper(replace(sample(), attempts=(), gates=()), text)
    stated = miniature_spec("core", seeds=(2001, 2002, 2003, 2004, 2005))
    if taken:
        stated = replace(
            stated,
            hypotheses=(replace(stated.hypotheses[0], claim=one.claim.id, text=text), *stated.hypotheses[1:]),
        )
    program = {name: (Path(xlmr_intermediate.__file__).parent / "_miniature" / name).read_bytes()
               for name in ("program.py", "tasks.py", "world.py")}  # fmt: skip
    ran = sample_attempt.Ran(exit_code=0, stopped="", log="", cpu_seconds=1.0, wall_seconds=1.0)
    with attempts.open_run(config.gate, stated) as run:
        for seed in stated.seeds:
            out = attempts.scratch(run, seed)
            attempts.keep_seed(run, seed, outputs=out, gold=(), inputs=(), ran=ran)
        attempts.finish(
            run, results=met(stated, ()), environment=sample_attempt.environment(), page=b"", program=program,
            attest=lambda m: attestation.unsigned(m.found, contents=m, version="0"),
        )  # fmt: skip
    # even a check that passes everything gives the paper's claim nothing of a miniature that keeps to its ids
    now = bearing.attach(
        report, root=config.gate, holds=lambda at: not taken or verifying.holds(at, config=config)
    )
    seen = [a for a in now.attempts if a.claim == one.claim.id]
    assert bool(seen) is not taken
    assert now.gate_of(one.claim.id).status.value == "UNVERIFIED"
    assert not any(a.outcome is Outcome.REPRODUCED or a.at_claim_scale for a in seen)


# --- labels, predictions, proofs


def test_labels_and_predictions_that_are_forged_together_are_told_by_the_hash_in_the_spec(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    done = made(Canned(lambda *_: right(0)), spec(at), at, config, monkeypatch)
    gold = (at / "gold.jsonl").read_bytes().replace(b"even", b"neither").replace(b"odd", b"neither")
    forged = rewritten(done, files={f"gold/seed-{s}/gold.jsonl": gold for s in range(1, 6)})
    assert "not the gold that the spec names" in faults(forged)[0][1]
    assert set(statuses(config).values()) == {"UNVERIFIED"}


@pytest.mark.parametrize("other", ["gold.jsonl", "copy.jsonl"])
def test_a_folder_whose_inputs_hold_the_labels_is_refused(tmp_path: Path, other: str) -> None:
    at = folder(tmp_path / "job")
    if other != "gold.jsonl":
        shutil.copy(at / "gold.jsonl", at / other)
    text = (at / "repro.toml").read_text()
    sha256 = text.split("[gold]")[1].split('sha256 = "')[1][:64]
    (at / "repro.toml").write_text(text.replace("[inputs]", f'[inputs]\n"{other}" = "{sha256}"'))
    with pytest.raises(InputError, match="gold, which must stay outside"):
        drafted(at)


def test_predictions_that_are_brought_along_are_refused(tmp_path: Path) -> None:
    at = folder(tmp_path / "job", change={'predictions = "predictions.jsonl"': 'predictions = "run.py"'})
    with pytest.raises(InputError, match="the command must write"):
        drafted(at)


@pytest.mark.parametrize(
    ("metric", "expected", "tolerance"),
    [("accuracy", 50, 50), ("macro_f1", 90, 1e9), ("spearman", 0.5, 1.5), ("mean_absolute_error", 0.5, 1e9)],
)
def test_a_tolerance_that_nothing_misses_is_refused(
    tmp_path: Path, metric: str, expected: float, tolerance: float
) -> None:
    change = {'"accuracy"': f'"{metric}"', "= 90.0": f"= {expected}", "= 2.0": f"= {tolerance}"}
    with pytest.raises(InputError, match="must leave figures that miss it"):
        drafted(folder(tmp_path / "job", change=change))


def test_proved_without_a_trusted_signature_settles_nothing(honest: Path, config: Config) -> None:
    stored = attempts.load(honest)
    proved = replace(stored.results.judgements[0], outcome=Outcome.PROVED)
    told: Stored = replace(stored, results=replace(stored.results, judgements=(proved,)))
    assert any("PROVED" in one.what and not one.notice for one in verifying._proved(told, ()))
    gate.keygen(config, name="me")
    key = attestation.signing_key(config.keys, phrase=None)
    attempts.attach(honest, attestation.sign(stored.found, contents=stored, key=key, version="0"))
    signed = replace(told, found=attempts.look(honest))
    assert list(verifying._proved(signed, attestation.trusted(config.keys))) == []
    assert all(one.foreign for one in verifying._proved(signed, ()))


# --- clocks, copies, what lies beside


@pytest.mark.parametrize(
    ("began", "ended", "said"),
    [
        ("2026-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00", "in the future"),
        ("2026-01-02T00:00:00+00:00", "2026-01-01T00:00:00+00:00", "before it began"),
        ("soon", "2026-01-01T00:00:00+00:00", "does not say when"),
    ],
)
def test_clocks_that_cannot_be_settle_nothing(
    began: str, ended: str, said: str, honest: Path, config: Config
) -> None:
    stored = attempts.load(honest)
    environment = replace(stored.environment, started_at=began, ended_at=ended)
    (honest / "env.lock.json").write_bytes(attempts.encode(environment))
    forged = renamed(honest)
    assert any(said in what for _, what in faults(forged))
    assert set(statuses(config).values()) == {"UNVERIFIED"}


def test_a_copy_beneath_another_claim_is_no_second_attempt_and_is_named(honest: Path, config: Config) -> None:
    copy = config.gate / "c00000000000000bb" / honest.name
    shutil.copytree(honest, copy)
    (row,) = (row for row in gate.status("", config=config) if "status" in row)
    assert (row["status"], len(row["attempts"])) == ("VERIFIED", 1)
    assert lost(config) == ["lies under another claim than its own"]
    # a damaged copy borrows nothing from the attempt that holds, nor takes anything from it
    (copy / "log.txt").write_text("changed")
    assert statuses(config) == {row["claim"]: "VERIFIED"}


@pytest.mark.parametrize("how", ["renamed", "hidden", "a link", "a file"])
def test_what_lies_among_attempts_and_is_none_is_named(how: str, honest: Path, config: Config) -> None:
    match how:
        case "renamed":
            honest.rename(honest.with_name(f"{honest.name}.old"))
        case "hidden":
            honest.rename(honest.with_name(f".{honest.name}"))
        case "a link":
            (config.gate / "c00000000000000cc").symlink_to("/etc")
        case "a file":
            (honest.parent / "notes.txt").write_text("x")
    assert lost(config) == ["is no attempt, though it lies among them"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("mode", [0o000, 0o400])
def test_a_folder_that_may_not_be_read_is_one_line(honest: Path, config: Config, mode: int) -> None:
    for place_, back in ((honest, 0o755), (honest.parent, 0o755), (config.gate, 0o755)):
        place_.chmod(mode)
        try:
            said = lost(config)
        except SynthError as error:
            said = [str(error)]
        finally:
            place_.chmod(back)
        assert said


def test_what_cannot_be_looked_at_is_named_and_no_traceback(
    honest: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lstat(_: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "lstat", lstat)
        assert lost(config) == [f"no folder {honest.name}: Permission denied"]


# --- what people read


def test_a_status_says_who_stands_for_it(honest: Path, config: Config) -> None:
    (row,) = gate.status("", config=config)
    assert row["reason"].endswith("; unsigned: that it was run so is nobody's word")
    made_ = gate.keygen(config, name="me")
    stored = attempts.load(honest)
    key = attestation.signing_key(config.keys, phrase=None)
    attempts.attach(honest, attestation.sign(stored.found, contents=stored, key=key, version="0"))
    gate_row = next(iter(gate.status("", config=config)))
    assert gate_row["reason"].endswith(f"; signed by {made_['keyid'][:16]}")


def test_a_log_that_steers_a_terminal_is_a_fault_and_another_page_a_notice(honest: Path) -> None:
    (honest / "page.html").write_text("<script>VERIFIED</script>")
    (honest / "log.txt").write_bytes(b"== seed 1\n\x1b]0;owned\x07\n")
    found = verifying.verify(renamed(honest), trusted=()).faults
    assert [(one.file, one.notice) for one in found][:2] == [("log.txt", False), ("page.html", True)]


def test_an_attempt_that_did_not_run_states_no_figures(honest: Path) -> None:
    stored = attempts.load(honest)
    idle = replace(stored.results.judgements[0], outcome=Outcome.ERROR, effects=())
    (honest / "results.json").write_bytes(attempts.encode(replace(stored.results, judgements=(idle,))))
    assert ("results.json", "has figures of a run that did not end") in faults(renamed(honest))


def test_a_control_that_is_missing_is_said_in_the_words_of_the_run(tmp_path: Path) -> None:
    stated = drafted(folder(tmp_path / "job", change={CONTROL: ""}))
    assert stated.words == "a user's script in the seal: no control was run"
    assert not stated.hypotheses[0].at_claim_scale
