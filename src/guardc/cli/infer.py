"""`guardc infer`: models that score texts, behind HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from guardc.cli.errors import Failed, unreadable
from guardc.cli.listening import access_of, check_compiled, listens, logging_by

if TYPE_CHECKING:
    from guardc.runtime.inference.models import Model
    from guardc.runtime.inference.onnx.directory import Options

__all__ = ["command"]


def _labels(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    labels = tuple(label.strip() for label in value.split(","))
    if not all(labels) or len(set(labels)) < len(labels):
        raise click.BadParameter(f"{value} has an empty label, or one twice; write them as toxic,insult")
    return labels


@click.command(epilog="Example: guardc infer --onnx toxic-bert/ --port 8001")
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@click.option("--onnx", type=click.Path(path_type=Path), help="An ONNX model, or the folder that it lies in.")
@click.option("--name", help="What requests call the ONNX model. Else the name of its folder.")
@click.option("--tokenizer", type=click.Path(path_type=Path), help="Its tokenizer.json. Else the one beside it.")
@click.option("--labels", callback=_labels, metavar="A,B", help="What its scores are called. Else as in config.json.")
@click.option(
    "--scores",
    type=click.Choice(["softmax", "sigmoid", "none"]),
    help="What makes scores of its numbers. Else as config.json says.",
)
@click.option("--max-tokens", type=click.IntRange(1), help="The longest text that it takes. Else as beside it.")
@click.option(
    "--too-long",
    type=click.Choice(["error", "windows"]),
    default="error",
    show_default=True,
    help="A longer text has no score, or the highest of its windows.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="What it runs on; auto: a GPU if onnxruntime can use one.",
)
@click.option(
    "--batch", type=click.IntRange(1), default=32, show_default=True, help="Texts that a model gets together."
)
@click.option(
    "--within",
    type=click.IntRange(0, 10_000),
    default=2,
    show_default=True,
    metavar="MS",
    help="Milliseconds that a text waits for others.",
)
@listens(8001)
def command(  # noqa: PLR0913, PLR0917 - one for each option
    plan: Path | None,
    onnx: Path | None,
    name: str | None,
    tokenizer: Path | None,
    labels: tuple[str, ...] | None,
    scores: Literal["softmax", "sigmoid", "none"] | None,
    max_tokens: int | None,
    too_long: Literal["error", "windows"],
    device: Literal["auto", "cpu", "cuda"],
    batch: int,
    within: int,
    host: str,
    port: int,
    keys: Path | None,
    without_keys: bool,
    max_body: int,
    max_batch: int,
    timeout: float,
    concurrency: int,
    grace: int,
    access_log: bool,
) -> None:
    """Serve the classifiers of PLAN, an ONNX model, or both, by the Open Inference Protocol, version 2.

    It is what a `service` of a policy asks, with `protocol v2`. Texts of requests that come together go through a model
    together. Without keys the server answers programs of this machine only.
    """
    try:
        import uvicorn  # noqa: PLC0415 - in an extra

        from guardc.fastpath.errors import GuardcError  # noqa: PLC0415
        from guardc.runtime.inference.application import Application  # noqa: PLC0415
        from guardc.runtime.inference.onnx.directory import Options  # noqa: PLC0415
        from guardc.runtime.inference.settings import Settings  # noqa: PLC0415
    except ImportError as error:
        raise _missing(error) from None
    if plan is None and onnx is None:
        raise click.UsageError("there is no model: name a plan with a classifier, or give --onnx FOLDER")
    ctx = click.get_current_context()
    for of_onnx in ("name", "tokenizer", "labels", "scores", "max_tokens", "too_long", "device"):
        if onnx is None and ctx.get_parameter_source(of_onnx) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{of_onnx.replace('_', '-')} is said of an ONNX model, and there is no --onnx")
    settings = Settings(
        access=access_of(host, keys, without_keys),
        keys=None if keys is None else str(keys),
        max_body=max_body,
        max_batch=max_batch,
        timeout=timeout,
        concurrency=concurrency,
        batch=batch,
        delay=within / 1000,
    )
    options = None
    if onnx is not None:
        options = Options(
            path=onnx,
            tokenizer=tokenizer,
            name=name,
            labels=labels,
            scores=scores,
            max_tokens=max_tokens,
            too_long=too_long,
            device=device,
        )
    try:
        app = Application(_models(plan, options), settings)
    except GuardcError as error:
        raise Failed(str(error)) from None
    except ImportError as error:
        raise _missing(error) from None
    except OSError as error:
        raise unreadable(error.filename or plan or "", error) from None
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=logging_by(uvicorn.config.LOGGING_CONFIG),
        access_log=access_log,
        timeout_graceful_shutdown=grace,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
    )


def _missing(error: ImportError) -> Failed:
    return Failed(f"`guardc infer` needs a package that is missing: {error.name}; pip install 'guardc[infer]'")


def _models(plan: Path | None, onnx: Options | None) -> list[Model]:
    from guardc.runtime.inference.classifiers import plan_models  # noqa: PLC0415 - see above

    models: list[Model] = []
    if plan is not None:
        check_compiled(plan)
        models += plan_models(plan)
    if onnx is not None:
        from guardc.runtime.inference.onnx.model import OnnxModel  # noqa: PLC0415 - see above

        model = OnnxModel(onnx)
        if "/" in model.name or not model.name:
            raise Failed(f"`{model.name}` cannot be a part of an address; give the model another name: --name NAME")
        if model.name in [other.name for other in models]:
            raise Failed(
                f"the plan has a classifier `{model.name}`, too; give the ONNX model another name: --name NAME"
            )
        models.append(model)
    return models
