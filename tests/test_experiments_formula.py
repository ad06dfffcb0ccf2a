"""Arithmetic that claims state: what is read of it, how it is frozen, run and measured."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth import experiments, rules
from synth.errors import InputError, UsageError
from synth.experiments import formula
from synth.experiments._formula import program
from synth.experiments._formula.averages import averages
from synth.experiments._formula.program import BadExpression, evaluate, shown
from synth.experiments._formula.sentences import statements
from synth.experiments._formula.stated import tolerance
from synth.records import (
    Box,
    Claim,
    ClaimKind,
    Outcome,
    Paper,
    Passage,
    Reading,
    Role,
    Span,
    Table,
    content_id,
)
from synth.text import quantities
from synth.trials import Row, Spec, Wanted

PAPER = Paper(id="p1", file="kites.pdf", title="Kites in strong wind", arxiv="2401.00001", version="v2")
GAIN = "The average rises from 68.2 to 73.6, a gain of 5.4 points."


def claim(text: str) -> Claim:
    return Claim(
        id=content_id("c", text),
        paper="p1",
        passage="s1",
        sentence=0,
        text=text,
        kind=ClaimKind.FINDING,
        section="Results",
        spans=(Span(page=4, boxes=()),),
        quantities=quantities(text),
        conditions=(),
        score=0.5,
    )


def reading(*texts: str, tables: tuple[Table, ...] = ()) -> Reading:
    passages = tuple(
        Passage(
            id=f"s{i}",
            paper="p1",
            section="Results",
            role=Role.BODY,
            text=text,
            spans=(Span(page=i, boxes=()),),
            sentences=(),
        )
        for i, text in enumerate(texts, start=1)
    )
    return Reading(paper=PAPER, passages=passages, tables=tables)


def read(text: str) -> list[tuple[str, str]]:
    return [(s.kind, s.words) for s in statements(text)]


# --- what sentences state


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (GAIN, "difference", "abs(73.6 − 68.2) = 5.4 points"),
        ("BLEU goes from 27.3 to 28.4 (+1.1).", "difference", "28.4 − 27.3 = +1.1"),
        ("F1 drops by 3.1 points from 80.2 to 77.1.", "difference", "80.2 − 77.1 = 3.1 points"),
        (
            "It increases from 84.7 F1 to 85.9 F1, an absolute improvement of 1.2 %.",
            "difference",
            "abs(85.9 − 84.7) = 1.2 %",
        ),
        (
            "Accuracy is 73.6 versus 68.2 for the baseline, a difference of 5.4 points.",
            "difference",
            "abs(68.2 − 73.6) = 5.4 points",
        ),
        (
            "It improves accuracy by 12 % relative, from 50.0 to 56.0.",
            "relative",
            "100 × abs(56.0 − 50.0) / 50.0 = 12 %",
        ),
        (
            "The corpus grows from 200 to 250 documents, an increase of 25 %.",
            "relative",
            "100 × (250 − 200) / 200 = 25 %",
        ),
        (
            "We see a 24% reduction of the mean error: from 0.2096±0.002 to 0.1590±0.002.",
            "relative",
            "100 × (0.2096 − 0.1590) / 0.2096 = 24%",
        ),
        (
            "We achieve an F1 of 87.5%, beating the kites (84.1%) with a relative improvement of 4.04%.",
            "relative",
            "100 × abs(87.5% − 84.1%) / 84.1% = 4.04%",
        ),
        ("From 12 hours to 3 hours, a 4x speedup.", "ratio", "max(12, 3) / min(12, 3) = 4x"),
        ("We label 87 of the 200 answers (43.5 %) by hand.", "share", "100 × 87 / 200 = 43.5 %"),
        ("Many trees cross (106/386 ≈27.5%).", "share", "100 × 106 / 386 = 27.5%"),
        ("Only 43 (21.5%) of the 200 kites fell.", "share", "100 × 43 / 200 = 21.5%"),
        (
            "There are 392,702 training, 9,815 development and 9,832 test pairs, 412,349 pairs in total.",
            "sum",
            "sum(392,702, 9,815, 9,832) = 412,349 pair",
        ),
        (
            "It has a total of 600 documents (400 long and 200 short ones).",
            "sum",
            "sum(400, 200) = 600 document",
        ),
        (
            "English reaches 80.1, German 70.2 and Greek 60.3, an average of 70.2.",
            "average",
            "mean(80.1, 70.2, 60.3) = 70.2",
        ),
        ("The average of 1.0, 2.0 and 6.0 is 3.0.", "average", "mean(1.0, 2.0, 6.0) = 3.0"),
        ("Together 433k + 20k = 453k pairs.", "equation", "433k + 20k = 453k"),
        ("Each part has d/L = 300/3 = 100 units.", "equation", "300 / 3 = 100"),
    ],
)
def test_arithmetic_is_read_from_a_sentence(text: str, kind: str, words: str) -> None:
    assert read(text) == [(kind, words)]


@pytest.mark.parametrize(
    "text",
    [
        "It rises from 60 % to 66 %, a gain of 10 %.",  # a difference or a ratio: two readings
        "The error falls by 24 % from 0.2096 to 0.1590.",
        "It rises from 68.2 to 73.6, a gain of more than 5 points.",
        "It rises from 80 % to 85 %, a 25 % relative error reduction.",
        "Scores range from 68.2 to 73.6, with a gain on 5.4 of them.",
        "The rate is tuned amongst {0.1, 0.2, 0.3} on all layers.",
        "The states are 50, 200 for English and 50, 100 for others.",
        "It wins on 48 out of 54 treebanks, with 6 ties.",
        "50% of errors are imprecise, 28% are complex and 14% are paraphrases.",
        "Of 100 papers we read 30 from one venue and 20 from another.",
        "A 3 × 3 kernel with stride 2 = small.",
        "Of all, 13·5% (38 155 of 282 103) had side effects.",  # a raised decimal point
        "It ran from January 19, 2014 and ended on April 28, 2014, with a total of 15 episodes.",
        "The share under the age of 16 has declined from 25 percent to 19 percent.",
        "At BP <130/80 mmHg it increased from 29 to 46%.",
        "Twenty heads then a tail have 0.520 × 0.5 = 0.521 as odds.",  # lost superscripts
        "See Table 2 and Section 3.1 for 5 runs.",
        "",
        "⟦0⟧ from ⟦1⟧ to ⟦2⟧, a gain of ⟦0⟧",
    ],
)
def test_what_could_be_read_in_two_ways_is_left_alone(text: str) -> None:
    assert read(text) == []


def test_two_statements_of_one_sentence_are_two_hypotheses() -> None:
    text = "F1 rises from 68.2 to 73.6, a gain of 5.4 points, and 87 of the 200 answers (43.5 %) change."
    spec = formula.draft(Wanted(claim=claim(text), paper=PAPER))
    assert len({h.key for h in spec.hypotheses}) == len({h.claim for h in spec.hypotheses}) == 2


@given(st.text(alphabet="from to ,.(%)+=×/0123456789 again of a total average points⟦⟧", max_size=120))
def test_any_sentence_is_read_and_every_input_stands_in_it(text: str) -> None:
    for statement in statements(text):
        for _, number in (*statement.inputs, ("", statement.stated)):
            assert number.printed in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GAIN, "0.15"),  # three numbers with one decimal: three times .05
        ("We label 87 of the 200 answers (43.5 %) by hand.", "0.05"),  # counts are exact
        ("Together 433k + 20k = 453k pairs.", "1500"),
        ("Each part has d/L = 300/3 = 100 units.", "0"),
        ("The average of 1.0, 2.0 and 6.0 is 3.0.", "0.1"),
    ],
)
def test_the_tolerance_is_what_the_printed_digits_leave(text: str, expected: str) -> None:
    (statement,) = statements(text)
    assert f"{tolerance(statement):f}" == expected


# --- averages of tables


def table(*rows: tuple[str, ...]) -> Table:
    return Table(
        id="t1", paper="p1", page=7, box=Box(0, 0, 1, 1), caption="Table 2: Results", rows=rows, cell_boxes=()
    )


ROWS = (
    ("Model", "dev", "en", "de fr", "avg"),
    ("Kite", "90.0", "80.0", "70.0 60.0", "70.0"),
    ("Wing", "91.0", "81.5", "71.0 61.0", "71.2"),
    ("Glider", "92.0", "84.0", "73.3 62.8", "73.4"),
    ("Sail", "-", "50.0", "40.0 -", "45.0"),
)


def test_an_average_is_recomputed_from_its_row_over_the_columns_that_other_rows_show() -> None:
    said = claim("The glider reaches 73.4 F1 on average.")
    (found,) = averages(said, [table(*ROWS)], doc_id="kites.pdf")
    assert found.words == "mean(84.0, 73.3, 62.8) = 73.4"  # dev is not averaged, as Kite and Wing show
    assert found.quotes[0].page == 7
    assert "Glider | 92.0 | 84.0 | 73.3 62.8 | 73.4" in found.quotes[0].text
    assert f"{tolerance(found):f}" == "0.1"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("The glider reaches 73.4 F1.", ROWS),  # not said to be an average
        ("The glider gains 73.4 points on average.", ROWS),  # a difference
        ("The glider reaches 74.4 F1 on average.", ROWS),  # in no row
        ("The glider reaches 73.4 F1 on average.", (*ROWS, ROWS[3])),  # in two rows
        (
            "The glider reaches 73.4 F1 on average.",
            (ROWS[0], ROWS[1], ROWS[3]),
        ),  # one other row shows nothing
        ("The glider reaches 73.4 F1 on average.", (ROWS[0], ROWS[3])),
    ],
)
def test_an_average_that_no_single_row_settles_is_left_alone(
    text: str, rows: tuple[tuple[str, ...], ...]
) -> None:
    assert averages(claim(text), [table(*rows)], doc_id="kites.pdf") == ()


def test_the_row_in_question_never_settles_what_its_column_averages() -> None:
    wrong = (*ROWS[:3], ("Glider", "92.0", "84.0", "73.3 62.8", "79.9"))
    (found,) = averages(claim("The glider reaches 79.9 on average."), [table(*wrong)], doc_id="kites.pdf")
    assert found.words == "mean(84.0, 73.3, 62.8) = 79.9"


# --- the spec


def given_options(**changed: str) -> Wanted:
    stated = {
        "expression": "b - a",
        "inputs": "a=68.2; b=73.6",
        "stated": "5.4",
        "unit": "points",
        "quote": GAIN,
    }
    merged = {**stated, **changed}
    return Wanted(options=tuple((name, value) for name, value in merged.items() if value))


def test_the_spec_states_rule_tolerance_and_control_before_anything_runs() -> None:
    spec = formula.draft(Wanted(claim=claim(GAIN), paper=PAPER))
    (hypothesis,) = spec.hypotheses
    rule = hypothesis.rule
    assert hypothesis.text == f"Arithmetic of: {GAIN} [abs(73.6 − 68.2) = 5.4 points]"
    assert hypothesis.at_claim_scale
    assert hypothesis.claim != claim(GAIN).id  # a claim of its own
    assert (rule.kind, rule.reported, rule.tolerance, rule.controls) == ("tolerance", 5.4, 0.15, ("altered",))
    assert rule.deterministic
    assert spec.seeds == (0,)
    assert spec.paper == "arxiv:2401.00001"
    assert spec.quotes[0].text == GAIN
    assert spec.quotes[0].page == 4
    assert spec.quotes[0].keys == (hypothesis.key,)
    assert "not run" in spec.words
    parameters = dict(spec.parameters)
    assert parameters[f"{hypothesis.key}.printed"] == "a=68.2 (±0.05); b=73.6 (±0.05)"
    assert parameters[f"{hypothesis.key}.altered"] == "a=102.3; b=73.6"
    assert formula.draft(Wanted(claim=claim(GAIN), paper=PAPER)) == spec


def test_a_claim_bears_on_its_own_arithmetic_alone() -> None:
    other = "Recall rises from 10.0 to 12.0, a gain of 2.0 points."
    spec = formula.draft(Wanted(claim=claim(GAIN), paper=PAPER))
    assert formula.bears_on(claim(GAIN), paper=PAPER) == tuple(h.key for h in spec.hypotheses)
    assert not {*formula.bears_on(claim(other), paper=PAPER)} & {h.key for h in spec.hypotheses}
    assert formula.bears_on(claim("Kites fly higher in strong wind."), paper=PAPER) == ()


def test_a_table_of_the_paper_counts_where_it_was_read() -> None:
    said = claim("The glider reaches 73.4 F1 on average.")
    spec = formula.draft(Wanted(claim=said, paper=PAPER, reading=reading(tables=(table(*ROWS),))))
    assert dict(spec.parameters)[f"{spec.hypotheses[0].key}.kind"] == "table average"
    assert [q.page for q in spec.quotes] == [4, 7]


def test_options_state_what_no_sentence_does() -> None:
    said = "BERT base (L = 12, H = 768, a vocabulary of 30522) has 110M parameters."
    wanted = given_options(
        expression="12*l*h**2 + v*h",
        inputs="l=12; h=768; v=30522",
        stated="110M",
        unit="parameters",
        tolerance="2M",
        quote=said,
    )
    spec = formula.draft(wanted)
    rule = spec.hypotheses[0].rule
    assert (rule.reported, rule.tolerance) == (110e6, 2e6)
    assert spec.deviations == ("quotes were given with the command and looked up in no document",)


def test_quotes_are_looked_up_in_the_paper_that_was_read() -> None:
    wanted = replace(given_options(), reading=reading("Kites fly.", f"As we said. {GAIN} Good."))
    spec = formula.draft(wanted)
    assert (spec.quotes[0].doc_id, spec.quotes[0].page, spec.deviations) == ("kites.pdf", 2, ())
    with pytest.raises(UsageError, match=r"no passage of kites\.pdf"):
        formula.draft(replace(wanted, reading=reading("Kites fly.")))


def test_inputs_may_stand_in_several_quotes() -> None:
    options = (
        ("expression", "b - a"),
        ("inputs", "a=68.2; b=73.6"),
        ("stated", "5.4"),
        ("quote", "The baseline has 68.2."),
        ("quote", "Ours has 73.6, 5.4 more."),
    )
    assert len(formula.draft(Wanted(options=options)).quotes) == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"quote": "It rises from 68.2 to 173.6, by 5.4."}, "b=73.6 stands in no quote"),
        ({"quote": "It rises from 68.2 to 73.65, by 5.4."}, "b=73.6 stands in no quote"),
        ({"quote": "It rises from 68.2 to 73.6."}, "stated=5.4 stands in no quote"),
        ({"quote": ""}, "no quote"),
        ({"inputs": ""}, "option inputs is missing"),
        ({"stated": "many"}, "no number"),
        ({"inputs": "a=68.2; b=73.6; a=1"}, "given twice"),
        ({"inputs": "a=68.2"}, "b has no value"),
        ({"inputs": "a=68.2; b=73.6; c=5.4"}, "c is not used"),
        ({"expression": "b.__class__ - a"}, "only numbers"),
        ({"expression": "__import__('os') - a - b"}, "only numbers"),
        ({"expression": "open(a, b)"}, "only numbers"),
        ({"expression": "b / (a - a)"}, "division by zero"),
        ({"expression": "a ** 64 ** b"}, "whole numbers"),
        ({"tolerance": "-1"}, "negative"),
        ({"expression": "b - a" + " " * 600}, None),
        ({"colour": "red"}, "no option"),
        ({"expression": "a * b * 1e99"}, "beyond"),
    ],
)
def test_what_cannot_be_recomputed_is_refused_in_one_line(changed: dict[str, str], words: str | None) -> None:
    if words is None:
        assert formula.draft(given_options(**changed)).hypotheses
        return
    with pytest.raises(UsageError, match=words) as caught:
        formula.draft(given_options(**changed))
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(), "no claim"),
        (Wanted(claim=claim("Kites fly higher.")), "states no arithmetic"),
        (Wanted(claim=claim(GAIN), seeds=(1, 2)), "no chance"),
        (Wanted(claim=claim(GAIN), options=(("quote", GAIN),)), "expression is missing"),
        (Wanted(options=(("stated", "1"), ("stated", "2"))), "twice"),
    ],
)
def test_a_claim_without_arithmetic_is_refused(wanted: Wanted, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        formula.draft(wanted)


# --- the program and its value


def ran(spec: Spec, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run the program as the seal does, but for the seal."""
    for name, raw in formula.prepare(spec, 0).files:
        (folder / name).write_bytes(raw)
    out = folder / "out"
    out.mkdir()
    monkeypatch.setattr(program, "INPUTS", folder)
    monkeypatch.setattr(program, "OUT", out)
    program.main()
    return out


