"""Attempts on the disk: whole, named by their digest, never written over, and read as hostile."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sample_attempt as sample
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_attempt import UNFIT, unfit

from synth import attempts
from synth.attempts import Inputs, Stored
from synth.errors import InputError, OutputError, SynthError
from synth.records import Outcome
from synth.trials import Environment, Ran, Results, Spec

RAN = Ran(exit_code=0, stopped="", log="", cpu_seconds=1.0, wall_seconds=1.0)
FILES = {
    "spec.json": Spec,
    "results.json": Results,
    "env.lock.json": Environment,
    "inputs/inputs.json": Inputs,
}


def test_an_attempt_holds_what_the_gate_promises(tmp_path: Path) -> None:
    folder = sample.made(tmp_path)
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    seeds = [f"{part}/seed-{s}/{n}" for s in range(1, 6) for part, n in (("gold", "qa.json"),)]
    seeds += [f"outputs/seed-{s}/{n}" for s in range(1, 6) for n in ("none.json", "tail/qa.json")]
    assert names == sorted(
        [
            "attestation.dsse.json",
            "env.lock.json",
            "inputs/inputs.json",
            "inputs/program.py",
            "log.txt",
            "page.html",
            "results.json",
            "spec.json",
            *seeds,
        ]
    )
    assert folder.parent == tmp_path / "gate" / "c1111111111111111"
    assert folder.name == attempts.digest(folder)[:12]
    assert not (tmp_path / "gate" / ".running" / attempts.spec_sha256(sample.spec())[:12]).exists()
    assert b"== seed 2: exit code 0\nseed 2\n" in (folder / "log.txt").read_bytes()


def test_the_digest_is_one_that_a_stranger_computes_with_sha256sum_and_sort(tmp_path: Path) -> None:
    folder = sample.made(tmp_path)
    lines = sorted(
        (p.relative_to(folder).as_posix(), sample.sha256(p.read_bytes()), p.stat().st_size)
        for p in folder.rglob("*")
        if p.is_file() and p.name != "attestation.dsse.json"
    )
    text = "".join(f"{sha}  {size}  {name}\n" for name, sha, size in lines)
    assert attempts.digest(folder) == sample.sha256(text.encode())


def test_the_same_run_has_the_same_digest_and_the_attestation_is_outside_it(tmp_path: Path) -> None:
    one, other = (
        sample.made(tmp_path / n, attest=lambda _, n=n: n.encode())  # type: ignore[misc]
        for n in ("a", "b")
    )
    assert one.name == other.name
    attempts.attach(one, b"another\n")
    assert attempts.digest(one) == attempts.digest(other)
    assert attempts.look(one).envelope == b"another\n"
    assert [p.name for p in one.parent.iterdir()] == [one.name]


def test_an_attempt_comes_back_with_one_record_for_each_hypothesis(tmp_path: Path) -> None:
    stored = attempts.load(sample.made(tmp_path))
    first, second = attempts.records(stored)
    assert stored.spec == sample.spec()
    assert stored.results == sample.results(sample.spec())
    assert (first.claim, second.claim) == ("c1111111111111111", "c2222222222222222")
    assert first.id == second.id == stored.folder.name
    assert first.hypothesis == "A tail steadies a kite (tail)."
    assert first.words == "kites of paper; real kites: not flown"
    assert (first.at_claim_scale, second.at_claim_scale) == (True, False)
    assert first.outcome is Outcome.REPRODUCED
    assert first.sound
    assert first.ended_at == sample.ENDED
    assert first.measurements == (("tail over none", "+12.4 [+7.7, +17.1] n 5 p 0.002 (Holm)"),)
    assert ("package numpy", "2.1.0") in first.environment
    assert {a.name for a in first.artifacts} >= {"spec.json", "results.json", "outputs/seed-5/tail/qa.json"}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_kept_and_counted(tmp_path: Path, outcome: Outcome) -> None:
    folder = sample.made(tmp_path, outcome=outcome)
    assert attempts.records(attempts.load(folder))[0].outcome is outcome
    assert attempts.list_attempts(tmp_path / "gate") == (folder,)


def test_an_attempt_that_never_ran_is_kept_and_not_sound(tmp_path: Path) -> None:
    frozen = sample.spec()
    with attempts.open_run(tmp_path / "gate", frozen) as run:
        folder = attempts.finish(
            run,
            results=replace(sample.results(frozen, Outcome.NOT_RUN), rows=()),
            environment=replace(sample.environment(), seal=""),
            page=sample.PAGE,
            program={"program.py": sample.PROGRAM},
            attest=sample.unattested,
        )
    record = attempts.records(attempts.load(folder))[0]
    assert (record.outcome, record.sound) == (Outcome.NOT_RUN, False)


def test_a_crashed_seed_is_kept_with_the_end_of_its_log_and_is_not_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth.attempts.finishing.MOST_LOG", 20)
    frozen = sample.spec([1])
    log = f"\x1b[31m{'x' * 100}\u202e\nKilled by a kite\n"
    with attempts.open_run(tmp_path / "gate", frozen) as run:
        sample.keep(run, 1, tmp_path, ran=replace(RAN, exit_code=-9, stopped="memory", log=log))
        folder = attempts.finish(
            run,
            results=sample.results(frozen, Outcome.ERROR),
            environment=sample.environment(),
            page=sample.PAGE,
            program={"program.py": sample.PROGRAM},
            attest=sample.unattested,
        )
    text = (folder / "log.txt").read_text(encoding="utf-8")
    assert text.startswith("== seed 1: exit code -9, stopped by memory\n[102 characters left out]\n")
    assert text.endswith("Killed by a kite\n")
    assert text.replace("\n", "").isprintable()
    assert not attempts.records(attempts.load(folder))[0].sound


def test_a_seed_that_is_missing_is_not_sound(tmp_path: Path) -> None:
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        for seed in (1, 2, 3, 4):
            sample.keep(run, seed, tmp_path)
        folder = attempts.finish(
            run,
            results=sample.results(sample.spec()),
            environment=sample.environment(),
            page=sample.PAGE,
            program={"program.py": sample.PROGRAM},
            attest=sample.unattested,
        )
    assert not attempts.is_sound(attempts.load(folder))


def gone(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    "change",
    [
        gone("gold/seed-2/qa.json"),
        gone("outputs/seed-2/none.json"),
        gone("inputs/program.py"),
        gone("page.html"),
        lambda folder: (folder / "gold" / "seed-1" / "qa.json").write_bytes(b"[7]\n"),
        lambda folder: (folder / "outputs" / "seed-1" / "more.json").write_bytes(b"[7]\n"),
        lambda folder: (folder / "readme.txt").write_bytes(b"x"),
        lambda folder: (folder / "x").symlink_to("/etc/passwd"),
    ],
)
def test_an_attempt_whose_files_changed_is_read_but_not_sound(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    folder = sample.made(tmp_path)
    change(folder)
    stored = attempts.load(folder)
    assert not stored.found.intact
    assert not any(record.sound for record in attempts.records(stored))


@pytest.mark.parametrize("name", ["gold/seed-2/qa.json", "outputs/seed-2/none.json", "inputs/program.py"])
def test_a_folder_that_is_named_anew_after_a_file_was_taken_out_is_still_not_sound(
    tmp_path: Path, name: str
) -> None:
    folder = sample.made(tmp_path)
    (folder / name).unlink()
    if not any(folder.joinpath(name).parent.iterdir()):
        folder.joinpath(name).parent.rmdir()
    renamed = folder.rename(folder.with_name(attempts.digest(folder)[:12]))
    stored = attempts.load(renamed)
    assert stored.found.intact
    assert not attempts.is_sound(stored)


def test_without_a_named_seal_nothing_is_sound(tmp_path: Path) -> None:
    stored = attempts.load(sample.made(tmp_path))
    assert attempts.is_sound(stored)
    assert not attempts.is_sound(replace(stored, environment=replace(stored.environment, seal="")))


def finished(run: attempts.Run, **changes: object) -> Path:
    given: dict[str, object] = {
        "results": sample.results(run.spec),
        "environment": sample.environment(),
        "page": sample.PAGE,
        "program": {"program.py": sample.PROGRAM},
        "attest": sample.unattested,
        **changes,
    }
    return attempts.finish(run, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"results": sample.results(sample.spec([8]))}, "another spec"),
        ({"results": replace(sample.results(sample.spec()), judgements=())}, "each hypothesis"),
        ({"program": {}}, "program.py is not the one"),
        ({"program": {"program.py": b"other"}}, "program.py is not the one"),
        ({"program": {"program.py": sample.PROGRAM, "../x": b""}}, "program file"),
        ({"program": {"program.py": sample.PROGRAM, "inputs.json": b""}}, "own"),
    ],
)
def test_what_does_not_belong_together_is_never_written(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        sample.keep(run, 1, tmp_path)
        with pytest.raises(InputError, match=said):
            finished(run, **changes)
    assert attempts.list_attempts(tmp_path / "gate") == ()


def test_an_input_said_to_be_kept_must_be_given(tmp_path: Path) -> None:
    frozen = replace(sample.spec(), program=())
    with attempts.open_run(tmp_path / "gate", frozen) as run:
        sample.keep(run, 1, tmp_path)
        with pytest.raises(InputError, match="said to be kept"):
            finished(run, program={})


def test_an_attempt_that_is_there_is_never_touched(tmp_path: Path) -> None:
    folder = sample.made(tmp_path / "a", attest=sample.unattested)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    target = tmp_path / "b" / "gate" / folder.parent.name
    target.mkdir(parents=True)
    folder.rename(target / folder.name)
    with pytest.raises(OutputError, match="is there already"):
        sample.made(tmp_path / "b", attest=lambda _: b"other")
    after = {p: p.read_bytes() for p in (target / folder.name).rglob("*") if p.is_file()}
    assert list(before.values()) == list(after.values())


def test_a_run_killed_after_its_attempt_appeared_is_no_second_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(folder: Path) -> None:
        raise KeyboardInterrupt(folder.name)

    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        sample.keep(run, 1, tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr("synth.attempts.disk.settle", lambda _: None)
            renamed = Path.rename

            def cut(self: Path, target: Path) -> Path:
                moved = renamed(self, target)
                if self.name == ".attempt":
                    power_cut(self)
                return moved

            patch.setattr(Path, "rename", cut)
            with pytest.raises(KeyboardInterrupt):
                finished(run)
    assert len(attempts.list_attempts(tmp_path / "gate")) == 1
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        assert attempts.done_seeds(run) == ()


def test_a_run_killed_before_its_attempt_appeared_goes_on(tmp_path: Path) -> None:
    def power_cut(_: Stored) -> bytes:
        raise KeyboardInterrupt

    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        sample.keep(run, 1, tmp_path)
        with pytest.raises(KeyboardInterrupt):
            finished(run, attest=power_cut)
    assert attempts.list_attempts(tmp_path / "gate") == ()
    with attempts.open_run(tmp_path / "gate", sample.spec()) as run:
        assert attempts.done_seeds(run) == (1,)
        assert attempts.list_attempts(tmp_path / "gate") == ()
        folder = finished(run)
    assert attempts.list_attempts(tmp_path / "gate") == (folder,)


# -- attempts that others may have changed


def test_attempts_are_listed_for_each_claim_that_they_judge(tmp_path: Path) -> None:
    one = sample.made(tmp_path / "x", ended_at="2026-03-02T10:00:00+00:00")
    gate = tmp_path / "x" / "gate"
    assert attempts.list_attempts(gate) == (one,)
    assert attempts.list_attempts(gate, "c1111111111111111") == (one,)
    assert attempts.list_attempts(gate, "c2222222222222222") == (one,)
    assert attempts.list_attempts(gate, "c3333333333333333") == ()
    assert attempts.list_attempts(tmp_path / "none") == ()
    with pytest.raises(InputError, match="no id"):
        attempts.list_attempts(gate, "../x")


def test_an_attempt_that_cannot_be_read_is_listed_and_not_dropped(tmp_path: Path) -> None:
    folder = sample.made(tmp_path)
    (folder / "spec.json").write_bytes(b"{}")
    assert attempts.list_attempts(tmp_path / "gate", "c9999999999999999") == (folder,)
    with pytest.raises(InputError, match=r"spec\.json"):
        attempts.load(folder)


def test_links_hidden_folders_and_other_names_are_no_attempts(tmp_path: Path) -> None:
    folder = sample.made(tmp_path)
    (folder.parent / "0123456789ab").symlink_to(folder)
    (tmp_path / "gate" / "c5").symlink_to(folder.parent)
    (folder.parent / "notes").mkdir()
    (folder.parent / ".0123456789a").mkdir()
    assert attempts.list_attempts(tmp_path / "gate") == (folder,)
    with pytest.raises(InputError, match="no folder"):
        attempts.look(folder.parent / "0123456789ab")


@pytest.mark.parametrize("kind", [*UNFIT, "empty folder"])
def test_what_is_no_plain_file_is_named_and_never_followed(tmp_path: Path, kind: str) -> None:
    folder = sample.made(tmp_path)
    before = attempts.look(folder)
    unfit(folder, kind)
    found = attempts.look(folder)
    assert found.files == before.files
    assert len(found.refused) == 1
    assert found.refused[0].what.isprintable()
    assert found.refused[0].reason
    assert not found.intact
    with pytest.raises(InputError):
        attempts.digest(folder)


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sample.made(tmp_path)
    listed = os.scandir

    def scandir(place: Path) -> Any:
        if place.name == "gold":
            raise PermissionError(13, "Permission denied")
        return listed(place)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", scandir)
        (refused,) = attempts.look(folder).refused
    assert (refused.what, refused.reason) == ("gold", "cannot be listed: Permission denied")


def test_attempts_that_may_not_be_seen_are_no_empty_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.made(tmp_path)

    def scandir(_: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("synth.attempts.reading.os.scandir", scandir)
        with pytest.raises(InputError, match="gate cannot be listed"):
            attempts.list_attempts(tmp_path / "gate")


def test_an_attestation_that_is_a_link_is_named(tmp_path: Path) -> None:
    folder = sample.made(tmp_path)
    (folder / "attestation.dsse.json").unlink()
    (folder / "attestation.dsse.json").symlink_to("/etc/passwd")
    found = attempts.look(folder)
    assert found.envelope is None
    assert found.refused[0].what == "attestation.dsse.json"


@pytest.mark.parametrize(("cap", "most"), [("MOST_BYTES", 40), ("MOST_TOTAL", 2000), ("MOST_ENVELOPE", 1)])
def test_files_over_a_cap_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cap: str, most: int
) -> None:
    folder = sample.made(tmp_path)
    monkeypatch.setattr(f"synth.attempts.listing.{cap}", most)
    refused = attempts.look(folder).refused
    assert refused
    assert all("larger than" in one.reason for one in refused)


def test_more_entries_than_the_cap_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sample.made(tmp_path)
    monkeypatch.setattr("synth.attempts.listing.MOST_FILES", 5)
    found = attempts.look(folder)
    assert "more than 5 entries" in found.refused[-1].reason


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample.made(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("name", FILES)
@settings(deadline=None)
@given(at=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_no_byte_of_a_record_can_change_unseen(whole: Path, name: str, at: int, byte: int) -> None:
    path = whole / name
    before = path.read_bytes()
    changed = bytearray(before)
    changed[at % len(before)] ^= byte
    path.write_bytes(changed)
    said = ""
    try:
        sound = attempts.is_sound(attempts.load(whole))
    except SynthError as error:
        said, sound = str(error), False
    finally:
        path.write_bytes(before)
    assert not sound
    assert said.isprintable()
