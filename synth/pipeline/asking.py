"""A question in, a report out: find, read, mine, judge, compare, synthesise, assess.

``ask`` is the main job on one screen. Every dear step is kept once by the store, under its signature
and content key; what one stage needs from another is passed here and nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synth import (
    __version__,
    assessment,
    claims,
    encoder,
    evidence,
    gate,
    named_models,
    reading,
    results,
    synthesis,
)
from synth.config import Config
from synth.errors import UsageError
from synth.pipeline import bearing, papers, verifying
from synth.pipeline.judges import Judges, judges
from synth.pipeline.kept import corrections_of, dated, keep_base, marked, now, with_people
from synth.pipeline.papers import Library
from synth.pipeline.progress import Progress, Silent
from synth.records import (
    Claim,
    Judged,
    Provenance,
    Question,
    Reading,
    Report,
    Result,
)
from synth.store import Store, open_store
from synth.text import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from synth.evidence import Corpus
    from synth.store import Encode

Grouped = tuple[Claim, float, tuple[Claim, ...]]


def ask(question: str, *, config: Config, progress: Progress | None = None) -> Report:
    """Return the report on ``question`` from the papers that the configured sources bring.

    Raises UsageError for a question without words, InputError where there is no paper to read, and what
    ``judges`` raises.
    """
    told = progress or Silent()
    asked = as_question(question)
    chosen = judges(config, priors=("natural", "own"))
    with open_store(config.store) as store:
        with told.stage("find papers"):
            announced = papers.find(asked, config=config)
        with told.stage("read papers"):
            library = papers.read(announced, config=config, store=store, progress=told)
        key = _key(asked, library, config, chosen)
        kept = store.recall(_REPORT, key, kind=Report)
        if kept is not None:
            return dated(with_people(_attached(kept, config=config, store=store), store=store))
        with told.stage("mine claims"):
            mined = [c for r in library.readings for c in mined_claims(r, store)]
        with told.stage("mine results"):
            measured = [x for r in library.readings for x in mined_results(r, store)]
        with told.stage("encode sentences"):
            made = encoder.load(config.encoder)
            encode = remembering(made, config=config, store=store)
            corpus = evidence.build(library.readings, encode=encode)
            relevance = corpus.relevance(asked.text)
        with told.stage("rank claims"):
            grouped = _rank(mined, relevance, library, encode=encode, config=config)
        with told.stage("judge claims"):
            judged = _judge(grouped, corpus, library, encode=encode, encoded_by=made.signature, chosen=chosen)
        with told.stage("compare and assess"):
            report = _compose(
                asked,
                library,
                len(mined),
                judged,
                measured,
                encode=encode,
                encoded_by=made.signature,
                config=config,
            )
            report = _marked(report, config=config, store=store)
        store.add_report(report)
        store.keep(_REPORT, key, report)
        report = with_people(_attached(report, config=config, store=store), store=store)
    return dated(report)


def _attached(report: Report, *, config: Config, store: Store) -> Report:
    """Return the report with the sealed attempts of this machine that bear on its claims."""
    made = bearing.attach(
        report, root=config.gate, holds=lambda folder: verifying.holds(folder, config=config)
    )
    if made is report:
        return report
    made = marked(replace(made, corrections=corrections_of(report.fingerprint, store)))
    keep_base(made.fingerprint, report.fingerprint, store)
    store.add_report(made)
    return made


_REPORT = "report/1"
NEAR = 0.2
"""Cosine to the question from which a claim may be judged (docs/decisions/020)."""


def as_question(text: str) -> Question:
    """Return the question in single spaces; raises UsageError without words or beyond 2,000 characters."""
    words = " ".join(printable(text).split())
    if not any(c.isalnum() for c in words):
        raise UsageError("the question is empty", remedy='ask one in words: synth ask "Does X help Y?"')
    if len(words) > 2000:
        raise UsageError("the question is longer than 2,000 characters", remedy="ask it in a sentence or two")
    return Question(text=words)


def _key(question: Question, library: Library, config: Config, chosen: Judges) -> str:
    """Name everything that the report is computed from; the same name, the same report."""
    import msgspec

    parts = (
        question,
        library.papers,
        library.skipped,
        library.coverage,
        (config.claims, config.verifier, config.encoder, config.threshold, config.date, config.publisher),
        chosen.mark,
        named_models.stamp(config.encoder),
        named_models.stamp(config.verifier.partition(":")[2]),
        source_digest(),
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def source_digest() -> str:
    """Return the SHA-256 of synth's own source: a report kept by other code is not this code's report."""
    digest = hashlib.sha256(__version__.encode())
    for file in sorted(Path(__file__).parent.parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def mined_claims(read: Reading, store: Store) -> tuple[Claim, ...]:
    """Mine the claims of one paper, once."""

    def compute() -> tuple[Claim, ...]:
        found = claims.mine(read)
        store.add_claims(found)
        return found

    return store.once(f"{claims.SIGNATURE}|{_made(read)}", read.paper.id, compute, kind=tuple[Claim, ...])


def mined_results(read: Reading, store: Store) -> tuple[Result, ...]:
    """Mine the measured results of one paper, once."""

    def compute() -> tuple[Result, ...]:
        found = results.mine(read)
        store.add_results(found)
        return found

    return store.once(f"{results.SIGNATURE}|{_made(read)}", read.paper.id, compute, kind=tuple[Result, ...])


def _made(read: Reading) -> str:
    """Name what was read: passages have content ids, so this changes when any of them does."""
    digest = hashlib.sha256("\n".join(p.id for p in read.passages).encode())
    return f"{read.paper.doc_id}/{digest.hexdigest()[:16]}"


def remembering(made: encoder.Encoder, *, config: Config, store: Store) -> Encode:
    """Return the encoder's ``encode`` with its vectors kept by the store."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return made.encode(texts, workers=config.workers)

    return store.remembered(encode, signature=made.signature, dimension=made.dimension)


