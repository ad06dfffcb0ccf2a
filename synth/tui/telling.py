"""A sitting and a claim in, what there is to tell of it out: paragraphs, each part with its role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from synth import reviews
from synth.pipeline.sitting import Sitting
from synth.records import Claim, Evidence, Judged, Label, Review, Verdict
from synth.text import printable
from synth.tui.cells import one_line
from synth.tui.words import RELATIONS, ROLES, SHORT, bar, decided, figure, pairs, said, when

GUTTER = 2
"""Cells before each line, for the mark of the chosen piece."""
_BECAUSE = "matters: "
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_LEAST = 4
"""Cells of a bar."""
AROUND = 100
"""Characters of a passage on either side of its sentence where the passages are not told whole."""


class Run(NamedTuple):
    """Text, and the role that it plays: "" or one of ``ROLE_STYLES`` of the detail."""

    text: str
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Text that is wrapped as one.

    ``piece`` is what it belongs to (0 the claim, from 1 its evidence), ``head`` where that begins.
    """

    runs: tuple[Run, ...]
    indent: int = 0
    piece: int | None = None
    head: bool = False


def pieces(sitting: Sitting, claim: str) -> tuple[Evidence, ...]:
    """Return the evidence on a claim: the machine's, best first, then what reviewers linked.

    Other works come before the claim's own: by them it is judged. While the verdict is hidden they stand in
    the order of papers and pages, which tells nothing.
    """
    one = sitting.judged(claim)
    found = [*one.by_others.evidence, *one.by_own.evidence]
    if sitting.hidden(claim):
        found.sort(key=lambda e: (e.own_source, e.doc_id, e.page or 0, e.start, e.passage))
    else:
        found.sort(key=lambda e: (e.own_source, -e.score))
    return (*found, *(link.passage for link in _links(sitting, claim) if link.passage))


def _links(sitting: Sitting, claim: str) -> tuple[Review, ...]:
    held = (sitting.standing(claim), *sitting.others(claim))
    return tuple(link for one in held for link in one.links)


def told(
    sitting: Sitting, claim: str, *, why: Sequence[str], width: int, whole: bool
) -> tuple[Paragraph, ...]:
    """Return what is to be read of a claim in ``width`` cells; ``why`` it matters comes from the queue.

    ``whole`` passages or only what stands next to their sentences (``AROUND``).
    """
    one = sitting.judged(claim)
    hidden = sitting.hidden(claim)
    wide = _place(sitting, one, whole=True, width=width)
    return (
        *_of_claim(sitting, one, wide),
        *([_hidden()] if hidden else _of_verdict(one.by_others, width)),
        *_because(why, width),
        *_of_people(sitting, claim),
        *_of_evidence(sitting, claim, whole=whole),
        *_rest(sitting, one, _fitting(why, width)[1], told=wide is not None),
    )


def _line(*runs: Run, indent: int = 0) -> Paragraph:
    return Paragraph(runs=runs, indent=indent)


def _place(sitting: Sitting, one: Judged, *, whole: bool, width: int = 0) -> Paragraph | None:
    """Return where the claim stands; with section and title (``whole``) only where that fits on a line."""
    claim = one.claim
    paper = sitting.paper(claim.id)
    place = f"{one_line(paper.doc_id)} p.{claim.page}" if claim.page else one_line(paper.doc_id)
    known = (claim.kind.value, one_line(claim.section), one_line(paper.title))
    rest = " | ".join(part for part in (known if whole else known[:1]) if part)
    if whole and cell_len(f"{place} | {rest}") > width - GUTTER:
        return None
    return _line(Run(place, "place"), Run(f" | {rest}", "quiet"))


def _of_claim(sitting: Sitting, one: Judged, wide: Paragraph | None) -> Iterator[Paragraph]:
    claim = one.claim
    runs = _numbered(one_line(claim.text), _numbers(claim), "claim")
    yield Paragraph(runs=tuple(runs), piece=0, head=True)
    short = _place(sitting, one, whole=False)
    if place := wide or short:
        yield place
    mine = sitting.standing(claim.id).scope
    if claim.conditions or mine:
        yield _line(Run("holds for ", "quiet"), Run(pairs(claim.conditions)))
    if mine is not None and mine.scope is not None:
        yield _line(Run("your scope ", "quiet"), Run(pairs(mine.scope), "strong"))


