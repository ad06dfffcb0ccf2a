"""``synth gate`` as typed: what is printed, exit codes, one line for every error."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_pipeline_reproduce import (
    GOOD,
    Canned,
    mostly,
    place,
    right,
)
from typed import Run, one_line

from synth import attempts, attestation, sandbox
from synth.pipeline import proving, reproduce
from synth.sandbox._hostile import Attempted
from synth.text import printable

FORMULA = (
    "--option", "expression=b - a", "--option", "inputs=a=68.2; b=73.6", "--option", "stated=5.4",
    "--option", "quote=The average rises from 68.2 to 73.6, a gain of 5.4 points.",
)  # fmt: skip


def in_place(monkeypatch: pytest.MonkeyPatch) -> Callable[[Canned], Canned]:
    """Return what puts a seal that runs nothing in the place of the machine's."""

    def use(seal: Canned) -> Canned:
        found = (seal, (("network", "held"),), "")
        monkeypatch.setattr(reproduce, "sealed", lambda _: found)
        monkeypatch.setattr(proving, "sealed", lambda _: found)
        return seal

    return use


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch) -> Callable[[Canned], Canned]:
    return in_place(monkeypatch)


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return place(tmp_path)


def failing(seed: int, _: int) -> str:
    return right(seed % 3)


# --- doctor


def test_doctor_without_a_seal_says_what_installs_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lack = sandbox.Lack(what="bubblewrap is not installed", remedy="apt install bubblewrap")
    monkeypatch.setattr(sandbox, "choose", lambda _: (lack,))
    ran = run("gate", "doctor")
    assert ran.code == 1
    assert "LACK seal: none: no result can be reproduced here - apt install bubblewrap" in ran.out
    assert "signing key: none: attempts are not signed - synth gate keygen" in ran.out


@pytest.mark.parametrize(("verdict", "code"), [("held", 0), ("not applicable", 0), ("not held", 1)])
def test_doctor_names_each_hostile_attempt(
    run: Run, monkeypatch: pytest.MonkeyPatch, verdict: str, code: int
) -> None:
    seen = Attempted(name="network", words="reach out", verdict=verdict, seen="no route")  # type: ignore[arg-type]
    monkeypatch.setattr(sandbox, "choose", lambda _: Canned(mostly))
    monkeypatch.setattr(sandbox, "preflight", lambda *_, **__: (seen,))
    ran = run("gate", "doctor", "--json")
    assert ran.code == code
    (row,) = [row for row in ran.rows if row["name"] == "attempt: reach out"]
    assert (row["ok"], row["found"]) == (code == 0, f"{verdict} (no route)")


def test_a_seal_that_does_not_exist_is_one_line(run: Run) -> None:
    assert "no seal called 'chroot'" in one_line(run("gate", "doctor", "--seal", "chroot"))


# --- keys


def test_keys_are_made_trusted_retired_and_revoked(run: Run, home: Path, tmp_path: Path) -> None:
    first = run("gate", "keygen", "--name", "Ann", "--json").rows[0]
    assert first["name"] == "Ann"
    private = [p for p in (home / "keys").iterdir() if p.stat().st_mode & 0o077 == 0]
    assert private
    second = run("gate", "keygen", "--json").rows[0]
    assert second["keyid"] != first["keyid"]
    public = next(p for p in (home / "keys").rglob("*.pub*") if second["keyid"][:8] in p.name)
    (tmp_path / "other.pem").write_bytes(public.read_bytes())
    retired = run("gate", "distrust", second["keyid"][:8])
    assert (retired.code, ", retired 2" in retired.out) == (0, True)
    revoked = run("gate", "distrust", first["keyid"], "--revoke", "--json").rows[0]
    assert revoked["revoked"]
    kept = {one.key.keyid: one for one in attestation.trusted(home / "keys")}
    assert kept[first["keyid"]].revoked_at
    assert kept[second["keyid"]].not_after
    assert not kept[second["keyid"]].revoked_at


def test_another_machines_key_is_trusted_by_its_file(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "theirs"))
    made = run("gate", "keygen", "--json").rows[0]
    public = next((tmp_path / "theirs" / "keys").rglob("*.pub*"))
    monkeypatch.setenv("SYNTH_HOME", str(home))
    ran = run("gate", "trust", public, "--name", "Bo", "--json")
    assert (ran.code, ran.rows[0]["keyid"], ran.rows[0]["name"]) == (0, made["keyid"], "Bo")


