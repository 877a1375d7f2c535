"""One server for all tests of models: the classifiers of a plan, and a small ONNX model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from onnx_models import write_toxic
from serving import Served, write_plan

from guardc.runtime.inference.application import Application
from guardc.runtime.inference.classifiers import plan_models
from guardc.runtime.inference.onnx.directory import Options
from guardc.runtime.inference.onnx.model import OnnxModel
from guardc.runtime.inference.settings import Settings

POLICY = """edition 1

import std.models

guard question on input {
    models.injection.score < 0.5    on fail refrain
    models.toxicity.score < 0.5     on fail refrain
}
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plan(tmp_path_factory.mktemp("inference") / "models.plan", POLICY)


@pytest.fixture(scope="module")
def served(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    toxic = OnnxModel(Options(path=write_toxic(tmp_path_factory.mktemp("models") / "toxic-bert"), device="cpu"))
    with Served(Application([*plan_models(plan), toxic], Settings(max_batch=100, max_body=100_000))) as server:
        yield server
