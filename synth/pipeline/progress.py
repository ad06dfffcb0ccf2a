"""What a run tells about itself while it goes on: stages and steps, and the silent listener."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """Listens to a run."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Enter a stage of the run."""
        ...

    def step(self, done: int, total: int) -> None:
        """Say how far the stage is."""
        ...


class Watching(Progress, Protocol):
    """Listens to sealed runs, too: several go on side by side."""

    def part(self, name: str, share: float, words: str) -> None:
        """Say how far (0 to 1) the run called ``name`` is, and with what; its words are printable."""
        ...


class Silent:
    """Progress that says nothing."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:  # noqa: ARG002
        """Enter a stage."""
        yield

    def step(self, done: int, total: int) -> None:
        """Say nothing."""

    def part(self, name: str, share: float, words: str) -> None:
        """Say nothing."""
