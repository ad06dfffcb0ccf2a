"""A payload and signatures in, a DSSE envelope out; the bytes of one in, its parts out, or one line why.

DSSE v1 (Dead Simple Signing Envelope, secure-systems-lab/dsse): what is signed is the pre-authentication
encoding of type and payload, so neither can be changed or taken for another.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import NamedTuple

from synth.errors import AttestationError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MOST_BYTES = 16 * 1024 * 1024
MOST_SIGNATURES = 16
_REMEDY = "take the attestation anew from where the attempt was published"


class Signature(NamedTuple):
    """Who is said to have signed, and the 64 bytes."""

    keyid: str
    sig: bytes


class Envelope(NamedTuple):
    """What an envelope holds; nothing of it is checked against a key yet."""

    payload: bytes
    signatures: tuple[Signature, ...]


def pae(payload: bytes) -> bytes:
    """Return the bytes that are signed: DSSE's pre-authentication encoding of our type and ``payload``."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def write(payload: bytes, signatures: Sequence[Signature]) -> bytes:
    """Return the envelope: JSON with sorted keys, indent 2 and a final newline."""
    whole = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": one.keyid, "sig": base64.b64encode(one.sig).decode()} for one in signatures],
    }
    return f"{json.dumps(whole, sort_keys=True, indent=2)}\n".encode()


def read(raw: bytes) -> Envelope:
    """Return the parts of an envelope that is written exactly as ``write`` writes it.

    Raises AttestationError for any other bytes: one content has one form, so no byte can change unseen.
    """
    import msgspec

    if len(raw) > MOST_BYTES:
        raise AttestationError(f"the envelope is larger than {MOST_BYTES // 2**20} MiB", remedy=_REMEDY)
    try:
        whole = msgspec.json.decode(raw, type=dict[str, str | list[dict[str, str]]])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise AttestationError("the envelope is no DSSE envelope in JSON", remedy=_REMEDY) from error
    payload, kind, listed = (whole.get(name) for name in ("payload", "payloadType", "signatures"))
    if len(whole) != 3 or not isinstance(payload, str) or not isinstance(listed, list):
        raise AttestationError("the envelope has or lacks a field", remedy=_REMEDY)
    if kind != PAYLOAD_TYPE:
        raise AttestationError(f"the payloadType is not {PAYLOAD_TYPE}", remedy=_REMEDY)
    if len(listed) > MOST_SIGNATURES:
        raise AttestationError(f"the envelope has more than {MOST_SIGNATURES} signatures", remedy=_REMEDY)
    if any(set(one) != {"keyid", "sig"} for one in listed):
        raise AttestationError("a signature has or lacks a field", remedy=_REMEDY)
    made = Envelope(_bytes(payload), tuple(Signature(one["keyid"], _bytes(one["sig"])) for one in listed))
    if len({one.keyid for one in made.signatures}) != len(made.signatures):
        raise AttestationError("the envelope has two signatures of one key", remedy=_REMEDY)
    if write(*made) != raw:
        raise AttestationError("the envelope is not in canonical form", remedy=_REMEDY)
    return made


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise AttestationError("the envelope holds base64 that is none", remedy=_REMEDY) from error
