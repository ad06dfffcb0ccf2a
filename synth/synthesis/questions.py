"""A question in, what it asks for out: topics, names, quantities and comparisons, each with its part in it.

A grammar of English research questions without a tagger. What stands before the main verb or right after it
is the core; what a preposition adds ("on XTREME-R", "for low-resource languages") restricts it; what follows
"when", "if" or "vary across" is what the question varies; a quantity there is a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal, NamedTuple

from synth.records import Quantity
from synth.synthesis.lexicon import FRAME, GENERIC, IN_NAMES, PREPOSITIONS, RELATIONS
from synth.text import content_words, quantities, words

Kind = Literal["topic", "entity", "quantity", "comparison"]
Part = Literal["core", "varied", "restriction", "example"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One thing that a question asks for.

    ``quantity`` is set for quantities; ``condition`` is true where it limits what is asked about ("models
    above 10 billion parameters") and false where it is the answer ("improve by more than 5 points").
    Things joined by "and" or "or" have one ``group``; of those joined by "or" (``either``) one is enough.
    """

    text: str
    kind: Kind
    part: Part
    quantity: Quantity | None = None
    condition: bool = True
    group: int = 0
    either: bool = False

    @property
    def generic(self) -> bool:
        """Whether every word of it is one that most papers use."""
        return self.kind == "topic" and all(stem in GENERIC for stem in content_words(self.text))


class _Piece(NamedTuple):
    """A stretch of the question and what it asks for; several things where it lists examples."""

    start: int
    end: int
    things: tuple[Asked, ...]


