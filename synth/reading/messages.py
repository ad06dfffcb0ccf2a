"""Requests and replies between this process and a reading child, as msgspec JSON, one a line."""

from __future__ import annotations

from typing import Literal

import msgspec

from synth.records import Found, Reading, Span

Task = Literal["read", "letters", "boxes", "page"]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be drawn, ``width`` pixels wide: a page (from 1) or, not ``whole``, its marked lines."""

    page: int
    width: int
    whole: bool


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a child is to do; ``path`` is in the file system's bytes, since names need not be text."""

    task: Task
    path: bytes
    seconds: float
    found: Found | None = None
    spans: tuple[Span, ...] = ()
    view: View | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: ``error`` (with ``remedy``) is "" where all went well; ``png`` travels as base64."""

    reading: Reading | None = None
    pages: tuple[str, ...] = ()
    png: bytes = b""
    error: str = ""
    remedy: str = ""


# Made here, once: two threads that let msgspec look at a type for the first time at once can crash it (0.22).
_REQUEST = msgspec.json.Decoder(Request)
_REPLY = msgspec.json.Decoder(Reply)


def pack(message: Request | Reply) -> bytes:
    """Return ``message`` as one line of JSON (JSON escapes line breaks)."""
    return msgspec.json.encode(message) + b"\n"


def unpack_request(line: bytes) -> Request:
    """Return the request in ``line``; raises msgspec.DecodeError."""
    return _REQUEST.decode(line)


def unpack_reply(line: bytes) -> Reply:
    """Return the reply in ``line``; raises msgspec.DecodeError."""
    return _REPLY.decode(line)
