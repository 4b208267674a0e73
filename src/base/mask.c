/* Masking by looks: better one order number too many than one subscriber too few. */
#include "base/mask.h"
#include "base/str.h"

#include "base/banned.h"

static const struct str dots = {"\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2", 9};

/* The dots of an earlier masking are no part of an address. */
static bool is_dot(struct str text, size_t at)
{
    return str_starts(str_slice(text, at, text.len), str_slice(dots, 0, 3)) ||
           (at >= 1 && str_starts(str_slice(text, at - 1, text.len), str_slice(dots, 0, 3))) ||
           (at >= 2 && str_starts(str_slice(text, at - 2, text.len), str_slice(dots, 0, 3)));
}

static bool is_local(struct str text, size_t at)
{
    char c = text.data[at];
    return str_is_letter(c) || str_is_digit(c) || (c != '\0' && strchr("._%+-'", c) != NULL) ||
           ((unsigned char)c >= 0x80 && !is_dot(text, at));
}

static bool is_domain(struct str text, size_t at)
{
    char c = text.data[at];
    return str_is_letter(c) || str_is_digit(c) || c == '-' || c == '.' ||
           ((unsigned char)c >= 0x80 && !is_dot(text, at));
}

/* Where the last ".letters" of a domain begins; SIZE_MAX if it has none. */
static size_t top_level(struct str domain)
{
    for (size_t i = domain.len; i > 1; i--) {
        if (domain.data[i - 1] == '.') {
            size_t letters = domain.len - i;
            return letters >= 2 && !str_is_digit(domain.data[i]) ? i - 1 : SIZE_MAX;
        }
    }
    return SIZE_MAX;
}

/* An address around the '@' at `at`: [*ret_from, *ret_to). */
static bool address_at(struct str text, size_t floor, size_t at, size_t *ret_from, size_t *ret_to)
{
    size_t from = at;
    size_t to = at + 1;
    while (from > floor && is_local(text, from - 1)) {
        from--;
    }
    while (to < text.len && is_domain(text, to)) {
        to++;
    }
    while (to > at + 1 && (text.data[to - 1] == '.' || text.data[to - 1] == '-')) {
        to--;
    }
    *ret_from = from;
    *ret_to = to;
    return from < at && top_level(str_slice(text, at + 1, to)) != SIZE_MAX;
}

static void put_rune(struct buf *out, struct str text)
{
    size_t step = str_utf8_step(text);
    buf_put(out, str_slice(text, 0, step != 0 ? step : 1));
}

static void put_address(struct buf *out, struct str local, struct str domain)
{
    put_rune(out, local);
    buf_put(out, dots);
    buf_putc(out, '@');
    put_rune(out, domain);
    buf_put(out, dots);
    buf_put(out, str_slice(domain, top_level(domain), domain.len));
}

/* yyyy-mm-dd at the head of s */
static bool is_date(struct str s)
{
    static const char shape[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        if (i >= s.len || (shape[i] == 'd' ? !str_is_digit(s.data[i]) : s.data[i] != '-')) {
            return false;
        }
    }
    return s.len == sizeof shape - 1 || !str_is_digit(s.data[sizeof shape - 1]);
}

static bool is_between(char c)
{
    return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/';
}

static bool is_wordly(struct str text, size_t at)
{
    return at < text.len && (str_is_letter(text.data[at]) || text.data[at] == '_');
}

/* How long the telephone number that begins at `at` (a digit or a plus) is; 0 if there is none. Groups of digits are taken
 * in as long as the sum stays within fifteen. */
static size_t phone_at(struct str text, size_t at)
{
    size_t digits = 0;
    size_t best = 0;
    size_t gap = 0;
    for (size_t i = at + (text.data[at] == '+'); i < text.len && digits <= 15; i++) {
        if (str_is_digit(text.data[i])) {
            if (gap != 0 && is_date(str_slice(text, i, text.len))) {
                break;
            }
            digits++;
            gap = 0;
            bool is_group_end = i + 1 == text.len || !str_is_digit(text.data[i + 1]);
            if (is_group_end && digits >= 9 && digits <= 15 && !is_wordly(text, i + 1)) {
                best = i + 1 - at;
            }
        } else if (!is_between(text.data[i]) || ++gap > 2) {
            break;
        }
    }
    return best;
}

/* Is `at` inside a run without white space that has "://" in it before? */
static bool in_url(struct str text, size_t at)
{
    size_t from = at;
    while (from > 0 && text.data[from - 1] != ' ' && text.data[from - 1] != '\n' && text.data[from - 1] != '\t') {
        from--;
    }
    return str_find(str_slice(text, from, at), STR("://"), 0) != SIZE_MAX;
}

static bool begins_number(struct str text, size_t at)
{
    char before = at > 0 ? text.data[at - 1] : ' ';
    char here = text.data[at];
    bool is_start = str_is_digit(here) || (here == '+' && at + 1 < text.len && str_is_digit(text.data[at + 1]));
    return is_start && !str_is_digit(before) && !str_is_letter(before) && before != '_' && before != '+' &&
           !in_url(text, at);
}

static size_t skip_date(struct str text, size_t at)
{
    return is_date(str_slice(text, at, text.len)) ? 10 : 0;
}

/* One pass for telephone numbers over a piece that holds no address. */
static void put_numbers(struct buf *out, struct str text, size_t from, size_t to)
{
    struct str piece = str_slice(text, 0, to);
    for (size_t at = from; at < to;) {
        size_t step = begins_number(piece, at) ? skip_date(piece, at) : 0;
        if (step != 0) {
            buf_put(out, str_slice(text, at, at + step));
            at += step;
            continue;
        }
        size_t phone = begins_number(piece, at) ? phone_at(piece, at) : 0;
        if (phone != 0) {
            buf_put(out, dots);
            buf_put(out, str_slice(text, at + phone - 2, at + phone));
            at += phone;
        } else {
            buf_putc(out, text.data[at++]);
        }
    }
}

void mask_text(struct buf *out, struct str text)
{
    size_t done = 0;
    for (size_t at = 0; at < text.len; at++) {
        size_t from;
        size_t to;
        if (text.data[at] == '@' && address_at(text, done, at, &from, &to)) {
            put_numbers(out, text, done, from);
            put_address(out, str_slice(text, from, at), str_slice(text, at + 1, to));
            done = to;
            at = to - 1;
        }
    }
    put_numbers(out, text, done, text.len);
}
