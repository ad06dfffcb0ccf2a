"""Judged claims and compared results in, the pairs of statements that cannot both hold out, both quoted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from synth.records import Claim, Comparison, Disagreement, Evidence, Judged, Label, Passage, Result, Verdict
from synth.synthesis.opposition import named, opposed
from synth.text import content_words, letters

Kind = Literal["between_works", "between_versions", "within_paper"]
_WORDS: Mapping[Kind, str] = {
    "between_versions": "Another version of the same work",
    "between_works": "Another work",
    "within_paper": "Another sentence of the same paper",
}
LEAST = 0.5
"""Score from which a sentence counts as contradicting a claim."""
ALIKE = 0.4
"""Share of content words in common from which sentences of one paper may contradict each other."""


def disagreements(
    judged: Sequence[Judged],
    comparisons: Sequence[Comparison],
    *,
    works: Mapping[str, str],
    passages: Sequence[Passage],
    threshold: float,
) -> tuple[Disagreement, ...]:
    """Return conflicting results, then contradicted claims; versions before works before single papers.

    A claim has one entry for each work that stands against it, with the strongest sentence of that work;
    two sentences that contradict each other are told once. Within one work, sentences about different
    settings look like contradictions: there the verdict (in one paper) or the sentence (of another version)
    must be as sure as the tick (``threshold``) and the opposition have a name, sentences of one paper have
    most words in common, or one version support what
    another contradicts.

    ``claim`` is the id of a judged claim; where two results conflict that no judged claim states, it is
    the id of the result that the evidence stands against (one of ``Report.results``).
    """
    conflicts = [
        _of_results(comparison, judged, works, passages)
        for comparison in comparisons
        if comparison.relation == "conflict" and len(comparison.entries) > 1
    ]
    told = {(d.claim, _work(d, works)) for d in conflicts}
    claims = {one.claim.id: one.claim for one in judged}
    found = [d for one in judged for d in _of_claim(one, works, threshold)]
    claimed = [d for d in _strongest(found, claims, works) if (d.claim, _work(d, works)) not in told]
    return (*sorted(conflicts, key=_rank), *claimed)


def _work(one: Disagreement, works: Mapping[str, str]) -> str:
    """Return the work that stands against."""
    return works.get(one.evidence.paper, one.evidence.paper)


def _rank(one: Disagreement) -> int:
    return tuple(_WORDS).index(one.kind)


def _strongest(
    found: Sequence[Disagreement], claims: Mapping[str, Claim], works: Mapping[str, str]
) -> tuple[Disagreement, ...]:
    """Return the best for each claim and opposing work, and of A against B and B against A the better."""
    kept: list[Disagreement] = []
    seen: set[tuple[str, str]] = set()
    pairs: set[frozenset[tuple[str, str]]] = set()
    for one in sorted(found, key=lambda d: (_rank(d), -d.evidence.score)):
        claim, against = claims[one.claim], one.evidence
        work = (one.claim, _work(one, works))
        pair = frozenset(((claim.paper, letters(claim.text)), (against.paper, letters(against.quote))))
        if work not in seen and pair not in pairs:
            kept.append(one)
            seen.add(work)
            pairs.add(pair)
    return tuple(kept)


def _of_claim(one: Judged, works: Mapping[str, str], threshold: float) -> Iterator[Disagreement]:
    """Yield what contradicts a claim that is contradicted or disputed, sentence by sentence."""
    for verdict in (one.by_others, one.by_own):
        if verdict.label is not Label.CONTRADICT and not verdict.mixed:
            continue
        for evidence in verdict.evidence:
            if evidence.relation is not Label.CONTRADICT or evidence.score < LEAST:
                continue
            kind = _kind(one.claim.paper, evidence.paper, works)
            how = _how(one.claim.text, verdict, evidence)
            if kind == "between_works" or (how and _sure(kind, one.claim.text, verdict, evidence, threshold)):
                yield Disagreement(
                    claim=one.claim.id,
                    evidence=evidence,
                    kind=kind,
                    reason=_reason(kind, verdict, evidence, how),
                )


def _sure(kind: Kind, claim: str, verdict: Verdict, evidence: Evidence, threshold: float) -> bool:
    """Whether a contradiction inside one work is more than two settings side by side."""
    if kind == "between_versions":
        return verdict.mixed or evidence.score >= threshold
    return (
        verdict.label is Label.CONTRADICT
        and verdict.confidence >= threshold
        and _alike(claim, evidence.quote)
    )


def _alike(one: str, other: str) -> bool:
    """Whether two sentences of one paper speak of one thing: the Jaccard index of their content words."""
    a, b = set(content_words(one)), set(content_words(other))
    return len(a & b) >= ALIKE * len(a | b)


def _kind(paper: str, other: str, works: Mapping[str, str]) -> Kind:
    if paper == other:
        return "within_paper"
    return "between_versions" if works.get(paper, paper) == works.get(other, other) else "between_works"


def _how(claim: str, verdict: Verdict, evidence: Evidence) -> str:
    """Return the opposition in plain words; a verdict's reasons are those of its first sentence alone."""
    said = named(verdict.reasons) if evidence is verdict.evidence[0] else ""
    return said or opposed(claim, evidence.quote)


