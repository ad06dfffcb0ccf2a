"""A reading goes in, its claims come out: whole sentences, verbatim, in the order of the paper."""

from collections.abc import Iterator
from typing import NamedTuple

from synth.claims.conditions import conditions
from synth.claims.cues import Parsed, parse
from synth.claims.features import features
from synth.claims.kinds import kind_of
from synth.claims.model import load, probability
from synth.claims.places import Place, place
from synth.claims.refusal import refusal
from synth.records import Claim, Passage, Reading, Role, content_id
from synth.text import quantities

# Captions were tried: annotators marked 3 of 442 caption sentences, 479 of 4,675 in bodies (28 papers).
ROLES = (Role.ABSTRACT, Role.BODY)
FLOOR = 0.06  # 95 % of the sentences marked in the validation papers score above it
LONGEST = 900  # characters of a sentence; what is longer is a faulty reading, and slow to parse


class Candidate(NamedTuple):
    """A sentence that no rule refused, with its tokens, cues and place."""

    passage: Passage
    number: int
    text: str
    parsed: Parsed
    place: Place


def mine(reading: Reading) -> tuple[Claim, ...]:
    """Return the claims of a reading: sentences of abstract and body that assert something checkable.

    Text is verbatim (``passage.text[start:end]``), never cut. ``score`` is P(claim) of the shipped
    classifier, at least FLOOR. Raises ModelError where the classifier is missing or altered.
    """
    made = (_claim(reading.paper.id, candidate) for candidate in candidates(reading))
    return tuple(claim for claim in made if claim.score >= FLOOR)


def candidates(reading: Reading) -> Iterator[Candidate]:
    """Yield the sentences of a reading that no rule refuses, in order."""
    length = sum(len(passage.text) for passage in reading.passages) or 1
    before = 0
    for passage in reading.passages:
        if passage.role in ROLES:
            yield from _candidates_of(passage, share=before / length)
        before += len(passage.text)


def _candidates_of(passage: Passage, *, share: float) -> Iterator[Candidate]:
    for index in range(len(passage.sentences)):
        text = passage.sentence_text(index)
        if len(text) <= LONGEST:
            parsed = parse(text)
            if not refusal(text, parsed):
                yield Candidate(passage, index, text, parsed, place(passage, index, share=share))


def _claim(paper: str, candidate: Candidate) -> Claim:
    passage, index, text, parsed, where = candidate
    stated = quantities(text)
    return Claim(
        id=content_id("c", paper, passage.id, str(index), text),
        paper=paper,
        passage=passage.id,
        sentence=index,
        text=text,
        kind=kind_of(parsed, part=where.part, quantities=stated),
        section=passage.section,
        spans=passage.sentences[index].spans,
        quantities=stated,
        conditions=conditions(text, stated),
        score=probability(features(parsed, where, stated), model=load()),
    )
