/* Clocks: local time against the C library's, spans and calendars against hand-counted days, the table of duties, what is due when, and
 * who rests on whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <time.h>

#include "casekit.h"

#include "base/time.h"
#include "case/clock_duties.h"
#include "case/clock_span.h"

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

static const struct zone *zone_named(const char *name)
{
    struct err err = {0};
    const struct zone *zone = NULL;
    if (zone_open(&arena, str_of(name), &zone, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return zone;
}

static int64_t at(const char *text)
{
    int64_t instant = time_parse(str_of(text));
    assert_true(instant != TIME_NONE);
    return instant;
}

/* glibc reads the same files with other code: every zone here, six-hourly over months around its changes, and now and then until 2100. */
static void local_time_is_that_of_the_c_library(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Asia/Kolkata",      "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe",
        "Africa/Casablanca", "Pacific/Apia",  "Asia/Tehran",      "Europe/Dublin",    "America/St_Johns"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct zone *zone = zone_named(names[i]);
        assert_int_equal(setenv("TZ", names[i], 1), 0);
        tzset();
        for (int64_t s = 1230768000; s < 4102444800;
             s += s < 1861920000 ? 21600 : 864000 + 3607) { /* 2009, 2029, 2100 */
            struct tm local;
            time_t clock = s;
            assert_non_null(localtime_r(&clock, &local));
            if (zone_offset_s(zone, s * NS_PER_S) != local.tm_gmtoff) {
                fail_msg("%s at %lld: %lld, not %ld", names[i], (long long)s,
                         (long long)zone_offset_s(zone, s * NS_PER_S), local.tm_gmtoff);
            }
        }
    }
}

static void days_begin_when_their_midnight_is_or_right_after_it(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *day, *begins;
    } rows[] = {
        {"UTC", "2026-03-29", "2026-03-29T00:00:00Z"},
        {"Asia/Kolkata", "2026-03-29", "2026-03-28T18:30:00Z"},
        {"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"}, /* the day on which an hour is skipped */
        {"Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"},
        {"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"},
        {"Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z"},
        {"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"}, /* has no midnight: 23:59 is followed by 01:00 */
        {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},     /* the day after one that never was */
        {"Europe/Berlin", "2060-07-01", "2060-06-30T22:00:00Z"},    /* by the rule for later times */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct zone *zone = zone_named(rows[i].zone);
        struct moment day;
        assert_true(moment_read(str_of(rows[i].day), &day) && day.is_day);
        char text[TIME_TEXT];
        time_rfc3339(text, zone_midnight(zone, day.day));
        assert_string_equal(text, rows[i].begins);
        assert_true(zone_day(zone, at(rows[i].begins)) == day.day);
        assert_true(zone_day(zone, at(rows[i].begins) - 1) < day.day);
    }
}

static void zones_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"Asia/Calcuta", "/etc/passwd", "../zoneinfo/UTC", "Asia/..", "asia", "",
                                        "zone.tab",     "Asia",        "Asia/Kolkata\n"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct err err = {0};
        const struct zone *zone = NULL;
        assert_int_equal(zone_open(&arena, str_of(names[i]), &zone, &err), -1);
        assert_true(err.kind == ERR_NOT_FOUND || err.kind == ERR_FORMAT);
    }
    static const struct str files[] = {STR_INIT(""), STR_INIT("TZif"), STR_INIT("TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct err err = {0};
        const struct zone *zone = NULL;
        assert_int_equal(zone_read(&arena, "f", files[i], &zone, &err), -1);
        assert_int_equal(err.kind, ERR_FORMAT);
    }
}

