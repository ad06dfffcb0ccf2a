"""A report's flagged claims, a claim, a folder or an experiment in; specs, and what fits none, out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synth import experiments
from synth.config import Config
from synth.errors import InputError, SynthError, UsageError
from synth.pipeline import papers
from synth.pipeline.progress import Silent
from synth.records import ClaimKind, Judged, Label, Pairs, Paper, Reading, Report, Skipped
from synth.store import open_store
from synth.trials import Quoted, Spec, Wanted

MANIFEST, SCRIPT = "manifest.json", "repro.toml"
CLAIM_ID = re.compile(r"c[0-9a-f]{16}")
EMPIRICAL = (ClaimKind.FINDING, ClaimKind.COMPARISON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user named: a target and how to run it; ``options`` are the experiment's own, by name."""

    target: str
    claims: tuple[str, ...] = ()
    experiment: str = ""
    hypotheses: tuple[str, ...] = ()
    tier: str = "miniature"
    size: str = ""
    seeds: tuple[int, ...] = ()
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The specs to run, each with the claims that it bears on, and the flagged claims that none fits.

    ``report`` is the report that they are about, ``folder`` where its bundle lies, where there are such;
    ``places`` is where this machine keeps what the specs name by hash.
    """

    specs: tuple[tuple[Spec, tuple[str, ...]], ...]
    unmatched: tuple[Skipped, ...]
    report: Report | None = None
    folder: Path | None = None
    places: Pairs = ()


def targets(asked: Asked, *, config: Config) -> Targets:
    """Return what to run; raises UsageError or InputError where nothing of that name can be reproduced."""
    path = Path(asked.target)
    if (path / SCRIPT).is_file():
        options = (*asked.options, ("folder", str(path)))
        spec = experiments.load("script").draft(wanted(replace(asked, options=options)))
        return Targets(specs=((spec, ()),), unmatched=(), places=(("folder", str(path)),))
    if asked.target in experiments.names():
        return Targets(specs=((experiments.load(asked.target).draft(wanted(asked)), ()),), unmatched=())
    report = _report(asked.target, config=config)
    folder = path if (path / MANIFEST).is_file() else None
    claims = asked.claims or ((asked.target,) if folder is None else ())
    return _of_report(report, replace(asked, claims=claims), config=config, folder=folder)


def _report(target: str, *, config: Config) -> Report:
    """Return the report of a bundle's folder, or the last one that judges the claim of this id."""
    path = Path(target)
    if not (path / MANIFEST).is_file() and not CLAIM_ID.fullmatch(target):
        raise UsageError(
            f"nothing to reproduce is called {target!r}",
            remedy="name the folder of a report, a claim's id, a folder with repro.toml, or one of: "
            + ", ".join(experiments.names()),
        )
    with open_store(config.store) as store:
        if CLAIM_ID.fullmatch(target):
            return _known(store.report_with(target), f"no report here judges the claim {target}")
        return _known(store.report(_fingerprint(path)), f"the report in {target} is not in the store here")


def _known(report: Report | None, lack: str) -> Report:
    if report is None:
        raise InputError(lack, remedy="ask its question again here, or name an experiment")
    return report


