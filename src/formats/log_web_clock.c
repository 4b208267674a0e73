/* Times however an access log writes them: read by the pattern that wrote them (strftime(3), C locale), into parts, which make
 * an instant once all of a line's parts are in: Apache may write date, fraction and zone in three places.
 *
 * A time without a year gets the latest that does not lie behind the file's own time; one without a zone, the given
 * zone or UTC, and the line says that it had none. */
#include "base/str.h"
#include "base/time.h"
#include "formats/log_web.h"

#include "base/banned.h"

static const char known[] = "aAbBhdeDFHIjklmMnpRsSTtyYzZ%";

/* Two-letter patterns that stand for several. */
static struct str stands_for(char what)
{
    switch (what) {
    case 'D':
        return STR("%m/%d/%y");
    case 'F':
        return STR("%Y-%m-%d");
    case 'R':
        return STR("%H:%M");
    case 'T':
        return STR("%H:%M:%S");
    default:
        return (struct str){NULL, 0};
    }
}

/* Up to `most` digits at text[*at]; with leading spaces where strftime pads with them. */
static bool digits(struct str text, size_t *at, unsigned least, unsigned most, uint64_t *ret_value)
{
    unsigned count = 0;
    uint64_t value = 0;
    while (count < most && *at < text.len && str_is_digit(text.data[*at])) {
        value = value * 10 + (uint64_t)(text.data[(*at)++] - '0');
        count++;
    }
    *ret_value = value;
    return count >= least;
}

static bool small(struct str text, size_t *at, unsigned least_digits, uint64_t lowest, uint64_t highest,
                  uint8_t *ret_value)
{
    uint64_t value;
    bool is_good = digits(text, at, least_digits, 2, &value) && value >= lowest && value <= highest;
    *ret_value = (uint8_t)value;
    return is_good;
}

/* One of `count` names of three letters, and what full names have behind them. */
static bool name_of(struct str text, size_t *at, const char *names, unsigned count, uint8_t *ret_number)
{
    for (unsigned i = 0; i < count; i++) {
        if (text.len - *at >= 3 && memcmp(text.data + *at, names + (size_t)i * 3, 3) == 0) {
            *ret_number = (uint8_t)(i + 1);
            *at += 3;
            while (*at < text.len && text.data[*at] >= 'a' && text.data[*at] <= 'z') {
                (*at)++;
            }
            return true;
        }
    }
    return false;
}

static bool fraction(struct web_clock *clock, struct str text, size_t *at)
{
    uint32_t unit = 100000000, nano = 0;
    size_t from = *at;
    for (; *at < text.len && str_is_digit(text.data[*at]); (*at)++) {
        nano += (uint32_t)(text.data[*at] - '0') * unit;
        unit /= 10;
    }
    clock->nano = nano;
    return *at > from;
}

/* "+0530", "+05:30", "-08" or "Z". */
static bool zone(struct web_clock *clock, struct str text, size_t *at)
{
    uint8_t hours, minutes = 0;
    clock->has_zone = true;
    clock->zone_minutes = 0;
    if (*at < text.len && text.data[*at] == 'Z') {
        (*at)++;
        return true;
    }
    if (*at >= text.len || (text.data[*at] != '+' && text.data[*at] != '-')) {
        return false;
    }
    bool is_west = text.data[(*at)++] == '-';
    if (!small(text, at, 2, 0, 15, &hours)) {
        return false;
    }
    size_t behind = *at + (*at < text.len && text.data[*at] == ':');
    if (behind < text.len && str_is_digit(text.data[behind])) {
        *at = behind;
        if (!small(text, at, 2, 0, 59, &minutes)) {
            return false;
        }
    }
    int east = hours * 60 + minutes;
    clock->zone_minutes = (int16_t)(is_west ? -east : east);
    return true;
}

/* A zone's name. Only those that mean one thing everywhere say anything. */
static bool zone_name(struct web_clock *clock, struct str text, size_t *at)
{
    size_t from = *at;
    while (*at < text.len && *at - from < 8 &&
           ((text.data[*at] >= 'A' && text.data[*at] <= 'Z') || str_is_digit(text.data[*at]) || text.data[*at] == '+' ||
            text.data[*at] == '-')) {
        (*at)++;
    }
    struct str name = str_slice(text, from, *at);
    if (str_eq(name, STR("UTC")) || str_eq(name, STR("GMT"))) {
        clock->has_zone = true;
        clock->zone_minutes = 0;
    }
    return name.len > 0;
}

