"""Pages of metrics, read and compared: what happened between two looks.

A *page* is what a server answers at `/metrics`, in Prometheus' text format 0.0.4
(https://prometheus.io/docs/instrumenting/exposition_formats/), as far as guardc writes it. Its *series* are told apart
by their name and labels, one for each worker; counters that are smaller than before have begun anew.

Example: `between(before, after)` has, for each series, by how much it grew.
"""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from guardc.cli.errors import Failed

__all__ = ["Page", "Series", "between", "fetched", "quantile", "read", "summed"]

TIMEOUT = 5.0
LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


class Series(NamedTuple):
    """A name and its labels, in the order of their names."""

    name: str
    labels: tuple[tuple[str, str], ...]

    def label(self, name: str) -> str:
        """What a label says; empty if there is none."""
        return dict(self.labels).get(name, "")


Page = dict[Series, float]


def fetched(url: str, key: str | None) -> Page:
    """The page of a server.

    Raises:
        Failed: there is none.
    """
    address = url.rstrip("/")
    request = urllib.request.Request(f"{address}/metrics")
    if key is not None:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            text = answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        error.close()
        help_ = {
            401: "it wants a key: --key-env NAME",
            403: "the key has not the scope `metrics`, or the server is for programs of its own machine",
            404: "nothing is counted there; start it with `guardc serve ... --metrics`",
        }.get(error.code, f"status {error.code}")
        raise Failed(f"{address}: {help_}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Failed(f"{address}: the server cannot be reached: {reason}") from None
    return read(text, address)


def read(text: str, source: str) -> Page:
    """The page in a text; `source` tells its series from those of other servers.

    Raises:
        Failed: it is no page of a guardc server.
    """
    page: Page = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        found = LINE.fullmatch(line)
        if found is None:
            raise Failed(f"{source}: this is no page of metrics")
        labels = {name: _plain(value) for name, value in LABEL.findall(found[2] or "")}
        page[Series(found[1], (("server", source), *sorted(labels.items())))] = float(found[3])
    if not any(series.name == "guardc_plan_info" for series in page):
        raise Failed(f"{source}: this is no page of metrics of a guardc server")
    return page


def _plain(value: str) -> str:
    return re.sub(r"\\.", lambda found: ESCAPES.get(found[0], found[0]), value)


def between(before: Page, after: Page) -> Page:
    """By how much each series grew. One that is smaller than before has begun anew, and counts from 0."""
    grown = {}
    for series, value in after.items():
        old = before.get(series, 0.0)
        grown[series] = value - old if value >= old else value
    return grown


def summed(page: Page, name: str, *by: str) -> dict[tuple[str, ...], float]:
    """The sums of a metric over all series that agree in these labels."""
    sums: dict[tuple[str, ...], float] = defaultdict(float)
    for series, value in page.items():
        if series.name == name:
            sums[tuple(series.label(label) for label in by)] += value
    return dict(sums)


def quantile(page: Page, name: str, q: float, keep: Iterable[tuple[str, str]]) -> float | None:
    """Seconds that the share `q` of the times in a histogram does not pass: the end of the bucket, which is at most
    twice as long as the time. Of the series with these labels, together; None if there is no time."""
    wanted = dict(keep)
    below: dict[float, float] = defaultdict(float)
    for series, value in page.items():
        if series.name == f"{name}_bucket" and wanted.items() <= dict(series.labels).items():
            below[float(series.label("le"))] += value
    if not below or not below[float("inf")]:
        return None
    return min(end for end, count in below.items() if count >= q * below[float("inf")])
