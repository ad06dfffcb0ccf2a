"""A claim and a sentence against it, or a verdict's reasons in; their opposition in plain words out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.text import quantities

_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|none|cannot|without|hardly|nothing)\b|n['’]t\b", re.IGNORECASE
)
DENIES = "it denies what the claim says"
AFFIRMS = "it says what the claim denies"
# in the order in which they are told: a number is checked at a glance, a negation may be about another part
_NAMED = (
    (
        re.compile(r"direction reversed: (?P<what>.+) is (?P<a>up|down) here, (?P<b>up|down) in the passage"),
        "the claim says {what} {a}, the passage {b}",
    ),
    (
        re.compile(r"number differs: (?P<a>.+) against (?P<b>.+)"),
        "the claim says {a}, the passage {b}",
    ),
    (
        re.compile(r"opposed words: (?P<a>.+) against (?P<b>.+)"),
        "where the claim says “{a}”, it says “{b}”",
    ),
    (re.compile(r"negated in the passage only"), DENIES),
    (re.compile(r"negated in the claim only"), AFFIRMS),
    (
        re.compile(r"the sentences are alike but for a changed (?P<what>.+)"),
        "the two are alike but for the {what}",
    ),
)


def named(reasons: Sequence[str]) -> str:
    """Return the first opposition that a verdict's ``reasons`` name, or "" where none is named."""
    for form, words in _NAMED:
        for reason in reasons:
            if found := form.fullmatch(reason):
                return words.format(**found.groupdict())
    return ""


def opposed(claim: str, sentence: str) -> str:
    """Return the opposition that the two texts show by themselves: one is negated, or a number differs."""
    here, there = (len(_NEGATION.findall(text)) % 2 for text in (claim, sentence))
    if here != there:
        return DENIES if there else AFFIRMS
    ours, theirs = quantities(claim), quantities(sentence)
    if len(ours) == len(theirs) == 1 and ours[0].unit == theirs[0].unit and ours[0].value != theirs[0].value:
        return f"the claim says {ours[0].raw}, the passage {theirs[0].raw}"
    return ""
