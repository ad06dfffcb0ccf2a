"""The hostile probe: it does nothing outside a seal, it finds what a weakened seal lets through."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir

import pytest

from synth.sandbox import Seal, _hostile, _limits, _preflight, _probe, _seccomp, bubblewrap
from synth.sandbox._hostile import WORDS
from synth.trials import Limits

HERE = Path(_hostile.__file__).parent
ROOT = Path(__file__).resolve().parent.parent
MARKER = "0123456789abcdef" * 2
TOKEN = f"{os.getpid():032d}"  # tests run side by side
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
    with _hostile.outside(TOKEN, limits=_hostile._LONG) as beyond:
        went = _hostile._went(seal, "attempts", _hostile._LONG, TOKEN, beyond.told)
        return {attempt.name: attempt.verdict for attempt in _hostile._told(went, beyond)}


@pytest.mark.parametrize(
    ("edit", "through"),
    [
        pytest.param(_without("--remount-ro", "/"), {"writing-outside"}, id="the root can be written"),
        pytest.param(_without("--remount-ro", "/dev"), {"writing-outside"}, id="/dev can be written"),
        pytest.param(_without("--size", "*"), {"sized-folders"}, id="folders without a size"),
        pytest.param(_without("--unshare-ipc"), {"own-namespaces"}, id="the machine's ipc"),
        pytest.param(
            lambda w: (*w, "--ro-bind", gettempdir(), gettempdir()),
            {"secret-file", "path-socket"},
            id="the machine's /tmp",
        ),
        pytest.param(lambda w: (*w, "--setenv", "X", TOKEN), {"environment"}, id="a secret variable"),
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
