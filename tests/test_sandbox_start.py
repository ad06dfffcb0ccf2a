"""What enters the seal, what keeps it from starting, and the line that mends it."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sealed_jobs import SMALL, needs_seal, readable_folder, run, skip_unless_sealed

from synth import sandbox
from synth.errors import SandboxError, UsageError
from synth.sandbox import Lack, _causes, _interpreter, _limits, _seccomp, _staging, bubblewrap
from synth.sandbox._lines import Lines
from synth.trials import Prepared


@pytest.fixture(scope="session")
def sealed() -> None:
    skip_unless_sealed()


@pytest.fixture(scope="session")
def readable() -> Iterator[Path]:
    yield from readable_folder()


@needs_seal
def test_folders_are_shown_read_only_even_below_one_that_only_root_may_pass(
    tmp_path: Path, readable: Path
) -> None:
    private = Path(tempfile.mkdtemp(dir=readable))
    (private / "model").mkdir(mode=0o755)
    (private / "model" / "weights").write_text("weights")
    private.chmod(0o700)
    code = """
print(open("/job/inputs/models/one/weights").read(), open("/job/inputs/plain").read())
try:
    open("/job/inputs/models/one/new", "w")
except OSError as error:
    print(error.strerror)
"""
    ran = run(code, tmp_path, folders=(("models/one", private / "model"),), files=(("plain", b"file"),))
    assert ran.log == "weights file\nRead-only file system\n"
    assert str(private) not in Path("/proc/self/mountinfo").read_text()


@needs_seal
def test_a_folder_that_the_unprivileged_user_may_not_read_is_named_before_the_run(
    readable: Path, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("an ordinary user's job reads what the user may read")
    closed = Path(tempfile.mkdtemp(dir=readable))
    with pytest.raises(SandboxError, match=f"may not read {closed} - chmod"):
        run("1", tmp_path, folders=(("closed", closed),))


@needs_seal
def test_an_interpreter_that_the_unprivileged_user_may_not_read_is_named_before_the_run(
    readable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("an ordinary user's job reads what the user may read")
    mine = Path(tempfile.mkdtemp(dir=readable)) / "python3"
    mine.parent.chmod(0o755)
    shutil.copy("/usr/bin/true", mine)
    mine.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(mine))
    with pytest.raises(SandboxError, match=r"may not read .*python3"):
        run("1", tmp_path)


def test_an_interpreter_whose_folder_is_a_home_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/tmp")
    with pytest.raises(SandboxError, match="all of /tmp to a job - run synth from a virtual environment"):
        _interpreter.interpreter()


@needs_seal
@pytest.mark.parametrize(
    "prepared",
    [
        Prepared(command=("true",), files=(("../x", b""),)),
        Prepared(command=("true",), files=(("/etc/x", b""),)),
        Prepared(command=("true",), files=(("a\nb", b""),)),
        Prepared(command=("true",), files=(("", b""),)),
        Prepared(command=("true",), files=(("a", b""), ("a", b""))),
        Prepared(command=("true",), files=(("a", b""), ("a/b", b""))),
        Prepared(command=("true",), files=(("a", b""),), folders=(("a", Path("/usr")),)),
        Prepared(command=("true",), folders=(("a", Path("/nonexistent")),)),
        Prepared(command=("true",), folders=(("a", Path("/")),)),
        Prepared(command=("true",), folders=(("a", Path.home()),)),
        Prepared(command=()),
        Prepared(command=("true", "a\0b")),
    ],
)
def test_an_input_that_is_not_allowed_is_an_error_before_the_run(prepared: Prepared, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=" - "):
        bubblewrap.SEAL.run(prepared, limits=SMALL, out=tmp_path)


@needs_seal
def test_gold_never_enters_and_no_staged_folder_stays(
    tmp_path: Path, readable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = Path(tempfile.mkdtemp(dir=readable))
    scratch.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    code = """
