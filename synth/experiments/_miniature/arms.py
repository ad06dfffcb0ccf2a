"""Settings go in, the arms of the design come out: in words for the spec, in steps for the program."""

from __future__ import annotations

from dataclasses import dataclass

from synth.experiments._miniature.sizes import Settings
from synth.trials import Arm, ArmRole

QA, NLI = "qa_intermediate", "nli"
_TASK = {"qa": "question answering", "nli": "inference"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One arm and what the program does for it: the intermediate sets, the column of labels, the steps."""

    arm: Arm
    train: tuple[str, ...] = ()
    placebo: bool = False
    steps: int = 0

    @property
    def untrained(self) -> bool:
        """Whether the arm's encoder is never trained."""
        return self.arm.role == "untrained"


def courses(settings: Settings) -> tuple[Course, ...]:
    """Return the arms in the order in which they run."""
    steps = settings.intermediate_steps
    found = [
        _course("none", "baseline", "no intermediate task"),
        *_intermediate("qa", QA, steps),
    ]
    if settings.nli:
        found += [
            *_intermediate("nli", NLI, steps),
            _course(
                "multi", "multi", f"question answering and inference in {2 * steps} steps",
                train=(QA, NLI), steps=2 * steps,
            ),
            _course(
                "multi_equal", "multi", f"question answering and inference in {steps} steps, as each alone",
                train=(QA, NLI), steps=steps,
            ),
        ]  # fmt: skip
    return (*found, _course("untrained", "untrained", "an encoder with random weights; trained on nothing"))


def _intermediate(name: str, task: str, steps: int) -> list[Course]:
    words = f"{_TASK[name]} in the source language, {steps} steps"
    shuffled = f"the same steps on the same texts of {_TASK[name]}, the labels drawn at random"
    return [
        _course(name, "intermediate", words, train=(task,), steps=steps),
        _course(f"placebo_{name}", "placebo", shuffled, train=(task,), steps=steps, placebo=True),
    ]


def _course(
    name: str,
    role: ArmRole,
    words: str,
    *,
    train: tuple[str, ...] = (),
    steps: int = 0,
    placebo: bool = False,
) -> Course:
    arm = Arm(name=name, role=role, words=words)
    return Course(arm=arm, train=train, steps=steps, placebo=placebo)