static void spans_end_where_one_counts_them(void **state)
{
    (void)state;
    static const struct {
        const char *span, *from, *zone, *calendar, *ends;
    } rows[] = {
        {"6 hours", "2026-03-31T22:30:00Z", "UTC", "", "2026-04-01T04:30:00Z"},
        {"72 hours", "2026-03-28T22:00:00Z", "Europe/Berlin", "", "2026-03-31T22:00:00Z"}, /* hours are hours */
        {"72 hours", "2026-03-28", "UTC", "", "2026-03-31T00:00:00Z"},
        {"7 days", "2020-09-04", "UTC", "", "2020-09-11"},
        {"7 days", "2020-09-04T09:00:00Z", "UTC", "", "2020-09-11T09:00:00Z"},
        {"2 days", "2026-03-28T11:00:00Z", "Europe/Berlin", "",
         "2026-03-30T10:00:00Z"}, /* the same hour by the clock on the wall */
        /* noon of a day on which the clock is changed, from it and to it, in both directions and on both sides of the equator */
        {"2 days", "2026-03-29T10:00:00Z", "Europe/Berlin", "", "2026-03-31T10:00:00Z"},
        {"1 day", "2026-03-28T11:00:00Z", "Europe/Berlin", "", "2026-03-29T10:00:00Z"},
        {"1 week", "2026-10-25T11:00:00Z", "Europe/Berlin", "", "2026-11-01T11:00:00Z"},
        {"1 day", "2026-10-24T10:00:00Z", "Europe/Berlin", "", "2026-10-25T11:00:00Z"},
        {"1 week", "2026-03-08T16:00:00Z", "America/New_York", "", "2026-03-15T16:00:00Z"},
        {"1 week", "2026-03-01T17:00:00Z", "America/New_York", "", "2026-03-08T16:00:00Z"},
        {"1 week", "2026-09-30T02:00:00Z", "Australia/Sydney", "", "2026-10-07T01:00:00Z"},
        {"1 week", "2026-09-27T02:00:00Z", "Australia/Sydney", "", "2026-10-04T01:00:00Z"},
        {"1 day", "2026-10-24T00:30:00Z", "Europe/Berlin", "", "2026-10-25T00:30:00Z"}, /* 02:30 is twice: the first */
        {"1 day", "2026-03-28T01:30:00Z", "Europe/Berlin", "",
         "2026-03-29T00:30:00Z"}, /* 02:30 is never: no hour too many */
        {"1 day", "2026-03-29T22:15:00.25Z", "Europe/Berlin", "", "2026-03-30T22:15:00.250Z"},
        {"7 days", "2026-06-30T20:00:00Z", "Asia/Kolkata", "", "2026-07-07T20:00:00Z"},
        {"1 month", "2026-02-28T10:00:00Z", "Europe/Berlin", "", "2026-03-28T10:00:00Z"},
        {"1 month", "2026-03-01T11:00:00Z", "Europe/Berlin", "", "2026-04-01T10:00:00Z"},
        {"1 month", "2023-01-29", "UTC", "", "2023-02-28"},
        {"1 month", "2024-02-29", "UTC", "", "2024-03-29"},
        {"12 months", "2024-02-29", "UTC", "", "2025-02-28"},
        {"48 months", "2024-02-29", "UTC", "", "2028-02-29"},
        {"1 month", "2099-12-31", "UTC", "", "2100-01-31"},
        {"2 months", "2099-12-31", "UTC", "", "2100-02-28"}, /* 2100 is no leap year */
        {"6 months", "2026-08-31", "UTC", "", "2027-02-28"},
        {"1 day", "2028-02-28", "UTC", "", "2028-02-29"},
        {"1 week", "2026-09-05", "UTC", "", "2026-09-12"}, /* served on a Saturday: the days are not moved */
        {"5 business days", "2026-09-05", "UTC", "", "2026-09-11"},
        {"5 business days", "2026-09-06", "UTC", "", "2026-09-11"},
        {"5 business days", "2026-09-07", "UTC", "", "2026-09-14"},
        {"4 business days", "2026-12-28", "UTC", "US", "2027-01-04"}, /* 29, 30, 31, and not 1 January */
        {"4 business days", "2027-12-27", "UTC", "US", "2028-01-03"}, /* Friday 31 December is kept for Saturday */
        {"4 business days", "2022-12-23", "UTC", "US", "2022-12-30"}, /* Christmas on a Sunday, kept on the Monday */
        {"4 business days", "2022-12-29", "UTC", "US", "2023-01-05"}, /* New Year on a Sunday, kept on the Monday */
        {"4 business days", "2025-11-10", "UTC", "US", "2025-11-17"}, /* Veterans Day on the Tuesday */
        {"4 business days", "2025-10-10", "UTC", "US", "2025-10-17"}, /* Columbus Day */
        {"4 business days", "2026-02-13", "UTC", "US", "2026-02-20"}, /* Washington's Birthday */
        {"4 business days", "2026-11-23", "UTC", "US",
         "2026-11-30"}, /* Thanksgiving; the Friday after is a business day */
        {"1 week", "2026-12-28", "UTC", "", "2027-01-04"},
        {"1 month", "2026-03-31", "UTC", "", "2026-04-30"},
        {"1 month", "2024-01-31", "UTC", "", "2024-02-29"},
        {"1 month", "2026-12-15T10:00:00Z", "UTC", "", "2027-01-15T10:00:00Z"},
        {"13 months", "2026-12-31", "UTC", "", "2028-01-31"},
        {"4 business days", "2026-09-04", "UTC", "", "2026-09-10"},   /* a Friday */
        {"4 business days", "2026-09-04", "UTC", "US", "2026-09-11"}, /* Labor Day on 7 September */
        {"4 business days", "2026-09-05", "UTC", "US",
         "2026-09-11"}, /* from a Saturday: the first day counted is Tuesday */
        {"1 business day", "2026-07-02", "UTC", "US", "2026-07-06"}, /* 4 July is a Saturday, kept on the Friday */
        {"1 business day", "2021-07-02", "UTC", "US", "2021-07-06"}, /* 4 July is a Sunday, kept on the Monday */
        {"1 business day", "2021-12-30", "UTC", "US", "2022-01-03"}, /* 1 January 2022 is a Saturday */
        {"1 business day", "2020-06-18", "UTC", "US", "2020-06-19"}, /* no holiday yet */
        {"1 business day", "2026-06-18", "UTC", "US", "2026-06-22"},
        {"1 business day", "2026-01-16", "UTC", "US", "2026-01-20"},
        {"1 business day", "2026-05-22", "UTC", "US", "2026-05-26"},
        {"1 business day", "2026-11-25", "UTC", "US", "2026-11-27"},
        {"2 working days", "2026-12-23", "UTC", "listed", "2026-12-29"}, /* 24 and 25 December listed */
        {"1 business day", "2026-09-04T03:00:00Z", "America/New_York", "",
         "2026-09-04"}, /* the evening of Thursday there */
        {"1 business day", "2026-09-04T05:00:00Z", "America/New_York", "", "2026-09-07"},
    };
    OWN(own_json) json_t *listed = kit_json("['2026-12-24','2026-12-25']");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span span;
        struct moment from, end;
        char text[TIME_TEXT];
        struct calendar calendar = {.has_us_holidays = strcmp(rows[i].calendar, "US") == 0,
                                    .holidays = strcmp(rows[i].calendar, "listed") == 0 ? listed : NULL};
        assert_true(span_read(str_of(rows[i].span), &span) && moment_read(str_of(rows[i].from), &from));
        end = span_end(&span, &from, &calendar, zone_named(rows[i].zone));
        moment_text(text, &end);
        if (strcmp(text, rows[i].ends) != 0) {
            fail_msg("%s from %s ends %s, not %s", rows[i].span, rows[i].from, rows[i].ends, text);
        }
    }
    static const char *const none[] = {"",    "7",         "days", "0 days", "10001 days", "-1 days", "7 fortnights",
                                       "7  ", "7 business"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct span span;
        assert_false(span_read(str_of(none[i]), &span));
    }
}

