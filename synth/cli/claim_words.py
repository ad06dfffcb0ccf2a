"""A sitting and a claim in, lines of words or a row of JSON that tell it out; what is hidden stays out.

Every line stands alone and in reading order, so that it can be read aloud: no columns, no marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.cli.printing import counted
from synth.records import Evidence, Label, Review
from synth.text import printable

if TYPE_CHECKING:
    from synth.pipeline.sitting import Sitting
    from synth.reviews import Kappa, Urgency

SAYS = {
    Label.SUPPORT: "supports",
    Label.CONTRADICT: "contradicts",
    Label.NOT_ENOUGH_INFO: "bears on it but decides nothing",
}


def flat(text: str) -> str:
    """Return ``text`` printable and on one line, so that no paper can put a line of its own among these."""
    return " ".join(printable(text).split())


def decimal(p: float) -> str:
    """Return a probability in two decimals without its zero: ".82", "1.00"."""
    return f"{p:.2f}".removeprefix("0")


def claim_lines(sitting: Sitting, claim: str) -> Iterator[str]:
    """Yield all that is to be known of a claim, in the order in which it is to be read."""
    yield from heading_lines(sitting, claim)
    yield from verdict_lines(sitting, claim)
    for number, found in enumerate(evidence(sitting, claim), start=1):
        yield evidence_line(number, found, hidden=sitting.hidden(claim))
    yield from decision_lines(sitting, claim)


def heading_lines(sitting: Sitting, claim: str) -> Iterator[str]:
    """Yield the claim's words, where it stands and what limits it."""
    one, paper = sitting.judged(claim).claim, sitting.paper(claim)
    yield f"Claim: {one.text}"
    titled = (
        f"{paper.doc_id}, “{paper.title}”" if paper.title and paper.title != paper.doc_id else paper.doc_id
    )
    page = f", page {one.page}" if one.page else ""
    section = f", section {one.section}" if one.section else ""
    yield f"From: {titled}{page}{section}. A {one.kind.value}, id {claim}."
    scope = sitting.standing(claim).scope
    held, whose = (scope.scope or (), " as you have them") if scope else (one.conditions, "")
    if held:
        yield f"Conditions{whose}: {'; '.join(f'{name}={value}' for name, value in held)}."


def verdict_lines(sitting: Sitting, claim: str) -> Iterator[str]:
    """Yield what the machine says by other works, why, and what it says by the claim's own work."""
    if sitting.hidden(claim):
        yield "The machine's verdict is hidden until you have judged."
        return
    one = sitting.judged(claim)
    made = one.by_others
    rest = ", ".join(f"{x.value} {decimal(made.probabilities.of(x))}" for x in Label if x is not made.label)
    mixed = " Other works speak on both sides." if made.mixed else ""
    sure = f"{made.label.value}, probability {decimal(made.confidence)} ({rest})"
    yield f"The machine, by other works: {sure}.{mixed}"
    if made.reasons:
        yield f"Because: {'; '.join(made.reasons)}."
    yield f"By the claim's own work: {one.by_own.label.value}, probability {decimal(one.by_own.confidence)}."
    if sitting.changed(claim):
        yield "Verdict or evidence changed since you judged it."


def evidence(sitting: Sitting, claim: str) -> tuple[Evidence, ...]:
    """Return the sentences shown for a claim, other works first; hidden ones in the order of their papers."""
    one = sitting.judged(claim)
    found = (*one.by_others.evidence, *one.by_own.evidence)
    if not sitting.hidden(claim):
        return found
    return tuple(sorted(found, key=_place))


def _place(found: Evidence) -> tuple[bool, str, int, str, int, str]:
    return found.own_source, found.doc_id, found.page or 0, found.passage, found.sentence, found.quote


def evidence_line(number: int, found: Evidence, *, hidden: bool) -> str:
    """Return a sentence with what it does for the claim, whose it is and where it stands."""
    says = "" if hidden else f"{SAYS[found.relation]} ({decimal(found.score)}), "
    whose = "the claim's own work" if found.own_source else "other work"
    return f"Evidence {number}: {says}{whose}, {where(found)}: “{found.quote}”"


