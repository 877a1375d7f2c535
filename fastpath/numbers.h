/* Check digits of numbers that people, things and accounts have.

   A number comes compact: only its ASCII letters, in upper case, and its digits. Each function is one of layout.CHECKS, says
   where its rule is from, and has a twin in tests/support/check_digits.py. python-stdnum is the oracle of the tests. */

#ifndef GUARDC_NUMBERS_H
#define GUARDC_NUMBERS_H

#include <stdint.h>
#include <string.h>

typedef const unsigned char *compact;

static int are_digits(compact s, int n) {
    int i;
    for (i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9') return 0;
    return 1;
}

static int are_same(compact s, int n) {
    int i;
    for (i = 1; i < n; i++)
        if (s[i] != s[0]) return 0;
    return 1;
}

/* The value of a letter or digit: A is 10. */
static int value_of(unsigned char c) { return c <= '9' ? c - '0' : c - 'A' + 10; }

static int weighted(compact s, const signed char *weights, int n) {
    int i, sum = 0;
    for (i = 0; i < n; i++) sum += weights[i] * (s[i] - '0');
    return sum;
}

/* The sum of the Luhn formula: the last digit counts once. */
static int luhn_sum(compact s, int n) {
    int i, sum = 0;
    for (i = 0; i < n; i++) {
        int digit = s[n - 1 - i] - '0';
        if (i & 1) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
        sum += digit;
    }
    return sum;
}

static int remainder_of(compact s, int n, int modulus) {
    int i, rest = 0;
    for (i = 0; i < n; i++) rest = (10 * rest + s[i] - '0') % modulus;
    return rest;
}

/* Verhoeff (1969): the dihedral group of order ten. Aadhaar. */
static int check_verhoeff(compact s, int n) {
    static const unsigned char times[10][10] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
        {3, 4, 0, 1, 2, 8, 9, 5, 6, 7}, {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
        {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3}, {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
        {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}};
    static const unsigned char moved[8][10] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}, {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
        {8, 9, 1, 6, 0, 4, 3, 5, 2, 7}, {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
        {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};
    int i, check = 0;
    if (n < 2 || !are_digits(s, n)) return 0;
    for (i = 0; i < n; i++) check = times[check][moved[i & 7][s[n - 1 - i] - '0']];
    return check == 0;
}

/* ISO 2108 annex A, GS1 General Specifications 7.9: weights 1 and 3. EAN-13, ISBN-13, the Swiss AHV number. */
static int check_ean13(compact s, int n) {
    static const signed char weights[] = {1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1};
    return n == 13 && are_digits(s, n) && weighted(s, weights, 13) % 10 == 0;
}

/* ISO 2108: ISBN-13, or the older ISBN-10 with weights 10 to 1 modulo 11 and X for ten. */
static int check_isbn(compact s, int n) {
    static const signed char weights[] = {10, 9, 8, 7, 6, 5, 4, 3, 2};
    if (n == 13) return (!memcmp(s, "978", 3) || !memcmp(s, "979", 3)) && check_ean13(s, n);
    if (n != 10 || !are_digits(s, 9) || !(are_digits(s + 9, 1) || s[9] == 'X')) return 0;
    return (weighted(s, weights, 9) + (s[9] == 'X' ? 10 : s[9] - '0')) % 11 == 0;
}

/* 49 CFR 565.15: vehicle identification numbers of North America. */
static int check_vin(compact s, int n) {
    static const unsigned char letters[] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9};
    static const unsigned char weights[] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    int i, sum = 0;
    if (n != 17) return 0;
    for (i = 0; i < n; i++) {
        int value = s[i] <= '9' ? s[i] - '0' : letters[s[i] - 'A'];
        if (s[i] == 'I' || s[i] == 'O' || s[i] == 'Q') return 0;
        sum += weights[i] * value;
    }
    return s[8] == "0123456789X"[sum % 11];
}

/* 45 CFR 162.406: US health care providers; Luhn behind the prefix 80840, which adds 24. */
static int check_npi(compact s, int n) { return n == 10 && are_digits(s, n) && (luhn_sum(s, n) + 24) % 10 == 0; }

/* ABA routing numbers: weights 3, 7, 1; the first two digits name a Federal Reserve district. */
static int check_aba(compact s, int n) {
    static const signed char weights[] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    int district;
    if (n != 9 || !are_digits(s, n) || are_same(s, n)) return 0;
    district = 10 * (s[0] - '0') + s[1] - '0';
    if (!(district <= 12 || (district >= 21 && district <= 32) || (district >= 61 && district <= 72) || district == 80))
        return 0;
    return weighted(s, weights, 9) % 10 == 0;
}

/* NHS Data Dictionary: weights 10 to 2 modulo 11. */
static int check_uk_nhs(compact s, int n) {
    static const signed char weights[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    return n == 10 && are_digits(s, n) && !are_same(s, n) && weighted(s, weights, 10) % 11 == 0;
}

/* German tax identification number, BZSt: ISO/IEC 7064 MOD 11,10; of the first ten digits one comes twice or three times. */
static int check_de_tax_id(compact s, int n) {
    int counts[10] = {0}, i, repeated = 0, product = 10;
    if (n != 11 || !are_digits(s, n) || s[0] == '0') return 0;
    for (i = 0; i < 10; i++) {
        int sum = (s[i] - '0' + product) % 10;
        product = 2 * (sum ? sum : 10) % 11;
        counts[s[i] - '0']++;
    }
    for (i = 0; i < 10; i++) {
        if (counts[i] > 3) return 0;
        repeated += counts[i] > 1;
    }
    return repeated == 1 && (11 - product) % 10 == s[10] - '0';
}

/* French NIR, INSEE: 97 minus the remainder; Corsica's 2A and 2B count as 19 and 18. */
static int check_fr_nir(compact s, int n) {
    unsigned char digits[15];
    if (n != 15) return 0;
    memcpy(digits, s, 15);
    if (digits[5] == '2' && (digits[6] == 'A' || digits[6] == 'B')) {
        digits[5] = '1';
        digits[6] = s[6] == 'A' ? '9' : '8';
    }
    if (!are_digits(digits, 15)) return 0;
    return 97 - remainder_of(digits, 13, 97) == 10 * (digits[13] - '0') + digits[14] - '0';
}

/* Spanish NIF of persons (8 digits and a letter), NIE (X, Y, Z) and of companies (a letter, 7 digits, a digit or letter). */
static int check_es_nif(compact s, int n) {
    unsigned char digits[8];
    int i, sum = 0;
    if (n != 9) return 0;
    memcpy(digits, s, 8);
    if (s[0] >= 'X' && s[0] <= 'Z') digits[0] = s[0] - 'X' + '0';
    if (are_digits(digits, 8)) return s[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[remainder_of(digits, 8, 23)];
    if (s[0] == 0 || !strchr("ABCDEFGHJNPQRSUVW", s[0]) || !are_digits(s + 1, 7)) return 0;
    for (i = 1; i < 8; i++) {
        int digit = s[i] - '0';
        sum += i & 1 ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
    }
    sum = (10 - sum % 10) % 10;
    if (s[8] == '0' + sum) return !strchr("PQRSNW", s[0]);
    return s[8] == "JABCDEFGHI"[sum] && !strchr("ABEH", s[0]);
}

/* Italian codice fiscale, DM 23/12/1976. */
static int check_it_codice_fiscale(compact s, int n) {
    static const unsigned char odd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
    int i, sum = 0;
    if (n != 16) return 0;
    for (i = 0; i < 15; i++) {
        int value = s[i] <= '9' ? s[i] - '0' : s[i] - 'A';
        sum += i & 1 ? value : odd[value];
    }
    return s[15] == 'A' + sum % 26;
}

/* Brazil: two digits, each from weights that count down to 2, modulo 11; ten and eleven count as 0. */
static int brazilian(compact s, int n, int from) {
    int i, round;
    for (round = 0; round < 2; round++) {
        int count = n - 2 + round, sum = 0, weight = 2;
        for (i = count - 1; i >= 0; i--) {
            sum += weight * (s[i] - '0');
            weight = weight == from ? 2 : weight + 1;
        }
        sum = 11 - sum % 11;
        if (s[count] - '0' != (sum > 9 ? 0 : sum)) return 0;
    }
    return 1;
}

static int check_br_cpf(compact s, int n) { return n == 11 && are_digits(s, n) && !are_same(s, n) && brazilian(s, n, 11); }

/* Since July 2026 with letters too, which count by their code. */
static int check_br_cnpj(compact s, int n) {
    return n == 14 && are_digits(s + 12, 2) && !are_same(s, n) && brazilian(s, n, 9);
}

static int check_au_tfn(compact s, int n) {
    static const signed char weights[] = {1, 4, 3, 7, 5, 8, 6, 9, 10};
    return n == 9 && are_digits(s, n) && !are_same(s, n) && weighted(s, weights, 9) % 11 == 0;
}

/* Australian Business Register: the first digit less one. */
static int check_au_abn(compact s, int n) {
    static const signed char weights[] = {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19};
    return n == 11 && are_digits(s, n) && s[0] != '0' && (weighted(s, weights, 11) - 10) % 89 == 0;
}

static int check_au_medicare(compact s, int n) {
    static const signed char weights[] = {1, 3, 7, 9, 1, 3, 7, 9};
    if ((n != 10 && n != 11) || !are_digits(s, n) || s[0] < '2' || s[0] > '6') return 0;
    return weighted(s, weights, 8) % 10 == s[8] - '0';
}

/* The Dutch elfproef. */
static int check_nl_bsn(compact s, int n) {
    static const signed char weights[] = {9, 8, 7, 6, 5, 4, 3, 2, -1};
    return n == 9 && are_digits(s, n) && !are_same(s, n) && weighted(s, weights, 9) % 11 == 0;
}

static int check_pl_pesel(compact s, int n) {
    static const signed char weights[] = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1};
    return n == 11 && are_digits(s, n) && weighted(s, weights, 11) % 10 == 0;
}

/* Swedish personal number: Luhn over the last ten digits, the century left out. */
static int check_se_personnummer(compact s, int n) {
    if ((n != 10 && n != 12) || !are_digits(s, n)) return 0;
    return luhn_sum(s + n - 10, 10) % 10 == 0;
}

/* Belgian national number: 97 minus the remainder, with a 2 before it for those born since 2000. */
static int check_be_national(compact s, int n) {
    int rest, check;
    if (n != 11 || !are_digits(s, n)) return 0;
    rest = remainder_of(s, 9, 97);
    check = 10 * (s[9] - '0') + s[10] - '0';
    /* 2,000,000,000 leaves 2 * 10^9 mod 97. */
    return check == 97 - rest || check == 97 - (rest + 2000000000 % 97) % 97;
}

static int check_pt_nif(compact s, int n) {
    static const signed char weights[] = {9, 8, 7, 6, 5, 4, 3, 2};
    int check;
    if (n != 9 || !are_digits(s, n) || s[0] == '0' || are_same(s, n)) return 0;
    check = 11 - weighted(s, weights, 8) % 11;
    return s[8] - '0' == (check > 9 ? 0 : check);
}

/* GB 11643-1999: ISO/IEC 7064 MOD 11-2. */
static int check_cn_resident(compact s, int n) {
    static const signed char weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    return n == 18 && are_digits(s, 17) && s[17] == "10X98765432"[weighted(s, weights, 17) % 11];
}

/* Japanese individual number, Order No. 85 of 2014, article 5. */
static int check_jp_my_number(compact s, int n) {
    static const signed char weights[] = {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    int rest;
    if (n != 12 || !are_digits(s, n) || are_same(s, n)) return 0;
    rest = weighted(s, weights, 11) % 11;
    return s[11] - '0' == (rest < 2 ? 0 : 11 - rest);
}

static int check_kr_rrn(compact s, int n) {
    static const signed char weights[] = {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5};
    return n == 13 && are_digits(s, n) && (11 - weighted(s, weights, 12) % 11) % 10 == s[12] - '0';
}

/* Mexican CURP, RENAPO: values in an alphabet with an N tilde behind N. */
static int check_mx_curp(compact s, int n) {
    int i, sum = 0;
    if (n != 18 || !are_digits(s + 17, 1)) return 0;
    for (i = 0; i < 17; i++) sum += (18 - i) * (value_of(s[i]) + (s[i] > 'N'));
    return (10 - sum % 10) % 10 == s[17] - '0';
}

/* Singapore's NRIC and FIN of the series S, T, F and G. */
static int check_sg_nric(compact s, int n) {
    static const signed char weights[] = {2, 7, 6, 5, 4, 3, 2};
    int sum;
    if (n != 9 || !are_digits(s + 1, 7)) return 0;
    sum = weighted(s + 1, weights, 7);
    if (s[0] == 'S' || s[0] == 'T') return s[8] == "JZIHGFEDCBA"[(sum + (s[0] == 'T' ? 4 : 0)) % 11];
    if (s[0] == 'F' || s[0] == 'G') return s[8] == "XWUTRQPNMLK"[(sum + (s[0] == 'G' ? 4 : 0)) % 11];
    return 0;
}

/* Norwegian national identity number, Skatteetaten: two digits modulo 11. */
static int check_no_fodselsnummer(compact s, int n) {
    static const signed char first[] = {3, 7, 6, 1, 8, 9, 4, 5, 2, 1}, second[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
    return n == 11 && are_digits(s, n) && weighted(s, first, 10) % 11 == 0 && weighted(s, second, 11) % 11 == 0;
}

/* Finnish personal identity code: ddmmyy, a sign for the century that is a letter or left out here, three digits, and a
   character for the remainder of the nine digits modulo 31. */
static int check_fi_hetu(compact s, int n) {
    unsigned char digits[9];
    if (n == 11) {
        memcpy(digits, s, 6);
        memcpy(digits + 6, s + 7, 3);
    } else if (n == 10) {
        memcpy(digits, s, 9);
    } else {
        return 0;
    }
    return are_digits(digits, 9) && s[n - 1] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[remainder_of(digits, 9, 31)];
}

#endif
