"""Small worlds, specs that train for a second, claims: what the tests of the miniature share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from synth.experiments import xlmr_intermediate
from synth.experiments._miniature.world import Shape
from synth.records import Claim, ClaimKind, Paper
from synth.trials import Spec, Wanted

SMALL = Shape(
    languages=3, concepts=110, names=40, documents=60, probe=20, intermediate=30, target_qa=20,
    target_tagging=10, items=12, pool=15, nli=True,
)  # fmt: skip
TINY = {
    "documents": "200", "probe": "40", "items": "12", "pool": "15", "intermediate_items": "40",
    "qa_items": "40", "tagging_items": "20", "pretrain_steps": "12", "intermediate_steps": "4",
    "qa_steps": "4", "tagging_steps": "4", "nli_steps": "4", "hidden": "16", "inner": "32", "nli": "True",
}  # fmt: skip
SEED = 1_234_567_890
PAPER = Paper(id="p1", file="", title="Any title", arxiv="2005.13013", version="v2")


def spec(size: str = "core", **wanted: Any) -> Spec:
    """Return the spec of ``size``."""
    return xlmr_intermediate.draft(Wanted(size=size, **wanted))


def tiny() -> Spec:
    """Return a spec whose training takes a second."""
    made = spec("mini")
    return replace(made, parameters=tuple((name, TINY.get(name, word)) for name, word in made.parameters))


def claim(text: str) -> Claim:
    """Return a claim that says ``text``."""
    return Claim(
        id="c" + "0" * 16, paper="p1", passage="s1", sentence=0, text=text, kind=ClaimKind.FINDING,
        section="", spans=(), quantities=(), conditions=(), score=0.5,
    )  # fmt: skip
