"""Tables made by hand go in; the results mined from their cells are compared with what they print."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.records import Box, Paper, Passage, Reading, Result, Role, Sentence, Table
from synth.results import mine, numerals


def table(caption: str, *rows: str, centres: dict[tuple[int, int], float] | None = None) -> Table:
    """A table whose columns are 100 points apart; ``centres`` moves header cells that span columns."""
    cells = tuple(tuple(cell.strip() for cell in row.split("|")) for row in rows)
    boxes = tuple(
        tuple(
            _box(i, (centres or {}).get((i, j), 100.0 * j + 50.0)) if cell else None
            for j, cell in enumerate(row)
        )
        for i, row in enumerate(cells)
    )
    return Table(
        id="t", paper="p", page=5, box=Box(0, 0, 900, 300), caption=caption, rows=cells, cell_boxes=boxes
    )


def _box(row: int, centre: float) -> Box:
    return Box(centre - 20.0, 10.0 * row, centre + 20.0, 10.0 * row + 8.0)


def results(one: Table, *texts: str) -> tuple[Result, ...]:
    passages = tuple(
        Passage(
            id=f"s{i}",
            paper="p",
            section="Experiments",
            role=Role.BODY,
            text=text,
            spans=(),
            sentences=(Sentence(start=0, end=len(text), spans=()),),
        )
        for i, text in enumerate(texts)
    )
    paper = Paper(id="p", file="p.pdf", title="A paper of ours")
    return tuple(
        r for r in mine(Reading(paper=paper, passages=passages, tables=(one,))) if r.origin == "table"
    )


def told(found: Sequence[Result]) -> list[tuple[str, str, str, str, float]]:
    return [(r.model, r.dataset, r.split, r.metric, r.value) for r in found]


def condition(result: Result, name: str) -> str:
    return dict(result.condition).get(name, "")


def test_models_as_rows_under_a_two_row_header() -> None:
    found = results(
        table(
            "Table 1: Results.",
            "      | SQuAD dev |      | SQuAD test |     | # Params",
            "Model | EM        | F1   | EM         | F1  | ",
            "NetA (Doe et al., 2017) | 70.1 | 80.2 | 71.3 | 81.4 | 110",
            "NetB (ours) | 72.5 | 82.6 | - | 83.8† | 220",
            centres={(0, 1): 200.0, (0, 3): 400.0},
        )
    )
    assert told(found) == [
        ("NetA", "SQuAD", "dev", "EM", 70.1),
        ("NetA", "SQuAD", "dev", "F1", 80.2),
        ("NetA", "SQuAD", "test", "EM", 71.3),
        ("NetA", "SQuAD", "test", "F1", 81.4),
        ("NetB", "SQuAD", "dev", "EM", 72.5),
        ("NetB", "SQuAD", "dev", "F1", 82.6),
        ("NetB", "SQuAD", "test", "F1", 83.8),
    ]


def test_header_groups_of_unequal_width_are_told_by_their_centres() -> None:
    found = results(
        table(
            "Table 2: F1 of all systems.",
            "     | CoNLL-2005 | | | | TACRED",
            "Model | P | R | F1 | EM | F1",
            "NetA  | 1.1 | 2.2 | 3.3 | 4.4 | 5.5",
            centres={(0, 1): 300.0},
        )
    )
    assert [(r.dataset, r.metric) for r in found] == [
        ("CoNLL-2005", "precision"),
        ("CoNLL-2005", "recall"),
        ("CoNLL-2005", "F1"),
        ("CoNLL-2005", "EM"),
        ("TACRED", "F1"),
    ]


def test_models_as_columns() -> None:
    found = results(
        table(
            "Table 3: Accuracy of two systems.",
            "Task | NetA | NetB",
            "SST-2 | 90.1 | 91.2",
            "MRPC | 80.3 | 81.4",
        )
    )
    assert told(found) == [
        ("NetA", "SST-2", "", "accuracy", 90.1),
        ("NetB", "SST-2", "", "accuracy", 91.2),
        ("NetA", "MRPC", "", "accuracy", 80.3),
        ("NetB", "MRPC", "", "accuracy", 81.4),
    ]


def test_the_caption_gives_what_the_cells_leave_out() -> None:
    found = results(
        table("Table 4: F1 on the SQuAD test set.", "Model | single | ensemble", "NetA | 80.5 | 82.5")
    )
    assert [(r.dataset, r.split, r.metric, condition(r, "ensembling")) for r in found] == [
        ("SQuAD", "test", "F1", "single model"),
        ("SQuAD", "test", "F1", "ensemble"),
    ]


def test_a_sentence_that_points_to_the_table_gives_its_data_set() -> None:
    one = table("Table 5: Ablations.", "Model | F1", "NetA | 80.5", "- attention | 79.0")
    found = results(one, "We ran an ablation study on the TACRED dev set (Table 5).")
    assert {(r.dataset, r.split) for r in found} == {("TACRED", "dev")}


def test_a_metric_is_taken_from_the_text_where_it_repeats_a_number_of_the_table() -> None:
    one = table("Table 6: Results on SNLI.", "Model | Train | Test", "NetA | 90.3 | 85.1")
    assert results(one) == ()
    found = results(one, "NetA achieves 85.1 accuracy.")
    assert told(found) == [
        ("NetA", "SNLI", "train", "accuracy", 90.3),
        ("NetA", "SNLI", "test", "accuracy", 85.1),
    ]


@pytest.mark.parametrize(
    ("caption", "rows"),
    [
        ("Table 1: Hyper-parameters.", ("Name | Value", "Dropout | 0.5", "Learning rate | 0.001")),
        (
            "Table 1: Statistics of the corpus.",
            ("Split | # Pairs | Length", "dev | 1,148 | 19.3", "test | 1,517 | 18.7"),
        ),
        ("Table 1: Speed and F1.", ("Model | Time (s) | # Params", "NetA | 3.5 | 110.5")),
        ("Table 1: Examples.", ("Question | Answer", "Who? | Newton", "When? | 1687")),
        ("Table 1: No header.", ("NetA | 80.5", "NetB | 81.5")),
    ],
)
def test_settings_counts_and_examples_are_refused(caption: str, rows: tuple[str, ...]) -> None:
    assert results(table(caption, *rows)) == ()


def test_pairs_in_a_cell_follow_the_header_pair() -> None:
    found = results(table("Table 7: SQuAD.", "Model | EM / F1", "NetA | 77.0/83.0"))
    assert [(r.metric, r.value) for r in found] == [("EM", 77.0), ("F1", 83.0)]


def test_an_error_is_a_condition_and_a_percent_sign_a_unit() -> None:
    (found,) = results(table("Table 8: On SST-2.", "Model | Accuracy (%)", "NetA | 90.73±0.42"))
    assert (found.value, found.digits, found.unit, condition(found, "error")) == (
        90.73,
        2,
        "percent",
        "±0.42",
    )


def test_a_row_of_text_names_what_the_rows_below_it_were_measured_on() -> None:
    found = results(
        table(
            "Table 9: Results.", "Model | F1", "SQuAD dev |", "NetA | 80.0", "TriviaQA dev |", "NetA | 60.0"
        )
    )
    assert [(r.dataset, r.split, r.value) for r in found] == [
        ("SQuAD", "dev", 80.0),
        ("TriviaQA", "dev", 60.0),
    ]


def test_a_corpus_within_a_shared_task_is_its_subset() -> None:
    (found,) = results(table("Table 9: On CoNLL-2005.", "Model | Brown test F1", "NetA | 74.1"))
    assert (found.dataset, condition(found, "subset")) == ("CoNLL-2005", "Brown")


def test_two_tables_side_by_side_keep_their_own_labels() -> None:
    found = results(
        table(
            "Table 10: On SQuAD.",
            "Model | EM | Ablation | EM",
            "NetA | 70.1 | no chars | 65.0",
            "NetB | 71.2 | no words | 55.5",
        )
    )
    assert [(r.model, r.value) for r in found] == [
        ("NetA", 70.1),
        ("no chars", 65.0),
        ("NetB", 71.2),
        ("no words", 55.5),
    ]


def test_columns_whose_headers_are_the_same_are_told_apart() -> None:
    found = results(table("Table 11: On SQuAD.", "Model | EM | EM", "NetA | 70.1 | 71.2"))
    assert [condition(r, "column") for r in found] == ["1 of 2", "2 of 2"]


def test_a_change_is_a_difference_with_its_sign() -> None:
    found = results(table("Table 12: On SQuAD.", "Model | EM | ΔEM", "NetA | 74.5 | -1.4"))
    assert [(r.value, r.is_difference) for r in found] == [(74.5, False), (-1.4, True)]


def test_settings_of_a_row_go_with_its_result() -> None:
    found = results(table("Table 13: On SQuAD.", "Model | Depth | F1", "NetA | 4 | 79.9", "NetA | 8 | 82.8"))
    assert [condition(r, "settings") for r in found] == ["Depth 4", "Depth 8"]


def test_the_box_is_that_of_the_cell() -> None:
    one = table("Table 14: On SQuAD.", "Model | F1", "NetA | 79.9")
    (found,) = results(one)
    assert found.spans[0].page == 5
    assert found.spans[0].boxes == (one.cell_boxes[1][1],)
    assert found.quote == "NetA | F1 | 79.9"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("85.1", [85.1]),
        (".851", [0.851]),
        ("85.1%", [85.1]),
        ("85.1 ± 0.3", [85.1]),
        ("85.1†", [85.1]),
        ("−0.7", [-0.7]),
        ("73.5 49.9 59.4", [73.5, 49.9, 59.4]),
        ("110M", []),
        ("2e-5", []),
        ("10-15", []),
        ("", []),
        ("n/a", []),
    ],
)
def test_cells_are_read_as_printed(text: str, values: list[float]) -> None:
    assert [p.value for p in numerals.read(text)] == values


CELLS = st.sampled_from(
    ["", "-", "F1", "Model", "NetA", "SQuAD dev", "88.1", "1,200", "0.5±0.1", "x" * 9, "Avg."]
)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=6)
    )
)
def test_any_table_gives_the_same_results_twice_and_only_its_own_numbers(rows: list[list[str]]) -> None:
    one = table("Table 1: F1 on SQuAD.", *("|".join(row) for row in rows))
    found = results(one)
    assert found == results(one)
    printed = {p.value for row in rows for cell in row for p in numerals.read(cell)}
    assert {r.value for r in found} <= printed
