"""The miniature tier: its worlds, what enters the seal, its specs and rules, how predictions are measured."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from synth import attempts, rules
from synth.errors import InputError, UsageError
from synth.experiments import xlmr_intermediate
from synth.experiments._miniature import experiment, sizes, tasks, world
from synth.experiments._miniature.world import Chance, Grammar, Language, Shape
from synth.records import Claim, ClaimKind, Outcome, Paper
from synth.trials import Row, Spec, Wanted

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
PROGRAM = Path(experiment.__file__).parent / "program.py"


@pytest.fixture(scope="module")
def small() -> tasks.World:
    """Return a small world."""
    return tasks.generate(SEED, SMALL)


def spec(size: str = "core", **wanted: Any) -> Spec:
    """Return the spec of ``size``."""
    return xlmr_intermediate.draft(Wanted(size=size, **wanted))


def tiny() -> Spec:
    """Return a spec whose training takes a second."""
    made = spec("mini")
    return replace(made, parameters=tuple((name, TINY.get(name, word)) for name, word in made.parameters))


def digest(value: object) -> str:
    """Return the SHA-256 of ``value`` as canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


# --- the world ---------------------------------------------------------------------------------------------


def test_a_world_has_the_same_bytes_on_every_platform(small: tasks.World) -> None:
    assert digest(small.given) == "da3e08439088b624e6bbb18800de26a85d47f938a5a32ba181928ce34de62407"
    assert digest(small.gold) == "d11eefe1cf72c820dda5521a8f2f0d3c4d1445190d467ee0f62723c5662acdcd"


def test_gold_can_be_made_again_without_the_corpus(small: tasks.World) -> None:
    assert tasks.gold(SEED, SMALL) == small.gold


def test_every_seed_has_its_own_lexicon_and_corpus(small: tasks.World) -> None:
    other = tasks.generate(SEED + 1, SMALL)
    assert other.given["words"]["A"] != small.given["words"]["A"]
    assert other.given["corpus"]["A"][0] != small.given["corpus"]["A"][0]


def test_two_concepts_in_five_share_a_word_and_all_names_do() -> None:
    grammar = Grammar(SMALL, Chance(1, "grammar"))
    words, apart, vocabulary = world.lexicons(grammar, SMALL, Chance(1, "lexicon"))
    shared = [c for c in range(SMALL.concepts) if words["A"][c] == words["B"][c] == words["C"][c]]
    assert len(shared) == 44
    assert len(apart) == 66
    assert set(apart).isdisjoint(shared)
    assert all(len({words[t][c] for t in "ABC"}) == 3 for c in apart)
    assert set(grammar.function.values()) <= set(apart)
    names = range(SMALL.concepts, SMALL.concepts + SMALL.names)
    assert all(len({words[t][c] for t in "ABC"}) == 1 for c in names)
    assert vocabulary == world.NAMES_AT + 40 + 44 + 3 * 66


@pytest.mark.parametrize(
    ("tongue", "said"),
    [("A", "SVO, adjective first"), ("B", "SVO, adjective first"), ("C", "SOV, noun first")],
)
def test_languages_differ_in_order_as_stated(tongue: str, said: str) -> None:
    grammar = Grammar(SMALL, Chance(1, "grammar"))
    chance = Chance(2, "clauses")
    language = Language(grammar, list(range(200)), world.ORDERS[tongue])
    drawn = [grammar.clause(chance) for _ in range(200)]
    clauses = [c for c in drawn if c.object.adjective >= 0 and c.subject.adjective < 0]
    clauses = [c for c in clauses if c.subject.head != c.object.head]
    assert clauses
    for clause in clauses:
        tokens = language.say(clause).tokens
        verb, noun, look = (
            tokens.index(w) for w in (clause.verb, clause.object.head, clause.object.adjective)
        )
        assert (verb < noun) is said.startswith("SVO")
        assert (look < noun) is said.endswith("adjective first")


