"""What a person hands in, and what the gate makes of it: frozen records in, nothing but records out."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from synth.errors import InputError, UsageError
from synth.proofs.plain import read_plain
from synth.records import Outcome
from synth.trials import Check, CheckName

SOURCE_BYTES = 1 << 20
"""A Lean source of more than this is refused unread."""
_LISTED = 1000

ALL: tuple[CheckName, ...] = ("source", "elaborates", "axioms", "replay", "statement")
"""The checks in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A proof of ``theorem`` (its full Lean name), handed in for the claim ``claim`` with the words ``text``.

    ``challenge`` is the trusted statement with one ``sorry``, ``solution`` the stranger's file; ``brought``
    names what else the stranger sent (a lakefile, a lean-toolchain). Raises UsageError for a name that no
    theorem can have.
    """

    claim: str
    text: str
    theorem: str
    challenge: bytes
    solution: bytes
    brought: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise UsageError("a proof is of a claim, and the claim has no words")
        if len(self.theorem) > 200 or not all(map(_is_part, self.theorem.split("."))):
            raise UsageError(
                f"{self.theorem[:60]!r} is not the name of a theorem",
                remedy="give the full name as Lean prints it, for example Claims.sum_is_even",
            )

    @property
    def challenge_sha256(self) -> str:
        """SHA-256 of Challenge.lean."""
        return hashlib.sha256(self.challenge).hexdigest()

    @property
    def solution_sha256(self) -> str:
        """SHA-256 of Solution.lean."""
        return hashlib.sha256(self.solution).hexdigest()

    @property
    def statement(self) -> str:
        """The sentence that a person signs: which theorem of which file means which words."""
        words = " ".join(self.text.split())
        return f"The theorem {self.theorem} of Challenge.lean (sha256 {self.challenge_sha256}) means: {words}"

    @property
    def statement_sha256(self) -> str:
        """SHA-256 of ``statement`` in UTF-8."""
        return hashlib.sha256(self.statement.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A person's statement, its signature already verified, that the Lean statement means the claim.

    ``statement_sha256`` is that of ``Submission.statement``: a review speaks for no other claim or file.
    """

    by: str
    statement_sha256: str

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise UsageError("a review names the person who signed it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A submission after its checks. ``axioms`` are those that the audit found, sorted.

    PROVED cannot be built unless all five checks passed and a person is named. ``log`` is what the tools
    printed, for the attempt's log; it is no part of the record.
    """

    claim: str
    theorem: str
    statement_sha256: str
    challenge_sha256: str
    solution_sha256: str
    toolchain: str
    checks: tuple[Check, ...]
    axioms: tuple[str, ...]
    outcome: Outcome
    reason: str
    reviewed_by: str | None
    log: str = ""

    def __post_init__(self) -> None:
        if self.outcome in (Outcome.FAILED, Outcome.REPRODUCED, Outcome.NOT_RUN):
            raise ValueError("a proof is proved, partly checked, inconclusive or in error")
        whole = tuple(check.name for check in self.checks if check.state == "passed")
        if self.outcome is Outcome.PROVED and (whole != ALL or not self.reviewed_by):
            raise ValueError("PROVED needs every check and a person's signed statement")


def read(solution: Path, *, challenge: Path, claim: str, text: str, theorem: str) -> Submission:
    """Return the submission in ``solution``: a Lean file, or a folder with Solution.lean.

    Links are not followed. Raises InputError for a file that is missing, a link or too large. What else the
    folder holds is named in the submission and refused by the check of the source.
    """
    folder = solution.is_dir() and not solution.is_symlink()
    return Submission(
        claim=claim,
        text=text,
        theorem=theorem,
        challenge=_source(challenge),
        solution=_source(solution / "Solution.lean" if folder else solution),
        brought=_others(solution) if folder else (),
    )


def _source(path: Path) -> bytes:
    found = read_plain(path, most=SOURCE_BYTES)
    if isinstance(found, str):
        raise InputError(f"{path} {found}", remedy="give the Lean source of one theorem, as a plain file")
    return found


def _others(folder: Path) -> tuple[str, ...]:
    names: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name != "Solution.lean":
                names.append(entry.name)
            if len(names) >= _LISTED:
                break
    return tuple(sorted(names))


def _is_part(part: str) -> bool:
    starts = part[:1].isalpha() or part[:1] == "_"
    return starts and all(c.isalnum() or c in "_'!?" for c in part)
