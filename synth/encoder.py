"""Sentences go in, unit vectors come out: the shipped 22M encoder, or any other by name.

Every text is encoded alone, so a vector depends on nothing but its text: not on its neighbours in a batch,
on their order, or on the number of workers. (8-bit arithmetic takes its scale from the whole batch.)
This is the one door to ONNX Runtime and tokenizers; ``open_model`` serves other shipped models, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth import named_models
from synth.errors import ModelError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    Floats = NDArray[np.float32]

TOKENS = 128
"""A text is cut after this many word pieces, the two marks of its ends included: about 90 words."""
_CHARACTERS = 20_000  # no 128 pieces are longer, short of gibberish; bounds the time on hostile text
_FOLDER = Path(__file__).parent / "data" / "encoder"


class Pinned(NamedTuple):
    """What a shipped file must be."""

    size: int
    sha256: str


NAME = "all-MiniLM-L6-v2"
PRECISION = "int8"
FILES: Mapping[str, Pinned] = {
    "model.onnx": Pinned(
        size=22906471, sha256="524a51497c80e617510fc330b9b5c3b1f5cbcdadf91b902c9b947f16225ee1db"
    ),
    "tokenizer.json": Pinned(
        size=466152, sha256="831304132edce711eaac6ca20990e3ad8cecad02fc8ad719f250b100b67122a5"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """A sentence encoder. ``signature`` is name, weights' sha256 prefix and precision; ``dimension`` is d."""

    signature: str
    dimension: int
    _rows: Callable[[Sequence[str], int], list[Floats]]

    def encode(self, texts: Sequence[str], *, workers: int = 2) -> Floats:
        """Return the vectors of ``texts`` as float32 (n, d), rows of length 1.

        A text is cut after 128 word pieces; control characters count as nothing; an empty text has the
        vector of the empty sentence. ``workers`` threads share the work (a named encoder uses one) and never
        change a bit of it. Raises UsageError for fewer than one worker.
        """
        import numpy as np

        if workers < 1:
            raise UsageError("an encoder needs at least one worker")
        distinct = list(dict.fromkeys(map(_encodable, texts)))
        rows = dict(zip(distinct, self._rows(distinct, workers), strict=True))
        out = np.empty((len(texts), self.dimension), np.float32)
        for i, text in enumerate(texts):
            out[i] = rows[_encodable(text)]
        return out


def load(name: str = "") -> Encoder:
    """Return the shipped encoder, or the sentence-transformers model called ``name`` (a hub id or a folder).

    A named model is read from safetensors weights alone and runs no program of its folder. Raises ModelError
    where the model is missing, not the pinned one or cannot be read in that way, ExtraMissing where ``name``
    needs sentence-transformers and it is not installed.
    """
    return _named(name) if name else _shipped()


