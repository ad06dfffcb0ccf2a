"""One function goes in and runs in so many processes; sums and gathered predictions come out the same in all.

Gradients are summed once a step rather than by DistributedDataParallel, whose buckets would make the order of
sums, and which weights take part, depend on the model's heads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from .plan import Plan
from .refusal import Refusal

_T = TypeVar("_T")
_LONGEST_WAIT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Worker:
    """One of ``count`` processes, the ``rank``-th, on its ``device``."""

    rank: int
    count: int
    device: Any

    def mine(self, items: Iterable[_T]) -> list[tuple[int, _T]]:
        """Return every ``count``-th of ``items`` with its number: this process's share."""
        return [(n, item) for n, item in enumerate(items) if n % self.count == self.rank]

    def sum(self, tensors: Iterable[Any]) -> None:
        """Add up ``tensors`` over all processes, in place."""
        if self.count > 1:
            from torch import distributed

            for tensor in tensors:
                distributed.all_reduce(tensor)

    def gathered(self, found: dict[int, Any]) -> dict[int, Any]:
        """Return what all processes ``found`` together."""
        if self.count == 1:
            return found
        from torch import distributed

        everything: list[dict[int, Any]] = [{} for _ in range(self.count)]
        distributed.all_gather_object(everything, found)
        return {key: value for part in everything for key, value in part.items()}

    def wait(self) -> None:
        """Return when all processes are here."""
        if self.count > 1:
            from torch import distributed

            distributed.barrier()


def run(work: Callable[..., None], plan: Plan, *given: object) -> None:
    """Call ``work(worker, plan, *given)`` in as many processes as planned; raises what one of them raised."""
    import torch

    if plan.device == "cuda" and torch.cuda.device_count() < plan.processes:
        raise Refusal(f"{plan.processes} GPUs are planned, {torch.cuda.device_count()} can be seen here")
    if plan.processes == 1:
        work(_worker(plan, 0), plan, *given)
        return
    # a sealed job has the loopback interface and nothing else; a file replaces the usual meeting port
    os.environ.update(GLOO_SOCKET_IFNAME="lo", NCCL_SOCKET_IFNAME="lo")
    with TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        arguments = (work, plan, str(meeting), given)
        torch.multiprocessing.spawn(_joined, args=arguments, nprocs=plan.processes, join=True)


def _worker(plan: Plan, rank: int) -> Worker:
    import torch

    if plan.threads:
        torch.set_num_threads(plan.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    if plan.device == "cuda":
        torch.cuda.set_device(rank)
        return Worker(rank, plan.processes, torch.device("cuda", rank))
    return Worker(rank, plan.processes, torch.device("cpu"))


def _joined(
    rank: int, work: Callable[..., None], plan: Plan, meeting: str, given: tuple[object, ...]
) -> None:
    """Join the group, then work: what each started process runs."""
    from torch import distributed

    worker = _worker(plan, rank)
    backend = "cpu:gloo,cuda:nccl" if plan.device == "cuda" else "gloo"
    distributed.init_process_group(
        backend, init_method=f"file://{meeting}", rank=rank, world_size=plan.processes, timeout=_LONGEST_WAIT
    )
    try:
        work(worker, plan, *given)
    finally:
        distributed.destroy_process_group()
