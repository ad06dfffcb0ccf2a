"""Weights and progress go in, files that survive a kill come out: written beside, then renamed.

Everything lies under a folder named by the SHA-256 of plan.json, so that another plan, model or data set
(whose fingerprint the plan holds) never resumes from it.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from .refusal import Refusal


def write(path: Path, save: Callable[[IO[bytes]], object]) -> None:
    """Have ``save`` write ``path``: whole or not at all, whenever the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            save(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise Refusal(f"{path.name} cannot be written: {error.strerror}; is the disk full?") from error


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, whole or not at all."""
    write(path, lambda file: file.write(text.encode()))


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write ``record`` as JSON with sorted keys."""
    write_text(path, json.dumps(record, sort_keys=True, allow_nan=False) + "\n")


def record(path: Path) -> dict[str, Any] | None:
    """Return the record in ``path``, or None where there is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def save(path: Path, content: dict[str, Any]) -> None:
    """Write tensors (and plain values) to ``path``, whole or not at all."""
    import torch

    write(path, lambda file: torch.save(content, file))


def load(path: Path) -> dict[str, Any]:
    """Return what ``save`` wrote, on the CPU; raises Refusal for a damaged file."""
    import torch

    try:
        found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
        remedy = "remove the state folder to begin anew"
        raise Refusal(f"{path.parent.name}/{path.name} cannot be read; {remedy}: {error}") from error
    return found


def drop(*paths: Path) -> None:
    """Remove ``paths``, those that exist."""
    for path in paths:
        path.unlink(missing_ok=True)
