"""A theorem's name in, an audit file of ours out; what Lean printed of it in, the theorem's axioms out.

The audit loads the compiled module as data while it runs: an ``import`` line, or extensions loaded with it,
would run the module's ``initialize`` blocks inside the auditor. The marker is drawn after the submission was
compiled, in another seal, so that nothing in the module can know it.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from synth.proofs.messages import Message

ALLOWED = ("Classical.choice", "Quot.sound", "propext")
"""The axioms of Lean's own logic; ``Lean.ofReduceBool`` and ``sorryAx`` are not among them."""
KNOWN = ("Classical.em", "Init")
"""A theorem and its module that rest on all of ALLOWED: an audit that does not find them finds nothing."""

_AUDIT = """\
import Lean

open Lean

namespace Audit

def namesIn : ConstantInfo → Array Name
  | .axiomInfo v => v.type.getUsedConstants
  | .defnInfo v => v.type.getUsedConstants ++ v.value.getUsedConstants
  | .thmInfo v => v.type.getUsedConstants ++ v.value.getUsedConstants
  | .opaqueInfo v => v.type.getUsedConstants ++ v.value.getUsedConstants
  | .inductInfo v => v.type.getUsedConstants ++ v.ctors.toArray
  | .ctorInfo v => v.type.getUsedConstants
  | .recInfo v => v.type.getUsedConstants
  | .quotInfo v => v.type.getUsedConstants

def axiomsOf (env : Environment) (root : Name) : IO (Array Name) := do
  let mut todo : List Name := [root]
  let mut seen : NameSet := {}
  let mut found : Array Name := #[]
  repeat
    match todo with
    | [] => break
    | name :: rest =>
      todo := rest
      if !seen.contains name then
        seen := seen.insert name
        match env.find? name with
        | none => throw <| IO.userError s!"no constant {name}"
        | some info =>
          if let .axiomInfo _ := info then
            found := found.push name
          todo := (namesIn info).toList ++ todo
  return found

#eval show IO Unit from do
  let marker := @MARKER@
  let parts : List String := @PARTS@
  let root : Name := parts.foldl Name.str Name.anonymous
  let env ← importModules #[{ module := `@MODULE@ }] {} (loadExts := false)
  match env.find? root with
  | some (.thmInfo _) => IO.println s!"{marker} theorem"
  | some _ => IO.println s!"{marker} another kind of declaration"
  | none => IO.println s!"{marker} nothing of that name"
  let found ← axiomsOf env root
  for name in found do
    IO.println s!"{marker} axiom {name}"
  IO.println s!"{marker} end {found.size}"

end Audit
"""


class Audited(NamedTuple):
    """The axioms that a theorem rests on, sorted; ``refused`` says why they cannot be believed, or ""."""

    axioms: tuple[str, ...]
    refused: str


def audit_file(theorem: str, *, marker: str, module: str = "Solution") -> bytes:
    """Return the audit of ``theorem`` in ``module``."""
    # JSON's escapes for quotes and backslashes are Lean's, too, and a theorem's name has neither
    parts = "[" + ", ".join(json.dumps(part, ensure_ascii=False) for part in theorem.split(".")) + "]"
    return (
        _AUDIT.replace("@MODULE@", module)
        .replace("@MARKER@", json.dumps(marker))
        .replace("@PARTS@", parts)
        .encode()
    )


def read_audit(messages: tuple[Message, ...], *, marker: str) -> Audited:
    """Return what the audit found: one message, every line of it under ``marker``, whole, in order."""
    if len(messages) != 1 or messages[0].severity != "information":
        said = next((m.short for m in messages if m.severity != "information"), "")
        return Audited((), said or f"the audit printed {len(messages)} messages, and it prints one")
    lines = messages[0].data.strip("\n").split("\n")
    if any(not line.startswith(f"{marker} ") for line in lines):
        return Audited((), "the audit's output holds a line that the audit did not print")
    kind, *middle, end = [line[len(marker) + 1 :] for line in lines] if len(lines) > 1 else ("", "")
    names = tuple(sorted(line.removeprefix("axiom ") for line in middle if line.startswith("axiom ")))
    if kind != "theorem":
        return Audited(names, f"the name belongs to no theorem of Solution.lean ({kind[:60] or 'no answer'})")
    if len(names) != len(middle) or len(set(names)) != len(names) or end != f"end {len(names)}":
        return Audited(names, "the audit's output is not whole")
    foreign = [name for name in names if name not in ALLOWED]
    if foreign:
        shown = ", ".join(name[:80] for name in foreign[:5])
        return Audited(names, f"it rests on {shown}; allowed: {', '.join(ALLOWED)}")
    return Audited(names, "")
