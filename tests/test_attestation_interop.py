"""Attestations beside two readers of others: securesystemslib (DSSE) and in-toto-attestation (Statement)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sample_attempt as sample
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, Signature, SSlibKey

from synth import attempts, attestation
from synth.attestation import PublicKey, SigningKey

FILE = "attestation.dsse.json"
KEY = SigningKey(Ed25519PrivateKey.generate())


@pytest.fixture
def attempt(tmp_path: Path) -> Path:
    return sample.made(
        tmp_path,
        attest=lambda stored: attestation.sign(stored.found, contents=stored, key=KEY, version="0.1.0"),
    )


def theirs(folder: Path) -> Envelope:
    return Envelope.from_dict(json.loads((folder / FILE).read_bytes()))


def test_securesystemslib_gives_a_key_the_same_id_and_reads_the_public_file() -> None:
    from_file = SSlibKey.from_crypto(load_pem_public_key(KEY.public.pem()))
    assert from_file.keyid == KEY.public.keyid
    assert from_file.keyval["public"] == KEY.public.raw.hex()


def test_securesystemslib_verifies_what_we_sign(attempt: Path) -> None:
    key = SSlibKey.from_crypto(KEY.private.public_key())
    envelope = theirs(attempt)
    assert envelope.payload_type == "application/vnd.in-toto+json"
    assert list(envelope.verify([key], threshold=1)) == [KEY.public.keyid]
    envelope.payload += b" "
    with pytest.raises(VerificationError):
        envelope.verify([key], threshold=1)


def test_securesystemslib_rejects_another_key(attempt: Path) -> None:
    other = SSlibKey.from_crypto(Ed25519PrivateKey.generate().public_key())
    with pytest.raises(VerificationError):
        theirs(attempt).verify([other], threshold=1)


def test_an_envelope_signed_by_securesystemslib_is_read_by_us(attempt: Path) -> None:
    signer = CryptoSigner.generate_ed25519()
    public = PublicKey(bytes.fromhex(signer.public_key.keyval["public"]))
    assert signer.public_key.keyid == public.keyid
    envelope = theirs(attempt)
    envelope.signatures.clear()
    envelope.sign(signer)
    attempts.attach(attempt, (json.dumps(envelope.to_dict(), sort_keys=True, indent=2) + "\n").encode())
    stored = attempts.load(attempt)
    assert attestation.verify(stored.found, contents=stored, trusted=[attestation.only(public)]) == ()
    (fault,) = attestation.verify(stored.found, contents=stored, trusted=[attestation.only(KEY.public)])
    assert "do not trust" in fault.what


def test_both_signatures_on_one_envelope_hold_for_both_readers(attempt: Path) -> None:
    signer = CryptoSigner(Ed25519PrivateKey.generate())
    public = PublicKey(bytes.fromhex(signer.public_key.keyval["public"]))
    envelope = theirs(attempt)
    envelope.sign(signer)
    attempts.attach(attempt, (json.dumps(envelope.to_dict(), sort_keys=True, indent=2) + "\n").encode())
    stored = attempts.load(attempt)
    trusted = [attestation.only(public), attestation.only(KEY.public)]
    assert attestation.verify(stored.found, contents=stored, trusted=trusted) == ()
    keys = [signer.public_key, SSlibKey.from_crypto(KEY.private.public_key())]
    assert len(theirs(attempt).verify(keys, threshold=2)) == 2


def test_a_signature_that_securesystemslib_rejects_is_rejected_by_us(attempt: Path) -> None:
    envelope = theirs(attempt)
    envelope.signatures[KEY.public.keyid] = Signature(KEY.public.keyid, "00" * 64)
    with pytest.raises(VerificationError):
        envelope.verify([SSlibKey.from_crypto(KEY.private.public_key())], threshold=1)
    attempts.attach(attempt, (json.dumps(envelope.to_dict(), sort_keys=True, indent=2) + "\n").encode())
    stored = attempts.load(attempt)
    (fault,) = attestation.verify(stored.found, contents=stored, trusted=[attestation.only(KEY.public)])
    assert "does not hold" in fault.what


def test_in_toto_attestation_reads_our_statement_and_finds_it_valid(attempt: Path) -> None:
    # no field is unknown to their schema: parsing refuses those
    parsed = json_format.Parse(theirs(attempt).payload, statement_pb2.Statement())
    Statement.copy_from_pb(parsed).validate()
    assert {one.name: one.digest["sha256"] for one in parsed.subject} == {
        one.name: one.sha256 for one in attempts.look(attempt).files
    }
    assert parsed.predicate_type == "urn:synth:predicate:attempt-v1"
    assert parsed.predicate["attempt"] == attempts.digest(attempt)
