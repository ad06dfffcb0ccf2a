"""A file and a page go in, the system's PDF viewer shows it; what was done comes out, in words."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from synth.errors import InputError, UsageError

SKIM = "/Applications/Skim.app/Contents/MacOS/Skim"

VIEWERS: dict[str, tuple[str, ...]] = {
    "okular": ("--page", "{page}", "{file}"),
    "evince": ("--page-index={page}", "{file}"),
    "atril": ("--page-index={page}", "{file}"),
    "zathura": ("--page={page}", "{file}"),
    "qpdfview": ("--unique", "{file}#{page}"),
    "sioyek": ("--page", "{page}", "{file}"),
    "mupdf": ("{file}", "{page}"),
    "xpdf": ("{file}", "{page}"),
    "SumatraPDF": ("-page", "{page}", "{file}"),
}
"""The arguments of each viewer for a page counted from 1, by its manual page, in the order of trying.

evince and atril have --page-label, too, which takes what is printed on the page instead. qpdfview splits at
the last "#"; xpdf is the one of Debian (its manual: ``xpdf file.pdf 18``).
"""

Which = Callable[[str], str | None]
Start = Callable[[Sequence[str]], None]


def open_at(
    path: Path,
    *,
    page: int | None,
    command: str = "",
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    which: Which = shutil.which,
    start: Start | None = None,
) -> str:
    """Open ``path`` at ``page`` (from 1, None in plain text) in a viewer of its own; return what was done.

    ``command`` is the viewer to take, as ``evince -i {page} {file}`` (no shell reads it; without ``{file}``
    the file comes last), "" the first of ``VIEWERS`` that is installed, else what the system opens PDFs with,
    which cannot be told the page. Raises UsageError for a command that cannot be read, InputError where there
    is no display or no viewer.
    """
    file = str(path.absolute())  # never an option, whatever the file is called
    at = f"{file} at page {page}" if page else file
    begin = start or started
    if command.strip():
        words = _filled(_split(command), file=file, page=page or 1)
        _begun(begin, words, at=at)
        return f"opened {path.name} with {Path(words[0]).name}"
    if platform == "linux" and not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        raise InputError(
            f"there is no display here to show {at}",
            remedy="open it where there is one, or name a command as viewer in synth.toml",
        )
    if page is not None:
        found = _known(file, page=page, platform=platform, which=which)
        if found is not None:
            _begun(begin, found.words, at=at)
            return f"opened {path.name} at page {page} with {found.name}"
    _begun(begin, _by_system(file, at=at, platform=platform, which=which), at=at)
    return f"opened {path.name}" + (f": go to page {page}" if page else "")


class _Viewer(NamedTuple):
    """A viewer and the whole command."""

    name: str
    words: tuple[str, ...]


def _known(file: str, *, page: int, platform: str, which: Which) -> _Viewer | None:
    """Return the first viewer there is that can be told the page."""
    for name, arguments in VIEWERS.items():
        found = which(name)
        if found:
            return _Viewer(name, _filled((found, *arguments), file=file, page=page))
    if platform == "darwin" and which(SKIM):
        return _Viewer("Skim", ("open", f"skim://{quote(file)}#page={page}"))
    return None


def _by_system(file: str, *, at: str, platform: str, which: Which) -> tuple[str, ...]:
    """Return the command that opens a file with whatever the system opens such files with."""
    if platform == "win32":
        return (file,)
    opener = which("open" if platform == "darwin" else "xdg-open")
    if opener is None:
        raise InputError(
            f"no viewer was found to show {at}",
            remedy=f"install one ({', '.join(list(VIEWERS)[:3])}), or name yours as viewer in synth.toml",
        )
    return (opener, file)


def _split(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(
            f"the viewer {command!r} cannot be read: {error}", remedy="write it as evince -i {page} {file}"
        ) from error
    return words if any("{file}" in word for word in words) else (*words, "{file}")


def _filled(words: Sequence[str], *, file: str, page: int) -> tuple[str, ...]:
    """Return the words with file and page in place, each put in once: a file's name may hold "{page}"."""
    put = {"{file}": file, "{page}": str(page)}
    return tuple(re.sub(r"\{file\}|\{page\}", lambda found: put[found[0]], word) for word in words)


def _begun(begin: Start, words: Sequence[str], *, at: str) -> None:
    try:
        begin(words)
    except OSError as error:
        raise InputError(
            f"the viewer {words[0]} cannot be started ({error.strerror or error})",
            remedy=f"open {at} yourself, or name another viewer in synth.toml",
        ) from error


def started(words: Sequence[str]) -> None:
    """Start a program that outlives this one and says nothing on its terminal; raises OSError.

    A file alone is opened with whatever Windows opens it.
    """
    if sys.platform == "win32" and len(words) == 1:
        os.startfile(words[0])
        return
    process = subprocess.Popen(
        list(words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C and the end of the terminal are not for it
    )
    # waited for, so that a closed viewer leaves no dead process behind
    threading.Thread(target=process.wait, daemon=True).start()
