"""The files of the BUCC 2018 shared task in, both sides and the gold pairs of bitext mining out.

The hub's copy keeps gold pairs alone, so mining needs the files themselves, in ``bucc2018/LANG-en/`` of the
data folder: ``LANG-en.training.LANG``, ``.en``, ``.gold`` (XTREME's test) and ``.sample.`` (its dev).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from synth.errors import InputError
from synth.experiments._full.languages import BUCC_PAIRS

LANGUAGES = tuple(BUCC_PAIRS)
SPLITS = {"dev": "sample", "test": "training"}
FETCH = (
    "bucc2018-LANG-en.training-gold.tar.bz2 and .sample-gold.tar.bz2 of the BUCC 2018 shared task, unpacked"
)
_MOST_LINE, _MOST_LINES = 1 << 16, 2_000_000


class Side(NamedTuple):
    """Sentences by id, each once; ``repeated`` are ids of sentences that stood there more than once."""

    sentences: dict[str, str]
    repeated: tuple[str, ...]


class Mining(NamedTuple):
    """One language pair of one split: the language's side, the English side, the gold pairs."""

    source: Side
    target: Side
    gold: tuple[tuple[str, str], ...]


def find(language: str, split: str, *, folder: Path) -> tuple[Path, ...]:
    """Return the three files of ``split`` ("dev" or "test"), or () where one is missing."""
    pair = f"{language}-en"
    stem = folder / "bucc2018" / pair / f"{pair}.{SPLITS[split]}"
    files = tuple(Path(f"{stem}.{end}") for end in (language, "en", "gold"))
    return files if all(file.is_file() and not file.is_symlink() for file in files) else ()


def at_hand(folder: Path | None) -> bool:
    """Whether ``folder`` has any file of the shared task: then all are wanted, and BUCC is mined."""
    return folder is not None and (folder / "bucc2018").is_dir()


def read(files: tuple[Path, ...]) -> Mining:
    """Return what ``files`` of ``find`` hold; raises InputError for a line that is not two fields."""
    source, target = _side(files[0]), _side(files[1])
    gold = tuple((first, second) for first, second in _lines(files[2]))
    if not gold:
        raise InputError(f"{files[2]} holds no pairs", remedy=f"download {FETCH}")
    return Mining(source=source, target=target, gold=gold)


def _side(file: Path) -> Side:
    """Return the sentences of ``file``: a repeated one stands once, and no mined pair may use it.

    XTREME's and LASER's scripts do the same: an id cannot be told from a sentence that has two.
    """
    rows = list(_lines(file))
    counts = Counter(sentence for _, sentence in rows)
    first: dict[str, str] = {}
    for name, sentence in rows:
        first.setdefault(sentence, name)
    names = {name: sentence for sentence, name in first.items()}
    return Side(sentences=names, repeated=tuple(n for n, sentence in names.items() if counts[sentence] > 1))


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    with file.open("rb") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(_MOST_LINE + 1), b""), start=1):
            fields = line.decode("utf-8", "replace").rstrip("\r\n").split("\t")
            short = len(line) <= _MOST_LINE and number <= _MOST_LINES
            if not short or len(fields) != 2 or not (fields[0].strip() and fields[1].strip()):
                raise InputError(f"{file}: line {number} is not two fields", remedy=f"download {FETCH}")
            yield fields[0].strip(), fields[1].strip()
