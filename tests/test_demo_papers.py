"""The demo papers: rebuilt to the byte, small, plain about what they are, holding what the demo shows."""

from __future__ import annotations

import importlib.util
import json
import re
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pymupdf
import pytest

from synth import sources
from synth.records import Skipped
from synth.text import letters

DEMO = Path(__file__).parent.parent / "synth" / "data" / "demo"
PAPERS = sorted((DEMO / "papers").glob("*.pdf"))
DISTINCT_RUN = 8
"""Words in a row that a digest may share with a paper's abstract, less one."""


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo_build", DEMO / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(path: Path) -> str:
    """Return the text of a paper, hyphens at line ends mended and whitespace single."""
    with pymupdf.open(path) as document:  # type: ignore[no-untyped-call]
        text = "\n".join(page.get_text() for page in document)
    return re.sub(r"\s+", " ", re.sub(r"(?<=\w)[-\u00ad]\n(?=[a-z])", "", text))


def says(name: str, words: str) -> bool:
    """Whether the paper called ``name`` holds ``words``, letters compared alone."""
    return letters(words) in letters(text_of(DEMO / "papers" / f"{name}.pdf"))


def test_the_shipped_papers_are_what_their_sources_give(build: ModuleType) -> None:
    if version("typst") != build.TYPST:
        pytest.skip(f"typst {version('typst')} is installed; the papers were set with {build.TYPST}")
    assert build.stale() == ()


def test_typesetting_twice_gives_the_same_bytes(build: ModuleType) -> None:
    source = build.sources()[0]
    assert build.typeset(source) == build.typeset(source)


def test_ten_small_papers() -> None:
    assert len(PAPERS) == 10
    assert max(p.stat().st_size for p in PAPERS) < 60_000


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.stem)
def test_each_says_on_its_first_page_that_it_is_a_digest(path: Path) -> None:
    with pymupdf.open(path) as document:  # type: ignore[no-untyped-call]
        first = " ".join(document[0].get_text().split())
    assert f"Digest of arXiv:{path.stem} (" in first
    assert "It is not the paper" in first
    assert "Digest by the synth authors; paper by" in first
    for heading in ("Abstract", "1 Introduction", "2 Approach", "Limitations", "Table 1:"):
        assert heading in first or heading in text_of(path)


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.stem)
def test_each_source_states_its_own_id(path: Path) -> None:
    source = (DEMO / "source" / f"{path.stem}.typ").read_text(encoding="utf-8")
    arxiv = re.search(r'arxiv: "([^"]+)"', source)
    edition = re.search(r'version: "([^"]+)"', source)
    assert arxiv is not None
    assert arxiv.group(1) + (edition.group(1) if edition else "") == path.stem


def test_the_bibliography_describes_every_paper_and_nothing_is_skipped() -> None:
    items = list(sources.search("folder", "", limit=99, folders=(DEMO / "papers",), cache=DEMO))
    pairs = [i for i in items if not isinstance(i, Skipped)]
    assert len(pairs) == len(items) == 10
    for path, found in pairs:
        assert path is not None
        assert found.title.startswith("Digest: ")
        assert found.arxiv == path.stem
        assert found.authors
        assert found.year


def test_two_versions_of_one_paper_disagree() -> None:
    assert says("2005.13013v1", "Multi-task intermediate training does not offer significant improvements.")
    assert says("2005.13013v1", "a gain of 6.1 points on the XTREME test sets")
    assert says("2005.13013v2", "Multi-task training thus offers small additional improvements")
    assert says("2005.13013v2", "the XTREME test average rises by 5.4 points over XLM-R Large")
    assert not says("2005.13013v2", "6.1 points")
    assert not says("2005.13013v1", "5.4 points")


def test_development_averages_and_the_test_average_are_told_apart() -> None:
    assert says(
        "2005.13013v2",
        "On the development sets, SQuAD raises the average over target tasks by 8.2 points, "
        "MNLI by 7.5 points and HellaSwag by 7.0 points",
    )
    assert says("2005.13013v2", "performs best on the development sets, with an average gain of 8.7 points")
    assert says("2005.13013v2", "the XTREME test average rises by 5.4 points")


def test_a_decrease_is_stated_as_a_decrease_by_two_works() -> None:
    assert says(
        "2005.13013v2",
        "the test F1 decreases from 65.4 with XLM-R Large to 64.7 with X-STILTs, a loss of 0.7 points",
    )
    assert says(
        "2104.07412", "X-STILTs scores 64.7 F1 on the XTREME test set, which is 0.7 points below the 65.4 F1"
    )


def test_nothing_is_said_of_very_large_models() -> None:
    for path in PAPERS:
        assert not re.search(r"billion|\b\d+\s?B\b|model size|larger models|scaling", text_of(path)), (
            path.name
        )


def test_the_evaluation_data_of_the_meta_optimizer_is_named() -> None:
    assert says("2107.09840v1", "The XNLI dataset is used for evaluation")


@pytest.mark.parametrize(
    "statement",
    [
        {"2003.11080": "It covers 40 languages and nine tasks", "2104.07412": "nine tasks and 40 languages"},
        {"2104.07412": "improved by more than 13 points", "2003.11080": "advanced by more than 13 points"},
        {"1911.02116v2": "14.6 points higher than", "2005.00633": "gains 14.6 points of average XNLI"},
        {"2005.00628": "inference and reasoning at a high", "1811.01088": "call for inference and reasoning"},
        {"2005.13013v2": "rises by 5.4 points", "2003.11080": "test average by 5.4 points"},
        {"2107.09840v1": "better than X-MAML", "2003.02739": "beats X-MAML"},
        {"2005.00633": "less effective for distant", "2104.07412": "substantially weaker for them"},
    ],
    ids=lambda s: "+".join(s),
)
def test_two_works_state_a_finding_in_different_words(statement: dict[str, str]) -> None:
    for name, words in statement.items():
        assert says(name, words)


def test_no_digest_repeats_an_abstract(shared: Path) -> None:
    """Runs of words are compared; the title may recur."""
    abstracts = json.loads((shared / "papers" / "abstracts.json").read_text(encoding="utf-8"))
    for path in PAPERS:
        ours = _runs(text_of(path))
        for known in abstracts:
            common = (ours & _runs(known["abstract"])) - _runs(known["title"])
            assert not common, (path.name, known["id"], common)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9.]+", text.lower())
    return {tuple(words[i : i + DISTINCT_RUN]) for i in range(len(words) - DISTINCT_RUN + 1)}
