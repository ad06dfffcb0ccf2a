"""Pages of every kind are drawn here, and read as a reader would read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from synth.reading import document
from synth.records import Found, Passage, Reading, Role
from synth.text import letters

LEFT, RIGHT, WIDTH, TOP, PITCH = 72.0, 307.0, 218.0, 150.0, 13.0

FIRST = (
    "Sentence encoders are trained on large corpora of running text.",
    "We show that a small encoder is enough for this task when its training data are chosen well.",
    "The choice matters more than the size of the model in all our experiments.",
)
SECOND = (
    "Our encoder reaches an accuracy of 91.2 percent on the held out part.",
    "A larger encoder reaches 91.4 percent and needs ten times the memory of ours.",
    "We conclude that size alone does not explain the difference between the two.",
)


@dataclass
class Drawing:
    """A PDF in the making; text is set in Times, line by line, where it is told to stand."""

    document: Any
    page: Any = None
    lines: list[str] = field(default_factory=list)

    def new_page(self, **size: float) -> None:
        """Start a page of 612 x 792 points."""
        self.page = self.document.new_page(**({"width": 612, "height": 792} | size))

    def text(self, x: float, y: float, text: str, *, size: float = 10.0, font: str = "tiro") -> None:
        """Set one line with its baseline at ``y``."""
        self.page.insert_text((x, y), text, fontname=font, fontsize=size)

    def column(self, x: float, y: float, text: str, *, size: float = 10.0, width: float = WIDTH) -> float:
        """Set a justified paragraph without hyphens; return the baseline of the line after it."""
        import pymupdf

        font = pymupdf.Font("tiro")
        line: list[str] = []
        for word in [*text.split(), ""]:
            if not word or font.text_length(" ".join([*line, word]), size) > width:
                last = not word
                self._justified(x, y, line, size=size, width=None if last else width)
                y += PITCH * size / 10
                line = []
            line.append(word)
        return y

    def _justified(self, x: float, y: float, words: list[str], *, size: float, width: float | None) -> None:
        import pymupdf

        font = pymupdf.Font("tiro")
        space = font.text_length(" ", size)
        if width is not None and len(words) > 1:
            space = (width - sum(font.text_length(w, size) for w in words)) / (len(words) - 1)
        for word in words:
            self.text(x, y, word, size=size)
            x += font.text_length(word, size) + space

    def save(self, path: Path, **options: Any) -> Path:
        """Write the file."""
        self.document.save(str(path), **options)
        return path


@pytest.fixture
def drawing() -> Drawing:
    """An empty PDF."""
    import pymupdf

    made = Drawing(pymupdf.open())
    made.new_page()
    return made


def two_columns(drawing: Drawing) -> None:
    """A page as conferences print it: title, authors, abstract, sections, footnote, page number."""
    drawing.text(150, 80, "Small Encoders Are Enough", size=16, font="tibo")
    drawing.text(250, 110, "Ada Alpha and Bo Beta", size=11)
    drawing.text(150, TOP, "Abstract", size=12, font="tibo")
    y = drawing.column(LEFT + 15, TOP + 20, " ".join(FIRST), width=WIDTH - 30)
    drawing.text(LEFT, y + 20, "1", size=12, font="tibo")
    drawing.text(LEFT + 18, y + 20, "Introduction", size=12, font="tibo")
    y = drawing.column(LEFT, y + 40, " ".join(FIRST * 2))
    drawing.column(LEFT + 10, 700, "1 Our code is in the archive of the workshop.", size=8, width=WIDTH - 10)
    y = drawing.column(RIGHT, TOP, " ".join(SECOND * 3))
    drawing.text(RIGHT, y + 20, "2", size=12, font="tibo")
    drawing.text(RIGHT + 18, y + 20, "Results", size=12, font="tibo")
    drawing.column(RIGHT, y + 40, " ".join(SECOND))
    drawing.text(303, 760, "1", size=9)


def read(drawing: Drawing, folder: Path, name: str = "paper.pdf", found: Found | None = None) -> Reading:
    """Read the drawing in this process."""
    return document.read(drawing.save(folder / name), found=found)


def bodies(reading: Reading) -> list[Passage]:
    """Its paragraphs."""
    return [p for p in reading.passages if p.role is Role.BODY]


def test_columns_are_read_one_after_the_other(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    reading = read(drawing, tmp_path)
    text = letters(" ".join(p.text for p in bodies(reading)))
    assert letters(" ".join(FIRST * 2)) + letters(" ".join(SECOND * 4)) in text


def test_title_abstract_and_sections_are_named(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    reading = read(drawing, tmp_path)
    assert reading.paper.title == "Small Encoders Are Enough"
    abstract = next(p for p in reading.passages if p.role is Role.ABSTRACT)
    assert abstract.text == " ".join(FIRST)
    assert {p.section for p in bodies(reading)} == {"1 Introduction", "2 Results"}


def test_every_sentence_has_its_own_boxes(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    path = tmp_path / "paper.pdf"
    for passage in read(drawing, tmp_path).passages:
        assert letters(document.text_in_boxes(path, passage.spans)) == letters(passage.text)
        for index, sentence in enumerate(passage.sentences):
            text = document.text_in_boxes(path, sentence.spans)
            assert letters(text) == letters(passage.sentence_text(index))


def test_a_footnote_is_apart_and_page_numbers_are_gone(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    reading = read(drawing, tmp_path)
    notes = [p.text for p in reading.passages if p.role is Role.FOOTNOTE]
    assert len(notes) == 1
    assert "archive of the workshop" in notes[0]
    assert not any("archive" in p.text for p in bodies(reading))
    assert not any(p.text.strip() == "1" for p in reading.passages)


def test_a_paragraph_over_a_page_break_is_one_passage(drawing: Drawing, tmp_path: Path) -> None:
    drawing.text(LEFT, 90, "1 Introduction", size=12, font="tibo")
    drawing.column(LEFT, 120, " ".join(FIRST * 9), width=450)
    drawing.column(
        LEFT,
        660,
        "This paragraph starts here, and in the middle of its only sentence, which "
        "is long enough to fill the last lines of a page, we come to the end of the page and",
        width=450,
    )
    drawing.new_page()
    drawing.column(
        LEFT, 90, "go on at the top of the next one without any mark of a new paragraph.", width=450
    )
    drawing.column(LEFT + 12, 130, " ".join(SECOND * 4), width=450)
    reading = read(drawing, tmp_path)
    over = [p for p in bodies(reading) if len(p.spans) == 2]
    assert len(over) == 1
    assert [s.page for s in over[0].spans] == [1, 2]
    assert over[0].text.endswith("of a new paragraph.")


def test_running_heads_are_left_out(drawing: Drawing, tmp_path: Path) -> None:
    for number in range(1, 5):
        if number > 1:
            drawing.new_page()
        drawing.text(LEFT, 40, "Small encoders, a study", size=9)
        drawing.text(500, 40, str(number), size=9)
        drawing.column(LEFT, 100, f"Part {number} begins. " + " ".join(FIRST * 6), width=450)
    reading = read(drawing, tmp_path)
    assert reading.passages
    assert not any("a study" in p.text for p in reading.passages)


def test_a_word_cut_at_the_end_of_a_line_is_mended(drawing: Drawing, tmp_path: Path) -> None:
    y = drawing.column(LEFT, 100, " ".join(FIRST * 4) + " A state-of-the-art method exists.", width=450)
    for line in (
        "We train all of the encoders on the same machine and with the same experi-",
        "ments as before, and we compare our own encoder with the best state-of-the-",
        "art method that has been published in the proceedings of the last years.",
    ):
        drawing.column(LEFT, y, line, width=450)
        y += PITCH
    text = " ".join(p.text for p in read(drawing, tmp_path).passages)
    assert "same experiments as before" in text
    assert "best state-of-the-art method" in text


def test_a_caption_is_apart_and_its_table_has_cells(drawing: Drawing, tmp_path: Path) -> None:
    drawing.column(LEFT, 100, " ".join(FIRST * 4), width=450)
    rows = (("Model", "F1", "Size"), ("Small encoder", "91.2", "8.1M"), ("Large encoder", "91.4", "80M"))
    for number, row in enumerate(rows):
        for x, cell in zip((LEFT + 60, LEFT + 200, LEFT + 280), row, strict=True):
            drawing.text(x, 300 + 12 * number, cell, size=9)
    drawing.text(LEFT, 350, "Table 1: Accuracy and size of the encoders.", size=10)
    drawing.column(LEFT, 390, " ".join(SECOND * 4), width=450)
    reading = read(drawing, tmp_path)
    assert [p.text for p in reading.passages if p.role is Role.CAPTION] == [
        "Table 1: Accuracy and size of the encoders."
    ]
    table = reading.tables[0]
    assert table.rows == rows
    assert table.caption.startswith("Table 1")
    assert [len(row) for row in table.cell_boxes] == [3, 3, 3]
    assert not any("8.1M" in p.text for p in bodies(reading))


def test_references_are_entries_and_an_appendix_is_text_again(drawing: Drawing, tmp_path: Path) -> None:
    drawing.column(LEFT, 100, " ".join(FIRST * 4), width=450)
    drawing.text(LEFT, 300, "References", size=12, font="tibo")
    entries = (
        ("Ada Alpha and Bo Beta. 2018. A first study of encoders. In Proceedings of the",
         "Workshop on Encoders, pages 1-9. arXiv:1801.00001v2."),
        ("Cy Gamma. 2019. Another study of encoders that is longer than the first. Journal of",
         "Encoders 3(1):10-20. doi:10.1000/enc.2019.3."),
        ("Di Delta. 2020. The last study of encoders. Transactions of the Society for Encoding",
         "and Decoding, 5:1-12."),
    )  # fmt: skip
    y = 320.0
    for first, second in entries:
        drawing.column(LEFT, y, first, width=450)
        drawing.column(LEFT + 12, y + PITCH, second, width=438)
        y += 2 * PITCH
    drawing.text(LEFT, y + 24, "A Appendix", size=12, font="tibo")
    drawing.column(LEFT, y + 48, " ".join(SECOND * 2), width=450)
    reading = read(drawing, tmp_path)
    assert [r.title for r in reading.references] == [
        "A first study of encoders",
        "Another study of encoders that is longer than the first",
        "The last study of encoders",
    ]
    assert reading.references[0].arxiv == "1801.00001"
    assert reading.references[1].doi == "10.1000/enc.2019.3"
    last = bodies(reading)[-1]
    assert last.section == "A Appendix"
    assert last.text == " ".join(SECOND * 2)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_boxes_of_a_rotated_page_are_those_of_the_page_as_shown(
    drawing: Drawing, tmp_path: Path, turn: int
) -> None:
    drawing.column(LEFT, 100, " ".join(FIRST * 3), width=450)
    drawing.page.set_rotation(turn)
    reading = read(drawing, tmp_path)
    path = tmp_path / "paper.pdf"
    width, height = (792, 612) if turn in (90, 270) else (612, 792)
    assert letters(" ".join(p.text for p in reading.passages)) == letters(" ".join(FIRST * 3))
    for passage in reading.passages:
        for box in passage.spans[0].boxes:
            assert 0 <= box.x0 < box.x1 <= width
            assert 0 <= box.y0 < box.y1 <= height
        assert letters(document.text_in_boxes(path, passage.spans)) == letters(passage.text)


def test_boxes_are_measured_from_the_crop_box(drawing: Drawing, tmp_path: Path) -> None:
    drawing.column(LEFT, 100, " ".join(FIRST * 3), width=450)
    before = read(drawing, tmp_path).passages[0].spans[0].boxes[0]
    drawing.page.set_cropbox((20, 30, 612, 792))
    after = read(drawing, tmp_path, "cropped.pdf").passages[0].spans[0].boxes[0]
    assert after.x0 == pytest.approx(before.x0 - 20, abs=0.1)
    assert after.y0 == pytest.approx(before.y0 - 30, abs=0.1)


def test_the_same_bytes_give_the_same_reading(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    path = drawing.save(tmp_path / "paper.pdf")
    first, second = document.read(path, found=None), document.read(path, found=None)
    assert first == second
    assert len({p.id for p in first.passages}) == len(first.passages)


def test_what_the_source_says_wins_over_what_the_page_says(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    found = Found(source="folder", title="The Announced Title", authors=("Ada Alpha",), arxiv="1901.00001v3")
    paper = read(drawing, tmp_path, found=found).paper
    assert (paper.title, paper.authors, paper.arxiv, paper.version) == (
        "The Announced Title",
        ("Ada Alpha",),
        "1901.00001",
        "v3",
    )
    assert paper.year == 2019


def test_a_page_without_text_is_skipped_with_its_reason(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    drawing.new_page()
    drawing.page.draw_rect((100, 100, 300, 300), fill=(0.5, 0.5, 0.5))
    reading = read(drawing, tmp_path)
    assert [(s.page, s.reason) for s in reading.skipped] == [(2, "has no text layer")]
    assert "OCR" in reading.skipped[0].remedy


def test_review_line_numbers_are_left_out(drawing: Drawing, tmp_path: Path) -> None:
    drawing.column(LEFT, 100, " ".join(FIRST * 8), width=430)
    for number in range(50):
        drawing.text(30, 60 + 13.1 * number, f"{number:03d}", size=8)
    text = " ".join(p.text for p in read(drawing, tmp_path).passages)
    assert letters(text) == letters(" ".join(FIRST * 8))
