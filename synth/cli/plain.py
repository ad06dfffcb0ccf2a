"""A sitting and answers typed line by line in; questions, claims and what was decided, read out, out.

For screen readers, pipes and terminals that can do nothing: no boxes, bars, colours or cursor movement.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from synth.cli import claim_words
from synth.errors import InputError, SynthError, UsageError
from synth.records import Decision, Evidence, Label, Pairs
from synth.text import printable

if TYPE_CHECKING:
    from synth.pipeline.review import Open

MOST_SENTENCES = 9
"""How many sentences a search for a passage offers."""
HELP = (
    "Answers, a line each; a judgement may be followed by its note, as in: r the number is of another table",
    "a or accept: the machine's verdict by other works is right.",
    "r or reject: it is wrong, and you state no other.",
    "1 or support, 2 or contradict, 3 or neither: the label that is right.",
    "d or defer: later, after the others.",
    "f or flag: flag the claim for reproduction, or take the flag away.",
    "m or note: a note. e or scope: the conditions under which the claim holds, name=value; name=value.",
    "l or link: find a sentence of the papers by its words and link it to the claim.",
    "p or passages: the passages in full; p 2 the second alone.",
    "o or open: the PDF at its page; o 2: that of the second evidence.",
    "u or undo: take back your last decision. U or redo: make it stand again.",
    "k, n or next: the next claim, this one later. b or back: the claim before.",
    "An empty line: the claim is read again.",
    "i or agreement: how far the reviewers agree. ? or help: this. q or quit, or no more input: the end.",
)
_RELATIONS = {"1": Label.SUPPORT, "2": Label.CONTRADICT, "3": Label.NOT_ENOUGH_INFO}


def talk(opened: Open) -> None:
    """Ask about claim after claim until "q" or the end of the input; what went wrong is a line.

    Raises InputError for answers that are no UTF-8, for what follows them could be lost.
    """
    # nothing is styled, and no word of a paper is taken for markup, a link or an emoji's name
    console = Console(markup=False, highlight=False, emoji=False, color_system=None, force_terminal=False)
    _Talk(opened, console).run()


class _Talk:
    """The claim before the reviewer, those before it, and those skipped."""

    def __init__(self, opened: Open, console: Console) -> None:
        self._opened = opened
        self._sitting = opened.sitting
        self._console = console
        self._claims = [one.claim.id for one in opened.sitting.report.judged]
        self._at = ""
        self._before: list[str] = []
        self._skipped: set[str] = set()
        self._sentences: tuple[Evidence, ...] = ()
        named: dict[tuple[str, ...], Callable[[str], None]] = {
            ("a", "accept"): lambda note: self._judge("accept", note=note),
            ("r", "reject"): lambda note: self._judge("reject", note=note),
            ("1", "support"): lambda note: self._judge("change", label=Label.SUPPORT, note=note),
            ("2", "contradict"): lambda note: self._judge("change", label=Label.CONTRADICT, note=note),
            ("3", "neither"): lambda note: self._judge("change", label=Label.NOT_ENOUGH_INFO, note=note),
            ("d", "defer"): lambda note: self._judge("defer", note=note),
            ("f", "flag"): self._flag,
            ("m", "note"): self._note,
            ("e", "scope"): self._scope,
            ("l", "link"): self._link,
            ("u", "undo"): lambda _: self._withdraw(redo=False),
            ("U", "redo"): lambda _: self._withdraw(redo=True),
            ("p", "passages"): self._passages,
            ("o", "open"): self._open,
            ("k", "n", "skip", "next"): self._skip,
            ("b", "back"): self._back,
            ("i", "agreement"): lambda _: self._tell(claim_words.agreement_lines(self._sitting)),
            ("?", "help"): lambda _: self._tell(HELP),
        }
        self._acts = {word: act for words, act in named.items() for word in words}

    def run(self) -> None:
        """Ask until the end."""
        sitting = self._sitting
        how = ", blind" if sitting.blind else ", settling disagreements" if sitting.settling else ""
        self._tell(
            [sitting.report.question.text, f"You review as {sitting.reviewer}{how}. ? for help, q to end."]
        )
        try:
            self._go(self._next())
            while self._answered(self._ask("Decision? ")):
                pass
        except EOFError:
            self._console.print()

    def _answered(self, text: str) -> bool:
        """Do what an answer says; returns whether there is to be another."""
        word, _, rest = text.strip().partition(" ")
        if word.lower() in ("q", "quit"):
            return False
        act = self._acts.get(word) or self._acts.get(word.lower())
        try:
            if not word:
                self._show()
            elif act is None:
                self._tell([f"“{word[:40]}” is no answer here; ? lists them."])
            else:
                act(rest.strip())
        except SynthError as error:
            self._tell([str(error)])
        return True

    # -- what is read out --------------------------------------------------------------------------------

    def _tell(self, lines: Iterable[str]) -> None:
        for line in lines:
            # a terminal gets whole words a line, a pipe whole lines
            self._console.print(Text(claim_words.flat(line)), soft_wrap=not sys.stdout.isatty())

    def _ask(self, question: str) -> str:
        try:
            answer = self._console.input(Text(question))
        except UnicodeDecodeError as error:
            raise InputError("the answers are no UTF-8", remedy="type or pipe UTF-8 text") from error
        if not sys.stdin.isatty():
            # what was not typed here is not on the page yet
            self._tell([answer])
        return answer

    def _next(self) -> str:
        """Return the claim that is next, "" where none is left; skipped ones come round again."""
        left = [one.claim for one in self._sitting.queue() if not self._sitting.done(one.claim)]
        fresh = [claim for claim in left if claim not in self._skipped]
        if not fresh:
            self._skipped.clear()
        return next(iter(fresh or left), "")

    def _go(self, claim: str) -> None:
        if self._at and self._at != claim:
            self._before.append(self._at)
        self._at = claim
        self._show()

    def _show(self) -> None:
        """Read out the claim."""
        sitting = self._sitting
        sitting.refresh()
        if not self._at:
            self._tell(
                ["Nothing is left to judge. b goes back, u takes back, i tells the agreement, q ends."]
            )
            return
        place = self._claims.index(self._at) + 1
        self._tell(["", f"Claim {place} of the report's {len(self._claims)}; {sitting.pace().words}."])
        why = next((one.reasons for one in sitting.queue() if one.claim == self._at), ())
        if why and not sitting.done(self._at):
            self._tell([f"It comes now because: {'; '.join(why)}."])
        self._tell(claim_words.claim_lines(sitting, self._at))

    def _here(self) -> str:
        if not self._at:
            raise UsageError("no claim is left", remedy="b goes back to the last one")
        return self._at

    def _shown(self, number: str) -> tuple[tuple[int, Evidence], ...]:
        """Return the evidence of this number, all of it for ""."""
        found = tuple(enumerate(claim_words.evidence(self._sitting, self._here()), start=1))
        if number and not any(str(n) == number for n, _ in found):
            raise UsageError(f"there is no evidence {number[:40]}", remedy=f"there are {len(found)} pieces")
        return tuple((n, one) for n, one in found if number in ("", str(n)))

    # -- what is decided ---------------------------------------------------------------------------------

    def _judge(self, decision: Decision, *, label: Label | None = None, note: str) -> None:
        claim, sitting = self._here(), self._sitting
        hidden = sitting.hidden(claim)
        made = sitting.decide(claim, decision, label=label, note=note)
        self._tell([f"You: {claim_words.decided(made)}. u takes it back."])
        if hidden and not sitting.hidden(claim):
            self._tell(claim_words.verdict_lines(sitting, claim))
        self._go(self._next())

    def _flag(self, _: str) -> None:
        claim = self._here()
        decision: Decision = "unflag" if self._sitting.standing(claim).flagged else "flag"
        self._sitting.decide(claim, decision)
        self._tell(["The flag is taken away." if decision == "unflag" else "Flagged for reproduction."])

    def _note(self, text: str) -> None:
        claim = self._here()
        said = text or self._ask("Note? ").strip()
        if not said:
            self._tell(["No note."])
            return
        self._sitting.decide(claim, "note", note=said)
        self._tell(["Noted."])

    def _scope(self, text: str) -> None:
        claim = self._here()
        said = text or self._ask("Conditions, as name=value; name=value, or none? ").strip()
        if not said:
            self._tell(["The conditions stay."])
            return
        made = self._sitting.decide(claim, "scope", scope=() if said.lower() == "none" else _pairs(said))
        self._tell([f"You: {claim_words.decided(made)}."])

    def _link(self, text: str) -> None:
        claim = self._here()
        found = self._found(claim, text or self._ask("Words of the sentence? "))
        if not found:
            return
        number = self._ask("Which one, by its number? ").strip()
        if not number.isdecimal() or not 1 <= int(number) <= len(found):
            self._tell(["Nothing is linked."])
            return
        relation = self._ask(
            "Does it 1 support, 2 contradict, 3 bear on the claim but decide nothing? "
        ).strip()
        if relation not in _RELATIONS:
            self._tell(["Nothing is linked."])
            return
        made = self._sitting.link(claim, found[int(number) - 1], _RELATIONS[relation])
        self._tell([f"You: {claim_words.decided(made)}."])

    def _found(self, claim: str, text: str) -> Sequence[Evidence]:
        """Read out the sentences that hold all words, at most ``MOST_SENTENCES``, and return those."""
        words = printable(text).casefold().split()
        if not words:
            self._tell(["Nothing is linked."])
            return ()
        self._sentences = self._sentences or self._sitting.sentences()
        own = self._sitting.judged(claim).claim
        found = [
            one
            for one in self._sentences
            if all(word in one.quote.casefold() for word in words)
            and (one.passage, one.sentence) != (own.passage, own.sentence)
        ]
        shown = found[:MOST_SENTENCES]
        more = f", the first {len(shown)} are" if len(found) > len(shown) else ""
        self._tell([f"{len(found)} sentence{'' if len(found) == 1 else 's'} with these words{more}:" if found
                    else "No sentence of the papers has all these words."])  # fmt: skip
        self._tell(f"{n}: {claim_words.where(one)}: “{one.quote}”" for n, one in enumerate(shown, start=1))
        return shown

    def _withdraw(self, *, redo: bool) -> None:
        made = self._sitting.redo() if redo else self._sitting.undo()
        if made is None:
            self._tell(["There is nothing to do again." if redo else "There is nothing to take back."])
            return
        self._tell([f"{'Stands again' if redo else 'Taken back'}: {claim_words.decided(made)}."])
        if made.claim in self._claims:
            self._go(made.claim)

    # -- where to go -------------------------------------------------------------------------------------

    def _passages(self, number: str) -> None:
        for n, found in self._shown(number):
            text = self._sitting.context(found)
            self._tell([f"Passage of evidence {n}, {claim_words.where(found)}: {text}"])

    def _open(self, number: str) -> None:
        from synth.tui import viewer

        one = self._sitting.judged(self._here()).claim
        paper, page = one.paper, one.page
        if number:
            found = self._shown(number)[0][1]
            paper, page = found.paper, found.page
        path = self._sitting.file(paper)
        self._tell([viewer.open_at(path, page=page, command=self._opened.config.viewer)])

    def _skip(self, _: str) -> None:
        self._skipped.add(self._here())
        self._go(self._next())

    def _back(self, _: str) -> None:
        if not self._before:
            self._tell(["There is no claim before this one."])
            return
        self._at = self._before.pop()
        self._show()


def _pairs(text: str) -> Pairs:
    parted = [part.partition("=") for part in text.split(";") if part.strip()]
    return tuple((name.strip(), value.strip()) for name, _, value in parted)
