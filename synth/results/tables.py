"""A reading goes in, the measured results in its tables come out, each with its cell's box.

A table is read along both axes: what its headers, labels, section rows and caption name. A number
without a metric in any of these is no result; a table of settings or of counts gives none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from synth.records import Reading, Result, Role, Span, Table, content_id
from synth.results import conditions, grid, labels, numerals
from synth.results.datasets import SUBSETS
from synth.results.labels import Label
from synth.results.lexicon import UNBOUNDED
from synth.results.mentions import Mention, find
from synth.text import printable

_COUNTS: Final = re.compile(
    r"\bstatistic\w*|\bhyper-?\s?parameter|\bnumber\s+of\b|\bsizes?\s+of\b|\bnotation|\bdata\s?sets?\s+(?:used|details|sizes|splits)"
    r"|\bcorpus\s+(?:size|details)|\bexamples?\s+(?:of|from)\b|\bconfusion\b|\bsummary\s+of\s+(?:the\s+)?data|\bparameter\s+settings?",
    re.IGNORECASE,
)
_DIFFERENCE: Final = re.compile(
    r"Δ|∆|\bdelta\b|\bdiff(?:erence|\.)?\b|\bimprov\w+|\bgains?\b|\bimpr\.|\bincrease|\bchange\b",
    re.IGNORECASE,
)
_LONGEST: Final = 1500
"""Characters of a caption that are read."""
_NUMBER: Final = re.compile(r"\btab(?:le|\.)\s*(\d{1,3}|[IVX]{1,5})\b", re.IGNORECASE)


class Named(NamedTuple):
    """What one place of a table says: a value for each facet, "" where it says none."""

    metric: str = ""
    dataset: str = ""
    split: str = ""
    language: str = ""
    task: str = ""


def mine(reading: Reading, *, prose: Sequence[Result]) -> Iterator[Result]:
    """Yield the results of all tables, table by table, row by row.

    ``prose`` are the results that the text states: where a table names no metric, but one of its
    numbers stands in the text with one, that is the table's.
    """
    for table in reading.tables:
        yield from _table(reading, table, prose)


def _table(reading: Reading, table: Table, prose: Sequence[Result]) -> Iterator[Result]:
    cells = grid.cells(table)
    if not cells:
        return
    context = _context(reading, table)
    if _COUNTS.search(table.caption[:_LONGEST]):
        context = context._replace(metric="")
    elif not context.metric:
        context = context._replace(metric=_metric_of_values(cells, prose))
    across = labels.models_across(cells)
    whole = _whole_columns(cells)
    told = [labels.of(cell, across=across) for cell in cells]
    if any(label is not None and label.metrics for label in told):
        context = context._replace(metric="")
    row, settings = -1, ""
    for cell, label in zip(cells, told, strict=True):
        if cell.row != row:
            row, settings = cell.row, ""
        found = (
            []
            if label is None
            else list(_cell(reading, table, cell, label, context, counts=whole[cell.column]))
        )
        if not found and cell.above and not across:
            settings = f"{settings}, {cell.above[-1]} {cell.text}".removeprefix(", ")
        for result in found:
            yield _with_settings(result, settings)


def _with_settings(result: Result, settings: str) -> Result:
    """Add what the row's other columns state of how the number came about (``Width 200, Depth 10``)."""
    if not settings:
        return result
    pairs = (*result.condition, ("settings", printable(settings[:120])))
    return replace(result, condition=tuple(sorted(pairs)))


def _whole_columns(cells: Sequence[grid.Cell]) -> dict[int, bool]:
    """Return column -> whether all of its numbers are whole (counts, unless the header names a metric)."""
    found: dict[int, bool] = {}
    for cell in cells:
        whole = all(p.digits == 0 and not p.percent for p in cell.numbers)
        found[cell.column] = found.get(cell.column, True) and whole
    return found


def _context(reading: Reading, table: Table) -> Named:
    """Facets that hold for the whole table: its caption's, else those of the sentences that point to it.

    Of each facet only a name that stands alone counts: a caption with two data sets gives none, and
    leaves nothing to the sentences.
    """
    caption = find(table.caption[:_LONGEST])
    found = {kind: _only(caption, kind) for kind in Named._fields}
    for text in _pointing(reading, table):
        mentions = find(text)
        for kind in Named._fields:
            if found[kind] is None:
                found[kind] = _only(mentions, kind)
    return Named(**{kind: name or "" for kind, name in found.items()})


