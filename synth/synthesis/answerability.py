"""A question, its claims and all passages in; whether these papers answer it out, facet by facet.

That the words of a question occur is not enough: its core must be spoken of in one passage together, its
restrictions in passages that speak of the core, its names must be named, its quantities stated. Of things
joined by "and" each must be spoken of with the rest, in whichever passage; of things joined by "or" one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from synth.records import Answerability, Facet, Judged, Paper, Passage, Quantity, Question, Role
from synth.synthesis.matching import Unit, implied, names, satisfies, share, stated, stems_of
from synth.synthesis.questions import Asked, asked, is_effect
from synth.text import sentences

SIGNATURE = "facets/2"
COVERED = 0.6
"""Weighted share of a topic's words from which a passage speaks of it."""

_READ = (Role.ABSTRACT, Role.BODY, Role.CAPTION)
_ELSEWHERE = re.compile(
    r"\b(?:related|previous|prior|future)\s+(?:work|research|literature)\b|\bbackground\b", re.I
)
_OUTCOME = re.compile(
    r"\b(?:improv|outperform|better|worse|best|gain|increas|decreas|reduc|lower|higher|boost|degrad|harm|hurt|hinder|"
    r"help|benefi|effective|ineffective|achiev|reach|obtain|yield|surpass|exceed|significant|correlat|fail|no\s+effect|"
    r"no\s+difference|robust|dimin|drop|rais|rise|rose|fall|fell|lead|led|caus|prevent|associat|depend|match|compar|"
    r"sensitiv|suffer|enabl|state[-\s]of[-\s]the[-\s]art|faster|slower|fewer|varies|vary|differ|superior|inferior|"
    r"cut|cuts|halv|doubl|shrink|shrank|accura|remain|retain|speed|eliminat|mitigat|alleviat|accelerat)",
    re.IGNORECASE,
)
_INTENT = re.compile(
    r"\b(?:we|this\s+(?:paper|work|study|article)|i)\s+(?:\w+ly\s+)?(?:investigate|study|studies|examine|examines|explore|"
    r"explores|ask|asks|aim|aims|propose\s+to|plan|hypothesi[sz]e|wonder|will|discuss|discusses|review|reviews|survey)\b|"
    r"\b(?:whether|unclear|unknown|poorly\s+understood|open\s+question|remains?\s+to\s+be|future\s+work|little\s+is\s+known)\b",
    re.IGNORECASE,
)


_TAKES_UP = re.compile(r"(?:the|this|these|it|they|both|such)\b", re.IGNORECASE)
_DISCLAIMS = re.compile(
    r"\b(?:not|never|nor)\s+(?:\w+\s+){0,2}(?:record|measur|evaluat|test|consider|stud|investigat|examin|assess|collect|"
    r"includ|report|address|analy[sz]|attempt|compare[sd]?\b)\w*|\b(?:outside|beyond)\s+(?:of\s+)?(?:our|the|this)\s+(?:\w+\s+)?scope|"
    r"\b(?:were|was|are|is)\s+excluded\b|\bexcluded\s+from\b|\bfuture\s+(?:work|research|studies)\b|\bwe\s+(?:plan|leave|intend)\b|"
    r"\bremains?\s+(?:to\s+be|unclear|unknown|open|unexplored)\b|\bis\s+(?:unclear|unknown|unexplored)\b|"
    r"\blittle\s+is\s+known\b|\bno\s+(?:study|work|data|evidence)\s+(?:has|have|exists?|was|is)\b",
    re.IGNORECASE,
)


_Core = tuple[tuple[Asked, ...], ...]
"""The core of a question: groups of things joined by "and" or "or"."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a thing was found: passages that speak of it with the core, passages that speak of it at all."""

    with_core: tuple[Unit, ...]
    anywhere: tuple[Unit, ...]


def answer(
    question: Question,
    judged: Sequence[Judged],
    *,
    papers: Sequence[Paper],
    passages: Sequence[Passage],
) -> Answerability:
    """Return the facets of ``question``, each covered or not and why, and the answer that follows."""
    things = asked(question.text)
    units = _units(judged, papers=papers, passages=passages)
    core = _core(things)
    together = tuple(u for u in units if _speaks_of_all(core, u))
    found = {t: _find(t, units, core=core, together=together) for t in things}
    facets = tuple(_facet(t, found[t], judged, units, core=core, papers=papers) for t in things)
    silent = _without_outcome(core, together) if is_effect(question.text) else ()
    return _conclude(things, facets, found, core=core, together=together, silent=silent)


def _core(things: Sequence[Asked]) -> _Core:
    """Return what must be spoken of together: of things joined by "and" or "or", one at least."""
    core = [t for t in things if t.part == "core" and not t.generic] or [
        t for t in things if t.part == "core"
    ]
    groups = dict.fromkeys(t.group for t in core)
    return tuple(tuple(t for t in core if t.group == group) for group in groups)


def _speaks_of_all(core: _Core, unit: Unit) -> bool:
    return all(any(_speaks(t, unit) for t in joined) for joined in core)


