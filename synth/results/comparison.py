"""Results go in; those of one quantity come out together, with whether they may be compared.

The trap is to set numbers side by side that were measured under different conditions, and to call the
distance between them a spread. Here a spread exists only between results whose stated conditions are
the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from synth.records import Comparison, Relation, Result
from synth.results import sameness
from synth.results.lexicon import UNBOUNDED
from synth.results.mentions import squashed

_ORDER: Final[dict[Relation, int]] = {
    "conflict": 0,
    "agree": 1,
    "not_comparable": 2,
    "condition_not_stated": 3,
}
_MOST_MIXED: Final = 24
"""Above this many numbers of a system on a data set, one without a metric says nothing worth showing."""
_MOST_SHOWN: Final = 12
"""Entries that one comparison lists; a key with more keeps the first of each paper and condition."""


AVERAGED: Final = "an averaged change"
"""In place of a system: changes averaged over tasks, filed by the work that states them."""
ANY: Final = "any metric"
"""In place of a metric: a system's numbers on a data set of which some state no metric."""


class Key(NamedTuple):
    """What a number is of: the system (or the baseline of a difference), the data set or task, the metric."""

    subject: str
    model: str
    metric: str


def compare(results: Sequence[Result], *, works: Mapping[str, str]) -> tuple[Comparison, ...]:
    """Return the comparisons that ``results`` allow or forbid, conflicts first, then agreements.

    ``works`` gives the work of each paper id: versions of a paper share one and never corroborate each
    other. A key is shown where two papers (or versions) state it, or where one paper contradicts itself.
    "agree" means equal within the rounding of the coarser number; "conflict" states the spread in the
    entries' unit; "not_comparable" names the condition that differs, "condition_not_stated" the one left
    open. Time is near linear: only results that share a key are looked at together.
    """
    grouped: dict[Key, list[Result]] = defaultdict(list)
    for result in results:
        for key in _keys(result, works):
            grouped[key].append(result)
    found: list[Comparison] = []
    for key in sorted(grouped):
        found.extend(_of_key(key, _distinct(grouped[key]), works))
    return tuple(sorted(_widest(found), key=lambda c: _rank(c, works)))


def _widest(found: Sequence[Comparison]) -> Iterator[Comparison]:
    """Drop what another comparison of the same relation says of the same entries and more."""
    holding: dict[tuple[Relation, str], list[tuple[int, frozenset[str]]]] = defaultdict(list)
    sets = [frozenset(e.id for e in c.entries) for c in found]
    for i, ids in enumerate(sets):
        for one in ids:
            holding[found[i].relation, one].append((i, ids))
    for i, (comparison, ids) in enumerate(zip(found, sets, strict=True)):
        others = holding[comparison.relation, comparison.entries[0].id]
        if not any(ids < held or (ids == held and j < i) for j, held in others):
            yield comparison


def _rank(comparison: Comparison, works: Mapping[str, str]) -> tuple[int, int, int, str, tuple[str, ...]]:
    entries = comparison.entries
    wide = len({works.get(e.paper, e.paper) for e in entries})
    papers = len({e.paper for e in entries})
    return (_ORDER[comparison.relation], -wide, -papers, comparison.key, tuple(e.id for e in entries))


def _keys(result: Result, works: Mapping[str, str]) -> Iterator[Key]:
    """A result is filed under its data set (or task), and, for an averaged change, under its work as well."""
    work = works.get(result.paper, result.paper)
    name, _ = sameness.family(result.dataset)
    subject = squashed(name) or squashed(result.task)
    metric = squashed(result.metric)
    model = sameness.model_key(result.model)
    if model and sameness.is_anonymous(result.model):
        model = f"{model}@{work}"
    if not model and result.is_difference:
        model = f"over {sameness.model_key(dict(result.condition).get('baseline', ''))}@{work}"
    if subject and (model or result.origin == "prose"):
        yield Key(subject, model, metric)
        if model:
            yield Key(subject, model, ANY)
    averaged = "average" in dict(result.condition) or _is_benchmark(result)
    if result.is_difference and result.origin == "prose" and averaged:
        yield Key(work, AVERAGED, "")


def _is_benchmark(result: Result) -> bool:
    """A change on a collection of tasks is an average, said or not."""
    return result.dataset in ("XTREME", "GLUE", "SuperGLUE", "XGLUE")