def test_b_says_what_a_says_word_for_word_and_c_in_another_order(small: tasks.World) -> None:
    to_source = {
        n: dict(zip(small.given["words"][n], (small.given["words"]["A"][i] for i in matches), strict=True))
        for n, matches in small.gold["alignment"].items()
    }
    texts = small.given["test"]["qa"]
    moved = 0
    for source, near, far in zip(texts["A/test"], texts["B/test"], texts["C/test"], strict=True):
        assert [to_source["B"].get(t, t) for t in near] == source
        translated = [to_source["C"].get(t, t) for t in far]
        assert sorted(translated) == sorted(source)
        moved += translated != source
    assert moved > len(texts["A/test"]) // 2


def test_corpora_are_not_translations_of_one_another(small: tasks.World) -> None:
    to_source = dict(
        zip(small.given["words"]["B"], (small.given["words"]["A"][i] for i in small.gold["alignment"]["B"]),
            strict=True)
    )  # fmt: skip
    source = {tuple(d) for d in small.given["corpus"]["A"]}
    assert not any(tuple(to_source.get(t, t) for t in d) in source for d in small.given["corpus"]["B"])


def test_a_question_is_answered_by_one_sentence_of_its_passage(small: tasks.World) -> None:
    for text, (first, last) in zip(
        small.given["test"]["qa"]["A/test"], small.gold["qa"]["A/test"], strict=True
    ):
        passage = text.index(world.END) + 2
        assert passage <= first <= last < len(text) - 1
        assert world.STOP not in text[first : last + 1]
        question = set(text[1 : passage - 3])
        # the answer is not given away by the question
        assert not set(text[first : last + 1]) & question or text.count(text[last]) > 1


def test_labels_of_inference_are_about_as_many_and_length_does_not_tell_them() -> None:
    made = tasks.generate(3, replace(SMALL, items=900))
    gold = made.gold["nli"]["A/test"]
    lengths: dict[int, list[int]] = {0: [], 1: [], 2: []}
    for text, label in zip(made.given["test"]["nli"]["A/test"], gold, strict=True):
        at = text.index(world.END)
        lengths[label].append(len(text) - 2 * at - 2)
    assert all(250 < len(found) < 350 for found in lengths.values())
    assert len({max(found) > 0 or min(found) < 0 for found in lengths.values()}) == 1
    assert all(set(found) & set(lengths[0]) for found in lengths.values())


# --- what enters the seal ----------------------------------------------------------------------------------


def test_no_gold_of_any_test_enters_the_seal() -> None:
    prepared = xlmr_intermediate.prepare(tiny(), SEED)
    told = json.loads(dict(prepared.files)["world.json"])["world"]
    assert set(told) == {
        "vocabulary", "languages", "kinds", "corpus", "words", "probe", "retrieval", "train", "test"
    }  # fmt: skip
    for task in told["test"].values():
        for texts in task.values():
            assert all(type(token) is int for text in texts for token in text)
    gold = json.loads(dict(prepared.gold)["gold.json"])
    assert set(gold) == {"alignment", "retrieval", "qa", "tagging", "nli"}
    assert set(told["train"]) == {"qa_intermediate", "qa", "tagging", "nli"}


def test_labelled_text_is_in_the_source_language_alone() -> None:
    told = json.loads(dict(xlmr_intermediate.prepare(tiny(), SEED).files)["world.json"])["world"]
    foreign = {word for name, words in told["words"].items() if name != "A" for word in words}
    for rows in told["train"].values():
        assert not any(foreign.intersection(text) for text in rows["tokens"])


def test_the_seal_is_not_told_the_seed_of_the_world() -> None:
    prepared = xlmr_intermediate.prepare(tiny(), SEED)
    assert str(SEED).encode() not in dict(prepared.files)["world.json"]
    assert prepared.command == ("{python}", "-I", "/job/inputs/program.py")


def test_what_enters_the_seal_has_the_same_bytes_each_time() -> None:
    assert xlmr_intermediate.prepare(tiny(), SEED) == xlmr_intermediate.prepare(tiny(), SEED)


def test_the_files_of_the_spec_are_the_files_that_enter() -> None:
    made = tiny()
    files = dict(xlmr_intermediate.prepare(made, SEED).files)
    assert {p.name for p in made.program} == {"program.py", "tasks.py", "world.py"}
    for artifact in made.program:
        assert hashlib.sha256(files[artifact.name]).hexdigest() == artifact.sha256


