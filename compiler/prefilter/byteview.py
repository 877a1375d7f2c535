"""Every character as one of 256 bytes: what the first stage reads.

A character below 256 is its own byte. For every other one a *stand-in* is found: a byte that the windows of the guard
treat alike. Where no Latin-1 character does, one of the C1 control characters (U+0080 to U+009F, which ordinary text
does not have) stands in, and from then on the windows treat it at least as kindly as all that it stands for. So a text
of any width is scanned with the tables of a byte string, and the first stage proposes too much at worst.

Vocabulary: a character's *signature* says in which of the sets of the windows it is.

Invariant: a set that has a character has its byte.

Example: with the one window `[a-zé]x`, `я` is in none of its sets and neither is `!`, so some such byte stands in
for `я`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from guardc.compiler.regex import CharSet

__all__ = ["ByteView"]

BYTES = 256
_HELPERS = range(0x80, 0xA0)


class ByteView:
    """The bytes of all characters, as the given sets tell them apart.

    Attributes:
        rows: for each set the bytes that are in it, shape (256,).
    """

    rows: dict[CharSet, npt.NDArray[np.bool_]]

    def __init__(self, sets: Iterable[CharSet]) -> None:
        distinct = list(dict.fromkeys(sets))
        cuts = {BYTES}
        for chars in distinct:
            for low, high in chars.ranges:
                cuts |= {point for point in (low, high + 1) if point > BYTES}
        cuts.discard(0x110000)
        self._starts = np.array(sorted(cuts), dtype=np.int64)
        points = np.concatenate([np.arange(BYTES), self._starts])
        members = (
            np.stack([_members(chars, points) for chars in distinct]) if distinct else np.zeros((0, len(points)), bool)
        )
        self._bytes = self._stand_ins(members)
        self.rows = {chars: members[number, :BYTES] for number, chars in enumerate(distinct)}

    def _stand_ins(self, members: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        """The byte for each range of characters above 255. Widens the columns of the helpers in `members`."""
        known = {members[:, byte].tobytes(): byte for byte in reversed(range(BYTES)) if byte not in _HELPERS}
        helpers = iter(_HELPERS)
        found = np.zeros(len(self._starts), dtype=np.uint8)
        byte = _HELPERS[0]
        for number in range(len(self._starts)):
            column = members[:, BYTES + number]
            key = column.tobytes()
            if key not in known:
                byte = next(helpers, byte)  # the last helper stands in for all the rest
                members[:, byte] |= column
                known[key] = byte
            found[number] = known[key]
        return found

    def window(self, window: Sequence[CharSet]) -> npt.NDArray[np.bool_]:
        """The bytes that a window admits at each of its characters, shape (characters, 256)."""
        return np.stack([self.rows[chars] for chars in window])

    def stand_ins(self, points: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """The bytes of some code points, shape as given."""
        above = self._bytes[np.searchsorted(self._starts, points, side="right") - 1]
        return np.where(points < BYTES, points, above).astype(np.uint8)


def _members(chars: CharSet, points: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of these code points, ascending, are in a set."""
    bounds = np.array([(low, high + 1) for low, high in chars.ranges], dtype=np.int64).reshape(-1)
    # Behind an odd number of bounds: within a range.
    inside: npt.NDArray[np.bool_] = np.searchsorted(bounds, points, side="right") % 2 == 1
    return inside