/* Whatever ends beyond the years that can be told ends with them. */
static void spans_at_the_end_of_time_stay_there(void **state)
{
    (void)state;
    static const char *const spans[] = {"10000 months", "10000 weeks", "10000 days", "10000 hours",
                                        "10000 business days"};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        for (int is_day = 0; is_day < 2; is_day++) {
            struct span span;
            struct moment from, end;
            assert_true(span_read(str_of(spans[i]), &span));
            assert_true(moment_read(str_of(is_day ? "2261-12-01" : "2261-12-01T10:00:00Z"), &from));
            end = span_end(&span, &from, &(struct calendar){0}, zone_named("Europe/Berlin"));
            assert_true(moment_over(&end, zone_named("Europe/Berlin")) >= at("2261-12-01"));
        }
    }
}

static json_t *table(void)
{
    struct err err = {0};
    json_t *duties = NULL;
    if (assay_case_duties("data/deadlines.yaml", &duties, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return duties;
}

static void table_gives_a_source_for_every_row(void **state)
{
    (void)state;
    OWN(own_json) json_t *duties = table();
    const json_t *rows = json_object_get(duties, "rows");
    assert_true(json_array_size(rows) >= 9);
    assert_int_equal(strlen(json_text(duties, "sha256", "")), 64);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *source = json_object_get(json_array_get(rows, i), "source");
        assert_true(strlen(json_text(source, "text", "")) > 10);
        assert_true(strlen(json_text(source, "basis", "")) > 0);
    }
}

#define ROW "{id: a, set: s, duty: d, who: w, source: {text: t, title: t, basis: text}, "

static void wrong_tables_are_named_by_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *says;
    } rows[] = {
        {"", "t.yaml: has no list 'duties'"},
        {"duties: {}\n", "has no list 'duties'"},
        {"duties: [a]\n", "t.yaml:1:10: a duty is written as keys"},
        {"duties:\n  - {id: a}\n", "t.yaml:2:5: a duty needs 'set'"},
        {"duties:\n  - " ROW "starts: aware, within: 3 moons, valid-from: 2020-01-01}\n",
         ":2:103: '3 moons' is no span"},
        {"duties:\n  - " ROW "starts: aware, within: 3 days}\n", ":2:5: a duty needs 'valid-from'"},
        {"duties:\n  - " ROW "starts: asleep, within: 3 days, valid-from: 2020-01-01}\n",
         "no starts is called 'asleep'"},
        {"duties:\n  - " ROW "starts: reported, within: 3 days, valid-from: 2020-01-01}\n", ":2:5: 'after' belongs to"},
        {"duties:\n  - " ROW "starts: reported, after: b, within: 3 days, valid-from: 2020-01-01}\n",
         "no earlier row 'b'"},
        {"duties:\n  - " ROW "starts: aware, within: 3 days, valid-from: 2020-01-01}\n  - " ROW
         "starts: aware, within: 3 days, valid-from: 2020-01-01}\n",
         ":3:5: the id 'a' stands here twice"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        json_t *duties = NULL;
        if (duties_read("t.yaml", str_of(rows[i].yaml), &duties, &err) != -1 ||
            strstr(err.text, rows[i].says) == NULL) {
            fail_msg("%s gives: %s", rows[i].yaml, err.text);
        }
    }
}

