"""The names of a sentence and one of its numbers go in; the number's system, data set, split ... come out."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from synth.records import Pairs, Quantity
from synth.results import align, conditions, cues, names
from synth.results.mentions import Mention


class Stated(NamedTuple):
    """The names of one sentence, by kind."""

    text: str
    metrics: tuple[Mention, ...]
    datasets: tuple[Mention, ...]
    tasks: tuple[Mention, ...]
    splits: tuple[Mention, ...]
    languages: tuple[Mention, ...]
    settings: tuple[Mention, ...]
    systems: tuple[names.Named, ...]
    variants: dict[Mention, str]
    trained: tuple[Mention, ...] = ()


class Measured(NamedTuple):
    """A number that passed: its value as stated, and what the words make of it."""

    number: Quantity
    value: float
    cue: cues.Cue
    metric: Mention | None
    extra: tuple[tuple[str, str], ...] = ()


class Facets(NamedTuple):
    """The fields of a result that are names."""

    model: str
    task: str
    dataset: str
    split: str
    language: str
    condition: Pairs


_PREPOSED: Final = re.compile(
    r"\bbetween\b[^,;]{0,40}$|\b(?:with|using|without|adding|add)\s+(?:[\w-]+\s+){0,2}$|\b(?:with|using|on|by|than|over|in|from|for|like|into|via|without|between|and\s+by|against|upon|to|as)\s+(?:the\s+|an?\s+)?$",
    re.IGNORECASE,
)
_PRONOUN: Final = re.compile(r"\b(?:we|it|they|this)\b", re.IGNORECASE)
_OVER: Final = re.compile(r"\b(?:over|than|versus|vs\.?|compared\s+(?:to|with)|against)\s*$", re.IGNORECASE)
_OF_SYSTEM: Final = re.compile(r"^\s*(?:%|points?)?\s*(?:of|for|by|with)\s+(?:the\s+)?$")
_OPENING: Final = re.compile(
    r"(?:On|Over|In|For|When|With|Without|Averaged|Across|At|Under)\b[^,;.\d]{0,80},"
)
_REACH: Final = 110


def of(stated: Stated, group: align.Group, item: Measured) -> Facets:
    """Return the facets of ``item``; what the sentence does not state is ""."""
    number = item.number
    dataset, task, subset = _subject(stated, group, number)
    split = _one(stated, group, number, stated.splits)
    language = _one(stated, group, number, stated.languages)
    compared, place = "", (0, 0)
    if item.cue.sort == "difference":
        near = item.cue.at if item.cue.at >= 0 else number.start
        compared, place = _bracketed(stated, group) or names.baseline(stated.text, near, stated.systems)
    found = _conditions(stated, group, item) | dict(item.extra)
    if subset:
        found["subset"] = subset
    if compared:
        found["baseline"] = compared
    model = _model(stated, group, item, place)
    return Facets(model, task, dataset, split, language, tuple(sorted(found.items())))


def _bracketed(stated: Stated, group: align.Group) -> tuple[str, tuple[int, int]] | None:
    """``outperforms A (+1.2 F1) and B (+3.4 F1)``: the system before the bracket is compared with."""
    before = stated.text[: group.start].rstrip()
    if not before.endswith("("):
        return None
    near = [n for n in stated.systems if 0 <= len(before) - 1 - n.end <= 2]
    return (near[-1].name, (near[-1].start, near[-1].end)) if near else None


def _subject(stated: Stated, group: align.Group, number: Quantity) -> tuple[str, str, str]:
    """Return data set, task and subset; a task after the number keeps earlier data sets away from it."""
    text = stated.text
    placed = align.in_order(text, group, stated.datasets)
    both = sorted((*stated.datasets, *stated.tasks), key=lambda m: m.start)
    chosen = placed.get(number.start) or align.in_order(text, group, both).get(number.start)
    chosen = chosen or align.nearest(number, group, both)
    if chosen is None:
        return "", "", ""
    if chosen.kind == "task":
        own = next((d for d in stated.datasets if _beside(text, chosen, d)), None)
        return own.name if own is not None else "", chosen.name, ""
    tasks = [t for t in stated.tasks if t.start >= group.before and t.end <= group.after]
    tasks = tasks or [t for t in stated.tasks if t.end <= number.start and _no_number(text[: t.start])]
    task = tasks[0].name if tasks else ""
    inner = [
        d
        for d in stated.datasets
        if 0 <= d.start - chosen.end <= 3 and not text[chosen.end : d.start].strip(" -")
    ]
    return chosen.name, task, inner[0].name if inner else ""


def _beside(text: str, one: Mention, two: Mention) -> bool:
    """Whether no number stands between two names that are at most 60 characters apart."""
    gap = text[min(one.end, two.end) : max(one.start, two.start)]
    return len(gap) <= 60 and _no_number(gap)


def _no_number(text: str) -> bool:
    return not any(c.isdigit() for c in text)


def _one(stated: Stated, group: align.Group, number: Quantity, found: tuple[Mention, ...]) -> str:
    if not found:
        return ""
    ordered = align.in_order(stated.text, group, found).get(number.start)
    chosen = ordered or align.nearest(number, group, found)
    return chosen.name if chosen is not None else ""


def _conditions(stated: Stated, group: align.Group, item: Measured) -> dict[str, str]:
    """Conditions of the number's own clause, and of the phrase that opens the sentence."""
    found = conditions.stated(_leading(stated.text)) | conditions.stated(_room(stated.text, group))
    near = align.within(item.number, group, stated.settings, leading=group.start)
    if near is not None:
        for name, value in conditions.settings([near]).items():
            found.setdefault(name, value)
    if item.metric is not None and item.metric in stated.variants:
        found["variant"] = stated.variants[item.metric]
    if item.number.bound in ("about", "less", "more"):
        found["bound"] = item.number.bound
    if re.search(r"\bup to\s*$", stated.text[: item.number.start]):
        found["bound"] = "up to"
    trained = align.in_order(stated.text, group, stated.trained).get(item.number.start)
    if trained is not None or len(stated.trained) == 1:
        found["trained on"] = trained.name if trained is not None else stated.trained[0].name
    if item.cue.sort == "difference":
        kind = cues.relative(stated.text, item.number.start, item.number.end)
        if kind:
            found["difference"] = kind
    return found


