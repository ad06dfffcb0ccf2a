"""What a sealed job may keep and how it is stopped: a state folder, a private loopback, an end when asked."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from synth.errors import SandboxError
from synth.sandbox import bubblewrap, container
from synth.trials import Limits, Prepared, Ran

pytestmark = pytest.mark.skipif(bubblewrap.SEAL.lack() is not None, reason="no bubblewrap seal here")
SMALL = Limits(cpu_seconds=5, wall_seconds=20, memory_mb=512, file_mb=2, output_mb=4, log_mb=1, processes=16)


def run(tmp_path: Path, code: str, *, state: Path | None = None, loopback: bool = False) -> Ran:
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    job = Prepared(command=("{python}", "-c", code), loopback=loopback)
    return bubblewrap.SEAL.run(job, limits=SMALL, out=out, state=state)


def test_state_outlives_the_job_and_is_its_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    first = run(tmp_path, "open('/job/state/step', 'w').write('41')", state=state)
    assert (first.exit_code, first.stopped) == (0, "")
    second = run(tmp_path, "print(int(open('/job/state/step').read()) + 1)", state=state)
    assert second.log.strip() == "42"
    assert (state / "step").read_text() == "41"
    assert oct(state.stat().st_mode & 0o777) == "0o700"


def test_without_state_there_is_no_such_folder(tmp_path: Path) -> None:
    ran = run(tmp_path, "import os; print(os.path.exists('/job/state'))")
    assert ran.log.strip() == "False"


def test_a_file_of_state_is_held_to_the_limit_of_one_file(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    code = "open('/job/state/big', 'wb').write(b'0' * (3 << 20))"
    ran = run(tmp_path, code, state=state)
    assert ran.exit_code != 0
    assert (state / "big").stat().st_size <= 2 << 20


PEERS = """
import json, socket
told = {}
for name, family in (("inet", socket.AF_INET), ("inet6", socket.AF_INET6), ("packet", socket.AF_PACKET)):
    try:
        socket.socket(family).close()
        told[name] = "open"
    except OSError as error:
        told[name] = error.strerror
try:
    told["interfaces"] = [name for _, name in socket.if_nameindex()]
except OSError as error:
    told["interfaces"] = error.strerror
try:
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    told["loopback"] = "met"
except OSError as error:
    told["loopback"] = error.strerror
try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
    told["outside"] = "reached"
except OSError as error:
    told["outside"] = error.strerror
print(json.dumps(told))
"""


def test_processes_meet_on_a_private_loopback_only_where_they_may_and_nothing_else_opens(
    tmp_path: Path,
) -> None:
    shut = json.loads(run(tmp_path, PEERS).log)
    assert shut["loopback"] == shut["inet"] == "Address family not supported by protocol"
    met = json.loads(run(tmp_path, PEERS, loopback=True).log)
    assert (met["inet"], met["inet6"], met["loopback"]) == ("open", "open", "met")
    assert met["packet"] == "Address family not supported by protocol"
    assert met["interfaces"] == ["lo"]
    assert shut["interfaces"] == "Address family not supported by protocol"
    assert met["outside"] == "Network is unreachable"


def test_a_silent_job_ends_soon_after_it_is_asked_to(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    mark = f"mark-{os.getpid()}-{tmp_path.name}"
    job = Prepared(command=("{python}", "-c", "import time; time.sleep(19)", mark))
    began = time.monotonic()
    ran = bubblewrap.SEAL.run(job, limits=SMALL, out=out, stop=lambda: time.monotonic() > began + 0.3)
    assert ran.stopped == "interrupted"
    assert ran.wall_seconds < 15
    left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if mark.encode() in _read(p)]
    assert left == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("loopback", [True, False])
def test_a_container_says_what_it_cannot_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loopback: bool
) -> None:
    monkeypatch.setattr(container, "_working", lambda _: ("podman",))
    state = None if loopback else tmp_path
    job = Prepared(command=("true",), loopback=loopback)
    with pytest.raises(SandboxError, match="install bubblewrap"):
        container.SEAL.run(job, limits=SMALL, out=tmp_path, state=state)
