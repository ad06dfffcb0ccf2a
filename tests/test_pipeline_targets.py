"""What a user names becomes specs: flagged claims, one claim, a folder, an experiment; hostile bundles."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sample_report import ALPHA, claim, nothing, passage, sample, verdict
from test_experiments_formula import ROWS, table
from test_experiments_script import folder as script_folder

from synth.config import Config
from synth.errors import InputError, SynthError, UsageError
from synth.experiments import formula
from synth.pipeline import kept, papers, targets
from synth.pipeline.kept import marked
from synth.pipeline.papers import Library
from synth.pipeline.targets import Asked, Targets
from synth.records import Claim, ClaimKind, Coverage, Judged, Label, Reading, Report, Review
from synth.store import open_store

PHANG = replace(ALPHA, id="p" + "e" * 16, file="2005.13013v2.pdf", arxiv="2005.13013", version="v2")
GAIN = claim(1, "The average rises from 68.2 to 73.6, a gain of 5.4 points.")
AVERAGE = claim(2, "The glider reaches 73.4 F1 on average.")
PLAIN = claim(3, "Attention is the most important part of the network.")
TRANSFER = claim(
    4, "English intermediate-task training improves zero-shot transfer to other languages.", paper=PHANG
)
MULTI = claim(5, "Multi-task intermediate training is best on average for zero-shot transfer.", paper=PHANG)


@pytest.fixture
def config(home: Path) -> Config:
    return Config(home=home)


def judged(one: Claim) -> Judged:
    return Judged(claim=one, relevance=0.9, by_others=nothing(one), by_own=nothing(one))


def report(*claims: Claim, reviews: Sequence[Review] = ()) -> Report:
    made = replace(
        sample(),
        papers=(ALPHA, PHANG),
        judged=tuple(judged(one) for one in claims),
        reviews=tuple(reviews),
        corrections=(),
    )
    return marked(made)


@pytest.fixture
def bundle(tmp_path: Path, config: Config) -> Callable[[Report], str]:
    """Return what puts a report into the store and a folder with its manifest on the disk."""

    def write(made: Report) -> str:
        with open_store(config.store) as store:
            store.add_report(made)
        at = tmp_path / "bundle"
        at.mkdir()
        (at / "manifest.json").write_text(json.dumps({"fingerprint": made.fingerprint}))
        return str(at)

    return write


@pytest.fixture
def with_tables(config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Return settings that name papers, of which ALPHA was read with a table."""
    read = Library(
        readings=(Reading(paper=ALPHA, passages=(), tables=(table(*ROWS),)),),
        unread=(),
        lost=(),
        coverage=Coverage(found=1, duplicate=0, readable=1, full_text=1, abstract_only=0, unread=0),
        places=(),
    )
    monkeypatch.setattr(papers, "load", lambda *_, **__: read)
    return replace(config, papers=(Path("papers"),))


def ran(made: Targets) -> list[tuple[str, tuple[str, ...]]]:
    return [(spec.experiment, claims) for spec, claims in made.specs]


def test_a_reports_flagged_claims_become_specs_and_what_fits_none_is_named(
    bundle: Callable[[Report], str], config: Config, tmp_path: Path
) -> None:
    made = targets.targets(Asked(target=bundle(report(GAIN, PLAIN, TRANSFER))), config=config)
    assert ran(made) == [("formula", (GAIN.id,)), ("xlmr_intermediate", (TRANSFER.id,))]
    (lost,) = made.unmatched
    assert PLAIN.id in lost.reason
    assert "repro.toml" in lost.remedy
    assert made.folder == tmp_path / "bundle"


def test_one_run_of_a_shared_experiment_quotes_each_claim_with_what_it_states(
    bundle: Callable[[Report], str], config: Config
) -> None:
    other = replace(TRANSFER, id="c" + "9" * 16)
    made = targets.targets(Asked(target=bundle(report(TRANSFER, other))), config=config)
    ((spec, claims),) = made.specs
    assert claims == (TRANSFER.id, other.id)
    quoted = [(q.doc_id, q.text, q.page, q.keys) for q in spec.quotes if q.text == TRANSFER.text]
    assert quoted == [(PHANG.doc_id, TRANSFER.text, 3, ("transfer",))] * 2


def test_a_claim_that_another_size_judges_is_named_and_not_said_to_be_run(
    bundle: Callable[[Report], str], config: Config
) -> None:
    at = bundle(report(MULTI))
    made = targets.targets(Asked(target=at, size="core"), config=config)
    assert made.specs == ()
    assert "states multitask, which xlmr_intermediate core does not judge" in made.unmatched[0].reason
    (spec, claims), *none = targets.targets(Asked(target=at, size="mini"), config=config).specs
    assert (claims, none) == ((MULTI.id,), [])
    assert "multitask" in {h.key for h in spec.hypotheses}


