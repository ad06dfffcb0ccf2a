"""A claim and sentences of passages go in, a verdict comes out; who judges is a file here.

A verifier is a module of this folder, named without a leading underscore, with one function
``build(*, encode, prior) -> Verifier``. It is found by its file name and imported only when chosen. Where its
weights rest on the vectors of one encoder, its constant ``ENCODER`` holds that encoder's signature. One that
takes a model by name ("cross-encoder:NAME") has ``build_named(model, *, encode, prior)`` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from synth.errors import UsageError
from synth.records import Evidence, Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Encode = Callable[[Sequence[str]], "NDArray[np.float32]"]
"""Texts to unit vectors, n x 384: the shipped encoder or a cache before it."""
Prior = Literal["balanced", "natural", "own"]
"""Where the evidence comes from: the passage that a claim cites or that a user named ("balanced"), the
nearest sentences of other papers, which hardly ever speak of the claim ("natural"), or those of its own
paper, which share its subject, seldom decide it and hardly ever contradict it ("own")."""
PRIORS: tuple[Prior, ...] = ("balanced", "natural", "own")
Curve = Mapping[Literal["support", "contradict"], Sequence[Sequence[float]]]
"""Rows of threshold, precision, coverage by label said, thresholds rising (``calibration.curve``)."""


class Verifier(Protocol):
    """Who judges a claim; ``signature`` names method, weights and operating setting."""

    @property
    def signature(self) -> str:
        """Method, weights' hash prefix and prior, for every verdict."""
        ...

    def __call__(self, claim: str, evidence: Sequence[Evidence], *, claim_id: str) -> Verdict:
        """Return the verdict on ``claim`` from ``evidence`` (best candidates first, any number).

        Raises UsageError for a claim without words.
        """
        ...


class _Built(Protocol):
    def build(self, *, encode: Encode, prior: Prior) -> Verifier: ...

    def build_named(self, model: str, *, encode: Encode, prior: Prior) -> Verifier: ...


def names() -> tuple[str, ...]:
    """Return the names of all verifiers, sorted, without importing them."""
    stems = (p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))
    return tuple(sorted(s.replace("_", "-") for s in stems))


def build(name: str, *, encode: Encode, prior: Prior = "balanced", encoder: str = "") -> Verifier:
    """Return the verifier called ``name``, or ``cross-encoder:NAME_OR_PATH`` for a model of the user's.

    ``encoder`` is the signature of the encoder behind ``encode``: a module whose weights rest on one encoder
    names it in ``ENCODER``, and another is refused (UsageError); "" leaves that unchecked.

    ``prior="natural"`` is for claims against other papers' sentences, "own" for those of the claim's own
    paper, calibrated at the rates at which those speak of a claim at all. Raises UsageError for an unknown
    name or prior, ModelError where the fitted weights are missing or not the pinned ones, ExtraMissing where
    a named model needs an extra.
    """
    kind, colon, model = name.partition(":")
    if kind not in names():
        raise UsageError(f"no verifier called {kind!r}", remedy=f"choose one of: {', '.join(names())}")
    if prior not in PRIORS:
        raise UsageError(f"no prior called {prior!r}", remedy=f"choose one of: {', '.join(PRIORS)}")
    module: _Built = import_module(f"synth.verifiers.{kind.replace('-', '_')}")
    if hasattr(module, "build_named"):
        if not model:
            raise UsageError(f"{kind} needs a model", remedy=f"write {kind}:NAME or {kind}:FOLDER")
        return module.build_named(model, encode=encode, prior=prior)
    if colon:
        raise UsageError(f"the {kind} verifier takes no model", remedy=f"write --verifier {kind}")
    fitted: str = getattr(module, "ENCODER", "")
    if encoder and fitted and encoder != fitted:
        raise UsageError(
            f"the {kind} verifier was fitted on the vectors of {fitted}, not of {encoder}",
            remedy="leave --encoder out, or take --verifier overlap",
        )
    return module.build(encode=encode, prior=prior)


def curve(name: str, prior: Prior) -> Curve | None:
    """Return the shipped precision of the verifier ``name`` by threshold, or None where it has none.

    A model that the user names has none. Raises ModelError where the numbers are missing or not the pinned.
    """
    from synth.verifiers._weights import calibration

    found: Curve | None = calibration().get(name, {}).get(prior, {}).get("curve")
    return found
