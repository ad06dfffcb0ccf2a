"""Records in, rows of one SQLite file out, and back: one table a noun, and each dear step kept once.

The file opens in any SQLite browser (datasette, sqlite-utils). ``steps`` holds what a dear step gave,
by signature (method, model, version) and content key, so a changed threshold recomputes what depends
on it and a killed run goes on where it was. Rows are only ever added or replaced by equal rows; ``reviews``
are appended, and the file itself refuses to change one. ``places`` says where on this machine a paper was
last read. Sole importer of sqlite_utils.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from synth.errors import OutputError, StoreError
from synth.records import Claim, Judged, Paper, Reading, Report, Result, Review, Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlite_utils import Database

T = TypeVar("T")
Encode = Callable[[Sequence[str]], "NDArray[np.float32]"]

VERSION = 2
"""Of the tables; kept in SQLite's user_version."""

_TABLES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "steps": ({"signature": str, "key": str, "value": bytes}, ("signature", "key")),
    "vectors": ({"signature": str, "key": bytes, "vector": bytes}, ("signature", "key")),
    "papers": (
        {"id": str, "doc_id": str, "work": str, "title": str, "authors": str, "year": int, "venue": str,
         "arxiv": str, "version": str, "doi": str, "url": str, "source": str, "sha256": str,
         "pages": int, "read": str},
        ("id",),
    ),
    "passages": (
        {"id": str, "paper": str, "section": str, "role": str, "page": int, "text": str, "spans": str},
        ("id",),
    ),
    "claims": (
        {"id": str, "paper": str, "passage": str, "sentence": int, "text": str, "kind": str,
         "section": str, "page": int, "score": float},
        ("id",),
    ),
    "results": (
        {"id": str, "paper": str, "model": str, "task": str, "dataset": str, "split": str,
         "language": str, "metric": str, "value": float, "unit": str, "origin": str, "page": int},
        ("id",),
    ),
    "reports": (
        {"fingerprint": str, "question": str, "title": str, "date": str, "papers": int, "claims": int,
         "verified": int, "score": float, "answer": str, "record": bytes},
        ("fingerprint",),
    ),
    "verdicts": (
        {"report": str, "claim": str, "scope": str, "label": str, "confidence": float, "support": float,
         "contradict": float, "not_enough_info": float, "mixed": int, "reasons": str, "signature": str},
        ("report", "claim", "scope"),
    ),
    "evidence": (
        {"report": str, "claim": str, "scope": str, "rank": int, "doc_id": str, "passage": str,
         "sentence": int, "quote": str, "page": int, "relation": str, "score": float},
        ("report", "claim", "scope", "rank"),
    ),
    "skipped": (
        {"report": str, "what": str, "reason": str, "remedy": str, "page": int},
        ("report", "what", "reason"),
    ),
    "reviews": (
        {"id": str, "question": str, "claim": str, "reviewer": str, "at": str, "decision": str,
         "label": str, "machine": str, "note": str, "record": bytes},
        ("id",),
    ),
    "places": ({"paper": str, "path": str, "key": str}, ("paper",)),
}  # fmt: skip


