"""A prepared job in, what it wrote out: run without network, host files or privileges, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from synth.trials import Limits, Prepared, Ran

__all__ = ["Lack", "Seal"]


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
        line: Callable[[str], None] | None = None,
    ) -> Ran:
        """Run the job sealed; plain files that it wrote to ``/job/out`` come into the empty folder ``out``.

        ``line`` hears each printable line of its output as it comes. A job that fails, crashes or hits a
        limit is a ``Ran`` that says so, never an exception; raises SandboxError where the seal itself fails.
        """
        ...
