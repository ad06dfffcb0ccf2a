"""Passages and a claim go in, the few sentences worth judging come out, best first.

Two rankings are fused: BM25 (Robertson and Zaragoza 2009, as SQLite FTS5 computes it) and the cosine of
sentence vectors, by reciprocal rank (Cormack, Clarke and Buettcher 2009, k = 60). Their scores live on
different scales; their ranks do not. Ties fall to the higher cosine, then to the earlier sentence.
"""

from synth.evidence.corpus import SIGNATURE, Corpus, Encode, Place, Scope, Sought
from synth.evidence.layouts import build, from_corpus, nearest, pairs

__all__ = [
    "SIGNATURE",
    "Corpus",
    "Encode",
    "Place",
    "Scope",
    "Sought",
    "build",
    "from_corpus",
    "nearest",
    "pairs",
]
