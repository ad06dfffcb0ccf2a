"""A frozen spec, finished seeds and judgements in, attempts on the disk out, append-only; and back."""

from __future__ import annotations

from synth.attempts.codec import decode, encode, spec_sha256
from synth.attempts.facts import inputs_of
from synth.attempts.finishing import Attest, attach, finish
from synth.attempts.listing import ATTESTATION, Found, digest, look
from synth.attempts.reading import Stored, is_sound, list_attempts, load, measurements, records, strays
from synth.attempts.running import Kept, Run, done_seeds, keep_seed, kept_seed, open_run, scratch
from synth.trials import Input, Inputs, SeedFacts

__all__ = [
    "ATTESTATION",
    "Attest",
    "Found",
    "Input",
    "Inputs",
    "Kept",
    "Run",
    "SeedFacts",
    "Stored",
    "attach",
    "decode",
    "digest",
    "done_seeds",
    "encode",
    "finish",
    "inputs_of",
    "is_sound",
    "keep_seed",
    "kept_seed",
    "list_attempts",
    "load",
    "look",
    "measurements",
    "open_run",
    "records",
    "scratch",
    "spec_sha256",
    "strays",
]
