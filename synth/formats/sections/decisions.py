"""A judged claim and its reviews in, what people decided on it out: who, when, what, which passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from synth.formats.document import Quote, Run, Text, strong
from synth.formats.sections.numbering import place
from synth.formats.wording import moment, plural, probability, quoted
from synth.records import Judged, Label, Pairs, Review
from synth.reviews import in_force, on_show, standings

_OF_THE_VERDICT = ("accept", "reject", "change", "defer")


def decisions(one: Judged, log: Sequence[Review]) -> Iterator[Text]:
    """Yield a line for each decision in force on a claim, oldest first, then what was taken back, counted."""
    standing = in_force(log)
    last = {one.reviewer: (one.judged, one.scope) for one in standings(log)}
    for review in standing:
        replaced = review.decision in (*_OF_THE_VERDICT, "scope") and review not in last[review.reviewer]
        note = f" Note: {quoted(review.note)}." if review.note.strip() else ""
        later = " Replaced by a later decision." if replaced else ""
        yield (
            strong(f"Reviewed by {review.reviewer}"),
            Run(f", {moment(review.at)}{', blind' if review.blind else ''}: {_decided(review)}.{note}"),
            Run(f"{_then(review, one)}{later}"),
        )
    taken = sum(r.decision != "withdraw" for r in log) - len(standing)
    if taken:
        yield (strong("Taken back: "), Run(f"{plural(taken, 'decision')}; claims.jsonl has the whole trail."))


def linked(log: Sequence[Review]) -> Iterator[Quote]:
    """Yield each passage that a decision in force links to the claim, with its place and who linked it."""
    for review in in_force(log):
        if review.decision == "link" and review.passage is not None:
            found = review.passage
            own = ", own work" if found.own_source else ""
            yield Quote(
                text=found.quote,
                source=(
                    Run(f"{found.doc_id}, {place(found.spans)}{own}; linked by {review.reviewer} as "),
                    Run(found.relation.value),
                ),
                tone=_tone(found.relation),
            )


def _tone(relation: Label) -> Literal["", "support", "contradict"]:
    match relation:
        case Label.SUPPORT:
            return "support"
        case Label.CONTRADICT:
            return "contradict"
        case Label.NOT_ENOUGH_INFO:
            return ""


def _decided(review: Review) -> str:
    """Return a decision in words; only those that state a label have one."""
    match review.decision:
        case "accept" if review.blind:
            return f"says {review.machine.value}, as the machine did"
        case "change" if review.blind:
            return f"says {_label(review)}; the machine said {review.machine.value}"
        case "accept":
            return f"accepts {review.machine.value}"
        case "reject":
            return f"rejects {review.machine.value} and gives no other label"
        case "change":
            return f"changes {review.machine.value} to {_label(review)}"
        case "settle":
            return f"settles the claim as {_label(review)}"
        case "defer":
            return "defers"
        case "flag":
            return "flags it to be reproduced"
        case "unflag":
            return "takes the flag away"
        case "scope":
            return f"gives its scope as {_scope(review.scope or ())}"
        case "link":
            return (
                f"links the passage below as {review.passage.relation.value if review.passage else 'nothing'}"
            )
        case "note":
            return "notes"
        case "withdraw":
            return "takes a decision back"


def _label(review: Review) -> str:
    return review.label.value if review.label else "no label"


def _scope(scope: Pairs) -> str:
    return "; ".join(f"{name} {value}" for name, value in scope) or "without conditions"


def _then(review: Review, one: Judged) -> str:
    """Say what the machine's verdict was where it, or what was shown with it, is another now."""
    now, then = one.by_others, review.probabilities
    if review.decision not in (*_OF_THE_VERDICT, "settle"):
        return ""
    if then is not None and (
        review.machine is not now.label or probability(then.of(review.machine)) != probability(now.confidence)
    ):
        return f" The machine’s verdict then: {review.machine.value} {probability(then.of(review.machine))}."
    if review.machine is not now.label:
        return f" The machine’s verdict then: {review.machine.value}."
    if review.seen and review.seen != on_show(one):
        return " The passages shown then were not those shown here."
    return ""
