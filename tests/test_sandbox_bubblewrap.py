"""What the seal holds, seen from inside and from outside, as root and as an ordinary user."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sealed_jobs import (
    ABSTRACT,
    DRIVER,
    NOBODY,
    OBSERVER,
    SMALL,
    alive,
    copied_program,
    driven,
    needs_seal,
    ordinary_python,
    readable_folder,
    run,
    skip_unless_sealed,
    wait_until,
)

from synth.sandbox import _interpreter, _staging, bubblewrap
from synth.trials import Limits, Prepared, Ran


@pytest.fixture(scope="session")
def sealed() -> None:
    skip_unless_sealed()


@pytest.fixture(scope="session")
def readable() -> Iterator[Path]:
    yield from readable_folder()


@pytest.fixture(scope="session")
def program(readable: Path) -> Path:
    return copied_program(readable)


@pytest.fixture(scope="session", params=["as we are", "as an ordinary user", "as we are, plain Python"])
def seen(request: pytest.FixtureRequest, program: Path) -> dict[str, Any]:
    """Give what the observer saw inside, run by a parent with our own uid and by an ordinary one.

    Root with an interpreter that all can read goes another way than with one in a root-only home.
    """
    request.getfixturevalue("sealed")
    user = NOBODY if request.param == "as an ordinary user" else None
    python = "" if request.param == "as we are" else ordinary_python()
    if user is not None and os.geteuid() != 0:
        pytest.skip("only root can start a parent with another uid; we are an ordinary user already")
    name = uuid.uuid4().hex
    secret = program / "secret.txt"
    secret.write_text("outside")
    listener = subprocess.Popen(
        [sys.executable, "-c", ABSTRACT, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with listener:
        assert listener.stdout is not None
        assert listener.stdout.readline() == "ready\n"
        arguments = ("{seal}", str(secret), name, "/usr" if python else sys.base_prefix)
        told = driven(program, user=user, code=OBSERVER, arguments=arguments, python=python)
    assert told["ran"]["exit_code"] == 0, told["ran"]["log"]
    found: dict[str, Any] = json.loads(told["files"]["seen.json"])
    return found


def test_a_job_is_nobody_without_groups_or_capabilities(seen: dict[str, Any]) -> None:
    assert seen["uid"][:2] == [NOBODY, NOBODY]
    assert set(seen["uid"][2]) <= {NOBODY}
    assert {seen["status"][name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"0" * 16}
    assert seen["status"]["NoNewPrivs"] == "1"
    assert seen["status"]["Seccomp"] == "2"
    # one uid, which is not the kernel's root even where we are: no limit of processes binds that one
    assert seen["uid_map"][2] == "1"


def test_every_namespace_is_its_own(seen: dict[str, Any]) -> None:
    ours = {name: os.readlink(f"/proc/self/ns/{name}") for name in seen["namespaces"]}
    assert not {name for name, link in seen["namespaces"].items() if link == ours[name]}
    assert seen["hostname"] == "sealed"
    assert (seen["first"], seen["session"]) == ("sh", 1)
    assert max(seen["processes"]) < 10


def test_there_is_no_network_and_no_socket_of_the_host(seen: dict[str, Any]) -> None:
    assert seen["interfaces"] == ["lo"]
    assert seen["abstract"] == "ECONNREFUSED"
    assert set(seen["sockets"].values()) == {"EAFNOSUPPORT"}


def test_nothing_of_the_host_is_seen_but_the_system_and_the_interpreter(seen: dict[str, Any]) -> None:
    system = {"bin", "dev", "etc", "job", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr"}
    tops = {str(at).split("/")[1] for at in _interpreter.interpreter().folders}
    assert set(seen["root"]) <= system | tops
    assert "sys" not in seen["root"]
    assert "run" not in seen["root"]
    assert set(seen["etc"]) <= {"ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives"}
    assert seen["host_file"] is False
    assert seen["input"] == "input"


def test_the_environment_is_clean(seen: dict[str, Any]) -> None:
    expected = _staging.environment(seen["environment"]["SYNTH_SEAL"])
    assert {
        name: value for name, value in seen["environment"].items() if name not in ("PWD", "LC_CTYPE")
    } == expected
    assert seen["stdin"] == ""
    assert set(seen["descriptors"]) <= {0, 1, 2, 3}  # 3 is the listing itself


def test_nothing_can_be_written_but_the_sized_folders(seen: dict[str, Any]) -> None:
    done = {at for at, told in seen["writes"].items() if told == "done"}
    assert done == {"/tmp/x", "/job/out/x", "/dev/shm/x", "/dev/null"}
    assert set(seen["read_only"]) >= {"/", "/usr", "/dev", "/job/inputs"}
    assert len(seen["read_only"]) == 5  # the interpreter's prefix, too
    mib = 1 << 20
    assert seen["sizes"] == {"/tmp": 2 * mib, "/job/out": 4 * mib, "/dev/shm": 2 * mib}


def test_the_limits_of_a_process_are_set_and_the_number_of_processes_binds(seen: dict[str, Any]) -> None:
    mib = 1 << 20
    assert seen["limits"]["AS"] == [512 * mib] * 2
    assert seen["limits"]["CPU"] == [5, 6]
    assert seen["limits"]["FSIZE"] == [2 * mib] * 2
    assert seen["limits"]["CORE"] == [0, 0]
    assert seen["limits"]["NOFILE"] == [1024, 1024]
    assert seen["big"] == "EFBIG"
    # the shell and the job itself are among the 16
    assert 10 <= seen["forks"] <= 16


def test_calls_that_no_computation_needs_are_refused(seen: dict[str, Any]) -> None:
    assert {seen[name] for name in ("unshare", "mount", "ptrace", "open_tree", "personality")} == {"EPERM"}
    assert {seen[name] for name in ("clone3", "io_uring_setup")} == {"ENOSYS"}
    assert seen["terminal"] == ["EPERM"] * 3


@needs_seal
@pytest.mark.parametrize(
    ("code", "limits", "stopped"),
    [
        ("while True: pass", {"cpu_seconds": 1}, "CPU time"),
        ("import os; os.fork(); os.fork(); os.fork()\nwhile True: pass", {"cpu_seconds": 1}, "CPU time"),
        ("import signal; signal.signal(24, lambda *_: 0)\nwhile True: pass", {"cpu_seconds": 1}, "CPU time"),
        ("import time; time.sleep(60)", {"wall_seconds": 1}, "wall clock"),
        ("bytearray(1 << 30)", {}, "memory"),
        ("while True: print('x' * 1000)", {}, "log size"),
        ("open('/job/out/x', 'wb').write(bytes(3 << 20))", {}, "output size"),
        ("import signal;signal.signal(25, 0); open('/tmp/x','wb').write(bytes(3 << 20))", {}, "output size"),
        ("for n in range(9): open(f'/job/out/{n}', 'wb').write(bytes(1 << 20))", {}, "output size"),
        ("for n in range(9): open(f'/job/out/{n}', 'wb').truncate(2 << 20)", {}, "output size"),
        ("for n in range(5000): open(f'/job/out/{n}', 'wb')", {}, "output size"),
        ("import os, signal\nfor _ in range(99):\n if not os.fork(): signal.pause()", {}, "processes"),
    ],
)  # fmt: skip
def test_each_limit_ends_the_job_under_its_name(
    code: str, limits: dict[str, int], stopped: str, tmp_path: Path
) -> None:
    bound = Limits(**{name: limits.get(name, getattr(SMALL, name)) for name in SMALL.__slots__})
    ran = run(code, tmp_path, limits=bound)
    assert (ran.stopped, ran.exit_code == 0) == (stopped, "truncate" in code or "5000" in code)
    if stopped == "CPU time":
        assert ran.cpu_seconds > 0.5
    assert len(ran.log) <= (1 << 20) + 1


@needs_seal
def test_the_memory_of_all_processes_together_is_held(tmp_path: Path) -> None:
    code = """
