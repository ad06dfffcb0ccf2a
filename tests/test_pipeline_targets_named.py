"""A target that names nothing is told why, with what could have been named."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.config import Config
from synth.errors import UsageError
from synth.pipeline import targets
from synth.pipeline.targets import Asked


def told(target: str, tmp_path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        targets.targets(Asked(target=target), config=Config(home=tmp_path / "home"))
    return str(caught.value)


def test_a_folder_with_nothing_to_reproduce_is_told_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m").mkdir()
    (tmp_path / "m\x1b[2J").mkdir()
    said = told("m", tmp_path)
    assert said.startswith(
        "nothing to reproduce is called 'm': m holds neither repro.toml nor manifest.json - "
    )
    assert "\x1b" not in told("m\x1b[2J", tmp_path)
    assert "holds neither" not in told("n", tmp_path)


def test_a_script_is_not_listed_among_the_experiments_to_name(tmp_path: Path) -> None:
    remedy = told("nothing", tmp_path).split("one of: ")[1]
    assert remedy == "formula, xlmr_intermediate"
