"""Linking a passage: the search within the papers by itself, and the dialog with its keys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tui_stage import Stage, drawn, played
from tui_world import A1, B1, C1, HOSTILE, PAPERS, evidence, judged, world

from synth.errors import InputError, StoreError
from synth.pipeline.sitting import Sitting
from synth.records import Evidence, Label, Span
from synth.tui import linking
from synth.tui.linking import Linking
from synth.tui.pick_list import PickList
from synth.tui.quoted import CONTEXT, around
from synth.tui.search import Prepared, Sought, matches, prepared, sought

SMALL, LARGE = (80, 24), (200, 60)
CLAIM = judged()[0].claim
"""Alpha obtains 84.2 F1 on the SQuAD test set, 2.1 points above the best earlier network."""


def said(text: str, *, number: int = 0, doc: str = "one.pdf", page: int = 1) -> Evidence:
    """Return a sentence of a paper."""
    made = evidence(A1, 0, Label.NOT_ENOUGH_INFO)
    return replace(
        made,
        doc_id=doc,
        paper=f"p{doc}",
        passage=f"s{number:016d}",
        start=0,
        quote=text,
        spans=(Span(page=page, boxes=()),),
    )


def ready(*texts: str) -> Prepared:
    """Return sentences ready to be searched."""
    return prepared([said(text, number=at) for at, text in enumerate(texts)], CLAIM, titles={})


def quotes(made: Prepared, typed: str) -> list[str]:
    """Return the sentences that are found."""
    return [made.sentences[at].quote for at in matches(made, sought(typed))]


# -- searching -----------------------------------------------------------------------------------------


def test_nothing_typed_finds_what_shares_content_words_with_the_claim() -> None:
    made = ready("Nothing of it is said.", "A point.", "The SQuAD tests are sets.", "Points are set.")
    assert quotes(made, " ") == ["The SQuAD tests are sets.", "Points are set.", "A point."]
    assert quotes(made, "nothing") == ["Nothing of it is said."]


def test_one_rare_word_outweighs_a_common_one() -> None:
    made = ready("A point.", "A point more.", "The point again.", "SQuAD alone.")
    assert quotes(made, "") == ["SQuAD alone.", "A point.", "A point more.", "The point again."]


def test_words_are_beginnings_of_words_and_all_must_occur() -> None:
    made = ready("Zero-shot transfer works.", "Zero transfers.", "The nonzero shot.")
    assert quotes(made, "zero") == ["Zero-shot transfer works.", "Zero transfers."]
    assert quotes(made, "TRANS zer") == ["Zero-shot transfer works.", "Zero transfers."]
    assert quotes(made, "zero-shot") == ["Zero-shot transfer works."]
    assert quotes(made, "zero shot works now") == []


def test_quotes_hold_words_together() -> None:
    made = ready("A test of the set.", "On the test set.")
    assert sorted(quotes(made, "test set")) == ["A test of the set.", "On the test set."]
    assert quotes(made, '"test se') == ["On the test set."]
    assert quotes(made, '"test set"') == ["On the test set."]


def test_figures_signs_and_other_scripts_are_found() -> None:
    made = ready("It is 84.2 %.", "It is 842.", "我们的网络在阅读理解任务上", "הרשת משיגה", "Ünïcode ﬁne.")
    assert quotes(made, "84.") == ["It is 84.2 %.", "It is 842."]
    assert quotes(made, "84.2") == ["It is 84.2 %."]
    assert quotes(made, "%") == ["It is 84.2 %."]
    assert quotes(made, "阅读") == ["我们的网络在阅读理解任务上"]
    assert quotes(made, "משי") == ["הרשת משיגה"]
    assert quotes(made, "fine ünï") == ["Ünïcode ﬁne."]


def test_papers_and_pages_narrow() -> None:
    sentences = [
        said("first here", number=1, doc="alpha.pdf", page=1),
        said("second here", number=2, doc="alpha.pdf", page=12),
        said("third here", number=3, doc="beta.pdf", page=1),
    ]
    made = prepared(sentences, CLAIM, titles={"pbeta.pdf": "On Large Networks"})
    assert quotes(made, "paper:ALPHA") == ["first here", "second here"]
    assert quotes(made, "page:1") == ["first here", "third here"]
    assert quotes(made, "here page:1 paper:large") == ["third here"]
    assert quotes(made, 'paper:"large networks"') == ["third here"]
    assert quotes(made, "page:2") == []
    assert quotes(made, "paper: page: fir") == ["first here"]


@pytest.mark.parametrize("typed", ["page:x", "page:-1", "page:99999999", "page:²", 'page:"1 2"'])
def test_a_page_that_is_no_number_is_said_and_left_out(typed: str) -> None:
    asked = sought(f"a {typed} b")
    assert asked.words == (" a", " b")
    assert asked.pages == ()
    assert "take a number, as in page:3" in asked.wrong


def test_a_field_that_is_none_is_words() -> None:
    assert sought("author:smith") == Sought(words=(" author", " smith"))


def test_the_claim_itself_is_not_among_the_sentences() -> None:
    own = replace(said(CLAIM.text), passage=CLAIM.passage, sentence=CLAIM.sentence)
    made = prepared([own, said(CLAIM.text, number=1)], CLAIM, titles={})
    assert [one.passage for one in made.sentences] == ["s0000000000000001"]


TYPED = st.text(alphabet='abe 1."%:阅', max_size=6)
TEXTS = ("ab ae 1.1", "eb a%b", "a阅读 be", 'b "a" 11', "e")


@given(before=TYPED, more=TYPED)
def test_searching_on_finds_what_searching_anew_finds(before: str, more: str) -> None:
    made = ready(*TEXTS)
    first, second = sought(before), sought(before + more)
    anew = matches(made, second)
    if second.within(first):
        assert list(matches(made, second, among=matches(made, first))) == list(anew)


@given(typed=TYPED)
def test_what_is_found_stands_in_its_order_once(typed: str) -> None:
    found = list(matches(ready(*TEXTS), sought(typed)))
    assert found == sorted(set(found))


def test_a_page_typed_on_is_searched_anew() -> None:
    assert not sought("page:12").within(sought("page:1"))
    assert not sought("ab").within(sought(""))
    assert sought("ab page:1").within(sought("a"))


def twenty_thousand() -> tuple[Evidence, ...]:
    """Return sentences of which every 100th has a rare word, and one the words of the claim."""
    rare = dict.fromkeys(range(0, 20_000, 100), "perplexity") | {12_345: CLAIM.text}
    return tuple(
        said(f"Sentence {n} is of {rare.get(n, 'nothing much')}.", number=n, page=n // 20 + 1)
        for n in range(20_000)
    )


def test_twenty_thousand_sentences_are_all_searched() -> None:
    made = prepared(twenty_thousand(), CLAIM, titles={})
    assert len(made.sentences) == 20_000
    assert made.sentences[0].quote.startswith("Sentence 12345 ")
    assert len(matches(made, sought("perplex"))) == 200
    assert quotes(made, "19999") == ["Sentence 19999 is of nothing much."]
    assert len(matches(made, sought("page:1000"))) == 20


# -- the dialog ----------------------------------------------------------------------------------------


@pytest.fixture
def sitting(tmp_path: Path) -> Iterator[Sitting]:
    """Yield Ann's sitting."""
    with world(tmp_path) as opened:
        yield opened.sitting


