"""What every bench prints with its table: data, sizes, versions, commit; and where the shared data lies."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

import synth

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SYNTH_SHARED", ROOT.parent / "shared"))


def signature(*, data: str, packages: tuple[str, ...] = ("synth", "pymupdf", "onnxruntime", "numpy")) -> str:
    """Return one line that says what a table was measured on and with."""
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    return (
        f"data: {data}; Python {platform.python_version()}, {versions}; "
        f"{os.cpu_count()} cores; commit {commit()}"
    )


def commit() -> str:
    """Return the short commit, with "+" where the tree has changes."""
    asked = ["git", "-C", str(ROOT)]
    short = subprocess.run(
        [*asked, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    dirty = subprocess.run([*asked, "status", "--porcelain"], capture_output=True, text=True, check=False)
    return (short.stdout.strip() or "unknown") + ("+" if dirty.stdout.strip() else "")


def _version(name: str) -> str:
    if name == "synth":
        return synth.__version__
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"
