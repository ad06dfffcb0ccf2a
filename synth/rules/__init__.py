"""A hypothesis and measured rows go in, its outcome by its own frozen rule comes out, with figures."""

from synth.rules.judging import judge

__all__ = ["judge"]
