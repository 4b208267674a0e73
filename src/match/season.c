/* Daylight saving, as the calendars of four families of zones have it. */
#include <math.h>
#include <string.h>

#include "base/time.h"
#include "match/season.h"

#include "base/banned.h"

enum { DAY_S = 86400, STEPS_AN_HOUR = SEASON_S / DATING_STEP_S, LAST = 5 };

/* The nth Sunday of a month (LAST: its last one), and the hour. */
struct change {
    unsigned month, sunday;
    int hour;
};

struct season_rule {
    const char *family;
    bool is_utc; /* the hours are UTC; else standard local time */
    struct change on, off;
};

static const struct season_rule rules[] = {
    {"European Union", true, {3, LAST, 1}, {10, LAST, 1}},
    {"United States and Canada", false, {3, 2, 2}, {11, 1, 1}},
    {"south-eastern Australia", false, {10, 1, 2}, {4, 1, 2}},
    {"New Zealand", false, {9, LAST, 2}, {4, 1, 2}},
};

static int64_t change_at(const struct change *change, int64_t year)
{
    /* 1970-01-01 was a Thursday: day 3 was a Sunday. */
    int64_t first = time_days(year, change->month, 1);
    int64_t sunday = first + ((3 - first) % 7 + 7) % 7;
    int64_t next_month = change->month == 12 ? time_days(year + 1, 1, 1) : time_days(year, change->month + 1, 1);
    int64_t wanted = sunday + 7 * (int64_t)(change->sunday - 1);
    while (wanted >= next_month) {
        wanted -= 7;
    }
    return wanted * DAY_S + (int64_t)change->hour * SEASON_S;
}

/* Is daylight saving on at this instant, where standard time is UTC + zone_s? */
static bool is_on(const struct season_rule *rule, int64_t utc, int64_t zone_s)
{
    int64_t year;
    unsigned month, day;
    int64_t clock = utc + (rule->is_utc ? 0 : zone_s);
    int64_t days = clock / DAY_S - (clock % DAY_S < 0);
    time_date(days, &year, &month, &day);
    int64_t on = change_at(&rule->on, year);
    int64_t off = change_at(&rule->off, year);
    return on < off ? clock >= on && clock < off : clock >= on || clock < off;
}

static int64_t extra_at(const struct season *season, int64_t utc)
{
    int64_t zone_s = season->is_table_local ? -season->standard_s : season->standard_s;
    bool on = is_on(season->rule, utc, zone_s);
    return !on ? 0 : season->is_table_local ? -SEASON_S : SEASON_S;
}

int64_t season_extra(const struct season *season, int64_t table_s, int64_t difference_s)
{
    return season->rule == NULL ? 0 : extra_at(season, season->is_table_local ? table_s + difference_s : table_s);
}

int64_t season_to_table(const struct season *season, int64_t sample_s)
{
    if (season->rule == NULL || season->is_table_local) {
        return sample_s - season->standard_s - (season->rule == NULL ? 0 : extra_at(season, sample_s));
    }
    /* Local time to UTC: the hour that occurs twice cannot be told. */
    int64_t standard = sample_s - season->standard_s;
    int64_t daylight = standard - SEASON_S;
    if (extra_at(season, daylight) == 0) {
        return standard;
    }
    return extra_at(season, standard) == 0 ? DATING_NO_TIME : daylight;
}

struct season season_named(const char *family, int64_t standard_s, bool is_table_local)
{
    struct season season = {.standard_s = standard_s, .is_table_local = is_table_local};
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
        if (strcmp(rules[i].family, family) == 0) {
            season.rule = &rules[i];
            season.family = rules[i].family;
        }
    }
    return season;
}

static bool fits(struct season *season, const int64_t *differences_s, const int64_t *tables_s, size_t count)
{
    uint64_t wrong = 0;
    season->standard_rows = season->daylight_rows = 0;
    int64_t hour = season->is_table_local ? -SEASON_S : SEASON_S;
    for (size_t i = 0; i < count; i++) {
        int64_t beyond = differences_s[i] - season->standard_s;
        if (beyond != 0 && beyond != hour) {
            continue;
        }
        bool as_told = season_extra(season, tables_s[i], differences_s[i]) == beyond;
        wrong += !as_told;
        season->standard_rows += as_told && beyond == 0;
        season->daylight_rows += as_told && beyond != 0;
    }
    uint64_t right = season->standard_rows + season->daylight_rows;
    return season->standard_rows >= 3 && season->daylight_rows >= 3 && wrong * 100 <= right;
}

/* Rows whose difference is exactly so much. */
static uint64_t rows_at(const uint64_t *explained, int steps)
{
    return explained[steps + DATING_OFFSETS / 2];
}

struct season season_find(const int64_t *differences_s, const int64_t *tables_s, size_t count,
                          const struct dating_offset *single)
{
    uint64_t explained[DATING_OFFSETS];
    struct season best = {0};
    double most = (double)single->explained + 2;
    dating_explained(differences_s, count, explained);
    for (int steps = -(DATING_OFFSETS / 2); steps + STEPS_AN_HOUR <= DATING_OFFSETS / 2; steps++) {
        uint64_t low = rows_at(explained, steps);
        uint64_t high = rows_at(explained, steps + STEPS_AN_HOUR);
        bool has_zero = steps == 0 || steps == -STEPS_AN_HOUR;
        double plain = has_zero ? 0 : (double)rows_at(explained, 0);
        if (low < 3 || high < 3 || (double)(low + high) < plain + fmax(3, (double)count / 2)) {
            continue;
        }
        for (size_t i = 0; i < 2 * sizeof(rules) / sizeof(*rules); i++) {
            bool is_table_local = i % 2 != 0;
            int standard = is_table_local ? steps + STEPS_AN_HOUR : steps;
            struct season season = season_named(rules[i / 2].family, (int64_t)standard * DATING_STEP_S, is_table_local);
            if (fits(&season, differences_s, tables_s, count) &&
                (double)(season.standard_rows + season.daylight_rows) > most) {
                most = (double)(season.standard_rows + season.daylight_rows);
                best = season;
            }
        }
    }
    return best;
}