def where(found: Evidence) -> str:
    """Return where a sentence stands, such as "paper.pdf p. 3"."""
    return f"{found.doc_id} p. {found.page}" if found.page else found.doc_id


def decision_lines(sitting: Sitting, claim: str) -> Iterator[str]:
    """Yield the decisions in force on a claim, oldest first: the reviewer's own, others' unless hidden."""
    from synth.reviews import in_force

    hidden = sitting.hidden(claim)
    for one in in_force(r for r in sitting.log if r.claim == claim):
        if one.reviewer == sitting.reviewer or not hidden:
            yield f"{one.reviewer}, {one.at[:16].replace('T', ' ')}: {decided(one)}"
    together = sitting.consensus(claim)
    if not hidden and together.state in ("disputed", "settled"):
        label = f" as {together.label.value}" if together.label else ""
        yield f"The reviewers together: {together.state}{label}."


def decided(one: Review) -> str:
    """Return a decision in words; the machine's verdict stands in it only where the decision is of it."""
    machine = one.machine.value
    match one.decision:
        case "accept":
            said = f"accepts {machine}"
        case "reject":
            said = f"rejects {machine}"
        case "change" if one.label:
            said = f"says {one.label.value}, the machine said {machine}"
        case "settle" if one.label:
            said = f"settles it as {one.label.value}"
        case "scope":
            said = f"has the conditions {'; '.join(f'{n}={v}' for n, v in one.scope or ()) or 'none'}"
        case "link" if one.passage:
            said = f"links {where(one.passage)}, which {SAYS[one.passage.relation]}: “{one.passage.quote}”"
        case _:
            said = {
                "defer": "defers it",
                "flag": "flags it for reproduction",
                "unflag": "takes the flag away",
            }.get(one.decision, one.decision)
    blind = " (blind)" if one.blind and one.decision in ("accept", "change") else ""
    return f"{said}{blind}{f'; note: {one.note}' if one.note and one.decision != 'note' else ''}" + (
        f": {one.note}" if one.decision == "note" else ""
    )


def queue_line(sitting: Sitting, one: Urgency) -> str:
    """Return a claim of the queue: its id, why it is there, and its words."""
    reasons = f" ({'; '.join(one.reasons)})" if one.reasons else ""
    return f"{one.claim}{reasons}: {sitting.judged(one.claim).claim.text}"


def agreement_lines(sitting: Sitting) -> Iterator[str]:
    """Yield how far the reviewers agree, then each claim on which they do not, and who says what."""
    found = sitting.agreement()
    if sitting.blind:
        yield "Counted are only the claims that you have judged."
    yield f"Reviewers: {', '.join(found.reviewers) or 'none yet'}."
    yield from (kappa_line(one) for one in (*found.pairs, *((found.all,) if found.all else ())))
    if not found.pairs:
        yield "No claim has labels of two reviewers: there is no agreement to measure."
    yield f"Disagreements: {len(found.disagreements)}; settled: {len(found.settled)}."
    for claim in found.disagreements:
        yield f"{claim}: {sitting.judged(claim).claim.text}"
        yield from (f"{who}: {said}" for who, said in _said(sitting, claim).items())
    if found.disagreements:
        yield "To settle them: synth review REPORT --settle"


def kappa_line(one: Kappa) -> str:
    """Return an agreement in words: whose, kappa with its interval, on how many claims."""
    whose = " and ".join(one.reviewers) if one.kind == "Cohen" else f"all {len(one.reviewers)} reviewers"
    kappa = "Cohen's kappa" if one.kind == "Cohen" else "Fleiss' kappa"
    on = f"{one.claims} claim{'' if one.claims == 1 else 's'}, agreed on {100 * one.agreed:.0f} %"
    if one.value is None or one.low is None or one.high is None:
        return f"{whose}: no {kappa}, {one.why} ({on})."
    return f"{whose}: {kappa} {one.value:.2f}, 95 % interval {one.low:.2f} to {one.high:.2f} ({on})."


