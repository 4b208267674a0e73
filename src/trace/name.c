/* Names of rotated logs, as those who rotate write them:
 *
 *   access.log.2.gz  access.log.gz.1                           logrotate (8), rotate by number
 *   access.log-20260314.gz  access-20260314.log  ...-2026031421, ...-20260314-1773446400    its dateext, extension, dateformat
 *   access.2026-03-14.log  localhost_access_log.2026-03-14.txt  Tomcat, Logback
 *   access_log.1773446400                                      Apache's rotatelogs without a format
 *   u_ex260314.log  ex26031421.log                             IIS (W3C, NCSA, IIS format; day or hour)
 *   postgresql-2026-03-14_000000.log                           PostgreSQL's log_filename
 *
 * A name is a claim. Whether members are in the order it says is seen from their lines. */
#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/inside.h"

#include "base/banned.h"

enum { DIGITS_MAX = 18, NUMBER_DIGITS = 4, EXTENSION_MAX = 5 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_separator(char c)
{
    return c == '-' || c == '.' || c == '_';
}

/* How long name is without the ending of a packing. */
static size_t without_packing(struct str name, size_t end)
{
    static const struct str packings[] = {STR_INIT(".gz"),   STR_INIT(".bz2"), STR_INIT(".xz"),
                                          STR_INIT(".lzma"), STR_INIT(".zst"), STR_INIT(".zstd"),
                                          STR_INIT(".lz4"),  STR_INIT(".lz"),  STR_INIT(".Z")};
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
        if (end > packings[i].len && str_ends(str_slice(name, 0, end), packings[i])) {
            return end - packings[i].len;
        }
    }
    return end;
}

struct str name_without_packing(struct str name)
{
    return str_slice(name, 0, without_packing(name, name.len));
}

/* ".log", ".txt": its length, 0 if there is none. */
static size_t extension_of(struct str name, size_t end)
{
    size_t letters = 0;
    while (letters < end && letters <= EXTENSION_MAX && is_letter(name.data[end - 1 - letters])) {
        letters++;
    }
    bool is_one = letters >= 2 && letters <= EXTENSION_MAX && letters + 1 < end && name.data[end - 1 - letters] == '.';
    return is_one ? letters + 1 : 0;
}

/* A date's digits, and before which of them a separator stands. */
struct digits {
    char all[DIGITS_MAX];
    size_t count;
    uint32_t cuts; /* bit i: before digit i */
};

static bool read_digits(struct str text, struct digits *digits)
{
    *digits = (struct digits){.count = 0};
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.data[i])) {
            if (digits->count == DIGITS_MAX) {
                return false;
            }
            digits->all[digits->count++] = text.data[i];
        } else if (i == 0 || i + 1 == text.len || !is_digit(text.data[i - 1])) {
            return false;
        } else {
            digits->cuts |= UINT32_C(1) << digits->count;
        }
    }
    return digits->count > 0;
}

static unsigned number_at(const struct digits *digits, size_t from, size_t len)
{
    unsigned value = 0;
    for (size_t i = from; i < from + len && i < digits->count; i++) {
        value = value * 10 + (unsigned)(digits->all[i] - '0');
    }
    return value;
}

static bool set_day(struct rotated *rotated, int64_t year, unsigned month, unsigned day, unsigned hour)
{
    if (year < 1990 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23) {
        return false;
    }
    int64_t number = time_days(year, month, day), year_back;
    unsigned month_back, day_back;
    time_date(number, &year_back, &month_back, &day_back);
    rotated->day = number;
    rotated->hour = hour;
    return day_back == day; /* no 31st of April */
}

/* IIS: exYYMMDD, exYYMMDDHH. */
static bool read_short_date(const struct digits *digits, struct rotated *rotated)
{
    if (digits->cuts != 0 || (digits->count != 6 && digits->count != 8) ||
        !set_day(rotated, 2000 + (int64_t)number_at(digits, 0, 2), number_at(digits, 2, 2), number_at(digits, 4, 2),
                 number_at(digits, 6, 2))) {
        return false;
    }
    rotated->kind = digits->count == 6 ? ROTATION_DAY : ROTATION_HOUR;
    rotated->year_digits = 2;
    return true;
}

static bool read_seconds(const struct digits *digits, struct rotated *rotated)
{
    if (digits->count != 10 || digits->cuts != 0 || digits->all[0] != '1') {
        return false;
    }
    rotated->day = number_at(digits, 0, 10) / 86400;
    rotated->kind = ROTATION_INSTANT;
    return true;
}

/* YYYY MM DD with separators after both or none; behind it HH, MM, SS, or seconds since 1970. */
static bool read_date(const struct digits *digits, struct rotated *rotated)
{
    enum { AFTER_YEAR = 1 << 4, AFTER_MONTH = 1 << 6, IN_DATE = (1 << 8) - 1, LATER = 1 << 8 | 1 << 10 | 1 << 12 };
    uint32_t within = digits->cuts & IN_DATE;
    bool is_month = digits->count == 6 && (within & ~(uint32_t)AFTER_YEAR) == 0;
    if (is_month && set_day(rotated, number_at(digits, 0, 4), number_at(digits, 4, 2), 1, 0)) {
        rotated->kind = ROTATION_INSTANT;
        return true;
    }
    bool is_long = digits->count == 8 || digits->count == 10 || digits->count == 12 || digits->count == 14 ||
                   (digits->count == 18 && (digits->cuts & ~(uint32_t)IN_DATE) == 1 << 8);
    bool has_form =
        (within == 0 || within == (AFTER_YEAR | AFTER_MONTH)) && (digits->cuts & ~(uint32_t)(IN_DATE | LATER)) == 0;
    unsigned hour = digits->count == 18 ? 0 : number_at(digits, 8, 2);
    if (!is_long || !has_form ||
        !set_day(rotated, number_at(digits, 0, 4), number_at(digits, 4, 2), number_at(digits, 6, 2), hour)) {
        return false;
    }
    rotated->kind = digits->count == 8 ? ROTATION_DAY : digits->count == 10 ? ROTATION_HOUR : ROTATION_INSTANT;
    rotated->year_digits = digits->count == 18 ? 0 : 4;
    return true;
}

