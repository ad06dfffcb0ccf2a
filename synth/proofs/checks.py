"""A submission and a bench in, one check after another out: each sealed on its own, each fail-closed.

The order is that of the Lean reference manual's chapter on validating proofs: elaborate, look at the
axioms, replay in a fresh kernel, compare with a trusted statement. Only the first runs the submission's own
code; what it prints is believed where it refuses, never where it agrees.
"""

from __future__ import annotations

import json
import secrets
from typing import NamedTuple

from synth.proofs import audit, messages, sealed
from synth.proofs.sealed import Bench, Broke, Said
from synth.proofs.submission import Submission
from synth.trials import Check, CheckName, CheckState

STRICT = ("-DwarningAsError=true", "-DautoImplicit=false", "-DrelaxedAutoImplicit=false")
_LAX = STRICT[1:]
_LAKE = ("{inputs}/toolchain/bin/lake", "env")
_LEAN = (*_LAKE, "{inputs}/toolchain/bin/lean", "--json")
# what Lake says of itself; anything else beside the messages (a panic, a warning) refuses
_REMARKS = (b"info: ", b"trace: ")
_OKAY = "Your solution is okay!"
# A checker that accepts what does not exist accepts everything.
_ABSENT = "SynthNoSuchName"


class Done(NamedTuple):
    """A check, what its programs printed, and what later checks need (a compiled module, axioms)."""

    check: Check
    log: str = ""
    compiled: bytes = b""
    axioms: tuple[str, ...] = ()


def elaborates(bench: Bench, submission: Submission) -> Done:
    """Compile Solution.lean with warnings as errors and without auto-implicit names."""
    ran = _compile(bench, "Solution", submission.solution, flags=STRICT)
    if isinstance(ran, Broke):
        return _broke("elaborates", ran)
    found = _messages(ran)
    if isinstance(found, str):
        return _refused("elaborates", found, ran)
    bad = next((m for m in found if m.sorry or m.severity != "information"), None)
    if bad is not None:
        return _refused("elaborates", bad.short, ran)
    compiled = ran.file("Solution.olean")
    if ran.exit_code != 0 or not compiled:
        return _refused("elaborates", f"Lean ended with status {ran.exit_code} and compiled nothing", ran)
    said = f"compiled with warnings as errors, {len(found)} remarks"
    return Done(Check(name="elaborates", state="passed", said=said), _log(ran), compiled)


def axioms(bench: Bench, submission: Submission, compiled: bytes) -> Done:
    """Ask an audit file of ours, in a seal in which the submission's code does not run, for the axioms."""
    failed = _audit_fails(bench)
    if failed is not None:
        return _broke("axioms", failed)
    marker = secrets.token_hex(16)
    files = (
        ("Audit.lean", audit.audit_file(submission.theorem, marker=marker)),
        ("Solution.olean", compiled),
    )
    ran = sealed.run(bench, (*_LEAN, "Audit.lean"), files=files)
    if isinstance(ran, Broke):
        return _broke("axioms", ran)
    found = _messages(ran)
    if isinstance(found, str):
        return _refused("axioms", found.replace(marker, "MARKER"), ran)
    answer = audit.read_audit(found, marker=marker)
    log = _log(ran).replace(marker, "MARKER")
    said = answer.refused or f"rests on {', '.join(answer.axioms) or 'no axiom'}"
    state: CheckState = "refused" if answer.refused else "passed"
    return Done(Check(name="axioms", state=state, said=said), log, axioms=answer.axioms)


