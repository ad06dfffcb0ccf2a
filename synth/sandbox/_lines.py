"""Bytes that a job printed go in as they come, printable lines come out."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

_LONGEST = 2000
_ENDS = re.compile(r"\r\n|\r|\n")


class Lines:
    """The lines so far; each is told to ``tell`` once, when it is whole, cut at 2,000 characters."""

    def __init__(self, tell: Callable[[str], None] | None) -> None:
        self._tell = tell
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._whole: list[str] = []
        self._parts: list[str] = []

    def add(self, chunk: bytes) -> None:
        """Take the next bytes."""
        first, *later = _ENDS.split(self._decoder.decode(chunk))
        self._parts.append(first)
        for part in later:
            self._close()
            self._parts.append(part)

    def end(self) -> None:
        """Take what has no line end as the last line."""
        self._parts.append(self._decoder.decode(b"", final=True))
        if any(self._parts):
            self._close()

    def text(self) -> str:
        """Return all lines, each with its line end."""
        return "".join(f"{line}\n" for line in self._whole)

    def _close(self) -> None:
        line = printable("".join(self._parts))
        self._parts.clear()
        self._whole.append(line)
        if self._tell is not None:
            self._tell(line[:_LONGEST])


def printable(text: str) -> str:
    """Return ``text`` with a space for each character that a terminal could obey (tabs, escapes, bidi)."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
