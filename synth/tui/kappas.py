"""The agreement of reviewers in, the lines that say it out."""

from __future__ import annotations

from collections.abc import Iterator

from synth.reviews import Agreement, Kappa
from synth.tui.cells import cut, one_line

_WHO, _KAPPA = 26, 24


def figures(found: Agreement, *, blind: bool) -> Iterator[str]:
    """Yield the lines that say how far reviewers agree, two by two and all together, or why none can."""
    if blind:
        yield "You review blind: only claims that you have judged are counted and listed."
    who = [one_line(name) for name in found.reviewers]
    if len(who) < 2:
        yield f"{who[0]} alone has given labels" if who else "Nobody has given a label yet"
        yield "Agreement takes two reviewers who label the same claims, each under a name of his own."
        return
    if not found.pairs:
        yield f"{', '.join(who)} have labelled no claim in common."
        return
    yield f"{'reviewers':{_WHO}} {'kappa (95 % interval)':{_KAPPA}} {'claims':>7} {'same label':>11}"
    for pair in found.pairs:
        yield from _figure(pair, " and ".join(pair.reviewers))
    if found.all is not None:
        yield from _figure(found.all, f"all {len(found.all.reviewers)} (Fleiss)")
    yield "Two by two it is Cohen's kappa: 1 is full agreement, 0 what chance alone would give."


def _figure(kappa: Kappa, who: str) -> Iterator[str]:
    if kappa.value is None or kappa.low is None or kappa.high is None:
        value = "none"
    else:
        value = f"{kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f})"
    yield f"{cut(one_line(who), _WHO)} {value:{_KAPPA}} {kappa.claims:>7,} {kappa.agreed:>11.0%}"
    if kappa.why:
        yield f"  no kappa: {one_line(kappa.why)}"


def counted(found: Agreement) -> str:
    """Return how many claims are disputed and settled, and how to settle them."""
    settled = f", {len(found.settled):,} settled" if found.settled else ""
    count = len(found.disagreements)
    said = f"{count:,} {'disagreement' if count == 1 else 'disagreements'}{settled}"
    return f"{said}. Settle them together with: synth review REPORT --settle" if count else f"{said}."
