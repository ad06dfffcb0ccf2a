"""A reading goes in, the measured results that its sentences state come out, with sentence and boxes.

Every number of a sentence must earn its place: a metric stands beside it, or the sentence says that a
system achieved it or changed by it and names what was measured. All else is refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final

from synth.records import Passage, Quantity, Reading, Result, Role, content_id
from synth.results import align, cues, facets, names
from synth.results.facets import Measured, Stated
from synth.results.lexicon import LOWER_IS_BETTER, UNBOUNDED
from synth.results.mentions import Mention, find, variant
from synth.text import printable, quantities

_MINED: Final = frozenset({Role.ABSTRACT, Role.BODY, Role.CAPTION})
_LONGEST: Final = 1200
_BEFORE: Final = (("stage", "before"),)
_ACRONYM_OF: Final = re.compile(r"\ban?\s+([A-Z]{2,6})\s+(?:score\s+)?of\s+(?:about\s+|around\s+)?$")
_ON_AVERAGE: Final = re.compile(r"\bon average\b|\baverage\b", re.IGNORECASE)
_AFTER: Final = (("stage", "after"),)
_TABLE_LIKE: Final = re.compile(r"\d+\.\d+\s+\d+\.\d+\s+\d+\.\d+")


def mine(reading: Reading) -> Iterator[Result]:
    """Yield the results stated in the abstract, body and captions, in reading order."""
    for passage in reading.passages:
        if passage.role not in _MINED:
            continue
        for index in range(len(passage.sentences)):
            text = passage.sentence_text(index)
            if len(text) <= _LONGEST and any(c.isdigit() for c in text) and not _TABLE_LIKE.search(text):
                yield from _sentence(reading, passage, index, text)


def read_names(text: str) -> Stated:
    """Return the names of a sentence by kind, data sets that no list knows included."""
    mentions = find(text)
    mentions = tuple(sorted((*mentions, *names.unlisted_datasets(text, mentions)), key=lambda m: m.start))
    metrics = tuple(m for m in mentions if m.kind == "metric")
    variants = variant(metrics, text)
    qualifiers = {b for a, b in itertools.pairwise(metrics) if a in variants}
    datasets = tuple(m for m in mentions if m.kind == "dataset")
    trained = names.trained_on(text, datasets)
    return Stated(
        text=text,
        metrics=tuple(m for m in metrics if m not in qualifiers),
        datasets=tuple(m for m in datasets if m not in trained),
        tasks=tuple(m for m in mentions if m.kind == "task"),
        splits=tuple(m for m in mentions if m.kind == "split"),
        languages=tuple(m for m in mentions if m.kind == "language"),
        settings=tuple(m for m in mentions if m.kind == "setting"),
        systems=names.systems(text, mentions),
        variants=variants,
        trained=trained,
    )


def _sentence(reading: Reading, passage: Passage, index: int, text: str) -> Iterator[Result]:
    numbers = quantities(text)
    if not numbers:
        return
    stated = read_names(text)
    if not (stated.metrics or stated.datasets or stated.trained or stated.tasks or stated.systems):
        return
    ranges = _ranges(text, numbers)
    free = [q for q in numbers if q.start not in ranges and _is_numeral(q) and not _inside(q, stated)]
    for group in align.groups(text, free, stated.metrics):
        measured = list(_group(stated, group))
        for item in _changes(measured):
            yield _result(reading, passage, index, stated, group, item)


def _unlisted(text: str, number: Quantity) -> Mention | None:
    """``an RRIE of 12%`` names its own metric, though no list knows it."""
    match = _ACRONYM_OF.search(text[: number.start])
    return Mention("metric", match.group(1), match.start(1), match.end(1)) if match is not None else None


def _ranges(text: str, numbers: Sequence[Quantity]) -> frozenset[int]:
    """Starts of the numbers in ``2% −6%``: a range has no one value."""
    found: set[int] = set()
    for one, two in itertools.pairwise(numbers):
        dash = two.raw[:1] in "-−–" and not text[one.end : two.start].strip()
        if dash or text[one.end : two.start].strip() in ("-", "–", "−"):
            found |= {one.start, two.start}
    return frozenset(found)


def _is_numeral(number: Quantity) -> bool:
    """Whether it is written in digits (``zero-shot`` is not) and counts no things (``600 units``)."""
    return (
        any(c.isdigit() for c in number.raw)
        and number.scale == 1.0
        and number.unit in ("percent", "points", "")
    )


def _inside(number: Quantity, stated: Stated) -> bool:
    named = (*stated.metrics, *stated.datasets, *stated.tasks, *stated.splits)
    return any(m.start <= number.start and number.end <= m.end for m in named) or any(
        n.start <= number.start and number.end <= n.end for n in stated.systems
    )


def _group(stated: Stated, group: align.Group) -> Iterator[Measured]:
    beside = align.attached(stated.text, group, stated.metrics)
    ordered = align.in_order(stated.text, group, stated.metrics)
    for i, number in enumerate(group.numbers):
        before = group.numbers[i - 1].end if i else group.before
        after = group.numbers[i + 1].start if i + 1 < len(group.numbers) else group.after
        metric = ordered.get(number.start) or beside.get(number.start) or _unlisted(stated.text, number)
        extra: tuple[tuple[str, str], ...] = ()
        if i + 1 < len(group.numbers) and align.from_to(stated.text, number, group.numbers[i + 1]):
            extra = _BEFORE
        elif i and align.from_to(stated.text, group.numbers[i - 1], number):
            extra = _AFTER
            metric = beside.get(group.numbers[i - 1].start) or metric
        for item in _judge(stated, group, number, metric, room=(before, after), paired=bool(extra)):
            yield item._replace(extra=extra) if extra else item


def _judge(
    stated: Stated,
    group: align.Group,
    number: Quantity,
    metric: Mention | None,
    *,
    room: tuple[int, int],
    paired: bool,
) -> Iterator[Measured]:
    """Yield the number as measured, or nothing where the sentence does not say that it is a result."""
    text = stated.text
    if not _plausible(number, metric) or cues.is_named(text, number.start, attached=metric is not None):
        return
    if cues.hedged(text, number.start):
        return
    cue = _cue(stated, group, number, paired=paired)
    if metric is None:
        metric = _loose_metric(stated, group, number)
        if not _earned(stated, group, number, cue, metric, room=room):
            return
    elif cue.sort == "bare":
        if number.bound in ("less", "more"):
            return
        cue = cues.Cue("score", 1, -1)
    if metric is not None and not _in_range(number.value, metric.name):
        return
    yield from _values(number, cue, metric)


def _cue(stated: Stated, group: align.Group, number: Quantity, *, paired: bool) -> cues.Cue:
    signed = number.raw[:1] in "+−-–"
    points = number.unit == "points" or group.numbers[-1].unit == "points"
    cue = cues.read(stated.text, group.start, number.end, signed=signed, points=points)
    if cue.sort != "difference" and len(group.numbers) > 1 and not paired:
        cue = cues.read(stated.text, group.start, group.end, signed=signed, points=points)
    if paired and cue.at >= 0:
        return cues.Cue("score", 1, cue.at)
    return cue


def _values(number: Quantity, cue: cues.Cue, metric: Mention | None) -> Iterator[Measured]:
    if number.high is not None:
        if re.search(r"\bto\b", number.raw):
            score = cues.Cue("score", 1, cue.at)
            yield Measured(number, number.value, score, metric, _BEFORE)
            yield Measured(number, number.high, score, metric, _AFTER)
        return
    value = number.value
    if cue.sort == "difference" and value > 0:
        sign = cue.sign
        if cue.improvement and metric is not None and metric.name in LOWER_IS_BETTER:
            sign = -sign
        value *= sign
    yield Measured(number, value, cue, metric)


def _plausible(number: Quantity, metric: Mention | None) -> bool:
    if number.unit not in ("percent", "points", "") and (metric is None or number.unit == "times"):
        return False
    if number.scale != 1.0 or (number.bound in ("less", "more") and metric is None and number.unit == ""):
        return False
    bare_integer = number.digits == 0 and number.unit not in ("percent", "points")
    return not (bare_integer and metric is None)


def _in_range(value: float, metric: str) -> bool:
    return metric in UNBOUNDED or abs(value) <= 100.0


def _loose_metric(stated: Stated, group: align.Group, number: Quantity) -> Mention | None:
    """The metric that the clause names elsewhere, or the only one that the sentence names."""
    near = align.within(number, group, stated.metrics, leading=group.start)
    if near is not None:
        return near
    before = [m for m in stated.metrics if m.end <= number.start]
    return before[0] if len({m.name for m in before}) == 1 else None


def _earned(
    stated: Stated,
    group: align.Group,
    number: Quantity,
    cue: cues.Cue,
    metric: Mention | None,
    *,
    room: tuple[int, int],
) -> bool:
    """Whether a number without a metric beside it is still said to be a result."""
    if cue.sort == "bare" or cues.is_of_something_else(stated.text, number.start, number.end, *room):
        return False
    place = bool(stated.datasets or stated.tasks)
    if cue.sort == "score":
        return metric is not None or (place and number.unit in ("percent", "") and number.digits > 0)
    if number.unit in ("percent", "points"):
        compared = names.baseline(stated.text, number.start, stated.systems)[0]
        whole = number.unit == "points" and bool(stated.splits or _ON_AVERAGE.search(stated.text))
        return metric is not None or place or whole or bool(compared)
    return metric is not None and number.digits > 0 and group.clause[0] <= cue.at


def _changes(measured: Sequence[Measured]) -> Iterator[Measured]:
    """Yield ``measured`` and, after the two ends of "from A to B", their difference with its direction."""
    for one, two in zip((None, *measured), (*measured, None), strict=True):
        if one is not None and two is not None and one.extra == _BEFORE and two.extra == _AFTER:
            yield two
            digits = max(one.number.digits, two.number.digits)
            change = round(two.value - one.value, digits)
            derived = ("derived", f"{one.value:.{digits}f} to {two.value:.{digits}f}")
            yield Measured(two.number, change, cues.Cue("difference", 1, two.cue.at), two.metric, (derived,))
        elif two is not None:
            yield two


def _result(
    reading: Reading, passage: Passage, index: int, stated: Stated, group: align.Group, item: Measured
) -> Result:
    found = facets.of(stated, group, item)
    metric = item.metric.name if item.metric is not None else ""
    number = item.number
    unit = number.unit if number.unit in ("percent", "points") else ""
    difference = item.cue.sort == "difference"
    return Result(
        id=content_id(
            "r",
            reading.paper.id,
            passage.id,
            str(index),
            str(number.start),
            f"{item.value:g}",
            str(difference),
        ),
        paper=reading.paper.id,
        doc_id=reading.paper.doc_id,
        model=printable(found.model),
        task=found.task,
        dataset=printable(found.dataset),
        split=found.split,
        language=found.language,
        metric=metric,
        value=item.value,
        unit="points" if difference and not unit else unit,
        digits=number.digits,
        origin="prose",
        quote=stated.text,
        spans=passage.sentences[index].spans,
        condition=found.condition,
        is_difference=difference,
    )
