"""The cues of a sentence and its part of the paper go in, the kind of claim comes out."""

from collections.abc import Sequence

from synth.claims.cues import Parsed
from synth.claims.places import Part
from synth.records import ClaimKind, Quantity

_MEASURED = frozenset(("percent", "points", "times"))


def kind_of(parsed: Parsed, *, part: Part, quantities: Sequence[Quantity]) -> ClaimKind:
    """Return the kind of a claim; the most specific cue wins, a plain statement is a finding."""
    cues = parsed.cues
    if "limit" in cues and "compare" not in cues:
        return ClaimKind.LIMITATION
    if "resource" in cues and not cues & {"compare", "change"}:
        return ClaimKind.RESOURCE
    if "compare" in cues and not ("offer" in cues and "own" in cues and not cues & {"find", "achieve"}):
        return ClaimKind.COMPARISON
    if cues & {"find", "change", "strength", "achieve"} and "offer" not in cues:
        return ClaimKind.FINDING
    if "define" in cues and not cues & {"offer", "own"}:
        return ClaimKind.DEFINITION
    if cues & {"offer", "setup", "activity"} or (
        "own" in cues and part in ("method", "setup", "introduction")
    ):
        return ClaimKind.METHOD
    measured = any(q.unit in _MEASURED for q in quantities)
    if part in ("method", "setup") and not measured and "effect" not in cues:
        return ClaimKind.METHOD
    return ClaimKind.FINDING
