"""A plan and its files in, what one Lean program printed out: runs in the seal, standard library alone.

Arguments: the folder of inputs (with plan.json, written by the gate) and the folder for results, which
receives ``stdout``, ``stderr``, ``exit`` and the files that the plan keeps.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# without a manifest Lake would look for packages, and say so
MANIFEST = (
    '{"version": "1.1.0", "packagesDir": ".lake/packages", "packages": [], '
    '"name": "gate", "lakeDir": ".lake"}'
)
LAKEFILE = 'name = "gate"\n\n[[lean_lib]]\nname = "Challenge"\n\n[[lean_lib]]\nname = "Solution"\n'
COMPILED = Path(".lake", "build", "lib", "lean")


def main(inputs: Path, out: Path) -> int:
    """Run the plan in ``inputs`` in a fresh Lake project of our own; returns 0 whatever Lean returned."""
    plan = json.loads((inputs / "plan.json").read_text(encoding="utf-8"))
    work = Path(tempfile.mkdtemp(prefix="lean-"))
    furnish(work, inputs)

    def placed(word: str) -> str:
        return word.replace("{inputs}", str(inputs)).replace("{work}", str(work))

    environment = {name: placed(value) for name, value in plan["environment"].items()}
    environment |= {
        "HOME": str(work),
        "LEAN_ABORT_ON_PANIC": "1",
        "LEAN_NUM_THREADS": "2",
        "LC_ALL": "C.UTF-8",
    }
    with open(out / "stdout", "xb") as stdout, open(out / "stderr", "xb") as stderr:
        done = subprocess.run(
            [placed(word) for word in plan["argv"]],
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            check=False,
        )
    for name in plan["keep"]:
        if (work / name).is_file() and not (work / name).is_symlink():
            shutil.copyfile(work / name, out / name)
    (out / "exit").write_text(str(done.returncode), encoding="ascii")
    return 0


def furnish(work: Path, inputs: Path) -> None:
    """Lay out the project: our lakefile, sources, compiled modules, and the stand-in for landrun."""
    (work / "lakefile.toml").write_text(LAKEFILE, encoding="utf-8")
    (work / "lake-manifest.json").write_text(MANIFEST, encoding="utf-8")
    (work / COMPILED).mkdir(parents=True)
    for name in sorted(os.listdir(inputs)):
        if name.endswith((".lean", ".olean")) or name == "config.json":
            target = work / COMPILED if name.endswith(".olean") else work
            shutil.copyfile(inputs / name, target / name)
    if (inputs / "landrun.py").is_file():
        text = f"#!{sys.executable}\n{(inputs / 'landrun.py').read_text(encoding='utf-8')}"
        (work / "landrun").write_text(text, encoding="utf-8")
        (work / "landrun").chmod(0o755)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
