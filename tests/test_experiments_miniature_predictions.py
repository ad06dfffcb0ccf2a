"""The miniature tier's predictions and gold: measured exactly, and refused by name where they are hostile."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from miniature_world import SEED, tiny

from synth.errors import InputError
from synth.experiments import xlmr_intermediate
from synth.trials import Spec

Told = dict[str, dict[str, Any]]


@pytest.fixture
def perfect(tmp_path: Path) -> tuple[Spec, Path, Path]:
    """Return a spec, a folder of predictions without a mistake, and the gold."""
    made = tiny()
    outputs, gold = tmp_path / "out", tmp_path / "gold"
    outputs.mkdir()
    gold.mkdir()
    for name, raw in xlmr_intermediate.prepare(made, SEED).gold:
        (gold / name).write_bytes(raw)
    right = json.loads((gold / "gold.json").read_bytes())
    right["tagging"] = {k: ["".join(map(str, t)) for t in v] for k, v in right["tagging"].items()}
    right["retrieval_uncentred"] = right["retrieval"]
    short = {k: right[k] for k in ("alignment", "retrieval", "retrieval_uncentred")}
    for arm in made.arms:
        told = short if arm.role == "untrained" else right
        (outputs / f"{arm.name}.json").write_text(json.dumps(told))
    return made, outputs, gold


def test_predictions_without_a_mistake_score_100(perfect: tuple[Spec, Path, Path]) -> None:
    made, outputs, gold = perfect
    found = xlmr_intermediate.measure(made, SEED, outputs=outputs, gold=gold)
    assert {row.value for row in found} == {100.0}
    assert {row.seed for row in found} == {SEED}
    places = {(r.task, r.language, r.split) for r in found if r.arm == "none"}
    assert places == {
        *((task, lang, "test") for task in ("qa", "tagging", "nli") for lang in "ABC"),
        *((task, "A", "dev") for task in ("qa", "tagging", "nli")),
        *((t, lang, "test") for t in ("alignment", "retrieval", "retrieval_uncentred") for lang in "BC"),
    }


def changed(outputs: Path, edit: Callable[[Told], object], arm: str = "none") -> None:
    """Edit the predictions of ``arm``."""
    path = outputs / f"{arm}.json"
    told = json.loads(path.read_bytes())
    edit(told)
    path.write_text(json.dumps(told))


def test_each_mistake_costs_its_share(perfect: tuple[Spec, Path, Path]) -> None:
    made, outputs, gold = perfect

    def spoil(told: Told) -> None:
        first, last = told["qa"]["B/test"][0]
        told["qa"]["B/test"][0] = [first - 1, last]
        told["nli"]["C/test"][0] = (told["nli"]["C/test"][0] + 1) % 3
        told["retrieval"]["B"][0], told["retrieval"]["B"][1] = told["retrieval"]["B"][1], 14
        text = told["tagging"]["A/test"][0]
        told["tagging"]["A/test"][0] = f"{(int(text[0]) + 1) % 6}{text[1:]}"

    before = json.loads((outputs / "none.json").read_bytes())["retrieval"]["B"]
    changed(outputs, spoil)
    found = {
        (r.task, r.language, r.split): r
        for r in xlmr_intermediate.measure(made, SEED, outputs=outputs, gold=gold)
        if r.arm == "none"
    }
    assert found["qa", "B", "test"].value == pytest.approx(100 * 11 / 12)
    assert found["nli", "C", "test"].value == pytest.approx(100 * 11 / 12)
    wrong = 1 + (before[1] != 14)
    assert found["retrieval", "B", "test"].value == pytest.approx(100 * (15 - wrong) / 15)
    tagged = found["tagging", "A", "test"]
    assert tagged.value == pytest.approx(100 * (tagged.n - 1) / tagged.n)
    assert found["qa", "C", "test"].value == 100.0


HOSTILE: dict[str, Callable[[Path], object]] = {
    "a missing arm": lambda o: (o / "qa.json").unlink(),
    "a file too many": lambda o: (o / "more\x1b[2J.json").write_text("{}"),
    "a folder": lambda o: ((o / "qa.json").unlink(), (o / "qa.json").mkdir()),
    "a link": lambda o: ((o / "qa.json").rename(o.parent / "x"), (o / "qa.json").symlink_to(o.parent / "x")),
    "a pipe": lambda o: ((o / "qa.json").unlink(), os.mkfifo(o / "qa.json")),
    "no JSON": lambda o: (o / "qa.json").write_bytes(b"\xff{"),
    "an array": lambda o: (o / "qa.json").write_text("[]"),
    "deep nesting": lambda o: (o / "qa.json").write_text("[" * 200_000),
    "a huge file": lambda o: (o / "qa.json").write_bytes(b" " * (8 * 1024 * 1024 + 1)),
    "a huge number": lambda o: changed(o, lambda t: t["nli"]["B/test"].__setitem__(0, 10**4000), "qa"),
    "an endless number": lambda o: (o / "qa.json").write_text("9" * 5_000),
    "not a number": lambda o: changed(o, lambda t: t["nli"]["B/test"].__setitem__(0, float("nan")), "qa"),
    "a fraction": lambda o: changed(o, lambda t: t["nli"]["B/test"].__setitem__(0, 1.0), "qa"),
    "a truth": lambda o: changed(o, lambda t: t["nli"]["B/test"].__setitem__(0, True), "qa"),
    "below 0": lambda o: changed(o, lambda t: t["retrieval"]["B"].__setitem__(0, -1), "qa"),
    "out of range": lambda o: changed(o, lambda t: t["retrieval"]["B"].__setitem__(0, 15), "qa"),
    "a list too short": lambda o: changed(o, lambda t: t["nli"]["B/test"].pop(), "qa"),
    "half a span": lambda o: changed(o, lambda t: t["qa"]["B/test"].__setitem__(0, [3]), "qa"),
    "a word for a span": lambda o: changed(o, lambda t: t["qa"]["B/test"].__setitem__(0, "34"), "qa"),
    "other digits": lambda o: changed(
        o, lambda t: t["tagging"]["A/test"].__setitem__(0, "²" * len(t["tagging"]["A/test"][0])), "qa"
    ),
    "a missing task": lambda o: changed(o, lambda t: t.pop("nli"), "qa"),
    "a task too many": lambda o: changed(o, lambda t: t.update(more={}), "qa"),
    "a missing language": lambda o: changed(o, lambda t: t["nli"].pop("B/test"), "qa"),
    "a repeated key": lambda o: (o / "qa.json").write_text(
        (o / "qa.json").read_text().replace('{"alignment"', '{"alignment": 1, "alignment"', 1)
    ),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_hostile_predictions_are_refused_by_name(how: str, perfect: tuple[Spec, Path, Path]) -> None:
    made, outputs, gold = perfect
    HOSTILE[how](outputs)
    with pytest.raises(InputError) as caught:
        xlmr_intermediate.measure(made, SEED, outputs=outputs, gold=gold)
    assert "qa.json" in str(caught.value) or "more" in str(caught.value)
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()


def test_gold_that_is_not_of_the_seed_is_refused(perfect: tuple[Spec, Path, Path]) -> None:
    made, outputs, gold = perfect
    with pytest.raises(InputError, match="not the gold of seed 5"):
        xlmr_intermediate.measure(made, 5, outputs=outputs, gold=gold)


@pytest.mark.parametrize(
    "edit",
    [
        lambda g: g.pop("qa"),
        lambda g: g.update(qa=5),
        lambda g: g.update(nli={"A/test": []}),
        lambda g: g["tagging"].update({"A/test": [[]]}),
        lambda g: g["qa"].update({"A/test": [["1", 2]]}),
        lambda g: g["qa"].update({"A/test": [[1, 2, 3]]}),
        lambda g: g["nli"].update({"\x1b[2J": [None]}),
    ],
)
def test_gold_of_another_version_is_taken_only_in_shape(
    edit: Callable[[Told], object], perfect: tuple[Spec, Path, Path]
) -> None:
    made, outputs, gold = perfect
    other = replace(made, program=(replace(made.program[0], sha256="0" * 64), *made.program[1:]))
    assert xlmr_intermediate.measure(other, 5, outputs=outputs, gold=gold)
    told = json.loads((gold / "gold.json").read_bytes())
    edit(told)
    (gold / "gold.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match=r"gold\.json") as caught:
        xlmr_intermediate.measure(other, 5, outputs=outputs, gold=gold)
    assert str(caught.value).isprintable()
