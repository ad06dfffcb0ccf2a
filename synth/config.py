"""Flags and ``synth.toml`` in, one frozen record of settings out."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from synth.errors import UsageError

FILE = "synth.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting of a run; flags win over ``synth.toml``, which wins over these defaults.

    ``threshold`` is the probability of SUPPORT from which a claim is ticked; ``claims`` how many
    claims a report judges; ``calibration`` is a file of ``synth calibrate``; ``min_precision`` the share of
    right verdicts below which none is given; ``limit`` how many papers a source may bring (None: 500 from a
    folder, 25 from a service, which each have to be fetched); ``seconds`` and ``memory_mb``
    bound the reading of one file; ``workers`` are processes that read and threads that encode;
    ``seal`` names the backend of sealed runs ("" takes the first that works);
    ``reviewer`` is the name under which claims are judged ("" takes the account's);
    ``viewer`` is the command that shows a PDF, as "evince -i {page} {file}" ("" takes the first known one);
    ``date`` is the report's date line (ISO 8601), "" for the day on which it was first asked.
    """

    home: Path
    sources: tuple[str, ...] = ()
    papers: tuple[Path, ...] = ()
    limit: int | None = None
    claims: int = 60
    verifier: str = "entailment"
    encoder: str = ""
    threshold: float = 0.7
    calibration: Path | None = None
    min_precision: float | None = None
    workers: int = 2
    seconds: float = 30.0
    memory_mb: int = 1024
    date: str = ""
    publisher: str = "synth"
    seal: str = ""
    reviewer: str = ""
    viewer: str = ""

    def __post_init__(self) -> None:
        if not 0.5 <= self.threshold <= 1.0:
            raise UsageError("threshold is a probability between 0.5 and 1", remedy="for example 0.7")
        if self.min_precision is not None and not 0.5 < self.min_precision < 1.0:
            raise UsageError("min_precision is a share above 0.5 and below 1", remedy="for example 0.9")
        for name in ("limit", "claims", "workers"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} must be at least 1")
        if self.date and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", self.date):
            raise UsageError(f"{self.date!r} is no date", remedy="write it as 2026-01-31")
        if self.seconds <= 0:
            raise UsageError("seconds must be above 0")
        if self.memory_mb < 128:
            raise UsageError("memory_mb must be at least 128")

    def limit_of(self, *, local: bool) -> int:
        """Return how many papers a folder (``local``) or a service may bring."""
        return self.limit or (500 if local else 25)

    @property
    def store(self) -> Path:
        """Where the one SQLite file lies."""
        return self.home / "synth.db"

    @property
    def gate(self) -> Path:
        """Where sealed attempts lie, append-only."""
        return self.home / "gate"

    @property
    def keys(self) -> Path:
        """Where signing keys and the trust file lie."""
        return self.home / "keys"

    @property
    def downloads(self) -> Path:
        """Where sources put the PDFs that they fetched."""
        return self.home / "papers"


def home() -> Path:
    """Return the folder of the store, caches and keys: ``SYNTH_HOME``, else the user's data folder."""
    named = os.environ.get("SYNTH_HOME", "")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("synth")


def load(file: Path | None = None, *, flags: Mapping[str, Any] | None = None) -> Config:
    """Return the settings of ``file`` (default: ``synth.toml`` here, if any) under flags that are not None.

    Raises UsageError for a file that is no TOML, a key that does not exist and a value of the wrong type.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    return replace(_from_toml(file), **given)


def _from_toml(file: Path | None) -> Config:
    path = file or Path(FILE)
    if not path.is_file():
        if file is not None:
            raise UsageError(f"no settings file {file}", remedy="name one that exists")
        return Config(home=home())
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}", remedy="mend the file") from error
    return replace(Config(home=home()), **{k: _checked(path, k, v) for k, v in read.items()})


def _checked(path: Path, name: str, value: object) -> Any:
    known = {f.name: str(f.type) for f in fields(Config)}
    if name not in known:
        raise UsageError(f"{path}: unknown setting {name!r}", remedy=f"known: {', '.join(sorted(known))}")
    kind = known[name]
    match kind, value:
        case "Path" | "Path | None", str():
            return Path(value).expanduser()
        case "tuple[str, ...]", list() if all(isinstance(v, str) for v in value):
            return tuple(value)
        case "tuple[Path, ...]", list() if all(isinstance(v, str) for v in value):
            return tuple(Path(v).expanduser() for v in value)
        case "int" | "int | None", int() if not isinstance(value, bool):
            return value
        case "float" | "float | None", int() | float() if not isinstance(value, bool):
            return float(value)
        case "str", str():
            return value
    raise UsageError(f"{path}: {name} must be {kind}, not {value!r}")
