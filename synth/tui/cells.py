"""Foreign text in, text of a known width in terminal cells out."""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len, set_cell_size

from synth.text import printable

# what terminals do not agree on how wide it is: joiners, soft hyphens, variation selectors, skin tones
_UNSURE = re.compile("[\u00ad\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]")


def one_line(text: str) -> str:
    """Return foreign text as one line without controls, overrides and marks of no certain width."""
    return " ".join(_UNSURE.sub("", unicodedata.normalize("NFC", printable(text))).split())


def cut(text: str, width: int) -> str:
    """Return ``text`` in exactly ``width`` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    # nothing beyond this can be seen, and measuring a whole long text would be dear
    near = text[: 4 * width + 4]
    if len(near) == len(text) and cell_len(near) <= width:
        return set_cell_size(near, width)
    return set_cell_size(near, width - 1) + "…"


def cut_off(text: str, width: int) -> str:
    """Return ``text``, cut with an ellipsis where it is wider than ``width`` cells; never padded."""
    return text if cell_len(text) <= width else cut(text, width)


def cut_within(text: str, width: int) -> str:
    """Return ``text`` in exactly ``width`` cells: padded, or its middle left out: names differ at the end."""
    if width < 5 or cell_len(text) <= width:
        return cut(text, width)
    head = text[: (width - 1) // 2]
    while cell_len(head) > (width - 1) // 2:
        head = head[:-1]
    room = width - 1 - cell_len(head)
    tail = text[-room:]
    while cell_len(tail) > room:
        tail = tail[1:]
    return set_cell_size(f"{head}…{tail}", width)
