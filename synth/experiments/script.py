"""A user's folder in, its sealed reproduction out: the command and expected figure that repro.toml states."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

from synth.errors import InputError, UsageError
from synth.experiments._script import plan as plans
from synth.experiments._script.metrics import METRICS, NUMERIC, OWN_FIGURE
from synth.experiments._script.plan import Plan
from synth.records import Artifact, Claim, Pairs, Paper, content_id
from synth.trials import Arm, Cells, Hypothesis, Limits, Prepared, Quoted, Row, Rule, Spec, Wanted

VERSION = "script/1"
SHARED = False
NEEDS = ()
PROGRAM = Path(__file__).parent / "_script" / "program.py"
OWN_SCALE = "the claim's own scale"
MOST_ITEMS = 5_000_000
MOST_PREDICTIONS = 512 * 1024 * 1024


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
    own_figure = made.metric == OWN_FIGURE
    at_scale = not made.scale and not own_figure
    said = made.scale or OWN_SCALE
    if own_figure:
        said += "; the figure is the script's own, not computed from predictions"
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
                at_claim_scale=at_scale,
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
        words=_words(said, control=bool(made.control)),
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
    own_scale = spec.scale == OWN_SCALE and rule.cells.metric != OWN_FIGURE
    checks = {
        "it states more than one hypothesis": len(spec.hypotheses) == 1 and hypothesis.key == "script",
        "its rule is not a script's": rule == due and names in (("script",), ("script", "control")),
        "its metric is not known": rule.cells.metric in (*METRICS, OWN_FIGURE),
        "its tolerance is so wide that no figure misses it": not plans.unmissable(
            rule.cells.metric, rule.reported or 0.0, rule.tolerance
        ),
        "its scale is not the claim's": own_scale or not hypothesis.at_claim_scale,
        "its words are not a script's": spec.words == _words(spec.scale, control="control" in names),
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
    metric = spec.hypotheses[0].rule.cells.metric
    labels = b"" if metric == OWN_FIGURE else _content(gold / "gold.jsonl")
    if metric != OWN_FIGURE and hashlib.sha256(labels).hexdigest() != _gold_sha256(dict(spec.parameters)):
        raise InputError("gold.jsonl is not the gold that the spec names by hash", remedy="run it again")
    rows = []
    for arm in spec.arms:
        raw = _content(outputs / arm.name / "predictions")
        if metric == OWN_FIGURE:
            value, count = _figure(raw, arm.name), 1
        else:
            value, count = _computed(metric, raw, labels, arm.name)
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


def _words(scale: str, *, control: bool) -> str:
    return f"a user's script in the seal, {scale}" + (
        "" if control else "; nothing that had to miss it was run"
    )


def _gold_sha256(stated: Mapping[str, str]) -> str:
    return stated.get("gold", "").rpartition(" ")[2]


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


def _content(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise InputError(f"{path.parent.name}/{path.name} is missing", remedy="the command must write it")
    if path.stat().st_size > MOST_PREDICTIONS:
        raise InputError(f"{path.name} is larger than {MOST_PREDICTIONS // 2**20} MB", remedy="write less")
    return path.read_bytes()


def _figure(raw: bytes, arm: str) -> float:
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise InputError(
            f"the figure of {arm} is no JSON number ({error})", remedy="write one number"
        ) from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InputError(f"the figure of {arm} is no finite number", remedy="write one number")
    return float(value)


def _computed(metric: str, raw: bytes, gold: bytes, arm: str) -> tuple[float, int]:
    due = _values(gold, "label", "gold.jsonl", metric)
    said = _values(raw, "prediction", f"{arm}'s predictions", metric)
    if lost := sorted(set(due) - set(said)):
        raise InputError(
            f"{arm}'s predictions lack {len(lost)} items, the first {lost[0]!r}", remedy="predict all"
        )
    if extra := sorted(set(said) - set(due)):
        raise InputError(
            f"{arm}'s predictions hold an unknown item {extra[0]!r}", remedy="predict what is asked"
        )
    order = sorted(due)
    return METRICS[metric]([due[i] for i in order], [said[i] for i in order]), len(order)


def _values(raw: bytes, key: str, file: str, metric: str) -> Mapping[str, object]:
    """Return id -> value of JSON Lines; raises InputError naming file and line for anything else."""
    found: dict[str, object] = {}
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        item, value = _pair(line, key, f"{file}, line {number}")
        number_due = metric in NUMERIC
        if isinstance(value, int | float) and not isinstance(value, bool) and not isfinite(value):
            raise InputError(f"{file}, line {number}: {key} is not finite", remedy="write finite numbers")
        if number_due != isinstance(value, int | float) and number_due:
            raise InputError(f"{file}, line {number}: {metric} needs numbers", remedy="write numbers")
        if item in found or len(found) >= MOST_ITEMS:
            raise InputError(f"{file}, line {number}: item {item!r} stands twice", remedy="one line an item")
        found[item] = value
    if not found:
        raise InputError(f"{file} is empty", remedy='write lines {"id": …, "prediction": …}')
    return found


def _pair(line: bytes, key: str, where: str) -> tuple[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: no JSON ({error})", remedy="write JSON Lines") from error
    if not isinstance(row, dict) or "id" not in row or key not in row:
        raise InputError(f"{where}: needs id and {key}", remedy=f'write {{"id": …, "{key}": …}}')
    value = row[key]
    if not isinstance(value, str | int | float | bool):
        raise InputError(f"{where}: {key} is text or a number", remedy="write a plain value")
    return str(row["id"]), value