class Store:
    """The open store; make one with ``open_store``."""

    def __init__(self, database: Database, path: Path) -> None:
        self._db = database
        self._connection: sqlite3.Connection = database.conn
        self.path = path

    def once(self, signature: str, key: str, compute: Callable[[], T], *, kind: type[T]) -> T:
        """Return what ``compute`` gave for this signature and key, computing it the first time only.

        ``kind`` is the type that the stored JSON is decoded to (records, tuples of records, bytes).
        """
        kept = self.recall(signature, key, kind=kind)
        if kept is not None:
            return kept
        value = compute()
        self.keep(signature, key, value)
        return value

    def recall(self, signature: str, key: str, *, kind: type[T]) -> T | None:
        """Return the kept value of a step, or None where there is none (or one that no longer decodes)."""
        import msgspec

        with _plainly(self.path):
            row = self._connection.execute(
                "select value from steps where signature = ? and key = ?", (signature, key)
            ).fetchone()
        if row is None:
            return None
        try:
            return msgspec.json.decode(row[0], type=kind)
        except msgspec.ValidationError:
            # written by a version with other records: computed anew, and replaced
            return None

    def keep(self, signature: str, key: str, value: object) -> None:
        """Keep the value of a step."""
        import msgspec

        with _plainly(self.path), self._connection:
            self._connection.execute(
                "insert or replace into steps (signature, key, value) values (?, ?, ?)",
                (signature, key, msgspec.json.encode(value)),
            )

    def remembered(self, encode: Encode, *, signature: str, dimension: int, batch: int = 512) -> Encode:
        """Return ``encode`` with every vector kept by its text (float32), written every ``batch`` texts."""
        import numpy as np

        def known(keys: Sequence[bytes]) -> dict[bytes, bytes]:
            found: dict[bytes, bytes] = {}
            for at in range(0, len(keys), 900):
                part = keys[at : at + 900]
                marks = ",".join("?" * len(part))
                found.update(
                    self._connection.execute(
                        f"select key, vector from vectors where signature = ? and key in ({marks})",
                        (signature, *part),
                    )
                )
            return found

        def remembering(texts: Sequence[str]) -> NDArray[np.float32]:
            keys = [hashlib.sha256(t.encode("utf-8", "surrogatepass")).digest()[:20] for t in texts]
            with _plainly(self.path):
                vectors = known(list(dict.fromkeys(keys)))
            missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in vectors}
            wanted = list(missing)
            for at in range(0, len(wanted), batch):
                part = wanted[at : at + batch]
                made = encode([missing[k] for k in part])
                rows = [(signature, k, made[i].tobytes()) for i, k in enumerate(part)]
                with _plainly(self.path), self._connection:
                    self._connection.executemany("insert or replace into vectors values (?, ?, ?)", rows)
                vectors.update((k, v) for _, k, v in rows)
            if not keys:
                return np.zeros((0, dimension), dtype=np.float32)
            joined = b"".join(vectors[k] for k in keys)
            return np.frombuffer(joined, dtype=np.float32).reshape(len(keys), dimension)

        return remembering

    def add_reading(self, reading: Reading) -> None:
        """Write the rows of a paper and its passages."""
        import msgspec

        self._rows("papers", [_paper_row(reading.paper)])
        self._rows(
            "passages",
            (
                {"id": p.id, "paper": p.paper, "section": p.section, "role": p.role.value, "page": p.page,
                 "text": p.text, "spans": msgspec.json.encode(p.spans).decode()}
                for p in reading.passages
            ),
        )  # fmt: skip

    def add_claims(self, claims: Iterable[Claim]) -> None:
        """Write the rows of mined claims."""
        self._rows("claims", (_claim_row(c) for c in claims))

    def add_results(self, results: Iterable[Result]) -> None:
        """Write the rows of measured results."""
        self._rows("results", (_result_row(r) for r in results))

    def add_report(self, report: Report) -> None:
        """Write a report, its verdicts, their evidence and what was skipped."""
        import msgspec

        mark = report.fingerprint
        self._rows("verdicts", (r for j in report.judged for r in _verdict_rows(j, mark)))
        self._rows("evidence", (r for j in report.judged for r in _evidence_rows(j, mark)))
        self._rows(
            "skipped",
            ({"report": mark, "what": s.what, "reason": s.reason, "remedy": s.remedy, "page": s.page}
             for s in report.skipped),
        )  # fmt: skip
        self._rows(
            "reports",
            [{"fingerprint": mark, "question": report.question.text, "title": report.title,
              "date": report.date, "papers": len(report.papers), "claims": len(report.judged),
              "verified": report.verified, "score": report.assessment.score,
              "answer": report.synthesis.answerability.answer, "record": msgspec.json.encode(report)}],
        )  # fmt: skip

    def report(self, fingerprint: str) -> Report | None:
        """Return the report of this fingerprint, None where it is not here or of another version."""
        return self._report("select record from reports where fingerprint = ?", fingerprint)

    def report_with(self, claim: str) -> Report | None:
        """Return the report that was last written of those that judge ``claim``, or None."""
        return self._report(
            "select record from reports where fingerprint in (select report from verdicts where claim = ?) "
            "order by rowid desc limit 1",
            claim,
        )

    def _report(self, query: str, key: str) -> Report | None:
        import msgspec

        with _plainly(self.path):
            row = self._connection.execute(query, (key,)).fetchone()
        try:
            return msgspec.json.decode(row[0], type=Report) if row else None
        except msgspec.ValidationError:
            return None

    def add_places(self, places: Iterable[tuple[str, Path | None, str]]) -> None:
        """Remember where each paper lies (None: an abstract) and under which key its reading is kept."""
        self._rows(
            "places",
            (
                {"paper": paper, "path": os.fsdecode(path.absolute()) if path else "", "key": key}
                for paper, path, key in places
            ),
        )

    def places(self, papers: Sequence[str]) -> dict[str, tuple[Path | None, str]]:
        """Return paper id -> where it was last read and the key of its reading, of those that are known."""
        wanted = set(papers)
        with _plainly(self.path):
            rows = self._connection.execute("select paper, path, key from places").fetchall()
        return {paper: (Path(path) if path else None, key) for paper, path, key in rows if paper in wanted}

    def passage(self, passage: str) -> str | None:
        """Return the text of the passage of this id, None where it is not here."""
        with _plainly(self.path):
            row = self._connection.execute("select text from passages where id = ?", (passage,)).fetchone()
        return row[0] if row else None

    def reviews(self, question: str, *, beyond: int = 0) -> tuple[tuple[int, Review], ...]:
        """Return the reviews on a question's claims in the order in which they were appended.

        Each comes with its place in the file (from 1, rising); ``beyond`` leaves out those up to a place.
        """
        with _plainly(self.path):
            return self._reviews(question, beyond)

    def append_reviews(
        self,
        question: str,
        make: Callable[[Sequence[Review]], Sequence[Review]],
        *,
        known: Sequence[Review] = (),
        beyond: int = 0,
        patience: float = 60.0,
    ) -> tuple[tuple[int, Review], ...]:
        """Append what ``make`` gives for all reviews of a question so far; on return they are on the disk.

        ``known`` are those up to the place ``beyond``, so that they are not read again. Nobody else can
        append between the reading and the writing; who holds the store is waited for ``patience`` seconds.
        Returns the reviews beyond that place, the appended ones last. Raises StoreError.
        """
        import msgspec

        with _plainly(self.path):
            # commits wait for the disk: a decision that was acknowledged outlives a power cut
            self._connection.execute("pragma synchronous = full")
            self._connection.execute(f"pragma busy_timeout = {int(1000 * patience)}")
            self._connection.execute("begin immediate")
            with self._connection:
                newer = self._reviews(question, beyond)
                made = make((*known, *(review for _, review in newer)))
                self._connection.executemany(
                    "insert into reviews values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (r.id, question, r.claim, r.reviewer, r.at, r.decision, r.label, r.machine.value,
                         r.note, msgspec.json.encode(r))
                        for r in made
                    ],
                )  # fmt: skip
                return newer + self._reviews(question, max((at for at, _ in newer), default=beyond))

    def _reviews(self, question: str, beyond: int) -> tuple[tuple[int, Review], ...]:
        import msgspec

        rows = self._connection.execute(
            "select rowid, record from reviews where question = ? and rowid > ? order by rowid",
            (question, beyond),
        ).fetchall()
        try:
            return tuple((at, msgspec.json.decode(record, type=Review)) for at, record in rows)
        except msgspec.ValidationError as error:
            raise StoreError(
                f"the store {self.path} holds a review that this version does not know",
                remedy="update synth, or set SYNTH_HOME to another folder",
            ) from error

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each table."""
        with _plainly(self.path):
            return {name: self._db[name].count for name in sorted(_TABLES)}

    def _rows(self, table: str, rows: Iterable[dict[str, object]]) -> None:
        columns, _ = _TABLES[table]
        names = list(columns)
        marks = ",".join("?" * len(names))
        with _plainly(self.path), self._connection:
            self._connection.executemany(
                f"insert or replace into {table} ({','.join(names)}) values ({marks})",
                ([row[n] for n in names] for row in rows),
            )


@contextmanager
def open_store(path: Path) -> Iterator[Store]:
    """Open (or make) the store at ``path``.

    Raises StoreError for a file that is locked, read-only, damaged, no SQLite or newer than this version.
    """
    from sqlite_utils import Database  # 0.4 s

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make the folder of the store {path.parent}: {error.strerror}",
            remedy="set SYNTH_HOME to a folder that you may write to",
        ) from error
    with _plainly(path):
        connection = sqlite3.connect(path, timeout=60.0)
        try:
            _prepare(connection, path)
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
        except BaseException:
            connection.close()
            raise
    database = Database(connection)
    try:
        yield Store(database, path)
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("pragma user_version").fetchone()[0]
    if found > VERSION:
        raise StoreError(
            f"the store {path} was written by a newer synth (tables {found}, this version knows {VERSION})",
            remedy="update synth, or set SYNTH_HOME to another folder",
        )
    if found == VERSION:
        return
    kinds = {str: "text", int: "integer", float: "real", bytes: "blob"}
    with connection:
        for name, (columns, keys) in _TABLES.items():
            listed = ", ".join(f"{column} {kinds[kind]}" for column, kind in columns.items())
            connection.execute(
                f"create table if not exists {name} ({listed}, primary key ({','.join(keys)}))"
            )
        connection.execute("create index if not exists passages_paper on passages (paper)")
        connection.execute("create index if not exists claims_paper on claims (paper)")
        connection.execute("create index if not exists reviews_question on reviews (question)")
        for change in ("update", "delete"):
            connection.execute(
                f"create trigger if not exists reviews_no_{change} before {change} on reviews "
                "begin select raise(abort, 'reviews are appended, never changed'); end"
            )
        connection.execute(f"pragma user_version = {VERSION}")


@contextmanager
def _plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one line that says what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        said = str(error)
        if "full" in said:
            raise OutputError(
                f"the disk is full: cannot write {path}", remedy="free some space; the next run goes on here"
            ) from error
        if "locked" in said or "busy" in said:
            raise StoreError(
                f"another run holds the store {path}", remedy="wait for it to end, then run again"
            ) from error
        if "readonly" in said or "unable to open" in said or "attempt to write" in said:
            raise StoreError(
                f"cannot write the store {path}",
                remedy="make it writable, or set SYNTH_HOME to a folder that you may write to",
            ) from error
        if "disk I/O" in said:
            raise StoreError(
                f"cannot read or write the store {path}: {said}", remedy="see to the disk, then run again"
            ) from error
        raise StoreError(
            f"the store {path} is damaged or no SQLite file ({said})",
            remedy="move it away and keep it, for its reviews; a new one is made, papers are read anew",
        ) from error


def _paper_row(paper: Paper) -> dict[str, object]:
    return {
        "id": paper.id, "doc_id": paper.doc_id, "work": paper.work, "title": paper.title,
        "authors": "; ".join(paper.authors), "year": paper.year, "venue": paper.venue,
        "arxiv": paper.arxiv, "version": paper.version, "doi": paper.doi, "url": paper.url,
        "source": paper.source, "sha256": paper.sha256, "pages": paper.pages, "read": paper.read,
    }  # fmt: skip


def _claim_row(claim: Claim) -> dict[str, object]:
    return {
        "id": claim.id, "paper": claim.paper, "passage": claim.passage, "sentence": claim.sentence,
        "text": claim.text, "kind": claim.kind.value, "section": claim.section, "page": claim.page,
        "score": claim.score,
    }  # fmt: skip


def _result_row(result: Result) -> dict[str, object]:
    return {
        "id": result.id, "paper": result.paper, "model": result.model, "task": result.task,
        "dataset": result.dataset, "split": result.split, "language": result.language,
        "metric": result.metric, "value": result.value, "unit": result.unit, "origin": result.origin,
        "page": result.spans[0].page if result.spans else None,
    }  # fmt: skip


def _scopes(judged: Judged) -> Iterator[tuple[str, Verdict]]:
    yield "others", judged.by_others
    yield "own", judged.by_own


def _verdict_rows(judged: Judged, report: str) -> Iterator[dict[str, object]]:
    for scope, verdict in _scopes(judged):
        p = verdict.probabilities
        yield {
            "report": report, "claim": judged.claim.id, "scope": scope, "label": verdict.label.value,
            "confidence": verdict.confidence, "support": p.support, "contradict": p.contradict,
            "not_enough_info": p.not_enough_info, "mixed": int(verdict.mixed),
            "reasons": "; ".join(verdict.reasons), "signature": verdict.signature,
        }  # fmt: skip


def _evidence_rows(judged: Judged, report: str) -> Iterator[dict[str, object]]:
    for scope, verdict in _scopes(judged):
        for rank, e in enumerate(verdict.evidence):
            yield {
                "report": report, "claim": judged.claim.id, "scope": scope, "rank": rank,
                "doc_id": e.doc_id, "passage": e.passage, "sentence": e.sentence, "quote": e.quote,
                "page": e.page, "relation": e.relation.value, "score": e.score,
            }  # fmt: skip
