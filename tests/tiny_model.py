"""A language model of eight words, saved as real models are: ONNX, tokenizer, configuration."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

# What the words mean, on three axes: money, parcels, shoes.
MEANINGS = {
    "[PAD]": (9.0, 9.0, 9.0),  # padding must not count: it would drown everything
    "[UNK]": (0.1, 0.1, 0.1),
    "refund": (1.0, 0.0, 0.0),
    "money": (0.9, 0.1, 0.0),
    "parcel": (0.0, 1.0, 0.0),
    "package": (0.1, 0.9, 0.0),
    "shoes": (0.0, 0.0, 1.0),
    "sneakers": (0.0, 0.1, 0.9),
}
DIMENSION = 3


def save(folder: Path, pooled: bool = False) -> Path:
    """Write the model there. `pooled`: it gives one vector a text, not one a token."""
    folder.mkdir(parents=True, exist_ok=True)
    _save_network(folder / "model.onnx", pooled)
    _save_tokenizer(folder)
    (folder / "config.json").write_text(json.dumps({"hidden_size": DIMENSION, "pad_token_id": 0}))
    return folder


def _save_network(path: Path, pooled: bool) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    names = ("input_ids", "attention_mask")
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "seq"]) for n in names]
    table = numpy_helper.from_array(np.array(list(MEANINGS.values()), np.float32), "table")
    lookup = helper.make_node("Gather", ["table", "input_ids"], ["tokens"])
    output: list[str | int | None]
    if pooled:
        axis = numpy_helper.from_array(np.array([1], np.int64), "axis")
        nodes = [lookup, helper.make_node("ReduceMax", ["tokens", "axis"], ["out"], keepdims=0)]
        output, initial = ["batch", DIMENSION], [table, axis]
    else:
        nodes = [lookup, helper.make_node("Identity", ["tokens"], ["out"])]
        output, initial = ["batch", "seq", DIMENSION], [table]
    outputs = [helper.make_tensor_value_info("out", TensorProto.FLOAT, output)]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(path))


def _save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    vocabulary = {word: number for number, word in enumerate(MEANINGS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"model_max_length": 32, "pad_token": "[PAD]", "unk_token": "[UNK]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
