/* The sieve: which places of a text are worth a look, many at a time.

   A group has, for each of four characters, 16 entries by the low and 16 by the high four bits of a byte. Place i is
   marked if in some group one bit is set in all eight entries that bytes i to i + 3 select. How the tables come about,
   and why this is enough, is in compiler/prefilter/buckets.py.

   There is one body per instruction set, all with the same result: `sieve_scalar` is the definition, the others look 16,
   32 or 64 entries up at once with a byte shuffle (the Teddy algorithm of Hyperscan). They need no flags of the compiler:
   each function names its own target. The place for NEON (`vqtbl1q_u8`) is beside SSSE3. */

#ifndef GUARDC_SIEVE_H
#define GUARDC_SIEVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIEVE_BLOCK 64 /* places per word of marks */
#define SIEVE_AHEAD 3  /* bytes that are read behind the last place */
#define SIEVE_MOST_GROUPS 8

typedef struct {
    uint8_t low[4][16];
    uint8_t high[4][16];
} sieve_group;

/* Marks `blocks` times 64 places of `text`; bit j of `marks[b]` is place 64 * b + j. Reads 64 * blocks + 3 bytes. */
typedef void (*sieve_body)(const sieve_group *groups, size_t count, const uint8_t *text, size_t blocks, uint64_t *marks);

static void sieve_scalar(const sieve_group *groups, size_t count, const uint8_t *text, size_t blocks, uint64_t *marks) {
    for (size_t b = 0; b < blocks; b++) {
        uint64_t word = 0;
        for (size_t j = 0; j < SIEVE_BLOCK; j++) {
            const uint8_t *at = text + SIEVE_BLOCK * b + j;
            for (size_t g = 0; g < count; g++) {
                unsigned bits = 0xFF;
                for (size_t k = 0; k < 4; k++)
                    bits &= groups[g].low[k][at[k] & 15] & groups[g].high[k][at[k] >> 4];
                if (bits) {
                    word |= (uint64_t)1 << j;
                    break;
                }
            }
        }
        marks[b] = word;
    }
}

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("ssse3"), always_inline)) static inline void sieve_ssse3_groups(
    const sieve_group *groups, const int count, const uint8_t *text, size_t blocks, uint64_t *marks) {
    const __m128i half = _mm_set1_epi8(15);
    for (size_t b = 0; b < blocks; b++) {
        uint64_t word = 0;
        for (int part = 0; part < 4; part++) {
            const uint8_t *at = text + SIEVE_BLOCK * b + 16 * part;
            __m128i bits[SIEVE_MOST_GROUPS];
            for (int k = 0; k < 4; k++) {
                const __m128i bytes = _mm_loadu_si128((const __m128i *)(at + k));
                const __m128i low = _mm_and_si128(bytes, half);
                const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), half);
                for (int g = 0; g < count; g++) {
                    const __m128i both = _mm_and_si128(
                        _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)groups[g].low[k]), low),
                        _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)groups[g].high[k]), high));
                    bits[g] = k ? _mm_and_si128(bits[g], both) : both;
                }
            }
            __m128i any = bits[0];
            for (int g = 1; g < count; g++)
                any = _mm_or_si128(any, bits[g]);
            const unsigned none = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(any, _mm_setzero_si128()));
            word |= (uint64_t)(~none & 0xFFFF) << (16 * part);
        }
        marks[b] = word;
    }
}

__attribute__((target("avx2"), always_inline)) static inline void sieve_avx2_groups(
    const sieve_group *groups, const int count, const uint8_t *text, size_t blocks, uint64_t *marks) {
    const __m256i half = _mm256_set1_epi8(15);
    for (size_t b = 0; b < blocks; b++) {
        uint64_t word = 0;
        for (int part = 0; part < 2; part++) {
            const uint8_t *at = text + SIEVE_BLOCK * b + 32 * part;
            __m256i bits[SIEVE_MOST_GROUPS];
            for (int k = 0; k < 4; k++) {
                const __m256i bytes = _mm256_loadu_si256((const __m256i *)(at + k));
                const __m256i low = _mm256_and_si256(bytes, half);
                const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
                for (int g = 0; g < count; g++) {
                    const __m256i both = _mm256_and_si256(
                        _mm256_shuffle_epi8(
                            _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)groups[g].low[k])), low),
                        _mm256_shuffle_epi8(
                            _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)groups[g].high[k])), high));
                    bits[g] = k ? _mm256_and_si256(bits[g], both) : both;
                }
            }
            __m256i any = bits[0];
            for (int g = 1; g < count; g++)
                any = _mm256_or_si256(any, bits[g]);
            const uint32_t none = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(any, _mm256_setzero_si256()));
            word |= (uint64_t)(uint32_t)~none << (32 * part);
        }
        marks[b] = word;
    }
}