/* One row as "id kind state due by", all rows in a line. */
static void check_clocks(const char *model, const char *now, const char *expected)
{
    struct err err = {0};
    OWN(own_json) json_t *kase = kit_json(model);
    OWN(own_json) json_t *duties = table();
    OWN(own_json) json_t *clocks = assay_case_clocks(kase, duties, at(now), &err);
    OWN(own_buf) struct buf text = {0};
    assert_non_null(clocks);
    const json_t *rows = json_object_get(clocks, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        buf_printf(&text, "%s%s %s %s %s", i > 0 ? "; " : "", json_text(row, "id", "?"), json_text(row, "state", "?"),
                   json_text(row, "due", "-"), json_text(row, "by", "-"));
    }
    assert_string_equal(text.data != NULL ? text.data : "", expected);
}

#define DUTIES(list) "'parties':[{'id':'a','duties':[" list "]}]"
#define KNEW(when) "'clocks':[{'id':'T1','party':'a','what':'aware','at':'" when "'}]"

static void clocks_say_what_is_due(void **state)
{
    (void)state;
    static const struct {
        const char *model, *now, *rows;
    } rows[] = {
        {"{}", "2026-01-01", ""},
        /* a row that was not yet in force when the party knew is shown as such */
        {"{" DUTIES("'cert-in'") "," KNEW("2022-06-26T23:59:59Z") "}", "2026-01-01", "cert-in not-in-force - a"},
        {"{" DUTIES("'cert-in'") "," KNEW("2022-06-27T00:00:00Z") "}", "2022-06-27T05:59:59Z",
         "cert-in due 2022-06-27T06:00:00Z a"},
        {"{" DUTIES("'cert-in'") "," KNEW("2022-06-27T00:00:00Z") "}", "2022-06-27T06:00:00Z",
         "cert-in overdue 2022-06-27T06:00:00Z a"},
        {"{" DUTIES("'dpdp'") "," KNEW("2027-05-12T12:00:00Z") "}", "2027-06-01", "dpdp-board not-in-force - a"},
        {"{" DUTIES("'dpdp'") "," KNEW("2027-05-13T12:00:00Z") "}", "2027-05-14",
         "dpdp-board due 2027-05-16T12:00:00Z a"},
        {"{" DUTIES("'gdpr'") "}", "2026-01-01", "gdpr-authority no-start - "},
        {"{'parties':[{'id':'a'}]," KNEW("2026-01-01") "}", "2026-01-01", ""}, /* nobody says that it applies */
        /* two views of when the party knew; one by a statement */
        {"{" DUTIES("'gdpr'") "," KNEW(
             "2026-01-05T00:00:00Z") ",'statements':[{'id':'S1','party':'b','act':'asserts','aware':{'party':'a','at':'2026-01-01T00:00:00Z'}}]}",
         "2026-01-06", "gdpr-authority overdue 2026-01-04T00:00:00Z b; gdpr-authority due 2026-01-08T00:00:00Z a"},
        /* but not by an account in other hands */
        {"{'parties':[{'id':'a','duties':['gdpr']},{'id':'b','compromised':{}}],'statements':[{'id':'S1','party':'b','act':'asserts',"
         "'aware':{'party':'a','at':'2026-01-01T00:00:00Z'}}]}",
         "2026-01-06", "gdpr-authority no-start - "},
        /* a report ends its clock and starts the next */
        {"{" DUTIES(
             "'nis2'") ",'clocks':[{'id':'T1','party':'a','what':'aware','at':'2026-01-31T10:00:00Z'},"
                       "{'id':'T2','party':'a','what':'reported','duty':'nis2-early','at':'2026-02-01T09:00:00Z'},"
                       "{'id':'T3','party':'a','what':'reported','duty':'nis2-notification','at':'2026-02-03T10:00:01Z'}]}",
         "2026-02-10",
         "nis2-early answered 2026-02-01T10:00:00Z a; nis2-notification late 2026-02-03T10:00:00Z a; "
         "nis2-final due 2026-03-03T10:00:01Z a"},
        /* New York's evening of 3 July 2026; four business days with Monday open, for the holiday was kept on Friday */
        {"{" DUTIES("'sec-8k'") ",'clocks':[{'id':'T1','party':'a','what':'material','at':'2026-07-04T02:00:00Z'}]}",
         "2026-07-10T03:59:59Z", "sec-8k due 2026-07-09 a"},
        {"{" DUTIES("'sec-8k'") ",'clocks':[{'id':'T1','party':'a','what':'material','at':'2026-07-04T02:00:00Z'}]}",
         "2026-07-10T04:00:00Z", "sec-8k overdue 2026-07-09 a"},
        /* a notice that is due on a day is due until it ends, and a reply on that day is in time */
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04','notice':{'to':'c','due':'2020-09-11'}}]}",
         "2020-09-11T23:59:59Z", "S1 due 2020-09-11 p"},
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04','notice':{'to':'c','due':'2020-09-11'}}]}",
         "2020-09-12", "S1 overdue 2020-09-11 p"},
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04','notice':{'to':'c','due':'2020-09-11'}},"
         "{'id':'S2','party':'c','act':'replies','said':'2020-09-11'}]}",
         "2020-09-20", "S1 answered 2020-09-11 p"},
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04','notice':{'to':'c','due':'2020-09-11'}},"
         "{'id':'S2','party':'c','act':'replies','said':'2020-09-13'}]}",
         "2020-09-20", "S1 late 2020-09-11 p"},
        /* the next day is too late, and so is the midnight with which the day ended; the instant that is due is not */
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04','notice':{'to':'c','due':'2020-09-11'}},"
         "{'id':'S2','party':'c','act':'replies','said':'2020-09-12'}]}",
         "2020-09-20", "S1 late 2020-09-11 p"},
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04','notice':{'to':'c','due':'2020-09-11'}},"
         "{'id':'S2','party':'c','act':'replies','said':'2020-09-12T00:00:00Z'}]}",
         "2020-09-20", "S1 late 2020-09-11 p"},
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04','notice':{'to':'c','due':'2020-09-11',"
         "'zone':'America/Los_Angeles','ends':'2020-09-12T07:00:00Z'}},{'id':'S2','party':'c','act':'replies','said':'2020-09-12'}]}",
         "2020-09-20", "S1 late 2020-09-11 p"},
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04','notice':{'to':'c','due':'2020-09-11T09:00:00Z'}},"
         "{'id':'S2','party':'c','act':'replies','said':'2020-09-11T09:00:00Z'}]}",
         "2020-09-20", "S1 answered 2020-09-11T09:00:00Z p"},
        /* somebody else's reply, one before it, and one that answers another notice are no answers */
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04','notice':{'to':'c','due':'2020-09-11'}},"
         "{'id':'S2','party':'d','act':'replies','said':'2020-09-05'},{'id':'S3','party':'c','act':'replies','said':'2020-09-03'},"
         "{'id':'S4','party':'c','act':'replies','said':'2020-09-06','answers':['S9']}]}",
         "2020-09-20", "S1 overdue 2020-09-11 p"},
        {"{'statements':[{'id':'S1','party':'p','act':'demands','said':'2020-09-04',"
         "'notice':{'to':'c','due':'2020-09-11','ends':'2020-09-11T18:30:00Z'}}]}",
         "2020-09-11T18:30:00Z", "S1 overdue 2020-09-11 p"},
        {"{'replies':[{'id':'A1','party':'c','asked_by':'p','asked':'2020-09-01'},"
         "{'id':'A2','party':'c','asked':'2020-09-01','until':'2020-09-03','answered':false},"
         "{'id':'A3','party':'c','asked':'2020-09-01','until':'2020-09-03','answered':{'at':'2020-09-02','text':'x'}}]}",
         "2020-09-05", "A2 unanswered 2020-09-03 ; A3 answered 2020-09-03 ; A1 open - p"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_clocks(rows[i].model, rows[i].now, rows[i].rows);
    }
}

