"""`guardc infer`: what is refused before anything listens, and a server in a process of its own, from start to end."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from onnx_models import write_strings, write_toxic
from serving import write_plan

POLICY = "edition 1\nimport std.models\nguard g on input {\n    models.injection.score < 0.5 on fail refrain\n}\n"
PLAIN = "edition 1\nguard g on input {\n    words <= 3 on fail refrain\n}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("infer")
    write_plan(made / "models.plan", POLICY)
    write_plan(made / "plain.plan", PLAIN)
    (made / "models.guard").write_text(POLICY)
    write_toxic(made / "toxic-bert")
    write_strings(made / "spam.onnx")
    return made


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "there is no model: name a plan with a classifier, or give --onnx FOLDER"),
        (["{}/models.plan", "--host", "0.0.0.0"], 2, "can be reached from elsewhere: give --keys FILE"),
        (["{}/models.plan", "--labels", "a"], 2, "--labels is said of an ONNX model, and there is no --onnx"),
        (["{}/models.plan", "--max-tokens", "5"], 2, "--max-tokens is said of an ONNX model"),
        (["--onnx", "{}/spam.onnx", "--labels", "a,,b"], 2, "has an empty label, or one twice"),
        (["{}/plain.plan"], 1, "no rule of the plan compares the score of a classifier"),
        (["{}/models.guard"], 1, "this is a policy; compile it first: guardc compile"),
        (["{}/spam.onnx"], 1, "this is not a plan"),
        (["{}/none.plan"], 1, "there is no such file"),
        (["--onnx", "{}/none"], 1, "there is no such file"),
        (["--onnx", "{}"], 1, "there is no model.onnx and no onnx/model.onnx in the folder"),
        (["{}/models.plan", "--onnx", "{}/spam.onnx", "--name", "models.injection"], 1, "the plan has a classifier"),
        (["--onnx", "{}/spam.onnx", "--name", "a/b"], 1, "`a/b` cannot be a part of an address"),
        (["{}/models.plan", "--keys", "{}/none.jsonl"], 1, "none.jsonl: there is no such file"),
    ],
)
def test_mistakes_are_one_line(guardc, folder, arguments, code, said):
    result = guardc("infer", *[argument.format(folder) for argument in arguments])
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_package_that_is_missing_is_named(folder):
    program = (
        "import sys; sys.modules['onnxruntime'] = None; sys.argv = ['guardc', 'infer', '--onnx', sys.argv[1]]\n"
        "from guardc.cli import main; main()"
    )
    path = folder / "toxic-bert"
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs a package that is missing: onnxruntime; pip install 'guardc[infer]'" in done.stderr


def test_a_plan_and_an_onnx_model_from_start_to_end(folder):
    command = ["infer", folder / "models.plan", "--onnx", folder / "toxic-bert", "--device", "cpu", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "guardc", *map(str, command)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                break
        assert found, said
        assert "model models.injection runs on the processor; its scores: score" in said
        assert "model toxic-bert runs on the processor, scores by sigmoid, 16 tokens at most (error above)" in said
        assert "; its scores: toxic, insult" in said
        connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=30)
        body = {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["idiot idiot"]}]}
        for name, width in (("models.injection", 1), ("toxic-bert", 2)):
            connection.request("POST", f"/v2/models/{name}/infer", json.dumps(body))
            answer = json.loads(connection.getresponse().read())
            assert answer["outputs"][0]["shape"] == [1, width]
        connection.close()
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(30) in (0, -signal.SIGTERM)
        assert "idiot" not in said + rest
