/* Times, zones and words of database logs.
 *
 * Zone names: only those that tzdata gives to one offset. CST (Chicago, Shanghai, Havana), IST (Kolkata, Jerusalem, Dublin) and PST
 * (Los Angeles, Manila) can be read two ways, and so say nothing. `since`: before that year the same letters meant
 * something else too (MSK was an hour further from 2011 to 2014; Sydney was EST, Riyadh AST in older tzdata). */
#include "formats/log_database.h"

#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

enum { YEAR_MIN = 1970, YEAR_MAX = 2261, FRACTION_DIGITS = 9 };

struct zone_name {
    struct str name;
    int16_t minutes, since;
};

static const struct zone_name zone_names[] = {
    {STR_INIT("UTC"), 0, 0},       {STR_INIT("GMT"), 0, 0},       {STR_INIT("UCT"), 0, 0},
    {STR_INIT("Z"), 0, 0},         {STR_INIT("WET"), 0, 0},       {STR_INIT("WEST"), 60, 0},
    {STR_INIT("BST"), 60, 0},      {STR_INIT("CET"), 60, 0},      {STR_INIT("CEST"), 120, 0},
    {STR_INIT("EET"), 120, 0},     {STR_INIT("EEST"), 180, 0},    {STR_INIT("MSK"), 180, 2015},
    {STR_INIT("SAST"), 120, 0},    {STR_INIT("CAT"), 120, 0},     {STR_INIT("EAT"), 180, 0},
    {STR_INIT("WAT"), 60, 0},      {STR_INIT("IDT"), 180, 0},     {STR_INIT("PKT"), 300, 0},
    {STR_INIT("WIB"), 420, 0},     {STR_INIT("WITA"), 480, 0},    {STR_INIT("WIT"), 540, 0},
    {STR_INIT("HKT"), 480, 0},     {STR_INIT("JST"), 540, 0},     {STR_INIT("KST"), 540, 0},
    {STR_INIT("AWST"), 480, 0},    {STR_INIT("ACST"), 570, 0},    {STR_INIT("ACDT"), 630, 0},
    {STR_INIT("AEST"), 600, 0},    {STR_INIT("AEDT"), 660, 0},    {STR_INIT("ChST"), 600, 0},
    {STR_INIT("NZST"), 720, 0},    {STR_INIT("NZDT"), 780, 0},    {STR_INIT("NST"), -210, 0},
    {STR_INIT("NDT"), -150, 0},    {STR_INIT("AST"), -240, 2018}, {STR_INIT("ADT"), -180, 2018},
    {STR_INIT("EST"), -300, 2015}, {STR_INIT("EDT"), -240, 2015}, {STR_INIT("MST"), -420, 0},
    {STR_INIT("MDT"), -360, 0},    {STR_INIT("PDT"), -420, 0},    {STR_INIT("AKST"), -540, 0},
    {STR_INIT("AKDT"), -480, 0},   {STR_INIT("HST"), -600, 0},    {STR_INIT("SST"), -660, 0},
};

static struct str from(struct str text, size_t at)
{
    return str_slice(text, at, text.len);
}

bool db_take(struct str *rest, struct str word)
{
    if (!str_starts(*rest, word)) {
        return false;
    }
    *rest = from(*rest, word.len);
    return true;
}

bool db_number(struct str *rest, unsigned most_digits, uint64_t *ret_value)
{
    size_t digits = 0;
    while (digits < rest->len && digits < most_digits && str_is_digit(rest->data[digits])) {
        digits++;
    }
    if (!str_u64(str_slice(*rest, 0, digits), ret_value)) {
        return false;
    }
    *rest = from(*rest, digits);
    return true;
}

bool db_blanks(struct str *rest)
{
    size_t blanks = 0;
    while (blanks < rest->len && (rest->data[blanks] == ' ' || rest->data[blanks] == '\t')) {
        blanks++;
    }
    *rest = from(*rest, blanks);
    return blanks > 0;
}

