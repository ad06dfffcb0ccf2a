"""Rows, filters, orders, words and what is told of a claim: what the main screen shows, without one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tui_world import ALPHA, HEBREW, judged, report, world

from synth.records import Label, Probabilities
from synth.tui.cells import cut, cut_off, one_line
from synth.tui.claim_list import cells
from synth.tui.desk import Desk
from synth.tui.filtering import wanted
from synth.tui.rows import ORDERS, Held, Row, ordered, rows
from synth.tui.telling import Paragraph, pieces, told
from synth.tui.words import MARKS, bar, figure

FOREIGN = st.text(st.characters(codec="utf-8"), max_size=60)


def _found(folder: Path, typed: str, *, blind: bool = False) -> list[str]:
    """Return the first words of the claims that a filter lists, in the order of the report."""
    with world(folder, blind=blind) as opened:
        desk = Desk(opened.sitting)
        desk.sort("report")
        assert desk.filter(typed) == ()
        return [row.text.split()[0] for row in desk.visible]


def _plain(found: tuple[Paragraph, ...]) -> str:
    return "\n".join("".join(run.text for run in paragraph.runs) for paragraph in found)


# -- cells and words ------------------------------------------------------------------------------------


@given(FOREIGN, st.integers(0, 40))
def test_foreign_text_fills_exactly_the_cells_that_it_is_given(text: str, width: int) -> None:
    assert cell_len(cut(one_line(text), width)) == width


@given(FOREIGN)
def test_foreign_text_becomes_one_line_without_controls_or_overrides(text: str) -> None:
    line = one_line(text)
    assert not any(c in line for c in "\n\r\t\x1b\u202e\u200d\ufe0f\u00ad\x07")
    assert one_line(line) == line


def test_what_fits_is_not_cut() -> None:
    assert cut_off("alpha", 5) == "alpha"
    assert cut_off("alphabet", 5) == "alph…"
    assert cut("注意力", 6) == "注意力"
    assert cut("注意力", 5) == "注意…"


def test_a_composed_letter_is_one_cell_however_it_was_written() -> None:
    assert one_line("e\u0301tude") == "étude"


@pytest.mark.parametrize(("p", "shown"), [(0.0, ".00"), (0.934, ".93"), (0.994, ".99"), (0.995, "1.0")])
def test_probabilities_take_three_cells(p: float, shown: str) -> None:
    assert figure(p) == shown


@given(st.floats(0, 1), st.integers(1, 40))
def test_a_bar_is_as_wide_as_asked_for_and_full_for_one(p: float, width: int) -> None:
    assert cell_len(bar(p, width)) == width
    assert bar(1.0, width) == "█" * width
    assert bar(0.0, width).strip() == ""


def test_states_differ_in_their_sign_and_in_their_letter() -> None:
    assert all(len(mark) == cell_len(mark) == 2 for mark in MARKS.values())
    assert (
        len({mark[0] for mark in MARKS.values()}) == len({mark[1] for mark in MARKS.values()}) == len(MARKS)
    )


# -- rows -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [44, 78, 110, 140])
def test_columns_begin_at_the_same_cell_whatever_the_script(tmp_path: Path, width: int) -> None:
    with world(tmp_path) as opened:
        made = [cells(row, Held(), width=width) for row in rows(opened.sitting)]
    assert {sum(cell_len(text) for text, _ in row) for row in made} == {width}
    assert len({tuple(cell_len(text) for text, _ in row) for row in made}) == 1


def test_latin_letters_stand_between_texts_that_may_run_from_right_to_left(tmp_path: Path) -> None:
    made = report()
    hebrew = replace(ALPHA, file=f"{HEBREW}.pdf")
    made = replace(made, papers=(hebrew, *made.papers[1:]))
    with world(tmp_path, made=made) as opened:
        paper, page, kind = cells(rows(opened.sitting)[0], Held(), width=78)[2:5]
    assert HEBREW[:5] in paper[0]
    assert page[0] == "p.3  "
    assert kind[0] == "comp "


def test_a_hidden_verdict_is_not_in_its_row(tmp_path: Path) -> None:
    with world(tmp_path, blind=True) as opened:
        row: Row = rows(opened.sitting)[0]
    shown = cells(row, Held(hidden=True), width=78)
    assert shown[1] == ("··· ··· ", "")
    other = replace(row, one=judged()[1])
    assert cells(replace(other, text=row.text), Held(hidden=True), width=78)[1] == shown[1]


# -- filter ---------------------------------------------------------------------------------------------


def test_all_words_must_occur_in_claim_paper_kind_or_section(tmp_path: Path) -> None:
    assert _found(tmp_path, "bidirectional F1") == ["Removing"]
    assert _found(tmp_path, "delta limitation") == ["Attention"]
    assert _found(tmp_path, '"the network is"') == ["The"]
    assert _found(tmp_path, "한국어 reaches") == ["The"]
    assert len(_found(tmp_path, "")) == 12
    assert _found(tmp_path, "nowhere") == []


def test_tokens_ask_for_verdict_probability_kind_paper_and_page(tmp_path: Path) -> None:
    assert _found(tmp_path, "verdict:con") == ["Removing", "Attention"]
    assert _found(tmp_path, "verdict:mixed") == ["Attention"]
    assert _found(tmp_path, "p<.56 p>=.55") == ["Attention"]
    assert _found(tmp_path, "p=.93") == ["Alpha"]
    assert _found(tmp_path, "kind:res") == ["We"]
    assert _found(tmp_path, "paper:beta page:5") == ["We"]


def test_tokens_ask_for_what_was_decided(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        ids = [one.claim.id for one in opened.sitting.report.judged]
        opened.sitting.decide(ids[0], "accept")
        opened.sitting.decide(ids[1], "reject")
        opened.sitting.decide(ids[2], "change", label=Label.SUPPORT)
        opened.sitting.decide(ids[3], "defer")
        opened.sitting.decide(ids[4], "flag")
        desk = Desk(opened.sitting)
        for typed, expected in {
            "is:accepted": [0],
            "is:rejected": [1],
            "is:changed": [2],
            "is:deferred": [3],
            "is:flagged": [4],
            "is:reviewed": [0, 1, 2],
            "is:unreviewed alpha": [4, 5],
            "is:disputed": [],
        }.items():
            desk.sort("report")
            assert desk.filter(typed) == ()
            assert [row.number for row in desk.visible] == expected, typed


def test_disputes_are_found_by_those_who_may_see_them(tmp_path: Path) -> None:
    with world(tmp_path, reviewer="Ben") as opened:
        first, second = (one.claim.id for one in opened.sitting.report.judged[:2])
        opened.sitting.decide(first, "change", label=Label.CONTRADICT)
        opened.sitting.decide(second, "accept")
    with world(tmp_path, blind=True) as opened:
        desk = Desk(opened.sitting)
        desk.filter("is:disputed")
        assert len(desk.visible) == 0
        opened.sitting.decide(first, "change", label=Label.SUPPORT)
        desk.renew([first])
        assert [row.claim for row in desk.visible] == [first]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("is:r", "is:r - take is:reviewed rejected"),
        ("verdict:x", "verdict:x - take verdict:support contradict nei"),
        ("p<", "p< - write it as p<.5 or p>=.7"),
        ("p<1.2.3", "p<1.2.3 - write it as p<.5 or p>=.7"),
        ("page:two", "page:two - take a number, as in page:3"),
        ("kind:poem", "kind:poem - take kind:finding"),
    ],
)
def test_a_wrong_token_is_said_and_left_out(typed: str, said: str) -> None:
    found = wanted(typed)
    assert found.wrong[0].startswith(said)
    assert found.tests == ()


@given(FOREIGN)
def test_whatever_is_typed_is_a_filter_or_said_to_be_none(typed: str) -> None:
    found = wanted(typed)
    assert all(one_line(line) for line in found.wrong)


def test_hidden_verdicts_match_no_filter_on_them(tmp_path: Path) -> None:
    for typed in ("verdict:con", "verdict:sup", "verdict:nei", "verdict:mixed", "p<.5", "p>=.5", "p=.93"):
        assert _found(tmp_path, typed, blind=True) == []
    assert len(_found(tmp_path, "is:unreviewed", blind=True)) == 12


# -- orders ---------------------------------------------------------------------------------------------


def _order(folder: Path, order: str, *, blind: bool = False) -> list[int]:
    with world(folder, blind=blind) as opened:
        desk = Desk(opened.sitting)
        desk.sort(order)  # type: ignore[arg-type]
        return [row.number for row in desk.visible]


def test_each_order_sorts_by_what_it_is_called(tmp_path: Path) -> None:
    assert _order(tmp_path, "report") == list(range(12))
    assert _order(tmp_path, "verdict") == [1, 10, 4, 0, 5, 8, 7, 2, 9, 3, 11, 6]
    assert _order(tmp_path, "probability")[:3] == [2, 9, 0]
    assert _order(tmp_path, "paper and page")[:4] == [11, 3, 4, 0]
    assert _order(tmp_path, "kind")[:3] == [0, 5, 6]
    with world(tmp_path) as opened:
        queue = [one.claim for one in opened.sitting.queue()]
        assert [row.claim for row in Desk(opened.sitting).visible] == queue


@pytest.mark.parametrize("order", ["verdict", "probability"])
@pytest.mark.parametrize("reverse", [False, True])
def test_an_order_by_the_verdict_tells_nothing_of_hidden_ones(
    tmp_path: Path, order: str, reverse: bool
) -> None:
    with world(tmp_path, blind=True) as opened:
        shown = opened.sitting.report.judged[6].claim.id
        opened.sitting.decide(shown, "change", label=Label.SUPPORT)
        desk = Desk(opened.sitting)
        desk.reverse = reverse
        desk.sort(order)  # type: ignore[arg-type]
        assert [row.number for row in desk.visible] == [6, *(n for n in range(12) if n != 6)]


def test_reversing_turns_an_order_round(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        desk = Desk(opened.sitting)
        for order in ORDERS:
            desk.sort(order)
            before = desk.visible
            desk.turn()
            assert desk.visible == before[::-1]
            desk.turn()


def test_claims_are_sorted_by_what_was_decided_on_them(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        sitting = opened.sitting
        accepted, deferred = (one.claim.id for one in sitting.report.judged[:2])
        sitting.decide(accepted, "accept")
        sitting.decide(deferred, "defer")
        desk = Desk(sitting)
        desk.sort("state")
        assert [row.claim for row in desk.visible[-2:]] == [deferred, accepted]


def test_rows_without_a_place_in_the_queue_keep_the_order_of_the_report(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        made = rows(opened.sitting)
    held = {row.claim: Held() for row in made}
    assert ordered(made[::-1], held=held, rank={}, order="what next", reverse=False) == made


# -- what comes next --------------------------------------------------------------------------------------


def test_next_goes_through_the_queue_and_begins_again(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        desk = Desk(opened.sitting)
        order = [one.claim for one in opened.sitting.queue()]
        assert desk.next(None) == order[0]
        assert desk.next(order[0]) == order[1]
        assert desk.next(order[-1]) == order[0]
        opened.sitting.decide(order[1], "accept")
        desk.renew([order[1]])
        assert desk.next(order[0]) == order[2]


def test_next_stays_in_what_is_listed_and_ends_where_all_is_done(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        desk = Desk(opened.sitting)
        desk.filter("verdict:con")
        first, second = (row.claim for row in desk.visible)
        assert desk.next(first) == second
        assert desk.below(second) == first
        opened.sitting.decide(second, "accept")
        desk.renew([second])
        assert desk.next(first) is None
        assert desk.below(first) is None


# -- what is told -----------------------------------------------------------------------------------------


def test_support_and_counter_evidence_stand_together_by_other_works_first(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        claim = opened.sitting.report.judged[0].claim.id
        found = pieces(opened.sitting, claim)
        text = _plain(told(opened.sitting, claim, why=("a comparison",), width=80, whole=True))
    assert [(piece.relation.value, piece.own_source) for piece in found] == [
        ("SUPPORT", False),
        ("CONTRADICT", False),
        ("SUPPORT", True),
    ]
    assert "1/3 supports .96 OTHER WORK beta.pdf p.5" in text
    assert "3/3 supports .90 OWN WORK alpha.pdf p.1" in text
    assert "2/3 contradicts .41 OTHER WORK beta.pdf p.5" in text
    assert "machine SUPPORT  supports .93" in text
    assert "holds for dataset=SQuAD; metric=F1; split=test" in text
    assert "matters: a comparison" in text


def test_a_passage_is_told_whole_with_its_sentence_between_marks(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        one = opened.sitting.report.judged[0]
        text = _plain(told(opened.sitting, one.claim.id, why=(), width=80, whole=True))
        for piece in pieces(opened.sitting, one.claim.id):
            context = opened.sitting.context(piece)
            assert context.replace(piece.quote, f"»{piece.quote}«") in text


def test_numbers_of_the_claim_are_marked_where_a_passage_states_them(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        found = told(opened.sitting, opened.sitting.report.judged[0].claim.id, why=(), width=80, whole=True)
    marked = [run.text for paragraph in found for run in paragraph.runs if run.role == "match-number"]
    assert {"84.2", "2.1"} <= set(marked)


def test_a_hidden_claim_tells_no_relation_score_reason_or_label(tmp_path: Path) -> None:
    made = report()
    one = made.judged[0]
    turned = replace(
        one.by_others,
        label=Label.CONTRADICT,
        probabilities=Probabilities(0.1, 0.8, 0.1),
        reasons=("the numbers differ",),
        mixed=False,
        evidence=tuple(
            replace(
                piece,
                relation=Label.CONTRADICT if piece.relation is Label.SUPPORT else Label.SUPPORT,
                score=1.0 - piece.score,
            )
            for piece in reversed(one.by_others.evidence)
        ),
    )
    other = replace(made, judged=(replace(one, by_others=turned), *made.judged[1:]))
    texts = set()
    for name, over in (("a", made), ("b", other)):
        with world(tmp_path / name, made=over, blind=True) as opened:
            texts.add(_plain(told(opened.sitting, one.claim.id, why=(), width=80, whole=True)))
    assert len(texts) == 1
    assert "3/3 OWN WORK alpha.pdf p.1" in texts.pop()


def test_what_others_decided_is_told_once_the_claim_is_judged(tmp_path: Path) -> None:
    with world(tmp_path, reviewer="Ben") as opened:
        claim = opened.sitting.report.judged[0].claim.id
        opened.sitting.decide(claim, "change", label=Label.CONTRADICT, note="the gap closes [b]later[/b]")
    with world(tmp_path, blind=True) as opened:
        assert "Ben" not in _plain(told(opened.sitting, claim, why=(), width=80, whole=True))
        opened.sitting.decide(claim, "change", label=Label.SUPPORT)
        text = _plain(told(opened.sitting, claim, why=(), width=80, whole=True))
    assert "Ben said CONTRADICT 2026-06-10 08:00 UTC the gap closes [b]later[/b]" in text
    assert "you accepted SUPPORT blind" in text
    assert "reviewers disagree" in text


def test_a_linked_passage_is_evidence_with_who_linked_it(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        sitting = opened.sitting
        claim = sitting.report.judged[2].claim.id
        found = next(e for e in sitting.sentences() if e.quote.startswith("Nothing else"))
        sitting.link(claim, found, Label.CONTRADICT)
        text = _plain(told(sitting, claim, why=(), width=80, whole=True))
    assert "1/1 contradicts OTHER WORK [bold]evil[/bold].pdf p.6 linked by Ann" in text
    assert "»Nothing else is known of it.«" in text


def test_scope_stands_beside_what_the_claim_states(tmp_path: Path) -> None:
    with world(tmp_path) as opened:
        claim = opened.sitting.report.judged[0].claim.id
        opened.sitting.decide(claim, "scope", scope=(("dataset", "SQuAD 1.1"),))
        text = _plain(told(opened.sitting, claim, why=(), width=80, whole=True))
    assert "holds for dataset=SQuAD; metric=F1; split=test\nyour scope dataset=SQuAD 1.1" in text
