"""Text goes in; its sentences, words, letters and quantities come out, each with its place.

Everything here is rules and tables: no model, no third-party library, the same answer everywhere.
"""

from synth.text.numbers import quantities
from synth.text.sentences import sentences
from synth.text.words import content_words, letters, printable, words

__all__ = ["content_words", "letters", "printable", "quantities", "sentences", "words"]
