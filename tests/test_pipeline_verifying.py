"""An attempt is verified and run again: what is no attempt, and a second run that came to no end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from synth import attempts
from synth.attempts import Stored
from synth.config import Config
from synth.errors import InputError, SandboxError
from synth.experiments import xlmr_intermediate
from synth.pipeline import reproduce, verifying
from synth.trials import Limits, Prepared, Ran

SAMPLE = sorted((Path(__file__).resolve().parent.parent / "reports" / "demo" / "gate").glob("*/*"))[0]


class Broken:
    """A seal in which every job crashes."""

    name = "broken 1"

    def lack(self) -> None:
        """It lacks nothing."""

    def run(
        self,
        prepared: Prepared,  # noqa: ARG002
        *,
        limits: Limits,  # noqa: ARG002
        out: Path,  # noqa: ARG002
        gpu: bool = False,  # noqa: ARG002
        state: Path | None = None,  # noqa: ARG002
        line: Callable[[str], None] | None = None,  # noqa: ARG002
        stop: Callable[[], bool] | None = None,  # noqa: ARG002
    ) -> Ran:
        """Crash."""
        return Ran(exit_code=1, stopped="", log="it broke\n", cpu_seconds=0.1, wall_seconds=0.1)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(home=tmp_path / "home", workers=1)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Stored:
    """Return the sample attempt, which holds; nothing of it runs here, so its program needs nothing."""
    monkeypatch.setattr(xlmr_intermediate, "NEEDS", ())
    return attempts.load(SAMPLE)


def test_a_second_run_without_a_seal_is_no_fault_of_the_attempt(
    stored: Stored, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproduce, "sealed", lambda _: (None, (), "no seal - install one"))
    with pytest.raises(SandboxError, match=r"^it could not be run again: no seal - install one$"):
        list(verifying.rerun(stored, config=config))


def test_a_second_run_that_crashes_is_no_fault_of_the_attempt(
    stored: Stored, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproduce, "sealed", lambda _: (Broken(), (), ""))
    with pytest.raises(SandboxError, match=r"^it could not be run again: .*seed"):
        list(verifying.rerun(stored, config=config))


@pytest.mark.parametrize("held", ["nothing", "a report", "many attempts"])
def test_a_folder_without_a_spec_is_no_attempt(tmp_path: Path, config: Config, held: str) -> None:
    at = tmp_path / "reports"
    at.mkdir()
    if held == "a report":
        (at / "manifest.json").write_text("{}")
    if held == "many attempts":
        shutil.copytree(SAMPLE, at / SAMPLE.name)
    with pytest.raises(InputError, match=r"^reports is no attempt - name .* attempt: gate/CLAIM/ATTEMPT$"):
        verifying.verify(at, trusted=())
    assert not verifying.holds(at, config=config)
    (told,) = verifying.by_anyone(at, config=config)
    assert not told.notice
    assert told.what == "reports is no attempt"


def test_a_spec_that_is_a_link_is_still_told_as_a_fault(tmp_path: Path) -> None:
    at = tmp_path / SAMPLE.name
    shutil.copytree(SAMPLE, at)
    (at / "spec.json").rename(tmp_path / "spec.json")
    (at / "spec.json").symlink_to(tmp_path / "spec.json")
    found = verifying.verify(at, trusted=())
    assert "spec.json" in {one.file for one in found.faults if not one.notice}
    assert not found.holds
