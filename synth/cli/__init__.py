"""Options in, one call of the pipeline, one thing printed.

Exit codes: 0 done, 1 findings or a refused check, 2 could not do it. Results go to stdout, progress
and messages to stderr. Nothing heavy is imported before a command runs (a test holds it).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from synth import __version__
from synth.cli.gate import app as gate_app
from synth.cli.printing import (
    calibration_table,
    claim_line,
    comparison_line,
    fail,
    note,
    reading_line,
    result_line,
    say,
    say_each,
    say_json,
    telling,
    verdict_line,
)
from synth.cli.reproduce import reproduce
from synth.cli.review import review
from synth.config import Config, load
from synth.errors import InputError, SynthError

app = typer.Typer(
    name="synth",
    help="Ask the literature a question; every claim of the answer is scored against source passages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(gate_app)
app.command()(reproduce)
app.command()(review)

Question = Annotated[
    str, typer.Argument(help="What you want to know, in a sentence.", metavar="QUESTION", show_default=False)
]
Paths = Annotated[
    list[Path],
    typer.Argument(help="PDF, .txt and .md files, or folders.", metavar="PATH...", show_default=False),
]
Papers = Annotated[
    list[Path] | None,
    typer.Option("--papers", metavar="DIR", help="A folder of papers; may be repeated.", show_default=False),
]
Source = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="A source to ask, such as arxiv; may be repeated."),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", help="Papers a source may bring (500 a folder, 25 a service)."),
]
Claims = Annotated[
    int | None, typer.Option("--claims", metavar="N", help="Claims that the report judges (60).")
]
Threshold = Annotated[
    float | None,
    typer.Option("--threshold", metavar="P", help="P(SUPPORT) from which a claim is ticked (0.7)."),
]
VerifierName = Annotated[
    str | None,
    typer.Option(
        "--verifier",
        metavar="NAME",
        help="entailment, numbers, overlap, or cross-encoder:MODEL (a folder or hub name).",
    ),
]
CalibrationFile = Annotated[
    Path | None,
    typer.Option(
        "--calibration",
        metavar="FILE",
        help="A file of synth calibrate. Fitted on PAIRS, it holds for given passages and for a claim's own "
        "work; fitted on --reviews, for verdicts by other works in a report. The rest keeps the calibration "
        "that comes with the verifier.",
        show_default=False,
    ),
]
MinPrecision = Annotated[
    float | None,
    typer.Option(
        "--min-precision",
        metavar="P",
        help="Say SUPPORT or CONTRADICT only from the probability on at which it was right in at least P of "
        "the calibration data (above 0.5, below 1); else NOT_ENOUGH_INFO.",
    ),
]
EncoderName = Annotated[
    str | None,
    typer.Option("--encoder", metavar="NAME", help="A sentence-transformers model: a folder or hub name."),
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", help="Processes and threads side by side (2).")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder of the bundle (reports/<question>).")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress on stderr.")]
Profile = Annotated[bool, typer.Option("--profile", help="Print the time of each stage on stderr.")]
Date = Annotated[
    str | None, typer.Option("--date", metavar="DATE", help="Date line of the report (YYYY-MM-DD).")
]

_INTERRUPTED = 130
"""What typer makes of Ctrl-C."""
_GO_ON = "interrupted; what was done is kept, run the same command again to go on"


def main() -> None:
    """Run the command line: the one place where an error becomes a line and an exit code."""
    # before numpy is imported: sums must not depend on how many threads a matrix product is cut for,
    # and two threads that spin for cores cost five times what one takes
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    try:
        code = app(standalone_mode=False)
    except SynthError as error:
        fail(str(error))
    except typer.TyperException as error:
        fail(_usage(error))
    except (KeyboardInterrupt, typer.Abort):
        fail(_GO_ON)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    if code == _INTERRUPTED:
        fail(_GO_ON)
    sys.exit(code if isinstance(code, int) else 0)


@app.command()
def ask(
    question: Question,
    papers: Papers = None,
    source: Source = None,
    limit: Limit = None,
    claims: Claims = None,
    threshold: Threshold = None,
    verifier: VerifierName = None,
    calibration: CalibrationFile = None,
    min_precision: MinPrecision = None,
    encoder: EncoderName = None,
    workers: Workers = None,
    date: Date = None,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
    profile: Profile = False,
) -> None:
    """Answer QUESTION from papers: report.md, .html, .pdf, manifest.json and claims.jsonl in one folder."""
    config = load(
        flags={
            "papers": tuple(papers) if papers else None,
            "sources": tuple(source) if source else None,
            "limit": limit,
            "claims": claims,
            "threshold": threshold,
            "verifier": verifier,
            "calibration": calibration,
            "min_precision": min_precision,
            "encoder": encoder,
            "workers": workers,
            "date": date,
        }
    )
    _ask(question, config=config, out=out, json=json, quiet=quiet, profile=profile)


@app.command()
def demo(
    date: Date = None,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
    profile: Profile = False,
) -> None:
    """Do the main job on the shipped demo papers: offline, no download, no key."""
    from synth.pipeline import DEMO_QUESTION, demo_papers

    config = load(flags={"papers": (demo_papers(),), "sources": (), "date": date})
    _ask(DEMO_QUESTION, config=config, out=out, json=json, quiet=quiet, profile=profile)


def _ask(question: str, *, config: Config, out: Path | None, json: bool, quiet: bool, profile: bool) -> None:
    from synth import pipeline

    folder = out or pipeline.REPORTS / pipeline.slug(question)
    pipeline.check_writable(folder)
    note(pipeline.costs(config, priors=("natural", "own")), quiet=quiet)
    with telling(quiet=quiet, profile=profile) as told:
        report = pipeline.ask(question, config=config, progress=told)
        with told.stage("write the bundle"):
            bundle = pipeline.publish(report, folder=folder, gate=config.gate)
    if json:
        say_json([pipeline.summary(bundle)])
    else:
        say(pipeline.told(bundle))


@app.command()
def search(
    question: Question,
    papers: Papers = None,
    source: Source = None,
    limit: Limit = None,
    json: Json = False,
) -> None:
    """List the papers that the sources bring for QUESTION, without reading them."""
    from synth import pipeline

    config = load(
        flags={
            "papers": tuple(papers) if papers else None,
            "sources": tuple(source) if source else None,
            "limit": limit,
        }
    )
    rows = pipeline.search(question, config=config)
    if json:
        say_json(rows)
        return
    for row in rows:
        say(f"{row['name']}  {row['title']}" if "title" in row else f"skipped {row['what']}: {row['reason']}")


@app.command()
def read(paths: Paths, json: Json = False, quiet: Quiet = False) -> None:
    """Read papers: passages with section, page and boxes, tables, references."""
    from synth import pipeline

    with telling(quiet=quiet) as told:
        rows = pipeline.read(paths, config=load(), progress=told)
        say_each(rows, as_json=json, line=reading_line)


@app.command()
def claims(paths: Paths, json: Json = False, quiet: Quiet = False) -> None:
    """Mine the claims of papers: whole sentences with kind, quantities, page and boxes."""
    from synth import pipeline

    with telling(quiet=quiet) as told:
        rows = pipeline.claims(paths, config=load(), progress=told)
        say_each(rows, as_json=json, line=claim_line)


@app.command()
def results(
    paths: Paths,
    compare: Annotated[bool, typer.Option("--compare", help="Say which of them may be compared.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Mine the measured results of papers, from prose and tables."""
    from synth import pipeline

    with telling(quiet=quiet) as told:
        rows = pipeline.results(paths, compare=compare, config=load(), progress=told)
        say_each(rows, as_json=json, line=comparison_line if compare else result_line)


