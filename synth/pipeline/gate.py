"""What the gate's commands ask for in, rows to print out: seals, keys, specs, runs, checks, status."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from synth import __version__, attempts, attestation, experiments, gate, proofs, sandbox
from synth.attempts import Stored
from synth.attestation import Fault, SigningKey, Trusted
from synth.config import Config
from synth.errors import AttestationError, InputError, UsageError
from synth.pipeline import bearing, reproduce, targets, verifying
from synth.pipeline.kept import dated, keep_corrections, marked
from synth.pipeline.progress import Watching
from synth.pipeline.proving import Proof, attempt
from synth.pipeline.publishing import publish
from synth.pipeline.targets import Asked, Targets
from synth.records import Attempt, GateStatus, Outcome, Pairs, Report
from synth.store import open_store
from synth.trials import Spec

Row = Mapping[str, Any]


def doctor(config: Config) -> Iterator[Row]:
    """Yield what seals this machine offers, every hostile attempt in the one that is used, Lean and keys."""
    chosen = sandbox.choose(config.seal)
    for name in sandbox.names():
        lack = sandbox.load(name).lack()
        found = sandbox.load(name).name if lack is None else lack.what
        needed = not isinstance(chosen, tuple) and sandbox.load(name).name == chosen.name
        yield _row(f"seal, {name}", lack is None, found, lack.remedy if lack else "", needed=needed)
    if isinstance(chosen, tuple):
        yield _row(
            "seal", False, "none: no result can be reproduced here", chosen[0].remedy if chosen else ""
        )
    else:
        for one in sandbox.preflight(chosen, cache=config.home / "seal"):
            ok = one.verdict != "not held"
            remedy = "" if ok else "update the kernel and the backend, or use the other one"
            yield _row(f"attempt: {one.words}", ok, f"{one.verdict} ({one.seen})", remedy)
    lean = proofs.find(None, environ=os.environ)
    if isinstance(lean, proofs.Toolchain):
        yield _row("Lean 4", True, lean.name, needed=False)
    else:
        yield _row("Lean 4", False, lean.what, lean.remedy, needed=False)
    yield from _keys(config)


def _keys(config: Config) -> Iterator[Row]:
    try:
        kept = attestation.trusted(config.keys)
        own = attestation.current(config.keys)
    except AttestationError as error:
        yield _row("keys", False, error.message, error.remedy)
        return
    found = f"signs with {own.key.keyid[:16]} ({own.name})" if own else "none: attempts are not signed"
    yield _row("signing key", own is not None, found, "" if own else "synth gate keygen", needed=False)
    yield _row("trusted keys", True, str(len(kept)), needed=False)


def _row(name: str, ok: bool, found: str, remedy: str = "", *, needed: bool = True) -> Row:
    return {"name": name, "ok": ok, "found": found, "remedy": remedy, "needed": needed}


def keygen(config: Config, *, name: str) -> Row:
    """Make a key that signs from now on and return what it is called; the old one is retired, not removed."""
    made = attestation.keygen(config.keys, name=name, at=_now(), phrase=attestation.passphrase())
    return {"keyid": made.key.keyid, "name": made.name, "folder": str(config.keys), "added": made.added}


def trust(config: Config, key: Path, *, name: str) -> Row:
    """Trust another's public key from now on."""
    made = attestation.add(config.keys, attestation.read_public(key), name=name, at=_now())
    return {"keyid": made.key.keyid, "name": made.name, "folder": str(config.keys), "added": made.added}


def distrust(config: Config, keyid: str, *, revoke: bool) -> Row:
    """Retire a key (attempts that end later are refused) or revoke it (nothing that it signed counts)."""
    matches = [one.key.keyid for one in attestation.trusted(config.keys) if one.key.keyid.startswith(keyid)]
    if len(matches) != 1 or len(keyid) < 8:
        raise UsageError(
            f"no one trusted key begins with {keyid!r}", remedy="give 8 digits or more of its id"
        )
    change = attestation.revoke if revoke else attestation.retire
    made = change(config.keys, matches[0], at=_now())
    state = {"retired": made.not_after, "revoked": made.revoked_at}
    return {"keyid": made.key.keyid, "name": made.name, "added": made.added, **state}


