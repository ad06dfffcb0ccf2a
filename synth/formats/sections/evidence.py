"""A report in, the evidence of each claim out: what others and its own work say, with page and reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth.formats.document import (
    Block,
    Bullets,
    Heading,
    Paragraph,
    Quote,
    Run,
    Text,
    code,
    plain,
    strong,
)
from synth.formats.sections import decisions
from synth.formats.sections.attempts import SCALE
from synth.formats.sections.claims import CROSS, TICK
from synth.formats.sections.numbering import Numbering, anchor, place
from synth.formats.wording import confidence, listed, plural, probability, quoted, sentence, verb
from synth.records import Evidence, Judged, Label, Quantity, Report, Review, Verdict
from synth.text import quantities

_TONES = {Label.SUPPORT: "support", Label.CONTRADICT: "contradict", Label.NOT_ENOUGH_INFO: ""}


def evidence(report: Report, numbering: Numbering) -> tuple[Block, ...]:
    """Return section 5.1: a part for each claim, numbered in the order of the table."""
    if not report.judged:
        return ()
    blocks: list[Block] = [
        Heading(level=3, number="5.1", text="Evidence", anchor="evidence"),
        Paragraph(
            text=plain(
                "The claims are numbered in the order of the table. Passages that support or "
                "contradict a claim are "
                "quoted in full; where none does, the nearest one is. All are in claims.jsonl."
            )
        ),
    ]
    logs: dict[str, list[Review]] = {}
    for review in report.reviews:
        logs.setdefault(review.claim, []).append(review)
    for one in report.judged:
        blocks.extend(_claim(one, report, numbering, logs.get(one.claim.id, ())))
    return tuple(blocks)


def _claim(one: Judged, report: Report, numbering: Numbering, log: Sequence[Review]) -> Iterator[Block]:
    number = numbering.claims[one.claim.id]
    claim = one.claim
    section = f", section {quoted(claim.section)}" if claim.section.strip() else ""
    yield Heading(level=4, text=f"Claim {number}", anchor=anchor(number))
    yield Quote(
        text=claim.text,
        source=plain(f"{numbering.paper(claim.paper)}, {place(claim.spans)}{section}; {claim.kind.value}"),
        tone="claim",
    )
    ticked = one.by_others.ticked(report.threshold)
    yield from _verdict(f"{TICK if ticked else CROSS} Other works: ", one.by_others, report.threshold)
    yield from _verdict("Own work: ", one.by_own, report.threshold)
    notes = (*_notes(one, report, numbering), *decisions.decisions(one, log))
    if notes:
        yield Bullets(items=notes)
    yield from decisions.linked(log)


def _verdict(who: str, verdict: Verdict, threshold: float) -> Iterator[Block]:
    p = verdict.probabilities
    said = (
        f" (support {probability(p.support)}, contradict {probability(p.contradict)}, not enough information "
        f"{probability(p.not_enough_info)})"
    )
    mixed = " Passages stand on both sides." if verdict.mixed else ""
    why = "; ".join(verdict.reasons)
    shown, hidden = _shown(verdict)
    none = "" if shown else " No passage was found."
    yield Paragraph(
        text=(
            strong(f"{who}{verdict.label.value} {confidence(verdict, threshold=threshold)}"),
            Run(f"{said}.{mixed}{f' {sentence(why)}' if why else ''}{none}"),
        )
    )
    for at, found in enumerate(shown, start=1):
        last = at == len(shown)
        yield _quote(found, hidden if last else 0)


def _shown(verdict: Verdict) -> tuple[tuple[Evidence, ...], int]:
    """Return the passages to quote and how many are left to claims.jsonl."""
    decisive = tuple(e for e in verdict.evidence if e.relation is not Label.NOT_ENOUGH_INFO)
    shown = decisive or verdict.evidence[:1]
    return shown, len(verdict.evidence) - len(shown)


def _quote(found: Evidence, hidden: int) -> Quote:
    relation = found.relation
    does = f"{relation.value} {probability(found.score)}"
    if relation is Label.NOT_ENOUGH_INFO:
        does = "nearest passage, decides nothing"
    more = f" ({plural(hidden, 'other passage')} in claims.jsonl)" if hidden else ""
    tone = _TONES[relation]
    return Quote(
        text=found.quote,
        source=plain(f"{found.doc_id}, {place(found.spans)}; {does}{more}"),
        tone="support" if tone == "support" else "contradict" if tone == "contradict" else "",
    )


def _notes(one: Judged, report: Report, numbering: Numbering) -> Iterator[Text]:
    if flags := _numbers(one):
        yield (strong("Numbers: "), Run(flags))
    if one.claim.conditions:
        stated = "; ".join(f"{name} {value}" for name, value in one.claim.conditions)
        yield (strong("Conditions: "), Run(f"{stated}."))
    for repeat in one.repeats:
        where = f"{numbering.paper(repeat.paper)}, {place(repeat.spans)}"
        yield (strong("Repeated: "), Run(f"{where}: {quoted(repeat.text)}"))
    yield from _gate(one, report)


def _gate(one: Judged, report: Report) -> Iterator[Text]:
    """Say what the gate says of the claim, and each attempt behind it in its own words."""
    gate = dict(report.gates).get(one.claim.id)
    if gate is None:
        return
    yield (strong("Gate: "), Run(f"{gate.status.value}. {sentence(gate.reason)}"))
    for attempt in report.attempts:
        if attempt.claim == one.claim.id:
            scale = SCALE[attempt.at_claim_scale]
            words = f" {sentence(attempt.words)}" if attempt.words else ""
            yield (
                strong("Attempt "),
                code(attempt.id),
                Run(f": {attempt.outcome.value}{scale}. {sentence(attempt.reason)}{words}"),
            )


def _numbers(one: Judged) -> str:
    """Say of each number of the claim whether a passage that supports it states it."""
    quotes = [e.quote for v in (one.by_others, one.by_own) for e in v.evidence if e.relation is Label.SUPPORT]
    if not one.claim.quantities or not quotes:
        return ""
    stated = [q for quote in quotes for q in quantities(quote)]
    found = [q.raw for q in one.claim.quantities if any(_same(q, other) for other in stated)]
    lost = [q.raw for q in one.claim.quantities if not any(_same(q, other) for other in stated)]
    said = []
    if found:
        said.append(f"{listed(found)} {verb(len(found), 'is', 'are')} in a supporting passage")
    if lost:
        said.append(f"{listed(lost)} {verb(len(lost), 'is', 'are')} in none of them")
    return f"{'; '.join(said)}."


def _same(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities say one value, to the coarser of their reported decimals."""
    tolerance = 0.5 * 10.0 ** -min(one.digits, other.digits) * max(one.scale, other.scale)
    return abs(abs(one.value) - abs(other.value)) <= tolerance + 1e-9
