"""A user's folder: repro.toml is checked key by key, gold stays outside, predictions are hostile."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import InputError, UsageError
from synth.experiments import load, script
from synth.experiments._script import metrics, plan, program
from synth.trials import Spec, Wanted

ITEMS = 8
CONTROL = 'control = ["{python}", "run.py", "--shuffle", "--seed", "{seed}"]'


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def folder(at: Path, *, change: Mapping[str, str] | None = None) -> Path:
    """Write a folder with a script, gold and repro.toml, in which ``change`` replaces words.

    ``{CONTROL: ""}`` leaves the control out.
    """
    at.mkdir(exist_ok=True)
    (at / "run.py").write_text("print('hello')\n")
    rows = [{"id": n, "label": "even" if n % 2 == 0 else "odd"} for n in range(ITEMS)]
    (at / "gold.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    text = f"""
[claim]
text = "The tagger reaches 90 %."
[run]
command = ["{{python}}", "run.py", "--seed", "{{seed}}"]
{CONTROL}
seeds = [1, 2, 3, 4, 5]
[inputs]
"run.py" = "{digest(at / "run.py")}"
[gold]
file = "gold.jsonl"
sha256 = "{digest(at / "gold.jsonl")}"
[metric]
name = "accuracy"
predictions = "predictions.jsonl"
expected = 90.0
tolerance = 2.0
"""
    for old, new in (change or {}).items():
        assert old in text
        text = text.replace(old, new)
    (at / "repro.toml").write_text(text)
    return at


def drafted(at: Path) -> Spec:
    return script.draft(Wanted(options=(("folder", str(at)),)))


def predicted(at: Path, lines: list[str]) -> Path:
    """Write the same predictions for the script and its control."""
    for arm in ("script", "control"):
        (at / arm).mkdir(parents=True)
        (at / arm / "predictions").write_text("".join(f"{line}\n" for line in lines))
    return at


def gold_of(at: Path, made: Spec, place: Path) -> Path:
    at.mkdir()
    for name, content in script.prepare(made, 1, places=(("folder", str(place)),)).gold:
        (at / name).write_bytes(content)
    return at


def test_a_folder_becomes_a_spec_that_names_no_path_of_this_machine(tmp_path: Path) -> None:
    made = drafted(folder(tmp_path / "job"))
    assert made.seeds == (1, 2, 3, 4, 5)
    assert made.hypotheses[0].rule.reported == 90.0
    assert made.hypotheses[0].at_claim_scale
    assert str(tmp_path) not in repr(made)


def test_without_a_control_the_run_is_not_at_the_claims_scale_and_says_so(tmp_path: Path) -> None:
    made = drafted(folder(tmp_path / "job", change={CONTROL: ""}))
    assert not made.hypotheses[0].at_claim_scale
    assert (made.scale, made.words) == (
        script.NO_CONTROL,
        f"a user's script in the seal: {script.NO_CONTROL}",
    )
    smaller = drafted(folder(tmp_path / "other", change={CONTROL: 'scale = "a tenth"'}))
    assert smaller.scale == f"a tenth; {script.NO_CONTROL}"
    for one in (made, smaller):
        assert script.departs(one) == ""
        assert script.departs(replace(one, hypotheses=(replace(one.hypotheses[0], at_claim_scale=True),)))


def test_gold_never_enters_the_seal(tmp_path: Path) -> None:
    place = folder(tmp_path / "job")
    prepared = script.prepare(drafted(place), 1, places=(("folder", str(place)),))
    assert [name for name, _ in prepared.files] == ["folder/run.py", "plan.json", "program.py"]
    assert [name for name, _ in prepared.gold] == ["gold.jsonl"]
    assert b"label" not in b"".join(content for _, content in prepared.files)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[claim]", "[claims]", "claims"),
        ('text = "The tagger reaches 90 %."', 'text = " "', "claim.text"),
        ('"{python}", "run.py", "--seed", "{seed}"', "", "run.command"),
        ("seeds = [1, 2, 3, 4, 5]", "seeds = [1, 1]", "run.seeds"),
        ("seeds = [1, 2, 3, 4, 5]", "seeds = [-1]", "run.seeds"),
        ('name = "accuracy"', 'name = "best"', "metric.name"),
        ("expected = 90.0", "expected = nan", "metric.expected"),
        ("tolerance = 2.0", "tolerance = -1.0", "metric.tolerance"),
        ('predictions = "predictions.jsonl"', 'predictions = "../x"', "metric.predictions"),
        ('"run.py" = ', '"../run.py" = ', "../run.py"),
        ('"run.py" = ', '"/etc/passwd" = ', "/etc/passwd"),
        ('file = "gold.jsonl"', 'file = "lost.jsonl"', "lost.jsonl"),
        ("[metric]", "[metric]\nbest = 1", "metric.best"),
        ("[claim]", "[limits]\ncpu_seconds = 0\n[claim]", "limits.cpu_seconds"),
    ],
)
def test_what_repro_toml_gets_wrong_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    with pytest.raises(InputError, match=named.replace(".", r"\.")):
        drafted(folder(tmp_path / "job", change={old: new}))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'command = ["{python}", "run.py", "--seed", "{seed}"]',
            'command = "run.py"',
            'repro.toml: run.command must be a list of words, such as ["{python}", "run.py"',
        ),
        (
            "[claim]",
            "[claims]",
            "[claims] is no table that is known (claim, run, inputs, gold, metric, limits)",
        ),
        (
            'file = "gold.jsonl"\nsha256 = "',
            'file = "gold.jsonl"\nsha256 = "x',
            "gold.sha256 must be a sha256",
        ),
        ("= 90.0", "= 0.9", "metric.expected of accuracy must be in percent: write 90.0, not 0.9"),
        ("= 90.0", "= 1", "must be in percent"),
        ("= 90.0", "= 100.5", "must be in percent"),
        ("= 90.0", "= -3", "must be in percent"),
        ('"accuracy"', '"macro_f1"\nexpected = 0.9 #', "metric.expected of macro_f1 must be in percent"),
        ('"accuracy"', '"pearson"', "metric.expected of pearson must be a correlation from -1 to 1"),
        ('"accuracy"', '"spearman"', "metric.expected of spearman must be a correlation from -1 to 1"),
    ],
)
def test_the_line_of_error_says_what_to_write(tmp_path: Path, old: str, new: str, said: str) -> None:
    change = {old: new} | ({"\nexpected = 90.0": ""} if "#" in new else {})
    with pytest.raises(InputError) as caught:
        drafted(folder(tmp_path / "job", change=change))
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("metric", "expected", "tolerance"),
    [("accuracy", 0.0, 2), ("accuracy", 100.0, 2), ("pearson", 0.9, 0.1), ("mean_absolute_error", 0.9, 1)],
)
def test_figures_in_the_unit_of_their_metric_are_taken(
    tmp_path: Path, metric: str, expected: float, tolerance: float
) -> None:
    change = {'"accuracy"': f'"{metric}"', "= 90.0": f"= {expected}", "= 2.0": f"= {tolerance}"}
    made = drafted(folder(tmp_path / "job", change=change))
    assert made.hypotheses[0].rule.reported == expected
    assert script.departs(made) == ""


def test_a_changed_file_is_named_with_the_hash_that_it_has(tmp_path: Path) -> None:
    place = folder(tmp_path / "job")
    (place / "run.py").write_text("print('other')\n")
    with pytest.raises(InputError, match=digest(place / "run.py")):
        drafted(place)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    place = folder(tmp_path / "job")
    (place / "run.py").rename(tmp_path / "outside.py")
    (place / "run.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(InputError, match=r"run\.py"):
        drafted(place)


def test_a_folder_that_changed_after_the_spec_was_frozen_is_refused(tmp_path: Path) -> None:
    place = folder(tmp_path / "job")
    made = drafted(place)
    folder(place, change={'"{seed}"]': '"{seed}", "--cheat"]'})
    with pytest.raises(InputError, match="changed since"):
        script.prepare(made, 1, places=(("folder", str(place)),))


def test_without_its_folder_nothing_is_prepared(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder"):
        script.prepare(drafted(folder(tmp_path / "job")), 1)


def test_accuracy_is_computed_from_the_raw_predictions(tmp_path: Path) -> None:
    place = folder(tmp_path / "job")
    made = drafted(place)
    lines = [json.dumps({"id": n, "prediction": "even"}) for n in range(ITEMS)]
    rows = script.measure(
        made, 1, outputs=predicted(tmp_path / "out", lines), gold=gold_of(tmp_path / "gold", made, place)
    )
    assert [(row.arm, row.value, row.n) for row in rows] == [
        ("script", 50.0, ITEMS),
        ("control", 50.0, ITEMS),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["not json"],
        ["[" * 5000],
        ['{"id": 0}'],
        [json.dumps({"id": 0, "prediction": "even"})] * 2,
        [json.dumps({"id": n, "prediction": "even"}) for n in range(ITEMS + 1)],
        [json.dumps({"id": n, "prediction": "even"}) for n in range(ITEMS - 1)],
        [json.dumps({"id": n, "prediction": ["even"]}) for n in range(ITEMS)],
        [f'{{"id": {n}, "prediction": NaN}}' for n in range(ITEMS)],
    ],
)
def test_hostile_predictions_are_one_line_of_error(tmp_path: Path, lines: list[str]) -> None:
    place = folder(tmp_path / "job")
    made = drafted(place)
    gold = gold_of(tmp_path / "gold", made, place)
    with pytest.raises(InputError) as caught:
        script.measure(made, 1, outputs=predicted(tmp_path / "out", lines), gold=gold)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            [json.dumps({"id": n, "prediction": n % 2}) for n in range(ITEMS)],
            "no prediction can equal a label: predictions.jsonl of script holds whole numbers, "
            "gold.jsonl holds text",
        ),
        (
            [json.dumps({"id": n, "prediction": [True, 0.5][n % 2]}) for n in range(ITEMS)],
            "holds decimal numbers and true or false, gold.jsonl holds text",
        ),
        (
            ['{"item": 1, "la\\u001bbel": "even"}'],
            "predictions.jsonl of script, line 1: needs id and prediction, but has item, label",
        ),
        ([json.dumps({str(n): n for n in range(999)})], "but has 0, 1, 2, 3, 4, 5, 6, 7, …"),
        (["[1]"], "but is no object"),
    ],
)
def test_predictions_of_another_kind_are_told_by_their_own_names(
    tmp_path: Path, lines: list[str], said: str
) -> None:
    place = folder(tmp_path / "job")
    made = drafted(place)
    gold = gold_of(tmp_path / "gold", made, place)
    with pytest.raises(InputError) as caught:
        script.measure(made, 1, outputs=predicted(tmp_path / "out", lines), gold=gold)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("body", "code", "last"),
    [
        ("raise ValueError('too few words')", 1, "ValueError: too few words"),
        ("raise SystemExit(3)", 3, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", 128 + signal.SIGXCPU, ""),
        ("print('done')", 1, "the command of script left no file predictions.jsonl"),
        ("open('predictions.jsonl', 'w').write('{}')", 0, "done"),
    ],
)
def test_a_command_that_fails_has_the_last_word_and_its_own_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    body: str, code: int, last: str,
) -> None:  # fmt: skip
    (tmp_path / "inputs" / "folder").mkdir(parents=True)
    (tmp_path / "inputs" / "folder" / "run.py").write_text(f"import sys\n{body}\nprint('done')\n")
    told = {
        "seed": 1, "files": ["run.py"], "predictions": "predictions.jsonl",
        "arms": {"script": ["{python}", "run.py"]},
    }  # fmt: skip
    (tmp_path / "inputs" / "plan.json").write_text(json.dumps(told))
    for name in ("inputs", "out", "work"):
        monkeypatch.setattr(program, name.upper(), tmp_path / name)
    assert program.main() == code
    said = [line for line in "".join(capfd.readouterr()).splitlines() if not line.startswith("@progress")]
    assert (said or [""])[-1] == last


def test_a_figure_that_the_script_reports_itself_is_not_at_the_claims_scale(tmp_path: Path) -> None:
    at = folder(tmp_path / "job", change={'name = "accuracy"': 'name = "value"'})
    text = (at / "repro.toml").read_text()
    kept = text[: text.index("[gold]")] + text[text.index("[metric]") :]
    (at / "repro.toml").write_text(kept)
    made = drafted(at)
    assert not made.hypotheses[0].at_claim_scale
    assert "own" in made.words
    row, _ = script.measure(made, 1, outputs=predicted(tmp_path / "out", ["90.5"]), gold=tmp_path)
    assert row.value == 90.5
    assert script.departs(made) == ""
    assert script.departs(replace(made, scale="whole", words="a user's script in the seal: whole"))


@pytest.mark.parametrize("text", ["true", "NaN", '"90"', "[90]", "", "1e999"])
def test_a_figure_that_is_no_finite_number_is_refused(tmp_path: Path, text: str) -> None:
    at = folder(tmp_path / "job", change={'name = "accuracy"': 'name = "value"'})
    toml = (at / "repro.toml").read_text()
    (at / "repro.toml").write_text(toml[: toml.index("[gold]")] + toml[toml.index("[metric]") :])
    with pytest.raises(InputError):
        script.measure(drafted(at), 1, outputs=predicted(tmp_path / "out", [text]), gold=tmp_path)


def test_metrics_give_the_figures_that_hands_compute() -> None:
    gold, said = ["a", "a", "b", "c"], ["a", "b", "b", "b"]
    assert metrics.accuracy(gold, said) == 50.0
    # F1: a 2/3, b 1/2, c 0
    assert metrics.macro_f1(gold, said) == pytest.approx(100 * (2 / 3 + 1 / 2) / 3)
    assert metrics.mean_absolute_error([1, 2, 4], [1, 3, 1]) == pytest.approx(4 / 3)
    assert metrics.root_mean_squared_error([1, 2, 4], [1, 3, 1]) == pytest.approx((10 / 3) ** 0.5)
    assert metrics.pearson([1, 2, 3], [2, 4, 6]) == pytest.approx(1.0)
    assert metrics.pearson([1, 2, 3], [5, 5, 5]) == 0.0
    assert metrics.spearman([1, 2, 3, 4], [1, 4, 9, 2]) == pytest.approx(0.4)


NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@given(NUMBERS)
def test_ranks_of_ties_are_their_mean_so_order_never_matters(values: list[float]) -> None:
    turned = metrics.spearman(list(reversed(values)), list(reversed(values)))
    assert metrics.spearman(values, values) == pytest.approx(turned)


def test_the_plug_in_is_found_by_its_file() -> None:
    assert load("script").VERSION == script.VERSION


def test_names_of_files_stay_beneath_the_folder() -> None:
    for name in ("a/../../x", "./x", "a//b", "a\\b", "x\n"):
        with pytest.raises(InputError):
            plan._inner(name, "inputs")
