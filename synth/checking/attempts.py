"""A bundle's gate folder and the lines of claims.jsonl in, where attempts are wrong, missing or extra out."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from synth.checking.files import MOST_JSON, Problem, notice, parsed, problem
from synth.text import printable

CLAIMS = "claims.jsonl"
MOST = 1000
_CLAIM, _ATTEMPT = re.compile(r"[A-Za-z0-9]{1,64}"), re.compile(r"[0-9a-f]{12}")
_AGAIN = "write the bundle again, or fetch it again from where it was published"
_TAKE_OUT = "take it out of the folder"
_ELSEWHERE = {"REPRODUCED": "PARTIAL", "PROVED": "PARTIAL", "FAILED": "INCONCLUSIVE"}
_SETTLED = {"REPRODUCED": "VERIFIED", "PROVED": "VERIFIED", "FAILED": "FALSIFIED"}
# of two attempts that ended at the same instant the one that settles less counts as the later
_CAUTION = ("PROVED", "REPRODUCED", "FAILED", "PARTIAL", "INCONCLUSIVE", "ERROR", "NOT_RUN")
_RECORDS = ("spec.json", "results.json", "env.lock.json", "inputs/inputs.json")


class Fault(Protocol):
    """What the gate says is wrong with a file of an attempt."""

    @property
    def file(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def remedy(self) -> str: ...
    @property
    def notice(self) -> bool: ...


Faults = Callable[[Path], Sequence[Fault]]
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One hypothesis of an attempt, as its own files state it."""

    claim: str
    text: str
    outcome: str
    reason: str
    at_claim_scale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the files of an attempt say of it; ``whole`` where nothing was found wrong with them.

    ``sealed`` where every seed of the spec ran to its end in a named seal.
    """

    facts: Line
    judged: tuple[_Judged, ...]
    sealed: bool
    whole: bool


def check(gate: Path | None, claims: Sequence[Line], *, faults: Faults) -> Iterator[Problem]:
    """Yield a problem for each attempt that is missing, extra, misquoted, left out or does not hold."""
    there: dict[str, Path] = {}
    if gate is not None:
        there, strange = _folders(gate)
        yield from strange
    told: dict[str, _Told] = {}
    named = {str(one["folder"]) for claim in claims for one in claim["gate"]["attempts"]}
    for folder, place in there.items():
        if folder not in named:
            yield problem(f"gate/{folder}", "is named by no claim", _TAKE_OUT)
        found = tuple(faults(place))
        for fault in found:
            made = notice if fault.notice else problem
            yield made(f"gate/{folder}/{fault.file}", fault.what, fault.remedy)
        read = _told(place, whole=all(fault.notice for fault in found))
        if read is not None:
            told[folder] = read
    for line, claim in enumerate(claims, start=1):
        yield from _line(line, claim, there, told)


def _line(line: int, claim: Line, there: Mapping[str, Path], told: Mapping[str, _Told]) -> Iterator[Problem]:
    """Yield where a line of claims.jsonl does not follow from the files of its attempts."""
    listed = claim["gate"]["attempts"]
    for one in listed:
        folder = str(one["folder"])
        if folder not in there:
            what = f"is missing, though line {line} of {CLAIMS} names it"
            yield problem(f"gate/{folder}", what, _AGAIN)
        elif folder in told and (what := _misquoted(one, claim, told[folder])):
            yield _fault(line, f"attempt {one['id']} {what}")
    here = {str(one["folder"]) for one in listed}
    for folder, read in told.items():
        if folder not in here and any(_own(j, claim) for j in read.judged):
            yield _fault(line, f"leaves out attempt {folder[-12:]}, which judges this claim")
    yield from _status(line, claim, told)


def _misquoted(one: Line, claim: Line, read: _Told) -> str:
    """Return what the line says of an attempt that the attempt's files do not, or ""."""
    for name, due in read.facts.items():
        if one[name] != due:
            return f"has {name} {_short(one[name])} here and {_short(due)} in its files"
    if one["id"] != str(one["folder"])[-12:]:
        return "has an id that is not its folder's"
    if one["sound"] and not read.sealed:
        return "is sound here; by its files it did not run to its end in a seal"
    due_lines = [_seen(j, claim) for j in read.judged]
    said = {name: one[name] for name in ("hypothesis", "outcome", "reason", "at_claim_scale")}
    if said in due_lines:
        return ""
    same = [due for due in due_lines if due["hypothesis"] == one["hypothesis"]]
    if not same:
        return "did not judge the hypothesis that stands here"
    name = next(name for name in ("outcome", "at_claim_scale", "reason") if same[0][name] != one[name])
    return f"has {name} {_short(one[name])} here; by its files it is {_short(same[0][name])} for this claim"


def _own(judged: _Judged, claim: Line) -> bool:
    """Whether this very claim was judged, by its id and its words."""
    return judged.claim == claim["id"] and judged.text.split() == str(claim["text"]).split()


def _seen(judged: _Judged, claim: Line) -> Line:
    """Return a judgement as the claim may show it: at another claim's scale it settles nothing."""
    own = _own(judged, claim)
    outcome = judged.outcome if own else _ELSEWHERE.get(judged.outcome, judged.outcome)
    reason = judged.reason if own else f"{judged.outcome} at its own scale: {judged.reason}"
    at_scale = own and judged.at_claim_scale
    return {"hypothesis": judged.text, "outcome": outcome, "reason": reason, "at_claim_scale": at_scale}


