"""Options as a person gave them go in, one statement comes out, each number found in its quote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from synth.errors import UsageError
from synth.experiments._formula.equations import number
from synth.experiments._formula.program import BadExpression, names
from synth.experiments._formula.stated import Number, Statement
from synth.records import Pairs, Reading
from synth.text import printable
from synth.trials import Quoted, Wanted

OPTIONS = ("expression", "inputs", "quote", "stated", "tolerance", "unit")
UNSEEN = "given"
"""Stands for a document where a quote was given and looked up in none."""
_INPUT = re.compile(r"\s*([A-Za-z]\w{0,31})\s*=\s*([^=;±]+?)\s*(?:±\s*([^=;±]+?)\s*)?", re.ASCII)
_MOST = 64


def named(options: Pairs) -> dict[str, str]:
    """Return options by name, the lines of several quotes joined.

    Raises UsageError for one that does not exist or is given twice.
    """
    found: dict[str, str] = {}
    for name, value in options:
        if name not in OPTIONS:
            raise UsageError(f"formula has no option {name!r}", remedy=f"known: {', '.join(OPTIONS)}")
        if name in found and name != "quote":
            raise UsageError(f"{name} is given twice", remedy="give it once; several quotes are allowed")
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def given(options: Mapping[str, str], wanted: Wanted) -> Statement:
    """Return the statement that ``options`` spell out.

    ``inputs`` are "a=68.2; b=73.6"; a whole number is exact unless written "68±0.5". ``quote`` holds one
    passage a line, by default the claim's sentence; where a paper was read, each must stand in it.
    Raises UsageError for what is missing, unreadable, unused or not in a quote.
    """
    for name in ("expression", "inputs", "stated"):
        if not options.get(name, "").strip():
            raise UsageError(
                f"the option {name} is missing",
                remedy="give the options expression, inputs and stated together",
            )
    inputs = tuple(_inputs(options["inputs"]))
    expression = options["expression"].strip()
    _check_names(expression, [name for name, _ in inputs])
    quotes = tuple(_quotes(options, wanted))
    stated = _number(options["stated"])
    for name, value in (*inputs, ("stated", stated)):
        if not any(_stands(value.printed, quote.text) for quote in quotes):
            raise UsageError(
                f"{name}={value.printed} stands in no quote",
                remedy="give the option quote with the passage that prints it",
            )
    tolerance = options.get("tolerance", "").strip()
    return Statement(
        kind="given",
        expression=expression,
        inputs=inputs,
        stated=stated,
        unit=printable(options.get("unit", "")).strip()[:40],
        quotes=quotes,
        fixed=_positive(tolerance) if tolerance else None,
    )


def _inputs(text: str) -> Iterator[tuple[str, Number]]:
    parts = [part for part in text.split(";") if part.strip()]
    if len(parts) > _MOST:
        raise UsageError(f"more than {_MOST} inputs", remedy="leave some out")
    seen: set[str] = set()
    for part in parts:
        found = _INPUT.fullmatch(part)
        if not found or found[1] in seen:
            raise UsageError(f"{part.strip()!r} is no input or given twice", remedy='write "a=68.2; b=73.6"')
        seen.add(found[1])
        value = _number(found[2])
        yield found[1], replace(value, half=_positive(found[3])) if found[3] else value


def _check_names(expression: str, given_names: list[str]) -> None:
    try:
        used = names(expression)
    except BadExpression as error:
        raise UsageError(f"{expression!r}: {error}", remedy="see docs/how-to/formula.md") from error
    for name in sorted(set(used) ^ set(given_names)):
        what = "has no value" if name in used else "is not used in the expression"
        raise UsageError(f"{name} {what}", remedy="name every input in both, inputs and expression")


def _number(text: str) -> Number:
    try:
        return number(text.strip().rstrip("%").strip())
    except ValueError as error:
        raise UsageError(str(error), remedy="write it as printed: 68.2, 1,104,934 or 433k") from error


def _positive(text: str) -> Fraction:
    value = _number(text).value
    if value < 0:
        raise UsageError(f"{text} is negative", remedy="write a tolerance as a number of at least 0")
    return value


def _stands(printed: str, text: str) -> bool:
    bare = re.escape(printed.lstrip("+"))
    return re.search(rf"(?<![\d.,])(?<![\d][.,]){bare}(?![\w]|[.,]\d)", text) is not None


def _quotes(options: Mapping[str, str], wanted: Wanted) -> Iterator[Quoted]:
    claim, reading = wanted.claim, wanted.reading
    paper = wanted.paper or (reading.paper if reading else None)
    doc_id = paper.doc_id if paper else claim.paper if claim else UNSEEN
    lines = [printable(" ".join(line.split())) for line in options.get("quote", "").splitlines()]
    if not any(lines) and not claim:
        raise UsageError(
            "no quote is given", remedy="give the option quote with the passage that prints the numbers"
        )
    if not any(lines) and claim:
        yield Quoted(doc_id=doc_id, text=claim.text, page=claim.page or 0)
    for line in filter(None, lines):
        if claim and line in " ".join(claim.text.split()):
            yield Quoted(doc_id=doc_id, text=line, page=claim.page or 0)
        elif reading:
            yield Quoted(doc_id=doc_id, text=line, page=_page(line, reading))
        else:
            yield Quoted(doc_id=UNSEEN, text=line)


def _page(text: str, reading: Reading) -> int:
    """Return the first page on which a passage or a table's row holds ``text`` (0: no pages)."""
    for passage in reading.passages:
        if text in " ".join(passage.text.split()):
            return passage.page or 0
    for table in reading.tables:
        for row in table.rows:
            if text in " ".join(" ".join(row).split()):
                return table.page
    raise UsageError(
        f"no passage of {reading.paper.doc_id} holds {text[:60]!r}", remedy="quote it word for word"
    )