static bool epoch(struct web_clock *clock, struct str text, size_t *at, unsigned most, uint64_t per_second)
{
    uint64_t value;
    if (!digits(text, at, 1, most, &value)) {
        return false;
    }
    clock->has_epoch = true;
    clock->epoch = (int64_t)(value / per_second);
    if (per_second > 1) {
        clock->nano = (uint32_t)(value % per_second * (1000000000U / per_second));
    }
    return true;
}

static bool skip_spaces(struct str text, size_t *at)
{
    while (*at < text.len && text.data[*at] == ' ') {
        (*at)++;
    }
    return true;
}

static bool read_date_part(struct web_clock *clock, char what, struct str text, size_t *at)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec", weekdays[] = "MonTueWedThuFriSatSun";
    uint64_t value;
    uint8_t ignored;
    switch (what) {
    case 'a':
    case 'A':
        return name_of(text, at, weekdays, 7, &ignored);
    case 'b':
    case 'B':
    case 'h':
        return name_of(text, at, months, 12, &clock->month);
    case 'm':
        return small(text, at, 2, 1, 12, &clock->month);
    case 'd':
    case 'e':
        clock->has_date = true;
        return skip_spaces(text, at) && small(text, at, 1, 1, 31, &clock->day);
    case 'j':
        clock->has_date = digits(text, at, 3, 3, &value) && value >= 1 && value <= 366;
        clock->day_of_year = (uint16_t)value;
        return clock->has_date;
    case 'Y':
        clock->has_year = digits(text, at, 4, 4, &value) && value >= 1970 && value <= 2261;
        clock->year = (uint16_t)value;
        return clock->has_year;
    case 'y': /* POSIX: 69 to 99 are of the last century */
        clock->has_year = digits(text, at, 2, 2, &value);
        clock->year = (uint16_t)(value + (value >= 69 ? 1900 : 2000));
        return clock->has_year && clock->year >= 1970;
    default:
        return false;
    }
}

static bool read_time_part(struct web_clock *clock, char what, struct str text, size_t *at)
{
    bool has_fraction;
    switch (what) {
    case 'H':
    case 'k':
        clock->has_time = true;
        return skip_spaces(text, at) && small(text, at, 1, 0, 23, &clock->hour);
    case 'I':
    case 'l':
        clock->has_time = clock->is_half_day = true;
        return skip_spaces(text, at) && small(text, at, 1, 1, 12, &clock->hour);
    case 'p':
        if (text.len - *at < 2 || text.data[*at + 1] != 'M' || (text.data[*at] != 'A' && text.data[*at] != 'P')) {
            return false;
        }
        clock->is_afternoon = text.data[*at] == 'P';
        *at += 2;
        return true;
    case 'M':
        return small(text, at, 2, 0, 59, &clock->minute);
    case 'S':
        return small(text, at, 2, 0, 60, &clock->second);
    case 's':
        return epoch(clock, text, at, 11, 1);
    case 'q':
        return epoch(clock, text, at, 14, 1000);
    case 'o':
        return epoch(clock, text, at, 17, 1000000);
    case 'v':
        return fraction(clock, text, at);
    case 'f':
        has_fraction =
            text.len - *at >= 2 && (text.data[*at] == '.' || text.data[*at] == ',') && str_is_digit(text.data[*at + 1]);
        *at += has_fraction;
        return !has_fraction || fraction(clock, text, at);
    case 'z':
        return zone(clock, text, at);
    case 'Z':
        return zone_name(clock, text, at);
    default:
        return false;
    }
}

