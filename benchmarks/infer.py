"""What batches across requests are worth to a model behind HTTP.

    python -m benchmarks.infer

A server, `guardc infer`, for each way: with batches of up to 32 texts, and with each text by itself. Its models are a
classifier of a plan, and an ONNX model of random weights: embeddings of 256 numbers, six dense layers over the tokens,
the mean of them. 32 connections send a text of some 200 characters each, again and again, in rounds that alternate.
Printed are texts a second and the latency of a request, of the rounds the median with the middle half, and the ratio of
the two ways within a round.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from benchmarks import workload
from benchmarks.serve import free_port, middle, started
from guardc.compiler import compile_text

ROUNDS = 8
CONNECTIONS = 32
REQUESTS = 10
"""Of each connection in a round."""
WIDTH, LAYERS, WORDS = 256, 6, 2_000
POLICY = "edition 1\nimport std.models\nguard g on input {\n    models.injection.score < 0.5 on fail refrain\n}\n"
WAYS = {"batches": ["--batch", "32"], "alone": ["--batch", "1", "--within", "0"]}


def write_model(folder: Path) -> None:
    """The ONNX model, in the layout of the Hugging Face hub."""
    random = np.random.default_rng(0)
    constants = {"embeddings": random.standard_normal((WORDS, WIDTH)), "head": random.standard_normal((WIDTH, 2))}
    constants |= {f"dense{n}": random.standard_normal((WIDTH, WIDTH)) / WIDTH**0.5 for n in range(LAYERS)}
    nodes = [helper.make_node("Gather", ["embeddings", "input_ids"], ["x0"])]
    for n in range(LAYERS):
        nodes.append(helper.make_node("MatMul", [f"x{n}", f"dense{n}"], [f"y{n}"]))
        nodes.append(helper.make_node("Relu", [f"y{n}"], [f"x{n + 1}"]))
    nodes += [
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", [f"x{LAYERS}", "wide"], ["kept"]),
        helper.make_node("ReduceMean", ["kept"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "head"], ["logits"]),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])]
    arrays = [numpy_helper.from_array(array.astype(np.float32), name) for name, array in constants.items()]
    arrays.append(numpy_helper.from_array(np.array([-1]), "last"))
    graph = helper.make_graph(nodes, "dense", inputs, outputs, arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    folder.mkdir()
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    words = sorted(set(workload.clean_text(100_000).split()))[: WORDS - 1]
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(["[UNK]", *words])}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"id2label": {"0": "good", "1": "bad"}, "max_position_embeddings": 512}
    (folder / "config.json").write_text(json.dumps(config))


def send(port: int, path: str, body: bytes, latencies: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        connection.request("POST", path, body)
        response = connection.getresponse()
        data = response.read()
        assert response.status == 200, data
        latencies.append(time.perf_counter() - begun)
    connection.close()


def measure(port: int, path: str, body: bytes) -> tuple[float, float]:
    """Texts a second, and the median of the latencies in milliseconds."""
    latencies: list[float] = []
    threads = [threading.Thread(target=send, args=(port, path, body, latencies)) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(latencies) / (time.perf_counter() - begun), statistics.median(latencies) * 1000


def main() -> None:
    given: dict[str, Any] = {"name": "text", "shape": [1], "datatype": "BYTES", "data": [workload.clean_text(200)]}
    body = json.dumps({"inputs": [given]}).encode()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        compiled = compile_text(POLICY).plan
        assert compiled is not None
        (folder / "models.plan").write_bytes(compiled)
        write_model(folder / "dense")
        ports = {way: free_port() for way in WAYS}
        for way, options in WAYS.items():
            command = ["guardc", "infer", str(folder / "models.plan"), "--onnx", str(folder / "dense"), *options]
            stack.enter_context(started([*command, "--port", str(ports[way])], ports[way]))
        for model in ("models.injection", "dense"):
            taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
            for number in range(ROUNDS + 1):
                for way, into in taken.items():
                    figures = measure(ports[way], f"/v2/models/{model}/infer", body)
                    if number:  # the first round warms up
                        into.append(figures)
            for way, rounds in taken.items():
                rates, latencies = zip(*rounds, strict=True)
                sys.stdout.write(f"{model:17} {way:8} {middle(rates)} texts/s, {middle(latencies)} ms\n")
            ratios = [ours[0] / theirs[0] for ours, theirs in zip(taken["batches"], taken["alone"], strict=True)]
            sys.stdout.write(f"{model:17} batches / alone: {middle(ratios)} texts/s\n")
    sys.stdout.write(f"onnxruntime on the processor, load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")


if __name__ == "__main__":
    main()
