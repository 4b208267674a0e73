/* Dates and times as programs write them:
 *
 *   2020-03-14 21:47:09.123+02   2020-03-14T21:47Z   2020-03-14-21.47.09.000000   14.3.2020 1:02   3/14/2020 9:47:09 PM
 *   Sat, 14 Mar 2020 21:47:09 +0000 (UTC)   14-MAR-20 09.47.09.000000 PM   Mar 14 2020  9:47PM   March 14, 2020
 *   Sat Mar 14 21:47:09 UTC 2020   ISODate("2020-03-14T21:47:09Z")   /Date(1584222429123+0200)/ */
#include "base/time.h"
#include "normal/normal_parts.h"

#include "base/banned.h"

enum { STAMP_BYTES = 19, TIME_BYTES_MAX = 80 };

/* ---- Pieces ---- */

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

static bool is_at(struct str s, size_t at, char byte)
{
    return at < s.len && s.data[at] == byte;
}

static size_t skip(struct str s, size_t at, const char *bytes)
{
    while (at < s.len && memchr(bytes, s.data[at], strlen(bytes)) != NULL) {
        at++;
    }
    return at;
}

static bool is_letter(char byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static bool is_day(unsigned year, unsigned month, unsigned day)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           day <= (unsigned)days[month - 1] + (month == 2 && leap);
}

/* The word at `at`, if it is one of these or its first three letters; its number from 1, else 0. */
static unsigned word_at(struct str s, size_t *at, const char *const *words, unsigned count)
{
    size_t end = *at;
    while (end < s.len && is_letter(s.data[end])) {
        end++;
    }
    struct str word = str_slice(s, *at, end);
    for (unsigned i = 0; word.len >= 3 && i < count; i++) {
        struct str whole = str_of(words[i]);
        if (str_eq_nocase(word, whole) || str_eq_nocase(word, str_slice(whole, 0, 3))) {
            *at = end;
            return i + 1;
        }
    }
    return 0;
}

static unsigned month_at(struct str s, size_t *at)
{
    static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                         "july",    "august",   "september", "october", "november", "december"};
    return word_at(s, at, months, 12);
}

/* ---- Dates ---- */

/* "2020-03-14", "2020/3/14", "14.3.2020", "3/14/2020": the separator says who wrote it; / between is settled by day_first. */
static bool take_date(struct str s, size_t *at, bool day_first, int64_t *ret_days)
{
    unsigned part[3];
    size_t start = *at;
    if (!number_at(s, at, 1, 4, &part[0]) || *at >= s.len) {
        return false;
    }
    size_t first = *at - start;
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

/* "14 Mar 2020", "14-MAR-20", "14. March 2020": of two digits of a year, 50 to 99 are of the last century (Oracle's RR). */
static bool take_day_month(struct str s, size_t *at, int64_t *ret_days)
{
    unsigned year, day;
    if (!number_at(s, at, 1, 2, &day) || *at >= s.len) {
        return false;
    }
    bool is_oracle = s.data[*at] == '-';
    *at = skip(s, *at, is_oracle ? "-" : ". ");
    unsigned month = month_at(s, at);
    if (month == 0) {
        return false;
    }
    *at = skip(s, *at, is_oracle ? "-" : "., ");
    size_t start = *at;
    if (!number_at(s, at, 2, 4, &year) || *at - start == 3 || (*at - start == 2 && !is_oracle)) {
        return false;
    }
    year += *at - start == 4 ? 0 : year < 50 ? 2000 : 1900;
    if (!is_day(year, month, day)) {
        return false;
    }
    *ret_days = time_days((int64_t)year, month, day);
    return true;
}

/* ---- Times of day ---- */

static size_t skip_fraction(struct str s, size_t at)
{
    if (at < s.len && (s.data[at] == '.' || s.data[at] == ',')) {
        for (at++; at < s.len && s.data[at] >= '0' && s.data[at] <= '9';) {
            at++;
        }
    }
    return at;
}

/* "21:47", "21:47:09.123", "09.47.09 PM", "9:47PM". */
static bool take_clock(struct str s, size_t *at, int64_t *ret_seconds)
{
    unsigned hour, minute, second = 0;
    if (!number_at(s, at, 1, 2, &hour) || *at >= s.len || (s.data[*at] != ':' && s.data[*at] != '.')) {
        return false;
    }
    char mark = s.data[(*at)++];
    if (!number_at(s, at, 2, 2, &minute)) {
        return false;
    }
    if (is_at(s, *at, mark)) {
        (*at)++;
        if (!number_at(s, at, 2, 2, &second)) {
            return false;
        }
        *at = skip_fraction(s, *at);
    }
    size_t half = skip(s, *at, " ");
    struct str word = str_slice(s, half, half + 2);
    bool is_am = str_eq_nocase(word, STR("am"));
    if ((is_am || str_eq_nocase(word, STR("pm"))) && (half + 2 == s.len || !is_letter(s.data[half + 2]))) {
        if (hour < 1 || hour > 12) {
            return false;
        }
        hour = hour % 12 + (is_am ? 0 : 12);
        *at = half + 2;
    }
    *ret_seconds = (int64_t)(hour * 3600 + minute * 60 + second);
    return hour <= 23 && minute <= 59 && second <= 60;
}

/* Hours of zones written as words; RFC 2822 section 4.3, and Central Europe's. */
static bool named_zone(struct str name, int *ret_hours)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"z", 0},    {"utc", 0},  {"gmt", 0},  {"ut", 0},   {"est", -5}, {"edt", -4}, {"cst", -6},
                 {"cdt", -5}, {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}, {"cet", 1},  {"cest", 2}};
    for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
        if (str_eq_nocase(name, str_of(zones[i].name))) {
            *ret_hours = zones[i].hours;
            return true;
        }
    }
    return false;
}

