/* The five writers. Text goes through two stages: make it visible (controls, direction, masks), then
 * escape it for the place where it lands. The second stage sees valid UTF-8 only. */
#include "report/put.h"

#include "base/str.h"

#include "base/banned.h"

enum { COMBINING_RUN = 3, PHONE_DIGITS_MIN = 8 };

struct range {
    uint32_t first, last;
};

/* Code points that a reader cannot see or that move their neighbours: C0 and C1 controls, soft hyphen, Arabic letter
 * mark, fillers, Mongolian separator, zero width and direction marks, line separators, isolates, variation
 * selectors, byte order mark, annotation, musical and tag formatting, private use, non-characters. */
static const struct range hidden[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},    {0x034f, 0x034f}, {0x061c, 0x061c}, {0x115f, 0x1160},
    {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},    {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xe000, 0xf8ff}, {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},    {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb},
    {0xfffe, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
};

static const struct range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f},
};

static const struct range right_to_left[] = {
    {0x0590, 0x08ff}, {0xfb1d, 0xfdff}, {0xfe70, 0xfefe}, {0x10800, 0x10fff}, {0x1e800, 0x1efff},
};

static bool is_in(uint32_t point, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return true;
        }
    }
    return false;
}
#define IS_IN(point, ranges) is_in((point), (ranges), sizeof(ranges) / sizeof(ranges)[0])

static uint32_t code_point(struct str s, size_t step)
{
    const unsigned char *b = (const unsigned char *)s.data;
    switch (step) {
    case 1:
        return b[0];
    case 2:
        return (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3f);
    case 3:
        return (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3f);
    default:
        return (uint32_t)(b[0] & 0x07) << 18 | (uint32_t)(b[1] & 0x3f) << 12 | (uint32_t)(b[2] & 0x3f) << 6 |
               (b[3] & 0x3f);
    }
}

static bool is_word(char c)
{
    return str_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

static bool is_local_part(char c)
{
    return is_word(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}

static size_t first_char(struct str s)
{
    size_t step = str_utf8_step(s);
    return step > 0 ? step : 1;
}

/* An address around the @ at `at`: where it begins and ends in s. */
static bool find_email(struct str s, size_t at, size_t *ret_begin, size_t *ret_end)
{
    size_t begin = at;
    while (begin > 0 && is_local_part(s.data[begin - 1])) {
        begin--;
    }
    size_t end = at + 1, dot = 0;
    while (end < s.len && (is_word(s.data[end]) || s.data[end] == '.' || s.data[end] == '-')) {
        if (s.data[end] == '.' && end > at + 1 && end + 2 < s.len && is_word(s.data[end + 1])) {
            dot = end;
        }
        end++;
    }
    while (end > at && (s.data[end - 1] == '.' || s.data[end - 1] == '-')) {
        end--;
    }
    *ret_begin = begin;
    *ret_end = end;
    return begin < at && dot > at + 1 && dot + 1 < end;
}

static void put_masked_email(struct buf *out, struct str s, size_t begin, size_t at, size_t end)
{
    size_t dot = end;
    while (dot > at + 1 && s.data[dot - 1] != '.') {
        dot--;
    }
    buf_put(out, str_slice(s, begin, begin + first_char(str_slice(s, begin, at))));
    buf_puts(out, "•••@");
    buf_put(out, str_slice(s, at + 1, at + 1 + first_char(str_slice(s, at + 1, end))));
    buf_puts(out, "•••.");
    buf_put(out, str_slice(s, dot, end));
}

/* Length of "+44 20 7946 0012" at the start of s, 0 if there is none. */
static size_t phone_length(struct str s)
{
    size_t digits = 0, end = 0;
    for (size_t i = 1; i < s.len && i < 32; i++) {
        if (str_is_digit(s.data[i])) {
            digits++;
            end = i + 1;
        } else if (s.data[i] != ' ' && s.data[i] != '-' && s.data[i] != '(' && s.data[i] != ')') {
            break; /* no full stop: "+1.9 2026-03-14" is a ratio and a day */
        }
    }
    bool has_code = s.len > 1 && str_is_digit(s.data[1]);
    return has_code && digits >= PHONE_DIGITS_MIN && digits <= 15 ? end : 0;
}

static void put_masked_phone(struct buf *out, struct str phone)
{
    struct str tail = {"", 0};
    size_t digits = 0;
    for (size_t i = phone.len; i > 0 && digits < 2; i--) {
        digits += str_is_digit(phone.data[i - 1]);
        tail = str_slice(phone, i - 1, phone.len);
    }
    buf_put(out, str_slice(phone, 0, 3));
    buf_puts(out, " ••• •••");
    buf_put(out, tail);
}

/* s with addresses and telephone numbers masked. Bytes are otherwise kept, valid or not. */
static void mask(struct buf *out, struct str s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s.len; i++) {
        size_t begin = 0, end = 0;
        if (s.data[i] == '@' && find_email(s, i, &begin, &end) && begin >= kept) {
            buf_put(out, str_slice(s, kept, begin));
            put_masked_email(out, s, begin, i, end);
            kept = end;
            i = end - 1;
        } else if (s.data[i] == '+' && (end = phone_length(str_slice(s, i, s.len))) > 0) {
            buf_put(out, str_slice(s, kept, i));
            put_masked_phone(out, str_slice(s, i, i + end));
            kept = i + end;
            i = kept - 1;
        }
    }
    buf_put(out, str_slice(s, kept, s.len));
}

enum lines { LINES_FOLD, LINES_KEEP };

static void make_visible(struct buf *out, struct str s, enum lines lines)
{
    int marks = 0;
    size_t start = out->len;
    for (size_t i = 0; i < s.len;) {
        struct str rest = str_slice(s, i, s.len);
        size_t step = str_utf8_step(rest);
        if (out->len - start > TEXT_MAX_BYTES) {
            buf_puts(out, "…");
            return;
        }
        if (step == 0) {
            buf_printf(out, "\\x%02x", (unsigned)(unsigned char)s.data[i]);
            i++;
            continue;
        }
        uint32_t point = code_point(rest, step);
        marks = IS_IN(point, combining) ? marks + 1 : 0;
        if (point == '\n' || point == '\t') {
            buf_putc(out, lines == LINES_KEEP ? (char)point : ' ');
        } else if (point < 0x80 && IS_IN(point, hidden)) {
            buf_printf(out, "\\x%02x", (unsigned)point);
        } else if (IS_IN(point, hidden) || marks > COMBINING_RUN) {
            buf_printf(out, point > 0xffff ? "\\u{%x}" : "\\u%04x", (unsigned)point);
        } else {
            buf_put(out, str_slice(rest, 0, step));
        }
        i += step;
    }
}

static void prepare(struct buf *out, struct str evidence, enum lines lines)
{
    OWN(own_buf) struct buf masked = {0};
    mask(&masked, str_slice(evidence, 0, (size_t)TEXT_MAX_BYTES * 2));
    make_visible(out, buf_str(&masked), lines);
    out->failed = out->failed || masked.failed;
}

void put_plain(struct buf *out, struct str evidence)
{
    prepare(out, evidence, LINES_FOLD);
}

static bool has_right_to_left(struct str s)
{
    for (size_t i = 0; i < s.len;) {
        struct str rest = str_slice(s, i, s.len);
        size_t step = str_utf8_step(rest);
        if (step > 1 && IS_IN(code_point(rest, step), right_to_left)) {
            return true;
        }
        i += step > 0 ? step : 1;
    }
    return false;
}

static void escape(struct buf *out, struct str s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s.len; i++) {
        const char *entity = NULL;
        switch (s.data[i]) {
        case '&':
            entity = "&amp;";
            break;
        case '<':
            entity = "&lt;";
            break;
        case '>':
            entity = "&gt;";
            break;
        case '"':
            entity = "&quot;";
            break;
        case '\'':
            entity = "&#39;";
            break;
        default:
            continue;
        }
        buf_put(out, str_slice(s, kept, i));
        buf_puts(out, entity);
        kept = i + 1;
    }
    buf_put(out, str_slice(s, kept, s.len));
}

