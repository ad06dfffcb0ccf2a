"""A spec of the full tier in, where it departs from what its sub-tier, model and data make of it out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from synth.errors import InputError, UsageError
from synth.experiments._full import plan as plans
from synth.experiments._full import wording
from synth.experiments._full.folder import hashed
from synth.experiments._full.model import Model
from synth.experiments._full.tasks import TASKS
from synth.experiments._full.wording import Setting
from synth.experiments._stated import differs
from synth.records import Artifact
from synth.trials import Spec

GOLD = "gold.sha256"
_LAYERS = {"large": 24, "base": 12}
_MOST_SEEDS = 1000


def departs(spec: Spec, *, version: str, program: tuple[Artifact, ...]) -> str:
    """Return where ``spec`` departs from what ``draft`` states of its sub-tier, or "".

    Data and model are its own; the steps of the equal multi-task arm follow from its rows, unchecked.
    """
    known = dict(spec.parameters)
    try:
        setting, plan = _setting(known), plans.read(known["plan"])
        due = _plan(plan, setting, known)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, UsageError) as error:
        return f"its parameters are not those of the full tier ({type(error).__name__})"
    if plan != due:
        return "its plan is not the one of its sub-tier"
    if setting.sizes == "asserted" and (lost := _left_out(plan)):
        return f"its plan leaves out {lost}"
    if len(spec.seeds) > _MOST_SEEDS:
        return f"it has more than {_MOST_SEEDS:,} seeds"
    stated = replace(
        spec,
        experiment_version=version,
        size=f"{setting.model.size} {setting.tier.name}",
        hypotheses=wording.hypotheses(setting),
        arms=plans.arms(setting.tier),
        program=program,
        scale=wording.scale(setting, seeds=len(spec.seeds)),
        words=wording.words(setting),
        deviations=wording.deviations(setting),
        gpu=known["gpus"] != "0",
        keeps_state=True,
    )
    return differs(spec, stated)


def gold_sha256(gold: Iterable[tuple[str, str]]) -> str:
    """Return what names the gold in a spec: SHA-256 over (name, sha256) of its files, sorted."""
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(gold))
    return hashlib.sha256(lines.encode()).hexdigest()


def check_gold(spec: Spec, gold: Path) -> None:
    """Raise InputError where the files of ``gold`` are not those that the spec names by hash."""
    files = sorted(path for path in gold.rglob("*") if path.is_file() and not path.is_symlink())
    found = gold_sha256((path.relative_to(gold).as_posix(), hashed(path).sha256) for path in files)
    if found != dict(spec.parameters).get(GOLD):
        raise InputError("the gold is not what the spec names by hash", remedy="run the seed again")


def _setting(known: Mapping[str, str]) -> Setting:
    """Return the setting that the parameters name; raises ValueError where another layer is pooled."""
    size, layer = known["model.size"], int(known["layer"])
    bare = Model(folder=Path(), size=size, layers=0, hidden=0, body=0, parameters=0, files=(), sha256="")
    fits = (replace(bare, layers=n) for n in ((_LAYERS[size],) if size in _LAYERS else range(1, 201)))
    model = next((one for one in fits if one.layer == layer), None)
    if model is None:
        raise ValueError("another layer is pooled than the model's")
    return Setting(
        tier=plans.sub_tier(known["sub_tier"]),
        model=model,
        retrieval=plans.retrieval(mining="bucc" in plans.read(known["plan"])["tasks"]),
        sizes=known["sizes"],
    )


def _plan(plan: Mapping[str, Any], setting: Setting, known: Mapping[str, str]) -> dict[str, Any]:
    """Return the plan as it is built, with the files and the equal steps of ``plan``, which data decide."""
    due = plans.build(
        setting.tier,
        model=setting.model,
        counts=_One(),
        gpus=int(known["gpus"]),
        micro=int(known["micro"]),
        tasks=setting.retrieval,
    )
    for arm, given in zip(due["arms"], plan["arms"], strict=True):
        if arm["name"] == plans.EQUAL and given["most_steps"] > 0:
            arm["most_steps"] = given["most_steps"]
    for one, given in zip(_predicted(due), _predicted(plan), strict=True):
        one["files"] = given["files"]
    return due


class _One(dict[str, int]):
    """Counts in which every file has one row: what is asked of them is put in afterwards."""

    def __missing__(self, name: str) -> int:
        return 1


def _predicted(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*(one for target in plan["targets"] for one in target["predict"]), *plan["retrieval"]]


def _left_out(plan: Mapping[str, Any]) -> str:
    """Return the first language of a task that is not predicted, or ""."""
    for one in _predicted(plan):
        for code, _ in TASKS[one["task"]].test:
            if f"test-{code}" not in one["files"]:
                return f"{one['task']} in {code}"
    return "" if all(one["files"] for one in _predicted(plan)) else "a task's files"
