"""Each way to pass off what is no proof is refused, and an honest proof is PROVED only with every check.

No Lean is needed: small programs stand for lean, lake, leanchecker, lean4export and comparator, and replay
streams in the format of ``lean --json``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth import proofs
from synth.errors import InputError, UsageError
from synth.proofs import audit, messages, refusal, tokens
from synth.records import Outcome
from synth.sandbox import bubblewrap
from synth.trials import Limits, Prepared, Ran

RECORDED = Path(__file__).parent / "recorded" / "lean"
CHALLENGE = b"theorem two_and_two : 2 + 2 = 4 := sorry\n"
SOLUTION = b"/-- Two and two. -/\ntheorem two_and_two : 2 + 2 = 4 := rfl\n"

LAKE = """\
import os, sys
from pathlib import Path
assert sys.argv[1] == "env" and Path("lakefile.toml").is_file(), sys.argv
os.execv(sys.argv[2], sys.argv[2:])
"""
LEAN = """\
import re, sys
from pathlib import Path
if "--version" in sys.argv:
    print("Lean (version 4.29.0, x86_64-unknown-linux-gnu, commit 98dc76e3c0a9, Release)")
    sys.exit(0)
source = Path(sys.argv[-1])
stem = source.stem
if stem == "Solution" and not {"-DwarningAsError=true", "-DautoImplicit=false"} <= set(sys.argv):
    sys.exit("warnings and auto-implicit names are let through")
if "--json" not in sys.argv or not source.is_file():
    sys.exit("no JSON wanted, or no source")
replay = Path(__file__).parent.parent / "replay"
text = (replay / f"{stem}.jsonl").read_text(encoding="utf-8")
if stem == "Audit":
    assert Path(".lake/build/lib/lean/Solution.olean").read_bytes(), "nothing to audit"
if stem in ("Audit", "Control"):
    text = text.replace("MARKER", re.search('let marker := "([0-9a-f]{32})"', source.read_text())[1])
sys.stdout.write(text)
said = replay / f"{stem}.stderr"
if said.is_file():
    sys.stderr.write(said.read_text())
if "-o" in sys.argv and not (replay / f"{stem}.nothing").exists():
    Path(sys.argv[sys.argv.index("-o") + 1]).write_bytes(source.read_bytes())
status = replay / f"{stem}.status"
sys.stdout.flush()
if status.is_file() and status.read_text() == "killed":
    import os, signal
    os.kill(os.getpid(), signal.SIGSEGV)
sys.exit(int(status.read_text()) if status.is_file() else 0)
"""
LEANCHECKER = """\
import sys
from pathlib import Path
replay = Path(__file__).parent.parent / "replay"
fresh, module = sys.argv[1:]
assert fresh == "--fresh"
if (replay / "leanchecker.gullible").exists():
    sys.exit(0)
if not Path(f".lake/build/lib/lean/{module}.olean").is_file():
    sys.exit(f"object file of module {module} does not exist")
if (replay / "leanchecker.refuses").exists():
    sys.exit("uncaught exception: (kernel) declaration type mismatch, 'two_and_two' has type\\n  False")
"""
EXPORT = """\
import re, sys
from pathlib import Path
module, dashes, *wanted = sys.argv[1:]
text = Path(f".lake/build/lib/lean/{module}.olean").read_text()
said = [line for line in text.splitlines() if re.match("def |notation |instance |macro |theorem ", line)]
for name in wanted:
    if name not in ("propext", "Quot.sound", "Classical.choice"):
        if not any(line.startswith(f"theorem {name} ") for line in said):
            sys.exit(f"unknown constant {name}")
print("\\n".join(line.partition(":=")[0] if line.startswith("theorem ") else line for line in said))
"""
COMPARATOR = """\
import json, os, subprocess, sys
from pathlib import Path
here = Path(__file__).parent
config = json.loads(Path(sys.argv[1]).read_text())
assert config["permitted_axioms"] == ["Classical.choice", "Quot.sound", "propext"], config
assert "definition_names" not in config
if (here / "gullible").exists():
    print("Your solution is okay!")
    sys.exit(0)
seal = [os.environ["COMPARATOR_LANDRUN"], "--best-effort", "--ro", "/", "--rw", "/dev", "-ldd", "-add-exec"]
def export(module):
    subprocess.run([*seal, "--env", "PATH", "--rwx", ".lake", "lake", "build", module], check=True)
    names = [*config["theorem_names"], *config["permitted_axioms"]]
    done = subprocess.run(
        [*seal, "--rox", "/usr", os.environ["COMPARATOR_LEAN4EXPORT"], module, "--", *names],
        stdout=subprocess.PIPE, check=True,
    )
    return done.stdout
same = export("Challenge") == export("Solution")
(target,) = config["theorem_names"]
report = {"target": target, "failureCategory": None if same else "comparison"}
kernel = not (here / "kernel-refuses").exists()
wrong = "another" if (here / "other-target").exists() else target
if not (here / "no-report").exists():
    whole = {"reports": [{**report, "target": wrong}], "kernelAccepted": kernel}
    Path(config["json_output_path"]).write_text(json.dumps(whole))
