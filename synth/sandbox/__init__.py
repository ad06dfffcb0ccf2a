"""A prepared job in, what it wrote out: run without network, host files or privileges, or not at all.

One file is one backend, with its ``SEAL``; files with a leading underscore are what backends share.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from synth.errors import UsageError
from synth.trials import Limits, Prepared, Ran

if TYPE_CHECKING:
    from synth.sandbox._hostile import Attempted

__all__ = ["Lack", "Seal", "choose", "held", "load", "names", "preflight"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Why a seal cannot be had on this machine, and the line that mends it."""

    what: str
    remedy: str


class Seal(Protocol):
    """A backend: bubblewrap, or a container."""

    @property
    def name(self) -> str:
        """Return the backend with its version ("bubblewrap 0.8.0")."""
        ...

    def lack(self) -> Lack | None:
        """Return what keeps this backend from sealing here, or None."""
        ...

    def run(
        self,
        prepared: Prepared,
        *,
        limits: Limits,
        out: Path,
        gpu: bool = False,
        state: Path | None = None,
        line: Callable[[str], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Ran:
        """Run the job sealed; plain files that it wrote to ``/job/out`` come into the empty folder ``out``.

        ``state`` is a folder that the job may write at ``/job/state`` and that outlives it, for checkpoints;
        nothing in it is ever read outside. ``stop`` is asked several times a second; once it says True the
        job is ended and ``Ran.stopped`` is "interrupted".
        ``line`` hears each printable line of its output as it comes. A job that fails, crashes or hits a
        limit is a ``Ran`` that says so, never an exception; raises SandboxError where the seal itself fails.
        """
        ...


def names() -> tuple[str, ...]:
    """Return the names of all backends, the first to be chosen first: as it happens, sorted by name."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def load(name: str) -> Seal:
    """Return the backend called ``name``; raises UsageError for one that does not exist."""
    if name not in names():
        raise UsageError(f"no seal called {name!r}", remedy=f"known: {', '.join(names())}")
    return cast(Seal, importlib.import_module(f"{__name__}.{name}").SEAL)


def choose(preferred: str = "") -> Seal | tuple[Lack, ...]:
    """Return the first backend that can seal here (or ``preferred`` alone), else what each lacks, in order.

    Raises UsageError for a ``preferred`` that does not exist.
    """
    lacks = []
    for name in (preferred,) if preferred else names():
        seal = load(name)
        lack = seal.lack()
        if lack is None:
            return seal
        lacks.append(lack)
    return tuple(lacks)


def preflight(seal: Seal, *, cache: Path) -> tuple[Attempted, ...]:
    """Return how every hostile attempt in ``seal`` ended, tried now or kept since this boot in ``cache``.

    Raises SandboxError where the probe cannot be run in it at all.
    """
    from synth.sandbox import _preflight

    return _preflight.check(seal, cache=cache)


def held(attempts: Sequence[Attempted]) -> bool:
    """Return whether every attempt that there is was made and none that applies got through."""
    from synth.sandbox import _preflight

    return _preflight.held(attempts)
