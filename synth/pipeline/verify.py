"""Claims in, verdicts out: against given passages, against papers, or against a corpus of abstracts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth import encoder, evidence, verifiers
from synth.config import Config
from synth.errors import InputError, UsageError
from synth.formats import lines
from synth.pipeline.asking import remembering
from synth.pipeline.judges import judges
from synth.pipeline.papers import load
from synth.pipeline.progress import Progress, Silent
from synth.records import Evidence, Label, Verdict, content_id
from synth.store import open_store
from synth.text import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from synth.store import Encode

MAX_LINE = 10_000_000
"""Characters of one JSON line; more is no claim but an attack or a mistake."""
_BATCH = 256
_DOCUMENTS = 10
"""Abstracts of a corpus that are judged for a claim that cites none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A claim with the id it came with; ``cited`` limits a corpus, ``passage`` is given evidence."""

    id: str | int
    text: str
    cited: tuple[str, ...] = ()
    passage: tuple[str, ...] | str = ()


def as_asked(text: str) -> Asked:
    """Return one claim from the command line."""
    return Asked(id=content_id("c", text), text=text)


def read_claims(lines: Iterable[str], *, name: str, pairs: bool) -> tuple[Asked, ...]:
    """Parse the JSON lines of ``--claims`` or ``--pairs``; raises InputError naming the wrong line."""
    read = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _row(line, f"{name}, line {number}")
        text = row.get("claim")
        if not isinstance(text, str):
            raise InputError(f'{name}, line {number}: no "claim"', remedy=_SHAPES[pairs])
        read.append(
            Asked(
                id=_id(row, text),
                text=text,
                cited=tuple(str(d) for d in row.get("cited_doc_ids") or ()),
                passage=_passage(row, f"{name}, line {number}") if pairs else (),
            )
        )
    if not read:
        raise InputError(f"{name} holds no claims", remedy=_SHAPES[pairs])
    return tuple(read)


_SHAPES = {
    False: 'each line is {"id": …, "claim": "…"}',
    True: 'each line is {"id": …, "claim": "…", "passage": "…" or ["sentence", …]}',
}


def _id(row: Mapping[str, Any], text: str) -> str | int:
    found = row.get("id")
    return found if isinstance(found, str | int) else content_id("c", text)


def _row(line: str, where: str) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise InputError(f"{where}: longer than {MAX_LINE:,} characters")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: no JSON ({error})", remedy="one JSON object a line") from error
    if not isinstance(row, dict):
        raise InputError(f"{where}: not a JSON object", remedy="one JSON object a line")
    return row


def _passage(row: Mapping[str, Any], where: str) -> tuple[str, ...] | str:
    match row.get("passage"):
        case str() as text:
            return text
        case list() as sentences if all(isinstance(s, str) for s in sentences):
            return tuple(sentences)
    raise InputError(f'{where}: no "passage"', remedy=_SHAPES[True])


def verify_lines(
    *,
    claim: str,
    claims: tuple[str, Iterable[str]] | None,
    pairs: tuple[str, Iterable[str]] | None,
    against: Sequence[Path],
    scifact: bool,
    config: Config,
    progress: Progress,
) -> Iterator[Mapping[str, Any]]:
    """Yield a row a claim, in input order: interface.md's ``verify --json``, or SciFact's predictions.

    Raises UsageError unless exactly one of ``claim``, ``claims`` and ``pairs`` is given, with papers or a
    corpus to judge the first two against.
    """
    if sum((bool(claim.strip()), claims is not None, pairs is not None)) != 1:
        raise UsageError(
            "give one CLAIM, or --claims FILE, or --pairs FILE", remedy="see synth verify --help"
        )
    if pairs is not None:
        if against or scifact:
            raise UsageError("--pairs brings its own passages", remedy="leave --against and --scifact out")
        judged = verify_pairs(read_claims(pairs[1], name=pairs[0], pairs=True), config=config)
    else:
        if not against:
            raise UsageError("nothing to judge the claim against", remedy="name papers with --against PATH")
        asked_for = read_claims(claims[1], name=claims[0], pairs=False) if claims else (as_asked(claim),)
        if scifact:
            yield from scifact_lines(asked_for, against, config=config, progress=progress)
            return
        judged = verify_against(asked_for, against, config=config, progress=progress)
    for item, verdict in judged:
        yield lines.verdict(verdict, claim=item.text, claim_id=item.id)


def scifact_lines(
    claims: Sequence[Asked], against: Sequence[Path], *, config: Config, progress: Progress
) -> Iterator[Mapping[str, Any]]:
    """Yield SciFact's predictions: each cited (else each retrieved) abstract judged for itself."""
    if not against or any(p.suffix != ".jsonl" for p in against):
        raise UsageError("--scifact wants a corpus", remedy="name a .jsonl file with --against")
    made = encoder.load(config.encoder)
    encode = _memory_only(made, workers=config.workers)
    judge = _judge(config, encode, encoded_by=made.signature)
    with progress.stage("index the corpus"):
        corpus = evidence.from_corpus(read_corpus(against), encode=encode)
    for item in claims:
        text = printable(item.text)
        documents = item.cited or corpus.documents(text, limit=_DOCUMENTS)
        found: dict[str, Any] = {}
        for document in documents:
            verdict = judge(text, corpus.find(text, limit=5, doc_id=document), claim_id=str(item.id))
            if verdict.label is not Label.NOT_ENOUGH_INFO:
                rationale = [e.sentence for e in verdict.evidence if e.relation is verdict.label]
                found[document] = {"label": verdict.label.value, "sentences": rationale[:3]}
        yield {"id": item.id, "evidence": found}


