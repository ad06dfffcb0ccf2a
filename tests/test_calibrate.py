"""Calibration by the user: fitted on labelled pairs, applied to verdicts, silent below a wanted precision."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typed import Run, one_line

from synth import calibration, pipeline, verifiers
from synth.config import Config, load
from synth.errors import InputError, OutputError, UsageError
from synth.formats.reliability import render_reliability
from synth.pipeline import judges
from synth.pipeline.calibrating import read_labelled
from synth.records import Evidence, Label, Probabilities, Verdict
from synth.verifiers import _weights
from synth.verifiers._recalibrated import Scaling, abstained, recalibrated, short, unsaid

PARTS = ("parser", "encoder", "tagger", "decoder", "lexicon", "retriever", "grammar", "tokenizer", "ranker")
PLACES = ("Latin", "Dutch", "Welsh", "Hindi")
OTHER = "Measured rainfall fell short of what was expected that spring."
SIDEWAYS = Scaling(weight=((0.0, 1.0), (1.0, 0.0), (0.0, 0.0)), bias=(0.0, 0.0, 0.0))
"""Turns support into contradiction and back."""
SAME = Scaling(weight=((1.0, 0.0), (0.0, 1.0), (0.0, 0.0)), bias=(0.0, 0.0, 0.0))


def rows() -> list[dict[str, Any]]:
    """Thirty-six copies (three with another label), eighteen edited ones, eighteen that share nothing."""
    made: list[dict[str, Any]] = []
    for i, part in enumerate(PARTS):
        for k, place in enumerate(PLACES):
            claim = f"The {part} improves accuracy on {place} by a wide margin."
            wrong = (i, k) in {(0, 0), (3, 1), (6, 2)}
            made.append({"claim": claim, "passage": [claim], "label": "CONTRADICT" if wrong else "SUPPORT"})
            if k == 0:
                made.append({"claim": claim, "passage": OTHER, "label": "NOT_ENOUGH_INFO"})
                made.append(
                    {"claim": claim, "passage": f"No {part} improves on {place}.", "label": "CONTRADICT"}
                )
            if k == 1:
                made.append({"id": i, "claim": claim, "passage": OTHER, "label": "NOT_ENOUGH_INFO"})
                made.append({"claim": claim, "passage": f"The {part} is slow.", "label": "CONTRADICT"})
    return made


def content(given: Sequence[Mapping[str, Any]] | None = None) -> bytes:
    return "".join(json.dumps(r) + "\n" for r in (given or rows())).encode()


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    file = tmp_path / "pairs.jsonl"
    file.write_bytes(content())
    return file


@pytest.fixture(scope="module")
def fitted_once(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    config = Config(home=tmp_path_factory.mktemp("fitted"), verifier="overlap")
    return pipeline.calibration_file(pipeline.calibrate(content(), name="pairs", config=config))


@pytest.fixture
def fitted(fitted_once: bytes, tmp_path: Path) -> Path:
    """Return a file with the calibration of the overlap verifier on the made-up pairs."""
    (tmp_path / "cal.json").write_bytes(fitted_once)
    return tmp_path / "cal.json"


def sentence(relation: Label, *, score: float = 0.6, number: int = 0) -> Evidence:
    return Evidence(
        doc_id="a.pdf", paper="p1", passage="x", sentence=number, start=0, quote=f"Sentence {number}.",
        spans=(), relation=relation, score=score,
    )  # fmt: skip


def verdict(label: Label, p: tuple[float, float, float], *found: Evidence, mixed: bool = False) -> Verdict:
    return Verdict(
        claim="c1", label=label, probabilities=Probabilities(*p), evidence=found, signature="s/1",
        reasons=("why",), mixed=mixed,
    )  # fmt: skip


def test_the_file_holds_what_it_was_fitted_on(fitted: Path, pairs: Path) -> None:
    made = json.loads(fitted.read_text())
    assert set(made) == {"verifier", "fitted_on", "pairs", "data", "weight", "bias", "curve"}
    assert made["fitted_on"] == "given passages"
    assert (
        made["verifier"]
        == verifiers.build("overlap", encode=lambda _: np.zeros((0, 0), np.float32)).signature
    )
    assert made["pairs"] == len(rows())
    assert made["data"] == hashlib.sha256(pairs.read_bytes()).hexdigest()
    assert (len(made["weight"]), len(made["weight"][0]), len(made["bias"])) == (3, 2, 3)
    (step,) = made["curve"]["support"]
    assert 0.5 < step[0] < 1
    assert step[1] == 33 * 10_000 // 36 / 10_000  # three of the 36 copies are labelled otherwise


def test_the_same_pairs_give_the_same_bytes(run: Run, pairs: Path, tmp_path: Path) -> None:
    for n in ("one", "two"):
        words = ("--out", tmp_path / f"{n}.json", "--svg", tmp_path / f"{n}.svg", "--verifier", "overlap")
        assert run("calibrate", pairs, *words).code == 0
    for kind in ("json", "svg"):
        assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_the_table_and_the_json_say_the_same(run: Run, pairs: Path, tmp_path: Path) -> None:
    words = ("calibrate", pairs, "--out", tmp_path / "c.json", "--verifier", "overlap")
    table, row = run(*words).out, json.loads(run(*words, "--json").out)
    assert row["pairs"] == {"SUPPORT": 33, "CONTRADICT": 21, "NOT_ENOUGH_INFO": 18}
    assert sum(b["size"] for b in row["before"]["bins"]) == len(rows())
    assert row["after"]["brier"] < row["before"]["brier"]
    assert row["after"]["accuracy"] >= row["before"]["accuracy"]
    for figure in ("accuracy", "ece", "brier"):
        assert f"{row['before'][figure]:.3f}" in table
        assert f"{row['after'][figure]:.3f}" in table
    by_precision = {t["precision"]: t for t in row["thresholds"]}
    assert by_precision[0.8]["SUPPORT"] == by_precision[0.9]["SUPPORT"]
    assert by_precision[0.9]["SUPPORT"]["coverage"] == 0.5
    assert by_precision[0.95]["SUPPORT"] is None
    assert "never" in table


def test_the_figures_after_are_not_those_of_the_fit(pairs: Path, home: Path) -> None:
    config = Config(home=home, verifier="overlap")
    made = pipeline.calibrate(pairs.read_bytes(), name="p", config=config)
    labelled, gold = read_labelled(pairs.read_bytes(), name="p")
    own = [recalibrated(v, made.scaling) for _, v in pipeline.verify_pairs(labelled, config=config)]
    spread, numbers = np.asarray([v.probabilities for v in own]), [list(Label).index(g) for g in gold]
    assert made.after.brier > round(calibration.brier(spread, np.asarray(numbers)), 4)


def test_pairs_come_from_stdin_too(
    run: Run, pairs: Path, fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(pairs.read_bytes())))
    assert run("calibrate", "-", "--out", tmp_path / "s.json", "--verifier", "overlap").code == 0
    assert (tmp_path / "s.json").read_bytes() == fitted.read_bytes()


def test_a_calibration_in_the_settings_is_left_aside(
    run: Run, pairs: Path, fitted: Path, tmp_path: Path
) -> None:
    (tmp_path / "synth.toml").write_text('calibration = "cal.json"\nmin_precision = 0.9\n')
    assert run("calibrate", pairs, "--out", tmp_path / "again.json", "--verifier", "overlap").code == 0
    assert (tmp_path / "again.json").read_bytes() == fitted.read_bytes()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"label": "MAYBE"}, 'line 3: no "label"'),
        ({"label": ["SUPPORT"]}, 'line 3: no "label"'),
        ({"label": None}, 'line 3: no "label"'),
        ({"claim": "?!"}, "line 3: a claim needs"),
        ({"claim": 7}, 'line 3: no "claim"'),
        ({"passage": 7}, 'line 3: no "passage"'),
        ({"passage": " "}, "line 3: a passage needs"),
        ({"passage": []}, "line 3: a passage needs"),
    ],
)
def test_a_wrong_line_is_named(changed: Mapping[str, Any], said: str) -> None:
    given = rows()
    with pytest.raises(InputError, match=said) as caught:
        read_labelled(content([given[0], given[1], {**given[2], **changed}, *given[3:]]), name="p.jsonl")
    assert str(caught.value).startswith("p.jsonl, line 3")


def test_too_few_pairs_labels_or_claims_are_refused(home: Path) -> None:
    few = rows()[:49]
    with pytest.raises(InputError, match="too few pairs to calibrate on: 49 "):
        read_labelled(content(few), name="p")
    one_sided = [r for r in rows() if r["label"] != "NOT_ENOUGH_INFO"] * 2
    with pytest.raises(InputError, match="0 NOT_ENOUGH_INFO"):
        read_labelled(content(one_sided), name="p")
    alike = [{**r, "claim": "The parser is fast."} for r in rows()]
    with pytest.raises(InputError, match="too few claims differ"):
        pipeline.calibrate(content(alike), name="p", config=Config(home=home, verifier="overlap"))
    with pytest.raises(InputError, match="UTF-8"):
        read_labelled(b"\xff\n", name="p")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("missing.jsonl", "--out", "c.json"), "cannot read missing.jsonl"),
        (("pairs.jsonl", "--out", "c.json", "--svg", "./c.json"), "the same file"),
        (("pairs.jsonl", "--out", "."), "is a folder"),
        (("pairs.jsonl", "--out", "pairs.jsonl/c.json"), "cannot write"),
        (("pairs.jsonl",), "--out"),
    ],
)
def test_what_cannot_be_calibrated_is_one_line(
    run: Run, pairs: Path, words: tuple[str, ...], said: str
) -> None:
    before = pairs.read_bytes()
    assert said in one_line(run("calibrate", *words))
    assert pairs.read_bytes() == before


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="taken"):
        pipeline.write_files({tmp_path / "taken": b"x"})
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_verdicts_are_mapped_and_signed(run: Run, pairs: Path, fitted: Path) -> None:
    words = ("verify", "--pairs", pairs, "--verifier", "overlap", "--json")
    plain = [json.loads(line) for line in run(*words).out.splitlines()]
    mapped = [json.loads(line) for line in run(*words, "--calibration", fitted).out.splitlines()]
    mark = hashlib.sha256(fitted.read_bytes()).hexdigest()[:12]
    assert {m["signature"] for m in mapped} == {f"{plain[0]['signature']}+calibration:{mark}"}
    assert mapped[0]["probabilities"]["SUPPORT"] > plain[0]["probabilities"]["SUPPORT"] + 0.2
    for row in mapped:
        assert row["confidence"] == max(row["probabilities"].values())
        assert sum(row["probabilities"].values()) == pytest.approx(1.0, abs=1e-9)


def test_a_calibration_of_another_verifier_is_refused(
    run: Run, papers: Path, fitted: Path, home: Path
) -> None:
    words = ("--calibration", fitted, "--verifier", "numbers")
    assert "was fitted on the verifier overlap/" in one_line(
        run("verify", "A claim.", "--against", papers, *words)
    )
    assert "was fitted on" in one_line(run("ask", "Does attention help?", "--papers", papers, *words))
    assert not (home / "synth.db").exists()  # said before any paper was read


@pytest.mark.parametrize(
    "change",
    [
        {"weight": [[1, 2], [3, 4]]},
        {"weight": [[1, 2, 3]] * 3},
        {"bias": [0, 0, "x"]},
        {"bias": [0, 0, float("nan")]},
        {"curve": {"support": []}},
        {"curve": {"support": [[0.5, 0.9]], "contradict": []}},
        {"curve": {"support": [[0.9, 0.9, 0.1], [0.5, 0.95, 0.1]], "contradict": []}},
        {"curve": {"support": [[0.9, 90, 0.1]], "contradict": []}},
        {"verifier": 3},
        {"verifier": ""},
        {"fitted_on": "other papers"},
        {"fitted_on": None},
    ],
)
def test_a_damaged_calibration_is_one_line(
    run: Run, fitted: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({**json.loads(fitted.read_text()), **change}))
    said = one_line(run("verify", "A claim.", "--against", tmp_path, "--calibration", bad))
    assert "bad.json is no calibration file" in said
    assert "synth calibrate" in said


def test_a_file_of_an_earlier_version_was_fitted_on_given_passages(fitted: Path) -> None:
    made = json.loads(fitted.read_text())
    del made["fitted_on"]
    fitted.write_text(json.dumps(made))
    found = judges.read(fitted)
    assert found.on == "given passages"
    assert [prior for prior in verifiers.PRIORS if found.holds_for(prior)] == ["balanced", "own"]


@pytest.mark.parametrize("text", ["", "[]", "7", '{"verifier": "x"}', "\x00", "[" * 100_000])
def test_what_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(InputError, match="no calibration file"):
        judges.read(tmp_path / "c.json")
    with pytest.raises(InputError, match="cannot read"):
        judges.read(tmp_path / "nowhere.json")


def test_the_same_map_changes_nothing_and_another_turns_the_label() -> None:
    found = verdict(
        Label.SUPPORT, (0.7, 0.1, 0.2), sentence(Label.SUPPORT), sentence(Label.NOT_ENOUGH_INFO, number=1)
    )
    assert recalibrated(found, SAME) == found
    turned = recalibrated(found, SIDEWAYS)
    assert turned.label is Label.CONTRADICT
    assert turned.probabilities == (0.1, 0.7, 0.2)
    assert [(e.sentence, e.relation, e.score) for e in turned.evidence] == [
        (1, Label.CONTRADICT, 0.7),
        (0, Label.SUPPORT, 0.6),
    ]
    assert turned.reasons == ("SUPPORT before the calibration", "why")


def test_a_sentence_of_the_other_side_never_carries_a_label() -> None:
    turned = recalibrated(verdict(Label.SUPPORT, (0.7, 0.1, 0.2), sentence(Label.SUPPORT)), SIDEWAYS)
    assert turned.label is Label.NOT_ENOUGH_INFO
    assert turned.probabilities.not_enough_info == max(turned.probabilities)
    assert turned.evidence[0].relation is Label.SUPPORT


def test_a_sentence_that_has_the_new_label_comes_first() -> None:
    other = sentence(Label.CONTRADICT, number=1)
    found = verdict(Label.SUPPORT, (0.7, 0.1, 0.2), sentence(Label.SUPPORT), other)
    assert recalibrated(found, SIDEWAYS).evidence[0] == other


def test_a_mixed_verdict_stays_mixed_and_one_without_evidence_as_it_was() -> None:
    both = (sentence(Label.SUPPORT), sentence(Label.CONTRADICT, number=1))
    found = recalibrated(verdict(Label.NOT_ENOUGH_INFO, (0.3, 0.2, 0.5), *both, mixed=True), SIDEWAYS)
    assert (found.label, found.mixed) == (Label.NOT_ENOUGH_INFO, True)
    assert found.evidence == both
    nothing = verdict(Label.NOT_ENOUGH_INFO, (0.1, 0.05, 0.85))
    assert recalibrated(nothing, SIDEWAYS) == nothing


THIRDS = st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)).map(
    lambda t: (min(t) / 10_000, (max(t) - min(t)) / 10_000, (10_000 - max(t)) / 10_000)
)


@given(p=THIRDS)
def test_what_is_not_said_is_never_the_likeliest(p: tuple[float, float, float]) -> None:
    found = unsaid(Probabilities(*p))
    assert sum(found) == pytest.approx(1.0, abs=1e-9)
    assert found.not_enough_info >= max(found)
    assert found.support <= p[0] or p[0] < p[1]
    if p[2] >= max(p):
        assert found == p


@given(
    p=THIRDS, weight=st.lists(st.floats(-3, 3), min_size=9, max_size=9), relation=st.sampled_from(list(Label))
)
def test_any_calibration_gives_a_whole_verdict(
    p: tuple[float, float, float], weight: list[float], relation: Label
) -> None:
    scaling = Scaling(weight=tuple(zip(weight[:3], weight[3:6], strict=True)), bias=tuple(weight[6:]))
    found = recalibrated(verdict(Label.NOT_ENOUGH_INFO, p, sentence(relation)), scaling)
    assert found.confidence == max(found.probabilities)
    assert found.label in (Label.NOT_ENOUGH_INFO, found.evidence[0].relation)


def test_abstaining_begins_just_below_the_threshold() -> None:
    least = {Label.SUPPORT: 0.83}
    at = verdict(Label.SUPPORT, (0.83, 0.05, 0.12), sentence(Label.SUPPORT))
    assert abstained(at, least=least, precision=0.9) == at
    below = replace(at, probabilities=Probabilities(0.8299, 0.05, 0.1201))
    silent = abstained(below, least=least, precision=0.9)
    assert silent.label is Label.NOT_ENOUGH_INFO
    assert silent.reasons == (
        "SUPPORT .8299 is below .83, from which SUPPORT was right in at least 90 % of the calibration data",
        "why",
    )
    assert silent.evidence == at.evidence
    assert silent.probabilities == pytest.approx((0.4748, 0.05, 0.4752), abs=1e-3)
    assert silent.confidence == max(silent.probabilities)


def test_a_label_without_a_threshold_is_never_said() -> None:
    sure = verdict(Label.CONTRADICT, (0.01, 0.98, 0.01), sentence(Label.CONTRADICT))
    silent = abstained(sure, least={Label.SUPPORT: 0.5}, precision=0.95)
    assert silent.label is Label.NOT_ENOUGH_INFO
    assert (
        "CONTRADICT .98 is not said: from no probability on was CONTRADICT right in at least 95 %"
        in silent.reasons[0]
    )


def test_small_probabilities_are_short() -> None:
    assert [short(p) for p in (0.83, 1.0, 0.0, 0.8299, 0.5)] == [".83", "1", "0", ".8299", ".5"]


def test_the_curve_of_a_hand_worked_case() -> None:
    p = np.asarray([0.9, 0.8, 0.8, 0.7, 0.6, 0.0])
    hits = np.asarray([1.0, 1, 1, 0, 0, 1])
    assert calibration.curve(p, hits, least=1) == ((0.6, 0.6, 0.8333), (0.7, 0.75, 0.6666), (0.8, 1.0, 0.5))
    assert calibration.curve(p, hits, least=4) == ((0.6, 0.6, 0.8333), (0.7, 0.75, 0.6666))
    assert calibration.curve(p, hits) == ()
    assert calibration.curve(np.zeros(30), np.ones(30)) == ()


@given(
    st.lists(
        st.tuples(st.sampled_from([0.5, 0.6, 0.7, 0.75, 0.8, 0.9]), st.booleans()), min_size=1, max_size=60
    ),
    st.sampled_from([0.5, 0.6, 2 / 3, 0.75, 0.8, 0.9, 1.0]),
)
def test_the_curve_reaches_what_the_threshold_reaches(
    data: list[tuple[float, bool]], precision: float
) -> None:
    p, hits = np.asarray([d[0] for d in data]), np.asarray([float(d[1]) for d in data])
    steps = calibration.curve(p, hits, least=1)
    assert list(steps) == sorted(steps)
    assert [s.precision for s in steps] == sorted({s.precision for s in steps})
    wanted = calibration.threshold_for(p, hits, precision=precision - 1e-4)
    found = calibration.reaching(steps, precision - 1e-4)
    assert (found and found.value) == (wanted and wanted.value)


def test_silence_below_the_precision_of_the_file(run: Run, pairs: Path, fitted: Path) -> None:
    words = ("verify", "--pairs", pairs, "--verifier", "overlap", "--json", "--calibration", fitted)
    loud, ran = run(*words), run(*words, "--min-precision", "0.9")
    assert ran.code == 0, ran.err
    least = json.loads(fitted.read_text())["curve"]["support"][0][0]
    cost = f"SUPPORT from {short(least)} on, 50 % of the calibration data; CONTRADICT never"
    assert ran.err == f"--min-precision 0.9: {cost}\n"
    assert run(*words, "--min-precision", "0.9", "-q").err == ""
    spoke = [json.loads(line) for line in loud.out.splitlines()]
    silent = [json.loads(line) for line in ran.out.splitlines()]
    assert {"SUPPORT", "CONTRADICT"} <= {s["label"] for s in spoke}
    for one, other in zip(spoke, silent, strict=True):
        assert other["signature"] == one["signature"] + "+precision:0.9"
        kept = one["label"] == "SUPPORT" and one["confidence"] >= least
        assert other["label"] == (one["label"] if kept else "NOT_ENOUGH_INFO")
        assert other["confidence"] == max(other["probabilities"].values())
    abstentions = [s["reasons"][0] for s, o in zip(silent, spoke, strict=True) if s["label"] != o["label"]]
    assert abstentions
    assert all("90 % of the calibration data" in reason for reason in abstentions)


def test_a_precision_that_nothing_reaches_names_the_highest(run: Run, pairs: Path, fitted: Path) -> None:
    words = ("verify", "--pairs", pairs, "--verifier", "overlap", "--calibration", fitted)
    assert "no threshold reaches a precision of 0.95" in (
        said := one_line(run(*words, "--min-precision", "0.95"))
    )
    assert "the highest is 0.9166" in said


@pytest.mark.parametrize("value", ["0.5", "1", "90", "-1", "nan"])
def test_a_precision_is_a_share_above_one_half(run: Run, pairs: Path, value: str) -> None:
    assert "min_precision" in one_line(run("verify", "--pairs", pairs, "--min-precision", value))


def test_a_verifier_without_a_curve_says_what_to_do(
    run: Run, pairs: Path, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifiers, "curve", lambda *_: None)
    words = ("--verifier", "overlap", "--min-precision", "0.9")
    assert "run synth calibrate" in one_line(run("verify", "--pairs", pairs, *words))
    assert "other papers" in one_line(run("ask", "Does attention help?", "--papers", papers, *words))


def test_a_curve_without_steps_is_no_precision(
    run: Run, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifiers, "curve", lambda *_: {"support": [], "contradict": []})
    said = one_line(run("verify", "--pairs", pairs, "--verifier", "overlap", "--min-precision", "0.9"))
    assert "no 20 verdicts of one label" in said


def test_the_shipped_curve_is_that_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"support": [[0.8, 0.9, 0.1]], "contradict": []}
    table = {"overlap": {"natural": {"curve": kept}, "balanced": {}}}
    monkeypatch.setattr(_weights, "calibration", lambda: table)
    assert verifiers.curve("overlap", "natural") == kept
    assert verifiers.curve("overlap", "balanced") is None
    assert verifiers.curve("cross-encoder:some/model", "natural") is None


@pytest.mark.parametrize("name", verifiers.names())
@pytest.mark.parametrize("prior", ["balanced", "natural"])
def test_every_shipped_curve_is_a_curve(name: str, prior: verifiers.Prior) -> None:
    kept = verifiers.curve(name, prior)
    assert kept is None or set(kept) == {"support", "contradict"}
    for steps in (kept or {}).values():
        assert [s[0] for s in steps] == sorted({s[0] for s in steps})
        assert [s[1] for s in steps] == sorted({s[1] for s in steps})
        assert all(0 <= part <= 1 for s in steps for part in s)


QUESTION = "Does bidirectional attention help question answering?"


def test_a_report_carries_calibration_and_precision(
    run: Run, papers: Path, fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    natural = {"support": [[0.4, 0.9, 0.02]], "contradict": []}
    asked: list[str] = []

    def curve(_: str, prior: str) -> Mapping[str, Any]:
        asked.append(prior)
        return natural

    monkeypatch.setattr(verifiers, "curve", curve)
    words = ("ask", QUESTION, "--papers", papers, "--verifier", "overlap", "--date", "2026-01-01")
    plain = run(*words, "--out", tmp_path / "plain")
    ran = run(*words, "--out", tmp_path / "b", "--calibration", fitted, "--min-precision", "0.9")
    assert (plain.code, ran.code) == (0, 0), ran.err
    assert set(asked) == {"natural"}  # own-work verdicts go by the user's file
    first, second = ran.err.splitlines()
    assert first.startswith(
        "--min-precision 0.9, other works: SUPPORT from .4 on, 2.0 % of the calibration data"
    )
    assert second.startswith("--min-precision 0.9, own work: SUPPORT from ")
    report = (tmp_path / "b" / "report.md").read_text()
    mark = hashlib.sha256(fitted.read_bytes()).hexdigest()[:12]
    assert f"+prior:balanced+calibration:{mark}+precision:0.9" in report
    assert "+prior:natural+precision:0.9" in report
    assert "precision of a verdict at least" in report
    assert "precision" not in (tmp_path / "plain" / "report.md").read_text()
    assert run("check-record", tmp_path / "b", "--papers", papers).code == 0


def test_a_kept_report_is_not_taken_for_one_of_another_calibration(
    run: Run, papers: Path, fitted: Path, tmp_path: Path
) -> None:
    words = ("ask", QUESTION, "--papers", papers, "--verifier", "overlap", "--calibration", fitted)
    run(*words, "--out", tmp_path / "one")
    changed = json.loads(fitted.read_text())
    changed["bias"] = [0.0, 0.0, 9.0]
    fitted.write_text(json.dumps(changed))
    run(*words, "--out", tmp_path / "two")
    one, two = (
        {
            json.loads(r)["own_verdict"]["signature"]
            for r in (tmp_path / n / "claims.jsonl").read_text().splitlines()
        }
        for n in ("one", "two")
    )
    assert len(one) == len(two) == 1
    assert one != two


def test_settings_stand_in_synth_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("synth.toml").write_text('calibration = "c.json"\nmin_precision = 0.9\n')
    assert (load().calibration, load().min_precision) == (Path("c.json"), 0.9)
    assert load(flags={"min_precision": 0.8}).min_precision == 0.8
    for wrong in (
        "calibration = 7\n",
        'min_precision = "high"\n',
        "min_precision = true\n",
        "min_precision = 2\n",
    ):
        Path("synth.toml").write_text(wrong)
        with pytest.raises(UsageError, match=wrong.split()[0]):
            load()


def test_the_diagram_is_svg_without_script_and_escapes_its_words() -> None:
    title = '<script>alert("1")</script> & more'
    drawn = render_reliability(
        {"before": [(10, 0.2, 0.0), (40, 0.9, 1.0)], "<after>": [(50, 0.6, 0.5)]}, title=title
    )
    assert b"<script" not in drawn
    root = ElementTree.fromstring(drawn)
    texts = ["".join(t.itertext()) for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert title in texts
    assert "<after>" in texts
    assert {"confidence: P(label) as said", "share of labels that were right", "10", "40", "50"} <= set(texts)
    radii = [float(c.attrib["r"]) for c in root.iter("{http://www.w3.org/2000/svg}circle")]
    assert radii[2] > radii[1] > radii[0]
    assert radii[0] / radii[2] == pytest.approx((10 / 50) ** 0.5, abs=0.01)
    assert b"prefers-color-scheme: dark" in drawn
    assert drawn == render_reliability(
        {"before": [(10, 0.2, 0.0), (40, 0.9, 1.0)], "<after>": [(50, 0.6, 0.5)]}, title=title
    )
