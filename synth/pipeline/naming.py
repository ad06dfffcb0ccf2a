"""A reviewer's name in, the name that is kept out; refused is what could be taken for another's."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Set

from synth import reviews
from synth.errors import InputError, UsageError
from synth.records import Review

LONGEST = 80
MOST_REVIEWERS = 200
"""Of a question by import: agreement is of every two, and what is appended can never be taken out."""


def reviewer_name(name: str) -> str:
    """Return the name under which decisions are appended: as given (NFC, single spaces), else the account's.

    Raises UsageError for a name without letters, of more than 80 characters, or that begins with "-".
    """
    given = name
    if not given:
        try:
            given = getpass.getuser()
        except (OSError, KeyError) as error:
            raise UsageError("who reviews?", remedy="give a name with --reviewer") from error
    clean = reviews.tidy(given)
    # "--reviewer --flag" is an option gone astray
    if not any(c.isalnum() for c in clean) or len(clean) > LONGEST or clean.startswith("-"):
        raise UsageError(f"{clean[:LONGEST]!r} is no reviewer's name", remedy="give one with --reviewer")
    return clean


def check_new(name: str, known: Set[str]) -> None:
    """Raise UsageError for a name that is not ``known`` and easily taken for one that is."""
    if name not in known and (other := reviews.mistaken(name, sorted(known))):
        raise UsageError(
            f"the name {name} is easily taken for that of {other}, who decided here before",
            remedy=f'give --reviewer "{other}" if that is you, else a name that tells you apart',
        )


def check_arriving(new: Iterable[tuple[str, Review]], *, known: Set[str]) -> None:
    """Raise InputError for a review, with where it comes from, under a new name that looks like a known one.

    Or for more than ``MOST_REVIEWERS`` names. Those of the reviews before count as known.
    """
    shapes = {reviews.looks(name): name for name in sorted(known)}
    names = set(known)
    for where, one in new:
        if one.reviewer in names:
            continue
        shape = reviews.looks(one.reviewer)
        if shape in shapes:
            raise InputError(
                f"{where}: the reviewer's name looks like that of {shapes[shape]}, but is another",
                remedy="ask whose decisions these are",
            )
        if len(names) >= MOST_REVIEWERS:
            raise InputError(
                f"{where}: the question has {MOST_REVIEWERS} reviewers, and this is one more",
                remedy="import the decisions of fewer people",
            )
        names.add(one.reviewer)
        shapes[shape] = one.reviewer
