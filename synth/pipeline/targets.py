"""A report's flagged claims, a claim, a folder or an experiment in; specs, and what fits none, out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from synth import experiments, reviews
from synth.config import Config
from synth.errors import InputError, SynthError, UsageError
from synth.pipeline import papers
from synth.pipeline.kept import MANIFEST, fingerprint_of, known_report, with_people
from synth.pipeline.progress import Silent
from synth.records import ClaimKind, Judged, Label, Pairs, Paper, Reading, Report, Skipped
from synth.store import open_store
from synth.text import printable
from synth.trials import Quoted, Spec, Wanted

SCRIPT = "repro.toml"
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


class _Fit(NamedTuple):
    """A claim with its paper, and the hypotheses of an experiment that it states."""

    one: Judged
    paper: Paper
    keys: tuple[str, ...]


def targets(asked: Asked, *, config: Config) -> Targets:
    """Return what to run; raises UsageError or InputError where nothing of that name can be reproduced."""
    path = Path(asked.target)
    # not Path.is_file, which raises for a name that is too long or in a folder that may not be entered
    if asked.target and os.path.isfile(path / SCRIPT):
        _alone(asked, experiment="script")
        options = (*asked.options, ("folder", str(path)))
        spec = experiments.load("script").draft(wanted(replace(asked, options=options)))
        return Targets(specs=((spec, ()),), unmatched=(), places=(("folder", str(path)),))
    if asked.target in experiments.names():
        _alone(asked, experiment=asked.target)
        return Targets(specs=((experiments.load(asked.target).draft(wanted(asked)), ()),), unmatched=())
    if asked.experiment:
        experiments.load(asked.experiment)
    report = _report(asked.target, config=config)
    folder = path if os.path.isfile(path / MANIFEST) else None
    claims = asked.claims or ((asked.target,) if folder is None else ())
    return _of_report(report, replace(asked, claims=claims), config=config, folder=folder)


def _alone(asked: Asked, *, experiment: str) -> None:
    """Raise UsageError where claims or another experiment are named and no report is."""
    if asked.claims or asked.hypotheses or asked.experiment not in ("", experiment):
        raise UsageError(
            f"{asked.target} is no report: --claim, --experiment and --hypothesis choose among a report's "
            "claims",
            remedy="name the report's folder, or leave them out",
        )


def _report(target: str, *, config: Config) -> Report:
    """Return the report of a bundle's folder, or the last one that judges the claim of this id."""
    path = Path(target)
    bundle = bool(target) and os.path.lexists(path / MANIFEST)
    if not bundle and not CLAIM_ID.fullmatch(target):
        raise _nothing(target)
    with open_store(config.store) as store:
        found = store.report(fingerprint_of(path)) if bundle else store.report_with(target)
        lack = f"the report in {target} is not in the store here"
        made = known_report(
            found,
            lack if bundle else f"no report here judges the claim {target}",
            otherwise=", or name an experiment",
        )
        # a flag counts from when it was decided, whether or not the bundle was written anew since
        return with_people(made, store=store)


def _nothing(target: str) -> UsageError:
    what = f"nothing to reproduce is called {target!r}"
    if target and os.path.isdir(target):
        what += f": {printable(target)} holds neither {SCRIPT} nor {MANIFEST}"
    # a script is named by its folder
    named = ", ".join(name for name in experiments.names() if name != "script")
    remedy = f"name the folder of a report, a claim's id, a folder with {SCRIPT}, or one of: {named}"
    return UsageError(what, remedy=remedy)


def flagged(report: Report) -> tuple[Judged, ...]:
    """Return the claims to look at: those that people flagged; without any, the empirical ones in doubt.

    In doubt is a finding or comparison that no other work supports, or that one contradicts.
    """
    by_people = {one.claim for one in reviews.standings(report.reviews) if one.flagged}
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
    read_of = {paper.id: paper for paper in report.papers}
    readings = _readings(config)
    specs: list[tuple[Spec, tuple[str, ...]]] = []
    unmatched: list[Skipped] = []
    shared: dict[str, list[_Fit]] = {}
    for one in chosen:
        paper = read_of[one.claim.paper]
        given = replace(wanted(asked), claim=one.claim, paper=paper, reading=readings.get(paper.id))
        matched = tuple(_matches(given, asked))
        if not matched:
            unmatched.append(_fits_none(one, paper))
        for name, keys in matched:
            if experiments.load(name).SHARED:
                shared.setdefault(name, []).append(_Fit(one, paper, keys))
                continue
            try:
                spec = experiments.load(name).draft(given)
            except (UsageError, InputError) as error:
                unmatched.append(_undrafted(one, error))
                continue
            _check_named(spec, asked)
            specs.append((spec, (one.claim.id,)))
    for name, fits in shared.items():
        spec = experiments.load(name).draft(wanted(asked))
        _check_named(spec, asked)
        due, lost = _judged_by(spec, fits)
        unmatched.extend(lost)
        if due:
            specs.append((_quoting(spec, due), tuple(fit.one.claim.id for fit in due)))
    return Targets(specs=tuple(specs), unmatched=tuple(unmatched), report=report, folder=folder)


