"""A log and the machine's labels in, what people decided in numbers out: by label, by reviewer, agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synth.records import Label, Review
from synth.reviews.agreement import Agreement, agreement
from synth.reviews.log import in_force
from synth.reviews.standing import Consensus, Standing, consensus, standings


@dataclass(frozen=True, slots=True, kw_only=True)
class ByLabel:
    """How many claims have a label (None: no label): by the machine, all and those reviewed; by people."""

    label: Label | None
    machine: int
    machine_reviewed: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one reviewer decided, in claims; ``blind`` counts those judged before the verdict was shown."""

    reviewer: str
    accepted: int
    rejected: int
    changed: int
    deferred: int
    flagged: int
    settled: int
    blind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What people decided on the claims of a report.

    ``reviewed`` are the claims that somebody accepted, rejected, changed or settled, in the order of the
    report; ``decisions`` counts what is in force, ``taken_back`` what was withdrawn. ``labels`` has SUPPORT,
    CONTRADICT, NOT_ENOUGH_INFO and None; people give a claim the label that its reviewers hold together.
    """

    reviewed: tuple[str, ...]
    decisions: int
    taken_back: int
    labels: tuple[ByLabel, ...]
    shares: tuple[Share, ...]
    agreement: Agreement


def tally(log: Iterable[Review], *, machine: Mapping[str, Label]) -> Tally:
    """Count a log; ``machine`` has each claim's label by other works, reviews on others do not count."""
    known = tuple(r for r in log if r.claim in machine)
    standing = in_force(known)
    held = standings(known)
    together = consensus(known)
    judged = {one.claim for one in held if one.done} | {c for c, one in together.items() if one.settled}
    reviewed = tuple(claim for claim in machine if claim in judged)
    return Tally(
        reviewed=reviewed,
        decisions=len(standing),
        taken_back=sum(r.decision != "withdraw" for r in known) - len(standing),
        labels=_by_label(machine, reviewed, together),
        shares=tuple(_share(name, held, together) for name in sorted({r.reviewer for r in standing})),
        agreement=agreement(known, claims=tuple(machine)),
    )


def _by_label(
    machine: Mapping[str, Label], reviewed: Iterable[str], together: Mapping[str, Consensus]
) -> tuple[ByLabel, ...]:
    all_ = Counter(machine.values())
    seen = Counter(machine[claim] for claim in reviewed)
    people = Counter(together[claim].label for claim in reviewed)
    return tuple(
        ByLabel(
            label=label,
            machine=all_[label] if label else 0,
            machine_reviewed=seen[label] if label else 0,
            people=people[label],
        )
        for label in (*Label, None)
    )


def _share(name: str, held: Iterable[Standing], together: Mapping[str, Consensus]) -> Share:
    own = [one for one in held if one.reviewer == name]
    states = Counter(one.state for one in own)
    settled = [one.settled for one in together.values() if one.settled is not None]
    return Share(
        reviewer=name,
        accepted=states["accepted"],
        rejected=states["rejected"],
        changed=states["changed"],
        deferred=states["deferred"],
        flagged=sum(one.flagged for one in own),
        settled=sum(one.reviewer == name for one in settled),
        blind=sum(one.done and one.judged is not None and one.judged.blind for one in own),
    )
