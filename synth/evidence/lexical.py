"""Texts and a claim go in, the texts that share words with it come out, by BM25 (SQLite FTS5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from synth.evidence.rows import Range
from synth.text import words
from synth.text.lexicon import STOP_WORDS

_QUERY_WORDS = 128  # the time of a query is linear in its terms; a claim is a sentence


class Index(sqlite3.Connection):
    """An index in memory; it is closed when its corpus goes (Python 3.13 warns of those that are not)."""

    def __del__(self) -> None:
        self.close()


def indexed(texts: Iterable[str]) -> Index:
    """Return an FTS5 index in memory; row i + 1 is text i, as the word tokens that queries are made of."""
    index = sqlite3.connect(":memory:", check_same_thread=False, factory=Index)
    index.execute("CREATE VIRTUAL TABLE text USING fts5(words, content='', tokenize='porter unicode61')")
    index.executemany(
        "INSERT INTO text(rowid, words) VALUES (?, ?)",
        ((i, " ".join(words(_plain(text)))) for i, text in enumerate(texts, 1)),
    )
    return index


def matches(index: sqlite3.Connection, text: str, *, allowed: Sequence[Range], limit: int) -> list[int]:
    """Return the rows within ``allowed`` that share a telling word with ``text``, by BM25, ties by row."""
    expression = query(text)
    if not expression or not allowed:
        return []
    inside = " OR ".join("rowid BETWEEN ? AND ?" for _ in allowed)
    bounds = [bound for start, end in allowed for bound in (start + 1, end)]
    found = index.execute(
        f"SELECT rowid FROM text WHERE text MATCH ? AND ({inside}) ORDER BY rank, rowid LIMIT ?",
        [expression, *bounds, limit],
    )
    return [rowid - 1 for (rowid,) in found]


def query(text: str) -> str:
    """Return ``text`` as an FTS5 expression: any of its words, quoted: no text is ever syntax."""
    tokens = list(dict.fromkeys(words(_plain(text))))
    telling = [token for token in tokens if token not in STOP_WORDS] or tokens
    return " OR ".join('"' + token.replace('"', '""') + '"' for token in telling[:_QUERY_WORDS])


def _plain(text: str) -> str:
    """Return ``text`` without the surrogates that SQLite refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")