def _status(line: int, claim: Line, told: Mapping[str, _Told]) -> Iterator[Problem]:
    """Yield where the line's status is not what the latest attempt at its claim settles."""
    status = claim["gate"]["status"]
    own = [
        one
        for one in claim["gate"]["attempts"]
        if (read := told.get(str(one["folder"]))) is not None
        and any(_own(j, claim) and j.text == one["hypothesis"] for j in read.judged)
    ]
    latest = max(own, key=_lateness, default=None)
    due = ""
    if latest is not None and latest["at_claim_scale"] and latest["sound"] and _ended(latest):
        due = _SETTLED.get(latest["outcome"], "") if told[latest["folder"]].whole else ""
    if status in _SETTLED.values() and status != due:
        yield _fault(line, f"{status} without a latest attempt that gives it and holds")
    elif status == "UNVERIFIED" and due:
        # no fault: where it was published its signer may not have been trusted
        what = f"line {line}: UNVERIFIED, though its latest attempt ended {latest and latest['outcome']}"
        yield notice(CLAIMS, f"{what} and holds here", "see who signed it: synth gate verify")


def _lateness(one: Line) -> tuple[datetime, int]:
    return _ended(one) or datetime.max.replace(tzinfo=UTC), _CAUTION.index(one["outcome"])


def _ended(one: Line) -> datetime | None:
    try:
        at = datetime.fromisoformat(one["ended_at"])
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _told(place: Path, *, whole: bool) -> _Told | None:
    """Return what an attempt's files say; None where they cannot be read, which is a fault of its own."""
    raws = [_read(place / name) for name in _RECORDS]
    made = [parsed(raw, name) for raw, name in zip(raws, _RECORDS, strict=True)]
    if not all(isinstance(one, dict) for one in made):
        return None
    spec, results, environment, inputs = made
    try:
        by_key = {one["key"]: one for one in results["judgements"]}
        judged = tuple(_judged(one, by_key[one["key"]]) for one in spec["hypotheses"])
        facts = {
            "experiment": printable(spec["experiment"]),
            "spec_sha256": hashlib.sha256(raws[0]).hexdigest(),
            "words": printable(spec["words"]),
            "ended_at": printable(environment["ended_at"]),
        }
        sealed = _ran_sealed(spec, environment, inputs)
    except (KeyError, TypeError, AttributeError):
        return None
    return _Told(facts=facts, judged=judged, sealed=sealed, whole=whole)


def _judged(hypothesis: Line, judgement: Line) -> _Judged:
    return _Judged(
        claim=hypothesis["claim"],
        text=printable(hypothesis["text"]),
        outcome=printable(judgement["outcome"]),
        reason=printable(judgement["reason"]),
        at_claim_scale=hypothesis["at_claim_scale"],
    )


def _ran_sealed(spec: Line, environment: Line, inputs: Line) -> bool:
    ended = [one["seed"] for one in inputs["seeds"] if one["exit_code"] == 0 and not one["stopped"]]
    return bool(environment["seal"]) and ended == spec["seeds"]


def _read(path: Path) -> bytes:
    """Return a plain file's bytes, b"" for a link, a device, a large file or none."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            kind = os.fstat(file.fileno())
            if stat.S_ISREG(kind.st_mode) and kind.st_size <= MOST_JSON:
                return file.read(MOST_JSON)
    except OSError:
        return b""  # what cannot be opened is named by the gate's own look at the folder
    return b""


def _folders(gate: Path) -> tuple[dict[str, Path], list[Problem]]:
    """Return "claim/attempt" -> folder for each attempt, and what else lies there; no link is followed."""
    found: dict[str, Path] = {}
    strange: list[Problem] = []
    for claim, kind in _entries(gate, strange):
        if not stat.S_ISDIR(kind) or not _CLAIM.fullmatch(claim):
            strange.append(problem(f"gate/{claim}", _no_attempt(kind), _TAKE_OUT))
            continue
        for name, inner in _entries(gate / claim, strange):
            if not stat.S_ISDIR(inner) or not _ATTEMPT.fullmatch(name):
                strange.append(problem(f"gate/{claim}/{name}", _no_attempt(inner), _TAKE_OUT))
            elif len(found) < MOST:
                found[f"{claim}/{name}"] = gate / claim / name
            else:
                strange.append(problem("gate", f"holds more than {MOST:,} attempts", "check fewer at a time"))
                return found, strange
    return found, strange


def _entries(folder: Path, strange: list[Problem]) -> Iterator[tuple[str, int]]:
    """Yield name and mode of each entry that is not hidden, sorted; what cannot be listed is named."""
    try:
        with os.scandir(folder) as listed:
            entries = sorted((e.name, e.stat(follow_symlinks=False).st_mode) for e in listed)
    except OSError as error:
        strange.append(problem(f"gate/{folder.name}", f"cannot be listed: {error.strerror}", _AGAIN))
        return
    yield from ((name, mode) for name, mode in entries if not name.startswith("."))


def _no_attempt(mode: int) -> str:
    what = "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "a file"
    return f"is {what} and no attempt"


def _short(value: object) -> str:
    return str(value)[:80]


def _fault(line: int, what: str) -> Problem:
    return problem(CLAIMS, f"line {line}: {what}", _AGAIN)