def test_a_program_that_changed_since_the_spec_is_refused() -> None:
    made = spec()
    changed = replace(made, program=(replace(made.program[0], sha256="0" * 64), *made.program[1:]))
    with pytest.raises(InputError, match="draft the spec anew"):
        xlmr_intermediate.prepare(changed, SEED)


@pytest.mark.parametrize(
    "bad", [("hidden", "-1"), ("nli", "yes"), ("device", "tpu"), ("mask_rate", "nan"), ("concepts", "3")]
)
def test_parameters_out_of_range_are_refused(bad: tuple[str, str]) -> None:
    made = spec()
    pairs = tuple((n, bad[1] if n == bad[0] else w) for n, w in made.parameters)
    with pytest.raises(InputError, match="draft it anew"):
        xlmr_intermediate.prepare(replace(made, parameters=pairs), SEED)
    with pytest.raises(InputError, match="draft it anew"):
        xlmr_intermediate.prepare(replace(made, parameters=made.parameters[1:]), SEED)


# --- specs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", sizes.SIZES)
def test_a_spec_states_all_that_its_run_depends_on(size: str) -> None:
    made = spec(size)
    assert attempts.decode(Spec, attempts.encode(made), file="spec.json") == made
    assert sizes.from_pairs(made.parameters) == sizes.SIZES[size].settings
    assert made.words.startswith("mechanism test in a generated world: ")
    assert made.words.endswith("; the paper's own models and data: not run")
    assert made.deviations
    assert made.gpu is (size == "gpu")
    keys = [h.key for h in made.hypotheses]
    full = ["transfer", "retrieval", "multitask", "no_benefit_nli"]
    assert keys == (full if size in ("mini", "plus", "gpu") else full[:2])
    assert len({h.claim for h in made.hypotheses}) == len(made.hypotheses)
    for hypothesis in made.hypotheses:
        assert hypothesis.rule.smallest == 2.0
        assert hypothesis.rule.least_seeds == 5
        assert hypothesis.at_claim_scale is (size != "smoke")


def test_sizes_that_differ_in_seeds_alone_judge_the_same_claims() -> None:
    assert [h.claim for h in spec("mini").hypotheses] == [h.claim for h in spec("plus").hypotheses]
    assert {h.claim for h in spec("core").hypotheses}.isdisjoint(h.claim for h in spec("mini").hypotheses)


def test_seeds_are_fresh_for_each_version_and_size_and_none_is_of_development() -> None:
    one = sizes.fresh("core", 50, version="1")
    assert one == sizes.fresh("core", 50, version="1")
    assert not set(one) & set(sizes.fresh("core", 50, version="2"))
    assert not set(one) & set(sizes.fresh("mini", 50, version="1"))
    assert min(one) >= sizes.DEVELOPMENT
    assert spec().seeds == sizes.fresh("core", 8, version=xlmr_intermediate.VERSION)
    assert spec("core", seeds=(5_000, 6_000)).seeds == (5_000, 6_000)


@pytest.mark.parametrize(
    "wanted",
    [
        {"size": "core", "seeds": (7,)},
        {"size": "core", "seeds": (5_000, 5_000)},
        {"size": "core", "seeds": (2**31,)},
        {"size": "enormous"},
        {"size": "core", "tier": "giant"},
        {"size": "core", "options": (("rate", "1"),)},
    ],
)
def test_what_cannot_be_run_is_refused_with_a_remedy(wanted: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        xlmr_intermediate.draft(Wanted(**wanted))
    assert caught.value.remedy


def test_a_claim_is_quoted_and_its_version_kept() -> None:
    made = spec("core", claim=claim("XNLI does not benefit."), paper=PAPER)
    assert made.quotes[0].text == "XNLI does not benefit."
    assert made.version == "v2"
    assert spec().version == ""


def rows(seeds: int, *, effect: float) -> list[Row]:
    """Return rows of a core run in which the intermediate task adds ``effect`` and the placebo nothing."""
    found = []
    for seed in range(seeds):
        level = 50 + seed % 3
        for arm in ("none", "qa", "placebo_qa", "untrained"):
            gain = effect + 0.1 * (seed % 4) if arm == "qa" else 0.1 * (seed % 2)
            for task in ("qa", "retrieval", "alignment"):
                value = 3 + 0.1 * (seed % 2) if arm == "untrained" else level + gain
                for language in ("A", "B", "C"):
                    found.append(
                        Row(
                            seed=seed, arm=arm, task=task, language=language, split="test",
                            metric="accuracy", value=value, n=100,
                        )
                    )  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("size", "effect", "outcome"),
    [
        ("core", 10.0, Outcome.REPRODUCED),
        ("core", 0.0, Outcome.FAILED),
        ("smoke", 10.0, Outcome.INCONCLUSIVE),
        ("smoke", 0.0, Outcome.INCONCLUSIVE),
    ],
)
def test_core_can_succeed_and_fail_and_smoke_never_says_anything(
    size: str, effect: float, outcome: Outcome
) -> None:
    for hypothesis in spec(size).hypotheses:
        assert rules.judge(hypothesis, rows(8, effect=effect), repeatable=None).outcome is outcome


