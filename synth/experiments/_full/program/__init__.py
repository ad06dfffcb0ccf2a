"""A plan, a model and rows go in, raw predictions come out: what runs inside the seal, knowing nothing else.

Standard library, numpy, torch, transformers and tokenizers alone; ``main.py`` is the way in. Imports between
these files are relative, so that the folder works both here and copied to ``/job/inputs/program``.
"""

from __future__ import annotations
