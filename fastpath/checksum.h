/* CRC-32 as zlib has it, several times as fast: most of the time of loading a large plan is its checksums.

   Where the processor multiplies without carry, 64 bytes at a time are folded (V. Gopal et al., Fast CRC Computation for
   Generic Polynomials Using PCLMULQDQ Instruction, Intel 2009; the constants are powers of x modulo the polynomial, bits
   reflected). `crc32_plain` is the definition, and takes what is left. */

#ifndef GUARDC_CHECKSUM_H
#define GUARDC_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

static uint32_t crc32_plain(const uint8_t *data, size_t count, uint32_t crc) {
    for (size_t i = 0; i < count; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return crc;
}

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>

static int crc32_is_fast(void) { return __builtin_cpu_supports("pclmul"); }

#define CRC32_FOLD(x, by, next)                                                                                         \
    _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00), _mm_clmulepi64_si128(x, by, 0x11)), next)

/* `count` is a multiple of 16, and at least 64. */
__attribute__((target("pclmul"))) static uint32_t crc32_folded(const uint8_t *data, size_t count, uint32_t crc) {
    const __m128i by_four = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_one = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    const __m128i polynomial = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    const __m128i halves = _mm_setr_epi32(-1, 0, -1, 0);
    const __m128i *at = (const __m128i *)data, *end = (const __m128i *)(data + count);
    __m128i a = _mm_xor_si128(_mm_loadu_si128(at), _mm_cvtsi32_si128((int)crc));
    __m128i b = _mm_loadu_si128(at + 1), c = _mm_loadu_si128(at + 2), d = _mm_loadu_si128(at + 3), low;
    for (at += 4; end - at >= 4; at += 4) {
        a = CRC32_FOLD(a, by_four, _mm_loadu_si128(at));
        b = CRC32_FOLD(b, by_four, _mm_loadu_si128(at + 1));
        c = CRC32_FOLD(c, by_four, _mm_loadu_si128(at + 2));
        d = CRC32_FOLD(d, by_four, _mm_loadu_si128(at + 3));
    }
    a = CRC32_FOLD(a, by_one, b);
    a = CRC32_FOLD(a, by_one, c);
    a = CRC32_FOLD(a, by_one, d);
    for (; at < end; at++)
        a = CRC32_FOLD(a, by_one, _mm_loadu_si128(at));
    /* 128 bits to 64, to 32. */
    a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, by_one, 0x10));
    low = _mm_and_si128(a, halves);
    a = _mm_xor_si128(_mm_srli_si128(a, 4), _mm_clmulepi64_si128(low, _mm_set_epi64x(0, 0x0163cd6124), 0x00));
    /* Barrett's reduction. */
    low = _mm_and_si128(_mm_clmulepi64_si128(_mm_and_si128(a, halves), polynomial, 0x10), halves);
    a = _mm_xor_si128(a, _mm_clmulepi64_si128(low, polynomial, 0x00));
    return (uint32_t)_mm_cvtsi128_si32(_mm_srli_si128(a, 4));
}
#else
static int crc32_is_fast(void) { return 0; }
static uint32_t crc32_folded(const uint8_t *data, size_t count, uint32_t crc) { return crc32_plain(data, count, crc); }
#endif

/* As `zlib.crc32(data)`. */
static uint32_t crc32_of(const uint8_t *data, size_t count) {
    uint32_t crc = 0xFFFFFFFFu;
    size_t head = count & ~(size_t)15;
    if (head >= 64)
        crc = crc32_folded(data, head, crc);
    else
        head = 0;
    return ~crc32_plain(data + head, count - head, crc);
}

#endif
