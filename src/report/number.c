/* Numbers and times as the page writes them (docs of the look: "Numbers"). Written from integers, never through a locale. */
#include "report/number.h"

#include <math.h>
#include <stdlib.h>

#include "base/stat.h"
#include "base/time.h"

#include "base/banned.h"

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const small_numbers[] = {"none",  "one",   "two",  "three", "four",   "five",  "six",
                                            "seven", "eight", "nine", "ten",   "eleven", "twelve"};

void number_count(struct buf *out, uint64_t count)
{
    char digits[32];
    size_t at = sizeof digits;
    unsigned written = 0;
    do {
        if (written > 0 && written % 3 == 0) {
            digits[--at] = ',';
        }
        digits[--at] = (char)('0' + count % 10);
        count /= 10;
        written++;
    } while (count > 0);
    buf_put(out, (struct str){digits + at, sizeof digits - at});
}

void number_small(struct buf *out, uint64_t count)
{
    if (count < sizeof small_numbers / sizeof small_numbers[0]) {
        buf_puts(out, small_numbers[count]);
    } else {
        number_count(out, count);
    }
}

void number_bytes(struct buf *out, uint64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        buf_printf(out, "%u B", (unsigned)bytes);
        return;
    }
    uint64_t unit = 1000;
    size_t name = 0;
    while (name + 1 < sizeof units / sizeof units[0] && bytes / 1000 >= unit) {
        unit *= 1000;
        name++;
    }
    uint64_t thousandths = bytes / (unit / 1000);
    if (thousandths >= 999500 && name + 1 < sizeof units / sizeof units[0]) {
        buf_printf(out, "1.00 %s", units[name + 1]);
        return;
    }
    if (thousandths >= 99950) {
        buf_printf(out, "%u", (unsigned)((thousandths + 500) / 1000));
    } else if (thousandths >= 9995) {
        uint64_t tenths = (thousandths + 50) / 100;
        buf_printf(out, "%u.%u", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
    } else {
        uint64_t hundredths = (thousandths + 5) / 10;
        buf_printf(out, "%u.%02u", (unsigned)(hundredths / 100), (unsigned)(hundredths % 100));
    }
    buf_printf(out, " %s", units[name]);
}

long number_tenths(double value)
{
    return isfinite(value) && fabs(value) < 1e6 ? lround(value * 10) : 0;
}

void number_ratio(struct buf *out, double log10_lr)
{
    long tenths = number_tenths(log10_lr);
    buf_puts(out, tenths > 0 ? "+" : tenths < 0 ? "−" : "");
    buf_printf(out, "%ld.%ld", labs(tenths) / 10, labs(tenths) % 10);
}

/* Two significant digits of 10^(tenths/10). */
static void put_odds_number(struct buf *out, long tenths)
{
    double number = pow(10, (double)tenths / 10);
    if (number < 9.95) {
        long rounded = lround(number * 10);
        buf_printf(out, rounded % 10 == 0 ? "%ld" : "%ld.%ld", rounded / 10, rounded % 10);
        return;
    }
    double step = pow(10, floor(log10(number)) - 1);
    number_count(out, (uint64_t)(round(number / step) * step + 0.5));
}

void number_odds(struct buf *out, double log10_lr)
{
    long tenths = number_tenths(log10_lr);
    if (tenths == 0) {
        buf_puts(out, "1 to 1");
        return;
    }
    buf_puts(out, tenths > 0 ? "about " : "about 1 to ");
    put_odds_number(out, labs(tenths) > 120 ? 120 : labs(tenths));
    if (tenths > 0) {
        buf_puts(out, " to 1");
    }
}

void number_times(struct buf *out, double log10_lr)
{
    long tenths = labs(number_tenths(log10_lr));
    put_odds_number(out, tenths > 120 ? 120 : tenths);
}

