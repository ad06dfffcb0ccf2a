"""The miniature tier: its worlds, what enters the seal, its specs and rules, which claims it bears on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from miniature_world import PAPER, SEED, SMALL, claim, spec, tiny

from synth import attempts, rules
from synth.errors import InputError, UsageError
from synth.experiments import xlmr_intermediate
from synth.experiments._miniature import sizes, tasks, world
from synth.experiments._miniature.world import Chance, Grammar, Language
from synth.records import Outcome, Paper
from synth.trials import Row, Spec, Wanted


@pytest.fixture(scope="module")
def small() -> tasks.World:
    """Return a small world."""
    return tasks.generate(SEED, SMALL)


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


# --- which claims ------------------------------------------------------------------------------------------


TITLE = "English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too"


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
