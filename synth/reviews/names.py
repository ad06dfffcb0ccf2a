"""A reviewer's name in, the name that is kept out; and which known name looks the same.

Who reads a trail tells people by what the names look like, a program by their characters. A new name that
looks like a known one is refused, so that nobody has two by a slip or borrows another's. The letters below
are those of Greek and Cyrillic that most typefaces draw as they draw Latin ones (after Unicode Technical
Standard 39, of whose table they are the part that names need).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from synth.text import printable

_CYRILLIC = ("АВЕКМНОРСТУХЅІЈԚԜаеорсухѕіјԁһԛԝӏ", "ABEKMHOPCTYXSIJQWaeopcyxsijdhqwl")
_GREEK = ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοναιρυ", "ABEZHIKMNOPTYXovaipu")
_LATIN = ("ıɑɡI1|0", "iagll" + "lO")
_SHAPES = {ord(c): shape for pair in (_CYRILLIC, _GREEK, _LATIN) for c, shape in zip(*pair, strict=True)}
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def tidy(name: str) -> str:
    """Return a name as it is kept: what can be shown of it, composed (NFC), with single spaces."""
    return unicodedata.normalize("NFC", " ".join(printable(name).split()))


def looks(name: str) -> str:
    """Return what a name looks like: names that give the same cannot be told apart by eye."""
    seen = unicodedata.normalize("NFKC", name)
    bare = "".join(c for c in seen if c not in _FILLERS and not _is_invisible(c))
    return " ".join(bare.translate(_SHAPES).split())


def mistaken(name: str, known: Iterable[str]) -> str | None:
    """Return the known name, other than ``name``, that looks the same or differs in capitals alone."""
    forms = _forms(name)
    return next((other for other in known if other != name and forms & _forms(other)), None)


def _forms(name: str) -> frozenset[str]:
    return frozenset((looks(name).casefold(), unicodedata.normalize("NFKC", name).casefold()))


def _is_invisible(c: str) -> bool:
    """Whether ``c`` takes no room of its own: joiners, soft hyphens, selectors of variants."""
    variant = 0xFE00 <= ord(c) <= 0xFE0F or 0xE0100 <= ord(c) <= 0xE01EF or 0x180B <= ord(c) <= 0x180F
    return variant or unicodedata.category(c) == "Cf"
