/* Does a text look like a stand-in for a secret? docs/semantics.md, 2, says what counts; its twin is in the reference.

   The text is folded: ASCII letters in lower case, whatever is not ASCII as 1. */

#ifndef GUARDC_PLACEHOLDER_H
#define GUARDC_PLACEHOLDER_H

#include <string.h>

enum {
    PLACEHOLDER_REPEATED = 6,   /* so often one letter or digit */
    PLACEHOLDER_STEPS = 6,      /* so many letters or digits in sequence */
    PLACEHOLDER_PERIODIC = 12,  /* so many letters or digits, of which two to four repeat */
};

static const char *const placeholder_words[] = {
    "example", "sample", "dummy", "placeholder", "changeme", "change_me", "change-me", "replaceme", "replace_me",
    "replace-me", "insert_", "insert-", "your_", "your-", "yourkey", "yourapi", "yourtoken", "yoursecret",
    "yourpassword", "redacted", "foobar", "fake", "notreal", "not_real", "not-real", "deadbeef", "qwerty",
    "${", "{{", "#{", "$(", "%(", "xxxx", "****", "....",
};

static inline int placeholder_is_alnum(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* Is `to` the letter or digit behind `from`? 0 comes behind 9. */
static inline int placeholder_follows(unsigned char from, unsigned char to) {
    if (!placeholder_is_alnum(from) || !placeholder_is_alnum(to)) return 0;
    return to == from + 1 || (from == '9' && to == '0');
}

static int placeholder_has_word(const char *text, int n, const char *word) {
    int length = (int)strlen(word), i;
    for (i = 0; i + length <= n; i++)
        if (!memcmp(text + i, word, length)) return 1;
    return 0;
}

/* `<name>`: a letter behind the `<`, and a `>` later. */
static int placeholder_in_brackets(const char *text, int n) {
    int i;
    for (i = 0; i + 2 < n; i++)
        if (text[i] == '<' && text[i + 1] >= 'a' && text[i + 1] <= 'z') return memchr(text + i, '>', n - i) != NULL;
    return 0;
}

/* Runs of letters and digits: one character again and again, a sequence up or down, a short piece again and again. */
static int placeholder_in_rows(const unsigned char *text, int n) {
    int same = 1, up = 1, down = 1, periodic[5] = {0, 0, 0, 0, 0}, i, period;
    for (i = 0; i < n; i++) {
        int counts = placeholder_is_alnum(text[i]);
        same = counts && i && text[i] == text[i - 1] ? same + 1 : 1;
        up = i && placeholder_follows(text[i - 1], text[i]) ? up + 1 : 1;
        down = i && placeholder_follows(text[i], text[i - 1]) ? down + 1 : 1;
        if (same >= PLACEHOLDER_REPEATED || up >= PLACEHOLDER_STEPS || down >= PLACEHOLDER_STEPS) return 1;
        for (period = 2; period <= 4; period++) {
            /* A row that goes on from `period` characters before, and these are counted too. */
            periodic[period] = !counts ? 0 : i >= period && periodic[period] >= period && text[i] != text[i - period] ? period
                                                                                         : periodic[period] + 1;
            if (periodic[period] >= PLACEHOLDER_PERIODIC) return 1;
        }
    }
    return 0;
}

static int looks_like_placeholder(const unsigned char *text, int n) {
    size_t k;
    for (k = 0; k < sizeof placeholder_words / sizeof *placeholder_words; k++)
        if (placeholder_has_word((const char *)text, n, placeholder_words[k])) return 1;
    return placeholder_in_brackets((const char *)text, n) || placeholder_in_rows(text, n);
}

#endif
