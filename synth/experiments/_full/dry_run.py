"""What is wanted in, every file, library, GPU and cost it needs out, each with the line that gets it.

Nothing is downloaded, staged or hashed, torch is asked in a child process: under a minute whatever is there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from synth.errors import SynthError
from synth.experiments._full import bucc, cost, experiment, sources
from synth.experiments._full import model as models
from synth.experiments._full import plan as plans
from synth.experiments._full.experiment import Options
from synth.experiments._full.model import Model
from synth.experiments._full.plan import SubTier
from synth.experiments._full.tasks import CCG, TASKS, Part, Task
from synth.trials import Wanted

SECONDS_FOR_TORCH = 45
MODEL_GIB = {"large": 2.3, "base": 1.2}
DATA_GIB = 6.0
"""Room for downloads and staged rows of near-full, roughly; bucc2018 is 0.5 of it."""
_TORCH = """
import json, torch
gpus = [torch.cuda.get_device_properties(n) for n in range(torch.cuda.device_count())]
print(json.dumps({"version": torch.__version__, "gpus": [
    {"name": g.name, "gib": round(g.total_memory / 2**30, 1), "bf16": g.major >= 8} for g in gpus]}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One line of the table: what was looked for, whether that is well, what was found, what to do.

    ``ok`` is true where nothing was looked for, too: arithmetic, remarks, data to be asked of the hub.
    """

    group: str
    name: str
    ok: bool
    found: str
    remedy: str = ""


def dry_run(wanted: Wanted) -> tuple[Checked, ...]:
    """Return what a run of ``wanted`` would need and cost here; raises UsageError for bad options alone."""
    chosen = experiment.options(wanted)
    tier = plans.sub_tier(chosen.sub_tier)
    rows = [*_model(chosen), *_data(chosen, tier), *_libraries()]
    machine = _machine()
    rows += [*_gpus(chosen, machine), _seal(), _disk(chosen), *_costs(chosen, tier, machine)]
    rows.append(Checked(group="data", name="CCG", ok=True, found=CCG))
    return tuple(rows)


def _model(chosen: Options) -> Iterator[Checked]:
    folder = models.located(chosen.model, cache=experiment.cache())
    name = models.name_of(chosen.model) or models.HUB["large"]
    lacks = models.missing(folder)
    line = models.fetch(name, folder=str(folder))
    for file in (*models.NEEDED, "model.safetensors"):
        there = file not in lacks
        seen = _size(folder / file) if there else f"not in {folder}"
        yield Checked(group="model", name=file, ok=there, found=seen, remedy="" if there else line)


def _data(chosen: Options, tier: SubTier) -> Iterator[Checked]:
    mining = bucc.at_hand(chosen.data)
    asked = plans.request(tier, folder=chosen.data, mining=mining, sizes=chosen.sizes)
    tasks = [TASKS[name] for name in (*asked.training, *asked.targets)]
    parts = dict.fromkeys(part for task in tasks for part in _parts(task))
    for part in parts:
        yield _part(part, chosen.data)
    if mining and chosen.data is not None:
        yield from _mining(chosen.data)
    else:
        seen = "absent, so BUCC is gold-pair retrieval, not mining"
        yield Checked(group="data", name="bucc2018 files", ok=True, found=seen, remedy=f"get {bucc.FETCH}")


def _parts(task: Task) -> tuple[Part, ...]:
    own = () if task.trained_on and task.trained_on != task.name else (*task.train, *task.dev)
    return (*own, *(part for _, part in task.test))


def _part(part: Part, folder: Path | None) -> Checked:
    size = f"{part.rows:,} rows asserted" if part.rows is not None else "size recorded, not asserted"
    if folder is None:
        seen = f"{size}; no data folder: asked of the hub when the run starts"
        return Checked(group="data", name=part.words, ok=True, found=seen, remedy=sources.fetch(part))
    files = sources.find(part, folder=folder)
    seen = f"{size}; {len(files)} file(s), {sum(f.stat().st_size for f in files) / 2**20:.1f} MiB"
    if files:
        return Checked(group="data", name=part.words, ok=True, found=seen)
    line = sources.fetch(part, folder=str(folder))
    return Checked(group="data", name=part.words, ok=False, found=size, remedy=line)


def _mining(folder: Path) -> Iterator[Checked]:
    for code in bucc.LANGUAGES:
        for split in bucc.SPLITS:
            there = bool(bucc.find(code, split, folder=folder))
            name = f"bucc2018 {code}-en {bucc.SPLITS[split]}"
            seen = "all three files" if there else "incomplete"
            yield Checked(
                group="data", name=name, ok=there, found=seen, remedy="" if there else f"get {bucc.FETCH}"
            )


def _libraries() -> Iterator[Checked]:
    needs = {"torch": "torch>=2.6", "transformers": "transformers>=5", "datasets": "datasets>=3"}
    for name, wanted in needs.items():
        try:
            seen = version(name)
        except PackageNotFoundError:
            line = f'python -m pip install "{wanted}"'
            yield Checked(group="library", name=name, ok=False, found="not installed", remedy=line)
        else:
            yield Checked(group="library", name=name, ok=True, found=seen)


def _machine() -> Mapping[str, Any]:
    """Return what torch says of the GPUs, asked in a child so that this process never loads it (5 s)."""
    try:
        version("torch")
        asked = subprocess.run(
            [sys.executable, "-I", "-c", _TORCH],
            capture_output=True,
            timeout=SECONDS_FOR_TORCH,
            check=True,
            text=True,
        )
        found: dict[str, Any] = json.loads(asked.stdout.strip().splitlines()[-1])
    except (PackageNotFoundError, subprocess.SubprocessError, ValueError, IndexError) as error:
        return {"gpus": [], "fault": f"torch could not be asked: {type(error).__name__}"}
    return found


def _gpus(chosen: Options, machine: Mapping[str, Any]) -> Iterator[Checked]:
    gpus = machine["gpus"]
    enough = len(gpus) >= chosen.gpus
    seen = machine.get("fault") or f"{len(gpus)} GPU(s) of {chosen.gpus} asked for"
    remedy = "" if enough else "run on a machine with an NVIDIA GPU, or gpus=0 for a sample on the CPU"
    yield Checked(group="machine", name="GPUs", ok=enough, found=seen, remedy=remedy)
    for gpu in gpus:
        seen = f"{gpu['gib']} GiB, bf16 {'yes' if gpu['bf16'] else 'no'}"
        remedy = "" if gpu["bf16"] else "a GPU of the Ampere generation or later has bf16"
        yield Checked(group="machine", name=gpu["name"], ok=bool(gpu["bf16"]), found=seen, remedy=remedy)


def _seal() -> Checked:
    there = [name for name in ("bwrap", "podman", "docker") if shutil.which(name)]
    seen = f"{', '.join(there) or 'none'} on the path; the preflight before the run decides"
    line = "" if there else "install bubblewrap: apt install bubblewrap, or dnf install bubblewrap"
    return Checked(group="machine", name="seal", ok=bool(there), found=seen, remedy=line)


def _disk(chosen: Options) -> Checked:
    place = experiment.cache()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 2**30
    model = _described(chosen)
    need = DATA_GIB + MODEL_GIB.get(model.size, 0.1) + cost.state_gib(model)
    seen = f"{free:.0f} GiB free, about {need:.0f} wanted (data, model, checkpoints)"
    line = "" if free > need else "set SYNTH_HOME to a folder with room"
    return Checked(group="machine", name="disk", ok=free > need, found=seen, remedy=line)


def _costs(chosen: Options, tier: SubTier, machine: Mapping[str, Any]) -> Iterator[Checked]:
    """Give the arithmetic for one seed on the GPUs that are here, or on H200s where none are."""
    model = _described(chosen)
    mining = bucc.at_hand(chosen.data)
    asked = plans.request(tier, folder=chosen.data, mining=mining, sizes=chosen.sizes)
    counts = known_counts((*asked.training, *asked.targets))
    tasks = plans.retrieval(mining=mining)
    made = plans.build(tier, model=model, counts=counts, gpus=chosen.gpus, micro=chosen.micro, tasks=tasks)
    own = machine["gpus"][0]["name"] if machine["gpus"] and chosen.gpus else ""
    peak = (cost.peak_of(own) if own else None) or (cost.PEAK["H200"] if chosen.gpus else cost.CPU_PEAK)
    name = own if own and cost.peak_of(own) else "H200" if chosen.gpus else "CPU"
    found = cost.estimate(made, counts, model=model, peak=peak)
    whole = f"{made['processes']} x {name} at {cost.SHARE:.0%} of {peak:g} TFLOP/s"
    yield _sum(
        "tokens a seed", f"{found.trained / 1e6:,.0f} M trained on, {found.predicted / 1e6:,.0f} M predicted"
    )
    yield _sum("hours a seed", f"{found.hours:.1f} on {whole}")
    yield _sum(f"hours for {experiment.SEEDS} seeds", f"{experiment.SEEDS * found.hours:.1f}")
    yield _sum("GPU memory", f"{found.gpu_gib:.0f} GiB at micro={chosen.micro}")
    yield _sum("checkpoints", f"{found.state_gib:.0f} GiB at most at once")


def known_counts(names: tuple[str, ...]) -> dict[str, int]:
    """Return the rows of each file that staging the tasks called ``names`` would give, from known sizes.

    TyDiQA's English rows are taken as 3,696 and 440 of its nine languages; other unknown sizes count 0.
    """
    counts: dict[str, int] = {}
    for task in (TASKS[name] for name in names):
        if task.train:
            whole = sum(part.rows or 0 for part in task.train)
            train = 3_696 if task.name == "tydiqa" else whole
            held = train // task.held_out if task.held_out else sum(part.rows or 0 for part in task.dev)
            counts[f"data/{task.name}/train.jsonl"] = train - (held if task.held_out else 0)
            counts[f"data/{task.name}/dev.jsonl"] = held
        counts |= _test_counts(task)
    return counts


def _test_counts(task: Task) -> dict[str, int]:
    """Return the rows of the test files of ``task``; a file of several languages is shared out evenly."""
    shared = [part for _, part in task.test]
    counts: dict[str, int] = {}
    for code, part in task.test:
        rows = (part.rows or 0) // shared.count(part)
        if task.kind == "retrieve":
            counts |= {f"data/{task.name}/test-{code}.{side}.jsonl": rows for side in ("source", "target")}
        else:
            counts[f"data/{task.name}/test-{code}.jsonl"] = rows
    if task.name == "bucc":
        # about 2.65 million sentences in all, counted evenly over four pairs and two sides
        names = [
            f"data/bucc/test-{code}.{side}.jsonl" for code in bucc.LANGUAGES for side in ("source", "target")
        ]
        counts |= dict.fromkeys(names, 330_000)
    return counts


def _described(chosen: Options) -> Model:
    """Return the shape of the model without hashing it, of XLM-R large or base where it is not here yet."""
    folder = models.located(chosen.model, cache=experiment.cache())
    try:
        return models.described(models.shape(folder), folder=folder, files=())
    except SynthError:
        small = "base" in chosen.model
        return models.described(models.BASE if small else models.LARGE, folder=folder, files=())


def _sum(name: str, seen: str) -> Checked:
    return Checked(group="arithmetic, not measured", name=name, ok=True, found=seen)


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 2**20:,.1f} MiB" if path.is_file() else "split over several files"
