"""A spec becomes an attempt: killed and gone on with, crashed, unsealed, tampered with, run again."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from test_experiments_script import CONTROL, ITEMS, folder

from synth import attempts, attestation, sandbox
from synth.config import Config
from synth.errors import UsageError
from synth.experiments import script
from synth.pipeline import gate, reproduce, verifying
from synth.records import Outcome
from synth.sandbox._hostile import Attempted
from synth.trials import Limits, Prepared, Ran, Spec, Wanted

ROOT = Path(__file__).resolve().parent.parent
GOOD = Ran(exit_code=0, stopped="", log="done\n", cpu_seconds=0.1, wall_seconds=0.2, peak_mb=9.0)


@dataclass
class Canned:
    """A seal that runs nothing: a job writes what ``write`` gives for its seed and how often it was asked.

    Where the job has a control, that writes what ``control`` gives for its seed.
    """

    write: Callable[[int, int], str]
    control: Callable[[int], str] = lambda seed: hopeless(seed)
    ends: dict[int, Ran] = field(default_factory=dict)
    kill_at: int = -1
    asked: list[int] = field(default_factory=list)
    name: str = "canned 1"
    beside: str = ""

    def lack(self) -> None:
        """It lacks nothing."""

    def run(
        self,
        prepared: Prepared,
        *,
        limits: Limits,  # noqa: ARG002
        out: Path,
        gpu: bool = False,  # noqa: ARG002
        state: Path | None = None,
        line: Callable[[str], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Ran:
        """Write the predictions of the job's seed."""
        assert state is None
        assert stop is None or not stop()
        seed = json.loads(dict(prepared.files)["plan.json"])["seed"]
        if seed == self.kill_at:
            raise KeyboardInterrupt
        self.asked.append(seed)
        if line:
            line("@progress 0.5 half\x1b[2J")
            line("@progress nonsense")
        if self.beside:
            (out / self.beside).write_text("x")
        said = {"script": self.write(seed, self.asked.count(seed)), "control": self.control(seed)}
        for arm in json.loads(dict(prepared.files)["plan.json"])["arms"]:
            (out / arm).mkdir()
            (out / arm / "predictions").write_text(said[arm])
        return self.ends.get(seed, GOOD)


def right(count: int) -> str:
    """Return predictions of which ``count`` are right."""
    labels = ["even" if n % 2 == 0 else "odd" for n in range(ITEMS)]
    said = [label if n < count else "neither" for n, label in enumerate(labels)]
    return "".join(f"{json.dumps({'id': n, 'prediction': one})}\n" for n, one in enumerate(said))


def hopeless(seed: int) -> str:
    """Return predictions as of a control: one is right at most, for one that never varies has no interval."""
    return right(seed % 2)


def mostly(seed: int, _: int) -> str:
    return right(ITEMS if seed % 2 else ITEMS - 1)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(home=tmp_path / "home", workers=1)


def place(tmp_path: Path, **change: str) -> Path:
    return folder(tmp_path / "job", change={"expected = 90.0": "expected = 95.0", "= 2.0": "= 15.0"} | change)


def spec(at: Path) -> Spec:
    return script.draft(Wanted(options=(("folder", str(at)),)))


