"""``synth reproduce``: what to reproduce in, sealed attempts and their outcomes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from synth.cli.printing import Row, counted, note, say, say_json, watching
from synth.config import load
from synth.errors import SynthError, UsageError

Target = Annotated[
    str,
    typer.Argument(
        help="A report's folder, a claim's id, a folder with repro.toml, or an experiment: "
        "xlmr_intermediate, formula.",
        metavar="REPORT|CLAIM|FOLDER|EXPERIMENT",
        show_default=False,
    ),
]
ClaimIds = Annotated[
    list[str] | None,
    typer.Option("--claim", metavar="ID", help="A claim of the report; may be repeated.", show_default=False),
]
ExperimentName = Annotated[
    str, typer.Option("--experiment", metavar="NAME", help="Only this experiment.", show_default=False)
]
HypothesisKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--hypothesis",
        metavar="KEY",
        help="With --experiment: the claim states this hypothesis of it, whatever synth recognises.",
        show_default=False,
    ),
]
Tier = Annotated[
    str, typer.Option("--tier", metavar="TIER", help="miniature, or full (real models and data).")
]
Size = Annotated[
    str,
    typer.Option(
        "--size",
        metavar="SIZE",
        help="Of the miniature: smoke, core (the default), mini, plus, gpu.",
        show_default=False,
    ),
]
Seeds = Annotated[
    str,
    typer.Option("--seeds", metavar="N,N,...", help="Seeds, instead of fresh ones.", show_default=False),
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="An option of the experiment, such as model=DIR, data=DIR, expression=b-a; may be repeated.",
        show_default=False,
    ),
]
PapersFolder = Annotated[
    list[Path] | None,
    typer.Option("--papers", metavar="DIR", help="The report's papers: their tables, too, then count."),
]
SealName = Annotated[
    str | None,
    typer.Option("--seal", metavar="NAME", help="bubblewrap or container (the first that works)."),
]
Workers = Annotated[int | None, typer.Option("--workers", metavar="N", help="Seeds run side by side (2).")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress on stderr.")]
MACHINE_PLACES = ("data", "folder", "model", "models")


def reproduce(
    target: Target,
    claim: ClaimIds = None,
    experiment: ExperimentName = "",
    hypothesis: HypothesisKeys = None,
    tier: Tier = "miniature",
    size: Size = "",
    seeds: Seeds = "",
    option: Options = None,
    papers: PapersFolder = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be run and what it lacks; run nothing.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Run even where an attempt here stated the same and holds.")
    ] = False,
    seal: SealName = None,
    workers: Workers = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Reproduce flagged results in a sealed sandbox: spec first, then every seed, then the verdict."""
    from synth.pipeline import gate

    config = load(flags={"papers": tuple(papers) if papers else None, "seal": seal, "workers": workers})
    asked = _asked(target, claim, experiment, hypothesis, tier, size, seeds, option)
    if dry_run and tier == "full":
        checks = list(gate.ready(asked))
        _said(checks, json=json, line=ready_line)
        if checks:
            raise typer.Exit(0 if all(one["ok"] for one in checks) else 1)
    made, planned = gate.drafted(asked, config=config)
    note(_unmatched(made.unmatched), quiet=quiet)
    if dry_run or not made.specs:
        _said(planned, json=json, line=planned_line)
        if not made.specs:
            note(["no flagged claim fits an experiment"], quiet=quiet)
        return
    rows: list[Row] = []
    failed: list[SynthError] = []
    with watching(quiet=quiet) as told:
        for spec, _ in made.specs:
            kept = [] if again else gate.made_before(spec, config=config)
            if kept:
                note([f"made before, and it holds: {kept[0]['folder']} (--again runs it anew)"], quiet=quiet)
            try:
                rows += kept or gate.run(
                    spec, config=config, places=(*made.places, *places(option)), progress=told
                )
            except SynthError as error:
                # what cannot be started keeps nothing else from being run and shown
                failed.append(error)
    if rows:
        gate.reattached(made, config=config)
    _said(rows, json=json, line=attempt_line)
    if failed:
        note([f"not run: {error}" for error in failed[:-1]], quiet=False)
        raise failed[-1]
    raise typer.Exit(gate.worst(rows))


def _asked(
    target: str,
    claims: list[str] | None,
    experiment: str,
    hypotheses: list[str] | None,
    tier: str,
    size: str,
    seeds: str,
    options: list[str] | None,
) -> Any:
    from synth.pipeline.targets import Asked

    if hypotheses and not experiment:
        raise UsageError("--hypothesis needs --experiment", remedy="name the experiment it is of")
    return Asked(
        target=target,
        claims=tuple(claims or ()),
        experiment=experiment,
        hypotheses=tuple(hypotheses or ()),
        tier=tier,
        size=size,
        seeds=_seeds(seeds),
        options=_pairs(options),
    )


def places(options: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Return the options that say where this machine keeps things; they stay out of the spec."""
    return tuple((name, value) for name, value in _pairs(options) if name in MACHINE_PLACES)


def _pairs(options: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    pairs = []
    for one in options or ():
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{one!r} is no option", remedy="write it as NAME=VALUE")
        pairs.append((name.strip(), value))
    return tuple(pairs)


def _seeds(text: str) -> tuple[int, ...]:
    if not text:
        return ()
    try:
        return tuple(int(one) for one in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"{text!r} are no seeds", remedy="write whole numbers with commas: 11,12,13"
        ) from error


def _said(rows: Sequence[Row], *, json: bool, line: Any) -> None:
    if json:
        say_json(rows)
    else:
        for row in rows:
            say(line(row))


def _unmatched(lost: Sequence[Any]) -> list[str]:
    """Return a line for each flagged claim that nothing fits, the first five, and how many more there are."""
    lines = [
        f"skipped {one.what}: {one.reason}{f' - {one.remedy}' if one.remedy else ''}" for one in lost[:5]
    ]
    more = len(lost) - len(lines)
    return [*lines, f"and {more} more flagged claims that no experiment fits"] if more else lines


def attempt_line(row: Mapping[str, Any]) -> str:
    """Return an attempt at one hypothesis for a reader: the outcome, why, the exact words, the page."""
    lines = [f"{row['outcome']}  {row['hypothesis']}", f"  {row['reason']}"]
    if row["words"]:
        lines.append(f"  {row['words']}")
    if row["outcome"] == "ERROR":
        lines.append(f"  what the program printed: {Path(row['folder']) / 'log.txt'}")
    return "\n".join([*lines, f"  {row['page']}"])


def planned_line(row: Mapping[str, Any]) -> str:
    """Return what a spec states, for a reader."""
    head = " ".join(dict.fromkeys(w for w in (row["experiment"], row["tier"], row["size"]) if w))
    seeds = counted(len(row["seeds"]), "seed")
    lines = [f"{head}, spec {row['spec_sha256'][:12]}, {seeds}: {row['scale']}"]
    lines += [f"  {one['key']}: {one['text']}" for one in row["hypotheses"]]
    if row["claims"]:
        lines.append(f"  bears on {', '.join(row['claims'])}")
    return "\n".join(lines)


def ready_line(row: Mapping[str, Any]) -> str:
    """Return one thing that a full run needs: whether it is there, what was found, what gets it."""
    remedy = f" - {row['remedy']}" if row["remedy"] and not row["ok"] else ""
    return f"{'ok  ' if row['ok'] else 'LACK'} {row['name']}: {row['found']}{remedy}"