/* Exactly two digits, for clocks and dates. */
static bool two(struct str *rest, unsigned *ret_value)
{
    if (rest->len < 2 || !str_is_digit(rest->data[0]) || !str_is_digit(rest->data[1])) {
        return false;
    }
    *ret_value = (unsigned)(rest->data[0] - '0') * 10 + (unsigned)(rest->data[1] - '0');
    *rest = from(*rest, 2);
    return true;
}

static bool day_second(uint64_t year, unsigned month, unsigned day, int64_t *ret_second)
{
    static const uint8_t days_of[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < YEAR_MIN || year > YEAR_MAX || month == 0 || month > 12 || day == 0 || day > days_of[month - 1]) {
        return false;
    }
    if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))) {
        return false;
    }
    *ret_second = time_days((int64_t)year, month, day) * 86400;
    return true;
}

/* "21:47:09"; a leap second is the one before it. */
static bool clock_of(struct str *rest, unsigned hour, int64_t *ret_second)
{
    unsigned minute, second;
    if (!db_take(rest, STR(":")) || !two(rest, &minute) || !db_take(rest, STR(":")) || !two(rest, &second) ||
        hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    *ret_second = hour * 3600 + minute * 60 + (second == 60 ? 59 : second);
    return true;
}

/* ".123456": up to nine digits count, further ones are passed over. */
static uint32_t fraction(struct str *rest)
{
    uint32_t nano = 0;
    size_t at = 1;
    if (rest->len < 2 || rest->data[0] != '.' || !str_is_digit(rest->data[1])) {
        return 0;
    }
    for (; at < rest->len && str_is_digit(rest->data[at]); at++) {
        if (at <= FRACTION_DIGITS) {
            nano = nano * 10 + (uint32_t)(rest->data[at] - '0');
        }
    }
    for (size_t digit = at; digit <= FRACTION_DIGITS; digit++) {
        nano *= 10;
    }
    *rest = from(*rest, at);
    return nano;
}

bool db_date_time(struct str *rest, struct db_time *ret_time)
{
    struct str at = *rest;
    unsigned century, years, month, day, hour;
    int64_t date, clock;
    if (!two(&at, &century) || !two(&at, &years) || !db_take(&at, STR("-")) || !two(&at, &month) ||
        !db_take(&at, STR("-")) || !two(&at, &day) || at.len == 0 ||
        (at.data[0] != ' ' && at.data[0] != 'T' && at.data[0] != '_')) {
        return false;
    }
    at = from(at, 1);
    if (!two(&at, &hour) || !clock_of(&at, hour, &clock) || !day_second(century * 100 + years, month, day, &date)) {
        return false;
    }
    *ret_time = (struct db_time){.local = date + clock, .zone = LOG_NO_ZONE};
    ret_time->nano = fraction(&at);
    *rest = at;
    return true;
}

bool db_short_time(struct str *rest, struct db_time *ret_time)
{
    struct str at = *rest;
    unsigned parts[4];
    size_t count = 0;
    while (count < 4 && two(&at, &parts[count])) {
        count++;
    }
    if (count < 3 || !db_blanks(&at)) {
        return false;
    }
    uint64_t year = count == 4 ? parts[0] * 100 + parts[1] : parts[0] + (parts[0] < 70 ? 2000 : 1900);
    uint64_t hour;
    int64_t date, clock;
    if (!db_number(&at, 2, &hour) || !clock_of(&at, (unsigned)hour, &clock) ||
        !day_second(year, parts[count - 2], parts[count - 1], &date)) {
        return false;
    }
    *ret_time = (struct db_time){.local = date + clock, .zone = LOG_NO_ZONE};
    ret_time->nano = fraction(&at);
    *rest = at;
    return true;
}

static bool month_of(struct str *rest, unsigned *ret_month)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (unsigned month = 0; month < 12 && rest->len >= 3; month++) {
        if (memcmp(rest->data, months + month * 3, 3) == 0) {
            *ret_month = month + 1;
            *rest = from(*rest, 3);
            return true;
        }
    }
    return false;
}