def _chosen(report: Report, claims: Sequence[str]) -> tuple[Judged, ...]:
    if not claims:
        return flagged(report)
    known = {one.claim.id: one for one in report.judged}
    for claim in claims:
        if claim not in known:
            raise UsageError(f"the report judges no claim {claim}", remedy="take an id from its claims.jsonl")
    return tuple(known[claim] for claim in dict.fromkeys(claims))


def _matches(given: Wanted, asked: Asked) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each experiment that bears on the claim, with its keys; a person's word goes before ours."""
    if asked.experiment and (asked.hypotheses or _spelled_out(asked)):
        yield asked.experiment, asked.hypotheses
        return
    assert given.claim is not None
    assert given.paper is not None
    for name in (asked.experiment,) if asked.experiment else experiments.names():
        keys = experiments.load(name).bears_on(given.claim, paper=given.paper) or _in_tables(name, given)
        if keys:
            yield name, keys


def _spelled_out(asked: Asked) -> bool:
    """Whether a person named claim and experiment and said in options what to run for it."""
    return bool(asked.claims and asked.options) and not experiments.load(asked.experiment).SHARED


def _in_tables(name: str, given: Wanted) -> tuple[str, ...]:
    """Return the keys that an experiment finds in the paper as it was read, () where it fits nothing there.

    Asked without options: with them a script would fit whatever claim comes.
    """
    experiment = experiments.load(name)
    if experiment.SHARED or given.reading is None:
        return ()
    try:
        spec = experiment.draft(Wanted(claim=given.claim, paper=given.paper, reading=given.reading))
    except (UsageError, InputError):
        return ()
    return tuple(h.key for h in spec.hypotheses)


def _check_named(spec: Spec, asked: Asked) -> None:
    known = [h.key for h in spec.hypotheses]
    for key in asked.hypotheses:
        if key not in known:
            raise UsageError(
                f"{spec.experiment} {spec.size}".rstrip() + f" judges no hypothesis {key!r}",
                remedy=f"known: {', '.join(known)}",
            )


def _judged_by(spec: Spec, fits: Sequence[_Fit]) -> tuple[list[_Fit], list[Skipped]]:
    """Part the claims into those that state a hypothesis of the spec, and those that another size judges."""
    known = {h.key for h in spec.hypotheses}
    due, lost = [], []
    for fit in fits:
        keys = tuple(key for key in fit.keys if key in known)
        if keys:
            due.append(fit._replace(keys=keys))
        else:
            lost.append(_in_another_size(fit, spec))
    return due, lost


def _quoting(spec: Spec, fits: Sequence[_Fit]) -> Spec:
    """Return the spec with the passages that state its hypotheses, frozen with it."""
    quotes = [
        Quoted(doc_id=fit.paper.doc_id, text=fit.one.claim.text, page=fit.one.claim.page or 0, keys=fit.keys)
        for fit in fits
    ]
    return replace(spec, quotes=(*spec.quotes, *quotes))


def _in_another_size(fit: _Fit, spec: Spec) -> Skipped:
    return Skipped(
        what=f"{fit.paper.doc_id}: {fit.one.claim.text}",
        reason=f"it states {', '.join(fit.keys)}, which {spec.experiment} {spec.size} does not judge",
        remedy="name another with --size",
        page=fit.one.claim.page,
    )


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
    """Return what an experiment drafts from, without a claim; raises UsageError for seeds that are none."""
    for seed in asked.seeds:
        if not 0 <= seed < 2**31 or asked.seeds.count(seed) > 1:
            remedy = "give whole numbers from 0 to 2147483647, each once"
            raise UsageError(f"{seed} is no seed, or is given twice", remedy=remedy)
    return Wanted(tier=asked.tier, size=asked.size, seeds=asked.seeds, options=asked.options)


def _readings(config: Config) -> dict[str, Reading]:
    """Return what the folders of papers hold, by paper id: the tables of a claim's paper."""
    if not config.papers:
        return {}
    with open_store(config.store) as store:
        library = papers.load(config.papers, config=config, store=store, progress=Silent())
    return {read.paper.id: read for read in library.readings}
