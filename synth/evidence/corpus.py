"""Sentences go in; for a claim, those nearest to it by words and by meaning come out."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from synth.errors import UsageError
from synth.evidence.lexical import indexed, matches
from synth.evidence.rows import Range, grouped, members, ranges, within
from synth.records import Evidence
from synth.text import letters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Cosines = NDArray[np.float64]
    Rows = NDArray[np.int64]

Scope = Literal["all", "own", "others"]
Encode = Callable[[Sequence[str]], "NDArray[np.float32]"]
Place = tuple[str, int]
"""Where a sentence stands: passage id and index in the passage."""
Ranked = TypeVar("Ranked", bound=Hashable)

RRF_K = 60
DEPTH = 100
"""How far down each ranking is read before fusing."""
NEAR_PAPERS = 20
"""How many papers BM25 brings near a claim; a lazy corpus encodes and ranks their sentences alone."""
PAPER_WEIGHT = 4.0
"""In a lazy corpus the rank of a sentence's paper counts as much as this many rankings of sentences."""
SIGNATURE = f"bm25+cosine/rrf{RRF_K}/depth{DEPTH}/papers{NEAR_PAPERS}x{PAPER_WEIGHT:g}@2"
_BLOCK = 16  # claims in one product; a product of fixed width gives each the same bits, whatever the others


class Sought(NamedTuple):
    """A claim to find evidence for: its text, the work it stands in, and sentences that may not answer."""

    claim: str
    work: str = ""
    exclude: frozenset[Place] = frozenset()


