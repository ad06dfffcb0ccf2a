"""What a seal costs and what it holds: start, preflight, and every hostile attempt, as root and as a user.

    python bench/seal.py [--seal bubblewrap] [--runs 30]

Bare and sealed starts of `python -c pass` alternate, so that a busy machine slows both; the difference is
the median of the pairs' differences. Run as root it makes every attempt again as uid 65534, by its own
interpreter where that uid can run it, else by the system's. Exit code 1 where an attempt was not held.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from signature import ROOT, signature

from synth import sandbox
from synth.sandbox import Seal, _hostile, _preflight
from synth.trials import Limits, Prepared

NOBODY = 65534
LIMITS = Limits(cpu_seconds=10, wall_seconds=30, memory_mb=512, file_mb=1, output_mb=1, log_mb=1)


class Measured(NamedTuple):
    """Milliseconds (medians) and every attempt as [name, words, verdict, seen], by one user."""

    bare_ms: float
    sealed_ms: float
    more_ms: float
    cold_s: float
    kept_ms: float
    attempts: list[list[str]]


def measured(seal: Seal, runs: int) -> Measured:
    """Measure ``seal`` as the user of this process."""
    pairs = [(_bare(), _sealed(seal)) for _ in range(runs)]
    with tempfile.TemporaryDirectory() as cache:
        began = time.perf_counter()
        made = _preflight.check(seal, cache=Path(cache))
        cold = time.perf_counter() - began
        began = time.perf_counter()
        _preflight.check(seal, cache=Path(cache))
        kept = time.perf_counter() - began
    return Measured(
        bare_ms=1000 * statistics.median(bare for bare, _ in pairs),
        sealed_ms=1000 * statistics.median(sealed for _, sealed in pairs),
        more_ms=1000 * statistics.median(sealed - bare for bare, sealed in pairs),
        cold_s=cold,
        kept_ms=1000 * kept,
        attempts=[[a.name, a.words, a.verdict, a.seen] for a in made],
    )


def _bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True, capture_output=True)
    return time.perf_counter() - began


def _sealed(seal: Seal) -> float:
    job = Prepared(command=("{python}", "-I", "-S", "-c", "pass"))
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        ran = seal.run(job, limits=LIMITS, out=Path(out))
        took = time.perf_counter() - began
    if ran.exit_code != 0:
        raise SystemExit(f"the sealed job failed: {ran.stopped} {ran.log}")
    return took


def as_nobody(name: str, runs: int) -> Measured | str:
    """Measure as uid 65534 in a process of its own, or return why not."""
    packages = [place for place in sys.path if place.endswith("-packages")]
    given = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    given["PYTHONPATH"] = os.pathsep.join([str(ROOT), *packages])
    for python in (sys.executable, "/usr/bin/python3"):
        words = [python, __file__, "--seal", name, "--runs", str(runs), "--json"]
        try:
            ran = subprocess.run(
                words,
                env=given,
                user=NOBODY,
                group=NOBODY,
                extra_groups=[],
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            continue
        if ran.returncode == 0:
            return Measured(**json.loads(ran.stdout))
        if "ModuleNotFoundError" not in ran.stderr:
            return (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
    return "no interpreter here that uid 65534 can run with the packages"


def chosen(preferred: str) -> Seal:
    """Return the seal to measure, or end with what each lacks."""
    found = sandbox.choose(preferred)
    if isinstance(found, tuple):
        raise SystemExit("; ".join(f"{lack.what} ({lack.remedy})" for lack in found))
    return found


def costs(rows: dict[str, Measured]) -> None:
    """Print what starts and preflights took."""
    print("| as | bare start ms | sealed start ms | difference ms | preflight s, cold | kept ms |")
    print("|---|---|---|---|---|---|")
    for name, m in rows.items():
        took = f"{m.bare_ms:.0f} | {m.sealed_ms:.0f} | {m.more_ms:.0f} | {m.cold_s:.2f} | {m.kept_ms:.1f}"
        print(f"| {name} | {took} |")


def attempts(rows: dict[str, Measured]) -> int:
    """Print every attempt and return how many were not held."""
    print(f"\n| attempt | {' | '.join(f'as {name}' for name in rows)} | what was seen |")
    print(f"|---|{'---|' * len(rows)}---|")
    for at, (name, words, _, seen) in enumerate(next(iter(rows.values())).attempts):
        verdicts = " | ".join(m.attempts[at][2] for m in rows.values())
        print(f"| {name}: {words} | {verdicts} | {seen} |")
    for name, m in rows.items():
        held, moot = (sum(a[2] == verdict for a in m.attempts) for verdict in ("held", "not applicable"))
        print(f"\nas {name}: {held} of {len(m.attempts)} held, {moot} not applicable")
    return sum(a[2] == "not held" for m in rows.values() for a in m.attempts)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seal", default="", choices=["", *sandbox.names()])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--json", action="store_true", help="measure as this user, print JSON alone")
    given = parser.parse_args()
    seal = chosen(given.seal)
    here = measured(seal, given.runs)
    if given.json:
        print(json.dumps(here._asdict()))
        return 0
    rows = {"root" if os.geteuid() == 0 else f"uid {os.geteuid()}": here}
    print(signature(data=f"{len(_hostile.WORDS)} hostile attempts", packages=("synth", "pyseccomp")))
    system = f"Linux {platform.release().split('-')[0]} {platform.machine()}"
    print(f"seal: {seal.name}; {system}; {given.runs} pairs\n")
    if os.geteuid() == 0:
        other = as_nobody(given.seal, given.runs)
        if isinstance(other, Measured):
            rows[f"uid {NOBODY}"] = other
        else:
            print(f"not measured as an ordinary user: {other}\n")
    costs(rows)
    return 1 if attempts(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