void put_html(struct buf *out, struct str evidence)
{
    OWN(own_buf) struct buf plain = {0};
    prepare(&plain, evidence, LINES_FOLD);
    bool isolate = has_right_to_left(buf_str(&plain));
    if (isolate) {
        put_lit(out, "<bdi>");
    }
    escape(out, buf_str(&plain));
    if (isolate) {
        put_lit(out, "</bdi>");
    }
    out->failed = out->failed || plain.failed;
}

void put_attr(struct buf *out, struct str evidence)
{
    OWN(own_buf) struct buf plain = {0};
    prepare(&plain, evidence, LINES_FOLD);
    escape(out, buf_str(&plain));
    out->failed = out->failed || plain.failed;
}

void put_svg_text(struct buf *out, struct str evidence)
{
    OWN(own_buf) struct buf plain = {0};
    prepare(&plain, evidence, LINES_FOLD);
    bool isolate = has_right_to_left(buf_str(&plain));
    if (isolate) {
        buf_puts(out, "\xe2\x81\xa8"); /* first strong isolate, ours */
    }
    escape(out, buf_str(&plain));
    if (isolate) {
        buf_puts(out, "\xe2\x81\xa9");
    }
    out->failed = out->failed || plain.failed;
}

/* Letters of an identifier that a fragment may hold; every other byte as _hex, so that two names stay two. */
void put_id(struct buf *out, struct str id)
{
    for (size_t i = 0; i < id.len && i < SLUG_BYTES; i++) {
        char c = id.data[i];
        if (str_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.') {
            buf_putc(out, c);
        } else {
            buf_printf(out, "_%02x", (unsigned)(unsigned char)c);
        }
    }
}

void put_url(struct buf *out, struct str address)
{
    if (address.len > 0 && address.data[0] == '#') {
        put_lit(out, "#");
        put_id(out, str_slice(address, 1, address.len));
        return;
    }
    struct str colon = str_cut(address, ':').head;
    bool is_web = str_starts(address, STR("http")) && (colon.len == 4 || colon.len == 5) && colon.len < address.len;
    if (is_web) {
        put_lit(out, "hxxp");
        address = str_slice(address, 4, address.len);
    }
    put_html(out, address);
}

bool put_token(struct buf *out, struct str token)
{
    for (size_t i = 0; i < token.len; i++) {
        char c = token.data[i];
        bool is_plain = ((c & 0x80) == 0 && is_word(c)) || memchr("./_+=-", c, 6) != NULL;
        if (!is_plain || i == TEXT_MAX_BYTES) {
            put_html(out, token);
            return false;
        }
    }
    buf_put(out, token);
    return true;
}

void put_json(struct buf *out, struct str evidence)
{
    OWN(own_buf) struct buf plain = {0};
    prepare(&plain, evidence, LINES_KEEP);
    buf_putc(out, '"');
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.data[i];
        if (c == '"' || c == '\\') {
            buf_printf(out, "\\%c", c);
        } else if (c == '\n' || c == '\t') {
            buf_puts(out, c == '\n' ? "\\n" : "\\t");
        } else if (c == '<' || c == '>' || c == '&' || c == '\'') {
            buf_printf(out, "\\u%04x", (unsigned)c);
        } else {
            buf_putc(out, c);
        }
    }
    buf_putc(out, '"');
    out->failed = out->failed || plain.failed;
}