if not same:
    sys.exit(f"uncaught exception: Some targets failed: {target}: the statement differs")
print("Your solution is okay!")
if (here / "speaks-after").exists():
    print("but the kernel was not asked")
sys.exit(1 if (here / "fails-after").exists() else 0)
"""


def program(path: Path, text: str, *, python: str = sys.executable) -> None:
    """Write a program of Python that can be executed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{python}\n{text}", encoding="utf-8")
    path.chmod(0o755)


@dataclass
class Desk:
    """A toolchain that replays streams, and a seal that seals nothing: it keeps what it was given."""

    root: Path
    stop_at: int = 0
    stopped: str = "wall clock"
    runs: list[Prepared] = field(default_factory=list)

    def build(self, *, python: str = sys.executable) -> None:
        """Write the programs."""
        for name, text in {"lake": LAKE, "lean": LEAN, "leanchecker": LEANCHECKER}.items():
            program(self.root / "toolchain" / "bin" / name, text, python=python)
        program(self.root / "comparator" / "comparator", COMPARATOR, python=python)
        program(self.root / "comparator" / "lean4export", EXPORT, python=python)
        (self.root / "toolchain" / "replay").mkdir()
        self.plays("Solution", "silent")
        self.plays("Challenge", "challenge")
        self.plays("Audit", "audit-none")
        self.plays("Control", "audit-three")

    def plays(self, stem: str, stream: str) -> None:
        """Let lean print the recorded ``stream`` when it compiles ``stem``.lean."""
        self.replay(f"{stem}.jsonl", (RECORDED / f"{stream}.jsonl").read_text(encoding="utf-8"))

    def replay(self, name: str, text: str = "") -> None:
        """Write a file that the programs of the toolchain heed."""
        (self.root / "toolchain" / "replay" / name).write_text(text, encoding="utf-8")

    def comparator(self, name: str) -> None:
        """Write a file that comparator heeds."""
        (self.root / "comparator" / name).touch()

    def toolchain(self) -> proofs.Toolchain:
        """Return the toolchain as it is found."""
        found = proofs.find(
            self.root / "toolchain", environ={}, comparator=self.root / "comparator" / "comparator"
        )
        assert isinstance(found, proofs.Toolchain)
        return found

    def run(
        self,
        prepared: Prepared,
        *,
        limits: Limits,
        out: Path,
        gpu: bool = False,
        line: Callable[[str], None] | None = None,
    ) -> Ran:
        """Run the job in a folder, unsealed."""
        assert not gpu
        assert line is None
        assert limits.wall_seconds > 0
        self.runs.append(prepared)
        if len(self.runs) == self.stop_at:
            return Ran(exit_code=-9, stopped=self.stopped, log="", cpu_seconds=0.0, wall_seconds=0.0)
        inputs = self.root / f"job-{len(self.runs)}"
        inputs.mkdir()
        for name, content in prepared.files:
            (inputs / name).write_bytes(content)
        for name, folder in prepared.folders:
            (inputs / name).symlink_to(folder)
        stand = {"{python}": sys.executable, "/job/inputs": str(inputs), "/job/out": str(out)}
        argv = [stand.get(word, word.replace("/job/inputs/", f"{inputs}/")) for word in prepared.command]
        done = subprocess.run(argv, env={"TMPDIR": str(self.root)}, capture_output=True, check=False)
        log = (done.stdout + done.stderr).decode()
        return Ran(exit_code=done.returncode, stopped="", log=log, cpu_seconds=0.0, wall_seconds=0.0)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk on which an honest proof passes every check."""
    found = Desk(tmp_path)
    found.build()
    return found


def submitted(
    solution: bytes = SOLUTION, *, challenge: bytes = CHALLENGE, theorem: str = "two_and_two"
) -> proofs.Submission:
    """Return a submission for the claim that two and two make four."""
    return proofs.Submission(
        claim="c0000000000000001",
        text="Two and two make four.",
        theorem=theorem,
        challenge=challenge,
        solution=solution,
    )


def signed(submission: proofs.Submission) -> proofs.Review:
    """Return a person's statement for ``submission``."""
    return proofs.Review(by="Ada Alpha", statement_sha256=submission.statement_sha256)


def checked(desk: Desk, submission: proofs.Submission | None = None) -> proofs.Checked:
    """Return a signed submission after its checks."""
    submission = submission or submitted()
    return proofs.check(submission, seal=desk, toolchain=desk.toolchain(), review=signed(submission))


def refused_by(found: proofs.Checked, name: str) -> str:
    """Return what the check ``name``, the last that ran, refused."""
    assert found.outcome is Outcome.INCONCLUSIVE, found.reason
    assert (found.checks[-1].name, found.checks[-1].state) == (name, "refused"), found.checks
    assert found.reason == f"this proof does not check: {found.checks[-1].said}"
    return found.checks[-1].said


# An honest proof ----------------------------------------------------------------------------------------


