"""``synth reproduce`` as typed: what is printed, exit codes, one line for every error; Ctrl-C, too."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sample_report import sample
from test_cli_gate import FORMULA, in_place
from test_pipeline_reproduce import ROOT, Canned, mostly, place, sealed_folder, sealed_only, sleeping
from typed import Run, one_line

from synth import attempts
from synth.cli.printing import Row
from synth.config import Config
from synth.experiments import script
from synth.pipeline import gate
from synth.pipeline.kept import marked
from synth.pipeline.targets import Asked, Targets
from synth.store import open_store
from synth.text import printable
from synth.trials import Wanted


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch) -> Callable[[Canned], Canned]:
    return in_place(monkeypatch)


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return place(tmp_path)


def test_a_dry_run_says_what_would_be_run_and_runs_nothing(run: Run, job: Path, home: Path) -> None:
    ran = run("reproduce", job, "--dry-run")
    assert ran.code == 0
    assert ran.out.startswith("script, spec ")
    assert "5 seeds" in ran.out
    row = run("reproduce", job, "--dry-run", "--json").rows[0]
    assert row["spec_sha256"] == attempts.spec_sha256(script.draft(Wanted(options=(("folder", str(job)),))))
    assert not (home / "gate").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hypothesis", "transfer"), "--hypothesis needs --experiment"),
        (("--seeds", "1,x"), "'1,x' are no seeds"),
        (("--seeds", "1,1"), "seed"),
        (("--seeds", "-4"), "seed"),
        (("--seeds", "9" * 30), "seed"),
        (("--option", "folder"), "'folder' is no option"),
        (("--workers", "0"), "workers"),
        (("--seal", "chroot"), "no seal called 'chroot'"),
        (("--papers", "lost"), "lost"),
    ],
)
def test_options_that_make_no_sense_are_one_line(
    run: Run, home: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    job = place(tmp_path)
    target: str | Path = job
    if words[0] == "--papers":
        target = bundle(tmp_path / "b", home)
    assert said in one_line(run("reproduce", target, *words))
    assert not list((home / "gate").glob("c*"))


@pytest.mark.parametrize("target", ["nothing", "c0123456789abcdef", "x" * 3000, "a\x1b[2Jb", ""])
def test_an_unknown_target_is_one_line(run: Run, target: str) -> None:
    said = one_line(run("reproduce", target))
    assert said == printable(said)


def test_formula_is_reproduced_from_its_options(run: Run) -> None:
    ran = run("reproduce", "formula", *FORMULA, "--dry-run", "--json")
    assert ran.code == 0, ran.err
    assert ran.rows[0]["experiment"] == "formula"
    assert "no option 'magic'" in one_line(run("reproduce", "formula", "--option", "magic=1"))


def bundle(folder: Path, home: Path) -> Path:
    """Put the sample report into the store of ``home`` and a manifest that names it into ``folder``."""
    report = marked(sample())
    with open_store(Config(home=home).store) as store:
        store.add_report(report)
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"fingerprint": report.fingerprint}))
    return folder


def test_a_claim_of_a_report_is_reproduced_and_the_report_written_anew_and_checked(
    run: Run, tmp_path: Path, home: Path, job: Path, canned: Callable[[Canned], Canned]
) -> None:
    canned(Canned(mostly))
    at = bundle(tmp_path / "b", home)
    claim = sample().judged[0].claim.id
    words = ("reproduce", at, "--claim", claim, "--experiment", "script", "--option", f"folder={job}")
    ran = run(*words)
    assert (ran.code, ran.out[:10]) == (0, "REPRODUCED")
    line = json.loads((at / "claims.jsonl").read_text().splitlines()[0])
    assert (line["id"], line["gate"]["status"]) == (claim, "VERIFIED")
    assert run("check-record", at).code == 0
    events = json.loads((at / "manifest.json").read_text())["correction_record"]
    again = run(*words)
    assert "made before, and it holds" in again.err
    assert json.loads((at / "manifest.json").read_text())["correction_record"] == events


def test_a_report_whose_claims_fit_nothing_says_so_and_ends_well(
    run: Run, tmp_path: Path, home: Path
) -> None:
    ran = run("reproduce", bundle(tmp_path / "b", home))
    assert (ran.code, ran.out) == (0, "")
    assert "no flagged claim fits an experiment" in ran.err
    assert "Traceback" not in ran.err


# a shell starts what it puts into the background with interrupts ignored
STARTED = (
    "import signal, sys, synth.cli\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "sys.argv = ['synth', *sys.argv[1:]]\n"
    "synth.cli.main()\n"
)


def slow_after_two(tmp_path: Path) -> Path:
    """Write a folder whose script prints nothing and, from the third seed on, sleeps for three seconds."""
    at = sealed_folder(tmp_path, seconds=0.0)
    script_file, toml = at / "run.py", at / "repro.toml"
    old = hashlib.sha256(script_file.read_bytes()).hexdigest()
    script_file.write_text(script_file.read_text().replace("else 0.0)", "else 3 * (seed > 2))"))
    new = hashlib.sha256(script_file.read_bytes()).hexdigest()
    toml.write_text(toml.read_text().replace(old, new))
    return at


@sealed_only
def test_ctrl_c_ends_a_silent_sealed_run_at_once_and_the_next_run_goes_on(tmp_path: Path, home: Path) -> None:
    at = slow_after_two(tmp_path)
    command = [sys.executable, "-c", STARTED, "reproduce", str(at), "-q", "--workers", "3"]
    environment = {**os.environ, "SYNTH_HOME": str(home), "PYTHONPATH": str(ROOT)}
    kept = Config(home=home).gate / ".running"

    def seeds() -> list[str]:
        return sorted(p.name for p in kept.glob("*/seed-*"))

    running = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 60
        while not (seeds() == ["seed-1", "seed-2"] and any(" 3 " in one for one in asleep(at))):
            assert running.poll() is None, "it ended before it was interrupted"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        spent = time.monotonic() - began
    finally:
        running.kill()
        running.wait()
    assert (running.returncode, out) == (2, "")
    assert err.strip().splitlines() == [
        "synth: interrupted; what was done is kept, run the same command again to go on"
    ]
    # a run that waits for its sleeping seeds would have kept them
    assert seeds() == ["seed-1", "seed-2"], spent
    assert sleeping(at) == []
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout[:10]) == (0, "REPRODUCED"), ended.stderr
    stored = attempts.load(next(Config(home=home).gate.glob("c*/*")))
    assert [one.seed for one in stored.inputs.seeds] == [1, 2, 3, 4, 5]


def asleep(at: Path) -> list[str]:
    """Return the command lines of the folder's scripts, words parted by spaces."""
    return [line.replace("\0", " ") for line in sleeping(at)]


def test_the_full_tiers_dry_run_names_what_is_missing(run: Run, home: Path) -> None:
    ran = run("reproduce", "xlmr_intermediate", "--tier", "full", "--dry-run")
    assert ran.code == 1
    assert "LACK config.json" in ran.out
    assert "hf download FacebookAI/xlm-roberta-large" in ran.out
    assert not (home / "gate").exists()


def test_what_cannot_be_started_keeps_nothing_else_from_running(
    run: Run, canned: Callable[[Canned], Canned], job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canned(Canned(mostly))
    real = gate.drafted
    broken = script.draft(Wanted(options=(("folder", str(job)),)))

    def two(asked: Asked, *, config: Config) -> tuple[Targets, list[Row]]:
        made, rows = real(asked, config=config)
        old = replace(broken, experiment_version="script/0")
        return replace(made, specs=((old, ()), *made.specs)), rows

    monkeypatch.setattr(gate, "drafted", two)
    ran = run("reproduce", job)
    assert ran.code == 2
    assert ran.out.startswith("REPRODUCED")
    assert "draft it again" in ran.err
