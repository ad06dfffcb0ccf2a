"""A part of a data set in, its raw rows and the files they stand in out: from a folder, or from the hub.

A folder holds each data set under its name (``glue``, ``xtreme``, ... or ``nyu-mll/glue``) in any of these
forms: the hub's own Parquet files (``hf download --local-dir``), ``SPLIT.jsonl``, or a saved DatasetDict
(``datasets`` ``save_to_disk``). Links are never followed: the hub's cache is made of links, so download with
``--local-dir``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synth.errors import ExtraMissing, InputError, SourceError
from synth.experiments._full.tasks import Part

Raw = dict[str, Any]

MOST_LINE = 4 << 20
_WHOLE = ("", "default", "plain_text", "squad_v2")
"""Configurations of data sets that have one alone, whose files may stand without a folder of its name."""
_SPELLED = {"udpos.Afrikaans": ("udpos.Afrikaans", "udpos.Afrikans")}
_PYARROW = 'python -m pip install "datasets>=3"  (it brings pyarrow; .jsonl files need neither)'


def find(part: Part, *, folder: Path) -> tuple[Path, ...]:
    """Return the files under ``folder`` that hold ``part``, sorted, or () where there are none."""
    for place in _places(part, folder):
        for pattern in _patterns(part.split):
            found = tuple(sorted(p for p in place.glob(pattern) if p.is_file() and not p.is_symlink()))
            if found:
                return found
    return ()


def fetch(part: Part, *, folder: str = "DATA") -> str:
    """Return the command that puts ``part`` under ``folder``."""
    revision = f" --revision {part.revision}" if part.revision else ""
    config = f"{part.config}/*" if part.config not in _WHOLE else ""
    include = f' --include "{config}"' if config else ""
    name = part.dataset.split("/")[-1]
    return f"hf download {part.dataset} --repo-type dataset{revision}{include} --local-dir {folder}/{name}"


def from_files(files: tuple[Path, ...]) -> Iterator[Raw]:
    """Yield the raw rows of ``files`` in order; raises InputError for one that cannot be read."""
    for file in files:
        match file.suffix:
            case ".jsonl":
                yield from _jsonl(file)
            case ".parquet":
                yield from _parquet(file)
            case _:
                yield from _arrow(file)


def from_hub(part: Part) -> tuple[Iterator[Raw], tuple[Path, ...]]:
    """Return the raw rows of ``part`` and the cache files they stand in (``HF_HOME`` is honoured).

    Raises ExtraMissing without ``datasets``, SourceError where the hub does not give the part.
    """
    try:
        import datasets  # 2 s: pandas and pyarrow
    except ImportError as error:
        raise ExtraMissing("the hub's data sets are read with datasets", remedy=_PYARROW) from error
    for config in _SPELLED.get(part.config, (part.config,)):
        try:
            loaded = datasets.load_dataset(
                part.dataset, config or None, split=part.split, revision=part.revision or None
            )
        except (OSError, ValueError) as error:
            failed = error
            continue
        return iter(loaded), tuple(Path(file["filename"]) for file in loaded.cache_files)
    raise SourceError(
        f"the hub did not give {part.words}: {failed}",
        remedy=f"{fetch(part)} ; then name DATA as the data folder",
    ) from failed


def _places(part: Part, folder: Path) -> Iterator[Path]:
    for root in (folder / part.dataset.split("/")[-1], folder / part.dataset):
        for config in _SPELLED.get(part.config, (part.config,)):
            yield root / config
        if part.config in _WHOLE:
            yield root / "data"
            yield root / "default"
            yield root


def _patterns(split: str) -> tuple[str, ...]:
    return (
        f"{split}-*.parquet",
        f"{split}.parquet",
        f"{split}.jsonl",
        f"{split}/*.parquet",
        f"{split}/data-*.arrow",
    )


def _jsonl(file: Path) -> Iterator[Raw]:
    with file.open("rb") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(MOST_LINE + 1), b""), start=1):
            try:
                raw = json.loads(line) if len(line) <= MOST_LINE else None
            except ValueError:
                raw = None
            if not isinstance(raw, dict):
                raise InputError(
                    f"{file}: line {number} is no JSON object", remedy="export the data set again"
                )
            yield raw


def _parquet(file: Path) -> Iterator[Raw]:
    try:
        import pyarrow.parquet as parquet  # 0.4 s
    except ImportError as error:
        raise ExtraMissing(f"{file.name} is read with pyarrow", remedy=_PYARROW) from error
    try:
        with parquet.ParquetFile(file) as opened:
            for batch in opened.iter_batches(batch_size=4096):
                yield from batch.to_pylist()
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is no Parquet file: {error}", remedy="download it again") from error


def _arrow(file: Path) -> Iterator[Raw]:
    try:
        import pyarrow  # 0.4 s
    except ImportError as error:
        raise ExtraMissing(f"{file.name} is read with pyarrow", remedy=_PYARROW) from error
    try:
        with pyarrow.memory_map(str(file)) as mapped, pyarrow.ipc.open_stream(mapped) as stream:
            for batch in stream:
                yield from batch.to_pylist()
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is no Arrow stream: {error}", remedy="export it again") from error
