"""The network and the files of a machine, as a sealed program tries to reach them: its attempts, by name."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from synth.sandbox._probe_tries import (
    ABSENT,
    CUT_OFF,
    FAMILY,
    HELD,
    LEAKED,
    Outside,
    Verdict,
    closes,
    pids,
    reads,
    refused,
    together,
)


def _connects(family: int, address: Any) -> Verdict:
    def go() -> None:
        with socket.socket(family, socket.SOCK_STREAM) as talking:
            talking.settimeout(0.3)
            talking.connect(address)

    return refused(go, by=CUT_OFF | {errno.ENOENT})


def _sends(address: tuple[str, int]) -> Verdict:
    def go() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talking:
            talking.connect(address)
            talking.send(b"probe")
            time.sleep(0.01)
            talking.send(b"probe")  # the second one reports that nobody took the first

    return refused(go, by=CUT_OFF)


def tcp_out(_: Outside) -> Verdict:
    # RFC 5737: an address that nobody has, so that nothing is disturbed where the seal does not hold
    return _connects(socket.AF_INET, ("192.0.2.1", 80))


def udp_out(_: Outside) -> Verdict:
    return _sends(("192.0.2.1", 53))


def ipv6_out(_: Outside) -> Verdict:
    return _connects(socket.AF_INET6, ("2001:db8::1", 80))


def loopback(outside: Outside) -> Verdict:
    tries = [("127.0.0.1", _connects(socket.AF_INET, ("127.0.0.1", outside["tcp"])))]
    if outside["tcp6"]:
        tries.append(("::1", _connects(socket.AF_INET6, ("::1", outside["tcp6"]))))
    return together([*tries, ("UDP", _sends(("127.0.0.1", outside["udp"])))])


def abstract_socket(outside: Outside) -> Verdict:
    return _connects(socket.AF_UNIX, "\0" + outside["abstract"])


def path_socket(outside: Outside) -> Verdict:
    return _connects(socket.AF_UNIX, outside["socket"])


def _opens(family: int, kind: int = socket.SOCK_RAW) -> Verdict:
    return refused(lambda: socket.socket(family, kind, 0).close(), by=FAMILY)


def odd_families(_: Outside) -> Verdict:
    families = {"netlink": 16, "packet": 17, "bluetooth": 31, "alg": 38, "xdp": 44}
    tries = [(name, _opens(number)) for name, number in families.items()]
    tries += [("alg, seqpacket", _opens(38, socket.SOCK_SEQPACKET)), ("raw IP", _opens(2))]
    return together(tries)


def vsock(_: Outside) -> Verdict:
    return together([("stream", _opens(40, socket.SOCK_STREAM)), ("datagram", _opens(40, socket.SOCK_DGRAM))])


def _lists(folder: str) -> Verdict:
    """A folder holds nothing but the way to what the interpreter needs."""
    needed = [Path(p) for p in (sys.prefix, sys.base_prefix, *sys.path) if p.startswith("/")]
    try:
        seen = [Path(folder, name) for name in os.listdir(folder)]
    except OSError as error:
        return HELD, errno.errorcode.get(error.errno or 0, "?")
    more = [p.name for p in seen if not any(n.is_relative_to(p) for n in needed)]
    return (LEAKED, f"{folder} shows {more[0]}") if more else (HELD, "nothing but the interpreter")


def homes(outside: Outside) -> Verdict:
    folders = {"/root", "/home", outside["home"]} - {"/", ""}
    return together([(folder, _lists(folder)) for folder in sorted(folders)])


def host_folders(_: Outside) -> Verdict:
    folders = ("/var", "/mnt", "/media", "/srv", "/boot", "/opt")
    return together([(folder, _lists(folder)) for folder in folders])


def run_and_sys(_: Outside) -> Verdict:
    paths: tuple[str, ...] = (
        "/sys/class",
        "/sys/kernel",
        "/sys/devices",
        "/sys/firmware",
        "/run/user",
        "/run/systemd",
    )
    paths += ("/run/dbus", "/run/docker.sock", "/run/podman", "/var/run/docker.sock")
    return together([(path, refused(os.listdir, path, by=ABSENT)) for path in paths])


def shadow(_: Outside) -> Verdict:
    paths = ("/etc/shadow", "/etc/gshadow", "/etc/ssh/sshd_config", "/etc/sudoers", "/proc/kcore")
    return together([(path, refused(closes, path, by=ABSENT)) for path in paths])


def passwd(outside: Outside) -> Verdict:
    try:
        here = hashlib.sha256(Path("/etc/passwd").read_bytes()).hexdigest()
    except OSError as error:
        return HELD, errno.errorcode.get(error.errno or 0, "?")
    return (LEAKED, "the machine's own") if here == outside["passwd"] else (HELD, "another file")


def secret_file(outside: Outside) -> Verdict:
    return (LEAKED, "read") if reads(outside["secret"], outside["canary"]) else (HELD, "not to be seen")


def ways_by_proc(outside: Outside) -> Verdict:
    secret = outside["secret"]
    ways = [f"/proc/{pid}/{link}{secret}" for pid in pids() for link in ("root", "cwd")]
    for pid in pids():
        fds = Path(f"/proc/{pid}/fd")
        try:
            ways += [f"{fd}{secret}" for fd in fds.iterdir()]
        except OSError:
            continue
    found = [way for way in ways if reads(way, outside["canary"])]
    return (LEAKED, found[0]) if found else (HELD, f"{len(ways)} ways tried")


def _creates(folder: str) -> Verdict:
    path = os.path.join(folder, "synth-probe")

    def go() -> None:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        os.unlink(path)

    return refused(go, by=ABSENT)


def writing_outside(_: Outside) -> Verdict:
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    folders = {
        "/",
        "/usr",
        "/usr/lib",
        "/usr/local",
        "/etc",
        "/bin",
        "/lib",
        "/job",
        "/job/inputs",
        "/dev",
        "/run",
    }
    folders |= {"/var", "/home", "/root", sys.prefix, sys.base_prefix, *mounts}
    folders -= {"/job/out", "/tmp", "/dev/shm", "/dev/mqueue"}
    return together([(folder, _creates(folder)) for folder in sorted(folders)])


def changing_inputs(_: Outside) -> Verdict:
    mine = os.path.abspath(__file__)
    calls: dict[str, Callable[[], object]] = {
        "open for writing": lambda: open(mine, "r+b").close(),
        "chmod": lambda: os.chmod(mine, 0o666),
        "remove": lambda: os.unlink(mine),
        "rename": lambda: os.rename(mine, mine + "-"),
    }
    return together([(name, refused(call, by=ABSENT)) for name, call in calls.items()])


def sized_folders(outside: Outside) -> Verdict:
    options = {
        line.split()[1]: line.split()[3] for line in Path("/proc/self/mounts").read_text().splitlines()
    }
    most = max(64, outside["memory_mb"]) << 20
    found = []
    for folder in ("/job/out", "/tmp", "/dev/shm"):
        if _creates(folder)[0] == HELD:
            continue
        size = os.statvfs(folder).f_blocks * os.statvfs(folder).f_frsize
        if "size=" not in options.get(folder, "") or not 0 < size <= most:
            return LEAKED, f"{folder} holds {size >> 20} MiB"
        found.append(f"{folder} {size >> 20} MiB")
    return HELD, ", ".join(found)


def output_size(outside: Outside) -> Verdict:
    return _fills("/job/out", outside["output_mb"])


def shm_size(outside: Outside) -> Verdict:
    return _fills("/dev/shm", outside["memory_mb"])


def _fills(folder: str, most_mb: int) -> Verdict:
    block, written, paths = b"\0" * (1 << 18), 0, list[str]()
    try:
        while written <= (most_mb + 1) << 20:
            paths.append(os.path.join(folder, f"fill-{len(paths)}"))
            with open(paths[-1], "wb", buffering=0) as file:
                file.write(block)
            written += len(block)
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT} or (error.errno in ABSENT and folder != "/job/out")
        return HELD if full else LEAKED, f"{error.strerror} after {written >> 10} KiB"
    finally:
        for path in paths:
            Path(path).unlink(missing_ok=True)
    return LEAKED, f"{written >> 20} MiB written"


def file_size(outside: Outside) -> Verdict:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open("/job/out/large", "wb") as file:
        Path("/job/out/large").unlink()
        return refused(os.ftruncate, file.fileno(), (outside["file_mb"] + 1) << 20, by={errno.EFBIG})


ATTEMPTS: dict[str, tuple[str, Callable[[Outside], Verdict]]] = {
    "tcp-out": ("connect by TCP to an address outside", tcp_out),
    "udp-out": ("send a datagram, as a name lookup does", udp_out),
    "ipv6-out": ("connect by IPv6", ipv6_out),
    "loopback": ("reach a listener on the machine's loopback (TCP, UDP, IPv6)", loopback),
    "abstract-socket": ("reach an abstract unix socket of the machine", abstract_socket),
    "path-socket": ("reach a unix socket in a folder of the machine", path_socket),
    "odd-sockets": ("open netlink, packet, raw, alg, bluetooth and xdp sockets", odd_families),
    "vsock": ("open a socket to the hypervisor", vsock),
    "homes": ("list the homes of users", homes),
    "host-folders": ("list other folders of the machine", host_folders),
    "run-and-sys": ("look into /sys and /run", run_and_sys),
    "shadow": ("read password hashes, settings of sudo and ssh, kernel memory", shadow),
    "passwd": ("read the machine's list of users", passwd),
    "secret-file": ("read a secret file made outside", secret_file),
    "ways-by-proc": ("read it through the roots, folders and open files of other processes", ways_by_proc),
    "writing-outside": ("create a file anywhere but in the folders given", writing_outside),
    "changing-inputs": ("change, remove or rename an input", changing_inputs),
    "sized-folders": ("find a writable folder without a size", sized_folders),
    "output-size": ("write more than the outputs may hold", output_size),
    "shm-size": ("fill shared memory", shm_size),
    "file-size": ("make a file larger than one may be", file_size),
}
