"""What entered a sealed run in, the facts of it out: name, hash and size of each input, and where it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from synth.attempts.listing import MOST_FILES, hashed
from synth.errors import InputError
from synth.records import Artifact
from synth.trials import Input, Prepared

# a model's weights are an input, too: hashed as they stream by, never copied
MOST_INPUT = 64 * 1024**3


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
