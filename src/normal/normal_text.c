/* Text: NFKC, case folded, white space collapsed. ASCII needs no tables, and most European names only a small one. */
#include <stdlib.h>
#include <utf8proc.h>

#include "formats/encoding.h"
#include "normal/normal_parts.h"
#include "normal/normal_scan.h"

#include "base/banned.h"

struct str normal_utf8(struct buf *out, struct str s)
{
    if (str_is_utf8(s)) {
        return s;
    }
    buf_reset(out);
    for (size_t i = 0; i < s.len; i++) {
        char point[4];
        size_t len = encoding_put(point, encoding_cp1252((unsigned char)s.data[i]));
        buf_put(out, (struct str){point, len});
    }
    return buf_str(out);
}

/* Never more bytes than s has. */
static void collapse(struct buf *out, struct str s)
{
    char *start = buf_room(out, s.len + 1);
    char *to = start;
    bool gap = false;
    for (size_t i = 0; start != NULL && i < s.len; i++) {
        char byte = s.data[i];
        if (byte == ' ' || (byte >= '\t' && byte <= '\r')) {
            gap = to != start;
            continue;
        }
        if (gap) {
            *to++ = ' ';
            gap = false;
        }
        *to++ = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
    }
    out->len += (size_t)(to - start);
}

/* U+00C0 to U+017F, the letters of most European names: NFKC of the folded letter in two bytes, 's' and 's' for sharp s. False
 * for the seven that become something else, and for all other bytes. */
static bool fold_latin(const unsigned char *at, char *to)
{
    unsigned point = (unsigned)(at[0] & 0x1f) << 6 | (at[1] & 0x3fU);
    if (at[0] < 0xc3 || at[0] > 0xc5 || (at[1] & 0xc0) != 0x80 || point == 0x130 || point == 0x132 || point == 0x133 ||
        point == 0x13f || point == 0x140 || point == 0x149 || point == 0x17f) {
        return false;
    }
    if (point == 0xdf) {
        to[0] = to[1] = 's';
        return true;
    }
    bool odd_is_small =
        (point >= 0x100 && point <= 0x12f) || (point >= 0x134 && point <= 0x137) || (point >= 0x14a && point <= 0x177);
    bool even_is_small = (point >= 0x139 && point <= 0x148) || (point >= 0x179 && point <= 0x17e);
    point = point == 0x178                  ? 0xff
            : point < 0xdf && point != 0xd7 ? point + 0x20
            : odd_is_small                  ? point | 1
            : even_is_small                 ? point + (point & 1)
                                            : point;
    to[0] = (char)(0xc0 | point >> 6);
    to[1] = (char)(0x80 | (point & 0x3f));
    return true;
}

/* collapse() with the letters above. False: something else is in it. */
static bool collapse_latin(struct buf *out, struct str s)
{
    char *start = buf_room(out, s.len + 1);
    char *to = start;
    bool gap = false;
    for (size_t i = 0; start != NULL && i < s.len; i++) {
        unsigned char byte = (unsigned char)s.data[i];
        if (byte == ' ' || (byte >= '\t' && byte <= '\r')) {
            gap = to != start;
            continue;
        }
        if (gap) {
            *to++ = ' ';
            gap = false;
        }
        if (byte < 0x80) {
            *to++ = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
            continue;
        }
        if (i + 1 == s.len || !fold_latin((const unsigned char *)s.data + i, to)) {
            return false;
        }
        to += 2;
        i++;
    }
    out->len += (size_t)(to - start);
    return start != NULL;
}

/* Nothing to fold and nothing to collapse: trimmed ASCII without capitals, single spaces. */
static bool is_folded(struct str s)
{
    if (s.len < 4 || s.len > SCAN_MAX) {
        return false;
    }
    struct scan scan = scan_bytes(s);
    return scan.upper == 0 && scan.odd == scan.space && (scan.space & scan.space << 1) == 0;
}

struct str normal_fold(struct buf *scratch, struct str s, bool has_high)
{
    buf_reset(scratch);
    if (!has_high && is_folded(s)) {
        return s;
    }
    if (!has_high) {
        collapse(scratch, s);
        return buf_str(scratch);
    }
    if (collapse_latin(scratch, s)) {
        return buf_str(scratch);
    }
    utf8proc_uint8_t *folded = NULL;
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)s.data, (utf8proc_ssize_t)s.len, &folded, options);
    if (len < 0) {
        return s;
    }
    buf_reset(scratch);
    collapse(scratch, (struct str){(const char *)folded, (size_t)len});
    free(folded);
    return buf_str(scratch);
}

bool normal_is_assigned(struct str s)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)s.data;
    for (size_t i = 0; i < s.len;) {
        if (at[i] < 0x80) {
            i++;
            continue;
        }
        utf8proc_int32_t point;
        utf8proc_ssize_t step = utf8proc_iterate(at + i, (utf8proc_ssize_t)(s.len - i), &point);
        if (step <= 0 || utf8proc_category(point) == UTF8PROC_CATEGORY_CN) {
            return false;
        }
        i += (size_t)step;
    }
    return true;
}
