"""Readings go in, measured results come out, and which of them may be compared.

A result is a number that a paper says it measured, with the system, data set, split, language and metric
that the paper states beside it. What is not stated is "": nothing is guessed. Numbers without a metric,
settings, sizes, dates and counts are no results.
"""

from __future__ import annotations

from synth.records import Reading, Result
from synth.results import prose, tables
from synth.results.comparison import compare

SIGNATURE = "results-1"
"""Name and version of the rules; it changes whenever they do."""


def mine(reading: Reading) -> tuple[Result, ...]:
    """Return the measured results of a paper: of its prose in reading order, then of its tables.

    ``value`` is as printed (a decrease is negative where ``is_difference``), ``digits`` the printed
    decimals, ``unit`` "percent" or "points" where stated, else "". Takes about 0.1 s for a paper.
    """
    found: dict[str, Result] = {}
    stated = tuple(prose.mine(reading))
    for result in (*stated, *tables.mine(reading, prose=stated)):
        found.setdefault(result.id, result)
    return tuple(found.values())


__all__ = ["SIGNATURE", "compare", "mine"]
