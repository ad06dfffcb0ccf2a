"""A report's compared results in, the table of numbers out: which agree, conflict, must not be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from synth.formats.document import Block, Heading, Paragraph, Table, Text, plain
from synth.formats.sections.numbering import place
from synth.formats.wording import listed, plural, sentence, verb
from synth.records import Comparison, Relation, Report, Result

RELATIONS = {
    "agree": "agree",
    "conflict": "conflict",
    "not_comparable": "not comparable",
    "condition_not_stated": "condition not stated",
}
_COUNTED: Mapping[Relation, tuple[str, str]] = {
    "agree": ("agrees", "agree"),
    "conflict": ("conflicts", "conflict"),
    "not_comparable": ("must not be compared", "must not be compared"),
    "condition_not_stated": ("leaves a condition open", "leave a condition open"),
}
MOST_SHOWN = 20
"""Rows for quantities that may be compared, and as many for those that must not; conflicts are all shown."""


def measured(report: Report) -> Iterator[Block]:
    """Yield section 3.5: every conflict, then what agrees and what must not be compared.

    Quantities of papers whose claims were judged come first: they are nearest to the question.
    """
    yield Heading(level=3, number="3.5", text="Measured numbers", anchor="numbers")
    yield Paragraph(text=plain(_counts(report)))
    near = {one.claim.paper for one in report.judged}
    ordered = sorted(
        report.comparisons, key=lambda c: -sum(e.paper in near for e in c.entries) / len(c.entries)
    )
    conflicts = [c for c in ordered if c.relation == "conflict"]
    agree = [c for c in ordered if c.relation == "agree"]
    apart = [c for c in ordered if c.relation == "not_comparable"]
    open_ = [c for c in ordered if c.relation == "condition_not_stated"]
    shown = (*conflicts, *agree[:MOST_SHOWN], *(*apart, *open_)[:MOST_SHOWN])
    if not shown:
        return
    yield Table(
        columns=("Quantity", "Relation", "Values", "Why"),
        rows=tuple(_row(one) for one in shown),
        widths=(4, 3, 7, 6),
    )
    hidden = len(ordered) - len(shown)
    if hidden > 0:
        more = plural(hidden, "further quantity", "further quantities")
        yield Paragraph(
            text=plain(
                f"{more} {verb(hidden, 'stands', 'stand')} in manifest.json, under benchmark_evidence."
            ),
            small=True,
        )


def _counts(report: Report) -> str:
    total = len(report.comparisons)
    mined = (
        f"{plural(len(report.results), 'measured result')} {verb(len(report.results), 'was', 'were')} mined"
    )
    if not total:
        return f"{mined}; no two of them speak of the same quantity."
    by_relation = Counter(c.relation for c in report.comparisons)
    said = [
        f"{by_relation[name]:,} {verb(by_relation[name], one, many)}"
        for name, (one, many) in _COUNTED.items()
        if by_relation[name]
    ]
    several = f"{plural(total, 'quantity', 'quantities')} {verb(total, 'is', 'are')} stated more than once"
    return (
        f"{mined}; {several}: {listed(said)}. Values that are not comparable are listed side by side, "
        "never subtracted."
    )


def _row(one: Comparison) -> tuple[Text, ...]:
    relation = RELATIONS[one.relation]
    if one.spread is not None and one.relation == "conflict":
        unit = one.entries[0].unit if one.entries else ""
        relation += f", spread {one.spread:g}{f' {unit}' if unit else ''}"
    values = "; ".join(f"{value(e)} ({e.doc_id}, {place(e.spans)})" for e in one.entries)
    return plain(one.key), plain(relation), plain(values), plain(sentence(one.reason))


def value(result: Result) -> str:
    """Return a value with the decimals that were reported, and its unit."""
    number = f"{result.value:.{result.digits}f}" if result.digits >= 0 else f"{result.value:g}"
    return f"{number} {result.unit}" if result.unit else number
