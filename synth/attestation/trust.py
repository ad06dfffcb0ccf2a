"""A trust file in, the keys that may vouch, and for what time, out; they are added and retired there."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from synth.attestation.keys import (
    PublicKey,
    SigningKey,
    make_pair,
    private_file,
    read_private,
    write_new,
)
from synth.errors import AttestationError
from synth.text import printable

FILE = "trusted.json"
SCHEMA = "synth/trusted-keys-v1"
MOST_BYTES = 1024 * 1024
_MEND = "mend the file, or move it away and add the keys again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A key that may vouch. Times are ISO 8601, "" for none; one without a zone is UTC.

    From ``not_after`` on it is retired: attempts that ended later are refused. Once ``revoked_at`` is set
    (a stolen key can sign with any date), nothing that it signed counts.
    """

    key: PublicKey
    name: str
    added: str
    not_after: str = ""
    revoked_at: str = ""

    def lapsed(self, ended_at: str) -> str:
        """Return why the key cannot vouch for an attempt that ended then, or ""."""
        if self.revoked_at:
            return f"was revoked at {self.revoked_at}"
        if not self.not_after:
            return ""
        ended, last = instant(ended_at), instant(self.not_after)
        # a time that cannot be read is later than any retirement
        if ended is None or last is None or ended > last:
            return f"was retired at {self.not_after}, before the attempt ended"
        return ""


def only(key: PublicKey) -> Trusted:
    """Return ``key`` as one that may vouch for any time, for a check against a key named by hand."""
    return Trusted(key=key, name=key.keyid[:16], added="")


def trusted(folder: Path) -> tuple[Trusted, ...]:
    """Return the keys of the trust file in ``folder``, oldest first; () where there is no file.

    Raises AttestationError for a file that others can write to, or that is not what it should be.
    """
    import msgspec

    path = folder / FILE
    raw = _read(path)
    if raw is None:
        return ()
    try:
        rows = msgspec.json.decode(raw, type=dict[str, str | list[dict[str, str]]])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise AttestationError(f"{FILE} is no trust file: {_shown(str(error))}", remedy=_MEND) from error
    listed = rows.get("keys")
    if set(rows) != {"schema", "keys"} or rows["schema"] != SCHEMA or not isinstance(listed, list):
        raise AttestationError(f"{FILE} is not of the schema {SCHEMA}", remedy=_MEND)
    found = tuple(_trusted(row) for row in listed)
    if len({one.key for one in found}) != len(found):
        raise AttestationError(f"{FILE} names a key twice", remedy=_MEND)
    return found


def add(folder: Path, key: PublicKey, *, name: str, at: str) -> Trusted:
    """Add a key to the trust file; raises AttestationError where it is there already, revoked or not."""
    kept = trusted(folder)
    if any(one.key == key for one in kept):
        raise AttestationError(f"the key {key.keyid[:16]} is in {FILE} already", remedy="nothing to do")
    new = Trusted(key=key, name=" ".join(printable(name).split())[:100], added=_time(at))
    _write(folder, (*kept, new))
    return new


def retire(folder: Path, keyid: str, *, at: str) -> Trusted:
    """Let a key vouch for attempts that ended until ``at`` only; 8 or more digits of its id name it."""
    return _change(folder, keyid, lambda one: replace(one, not_after=_time(at)))


def revoke(folder: Path, keyid: str, *, at: str) -> Trusted:
    """Let nothing count that a key signed, whenever: for keys that were stolen."""
    return _change(folder, keyid, lambda one: replace(one, revoked_at=_time(at)))


def keygen(folder: Path, *, name: str, at: str, phrase: bytes | None) -> Trusted:
    """Make a key pair in ``folder`` and trust it from ``at`` on; keys made there before retire at that time.

    ``phrase`` encrypts the private part. No key is written over. Raises AttestationError where that fails.
    """
    kept = trusted(folder)
    key = make_pair(folder, phrase=phrase).public
    at = _time(at)
    own = [one for one in kept if _own(folder, one) and not one.not_after]
    retired = tuple(replace(one, not_after=at) if one in own else one for one in kept)
    new = Trusted(key=key, name=" ".join(printable(name).split())[:100], added=at)
    _write(folder, (*retired, new))
    return new


def current(folder: Path) -> Trusted | None:
    """Return the key made in ``folder`` that signs now: the last that is neither retired nor revoked."""
    own = [one for one in trusted(folder) if _own(folder, one) and not (one.not_after or one.revoked_at)]
    return own[-1] if own else None


