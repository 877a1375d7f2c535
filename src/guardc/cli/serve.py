"""`guardc serve`: a plan behind HTTP."""

from __future__ import annotations

import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guardc.cli.errors import Failed, unreadable
from guardc.cli.listening import access_of, check_compiled, listens, logging_by

if TYPE_CHECKING:
    from guardc.runtime.server import Settings

__all__ = ["command"]

LONGEST = 90
"""Bytes of the path of a folder with sockets; the system takes 107 with their names."""


def _models(_ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    """LiteLLM's names by those that clients know."""
    found: dict[str, str] = {}
    for given in value:
        name, _, called = given.partition("=")
        if not name or (called == "" and "=" in given):
            raise click.BadParameter(f"{given} is no model; write it as gpt-4o-mini or fast=groq/llama-3.1-8b-instant")
        if name in found:
            raise click.BadParameter(f"the model {name} is named twice")
        found[name] = called or name
    return found


@click.command(epilog="Example: guardc serve support.plan --keys keys.jsonl --host 0.0.0.0 --workers 4")
@click.argument("plan", type=click.Path(path_type=Path))
@listens(8000)
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.option("--origin", "origins", multiple=True, metavar="URL", help="Web pages that may call (CORS); repeat it.")
@click.option("--handlers", metavar="MODULE:MAPPING", help="The functions that the policy declares.")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME[=MODEL]",
    callback=_models,
    help="A model for chat completions, and what LiteLLM calls it; repeat it.",
)
@click.option(
    "--call-timeout",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds for a chat completion.",
)
@click.option(
    "--playground",
    is_flag=True,
    help="Let the page at / compile policies that are pasted, also for others than programs of this machine.",
)
@click.option("--metrics", is_flag=True, help="Count what happens, for Prometheus at /metrics.")
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - one for each option
    context: click.Context,
    plan: Path,
    host: str,
    port: int,
    workers: int,
    keys: Path | None,
    without_keys: bool,
    origins: tuple[str, ...],
    handlers: str | None,
    max_body: int,
    max_batch: int,
    timeout: float,
    concurrency: int,
    grace: int,
    models: dict[str, str],
    call_timeout: float,
    playground: bool,
    metrics: bool,
    access_log: bool,
) -> None:
    """Serve the guards of PLAN over HTTP.

    Without keys the server answers programs of this machine only. A changed plan, and changed keys, are taken
    over within a second, without losing a request; a bad one is reported, and the last good one runs on.
    """
    try:
        import uvicorn  # noqa: PLC0415 - in an extra

        from guardc.runtime.server import Settings, application  # noqa: PLC0415
        from guardc.runtime.server.settings import VARIABLE  # noqa: PLC0415
    except ImportError as error:
        raise Failed(
            f"`guardc serve` needs a package that is missing: {error.name}; pip install 'guardc[server]'"
        ) from None
    if models and find_spec("litellm") is None:
        raise Failed("--model needs LiteLLM: pip install 'guardc[llm]'")
    if models and without_keys:
        raise click.UsageError("--model with --without-keys would let anybody spend your money; give --keys FILE")
    access = access_of(host, keys, without_keys)
    settings = Settings(
        plan=str(plan),
        access=access,
        keys=None if keys is None else str(keys),
        handlers=handlers,
        origins=origins,
        max_body=max_body,
        max_batch=max_batch,
        timeout=timeout,
        concurrency=concurrency,
        playground=playground or access == "local",
        models=models,
        call_timeout=call_timeout,
        metrics=metrics,
        folder=None if workers == 1 else context.with_resource(_folder()),
    )
    sys.path.insert(0, str(Path.cwd()))  # where --handlers are looked for, as by `python -m`
    app = _tried(plan, settings, application)
    os.environ[VARIABLE] = settings.to_json()
    where: dict[str, Any] = (
        {"app": app} if workers == 1 else {"app": "guardc.runtime.server.worker:made", "factory": True}
    )
    uvicorn.run(
        **where,
        host=host,
        port=port,
        workers=workers,
        log_config=logging_by(uvicorn.config.LOGGING_CONFIG),
        access_log=access_log,
        timeout_graceful_shutdown=grace,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
    )


def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that nobody but this user may enter, for what workers share."""
    help_ = "let the environment variable TMPDIR name another one"
    try:
        folder = tempfile.TemporaryDirectory(prefix="guardc-")
    except OSError as error:
        raise Failed(
            f"several workers share a folder for temporary files, and none can be made: {error.strerror}; {help_}"
        ) from None
    if len(os.fsencode(folder.name)) > LONGEST:
        folder.cleanup()
        raise Failed(f"{tempfile.gettempdir()}: the path is too long for the sockets of several workers; {help_}")
    return folder


def _tried(path: Path, settings: Settings, application: Any) -> Any:
    """The application, made here once, so that what is wrong is one line and no worker dies of it."""
    from guardc.fastpath.errors import GuardcError, HandlerError  # noqa: PLC0415

    try:
        check_compiled(path)
        return application(settings)
    except HandlerError as error:
        raise Failed(f"{error}; name a mapping with such functions: --handlers MODULE:MAPPING") from None
    except GuardcError as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise unreadable(error.filename or path, error) from None