@app.command()
def verify(
    claim: Annotated[
        str, typer.Argument(help="A claim in a sentence.", metavar="CLAIM", show_default=False)
    ] = "",
    claims: Annotated[
        str, typer.Option("--claims", metavar="FILE", help="JSON Lines of claims, - for stdin.")
    ] = "",
    pairs: Annotated[
        str, typer.Option("--pairs", metavar="FILE", help="JSON Lines of claims with a passage, - for stdin.")
    ] = "",
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against",
            metavar="PATH",
            help="Papers, folders, or a .jsonl corpus; may be repeated.",
            show_default=False,
        ),
    ] = None,
    scifact: Annotated[bool, typer.Option("--scifact", help="Print SciFact's prediction layout.")] = False,
    verifier: VerifierName = None,
    calibration: CalibrationFile = None,
    min_precision: MinPrecision = None,
    encoder: EncoderName = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge claims against papers, a corpus, or given passages: label, probability, sentence, page, box."""
    from synth import pipeline

    config = load(
        flags={
            "verifier": verifier,
            "calibration": calibration,
            "min_precision": min_precision,
            "encoder": encoder,
        }
    )
    note(pipeline.costs(config, priors=("balanced",)), quiet=quiet)
    with telling(quiet=quiet) as told:
        rows = pipeline.verify_lines(
            claim=claim,
            claims=_input(claims),
            pairs=_input(pairs),
            against=tuple(against or ()),
            scifact=scifact,
            config=config,
            progress=told,
        )
        say_each(rows, as_json=json or scifact, line=verdict_line)


@app.command()
def calibrate(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The calibration to write.", show_default=False)
    ],
    pairs: Annotated[
        str,
        typer.Argument(
            help="JSON Lines of claims with a passage and a label, - for stdin.",
            metavar="PAIRS",
            show_default=False,
        ),
    ] = "",
    reviews: Annotated[
        list[Path] | None,
        typer.Option(
            "--reviews",
            metavar="REPORT",
            help="Instead of PAIRS: the folder of a report that was reviewed; may be repeated.",
            show_default=False,
        ),
    ] = None,
    verifier: VerifierName = None,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FILE", help="A reliability diagram to write.", show_default=False),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Calibrate on labelled pairs or reviews of yours: a file for --calibration, and what it changes."""
    from synth import pipeline

    reports = tuple(reviews or ())
    pipeline.check_examples(pairs=pairs, reports=reports, verifier=verifier)
    pipeline.check_files(out=out, svg=svg)
    config = load(flags={"verifier": verifier})
    with telling(quiet=quiet) as told:
        if reports:
            made = pipeline.calibrate_reviews(reports, config=config, progress=told)
        else:
            name, content = _content(pairs)
            made = pipeline.calibrate(content, name=name, config=config, progress=told)
    files = {out: pipeline.calibration_file(made)}
    pipeline.write_files(files | ({svg: pipeline.diagram(made)} if svg else {}))
    row = pipeline.calibrated_row(made)
    if json:
        say_json([row])
    else:
        say(calibration_table(row))


