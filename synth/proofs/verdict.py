"""A submission, a seal and a toolchain in, its checks and the one outcome out.

A proof that does not check says nothing about its claim being false, so nothing here ends FAILED: a proof
can verify a claim and never falsifies one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from synth.proofs import checks
from synth.proofs.checks import Done
from synth.proofs.refusal import refuse
from synth.proofs.sealed import LIMITS, Bench, Sealed
from synth.proofs.submission import ALL, Checked, Review, Submission
from synth.proofs.toolchain import Lack, Toolchain
from synth.records import Outcome
from synth.trials import Check, Judgement, Limits

_UNSIGNED = "nobody has signed that the statement means the claim"
_OTHER = "the signed statement is about another claim, theorem or challenge"


def check(
    submission: Submission,
    *,
    seal: Sealed,
    toolchain: Toolchain | Lack,
    limits: Limits = LIMITS,
    review: Review | None = None,
    heard: Callable[[str], None] | None = None,
) -> Checked:
    """Return ``submission`` after its checks; the first that refuses ends them.

    PROVED: all checks passed, and ``review`` signs this very statement. PARTIAL: nothing refused, but a
    checker or the signature is missing. INCONCLUSIVE: refused, or no toolchain. ERROR: a limit or a crash.
    ``heard`` hears each check as it begins. ``limits`` bind each sealed run alone, eight at most. Raises
    SandboxError where the seal itself fails.
    """
    libraries = toolchain.imports if isinstance(toolchain, Toolchain) else ()
    refused = refuse(submission, libraries=libraries)
    said = refused or "nothing that is refused unread"
    first = Done(Check(name="source", state="refused" if refused else "passed", said=said))
    if refused or isinstance(toolchain, Lack):
        return _checked(submission, (first,), toolchain, review)
    done = [first]
    for step in _steps(Bench(seal=seal, toolchain=toolchain, limits=limits), submission, heard or _deaf):
        done.append(step)
        if step.check.state in ("refused", "error"):
            break
    return _checked(submission, tuple(done), toolchain, review)


def judgement(checked: Checked, *, key: str) -> Judgement:
    """Return the outcome as the judgement of hypothesis ``key``."""
    return Judgement(key=key, claim=checked.claim, outcome=checked.outcome, reason=checked.reason, effects=())


def _steps(bench: Bench, submission: Submission, heard: Callable[[str], None]) -> Iterator[Done]:
    heard("Lean elaborates Solution.lean")
    first = checks.elaborates(bench, submission)
    yield first
    heard("the axioms are audited")
    yield checks.axioms(bench, submission, first.compiled)
    heard("a fresh kernel replays it")
    yield checks.replay(bench, first.compiled)
    heard("comparator compares it with Challenge.lean")
    yield checks.statement(bench, submission, first.compiled)


def _deaf(_: str) -> None:
    return None


def _checked(
    submission: Submission, done: tuple[Done, ...], toolchain: Toolchain | Lack, review: Review | None
) -> Checked:
    found = tuple(step.check for step in done)
    speaks = review is not None and review.statement_sha256 == submission.statement_sha256
    return Checked(
        claim=submission.claim,
        theorem=submission.theorem,
        statement_sha256=submission.statement_sha256,
        challenge_sha256=submission.challenge_sha256,
        solution_sha256=submission.solution_sha256,
        toolchain=toolchain.name if isinstance(toolchain, Toolchain) else "",
        checks=found,
        axioms=next((step.axioms for step in done if step.check.name == "axioms"), ()),
        outcome=outcome_of(found, reviewed=speaks),
        reason=_reason(found, submission, toolchain, review),
        reviewed_by=review.by if review is not None and speaks else None,
        log="".join(f"== {step.check.name}: {step.check.state}\n{step.log}" for step in done),
    )


def outcome_of(found: tuple[Check, ...], *, reviewed: bool) -> Outcome:
    """Return the outcome that the checks give: PROVED only where all five passed and a person signed."""
    states = [check.state for check in found]
    if "refused" in states:
        return Outcome.INCONCLUSIVE
    if "error" in states:
        return Outcome.ERROR
    if tuple(check.name for check in found) != ALL:
        return Outcome.INCONCLUSIVE
    return Outcome.PROVED if reviewed and set(states) == {"passed"} else Outcome.PARTIAL


def _reason(
    found: tuple[Check, ...], submission: Submission, toolchain: Toolchain | Lack, review: Review | None
) -> str:
    last = found[-1]
    if last.state == "refused":
        return f"this proof does not check: {last.said}"
    if isinstance(toolchain, Lack):
        return f"{toolchain.what} ({toolchain.remedy})"
    if last.state == "error":
        return f"the check {last.name!r} did not end: {last.said}"
    missing = [check.said for check in found if check.state == "not_available"]
    if missing:
        return f"the proof passes what could be run; {'; '.join(missing)}"
    if review is None or review.statement_sha256 != submission.statement_sha256:
        return f"the proof checks, but {_UNSIGNED if review is None else _OTHER}"
    return f"{submission.theorem} is proved in Lean, and {review.by} signed that it means the claim"
