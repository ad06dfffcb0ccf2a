"""A spec and the one that is drafted in its place in, the first thing in which they differ out."""

from __future__ import annotations

from dataclasses import fields

from synth.trials import Spec

FREE = ("paper", "quotes", "version")
"""What a claim brings with it."""


def differs(spec: Spec, due: Spec, *, free: tuple[str, ...] = FREE) -> str:
    """Return the first field, but for those in ``free``, in which ``spec`` is not ``due``, or ""."""
    names = (f.name for f in fields(Spec) if f.name not in free)
    name = next((name for name in names if getattr(spec, name) != getattr(due, name)), "")
    return f"its {name.replace('_', ' ')} is not what is drafted" if name else ""
