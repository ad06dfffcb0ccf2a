"""Settings: flags over synth.toml over defaults, and one line for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.config import load
from synth.errors import UsageError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_flags_win_over_the_file_which_wins_over_the_defaults(here: Path) -> None:
    (here / "synth.toml").write_text('claims = 7\nthreshold = 0.9\npapers = ["a", "b"]\n')
    settings = load(flags={"claims": 3, "threshold": None})
    assert (settings.claims, settings.threshold, settings.limit) == (3, 0.9, None)
    assert settings.papers == (Path("a"), Path("b"))


def test_the_viewer_is_a_line_of_words_and_none_by_default(here: Path) -> None:
    assert load().viewer == ""
    (here / "synth.toml").write_text('viewer = "evince -i {page} {file}"\n')
    assert load().viewer == "evince -i {page} {file}"


def test_the_home_is_named_by_the_environment(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(here / "h"))
    assert load().store == here / "h" / "synth.db"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clams = 7", "unknown setting 'clams'"),
        ('claims = "many"', "claims must be int"),
        ("claims = true", "claims must be int"),
        ("threshold = 70", "probability"),
        ("claims = 0", "at least 1"),
        ("= 3", "no TOML"),
        ("seconds = -1", "above 0"),
        ('date = "soon"', "no date"),
        ("limit = 0", "at least 1"),
        ("viewer = 3", "viewer must be str"),
    ],
)
def test_a_wrong_file_is_one_line_with_what_to_do(here: Path, text: str, said: str) -> None:
    (here / "synth.toml").write_text(text)
    with pytest.raises(UsageError, match=said) as caught:
        load()
    assert "\n" not in str(caught.value)


def test_a_named_file_must_exist(here: Path) -> None:
    with pytest.raises(UsageError, match="no settings file"):
        load(here / "other.toml")
