"""A question in, arXiv's papers out: https://info.arxiv.org/help/api, at most one request in three seconds.

The ``arxiv`` package writes the query, turns the pages and reads the feed; how arXiv is asked (time-outs,
waits, sizes, trusted hosts) is ours, as are the downloads.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from synth.errors import SourceError, UsageError
from synth.records import Found, Skipped
from synth.sources._download import download
from synth.sources._http import Manners, get
from synth.text import content_words, printable

if TYPE_CHECKING:
    from arxiv import Result

LOCAL = False
MAX_TERMS = 12
PAGE = 100

_ID = re.compile(r"arxiv\.org/abs/((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)$")
_ENTRY = re.compile(rb"<entry[\s>]")
_NEEDED = (b"<id>", b"<published>", b"<updated>")
_PHRASE = re.compile(r'["“]([^"“”]+)["”]')
_TERM = re.compile(r"\w+(?:[-+.]\w+)*")
_WITHDRAWN = re.compile(
    r"\b(?:paper|article|manuscript|submission|preprint|it)\b.{0,40}\bwithdrawn\b", re.I | re.S
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where arXiv answers, and how large an answer may be (bytes)."""

    api: str = "https://export.arxiv.org/api/query"
    manners: Manners = field(default_factory=lambda: Manners(name="arXiv", hosts=("arxiv.org",)))
    feed_bytes: int = 20_000_000
    pdf_bytes: int = 200_000_000


ARXIV = Service()


def query(question: str) -> str:
    """Return arXiv's query for ``question``.

    Quoted phrases must all occur. So must one of the names (terms with two capitals, or letters and digits:
    XTREME-R, mT5) and one of the other content words, of which the first twelve count; a compound is
    searched as a phrase. arXiv's relevance order does the rest. Raises UsageError for a question without
    content words.
    """
    phrases = [" ".join(_TERM.findall(p)) for p in _PHRASE.findall(question)]
    terms = dict.fromkeys(_TERM.findall(_PHRASE.sub(" ", question)))
    names = [t for t in terms if _is_content(t) and _is_name(t)]
    plain = dict.fromkeys(t.casefold() for t in terms if _is_content(t) and not _is_name(t))
    clauses = [_field(p) for p in phrases if p]
    clauses += [_any(group[:MAX_TERMS]) for group in (names, list(plain)) if group]
    if not clauses:
        raise UsageError("the question has no words to search arXiv for", remedy="name its topic")
    return " AND ".join(clauses)


def search(question: str, *, limit: int, folder: Path, service: Service = ARXIV) -> Iterator[Found | Skipped]:  # noqa: ARG001
    """Announce at most ``limit`` papers in arXiv's order of relevance; nothing is written to ``folder``.

    ``Found.arxiv`` holds the id with its version, ``Found.file`` the name that ``fetch`` gives the PDF.
    Raises SourceError where arXiv cannot be reached or answers anything but its feed; after the first page
    that is a Skipped, so that what came before is kept.
    """
    session = _Session(service)
    results = _guarded(_results(query(question), limit=limit, session=session))
    seen: set[str] = set()
    for item in results:
        if isinstance(item, SourceError):
            if not seen:
                raise item
            yield Skipped(what="further papers of arXiv", reason=item.message, remedy=item.remedy)
        elif item.entry_id not in seen:  # after a lost entry the package asks for the one before it again
            seen.add(item.entry_id)
            yield _found(item)
    if session.lost:
        yield Skipped(what=f"entries of arXiv: {len(session.lost)}", reason="they have no id or no date")


def fetch(found: Found, *, folder: Path, service: Service = ARXIV) -> Path | Skipped | None:
    """Return the PDF of ``found`` in ``folder``, downloaded unless it lies there already.

    A download that broke off goes on where it was. None for a withdrawn paper or one without PDF;
    a Skipped where arXiv has no PDF or sends something else. Raises SourceError where it cannot be reached.
    """
    if not found.pdf_url or not found.file:
        return None
    return download(
        found.pdf_url, folder / found.file, manners=service.manners, limit=service.pdf_bytes, what=found.file
    )


def _is_name(term: str) -> bool:
    capitals = sum(c.isupper() for c in term)
    mixed = any(c.isdigit() for c in term) and any(c.isalpha() for c in term)
    return (capitals >= 2 and not term.istitle()) or mixed