def judged(spec: Spec, rows: tuple[Row, ...]) -> list[Outcome]:
    return [rules.judge(h, rows, repeatable=True).outcome for h in spec.hypotheses]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (GAIN, Outcome.REPRODUCED),
        ("The average rises from 68.2 to 73.6, a gain of 5.5 points.", Outcome.REPRODUCED),  # by its digits
        ("The average rises from 68.2 to 73.6, a gain of 6.4 points.", Outcome.FAILED),
        ("We label 87 of the 200 answers (44.5 %) by hand.", Outcome.FAILED),
        ("It has a total of 601 documents (400 long and 200 short ones).", Outcome.FAILED),
        ("It has a total of 600 documents (400 long and 200 short ones).", Outcome.REPRODUCED),
        ("We label 0 of the 200 answers (0 %) by hand.", Outcome.INCONCLUSIVE),  # the control sees nothing
    ],
)
def test_arithmetic_is_judged_by_its_value_in_the_seal(
    text: str, outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = formula.draft(Wanted(claim=claim(text), paper=PAPER))
    out = ran(spec, tmp_path, monkeypatch)
    rows = formula.measure(spec, 0, outputs=out, gold=tmp_path)
    assert judged(spec, rows) == [outcome]


def test_the_program_writes_the_same_bytes_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = formula.draft(Wanted(claim=claim(GAIN), paper=PAPER))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (ran(spec, tmp_path / name, monkeypatch) / "value.json" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_no_stated_value_enters_the_seal() -> None:
    spec = formula.draft(Wanted(claim=claim(GAIN), paper=PAPER))
    prepared = formula.prepare(spec, 0)
    assert b"5.4" not in dict(prepared.files)["formulas.json"]
    assert prepared.gold == ()


def _damaged(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "make",
    [
        lambda _: b"",
        lambda _: b"[" * 100_000,
        lambda _: b"\xff\xfe",
        lambda _: b" " * 300_000,
        lambda _: _damaged([]),
        lambda _: _damaged({}),
        lambda key: _damaged({key: {"recomputed": "5.4"}}),
        lambda key: _damaged({key: {"recomputed": 5.4, "altered": "-28.7"}}),
        lambda key: _damaged({key: {"recomputed": "NaN", "altered": "-28.7"}}),
        lambda key: _damaged({key: {"recomputed": "5.4", "altered": "1" * 99}}),
        lambda key: _damaged({key: {"recomputed": "5.5", "altered": "28.7"}}),  # not what the spec gives
        lambda key: _damaged({key: {"recomputed": "5.4", "altered": "28.7"}, "more": {}}),
    ],
)
def test_hostile_values_are_refused_in_one_line(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    spec = formula.draft(Wanted(claim=claim(GAIN), paper=PAPER))
    (tmp_path / "value.json").write_bytes(make(spec.hypotheses[0].key))
    with pytest.raises(InputError, match=r"value\.json") as caught:
        formula.measure(spec, 0, outputs=tmp_path, gold=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_link_or_a_missing_value_is_refused(tmp_path: Path) -> None:
    spec = formula.draft(Wanted(claim=claim(GAIN), paper=PAPER))
    with pytest.raises(InputError, match="no plain file"):
        formula.measure(spec, 0, outputs=tmp_path, gold=tmp_path)
    (tmp_path / "elsewhere").write_text("{}")
    (tmp_path / "value.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="no plain file"):
        formula.measure(spec, 0, outputs=tmp_path, gold=tmp_path)


@pytest.mark.parametrize(
    "parameters", [(), (("k.expression", "a"), ("k.recomputed", "a=x"), ("k.altered", "a=1"))]
)
def test_a_damaged_spec_is_refused(parameters: tuple[tuple[str, str], ...]) -> None:
    spec = formula.draft(Wanted(claim=claim(GAIN), paper=PAPER))
    hypotheses = (replace(spec.hypotheses[0], key="k"),)
    with pytest.raises(InputError, match="the spec"):
        formula.prepare(replace(spec, parameters=parameters, hypotheses=hypotheses), 0)


def test_formula_is_an_experiment_found_by_name() -> None:
    assert "formula" in experiments.names()
    assert experiments.load("formula").VERSION == formula.VERSION


# --- the language

_VALUES = {"a": Fraction(2), "b": Fraction("0.5"), "c": Fraction(-3)}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a + b * c", "0.5"),
        ("-a ** 2", "-4"),
        ("(a - c) / b", "10"),
        ("a ** -2", "0.25"),
        ("mean(a, b, c)", "-0.1666666666666666666666666666666666666667"),
        ("sum(a, b, c)", "-0.5"),
        ("min(a, b) + max(a, c)", "2.5"),
        ("abs(c)", "3"),
        ("round(b)", "1"),
        ("round(-b)", "-1"),
        ("round(2.345, 2)", "2.35"),
        ("sqrt(a * a)", "2"),
        ("sqrt(2)", "1.414213562373095048801688724209698078570"),
        ("log(1)", "0"),
        ("0.1 + 0.2", "0.3"),
        ("1e3", "1000"),
    ],
)
def test_expressions_are_worked_out_exactly(expression: str, value: str) -> None:
    assert Fraction(shown(evaluate(expression, _VALUES))) == Fraction(value)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a if a else b",
        "a < b",
        "a.real",
        "a[0]",
        "lambda: a",
        "f(a)",
        "round(a, 99)",
        "abs(a, b)",
        "mean()",
        "sqrt(c)",
        "log(a - a)",
        "d",
        "a ** 65",
        "a ** b",
        "(a - a) ** -1",
        "9 ** 64 ** 1 ** 1 * 9 ** 64 * " * 12 + "9",
        "1e999",
        "1if a else b",
        "a" * 501,
        "-(" * 30 + "a" + ")" * 30,
        "-" * 60 + "a",
        "mean(a, *b)",
        "round(a, ndigits=1)",
        "True",
        "'a'",
        "a := 1",
        "a\nb",
        "é + a",
    ],
)
def test_whatever_is_outside_the_language_is_refused(expression: str) -> None:
    with pytest.raises(BadExpression):
        evaluate(expression, _VALUES)


@given(st.text(alphabet="ab0123456789.+-*/(), meansqrtlogundxi_e'\"[]{}:=\\\n", max_size=60))
def test_any_text_has_a_value_or_is_refused(text: str) -> None:
    try:
        value = evaluate(text, _VALUES)
    except BadExpression:
        return
    assert isinstance(value, Fraction)
    assert shown(value)
