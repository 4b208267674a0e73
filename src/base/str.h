/* Cutting, comparing and reading borrowed bytes. Nothing here allocates or looks at a locale. */
#ifndef ASSAY_BASE_STR_H
#define ASSAY_BASE_STR_H

#include "assay/words.h"

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b);                              /* ASCII */
bool str_is_one_of(struct str text, const char *const *words, size_t count); /* str_eq to any */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_ends_nocase(struct str s, struct str suffix);
int str_cmp(struct str a, struct str b); /* bytewise, shorter first */
/* Offset of the first needle in s from `from`, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle, size_t from);
size_t str_find_nocase(struct str s, struct str needle, size_t from);
/* s[from, to), clamped to s. */
struct str str_slice(struct str s, size_t from, size_t to);
/* A copy with a NUL behind it, to be freed; NULL without memory. */
MUST_USE char *str_dup(struct str s);
struct str str_trim(struct str s); /* ASCII white space at both ends */

struct str_cut {
    struct str head, tail;
    bool found;
};
/* At the first separator: head before, tail behind; without one head is all of s. */
struct str_cut str_cut(struct str s, char separator);

/* ASCII, whatever the locale. Space: what isspace() has in the C locale. */
static inline bool str_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool str_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool str_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
/* 0 to 15 for a hex digit of either case, else -1. */
static inline int str_hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The whole of s as a decimal number. False if it is empty, has a foreign byte or overflows. */
bool str_u64(struct str s, uint64_t *ret_value);
bool str_i64(struct str s, int64_t *ret_value);
/* The whole of s as a decimal floating-point number (C locale); no hex, inf or nan. */
bool str_double(struct str s, double *ret_value);

/* Length of the valid UTF-8 sequence at s (1..4; RFC 3629: no surrogates, nothing overlong), 0 if none. */
size_t str_utf8_step(struct str s);
bool str_is_utf8(struct str s);

/* Levenshtein distance of two short words (<= 63 bytes each), for "did you mean". */
size_t str_distance(struct str a, struct str b);

/* Bytes for a terminal: controls, DEL, bidi and zero-width marks and invalid UTF-8 become \xNN or
 * \uNNNN; cut at max_bytes of output with "~" (0: 200). Returns what was written (out is NUL-terminated). */
size_t str_escape(char *out, size_t out_bytes, struct str s, size_t max_bytes);

/* 64-bit hash for tables in memory (XXH3). Not for evidence. */
uint64_t str_hash(struct str s);

#endif