class Corpus:
    """Sentences that can be searched; the rows of one paper, and of one work, are neighbours.

    Not for several threads at a time. A lazy corpus encodes the sentences of a paper when BM25 first brings
    it near a claim, so that tens of thousands of abstracts can be asked at once.
    """

    def __init__(
        self,
        rows: Sequence[Evidence],
        *,
        works: Sequence[str],
        encode: Encode,
        titles: Mapping[str, str] | None = None,
        lazy: bool = False,
    ) -> None:
        order = grouped(works, [row.paper for row in rows])
        self.rows = tuple(rows[i] for i in order)
        self.works = tuple(works[i] for i in order)
        self._of_work = ranges(self.works)
        self._papers = tuple(ranges([row.paper for row in self.rows]).values())
        self._of_document: dict[str, list[Range]] = {}
        for one in self._papers:
            self._of_document.setdefault(self.rows[one.start].doc_id, []).append(one)
        self._titles = dict(titles or {})
        self._encode = encode
        self._lazy = lazy
        self._index = indexed(row.quote for row in self.rows)
        self._paper_index: sqlite3.Connection | None = None
        self._vectors: Floats | None = None
        self._known: NDArray[np.bool_] | None = None
        if self.rows and not lazy:
            self._vectors = encode([row.quote for row in self.rows])

    def __len__(self) -> int:
        return len(self.rows)

    def find(
        self,
        claim: str,
        *,
        limit: int = 5,
        work: str = "",
        scope: Scope = "all",
        exclude: frozenset[Place] = frozenset(),
        per_paper: int | None = None,
        doc_id: str = "",
    ) -> tuple[Evidence, ...]:
        """Return the ``limit`` sentences nearest to ``claim``, best first; see ``find_all``."""
        sought = Sought(claim, work, exclude)
        return self.find_all([sought], limit=limit, scope=scope, per_paper=per_paper, doc_id=doc_id)[0]

    def find_all(
        self,
        sought: Sequence[Sought],
        *,
        limit: int = 5,
        scope: Scope = "all",
        per_paper: int | None = None,
        doc_id: str = "",
    ) -> tuple[tuple[Evidence, ...], ...]:
        """Return for each claim its nearest sentences, best first, each with a fused score in [0, 1].

        ``scope`` keeps to the claim's own work or to others; ``doc_id`` to one document; ``per_paper`` bounds
        how many sentences one paper gives. A sentence with the very letters of the claim is never
        evidence from the claim's own work (whatever its version), and repeats within a work count once.
        Raises UsageError for scope "own" or "others" without a work.
        """
        if scope != "all" and not all(one.work for one in sought):
            raise UsageError(f"scope {scope!r} needs the work that the claim stands in")
        if not self.rows or not sought:
            return tuple(() for _ in sought)
        vectors = self._encode([one.claim for one in sought])
        found, everything = [], members([Range(0, len(self.rows))])
        for start in range(0, len(sought), _BLOCK):
            block = sought[start : start + _BLOCK]
            cosines = None if self._lazy else self._cosines(everything, vectors[start : start + _BLOCK])
            for i, one in enumerate(block):
                allowed = self._allowed(one, scope=scope, doc_id=doc_id)
                known = None if cosines is None else cosines[i]
                ranked = self._ranked(one, allowed, vector=vectors[start + i], known=known)
                found.append(self._chosen(one, ranked, limit=limit, per_paper=per_paper))
        return tuple(found)

    def documents(self, claim: str, *, limit: int = 10) -> tuple[str, ...]:
        """Return the doc ids nearest to ``claim``, best first: BM25 and the best cosine, fused."""
        papers = self._near_papers(claim)
        if not papers:
            return ()
        near = members(papers)
        cosine = self._cosines(near, self._encode([claim]))[0]
        best = {one: cosine[one.start : one.end].max() for one in papers}
        by_cosine = sorted(papers, key=lambda one: (-best[one], one))
        score = fused([(1.0, _ranks(papers)), (1.0, _ranks(by_cosine))])
        order = sorted(score, key=lambda one: (-score[one], -best[one], one))
        return tuple(dict.fromkeys(self.rows[one.start].doc_id for one in order))[:limit]

    def relevance(self, question: str) -> dict[Place, float]:
        """Return how near each sentence is to ``question``: the cosine, below 0 counted as 0."""
        if not self.rows:
            return {}
        everything = members([Range(0, len(self.rows))])
        cosine = self._cosines(everything, self._encode([question]))[0]
        return {
            (row.passage, row.sentence): max(0.0, float(value))
            for row, value in zip(self.rows, cosine, strict=True)
        }

    def _allowed(self, one: Sought, *, scope: Scope, doc_id: str) -> list[Range]:
        """Return the ranges of rows that may answer."""
        end = len(self.rows)
        own = self._of_work.get(one.work, Range(0, 0)) if one.work else Range(0, 0)
        allowed = [Range(0, end)]
        if scope != "all":
            allowed = [own] if scope == "own" else [Range(0, own.start), Range(own.end, end)]
        if doc_id:
            return within(allowed, self._of_document.get(doc_id, []))
        return [one for one in allowed if one.start < one.end]

    def _ranked(
        self, one: Sought, allowed: Sequence[Range], *, vector: Floats, known: Cosines | None
    ) -> list[tuple[float, int]]:
        """Return (fused score, row), best first, of the rows that either ranking brings up."""
        import numpy as np

        papers: list[Range] = []
        if self._lazy and sum(end - start for start, end in allowed) > DEPTH:
            papers = self._near_papers(one.claim)
            allowed = within(allowed, sorted(papers))
        near = members(allowed)
        if not len(near):
            return []
        cosine = self._cosines(near, vector[None])[0] if known is None else known
        depth = DEPTH + len(one.exclude)
        semantic = near[np.argsort(-cosine[near], kind="stable")][:depth].tolist()
        lexical = matches(self._index, one.claim, allowed=allowed, limit=depth)
        rankings = [(1.0, _ranks(self._answering(one, ranking))) for ranking in (lexical, semantic)]
        if papers:
            of_paper = {i: rank for rank, paper in enumerate(papers, 1) for i in range(*paper)}
            rankings.append((PAPER_WEIGHT, {i: of_paper[i] for _, ranks in rankings for i in ranks}))
        score = fused(rankings)
        return [(score[i], i) for i in sorted(score, key=lambda i: (-score[i], -cosine[i], i))]

    def _near_papers(self, claim: str) -> list[Range]:
        """Return the rows of the papers that BM25 finds for ``claim``, best first."""
        if self._paper_index is None:
            self._paper_index = indexed(
                " ".join([self._titles.get(rows[0].paper, ""), *(row.quote for row in rows)])
                for rows in (self.rows[one.start : one.end] for one in self._papers)
            )
        whole = [Range(0, len(self._papers))]
        best = matches(self._paper_index, claim, allowed=whole, limit=NEAR_PAPERS)
        return [self._papers[k] for k in best]

    def _answering(self, one: Sought, ranking: Iterable[int]) -> list[int]:
        """Return the rows of ``ranking`` but the claim itself and its copies.

        A claim that stands letter for letter in another work, too, is repeated there, not confirmed.
        """
        own = letters(one.claim) if one.work else ""
        kept = []
        for i in ranking:
            row = self.rows[i]
            copied = bool(one.work) and letters(row.quote) == own
            if not copied and (row.passage, row.sentence) not in one.exclude:
                kept.append(i)
        return kept[:DEPTH]

    def _chosen(
        self, one: Sought, ranked: Iterable[tuple[float, int]], *, limit: int, per_paper: int | None
    ) -> tuple[Evidence, ...]:
        chosen: list[Evidence] = []
        of_paper: Counter[str] = Counter()
        seen: set[tuple[str, str]] = set()
        for score, i in ranked:
            if len(chosen) >= limit:
                break
            row, copy = self.rows[i], (self.works[i], letters(self.rows[i].quote))
            if copy in seen or (per_paper is not None and of_paper[row.paper] >= per_paper):
                continue
            seen.add(copy)
            of_paper[row.paper] += 1
            own = bool(one.work) and self.works[i] == one.work
            chosen.append(replace(row, score=score, own_source=own))
        return tuple(chosen)

    def _cosines(self, wanted: Rows, vectors: Floats) -> Cosines:
        """Return the cosines of at most a block of vectors (m, d) with each row: (m, rows).

        A lazy corpus has them for the ``wanted`` rows and -1 for others. They are rounded: the last bits of a
        product differ from processor to processor and should seldom decide.
        """
        import numpy as np

        block = np.zeros((_BLOCK, vectors.shape[1]), np.float32)
        block[: len(vectors)] = vectors
        if self._vectors is not None and not self._lazy:
            product = self._vectors @ block.T
        else:
            product = np.full((len(self.rows), _BLOCK), -1.0, np.float32)
            product[wanted] = self._know(wanted)[wanted] @ block.T
        return np.ascontiguousarray(np.round(product[:, : len(vectors)].T.astype(np.float64), 5))

    def _know(self, wanted: Rows) -> Floats:
        """Return the matrix of vectors in which the ``wanted`` rows are filled."""
        import numpy as np

        if self._vectors is None or self._known is None:
            first = self._encode([self.rows[i].quote for i in wanted])
            # Untouched pages of zeros take no memory.
            self._vectors = np.zeros((len(self.rows), first.shape[1]), np.float32)
            self._known = np.zeros(len(self.rows), np.bool_)
            self._vectors[wanted], self._known[wanted] = first, True
        missing = wanted[~self._known[wanted]]
        if len(missing):
            self._vectors[missing] = self._encode([self.rows[i].quote for i in missing])
            self._known[missing] = True
        return self._vectors


def fused(rankings: Sequence[tuple[float, Mapping[Ranked, int]]]) -> dict[Ranked, float]:
    """Return the weighted sums of reciprocal ranks, scaled so that the first of every ranking has 1."""
    sums: dict[Ranked, float] = {}
    for weight, ranking in rankings:
        for one, rank in ranking.items():
            sums[one] = sums.get(one, 0.0) + weight / (RRF_K + rank)
    top = sum(weight for weight, _ in rankings) / (RRF_K + 1)
    return {one: round(value / top, 6) for one, value in sums.items()}


def _ranks(ranking: Sequence[Ranked]) -> dict[Ranked, int]:
    return {one: rank for rank, one in enumerate(ranking, 1)}
