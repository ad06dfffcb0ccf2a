"""What the runner knows of the outside goes in, one line for each hostile attempt from inside comes out.

The program that runs in the seal, with its two files of attempts, on the standard library alone. It does
nothing at all unless it has proved that it is inside: run anywhere else it prints one line and exits 3.
Words of command: the runner's marker, then one of

attempts    every attempt of ``_probe_reach`` and ``_probe_powers``, each in a child of its own, so that a
            filter that kills, a limit that is hit or a state that is changed touches no other
cpu wall log memory daemon odd forge
            a job that must be ended or held from outside; the runner sees how that went
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

INPUTS = "/job/inputs"
# linux/proc_ns.h: the first PID and user namespaces of a booted kernel always have these inodes
_FIRST_NAMESPACES = {"pid": "pid:[4026531836]", "user": "user:[4026531837]"}
_INITS = {"systemd", "init", "runit", "openrc-init", "s6-svscan", "launchd"}
# kernel modules put these into every new network namespace, down and without an address
_IDLE_TUNNELS = {"tunl0", "gre0", "gretap0", "erspan0", "sit0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0"}
_SIOCGIFFLAGS = 0x8913


def main(words: list[str]) -> int:
    """Run one job of the probe, or print why not and return 3."""
    reason = unsealed(words[0] if words else "")
    if reason:
        print(f"the hostile probe does nothing here: {reason}", file=sys.stderr)
        return 3
    JOBS[words[1]]()
    return 0


def unsealed(marker: str) -> str:
    """Return why this process is not surely inside the seal, or ""."""
    if len(marker) < 16 or os.environ.get("SYNTH_SEAL") != marker:
        return "the runner's marker is not in the environment"
    if sys.platform != "linux" or not Path(__file__).absolute().is_relative_to(INPUTS):
        return f"it does not lie under {INPUTS}"
    try:
        return _first_namespaces() or _whole_map() or _interfaces()
    except (OSError, ValueError, IndexError) as error:
        return f"the kernel does not say where it runs ({error})"


def _first_namespaces() -> str:
    for kind, first in _FIRST_NAMESPACES.items():
        if os.readlink(f"/proc/self/ns/{kind}") == first:
            return f"this is the machine's own {kind} namespace"
    if os.getpid() > 64 or os.readlink("/proc/self") != str(os.getpid()):
        return "its process number is not that of a sealed job"
    if Path("/proc/1/comm").read_text().strip() in _INITS:
        return "process 1 is a machine's init"
    return ""


def _whole_map() -> str:
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    if not ranges or any(int(count) >= 2**32 - 1 for _, _, count in ranges):
        return "its user namespace maps the users of the whole machine"
    return ""


def _interfaces() -> str:
    names = [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]]
    for name in names:
        if name != "lo" and (name not in _IDLE_TUNNELS or _is_up(name)):
            return f"it sees the network interface {name}"
    routes = Path("/proc/net/route").read_text().splitlines()[1:]
    return "it sees a network route" if any(line.split()[0] != "lo" for line in routes) else ""


def _is_up(name: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        answer = fcntl.ioctl(asking, _SIOCGIFFLAGS, struct.pack("16sH14x", name.encode(), 0))
    return bool(struct.unpack("16sH14x", answer)[1] & 1)


def attempts() -> None:
    """Make every attempt and print how each ended."""
    inherited = [_linked(name) for name in os.listdir("/proc/self/fd") if int(name) > 2]
    from synth.sandbox import _probe_powers, _probe_reach

    outside = json.loads(Path(INPUTS, "outside.json").read_text())
    outside["inherited"] = [link for link in inherited if link and not link.startswith("/proc/")]
    for name, (_, attempt) in (_probe_reach.ATTEMPTS | _probe_powers.ATTEMPTS).items():
        verdict, seen = _in_a_child(name, lambda attempt=attempt: attempt(outside))  # type: ignore[misc]
        said = {"name": name, "verdict": verdict, "seen": seen[:200]}
        print("@attempt", json.dumps(said), flush=True)


def _linked(name: str) -> str:
    """Return what an open file of this process is, "" for the one that listed them."""
    try:
        return os.readlink(f"/proc/self/fd/{name}")
    except OSError:
        return ""


def _in_a_child(name: str, attempt: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """Return how an attempt ended; a kill by the filter counts as held, no other end does."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        os.write(writing, json.dumps(attempt()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read(1 << 16)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    fatal = {-signal.SIGSYS} | ({-signal.SIGSEGV} if name == "old-calls" else set())
    if code in fatal:
        return "held", f"ended by {signal.Signals(-code).name}"
    if code or not said:
        return "not held", f"the attempt broke off (exit {code})"
    verdict, seen = json.loads(said)
    return verdict, seen


