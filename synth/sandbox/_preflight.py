"""A seal goes in, every hostile attempt made inside it and how each ended come out; kept once per boot."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from synth.errors import SandboxError
from synth.sandbox import Seal
from synth.sandbox._hostile import HERE, WORDS, Attempted, attempts

__all__ = ["Attempted", "check", "held", "require"]

_MOST_CACHE = 1 << 18
_FIELDS = {"name", "words", "verdict", "seen"}


def check(seal: Seal, *, cache: Path) -> tuple[Attempted, ...]:
    """Return every hostile attempt on ``seal``: made now, in about 2 s, or kept in ``cache``.

    What is kept is for this boot, user, interpreter, seal and source alone, and only where all held; a kept
    file that is damaged, not our own or open to others' writing is passed over and the probe runs again.
    Raises SandboxError where the seal cannot run the probe at all, OSError where ``cache`` cannot be written.
    """
    key = _key(seal)
    path = cache / f"seal-{key[:16]}.json"
    kept = _kept(path, key)
    if kept:
        return kept
    made = attempts(seal)
    if held(made):
        _keep(path, key, made)
    return made


def held(made: Sequence[Attempted]) -> bool:
    """Return whether every attempt there is was made, once, and none got through."""
    if [attempt.name for attempt in made] != list(WORDS):
        return False
    return all(attempt.verdict in ("held", "not applicable") for attempt in made)


def require(made: Sequence[Attempted], *, seal: Seal) -> None:
    """Raise SandboxError that names what ``seal`` did not hold; no job may run after it."""
    if held(made):
        return
    through = [f"{a.name} ({a.seen})" for a in made if a.verdict not in ("held", "not applicable")]
    through += [f"{name} (not tried)" for name in WORDS if name not in {a.name for a in made}]
    shown = "; ".join(through)[:800]
    raise SandboxError(
        f"{seal.name} did not hold {len(through)} of {len(WORDS)} hostile attempts: {shown}",
        remedy="nothing is run in it; update bubblewrap or the container engine, or use the other one",
    )


def _key(seal: Seal) -> str:
    """Return what a verdict holds for: another boot, seal, source, user, kernel or interpreter asks again."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    source = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        source.update(path.name.encode() + b"\0" + path.read_bytes())
    parts = (boot, seal.name, source.hexdigest(), str(os.geteuid()), os.uname().release)
    return _sha256(json.dumps([*parts, sys.version, sys.executable, sys.prefix]))


def _kept(path: Path, key: str) -> tuple[Attempted, ...]:
    """Return what ``path`` keeps for ``key``, () where it keeps nothing that can be trusted."""
    try:
        found = json.loads(_own_file(path))
        body, said = found["attempts"], found["sha256"]
        if said != _sha256(key + json.dumps(body)) or any(set(one) != _FIELDS for one in body):
            return ()
        made = tuple(Attempted(**one) for one in body)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    return made if held(made) and all(a.words == WORDS[a.name] for a in made) else ()


def _own_file(path: Path) -> bytes:
    """Return the bytes of a plain file that is ours and that no one else may write, b"" for any other."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        seen = os.fstat(file.fileno())
        mine = seen.st_uid == os.geteuid() and not seen.st_mode & 0o022
        if not mine or not stat.S_ISREG(seen.st_mode) or seen.st_size > _MOST_CACHE:
            return b""
        return file.read(_MOST_CACHE)


def _keep(path: Path, key: str, made: Sequence[Attempted]) -> None:
    body = [asdict(attempt) for attempt in made]
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"attempts": body, "sha256": _sha256(key + json.dumps(body))}, file)
    fresh.replace(path)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
