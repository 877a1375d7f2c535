"""Weights files: a classifier as `guardc fit` writes it.

A file is a header and the weights, nothing else, and everything in it is checked when it is read: it holds numbers
only, and no number in it decides how much is read or where.

    offset  size  field
    0       8     signature: 89 47 44 57 0D 0A 1A 0A
    8       4     endian mark 0x01020304
    12      4     format of the file and of the features, 1
    16      4     bits: 8 to 19
    20      4     CRC-32 of the whole file with this field zero
    24      8     scale, a double
    32      8     bias, a double
    40      8     how many texts it was trained on
    48      32    SHA-256 of these texts and their labels, as `guardc fit` reads them
    80      2^b   weights, int8; weight i belongs to the features whose hash begins with the `bits` bits of i

Numbers are little-endian. What features are, and how the weights become a score, is in docs/semantics.md, section 12.

Example: `read_weights(write_weights(weights)) == weights`.
"""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from dataclasses import dataclass

__all__ = ["LARGEST", "LEAST_BITS", "LIMIT", "MOST_BITS", "Weights", "WeightsError", "read_weights", "write_weights"]

SIGNATURE = b"\x89GDW\r\n\x1a\n"
ENDIAN_MARK = 0x01020304
FORMAT = 1
HEADER = struct.Struct("<8sIIIIddQ32s")
CHECKSUM_AT = 20

LEAST_BITS = 8
MOST_BITS = 19
LARGEST = 1_000
"""Magnitude of scale and bias at most."""
LIMIT = HEADER.size + (1 << MOST_BITS)
"""Bytes of a file at most."""


class WeightsError(ValueError):
    """A file is no usable weights file. The message says why."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained classifier. `weights` are `2**bits` signed bytes; `trained_on` the number of texts, `data` their
    SHA-256."""

    bits: int
    scale: float
    bias: float
    weights: bytes
    trained_on: int = 0
    data: bytes = bytes(32)

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of what decides about texts."""
        numbers = struct.pack("<Idd", self.bits, self.scale, self.bias)
        return hashlib.sha256(numbers + self.weights).hexdigest()


def write_weights(weights: Weights) -> bytes:
    """The bytes of the file."""

    def header(checksum: int) -> bytes:
        return HEADER.pack(
            SIGNATURE,
            ENDIAN_MARK,
            FORMAT,
            weights.bits,
            checksum,
            weights.scale,
            weights.bias,
            weights.trained_on,
            weights.data,
        )

    return header(zlib.crc32(header(0) + weights.weights)) + weights.weights


def read_weights(content: bytes) -> Weights:
    """The classifier in a whole file.

    Raises:
        WeightsError: it is not a weights file, of another format, truncated or damaged.
    """
    if not content.startswith(SIGNATURE):
        raise WeightsError("it is not a weights file")
    if len(content) < HEADER.size:
        raise WeightsError("it is truncated")
    _, mark, version, bits, checksum, scale, bias, trained_on, data = HEADER.unpack_from(content)
    if mark != ENDIAN_MARK:
        raise WeightsError("it is damaged: wrong endian mark")
    if version != FORMAT:
        raise WeightsError(f"it has format {version}, this version of guardc reads format {FORMAT}")
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise WeightsError("it is damaged: no table has so many bits")
    size = HEADER.size + (1 << bits)
    if len(content) != size:
        raise WeightsError("it is truncated" if len(content) < size else "something follows its weights")
    blank = content[:CHECKSUM_AT] + bytes(4) + content[CHECKSUM_AT + 4 :]
    if zlib.crc32(blank) != checksum:
        raise WeightsError("it is damaged: its checksum does not match")
    if not (math.isfinite(scale) and math.isfinite(bias) and 0 <= scale <= LARGEST and abs(bias) <= LARGEST):
        raise WeightsError("its numbers are out of range")
    return Weights(bits, scale, bias, content[HEADER.size :], trained_on, data)
