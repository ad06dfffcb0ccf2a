"""An attempt and the keys that may vouch in, what is wrong with it out: every file that differs, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from synth.attestation import envelope as dsse
from synth.attestation import statement as toto
from synth.attestation.envelope import Envelope, Signature
from synth.attestation.keys import SigningKey
from synth.attestation.statement import Contents, Found, Statement
from synth.attestation.trust import Trusted
from synth.errors import AttestationError
from synth.text import printable

FILE = "attestation.dsse.json"
_AGAIN = "take the attempt anew from where it was published, or run it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a file and what to do; a ``notice`` says what nobody vouches for.

    ``foreign`` marks a signature by a key that is not trusted here: the files may hold all the same.
    """

    file: str
    what: str
    remedy: str
    notice: bool = False
    foreign: bool = False


class Weighed(NamedTuple):
    """The keys that vouch, and what is wrong with signatures."""

    vouched: tuple[Trusted, ...]
    faults: tuple[Fault, ...]


def unsigned(found: Found, *, contents: Contents, version: str) -> bytes:
    """Return an envelope that nobody signed: it names every file, and vouches for none."""
    return dsse.write(_payload(found, contents, version), ())


def sign(found: Found, *, contents: Contents, key: SigningKey, version: str) -> bytes:
    """Return the attempt's envelope with a signature of ``key`` more; the others stay.

    ``version`` is the synth that states it, where nobody stated anything yet. Raises AttestationError where
    files were refused, the envelope that is there states something else, or the key signed it before.
    """
    payload, signatures = Envelope(_payload(found, contents, version), ())
    if found.envelope is not None:
        payload, signatures = dsse.read(found.envelope)
        stated = toto.read(payload)
        if stated != toto.of(found, contents=contents, version=stated.predicate.synth):
            raise AttestationError(
                f"{FILE} of {found.folder.name} states something else than its files hold", remedy=_AGAIN
            )
    if any(one.keyid == key.public.keyid for one in signatures):
        raise AttestationError(f"{found.folder.name} is signed by this key", remedy="nothing to do")
    return dsse.write(payload, (*signatures, Signature(key.public.keyid, key.sign(dsse.pae(payload)))))


def verify(found: Found, *, contents: Contents | None, trusted: Sequence[Trusted]) -> tuple[Fault, ...]:
    """Return what is wrong with an attempt, notices last; () where trusted keys vouch for all of it.

    ``contents`` are the records that its files hold, None where they could not be decoded. Every file that
    was changed, added, taken away, swapped or renamed is named. Every signature must hold and be by a key of
    ``trusted``. An attempt that nobody signed has a notice.
    """
    refused = tuple(_fault(one.what, one.reason) for one in found.refused)
    try:
        envelope, statement = _read(found)
    except AttestationError as error:
        return (*refused, Fault(file=FILE, what=error.message, remedy=error.remedy))
    weighed = _weigh(envelope, statement, trusted).faults
    told = (*refused, *_files(found, statement))
    told = told or _stated(found, statement, contents)
    return tuple(sorted((*told, *weighed), key=lambda one: one.notice))


def vouched(found: Found, *, trusted: Sequence[Trusted]) -> tuple[Trusted, ...]:
    """Return the trusted keys whose signature on the envelope holds; of the files ``verify`` tells.

    Raises AttestationError for an envelope that is missing or none.
    """
    return _weigh(*_read(found), trusted).vouched


def signers(found: Found) -> tuple[str, ...]:
    """Return the ids of the keys that are said to have signed the envelope; () for none or no envelope.

    Whether their signatures hold says ``verify``.
    """
    try:
        return tuple(one.keyid for one in _read(found)[0].signatures)
    except AttestationError:
        return ()


def _payload(found: Found, contents: Contents, version: str) -> bytes:
    if found.refused:
        first = found.refused[0]
        raise AttestationError(
            f"{found.folder.name} cannot be attested: {first.what} {first.reason}", remedy=first.remedy
        )
    return toto.write(toto.of(found, contents=contents, version=version))


def _read(found: Found) -> tuple[Envelope, Statement]:
    if found.envelope is None:
        raise AttestationError("is missing", remedy=_AGAIN)
    envelope = dsse.read(found.envelope)
    return envelope, toto.read(envelope.payload)


def _weigh(envelope: Envelope, statement: Statement, trusted: Sequence[Trusted]) -> Weighed:
    """Check each signature by the key of its id; one that holds but whose key lapsed vouches for nothing."""
    known = {one.key.keyid: one for one in trusted}
    message = dsse.pae(envelope.payload)
    good, lapsed, bad = [], [], []
    for signature in envelope.signatures:
        digits = " ".join(printable(signature.keyid[:16]).split()) or "no key id"
        who = known.get(signature.keyid)
        if who is None:
            remedy = "trust the key if you know whose it is, or run the attempt again"
            what = f"is signed by {digits}, a key you do not trust"
            bad.append(Fault(file=FILE, what=what, remedy=remedy, foreign=True))
        elif not who.key.holds(signature.sig, message):
            bad.append(_fault(FILE, f"has a signature of {digits} ({who.name}) that does not hold"))
        elif why := who.lapsed(statement.predicate.ended_at):
            lapsed.append(f"is signed by {digits} ({who.name}), which {why}")
        else:
            good.append(who)
    remedy = "sign it with a key that is in use, or run it again"
    told = [Fault(file=FILE, what=what, remedy=remedy, notice=bool(good)) for what in lapsed]
    if not envelope.signatures:
        remedy = "run it again: that is the check that needs no trust"
        told.append(Fault(file=FILE, what="is not signed: nobody vouches for it", remedy=remedy, notice=True))
    return Weighed(tuple(good), (*bad, *told))


def _files(found: Found, statement: Statement) -> tuple[Fault, ...]:
    """Return a fault for each file that is not as stated, and whose content it holds if another's."""
    stated = {one.name: one.digest.sha256 for one in statement.subject}
    here = {one.name: one.sha256 for one in found.files}
    was = {sha256: name for name, sha256 in stated.items()}
    faults = []
    for name in sorted({*stated, *here}):
        if name not in here:
            faults.append(_fault(name, "is missing, or could not be read"))
        elif stated.get(name) != here[name]:
            other = was.get(here[name], name)
            # not "was changed": where a signature does not hold, it may be the statement that was
            what = "is not as attested" if name in stated else "is not attested"
            faults.append(_fault(name, what if other == name else f"{what}: it holds what {other} held"))
    return tuple(faults)


def _stated(found: Found, statement: Statement, contents: Contents | None) -> tuple[Fault, ...]:
    """Return a fault for each field of the predicate that the files, all as stated, do not bear out."""
    if contents is None:
        what = "states claims and outcomes that cannot be read in the files"
        return (_fault(FILE, what),)
    stated = statement.predicate
    due = toto.of(found, contents=contents, version=stated.synth).predicate
    names = [name for name in due.__struct_fields__ if getattr(due, name) != getattr(stated, name)]
    faults = [_fault(FILE, f"states another {name} than the files hold") for name in names]
    if found.folder.name != found.digest[:12]:
        remedy = f"rename it to {found.digest[:12]}"
        faults.append(Fault(file=_flat(found.folder.name), what="is not named by its digest", remedy=remedy))
    return tuple(faults)


def _fault(file: str, what: str) -> Fault:
    return Fault(file=_flat(file), what=what, remedy=_AGAIN)


def _flat(text: str) -> str:
    flat = " ".join(printable(text).split())
    return flat if len(flat) <= 300 else f"{flat[:299]}…"
