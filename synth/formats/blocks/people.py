"""A report in, what people decided on its claims out, in numbers: by label, by person, how far they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from synth.formats.contracts_people import KappaEntry, LabelCounts, PeopleEntry, PersonEntry
from synth.records import Report
from synth.reviews.kappa import Kappa
from synth.reviews.tally import Share, Tally, tally


def counted(report: Report) -> Tally | None:
    """Return what people decided on the report's claims, None where no decision of a person is recorded."""
    machine = {one.claim.id: one.by_others.label for one in report.judged}
    if not any(review.claim in machine for review in report.reviews):
        return None
    return tally(report.reviews, machine=machine)


def people(report: Report) -> PeopleEntry | None:
    """Return the manifest's block of people, None where it has none."""
    made = counted(report)
    if made is None:
        return None
    agreement = made.agreement
    return PeopleEntry(
        reviewed_claims=len(made.reviewed),
        decisions=made.decisions,
        taken_back=made.taken_back,
        reviewers=[_person(share) for share in made.shares],
        machine_labels=_labels([one.machine for one in made.labels]),
        machine_labels_of_reviewed_claims=_labels([one.machine_reviewed for one in made.labels]),
        people_labels=_labels([one.people for one in made.labels]),
        kappa=[_kappa(one) for one in (*agreement.pairs, *([agreement.all] if agreement.all else []))],
        disputed_claims=list(agreement.disagreements),
        settled_claims=list(agreement.settled),
    )


def _labels(counts: Sequence[int]) -> LabelCounts:
    support, contradict, neither, none = counts
    return LabelCounts(support=support, contradict=contradict, not_enough_info=neither, no_label=none)


def _person(share: Share) -> PersonEntry:
    counts = asdict(share)
    return PersonEntry(name=counts.pop("reviewer"), **counts)


def _kappa(one: Kappa) -> KappaEntry:
    return KappaEntry(**asdict(one) | {"reviewers": list(one.reviewers)})
