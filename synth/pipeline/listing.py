"""Papers in, the rows that `search`, `read`, `claims` and `results` print out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from synth import results as results_stage
from synth.config import Config
from synth.formats import lines
from synth.pipeline.asking import as_question, mined_claims, mined_results
from synth.pipeline.papers import announce, load
from synth.pipeline.progress import Progress
from synth.records import Result, Skipped
from synth.store import open_store

Row = Mapping[str, Any]


def search(text: str, *, config: Config) -> Iterator[Row]:
    """Yield what the sources bring for a question, unread."""
    for item in announce(as_question(text), config=config):
        if isinstance(item, Skipped):
            yield lines.skipped(item)
        else:
            yield lines.found(item, has_file=bool(item.file or item.pdf_url))


def read(paths: Sequence[Path], *, config: Config, progress: Progress) -> Iterator[Row]:
    """Yield the reading of each paper as interface.md's ``read --json``."""
    with open_store(config.store) as store, progress.stage("read papers"):
        library = load(paths, config=config, store=store, progress=progress)
    for reading in library.readings:
        yield lines.reading(reading)
    for skipped in library.lost:
        yield lines.skipped(skipped)


def claims(paths: Sequence[Path], *, config: Config, progress: Progress) -> Iterator[Row]:
    """Yield every mined claim of the papers, in the order of the text."""
    with open_store(config.store) as store:
        with progress.stage("read papers"):
            library = load(paths, config=config, store=store, progress=progress)
        for reading in library.readings:
            with progress.stage("mine claims"):
                mined = mined_claims(reading, store)
            for claim in mined:
                yield lines.claim(claim, doc_id=reading.paper.doc_id)
    for skipped in library.lost:
        yield lines.skipped(skipped)


def results(paths: Sequence[Path], *, compare: bool, config: Config, progress: Progress) -> Iterator[Row]:
    """Yield every measured result of the papers, or which of them may be compared."""
    with open_store(config.store) as store:
        with progress.stage("read papers"):
            library = load(paths, config=config, store=store, progress=progress)
        with progress.stage("mine results"):
            mined: list[Result] = [x for r in library.readings for x in mined_results(r, store)]
    if compare:
        for comparison in results_stage.compare(mined, works=library.works):
            yield lines.comparison(comparison)
    else:
        for result in mined:
            yield lines.result(result)
    for skipped in library.lost:
        yield lines.skipped(skipped)
