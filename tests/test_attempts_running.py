"""A run in progress: a frozen spec, seeds that outlive a kill, and what entered them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sample_attempt as sample
from sample_attempt import UNFIT, unfit

from synth import attempts
from synth.errors import InputError, UsageError
from synth.trials import Prepared, Ran

RAN = Ran(exit_code=0, stopped="", log="", cpu_seconds=1.0, wall_seconds=1.0)


def test_the_spec_lies_there_before_a_seed_runs(tmp_path: Path) -> None:
    frozen = sample.spec()
    with attempts.open_run(tmp_path, frozen) as run:
        assert run.spec_sha256 == attempts.spec_sha256(frozen)
        assert run.folder == tmp_path / ".running" / run.spec_sha256[:12]
        assert (run.folder / "spec.json").read_bytes() == attempts.encode(frozen)
        assert attempts.done_seeds(run) == ()


def test_a_frozen_spec_that_was_changed_is_an_error_and_stays(tmp_path: Path) -> None:
    with attempts.open_run(tmp_path, sample.spec()) as run:
        place = run.folder / "spec.json"
    place.write_bytes(place.read_bytes().replace(b'"core"', b'"tiny"'))
    changed = place.read_bytes()
    with pytest.raises(InputError, match="another spec"):
        attempts.open_run(tmp_path, sample.spec())
    assert place.read_bytes() == changed


@pytest.mark.parametrize("claim", ["../c1", "a/b", ".hidden", "", "c 1", "c\n1", "c" * 200, "ö"])
def test_a_claim_id_never_leads_out_of_the_folder(tmp_path: Path, claim: str) -> None:
    frozen = sample.spec()
    frozen = replace(frozen, hypotheses=(replace(frozen.hypotheses[0], claim=claim),))
    with pytest.raises(InputError, match="claim id"):
        attempts.open_run(tmp_path / "gate", frozen)
    assert not (tmp_path / "gate").exists()


def test_a_kept_seed_is_there_when_the_run_is_opened_again(tmp_path: Path) -> None:
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        sample.keep(run, 3, tmp_path)
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        assert attempts.done_seeds(run) == (3,)
        kept = attempts.kept_seed(run, 3)
        assert (kept.outputs / "tail" / "qa.json").read_bytes() == b"[3]\n"
        assert (kept.gold / "qa.json").read_bytes() == b"[3, 7]\n"
        assert kept.ran.log == "seed 3\n"
        assert [one.name for one in kept.facts.outputs] == ["none.json", "tail/qa.json"]


def test_a_kept_seed_that_was_changed_is_named(tmp_path: Path) -> None:
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        sample.keep(run, 3, tmp_path)
        (run.folder / "seed-3" / "gold" / "qa.json").write_bytes(b"[9, 9]\n")
        with pytest.raises(InputError, match=r"gold/qa\.json of seed 3"):
            attempts.kept_seed(run, 3)


def test_a_seed_is_kept_once_and_only_if_the_spec_has_it(tmp_path: Path) -> None:
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        sample.keep(run, 1, tmp_path)
        for seed in (1, 77):
            with pytest.raises(UsageError, match=f"seed {seed}"):
                attempts.keep_seed(run, seed, outputs=tmp_path, gold=(), inputs=(), ran=RAN)


def test_what_a_kill_left_half_done_is_swept(tmp_path: Path) -> None:
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        sample.keep(run, 1, tmp_path)
        for name in (".half-2/outputs", ".scratch-2", ".attempt/gold"):
            (run.folder / name).mkdir(parents=True)
        (run.folder / ".half-2" / "outputs" / "x").write_bytes(b"x")
        outside = tmp_path / "outside"
        outside.mkdir()
        (run.folder / ".half-3").symlink_to(outside)
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        assert sorted(p.name for p in run.folder.iterdir()) == ["seed-1", "spec.json"]
        assert outside.is_dir()


def test_two_processes_never_run_one_spec_at_once(tmp_path: Path) -> None:
    run = attempts.open_run(tmp_path, sample.spec())
    with pytest.raises(UsageError, match="another process"):
        attempts.open_run(tmp_path, sample.spec())
    with attempts.open_run(tmp_path, sample.spec([9])):
        pass
    run.close()
    with attempts.open_run(tmp_path, sample.spec()):
        pass


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import sample_attempt as sample
from synth import attempts
folder = Path(sys.argv[1])
with attempts.open_run(folder / "gate", sample.spec(range(1, 400))) as run:
    print("open", flush=True)
    for seed in run.spec.seeds:
        if seed not in attempts.done_seeds(run):
            print(seed, flush=True)
            sample.keep(run, seed, Path(sys.argv[3]))
"""


