"""The name of a model goes in, a folder that may be read without running anything comes out.

A user may name another encoder or cross-encoder. A name that looks like a path is never sent to a hub; of a
hub model only configuration, words and safetensors weights are fetched; no pickle is opened and no program
that lies beside a model is run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from synth.errors import ExtraMissing, ModelError, SynthError

READ = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors")
"""Files of a hub model that are fetched."""
CONFIGURATION = ("config.json",)
_COPIES = ("onnx/*", "openvino/*")  # the same model once more
_ELSEWHERE = "name a folder, or a hub model as OWNER/NAME"


def find(name: str, *, kind: str, owner: str, files: tuple[str, ...] = READ) -> tuple[Path, str]:
    """Return the folder of the model ``name``, and the name under which a signature shows it.

    ``name`` is a folder, or the id of a hub model, of which ``files`` are then fetched or found where they
    were fetched before; an id without an owner is ``owner``'s. ``kind`` ("encoder") stands in errors. Raises
    ModelError for a folder that does not exist and a hub model that cannot be fetched, ExtraMissing where the
    library that fetches is not installed.
    """
    folder = os.path.expanduser(name)
    if os.path.isdir(folder):
        return Path(folder), Path(os.path.abspath(folder)).name  # no path of this machine in a report
    if os.path.exists(folder):
        raise ModelError(f"the {kind} {name!r} is a file", remedy="name the folder that it lies in")
    if _like_a_path(name):
        raise ModelError(f"the {kind} {name!r}: no such folder", remedy=_ELSEWHERE)
    full = name if "/" in name else f"{owner}/{name}"
    return _fetched(full, kind=kind, files=files), full


def _like_a_path(name: str) -> bool:
    """Whether ``name`` can be no hub id, which is OWNER/NAME."""
    foreign = "\\" in name or bool(os.path.splitdrive(name)[0]) or not name.isprintable()
    return foreign or name.startswith((".", "~", "/")) or name.endswith("/") or name.count("/") > 1


def _fetched(name: str, *, kind: str, files: tuple[str, ...]) -> Path:
    if not all(map(find_spec, ("torch", "sentence_transformers", "huggingface_hub"))):
        raise extra_missing(kind, name)  # before anything is fetched
    for setting in ("HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS"):
        os.environ.setdefault(setting, "1")  # the library reads them when it is imported
    with loading(kind, name, remedy=f"{_ELSEWHERE}; a hub needs a network"):
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, allow_patterns=[*files], ignore_patterns=[*_COPIES]))


def extra_missing(kind: str, name: str) -> ExtraMissing:
    """Return the error for a named model where the libraries that read one are not installed."""
    return ExtraMissing(
        f"the {kind} {name!r} needs sentence-transformers", remedy="run: pip install 'synth[transformers]'"
    )


@contextmanager
def loading(kind: str, name: str, *, remedy: str) -> Iterator[None]:
    """Keep the libraries that read a named model off the terminal; what they raise becomes one ModelError."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except SynthError:
        raise
    except Exception as error:  # tokenizers raises Exception itself for a broken file
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"cannot load the {kind} {name!r}: {said[0][:200]}", remedy=remedy) from error
    finally:
        logging.disable(disabled)


def stamp(name: str) -> tuple[tuple[str, int, int], ...]:
    """Return name, size and time of each file of the folder ``name``: another stamp, another model.

    Empty for what is no folder. It tells a model that was trained on in its place, without reading it.
    """
    folder = os.path.expanduser(name)
    if not os.path.isdir(folder):
        return ()
    files = sorted(f for f in Path(folder).rglob("*") if f.is_file())
    return tuple((str(f.relative_to(folder)), f.stat().st_size, f.stat().st_mtime_ns) for f in files)


def check_weights(folder: Path, *, kind: str, name: str) -> None:
    """Raise ModelError where weights of ``folder`` are not there, or as a pickle only.

    A pickle runs what it holds when it is opened; safetensors are numbers and nothing else.
    """
    remedy = "take one with safetensors weights, or save it so"
    for file in sorted(folder.rglob("pytorch_model*.bin")):
        if not any(file.parent.glob("*.safetensors")):
            raise ModelError(f"the {kind} {name!r} has its weights as a pickle ({file.name})", remedy=remedy)
    if not any(folder.rglob("*.safetensors")):
        raise ModelError(f"the {kind} {name!r} has no weights", remedy=remedy)


def configuration(folder: Path, *, kind: str, name: str, file: str = "config.json") -> Any:
    """Return what the JSON ``file`` of ``folder`` holds; raises ModelError where there is none."""
    with loading(kind, name, remedy="name the folder that a model was saved to"):
        return json.loads((folder / file).read_text(encoding="utf-8"))


def weights_sha256(weights: Mapping[str, Any]) -> str:
    """Return the hash of a torch module's ``state_dict`` in order of names: folders have one, too."""
    digest = hashlib.sha256()
    for key, weight in sorted(weights.items()):
        digest.update(key.encode())
        digest.update(weight.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()
