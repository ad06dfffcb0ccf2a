"""A claim and a sentence with all that was computed of them go in; reasons in words come out."""

from __future__ import annotations

from synth.records import Label
from synth.verifiers import _features
from synth.verifiers._features import Pair

_LISTED = 4


def reasons(pair: Pair, relation: Label) -> tuple[str, ...]:
    """Return short reasons, never none; facts that speak against the label are said, too."""
    if _features.is_copy(pair):
        return ("the passage holds the claim word for word",)
    changed = _features.changed(pair)
    said = [f"the sentences are alike but for a changed {changed}"] if changed else []
    said += [f.reason for f in pair.facts]
    said += [f"opposed words: {a} against {b}" for a, b in _features.opposites(pair)[:_LISTED]]
    if (pair.claim.negations + pair.sentence.negations) % 2:
        said.append("negated in the " + ("claim" if pair.claim.negations % 2 else "passage") + " only")
    said.append(_coverage(pair))
    if relation is Label.SUPPORT:
        said.append("its meaning is read as saying the same")
    elif relation is Label.CONTRADICT:
        said.append("its meaning is read as saying otherwise")
    return tuple(dict.fromkeys(said))


def _coverage(pair: Pair) -> str:
    share = round(100 * pair.forth.exact)
    if not pair.forth.missing:
        return f"the passage has all content words of the claim ({share} % by weight literally)"
    listed = ", ".join(pair.forth.missing[:_LISTED])
    more = ", …" if len(pair.forth.missing) > _LISTED else ""
    found = f"the passage has {share} % of the claim's content words by weight"
    return f"{found}; without counterpart: {listed}{more}"