import os
print(sorted(names for _, _, names in os.walk("/job")), os.stat("/job/inputs/a").st_mode % 512)
"""
    old_mask = os.umask(0o077)
    try:
        ran = run(
            code,
            tmp_path,
            files=(("a", b"1"),),
            gold=(("gold.json", b"answers"),),
        )
    finally:
        os.umask(old_mask)
    assert ran.log == f"[[], [], ['a']] {0o444}\n"
    assert not list(scratch.iterdir())


@needs_seal
def test_a_command_that_is_not_there_is_a_run_that_failed(tmp_path: Path) -> None:
    ran = bubblewrap.SEAL.run(Prepared(command=("/nonexistent",)), limits=SMALL, out=tmp_path)
    assert ran.exit_code in (126, 127)
    assert ran.stopped == ""


@needs_seal
def test_a_gpu_where_there_is_none_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    if list(Path("/dev").glob("nvidia[0-9]*")):
        pytest.skip("this machine has one")
    with pytest.raises(SandboxError, match="no NVIDIA GPU - "):
        bubblewrap.SEAL.run(Prepared(command=("true",)), limits=SMALL, out=tmp_path, gpu=True)


def test_a_gpu_adds_its_nodes_and_limits_data_instead_of_addresses() -> None:
    words = bubblewrap._device_words(("/dev/nvidia0", "/dev/nvidiactl"), SMALL)
    assert " ".join(words) == (
        "--dev /dev --dev-bind /dev/nvidia0 /dev/nvidia0 --dev-bind /dev/nvidiactl /dev/nvidiactl "
        f"--size {2 << 20} --tmpfs /dev/shm --remount-ro /dev"
    )
    assert f"--data={512 << 20}" in _limits.under(SMALL, ("true",), gpu=True)
    assert f"--as={512 << 20}" in _limits.under(SMALL, ("true",))


@needs_seal
def test_user_namespaces_and_capabilities_are_closed_twice() -> None:
    words = bubblewrap._words(binds=(), inputs=Path("/tmp"), limits=SMALL, seccomp=3, nodes=())
    if (
        "--disable-userns"
        in subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False).stdout
    ):
        assert "--disable-userns" in words
    assert words[words.index("--cap-drop") + 1] == "ALL"
    assert "unshare" in _seccomp.REFUSED
    assert "clone3" in _seccomp.ABSENT


def test_the_filter_is_made_for_both_architectures() -> None:
    if _seccomp.lack():
        pytest.skip("no libseccomp here")
    made = {arch: _seccomp.program(arch) for arch in ("X86_64", "AARCH64")}
    assert made["X86_64"] != made["AARCH64"]
    assert all(len(program) % 8 == 0 and len(program) > 400 for program in made.values())
    assert _seccomp.program(memfd=True) != _seccomp.program()


def test_what_the_kernel_refuses_an_unprivileged_job_the_filter_refuses_too() -> None:
    wanted = """
    mount umount2 pivot_root chroot setns unshare ptrace process_vm_readv process_vm_writev userfaultfd
    open_by_handle_at name_to_handle_at keyctl add_key request_key bpf perf_event_open personality acct
    kexec_load init_module finit_module delete_module reboot swapon swapoff quotactl iopl ioperm
    settimeofday clock_settime adjtimex
    """
    assert set(wanted.split()) <= set(_seccomp.REFUSED)


def test_a_missing_libseccomp_is_a_lack_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> Any:
        raise RuntimeError("Unable to find libseccomp")

    monkeypatch.setattr(_seccomp, "_pyseccomp", missing)
    lack = _seccomp.lack()
    assert lack is not None
    assert "apt install libseccomp2" in lack.remedy


def test_a_missing_bubblewrap_is_a_lack_and_no_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lack = bubblewrap.SEAL.lack()
    assert lack is not None
    assert "apt install bubblewrap, dnf install bubblewrap or pacman -S bubblewrap" in lack.remedy
    with pytest.raises(SandboxError, match="not installed - apt install"):
        bubblewrap.SEAL.run(Prepared(command=("true",)), limits=SMALL, out=tmp_path)
    assert bubblewrap.SEAL.name == "bubblewrap"


def test_another_system_than_linux_is_a_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    lack = bubblewrap.SEAL.lack()
    assert lack is not None
    assert "Linux" in lack.what


FAKE = """#!/bin/sh
case "$1" in
--version) echo "bubblewrap {version}" ;;
--help) echo "{options}" ;;
*) echo "bwrap: {said}" >&2; exit 1 ;;
esac
"""


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("setting up uid map: Permission denied", "apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict"),
        ("loopback: Failed RTM_NEWADDR: Operation not permitted", "bwrap-userns-restrict"),
        ("No permissions to creating new namespace, likely because", "kernel.unprivileged_userns_clone=1"),
        ("Can't mount proc on /newroot/proc: Operation not permitted", "systempaths=unconfined"),
        ("something new", "apt install bubblewrap"),
    ],
)
def test_a_seal_that_does_not_start_says_why_and_what_mends_it(
    said: str, remedy: str, readable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if _seccomp.lack() or not all(Path(needed).exists() for needed in _limits.NEEDED):
        pytest.skip("libseccomp, util-linux or GNU tar is missing here")
    fake = _fake(readable, said=said, version="0.9.0", options="--size  --disable-userns")
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    lack = bubblewrap.SEAL.lack()
    assert lack is not None
    assert remedy in lack.remedy
    with pytest.raises(SandboxError, match="no seal: ") as caught:
        run("1", tmp_path)
    assert remedy in str(caught.value)


def test_a_bubblewrap_that_cannot_size_a_tmpfs_is_a_lack(
    readable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = _fake(readable, said="", version="0.6.1", options="--tmpfs DEST")
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    lack = bubblewrap.SEAL.lack()
    assert lack is not None
    assert "0.6.1" in lack.what


def _fake(readable: Path, *, said: str, version: str, options: str) -> Path:
    folder = Path(tempfile.mkdtemp(dir=readable))
    folder.chmod(0o755)
    fake = folder / "bwrap"
    fake.write_text(FAKE.format(said=said, version=version, options=options))
    fake.chmod(0o755)
    return fake


def test_backends_are_found_by_file_and_bubblewrap_is_chosen_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sandbox.names()[0] == "bubblewrap"
    assert sandbox.load("bubblewrap") is bubblewrap.SEAL
    with pytest.raises(UsageError, match="known: bubblewrap"):
        sandbox.load("_staging")
    monkeypatch.setattr(bubblewrap.Bubblewrap, "lack", lambda _: None)
    assert sandbox.choose() is bubblewrap.SEAL
    monkeypatch.setattr(bubblewrap.Bubblewrap, "lack", lambda _: Lack(what="w", remedy="r"))
    assert sandbox.choose("bubblewrap") == (Lack(what="w", remedy="r"),)


def test_the_cause_of_silence_is_said() -> None:
    assert "it said nothing" in _causes.cause("").what


def test_what_a_job_prints_is_cut_into_lines_across_chunks() -> None:
    heard: list[str] = []
    lines = Lines(heard.append)
    for chunk in (b"a\xc3", b"\xa4b\r\nc", b"d\re\n", b"\xff", b"last"):
        lines.add(chunk)
    lines.end()
    assert heard == ["aäb", "cd", "e", "�last"]
    assert lines.text() == "aäb\ncd\ne\n�last\n"


def test_a_limit_is_never_above_what_we_may_set_ourselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (8, 8))
    words = _limits.under(SMALL, ("true",))
    assert {"--nofile=8", "--cpu=5:6", "--nproc=8", "--as=8", "--fsize=8"} <= set(words)


def test_an_old_kernel_counts_the_processes_outside_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.release", lambda: "5.13.0-1-generic")
    assert _limits.counted_outside(os.geteuid()) >= 1
    monkeypatch.setattr("platform.release", lambda: "5.14.0")
    assert _limits.counted_outside(os.geteuid()) == 0


def test_a_staged_folder_that_is_in_use_is_not_swept() -> None:
    with _staging.staged(Prepared(command=("true",), files=(("a/b", b"1"),))) as inputs:
        _staging.sweep(inputs.root.parent)
        assert (inputs.inputs / "a" / "b").read_bytes() == b"1"
    assert not inputs.root.exists()


def test_inputs_that_find_no_room_are_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, f"No space left for {len(content)} bytes")

    monkeypatch.setattr(Path, "write_bytes", full)
    job = Prepared(command=("true",), files=(("a", b"1"),))
    with pytest.raises(SandboxError, match="No space left for 1 bytes - free the disk"), _staging.staged(job):
        pytest.fail("nothing may run")