import os, time
for _ in range(3):
    os.fork()
held = bytearray(os.urandom(1) * (120 << 20))
time.sleep(60)
"""
    ran = run(code, tmp_path)
    assert ran.stopped == "memory"
    assert ran.peak_mb > 50


@needs_seal
def test_a_crash_and_a_failure_are_told_apart(tmp_path: Path) -> None:
    crashed = run("import os; os.kill(os.getpid(), 11)", tmp_path)
    assert (crashed.exit_code, crashed.stopped) == (-signal.SIGSEGV, "")
    failed = run("import sys; print('why'); sys.exit(7)", tmp_path)
    assert (failed.exit_code, failed.stopped, failed.log) == (7, "", "why\n")


@needs_seal
def test_only_plain_files_with_checked_names_leave(tmp_path: Path) -> None:
    code = """
import os, socket
os.chdir("/job/out")
os.mkdir("d")
open("d/good", "w").write("kept")
os.symlink("/etc/passwd", "link")
os.link("d/good", "hard")
os.mkfifo("pipe")
socket.socket(socket.AF_UNIX).bind("socket")
open("esc\\x1b[2J", "w").write("x")
open("D", "w").write("x")
os.symlink("/tmp", "folder")
"""
    ran = run(code, tmp_path)
    assert ran.exit_code == 0
    assert ran.stopped == "refused output"
    left = {str(at.relative_to(tmp_path)) for at in tmp_path.rglob("*") if not at.is_dir()}
    # tar packs by name: "D" comes before "d", whose name is then taken; of two hard links the first is plain
    assert left == {"D", "hard"} or left == {"D"}, left
    assert not any(at.is_symlink() for at in tmp_path.rglob("*"))
    for name in ("link", "pipe", "folder"):
        assert f"refused: {name}: " in ran.log
    assert "\x1b" not in ran.log


FORGER = """
import io, os, tarfile
raw = io.BytesIO()
with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
    for name in ("../escaped", "/tmp/escaped", "ok"):
        tar.addfile(tarfile.TarInfo(name))
