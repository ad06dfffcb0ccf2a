"""``synth review``: a report and a reviewer in, decisions appended and the report written anew out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synth.cli import review_ways as ways
from synth.cli.review_wishes import way_of, wish_of
from synth.config import load

Folder = Annotated[
    Path, typer.Argument(help="The folder of a report bundle.", metavar="REPORT", show_default=False)
]
Name = Annotated[
    str | None,
    typer.Option(
        "--reviewer",
        metavar="NAME",
        help="Who judges (the setting reviewer of synth.toml, else the account).",
    ),
]
Blind = Annotated[
    bool, typer.Option("--blind", help="Hide the machine's verdict on each claim until you have judged it.")
]
Settle = Annotated[
    bool,
    typer.Option("--settle", help="Only claims on which reviewers disagree; a label of yours settles one."),
]
PapersFolder = Annotated[
    list[Path] | None,
    typer.Option(
        "--papers",
        metavar="DIR",
        help="Where the papers lie now, if they were moved; may be repeated.",
        show_default=False,
    ),
]
Plain = Annotated[
    bool,
    typer.Option("--plain", help="Questions and answers, a line each, for screen readers and pipes."),
]
ClaimIds = Annotated[
    list[str] | None,
    typer.Option(
        "--claim",
        metavar="ID",
        help="Without a screen: tell this claim, or decide on it as the options say; may be repeated.",
        show_default=False,
    ),
]
Accept = Annotated[bool, typer.Option("--accept", help="The machine's verdict by other works is right.")]
Reject = Annotated[bool, typer.Option("--reject", help="It is wrong; you state no other.")]
Defer = Annotated[bool, typer.Option("--defer", help="Later.")]
LabelName = Annotated[
    str | None,
    typer.Option(
        "--label",
        metavar="LABEL",
        help="The right label: SUPPORT, CONTRADICT, NOT_ENOUGH_INFO (or s, c, n).",
        show_default=False,
    ),
]
Flag = Annotated[bool, typer.Option("--flag", help="Flag the claim for synth reproduce.")]
Unflag = Annotated[bool, typer.Option("--unflag", help="Take the flag away.")]
Note = Annotated[
    str | None,
    typer.Option(
        "--note", metavar="TEXT", help="The note of the judgement, or a note alone.", show_default=False
    ),
]
Scope = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="NAME=VALUE",
        help="A condition of the claim, as dataset=XNLI; all that hold, may be repeated.",
        show_default=False,
    ),
]
Link = Annotated[
    str | None,
    typer.Option(
        "--link",
        metavar="WORDS",
        help="Link the one sentence of the papers that holds exactly these words.",
        show_default=False,
    ),
]
RelationName = Annotated[
    str | None,
    typer.Option(
        "--relation",
        metavar="LABEL",
        help="With --link: what the sentence does for the claim (labels as for --label).",
        show_default=False,
    ),
]
Undo = Annotated[bool, typer.Option("--undo", help="Take back your last decision.")]
Redo = Annotated[bool, typer.Option("--redo", help="Make the decision stand again that was taken back last.")]
Queue = Annotated[bool, typer.Option("--queue", help="List what is to be judged, what matters most first.")]
Agreement = Annotated[
    bool, typer.Option("--agreement", help="Say how far the reviewers agree, and where they do not.")
]
Export = Annotated[
    str | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="Write every decision as JSON Lines, - for stdout.",
        show_default=False,
    ),
]
Import = Annotated[
    str | None,
    typer.Option(
        "--import",
        metavar="FILE",
        help="Append the decisions of JSON Lines, - for stdin: all of them or none.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress on stderr.")]


def review(
    folder: Folder,
    reviewer: Name = None,
    blind: Blind = False,
    settle: Settle = False,
    papers: PapersFolder = None,
    plain: Plain = False,
    claim: ClaimIds = None,
    accept: Accept = False,
    reject: Reject = False,
    defer: Defer = False,
    label: LabelName = None,
    flag: Flag = False,
    unflag: Unflag = False,
    note: Note = None,
    scope: Scope = None,
    link: Link = None,
    relation: RelationName = None,
    undo: Undo = False,
    redo: Redo = False,
    queue: Queue = False,
    agreement: Agreement = False,
    export: Export = None,
    import_: Import = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge the claims of REPORT: on a screen, by questions and answers, by options, or by JSON Lines."""
    from synth.pipeline import review as reviewing

    wish = wish_of(
        judgements={"--accept": accept, "--reject": reject, "--defer": defer, "--label": label is not None},
        flags={"--flag": flag, "--unflag": unflag},
        label=label,
        note=note,
        scope=scope,
        link=link,
        relation=relation,
    )
    chosen = {
        "--plain": plain,
        "--claim": bool(claim),
        "--undo": undo,
        "--redo": redo,
        "--queue": queue,
        "--agreement": agreement,
        "--export": export is not None,
        "--import": import_ is not None,
    }
    options = {"--blind": blind, "--settle": settle, "--papers": bool(papers), "--json": json}
    way = way_of(chosen, options, wish)
    config = load(flags={"reviewer": reviewer})
    with reviewing.review(
        folder,
        config=config,
        reviewer=config.reviewer,
        blind=blind,
        settling=settle,
        papers=tuple(papers or ()),
        deciding=way not in ("--queue", "--agreement", "--export") and not (way == "--claim" and wish.empty),
    ) as opened:
        match way:
            case "--claim":
                code = ways.claims(opened, dict.fromkeys(claim or ()), wish, json=json, quiet=quiet)
            case "--undo" | "--redo":
                code = ways.withdrawn(opened, redo=redo, json=json, quiet=quiet)
            case "--queue":
                code = ways.queue(opened.sitting, json=json)
            case "--agreement":
                code = ways.agreement(opened.sitting, json=json)
            case "--export":
                code = ways.exported(opened, str(export), json=json)
            case "--import":
                code = ways.imported(opened, str(import_), json=json, quiet=quiet)
            case "--plain":
                code = ways.plain(opened, quiet=quiet)
            case _:
                code = ways.screen(opened, quiet=quiet)
    raise typer.Exit(code)
