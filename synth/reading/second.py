"""A PDF and the text of its pages go in; pages where a second reader sees other numbers come out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from synth.reading.quality import disagreement, numbers
from synth.records import Skipped

TOLERANCE, SHARE = 6, 0.12
"""Numbers of a page that may differ: at most six, or this share (the readers cut runs differently)."""


def differing(path: Path, texts: Mapping[int, str]) -> Sequence[Skipped]:
    """Compare each page's numbers with those that pdfium finds; a page that differs is a warning.

    ``texts`` holds our text of each page by its number. The page is still used.
    """
    import pypdfium2  # 0.05 s

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return [Skipped(what="second reading", reason="the second reader cannot open the file")]
    found: list[Skipped] = []
    with document:
        for number, ours in texts.items():
            if number > len(document):
                break
            theirs = _text(document, number)
            if theirs is None:
                continue
            count = disagreement(ours, theirs)
            if count > max(TOLERANCE, SHARE * sum(numbers(ours).values())):
                reason = f"the two readers disagree about {count} numbers on page {number}"
                found.append(
                    Skipped(what=path.name, reason=reason, remedy="compare with the page", page=number)
                )
    return found


def _text(document: object, number: int) -> str | None:
    import pypdfium2

    try:
        page = document[number - 1]  # type: ignore[index]
        return re.sub("[\ufffe\u00ad]", "", str(page.get_textpage().get_text_bounded()))
    except pypdfium2.PdfiumError:
        return None
