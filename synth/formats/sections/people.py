"""A report in, what people decided on its claims out: how many, by label, by person, how far they agree."""

from __future__ import annotations

from collections.abc import Iterator

from synth.formats.blocks.people import counted
from synth.formats.document import Block, Bullets, Heading, Paragraph, Run, Table, Text, plain
from synth.formats.sections.numbering import Numbering, anchor
from synth.formats.wording import listed, plural, verb
from synth.records import Report
from synth.reviews import Kappa, Standing, standings
from synth.reviews.tally import Tally

TITLE = "What people decided"
LABELS = ("Label", "Machine (all judged claims)", "Machine (reviewed claims)", "People")
PEOPLE = ("Reviewer", "Accepted", "Rejected", "Changed", "Deferred", "Flagged", "Settled", "Blind")
MOST_PAIRS = 20
_BEYOND_CHANCE = (
    "How far the reviewers agree beyond chance on claims that each labelled alone (the intervals are those "
    "of large samples, too narrow for a few claims):"
)
MOST_NAMED = 6


def people(report: Report, numbering: Numbering) -> Iterator[Block]:
    """Yield the last part of section 3: people's labels beside the machine's, if any."""
    made = counted(report)
    if made is None:
        return
    number = "3.7" if report.attempts else "3.6"
    yield Heading(level=3, number=number, text=TITLE, anchor="people")
    yield Paragraph(text=plain(_summary(report, made)))
    if not made.decisions:
        return
    yield _labels(made)
    yield _shares(made)
    yield Paragraph(text=plain(_meaning(made)), small=True)
    yield from _agreement(made)
    yield from _disputed(report, made, numbering)


def _summary(report: Report, made: Tally) -> str:
    count = len(made.reviewed)
    judged = plural(len(report.judged), "claim")
    names = [share.reviewer for share in made.shares]
    if not made.decisions:
        taken = plural(made.taken_back, "decision")
        return f"0 of {judged} were reviewed: {taken} {verb(made.taken_back, 'was', 'were')} taken back."
    shown = names if len(names) <= MOST_NAMED else [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED:,} more"]
    return (
        f"{count:,} of {judged} {verb(count, 'was', 'were')} reviewed; "
        f"{plural(len(names), 'person', 'people')} decided: {listed(shown)}. What people decide stands "
        "beside what the machine found and changes none of it: no tick, no count of verified claims, no "
        "score, no tier and no status of the gate."
    )


def _labels(made: Tally) -> Table:
    return Table(
        columns=LABELS,
        rows=tuple(
            (
                plain(one.label.value if one.label else "no label"),
                *(plain(f"{n:,}") for n in (one.machine, one.machine_reviewed, one.people)),
            )
            for one in made.labels
        ),
        widths=(4, 4, 4, 2),
        numeric=(1, 2, 3),
    )


def _shares(made: Tally) -> Table:
    return Table(
        columns=PEOPLE,
        rows=tuple(
            (
                plain(one.reviewer),
                *(
                    plain(f"{n:,}")
                    for n in (
                        one.accepted,
                        one.rejected,
                        one.changed,
                        one.deferred,
                        one.flagged,
                        one.settled,
                        one.blind,
                    )
                ),
            )
            for one in made.shares
        ),
        widths=(5, 2, 2, 2, 2, 2, 2, 2),
        numeric=(1, 2, 3, 4, 5, 6, 7),
    )


def _meaning(made: Tally) -> str:
    taken = ""
    if made.taken_back:
        count = plural(made.taken_back, "decision")
        taken = (
            f" {count} {verb(made.taken_back, 'was', 'were')} taken back; claims.jsonl has the whole trail."
        )
    return (
        "What is accepted, rejected (without another label) or changed is the machine's verdict by other "
        "works, as "
        "it was then; flagged are claims to be reproduced, blind are those judged before the verdict was "
        "shown. People give a claim the label that was settled, else the one that all its labels and "
        "rejections fit, else no label."
        f"{taken}"
    )


def _agreement(made: Tally) -> Iterator[Block]:
    found = made.agreement
    rows = [*([found.all] if found.all else []), *found.pairs[:MOST_PAIRS]]
    if not rows:
        return
    yield Paragraph(text=plain(_BEYOND_CHANCE))
    yield Table(
        columns=("Reviewers", "Kappa", "95 % interval", "Claims", "Same label"),
        rows=tuple(_kappa(one) for one in rows),
        widths=(6, 4, 4, 2, 3),
        numeric=(3, 4),
    )
    hidden = len(found.pairs) - MOST_PAIRS
    if hidden > 0:
        more = plural(hidden, "further pair")
        yield Paragraph(
            text=plain(f"{more} {verb(hidden, 'stands', 'stand')} in manifest.json, under people."),
            small=True,
        )


def _kappa(one: Kappa) -> tuple[Text, ...]:
    who = listed(one.reviewers) if one.kind == "Cohen" else f"all {len(one.reviewers):,}"
    value, interval = f"not defined: {one.why}", "—"
    if one.value is not None and one.low is not None and one.high is not None:
        value, interval = f"{one.value:.2f} ({one.kind})", f"{one.low:.2f} to {one.high:.2f}"
    return plain(who), plain(value), plain(interval), plain(f"{one.claims:,}"), plain(f"{one.agreed:.0%}")


def _disputed(report: Report, made: Tally, numbering: Numbering) -> Iterator[Block]:
    claims = made.agreement.disagreements
    if not claims:
        return
    count = plural(len(claims), "claim")
    yield Paragraph(text=plain(f"On {count} people disagree and nothing is settled:"))
    held: dict[str, list[Standing]] = {}
    for one in standings(report.reviews):
        held.setdefault(one.claim, []).append(one)
    yield Bullets(items=tuple(_dispute(claim, held[claim], numbering) for claim in claims))


def _dispute(claim: str, held: list[Standing], numbering: Numbering) -> Text:
    number = numbering.claims[claim]
    return (
        Run(f"Claim {number}", "", f"#{anchor(number)}"),
        Run(f": {listed([_holds(one) for one in held if one.judged])}."),
    )


def _holds(one: Standing) -> str:
    if one.label:
        return f"{one.reviewer} says {one.label.value}"
    if one.state == "rejected" and one.judged:
        return f"{one.reviewer} rejects {one.judged.machine.value}"
    return f"{one.reviewer} deferred it"
