"""A reviewer's own reviews in, what is left and how long it takes at that pace out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from statistics import median

from synth.records import Review

LONGEST = timedelta(minutes=5)
"""A longer gap between two decisions is a break."""
SHORTEST = timedelta(seconds=0.2)
"""A shorter one is no reading: decisions that were imported together."""
RECENT, LEAST = 50, 3
"""The pace is that of so many gaps at most, and of none below the least."""
_JUDGEMENTS = ("accept", "reject", "change", "settle", "defer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many claims are ``left``, and the median time for one in seconds, None where too few are known."""

    left: int
    seconds_each: float | None

    @property
    def words(self) -> str:
        """What is left in words: "48 left, about 9 min at this pace"."""
        if not self.left:
            return "nothing left"
        if self.seconds_each is None:
            return f"{self.left:,} left"
        return f"{self.left:,} left, {_duration(self.left * self.seconds_each)} at this pace"


def pace(own: Sequence[Review], *, left: int, began: datetime) -> Pace:
    """Return the pace of a reviewer from his own reviews in their order, those taken back included.

    The time for a claim is the median of the last 50 gaps between judgements (accept, reject, change, settle,
    defer), without gaps of more than five minutes or less than a fifth of a second; the first judgement of a
    sitting counts from where it ``began``. None below three gaps.
    """
    gaps = list(islice(_gaps(own, began), RECENT))
    each = median(gap.total_seconds() for gap in gaps) if len(gaps) >= LEAST else None
    return Pace(left=left, seconds_each=each)


def _gaps(own: Sequence[Review], began: datetime) -> Iterator[timedelta]:
    """Yield the gaps from the last one back."""
    later: datetime | None = None
    for review in reversed(own):
        if review.decision not in _JUDGEMENTS:
            continue
        at = datetime.fromisoformat(review.at)
        if later is not None:
            # what was decided before the sitting says nothing of how long its first claim took
            gap = later - (max(at, began) if later >= began else at)
            if SHORTEST <= gap <= LONGEST:
                yield gap
        later = at
    if later is not None and timedelta() <= later - began <= LONGEST:
        yield later - began


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60.0)
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    return (
        f"about {minutes} min" if hours < 1 else f"about {hours} h {rest} min" if rest else f"about {hours} h"
    )
