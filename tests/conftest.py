"""What every test shares: a home of its own, and the folder of real papers where there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings
from typed import Run, typed

# no test is timed, and a run on the same code tries the same examples
settings.register_profile("synth", deadline=None, database=None, derandomize=True)
settings.load_profile("synth")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a store, caches and keys of its own."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SYNTH_HOME", str(folder))
    monkeypatch.setenv("NO_COLOR", "1")
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return what runs a command line in the test's folder."""
    return typed(capsys, monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real papers and labelled data, or skip."""
    folder = Path(os.environ.get("SYNTH_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no folder of real papers and data ({folder.name}); set SYNTH_SHARED to run this")
    return folder


PAPERS = {
    "alpha.md": """---
title: Alpha networks for reading comprehension
authors: [Ada Alpha, Bo Beta]
year: 2019
arxiv: 1901.00001v1
---

# Abstract

We introduce Alpha, a network with bidirectional attention for reading comprehension. On the SQuAD test
set Alpha obtains an F1 score of 84.2, which improves over the previous best model by 2.1 points.

# Results

Alpha reaches 84.2 F1 on the SQuAD test set. Removing the bidirectional attention lowers F1 by 3.0 points.
Attention between question and passage is the most important part of the model.
""",
    "beta.md": """---
title: A comparison of attention for question answering
authors: [Cy Gamma]
year: 2020
arxiv: 2002.00002v2
---

# Abstract

We compare four attention mechanisms for question answering. Bidirectional attention between question and
passage improves answer accuracy on every dataset that we tried.

# Experiments

We find that Alpha, the network of Alpha and Beta (2019), obtains 84.2 F1 on the SQuAD test set, an
improvement of 2.1 points over the previous best model. Models without attention lose 5.0 points of F1.
""",
    "gamma.txt": """---
title: Tagging without attention
year: 2021
---

Part-of-speech tagging needs no attention. A simple recurrent tagger obtains 97.3 percent accuracy on the
Penn Treebank test set. Attention did not improve tagging accuracy in our experiments.
""",
}


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three tiny papers, two of which say the same thing of one result."""
    folder = tmp_path_factory.mktemp("papers")
    for name, text in PAPERS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