/* "Z", "+02", "+0200", "-05:30", " UTC", "GMT+0200 (...)" or nothing, all of s. */
static bool take_zone(struct str s, int64_t *ret_offset)
{
    struct str rest = str_trim(s);
    unsigned hour = 0, minute = 0;
    size_t in = 1;
    int named = 0;
    *ret_offset = 0;
    if (rest.len > 0 && rest.data[rest.len - 1] == ')') { /* a comment, RFC 2822 */
        rest = str_trim(str_cut(rest, '(').head);
    }
    if (rest.len == 0 || named_zone(rest, &named)) {
        *ret_offset = (int64_t)named * 3600;
        return true;
    }
    struct str word = str_slice(rest, 0, 3);
    if (rest.len > 3 && (str_eq_nocase(word, STR("gmt")) || str_eq_nocase(word, STR("utc")))) {
        rest = str_slice(rest, 3, rest.len);
    }
    if ((rest.data[0] != '+' && rest.data[0] != '-') || !number_at(rest, &in, 2, 2, &hour)) {
        return false;
    }
    in += is_at(rest, in, ':');
    if (in < rest.len && !number_at(rest, &in, 2, 2, &minute)) {
        return false;
    }
    *ret_offset = (int64_t)(hour * 3600 + minute * 60) * (rest.data[0] == '-' ? -1 : 1);
    return in == rest.len && hour < 24 && minute < 60;
}

/* ---- Whole ones ---- */

/* Two digits; more than 9999 if they are none. */
static inline unsigned two(const char *at)
{
    unsigned tens = (unsigned)(unsigned char)at[0] - '0';
    unsigned ones = (unsigned)(unsigned char)at[1] - '0';
    return tens > 9 || ones > 9 ? 1000000 : tens * 10 + ones;
}

