"""What is wanted in, a spec and what each seed needs out; raw predictions in, rows out: the full tier.

Options: ``model`` ("large", "base", a hub name or a folder), ``data`` (a folder; without it the hub is asked
through ``datasets``), ``sub_tier``, ``gpus`` (0: the CPU), ``micro``, ``sizes`` ("asserted" or "recorded").
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.config import home
from synth.errors import InputError, UsageError
from synth.experiments._full import bucc, cost, folder, frozen, measuring, wording
from synth.experiments._full import model as models
from synth.experiments._full import plan as plans
from synth.experiments._full.folder import Staged
from synth.experiments._full.model import Model
from synth.experiments._full.staging import stage
from synth.experiments._full.wording import Setting
from synth.records import Artifact, Pairs
from synth.trials import Limits, Prepared, Quoted, Row, Spec, Wanted

PROGRAM = Path(__file__).parent / "program"
SEEDS = 5
KNOWN = ("data", "gpus", "micro", "model", "sizes", "sub_tier")
_RESERVED = 1000
"""Seeds below are for development: no published run may use one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a run, checked."""

    model: str
    data: Path | None
    sub_tier: str
    gpus: int
    micro: int
    sizes: str


def cache() -> Path:
    """Return the folder of staged data and models."""
    return home() / "full-tier"


def options(wanted: Wanted) -> Options:
    """Return the options of ``wanted``; ``size`` may name the sub-tier. Raises UsageError for bad ones."""
    given = dict(wanted.options)
    unknown = sorted(set(given) - set(KNOWN))
    if unknown:
        raise UsageError(f"no option called {unknown[0]!r}", remedy=f"known: {', '.join(KNOWN)}")
    sizes = given.get("sizes", "asserted")
    if sizes not in ("asserted", "recorded"):
        raise UsageError(f"sizes is asserted or recorded, not {sizes!r}")
    micro = _count(given.get("micro", "8"), "micro")
    if micro not in (1, 2, 4, 8, 16):
        raise UsageError("micro is 1, 2, 4, 8 or 16", remedy="it divides the effective batch; 8 fits 24 GB")
    return Options(
        model=given.get("model", "large"),
        data=Path(given["data"]).expanduser() if given.get("data") else None,
        sub_tier=plans.sub_tier(given.get("sub_tier") or wanted.size or "retrieval-only").name,
        gpus=_count(given.get("gpus", "1"), "gpus"),
        micro=micro,
        sizes=sizes,
    )


def draft(wanted: Wanted) -> Spec:
    """Return the spec, with the data staged and every file hashed (minutes, the first time).

    Raises UsageError for options that make no sense, ModelError, InputError, SourceError or ExtraMissing for
    a model or data that are not there or not what they should be; ``dry_run`` names them all at once.
    """
    if wanted.tier != "full":
        raise UsageError(f"{wanted.tier!r} is not the full tier")
    chosen = options(wanted)
    tier = plans.sub_tier(chosen.sub_tier)
    model = models.read(models.download(chosen.model, cache=cache()))
    mining = bucc.at_hand(chosen.data)
    staged = stage(plans.request(tier, folder=chosen.data, mining=mining, sizes=chosen.sizes), cache=cache())
    tasks = plans.retrieval(mining=mining)
    made = plans.build(
        tier, model=model, counts=staged.counts, gpus=chosen.gpus, micro=chosen.micro, tasks=tasks
    )
    _remember(model)
    setting = Setting(tier=tier, model=model, retrieval=tasks, sizes=chosen.sizes)
    seeds = wanted.seeds or fresh(model.size, tier.name)
    return Spec(
        experiment="xlmr_intermediate",
        experiment_version=version(),
        tier="full",
        size=f"{model.size} {tier.name}",
        paper="arxiv:2005.13013",
        version=wanted.paper.version if wanted.paper else "",
        hypotheses=wording.hypotheses(setting),
        quotes=_quotes(wanted),
        arms=plans.arms(tier),
        seeds=seeds,
        parameters=_parameters(made, model, staged, chosen),
        program=program(),
        limits=_limits(made, staged.counts, model),
        scale=wording.scale(setting, seeds=len(seeds)),
        words=wording.words(setting),
        deviations=wording.deviations(setting),
        gpu=chosen.gpus > 0,
        keeps_state=True,
    )


def departs(spec: Spec) -> str:
    """Return where ``spec`` departs from what ``draft`` states of its sub-tier, or ""."""
    return frozen.departs(spec, version=version(), program=program())


def prepare(spec: Spec, seed: int, *, places: Pairs = ()) -> Prepared:
    """Return the sealed job of ``seed``: program, plan, data and model, all as the spec names them by hash.

    ``places`` may hold ``data`` and ``model``, the folders of a machine that did not draft the spec. Raises
    InputError where data or model are gone or not those of the spec, or the program is another.
    """
    if program() != spec.program:
        raise InputError("the program is not the one that the spec names", remedy="draft a new spec")
    known = dict(spec.parameters)
    staged = _staged(known, dict(places).get("data", ""))
    model = _model(known["model.sha256"], dict(places).get("model", ""))
    made = plans.read(known["plan"])
    made |= {"seed": seed, "fingerprint": f"{staged.sha256} {model.sha256}"}
    files = [(f"program/{p.name}", p.read_bytes()) for p in _program_files()]
    files.append(("plan.json", json.dumps(made, sort_keys=True).encode()))
    gold = (name for name, _ in _gold(staged))
    return Prepared(
        command=("{python}", "-I", "/job/inputs/program/main.py"),
        files=tuple(files),
        folders=(("data", staged.folder / "data"), ("model", model.folder)),
        gold=tuple((n, (staged.folder / "gold" / n).read_bytes()) for n in gold),
        loopback=made["processes"] > 1,
    )


def measure(spec: Spec, seed: int, *, outputs: Path, gold: Path) -> tuple[Row, ...]:
    """Return the rows of ``seed``; raises InputError for predictions that do not keep to the format."""
    frozen.check_gold(spec, gold)
    return measuring.measure(plans.read(dict(spec.parameters)["plan"]), seed, outputs=outputs, gold=gold)


def program() -> tuple[Artifact, ...]:
    """Return the files that run in the seal, by hash."""
    return tuple(folder.hashed(path, name=f"program/{path.name}") for path in _program_files())


def version() -> str:
    """Return the version of the experiment, tiers and all."""
    from synth.experiments.xlmr_intermediate import (
        VERSION,
    )  # it imports this module, when asked for this tier

    return VERSION


def fresh(size: str, tier: str) -> tuple[int, ...]:
    """Return five seeds that depend on this version, the model's size and the sub-tier; none below 1000."""
    made = (hashlib.sha256(f"{version()} {size} {tier} {n}".encode()).digest() for n in range(SEEDS))
    return tuple(_RESERVED + int.from_bytes(digest[:4], "big") % (2**31 - _RESERVED) for digest in made)


