"""arXiv, played by a server on this machine: what is asked, what is understood, what can go wrong."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from synth import sources
from synth.errors import SourceError, UsageError
from synth.records import Found, Skipped
from synth.sources import arxiv
from synth.sources._http import Manners

FEEDS = Path(__file__).parent / "recorded" / "sources"
PDF = b"%PDF-1.5 kites " + bytes(range(256)) * 400 + b"%%EOF"


@dataclass
class Clock:
    """Sleeps without sleeping, and remembers."""

    slept: list[float]

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock([])


@pytest.fixture
def service(httpserver: HTTPServer, clock: Clock) -> arxiv.Service:
    manners = Manners(
        name="arXiv", hosts=("127.0.0.1", "localhost"), schemes=("http",), sleep=clock, timeout=5
    )
    return arxiv.Service(api=httpserver.url_for("/api/query"), manners=manners)


def feed(name: str, server: HTTPServer) -> Response:
    text = (FEEDS / name).read_text(encoding="utf-8").replace("@BASE@", server.url_for("").rstrip("/"))
    return Response(text, content_type="application/atom+xml; charset=utf-8")


def ask(service: arxiv.Service, *, limit: int = 9) -> list[Found | Skipped]:
    return list(arxiv.search("Do kites fly?", limit=limit, folder=Path("unused"), service=service))


def found(server: HTTPServer) -> Found:
    name = "2401.00001v2"
    return Found(source="arxiv", title="Kites", arxiv=name, file=f"{name}.pdf", pdf_url=server.url_for("/k"))


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("How do kites fly?", "(all:kites OR all:fly)"),
        (
            "Does zero-shot transfer improve on XTREME-R with mT5?",
            '(all:"XTREME-R" OR all:mT5) AND (all:"zero-shot" OR all:transfer OR all:improve)',
        ),
        ('What of "meta learning" for kites?', 'all:"meta learning" AND (all:kites)'),
        ('kites) OR all:"secret" AND (ti:x', "all:secret AND (all:kites OR all:ti)"),
    ],
)
def test_a_question_becomes_a_query(question: str, asked: str) -> None:
    assert arxiv.query(question) == asked


@pytest.mark.parametrize("question", ["", "What is it?", "?!", "10 %"])
def test_a_question_without_content_is_a_usage_error(question: str) -> None:
    with pytest.raises(UsageError):
        arxiv.query(question)


@given(st.text(max_size=80))
def test_a_query_is_always_well_formed(question: str) -> None:
    with contextlib.suppress(UsageError):
        asked = arxiv.query(question)
        assert asked.count('"') % 2 == 0
        bare = re.sub(r'"[^"]*"', "x", asked)
        assert re.fullmatch(
            r"(\(all:\w+( OR all:\w+)*\)|all:\w+)( AND (\(all:\w+( OR all:\w+)*\)|all:\w+))*", bare
        )


def test_papers_come_in_order_over_the_pages(
    httpserver: HTTPServer, service: arxiv.Service, clock: Clock
) -> None:
    httpserver.expect_ordered_request("/api/query", query_string=_starts(0)).respond_with_response(
        feed("arxiv_page1.xml", httpserver)
    )
    httpserver.expect_ordered_request("/api/query", query_string=_starts(2)).respond_with_response(
        feed("arxiv_page2.xml", httpserver)
    )
    httpserver.expect_ordered_request("/api/query", query_string=_starts(3)).respond_with_response(
        feed("arxiv_empty.xml", httpserver)
    )
    kite, old, withdrawn, ended, undated = ask(service)
    assert isinstance(kite, Found)
    assert isinstance(old, Found)
    assert isinstance(withdrawn, Found)
    assert kite.title == "Paper kites <fly> in light wind"
    assert kite.abstract == "We fly twelve kites. Nine of them stay up."
    assert kite.authors == ("Ada Wind", "José Cometa")
    assert (kite.year, kite.venue, kite.doi) == (2024, "Journal of Kites 3 (2024) 1-9", "10.1000/kites.3")
    assert (kite.arxiv, kite.file) == ("2401.00001v2", "2401.00001v2.pdf")
    assert (old.arxiv, old.file) == ("cs/0301001v1", "cs_0301001v1.pdf")
    assert (withdrawn.file, withdrawn.pdf_url) == ("", "")
    assert isinstance(ended, Skipped)
    assert undated == Skipped(what="entries of arXiv: 1", reason="they have no id or no date")
    assert clock.slept == [3.0, 3.0]
    assert "synth" in httpserver.log[0][0].headers["user-agent"]


def _starts(at: int) -> dict[str, str]:
    return {
        "search_query": "(all:kites OR all:fly)",
        "id_list": "",
        "sortBy": "relevance",
        "sortOrder": "descending",
        "start": str(at),
        "max_results": "9",
    }


def test_no_more_than_the_limit_is_announced(httpserver: HTTPServer, service: arxiv.Service) -> None:
    httpserver.expect_request("/api/query").respond_with_response(feed("arxiv_page1.xml", httpserver))
    assert [i.arxiv for i in ask(service, limit=1) if isinstance(i, Found)] == ["2401.00001v2"]


def test_nothing_found_is_nothing_announced(httpserver: HTTPServer, service: arxiv.Service) -> None:
    httpserver.expect_request("/api/query").respond_with_response(feed("arxiv_empty.xml", httpserver))
    assert ask(service) == []


def test_retry_after_is_honoured(httpserver: HTTPServer, service: arxiv.Service, clock: Clock) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    httpserver.expect_ordered_request("/api/query").respond_with_data(
        status=429, headers={"Retry-After": "17"}
    )
    httpserver.expect_ordered_request("/api/query").respond_with_data(status=503)
    httpserver.expect_ordered_request("/api/query").respond_with_data(
        status=503, headers={"Retry-After": later}
    )
    httpserver.expect_ordered_request("/api/query").respond_with_response(feed("arxiv_empty.xml", httpserver))
    assert ask(service) == []
    assert clock.slept[:2] == [17.0, 6.0]
    assert clock.slept[2] == pytest.approx(60, abs=5)


def test_a_busy_service_is_asked_four_times(
    httpserver: HTTPServer, service: arxiv.Service, clock: Clock
) -> None:
    httpserver.expect_request("/api/query").respond_with_data(status=503)
    with pytest.raises(SourceError, match=r"cannot reach arXiv .HTTP 503.*--papers DIR"):
        ask(service)
    assert len(httpserver.log) == 4
    assert clock.slept == [3.0, 6.0, 12.0]


def test_a_wait_that_is_too_long_is_not_waited(
    httpserver: HTTPServer, service: arxiv.Service, clock: Clock
) -> None:
    httpserver.expect_request("/api/query").respond_with_data(status=429, headers={"Retry-After": "86400"})
    with pytest.raises(SourceError, match="asks to wait 86400 s"):
        ask(service)
    assert clock.slept == []


def test_no_network_is_one_line_with_a_remedy(service: arxiv.Service, clock: Clock) -> None:
    offline = replace(service, api="http://127.0.0.1:1/api/query")
    with pytest.raises(SourceError, match="cannot reach arXiv") as caught:
        ask(offline)
    assert "--papers DIR" in str(caught.value)
    assert len(clock.slept) == 1


def _html(_: HTTPServer) -> Response:
    return Response("<html><body>Please prove that you are human</body></html>", content_type="text/html")


def _garbage(_: HTTPServer) -> Response:
    return Response(bytes(range(256)), content_type="application/atom+xml")


def _cut(server: HTTPServer) -> Response:
    return Response(feed("arxiv_page1.xml", server).data[:900], content_type="application/atom+xml")


def _entities(server: HTTPServer) -> Response:
    return feed("arxiv_entities.xml", server)


def _refused(server: HTTPServer) -> Response:
    answer = feed("arxiv_error.xml", server)
    answer.status_code = 400
    return answer


def _away(_: HTTPServer) -> Response:
    return Response("", status=302, headers={"Location": "http://elsewhere.invalid/api"})


def _round(server: HTTPServer) -> Response:
    return Response("", status=302, headers={"Location": server.url_for("/api/query")})


def _file(_: HTTPServer) -> Response:
    return Response("", status=302, headers={"Location": "file:///etc/hostname"})


def _huge(_: HTTPServer) -> Response:
    return Response(b"<?xml" + b" " * 50_000, content_type="application/atom+xml")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_html, "no feed"),
        (_garbage, "no feed"),
        (_cut, "breaks off"),
        (_entities, "entities"),
        (_refused, "max_results must be an integer"),
        (_away, "not its own"),
        (_round, "redirects without end"),
        (_file, "not its own"),
        (_huge, "more than 40000 bytes"),
    ],
)
def test_a_hostile_answer_is_one_line(
    httpserver: HTTPServer, service: arxiv.Service, answer: Callable[[HTTPServer], Response], says: str
) -> None:
    httpserver.expect_request("/api/query").respond_with_response(answer(httpserver))
    with pytest.raises(SourceError, match=says) as caught:
        ask(replace(service, feed_bytes=40_000))
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_what_came_before_a_broken_page_is_kept(httpserver: HTTPServer, service: arxiv.Service) -> None:
    httpserver.expect_ordered_request("/api/query").respond_with_response(feed("arxiv_page1.xml", httpserver))
    httpserver.expect_ordered_request("/api/query").respond_with_response(_html(httpserver))
    items = ask(service)
    assert [type(i) for i in items] == [Found, Found, Skipped]


def test_a_pdf_is_fetched_once(
    httpserver: HTTPServer, service: arxiv.Service, clock: Clock, tmp_path: Path
) -> None:
    httpserver.expect_request("/k").respond_with_data(PDF, content_type="application/pdf")
    for _ in range(2):
        path = arxiv.fetch(found(httpserver), folder=tmp_path / "cache", service=service)
        assert path == tmp_path / "cache" / "2401.00001v2.pdf"
    assert (tmp_path / "cache" / "2401.00001v2.pdf").read_bytes() == PDF
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["2401.00001v2.pdf"]
    assert len(httpserver.log) == 1
    assert clock.slept == [3.0]


def _ranged(request: Request) -> Response:
    """Answer as arXiv does: whole, or from where the Range begins."""
    stated = request.headers.get("Range")
    if not stated:
        return Response(PDF, content_type="application/pdf")
    begin = int(stated.removeprefix("bytes=").removesuffix("-"))
    span = {"Content-Range": f"bytes {begin}-{len(PDF) - 1}/{len(PDF)}"}
    return Response(PDF[begin:], status=206, headers=span, content_type="application/pdf")


def test_a_download_that_broke_off_goes_on_where_it_was(
    httpserver: HTTPServer, service: arxiv.Service, tmp_path: Path
) -> None:
    (tmp_path / "2401.00001v2.pdf.part").write_bytes(PDF[:1000])
    httpserver.expect_request("/k").respond_with_handler(_ranged)
    assert isinstance(arxiv.fetch(found(httpserver), folder=tmp_path, service=service), Path)
    assert httpserver.log[0][0].headers["range"] == "bytes=1000-"
    assert (tmp_path / "2401.00001v2.pdf").read_bytes() == PDF


def test_an_answer_that_is_cut_off_is_resumed_in_the_same_run(
    httpserver: HTTPServer, service: arxiv.Service, clock: Clock, tmp_path: Path
) -> None:
    def cut_once(request: Request) -> Response:
        if request.headers.get("Range"):
            return _ranged(request)
        # The length says more than is sent: the connection closes on the reader.
        return Response(
            iter([PDF[:2000]]), content_type="application/pdf", headers={"Content-Length": str(len(PDF))}
        )

    httpserver.expect_request("/k").respond_with_handler(cut_once)
    assert isinstance(arxiv.fetch(found(httpserver), folder=tmp_path, service=service), Path)
    assert (tmp_path / "2401.00001v2.pdf").read_bytes() == PDF
    assert [r.headers.get("range") for r, _ in httpserver.log] == [None, "bytes=2000-"]
    assert clock.slept == [3.0, 3.0]


def test_a_server_that_knows_no_ranges_starts_again(
    httpserver: HTTPServer, service: arxiv.Service, tmp_path: Path
) -> None:
    (tmp_path / "2401.00001v2.pdf.part").write_bytes(b"something older")
    httpserver.expect_request("/k").respond_with_data(PDF, content_type="application/pdf")
    arxiv.fetch(found(httpserver), folder=tmp_path, service=service)
    assert (tmp_path / "2401.00001v2.pdf").read_bytes() == PDF


def test_a_part_that_does_not_fit_is_thrown_away(
    httpserver: HTTPServer, service: arxiv.Service, tmp_path: Path
) -> None:
    (tmp_path / "2401.00001v2.pdf.part").write_bytes(PDF + b"too long")
    httpserver.expect_ordered_request("/k").respond_with_data(status=416)
    httpserver.expect_ordered_request("/k").respond_with_data(PDF)
    arxiv.fetch(found(httpserver), folder=tmp_path, service=service)
    assert (tmp_path / "2401.00001v2.pdf").read_bytes() == PDF


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        (b"<html>not here</html>", 200, "web page"),
        (b"", 200, "no PDF"),
        (b"gone", 404, "HTTP 404"),
        (PDF, 200, "more than 5000 bytes"),
    ],
)
def test_what_is_no_pdf_is_skipped_and_leaves_nothing(
    httpserver: HTTPServer, service: arxiv.Service, tmp_path: Path, data: bytes, status: int, says: str
) -> None:
    httpserver.expect_request("/k").respond_with_data(data, status=status)
    item = arxiv.fetch(found(httpserver), folder=tmp_path, service=replace(service, pdf_bytes=5000))
    assert isinstance(item, Skipped)
    assert says in item.reason
    assert list(tmp_path.iterdir()) == []


def test_a_pdf_elsewhere_is_not_fetched(service: arxiv.Service, tmp_path: Path) -> None:
    for url in ("http://elsewhere.invalid/k.pdf", "file:///etc/hostname", "http://[broken"):
        paper = Found(source="arxiv", title="Kites", file="k.pdf", pdf_url=url)
        item = arxiv.fetch(paper, folder=tmp_path, service=service)
        assert isinstance(item, Skipped)
        assert "not its own" in item.reason


def test_a_withdrawn_paper_has_no_file(service: arxiv.Service, tmp_path: Path) -> None:
    assert arxiv.fetch(Found(source="arxiv", title="Kites"), folder=tmp_path, service=service) is None


def test_once_arxiv_is_out_of_reach_the_abstracts_are_used(
    httpserver: HTTPServer, service: arxiv.Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/api/query").respond_with_response(feed("arxiv_page1.xml", httpserver))
    httpserver.expect_request("/pdf/2401.00001v2").respond_with_data(status=503)
    monkeypatch.setattr(arxiv.search, "__kwdefaults__", {"service": service})
    monkeypatch.setattr(arxiv.fetch, "__kwdefaults__", {"service": service})
    items = list(sources.search("arxiv", "Do kites fly?", limit=2, folders=(), cache=tmp_path))
    assert [i[0] for i in items if not isinstance(i, Skipped)] == [None, None]
    assert [i.what for i in items if isinstance(i, Skipped)] == ["2401.00001v2.pdf", "cs_0301001v1.pdf"]
    assert not any("cs" in r.path for r, _ in httpserver.log)


@pytest.mark.live
@pytest.mark.enable_socket
@pytest.mark.skipif(os.environ.get("SYNTH_LIVE") != "1", reason="asks arXiv itself; set SYNTH_LIVE=1")
def test_arxiv_itself_answers(tmp_path: Path) -> None:
    items = list(
        sources.announce("arxiv", '"zero-shot cross-lingual transfer"', limit=3, folders=(), cache=tmp_path)
    )
    assert [type(i) for i in items] == [Found] * 3
    assert all(i.abstract for i in items if isinstance(i, Found))
