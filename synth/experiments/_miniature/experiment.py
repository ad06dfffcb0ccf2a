"""What is wanted goes in, a spec of the miniature tier comes out; a seed in, its world and its rows out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from synth.errors import InputError, UsageError
from synth.experiments._miniature import arms, hypotheses, predictions, sizes, tasks
from synth.experiments._miniature.sizes import Settings
from synth.experiments._stated import differs
from synth.records import Artifact
from synth.trials import Prepared, Quoted, Row, Spec, Wanted

PAPER = "arxiv:2005.13013"
PROGRAM = ("program.py", "tasks.py", "world.py")
"""What runs in the seal, and beside it what made the world; the seed is not given to it."""
DEVIATIONS = (
    "the languages, texts and tasks are generated; no natural language is read",
    "the encoder is pre-trained here, on those texts, for minutes; its architecture alone is XLM-R's, "
    "without dropout",
    "one intermediate task, or two, in place of nine; one question-answering target, one tagging target and "
    "at most one inference target in place of XTREME's nine",
    "two concepts in five have one word in all languages; names and punctuation are shared",
    "a fixed number of steps in every stage in place of early stopping; AdamW at a rate for this size",
    "retrieval is judged on centred mean states over words not shared; uncentred, as in the paper, is "
    "reported beside it",
    "exact match of the answer's span in place of F1",
    "a placebo with random labels and an untrained encoder, which the paper has not",
)


def draft(wanted: Wanted, *, version: str) -> Spec:
    """Return the spec of ``wanted``; size "core" by default, seeds fresh by default.

    Raises UsageError for a size or option that does not exist and for seeds that development looked at.
    """
    name = wanted.size or "core"
    size = sizes.size_of(name)
    if wanted.options:
        raise UsageError(
            f"the miniature has no option {wanted.options[0][0]!r}", remedy="choose a size and seeds alone"
        )
    seeds = _seeds(wanted.seeds, smoke=name == "smoke") or sizes.fresh(name, size.seeds, version=version)
    settings = size.settings
    courses = arms.courses(settings)
    scale = _scale(settings, len(seeds))
    return Spec(
        experiment=hypotheses.NAME,
        experiment_version=version,
        tier="miniature",
        size=name,
        paper=PAPER,
        version=wanted.paper.version if wanted.paper and wanted.paper.work == PAPER else "",
        hypotheses=hypotheses.hypotheses(settings, smoke=name == "smoke"),
        quotes=_quotes(wanted),
        arms=tuple(course.arm for course in courses),
        seeds=seeds,
        parameters=sizes.to_pairs(settings),
        program=_program(),
        limits=size.limits,
        scale=scale,
        words=f"mechanism test in a generated world: {scale}; the paper's own models and data: not run",
        deviations=_deviations(settings),
        gpu=settings.device == "cuda",
    )


def departs(spec: Spec, *, version: str) -> str:
    """Return where ``spec`` departs from the draft of its size and seeds, or ""."""
    try:
        due = draft(Wanted(size=spec.size, seeds=spec.seeds), version=version)
    except UsageError as error:
        return error.message
    if spec.paper != PAPER:
        return f"it is of another work than {PAPER}"
    return differs(spec, due)


def prepare(spec: Spec, seed: int) -> Prepared:
    """Return the program and the world of ``seed`` without its gold; the gold stays outside.

    Raises InputError where the program here is not the one that the spec names, or its parameters are not
    whole.
    """
    if spec.program != _program():
        raise InputError(
            "the program of the miniature is not the one that the spec names", remedy="draft the spec anew"
        )
    settings = sizes.from_pairs(spec.parameters)
    world = tasks.generate(seed, settings.shape)
    told = _json({"plan": _plan(settings, seed), "world": world.given})
    return Prepared(
        command=("{python}", "-I", "/job/inputs/program.py"),
        files=(*((name, _source(name)) for name in PROGRAM), ("world.json", told)),
        gold=((predictions.GOLD, _json(world.gold)),),
    )


def measure(spec: Spec, seed: int, *, outputs: Path, gold: Path) -> tuple[Row, ...]:
    """Return the rows of ``seed``; raises InputError for predictions that are not as they should be."""
    settings = sizes.from_pairs(spec.parameters)
    return predictions.measured(
        seed,
        outputs=outputs,
        gold=gold,
        tasks=("alignment", "retrieval", *settings.targets),
        arms=[(course.arm.name, course.untrained) for course in arms.courses(settings)],
        positions=settings.positions,
        # an attempt of an older version is measured by the gold that it kept
        known=tasks.gold(seed, settings.shape) if spec.program == _program() else None,
    )


def _plan(settings: Settings, seed: int) -> dict[str, Any]:
    """Return what the program does; its own chance says nothing of the world's seed."""
    return {
        "chance": hashlib.sha256(f"training\x1f{seed}".encode()).hexdigest(),
        "device": settings.device,
        "layer": settings.layer,
        "encoder": {n: getattr(settings, n) for n in ("hidden", "layers", "heads", "inner", "positions")},
        "pretrain": {
            "steps": settings.pretrain_steps,
            "batch": settings.pretrain_batch,
            "rate": settings.pretrain_rate,
            "mask": settings.mask_rate,
        },
        "finetune": {"batch": settings.finetune_batch, "rate": settings.finetune_rate},
        "kinds": {"qa": "span", "qa_intermediate": "span", "tagging": "tags", "nli": "label"},
        "targets": settings.targets,
        "arms": [
            {
                "name": course.arm.name,
                "train": list(course.train),
                "labels": "placebo" if course.placebo else "labels",
                "steps": course.steps,
                "untrained": course.untrained,
            }
            for course in arms.courses(settings)
        ],
    }


def _seeds(wanted: tuple[int, ...], *, smoke: bool) -> tuple[int, ...]:
    if len(set(wanted)) != len(wanted):
        raise UsageError("a seed is given twice", remedy="give each seed once")
    low = 0 if smoke else sizes.DEVELOPMENT
    bad = [seed for seed in wanted if not low <= seed < 2**31]
    if bad:
        raise UsageError(
            f"seed {bad[0]} cannot judge: seeds below {sizes.DEVELOPMENT:,} were looked at in development",
            remedy=f"give seeds from {low:,} to {2**31 - 1:,}, or none for fresh ones",
        )
    return wanted


def _quotes(wanted: Wanted) -> tuple[Quoted, ...]:
    if wanted.claim is None or wanted.paper is None:
        return ()
    return (Quoted(doc_id=wanted.paper.doc_id, text=wanted.claim.text, page=wanted.claim.page or 0),)


def _scale(settings: Settings, seeds: int) -> str:
    return (
        f"{settings.languages} generated languages, {settings.concepts:,} concepts, an XLM-R encoder of "
        f"{settings.layers} layers and width {settings.hidden}, {settings.pretrain_steps:,} steps of "
        f"pre-training, {seeds} seed{'' if seeds == 1 else 's'}"
    )


def _deviations(settings: Settings) -> tuple[str, ...]:
    if settings.nli:
        return (*DEVIATIONS, "the inference target is trained on the inference task's own training set")
    return (*DEVIATIONS, "claims on multi-task training and on inference targets are not judged at this size")


def _program() -> tuple[Artifact, ...]:
    found = []
    for name in PROGRAM:
        raw = _source(name)
        found.append(Artifact(name=name, sha256=hashlib.sha256(raw).hexdigest(), size=len(raw)))
    return tuple(found)


def _source(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
