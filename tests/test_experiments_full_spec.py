"""The full tier's spec and job: model, hypotheses and scale, what enters the seal, the dry run."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import full_export
import pytest
from full_export import prepared, wanted

from synth.attempts import codec
from synth.errors import InputError, ModelError, SourceError, UsageError
from synth.experiments import xlmr_intermediate
from synth.experiments._full import cost, experiment, wording
from synth.experiments._full import model as models
from synth.experiments._full import plan as plans
from synth.experiments._full.dry_run import Checked, dry_run, known_counts
from synth.experiments._full.program import plan as read_plan
from synth.trials import Spec, Wanted

TRAINED = ("transfer", "multitask", "no_benefit_nli")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny export of every data set."""
    return full_export.export(tmp_path_factory.mktemp("export"), full_export.EVERYTHING)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a model's folder that nobody can load."""
    return full_export.model(tmp_path / "model")


# models


def test_parameters_are_counted_from_the_shape() -> None:
    large = models.described(models.LARGE, folder=Path(), files=())
    base = models.described(models.BASE, folder=Path(), files=())
    # what transformers counts in XLMRobertaModel without its pooler
    assert (large.parameters, base.parameters) == (558_840_832, 277_453_056)
    assert (large.layer, base.layer) == (14, 7)
    assert large.body / base.body == pytest.approx(3.5, abs=0.1)


@pytest.mark.skipif(os.geteuid() != 0, reason="the seal changes its user only where root starts it")
def test_a_model_that_the_seal_could_not_read_is_refused(model: Path) -> None:
    (model / "model.safetensors").chmod(0o600)
    with pytest.raises(ModelError, match=r"eyes alone - chmod -R a\+rX"):
        models.read(model)


def test_a_model_of_the_hub_is_fetched_once_as_plain_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Hub:
        @staticmethod
        def snapshot_download(name: str, *, local_dir: Path, allow_patterns: list[str]) -> None:
            asked.append(name)
            assert "config.json" in allow_patterns
            full_export.model(local_dir)

    monkeypatch.setitem(sys.modules, "huggingface_hub", Hub)  # type: ignore[arg-type]
    folder = models.download("base", cache=tmp_path)
    assert models.download("base", cache=tmp_path) == folder
    assert asked == ["FacebookAI/xlm-roberta-base"]
    assert models.read(folder).layers == 2


def test_a_hub_that_gives_no_model_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deaf:
        @staticmethod
        def snapshot_download(*_: object, **__: object) -> None:
            raise ConnectionError("offline")

    monkeypatch.setitem(sys.modules, "huggingface_hub", Deaf)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"offline - hf download FacebookAI/xlm-roberta-large config\.json"):
        models.download("large", cache=tmp_path)


@pytest.mark.parametrize(
    ("wanted_model", "name"),
    [
        ("large", "FacebookAI/xlm-roberta-large"),
        ("base", "FacebookAI/xlm-roberta-base"),
        ("someone/xlm-r", "someone/xlm-r"),
        ("/models", ""),
        ("./models/xlm-r", ""),
        ("~/xlm-r", ""),
        ("../xlm-r", ""),
    ],
)
def test_a_path_is_never_taken_for_a_hubs_name(wanted_model: str, name: str) -> None:
    assert models.name_of(wanted_model) == name


def test_a_model_that_lacks_a_file_is_linked_or_is_none_of_xlm_r_is_refused(model: Path) -> None:
    assert models.read(model).size == "other"
    config = json.loads((model / "config.json").read_bytes())
    (model / "config.json").write_text(json.dumps(config | {"model_type": "bert"}), encoding="utf-8")
    with pytest.raises(InputError, match="not of XLM-R"):
        models.read(model)
    (model / "config.json").write_text(json.dumps(config | {"hidden_size": -1}), encoding="utf-8")
    with pytest.raises(InputError, match="hidden_size"):
        models.read(model)
    (model / "tokenizer.json").rename(model / "elsewhere")
    with pytest.raises(ModelError, match=r"lacks tokenizer\.json - hf download FacebookAI/xlm-roberta-large"):
        models.read(model)
    (model / "tokenizer.json").symlink_to(model / "elsewhere")
    with pytest.raises(ModelError, match="link"):
        models.read(model)


# the spec


