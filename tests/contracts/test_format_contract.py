"""What every format must hold, found by its file name: a name of its own, whole bytes, the same twice."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from sample_report import empty, sample

from synth import formats
from synth.errors import UsageError
from synth.formats import lines

HERE = Path(formats.__file__).parent


def test_the_bundle_holds_every_format_once_and_the_manifest_last() -> None:
    files = formats.bundle(sample())
    assert set(files) == {formats.filename(name) for name in formats.names()}
    assert len(files) == len(formats.names())
    assert list(files)[-1] == "manifest.json"
    assert {"report.md", "report.html", "report.pdf", "claims.jsonl", "record.html"} <= set(files)


@pytest.mark.parametrize("name", formats.names())
def test_a_file_name_is_plain(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(?:\.[a-z]+)+", formats.filename(name))


@pytest.mark.parametrize("name", formats.names())
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert formats.render(name, sample()) == formats.render(name, sample())


@pytest.mark.parametrize("name", formats.names())
def test_a_report_of_nothing_renders(name: str) -> None:
    made = formats.render(name, empty())
    assert made or name == "claims_jsonl"


@pytest.mark.parametrize("name", [n for n in formats.names() if n != "pdf"])
def test_no_control_character_and_no_clock_but_the_manifests(name: str) -> None:
    made = formats.render(name, sample()).decode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made)
    clock = sample().provenance.generated_at
    assert made.count(clock) == (1 if name == "manifest" else 0)


@pytest.mark.parametrize("name", formats.names())
def test_a_format_says_what_goes_in_and_what_comes_out(name: str) -> None:
    doc = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")))
    assert doc is not None
    assert " in, " in doc.splitlines()[0]
    assert " out" in doc.splitlines()[0]


def test_an_unknown_format_is_one_line_that_names_the_known() -> None:
    with pytest.raises(UsageError, match=r"no format called 'docx' - choose one of: bibtex, "):
        formats.render("docx", sample())


def test_lines_is_no_format() -> None:
    assert "lines" not in formats.names()
    assert not hasattr(lines, "FILENAME")
