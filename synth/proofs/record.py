"""A checked proof in, checks.json and the attempt's other files out; a submission in, its frozen spec out."""

from __future__ import annotations

import hashlib
from typing import Literal

from synth.proofs import sealed
from synth.proofs.audit import ALLOWED
from synth.proofs.checks import STRICT
from synth.proofs.submission import Checked, Submission
from synth.proofs.toolchain import Lack, Toolchain
from synth.records import Artifact
from synth.trials import Arm, Cells, Hypothesis, Limits, Rule, Spec

SCHEMA: Literal["synth/math-result-v1"] = "synth/math-result-v1"
VERSION = "1"
EXPERIMENT = "proof"
CHECKS = "checks.json"
PROGRAM = ("inside.py", "landrun.py")
_WORDS = (
    "A Lean 4 proof of the theorem in Challenge.lean, checked from the compiled module; that the theorem "
    "means the claim is a person's judgement."
)


def math_result(checked: Checked) -> dict[str, object]:
    """Return math-result-v1, ready for JSON; it holds no clock, path or marker."""
    return {
        "schema": SCHEMA,
        "contract_version": VERSION,
        "claim": checked.claim,
        "theorem": checked.theorem,
        "statement_sha256": checked.statement_sha256,
        "challenge_sha256": checked.challenge_sha256,
        "solution_sha256": checked.solution_sha256,
        "toolchain": checked.toolchain,
        "checks": [{"name": c.name, "state": c.state, "said": c.said} for c in checked.checks],
        "axioms": list(checked.axioms),
        "outcome": checked.outcome.value,
        "reason": checked.reason,
        "reviewed_by": checked.reviewed_by,
    }


def sources(submission: Submission, *, toolchain: Toolchain | Lack) -> tuple[tuple[str, bytes], ...]:
    """Return the files that an attempt keeps so that a stranger can check the proof again, by name."""
    return (
        ("Challenge.lean", submission.challenge),
        ("Solution.lean", submission.solution),
        ("lean-toolchain", f"{_called(toolchain)}\n".encode()),
        ("statement.txt", f"{submission.statement}\n".encode("utf-8", "replace")),
    )


def draft(
    submission: Submission,
    *,
    toolchain: Toolchain | Lack,
    paper: str,
    version: str,
    limits: Limits = sealed.LIMITS,
) -> Spec:
    """Return the spec of a proof: one hypothesis, the rule ``proof``, one seed (nothing is drawn).

    ``paper`` is the work that states the claim, ``version`` its version or "".
    """
    cells = Cells(metric="checks passed", tasks=("proof",), languages=("lean4",), split="")
    rule = Rule(kind="proof", cells=cells, arms=("proof",), smallest=0.0, least_seeds=1, deterministic=True)
    return Spec(
        experiment=EXPERIMENT,
        experiment_version=VERSION,
        tier="proof",
        size="",
        paper=paper,
        version=version,
        hypotheses=(
            Hypothesis(
                key="proof", claim=submission.claim, text=submission.text, at_claim_scale=True, rule=rule
            ),
        ),
        quotes=(),
        arms=(Arm(name="proof", role="subject", words=f"{submission.theorem} of Solution.lean"),),
        seeds=(0,),
        parameters=_parameters(submission, toolchain),
        program=tuple(_artifact(name) for name in PROGRAM),
        limits=limits,
        scale="the claim itself, as a theorem",
        words=_WORDS,
    )


def program() -> tuple[tuple[str, bytes], ...]:
    """Return the files of ours that run in the seal, by name."""
    return tuple((name, sealed.program(name)) for name in PROGRAM)


def _called(toolchain: Toolchain | Lack) -> str:
    return toolchain.name if isinstance(toolchain, Toolchain) else "none"


def _parameters(submission: Submission, toolchain: Toolchain | Lack) -> tuple[tuple[str, str], ...]:
    libraries = toolchain.imports if isinstance(toolchain, Toolchain) else ()
    return (
        ("axioms", " ".join(ALLOWED)),
        ("challenge_sha256", submission.challenge_sha256),
        ("flags", " ".join(STRICT)),
        ("imports", " ".join(("Init", "Lean", "Std", *libraries))),
        ("solution_sha256", submission.solution_sha256),
        ("statement_sha256", submission.statement_sha256),
        ("theorem", submission.theorem),
        ("toolchain", _called(toolchain)),
    )


def _artifact(name: str) -> Artifact:
    content = sealed.program(name)
    return Artifact(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