def _distinct(entries: Iterable[Result]) -> list[Result]:
    """One entry for each value and condition of a paper: a paper that repeats itself says a thing once."""
    found: dict[tuple[object, ...], Result] = {}
    for entry in entries:
        facets = tuple(sorted(sameness.facets(entry).items()))
        found.setdefault((entry.paper, entry.model, entry.value, facets), entry)
    return list(found.values())


def _of_key(key: Key, entries: Sequence[Result], works: Mapping[str, str]) -> Iterator[Comparison]:
    if len(entries) < 2:
        return
    if key.metric == ANY and (len(entries) > _MOST_MIXED or all(e.metric for e in entries)):
        return
    clusters = _clusters(entries)
    if key.metric != ANY and key.model != AVERAGED:
        for cluster in clusters:
            yield from _same_conditions(cluster, works)
    if len({e.paper for e in entries}) > 1 or all(e.origin == "prose" for e in entries):
        yield from _across(key, clusters, works)


def _clusters(entries: Sequence[Result]) -> list[list[Result]]:
    """Entries with the same stated conditions, in order of first appearance."""
    found: dict[tuple[object, ...], list[Result]] = defaultdict(list)
    for entry in entries:
        stated = tuple((k, squashed(v)) for k, v in sorted(sameness.facets(entry).items()) if v)
        found[(sameness.model_key(entry.model), stated)].append(entry)
    return list(found.values())


def _same_conditions(entries: Sequence[Result], works: Mapping[str, str]) -> Iterator[Comparison]:
    """Entries whose stated conditions are the same: they agree, conflict, or leave too much open."""
    papers = {e.paper for e in entries}
    if len(entries) < 2 or (len(papers) == 1 and not _can_contradict_itself(entries)):
        return
    one_work = len({works.get(p, p) for p in papers}) == 1
    missing = _missing(entries, one_work=one_work) or (_several(entries) if len(papers) > 1 else "")
    if missing:
        yield Comparison(
            key=_name(entries), relation="condition_not_stated", reason=missing, entries=_shown(entries)
        )
        return
    scaled = [_scaled(e, entries) for e in entries]
    spread = max(v for v, _ in scaled) - min(v for v, _ in scaled)
    digits = min(d for _, d in scaled)
    agree = spread <= 0.5 * 10.0**-digits + 1e-9
    if agree and len(papers) == 1:
        return
    yield Comparison(
        key=_name(entries),
        relation="agree" if agree else "conflict",
        reason=_reason(entries, agree=agree, one_work=one_work, papers=len(papers)),
        entries=_shown(entries),
        spread=round(spread, max(d for _, d in scaled)),
    )


def _can_contradict_itself(entries: Sequence[Result]) -> bool:
    """Within one paper only a sentence that names all may contradict another or a table."""
    named = all(
        e.model
        and not sameness.is_anonymous(e.model)
        and e.dataset
        and e.metric
        and (e.split or e.is_difference)
        for e in entries
    )
    apart = len({e.quote for e in entries}) == len(entries)
    return named and apart and any(e.origin == "prose" for e in entries)


def _several(entries: Sequence[Result]) -> str:
    """A paper with several values under the same stated conditions has one that was not read."""
    values: dict[str, dict[str, None]] = defaultdict(dict)
    for entry in entries:
        values[entry.paper][_printed(entry)] = None
    for told in values.values():
        if len(told) > 1:
            listed = " and ".join(list(told)[:4])
            return f"one paper states {listed} without a stated condition that tells them apart"
    return ""


def _missing(entries: Sequence[Result], *, one_work: bool) -> str:
    """What must be stated before these may agree or conflict, in words; "" where all is."""
    first = entries[0]
    lacking: list[str] = []
    if not first.metric and not first.is_difference:
        lacking.append("metric")
    if not first.dataset and (not one_work or not first.task):
        lacking.append("data set")
    if not first.model and not one_work:
        lacking.append("system")
    if not first.split and not one_work:
        lacking.append("split")
    return f"no entry states the {', the '.join(lacking)}" if lacking else ""


