/* Instants, and how people and RFC 3339 write them. Days by Howard Hinnant's published civil-date arithmetic. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

enum { DAY_S = 86400 };

int64_t time_days(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void time_date(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    *day = (unsigned)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (unsigned)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = years + era * 400 + (*month <= 2);
}

static void put_time(char out[static TIME_TEXT], int64_t instant, char between)
{
    int64_t seconds = instant / NS_PER_S - (instant % NS_PER_S < 0);
    int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
    int64_t second = seconds - days * DAY_S;
    int64_t year;
    unsigned month;
    unsigned day;
    time_date(days, &year, &month, &day);
    (void)snprintf(out, TIME_TEXT, "%04lld-%02u-%02u%c%02u:%02u:%02u", (long long)year, month, day, between,
                   (unsigned)(second / 3600), (unsigned)(second / 60 % 60), (unsigned)(second % 60));
}

void time_rfc3339(char out[static TIME_TEXT], int64_t instant)
{
    put_time(out, instant, 'T');
    size_t at = strlen(out);
    int64_t rest = instant % NS_PER_S;
    rest += rest < 0 ? NS_PER_S : 0;
    if (rest != 0 && rest % 1000000 == 0) {
        (void)snprintf(out + at, TIME_TEXT - at, ".%03lldZ", (long long)(rest / 1000000));
    } else if (rest != 0 && rest % 1000 == 0) {
        (void)snprintf(out + at, TIME_TEXT - at, ".%06lldZ", (long long)(rest / 1000));
    } else if (rest != 0) {
        (void)snprintf(out + at, TIME_TEXT - at, ".%09lldZ", (long long)rest);
    } else {
        (void)snprintf(out + at, TIME_TEXT - at, "Z");
    }
}

void time_human(char out[static TIME_TEXT], int64_t instant)
{
    put_time(out, instant, ' ');
}

/* `count` digits at *at; false if there are fewer. */
static bool digits(struct str s, size_t *at, size_t count, unsigned *ret_value)
{
    uint64_t value;
    if (*at + count > s.len || !str_u64(str_slice(s, *at, *at + count), &value)) {
        return false;
    }
    *at += count;
    *ret_value = (unsigned)value;
    return true;
}

static bool mark(struct str s, size_t *at, char expected)
{
    if (*at < s.len && s.data[*at] == expected) {
        (*at)++;
        return true;
    }
    return false;
}

/* ".123" as nanoseconds; at most nine digits count. */
static int64_t fraction(struct str s, size_t *at)
{
    if (!mark(s, at, '.')) {
        return 0;
    }
    int64_t value = 0;
    int64_t unit = NS_PER_S;
    while (*at < s.len && s.data[*at] >= '0' && s.data[*at] <= '9') {
        unit /= 10;
        value += (s.data[*at] - '0') * unit;
        (*at)++;
    }
    return value;
}

/* The offset in seconds; false if what stands there is no zone. Nothing there means UTC. */
static bool zone(struct str s, size_t *at, int64_t *ret_offset)
{
    *ret_offset = 0;
    if (*at == s.len || mark(s, at, 'Z') || mark(s, at, 'z')) {
        return true;
    }
    bool east = mark(s, at, '+');
    unsigned hour;
    unsigned minute = 0;
    if ((!east && !mark(s, at, '-')) || !digits(s, at, 2, &hour)) {
        return false;
    }
    bool colon = mark(s, at, ':');
    if (!digits(s, at, 2, &minute) && colon) {
        return false;
    }
    *ret_offset = (int64_t)(hour * 3600 + minute * 60) * (east ? 1 : -1);
    return hour < 24 && minute < 60;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

int64_t time_parse(struct str s)
{
    size_t at = 0;
    unsigned year, month, day;
    unsigned hour = 0, minute = 0, second = 0;
    int64_t offset = 0, part = 0;
    if (!digits(s, &at, 4, &year) || !mark(s, &at, '-') || !digits(s, &at, 2, &month) || !mark(s, &at, '-') ||
        !digits(s, &at, 2, &day) || month < 1 || month > 12 || day < 1 || day > month_days(year, month)) {
        return TIME_NONE;
    }
    if (at < s.len) {
        if (!mark(s, &at, 'T') && !mark(s, &at, 't') && !mark(s, &at, ' ')) {
            return TIME_NONE;
        }
        if (!digits(s, &at, 2, &hour) || !mark(s, &at, ':') || !digits(s, &at, 2, &minute)) {
            return TIME_NONE;
        }
        if (mark(s, &at, ':') && !digits(s, &at, 2, &second)) {
            return TIME_NONE;
        }
        part = fraction(s, &at);
        if (!zone(s, &at, &offset)) {
            return TIME_NONE;
        }
    }
    if (at != s.len || hour > 23 || minute > 59 || second > 60 || year < 1678 || year > 2261) {
        return TIME_NONE;
    }
    int64_t seconds = time_days(year, month, day) * DAY_S + (int64_t)(hour * 3600 + minute * 60 + second) - offset;
    return seconds * NS_PER_S + part;
}

void time_duration(char out[static TIME_TEXT], int64_t ns)
{
    int64_t s = ns < 0 ? -(ns / NS_PER_S) : ns / NS_PER_S;
    int64_t days = s / DAY_S;
    int64_t hours = s / 3600 % 24;
    int64_t minutes = s / 60 % 60;
    if (days != 0) {
        (void)snprintf(out, TIME_TEXT, "%lld d %lld h %lld m", (long long)days, (long long)hours, (long long)minutes);
    } else if (hours != 0) {
        (void)snprintf(out, TIME_TEXT, "%lld h %lld m", (long long)hours, (long long)minutes);
    } else if (minutes != 0) {
        (void)snprintf(out, TIME_TEXT, "%lld m %lld s", (long long)minutes, (long long)(s % 60));
    } else {
        (void)snprintf(out, TIME_TEXT, "%lld s", (long long)s);
    }
}

int64_t time_now(void)
{
    const char *fixed = getenv("ASSAY_NOW");
    int64_t instant = fixed != NULL ? time_parse(str_of(fixed)) : TIME_NONE;
    if (instant != TIME_NONE) {
        return instant;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t time_ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}