def _rank(
    mined: Sequence[Claim],
    relevance: Mapping[tuple[str, int], float],
    library: Library,
    *,
    encode: Encode,
    config: Config,
) -> tuple[Grouped, ...]:
    """Return the claims nearest to the question, the same finding in several papers grouped under one."""
    near = [c for c in mined if relevance.get((c.passage, c.sentence), 0.0) >= NEAR]
    # three times as many as are judged: grouping folds repeats away
    ranked = claims.rank(near, relevance, limit=3 * config.claims)
    vectors = encode([claim.text for claim, _ in ranked])
    return tuple(claims.group(ranked, vectors, works=library.works))[: config.claims]


def _judge(
    grouped: Sequence[Grouped],
    corpus: Corpus,
    library: Library,
    *,
    encode: Encode,
    encoded_by: str,
    chosen: Judges,
) -> tuple[Judged, ...]:
    """Judge each claim twice: against other works (the tick), and against the rest of its own work."""
    others = chosen.build("natural", encode=encode, encoder=encoded_by)
    own = chosen.build("own", encode=encode, encoder=encoded_by)
    works = library.works
    sought = [
        evidence.Sought(
            claim=claim.text,
            work=works[claim.paper],
            exclude=frozenset({(claim.passage, claim.sentence)}),
        )
        for claim, _, _ in grouped
    ]
    near = corpus.find_all(sought, limit=5, scope="others")
    nearby = corpus.find_all(sought, limit=5, scope="own")
    return tuple(
        Judged(
            claim=claim,
            relevance=relevance,
            by_others=others(claim.text, elsewhere, claim_id=claim.id),
            by_own=own(claim.text, here, claim_id=claim.id),
            repeats=repeats,
        )
        for (claim, relevance, repeats), elsewhere, here in zip(grouped, near, nearby, strict=True)
    )


def _compose(
    question: Question,
    library: Library,
    candidates: int,
    judged: tuple[Judged, ...],
    measured: Sequence[Result],
    *,
    encode: Encode,
    encoded_by: str,
    config: Config,
) -> Report:
    """Put the report together from what was computed; nothing here is made up."""
    compared = results.compare(measured, works=library.works)
    said = synthesis.synthesise(
        question,
        judged,
        papers=library.papers,
        passages=[p for r in library.readings for p in r.passages],
        comparisons=compared,
        threshold=config.threshold,
        encode=encode,
    )
    status = gate.status((), reverify=lambda _: False)
    assessed = assessment.assess(
        judged,
        papers=library.papers,
        coverage=library.coverage,
        threshold=config.threshold,
        comparisons=compared,
        skipped=library.skipped,
        answerability=said.answerability,
        gate=status,
    )
    return Report(
        question=question,
        title=question.text.rstrip("?. "),
        date="",
        abstract=synthesis.abstract(
            question, judged, coverage=library.coverage, synthesis=said, threshold=config.threshold
        ),
        papers=library.papers,
        coverage=library.coverage,
        candidates=candidates,
        judged=judged,
        threshold=config.threshold,
        results=tuple(measured),
        comparisons=compared,
        synthesis=said,
        assessment=assessed,
        gate=status,
        skipped=library.skipped,
        provenance=Provenance(
            publisher=config.publisher,
            synth_version=__version__,
            generated_at="",
            signatures=_signatures(judged, encoded_by=encoded_by),
            settings=_settings(config),
        ),
        fingerprint="",
    )


def _signatures(judged: Sequence[Judged], *, encoded_by: str) -> tuple[tuple[str, str], ...]:
    """Name the method, model and version behind each stage."""
    named = {
        "claims": claims.SIGNATURE,
        "encoder": encoded_by,
        "reading": reading.SIGNATURE,
        "results": results.SIGNATURE,
        "synthesis": synthesis.SIGNATURE,
    }
    if judged:
        named["verifier, other works"] = judged[0].by_others.signature
        named["verifier, own work"] = judged[0].by_own.signature
    return tuple(sorted(named.items()))


def _settings(config: Config) -> tuple[tuple[str, str], ...]:
    """Name the settings that shape a report; folders of this machine are not among them."""
    named = {
        "claims judged at most": str(config.claims),
        "relevance of a judged claim at least": f"{NEAR:g}",
        "papers a folder may bring": str(config.limit_of(local=True)),
        "papers a service may bring": str(config.limit_of(local=False)),
        "sources": ", ".join((("folder",) if config.papers else ()) + config.sources),
        "threshold": f"{config.threshold:g}",
        "verifier": config.verifier.partition(":")[0],
    }
    if config.min_precision is not None:
        named["precision of a verdict at least"] = f"{config.min_precision:g}"
    return tuple(sorted(named.items()))


def _marked(report: Report, *, config: Config, store: Store) -> Report:
    """Return the report with its fingerprint, and the day on which it was first made as its date."""
    made = marked(report)
    day = config.date or store.once("dated/1", made.fingerprint, lambda: now()[:10], kind=str)
    return replace(made, date=day)
