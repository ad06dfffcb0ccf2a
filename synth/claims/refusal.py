"""A sentence goes in; why it cannot be a claim comes out, or nothing.

Refused is what asserts nothing that a source could support or contradict: questions, pointers to tables,
outlines, thanks, plans, what was done without what came of it, settings of a training run, fragments and
what a reader garbled.
"""

import re
from typing import Literal

from synth.claims.cues import Parsed

Refusal = Literal[
    "", "question", "fragment", "garbled", "beginning", "pointer", "outline", "thanks", "plan", "activity",
    "setting", "long",
]  # fmt: skip

_ASSERTS = frozenset(("compare", "change", "effect", "find", "strength"))
_OPENING = re.compile(
    r"[\"'“‘(\[]{0,2}(?:[A-Z0-9$À-ÞΑ-Ω]|[a-z][A-Z0-9]|[a-z]+[A-Z0-9]|[a-z]{1,6}-[A-Z])"
    r"|[•▪◦‣●■–—-]\s|\(?[ivx1-9a-z]\)"
)
_CLOSING = re.compile(
    r"[.!?…:;][\"'”’)\]]{0,3}(?:\s?\[[\d,\s–-]+\]|\s?\([^()]{2,90}\)|\d{1,2}|[¹²³⁰-⁹]+)?$"
    r"|https?:\s?//\S+(?:\s\S+)?$"
)
_FLOAT = r"(?:table|figure|fig\.|tab\.|section|appendix)s?\s?[\dA-Z.()]*"
_LEAD = re.compile(
    rf"^(?:as|from|in)\s(?:\w+\s){{0,3}}(?:in|from|by)?\s?(?:the\s)?{_FLOAT}(?:\s(?:and|&)\s{_FLOAT})?,\s*",
    re.IGNORECASE,
)
_HANDLED = re.compile(
    r"^(?:\W*(?:[A-Z][\w.]*\s)?(?:table|figure|fig\.|tab\.|section|algorithm|equation|eq\.)\s?\(?[\dA-Z]*\)?|"
    r"(?:it|this|that|these)\s(?:table|figure|section|subsection|appendix))\b[^,;]{0,40}?\b(?:shows?|reports?|"
    r"lists?|presents?|summari[sz]es?|gives?|compares?|illustrates?|depicts?|contains?|provides?|displays?|"
    r"describes?|details|plots?|visuali[sz]es?|outlines)\b",
    re.IGNORECASE,
)
_HEADLESS = re.compile(
    r"^(?:presents?|shows?|reports?|lists?|compares?|summari[sz]es?|gives?|illustrates?|depicts?|are|is)\s"
)
_IN_NOTHING = re.compile(r"\b(?:in|by|and)\s?\.$")
_FORMULA = re.compile(r"[=+∑∏∫√∈∀∃≈≡∂∇⊕⊗⊙→←↔≤≥∥∗λαβγδθσμφψωΩΣΠ∆|{}\\^_<>~]")
_CLAUSE = re.compile(r"\b(?:we|they|it|which|who|he|she|i)\s[a-z]{2,}", re.IGNORECASE)
_VERB_LIST = """
achieve add address adopt affect aim allow analyze appear apply argue ask assign assume attain augment
average beat became become began begin believe belong benefit bridge bring broke brought build built call
came capture cause change choose chose classify collect combine come compare compute concatenate conclude
confirm consider consist constitute construct contain contribute convert correlate correspond cost cover
create dealt decrease define degrade demonstrate denote depend derive describe design determine develop
differ discard discover drew drop eliminate employ enable encode encourage enhance ensure establish
estimate evaluate evolve examine exceed exhibit exist expect experiment explain exploit explore express
extend extract facilitate fail fall favor fed feed fell felt filter find fit focus follow form formulate
found freeze gain gave generalize generate get give go got grew grow handle held help hold hurt identify
ignore illustrate imply improve include incorporate increase indicate initialize inspect integrate
introduce investigate involve keep kept knew know label lack lay lead learn led left leverage lie limit
lose lost made maintain make map mask match maximize mean meant measure merge met minimize mitigate model
multiply need note observe obtain occur offer operate outperform output overcome pass perform pick play
pose predict prefer present pretrain prevent process produce propose prove provide prune ran rank reach
receive reduce refer reflect release rely remain remove replace report represent require resemble result
retain retrieve return reveal rise rose run said sample saw say score see seem select sent serve set share
show solve spent split spread stack start stem stop struggle study suffer suggest summarize support
surpass swim tackle tag take taught tend test thought threshold tokenize took train transfer transform
translate treat tune turn underperform understand update use utilize validate vary verify view want went
work write wrote yield
"""


