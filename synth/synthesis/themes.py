"""Judged claims in, findings by theme out: claims clustered by meaning, named by their own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from synth.records import Finding, Judged, Label, content_id
from synth.synthesis.phrases import Phrase, holds, name_themes, shared
from synth.synthesis.vocabulary import WEAK
from synth.text import content_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from synth.synthesis.matching import Encode

JOIN = 0.52
"""Average cosine from which two groups of claims are one theme."""
LARGEST = 12
"""Claims in a theme that still says something; more are told apart further."""
FINER = 0.12
"""Average cosine, their common direction removed, from which claims of a large cluster are one theme."""
BY_NAME = 3
"""How many claims must share a phrase to be a theme by that alone."""
MOST = 12
"""How many findings a report tells at most, that of the claims left over included."""
ALONE = "claims that stand alone"
"""The theme of the finding that counts the claims without one."""
_STATE = Literal["agreement", "disagreement", "one_work", "unconnected"]
_Theme = tuple[tuple[Phrase, ...], list[Judged]]
_CONNECTED = ("agreement", "disagreement")


def findings(
    judged: Sequence[Judged], *, works: Mapping[str, str], threshold: float, encode: Encode
) -> tuple[Finding, ...]:
    """Return at most ``MOST`` findings: what works agree or disagree on, then by works, then by claims.

    A theme has two claims or more that share a name; a claim alone is a finding only where another work
    speaks to it. What is left over is told last, in one finding.
    """
    if not judged:
        return ()
    groups = split(encode([one.claim.text for one in judged]))
    themes = _named([[judged[i] for i in group] for group in groups if len(group) > 1])
    themes = _joined(themes, judged)
    themes += _by_name(themes, judged)
    grouped = {one.claim.id for _, group in themes for one in group}
    themes += _named(
        [[one] for one in judged if one.claim.id not in grouped and _connected(one, works, threshold)]
    )
    made = [_finding(group, names, works=works, threshold=threshold) for names, group in themes]
    ordered = sorted(made, key=lambda f: (f.state not in _CONNECTED, -f.works, -len(f.claims)))
    kept = tuple(ordered[: MOST - 1])
    told = {claim for finding in kept for claim in finding.claims}
    rest = [one for one in judged if one.claim.id not in told]
    return (*kept, _rest(rest, works=works, more=len(ordered) > len(kept))) if rest else kept


def _named(groups: Sequence[list[Judged]]) -> list[_Theme]:
    """Return the groups that have a name, with it, and of their claims those that speak of it."""
    made = []
    for names, group in zip(
        name_themes([[c.claim.text for c in group] for group in groups]), groups, strict=True
    ):
        speaking = _speaking(group, names)
        if names and len(speaking) >= min(2, len(group)) and (len(group) == 1 or _theme(names)):
            made.append((names, speaking))
    return made


def _joined(themes: Sequence[_Theme], judged: Sequence[Judged]) -> list[_Theme]:
    """Return the themes with the claims left over that speak of one by name; the first takes it."""
    themes = _merged(themes)
    grouped = {one.claim.id for _, group in themes for one in group}
    late: dict[int, list[Judged]] = {}
    for one in judged:
        named = [i for i, (names, _) in enumerate(themes) if holds(one.claim.text, names[0])]
        if named and one.claim.id not in grouped:
            late.setdefault(named[0], []).append(one)
    order = {one.claim.id: i for i, one in enumerate(judged)}
    return [
        (names, sorted([*group, *late.get(i, ())], key=lambda one: order[one.claim.id]))
        for i, (names, group) in enumerate(themes)
    ]


def _by_name(themes: Sequence[_Theme], judged: Sequence[Judged]) -> list[_Theme]:
    """Return themes of the claims left over that share a telling phrase, however far apart their vectors."""
    made: list[_Theme] = []
    grouped = {one.claim.id for _, group in themes for one in group}
    rest = [one for one in judged if one.claim.id not in grouped]
    while phrase := shared([one.claim.text for one in rest], least=BY_NAME):
        made.append(((phrase,), [one for one in rest if holds(one.claim.text, phrase)]))
        rest = [one for one in rest if not holds(one.claim.text, phrase)]
    return made


def _merged(themes: Sequence[_Theme]) -> list[_Theme]:
    """Return the themes with those of one name ("attention mechanism", "attention mechanisms") made one."""
    one: dict[tuple[str, ...], _Theme] = {}
    for names, group in themes:
        key = names[0].stems
        one[key] = (one[key][0], [*one[key][1], *group]) if key in one else (names, group)
    return list(one.values())


def split(vectors: NDArray[np.float32]) -> tuple[tuple[int, ...], ...]:
    """Return the clusters at ``JOIN``, those above ``LARGEST`` clustered again by what sets them apart.

    Claims that are all near to the question share its direction, and would be one theme that says nothing:
    the mean of such a cluster is taken from its vectors (``FINER`` is the cosine of what is left).
    """
    import numpy as np

    made: list[tuple[int, ...]] = []
    for group in cluster(vectors, join=JOIN):
        if len(group) <= LARGEST:
            made.append(group)
            continue
        own = vectors[list(group)] - vectors[list(group)].mean(axis=0)
        own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-6)
        made.extend(tuple(group[i] for i in part) for part in cluster(own, join=FINER))
    return tuple(sorted(made))


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
    theme = _theme(names) or names[0].text
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


def _speaking(group: Sequence[Judged], names: Sequence[Phrase]) -> list[Judged]:
    """Return the claims that hold a telling word of the theme's names: nearness alone is no theme."""
    wanted = [set(name.stems) - WEAK or set(name.stems) for name in names]

    def speaks(one: Judged) -> bool:
        held = set(content_words(one.claim.text))
        return any(stems & held if stems - WEAK else stems <= held for stems in wanted)

    return [one for one in group if speaks(one)]


