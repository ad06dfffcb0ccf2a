"""A prepared job goes in, it runs in a container without network or privileges, checked plain files come out.

For machines without bubblewrap that have podman or docker. The image is made here and empty (``_images``);
/usr and the interpreter are bound read-only, so nothing is pulled. A user's own image is used as it is: it
must hold python3, sh, tar and prlimit. Costs 0.2 to 0.5 s a start. What one process may use is set inside
(``_limits``); CPU time and memory of all together are read from outside.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import os
import platform
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from synth.errors import SandboxError
from synth.sandbox import Lack, _limits, _seccomp, bubblewrap
from synth.sandbox._ending import let_out, ran
from synth.sandbox._eye import looking
from synth.sandbox._images import SYSTEM, asked, empty_image, last_line
from synth.sandbox._interpreter import NOBODY, Interpreter, closed, interpreter
from synth.sandbox._leftovers import LABEL, fresh_name, sweep
from synth.sandbox._staging import INPUTS, OUT, Staged, environment, staged, words
from synth.sandbox._unpack import most_bytes
from synth.sandbox._watch import Watched, watch
from synth.trials import Limits, Prepared, Ran

_INSTALL = "apt install podman, dnf install podman or pacman -S podman"
_SUBUIDS = (
    "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER && podman system migrate"
)
_SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
_TRIAL = Limits(cpu_seconds=5, wall_seconds=30, memory_mb=512, file_mb=1, output_mb=1, log_mb=1)
# Above the ranges that useradd gives to users and systemd to its containers.
_FIRST_UID = 2_000_000_000
_ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97


@dataclass(frozen=True, slots=True)
class Container:
    """The seal of podman or docker, with an empty image or with ``image``; see ``sandbox.Seal``."""

    image: str = ""

    @property
    def name(self) -> str:
        """Return the engine with its version, and the image where it is a user's ("podman 4.3.1")."""
        found = _working(self)
        if isinstance(found, Lack):
            return "container"
        return " ".join((_version(found), *((f"({self.image})",) if self.image else ())))

    def lack(self) -> Lack | None:
        """Return what keeps podman and docker from sealing here, found by sealing `true`, or None."""
        found = _working(self)
        return found if isinstance(found, Lack) else None

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
        """Run the job sealed; see ``sandbox.Seal``. CPU time is that of the last look, 0.25 s before the end.

        ``stopped`` speaks as bubblewrap's does. Raises SandboxError where the seal or an input is at fault.
        """
        engine = _working(self)
        if isinstance(engine, Lack):
            raise SandboxError(f"no seal: {engine.what}", remedy=engine.remedy)
        if state is not None or prepared.loopback:
            what = "keeps no state between runs" if state is not None else "has no loopback for its processes"
            raise SandboxError(f"a container {what}", remedy="install bubblewrap, which does")
        with tempfile.TemporaryFile() as results:
            watched = _sealed(
                engine, self.image, prepared, limits, results=results, gpu=gpu, line=line, stop=stop
            )
            started, code, at = _limits.head(results.read(64))
            if not started and not watched.stopped:
                said = last_line(watched.log.encode())
                raise SandboxError(f"no seal: {engine[0]} did not start: {said}", remedy="run `synth doctor`")
            results.seek(at)
            return ran(watched, code, let_out(results, code, out, limits), limits)


SEAL = Container()


@functools.cache
def _working(seal: Container) -> tuple[str, ...] | Lack:
    """Return the words that start the first engine here that can seal, else what the last one lacks."""
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        return Lack(
            what="containers seal on Linux (x86-64, aarch64) alone",
            remedy="run synth in a Linux virtual machine",
        )
    lack = Lack(what="neither podman nor docker is installed", remedy=_INSTALL)
    for engine in _engines():
        found = _trial(engine, seal.image)
        if found is None:
            sweep(engine)
            return engine
        if lack.remedy == _INSTALL or engine[0].endswith("podman"):
            lack = found
    return lack


def _engines() -> Iterator[tuple[str, ...]]:
    """Yield what may be tried: podman, podman with runc (which knows more kinds of cgroups), docker."""
    podman, runc, docker = (shutil.which(name) for name in ("podman", "runc", "docker"))
    if podman:
        yield (podman,)
    if podman and runc:
        yield (podman, "--runtime", runc)
    if docker:
        yield (docker,)


