"""ONNX models: scores, long texts, what is beside a model, and what is wrong with it."""

from __future__ import annotations

import json
import math

import pytest
from onnx_models import LABELS, MOST, toxic_logits, write_strings, write_toxic

from guardc.runtime.inference.models import ModelError, UnfitError
from guardc.runtime.inference.onnx.directory import Options
from guardc.runtime.inference.onnx.model import OnnxModel
from guardc.runtime.inference.onnx.tokens import Piece, by_length


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_toxic(tmp_path_factory.mktemp("onnx") / "toxic-bert")


def loaded(path, **options):
    return OnnxModel(Options(path=path, device="cpu", **options))


def sigmoid(logits):
    return [1 / (1 + math.exp(-logit)) for logit in logits]


def softmax(logits):
    powers = [math.exp(logit) for logit in logits]
    return [power / sum(powers) for power in powers]


def test_texts_of_any_length_score_what_each_scores_alone(folder):
    model = loaded(folder)
    assert (model.name, model.labels) == ("toxic-bert", LABELS)
    texts = ["hello " * length + "idiot" for length in range(MOST - 3)] * 5
    together = model.score(texts)
    for text, scores in zip(texts, together, strict=True):
        assert scores == pytest.approx(sigmoid(toxic_logits(text)), rel=1e-5)
        assert model.score([text]) == [scores]


@pytest.mark.parametrize(
    ("problem", "said", "expected"),
    [
        ("multi_label_classification", None, sigmoid),
        ("single_label_classification", None, softmax),
        (None, None, softmax),
        ("single_label_classification", "sigmoid", sigmoid),
    ],
)
def test_how_scores_are_made(tmp_path, problem, said, expected):
    model = loaded(write_toxic(tmp_path, problem=problem), scores=said, name="m")
    (scores,) = model.score(["stupid"])
    assert scores == pytest.approx(expected(toxic_logits("stupid")), rel=1e-5)
    assert expected.__name__ in model.runs_on


def test_nothing_of_a_long_text_is_left_out(folder):
    texts = ["hello " * at + "idiot " + "hello " * (100 - at) for at in range(0, 101, 7)]
    for result in loaded(folder).score(texts):
        assert isinstance(result, UnfitError)
        assert "103 tokens, and the model takes 16" in str(result)
    model = loaded(folder, too_long="windows")
    windows = model.score(texts)
    calm = model.score(["hello " * 100])[0]
    assert all(scores[0] > calm[0] for scores in windows)
    assert model.score(["hello " * 14]) == loaded(folder).score(["hello " * 14])
    (far,) = model.score(["hello " * 5000])
    assert "windows, and 64 are the most" in str(far)


def test_groups_of_pieces_are_padded_to_the_double_at_most():
    lengths = [5, 500, 7, 1, 9, 11, 10, 260]
    groups = list(by_length([Piece([0] * length, []) for length in lengths], 3))
    assert [[lengths[number] for number in group] for group in groups] == [[1], [5, 7, 9], [10, 11], [260, 500]]


@pytest.mark.parametrize("column", [True, False])
def test_models_of_strings_need_no_tokenizer(tmp_path, column):
    model = loaded(write_strings(tmp_path / "spam.onnx", column))
    assert (model.name, model.labels) == ("spam", ("score",))
    good, half, bad, nothing, nul = model.score(["good", "\ud800", "bad", "", "bad\0good"])
    assert (good, bad, nothing) == ((0.25,), (0.75,), (0.25,))
    assert isinstance(half, UnfitError)
    assert isinstance(nul, UnfitError)


def test_the_layout_with_a_folder_for_the_model(tmp_path):
    assert loaded(write_toxic(tmp_path / "bert", "onnx/model.onnx")).name == "bert"


def test_the_smallest_maximum_counts(tmp_path):
    folder = write_toxic(tmp_path / "bert")
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 6}))
    assert isinstance(loaded(folder).score(["a b c d e"])[0], UnfitError)
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 10**30}))
    assert not isinstance(loaded(folder).score(["a b c d e"])[0], UnfitError)


def spoil(name, content):
    return lambda folder: (folder / name).write_text(content)


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda folder: (folder / "model.onnx").unlink(), {}, "no model.onnx and no onnx/model.onnx in the folder"),
        (spoil("model.onnx", "garbage"), {}, "onnxruntime cannot load the model"),
        (lambda folder: (folder / "tokenizer.json").unlink(), {}, "name it: --tokenizer FILE"),
        (spoil("tokenizer.json", "{}"), {}, "this is no tokenizer"),
        (spoil("config.json", "[]"), {}, "config.json: this is no JSON object"),
        (spoil("config.json", "{}"), {}, "say it: --max-tokens 512"),
        (spoil("config.json", "{}"), {"max_tokens": 9}, "nothing names the 2 labels; name them in order: --labels A,B"),
        (
            spoil("config.json", '{"id2label": {"1": "a"}}'),
            {"max_tokens": 9},
            "`id2label` does not name labels by numbers",
        ),
        (None, {"labels": ("a", "b", "c")}, "there are 3 labels (a, b, c), and the model gives 2 numbers"),
        (None, {"scores": "none"}, "its numbers are no probabilities; say --scores softmax or sigmoid"),
        (None, {"max_tokens": 2}, "the tokenizer adds 2 tokens, and the model takes 2"),
        (None, {"device": "cuda"}, "--device cuda: this onnxruntime can use no GPU"),
        (lambda folder: write_toxic(folder, masked=False), {}, "the model takes `input_ids` of tensor(int64)"),
    ],
)
def test_what_is_wrong_with_a_model(tmp_path, change, options, said):
    import onnxruntime  # noqa: PLC0415

    if options.get("device") == "cuda" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("here it can use one")
    folder = write_toxic(tmp_path / "bert")
    if change is not None:
        change(folder)
    with pytest.raises(ModelError) as caught:
        OnnxModel(Options(path=folder, **{"device": "cpu", **options}))
    assert said in str(caught.value)


def test_a_gpu_is_taken_where_there_is_one(folder, monkeypatch):
    import onnxruntime  # noqa: PLC0415

    cpu, cuda = "CPUExecutionProvider", "CUDAExecutionProvider"
    wanted, usable = [], [cuda, cpu]
    session = onnxruntime.InferenceSession

    def made(path, sess_options, providers):
        wanted.append(providers)
        real = session(path, sess_options=sess_options, providers=[cpu])
        real.get_providers = lambda: [name for name in providers if name in usable]
        return real

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [cuda, cpu])
    monkeypatch.setattr(onnxruntime, "InferenceSession", made)
    for device in ("auto", "cuda"):
        assert OnnxModel(Options(path=folder, device=device)).runs_on.startswith("a GPU (CUDAExecutionProvider)")
    assert loaded(folder).runs_on.startswith("the processor")
    assert wanted == [[cuda, cpu], [cuda, cpu], [cpu]]
    usable.remove(cuda)  # it is listed, but its driver is missing
    assert OnnxModel(Options(path=folder)).runs_on.startswith("the processor")
    with pytest.raises(ModelError, match="could not use the GPU, and would run on the processor"):
        OnnxModel(Options(path=folder, device="cuda"))