def open_model(folder: Path, pinned: Mapping[str, Pinned]) -> tuple[InferenceSession, Tokenizer]:
    """Return the ONNX session and the tokenizer of ``folder``, their bytes checked.

    ``pinned`` has entries for model.onnx and tokenizer.json. The session runs on the thread that calls it
    and may be called from several at a time. Raises ModelError for a file that is missing or not the pinned
    one.
    """
    import onnxruntime  # 0.2 s
    from tokenizers import Tokenizer

    model, tokenizer = (checked(folder / name, pinned[name]) for name in ("model.onnx", "tokenizer.json"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: warnings would reach the user's terminal
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session, Tokenizer.from_str(tokenizer.decode("utf-8"))


def checked(path: Path, pinned: Pinned) -> bytes:
    """Return the bytes of ``path``; raises ModelError where they are missing or not the pinned ones."""
    remedy = "install synth again: pip install --force-reinstall synth"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read the model file {path}: {error.strerror}", remedy=remedy) from error
    if len(content) != pinned.size:
        raise ModelError(f"the model file {path} has {len(content)} bytes, not {pinned.size}", remedy=remedy)
    found = hashlib.sha256(content).hexdigest()
    if found != pinned.sha256:
        raise ModelError(
            f"the model file {path} has sha256 {found[:12]}…, not {pinned.sha256[:12]}…", remedy=remedy
        )
    return content


def _encodable(text: str) -> str:
    """Return the part of ``text`` that can count, without the surrogates that UTF-8 refuses."""
    return text.strip()[:_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _shipped() -> Encoder:
    import numpy as np

    session, tokenizer = open_model(_FOLDER, FILES)

    def row(text: str) -> Floats:
        # One text a call: encode_batch starts threads of its own, and warns when a process forks after it.
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        vector: Floats = session.run(["vector"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][
            0
        ]
        return vector

    def rows(texts: Sequence[str], workers: int) -> list[Floats]:
        # ONNX Runtime and tokenizers release the GIL: threads suffice.
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(row, texts))

    prefix = FILES["model.onnx"].sha256[:12]
    width = int(session.get_outputs()[0].shape[1])
    return Encoder(signature=f"{NAME}@{prefix}/{PRECISION}", dimension=width, _rows=rows)


MODULES = frozenset(
    {"Transformer", "Pooling", "Dense", "Normalize", "LayerNorm", "Dropout", "StaticEmbedding"}
)
"""Parts of a named encoder that hold numbers and tables; the others import whatever a file names."""
_KIND = "encoder"
_TRIED = ("", "a word", "a sentence of more words than any model reads " * 100)


def _named(name: str) -> Encoder:
    import numpy as np

    folder, shown = named_models.find(name, kind=_KIND, owner="sentence-transformers")
    _check_modules(folder, name=name)
    named_models.check_weights(folder, kind=_KIND, name=name)
    with named_models.loading(_KIND, name, remedy="name a sentence-transformers model"):
        # weights that a folder lacks are drawn at random: they must not matter
        model, other = _opened(folder, name, seed=0), _opened(folder, name, seed=1)
        tried, again = (np.stack(_encoded(m, _TRIED)) for m in (model, other))
    if tried.ndim != 2 or not np.isfinite(tried).all():
        raise ModelError(
            f"the encoder {name!r} gives no vectors", remedy="name a sentence-transformers model"
        )
    if not np.array_equal(tried, again):
        raise ModelError(f"the encoder {name!r} lacks some of its weights", remedy="fetch or save it again")

    def rows(texts: Sequence[str], workers: int) -> list[Floats]:  # noqa: ARG001
        return _encoded(model, texts)

    mark = named_models.weights_sha256(model.state_dict())[:12]
    return Encoder(signature=f"{shown}@{mark}/f32", dimension=tried.shape[1], _rows=rows)


def _check_modules(folder: Path, *, name: str) -> None:
    """Raise ModelError where ``modules.json`` names a part that would import other programs."""
    if not (folder / "modules.json").exists():
        return
    for part in named_models.configuration(folder, kind=_KIND, name=name, file="modules.json"):
        kind = str(part.get("type"))
        if not kind.startswith("sentence_transformers.") or kind.rpartition(".")[2] not in MODULES:
            raise ModelError(
                f"the encoder {name!r} has a part that is not read here: {kind[:100]}",
                remedy=f"take one made of {', '.join(sorted(MODULES))}",
            )


def _opened(folder: Path, name: str, *, seed: int) -> Any:
    try:
        import torch
        from sentence_transformers import SentenceTransformer  # 6-20 s
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise named_models.extra_missing(_KIND, name) from error
    logging.disable_progress_bar()
    # One thread: its threads wait for each other at every layer (2 on 2 busy cores: 4 sentences/s, not 80),
    # and its tokenizers may not be shared by threads of ours.
    torch.set_num_threads(1)
    kept = {"use_safetensors": True}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs=kept)
    model.max_seq_length = min(TOKENS, model.max_seq_length or TOKENS)
    return model.float()


def _encoded(model: Any, texts: Sequence[str]) -> list[Floats]:
    return list(model.encode(list(texts), batch_size=1, normalize_embeddings=True, show_progress_bar=False))
