"""A report's papers and where they may lie in; their files as they were read, pictures of pages, out."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from synth.errors import InputError
from synth.reading import Drawing
from synth.records import Paper, Span

PLAIN = (".txt", ".md")
KINDS = (".pdf", *PLAIN)
MOST_FILES = 5_000
"""How many files beneath the given folders are looked at, in the order of their names."""

_REMEDY = "name the folder that holds it with --papers DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Papers of a report whose files are not where they were last read, and what to do about it."""

    papers: tuple[str, ...]
    of: int

    def __str__(self) -> str:
        more = len(self.papers) - 3
        named = ", ".join(self.papers[:3]) + (f" and {more} more" if more > 0 else "")
        return (
            f"{len(self.papers)} of {self.of} papers are not where they were read ({named}): "
            "pages cannot be shown - name their folder with --papers DIR"
        )


class Shelf:
    """Where the papers of a report lie now; ends its drawing process with the block.

    ``places`` are where each paper was last read (with the key of its reading, as the store has them),
    ``given`` files and folders to look in. A file is a paper's when its SHA-256 is: it is hashed when it is
    first asked for, and again after a change of its size or time. Threads may share one.
    """

    def __init__(
        self,
        papers: Sequence[Paper],
        places: Mapping[str, tuple[Path | None, str]],
        *,
        given: Sequence[Path],
        seconds: float,
        memory_mb: int,
    ) -> None:
        self._papers = {paper.id: paper for paper in papers}
        self._places = {paper: path for paper, (path, _) in places.items() if path is not None}
        self._given = tuple(given)
        self._beneath: tuple[Path, ...] | None = None
        self._known: dict[tuple[str, int, int], str] = {}
        self._drawing = Drawing(seconds=seconds, memory_mb=memory_mb)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drawing.close()

    def moved(self) -> Moved | None:
        """Return the papers with no file where they were, nor one of their name where else to look.

        No file is opened: ``file`` may still find one gone, or changed, or find it under another name.
        """
        wanted = [paper for paper in self._papers.values() if paper.sha256 and paper.read == "full_text"]
        gone = [paper for paper in wanted if not os.path.isfile(self._places.get(paper.id, ""))]
        if gone:
            named = {path.name for path in self._candidates()}
            gone = [paper for paper in gone if Path(paper.file).name not in named]
        return Moved(papers=tuple(paper.doc_id for paper in gone), of=len(wanted)) if gone else None

    def file(self, paper: str) -> Path:
        """Return the file of a paper (by its id): the one that was read, else one of the same bytes.

        Raises InputError for one that was never a file, and one that is gone or changed since it was read.
        """
        wanted = self._papers.get(paper)
        if wanted is None:
            raise InputError(f"the report has no paper {paper!r}", remedy="take an id from its manifest.json")
        if not wanted.sha256:
            raise InputError(
                f"of {wanted.doc_id} only the abstract was read: there is no file to show",
                remedy="see the paper's own page in the report",
            )
        place = self._places.get(paper)
        if place is not None and self._digest(place) == wanted.sha256:
            return place
        found = next((p for p in self._likely(wanted) if self._digest(p) == wanted.sha256), None)
        if found is None:
            raise InputError(self._lost(wanted, place), remedy=_REMEDY)
        self._places[paper] = found
        return found

    def page(self, paper: str, page: int, *, spans: Sequence[Span], width: int, whole: bool) -> bytes:
        """Return a page (from 1) as PNG, at most ``width`` pixels wide, the boxes of ``spans`` on it marked.

        Not ``whole``, it is cut to the boxes and some lines around them. Raises InputError for what ``file``
        does not find, for a paper without pages and a page that cannot be drawn.
        """
        path = self.file(paper)
        if path.suffix.lower() in PLAIN:
            raise InputError(
                f"{self._papers[paper].doc_id} is plain text: it has no pages to draw",
                remedy="read the passage beside the claim",
            )
        return self._drawing.page(path, page, spans=spans, width=width, whole=whole)

    def _lost(self, paper: Paper, place: Path | None) -> str:
        looked = ""
        if self._given:
            most = (
                f"the first {MOST_FILES:,} files" if len(self._candidates()) >= MOST_FILES else "the papers"
            )
            looked = f", nor among {most} in {', '.join(map(str, self._given))}"
        if place is None:
            return f"the store does not know where {paper.doc_id} lies{looked}"
        if os.path.isfile(place):
            return f"{place} was changed since it was read: it is not the same file any more{looked}"
        return f"{paper.doc_id} is not at {place} any more{looked}"

    def _likely(self, paper: Paper) -> list[Path]:
        """Return the files that may be this paper's: of its kind, those of its name first."""
        named = Path(paper.file)
        kind = named.suffix.lower()
        likely = [path for path in self._candidates() if not kind or path.suffix.lower() == kind]
        return sorted(likely, key=lambda path: path.name != named.name)

    def _candidates(self) -> tuple[Path, ...]:
        if self._beneath is None:
            self._beneath = tuple(
                path for path, _ in zip(_beneath(self._given), range(MOST_FILES), strict=False)
            )
        return self._beneath

    def _digest(self, path: Path) -> str:
        """Return the SHA-256 of a regular file, "" for what is none or cannot be read."""
        try:
            now = path.stat()
            if not stat.S_ISREG(now.st_mode):
                return ""
            key = (os.fspath(path), now.st_size, now.st_mtime_ns)
            if key not in self._known:
                with path.open("rb") as file:
                    self._known[key] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return ""  # gone, or not to be read: the caller says so
        return self._known[key]


def _beneath(given: Sequence[Path]) -> Iterator[Path]:
    """Yield the files that may be papers, absolute, sorted by name; no link leads out of its folder."""
    for path in given:
        if path.is_file():
            yield path.absolute()
            continue
        root = path.resolve()
        for place, folders, names in os.walk(path.absolute()):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(place, name)
                if file.suffix.lower() in KINDS and not name.startswith(".") and _within(file, root):
                    yield file


def _within(file: Path, root: Path) -> bool:
    return not file.is_symlink() or Path(os.path.realpath(file)).is_relative_to(root)