def drafted(asked: Asked, *, config: Config) -> tuple[Targets, list[Row]]:
    """Return the specs that would be run, and a row for each: what it states, and its hash."""
    made = targets.targets(asked, config=config)
    return made, [_spec_row(spec, claims) for spec, claims in made.specs]


def _spec_row(spec: Spec, claims: Sequence[str]) -> Row:
    return {
        "spec_sha256": attempts.spec_sha256(spec),
        "experiment": spec.experiment,
        "version": spec.experiment_version,
        "tier": spec.tier,
        "size": spec.size,
        "seeds": list(spec.seeds),
        "scale": spec.scale,
        "words": spec.words,
        "hypotheses": [{"key": h.key, "claim": h.claim, "text": h.text} for h in spec.hypotheses],
        "claims": list(claims),
    }


def spec_text(spec: Spec) -> str:
    """Return the canonical JSON of a spec: what ``gate run`` takes."""
    return attempts.encode(spec).decode()


def read_spec(path: Path) -> Spec:
    """Return the frozen spec in ``path``; raises InputError for a file that is none."""
    try:
        return attempts.decode(Spec, path.read_bytes(), file=path.name)
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}", remedy="write one: synth gate spec"
        ) from error


def run(spec: Spec, *, config: Config, places: Pairs = (), progress: Watching | None = None) -> list[Row]:
    """Run a spec sealed and return a row for each hypothesis; every attempt is kept, whatever its outcome."""
    folder = reproduce.reproduce(
        spec, config=config, places=places, attest=lambda made: _attested(made, config), progress=progress
    )
    stored = attempts.load(folder)
    return [_attempt_row(one, folder) for one in attempts.records(stored)]


def made_before(spec: Spec, *, config: Config) -> list[Row]:
    """Return the rows of an attempt here that stated the same, whatever passages it quoted, and still holds.

    An attempt that did not run to its end (ERROR, NOT_RUN) is none.
    """
    bare = replace(spec, quotes=())
    for folder in reversed(attempts.list_attempts(config.gate, spec.hypotheses[0].claim)):
        if not verifying.holds(folder, config=config):
            continue
        stored = attempts.load(folder)
        ended = all(one.outcome not in verifying.IDLE for one in stored.results.judgements)
        if ended and replace(stored.spec, quotes=()) == bare:
            return [_attempt_row(one, folder) for one in attempts.records(stored)]
    return []


def _attested(made: Stored, config: Config) -> bytes:
    """Return the envelope: signed where this machine has a key, else one that nobody signed."""
    key = _signing_key(config)
    if key is None:
        return attestation.unsigned(made.found, contents=made, version=__version__)
    return attestation.sign(made.found, contents=made, key=key, version=__version__)


def _signing_key(config: Config) -> SigningKey | None:
    if attestation.current(config.keys) is None:
        return None
    return attestation.signing_key(config.keys, phrase=attestation.passphrase())


def _attempt_row(one: Attempt, folder: Path) -> Row:
    return {
        "attempt": one.id,
        "experiment": one.experiment,
        "claim": one.claim,
        "hypothesis": one.hypothesis,
        "outcome": one.outcome.value,
        "reason": one.reason,
        "words": one.words,
        "at_claim_scale": one.at_claim_scale,
        "sound": one.sound,
        "ended_at": one.ended_at,
        "folder": str(folder),
        "page": str(folder / "page.html"),
    }


def reattached(made: Targets, *, config: Config) -> Report | None:
    """Write the report's bundle anew with the attempts that bear on it; None where there is no bundle."""
    if made.report is None or made.folder is None:
        return None
    with open_store(config.store) as store:
        report = bearing.attach(
            made.report, root=config.gate, holds=lambda folder: verifying.holds(folder, config=config)
        )
        report = marked(bearing.corrected(report, made.report))
        store.add_report(report)
        keep_corrections(made.report, report, store)
    publish(dated(report), folder=made.folder, gate=config.gate)
    return report


def verify(
    folder: Path,
    *,
    config: Config,
    key: Path | None = None,
    again: bool = False,
    places: Pairs = (),
    progress: Watching | None = None,
) -> Iterator[Row]:
    """Yield what is wrong with an attempt, notices too; with ``again`` its spec is run once more.

    ``key`` is the public key that must have signed it; without, the trust file says who may.
    """
    trusted = attestation.trusted(config.keys)
    if key is not None:
        trusted = (attestation.only(attestation.read_public(key)),)
    found = verifying.verify(folder, trusted=trusted)
    yield from (asdict(one) for one in found.faults)
    if key is not None and found.stored is not None and not _vouched(found.stored, trusted):
        yield asdict(
            Fault(file="attestation.dsse.json", what=f"is not signed by {key.name}", remedy="ask its signer")
        )
    if again and found.stored is not None and found.holds:
        yield from (
            asdict(one)
            for one in verifying.rerun(found.stored, config=config, places=places, progress=progress)
        )


