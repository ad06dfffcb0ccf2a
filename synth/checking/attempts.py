"""A bundle's gate folder and the lines of claims.jsonl in, where attempts are wrong, missing or extra out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from synth.checking.files import MOST_JSON, Problem, notice, parsed, problem

CLAIMS = "claims.jsonl"
MOST = 1000
_FOLDER = re.compile(r"[A-Za-z0-9]{1,64}/[0-9a-f]{12}")
_AGAIN = "write the bundle again, or fetch it again from where it was published"


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


def check(gate: Path | None, claims: Sequence[Mapping[str, Any]], *, faults: Faults) -> Iterator[Problem]:
    """Yield a problem for each attempt that is missing, extra, misquoted or does not hold."""
    stated = {
        str(one["folder"]): line
        for line, claim in enumerate(claims, start=1)
        for one in claim["gate"]["attempts"]
    }
    there = tuple(_folders(gate)) if gate is not None else ()
    for folder, line in sorted(stated.items()):
        if folder not in there:
            yield problem(
                f"gate/{folder}", f"is missing, though line {line} of claims.jsonl names it", _AGAIN
            )
    for line, claim in enumerate(claims, start=1):
        yield from _settled(line, claim, gate)
    for folder in there:
        if folder not in stated:
            yield problem(f"gate/{folder}", "is named by no claim", "take it out of the folder")
        for one in faults(gate / folder) if gate is not None else ():
            made = notice if one.notice else problem
            yield made(f"gate/{folder}/{one.file}", one.what, one.remedy)


def _settled(line: int, claim: Mapping[str, Any], gate: Path | None) -> Iterator[Problem]:
    """Yield where a status or an outcome of a line does not follow from its attempts."""
    due = {"VERIFIED": ("PROVED", "REPRODUCED"), "FALSIFIED": ("FAILED",)}
    status, attempts = claim["gate"]["status"], claim["gate"]["attempts"]
    at_scale = [one["outcome"] for one in attempts if one["at_claim_scale"] and one["sound"]]
    if status in due and not set(due[status]) & set(at_scale):
        yield problem(CLAIMS, f"line {line}: {status} without an attempt that gives it", _AGAIN)
    for one in attempts:
        judged = _judged(gate / one["folder"]) if gate is not None else {}
        said = judged.get(claim["id"])
        if one["at_claim_scale"] and said != one["outcome"]:
            what = f"line {line}: attempt {one['id']} is {said or 'of another claim'}, not {one['outcome']}"
            yield problem(CLAIMS, what, _AGAIN)
        elif not one["at_claim_scale"] and one["outcome"] in ("PROVED", "REPRODUCED"):
            yield problem(CLAIMS, f"line {line}: {one['outcome']} at another scale than the claim's", _AGAIN)


def _judged(folder: Path) -> Mapping[str, str]:
    """Return claim -> outcome of an attempt's results.json; nothing where it cannot be read."""
    path = folder / "results.json"
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_JSON:
        return {}
    made = parsed(path.read_bytes(), path.name)
    judgements = made.get("judgements") if isinstance(made, dict) else None
    listed = judgements if isinstance(judgements, list) else []
    return {str(one.get("claim")): str(one.get("outcome")) for one in listed if isinstance(one, dict)}


def _folders(gate: Path) -> Iterator[str]:
    """Yield "claim/attempt" of each entry two levels down; what is inside, the gate looks at itself."""
    found = sorted(p for claim in sorted(gate.iterdir()) if claim.is_dir() for p in claim.iterdir())
    for place in found[:MOST]:
        name = place.relative_to(gate).as_posix()
        if _FOLDER.fullmatch(name):
            yield name
