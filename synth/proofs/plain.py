"""A path and a size in, the bytes of a plain file out, or in words why they are not had."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_plain(path: Path, *, most: int) -> bytes | str:
    """Return the file's bytes; a link, a folder, a pipe or more than ``most`` bytes is a reason in words."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return "is not a plain file"
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(handle)
    return content if len(content) <= most else f"is larger than {most >> 10} KiB"
