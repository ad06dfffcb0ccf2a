"""The bytes that ``lean --json`` printed in, its messages out; anything else in the stream is refused.

One JSON object a line, with ``severity`` (error, warning, information), ``data`` and ``kind``. A ``sorry`` is
a warning of kind ``hasSorry`` that leaves the exit code at 0: an exit code of 0 proves nothing.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

STREAM_BYTES = 4 << 20
_COUNT = 10_000
_SEVERITIES = ("error", "warning", "information")
_SORRY = re.compile(r"declaration uses\W{1,3}sorry")


class Message(NamedTuple):
    """One message; ``line`` is 0 where it has no position."""

    severity: str
    kind: str
    data: str
    line: int

    @property
    def sorry(self) -> bool:
        """Whether a declaration rests on ``sorry``; releases without the kind say it in words."""
        return self.kind.rpartition(".")[2] == "hasSorry" or bool(_SORRY.match(self.data))

    @property
    def short(self) -> str:
        """Its severity, line and first words, printable."""
        words = "".join(c if c.isprintable() else " " for c in self.data[:400])
        return f"{self.severity} in line {self.line}: {' '.join(words.split())[:160]}"


def parse(stream: bytes) -> tuple[Message, ...] | str:
    """Return the messages of ``stream``, or in words what in it is no message."""
    if len(stream) > STREAM_BYTES:
        return f"Lean printed more than {STREAM_BYTES >> 20} MiB"
    if stream and not stream.endswith(b"\n"):
        return "Lean's messages break off in the middle of a line"
    lines = stream.split(b"\n")[:-1]
    if len(lines) > _COUNT:
        return f"Lean printed more than {_COUNT} messages"
    messages: list[Message] = []
    for number, line in enumerate(lines, start=1):
        found = _message(line)
        if isinstance(found, str):
            return f"line {number} of Lean's output {found}"
        messages.append(found)
    return tuple(messages)


def _message(line: bytes) -> Message | str:
    try:
        found = json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return f"is no message ({type(error).__name__})"
    if not isinstance(found, dict):
        return "is no message (not an object)"
    severity, data, kind = found.get("severity"), found.get("data"), found.get("kind", "")
    if severity not in _SEVERITIES:
        return f"has the unknown severity {str(severity)[:40]!r}"
    if not isinstance(data, str) or not isinstance(kind, str):
        return "has no text"
    return Message(str(severity), kind, data, _line(found.get("pos")))


def _line(pos: object) -> int:
    found = pos.get("line") if isinstance(pos, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no JSON")