def test_an_honest_proof_is_proved_once_a_person_signed_its_statement(desk: Desk) -> None:
    found = checked(desk)
    assert found.outcome is Outcome.PROVED, found
    assert [(c.name, c.state) for c in found.checks] == [
        (name, "passed") for name in ("source", "elaborates", "axioms", "replay", "statement")
    ]
    assert found.reviewed_by == "Ada Alpha"
    assert found.toolchain == "leanprover/lean4:v4.29.0"


def test_the_three_axioms_of_lean_are_allowed_and_listed(desk: Desk) -> None:
    desk.plays("Audit", "audit-three")
    desk.plays("Solution", "remark")
    found = checked(desk)
    assert found.outcome is Outcome.PROVED, found
    assert found.axioms == ("Classical.choice", "Quot.sound", "propext")


def test_without_a_signature_every_check_makes_it_partial_only(desk: Desk) -> None:
    found = proofs.check(submitted(), seal=desk, toolchain=desk.toolchain())
    assert found.outcome is Outcome.PARTIAL
    assert found.reason == "the proof checks, but nobody has signed that the statement means the claim"
    assert found.reviewed_by is None


@pytest.mark.parametrize(
    "other",
    [
        replace(submitted(), text="Two and two make five."),
        replace(submitted(), theorem="A.two_and_two"),
        replace(submitted(), challenge=CHALLENGE + b"\n"),
    ],
)
def test_a_signature_for_another_claim_theorem_or_challenge_does_not_count(
    desk: Desk, other: proofs.Submission
) -> None:
    found = proofs.check(submitted(), seal=desk, toolchain=desk.toolchain(), review=signed(other))
    assert (found.outcome, found.reviewed_by) == (Outcome.PARTIAL, None)
    assert "another claim, theorem or challenge" in found.reason


def test_every_program_has_a_seal_of_its_own_and_only_the_first_sees_the_source(desk: Desk) -> None:
    checked(desk)
    plans = [json.loads(dict(run.files)["plan.json"])["argv"][2:] for run in desk.runs]
    assert [Path(plan[0]).name for plan in plans] == [
        *("lean", "lean", "lean", "leanchecker", "leanchecker", "lean", "comparator", "comparator")
    ]
    assert ["Solution.lean" in dict(run.files) for run in desk.runs] == [True] + 7 * [False]
    assert all("Challenge.lean" not in dict(run.files) for run in desk.runs[:5])


def test_the_audit_does_not_import_the_module_so_its_initialize_blocks_do_not_run() -> None:
    text = audit.audit_file("A.b'", marker="00ff").decode()
    imports = [line for line in text.splitlines() if line.startswith("import")]
    assert imports == ["import Lean"]
    assert "(loadExts := false)" in text
    assert 'let parts : List String := ["A", "b\'"]\n' in text
    assert "00ff" in text
    assert "@" not in text
    assert "{ module := `Solution }" in text


def test_the_marker_of_the_audit_differs_each_time_and_stays_out_of_log_and_record(desk: Desk) -> None:
    found = [checked(desk), checked(desk)]
    audits = [dict(run.files)["Audit.lean"].decode() for run in desk.runs if "Audit.lean" in dict(run.files)]
    markers = [re.findall(r"\b[0-9a-f]{32}\b", text) for text in audits]
    assert len({m for (m,) in markers}) == 2
    assert found[0] == found[1]
    assert all(m not in repr(found) for (m,) in markers)


# What is refused before anything runs -------------------------------------------------------------------

