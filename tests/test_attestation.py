"""Attestations: every change of every file is named, and only keys in use that one trusts vouch."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sample_attempt as sample
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_attempt import AFTER_ALL, FILE, KEY, LATER, NOW, OTHER, signed_by, told, trust, verified

from synth import attempts, attestation
from synth.attestation import SigningKey
from synth.errors import AttestationError


@pytest.fixture
def attempt(tmp_path: Path) -> Path:
    return sample.made(tmp_path, attest=signed_by(KEY))


def rewritten(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the envelope's JSON and write it in its canonical form again."""
    path = folder / FILE
    whole = json.loads(path.read_bytes())
    change(whole)
    path.write_text(json.dumps(whole, sort_keys=True, indent=2) + "\n", encoding="utf-8")


def restated(folder: Path, change: Callable[[dict[str, Any]], object], *, key: SigningKey = KEY) -> None:
    """Change the statement and sign it again, as one could who holds the key."""
    from synth.attestation import envelope

    payload = json.loads(envelope.read((folder / FILE).read_bytes()).payload)
    change(payload)
    raw = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
    signature = envelope.Signature(key.public.keyid, key.sign(envelope.pae(raw)))
    (folder / FILE).write_bytes(envelope.write(raw, [signature]))


# -- files


def test_a_signed_attempt_that_nobody_changed_has_no_fault(attempt: Path) -> None:
    assert verified(attempt) == ()
    assert [one.name for one in attestation.vouched(attempts.look(attempt), trusted=trust(KEY))] == ["Ada"]


