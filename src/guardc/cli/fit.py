"""`guardc fit`: from labelled texts to a classifier, with a report of how well it does."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardc.cli.errors import Failed, unreadable
from guardc.cli.harmless import harmless
from guardc.cli.writing import check_writable, write_atomically

if TYPE_CHECKING:
    from guardc.training.fit import Fitted
    from guardc.training.reading import Read

__all__ = ["command"]

MOST_MISTAKES = 50
"""Mistakes that are shown; the others are counted."""
MOST_IF_ALL = 3
"""The same for a file without one good line: it is of another kind, and every line says so."""
LINE = '{"text": "...", "label": 1}'


@click.command(epilog="Example: guardc fit spam.jsonl -o spam.weights --plot spam.svg")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="WEIGHTS",
    help="Where the weights go. Default: FILE with the ending .weights",
)
@click.option("--positive", metavar="LABEL", help="Label that the score is for. Default: what reads like a yes.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="SVG", help="Write the report's curves as an SVG.")
def command(file: Path, output: Path | None, positive: str | None, plot: Path | None) -> None:
    """Train a classifier on the labelled lines in FILE.

    A line is a JSON object: {"text": "...", "label": 1}. Labels are 0 and 1, false and true, or two strings. A tenth
    of the texts is held out, and the report says how the classifier does on them. Lines of one "group" are never
    split up. The same lines give the same bytes on every machine.
    """
    target = output or file.with_suffix(".weights")
    _check_outputs(file, target, plot)
    read = _read(file, positive)
    examples, label = read.examples, read.positive
    if read.guessed:
        other = next(one for one in read.labels if one != label)
        click.echo(harmless(f"the score is for `{label}`; --positive {other} makes it for the other label"), err=True)
    from guardc.policy.reading.weights import write_weights  # noqa: PLC0415 - slow to import
    from guardc.training.fit import STEPS, FitError, fit  # noqa: PLC0415

    try:
        with _progress("reading texts", STEPS) as tick:
            fitted = fit(examples, tick)
    except FitError as error:
        raise Failed(f"{file}: {error}") from None
    content = write_weights(fitted.weights)
    write_atomically(target, content)
    if plot is not None:
        from guardc.training.plot import plot as drawn  # noqa: PLC0415 - only here

        write_atomically(plot, drawn(fitted, target.stem).encode())
    for line in _report(fitted, label):
        click.echo(harmless(line))
    click.echo(f"{harmless(str(target))}: {len(content):,} bytes", err=True)


def _check_outputs(file: Path, target: Path, plot: Path | None) -> None:
    """Fails now rather than after minutes of training."""
    if os.path.realpath(target) == os.path.realpath(file):
        raise Failed(f"{target} holds the examples; choose another name for the weights with -o")
    check_writable(target)
    if plot is not None:
        if os.path.realpath(plot) in (os.path.realpath(file), os.path.realpath(target)):
            raise Failed(f"{plot} is for the examples or the weights; choose another name for the plot")
        check_writable(plot)


def _read(file: Path, positive: str | None) -> Read:
    """The lines of the file. Says what is wrong with each, and gives up if any is wrong or a label has too few."""
    from guardc.training.fit import LEAST  # noqa: PLC0415 - slow to import
    from guardc.training.reading import read_lines  # noqa: PLC0415

    try:
        with _progress("reading lines", None), file.open("rb") as lines:
            read = read_lines(lines, positive)
    except OSError as error:
        raise unreadable(file, error) from None
    most = MOST_MISTAKES if read.examples else MOST_IF_ALL
    for line, what in read.mistakes[:most]:
        click.echo(harmless(f"{file}:{line}: {what}"), err=True)
    if read.mistakes:
        more = len(read.mistakes) - most
        rest = f", {more} of them not shown" if more > 0 else ""
        count = len(read.mistakes)
        hint = "" if read.examples else f"; a line looks like {LINE}"
        raise Failed(f"{file}: {count} mistake{'' if count == 1 else 's'}{rest}; nothing was trained{hint}")
    if not read.examples:
        raise Failed(f"{file} has no lines; a line looks like {LINE}")
    named = " and ".join(f"`{label}`" for label in read.labels)
    if len(read.labels) == 1:
        raise Failed(f"{file}: every label is {named}; there must be texts with another one, to tell them apart")
    if read.positive not in read.labels:
        raise Failed(f"{file}: no line has the label `{read.positive}`; the labels are {named}")
    for label in read.labels:
        count = sum(example.label == (label == read.positive) for example in read.examples)
        if count < LEAST:
            raise Failed(f"{file}: {count} different texts have the label `{label}`; {LEAST} are needed")
    return read


@contextlib.contextmanager
def _progress(first: str, steps: int | None) -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error, if that is a terminal; without `steps` one that only moves."""
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import Progress  # noqa: PLC0415

    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(first, total=steps)
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
