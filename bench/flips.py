"""Claims that hold and the same claims changed by a word go in; how many a verifier gets right comes out.

    python bench/flips.py                      # the entailment verifier
    python bench/flips.py --verifier cross-encoder:NAME --wrong

``data/flips.jsonl`` was written by hand: a made-up sentence of a paper, a claim that it makes true, and that
claim changed so that the sentence contradicts it ("CONTRADICT") or no longer supports it ("NOT_SUPPORTED":
any verdict but SUPPORT is right). In "forward" items the changed claim carries the negation or the decrease,
in "reversed" ones the sentence and the claim that holds do: who merely dislikes "not" fails there.
Nothing may be fitted or chosen on these items.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kept_vectors import Vectors
from signature import signature

from synth import verifiers
from synth.errors import SynthError
from synth.records import Evidence, Label

FILE = Path(__file__).resolve().parent / "data" / "flips.jsonl"
KINDS = (
    "direction", "negation", "role_swap", "number", "unit", "condition", "scope", "over_generalisation",
    "hedge",
)  # fmt: skip
COLUMNS = ("kind", "n", "flipped_right", "flipped_accepted", "holds_right", "both_right")
Form = Literal["forward", "reversed", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A sentence, a claim that it makes true, and that claim changed; ``form`` is "" but for two kinds."""

    id: str
    kind: str
    sentence: str
    holds: str
    flipped: str
    flipped_label: Literal["CONTRADICT", "NOT_SUPPORTED"]
    form: Form = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a verifier said of both claims of ``flip``."""

    flip: Flip
    holds: Label
    flipped: Label

    @property
    def holds_right(self) -> bool:
        """Whether the claim that holds was called supported."""
        return self.holds is Label.SUPPORT

    @property
    def flipped_accepted(self) -> bool:
        """Whether the changed claim was called supported."""
        return self.flipped is Label.SUPPORT

    @property
    def flipped_right(self) -> bool:
        """Whether the changed claim was judged as its label asks."""
        if self.flip.flipped_label == "NOT_SUPPORTED":
            return not self.flipped_accepted
        return self.flipped is Label.CONTRADICT

    @property
    def both_right(self) -> bool:
        """Whether both claims were judged right."""
        return self.holds_right and self.flipped_right


def read(path: Path = FILE) -> tuple[Flip, ...]:
    """Return the items of ``path`` in file order; raises TypeError for a line with other fields."""
    with path.open(encoding="utf-8") as lines:
        return tuple(Flip(**json.loads(line)) for line in lines)


def answers(verifier: verifiers.Verifier, flips: Sequence[Flip]) -> tuple[Answer, ...]:
    """Return what ``verifier`` says of every item, each claim alone against its sentence."""

    def said(flip: Flip, claim: str) -> Label:
        quoted = Evidence(
            doc_id="flips", paper="flips", passage=flip.id, sentence=0, start=0, quote=flip.sentence,
            spans=(), relation=Label.NOT_ENOUGH_INFO, score=0.0,
        )  # fmt: skip
        return verifier(claim, (quoted,), claim_id=flip.id).label

    return tuple(Answer(flip=f, holds=said(f, f.holds), flipped=said(f, f.flipped)) for f in flips)


def table(found: Sequence[Answer]) -> tuple[dict[str, Any], ...]:
    """Return a row a kind, a row a form of the kinds that have forms, and a row of all; shares in [0, 1]."""
    parts: dict[str, list[Answer]] = {k: [a for a in found if a.flip.kind == k] for k in KINDS}
    for kind in KINDS:
        for form in ("forward", "reversed"):
            parts[f"{kind}, {form}"] = [a for a in parts[kind] if a.flip.form == form]
    parts["all"] = list(found)
    order = [n for k in KINDS for n in (k, f"{k}, forward", f"{k}, reversed")]
    return tuple(_row(n, parts[n]) for n in (*order, "all") if parts[n])


def _row(name: str, found: Sequence[Answer]) -> dict[str, Any]:
    return {
        "kind": name,
        "n": len(found),
        "flipped_right": sum(a.flipped_right for a in found) / len(found),
        "flipped_accepted": sum(a.flipped_accepted for a in found) / len(found),
        "holds_right": sum(a.holds_right for a in found) / len(found),
        "both_right": sum(a.both_right for a in found) / len(found),
    }


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the table as Markdown."""
    print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
    for row in rows:
        cells = (f"{v:.3f}" if isinstance(v, float) else str(v) for v in (row[c] for c in COLUMNS))
        print("| " + " | ".join(cells) + " |")


def show_wrong(found: Sequence[Answer]) -> None:
    """Print each item with a wrong verdict: the sentence, then its claims and what was said of them."""
    for a in found:
        if not a.both_right:
            print(f"\n{a.flip.id} {a.flip.form}\n  sentence: {a.flip.sentence}")
            print(f"  holds, {a.holds.value}: {a.flip.holds}")
            print(f"  flipped, {a.flipped.value}: {a.flip.flipped} (should be {a.flip.flipped_label})")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and its signature."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--verifier", default="entailment", help="a verifier, or cross-encoder:NAME")
    parser.add_argument("--prior", default="balanced", choices=verifiers.PRIORS)
    parser.add_argument("--wrong", action="store_true", help="print the items with a wrong verdict, too")
    options = parser.parse_args(arguments)
    try:
        verifier = verifiers.build(options.verifier, encode=Vectors(), prior=options.prior)
    except SynthError as error:
        raise SystemExit(str(error)) from error
    found = answers(verifier, read())
    show(table(found))
    if options.wrong:
        show_wrong(found)
    print(signature(data=f"{verifier.signature}, {FILE.name} {len(found)}"))


if __name__ == "__main__":
    main()
