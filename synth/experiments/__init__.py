"""A claim in, a spec and what each seed needs out; raw predictions in, measured rows out.

One file is one experiment. An experiment never runs anything and never judges: the sandbox runs it, the rule
of its spec judges it.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Protocol, cast

from synth.errors import UsageError
from synth.records import Claim, Pairs, Paper
from synth.trials import Prepared, Row, Spec, Wanted

__all__ = ["Experiment", "load", "names"]


class Experiment(Protocol):
    """What a module of this folder offers."""

    VERSION: str
    """Changes whenever the same spec could give other numbers."""
    SHARED: bool
    """Whether one run bears on every claim that it recognises, or each claim needs a run of its own."""
    NEEDS: tuple[str, ...]
    """Modules that the sealed program imports from the Python that runs synth, which the seal shows."""

    def bears_on(self, claim: Claim, *, paper: Paper) -> tuple[str, ...]:
        """Return the keys of the hypotheses that ``claim`` of ``paper`` states, () where it states none."""
        ...

    def draft(self, wanted: Wanted) -> Spec:
        """Return the spec; raises UsageError or InputError where what is wanted cannot be run."""
        ...

    def departs(self, spec: Spec) -> str:
        """Return where ``spec`` departs from anything that ``draft`` states, or "".

        A spec is a file that anybody can write: what is not checked here, its author chose.
        """
        ...

    def prepare(self, spec: Spec, seed: int, *, places: Pairs = ()) -> Prepared:
        """Return what the sealed run of ``seed`` needs, and the gold that stays outside.

        ``places`` says where this machine keeps what the spec names by hash (a folder of data or of a model).
        """
        ...

    def measure(self, spec: Spec, seed: int, *, outputs: Path, gold: Path) -> tuple[Row, ...]:
        """Return the rows of ``seed`` from the raw predictions in ``outputs`` and the files of ``gold``.

        Predictions are hostile: raises InputError for a file that is missing or not what it should be.
        """
        ...


def names() -> tuple[str, ...]:
    """Return the names of all experiments, sorted: the files here that have no leading underscore."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def load(name: str) -> Experiment:
    """Return the experiment called ``name``; raises UsageError for one that does not exist."""
    if name not in names():
        raise UsageError(f"no experiment called {name!r}", remedy=f"known: {', '.join(names())}")
    return cast(Experiment, importlib.import_module(f"{__name__}.{name}"))
