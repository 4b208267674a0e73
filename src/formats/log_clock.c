/* Stamps as they are written, and the instants they mean. */
#include "formats/log_clock.h"

#include <stdlib.h>

#include "base/time.h"

#include "base/banned.h"

enum { DAY_S = 86400, YEAR_MIN = 1700, YEAR_MAX = 2261, YEARS_BACK = 8, PROBE_LINES = 256, ACCESS_STAMP_WITHIN = 160 };

void log_clock_init(struct log_clock *clock, const struct log_spec *spec)
{
    int64_t written = spec->written == TIME_NONE ? time_now() : spec->written;
    clock->zone_s = spec->zone_minutes == LOG_NO_ZONE ? 0 : (int64_t)spec->zone_minutes * 60;
    clock->latest = written / NS_PER_S + clock->zone_s + DAY_S;
}

bool log_clock_setup(const struct log_spec *spec, void **ret_setup)
{
    struct log_clock *clock = calloc(1, sizeof *clock);
    if (clock != NULL) {
        log_clock_init(clock, spec);
    }
    *ret_setup = clock;
    return clock != NULL;
}

bool log_clock_probe(const struct log_spec *spec, struct str head, bool (*starts)(const void *setup, struct str line),
                     void **ret_setup)
{
    for (size_t lines = 0; lines < PROBE_LINES && head.len > 0; lines++) {
        struct str_cut cut = str_cut(head, '\n');
        if (starts(NULL, cut.head)) {
            return log_clock_setup(spec, ret_setup);
        }
        head = cut.tail;
    }
    return false;
}

static bool is_leap(uint64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool is_date(uint64_t year, uint64_t month, uint64_t day)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return year >= YEAR_MIN && year <= YEAR_MAX && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (uint64_t)(month == 2 && is_leap(year));
}

static int64_t local_second(uint64_t year, const struct log_stamp *stamp)
{
    uint64_t second = stamp->second == 60 ? 59 : stamp->second;
    return time_days((int64_t)year, (unsigned)stamp->month, (unsigned)stamp->day) * DAY_S +
           (int64_t)(stamp->hour * 3600 + stamp->minute * 60 + second);
}

/* Years back from the latest, as far as to the last leap year but one (1896 to 1904 were eight years). */
static bool find_year(const struct log_clock *clock, const struct log_stamp *stamp, int64_t *ret_local)
{
    int64_t latest_year;
    unsigned month, day;
    time_date(clock->latest / DAY_S, &latest_year, &month, &day);
    for (int64_t year = latest_year; year >= latest_year - YEARS_BACK && year >= YEAR_MIN; year--) {
        if (is_date((uint64_t)year, stamp->month, stamp->day)) {
            *ret_local = local_second((uint64_t)year, stamp);
            if (*ret_local <= clock->latest) {
                return true;
            }
        }
    }
    return false;
}

bool log_clock_set(const struct log_clock *clock, const struct log_stamp *stamp, struct log_line *line)
{
    int64_t local;
    if (stamp->hour > 23 || stamp->minute > 59 || stamp->second > 60) {
        return false;
    }
    if (stamp->year == 0) {
        if (!find_year(clock, stamp, &local)) {
            return false;
        }
    } else if (is_date(stamp->year, stamp->month, stamp->day)) {
        local = local_second(stamp->year, stamp);
    } else {
        return false;
    }
    line->second = local - (stamp->has_zone ? (int64_t)stamp->zone_minutes * 60 : clock->zone_s);
    line->nano = stamp->nano;
    line->zone_minutes = stamp->has_zone ? stamp->zone_minutes : LOG_NO_ZONE;
    return true;
}

uint32_t log_clock_month_s(const struct log_stamp *stamp)
{
    if (stamp->month < 1 || stamp->month > 12 || stamp->year < 1970 || stamp->year > 2261) {
        return 31 * 86400;
    }
    int64_t year = (int64_t)stamp->year + (stamp->month == 12);
    unsigned next = stamp->month == 12 ? 1 : (unsigned)stamp->month + 1;
    return (uint32_t)(time_days(year, next, 1) - time_days((int64_t)stamp->year, (unsigned)stamp->month, 1)) * 86400;
}

bool log_scan_month(struct scan *scan, uint64_t *ret_month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    struct str word = str_slice(scan->text, scan->at, scan->at + 3);
    for (size_t i = 0; i < 12 && word.len == 3; i++) {
        if (str_eq_nocase(word, (struct str){names + 3 * i, 3})) {
            *ret_month = i + 1;
            scan->at += 3;
            return true;
        }
    }
    return false;
}

/* ".123456" or ",123", to nanoseconds; without one 0. */
static void scan_fraction(struct scan *scan, uint32_t *ret_nano)
{
    uint64_t fraction;
    struct scan ahead = *scan;
    *ret_nano = 0;
    if (!scan_char(&ahead, '.') && !scan_char(&ahead, ',')) {
        return;
    }
    size_t from = ahead.at;
    if (!scan_number(&ahead, 1, 9, &fraction)) {
        return;
    }
    for (size_t digits = ahead.at - from; digits < 9; digits++) {
        fraction *= 10;
    }
    uint64_t finer;
    (void)scan_number(&ahead, 0, 18, &finer); /* Azure writes seven digits, some write twelve */
    *ret_nano = (uint32_t)fraction;
    *scan = ahead;
}

bool log_scan_time(struct scan *scan, struct log_stamp *stamp)
{
    struct scan ahead = *scan;
    if (!scan_number(&ahead, 2, 2, &stamp->hour) || !scan_char(&ahead, ':') ||
        !scan_number(&ahead, 2, 2, &stamp->minute) || !scan_char(&ahead, ':') ||
        !scan_number(&ahead, 2, 2, &stamp->second)) {
        return false;
    }
    scan_fraction(&ahead, &stamp->nano);
    *scan = ahead;
    return true;
}

