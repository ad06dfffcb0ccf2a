"""Features of sentences go in, P(sentence is a claim) comes out of the shipped logistic regression.

Weights, data, licences and figures: ``synth/data/claims/CARD.md``; ``training/claims.py`` rebuilds them.
"""

from __future__ import annotations

import hashlib
import io
import math
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from synth.claims.features import BITS, Row
from synth.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = "weights.npz"
WEIGHTS_SHA256 = "629daf98797deffc6e447714ecfb31bf863862e02a9fe1282b63f936ec24b501"
SIGNATURE = f"claims/1 rules+logistic:{WEIGHTS_SHA256[:12]} spacy-blank-en"


class Weights(NamedTuple):
    """One weight a feature (2**BITS), the intercept, and the scale and shift that calibrate the logit."""

    weights: NDArray[np.float32]
    intercept: float
    scale: float
    shift: float


@lru_cache(maxsize=1)
def load() -> Weights:
    """Return the shipped weights; raises ModelError where the file is missing or not the pinned one."""
    file = files("synth") / "data" / "claims" / WEIGHTS
    if not file.is_file():
        raise ModelError(f"the claim classifier {WEIGHTS} is missing", remedy="reinstall synth")
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise ModelError(f"the claim classifier {WEIGHTS} is not the one pinned", remedy="reinstall synth")
    return unpack(content)


def unpack(content: bytes) -> Weights:
    """Return the weights of an npz file's bytes; raises ModelError where their shape is wrong."""
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        weights = arrays["weights"].astype(np.float32)
        intercept, scale, shift = (float(x) for x in arrays["line"])
    if weights.shape != (1 << BITS,):
        raise ModelError(
            f"the claim classifier {WEIGHTS} has {weights.shape[0]} weights", remedy="reinstall synth"
        )
    return Weights(weights, intercept, scale, shift)


def logit(row: Row, *, model: Weights) -> float:
    """Return the uncalibrated log-odds of a row; summed exactly, so that no order or batch changes it."""
    terms = [float(model.weights[i]) * value for i, value in zip(row.indices, row.values, strict=True)]
    return math.fsum(terms) + model.intercept


def probability(row: Row, *, model: Weights) -> float:
    """Return P(claim) in [0, 1], to four decimals."""
    return round(1.0 / (1.0 + math.exp(-(model.scale * logit(row, model=model) + model.shift))), 4)
