"""`guardc fit`: from labelled texts to a classifier, with a report of how well it does."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardc.cli.errors import Failed, unreadable
from guardc.cli.harmless import harmless
from guardc.cli.writing import write_atomically

if TYPE_CHECKING:
    from guardc.training.examples import Example
    from guardc.training.fit import Fitted

__all__ = ["command"]

MOST_MISTAKES = 50
"""Mistakes that are shown; the others are counted."""


@click.command(epilog="Example: guardc fit spam.jsonl -o spam.weights --plot spam.svg")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="WEIGHTS",
    help="Where the weights go. Default: FILE with the ending .weights",
)
@click.option("--plot", type=click.Path(path_type=Path), metavar="SVG", help="Write the report's curves as an SVG.")
def command(file: Path, output: Path | None, plot: Path | None) -> None:
    """Train a classifier on the labelled lines in FILE.

    A line is a JSON object: {"text": "...", "label": 1}. Labels are 0 and 1, false and true, or two strings. A tenth
    of the texts is held out, and the report says how the classifier does on them. Lines of one "group" are never
    split up. The same lines give the same bytes on every machine.
    """
    target = output or file.with_suffix(".weights")
    if target == file:
        raise Failed(f"{target} holds the examples; choose another name for the weights with -o")
    examples, positive = _examples(file)
    from guardc.policy.reading.weights import write_weights  # noqa: PLC0415 - slow to import
    from guardc.training.fit import FitError, fit  # noqa: PLC0415

    try:
        with _progress() as tick:
            fitted = fit(examples, tick)
    except FitError as error:
        raise Failed(f"{file}: {error}") from None
    content = write_weights(fitted.weights)
    write_atomically(target, content)
    if plot is not None:
        from guardc.training.plot import plot as drawn  # noqa: PLC0415 - only here

        write_atomically(plot, drawn(fitted, target.stem).encode())
    for line in _report(fitted, positive):
        click.echo(harmless(line))
    click.echo(f"{harmless(str(target))}: {len(content):,} bytes", err=True)


def _examples(file: Path) -> tuple[list[Example], str]:
    """The examples and the positive label. Says what is wrong with each line, and gives up if any is."""
    from guardc.training.reading import read_lines  # noqa: PLC0415 - slow to import

    try:
        with file.open("rb") as lines:
            read = read_lines(lines)
    except OSError as error:
        raise unreadable(file, error) from None
    for line, what in read.mistakes[:MOST_MISTAKES]:
        click.echo(harmless(f"{file}:{line}: {what}"), err=True)
    if read.mistakes:
        more = len(read.mistakes) - MOST_MISTAKES
        rest = f", {more} of them not shown" if more > 0 else ""
        count = len(read.mistakes)
        raise Failed(f"{file}: {count} mistake{'' if count == 1 else 's'}{rest}; nothing was trained")
    return read.examples, read.positive


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error, if that is a terminal."""
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import Progress  # noqa: PLC0415

    from guardc.training.fit import STEPS  # noqa: PLC0415

    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("reading texts", total=STEPS)
        yield lambda done: progress.update(task, advance=1, description=done)


def _report(fitted: Fitted, positive: str) -> Iterator[str]:
    from guardc.training.measures import auc, average_precision, recall_at, threshold_table  # noqa: PLC0415

    given, labels = fitted.given, fitted.labels
    found = int(labels.sum())
    yield f"trained on {fitted.trained:,} texts, calibrated on {fitted.calibrated:,}"
    yield f"held out: {len(given):,} texts, {found:,} of them `{positive}`"
    yield ""
    yield f"AUC                {auc(given, labels):.4f}"
    yield f"average precision  {average_precision(given, labels):.4f}"
    for share in (0.001, 0.01, 0.05):
        yield f"found at {f'{100 * share:g} %':>5} false alarms  {100 * recall_at(given, labels, share):5.1f} %"
    yield ""
    yield "score <   found  false alarms  precision"
    for row in threshold_table(given, labels):
        shares = f"{100 * row.recall:5.1f} %       {100 * row.false_alarms:5.2f} %    {100 * row.precision:5.1f} %"
        yield f"{row.threshold:<7g} {shares}"
    yield ""
    yield "Scores are probabilities for traffic in which one text in ten is positive."
