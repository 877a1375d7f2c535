"""One table of names: what the page of documentation and the dashboard say is in it, and it in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from guardc.runtime.telemetry import names

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "telemetry.md").read_text(encoding="utf-8")
EXPORTED = {metric.prometheus if metric.histogram else f"{metric.prometheus}_total" for metric in names.METRICS}


@pytest.mark.parametrize("metric", names.METRICS, ids=lambda metric: metric.name)
def test_every_metric_is_documented(metric: names.Metric) -> None:
    full = metric.prometheus if metric.histogram else f"{metric.prometheus}_total"
    kind = "histogram, " if metric.histogram else ""
    assert f"| `{metric.name}` | `{full}` | {kind}`{metric.unit}` |" in PAGE


def queries() -> list[str]:
    board = json.loads((DOCS / "dashboards" / "guardc.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def test_the_dashboard_asks_what_the_page_says_to_watch() -> None:
    assert queries() == re.findall(r"^\| .*\? \| `(.*?)` \|", PAGE[PAGE.index("## What to watch") :], re.MULTILINE)


@pytest.mark.parametrize("query", queries())
def test_queries_ask_for_what_is_exported(query: str) -> None:
    metrics = {name.removesuffix("_bucket") for name in re.findall(r"\b(?:guardc|gen_ai)_\w+", query)}
    assert metrics
    assert metrics <= EXPORTED | {"guardc_plan_info"}
    grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(",")}
    matched = set(re.findall(r"[{,](\w+)[!=]", query))
    assert grouped | matched <= {*names.LABELS.values(), "le"}


def test_attributes_that_are_labels_have_labels_of_their_own() -> None:
    assert len(set(names.LABELS.values())) == len(names.LABELS)
