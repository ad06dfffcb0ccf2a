"""Settings go in, the four claims at the miniature's own scale come out, each with the rule that judges it.

The rules are stated before any run: smallest effect 2 points, 95 % t over at least 5 seeds, Holm over the
intermediate tasks, placebos, and preconditions under which nothing is said at all.
"""

from __future__ import annotations

from synth.experiments._miniature.sizes import Settings
from synth.experiments._miniature.tasks import SOURCE
from synth.experiments._miniature.world import ORDERS
from synth.records import Pairs, content_id
from synth.trials import Cells, Hypothesis, Precondition, Rule

NAME = "xlmr_intermediate"
METRIC = "accuracy"
SMALLEST = 2.0
# guessing a phrase of the right kind finds one answer in three, guessing a label one in three
_BAND = {"qa": (40.0, 95.0), "nli": (40.0, 95.0)}
_POOL_BAND = (2.0, 95.0)
_TARGET = {"qa": "question-answering", "nli": "inference"}


def hypotheses(settings: Settings, *, smoke: bool) -> tuple[Hypothesis, ...]:
    """Return the claims that a run with ``settings`` judges; a smoke run's can never be met."""
    found = [_transfer(settings, smoke), _retrieval(settings, smoke)]
    if settings.nli:
        found += [_multitask(settings, smoke), _no_benefit(settings, smoke)]
    return tuple(found)


def others(settings: Settings) -> tuple[str, ...]:
    """Return the languages that no labelled text is in."""
    return tuple(list(ORDERS)[1 : settings.languages])


def _transfer(settings: Settings, smoke: bool) -> Hypothesis:
    text = (
        f"training on {_singly(settings)} before a question-answering target raises the target's zero-shot "
        f"accuracy in the other languages by at least {SMALLEST:g} points, over no intermediate task and "
        "over the same training on random labels"
    )
    rule = Rule(
        kind="improvement",
        cells=_cells(settings, "qa"),
        arms=_intermediates(settings),
        against="none",
        placebos=_placebos(settings),
        smallest=SMALLEST,
        preconditions=(*_always(settings, smoke), _between("qa")),
    )
    return _hypothesis("transfer", text, rule, settings, smoke)


def _retrieval(settings: Settings, smoke: bool) -> Hypothesis:
    text = (
        f"training on {_singly(settings)} raises the accuracy of sentence retrieval without training data "
        f"(nearest centred mean state of layer {settings.layer} over the words not shared) by at least "
        f"{SMALLEST:g} points, over no intermediate task and over the same training on random labels"
    )
    cells = _cells(settings, "retrieval")
    low, high = _POOL_BAND
    rule = Rule(
        kind="improvement",
        cells=cells,
        arms=_intermediates(settings),
        against="none",
        placebos=_placebos(settings),
        smallest=SMALLEST,
        preconditions=(
            *_always(settings, smoke),
            Precondition(
                words="retrieval without an intermediate task is neither at floor nor at ceiling",
                kind="between", cells=cells, arm="none", low=low, high=high,
            ),
        ),
    )  # fmt: skip
    return _hypothesis("retrieval", text, rule, settings, smoke)


def _multitask(settings: Settings, smoke: bool) -> Hypothesis:
    text = (
        "training on question answering and inference at once, in as many steps as on one of them, raises "
        "the mean zero-shot accuracy of a question-answering and an inference target in the other languages "
        f"by at least {SMALLEST:g} points over the better one of the two, chosen by accuracy in the source "
        "language"
    )
    rule = Rule(
        kind="improvement",
        cells=_cells(settings, "qa", "nli"),
        arms=("multi_equal",),
        choices=_intermediates(settings),
        chosen_on=Cells(metric=METRIC, tasks=("qa", "nli"), languages=(SOURCE,), split="dev"),
        smallest=SMALLEST,
        preconditions=(*_always(settings, smoke), _between("qa"), _between("nli")),
    )
    return _hypothesis("multitask", text, rule, settings, smoke)


def _no_benefit(settings: Settings, smoke: bool) -> Hypothesis:
    # the inference arm is more steps on the target's own training set, so it is shown and not judged
    text = (
        "training on question answering before an inference target changes the target's zero-shot accuracy "
        f"in the other languages by less than {SMALLEST:g} points either way"
    )
    rule = Rule(
        kind="equivalence",
        cells=_cells(settings, "nli"),
        arms=("qa",),
        against="none",
        smallest=SMALLEST,
        preconditions=(*_always(settings, smoke), _between("nli")),
    )
    return _hypothesis("no_benefit_nli", text, rule, settings, smoke)


def _hypothesis(key: str, text: str, rule: Rule, settings: Settings, smoke: bool) -> Hypothesis:
    whole = f"{world_words(settings)}, {text}."
    return Hypothesis(
        key=key, claim=content_id("c", NAME, key, whole), text=whole, at_claim_scale=not smoke, rule=rule
    )


def world_words(settings: Settings) -> str:
    """Return the scale at which a claim is stated."""
    return (
        f"In generated worlds of {settings.languages} languages and {settings.concepts:,} concepts, with a "
        f"{settings.layers}-layer XLM-R encoder of width {settings.hidden} after {settings.pretrain_steps:,} "
        "steps of masked-language pre-training"
    )


def _intermediates(settings: Settings) -> tuple[str, ...]:
    return ("qa", "nli") if settings.nli else ("qa",)


def _placebos(settings: Settings) -> Pairs:
    return tuple((arm, f"placebo_{arm}") for arm in _intermediates(settings))


def _singly(settings: Settings) -> str:
    if settings.nli:
        return "source-language question answering, and likewise on source-language inference,"
    return "source-language question answering"


def _cells(settings: Settings, *tasks: str) -> Cells:
    return Cells(metric=METRIC, tasks=tasks, languages=others(settings))


def _always(settings: Settings, smoke: bool) -> tuple[Precondition, ...]:
    alignment = _cells(settings, "alignment")
    found = Precondition(
        words="word alignment after pre-training is above that of an untrained encoder",
        kind="above", cells=alignment, arm="none", other="untrained",
    )  # fmt: skip
    if not smoke:
        return (found,)
    # no mean lies strictly between 100 and 100
    never = Precondition(
        words="the run is long enough for a verdict, which a smoke run never is",
        kind="between", cells=alignment, arm="none", low=100.0, high=100.0,
    )  # fmt: skip
    return (never, found)


def _between(task: str) -> Precondition:
    low, high = _BAND[task]
    return Precondition(
        words=f"the {_TARGET[task]} target without an intermediate task is neither at floor nor at ceiling "
        "in the source language",
        kind="between",
        cells=Cells(metric=METRIC, tasks=(task,), languages=(SOURCE,)),
        arm="none",
        low=low,
        high=high,
    )
