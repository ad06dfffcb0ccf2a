"""A question, its claims and all passages in; whether these papers answer it out, facet by facet.

That the words of a question occur is not enough: its core must be spoken of in one passage together, its
restrictions in passages that speak of the core, its names must be named, its quantities stated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from synth.records import Answerability, Facet, Judged, Paper, Passage, Quantity, Question, Role
from synth.synthesis.matching import Unit, implied, names, satisfies, share, stated, stems_of
from synth.synthesis.questions import Asked, asked, is_effect
from synth.text import sentences

SIGNATURE = "facets/1"
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


_DISCLAIMS = re.compile(
    r"\b(?:not|never|nor)\s+(?:\w+\s+){0,2}(?:record|measur|evaluat|test|consider|stud|investigat|examin|assess|collect|"
    r"includ|report|address|analy[sz]|attempt|compare[sd]?\b)\w*|\b(?:outside|beyond)\s+(?:of\s+)?(?:our|the|this)\s+(?:\w+\s+)?scope|"
    r"\b(?:were|was|are|is)\s+excluded\b|\bexcluded\s+from\b|\bfuture\s+(?:work|research|studies)\b|\bwe\s+(?:plan|leave|intend)\b|"
    r"\bremains?\s+(?:to\s+be|unclear|unknown|open|unexplored)\b|\bis\s+(?:unclear|unknown|unexplored)\b|"
    r"\blittle\s+is\s+known\b|\bno\s+(?:study|work|data|evidence)\s+(?:has|have|exists?|was|is)\b",
    re.IGNORECASE,
)


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
    core = [t for t in things if t.part == "core" and not t.generic] or [
        t for t in things if t.part == "core"
    ]
    together = tuple(u for u in units if all(_speaks(t, u) for t in core))
    found = {t: _find(t, units, core=core, together=together) for t in things}
    facets = tuple(_facet(t, found[t], judged, units, core=core, papers=papers) for t in things)
    outcome = not is_effect(question.text) or any(_states_outcome(u, core) for u in together)
    return _conclude(things, facets, core=core, together=together, outcome=outcome)


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


def _find(thing: Asked, units: Sequence[Unit], *, core: Sequence[Asked], together: Sequence[Unit]) -> _Found:
    anywhere = tuple(u for u in units if _speaks(thing, u))
    if thing in core:
        return _Found(anywhere, anywhere)
    about = {u.paper for u in together}
    # a condition must stand beside the whole core: "GPT-3 has 175 billion parameters" conditions nothing else
    enough = all if thing.part == "varied" else any
    near = [
        u
        for u in anywhere
        if not u.citing and (not about or u.paper in about) and enough(_speaks(t, u) for t in core)
    ]
    return _Found(tuple(near), anywhere)


def _facet(
    thing: Asked,
    found: _Found,
    judged: Sequence[Judged],
    units: Sequence[Unit],
    *,
    core: Sequence[Asked],
    papers: Sequence[Paper],
) -> Facet:
    covered = bool(found.with_core)
    claims = _claims(thing, judged) if covered else ()
    if covered:
        reason = _where(claims, found.with_core[0], papers)
    elif found.anywhere:
        count = "1 passage" if len(found.anywhere) == 1 else f"{len(found.anywhere)} passages"
        reason = f"{_verb(thing)} in {count}, but in none that speaks of {_either(core)}"
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


def _either(core: Sequence[Asked]) -> str:
    return " or ".join(t.text for t in core)


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
    """Whether a sentence of the passage states an outcome, not an intent, and speaks of part of the core."""
    for start, end in sentences(unit.text):
        text = unit.text[start:end]
        if _OUTCOME.search(text) and not _INTENT.search(text):
            stems = stems_of(text)
            if any(share(t.text, stems) >= COVERED / 2 for t in core):
                return True
    return False


def _conclude(
    things: Sequence[Asked],
    facets: Sequence[Facet],
    *,
    core: Sequence[Asked],
    together: Sequence[Unit],
    outcome: bool,
) -> Answerability:
    missing = [(t, f) for t, f in zip(things, facets, strict=True) if not f.covered]
    deciding = [f for t, f in missing if t in core or t.part == "varied"]
    open_ = [f for t, f in missing if t.part == "restriction"]
    if deciding:
        return _say("not_answered", facets, [f.reason for f in deciding])
    if not together:
        return _say("not_answered", facets, [f"no passage speaks of {_all(core)} together"])
    examples = [(t, f) for t, f in zip(things, facets, strict=True) if t.part == "example"]
    reasons = [f.reason for f in open_]
    if examples and not any(f.covered for _, f in examples):
        reasons.append(f"no passage speaks of any of the examples ({', '.join(t.text for t, _ in examples)})")
    if not outcome:
        reasons.append(f"no passage states an outcome for {_all(core)}")
    if reasons:
        return _say("partly", facets, reasons)
    return _say("answered", facets, [_spoken(core, together)])


def _spoken(core: Sequence[Asked], together: Sequence[Unit]) -> str:
    count = "1 passage speaks" if len(together) == 1 else f"{len(together)} passages speak"
    alike = " together" if len(core) > 1 else ""
    return f"{count} of {_all(core)}{alike}, and every other facet is covered where they are"


def _all(core: Sequence[Asked]) -> str:
    return " and ".join(t.text for t in core)


def _say(
    answer_: Literal["answered", "partly", "not_answered"], facets: Sequence[Facet], reasons: Sequence[str]
) -> Answerability:
    text = "; ".join(dict.fromkeys(reasons))
    return Answerability(answer=answer_, facets=tuple(facets), reason=f"{text[:1].upper()}{text[1:]}.")
