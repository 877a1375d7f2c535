"""What the report says of figures that are given; nothing is timed."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest

SVG = "{http://www.w3.org/2000/svg}"


def pairs(benchmarks: ModuleType, ours: float, theirs: float) -> Any:
    return benchmarks.pairs.Pairs((ours,) * 3, (theirs, theirs * 0.9, theirs * 1.1))


def measured(benchmarks: ModuleType, goal: str, value: float, *, ours: float = 1e-3, theirs: float = 2e-3) -> Any:
    rows = benchmarks.scan.rows
    row = rows.Row("1 MB | clean", "RE2", "a/b/passed", "peers", "c/d", "text", rows.Target(goal, value))
    return benchmarks.scan.findings.Measured(row, 1_000_000, pairs(benchmarks, ours, theirs))


def findings(benchmarks: ModuleType) -> Any:
    scan = benchmarks.scan
    missing_row = scan.rows.Row("lists", "ahocorasick", "", "peers", "", "listed", scan.rows.Target("gain", 2))
    engines = tuple(
        scan.findings.Measured(
            scan.rows.Row("size", engine, "", "peers", "", "text"), size, pairs(benchmarks, 1e-6 * size, 1e-5 * size)
        )
        for size in (200, 1_000_000)
        for engine in ("RE2", "re <slow>")
    )
    growth = scan.growth.Growth
    times = scan.growth.Times(dict.fromkeys(scan.growth.SIZES, (0.01, 0.02, 0.03)))
    return scan.findings.Findings(
        {"guardc": "1", "Python": "3", "processor": "P & Q"},
        {"words": "made up"},
        {"RE2": 12, "ahocorasick": None},
        (
            measured(benchmarks, "gain", 1.5),
            measured(benchmarks, "share", 0.4),
            scan.findings.Measured(missing_row, 0, why_not="does not compile yet: failed"),
        ),
        engines,
        (growth("(a+)+b", times), growth("x*y", None, "diagnostic G040 too large")),
        (scan.findings.Scaling("1 MB", benchmarks.pairs.Ratio(1.9, 1.8, 1.95)),),
        (
            scan.building.Built("20 patterns", "compiled", 0.5, 123_456, 70.0),
            scan.building.Built("[a-z]{1000}x", "diagnostic", 0.1, detail="G040 too large"),
        ),
    )


@pytest.mark.parametrize(
    ("goal", "value", "reached"),
    [("gain", 1.9, True), ("gain", 2.1, False), ("share", 0.6, True), ("share", 0.4, False)],
)
def test_targets_bound_the_median_from_the_right_side(
    benchmarks: ModuleType, goal: str, value: float, reached: bool
) -> None:
    assert measured(benchmarks, goal, value).reached is reached


def test_ratios_are_of_neighbours_not_of_medians(benchmarks: ModuleType) -> None:
    some = benchmarks.pairs.Pairs((1.0, 10.0, 2.0), (3.0, 30.0, 2.0))
    assert some.gain.median == 3.0
    assert some.share.median == pytest.approx(1 / 3)


def test_the_page_says_what_was_reached_and_why_something_was_not_measured(benchmarks: ModuleType) -> None:
    page = benchmarks.scan.report.as_page(findings(benchmarks))
    assert r"| 1 MB \| clean | RE2 | 1.00 ms | 2.00 ms | 2.00× (1.90 to 2.10) | at least 1.5× | reached |" in page
    assert "| 0.50 (0.48 to 0.53) | at most 0.4 of its time | not reached |" in page
    assert "| lists | ahocorasick |  |  | does not compile yet: failed | at least 2× | not measured |" in page
    assert "diagnostic G040 too large" in page
    assert "| ahocorasick | not installed |" in page
    assert "10.0 s" in page  # ten times guardc's second on a megabyte


def test_every_row_of_a_table_has_a_cell_for_every_column(benchmarks: ModuleType) -> None:
    sheets = list(benchmarks.scan.report.sheets(findings(benchmarks)))
    assert len(sheets) == 6
    for sheet in sheets:
        assert {len(row) for row in sheet.rows} == {len(sheet.columns)}, sheet.title


def test_a_pattern_that_was_not_measured_leaves_linearity_open(benchmarks: ModuleType) -> None:
    whole = findings(benchmarks)
    first = next(iter(benchmarks.scan.report.sheets(whole)))
    assert first.rows[-1][-1] == "not measured"
    assert [one.linear for one in whole.growth] == [True, False]


def test_growth_compares_the_longest_text_with_the_shortest(benchmarks: ModuleType) -> None:
    growth = benchmarks.scan.growth
    slow = growth.Growth("x", growth.Times({10_000: (1.0, 1.0), 100_000: (10.0, 12.0)}))
    assert slow.ratio.median == 11.0
    assert not slow.linear  # the longer sizes are missing
    assert slow.times.per_megabyte(1_000_000) is None


def test_a_quadratic_pattern_is_expected_to_stay_quadratic(benchmarks: ModuleType) -> None:
    assert benchmarks.scan.growth.next_takes([0.01]) == pytest.approx(0.1)
    assert benchmarks.scan.growth.next_takes([0.01, 1.0]) == pytest.approx(100.0)


def test_the_readme_is_changed_between_its_markers_only(benchmarks: ModuleType) -> None:
    readme = "before\n<!-- scan table -->\nold\n<!-- end of scan table -->\nafter\n"
    changed = benchmarks.scan.report.in_readme(readme, findings(benchmarks))
    assert changed.startswith("before\n<!-- scan table -->\n\n| text |")
    assert changed.endswith("|\n\n<!-- end of scan table -->\nafter\n")
    assert "old" not in changed
    assert benchmarks.scan.report.in_readme(changed, findings(benchmarks)) == changed


def test_the_readme_of_the_tree_has_both_pairs_of_markers(benchmarks: ModuleType) -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    for name in ("benchmark tables", "scan table"):
        benchmarks.tables.between_markers(readme, name, "")


def test_json_holds_every_pair(benchmarks: ModuleType) -> None:
    whole = json.loads(benchmarks.scan.report.as_json(findings(benchmarks)))
    assert whole["rows"][0]["guardc_seconds"] == [1e-3] * 3
    assert whole["rows"][0]["reached"] is True
    assert whole["rows"][2]["why_not"] == "does not compile yet: failed"


def test_the_picture_has_a_bar_for_each_engine_and_longer_ones_for_longer_times(benchmarks: ModuleType) -> None:
    svg = ET.fromstring(benchmarks.scan.plot.plot(findings(benchmarks)))
    bars = [float(rect.get("width", "0")) for rect in svg.iter(f"{SVG}rect") if rect.get("height") == "14"]
    assert len(bars) == 6  # two sizes, guardc and two peers each
    assert bars[0] < bars[1]
    assert bars[3] < bars[0]  # the short text


def test_a_policy_with_an_error_is_reported_with_its_diagnostic(benchmarks: ModuleType, tmp_path: Path) -> None:
    compile_policy = benchmarks.scan.building.compile_policy
    bad = compile_policy("bad", "title", "edition 1\n\nguard g on input {\n    no unknown\n}\n", tmp_path)
    assert bad.status == "diagnostic"
    assert bad.detail.startswith("G0")
    good = compile_policy("good", "title", "edition 1\n\nguard g on input {\n    json\n}\n", tmp_path)
    assert good.status == "compiled"
    assert good.plan_bytes == (tmp_path / "good.plan").stat().st_size > 0
