"""A claim and a sentence with all that was computed of them go in; reasons in words come out."""

from __future__ import annotations

from collections.abc import Sequence

from synth.records import Label
from synth.text import words
from synth.verifiers import _features
from synth.verifiers._features import Pair

_LISTED = 4
COPIED = "the passage holds the claim word for word"
COVERED = "the passage says the same in these words"
NO_CAUSE = "no single word opposes it; its meaning as a whole is read as saying otherwise"


def reasons(
    pair: Pair, relation: Label, *, covered: bool = False, causes: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return short reasons, never none, the cause of ``relation`` first; what speaks against it follows."""
    if _features.is_copy(pair):
        return (COPIED,)
    agreeing = [f.reason for f in pair.facts if f.relation == "agrees"]
    others = [f.reason for f in pair.facts if f.relation != "agrees"]
    match relation:
        case Label.SUPPORT:
            said = [COVERED] if covered else []
            said += [*agreeing, _coverage(pair)]
            said += [] if covered else ["its meaning is read as saying the same"]
            said += [*causes, *others]
        case Label.CONTRADICT:
            said = [*causes] or [NO_CAUSE]
            said += [*others, *agreeing, _coverage(pair)]
        case _:
            said = [_coverage(pair), *others, *causes, *agreeing]
    return tuple(dict.fromkeys(said))


def _coverage(pair: Pair) -> str:
    share = round(100 * pair.forth.exact)
    agreed = {w for f in pair.facts if f.relation == "agrees" for w in words(f.quantity.raw)}
    missing = [w for w in pair.forth.missing if w not in agreed]
    if not missing:
        return f"the passage has all content words of the claim ({share} % by weight literally)"
    listed = ", ".join(missing[:_LISTED])
    more = ", …" if len(missing) > _LISTED else ""
    found = f"the passage has {share} % of the claim's content words by weight"
    return f"{found}; without counterpart: {listed}{more}"
