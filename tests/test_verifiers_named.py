"""Models that a user names: what their verdicts are, what they never depend on, and what is refused."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synth import cross_encoder, encoder, named_models, verifiers
from synth.cli import main
from synth.errors import ExtraMissing, ModelError, UsageError
from synth.records import Evidence, Label, Verdict

LABELS = ("entailment", "contradiction", "neutral")
WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the a model is fast slow not it helps . kites fly higher in strong wind"
)
CLAIM = "Kites fly higher in strong wind."
SENTENCES = ("The model is fast.", "In strong wind kites fly.", "It is not slow.", "It helps the kites.", "")


def needs_torch() -> None:
    lacking = [name for name in ("torch", "transformers", "sentence_transformers") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"{', '.join(lacking)} not installed: pip install 'synth[transformers]'")


def no_vectors(texts: Sequence[str]) -> Any:
    raise AssertionError(f"a cross-encoder needs no vectors, {len(texts)} were asked for")


def evidence(*quotes: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            doc_id="a.pdf", paper="p1", passage=f"x{i}", sentence=i, start=0, quote=q,
            spans=(), relation=Label.NOT_ENOUGH_INFO, score=0.5,
        )
        for i, q in enumerate(quotes)
    )  # fmt: skip


def named(folder: Path, prior: verifiers.Prior = "balanced") -> verifiers.Verifier:
    return verifiers.build(f"cross-encoder:{folder}", encode=no_vectors, prior=prior)


def refused(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> str:
    """Run the command line, hold its refusal to exit 2 and one line that has ``line``, and return that."""
    monkeypatch.setattr(sys, "argv", ["synth", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr()
    assert (stopped.value.code, said.out) == (2, "")
    assert len(said.err.strip().splitlines()) == 1
    assert line in said.err
    return said.err


# Tiny models with weights drawn at random, saved as users save theirs.


@cache
def _weights() -> dict[str, Any]:
    import torch

    torch.manual_seed(7)
    model = _bert(LABELS)
    for weight in model.parameters():
        weight.data.mul_(8.0)  # scores far enough apart to tell the labels
    return dict(model.state_dict())


def _bert(labels: Sequence[str], **settings: Any) -> Any:
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=len(WORDS.split()), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=64, id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)}, **settings,
    )  # fmt: skip
    return BertForSequenceClassification(config)


def save(folder: Path, order: Sequence[int] = (0, 1, 2), *, without: str = "") -> Path:
    """Write a cross-encoder whose outputs are ``LABELS`` in ``order``; the same model but for that order."""
    from transformers import BertTokenizerFast

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS.split()), encoding="utf-8")
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    model = _bert([LABELS[i] for i in order])
    model.load_state_dict(_weights())
    for name in ("weight", "bias"):
        row = getattr(model.classifier, name)
        row.data = row.data[list(order)].clone()
    kept = {k: v for k, v in model.state_dict().items() if not without or without not in k}
    model.save_pretrained(folder, state_dict=kept)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_torch()
    return save(tmp_path_factory.mktemp("models") / "tiny")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_the_outputs_changes_no_verdict(
    tiny: Path, tmp_path: Path, order: tuple[int, ...]
) -> None:
    other = save(tmp_path / "other", order)
    one, two = cross_encoder.load(str(tiny)), cross_encoder.load(str(other))
    assert np.abs(one.scores(CLAIM, SENTENCES) - two.scores(CLAIM, SENTENCES)).max() < 1e-5
    for sentence in SENTENCES:
        first, second = (named(f)(CLAIM, evidence(sentence), claim_id="c1") for f in (tiny, other))
        assert first.label is second.label
        assert first.probabilities == pytest.approx(second.probabilities, abs=2e-4)


def test_the_model_tells_its_labels_apart(tiny: Path) -> None:
    """Without this the test above could not fail."""
    logs = cross_encoder.load(str(tiny)).scores(CLAIM, SENTENCES)
    assert np.ptp(logs, axis=1).min() > 0.1


def test_a_score_depends_on_its_pair_alone(tiny: Path) -> None:
    model = cross_encoder.load(str(tiny))
    together = model.scores(CLAIM, SENTENCES)
    assert together.dtype == np.float32
    assert np.exp(together).sum(axis=1) == pytest.approx(np.ones(len(SENTENCES)), abs=1e-5)
    assert np.array_equal(together, model.scores(CLAIM, SENTENCES, workers=3))
    assert np.array_equal(together, model.scores(CLAIM, SENTENCES[::-1])[::-1])
    assert np.array_equal(together, np.concatenate([model.scores(CLAIM, [s]) for s in SENTENCES]))


def test_sides_longer_than_the_model_are_cut(tiny: Path) -> None:
    logs = cross_encoder.load(str(tiny)).scores("kites fly " * 900, ["strong wind " * 900, "\x00\ud800 不"])
    assert np.isfinite(logs).all()


def test_loading_says_nothing_and_is_done_once(tiny: Path, capfd: pytest.CaptureFixture[str]) -> None:
    read = cross_encoder._opened.cache_info().misses
    one, two = named(tiny, "balanced"), named(tiny, "natural")
    encoder.load(str(tiny)).encode(["kites"])
    assert capfd.readouterr() == ("", "")
    assert cross_encoder._opened.cache_info().misses <= read + 1
    assert one.signature.startswith("cross-encoder/1+tiny@")
    assert one.signature.endswith("/f32+prior:balanced")
    assert two.signature == one.signature.replace("balanced", "natural")


def test_a_folder_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    needs_torch()
    folder = save(tmp_path / "model")
    before = cross_encoder.load(str(folder)).signature
    model = _bert(LABELS)
    model.save_pretrained(folder)
    assert cross_encoder.load(str(folder)).signature != before


def test_verify_and_ask_take_a_cross_encoder(
    tiny: Path,
    papers: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("synth.toml").write_text(f'verifier = "cross-encoder:{tiny}"\n', encoding="utf-8")
    for words in (
        ["verify", "Attention lowers F1.", "--against", str(papers), "--json", "-q"],
        ["ask", "Does attention help?", "--papers", str(papers), "--out", "out", "--claims", "4", "-q"],
    ):
        monkeypatch.setattr(sys, "argv", ["synth", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        assert (stopped.value.code, said.err) == (0, "")
        if words[0] == "verify":
            assert "cross-encoder/1+tiny@" in json.loads(said.out)["signature"]
    text = Path("out/manifest.json").read_text(encoding="utf-8")
    assert "cross-encoder/1+tiny@" in text


def test_an_encoder_by_path_gives_unit_vectors_and_verdicts(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, papers: Path
) -> None:
    made = encoder.load(str(tiny))
    vectors = made.encode(SENTENCES)
    assert vectors.shape == (len(SENTENCES), 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(SENTENCES)), abs=1e-5)
    again = encoder.load(str(tiny))
    assert again.signature == made.signature
    assert np.array_equal(again.encode(SENTENCES[::-1])[::-1], vectors)
    words = ["verify", "Attention helps.", "--against", str(papers), "--encoder", str(tiny), "--json", "-q"]
    monkeypatch.setattr(sys, "argv", ["synth", *words, "--verifier", "overlap"])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr()
    assert (stopped.value.code, said.err) == (0, "")
    assert json.loads(said.out)["signature"].startswith("overlap/")
    refused("was fitted on the vectors of", capsys, monkeypatch, *words)


def test_the_signature_of_an_encoder_is_the_same_in_another_process(tmp_path: Path) -> None:
    """A pooler that no vector uses may be missing: transformers draws it at random."""
    needs_torch()
    folder = save(tmp_path / "model", without="pooler")
    program = f"from synth import encoder; print(encoder.load({str(folder)!r}).signature)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == encoder.load(str(folder)).signature
    assert done.stderr == ""


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    needs_torch()
    headless = save(tmp_path / "headless", without="classifier")
    with pytest.raises(ModelError, match="lacks weights that fit \\(classifier"):
        cross_encoder.load(str(headless))
    hollow = save(tmp_path / "hollow", without="layer.1")
    with pytest.raises(ModelError, match="lacks some of its weights"):
        encoder.load(str(hollow))


def test_fewer_outputs_than_labels_are_refused(tmp_path: Path) -> None:
    needs_torch()
    folder = save(tmp_path / "model")
    _bert(LABELS[:2]).save_pretrained(tmp_path / "two")
    (folder / "model.safetensors").write_bytes((tmp_path / "two" / "model.safetensors").read_bytes())
    with pytest.raises(ModelError, match="lacks weights that fit \\(classifier"):
        cross_encoder.load(str(folder))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"num_labels": 2}), encoding="utf-8")
    with pytest.raises(ModelError, match="has not the labels of its config"):
        cross_encoder.load(str(folder))


def test_what_sentence_transformers_saved_is_read(tiny: Path, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder, SentenceTransformer

    SentenceTransformer(str(tiny), local_files_only=True).save(str(tmp_path / "encoder"))
    CrossEncoder(str(tiny), local_files_only=True).save(str(tmp_path / "judge"))
    made, plain = encoder.load(str(tmp_path / "encoder")), encoder.load(str(tiny))
    assert np.array_equal(made.encode(SENTENCES), plain.encode(SENTENCES))
    judge, first = cross_encoder.load(str(tmp_path / "judge")), cross_encoder.load(str(tiny))
    assert np.array_equal(judge.scores(CLAIM, SENTENCES), first.scores(CLAIM, SENTENCES))


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("load", [cross_encoder.load, encoder.load])
def test_a_broken_file_is_one_line(tmp_path: Path, file: str, load: Any) -> None:
    needs_torch()
    folder = save(tmp_path / "model")
    (folder / file).write_bytes(b'{"\x00 broken')
    with pytest.raises(ModelError, match="cannot load the") as caught:
        load(str(folder))
    assert "\n" not in str(caught.value)


# What is refused before any library is imported.


def folder_with(folder: Path, **files: object) -> Path:
    """Write ``files`` (``name_json`` or ``name_bin``) to ``folder``; what is no text becomes JSON."""
    folder.mkdir()
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / ".".join(name.rsplit("_", 1))).write_text(text, encoding="utf-8")
    return folder


NLI = {"id2label": dict(enumerate(LABELS))}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "No such file"),
        ({"config_json": "no json"}, "cannot load"),
        ({"config_json": [1]}, "cannot load"),
        ({"config_json": {}}, "none are named"),
        ({"config_json": {"id2label": {"a": "entailment"}}}, "cannot load"),
        ({"config_json": {"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}}, "LABEL_0"),
        ({"config_json": {"id2label": {"0": "entailment", "1": "not_entailment"}}}, "labels are not"),
        ({"config_json": {"id2label": {"0": "relevance"}}}, "labels are not"),
        ({"config_json": NLI}, "has no weights"),
        ({"config_json": NLI, "pytorch_model_bin": "pickle"}, "as a pickle (pytorch_model.bin)"),
    ],
)
def test_a_folder_that_is_no_nli_model_is_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, object],
    said: str,
) -> None:
    folder = folder_with(tmp_path / "model", **files)
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text('{"claim": "It helps.", "passage": "It helps."}\n', encoding="utf-8")
    words = ["verify", "--pairs", str(pairs), "--verifier", f"cross-encoder:{folder}"]
    refused(said, capsys, monkeypatch, *words)


@pytest.mark.parametrize(
    "name", ["./none", "~/none-of-that", "/none", "models/nli/none", "none/", "a\0b", "\\\\x\\y"]
)
@pytest.mark.parametrize("load", [cross_encoder.load, encoder.load])
def test_what_looks_like_a_path_is_never_sent_to_a_hub(
    name: str, load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_models, "_fetched", lambda *_, **__: pytest.fail("sent to a hub"))
    with pytest.raises(ModelError, match="no such folder"):
        load(name)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"")
    with pytest.raises(ModelError, match="is a file"):
        encoder.load(str(file))


def test_a_hub_model_is_asked_for_by_its_whole_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def fetched(name: str, *, kind: str, files: tuple[str, ...]) -> Path:
        asked.append((name, files))
        raise ModelError(kind)

    monkeypatch.setattr(named_models, "_fetched", fetched)
    for load, name in ((cross_encoder.load, "me/nli"), (cross_encoder.load, "nli"), (encoder.load, "minilm")):
        with pytest.raises(ModelError):
            load(name)
    assert [name for name, _ in asked] == ["me/nli", "cross-encoder/nli", "sentence-transformers/minilm"]
    assert asked[0][1] == ("config.json",)
    assert not any(pattern.endswith((".bin", ".py", ".pt", "*")) for _, files in asked for pattern in files)


def test_a_hub_out_of_reach_is_one_line() -> None:
    needs_torch()
    with pytest.raises(ModelError, match="a hub needs a network") as caught:
        cross_encoder.load("nobody/no-such-model")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("lacking", ["torch", "sentence_transformers", "huggingface_hub"])
def test_a_hub_model_without_the_extra_is_refused_before_it_is_fetched(
    lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, lacking, None)
    with pytest.raises(ExtraMissing, match=r"pip install 'synth\[transformers\]'"):
        cross_encoder.load("some/model")


@pytest.mark.parametrize("load", [cross_encoder.load, encoder.load])
def test_a_folder_without_the_extra_is_refused(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_with(tmp_path / "model", config_json=NLI, model_safetensors="")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'synth\[transformers\]'"):
        load(str(folder))


@pytest.mark.parametrize(
    "part",
    ["evil.Transformer", "os.system", "sentence_transformers.sentence_transformer.modules.WordEmbeddings"],
)
def test_an_encoder_whose_parts_would_run_programs_is_refused(tmp_path: Path, part: str) -> None:
    folder = folder_with(
        tmp_path / "model",
        config_json={},
        modules_json=[{"idx": 0, "name": "0", "path": "", "type": part}],
        evil_py=f"open({str(tmp_path / 'ran')!r}, 'w')",
        model_safetensors="",
    )
    with pytest.raises(ModelError, match=f"not read here: {part}"):
        encoder.load(str(folder))
    assert not (tmp_path / "ran").exists()


def test_a_verifier_by_name_needs_a_model_and_the_others_take_none() -> None:
    with pytest.raises(UsageError, match="cross-encoder needs a model - write cross-encoder:NAME"):
        verifiers.build("cross-encoder", encode=no_vectors)
    with pytest.raises(UsageError, match="the overlap verifier takes no model"):
        verifiers.build("overlap:x", encode=no_vectors)


# How scores become a verdict: a model whose scores are given by sentence.

SAID = {
    "It flies.": (0.8, 0.1, 0.1),
    "It falls.": (0.1, 0.85, 0.05),
    "It is red.": (0.02, 0.03, 0.95),
    "It is old.": (0.39, 0.38, 0.23),
    CLAIM: (0.1, 0.1, 0.8),
}


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Any:
    def rows(claim: str, sentences: Sequence[str], workers: int) -> list[Any]:  # noqa: ARG001
        return [np.log(np.array(SAID[s], np.float32)) for s in sentences]

    made = cross_encoder.CrossEncoder(signature="told@0/f32", _rows=rows)
    monkeypatch.setattr(cross_encoder, "load", lambda name: made if name == "told" else pytest.fail(name))

    def judged(*quotes: str, prior: verifiers.Prior = "balanced") -> Verdict:
        verifier = verifiers.build("cross-encoder:told", encode=no_vectors, prior=prior)
        return verifier(CLAIM, evidence(*quotes), claim_id="c1")

    return judged


def test_the_strongest_sentences_decide(judge: Any) -> None:
    one = judge("It is red.", "It flies.")
    assert one.label is Label.SUPPORT
    assert one.evidence[0].quote == "It flies."
    assert one.probabilities == pytest.approx((0.8, 0.1, 0.1), abs=2e-4)
    assert judge("It flies.", "It is red.").probabilities == one.probabilities
    two = judge("It flies.", "It is old.")
    whole = 0.8 + 0.38 + 0.1
    assert two.probabilities == pytest.approx((0.8 / whole, 0.38 / whole, 0.1 / whole), abs=2e-4)
    against = judge("It falls.", "It is red.")
    assert (against.label, against.evidence[0].relation) == (Label.CONTRADICT, Label.CONTRADICT)


def test_only_the_first_five_sentences_are_scored(judge: Any) -> None:
    found = judge(*["It is red."] * 5, "It flies.")
    assert found.label is Label.NOT_ENOUGH_INFO


def test_a_side_below_two_fifths_is_not_said_and_not_shown_as_likeliest(judge: Any) -> None:
    found = judge("It is old.")
    assert found.label is Label.NOT_ENOUGH_INFO
    assert found.probabilities.not_enough_info > max(
        found.probabilities.support, found.probabilities.contradict
    )


def test_two_strong_sides_are_mixed(judge: Any) -> None:
    found = judge("It falls.", "It flies.")
    assert found.mixed
    assert found.label is Label.NOT_ENOUGH_INFO
    assert {e.relation for e in found.evidence} == {Label.SUPPORT, Label.CONTRADICT}
    assert found.reasons[0] == "one sentence supports it, another contradicts it"


def test_a_copy_supports_whatever_the_model_says(judge: Any) -> None:
    for prior in ("balanced", "natural"):
        found = judge("It is red.", CLAIM, prior=prior)
        assert found.label is Label.SUPPORT
        assert found.reasons == ("the passage holds the claim word for word",)


def test_without_evidence_nothing_is_known_and_a_claim_needs_words(judge: Any) -> None:
    assert judge().reasons == ("no passage speaks of this",)
    assert judge().probabilities == pytest.approx((0.1, 0.05, 0.85))
    assert judge(prior="natural").probabilities == pytest.approx((0.02, 0.01, 0.97))
    verifier = verifiers.build("cross-encoder:told", encode=no_vectors)
    with pytest.raises(UsageError, match="at least one word"):
        verifier("?!", evidence("It flies."), claim_id="c1")


def test_the_natural_prior_moves_equal_rates_to_those_of_other_papers(judge: Any) -> None:
    found = judge("It flies.", prior="natural")
    rates = np.array([0.015, 0.005, 0.98])
    moved = np.array(SAID["It flies."]) * rates / (1 / 3)
    assert found.probabilities == pytest.approx(moved / moved.sum(), abs=2e-4)
    assert found.label is Label.NOT_ENOUGH_INFO
    assert found.signature == "cross-encoder/1+told@0/f32+prior:natural"


def test_every_probability_is_a_step_of_a_ten_thousandth(judge: Any) -> None:
    for quotes in (["It flies."], ["It is old.", "It is red."], ["It falls.", "It flies."]):
        p = judge(*quotes).probabilities
        assert math.fsum(p) == pytest.approx(1.0, abs=1e-9)
        assert all(round(x, 4) == x for x in p)
