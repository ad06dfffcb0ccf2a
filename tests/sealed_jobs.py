"""What the tests of the seal share: jobs that look around inside, parents with another uid, and a way to ask
which processes of this machine are alive.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from synth.sandbox import _interpreter, _seccomp, bubblewrap
from synth.trials import Limits, Prepared, Ran

ROOT = Path(__file__).resolve().parent.parent
NOBODY = 65534
SMALL = Limits(cpu_seconds=5, wall_seconds=20, memory_mb=512, file_mb=2, output_mb=4, log_mb=1, processes=16)

# Runs a job under the seal as whoever starts it: "code", "arguments", "limits" on stdin, JSON on stdout.
DRIVER = """
import json, sys, tempfile
from dataclasses import asdict
from pathlib import Path
from synth.sandbox import bubblewrap
from synth.trials import Limits, Prepared
asked = json.load(sys.stdin)
command = ("{python}", "-c", asked["code"], *asked["arguments"])
job = Prepared(command=command, files=(("d/in.txt", b"input"),))
with tempfile.TemporaryDirectory() as out:
    ran = bubblewrap.SEAL.run(job, limits=Limits(**asked["limits"]), out=Path(out))
    files = {str(at.relative_to(out)): at.read_text() for at in Path(out).rglob("*") if at.is_file()}
print(json.dumps({"ran": asdict(ran), "files": files}))
"""

# Looks around and tries small things. It does nothing where the seal's marker is not what it was told.
OBSERVER = """
import sys, os
if len(sys.argv) != 5 or os.environ.get("SYNTH_SEAL") != sys.argv[1] or os.getpid() > 9:
    sys.exit("not in the seal")
import ctypes, errno, json, resource, socket
libc = ctypes.CDLL(None, use_errno=True)
host_file, abstract, python_prefix = sys.argv[2:]

def told(call):
    try:
        call()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return "done"

def write(path):
    def go():
        with open(path, "w") as file:
            file.write("x")
    return told(go)

def answer(result):
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]

def raw(number, *args):
    ctypes.set_errno(0)
    return answer(libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, args)))

def forks():
    made = []
    try:
        while len(made) < 100:
            pid = os.fork()
            if pid == 0:
                import time
                time.sleep(30)
                os._exit(0)
            made.append(pid)
    except OSError:
        pass
    for pid in made:
        os.kill(pid, 9)
    for pid in made:
        os.waitpid(pid, 0)
    return len(made)

def connect():
    with socket.socket(socket.AF_UNIX) as s:
        s.connect("\\0" + abstract)

