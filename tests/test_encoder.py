"""The encoder: what its vectors are, what they never depend on, and what is refused."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import encoder
from synth.encoder import FILES, Pinned, checked, load, open_model
from synth.errors import ExtraMissing, ModelError, UsageError

SHIPPED = Path(encoder.__file__).parent / "data" / "encoder"
TEXTS = (
    "Masked language models learn contextual word representations.",
    "Pre-training with a masking objective yields word vectors that depend on context.",
    "The patients received 20 mg of the drug twice a day for six weeks.",
    "We release a corpus of 4,200 annotated dialogues in three languages.",
)

REFERENCE = (
    (1.0, 0.6678, -0.0252, 0.3203),
    (0.6678, 1.0, 0.0, 0.3141),
    (-0.0252, 0.0, 1.0, 0.0155),
    (0.3203, 0.3141, 0.0155, 1.0),
)


@pytest.fixture(scope="module")
def made() -> encoder.Encoder:
    return load()


def test_importing_it_loads_no_array_library_and_no_runtime() -> None:
    program = (
        "import sys, synth.encoder; print(sorted({'numpy', 'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_vectors_are_float32_rows_of_length_one(made: encoder.Encoder) -> None:
    vectors = made.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), made.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_cosines_are_those_of_the_original_model(made: encoder.Encoder) -> None:
    # What sentence-transformers computes for TEXTS in single precision from the unconverted checkpoint.
    original = np.array(REFERENCE)
    vectors = made.encode(TEXTS)
    assert np.abs(vectors @ vectors.T - original).max() < 0.03


def test_no_texts_give_no_rows(made: encoder.Encoder) -> None:
    assert made.encode([]).shape == (0, made.dimension)


def test_a_text_without_words_has_a_vector_too(made: encoder.Encoder) -> None:
    vectors = made.encode(["", "   ", "\x00\x1b", "\n"])
    assert np.isfinite(vectors).all()
    assert all(np.array_equal(row, vectors[0]) for row in vectors)


def test_control_characters_and_surrogates_are_harmless(made: encoder.Encoder) -> None:
    plain, hostile, broken = made.encode(["A plain word", "A pl\x00ain\x07 word", "A \ud800 word"])
    assert np.array_equal(plain, hostile)
    assert np.isfinite(broken).all()


def test_a_long_text_is_cut_after_128_word_pieces(made: encoder.Encoder) -> None:
    cut, longest, shorter, endless = made.encode(["one " * n for n in (400, 126, 125, 500_000)])
    assert np.array_equal(cut, longest)
    assert np.array_equal(endless, longest)
    assert not np.array_equal(longest, shorter)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.sampled_from(TEXTS) | st.text(max_size=60), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
    st.integers(min_value=1, max_value=4),
)
def test_a_vector_depends_on_its_text_alone(
    made: encoder.Encoder, texts: list[str], random: object, workers: int
) -> None:
    order = list(range(len(texts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    together = made.encode([texts[i] for i in order], workers=workers)
    for i, row in zip(order, together, strict=True):
        assert row.tobytes() == made.encode([texts[i]], workers=1)[0].tobytes()


def test_it_needs_a_worker(made: encoder.Encoder) -> None:
    with pytest.raises(UsageError):
        made.encode(TEXTS, workers=0)


def test_the_signature_names_the_weights(made: encoder.Encoder) -> None:
    content = (SHIPPED / "model.onnx").read_bytes()
    assert made.signature == f"all-MiniLM-L6-v2@{hashlib.sha256(content).hexdigest()[:12]}/int8"


def test_the_card_states_what_is_pinned() -> None:
    card = (SHIPPED / "MODEL_CARD.md").read_text(encoding="utf-8")
    for name, pinned in FILES.items():
        assert name in card
        assert pinned.sha256 in card
        assert f"{pinned.size:,}" in card


def test_a_missing_model_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.onnx.*pip install"):
        open_model(tmp_path, FILES)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_changed_byte_is_refused(tmp_path: Path, name: str) -> None:
    for shipped in FILES:
        shutil.copy(SHIPPED / shipped, tmp_path / shipped)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} has sha256"):
        open_model(tmp_path, FILES)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"short")
    with pytest.raises(ModelError, match="has 5 bytes, not 6"):
        checked(path, Pinned(size=6, sha256="0" * 64))


def test_a_named_encoder_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'synth\[transformers\]'"):
        load("some/model")


def test_a_named_encoder_is_loaded_and_signed_by_its_weights(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra: transformers")
    folder = str(tiny_model(tmp_path))
    named = load(folder)
    vectors = named.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), 8)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert named.signature.startswith("tiny@")
    assert named.signature == load(folder).signature
    with pytest.raises(ModelError):
        load(str(tmp_path / "nothing"))


def tiny_model(folder: Path) -> Path:
    """Write a transformer of seven words and eight dimensions; sentence-transformers pools it by the mean."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    vocabulary, model = folder / "vocab.txt", folder / "tiny"
    vocabulary.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nwe\n", encoding="utf-8")
    BertTokenizerFast(vocab_file=str(vocabulary)).save_pretrained(model)
    config = BertConfig(
        vocab_size=7, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(model)
    return model
