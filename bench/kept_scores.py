"""Claims and sentences go in, the cross-encoder's scores come out, kept under .bench/ between runs."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from synth import cross_encoder

KEPT = Path(__file__).resolve().parent.parent / ".bench"


class Scores:
    """Call it with a claim and sentences; ``rows`` holds what is known by (claim, sentence)."""

    def __init__(self) -> None:
        self.model = cross_encoder.load("")
        name = hashlib.sha256(self.model.signature.encode()).hexdigest()[:12]
        self.path = KEPT / f"scores-{name}.npz"
        self.rows: dict[tuple[str, str], NDArray[np.float32]] = {}
        if self.path.exists():
            with np.load(self.path) as kept:
                texts = bytes(kept["texts"]).decode("utf-8", "surrogatepass").split("\x1e")
                keys = [tuple(t.split("\x1f")) for t in texts]
                self.rows = {(a, b): row for (a, b), row in zip(keys, kept["rows"], strict=True)}

    def want(self, pairs: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Score what is new among claims with their sentences, and keep it on disk."""
        asked = [(c, [q for q in dict.fromkeys(qs) if (c, q) not in self.rows]) for c, qs in pairs]
        asked = [(c, qs) for c, qs in asked if qs]
        for claim, sentences in asked:
            self._score(claim, sentences)
        if asked:
            KEPT.mkdir(exist_ok=True)
            joined = "\x1e".join("\x1f".join(key) for key in self.rows)
            texts = np.frombuffer(joined.encode("utf-8", "surrogatepass"), np.uint8)
            np.savez(self.path, texts=texts, rows=np.stack(list(self.rows.values())))

    def __call__(self, claim: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Return the scores of ``sentences``, n x 3, scoring what is new without keeping it on disk."""
        self._score(claim, [s for s in dict.fromkeys(sentences) if (claim, s) not in self.rows])
        return (
            np.stack([self.rows[claim, s] for s in sentences]) if sentences else np.zeros((0, 3), np.float32)
        )

    def _score(self, claim: str, new: Sequence[str]) -> None:
        if new:
            found = self.model.scores(claim, new)
            self.rows.update(((claim, s), row) for s, row in zip(new, found, strict=True))
