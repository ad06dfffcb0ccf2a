"""Reviewed reports in, the verdicts by other works with the labels that people hold of them out.

A label counts for the sentences on which it was given: reviews are kept by question and outlive a new
answer, so one of an earlier answer counts here wherever that answer showed the same sentences.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from synth import reviews
from synth.config import Config
from synth.errors import UsageError
from synth.pipeline.kept import fingerprint_of, known_report
from synth.records import Judged, Label, Report, Review, Verdict
from synth.store import Store, open_store

Reason = Literal[
    "rejected", "disputed", "deferred", "unreviewed", "judged_on_other_evidence", "without_evidence"
]
"""Why a judged claim is no example: refused without another label, in dispute, put off, not judged, judged on
other sentences than the report shows, or without a sentence that a calibration could speak of."""
REASONS: tuple[Reason, ...] = get_args(Reason)
Shown = tuple[str, tuple[tuple[str, str], ...]]
"""A claim's id and the sentences of other works set against it, sorted, each after its passage's id."""
_ON_TOP = re.compile(r"\+(calibration:[0-9a-f]{12}|precision:[0-9.]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A claim's ``text``, the machine's verdict on it by other works, and the label that people hold."""

    text: str
    verdict: Verdict
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The examples of reports in the order of their ids, and how many judged claims gave none and why.

    ``reviewers`` counts those who gave or settled a label of an example; ``data`` is the examples' SHA-256.
    """

    examples: tuple[Example, ...]
    reports: int
    reviewers: int
    left_out: Mapping[Reason, int]
    data: str


def reviewed(folders: Sequence[Path], *, config: Config) -> Reviewed:
    """Return the labelled verdicts of the reports whose bundles lie in ``folders``.

    A claim with the same sentences against it counts once, however many reports judge it. Raises InputError
    for a folder without a report of this store, UsageError where the reports name several verifiers, or one
    with a calibration or precision on top, and StoreError for a store that cannot be read.
    """
    with open_store(config.store) as store:
        places = {fingerprint_of(folder): folder for folder in folders}
        reports = {
            mark: known_report(store.report(mark), f"the report in {folder} is not in the store here")
            for mark, folder in places.items()
        }
        _check_verifier({places[mark]: report for mark, report in reports.items()})
        log = _log(reports.values(), store)
        by_shown = _by_shown(log, reports, store)
    judged = {_shown(one): one for _, report in sorted(reports.items()) for one in report.judged}
    touched = {r.claim for r in log if r.decision in ("accept", "reject", "change", "settle")}
    return _of(dict(sorted(judged.items())), by_shown, touched=touched, reports=len(reports))


def _check_verifier(reports: Mapping[Path, Report]) -> None:
    """Raise UsageError unless all verdicts by other works come of one verifier as it is shipped or named."""
    found = {one.by_others.signature: folder for folder, r in reports.items() for one in r.judged}
    for signature, folder in found.items():
        if _ON_TOP.search(signature):
            raise UsageError(
                f"the verdicts of {folder} have a calibration or precision on top already ({signature})",
                remedy="ask its question again without --calibration and --min-precision; its reviews stay",
            )
    if len(found) > 1:
        named = ", ".join(f"{folder} by {signature}" for signature, folder in sorted(found.items()))
        raise UsageError(
            f"different verifiers judged: {named}",
            remedy="ask the questions again with one --verifier; their reviews stay",
        )


def _log(reports: Iterable[Report], store: Store) -> tuple[Review, ...]:
    """Return what is in force in the logs of the reports' questions, oldest first."""
    logs = [store.reviews(question) for question in {report.question.id for report in reports}]
    return reviews.in_force(reviews.ordered(made for log in logs for _, made in log))


def _by_shown(
    log: Sequence[Review], reports: Mapping[str, Report], store: Store
) -> Mapping[Shown, Sequence[Review]]:
    """Return the reviews by what they were given on; one of an answer that is not kept here is of nothing."""
    known = {key: shown for report in reports.values() for key, shown in _on_show(report)}
    tried = set(reports)
    found: dict[Shown, list[Review]] = {}
    for review in log:
        if (review.claim, review.seen) not in known and review.report not in tried:
            tried.add(review.report)
            earlier = store.report(review.report)
            known.update(_on_show(earlier) if earlier else ())
        if shown := known.get((review.claim, review.seen)):
            found.setdefault(shown, []).append(review)
    return found


def _on_show(report: Report) -> Iterator[tuple[tuple[str, str], Shown]]:
    for one in report.judged:
        yield (one.claim.id, reviews.on_show(one)), _shown(one)


def _shown(one: Judged) -> Shown:
    """Name claim and sentences whatever a calibration made of their order, relations and probabilities."""
    return one.claim.id, tuple(sorted({(e.passage, e.quote) for e in one.by_others.evidence}))


def _of(
    judged: Mapping[Shown, Judged],
    by_shown: Mapping[Shown, Sequence[Review]],
    *,
    touched: set[str],
    reports: int,
) -> Reviewed:
    """Part the judged claims into examples and those that give none."""
    examples, rows = [], []
    names: set[str] = set()
    left_out: Counter[Reason] = Counter()
    for shown, one in judged.items():
        log = by_shown.get(shown, ())
        label = _label(one, log, touched=one.claim.id in touched)
        if not isinstance(label, Label):
            left_out[label] += 1
            continue
        examples.append(Example(text=one.claim.text, verdict=one.by_others, label=label))
        rows.append([shown, one.claim.text, one.by_others.probabilities, label.value])
        names |= {s.reviewer for s in reviews.standings(log) if s.label}
        names |= {r.reviewer for r in log if r.decision == "settle"}
    return Reviewed(
        examples=tuple(examples),
        reports=reports,
        reviewers=len(names),
        left_out={reason: left_out[reason] for reason in REASONS},
        data=hashlib.sha256(json.dumps(rows).encode()).hexdigest(),
    )


def _label(one: Judged, log: Sequence[Review], *, touched: bool) -> Label | Reason:
    """Return the label that the reviewers of a claim hold together, or why it is no example."""
    held = reviews.consensus(log).get(one.claim.id)
    if held is None or held.state == "unreviewed":
        return "judged_on_other_evidence" if touched else "unreviewed"
    if held.state == "disputed":
        return "disputed"
    if held.label is None:
        refused = any(s.state == "rejected" for s in reviews.standings(log))
        return "rejected" if refused else "deferred"
    # a calibration leaves a verdict without sentences as it is: what it cannot change teaches it nothing
    return held.label if one.by_others.evidence else "without_evidence"