@pytest.mark.parametrize(("key", "label"), list(zip("123", Label, strict=True)))
def test_enter_picks_and_a_figure_says_what_it_does(sitting: Sitting, key: str, label: Label) -> None:
    made = played(Linking(sitting, CLAIM.id), "type:closes", "enter", key)
    assert made.given == (evidence(B1, 2, Label.NOT_ENOUGH_INFO, score=0.0), label)


def test_before_anything_is_typed_the_nearest_sentences_are_listed(sitting: Sitting) -> None:
    made = played(Linking(sitting, CLAIM.id), "enter", "1")
    assert made.given is not None
    assert made.given[0].quote == B1.sentence_text(1)
    assert "16 of 19 sentences share words with the claim, the nearest first" in made.seen
    assert CLAIM.text[:40] in made.seen


def test_arrows_choose_while_words_are_typed(sitting: Sitting) -> None:
    keys = ("type:page:5", "down", "down", "up")
    first = played(Linking(sitting, CLAIM.id), *keys, "enter", "3").given[0]
    assert first.page == 5
    assert first.quote == B1.sentence_text(0)
    last = played(Linking(sitting, CLAIM.id), "type:page:5", "pagedown", "enter", "3").given[0]
    assert last.quote == B1.sentence_text(2)
    top = played(Linking(sitting, CLAIM.id), "type:page:5", "pagedown", "pageup", "enter", "3").given[0]
    assert top.quote == B1.sentence_text(1)