def test_an_encoder_no_better_aligned_than_an_untrained_one_judges_nothing() -> None:
    flat = [
        replace(r, value=3 + 0.1 * (r.seed % 3)) if r.task == "alignment" else r for r in rows(8, effect=9)
    ]
    for hypothesis in spec().hypotheses:
        judged = rules.judge(hypothesis, flat, repeatable=None)
        assert judged.outcome is Outcome.INCONCLUSIVE
        assert "precondition" in judged.reason


# --- measuring ---------------------------------------------------------------------------------------------


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


# --- which claims ------------------------------------------------------------------------------------------


PAPER = Paper(id="p1", file="", title="Any title", arxiv="2005.13013", version="v2")
TITLE = "English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too"


def claim(text: str) -> Claim:
    """Return a claim that says ``text``."""
    return Claim(
        id="c" + "0" * 16, paper="p1", passage="s1", sentence=0, text=text, kind=ClaimKind.FINDING,
        section="", spans=(), quantities=(), conditions=(), score=0.5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("transfer", "Training on SQuAD first raises the average over the target tasks by 8 points."),
        ("transfer", "English intermediate training improves zero-shot transfer to other languages."),
        (
            "transfer",
            "With the best model for each target task we gain 5.4 points over XLM-R Large on XTREME.",
        ),
        ("retrieval", "Intermediate training yields dramatic improvements on BUCC and Tatoeba."),
        ("retrieval", "BUCC and Tatoeba, which have no training data, gain most from intermediate training."),
        (
            "transfer retrieval",
            "Retrieval improves greatly on Tatoeba, and question answering gains a little.",
        ),
        ("multitask", "Multi-task intermediate training performs best, improving by 8.7 points on average."),
        ("multitask", "Training on all nine tasks offers small additional improvements."),
        ("no_benefit_nli", "XNLI does not benefit from intermediate training."),
        ("transfer no_benefit_nli", "TyDiQA improves with many tasks, whereas XNLI sees no benefit."),
        ("", "Multi-task intermediate training does not offer significant improvements."),
        ("", "Neither multi-task training nor continuing MLM offers significant improvements on XTREME."),
        ("", "We investigate whether intermediate training improves zero-shot transfer."),
        ("", "Does intermediate training improve zero-shot transfer to other languages?"),
        ("", "Nine intermediate tasks are tried on the target tasks of the XTREME benchmark."),
        ("", "Intermediate training improves results in monolingual English settings."),
        ("", "Machine-translated intermediate data improves zero-shot results on some targets."),
        ("", "NER does not benefit from intermediate training."),
        ("", "XNLI improves by 1.2 points."),
        ("", "We use XLM-R Large with a batch size of 4."),
    ],
)
def test_a_claim_bears_on_what_it_states_and_on_nothing_else(keys: str, text: str) -> None:
    assert xlmr_intermediate.bears_on(claim(text), paper=PAPER) == tuple(keys.split())


@pytest.mark.parametrize(
    ("paper", "known"),
    [
        (replace(PAPER, version="v1"), True),
        (replace(PAPER, arxiv="", doi="10.18653/V1/2020.aacl-main.56"), True),
        (replace(PAPER, arxiv="", title=TITLE), True),
        (replace(PAPER, arxiv="", title="Intermediate training in other languages"), False),
        (replace(PAPER, arxiv="1911.02116", title=TITLE), False),
        (replace(PAPER, arxiv="", doi="10.1/x", title=TITLE), False),
    ],
)
def test_only_claims_of_that_paper_are_known(paper: Paper, known: bool) -> None:
    said = claim("English intermediate training improves zero-shot transfer to other languages.")
    assert bool(xlmr_intermediate.bears_on(said, paper=paper)) is known


