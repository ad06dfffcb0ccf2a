"""What is decided from characters and places alone: hyphens, order, references, garbled text, plain files."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.reading import columns, from_abstract, metadata, passages, quality, references
from synth.reading.document import read
from synth.reading.headings import Path as Sections
from synth.reading.paragraphs import Measure, blocks
from synth.reading.pdf import Line, Page, Turn, Word
from synth.records import Box, Found, Role
from synth.text import letters

WORDS = st.text(alphabet="abcdefghij", min_size=1, max_size=8)


def line(text: str, x: float, base: float, *, order: int = 0, size: float = 10.0, page: int = 1) -> Line:
    """A line whose letters are five points wide."""
    words = []
    for piece in text.split():
        width = 5.0 * len(piece)
        words.append(Word(piece, x, base - 7.4, x + width, base + 2.2, base, size, False, False, False, size))
        x += width + 2.5
    return Line(words, page, order=order)


@pytest.mark.parametrize(
    ("first", "second", "seen", "mended"),
    [
        ("compre-", "hension", {}, "comprehension"),
        ("compre-", "hension", {"comprehension": 2}, "comprehension"),
        ("low-", "resource", {"low-resource": 1}, "low-resource"),
        ("state-of-the-", "art", {}, "state-of-the-art"),
        ("zero-", "shot", {"zero": 3, "shot": 2}, "zero-shot"),
        ("pre-", "training", {"pretraining": 1, "pre-training": 4}, "pre-training"),
        ("pre-", "training", {"pretraining": 4, "pre-training": 1}, "pretraining"),
        ("Bi-", "LSTM", {}, "Bi-LSTM"),
        ("(encod-", "ing),", {}, "(encoding),"),
        ("2017-", "2018", {}, "2017-2018"),
    ],
)
def test_a_hyphen_at_a_lines_end(first: str, second: str, seen: dict[str, int], mended: str) -> None:
    assert passages.mend(first, second, seen) == mended


@given(st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=6), st.lists(st.booleans()))
def test_mending_keeps_every_letter(rows: list[list[str]], cut: list[bool]) -> None:
    texts = [" ".join(row) for row in rows]
    texts = [t + "-" if c else t for t, c in zip(texts, [*cut, *[False] * len(texts)], strict=False)]
    lines = [line(text, 72, 100 + 12 * i) for i, text in enumerate(texts)]
    text, pieces = passages.laid(lines, Counter())
    assert letters(text) == letters("".join(texts))
    assert [p.word.text for p in pieces] == [w.text for x in lines for w in x.words]
    assert all(a.end <= b.start for a, b in itertools.pairwise(pieces))


@given(
    st.lists(
        st.tuples(WORDS, st.floats(30, 500), st.floats(60, 700), st.floats(6, 16)), min_size=1, max_size=40
    )
)
def test_arranging_keeps_every_word_once(given_lines: list[tuple[str, float, float, float]]) -> None:
    lines = [line(t, x, y, order=i, size=s) for i, (t, x, y, s) in enumerate(given_lines)]
    page = Page(number=1, width=612, height=792, lines=lines)
    arranged = columns.arrange(page, lines, (306.0,), first=True)
    found = Counter(c for column in arranged for row in column.rows for w in row.words for c in w.text)
    assert found == Counter(c for x in lines for w in x.words for c in w.text)
    about = Measure(size=10, pitch=12, justified=True)
    rows = [id(row) for column in arranged for row in column.rows]
    assert [id(row) for block in blocks(arranged, about) for row in block.rows] == rows


@given(st.sampled_from([(0, 1), (0, -1), (-1, 0), (1, 0)]), st.floats(0, 500), st.floats(0, 700))
def test_turning_back_undoes_a_turn(towards: tuple[int, int], x: float, y: float) -> None:
    a, b = towards
    turn = Turn(a, b, -b, a, 612, 792)
    box = Box(x, y, x + 20, y + 9)
    assert turn.back(turn.box(*box)) == pytest.approx(box)


def test_an_index_set_apart_stays_in_its_line() -> None:
    pieces = [
        line("where h", 72, 100, order=0),
        line("i", 104.6, 102, order=1, size=6),
        line("is the input", 115, 100, order=2),
    ]
    rows = columns.merged(pieces)
    assert [row.text for row in rows] == ["where hi is the input"]


def test_a_list_that_counts_from_one_again_opens_no_new_chapter() -> None:
    path = Sections()
    path.enter("3 Model", size=12)
    path.enter("1. Encoding", size=10)
    assert path.text == "3 Model > 1. Encoding"
    path.enter("3.1 Training", size=11)
    path.enter("4 Results", size=12)
    assert path.text == "4 Results"


@pytest.mark.parametrize(
    ("raw", "title", "doi", "arxiv"),
    [
        (
            "[3] A. Alpha, B. Beta, “A study of encoders,” in Proc. Encoders, 2018.",
            "A study of encoders",
            "",
            "",
        ),
        (
            "Alpha, A. and Beta, B. (2018). A study of encoders. CoRR, abs/1801.00001.",
            "A study of encoders",
            "",
            "1801.00001",
        ),
        (
            "Ada Alpha. 2018. Is it a study? https://doi.org/10.1000/xyz.1.",
            "Is it a study?",
            "10.1000/xyz.1",
            "",
        ),
        (
            "Ada Alpha. Studies of small encoders. arXiv preprint arXiv:1801.00001v2, 2018.",
            "Studies of small encoders",
            "",
            "1801.00001",
        ),
    ],
)
def test_a_reference_is_parsed(raw: str, title: str, doi: str, arxiv: str) -> None:
    entry = references.entry(raw)
    assert (entry.title, entry.doi, entry.arxiv) == (title, doi, arxiv)
    assert entry.raw == raw


@given(st.text(max_size=200))
def test_any_text_is_a_reference_without_fault(raw: str) -> None:
    assert references.entry(raw).raw == " ".join(raw.split())


def test_another_alphabet_as_latin_letters_is_noticed() -> None:
    garbled = "Метод скользящего разделения смесей является развитием".encode("cp1251").decode("latin-1")
    assert quality.mojibake(garbled)
    assert not quality.mojibake("Les élèves ont étudié la théorie générale et préféré l'été à l'hiver.")
    assert not quality.mojibake("We study encoders of naïve design.")


@given(st.text(alphabet="0123456789 .,ab", max_size=80))
def test_a_reader_agrees_with_itself(text: str) -> None:
    assert quality.disagreement(text, text) == 0
    assert quality.disagreement(text, text + " 777777") == 1


@pytest.mark.parametrize(
    ("name", "arxiv", "version", "year"),
    [
        ("topic--1611.01603v6.pdf", "1611.01603", "v6", 2016),
        ("2005.13013v2.pdf", "2005.13013", "v2", 2020),
        ("2005.13013.pdf", "2005.13013", "", 2020),
        ("P18-1064.pdf", "", "", None),
    ],
)
def test_the_file_name_tells_the_arxiv_id(name: str, arxiv: str, version: str, year: int | None) -> None:
    page = Page(number=1, width=612, height=792, lines=[line("A title", 72, 100)])
    said = metadata.guessed([page], title="A title", inside="untitled", path=Path(name))
    assert (said.arxiv, said.version, said.year) == (arxiv, version, year)


def test_the_stamp_wins_over_the_file_name() -> None:
    page = Page(number=1, width=612, height=792, lines=[], turned=["arXiv:1611.01603v6 [cs.CL] 21 Jun 2018"])
    said = metadata.guessed([page], title="T", inside="", path=Path("1701.00001v1.pdf"))
    assert (said.arxiv, said.version) == ("1611.01603", "v6")


def test_markdown_with_a_head(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(
        "---\ntitle: On notes\nauthors: [Ada Alpha, Bo Beta]\nyear: 2019\narxiv: 1901.00001v2\n"
        "abstract: We study notes.\n---\n\n# On notes\n\n## 1 Results\n\nNotes are **short**. They help.\n\n"
        "```\nx = 1\n```\n\n## References\n\n- Ada Alpha. 2018. A study of notes. Notes 1.\n",
        encoding="utf-8",
    )
    reading = read(path, found=None)
    assert (reading.paper.title, reading.paper.authors) == ("On notes", ("Ada Alpha", "Bo Beta"))
    assert (reading.paper.arxiv, reading.paper.version, reading.paper.year) == ("1901.00001", "v2", 2019)
    assert [(p.role, p.section, p.text) for p in reading.passages] == [
        (Role.ABSTRACT, "Abstract", "We study notes."),
        (Role.BODY, "1 Results", "Notes are short. They help."),
        (Role.REFERENCE, "References", "Ada Alpha. 2018. A study of notes. Notes 1."),
    ]
    assert reading.references[0].title == "A study of notes"
    assert len(reading.passages[1].sentences) == 2


def test_an_abstract_alone_is_a_reading_without_pages() -> None:
    found = Found(
        source="arxiv", title="On notes", arxiv="1901.00001v1", abstract="Notes help.\x1b[31m\nA lot."
    )
    reading = from_abstract(found)
    assert reading.paper.read == "abstract_only"
    assert (reading.paper.arxiv, reading.paper.version) == ("1901.00001", "v1")
    assert reading.passages[0].spans == ()
    assert "\x1b" not in reading.passages[0].text
    assert from_abstract(Found(source="arxiv", title="On notes")).paper.read == "unread"
