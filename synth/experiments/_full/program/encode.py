"""Rows and a tokenizer go in, features come out: token ids, targets and the places that predictions need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .plan import Task
from .refusal import Refusal
from .rows import Row

Ints = NDArray[np.int32]
IGNORED = -100
"""The target of a token that has none (torch's own ignore_index)."""
_MOST_QUESTION = 64
_MOST_WORD = 32
_AT_ONCE = 1000
_EMPTY: Ints = np.zeros(0, dtype=np.int32)


class Feature(NamedTuple):
    """What goes through the model at once.

    ``ids`` holds one sequence, or one a choice. ``target`` is one label, a start and an end, or one label a
    token. ``places`` is, for span, the code points (start, end) of each token of the context and (-1, -1)
    elsewhere, shape (tokens, 2); for tag the word that each token begins, -1 elsewhere, shape (tokens,).
    """

    row: int
    ids: tuple[Ints, ...]
    target: Ints = _EMPTY
    places: Ints = _EMPTY

    @property
    def length(self) -> int:
        """Return the tokens of the longest sequence."""
        return max(len(ids) for ids in self.ids)


class Tokenizer:
    """The fast tokenizer of a model folder, with the ids of its special tokens."""

    def __init__(self, folder: Path) -> None:
        import tokenizers

        path = folder / "tokenizer.json"
        if not path.is_file():
            raise Refusal("model/tokenizer.json: missing; the model folder needs its fast tokenizer")
        self.raw = tokenizers.Tokenizer.from_file(str(path))
        self.raw.no_padding()
        self.start, self.end, self.pad, self.unknown = map(self._id, ("<s>", "</s>", "<pad>", "<unk>"))

    def _id(self, token: str) -> int:
        found = self.raw.token_to_id(token)
        if found is None:
            raise Refusal(f"model/tokenizer.json: no token {token}; an XLM-R tokenizer is wanted")
        return int(found)

    def encode(self, texts: Sequence[Any], *, length: int, stride: int = 0, strategy: str) -> Iterator[Any]:
        """Yield an encoding a text or pair, cut to ``length`` tokens by ``strategy``."""
        self.raw.enable_truncation(max_length=length, stride=stride, strategy=strategy)
        for start in range(0, len(texts), _AT_ONCE):
            yield from self.raw.encode_batch(texts[start : start + _AT_ONCE])

    def words(self, rows: Sequence[Sequence[str]]) -> Iterator[list[list[int]]]:
        """Yield for each row the ids of each of its words; a word without any token is the unknown one."""
        self.raw.no_truncation()
        for start in range(0, len(rows), _AT_ONCE):
            some = [list(words) for words in rows[start : start + _AT_ONCE]]
            encodings = self.raw.encode_batch(some, is_pretokenized=True, add_special_tokens=False)
            for words, encoding in zip(some, encodings, strict=True):
                pieces: list[list[int]] = [[] for _ in words]
                for token, word in zip(encoding.ids, encoding.word_ids, strict=True):
                    if word is not None:
                        pieces[word].append(token)
                yield [piece or [self.unknown] for piece in pieces]


def encode(rows: Sequence[Row], task: Task, tokenizer: Tokenizer) -> list[Feature]:
    """Return the features of ``rows`` in order: one a row, or more where a long row is cut in windows."""
    if task.kind == "choice":
        return _choices(rows, task, tokenizer)
    if task.kind == "span":
        return _spans(rows, task, tokenizer)
    if task.kind == "tag":
        return _tags(rows, task, tokenizer)
    return _sequences(rows, task, tokenizer)


def _ints(values: Sequence[Any]) -> Ints:
    return np.asarray(values, dtype=np.int32)


def _sequences(rows: Sequence[Row], task: Task, tokenizer: Tokenizer) -> list[Feature]:
    """Return one feature a row: a text alone, or a pair cut at its longer side as the authors' code does."""
    texts = [row.texts if len(row.texts) == 2 and row.texts[1] else row.texts[0] for row in rows]
    encodings = tokenizer.encode(texts, length=task.length, strategy="longest_first")
    return [Feature(n, (_ints(encoding.ids),), _ints(rows[n].labels)) for n, encoding in enumerate(encodings)]


def _choices(rows: Sequence[Row], task: Task, tokenizer: Tokenizer) -> list[Feature]:
    pairs = [(row.texts[0], choice) for row in rows for choice in row.texts[1:]]
    encodings = tokenizer.encode(pairs, length=task.length, strategy="longest_first")
    ids = [_ints(encoding.ids) for encoding in encodings]
    count = task.choices
    return [
        Feature(n, tuple(ids[n * count : (n + 1) * count]), _ints(row.labels)) for n, row in enumerate(rows)
    ]


def _spans(rows: Sequence[Row], task: Task, tokenizer: Tokenizer) -> list[Feature]:
    """Return the windows of each context behind its question; the context alone is cut."""
    most = min(_MOST_QUESTION, task.length // 3)
    asked = tokenizer.encode([row.texts[0] for row in rows], length=most, strategy="longest_first")
    pairs = [(_cut(row.texts[0], encoding), row.texts[1]) for row, encoding in zip(rows, asked, strict=True)]
    # a window must hold more than the stride behind the longest question and the four special tokens
    stride = min(task.stride, (task.length - most - 4) // 2)
    encodings = tokenizer.encode(pairs, length=task.length, stride=stride, strategy="only_second")
    found = []
    for n, encoding in enumerate(encodings):
        found += [_window(n, rows[n], piece) for piece in (encoding, *encoding.overflowing)]
    return found


def _cut(question: str, encoding: Any) -> str:
    if not encoding.overflowing:
        return question
    return question[: max(end for _, end in encoding.offsets)]


def _window(number: int, row: Row, encoding: Any) -> Feature:
    places = _ints(encoding.offsets).reshape(-1, 2).copy()
    inside = np.array([side == 1 for side in encoding.sequence_ids], dtype=bool)
    places[~inside] = -1
    if not row.answers:
        return Feature(number, (_ints(encoding.ids),), _ints((0, 0)), places)
    # only the first answer trains, as in the authors' code
    start, text = row.answers[0].start, row.answers[0].text
    return Feature(number, (_ints(encoding.ids),), _between(places, start, start + len(text)), places)


def _between(places: Ints, start: int, end: int) -> Ints:
    """Return the tokens that hold code points ``start`` to ``end``; (0, 0) where not all are inside."""
    touched = np.flatnonzero((places[:, 0] < end) & (places[:, 1] > start) & (places[:, 0] >= 0))
    if not len(touched):
        return _ints((0, 0))
    first, last = touched[0], touched[-1]
    known = places[places[:, 0] >= 0]
    whole = known[0, 0] <= start and end <= known[-1, 1]
    return _ints((first, last)) if whole else _ints((0, 0))


def _tags(rows: Sequence[Row], task: Task, tokenizer: Tokenizer) -> list[Feature]:
    found = []
    room = task.length - 2
    for n, whole in enumerate(tokenizer.words([row.texts for row in rows])):
        pieces = [piece[: min(_MOST_WORD, room)] for piece in whole]
        for window in _windows(pieces, room):
            found.append(_tagged(n, rows[n], pieces, window, tokenizer))
    return found


def _windows(pieces: list[list[int]], room: int) -> Iterator[range]:
    """Yield ranges of words whose tokens fit into ``room``, every word in exactly one."""
    first, used = 0, 0
    for n, piece in enumerate(pieces):
        if used + len(piece) > room:
            yield range(first, n)
            first, used = n, 0
        used += len(piece)
    yield range(first, len(pieces))


def _tagged(number: int, row: Row, pieces: list[list[int]], window: range, tokenizer: Tokenizer) -> Feature:
    ids, begins = [tokenizer.start], [-1]
    for word in window:
        ids += pieces[word]
        begins += [word] + [-1] * (len(pieces[word]) - 1)
    ids.append(tokenizer.end)
    begins.append(-1)
    target = [IGNORED if word < 0 or not row.labels else row.labels[word] for word in begins]
    return Feature(number, (_ints(ids),), _ints(target), _ints(begins))
