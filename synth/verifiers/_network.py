"""Two statements and their sentence vectors go in; the logits of the three labels come out.

A word-alignment network (after Parikh et al. 2016, "A decomposable attention model", and Chen et al. 2017,
"Enhanced LSTM for natural language inference"): every word of the claim looks for its counterpart in the
sentence and the other way round; what was aligned is compared, pooled, and read together with the
interactions of the sentence vectors (Conneau et al. 2017, "InferSent"). Plain numpy, one pair at a time,
so a score never depends on its batch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synth.verifiers import _lexicon as lexicon
from synth.verifiers._statement import Statement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

UNKNOWN, NUMERAL = 0, 1
"""Rows of the word table for a word that it does not hold, and for a numeral."""
FLAGS = 10
_NUMERAL = re.compile(r"^\d+(?:[.,]\d+)*")


def as_number(word: str) -> float | None:
    """Return the value of a word that begins with digits ("37.3", "12k", "1,000"), else None."""
    found = _NUMERAL.match(word)
    if found is None:
        return None
    digits = found.group().replace(",", "")
    return float(digits) if digits.count(".") <= 1 else None


def rows(statement: Statement, vocabulary: Mapping[str, int]) -> NDArray[np.int32]:
    """Return the word-table row of every word."""
    ids = [
        NUMERAL if as_number(w) is not None and w not in vocabulary else vocabulary.get(w, UNKNOWN)
        for w in statement.words
    ]
    return np.asarray(ids or [UNKNOWN], dtype=np.int32)


def flags(one: Statement, other: Statement, idf: Mapping[str, float], unseen: float) -> Array:
    """Return what is known of each word of ``one`` against ``other``: n x FLAGS."""
    there = set(other.stems)
    numbers_there = {as_number(w) for w in other.words} - {None}
    table = np.zeros((max(1, len(one.words)), FLAGS), dtype=np.float32)
    for i, (word, stem, content) in enumerate(zip(one.words, one.stems, one.content, strict=True)):
        number = as_number(word)
        table[i] = (
            stem in there,
            number is not None,
            number is not None and number in numbers_there,
            word in lexicon.NEGATIONS or word.endswith(("n't", "n’t")),
            any(lexicon.opposed(stem, t) for t in lexicon.OPPOSITES.get(stem, ()) if t in there),
            (stem in lexicon.UP) - (stem in lexicon.DOWN),
            word in one.names,
            content,
            content and stem not in there,
            idf.get(stem, unseen) / unseen if content else 0.0,
        )
    return table


def matches(one: Statement, other: Statement) -> Array:
    """Return the n x m matrix of words of the same stem (1) or of opposite stems (-1)."""
    table = np.zeros((max(1, len(one.stems)), max(1, len(other.stems))), dtype=np.float32)
    places: dict[str, list[int]] = {}
    for j, stem in enumerate(other.stems):
        places.setdefault(stem, []).append(j)
    for i, stem in enumerate(one.stems):
        table[i, places.get(stem, [])] = 1.0
        for opposite in lexicon.OPPOSITES.get(stem, ()):
            table[i, places.get(opposite, [])] = -1.0
    return table


@dataclass(frozen=True, slots=True)
class Network:
    """The fitted weights; names are those that ``bench/fit_entailment.py`` writes."""

    weights: Mapping[str, Array]
    vocabulary: Mapping[str, int]
    idf: Mapping[str, float]
    unseen: float

    def logits(self, claim: Statement, sentence: Statement, u: Array, v: Array) -> Array:
        """Return the logits of entail, contra, neutral for unit sentence vectors ``u`` and ``v`` (384)."""
        claim_flags = flags(claim, sentence, self.idf, self.unseen)
        sentence_flags = flags(sentence, claim, self.idf, self.unseen)
        a = self._context(rows(claim, self.vocabulary), claim_flags)
        b = self._context(rows(sentence, self.vocabulary), sentence_flags)
        same = matches(claim, sentence)
        w = self.weights
        affinity = (a @ w["key.weight"].T) @ (b @ w["key.weight"].T).T / math.sqrt(w["key.weight"].shape[0])
        affinity = affinity + w["same"][0] * (same > 0) + w["same"][1] * (same < 0)
        one = self._compared(a, _softmax(affinity) @ b, claim_flags)
        two = self._compared(b, _softmax(affinity.T) @ a, sentence_flags)
        pooled = np.concatenate([one.mean(0), one.max(0), two.mean(0), two.max(0)])
        vectors = _relu(w["vectors.weight"] @ np.concatenate([np.abs(u - v), u * v]) + w["vectors.bias"])
        hidden = _relu(w["hidden.weight"] @ np.concatenate([pooled, vectors]) + w["hidden.bias"])
        logits: Array = w["out.weight"] @ hidden + w["out.bias"]
        return logits

    def _context(self, ids: NDArray[np.int32], known: Array) -> Array:
        x = np.concatenate([self.weights["table"][ids], known], axis=1)
        padded = np.pad(x, ((1, 1), (0, 0)))
        window = np.concatenate([padded[:-2], padded[1:-1], padded[2:]], axis=1)
        return _relu(window @ self.weights["context.weight"].T + self.weights["context.bias"])

    def _compared(self, own: Array, aligned: Array, known: Array) -> Array:
        x = np.concatenate([own, aligned, np.abs(own - aligned), own * aligned, known], axis=1)
        return _relu(x @ self.weights["compare.weight"].T + self.weights["compare.bias"])


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


def log_softmax(x: Array) -> Array:
    """Return the log probabilities of logits."""
    return np.asarray(x - x.max() - np.log(np.exp(x - x.max()).sum()), np.float32)


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    shares: Array = e / e.sum(axis=-1, keepdims=True)
    return shares
