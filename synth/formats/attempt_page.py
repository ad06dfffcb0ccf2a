"""A spec, its results and environment in, page.html out: what an attempt stated, measured and settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth.formats.document import (
    Block,
    Bullets,
    Document,
    Heading,
    Interval,
    Intervals,
    Notice,
    Paragraph,
    Quote,
    Run,
    Table,
    Text,
    bounds,
    code,
    plain,
    strong,
)
from synth.formats.page import page
from synth.formats.wording import plural, sentence
from synth.trials import Cell, Effect, Environment, Hypothesis, Judgement, Results, Rule, Spec

OUTCOMES = {
    "PROVED": "Every check of the proof passed.",
    "REPRODUCED": "The rule stated before the run was met.",
    "PARTIAL": "The rule was met only in part, or at another scale than the claim's.",
    "FAILED": "The run was sound, and the rule stated before it was not met.",
    "INCONCLUSIVE": "The run settles nothing either way.",
    "ERROR": "The run did not end as it should, so nothing was measured: log.txt beside this page keeps what "
    "the program printed.",
    "NOT_RUN": "This machine offers no seal, so nothing was run.",
}
ROLES = {"subject": "judged", "control": "must miss"}
"""What a role is called on the page, where its own name would not be understood."""


def render_attempt(
    spec: Spec,
    results: Results,
    environment: Environment,
    *,
    pictured: Sequence[Cell],
    measured: Sequence[Cell],
) -> bytes:
    """Return the page as one self-contained HTML file in UTF-8; ``measured`` are the cells over all seeds."""
    named = dict.fromkeys(w for w in (spec.experiment.replace("_", " "), spec.tier, spec.size) if w)
    title = ", ".join(named)
    blocks: list[Block] = [
        _scale_told(spec),
        *_verdicts(spec, results),
        *_picture(spec, pictured),
        *_figures(measured),
        *_design(spec),
        *_run(spec, environment),
    ]
    return page(
        Document(
            title=f"Sealed attempt: {title}",
            author=f"spec {results.spec_sha256[:12]}",
            date=environment.ended_at[:10],
            blocks=tuple(blocks),
        )
    )


def _scale_told(spec: Spec) -> Block:
    """Return the exact words; where something was not run they must not be missed."""
    told = (strong(sentence(spec.words)),)
    whole = all(h.at_claim_scale for h in spec.hypotheses) and "not run" not in spec.words
    return Paragraph(text=told) if whole else Notice(text=told)


def _named(name: str) -> str:
    return name.replace("_", " ")


def _verdicts(spec: Spec, results: Results) -> Iterator[Block]:
    yield Heading(level=2, text="What it settled", anchor="verdicts")
    stated = {h.key: h for h in spec.hypotheses}
    for one in results.judgements:
        hypothesis = stated[one.key]
        yield Heading(level=3, text=one.key.replace("_", " ").capitalize(), anchor=f"h-{one.key}")
        yield Quote(
            text=hypothesis.text, source=plain(f"claim {one.claim}, {_scale(hypothesis)}"), tone="claim"
        )
        yield Paragraph(text=(strong(f"{one.outcome.value}. "), Run(sentence(one.reason))))
        yield Paragraph(text=plain(OUTCOMES[one.outcome.value]), small=True)
        yield from _effects(one)
        yield Paragraph(
            text=plain(f"Rule, frozen before the run: {rule_in_words(hypothesis.rule)}"), small=True
        )
    if results.notes:
        yield Bullets(items=tuple(plain(sentence(note)) for note in results.notes))


def _scale(hypothesis: Hypothesis) -> str:
    return (
        "stated at the scale of this run"
        if hypothesis.at_claim_scale
        else "stated at a larger scale than this run"
    )


def _effects(one: Judgement) -> Iterator[Block]:
    if one.effects:
        yield Table(
            columns=("Effect", "Mean", "95 % interval", "Seeds", "p", "p after Holm"),
            rows=tuple(
                (
                    plain(_named(f"{e.arm} minus {e.against}" if e.against else e.arm)),
                    plain(f"{e.mean:+.2f}" if e.against else f"{e.mean:.2f}"),
                    plain(bounds(e.low, e.high) if e.against else _plain_bounds(e)),
                    plain(str(e.n)),
                    plain(_p(e.p if e.against else None)),
                    plain(_p(e.adjusted if e.against else None)),
                )
                for e in one.effects
            ),
            widths=(6, 2, 4, 2, 2, 3),
            numeric=(1, 2, 3, 4, 5),
        )
    if one.preconditions:
        yield Table(
            columns=("Precondition", "Held", "Found"),
            rows=tuple(
                (plain(sentence(h.words)), plain("yes" if h.held else "no"), plain(sentence(h.found)))
                for h in one.preconditions
            ),
            widths=(6, 1, 5),
        )


def _picture(spec: Spec, pictured: Sequence[Cell]) -> Iterator[Block]:
    least = min(h.rule.least_seeds for h in spec.hypotheses)
    if not pictured or len(spec.seeds) < least:
        return
    yield Heading(level=2, text="Effects by arm, task and language", anchor="picture")
    smallest = {h.rule.smallest for h in spec.hypotheses if h.rule.kind != "tolerance"}
    marks = ((0.0, ""), *((value, f"smallest effect {value:g}") for value in sorted(smallest)))
    for task in dict.fromkeys(one.task for one in pictured):
        rows = tuple(
            Interval(
                f"{_named(p.effect.arm)} − {_named(p.effect.against)}, {p.language}",
                p.effect.mean,
                p.effect.low,
                p.effect.high,
            )
            for p in pictured
            if p.task == task
        )
        yield Intervals(
            caption=f"{_named(task)}: difference to the other arm, mean and 95 % t interval over seeds",
            unit="points",
            rows=rows,
            marks=marks,
        )


def _figures(measured: Sequence[Cell]) -> Iterator[Block]:
    if not measured:
        return
    yield Heading(level=2, text="What was measured", anchor="measured")
    yield Paragraph(
        text=plain(
            "Computed outside the seal from the raw predictions: mean over seeds with its 95 % t interval."
        )
    )
    yield Table(
        columns=("Arm", "Task", "Language", "Split", "Metric", "Mean", "Interval", "Seeds", "Items"),
        rows=tuple(
            (
                plain(_named(m.effect.arm)),
                plain(_named(m.task)),
                plain(m.language or "—"),
                plain(m.split),
                plain(m.metric),
                plain(f"{m.effect.mean:.1f}"),
                plain(_plain_bounds(m.effect)),
                plain(str(m.effect.n)),
                plain(f"{m.items:,}"),
            )
            for m in measured
        ),
        widths=(4, 3, 2, 2, 3, 2, 4, 2, 2),
        numeric=(5, 6, 7, 8),
    )


def _plain_bounds(effect: Effect) -> str:
    return "—" if effect.low is None or effect.high is None else f"{effect.low:.1f} to {effect.high:.1f}"


def _design(spec: Spec) -> Iterator[Block]:
    yield Heading(level=2, text="What was stated before the run", anchor="spec")
    yield _facts(
        ("Experiment", _versioned(spec)),
        ("Scale", sentence(spec.scale)),
        ("Paper", f"{spec.paper}{spec.version}" if spec.paper else "none named"),
        ("Seeds", ", ".join(str(seed) for seed in spec.seeds)),
    )
    for quoted in spec.quotes:
        where = f"{quoted.doc_id}, page {quoted.page}" if quoted.page else quoted.doc_id
        yield Quote(text=quoted.text, source=plain(where))
    yield Table(
        columns=("Arm", "Role", "What is done"),
        rows=tuple(
            (plain(_named(a.name)), plain(ROLES.get(a.role, a.role)), plain(sentence(a.words)))
            for a in spec.arms
        ),
        widths=(3, 2, 9),
    )
    if spec.deviations:
        yield Heading(level=3, text="Where it differs from the paper", anchor="deviations")
        yield Bullets(items=tuple(plain(sentence(one)) for one in spec.deviations))
    if spec.parameters:
        yield Heading(level=3, text="Parameters", anchor="parameters")
        yield Table(
            columns=(),
            rows=tuple((plain(name), _value(value)) for name, value in spec.parameters),
            widths=(1, 2),
        )


def _versioned(spec: Spec) -> str:
    version = spec.experiment_version
    return version if version.startswith(spec.experiment) else f"{spec.experiment} {version}"


def _value(value: str) -> Text:
    return plain("none") if value in ("", "[]") else (code(value),)


def _run(spec: Spec, environment: Environment) -> Iterator[Block]:
    cpu = sum(c.cpu_seconds for c in environment.costs)
    yield Heading(level=2, text="The run", anchor="run")
    yield _facts(
        ("Seal", environment.seal or "none"),
        ("Hostile attempts before the run", _held(environment)),
        ("Python", environment.python),
        ("Platform", environment.platform),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in environment.packages) or "none"),
        ("Began", _clock(environment.started_at)),
        ("Ended", _clock(environment.ended_at)),
        (
            "Cost",
            f"{cpu:,.{0 if cpu >= 10 else 1}f} s of CPU over {plural(len(environment.costs), 'sealed run')}",
        ),
    )
    if environment.costs:
        yield Table(
            columns=("Seed", "CPU s", "Wall s", "Peak MB"),
            rows=tuple(
                tuple(
                    plain(t)
                    for t in (
                        str(c.seed),
                        f"{c.cpu_seconds:.1f}",
                        f"{c.wall_seconds:.1f}",
                        f"{c.peak_mb:.0f}",
                    )
                )
                for c in environment.costs
            ),
            widths=(1, 1, 1, 1),
            numeric=(0, 1, 2, 3),
        )
    yield Heading(level=3, text="Program, by SHA-256", anchor="program")
    yield Table(
        columns=(), rows=tuple((plain(p.name), (code(p.sha256),)) for p in spec.program), widths=(1, 3)
    )
    limits = spec.limits
    yield Paragraph(
        text=plain(
            f"Limits of one sealed run: {limits.cpu_seconds:,} s of CPU, {limits.wall_seconds:,} s by the "
            f"clock, {limits.memory_mb:,} MB of address space, {limits.processes} processes, "
            f"{limits.output_mb} MB of output."
        ),
        small=True,
    )
    yield Paragraph(
        text=(
            code("synth gate verify DIR"),
            Run(" checks every file of this folder and computes the figures again; with "),
            code("--rerun"),
            Run(" it runs the spec again in the seal."),
        ),
        small=True,
    )


def _clock(iso: str) -> str:
    return iso.replace("T", " ").replace("+00:00", " UTC")


def _held(environment: Environment) -> str:
    if not environment.probe:
        return "none were made: nothing was run"
    held = sum(found == "held" for _, found in environment.probe)
    lost = [name for name, found in environment.probe if found not in ("held", "not applicable")]
    said = f"{held} of {len(environment.probe)} held"
    return f"{said}; not held: {', '.join(lost)}" if lost else said


def rule_in_words(rule: Rule) -> str:
    """Return the rule of a hypothesis as sentences."""
    cells = f"{rule.cells.metric} of {', '.join(rule.cells.tasks)}"
    languages = ", ".join(one for one in rule.cells.languages if one)
    cells += f" in {languages}" if languages else ""
    match rule.kind:
        case "proof":
            return (
                "every check of the Lean proof passes, and a person signs that the theorem means the claim."
            )
        case "tolerance":
            said = f"{cells} within {rule.reported:g} ± {rule.tolerance:g}"
            said += f"; {', '.join(rule.controls)} must miss it" if rule.controls else ""
        case "equivalence":
            said = f"{cells}: {_arms(rule)} lies within ±{rule.smallest:g} points of {_other(rule)}"
        case "improvement":
            said = f"{cells}: {_arms(rule)} over {_other(rule)} by at least {rule.smallest:g} points"
            if rule.placebos:
                said += f", and over the placebo ({', '.join(p for _, p in rule.placebos)})"
    if rule.deterministic:
        return f"{said}; one seed, run twice with the same bytes."
    return f"{said}; {100 * rule.confidence:g} % t interval over at least {rule.least_seeds} seeds."


def _arms(rule: Rule) -> str:
    return " and ".join(rule.arms)


def _other(rule: Rule) -> str:
    return f"the best of {', '.join(rule.choices)}" if rule.choices else rule.against


def _p(value: float | None) -> str:
    if value is None:
        return "—"
    return "< .001" if value < 0.001 else f"{value:.3f}".lstrip("0")


def _facts(*rows: tuple[str, str]) -> Table:
    return Table(columns=(), rows=tuple((plain(name), plain(value)) for name, value in rows), widths=(1, 3))
