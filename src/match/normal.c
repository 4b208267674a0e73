/* One spelling per value. The bytes of a cell are looked at once, through a table of what each can mean; that decides
 * which of the readers below is tried. */
#include <stdlib.h>
#include <utf8proc.h>

#include "base/str.h"
#include "base/time.h"
#include "formats/encoding.h"
#include "match/normal.h"
#include "match/normal_scan.h"

#include "base/banned.h"

enum {
    DIGIT = 1,
    LOWER_HEX = 2, /* a-f */
    UPPER_HEX = 4, /* A-F */
    LOWER = 8,     /* g-z */
    UPPER = 16,    /* G-Z */
    AT = 32,
    SPACE = 64,
    DASH = 128,
    DOT = 256,
    COLON = 512,
    PLUS = 1024,
    PARENS = 2048,
    SLASH = 4096,
    EQUALS = 8192,
    UNDERSCORE = 16384,
    HIGH = 32768,
    OTHER = 65536,
    LETTERS = LOWER_HEX | UPPER_HEX | LOWER | UPPER
};

/* What each byte can mean, sixteen a line. */
#define D_ DIGIT
#define lh LOWER_HEX
#define uh UPPER_HEX
#define lo LOWER
#define up UPPER
#define SP SPACE
#define DA DASH
#define DO DOT
#define CO COLON
#define PL PLUS
#define PA PARENS
#define SL SLASH
#define EQ EQUALS
#define UN UNDERSCORE
#define OT OTHER
#define HI HIGH
/* clang-format off */
static const uint32_t byte_meaning[256] = {
    OT, OT, OT, OT, OT, OT, OT, OT, OT, SP, SP, OT, OT, SP, OT, OT,
    OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT, OT,
    SP, OT, OT, OT, OT, OT, OT, OT, PA, PA, OT, PL, OT, DA, DO, SL,
    D_, D_, D_, D_, D_, D_, D_, D_, D_, D_, CO, OT, OT, EQ, OT, OT,
    AT, uh, uh, uh, uh, uh, uh, up, up, up, up, up, up, up, up, up,
    up, up, up, up, up, up, up, up, up, up, up, OT, OT, OT, OT, UN,
    OT, lh, lh, lh, lh, lh, lh, lo, lo, lo, lo, lo, lo, lo, lo, lo,
    lo, lo, lo, lo, lo, lo, lo, lo, lo, lo, lo, OT, OT, OT, OT, OT,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
    HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI, HI,
};
/* clang-format on */
#undef D_
#undef lh
#undef uh
#undef lo
#undef up
#undef SP
#undef DA
#undef DO
#undef CO
#undef PL
#undef PA
#undef SL
#undef EQ
#undef UN
#undef OT
#undef HI

static inline unsigned meaning(unsigned char byte)
{
    return byte_meaning[byte];
}

static unsigned meanings(struct str s)
{
    const unsigned char *at = (const unsigned char *)s.data;
    unsigned all = 0, other = 0;
    size_t i = 0;
    for (; i + 4 <= s.len; i += 4) {
        all |= byte_meaning[at[i]] | byte_meaning[at[i + 1]];
        other |= byte_meaning[at[i + 2]] | byte_meaning[at[i + 3]];
    }
    for (; i < s.len; i++) {
        all |= byte_meaning[at[i]];
    }
    return all | other;
}

const char *normal_class_name(enum normal_class class)
{
    static const char *const names[] = {"none",   "e-mail",  "phone",  "time", "date",
                                        "number", "decimal", "secret", "text"};
    return class < NORMAL_CLASSES ? names[class] : "none";
}

void normalizer_close(struct normalizer *normalizer)
{
    buf_free(&normalizer->scratch);
}

static bool wants(const struct normalizer *normalizer, enum normal_class class)
{
    return (normalizer->wanted >> class & 1U) != 0;
}

/* ---- E-mail ---- */

static bool is_email(struct str s)
{
    struct str_cut parts = str_cut(s, '@');
    if (!parts.found || parts.head.len == 0 || parts.head.len > 64 || parts.tail.len < 3 || parts.tail.len > 255) {
        return false;
    }
    size_t dot = str_find(parts.tail, STR("."), 1);
    return dot != SIZE_MAX && dot + 1 < parts.tail.len && str_find(parts.tail, STR("@"), 0) == SIZE_MAX;
}