def _rest(group: Sequence[Judged], *, works: Mapping[str, str], more: bool) -> Finding:
    """Return the finding that counts the claims without a theme, or, with ``more``, of smaller themes too."""
    claims = tuple(one.claim.id for one in group)
    distinct = {works.get(c.paper, c.paper) for one in group for c in (one.claim, *one.repeats)}
    share = "shares" if len(group) == 1 else "share"
    told = "belong to smaller themes or to none" if more else f"{share} no theme with the others"
    return Finding(
        id=content_id("t", ALONE, *claims),
        theme=ALONE,
        terms=(),
        claims=claims,
        works=len(distinct),
        state="one_work" if len(distinct) == 1 else "unconnected",
        sentence=f"{_counted(len(group), 'claim')} from {_counted(len(distinct), 'work')} {told}.",
    )


def _theme(names: Sequence[Phrase]) -> str:
    """Return the best phrase; a single common word says too little: it takes the next along, or is none."""
    first = names[0]
    if len(first.stems) > 1 or first.named:
        return first.text
    return f"{first.text} and {names[1].text}" if len(names) > 1 else ""


def _connected(one: Judged, works: Mapping[str, str], threshold: float) -> bool:
    """Whether another work speaks to a claim."""
    return _disputed(one) or one.by_others.ticked(threshold) or _repeated(one, works)


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
    counted = f"{_counted(len(group), 'claim')} from {_counted(len(distinct), 'work')}"
    alone = len(group) == 1
    told = _listed(
        [
            *([f"{_are(supported, alone=alone)} supported by another work"] if supported else []),
            *([f"{_are(repeated, alone=alone)} made in another work too"] if repeated else []),
            *([f"{_are(against, alone=alone)} contradicted by another work"] if against else []),
            *(
                [f"{'' if alone else f'{both} '}{'has' if both == 1 else 'have'} other works on both sides"]
                if both
                else []
            ),
        ]
    )
    if theme.startswith("“"):
        return f"{counted}, {theme}, {told}."
    text = f"{counted} {'speaks' if alone else 'speak'} of {theme}"
    return f"{text}; {'it ' if alone else ''}{told}." if told else f"{text}."


def _listed(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join((*([", ".join(parts[:-1])] if parts[1:] else []), *parts[-1:]))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _are(count: int, *, alone: bool) -> str:
    return "is" if alone else "1 is" if count == 1 else f"{count} are"
