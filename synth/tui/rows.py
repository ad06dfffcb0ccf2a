"""A sitting in, a row for each of its claims and what stands of it out; rows in, sorted rows out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from synth.pipeline.sitting import Sitting
from synth.records import Judged, Label
from synth.tui.cells import one_line

Order = Literal["what next", "verdict", "probability", "paper and page", "kind", "state", "report"]
ORDERS: tuple[Order, ...] = get_args(Order)
_VERDICTS = {Label.CONTRADICT: 0, Label.SUPPORT: 2, Label.NOT_ENOUGH_INFO: 3}
_STATES = ("outdated", "disputed", "unreviewed", "deferred", "rejected", "changed", "accepted", "settled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What never changes of a claim in the list; ``words`` holds all that a search looks in, lower-cased."""

    number: int
    claim: str
    one: Judged
    paper: str
    page: int
    kind: str
    text: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What stands of a claim by now, as far as this reviewer may see it."""

    state: str = "unreviewed"
    hidden: bool = False
    flagged: bool = False
    disputed: bool = False
    done: bool = False


def rows(sitting: Sitting) -> tuple[Row, ...]:
    """Return a row for each claim of the report, in its order; of a settling sitting, of its claims alone."""
    chosen = {one.claim for one in sitting.queue()}
    return tuple(
        _row(number, one, sitting)
        for number, one in enumerate(sitting.report.judged)
        if one.claim.id in chosen
    )


def _row(number: int, one: Judged, sitting: Sitting) -> Row:
    claim = one.claim
    paper = sitting.paper(claim.id)
    text, name = one_line(claim.text), one_line(paper.doc_id)
    said = (text, name, one_line(paper.title), claim.kind.value, one_line(claim.section))
    return Row(
        number=number,
        claim=claim.id,
        one=one,
        paper=name,
        page=claim.page or 0,
        kind=claim.kind.value,
        text=text,
        words="\n".join(said).casefold(),
    )


def held(sitting: Sitting, claim: str) -> Held:
    """Return what stands of a claim; of a hidden one nothing that others decided."""
    mine, together = sitting.standing(claim), sitting.consensus(claim)
    hidden = sitting.hidden(claim)
    state: str = mine.state
    if sitting.settling:
        state = together.state
    elif sitting.changed(claim):
        state = "outdated"
    return Held(
        state=state,
        hidden=hidden,
        flagged=mine.flagged if hidden else together.flagged,
        disputed=not hidden and together.state == "disputed",
        done=sitting.done(claim),
    )


def ordered(
    found: Iterable[Row],
    *,
    held: Mapping[str, Held],
    rank: Mapping[str, int],
    order: Order,
    reverse: bool,
) -> tuple[Row, ...]:
    """Return rows in an order; ``rank`` is each claim's place in the queue.

    Hidden verdicts stand last and in the order of the report where that order would tell them.
    """
    if order in ("verdict", "probability"):
        known = list(found)
        seen = [row for row in known if not held[row.claim].hidden]
        kept = sorted((row for row in known if held[row.claim].hidden), key=lambda row: row.number)
        return (*_sorted(seen, held, rank, order, reverse), *kept)
    return tuple(_sorted(found, held, rank, order, reverse))


def _sorted(
    found: Iterable[Row], held: Mapping[str, Held], rank: Mapping[str, int], order: Order, reverse: bool
) -> Sequence[Row]:
    def place(row: Row) -> tuple[object, ...]:
        match order:
            case "what next":
                return (rank.get(row.claim, row.number),)
            case "verdict":
                verdict = row.one.by_others
                return (1 if verdict.mixed else _VERDICTS[verdict.label], -verdict.confidence, row.number)
            case "probability":
                return (-row.one.by_others.confidence, row.number)
            case "paper and page":
                return (row.paper.casefold(), row.page, row.number)
            case "kind":
                return (row.kind, row.number)
            case "state":
                return (_STATES.index(held[row.claim].state), row.number)
            case "report":
                return (row.number,)

    return sorted(found, key=place, reverse=reverse)