static struct str lower(struct normalizer *normalizer, struct str s)
{
    buf_reset(&normalizer->scratch);
    char *out = buf_room(&normalizer->scratch, s.len + 1);
    if (out == NULL) {
        return s;
    }
    for (size_t i = 0; i < s.len; i++) {
        out[i] = s.data[i] >= 'A' && s.data[i] <= 'Z' ? (char)(s.data[i] | 0x20) : s.data[i];
    }
    return (struct str){out, s.len};
}

/* ---- Times ---- */

enum { STAMP_BYTES = 19 };

static bool number_at(struct str s, size_t *at, size_t least, size_t most, unsigned *ret_value)
{
    size_t start = *at;
    unsigned value = 0;
    while (*at < s.len && *at - start < most && s.data[*at] >= '0' && s.data[*at] <= '9') {
        value = value * 10 + (unsigned)(s.data[(*at)++] - '0');
    }
    *ret_value = value;
    return *at - start >= least;
}

static bool is_day(unsigned year, unsigned month, unsigned day)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           day <= (unsigned)days[month - 1] + (month == 2 && leap);
}

/* "2020-03-14", "2020/3/14", "14.3.2020", "3/14/2020": the separator says who wrote it; / between is settled by day_first. */
static bool take_date(struct str s, size_t *at, bool day_first, int64_t *ret_days)
{
    unsigned part[3];
    size_t first = 0;
    if (!number_at(s, at, 1, 4, &part[0]) || *at >= s.len) {
        return false;
    }
    first = *at;
    char mark = s.data[*at];
    if (mark != '-' && mark != '/' && mark != '.') {
        return false;
    }
    (*at)++;
    if (!number_at(s, at, 1, 2, &part[1]) || *at >= s.len || s.data[*at] != mark) {
        return false;
    }
    (*at)++;
    size_t last = *at;
    if (!number_at(s, at, 1, 4, &part[2])) {
        return false;
    }
    unsigned year = part[0], month = part[1], day = part[2];
    if (first != 4) {
        if (first > 2 || *at - last != 4 || mark == '-') {
            return false;
        }
        bool swap = mark == '.' || day_first || part[0] > 12;
        year = part[2];
        month = swap ? part[1] : part[0];
        day = swap ? part[0] : part[1];
    } else if (*at - last > 2) {
        return false;
    }
    if (!is_day(year, month, day)) {
        return false;
    }
    *ret_days = time_days((int64_t)year, month, day);
    return true;
}

/* "Z", "+02", "+0200", "-05:30", " UTC" or nothing, up to the end. */
static bool take_zone(struct str s, size_t at, int64_t *ret_offset)
{
    struct str rest = str_trim(str_slice(s, at, s.len));
    unsigned hour = 0, minute = 0;
    size_t in = 1;
    *ret_offset = 0;
    if (rest.len == 0 || str_eq_nocase(rest, STR("z")) || str_eq_nocase(rest, STR("utc")) ||
        str_eq_nocase(rest, STR("gmt"))) {
        return true;
    }
    if ((rest.data[0] != '+' && rest.data[0] != '-') || !number_at(rest, &in, 2, 2, &hour)) {
        return false;
    }
    in += in < rest.len && rest.data[in] == ':';
    if (in < rest.len && !number_at(rest, &in, 2, 2, &minute)) {
        return false;
    }
    *ret_offset = (int64_t)(hour * 3600 + minute * 60) * (rest.data[0] == '-' ? -1 : 1);
    return in == rest.len && hour < 24 && minute < 60;
}

static size_t skip_fraction(struct str s, size_t at)
{
    if (at < s.len && (s.data[at] == '.' || s.data[at] == ',')) {
        for (at++; at < s.len && s.data[at] >= '0' && s.data[at] <= '9';) {
            at++;
        }
    }
    return at;
}

/* Two digits; more than 99 if they are none. */
static inline unsigned two(const char *at)
{
    unsigned tens = (unsigned)(unsigned char)at[0] - '0';
    unsigned ones = (unsigned)(unsigned char)at[1] - '0';
    return tens > 9 || ones > 9 ? 1000000 : tens * 10 + ones;
}

