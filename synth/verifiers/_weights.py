"""Nothing goes in; the fitted numbers of the verifiers come out, once their bytes are the pinned ones.

``words.npz`` holds the vocabulary and the idf of stems, ``entailment.npz`` the network and the head,
``calibration.json`` the formulas from scores to probabilities. ``bench/fit_entailment.py`` writes all three
and ``_pins.py``.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.errors import ModelError
from synth.verifiers._pins import PINS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = Path(__file__).parent.parent / "data" / "verifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """``vocabulary``: word -> row of the word table; ``idf``: stem -> weight, ``unseen``: of the rest."""

    vocabulary: Mapping[str, int]
    idf: Mapping[str, float]
    unseen: float


def read(name: str, *, folder: Path = FOLDER) -> bytes:
    """Return the bytes of a fitted file; raises ModelError where it is missing or not the pinned one."""
    remedy = "install synth again: pip install --force-reinstall synth"
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {folder / name}: {error.strerror}", remedy=remedy) from error
    size, sha256 = PINS[name]
    if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{folder / name} is not the file that this version was built with", remedy=remedy)
    return content


def arrays(name: str) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of a ``.npz`` file as float32 (they are kept as float16)."""
    import numpy as np

    with np.load(io.BytesIO(read(name)), allow_pickle=False) as kept:
        return {key: kept[key].astype(np.float32) for key in kept.files}


def load_words() -> Words:
    """Return the vocabulary and the inverse frequencies."""
    import numpy as np

    with np.load(io.BytesIO(read("words.npz")), allow_pickle=False) as kept:
        vocabulary = bytes(kept["vocabulary"]).decode("utf-8").split("\n")
        stems = bytes(kept["stems"]).decode("utf-8").split("\n")
        idf = dict(zip(stems, kept["idf"].astype(np.float64).tolist(), strict=True))
        unseen = float(kept["unseen"])
    return Words(vocabulary={w: i + 2 for i, w in enumerate(vocabulary)}, idf=idf, unseen=unseen)


def calibration() -> dict[str, Any]:
    """Return the calibration table, a mapping by verifier and prior."""
    table = json.loads(read("calibration.json"))
    if not isinstance(table, dict):
        raise ModelError("calibration.json holds no table", remedy="install synth again")
    return table


def fingerprint(*files: str) -> str:
    """Return 12 hex digits that name the pinned ``files`` together."""
    return hashlib.sha256("".join(PINS[f][1] for f in files).encode()).hexdigest()[:12]


def softmax(scores: Sequence[float]) -> tuple[float, ...]:
    """Return the probabilities of ``scores``."""
    top = max(scores)
    powers = [math.exp(s - top) for s in scores]
    return tuple(p / sum(powers) for p in powers)


def vector_scaled(table: Mapping[str, Any], ratios: Sequence[float]) -> tuple[float, ...]:
    """Return calibrated P(support, contradict, not enough) of two log ratios (see ``log_ratios``).

    Vector scaling (Guo et al. 2017): ``table["weight"]`` is 3 x 2, ``table["bias"]`` 3.
    """
    rows = zip(table["weight"], table["bias"], strict=True)
    return softmax([sum(w * r for w, r in zip(row, ratios, strict=True)) + b for row, b in rows])


def log_ratios(support: float, contradict: float, neither: float) -> tuple[float, float]:
    """Return the logs of support and of contradiction over neither, each probability at least 0.0001."""
    s, c, n = (math.log(max(p, 1e-4)) for p in (support, contradict, neither))
    return s - n, c - n
