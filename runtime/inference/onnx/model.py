"""An ONNX model as a `Model`: a session of onnxruntime, on the processor or a GPU, and its numbers as scores.

Everything that can be wrong with a model is found when it is loaded, with one text that is scored for a trial.

Example: `OnnxModel(Options(path=Path("toxic-bert"))).score(["Hello"])` is `[(0.0006, 0.0001, ...)]`.
"""

from __future__ import annotations

from typing import Any

from guardc.runtime.inference.models import ModelError, Scores, UnfitError
from guardc.runtime.inference.onnx.directory import Description, Device, Options, Scoring, described
from guardc.runtime.inference.onnx.tokens import Piece, Tokens, by_length

__all__ = ["OnnxModel"]

TAKEN = ("input_ids", "attention_mask", "token_type_ids")
INTEGERS = {"tensor(int64)": "int64", "tensor(int32)": "int32"}
FLOATS = ("tensor(float)", "tensor(float16)", "tensor(double)")
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
MOST_PIECES = 32
"""That go through the model at a time: windows of one text may be more than a batch."""


class OnnxModel:
    """Raises:
    ModelError: it cannot be served; the message says why and what to do.
    OSError: a file cannot be read.
    ImportError: onnxruntime or tokenizers is not installed.
    """

    platform = "onnxruntime_onnx"

    def __init__(self, options: Options) -> None:
        about = described(options)
        self.name = about.name
        self._path = about.model
        with about.model.open("rb"):  # what is wrong with the file itself, the system says best
            pass
        self._session, device = _session(str(about.model), options.device)
        self._inputs: dict[str, Any] = {given.name: given for given in self._session.get_inputs()}
        self._output = self._scores_output()
        self._tokens = None if self._takes_strings() else self._tokenizer(about, options)
        width = self._trial()
        self.labels = self._labels(about, width)
        # Without a word about it, Transformers decides so, too.
        usual: Scoring = "none" if self._tokens is None else "sigmoid" if width == 1 else "softmax"
        self._scoring: Scoring = about.scores or usual
        self.runs_on = f"{device}, scores by {self._scoring}" if self._scoring != "none" else device
        if self._tokens is not None:
            self.runs_on += f", {about.max_tokens} tokens at most ({options.too_long} above)"
        for scores in self.score(["trial"]):
            if isinstance(scores, tuple) and not all(-1e-6 <= score <= 1 + 1e-6 for score in scores):
                raise ModelError(f"{self._path}: its numbers are no probabilities; say --scores softmax or sigmoid")

    def score(self, texts: list[str]) -> list[Scores | UnfitError]:
        if self._tokens is None:
            return self._by_strings(texts)
        results: list[Scores | UnfitError] = [()] * len(texts)
        pieces: list[Piece] = []
        owners: list[int] = []
        for number, text in enumerate(texts):
            try:
                found = self._tokens.pieces(text)
            except UnfitError as error:
                results[number] = error
                continue
            pieces += found
            owners += [number] * len(found)
        for group in by_length(pieces, MOST_PIECES):
            for number, row in zip(group, self._scores(self._run([pieces[number] for number in group])), strict=True):
                before = results[owners[number]]
                assert isinstance(before, tuple)
                # Of windows the highest score of each label counts.
                results[owners[number]] = tuple(map(max, before, row)) if before else row
        return results

    def _by_strings(self, texts: list[str]) -> list[Scores | UnfitError]:
        import numpy as np  # noqa: PLC0415 - loading a plan does not need it

        results: list[Scores | UnfitError] = [
            ()
            if _is_sound(text)
            else UnfitError("the text has half a surrogate pair or a NUL, which the model does not take")
            for text in texts
        ]
        fit = [number for number, result in enumerate(results) if not isinstance(result, UnfitError)]
        if fit:
            ((name, given),) = self._inputs.items()
            column = len(given.shape) == 2
            array = np.array([texts[number] for number in fit], dtype=object)
            rows = self._session.run([self._output], {name: array.reshape(-1, 1) if column else array})[0]
            for number, row in zip(fit, self._scores(rows), strict=True):
                results[number] = row
        return results

    def _run(self, pieces: list[Piece]) -> Any:
        """The model's numbers: a row for each piece."""
        import numpy as np  # noqa: PLC0415 - see above

        longest = max(len(piece.ids) for piece in pieces)
        ids = np.full((len(pieces), longest), self._pad, dtype=np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, piece in enumerate(pieces):
            ids[row, : len(piece.ids)] = piece.ids
            mask[row, : len(piece.ids)] = 1
            types[row, : len(piece.ids)] = piece.types
        arrays = dict(zip(TAKEN, (ids, mask, types), strict=True))
        feed = {name: arrays[name].astype(INTEGERS[given.type]) for name, given in self._inputs.items()}
        return self._session.run([self._output], feed)[0]

    def _scores(self, rows: Any) -> list[Scores]:
        import numpy as np  # noqa: PLC0415 - see above

        numbers = np.asarray(rows, dtype=np.float64)
        if self._scoring == "softmax":
            powers = np.exp(numbers - numbers.max(axis=1, keepdims=True))
            numbers = powers / powers.sum(axis=1, keepdims=True)
        elif self._scoring == "sigmoid":
            numbers = 0.5 * (1 + np.tanh(0.5 * numbers))  # overflows nowhere
        # The nearest FP32, in as many digits as tell it from others.
        return [tuple(float(str(number)) for number in row) for row in numbers.astype(np.float32)]

    # --- loading ------------------------------------------------------------------------------------------------------

    def _takes_strings(self) -> bool:
        types = {name: given.type for name, given in self._inputs.items()}
        if list(types.values()) == ["tensor(string)"]:
            return True
        if {"input_ids", "attention_mask"} <= types.keys() and all(
            name in TAKEN and kind in INTEGERS for name, kind in types.items()
        ):
            return False
        has = ", ".join(f"`{name}` of {kind}" for name, kind in types.items())
        raise ModelError(
            f"{self._path}: the model takes {has}; served are models of texts, which take one tensor of strings, or "
            "input_ids, attention_mask and, if they like, token_type_ids as integers"
        )

    def _scores_output(self) -> str:
        outputs = self._session.get_outputs()
        found = [output.name for output in outputs if output.type in FLOATS and len(output.shape) == 2]
        if "logits" in found:
            return "logits"
        if len(found) != 1:
            has = ", ".join(f"`{output.name}` of {output.type}, shape {output.shape}" for output in outputs)
            raise ModelError(
                f"{self._path}: the model gives {has}; served are models with one output of floating point numbers of "
                "shape [n, labels] (or one called `logits`); skl2onnx makes it with options={'zipmap': False}"
            )
        return str(found[0])

    def _tokenizer(self, about: Description, options: Options) -> Tokens:
        if about.tokenizer is None:
            raise ModelError(f"{self._path}: there is no tokenizer.json beside the model; name it: --tokenizer FILE")
        if about.max_tokens is None:
            said = "nothing beside the model says how many tokens it takes"
            raise ModelError(f"{self._path}: {said}; look it up and say it: --max-tokens 512")
        self._pad = about.pad
        return Tokens(about.tokenizer, about.max_tokens, options.too_long)

    def _trial(self) -> int:
        """How many numbers the model gives for a text."""
        import numpy as np  # noqa: PLC0415 - see above

        self._scoring = "none"
        try:
            (scores,) = self.score(["trial"])
        except Exception as error:
            raise ModelError(f"{self._path}: the model cannot score a text ({type(error).__name__}: {error})") from None
        if isinstance(scores, UnfitError):
            raise ModelError(f"{self._path}: the model cannot score a text: {scores}")
        if not scores or not np.isfinite(scores).all():
            raise ModelError(f"{self._path}: the model gives no numbers for a text")
        return len(scores)

    def _labels(self, about: Description, width: int) -> tuple[str, ...]:
        labels = about.labels
        if labels is None:
            if width == 1:
                return ("score",)
            raise ModelError(f"{self._path}: nothing names the {width} labels; name them in order: --labels A,B")
        if len(labels) != width:
            said = f"there are {len(labels)} labels ({', '.join(labels)}), and the model gives {width} numbers"
            raise ModelError(f"{self._path}: {said}; name them in order: --labels A,B")
        return labels


def _session(path: str, device: Device) -> tuple[Any, str]:
    """A session, and what it runs on, for people."""
    import onnxruntime  # noqa: PLC0415 - in an extra

    has = onnxruntime.get_available_providers()
    if device == "cuda" and PROVIDERS["cuda"] not in has:
        said = "--device cuda: this onnxruntime can use no GPU of NVIDIA"
        raise ModelError(f"{said}; pip install onnxruntime-gpu in place of onnxruntime, or leave --device out")
    wanted = [PROVIDERS["cpu"]]
    if device == "cuda" or (device == "auto" and PROVIDERS["cuda"] in has):
        wanted.insert(0, PROVIDERS["cuda"])
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    try:
        # By its path, so that weights in files beside it are found.
        session = onnxruntime.InferenceSession(path, sess_options=options, providers=wanted)
    except Exception as error:
        first = str(error).partition("\n")[0]
        raise ModelError(f"{path}: onnxruntime cannot load the model: {first}") from None
    used = session.get_providers()[0]
    if device == "cuda" and used != PROVIDERS["cuda"]:
        said = f"{path}: onnxruntime could not use the GPU, and would run on the processor"
        raise ModelError(f"{said}; check the driver and CUDA, or leave --device out")
    return session, "the processor" if used == PROVIDERS["cpu"] else f"a GPU ({used})"


def _is_sound(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