/* ---- who rests on whom ---- */

#define SAID(id, party, act, more) "{'id':'" id "','party':'" party "','act':'" act "','claims':['C1']" more "}"

static void check_roots(const char *parties, const char *statements, const char *expected)
{
    struct err err = {0};
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "{'parties':[%s],'claims':[{'id':'C1'}],'statements':[%s]}", parties, statements);
    OWN(own_json) json_t *model = kit_json(text.data);
    OWN(own_json) json_t *roots = assay_case_roots(model, &err);
    assert_non_null(roots);
    OWN(own_json) json_t *told = json_deep_copy(json_array_get(json_object_get(roots, "claims"), 0));
    (void)json_object_del(told, "claim");
    (void)json_object_set(told, "circles", json_object_get(roots, "circles"));
    (void)json_object_set(told, "echoes", json_object_get(roots, "echoes"));
    (void)json_object_set(told, "retracted", json_object_get(roots, "retracted"));
    OWN(own_json) json_t *wanted = kit_json(expected);
    OWN(own_json)
    json_t *whole = kit_json(
        "{'up':{'independent':0,'standing':0,'roots':[],'repeats':[]},'down':{'independent':0,'standing':0,'roots':[],"
        "'repeats':[]},'unsourced':[],'unknown':[],'circles':[],'echoes':[],'retracted':[]}");
    assert_int_equal(json_object_update(whole, wanted), 0);
    if (!json_equal(told, whole)) {
        fail_msg("%s\ngives %s", statements, json_dumps(told, JSON_SORT_KEYS));
    }
}

