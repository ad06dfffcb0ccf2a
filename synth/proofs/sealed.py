"""A plan for one Lean program in, what it printed and left out: one program, one fresh seal."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from synth.proofs.plain import read_plain
from synth.proofs.toolchain import Toolchain
from synth.trials import Limits, Prepared, Ran

OLEAN_BYTES = 48 << 20
_PRINTED_BYTES = 8 << 20
LIMITS = Limits(
    cpu_seconds=1800, wall_seconds=1800, memory_mb=16_384, file_mb=64, output_mb=64, log_mb=4, processes=128
)
"""Lean maps the compiled files of a library into its address space, hence the memory."""


class Sealed(Protocol):
    """What is needed of a seal."""

    def run(
        self,
        prepared: Prepared,
        *,
        limits: Limits,
        out: Path,
        gpu: bool = False,
        line: Callable[[str], None] | None = None,
    ) -> Ran:
        """Run the job without network; plain files that it wrote come into the empty folder ``out``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where checks are run: the seal, the toolchain and the limits of one run."""

    seal: Sealed
    toolchain: Toolchain
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a program printed, its exit status, and the files that it left, by name."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    kept: tuple[tuple[str, bytes], ...]

    def file(self, name: str) -> bytes | None:
        """Return the file ``name``, None where the program left none."""
        return dict(self.kept).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broke:
    """A run that ended by a limit or a crash, in words."""

    why: str


def run(
    bench: Bench,
    argv: tuple[str, ...],
    *,
    files: tuple[tuple[str, bytes], ...],
    keep: tuple[str, ...] = (),
    environment: tuple[tuple[str, str], ...] = (),
    tools: tuple[Path, ...] = (),
) -> Said | Broke:
    """Run ``argv`` in a Lake project of ours that holds ``files``; "{inputs}" stands for the inputs' folder.

    ``tools`` are the programs beside lean and lake that the seal must hold; ``place`` says where they stand.

    Nothing remains of one run for the next but what the caller passes on. Raises SandboxError where the
    seal itself fails.
    """
    folders = _folders(bench.toolchain, tools)
    plan = {"argv": argv, "keep": keep, "environment": _environment(folders) | dict(environment)}
    prepared = Prepared(
        command=("{python}", "/job/inputs/inside.py", "/job/inputs", "/job/out"),
        files=(("inside.py", program("inside.py")), ("plan.json", json.dumps(plan).encode()), *files),
        folders=folders,
    )
    with tempfile.TemporaryDirectory(prefix="synth-proof-") as name:
        out = Path(name, "out")
        out.mkdir()
        ran = bench.seal.run(prepared, limits=bench.limits, out=out)
        return _read(ran, out, keep)


def place(toolchain: Toolchain, tool: Path) -> str:
    """Return where ``tool`` stands in the seal, for ``argv``."""
    # a program of the toolchain finds its shared libraries beside itself
    if tool.is_relative_to(toolchain.root):
        return f"{{inputs}}/toolchain/{tool.relative_to(toolchain.root)}"
    return f"{{inputs}}/{tool.name}-folder/{tool.name}"


def program(name: str) -> bytes:
    """Return a file of this folder that is run in the seal."""
    return Path(__file__).with_name(name).read_bytes()


def _folders(toolchain: Toolchain, tools: tuple[Path, ...]) -> tuple[tuple[str, Path], ...]:
    return (
        ("toolchain", toolchain.root),
        *((f"{tool.name}-folder", tool.parent) for tool in tools if not tool.is_relative_to(toolchain.root)),
        *((f"library-{n}", path) for n, path in enumerate(toolchain.libraries)),
    )


def _environment(folders: tuple[tuple[str, Path], ...]) -> dict[str, str]:
    libraries = [f"{{inputs}}/{name}" for name, _ in folders if name.startswith("library-")]
    found = {"PATH": "{inputs}/toolchain/bin:/usr/local/bin:/usr/bin:/bin"}
    return found | {"LEAN_PATH": ":".join(libraries)} if libraries else found


def _read(ran: Ran, out: Path, keep: tuple[str, ...]) -> Said | Broke:
    if ran.stopped:
        return Broke(why=f"it was stopped: {ran.stopped}")
    code = (_file(out / "exit", 16) or b"").decode("ascii", "replace")
    stdout, stderr = (_file(out / name, _PRINTED_BYTES) for name in ("stdout", "stderr"))
    if ran.exit_code != 0 or not code.lstrip("-").isdigit() or stdout is None or stderr is None:
        last = "".join(c if c.isprintable() else " " for c in ran.log[-200:]).strip()
        return Broke(
            why=f"it ended with status {ran.exit_code} and left no whole answer ({last or 'no word'})"
        )
    if int(code) < 0 or int(code) > 128:
        return Broke(why=f"the program crashed (status {int(code)})")
    left = ((name, _file(out / name, OLEAN_BYTES)) for name in keep)
    kept = tuple((name, content) for name, content in left if content is not None)
    return Said(exit_code=int(code), stdout=stdout, stderr=stderr, kept=kept)


def _file(path: Path, most: int) -> bytes | None:
    found = read_plain(path, most=most)
    return None if isinstance(found, str) else found
