"""Requests come in on stdin, replies go out on stdout: the body of a limited reading process.

Run as ``python -m synth.reading.child MEGABYTES``; it ends when stdin closes. Limits are those the
system has (Linux: address space, CPU, file size; macOS: CPU, file size; Windows: none but the wall
clock that the parent holds).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from synth.errors import UnreadablePaper
from synth.reading.messages import Reply, Request, pack, unpack_request

FILE_BYTES = 1 << 20
"""The most that a child may write to any file (its own stderr is one)."""


def main() -> None:
    """Answer requests until stdin closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business; it kills children
    replies = _private_stdout()
    _limit_process(megabytes=int(sys.argv[1]))
    for line in sys.stdin.buffer:
        request = unpack_request(line)
        _limit_cpu(request.seconds)
        replies.write(pack(answer(request)))
        replies.flush()


def answer(request: Request) -> Reply:
    """Do what is asked; an unreadable document is a reply, any other fault ends this process."""
    from synth.reading import document, drawing

    path = Path(os.fsdecode(request.path))
    try:
        match request.task:
            case "read":
                return Reply(reading=document.read(path, found=request.found))
            case "letters":
                return Reply(pages=document.page_letters(path))
            case "boxes":
                return Reply(pages=(document.text_in_boxes(path, request.spans),))
            case "page":
                assert request.view is not None
                return Reply(png=drawing.drawn(path, request.view, spans=request.spans))
    except UnreadablePaper as error:
        return Reply(error=error.message, remedy=error.remedy)


def _private_stdout() -> BinaryIO:
    """Keep stdout for replies alone: what a library prints goes to stderr."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _limit_process(*, megabytes: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    if sys.platform == "linux":  # elsewhere the address space holds shared libraries of gigabytes
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def _limit_cpu(seconds: float) -> None:
    """Allow ``seconds`` more of CPU from now on."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, hard))


if __name__ == "__main__":
    main()
