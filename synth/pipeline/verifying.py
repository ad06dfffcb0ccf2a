"""An attempt's folder in, what is wrong with it out: its files, its signatures, its figures, its rerun."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synth import attempts, attestation, experiments, proofs
from synth.attempts import Stored
from synth.attestation import Fault, Trusted
from synth.config import Config
from synth.errors import InputError, SynthError
from synth.pipeline import reproduce
from synth.pipeline.progress import Silent, Watching
from synth.records import Outcome, Pairs
from synth.trials import Results

_AGAIN = "take the attempt anew from where it was published, or run it again"
IDLE = (Outcome.ERROR, Outcome.NOT_RUN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An attempt with everything that is wrong with it, notices last; none where it holds."""

    folder: Path
    stored: Stored | None
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing but notices was found."""
        return self.stored is not None and all(one.notice for one in self.faults)


def holds(folder: Path, *, config: Config) -> bool:
    """Return whether the attempt re-verifies now: files, signatures, figures; nothing raises."""
    try:
        return verify(folder, trusted=attestation.trusted(config.keys)).holds
    except SynthError:
        # a trust file or folder that cannot be read vouches for nothing
        return False


def by_anyone(folder: Path, *, config: Config) -> tuple[Fault, ...]:
    """Return what is wrong with an attempt; a signature by a key that is not trusted here is a notice."""
    try:
        faults = verify(folder, trusted=attestation.trusted(config.keys)).faults
    except SynthError as error:
        return (Fault(file=folder.name, what=error.message, remedy=error.remedy),)
    return tuple(replace(one, notice=True) if one.foreign else one for one in faults)


def verify(folder: Path, *, trusted: Sequence[Trusted]) -> Verified:
    """Check an attempt without running it: every file, every signature, and the figures computed again."""
    found = attempts.look(folder)
    stored, unread = _loaded(folder)
    faults = (*unread, *attestation.verify(found, contents=stored, trusted=trusted))
    if stored is not None and all(one.notice or one.foreign for one in faults):
        faults = (*_recomputed(stored), *faults)
    return Verified(folder=folder, stored=stored, faults=faults)


def _loaded(folder: Path) -> tuple[Stored | None, tuple[Fault, ...]]:
    try:
        return attempts.load(folder), ()
    except InputError as error:
        return None, (Fault(file=folder.name, what=error.message, remedy=error.remedy or _AGAIN),)


def _recomputed(stored: Stored) -> Iterator[Fault]:
    """Yield a fault where the raw predictions and the gold give other results than those that stand there."""
    if all(one.outcome in IDLE for one in stored.results.judgements):
        return
    try:
        due = again(stored)
    except SynthError as error:
        yield Fault(file="results.json", what=f"cannot be computed again: {error.message}", remedy=_AGAIN)
        return
    if due != stored.results:
        what = "is not what the raw predictions give: " + _other(stored.results, due)
        yield Fault(file="results.json", what=what, remedy=_AGAIN)


def again(stored: Stored) -> Results:
    """Return the results that raw predictions and gold give now; raises InputError and UsageError."""
    if stored.spec.experiment == proofs.EXPERIMENT:
        return proofs.results(stored.spec, stored.folder, sha256=stored.results.spec_sha256)
    experiment = experiments.load(stored.spec.experiment)
    if stored.spec.experiment_version != experiment.VERSION:
        raise InputError(
            f"it is of {stored.spec.experiment_version}, this is {experiment.VERSION}",
            remedy="check it with the version of synth that made it",
        )
    places = {
        seed: (stored.folder / "outputs" / f"seed-{seed}", stored.folder / "gold" / f"seed-{seed}")
        for seed in stored.spec.seeds
    }
    return reproduce.judged(stored.spec, experiment, places, repeatable=stored.results.repeatable)


def _other(stated: Results, due: Results) -> str:
    told = [
        f"{a.key} is {b.outcome.value}, not {a.outcome.value}"
        for a, b in zip(stated.judgements, due.judgements, strict=False)
        if a.outcome is not b.outcome
    ]
    return "; ".join(told) or "the figures differ"


def rerun(
    stored: Stored, *, config: Config, places: Pairs = (), progress: Watching | None = None
) -> Iterator[Fault]:
    """Run the attempt's frozen spec again in the seal and yield where it does not agree, notices too.

    The same bytes in every prediction are a notice that says so; other bytes with the same outcomes are a
    notice, other outcomes a fault.
    """
    with tempfile.TemporaryDirectory(prefix="synth-rerun-") as root:
        elsewhere = replace(config, home=Path(root), seal=config.seal)
        folder = reproduce.reproduce(
            stored.spec,
            config=elsewhere,
            places=places,
            attest=lambda made: attestation.unsigned(made.found, contents=made, version=""),
            progress=progress or Silent(),
        )
        yield from _agrees(stored, attempts.load(folder))


def _agrees(stored: Stored, second: Stored) -> Iterator[Fault]:
    old = {one.seed: one.outputs for one in stored.inputs.seeds}
    new = {one.seed: one.outputs for one in second.inputs.seeds}
    differ = [str(seed) for seed in stored.spec.seeds if old.get(seed) != new.get(seed)]
    outcomes = {one.key: one.outcome for one in second.results.judgements}
    for one in stored.results.judgements:
        if outcomes.get(one.key) is not one.outcome:
            ended = next(j for j in second.results.judgements if j.key == one.key)
            now = f"{ended.outcome.value}: {ended.reason}"
            what = f"says {one.outcome.value} of {one.key}, run again it is {now}"
            yield Fault(file="results.json", what=what, remedy="neither run settles it: look at both")
    same = (
        "gave the same bytes in every prediction" if not differ else f"differs in seeds {', '.join(differ)}"
    )
    yield Fault(file="outputs", what=f"run again, it {same}", remedy="", notice=True)
