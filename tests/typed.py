"""Words of a command line in, its exit code and what it printed out, in the test's own folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from synth.cli import main


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What it printed as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return what runs a command line in the test's folder; no traceback is ever printed."""
    monkeypatch.chdir(tmp_path)

    def go(*words: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["synth", *(str(w) for w in words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(int(stopped.value.code or 0), said.out, said.err)

    return go


def one_line(ran: Ran) -> str:
    """Hold a refusal to its form (exit 2, nothing on stdout, one line on stderr) and return the line."""
    assert ran.code == 2
    assert ran.out == ""
    lines = ran.err.strip().splitlines()
    assert len(lines) == 1, ran.err
    return lines[0]
