"""A statement goes in, the word-table row of each of its words comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from synth.verifiers._statement import Statement

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN, NUMERAL = 0, 1
"""Rows of the word table for a word that it does not hold, and for a numeral."""
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