/* "2020-03-14 21:47:09" or with T between, at the beginning of s: the spelling of nearly every time there is. */
static bool take_stamp(struct str s, int64_t *ret_seconds)
{
    static const uint16_t before[] = {306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275}; /* days since 1 March */
    const char *at = s.data;
    if (s.len < STAMP_BYTES || at[4] != '-' || at[7] != '-' || (at[10] != ' ' && at[10] != 'T') || at[13] != ':' ||
        at[16] != ':') {
        return false;
    }
    unsigned year = two(at) * 100 + two(at + 2), month = two(at + 5), day = two(at + 8);
    unsigned hour = two(at + 11), minute = two(at + 14), second = two(at + 17);
    if (year > 9999 || year == 0 || month - 1 > 11 || day - 1 > 30 || (day > 28 && !is_day(year, month, day)) ||
        hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    year -= month <= 2; /* years that begin on 1 March, so that a leap day ends one */
    int64_t days = (int64_t)(year * 365 + year / 4 - year / 100 + year / 400 + before[month - 1] + day - 1) - 719468;
    *ret_seconds = days * 86400 + (int64_t)(hour * 3600 + minute * 60 + second);
    return true;
}

static bool take_time(struct str s, bool day_first, int64_t *ret_seconds, bool *ret_has_time)
{
    size_t at = 0;
    int64_t days, offset;
    unsigned hour, minute, second = 0;
    if (take_stamp(s, ret_seconds)) {
        if (s.len > STAMP_BYTES) {
            at = skip_fraction(s, STAMP_BYTES);
            if (!take_zone(s, at, &offset)) {
                return false;
            }
            *ret_seconds -= offset;
        }
        *ret_has_time = *ret_seconds % 86400 != 0;
        return true;
    }
    if (!take_date(s, &at, day_first, &days)) {
        return false;
    }
    *ret_seconds = days * 86400;
    *ret_has_time = false;
    if (at == s.len) {
        return true;
    }
    if (s.data[at] != ' ' && s.data[at] != 'T' && s.data[at] != 't') {
        return false;
    }
    at++;
    if (!number_at(s, &at, 1, 2, &hour) || at >= s.len || s.data[at++] != ':' || !number_at(s, &at, 2, 2, &minute)) {
        return false;
    }
    if (at < s.len && s.data[at] == ':') {
        at++;
        if (!number_at(s, &at, 2, 2, &second)) {
            return false;
        }
        at = skip_fraction(s, at);
    }
    if (hour > 23 || minute > 59 || second > 60 || !take_zone(s, at, &offset)) {
        return false;
    }
    *ret_seconds += (int64_t)(hour * 3600 + minute * 60 + second) - offset;
    *ret_has_time = *ret_seconds % 86400 != 0;
    return true;
}

static void give_time(struct normalizer *normalizer, int64_t seconds, bool has_time, struct normal *out)
{
    out->class = has_time ? NORMAL_TIME : NORMAL_DATE;
    out->seconds = normalizer->seconds = seconds;
    out->bytes = (struct str){(const char *)&normalizer->seconds, sizeof(normalizer->seconds)};
}

/* Day first or month first is all that a slash leaves open. */
int normal_date_order(struct str cell)
{
    size_t at = 0;
    unsigned first, second;
    cell = str_trim(cell);
    if (!number_at(cell, &at, 1, 2, &first) || at >= cell.len || cell.data[at++] != '/' ||
        !number_at(cell, &at, 1, 2, &second) || at >= cell.len || cell.data[at] != '/') {
        return 0;
    }
    return first > 12 && second <= 12 ? 1 : second > 12 && first <= 12 ? -1 : 0;
}

/* ---- Numbers and phones ---- */

static struct str strip_zeros(struct str digits)
{
    while (digits.len > 1 && digits.data[0] == '0') {
        digits = str_slice(digits, 1, digits.len);
    }
    return digits;
}

/* [+-]digits[.digits]; false if it is anything else. A whole "12.00" is the number 12. */
static bool take_number(struct normalizer *normalizer, struct str s, struct normal *out)
{
    bool negative = s.data[0] == '-';
    struct str_cut parts = str_cut(str_slice(s, negative || s.data[0] == '+', s.len), '.');
    if ((meanings(parts.head) | meanings(parts.tail)) != DIGIT || parts.head.len == 0 ||
        (parts.found && parts.tail.len == 0)) {
        return false;
    }
    struct str whole = strip_zeros(parts.head);
    struct str part = parts.tail;
    while (part.len > 0 && part.data[part.len - 1] == '0') {
        part.len--;
    }
    out->class = part.len > 0 ? NORMAL_DECIMAL : NORMAL_NUMBER;
    out->bytes = whole;
    if ((part.len > 0 || negative) && wants(normalizer, out->class)) {
        buf_reset(&normalizer->scratch);
        buf_puts(&normalizer->scratch, negative ? "-" : "");
        buf_put(&normalizer->scratch, whole);
        buf_puts(&normalizer->scratch, part.len > 0 ? "." : "");
        buf_put(&normalizer->scratch, part);
        out->bytes = buf_str(&normalizer->scratch);
    }
    return true;
}

static struct str last_nine(struct str digits)
{
    return digits.len > 9 ? str_slice(digits, digits.len - 9, digits.len) : digits;
}

static bool take_phone(struct normalizer *normalizer, struct str s, struct normal *out)
{
    buf_reset(&normalizer->scratch);
    char *digits = buf_room(&normalizer->scratch, s.len);
    size_t count = 0;
    for (size_t i = 0; digits != NULL && i < s.len; i++) {
        if (s.data[i] >= '0' && s.data[i] <= '9') {
            digits[count++] = s.data[i];
        } else if (s.data[i] == '+' && i != 0 && s.data[0] != '(') {
            return false;
        }
    }
    if (count < 7 || count > 16) {
        return false;
    }
    out->class = NORMAL_PHONE;
    out->bytes = last_nine((struct str){digits, count});
    return true;
}

bool normal_number_as_phone(struct str number, struct str *ret_phone)
{
    if (number.len < 8 || number.len > 15 || number.data[0] == '-') {
        return false;
    }
    *ret_phone = last_nine(number);
    return true;
}

bool normal_number_as_time(struct str number, int64_t *ret_seconds)
{
    int64_t value;
    if ((number.len != 9 && number.len != 10 && number.len != 13) || !str_i64(number, &value)) {
        return false;
    }
    *ret_seconds = number.len == 13 ? value / 1000 : value;
    return *ret_seconds >= 315532800 && *ret_seconds < INT64_C(4102444800); /* 1980 to 2100 */
}

/* ---- Secrets ---- */

static bool is_crypt(struct str s)
{
    if (s.len < 20 || (s.data[0] != '$' && memchr("p{sbm", s.data[0], 5) == NULL)) {
        return false;
    }
    static const char *const beginnings[] = {"$2",      "$argon2", "$1$",  "$5$",     "$6$",    "$y$",   "$7$",
                                             "$P$",     "$H$",     "$S$",  "$pbkdf2", "pbkdf2", "{SSHA", "{SHA",
                                             "{CRYPT}", "sha1$",   "md5$", "scrypt:", "bcrypt$"};
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
        if (s.data[0] == beginnings[i][0] && str_starts(s, str_of(beginnings[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_uuid(struct str s)
{
    if (s.len != 36) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (s.data[i] == '-')) {
            return false;
        }
    }
    return true;
}

/* Random letters and digits (base64 and kin): many changes of kind and hardly a separator, unlike words, slugs and file
 * names. */
static bool is_token(struct str s, unsigned all)
{
    size_t changes = 0, digits = 0, separators = 0;
    unsigned before = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned kind = meaning((unsigned char)s.data[i]);
        kind = (kind & (LOWER_HEX | LOWER)) != 0 ? LOWER : (kind & (UPPER_HEX | UPPER)) != 0 ? UPPER : kind;
        digits += kind == DIGIT;
        separators += (kind & (DASH | UNDERSCORE | DOT)) != 0;
        changes += kind != before;
        before = kind;
    }
    bool both_cases = (all & (LOWER | LOWER_HEX)) != 0 && (all & (UPPER | UPPER_HEX)) != 0;
    return separators * 12 <= s.len && changes * 3 >= s.len && (both_cases ? digits >= 1 : digits * 5 >= s.len);
}

static bool take_secret(struct normalizer *normalizer, struct str s, unsigned all, struct normal *out)
{
    const unsigned hex = DIGIT | LOWER_HEX | UPPER_HEX;
    out->class = NORMAL_SECRET;
    out->bytes = s;
    if (is_crypt(s)) {
        return true;
    }
    if (s.len == 38 && s.data[0] == '{' && s.data[37] == '}') {
        s = str_slice(s, 1, 37);
        all = meanings(s);
    }
    bool prefixed = s.len > 2 && (s.data[0] == '0' || s.data[0] == '\\') && (s.data[1] | 0x20) == 'x';
    struct str digits = prefixed ? str_slice(s, 2, s.len) : s;
    all = prefixed ? meanings(digits) : all;
    bool is_hex = (all & ~hex) == 0 && digits.len >= 16 && digits.len % 2 == 0;
    if (is_hex || ((all & ~(hex | DASH)) == 0 && is_uuid(s))) {
        out->bytes = (all & UPPER_HEX) != 0 ? lower(normalizer, digits) : digits;
        return true;
    }
    const unsigned token = LETTERS | DIGIT | PLUS | SLASH | EQUALS | DASH | UNDERSCORE | DOT;
    return s.len >= 20 && (all & ~token) == 0 && is_token(s, all);
}

/* ---- Text ---- */

/* Bytes that are not UTF-8 are taken for CP1252, whatever the rest of the file is. */
static struct str as_utf8(struct buf *out, struct str s)
{
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
        if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
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

/* Nothing to fold and nothing to collapse: trimmed ASCII without capitals, single spaces. */
static bool is_folded(struct str s)
{
    if (s.len < 4 || s.len > SCAN_MAX) {
        return false;
    }
    struct scan scan = scan_bytes(s);
    return scan.upper == 0 && scan.odd == scan.space && (scan.space & scan.space << 1) == 0;
}

static struct str fold(struct normalizer *normalizer, struct str s, bool has_high)
{
    struct buf *scratch = &normalizer->scratch;
    buf_reset(scratch);
    if (!has_high && is_folded(s)) {
        return s;
    }
    if (!has_high) {
        collapse(scratch, s);
        return buf_str(scratch);
    }
    if (!str_is_utf8(s)) {
        s = as_utf8(scratch, s);
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

/* ---- All ---- */

/* Also MySQL's "0000-00-00", which is no day. */
static bool is_null_word(struct str s)
{
    return s.len == 0 || (s.len >= 10 && str_starts(s, STR("0000-00-00"))) ||
           (s.len == 4 && str_eq_nocase(s, STR("null"))) || (s.len == 2 && str_eq(s, STR("\\N")));
}

/* "2020-13-41": written as a day, but none. */
static bool is_shaped_like_date(struct str s)
{
    return s.len >= 10 && (s.data[4] == '-' || s.data[4] == '/') && s.data[7] == s.data[4];
}

/* Values that begin with a digit or a sign. */
static bool take_numeric(struct normalizer *normalizer, struct str s, unsigned all, struct normal *out)
{
    int64_t seconds;
    bool has_time;
    if (all == DIGIT && s.len < 32) {
        out->class = NORMAL_NUMBER;
        out->bytes = strip_zeros(s);
        return true;
    }
    if ((all & (DASH | SLASH | DOT)) != 0 && s.len >= 8 && s.len <= 40 && s.data[0] >= '0' && s.data[0] <= '9' &&
        take_time(s, normalizer->day_first, &seconds, &has_time)) {
        give_time(normalizer, seconds, has_time, out);
        return true;
    }
    if (s.data[0] == '+' && all == (DIGIT | PLUS) && s.len >= 9) {
        return take_phone(normalizer, s, out);
    }
    if ((all & ~(unsigned)(DIGIT | DASH | DOT | PLUS)) == 0 && s.len <= 40 && take_number(normalizer, s, out)) {
        return true;
    }
    const unsigned phone = DIGIT | SPACE | DASH | DOT | PLUS | PARENS | SLASH;
    return (all & ~phone) == 0 && (all & (SPACE | DASH | PLUS | PARENS | SLASH)) != 0 && !is_shaped_like_date(s) &&
           take_phone(normalizer, s, out);
}

/* At most one @, a dot behind it, nothing but printable ASCII without capitals: an address that is its own spelling. */
static bool is_spelled_email(struct str s, const struct scan *scan)
{
    if (scan->at == 0 || (scan->at & (scan->at - 1)) != 0 || (scan->odd | scan->upper) != 0) {
        return false;
    }
    unsigned at = (unsigned)__builtin_ctzll(scan->at);
    uint64_t dots = at + 2 < s.len ? scan->dot >> (at + 2) << (at + 2) : 0;
    return at > 0 && dots != 0 && (size_t)__builtin_ctzll(dots) + 1 < s.len;
}

/* The shapes that make up nearly all cells; each is its own spelling, or a time. s is trimmed and not empty. False decides
 * nothing. */
static inline bool take_usual(struct normalizer *normalizer, struct str s, struct normal *out)
{
    unsigned char first = (unsigned char)s.data[0];
    if (first >= '0' && first <= '9') {
        int64_t seconds;
        if (s.len < 32 && scan_is_digits(s.data, s.len)) {
            out->class = NORMAL_NUMBER;
            out->bytes = first == '0' ? strip_zeros(s) : s;
            return true;
        }
        if (s.len == STAMP_BYTES && take_stamp(s, &seconds)) {
            give_time(normalizer, seconds, seconds % 86400 != 0, out);
            return true;
        }
    } else if (first == '+' && s.len >= 9 && s.len <= 17 && scan_is_digits(s.data + 1, s.len - 1)) {
        out->class = NORMAL_PHONE;
        out->bytes = last_nine(str_slice(s, 1, s.len));
        return true;
    }
    if (s.len < 5 || s.len > SCAN_MAX) {
        return false;
    }
    if (first == '$' && s.len >= 20 && scan_is_plain(s) && is_crypt(s)) {
        out->class = NORMAL_SECRET;
        out->bytes = s;
        return true;
    }
    struct scan scan = scan_bytes(s);
    if (is_spelled_email(s, &scan)) {
        out->class = NORMAL_EMAIL;
        out->bytes = s;
        return true;
    }
    return false;
}

static inline bool is_trimmed(struct str s)
{
    return s.len > 0 && (unsigned char)s.data[0] > ' ' && (unsigned char)s.data[s.len - 1] > ' ';
}

void normal_value(struct normalizer *normalizer, struct str cell, struct normal *ret_normal)
{
    struct str s = is_trimmed(cell) ? cell : str_trim(cell);
    *ret_normal = (struct normal){0};
    if (s.len > 0 && take_usual(normalizer, s, ret_normal)) {
        return;
    }
    if (is_null_word(s)) {
        return;
    }
    if (s.len > NORMAL_TEXT_MAX) {
        *ret_normal = (struct normal){.class = NORMAL_TEXT, .bytes = s};
        return;
    }
    unsigned all = meanings(s);
    unsigned first = meaning((unsigned char)s.data[0]);
    if ((all & (AT | SPACE)) == AT && is_email(s)) {
        ret_normal->class = NORMAL_EMAIL;
        bool is_spelled = !wants(normalizer, NORMAL_EMAIL) || (all & (UPPER | UPPER_HEX | HIGH)) == 0;
        ret_normal->bytes = is_spelled ? s : (all & HIGH) != 0 ? fold(normalizer, s, true) : lower(normalizer, s);
        return;
    }
    if ((first & (DIGIT | PLUS | DASH | PARENS)) != 0 && (all & (HIGH | AT)) == 0 &&
        take_numeric(normalizer, s, all, ret_normal)) {
        return;
    }
    if (s.len >= 16 && (all & (HIGH | SPACE | AT)) == 0 && take_secret(normalizer, s, all, ret_normal)) {
        return;
    }
    ret_normal->class = NORMAL_TEXT;
    ret_normal->bytes = wants(normalizer, NORMAL_TEXT) ? fold(normalizer, s, (all & HIGH) != 0) : (struct str){NULL, 0};
}
