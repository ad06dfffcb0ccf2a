"""Rows, batches and seeds go in, steps, orders and rates come out: arithmetic that needs no torch.

Everything random is a function of seed and position, so that a resumed run needs no saved generator and the
number of processes changes nothing. ``random.Random`` gives the same numbers on every platform.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

_T = TypeVar("_T")

WEIGHTS, MOMENTS = 4, 8
"""Bytes a parameter in 32 bits, and bytes of Adam's two moments of it."""


def steps(rows: int, *, batch: int, epochs: int, most: int = 0) -> int:
    """Return the optimizer steps of ``epochs`` over ``rows``; ``most`` caps them where it is not 0."""
    wanted = -(-rows // batch) * epochs
    return min(wanted, most) if most else wanted


def steps_together(rows: Mapping[str, int], *, batch: int, epochs: int, most: int = 0) -> int:
    """Return the steps of a stage over several tasks (name -> rows), capped by ``most`` where it is not 0."""
    wanted = sum(steps(count, batch=batch, epochs=epochs) for count in rows.values())
    return min(wanted, most) if most else wanted


def state_bytes(parameters: int) -> int:
    """Return the most bytes that ``/job/state`` holds at once besides predictions.

    Two checkpoints (weights and moments) while one replaces the other, the best weights of both, the arm's
    encoder. Holds where ``checkpoint_every`` is at most ``dev_every``.
    """
    return parameters * (2 * (WEIGHTS + MOMENTS) + 2 * WEIGHTS + WEIGHTS)


def number(*parts: object) -> int:
    """Return a number in [0, 2**63) that depends on all ``parts`` and on nothing else."""
    words = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(sha256(words.encode()).digest()[:8], "big") >> 1


def draws(rows: Mapping[str, int], *, count: int, seed: int) -> list[str]:
    """Return the task of each of ``count`` steps, drawn in proportion to rows (proportional sampling)."""
    if len(rows) == 1:
        return list(rows) * count
    return random.Random(seed).choices(list(rows), weights=list(rows.values()), k=count)


def batch_at(rows: int, position: int, *, batch: int, seed: int) -> tuple[int, ...]:
    """Return the row numbers of batch ``position`` of an endless stream of shuffled epochs over ``rows``."""
    an_epoch = steps(rows, batch=batch, epochs=1)
    epoch, place = divmod(position, an_epoch)
    return _order(rows, number(seed, epoch))[place * batch : (place + 1) * batch]


def parts(items: Sequence[_T], micro: int) -> list[Sequence[_T]]:
    """Return ``items`` cut into pieces of at most ``micro``."""
    return [items[start : start + micro] for start in range(0, len(items), micro)]


def rate(step: int, *, count: int, warmup: float) -> float:
    """Return the share of the full rate at ``step`` (from 0) of ``count``: linear up, then linearly to 0."""
    rising = warmup * count
    if step < rising:
        return step / max(1.0, rising)
    return max(0.0, (count - step) / max(1.0, count - rising))


@lru_cache(maxsize=16)
def _order(rows: int, seed: int) -> tuple[int, ...]:
    order = list(range(rows))
    random.Random(seed).shuffle(order)
    return tuple(order)
