"""An attempt's folder in, what is wrong with it out: its files, its signatures, its figures, its rerun."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from synth import attempts, attestation, experiments, proofs
from synth.attempts import Stored
from synth.attempts.listing import read
from synth.attestation import Fault, Trusted
from synth.attestation.trust import instant
from synth.config import Config
from synth.errors import InputError, SandboxError, SynthError
from synth.formats.attempt_page import render_attempt
from synth.pipeline import reproduce
from synth.pipeline.progress import Silent, Watching
from synth.records import Outcome, Pairs
from synth.text import printable
from synth.trials import Results

SPEC = "spec.json"
_AGAIN = "take the attempt anew from where it was published, or run it again"
MOST_BYTES = 64 * 1024 * 1024
_SLACK = timedelta(hours=1)
"""How far the clock of another machine may be ahead of this one's."""
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
    """Check an attempt without running it: every file, every signature, and the figures computed again.

    Raises InputError for what is no folder of an attempt, and what makes a folder of keys unusable.
    """
    found = attempts.look(folder)
    if not any(one.name == SPEC for one in found.files) and not any(
        one.what == SPEC for one in found.refused
    ):
        remedy = "name the folder of one attempt: gate/CLAIM/ATTEMPT"
        raise InputError(f"{folder.name or folder} is no attempt", remedy=remedy)
    stored, unread = _loaded(folder)
    faults = (*unread, *attestation.verify(found, contents=stored, trusted=trusted))
    if stored is not None and all(one.notice or one.foreign for one in faults):
        told = tuple(_recomputed(stored)) or tuple(_shown(stored))
        faults = (*told, *_dated(stored), *_proved(stored, trusted), *faults)
        faults = tuple(sorted(faults, key=lambda one: one.notice))
    return Verified(folder=folder, stored=stored, faults=faults)


def _loaded(folder: Path) -> tuple[Stored | None, tuple[Fault, ...]]:
    try:
        return attempts.load(folder), ()
    except InputError as error:
        return None, (Fault(file=folder.name, what=error.message, remedy=error.remedy or _AGAIN),)


def _recomputed(stored: Stored) -> Iterator[Fault]:
    """Yield a fault where the raw predictions and the gold give other results than those that stand there."""
    if all(one.outcome in IDLE for one in stored.results.judgements):
        if stored.results.rows or any(one.effects or one.preconditions for one in stored.results.judgements):
            yield Fault(file="results.json", what="has figures of a run that did not end", remedy=_AGAIN)
        return
    try:
        due = again(stored)
    except SynthError as error:
        yield Fault(file="results.json", what=f"cannot be computed again: {error.message}", remedy=_AGAIN)
        return
    if due != stored.results:
        what = "is not what the raw predictions give: " + _other(stored.results, due)
        yield Fault(file="results.json", what=what, remedy=_AGAIN)


def _dated(stored: Stored) -> Iterator[Fault]:
    """Yield a fault where the clocks cannot be: an attempt of tomorrow would be the latest until then."""
    began, ended = (instant(at) for at in (stored.environment.started_at, stored.environment.ended_at))
    what = ""
    if began is None or ended is None:
        what = "does not say when the run began and ended"
    elif ended < began:
        what = "says that the run ended before it began"
    elif ended > datetime.now(UTC) + _SLACK:
        what = "says that the run ended in the future"
    if what:
        yield Fault(file="env.lock.json", what=what, remedy="set the clock, and run it again")


def _shown(stored: Stored) -> Iterator[Fault]:
    """Yield where what people look at is not what the records say: a log that steers a terminal, a page."""
    log = _kept(stored, "log.txt")
    if log is not None and printable(log.decode("utf-8", "replace")) != log.decode("utf-8", "replace"):
        yield Fault(file="log.txt", what="holds characters that steer a terminal", remedy=_AGAIN)
    if _kept(stored, "page.html") != _page(stored):
        what = "is not the page that this version of synth makes of the records"
        yield Fault(file="page.html", what=what, remedy="read results.json in its place", notice=True)


def _page(stored: Stored) -> bytes:
    records = (stored.spec, stored.results, stored.environment)
    if stored.spec.experiment == proofs.EXPERIMENT:
        return render_attempt(*records, pictured=(), measured=())
    return reproduce.page_of(*records)


def _kept(stored: Stored, name: str) -> bytes | None:
    try:
        return read(stored.folder / name, most=MOST_BYTES)
    except InputError:
        return None


def _proved(stored: Stored, trusted: Sequence[Trusted]) -> Iterator[Fault]:
    """Yield a fault for a proof for which nobody who is trusted here stands: its checks are but words."""
    proved = any(one.outcome is Outcome.PROVED for one in stored.results.judgements)
    if proved and not attestation.vouched(stored.found, trusted=trusted):
        what = "says PROVED, which rests on a person's signature, and nobody who is trusted here signed it"
        foreign = bool(attestation.signers(stored.found))
        remedy = "trust the key of the person who signed it, or prove it again"
        yield Fault(file="results.json", what=what, remedy=remedy, foreign=foreign)


def vouchers(stored: Stored) -> str:
    """Return who stands for the predictions of an attempt that holds: keys by id, or nobody."""
    keys = ", ".join(keyid[:16] for keyid in attestation.signers(stored.found))
    return f"signed by {keys}" if keys else "unsigned: that it was run so is nobody's word"


def astray(stored: Stored) -> bool:
    """Whether an attempt lies under another claim than its first: a copy, which is no second attempt."""
    return stored.folder.parent.name != stored.spec.hypotheses[0].claim


def again(stored: Stored) -> Results:
    """Return the results that raw predictions and gold give now; raises InputError and UsageError."""
    if stored.spec.experiment == proofs.EXPERIMENT:
        return proofs.results(stored.spec, stored.folder, sha256=stored.results.spec_sha256)
    experiment = experiments.load(stored.spec.experiment)
    reproduce.check_stated(stored.spec, experiment)
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
    notice, other outcomes a fault. Raises SandboxError where the second run did not come to an end: that
    says nothing of the attempt.
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
        second = attempts.load(folder)
        if idle := [one.reason for one in second.results.judgements if one.outcome in IDLE]:
            raise SandboxError(f"it could not be run again: {idle[0]}")
        yield from _agrees(stored, second)


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