UNREAD = {
    "a hole": (b"theorem t : 1 = 2 := by sorry", "leaves a hole"),
    "a hole by its axiom": (b"theorem t : 1 = 2 := sorryAx _ true", "leaves a hole"),
    "a hole after a nested comment": (b"/- /- -/ -/ theorem t : 1 = 2 := sorry", "line 1, which leaves"),
    "a hole after a string with a comment": (b'def s := "/-"\ntheorem t : 1 = 2 := sorry', "line 2, which"),
    "a hole after a raw string": (b'def s := r#"a" -- "#\ntheorem t : 1 = 2 := sorry', "line 2, which"),
    "a hole after a quote character": (b"def c := '\"'\ntheorem t : 1 = 2 := sorry --\"", "line 2, which"),
    "an axiom": (b"axiom h : 1 = 2\ntheorem t : 1 = 2 := h", "assumes what is to be proved"),
    "a prelude": (b"prelude\ntheorem t : True := trivial", "replaces the foundations"),
    "a module header": (b"module\n\ntheorem t : True := trivial", "modules with private parts"),
    "compiled code": (b"theorem t : 1 = 2 := by native_decide", "trusts compiled code"),
    "compiled code by its axiom": (b"theorem t := Lean.ofReduceBool x y z", "trusts compiled code"),
    "trust in the compiler": (b"#print Lean.trustCompiler", "trusts compiled code"),
    "another implementation": (b"@[implemented_by f] def g := 1", "trusts compiled code"),
    "a foreign function": (b'@[extern "f"] def g := 1', "trusts compiled code"),
    "unsafe code": (b"unsafe def f := 1", "leaves what the kernel checks"),
    "an opaque definition": (b"opaque n : Nat", "hides a definition"),
    "code at import": (b"initialize IO.println 1", "runs code when it is imported"),
    "a switched-off kernel": (
        b"set_option debug.skipKernelTC true",
        "switches the kernel off|sets the option",
    ),
    "auto-implicit names": (b"set_option autoImplicit true", "sets the option 'autoImplicit'"),
    "a silenced linter": (b"set_option linter.all false", "sets the option 'linter.all'"),
    "private names": (b"open private f in Lean.Foo", "opens private names"),
    "a foreign import": (b"import Helpful\ntheorem t : True := trivial", "imports 'Helpful'"),
    "the challenge imported": (b"import Challenge\ntheorem t : True := trivial", "imports 'Challenge'"),
    "Latin-1": ("theorem café : True := trivial".encode("latin-1"), "not UTF-8"),
    "reversed text": ("theorem t : True := trivial -- \u202e".encode(), r"U\+202E in line 1"),
    "invisible text": ("theorem t\u200b : True := trivial".encode(), r"U\+200B"),
    "a NUL byte": (b"theorem t : True := \0trivial", r"U\+0000"),
    "a giant file": (b"-- " + b"x" * (1 << 20), "larger than 1 MiB"),
    "an endless comment": (b"theorem t : True := trivial\n/- /- -/", "line 2 that never ends"),
    "an endless string": (b'def s := "abc', "never ends"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_refused_unread(desk: Desk, name: str) -> None:
    source, why = UNREAD[name]
    assert re.search(why, refused_by(checked(desk, submitted(source)), "source"))
    assert not desk.runs


@pytest.mark.parametrize(
    "source",
    [
        b"-- sorry, no axiom here\ntheorem t : True := trivial",
        b"/-- The axiom /- of -/ sorry -/\ntheorem t : True := trivial",
        b'def s := "sorry \\" axiom"\ntheorem t : True := trivial',
        b'def s := r"\\" \ntheorem t\' : True := trivial',
        b"def sorry' := 1\ntheorem axiomatic : True := trivial",
        b'import Lean\nimport Std.Data.HashMap\nopen Lean\nmacro "m" : term => `(1)',
        b"set_option maxHeartbeats 400000 in\nset_option pp.all true in\ntheorem t : True := trivial",
    ],
)
def test_words_in_comments_strings_and_longer_names_are_no_cheats(source: bytes) -> None:
    assert refusal.refuse(submitted(source), libraries=()) == ""


def test_a_library_of_the_users_project_may_be_imported_and_no_other() -> None:
    source = submitted(b"import Mathlib.Tactic\ntheorem t : True := trivial")
    assert refusal.refuse(source, libraries=("Mathlib",)) == ""
    assert "imports 'Mathlib.Tactic'" in refusal.refuse(source, libraries=("Batteries",))


@pytest.mark.parametrize("brought", ["lakefile.lean", "lakefile.toml", "lean-toolchain", ".lake", "B.lean"])
def test_a_folder_with_anything_beside_the_proof_is_refused(desk: Desk, tmp_path: Path, brought: str) -> None:
    (tmp_path / "C.lean").write_bytes(CHALLENGE)
    folder = tmp_path / "proof"
    folder.mkdir()
    (folder / "Solution.lean").write_bytes(SOLUTION)
    (folder / brought).touch()
    found = proofs.read(folder, challenge=tmp_path / "C.lean", claim="c", text="w", theorem="two_and_two")
    assert brought in refused_by(checked(desk, found), "source")


def test_a_plain_file_is_read_and_a_link_a_folder_and_a_giant_are_not(tmp_path: Path) -> None:
    good, link, giant = tmp_path / "a.lean", tmp_path / "b.lean", tmp_path / "c.lean"
    good.write_bytes(SOLUTION)
    link.symlink_to(good)
    giant.write_bytes(b" " * ((1 << 20) + 1))
    found = proofs.read(good, challenge=good, claim="c", text="w", theorem="t")
    assert (found.solution, found.brought) == (SOLUTION, ())
    for bad, why in (
        (link, "cannot be read"),
        (giant, "larger than 1024 KiB"),
        (tmp_path / "d", "cannot be read"),
    ):
        with pytest.raises(InputError, match=why):
            proofs.read(bad, challenge=good, claim="c", text="w", theorem="t")
    with pytest.raises(InputError, match="not a plain file"):
        proofs.read(good, challenge=tmp_path, claim="c", text="w", theorem="t")


@pytest.mark.parametrize("name", ["", "a b", "a..b", "1a", "a\nb", 'a"]', "a.«b»", "a" * 201, "a)", "@a"])
def test_what_cannot_be_the_name_of_a_theorem_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="not the name of a theorem"):
        submitted(theorem=name)


@pytest.mark.parametrize(
    ("challenge", "why"),
    [
        (b"theorem two_and_two : 2 + 2 = 4 := rfl", "has 0 sorry"),
        (b"def n : Nat := sorry\ntheorem two_and_two : 2 + 2 = 4 := rfl", "leaves a definition open"),
        (b"def n : Nat := sorry\ntheorem two_and_two : 2 + 2 = n := sorry", "has 2 sorry"),
        (b"theorem three : 3 = 3 := sorry", "states three, not two_and_two"),
        (b"axiom a : 1 = 1\ntheorem two_and_two : 2 + 2 = 4 := sorry", "uses 'axiom'"),
    ],
)
def test_a_challenge_is_one_theorem_with_one_hole(desk: Desk, challenge: bytes, why: str) -> None:
    assert why in refused_by(checked(desk, submitted(challenge=challenge)), "source")


# Check 1: elaborates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        ("sorry", "warning in line 3: declaration uses"),
        ("sorry-as-error", "error in line 3: declaration uses"),
        ("sorry-as-remark", "information in line 3: declaration uses"),
        ("sorry-in-words", "declaration uses 'sorry'"),
        ("type-mismatch", "Type mismatch"),
        ("unused", "unused variable"),
        ("noise", "line 2 of Lean's output is no message"),
        ("truncated", "break off"),
        ("severity-unknown", "unknown severity 'notice'"),
        ("severity-twice", "is no message"),
        ("not-an-object", "not an object"),
        ("no-text", "has no text"),
    ],
)
def test_a_stream_that_is_not_clean_refuses_though_lean_exits_with_0(
    desk: Desk, stream: str, why: str
) -> None:
    desk.plays("Solution", stream)
    assert why in refused_by(checked(desk), "elaborates")
    assert len(desk.runs) == 1


