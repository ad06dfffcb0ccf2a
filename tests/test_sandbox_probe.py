"""The hostile probe: it does nothing outside a seal, it finds what a weakened seal lets through."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from synth.errors import SandboxError
from synth.sandbox import Lack, Seal, _hostile, _limits, _preflight, _probe, _seccomp, bubblewrap
from synth.sandbox._hostile import WORDS, Attempted
from synth.trials import Limits, Prepared, Ran

HERE = Path(_hostile.__file__).parent
ROOT = Path(__file__).resolve().parent.parent
MARKER = "0123456789abcdef" * 2
Edit = Callable[[tuple[str, ...]], tuple[str, ...]]


@pytest.fixture(scope="session")
def sealed() -> Seal:
    """Return bubblewrap, or skip where it cannot seal."""
    lack = bubblewrap.SEAL.lack()
    if lack is not None:
        pytest.skip(f"no bubblewrap seal here: {lack.what}")
    return bubblewrap.SEAL


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a folder with the probe as it lies in a seal."""
    folder = tmp_path / "inputs"
    for name, content in _hostile.prepared("attempts", token="t").files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


# ---- outside


@pytest.mark.parametrize("mode", sorted(_probe.JOBS))
@pytest.mark.parametrize("marked", ["", MARKER], ids=["no marker", "forged marker"])
def test_run_outside_it_prints_one_line_and_exits_3(copied: Path, mode: str, marked: str) -> None:
    before = sorted(copied.rglob("*"))
    ran = subprocess.run(
        [sys.executable, "-S", "-E", "-B", str(copied), marked, mode],
        env={"SYNTH_SEAL": marked},
        cwd=copied,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("the hostile probe does nothing here: ")
    assert ran.stderr.count("\n") == 1
    assert sorted(copied.rglob("*")) == before


@pytest.mark.parametrize("words", [[], ["x"], ["x", "cpu"], [MARKER, "no such job"]])
def test_words_that_make_no_sense_are_refused_as_well(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNTH_SEAL", raising=False)
    assert _probe.main(words) == 3


def test_a_forged_marker_and_place_do_not_make_it_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_SEAL", MARKER)
    monkeypatch.setattr(_probe, "INPUTS", str(HERE))
    assert _probe.unsealed(MARKER)
    assert _probe.main([MARKER, "cpu"]) == 3


@pytest.mark.parametrize("proof", ["_first_namespaces", "_whole_map", "_interfaces"])
def test_each_proof_is_enough_to_refuse(proof: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_SEAL", MARKER)
    monkeypatch.setattr(_probe, "INPUTS", str(HERE))
    for name in ("_first_namespaces", "_whole_map", "_interfaces"):
        monkeypatch.setattr(_probe, name, lambda name=name: f"no: {name}" if name == proof else "")
    assert _probe.unsealed(MARKER) == f"no: {proof}"
    monkeypatch.setattr(_probe, proof, lambda: "")
    assert _probe.unsealed(MARKER) == ""


def test_what_the_kernel_does_not_tell_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_SEAL", MARKER)
    monkeypatch.setattr(_probe, "INPUTS", str(HERE))

    def gone() -> str:
        raise FileNotFoundError("/proc is not mounted")

    monkeypatch.setattr(_probe, "_first_namespaces", gone)
    assert "/proc is not mounted" in _probe.unsealed(MARKER)


@pytest.mark.parametrize("name", _hostile.PROGRAM)
def test_importing_its_files_does_nothing(name: str) -> None:
    tree = ast.parse((HERE / name).read_text())
    harmless = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.Assign,
        ast.AnnAssign,
        ast.AugAssign,
        ast.Expr,
    )
    for node in tree.body:
        if isinstance(node, ast.If):
            assert ast.unparse(node.test) == "__name__ == '__main__'"
            continue
        assert isinstance(node, harmless)
        if isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant)
        if not isinstance(node, ast.FunctionDef):
            assert not any(isinstance(part, ast.Call) for part in ast.walk(node))


def test_its_files_need_the_standard_library_alone() -> None:
    for name in _hostile.PROGRAM:
        for node in ast.walk(ast.parse((HERE / name).read_text())):
            named = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert all(
                n.split(".")[0] in sys.stdlib_module_names or n.startswith("synth.sandbox") for n in named
            )


# ---- inside


def test_every_attempt_is_held(sealed: Seal) -> None:
    made = _hostile.attempts(sealed)
    assert [f"{a.name}: {a.seen}" for a in made if a.verdict == "not held"] == []
    assert _preflight.held(made)
    assert [attempt.name for attempt in made] == list(WORDS)


def test_every_attempt_is_held_when_an_ordinary_user_asks(sealed: Seal) -> None:
    assert sealed
    if os.geteuid() != 0:
        pytest.skip("the test of every attempt ran as an ordinary user")
    program = "from synth.sandbox import _hostile, bubblewrap\n"
    program += "for made in _hostile.attempts(bubblewrap.SEAL): print(made.verdict)"
    paths = os.pathsep.join([str(ROOT), *(p for p in sys.path if "packages" in p)])
    for python in (sys.executable, "/usr/bin/python3"):
        words = [python, "-c", program]
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": paths,
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": "/nonexistent",
        }
        try:
            ran = subprocess.run(
                words,
                env=env,
                user=65534,
                group=65534,
                extra_groups=[],
                capture_output=True,
                text=True,
                check=False,
            )
        except PermissionError:
            continue
        if "ModuleNotFoundError" in ran.stderr or "PermissionError" in ran.stderr:
            continue
        verdicts = ran.stdout.split("\n")[:-1]
        assert ran.stderr == ""
        assert (len(verdicts), verdicts.count("not held")) == (len(WORDS), 0)
        return
    pytest.skip("an ordinary user cannot run this interpreter or read its packages")


