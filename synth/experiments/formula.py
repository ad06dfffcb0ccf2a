"""A claim that states arithmetic goes in; its recomputation from the quoted numbers, in the seal, comes out.

What is judged is the arithmetic alone ("73.6 - 68.2 = 5.4 points"), a claim of its own: nothing here measures
what the paper measured. The sealed program's value is the prediction. ``measure`` works the same expression
out once more outside, and a value that differs is refused: no run of the same spec can give it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from synth.errors import InputError, UsageError
from synth.experiments._formula import program
from synth.experiments._formula.averages import averages
from synth.experiments._formula.frozen import ARMS, departing, formula, parameters
from synth.experiments._formula.given import UNSEEN, given, named
from synth.experiments._formula.sentences import statements
from synth.experiments._formula.stated import ABOUT, Statement, idle_input, tolerance
from synth.experiments._formula.values import read_values
from synth.experiments._stated import differs
from synth.records import Artifact, Claim, Pairs, Paper, content_id
from synth.trials import (
    Arm,
    Cells,
    Hypothesis,
    Limits,
    Prepared,
    Quoted,
    Row,
    Rule,
    Spec,
    Wanted,
)

VERSION = "formula/1"
SHARED = False
NEEDS = ()
_PROGRAM = Path(program.__file__)
_ARMS = (
    Arm(name="recomputed", role="subject", words="the expression over the inputs as printed"),
    Arm(name="altered", role="control", words="the same with the first input half as large again: must miss"),
)
_LARGEST = 10**60
_MOST = 1000
_SCALE = "the printed numbers, recomputed"
_WORDS = "arithmetic check of printed numbers; what the paper measured: not run"
_UNSEEN = "quotes were given with the command and looked up in no document"
_LIMITS = Limits(
    cpu_seconds=20, wall_seconds=60, memory_mb=512, file_mb=1, output_mb=1, log_mb=1, processes=8
)


def bears_on(claim: Claim, *, paper: Paper) -> tuple[str, ...]:
    """Return a key for each piece of arithmetic in the claim's own sentence (tables need the reading).

    A key holds for this sentence of this work alone: one claim's arithmetic says nothing of another's.
    """
    return _keys(statements(claim.text), about=claim.text, paper=paper)


def draft(wanted: Wanted) -> Spec:
    """Return the spec of the arithmetic that options or claim state, with the tolerance its digits leave.

    Options: expression, inputs ("a=68.2; b=73.6"), stated, unit, tolerance, quote; or none of them, and the
    claim's sentence and its paper's tables are read. Raises UsageError where nothing can be recomputed, for
    numbers that do not stand in their quotes, and for expressions outside the language.
    """
    if wanted.seeds not in ((), (0,)):
        raise UsageError("arithmetic has no chance in it", remedy="leave the seeds out")
    found = _found(wanted)
    paper = _paper(wanted)
    about = wanted.claim.text if wanted.claim else found[0].quotes[0].text
    keys = _keys(found, about=about, paper=paper)
    unseen = any(quote.doc_id == UNSEEN for s in found for quote in s.quotes)
    return Spec(
        experiment="formula",
        experiment_version=VERSION,
        tier="arithmetic",
        size="",
        paper=paper.work if paper else "",
        version=paper.version if paper else "",
        hypotheses=tuple(_hypothesis(key, s, about=about) for key, s in zip(keys, found, strict=True)),
        quotes=tuple(_naming(keys, found)),
        arms=_ARMS,
        seeds=(0,),
        parameters=tuple(
            sorted(pair for key, s in zip(keys, found, strict=True) for pair in parameters(key, s))
        ),
        program=(_artifact(_PROGRAM.read_bytes()),),
        limits=_LIMITS,
        scale=_SCALE,
        words=_WORDS,
        deviations=(_UNSEEN,) if unseen else (),
    )


def departs(spec: Spec) -> str:
    """Return where ``spec`` departs from what ``draft`` states of some sentence, or "".

    Its claims are arithmetic, each a claim of its own: none can carry the id or the words of another.
    """
    unseen = any(quote.doc_id == UNSEEN for quote in spec.quotes)
    if len(spec.hypotheses) > _MOST or len(spec.parameters) != 7 * len(spec.hypotheses):
        return f"it has more than {_MOST} hypotheses, or other parameters than theirs"
    due = replace(
        spec,
        experiment_version=VERSION,
        tier="arithmetic",
        size="",
        hypotheses=tuple(_restated(h) for h in spec.hypotheses),
        arms=_ARMS,
        seeds=(0,),
        program=(_artifact(_PROGRAM.read_bytes()),),
        limits=_LIMITS,
        scale=_SCALE,
        words=_WORDS,
        deviations=(_UNSEEN,) if unseen else (),
        gpu=False,
        keeps_state=False,
    )
    told = (departing(spec.parameters, h) for h in spec.hypotheses)
    return differs(spec, due) or next((one for one in told if one), "")


def _restated(hypothesis: Hypothesis) -> Hypothesis:
    """Return the hypothesis with what a person may not choose as ``draft`` states it."""
    rule = _rule(
        hypothesis.key,
        unit=hypothesis.rule.cells.metric,
        reported=hypothesis.rule.reported or 0.0,
        tolerance=hypothesis.rule.tolerance,
    )
    claim = content_id("c", "formula", hypothesis.text)
    return replace(hypothesis, claim=claim, at_claim_scale=True, rule=rule)


def prepare(spec: Spec, seed: int, *, places: Pairs = ()) -> Prepared:  # noqa: ARG001
    """Return the program and formulas.json; there is no gold. Raises InputError for a damaged spec."""
    formulas = {h.key: formula(spec.parameters, h.key).json() for h in spec.hypotheses}
    raw = json.dumps(formulas, indent=2, sort_keys=True) + "\n"
    return Prepared(
        command=("{python}", "-I", "/job/inputs/program.py"),
        files=(("formulas.json", raw.encode()), ("program.py", _PROGRAM.read_bytes())),
    )


def measure(spec: Spec, seed: int, *, outputs: Path, gold: Path) -> tuple[Row, ...]:  # noqa: ARG001
    """Return a row for each hypothesis and arm, in the unit that the claim states.

    Raises InputError for a value.json that is not what the program writes or differs from the same
    expression worked out here.
    """
    file = outputs / "value.json"
    read = read_values(file, keys=[h.key for h in spec.hypotheses], arms=ARMS)
    rows: list[Row] = []
    for hypothesis in spec.hypotheses:
        frozen, cells = formula(spec.parameters, hypothesis.key), hypothesis.rule.cells
        for arm in ARMS:
            value, here = read[hypothesis.key][arm], frozen.value(arm)
            if value != here:
                raise InputError(
                    f"{file}: {hypothesis.key}, {arm} is {value}, but the spec gives {here}",
                    remedy="run the experiment again",
                )
            rows.append(
                Row(
                    seed=seed,
                    arm=arm,
                    task=hypothesis.key,
                    language=cells.languages[0],
                    split=cells.split,
                    metric=cells.metric,
                    value=float(Decimal(value)),
                    n=len(frozen.arms[arm]),
                )
            )
    return tuple(rows)


def _keys(found: Sequence[Statement], *, about: str, paper: Paper | None) -> tuple[str, ...]:
    """Return a key for each statement, from the work, the sentence and the numbers."""
    work = paper.work if paper else ""
    return tuple(content_id("arithmetic-", work, about, s.words, str(s.at))[:19] for s in found)


def _naming(keys: Sequence[str], found: Sequence[Statement]) -> Iterator[Quoted]:
    """Yield each quote once, with the keys of the statements that rest on it."""
    for quote in dict.fromkeys(quote for s in found for quote in s.quotes):
        resting = tuple(key for key, s in zip(keys, found, strict=True) if quote in s.quotes)
        yield replace(quote, keys=resting)


def _paper(wanted: Wanted) -> Paper | None:
    return wanted.paper or (wanted.reading.paper if wanted.reading else None)


def _found(wanted: Wanted) -> Sequence[Statement]:
    options = named(wanted.options)
    if options:
        return (given(options, wanted),)
    if wanted.claim is None:
        raise UsageError(
            "no claim and no expression",
            remedy="name a claim, or give the options expression, inputs, stated and quote",
        )
    claim, paper = wanted.claim, _paper(wanted)
    doc_id = paper.doc_id if paper else claim.paper
    quote = Quoted(doc_id=doc_id, text=claim.text, page=claim.page or 0)
    found = [_in(quote, s) for s in statements(claim.text)]
    if wanted.reading:
        found += [_in(quote, s) for s in averages(claim, wanted.reading.tables, doc_id=doc_id)]
    if not found:
        raise UsageError(
            "the claim states no arithmetic over its own numbers or a table's row",
            remedy="give the options expression, inputs, stated and quote",
        )
    return found


def _in(quote: Quoted, statement: Statement) -> Statement:
    return replace(statement, quotes=(quote, *statement.quotes))


def _hypothesis(key: str, statement: Statement, *, about: str) -> Hypothesis:
    text = f"{ABOUT}{about} [{statement.words}]"
    try:
        slack = tolerance(statement)
        extremes = [program.evaluate(statement.expression, v) for v in (statement.values, statement.altered)]
        idle = idle_input(statement.expression, statement.values)
    except program.BadExpression as error:
        raise UsageError(f"{statement.expression}: {error}", remedy="see docs/how-to/formula.md") from error
    if max(abs(value) for value in (*extremes, statement.stated.value)) > _LARGEST:
        raise UsageError(f"{statement.expression}: the value is beyond 10^60", remedy="check the inputs")
    if idle:
        raise UsageError(f"{statement.expression}: {idle}", remedy="write what is to be recomputed")
    return Hypothesis(
        key=key,
        claim=content_id("c", "formula", text),
        text=text,
        at_claim_scale=True,
        rule=_rule(
            key,
            unit=statement.unit or "value",
            reported=float(statement.stated.value),
            tolerance=float(slack),
        ),
    )


def _rule(key: str, *, unit: str, reported: float, tolerance: float) -> Rule:
    return Rule(
        kind="tolerance",
        cells=Cells(metric=unit, tasks=(key,), languages=("",)),
        arms=("recomputed",),
        controls=("altered",),
        reported=reported,
        tolerance=tolerance,
        least_seeds=1,
        deterministic=True,
    )


def _artifact(raw: bytes) -> Artifact:
    return Artifact(name="program.py", sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))
