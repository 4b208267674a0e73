/* Numbers and decimals in every way of writing that has one meaning. */
#include "normal/normal_parts.h"
#include "normal/normal_scan.h"

#include "base/banned.h"

static bool is_digits(struct str s)
{
    return s.len > 0 && scan_is_digits(s.data, s.len);
}

/* "1,234", "12,345,678": one to three digits, then groups of three. */
static bool is_grouped(struct str s, char mark)
{
    size_t first = str_cut(s, mark).head.len;
    if (first < 1 || first > 3 || (s.len - first) % 4 != 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool is_mark = i >= first && (i - first) % 4 == 0;
        if (is_mark ? s.data[i] != mark : s.data[i] < '0' || s.data[i] > '9') {
            return false;
        }
    }
    return true;
}

/* Where the whole digits end and the others begin, in every way of writing that has one meaning: "1234.50", "1,234.50",
 * "1.234,50", "1,234,567", "12,5". "1,234" has two. */
static bool cut_number(struct str s, struct str *ret_whole, struct str *ret_part)
{
    struct str_cut comma = str_cut(s, ','), point = str_cut(s, '.');
    *ret_whole = point.head;
    *ret_part = point.tail;
    if (!comma.found) {
        return is_digits(*ret_whole) && (!point.found || is_digits(*ret_part));
    }
    if (point.found) {
        bool comma_last = comma.head.len > point.head.len;
        if (comma_last) {
            size_t last = str_find(s, STR(","), 0);
            *ret_whole = str_slice(s, 0, last);
            *ret_part = comma.tail;
        }
        return is_grouped(*ret_whole, comma_last ? '.' : ',') && is_digits(*ret_part);
    }
    if (str_find(comma.tail, STR(","), 0) != SIZE_MAX) {
        *ret_whole = s;
        *ret_part = (struct str){NULL, 0};
        return is_grouped(s, ',');
    }
    *ret_whole = comma.head;
    *ret_part = comma.tail;
    bool has_two_meanings = comma.tail.len == 3 && comma.head.len <= 3 && comma.head.data[0] != '0';
    return is_digits(comma.head) && is_digits(comma.tail) && !has_two_meanings;
}

/* [+-]digits[.digits]; false if it is anything else. A whole "12.00" is the number 12. */
bool normal_take_number(struct normalizer *normalizer, struct str s, struct normal *out)
{
    bool negative = s.data[0] == '-';
    struct str whole, part;
    if (s.len > 40 || !cut_number(str_slice(s, negative || s.data[0] == '+', s.len), &whole, &part)) {
        return false;
    }
    while (part.len > 0 && part.data[part.len - 1] == '0') {
        part.len--;
    }
    out->class = part.len > 0 ? NORMAL_DECIMAL : NORMAL_NUMBER;
    if (!normal_wants(normalizer, out->class)) {
        return true;
    }
    struct buf *scratch = &normalizer->scratch;
    buf_reset(scratch);
    buf_putc(scratch, '-');
    for (size_t i = 0; i < whole.len; i++) {
        if (whole.data[i] != ',' && whole.data[i] != '.' && (whole.data[i] != '0' || scratch->len > 1)) {
            buf_putc(scratch, whole.data[i]);
        }
    }
    bool is_zero = scratch->len == 1;
    buf_puts(scratch, is_zero ? "0" : "");
    buf_puts(scratch, part.len > 0 ? "." : "");
    buf_put(scratch, part);
    bool keeps_sign = negative && !(is_zero && part.len == 0);
    out->bytes = str_slice(buf_str(scratch), keeps_sign ? 0 : 1, scratch->len);
    return true;
}
