"""The benches of the verifier: figures on hand-made verdicts, accounting of flips, and the written items."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from synth.records import Label

sys.path.append(str(Path(__file__).resolve().parent.parent / "bench"))
import flips
import kept_vectors
import verdict_figures as vf
import verify
from labelled_pairs import Pair

GIVEN_NEGATION = re.compile(
    r"\b(not|no|never|none|nothing|cannot|without|lacks|unable|fails?|failed|need not)\b", re.IGNORECASE
)


def judged(
    gold: Sequence[int], said: Sequence[int], confidence: Sequence[float], *, source: str = "s"
) -> Any:
    """Return verdicts with the probability ``confidence`` on the label said, the rest shared evenly."""
    labels = {0: "entail", 1: "contra", 2: "neutral", 3: "not_entail"}
    pairs = [
        Pair(source=source, claim=f"c{i}", passage=(f"p{i}",), label=labels[g], group=f"{source}{i}")
        for i, g in enumerate(gold)
    ]
    each = zip(said, confidence, strict=True)
    p = np.array([[c if k == s else (1 - c) / 2 for k in range(3)] for s, c in each])
    return vf.Judged(pairs=pairs, p=p, said=np.array(said), gold=np.array(gold))


def test_risk_is_counted_from_the_most_confident_verdict_on() -> None:
    confidence, hits = np.array([0.6, 0.9, 0.7, 0.8]), np.array([False, True, True, False])
    assert vf.selective_risks(confidence, hits).tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert vf.aurc(confidence, hits) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert vf.risk(confidence, hits, coverage=0.5) == pytest.approx(1 / 2)
    assert vf.risk(confidence, hits, coverage=0.2) == 0.0


def test_equal_confidence_has_no_order() -> None:
    hits = np.array([True, True, False, True, False])
    flat = np.full(5, 0.8)
    assert vf.selective_risks(flat, hits).tolist() == pytest.approx([0.4] * 5)
    assert vf.aurc(flat, hits) == pytest.approx(vf.aurc(flat, hits[::-1]))


def test_contradicted_claims_that_were_accepted_are_counted_at_both_bars() -> None:
    found = judged([1, 1, 1, 0, 2], [0, 0, 1, 0, 0], [0.9, 0.5, 0.8, 0.75, 0.65])
    row = vf.figures(found)
    assert row["contradicted_accepted"] == "2 of 3"
    assert row["contradicted_accepted_0.7"] == "1 of 3"
    assert (row["right_0.7"], row["precision_0.7"], row["coverage_0.7"]) == ("1 of 2", 0.5, 0.4)
    assert (row["right_0.9"], row["precision_0.9"]) == ("0 of 1", 0.0)
    assert row["accuracy"] == pytest.approx(2 / 5)


def test_a_set_that_only_knows_unsupported_has_no_contradiction_and_no_brier_score() -> None:
    row = vf.figures(judged([3, 3, 0], [1, 2, 0], [0.6, 0.6, 0.6]))
    assert row["accuracy"] == row["macro_f1"] == 1.0
    assert row["contradicted_accepted"] is None
    assert row["brier"] is None


def test_the_interval_is_the_same_twice_and_holds_the_figure() -> None:
    found = judged([0, 1, 2] * 20, [0, 1, 0] * 20, [0.7] * 60)
    assert (vf.draws(found) == vf.draws(found)).all()
    low, high = vf.figures(found)["accuracy_interval"]
    assert low < vf.accuracy(found) < high


def test_a_draw_gives_the_figures_of_the_groups_it_holds() -> None:
    found = judged([0, 0, 1, 2, 1, 0], [0, 2, 1, 0, 1, 1], [0.7] * 6)
    rng = np.random.default_rng(5)
    for scores in vf.draws(found, seed=5)[:20]:
        at = rng.integers(0, 6, 6)
        gold, said = found.gold[at], found.said[at]
        assert scores.tolist() == pytest.approx([(gold == said).mean(), vf.macro_f1(gold, said)])


def test_means_over_sets_weigh_sets_alike_and_sum_counts() -> None:
    parts = {
        "small": judged([0, 1], [0, 0], [0.9, 0.9], source="small"),
        "large": judged([0, 0, 0, 3], [0, 0, 0, 1], [0.9] * 4, source="large"),
    }
    rows = {n: {"set": n, **vf.figures(p)} for n, p in parts.items()}
    mean = vf.averaged(parts, rows)
    assert mean["n"] == 6
    assert mean["accuracy"] == pytest.approx((0.5 + 1.0) / 2)
    assert mean["contradicted_accepted"] == "1 of 1"
    assert mean["brier"] == rows["small"]["brier"]
    assert mean["right_0.7"] == "4 of 5"
    low, high = mean["accuracy_interval"]
    assert 0.5 <= low <= high <= 1.0


def test_false_alarms_are_verdicts_on_unrelated_pairs() -> None:
    told = vf.false_alarms(judged([2, 2, 2, 2, 0], [2, 0, 1, 2, 0], [0.9] * 5))
    assert (told["unrelated"], told["called_support"], told["called_contradict"]) == (4, 1, 1)
    assert told["false_alarm_rate"] == 0.5
    assert told["support_found"] == "1 of 1"


def flip(kind: str, label: Any = "CONTRADICT", form: Any = "") -> flips.Flip:
    return flips.Flip(
        id=f"{kind}-x", kind=kind, sentence="s", holds="h", flipped="f", flipped_label=label, form=form
    )


@pytest.mark.parametrize(
    ("wanted", "said", "right"),
    [
        ("CONTRADICT", Label.CONTRADICT, True),
        ("CONTRADICT", Label.NOT_ENOUGH_INFO, False),
        ("CONTRADICT", Label.SUPPORT, False),
        ("NOT_SUPPORTED", Label.CONTRADICT, True),
        ("NOT_SUPPORTED", Label.NOT_ENOUGH_INFO, True),
        ("NOT_SUPPORTED", Label.SUPPORT, False),
    ],
)
def test_a_flipped_claim_is_right_by_its_own_label(wanted: str, said: Label, right: bool) -> None:
    answer = flips.Answer(flip=flip("hedge", wanted), holds=Label.SUPPORT, flipped=said)
    assert answer.flipped_right is right
    assert answer.both_right is right
    assert answer.flipped_accepted is (said is Label.SUPPORT)
    assert not flips.Answer(flip=flip("hedge", wanted), holds=Label.NOT_ENOUGH_INFO, flipped=said).both_right


def test_flips_are_counted_by_kind_and_form() -> None:
    s, c, n = Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO
    found = [
        flips.Answer(flip=flip("negation", form="forward"), holds=s, flipped=c),
        flips.Answer(flip=flip("negation", form="reversed"), holds=n, flipped=s),
        flips.Answer(flip=flip("hedge", "NOT_SUPPORTED"), holds=s, flipped=n),
    ]
    rows = {row["kind"]: row for row in flips.table(found)}
    assert list(rows) == ["negation", "negation, forward", "negation, reversed", "hedge", "all"]
    assert {k: v for k, v in rows["negation"].items() if k != "kind"} == {
        "n": 2,
        "flipped_right": 0.5,
        "flipped_accepted": 0.5,
        "holds_right": 0.5,
        "both_right": 0.5,
    }
    assert rows["negation, reversed"]["both_right"] == 0.0
    assert rows["all"]["flipped_right"] == pytest.approx(2 / 3)


def test_a_verifier_sees_each_claim_alone_with_its_sentence() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def says_contradict(claim: str, evidence: Sequence[Any], *, claim_id: str) -> Any:
        assert claim_id == "scope-x"
        asked.append((claim, tuple(e.quote for e in evidence)))
        return SimpleNamespace(label=Label.CONTRADICT if claim == "f" else Label.SUPPORT)

    (answer,) = flips.answers(says_contradict, [flip("scope")])  # type: ignore[arg-type]
    assert answer.both_right
    assert asked == [("h", ("s",)), ("f", ("s",))]


def test_the_items_are_many_distinct_and_of_every_kind() -> None:
    items = flips.read()
    assert len(items) >= 160
    assert len({f.id for f in items}) == len(items)
    for of in ("sentence", "holds", "flipped"):
        assert len({getattr(f, of).casefold() for f in items}) == len(items), of
    counts = Counter(f.kind for f in items)
    assert set(counts) == set(flips.KINDS)
    assert min(counts.values()) >= 12
    assert all(f.id.startswith(f"{f.kind}-") for f in items)
    assert {f.flipped_label for f in items} == {"CONTRADICT", "NOT_SUPPORTED"}


def test_half_of_direction_and_negation_is_reversed() -> None:
    items = flips.read()
    for kind in ("direction", "negation"):
        forms = Counter(f.form for f in items if f.kind == kind)
        assert forms["forward"] == forms["reversed"] > 0
        assert set(forms) == {"forward", "reversed"}
    assert all(f.form == "" for f in items if f.kind not in ("direction", "negation"))
    for f in (f for f in items if f.kind == "negation"):
        carrier, other = (f.flipped, f.holds) if f.form == "forward" else (f.holds, f.flipped)
        assert GIVEN_NEGATION.search(carrier), f.id
        assert not GIVEN_NEGATION.search(other), f.id


def test_flipped_claims_differ_little_and_no_claim_copies_its_sentence() -> None:
    for f in flips.read():
        holds, flipped = (sorted(re.findall(r"[\w.%-]+\b", c.casefold())) for c in (f.holds, f.flipped))
        assert SequenceMatcher(None, holds, flipped).ratio() >= 0.5, f.id
        assert f.holds != f.flipped
        copied = SequenceMatcher(None, f.sentence.split(), f.holds.split()).ratio()
        assert copied < 0.8, f.id
        for text in (f.sentence, f.holds, f.flipped):
            assert text == text.strip(), f.id
            assert text.endswith("."), f.id


@pytest.fixture
def without_kept_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_vectors, "KEPT", tmp_path)


@pytest.mark.usefixtures("without_kept_vectors")
def test_the_bench_runs_on_the_flips_alone(capsys: pytest.CaptureFixture[str]) -> None:
    verify.main(["--verifier", "overlap", "--sets", "flips", "--json"])
    *lines, signed = capsys.readouterr().out.splitlines()
    rows = [json.loads(line) for line in lines]
    assert rows[-1]["kind"] == "all"
    assert rows[-1]["n"] == len(flips.read())
    assert "overlap/" in signed


@pytest.mark.usefixtures("without_kept_vectors")
def test_a_verifier_that_is_not_there_is_one_line() -> None:
    with pytest.raises(SystemExit, match="no verifier called 'nonesuch'"):
        verify.main(["--verifier", "nonesuch", "--sets", "flips"])


def test_scores_are_written_with_texts_and_probabilities(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "scores.jsonl"
    verify._write_scores(file, {"s": judged([1, 0], [0, 0], [0.9, 0.8])})
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [(r["gold"], r["said"], r["claim"], r["passage"]) for r in rows] == [
        ("contra", "SUPPORT", "c0", ["p0"]),
        ("entail", "SUPPORT", "c1", ["p1"]),
    ]
    assert rows[0]["probabilities"]["SUPPORT"] == pytest.approx(0.9)
    assert sum(rows[1]["probabilities"].values()) == pytest.approx(1.0)


def test_the_reliability_diagram_has_a_panel_a_set_and_one_of_the_scientific_ones() -> None:
    found = {
        n: judged([0, 1, 2] * 10, [0, 1, 0] * 10, [0.7] * 30, source=n) for n in ("cs", "scifact", "rte")
    }
    svg = verify.diagram(found, title="a < b").decode()
    assert [svg.count(f">{heading}<") for heading in ("2 scientific sets", *found)] == [1, 1, 1, 1]
    assert "a &lt; b" in svg


def test_the_reliability_of_the_scientific_sets_is_printed_as_figures() -> None:
    found = {"cs": judged([0, 1], [0, 0], [0.9, 0.5]), "rte": judged([0], [1], [0.8])}
    table = verify.reliability_table(found)
    assert "| 1 | 0.500 | 0.000 |" in table
    assert "| 1 | 0.900 | 1.000 |" in table
    assert "0.800" not in table
    assert verify.reliability_table({"rte": found["rte"]}) == ""
