"""A user's folder in, its sealed reproduction out: the command and expected figure that repro.toml states."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from synth.errors import InputError, UsageError
from synth.experiments._script import plan as plans
from synth.experiments._script import predictions
from synth.experiments._script.metrics import METRICS, OWN_FIGURE
from synth.experiments._script.plan import Plan
from synth.records import Artifact, Claim, Pairs, Paper, content_id
from synth.trials import Arm, Cells, Hypothesis, Limits, Prepared, Quoted, Row, Rule, Spec, Wanted

VERSION = "script/1"
SHARED = False
NEEDS = ()
PROGRAM = Path(__file__).parent / "_script" / "program.py"
OWN_SCALE = "the claim's own scale"
NO_CONTROL = "no control was run"
OWN_WORDS = "the figure is the script's own, not computed from predictions"


def bears_on(claim: Claim, *, paper: Paper) -> tuple[str, ...]:  # noqa: ARG001
    """Return (): a script bears on the claim that its user names, never on one that it finds."""
    return ()


def draft(wanted: Wanted) -> Spec:
    """Return the spec that the folder's repro.toml states; ``wanted.options`` holds ``folder``.

    A claim that is given (of a report) takes the place of ``claim.text``. Raises UsageError without a
    folder, InputError for what repro.toml gets wrong.
    """
    folder = dict(wanted.options).get("folder", "")
    if not folder:
        raise UsageError(
            "a script is reproduced from a folder", remedy="synth reproduce FOLDER (with repro.toml)"
        )
    made = plans.read(Path(folder))
    text = wanted.claim.text if wanted.claim else made.text
    lacks = _lacks(made.metric, control=bool(made.control))
    stated = (made.scale,) if made.scale else ()
    said = "; ".join((*stated, *lacks)) or OWN_SCALE
    return Spec(
        experiment="script",
        experiment_version=VERSION,
        tier="script",
        size="",
        paper=wanted.paper.work if wanted.paper else made.paper,
        version=wanted.paper.version if wanted.paper else made.version,
        hypotheses=(
            Hypothesis(
                key="script",
                claim=wanted.claim.id if wanted.claim else content_id("c", "script", made.paper, text),
                text=text,
                at_claim_scale=not (stated or lacks),
                rule=_rule(made),
            ),
        ),
        quotes=_quotes(made, wanted),
        arms=_arms(made),
        seeds=wanted.seeds or made.seeds,
        parameters=_parameters(made),
        program=(_program(),),
        limits=replace(Limits(), **dict(made.limits)),
        scale=said,
        words=_words(said),
    )


def departs(spec: Spec) -> str:
    """Return where ``spec`` departs from what ``draft`` makes of any folder, or "".

    Command, files, figure and tolerance are the user's; rule, arms, program and words are not.
    """
    hypothesis, names = spec.hypotheses[0], tuple(arm.name for arm in spec.arms)
    rule, stated = hypothesis.rule, dict(spec.parameters)
    due = _tolerance(
        rule.cells.metric,
        control="control" in names,
        reported=rule.reported or 0.0,
        tolerance=rule.tolerance,
        deterministic=rule.deterministic,
    )
    lacks = _lacks(rule.cells.metric, control="control" in names)
    own_scale = spec.scale == OWN_SCALE and not lacks
    checks = {
        "it states more than one hypothesis": len(spec.hypotheses) == 1 and hypothesis.key == "script",
        "its rule is not a script's": rule == due and names in (("script",), ("script", "control")),
        "its metric is not known": rule.cells.metric in (*METRICS, OWN_FIGURE),
        "its tolerance is so wide that no figure misses it": not plans.unmissable(
            rule.cells.metric, rule.reported or 0.0, rule.tolerance
        ),
        "its figure is not in the unit of its metric": not plans.off_unit(
            rule.cells.metric, rule.reported or 0.0
        ),
        "its scale is not the claim's": own_scale or not hypothesis.at_claim_scale,
        "its scale does not say what it lacks": spec.scale.endswith("; ".join(lacks)),
        "its words are not a script's": spec.words == _words(spec.scale),
        "its program is not the one that runs scripts": spec.program == (_program(),),
        "it asks for a GPU or a state": not (spec.gpu or spec.keeps_state),
        "it has more than 1,000 seeds": len(spec.seeds) <= plans.MOST_SEEDS,
        "it names no gold by hash": rule.cells.metric == OWN_FIGURE or len(_gold_sha256(stated)) == 64,
    }
    return next((what for what, fine in checks.items() if not fine), "")


def prepare(spec: Spec, seed: int, *, places: Pairs = ()) -> Prepared:
    """Return the listed files of the folder, the driver and its plan; the gold file stays outside.

    ``places`` holds ``folder``. Raises InputError where a file has changed since the spec was drafted.
    """
    made = _again(spec, places)
    gold_name, gold_hash = made.gold
    files = [(f"folder/{name}", plans.content(made.folder, name, digest)) for name, digest, _ in made.inputs]
    arms = {"script": list(made.command)} | ({"control": list(made.control)} if made.control else {})
    told: dict[str, Any] = {
        "seed": seed, "arms": arms, "predictions": made.predictions,
        "files": [name for name, _, _ in made.inputs],
    }  # fmt: skip
    return Prepared(
        command=("{python}", "-I", "/job/inputs/program.py"),
        files=(
            *files,
            ("plan.json", json.dumps(told, sort_keys=True).encode()),
            ("program.py", PROGRAM.read_bytes()),
        ),
        gold=(("gold.jsonl", plans.content(made.folder, gold_name, gold_hash)),) if gold_name else (),
    )


def measure(spec: Spec, seed: int, *, outputs: Path, gold: Path) -> tuple[Row, ...]:
    """Return a row for each arm, the metric computed here from the predictions; raises InputError."""
    metric, stated = spec.hypotheses[0].rule.cells.metric, dict(spec.parameters)
    own_figure = metric == OWN_FIGURE
    labels = b"" if own_figure else predictions.content(gold / "gold.jsonl")
    if not own_figure and hashlib.sha256(labels).hexdigest() != _gold_sha256(stated):
        raise InputError("gold.jsonl is not the gold that the spec names by hash", remedy="run it again")
    rows = []
    for arm in spec.arms:
        raw = predictions.content(outputs / arm.name / "predictions")
        file = f"{stated.get('predictions', 'predictions')} of {arm.name}"
        if own_figure:
            value, count = predictions.figure(raw, file), 1
        else:
            value, count = predictions.computed(metric, raw, labels, file=file, gold=_gold_name(stated))
        rows.append(
            Row(
                seed=seed,
                arm=arm.name,
                task="script",
                language="",
                split="test",
                metric=metric,
                value=value,
                n=count,
            )
        )
    return tuple(rows)


def _again(spec: Spec, places: Pairs) -> Plan:
    """Return the plan as it is on disk now; raises InputError where it no longer is what the spec froze."""
    folder = dict(places).get("folder", "")
    if not folder:
        raise UsageError("the script's folder is not known here", remedy="name it: --option folder=DIR")
    made = plans.read(Path(folder))
    frozen = (_parameters(made), _rule(made), _arms(made), replace(Limits(), **dict(made.limits)))
    if frozen != (spec.parameters, spec.hypotheses[0].rule, spec.arms, spec.limits):
        raise InputError(
            f"{made.folder / plans.FILE} has changed since the spec was drafted", remedy="draft it again"
        )
    return made


def _rule(made: Plan) -> Rule:
    return _tolerance(
        made.metric,
        control=bool(made.control),
        reported=made.expected,
        tolerance=made.tolerance,
        deterministic=made.deterministic,
    )


def _tolerance(metric: str, *, control: bool, reported: float, tolerance: float, deterministic: bool) -> Rule:
    return Rule(
        kind="tolerance",
        cells=Cells(metric=metric, tasks=("script",), languages=("",)),
        arms=("script",),
        controls=("control",) if control else (),
        reported=reported,
        tolerance=tolerance,
        deterministic=deterministic,
    )


def _lacks(metric: str, *, control: bool) -> tuple[str, ...]:
    """Return why a rule that is met does not settle the claim; without a control nothing had to miss it."""
    own = (OWN_WORDS,) if metric == OWN_FIGURE else ()
    return own if control else (*own, NO_CONTROL)


def _words(scale: str) -> str:
    return f"a user's script in the seal: {scale}"


def _gold_sha256(stated: Mapping[str, str]) -> str:
    return stated.get("gold", "").rpartition(" ")[2]


def _gold_name(stated: Mapping[str, str]) -> str:
    return stated.get("gold", "").rpartition(" ")[0] or "the gold file"


def _arms(made: Plan) -> tuple[Arm, ...]:
    arms = (Arm(name="script", role="subject", words=f"runs {' '.join(made.command)}"),)
    if not made.control:
        return arms
    return (*arms, Arm(name="control", role="control", words=f"must miss it: {' '.join(made.control)}"))


def _quotes(made: Plan, wanted: Wanted) -> tuple[Quoted, ...]:
    if wanted.claim and wanted.paper:
        return (Quoted(doc_id=wanted.paper.doc_id, text=wanted.claim.text, page=wanted.claim.page or 0),)
    return (Quoted(doc_id=made.doc_id or made.paper, text=made.quote, page=made.page),) if made.quote else ()


def _parameters(made: Plan) -> tuple[tuple[str, str], ...]:
    """Return everything that the plan froze; where the folder lies on this machine is not among it."""
    named = {
        "command": json.dumps(made.command),
        "control": json.dumps(made.control),
        "gold": f"{made.gold[0]} {made.gold[1]}".strip(),
        "predictions": made.predictions,
        **{f"input {name}": f"{digest} {size}" for name, digest, size in made.inputs},
    }
    return tuple(sorted(named.items()))


def _program() -> Artifact:
    raw = PROGRAM.read_bytes()
    return Artifact(name="program.py", sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))