@pytest.mark.parametrize(
    ("tier", "keys"),
    [
        ("retrieval-only", ["retrieval"]),
        ("core", ["transfer", "retrieval", "multitask", "no_benefit_nli"]),
        ("near-full", ["transfer", "retrieval", "multitask", "no_benefit_nli"]),
    ],
)
def test_each_sub_tier_states_its_hypotheses_with_a_placebo_for_each_judged_arm(
    export: Path, model: Path, tier: str, keys: list[str]
) -> None:
    spec = experiment.draft(wanted(export, model, sub_tier=tier))
    assert [h.key for h in spec.hypotheses] == keys
    names = {arm.name: arm.role for arm in spec.arms}
    for hypothesis in spec.hypotheses:
        assert not hypothesis.at_claim_scale
        assert hypothesis.rule.smallest == 2.0
        assert hypothesis.rule.least_seeds == 5
        assert hypothesis.rule.preconditions
        assert {names[placebo] for _, placebo in hypothesis.rule.placebos} <= {"placebo"}
        if hypothesis.key in ("transfer", "retrieval"):
            assert {arm for arm, _ in hypothesis.rule.placebos} == set(hypothesis.rule.arms)
    assert len(spec.seeds) == 5
    assert min(spec.seeds) >= 1000
    assert not spec.gpu
    assert spec.keeps_state


@pytest.mark.parametrize("tier", sorted(plans.SUB_TIERS))
def test_a_draft_departs_from_nothing_and_a_changed_rule_does(export: Path, model: Path, tier: str) -> None:
    spec = experiment.draft(wanted(export, model, sub_tier=tier))
    assert xlmr_intermediate.departs(spec) == ""
    for change in ({"tolerance": 1.0}, {"smallest": 0.0}, {"confidence": 0.9}, {"least_seeds": 2}):
        for at, hypothesis in enumerate(spec.hypotheses):
            other = replace(hypothesis, rule=replace(hypothesis.rule, **change))  # type: ignore[arg-type]
            hypotheses = (*spec.hypotheses[:at], other, *spec.hypotheses[at + 1 :])
            said = xlmr_intermediate.departs(replace(spec, hypotheses=hypotheses))
            assert said == "its hypotheses is not what is drafted"


def test_a_spec_holds_no_path_of_this_machine_and_survives_writing(export: Path, model: Path) -> None:
    spec = experiment.draft(wanted(export, model, sub_tier="core"))
    written = codec.encode(spec)
    assert str(export).encode() not in written
    assert str(model).encode() not in written
    assert codec.decode(Spec, written, file="spec.json") == spec
    assert experiment.draft(wanted(export, model, sub_tier="core")) == spec


def test_what_the_page_must_say_is_said(export: Path, model: Path) -> None:
    spec = experiment.draft(wanted(export, model))
    assert "BUCC gold-pair retrieval" in spec.words
    assert "not mining" in spec.words
    assert "mean .715" in spec.words
    assert "never used to judge" in spec.words
    assert any("CCG" in one for one in spec.deviations)
    assert all(h.rule.reported is None for h in spec.hypotheses)
    assert dict(spec.parameters)["source nyu-mll/glue mnli train"]


@pytest.mark.parametrize(
    ("shape", "tier", "retrieval", "sizes", "at_scale"),
    [
        (models.LARGE, "near-full", ("tatoeba", "bucc"), "asserted", {"retrieval", *TRAINED}),
        (models.LARGE, "near-full", ("tatoeba", "bucc_pairs"), "asserted", {*TRAINED}),
        (models.LARGE, "core", ("tatoeba", "bucc"), "asserted", {"retrieval"}),
        (models.LARGE, "retrieval-only", ("tatoeba", "bucc"), "asserted", {"retrieval"}),
        (models.LARGE, "retrieval-only", ("tatoeba", "bucc_pairs"), "asserted", set()),
        (models.LARGE, "near-full", ("tatoeba", "bucc"), "recorded", set()),
        (models.BASE, "near-full", ("tatoeba", "bucc"), "asserted", set()),
    ],
)  # fmt: skip
def test_only_the_large_model_on_whole_data_stands_at_the_papers_scale(
    shape: dict[str, int], tier: str, retrieval: tuple[str, ...], sizes: str, at_scale: set[str]
) -> None:
    described = models.described(shape, folder=Path(), files=())
    setting = wording.Setting(tier=plans.sub_tier(tier), model=described, retrieval=retrieval, sizes=sizes)
    assert {h.key for h in wording.hypotheses(setting) if h.at_claim_scale} == at_scale
    for hypothesis in wording.hypotheses(setting):
        why = wording.shortfalls(setting, key=hypothesis.key)
        assert all(words in wording.scale(setting, seeds=5) for words in why)