def _program_files() -> list[Path]:
    return sorted(PROGRAM.glob("*.py"))


def _count(text: str, name: str) -> int:
    if not text.isdecimal() or len(text) > 3:
        raise UsageError(f"{name} is a number, not {text!r}")
    return int(text)


def _quotes(wanted: Wanted) -> tuple[Quoted, ...]:
    if wanted.claim is None or wanted.paper is None:
        return wording.QUOTES
    own = Quoted(doc_id=wanted.paper.doc_id, text=wanted.claim.text, page=wanted.claim.page or 0)
    return (own, *wording.QUOTES)


def _parameters(made: Mapping[str, Any], model: Model, staged: Staged, chosen: Options) -> Pairs:
    """Return everything that was decided, as text: the plan whole, and what one wants to read beside it."""
    found = {f"source {words}": sha256 for words, sha256 in staged.read}
    found |= {f"recipe.{name}": str(value) for name, value in made["recipe"].items()}
    found |= {f"model.{file.name}": file.sha256 for file in model.files}
    found |= {
        "data.sha256": staged.sha256,
        "data.sources.sha256": staged.sources_sha256,
        "gpus": str(chosen.gpus),
        frozen.GOLD: frozen.gold_sha256(_gold(staged)),
        "layer": str(model.layer),
        "micro": str(chosen.micro),
        "model.parameters": str(model.parameters),
        "model.sha256": model.sha256,
        "model.size": model.size,
        "plan": plans.written(made),
        "sizes": chosen.sizes,
        "sub_tier": chosen.sub_tier,
    }
    return tuple(sorted(found.items()))


def _limits(made: Mapping[str, Any], counts: Mapping[str, int], model: Model) -> Limits:
    """Return limits with room for six times what the arithmetic says for the slowest known GPU."""
    on_gpu = made["device"] == "cuda"
    peak = min(cost.PEAK.values()) if on_gpu else cost.CPU_PEAK
    hours = cost.estimate(made, counts, model=model, peak=peak).hours
    seconds = round(3600 * max(1.0, 6 * hours))
    return Limits(
        cpu_seconds=seconds * (4 + 4 * made["processes"]),
        wall_seconds=seconds,
        memory_mb=256 << 10 if on_gpu else 16 << 10,
        # room for a checkpoint in one file, in /job/state or, where a seal has none, in /tmp
        file_mb=1024 + round(1024 * cost.state_gib(model)),
        output_mb=1000,
        log_mb=16,
        processes=1024,
    )


def _gold(staged: Staged) -> list[tuple[str, str]]:
    """Return name and SHA-256 of each file of labels."""
    return [
        (file.name.removeprefix("gold/"), file.sha256)
        for file in staged.files
        if file.name.startswith("gold/")
    ]


def _remember(model: Model) -> None:
    """Note where the model lies: a spec names it by hash alone, for a path would be this machine's."""
    place = cache() / f"model-{model.sha256[:16]}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"folder": str(model.folder.resolve())}), encoding="utf-8")


def _model(sha256: str, wanted: str) -> Model:
    """Return the model of the spec: in the folder ``wanted``, else where it lay when the spec was drafted."""
    place = cache() / f"model-{sha256[:16]}.json"
    if wanted:
        where = models.located(wanted, cache=cache())
    elif place.is_file():
        where = Path(json.loads(place.read_bytes())["folder"])
    else:
        raise InputError("the model of this spec is not known here", remedy="name it: --option model=FOLDER")
    model = models.read(where)
    if model.sha256 != sha256:
        raise InputError(f"{where} is not the model of this spec", remedy="put the right files back")
    return model


def _staged(known: Mapping[str, str], data: str) -> Staged:
    """Return the data of the spec: as they were staged here, else staged anew from the folder ``data``."""
    sha256 = known["data.sha256"]
    if not data or (cache() / f"data-{sha256[:16]}").is_dir():
        return folder.opened(cache(), sha256)
    mining = "bucc" in plans.read(known["plan"])["tasks"]
    tier = plans.sub_tier(known["sub_tier"])
    asked = plans.request(tier, folder=Path(data).expanduser(), mining=mining, sizes=known["sizes"])
    staged = stage(asked, cache=cache())
    if staged.sha256 != sha256:
        raise InputError(
            f"{data} does not hold the data of this spec", remedy="take the files it names by hash"
        )
    return staged
