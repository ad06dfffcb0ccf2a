"""A bundle or a machine in, what is wrong with it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from synth import checking, encoder, reading, verifiers
from synth import doctor as machine
from synth.config import Config
from synth.errors import InputError
from synth.formats import lines, review_lines
from synth.pipeline import verifying
from synth.store import open_store

Row = Mapping[str, Any]


def check_record(folder: Path, *, papers: Sequence[Path], config: Config) -> tuple[Row, ...]:
    """Return every fault of a bundle: hashes, schemas, counts, and quotes against the PDFs in ``papers``."""
    if not folder.is_dir():
        raise InputError(f"no folder {folder}", remedy="name the folder that `synth ask` wrote")
    for place in papers:
        if not place.exists():
            raise InputError(f"no folder {place}", remedy="name the folder of the report's papers")
    problems = checking.check(
        folder,
        papers=papers,
        page_letters=reading.page_letters,
        text_in_boxes=reading.text_in_boxes,
        attempt_faults=lambda attempt: verifying.by_anyone(attempt, config=config),
        review_of=review_lines.review,
    )
    return tuple(lines.problem(p) for p in problems)


def doctor(config: Config) -> tuple[Row, ...]:
    """Return what is installed, found and cached on this machine."""

    def rows() -> Mapping[str, int]:
        if not config.store.exists():
            return {}
        with open_store(config.store) as store:
            return store.counts()

    checks = machine.examine(
        home=config.home,
        rows=rows,
        models={
            "encoder": lambda: encoder.load(config.encoder).signature,
            "verifier": lambda: (
                verifiers.build(
                    config.verifier, encode=encoder.load(config.encoder).encode, prior="natural"
                ).signature
            ),
        },
    )
    return tuple(asdict(check) for check in checks)
