"""The Python interface: a sorted __all__ whose verbs work on papers."""

from __future__ import annotations

from pathlib import Path

import pytest

import synth


def test_the_public_names_are_sorted_and_there() -> None:
    assert synth.__all__ == sorted(synth.__all__)
    assert all(hasattr(synth, name) for name in synth.__all__)


def test_ask_publish_read_and_verify(papers: Path, tmp_path: Path) -> None:
    report = synth.ask("Does bidirectional attention help question answering?", papers=papers, claims=5)
    assert 1 <= len(report.judged) <= 5
    files = synth.publish(report, tmp_path / "b")
    assert all(file.is_file() for file in files)
    reading = synth.read(papers / "alpha.md")
    assert reading.paper.title == "Alpha networks for reading comprehension"
    yes, no = synth.verify(
        ["Alpha reaches 84.2 F1 on the SQuAD test set.", "Whales sing in the deep sea."], papers
    )
    assert (yes.label, no.label) == (synth.Label.SUPPORT, synth.Label.NOT_ENOUGH_INFO)


def test_an_error_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(synth.SynthError, match="name a PDF") as caught:
        synth.verify(["A claim."], tmp_path / "nowhere.pdf")
    assert "\n" not in str(caught.value)
