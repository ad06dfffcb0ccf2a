"""check-record of a bundle with sealed attempts: it holds; then each kind of tampering is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_report import sample
from test_checking import rewrite
from test_pipeline_reproduce import Canned, made, mostly, place, right

from synth import attempts, attestation
from synth.checking import attempts as checked
from synth.config import Config
from synth.experiments import script
from synth.pipeline import bearing, check_record, gate, publish, verifying
from synth.pipeline.kept import marked
from synth.records import Outcome, Report
from synth.trials import Quoted, Spec, Wanted


def sealed(
    report: Report,
    config: Config,
    at: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    good: bool,
    ended: str,
    quoted: bool = False,
    seal: str = "canned 1",
) -> Path:
    """Run a script at the report's first claim, or one of its own that quotes it; return the attempt."""
    job = place(at)
    one = report.judged[0].claim
    paper = next(p for p in report.papers if p.id == one.paper)
    options = (("folder", str(job)),)
    spec: Spec = script.draft(Wanted(claim=None if quoted else one, paper=paper, options=options))
    if quoted:
        spec = replace(spec, quotes=(Quoted(doc_id=paper.doc_id, text=one.text, keys=("script",)),))
    monkeypatch.setattr("synth.pipeline.reproduce.now", lambda: ended)
    write = mostly if good else lambda seed, _: right(seed % 3)
    return made(Canned(write, name=seal), spec, job, config, monkeypatch)


@pytest.fixture
def config(home: Path) -> Config:
    return Config(home=home, workers=1)


Make = Callable[..., Path]


@pytest.fixture
def bundle(tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return what writes the sample's bundle with the attempts that are asked for."""

    def write(*runs: dict[str, Any]) -> Path:
        report = replace(sample(), corrections=())
        for number, run in enumerate(runs or ({"good": True},)):
            ended = f"2026-01-0{number + 1}T00:00:00+00:00"
            sealed(report, config, tmp_path, monkeypatch, **({"good": True, "ended": ended} | run))
        report = bearing.attach(
            report, root=config.gate, holds=lambda folder: verifying.holds(folder, config=config)
        )
        folder = tmp_path / "bundle"
        publish(marked(report), folder=folder, gate=config.gate)
        return folder

    return write


def faults(folder: Path, config: Config) -> list[tuple[str, str]]:
    """Return file and words of every fault, without notices."""
    rows = check_record(folder, papers=(), config=config)
    return [(row["file"], row["what"]) for row in rows if not row["notice"]]


def notices(folder: Path, config: Config) -> str:
    rows = check_record(folder, papers=(), config=config)
    return " ".join(row["what"] for row in rows if row["notice"])


def attempt_of(folder: Path) -> Path:
    return next((folder / "gate").glob("*/*"))


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "claims.jsonl").read_text().splitlines()]


def forge(folder: Path, change: Callable[[dict[str, Any]], None], line: int = 0) -> None:
    """Change the gate of a line of claims.jsonl and mend its hash in the manifest."""

    def changed(rows: Any) -> Any:
        change(rows[line]["gate"])
        return rows

    rewrite(folder, "claims.jsonl", changed)


QUOTED = {"quoted": True}
MIXES = [
    ({"good": True},),
    ({"good": False},),
    (QUOTED,),
    (QUOTED | {"good": False},),
    ({"good": True}, QUOTED | {"good": False}),
    ({"good": False}, QUOTED),
]


@pytest.mark.parametrize("runs", MIXES)
def test_a_bundle_with_attempts_holds(bundle: Make, config: Config, runs: tuple[dict[str, Any], ...]) -> None:
    folder = bundle(*runs)
    assert len(lines(folder)[0]["gate"]["attempts"]) == len(runs)
    assert faults(folder, config) == []
    assert "is not signed: nobody vouches for it" in notices(folder, config)


def test_a_bundle_is_checked_on_a_machine_that_does_not_know_its_signer(
    bundle: Make, config: Config, tmp_path: Path
) -> None:
    gate.keygen(config, name="me")
    folder = bundle()
    kept = attempt_of(folder)
    stored = attempts.load(kept)
    key = attestation.signing_key(config.keys, phrase=None)
    attempts.attach(kept, attestation.sign(stored.found, contents=stored, key=key, version="0"))
    stranger = replace(config, home=tmp_path / "elsewhere")
    assert faults(folder, stranger) == []
    assert "a key you do not trust" in notices(folder, stranger)