def _audit_fails(bench: Bench) -> Broke | None:
    """Return why this Lean's audit cannot be believed: it must find the known axioms of a known theorem."""
    marker = secrets.token_hex(16)
    theorem, module = audit.KNOWN
    control = (("Control.lean", audit.audit_file(theorem, marker=marker, module=module)),)
    ran = sealed.run(bench, (*_LEAN, "Control.lean"), files=control)
    if isinstance(ran, Broke):
        return ran
    found = _messages(ran)
    answer = audit.Audited((), found) if isinstance(found, str) else audit.read_audit(found, marker=marker)
    if answer == audit.Audited(audit.ALLOWED, ""):
        return None
    said = answer.refused.replace(marker, "MARKER") or f"it found {', '.join(answer.axioms) or 'none'}"
    return Broke(why=f"with this Lean the audit does not find the axioms of {theorem}: {said}")


def replay(bench: Bench, compiled: bytes) -> Done:
    """Replay every declaration in a fresh kernel, imports included: finds declarations no kernel has seen."""
    program = bench.toolchain.replayer
    if program is None:
        said = "no leanchecker in this toolchain (it comes with 4.28) and no lean4checker beside it"
        return Done(Check(name="replay", state="not_available", said=said))
    argv = (*_LAKE, sealed.place(bench.toolchain, program), "--fresh")
    files = (("Solution.olean", compiled),)
    control = sealed.run(bench, (*argv, _ABSENT), files=files, tools=(program,))
    ran = control if isinstance(control, Broke) else _replayed(bench, argv, files, control)
    if isinstance(ran, Broke):
        return _broke("replay", ran)
    if ran.exit_code != 0:
        return _refused("replay", f"{program.name} does not accept it: {_last(ran)}", ran)
    said = f"{program.name} --fresh accepts it, and refuses a module that is not there"
    return Done(Check(name="replay", state="passed", said=said), _log(ran))


def _replayed(
    bench: Bench, argv: tuple[str, ...], files: tuple[tuple[str, bytes], ...], control: Said
) -> Said | Broke:
    program = bench.toolchain.replayer
    if control.exit_code == 0 or program is None:
        return Broke(why="the checker accepts a module that does not exist, so it checks nothing")
    return sealed.run(bench, (*argv, "Solution"), files=files, tools=(program,))


def statement(bench: Bench, submission: Submission, compiled: bytes) -> Done:
    """Compare with the trusted challenge: the same statement over the same definitions, proved."""
    tools = (bench.toolchain.comparator, bench.toolchain.exporter)
    if tools[0] is None or tools[1] is None:
        lacking = "comparator" if tools[0] is None else "lean4export"
        said = f"no {lacking} on this machine: build leanprover/{lacking} and name or install it"
        return Done(Check(name="statement", state="not_available", said=said))
    trusted = _challenge(bench, submission)
    if isinstance(trusted, Done):
        return trusted
    files = (
        ("Challenge.olean", trusted),
        ("Solution.olean", compiled),
        ("landrun.py", sealed.program("landrun.py")),
    )
    control = _compare(bench, files, f"{submission.theorem}.{_ABSENT}")
    if isinstance(control, Said) and _accepted(control, submission.theorem):
        return _broke("statement", Broke(why="comparator accepts a theorem that does not exist"))
    ran = control if isinstance(control, Broke) else _compare(bench, files, submission.theorem)
    if isinstance(ran, Broke):
        return _broke("statement", ran)
    if not _accepted(ran, submission.theorem):
        return _refused("statement", f"comparator does not accept it: {_last(ran)}", ran)
    said = "comparator finds the challenge's statement proved, and refuses a theorem that is not there"
    return Done(Check(name="statement", state="passed", said=said), _log(ran))


def _challenge(bench: Bench, submission: Submission) -> bytes | Done:
    """Return the compiled challenge; it may warn, and must leave exactly one ``sorry``."""
    ran = _compile(bench, "Challenge", submission.challenge, flags=_LAX)
    if isinstance(ran, Broke):
        return _broke("statement", ran)
    found = _messages(ran)
    if isinstance(found, str):
        return _refused("statement", f"Challenge.lean: {found}", ran)
    wrong = next((m for m in found if m.severity == "error"), None)
    if wrong is not None:
        return _refused("statement", f"Challenge.lean: {wrong.short}", ran)
    holes = sum(m.sorry for m in found)
    compiled = ran.file("Challenge.olean")
    if holes != 1 or ran.exit_code != 0 or not compiled:
        said = f"Challenge.lean: {holes} declarations use sorry, status {ran.exit_code}"
        return _refused("statement", said, ran)
    return compiled


