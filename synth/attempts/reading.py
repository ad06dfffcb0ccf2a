"""The folder of an attempt in, its records out, decoded strictly; or one line of what is wrong with it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from synth.attempts.codec import MOST_BYTES, decode
from synth.attempts.listing import Found, look, named_badly, read
from synth.errors import InputError
from synth.records import Artifact, Attempt, Pairs
from synth.trials import Effect, Environment, Inputs, Judgement, Results, SeedFacts, Spec

T = TypeVar("T")

RUNNING = ".running"
"""Where runs lie that have not ended."""
_ATTEMPT = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An attempt as it lies on the disk: what was found, and its records."""

    found: Found
    spec: Spec
    results: Results
    environment: Environment
    inputs: Inputs

    @property
    def folder(self) -> Path:
        """Where the attempt lies."""
        return self.found.folder

    @property
    def digest(self) -> str:
        """SHA-256 over name, hash and size of every file but the attestation."""
        return self.found.digest


def list_attempts(root: Path, claim_id: str | None = None) -> tuple[Path, ...]:
    """Return the folders of all attempts beneath ``root``, or of those that judge ``claim_id``, sorted.

    A run that judges several claims lies under the first and is listed for each. An attempt that cannot be
    read is listed for every claim: it cannot say whose it is, and ``load`` says what is wrong with it.
    """
    if claim_id is not None and (named_badly(claim_id) or "/" in claim_id):
        raise InputError(f"{claim_id!r} is no id of a claim", remedy="an id has letters and digits alone")
    folders = [
        place for claim in _folders(root) for place in _folders(claim) if _ATTEMPT.fullmatch(place.name)
    ]
    return tuple(place for place in folders if claim_id is None or _judges(place, claim_id))


def load(folder: Path) -> Stored:
    """Return the attempt in ``folder``, all of its records decoded strictly.

    Whether its files are those that its name says is ``Found.intact``; who vouches for them says the
    attestation. Raises InputError naming a file that is missing, changed in form or at odds with another.
    """
    found = look(folder)
    spec = _decoded(found, Spec, "spec.json")
    stored = Stored(
        found=found,
        spec=spec,
        results=_decoded(found, Results, "results.json"),
        environment=_decoded(found, Environment, "env.lock.json"),
        inputs=_decoded(found, Inputs, "inputs/inputs.json"),
    )
    if why := mismatch(spec, _listed(found, "spec.json").sha256, stored.results):
        raise InputError(f"results.json of {folder.name} {why}", remedy="run it again")
    return stored


def records(stored: Stored) -> tuple[Attempt, ...]:
    """Return one attempt for each hypothesis of the spec, in its order.

    ``sound``: the folder holds what its name says, every seed of the spec ran to its end in a named seal, and
    program, gold and outputs are there with the hashes of spec and inputs.json.
    """
    sound = is_sound(stored)
    judged = {one.key: one for one in stored.results.judgements}
    return tuple(
        Attempt(
            claim=hypothesis.claim,
            experiment=stored.spec.experiment,
            spec_sha256=stored.results.spec_sha256,
            measurements=measurements(judged[hypothesis.key]),
            outcome=judged[hypothesis.key].outcome,
            reason=judged[hypothesis.key].reason,
            artifacts=stored.found.files,
            environment=_environment(stored.environment),
            at_claim_scale=hypothesis.at_claim_scale,
            sound=sound,
            ended_at=stored.environment.ended_at,
            id=stored.digest[:12],
            hypothesis=hypothesis.text,
            words=stored.spec.words,
        )
        for hypothesis in stored.spec.hypotheses
    )


def is_sound(stored: Stored) -> bool:
    """Return whether the attempt holds together: see ``records``."""
    there = set(stored.found.files)
    program = {Artifact(name=f"inputs/{p.name}", sha256=p.sha256, size=p.size) for p in stored.spec.program}
    wanted = {one for seed in stored.inputs.seeds for one in _files(seed)} | program
    ran = [one.seed for one in stored.inputs.seeds if one.exit_code == 0 and not one.stopped]
    return (
        stored.found.intact
        and tuple(ran) == stored.spec.seeds
        and bool(stored.environment.seal)
        and wanted <= there
        and not any(one.name.startswith(("gold/", "outputs/")) for one in there - wanted)
    )