written = {written}
for at in os.listdir("/proc/1/fd"):
    if os.readlink("/proc/1/fd/" + at) not in (os.readlink("/proc/self/fd/2"), "/dev/null"):
        with open("/proc/1/fd/" + at, "wb", buffering=0) as results:
            while results.write(written) and {again}:
                pass
        print("forged", flush=True)
"""


@needs_seal
def test_a_job_that_forges_the_results_gets_out_nothing_that_is_not_allowed(program: Path) -> None:
    code = FORGER.format(written='b"exit 0\\n" + raw.getvalue()', again=False)
    told = driven(program, user=_ordinary(), code=code)
    assert "forged" in told["ran"]["log"]
    assert told["ran"]["stopped"] == "refused output"
    assert told["files"] == {"ok": ""}


@needs_seal
def test_a_job_that_floods_the_results_is_stopped(program: Path) -> None:
    told = driven(program, user=_ordinary(), code=FORGER.format(written="bytes(1 << 20)", again=True))
    assert told["ran"]["stopped"] == "output size"
    assert told["files"] == {}


def _ordinary() -> int | None:
    """Return the uid of an ordinary parent: it owns the pipes, so its jobs can open them again."""
    return NOBODY if os.geteuid() == 0 else None


@needs_seal
def test_what_cannot_be_packed_is_not_passed_over(tmp_path: Path) -> None:
    for code in (
        "import os; open('/job/out/x', 'w'); os.chmod('/job/out/x', 0)",
        "import os; os.makedirs('/job/out/' + '/'.join(['d' * 200] * 2))",
    ):
        ran = run(code, tmp_path)
        assert (ran.exit_code, ran.stopped) == (0, "refused output")
        assert "tar could not pack" in ran.log


@needs_seal
def test_nothing_writes_while_the_outputs_are_packed(tmp_path: Path) -> None:
    code = """
import os
def write(name):
    while True:
        open("/job/out/" + name, "wb").write(os.urandom(1 << 20))
for name in "abc":
    if not os.fork():
        write(name)
while len(os.listdir("/job/out")) < 3:
    pass