@pytest.mark.parametrize(
    "name",
    [
        "log.txt",
        "spec.json",
        "results.json",
        "env.lock.json",
        "page.html",
        "outputs/seed-1/script/predictions",
    ],
)
def test_a_byte_changed_in_any_file_of_an_attempt_is_named(bundle: Make, config: Config, name: str) -> None:
    folder = bundle()
    file = attempt_of(folder) / name
    raw = file.read_bytes()
    file.write_bytes(raw[:-3] + bytes([raw[-3] ^ 1]) + raw[-2:])
    named = f"{attempt_of(folder).relative_to(folder).as_posix()}/{name}"
    assert (named, "is not as attested") in faults(folder, config)


def test_an_attempt_that_was_taken_away_is_named(bundle: Make, config: Config) -> None:
    folder = bundle()
    gone = attempt_of(folder)
    name = gone.relative_to(folder).as_posix()
    shutil.rmtree(gone)
    assert (name, "is missing, though line 1 of claims.jsonl names it") in faults(folder, config)


def test_without_the_whole_gate_folder_every_attempt_is_missing(bundle: Make, config: Config) -> None:
    folder = bundle()
    shutil.rmtree(folder / "gate")
    found = faults(folder, config)
    assert any("is missing, though line 1" in what for _, what in found)
    assert any("VERIFIED without a latest attempt" in what for _, what in found)


def test_an_attempt_that_no_claim_names_is_named(bundle: Make, config: Config) -> None:
    folder = bundle()
    shutil.copytree(attempt_of(folder), folder / "gate" / "c7" / attempt_of(folder).name)
    assert (f"gate/c7/{attempt_of(folder).name}", "is named by no claim") in faults(folder, config)


@pytest.mark.parametrize(
    ("where", "what"),
    [("notes.txt", "is a file"), ("c1/notes.txt", "is a file"), ("c1/deadbeef", "is a folder"),
     ("a b", "is a folder"), ("c1/0123456789abc", "is a folder")],
)  # fmt: skip
def test_what_is_no_attempt_is_named(bundle: Make, config: Config, where: str, what: str) -> None:
    folder = bundle()
    place = folder / "gate" / where
    place.parent.mkdir(exist_ok=True)
    place.write_text("x") if what == "is a file" else place.mkdir()
    assert faults(folder, config) == [(f"gate/{where}", f"{what} and no attempt")]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_link_in_the_gate_is_named_and_not_followed(
    bundle: Make, config: Config, tmp_path: Path, depth: int
) -> None:
    folder = bundle()
    place = (folder / "gate", attempt_of(folder).parent, attempt_of(folder))[depth]
    moved = tmp_path / "moved"
    name = place.relative_to(folder).as_posix()
    place.rename(moved)
    place.symlink_to(moved)
    found = faults(folder, config)
    assert any(file == name and "is a link" in what for file, what in found)
    assert any("is missing, though line 1" in what for _, what in found)
    assert not any("not signed" in row["what"] for row in check_record(folder, papers=(), config=config))


def test_a_gate_that_is_a_file_is_named(bundle: Make, config: Config) -> None:
    folder = bundle()
    shutil.rmtree(folder / "gate")
    (folder / "gate").write_text("VERIFIED")
    assert ("gate", "is not named in the manifest") in faults(folder, config)


def test_verified_written_beside_no_attempt_is_named(bundle: Make, config: Config) -> None:
    folder = bundle(QUOTED)
    for line in (0, 1):
        forge(folder, lambda told: told.update(status="VERIFIED"), line)
    assert [what for _, what in faults(folder, config)] == [
        "line 1: VERIFIED without a latest attempt that gives it and holds",
        "line 2: VERIFIED without a latest attempt that gives it and holds",
    ]


def test_verified_beside_a_later_failure_is_named(bundle: Make, config: Config) -> None:
    folder = bundle({"good": True}, {"good": False})
    assert lines(folder)[0]["gate"]["status"] == "FALSIFIED"
    forge(folder, lambda told: told.update(status="VERIFIED"))
    assert any("VERIFIED without a latest attempt" in what for _, what in faults(folder, config))


def test_a_failure_left_out_of_its_line_is_named(bundle: Make, config: Config) -> None:
    folder = bundle({"good": True}, {"good": False})
    forge(folder, lambda told: told.update(status="VERIFIED", attempts=told["attempts"][:1]))
    found = [what for _, what in faults(folder, config)]
    assert any("leaves out attempt" in what and "judges this claim" in what for what in found)


def test_a_settled_status_that_was_struck_out_is_told(bundle: Make, config: Config) -> None:
    folder = bundle({"good": False})
    forge(folder, lambda told: told.update(status="UNVERIFIED"))
    assert "UNVERIFIED, though its latest attempt ended FAILED and holds here" in notices(folder, config)


