"""The miniature tier's program: run whole on a second's training, and held to transformers' outputs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from miniature_world import SEED, tiny

from synth.experiments import xlmr_intermediate
from synth.experiments._miniature import experiment
from synth.trials import Spec

PROGRAM = Path(experiment.__file__).parent / "program.py"


def run(made: Spec, folder: Path) -> tuple[Path, Path, str]:
    """Run the program of one seed outside the seal; return outputs, gold and what it printed."""
    inputs, outputs, gold = (folder / name for name in ("in", "out", "gold"))
    for one in (inputs, outputs, gold):
        one.mkdir(parents=True)
    prepared = xlmr_intermediate.prepare(made, SEED)
    for where, files in ((inputs, prepared.files), (gold, prepared.gold)):
        for name, raw in files:
            (where / name).write_bytes(raw)
    told = subprocess.run(
        [sys.executable, "-I", str(inputs / "program.py"), str(inputs), str(outputs)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return outputs, gold, told.stdout


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_the_program_runs_whole_and_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    made = tiny()
    outputs, gold, said = run(made, tmp_path / "one")
    again, _, _ = run(made, tmp_path / "two")
    assert {p.name: p.read_bytes() for p in outputs.iterdir()} == {
        p.name: p.read_bytes() for p in again.iterdir()
    }
    found = xlmr_intermediate.measure(made, SEED, outputs=outputs, gold=gold)
    assert {row.arm for row in found} == {arm.name for arm in made.arms}
    shares = [float(line.split()[1]) for line in said.splitlines() if line.startswith("@progress ")]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the program as a module; it sets two variables of the environment when it is loaded."""
    pytest.importorskip("torch", reason="torch is not installed")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    found = importlib.util.spec_from_file_location("miniature_program", PROGRAM)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_encoder_is_the_one_of_transformers(program: ModuleType) -> None:
    if importlib.util.find_spec("transformers") is None:
        pytest.skip("transformers is not installed")
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    ours = program.fresh_encoder(50, {"hidden": 16, "inner": 32, "layers": 2, "heads": 2, "positions": 20})
    for name, weight in ours.weights.items():
        torch.manual_seed(len(name))
        weight += torch.randn(weight.shape) * 0.3
    theirs = XLMRobertaForMaskedLM(
        XLMRobertaConfig(
            vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=20, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5,
        )
    ).eval()  # fmt: skip
    theirs.load_state_dict(renamed(ours.weights), strict=False)
    tokens = torch.tensor([[0, 7, 9, 30, 2, 1, 1], [0, 8, 2, 2, 44, 11, 2]])
    with torch.no_grad():
        wanted = theirs(tokens, attention_mask=tokens.ne(1)).logits
        found = ours.scores(ours.states(tokens))
    present = tokens.ne(1)
    assert torch.allclose(found[present], wanted[present], atol=1e-5)


def renamed(weights: dict[str, Any]) -> dict[str, Any]:
    """Return our weights by the names of transformers."""
    import torch

    width = weights["words"].shape[1]
    found = {
        "roberta.embeddings.word_embeddings.weight": weights["words"],
        "roberta.embeddings.position_embeddings.weight": weights["places"],
        "roberta.embeddings.token_type_embeddings.weight": torch.zeros(1, width),
        "lm_head.bias": weights["bias"],
        "lm_head.decoder.weight": weights["words"],
        "lm_head.decoder.bias": weights["bias"],
    }
    theirs = {
        "norm": "roberta.embeddings.LayerNorm", "dense": "lm_head.dense", "head_norm": "lm_head.layer_norm",
        "attended": "attention.output.dense", "first": "attention.output.LayerNorm",
        "wide": "intermediate.dense", "narrow": "output.dense", "second": "output.LayerNorm",
    }  # fmt: skip
    for name, weight in weights.items():
        if "." not in name:
            continue
        *layer, part, kind = name.split(".")
        prefix = f"roberta.encoder.layer.{layer[0].removeprefix('layer')}." if layer else ""
        if part == "mix":
            for at, what in enumerate(("query", "key", "value")):
                piece = weight[at * width : (at + 1) * width]
                found[f"{prefix}attention.self.{what}.{kind}"] = piece
        else:
            found[f"{prefix}{theirs[part]}.{kind}"] = weight
    return found
