"""A review in, its id out; the log in, what is in force, what may be undone and what is wrong with it out.

The log of a question is every review on its claims in the order of their appending. Each review names the
one that its reviewer made before (``after``), and its id is a hash over both: a review that was changed, or
taken out from among others, shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace

from synth.records import Judged, Review, Verdict, content_id


def sealed(review: Review) -> Review:
    """Return ``review`` with its id: "v" and 32 hex digits of the SHA-256 of its canonical JSON."""
    bare = _whole(asdict(replace(review, id="")))
    canonical = json.dumps(bare, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return replace(review, id=f"v{hashlib.sha256(canonical.encode()).hexdigest()[:32]}")


def _whole(value: object) -> object:
    """Write 1.0 as 1, as RFC 8785 does: programs that JSON passes through do not tell the two apart."""
    match value:
        case dict():
            return {name: _whole(held) for name, held in value.items()}
        case list() | tuple():
            return [_whole(held) for held in value]
        case float() if value.is_integer():
            return int(value)
    return value


def on_show(one: Judged) -> str:
    """Name all that a reviewer has before him of a claim: its words, both verdicts and their sentences."""
    return content_id("s", one.claim.text, *_shown(one.by_others), *_shown(one.by_own))


def _shown(verdict: Verdict) -> Iterator[str]:
    yield verdict.label.value
    yield from (f"{p:.4f}" for p in verdict.probabilities)
    for found in verdict.evidence:
        yield from (found.passage, found.quote, found.relation.value)


def ordered(log: Iterable[Review]) -> tuple[Review, ...]:
    """Return reviews oldest first; those of one reviewer are then in the order of their chain."""
    return tuple(sorted(log, key=lambda review: (review.at, review.id)))


def in_force(log: Iterable[Review]) -> tuple[Review, ...]:
    """Return the reviews that nobody took back, in their order; withdrawals themselves are left out."""
    known = tuple(log)
    gone = _withdrawn(known)
    return tuple(r for r in known if r.decision != "withdraw" and r.id not in gone)


def _withdrawn(log: Sequence[Review]) -> frozenset[str]:
    """Return the ids of what is not in force.

    A withdrawal that was itself taken back counts for nothing, nor does one of another reviewer's review.
    """
    whose = {review.id: review.reviewer for review in log}
    gone: set[str] = set()
    # the later speaks of the earlier, so that from the end on each is settled before it is asked for; what
    # was imported may stand in the store in any order
    for review in reversed(ordered(log)):
        if (
            review.decision == "withdraw"
            and review.id not in gone
            and whose.get(review.of) == review.reviewer
        ):
            gone.add(review.of)
    return frozenset(gone)


def to_undo(log: Sequence[Review], *, reviewer: str) -> Review | None:
    """Return the reviewer's last review in force: the one that an undo takes back."""
    own = [r for r in in_force(log) if r.reviewer == reviewer]
    return own[-1] if own else None


def to_redo(log: Sequence[Review], *, reviewer: str) -> Review | None:
    """Return the withdrawal that a redo takes back: the last in force since the reviewer's last decision."""
    gone = _withdrawn(log)
    decided = {r.id for r in log if r.decision != "withdraw"}
    for review in reversed([r for r in log if r.reviewer == reviewer]):
        if review.decision != "withdraw":
            return None
        if review.of in decided and review.id not in gone:
            return review
    return None


def faults(log: Sequence[Review]) -> Iterator[str]:
    """Yield what is wrong with a log, in words: ids that do not fit, gaps in a chain, foreign withdrawals."""
    places = {id(review): at for at, review in enumerate(log, start=1)}
    for review, what in wrong(log):
        yield f"review {places[id(review)]} ({review.decision} by {review.reviewer}) {what}"


def wrong(log: Sequence[Review]) -> Iterator[tuple[Review, str]]:
    """Yield each review of a log that does not hold together with those before it, and why not."""
    known: dict[str, Review] = {}
    for review in log:
        if sealed(review).id != review.id:
            yield review, "was changed after it was made: its id does not fit its content"
        if review.after and (review.after not in known or known[review.after].reviewer != review.reviewer):
            yield review, "follows one that is missing"
        if review.decision == "withdraw":
            taken = known.get(review.of)
            if taken is None or taken.reviewer != review.reviewer:
                yield review, "takes back a review that is not that reviewer's"
            elif taken.claim != review.claim:
                yield review, "takes back a review of another claim"
        known[review.id] = review