"""
    for _ in range(3):
        ran = run(code, tmp_path)
        assert (ran.exit_code, ran.stopped, ran.log) == (0, "", "")
        for at in tmp_path.iterdir():
            at.unlink()


@needs_seal
def test_a_daemonised_grandchild_dies_with_the_job(tmp_path: Path) -> None:
    token = uuid.uuid4().hex
    code = f"""
import os, time
if not os.fork():
    os.setsid()
    if not os.fork():
        os.close(0); os.close(1); os.close(2)
        os.execv("/usr/bin/sleep", ["sleep-{token}", "600"])
    os._exit(0)
os.wait()
from pathlib import Path
while not any(at.read_text().startswith("sleep-") for at in Path("/proc").glob("[0-9]*/cmdline")):
    time.sleep(0.01)
print("daemon is up")
"""
    ran = run(code, tmp_path)
    assert "daemon is up" in ran.log
    assert alive(token) == []


@needs_seal
def test_nothing_of_a_run_outlives_a_parent_that_is_killed(program: Path, readable: Path) -> None:
    token = uuid.uuid4().hex
    scratch = Path(tempfile.mkdtemp(dir=readable))
    scratch.chmod(0o777)
    code = f"import os; os.execv('/usr/bin/sleep', ['sleep-{token}', '600'])"
    asked = {"code": code, "arguments": [], "limits": {n: getattr(SMALL, n) for n in SMALL.__slots__}}
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(program), "TMPDIR": str(scratch)}
    parent = subprocess.Popen([sys.executable, "-c", DRIVER], stdin=subprocess.PIPE, env=environment)
    assert parent.stdin is not None
    parent.stdin.write(json.dumps(asked).encode())
    parent.stdin.close()
    assert wait_until(lambda: any(_is_sleeper(pid, token) for pid in alive(token)))
    parent.kill()
    parent.wait()
    assert wait_until(lambda: alive(token) == [])
    assert str(scratch) not in Path("/proc/self/mountinfo").read_text()
    assert list(scratch.glob("synth-seal-*"))
    _staging.sweep(scratch)
    assert not list(scratch.glob("synth-seal-*"))


def _is_sleeper(pid: int, token: str) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(f"sleep-{token}".encode())
    return False


@needs_seal
def test_a_listener_that_raises_ends_the_job(tmp_path: Path) -> None:
    token = uuid.uuid4().hex

    def interrupted(line: str) -> None:
        raise KeyboardInterrupt(line)

    job = Prepared(command=("{python}", "-c", "import time; print('up', flush=True); time.sleep(600)", token))
    with pytest.raises(KeyboardInterrupt, match="up"):
        bubblewrap.SEAL.run(job, limits=SMALL, out=tmp_path, line=interrupted)
    assert wait_until(lambda: alive(token) == [])


@needs_seal
def test_two_runs_at_once_do_not_meet(tmp_path: Path) -> None:
    ended: dict[str, Ran] = {}

    def one(name: str) -> None:
        (tmp_path / name).mkdir()
        code = f"""
import os, time
open('/tmp/{name}', 'w')
time.sleep(0.3)
print(*os.listdir('/tmp'))
open('/job/out/{name}', 'w')
"""
        ended[name] = run(code, tmp_path / name, files=(("name", name.encode()),))

    threads = [threading.Thread(target=one, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("first", "second"):
        assert name in ended[name].log
        assert ({"first", "second"} - {name}).pop() not in ended[name].log
        assert [at.name for at in (tmp_path / name).iterdir()] == [name]


@needs_seal
def test_lines_are_heard_as_they_come_and_are_printable(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    code = """
import time
print('@progress 0.5 half', flush=True)
time.sleep(0.5)
print('\\x1b[31mred\\x07', 'x' * 5000)
"""
    job = Prepared(command=("{python}", "-c", code))
    ran = bubblewrap.SEAL.run(
        job, limits=SMALL, out=tmp_path, line=lambda said: heard.append((said, time.monotonic()))
    )
    assert heard[0][0] == "@progress 0.5 half"
    assert heard[1][1] - heard[0][1] > 0.3
    assert heard[1][0].startswith(" [31mred ")
    assert len(heard[1][0]) == 2000
    assert len(ran.log.splitlines()[1]) > 5000
