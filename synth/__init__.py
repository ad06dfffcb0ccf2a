"""synth: a question and papers in, a checked report out."""

__version__ = "0.1.0"
