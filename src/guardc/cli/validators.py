"""`guardc validators`: everything that a rule can test, find and do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator

import click

__all__ = ["command"]

TITLES = {
    "detector": "Tests with detectors",
    "measure": "Measures",
    "predicate": "Predicates",
}


@click.command(epilog="Example: guardc validators")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(form: str) -> None:
    """List the tests, the detectors of the standard library, and the on-fail actions."""
    if form == "json":
        click.echo(json.dumps(_catalogue(), indent=2))
    else:
        _print()


def _catalogue() -> dict[str, object]:
    from guardc.policy.catalog import (  # noqa: PLC0415 - slow to import
        ACTIONS,
        BACKTRACKING,
        CHECKS,
        COSTS,
        DETECTORS,
        NORMALIZATIONS,
        SCORE,
        TESTS,
        WORD_OPTIONS,
    )
    from guardc.policy.checking.library import standard_detectors, standard_modules  # noqa: PLC0415

    return {
        "tests": [
            dataclasses.asdict(entry) | {"actions": _actions(entry.own_fix, entry.name)} for entry in TESTS.values()
        ],
        "scores": [dataclasses.asdict(SCORE) | {"actions": _actions(SCORE.own_fix, SCORE.name)}],
        "detectors": [dataclasses.asdict(entry) for entry in DETECTORS.values()],
        "library": [
            dataclasses.asdict(detector) for name in standard_modules() for detector in standard_detectors(name)
        ],
        "costs": COSTS,
        "modules": [
            {"name": name, "about": about, "detectors": names, "classifiers": classifiers}
            for name, about, names, classifiers in _modules()
        ],
        "patterns": [dataclasses.asdict(BACKTRACKING)],
        "checks": CHECKS,
        "words": WORD_OPTIONS,
        "normalize": NORMALIZATIONS,
        "actions": [dataclasses.asdict(entry) for entry in ACTIONS.values()],
    }


def _actions(own_fix: str | None, name: str) -> list[str]:
    """The forms of on-fail actions that a test takes."""
    fixes = ["fix"] * (own_fix is not None) + ["fix with"] * (name == "no") + ["fix to"]
    others = ["noop", "exception", "refrain", "filter", "reask", "custom"]
    return others + fixes + [fix.replace("fix", "fix_reask", 1) for fix in fixes]


def _modules() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Name, first line of the comment at the top, detectors, classifiers."""
    from guardc.policy import check_file  # noqa: PLC0415 - slow to import
    from guardc.policy.checking.library import STD  # noqa: PLC0415

    for path in sorted(STD.glob("*.guard")):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        policy = check_file(path).policy
        names = [f"{path.stem}.{name}" for name in policy.detectors if not name.startswith("_")] if policy else []
        classifiers = [f"{path.stem}.{name}" for name in policy.classifiers] if policy else []
        yield f"std.{path.stem}", first.removeprefix("#").partition(":")[2].strip().rstrip("."), names, classifiers


def _print() -> None:
    from guardc.cli.page import Page  # noqa: PLC0415 - only for text

    page = Page()

    def line(indent: int, text: str, style: str = "") -> None:
        page.line(text, style, indent=indent)

    _print_tests(line)
    _print_declarations(line)


def _print_tests(line: Callable[..., None]) -> None:
    """What rules test, and what the standard library finds."""
    from guardc.policy.catalog import COSTS, DETECTORS, SCORE, TESTS  # noqa: PLC0415
    from guardc.policy.checking.library import standard_detectors  # noqa: PLC0415

    for kind, title in TITLES.items():
        line(0, title, "bold")
        for entry in (*TESTS.values(), SCORE):
            if entry.kind != kind:
                continue
            line(2, entry.form, "cyan")
            line(6, f"holds if {entry.holds}")
            line(6, f"fix: {entry.own_fix}" if entry.own_fix else 'fix: none of its own; needs `fix to "..."`')
            line(6, f"cost: {COSTS[entry.cost]}")
            if entry.extra is not None:
                line(6, f"needs: pip install 'guardc[{entry.extra}]'")
            line(6, f"e.g. {entry.example}", "dim")
        line(0, "")
    line(
        0,
        "Every test takes every action. A service can add detectors, measures and predicates of its own: `custom`.",
    )
    line(0, "A model behind an address scores texts: `service NAME at env(...)`, then `NAME.score < 0.4`.")
    line(0, "")
    line(0, "Detectors of the language", "bold")
    for detector in DETECTORS.values():
        line(2, detector.form, "cyan")
        line(6, f"finds {detector.finds}")
        line(6, f"fix: {detector.own_fix}")
        line(6, f"cost: {COSTS[detector.cost]}")
        line(6, f"e.g. {detector.example}", "dim")
    line(0, "")
    line(0, "The standard library", "bold")
    for name, about, names, classifiers in _modules():
        line(2, f"import {name}", "cyan")
        line(6, f"{about}; all of them: {name.removeprefix('std.')}.any" if names else about)
        line(6, ", ".join(f"{classifier}.score" for classifier in classifiers), "dim")
        for one in standard_detectors(name):
            line(6, one.name, "cyan")
            line(10, f"a {one.kind}: {one.finds}")
            line(10, f"cost: {one.cost}")
            line(10, f"e.g. {one.example}".replace("\n", "\N{SYMBOL FOR NEWLINE}"), "dim")
    line(0, "")
    line(2, "A plain fix of `no` replaces each by its kind in square brackets. What is found stands")
    line(2, "between \u00ab and \u00bb; `\u00a6` is to be taken out, and `{hex:32}` stands for so many characters.")
    line(0, "")


def _print_declarations(line: Callable[..., None]) -> None:
    """What patterns, word lists and guards take, and the actions."""
    from guardc.policy.catalog import (  # noqa: PLC0415
        ACTIONS,
        BACKTRACKING,
        CHECKS,
        NORMALIZATIONS,
        WORD_OPTIONS,
    )

    line(0, "Patterns that do not run in linear time, after the regex", "bold")
    line(2, BACKTRACKING.form, "cyan")
    line(6, BACKTRACKING.does)
    line(6, f"e.g. {BACKTRACKING.example}", "dim")
    line(0, "")
    line(0, "Checks of patterns, after `where`", "bold")
    for name, meaning in CHECKS.items():
        line(2, name, "cyan")
        line(6, meaning)
    line(0, "")
    line(0, "Options of word lists, after the entries", "bold")
    for name, meaning in WORD_OPTIONS.items():
        line(2, name, "cyan")
        line(6, meaning)
    line(6, 'e.g. words banned = ["password"] ignore case, leet, within 1 edit', "dim")
    line(0, "")
    line(0, "What the detectors of a guard are not to see, after `normalize`", "bold")
    for name, meaning in NORMALIZATIONS.items():
        line(2, name, "cyan")
        line(6, meaning)
    line(6, "e.g. normalize invisible, width, confusables", "dim")
    line(0, "")
    line(0, "On-fail actions, strongest first", "bold")
    for action in ACTIONS.values():
        line(2, action.form, "cyan")
        line(6, action.does)
        also = ["a limit (`max`)"] * action.on_limit + ["`on error`"] * action.on_error
        if also:
            line(6, f"also for {' and '.join(also)}")
        line(6, f"e.g. {action.example}", "dim")