def first(change: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda told: told["attempts"][0].update(change)


@pytest.mark.parametrize(
    ("run", "change", "said"),
    [
        (
            {"good": False},
            {"outcome": "REPRODUCED"},
            "has outcome REPRODUCED here; by its files it is FAILED",
        ),
        ({"good": True}, {"outcome": "FAILED"}, "has outcome FAILED here; by its files it is REPRODUCED"),
        (QUOTED, {"outcome": "REPRODUCED"}, "has outcome REPRODUCED here; by its files it is PARTIAL"),
        (QUOTED | {"good": False}, {"outcome": "PARTIAL"}, "by its files it is INCONCLUSIVE for this claim"),
        (QUOTED, {"at_claim_scale": True}, "has at_claim_scale True here"),
        ({"good": True}, {"reason": "It is splendid."}, "has reason It is splendid. here"),
        ({"good": True}, {"hypothesis": "Another."}, "did not judge the hypothesis that stands here"),
        ({"good": True}, {"ended_at": "2031-01-01T00:00:00+00:00"}, "has ended_at 2031"),
        ({"good": True}, {"words": "the paper's own models"}, "has words the paper's own models here"),
        ({"good": True}, {"experiment": "proof"}, "has experiment proof here and script in its files"),
        ({"good": True}, {"spec_sha256": "0" * 64}, "has spec_sha256 0000"),
        ({"good": True}, {"id": "0" * 12}, "has an id that is not its folder's"),
        ({"good": True, "seal": ""}, {"sound": True}, "did not run to its end in a seal"),
    ],
)
def test_what_a_line_says_of_an_attempt_is_what_its_files_say(
    bundle: Make, config: Config, run: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    folder = bundle(run)
    assert faults(folder, config) == []
    forge(folder, first(change))
    assert any(file == "claims.jsonl" and said in what for file, what in faults(folder, config))


def test_a_path_out_of_the_bundle_is_missing_and_not_read(
    bundle: Make, config: Config, tmp_path: Path
) -> None:
    folder = bundle()
    shutil.copytree(attempt_of(folder), tmp_path / "out" / attempt_of(folder).name)
    away = f"../../out/{attempt_of(folder).name}"
    forge(folder, first({"folder": away}))
    assert (f"gate/{away}", "is missing, though line 1 of claims.jsonl names it") in faults(folder, config)


def test_results_rewritten_with_every_hash_and_name_mended_are_named(bundle: Make, config: Config) -> None:
    folder = bundle({"good": False})
    kept = attempt_of(folder)
    stored = attempts.load(kept)
    said = replace(stored.results.judgements[0], outcome=Outcome.REPRODUCED)
    (kept / "results.json").write_bytes(attempts.encode(replace(stored.results, judgements=(said,))))
    named = kept.rename(kept.with_name(attempts.digest(kept)[:12]))
    again = attempts.load(named)
    attempts.attach(named, attestation.unsigned(again.found, contents=again, version="0"))
    where = named.relative_to(folder / "gate").as_posix()
    forge(folder, lambda told: told.update(status="VERIFIED"))
    forge(folder, first({"folder": where, "id": named.name, "outcome": "REPRODUCED", "reason": said.reason}))
    found = faults(folder, config)
    assert any("FAILED, not REPRODUCED" in what for _, what in found)
    assert any("VERIFIED without a latest attempt" in what for _, what in found)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'{"judgements": 3}', b"[" * 9000, b'{"judgements": [{"key": []}]}']
)
@pytest.mark.parametrize("name", ["results.json", "spec.json", "env.lock.json", "inputs/inputs.json"])
def test_hostile_records_of_an_attempt_are_named(bundle: Make, config: Config, name: str, raw: bytes) -> None:
    folder = bundle()
    (attempt_of(folder) / name).write_bytes(raw)
    assert any(file.endswith(name) or file.startswith("gate/") for file, _ in faults(folder, config))


def test_hostile_types_in_records_that_parse_do_not_end_the_check(bundle: Make) -> None:
    folder = bundle()
    kept = attempt_of(folder)
    told = json.loads((kept / "results.json").read_text())
    for strange in ([], {}, None, 3):
        told["judgements"][0]["outcome"] = strange
        (kept / "results.json").write_text(json.dumps(told))
        found = list(checked.check(folder / "gate", lines(folder), faults=lambda _: ()))
        assert any("VERIFIED without" in one.what for one in found)


def test_more_attempts_than_are_looked_at_is_said(
    bundle: Make, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bundle({"good": True}, {"good": False})
    monkeypatch.setattr(checked, "MOST", 1)
    assert ("gate", "holds more than 1 attempts") in faults(folder, config)
