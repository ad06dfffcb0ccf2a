"""A question's sources in, the library of readings out: each file once, the unreadable named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synth import reading, sources
from synth.config import Config
from synth.errors import InputError, UsageError
from synth.pipeline.progress import Progress
from synth.records import Coverage, Found, Paper, Question, Reading, Skipped, content_id
from synth.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What the sources brought: files with what is known of them, and what they could not bring."""

    files: tuple[tuple[Path | None, Found], ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Everything that was read, and a paper for each thing that could not be."""

    readings: tuple[Reading, ...]
    unread: tuple[Paper, ...]
    lost: tuple[Skipped, ...]
    coverage: Coverage
    places: tuple[tuple[str, Path], ...]

    @property
    def papers(self) -> tuple[Paper, ...]:
        """Every retrieved paper, the read ones first."""
        return tuple(r.paper for r in self.readings) + self.unread

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """All that could not be used: whole files first, then pages and tables of those that were read."""
        return self.lost + tuple(_named(s, r.paper.doc_id) for r in self.readings for s in r.skipped)

    @property
    def works(self) -> dict[str, str]:
        """Paper id -> work (the same for all versions of a paper)."""
        return {p.id: p.work for p in self.papers}


def find(question: Question, *, config: Config) -> Announced:
    """Ask every configured source; folders first, then services in the order named."""
    files: list[tuple[Path | None, Found]] = []
    skipped: list[Skipped] = []
    for name in _names(config):
        for item in sources.search(
            name, question.text, limit=_limit(name, config), folders=config.papers, cache=config.downloads
        ):
            if isinstance(item, Skipped):
                skipped.append(item)
            else:
                files.append(item)
    return Announced(files=tuple(files), skipped=tuple(skipped))


def announce(question: Question, *, config: Config) -> Iterator[Found | Skipped]:
    """Yield what every configured source has on the question; nothing is fetched."""
    for name in _names(config):
        yield from sources.announce(
            name, question.text, limit=_limit(name, config), folders=config.papers, cache=config.downloads
        )


def _names(config: Config) -> tuple[str, ...]:
    names = tuple(dict.fromkeys((("folder",) if config.papers else ()) + config.sources))
    if not names:
        raise UsageError(
            "no papers to read", remedy="name a folder with --papers DIR, or a source with --source arxiv"
        )
    return names


def _limit(name: str, config: Config) -> int:
    return config.limit_of(local=sources.load(name).LOCAL)


def load(paths: Sequence[Path], *, config: Config, store: Store, progress: Progress) -> Library:
    """Read the files and folders at ``paths``; raises InputError if nothing could be read."""
    files: list[tuple[Path | None, Found]] = []
    skipped: list[Skipped] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"no file {path}", remedy="name a PDF, a .txt or .md file, or a folder of them")
        if not path.is_dir():
            files.append((path, Found(source="file", title="", file=path.name)))
            continue
        for item in sources.search(
            "folder", "", limit=_limit("folder", config), folders=(path,), cache=config.downloads
        ):
            if isinstance(item, Skipped):
                skipped.append(item)
            else:
                files.append(item)
    return read(
        Announced(files=tuple(files), skipped=tuple(skipped)), config=config, store=store, progress=progress
    )


def read(announced: Announced, *, config: Config, store: Store, progress: Progress) -> Library:
    """Read every file once (the store keeps what was read); raises InputError if nothing could be read."""
    lost = list(announced.skipped)
    first: dict[str, str] = {}
    wanted: list[tuple[str, Path | None, Found]] = []
    for path, found in announced.files:
        digest = _digest(path) if path else content_id("a", found.title, found.abstract)
        if digest in first:
            lost.append(Skipped(what=_name(path, found), reason=f"the same file as {first[digest]}"))
            continue
        first[digest] = _name(path, found)
        wanted.append((digest, path, found))
    readings: list[Reading] = []
    unread: list[Paper] = []
    places: list[tuple[str, Path]] = []
    kept: list[tuple[str, Path | None, str]] = []
    for done, ((digest, path, found), item) in enumerate(
        zip(wanted, _each(wanted, config=config, store=store), strict=True), start=1
    ):
        progress.step(done, len(wanted))
        if isinstance(item, Skipped):
            lost.append(item)
            unread.append(_unread(found, digest, path))
            continue
        readings.append(item)
        kept.append((item.paper.id, path, _key(digest, found)))
        if path is not None:
            places.append((item.paper.id, path))
    store.add_places(kept)
    if not readings:
        raise InputError(_nothing(lost), remedy="see `synth read FILE` for each file's reason")
    papers = [r.paper for r in readings]
    return Library(
        readings=tuple(readings),
        unread=tuple(unread),
        lost=tuple(lost),
        places=tuple(places),
        coverage=Coverage(
            found=len(announced.files),
            duplicate=len(announced.files) - len(wanted),
            readable=len(readings),
            full_text=sum(p.read == "full_text" for p in papers),
            abstract_only=sum(p.read == "abstract_only" for p in papers),
            unread=len(unread),
        ),
    )


def _each(
    wanted: Sequence[tuple[str, Path | None, Found]], *, config: Config, store: Store
) -> Iterator[Reading | Skipped]:
    """Yield a reading or the reason why not, in order; files not yet kept are read side by side."""
    limits = f"{config.seconds:g}s/{config.memory_mb}MB"
    keys = [_key(digest, found) for digest, _, found in wanted]
    kept = [
        store.recall(reading.SIGNATURE, key, kind=Reading)
        or store.recall(f"{reading.SIGNATURE}/unread/{limits}", key, kind=Skipped)
        for key in keys
    ]
    missing = [
        (path, found)
        for (_, path, found), known in zip(wanted, kept, strict=True)
        if known is None and path is not None
    ]
    fresh = reading.read_all(
        missing, workers=config.workers, seconds=config.seconds, memory_mb=config.memory_mb
    )
    for key, (_, path, found), known in zip(keys, wanted, kept, strict=True):
        if known is not None:
            yield known
            continue
        item = reading.from_abstract(found) if path is None else next(fresh)
        if isinstance(item, Skipped):
            store.keep(f"{reading.SIGNATURE}/unread/{limits}", key, item)
        else:
            store.keep(reading.SIGNATURE, key, item)
            store.add_reading(item)
        yield item


def _key(digest: str, found: Found) -> str:
    """Name a reading in the store: of the file's bytes and of what the source said of it."""
    return f"{digest}/{found.id}"


def _named(skipped: Skipped, doc_id: str) -> Skipped:
    """Return what was skipped of a paper under the paper's name."""
    return skipped if doc_id in skipped.what else replace(skipped, what=f"{doc_id}, {skipped.what}")


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        # reading says why in its own words
        return content_id("u", str(path))


def _name(path: Path | None, found: Found) -> str:
    return found.file or (path.name if path else found.arxiv or found.title)


def _unread(found: Found, digest: str, path: Path | None) -> Paper:
    return Paper(
        id=content_id("p", digest),
        file=path.name if path else found.file,
        title=found.title,
        authors=found.authors,
        year=found.year,
        venue=found.venue,
        arxiv=re.sub(r"v\d+$", "", found.arxiv),
        doi=found.doi,
        url=found.url,
        source=found.source,
        sha256=digest if len(digest) == 64 else "",
        read="unread",
    )


def _nothing(skipped: Sequence[Skipped]) -> str:
    if not skipped:
        return "the sources brought no papers"
    shown = "; ".join(f"{s.what}: {s.reason}" for s in skipped[:3])
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    return f"none of the papers could be read ({shown}{more})"