def verify_pairs(pairs: Sequence[Asked], *, config: Config) -> Iterator[tuple[Asked, Verdict]]:
    """Judge each claim against its own passage, in order."""
    made = encoder.load(config.encoder)
    encode = _memory_only(made, workers=config.workers)
    judge = _judge(config, encode, encoded_by=made.signature)
    for at in range(0, len(pairs), _BATCH):
        part = pairs[at : at + _BATCH]
        given = [evidence.pairs(p.passage, doc_id=str(p.id)) for p in part]
        # all of a batch at once, so that both cores encode
        encode([t for p, found in zip(part, given, strict=True) for t in (p.text, *(e.quote for e in found))])
        for pair, found in zip(part, given, strict=True):
            near = evidence.nearest(printable(pair.text), found, encode=encode, limit=5)
            yield pair, judge(printable(pair.text), near, claim_id=str(pair.id))


def verify_against(
    claims: Sequence[Asked], against: Sequence[Path], *, config: Config, progress: Progress | None = None
) -> Iterator[tuple[Asked, Verdict]]:
    """Judge each claim against the papers or the SciFact-style corpus at ``against``, in order."""
    told = progress or Silent()
    corpora = [p for p in against if p.suffix == ".jsonl"]
    if corpora and len(corpora) != len(against):
        raise UsageError("papers and a .jsonl corpus cannot be mixed", remedy="run verify once for each")
    if corpora:
        yield from _against_corpus(claims, corpora, config=config, told=told)
        return
    chosen = judges(config, priors=("balanced",))
    with open_store(config.store) as store:
        with told.stage("read papers"):
            library = load(against, config=config, store=store, progress=told)
        made = encoder.load(config.encoder)
        encode = remembering(made, config=config, store=store)
        with told.stage("encode sentences"):
            corpus = evidence.build(library.readings, encode=encode)
        judge = chosen.build("balanced", encode=encode, encoder=made.signature)
        with told.stage("judge claims"):
            for claim in claims:
                found = corpus.find(printable(claim.text), limit=5)
                yield claim, judge(printable(claim.text), found, claim_id=str(claim.id))


def _against_corpus(
    claims: Sequence[Asked], corpora: Sequence[Path], *, config: Config, told: Progress
) -> Iterator[tuple[Asked, Verdict]]:
    made = encoder.load(config.encoder)
    encode = _memory_only(made, workers=config.workers)
    judge = _judge(config, encode, encoded_by=made.signature)
    with told.stage("index the corpus"):
        corpus = evidence.from_corpus(read_corpus(corpora), encode=encode)
    with told.stage("judge claims"):
        for claim in claims:
            found: tuple[Evidence, ...] = ()
            if claim.cited:
                found = tuple(e for d in claim.cited for e in corpus.find(claim.text, limit=5, doc_id=d))
            else:
                found = corpus.find(claim.text, limit=5)
            yield claim, judge(printable(claim.text), found, claim_id=str(claim.id))


def read_corpus(files: Sequence[Path]) -> Iterator[Mapping[str, Any]]:
    """Yield the documents of SciFact-style corpus files: ``{"doc_id", "title", "abstract": [sentences]}``."""
    for file in files:
        try:
            with file.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, start=1):
                    if not line.strip():
                        continue
                    row = _row(line, f"{file}, line {number}")
                    if "doc_id" not in row or not isinstance(row.get("abstract"), list):
                        raise InputError(
                            f'{file}, line {number}: no "doc_id" or "abstract"',
                            remedy='each line is {"doc_id": …, "title": "…", "abstract": ["sentence", …]}',
                        )
                    yield row
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read {file}: {error}", remedy="name a UTF-8 JSON Lines file") from error


def _judge(config: Config, encode: Encode, *, encoded_by: str) -> verifiers.Verifier:
    """Return the configured verifier for claims set against passages on their subject."""
    return judges(config, priors=("balanced",)).build("balanced", encode=encode, encoder=encoded_by)


def _memory_only(made: encoder.Encoder, *, workers: int) -> Encode:
    """Return the encoder with a memory of its own, for text that is not worth keeping in the store."""
    import numpy as np

    known: dict[str, NDArray[np.float32]] = {}

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        missing = [t for t in dict.fromkeys(texts) if t not in known]
        if len(known) + len(missing) > 50_000:
            known.clear()
            missing = list(dict.fromkeys(texts))
        if missing:
            known.update(zip(missing, made.encode(missing, workers=workers), strict=True))
        if not texts:
            return np.zeros((0, made.dimension), dtype=np.float32)
        return np.stack([known[t] for t in texts])

    return encode