def signing_key(folder: Path, *, phrase: bytes | None) -> SigningKey:
    """Return the private part of ``current``; raises AttestationError where there is none."""
    own = current(folder)
    if own is None:
        raise AttestationError("there is no key to sign with", remedy="make one: synth gate keygen")
    key = read_private(private_file(folder, own.key.keyid), phrase=phrase)
    if key.public != own.key:
        raise AttestationError(
            f"{private_file(folder, own.key.keyid).name} holds another key than its name says",
            remedy="put the right file back, or make a new key: synth gate keygen",
        )
    return key


def instant(text: str) -> datetime | None:
    """Return the time that ``text`` (ISO 8601) names, in UTC where it says no zone; None for no time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _own(folder: Path, one: Trusted) -> bool:
    return private_file(folder, one.key.keyid).is_file()


def _change(folder: Path, keyid: str, dated: Callable[[Trusted], Trusted]) -> Trusted:
    kept = trusted(folder)
    meant = [one for one in kept if len(keyid) >= 8 and one.key.keyid.startswith(keyid)]
    if len(meant) != 1:
        raise AttestationError(
            f"{len(meant)} keys of {FILE} begin with {_shown(keyid)!r}",
            remedy="give 8 digits or more of one key id",
        )
    changed = dated(meant[0])
    _write(folder, tuple(changed if one == meant[0] else one for one in kept))
    return changed


def _trusted(row: dict[str, str]) -> Trusted:
    names = {"added", "keyid", "name", "not_after", "public", "revoked_at"}
    if set(row) != names:
        strange = ", ".join(sorted(names ^ set(row)))
        raise AttestationError(f"a key of {FILE} has or lacks {_shown(strange)}", remedy=_MEND)
    try:
        key = PublicKey(bytes.fromhex(row["public"]))
    except ValueError as error:
        raise AttestationError(f"{FILE} holds a public key that is none", remedy=_MEND) from error
    if key.keyid != row["keyid"] or key.raw.hex() != row["public"]:
        raise AttestationError(f"{FILE} has a key id that is not that of its key", remedy=_MEND)
    for name in ("added", "not_after", "revoked_at"):
        _time(row[name] or "1970-01-01")
    return Trusted(
        key=key,
        name=_shown(row["name"]),
        added=row["added"],
        not_after=row["not_after"],
        revoked_at=row["revoked_at"],
    )


def _time(at: str) -> str:
    if instant(at) is None:
        raise AttestationError(f"{_shown(at)!r} is no time", remedy="write it as 2026-01-31T12:00:00+00:00")
    return at


def _read(path: Path) -> bytes | None:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if not (path.exists() or path.is_symlink()):
        return None
    try:
        with open(os.open(path, flags), "rb") as file:
            kind, place = os.fstat(file.fileno()), path.parent.stat()
            raw = file.read(MOST_BYTES + 1) if stat.S_ISREG(kind.st_mode) else b""
    except OSError as error:
        raise AttestationError(f"{FILE} cannot be read: {error.strerror}", remedy=_MEND) from error
    if os.name == "posix" and (kind.st_mode | place.st_mode) & 0o022:
        # whoever can add a key there can vouch for anything
        raise AttestationError(
            f"others can write to {FILE}", remedy=f"look at its keys, then chmod go-w {FILE} and its folder"
        )
    if len(raw) > MOST_BYTES:
        raise AttestationError(f"{FILE} is larger than {MOST_BYTES // 2**20} MiB", remedy=_MEND)
    return raw


def _write(folder: Path, keys: Sequence[Trusted]) -> None:
    import json

    rows = [
        {
            "added": one.added,
            "keyid": one.key.keyid,
            "name": one.name,
            "not_after": one.not_after,
            "public": one.key.raw.hex(),
            "revoked_at": one.revoked_at,
        }
        for one in keys
    ]
    text = json.dumps({"keys": rows, "schema": SCHEMA}, sort_keys=True, indent=2, ensure_ascii=False)
    aside = folder / f".{FILE}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside.unlink(missing_ok=True)
        write_new(aside, f"{text}\n".encode(), mode=0o644)
        aside.replace(folder / FILE)
    except OSError as error:
        raise AttestationError(
            f"cannot write {FILE}: {error.strerror}", remedy="make room, or set SYNTH_HOME"
        ) from error


def _shown(text: str) -> str:
    return printable(text)[:100]
