/* The shapes that make up nearly all cells, told without a call where that is all there is to say: each is its own spelling, or
 * an instant. normal.c reads what is none of them. */
#ifndef ASSAY_NORMAL_NORMAL_QUICK_H
#define ASSAY_NORMAL_NORMAL_QUICK_H

#include "normal/normal_parts.h"
#include "normal/normal_scan.h"

enum { NORMAL_PHONE_MOST = 16 };

/* One @, a dot behind it, nothing but printable ASCII without capitals, no "mailto:" and nothing to be cut from the end: an
 * address that is its own spelling. */
static inline bool normal_is_spelled_email(struct str s, const struct scan *scan)
{
    if (scan->at == 0 || (scan->at & (scan->at - 1)) != 0 || (scan->odd | scan->upper) != 0) {
        return false;
    }
    char last = s.data[s.len - 1];
    if (last == '>' || last == '.' || (s.len > 7 && s.data[6] == ':')) {
        return false;
    }
    unsigned at = (unsigned)__builtin_ctzll(scan->at);
    uint64_t dots = at + 2 < s.len ? scan->dot >> (at + 2) << (at + 2) : 0;
    return at > 0 && dots != 0 && (size_t)__builtin_ctzll(dots) + 1 < s.len;
}

/* "+49..." and nothing but digits, as many as a phone has. s is not empty. */
static inline bool normal_is_plain_phone(struct str s)
{
    return s.data[0] == '+' && s.len >= 9 && s.len <= 1 + NORMAL_PHONE_MOST && scan_is_digits(s.data + 1, s.len - 1);
}

/* The class of a cell that is its own spelling, or of an instant, *ret_seconds; NORMAL_CLASSES: not told. A phone is only told
 * if it is not among the wanted classes, as its spelling is another one. Cells with white space around them are none. */
static inline enum normal_class normal_quick(struct str s, unsigned wanted, int64_t *ret_seconds)
{
    unsigned char first = s.len == 0 ? 0 : (unsigned char)s.data[0];
    if (first >= '0' && first <= '9') {
        if (s.len < 32 && scan_is_digits(s.data, s.len)) {
            return first != '0' || s.len == 1 ? NORMAL_NUMBER : NORMAL_CLASSES;
        }
        if (normal_take_stamp(s, ret_seconds)) {
            return *ret_seconds % 86400 != 0 ? NORMAL_TIME : NORMAL_DATE;
        }
    }
    if (first == '+' && (wanted >> NORMAL_PHONE & 1U) == 0 && normal_is_plain_phone(s)) {
        return NORMAL_PHONE;
    }
    if (s.len < 5 || s.len > SCAN_MAX) {
        return NORMAL_CLASSES;
    }
    if (first == '$' && s.data[1] == '2' && s.len >= 20 && scan_is_plain(s)) { /* bcrypt */
        return NORMAL_SECRET;
    }
    struct scan scan = scan_bytes(s);
    return normal_is_spelled_email(s, &scan) ? NORMAL_EMAIL : NORMAL_CLASSES;
}

#endif
