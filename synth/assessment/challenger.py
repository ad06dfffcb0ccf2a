"""A case in, the challenger's review out: 10 points less what speaks against the report's claims.

The bounds of the checks add up to 10, so no sum is ever cut off: what is printed adds up to the score.
No claim is in two of unsupported, weakly supported and single source, so these three stay within 5.
"""

from __future__ import annotations

import re

from synth.assessment.standing import (
    Case,
    contradicted,
    corroborated,
    measured,
    mixed,
    numbers_unfound,
    own_only,
    plural,
    points,
    self_contradicted,
    unsupported,
    weakly_supported,
)
from synth.records import ClaimKind, Deduction, Judged, Reviewer

MANDATE = "Look for what is unsupported, contradicted, over-claimed, not found or not conditioned."
START = 10.0
UNSUPPORTED, WEAK, SINGLE_SOURCE = 5.0, 4.0, 3.0
CONTRADICTED, SELF_CONTRADICTED, CONFLICT = 2.0, 0.5, 0.5
OVER_CLAIMED, NUMBER, CONDITION = 0.75, 0.75, 0.5

_OVER_CLAIM = re.compile(
    r"""\b(?:
      always | never | universal(?:ly)? | undoubtedly | unquestionabl[ey] | flawless(?:ly)?
    | perfect(?:ly)?(?!\s+match)
    | guarantee[sd]? (?!\s+(?:by|that\s+under))
    | (?:completely|entirely|fully|totally)\s+(?:solv|eliminat|remov|avoid|prevent)\w*
    | (?:in|on|for|across|under|at)\s+(?:all|every|any)\s+(?:cases?|tasks?|benchmarks?|data\s?sets?|
        languages?|metrics?|settings?|domains?|conditions?|scenarios?|circumstances?|models?|baselines?)
    | (?:outperform|surpass|beat|exceed)\w*\s+(?:all|every|any)\b
    | by\s+a\s+(?:very\s+)?(?:large|wide|huge|significant|substantial)\s+margin | the\s+first\s+(?:ever|to)\b
    | (?:the\s+)?best\s+(?:of\s+all|possible|in\s+the\s+world) | no\s+(?:other|previous|prior)\s+\w+
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def challenge(case: Case) -> Reviewer:
    """Return the challenger's review; a report without claims gets 0."""
    if not case.judged:
        empty = Deduction(check="empty", points=-START, note="there is no claim to challenge", causes=())
        return Reviewer(name="challenger", mandate=MANDATE, score=0.0, deductions=(empty,))
    checks = (
        _unsupported(case),
        _weakly_supported(case),
        _single_source(case),
        _contradicted(case),
        _self_contradicted(case),
        _conflicts(case),
        _over_claimed(case),
        _number_not_found(case),
        _condition_missing(case),
    )
    found = tuple(check for check in checks if check)
    score = round(START + sum(d.points for d in found), 1)
    return Reviewer(name="challenger", mandate=MANDATE, score=max(0.0, score), deductions=found)


def over_claims(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` that claim more than a measurement can show ("always", "on all tasks")."""
    return tuple(" ".join(found.group().split()) for found in _OVER_CLAIM.finditer(text))


def _unsupported(case: Case) -> Deduction | None:
    """Take 5 x the share of claims for which nothing speaks but their own sentence."""
    ids = case.where(unsupported)
    note = f"nothing but its own sentence speaks for {_of(case, ids)}"
    return points("unsupported", -UNSUPPORTED * case.share(ids), note, ids)


def _weakly_supported(case: Case) -> Deduction | None:
    """Take 4 x the share of claims whose every support stays below the threshold."""
    ids = case.where(lambda one: weakly_supported(one, case.threshold))
    note = f"what supports {_of(case, ids)} stays below the threshold {case.threshold:g}"
    return points("weakly supported", -WEAK * case.share(ids), note, ids)


def _single_source(case: Case) -> Deduction | None:
    """Take 3 x the share of claims that no work but their own supports."""
    ids = case.where(lambda one: own_only(one, case.threshold))
    note = f"no work but its own supports {_of(case, ids)}"
    return points("single source", -SINGLE_SOURCE * case.share(ids), note, ids)


def _contradicted(case: Case) -> Deduction | None:
    """Take 8 x the share of claims that another work contradicts, each with the confidence of that verdict.

    Mixed evidence counts half; any contradiction costs at least 0.25, all together at most 2.
    """
    against, both = case.where(contradicted), case.where(mixed)
    sure = sum(one.by_others.confidence for one in case.judged if contradicted(one))
    share = sure / len(case.judged) + case.share(both) / 2
    note = f"another work contradicts {_of(case, against)}; other works stand on both sides of {len(both)}"
    return points("contradicted", -_bounded(8 * share, 0.25, CONTRADICTED), note, against + both)


def _self_contradicted(case: Case) -> Deduction | None:
    """Take 2 x the share of claims that their own work contradicts, 0.1 to 0.5."""
    ids = case.where(lambda one: self_contradicted(one, case.threshold))
    note = f"its own work, or another version of it, contradicts {_of(case, ids)}"
    return points(
        "contradicted by its own work", -_bounded(2 * case.share(ids), 0.1, SELF_CONTRADICTED), note, ids
    )


def _conflicts(case: Case) -> Deduction | None:
    """Take 0.1 for each pair of comparable results that conflict, 0.5 at most."""
    found = [c for c in case.comparisons if c.relation == "conflict"]
    papers = tuple(dict.fromkeys(entry.paper for c in found for entry in c.entries))
    note = f"{plural(len(found), 'measured quantity', many='measured quantities')} with conflicting values"
    return points("conflicting results", -min(CONFLICT, 0.1 * len(found)), note, papers)


def _over_claimed(case: Case) -> Deduction | None:
    """Take 3 x the share of claims in absolute words that no other work supports, 0.75 at most."""

    def bold(one: Judged) -> bool:
        return bool(over_claims(one.claim.text)) and not corroborated(one, case.threshold)

    ids = case.where(bold)
    words = dict.fromkeys(
        word.lower() for one in case.judged if bold(one) for word in over_claims(one.claim.text)
    )
    shown = ", ".join(f'"{word}"' for word in list(words)[:3])
    note = f"absolute words ({shown}) without another work behind them in {_of(case, ids)}"
    return points("over-claimed", -min(OVER_CLAIMED, 3 * case.share(ids)), note, ids)


def _number_not_found(case: Case) -> Deduction | None:
    """Take 3 x the share of supported claims with a number that no supporting quote states, 0.75 at most."""
    ids = case.where(lambda one: bool(numbers_unfound(one, case.threshold)))
    note = f"a number is in none of the quotes that support {_of(case, ids)}"
    return points("number not found", -min(NUMBER, 3 * case.share(ids)), note, ids)


def _condition_missing(case: Case) -> Deduction | None:
    """Take 1 x the share of measured claims that name no data set, metric or setting, 0.5 at most."""
    kinds = (ClaimKind.FINDING, ClaimKind.COMPARISON)
    ids = case.where(lambda one: one.claim.kind in kinds and bool(measured(one)) and not one.claim.conditions)
    note = f"no data set, metric or setting is named with the number of {_of(case, ids)}"
    return points("condition missing", -min(CONDITION, case.share(ids)), note, ids)


def _of(case: Case, ids: tuple[str, ...]) -> str:
    return f"{len(ids)} of {plural(len(case.judged), 'claim')}"


def _bounded(value: float, least: float, most: float) -> float:
    """Return ``value`` within [least, most], or 0 where it is 0."""
    return 0.0 if value == 0.0 else min(most, max(least, value))