def _reason(kind: Kind, verdict: Verdict, evidence: Evidence, how: str) -> str:
    page = f", page {evidence.page}" if evidence.page else ""
    both = "; other passages support the claim" if verdict.mixed else ""
    said = how or "it is read as saying otherwise"
    return f"{_WORDS[kind]} ({evidence.doc_id}{page}) contradicts the claim: {said}{both}."


def _of_results(
    comparison: Comparison, judged: Sequence[Judged], works: Mapping[str, str], passages: Sequence[Passage]
) -> Disagreement:
    """Return the disagreement between the lowest and the highest of the conflicting results."""
    ordered = sorted(comparison.entries, key=lambda r: (r.value, r.id))
    low, high = ordered[0], ordered[-1]
    claim, against = _claim_of(low, judged), high
    if not claim:
        claim, against = _claim_of(high, judged), low
    if not claim:
        claim, against = low.id, high
    shown = f"{low.doc_id} reports {_value(low)}, {high.doc_id} {_value(high)}"
    because = f" ({comparison.reason})" if comparison.reason else ""
    return Disagreement(
        claim=claim,
        evidence=_evidence(against, passages),
        kind=_kind(low.paper, high.paper, works),
        reason=f"{comparison.key}: {shown}{because}.",
    )


def _claim_of(result: Result, judged: Sequence[Judged]) -> str:
    """Return the id of the judged claim in whose sentence ``result`` is reported, or ""."""
    if result.origin != "prose":
        return ""
    return next(
        (
            one.claim.id
            for one in judged
            if one.claim.paper == result.paper
            and (result.quote in one.claim.text or one.claim.text in result.quote)
        ),
        "",
    )


def _evidence(result: Result, passages: Sequence[Passage]) -> Evidence:
    """Return a result as evidence, placed in the passage that holds its quote; a table cell has none."""
    for passage in passages:
        start = passage.text.find(result.quote) if passage.paper == result.paper else -1
        if start >= 0:
            inside = [i for i, s in enumerate(passage.sentences) if s.start <= start < s.end]
            return _quoted(result, passage=passage.id, sentence=inside[0] if inside else 0, start=start)
    return _quoted(result, passage="", sentence=0, start=0)


def _quoted(result: Result, *, passage: str, sentence: int, start: int) -> Evidence:
    return Evidence(
        doc_id=result.doc_id,
        paper=result.paper,
        passage=passage,
        sentence=sentence,
        start=start,
        quote=result.quote,
        spans=result.spans,
        relation=Label.CONTRADICT,
        score=1.0,
    )


def _value(result: Result) -> str:
    """Return the value as reported, with its unit."""
    number = f"{result.value:.{result.digits}f}"
    return f"{number} {result.unit}" if result.unit else number