def _only(mentions: Sequence[Mention], kind: str) -> str | None:
    """The one name of ``kind``; "" where there are several, None where there is none."""
    names = {m.name for m in mentions if m.kind == kind}
    return None if not names else names.pop() if len(names) == 1 else ""


def _pointing(reading: Reading, table: Table) -> Iterator[str]:
    """Yield the sentences that name the table's number, then the headings of their sections."""
    number = _NUMBER.search(table.caption[:_LONGEST])
    if number is None:
        return
    pointer = re.compile(rf"\btab(?:le|\.)\s*{re.escape(number.group(1))}\b", re.IGNORECASE)
    headings: dict[str, None] = {}
    for passage in reading.passages:
        if passage.role is Role.BODY and pointer.search(passage.text):
            headings[passage.section.rpartition(">")[2]] = None
            for index in range(len(passage.sentences)):
                sentence = passage.sentence_text(index)
                if len(set(_NUMBER.findall(sentence))) == 1 and pointer.search(sentence):
                    yield sentence
    if len(headings) == 1:
        yield from headings


def _metric_of_values(cells: Sequence[grid.Cell], prose: Sequence[Result]) -> str:
    """The only metric with which the text repeats a number (with decimals) of the table, else ""."""
    printed = {(n.value, n.digits) for c in cells for n in c.numbers if n.digits}
    named = {r.metric for r in prose if r.metric and not r.is_difference and (r.value, r.digits) in printed}
    return named.pop() if len(named) == 1 else ""


def _cell(
    reading: Reading, table: Table, cell: grid.Cell, label: Label, caption: Named, *, counts: bool
) -> Iterator[Result]:
    metrics = label.metrics or ((caption.metric,) if caption.metric else ())
    if not metrics or len(metrics) != len(cell.numbers):
        return
    if counts and not label.metrics:
        return
    for position, (metric, number) in enumerate(zip(metrics, cell.numbers, strict=True)):
        if number.grouped or not _believable(number, metric):
            continue
        yield _result(reading, table, cell, label, caption, metric, number, position)


def _believable(number: numerals.Printed, metric: str) -> bool:
    if metric in UNBOUNDED:
        return True
    return abs(number.value) <= 100.0 and not (number.digits == 0 and number.value >= 1900)


def _result(
    reading: Reading,
    table: Table,
    cell: grid.Cell,
    label: Label,
    caption: Named,
    metric: str,
    number: numerals.Printed,
    position: int,
) -> Result:
    found = dict(label.condition)
    for name, value in conditions.stated(table.caption[:_LONGEST]).items():
        if name not in ("without", "average") and (name != "split of" or caption.dataset):
            found.setdefault(name, value)
    dataset = label.dataset or caption.dataset
    if caption.dataset and dataset in SUBSETS and dataset != caption.dataset:
        found.setdefault("subset", dataset)
        dataset = caption.dataset
    if number.error:
        found["error"] = f"±{number.error}"
    heads = " ".join((*cell.above, *cell.beside, cell.section))
    difference = bool(_DIFFERENCE.search(heads)) or (number.signed and not metric.endswith("correlation"))
    percent = number.percent or "%" in heads or "(%)" in table.caption[:_LONGEST]
    return Result(
        id=content_id("r", reading.paper.id, table.id, str(cell.row), str(cell.column), str(position)),
        paper=reading.paper.id,
        doc_id=reading.paper.doc_id,
        model=printable(label.model),
        task=label.task or caption.task,
        dataset=printable(dataset),
        split=(label.splits * (position + 1))[position] if label.splits else caption.split,
        language=label.language or caption.language,
        metric=metric,
        value=number.value,
        unit="percent" if percent else "points" if difference else "",
        digits=number.digits,
        origin="table",
        quote=" | ".join(t for t in (*cell.beside, *cell.above, cell.text) if t),
        spans=(Span(page=table.page, boxes=(cell.box or table.box,)),),
        condition=tuple(sorted(found.items())),
        is_difference=difference,
    )
