"""An address in, a bounded answer out: asked politely, again where that helps, and only of trusted hosts.

Waits follow Retry-After (RFC 9110, 10.2.3) and otherwise double from ``pause``; there is no jitter, since
a single reader asks and the same run must do the same. Redirects are followed by hand, so that an answer
never sends a reader to another host.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

from synth.errors import SourceError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

AGENT = "synth (literature review; one request every three seconds)"
AGAIN = frozenset({429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5


class Unreachable(SourceError):
    """The service did not answer in any of the tries."""


class Answer(NamedTuple):
    """Status, content type (without parameters, lower case) and body."""

    status: int
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a service is asked. Times in seconds.

    ``hosts`` are trusted with all beneath them; ``pause`` lies between two requests; ``timeout`` bounds a
    connection or a silence, ``patience`` a whole answer, ``longest`` a wait that the service asks for.
    """

    name: str
    hosts: tuple[str, ...]
    schemes: tuple[str, ...] = ("https",)
    pause: float = 3.0
    timeout: float = 20.0
    patience: float = 300.0
    longest: float = 120.0
    tries: int = 4
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def trusts(self, url: str) -> bool:
        """Whether ``url`` leads to one of the hosts over one of the schemes."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            return False
        return parts.scheme in self.schemes and any(host == h or host.endswith(f".{h}") for h in self.hosts)


def get(url: str, *, manners: Manners, limit: int) -> Answer:
    """Return the answer at ``url`` with at most ``limit`` bytes; see ``ask`` for the errors."""

    def receive(response: httpx.Response) -> Answer:
        body = b"".join(chunks(response, manners=manners, limit=limit))
        return Answer(response.status_code, kind(response), body)

    return ask(url, manners=manners, headers=dict, receive=receive)


def ask(
    url: str,
    *,
    manners: Manners,
    headers: Callable[[], Mapping[str, str]],
    receive: Callable[[httpx.Response], T],
) -> T:
    """Return what ``receive`` makes of the answer; ``headers`` are made anew for each try.

    An answer that breaks off is asked for again, like a busy service; a missing network is tried twice.
    Raises Unreachable where no try was answered, and SourceError for a refusal, a wait that is too long
    and a redirect to a host that is not trusted.
    """
    import httpx

    reason = ""
    with httpx.Client(timeout=manners.timeout, follow_redirects=False) as client:
        for attempt in range(manners.tries):
            wait = manners.pause * 2**attempt
            try:
                with closing(_answer(client, url, manners=manners, headers=headers())) as response:
                    if response.status_code not in AGAIN:
                        return receive(response)
                    reason = f"HTTP {response.status_code}"
                    wait = max(wait, _asked_wait(response, manners))
            except httpx.RequestError as error:
                reason = _said(error)
                if isinstance(error, httpx.ConnectError) and attempt:
                    break  # there is no network: waiting longer will not bring it
            if attempt + 1 < manners.tries:
                manners.sleep(wait)
    raise Unreachable(
        f"cannot reach {manners.name} ({reason})", remedy="use --papers DIR, or ask again later"
    )


def chunks(response: httpx.Response, *, manners: Manners, limit: int) -> Iterator[bytes]:
    """Yield the body; raises SourceError beyond ``limit`` bytes or after ``patience`` seconds."""
    size = 0
    begun = manners.clock()
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > limit:
            raise SourceError(f"{manners.name} sent more than {limit} bytes", remedy="use --papers DIR")
        if manners.clock() - begun > manners.patience:
            raise SourceError(
                f"{manners.name} took longer than {manners.patience:g} s", remedy="ask again later"
            )
        yield chunk


def kind(response: httpx.Response) -> str:
    """Return the content type without its parameters."""
    stated: str = response.headers.get("content-type", "")
    return stated.partition(";")[0].strip().lower()


def _answer(
    client: httpx.Client, url: str, *, manners: Manners, headers: Mapping[str, str]
) -> httpx.Response:
    import httpx

    sent = {"user-agent": AGENT, "accept-encoding": "identity", **headers}
    for _ in range(MAX_REDIRECTS + 1):
        if not manners.trusts(url):
            raise SourceError(
                f"{manners.name} points to an address that is not its own", remedy="use --papers DIR"
            )
        try:
            request = client.build_request("GET", url, headers=sent)
        except httpx.InvalidURL as error:
            raise SourceError(f"{manners.name} points to no address", remedy="use --papers DIR") from error
        response = client.send(request, stream=True)
        if response.status_code not in REDIRECTS:
            return response
        response.close()
        url = urljoin(url, response.headers.get("location", ""))
    raise SourceError(f"{manners.name} redirects without end", remedy="ask again later")


def _asked_wait(response: httpx.Response, manners: Manners) -> float:
    """Return the seconds of Retry-After; raises SourceError for more than ``longest``."""
    stated = response.headers.get("retry-after", "").strip()
    seconds = float(stated) if stated.isascii() and stated.isdigit() else _until(stated, response)
    if seconds > manners.longest:
        raise SourceError(f"{manners.name} asks to wait {seconds:.0f} s", remedy="ask again later")
    return seconds


def _until(stated: str, response: httpx.Response) -> float:
    """Return the seconds from the answer's own date to ``stated``; 0 where either is no HTTP date."""
    try:
        then = parsedate_to_datetime(stated)
        now = parsedate_to_datetime(response.headers.get("date", ""))
        return max(0.0, (then - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