static bool read_one(struct web_clock *clock, char what, struct str text, size_t *at)
{
    struct str several = stands_for(what);
    if (several.len > 0) {
        size_t took = web_clock_read(clock, several, str_slice(text, *at, text.len));
        *at += took == SIZE_MAX ? 0 : took;
        return took != SIZE_MAX;
    }
    if (what == 'n' || what == 't' || what == '%') {
        char literal = what == 'n' ? '\n' : what == 't' ? '\t' : '%';
        return *at < text.len && text.data[(*at)++] == literal;
    }
    if (what == 'i') {
        return *at < text.len && (text.data[*at] == 'T' || text.data[*at] == ' ') && ++*at > 0;
    }
    return read_date_part(clock, what, text, at) || read_time_part(clock, what, text, at);
}

size_t web_clock_read(struct web_clock *clock, struct str pattern, struct str text)
{
    size_t at = 0;
    for (size_t p = 0; p < pattern.len; p++) {
        if (pattern.data[p] == '%' && p + 1 < pattern.len) {
            if (!read_one(clock, pattern.data[++p], text, &at)) {
                return SIZE_MAX;
            }
        } else if (at >= text.len || text.data[at++] != pattern.data[p]) {
            return SIZE_MAX;
        }
    }
    return at;
}

bool web_time_is_known(struct str pattern)
{
    for (size_t p = 0; p < pattern.len; p++) {
        if (pattern.data[p] == '%' &&
            (++p == pattern.len || memchr(known, pattern.data[p], sizeof known - 1) == NULL)) {
            return false;
        }
    }
    return pattern.len > 0;
}

static bool has_any(struct str pattern, const char *of)
{
    for (size_t p = 0; p + 1 < pattern.len; p++) {
        if (pattern.data[p] == '%') {
            p++;
            if (memchr(of, pattern.data[p], strlen(of)) != NULL) {
                return true;
            }
        }
    }
    return false;
}

bool web_time_has_zone(struct str pattern)
{
    return has_any(pattern, "zsqo");
}

bool web_time_has_year(struct str pattern)
{
    return has_any(pattern, "YyDFsqo");
}

static bool is_day(int64_t year, const struct web_clock *clock)
{
    static const uint8_t days_of[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (clock->day_of_year > 0) {
        return clock->day_of_year <= 365 + is_leap;
    }
    return clock->month >= 1 && clock->day <= days_of[clock->month - 1] &&
           (clock->month != 2 || clock->day <= 28 + is_leap);
}

static int64_t second_in(int64_t year, const struct web_clock *clock)
{
    int64_t days = clock->day_of_year > 0 ? time_days(year, 1, 1) + clock->day_of_year - 1
                                          : time_days(year, clock->month, clock->day);
    unsigned hour = clock->hour;
    if (clock->is_half_day) {
        hour = hour % 12 + (clock->is_afternoon ? 12 : 0);
    }
    return days * 86400 + (int64_t)hour * 3600 + clock->minute * 60 + (clock->second == 60 ? 59 : clock->second);
}

/* The latest year with which the time does not lie a day or more behind the file's. */
static int64_t likely_year(const struct web_clock *clock, const struct web_calendar *calendar)
{
    int64_t written = (calendar->written == TIME_NONE ? time_now() : calendar->written) / NS_PER_S;
    int64_t year;
    unsigned month, day;
    time_date(written / 86400, &year, &month, &day);
    for (int64_t back = 0; back < 9; back++) {
        if (is_day(year - back, clock) && second_in(year - back, clock) <= written + 86400) {
            return year - back;
        }
    }
    return year;
}

bool web_clock_finish(const struct web_clock *clock, const struct web_calendar *calendar, struct log_line *line)
{
    line->nano = clock->nano;
    line->zone_minutes = clock->has_zone ? clock->zone_minutes : LOG_NO_ZONE;
    if (clock->has_epoch) {
        line->second = clock->epoch;
        line->zone_minutes = clock->has_zone ? clock->zone_minutes : 0;
        return clock->epoch <= INT64_C(9214646400);
    }
    if (!clock->has_date || !clock->has_time) {
        return false;
    }
    int64_t year = clock->has_year ? clock->year : likely_year(clock, calendar);
    if (year < 1970 || year > 2261 || !is_day(year, clock)) {
        return false;
    }
    int16_t east = clock->has_zone                         ? clock->zone_minutes
                   : calendar->zone_minutes == LOG_NO_ZONE ? 0
                                                           : calendar->zone_minutes;
    line->second = second_in(year, clock) - (int64_t)east * 60;
    return true;
}