def _forms(verb: str) -> set[str]:
    """Return a verb's regular forms (-s, -ed, -ing), and those with its last letter doubled."""
    base = verb[:-1] if verb.endswith(("e", "y")) else verb
    forms = {verb, verb + "s", verb + "es", verb + "ed", verb + "d", verb + "ing", base + "ing", base + "ed"}
    return forms | {base + "ies", base + "ied", verb + verb[-1] + "ed", verb + verb[-1] + "ing"}


_VERBS = frozenset(form for verb in _VERB_LIST.split() for form in _forms(verb))


def refusal(text: str, parsed: Parsed) -> Refusal:
    """Return why ``text`` is no claim, or "" where it may be one."""
    return _form(text, parsed) or _content(text, parsed)


def _form(text: str, parsed: Parsed) -> Refusal:
    """Judge the shape: whole, readable, a statement."""
    words = [token for token in parsed.tokens if token[0].isalnum()]
    if text.rstrip("\"'”’)]").endswith("?"):
        return "question"
    if len(words) < 4 or not _CLOSING.search(text) or not _has_verb(text, parsed):
        return "fragment"
    if _garbled(text, words):
        return "garbled"
    if len(words) > 110:
        return "long"
    return "" if _OPENING.match(text) else "beginning"


def _has_verb(text: str, parsed: Parsed) -> bool:
    """Whether a token may be a finite verb; without a tagger: auxiliaries, "we ...", a list of verbs."""
    if parsed.cues & {"being", "modal"} or _CLAUSE.search(text):
        return True
    return any(token in _VERBS for token in parsed.tokens)


def _garbled(text: str, words: list[str]) -> bool:
    """Whether formulas, table cells or a faulty text layer outweigh the words."""
    letters = sum(c.isalpha() for c in text)
    solid = sum(not c.isspace() for c in text)
    unmapped = sum(c == "\ufffd" or "\ue000" <= c <= "\uf8ff" for c in text)
    symbols = len(_FORMULA.findall(text)) + unmapped
    single = sum(len(word) == 1 and word not in "ai" for word in words)
    numbers = sum(c.isdigit() for c in text)
    return (
        letters < 0.66 * solid
        or symbols > max(4, 0.04 * solid)
        or single > 0.22 * len(words)
        or numbers > 0.2 * solid
        or max((len(word) for word in words), default=0) > 45
    )


def _content(text: str, parsed: Parsed) -> Refusal:
    """Judge what is said: whether anything is asserted beyond where to look and what was done."""
    cues = parsed.cues
    asserts = bool(cues & _ASSERTS)
    if "thanks" in cues:
        return "thanks"
    if _points(_LEAD.sub("", text), cues):
        return "pointer"
    if "outline" in cues and not asserts:
        return "outline"
    if "future" in cues and not cues & {"limit", "compare", "achieve"}:
        return "plan"
    if "setup" in cues and not asserts and not cues & {"offer", "resource", "best"}:
        return "setting"
    if "activity" in cues and not asserts and not cues & {"offer", "best", "resource", "define"}:
        return "activity"
    return ""


def _points(bare: str, cues: frozenset[str]) -> bool:
    """Whether a sentence only says where to look: no "that" clause, nothing compared, no change told."""
    if cues & {"that", "compare", "strength", "change"}:
        return False
    if "pointer" in cues or _HANDLED.match(bare):
        return True
    return bool(_HEADLESS.match(bare) or _IN_NOTHING.search(bare))
