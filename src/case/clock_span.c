/* Counting hours, days, business days and months. */
#include "case/clock_span.h"

#include <stdio.h>

#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

enum { SPAN_MAX = 10000, DAY_S = 86400, SCAN_MAX_DAYS = 4 * SPAN_MAX, DAY_LAST = 106740 /* in 2262 */ };

bool span_read(struct str text, struct span *ret_span)
{
    static const struct {
        const char *word;
        enum span_unit unit;
    } units[] = {{"hour", SPAN_HOURS},
                 {"day", SPAN_DAYS},
                 {"week", SPAN_WEEKS},
                 {"month", SPAN_MONTHS},
                 {"business day", SPAN_BUSINESS_DAYS},
                 {"working day", SPAN_BUSINESS_DAYS}};
    uint64_t count;
    struct str_cut cut = str_cut(str_trim(text), ' ');
    struct str unit = str_trim(cut.tail);
    if (!cut.found || !str_u64(cut.head, &count) || count == 0 || count > SPAN_MAX) {
        return false;
    }
    unit.len -= str_ends(unit, STR("s"));
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (str_eq(unit, str_of(units[i].word))) {
            *ret_span = (struct span){(int64_t)count, units[i].unit};
            return true;
        }
    }
    return false;
}

bool moment_read(struct str text, struct moment *ret_moment)
{
    int64_t at = time_parse(text);
    if (at == TIME_NONE) {
        return false;
    }
    bool is_day = text.len == 10;
    *ret_moment = is_day
                      ? (struct moment){.is_day = true, .day = at / (DAY_S * NS_PER_S) - (at % (DAY_S * NS_PER_S) < 0)}
                      : (struct moment){.at = at};
    return true;
}

void moment_text(char out[static 40], const struct moment *moment)
{
    time_rfc3339(out, moment->is_day ? moment->day * DAY_S * NS_PER_S : moment->at);
    if (moment->is_day) {
        out[10] = '\0';
    }
}

/* The same day of a later month, or the last day of a shorter one (Regulation 1182/71, Article 3(2)(c)). */
static int64_t add_months(int64_t day_number, int64_t count)
{
    int64_t year;
    unsigned month, day;
    time_date(day_number, &year, &month, &day);
    int64_t months = year * 12 + (month - 1) + count;
    int64_t first = time_days(months / 12, (unsigned)(months % 12) + 1, 1);
    int64_t next = time_days((months + 1) / 12, (unsigned)((months + 1) % 12) + 1, 1);
    return first + day <= next ? first + day - 1 : next - 1;
}

/* The count-th day of the week (0: Sunday) of a month; count 5: the last. */
static bool is_nth(int64_t number, unsigned day, int64_t weekday, unsigned count, bool is_last)
{
    return (number + 4) % 7 == weekday && (is_last ? day + 7 > 31 : (day - 1) / 7 + 1 == count);
}

/* 5 U.S.C. 6103(a), as amended by Pub. L. 117-17 of 17 June 2021 (Juneteenth). */
static bool is_us_holiday(int64_t number)
{
    int64_t year;
    unsigned month, day;
    time_date(number, &year, &month, &day);
    switch (month) {
    case 1:
        return day == 1 || is_nth(number, day, 1, 3, false);
    case 2:
        return is_nth(number, day, 1, 3, false);
    case 5:
        return is_nth(number, day, 1, 0, true);
    case 6:
        return day == 19 && year >= 2021;
    case 7:
        return day == 4;
    case 9:
        return is_nth(number, day, 1, 1, false);
    case 10:
        return is_nth(number, day, 1, 2, false);
    case 11:
        return day == 11 || is_nth(number, day, 4, 4, false);
    case 12:
        return day == 25;
    default:
        return false;
    }
}

/* A holiday that falls on a Saturday is kept on the Friday before (5 U.S.C. 6103(b)(1)), on a Sunday on the Monday after
 * (Executive Order 11582 of 1971, section 3(a)). */
static bool is_us_closed(int64_t number)
{
    int64_t weekday = (number + 4) % 7;
    return is_us_holiday(number) || (weekday == 5 && is_us_holiday(number + 1)) ||
           (weekday == 1 && is_us_holiday(number - 1));
}

bool calendar_is_open(const struct calendar *calendar, int64_t day)
{
    char text[TIME_TEXT];
    int64_t weekday = ((day + 4) % 7 + 7) % 7;
    struct moment moment = {.is_day = true, .day = day};
    if (weekday == 0 || weekday == 6 || (calendar->has_us_holidays && is_us_closed(day))) {
        return false;
    }
    moment_text(text, &moment);
    for (size_t i = 0; i < json_array_size(calendar->holidays); i++) {
        const char *holiday = json_string_value(json_array_get(calendar->holidays, i));
        if (holiday != NULL && strcmp(holiday, text) == 0) {
            return false;
        }
    }
    return true;
}

/* The first day after the start is the first that counts. */
static int64_t add_business_days(int64_t day, int64_t count, const struct calendar *calendar)
{
    for (int64_t i = 0; i < SCAN_MAX_DAYS && count > 0 && day < DAY_LAST; i++) {
        count -= calendar_is_open(calendar, ++day);
    }
    return day;
}

/* Never beyond the last day that can be told. */
static int64_t hours_later(int64_t start, int64_t count)
{
    int64_t last = INT64_C(1) * DAY_LAST * DAY_S * NS_PER_S, hours = count * 3600 * NS_PER_S;
    return start > last - hours ? last : start + hours;
}

/* Days later, when the clock on the wall shows the same: a day on which the clock is changed has 23 hours or 25. */
static int64_t same_hour(const struct zone *zone, int64_t start, int64_t days)
{
    int64_t part = start % NS_PER_S;
    return zone_instant(zone, zone_wall_s(zone, start) + days * DAY_S) + (part < 0 ? part + NS_PER_S : part);
}

struct moment span_end(const struct span *span, const struct moment *from, const struct calendar *calendar,
                       const struct zone *zone)
{
    int64_t start = from->is_day ? zone_midnight(zone, from->day) : from->at;
    int64_t day = from->is_day ? from->day : zone_day(zone, from->at);
    int64_t end = day;
    switch (span->unit) {
    case SPAN_HOURS:
        return (struct moment){.at = hours_later(start, span->count)};
    case SPAN_BUSINESS_DAYS:
        return (struct moment){.is_day = true, .day = add_business_days(day, span->count, calendar)};
    case SPAN_WEEKS:
        end = day + span->count * 7;
        break;
    case SPAN_MONTHS:
        end = add_months(day, span->count);
        break;
    case SPAN_DAYS:
    default:
        end = day + span->count;
        break;
    }
    end = end > DAY_LAST ? DAY_LAST : end;
    if (from->is_day) {
        return (struct moment){.is_day = true, .day = end};
    }
    return (struct moment){.at = same_hour(zone, start, end - day)};
}

int64_t moment_over(const struct moment *moment, const struct zone *zone)
{
    return moment->is_day ? zone_midnight(zone, moment->day + 1) : moment->at;
}
