"""Readings go in; the sentences that claim something come out, then ranked, then grouped over papers.

``mine`` takes one reading, ``rank`` sets claims against a question, ``group`` puts one finding told by
several papers under one claim. Only this package imports spaCy, and only once a sentence is parsed.
"""

from synth.claims.grouping import group
from synth.claims.mining import mine
from synth.claims.model import SIGNATURE
from synth.claims.ranking import rank

__all__ = ["SIGNATURE", "group", "mine", "rank"]
