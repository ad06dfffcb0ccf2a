"""An attempt in, a signed statement on each of its files out; such a statement in, what is wrong out."""

from __future__ import annotations

from synth.attestation.checks import Fault, sign, signers, unsigned, verify, vouched
from synth.attestation.keys import PublicKey, SigningKey, passphrase, read_private, read_public
from synth.attestation.trust import (
    Trusted,
    add,
    current,
    keygen,
    only,
    retire,
    revoke,
    signing_key,
    trusted,
)

__all__ = [
    "Fault",
    "PublicKey",
    "SigningKey",
    "Trusted",
    "add",
    "current",
    "keygen",
    "only",
    "passphrase",
    "read_private",
    "read_public",
    "retire",
    "revoke",
    "sign",
    "signers",
    "signing_key",
    "trusted",
    "unsigned",
    "verify",
    "vouched",
]