def test_arithmetic_that_stands_in_a_table_alone_is_found_where_papers_are_named(
    bundle: Callable[[Report], str], config: Config, with_tables: Config
) -> None:
    at = bundle(report(AVERAGE, PLAIN))
    assert targets.targets(Asked(target=at), config=config).specs == ()
    made = targets.targets(Asked(target=at), config=with_tables)
    ((spec, claims),) = made.specs
    assert (spec.experiment, claims) == ("formula", (AVERAGE.id,))
    assert spec.quotes[0].text == AVERAGE.text
    assert spec.quotes[0].keys == (spec.hypotheses[0].key,)
    assert [PLAIN.id in one.reason for one in made.unmatched] == [True]


def test_papers_and_a_folder_do_not_make_a_script_fit_every_claim(
    bundle: Callable[[Report], str], with_tables: Config, tmp_path: Path
) -> None:
    job = script_folder(tmp_path / "job")
    options = (("folder", str(job)),)
    made = targets.targets(Asked(target=bundle(report(PLAIN)), options=options), config=with_tables)
    assert made.specs == ()


def test_another_error_than_not_fitting_is_not_swallowed(
    bundle: Callable[[Report], str], with_tables: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise SynthError("the disk is on fire")

    monkeypatch.setattr(formula, "draft", broken)
    with pytest.raises(SynthError, match="on fire"):
        targets.targets(Asked(target=bundle(report(AVERAGE))), config=with_tables)


def test_a_claim_that_fits_but_cannot_be_drafted_says_why(
    bundle: Callable[[Report], str], config: Config
) -> None:
    made = targets.targets(Asked(target=bundle(report(GAIN)), seeds=(7,)), config=config)
    assert made.specs == ()
    assert "no chance in it" in made.unmatched[0].reason
    assert made.unmatched[0].what == GAIN.text


def test_a_person_may_name_the_hypothesis_that_a_claim_states(
    bundle: Callable[[Report], str], config: Config
) -> None:
    at = bundle(report(PLAIN))
    asked = Asked(target=at, experiment="xlmr_intermediate", hypotheses=("transfer",))
    ((spec, claims),) = targets.targets(asked, config=config).specs
    assert claims == (PLAIN.id,)
    assert spec.quotes[-1].keys == ("transfer",)
    with pytest.raises(UsageError, match=r"judges no hypothesis 'best'.*transfer"):
        targets.targets(replace(asked, hypotheses=("best",)), config=config)


def test_a_script_runs_for_the_claim_that_its_user_names(
    bundle: Callable[[Report], str], config: Config, tmp_path: Path
) -> None:
    job = script_folder(tmp_path / "job")
    asked = Asked(
        target=bundle(report(PLAIN, GAIN)),
        claims=(PLAIN.id, PLAIN.id),
        experiment="script",
        options=(("folder", str(job)),),
    )
    ((spec, claims),) = targets.targets(asked, config=config).specs
    assert claims == (PLAIN.id,)
    assert (spec.hypotheses[0].claim, spec.hypotheses[0].text) == (PLAIN.id, PLAIN.text)
    assert str(tmp_path) not in repr(spec)


def test_formula_by_its_name_takes_its_options(config: Config) -> None:
    options = (
        ("expression", "b - a"),
        ("inputs", "a=68.2; b=73.6"),
        ("stated", "5.4"),
        ("quote", GAIN.text),
    )
    ((spec, claims),) = targets.targets(Asked(target="formula", options=options), config=config).specs
    assert (spec.experiment, claims) == ("formula", ())
    assert spec.hypotheses[0].rule.reported == 5.4
    with pytest.raises(UsageError, match="no claim and no expression"):
        targets.targets(Asked(target="formula"), config=config)


def test_options_spell_out_the_arithmetic_of_a_named_claim(
    bundle: Callable[[Report], str], config: Config
) -> None:
    said = replace(PLAIN, text="Training took 12 hours and then 3 hours, which is a 9 hour gain.")
    options = (("expression", "a - b"), ("inputs", "a=12; b=3"), ("stated", "9"))
    asked = Asked(target=bundle(report(said)), claims=(said.id,), experiment="formula", options=options)
    ((spec, claims),) = targets.targets(asked, config=config).specs
    assert claims == (said.id,)
    assert [(q.doc_id, q.text) for q in spec.quotes] == [(ALPHA.doc_id, said.text)]


def test_a_claims_id_finds_the_report_that_judges_it(bundle: Callable[[Report], str], config: Config) -> None:
    bundle(report(GAIN, TRANSFER))
    made = targets.targets(Asked(target=GAIN.id), config=config)
    assert ran(made) == [("formula", (GAIN.id,))]
    assert made.folder is None
    with pytest.raises(InputError, match="no report here judges the claim c0000000000000099"):
        targets.targets(Asked(target="c0000000000000099"), config=config)


def test_a_folder_with_repro_toml_is_run_and_its_place_stays_out_of_the_spec(
    config: Config, tmp_path: Path
) -> None:
    job = script_folder(tmp_path / "job")
    made = targets.targets(Asked(target=str(job), seeds=(8, 9)), config=config)
    ((spec, claims),) = made.specs
    assert (spec.experiment, spec.seeds, claims) == ("script", (8, 9), ())
    assert made.places == (("folder", str(job)),)
    assert str(tmp_path) not in repr(spec)


def flag(one: Claim, decision: str = "flag") -> Review:
    at = "2026-01-01T00:00:00+00:00"
    return Review(claim=one.id, reviewer="Ann", at=at, decision=decision, machine=Label.SUPPORT)  # type: ignore[arg-type]


def test_flagged_are_the_claims_that_people_flagged() -> None:
    made = report(GAIN, PLAIN, AVERAGE, reviews=[flag(PLAIN), flag(GAIN, "accept")])
    assert [one.claim.id for one in targets.flagged(made)] == [PLAIN.id]


@pytest.mark.parametrize(
    ("kind", "label", "confidence", "due"),
    [
        (ClaimKind.FINDING, Label.NOT_ENOUGH_INFO, 0.9, True),
        (ClaimKind.COMPARISON, Label.SUPPORT, 0.6, True),
        (ClaimKind.FINDING, Label.CONTRADICT, 0.9, True),
        (ClaimKind.FINDING, Label.SUPPORT, 0.9, False),
        (ClaimKind.METHOD, Label.CONTRADICT, 0.9, False),
        (ClaimKind.LIMITATION, Label.NOT_ENOUGH_INFO, 0.9, False),
    ],
)
def test_without_a_flag_the_empirical_claims_in_doubt_are_looked_at(
    kind: ClaimKind, label: Label, confidence: float, due: bool
) -> None:
    one = replace(PLAIN, kind=kind)
    said = verdict(one, label, passage("A quote.", label), confidence=confidence)
    made = report(one)
    made = replace(made, judged=(replace(made.judged[0], by_others=said),))
    assert [j.claim.id for j in targets.flagged(made)] == ([one.id] if due else [])


@pytest.mark.parametrize(
    "target", ["nothing", "", "c123", "x" * 5000, "a\0b", "../..", "xlmr", "formula.py", "\ud800"]
)
def test_what_names_nothing_is_one_line(config: Config, target: str) -> None:
    with pytest.raises(UsageError, match="nothing to reproduce is called"):
        targets.targets(Asked(target=target), config=config)


@pytest.mark.parametrize(
    "change",
    [
        {"claims": (GAIN.id,)},
        {"hypotheses": ("transfer",), "experiment": "formula"},
        {"experiment": "script"},
    ],
)
def test_options_that_choose_among_a_reports_claims_are_refused_where_there_is_none(
    config: Config, change: dict[str, tuple[str, ...]]
) -> None:
    with pytest.raises(UsageError, match="formula is no report"):
        targets.targets(replace(Asked(target="formula"), **change), config=config)  # type: ignore[arg-type]


def test_an_unknown_experiment_or_claim_is_named(bundle: Callable[[Report], str], config: Config) -> None:
    at = bundle(report(GAIN))
    with pytest.raises(UsageError, match="no experiment called 'magic'"):
        targets.targets(Asked(target=at, experiment="magic"), config=config)
    with pytest.raises(UsageError, match="judges no claim c77"):
        targets.targets(Asked(target=at, claims=("c77",)), config=config)


def test_a_report_of_another_machine_says_so(
    bundle: Callable[[Report], str], config: Config, tmp_path: Path
) -> None:
    at = bundle(report(GAIN))
    elsewhere = replace(config, home=tmp_path / "other-home")
    with pytest.raises(InputError, match="is not in the store here - ask its question again"):
        targets.targets(Asked(target=at), config=elsewhere)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b'{"fingerprint": 3}',
        b'{"fingerprint": "\\ud800"}',
        b'{"fingerprint": "../../x"}',
        b'{"title": "no fingerprint"}',
        b"[" * 200_000,
        b'{"fingerprint":' * 50_000,
        b'{"fingerprint": ' + b"9" * 10_000 + b"}",
    ],
)
def test_a_hostile_manifest_is_one_line(tmp_path: Path, config: Config, raw: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(raw)
    with pytest.raises(InputError, match=r"manifest\.json is no .* - write the report again"):
        targets.targets(Asked(target=str(tmp_path)), config=config)


@pytest.mark.parametrize("kind", ["link", "dangling", "folder"])
def test_a_manifest_that_is_no_plain_file_is_not_read(tmp_path: Path, config: Config, kind: str) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"fingerprint": "a" * 64}))
    at = tmp_path / "bundle"
    at.mkdir()
    if kind == "folder":
        (at / "manifest.json").mkdir()
    else:
        (at / "manifest.json").symlink_to(secret if kind == "link" else tmp_path / "lost")
    with pytest.raises(InputError, match=r"manifest\.json .* - name the folder of a report"):
        targets.targets(Asked(target=str(at)), config=config)


def test_a_manifest_without_end_is_not_read_whole(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_MANIFEST", 10)
    (tmp_path / "manifest.json").write_text(json.dumps({"fingerprint": "a" * 64}))
    with pytest.raises(InputError, match="larger than 10 bytes"):
        targets.targets(Asked(target=str(tmp_path)), config=config)