@pytest.mark.parametrize(
    "words",
    [
        ("trust", "lost.pem"),
        ("trust", "junk.pem"),
        ("trust", "."),
        ("distrust", "0123456789"),
        ("distrust", ""),
        ("verify", "lost"),
        ("verify", "junk.pem"),
        ("verify", ".", "--key", "junk.pem"),
        ("run", "lost.json"),
        ("run", "junk.pem"),
        ("run", "."),
        ("status", "../.."),
        ("status", "\x1b[2J"),
        ("spec", "nothing"),
        ("spec", "formula"),
        ("spec", "formula", *FORMULA, "--out", "junk.pem/spec.json"),
        ("frobnicate",),
        ("prove", "lost.lean"),
    ],
)
def test_what_makes_no_sense_to_the_gate_is_one_line(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "junk.pem").write_bytes(b"\x00\xff" * 100)
    said = one_line(run("gate", *words))
    assert said == printable(said)


# --- spec and run


def test_a_spec_is_printed_or_written_and_run_and_its_hash_is_the_same(
    run: Run, job: Path, tmp_path: Path, canned: Callable[[Canned], Canned]
) -> None:
    canned(Canned(mostly))
    printed = run("gate", "spec", job)
    assert run("gate", "spec", job, "--out", "spec.json").code == 0
    assert (tmp_path / "spec.json").read_text() == printed.out
    assert str(tmp_path) not in printed.out
    ran = run("gate", "run", "spec.json", "--option", f"folder={job}", "--json", "-q")
    assert (ran.code, ran.err) == (0, "")
    (row,) = ran.rows
    assert row["outcome"] == "REPRODUCED"
    stored = attempts.load(Path(row["folder"]))
    assert attempts.encode(stored.spec).decode() == printed.out
    assert Path(row["page"]).is_file()


@pytest.mark.parametrize(
    ("seal", "outcome", "code"),
    [
        (Canned(mostly), "REPRODUCED", 0),
        (Canned(lambda seed, _: right([8, 2, 7, 1, 5][seed - 1])), "INCONCLUSIVE", 0),
        (Canned(failing), "FAILED", 1),
        (Canned(mostly, ends={2: replace(GOOD, exit_code=3)}), "ERROR", 2),
    ],
)
def test_the_exit_code_says_whether_it_ran_and_whether_the_rule_was_met(
    run: Run, job: Path, canned: Callable[[Canned], Canned], seal: Canned, outcome: str, code: int
) -> None:
    seal.asked.clear()
    canned(seal)
    ran = run("reproduce", job, "-q", "--workers", "1")
    assert (ran.out.split()[0], ran.code) == (outcome, code)
    status = run("gate", "status", "--json").rows[0]
    assert status["status"] == {"REPRODUCED": "VERIFIED", "FAILED": "FALSIFIED"}.get(outcome, "UNVERIFIED")


