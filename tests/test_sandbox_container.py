"""The seal of podman or docker: its words, its image, what is left; the hostile probe where one runs."""

from __future__ import annotations

import csv
import itertools
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from synth.errors import SandboxError
from synth.sandbox import _hostile, _images, _leftovers, _preflight, _seccomp, bubblewrap, container
from synth.sandbox._interpreter import Interpreter
from synth.trials import Limits, Prepared, Ran

LIMITS = Limits(cpu_seconds=5, wall_seconds=20, memory_mb=256, file_mb=2, output_mb=3, log_mb=1, processes=10)

# A podman that keeps what it was asked and runs the job's words here, with /job/out in a folder of the test.
FAKE = r"""#!{python} -I
import json, os, subprocess, sys, tarfile
here, words = {here!r}, sys.argv[1:]
with open(here + "/asked", "a") as asked:
    asked.write(json.dumps(words) + "\n")
says = json.load(open(here + "/says.json"))
first = next((w for w in words if not w.startswith("-") and not w.startswith("/")), words[0])
if first in says:
    code, out, err = says[first]
    sys.stdout.write(out)
    sys.stderr.write(err)
    sys.exit(code)
if first == "import":
    open(here + "/image.tar", "wb").write(sys.stdin.buffer.read())
if first == "run":
    sys.stdout.write("started\nexit " + str(says["exit"]) + "\n")
    sys.stdout.flush()
    print(says["log"], file=sys.stderr, flush=True)
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(here + "/wrote", arcname=".")
    import time
    time.sleep(says["sleep"])
"""
OUT = {"exit": 0, "log": "a line", "sleep": 0, "image": [1, "", ""], "ps": [0, "", ""], "rm": [0, "", ""]}
OUT |= {"--version": [0, "podman version 9.8.7\n", ""], "inspect": [1, "", ""], "kill": [0, "", ""]}


class Fake:
    """A folder on PATH with a podman (or docker) that says what a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "wrote").mkdir()
        self.says()

    def says(self, **changed: object) -> None:
        (self.folder / "says.json").write_text(json.dumps(OUT | changed))

    def install(self, name: str) -> None:
        program = FAKE.replace("{python}", sys.executable).replace("{here!r}", repr(str(self.folder)))
        (self.folder / name).write_text(program)
        (self.folder / name).chmod(0o755)

    def asked(self, first: str) -> list[list[str]]:
        lines = (self.folder / "asked").read_text().splitlines()
        return [words for words in map(json.loads, lines) if first in words]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Return the fake engine, with nothing of another test kept."""
    made = Fake(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    container._working.cache_clear()
    _images.empty_image.cache_clear()
    return made


def _run(out: Path, job: Prepared | None = None, **given: object) -> Ran:
    out.mkdir()
    job = job or Prepared(
        command=("{python}", "/job/inputs/main.py", "{seal}"), files=(("main.py", b"pass"),)
    )
    return container.SEAL.run(job, limits=LIMITS, out=out, **given)  # type: ignore[arg-type]


# ---- which engine, if any


def test_without_an_engine_the_lack_says_what_installs_one(fake: Fake) -> None:
    assert fake
    lack = container.SEAL.lack()
    assert lack is not None
    assert lack.what == "neither podman nor docker is installed"
    assert "apt install podman" in lack.remedy
    assert container.SEAL.name == "container"


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("Error: crun: cgroups in hybrid mode not supported", "apt install runc"),
        ("Error: newuidmap: no such file", "apt install uidmap"),
        ("Error: no subuid ranges found for user", "--add-subuids"),
        ("Error: runc create failed: unable to setup user: invalid argument", "--add-subuids"),
        ("Error: something else", "see what `podman info` says"),
    ],
)
def test_an_engine_that_cannot_run_is_a_lack_with_its_remedy(said: str, remedy: str, fake: Fake) -> None:
    fake.install("podman")
    fake.says(run=[125, "", f"first\n{said}\n"])
    lack = container.SEAL.lack()
    assert lack is not None
    assert lack.what == f"podman cannot run a container: {said}"
    assert remedy in lack.remedy
    with pytest.raises(SandboxError, match="no seal: podman cannot run"):
        _run(fake.folder / "out")


def test_a_docker_without_a_daemon_is_a_lack(fake: Fake) -> None:
    fake.install("docker")
    fake.says(**{"import": [1, "", "Cannot connect to the docker daemon"]})
    lack = container.SEAL.lack()
    assert lack is not None
    assert lack.what == "docker takes no image: Cannot connect to the docker daemon"
    assert "systemctl start docker" in lack.remedy