def test_an_unsigned_attempt_has_a_notice_and_its_files_are_still_checked(tmp_path: Path) -> None:
    folder = sample.made(tmp_path, attest=signed_by())
    (notice,) = verified(folder)
    assert notice.notice
    assert "nobody vouches" in notice.what
    assert "run it again" in notice.remedy
    assert attestation.vouched(attempts.look(folder), trusted=trust(KEY)) == ()
    (folder / "page.html").write_bytes(b"other")
    assert told(folder) == {"page.html": "is not as attested"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample.made(tmp_path_factory.mktemp("whole"), attest=signed_by(KEY, OTHER))


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_every_change_of_a_single_byte_is_named(whole: Path, data: st.DataObject) -> None:
    files = sorted(p for p in whole.rglob("*") if p.is_file())
    path = data.draw(st.sampled_from([*files, *[whole / FILE] * len(files)]))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    changed = bytearray(before)
    changed[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    try:
        faults = told(whole, trusted=trust(KEY, OTHER))
    finally:
        path.write_bytes(before)
    # of a changed statement its files differ, too
    assert path.relative_to(whole).as_posix() in faults
    assert path.name == FILE or len(faults) == 1


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_every_byte_that_is_added_or_cut_is_named(whole: Path, data: st.DataObject) -> None:
    files = sorted(p for p in whole.rglob("*") if p.is_file())
    path = data.draw(st.sampled_from([*files, *[whole / FILE] * 5]))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    byte = data.draw(st.sampled_from([b"", b" ", b"\n", b"A", b"=", b"\x00"]))
    path.write_bytes(before[:at] + byte + before[at + (byte == b"") :])
    try:
        faults = told(whole, trusted=trust(KEY, OTHER))
    finally:
        path.write_bytes(before)
    assert list(faults) == [path.relative_to(whole).as_posix()]


def test_a_file_that_is_missing_is_named(attempt: Path) -> None:
    for path in sorted(p for p in attempt.rglob("*") if p.is_file() and p.name != FILE):
        content = path.read_bytes()
        path.unlink()
        name = path.relative_to(attempt).as_posix()
        assert told(attempt)[name] == "is missing, or could not be read"
        path.write_bytes(content)
    assert verified(attempt) == ()


@pytest.mark.parametrize("name", ["readme.txt", "outputs/seed-1/more.json", "gold/seed-9/qa.json"])
def test_a_file_that_was_added_is_named(attempt: Path, name: str) -> None:
    (attempt / name).parent.mkdir(exist_ok=True)
    (attempt / name).write_bytes(b"new")
    assert told(attempt) == {name: "is not attested"}


def test_files_that_were_swapped_are_named_with_what_they_hold(attempt: Path) -> None:
    one, other = (attempt / "outputs" / f"seed-{n}" / "none.json" for n in (1, 2))
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert told(attempt) == {
        "outputs/seed-1/none.json": "is not as attested: it holds what outputs/seed-2/none.json held",
        "outputs/seed-2/none.json": "is not as attested: it holds what outputs/seed-1/none.json held",
    }


def test_a_file_that_was_renamed_is_named_twice(attempt: Path) -> None:
    (attempt / "page.html").rename(attempt / "side.html")
    assert told(attempt) == {
        "page.html": "is missing, or could not be read",
        "side.html": "is not attested: it holds what page.html held",
    }


@pytest.mark.parametrize("kind", [*sample.UNFIT, "empty folder"])
def test_what_is_no_plain_file_is_named(attempt: Path, kind: str) -> None:
    sample.unfit(attempt, kind)
    assert len(told(attempt)) == 1


def test_a_file_that_became_a_link_to_the_same_content_is_named(attempt: Path) -> None:
    path = attempt / "page.html"
    path.rename(attempt.parent / "aside.html")
    path.symlink_to(attempt.parent / "aside.html")
    assert told(attempt)["page.html"]


def test_a_folder_that_is_not_named_by_its_digest_is_named(attempt: Path) -> None:
    renamed = attempt.rename(attempt.with_name("0123456789ab"))
    assert told(renamed) == {"0123456789ab": "is not named by its digest"}


def test_an_attestation_of_another_attempt_does_not_pass(tmp_path: Path) -> None:
    one = sample.made(tmp_path / "a", attest=signed_by(KEY))
    other = sample.made(tmp_path / "b", attest=signed_by(KEY), ended_at=LATER)
    shutil.copy(other / FILE, one / FILE)
    assert told(one) == {"env.lock.json": "is not as attested"}


# -- the envelope


def test_an_attestation_that_is_missing_is_named(attempt: Path) -> None:
    (attempt / FILE).unlink()
    assert told(attempt) == {FILE: "is missing"}


def test_a_foreign_key_is_rejected(attempt: Path) -> None:
    assert "do not trust" in told(attempt, trusted=trust(OTHER))[FILE]
    assert "do not trust" in told(attempt, trusted=())[FILE]
    # whoever signs a change with a key of their own vouches for nothing
    (attempt / "page.html").write_bytes(b"other")
    stored = attempts.load(attempt)
    found = replace(stored.found, envelope=None)
    (attempt / FILE).write_bytes(attestation.sign(found, contents=stored, key=OTHER, version="0.1.0"))
    assert "do not trust" in told(attempt)[FILE]


def test_only_a_signature_that_cannot_be_checked_is_foreign(attempt: Path) -> None:
    assert [one.foreign for one in verified(attempt, trusted=trust(OTHER))] == [True]
    assert [one.foreign for one in verified(attempt, trusted=trust(KEY, revoked_at=NOW))] == [False]
    rewritten(attempt, short)
    assert [one.foreign for one in verified(attempt)] == [False]


def test_a_foreign_signature_under_a_trusted_id_does_not_hold(attempt: Path) -> None:
    rewritten(attempt, lambda whole: whole["signatures"][0].update(keyid=OTHER.public.keyid))
    assert "does not hold" in told(attempt, trusted=trust(OTHER))[FILE]


def put(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda whole: whole.update(fields)


def double(whole: dict[str, Any]) -> None:
    whole["signatures"] *= 2


def extra(whole: dict[str, Any]) -> None:
    whole["signatures"].append({"keyid": "f" * 64, "sig": base64.b64encode(b"x" * 64).decode()})


def crowd(whole: dict[str, Any]) -> None:
    whole["signatures"].extend({"keyid": str(n), "sig": ""} for n in range(16))


def short(whole: dict[str, Any]) -> None:
    whole["signatures"][0]["sig"] = base64.b64encode(b"x" * 63).decode()


def unpadded(whole: dict[str, Any]) -> None:
    whole["signatures"][0]["sig"] = whole["signatures"][0]["sig"].rstrip("=")


def wrapped(whole: dict[str, Any]) -> None:
    whole["payload"] = whole["payload"][:64] + "\n" + whole["payload"][64:]


def url_safe(whole: dict[str, Any]) -> None:
    whole["payload"] = base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put(payloadType="application/json"), "payloadType"),
        (put(payloadType=3), "no DSSE envelope"),
        (put(payload="!"), "base64"),
        (put(payload="é"), "base64"),
        (put(payload=""), "no statement"),
        (put(payload=base64.b64encode(b"{}").decode()), "no statement"),
        (put(more="x"), "field"),
        (lambda whole: whole.pop("signatures"), "field"),
        (put(signatures="x"), "field"),
        (lambda whole: whole["signatures"][0].pop("keyid"), "field"),
        (lambda whole: whole["signatures"][0].update(cert="x"), "field"),
        (lambda whole: whole["signatures"][0].update(keyid="\x1b[31m\u202e"), "do not trust"),
        (lambda whole: whole["signatures"][0].update(keyid=""), "do not trust"),
        (double, "two signatures"),
        (extra, "do not trust"),
        (short, "does not hold"),
        (unpadded, "base64"),
        (wrapped, "base64"),
        (url_safe, "base64"),
        (
            lambda whole: whole["signatures"].extend({"keyid": str(n), "sig": ""} for n in range(16)),
            "more than",
        ),
    ],
)
def test_an_envelope_of_another_form_is_rejected(
    attempt: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    rewritten(attempt, change)
    assert said in told(attempt)[FILE]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw + b"\n", "canonical"),
        (lambda raw: raw + b"{}", "no DSSE envelope"),
        (lambda raw: b"\xef\xbb\xbf" + raw, "no DSSE envelope"),
        (lambda raw: json.dumps(json.loads(raw)).encode(), "canonical"),
        (lambda raw: raw.replace(b'"payload":', b'"payload": "eA==", "payload":'), "canonical"),
        (lambda raw: raw.replace(b"payloadType", b"payload\\u0054ype"), "canonical"),
        (lambda _: b"", "no DSSE envelope"),
        (lambda _: b"\xff", "no DSSE envelope"),
        (lambda _: b"[" * 100_000 + b"]" * 100_000, "no DSSE envelope"),
    ],
)
def test_one_content_has_one_form(attempt: Path, change: Callable[[bytes], bytes], said: str) -> None:
    (attempt / FILE).write_bytes(change((attempt / FILE).read_bytes()))
    assert said in told(attempt)[FILE]