@pytest.mark.parametrize("lines", [2, 5])
def test_kill_9_at_any_moment_loses_at_most_the_seed_in_flight(tmp_path: Path, lines: int) -> None:
    if not os.access(os.path.realpath(sys.executable), os.X_OK):
        pytest.skip("this user cannot start this interpreter anew: it lies in a folder of another user")
    heard: list[int] = []
    for turn in range(3):
        scratch = tmp_path / f"turn-{turn}"
        command = [sys.executable, "-c", KILLED, str(tmp_path), str(Path(__file__).parent), str(scratch)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "open\n"
            heard += [int(child.stdout.readline()) for _ in range(lines)]
            child.send_signal(signal.SIGKILL)
            # seeds begun between the last line read and the kill stand in the pipe
            heard += [int(line) for line in child.stdout if line.endswith("\n")]
    with attempts.open_run(tmp_path / "gate", sample.spec(range(1, 400))) as run:
        done = attempts.done_seeds(run)
        assert all(attempts.kept_seed(run, seed).facts.seed == seed for seed in done)
    begun = sorted(set(heard))
    assert set(begun) - set(done) <= {begun[-1]}
    assert len(done) >= 3 * (lines - 1)


@pytest.mark.parametrize("kind", UNFIT)
def test_outputs_that_are_no_plain_files_are_refused_and_nothing_is_kept(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    unfit(out, kind)
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        with pytest.raises(InputError) as caught:
            attempts.keep_seed(run, 1, outputs=out, gold=(), inputs=(), ran=RAN)
        assert str(caught.value).isprintable()
        assert attempts.done_seeds(run) == ()


def test_gold_never_leads_out_of_its_folder(tmp_path: Path) -> None:
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        for name in ("../x", "/x", "a/../../x", ".x", "a//b", ""):
            with pytest.raises(InputError, match="gold file"):
                attempts.keep_seed(
                    run, 1, outputs=attempts.scratch(run, 1), gold=((name, b"1"),), inputs=(), ran=RAN
                )
        assert attempts.done_seeds(run) == ()


def test_outputs_larger_than_the_cap_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.attempts.running.MOST_OUTPUT", 10)
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        out = attempts.scratch(run, 1)
        for name in ("a", "b"):
            (out / name).write_bytes(b"123456")
        with pytest.raises(InputError, match=r"b is larger than 4 bytes"):
            attempts.keep_seed(run, 1, outputs=out, gold=(), inputs=(), ran=RAN)


def test_inputs_are_named_by_hash_and_how_they_are_made_again(tmp_path: Path) -> None:
    model = tmp_path / "weights"
    (model / "sub").mkdir(parents=True)
    (model / "sub" / "a.bin").write_bytes(b"weights")
    (model / "b.bin").symlink_to("sub/a.bin")
    prepared = Prepared(command=("x",), files=(("p.py", b"p"), ("w.json", b"w")), folders=(("model", model),))
    made = attempts.inputs_of(prepared, kept={"p.py"}, again="fetched by hand")
    assert [(one.name, one.size, one.kept, one.again) for one in made] == [
        ("model/b.bin", 7, False, "fetched by hand"),
        ("model/sub/a.bin", 7, False, "fetched by hand"),
        ("p.py", 1, True, ""),
        ("w.json", 1, False, "fetched by hand"),
    ]
    assert made[0].sha256 == sample.sha256(b"weights")


def test_an_input_that_is_a_link_to_elsewhere_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "weights"
    model.mkdir()
    (model / "a.bin").symlink_to("/etc/passwd")
    prepared = Prepared(command=("x",), folders=(("model", model),))
    with pytest.raises(InputError, match="leads out"):
        attempts.inputs_of(prepared, kept=(), again="x")
    with pytest.raises(InputError, match="no folder"):
        attempts.inputs_of(Prepared(command=("x",), folders=(("m", tmp_path / "none"),)), kept=(), again="x")


def test_an_input_that_is_nowhere_cannot_be_stated() -> None:
    with pytest.raises(ValueError, match="made again"):
        attempts.Input(name="x", sha256="a" * 64, size=1, kept=False)
