"""A plan in, each arm's predictions out: runs a user's commands inside the seal (standard library only).

Every arm gets a working folder of its own under /tmp with the listed files, so that scripts which write
beside themselves work; files above 4 MB are links to the read-only originals. Only the predictions leave.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

INPUTS, OUT, WORK = Path("/job/inputs"), Path("/job/out"), Path("/tmp")
COPIED = 4 * 1024 * 1024


def main() -> int:
    """Run every arm of the plan in order; return the first exit code that is not 0, 128 + N for a signal N.

    Nothing is printed after a command that failed: its own last line says what went wrong.
    """
    plan = json.loads((INPUTS / "plan.json").read_text(encoding="utf-8"))
    arms = plan["arms"]
    for at, (arm, command) in enumerate(sorted(arms.items(), key=lambda one: one[0] == "control")):
        print(f"@progress {at / len(arms):.2f} {arm}", flush=True)
        code = _run(arm, command, plan)
        if code:
            return 128 - code if code < 0 else code
    return 0


def _run(arm: str, command: list[str], plan: dict[str, object]) -> int:
    """Run one arm in its own folder and take its predictions; the exit code is that of its command."""
    work = WORK / arm
    for name in plan["files"]:  # type: ignore[attr-defined]
        source, target = INPUTS / "folder" / name, work / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.stat().st_size <= COPIED:
            shutil.copyfile(source, target)
        else:
            target.symlink_to(source)
    words = [_filled(word, plan) for word in command]
    ended = subprocess.run(words, cwd=work, env={**os.environ, "SYNTH_SEED": str(plan["seed"])}, check=False)
    made = work / str(plan["predictions"])
    if ended.returncode == 0 and made.is_file():
        (OUT / arm).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, OUT / arm / "predictions")
    elif ended.returncode == 0:
        print(f"the command of {arm} left no file {plan['predictions']}", flush=True)
        return 1
    return ended.returncode


def _filled(word: str, plan: dict[str, object]) -> str:
    return word.replace("{seed}", str(plan["seed"])).replace("{python}", sys.executable)


if __name__ == "__main__":
    sys.exit(main())
