"""A spec in, an attempt on the disk out: freeze, seal, run every seed, measure, judge, write, sign.

The same functions judge a run when it is made and when it is verified: what an attempt says is what its raw
predictions give now.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from synth import attempts, experiments, rules, sandbox
from synth.attempts import Kept, Run, Stored, disk
from synth.attempts.listing import hashed, plain_files
from synth.config import Config
from synth.errors import ExtraMissing, InputError, UsageError
from synth.experiments import Experiment
from synth.formats.attempt_page import render_attempt
from synth.pipeline.progress import Silent, Watching
from synth.records import Artifact, Outcome, Pairs
from synth.rules.summaries import cells, contrasts
from synth.sandbox import Seal
from synth.text import printable
from synth.trials import Cost, Environment, Judgement, Prepared, Ran, Results, Row, Spec

INTERRUPTED = "interrupted"
"""What ``Ran.stopped`` is where somebody asked for it: such a seed is not kept."""
LIBRARIES = ("datasets", "numpy", "tokenizers", "torch", "transformers")


def reproduce(
    spec: Spec,
    *,
    config: Config,
    places: Pairs = (),
    attest: Callable[[Stored], bytes],
    progress: Watching | None = None,
) -> Path:
    """Run ``spec`` sealed and return the folder of its attempt, whatever its outcome.

    A run that was killed goes on with the seeds that are left. ``places`` says where this machine keeps what
    the spec names by hash; ``attest`` makes the envelope. Raises UsageError for a spec whose program is not
    this version's, InputError and OutputError where its inputs are missing or the disk is full.
    """
    told = progress or Silent()
    experiment = experiments.load(spec.experiment)
    check_stated(spec, experiment)
    program = _program(experiment, spec, places)
    if missing := [name for name in experiment.NEEDS if importlib.util.find_spec(name) is None]:
        raise ExtraMissing(
            f"the sealed program needs {', '.join(missing)}", remedy="pip install 'synth[transformers]'"
        )
    began = now()
    with attempts.open_run(config.gate, spec) as run:
        seal, probe, lack = sealed(config)
        if seal is None:
            results = _unjudged(run, Outcome.NOT_RUN, lack)
        else:
            with told.stage("run sealed"):
                failed = _run_seeds(run, experiment, seal, config=config, places=places, told=told)
            results = _settled(run, experiment, seal, failed, places=places, told=told)
        environment = environment_of(run, seal.name if seal else "", probe, began=began)
        return attempts.finish(
            run,
            results=results,
            environment=environment,
            page=page_of(spec, results, environment),
            program=program,
            attest=attest,
        )


def check_stated(spec: Spec, experiment: Experiment) -> None:
    """Raise UsageError for a spec of another version, or one that the experiment would not have drafted.

    Before anything of it is run or worked out: whoever wrote the file may have chosen a rule that is always
    met, the id of a claim that it has nothing to do with, or a size that no machine holds.
    """
    if spec.experiment_version != experiment.VERSION:
        raise UsageError(
            f"the spec is of {printable(spec.experiment_version)[:60]}, this is {experiment.VERSION}",
            remedy="draft it again, or take the version of synth that drafted it",
        )
    if why := experiment.departs(spec):
        raise UsageError(
            f"the spec is not one that {spec.experiment} drafts: {printable(why)}",
            remedy="draft it: synth gate spec",
        )


def judged(
    spec: Spec, experiment: Experiment, seeds: Mapping[int, tuple[Path, Path]], *, repeatable: bool | None
) -> Results:
    """Return the results that the raw predictions of ``seeds`` (outputs, gold) give; raises InputError."""
    rows: list[Row] = []
    for seed in spec.seeds:
        outputs, gold = seeds[seed]
        rows.extend(experiment.measure(spec, seed, outputs=outputs, gold=gold))
    judgements = tuple(_capped(spec, rules.judge(h, rows, repeatable=repeatable)) for h in spec.hypotheses)
    return Results(
        spec_sha256=attempts.spec_sha256(spec), rows=tuple(rows), judgements=judgements, repeatable=repeatable
    )


def _capped(spec: Spec, judgement: Judgement) -> Judgement:
    """A scaled-down run can at most be PARTIAL for a claim that is stated at a larger scale."""
    hypothesis = next(h for h in spec.hypotheses if h.key == judgement.key)
    if hypothesis.at_claim_scale or judgement.outcome is not Outcome.REPRODUCED:
        return judgement
    reason = f"the rule was met, but not at the claim's own scale ({spec.scale}): {judgement.reason}"
    return replace(judgement, outcome=Outcome.PARTIAL, reason=reason)


def sealed(config: Config) -> tuple[Seal | None, Pairs, str]:
    """Return the seal whose hostile probe was held, what the probe found, or why there is no seal."""
    chosen = sandbox.choose(config.seal)
    if isinstance(chosen, tuple):
        return None, (), "; ".join(f"{one.what} - {one.remedy}" for one in chosen)
    seen = sandbox.preflight(chosen, cache=config.home / "seal")
    probe = tuple((one.name, one.verdict) for one in seen)
    if not sandbox.held(seen):
        lost = [one.name for one in seen if one.verdict == "not held"]
        return None, probe, f"{chosen.name} did not hold {', '.join(lost) or 'every hostile attempt'}"
    return chosen, probe, ""


def _run_seeds(
    run: Run, experiment: Experiment, seal: Seal, *, config: Config, places: Pairs, told: Watching
) -> str:
    """Run the seeds that are left side by side; return why one of them failed, or "" once all are kept."""
    left = [seed for seed in run.spec.seeds if seed not in attempts.done_seeds(run)]
    done, total, lock = len(run.spec.seeds) - len(left), len(run.spec.seeds), threading.Lock()
    told.step(done, total)
    failed = _failure(run)
    stop = threading.Event()
    if failed:
        return failed

    def one(seed: int) -> None:
        nonlocal done
        if stop.is_set():
            return
        well = False
        try:
            ran = _run_seed(run, experiment, seal, seed, places=places, told=told, stop=stop)
            well = not _went_wrong(ran)
        finally:
            if not well:
                stop.set()
        with lock:
            done += 1
            told.step(done, total)

    # one seed at a time where they would share the GPUs
    with ThreadPoolExecutor(max_workers=1 if run.spec.gpu else config.workers) as pool:
        jobs = [pool.submit(one, seed) for seed in left]
        try:
            wait(jobs, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
        for job in jobs:
            job.result()
    return _failure(run)


def _run_seed(
    run: Run,
    experiment: Experiment,
    seal: Seal,
    seed: int,
    *,
    places: Pairs,
    told: Watching,
    stop: threading.Event,
) -> Ran:
    prepared = experiment.prepare(run.spec, seed, places=places)
    out = attempts.scratch(run, seed)
    ran = _watched(seal, prepared, run.spec, seed, out, told, state=_state(run, seed), stop=stop.is_set)
    if ran.stopped == INTERRUPTED:
        return ran
    again = f"{run.spec.experiment} {run.spec.experiment_version} makes it from the spec and seed {seed}"
    kept = {p.name for p in run.spec.program}
    inputs = attempts.inputs_of(prepared, kept=kept, again=again)
    try:
        attempts.keep_seed(run, seed, outputs=out, gold=prepared.gold, inputs=inputs, ran=ran)
    except InputError as error:
        # a job may name its files as it likes; then none of them is kept, and the seed went wrong
        ran = replace(ran, stopped="refused output", log=f"{ran.log}\n{error.message}\n")
        none = attempts.scratch(run, seed)
        attempts.keep_seed(run, seed, outputs=none, gold=prepared.gold, inputs=inputs, ran=ran)
    # checkpoints of a large model are tens of gigabytes
    disk.sweep(_place_of_state(run, seed))
    return ran


def _state(run: Run, seed: int) -> Path | None:
    """Return the folder for the checkpoints of a seed whose experiment keeps some; it goes with the run."""
    if not run.spec.keeps_state:
        return None
    state = _place_of_state(run, seed)
    state.mkdir(exist_ok=True)
    return state


def _place_of_state(run: Run, seed: int) -> Path:
    return run.folder / f"state-{seed}"


def _watched(
    seal: Seal,
    prepared: Prepared,
    spec: Spec,
    seed: int,
    out: Path,
    told: Watching,
    *,
    state: Path | None = None,
    stop: Callable[[], bool] | None = None,
) -> Ran:
    def line(text: str) -> None:
        word, _, rest = text.partition(" ")
        share, _, words = rest.partition(" ")
        if word == "@progress" and _share(share) is not None:
            told.part(f"seed {seed}", _share(share) or 0.0, words[:60])

    return seal.run(prepared, limits=spec.limits, out=out, gpu=spec.gpu, state=state, line=line, stop=stop)


def _share(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None


def _failure(run: Run) -> str:
    """Return how the first seed that did not end well ended, or ""."""
    for seed in attempts.done_seeds(run):
        ran = attempts.kept_seed(run, seed).ran
        if _went_wrong(ran):
            how = f"was stopped by {_limit(ran, run.spec)}" if ran.stopped else f"ended with {ran.exit_code}"
            said = [one.strip() for one in ran.log.splitlines() if not one.startswith("@progress")]
            last = next((one for one in reversed(said) if one), "it printed nothing")
            return f"seed {seed} {how}: {last[:300]}"
    return ""


def _limit(ran: Ran, spec: Spec) -> str:
    limits = spec.limits
    values = {
        "CPU time": f"{limits.cpu_seconds} s, cpu_seconds",
        "wall clock": f"{limits.wall_seconds} s, wall_seconds",
        "memory": f"{limits.memory_mb} MB, memory_mb",
        "processes": f"{limits.processes}, processes",
        "output size": f"{limits.output_mb} MB, output_mb, a file {limits.file_mb} MB, file_mb",
        "log size": f"{limits.log_mb} MB, log_mb",
    }
    known = values.get(ran.stopped)
    return f"the limit on {ran.stopped} ({known})" if known else ran.stopped


def _went_wrong(ran: Ran) -> bool:
    return ran.exit_code != 0 or bool(ran.stopped)


def _settled(
    run: Run, experiment: Experiment, seal: Seal, failed: str, *, places: Pairs, told: Watching
) -> Results:
    """Measure and judge the seeds; a run that failed, or left no usable predictions, is an ERROR."""
    if failed:
        return _unjudged(run, Outcome.ERROR, failed)
    kept = {seed: attempts.kept_seed(run, seed) for seed in run.spec.seeds}
    repeatable = None
    if any(h.rule.deterministic for h in run.spec.hypotheses):
        with told.stage("run again"):
            repeatable = _repeated(run, experiment, seal, kept[run.spec.seeds[0]], places=places, told=told)
    with told.stage("measure and judge"):
        try:
            return judged(
                run.spec, experiment, {s: (k.outputs, k.gold) for s, k in kept.items()}, repeatable=repeatable
            )
        except InputError as error:
            return _unjudged(run, Outcome.ERROR, f"the predictions cannot be measured: {error}")


def _repeated(
    run: Run, experiment: Experiment, seal: Seal, kept: Kept, *, places: Pairs, told: Watching
) -> bool:
    """Run the seed a second time; whether every output has the same bytes."""
    seed = kept.facts.seed
    out = attempts.scratch(run, seed)
    ran = _watched(seal, experiment.prepare(run.spec, seed, places=places), run.spec, seed, out, told)
    same = not _went_wrong(ran) and outputs_of(out) == kept.facts.outputs
    attempts.scratch(run, seed)
    return same


def outputs_of(folder: Path) -> tuple[Artifact, ...]:
    """Return name, hash and size of every file that a job wrote, sorted by name."""
    return tuple(hashed(folder / name, name=name) for name in plain_files(folder))


def _unjudged(run: Run, outcome: Outcome, reason: str) -> Results:
    return Results(
        spec_sha256=run.spec_sha256,
        rows=(),
        judgements=tuple(
            Judgement(key=h.key, claim=h.claim, outcome=outcome, reason=reason, effects=())
            for h in run.spec.hypotheses
        ),
    )


def _program(experiment: Experiment, spec: Spec, places: Pairs) -> dict[str, bytes]:
    """Return the files that the spec names as its program; raises UsageError for another version's."""
    found = dict(experiment.prepare(spec, spec.seeds[0], places=places).files)
    if any(p.name not in found for p in spec.program):
        raise UsageError("the spec names a program that is not its experiment's", remedy="draft it again")
    return {p.name: found[p.name] for p in spec.program}


def environment_of(run: Run, seal: str, probe: Pairs, *, began: str) -> Environment:
    """Return what a run ran in and what it took; its clocks stand here alone."""
    kept = [attempts.kept_seed(run, seed) for seed in attempts.done_seeds(run)]
    return Environment(
        seal=seal,
        probe=probe,
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages=tuple((name, version) for name in LIBRARIES if (version := _version(name))),
        started_at=began,
        ended_at=now(),
        costs=tuple(
            Cost(
                seed=one.facts.seed,
                cpu_seconds=round(one.ran.cpu_seconds, 2),
                wall_seconds=round(one.ran.wall_seconds, 2),
                peak_mb=round(one.ran.peak_mb, 1),
            )
            for one in kept
        ),
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def page_of(spec: Spec, results: Results, environment: Environment) -> bytes:
    """Return page.html of an attempt with these records."""
    confidence = spec.hypotheses[0].rule.confidence
    return render_attempt(
        spec,
        results,
        environment,
        pictured=contrasts(results.rows, arms=spec.arms, confidence=confidence),
        measured=cells(results.rows, confidence=confidence),
    )


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