def _cpu() -> None:
    print("@began", flush=True)
    while True:
        pass


def _wall() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)
    print("@began", flush=True)
    while True:
        time.sleep(60)


def _log() -> None:
    print("@began", flush=True)
    line = b"x" * 99 + b"\n"
    while True:
        os.write(1, line * 600)


def _memory() -> None:
    print("@began", flush=True)
    kept = []
    while True:
        kept.append(b"x" * (8 << 20))


def _daemon() -> None:
    """Leave a grandchild behind that has left the session and ignores what it can."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            for fd in (0, 1, 2):
                os.dup2(os.open("/dev/null", os.O_RDWR), fd)
            os.write(writing, b".")
            os.close(writing)
            while True:
                time.sleep(60)
        os._exit(0)
    os.wait()
    print("@began" if os.read(reading, 1) else "no grandchild", flush=True)


def _odd() -> None:
    """Leave everything in the outputs that is no plain file, and names that are none."""
    os.chdir("/job/out")
    Path("kept").write_text("kept")
    Path("plain").write_text("plain")
    os.symlink("/etc/passwd", "link")
    os.symlink("/", "folder-link")
    os.link("plain", "hard")
    os.mkfifo("fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    with open("sparse", "wb") as file:
        file.truncate(1 << 20)
    for name in ("..\\up", "new\nline", "esc\x1b[2J", "PLAIN", "caf\u00e9", "cafe\u0301"):
        Path(name).write_text("odd")
    Path(os.fsdecode(b"\xff\xfe")).write_text("odd")
    print("@began", flush=True)


def _forge() -> None:
    """Write an archive of our own to every pipe and socket that might be the way out, then flood it."""
    for name in [
        *_results_of_others(),
        *(f"/proc/self/fd/{n}" for n in os.listdir("/proc/self/fd") if int(n) > 2),
    ]:
        try:
            way = os.open(name, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            continue
        print("@began", name, flush=True)
        _flood(way)
    print("@began", flush=True)


def _results_of_others() -> list[str]:
    found = []
    for pid in (name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()):
        try:
            found += [f"/proc/{pid}/fd/{n}" for n in os.listdir(f"/proc/{pid}/fd")]
        except OSError:
            continue
    return [name for name in found if _is_pipe(name)]


def _is_pipe(name: str) -> bool:
    try:
        link = os.readlink(name)
    except OSError:
        return False
    return link.startswith("pipe:") and link not in {_linked("0"), _linked("1"), _linked("2")}


def _flood(way: int) -> None:
    import io
    import tarfile

    forged = io.BytesIO()
    with tarfile.open(fileobj=forged, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in ("../synth-forged", "/tmp/synth-forged", "a/../../synth-forged", "forged"):
            entry = tarfile.TarInfo(name)
            entry.size = 6
            tar.addfile(entry, io.BytesIO(b"forged"))
        link = tarfile.TarInfo("way")
        link.type, link.linkname = tarfile.SYMTYPE, "/tmp"
        tar.addfile(link)
        inside = tarfile.TarInfo("way/synth-forged")
        tar.addfile(inside)
    until = time.monotonic() + 0.4
    words = b"started\nexit 0\n" + forged.getvalue()[:-10240] + b"\0" * 1024
    while time.monotonic() < until:
        try:
            os.write(way, words)
            words = b"\0" * 65536
        except BlockingIOError:
            time.sleep(0.005)
        except OSError:
            return


JOBS: dict[str, Callable[[], None]] = {
    "attempts": attempts,
    "cpu": _cpu,
    "wall": _wall,
    "log": _log,
    "memory": _memory,
    "daemon": _daemon,
    "odd": _odd,
    "forge": _forge,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
