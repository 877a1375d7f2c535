"""Whether all patterns of a policy fit into one alphabet.

A plan sorts the code points into classes that no pattern tells apart (`alphabet`), and numbers them with 16 bits.
One pattern has at most 255 classes, so only hundreds of patterns with hundreds of different characters each
pass that.

Example: `find_overflow(automata)` is None, or the index of the first pattern with which the classes are too many.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from guardc.compiler.regex import Automaton

__all__ = ["MOST_CLASSES", "find_overflow"]

MOST_CLASSES: Final = 65_535


def find_overflow(automata: Sequence[Automaton], most: int = MOST_CLASSES) -> int | None:
    """The first automaton that, with those before it, tells more than `most` classes apart."""
    cuts = {low for automaton in automata for chars in automaton.classes for low, _ in chars.ranges}
    # Between two cuts there is one class at most; nearly every policy is done here.
    if len(cuts) <= most:
        return None
    starts = np.array(sorted(cuts), dtype=np.int64)
    classes = np.zeros(len(starts), dtype=np.int64)
    own = np.empty(len(starts), dtype=np.int64)
    for index, automaton in enumerate(automata):
        for number, chars in enumerate(automaton.classes):
            for low, high in chars.ranges:
                first, last = np.searchsorted(starts, (low, high + 1))
                own[first:last] = number
        found, classes = np.unique(classes * len(automaton.classes) + own, return_inverse=True)
        if len(found) > most:
            return index
    return None