NAMESPACES = ("user", "pid", "net", "ipc", "uts", "mnt", "cgroup")
STATUS = ("CapEff", "CapPrm", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")
PLACES = (
    "/x", "/usr/x", "/job/x", "/job/inputs/x", "/job/inputs/d/in.txt", "/etc/x", "/dev/x",
    "/proc/sys/kernel/hostname", "/tmp/x", "/job/out/x", "/dev/shm/x", "/dev/null",
)
SHOWN = ("/", "/usr", "/dev", "/job/inputs", "/tmp")
TERMINAL = (0x5412, 0x5412 + (1 << 32), 0x541C)
LIMITS = ("AS", "CPU", "FSIZE", "NPROC", "CORE", "NOFILE")
FAMILIES = ("INET", "INET6", "NETLINK", "PACKET", "VSOCK", "ALG")
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
size = lambda at: (lambda s: s.f_blocks * s.f_frsize)(os.statvfs(at))
seen = {
    "uid": [os.getuid(), os.getgid(), os.getgroups()],
    "environment": dict(os.environ),
    "root": sorted(os.listdir("/")),
    "etc": sorted(os.listdir("/etc")),
    "host_file": os.path.exists(host_file),
    "processes": sorted(int(p) for p in os.listdir("/proc") if p.isdigit()),
    "interfaces": [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]],
    "namespaces": {n: os.readlink("/proc/self/ns/" + n) for n in NAMESPACES},
    "uid_map": open("/proc/self/uid_map").read().split(),
    "hostname": socket.gethostname(),
    "session": os.getsid(0),
    "status": {name: status[name].strip() for name in STATUS},
    "descriptors": sorted(int(f) for f in os.listdir("/proc/self/fd")),
    "stdin": sys.stdin.read(),
    "input": open("/job/inputs/d/in.txt").read(),
    "writes": {at: write(at) for at in (*PLACES, python_prefix + "/x")},
    "read_only": [at for at in (*SHOWN, python_prefix) if os.statvfs(at).f_flag & os.ST_RDONLY],
    "first": open("/proc/1/comm").read().strip(),
    "sizes": {at: size(at) for at in ("/tmp", "/job/out", "/dev/shm")},
    "limits": {n: resource.getrlimit(getattr(resource, "RLIMIT_" + n)) for n in LIMITS},
    "sockets": {n: told(lambda: socket.socket(getattr(socket, "AF_" + n)).close()) for n in FAMILIES},
    "abstract": told(connect),
    "unshare": answer(libc.unshare(0x10000000)),
    "mount": answer(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)),
    "ptrace": answer(libc.ptrace(0, 0, 0, 0)),
    "clone3": raw(435, 0, 0),
    "io_uring_setup": raw(425, 0, 0),
    "open_tree": raw(428, -100, 0, 0),
    "personality": answer(libc.personality(0x0040000)),
    "terminal": [answer(libc.ioctl(0, ctypes.c_ulong(r), b"x")) for r in TERMINAL],
    "forks": forks(),
    "big": told(lambda: open("/job/out/big", "wb").write(bytes(3 << 20))),
}
os.remove("/job/out/big")
json.dump(seen, open("/job/out/seen.json", "w"))
"""

ABSTRACT = """
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind("\\0" + sys.argv[1])
listener.listen()
print("ready", flush=True)
sys.stdin.read()
"""

needs_seal = pytest.mark.usefixtures("sealed")


def skip_unless_sealed() -> None:
    """Skip where this machine can make no namespaces at all; a seal that should start and does not, fails."""
    found = shutil.which("bwrap")
    if found is None or _seccomp.lack():
        pytest.skip("no bubblewrap or no libseccomp here")
    plain = (
        found,
        "--unshare-user",
        "--unshare-pid",
        "--unshare-net",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
    )
    user = NOBODY if os.geteuid() == 0 else None
    tried = subprocess.run(
        [*plain, "true"], user=user, group=user, capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        pytest.skip(f"no namespaces here: {tried.stderr.strip()}")
    assert bubblewrap.SEAL.lack() is None


def readable_folder() -> Iterator[Path]:
    """Give a folder outside every private one, as tests may run as root and jobs may not."""
    folder = Path(tempfile.mkdtemp(prefix="seal-tests-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def copied_program(readable: Path) -> Path:
    """Give a copy of the sealing program that an ordinary user can import."""
    import pyseccomp

    copy = readable / "program"
    shutil.copytree(
        ROOT / "synth",
        copy / "synth",
        ignore=lambda at, names: (
            [n for n in names if not n.endswith(".py") and Path(at, n).is_file()]
            + [n for n in names if n in ("data", "__pycache__")]
        ),
    )
    shutil.copy(pyseccomp.__file__, copy / "pyseccomp.py")
    for at in (copy, *copy.rglob("*")):
        at.chmod(0o755 if at.is_dir() else 0o644)
    return copy


def ordinary_python() -> str:
    """Return an interpreter that uid 65534 can start, or skip."""
    for path in (sys.executable, "/usr/bin/python3"):
        at = Path(path)
        ok = (
            at.exists()
            and not _interpreter.hidden(at, uid=NOBODY)
            and not _interpreter.closed(at, uid=NOBODY)
        )
        if (
            ok
            and subprocess.run(
                [path, "-c", "import enum; enum.StrEnum"], check=False, capture_output=True
            ).returncode
            == 0
        ):
            return path
    pytest.skip("no Python 3.11 here that an ordinary user can read")


def driven(
    program: Path,
    *,
    user: int | None,
    code: str,
    arguments: tuple[str, ...] = (),
    limits: Limits = SMALL,
    python: str = "",
) -> Any:
    """Run the driver as ``user`` (None: as we are) and return what it printed, as JSON.

    ``python`` is ours, or for another user one that it can start.
    """
    asked = {
        "code": code,
        "arguments": arguments,
        "limits": {n: getattr(limits, n) for n in limits.__slots__},
    }
    python = python or (sys.executable if user is None else ordinary_python())
    done = subprocess.run(
        [python, "-c", DRIVER],
        input=json.dumps(asked),
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(program), "SECRET": "outside", "TMPDIR": "/tmp"},
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run(code: str, out: Path, *, limits: Limits = SMALL, **more: Any) -> Ran:
    return bubblewrap.SEAL.run(Prepared(command=("{python}", "-c", code), **more), limits=limits, out=out)


def alive(token: str) -> list[int]:
    """Return the processes of this machine whose command holds ``token``."""
    found = []
    for at in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if token.encode() in at.read_bytes():
                found.append(int(at.parent.name))
    return found


def wait_until(true: Callable[[], bool], seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
