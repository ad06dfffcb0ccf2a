"""Texts go in, the shipped encoder's vectors come out, kept under .bench/ between runs."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from synth import encoder

KEPT = Path(__file__).resolve().parent.parent / ".bench"
_PART = 10_000


class Vectors:
    """Call it with texts; ``rows`` holds what is known (float16)."""

    def __init__(self) -> None:
        self.model = encoder.load("")
        name = hashlib.sha256(self.model.signature.encode()).hexdigest()[:12]
        self.path = KEPT / f"vectors-{name}.npz"
        self.rows: dict[str, NDArray[np.float16]] = {}
        if self.path.exists():
            with np.load(self.path) as kept:
                texts = bytes(kept["texts"]).decode("utf-8", "surrogatepass").split("\x1f")
                self.rows = dict(zip(texts, kept["rows"], strict=True))

    def want(self, texts: Iterable[str]) -> None:
        """Encode what is new among ``texts`` and keep it on disk."""
        new = [t for t in dict.fromkeys(texts) if t not in self.rows]
        for start in range(0, len(new), _PART):
            self._encode(new[start : start + _PART])
            print(f"encoded {min(start + _PART, len(new))} of {len(new)}", flush=True)
            self._keep()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of ``texts``, n x 384, encoding what is new without keeping it on disk."""
        self._encode([t for t in dict.fromkeys(texts) if t not in self.rows])
        return np.stack([self.rows[t] for t in texts]).astype(np.float32)

    def _encode(self, new: Sequence[str]) -> None:
        if new:
            self.rows.update(zip(new, self.model.encode(new).astype(np.float16), strict=True))

    def _keep(self) -> None:
        KEPT.mkdir(exist_ok=True)
        joined = "\x1f".join(self.rows).encode("utf-8", "surrogatepass")
        np.savez(self.path, texts=np.frombuffer(joined, np.uint8), rows=np.stack(list(self.rows.values())))