def test_without_a_seal_nothing_is_run_and_the_exit_code_says_so(
    run: Run, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lack = sandbox.Lack(what="bubblewrap is not installed", remedy="apt install bubblewrap")
    monkeypatch.setattr(sandbox, "choose", lambda _: (lack,))
    ran = run("reproduce", job)
    assert (ran.code, ran.out[:7]) == (2, "NOT_RUN")
    assert "apt install bubblewrap" in ran.out


def test_a_spec_whose_folder_is_not_named_is_one_line(
    run: Run, job: Path, canned: Callable[[Canned], Canned]
) -> None:
    canned(Canned(mostly))
    run("gate", "spec", job, "--out", "spec.json")
    one_line(run("gate", "run", "spec.json"))


@pytest.mark.parametrize(
    "change", [{"seeds": []}, {"schema": "synth/spec-v9"}, {"experiment": "magic"}, {"experiment": 3}]
)
def test_a_spec_that_was_edited_is_one_line(
    run: Run, job: Path, tmp_path: Path, canned: Callable[[Canned], Canned], change: dict[str, Any]
) -> None:
    canned(Canned(mostly))
    stated = json.loads(run("gate", "spec", job).out)
    (tmp_path / "spec.json").write_text(
        json.dumps(stated | change, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    )
    one_line(run("gate", "run", "spec.json", "--option", f"folder={job}"))


# --- verify and status


def test_verify_says_that_all_holds_and_names_a_changed_byte(
    run: Run, job: Path, canned: Callable[[Canned], Canned]
) -> None:
    canned(Canned(mostly))
    folder = Path(run("reproduce", job, "--json").rows[0]["folder"])
    good = run("gate", "verify", folder)
    assert (good.code, good.out.splitlines()[-1]) == (0, f"{folder}: every file and figure holds")
    again = run("gate", "verify", folder, "--rerun", "--option", f"folder={job}", "--json")
    assert again.code == 0
    assert "the same bytes" in again.rows[-1]["what"]
    (folder / "log.txt").write_text("nothing")
    bad = run("gate", "verify", folder)
    assert bad.code == 1
    assert "FAULT log.txt: is not as attested" in bad.out


def test_verify_by_a_key_wants_that_keys_signature(
    run: Run, job: Path, home: Path, canned: Callable[[Canned], Canned]
) -> None:
    canned(Canned(mostly))
    run("gate", "keygen")
    folder = run("reproduce", job, "--json").rows[0]["folder"]
    mine = next((home / "keys").rglob("*.pub*"))
    assert run("gate", "verify", folder, "--key", mine).code == 0
    kept = mine.read_bytes()
    run("gate", "keygen")
    other = next(p for p in (home / "keys").rglob("*.pub*") if p.read_bytes() != kept)
    ran = run("gate", "verify", folder, "--key", other)
    assert ran.code == 1
    assert "FAULT attestation.dsse.json" in ran.out


def test_status_without_attempts_says_so_and_names_what_cannot_be_read(
    run: Run, job: Path, canned: Callable[[Canned], Canned]
) -> None:
    none = run("gate", "status")
    assert (none.code, none.out) == (0, "")
    assert "no attempt was made here yet" in none.err
    canned(Canned(mostly))
    row = run("reproduce", job, "--json").rows[0]
    assert run("gate", "status", row["claim"]).out.startswith(f"VERIFIED  {row['claim']}")
    assert "no attempt" in run("gate", "status", "c0000000000000000").err
    (Path(row["folder"]) / "spec.json").write_text("{}")
    lost = run("gate", "status")
    assert f"skipped {row['folder']}: " in lost.out
    assert "spec.json" in lost.out


@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_a_claim_of_hostile_words_breaks_no_terminal(
    run: Run, tmp_path: Path, canned: Callable[[Canned], Canned], json_too: tuple[str, ...]
) -> None:
    canned(Canned(mostly))
    hostile = "It wins \\u001b]0;owned\\u0007 \\u009b2J \\u202etxt.exe \\u200b<b>"
    job = place(tmp_path, **{"The tagger reaches 90 %.": hostile})
    stated = json.loads(run("gate", "spec", job).out)
    stated["hypotheses"][0]["text"] = f"It wins {json.loads(quoted(hostile))}"
    text = json.dumps(stated, sort_keys=True, indent=2, ensure_ascii=False)
    (tmp_path / "spec.json").write_text(f"{text}\n")
    for words in (
        ("reproduce", job),
        ("reproduce", job, "--dry-run"),
        ("gate", "run", "spec.json", "--option", f"folder={job}"),
        ("gate", "status"),
    ):
        ran = run(*words, *json_too)
        assert ran.code == 0, ran.err
        assert "It wins" in ran.out
        for text in (ran.out, ran.err):
            assert [c for c in text if c not in "\n\t" and c != printable(c)] == []


def quoted(text: str) -> str:
    return f'"{text}"'


# --- prove


def test_a_proof_without_a_toolchain_is_inconclusive_with_the_line_that_installs_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canned: Callable[[Canned], Canned]
) -> None:
    canned(Canned(mostly))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ELAN_HOME", raising=False)
    (tmp_path / "Challenge.lean").write_text("theorem two : 2 + 2 = 4 := sorry\n")
    (tmp_path / "Solution.lean").write_text("theorem two : 2 + 2 = 4 := rfl\n")
    words = (
        "gate", "prove", "Solution.lean", "--challenge", "Challenge.lean", "--theorem", "two",
        "--text", "Two and two are four.",
    )  # fmt: skip
    ran = run(*words, "--json")
    assert ran.code == 0, ran.err
    (row,) = ran.rows
    assert row["outcome"] == "INCONCLUSIVE"
    assert "Lean 4" in row["reason"]
    assert "elan" in row["reason"]
    assert run("gate", "verify", row["folder"]).code == 0
    assert run("gate", "status", row["claim"]).out.startswith("UNVERIFIED")
    assert "synth gate keygen" in one_line(run(*words, "--reviewed-by", "Ann"))
    assert "'two four' is not the name" in one_line(run(*words[:6], "two four", "--text", "Two."))
