"""A token goes in; listeners, a secret file and a secret variable stand outside, and what to tell the probe.

Everything that a job must not reach is made here for the time of a preflight, so that it is there to be
reached: a seal that holds for want of anything behind it shows nothing.
"""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from synth.trials import Limits

_KINDS = ("pid", "net", "ipc", "uts", "mnt", "user")
_WATCHED = {
    "tcp": "loopback",
    "tcp6": "loopback",
    "udp": "loopback",
    "abstract": "abstract-socket",
    "path": "path-socket",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """``told`` is what the probe is told; ``listeners`` by name, none of which may be visited."""

    told: dict[str, object]
    listeners: dict[str, socket.socket]

    def visited(self) -> frozenset[str]:
        """Return the names of the attempts whose listener was reached."""
        return frozenset(_WATCHED[name] for name, waiting in self.listeners.items() if _visited(waiting))


@contextmanager
def outside(token: str, *, limits: Limits) -> Iterator[Outside]:
    """Make what must stay out of reach and remove it afterwards."""
    variable = f"SYNTH_OUTSIDE_{token[:8].upper()}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="synth-outside-")))
        # whoever may pass can read it: only the seal keeps it from the job
        folder.chmod(0o755)
        (folder / "secret").write_text(token)
        (folder / "secret").chmod(0o644)
        listeners = _listeners(folder, token, stack)
        os.environ[variable] = token
        stack.callback(os.environ.pop, variable, None)
        yield Outside(told=_told(folder, token, listeners, limits), listeners=listeners)


def _told(folder: Path, token: str, listeners: dict[str, socket.socket], limits: Limits) -> dict[str, object]:
    return {
        "tcp": listeners["tcp"].getsockname()[1],
        "tcp6": listeners["tcp6"].getsockname()[1] if "tcp6" in listeners else 0,
        "udp": listeners["udp"].getsockname()[1],
        "abstract": f"synth-{token}",
        "socket": str(folder / "socket"),
        "secret": str(folder / "secret"),
        "canary": token,
        "pid": os.getpid(),
        "home": str(Path.home()),
        "passwd": hashlib.sha256(Path("/etc/passwd").read_bytes()).hexdigest(),
        "hostname": socket.gethostname(),
        "namespaces": {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in _KINDS},
        "processes": limits.processes,
        "memory_mb": limits.memory_mb,
        "file_mb": limits.file_mb,
        "output_mb": limits.output_mb,
    }


def _listeners(folder: Path, token: str, stack: ExitStack) -> dict[str, socket.socket]:
    made = {
        "tcp": _bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0), stack),
        "udp": _bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0), stack),
        "abstract": _bound(socket.AF_UNIX, socket.SOCK_STREAM, f"\0synth-{token}", stack),
        "path": _bound(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "socket"), stack),
    }
    (folder / "socket").chmod(0o777)
    if _has_ipv6():
        made["tcp6"] = _bound(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0), stack)
    return made


def _bound(family: int, kind: int, address: tuple[str, int] | str, stack: ExitStack) -> socket.socket:
    waiting = stack.enter_context(socket.socket(family, kind))
    waiting.bind(address)
    waiting.setblocking(False)
    if kind == socket.SOCK_STREAM:
        waiting.listen(4)
    return waiting


def _has_ipv6() -> bool:
    interfaces = Path("/proc/net/if_inet6")
    return interfaces.exists() and any(
        line.split()[-1] == "lo" for line in interfaces.read_text().splitlines()
    )


def _visited(waiting: socket.socket) -> bool:
    try:
        if waiting.type == socket.SOCK_DGRAM:
            waiting.recv(64)
        else:
            waiting.accept()[0].close()
    except BlockingIOError:
        return False
    return True
