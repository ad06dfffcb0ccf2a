"""Nothing goes in, every key of the review out: one table for bindings, hints, help and palette."""

from __future__ import annotations

from typing import Literal, NamedTuple

Group = Literal["Decide", "Add", "Take back", "Move", "Evidence", "Find", "See", "Program"]


class Key(NamedTuple):
    """A key and what it does.

    ``keys`` are Textual's names with commas between, ``shown`` is how they are printed, ``action`` is one of
    the screen's (``ReviewScreen``), ``words`` say in full what it does and ``hint`` in a word (for the bottom
    line; "" leaves the key out there).
    """

    keys: str
    shown: str
    action: str
    group: Group
    hint: str
    words: str

    @property
    def first(self) -> str:
        """How the first of its keys is printed."""
        return self.shown.partition(",")[0]


# fmt: off
KEYS: tuple[Key, ...] = (
    Key("a", "a", "accept", "Decide", "accept", "accept: the machine's verdict is right"),
    Key("r", "r", "reject", "Decide", "reject", "reject: the machine's verdict is wrong, none given instead"),
    Key("1", "1", "label('SUPPORT')", "Decide", "for", "SUPPORT: other works support the claim"),
    Key("2", "2", "label('CONTRADICT')", "Decide", "against", "CONTRADICT: other works contradict it"),
    Key("3", "3", "label('NOT_ENOUGH_INFO')", "Decide", "neither", "NOT_ENOUGH_INFO: they do neither"),
    Key("d", "d", "defer", "Decide", "defer", "defer: decide it later"),
    Key("f", "f", "flag", "Add", "flag", "flag for reproduction, or take the flag off"),
    Key("m", "m", "note", "Add", "note", "write a note"),
    Key("e", "e", "scope", "Add", "scope", "edit the scope: what the claim holds for"),
    Key("l", "l", "link", "Add", "link", "link a passage that you found yourself"),
    Key("u", "u", "undo", "Take back", "undo", "undo: take back your last decision"),
    Key("U,ctrl+r", "U, ctrl+r", "redo", "Take back", "", "redo: make what you took back stand again"),
    Key("n", "n", "next", "Move", "next", "go to the claim that matters most next"),
    Key("j,down", "j, down", "row(1)", "Move", "", "next claim of the list"),
    Key("k,up", "k, up", "row(-1)", "Move", "", "claim before it in the list"),
    Key("pagedown", "pgdn", "page(1)", "Move", "", "a page down the list"),
    Key("pageup", "pgup", "page(-1)", "Move", "", "a page up the list"),
    Key("g,home", "g, home", "end(-1)", "Move", "", "first claim of the list"),
    Key("G,end", "G, end", "end(1)", "Move", "", "last claim of the list"),
    Key("tab,right_square_bracket", "tab, ]", "evidence(1)", "Evidence", "evidence", "next evidence"),
    Key("shift+tab,left_square_bracket", "shift+tab, [", "evidence(-1)", "Evidence", "", "evidence before"),
    Key("space,ctrl+d", "space, ctrl+d", "read(1)", "Evidence", "read", "read on in the evidence"),
    Key("b,ctrl+u", "b, ctrl+u", "read(-1)", "Evidence", "", "read back in the evidence"),
    Key("c", "c", "context", "Evidence", "context", "passages whole, or cut to what can be seen at once"),
    Key("v", "v", "picture", "Evidence", "page", "see the page itself, the sentence boxed"),
    Key("o", "o", "viewer", "Evidence", "PDF", "open the PDF at the page in the system's viewer"),
    Key("slash", "/", "filter", "Find", "find", "filter the list as you type"),
    Key("escape", "escape", "unfilter", "Find", "", "clear the filter"),
    Key("s", "s", "sort", "Find", "sort", "sort the list by the next of seven orders"),
    Key("S", "S", "reverse", "Find", "", "turn the order round"),
    Key("i", "i", "agreement", "See", "", "how far the reviewers agree, and where they do not"),
    Key("question_mark", "?", "help", "See", "help", "every key, and what the words mean"),
    Key("ctrl+p", "ctrl+p", "palette", "Program", "", "find a command by its words"),
    Key("ctrl+z", "ctrl+z", "aside", "Program", "", "put the review aside: fg in the shell brings it back"),
    Key("q", "q", "quit", "Program", "quit", "quit: every decision is kept already"),
)
# fmt: on
"""In the order in which help prints them."""
