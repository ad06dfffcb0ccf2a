"""``synth gate``: seals, keys, specs, sealed runs, proofs, checks and status; options in, rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from synth.cli.printing import Row, counted, note, say, say_each, say_json, watching
from synth.cli.reproduce import (
    ClaimIds,
    ExperimentName,
    HypothesisKeys,
    Json,
    Options,
    PapersFolder,
    Quiet,
    SealName,
    Seeds,
    Size,
    Target,
    Tier,
    Workers,
    _asked,
    attempt_line,
    places,
)
from synth.config import load
from synth.errors import UsageError

app = typer.Typer(
    name="gate",
    help="Sealed attempts at claims: seals, keys, specs, runs, proofs, and what they settle.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
AttemptFolder = Annotated[
    Path, typer.Argument(help="The folder of one attempt.", metavar="DIR", show_default=False)
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key", metavar="FILE", help="The public key that must have signed it.", show_default=False
    ),
]


@app.command()
def doctor(seal: SealName = None, json: Json = False) -> None:
    """Say what seal this machine offers: each hostile attempt held or not, Lean, keys, what mends a lack."""
    from synth.pipeline import gate

    rows = list(gate.doctor(load(flags={"seal": seal})))
    _told(rows, json=json, line=_found)
    if not all(row["ok"] for row in rows if row["needed"]):
        raise typer.Exit(1)


@app.command()
def keygen(
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Whose key it is, for readers.")
    ] = "synth",
    json: Json = False,
) -> None:
    """Make a key that signs attempts from now on; an older one is retired, and what it signed stays good."""
    from synth.pipeline import gate

    _told([gate.keygen(load(), name=name)], json=json, line=_key)


@app.command()
def trust(
    key: Annotated[Path, typer.Argument(help="A public key (PEM).", metavar="FILE", show_default=False)],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Whose key it is.")] = "",
    json: Json = False,
) -> None:
    """Trust another's public key: what it signed re-verifies here."""
    from synth.pipeline import gate

    _told([gate.trust(load(), key, name=name or key.stem)], json=json, line=_key)


@app.command()
def distrust(
    keyid: Annotated[
        str, typer.Argument(help="The first digits of a key's id.", metavar="KEYID", show_default=False)
    ],
    revoke: Annotated[bool, typer.Option("--revoke", help="Nothing that it ever signed counts.")] = False,
    json: Json = False,
) -> None:
    """Retire a key: attempts that end from now on are refused under it."""
    from synth.pipeline import gate

    _told([gate.distrust(load(), keyid, revoke=revoke)], json=json, line=_key)


@app.command()
def spec(
    target: Target,
    claim: ClaimIds = None,
    experiment: ExperimentName = "",
    hypothesis: HypothesisKeys = None,
    tier: Tier = "miniature",
    size: Size = "",
    seeds: Seeds = "",
    option: Options = None,
    papers: PapersFolder = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write it there, for gate run.", show_default=False),
    ] = None,
) -> None:
    """Draft the spec of a run and print it, or write it: what is stated before anything runs."""
    from synth.pipeline import gate, write_files

    config = load(flags={"papers": tuple(papers) if papers else None})
    made, _ = gate.drafted(
        _asked(target, claim, experiment, hypothesis, tier, size, seeds, option), config=config
    )
    if not made.specs:
        lost = "; ".join(one.reason for one in made.unmatched)
        raise UsageError(
            f"no spec fits {target}{f': {lost}' if lost else ''}", remedy="synth reproduce --dry-run"
        )
    if out is None:
        for one, _ in made.specs:
            say(gate.spec_text(one).rstrip("\n"))
        return
    if len(made.specs) > 1:
        raise UsageError(
            f"{len(made.specs)} specs fit {target}", remedy="choose with --claim or --experiment"
        )
    write_files({out: gate.spec_text(made.specs[0][0]).encode()})


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="A spec of gate spec.", metavar="SPEC", show_default=False)],
    option: Options = None,
    seal: SealName = None,
    workers: Workers = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a frozen spec in the seal; a run that was killed goes on with the seeds that are left."""
    from synth.pipeline import gate

    config = load(flags={"seal": seal, "workers": workers})
    with watching(quiet=quiet) as told:
        rows = gate.run(gate.read_spec(file), config=config, places=places(option), progress=told)
    _told(rows, json=json, line=attempt_line)
    raise typer.Exit(gate.worst(rows))


@app.command()
def prove(
    solution: Annotated[
        Path, typer.Argument(help="Solution.lean, or its folder.", metavar="SOLUTION", show_default=False)
    ],
    challenge: Annotated[
        Path,
        typer.Option(
            "--challenge", metavar="FILE", help="The trusted statement, with sorry.", show_default=False
        ),
    ],
    theorem: Annotated[
        str, typer.Option("--theorem", metavar="NAME", help="Its full Lean name.", show_default=False)
    ],
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help="The claim in words.", show_default=False)
    ],
    claim: Annotated[
        str, typer.Option("--claim", metavar="ID", help="The claim's id, if it has one.", show_default=False)
    ] = "",
    toolchain: Annotated[
        Path | None,
        typer.Option(
            "--toolchain", metavar="DIR", help="What lean --print-prefix prints.", show_default=False
        ),
    ] = None,
    comparator: Annotated[
        Path | None,
        typer.Option("--comparator", metavar="FILE", help="The comparator you built.", show_default=False),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            metavar="DIR",
            help="A built Lake project whose packages may be imported.",
            show_default=False,
        ),
    ] = None,
    reviewed_by: Annotated[
        str,
        typer.Option(
            "--reviewed-by",
            metavar="NAME",
            help="You have read the theorem and sign that it means the claim.",
            show_default=False,
        ),
    ] = "",
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a Lean 4 proof of a claim in the seal: four checks, and a person who says what it means."""
    from synth.pipeline import gate

    proof = gate.Proof(
        claim=claim, text=text, theorem=theorem, solution=solution, challenge=challenge, toolchain=toolchain,
        comparator=comparator, project=project, reviewed_by=reviewed_by,
    )  # fmt: skip
    with watching(quiet=quiet) as told:
        rows = gate.prove(proof, config=load(), progress=told)
    _told(rows, json=json, line=attempt_line)
    raise typer.Exit(gate.worst(rows))


