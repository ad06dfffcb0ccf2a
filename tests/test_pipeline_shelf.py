"""Papers are found again by their bytes, wherever they went; one line says what is gone or changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from synth.errors import InputError
from synth.pipeline import shelf as shelves
from synth.pipeline.shelf import Moved, Shelf
from synth.records import Box, Paper, Span, content_id


def pdf(path: Path, words: str) -> Paper:
    """Write a PDF of one page and return its paper."""
    import pymupdf

    document = pymupdf.open()
    document.new_page().insert_text((72, 72), words)
    path.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(path))
    return paper(path)


def paper(path: Path) -> Paper:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Paper(id=content_id("p", digest), file=path.name, title=path.stem, sha256=digest, pages=1)


def shelf(papers: Sequence[Paper], places: Mapping[str, Path | None], given: Sequence[Path] = ()) -> Shelf:
    kept = {name: (path, "key") for name, path in places.items()}
    return Shelf(papers, kept, given=given, seconds=30, memory_mb=1024)


def test_a_paper_is_where_it_was_read(tmp_path: Path) -> None:
    one = pdf(tmp_path / "a.pdf", "one")
    with shelf([one], {one.id: tmp_path / "a.pdf"}) as found:
        assert found.file(one.id) == tmp_path / "a.pdf"
        assert found.moved() is None


def test_a_moved_and_renamed_paper_is_found_by_its_bytes(tmp_path: Path) -> None:
    one = pdf(tmp_path / "old" / "a.pdf", "one")
    pdf(tmp_path / "new" / "a.pdf", "another of the same name")
    there = tmp_path / "new" / "deep" / "Ünïcode name.PDF"
    there.parent.mkdir()
    (tmp_path / "old" / "a.pdf").rename(there)
    with shelf([one], {one.id: tmp_path / "old" / "a.pdf"}, [tmp_path / "new"]) as found:
        assert found.file(one.id) == there
        assert found.page(one.id, 1, spans=(), width=80, whole=True).startswith(b"\x89PNG")


def test_a_paper_read_elsewhere_is_found_in_a_folder_or_as_a_file(tmp_path: Path) -> None:
    one, two = pdf(tmp_path / "in" / "a.pdf", "one"), pdf(tmp_path / "b.pdf", "two")
    with shelf([one, two], {one.id: None}, [tmp_path / "in", tmp_path / "b.pdf"]) as found:
        assert found.moved() is None
        assert [found.file(one.id), found.file(two.id)] == [tmp_path / "in" / "a.pdf", tmp_path / "b.pdf"]


def test_what_is_gone_or_changed_is_one_line_that_names_the_file(tmp_path: Path) -> None:
    one, two, three = (pdf(tmp_path / f"{name}.pdf", name) for name in "abc")
    places = {one.id: tmp_path / "a.pdf", two.id: tmp_path / "b.pdf"}
    (tmp_path / "a.pdf").unlink()
    (tmp_path / "b.pdf").write_bytes(b"%PDF- other")
    (tmp_path / "c.pdf").unlink()
    with shelf([one, two, three], places) as found:
        for which, said in (
            (one, f"a.pdf is not at {tmp_path / 'a.pdf'} any more"),
            (two, f"{tmp_path / 'b.pdf'} was changed since it was read"),
            (three, "the store does not know where c.pdf lies"),
        ):
            with pytest.raises(InputError) as refused:
                found.file(which.id)
            assert said in refused.value.message
            assert "--papers DIR" in refused.value.remedy
            assert "\n" not in str(refused.value)
    with shelf([one], places, [tmp_path]) as found, pytest.raises(InputError) as refused:
        found.file(one.id)
    assert f"nor among the papers in {tmp_path}" in refused.value.message


def test_a_changed_paper_is_found_where_it_is_whole(tmp_path: Path) -> None:
    one = pdf(tmp_path / "kept" / "a.pdf", "one")
    (tmp_path / "a.pdf").write_bytes(b"%PDF- other")
    with shelf([one], {one.id: tmp_path / "a.pdf"}, [tmp_path / "kept"]) as found:
        assert found.file(one.id) == tmp_path / "kept" / "a.pdf"


def test_a_change_after_the_first_look_is_noticed(tmp_path: Path) -> None:
    one = pdf(tmp_path / "a.pdf", "one")
    with shelf([one], {one.id: tmp_path / "a.pdf"}) as found:
        assert found.file(one.id)
        (tmp_path / "a.pdf").write_bytes((tmp_path / "a.pdf").read_bytes() + b"%")
        with pytest.raises(InputError, match="was changed"):
            found.file(one.id)


def test_a_link_is_followed_within_its_folder_alone(tmp_path: Path) -> None:
    one = pdf(tmp_path / "outside" / "a.pdf", "one")
    two = pdf(tmp_path / "in" / ".hidden" / "store.pdf", "two")
    (tmp_path / "in" / "a.pdf").symlink_to(tmp_path / "outside" / "a.pdf")
    (tmp_path / "in" / "b.pdf").symlink_to(tmp_path / "in" / ".hidden" / "store.pdf")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "outside", target_is_directory=True)
    with shelf([one, two], {}, [tmp_path / "in"]) as found:
        assert found.file(two.id) == tmp_path / "in" / "b.pdf"
        with pytest.raises(InputError):
            found.file(one.id)


def test_only_so_many_files_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MOST_FILES", 2)
    for name in "ab":
        pdf(tmp_path / f"{name}.pdf", name)
    last = pdf(tmp_path / "z.pdf", "z")
    with shelf([last], {}, [tmp_path]) as found, pytest.raises(InputError, match="the first 2 files"):
        found.file(last.id)


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    one = pdf(tmp_path / "a.pdf", "one")
    (tmp_path / "a.pdf").unlink()
    os.mkfifo(tmp_path / "a.pdf")
    with shelf([one], {one.id: tmp_path / "a.pdf"}, [tmp_path]) as found, pytest.raises(InputError):
        found.file(one.id)


def test_plain_text_abstracts_and_strangers_have_no_pages(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("words")
    text = paper(tmp_path / "a.md")
    abstract = Paper(id="p1", file="", title="An abstract", read="abstract_only")
    with shelf([text, abstract], {text.id: tmp_path / "a.md"}) as found:
        assert found.file(text.id) == tmp_path / "a.md"
        for name, said in (
            (text.id, "a.md is plain text"),
            ("p1", "only the abstract"),
            ("p2", "no paper 'p2'"),
        ):
            with pytest.raises(InputError, match=said):
                found.page(name, 1, spans=(), width=80, whole=True)
        assert found.moved() is None


def test_a_page_is_drawn_with_its_boxes(tmp_path: Path) -> None:
    one = pdf(tmp_path / "a.pdf", "one")
    spans = (Span(page=1, boxes=(Box(70, 60, 95, 76),)),)
    with shelf([one], {one.id: tmp_path / "a.pdf"}) as found:
        bare, marked = (found.page(one.id, 1, spans=s, width=200, whole=True) for s in ((), spans))
        assert bare != marked
        with pytest.raises(InputError, match=r"a\.pdf has no page 9 \(it has 1\)"):
            found.page(one.id, 9, spans=(), width=200, whole=True)


def test_what_has_moved_is_told_without_opening_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = [pdf(tmp_path / f"{name}.pdf", name) for name in "abcdef"]
    places = {one.id: tmp_path / one.file for one in papers}
    for name in "abcde":
        (tmp_path / f"{name}.pdf").unlink()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.pdf").touch()

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(hashlib, "file_digest", opened)
    with shelf(papers, places) as found:
        said = found.moved()
    assert said == Moved(papers=("a.pdf", "b.pdf", "c.pdf", "d.pdf", "e.pdf"), of=6)
    assert str(said) == (
        "5 of 6 papers are not where they were read (a.pdf, b.pdf, c.pdf and 2 more): "
        "pages cannot be shown - name their folder with --papers DIR"
    )
    with shelf(papers, places, [tmp_path / "other"]) as found:
        left = found.moved()
    assert left is not None
    assert left.papers == ("b.pdf", "c.pdf", "d.pdf", "e.pdf")
