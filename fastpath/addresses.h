/* Checksums of addresses of cryptocurrencies. An address comes as it is written: its case counts.

   base58check   SHA-256 twice, four bytes (Bitcoin, Litecoin, Dogecoin, TRON; XRP with an alphabet of its own)
   bech32        BIP-173 for witness version 0, BIP-350 (bech32m) for later ones
   eip55         Keccak-256 of the lower-case address decides the case of its letters (ERC-55) */

#ifndef GUARDC_ADDRESSES_H
#define GUARDC_ADDRESSES_H

#include <stdint.h>
#include <string.h>

typedef const unsigned char *written;

static uint32_t sha256_turn(uint32_t x, int n) { return x >> n | x << (32 - n); }

/* SHA-256 (FIPS 180-4) of at most 55 bytes: one block. */
static void sha256_short(const unsigned char *data, int n, unsigned char *out) {
    static const uint32_t k[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    static const uint32_t begin[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    unsigned char block[64] = {0};
    uint32_t w[64], h[8];
    int i;
    memcpy(block, data, n);
    block[n] = 0x80;
    block[62] = (unsigned char)(n * 8 >> 8);
    block[63] = (unsigned char)(n * 8);
    for (i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] + (sha256_turn(w[i - 15], 7) ^ sha256_turn(w[i - 15], 18) ^ w[i - 15] >> 3)
             + (sha256_turn(w[i - 2], 17) ^ sha256_turn(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(h, begin, sizeof h);
    for (i = 0; i < 64; i++) {
        uint32_t a = h[7] + (sha256_turn(h[4], 6) ^ sha256_turn(h[4], 11) ^ sha256_turn(h[4], 25))
                   + ((h[4] & h[5]) ^ (~h[4] & h[6])) + k[i] + w[i];
        uint32_t b = (sha256_turn(h[0], 2) ^ sha256_turn(h[0], 13) ^ sha256_turn(h[0], 22))
                   + ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]));
        memmove(h + 1, h, 7 * sizeof *h);
        h[4] += a;
        h[0] = a + b;
    }
    for (i = 0; i < 32; i++) out[i] = (unsigned char)((h[i / 4] + begin[i / 4]) >> (24 - i % 4 * 8));
}

enum { BASE58_BYTES = 25 }; /* a version, 20 bytes, 4 of the checksum */

static int base58_checked(written s, int n, const char *alphabet) {
    unsigned char bytes[BASE58_BYTES] = {0}, hash[32];
    int i, k, zeros = 0, leading = 0;
    if (n < 25 || n > 35) return 0;
    for (i = 0; i < n; i++) {
        const char *at = s[i] ? strchr(alphabet, s[i]) : NULL;
        int carry;
        if (at == NULL) return 0;
        carry = (int)(at - alphabet);
        for (k = BASE58_BYTES - 1; k >= 0; k--) {
            carry += 58 * bytes[k];
            bytes[k] = (unsigned char)carry;
            carry >>= 8;
        }
        if (carry) return 0;
    }
    /* As many zero digits at the begin as zero bytes. */
    while (zeros < BASE58_BYTES && bytes[zeros] == 0) zeros++;
    while (leading < n && s[leading] == alphabet[0]) leading++;
    if (zeros != leading) return 0;
    sha256_short(bytes, 21, hash);
    sha256_short(hash, 32, hash);
    return !memcmp(hash, bytes + 21, 4);
}

static int check_base58check(written s, int n) {
    return base58_checked(s, n, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
}

static int check_xrp_address(written s, int n) {
    return base58_checked(s, n, "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz");
}

static uint32_t bech32_step(uint32_t rest, uint32_t value) {
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = rest >> 25;
    int i;
    rest = (rest & 0x1ffffff) << 5 ^ value;
    for (i = 0; i < 5; i++)
        if (top >> i & 1) rest ^= generator[i];
    return rest;
}

static int check_bech32(written s, int n) {
    static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    unsigned char lower[90];
    uint32_t rest = 1;
    int i, mark = -1, lowers = 0, uppers = 0, version = -1;
    if (n > 90) return 0;
    for (i = 0; i < n; i++) {
        lowers += s[i] >= 'a' && s[i] <= 'z';
        uppers += s[i] >= 'A' && s[i] <= 'Z';
        lower[i] = s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i];
        if (lower[i] == '1') mark = i;
    }
    /* A name, the mark, the version, two bytes at least in four characters, and six of the checksum. */
    if ((lowers && uppers) || mark < 1 || n - mark - 1 < 11) return 0;
    for (i = 0; i < mark; i++) rest = bech32_step(rest, lower[i] >> 5);
    rest = bech32_step(rest, 0);
    for (i = 0; i < mark; i++) rest = bech32_step(rest, lower[i] & 31);
    for (i = mark + 1; i < n; i++) {
        const char *at = lower[i] ? strchr(alphabet, lower[i]) : NULL;
        if (at == NULL) return 0;
        if (version < 0) version = (int)(at - alphabet);
        rest = bech32_step(rest, (uint32_t)(at - alphabet));
    }
    return rest == (version ? 0x2bc830a3u : 1u);
}

static uint64_t keccak_turn(uint64_t x, int n) { return n ? x << n | x >> (64 - n) : x; }

/* Keccak-256 (the submission of 2011, whose padding differs from FIPS 202) of at most 135 bytes: one block. */
static void keccak256_short(const unsigned char *data, int n, unsigned char *out) {
    static const unsigned char turns[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                            25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};
    uint64_t state[25] = {0}, moved[25], column[5];
    unsigned lfsr = 1;
    int i, round, x, y;
    for (i = 0; i < n; i++) state[i / 8] ^= (uint64_t)data[i] << 8 * (i % 8);
    state[n / 8] ^= (uint64_t)1 << 8 * (n % 8);
    state[16] ^= (uint64_t)0x80 << 56;
    for (round = 0; round < 24; round++) {
        for (x = 0; x < 5; x++) column[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
        for (i = 0; i < 25; i++) state[i] ^= column[(i + 4) % 5] ^ keccak_turn(column[(i + 1) % 5], 1);
        for (x = 0; x < 5; x++)
            for (y = 0; y < 5; y++) moved[y + 5 * ((2 * x + 3 * y) % 5)] = keccak_turn(state[x + 5 * y], turns[x + 5 * y]);
        for (i = 0; i < 25; i++)
            state[i] = moved[i] ^ (~moved[i / 5 * 5 + (i + 1) % 5] & moved[i / 5 * 5 + (i + 2) % 5]);
        /* The constant of the round: a linear feedback shift register sets the bits 2^i - 1. */
        for (i = 0; i < 7; i++) {
            if (lfsr & 1) state[0] ^= (uint64_t)1 << ((1 << i) - 1);
            lfsr = lfsr << 1 ^ (lfsr >> 7 ? 0x171 : 0);
        }
    }
    for (i = 0; i < 32; i++) out[i] = (unsigned char)(state[i / 8] >> 8 * (i % 8));
}

/* Letters of one case carry no checksum. */
static int check_eip55(written s, int n) {
    unsigned char lower[40], hash[32];
    int i, lowers = 0, uppers = 0;
    if (n != 42 || s[0] != '0' || s[1] != 'x') return 0;
    for (i = 0; i < 40; i++) {
        unsigned char c = s[i + 2];
        int upper = c >= 'A' && c <= 'F';
        if (!upper && !(c >= 'a' && c <= 'f') && !(c >= '0' && c <= '9')) return 0;
        lowers += c >= 'a';
        uppers += upper;
        lower[i] = upper ? c + 32 : c;
    }
    if (!lowers || !uppers) return 1;
    keccak256_short(lower, 40, hash);
    for (i = 0; i < 40; i++) {
        int high = (hash[i / 2] >> (i % 2 ? 0 : 4) & 15) > 7;
        if (lower[i] >= 'a' && (s[i + 2] < 'a') != high) return 0;
    }
    return 1;
}

#endif
