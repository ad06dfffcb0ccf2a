"""Pairs of statements and labels go in, a trained alignment network comes out (needs torch).

The torch twin of ``synth.verifiers._network``: same weights, same names, same answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from synth.verifiers import _network
from synth.verifiers._statement import Statement

Array = NDArray[np.float32]
LABELS = ("entail", "contra", "neutral", "not_entail")
HIDDEN, KEY, DIM, VECTORS, DROPOUT = 96, 64, 64, 96, 0.2
_CLAIM_WORDS, _SENTENCE_WORDS = 60, 80


class Example(NamedTuple):
    """One pair as arrays: word rows and flags of both sides, the matrix of equal and opposed stems."""

    claim: NDArray[np.int32]
    claim_flags: NDArray[np.float16]
    sentence: NDArray[np.int32]
    sentence_flags: NDArray[np.float16]
    same: NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Examples with their labels (index in LABELS), weights and sentence vectors (u, v by pair)."""

    examples: Sequence[Example]
    labels: NDArray[np.int64]
    weights: Array
    vectors: Callable[[Sequence[int]], tuple[Array, Array]]


def example(
    claim: Statement,
    sentence: Statement,
    *,
    vocabulary: Mapping[str, int],
    idf: Mapping[str, float],
    unseen: float,
) -> Example:
    """Return the arrays of one pair, cut to what is looked at in training."""
    return Example(
        _network.rows(claim, vocabulary)[:_CLAIM_WORDS],
        _network.flags(claim, sentence, idf, unseen)[:_CLAIM_WORDS].astype(np.float16),
        _network.rows(sentence, vocabulary)[:_SENTENCE_WORDS],
        _network.flags(sentence, claim, idf, unseen)[:_SENTENCE_WORDS].astype(np.float16),
        _network.matches(claim, sentence)[:_CLAIM_WORDS, :_SENTENCE_WORDS].astype(np.int8),
    )


class PairNetwork(nn.Module):
    """See ``synth.verifiers._network.Network``; ``table`` is the starting word table, words x DIM."""

    def __init__(self, table: Array) -> None:
        super().__init__()
        known = _network.FLAGS
        self.table = nn.Parameter(torch.tensor(table))
        self.context = nn.Linear(3 * (DIM + known), HIDDEN)
        self.key = nn.Linear(HIDDEN, KEY, bias=False)
        self.same = nn.Parameter(torch.tensor([3.0, 1.0]))
        self.compare = nn.Linear(4 * HIDDEN + known, HIDDEN)
        self.vectors = nn.Linear(2 * 384, VECTORS)
        self.hidden = nn.Linear(4 * HIDDEN + VECTORS, 128)
        self.out = nn.Linear(128, 3)
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Return the logits (n x 3) of a batch of ``collated`` tensors."""
        ids_a, flags_a, mask_a, ids_b, flags_b, mask_b, same, u, v = batch
        a, b = self._context(ids_a, flags_a, mask_a), self._context(ids_b, flags_b, mask_b)
        affinity = self.key(a) @ self.key(b).transpose(1, 2) / KEY**0.5
        affinity = affinity + self.same[0] * (same > 0) + self.same[1] * (same < 0)
        to_b = affinity.masked_fill(~mask_b[:, None, :].bool(), -1e4).softmax(-1)
        to_a = affinity.transpose(1, 2).masked_fill(~mask_a[:, None, :].bool(), -1e4).softmax(-1)
        one = self._compared(a, to_b @ b, flags_a)
        two = self._compared(b, to_a @ a, flags_b)
        pooled = torch.cat([*_pooled(one, mask_a), *_pooled(two, mask_b)], -1)
        vectors = F.relu(self.vectors(self.drop(torch.cat([(u - v).abs(), u * v], -1))))
        hidden = F.relu(self.hidden(self.drop(torch.cat([pooled, vectors], -1))))
        logits: Tensor = self.out(self.drop(hidden))
        return logits

    def _context(self, ids: Tensor, flags: Tensor, mask: Tensor) -> Tensor:
        x = self.drop(torch.cat([F.embedding(ids, self.table), flags], -1) * mask[..., None])
        padded = F.pad(x, (0, 0, 1, 1))
        return F.relu(self.context(torch.cat([padded[:, :-2], padded[:, 1:-1], padded[:, 2:]], -1)))

    def _compared(self, own: Tensor, other: Tensor, flags: Tensor) -> Tensor:
        parts = torch.cat([own, other, (own - other).abs(), own * other, flags], -1)
        return F.relu(self.compare(self.drop(parts)))


def _pooled(x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    kept = x * mask[..., None]
    return kept.sum(1) / mask.sum(1, keepdim=True), kept.max(1).values


def loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted log loss; "not_entail" rows only ask that the support be low."""
    logs = logits.log_softmax(-1)
    full = -logs.gather(1, labels.clamp(max=2)[:, None])[:, 0]
    collapsed = -torch.logsumexp(logs[:, 1:], -1)
    return (torch.where(labels == 3, collapsed, full) * weights).sum() / weights.sum()