def test_an_oversized_envelope_is_rejected(attempt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.attestation.envelope.MOST_BYTES", 10)
    assert "larger" in told(attempt)[FILE]


# -- the statement


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put(_type="https://in-toto.io/Statement/v0.1"), "type"),
        (put(predicateType="https://slsa.dev/provenance/v1"), "type"),
        (put(more=1), "no statement"),
        (lambda it: it["subject"].reverse(), "canonical"),
        (lambda it: it["subject"].append(it["subject"][-1]), "canonical"),
        (lambda it: it["subject"][0]["digest"].update(md5="0"), "no statement"),
        (lambda it: it["predicate"].update(attempt="0" * 64), "another attempt"),
        (lambda it: it["predicate"].update(spec_sha256="0" * 64), "another spec_sha256"),
        (lambda it: it["predicate"].update(seal="none"), "another seal"),
        (lambda it: it["predicate"].update(ended_at=NOW), "another ended_at"),
        (lambda it: it["predicate"]["claims"][0].update(outcome="PROVED"), "another claims"),
        (lambda it: it["predicate"]["claims"].pop(), "another claims"),
        (lambda it: it["predicate"].update(note="x"), "no statement"),
    ],
)
def test_a_signed_statement_must_say_what_the_files_hold(
    attempt: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    restated(attempt, change)
    assert said in told(attempt)[FILE]


def test_a_signed_statement_of_another_spacing_is_rejected(attempt: Path) -> None:
    from synth.attestation import envelope

    raw = envelope.read((attempt / FILE).read_bytes()).payload.replace(b",", b", ", 1)
    signature = envelope.Signature(KEY.public.keyid, KEY.sign(envelope.pae(raw)))
    (attempt / FILE).write_bytes(envelope.write(raw, [signature]))
    assert "canonical" in told(attempt)[FILE]


def test_records_that_cannot_be_read_are_vouched_for_by_nobody(attempt: Path) -> None:
    found = attempts.look(attempt)
    (fault,) = attestation.verify(found, contents=None, trusted=trust(KEY))
    assert not fault.notice
    assert "cannot be read" in fault.what


def test_a_statement_names_no_person_machine_or_path(attempt: Path) -> None:
    from synth.attestation import envelope

    payload = json.loads(envelope.read((attempt / FILE).read_bytes()).payload)
    assert payload["predicateType"] == "urn:synth:predicate:attempt-v1"
    assert payload["predicate"] == {
        "attempt": attempts.digest(attempt),
        "claims": [
            {"claim": "c1111111111111111", "hypothesis": "tail", "outcome": "REPRODUCED"},
            {"claim": "c2222222222222222", "hypothesis": "string", "outcome": "REPRODUCED"},
        ],
        "ended_at": sample.ENDED,
        "seal": "bubblewrap 0.8.0",
        "spec_sha256": attempts.spec_sha256(sample.spec()),
        "synth": "0.1.0",
    }
    assert str(attempt.parent.parent.parent) not in json.dumps(payload)
    assert os.uname().nodename not in json.dumps(payload)


# -- several signatures


def test_two_keys_may_sign_and_each_once(attempt: Path) -> None:
    stored = attempts.load(attempt)
    attempts.attach(attempt, attestation.sign(stored.found, contents=stored, key=OTHER, version="0.2.0"))
    assert verified(attempt, trusted=trust(KEY, OTHER)) == ()
    assert len(attestation.vouched(attempts.look(attempt), trusted=trust(KEY, OTHER))) == 2
    again = attempts.load(attempt)
    with pytest.raises(AttestationError, match="signed by this key"):
        attestation.sign(again.found, contents=again, key=OTHER, version="0.2.0")


def test_one_signature_that_does_not_hold_spoils_the_other(attempt: Path) -> None:
    stored = attempts.load(attempt)
    attempts.attach(attempt, attestation.sign(stored.found, contents=stored, key=OTHER, version="0.1.0"))

    def swap(whole: dict[str, Any]) -> None:
        one, other = whole["signatures"]
        one["sig"], other["sig"] = one["sig"], one["sig"]

    rewritten(attempt, swap)
    assert "does not hold" in told(attempt, trusted=trust(KEY, OTHER))[FILE]


def test_nobody_signs_what_was_changed_or_is_no_plain_file(attempt: Path) -> None:
    (attempt / "page.html").write_bytes(b"other")
    stored = attempts.load(attempt)
    with pytest.raises(AttestationError, match="something else"):
        attestation.sign(stored.found, contents=stored, key=OTHER, version="0.1.0")
    (attempt / "x").symlink_to("/etc/passwd")
    stored = attempts.load(attempt)
    with pytest.raises(AttestationError, match="x is a link"):
        attestation.unsigned(stored.found, contents=stored, version="0.1.0")


def test_a_retired_key_vouches_for_what_ended_before(attempt: Path) -> None:
    for last in (sample.ENDED, "2026-03-01T11:00:00+01:00", "2026-03-01T10:00:00", AFTER_ALL):
        assert verified(attempt, trusted=trust(KEY, not_after=last)) == ()
    for last in (LATER, "2026-03-01T10:30:00+01:00"):
        assert "was retired" in told(attempt, trusted=trust(KEY, not_after=last))[FILE]
        assert attestation.vouched(attempts.look(attempt), trusted=trust(KEY, not_after=last)) == ()


def test_an_end_that_cannot_be_read_is_after_every_retirement(tmp_path: Path) -> None:
    folder = sample.made(tmp_path, attest=signed_by(KEY), ended_at="yesterday")
    assert "was retired" in told(folder, trusted=trust(KEY, not_after=AFTER_ALL))[FILE]


def test_a_revoked_key_vouches_for_nothing(attempt: Path) -> None:
    assert "was revoked" in told(attempt, trusted=trust(KEY, revoked_at=AFTER_ALL))[FILE]


def test_beside_a_key_in_use_a_retired_one_is_a_notice(tmp_path: Path) -> None:
    folder = sample.made(tmp_path, attest=signed_by(KEY, OTHER))
    (notice,) = verified(folder, trusted=(*trust(KEY, not_after=LATER), *trust(OTHER)))
    assert notice.notice
    assert "was retired" in notice.what
