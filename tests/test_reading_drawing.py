"""Pages are drawn in a limited child, with the boxes marked where a viewer shows the words."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from test_reading_pages import Drawing, drawing, two_columns

from synth import reading
from synth.errors import UnreadablePaper
from synth.reading import document
from synth.reading.drawing import MOST_PIXELS, drawn
from synth.reading.messages import View
from synth.records import Box, Sentence, Span

__all__ = ["drawing"]


@pytest.fixture(scope="module")
def artist() -> Iterator[reading.Drawing]:
    """Return one child for many pages."""
    with reading.Drawing(seconds=30, memory_mb=1024) as made:
        yield made


def picture(png: bytes) -> Image.Image:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return Image.open(io.BytesIO(png)).convert("RGB")


def sentences(path: Path) -> list[Sentence]:
    return [s for p in document.read(path, found=None).passages for s in p.sentences]


def inked(image: Image.Image, box: Box, scale: float) -> float:
    """Return the share of dark pixels of a box given in points."""
    part = image.convert("L").crop((*(round(v * scale) for v in box),))  # type: ignore[arg-type]
    histogram = part.histogram()
    return sum(histogram[:128]) / max(1, sum(histogram))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("cropped", ["whole page", "cropped page"])
def test_marks_stand_where_the_page_shows_the_words(
    drawing: Drawing, artist: reading.Drawing, tmp_path: Path, turn: int, cropped: str
) -> None:
    two_columns(drawing)
    if cropped == "cropped page":
        drawing.page.set_cropbox((30, 60, 600, 700))
    drawing.page.set_rotation(turn)
    path = drawing.save(tmp_path / "a.pdf")
    spans = next(s for s in sentences(path) if s.spans and len(s.spans[0].boxes) > 1).spans
    bare = picture(artist.page(path, 1, spans=(), width=900, whole=True))
    marked = picture(artist.page(path, 1, spans=spans, width=900, whole=True))
    assert bare.size == marked.size
    wide, high = ((570, 640) if cropped == "cropped page" else (612, 792))[:: 1 if turn % 180 == 0 else -1]
    assert (bare.width, bare.height) == pytest.approx((900, 900 * high / wide), abs=1)
    scale = 900 / wide
    boxes = spans[0].boxes
    around = (
        min(b.x0 for b in boxes),
        min(b.y0 for b in boxes),
        max(b.x1 for b in boxes),
        max(b.y1 for b in boxes),
    )
    assert ImageChops.difference(bare, marked).getbbox() == pytest.approx(
        tuple(v * scale for v in around), abs=4
    )
    assert all(inked(bare, box, scale) > 0.05 for box in boxes)


def test_a_mark_is_a_thin_colour_with_an_outline_and_the_words_stay_dark(
    drawing: Drawing, artist: reading.Drawing, tmp_path: Path
) -> None:
    drawing.text(72, 100, "Words", size=20)
    path = drawing.save(tmp_path / "a.pdf")
    image = picture(
        artist.page(path, 1, spans=(Span(page=1, boxes=(Box(60, 70, 200, 120),)),), width=612, whole=True)
    )
    assert image.getpixel((180, 110)) == pytest.approx((255, 237, 178), abs=2)
    assert image.getpixel((59, 95)) == (208, 72, 0)
    assert image.getpixel((30, 95)) == (255, 255, 255)
    assert inked(image, Box(72, 85, 120, 101), 1) > 0.1


def test_not_whole_the_sentence_fills_the_picture(
    drawing: Drawing, artist: reading.Drawing, tmp_path: Path
) -> None:
    two_columns(drawing)
    path = drawing.save(tmp_path / "a.pdf")
    spans = next(s for s in sentences(path) if s.spans and len(s.spans[0].boxes) > 1).spans
    boxes = spans[0].boxes
    image = picture(artist.page(path, 1, spans=spans, width=800, whole=False))
    wide = max(b.x1 for b in boxes) - min(b.x0 for b in boxes) + 36
    high = max(b.y1 for b in boxes) - min(b.y0 for b in boxes) + 72
    assert (image.width, image.height) == pytest.approx((800, 800 * high / wide), abs=4)


def test_a_sentence_that_goes_on_in_the_next_column_is_shown_by_its_longer_part(
    drawing: Drawing, artist: reading.Drawing, tmp_path: Path
) -> None:
    path = drawing.save(tmp_path / "a.pdf")
    foot = (Box(72, 700, 290, 710), Box(72, 712, 290, 722))
    head = (Box(307, 80, 400, 90),)
    image = picture(artist.page(path, 1, spans=(Span(page=1, boxes=foot + head),), width=500, whole=False))
    assert image.height / image.width == pytest.approx((22 + 72) / (218 + 36), abs=0.01)


def test_boxes_of_other_pages_are_not_marked_and_without_any_the_page_is_whole(
    drawing: Drawing, artist: reading.Drawing, tmp_path: Path
) -> None:
    two_columns(drawing)
    drawing.new_page()
    path = drawing.save(tmp_path / "a.pdf")
    elsewhere = (Span(page=1, boxes=(Box(72, 100, 200, 120),)),)
    assert artist.page(path, 2, spans=elsewhere, width=300, whole=False) == artist.page(
        path, 2, spans=(), width=300, whole=True
    )


def test_boxes_outside_the_page_mark_nothing(
    drawing: Drawing, artist: reading.Drawing, tmp_path: Path
) -> None:
    path = drawing.save(tmp_path / "a.pdf")
    outside = (Span(page=1, boxes=(Box(-900, -900, -800, -800), Box(700, 10, 900, 20))),)
    assert artist.page(path, 1, spans=outside, width=300, whole=False) == artist.page(
        path, 1, spans=(), width=300, whole=True
    )


def test_the_same_page_is_the_same_bytes(drawing: Drawing, artist: reading.Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    path = drawing.save(tmp_path / "a.pdf")
    spans = (Span(page=1, boxes=(Box(72, 100, 200, 120),)),)
    first, second = (artist.page(path, 1, spans=spans, width=640, whole=True) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("size", [(14_400, 14_400), (14_400, 8), (8, 14_400), (14_400, 1)])
def test_pixels_are_capped_however_large_page_and_width(
    drawing: Drawing, artist: reading.Drawing, tmp_path: Path, size: tuple[int, int]
) -> None:
    drawing.document.delete_page(0)
    drawing.new_page(width=size[0], height=size[1])
    path = drawing.save(tmp_path / "a.pdf")
    image = picture(artist.page(path, 1, spans=(), width=100_000, whole=True))
    assert 1000 <= image.width * image.height <= MOST_PIXELS * 1.1


@pytest.mark.parametrize(
    ("name", "content", "page", "said"),
    [
        ("a.pdf", None, 2, "a.pdf has no page 2 (it has 1)"),
        ("a.pdf", None, 0, "a.pdf has no page 0 (it has 1)"),
        ("a.txt", b"words", 1, "a.txt is no PDF"),
        ("a.pdf", b"%PDF-1.5\nnothing\n%%EOF\n", 1, "a.pdf "),
        ("a.pdf", b"", 1, "a.pdf is empty"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_with_a_remedy(
    drawing: Drawing,
    artist: reading.Drawing,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    page: int,
    said: str,
) -> None:
    path = tmp_path / name
    if content is None:
        drawing.save(path)
    else:
        path.write_bytes(content)
    with pytest.raises(UnreadablePaper) as refused:
        artist.page(path, page, spans=(), width=300, whole=True)
    assert said in refused.value.message
    assert refused.value.remedy
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_refused(artist: reading.Drawing, tmp_path: Path) -> None:
    with pytest.raises(UnreadablePaper, match=r"nowhere\.pdf cannot be read"):
        artist.page(tmp_path / "nowhere.pdf", 1, spans=(), width=300, whole=True)


def test_a_page_that_takes_too_long_costs_itself_alone(drawing: Drawing, tmp_path: Path) -> None:
    drawing.text(72, 72, "x")
    good = drawing.save(tmp_path / "good.pdf")
    drawing.document.update_stream(drawing.page.get_contents()[0], b"0 0 m 100 100 l S\n" * 4_000_000)
    bomb = drawing.save(tmp_path / "bomb.pdf", deflate=True)
    with reading.Drawing(seconds=1, memory_mb=4096) as artist:
        artist.page(good, 1, spans=(), width=300, whole=True)
        with pytest.raises(UnreadablePaper, match="longer than 1 s"):
            artist.page(bomb, 1, spans=(), width=300, whole=True)
        assert artist.page(good, 1, spans=(), width=300, whole=True)


def test_a_page_that_outgrows_the_memory_ends_its_child(
    drawing: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pymupdf

    def exhausted(*_: object, **__: object) -> None:
        raise RuntimeError("code=1: malloc (123456789 bytes) failed")

    path = drawing.save(tmp_path / "a.pdf")
    monkeypatch.setattr(pymupdf.Page, "get_pixmap", exhausted)
    with pytest.raises(MemoryError):
        drawn(path, View(page=1, width=300, whole=True), spans=())


def test_the_parent_loads_neither_pdf_nor_picture_library_and_leaves_no_child(
    drawing: Drawing, tmp_path: Path
) -> None:
    path = drawing.save(tmp_path / "a.pdf")
    code = """
import os, subprocess, sys
from pathlib import Path
from synth import reading
with reading.Drawing(seconds=30, memory_mb=1024) as artist:
    assert artist.page(Path(sys.argv[1]), 1, spans=(), width=300, whole=True)
listed = subprocess.run(["ps", "-o", "args", "--ppid", str(os.getpid())], capture_output=True, text=True)
print(sorted(set(sys.modules) & {"pymupdf", "fitz", "PIL"}), "synth.reading.child" in listed.stdout)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(reading.__file__).parents[2],
        env=os.environ,
    )
    assert done.stdout.split("\n")[0] == "[] False"
