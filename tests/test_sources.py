"""Sources as the pipeline sees them: found by file name, one call, pairs of a file and what is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth import sources
from synth.errors import UsageError
from synth.records import Found, Skipped


def test_sources_are_the_files_of_the_folder() -> None:
    folder = Path(sources.__file__).parent
    assert sources.names() == tuple(sorted(p.stem for p in folder.glob("[!_]*.py")))
    assert {"arxiv", "folder"} <= set(sources.names())


@pytest.mark.parametrize("name", sources.names())
def test_every_source_keeps_the_contract(name: str) -> None:
    source = sources.load(name)
    assert isinstance(source.LOCAL, bool)
    assert callable(source.search)
    assert callable(source.fetch)


@pytest.mark.parametrize("name", ["", "nowhere", "_http", "../folder"])
def test_an_unknown_source_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="known: arxiv, folder"):
        sources.load(name)


def test_the_limit_counts_over_all_folders_and_names_what_is_left_out(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for n in (1, 2):
            (tmp_path / folder / f"{n}.txt").write_text("A kite flies.")
    items = list(
        sources.search("folder", "kites", limit=3, folders=(tmp_path / "a", tmp_path / "b"), cache=tmp_path)
    )
    assert [i[0] for i in items if not isinstance(i, Skipped)] == [
        tmp_path / "a" / "1.txt",
        tmp_path / "a" / "2.txt",
        tmp_path / "b" / "1.txt",
    ]
    assert [i.what for i in items if isinstance(i, Skipped)] == ["1 of 2 papers in b"]


def test_announcing_gives_no_path_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / ".hidden.pdf").write_bytes(b"%PDF-1.4")
    items = list(sources.announce("folder", "", limit=9, folders=(tmp_path,), cache=tmp_path))
    assert [type(i) for i in items] == [Skipped, Found]
    assert str(tmp_path) not in repr(items)
