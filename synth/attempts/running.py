"""A frozen spec in, a working folder out in which each finished seed is kept: what was kept outlives a kill.

``gate/.running/<12 digits of the spec>/`` holds spec.json and ``seed-N/`` for each seed that ended; next to
it lies the lock. A seed's folder appears in one step, so a kill loses the seed in flight and nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from synth.attempts import disk
from synth.attempts.codec import MOST_BYTES, decode, encode, spec_sha256
from synth.attempts.listing import MOST_FILES, hashed, named_badly, plain_files, read
from synth.attempts.reading import RUNNING
from synth.errors import InputError, OutputError, UsageError
from synth.records import Artifact
from synth.trials import Input, Ran, SeedFacts, Spec

MARK = "finished"
MOST_OUTPUT = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run in progress, which this process alone holds until it is closed."""

    root: Path
    folder: Path
    spec: Spec
    spec_sha256: str
    lock: int

    def close(self) -> None:
        """Let another process go on with the run; what was kept stays."""
        # closing the descriptor releases the lock; the file stays, or two could lock two files of one name
        os.close(self.lock)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A seed that ended: its facts, how it ran, and the folders of its outputs and its gold."""

    facts: SeedFacts
    ran: Ran
    outputs: Path
    gold: Path


def open_run(root: Path, spec: Spec) -> Run:
    """Freeze ``spec`` beneath ``root`` (the folder ``gate``) or go on with the run of this very spec.

    What an earlier kill left half done is swept. Raises UsageError where another process holds the run,
    InputError where the frozen spec is another or a claim's id is no plain name.
    """
    for hypothesis in spec.hypotheses:
        if why := named_badly(hypothesis.claim) or ("has a slash" if "/" in hypothesis.claim else ""):
            raise InputError(f"the claim id {hypothesis.claim!r} {why}", remedy="give it letters and digits")
    named = spec_sha256(spec)
    folder = root / RUNNING / named[:12]
    run = Run(root=root, folder=folder, spec=spec, spec_sha256=named, lock=_locked(folder))
    try:
        _sweep(run)
        _freeze(run)
    except BaseException:
        run.close()
        raise
    return run


def done_seeds(run: Run) -> tuple[int, ...]:
    """Return the seeds that ended, whatever their end, in the order of the spec."""
    return tuple(seed for seed in run.spec.seeds if (run.folder / f"seed-{seed}").is_dir())


def scratch(run: Run, seed: int) -> Path:
    """Return a new empty folder for the outputs of ``seed``; it is swept when the seed is kept or killed."""
    place = run.folder / f".scratch-{seed}"
    disk.sweep(place)
    with disk.plainly(place):
        place.mkdir(parents=True)
    return place


def keep_seed(
    run: Run,
    seed: int,
    *,
    outputs: Path,
    gold: Sequence[tuple[str, bytes]],
    inputs: Sequence[Input],
    ran: Ran,
) -> Kept:
    """Keep a seed that ended: its output files, gold, facts and log appear in one step, or not at all.

    Raises UsageError for a seed that the spec has not or that is kept already, InputError for outputs that
    are no plain files of plain names, OutputError where the disk is full.
    """
    if seed not in run.spec.seeds or seed in done_seeds(run):
        raise UsageError(f"seed {seed} is not of this run, or was kept before")
    half = run.folder / f".half-{seed}"
    disk.sweep(half)
    facts = SeedFacts(
        seed=seed,
        exit_code=ran.exit_code,
        stopped=ran.stopped,
        inputs=tuple(inputs),
        gold=tuple(_put(half / "gold", name, content) for name, content in sorted(gold)),
        outputs=_copied(outputs, half / "outputs"),
    )
    disk.write(half / "ran.json", encode(ran))
    disk.write(half / "facts.json", encode(facts))
    disk.move(half, run.folder / f"seed-{seed}")
    disk.sweep(run.folder / f".scratch-{seed}")
    return kept_seed(run, seed)


def kept_seed(run: Run, seed: int) -> Kept:
    """Return a seed that was kept; raises InputError where it was changed since, naming the file."""
    folder = run.folder / f"seed-{seed}"
    facts = decode(SeedFacts, read(folder / "facts.json", most=MOST_BYTES), file=f"seed-{seed}/facts.json")
    ran = decode(Ran, read(folder / "ran.json", most=MOST_BYTES), file=f"seed-{seed}/ran.json")
    for part, listed in (("gold", facts.gold), ("outputs", facts.outputs)):
        for one in listed:
            if named_badly(one.name) or hashed(folder / part / one.name, name=one.name) != one:
                raise InputError(
                    f"{part}/{one.name} of seed {seed} is not what was kept",
                    remedy=f"remove {RUNNING}/{run.folder.name} and run again",
                )
    return Kept(facts=facts, ran=ran, outputs=folder / "outputs", gold=folder / "gold")


def _put(folder: Path, name: str, content: bytes) -> Artifact:
    if why := named_badly(name):
        raise InputError(f"the gold file {name!r} {why}")
    disk.write(folder / name, content)
    return Artifact(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def _copied(source: Path, target: Path) -> tuple[Artifact, ...]:
    """Copy the plain files of a job; what is hashed is the copy, so that is what the facts are about."""
    room, made = MOST_OUTPUT, []
    for name in plain_files(source):
        room -= disk.copy(source / name, target / name, most=room)
        made.append(hashed(target / name, name=name))
    return tuple(made)


def _locked(folder: Path) -> int:
    import fcntl

    lock = folder.with_name(f"{folder.name}.lock")
    with disk.plainly(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise UsageError(
            f"another process is running this spec ({folder.name})", remedy="wait for it, or end it first"
        ) from error
    return descriptor


def _sweep(run: Run) -> None:
    """Take away what a kill left: seeds half kept, an attempt half written, a run whose attempt is there."""
    if run.folder.is_symlink():
        raise OutputError(f"{RUNNING}/{run.folder.name} is a link", remedy="remove it")
    if not run.folder.is_dir():
        return
    mark = run.folder / MARK
    if mark.is_file() and not mark.is_symlink():
        name = read(mark, most=4096).decode("utf-8", "replace")
        # killed after its attempt appeared and before this folder went: one run is one attempt
        if not named_badly(name) and (run.root / name).is_dir():
            disk.sweep(run.folder)
            return
    with os.scandir(run.folder) as listed:
        left = [entry.name for entry in listed if entry.name.startswith(".") or entry.name == MARK]
    for name in left[:MOST_FILES]:
        disk.sweep(run.folder / name)


def _freeze(run: Run) -> None:
    path, due = run.folder / "spec.json", encode(run.spec)
    if path.is_symlink() or path.exists():
        if read(path, most=MOST_BYTES) != due:
            raise InputError(
                f"{RUNNING}/{run.folder.name}/spec.json is another spec than this run's",
                remedy="it was changed after it was frozen: remove that folder and begin again",
            )
        return
    disk.replace(path, due, aside=run.folder / ".spec")