static void roots_are_counted_not_reports(void **state)
{
    (void)state;
    /* ten papers that repeat one assertion are one root */
    check_roots("",
                SAID("S1", "a", "asserts", "") "," SAID("S2", "b", "reports", ",'relays':['S1']") "," SAID(
                    "S3", "c", "reports", ",'relays':['S2']"),
                "{'up':{'independent':1,'standing':1,'roots':['S1'],'repeats':['S2','S3']}}");
    /* somebody who asserts what rests on another's assertion has no word of his own in it */
    check_roots("", SAID("S1", "a", "asserts", "") "," SAID("S2", "b", "asserts", ",'relays':['S1']"),
                "{'up':{'independent':1,'standing':1,'roots':['S1'],'repeats':['S2']}}");
    /* two who speak on their own word are two, and a party that speaks twice is one */
    check_roots("",
                SAID("S1", "a", "asserts", "") "," SAID("S2", "b", "asserts", "") "," SAID("S3", "a", "asserts", ""),
                "{'up':{'independent':2,'standing':2,'roots':['S1','S2','S3'],'repeats':[]}}");
    /* but not two that belong together */
    check_roots("{'id':'a'},{'id':'b','affiliation':[{'with':'a'}]}",
                SAID("S1", "a", "asserts", "") "," SAID("S2", "b", "asserts", ""),
                "{'up':{'independent':1,'standing':1,'roots':['S1','S2'],'repeats':[]}}");
    /* a report that names no source for this claim, though it rests on something */
    check_roots(
        "", "{'id':'S1','party':'a','act':'asserts','claims':['C2']}," SAID("S2", "b", "reports", ",'relays':['S1']"),
        "{'unsourced':['S2']}");
    check_roots("",
                SAID("S1", "a", "asserts", "") "," SAID("S2", "b", "denies", "") "," SAID("S3", "c", "reports",
                                                                                          ",'relays':['S1','S2']"),
                "{'up':{'independent':1,'standing':1,'roots':['S1'],'repeats':['S3']},"
                "'down':{'independent':1,'standing':1,'roots':['S2'],'repeats':['S3']}}");
}

static void hijacked_words_are_nobodys(void **state)
{
    (void)state;
    check_roots("{'id':'a','compromised':{}}", SAID("S1", "a", "denies", ""), "{'unknown':['S1']}");
    /* one channel of a party: what it says elsewhere is its own */
    check_roots("{'id':'a','compromised_channels':[{'channel':'Twitter','from':'2020-09-03'}]}",
                SAID("S1", "a", "denies", ",'channel':'twitter','said':'2020-09-04'") "," SAID(
                    "S2", "a", "denies",
                    ",'channel':'a letter','said':'2020-09-04'") "," SAID("S3", "a", "asserts",
                                                                          ",'channel':'twitter','said':'2020-09-02'"),
                "{'unknown':['S1'],'down':{'independent':1,'standing':1,'roots':['S2'],'repeats':[]},"
                "'up':{'independent':1,'standing':1,'roots':['S3'],'repeats':[]}}");
}

static void what_is_taken_back_weakens_what_rests_on_it(void **state)
{
    (void)state;
    check_roots("",
                SAID("S1", "a", "asserts", "") "," SAID("S2", "b", "reports", ",'relays':['S1']") "," SAID(
                    "S3", "c", "asserts", "") "," SAID("S4", "a", "retracts", ",'retracts':['S1'],'relays':['S1']"),
                "{'up':{'independent':2,'standing':1,'roots':['S1','S3'],'repeats':['S2']},"
                "'retracted':[{'statement':'S1','by':'S4','weakens':['S2']}]}");
    /* nobody takes back what another said, and a hijacked account takes nothing back */
    check_roots("{'id':'a','compromised':{'from':'2020-09-03','to':'2020-09-04'}}",
                SAID("S1", "a", "asserts", ",'said':'2020-09-01'") "," SAID(
                    "S2", "b", "retracts", ",'retracts':['S1']") "," SAID("S3", "a", "retracts",
                                                                          ",'retracts':['S1'],'said':'2020-09-03'"),
                "{'up':{'independent':1,'standing':1,'roots':['S1'],'repeats':[]}}");
}

