"""A folder of papers: what is announced, what is left out, and that nothing is left out in silence."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.errors import InputError
from synth.records import Found, Skipped
from synth.sources import folder as source
from synth.sources._bibliography import _file, arxiv_id


def listed(folder: Path, *, limit: int = 100) -> tuple[list[Found], list[Skipped]]:
    items = list(source.search("kites", limit=limit, folder=folder))
    return [i for i in items if isinstance(i, Found)], [i for i in items if isinstance(i, Skipped)]


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF-1.4 a kite")


def test_papers_are_announced_by_name_beneath_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "b.pdf", "a.PDF", "deep/er/c.txt", "d.md")
    found, skipped = listed(tmp_path)
    assert [f.file for f in found] == ["a.PDF", "b.pdf", "d.md", "deep/er/c.txt"]
    assert not skipped
    assert source.fetch(found[3], folder=tmp_path) == tmp_path / "deep" / "er" / "c.txt"


def test_what_is_no_paper_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.pdf", ".b.pdf", ".git/c.pdf", "README.md", "slides.pptx", "x.png", "y.png")
    found, skipped = listed(tmp_path)
    assert [f.file for f in found] == ["a.pdf"]
    assert [s.what for s in skipped] == [
        ".b.pdf",
        ".git/",
        "README.md",
        f"other files in {tmp_path.name}: .png 2, .pptx 1",
    ]


def test_links_are_followed_only_within_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "papers/a.pdf", "elsewhere/secret.pdf")
    folder = tmp_path / "papers"
    (folder / "again.pdf").symlink_to(folder / "a.pdf")
    (folder / "out.pdf").symlink_to(tmp_path / "elsewhere" / "secret.pdf")
    (folder / "gone.pdf").symlink_to(folder / "nothing.pdf")
    (folder / "loop.pdf").symlink_to(folder / "loop.pdf")
    (folder / "up").symlink_to(tmp_path)
    found, skipped = listed(folder)
    assert [f.file for f in found] == ["a.pdf", "again.pdf"]
    assert {s.what: s.reason for s in skipped} == {
        "out.pdf": "the link leads out of the folder",
        "gone.pdf": "the link leads nowhere",
        "loop.pdf": "the link leads nowhere",
        "up/": "links to folders are not followed",
    }


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    put(tmp_path, "a.pdf")
    os.mkfifo(tmp_path / "b.pdf")
    _, skipped = listed(tmp_path)
    assert [(s.what, s.reason) for s in skipped] == [("b.pdf", "it is not a regular file")]


def test_a_name_with_control_characters_never_gets_out_raw(tmp_path: Path) -> None:
    put(tmp_path, "a.pdf", "b\x1b[2J.pdf", "c\u202efdp.pdf")
    os.close(os.open(os.fsencode(tmp_path) + b"/d\xff.pdf", os.O_CREAT | os.O_WRONLY))
    found, skipped = listed(tmp_path)
    assert [f.file for f in found] == ["a.pdf"]
    assert len(skipped) == 3
    assert "\x1b" not in repr([s.what for s in skipped])
    assert all(s.what.encode() for s in skipped)


def test_papers_beyond_the_limit_are_counted(tmp_path: Path) -> None:
    put(tmp_path, *(f"{n}.pdf" for n in range(5)))
    found, skipped = listed(tmp_path, limit=2)
    assert [f.file for f in found] == ["0.pdf", "1.pdf"]
    assert [s.what for s in skipped] == [f"3 of 5 papers in {tmp_path.name}"]


@pytest.mark.parametrize(("make", "says"), [(0, "no folder"), (1, "is a file"), (2, "no papers in")])
def test_a_folder_without_papers_is_one_line_with_a_remedy(tmp_path: Path, make: int, says: str) -> None:
    path = tmp_path / "papers"
    if make == 1:
        path.write_text("x")
    elif make == 2:
        path.mkdir()
        (path / "x.png").write_bytes(b"")
    with pytest.raises(InputError, match=says) as caught:
        listed(path)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


BIB = r"""
@article{kite,
  title = {Why {K}ites {Fly}: 30% more, by Caf{\'e} M{\"u}ller},
  author = {M{\"u}ller, Jos\'e and Ada Wind and others},
  year = 2024, journal = {Kite Letters}, eprint = {2401.00001v2}, archiveprefix = {arXiv},
  doi = {https://doi.org/10.1000/a_b%20c}, url = {https://example.org/a%20b_c},
  file = {:deep/my_kite.pdf:PDF},
}
@misc{by_key, title = {By key}, year = {1999}}
@misc{x, title = {By arXiv id}, eprint = {2402.00002}}
@misc{y, title = {Another version}, eprint = {2403.00003v1}}
@misc{abstract, title = {Only an abstract}, abstract = {Kites fly in 5% of all winds.}}
@misc{lost, title = {Neither}}
"""


def test_a_bibliography_describes_the_files(tmp_path: Path) -> None:
    put(tmp_path, "deep/my_kite.pdf", "by_key.pdf", "2402.00002v4.pdf", "wind-2403.00003v2.pdf")
    (tmp_path / "papers.bib").write_text(BIB, encoding="utf-8")
    found, skipped = listed(tmp_path)
    titles = {f.file: f.title for f in found}
    assert titles == {
        "2402.00002v4.pdf": "By arXiv id",
        "by_key.pdf": "By key",
        "deep/my_kite.pdf": "Why Kites Fly: 30% more, by Café Müller",
        "wind-2403.00003v2.pdf": "",
        "": "Only an abstract",
    }
    kite = found[2]
    assert kite.authors == ("José Müller", "Ada Wind", "et al.")
    assert (kite.year, kite.venue, kite.arxiv) == (2024, "Kite Letters", "2401.00001v2")
    assert (kite.doi, kite.url) == ("10.1000/a_b%20c", "https://example.org/a%20b_c")
    assert found[-1].abstract == "Kites fly in 5% of all winds."
    assert source.fetch(found[-1], folder=tmp_path) is None
    assert [s.what for s in skipped] == ["papers.bib, line 11: y", "papers.bib, line 13: lost"]


def test_a_broken_entry_is_named_with_its_line_and_the_rest_is_used(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "a.pdf", "b.pdf")
    (tmp_path / "papers.bib").write_text(
        "@misc{a, title = {First}}\n@misc{a, title = {Twice}}\n@misc{broken, title = {never closed\n"
        "@misc{b, title = {Last}}\n"
    )
    found, skipped = listed(tmp_path)
    assert [f.title for f in found] == ["First", "Last"]
    assert [s.what for s in skipped] == ["papers.bib, line 2", "papers.bib, line 3"]
    assert all(s.remedy for s in skipped)
    assert capfd.readouterr() == ("", "")


def test_a_manifest_describes_the_files(tmp_path: Path) -> None:
    put(tmp_path, "a.pdf", "b.pdf", "c.pdf")
    (tmp_path / "manifest.csv").write_text(
        "\ufefffile,title,authors,year,venue,arxiv,doi,url\n"
        'a.pdf,"Kites, and wind",Ada Wind; Bo Silk,2024,KITE,2401.00001v2,10.1000/1,javascript:alert(1)\n'
        ",No file,,,,,,\n"
        "b.pdf,Too,many,1999,cells,,,,,\n"
        "nowhere.pdf,Lost,,,,,,\n",
        encoding="utf-8",
    )
    found, skipped = listed(tmp_path)
    assert found[0].title == "Kites, and wind"
    assert found[0].authors == ("Ada Wind", "Bo Silk")
    assert found[0].url == ""
    assert [f.title for f in found[1:]] == ["", ""]
    assert [s.what for s in skipped] == [
        "manifest.csv, line 3",
        "manifest.csv, line 4",
        "manifest.csv, line 5: nowhere.pdf",
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [("papers.bib", b"\xff\xfe@misc"), ("manifest.csv", b"title,year\nA,1\n"), ("manifest.csv", b'file\n"a')],
)
def test_metadata_that_cannot_be_read_is_skipped_and_the_papers_are_not(
    tmp_path: Path, name: str, content: bytes
) -> None:
    put(tmp_path, "a.pdf")
    (tmp_path / name).write_bytes(content)
    found, skipped = listed(tmp_path)
    assert [f.file for f in found] == ["a.pdf"]
    assert [s.what.split(",")[0] for s in skipped] == [name]
    assert all(s.remedy for s in skipped)


@given(st.integers(0, 9999), st.integers(0, 99999), st.sampled_from(["", "v1", "v12"]))
def test_an_arxiv_id_is_found_wherever_it_stands_in_a_name(month: int, number: int, version: str) -> None:
    name = f"{month:04}.{number:05}{version}"
    for text in (name, f"kites-{name}", f"arXiv:{name}", f"{name} final"):
        assert arxiv_id(text) == name
    assert arxiv_id(f"1{name}") == ""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "@misc{",
                "a",
                ",",
                "title",
                " = ",
                "{",
                "}",
                '"',
                "\\",
                "%",
                "\n",
                "é",
                "@string{",
                "@comment",
                "#",
                "$",
            ]
        ),
        max_size=40,
    )
)
def test_no_bibliography_breaks_the_reading_of_a_folder(pieces: list[str]) -> None:
    with TemporaryDirectory() as name:
        put(Path(name), "a.pdf")
        (Path(name) / "papers.bib").write_text("".join(pieces), encoding="utf-8")
        (Path(name) / "manifest.csv").write_text("".join(pieces), encoding="utf-8")
        found, _ = listed(Path(name))
        assert "a.pdf" in [f.file for f in found]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("a.pdf", "a.pdf"),
        (":deep/a b.pdf:PDF", "deep/a b.pdf"),
        ("arXiv.org Snapshot:1/x.html:text/html;Full Text:/2/a.PDF:application/pdf", "/2/a.PDF"),
        (r"C\:\\Papers\\a.pdf", "//Papers//a.pdf"),
        ("", ""),
    ],
)
def test_the_file_field_of_other_programs_is_understood(field: str, name: str) -> None:
    assert _file(field) == name


def test_an_old_arxiv_id_is_found_in_a_file_name() -> None:
    assert arxiv_id("cs_0301001v1") == "cs/0301001v1"
    assert arxiv_id("hep-th/9901001") == "hep-th/9901001"
    assert arxiv_id("version 3.14") == ""
