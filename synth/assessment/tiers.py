"""A case and its score in; tier, verification level and fitness to publish out, each with its basis."""

from __future__ import annotations

from typing import Literal, NamedTuple

from synth.assessment.standing import Case, plural
from synth.records import Outcome, Tier

Reproducibility = Literal["UNASSESSED", "LOW", "MEDIUM", "HIGH"]
PUBLISHABLE_SCORE, PUBLISHABLE_CLAIMS = 6.5, 5
WATCHLIST_SCORE = 2.5


class Threshold(NamedTuple):
    """What a tier asks for at least."""

    tier: Tier
    score: float
    verified: int
    reproducibility: tuple[Reproducibility, ...]


_ANY: tuple[Reproducibility, ...] = ("UNASSESSED", "LOW", "MEDIUM", "HIGH")
THRESHOLDS = (
    Threshold("FLAGSHIP_CANDIDATE", 8.5, 5, ("HIGH",)),
    Threshold("DOI_GRADE", 7.5, 1, _ANY),
    Threshold("PUBLIC_RECORD", 5.0, 0, _ANY),
    Threshold("WATCHLIST", WATCHLIST_SCORE, 0, _ANY),
    Threshold("QUARANTINE_CANDIDATE", 0.0, 0, _ANY),
)
LEVELS = (
    "nothing",
    "text extracted",
    "source-grounded claims",
    "corroborated across sources",
    "artifact inspected",
    "executed in the sandbox",
    "independently reproduced",
    "formally verified",
)


def reproducibility(case: Case) -> Reproducibility:
    """Return what attempts show: HIGH at scale, MEDIUM at scale in part, LOW else, UNASSESSED none ran."""
    if case.reproduced:
        return "HIGH"
    won = (Outcome.PARTIAL, Outcome.REPRODUCED, Outcome.PROVED)
    if any(a.outcome in won for a in case.executed):
        return "MEDIUM"
    return "LOW" if case.ran else "UNASSESSED"


def tier(case: Case, *, score: float) -> tuple[Tier, str]:
    """Return the first tier, from the top, whose thresholds hold, and why it is no higher one."""
    level = reproducibility(case)
    above = ""
    for row in THRESHOLDS:
        lacking = _lacking(row, score, case.verified, level)
        if not lacking:
            counts = f"{plural(case.verified, 'verified claim')}, reproducibility {level}"
            return row.tier, f"review score {score:.1f}, {counts}{f'; {above}' if above else ''}"
        above = f"{row.tier} needs {lacking}"
    raise AssertionError("the lowest tier asks for nothing")


def _lacking(row: Threshold, score: float, verified: int, level: Reproducibility) -> str:
    needs = []
    if score < row.score:
        needs.append(f"a score of {row.score:g}")
    if verified < row.verified:
        needs.append(f"{plural(row.verified, 'verified claim')}")
    if level not in row.reproducibility:
        needs.append(f"reproducibility {' or '.join(row.reproducibility)}")
    return " and ".join(needs)


def level(case: Case) -> tuple[int, str]:
    """Return the verification level 0-7 and its basis; 4 and above come from attempts, 3 from other works."""
    proved = [a for a in case.reproduced if a.outcome is Outcome.PROVED]
    inspected = [a for a in case.ran if a.artifacts]
    rows = (
        (7, len(proved), "formal proof", "checked"),
        (6, len(case.reproduced), "sealed run", "reproduced its claim at the claim's scale"),
        (5, len(case.executed), "attempt", "ran soundly in the sandbox at the claim's scale"),
        (4, len(inspected), "attempt", "left artifacts that were inspected"),
        (3, case.verified, "claim", "supported by another work"),
        (2, len(case.judged), "claim", "quoted from its source"),
        (1, case.coverage.readable, "paper", "read, and no claim found"),
    )
    for number, count, noun, what in rows:
        if count:
            return number, f"{LEVELS[number]}: {plural(count, noun)} {what}"
    return 0, "nothing could be read"


def fitness(case: Case, *, score: float) -> tuple[bool, str]:
    """Return whether the report is fit to publish (score >= 6.5, >= 5 verified claims), and why or not."""
    lacks = []
    if score < PUBLISHABLE_SCORE:
        lacks.append(f"its review score {score:.1f} is below {PUBLISHABLE_SCORE:g}")
    if case.verified < PUBLISHABLE_CLAIMS:
        supported = "is" if case.verified == 1 else "are"
        lacks.append(
            f"only {plural(case.verified, 'claim')} {supported} supported by another work, "
            f"{PUBLISHABLE_CLAIMS} are needed"
            if case.verified
            else f"no claim is supported by another work, {PUBLISHABLE_CLAIMS} are needed"
        )
    if lacks:
        return False, f"Not fit to publish: {'; '.join(lacks)}."
    return True, f"Fit to publish: review score {score:.1f}, {plural(case.verified, 'verified claim')}."
