"""A sentence or table cell goes in; the metrics, data sets, splits ... named in it come out, with places."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from synth.results import datasets, lexicon
from synth.results.lexicon import Spelling, squash

Kind = Literal["metric", "dataset", "task", "split", "setting", "language"]


class Mention(NamedTuple):
    """A name in a text: its kind, the name as we print it, and where it stands."""

    kind: Kind
    name: str
    start: int
    end: int


_TOKEN = re.compile(r"[^\W\d_⁰-⁹¹²³Δ∆]+|\d+(?:\.\d+)*|[@+]+")
_GAP = re.compile(r"[\s\-–—‐‑_/'’.()]{0,3}")
_LONGEST = 6

_BLOCKS: Final[tuple[tuple[Kind, str], ...]] = (
    ("metric", lexicon.METRICS),
    ("dataset", datasets.DATASETS),
    ("task", datasets.TASKS),
    ("split", lexicon.SPLITS),
    ("setting", lexicon.SETTINGS),
)


def _index() -> dict[str, tuple[tuple[Kind, Spelling], ...]]:
    table: dict[str, list[tuple[Kind, Spelling]]] = {}
    for kind, block in _BLOCKS:
        for key, spelling in lexicon.spellings(block).items():
            table.setdefault(key, []).append((kind, spelling))
    return {key: tuple(entries) for key, entries in table.items()}


_NAMES: Final = _index()
_LANGUAGE_NAMES, _LANGUAGE_CODES = lexicon.languages()
_PREFIXES: Final = frozenset(key[:n] for key in _NAMES for n in range(1, len(key) + 1))
_AT_K = re.compile(
    r"\b(hits?|p|r|ndcg|recall|precision|map|mrr|pass|acc)\s?@\s?(\d{1,4}%?)(?!\d)", re.IGNORECASE
)
_VERSION = re.compile(
    r"[\s\-]?(?:\(?(?:v|ver\.?|version)[\s.]?(\d(?:\.\d){0,2})|(\d\.\d)(?![\d%]))(?!\s?(?:%|points))"
)
_BARE_SPLIT = re.compile(
    r"\b(dev|development|validation|val)\b(?=(?:\s+(?:and|or)\s+|\s?[/,]\s?)(?:the\s+)?test\b)|\b(?:on|for)\s+(?:the\s+)?(dev|test)\b"
    r"|(?<=dev and )(test)\b|(?<=development and )(test)\b|(?<=validation and )(test)\b|\b(dev)\b"
)
_SPLITTING = re.compile(r"\btrain\w*\s?/\s?(?:\w+\s?/\s?)?$", re.IGNORECASE)
_YEAR = re.compile(r"\s*(?:,|/|and|&)\s*((?:19|20)\d\d)\b")
_LANGUAGE = re.compile(r"\b[A-Z][a-z]{2,10}\b")
_PAIR = re.compile(r"\b([A-Z]{2}|[a-z]{2})\s?(?:-|–|→|->|⇒|2)\s?([A-Z]{2}|[a-z]{2})\b")
_MAIN_OF_VARIANT = ("ROUGE",)
_VARIANTS = frozenset({"F1", "recall", "precision"})


def find(text: str, *, header: bool = False) -> tuple[Mention, ...]:
    """Return the names in ``text`` in order of place; of one kind none overlap, the longest wins.

    ``header`` admits the short forms of table headers (``P``, ``R``, ``Acc``, ``Dev``, ``en``).
    """
    found = list(_listed(text, header=header))
    found += _ranked(text)
    found += _languages(text, header=header)
    if not header:
        found += _bare_splits(text, found)
    found += _years(text, found)
    kept = (m for m in _without_overlap(found) if m.kind != "split" or not _SPLITTING.search(text[: m.start]))
    return tuple(sorted(kept, key=lambda m: (m.start, m.end, m.kind)))


def _listed(text: str, *, header: bool) -> Iterator[Mention]:
    tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text)]
    for i, (_, start, end) in enumerate(tokens):
        key, end = "", start
        for token, token_start, token_end in tokens[i : i + _LONGEST]:
            if _GAP.fullmatch(text, end, token_start) is None:
                break
            key, end = key + token.casefold(), token_end
            if key not in _PREFIXES:
                break
            for kind, spelling in _NAMES.get(key, ()):
                if _counts(spelling, text[start:end], header=header):
                    stop = end
                    name = spelling.name
                    if kind == "dataset":
                        name, stop = _versioned(name, text, end)
                    yield Mention(kind, name, start, stop)


def _counts(spelling: Spelling, written: str, *, header: bool) -> bool:
    if spelling.header:
        return header and (len(written) > 1 or written.isupper())
    if spelling.capital:
        capitals = sum(c.isupper() for c in written)
        return (
            capitals >= 2
            or (header and capitals == 1)
            or (capitals == 1 and written[0].isupper() and len(written) > 4)
        )
    return True


def _versioned(name: str, text: str, end: int) -> tuple[str, int]:
    if name not in datasets.VERSIONED:
        return name, end
    match = _VERSION.match(text, end)
    if match is None:
        return name, end
    version = match.group(1) or match.group(2)
    return f"{name} {version if '.' in version else version + '.0'}", match.end()


def _years(text: str, found: list[Mention]) -> Iterator[Mention]:
    """``CoNLL-2005 and 2012`` names CoNLL-2012 too."""
    for mention in found:
        year = _YEAR.match(text, mention.end) if mention.kind == "dataset" else None
        stem = mention.name.rstrip("0123456789")
        known = (
            _NAMES.get(squash(f"{stem}{year.group(1)}"))
            if year is not None and stem != mention.name
            else None
        )
        if year is not None and known:
            yield Mention("dataset", known[0][1].name, year.start(1), year.end(1))


def _ranked(text: str) -> Iterator[Mention]:
    for match in _AT_K.finditer(text):
        yield Mention(
            "metric",
            f"{lexicon.AT_K[match.group(1).casefold()]}@{match.group(2)}",
            match.start(),
            match.end(),
        )


def _languages(text: str, *, header: bool) -> Iterator[Mention]:
    for match in _LANGUAGE.finditer(text):
        name = _LANGUAGE_NAMES.get(match.group().casefold())
        if name is not None:
            yield Mention("language", name, match.start(), match.end())
    for match in _PAIR.finditer(text):
        one, two = (_LANGUAGE_CODES.get(code.casefold()) for code in match.groups())
        if one is not None and two is not None:
            yield Mention("language", f"{one}-{two}", match.start(), match.end())
    if header and text.strip().casefold() in _LANGUAGE_CODES and len(text.strip()) == 2:
        yield Mention("language", _LANGUAGE_CODES[text.strip().casefold()], 0, len(text))


def _bare_splits(text: str, found: list[Mention]) -> Iterator[Mention]:
    for match in _BARE_SPLIT.finditer(text):
        word = next(group for group in match.groups() if group)
        start = match.end() - len(word)
        if not any(m.kind == "split" and m.start <= start < m.end for m in found):
            yield Mention("split", "test" if word == "test" else "dev", start, match.end())


def _without_overlap(found: list[Mention]) -> list[Mention]:
    """Of one kind keep the longest; a data set or task gives way to a longer name of another kind."""
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (m.start - m.end, m.start, m.kind, m.name)):
        if not any(_clash(mention, other) for other in kept):
            kept.append(mention)
    return kept


def _clash(one: Mention, two: Mention) -> bool:
    if one.end <= two.start or two.end <= one.start:
        return False
    free = {"split", "setting"}
    return one.kind == two.kind or not (one.kind in free or two.kind in free)


def variant(metrics: tuple[Mention, ...] | list[Mention], text: str) -> dict[Mention, str]:
    """Return, for each metric that is qualified by the next (``ROUGE-2 recall``), the qualifier's name."""
    found: dict[Mention, str] = {}
    for one, two in itertools.pairwise(metrics):
        if (
            one.name.startswith(_MAIN_OF_VARIANT)
            and two.name in _VARIANTS
            and not text[one.end : two.start].strip(" -()")
        ):
            found[one] = two.name
    return found


def squashed(name: str) -> str:
    """Return ``name`` as it is compared: without case, spaces, hyphens; spellings of a list share a form."""
    key = squash(name)
    for kind, spelling in _NAMES.get(key, ()):
        if kind in ("metric", "dataset", "task") and not spelling.header:
            return squash(spelling.name)
    return key
