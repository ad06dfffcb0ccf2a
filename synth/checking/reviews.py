"""The reviews of claims.jsonl in, where they were changed, moved or taken out of their chain out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from synth.checking import people
from synth.checking.files import Problem, notice, problem
from synth.errors import SynthError
from synth.records import Review
from synth.reviews import ordered, sealed

CLAIMS = "claims.jsonl"
_AGAIN = "write the bundle again: one of the files was edited"
_ASK = "ask for the bundle as it was written: decisions are appended, never edited"
Line = Mapping[str, Any]


class Back(Protocol):
    """Gives the review of an object of a line; raises SynthError for what is none."""

    def __call__(self, row: Line, /, *, where: str) -> Review: ...


def check(
    manifest: Line, claims: Sequence[Line], report: str, *, review_of: Back | None
) -> Iterator[Problem]:
    """Yield a problem for each review that was changed, and for what does not follow from the reviews.

    A review whose forerunner is not here gets a notice: that may be on a claim that is not judged here.
    """
    rows = [(line, claim, row) for line, claim in enumerate(claims, start=1) for row in claim["reviews"]]
    if rows and review_of is None:
        yield notice(CLAIMS, "its reviews were not checked", "check the bundle with synth check-record")
        return
    log: list[Review] = []
    for line, claim, row in rows:
        try:
            made = review_of(row, where=f"line {line}") if review_of else None
        except SynthError as error:
            yield problem(CLAIMS, error.message, _AGAIN)
            return
        if made is not None:
            yield from _placed(line, claim, made, manifest)
            log.append(made)
    yield from _chain(ordered(log))
    yield from people.check(manifest, claims, report, log=ordered(log))


def _placed(line: int, claim: Line, review: Review, manifest: Line) -> Iterator[Problem]:
    """A review stands under the claim and question that it is on, and was not changed since it was made."""
    who = f"line {line}: a review by {review.reviewer}"
    if sealed(review).id != review.id:
        yield problem(CLAIMS, f"{who} was changed after it was made: its id does not fit", _ASK)
    if review.claim != claim["id"]:
        yield problem(CLAIMS, f"{who} is on another claim", _AGAIN)
    work = manifest.get("work")
    if review.question and isinstance(work, dict) and review.question != work.get("question_id"):
        yield problem(CLAIMS, f"{who} is on another question", _AGAIN)


def _chain(log: Sequence[Review]) -> Iterator[Problem]:
    """Each review follows one of the same reviewer, and takes back only what that reviewer decided."""
    ids = Counter(review.id for review in log)
    twice = sum(count > 1 for count in ids.values())
    if twice:
        yield problem(CLAIMS, f"{twice:,} of its reviews stand in it more than once", _AGAIN)
    before: dict[str, Review] = {}
    missing: Counter[str] = Counter()
    for review in log:
        earlier, taken = before.get(review.after), before.get(review.of)
        if review.after and review.after not in ids:
            missing[review.reviewer] += 1
        elif review.after and (earlier is None or earlier.reviewer != review.reviewer):
            yield problem(CLAIMS, f"a review by {review.reviewer} follows none of his earlier ones", _ASK)
        target = (taken.reviewer, taken.claim) if taken else None
        if review.decision == "withdraw" and target != (review.reviewer, review.claim):
            yield problem(CLAIMS, f"{review.reviewer} takes back what he did not decide here", _ASK)
        before[review.id] = review
    yield from _several(log)
    for name, count in sorted(missing.items()):
        follow = "follows" if count == 1 else "follow"
        what = f"{count:,} of the reviews by {name} {follow} one that is not here"
        yield notice(CLAIMS, what, "it may be on a claim that this report does not judge")


def _several(log: Sequence[Review]) -> Iterator[Problem]:
    """Each name has one chain: where it parts, or begins anew, somebody else may have used the name."""
    distinct = {(review.id, review.reviewer, review.after) for review in log}
    behind = Counter((name, after) for _, name, after in distinct)
    parted = Counter(name for (name, _), count in behind.items() for _ in range(count - 1))
    for name, count in sorted(parted.items()):
        what = f"the reviews by {name} form {count + 1:,} chains: two stores, or two people, used the name"
        yield notice(CLAIMS, what, f"ask {name} whether all of them are his own")
