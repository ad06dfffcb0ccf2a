"""A report in, its table of Extracted Claims out: claim, tick or cross, confidence."""

from __future__ import annotations

from synth.formats.document import Block, Heading, Paragraph, Run, Table, plain
from synth.formats.sections.numbering import Numbering, anchor
from synth.formats.wording import confidence, probability
from synth.records import Report

TICK, CROSS = "✓", "✗"


def extracted(report: Report, numbering: Numbering) -> tuple[Block, ...]:
    """Return section 5: the table of three columns, then what its signs mean."""
    heading = Heading(level=2, number="5", text="Extracted Claims", anchor="claims")
    rows = tuple(
        (
            (Run(one.claim.text, "", f"#{anchor(numbering.claims[one.claim.id])}"),),
            plain(TICK if one.by_others.ticked(report.threshold) else CROSS),
            plain(confidence(one.by_others, threshold=report.threshold)),
        )
        for one in report.judged
    )
    table = Table(columns=("Claim", "Verified", "Confidence"), rows=rows, widths=(15, 2, 3), numeric=(1, 2))
    if not rows:
        return heading, table, Paragraph(text=plain("No claim was extracted."))
    return heading, table, Paragraph(text=plain(_meaning(report.threshold)), small=True)


def _meaning(threshold: float) -> str:
    return (
        f"{TICK} means that a passage of another work supports the claim with a probability of at least "
        f"{probability(threshold)}; {CROSS} means that no passage found in another work does, and "
        "does not mean "
        "that the claim is false; the confidence is the calibrated probability of the label that the "
        "passages of "
        "other works give the claim (SUPPORT, CONTRADICT or NOT_ENOUGH_INFO), which 5.1 names for each claim."
    )
