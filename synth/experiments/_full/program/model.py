"""A folder of XLM-R weights and a stage's tasks go in, an encoder with new heads comes out; and its loss.

Heads are those of the authors' code: dropout, dense, tanh, dropout, output over the first token (classify,
choice); dropout, output (tag); output alone (span).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from .encode import IGNORED, Feature
from .plan import Plan, Task
from .refusal import Refusal
from .schedule import number


def load(folder: Path, *, tasks: Mapping[str, Task], plan: Plan, key: str) -> Any:
    """Return ``ModuleDict(encoder, heads)`` on the CPU: weights of ``folder``, heads by seed and ``key``.

    Raises Refusal where the folder holds no XLM-R, or fewer layers than the plan pools at.
    """
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        encoder = transformers.XLMRobertaModel.from_pretrained(
            str(folder), add_pooling_layer=False, local_files_only=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise Refusal(f"model: not a folder of XLM-R weights: {error}") from error
    if encoder.config.num_hidden_layers < plan.layer:
        layers = encoder.config.num_hidden_layers
        raise Refusal(f"model: {layers} layers, and the plan pools at layer {plan.layer}")
    longest = max([8, *(task.length for task in plan.tasks.values())])
    # positions begin behind the padding's own
    if encoder.config.max_position_embeddings - encoder.config.pad_token_id - 1 < longest:
        raise Refusal(f"model: too few positions for the plan's longest rows of {longest} tokens")
    torch.manual_seed(number(plan.seed, key, "heads"))
    heads = {name: _head(task, encoder.config) for name, task in tasks.items()}
    return torch.nn.ModuleDict({"encoder": encoder, "heads": torch.nn.ModuleDict(heads)})


def _head(task: Task, config: Any) -> Any:
    from torch import nn

    size, rate = config.hidden_size, config.hidden_dropout_prob
    if task.kind == "span":
        return nn.Linear(size, 2)
    if task.kind == "tag":
        return nn.Sequential(nn.Dropout(rate), nn.Linear(size, len(task.labels)))
    outputs = 1 if task.kind == "choice" else len(task.labels)
    return nn.Sequential(
        nn.Dropout(rate), nn.Linear(size, size), nn.Tanh(), nn.Dropout(rate), nn.Linear(size, outputs)
    )


def autocast(plan: Plan) -> AbstractContextManager[None]:
    """Return the context that a forward pass runs in."""
    import torch

    made: AbstractContextManager[None] = torch.autocast(
        plan.device, dtype=torch.bfloat16, enabled=plan.precision == "bf16"
    )
    return made


def padded(sequences: Sequence[Any], pad: int) -> Any:
    """Return 1-d arrays as one int64 array, shape (sequences, longest), filled up with ``pad``."""
    longest = max(len(sequence) for sequence in sequences)
    filled = np.full((len(sequences), longest), pad, dtype=np.int64)
    for place, sequence in zip(filled, sequences, strict=True):
        place[: len(sequence)] = sequence
    return filled


def hidden(model: Any, features: Sequence[Feature], *, pad: int, device: Any, every: bool = False) -> Any:
    """Return what the encoder makes of ``features``, one sequence a row, and their mask.

    The last layer's states, shape (sequences, tokens, size); with ``every`` those of every layer, in a tuple.
    """
    import torch

    sequences = [ids for feature in features for ids in feature.ids]
    lengths = torch.tensor([len(ids) for ids in sequences])
    tokens = torch.from_numpy(padded(sequences, pad))
    mask = (torch.arange(tokens.shape[1])[None, :] < lengths[:, None]).long().to(device)
    made = model["encoder"](input_ids=tokens.to(device), attention_mask=mask, output_hidden_states=every)
    return (made.hidden_states if every else made.last_hidden_state), mask


def logits(model: Any, name: str, task: Task, features: Sequence[Feature], *, pad: int, device: Any) -> Any:
    """Return the head's outputs in 32 bits.

    Shape (features, labels) for classify, (features, choices) for choice, (features, tokens, labels) for tag,
    (features, tokens, 2) for span.
    """
    states, _ = hidden(model, features, pad=pad, device=device)
    head = model["heads"][name]
    if task.kind in ("span", "tag"):
        return head(states).float()
    made = head(states[:, 0]).float()
    return made.view(len(features), task.choices) if task.kind == "choice" else made


def loss(outputs: Any, task: Task, features: Sequence[Feature], *, device: Any) -> Any:
    """Return the mean cross-entropy of ``outputs``: over features, words (tag) or both ends (span).

    The mean over words is that of one part of a batch, as in the authors' code.
    """
    import torch
    from torch.nn import functional

    if task.kind == "tag":
        gold = torch.from_numpy(padded([feature.target for feature in features], IGNORED)).to(device)
        return functional.cross_entropy(outputs.flatten(0, 1), gold.flatten(), ignore_index=IGNORED)
    gold = torch.from_numpy(np.stack([feature.target for feature in features]).astype(np.int64)).to(device)
    if task.kind == "span":
        lengths = torch.tensor([len(feature.ids[0]) for feature in features], device=device)
        ends = masked(outputs, lengths)
        first = functional.cross_entropy(ends[..., 0], gold[:, 0])
        return (first + functional.cross_entropy(ends[..., 1], gold[:, 1])) / 2
    return functional.cross_entropy(outputs, gold[:, 0])


def masked(outputs: Any, lengths: Any) -> Any:
    """Return span ``outputs`` with padding out of reach, so that how a batch was padded changes no loss."""
    import torch

    beyond = torch.arange(outputs.shape[1], device=outputs.device)[None, :] >= lengths[:, None]
    return outputs.masked_fill(beyond[..., None], -1e9)
