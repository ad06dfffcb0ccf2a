"""The address of a PDF in, the file in its place out: whole or not at all, and never fetched twice."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import OutputError, SourceError
from synth.records import Skipped
from synth.sources._http import Manners, Unreachable, ask, chunks

if TYPE_CHECKING:
    import httpx

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


def download(url: str, path: Path, *, manners: Manners, limit: int, what: str) -> Path | Skipped:
    """Return ``path``, filled from ``url`` unless it is there; a Skipped where no PDF comes.

    What has come lies in ``path`` + ``.part`` until all of it is there (RFC 9110, 14: a Range goes on where
    it ends), then takes its place in one step. Each download begins with the service's pause.
    Raises Unreachable where the service does not answer and OutputError where the file cannot be written.
    """
    if path.is_file() and path.stat().st_size:
        return path
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        manners.sleep(manners.pause)
        fault = ask(
            url,
            manners=manners,
            headers=lambda: _range(part),
            receive=lambda response: _receive(response, part, manners=manners, limit=limit),
        )
        fault = fault or _no_pdf(part)
        if fault:
            part.unlink(missing_ok=True)
            return Skipped(what=what, reason=fault, remedy="fetch it by hand and use --papers DIR")
        os.replace(part, path)
    except Unreachable:
        raise
    except SourceError as error:
        part.unlink(missing_ok=True)
        return Skipped(what=what, reason=error.message, remedy=error.remedy)
    except OSError as error:
        raise OutputError(f"cannot write {path.name}: {error.strerror}", remedy="free some space") from error
    return path


def _range(part: Path) -> Mapping[str, str]:
    size = part.stat().st_size if part.is_file() else 0
    return {"range": f"bytes={size}-"} if size else {}


def _receive(response: httpx.Response, part: Path, *, manners: Manners, limit: int) -> str:
    """Write the body and return "", or return why it is not the PDF."""
    import httpx

    if response.status_code == 416:
        part.unlink(missing_ok=True)
        raise httpx.RemoteProtocolError("the part that was there did not fit")
    if response.status_code not in (200, 206):
        return f"{manners.name} has no PDF of it (HTTP {response.status_code})"
    begun = _begins(response) if response.status_code == 206 else 0
    have = part.stat().st_size if part.is_file() else 0
    if begun not in (0, have):
        part.unlink(missing_ok=True)
        raise httpx.RemoteProtocolError("another part came than was asked for")
    with part.open("ab" if begun else "wb") as file:
        for chunk in chunks(response, manners=manners, limit=limit - begun):
            file.write(chunk)
    stated = response.headers.get("content-length", "")
    if stated.isdigit() and part.stat().st_size != begun + int(stated):
        part.unlink()  # another run writes to the same file, or the service miscounts
        raise httpx.RemoteProtocolError("the size is not what was stated")
    return ""


def _begins(response: httpx.Response) -> int:
    stated = _RANGE.match(response.headers.get("content-range", ""))
    return int(stated.group(1)) if stated else -1


def _no_pdf(part: Path) -> str:
    with part.open("rb") as file:
        head = file.read(1024)
    if b"%PDF-" in head:
        return ""
    return "what came is a web page, not a PDF" if b"<html" in head.lower() else "what came is no PDF"