def mismatch(spec: Spec, sha256: str, results: Results) -> str:
    """Return what ``results`` says that ``spec`` (whose file has this hash) does not bear out, or ""."""
    if results.spec_sha256 != sha256:
        return "was computed for another spec"
    stated = [(one.key, one.claim) for one in spec.hypotheses]
    if sorted(stated) != sorted((one.key, one.claim) for one in results.judgements):
        return "does not judge each hypothesis of the spec once"
    if len({key for key, _ in stated}) != len(stated):
        return "belongs to a spec in which two hypotheses have one key"
    return ""


def measurements(judgement: Judgement) -> Pairs:
    """Return the figures of a judgement, sorted: what was compared, and its mean, interval, seeds and p."""
    return tuple(sorted((_compared(one), _figure(one)) for one in judgement.effects))


def _compared(effect: Effect) -> str:
    return f"{effect.arm} over {effect.against}" if effect.against else effect.arm


def _figure(effect: Effect) -> str:
    sign = "+" if effect.against else ""
    figures = [format(effect.mean, f"{sign}.6g")]
    if effect.low is not None and effect.high is not None:
        figures.append(f"[{effect.low:{sign}.6g}, {effect.high:{sign}.6g}]")
    figures.append(f"n {effect.n}")
    p = effect.p if effect.adjusted is None else effect.adjusted
    if p is not None:
        figures.append(f"p {p:.3g}" if effect.adjusted is None else f"p {p:.3g} (Holm)")
    return " ".join(figures)


def _environment(environment: Environment) -> Pairs:
    pairs = [
        ("seal", environment.seal),
        ("python", environment.python),
        ("platform", environment.platform),
        ("started_at", environment.started_at),
        *((f"package {name}", version) for name, version in environment.packages),
        *((f"probe {name}", seen) for name, seen in environment.probe),
    ]
    return tuple(sorted(pairs))


def _files(seed: SeedFacts) -> Iterator[Artifact]:
    """Yield the files of a seed that must be there, as they are named in the attempt."""
    for given in seed.inputs:
        if given.kept:
            yield Artifact(name=f"inputs/{given.name}", sha256=given.sha256, size=given.size)
    for part, listed in (("gold", seed.gold), ("outputs", seed.outputs)):
        for one in listed:
            yield Artifact(name=f"{part}/seed-{seed.seed}/{one.name}", sha256=one.sha256, size=one.size)


def _decoded(found: Found, kind: type[T], name: str) -> T:
    listed = _listed(found, name)
    if listed.size > MOST_BYTES:
        raise InputError(f"{name} is larger than {MOST_BYTES // 2**20} MiB", remedy="run it again")
    return decode(kind, read(found.folder / name, most=MOST_BYTES), file=name)


def _listed(found: Found, name: str) -> Artifact:
    for one in found.files:
        if one.name == name:
            return one
    raise InputError(f"{name} is missing in {found.folder.name}", remedy="name the folder of one attempt")


def _folders(place: Path) -> list[Path]:
    """Return the plain folders in ``place``, sorted; hidden ones, and links, are no attempts."""
    return [place / name for name, plain in _listed_in(place) if plain and not name.startswith(".")]


def _listed_in(place: Path) -> list[tuple[str, bool]]:
    """Return the name of each entry of ``place``, sorted, and whether it is a plain folder; () for none."""
    try:
        with os.scandir(place) as listed:
            return sorted((one.name, one.is_dir(follow_symlinks=False)) for one in listed)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        remedy = "see that you may read it: an attempt that is not seen is not counted"
        raise InputError(f"{place.name} cannot be listed: {error.strerror}", remedy=remedy) from error


def strays(root: Path) -> Iterator[Path]:
    """Yield what lies among the attempts beneath ``root`` and is none: it counts for nothing, unseen."""
    for claim, plain in _listed_in(root):
        if not plain or (claim.startswith(".") and claim != RUNNING):
            yield root / claim
        elif claim != RUNNING:
            for name, folder in _listed_in(root / claim):
                if not (folder and _ATTEMPT.fullmatch(name)) and not name.endswith(".envelope"):
                    yield root / claim / name


def _judges(folder: Path, claim_id: str) -> bool:
    try:
        spec = decode(Spec, read(folder / "spec.json", most=MOST_BYTES), file="spec.json")
    except InputError:
        return True
    return any(one.claim == claim_id for one in spec.hypotheses)
