"""Small ONNX models for tests, in the layout of the Hugging Face hub: they know a few words, and add up their weights.

Example: `write_toxic(folder)` is a model with the labels `toxic` and `insult`; `idiot` adds 4 to both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

__all__ = ["LABELS", "MOST", "WEIGHTS", "toxic_logits", "write_strings", "write_toxic"]

LABELS = ("toxic", "insult")
MOST = 16
"""Tokens, with the two that the tokenizer adds."""
WEIGHTS = {
    "[PAD]": (9.0, 9.0),  # counts only if a mask is wrong
    "[UNK]": (0.0, 0.0),
    "[CLS]": (-3.0, -2.0),
    "[SEP]": (0.0, -1.0),
    "idiot": (4.0, 4.0),
    "stupid": (2.5, 0.5),
    "hello": (-1.0, -0.5),
}


def toxic_logits(text: str) -> tuple[float, float]:
    """What the model gives for a text of words."""
    words = ["[CLS]", *text.split(), "[SEP]"]
    rows = [WEIGHTS.get(word, WEIGHTS["[UNK]"]) for word in words]
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


def _save(nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: list[Any], path: Path) -> None:
    graph = helper.make_graph(nodes, "small", inputs, outputs, constants)
    versions = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=8)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def write_toxic(
    folder: Path, place: str = "model.onnx", problem: str | None = "multi_label_classification", masked: bool = True
) -> Path:
    """Takes tokens, and gives logits."""
    ids, mask = (
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
        for name in ("input_ids", "attention_mask")
    )
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["kept"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["kept", "last"], ["wide"]),
        helper.make_node("Mul", ["rows", "wide"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "length"], ["logits"], keepdims=0),
    ]
    if not masked:
        nodes = [nodes[0], helper.make_node("ReduceSum", ["rows", "length"], ["logits"], keepdims=0)]
    constants = [
        numpy_helper.from_array(np.array(list(WEIGHTS.values()), dtype=np.float32), "weights"),
        numpy_helper.from_array(np.array([-1]), "last"),
        numpy_helper.from_array(np.array([1]), "length"),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(LABELS)])
    _save(nodes, [ids, mask] if masked else [ids], [output], constants, folder / place)
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WEIGHTS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    # As many come: they would cut texts off.
    tokenizer.enable_truncation(8)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"id2label": {str(number): label for number, label in enumerate(LABELS)}, "max_position_embeddings": MOST}
    (folder / "config.json").write_text(json.dumps(config | ({"problem_type": problem} if problem else {})))
    return folder


def write_strings(path: Path, column: bool = True) -> Path:
    """Takes strings, as skl2onnx exports pipelines: `bad` scores 0.75, all else 0.25; an output of labels beside."""
    shape = ["n", 1] if column else ["n"]
    nodes = [
        helper.make_node(
            "LabelEncoder", ["text"], ["found"], domain="ai.onnx.ml", keys_strings=["bad"], values_floats=[0.75],
            default_float=0.25,
        ),
        helper.make_node("Reshape", ["found", "shape"], ["probabilities"]),
        helper.make_node("Cast", ["found"], ["label"], to=TensorProto.INT64),
    ]  # fmt: skip
    inputs = [helper.make_tensor_value_info("text", TensorProto.STRING, shape)]
    outputs = [
        helper.make_tensor_value_info("label", TensorProto.INT64, shape),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 1]),
    ]
    _save(nodes, inputs, outputs, [numpy_helper.from_array(np.array([-1, 1]), "shape")], path)
    return path
