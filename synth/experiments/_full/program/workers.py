"""One function goes in and runs in so many processes; sums and gathered predictions come out the same in all.

Gradients are summed once a step rather than by DistributedDataParallel, whose buckets would make the order of
sums, and which weights take part, depend on the model's heads.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from .plan import Plan
from .refusal import Refusal

_T = TypeVar("_T")
REFUSED = 2
"""Exit code of a process that said in one line why it cannot go on."""
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
    """Call ``work(worker, plan, *given)`` in as many processes as planned.

    Raises Refusal for what the plan asks and this machine has not, or where one of the processes refused.
    """
    import torch

    if plan.device == "cuda" and torch.cuda.device_count() < plan.processes:
        raise Refusal(f"{plan.processes} GPUs are planned, {torch.cuda.device_count()} can be seen here")
    if plan.processes == 1:
        _work(work, _worker(plan, 0), plan, given)
        return
    _check_loopback()
    # a sealed job has the loopback interface and nothing else; a file replaces the usual meeting port
    os.environ.update(GLOO_SOCKET_IFNAME="lo", NCCL_SOCKET_IFNAME="lo")
    with TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        arguments = (work, plan, str(meeting), given)
        try:
            torch.multiprocessing.spawn(_joined, args=arguments, nprocs=plan.processes, join=True)
        except torch.multiprocessing.ProcessExitedException as error:
            if error.exit_code != REFUSED:
                raise
            raise Refusal(f"one of {plan.processes} processes could not go on, see the line above") from error


def _work(work: Callable[..., None], worker: Worker, plan: Plan, given: tuple[object, ...]) -> None:
    import torch

    try:
        work(worker, plan, *given)
    except torch.OutOfMemoryError as error:
        raise Refusal(f"the memory of {worker.device} is full; plan a smaller micro") from error


def _check_loopback() -> None:
    """Raise Refusal where processes could not speak to each other, which would else end in a long wait."""
    try:
        with socket.socket(socket.AF_INET) as one:
            one.bind(("127.0.0.1", 0))
    except OSError as error:
        raise Refusal(
            f"several processes need the loopback interface, which is shut here ({error.strerror}); plan one"
        ) from error


def _worker(plan: Plan, rank: int) -> Worker:
    import torch

    if plan.threads:
        torch.set_num_threads(plan.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # nothing here reads memory that was not written, and filling it takes time
    torch.utils.deterministic.fill_uninitialized_memory = False
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
        _work(work, worker, plan, given)
    except Refusal as refusal:
        print(f"refused: {refusal}", file=sys.stderr, flush=True)
        sys.exit(REFUSED)
    finally:
        distributed.destroy_process_group()
