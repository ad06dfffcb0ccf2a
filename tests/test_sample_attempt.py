"""The signed attempt that lies with the demo report holds: its files, its signature, its figures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from synth import attempts
from synth.config import Config
from synth.pipeline import gate

REPORTS = Path(__file__).resolve().parent.parent / "reports"
KEY = REPORTS / "sample-key.pub"
FOLDERS = sorted((REPORTS / "demo" / "gate").glob("*/*"))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(home=tmp_path / "home")


def test_there_is_a_sample() -> None:
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda at: at.name)
def test_every_file_signature_and_figure_of_the_sample_holds(folder: Path, config: Config) -> None:
    rows = gate.verify(folder, config=config, key=KEY)
    assert [row for row in rows if not row["notice"]] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda at: at.name)
def test_the_sample_ran_every_seed_in_a_seal_that_held(folder: Path) -> None:
    stored = attempts.load(folder)
    assert all(one.sound for one in attempts.records(stored))
    assert len(stored.spec.seeds) >= 8
    assert min(stored.spec.seeds) >= 1000
    assert {found for _, found in stored.environment.probe} <= {"held", "not applicable"}
    assert "not run" in stored.spec.words


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda at: at.name)
def test_one_other_prediction_is_named(folder: Path, config: Config, tmp_path: Path) -> None:
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    changed = sorted((copy / "outputs").rglob("qa.json"))[0]
    changed.write_bytes(changed.read_bytes().replace(b"1", b"2", 1))
    faults = [row["file"] for row in gate.verify(copy, config=config, key=KEY) if not row["notice"]]
    assert changed.relative_to(copy).as_posix() in faults