bool log_scan_date(struct scan *scan, char separator, struct log_stamp *stamp)
{
    struct scan ahead = *scan;
    if (!scan_number(&ahead, 4, 4, &stamp->year) || stamp->year == 0 || !scan_char(&ahead, separator) ||
        !scan_number(&ahead, 2, 2, &stamp->month) || !scan_char(&ahead, separator) ||
        !scan_number(&ahead, 2, 2, &stamp->day)) {
        return false;
    }
    *scan = ahead;
    return true;
}

bool log_scan_syslog(struct scan *scan, struct log_stamp *stamp)
{
    struct scan ahead = *scan;
    *stamp = (struct log_stamp){0};
    if (!log_scan_month(&ahead, &stamp->month) || !scan_char(&ahead, ' ')) {
        return false;
    }
    (void)scan_char(&ahead, ' ');
    if (!scan_number(&ahead, 1, 2, &stamp->day) || !scan_char(&ahead, ' ')) {
        return false;
    }
    struct scan year = ahead;
    if (scan_number(&year, 4, 4, &stamp->year) && stamp->year != 0 && scan_char(&year, ' ')) {
        ahead = year;
    } else {
        stamp->year = 0;
    }
    if (!log_scan_time(&ahead, stamp)) {
        return false;
    }
    *scan = ahead;
    return true;
}

/* "Z", "+01:00", "+0100", "+01"; true too when there is none. False for a zone that cannot be. */
static bool scan_zone(struct scan *scan, struct log_stamp *stamp)
{
    uint64_t hours, minutes = 0;
    if (scan_char(scan, 'Z') || scan_char(scan, 'z')) {
        stamp->has_zone = true;
        return true;
    }
    bool is_west = scan_char(scan, '-');
    if (!is_west && !scan_char(scan, '+')) {
        return true;
    }
    if (!scan_number(scan, 2, 2, &hours)) {
        return false;
    }
    if (!scan_char(scan, ':')) {
        (void)scan_number(scan, 2, 2, &minutes);
    } else if (!scan_number(scan, 2, 2, &minutes)) {
        return false;
    }
    int zone = (int)(hours * 60 + minutes);
    stamp->has_zone = true;
    stamp->zone_minutes = (int16_t)(is_west ? -zone : zone);
    return hours <= 15 && minutes <= 59;
}

bool log_scan_iso(struct scan *scan, struct log_stamp *stamp)
{
    struct scan ahead = *scan;
    *stamp = (struct log_stamp){0};
    if (!log_scan_date(&ahead, '-', stamp) ||
        (!scan_char(&ahead, 'T') && !scan_char(&ahead, ' ') && !scan_char(&ahead, 't')) ||
        !log_scan_time(&ahead, stamp) || !scan_zone(&ahead, stamp)) {
        return false;
    }
    *scan = ahead;
    return true;
}

bool log_scan_ctime(struct scan *scan, struct log_stamp *stamp)
{
    static const char days[] = "sunmontuewedthufrisat";
    struct scan ahead = *scan;
    *stamp = (struct log_stamp){0};
    struct str name = str_slice(ahead.text, ahead.at, ahead.at + 3);
    size_t day = 0;
    while (day < 7 && !str_eq_nocase(name, (struct str){days + 3 * day, 3})) {
        day++;
    }
    ahead.at += 3;
    if (day == 7 || !scan_char(&ahead, ' ') || !log_scan_month(&ahead, &stamp->month) || !scan_char(&ahead, ' ')) {
        return false;
    }
    (void)scan_char(&ahead, ' ');
    if (!scan_number(&ahead, 1, 2, &stamp->day) || !scan_char(&ahead, ' ') || !log_scan_time(&ahead, stamp) ||
        !scan_char(&ahead, ' ') || !scan_number(&ahead, 4, 4, &stamp->year) || stamp->year == 0) {
        return false;
    }
    *scan = ahead;
    return true;
}

/* "[14/Mar/2020:" as access logs have it, near the line's beginning */
static bool has_access_stamp(struct str line)
{
    struct str head = str_slice(line, 0, ACCESS_STAMP_WITHIN);
    for (size_t at = str_find(head, STR("["), 0); at != SIZE_MAX; at = str_find(head, STR("["), at + 1)) {
        struct scan scan = {line, at + 1};
        uint64_t number;
        if (scan_number(&scan, 2, 2, &number) && scan_char(&scan, '/') && log_scan_month(&scan, &number) &&
            scan_char(&scan, '/') && scan_number(&scan, 4, 4, &number) && scan_char(&scan, ':')) {
            return true;
        }
    }
    return false;
}

/* "14-Mar-2020 21:47:09" */
static bool is_php_stamp(struct scan scan)
{
    uint64_t number;
    struct log_stamp stamp;
    return scan_number(&scan, 2, 2, &number) && scan_char(&scan, '-') && log_scan_month(&scan, &number) &&
           scan_char(&scan, '-') && scan_number(&scan, 4, 4, &number) && scan_char(&scan, ' ') &&
           log_scan_time(&scan, &stamp);
}

bool log_clock_dated(struct str line)
{
    struct log_stamp stamp = {0};
    struct scan scan = {line, 0};
    (void)scan_char(&scan, '[');
    struct scan slashed = scan;
    return log_scan_ctime(&scan, &stamp) || log_scan_iso(&scan, &stamp) || log_scan_syslog(&scan, &stamp) ||
           is_php_stamp(scan) ||
           (log_scan_date(&slashed, '/', &stamp) && scan_char(&slashed, ' ') && log_scan_time(&slashed, &stamp)) ||
           has_access_stamp(line);
}