def _compile(bench: Bench, module: str, source: bytes, *, flags: tuple[str, ...]) -> Said | Broke:
    return sealed.run(
        bench,
        (*_LEAN, *flags, "-o", f"{{work}}/{module}.olean", f"{module}.lean"),
        files=((f"{module}.lean", source),),
        keep=(f"{module}.olean",),
    )


def _compare(bench: Bench, files: tuple[tuple[str, bytes], ...], theorem: str) -> Said | Broke:
    comparator, exporter = bench.toolchain.comparator, bench.toolchain.exporter
    if comparator is None or exporter is None:
        raise ValueError("a comparison needs comparator and lean4export")
    # no definition_names: a definition hole may be filled with whatever makes the theorem easy
    config = {
        "challenge_module": "Challenge",
        "solution_module": "Solution",
        "theorem_names": [theorem],
        "permitted_axioms": list(audit.ALLOWED),
        "enable_nanoda": False,
        "json_output_path": "report.json",
    }
    return sealed.run(
        bench,
        (*_LAKE, sealed.place(bench.toolchain, comparator), "config.json"),
        files=(("config.json", json.dumps(config).encode()), *files),
        keep=("report.json",),
        environment=(
            ("COMPARATOR_LANDRUN", "{work}/landrun"),
            ("COMPARATOR_LEAN4EXPORT", sealed.place(bench.toolchain, exporter)),
        ),
        tools=(comparator, exporter),
    )


def _accepted(ran: Said, theorem: str) -> bool:
    """Whether status, last line and (where this release writes one) report all accept ``theorem``."""
    lines = ran.stdout.decode("utf-8", "replace").strip().splitlines()
    if ran.exit_code != 0 or not lines or lines[-1] != _OKAY:
        return False
    report = ran.file("report.json")
    return report is None or _report_accepts(report, theorem)


def _report_accepts(report: bytes, theorem: str) -> bool:
    try:
        found = json.loads(report)
    except (ValueError, RecursionError):
        return False
    entries = found.get("reports") if isinstance(found, dict) else None
    if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], dict):
        return False
    entry = entries[0]
    return entry.get("target") == theorem and not entry.get("failureCategory") and _kernel(found)


def _kernel(found: dict[str, object]) -> bool:
    return found.get("kernelAccepted") is True


def _messages(ran: Said) -> tuple[messages.Message, ...] | str:
    """Return Lean's messages; a status without a message that explains it, or words beside them, refuse."""
    found = messages.parse(ran.stdout)
    if isinstance(found, str):
        return found
    beside = [line for line in ran.stderr.splitlines() if line.strip() and not line.startswith(_REMARKS)]
    if beside:
        return f"Lean wrote beside its messages: {_words(beside[0])}"
    if ran.exit_code != 0 and not any(m.severity == "error" for m in found):
        return f"Lean ended with status {ran.exit_code} and said no error"
    return found


def _refused(name: CheckName, said: str, ran: Said) -> Done:
    return Done(Check(name=name, state="refused", said=said), _log(ran))


def _broke(name: CheckName, broke: Broke) -> Done:
    return Done(Check(name=name, state="error", said=broke.why))


def _last(ran: Said) -> str:
    return _words(ran.stderr) or _words(ran.stdout) or f"status {ran.exit_code}, no word"


def _words(printed: bytes) -> str:
    """Return the last printable words of ``printed``, at most 200 characters."""
    text = printed[-2000:].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[-200:]


def _log(ran: Said) -> str:
    text = (ran.stdout + ran.stderr)[: 1 << 20].decode("utf-8", "replace")
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