def test_an_engine_whose_root_is_the_machines_is_refused(fake: Fake) -> None:
    fake.install("docker")
    fake.says(log="         0          0 4294967295")
    lack = container.SEAL.lack()
    assert lack is not None
    assert lack.what == "docker gives containers the users of the whole machine"
    assert "userns-remap" in lack.remedy


def test_the_lack_shown_is_that_of_the_last_podman_that_was_tried(fake: Fake) -> None:
    for name in ("podman", "runc", "docker"):
        fake.install(name)
    fake.says(run=[125, "", "Error: no subuid ranges"])
    lack = container.SEAL.lack()
    assert lack is not None
    assert lack.what.startswith("podman cannot run")
    assert [words[:2] for words in fake.asked("run")][1] == ["--runtime", str(fake.folder / "runc")]


def test_where_podmans_own_runtime_cannot_runc_is_tried(fake: Fake) -> None:
    fake.install("podman")
    fake.install("runc")
    assert list(container._engines()) == [
        (str(fake.folder / "podman"),),
        (str(fake.folder / "podman"), "--runtime", str(fake.folder / "runc")),
    ]


# ---- what it is asked


def _words(fake: Fake) -> list[str]:
    _run(fake.folder / "out")
    return fake.asked("run")[-1]


def _follows(words: list[str], option: str) -> list[str]:
    return [after for word, after in itertools.pairwise(words) if word == option]


def test_the_container_has_no_network_privileges_or_writable_system(fake: Fake) -> None:
    fake.install("podman")
    words = _words(fake)
    assert {"--rm", "--read-only", "--read-only-tmpfs=false", "--unsetenv-all", "--no-hosts"} <= set(words)
    expected = {
        "--network": "none",
        "--cap-drop": "ALL",
        "--user": "65534:65534",
        "--pull": "never",
        "--log-driver": "none",
        "--pids-limit": "18",
        "--memory": "295m",
        "--shm-size": "2m",
        "--hostname": "sealed",
        "--timeout": "50",
        "--entrypoint": "",
    }
    assert {option: _follows(words, option) for option in expected} == {o: [v] for o, v in expected.items()}
    security = _follows(words, "--security-opt")
    assert "no-new-privileges" in security
    assert any(word.startswith("seccomp=/") for word in security)
    assert {"core=0:0", "nofile=1024:1024", "nproc=18"} == set(_follows(words, "--ulimit"))
    assert not {"--privileged", "-v", "--volume", "--env-host", "--pid", "--ipc", "--cap-add"} & set(words)


def test_what_can_be_written_has_a_size(fake: Fake) -> None:
    fake.install("podman")
    sizes = dict(word.split(":", 1) for word in _follows(_words(fake), "--tmpfs"))
    assert sizes.keys() == {"/tmp", "/job/out", "/sys"}
    assert "size=2m" in sizes["/tmp"].split(",")
    assert "size=3m" in sizes["/job/out"].split(",")
    assert sizes["/sys"].startswith("ro,")


def test_every_mount_is_read_only_and_known(fake: Fake) -> None:
    fake.install("podman")
    mounts = [next(csv.reader([word])) for word in _follows(_words(fake), "--mount")]
    assert all(mount[0] == "type=bind" and mount[-1] == "readonly" for mount in mounts)
    places = {mount[2].removeprefix("destination=") for mount in mounts}
    assert {"/usr", "/job/inputs", sys.prefix} <= places | {"/usr"}
    assert not places & {"/", "/home", "/root", "/etc", "/var", "/run", "/sys", "/proc", str(Path.home())}


def test_a_comma_in_a_path_cannot_add_an_option_to_a_mount() -> None:
    _, line = container._bind(Path('/data/a,destination=/etc,"x'), "/job/inputs/a")
    assert next(csv.reader([line])) == [
        "type=bind",
        'source=/data/a,destination=/etc,"x',
        "destination=/job/inputs/a",
        "readonly",
    ]


def test_as_root_the_container_gets_users_of_its_own(fake: Fake) -> None:
    root = container._podman_words(LIMITS, root=True)
    assert root[-4:] == ("--uidmap", "0:2000000000:65536", "--gidmap", "0:2000000000:65536")
    assert "--uidmap" not in container._podman_words(LIMITS, root=False)
    fake.install("docker")
    assert "--systemd=false" not in _words(fake)