@app.command()
def verify(
    folder: AttemptFolder,
    key: KeyFile = None,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Run its spec again in the seal and compare.")
    ] = False,
    option: Options = None,
    seal: SealName = None,
    workers: Workers = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check an attempt: every file, every signature, the figures computed again from its raw predictions."""
    from synth.pipeline import gate

    config = load(flags={"seal": seal, "workers": workers})
    with watching(quiet=quiet) as told:
        rows = list(
            gate.verify(folder, config=config, key=key, again=rerun, places=places(option), progress=told)
        )
    if json:
        say_json(rows)
    else:
        for row in rows:
            say(_fault(row))
        faults = sum(not row["notice"] for row in rows)
        say(f"{folder}: {counted(faults, 'fault') if faults else 'every file and figure holds'}")
    if not all(row["notice"] for row in rows):
        raise typer.Exit(1)


@app.command()
def status(
    claim: Annotated[
        str, typer.Argument(help="A claim's id; without, every claim attempted here.", metavar="CLAIM")
    ] = "",
    json: Json = False,
) -> None:
    """Say what the gate says of each claim that was attempted here, computed now from its attempts."""
    from synth.pipeline import gate

    rows = list(gate.status(claim, config=load()))
    if not rows:
        note(["no attempt was made here yet: synth reproduce"], quiet=False)
    say_each(rows, as_json=json, line=_status)


def _told(rows: list[Row], *, json: bool, line: Callable[[Row], str]) -> None:
    if json:
        say_json(rows)
    else:
        for row in rows:
            say(line(row))


def _found(row: Mapping[str, Any]) -> str:
    mend = f" - {row['remedy']}" if row["remedy"] and not row["ok"] else ""
    lack = "LACK" if row["needed"] else "none"
    return f"{'ok  ' if row['ok'] else lack} {row['name']}: {row['found']}{mend}"


def _key(row: Mapping[str, Any]) -> str:
    ended = next((f", {word} {row[word]}" for word in ("revoked", "retired") if row.get(word)), "")
    return f"{row['keyid']}  {row['name']}, since {row['added']}{ended}"


def _fault(row: Mapping[str, Any]) -> str:
    mend = f" - {row['remedy']}" if row["remedy"] else ""
    return f"{'note ' if row['notice'] else 'FAULT'} {row['file']}: {row['what']}{mend}"


def _status(row: Mapping[str, Any]) -> str:
    lines = [f"{row['status']}  {row['claim']}  {row['hypothesis']}", f"  {row['reason']}"]
    for one in row["attempts"]:
        lines.append(f"  {one['attempt']} {one['experiment']} {one['outcome']}, ended {one['ended_at']}")
    return "\n".join(lines)
