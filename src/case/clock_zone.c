/* TZif of version 2 and later, read whole:
 *
 *   header, 44 bytes ─▶ block of 32-bit times (passed over) ─▶ header ─▶ block of 64-bit times ─▶ \n rule for later times \n
 *
 * A block: transition times, the type each leads to, types (offset s32, is summer u8, name u8), names, leap seconds (none in POSIX
 * time), two lists of flags. The rule is POSIX TZ text, such as "CET-1CEST,M3.5.0,M10.5.0/3". */
#include "case/clock_zone.h"

#include <stdio.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"

#include "base/banned.h"

enum { ZONE_MAX_BYTES = 1 << 16, HEADER_BYTES = 44, NAME_MAX_BYTES = 64, DAY_S = 86400, OFFSET_MAX_S = 26 * 3600 };
enum { DAY_MOST = 106740 }; /* the years that int64_t holds in ns, 1677 to 2262, and some days to spare */

/* A day of the year on which the clock changes. */
struct change {
    enum { CHANGE_WEEKDAY, CHANGE_JULIAN, CHANGE_DAY } kind; /* Mm.w.d; Jn, which counts no 29 February; n from 0 */
    unsigned month, week, day;
    int64_t time_s; /* of local time */
};

struct rule {
    bool is_known, has_summer;
    int64_t winter_s, summer_s; /* ahead of UTC */
    struct change begins, ends;
};

struct zone {
    size_t count, types;
    int64_t *at; /* transitions, in s, rising */
    uint8_t *to;
    int64_t *offset_s;
    struct rule rule;
};

/* ---- the file ---- */

struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint64_t big_endian(struct str bytes, size_t at, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) {
        value = value << 8 | (uint8_t)bytes.data[at + i];
    }
    return value;
}

static bool read_counts(struct str bytes, size_t at, struct counts *ret)
{
    if (at + HEADER_BYTES > bytes.len || !str_starts(str_slice(bytes, at, bytes.len), STR("TZif"))) {
        return false;
    }
    uint32_t *const fields[] = {&ret->isut, &ret->isstd, &ret->leap, &ret->time, &ret->type, &ret->chars};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        *fields[i] = (uint32_t)big_endian(bytes, at + 20 + i * 4, 4);
        if (*fields[i] > ZONE_MAX_BYTES) {
            return false;
        }
    }
    return true;
}

static size_t block_bytes(const struct counts *counts, size_t width)
{
    return counts->time * (width + 1) + counts->type * (size_t)6 + counts->chars + counts->leap * (width + 4) +
           counts->isstd + counts->isut;
}

static int bad_zone(const char *name, struct err *err)
{
    return err_set(err, ERR_FORMAT, "%s: not a file of the tz database that can be read", name);
}

static int read_block(struct arena *arena, struct zone *zone, struct str bytes, size_t at, struct err *err)
{
    zone->at = ARENA_NEW(arena, int64_t, zone->count + 1, err);
    zone->to = ARENA_NEW(arena, uint8_t, zone->count + 1, err);
    zone->offset_s = ARENA_NEW(arena, int64_t, zone->types, err);
    if (zone->at == NULL || zone->to == NULL || zone->offset_s == NULL) {
        return -1;
    }
    size_t to = at + zone->count * 8, types = to + zone->count;
    for (size_t i = 0; i < zone->types; i++) {
        zone->offset_s[i] = (int32_t)(uint32_t)big_endian(bytes, types + i * 6, 4);
        if (zone->offset_s[i] < -OFFSET_MAX_S || zone->offset_s[i] > OFFSET_MAX_S) {
            return 1;
        }
    }
    for (size_t i = 0; i < zone->count; i++) {
        zone->at[i] = (int64_t)big_endian(bytes, at + i * 8, 8);
        zone->to[i] = (uint8_t)bytes.data[to + i];
        if (zone->to[i] >= zone->types || (i > 0 && zone->at[i] <= zone->at[i - 1])) {
            return 1;
        }
    }
    return 0;
}

/* ---- the rule for times behind the last transition ---- */

static bool take(struct str *rest, char expected)
{
    if (rest->len == 0 || rest->data[0] != expected) {
        return false;
    }
    *rest = str_slice(*rest, 1, rest->len);
    return true;
}

static bool take_number(struct str *rest, unsigned most, unsigned *ret_value)
{
    size_t count = 0;
    uint64_t value;
    while (count < rest->len && count < 4 && rest->data[count] >= '0' && rest->data[count] <= '9') {
        count++;
    }
    if (!str_u64(str_slice(*rest, 0, count), &value) || value > most) {
        return false;
    }
    *ret_value = (unsigned)value;
    *rest = str_slice(*rest, count, rest->len);
    return true;
}