__attribute__((target("avx512bw"), always_inline)) static inline void sieve_avx512_groups(
    const sieve_group *groups, const int count, const uint8_t *text, size_t blocks, uint64_t *marks) {
    const __m512i half = _mm512_set1_epi8(15);
    for (size_t b = 0; b < blocks; b++) {
        const uint8_t *at = text + SIEVE_BLOCK * b;
        __m512i bits[SIEVE_MOST_GROUPS];
        for (int k = 0; k < 4; k++) {
            const __m512i bytes = _mm512_loadu_si512((const void *)(at + k));
            const __m512i low = _mm512_and_si512(bytes, half);
            const __m512i high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), half);
            for (int g = 0; g < count; g++) {
                const __m512i both = _mm512_and_si512(
                    _mm512_shuffle_epi8(
                        _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)groups[g].low[k])), low),
                    _mm512_shuffle_epi8(
                        _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)groups[g].high[k])), high));
                bits[g] = k ? _mm512_and_si512(bits[g], both) : both;
            }
        }
        __m512i any = bits[0];
        for (int g = 1; g < count; g++)
            any = _mm512_or_si512(any, bits[g]);
        marks[b] = _mm512_test_epi8_mask(any, any);
    }
}

/* The number of groups as a constant, so that the loops over them disappear. */
#define SIEVE_CASE(name, number)                                                                                      \
    case number:                                                                                                      \
        name##_groups(groups, number, text, blocks, marks);                                                           \
        break;

#define SIEVE_DISPATCH(name)                                                                                          \
    static void name(const sieve_group *groups, size_t count, const uint8_t *text, size_t blocks, uint64_t *marks) {  \
        switch (count) {                                                                                              \
            SIEVE_CASE(name, 1)                                                                                       \
            SIEVE_CASE(name, 2)                                                                                       \
            SIEVE_CASE(name, 3)                                                                                       \
            SIEVE_CASE(name, 4)                                                                                       \
            SIEVE_CASE(name, 5)                                                                                       \
            SIEVE_CASE(name, 6)                                                                                       \
            SIEVE_CASE(name, 7)                                                                                       \
            SIEVE_CASE(name, 8)                                                                                       \
        }                                                                                                             \
    }

__attribute__((target("ssse3"))) SIEVE_DISPATCH(sieve_ssse3)
__attribute__((target("avx2"))) SIEVE_DISPATCH(sieve_avx2)
__attribute__((target("avx512bw"))) SIEVE_DISPATCH(sieve_avx512)

static int sieve_has_ssse3(void) { return __builtin_cpu_supports("ssse3"); }
static int sieve_has_avx2(void) { return __builtin_cpu_supports("avx2"); }
/* Processors that have VBMI do not slow down for 512 bits. */
static int sieve_has_avx512(void) { return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi"); }
#else
#define sieve_ssse3 sieve_scalar
#define sieve_avx2 sieve_scalar
#define sieve_avx512 sieve_scalar
static int sieve_has_ssse3(void) { return 0; }
static int sieve_has_avx2(void) { return 0; }
static int sieve_has_avx512(void) { return 0; }
#endif

/* The lowest bit that is set. `word` is not 0. */
static inline int sieve_lowest(uint64_t word) {
#if defined(__GNUC__)
    return __builtin_ctzll(word);
#else
    int place = 0;
    while (!(word >> place & 1))
        place++;
    return place;
#endif
}

#endif
