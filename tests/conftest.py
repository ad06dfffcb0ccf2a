"""What every test shares: a home of its own, and the folder of real papers where there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a store, caches and keys of its own."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SYNTH_HOME", str(folder))
    monkeypatch.setenv("NO_COLOR", "1")
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real papers and labelled data, or skip."""
    folder = Path(os.environ.get("SYNTH_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no folder of real papers and data ({folder.name}); set SYNTH_SHARED to run this")
    return folder