@app.command("check-record")
def check_record(
    folder: Annotated[
        Path, typer.Argument(help="The folder of a report bundle.", metavar="DIR", show_default=False)
    ],
    papers: Papers = None,
    json: Json = False,
) -> None:
    """Check a bundle: hashes, schemas, counts, and every quote against the PDFs in --papers."""
    from synth import pipeline

    rows = pipeline.check_record(folder, papers=tuple(papers or ()), config=load())
    faults = [row for row in rows if not row["notice"]]
    if json:
        say_json(rows)
    else:
        for row in rows:
            say(f"{'note' if row['notice'] else 'FAULT'} {row['file']}: {row['what']} - {row['remedy']}")
        faulty = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
        say(f"{folder}: {faulty if faults else 'everything that was checked holds'}")
    if faults:
        raise typer.Exit(1)


@app.command()
def doctor(json: Json = False) -> None:
    """Say what is installed, found, cached, and what mends each lack."""
    from synth import pipeline

    rows = pipeline.doctor(load())
    if json:
        say_json(rows)
    else:
        for row in rows:
            say(f"{'ok  ' if row['ok'] else 'LACK'} {row['name']}: {row['found']}{_mend(row)}")
    if not all(row["ok"] for row in rows if row["needed"]):
        raise typer.Exit(1)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    if version:
        say(f"synth {__version__}")
        raise typer.Exit(0)


def _input(name: str) -> tuple[str, Iterable[str]] | None:
    """Return the named file's lines (``-`` is stdin), or None where none was named."""
    if not name:
        return None
    if name == "-":
        return "stdin", sys.stdin
    try:
        return name, Path(name).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {name}: {error}", remedy="name a UTF-8 JSON Lines file") from error


def _content(name: str) -> tuple[str, bytes]:
    """Return the named file's bytes (``-`` is stdin) and what to call it."""
    if name == "-":
        return "stdin", sys.stdin.buffer.read()
    try:
        return name, Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {name}: {error}", remedy="name a UTF-8 JSON Lines file") from error


def _mend(row: Mapping[str, Any]) -> str:
    return f" - {row['remedy']}" if row["remedy"] and not row["ok"] else ""


def _usage(error: typer.TyperException) -> str:
    said = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{said} (see synth --help)"
