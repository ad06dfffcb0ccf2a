"""Labels, decisions and states in, the words, marks and figures that stand for them on the screen out."""

from __future__ import annotations

from datetime import UTC, datetime

from synth.records import Judged, Label, Pairs, Review, Verdict
from synth.tui.cells import cut_off, one_line

SHORT = {Label.SUPPORT: "SUP", Label.CONTRADICT: "CON", Label.NOT_ENOUGH_INFO: "NEI"}
RELATIONS = {
    Label.SUPPORT: "supports",
    Label.CONTRADICT: "contradicts",
    Label.NOT_ENOUGH_INFO: "neither",
}
ROLES = {Label.SUPPORT: "support", Label.CONTRADICT: "contradict", Label.NOT_ENOUGH_INFO: "neither"}
MARKS = {
    "unreviewed": "· ",
    "accepted": "✓a",
    "rejected": "✗r",
    "changed": "→c",
    "deferred": "»d",
    "outdated": "~o",
    "disputed": "!x",
    "settled": "■s",
}
"""State of a claim -> a sign and a letter, two cells; ``F`` behind them is a flag, ``!`` a dispute."""
_PAST = {
    "accept": "accepted",
    "reject": "rejected",
    "change": "said",
    "defer": "deferred it",
    "flag": "flagged it for reproduction",
    "unflag": "took the flag off",
    "note": "noted",
    "scope": "set its scope to",
    "link": "linked a passage",
    "settle": "settled it as",
}
_DONE = {
    "accept": "accepted {machine}: {claim}",
    "reject": "rejected {machine}: {claim}",
    "change": "you: {label}; machine: {machine}",
    "defer": "deferred {claim}",
    "flag": "flagged {claim} for reproduction",
    "unflag": "took the flag off {claim}",
    "note": "noted on {claim}",
    "scope": "set the scope of {claim}",
    "link": "linked a passage to {claim}",
    "settle": "settled {claim} as {label}",
}
_EIGHTHS = " ▏▎▍▌▋▊▉"


def figure(p: float) -> str:
    """Return a probability in three cells: ".93", "1.0"."""
    return "1.0" if p >= 0.995 else f"{p:.2f}"[1:]


def bar(p: float, width: int) -> str:
    """Return a bar of ``width`` cells, filled by ``p`` in steps of an eighth of a cell."""
    whole, part = divmod(round(p * width * 8), 8)
    return ("█" * whole + (_EIGHTHS[part] if part else "")).ljust(width)


def short(verdict: Verdict) -> str:
    """Return a verdict in three cells, "mix" where there is evidence on both sides."""
    return "mix" if verdict.mixed else SHORT[verdict.label]


def said(verdict: Verdict) -> str:
    """Return a verdict in words: its label, its probability, and whether evidence stands on both sides."""
    mixed = ", evidence on both sides" if verdict.mixed else ""
    return f"{verdict.label.value} {figure(verdict.confidence)}{mixed}"


def pairs(scope: Pairs) -> str:
    """Return conditions as "dataset=SQuAD; metric=F1", "no conditions" where there are none."""
    return "; ".join(f"{one_line(name)}={one_line(value)}" for name, value in scope) or "no conditions"


def brief(text: str) -> str:
    """Return the beginning of a claim's words in quotes, at most 20 cells."""
    return f"“{cut_off(one_line(text[:200]), 18)}”"


def decided(review: Review) -> str:
    """Return what a decision did, without who and when: "accepted SUPPORT", "took the flag off"."""
    past = _PAST[review.decision]
    match review.decision:
        case "accept" | "reject" | "change" | "settle":
            return f"{past} {(review.label or review.machine).value}"
        case "scope":
            return f"{past} {pairs(review.scope or ())}"
        case _:
            return past


def done(review: Review, one: Judged, *, hidden: bool) -> str:
    """Return the line that says what was just decided; where the verdict was ``hidden``, now with it."""
    machine = f"{one.by_others.label.value} {figure(one.by_others.confidence)}"
    if hidden and review.judgement is not None:
        return f"you: {review.judgement.value}; machine: {machine}"
    label = review.label.value if review.label else ""
    return _DONE[review.decision].format(claim=brief(one.claim.text), machine=machine, label=label)


def when(at: str) -> str:
    """Return the time of a review to the minute: "2026-06-10 08:03 UTC"."""
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