def test_fresh_seeds_change_with_version_model_and_sub_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    before = experiment.fresh("large", "core")
    assert experiment.fresh("base", "core") != before
    assert experiment.fresh("large", "near-full") != before
    monkeypatch.setattr(xlmr_intermediate, "VERSION", "xlmr_intermediate/other")
    assert experiment.fresh("large", "core") != before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"colour": "red"}, "no option called 'colour'"),
        ({"sub_tier": "half"}, "no sub-tier called 'half'"),
        ({"gpus": "many"}, "gpus is a number"),
        ({"micro": "5"}, "micro is"),
        ({"sizes": "guessed"}, "sizes is"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        experiment.options(Wanted(tier="full", options=tuple(sorted(options.items()))))


# the job


def test_a_job_has_program_plan_data_and_model_and_no_gold(export: Path, model: Path) -> None:
    spec, job = prepared(export, model, sub_tier="core")
    names = {name for name, _ in job.files}
    assert {"plan.json", "program/main.py"} <= names
    assert {artifact.name for artifact in spec.program} == names - {"plan.json"}
    assert job.command == ("{python}", "-I", "/job/inputs/program/main.py")
    folders = dict(job.folders)
    assert not [p for p in folders["data"].rglob("*") if "gold" in p.parts[len(folders["data"].parts) :]]
    golden = {name for name, _ in job.gold}
    assert {"xnli/test-sw.json", "dev/mnli.json", "tatoeba/test-de.json"} <= golden
    assert not golden & names


def test_the_program_accepts_the_plan_of_every_sub_tier(export: Path, model: Path, tmp_path: Path) -> None:
    for tier in plans.SUB_TIERS:
        spec, job = prepared(export, model, sub_tier=tier)
        file = tmp_path / f"{tier}.json"
        file.write_bytes(dict(job.files)["plan.json"])
        plan = read_plan.read(file)
        assert plan.seed == spec.seeds[0]
        assert plan.layer == 1
        assert [arm.name for arm in plan.arms] == [arm.name for arm in spec.arms]


def test_equal_steps_are_those_of_the_longest_single_task(export: Path, model: Path) -> None:
    spec = experiment.draft(wanted(export, model, sub_tier="core"))
    arms = {arm["name"]: arm for arm in plans.read(dict(spec.parameters)["plan"])["arms"]}
    assert arms["multi-equal"]["most_steps"] == 3  # six rows are one batch, three epochs
    assert arms["multi"]["most_steps"] == 0
    assert [name for name, arm in arms.items() if arm.get("shuffled")] == [f"{n}-placebo" for n in plans.BEST]


def test_xquad_and_mlqa_share_one_training(export: Path, model: Path) -> None:
    spec = experiment.draft(wanted(export, model, sub_tier="near-full"))
    targets = plans.read(dict(spec.parameters)["plan"])["targets"]
    squad = next(target for target in targets if target["train"] == "squad")
    assert [files["task"] for files in squad["predict"]] == ["xquad", "mlqa"]
    assert (squad["epochs"], squad["batch"]) == (2, 16)
    assert len(targets) == 6


def test_a_job_is_refused_when_program_data_or_model_changed(
    export: Path, model: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, job = prepared(export, model)
    data = dict(job.folders)["data"]
    assert home in data.parents
    with monkeypatch.context() as patched:
        patched.setattr(experiment, "PROGRAM", tmp_path)
        with pytest.raises(InputError, match="program"):
            experiment.prepare(spec, spec.seeds[0])
    (model / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(InputError, match="not the model of this spec"):
        experiment.prepare(spec, spec.seeds[0])
    (model / "model.safetensors").write_bytes(b"weights")
    next(data.rglob("*.jsonl")).unlink()
    with pytest.raises(InputError, match="changed"):
        experiment.prepare(spec, spec.seeds[0])


def test_another_machine_runs_a_spec_from_folders_that_hold_the_same_files(
    export: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, job = prepared(export, model, sub_tier="core")
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "another"))
    with pytest.raises(InputError, match="not there"):
        experiment.prepare(spec, spec.seeds[0])
    places = (("data", str(export)), ("model", str(model)))
    again = experiment.prepare(spec, spec.seeds[0], places=places)
    assert (again.files, again.gold) == (job.files, job.gold)
    other = full_export.export(tmp_path / "other", full_export.EVERYTHING, rows=5)
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "third"))
    with pytest.raises(InputError, match="does not hold the data of this spec"):
        experiment.prepare(spec, spec.seeds[0], places=(("data", str(other)), ("model", str(model))))


