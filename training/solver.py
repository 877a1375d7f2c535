"""The solver: weights that tell two kinds of texts apart.

It minimises the modified Huber loss (Zhang 2004, "Solving large scale linear prediction problems using stochastic
gradient descent algorithms") with an L2 penalty by AdaGrad (Duchi, Hazan and Singer 2011) over batches of texts, and
averages the weights of the second half of its way. A text that is positive need be so in one window only: at each step
it is represented by the window that scores highest. Of the other texts every window counts, for none of them may be
taken for positive: one half for all together, one half for the highest.

Invariant: the same texts in the same order give the same weights on every machine. Only additions in a fixed order,
multiplications, divisions and roots are used, which IEEE 754 rounds in one way: no BLAS, whose sums depend on the
processor, and no exponential, whose last digit does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from guardc.training.features import Corpus, Floats

__all__ = ["EPOCHS", "scores_of", "solve"]

EPOCHS = 12
BATCH = 256
"""Texts."""
RATE = 0.15
PENALTY = 1e-5
"""Of the squared weights, against the mean loss."""


def scores_of(corpus: Corpus, weights: Floats, bias: float) -> Floats:
    """The score of each window. `bincount` adds one after the other."""
    sums = np.bincount(corpus.rows, weights=weights[corpus.columns], minlength=len(corpus.starts) - 1)
    return sums / corpus.norms + bias


def solve(
    corpus: Corpus,
    positive: npt.NDArray[np.bool_],
    size: int,
    importance: Floats,
    tick: Callable[[], None] = lambda: None,
) -> tuple[Floats, float]:
    """
    Args:
        corpus: the texts, in an order that mixes both kinds.
        positive: of each text, whether it is positive.
        size: how many weights there are.
        importance: of each text, above 0. Both kinds together count the same in any case.
        tick: is called after each of the `EPOCHS` passes over the texts.

    Returns:
        The weights and the bias, for sums that are divided by the norm of the window.
    """
    share = _shares(positive, importance)
    weights, moved = np.zeros(size + 1), np.full(size + 1, 1e-6)
    total, summed = np.zeros(size + 1), 0
    texts = len(positive)
    for epoch in range(EPOCHS):
        for begin in range(0, texts, BATCH):
            end = min(begin + BATCH, texts)
            gradient = _gradient(corpus.part(begin, end), positive[begin:end], share[begin:end], weights)
            gradient[:-1] += PENALTY * weights[:-1]
            moved += gradient * gradient
            weights -= RATE * gradient / np.sqrt(moved)
        if epoch >= EPOCHS // 2:
            total += weights
            summed += 1
        tick()
    weights = total / summed
    return weights[:-1], float(weights[-1])


def _gradient(corpus: Corpus, positive: npt.NDArray[np.bool_], share: Floats, weights: Floats) -> Floats:
    """Of the mean loss of a batch; the last weight is the bias."""
    scores = scores_of(corpus, weights[:-1], weights[-1])
    owner = corpus.texts
    side = np.where(positive, 1.0, -1.0)[owner]
    best = (scores == corpus.best(scores)[owner]).astype(np.float64)
    counted = np.where(positive[owner], best, 0.5 * best + 0.5 / np.diff(corpus.first)[owner])
    slope = -2.0 * side * np.clip(1.0 - side * scores, 0.0, 2.0) * counted * share[owner] / len(positive)
    gradient = np.zeros(len(weights))
    by_feature = np.repeat(slope / corpus.norms, np.diff(corpus.starts))
    gradient[:-1] = np.bincount(corpus.columns, weights=by_feature, minlength=len(weights) - 1)
    gradient[-1] = np.bincount(np.zeros(len(slope), dtype=np.int64), weights=slope)[0]
    return gradient


def _shares(positive: npt.NDArray[np.bool_], importance: Floats) -> Floats:
    """How much each text counts: each kind one half in all, 1 on average."""
    share = importance.copy()
    for kind in (positive, ~positive):
        total = np.bincount(np.zeros(int(kind.sum()), dtype=np.int64), weights=share[kind])[0]
        share[kind] *= 0.5 * len(share) / total
    return share
