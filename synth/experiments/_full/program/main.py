"""The folders of a sealed job go in, predictions and exit code 0 come out, or 2 and one line of why not."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from hashlib import sha256
from pathlib import Path

# isolated mode keeps this folder off sys.path, and started processes import this file anew: so the package is
# made known here, under the name that its pickled functions carry
if not __package__:
    _HERE = Path(__file__).resolve().parent
    _SPEC = importlib.util.spec_from_file_location(
        "program", _HERE / "__init__.py", submodule_search_locations=[str(_HERE)]
    )
    assert _SPEC is not None
    assert _SPEC.loader is not None
    sys.modules["program"] = importlib.util.module_from_spec(_SPEC)
    _SPEC.loader.exec_module(sys.modules["program"])
    __package__ = "program"


def main(arguments: list[str]) -> int:
    """Run the plan of a job's folders; return the exit code."""
    asked = _parser().parse_args(arguments)
    # nothing is to be fetched, and nothing could be; set before transformers is imported
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="true")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    from .refusal import Refusal
    from .workers import REFUSED

    try:
        run(asked.inputs, asked.state, asked.out)
    except Refusal as refusal:
        print(f"refused: {refusal}", file=sys.stderr, flush=True)
        return REFUSED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Train and predict one seed of a plan, inside the seal.")
    state = Path("/job/state")
    parser.add_argument("--inputs", type=Path, default=Path("/job/inputs"))
    parser.add_argument("--state", type=Path, default=state if state.is_dir() else Path("/tmp/state"))
    parser.add_argument("--out", type=Path, default=Path("/job/out"))
    return parser


def run(inputs: Path, state: Path, out: Path) -> None:
    """Run the plan in ``inputs``; raises Refusal where it cannot be run."""
    from . import plan, workers
    from .stages import Places, everything

    planned = plan.read(inputs / "plan.json")
    key = sha256((inputs / "plan.json").read_bytes()).hexdigest()[:16]
    workers.run(everything, planned, Places(inputs, state / key, out))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