def _is_content(term: str) -> bool:
    return any(c.isalpha() for c in term) and len(term) > 1 and bool(content_words(term))


def _any(terms: list[str]) -> str:
    return f"({' OR '.join(_field(t) for t in terms)})"


def _field(term: str) -> str:
    return f"all:{term}" if term.isalnum() else f'all:"{term}"'


class _Page(NamedTuple):
    """What the arxiv package wants to see of an answer."""

    status_code: int
    content: bytes


class _Session:
    """Stands in for the package's own session, which has no time-out, no size limit and no Retry-After."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.pages = 0
        self.lost: set[bytes] = set()

    def get(self, url: str, headers: Mapping[str, str]) -> _Page:  # noqa: ARG002
        """Return the feed at ``url``; raises SourceError for anything else."""
        manners = self.service.manners
        if self.pages:
            manners.sleep(manners.pause)
        answer = get(url, manners=manners, limit=self.service.feed_bytes)
        body = _checked(answer.status, answer.kind, answer.body)
        self.pages += 1
        entries = (e.partition(b"</entry>")[0] for e in _ENTRY.split(body)[1:])
        self.lost |= {e for e in entries if not all(mark in e for mark in _NEEDED)}
        return _Page(200, body)


def _checked(status: int, kind: str, body: bytes) -> bytes:
    """Return ``body`` if it is a whole feed; the package itself takes garbage for an empty one."""
    head = body[:2000].lstrip()
    if b"arxiv.org/api/errors" in body:
        said = re.search(rb"<summary>([^<]{0,200})", body)
        reason = printable(said.group(1).decode("utf-8", "replace")) if said else "no reason given"
        raise SourceError(
            f"arXiv refused the query: {reason[:200]}", remedy="put the question in other words"
        )
    if status != 200:
        raise SourceError(f"arXiv answered HTTP {status}", remedy="ask again later, or use --papers DIR")
    if "html" in kind or not head.startswith((b"<?xml", b"<feed")):
        raise SourceError("arXiv answered something that is no feed", remedy="use --papers DIR")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise SourceError("arXiv's feed declares entities, which it never does", remedy="use --papers DIR")
    if not body.rstrip().endswith(b"</feed>"):
        raise SourceError("arXiv's feed breaks off", remedy="ask again later")
    return body


def _results(asked: str, *, limit: int, session: _Session) -> Iterator[Result]:
    import arxiv  # 0.2 s, mostly requests

    log = logging.getLogger("arxiv")
    if not log.handlers:
        log.addHandler(logging.NullHandler())  # it would print what the feed says, raw
    client = arxiv.Client(page_size=min(limit, PAGE), delay_seconds=0, num_retries=0)
    client.query_url_format = session.service.api + "?{}"
    client._session = session
    return islice(client.results(arxiv.Search(query=asked, max_results=limit)), limit)


def _guarded(results: Iterator[Result]) -> Iterator[Result | SourceError]:
    """Yield the results; what ends them early comes last, as a SourceError."""
    import arxiv

    while True:
        try:
            yield next(results)
        except StopIteration:
            return
        except SourceError as error:
            yield error
            return
        except arxiv.UnexpectedEmptyPageError:
            yield SourceError("arXiv's list ended early", remedy="ask again later")
            return
        except ValueError as error:
            yield SourceError(f"arXiv's feed makes no sense: {error}", remedy="ask again later")
            return


def _found(result: Result) -> Found | Skipped:
    matched = _ID.search(result.entry_id)
    if not matched:
        return Skipped(what="an entry of arXiv", reason="it has no arXiv id")
    name = matched.group(1)
    readable = bool(result.pdf_url) and not _WITHDRAWN.search(result.comment or "")
    return Found(
        source="arxiv",
        title=_line(result.title),
        authors=tuple(_line(a.name) for a in result.authors if a.name.strip()),
        year=result.published.year,
        venue=_line(result.journal_ref or ""),
        arxiv=name,
        doi=_line(result.doi or ""),
        url=f"https://arxiv.org/abs/{name}",
        abstract=_line(result.summary),
        file=f"{name.replace('/', '_')}.pdf" if readable else "",
        pdf_url=re.sub(r"^http://", "https://", result.pdf_url or "") if readable else "",
    )


def _line(text: str) -> str:
    return " ".join(printable(text).split())
