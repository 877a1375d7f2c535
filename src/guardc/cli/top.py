"""`guardc top`: what happens in servers now, by their pages of metrics."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from guardc.cli.errors import Failed
from guardc.cli.scrape import Page, between, fetched, quantile, summed

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["command"]

MOST_RULES = 10


@click.command(epilog="Example: guardc top http://127.0.0.1:8000")
@click.argument("servers", metavar="URL...", nargs=-1, required=True)
@click.option("--key-env", metavar="NAME", help="The environment variable with a key of the scope `metrics`.")
@click.option(
    "--interval", type=click.FloatRange(0.1, 3600), default=2.0, show_default=True, help="Seconds between two looks."
)
@click.option("--once", is_flag=True, help="Look for one interval, print it, and end. So it is in a pipe.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(servers: tuple[str, ...], key_env: str | None, interval: float, once: bool, form: str) -> None:
    """Show what happens in the servers at URL now: guards, rules that fail, models, load.

    Several servers are added up. They are to run with --metrics. Rates are those of the last interval.
    """
    for url in servers:
        if not url.startswith(("http://", "https://")):
            raise click.BadParameter(f"{url} is no address of a server; write it as http://127.0.0.1:8000")
    key = None
    if key_env is not None:
        key = os.environ.get(key_env)
        if not key:
            raise Failed(f"the environment variable {key_env} is not set; it is to have a key of the scope `metrics`")
    before = _pages(servers, key)
    if once or form == "json" or not sys.stdout.isatty():
        time.sleep(interval)
        said = seen(before, _pages(servers, key), interval)
        if form == "json":
            click.echo(json.dumps(said, indent=2))
            return
        _console().print(shown(said))
        return
    _watch(servers, key, interval, before)


def _watch(servers: tuple[str, ...], key: str | None, interval: float, before: Page) -> None:
    """Until it is interrupted. A server that does not answer is said to be so, and asked again."""
    from rich.live import Live  # noqa: PLC0415 - only for a terminal
    from rich.text import Text  # noqa: PLC0415

    with Live(Text("…"), console=_console(), auto_refresh=False, screen=True) as live:
        began = time.monotonic()
        while True:
            time.sleep(interval)
            try:
                after, now = _pages(servers, key), time.monotonic()
            except Failed as failed:
                live.update(Text(f"{failed}\n\nAsked again every {interval:g} s; Ctrl + C ends."), refresh=True)
                continue
            live.update(shown(seen(before, after, now - began)), refresh=True)
            before, began = after, now


def _console() -> Any:
    from rich.console import Console  # noqa: PLC0415 - only to show something

    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 100)


def _pages(servers: tuple[str, ...], key: str | None) -> Page:
    return {series: value for url in servers for series, value in fetched(url, key).items()}


def seen(before: Page, after: Page, seconds: float) -> dict[str, Any]:
    """What happened in that time: rates are per second, times in seconds, None where nothing was timed."""
    grown = between(before, after)
    return {
        "seconds": round(seconds, 3),
        "policies": sorted({series.label("policy_hash") for series in after if series.name == "guardc_plan_info"}),
        "server": _server(grown, after, seconds),
        "guards": _guards(grown, after, seconds),
        "rules": _rules(grown, seconds),
        "models": _models(grown, after, seconds),
    }


def _server(grown: Page, after: Page, seconds: float) -> dict[str, float]:
    def now(name: str) -> float:
        return sum(summed(after, f"guardc_server_{name}").values())

    refused = sum(summed(grown, "guardc_server_requests_refused_total").values())
    return {
        "workers": sum(series.name == "guardc_server_requests_in_work" for series in after),
        "in_work": now("requests_in_work"),
        "refused": refused / seconds,
        "reloads": now("reloads_total"),
        "reloads_failed": now("reload_failed"),
    }


def _guards(grown: Page, after: Page, seconds: float) -> list[dict[str, Any]]:
    runs = "guardc_guard_runs_total"
    found = []
    for (guard,) in summed(after, runs, "guard"):
        actions = {action: n for (g, action), n in summed(grown, runs, "guard", "action").items() if g == guard}
        passed = sum(n for (g, p), n in summed(grown, runs, "guard", "passed").items() if (g, p) == (guard, "true"))
        total = sum(actions.values())
        times = [quantile(grown, "guardc_guard_duration_seconds", q, [("guard", guard)]) for q in (0.5, 0.99)]
        found.append(
            {
                "guard": guard,
                "runs": total / seconds,
                "blocked": (total - passed) / total if total else 0.0,
                "p50": times[0],
                "p99": times[1],
                "actions": {action: n / seconds for action, n in sorted(actions.items()) if n and action != "none"},
            }
        )
    return sorted(found, key=lambda row: (-row["runs"], row["guard"]))


def _rules(grown: Page, seconds: float) -> list[dict[str, Any]]:
    failures = summed(grown, "guardc_rule_failures_total", "guard", "rule", "source")
    errors = summed(grown, "guardc_rule_errors_total", "guard", "rule", "source")
    found: list[dict[str, Any]] = [
        {
            "guard": key[0],
            "rule": key[1],
            "source": key[2],
            "failures": failures.get(key, 0.0) / seconds,
            "errors": errors.get(key, 0.0) / seconds,
        }
        for key in failures.keys() | errors.keys()
        if failures.get(key, 0.0) or errors.get(key, 0.0)
    ]
    return sorted(found, key=lambda row: (-row["errors"], -row["failures"], row["guard"], row["rule"]))[:MOST_RULES]


def _models(grown: Page, after: Page, seconds: float) -> list[dict[str, Any]]:
    requests = "guardc_call_requests_total"
    all_of, failed = summed(grown, requests, "model"), summed(grown, requests, "model", "error")
    tokens = summed(grown, "guardc_call_tokens_total", "model")
    found = []
    for (model,) in summed(after, requests, "model"):
        keep = [("model", model)]
        first = quantile(grown, "gen_ai_client_operation_time_to_first_chunk_seconds", 0.5, keep)
        found.append(
            {
                "model": model,
                "requests": all_of.get((model,), 0.0) / seconds,
                "errors": sum(n for (m, error), n in failed.items() if m == model and error) / seconds,
                "tokens": tokens.get((model,), 0.0) / seconds,
                "p50": quantile(grown, "gen_ai_client_operation_duration_seconds", 0.5, keep),
                "first": first,
            }
        )
    return sorted(found, key=lambda row: (-row["requests"], row["model"]))


# --- what people read -------------------------------------------------------------------------------------------------


def shown(said: dict[str, Any]) -> RenderableType:
    """The same as tables."""
    from rich.console import Group  # noqa: PLC0415 - only to show something
    from rich.text import Text  # noqa: PLC0415

    server = said["server"]
    policies = ", ".join(policy[:12] for policy in said["policies"])
    line = Text(
        f"policy {policies}  {_counted(server['workers'], 'worker')}, {_counted(server['in_work'], 'request')} in work"
    )
    if server["refused"]:
        line.append(f", {_rate(server['refused'])} refused a second", style="bold red")
    if server["reloads"]:
        line.append(f", {_counted(server['reloads'], 'reload')}")
    if server["reloads_failed"]:
        line.append("; the last reload failed, what ran before runs on", style="bold red")
    parts: list[RenderableType] = [line, Text("")]
    parts.append(
        _table(
            ("guard", "runs/s", "blocked", "half within", "99% within", "actions/s"),
            [
                (
                    row["guard"], _rate(row["runs"]), f"{row['blocked']:.1%}", _time(row["p50"]), _time(row["p99"]),
                    ", ".join(f"{action} {_rate(rate)}" for action, rate in row["actions"].items()),
                )
                for row in said["guards"]
            ],
            "no guard has judged anything yet",
        )
    )  # fmt: skip
    if said["rules"]:
        rows = [
            (row["guard"], row["rule"], row["source"], _rate(row["failures"]), _rate(row["errors"]))
            for row in said["rules"]
        ]
        parts += [Text(""), _table(("guard", "rule", "at", "failed/s", "errors/s"), rows, "")]
    if said["models"]:
        models = [
            (
                row["model"],
                _rate(row["requests"]),
                _rate(row["errors"]),
                _rate(row["tokens"]),
                _time(row["p50"]),
                _time(row["first"]),
            )
            for row in said["models"]
        ]
        parts += [
            Text(""),
            _table(("model", "requests/s", "errors/s", "tokens/s", "half within", "first text"), models, ""),
        ]
    return Group(*parts)


def _table(names: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> RenderableType:
    from rich.table import Table  # noqa: PLC0415 - only to show something
    from rich.text import Text  # noqa: PLC0415

    if not rows:
        return Text(empty, style="dim")
    words = {"guard", "rule", "at", "model", "actions/s"}
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, justify="left" if name in words else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _counted(count: float, what: str) -> str:
    return f"{count:.0f} {what}{'' if count == 1 else 's'}"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 0.1 or not value else f"{value:.2f}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds == float("inf"):
        return "> 256 s"
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"
