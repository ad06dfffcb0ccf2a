"""A report in, the numbers of its claims and the names of its papers out, as readers meet them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth.formats.document import Run, Text, plain
from synth.formats.wording import listed
from synth.records import Report, Span

MOST_NAMED = 12
"""Papers that one cell names; the manifest holds them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """Claim id -> number in the table of claims; paper id -> what users call the paper."""

    claims: Mapping[str, int]
    papers: Mapping[str, str]

    @classmethod
    def of(cls, report: Report) -> Numbering:
        """Number the claims of ``report`` in the order of its table."""
        return cls(
            claims={one.claim.id: n for n, one in enumerate(report.judged, start=1)},
            papers={paper.id: paper.doc_id for paper in report.papers},
        )

    def paper(self, paper_id: str) -> str:
        """Return what users call the paper."""
        return self.papers.get(paper_id, paper_id)

    def named(self, ids: Sequence[str]) -> str:
        """Return claims and papers in words: "claims 1–4 and 9", "paper a.pdf", or ""."""
        numbers = sorted({self.claims[i] for i in ids if i in self.claims})
        names = list(dict.fromkeys(self.paper(i) for i in ids if i not in self.claims))
        if len(names) > MOST_NAMED:
            names = [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} more"]
        parts = []
        if numbers:
            parts.append(f"{'claim' if len(numbers) == 1 else 'claims'} {listed(_spans(numbers))}")
        if names:
            parts.append(f"{'paper' if len(names) == 1 else 'papers'} {listed(names)}")
        return "; ".join(parts)

    def linked(self, ids: Sequence[str]) -> Text:
        """Return the numbers of claims, each linked to its evidence: "1, 4, 9", or "none"."""
        numbers = sorted({self.claims[i] for i in ids if i in self.claims})
        runs = [piece for n in numbers for piece in (Run(", "), Run(str(n), "", f"#{anchor(n)}"))]
        return tuple(runs[1:]) or plain("none")


def anchor(number: int) -> str:
    """Return the anchor of a claim's evidence."""
    return f"claim-{number}"


def place(spans: Sequence[Span]) -> str:
    """Return "page 3", "pages 3 and 4" or "no page"."""
    pages = [str(page) for page in dict.fromkeys(span.page for span in spans)]
    if not pages:
        return "no page"
    return f"{'page' if len(pages) == 1 else 'pages'} {listed(pages)}"


def _spans(numbers: Sequence[int]) -> list[str]:
    """Return runs of neighbours as ranges: 1, 2, 3, 7 as "1–3", "7"."""
    out: list[str] = []
    first = last = numbers[0]
    for number in (*numbers[1:], -1):
        if number == last + 1:
            last = number
            continue
        # two neighbours are a list of two, three a range
        out += [f"{first}–{last}"] if last > first + 1 else [str(n) for n in range(first, last + 1)]
        first = last = number
    return out