def test_a_status_without_a_message_refuses(desk: Desk) -> None:
    desk.replay("Solution.status", "1")
    assert "status 1 and said no error" in refused_by(checked(desk), "elaborates")


def test_words_beside_the_messages_refuse(desk: Desk) -> None:
    desk.replay("Solution.stderr", "PANIC at unreachable code")
    assert "PANIC" in refused_by(checked(desk), "elaborates")


def test_what_lake_remarks_of_itself_does_not_matter(desk: Desk) -> None:
    desk.replay("Solution.stderr", "info: gate: no previous manifest, creating one from scratch\n")
    assert checked(desk).outcome is Outcome.PROVED


def test_a_clean_stream_that_compiles_nothing_refuses(desk: Desk) -> None:
    desk.replay("Solution.nothing")
    assert "compiled nothing" in refused_by(checked(desk), "elaborates")


def test_more_than_lean_would_print_refuses_and_more_than_is_read_is_an_error(desk: Desk) -> None:
    line = (RECORDED / "remark.jsonl").read_text(encoding="utf-8")
    desk.replay("Solution.jsonl", line * ((5 << 20) // len(line)))
    assert "more than 4 MiB" in refused_by(checked(desk), "elaborates")
    desk.replay("Solution.jsonl", line * ((9 << 20) // len(line)))
    assert checked(desk).outcome is Outcome.ERROR


def test_a_crash_of_lean_is_an_error_and_no_verdict(desk: Desk) -> None:
    desk.replay("Solution.status", "killed")
    found = checked(desk)
    assert (found.outcome, found.checks[-1].state) == (Outcome.ERROR, "error")
    assert "crashed" in found.reason


@pytest.mark.parametrize("run", range(1, 9))
def test_a_limit_in_any_run_is_an_error_and_ends_the_checks(desk: Desk, run: int) -> None:
    desk.stop_at = run
    found = checked(desk)
    assert found.outcome is Outcome.ERROR
    assert "it was stopped: wall clock" in found.reason
    assert len(desk.runs) == run


# Check 2: axioms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        ("audit-sorry", "it rests on sorryAx"),
        ("audit-compiler", "it rests on Lean.ofReduceBool, Lean.trustCompiler"),
        ("audit-own-axiom", "it rests on Helpful.two_and_two_is_five"),
        ("audit-definition", "belongs to no theorem"),
        ("audit-missing", "no constant two_and_two"),
        ("silent", "0 messages"),
        ("audit-forged", "did not print"),
        ("audit-guessed", "did not print"),
        ("audit-printed-before", "2 messages"),
        ("audit-cut", "not whole"),
        ("audit-miscounted", "not whole"),
        ("sorry", "declaration uses"),
        ("noise", "is no message"),
    ],
)
def test_an_audit_that_is_not_clean_refuses(desk: Desk, stream: str, why: str) -> None:
    desk.plays("Audit", stream)
    assert why in refused_by(checked(desk), "axioms")
    assert len(desk.runs) == 3


def test_what_the_submission_prints_of_its_axioms_is_not_believed(desk: Desk) -> None:
    desk.plays("Solution", "own-print")
    desk.plays("Audit", "audit-own-axiom")
    found = checked(desk)
    assert "Helpful.two_and_two_is_five" in refused_by(found, "axioms")
    assert found.axioms == ("Helpful.two_and_two_is_five",)


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        ("audit-none", "it found none"),
        ("audit-own-axiom", "it rests on Helpful"),
        ("type-mismatch", "Type mismatch"),
        ("noise", "is no message"),
        ("silent", "0 messages"),
    ],
)
def test_an_audit_that_misses_known_axioms_is_an_error_and_no_word_on_the_proof(
    desk: Desk, stream: str, why: str
) -> None:
    desk.plays("Control", stream)
    found = checked(desk)
    assert (found.outcome, found.checks[-1].name) == (Outcome.ERROR, "axioms")
    assert "does not find the axioms of Classical.em" in found.reason
    assert why in found.reason
    assert len(desk.runs) == 2