def _trial(engine: tuple[str, ...], image: str) -> Lack | None:
    """Return what keeps ``engine`` from sealing: it cannot run, or its root is the machine's."""
    name = Path(engine[0]).name
    job = Prepared(command=("cat", "/proc/self/uid_map"))
    with tempfile.TemporaryFile() as results:
        try:
            watched = _sealed(engine, image, job, _TRIAL, results=results)
        except SandboxError as error:
            return Lack(what=error.message, remedy=_remedy(name, error.message) or error.remedy)
        if not _limits.head(results.read(64))[0]:
            return _cause(name, last_line(watched.log.encode()))
    if "4294967295" in watched.log.split():
        remedy = (
            'put {"userns-remap": "default"} into /etc/docker/daemon.json and restart it, or install podman'
        )
        return Lack(what=f"{name} gives containers the users of the whole machine", remedy=remedy)
    return None


def _cause(name: str, said: str) -> Lack:
    """Return what an engine ``said`` with the line that mends it."""
    remedy = _remedy(name, said) or f"see what `{name} info` says"
    return Lack(what=f"{name} cannot run a container: {said}", remedy=remedy)


def _remedy(name: str, said: str) -> str:
    """Return the line that mends what an engine ``said``, "" where its cause is not known."""
    causes = {
        "hybrid mode": "apt install runc, or boot with systemd.unified_cgroup_hierarchy=1",
        "daemon": f"systemctl start {name}, or apt install podman",
        "newuidmap": f"apt install uidmap && {_SUBUIDS}",
        "subuid": _SUBUIDS,
        # the user of the job has no number in the ranges of an ordinary user
        "unable to setup user": _SUBUIDS,
    }
    return next((remedy for words, remedy in causes.items() if words in said), "")


def _version(engine: tuple[str, ...]) -> str:
    said = asked(engine[:1], "--version").stdout.decode(errors="replace")
    number = next((word.strip(",") for word in said.split() if word[:1].isdigit()), "of unknown version")
    return f"{Path(engine[0]).name} {number}"


