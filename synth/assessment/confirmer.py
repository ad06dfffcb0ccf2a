"""A case in, the confirmer's review out: up to 10 points for what a reader can check and others confirm."""

from __future__ import annotations

from math import sqrt

from synth.assessment.standing import Case, corroborated, plural, unsupported, weakly_supported
from synth.records import Deduction, Judged, Reviewer

MANDATE = "Look for what was read, what can be looked up, and what another work confirms."
READ, FULL_TEXT, GROUNDED, BACKED, CORROBORATED = 1.0, 1.5, 1.5, 1.5, 4.5


def confirm(case: Case) -> Reviewer:
    """Return the confirmer's review: the points given by each check, whose bounds add up to 10.

    The causes of a check are the papers or claims that kept it from its bound; of corroboration,
    the claims that earned it. A report without claims gets 0.
    """
    if not case.judged:
        return Reviewer(name="confirmer", mandate=MANDATE, score=0.0, deductions=())
    checks = (_read(case), _full_text(case), _grounded(case), _backed(case), _corroborated(case))
    score = round(sum(d.points for d in checks), 1)
    return Reviewer(name="confirmer", mandate=MANDATE, score=min(10.0, score), deductions=checks)


def located(one: Judged) -> bool:
    """Whether the claim's quote has a page and boxes, so that a reader can put a finger on it."""
    return any(span.boxes for span in one.claim.spans)


def _read(case: Case) -> Deduction:
    """Give 1 x the share of the retrieved papers that could be read at all."""
    share = case.coverage.readable / case.retrieved if case.retrieved else 0.0
    unread = tuple(p.id for p in case.papers if p.read == "unread")
    note = f"{case.coverage.readable} of {plural(case.retrieved, 'retrieved paper')} could be read"
    return _given("coverage", READ * min(1.0, share), note, unread)


def _full_text(case: Case) -> Deduction:
    """Give 1.5 x the share of the retrieved papers read in full, less the share of their pages lost."""
    share = case.coverage.full_text / case.retrieved if case.retrieved else 0.0
    pages = sum(p.pages for p in case.papers if p.read == "full_text")
    lost = {(s.what, s.page) for s in case.skipped if s.page is not None}
    readable = 1.0 - min(1.0, len(lost) / pages) if pages else 1.0
    note = f"{case.coverage.full_text} of {plural(case.retrieved, 'retrieved paper')} read in full text"
    if lost:
        note += f"; something could not be read on {len(lost)} of their {plural(pages, 'page')}"
    partial = tuple(p.id for p in case.papers if p.read != "full_text")
    return _given("full text", FULL_TEXT * min(1.0, share) * readable, note, partial)


def _grounded(case: Case) -> Deduction:
    """Give 1.5 x the share of claims with quote, page and boxes (half for a quote without a page)."""
    bare = case.where(lambda one: not located(one))
    note = f"{len(case.judged) - len(bare)} of {plural(len(case.judged), 'claim')} quoted with page and boxes"
    if bare:
        note += f"; {len(bare)} from text without pages"
    return _given("grounding", GROUNDED * (1.0 - case.share(bare) / 2), note, bare)


def _backed(case: Case) -> Deduction:
    """Give 1.5 x the share of claims that some other sentence supports; half below the threshold."""
    alone = case.where(unsupported)
    weak = case.where(lambda one: weakly_supported(one, case.threshold))
    backed = len(case.judged) - len(alone)
    note = f"another sentence supports {backed} of {plural(len(case.judged), 'claim')}"
    if weak:
        note += f", {len(weak)} of them below the threshold"
    share = 1.0 - case.share(alone) - case.share(weak) / 2
    return _given("support", BACKED * share, note, alone + weak)


def _corroborated(case: Case) -> Deduction:
    """Give 4.5 x the square root of the share of claims that another work supports.

    The root because the first independent confirmations say most of whether a report stands alone:
    a tenth of the claims earns a third of the points, a quarter earns half.
    """
    ids = case.where(lambda one: corroborated(one, case.threshold))
    note = f"another work supports {len(ids)} of {plural(len(case.judged), 'claim')}"
    return _given("corroboration", CORROBORATED * sqrt(case.share(ids)), note, ids)


def _given(check: str, value: float, note: str, causes: tuple[str, ...]) -> Deduction:
    return Deduction(check=check, points=round(value, 2), note=note, causes=causes)
