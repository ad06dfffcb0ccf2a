"""What was watched and what came through the pipe go in, how the run ended comes out."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from synth.errors import SandboxError
from synth.sandbox import _limits
from synth.sandbox._unpack import Unpacked, unpack
from synth.sandbox._watch import Watched
from synth.trials import Limits, Ran


def let_out(results: BinaryIO, code: int | None, out: Path, limits: Limits) -> Unpacked:
    """Unpack ``results`` from where it stands into ``out``; nothing where the job never ended (no ``code``).

    Raises SandboxError where ``out`` cannot be written.
    """
    if code is None:
        return Unpacked(files=(), refused=())
    try:
        return unpack(results, out, output_mb=limits.output_mb)
    except OSError as error:
        raise SandboxError(
            f"what the job wrote cannot be kept in {out}: {error}", remedy="free the disk"
        ) from error


def ran(watched: Watched, code: int | None, unpacked: Unpacked, limits: Limits) -> Ran:
    """Put together how it ended: a limit held from outside, one that the job met, or what was refused."""
    ended = -9 if code is None else code
    stopped = watched.stopped or _limits.stopped_by(
        ended, limits=limits, cpu_seconds=watched.cpu_seconds, log=watched.log
    )
    refused = () if watched.stopped or code is None else unpacked.refused
    if refused == () and code is not None and not watched.stopped and watched.code != 0:
        refused = ("what tar could not pack (see its words above)",)
    if refused and not stopped:
        stopped = "output size" if unpacked.over else "refused output"
    return Ran(
        exit_code=ended,
        stopped=stopped,
        log=watched.log + "".join(f"refused: {said}\n" for said in refused),
        cpu_seconds=watched.cpu_seconds,
        wall_seconds=watched.wall_seconds,
        peak_mb=watched.peak_mb,
    )
