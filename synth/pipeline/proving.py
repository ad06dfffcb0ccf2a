"""A Lean proof of a claim in, the attempt that its sealed checks make out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synth import attempts, proofs
from synth.attempts import Run, Stored
from synth.config import Config
from synth.formats.attempt_page import render_attempt
from synth.pipeline.progress import Silent, Watching
from synth.pipeline.reproduce import environment_of, now, sealed
from synth.proofs import Checked, Lack, Review, Submission, Toolchain
from synth.records import Outcome, content_id
from synth.trials import Judgement, Prepared, Ran, Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof as handed in: of which claim, where its files are, who signs what the theorem means."""

    claim: str
    text: str
    theorem: str
    solution: Path
    challenge: Path
    toolchain: Path | None = None
    comparator: Path | None = None
    project: Path | None = None
    reviewed_by: str = ""


def attempt(
    proof: Proof, *, config: Config, attest: Callable[[Stored], bytes], progress: Watching | None = None
) -> Path:
    """Check ``proof`` in the seal and return the folder of its attempt, whatever its outcome.

    Raises UsageError and InputError for files or names that cannot be a submission.
    """
    told = progress or Silent()
    submission = proofs.read(
        proof.solution,
        challenge=proof.challenge,
        claim=proof.claim or content_id("c", "proof", proof.text, proof.theorem),
        text=proof.text,
        theorem=proof.theorem,
    )
    toolchain = proofs.find(
        proof.toolchain, environ=os.environ, comparator=proof.comparator, project=proof.project
    )
    spec = proofs.draft(submission, toolchain=toolchain, paper="", version="")
    began = now()
    with attempts.open_run(config.gate, spec) as run:
        seal, probe, lack = sealed(config)
        judgement = Judgement(
            key="proof", claim=submission.claim, outcome=Outcome.NOT_RUN, reason=lack, effects=()
        )
        if seal is not None:
            with told.stage("check the proof"):
                checked = proofs.check(
                    submission,
                    seal=seal,
                    toolchain=toolchain,
                    limits=spec.limits,
                    review=_review(proof, submission),
                    heard=lambda words: told.part("proof", 0.0, words),
                )
            _keep(run, submission, toolchain, checked)
            judgement = proofs.judgement(checked, key="proof")
        results = Results(spec_sha256=run.spec_sha256, rows=(), judgements=(judgement,))
        environment = environment_of(run, seal.name if seal else "", probe, began=began)
        return attempts.finish(
            run,
            results=results,
            environment=environment,
            page=render_attempt(spec, results, environment, pictured=(), measured=()),
            program=dict(proofs.sources(submission, toolchain=toolchain)) | dict(proofs.program()),
            attest=attest,
        )


def _review(proof: Proof, submission: Submission) -> Review | None:
    """Return the statement of the person who signs; the attempt's own signature covers it."""
    if not proof.reviewed_by:
        return None
    return Review(by=proof.reviewed_by, statement_sha256=submission.statement_sha256)


def _keep(run: Run, submission: Submission, toolchain: Toolchain | Lack, checked: Checked) -> None:
    """Keep checks.json as the one output of the one seed."""
    if attempts.done_seeds(run):
        return
    out = attempts.scratch(run, 0)
    made = json.dumps(proofs.math_result(checked), indent=2, sort_keys=True, ensure_ascii=False)
    (out / proofs.CHECKS).write_text(f"{made}\n", encoding="utf-8")
    files = (*proofs.sources(submission, toolchain=toolchain), *proofs.program())
    prepared = Prepared(command=("lean",), files=files)
    inputs = attempts.inputs_of(prepared, kept={name for name, _ in files}, again="")
    ran = Ran(exit_code=0, stopped="", log=checked.log, cpu_seconds=0.0, wall_seconds=0.0)
    attempts.keep_seed(run, 0, outputs=out, gold=(), inputs=inputs, ran=ran)
