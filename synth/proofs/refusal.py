"""A submission in, why it is refused before anything runs out.

This list is the first sieve and no guard: lists of forbidden words go stale, and a file can build a word that
no scan sees. What decides is the audit, the replay and the comparison. ``macro``, ``elab``, ``notation`` and
instances are therefore allowed here.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from synth.proofs.submission import SOURCE_BYTES, Submission
from synth.proofs.tokens import Scan, Word, scan

CORE = ("Init", "Std", "Lean")
_HOLE = "leaves a hole"
_ASSUMES = "assumes what is to be proved"
_COMPILED = "trusts compiled code, not the kernel"
_WORDS = {
    "sorry": _HOLE,
    "admit": _HOLE,
    "axiom": _ASSUMES,
    "prelude": "replaces the foundations",
    "opaque": "hides a definition",
    "unsafe": "leaves what the kernel checks",
    "extern": _COMPILED,
    "implemented_by": _COMPILED,
    "csimp": _COMPILED,
    "native_decide": _COMPILED,
    "initialize": "runs code when it is imported",
    "builtin_initialize": "runs code when it is imported",
}
# names that are refused as a part of a longer name, too (Lean.ofReduceBool)
_PARTS = {
    "sorryAx": _HOLE,
    "ofReduceBool": _COMPILED,
    "ofReduceNat": _COMPILED,
    "trustCompiler": _COMPILED,
    "skipKernelTC": "switches the kernel off",
}
_OPTIONS = ("maxHeartbeats", "maxRecDepth", "synthInstance.maxHeartbeats", "synthInstance.maxSize")
_DECLARES = ("theorem", "lemma", "def", "abbrev", "instance", "example", "structure", "inductive", "class")
# Bidirectional and invisible characters make a file read otherwise than Lean reads it (CVE-2021-42574).
_UNSEEN = frozenset("\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u2028\u2029") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2061, 0x206A))
}


def refuse(submission: Submission, *, libraries: Sequence[str]) -> str:
    """Return why the submission is refused unread by Lean, "" where it is not.

    ``libraries`` are the import roots of the toolchain's project, beside Init, Std and Lean.
    """
    if submission.brought:
        return (
            f"a proof is one file, and {', '.join(submission.brought[:3])} came with it "
            "(lakefile and lean-toolchain are the gate's)"
        )
    roots = (*CORE, *libraries)
    said = _solution(submission.solution, roots)
    if said:
        return f"Solution.lean {said}"
    said = _challenge(submission.challenge, submission.theorem, roots)
    return f"Challenge.lean {said}" if said else ""


def _solution(source: bytes, roots: Sequence[str]) -> str:
    found = _read(source)
    return found if isinstance(found, str) else _said(found.words) or _imports(found.words, roots)


def _challenge(source: bytes, theorem: str, roots: Sequence[str]) -> str:
    """The challenge is trusted; this finds mistakes in it, and holes that are definitions."""
    found = _read(source)
    if isinstance(found, str):
        return found
    words = [word.text for word in found.words]
    holes = [at for at, word in enumerate(words) if word == "sorry"]
    if len(holes) != 1:
        return f"has {len(holes)} sorry, and the statement has exactly one"
    declared = [(at, word) for at, word in enumerate(words[: holes[0]]) if word in _DECLARES]
    if not declared or declared[-1][1] not in ("theorem", "lemma"):
        return "leaves a definition open: whoever fills it chooses what is claimed"
    named = words[declared[-1][0] + 1]
    if theorem != named and not theorem.endswith(f".{named}"):
        return f"states {named}, not {theorem}"
    rest = [word for word in found.words if word.text != "sorry"]
    return _said(rest) or _imports(found.words, roots)


def _read(source: bytes) -> Scan | str:
    if len(source) > SOURCE_BYTES:
        return f"is larger than {SOURCE_BYTES >> 20} MiB"
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not UTF-8 at byte {error.start}"
    for at, char in enumerate(text):
        if char in _UNSEEN or (char < " " and char not in "\n\t\r") or char == "\x7f":
            line = text.count("\n", 0, at) + 1
            return f"holds the invisible character U+{ord(char):04X} in line {line}"
    found = scan(text)
    return f"has {found.open_end}" if found.open_end else found


def _said(words: Sequence[Word]) -> str:
    if words and words[0].text in ("module", "public", "meta"):
        return f"begins with {words[0].text!r}: modules with private parts are not checked here"
    for word, after in itertools.pairwise((*words, Word("", 0))):
        why = _WORDS.get(word.text) or next((_PARTS[p] for p in word.text.split(".") if p in _PARTS), "")
        if why:
            return f"uses {word.text!r} in line {word.line}, which {why}"
        if word.text == "open" and after.text == "private":
            return f"opens private names in line {word.line}"
        if word.text == "set_option" and not _harmless(after.text):
            return f"sets the option {after.text!r} in line {word.line}; allowed: {', '.join(_OPTIONS)}, pp.*"
    return ""


def _harmless(option: str) -> bool:
    return option in _OPTIONS or option.startswith("pp.")


def _imports(words: Sequence[Word], roots: Sequence[str]) -> str:
    for word, after in itertools.pairwise(words):
        if word.text == "import" and after.text.partition(".")[0] not in roots:
            return f"imports {after.text!r} in line {word.line}; allowed: {', '.join(roots)}"
    return ""
