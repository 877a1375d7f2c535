# Checks of spans that take nothing: checksums, placeholders. Each is plain C over the text in place and has a twin in tests/support/reference.py.

cdef extern from "Python.h":
    int Py_UNICODE_TODECIMAL(Py_UCS4 ch) noexcept nogil
    int Py_UNICODE_ISSPACE(Py_UCS4 ch) noexcept nogil

cdef enum:                          # in the order of layout.CHECKS
    CHECK_LUHN = 0
    CHECK_MOD97 = 1
    CHECK_NO_PLACEHOLDER = 2
    FIRST_COMPACT = 3               # what numbers.h has
    FIRST_WRITTEN = 31              # what addresses.h has

cdef extern from *:
    """
    #include "numbers.h"
    #include "addresses.h"
    static int (*const plain_checks[])(const unsigned char *, int) = {
        check_verhoeff, check_ean13, check_isbn, check_vin, check_npi, check_aba, check_uk_nhs,
        check_de_tax_id, check_fr_nir, check_es_nif, check_it_codice_fiscale, check_br_cpf, check_br_cnpj,
        check_au_tfn, check_au_abn, check_au_medicare, check_nl_bsn, check_pl_pesel, check_se_personnummer,
        check_be_national, check_pt_nif, check_cn_resident, check_jp_my_number, check_kr_rrn, check_mx_curp,
        check_sg_nric, check_no_fodselsnummer, check_fi_hetu, check_base58check, check_xrp_address,
        check_bech32, check_eip55
    };
    """
    int (*plain_checks[])(const unsigned char* text, int length) noexcept nogil


cdef bint luhn(const Char* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """ISO/IEC 7812-1 annex B over the decimal digits of the span; at least two."""
    cdef Py_ssize_t i, seen = 0
    cdef int digit, total = 0
    for i in range(end - 1, start - 1, -1):
        digit = Py_UNICODE_TODECIMAL(text[i])
        if digit < 0:
            continue
        if seen & 1:
            digit *= 2
            if digit > 9:
                digit -= 9
        total = (total + digit) % 10
        seen += 1
    return seen >= 2 and total == 0


cdef int feed_mod97(const Char* text, Py_ssize_t start, Py_ssize_t end, int remainder) noexcept nogil:
    """The remainder after appending the characters of a span; -1 if one of them is neither letter, digit nor separator."""
    cdef Py_ssize_t i
    cdef uint32_t c
    cdef int digit
    for i in range(start, end):
        c = text[i]
        if c == 45 or Py_UNICODE_ISSPACE(c):
            continue
        digit = Py_UNICODE_TODECIMAL(c)
        if digit >= 0:
            remainder = (remainder * 10 + digit) % 97
        elif 65 <= (c & ~<uint32_t>32) <= 90:
            remainder = (remainder * 100 + <int>(c & ~<uint32_t>32) - 55) % 97
        else:
            return -1
    return remainder


cdef bint mod97(const Char* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """ISO/IEC 7064 MOD 97-10 as ISO 13616 uses it: the first four characters count last."""
    cdef Py_ssize_t head = start
    cdef int seen = 0, remainder
    while head < end and seen < 4:
        if text[head] != 45 and not Py_UNICODE_ISSPACE(text[head]):
            seen += 1
        head += 1
    remainder = feed_mod97(text, head, end, 0)
    if remainder < 0 or not has_more(text, head, end):
        return False
    return feed_mod97(text, start, head, remainder) == 1


cdef inline bint has_more(const Char* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Is there anything but separators?"""
    cdef Py_ssize_t i
    for i in range(start, end):
        if text[i] != 45 and not Py_UNICODE_ISSPACE(text[i]):
            return True
    return False


cdef extern from "placeholder.h" nogil:
    bint looks_like_placeholder(const unsigned char* text, int n) noexcept


cdef bint placeholder(const Char* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Whether a span of at most LONGEST_CHECKED characters looks like a stand-in."""
    cdef unsigned char folded[LONGEST_CHECKED]
    cdef Py_ssize_t i
    cdef uint32_t c
    for i in range(start, end):
        c = text[i]
        folded[i - start] = 1 if c > 127 else c + 32 if 65 <= c <= 90 else c
    return looks_like_placeholder(folded, end - start)


cdef bint passes_named(int what, Tables tables, const Char* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """One of layout.CHECKS, by its number."""
    if what == CHECK_LUHN:
        return luhn(text, start, end)
    if what == CHECK_MOD97:
        return mod97(text, start, end)
    if what == CHECK_NO_PLACEHOLDER:
        return not placeholder(text, start, end)
    if what == CHECK_PUBLIC_SUFFIX:
        return has_public_suffix(tables, text, start, end)
    return passes_plain(what, text, start, end)


cdef bint passes_plain(int what, const Char* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Hands a span of at most LONGEST_CHECKED characters on to a check in C, compact or as it is written."""
    cdef unsigned char plain[LONGEST_CHECKED]
    cdef Py_ssize_t i
    cdef uint32_t c
    cdef int digit, n = 0
    for i in range(start, end):
        c = text[i]
        if what >= FIRST_WRITTEN:
            if c > 127:
                return False
            plain[n] = c
            n += 1
            continue
        digit = Py_UNICODE_TODECIMAL(c)
        if digit >= 0:
            plain[n] = 48 + digit
            n += 1
        elif 65 <= (c & ~<uint32_t>32) <= 90:
            plain[n] = c & ~<uint32_t>32
            n += 1
    return plain_checks[what - FIRST_COMPACT](plain, n)
