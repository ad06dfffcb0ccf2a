"""The log in, how far its reviewers agree and where they do not out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from synth.records import Label, Review
from synth.reviews.kappa import Kappa, cohen, fleiss
from synth.reviews.standing import consensus, standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far reviewers agree, and the claims on which they do not.

    ``reviewers`` are those who labelled a claim, by name; ``pairs`` has every two of them with a claim in
    common, ``all`` is over three or more. ``disagreements`` are disputed and not settled.
    """

    reviewers: tuple[str, ...]
    pairs: tuple[Kappa, ...]
    all: Kappa | None
    disagreements: tuple[str, ...]
    settled: tuple[str, ...]


def agreement(log: Iterable[Review], *, claims: Sequence[str]) -> Agreement:
    """Return the agreement of all reviewers on ``claims``, by the labels that are in force now.

    Rejections and deferrals give no label; what a settling sitting gave a claim takes no part, for it was
    not given alone. Claim ids come in the order of ``claims``.
    """
    known = tuple(log)
    labels = _labels(known, frozenset(claims))
    reviewers = tuple(sorted({name for given in labels.values() for name in given}))
    states = {claim: one.state for claim, one in consensus(known).items()}
    once = tuple(dict.fromkeys(claims))
    return Agreement(
        reviewers=reviewers,
        pairs=tuple(_pairs(labels, reviewers)),
        all=_all(labels, reviewers),
        disagreements=tuple(claim for claim in once if states.get(claim) == "disputed"),
        settled=tuple(claim for claim in once if states.get(claim) == "settled"),
    )


def _labels(log: Sequence[Review], claims: frozenset[str]) -> dict[str, dict[str, Label]]:
    """Return claim -> reviewer -> the label that stands."""
    found: dict[str, dict[str, Label]] = {}
    for one in standings(log):
        if one.claim in claims and one.label is not None:
            found.setdefault(one.claim, {})[one.reviewer] = one.label
    return found


def _pairs(labels: Mapping[str, Mapping[str, Label]], reviewers: Sequence[str]) -> Iterator[Kappa]:
    for pair in combinations(reviewers, 2):
        one, other = pair
        rated = [(given[one], given[other]) for given in labels.values() if one in given and other in given]
        if rated:
            yield cohen(rated, reviewers=pair)


def _all(labels: Mapping[str, Mapping[str, Label]], reviewers: tuple[str, ...]) -> Kappa | None:
    rated = [tuple(given.values()) for given in labels.values() if len(given) > 1]
    return fleiss(rated, reviewers=reviewers) if rated and len(reviewers) > 2 else None
