"""A model's folder or its name on the hub in, its checked description out: shape, files and their hashes."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.errors import ExtraMissing, InputError, ModelError, SourceError
from synth.experiments._full.folder import hashed
from synth.records import Artifact

HUB = {"large": "FacebookAI/xlm-roberta-large", "base": "FacebookAI/xlm-roberta-base"}
SHAPE = ("num_hidden_layers", "hidden_size", "vocab_size", "intermediate_size", "max_position_embeddings")
LARGE = dict(zip(SHAPE, (24, 1024, 250_002, 4096, 514), strict=True))
BASE = dict(zip(SHAPE, (12, 768, 250_002, 3072, 514), strict=True))
NEEDED = ("config.json", "tokenizer.json")
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_MOST_CONFIG = 1 << 20
_POOLED = {24: 14, 12: 7}
"""Hidden layer whose mean is a sentence's vector: 14 of large's 24 (the authors' choice), 7 of base's 12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An XLM-R model in ``folder``. ``size`` is "large", "base" or "other"; ``sha256`` is over its files.

    ``body`` counts the parameters without the vocabulary's vectors (what a token's arithmetic costs),
    ``parameters`` all of them.
    """

    folder: Path
    size: str
    layers: int
    hidden: int
    body: int
    parameters: int
    files: tuple[Artifact, ...]
    sha256: str

    @property
    def layer(self) -> int:
        """The hidden layer pooled for retrieval."""
        return _POOLED.get(self.layers, max(1, round(self.layers * 14 / 24)))


def name_of(wanted: str) -> str:
    """Return the hub's name where ``wanted`` is "large", "base" or a hub's name, "" where it is a folder."""
    if wanted in HUB:
        return HUB[wanted]
    return wanted if _HUB_NAME.fullmatch(wanted) and not Path(wanted).exists() else ""


def fetch(name: str, *, folder: str) -> str:
    """Return the command that puts the model called ``name`` on the hub into ``folder``."""
    return f"hf download {name} config.json tokenizer.json model.safetensors --local-dir {folder}"


def located(wanted: str, *, cache: Path) -> Path:
    """Return where the model called ``wanted`` lies, or would lie after ``fetch``."""
    name = name_of(wanted)
    return cache / "models" / name.replace("/", "--") if name else Path(wanted).expanduser()


def download(wanted: str, *, cache: Path) -> Path:
    """Return the model's folder, fetched from the hub where it is not there yet.

    Raises ExtraMissing without huggingface_hub, SourceError where the hub does not give the model.
    """
    folder, name = located(wanted, cache=cache), name_of(wanted)
    if not name or not missing(folder):
        return folder
    by_hand = fetch(name, folder=str(folder))
    try:
        import huggingface_hub  # 0.5 s
    except ImportError as error:
        raise ExtraMissing(f"{name} is fetched with huggingface_hub", remedy=by_hand) from error
    try:
        # local_dir, because the hub's cache is made of links, which lead nowhere inside the seal
        huggingface_hub.snapshot_download(
            name, local_dir=folder, allow_patterns=[*NEEDED, "model*.safetensors*"]
        )
    except (OSError, ValueError) as error:
        raise SourceError(f"the hub did not give {name}: {error}", remedy=by_hand) from error
    return folder


def missing(folder: Path) -> tuple[str, ...]:
    """Return the names of the files that ``folder`` lacks."""
    lacks = [name for name in NEEDED if not (folder / name).is_file()]
    if not _weights(folder):
        lacks.append("model.safetensors")
    return tuple(lacks)


def read(folder: Path) -> Model:
    """Return the model in ``folder``, every file of it hashed (about 2 s a GB).

    Raises ModelError for files that are missing or are links, InputError for another architecture.
    """
    lacks = missing(folder)
    if lacks:
        raise ModelError(
            f"{folder} lacks {', '.join(lacks)}", remedy=fetch(HUB["large"], folder=str(folder) or "MODEL")
        )
    paths = [folder / name for name in NEEDED] + _weights(folder)
    linked = [path.name for path in paths if path.is_symlink()]
    if linked:
        raise ModelError(
            f"{folder}: {linked[0]} is a link, which leads nowhere inside the seal",
            remedy="download with --local-dir",
        )
    hidden = [path.name for path in paths if os.geteuid() == 0 and not path.stat().st_mode & 0o004]
    if hidden:  # started by root, the seal runs as nobody
        raise ModelError(f"{folder}: {hidden[0]} is for root's eyes alone", remedy=f"chmod -R a+rX {folder}")
    return described(shape(folder), folder=folder, files=tuple(hashed(path) for path in paths))


def described(config: Mapping[str, int], *, folder: Path, files: tuple[Artifact, ...]) -> Model:
    """Return the model of ``config``; parameters are counted from its shape."""
    layers, hidden, vocabulary = config["num_hidden_layers"], config["hidden_size"], config["vocab_size"]
    inner = config["intermediate_size"]
    # attention 4 h^2, feed-forward 2 h i, their biases and two layer norms
    body = layers * (4 * hidden * hidden + 2 * hidden * inner + 9 * hidden + inner)
    return Model(
        folder=folder,
        size={(24, 1024): "large", (12, 768): "base"}.get((layers, hidden), "other"),
        layers=layers,
        hidden=hidden,
        body=body,
        parameters=body + (vocabulary + config["max_position_embeddings"] + 3) * hidden,
        files=files,
        sha256=hashlib.sha256("\n".join(f"{f.sha256}  {f.name}" for f in files).encode()).hexdigest(),
    )


def shape(folder: Path) -> dict[str, Any]:
    """Return the config of the model; raises InputError where it is none of XLM-R."""
    file = folder / "config.json"
    try:
        raw = json.loads(file.read_bytes()[: _MOST_CONFIG + 1])
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}", remedy="download the model again") from error
    if not isinstance(raw, dict) or raw.get("model_type") != "xlm-roberta":
        raise InputError(f"{file} is not of XLM-R", remedy=f"use {HUB['large']} or {HUB['base']}")
    if not all(type(raw.get(key)) is int and 0 < raw[key] < 10_000_000 for key in SHAPE):
        raise InputError(f"{file} lacks {', '.join(SHAPE)}", remedy="download the model again")
    return raw


def _weights(folder: Path) -> list[Path]:
    return sorted(folder.glob("model*.safetensors")) + sorted(folder.glob("model.safetensors.index.json"))
