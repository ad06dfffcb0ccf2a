"""Judged claims and compared results in, the pairs of statements that cannot both hold out, both quoted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from synth.records import Comparison, Disagreement, Evidence, Judged, Label, Passage, Result, Verdict

Kind = Literal["between_works", "between_versions", "within_paper"]
_WORDS: Mapping[Kind, str] = {
    "between_works": "Another work",
    "between_versions": "Another version of the same work",
    "within_paper": "Another sentence of the same paper",
}


def disagreements(
    judged: Sequence[Judged],
    comparisons: Sequence[Comparison],
    *,
    works: Mapping[str, str],
    passages: Sequence[Passage],
    threshold: float,
) -> tuple[Disagreement, ...]:
    """Return the disagreements between works, then between versions, then within papers; ties by claim.

    Each verdict gives its best contradicting sentence. Within one work, sentences about different settings
    look like contradictions: there a verdict must be as sure as the tick (``threshold``), or one version
    support what another contradicts.

    ``claim`` is the id of a judged claim; where two results conflict that no judged claim states, it is
    the id of the result that the evidence stands against (one of ``Report.results``).
    """
    found = [d for one in judged for d in _of_claim(one, works, threshold)]
    claimed = {(d.claim, d.evidence.paper, d.evidence.quote) for d in found}
    for comparison in comparisons:
        if comparison.relation == "conflict" and len(comparison.entries) > 1:
            conflict = _of_results(comparison, judged, works, passages)
            if (conflict.claim, conflict.evidence.paper, conflict.evidence.quote) not in claimed:
                found.append(conflict)
    return tuple(sorted(found, key=lambda d: tuple(_WORDS).index(d.kind)))


def _of_claim(one: Judged, works: Mapping[str, str], threshold: float) -> Iterator[Disagreement]:
    """Yield the best contradicting sentence of each verdict of a claim that is contradicted or disputed."""
    for verdict in (one.by_others, one.by_own):
        for evidence in _against(verdict)[:1]:
            kind = _kind(one.claim.paper, evidence.paper, works)
            sure = verdict.label is Label.CONTRADICT and verdict.confidence >= threshold
            if kind != "between_works" and not sure and not (kind == "between_versions" and verdict.mixed):
                continue
            yield Disagreement(
                claim=one.claim.id, evidence=evidence, kind=kind, reason=_reason(kind, verdict, evidence)
            )


def _against(verdict: Verdict) -> tuple[Evidence, ...]:
    if verdict.label is not Label.CONTRADICT and not verdict.mixed:
        return ()
    return tuple(e for e in verdict.evidence if e.relation is Label.CONTRADICT)


def _kind(paper: str, other: str, works: Mapping[str, str]) -> Kind:
    if paper == other:
        return "within_paper"
    return "between_versions" if works.get(paper, paper) == works.get(other, other) else "between_works"


def _reason(kind: Kind, verdict: Verdict, evidence: Evidence) -> str:
    page = f", page {evidence.page}" if evidence.page else ""
    both = "; other evidence supports the claim" if verdict.mixed else ""
    said = f": {verdict.reasons[0]}" if verdict.reasons else ""
    return f"{_WORDS[kind]} ({evidence.doc_id}{page}) contradicts the claim{said}{both}."


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
