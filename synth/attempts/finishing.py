"""A run whose seeds ended and what was judged of it in, an attempt's folder out: whole, and for good."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from synth.attempts import disk
from synth.attempts.codec import encode
from synth.attempts.listing import ATTESTATION, MOST_BYTES, digest, named_badly
from synth.attempts.reading import Stored, load, mismatch
from synth.attempts.running import MARK, Kept, Run, done_seeds, kept_seed
from synth.errors import InputError, OutputError
from synth.text import printable
from synth.trials import Environment, Inputs, Results, Spec

MOST_LOG = 256 * 1024
Attest = Callable[[Stored], bytes]
"""What makes an envelope of an attempt that was just written."""


def finish(
    run: Run,
    *,
    results: Results,
    environment: Environment,
    page: bytes,
    program: Mapping[str, bytes],
    attest: Attest,
) -> Path:
    """Write the attempt beneath ``gate/<claim of the first hypothesis>/`` and return its folder.

    ``program`` are the files that ran, by name; ``attest`` makes the envelope from the attempt as it was
    written. Attempts that crashed or never ran are written alike. The folder appears in one step, an existing
    one is never touched, and the working folder goes. Raises InputError where results, spec and program
    do not belong together, OutputError where the disk is full or the name is taken by something else.
    """
    if why := mismatch(run.spec, run.spec_sha256, results):
        raise InputError(f"results.json {why}", remedy="judge the run by its own spec")
    kept = [kept_seed(run, seed) for seed in done_seeds(run)]
    _same_program(run.spec, kept, program)
    half = run.folder / ".attempt"
    disk.sweep(half)
    files = {
        "spec.json": encode(run.spec),
        "results.json": encode(results),
        "env.lock.json": encode(environment),
        "page.html": page,
        "log.txt": _log(kept),
        "inputs/inputs.json": encode(Inputs(seeds=tuple(one.facts for one in kept))),
        **{f"inputs/{name}": content for name, content in program.items()},
    }
    for name, content in files.items():
        disk.write(half / name, content)
    for one in kept:
        _copy(one, half)
    return _appear(run, half, attest)


def attach(folder: Path, envelope: bytes) -> None:
    """Put another attestation into an attempt's folder, in one step; no other file is touched.

    Raises OutputError where the folder cannot be written.
    """
    aside = folder.with_name(f".{folder.name}.envelope")
    disk.replace(folder / ATTESTATION, envelope, aside=aside)


def _same_program(spec: Spec, kept: Sequence[Kept], program: Mapping[str, bytes]) -> None:
    for name in program:
        if why := named_badly(name) or ("is a name of the gate's own" if name == "inputs.json" else ""):
            raise InputError(f"the program file {name!r} {why}", remedy="rename it")
    for one in spec.program:
        if hashlib.sha256(program.get(one.name, b"")).hexdigest() != one.sha256:
            raise InputError(
                f"the program file {one.name} is not the one that the spec names by hash",
                remedy="draft a new spec: the program changed after this one was frozen",
            )
    for given in (given for one in kept for given in one.facts.inputs if given.kept):
        if hashlib.sha256(program.get(given.name, b"")).hexdigest() != given.sha256:
            raise InputError(
                f"the input {given.name} is said to be kept, but is not among the files given",
                remedy="give it, or say how it is made again",
            )


def _copy(one: Kept, half: Path) -> None:
    seed = f"seed-{one.facts.seed}"
    for part, source, listed in (
        ("gold", one.gold, one.facts.gold),
        ("outputs", one.outputs, one.facts.outputs),
    ):
        for file in listed:
            disk.copy(source / file.name, half / part / seed / file.name, most=MOST_BYTES)


def _log(kept: Sequence[Kept]) -> bytes:
    """Return the logs of all seeds, printable; of a long one the end, where a crash says what it was."""
    parts = []
    for one in kept:
        text = printable(one.ran.log)
        if cut := max(0, len(text) - MOST_LOG):
            text = f"[{cut:,} characters left out]\n{text[-MOST_LOG:]}"
        stopped = f", stopped by {printable(one.ran.stopped)}" if one.ran.stopped else ""
        parts.append(f"== seed {one.facts.seed}: exit code {one.ran.exit_code}{stopped}\n{text.rstrip()}\n")
    return "\n".join(parts).encode()


def _appear(run: Run, half: Path, attest: Attest) -> Path:
    digits = digest(half)[:12]
    name = f"{run.spec.hypotheses[0].claim}/{digits}"
    named = run.folder / f".{digits}"
    disk.write(half / ATTESTATION, attest(load(half)))
    target = run.root / name
    if target.is_symlink() or target.exists():
        raise OutputError(
            f"{name} is there already", remedy="attempts are never written over: look at it first"
        )
    disk.replace(run.folder / MARK, name.encode(), aside=named)
    disk.move(half, target)
    disk.sweep(run.folder)
    return target
