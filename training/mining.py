"""Hard negatives: of long harmless texts, the passages that a classifier comes nearest to mistaking.

A long text has hundreds of windows, and its score is the highest of theirs. Few of them teach anything, and all of
them together would fill the memory; so a first classifier chooses what the next one is trained on (Sung and Poggio
1998, "Example-based learning for view-based human face detection").

Vocabulary: a *passage* is a piece of a text that is exactly one window when it stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardc.policy.reading.weights import Weights
from guardc.training.fit import scores

__all__ = ["PASSAGE", "hardest", "passages"]

PASSAGE = 198
"""Characters: with the space at each end, a window."""
STEP = PASSAGE // 2


def passages(text: str) -> list[str]:
    """The passages of a text, each overlapping the one before it by half."""
    line = " ".join(text.split())
    return [line[place : place + PASSAGE] for place in range(0, max(1, len(line) - STEP), STEP)]


def hardest(weights: Weights, texts: Sequence[str], most: int) -> Iterator[str]:
    """Of each text, the `most` passages with the highest scores, no two of which overlap."""
    for text in texts:
        pieces = passages(text)
        given = scores(weights, pieces)
        taken: set[int] = set()
        for place in sorted(range(len(pieces)), key=lambda place: (-given[place], place)):
            if len(taken) == most:
                break
            if not {place - 1, place + 1} & taken:
                taken.add(place)
                yield pieces[place]