def made(seal: Canned, stated: Spec, at: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run ``stated`` in ``seal`` and return the attempt's folder."""
    monkeypatch.setattr(reproduce, "sealed", lambda _: (seal, (("network", "held"),), ""))
    return reproduce.reproduce(
        stated,
        config=config,
        places=(("folder", str(at)),),
        attest=lambda one: attestation.unsigned(one.found, contents=one, version="0"),
    )


def outcome(at: Path) -> tuple[Outcome, str]:
    one = attempts.load(at).results.judgements[0]
    return one.outcome, one.reason


def test_a_met_rule_is_reproduced_and_verified_while_its_artifact_holds(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    done = made(Canned(mostly), spec(at), at, config, monkeypatch)
    assert outcome(done)[0] is Outcome.REPRODUCED
    assert verifying.holds(done, config=config)
    (row,) = gate.status("", config=config)
    assert row["status"] == "VERIFIED"
    (done / "outputs" / "seed-3" / "script" / "predictions").write_text(right(0))
    (row,) = gate.status("", config=config)
    assert row["status"] == "UNVERIFIED"


def test_a_rule_that_is_not_met_at_the_claims_scale_falsifies(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    made(Canned(lambda seed, _: right(seed % 3)), spec(at), at, config, monkeypatch)
    (row,) = gate.status("", config=config)
    assert row["status"] == "FALSIFIED"
    assert gate.worst(row["attempts"]) == 1


def test_forged_results_do_not_verify_whoever_rewrites_the_hashes(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    done = made(Canned(lambda seed, _: right(seed % 2)), spec(at), at, config, monkeypatch)
    stored = attempts.load(done)
    forged = replace(stored.results.judgements[0], outcome=Outcome.REPRODUCED, reason="trust me")
    (done / "results.json").write_bytes(attempts.encode(replace(stored.results, judgements=(forged,))))
    named = done.rename(done.with_name(attempts.digest(done)[:12]))
    again = attempts.load(named)
    attempts.attach(named, attestation.unsigned(again.found, contents=again, version="0"))
    found = verifying.verify(named, trusted=())
    assert [f.file for f in found.faults if not f.notice] == ["results.json"]
    assert "FAILED, not REPRODUCED" in found.faults[0].what
    assert next(iter(gate.status("", config=config)))["status"] == "UNVERIFIED"


def test_a_killed_run_goes_on_with_the_seeds_that_are_left(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    first = Canned(mostly, kill_at=3)
    with pytest.raises(KeyboardInterrupt):
        made(first, spec(at), at, config, monkeypatch)
    assert first.asked == [1, 2]
    second = Canned(mostly)
    done = made(second, spec(at), at, config, monkeypatch)
    assert second.asked == [3, 4, 5]
    assert outcome(done)[0] is Outcome.REPRODUCED


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (replace(GOOD, exit_code=1, log="x\nValueError: no\n\n"), "seed 2 ended with 1: ValueError: no"),
        (
            replace(GOOD, exit_code=-9, stopped="memory"),
            "seed 2 was stopped by the limit on memory (4096 MB, memory_mb): done",
        ),
    ],
)
def test_a_seed_that_fails_makes_the_attempt_an_error_that_is_kept(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch, end: Ran, said: str
) -> None:
    at = place(tmp_path)
    seal = Canned(mostly, ends={2: end})
    done = made(seal, spec(at), at, config, monkeypatch)
    assert outcome(done) == (Outcome.ERROR, said)
    assert 5 not in seal.asked
    assert verifying.holds(done, config=config)
    assert next(iter(gate.status("", config=config)))["status"] == "UNVERIFIED"


def test_predictions_that_cannot_be_measured_are_an_error_with_the_reason(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    done = made(Canned(lambda *_: "no json\n"), spec(at), at, config, monkeypatch)
    assert outcome(done)[0] is Outcome.ERROR
    assert "line 1: no JSON" in outcome(done)[1]


def test_files_of_names_that_cannot_be_kept_are_an_error_that_is_kept(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    done = made(Canned(mostly, beside="a name with spaces"), spec(at), at, config, monkeypatch)
    assert outcome(done)[0] is Outcome.ERROR
    assert "refused output" in outcome(done)[1]
    assert "a name with spaces" in outcome(done)[1]


def test_without_a_seal_nothing_runs_and_the_line_that_installs_one_is_kept(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    lack = (sandbox.Lack(what="bubblewrap is not installed", remedy="apt install bubblewrap"),)
    monkeypatch.setattr(sandbox, "choose", lambda _: lack)
    rows = gate.run(spec(at), config=config, places=(("folder", str(at)),))
    assert rows[0]["outcome"] == "NOT_RUN"
    assert "apt install bubblewrap" in rows[0]["reason"]
    assert gate.worst(rows) == 2


def test_a_seal_that_did_not_hold_runs_nothing(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    leak = Attempted(name="network", words="reach out", verdict="not held", seen="it did")
    monkeypatch.setattr(sandbox, "choose", lambda _: Canned(mostly))
    monkeypatch.setattr(sandbox, "preflight", lambda *_, **__: (leak,))
    (row,) = gate.run(spec(at), config=config, places=(("folder", str(at)),))
    assert (row["outcome"], row["reason"]) == ("NOT_RUN", "canned 1 did not hold network")


@pytest.mark.parametrize(("steady", "due"), [(True, Outcome.REPRODUCED), (False, Outcome.INCONCLUSIVE)])
def test_a_deterministic_rule_is_run_twice(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch, steady: bool, due: Outcome
) -> None:
    at = place(tmp_path, **{"seeds = [1, 2, 3, 4, 5]": "seeds = [7]\ndeterministic = true"})
    seal = Canned(lambda _, times: right(ITEMS if steady else ITEMS - times + 1))
    done = made(seal, spec(at), at, config, monkeypatch)
    assert seal.asked == [7, 7]
    assert outcome(done)[0] is due
    assert attempts.load(done).results.repeatable is steady


def test_a_run_at_another_scale_is_partial_at_most(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path, **{"seeds = ": 'scale = "a tenth of the data"\nseeds = '})
    done = made(Canned(mostly), spec(at), at, config, monkeypatch)
    assert outcome(done)[0] is Outcome.PARTIAL
    assert "not at the claim's own scale (a tenth of the data)" in outcome(done)[1]
    assert next(iter(gate.status("", config=config)))["status"] == "UNVERIFIED"


@pytest.mark.parametrize(("right_of", "due"), [(ITEMS, Outcome.PARTIAL), (2, Outcome.FAILED)])
def test_without_a_control_a_run_neither_verifies_nor_falsifies(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch, right_of: int, due: Outcome
) -> None:
    at = place(tmp_path, **{CONTROL: ""})
    seal = Canned(lambda seed, _: right(right_of - seed % 2))
    done = made(seal, spec(at), at, config, monkeypatch)
    assert outcome(done)[0] is due
    assert "no control was run" in (done / "page.html").read_text()
    assert next(iter(gate.status("", config=config)))["status"] == "UNVERIFIED"


def test_a_control_that_meets_the_rule_as_well_leaves_it_open(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    seal = Canned(mostly, control=lambda seed: mostly(seed, 1))
    assert "no power: the control" in outcome(made(seal, spec(at), at, config, monkeypatch))[1]
    assert next(iter(gate.status("", config=config)))["status"] == "UNVERIFIED"


def test_a_spec_of_another_version_is_not_run(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    old = replace(spec(at), experiment_version="script/0")
    with pytest.raises(UsageError, match="draft it again"):
        made(Canned(mostly), old, at, config, monkeypatch)


def test_run_again_the_same_bytes_agree_and_another_outcome_is_a_fault(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    stored = attempts.load(made(Canned(mostly), spec(at), at, config, monkeypatch))
    places = (("folder", str(at)),)
    (same,) = verifying.rerun(stored, config=config, places=places)
    assert same.notice
    assert "the same bytes" in same.what
    monkeypatch.setattr(reproduce, "sealed", lambda _: (Canned(lambda seed, _: right(seed % 2)), (), ""))
    fault, differs = verifying.rerun(stored, config=config, places=places)
    assert not fault.notice
    assert "run again it is FAILED" in fault.what
    assert "differs in seeds 1, 2, 3, 4, 5" in differs.what


def test_with_a_key_the_attempt_is_signed_and_without_trust_it_verifies_nothing(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = place(tmp_path)
    gate.keygen(config, name="me")
    monkeypatch.setattr(reproduce, "sealed", lambda _: (Canned(mostly), (), ""))
    (row,) = gate.run(spec(at), config=config, places=(("folder", str(at)),))
    done = Path(row["folder"])
    assert list(gate.verify(done, config=config)) == []
    stranger = replace(config, home=tmp_path / "elsewhere")
    (fault,) = gate.verify(done, config=stranger)
    assert "a key you do not trust" in fault["what"]
    (told,) = verifying.by_anyone(done, config=stranger)
    assert told.notice


SEALED = not isinstance(sandbox.choose("bubblewrap"), tuple)
sealed_only = pytest.mark.skipif(not SEALED, reason="no bubblewrap seal on this machine")


@sealed_only
def test_a_script_is_reproduced_in_the_real_seal(tmp_path: Path, config: Config) -> None:
    at = sealed_folder(tmp_path, seconds=0.0)
    (row,) = gate.run(spec(at), config=config, places=(("folder", str(at)),))
    assert (row["outcome"], row["sound"]) == ("REPRODUCED", True)
    stored = attempts.load(Path(row["folder"]))
    assert stored.environment.seal.startswith("bubblewrap")
    assert {found for _, found in stored.environment.probe} <= {"held", "not applicable"}


@sealed_only
@pytest.mark.parametrize(
    ("body", "limits", "said"),
    [
        ("raise ValueError('too few words')", "", "seed 1 ended with 1: ValueError: too few words"),
        ("while True: pass", "[limits]\ncpu_seconds = 1", "seed 1 was stopped by the limit on CPU time"),
    ],
)
def test_a_command_that_fails_in_the_real_seal_says_why_in_its_own_words(
    tmp_path: Path, config: Config, body: str, limits: str, said: str
) -> None:
    at = place(tmp_path)
    old = hashlib.sha256((at / "run.py").read_bytes()).hexdigest()
    (at / "run.py").write_text(f"{body}\n")
    new = hashlib.sha256((at / "run.py").read_bytes()).hexdigest()
    (at / "repro.toml").write_text((at / "repro.toml").read_text().replace(old, new) + limits)
    (row,) = gate.run(spec(at), config=config, places=(("folder", str(at)),))
    assert row["outcome"] == "ERROR"
    assert row["reason"].startswith(said)


@sealed_only
def test_kill_9_loses_one_seed_at_most_and_leaves_nothing_running(tmp_path: Path, config: Config) -> None:
    at = sealed_folder(tmp_path, seconds=1.0)
    command = [sys.executable, "-m", "synth", "reproduce", str(at), "-q", "--workers", "1"]
    environment = {**os.environ, "SYNTH_HOME": str(config.home), "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True)
    kept = config.gate / ".running"
    try:
        deadline = time.monotonic() + 60
        while not list(kept.glob("*/seed-*")):
            assert running.poll() is None, "it ended before a seed was kept"
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    seeds = {one.name for one in kept.glob("*/seed-*")}
    assert seeds
    gone = time.monotonic() + 20
    while sleeping(at) and time.monotonic() < gone:
        time.sleep(0.05)
    assert sleeping(at) == []
    assert "synth" not in Path("/proc/self/mounts").read_text()
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout[:10]) == (0, "REPRODUCED")
    stored = attempts.load(next(config.gate.glob("c*/*")))
    assert [one.seed for one in stored.inputs.seeds] == [1, 2, 3, 4, 5]


def sealed_folder(tmp_path: Path, *, seconds: float) -> Path:
    """Write a folder whose script predicts well after ``seconds``; its command line names the folder."""
    at = place(tmp_path)
    mark = f"mark-{os.getpid()}-{tmp_path.name}"
    (at / "run.py").write_text(
        "import json, sys, time\n"
        "control, seed = '--shuffle' in sys.argv, int(sys.argv[sys.argv.index('--seed') + 1])\n"
        f"time.sleep(0.0 if control else {seconds})\n"
        f"wrong = {ITEMS} - seed % 2 if control else 1 - seed % 2\n"
        "said = lambda n: ['even', 'odd'][n % 2] if n >= wrong else '?'\n"
        f"rows = [dict(id=n, prediction=said(n)) for n in range({ITEMS})]\n"
        "open('predictions.jsonl', 'w').write(''.join(json.dumps(r) + '\\n' for r in rows))\n"
    )
    old = (at / "repro.toml").read_text().splitlines()
    digest = hashlib.sha256((at / "run.py").read_bytes()).hexdigest()
    lines = [f'"run.py" = "{digest}"' if one.startswith('"run.py"') else one for one in old]
    text = "\n".join(lines).replace('"{seed}"]', f'"{{seed}}", "{mark}"]')
    (at / "repro.toml").write_text(text)
    (at / "mark").write_text(mark)
    return at


def sleeping(at: Path) -> list[str]:
    """Return the command lines of processes that belong to the folder's job."""
    mark = (at / "mark").read_bytes()
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes()
        except OSError:
            continue
        if mark in line:
            found.append(line.decode("utf-8", "replace"))
    return found


@sealed_only
def test_a_seeds_checkpoints_outlive_a_kill_and_go_once_it_is_kept(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = sealed_folder(tmp_path, seconds=0.0)
    seen: list[tuple[int, bool]] = []
    real = sandbox.choose("bubblewrap")
    assert not isinstance(real, tuple)

    @dataclass
    class Watched:
        name: str = real.name

        def lack(self) -> None:
            """It lacks nothing."""

        def run(self, prepared: Prepared, *, state: Path | None = None, **rest: object) -> Ran:
            assert state is not None
            seen.append((len(list(state.parent.glob("state-*"))), (state / "step").exists()))
            (state / "step").write_text("1")
            if len(seen) == 2:
                raise KeyboardInterrupt
            return real.run(prepared, state=state, **rest)  # type: ignore[arg-type]

    stated = replace(spec(at), keeps_state=True)
    monkeypatch.setattr(reproduce, "check_stated", lambda *_: None)
    monkeypatch.setattr(reproduce, "sealed", lambda _: (Watched(), (("network", "held"),), ""))
    with pytest.raises(KeyboardInterrupt):
        gate.run(stated, config=config, places=(("folder", str(at)),))
    assert seen == [(1, False), (1, False)]
    gate.run(stated, config=config, places=(("folder", str(at)),))
    assert seen[2] == (1, True)
    assert not list(config.gate.glob(".running/*/state-*"))
