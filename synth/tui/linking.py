"""A sitting and a claim go in; a sentence of the papers to link, and what it does to the claim, come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from synth.errors import SynthError
from synth.records import Evidence, Label
from synth.tui.cells import cut, one_line
from synth.tui.frame import Frame
from synth.tui.pick_list import PickList
from synth.tui.quoted import Quoted
from synth.tui.search import Prepared, Sought, matches, prepared, sought

if TYPE_CHECKING:
    from synth.pipeline.sitting import Sitting

SEARCHING = "words, paper:NAME, page:3 | up, down | enter: pick | escape: leave"
PICKED = (
    "1: it supports the claim | 2: contradicts | 3: bears on it, decides nothing\n"
    "up, down: another | space, b: scroll the passage | escape: search on"
)


class Linking(ModalScreen[tuple[Evidence, Label] | None]):
    """Search the papers for a sentence to link; gives it with its relation, None where it was left."""

    DEFAULT_CSS = """
    Linking { align: center middle; }
    Linking .linking--claim { height: auto; max-height: 4; color: $text-muted; }
    Linking .linking--count { height: 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("1", "link('SUPPORT')", "Supports"),
        Binding("2", "link('CONTRADICT')", "Contradicts"),
        Binding("3", "link('NOT_ENOUGH_INFO')", "Bears on it"),
        Binding("slash", "search", show=False),
        Binding("space", "scroll(1)", show=False),
        Binding("b", "scroll(-1)", show=False),
        Binding("escape", "back", "Back"),
    ]

    def __init__(self, sitting: Sitting, claim_id: str) -> None:
        super().__init__()
        self._sitting = sitting
        self._claim = sitting.judged(claim_id).claim
        self._ready: Prepared | None = None
        self._asked = Sought()
        self._found: Sequence[int] = ()
        self._frame = Frame("Link a passage to the claim", SEARCHING, classes="-whole")
        self._typed = Input(compact=True, placeholder="words of the sentence")
        self._count = Static(Content("reading the papers …"), classes="linking--count")
        self._list = PickList()
        self._quoted = Quoted()

    def compose(self) -> ComposeResult:
        """Yield the claim, what is typed, the sentences found and the passage of the chosen one."""
        with self._frame:
            yield Static(Content(f"Claim: {one_line(self._claim.text)}"), classes="linking--claim")
            yield self._typed
            yield self._count
            yield self._list
            yield self._quoted

    def on_mount(self) -> None:
        """Read the papers once the dialog is to be seen."""
        self._typed.focus()
        self.call_after_refresh(self._read)

    def _read(self) -> None:
        titles = {paper.id: paper.title for paper in self._sitting.report.papers}
        try:
            self._ready = prepared(self._sitting.sentences(), self._claim, titles=titles)
        except SynthError as error:
            self._count.update(Content("there is nothing to search in"))
            self._frame.say(str(error))
        else:
            self._search()

    def on_input_changed(self) -> None:
        """Search as it is typed."""
        self._search()

    def _search(self) -> None:
        if self._ready is None:
            return
        asked = sought(self._typed.value)
        self._frame.say(asked.wrong)
        among = self._found if asked.within(self._asked) else None
        self._found = matches(self._ready, asked, among=among)
        self._asked = asked
        self._count.update(Content(self._counted()))
        self._list.fill(len(self._found), self._row)

    def _counted(self) -> str:
        assert self._ready is not None
        count, all_of_them = len(self._found), len(self._ready.sentences)
        if not count:
            return f"none of {all_of_them:,} sentences fits{self._each()}"
        if self._asked.nothing:
            return f"{count:,} of {all_of_them:,} sentences share words with the claim, the nearest first"
        return f"{count:,} of {all_of_them:,} sentences, those nearest to the claim first"

    def _each(self) -> str:
        """Return how many sentences have each word, where no sentence has them all."""
        assert self._ready is not None
        ready = self._ready
        counts = [
            f"{word.strip()} {len(matches(ready, Sought(words=(word,)))):,}" for word in self._asked.words
        ]
        return f": {', '.join(counts)}" if len(counts) > 1 else ""

    def _row(self, row: int, width: int) -> str:
        one = self._at(row)
        name = 16 if width < 120 else 28
        page = f"p. {one.page}" if one.page else ""
        quote = cut(one_line(one.quote[: 4 * width]), width - name - 8)
        return f"{cut(one_line(one.doc_id), name)} {page:7}{quote}"

    def _at(self, row: int) -> Evidence:
        assert self._ready is not None
        return self._ready.sentences[self._found[row]]

    def on_pick_list_moved(self, event: PickList.Moved) -> None:
        """Show the chosen sentence in its passage."""
        # what was found may have become less since the cursor moved
        if event.row is None or event.row >= len(self._found):
            self._quoted.clear()
            return
        one = self._at(event.row)
        try:
            text = self._sitting.context(one)
        except SynthError as error:
            text = one.quote
            self._frame.say(str(error))
        self._quoted.show(one, text)

    def on_input_submitted(self) -> None:
        """Pick the sentence under the cursor: what it does is asked next."""
        if self._found:
            self._list.focus()

    def on_descendant_focus(self) -> None:
        """Show the keys that work now: in the list the figures are no words."""
        self._frame.hint(PICKED if self._picking else SEARCHING)

    def on_pick_list_picked(self) -> None:
        """Ask what the sentence does, where it was chosen with the mouse."""
        self.on_input_submitted()

    @property
    def _picking(self) -> bool:
        return self._list.has_focus

    def action_move(self, by: int) -> None:
        """Choose another sentence without leaving the words."""
        self._list.action_move(by)

    def action_page(self, by: int) -> None:
        """Choose a sentence further off."""
        self._list.action_page(by)

    def action_scroll(self, by: int) -> None:
        """Show more of the passage."""
        self._quoted.read(by)

    def action_link(self, label: str) -> None:
        """Give the sentence under the cursor with what it does."""
        if self._found:
            self.dismiss((self._at(self._list.cursor), Label(label)))

    def action_search(self) -> None:
        """Go back to the words."""
        self._typed.focus()

    def action_back(self) -> None:
        """Go back to the words, or leave."""
        if self._picking:
            self.action_search()
        else:
            self.dismiss(None)