def test_figures_are_words_until_a_sentence_is_picked(sitting: Sitting) -> None:
    made = played(Linking(sitting, CLAIM.id), "type:2.1", "f9")
    assert not made.left
    assert "1 of 19 sentences" in made.seen


def test_escape_goes_back_to_the_words_and_then_leaves(sitting: Sitting) -> None:
    picked = played(Linking(sitting, CLAIM.id), "type:attention", "enter", "f9")
    assert linking.PICKED.split("\n")[0] in picked.seen
    back = played(Linking(sitting, CLAIM.id), "type:attention", "enter", "escape", "type: mech", "f9")
    assert "1 of 19 sentences" in back.seen
    assert linking.SEARCHING in back.seen
    left = played(Linking(sitting, CLAIM.id), "type:attention", "enter", "escape", "escape")
    assert left.left
    assert left.given is None


def test_other_words_are_searched_in_all_sentences(sitting: Sitting) -> None:
    back = ["backspace"] * 4
    made = played(Linking(sitting, CLAIM.id), "type:atten mech", *back, "type:need", "enter", "1")
    assert made.given[0].quote == "Attention is not needed for reading short passages of fewer than 50 words."


def test_tab_goes_to_the_list_and_says_so(sitting: Sitting) -> None:
    made = played(Linking(sitting, CLAIM.id), "type:closes", "tab", "f9")
    assert linking.PICKED.split("\n")[0] in made.seen
    assert played(Linking(sitting, CLAIM.id), "type:closes", "tab", "3").given[0].quote == B1.sentence_text(2)


def test_a_slash_goes_back_to_the_words(sitting: Sitting) -> None:
    made = played(Linking(sitting, CLAIM.id), "type:attention", "enter", "slash", "type: mech", "enter", "2")
    assert made.given[0].quote == "Attention mechanisms differ less than the literature says."


def test_the_sentence_is_shown_whole_and_marked_in_its_passage(sitting: Sitting) -> None:
    made = played(Linking(sitting, CLAIM.id), "type:closes", "f9", size=LARGE)
    seen = " ".join(part.strip("│ ") for part in made.seen.split("\n"))
    assert f"beta.pdf, page 5 {B1.sentence_text(0)}" in seen
    assert f"»{B1.sentence_text(2)}«" in seen
    assert B1.sentence_text(3) in seen


def test_in_a_small_terminal_the_sentence_is_scrolled_to(sitting: Sitting) -> None:
    made = played(Linking(sitting, CLAIM.id), "type:noise", "f9")
    assert "»Without bidirectional attention" in made.seen
    assert "We repeat the experiments" not in made.seen
    before = played(Linking(sitting, CLAIM.id), "type:noise", "enter", "b", "f9")
    assert "We repeat the experiments" in before.seen
    again = played(Linking(sitting, CLAIM.id), "type:noise", "enter", "b", "space", "f9")
    assert "We repeat the experiments" not in again.seen


def test_nothing_found_is_said_and_cannot_be_picked(sitting: Sitting) -> None:
    made = played(Linking(sitting, CLAIM.id), "type:zebra", "enter", "1", "f9")
    assert not made.left
    assert "none of 19 sentences fits" in made.seen


def test_where_no_sentence_has_all_words_it_is_said_how_many_have_each(sitting: Sitting) -> None:
    made = played(Linking(sitting, CLAIM.id), "type:noise zebra", "f9")
    assert "none of 19 sentences fits: noise 1, zebra 0" in made.seen


def test_a_wrong_page_is_said_and_the_list_stays(sitting: Sitting) -> None:
    made = played(Linking(sitting, CLAIM.id), "type:attention page:x", "f9")
    assert "page:x - take a number, as in page:3" in made.seen
    assert "7 of 19 sentences" in made.seen
    mended = played(Linking(sitting, CLAIM.id), "type:attention page:x", "backspace", "7", "f9")
    assert "take a number" not in mended.seen
    assert "2 of 19 sentences" in mended.seen