def test_a_failing_status_refuses_a_clean_audit(desk: Desk) -> None:
    desk.replay("Audit.status", "1")
    refused_by(checked(desk), "axioms")


# Check 3: replay ----------------------------------------------------------------------------------------


def test_a_declaration_that_no_kernel_has_seen_is_refused(desk: Desk) -> None:
    desk.replay("leanchecker.refuses")
    assert "(kernel) declaration type mismatch" in refused_by(checked(desk), "replay")


def test_a_checker_that_accepts_everything_is_an_error(desk: Desk) -> None:
    desk.replay("leanchecker.gullible")
    found = checked(desk)
    assert found.outcome is Outcome.ERROR
    assert "it checks nothing" in found.reason


def test_without_a_checker_the_outcome_is_partial_at_most(desk: Desk) -> None:
    toolchain = replace(desk.toolchain(), replayer=None)
    found = proofs.check(submitted(), seal=desk, toolchain=toolchain, review=signed(submitted()))
    assert found.outcome is Outcome.PARTIAL
    assert "no leanchecker" in found.reason
    assert [c.state for c in found.checks] == ["passed", "passed", "passed", "not_available", "passed"]


# Check 4: the statement ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trick",
    [
        b'notation "2 + 2 = 4" => True',
        b"instance : HAdd Nat Nat Nat := \xe2\x9f\xa8fun _ _ => 4\xe2\x9f\xa9",
        b'macro "4" : term => `(2 + 2)',
        b"def Nat.add := fun _ _ => 4",
    ],
)
def test_a_changed_notation_instance_macro_or_primitive_is_refused(desk: Desk, trick: bytes) -> None:
    assert "the statement differs" in refused_by(
        checked(desk, submitted(trick + b"\n" + SOLUTION)), "statement"
    )


def test_a_proof_of_a_weaker_statement_is_refused(desk: Desk) -> None:
    found = checked(desk, submitted(b"theorem two_and_two : 2 + 2 = 2 + 2 := rfl\n"))
    assert "the statement differs" in refused_by(found, "statement")


@pytest.mark.parametrize("lie", ["kernel-refuses", "other-target", "speaks-after", "fails-after"])
def test_status_last_line_and_report_of_comparator_must_agree(desk: Desk, lie: str) -> None:
    desk.comparator(lie)
    refused_by(checked(desk), "statement")


def test_a_comparator_too_old_for_a_report_is_believed_by_status_and_last_line(desk: Desk) -> None:
    desk.comparator("no-report")
    assert checked(desk).outcome is Outcome.PROVED


def test_a_comparator_that_accepts_everything_is_an_error(desk: Desk) -> None:
    desk.comparator("gullible")
    found = checked(desk)
    assert found.outcome is Outcome.ERROR
    assert "a theorem that does not exist" in found.reason


@pytest.mark.parametrize("absent", ["comparator", "lean4export"])
def test_three_checks_alone_are_partial(desk: Desk, absent: str) -> None:
    whole = desk.toolchain()
    toolchain = replace(whole, comparator=None) if absent == "comparator" else replace(whole, exporter=None)
    found = proofs.check(submitted(), seal=desk, toolchain=toolchain, review=signed(submitted()))
    assert found.outcome is Outcome.PARTIAL
    assert found.checks[-1].state == "not_available"
    assert f"no {absent} on this machine" in found.reason


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        ("silent", "0 declarations use sorry"),
        ("sorry-twice", "2 declarations"),
        ("type-mismatch", "Type mis"),
    ],
)
def test_a_challenge_that_lean_does_not_take_is_refused(desk: Desk, stream: str, why: str) -> None:
    desk.plays("Challenge", stream)
    assert why in refused_by(checked(desk), "statement")


def test_a_warning_in_the_challenge_does_not_matter(desk: Desk) -> None:
    desk.plays("Challenge", "challenge-unused")
    assert checked(desk).outcome is Outcome.PROVED