def _because(why: Sequence[str], width: int) -> Iterator[Paragraph]:
    if why:
        first, _ = _fitting(why, width)
        yield _line(Run(_BECAUSE, "quiet"), Run("; ".join(first)))


def _fitting(why: Sequence[str], width: int) -> tuple[list[str], list[str]]:
    """Part reasons into those that fit on one line, one at least, and the rest."""
    shown = [one_line(reason) for reason in why]
    fit = [
        at for at in range(1, len(shown) + 1) if cell_len(_BECAUSE + "; ".join(shown[:at])) <= width - GUTTER
    ]
    most = max(fit, default=1)
    return shown[:most], shown[most:]


def _hidden() -> Paragraph:
    return _line(Run("the verdict is hidden until you judge: 1 supports, 2 contradicts, 3 neither", "strong"))


def _of_verdict(verdict: Verdict, width: int) -> Iterator[Paragraph]:
    """Yield the machine's verdict with a figure and a bar for each label, on one line where it fits."""
    mixed = [Run(" mixed", "mixed")] if verdict.mixed else []
    figures = sum(len(f"  {word} .00 ") for word in RELATIONS.values())
    room = width - GUTTER - figures - 3 * _LEAST - sum(len(text) for text, _ in (Run("machine "), *mixed))
    name = verdict.label.value if room >= len(verdict.label.value) else SHORT[verdict.label]
    runs = [Run("machine ", "quiet"), Run(name, ROLES[verdict.label]), *mixed]
    if room < len(name):
        yield _line(*runs)
        runs, room = [], width - GUTTER - figures - 3 * _LEAST + len(name)
    bars = _LEAST + max(0, min(12, (room - len(name)) // 3))
    for label in Label:
        p = verdict.probabilities.of(label)
        role = ROLES[label] if label is verdict.label else "quiet"
        lead = "  " if runs else ""
        runs += [
            Run(f"{lead}{RELATIONS[label]} {figure(p)} ", role),
            Run(bar(p, bars), f"bar-{ROLES[label]}"),
        ]
    yield _line(*runs)


def _of_people(sitting: Sitting, claim: str) -> Iterator[Paragraph]:
    """Yield each decision in force on the claim that may be seen, oldest first."""
    if sitting.changed(claim):
        yield _line(Run("its verdict or evidence changed since you judged it: judge it again", "strong"))
    log = [review for review in sitting.log if review.claim == claim]
    hidden = sitting.hidden(claim)
    for review in reviews.in_force(log):
        if hidden and review.reviewer != sitting.reviewer:
            continue
        name = "you" if review.reviewer == sitting.reviewer else one_line(review.reviewer)
        blind = " blind" if review.blind else ""
        runs = [Run(name, "strong"), Run(f" {decided(review)}{blind} "), Run(when(review.at), "quiet")]
        if review.note:
            runs.append(Run(f" {_block(review.note)}", "note"))
        yield _line(*runs)
    if not hidden and sitting.consensus(claim).state == "disputed":
        yield _line(Run("reviewers disagree", "strong"))


def _of_evidence(sitting: Sitting, claim: str, *, whole: bool) -> Iterator[Paragraph]:
    found = pieces(sitting, claim)
    hidden = sitting.hidden(claim)
    linked = {id(link.passage): link.reviewer for link in _links(sitting, claim)}
    if not found:
        yield _line()
        yield _line(Run("no passage of any paper speaks of it", "quiet"))
    numbers = _numbers(sitting.judged(claim).claim)
    for at, one in enumerate(found, start=1):
        by = linked.get(id(one))
        yield Paragraph(runs=(), piece=at)
        yield _head(one, at, len(found), hidden=hidden and by is None, by=by)
        before, after = _around(sitting.context(one), one, whole=whole)
        yield Paragraph(runs=tuple(_passage(before, one, after, numbers)), indent=2, piece=at)


def _head(one: Evidence, at: int, of: int, *, hidden: bool, by: str | None) -> Paragraph:
    work = "OWN WORK" if one.own_source else "OTHER WORK"
    relation = "" if hidden else f"{RELATIONS[one.relation]} "
    score = "" if hidden or by is not None else f"{figure(one.score)} "
    place = f"{one_line(one.doc_id)} p.{one.page}" if one.page else one_line(one.doc_id)
    runs = (
        Run(f"{at}/{of} ", "quiet"),
        Run(f"{relation}{score}", "strong" if hidden else ROLES[one.relation]),
        Run(work, "own" if one.own_source else "other"),
        Run(f" {place}", "place"),
        Run(f" linked by {one_line(by)}" if by is not None else "", "quiet"),
    )
    return Paragraph(runs=runs, piece=at, head=True)


def _around(text: str, one: Evidence, *, whole: bool) -> tuple[str, str]:
    """Return what stands before and after the sentence, cut at a space where it is not told ``whole``."""
    if text == one.quote:
        return "", ""
    before, after = text[: one.start], text[one.start + len(one.quote) :]
    if not whole and len(before) > AROUND:
        before = "… " + before[-AROUND:].partition(" ")[2]
    if not whole and len(after) > AROUND:
        after = after[:AROUND].rpartition(" ")[0] + " …"
    return before, after


def _passage(before: str, one: Evidence, after: str, numbers: re.Pattern[str] | None) -> Iterator[Run]:
    """Yield the passage with the sentence between »« and in its own role."""
    yield from _numbered(_block(before), numbers, "passage")
    yield Run("»", "match")
    yield from _numbered(_block(one.quote).strip(), numbers, "match")
    yield Run("«", "match")
    yield from _numbered(_block(after), numbers, "passage")


def _rest(sitting: Sitting, one: Judged, why: Sequence[str], *, told: bool) -> Iterator[Paragraph]:
    """Yield what matters less than the evidence: the machine's reasons and its verdict by the own work.

    ``told`` is whether section and title were told above.
    """
    found = [("matters, too: ", "; ".join(why))] if why else []
    if not told:
        found.append(("of ", one_line(sitting.paper(one.claim.id).title)))
        found.append(("section ", one_line(one.claim.section)))
    if one.repeats:
        names = {p.id: p.doc_id for p in sitting.report.papers}
        found.append(("also said in ", ", ".join(one_line(names.get(r.paper, r.paper)) for r in one.repeats)))
    if not sitting.hidden(one.claim.id):
        found += [("the machine's reason: ", one_line(reason)) for reason in one.by_others.reasons]
        if one.by_others.ticked(sitting.report.threshold):
            found.append(("ticked in the report: ", f"at least {figure(sitting.report.threshold)}"))
        if one.by_own.evidence:
            found.append(("by its own work: ", said(one.by_own)))
    if found:
        yield _line()
    for what, text in found:
        if not text:
            continue
        yield _line(Run(what, "quiet"), Run(text))


def _block(text: str) -> str:
    """Return foreign text without controls, its line breaks as spaces; leading and trailing ones stay."""
    clean = one_line(text)
    if not clean:
        return " " if text else ""
    shown = printable(text)
    return f"{' ' if shown[:1].isspace() else ''}{clean}{' ' if shown[-1:].isspace() else ''}"


def _numbers(claim: Claim) -> re.Pattern[str] | None:
    """Return what finds the numbers that a claim states, in figures or words; None where it states none."""
    stated = {match[0] for one in claim.quantities if (match := _FIGURE.search(one.raw))}
    longest = sorted(stated, key=len, reverse=True)
    words = "|".join(re.escape(number) for number in longest)
    return re.compile(rf"(?<![\w.,])(?:{words})(?!\d|[.,]\d)", re.IGNORECASE) if stated else None


def _numbered(text: str, numbers: re.Pattern[str] | None, role: str) -> Iterator[Run]:
    """Yield text with the claim's own numbers in a role of their own."""
    at = 0
    for match in numbers.finditer(text) if numbers else ():
        yield Run(text[at : match.start()], role)
        yield Run(match[0], f"{role}-number")
        at = match.end()
    yield Run(text[at:], role)