def collated(examples: Sequence[Example], vectors: tuple[Array, Array]) -> tuple[Tensor, ...]:
    """Return examples as padded tensors."""
    n, la, lb = len(examples), max(len(e.claim) for e in examples), max(len(e.sentence) for e in examples)
    ids_a, ids_b = np.zeros((n, la), np.int64), np.zeros((n, lb), np.int64)
    mask_a, mask_b = np.zeros((n, la), np.float32), np.zeros((n, lb), np.float32)
    flags_a = np.zeros((n, la, _network.FLAGS), np.float32)
    flags_b = np.zeros((n, lb, _network.FLAGS), np.float32)
    same = np.zeros((n, la, lb), np.int8)
    for k, e in enumerate(examples):
        a, b = len(e.claim), len(e.sentence)
        ids_a[k, :a], mask_a[k, :a], flags_a[k, :a] = e.claim, 1, e.claim_flags
        ids_b[k, :b], mask_b[k, :b], flags_b[k, :b] = e.sentence, 1, e.sentence_flags
        same[k, : e.same.shape[0], : e.same.shape[1]] = e.same
    whole = (ids_a, flags_a, mask_a, ids_b, flags_b, mask_b, same, *vectors)
    return tuple(torch.from_numpy(x) for x in whole)


def batches(
    examples: Sequence[Example], which: Sequence[int], *, size: int, rng: random.Random
) -> Iterator[list[int]]:
    """Yield shuffled batches of like lengths."""
    order = list(which)
    rng.shuffle(order)
    found = []
    for start in range(0, len(order), size * 50):
        part = sorted(
            order[start : start + size * 50], key=lambda i: len(examples[i].claim) + len(examples[i].sentence)
        )
        found += [part[j : j + size] for j in range(0, len(part), size)]
    rng.shuffle(found)
    yield from found


def epoch(
    network: PairNetwork,
    optimiser: torch.optim.Optimizer,
    data: Training,
    which: Sequence[int],
    *,
    rate: float,
    decay: float,
    rng: random.Random,
) -> float:
    """Train once over ``which`` and return the mean loss.

    The learning rate starts at ``rate`` and falls linearly by the share ``decay``.
    """
    network.train()
    steps = list(batches(data.examples, which, size=64, rng=rng))
    total = 0.0
    for k, batch in enumerate(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - decay * k / len(steps))
        tensors = collated([data.examples[i] for i in batch], data.vectors(batch))
        value = loss(
            network(tensors), torch.from_numpy(data.labels[batch]), torch.from_numpy(data.weights[batch])
        )
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        total += value.item()
    return total / len(steps)


def optimiser(network: PairNetwork) -> torch.optim.Optimizer:
    """Return AdamW without decay on the word table."""
    rest = [p for name, p in network.named_parameters() if name != "table"]
    return torch.optim.AdamW(
        [{"params": [network.table], "weight_decay": 0.0}, {"params": rest}], weight_decay=1e-3
    )


def exported(network: PairNetwork) -> dict[str, NDArray[np.float16]]:
    """Return the weights as float16 arrays under their names."""
    return {name: p.detach().numpy().astype(np.float16) for name, p in network.state_dict().items()}