@pytest.mark.parametrize(
    "command",
    [["sh", "-c", "true"], ["lake", "build", "Other"], ["lake", "env", "lean"], ["--net", "lake"], []],
)
def test_in_landruns_place_nothing_is_built_and_nothing_but_the_exporter_started(
    tmp_path: Path, command: list[str]
) -> None:
    shim = Path(proofs.__file__).with_name("landrun.py")
    done = subprocess.run([sys.executable, shim, *command], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (64, b"")


def test_in_landruns_place_the_exporter_can_write_nothing_and_reach_no_other_process(tmp_path: Path) -> None:
    tried = """
import os
for path, mode in ((__file__ + ".new", "wb"), (__file__, "ab"), (f"/proc/{os.getppid()}/mem", "r+b")):
    try:
        open(path, mode).close()
        print("open")
    except PermissionError:
        print("held")
"""
    program(tmp_path / "lean4export", tried)
    shim = Path(proofs.__file__).with_name("landrun.py")
    command = [
        *(sys.executable, str(shim), "--best-effort", "--ro", "/", "--env", "PATH"),
        *(str(tmp_path / "lean4export"), "Solution"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    if "no Landlock" in done.stderr:
        assert (done.returncode, done.stdout) == (64, "")
        pytest.skip("no Landlock in this kernel: nothing is exported")
    assert (done.returncode, done.stdout) == (0, "held\nheld\nheld\n"), done.stderr


# Toolchains ---------------------------------------------------------------------------------------------


def test_without_a_toolchain_it_is_inconclusive_with_the_line_that_installs_one(desk: Desk) -> None:
    lack = proofs.find(None, environ={"PATH": ""})
    assert isinstance(lack, proofs.Lack)
    found = proofs.check(submitted(), seal=desk, toolchain=lack, review=signed(submitted()))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason.startswith("no Lean 4 toolchain (install one: curl https://elan.lean-lang.org")
    assert not desk.runs


@pytest.mark.usefixtures("desk")
def test_a_toolchain_is_found_by_name_by_sysroot_by_elan_and_in_path(tmp_path: Path) -> None:
    root = tmp_path / "toolchain"
    program(tmp_path / "elan" / "elan", f"print({str(root / 'bin' / 'lean')!r})")
    for explicit, environ in (
        (root, {}),
        (None, {"LEAN_SYSROOT": str(root)}),
        (None, {"PATH": str(tmp_path / "elan")}),
        (None, {"PATH": str(root / "bin")}),
    ):
        found = proofs.find(explicit, environ=environ)
        assert isinstance(found, proofs.Toolchain)
        assert (found.root, found.version) == (root.resolve(), "4.29.0")
        assert found.replayer == (root / "bin" / "leanchecker").resolve()
        assert (found.comparator, found.exporter) == (None, None)


@pytest.mark.parametrize(
    ("version", "name"),
    [("4.29.0-rc6", "v4.29.0-rc6"), ("4.30.0-nightly-2026-01-02", "nightly-2026-01-02")],
)
def test_candidates_and_nightly_builds_are_named_as_elan_names_them(
    tmp_path: Path, version: str, name: str
) -> None:
    program(tmp_path / "bin" / "lean", f"print('Lean (version {version}, x86_64, commit 1, Release)')")
    program(tmp_path / "bin" / "lake", "")
    found = proofs.find(tmp_path, environ={})
    assert isinstance(found, proofs.Toolchain)
    assert found.name == f"leanprover/lean4:{name}"


@pytest.mark.usefixtures("desk")
def test_elans_own_proxy_is_no_checker(tmp_path: Path) -> None:
    (tmp_path / "toolchain" / "bin" / "leanchecker").unlink()
    program(tmp_path / "elan" / "elan", "")
    (tmp_path / "elan" / "leanchecker").symlink_to("elan")
    found = proofs.find(tmp_path / "toolchain", environ={"PATH": str(tmp_path / "elan")})
    assert isinstance(found, proofs.Toolchain)
    assert found.replayer is None


@pytest.mark.usefixtures("desk")
def test_a_folder_without_lean_and_a_lean_3_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"bin/lean and bin/lake - name the folder"):
        proofs.find(tmp_path / "comparator", environ={})
    program(tmp_path / "toolchain" / "bin" / "lean", "print('Lean (version 3.51.1, commit 1)')")
    found = proofs.find(tmp_path / "toolchain", environ={})
    assert isinstance(found, proofs.Lack)
    assert "is no Lean 4" in found.what


def test_packages_of_the_users_project_are_libraries_and_import_roots(desk: Desk, tmp_path: Path) -> None:
    packages = tmp_path / "project" / ".lake" / "packages"
    new, old = packages / "mathlib" / ".lake/build/lib/lean", packages / "batteries" / ".lake/build/lib"
    for place, name in ((new, "Mathlib"), (old, "Batteries")):
        place.mkdir(parents=True)
        (place / f"{name}.olean").touch()
    found = proofs.find(tmp_path / "toolchain", environ={}, project=tmp_path / "project")
    assert isinstance(found, proofs.Toolchain)
    assert found.libraries == (old.resolve(), new.resolve())
    assert found.imports == ("Batteries", "Mathlib")
    proofs.check(submitted(), seal=desk, toolchain=found)
    plan = json.loads(dict(desk.runs[0].files)["plan.json"])
    assert plan["environment"]["LEAN_PATH"] == "{inputs}/library-0:{inputs}/library-1"
    with pytest.raises(InputError, match="no built packages"):
        proofs.find(tmp_path / "toolchain", environ={}, project=tmp_path)


# Records ------------------------------------------------------------------------------------------------


def test_the_record_names_checks_axioms_and_hashes_and_no_clock_or_place(desk: Desk, tmp_path: Path) -> None:
    desk.plays("Audit", "audit-three")
    found = proofs.math_result(checked(desk))
    assert found["schema"] == "synth/math-result-v1"
    assert found["axioms"] == ["Classical.choice", "Quot.sound", "propext"]
    assert found["solution_sha256"] == submitted().solution_sha256
    assert found["reviewed_by"] == "Ada Alpha"
    assert str(tmp_path) not in json.dumps(found)
    assert found == proofs.math_result(checked(desk))


def test_an_attempt_keeps_what_a_stranger_needs_to_check_again(desk: Desk) -> None:
    files = dict(proofs.sources(submitted(), toolchain=desk.toolchain()))
    assert sorted(files) == ["Challenge.lean", "Solution.lean", "lean-toolchain", "statement.txt"]
    assert files["lean-toolchain"] == b"leanprover/lean4:v4.29.0\n"
    assert files["statement.txt"].decode().endswith("means: Two and two make four.\n")


def test_the_spec_is_frozen_from_the_submission_before_anything_runs(desk: Desk) -> None:
    spec = proofs.draft(submitted(), toolchain=desk.toolchain(), paper="arxiv:0000.00001", version="v1")
    assert spec.hypotheses[0].rule.kind == "proof"
    assert spec.hypotheses[0].text == "Two and two make four."
    assert dict(spec.parameters)["challenge_sha256"] == submitted().challenge_sha256
    assert [a.name for a in spec.program] == ["inside.py", "landrun.py"]
    assert all(len(a.sha256) == 64 and a.size for a in spec.program)
    assert tuple(sorted(spec.parameters)) == spec.parameters
    other = proofs.draft(
        submitted(SOLUTION + b"\n"), toolchain=desk.toolchain(), paper="arxiv:0000.00001", version="v1"
    )
    assert other != spec


def test_a_judgement_carries_the_outcome_and_never_falsifies(desk: Desk) -> None:
    desk.plays("Solution", "type-mismatch")
    found = proofs.judgement(checked(desk), key="proof")
    assert (found.outcome, found.effects) == (Outcome.INCONCLUSIVE, ())
    with pytest.raises(ValueError, match="proved, partly checked, inconclusive or in error"):
        replace(checked(desk), outcome=Outcome.FAILED)


def test_proved_cannot_be_built_without_every_check_and_a_person(desk: Desk) -> None:
    whole = checked(desk)
    for change in ({"checks": whole.checks[:-1]}, {"reviewed_by": None}, {"checks": whole.checks[::-1]}):
        with pytest.raises(ValueError, match="PROVED needs every check"):
            replace(whole, **change)


def test_what_is_checked_is_heard_in_order(desk: Desk) -> None:
    heard: list[str] = []
    proofs.check(submitted(), seal=desk, toolchain=desk.toolchain(), heard=heard.append)
    assert len(heard) == 4
    assert heard[0] == "Lean elaborates Solution.lean"


# The real seal ------------------------------------------------------------------------------------------


def test_in_the_real_seal_an_honest_proof_passes_and_a_cheat_does_not(tmp_path: Path) -> None:
    if lack := bubblewrap.SEAL.lack():
        pytest.skip(f"no seal here: {lack.what}")
    if not Path("/usr/bin/python3").exists():
        pytest.skip("no /usr/bin/python3 that a seal could hold for the programs in Lean's place")
    desk = Desk(tmp_path)
    desk.build(python="/usr/bin/python3")
    limits = Limits(cpu_seconds=60, wall_seconds=120, memory_mb=2048, file_mb=16, output_mb=16)
    honest, cheat = submitted(), submitted(b'notation "2 + 2 = 4" => True\n' + SOLUTION)
    found = [
        proofs.check(
            each, seal=bubblewrap.SEAL, toolchain=desk.toolchain(), limits=limits, review=signed(each)
        )
        for each in (honest, cheat)
    ]
    assert found[0].outcome is Outcome.PROVED, found[0]
    assert "the statement differs" in refused_by(found[1], "statement")


# Hostile bytes ------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_any_bytes_are_messages_or_refused(stream: bytes) -> None:
    found = messages.parse(stream)
    assert isinstance(found, str) or len(found) == stream.count(b"\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_source_or_refused(source: bytes) -> None:
    assert isinstance(refusal.refuse(submitted(source), libraries=()), str)


@given(st.text(alphabet="ab \n\"'-/r#\\«».", max_size=60))
def test_a_hole_at_the_end_of_any_closed_text_is_found(text: str) -> None:
    found = tokens.scan(f"{text}\n sorry")
    assert found.open_end or found.words[-1].text == "sorry"


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"severity":NaN}', b'{"severity":"information"}', b"1" * 5000]
)
def test_lines_that_break_parsers_are_refused(line: bytes) -> None:
    assert isinstance(messages.parse(line + b"\n"), str)


def test_too_many_messages_are_refused() -> None:
    line = b'{"severity":"information","data":""}\n'
    assert isinstance(messages.parse(line * 10_000), tuple)
    assert "10000 messages" in str(messages.parse(line * 10_001))
