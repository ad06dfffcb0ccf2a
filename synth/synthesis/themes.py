"""Judged claims in, findings by theme out: claims clustered by meaning, named by their own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from synth.records import Finding, Judged, Label, content_id
from synth.synthesis.phrases import Phrase, name_themes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from synth.synthesis.matching import Encode

JOIN = 0.52
"""Average cosine from which two groups of claims are one theme."""
_STATE = Literal["agreement", "disagreement", "one_work", "unconnected"]


def findings(
    judged: Sequence[Judged], *, works: Mapping[str, str], threshold: float, encode: Encode
) -> tuple[Finding, ...]:
    """Return the findings, those with most claims first, ties in the order of the claims."""
    if not judged:
        return ()
    groups = cluster(encode([one.claim.text for one in judged]), join=JOIN)
    members = [[judged[i] for i in group] for group in groups]
    names = name_themes([[one.claim.text for one in group] for group in members])
    made = [
        _finding(group, names_of, works=works, threshold=threshold)
        for group, names_of in zip(members, names, strict=True)
    ]
    return tuple(sorted(made, key=lambda finding: -len(finding.claims)))


def cluster(vectors: NDArray[np.float32], *, join: float) -> tuple[tuple[int, ...], ...]:
    """Return groups of row indices by average-link agglomeration on cosine similarity.

    ``vectors`` is n x d with unit rows; the nearest two groups are merged while their average similarity
    is at least ``join`` (UPGMA: Sokal and Michener, 1958). Ties take the earliest pair; groups come in the
    order of their first row. Similarities are rounded to 1e-4, so that the last bits of a processor's
    arithmetic decide nothing.
    """
    import numpy as np

    near = np.round(vectors.astype(np.float64) @ vectors.astype(np.float64).T, 4)
    np.fill_diagonal(near, -np.inf)
    groups: dict[int, tuple[int, ...]] = {i: (i,) for i in range(len(near))}
    while len(groups) > 1:
        first, second = divmod(int(near.argmax()), len(near))
        if near[first, second] < join:
            break
        a, b = len(groups[first]), len(groups[second])
        merged = (near[first] * a + near[second] * b) / (a + b)
        near[first, :] = near[:, first] = merged
        near[second, :] = near[:, second] = -np.inf
        near[first, first] = -np.inf
        groups[first] += groups.pop(second)
    return tuple(sorted(tuple(sorted(group)) for group in groups.values()))


def _finding(
    group: Sequence[Judged], names: Sequence[Phrase], *, works: Mapping[str, str], threshold: float
) -> Finding:
    theme = _theme(names)
    claims = tuple(one.claim.id for one in group)
    distinct = {works.get(c.paper, c.paper) for one in group for c in (one.claim, *one.repeats)}
    state = _state(group, works=works, threshold=threshold)
    return Finding(
        id=content_id("t", theme, *claims),
        theme=theme,
        terms=tuple(name.text for name in names),
        claims=claims,
        works=len(distinct),
        state=state,
        sentence=_sentence(group, theme, works=works, threshold=threshold),
    )


def _theme(names: Sequence[Phrase]) -> str:
    """Return the best phrase; a single common word says too little and takes the next along."""
    first = names[0]
    if len(first.stems) > 1 or len(names) == 1 or any(c.isupper() for c in first.text[1:]):
        return first.text
    return f"{first.text} and {names[1].text}"


def _state(group: Sequence[Judged], *, works: Mapping[str, str], threshold: float) -> _STATE:
    """Return how the works stand to each other; one contradiction by another work outweighs any support."""
    if any(_disputed(one) for one in group):
        return "disagreement"
    if any(one.by_others.ticked(threshold) or _repeated(one, works) for one in group):
        return "agreement"
    distinct = {works.get(one.claim.paper, one.claim.paper) for one in group}
    return "one_work" if len(distinct) == 1 else "unconnected"


def _disputed(one: Judged) -> bool:
    return one.by_others.label is Label.CONTRADICT or one.by_others.mixed


def _repeated(one: Judged, works: Mapping[str, str]) -> bool:
    """Whether another work claims the same: other versions of the claim's own work do not count."""
    own = works.get(one.claim.paper, one.claim.paper)
    return any(works.get(c.paper, c.paper) != own for c in one.repeats)


def _sentence(group: Sequence[Judged], theme: str, *, works: Mapping[str, str], threshold: float) -> str:
    """Return the finding in words; every number in it is counted here."""
    distinct = {works.get(c.paper, c.paper) for one in group for c in (one.claim, *one.repeats)}
    supported = sum(one.by_others.ticked(threshold) for one in group)
    repeated = sum(_repeated(one, works) for one in group)
    against = sum(one.by_others.label is Label.CONTRADICT for one in group)
    both = sum(one.by_others.mixed for one in group)
    speak = "speaks" if len(group) == 1 else "speak"
    text = f"{_counted(len(group), 'claim')} from {_counted(len(distinct), 'work')} {speak} of {theme}"
    parts = [f"{_are(supported)} supported by another work"]
    if repeated:
        parts.append(f"{_are(repeated)} made in another work too")
    parts.append(f"{_are(against)} contradicted")
    if both:
        parts.append(f"other works stand on both sides of {both}")
    return f"{text}; {', '.join(parts)}."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _are(count: int) -> str:
    return "none is" if count == 0 else "1 is" if count == 1 else f"{count} are"