def _room(text: str, group: align.Group) -> str:
    """The words that belong to a group of numbers: its clause, without what trails the numbers before it."""
    opening, closing = group.clause
    start = max(opening, group.before)
    if group.before > opening:
        cut = max(text.rfind(",", start, group.start), text.rfind(" and ", start, group.start), start)
        start = cut
    end = min(closing, group.after)
    if group.after < closing:
        comma = text.find(",", group.end, end)
        end = comma if comma > 0 else end
    return text[start:end]


def _leading(text: str) -> str:
    """An opening phrase that holds for the whole sentence (``On average, ...``), "" where there is none."""
    match = _OPENING.match(text)
    return match.group() if match is not None else ""


def _model(stated: Stated, group: align.Group, item: Measured, compared: tuple[int, int]) -> str:
    """The system that the sentence makes the subject of the number's verb, or that the number is "of"."""
    text, number = stated.text, item.number
    systems = [n for n in stated.systems if not compared[0] <= n.start < compared[1]]
    ordered = align.in_order(text, group, systems, loose=False).get(number.start)
    if ordered is not None:
        return ordered.name
    for named in systems:
        if 0 <= named.start - number.end <= 20 and _OF_SYSTEM.match(text[number.end : named.start]):
            return named.name
    if _OVER.search(text[: number.start]):
        return ""
    place = item.cue.at if 0 <= item.cue.at <= number.start else number.start
    before = [n for n in systems if n.end <= place and not _PREPOSED.search(text[: n.start])]
    if not before:
        return ""
    subject = before[-1]
    between = text[subject.end : place]
    if len(between) > _REACH or (_PRONOUN.search(between) and len(between) > 25):
        return ""
    return subject.name