void number_percent(struct buf *out, double share)
{
    long tenths = number_tenths(share * 100);
    if (labs(tenths) % 10 == 0) {
        buf_printf(out, "%ld", tenths / 10);
    } else {
        buf_printf(out, "%ld.%ld", tenths / 10, labs(tenths) % 10);
    }
}

static void put_unit(struct buf *out, int64_t count, const char *unit, bool *is_first)
{
    if (count > 0) {
        buf_printf(out, "%s%lld %s", *is_first ? "" : " ", (long long)count, unit);
        *is_first = false;
    }
}

void number_duration(struct buf *out, int64_t ns)
{
    int64_t s = (ns < 0 ? -(ns + 1) : ns) / NS_PER_S;
    bool is_first = true;
    if (s < MINUTE_S) {
        buf_printf(out, "%lld s", (long long)s);
    } else if (s % HOUR_S == 0 && s <= 3 * DAY_S) {
        buf_printf(out, s == HOUR_S ? "%lld hour" : "%lld hours", (long long)(s / HOUR_S));
    } else if (s < HOUR_S) {
        put_unit(out, s / MINUTE_S, "min", &is_first);
        put_unit(out, s % MINUTE_S, "s", &is_first);
    } else {
        put_unit(out, s / DAY_S, "d", &is_first);
        put_unit(out, s % DAY_S / HOUR_S, "h", &is_first);
        put_unit(out, s % HOUR_S / MINUTE_S, "min", &is_first);
    }
}

void number_digest(struct buf *out, struct str hex)
{
    if (hex.len <= 16) {
        buf_put(out, hex);
        return;
    }
    buf_put(out, (struct str){hex.data, 8});
    buf_puts(out, "…");
    buf_put(out, (struct str){hex.data + hex.len - 4, 4});
}

static int64_t floor_days(int64_t ns)
{
    int64_t day = (int64_t)DAY_S * NS_PER_S;
    return ns / day - (ns % day < 0);
}

/* No time, or one so early that no calendar of ours reaches it: what a record says must not end the page. */
static bool is_unknown(int64_t ns)
{
    return ns < INT64_MIN + (int64_t)DAY_S * NS_PER_S;
}

void number_day(struct buf *out, int64_t ns, bool with_year)
{
    if (is_unknown(ns)) {
        buf_puts(out, "an unknown day");
        return;
    }
    int64_t year;
    unsigned month, day;
    time_date(floor_days(ns), &year, &month, &day);
    buf_printf(out, "%u %s", day, months[(month - 1) % 12]);
    if (with_year) {
        buf_printf(out, " %lld", (long long)year);
    }
}

void number_clock(struct buf *out, int64_t ns, bool seconds)
{
    if (is_unknown(ns)) {
        buf_puts(out, "--:--");
        return;
    }
    int64_t s = (ns - floor_days(ns) * DAY_S * NS_PER_S) / NS_PER_S;
    buf_printf(out, "%02d:%02d", (int)(s / HOUR_S), (int)(s % HOUR_S / MINUTE_S));
    if (seconds) {
        buf_printf(out, ":%02d", (int)(s % MINUTE_S));
    }
}

void number_instant(struct buf *out, int64_t ns)
{
    char text[TIME_TEXT];
    if (is_unknown(ns)) {
        buf_puts(out, "at an unknown time");
        return;
    }
    time_human(text, ns - (ns % NS_PER_S + NS_PER_S) % NS_PER_S);
    struct str all = str_of(text);
    bool is_minute = all.len == 19 && memcmp(text + 16, ":00", 3) == 0;
    buf_put(out, (struct str){text, is_minute ? 16 : all.len});
}

void number_strength(struct buf *out, double log10_lr, double standard)
{
    if (fabs(log10_lr) < 0.3) {
        buf_puts(out, "no support either way");
        return;
    }
    bool is_below = fabs(log10_lr) < standard - 1e-9;
    buf_puts(out, stat_enfsi(log10_lr));
    buf_puts(out, log10_lr < 0 ? " against" : is_below ? "" : " support");
    if (is_below) {
        buf_puts(out, ", below the standard");
    }
}
