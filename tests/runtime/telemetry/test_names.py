"""One table of names: what the page of documentation and the dashboard say is in it, and it in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from llm_script import HELLO, Model
from prometheus_client.parser import text_string_to_metric_families
from watched_plans import run_all, watched_plan

from guardc.runtime import telemetry
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


@pytest.fixture(scope="module")
def exported() -> dict[str, set[str]]:
    """The labels of each metric on a page of a plan that did everything."""
    plan = watched_plan()
    plan.measure()
    run_all(plan)
    reply = plan.guard("reply")
    reply.call(model="m", messages=HELLO, llm=Model("hi"))
    reply.call(model="m", messages=HELLO, llm=Model(RuntimeError("no")), retries=0)
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(telemetry.prometheus(plan)):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


@pytest.mark.parametrize("query", queries())
def test_queries_ask_for_what_is_exported(query: str, exported: dict[str, set[str]]) -> None:
    # Each part that asks for one metric, with what it is grouped by and matched with.
    parts = re.findall(r"(?:by \(([^)]*)\) \()?(?:rate\()?\b((?:guardc|gen_ai)_\w+)(?:\{([^}]*)\})?", query)
    assert parts
    for grouped, metric, matched in parts:
        assert metric.removesuffix("_bucket") in EXPORTED | {"guardc_plan_info"}
        asked = {label.strip() for label in grouped.split(",") if label} | set(re.findall(r"(\w+)[!=]", matched))
        if metric in NOT_HERE:
            assert asked <= {*names.LABELS.values(), "le"}
        else:
            assert asked <= exported[metric], metric


NOT_HERE = frozenset({"guardc_call_cost_usd_total", "guardc_call_reasks_total"})
"""Nothing was asked again, and what a function says costs nothing."""


def test_attributes_that_are_labels_have_labels_of_their_own() -> None:
    assert len(set(names.LABELS.values())) == len(names.LABELS)
