"""From scores to probabilities, and from weights to bytes.

Calibration is Platt's: a logistic curve through the scores of texts that the solver has not seen, fitted by Newton's
method with his smoothed targets. The two kinds count as if one text in ten were positive, which is far more than
ordinary traffic has and far less than a test set: so 0.8 is a score that harmless texts seldom reach.

Invariant: the two numbers that come out are rounded to six digits, so that the last digit of a machine's exponential
does not show in a weights file.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from guardc.training.features import Floats

__all__ = ["POSITIVES", "calibrate", "quantise"]

POSITIVES = 0.1
"""The share of positive texts that probabilities are for."""


def quantise(weights: Floats) -> tuple[bytes, float]:
    """The weights as signed bytes, and what one unit of them stands for."""
    largest = float(np.abs(weights).max())
    if largest == 0.0:
        return bytes(len(weights)), 0.0
    unit = largest / 127.0
    return np.rint(weights / unit).astype(np.int8).tobytes(), unit


def calibrate(scores: Floats, positive: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of the logistic curve from scores to probabilities. Both kinds are there."""
    total, found = len(scores), int(positive.sum())
    share = [(POSITIVES / found if yes else (1.0 - POSITIVES) / (total - found)) * total for yes in positive.tolist()]
    # Platt's targets: as if one more text of each kind had been seen.
    target = [(found + 1.0) / (found + 2.0) if yes else 1.0 / (total - found + 2.0) for yes in positive.tolist()]
    slope, offset = 1.0, math.log(POSITIVES / (1.0 - POSITIVES))
    points = list(zip(scores.tolist(), target, share, strict=True))
    for _ in range(100):
        gradient = [[], []]  # type: list[list[float]]
        curvature = [[], [], []]  # type: list[list[float]]
        for score, wanted, weight in points:
            given = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, slope * score + offset))))
            error, bend = weight * (given - wanted), weight * given * (1.0 - given)
            gradient[0].append(error * score)
            gradient[1].append(error)
            curvature[0].append(bend * score * score)
            curvature[1].append(bend * score)
            curvature[2].append(bend)
        g0, g1 = math.fsum(gradient[0]), math.fsum(gradient[1])
        a, b, c = (math.fsum(part) + extra for part, extra in zip(curvature, (1e-6, 0.0, 1e-6), strict=True))
        determinant = a * c - b * b
        step0, step1 = (c * g0 - b * g1) / determinant, (a * g1 - b * g0) / determinant
        longest = max(abs(step0), abs(step1))
        shorten = min(1.0, 2.0 / longest) if longest else 1.0
        slope, offset = slope - shorten * step0, offset - shorten * step1
        if longest < 1e-9:
            break
    return _rounded(max(slope, 0.0)), _rounded(offset)


def _rounded(number: float) -> float:
    return float(f"{number:.6g}")
