"""Keys and the trust file: made for one user alone, rotated, retired, revoked, and refused where unsafe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sample_attempt as sample
from sample_attempt import FILE, KEY, LATER, NOW, OTHER, signed_by, told, verified

from synth import attestation
from synth.attestation import PublicKey
from synth.errors import AttestationError


def test_a_key_is_made_for_one_user_alone_and_signs(home: Path, tmp_path: Path) -> None:
    made = attestation.keygen(home / "keys", name="Ada", at=NOW, phrase=None)
    key = attestation.signing_key(home / "keys", phrase=None)
    assert key.public == made.key
    assert attestation.current(home / "keys") == made
    private, public = (home / "keys" / f"{made.key.keyid[:16]}{end}" for end in (".pem", ".pub"))
    assert private.stat().st_mode & 0o777 == 0o600
    assert (home / "keys").stat().st_mode & 0o077 == 0
    assert attestation.read_public(public) == made.key
    folder = sample.made(tmp_path, attest=signed_by(key))
    assert verified(folder, trusted=attestation.trusted(home / "keys")) == ()
    assert verified(folder, trusted=[attestation.only(made.key)]) == ()
    assert "BEGIN PRIVATE KEY" not in repr(key)


def test_a_second_key_retires_the_first_and_the_first_still_vouches_for_what_ended_before(
    home: Path, tmp_path: Path
) -> None:
    keys = home / "keys"
    first = attestation.keygen(keys, name="Ada", at=NOW, phrase=None)
    old = attestation.signing_key(keys, phrase=None)
    attestation.add(keys, OTHER.public, name="Bo", at=NOW)
    private = {p: p.read_bytes() for p in keys.glob("*.pem")}
    second = attestation.keygen(keys, name="Ada", at=LATER, phrase=None)
    assert attestation.signing_key(keys, phrase=None).public == second.key
    assert all(path.read_bytes() == content for path, content in private.items())
    assert {one.key: one.not_after for one in attestation.trusted(keys)} == {
        first.key: LATER,
        OTHER.public: "",
        second.key: "",
    }
    before = sample.made(tmp_path / "a", attest=signed_by(old), ended_at=NOW)
    after = sample.made(tmp_path / "b", attest=signed_by(old))
    assert verified(before, trusted=attestation.trusted(keys)) == ()
    assert "was retired" in told(after, trusted=attestation.trusted(keys))[FILE]


def test_keys_are_added_retired_and_revoked_by_the_first_digits_of_their_id(home: Path) -> None:
    keys = home / "keys"
    attestation.add(keys, KEY.public, name="Ada\x1b[31m", at=NOW)
    with pytest.raises(AttestationError, match="already"):
        attestation.add(keys, KEY.public, name="Ada", at=NOW)
    assert attestation.retire(keys, KEY.public.keyid[:8], at=LATER).not_after == LATER
    assert attestation.revoke(keys, KEY.public.keyid, at=LATER).revoked_at == LATER
    (kept,) = attestation.trusted(keys)
    assert (kept.name, kept.not_after, kept.revoked_at) == ("Ada[31m", LATER, LATER)
    for keyid in ("", KEY.public.keyid[:7], "f" * 64, OTHER.public.keyid):
        with pytest.raises(AttestationError, match="0 keys"):
            attestation.retire(keys, keyid, at=LATER)
    with pytest.raises(AttestationError, match="no time"):
        attestation.retire(keys, KEY.public.keyid, at="soon")


def test_without_a_key_there_is_nothing_to_sign_with(home: Path) -> None:
    attestation.add(home / "keys", KEY.public, name="Ada", at=NOW)
    assert attestation.current(home / "keys") is None
    with pytest.raises(AttestationError, match="keygen"):
        attestation.signing_key(home / "keys", phrase=None)


def test_a_private_key_that_others_can_read_is_refused(home: Path) -> None:
    made = attestation.keygen(home / "keys", name="Ada", at=NOW, phrase=None)
    path = home / "keys" / f"{made.key.keyid[:16]}.pem"
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(AttestationError, match="chmod 600"):
            attestation.signing_key(home / "keys", phrase=None)
    path.chmod(0o600)
    moved = path.rename(path.with_suffix(".moved"))
    path.symlink_to(moved)
    with pytest.raises(AttestationError, match="cannot be read"):
        attestation.signing_key(home / "keys", phrase=None)


def test_a_passphrase_locks_the_private_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_KEY_PASSPHRASE", "kites in wind")
    phrase = attestation.passphrase()
    made = attestation.keygen(home / "keys", name="Ada", at=NOW, phrase=phrase)
    raw = (home / "keys" / f"{made.key.keyid[:16]}.pem").read_bytes()
    assert b"ENCRYPTED" in raw
    assert attestation.signing_key(home / "keys", phrase=phrase).public == made.key
    with pytest.raises(AttestationError, match="SYNTH_KEY_PASSPHRASE"):
        attestation.signing_key(home / "keys", phrase=None)
    with pytest.raises(AttestationError) as caught:
        attestation.signing_key(home / "keys", phrase=b"kites in rain")
    assert "kites" not in str(caught.value)
    monkeypatch.delenv("SYNTH_KEY_PASSPHRASE")
    assert attestation.passphrase() is None


def test_a_passphrase_is_no_hindrance_to_a_key_that_has_none(home: Path) -> None:
    made = attestation.keygen(home / "keys", name="Ada", at=NOW, phrase=None)
    assert attestation.signing_key(home / "keys", phrase=b"x").public == made.key


def pem(kind: str, *, private: bool) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec, x25519
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else x25519.X25519PrivateKey.generate()
    if private:
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("kind", ["ec", "x25519", "empty", "noise", "large"])
def test_a_file_that_is_no_ed25519_key_is_refused(tmp_path: Path, kind: str) -> None:
    made = {"empty": b"", "noise": b"-----BEGIN PUBLIC KEY-----\nAAAA\n", "large": b"x" * 100_000}
    for private in (True, False):
        path = tmp_path / f"{kind}-{private}.pem"
        path.write_bytes(made[kind] if kind in made else pem(kind, private=private))
        path.chmod(0o600)
        with pytest.raises(AttestationError) as caught:
            attestation.read_private(path, phrase=None) if private else attestation.read_public(path)
        assert caught.value.remedy
    with pytest.raises(AttestationError, match="cannot be read"):
        attestation.read_public(tmp_path / "none.pub")


def test_a_private_file_that_holds_another_key_is_refused(home: Path) -> None:
    one = attestation.keygen(home / "keys", name="Ada", at=NOW, phrase=None)
    two = attestation.keygen(home / "keys", name="Ada", at=LATER, phrase=None)
    path = home / "keys" / f"{two.key.keyid[:16]}.pem"
    path.write_bytes((home / "keys" / f"{one.key.keyid[:16]}.pem").read_bytes())
    with pytest.raises(AttestationError, match="another key"):
        attestation.signing_key(home / "keys", phrase=None)


def test_a_public_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        PublicKey(b"x")


ROW = {
    "added": NOW,
    "keyid": KEY.public.keyid,
    "name": "Ada",
    "not_after": "",
    "public": KEY.public.raw.hex(),
    "revoked_at": "",
}


def trust_file(*rows: dict[str, str], **more: Any) -> bytes:
    return json.dumps({"schema": "synth/trusted-keys-v1", "keys": list(rows), **more}).encode()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "no trust file"),
        (b"[" * 100_000, "no trust file"),
        (b"\xff", "no trust file"),
        (trust_file(ROW, more="x"), "schema"),
        (trust_file(ROW, schema="v2"), "schema"),
        (trust_file(ROW, keys="x"), "schema"),
        (trust_file(ROW, ROW), "twice"),
        (trust_file({**ROW, "more": "x"}), "more"),
        (trust_file({k: v for k, v in ROW.items() if k != "revoked_at"}), "revoked_at"),
        (trust_file({**ROW, "public": "zz"}), "public key"),
        (trust_file({**ROW, "public": ROW["public"][:-2]}), "public key"),
        (trust_file({**ROW, "public": OTHER.public.raw.hex()}), "key id"),
        (trust_file({**ROW, "public": ROW["public"].upper()}), "key id"),
        (trust_file({**ROW, "not_after": "soon"}), "no time"),
    ],
)
def test_a_trust_file_that_is_not_what_it_should_be_is_refused(home: Path, raw: bytes, said: str) -> None:
    (home / "keys").mkdir(mode=0o700)
    (home / "keys" / "trusted.json").write_bytes(raw)
    (home / "keys" / "trusted.json").chmod(0o644)
    with pytest.raises(AttestationError) as caught:
        attestation.trusted(home / "keys")
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_trust_file_that_others_can_write_to_is_refused(home: Path) -> None:
    attestation.add(home / "keys", KEY.public, name="Ada", at=NOW)
    path = home / "keys" / "trusted.json"
    for mode in (0o664, 0o646):
        path.chmod(mode)
        with pytest.raises(AttestationError, match="others can write"):
            attestation.trusted(home / "keys")
    path.chmod(0o644)
    assert len(attestation.trusted(home / "keys")) == 1
    (home / "keys").chmod(0o770)
    with pytest.raises(AttestationError, match="others can write"):
        attestation.trusted(home / "keys")
    (home / "keys").chmod(0o700)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(AttestationError, match="cannot be read"):
        attestation.trusted(home / "keys")