def _without_outcome(core: _Core, together: Sequence[Unit]) -> tuple[str, ...]:
    """Return what no outcome is stated for: the core, or each of several things asked for side by side."""
    flat = [t for joined in core for t in joined]
    telling = [u for u in together if _states_outcome(u, flat)]
    if not telling:
        return (_all(core),) if together else ()
    return tuple(
        t.text
        for joined in core
        for t in joined
        if len(joined) > 1
        and not t.either
        and any(_speaks(t, u) for u in together)
        and not any(_speaks(t, u) for u in telling)
    )


def _units(
    judged: Sequence[Judged], *, papers: Sequence[Paper], passages: Sequence[Passage]
) -> tuple[Unit, ...]:
    """Return what may speak of something: every passage of text, and claims that stand in none of them."""
    titles = {p.id: (p.title, stems_of(p.title)) for p in papers}
    known = {p.id for p in passages}
    loose = [c for one in judged for c in (one.claim, *one.repeats) if c.passage not in known]
    texts = [(p.id, p.paper, p.text, p.section) for p in passages if p.role in _READ]
    texts += [(c.passage, c.paper, c.text, c.section) for c in loose]
    return tuple(_unit(*text, title=titles.get(text[1], ("", frozenset()))) for text in texts)


def _unit(id_: str, paper: str, text: str, section: str, *, title: tuple[str, frozenset[str]]) -> Unit:
    said = text
    if _DISCLAIMS.search(text):
        said = " ".join(text[a:b] for a, b in sentences(text) if not _DISCLAIMS.search(text[a:b]))
    held = stems_of(said)
    return Unit(
        id=id_,
        paper=paper,
        text=said,
        stems=held,
        title=title[0],
        # a paragraph that disclaims everything speaks of nothing, whatever its paper's title
        scope=held | title[1] if said else held,
        citing=bool(_ELSEWHERE.search(section)),
    )


def _speaks(thing: Asked, unit: Unit) -> bool:
    """Whether a passage, under its paper's title, speaks of a thing."""
    if thing.kind == "entity":
        return names(thing.text, unit.text) or (bool(unit.text) and names(thing.text, unit.title))
    if thing.quantity is not None:
        return _states(thing, unit)
    return share(thing.text, unit.scope) >= COVERED


def _states(thing: Asked, unit: Unit) -> bool:
    if thing.quantity is None:
        return False
    there = stated(unit.text, thing.quantity.unit) + implied(unit.text, thing.quantity.unit)
    return any(satisfies(q, thing.quantity) for q in there) if thing.condition else bool(there)


def _find(thing: Asked, units: Sequence[Unit], *, core: _Core, together: Sequence[Unit]) -> _Found:
    anywhere = tuple(u for u in units if _speaks(thing, u))
    joined = next((joined for joined in core if thing in joined), ())
    if len(joined) == 1:
        return _Found(anywhere, anywhere)
    if joined:
        # each of several things asked for side by side is spoken of with the rest of the core, or it is open
        return _Found(tuple(u for u in together if _speaks(thing, u)), anywhere)
    about = {u.paper for u in together}
    # a condition must stand beside the whole core: "GPT-3 has 175 billion parameters" conditions nothing else
    enough = all if thing.part == "varied" else any
    near = [
        u
        for u in anywhere
        if not u.citing
        and (not about or u.paper in about)
        and enough(any(_speaks(t, u) for t in joined) for joined in core)
    ]
    return _Found(tuple(near), anywhere)


def _facet(
    thing: Asked,
    found: _Found,
    judged: Sequence[Judged],
    units: Sequence[Unit],
    *,
    core: _Core,
    papers: Sequence[Paper],
) -> Facet:
    covered = bool(found.with_core)
    claims = _claims(thing, judged) if covered else ()
    if covered:
        reason = _where(claims, found.with_core[0], papers)
    elif found.anywhere:
        count = "1 passage" if len(found.anywhere) == 1 else f"{len(found.anywhere)} passages"
        reason = f"{_verb(thing)} in {count}, but in none that speaks of {_others(thing, core)}"
    else:
        reason = _absent(thing, units)
    text = f"compared to {thing.text}" if thing.kind == "comparison" else thing.text
    return Facet(text=text, kind=thing.kind, covered=covered, claims=claims, reason=reason)


def _claims(thing: Asked, judged: Sequence[Judged]) -> tuple[str, ...]:
    def speaks(text: str) -> bool:
        return _speaks(thing, _unit("", "", text, "", title=("", frozenset())))

    return tuple(one.claim.id for one in judged if speaks(one.claim.text))


def _where(claims: Sequence[str], unit: Unit, papers: Sequence[Paper]) -> str:
    if claims:
        return "1 claim speaks of it" if len(claims) == 1 else f"{len(claims)} claims speak of it"
    doc = next((p.doc_id for p in papers if p.id == unit.paper), unit.paper)
    return f"no claim of this report, but a passage of {doc} speaks of it"