def _sealed(
    engine: tuple[str, ...],
    image: str,
    prepared: Prepared,
    limits: Limits,
    *,
    results: BinaryIO,
    gpu: bool = False,
    line: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Watched:
    """Stage the inputs, run the job, and leave what it handed out in ``results``."""
    shown = Interpreter(path="python3", folders=()) if image else _readable(interpreter())
    marker, name = secrets.token_hex(16), fresh_name()
    job = words(prepared, python=shown.path, marker=marker)
    nodes = bubblewrap.gpu_nodes() if gpu else ()
    with staged(prepared) as inputs, looking(engine, name, limits) as eye, _removed(engine, name):
        seccomp = inputs.root / "seccomp.json"
        seccomp.write_text(json.dumps(profile(gpu=gpu)))
        argv = (
            *_words(engine, name, limits, seccomp=seccomp, nodes=nodes),
            *_bound(shown, inputs, system=not image),
            *(word for key, value in environment(marker).items() for word in ("--env", f"{key}={value}")),
            *("--entrypoint", "", image or empty_image(engine), *_limits.under(limits, job, gpu=gpu)),
        )
        watched = watch(
            argv,
            environment=os.environ,
            limits=limits,
            results=results,
            most_results=most_bytes(limits.output_mb),
            kill=lambda _: eye.end(),
            line=line,
            stop=stop,
        )
    return replace(
        watched,
        stopped=watched.stopped or eye.stopped,
        cpu_seconds=round(eye.cpu_seconds, 3),
        peak_mb=round(eye.peak_mb, 1),
    )


def _words(
    engine: tuple[str, ...], name: str, limits: Limits, *, seccomp: Path, nodes: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the engine's words up to the mounts and the image."""
    together = limits.memory_mb + limits.output_mb + 2 * limits.file_mb + 32
    root = os.geteuid() == 0
    return (
        *engine,
        *("run", "--rm", "--pull", "never", "--name", name, "--label", f"{LABEL}=1", "--log-driver", "none"),
        *("--network", "none", "--hostname", "sealed", "--read-only", "--cap-drop", "ALL"),
        *("--security-opt", "no-new-privileges", "--security-opt", f"seccomp={seccomp}"),
        *("--security-opt", "label=disable", "--user", f"{NOBODY}:{NOBODY}", "--workdir", "/tmp"),
        *("--memory", f"{together}m", "--pids-limit", str(limits.processes + 8)),
        # set here for all of the container, as an engine would else raise them; the job's own are set inside
        *(
            "--ulimit",
            "core=0:0",
            "--ulimit",
            "nofile=1024:1024",
            "--ulimit",
            f"nproc={limits.processes + 8}",
        ),
        *_sized("/tmp", limits.file_mb),
        *_sized(OUT, limits.output_mb),
        *("--shm-size", f"{limits.file_mb}m", "--tmpfs", "/sys:ro,size=4k"),
        *(word for node in nodes for word in ("--device", node)),
        *(_podman_words(limits, root=root) if "podman" in Path(engine[0]).name else ()),
    )


def _podman_words(limits: Limits, *, root: bool) -> tuple[str, ...]:
    """Return what podman has and docker has not; ``--timeout`` ends a container whose parent was killed."""
    ranges = f"0:{_FIRST_UID}:65536"
    return (
        *("--read-only-tmpfs=false", "--systemd=false", "--no-hosts", "--unsetenv-all"),
        *("--timeout", str(limits.wall_seconds + 30)),
        *(("--uidmap", ranges, "--gidmap", ranges) if root else ()),
    )


def _sized(place: str, size_mb: int) -> tuple[str, ...]:
    return ("--tmpfs", f"{place}:rw,nosuid,nodev,mode=1777,size={size_mb}m")


def _bound(shown: Interpreter, inputs: Staged, *, system: bool) -> Iterator[str]:
    """Yield the read-only mounts: the inputs, and the system unless the image brings its own."""
    if system:
        folders = [Path("/usr"), *(Path(p) for p in SYSTEM if os.path.isdir(p) and not os.path.islink(p))]
        for place in (*folders, *(Path(p) for p in _SETTINGS if os.path.exists(p)), *shown.folders):
            yield from _bind(place, str(place))
    yield from _bind(inputs.inputs, INPUTS)
    for name, folder in inputs.folders:
        yield from _bind(folder, f"{INPUTS}/{name}")


def _bind(source: Path, to: str) -> tuple[str, str]:
    """Return one mount; both engines read its words as a line of CSV, so a comma in a path is quoted."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(
        ["type=bind", f"source={source}", f"destination={to}", "readonly"]
    )
    return ("--mount", line.getvalue())


def _readable(shown: Interpreter) -> Interpreter:
    for folder in shown.folders:
        if os.geteuid() == 0 and closed(folder, uid=NOBODY):
            raise SandboxError(
                f"a sealed job runs as an unprivileged user, who may not read {folder}",
                remedy=f"chmod -R o+rX {folder}, or keep it elsewhere (Python under /opt or /usr/local)",
            )
    return shown


def profile(*, gpu: bool = False) -> dict[str, object]:
    """Return the filter of ``_seccomp`` as an OCI seccomp profile (runtime-spec, config-linux)."""
    absent = (*_seccomp.ABSENT, *(() if gpu else ("memfd_create",)))
    flags = [_rule(("clone",), _EPERM, (0, flag, flag)) for flag in _seccomp.NEW_NAMESPACES]
    # the kernel looks at 32 bits of a request
    requests = [_rule(("ioctl",), _EPERM, (1, 0xFFFFFFFF, request)) for request in _seccomp.TERMINAL]
    family = {"index": 0, "value": _seccomp.UNIX, "op": "SCMP_CMP_NE"}
    sockets = _rule(("socket", "socketpair"), _EAFNOSUPPORT) | {"args": [family]}
    return {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": [_ARCHITECTURES[platform.machine()]],
        "syscalls": [_rule(_seccomp.REFUSED, _EPERM), _rule(absent, _ENOSYS), *flags, *requests, sockets],
    }


def _rule(
    names: tuple[str, ...], number: int, masked: tuple[int, int, int] | None = None
) -> dict[str, object]:
    rule: dict[str, object] = {"names": list(names), "action": "SCMP_ACT_ERRNO", "errnoRet": number}
    if masked:
        index, mask, value = masked
        rule["args"] = [{"index": index, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}]
    return rule


@contextmanager
def _removed(engine: tuple[str, ...], name: str) -> Iterator[None]:
    """Leave no container behind, whatever ended the run."""
    try:
        yield
    finally:
        if asked(engine, "ps", "--all", "--quiet", "--filter", f"name={name}").stdout.strip():
            asked(engine, "rm", "--force", name)
