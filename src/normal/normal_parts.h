/* What the files of the one spelling share.
 *
 *   normal.c ......... which reader is tried; secrets      normal_time.c .... dates and times
 *   normal_email.c ... addresses                           normal_phone.c ... telephone numbers
 *   normal_number.c .. numbers and decimals                normal_digest.c .. hex, base64, UUID
 *   normal_text.c .... folding                             normal_scan.h .... many bytes at a time */
#ifndef ASSAY_NORMAL_NORMAL_PARTS_H
#define ASSAY_NORMAL_NORMAL_PARTS_H

#include "base/str.h"
#include "normal/normal.h"

static inline struct str normal_strip_zeros(struct str digits)
{
    while (digits.len > 1 && digits.data[0] == '0') {
        digits = str_slice(digits, 1, digits.len);
    }
    return digits;
}

static inline bool normal_wants(const struct normalizer *normalizer, enum normal_class class)
{
    return (normalizer->wanted >> class & 1U) != 0;
}

/* s is trimmed, UTF-8 and not empty. False: no address; out is as it was. */
bool normal_take_email(struct normalizer *normalizer, struct str s, struct normal *out);
/* [+-]digits and a fraction. A whole "12.00" is the number 12. s begins with a digit or a sign. */
bool normal_take_number(struct normalizer *normalizer, struct str s, struct normal *out);

/* An instant in any written form but a plain number; s is trimmed and not empty. Without a zone it is UTC, fractions are
 * dropped (towards the past). */
bool normal_take_time(struct str s, bool day_first, int64_t *ret_seconds);
/* "2020-03-14 21:47:09" or with T between, all of s. */
bool normal_take_stamp(struct str s, int64_t *ret_seconds);

/* The key within `digits`, always an end of it. */
struct phone_shape {
    bool is_international; /* a plus stood before the digits */
    size_t first_group;    /* digits before the first mark */
};
struct str normal_phone_key(struct str digits, struct phone_shape shape, unsigned *ret_country);

/* Hex and base64 of a digest's length, UUIDs: lower-case hex without dashes. False: none of these. Base64 without padding is
 * one only if it looks random. Borrowed from s or scratch. */
bool normal_take_digest(struct buf *scratch, struct str s, bool is_random, struct str *ret_hex);

/* Bytes that are not UTF-8 are taken for CP1252, whatever the rest of the file is. Borrowed from s or out. */
struct str normal_utf8(struct buf *out, struct str s);

/* NFKC, case folded, white space collapsed, of UTF-8. Borrowed from s or scratch, where s must not lie. */
struct str normal_fold(struct buf *scratch, struct str s, bool has_high);

#endif