def _verb(thing: Asked) -> str:
    if thing.quantity is not None:
        return f"{_amount(thing.quantity)} are stated"
    return f"{thing.text} is {'named' if thing.kind == 'entity' else 'spoken of'}"


def _amount(quantity: Quantity) -> str:
    """Return the quantity as it is asked for: "more than 10 billion parameters"."""
    bound = {"more": "more than ", "less": "less than ", "about": "about ", "": ""}[quantity.bound]
    counted = quantity.unit not in ("", "percent", "points", "times") and quantity.unit not in quantity.raw
    return f"{bound}{quantity.raw}{f' {quantity.unit}s' if counted else ''}"


def _others(thing: Asked, core: _Core) -> str:
    """Return what a passage on ``thing`` should also speak of: the rest of the core, or any of it."""
    if any(thing in joined for joined in core):
        return _all(tuple(joined for joined in core if thing not in joined))
    return " or ".join(t.text for joined in core for t in joined)


def _absent(thing: Asked, units: Sequence[Unit]) -> str:
    """Return the reason for a thing that no passage holds; for a quantity with the nearest that is stated."""
    if thing.kind == "entity":
        return f"no passage names {thing.text}"
    if thing.quantity is None:
        return f"no passage speaks of {thing.text}"
    wanted = thing.quantity
    there = [q for u in units for q in stated(u.text, wanted.unit)]
    nearest = min(there, key=lambda q: (abs(q.value - wanted.value), q.raw), default=None)
    said = f"; the nearest stated is {nearest.raw}" if nearest else ""
    return f"no passage states {_amount(wanted)}{said}"


def _states_outcome(unit: Unit, core: Sequence[Asked]) -> bool:
    """Whether a sentence of the passage states an outcome, not an intent, and speaks of part of the core.

    A sentence that takes up the one before ("The alignment raises accuracy") speaks of what that one does.
    """
    before = False
    for start, end in sentences(unit.text):
        text = unit.text[start:end]
        stems = stems_of(text)
        speaks = any(share(t.text, stems) >= COVERED / 2 for t in core)
        outcome = _OUTCOME.search(text) and not _INTENT.search(text)
        if outcome and (speaks or (before and _TAKES_UP.match(text))):
            return True
        before = speaks
    return False


def _conclude(
    things: Sequence[Asked],
    facets: Sequence[Facet],
    found: Mapping[Asked, _Found],
    *,
    core: _Core,
    together: Sequence[Unit],
    silent: Sequence[str],
) -> Answerability:
    of = dict(zip(things, facets, strict=True))
    deciding = [t for t in things if t.part == "varied" and not of[t].covered]
    if not together:
        nowhere = [joined for joined in core if not any(found[t].anywhere for t in joined)]
        deciding = [*(t for joined in nowhere for t in joined), *deciding]
        said = [of[t].reason for t in deciding] or [
            f"no passage speaks of {_all(core)}{'' if _several(core) else ' together'}"
        ]
        return _say("not_answered", facets, said)
    if deciding:
        return _say("not_answered", facets, [of[t].reason for t in deciding])
    reasons = [of[t].reason for joined in core if len(joined) > 1 for t in joined if _open(t, of)]
    reasons += [of[t].reason for t in things if t.part == "restriction" and not of[t].covered]
    examples = [t for t in things if t.part == "example"]
    if examples and not any(of[t].covered for t in examples):
        reasons.append(f"no passage speaks of any of the examples ({', '.join(t.text for t in examples)})")
    reasons += [f"no passage states an outcome for {text}" for text in silent]
    if reasons:
        return _say("partly", facets, reasons)
    return _say("answered", facets, [_spoken(core, together, more=len(things) > sum(map(len, core)))])


def _open(thing: Asked, of: Mapping[Asked, Facet]) -> bool:
    return not of[thing].covered and not thing.either


def _spoken(core: _Core, together: Sequence[Unit], *, more: bool) -> str:
    count = "1 passage speaks" if len(together) == 1 else f"{len(together)} passages speak"
    alike = " together" if len(core) > 1 and not _several(core) else ""
    told = f"{count} of {_all(core)}{alike}"
    if any(len(joined) > 1 and not joined[0].either for joined in core):
        told += ", each of these in at least one"
    return f"{told}, and all else that is asked is covered" if more else told


def _several(core: _Core) -> bool:
    return len(core) > 1 and any(len(joined) > 1 for joined in core)


def _all(core: _Core) -> str:
    """Return the core in words: "attention or interaction with tagging or parsing", "A, B and C"."""
    several = [" or ".join(t.text for t in joined) for joined in core]
    if _several(core):
        return " together with ".join(several)
    return " and ".join((*([", ".join(several[:-1])] if several[1:] else []), *several[-1:]))


def _say(
    answer_: Literal["answered", "partly", "not_answered"], facets: Sequence[Facet], reasons: Sequence[str]
) -> Answerability:
    text = "; ".join(dict.fromkeys(reasons))
    return Answerability(answer=answer_, facets=tuple(facets), reason=f"{text[:1].upper()}{text[1:]}.")
