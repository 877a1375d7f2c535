"""What is said of a classifier: how well its scores tell held-out texts apart.

All figures come from the ranks of the scores, which have four digits, so they are the same on every machine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from guardc.training.features import Floats

__all__ = ["THRESHOLDS", "Row", "auc", "average_precision", "curve", "recall_at", "threshold_table"]

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)

Labels = npt.NDArray[np.bool_]


class Row(NamedTuple):
    """What `score < threshold` does: the shares of texts that fail it."""

    threshold: float
    recall: float
    false_alarms: float
    precision: float


def curve(scores: Floats, labels: Labels) -> tuple[Floats, Floats]:
    """The ROC curve from (0, 0) to (1, 1): shares of negative and of positive texts at or above each score."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    found = np.cumsum(labels[order])[last] / max(1, int(labels.sum()))
    alarms = np.cumsum(~labels[order])[last] / max(1, int((~labels).sum()))
    return np.append(0.0, alarms), np.append(0.0, found)


def auc(scores: Floats, labels: Labels) -> float:
    """The area under the ROC curve: how probable it is that a positive text scores higher than a negative one."""
    alarms, found = curve(scores, labels)
    return float(np.sum(np.diff(alarms) * (found[1:] + found[:-1]) / 2.0))


def average_precision(scores: Floats, labels: Labels) -> float:
    """The mean of the precision over recall, by steps."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    found = np.cumsum(labels[order])[last]
    precision = found / (last + 1.0)
    return float(np.sum(np.diff(np.append(0, found)) * precision) / max(1, int(labels.sum())))


def recall_at(scores: Floats, labels: Labels, false_alarms: float) -> float:
    """The largest share of positive texts that a threshold finds with at most this share of false alarms."""
    alarms, found = curve(scores, labels)
    return float(found[alarms <= false_alarms].max())


def threshold_table(scores: Floats, labels: Labels) -> list[Row]:
    """One row for each of `THRESHOLDS`."""
    rows = []
    for threshold in THRESHOLDS:
        failed = scores >= threshold
        hits, wrong = int((failed & labels).sum()), int((failed & ~labels).sum())
        rows.append(
            Row(
                threshold,
                hits / max(1, int(labels.sum())),
                wrong / max(1, int((~labels).sum())),
                hits / max(1, hits + wrong),
            )
        )
    return rows
