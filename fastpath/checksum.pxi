# The checksum of a section.

from zlib import crc32 as zlib_crc32

cdef extern from "checksum.h" nogil:
    bint crc32_is_fast() noexcept
    uint32_t crc32_of(const uint8_t* data, size_t count) noexcept


def crc32(const uint8_t[::1] data):
    """As `zlib.crc32`, which it leaves to that where the processor has nothing faster."""
    if data.shape[0] == 0 or not crc32_is_fast():
        return zlib_crc32(data)
    return crc32_of(&data[0], data.shape[0])