static void circles_are_named_and_have_no_root(void **state)
{
    (void)state;
    check_roots(
        "",
        SAID("S1", "a", "reports", ",'relays':['S3']") "," SAID("S2", "b", "reports", ",'relays':['S1']") "," SAID(
            "S3", "c", "reports", ",'relays':['S2']") "," SAID("S4", "d", "reports", ",'relays':['S3']"),
        "{'circles':[['S1','S2','S3']],'unsourced':['S1','S2','S3','S4']}");
    check_roots("", SAID("S1", "a", "asserts", ",'relays':['S2']") "," SAID("S2", "b", "asserts", ",'relays':['S1']"),
                "{'circles':[['S1','S2']],'up':{'independent':0,'standing':0,'roots':[],'repeats':['S1','S2']}}");
    /* in a circle, but nobody else in it makes the claim: its own word */
    check_roots("",
                SAID("S1", "a", "asserts",
                     ",'relays':['S2']") ","
                                         "{'id':'S2','party':'b','act':'reports','claims':['C2'],'relays':['S1']}",
                "{'circles':[['S1','S2']],'up':{'independent':1,'standing':1,'roots':['S1'],'repeats':[]}}");
    /* a demand refers to what was said, and claims nothing by it */
    check_roots("",
                SAID("S1", "a", "denies", "") "," SAID("S2", "b", "reports", ",'relays':['S1']") "," SAID(
                    "S3", "a", "demands", ",'relays':['S2']"),
                "{'down':{'independent':1,'standing':1,'roots':['S1'],'repeats':['S2','S3']}}");
    /* a party's word that comes back to it through others */
    check_roots(
        "",
        SAID("S1", "a", "asserts", "") "," SAID("S2", "b", "reports", ",'relays':['S1']") "," SAID("S3", "a", "asserts",
                                                                                                   ",'relays':['S2']"),
        "{'echoes':[{'statement':'S3','of':'S1'}],'up':{'independent':1,'standing':1,'roots':['S1'],'repeats':['S2','S3']}}");
}

/* Long chains and many circles, in time: nothing recurses, nothing is quadratic in what matters. */
static void large_graphs_are_walked(void **state)
{
    (void)state;
    struct err err = {0};
    OWN(own_json) json_t *model = json_pack("{s:[], s:[{s:s}], s:[]}", "parties", "claims", "id", "C1", "statements");
    for (int i = 0; i < 5000; i++) {
        char id[16], to[16];
        (void)snprintf(id, sizeof id, "S%d", i);
        (void)snprintf(to, sizeof to, "S%d", i + 1);
        (void)json_array_append_new(json_object_get(model, "statements"),
                                    json_pack("{s:s, s:s, s:s, s:[s], s:[s]}", "id", id, "party", id, "act", "reports",
                                              "claims", "C1", "relays", to));
    }
    OWN(own_json) json_t *roots = assay_case_roots(model, &err);
    assert_non_null(roots);
    assert_int_equal(json_int(roots, "left_out", 0), 5000 - 4096);
}

/* ---- what is missing ---- */

static void check_missing(const char *model, const char *expected)
{
    struct err err = {0};
    OWN(own_json) json_t *kase = kit_json(model);
    OWN(own_json) json_t *status = assay_case_status(kase, NULL, at("2026-01-01"), &err);
    OWN(own_buf) struct buf text = {0};
    assert_non_null(status);
    const json_t *missing = json_object_get(status, "missing");
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *row = json_array_get(missing, i);
        buf_printf(&text, "%s%s", i > 0 ? "; " : "", json_text(row, "what", "?"));
        for (size_t j = 0; j < json_array_size(json_object_get(row, "ids")); j++) {
            buf_printf(&text, " %s", json_string_value(json_array_get(json_object_get(row, "ids"), j)));
        }
    }
    assert_string_equal(text.data != NULL ? text.data : "", expected);
}

#define SEALED "'ledger':{'size':9,'checkpoints':[{'size':9}]}"

