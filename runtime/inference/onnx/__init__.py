"""ONNX models that classify texts.

`directory` reads what lies beside one, `tokens` makes tokens of texts, `model` runs it.

Two kinds: those that take tokens, as they are exported from Transformers, and those that take strings, as skl2onnx
exports pipelines of scikit-learn.

Needs onnxruntime, and for the first kind tokenizers; neither is imported before a model is loaded.
"""

from __future__ import annotations

__all__: list[str] = []