/* The clock of the file may be ahead of the machine's by a day: nobody logs tomorrow. */
bool db_syslog_time(struct str *rest, int64_t written, int16_t assumed, struct db_time *ret_time)
{
    struct str at = *rest;
    unsigned month, hour, month_then, day_then;
    uint64_t day;
    int64_t year, clock, date;
    if (!month_of(&at, &month) || !db_blanks(&at) || !db_number(&at, 2, &day) || !db_blanks(&at) || !two(&at, &hour) ||
        !clock_of(&at, hour, &clock)) {
        return false;
    }
    int64_t newest = (written == TIME_NONE ? time_now() : written) / NS_PER_S + 86400;
    newest += assumed == LOG_NO_ZONE ? 0 : (int64_t)assumed * 60;
    time_date(newest / 86400, &year, &month_then, &day_then);
    for (int back = 0; back < 8; back++, year--) { /* 29 February may be seven years back */
        if (year >= YEAR_MIN && day_second((uint64_t)year, month, (unsigned)day, &date) && date + clock <= newest) {
            *ret_time = (struct db_time){.local = date + clock, .zone = LOG_NO_ZONE};
            *rest = at;
            return true;
        }
    }
    return false;
}

static bool offset_zone(struct str *rest, struct db_time *time)
{
    struct str at = *rest;
    unsigned hours, minutes = 0;
    bool is_west = at.len > 0 && at.data[0] == '-';
    if ((!db_take(&at, STR("+")) && !db_take(&at, STR("-"))) || !two(&at, &hours) || hours > 15) {
        return false;
    }
    struct str behind = at;
    (void)db_take(&behind, STR(":"));
    if (two(&behind, &minutes) && minutes <= 59) {
        at = behind;
    } else {
        minutes = 0;
    }
    int east = (int)(hours * 60 + minutes);
    time->zone = (int16_t)(is_west ? -east : east);
    *rest = at;
    return true;
}

bool db_zone(struct str *rest, struct db_time *time)
{
    struct str at = *rest;
    (void)db_take(&at, STR(" "));
    if (offset_zone(&at, time)) {
        *rest = at;
        return true;
    }
    size_t letters = 0;
    while (letters < at.len && letters < 6 &&
           ((at.data[letters] >= 'A' && at.data[letters] <= 'Z') || (letters > 0 && at.data[letters] == 'h'))) {
        letters++;
    }
    if (letters == 0 || (letters < at.len && at.data[letters] >= 'a' && at.data[letters] <= 'z')) {
        return false;
    }
    struct str name = str_slice(at, 0, letters);
    int64_t year;
    unsigned month, day;
    time_date(time->local / 86400, &year, &month, &day);
    for (size_t i = 0; i < sizeof zone_names / sizeof *zone_names; i++) {
        if (str_eq(name, zone_names[i].name) && year >= zone_names[i].since) {
            time->zone = zone_names[i].minutes;
        }
    }
    *rest = from(at, letters);
    return true;
}

bool db_seconds(struct str *rest, uint64_t *ret_us)
{
    uint64_t whole;
    struct str at = *rest;
    if (!db_number(&at, 12, &whole)) {
        return false;
    }
    *ret_us = whole * 1000000 + fraction(&at) / 1000;
    *rest = at;
    return true;
}

void db_stamp(struct log_line *line, const struct db_time *time, int16_t assumed)
{
    int16_t zone = time->zone != LOG_NO_ZONE ? time->zone : assumed != LOG_NO_ZONE ? assumed : 0;
    line->second = time->local - (int64_t)zone * 60;
    line->nano = time->nano;
    line->zone_minutes = time->zone;
}

struct str db_first_line(struct str text)
{
    return db_next_line(&text);
}

struct str db_next_line(struct str *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;
    struct str line = end != NULL ? str_slice(*rest, 0, (size_t)(end - rest->data)) : *rest;
    *rest = end != NULL ? from(*rest, line.len + 1) : str_slice(*rest, rest->len, rest->len);
    line.len -= line.len > 0 && line.data[line.len - 1] == '\r';
    return line;
}

struct db_text db_keep(struct buf *scratch, struct str text)
{
    struct log_span span = log_scratch(scratch, text);
    return (struct db_text){{text.data, span.len}, span.at};
}