def test_an_image_of_the_users_brings_its_own_system(fake: Fake) -> None:
    fake.install("podman")
    (fake.folder / "out").mkdir()
    seal = container.Container("example/torch:2")
    job = Prepared(command=("{python}", "x"))
    seal.run(job, limits=LIMITS, out=fake.folder / "out")
    words = fake.asked("run")[-1]
    assert [word for word in _follows(words, "--mount") if "/usr" in word] == []
    assert words[words.index("--entrypoint") + 2] == "example/torch:2"
    assert "python3" in words
    assert seal.name == "podman 9.8.7 (example/torch:2)"
    assert fake.asked("run")[-1].count("never") == 1


def test_a_gpu_is_given_node_by_node(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.install("podman")
    monkeypatch.setattr(bubblewrap, "gpu_nodes", lambda: ("/dev/nvidia0", "/dev/nvidiactl"))
    _run(fake.folder / "out", gpu=True)
    assert _follows(fake.asked("run")[-1], "--device") == ["/dev/nvidia0", "/dev/nvidiactl"]
    assert fake.asked("run")[-2].count("--device") == 0


def test_an_interpreter_that_nobody_may_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "python"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SandboxError, match=r"may not read .*chmod -R o\+rX"):
        container._readable(Interpreter(path=str(closed / "bin"), folders=(closed,)))


# ---- its filter, its image


def test_the_profile_refuses_all_that_the_other_seal_refuses() -> None:
    profile = json.loads(json.dumps(container.profile()))
    rules = profile["syscalls"]
    by_errno = {rule["errnoRet"]: set(rule["names"]) for rule in rules if "args" not in rule}
    assert by_errno == {1: set(_seccomp.REFUSED), 38: {*_seccomp.ABSENT, "memfd_create"}}
    flags = [rule["args"][0] for rule in rules if rule["names"] == ["clone"]]
    assert [(a["index"], a["value"], a["valueTwo"], a["op"]) for a in flags] == [
        (0, flag, flag, "SCMP_CMP_MASKED_EQ") for flag in _seccomp.NEW_NAMESPACES
    ]
    requests = [rule["args"][0] for rule in rules if rule["names"] == ["ioctl"]]
    assert [(a["value"], a["valueTwo"]) for a in requests] == [(0xFFFFFFFF, r) for r in _seccomp.TERMINAL]
    (sockets,) = (rule for rule in rules if "socket" in rule["names"])
    assert sockets["args"] == [{"index": 0, "value": 1, "op": "SCMP_CMP_NE"}]
    assert len(profile["architectures"]) == 1
    assert "memfd_create" not in json.dumps(container.profile(gpu=True))


def test_the_image_is_empty_and_the_same_each_time() -> None:
    assert _images.skeleton() == _images.skeleton()
    with tarfile.open(fileobj=BytesIO(_images.skeleton())) as tar:
        assert all(entry.isdir() or entry.issym() for entry in tar)
        assert {"usr", "job/inputs", "job/out", "tmp"} <= set(tar.getnames())
        assert tar.getmember("job/out").mode == 0o1777


def test_the_image_is_made_once_and_never_pulled(fake: Fake) -> None:
    fake.install("podman")
    _run(fake.folder / "one")
    _run(fake.folder / "two")
    assert len(fake.asked("import")) == 1
    assert (fake.folder / "image.tar").read_bytes() == _images.skeleton()
    assert fake.asked("pull") == []


def test_an_image_that_is_there_is_not_made_again(fake: Fake) -> None:
    fake.install("podman")
    fake.says(image=[0, "sha256:1", ""])
    _run(fake.folder / "out")
    assert fake.asked("import") == []


# ---- what comes out


def test_outputs_lines_and_the_exit_code_come_out(fake: Fake) -> None:
    fake.install("podman")
    (fake.folder / "wrote" / "a.txt").write_text("a")
    fake.says(exit=3, log="one\ntwo")
    heard = list[str]()
    ran = _run(fake.folder / "out", line=heard.append)
    assert (ran.exit_code, ran.stopped, ran.log) == (3, "", "one\ntwo\n")
    assert heard == ["one", "two"]
    assert (fake.folder / "out" / "a.txt").read_text() == "a"


def test_links_in_the_outputs_do_not_come_out(fake: Fake) -> None:
    fake.install("podman")
    (fake.folder / "wrote" / "way").symlink_to("/etc")
    (fake.folder / "wrote" / "a.txt").write_text("a")
    ran = _run(fake.folder / "out")
    assert ran.stopped == "refused output"
    assert sorted(p.name for p in (fake.folder / "out").iterdir()) == ["a.txt"]