/* [+-]hh[:mm[:ss]] in s */
static bool take_time(struct str *rest, int64_t *ret_s)
{
    unsigned part[3] = {0};
    bool is_minus = take(rest, '-');
    if (!is_minus) {
        (void)take(rest, '+');
    }
    if (!take_number(rest, 167, &part[0]) || (take(rest, ':') && !take_number(rest, 59, &part[1])) ||
        (take(rest, ':') && !take_number(rest, 59, &part[2]))) {
        return false;
    }
    int64_t seconds = (int64_t)part[0] * 3600 + (int64_t)part[1] * 60 + part[2];
    *ret_s = is_minus ? -seconds : seconds;
    return true;
}

static bool take_name(struct str *rest)
{
    size_t count = 0;
    bool is_quoted = take(rest, '<');
    while (count < rest->len && (is_quoted ? rest->data[count] != '>'
                                           : (rest->data[count] >= 'A' && rest->data[count] <= 'Z') ||
                                                 (rest->data[count] >= 'a' && rest->data[count] <= 'z'))) {
        count++;
    }
    *rest = str_slice(*rest, count, rest->len);
    return is_quoted ? take(rest, '>') : count >= 3;
}

static bool take_change(struct str *rest, struct change *change)
{
    *change = (struct change){.time_s = 2 * 3600};
    bool is_read;
    if (take(rest, 'M')) {
        is_read = take_number(rest, 12, &change->month) && take(rest, '.') && take_number(rest, 5, &change->week) &&
                  take(rest, '.') && take_number(rest, 6, &change->day) && change->month > 0 && change->week > 0;
    } else {
        change->kind = take(rest, 'J') ? CHANGE_JULIAN : CHANGE_DAY;
        is_read = take_number(rest, 365, &change->day) && (change->kind == CHANGE_DAY || change->day > 0);
    }
    return is_read && (!take(rest, '/') || take_time(rest, &change->time_s));
}

