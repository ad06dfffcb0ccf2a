"""Real papers and real traps, where the folder of them is there: extra to the tests of every module."""

from __future__ import annotations

from pathlib import Path

from synth import pipeline, reading
from synth.checking import check
from synth.config import load
from synth.records import Skipped


def test_no_trap_crashes_or_hangs_the_reader(shared: Path) -> None:
    files = sorted((shared / "papers" / "traps").glob("*.pdf"))
    read = list(reading.read_all([(f, None) for f in files], workers=2, seconds=30.0, memory_mb=1024))
    assert len(read) == len(files) == 40
    lost = {item.what: item for item in read if isinstance(item, Skipped)}
    assert all(item.reason and item.remedy for item in lost.values())
    assert "enc-aes256-r6.pdf" in lost
    assert "scan-skew.pdf" in lost
    assert "1706.03762-attention.pdf" not in lost


def test_every_quote_of_a_report_on_real_papers_is_found_again(shared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for file in sorted((shared / "papers" / "nlp").glob("question_answering*.pdf")):
        (folder / file.name).write_bytes(file.read_bytes())
    settings = load(flags={"home": tmp_path / "home", "papers": (folder,), "claims": 30})
    report = pipeline.ask("Which attention mechanisms help question answering?", config=settings)
    pipeline.publish(report, folder=tmp_path / "b")
    problems = check(
        tmp_path / "b",
        papers=(folder,),
        page_letters=reading.page_letters,
        text_in_boxes=reading.text_in_boxes,
    )
    assert report.judged
    assert [p for p in problems if not p.notice] == []
