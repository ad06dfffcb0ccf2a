"""Values in, the words for them out: counts, lists, dates and figures, alike in every format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from math import floor

from synth.records import Label, Verdict


def plural(count: int, noun: str, many: str = "") -> str:
    """Return "1 claim", "3 claims", "1,204 claims"."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def verb(count: int, one: str, many: str) -> str:
    """Return the verb that agrees with ``count``."""
    return one if count == 1 else many


def listed(items: Sequence[str], *, last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def day(iso: str) -> str:
    """Return "June 9, 2026" for "2026-06-09"; other text as it is, "undated" for none."""
    try:
        read = date.fromisoformat(iso[:10])
    except ValueError:
        return " ".join(iso.split()) or "undated"
    return f"{read:%B} {read.day}, {read.year}"


def moment(iso: str) -> str:
    """Return "2026-06-09 10:11:12 UTC" for an ISO 8601 time; other text as it is."""
    try:
        read = datetime.fromisoformat(iso)
    except ValueError:
        return " ".join(iso.split())
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return f"{aware.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def score(value: float) -> str:
    """Return a review score with one decimal, such as "8.7"."""
    return f"{value:.1f}"


def probability(value: float) -> str:
    """Return a probability with two decimals, such as "0.91"."""
    return f"{value:.2f}"


def confidence(verdict: Verdict, *, threshold: float) -> str:
    """Return the confidence of a verdict with two decimals.

    A support that falls short of ``threshold`` is never rounded up to it: 0.6999 at 0.70 is 0.69, so that
    a cross does not stand beside a figure that would earn a tick.
    """
    value = verdict.confidence
    shown = probability(value)
    if verdict.label is Label.SUPPORT and value < threshold <= float(shown):
        return f"{floor(value * 100) / 100:.2f}"
    return shown


def sentence(text: str) -> str:
    """Return ``text`` in single spaces, with a capital and an end."""
    bare = " ".join(text.split())
    if not bare:
        return ""
    ended = bare if bare[-1] in ".!?…”" else f"{bare}."
    return ended[0].upper() + ended[1:]


def quoted(text: str) -> str:
    """Return ``text`` on one line in quotation marks."""
    return f"“{' '.join(text.split())}”"