def test_limits_leave_room_for_the_arithmetic_and_the_checkpoints(export: Path, model: Path) -> None:
    limits = experiment.draft(wanted(export, model)).limits
    assert limits.wall_seconds >= 3600
    assert limits.file_mb >= 1024
    assert limits.output_mb <= 1000


# the dry run


def named(rows: tuple[Checked, ...], name: str) -> Checked:
    """Return the row called ``name``."""
    return next(row for row in rows if row.name == name)


def test_a_dry_run_on_a_bare_machine_names_a_line_for_everything_that_is_missing(tmp_path: Path) -> None:
    rows = dry_run(Wanted(tier="full", options=(("data", str(tmp_path)), ("sub_tier", "near-full"))))
    missing = [row for row in rows if not row.ok]
    assert all(row.remedy for row in missing)
    assert named(rows, "model.safetensors").remedy.startswith("hf download FacebookAI/xlm-roberta-large ")
    assert '--include "PAN-X.yo/*"' in named(rows, "google/xtreme PAN-X.yo test").remedy
    assert "392,702 rows asserted" in named(rows, "nyu-mll/glue mnli train").found
    assert "not mining" in named(rows, "bucc2018 files").found
    assert "licensed" in named(rows, "CCG").found
    assert not list(tmp_path.iterdir())


def test_a_dry_run_finds_what_is_there(export: Path, model: Path) -> None:
    rows = dry_run(wanted(export, model, sub_tier="near-full"))
    assert all(row.ok for row in rows if row.group == "model")
    assert all(row.ok for row in rows if row.group == "data" and "/" in row.name)
    assert named(rows, "GPUs").ok  # none is asked for
    sums = [row for row in rows if row.group == "arithmetic, not measured"]
    assert {row.name for row in sums} >= {"tokens a seed", "hours a seed", "GPU memory", "checkpoints"}


def test_a_dry_run_without_a_folder_says_that_the_hub_will_be_asked(model: Path) -> None:
    rows = dry_run(Wanted(tier="full", options=(("gpus", "0"), ("model", str(model)))))
    row = named(rows, "rajpurkar/squad plain_text train")
    assert row.ok
    assert "hub" in row.found
    assert row.remedy == "hf download rajpurkar/squad --repo-type dataset --local-dir DATA/squad"


def test_costs_grow_with_the_sub_tier_and_fall_with_the_model() -> None:
    large, base = (models.described(shape, folder=Path(), files=()) for shape in (models.LARGE, models.BASE))
    hours = {}
    for tier in plans.SUB_TIERS.values():
        asked = plans.request(tier, folder=None, mining=False, sizes="asserted")
        counts = known_counts((*asked.training, *asked.targets))
        made = plans.build(
            tier, model=large, counts=counts, gpus=1, micro=8, tasks=plans.retrieval(mining=False)
        )
        hours[tier.name] = cost.estimate(made, counts, model=large, peak=989.0).hours
        small = cost.estimate(made, counts, model=base, peak=989.0).hours
        assert hours[tier.name] / small == pytest.approx(3.5, abs=0.1)
    assert 0.3 < hours["retrieval-only"] < hours["core"] < hours["near-full"] < 10


def test_arithmetic_by_hand() -> None:
    large = models.described(models.LARGE, folder=Path(), files=())
    # one arm, one epoch of ten rows of 45 tokens: 450 x 6 x 302,309,376 operations
    counts = {"data/mnli/train.jsonl": 10}
    plan = {
        "arms": [{"name": "mnli", "tasks": ["mnli"], "epochs": 1, "most_steps": 0}],
        "targets": [],
        "retrieval": [],
        "processes": 1,
        "recipe": plans.RECIPE,
        "tasks": {"mnli": {"length": 256}},
    }
    found = cost.estimate(plan, counts, model=large, peak=1.0)
    assert found.hours * 3600 == pytest.approx(450 * 6 * 302_309_376 / 0.35e12)
    assert cost.peak_of("NVIDIA H200") == 989.0
    assert cost.peak_of("NVIDIA GeForce GT 1030") is None