# --- the program -------------------------------------------------------------------------------------------


def run(made: Spec, folder: Path) -> tuple[Path, Path, str]:
    """Run the program of one seed outside the seal; return outputs, gold and what it printed."""
    inputs, outputs, gold = (folder / name for name in ("in", "out", "gold"))
    for one in (inputs, outputs, gold):
        one.mkdir(parents=True)
    prepared = xlmr_intermediate.prepare(made, SEED)
    for where, files in ((inputs, prepared.files), (gold, prepared.gold)):
        for name, raw in files:
            (where / name).write_bytes(raw)
    told = subprocess.run(
        [sys.executable, "-I", str(inputs / "program.py"), str(inputs), str(outputs)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return outputs, gold, told.stdout


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_the_program_runs_whole_and_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    made = tiny()
    outputs, gold, said = run(made, tmp_path / "one")
    again, _, _ = run(made, tmp_path / "two")
    assert {p.name: p.read_bytes() for p in outputs.iterdir()} == {
        p.name: p.read_bytes() for p in again.iterdir()
    }
    found = xlmr_intermediate.measure(made, SEED, outputs=outputs, gold=gold)
    assert {row.arm for row in found} == {arm.name for arm in made.arms}
    shares = [float(line.split()[1]) for line in said.splitlines() if line.startswith("@progress ")]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the program as a module; it sets two variables of the environment when it is loaded."""
    pytest.importorskip("torch", reason="torch is not installed")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    found = importlib.util.spec_from_file_location("miniature_program", PROGRAM)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_encoder_is_the_one_of_transformers(program: ModuleType) -> None:
    if importlib.util.find_spec("transformers") is None:
        pytest.skip("transformers is not installed")
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    ours = program.fresh_encoder(50, {"hidden": 16, "inner": 32, "layers": 2, "heads": 2, "positions": 20})
    for name, weight in ours.weights.items():
        torch.manual_seed(len(name))
        weight += torch.randn(weight.shape) * 0.3
    theirs = XLMRobertaForMaskedLM(
        XLMRobertaConfig(
            vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=20, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5,
        )
    ).eval()  # fmt: skip
    theirs.load_state_dict(renamed(ours.weights), strict=False)
    tokens = torch.tensor([[0, 7, 9, 30, 2, 1, 1], [0, 8, 2, 2, 44, 11, 2]])
    with torch.no_grad():
        wanted = theirs(tokens, attention_mask=tokens.ne(1)).logits
        found = ours.scores(ours.states(tokens))
    present = tokens.ne(1)
    assert torch.allclose(found[present], wanted[present], atol=1e-5)


def renamed(weights: dict[str, Any]) -> dict[str, Any]:
    """Return our weights by the names of transformers."""
    import torch

    width = weights["words"].shape[1]
    found = {
        "roberta.embeddings.word_embeddings.weight": weights["words"],
        "roberta.embeddings.position_embeddings.weight": weights["places"],
        "roberta.embeddings.token_type_embeddings.weight": torch.zeros(1, width),
        "lm_head.bias": weights["bias"],
        "lm_head.decoder.weight": weights["words"],
        "lm_head.decoder.bias": weights["bias"],
    }
    theirs = {
        "norm": "roberta.embeddings.LayerNorm", "dense": "lm_head.dense", "head_norm": "lm_head.layer_norm",
        "attended": "attention.output.dense", "first": "attention.output.LayerNorm",
        "wide": "intermediate.dense", "narrow": "output.dense", "second": "output.LayerNorm",
    }  # fmt: skip
    for name, weight in weights.items():
        if "." not in name:
            continue
        *layer, part, kind = name.split(".")
        prefix = f"roberta.encoder.layer.{layer[0].removeprefix('layer')}." if layer else ""
        if part == "mix":
            for at, what in enumerate(("query", "key", "value")):
                piece = weight[at * width : (at + 1) * width]
                found[f"{prefix}attention.self.{what}.{kind}"] = piece
        else:
            found[f"{prefix}{theirs[part]}.{kind}"] = weight
    return found
