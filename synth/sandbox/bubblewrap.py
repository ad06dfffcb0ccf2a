"""A prepared job goes in, it runs in namespaces of its own under bubblewrap, checked plain files come out.

Everything that the seal holds is in ``_words`` (namespaces, mounts), ``_seccomp`` (calls), ``_limits`` (what
one process may use) and ``_watch`` (what all may use together, and for how long). Not held: the memory of
empty files and socket buffers, and side channels.
"""

from __future__ import annotations

import functools
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from synth.errors import SandboxError
from synth.sandbox import Lack, _limits, _seccomp
from synth.sandbox._causes import INSTALL, cause
from synth.sandbox._ending import let_out, ran
from synth.sandbox._interpreter import NOBODY, closed, hidden, interpreter
from synth.sandbox._staging import INPUTS, OUT, STATE, Staged, environment, kept, staged, words
from synth.sandbox._unpack import most_bytes
from synth.sandbox._watch import Watched, end, watch
from synth.trials import Limits, Prepared, Ran

_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
_TRIAL = Limits(cpu_seconds=5, wall_seconds=10, memory_mb=512, file_mb=1, output_mb=1, log_mb=1)
# Root binds what the unprivileged uid could not reach, in a mount namespace that ends with the run.
_REACH = """
while [ "$1" != -- ]; do mount -n --bind "$1" "$2" || exit 1; shift 2; done
shift
exec setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The bubblewrap of this machine, and which of the options that came late it has."""

    path: str
    version: str
    sizes: bool
    disables_userns: bool


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The seal of this machine; see ``sandbox.Seal``."""

    @property
    def name(self) -> str:
        """Return the backend with its version ("bubblewrap 0.8.0")."""
        path = shutil.which("bwrap")
        return f"bubblewrap {_found(path).version}" if path else "bubblewrap"

    def lack(self) -> Lack | None:
        """Return what keeps bubblewrap from sealing here, found by sealing /usr/bin/true, or None."""
        return _missing() or _trial()

    def run(
        self,
        prepared: Prepared,
        *,
        limits: Limits,
        out: Path,
        gpu: bool = False,
        state: Path | None = None,
        line: Callable[[str], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Ran:
        """Run the job sealed; see ``sandbox.Seal``.

        What may not leave is named in the last lines of the log and makes ``stopped`` "refused output"; the
        files that may are let out. The other words of ``stopped``: wall clock, CPU time, memory, processes,
        output size, log size. The thread that calls must live as long as the run: its end would end it
        (PR_SET_PDEATHSIG is a thread's). Raises SandboxError where the seal or an input is at fault.
        """
        if lack := _missing():
            raise SandboxError(f"no seal: {lack.what}", remedy=lack.remedy)
        with tempfile.TemporaryFile() as results:
            watched = _sealed(prepared, limits, results=results, gpu=gpu, state=state, line=line, stop=stop)
            started, code, at = _limits.head(results.read(64))
            if not started:
                lack = cause(watched.log)
                raise SandboxError(f"no seal: {lack.what}", remedy=lack.remedy)
            results.seek(at)
            return ran(watched, code, let_out(results, code, out, limits), limits)


SEAL = Bubblewrap()


def _missing() -> Lack | None:
    """Return what is not installed, without starting a seal."""
    if sys.platform != "linux":
        return Lack(
            what="bubblewrap seals on Linux alone", remedy="run synth on Linux, or in a Linux virtual machine"
        )
    path = shutil.which("bwrap")
    if path is None:
        return Lack(what="bubblewrap is not installed", remedy=INSTALL)
    if not _found(path).sizes:
        what = f"bubblewrap {_found(path).version} cannot size a tmpfs (0.7 can)"
        return Lack(what=what, remedy=INSTALL)
    for needed in _limits.NEEDED:
        if not Path(needed).exists():
            return Lack(what=f"{needed} is missing", remedy="install util-linux and GNU tar")
    return _seccomp.lack()


def _trial() -> Lack | None:
    job = Prepared(command=("/usr/bin/true",))
    with tempfile.TemporaryFile() as results:
        try:
            watched = _sealed(job, _TRIAL, results=results)
        except SandboxError as error:
            return Lack(what=error.message, remedy=error.remedy)
        return None if _limits.head(results.read(64))[0] else cause(watched.log)


def _sealed(
    prepared: Prepared,
    limits: Limits,
    *,
    results: BinaryIO,
    gpu: bool = False,
    state: Path | None = None,
    line: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Watched:
    """Stage the inputs, run the job, and leave what it handed out in ``results``."""
    shown = interpreter()
    marker = secrets.token_hex(16)
    argv = words(prepared, python=shown.path, marker=marker)
    root = os.geteuid() == 0
    with staged(prepared) as inputs, _filter(gpu=gpu, loopback=prepared.loopback) as seccomp:
        uid = NOBODY if root else os.geteuid()
        bound = (
            *((at, str(at)) for at in shown.folders),
            *((at, f"{INPUTS}/{n}") for n, at in inputs.folders),
            *((at, STATE) for at in kept(state)),
        )
        reach = _reach(bound, staged=inputs) if root else {}
        binds = tuple((reach.get(at, at), to) for at, to in bound)
        others = _limits.counted_outside(uid)
        seal = _words(
            binds=binds,
            inputs=inputs.inputs,
            limits=limits,
            seccomp=seccomp,
            nodes=gpu_nodes() if gpu else (),
        )
        return watch(
            (*_reached(reach), *seal, "--", *_limits.under(limits, argv, gpu=gpu, others=others)),
            environment=environment(marker),
            limits=limits,
            results=results,
            most_results=most_bytes(limits.output_mb),
            kill=end,
            user=NOBODY if root and not reach else None,
            pass_fds=(seccomp,),
            line=line,
            stop=stop,
        )


def _words(
    *, binds: tuple[tuple[Path, str], ...], inputs: Path, limits: Limits, seccomp: int, nodes: tuple[str, ...]
) -> tuple[str, ...]:
    """Return bubblewrap's argv. The order matters: a mount hides what was mounted below its place before."""
    found = _found(shutil.which("bwrap") or "bwrap")
    disable = ("--disable-userns",) if found.disables_userns else ()
    return (
        found.path,
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", *disable, "--uid", str(NOBODY), "--gid", str(NOBODY)),
        # as process 1 the shell's end ends all, and what they used is counted
        *("--as-pid-1", "--cap-drop", "ALL", "--new-session", "--die-with-parent", "--hostname", "sealed"),
        *_system_words(),
        *("--proc", "/proc"),
        *_device_words(nodes, limits),
        *_sized(limits.file_mb, "/tmp"),
        *(
            word
            for source, to in binds
            if not to.startswith(INPUTS)
            for word in ("--bind" if to == STATE else "--ro-bind", str(source), to)
        ),
        *("--ro-bind", str(inputs), INPUTS),
        *(word for source, to in binds if to.startswith(INPUTS) for word in ("--ro-bind", str(source), to)),
        *_sized(limits.output_mb, OUT),
        # bubblewrap's own root is a tmpfs without a size
        *("--remount-ro", "/", "--chdir", "/tmp", "--seccomp", str(seccomp)),
    )


def _system_words() -> Iterator[str]:
    """Yield the read-only system: /usr, its usual links or folders, and what ld.so reads."""
    yield from ("--ro-bind", "/usr", "/usr")
    for place in _SYSTEM:
        if os.path.islink(place):
            yield from ("--symlink", os.readlink(place), place)
        elif os.path.isdir(place):
            yield from ("--ro-bind", place, place)
    for place in _SETTINGS:
        yield from ("--ro-bind-try", place, place)


def _device_words(nodes: tuple[str, ...], limits: Limits) -> Iterator[str]:
    """Yield /dev: what every program needs, the GPU's nodes, a sized /dev/shm; nothing else to write."""
    yield from ("--dev", "/dev")
    for node in nodes:
        yield from ("--dev-bind", node, node)
    yield from (*_sized(limits.file_mb, "/dev/shm"), "--remount-ro", "/dev")


def _sized(size_mb: int, place: str) -> tuple[str, ...]:
    return ("--size", str(size_mb * _limits.MIB), "--tmpfs", place)


def gpu_nodes(dev: Path = Path("/dev")) -> tuple[str, ...]:
    """Return the device nodes of NVIDIA's driver in ``dev``; raises SandboxError where there is none."""
    nodes = tuple(sorted(str(at) for at in dev.glob("nvidia*") if at.is_char_device() or at.is_dir()))
    if not any(re.fullmatch(r"nvidia\d+", Path(node).name) for node in nodes):
        raise SandboxError("this machine has no NVIDIA GPU", remedy="choose a tier that runs on the CPU")
    return nodes


def _reach(bound: tuple[tuple[Path, str], ...], *, staged: Staged) -> dict[Path, Path]:
    """Return for each folder that the unprivileged uid cannot reach a place where root can show it.

    Raises SandboxError for a folder that this uid may not read wherever it stood.
    """
    reach: dict[Path, Path] = {}
    for folder in (*(folder for folder, _ in bound), Path(sys.executable)):
        if closed(folder, uid=NOBODY):
            raise SandboxError(
                f"a sealed job runs as an unprivileged user, who may not read {folder}",
                remedy=f"chmod -R o+rX {folder}, or keep it elsewhere (Python under /opt or /usr/local)",
            )
        if folder.is_dir() and hidden(folder, uid=NOBODY):
            reach[folder] = staged.root / f"shown-{len(reach)}"
            reach[folder].mkdir(mode=0o755)
    return reach


def _reached(reach: dict[Path, Path]) -> tuple[str, ...]:
    """Return the words that bind what ``reach`` names and go on as the unprivileged uid."""
    if not reach:
        return ()
    pairs = (word for source, at in reach.items() for word in (str(source), str(at)))
    return ("/usr/bin/unshare", "--mount", "--", _limits.SHELL, "-c", _REACH, "reach", *pairs, "--")


@contextmanager
def _filter(*, gpu: bool, loopback: bool) -> Iterator[int]:
    """Give a descriptor from which bubblewrap reads the seccomp filter."""
    held = os.memfd_create("seccomp")
    try:
        os.write(held, _seccomp.program(memfd=gpu, loopback=loopback))
        os.lseek(held, 0, os.SEEK_SET)
        yield held
    finally:
        os.close(held)


@functools.cache
def _found(path: str) -> _Found:
    """Ask the bubblewrap at ``path`` once for what it can do."""
    asked = {}
    for option in ("--version", "--help"):
        answer = subprocess.run([path, option], capture_output=True, text=True, check=False)
        asked[option] = answer.stdout + answer.stderr
    version = re.search(r"\d+\.\d+(\.\d+)?", asked["--version"])
    return _Found(
        path=path,
        version=version[0] if version else "of unknown version",
        sizes="--size " in asked["--help"],
        disables_userns="--disable-userns" in asked["--help"],
    )
