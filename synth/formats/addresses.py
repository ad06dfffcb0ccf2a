"""Papers in, their web addresses out: only http(s), only ids of the right form, whatever a file claims."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from synth.records import Paper

_ARXIV = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z][a-z-]*(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.ASCII)
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.ASCII)
_UNSAFE = re.compile(r"[\s<>\"'`\\^{}|\x00-\x20\x7f]")


def arxiv_id(paper: Paper) -> str:
    """Return the arXiv id with its version, "" where there is none of that form."""
    full = f"{paper.arxiv}{paper.version}"
    return full if _ARXIV.fullmatch(full) else ""


def doi(paper: Paper) -> str:
    """Return the DOI without a resolver's address, "" where there is none of that form."""
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", paper.doi.strip(), flags=re.IGNORECASE)
    return bare if _DOI.fullmatch(bare) else ""


def address(paper: Paper) -> str:
    """Return the paper's address: arXiv (as such reports write it), else DOI, else its own, else ""."""
    if found := arxiv_id(paper):
        return f"http://arxiv.org/abs/{found}"
    if found := doi(paper):
        return f"https://doi.org/{quote(found, safe='/:;().,-_~@+')}"
    return safe(paper.url)


def safe(url: str) -> str:
    """Return ``url`` if it is a plain http(s) address without credentials, else ""."""
    bare = url.strip()
    if len(bare) > 2000 or _UNSAFE.search(bare) or not bare.isascii():
        return ""
    try:
        parts = urlsplit(bare)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return ""
    return bare


def domain(url: str) -> str:
    """Return the host of an address that ``safe`` let through, "" for ""."""
    return (urlsplit(url).hostname or "") if url else ""
