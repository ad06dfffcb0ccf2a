"""A Lean 4 proof of a claim in, four sealed checks and one outcome out: proved, in part, or not settled.

A proof never falsifies: one that does not check is INCONCLUSIVE.
"""

from synth.proofs.again import results
from synth.proofs.record import CHECKS, EXPERIMENT, draft, math_result, program, sources
from synth.proofs.sealed import LIMITS, Sealed
from synth.proofs.submission import Checked, Review, Submission, read
from synth.proofs.toolchain import Lack, Toolchain, find
from synth.proofs.verdict import check, judgement
from synth.trials import Check

__all__ = [
    "CHECKS",
    "EXPERIMENT",
    "LIMITS",
    "Check",
    "Checked",
    "Lack",
    "Review",
    "Sealed",
    "Submission",
    "Toolchain",
    "check",
    "draft",
    "find",
    "judgement",
    "math_result",
    "program",
    "read",
    "results",
    "sources",
]
