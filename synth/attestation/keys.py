"""A folder of keys in, the key that signs or checks out: Ed25519 (RFC 8032), a private one for one user."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import AttestationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PASSPHRASE = "SYNTH_KEY_PASSPHRASE"
MOST_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The 32 raw bytes of an Ed25519 key that checks signatures."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise ValueError("an Ed25519 key has 32 bytes")

    @property
    def keyid(self) -> str:
        """The id that securesystemslib gives the key: SHA-256 of its canonical JSON."""
        key = {"keytype": "ed25519", "keyval": {"public": self.raw.hex()}, "scheme": "ed25519"}
        return hashlib.sha256(json.dumps(key, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Return whether ``signature`` is this key's over ``message``."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def pem(self) -> bytes:
        """Return the key as PEM SubjectPublicKeyInfo, which every crypto library reads."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A private key in memory; it has no printed form."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The key that checks what this one signs."""
        return PublicKey(self.private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature over ``message``."""
        return self.private.sign(message)


def passphrase() -> bytes | None:
    """Return what ``SYNTH_KEY_PASSPHRASE`` holds, None where it is unset or empty."""
    return os.environ.get(PASSPHRASE, "").encode() or None


def make_pair(folder: Path, *, phrase: bytes | None) -> SigningKey:
    """Make a key pair in ``folder``: ``ID.pem`` (PKCS 8, mode 0600) and ``ID.pub``; ID begins the keyid.

    Raises AttestationError where the files cannot be written; no existing file is written over.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = SigningKey(Ed25519PrivateKey.generate())
    locked = BestAvailableEncryption(phrase) if phrase else NoEncryption()
    secret = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    path = private_file(folder, key.public.keyid)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(path, secret, mode=0o600)
        write_new(path.with_suffix(".pub"), key.public.pem(), mode=0o644)
    except OSError as error:
        raise AttestationError(
            f"cannot write the key {path.name}: {error.strerror}", remedy="make room, or set SYNTH_HOME"
        ) from error
    return key


def private_file(folder: Path, keyid: str) -> Path:
    """Return where the private part of a key lies in ``folder``."""
    return folder / f"{keyid[:16]}.pem"


def read_private(path: Path, *, phrase: bytes | None) -> SigningKey:
    """Return the private key in ``path``.

    Raises AttestationError for a file that is missing, a link or readable by others, a passphrase that is
    wrong, missing or given in vain, and a key that is not Ed25519.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = _read(path, private=True)
    sealed = b"ENCRYPTED" in content
    if sealed and phrase is None:
        raise AttestationError(f"the key {path.name} is encrypted", remedy=f"set {PASSPHRASE}")
    try:
        # a passphrase for a key that has none is an error to the library, not to the user of several keys
        key = load_pem_private_key(content, phrase if sealed else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        why = "the passphrase does not open it" if sealed else "it is no private key in PEM"
        raise AttestationError(
            f"the key {path.name} cannot be used: {why}", remedy=f"correct {PASSPHRASE} or the file"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise AttestationError(f"the key {path.name} is not Ed25519", remedy="make one: synth gate keygen")
    return SigningKey(key)


def read_public(path: Path) -> PublicKey:
    """Return the public key in the PEM file ``path``; raises AttestationError for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    remedy = "name the .pub file beside the signer's key"
    try:
        key = load_pem_public_key(_read(path, private=False))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise AttestationError(f"{path.name} is no public key in PEM", remedy=remedy) from error
    if not isinstance(key, Ed25519PublicKey):
        raise AttestationError(f"the public key {path.name} is not Ed25519", remedy=remedy)
    return PublicKey(key.public_bytes_raw())


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that is not there yet, down to the disk; raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as file:
        os.chmod(path, mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, *, private: bool) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | (getattr(os, "O_NOFOLLOW", 0) if private else 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            kind = os.fstat(file.fileno())
            content = file.read(MOST_BYTES + 1) if stat.S_ISREG(kind.st_mode) else b""
    except OSError as error:
        raise AttestationError(
            f"the key {path.name} cannot be read: {error.strerror}", remedy="make one: synth gate keygen"
        ) from error
    if private and os.name == "posix" and kind.st_mode & 0o077:
        raise AttestationError(
            f"others can read the private key {path.name}", remedy=f"chmod 600 {path.name}, or retire it"
        )
    if not content or len(content) > MOST_BYTES:
        raise AttestationError(f"the key {path.name} is no key", remedy="make one: synth gate keygen")
    return content