static void what_is_missing_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *model, *missing;
    } rows[] = {
        {"{" SEALED "}", ""},
        {"{'ledger':{'size':9,'checkpoints':[]}}", "never-sealed ledger"},
        {"{'ledger':{'size':9,'checkpoints':[{'size':4}]}}", "not-sealed entries 4 to 8"},
        {"{'claims':[{'id':'C1'},{'id':'C2'},{'id':'C3'}],'verdicts':[{'id':'V1','claim':'C1','n':5,'coverage':{'word':'none'}},"
         "{'id':'V2','claim':'C2','n':5,'coverage':{'word':'high'}}]," SEALED "}",
         "unjudged C3; unexamined C1"},
        /* a log was read, and nobody said of when: C1 was looked at, C2 has its time, of C3 no log tells */
        {"{'claims':[{'id':'C1','kind':'use'},{'id':'C2','kind':'use','window':{'from':'2026-01-01','to':'2026-01-02'}},{'id':'C3','kind':'ransom'}],"
         "'verdicts':[{'claim':'C1','coverage':{'word':'none'}},{'claim':'C2','coverage':{'word':'none'}},{'claim':'C3','coverage':{'word':'none'}}],"
         "'examinations':[{'id':'X01','engine':'trace','status':'done'}]," SEALED "}",
         "unexamined C2 C3; undated C1"},
        {"{'case':{'window':{'from':'2026-01-01','to':'2026-01-02'}},'claims':[{'id':'C1','kind':'use'}],'verdicts':[{'claim':'C1','coverage':{'word':'low'}}],"
         "'examinations':[{'id':'X01','engine':'trace','status':'done'}]," SEALED "}",
         ""},
        {"{'claims':[{'id':'C1','kind':'use'}],'verdicts':[{'claim':'C1','coverage':{'word':'none'}}],"
         "'examinations':[{'id':'X01','engine':'trace','status':'failed'}]," SEALED "}",
         "unexamined C1; incomplete X01"},
        {"{'verdicts':[{'id':'V1','n':5,'claim':'C1'},{'id':'V2','n':8,'claim':'C2'}],'evidence':[{'id':'E01','n':7}],"
         "'custody':[{'id':'H01','evidence':'E01'}]," SEALED "}",
         "stale V1"},
        {"{'evidence':[{'id':'E01'},{'id':'E02'}],'custody':[{'id':'H01','evidence':'E02'}],'examinations':[{'id':'X01','status':'done'},"
         "{'id':'X02','status':'failed'},{'id':'X03'}]," SEALED "}",
         "incomplete X02 X03; no-custody E01"},
        {"{'statements':[{'id':'S1','grade':'B2'},{'id':'S2'},{'id':'S3','grade':'F'},{'id':'S4','grade':'F6'}]," SEALED
         "}",
         "ungraded S2; half-graded S3"},
        {"{'statements':[{'id':'S1','grade':'B2','notice':{'to':'a','served':'2026-01-01'}},{'id':'S2','grade':'B2','notice':{}}]," SEALED
         "}",
         "unserved S2"},
        {"{'claims':[{'id':'C1'},{'id':'C2'},{'id':'C3'}],'verdicts':[{'claim':'C1','coverage':{'word':'high'}},"
         "{'claim':'C2','coverage':{'word':'high'}},{'claim':'C3','coverage':{'word':'high'}}],'statements':[{'id':'S1','grade':'B2',"
         "'act':'asserts','claims':['C1']},{'id':'S2','grade':'B2','act':'asserts','claims':['C2']}],"
         "'replies':[{'id':'A1','about':['S1'],'answered':false},{'id':'A2','about':['C3']}]," SEALED "}",
         "not-asked C2; reply-open A2"},
        /* confirmed by others, where there is no other */
        {"{'claims':[{'id':'C1'}],'verdicts':[{'claim':'C1','coverage':{'word':'high'}}],'replies':[{'id':'A1','about':['C1'],'answered':false}],"
         "'statements':[{'id':'S1','party':'a','grade':'B1','act':'asserts','claims':['C1']},"
         "{'id':'S2','party':'b','grade':'B1','act':'reports','claims':['C1'],'relays':['S1']}]," SEALED "}",
         "grade-1 S1 S2"},
        {"{'claims':[{'id':'C1'}],'verdicts':[{'claim':'C1','coverage':{'word':'high'}}],'replies':[{'id':'A1','about':['C1'],'answered':false}],"
         "'statements':[{'id':'S1','party':'a','grade':'B1','act':'asserts','claims':['C1']},"
         "{'id':'S2','party':'b','grade':'B2','act':'asserts','claims':['C1']}]," SEALED "}",
         ""},
        {"{'statements':[{'id':'S1','grade':'B2','act':'retracts'}]," SEALED "}", "retracts-what S1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_missing(rows[i].model, rows[i].missing);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)
    const struct CMUnitTest tests[] = {
        TEST(local_time_is_that_of_the_c_library),
        TEST(days_begin_when_their_midnight_is_or_right_after_it),
        TEST(zones_that_are_none_are_refused),
        TEST(spans_end_where_one_counts_them),
        TEST(spans_at_the_end_of_time_stay_there),
        TEST(table_gives_a_source_for_every_row),
        TEST(wrong_tables_are_named_by_line_and_column),
        TEST(clocks_say_what_is_due),
        TEST(roots_are_counted_not_reports),
        TEST(hijacked_words_are_nobodys),
        TEST(what_is_taken_back_weakens_what_rests_on_it),
        TEST(circles_are_named_and_have_no_root),
        TEST(large_graphs_are_walked),
        TEST(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
