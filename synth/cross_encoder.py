"""A claim and sentences go in, log-probabilities of three labels come out: the shipped 22M cross-encoder.

A cross-encoder reads sentence and claim together (BERT's sentence pairs, arXiv 1810.04805). Every pair is
scored alone, so that its scores depend on nothing but itself: not on other pairs, their order or threads.
Another model by name comes in through transformers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from synth import named_models
from synth.encoder import Pinned, open_model
from synth.errors import ModelError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

TOKENS = 128
"""Word pieces of a pair that are read, the three marks included; the longer side is cut first."""
NAME = "synth-verifier-22M"
PRECISION = "int8"
FILES: Mapping[str, Pinned] = {
    "model.onnx": Pinned(
        size=22918217, sha256="4e16925fbb597efa4c5bf1ad91f025b035529df7d29330f4cce961ba525ef729"
    ),
    "tokenizer.json": Pinned(
        size=466152, sha256="831304132edce711eaac6ca20990e3ad8cecad02fc8ad719f250b100b67122a5"
    ),
}
_FOLDER = Path(__file__).parent / "data" / "verifier"
_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEncoder:
    """A scorer of pairs; ``signature`` is name, weights' sha256 prefix and precision."""

    signature: str
    _rows: Callable[[str, Sequence[str], int], list[Floats]]

    def scores(self, claim: str, sentences: Sequence[str], *, workers: int = 2) -> Floats:
        """Return float32 (n, 3): logs of P(SUPPORT), P(CONTRADICT), P(NOT_ENOUGH_INFO) of each sentence.

        A pair is cut after ``TOKENS`` word pieces (a named model: after as many as it reads, 512 at most),
        the longer side first. ``workers`` threads share the pairs (a named model uses one) and never change
        a bit of a score. Raises UsageError for fewer than one worker.
        """
        import numpy as np

        if workers < 1:
            raise UsageError("a cross-encoder needs at least one worker")
        if not sentences:
            return np.zeros((0, 3), np.float32)
        return np.stack(self._rows(_readable(claim), [_readable(s) for s in sentences], workers))


def load(name: str = "") -> CrossEncoder:
    """Return the shipped cross-encoder, or the NLI model ``name`` (hub id or folder).

    A named model is read from safetensors weights alone and runs no program of its folder. Raises ModelError
    where the model is missing, not the pinned one, cannot be read in that way, or has no three labels whose
    names say which is which; ExtraMissing where ``name`` needs transformers and it is not installed.
    """
    return _named(name) if name else _shipped()


def _readable(text: str) -> str:
    return text.strip()[:_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=1)  # a report builds its verifier twice
def _shipped() -> CrossEncoder:
    import numpy as np

    session, tokenizer = open_model(_FOLDER, FILES)
    # One pool for all calls: starting threads for every claim costs more than judging it.
    pool = ThreadPoolExecutor(8)

    def row(claim: str, sentence: str) -> Floats:
        pair = tokenizer.encode(sentence, claim)
        inputs = {
            "input_ids": np.array([pair.ids], np.int64),
            "token_type_ids": np.array([pair.type_ids], np.int64),
        }
        found: Floats = session.run(["scores"], inputs)[0][0]
        return found

    def rows(claim: str, sentences: Sequence[str], workers: int) -> list[Floats]:
        if workers == 1 or len(sentences) == 1:
            return [row(claim, s) for s in sentences]
        parts = [list(range(k, len(sentences), workers)) for k in range(min(workers, len(sentences)))]
        found: list[Floats | None] = [None] * len(sentences)

        def share(part: Sequence[int]) -> None:
            for i in part:
                found[i] = row(claim, sentences[i])

        list(pool.map(share, parts))
        return [f for f in found if f is not None]

    return CrossEncoder(signature=f"{NAME}@{FILES['model.onnx'].sha256[:12]}/{PRECISION}", _rows=rows)


def label_order(labels: Mapping[int, str]) -> tuple[int, int, int]:
    """Return the outputs of SUPPORT, CONTRADICT and NOT_ENOUGH_INFO in a model whose config has ``labels``.

    ``labels`` is a model config's ``id2label``. Raises ModelError unless there are exactly three whose names
    say which is which: an order that is guessed would turn verdicts around without a word.
    """
    meant: dict[str, int] = {}
    for place, label in labels.items():
        letters = "".join(c for c in label.casefold() if c.isalpha())
        found = [kind for kind, starts in _LABELS.items() if letters.startswith(starts)]
        if len(found) != 1 or found[0] in meant:
            break
        meant[found[0]] = int(place)
    if len(labels) != 3 or len(meant) != 3 or set(meant.values()) != {0, 1, 2}:
        shown = ", ".join(f"{i}: {name}" for i, name in sorted(labels.items())) or "none are named"
        raise ModelError(
            f"the cross-encoder's labels are not support, contradiction and neither ({shown[:200]})",
            remedy="name a three-way NLI cross-encoder whose config.json has id2label entailment, "
            "contradiction, neutral",
        )
    return meant["support"], meant["contradict"], meant["neither"]