def test_without_readings_one_line_says_what_to_do(sitting: Sitting, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> tuple[Evidence, ...]:
        raise InputError("the readings are not in the store here", remedy="ask its question again")

    monkeypatch.setattr(sitting, "sentences", none)
    made = played(Linking(sitting, CLAIM.id), "type:a page:x", "down", "enter", "1", "f9")
    assert not made.left
    assert "the readings are not in the store here - ask its question again" in made.seen
    assert "there is nothing to search in" in made.seen
    assert played(Linking(sitting, CLAIM.id), "escape").left


def test_a_passage_that_cannot_be_had_leaves_the_sentence(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(one: Evidence) -> str:
        raise StoreError(f"the store is locked ({one.page})", remedy="end the other run")

    monkeypatch.setattr(sitting, "context", none)
    made = played(Linking(sitting, CLAIM.id), "type:noise", "f9")
    assert "»Without bidirectional attention" in made.seen
    assert "the store is locked (5) - end the other run" in made.seen


def shows(made: str, hint: str) -> bool:
    """Whether a screen is clean, unbroken and has its keys."""
    widths = {cell_len(line) for line in made.split("\n")}
    return len(widths) == 1 and hint in made and not any(c in made for c in "\x1b\u202e\u200b")


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("typed", ["", "type:bold", "type:界", "type:www"])
def test_hostile_and_wide_text_breaks_no_screen(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], typed: str
) -> None:
    texts: Sequence[str] = (
        f"{HOSTILE} SQuAD test",
        "w" * 4_000,
        f"{'界' * 4_000} SQuAD",
        f"e{chr(0x301) * 4_000} set",
        "\u202eSQuAD\u202c \x1b]0;x\x07 test \u200b\u2066 F1",
        "[/] [link=http://x] SQuAD ]]",
    )
    found = tuple(said(text, number=n, doc=PAPERS[n % 5].doc_id) for n, text in enumerate(texts))
    monkeypatch.setattr(sitting, "sentences", lambda: found)
    keys = [typed] if typed else []
    made = played(Linking(sitting, CLAIM.id), *keys, *["down"] * 5, "f9", size=size)
    assert shows(made.seen, linking.SEARCHING)
    picked = played(Linking(sitting, CLAIM.id), *keys, "enter", "end", "f9", size=size)
    assert shows(picked.seen, linking.PICKED.split("\n")[1])
    assert played(Linking(sitting, CLAIM.id), "type:bold", "enter", "1").given[0] == found[0]


def test_the_dialog_searches_twenty_thousand_sentences(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = twenty_thousand()
    monkeypatch.setattr(sitting, "sentences", lambda: found)
    made = played(Linking(sitting, CLAIM.id), "type:perplexity", "enter", "end", "2", size=LARGE)
    assert made.given == (found[19_900], Label.CONTRADICT)
    assert "200 of 20,000 sentences" in made.seen


def test_a_passage_is_cut_far_from_the_sentence() -> None:
    text = f"{'a ' * 5_000}Here it is.{' b' * 5_000}"
    one = replace(said("Here it is."), start=10_000)
    before, after = around(one, text)
    assert before == "…" + "a " * (CONTEXT // 2)
    assert after == " b" * (CONTEXT // 2) + "…"
    assert around(one, "another text") == ("", "")
    assert around(evidence(C1, 0, Label.SUPPORT), C1.text) == ("", C1.text[len(C1.sentence_text(0)) :])


def test_what_the_dialog_gives_can_be_linked(sitting: Sitting) -> None:
    found, label = played(Linking(sitting, CLAIM.id), "type:closes", "enter", "2").given
    sitting.link(CLAIM.id, found, label)
    linked = sitting.standing(CLAIM.id).links[0].passage
    assert linked is not None
    assert (linked.quote, linked.relation) == (B1.sentence_text(2), Label.CONTRADICT)


def test_the_mouse_chooses_and_then_picks(sitting: Sitting) -> None:
    async def play() -> Evidence:
        app = Stage(Linking(sitting, CLAIM.id))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.pause()
            for _ in range(2):
                await pilot.click(PickList, offset=(5, 3))
                # apart enough to be no double click
                await pilot.pause()
            await pilot.press("1")
            await pilot.pause()
            return app.given[0]  # type: ignore[no-any-return]

    fourth = prepared(sitting.sentences(), CLAIM, titles={}).sentences[3]
    assert asyncio.run(play()) == fourth


def test_the_dialog_stays_whole_when_the_terminal_shrinks(sitting: Sitting) -> None:
    async def play() -> str:
        app = Stage(Linking(sitting, CLAIM.id))
        async with app.run_test(size=LARGE) as pilot:
            await pilot.press("end", "down", "down")
            await pilot.resize_terminal(*SMALL)
            await pilot.pause()
            await pilot.pause()
            return drawn(app)

    seen = asyncio.run(play())
    assert shows(seen, linking.SEARCHING)
    assert len(seen.split("\n")) == SMALL[1]
    assert "│ > alpha.pdf" in seen