def _scaled(entry: Result, entries: Sequence[Result]) -> tuple[float, int]:
    """Value and digits on one scale: 0.851 is 85.1 where the others are percentages."""
    large = any(abs(e.value) > 1.0 or e.unit == "percent" for e in entries)
    share = (
        abs(entry.value) <= 1.0 and entry.digits >= 2 and entry.unit == "" and entry.metric not in UNBOUNDED
    )
    if large and share and not entry.is_difference:
        return entry.value * 100.0, entry.digits - 2
    return entry.value, entry.digits


def _reason(entries: Sequence[Result], *, agree: bool, one_work: bool, papers: int) -> str:
    values = " and ".join(dict.fromkeys(_printed(e) for e in entries))
    if papers == 1:
        return f"one paper states {values} under the same conditions"
    who = f"{papers} versions of one work" if one_work else f"{papers} papers"
    if agree:
        return f"{who} state {values} under the same conditions, equal within rounding"
    return f"{who} state {values} under the same stated conditions"


def _printed(entry: Result) -> str:
    sign = "+" if entry.is_difference and entry.value > 0 else ""
    return f"{sign}{entry.value:.{entry.digits}f}"


def _across(key: Key, clusters: Sequence[Sequence[Result]], works: Mapping[str, str]) -> Iterator[Comparison]:
    """Between clusters: which condition differs, or is left open."""
    differing: dict[str, None] = {}
    opened: dict[str, None] = {}
    apart: set[int] = set()
    unsure: set[int] = set()
    for (i, one), (j, two) in combinations(enumerate(clusters), 2):
        found = _contrast(key, one[0], two[0], works)
        if found is not None and found.differ:
            differing |= dict.fromkeys(found.differ)
            apart |= {i, j}
        elif found is not None and found.unstated:
            opened |= dict.fromkeys(found.unstated)
            unsure |= {i, j}
    yield from _verdict("not_comparable", differing, [clusters[i] for i in sorted(apart)])
    if not apart >= unsure:
        yield from _verdict("condition_not_stated", opened, [clusters[i] for i in sorted(unsure)])


def _contrast(key: Key, one: Result, two: Result, works: Mapping[str, str]) -> sameness.Contrast | None:
    """How two results stand, None where nobody would set them side by side.

    Within one work only sentences are: a table states its own conditions. The two ends of one change are
    not set against each other, nor averages of different things that share all conditions.
    """
    one_work = works.get(one.paper, one.paper) == works.get(two.paper, two.paper)
    if one_work and not one.origin == two.origin == "prose":
        return None
    if {dict(one.condition).get("stage"), dict(two.condition).get("stage")} == {"before", "after"}:
        return None
    if key.metric == ANY and one.metric and two.metric:
        return None
    if one_work and one.is_difference != two.is_difference:
        return None
    found = sameness.contrast(one, two, one_work=one_work)
    if key.model == AVERAGED:
        other = [d for d in found.differ if not d.startswith(_ABOUT)]
        aside = [u for u in found.unstated if not u.startswith(_ABOUT)]
        return sameness.Contrast(tuple(other), tuple(aside))
    return found


_ABOUT: Final = ("dataset", "task", "baseline", "metric", "trained on", "training")


def _verdict(
    relation: Relation, reasons: dict[str, None], clusters: Sequence[Sequence[Result]]
) -> Iterator[Comparison]:
    if not clusters:
        return
    entries = [e for cluster in clusters for e in cluster]
    yield Comparison(
        key=_name(entries), relation=relation, reason="; ".join(list(reasons)[:4]), entries=_shown(entries)
    )


def _shown(entries: Sequence[Result]) -> tuple[Result, ...]:
    return tuple(entries[:_MOST_SHOWN])


def _name(entries: Sequence[Result]) -> str:
    """What the entries share, in words."""
    models = list({sameness.model_key(e.model): e.model for e in reversed(entries)}.values())
    subjects = list(dict.fromkeys(e.dataset or e.task for e in entries if e.dataset or e.task))
    metrics = list(dict.fromkeys(e.metric for e in entries if e.metric))
    splits = {e.split for e in entries}
    split = splits.pop() if len(splits) == 1 and len(subjects) == 1 else ""
    parts = [
        models[0] if len(models) == 1 else "",
        ", ".join(subjects[:3]) + (f" ({split})" if split else ""),
        metrics[0] if len(metrics) == 1 else "",
    ]
    kind = "change" if all(e.is_difference for e in entries) else ""
    return " · ".join(p for p in (*parts, kind) if p) or "unnamed quantity"