static bool is_after_iis(struct str before)
{
    bool is_word = before.len == 2 || (before.len > 2 && !is_letter(before.data[before.len - 3]));
    return is_word && (str_ends_nocase(before, STR("ex")) || str_ends_nocase(before, STR("nc")) ||
                       str_ends_nocase(before, STR("in")));
}

/* A date that ends at `end` and begins behind `base` and something. */
static bool date_at_end(struct str path, size_t base, size_t end, struct rotated *rotated)
{
    size_t from = end;
    while (from > base && (is_digit(path.data[from - 1]) || is_separator(path.data[from - 1])) && end - from < 32) {
        from--;
    }
    for (size_t at = from; at < end; at++) {
        struct digits digits;
        if (!is_digit(path.data[at]) || at == base || is_digit(path.data[at - 1]) ||
            !read_digits(str_slice(path, at, end), &digits)) {
            continue;
        }
        struct rotated found = {.at = at, .len = end - at};
        bool is_cut = is_separator(path.data[at - 1]);
        if ((is_after_iis(str_slice(path, base, at)) && read_short_date(&digits, &found)) ||
            (is_cut && (read_seconds(&digits, &found) || read_date(&digits, &found)))) {
            *rotated = found;
            return true;
        }
    }
    return false;
}

/* ".7" at the end. */
static bool number_at_end(struct str path, size_t base, size_t end, struct rotated *rotated)
{
    size_t digits = 0;
    while (base + digits < end && is_digit(path.data[end - 1 - digits])) {
        digits++;
    }
    if (digits == 0 || digits > NUMBER_DIGITS || end - digits < base + 2 || path.data[end - 1 - digits] != '.') {
        return false;
    }
    uint64_t number = 0;
    (void)str_u64(str_slice(path, end - digits, end), &number);
    *rotated = (struct rotated){.kind = ROTATION_NUMBER, .number = number, .at = end - digits, .len = digits};
    return true;
}

static size_t trim_separators(struct str path, size_t base, size_t end)
{
    while (end > base + 1 && is_separator(path.data[end - 1])) {
        end--;
    }
    return end;
}

/* A number or a date that ends at `end`. *ret_end: where what is left of the name ends. */
static bool turn_at_end(struct str path, size_t base, size_t end, struct rotated *rotated, size_t *ret_end)
{
    struct rotated date;
    if (number_at_end(path, base, end, rotated)) {
        *ret_end = without_packing(path, rotated->at - 1);
        if (date_at_end(path, base, *ret_end, &date)) { /* app.2026-03-14.1: the second of a day */
            *rotated = date;
            rotated->kind = ROTATION_INSTANT;
            *ret_end = trim_separators(path, base, date.at);
        }
        return true;
    }
    if (date_at_end(path, base, end, rotated)) {
        *ret_end = trim_separators(path, base, rotated->at);
        return true;
    }
    return false;
}

void rotated_name(struct rotated *ret_rotated, struct str path, struct buf *stem)
{
    size_t base = path.len;
    while (base > 0 && path.data[base - 1] != '/' && path.data[base - 1] != '!') {
        base--;
    }
    *ret_rotated = (struct rotated){.kind = ROTATION_NONE};
    size_t end = without_packing(path, path.len);
    end = end > base ? end : path.len;
    size_t extension = extension_of(path, end), left = end;
    struct rotated found = {0};
    bool is_turned = turn_at_end(path, base, end, &found, &left);
    if (!is_turned && extension > 0 && end - extension > base) {
        is_turned = turn_at_end(path, base, end - extension, &found, &left);
        is_turned &= found.kind != ROTATION_NUMBER || !is_digit(path.data[left - 1]); /* 10.0.0.1.log is no turn */
    } else {
        extension = 0;
    }
    if (is_turned && left > base) {
        *ret_rotated = found;
    } else {
        left = end;
        extension = 0;
    }
    buf_reset(stem);
    buf_put(stem, str_slice(path, 0, left));
    buf_put(stem, str_slice(path, end - extension, end));
}

void rotated_other(const struct rotated *rotated, struct str path, uint64_t number, int64_t day, unsigned hour,
                   struct buf *out)
{
    int64_t year;
    unsigned month, of_month;
    char digits[32] = "";
    size_t next = 0, end = rotated->at + rotated->len;
    time_date(day, &year, &month, &of_month);
    if (rotated->kind == ROTATION_NUMBER) {
        buf_put(out, str_slice(path, 0, rotated->at));
        buf_printf(out, "%llu", (unsigned long long)number);
        buf_put(out, str_slice(path, end, path.len));
        return;
    }
    (void)snprintf(digits, sizeof digits, "%04lld%02u%02u%02u", (long long)year, month, of_month, hour);
    next = rotated->year_digits == 2 ? 2 : 0;
    size_t until = rotated->kind == ROTATION_HOUR ? 10 : 8;
    for (size_t i = 0; i < path.len; i++) {
        bool is_new = i >= rotated->at && i < end && is_digit(path.data[i]) && next < until;
        buf_putc(out, is_new ? digits[next++] : path.data[i]);
    }
}
