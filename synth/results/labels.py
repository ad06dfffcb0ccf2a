"""A cell with its headers and labels goes in; the system, metric, data set ... that these name come out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from synth.records import Pairs
from synth.results import conditions
from synth.results.grid import Cell
from synth.results.mentions import Mention, find, variant
from synth.results.numerals import is_empty

_REFUSED: Final = re.compile(
    r"#|θ|\|[^|]+\||\b(?:params?|parameters?|sizes?|time|speed\w*|hours?|hrs?|secs?|seconds|minutes|min|ms|memory|epochs?|dim\w*|layers?"
    r"|batch|steps?|counts?|number|num|tokens?|words?|sents?|sentences|documents?|docs?|vocab\w*|lengths?|len|years?|ratio"
    r"|learning|lr|dropout|gpus?|flops|cost|p-?value|rank|ids?|instances|examples|samples|entities|facts|pairs|questions"
    r"|queries|types?|freq\w*|frequency|proportion|distribution|weights?|hidden|embedding|value|window|range|kappa|#\w+"
    r"|train(?:ing)?\s+(?:size|time|speed|set\s+size))\b|^k$|^n$|^size$|^\(?s\)?$",
    re.IGNORECASE,
)
_CITATION: Final = re.compile(
    r"\s*(?:\((?=[^()]*[A-Za-z]{2})(?:[^()]*?\b(?:19|20)\d\d[a-z]?[^()]*)\)|\[(?:[\d,;\s–-]{1,24}|[^\[\]]*?\b(?:19|20)\d\d[a-z]?[^\[\]]*)\])"
)
_OURS: Final = re.compile(
    r"\s*[(\[](?:ours?|this\s+(?:work|paper)|proposed|our\s+\w+)[)\]]\s*", re.IGNORECASE
)
_ASIDE: Final = re.compile(
    r"\s*[(\[]\s*(single(?:\s+model)?|ensemble|[1-9]\d?\s*x\s*ensemble)\s*[)\]]\s*", re.IGNORECASE
)
_MARKS: Final = re.compile(r"^[\s*∗⋆★†‡§¶♠♣♦♥•·:]+|[\s*∗⋆★†‡§¶♠♣♦♥•·:]+$")
_EMPTY_WORDS: Final = """
score scores set sets result results model models system systems method methods all overall the and of
for on in our ours task tasks dataset datasets data corpus metric metrics performance evaluation eval
final best full standard language languages lang percent full-length f p r average avg mean macro micro
weighted approach
"""
_GENERIC: Final = frozenset(_EMPTY_WORDS.split())
_AVERAGE: Final = re.compile(r"\b(?:avg|averages?|mean)\b", re.IGNORECASE)
_PLAIN_SECTION: Final = re.compile(
    r"\b(?:previous|prior|our|ours|this\s+(?:work|paper)|baselines?|models?|systems?|methods?|approach\w*|published|state)\b",
    re.IGNORECASE,
)
_NAME_LIKE: Final = re.compile(r"[A-Z][\w&+./-]*(?:\s(?:[A-Z0-9][\w&+./-]*|of|and|&))*")
_SOMEONES: Final = re.compile(r"\bet\s+al\b|\b(?:19|20)\d\d\b|\bours?\b|\[\d+\]", re.IGNORECASE)
_DATA_CORNER: Final = re.compile(r"\b(?:data\s?sets?|corpus|corpora|benchmarks?|treebanks?)\b", re.IGNORECASE)
_COVERED = 0.55


class Label(NamedTuple):
    """What the headers and labels of a cell name; ``metrics`` and ``splits`` have an entry for each number.

    ``splits`` has one alone where it holds for all numbers, none where no split is named.
    """

    model: str
    task: str
    dataset: str
    splits: tuple[str, ...]
    language: str
    metrics: tuple[str, ...]
    condition: Pairs


def models_across(cells: Sequence[Cell]) -> bool:
    """Whether the columns are systems: they name fewer metrics, data sets and languages than the rows."""
    rows = {(c.row, c.beside): c for c in cells}.values()
    columns = {(c.column, c.above): c for c in cells}.values()
    beside = _share([" ".join(c.beside[-1:]) for c in rows])
    above = _share([" ".join(c.above) for c in columns])
    if beside == above == 0.0:
        return _cited([" ".join(c.above) for c in columns]) > _cited([" ".join(c.beside[-1:]) for c in rows])
    return beside > above and beside >= 0.5


def _cited(texts: Sequence[str]) -> float:
    told = [t for t in texts if t.strip()]
    return sum(bool(_SOMEONES.search(t)) for t in told) / len(told) if told else 0.0


def _share(texts: Sequence[str]) -> float:
    told = [t for t in texts if t.strip()]
    return sum(_speaks(t) for t in told) / len(told) if told else 0.0


def _speaks(text: str) -> bool:
    return any(
        m.kind in ("metric", "dataset", "split", "language", "task") for m in find(text, header=True)
    ) and (_covered(text) >= _COVERED)


def _covered(text: str) -> float:
    """Share of the letters of ``text`` that belong to a listed name."""
    letters = [i for i, c in enumerate(text) if c.isalnum()]
    mentions = [m for m in find(text, header=True) if m.kind != "setting"]
    return (
        sum(any(m.start <= i < m.end for m in mentions) for i in letters) / len(letters) if letters else 0.0
    )


def of(cell: Cell, *, across: bool) -> Label | None:
    """Return what ``cell`` is about, None where its header tells of a setting, a size or a count."""
    measures, systems = (cell.beside, cell.above) if across else (cell.above, cell.beside)
    if any(_refused(text) for text in measures):
        return None
    if across and any(_refused(text) for text in cell.corner) and not any(_speaks(t) for t in measures):
        return None
    typed = [t for t in systems if t and _covered(t) >= 0.8 and len(systems) > 1]
    kept = (
        [t for t, head in zip(systems, cell.corner, strict=False) if not _refused(head)]
        if not across
        else systems
    )
    section = cell.section if _speaks(cell.section) else ""
    texts = [t for t in (section, *typed, *measures) if t]
    model, found = _system([t for t in kept if t not in typed])
    if cell.repeated:
        found["column"] = cell.repeated
    return _label(texts, model, found, cell, section)


def _refused(text: str) -> bool:
    return bool(text) and _REFUSED.search(_metrics_out(text)) is not None


def _metrics_out(text: str) -> str:
    """``text`` without the names in it (``word error rate`` counts no words)."""
    for mention in reversed(find(text, header=True)):
        if mention.kind in ("metric", "split", "dataset"):
            text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return text


def _label(texts: Sequence[str], model: str, found: dict[str, str], cell: Cell, section: str) -> Label:
    mentions = [(t, find(t, header=True)) for t in texts]
    datasets = list(dict.fromkeys(m.name for _, ms in mentions for m in ms if m.kind == "dataset"))
    rest = [_rest(t, ms) for t, ms in mentions]
    left = [r for r in rest if r]
    if (
        not datasets
        and left
        and _NAME_LIKE.fullmatch(left[0])
        and any(_DATA_CORNER.search(c) for c in cell.corner)
    ):
        datasets = [left.pop(0)]
    if len(datasets) > 1:
        found["subset"] = datasets[1]
    if left:
        found["column"] = " ".join((*filter(None, [found.get("column", "")]), *left))
    for text, ms in mentions:
        found |= {k: v for k, v in conditions.settings(ms).items() if k not in found}
        found |= {k: v for k, v in conditions.stated(text).items() if k not in found}
    if any(_AVERAGE.search(t) for t in texts):
        found.setdefault("average", "average")
    if cell.section and not section and not _PLAIN_SECTION.search(cell.section):
        found["section"] = cell.section
    found |= {k: v for k, v in conditions.settings(find(cell.section, header=True)).items() if k not in found}
    metrics, qualifier = _metrics(mentions, len(cell.numbers))
    if qualifier:
        found["variant"] = qualifier
    return Label(
        model=model,
        task=_last(mentions, "task"),
        dataset=datasets[0] if datasets else "",
        splits=_splits(mentions, len(cell.numbers)),
        language=_last(mentions, "language"),
        metrics=metrics,
        condition=tuple(sorted(found.items())),
    )


def _splits(mentions: Iterable[tuple[str, tuple[Mention, ...]]], count: int) -> tuple[str, ...]:
    """One split for each of ``count`` numbers where a header lists as many (``dev test``), else the last."""
    for _, found in mentions:
        names = tuple(m.name for m in found if m.kind == "split")
        if count > 1 and len(names) == count:
            return names
    last = _last(mentions, "split")
    return (last,) if last else ()


def _last(mentions: Iterable[tuple[str, tuple[Mention, ...]]], kind: str) -> str:
    names = [m.name for _, ms in mentions for m in ms if m.kind == kind]
    return names[-1] if names else ""


def _metrics(mentions: Sequence[tuple[str, tuple[Mention, ...]]], count: int) -> tuple[tuple[str, ...], str]:
    """Metrics of the innermost header that names any, one for each of ``count`` numbers, and a qualifier."""
    for i, (text, found) in enumerate(reversed(mentions)):
        metrics = [m for m in found if m.kind == "metric"]
        if not metrics:
            continue
        qualified = variant(metrics, text)
        if len(qualified) == 1 and len(metrics) == 2:
            main = next(iter(qualified))
            return (main.name,) * count, qualified[main]
        names = [m.name for m in metrics]
        outer = [m for _, ms in mentions[: len(mentions) - 1 - i] for m in ms if m.kind == "metric"]
        if (
            len(names) == 1
            and outer
            and outer[-1].name.startswith("ROUGE")
            and names[0] in ("F1", "recall", "precision")
        ):
            return (outer[-1].name,) * count, names[0]
        if len(names) == 1 and outer and names[0].startswith("top-"):
            return (outer[-1].name,) * count, names[0].removesuffix(" accuracy")
        if len(names) == count:
            return tuple(names), ""
        return (tuple(names) * count, "") if len(names) == 1 else ((), "")
    return (), ""


def _rest(text: str, mentions: Sequence[Mention]) -> str:
    """What a header says beyond the listed names and empty words."""
    for mention in reversed(mentions):
        text = text[: mention.start] + " " + text[mention.end :]
    words = [w.strip("()[]{}.,:;%*†‡↑↓/-–|") for w in _CITATION.sub("", text).split()]
    sized = [w for w in words if sum(c.isalnum() for c in w) and not (w.isdigit() and len(w) > 2)]
    return " ".join(w for w in sized if w.casefold() not in _GENERIC)


def _system(texts: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the system's name without citations and marks, and the conditions that its label states."""
    found: dict[str, str] = {}
    told = [_MARKS.sub("", t) for t in texts if not is_empty(t)]
    joined = " ".join(told)
    aside = _ASIDE.search(joined)
    if aside is not None:
        found["ensembling"] = "single model" if aside.group(1).casefold().startswith("single") else "ensemble"
    name = _ASIDE.sub(" ", joined)
    bare = _CITATION.sub(" ", _OURS.sub(" ", name))
    if sum(c.isalpha() for c in bare) >= 2 and not re.fullmatch(r"\W*(?:[A-Z]\w+\s)?et\s+al\W*", bare):
        name = bare
    name = _MARKS.sub("", " ".join(name.split()))
    if name and not any(c.isalpha() for c in name):
        return "", found | {"row": name}
    return name, found
