"""A small attempt with two hypotheses and five seeds, as the tests of attempts and attestations need it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from synth import attempts, attestation
from synth.attempts import Input, Run, Stored
from synth.attestation import Fault, SigningKey, Trusted
from synth.errors import InputError
from synth.records import Artifact, Outcome
from synth.trials import (
    Arm,
    Cells,
    Cost,
    Effect,
    Environment,
    Hypothesis,
    Judgement,
    Limits,
    Ran,
    Results,
    Row,
    Rule,
    Spec,
)

PROGRAM = b"print('kites')\n"
PAGE = "<!doctype html><title>Kites – smörgås</title>\n".encode()
ENDED = "2026-03-01T10:00:00+00:00"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def hypothesis(key: str, claim: str) -> Hypothesis:
    rule = Rule(
        kind="improvement",
        cells=Cells(metric="accuracy", tasks=("qa",), languages=("b",)),
        arms=("tail",),
        against="none",
        reported=3,
    )
    return Hypothesis(
        key=key, claim=claim, text=f"A tail steadies a kite ({key}).", at_claim_scale=key == "tail", rule=rule
    )


def spec(seeds: Sequence[int] = (1, 2, 3, 4, 5)) -> Spec:
    return Spec(
        experiment="kites",
        experiment_version="1",
        tier="miniature",
        size="core",
        paper="arxiv:1901.00001",
        version="v1",
        hypotheses=(hypothesis("tail", "c1111111111111111"), hypothesis("string", "c2222222222222222")),
        quotes=(),
        arms=(
            Arm(name="none", role="baseline", words="no tail"),
            Arm(name="tail", role="subject", words="a tail"),
        ),
        seeds=tuple(seeds),
        parameters=(("steps", "10"),),
        program=(Artifact(name="program.py", sha256=sha256(PROGRAM), size=len(PROGRAM)),),
        limits=Limits(),
        scale="kites of paper",
        words="kites of paper; real kites: not flown",
    )


def results(of: Spec, outcome: Outcome = Outcome.REPRODUCED) -> Results:
    effect = Effect(arm="tail", against="none", mean=12.4, low=7.7, high=17.1, n=5, p=0.001, adjusted=0.002)
    rows = tuple(
        Row(seed=s, arm="tail", task="qa", language="b", split="test", metric="accuracy", value=50, n=8)
        for s in of.seeds
    )
    judgements = tuple(
        Judgement(key=h.key, claim=h.claim, outcome=outcome, reason="tail over none +12.4", effects=(effect,))
        for h in of.hypotheses
    )
    return Results(spec_sha256=attempts.spec_sha256(of), rows=rows, judgements=judgements)


def environment(ended_at: str = ENDED) -> Environment:
    return Environment(
        seal="bubblewrap 0.8.0",
        probe=(("network", "held"),),
        python="3.11.2",
        platform="Linux",
        packages=(("numpy", "2.1.0"),),
        started_at="2026-03-01T09:00:00+00:00",
        ended_at=ended_at,
        costs=(Cost(seed=1, cpu_seconds=1.5, wall_seconds=2, peak_mb=64),),
    )


def inputs() -> tuple[Input, ...]:
    return (
        Input(name="program.py", sha256=sha256(PROGRAM), size=len(PROGRAM), kept=True),
        Input(
            name="world.json", sha256="c" * 64, size=9, kept=False, again="made by program.py from the seed"
        ),
    )


def keep(run: Run, seed: int, folder: Path, *, ran: Ran | None = None) -> None:
    """Keep a seed that wrote two files, one of them in a folder."""
    out = folder / f"out-{seed}"
    (out / "tail").mkdir(parents=True)
    (out / "tail" / "qa.json").write_bytes(b"[%d]\n" % seed)
    (out / "none.json").write_bytes(b"[0, %d]\n" % seed)
    attempts.keep_seed(
        run,
        seed,
        outputs=out,
        gold=(("qa.json", b"[%d, 7]\n" % seed),),
        inputs=inputs(),
        ran=ran or Ran(exit_code=0, stopped="", log=f"seed {seed}\n", cpu_seconds=1.0, wall_seconds=1.5),
    )


def unattested(_: Stored) -> bytes:
    return b"{}\n"


def made(
    folder: Path,
    *,
    of: Spec | None = None,
    outcome: Outcome = Outcome.REPRODUCED,
    ended_at: str = ENDED,
    attest: attempts.Attest = unattested,
) -> Path:
    """Return the folder of a finished attempt beneath ``folder / "gate"``."""
    frozen = of or spec()
    with attempts.open_run(folder / "gate", frozen) as run:
        for seed in frozen.seeds:
            keep(run, seed, folder)
        return attempts.finish(
            run,
            results=results(frozen, outcome),
            environment=environment(ended_at),
            page=PAGE,
            program={"program.py": PROGRAM},
            attest=attest,
        )


def unfit(folder: Path, kind: str) -> None:
    match kind:
        case "link":
            (folder / "x").symlink_to("/etc/passwd")
        case "folder link":
            (folder / "x").symlink_to("/etc")
        case "fifo":
            os.mkfifo(folder / "x")
        case "hidden":
            (folder / ".x").write_bytes(b"x")
        case "name":
            (folder / "x\x1b[31m\u202e").write_bytes(b"x")
        case "deep":
            deep = folder.joinpath(*"abcdefghij")
            deep.mkdir(parents=True)
            (deep / "x").write_bytes(b"x")
        case "empty folder":
            (folder / "x").mkdir()
        case "bytes":
            with open(os.fsencode(folder) + b"/x\xff", "wb") as file:
                file.write(b"x")


UNFIT = ("link", "folder link", "fifo", "hidden", "name", "deep", "bytes")


FILE = "attestation.dsse.json"
NOW = "2026-02-01T00:00:00+00:00"
LATER = "2026-02-20T00:00:00+00:00"
AFTER_ALL = "2026-04-01T00:00:00+00:00"


def key(seed: str) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return SigningKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest()))


KEY, OTHER = key("a kite"), key("another kite")


def trust(*keys: SigningKey, **dates: str) -> tuple[Trusted, ...]:
    return tuple(Trusted(key=one.public, name="Ada", added=NOW, **dates) for one in keys)


def signed_by(*keys: SigningKey) -> Callable[[Stored], bytes]:
    def attest(stored: Stored) -> bytes:
        envelope = None
        for key in keys:
            found = replace(stored.found, envelope=envelope)
            envelope = attestation.sign(found, contents=stored, key=key, version="0.1.0")
        return envelope or attestation.unsigned(stored.found, contents=stored, version="0.1.0")

    return attest


def verified(folder: Path, *, trusted: Sequence[Trusted] = trust(KEY)) -> tuple[Fault, ...]:
    found = attempts.look(folder)
    contents: Stored | None
    try:
        contents = attempts.load(folder)
    except InputError:
        contents = None
    return attestation.verify(found, contents=contents, trusted=trusted)


def told(folder: Path, *, trusted: Sequence[Trusted] = trust(KEY)) -> dict[str, str]:
    """Return what is wrong, by file; every line must be fit to print and say what to do."""
    faults = [one for one in verified(folder, trusted=trusted) if not one.notice]
    assert all(one.remedy and f"{one.file}{one.what}{one.remedy}".isprintable() for one in faults)
    return {one.file: one.what for one in faults}