def _vouched(stored: Stored, trusted: Sequence[Trusted]) -> bool:
    try:
        return bool(attestation.vouched(stored.found, trusted=trusted))
    except AttestationError:
        return False


def status(claim: str, *, config: Config) -> Iterator[Row]:
    """Yield the gate's word on each claim attempted here (or on ``claim``), its attempts, and lost ones."""
    kept: dict[str, list[Kept]] = {}
    for folder in attempts.list_attempts(config.gate, claim or None):
        try:
            stored = attempts.load(folder)
        except InputError as error:
            yield _lost(folder, error.message, error.remedy)
            continue
        if verifying.astray(stored):
            yield _lost(folder, "lies under another claim than its own", "remove the copy")
            continue
        for one in attempts.records(stored):
            if not claim or one.claim == claim:
                kept.setdefault(one.claim, []).append(Kept(one, stored))
    for stray in attempts.strays(config.gate):
        yield _lost(stray, "is no attempt, though it lies among them", "see what it is, and move it away")
    for name, found in sorted(kept.items()):
        yield _settled(name, found, config)


class Kept(NamedTuple):
    """An attempt at one hypothesis, and the whole of it."""

    attempt: Attempt
    stored: Stored


def _lost(folder: Path, what: str, remedy: str) -> Row:
    return {"folder": str(folder), "what": str(folder), "reason": what, "remedy": remedy}


def _settled(claim: str, found: Sequence[Kept], config: Config) -> Row:
    stored = {one.attempt.id: one.stored for one in found}
    made = [one.attempt for one in found]
    verdict = gate.status(made, reverify=lambda one: verifying.holds(stored[one.id].folder, config=config))
    reason = verdict.reason
    if verdict.status is not GateStatus.UNVERIFIED:
        reason = f"{reason}; {verifying.vouchers(stored[gate.last(made).id])}"
    return {
        "claim": claim,
        "hypothesis": made[-1].hypothesis,
        "status": verdict.status.value,
        "reason": reason,
        "attempts": [_attempt_row(one.attempt, one.stored.folder) for one in found],
    }


def prove(proof: Proof, *, config: Config, progress: Watching | None = None) -> list[Row]:
    """Check a proof in the seal and return the row of its attempt; no toolchain is INCONCLUSIVE, and kept."""
    if proof.reviewed_by and attestation.current(config.keys) is None:
        raise UsageError(
            "a person's statement that a theorem means a claim is signed",
            remedy="make a key: synth gate keygen",
        )
    folder = attempt(proof, config=config, attest=lambda made: _attested(made, config), progress=progress)
    return [_attempt_row(one, folder) for one in attempts.records(attempts.load(folder))]


def worst(rows: Sequence[Row]) -> int:
    """Return the exit code of a run: 2 where it could not be done, 1 where a rule was not met, else 0."""
    outcomes = {row["outcome"] for row in rows}
    if outcomes & {Outcome.ERROR.value, Outcome.NOT_RUN.value}:
        return 2
    return 1 if Outcome.FAILED.value in outcomes else 0


def ready(asked: Asked) -> Iterator[Row]:
    """Yield what a full-tier run needs and has: every file, size, memory and time, without starting it.

    Of the experiment that is named, else of every one that has such a tier; nothing for one that has none.
    """
    named = asked.target if asked.target in experiments.names() else asked.experiment
    for name in (named,) if named else experiments.names():
        check = getattr(experiments.load(name), "dry_run", None)
        if check is not None:
            yield from (asdict(one) for one in check(targets.wanted(asked)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


__all__ = [
    "Asked",
    "Proof",
    "distrust",
    "doctor",
    "drafted",
    "keygen",
    "made_before",
    "prove",
    "read_spec",
    "ready",
    "reattached",
    "run",
    "spec_text",
    "status",
    "trust",
    "verify",
    "worst",
]
