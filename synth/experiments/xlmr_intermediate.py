"""A claim on intermediate-task training in, its sealed reproduction out: in miniature, or in full.

Phang et al. 2020 (arXiv 2005.13013): training on an English task before the target task improves zero-shot
transfer of XLM-R to other languages. Tier "miniature" tests the mechanism in generated worlds, on a CPU, in
minutes; tier "full" runs the real models and data.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from synth.errors import UsageError
from synth.experiments._miniature import bearing
from synth.experiments._miniature import experiment as miniature
from synth.records import Claim, Pairs, Paper
from synth.trials import Prepared, Row, Spec, Wanted

VERSION = "xlmr_intermediate/1"
SHARED = True
NEEDS = ("torch",)
TIERS = ("miniature", "full")


def bears_on(claim: Claim, *, paper: Paper) -> tuple[str, ...]:
    """Return which of "transfer", "retrieval", "multitask" and "no_benefit_nli" ``claim`` states."""
    return bearing.keys(claim, paper=paper)


def draft(wanted: Wanted) -> Spec:
    """Return the spec of the wanted tier; raises UsageError or InputError where it cannot be run."""
    if wanted.tier == "miniature":
        return miniature.draft(wanted, version=VERSION)
    spec: Spec = _full(wanted.tier).draft(wanted)
    return spec


def departs(spec: Spec) -> str:
    """Return where ``spec`` departs from what ``draft`` states of its tier and size, or ""."""
    if spec.tier == "miniature":
        return miniature.departs(spec, version=VERSION)
    if spec.tier not in TIERS:
        return f"no tier is called {spec.tier[:40]!r}"
    said: str = _full(spec.tier).departs(spec)
    return said


def prepare(spec: Spec, seed: int, *, places: Pairs = ()) -> Prepared:
    """Return what the sealed run of ``seed`` needs, and the gold that stays outside; raises InputError."""
    if spec.tier == "miniature":
        return miniature.prepare(spec, seed)
    prepared: Prepared = _full(spec.tier).prepare(spec, seed, places=places)
    return prepared


def measure(spec: Spec, seed: int, *, outputs: Path, gold: Path) -> tuple[Row, ...]:
    """Return the rows of ``seed`` from raw predictions and gold; raises InputError."""
    if spec.tier == "miniature":
        return miniature.measure(spec, seed, outputs=outputs, gold=gold)
    rows: tuple[Row, ...] = _full(spec.tier).measure(spec, seed, outputs=outputs, gold=gold)
    return rows


def dry_run(wanted: Wanted) -> tuple[Any, ...]:
    """Return everything that a full run needs and whether it is there, without starting or fetching it."""
    checks: tuple[Any, ...] = importlib.import_module("synth.experiments._full.dry_run").dry_run(wanted)
    return checks


def _full(tier: str) -> Any:
    """Return the tier of the paper's own models, imported only when asked for."""
    if tier != "full":
        raise UsageError(f"no tier called {tier!r}", remedy=f"known: {', '.join(TIERS)}")
    return importlib.import_module("synth.experiments._full.experiment")