_JOINS = re.compile(
    r"[\s,]*(?:\b(?:and|or|and/or|as\s+well\s+as)\b|&|,)\s*(?:both\s+|the\s+|an?\s+)?", re.IGNORECASE
)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:[-'’/.+&][^\W_]+)*\+*|[^\w\s]")
_BOUND = re.compile(
    r"\b(?:exceed(?:s|ed|ing)?|surpass(?:es|ing)?|(?:more|greater|larger|higher|less|fewer|smaller|lower|older|"
    r"younger|longer|shorter|later)\s+than|at\s+(?:least|most)|above|below|over|under|beyond|up\s+to|about|around|"
    r"approximately|between)\s*$",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:(?:as\s+)?compar(?:e|es|ed|ing)\s+(?:to|with|against)|in\s+comparison\s+(?:to|with)|versus|vs\.?|"
    r"relative\s+to|rather\s+than|as\s+\w+\s+as|as\s+opposed\s+to|instead\s+of|than(?!\s+[0-9]))\s+"
    r"(?P<what>[^,;?()]+?)(?=\s+(?:for|on|in|when|if|and\s+how|across|while|during|among|using|under)\s|[,;?()]|$)",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(
    r"\(?\s*\b(?:e\.g\.|for\s+example|for\s+instance|such\s+as|including)[,:]?\s*(?P<what>[^()?;]+)\)?",
    re.IGNORECASE,
)
_ACHIEVES = re.compile(
    r"\b(?:reach|achiev|attain|obtain|yield|scor|gain|improv|increas|reduc|decreas|cut|outperform|sav|cost|tak|rais|"
    r"lower|exceed|surpass|drop|fall|boost)\w*\b",
    re.IGNORECASE,
)
_RESTRICTS = re.compile(
    r"\b(?:when|if|once|where|whose|with|for|among|in|at|of|that|which|having|models?)\b", re.IGNORECASE
)
_EFFECT = re.compile(r"\b(?:impacts?|effects?|influence|role|benefits?|contribution)\b", re.IGNORECASE)
_WHICH = re.compile(
    r"^\s*(?:which|what)\b.*\b(?:best|better|worst|worse|(?:more|most)\s+effective)\b", re.IGNORECASE
)
_ACTS_ON = frozenset(("impact", "impacts", "effect", "effects", "influence"))
_SPREADS = re.compile(
    r"\b(?:var(?:y|ies)|differs?|depends?|changes?|scales?|interacts?|diminish(?:es)?)\b", re.IGNORECASE
)
_WHEN = frozenset(("when", "if", "once", "whenever", "unless", "whose"))


def asked(text: str) -> tuple[Asked, ...]:
    """Return what the question ``text`` asks for, in its order; at least one thing, however odd the text."""
    taken: list[_Piece] = []
    for piece in (*_quantities(text), *_comparisons(text), *_examples(text)):
        if all(piece.end <= other.start or piece.start >= other.end for other in taken):
            taken.append(piece)
    pieces = _coordinated(text, sorted([*taken, *_runs(text, taken)], key=lambda piece: piece.start))
    things = [thing for piece in pieces for thing in piece.things]
    unique = list({(t.text.casefold(), t.kind): t for t in reversed(things)}.values())[::-1]
    return tuple(_with_core(unique)) or (Asked(text=text, kind="topic", part="core"),)


def _coordinated(text: str, pieces: Sequence[_Piece]) -> list[_Piece]:
    """Return the pieces with their groups: neighbours of one part with but "and" between share one."""
    chains: list[list[_Piece]] = []
    for piece in pieces:
        last = chains[-1][-1] if chains else None
        if last and _joinable(last, piece) and _JOINS.fullmatch(text[last.end : piece.start]):
            chains[-1].append(piece)
        else:
            chains.append([piece])
    made: list[_Piece] = []
    for number, chain in enumerate(chains, 1):
        between = text[chain[0].start : chain[-1].end]
        either = len(chain) > 1 and bool(_OR.search(between))
        head = chain[-1].things[-1].text.split()[-1]
        for piece in chain:
            things = tuple(
                replace(
                    _headed(thing, head) if piece is not chain[-1] else thing, group=number, either=either
                )
                for thing in piece.things
            )
            made.append(piece._replace(things=things))
    return made


def _joinable(one: _Piece, other: _Piece) -> bool:
    kinds = {thing.kind for piece in (one, other) for thing in piece.things}
    parts = {thing.part for piece in (one, other) for thing in piece.things}
    return kinds <= {"topic", "entity"} and len(parts) == 1 and "example" not in parts


def _headed(thing: Asked, head: str) -> Asked:
    """Return "attention" of "attention and interaction mechanisms" with its head: "attention mechanisms"."""
    stems = content_words(head)
    if thing.kind == "topic" and len(thing.text.split()) == 1 and stems and stems[-1] in GENERIC:
        return replace(thing, text=f"{thing.text} {head}")
    return thing


def is_effect(text: str) -> bool:
    """Whether the question asks what something does to something, so that an answer must state an outcome."""
    return bool(_EFFECT.search(text) or _WHICH.search(text)) or any(word in RELATIONS for word in words(text))


def is_name(token: str, *, first: bool = False, titled: bool = False) -> bool:
    """Whether ``token`` is written like a name: inner capitals, digits and letters, a capital amid words."""
    if any(c.isdigit() for c in token) and any(c.isalpha() for c in token):
        return True
    parts = re.split(r"[-/]", token)
    if any(sum(c.isupper() for c in part) >= 2 for part in parts):
        return True
    if len(parts) > 1 and all(part[:1].isupper() for part in parts) and not titled:
        return True
    return token[:1].isupper() and token[1:].islower() and not first and not titled and len(token) > 2


def _quantities(text: str) -> Iterator[_Piece]:
    """Yield the quantities that bound something, each with its bound, unit, and what it is the size of."""
    for found in quantities(text):
        bound = _BOUND.search(text[: found.start])
        # "zero-shot" and "two-stage" count nothing that a passage could exceed
        if not bound and (not found.unit or not any(c.isdigit() for c in found.raw)):
            continue
        start = bound.start() if bound else found.start
        end = found.end
        noun = re.match(r"[\s-]?([^\W\d_]+)", text[found.end :])
        if noun and found.unit and noun[1].lower().startswith(found.unit[: max(3, len(found.unit) - 2)]):
            end = found.end + noun.end()
        before = text[:start]
        said = list(_ACHIEVES.finditer(before))
        # "improve ... when the size exceeds N" conditions; "improve accuracy by more than N" answers
        answer = bool(said) and not _RESTRICTS.search(before[said[-1].end() :])
        answer = answer or bool(
            bound and not said and _ACHIEVES.match(bound.group()) and not _condition(before)
        )
        owner = re.search(r"\b(?:when|if|once)\s+(?:the\s+|a\s+|an\s+)?((?:[\w-]+\s+){1,5})$", before)
        start = owner.start(1) if owner and bound else start
        yield _Piece(
            start,
            end,
            (
                Asked(
                    text=" ".join(text[start:end].split()),
                    kind="quantity",
                    part="restriction" if answer else "varied",
                    quantity=found,
                    condition=not answer,
                ),
            ),
        )


def _condition(before: str) -> bool:
    return any(word in _WHEN for word in words(before))


def _comparisons(text: str) -> Iterator[_Piece]:
    for found in _COMPARED.finditer(text):
        what = " ".join(found["what"].split())
        if any(word not in FRAME for word in words(what)) and content_words(what):
            yield _Piece(
                found.start(), found.end(), (Asked(text=what, kind="comparison", part="restriction"),)
            )


def _examples(text: str) -> Iterator[_Piece]:
    for found in _EXAMPLES.finditer(text):
        listed = re.split(r",\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+", found["what"].strip(" ,."))
        inside = found.group().lstrip().startswith("(") or ")" in found.group()
        things = []
        for item in listed if inside else listed[:4]:
            name = is_name(item.split()[0]) if item.split() else False
            if content_words(item) and len(item.split()) <= 4:
                things.append(Asked(text=item, kind="entity" if name else "topic", part="example"))
        if things:
            end = (
                found.end()
                if inside
                else found.start("what") + text[found.start("what") :].find(things[-1].text)
            )
            yield _Piece(found.start(), end if inside else end + len(things[-1].text), tuple(things))


def _runs(text: str, taken: Sequence[_Piece]) -> Iterator[_Piece]:
    """Yield the runs of words that name something, each with the part that the words before it give it."""
    tokens = [t for t in _TOKEN.finditer(text) if not any(p.start <= t.start() < p.end for p in taken)]
    capitals = sum(t.group()[:1].isupper() for t in tokens)
    titled = capitals > 0.6 * sum(t.group()[:1].isalpha() for t in tokens)
    run: list[re.Match[str]] = []
    gap: list[str] = []
    part: Part = "core"
    acts = False
    for token, following in zip_longest([*tokens, None], tokens[1:]):
        word = token.group().lower() if token else "."
        after = following.group().lower() if following else "."
        joined = (
            bool(run)
            and token is not None
            and not any(run[-1].end() <= p.start < token.start() for p in taken)
        )
        names = _names_something(word) or (word in IN_NAMES and _names_something(after))
        if token and names and (not run or joined):
            run.append(token)
            continue
        if run:
            part = _part(gap, part, effect=acts, first=run[0] is tokens[0], text=text[: run[0].start()])
            acts = acts and "on" not in gap
            yield from _named(run, part=part, first=tokens[0], titled=titled)
            run, gap = [], []
        acts = acts or word in _ACTS_ON
        gap.append(word)
        if token and names:
            run, gap = [token], gap[:-1]


def _names_something(word: str) -> bool:
    return bool(
        word[0].isalnum()
        and word not in FRAME
        and word not in RELATIONS
        and not word.isdigit()
        and content_words(word)
        and word not in PREPOSITIONS
    )


def _part(gap: Sequence[str], before: Part, *, effect: bool, first: bool, text: str) -> Part:
    """Return the part of a run from the words between it and the run before, whose part is ``before``."""
    if first:
        return "core"
    if any(word in _WHEN for word in gap):
        return "varied"
    if "across" in gap and _SPREADS.search(text):
        return "varied"
    if any(word in RELATIONS for word in gap):
        return "core"
    if effect and "on" in gap:
        return "core"
    placed = [word for word in gap if word in PREPOSITIONS or word == "of"]
    if placed and placed[-1] != "of":
        return "restriction"
    return before


def _named(
    run: Sequence[re.Match[str]], *, part: Part, first: re.Match[str], titled: bool
) -> Iterator[_Piece]:
    """Yield a run's names as entities, and what is left of it as a topic."""
    names = [t for t in run if is_name(t.group(), first=t is first, titled=titled)]
    plain = [t for t in run if t not in names]
    for token in names:
        text = token.group()
        after = run[run.index(token) + 1 :]
        if after and after[0].group()[0].isdigit():
            # "SQuAD 2.0", "wav2vec 2.0": the release belongs to the name
            text = f"{text} {after[0].group()}"
            plain.remove(after[0])
        yield _Piece(token.start(), token.end(), (Asked(text=text, kind="entity", part=part),))
    if plain:
        text = " ".join(t.group() for t in plain)
        yield _Piece(plain[0].start(), plain[-1].end(), (Asked(text=text, kind="topic", part=part),))


def _with_core(things: list[Asked]) -> list[Asked]:
    """Return ``things`` with a core: where nothing in it says more than "model" or "task", all is core."""
    if any(t.part == "core" and not t.generic for t in things):
        return things
    return [
        replace(t, part="core") if t.part == "restriction" and t.kind in ("topic", "entity") else t
        for t in things
    ]
