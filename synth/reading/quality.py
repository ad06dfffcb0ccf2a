"""The text of a page goes in; whether its text layer can be used comes out, with the reason."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from synth.reading.pdf import Page
from synth.records import Skipped

OCR_REMEDY = "run OCR over the file (for instance `ocrmypdf IN.pdf OUT.pdf`) and give the result"
LEAST = 25
"""Characters: a page with fewer has no text to speak of (a scan, a picture, a blank page)."""
ODD_SHARE = 0.015
"""Share of unreadable characters above which digits or letters, not a stray symbol, are lost."""


def unusable(page: Page) -> Skipped | None:
    """Return why ``page`` cannot be used, None when it can.

    Unreadable: control characters and private-use characters in place of letters or digits (fonts
    without a mapping), and Latin-1 letters in place of another alphabet.
    """
    what = f"page {page.number}"
    if page.characters < LEAST:
        if page.pictures or page.drawings:
            return Skipped(what=what, reason="has no text layer", remedy=OCR_REMEDY, page=page.number)
        return Skipped(what=what, reason="has no text", page=page.number)
    if page.odd > ODD_SHARE * page.characters:
        reason = f"has a text layer with {page.odd} unreadable characters of {page.characters}"
        return Skipped(what=what, reason=reason, remedy=OCR_REMEDY, page=page.number)
    if mojibake(" ".join(line.text for line in page.lines)):
        reason = "has a text layer in a wrong encoding (letters of another alphabet as accented ones)"
        return Skipped(what=what, reason=reason, remedy=OCR_REMEDY, page=page.number)
    return None


def mojibake(text: str) -> bool:
    """Whether most words are made of accented Latin letters, as no language's are.

    Vietnamese, the most accented, has about 0.3 of its letters outside ASCII; French 0.08.
    """
    letters = [c for c in text if c.isalpha()]
    if len(letters) < LEAST:
        return False
    accented = sum("\u00a1" <= c <= "\u00ff" for c in letters)
    if accented > 0.4 * len(letters):
        return True
    words = re.findall(r"[^\W\d_]{3,}", text)
    whole = sum(all("\u00a1" <= c <= "\u00ff" for c in w) for w in words)
    return bool(words) and whole > 0.25 * len(words)


def numbers(text: str) -> Counter[str]:
    """Count the numbers of a text: runs of digits, so that 8.1 and 8,1 are two runs in any reader.

    Exponents count as digits.
    """
    return Counter(re.findall(r"\d+", unicodedata.normalize("NFKC", text)))


def disagreement(ours: str, theirs: str) -> int:
    """Return how many numbers one reader has and the other has not."""
    a, b = numbers(ours), numbers(theirs)
    return sum(((a - b) + (b - a)).values())