/* The beginning of nearly every time there is, read without a loop. */
static inline bool stamp_at(const char *at, int64_t *ret_seconds)
{
    static const uint16_t before[] = {306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275}; /* days since 1 March */
    if (at[4] != '-' || at[7] != '-' || (at[10] != ' ' && at[10] != 'T') || at[13] != ':' || at[16] != ':') {
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

bool normal_take_stamp(struct str s, int64_t *ret_seconds)
{
    return s.len == STAMP_BYTES && stamp_at(s.data, ret_seconds);
}

/* What follows a date: nothing, or a time of day and a zone. */
static bool take_rest(struct str s, size_t at, int64_t days, int64_t *ret_seconds)
{
    int64_t offset, clock;
    *ret_seconds = days * 86400;
    if (at == s.len) {
        return true;
    }
    char mark = s.data[at];
    bool is_db2 = mark == '-' && at + 3 < s.len && s.data[at + 3] == '.';
    if (mark != ' ' && mark != ',' && mark != 'T' && mark != 't' && !is_db2) {
        return false;
    }
    at = skip(s, at + 1, " ");
    if (!take_clock(s, &at, &clock) || !take_zone(str_slice(s, at, s.len), &offset)) {
        return false;
    }
    *ret_seconds += clock - offset;
    return true;
}

/* "Mar 14 2020  9:47PM", "March 14, 2020", "Mar 14 21:47:09 UTC 2020". */
static bool take_month_day(struct str s, size_t at, int64_t *ret_seconds)
{
    unsigned year, day;
    unsigned month = month_at(s, &at);
    at = skip(s, at, ". ");
    if (month == 0 || !number_at(s, &at, 1, 2, &day)) {
        return false;
    }
    at = skip(s, at, ", ");
    size_t end = at;
    bool is_year = number_at(s, &end, 4, 4, &year);
    if (is_year) {
        return is_day(year, month, day) && take_rest(s, end, time_days((int64_t)year, month, day), ret_seconds);
    }
    int64_t clock, offset;
    end = s.len < 5 ? 0 : s.len - 4; /* the year stands last */
    size_t year_at = end;
    if (!take_clock(s, &at, &clock) || end < at || !is_at(s, end - 1, ' ') || !number_at(s, &year_at, 4, 4, &year) ||
        !is_day(year, month, day) || !take_zone(str_slice(s, at, end), &offset)) {
        return false;
    }
    *ret_seconds = time_days((int64_t)year, month, day) * 86400 + clock - offset;
    return true;
}

/* /Date(1584222429123+0200)/ of .NET: milliseconds since 1970, UTC; the zone says only where it was written. */
static bool take_net_date(struct str s, int64_t *ret_seconds)
{
    int64_t ms;
    size_t start = s.data[0] == '\\' ? 1 : 0;
    if (s.len < start + 9 || !str_starts(str_slice(s, start, s.len), STR("/Date("))) {
        return false;
    }
    size_t end = str_find(s, STR(")"), start);
    struct str tail = str_slice(s, end, s.len);
    if (end == SIZE_MAX || (!str_eq(tail, STR(")/")) && !str_eq(tail, STR(")\\/")))) {
        return false;
    }
    struct str inner = str_slice(s, start + 6, end);
    size_t digits = skip(inner, inner.len > 0 && inner.data[0] == '-' ? 1 : 0, "0123456789");
    int64_t ignored;
    struct str zone = str_slice(inner, digits, inner.len);
    if (!str_i64(str_slice(inner, 0, digits), &ms) ||
        (zone.len != 0 && (zone.len != 5 || !take_zone(zone, &ignored))) || ms < -INT64_C(62135596800000) ||
        ms > INT64_C(253402300799999)) { /* the years 1 to 9999 */
        return false;
    }
    *ret_seconds = ms / 1000 - (ms % 1000 < 0);
    return true;
}

/* ISODate("..."), new Date('...'): what is between the quotes. */
static bool take_call(struct str s, struct str *ret_inner)
{
    static const struct str calls[] = {STR_INIT("ISODate("), STR_INIT("new Date("), STR_INIT("Date("),
                                       STR_INIT("new ISODate(")};
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
        if (s.len > calls[i].len + 3 && str_starts(s, calls[i]) && s.data[s.len - 1] == ')') {
            struct str inner = str_slice(s, calls[i].len, s.len - 1);
            char quote = inner.data[0];
            *ret_inner = str_trim(str_slice(inner, 1, inner.len - 1));
            return (quote == '"' || quote == '\'') && inner.data[inner.len - 1] == quote && ret_inner->len > 0;
        }
    }
    return false;
}

bool normal_take_time(struct str s, bool day_first, int64_t *ret_seconds)
{
    static const char *const days_of_week[] = {"monday", "tuesday",  "wednesday", "thursday",
                                               "friday", "saturday", "sunday"};
    size_t at = 0, start = 0;
    int64_t days, offset;
    struct str inner;
    if (s.len < 8 || s.len > TIME_BYTES_MAX) {
        return false;
    }
    if (take_call(s, &inner)) {
        s = inner;
    }
    if (s.len >= STAMP_BYTES && stamp_at(s.data, ret_seconds)) {
        at = skip_fraction(s, STAMP_BYTES);
        if (at == s.len) {
            return true;
        }
        if (take_zone(str_slice(s, at, s.len), &offset)) {
            *ret_seconds -= offset;
            return true;
        }
    }
    if (s.data[0] == '/' || s.data[0] == '\\') {
        return take_net_date(s, ret_seconds);
    }
    if (word_at(s, &start, days_of_week, 7) != 0) {
        start = skip(s, start, "., ");
    }
    at = start;
    if (start < s.len && is_letter(s.data[start])) {
        return take_month_day(s, start, ret_seconds);
    }
    if (take_date(s, &at, day_first, &days)) {
        return take_rest(s, at, days, ret_seconds);
    }
    at = start;
    return take_day_month(s, &at, &days) && take_rest(s, at, days, ret_seconds);
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

/* Where a number of so many digits lies, in units a second. */
static int64_t units_of(size_t digits)
{
    switch (digits) {
    case 9:
    case 10:
        return 1;
    case 13:
        return 1000;
    case 16:
        return 1000000;
    case 19:
        return 1000000000;
    default:
        return 0;
    }
}

bool normal_number_as_time(struct str number, int64_t *ret_seconds)
{
    int64_t value;
    size_t whole = 0; /* digits before a point; most numbers are too short, and that must cost little */
    while (whole < number.len && number.data[whole] != '.') {
        whole++;
    }
    int64_t units = units_of(whole);
    if (units == 0 || (whole < number.len && units != 1) || !str_i64(str_slice(number, 0, whole), &value)) {
        return false;
    }
    *ret_seconds = value / units;
    return *ret_seconds >= 315532800 && *ret_seconds < INT64_C(4102444800); /* 1980 to 2100 */
}
