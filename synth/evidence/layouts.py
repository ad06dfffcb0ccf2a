"""Readings, a corpus in SciFact's layout or a given passage go in, searchable sentences come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from synth.errors import InputError
from synth.evidence.corpus import Corpus, Encode
from synth.records import Evidence, Label, Reading, Role, content_id
from synth.text import sentences, words

_ROLES = (Role.ABSTRACT, Role.BODY, Role.CAPTION)


def build(readings: Sequence[Reading], *, encode: Encode) -> Corpus:
    """Return the corpus of the sentences of abstracts, bodies and captions.

    Sentences of fewer than four words, or of more digits and signs than letters, are left out.
    """
    rows: list[Evidence] = []
    works: list[str] = []
    for reading in readings:
        found = [row for row in _of_reading(reading) if _readable(row.quote)]
        rows += found
        works += [reading.paper.work] * len(found)
    return Corpus(rows, works=works, encode=encode)


def from_corpus(documents: Iterable[Mapping[str, Any]], *, encode: Encode, lazy: bool = True) -> Corpus:
    """Return the corpus of documents in SciFact's layout: ``doc_id``, ``title``, ``abstract`` (sentences).

    ``sentence`` of an evidence is then the index in ``abstract``. Raises InputError for another layout and
    for a ``doc_id`` that comes twice.
    """
    rows: list[Evidence] = []
    titles: dict[str, str] = {}
    named: set[str] = set()
    for number, document in enumerate(documents, 1):
        doc_id, abstract = _checked(document, number)
        if doc_id in named:
            raise InputError(f"document {number} of the corpus repeats doc_id {doc_id}", remedy="keep one")
        named.add(doc_id)
        paper = content_id("p", doc_id, *abstract)
        titles[paper] = str(document.get("title") or "")
        rows += _listed(abstract, doc_id=doc_id, paper=paper)
    works = [f"document:{row.doc_id}" for row in rows]
    return Corpus(rows, works=works, encode=encode, titles=titles, lazy=lazy)


def pairs(passage: str | Sequence[str], doc_id: str = "") -> tuple[Evidence, ...]:
    """Return every sentence of a given passage (a text, or its sentences) in order, with score 0.

    ``start`` is the offset in the text, or in the sentences joined by single spaces.
    """
    if not isinstance(passage, str):
        return tuple(_listed(passage, doc_id=doc_id, paper=content_id("p", doc_id, *passage)))
    paper = content_id("p", doc_id, passage)
    return tuple(
        _row(doc_id, paper, content_id("t", paper), i, start, passage[start:end])
        for i, (start, end) in enumerate(sentences(passage))
    )


def nearest(claim: str, given: Sequence[Evidence], *, encode: Encode, limit: int = 5) -> tuple[Evidence, ...]:
    """Return the ``limit`` of the ``given`` sentences nearest to ``claim``, best first, scored in [0, 1]."""
    return Corpus(given, works=[row.paper for row in given], encode=encode).find(claim, limit=limit)


def _of_reading(reading: Reading) -> Iterator[Evidence]:
    paper = reading.paper
    for passage in reading.passages:
        if passage.role in _ROLES:
            for i, sentence in enumerate(passage.sentences):
                quote = passage.sentence_text(i)
                row = _row(paper.doc_id, paper.id, passage.id, i, sentence.start, quote)
                yield replace(row, spans=sentence.spans)


def _listed(given: Sequence[str], *, doc_id: str, paper: str) -> list[Evidence]:
    rows, start = [], 0
    passage = content_id("t", paper)
    for i, text in enumerate(given):
        rows.append(_row(doc_id, paper, passage, i, start, text))
        start += len(text) + 1
    return rows


def _row(doc_id: str, paper: str, passage: str, sentence: int, start: int, quote: str) -> Evidence:
    return Evidence(
        doc_id=doc_id,
        paper=paper,
        passage=passage,
        sentence=sentence,
        start=start,
        quote=quote,
        spans=(),
        relation=Label.NOT_ENOUGH_INFO,
        score=0.0,
    )


def _checked(document: Mapping[str, Any], number: int) -> tuple[str, list[str]]:
    doc_id, abstract = document.get("doc_id"), document.get("abstract")
    if (
        not isinstance(doc_id, int | str)
        or not isinstance(abstract, list | tuple)
        or not all(isinstance(sentence, str) for sentence in abstract)
    ):
        raise InputError(
            f"document {number} of the corpus is not in SciFact's layout",
            remedy='each line is {"doc_id", "title", "abstract": [sentences]}',
        )
    return str(doc_id), list(abstract)


def _readable(text: str) -> bool:
    """Whether a sentence can say something: four words with letters in them, and letters the most of it."""
    worded = sum(any(c.isalpha() for c in word) for word in words(text))
    solid = [c for c in text if not c.isspace()]
    return worded >= 4 and 2 * sum(c.isalpha() for c in solid) > len(solid)
