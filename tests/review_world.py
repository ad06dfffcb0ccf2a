"""A store and a bundle with a report to review, made by hand in a moment: ``placed(home, folder)``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sample_report import ALPHA, BETA, sample

from synth import reading
from synth.config import Config
from synth.pipeline.kept import marked
from synth.records import Paper, Passage, Reading, Report, Review, Role, Sentence
from synth.store import open_store

SENTENCES = {
    "alpha.pdf": (
        "Alpha reaches 84.2 F1 on SQuAD.",
        "Attention helps tagging.",
        "A [bold]tag[/bold] and \x1b[2J\u202e a turn.",
    ),
    "beta.pdf": (
        "We saw no gain in any of the fifteen languages.",
        "Attention helps tagging.",
        "The benchmark has three kinds of question.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A bundle's folder, the store beneath ``home`` and the ids of the report's claims, in its order.

    The machine says SUPPORT .93, CONTRADICT .81, SUPPORT .60, nothing, and mixed.
    """

    home: Path
    bundle: Path
    papers: Path
    report: Report

    @property
    def claims(self) -> tuple[str, ...]:
        return tuple(one.claim.id for one in self.report.judged)

    @property
    def log(self) -> tuple[Review, ...]:
        """Every review in the store, in the order of appending."""
        with open_store(Config(home=self.home).store) as store:
            return tuple(one for _, one in store.reviews(self.report.question.id))

    def decided(self) -> list[tuple[str, str, str]]:
        """Return reviewer, decision and claim number of each review."""
        return [(r.reviewer, r.decision, str(self.claims.index(r.claim) + 1)) for r in self.log]


def placed(home: Path, folder: Path) -> World:
    """Put papers, their readings and the report into a store and a manifest that names it into a bundle."""
    papers = folder / "papers"
    papers.mkdir(parents=True)
    known = {paper.file: _written(paper, papers) for paper in (ALPHA, BETA)}
    made = sample()
    report = marked(
        replace(made, reviews=(), papers=tuple(known.get(paper.file, paper) for paper in made.papers))
    )
    with open_store(Config(home=home).store) as store:
        for file, paper in known.items():
            read = _reading(paper, SENTENCES[file])
            store.add_reading(read)
            store.keep(reading.SIGNATURE, file, read)
        store.add_places((paper.id, papers / file, file) for file, paper in known.items())
        store.add_report(report)
    bundle = folder / "report"
    bundle.mkdir()
    (bundle / "manifest.json").write_text(json.dumps({"fingerprint": report.fingerprint}))
    return World(home=home, bundle=bundle, papers=papers, report=report)


def _written(paper: Paper, folder: Path) -> Paper:
    content = f"the file of {paper.file}".encode()
    (folder / paper.file).write_bytes(content)
    return replace(paper, sha256=hashlib.sha256(content).hexdigest())


def _reading(paper: Paper, sentences: Sequence[str]) -> Reading:
    places, text = [], ""
    for one in sentences:
        places.append(Sentence(start=len(text), end=len(text) + len(one), spans=()))
        text += f"{one} "
    passage = Passage(
        id=f"s{paper.id[1:]}",
        paper=paper.id,
        section="4 Results",
        role=Role.BODY,
        text=text.strip(),
        spans=(),
        sentences=tuple(places),
    )
    return Reading(paper=paper, passages=(passage,))