def _fingerprint(folder: Path) -> str:
    try:
        made = json.loads((folder / MANIFEST).read_bytes())
        return str(made["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{folder / MANIFEST} is no manifest", remedy="write the report again") from error


def flagged(report: Report) -> tuple[Judged, ...]:
    """Return the claims to look at: those that people flagged; without any, the empirical ones in doubt.

    In doubt is a finding or comparison that no other work supports, or that one contradicts.
    """
    by_people = {r.claim for r in report.reviews if r.decision == "flag"}
    if by_people:
        return tuple(one for one in report.judged if one.claim.id in by_people)
    return tuple(
        one
        for one in report.judged
        if one.claim.kind in EMPIRICAL
        and (one.by_others.label is Label.CONTRADICT or not one.by_others.ticked(report.threshold))
    )


def _of_report(report: Report, asked: Asked, *, config: Config, folder: Path | None) -> Targets:
    chosen = _chosen(report, asked.claims)
    read = {paper.id: paper for paper in report.papers}
    readings = _readings(config)
    specs: list[tuple[Spec, tuple[str, ...]]] = []
    unmatched: list[Skipped] = []
    shared: dict[str, list[tuple[Judged, tuple[str, ...]]]] = {}
    for one in chosen:
        paper = read[one.claim.paper]
        matched = tuple(_matches(one, paper, asked))
        if not matched:
            unmatched.append(_fits_none(one, paper))
        for name, keys in matched:
            if experiments.load(name).SHARED:
                shared.setdefault(name, []).append((one, keys))
                continue
            given = replace(wanted(asked), claim=one.claim, paper=paper, reading=readings.get(paper.id))
            try:
                specs.append((experiments.load(name).draft(given), (one.claim.id,)))
            except SynthError as error:
                unmatched.append(_undrafted(one, error))
    for name, claims in shared.items():
        spec = _quoting(experiments.load(name).draft(wanted(asked)), claims, read)
        specs.append((spec, tuple(one.claim.id for one, _ in claims)))
    return Targets(specs=tuple(specs), unmatched=tuple(unmatched), report=report, folder=folder)


def _chosen(report: Report, claims: Sequence[str]) -> tuple[Judged, ...]:
    if not claims:
        return flagged(report)
    known = {one.claim.id: one for one in report.judged}
    for claim in claims:
        if claim not in known:
            raise UsageError(f"the report judges no claim {claim}", remedy="take an id from its claims.jsonl")
    return tuple(known[claim] for claim in claims)


def _matches(one: Judged, paper: Paper, asked: Asked) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each experiment that bears on the claim, with its keys; a person's word goes before ours."""
    if asked.experiment and asked.hypotheses:
        yield asked.experiment, asked.hypotheses
        return
    for name in (asked.experiment,) if asked.experiment else experiments.names():
        keys = experiments.load(name).bears_on(one.claim, paper=paper)
        if keys:
            yield name, keys


def _quoting(
    spec: Spec, claims: Sequence[tuple[Judged, tuple[str, ...]]], papers_by_id: dict[str, Paper]
) -> Spec:
    """Return the spec with the passages that state its hypotheses, frozen with it."""
    keys = {h.key for h in spec.hypotheses}
    quotes = [
        Quoted(
            doc_id=papers_by_id[one.claim.paper].doc_id,
            text=one.claim.text,
            page=one.claim.page or 0,
            keys=tuple(key for key in stated if key in keys),
        )
        for one, stated in claims
    ]
    return replace(spec, quotes=(*spec.quotes, *quotes))


def _fits_none(one: Judged, paper: Paper) -> Skipped:
    return Skipped(
        what=f"{paper.doc_id}: {one.claim.text}",
        reason=f"claim {one.claim.id} is flagged, and no experiment fits it",
        remedy="write a folder with repro.toml for it, see docs/how-to/reproduce.md",
        page=one.claim.page,
    )


def _undrafted(one: Judged, error: SynthError) -> Skipped:
    return Skipped(what=one.claim.text, reason=error.message, remedy=error.remedy, page=one.claim.page)


def wanted(asked: Asked) -> Wanted:
    """Return what an experiment drafts from, without a claim."""
    return Wanted(tier=asked.tier, size=asked.size, seeds=asked.seeds, options=asked.options)


def _readings(config: Config) -> dict[str, Reading]:
    """Return what the folders of papers hold, by paper id: the tables of a claim's paper."""
    if not config.papers:
        return {}
    with open_store(config.store) as store:
        library = papers.load(config.papers, config=config, store=store, progress=Silent())
    return {read.paper.id: read for read in library.readings}