def test_a_container_that_did_not_start_is_an_error(fake: Fake) -> None:
    fake.install("podman")
    assert container.SEAL.lack() is None
    fake.says(run=[125, "", "Error: the disk is full\n"])
    with pytest.raises(SandboxError, match="did not start: Error: the disk is full"):
        _run(fake.folder / "out")


def test_past_its_time_the_container_is_killed_and_removed(fake: Fake) -> None:
    fake.install("podman")
    assert container.SEAL.lack() is None
    fake.says(sleep=30, ps=[0, "4711\n", ""])
    (fake.folder / "out").mkdir()
    short = Limits(cpu_seconds=5, wall_seconds=1, memory_mb=256, file_mb=2, output_mb=3, log_mb=1)
    ran = container.SEAL.run(Prepared(command=("sleep",)), limits=short, out=fake.folder / "out")
    assert ran.stopped == "wall clock"
    name = _follows(fake.asked("run")[-1], "--name")[0]
    assert fake.asked("kill")[-1] == ["kill", "--signal", "KILL", name]
    assert fake.asked("rm")[-1] == ["rm", "--force", name]


# ---- what a killed run left


def test_only_the_containers_of_dead_owners_are_swept(fake: Fake) -> None:
    fake.install("podman")
    mine = _leftovers.fresh_name()
    boot, pid, began, last = mine.removeprefix("synth-seal-").split("-")
    used_again = f"synth-seal-{boot}-{pid}-{int(began) + 1}-{last}"
    dead = f"synth-seal-{boot}-4194305-17-{last}"
    other = "0" * 8 if boot != "0" * 8 else "1" * 8
    rebooted = f"synth-seal-{other}-{pid}-{began}-{last}"
    rows = [f"{mine} Up 2 minutes", f"{used_again} Up About a minute ago", f"{dead} Exited (0) now"]
    rows += [f"{rebooted} Created", "db Up 3 days"]
    rows += [
        f"{rebooted[:-1]}{'0' if last[-1] != '0' else '1'} Up 1 second",
        "synth-seal-x Exited",
        "",
        "alone",
    ]
    fake.says(ps=[0, "\n".join(rows), ""])
    engine = (str(fake.folder / "podman"),)
    assert _leftovers.sweep(engine) == (used_again, dead, rebooted)
    assert fake.asked("rm") == [["rm", "--force", used_again, dead, rebooted]]
    assert fake.asked("ps")[0][:4] == ["ps", "--all", "--filter", "label=synth.seal"]


# ---- where one runs


@pytest.fixture(scope="module")
def real() -> container.Container:
    """Return the container seal, or skip where no engine can run."""
    container._working.cache_clear()
    _images.empty_image.cache_clear()
    lack = container.SEAL.lack()
    if lack is not None:
        pytest.skip(f"no container runs here: {lack.what}")
    return container.SEAL


def test_every_attempt_is_held_in_a_container(real: container.Container) -> None:
    made = _hostile.attempts(real)
    assert [f"{a.name}: {a.seen}" for a in made if a.verdict == "not held"] == []
    assert _preflight.held(made)


def test_a_container_whose_owner_was_killed_is_swept(real: container.Container, tmp_path: Path) -> None:
    found = container._working(real)
    assert isinstance(found, tuple)
    program = (
        "import pathlib\nfrom synth.sandbox import container\nfrom synth.trials import Limits, Prepared\n"
        "container.SEAL.run(Prepared(command=('sleep', '300')), limits=Limits(), "
        f"out=pathlib.Path({str(tmp_path)!r}))"
    )
    paths = os.pathsep.join([str(Path(__file__).resolve().parent.parent), *sys.path])
    with subprocess.Popen([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": paths}) as owner:
        try:
            _until(lambda: _running(found, owner.pid))
        finally:
            owner.kill()
            owner.wait()
    _leftovers.sweep(found)  # or that of another run, which may have come first
    assert not _running(found, owner.pid)


def _running(engine: tuple[str, ...], pid: int) -> bool:
    """Return whether a container of ``pid`` that sleeps is there (not the trial before it)."""
    listed = _images.asked(engine, "ps", "--no-trunc", "--format", "{{.Names}} {{.Command}}").stdout.decode()
    return any(f"-{pid}-" in one and "sleep" in one for one in listed.split("synth-seal"))


def _until(true: Callable[[], bool]) -> None:
    import time

    for _ in range(150):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to be")
