"""Files that cannot be read say so in one line, harm nobody else, and cost no more than their limits."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from test_reading_pages import FIRST, Drawing, drawing, two_columns

from synth.errors import UnreadablePaper
from synth.reading import page_letters, pool, read, read_all, text_in_boxes
from synth.records import Reading, Skipped
from synth.text import letters

__all__ = ["drawing"]

AES_256 = 5
"""pymupdf's PDF_ENCRYPT_AES_256."""


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.pdf", b"", "is empty"),
        ("page.pdf", b"<html><body>Access denied</body></html>", "is no PDF"),
        ("broken.pdf", b"%PDF-1.5\nnothing of the kind\n%%EOF\n", "damaged|no pages"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "is no PDF"),
        ("binary.txt", b"\xff\xfe\x00\x81", "not UTF-8"),
        ("blank.md", b"\n\n\n", "no text"),
    ],
)
def test_what_is_no_paper_is_refused_with_a_remedy(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadablePaper, match=reason) as refused:
        read(path)
    assert name in refused.value.message
    assert refused.value.remedy
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePaper, match=r"nowhere\.pdf cannot be read"):
        read(tmp_path / "nowhere.pdf")


def test_a_locked_paper_is_refused(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    path = drawing.save(tmp_path / "locked.pdf", encryption=AES_256, user_pw="open", owner_pw="own")
    with pytest.raises(UnreadablePaper, match="locked") as refused:
        read(path)
    assert "without password" in refused.value.remedy


def test_a_paper_that_may_only_not_be_changed_is_read(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    path = drawing.save(tmp_path / "protected.pdf", encryption=AES_256, user_pw="", owner_pw="own")
    assert read(path).passages


def test_a_scan_is_refused_and_ocr_advised(drawing: Drawing, tmp_path: Path) -> None:
    drawing.page.draw_rect((50, 50, 500, 700), fill=(0.2, 0.2, 0.2))
    with pytest.raises(UnreadablePaper, match="no usable text") as refused:
        read(drawing.save(tmp_path / "scan.pdf"))
    assert "OCR" in refused.value.remedy


def test_results_come_in_the_order_of_the_files_and_the_bad_are_skipped(
    drawing: Drawing, tmp_path: Path
) -> None:
    two_columns(drawing)
    good = drawing.save(tmp_path / "good.pdf")
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"no paper")
    text = tmp_path / "note.md"
    text.write_text("# A note\n\nWe find that notes are short.\n", encoding="utf-8")
    given = list(read_all([(bad, None), (good, None), (text, None), (good, None)], workers=2, seconds=30))
    assert [r.what if isinstance(r, Skipped) else r.paper.file for r in given] == [
        "bad.pdf",
        "good.pdf",
        "note.md",
        "good.pdf",
    ]
    assert given[1] == given[3]


def test_a_file_that_takes_too_long_costs_itself_alone(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    good = drawing.save(tmp_path / "good.pdf")
    fifo = tmp_path / "never.pdf"
    subprocess.run(["mkfifo", str(fifo)], check=True)
    limits = pool.Limits(seconds=1.0, memory_mb=1024)
    with pool.Child(limits) as child:
        assert child.ask(pool.Asked(task="letters", path=good)).pages
        started = time.monotonic()
        late = child.ask(pool.Asked(task="read", path=fifo))
        assert time.monotonic() - started < 15
        assert "longer than 1 s" in late.error
        assert child.ask(pool.Asked(task="letters", path=good)).pages


def test_a_child_that_dies_costs_one_file_and_is_replaced(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    good = drawing.save(tmp_path / "good.pdf")
    with pool.Child(pool.Limits(seconds=30, memory_mb=40)) as child:  # too little even to start
        assert child.ask(pool.Asked(task="read", path=good)).error
    given = list(read_all([(good, None)] * 3, workers=1, seconds=30, memory_mb=1024))
    assert all(isinstance(r, Reading) for r in given)


def test_stopping_early_leaves_no_child_behind(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    good = drawing.save(tmp_path / "good.pdf")
    results = read_all([(good, None)] * 6, workers=2, seconds=30)
    assert isinstance(next(results), Reading)
    results.close()  # type: ignore[attr-defined]
    listed = subprocess.run(
        ["ps", "-o", "args", "--ppid", str(_own_id())], capture_output=True, text=True, check=False
    )
    assert "synth.reading.child" not in listed.stdout


def _own_id() -> int:

    return os.getpid()


def test_the_parent_loads_no_pdf_library() -> None:
    code = "import sys, synth.reading; print(sorted(set(sys.modules) & {'pymupdf', 'pypdfium2', 'fitz'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_letters_and_boxes_come_through_a_child(drawing: Drawing, tmp_path: Path) -> None:
    two_columns(drawing)
    path = drawing.save(tmp_path / "paper.pdf")
    pages = page_letters(path)
    assert len(pages) == 1
    assert letters(FIRST[1]) in pages[0]
    passage = next(p for p in read(path).passages if p.text == " ".join(FIRST))
    assert letters(text_in_boxes(path, passage.spans)) == letters(passage.text)


def test_traps_are_read_or_refused(shared: Path) -> None:
    papers = sorted((shared / "papers" / "traps").glob("*.pdf"))
    small = [p for p in papers if p.stat().st_size < 300_000][:12]
    if not small:
        pytest.skip("the folder of traps is not there")
    given = list(read_all([(p, None) for p in small], workers=2, seconds=30))
    assert len(given) == len(small)
    assert all(r.reason for r in given if isinstance(r, Skipped))


def bomb(megabytes: int) -> bytes:
    """Return a one-page PDF of some hundred kilobytes whose page unpacks to ``megabytes``."""
    packer = zlib.compressobj(9)
    block = b"BT (bomb) Tj ET " * 65536
    stream = b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 5\n0000000000 65535 f \n" + table
    return body + head + b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(body)


def test_a_page_that_unpacks_without_end_costs_one_refusal(tmp_path: Path) -> None:
    file = tmp_path / "bomb.pdf"
    file.write_bytes(bomb(192))
    assert file.stat().st_size < 2_000_000
    with pytest.raises(UnreadablePaper) as caught:
        read(file, seconds=6.0, memory_mb=512)
    assert "\n" not in str(caught.value)
