"""A kept proof's checks.json and files in, the results that they give now out."""

from __future__ import annotations

import hashlib
from pathlib import Path

from synth.errors import InputError
from synth.proofs.record import CHECKS
from synth.proofs.verdict import outcome_of
from synth.records import Outcome
from synth.trials import Judgement, MathResult, Results, Spec

MOST_BYTES = 4 * 1024 * 1024
_REMEDY = "take the attempt anew from where it was published, or prove it again"


def results(spec: Spec, folder: Path, *, sha256: str) -> Results:
    """Return the results of a kept proof, whose outcome follows from its checks.

    Raises InputError where checks.json is none, names other files than the spec and the folder, or states an
    outcome that its own checks do not give.
    """
    made = _read(folder / "outputs" / "seed-0" / CHECKS)
    stated = dict(spec.parameters)
    for name in ("challenge_sha256", "solution_sha256", "statement_sha256", "theorem"):
        if getattr(made, name) != stated.get(name):
            raise InputError(f"{CHECKS} is about another {name.split('_')[0]} than the spec", remedy=_REMEDY)
    for name, digest in (("Challenge.lean", made.challenge_sha256), ("Solution.lean", made.solution_sha256)):
        if hashlib.sha256(_bytes(folder / "inputs" / name)).hexdigest() != digest:
            raise InputError(f"{name} is not the file that was checked", remedy=_REMEDY)
    return Results(spec_sha256=sha256, rows=(), judgements=(_judged(spec, made),))


def _judged(spec: Spec, made: MathResult) -> Judgement:
    hypothesis = spec.hypotheses[0]
    due = outcome_of(made.checks, reviewed=bool(made.reviewed_by))
    if made.claim != hypothesis.claim or due.value != made.outcome:
        raise InputError(f"{CHECKS} states {made.outcome}, its checks give {due.value}", remedy=_REMEDY)
    return Judgement(
        key=hypothesis.key,
        claim=hypothesis.claim,
        outcome=Outcome(made.outcome),
        reason=made.reason,
        effects=(),
    )


def _read(path: Path) -> MathResult:
    import msgspec

    raw = _bytes(path)
    try:
        made = msgspec.json.decode(raw, type=MathResult)
        if msgspec.json.decode(msgspec.json.encode(made)) != msgspec.json.decode(raw):
            raise ValueError("it holds fields that it must not have")
        return made
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{CHECKS} is no math-result-v1: {error}", remedy=_REMEDY) from error


def _bytes(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name} is missing, a link or too large", remedy=_REMEDY)
    return path.read_bytes()