def _without(*gone: str) -> Edit:
    """Leave a run of words out, everywhere ("*" stands for any word)."""

    def edit(words: tuple[str, ...]) -> tuple[str, ...]:
        kept, at = list[str](), 0
        while at < len(words):
            here = words[at : at + len(gone)]
            if len(here) == len(gone) and all(g in ("*", h) for g, h in zip(gone, here, strict=True)):
                at += len(gone)
            else:
                kept.append(words[at])
                at += 1
        assert tuple(kept) != words
        return tuple(kept)

    return edit


def _made(seal: Seal) -> dict[str, str]:
    """Return the verdicts of the probe's own attempts."""
    token = "t" * 32
    with _hostile.outside(token, limits=_hostile._LONG) as beyond:
        went = _hostile._went(seal, "attempts", _hostile._LONG, token, beyond.told)
        return {attempt.name: attempt.verdict for attempt in _hostile._told(went, beyond)}


@pytest.mark.parametrize(
    ("edit", "through"),
    [
        pytest.param(_without("--remount-ro", "/"), {"writing-outside"}, id="the root can be written"),
        pytest.param(_without("--remount-ro", "/dev"), {"writing-outside"}, id="/dev can be written"),
        pytest.param(_without("--size", "*"), {"sized-folders"}, id="folders without a size"),
        pytest.param(_without("--unshare-ipc"), {"own-namespaces"}, id="the machine's ipc"),
        pytest.param(
            lambda w: (*w, "--ro-bind", "/tmp", "/tmp"),
            {"secret-file", "path-socket"},
            id="the machine's /tmp",
        ),
        pytest.param(lambda w: (*w, "--setenv", "X", "t" * 32), {"environment"}, id="a secret variable"),
    ],
)
def test_a_seal_without_one_of_its_words_does_not_hold(
    edit: Edit, through: set[str], sealed: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = bubblewrap._words

    def fewer(**given: object) -> tuple[str, ...]:
        return edit(words(**given))  # type: ignore[arg-type]

    monkeypatch.setattr(bubblewrap, "_words", fewer)
    made = _made(sealed)
    assert through <= {name for name, verdict in made.items() if verdict == "not held"}


HALVES = ["", "--unshare-net", "--unshare-pid", "--unshare-user"]


@pytest.mark.parametrize("gone", HALVES, ids=["whole", "network", "processes", "users"])
def test_in_half_a_seal_the_probe_refuses_to_run(gone: str, sealed: Seal, copied: Path) -> None:
    assert sealed
    if gone == "--unshare-user" and os.geteuid() != 0:
        pytest.skip("bubblewrap gives an ordinary user a user namespace, asked or not")
    shown = bubblewrap.interpreter().folders
    binds = [word for at in (Path("/usr"), *shown) for word in ("--ro-bind", str(at), str(at))]
    links = [w for p in bubblewrap._SYSTEM if os.path.islink(p) for w in ("--symlink", os.readlink(p), p)]
    words = ["bwrap", *(word for word in HALVES if word and word != gone), *links, *binds, "--proc", "/proc"]
    words += [
        "--ro-bind",
        str(copied),
        "/job/inputs",
        "--tmpfs",
        "/job/out",
        "--setenv",
        "SYNTH_SEAL",
        MARKER,
    ]
    ran = subprocess.run(
        [*words, sys.executable, "-S", "-E", "/job/inputs", MARKER, "odd"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if not gone:
        assert (ran.returncode, ran.stdout) == (0, "@began\n")
        return
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("the hostile probe does nothing here: ")


def test_a_seal_without_its_filter_does_not_hold(sealed: Seal, monkeypatch: pytest.MonkeyPatch) -> None:
    allow_all = (0x06).to_bytes(2, "little") + b"\0\0" + (0x7FFF0000).to_bytes(4, "little")
    monkeypatch.setattr(_seccomp, "program", lambda **_: allow_all)
    made = _made(sealed)
    through = {name for name, verdict in made.items() if verdict == "not held"}
    assert {"personality", "odd-sockets", "vsock", "keys", "file-handles", "tracing"} <= through


def test_a_seal_without_limits_does_not_hold(sealed: Seal, monkeypatch: pytest.MonkeyPatch) -> None:
    under = _limits.under

    def unlimited(limits: Limits, argv: tuple[str, ...], **given: object) -> tuple[str, ...]:
        words = under(limits, argv, **given)  # type: ignore[arg-type]
        return (*words[: words.index("/usr/bin/prlimit")], *argv)

    monkeypatch.setattr(_limits, "under", unlimited)
    made = _made(sealed)
    through = {name for name, verdict in made.items() if verdict == "not held"}
    assert {"address-space", "file-size", "raising-limits", "process-count"} <= through


# ---- what the outside sees, with a seal that answers as it is told


class Told:
    """A seal that runs nothing: by the job's mode it says what it is told to say."""

    name = "told 1.0"

    def __init__(self, **ends: Callable[[Path, list[str]], Ran]) -> None:
        self.ends, self.asked = ends, 0

    def lack(self) -> Lack | None:
        return None

    def run(
        self,
        prepared: Prepared,
        *,
        limits: Limits,
        out: Path,
        gpu: bool = False,
        line: Callable[[str], None] | None = None,
    ) -> Ran:
        assert line is not None
        assert not gpu
        self.asked += 1
        mode, said = prepared.command[-2], list[str]()
        stopped = {"cpu": "CPU time", "wall": "wall clock", "log": "log size", "memory": "memory"}.get(
            mode, ""
        )
        ran = Ran(exit_code=-9 if stopped else 0, stopped=stopped, log="", cpu_seconds=1.0, wall_seconds=1.0)
        if mode == "attempts":
            said += [json.dumps({"name": name, "verdict": "held", "seen": "EPERM"}) for name in WORDS]
            said = [f"@attempt {words}" for words in said]
        else:
            said.append("@began")
            (out / "kept").write_text("kept")
        if mode in self.ends:
            ran = self.ends[mode](out, said)
        for one in said:
            line(one)
        assert limits.wall_seconds <= 20
        return ran


ENDED = Ran(exit_code=0, stopped="", log="", cpu_seconds=0.1, wall_seconds=0.1)


def _link(out: Path, _: list[str]) -> Ran:
    (out / "way").symlink_to("/etc/passwd")
    return ENDED


def _hard(out: Path, _: list[str]) -> Ran:
    (out / "other").hardlink_to(out / "kept")
    return ENDED


def _beside(out: Path, _: list[str]) -> Ran:
    (out.parent / "synth-forged").write_text("forged")
    return ENDED


def _nothing(out: Path, _: list[str]) -> Ran:
    (out / "kept").unlink()
    return ENDED


def _silent(_: Path, said: list[str]) -> Ran:
    said.clear()
    return ENDED


def _ran(_: Path, __: list[str]) -> Ran:
    return ENDED


def _greedy(_: Path, __: list[str]) -> Ran:
    return replace(ENDED, stopped="memory", peak_mb=4000.0)


def _leaked(_: Path, said: list[str]) -> Ran:
    said[3] = said[3].replace('"held"', '"not held"')
    return ENDED


@pytest.mark.parametrize(
    ("mode", "end", "name"),
    [
        ("cpu", _ran, "cpu-time"),
        ("wall", _ran, "wall-clock"),
        ("log", _ran, "log-size"),
        ("memory", _ran, "memory-use"),
        ("memory", _greedy, "memory-use"),
        ("odd", _link, "odd-outputs"),
        ("odd", _hard, "odd-outputs"),
        ("odd", _nothing, "odd-outputs"),
        ("odd", _silent, "odd-outputs"),
        ("forge", _beside, "forged-outputs"),
        ("daemon", _silent, "daemon"),
        ("attempts", _leaked, list(WORDS)[3]),
    ],
)
def test_what_a_seal_lets_through_is_not_held(
    mode: str, end: Callable[[Path, list[str]], Ran], name: str
) -> None:
    made = _hostile.attempts(Told(**{mode: end}))
    assert [attempt.name for attempt in made if attempt.verdict == "not held"] == [name]
    assert not _preflight.held(made)


def test_a_probe_that_answers_nothing_held_nothing() -> None:
    made = _hostile.attempts(Told(attempts=_silent))
    assert sum(attempt.verdict == "not held" for attempt in made) == len(WORDS) - len(_hostile._JOBS)


def test_a_process_that_outlives_its_job_is_found() -> None:
    token = "d" * 32
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", token]) as left:
        assert _hostile._alive(token) == (left.pid,)
        left.kill()


def test_a_listener_that_was_reached_was_not_out_of_reach() -> None:
    import socket

    token = "e" * 32
    with _hostile.outside(token, limits=_hostile._LONG) as beyond:
        assert beyond.visited() == frozenset()
        with socket.create_connection(("127.0.0.1", int(str(beyond.told["tcp"])))):
            assert beyond.visited() == {"loopback"}
    assert token not in os.environ.values()


# ---- kept once per boot


@pytest.fixture
def seal() -> Told:
    """Return a seal that holds all."""
    return Told()


def test_a_second_job_of_the_same_boot_asks_nothing(seal: Told, tmp_path: Path) -> None:
    first = _preflight.check(seal, cache=tmp_path / "cache")
    asked = seal.asked
    assert asked == 1 + len(_hostile._JOBS)
    assert _preflight.check(seal, cache=tmp_path / "cache") == first
    assert seal.asked == asked


def _behind_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _edited(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: p.write_text(""),
        lambda p: p.write_text("[]"),
        lambda p: p.write_bytes(b"\xff\xfe"),
        lambda p: p.write_text(_edited(p.read_text(), "EPERM", "EACCES")),
        lambda p: p.write_text(_edited(p.read_text(), '"sha256": "', '"sha256": "0')),
        lambda p: p.write_text(p.read_text()[:-40]),
        lambda p: p.write_text("[" * 100_000),
        lambda p: p.write_text(" " * (1 << 19)),
        lambda p: p.chmod(0o666),
        _behind_a_link,
    ],
    ids=["empty", "a list", "no text", "seen", "sum", "cut", "deep", "large", "open to all", "link"],
)
def test_a_kept_verdict_that_is_not_as_we_left_it_is_passed_over(
    damage: Callable[[Path], object], seal: Told, tmp_path: Path
) -> None:
    _preflight.check(seal, cache=tmp_path)
    asked = seal.asked
    (kept,) = tmp_path.iterdir()
    damage(kept)
    assert _preflight.held(_preflight.check(seal, cache=tmp_path))
    assert seal.asked == 2 * asked


@pytest.mark.parametrize("changed", ["boot", "seal", "source", "uid", "interpreter"])
def test_another_boot_seal_source_user_or_interpreter_asks_again(
    changed: str, seal: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _preflight._key(seal)
    if changed == "boot":
        read = Path.read_text
        monkeypatch.setattr(Path, "read_text", lambda p, *a: "b" if p.name == "boot_id" else read(p, *a))
    elif changed == "seal":
        seal.name = "told 1.1"  # type: ignore[misc]
    elif changed == "source":
        (tmp_path / "one.py").write_text("")
        monkeypatch.setattr(_preflight, "HERE", tmp_path)
    elif changed == "uid":
        monkeypatch.setattr(os, "geteuid", lambda: 4711)
    else:
        monkeypatch.setattr(sys, "executable", "/usr/bin/another")
    assert _preflight._key(seal) != before


def test_a_seal_that_did_not_hold_is_asked_every_time(tmp_path: Path) -> None:
    leaky = Told(odd=_link)
    assert not _preflight.held(_preflight.check(leaky, cache=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_no_job_runs_in_a_seal_that_did_not_hold(seal: Told) -> None:
    made = _hostile.attempts(seal)
    _preflight.require(made, seal=seal)
    leaky = _hostile.attempts(Told(odd=_link))
    with pytest.raises(SandboxError, match=r"told 1\.0 did not hold 1 of \d+ hostile attempts: odd-outputs"):
        _preflight.require(leaky, seal=seal)


@pytest.mark.parametrize("made", [(), "short", "twice"])
def test_attempts_that_were_not_all_made_once_did_not_hold(made: object, seal: Told) -> None:
    whole = _hostile.attempts(seal)
    given: tuple[Attempted, ...] = {"short": whole[1:], "twice": (*whole, whole[0])}.get(str(made), ())
    assert not _preflight.held(given)
    if len(given) < len(whole):
        with pytest.raises(SandboxError, match="not tried"):
            _preflight.require(given, seal=seal)


def test_a_probe_that_cannot_be_run_is_an_error() -> None:
    def broken(_: Path, __: list[str]) -> Ran:
        raise SandboxError("no seal: it broke")

    with pytest.raises(SandboxError, match="could not be run: no seal: it broke"):
        _hostile.attempts(Told(attempts=broken))
