"""What entered a sealed run in, the facts of it out: name, hash and size of each input, and where it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from synth.attempts.listing import MOST_FILES, hashed
from synth.errors import InputError
from synth.records import Artifact
from synth.trials import Prepared

# a model's weights are an input, too: hashed as they stream by, never copied
MOST_INPUT = 64 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file that a seed's run could read: ``kept`` beside this list, or made again as ``again`` says."""

    name: str
    sha256: str
    size: int
    kept: bool
    again: str = ""

    def __post_init__(self) -> None:
        if not (self.kept or self.again):
            raise ValueError(f"{self.name} is not kept, and nothing says how it is made again")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedFacts:
    """One seed: how its run ended, what entered it, the gold that stayed outside and what came out."""

    seed: int
    exit_code: int
    stopped: str
    inputs: tuple[Input, ...]
    gold: tuple[Artifact, ...]
    outputs: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """inputs/inputs.json: the facts of every seed that ran, in the order of the spec."""

    seeds: tuple[SeedFacts, ...]
    schema: str = "synth/inputs-v1"


def inputs_of(prepared: Prepared, *, kept: Collection[str], again: str) -> tuple[Input, ...]:
    """Return the inputs of a prepared run, sorted by name; those named in ``kept`` lie beside the list.

    ``again`` says in words how the others are made again. The files of a folder are named ``folder/file``.
    Raises InputError for a folder that is missing or holds a link that leads out of it.
    """
    held = [Artifact(name=n, sha256=hashlib.sha256(c).hexdigest(), size=len(c)) for n, c in prepared.files]
    for name, folder in prepared.folders:
        held.extend(_beneath(name, folder))
    return tuple(
        Input(
            name=one.name,
            sha256=one.sha256,
            size=one.size,
            kept=one.name in kept,
            again="" if one.name in kept else again,
        )
        for one in sorted(held, key=lambda one: one.name)
    )


def _beneath(name: str, folder: Path) -> Iterator[Artifact]:
    if not folder.is_dir():
        raise InputError(f"no folder {folder.name}", remedy="name the folder of the model or the data")
    top, seen = folder.resolve(), 0
    for place, folders, files in os.walk(top):
        folders.sort()
        for file in sorted(files):
            seen += 1
            path = Path(place, file).resolve()
            if seen > MOST_FILES:
                raise InputError(
                    f"{folder.name} holds more than {MOST_FILES:,} files", remedy="name a smaller one"
                )
            # downloaded models are often links into one store of blobs: inside the folder they are fine
            if not path.is_relative_to(top):
                raise InputError(
                    f"{file} is a link that leads out of {folder.name}", remedy="copy the file there"
                )
            below = Path(place, file).relative_to(top).as_posix()
            yield hashed(path, name=f"{name}/{below}", most=MOST_INPUT)
