"""Labelled texts, and how they are split.

Invariant: which side a text falls on depends on its group (on the text itself, if it has none), by SHA-256: the tenth
of the groups with the lowest digests is held out. So the split is the same on every machine and in every order of the
lines, lines that are added move few others, and no group stands on both sides.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["CALIBRATION", "HELD_OUT", "TRAINING", "Example", "digest_of", "split"]

TRAINING, CALIBRATION, HELD_OUT = 0, 1, 2
SHARES = (8, 1, 1)
"""Tenths of the groups of each kind."""


class Example(NamedTuple):
    """A text and whether it is what the classifier is to find. `group`: texts that belong together; empty if none
    do."""

    text: str
    label: bool
    source: str = ""
    group: str = ""


def split(examples: Sequence[Example]) -> list[int]:
    """The side of each example: `TRAINING`, `CALIBRATION` or `HELD_OUT`, of each label in the same shares.

    A group with texts of both labels counts as positive.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for number, example in enumerate(examples):
        groups[example.group or f"\0{' '.join(example.text.lower().split())}"].append(number)
    sides = [TRAINING] * len(examples)
    for label in (False, True):
        own = [
            (_hash(key), numbers)
            for key, numbers in groups.items()
            if any(examples[number].label for number in numbers) == label
        ]
        total = sum(len(numbers) for _, numbers in own)
        seen = 0
        for _, numbers in sorted(own):
            done = 10 * seen / total
            # The held-out texts first: of few groups there is at least one among them.
            side = HELD_OUT if done < SHARES[2] else CALIBRATION if done < SHARES[1] + SHARES[2] else TRAINING
            for number in numbers:
                sides[number] = side
            seen += len(numbers)
    return sides


def digest_of(examples: Sequence[Example]) -> bytes:
    """SHA-256 of the texts and labels, in their order."""
    digest = hashlib.sha256()
    for example in examples:
        data = example.text.encode("utf-8", "surrogatepass")
        digest.update(bytes([example.label]) + len(data).to_bytes(8, "little") + data)
    return digest.digest()


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