_LABELS = {
    "support": ("entail", "support"),
    "contradict": ("contra", "refut"),
    "neither": ("neutral", "notenough", "nei", "unrelated"),
}
_KIND = "cross-encoder"
_MOST = 512
"""Word pieces of a pair that a named model reads at most, where it can read so many."""
_REMEDY = "name a three-way NLI cross-encoder: a hub id or a folder"
_TRIED = ("", "a word", "a sentence of more words than any model reads " * 100)


def _named(name: str) -> CrossEncoder:
    folder, shown = named_models.find(name, kind=_KIND, owner=_KIND, files=named_models.CONFIGURATION)
    labels = _labels(folder, name)
    order = label_order(labels)  # before the weights are fetched
    folder, _ = named_models.find(name, kind=_KIND, owner=_KIND)
    named_models.check_weights(folder, kind=_KIND, name=name)
    with named_models.loading(_KIND, name, remedy=_REMEDY):
        logits, read, mark = _opened(folder, name, named_models.stamp(str(folder)))
    if read != labels:
        raise ModelError(f"the cross-encoder {name!r} has not the labels of its config.json", remedy=_REMEDY)

    def rows(claim: str, sentences: Sequence[str], workers: int) -> list[Floats]:  # noqa: ARG001
        return [_log_softmax(logits(s, claim), order, name) for s in sentences]

    return CrossEncoder(signature=f"{shown}@{mark[:12]}/f32", _rows=rows)


def _labels(folder: Path, name: str) -> dict[int, str]:
    read = named_models.configuration(folder, kind=_KIND, name=name)
    with named_models.loading(_KIND, name, remedy="mend id2label in its config.json"):
        return {int(place): str(label) for place, label in read.get("id2label", {}).items()}


def _log_softmax(logits: Sequence[float], order: Sequence[int], name: str) -> Floats:
    import numpy as np

    z = np.asarray(logits, np.float64)[list(order)]
    if not np.isfinite(z).all():
        raise ModelError(f"the cross-encoder {name!r} gives scores that are no numbers", remedy=_REMEDY)
    z = z - z.max()
    scores: Floats = (z - np.log(np.exp(z).sum())).astype(np.float32)
    return scores


@lru_cache(maxsize=1)  # a report builds its verifier twice; ``stamp`` tells a folder that was written anew
def _opened(
    folder: Path,
    name: str,
    stamp: tuple[tuple[str, int, int], ...],  # noqa: ARG001
) -> tuple[Callable[[str, str], list[float]], dict[int, str], str]:
    """Return the function from sentence and claim to logits, the labels' names, the weights' sha256."""
    try:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise named_models.extra_missing(_KIND, name) from error
    logging.disable_progress_bar()
    torch.set_num_threads(1)  # see encoder._opened
    here = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(str(folder), **here)
    model, told = AutoModelForSequenceClassification.from_pretrained(
        str(folder),
        use_safetensors=True,
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # refused below, in words
        **here,
    )
    lacking = sorted([*told["missing_keys"], *(key for key, *_ in told["mismatched_keys"])])
    if lacking:
        shown = ", ".join(lacking[:3])
        raise ModelError(f"the cross-encoder {name!r} lacks weights that fit ({shown})", remedy=_REMEDY)
    model = model.float().eval()
    # RoBERTa's positions start at 2
    positions = (getattr(model.config, "max_position_embeddings", None) or 0) - 2
    most = min(_MOST, tokenizer.model_max_length, positions if positions > 0 else _MOST)

    def logits(sentence: str, claim: str) -> list[float]:
        with torch.inference_mode():
            pair = tokenizer(sentence, claim, truncation=True, max_length=most, return_tensors="pt")
            found: list[float] = model(**pair).logits[0].tolist()
        return found

    labels = {int(place): str(label) for place, label in model.config.id2label.items()}
    if any(len(logits(text, text)) != len(labels) for text in _TRIED):
        raise ModelError(f"the cross-encoder {name!r} has not {len(labels)} outputs", remedy=_REMEDY)
    return logits, labels, named_models.weights_sha256(model.state_dict())
