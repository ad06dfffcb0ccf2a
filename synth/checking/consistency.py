"""A manifest, the lines of claims.jsonl and report.md in, where they say different things out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import floor
from typing import Any

from synth.checking.cells import cells
from synth.checking.files import Problem, problem

CLAIMS, REPORT, MANIFEST = "claims.jsonl", "report.md", "manifest.json"
TICK, CROSS = "✓", "✗"
_AGAIN = "write the bundle again: one of the files was edited"
_COUNTS = re.compile(
    r"^(\d[\d,]{0,14}) papers? retrieved\. (\d[\d,]{0,14}) claims? extracted; (\d[\d,]{0,14}) independently "
    r"verified\. Quality review score: (\d+\.\d)/10\.$",
    re.MULTILINE,
)
_STATUS = re.compile(r"Gate status: ([A-Z]+) ")
HEADLINES = ("finding", "comparison")
_HEADS = "| Claim | Verified | Confidence |"


def check(manifest: Mapping[str, Any], claims: Sequence[Mapping[str, Any]], report: str) -> Iterator[Problem]:
    """Yield a problem for each verdict, tick or count that does not follow from the others."""
    threshold = manifest.get("threshold")
    for line, claim in enumerate(claims, start=1):
        yield from _verdicts(line, claim)
        if isinstance(threshold, int | float):
            yield from _tick(line, claim, float(threshold))
    yield from _manifest(manifest, claims)
    yield from _report(manifest, claims, report)


def _verdicts(line: int, claim: Mapping[str, Any]) -> Iterator[Problem]:
    """A SUPPORT or CONTRADICT rests on evidence of that relation from where the verdict is about."""
    for name, own in (("verdict", False), ("own_verdict", True)):
        verdict = claim[name]
        label = verdict["label"]
        if verdict["confidence"] != verdict["probabilities"][label]:
            yield _fault(line, f"{name}: the confidence is not the probability of {label}")
        if abs(sum(verdict["probabilities"].values()) - 1.0) > 2e-3:
            yield _fault(line, f"{name}: the probabilities do not sum to 1")
        evidence = [e for e in verdict["evidence"] if own or not e["own_source"]]
        if label != "NOT_ENOUGH_INFO" and not any(e["relation"] == label for e in evidence):
            whose = "its own work" if own else "another work"
            yield _fault(line, f"{name}: {label} without evidence of that relation from {whose}")
    if claim["verdict"]["claim"] != claim["text"] or claim["verdict"]["id"] != claim["id"]:
        yield _fault(line, "the verdict is on another claim")


def _tick(line: int, claim: Mapping[str, Any], threshold: float) -> Iterator[Problem]:
    verdict = claim["verdict"]
    due = verdict["label"] == "SUPPORT" and verdict["confidence"] >= threshold
    if claim["verified"] != due:
        said = "verified" if claim["verified"] else "not verified"
        yield _fault(
            line, f"{said}, but {verdict['label']} {verdict['confidence']:.2f} at threshold {threshold:.2f}"
        )


def _manifest(manifest: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    verified = sum(bool(c["verified"]) for c in claims)
    due = {"claims_extracted": len(claims), "claims_verified": verified}
    yield from _gate(manifest, claims)
    counts = manifest.get("counts")
    for name, value in due.items():
        said = counts.get(name) if isinstance(counts, dict) else None
        if said != value:
            yield problem(MANIFEST, f"counts.{name} is {said}, claims.jsonl holds {value}", _AGAIN)


def _gate(manifest: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """The record is VERIFIED only where every finding and comparison is."""
    headlines = [c["gate"]["status"] for c in claims if c["kind"] in HEADLINES]
    due = "VERIFIED" if headlines and set(headlines) == {"VERIFIED"} else "UNVERIFIED"
    verdict = manifest.get("gate_verdict")
    said = verdict.get("status") if isinstance(verdict, dict) else None
    if said != due:
        yield problem(MANIFEST, f"gate_verdict.status is {said}, the claims give {due}", _AGAIN)


def _report(
    manifest: Mapping[str, Any], claims: Sequence[Mapping[str, Any]], report: str
) -> Iterator[Problem]:
    stated = _STATUS.search(report)
    verdict = manifest.get("gate_verdict")
    if stated and isinstance(verdict, dict) and stated[1] != verdict.get("status"):
        yield problem(REPORT, f"says gate status {stated[1]}, the manifest {verdict.get('status')}", _AGAIN)
    found = _COUNTS.search(report)
    if not found:
        yield problem(REPORT, "the sentence with the counts is missing", _AGAIN)
        return
    _, extracted, verified = (int(n.replace(",", "")) for n in found.groups()[:3])
    due = sum(bool(c["verified"]) for c in claims)
    if (extracted, verified) != (len(claims), due):
        yield problem(
            REPORT,
            f"says {extracted} claims extracted and {verified} verified, claims.jsonl holds "
            f"{len(claims)} and {due}",
            _AGAIN,
        )
    quality = manifest.get("quality_assessment")
    score = quality.get("review_score") if isinstance(quality, dict) else None
    if isinstance(score, int | float) and f"{score:.1f}" != found[4]:
        yield problem(REPORT, f"says review score {found[4]}, the manifest {score:.1f}", _AGAIN)
    threshold = manifest.get("threshold")
    due_from = float(threshold) if isinstance(threshold, int | float) else 1.0
    yield from _rows(claims, rows(report), threshold=due_from)


def _rows(
    claims: Sequence[Mapping[str, Any]], table: Sequence[tuple[str, str, str]], *, threshold: float
) -> Iterator[Problem]:
    if len(table) != len(claims):
        yield problem(REPORT, f"its table has {len(table)} claims, claims.jsonl {len(claims)}", _AGAIN)
        return
    for number, (claim, (text, mark, confidence)) in enumerate(zip(claims, table, strict=True), start=1):
        verdict = claim["verdict"]
        if _bare(text) != _bare(claim["text"]):
            yield problem(REPORT, f"claim {number} of the table is not line {number} of claims.jsonl", _AGAIN)
        if mark != (TICK if claim["verified"] else CROSS):
            yield problem(REPORT, f"claim {number} of the table has the mark {mark!r}", _AGAIN)
        due = _shown(verdict, threshold)
        if confidence != due:
            yield problem(
                REPORT, f"claim {number} of the table has confidence {confidence}, not {due}", _AGAIN
            )


def _shown(verdict: Mapping[str, Any], threshold: float) -> str:
    """Return the confidence as a report shows it: a support below the threshold is not rounded up to it."""
    value, shown = float(verdict["confidence"]), f"{verdict['confidence']:.2f}"
    if verdict["label"] == "SUPPORT" and value < threshold <= float(shown):
        return f"{floor(value * 100) / 100:.2f}"
    return shown


def rows(report: str) -> list[tuple[str, str, str]]:
    """Return the cells of the table of claims, as they stand in the Markdown."""
    return [(c[0], c[1], c[2]) for c in cells(report, heads=_HEADS) if len(c) == 3]


def _bare(text: str) -> str:
    """Return ``text`` without backslashes and spaces: what Markdown's escapes leave untouched."""
    return "".join(text.replace("\\", "").split())


def _fault(line: int, what: str) -> Problem:
    return problem(CLAIMS, f"line {line}: {what}", _AGAIN)