static bool read_rule(struct str text, struct rule *rule)
{
    *rule = (struct rule){.is_known = true};
    if (!take_name(&text) || !take_time(&text, &rule->winter_s)) {
        return false;
    }
    rule->winter_s = -rule->winter_s; /* POSIX counts west of Greenwich */
    if (text.len == 0) {
        return true;
    }
    rule->has_summer = true;
    rule->summer_s = rule->winter_s + 3600;
    if (!take_name(&text)) {
        return false;
    }
    if (text.len > 0 && text.data[0] != ',') {
        if (!take_time(&text, &rule->summer_s)) {
            return false;
        }
        rule->summer_s = -rule->summer_s;
    }
    return take(&text, ',') && take_change(&text, &rule->begins) && take(&text, ',') &&
           take_change(&text, &rule->ends) && text.len == 0;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* When the clock changes in a year, in s of local time. */
static int64_t change_at(const struct change *change, int64_t year)
{
    int64_t first = time_days(year, 1, 1), day = first + change->day;
    if (change->kind == CHANGE_JULIAN) {
        day = first + change->day - 1 + (is_leap(year) && change->day >= 60);
    } else if (change->kind == CHANGE_WEEKDAY) {
        int64_t month = time_days(year, change->month, 1);
        int64_t next = change->month == 12 ? time_days(year + 1, 1, 1) : time_days(year, change->month + 1, 1);
        int64_t weekday = ((month + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
        day = month + (change->day + 7 - weekday) % 7 + (change->week - 1) * INT64_C(7);
        day -= day >= next ? 7 : 0;
    }
    return day * DAY_S + change->time_s;
}

static int64_t rule_offset(const struct rule *rule, int64_t at_s)
{
    int64_t year;
    unsigned month, day;
    if (!rule->has_summer) {
        return rule->winter_s;
    }
    int64_t local = at_s + rule->winter_s;
    time_date(local / DAY_S - (local % DAY_S < 0), &year, &month, &day);
    int64_t begins = change_at(&rule->begins, year) - rule->winter_s,
            ends = change_at(&rule->ends, year) - rule->summer_s;
    bool is_summer = begins < ends ? at_s >= begins && at_s < ends : at_s >= begins || at_s < ends;
    return is_summer ? rule->summer_s : rule->winter_s;
}

/* ---- the door ---- */

int zone_read(struct arena *arena, const char *name, struct str bytes, const struct zone **ret_zone, struct err *err)
{
    struct counts counts;
    struct zone *zone = ARENA_NEW(arena, struct zone, 1, err);
    if (zone == NULL) {
        return -1;
    }
    if (!read_counts(bytes, 0, &counts) || bytes.data[4] < '2') {
        return bad_zone(name, err);
    }
    size_t second = HEADER_BYTES + block_bytes(&counts, 4);
    if (!read_counts(bytes, second, &counts) || counts.type == 0 || counts.type > 255 ||
        block_bytes(&counts, 8) > bytes.len - second - HEADER_BYTES) {
        return bad_zone(name, err);
    }
    zone->count = counts.time;
    zone->types = counts.type;
    int failed = read_block(arena, zone, bytes, second + HEADER_BYTES, err);
    if (failed != 0) {
        return failed < 0 ? -1 : bad_zone(name, err);
    }
    struct str foot = str_slice(bytes, second + HEADER_BYTES + block_bytes(&counts, 8), bytes.len);
    if (take(&foot, '\n')) {
        zone->rule.is_known = read_rule(str_cut(foot, '\n').head, &zone->rule);
    }
    *ret_zone = zone;
    return 0;
}

/* A name that stays within the database's folder. */
static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_letter && (i == 0 || strchr("0123456789+-_/", c) == NULL || c == '\0')) {
            return false;
        }
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

static int no_zone(struct str name, struct err *err)
{
    err_set(err, ERR_NOT_FOUND, "no time zone is called '%.*s'", STR_FMT(str_slice(name, 0, NAME_MAX_BYTES)));
    return err_remedy(err, "names of the tz database, such as Asia/Kolkata or Europe/Berlin (Debian: package tzdata)");
}

int zone_open(struct arena *arena, struct str name, const struct zone **ret_zone, struct err *err)
{
    char path[128];
    OWN(own_buf) struct buf bytes = {0};
    if (str_eq(name, STR("UTC"))) {
        *ret_zone = NULL; /* also where there is no database */
        return 0;
    }
    if (!is_name(name)) {
        return no_zone(name, err);
    }
    (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%.*s", STR_FMT(name));
    struct err failed = {0};
    if (file_read(path, ZONE_MAX_BYTES, &bytes, &failed) != 0) {
        return no_zone(name, err);
    }
    return zone_read(arena, path, buf_str(&bytes), ret_zone, err);
}

static int64_t floor_s(int64_t instant)
{
    return instant / NS_PER_S - (instant % NS_PER_S < 0);
}

int64_t zone_offset_s(const struct zone *zone, int64_t instant)
{
    int64_t at_s = floor_s(instant);
    if (zone == NULL) {
        return 0;
    }
    bool is_behind = zone->count == 0 || at_s >= zone->at[zone->count - 1];
    if (is_behind && zone->rule.is_known) {
        return rule_offset(&zone->rule, at_s);
    }
    size_t from = 0, to = zone->count; /* the first transition behind at_s */
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (zone->at[middle] <= at_s) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return zone->offset_s[from == 0 ? 0 : zone->to[from - 1]];
}

int64_t zone_wall_s(const struct zone *zone, int64_t instant)
{
    return floor_s(instant) + zone_offset_s(zone, instant);
}

int64_t zone_day(const struct zone *zone, int64_t instant)
{
    int64_t local = zone_wall_s(zone, instant);
    return local / DAY_S - (local % DAY_S < 0);
}

int64_t zone_instant(const struct zone *zone, int64_t wall_s)
{
    int64_t most = DAY_MOST * INT64_C(86400);
    wall_s = wall_s > most ? most : wall_s < -most ? -most : wall_s;
    int64_t before = zone_offset_s(zone, (wall_s - DAY_S) * NS_PER_S),
            after = zone_offset_s(zone, (wall_s + DAY_S) * NS_PER_S);
    int64_t first = (wall_s - (before > after ? before : after)) * NS_PER_S;
    int64_t second = (wall_s - (before > after ? after : before)) * NS_PER_S;
    return zone_wall_s(zone, first) != wall_s && zone_wall_s(zone, second) == wall_s ? second : first;
}

int64_t zone_midnight(const struct zone *zone, int64_t day)
{
    day = day > DAY_MOST ? DAY_MOST : day < -DAY_MOST ? -DAY_MOST : day;
    int64_t wall = day * DAY_S;
    int64_t before = zone_offset_s(zone, (wall - DAY_S) * NS_PER_S),
            after = zone_offset_s(zone, (wall + DAY_S) * NS_PER_S);
    int64_t first = (wall - (before > after ? before : after)) * NS_PER_S;
    int64_t second = (wall - (before > after ? after : before)) * NS_PER_S;
    return zone_day(zone, first) >= day ? first : second;
}
