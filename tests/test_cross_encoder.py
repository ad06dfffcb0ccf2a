"""The cross-encoder: what its scores are, what they never depend on, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import cross_encoder
from synth.encoder import checked, open_model
from synth.errors import ModelError, UsageError

SHIPPED = Path(cross_encoder.__file__).parent / "data" / "verifier"
CLAIM = "Dropout improves accuracy on small datasets."
SENTENCES = (
    "We find that dropout helps accuracy when datasets are small.",
    "On small datasets, dropout hurts accuracy.",
    "The patients received 20 mg of the drug twice a day for six weeks.",
    "Table 3 lists the languages.",
    "",
)


@pytest.fixture(scope="module")
def made() -> cross_encoder.CrossEncoder:
    return cross_encoder.load()


def test_importing_it_loads_no_array_library_and_no_runtime() -> None:
    program = (
        "import sys, synth.cross_encoder;"
        "print(sorted({'numpy', 'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_is_opened_once_a_process(made: cross_encoder.CrossEncoder) -> None:
    assert cross_encoder.load() is made


def test_scores_are_logs_of_probabilities(made: cross_encoder.CrossEncoder) -> None:
    found = made.scores(CLAIM, SENTENCES)
    assert found.dtype == np.float32
    assert found.shape == (len(SENTENCES), 3)
    assert np.exp(found).sum(axis=1) == pytest.approx(np.ones(len(SENTENCES)), abs=1e-5)


def test_it_tells_the_three_labels_apart(made: cross_encoder.CrossEncoder) -> None:
    assert made.scores(CLAIM, SENTENCES[:3]).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_score_depends_on_its_pair_alone(made: cross_encoder.CrossEncoder) -> None:
    together = made.scores(CLAIM, SENTENCES)
    alone = np.concatenate([made.scores(CLAIM, [s]) for s in SENTENCES])
    turned = made.scores(CLAIM, SENTENCES[::-1])[::-1]
    one = made.scores(CLAIM, SENTENCES, workers=1)
    three = made.scores(CLAIM, SENTENCES, workers=3)
    assert all(np.array_equal(together, other) for other in (alone, turned, one, three))


def test_several_threads_may_ask_at_once(made: cross_encoder.CrossEncoder) -> None:
    expected = made.scores(CLAIM, SENTENCES)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: made.scores(CLAIM, SENTENCES), range(8)))
    assert all(np.array_equal(expected, f) for f in found)


def test_no_sentences_give_no_scores_and_no_workers_are_refused(made: cross_encoder.CrossEncoder) -> None:
    assert made.scores(CLAIM, []).shape == (0, 3)
    with pytest.raises(UsageError, match="at least one worker"):
        made.scores(CLAIM, SENTENCES, workers=0)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_has_finite_scores(claim: str, sentence: str) -> None:
    assert np.isfinite(cross_encoder.load().scores(claim, [sentence])).all()


def test_long_sides_are_cut_and_the_claim_is_not_lost(made: cross_encoder.CrossEncoder) -> None:
    long = SENTENCES[0] + " and so on" * 5000
    assert np.isfinite(made.scores("word " * 2000, [long])).all()
    a, b = (made.scores(c, [long])[0] for c in (CLAIM, "The drug was harmful."))
    assert not np.array_equal(a, b)


def test_the_shipped_files_are_small_and_the_pinned_ones() -> None:
    for name, pinned in cross_encoder.FILES.items():
        assert len(checked(SHIPPED / name, pinned)) == pinned.size
    assert cross_encoder.FILES["model.onnx"].size <= 25_000_000


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("fault", ["missing", "truncated", "changed"])
def test_a_file_that_is_not_the_pinned_one_is_one_line(tmp_path: Path, name: str, fault: str) -> None:
    for file in cross_encoder.FILES:
        shutil.copy(SHIPPED / file, tmp_path / file)
    content = bytearray((tmp_path / name).read_bytes())
    match fault:
        case "missing":
            (tmp_path / name).unlink()
        case "truncated":
            (tmp_path / name).write_bytes(content[: len(content) // 2])
        case _:
            content[len(content) // 2] ^= 1
            (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=name) as caught:
        open_model(tmp_path, cross_encoder.FILES)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        ({0: "entailment", 1: "neutral", 2: "contradiction"}, (0, 2, 1)),
        ({0: "contradiction", 1: "entailment", 2: "neutral"}, (1, 0, 2)),
        ({0: "REFUTES", 1: "NOT_ENOUGH_INFO", 2: "SUPPORTS"}, (2, 0, 1)),
    ],
)
def test_the_label_order_is_read_by_name(labels: dict[int, str], order: tuple[int, int, int]) -> None:
    assert cross_encoder.label_order(labels) == order


@pytest.mark.parametrize(
    "labels",
    [
        {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"},
        {0: "entailment", 1: "not_entailment"},
        {0: "entailment"},
        {0: "entailment", 1: "entailment_strong", 2: "neutral"},
        {0: "entailment", 1: "neutral", 3: "contradiction"},
        {},
    ],
)
def test_an_order_that_would_be_guessed_is_refused(labels: dict[int, str]) -> None:
    with pytest.raises(ModelError, match="labels are not"):
        cross_encoder.label_order(labels)