def _said(sitting: Sitting, claim: str) -> dict[str, str]:
    held = (sitting.standing(claim), *sitting.others(claim))
    return {one.reviewer: decided(one.judged) for one in held if one.judged is not None}


def summary_lines(sitting: Sitting, folder: Path) -> Iterator[str]:
    """Yield what a sitting came to: how many claims it judged, how many are left, where the report is."""
    judged = sum(_judged_now(sitting, one.claim.id) for one in sitting.report.judged)
    yield f"{counted(judged, 'claim')} judged in this sitting, {sitting.pace().words}."
    disputed = len(sitting.agreement().disagreements)
    if disputed:
        yield f"Reviewers disagree on {counted(disputed, 'claim')}: synth review {folder} --agreement"
    yield f"Report: {folder / 'report.md'}"


def _judged_now(sitting: Sitting, claim: str) -> bool:
    """Whether a judgement of this reviewer that stands was made since the sitting began."""
    settled = sitting.consensus(claim).settled
    own = settled if settled and settled.reviewer == sitting.reviewer else None
    return any(
        one is not None and one.decision != "defer" and datetime.fromisoformat(one.at) >= sitting.began
        for one in (sitting.standing(claim).judged, own)
    )


# -- rows of JSON ----------------------------------------------------------------------------------------


def claim_row(sitting: Sitting, claim: str) -> dict[str, Any]:
    """Return a claim as ``claims --json`` gives it, with verdict (unless hidden), evidence and decisions."""
    from synth.formats import lines

    one = sitting.judged(claim)
    row = lines.claim(one.claim, doc_id=sitting.paper(claim).doc_id)
    row |= {
        "reviewer": sitting.reviewer,
        "state": sitting.standing(claim).state,
        "hidden": sitting.hidden(claim),
    }
    if sitting.hidden(claim):
        shown = [
            {"doc_id": e.doc_id, "page": e.page, "quote": e.quote, "own_source": e.own_source}
            for e in evidence(sitting, claim)
        ]
        row["evidence"] = shown
    else:
        own = one.by_own.evidence
        row["verdict"] = lines.verdict(one.by_others, claim=one.claim.text, claim_id=claim, also=own)
        row["together"] = sitting.consensus(claim).state
        row["changed"] = sitting.changed(claim)
    mine = [r for r in sitting.log if r.claim == claim]
    row["reviews"] = [
        review_row(sitting, r) for r in mine if r.reviewer == sitting.reviewer or not sitting.hidden(claim)
    ]
    return row


def review_row(sitting: Sitting, one: Review) -> dict[str, Any]:
    """Return a review as it is exported; the machine's verdict is left out while it is hidden."""
    from synth.formats import review_lines

    row = review_lines.row(one)
    if sitting.hidden(one.claim):
        row = {key: value for key, value in row.items() if key not in ("machine", "seen")}
    return row


def queue_row(sitting: Sitting, one: Urgency) -> dict[str, Any]:
    """Return a claim of the queue as JSON."""
    text = sitting.judged(one.claim).claim.text
    return {
        "claim": one.claim,
        "reasons": list(one.reasons),
        "state": sitting.standing(one.claim).state,
        "text": text,
    }


def agreement_row(sitting: Sitting) -> dict[str, Any]:
    """Return the agreement of the reviewers as JSON."""
    found = sitting.agreement()
    return {
        "reviewers": list(found.reviewers),
        "pairs": [_kappa_row(one) for one in found.pairs],
        "all": _kappa_row(found.all) if found.all else None,
        "disagreements": [
            {"claim": c, "text": sitting.judged(c).claim.text, "said": _said(sitting, c)}
            for c in found.disagreements
        ],
        "settled": list(found.settled),
    }


def _kappa_row(one: Kappa) -> Mapping[str, Any]:
    return {
        "kind": one.kind,
        "reviewers": list(one.reviewers),
        "claims": one.claims,
        "kappa": one.value,
        "low": one.low,
        "high": one.high,
        "agreed": one.agreed,
        "why": one.why,
    }
