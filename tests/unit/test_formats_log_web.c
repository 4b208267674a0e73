/* What readers of access logs share: addresses, request lines, times, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "formats/log_web.h"

#include "base/banned.h"

static void clients(void **state)
{
    (void)state;
    static const char *const good[] = {"192.0.2.1",
                                       "0.0.0.0",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "2001:db8::1",
                                       "1:2:3:4:5:6:7:8",
                                       "::ffff:192.0.2.1",
                                       "64:ff9b::192.0.2.1",
                                       "1:2:3:4:5:6:192.0.2.1",
                                       "fe80::1%eth0",
                                       "1::",
                                       "1:2:3:4:5:6:7::",
                                       "unix:",
                                       "localhost",
                                       "h-1.example",
                                       "a_b"};
    static const char *const bad[] = {"",
                                      "-",
                                      "192.0.2",
                                      "192.0.2.256",
                                      "192.0.2.1.5",
                                      "192.0.2.1:80",
                                      "shop.example:443",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      ":1",
                                      "1:",
                                      "1::2::3",
                                      ":::",
                                      "12345::",
                                      "g::1",
                                      "1:2:3:4:5:6:7:192.0.2.1",
                                      "::192.0.2",
                                      "2001",
                                      "a b",
                                      "a\"",
                                      "unix:/x",
                                      "1:2:3:4:5:6:7:8::"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!web_is_client(str_of(good[i]))) {
            fail_msg("no client: %s", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (web_is_client(str_of(bad[i]))) {
            fail_msg("a client: %s", bad[i]);
        }
    }
}

struct cut_row {
    struct str (*cut)(struct str text);
    const char *text, *wish;
};

static void parts_of_addresses(void **state)
{
    (void)state;
    static const struct cut_row rows[] = {
        {web_without_port, "192.0.2.1:80", "192.0.2.1"},
        {web_without_port, "192.0.2.1", "192.0.2.1"},
        {web_without_port, "[2001:db8::1]:80", "2001:db8::1"},
        {web_without_port, "[::1]", "::1"},
        {web_without_port, "2001:db8::1", "2001:db8::1"},
        {web_without_port, "unix:", "unix:"},
        {web_without_port, ":80", ":80"},
        {web_last_forwarded, "198.51.100.7, 192.0.2.1", "192.0.2.1"},
        {web_last_forwarded, "198.51.100.7,192.0.2.1:4711", "192.0.2.1"},
        {web_last_forwarded, "192.0.2.1", "192.0.2.1"},
        {web_last_forwarded, "192.0.2.1, ", ""},
        {web_without_origin, "https://shop.example:443/a?b=http://c/d", "/a?b=http://c/d"},
        {web_without_origin, "http://shop.example", "http://shop.example"},
        {web_without_origin, "http://shop.example?a=/b", "http://shop.example?a=/b"},
        {web_without_origin, "/a?b=http://c/d", "/a?b=http://c/d"},
        {web_without_origin, "*", "*"},
        {web_without_origin, "://a/b", "://a/b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str got = rows[i].cut(str_of(rows[i].text));
        if (!str_eq(got, str_of(rows[i].wish))) {
            fail_msg("%s: \"%.*s\"", rows[i].text, STR_FMT(got));
        }
    }
}

static const struct {
    const char *pattern, *text, *time; /* time NULL: it is none */
    int16_t zone;
} times[] = {
    {WEB_TIME_CLF, "14/Mar/2026:21:47:09 +0530", "2026-03-14T16:17:09Z", 330},
    {WEB_TIME_CLF, "29/Feb/2024:00:00:00 -0000", "2024-02-29T00:00:00Z", 0},
    {WEB_TIME_CLF, "29/Feb/2023:00:00:00 +0000", NULL, 0},
    {WEB_TIME_CLF, "31/Apr/2026:00:00:00 +0000", NULL, 0},
    {WEB_TIME_CLF, "14/Mar/2026:24:00:00 +0000", NULL, 0},
    {WEB_TIME_CLF, "14/Mar/2026:21:47:09 +1600", NULL, 0},
    {WEB_TIME_CLF, "14/Mar/2300:21:47:09 +0000", NULL, 0},
    {WEB_TIME_ISO, "2026-03-14T21:47:09Z", "2026-03-14T21:47:09Z", 0},
    {WEB_TIME_ISO, "2026-03-14 21:47:09,5-08", "2026-03-15T05:47:09.500Z", -480},
    {WEB_TIME_ISO, "2026-03-14T21:47:60.123456789+01:30", "2026-03-14T20:17:59.123456789Z", 90},
    {WEB_TIME_ISO, "2026-03-14T21:47:09", NULL, 0},
    {WEB_TIME_EPOCH, "1773524829.001", "2026-03-14T21:47:09.001Z", 0},
    {WEB_TIME_EPOCH_MS, "1773524829001", "2026-03-14T21:47:09.001Z", 0},
    {WEB_TIME_EPOCH_US, "1773524829000001", "2026-03-14T21:47:09.000001Z", 0},
    {"%j %Y %T", "073 2026 21:47:09", "2026-03-14T21:47:09Z", LOG_NO_ZONE},
    {"%j %Y %T", "366 2026 21:47:09", NULL, 0},
    {"%A, %d-%B-%y %I:%M:%S%p %Z", "Saturday, 14-March-26 12:47:09AM GMT", "2026-03-14T00:47:09Z", 0},
    {"%I:%M:%S %p %F", "12:47:09 PM 2026-03-14", "2026-03-14T12:47:09Z", LOG_NO_ZONE},
    {"%y%m%d %k:%M:%S", "260314  9:47:09", "2026-03-14T09:47:09Z", LOG_NO_ZONE},
    {"%b %e %T", "Mar 14 21:47:09", "2026-03-14T21:47:09Z", LOG_NO_ZONE},
    {"%b %e %T", "Mar 16 21:47:09", "2025-03-16T21:47:09Z", LOG_NO_ZONE}, /* the file is of the 15th, at midnight */
    {"%b %e %T", "Feb 29 21:47:09", "2024-02-29T21:47:09Z", LOG_NO_ZONE},
    {"%H:%M:%S", "21:47:09", NULL, 0},
    {"%d/%b/%Y", "14/Mar/2026", NULL, 0},
    {"100%% %F %T", "100% 2026-03-14 21:47:09", "2026-03-14T21:47:09Z", LOG_NO_ZONE},
};

static void times_by_pattern(void **state)
{
    (void)state;
    const struct web_calendar calendar = {.written = time_parse(STR("2026-03-15T00:00:00Z")),
                                          .zone_minutes = LOG_NO_ZONE};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct web_clock clock = {0};
        struct log_line line = {0};
        char text[TIME_TEXT] = "none";
        struct str given = str_of(times[i].text);
        if (web_clock_read(&clock, str_of(times[i].pattern), given) == given.len &&
            web_clock_finish(&clock, &calendar, &line)) {
            time_rfc3339(text, line.second * NS_PER_S + line.nano);
        }
        if (strcmp(text, times[i].time == NULL ? "none" : times[i].time) != 0 ||
            (times[i].time != NULL && line.zone_minutes != times[i].zone)) {
            fail_msg("%s: %s, zone %d", times[i].text, text, line.zone_minutes);
        }
    }
}

static void patterns_that_are_not_known(void **state)
{
    (void)state;
    assert_true(web_time_is_known(STR("%d/%b/%Y:%H:%M:%S %z")));
    assert_false(web_time_is_known(STR("%c")));
    assert_false(web_time_is_known(STR("%d %Ey")));
    assert_false(web_time_is_known(STR("%d%")));
    assert_false(web_time_is_known(STR("%q"))); /* ours, not strftime's */
    assert_false(web_time_is_known(STR("")));
    assert_true(web_time_has_zone(STR("%s")) && web_time_has_year(STR("%s")) && !web_time_has_zone(STR("%%z")));
}

static void numbers(void **state)
{
    (void)state;
    uint64_t value;
    uint16_t status;
    assert_true(web_scaled(STR("0.123"), 1000000, &value) && value == 123000);
    assert_true(web_scaled(STR("12"), 1000, &value) && value == 12000);
    assert_true(web_scaled(STR("1.23456789"), 1000, &value) && value == 1234);
    assert_true(web_scaled(STR("-1"), 1000, &value) && value == LOG_NO_BYTES);
    assert_false(web_scaled(STR("1.2.3"), 1000, &value));
    assert_false(web_scaled(STR("9999999999999"), 1000, &value));
    assert_true(web_count(STR("-"), &value) && value == LOG_NO_BYTES);
    assert_true(web_count(STR("0"), &value) && value == 0);
    assert_false(web_count(STR("99999999999999999999"), &value));
    assert_false(web_count(STR("-5"), &value));
    assert_true(web_status(STR("-"), &status) && status == 0);
    assert_true(web_status(STR("404"), &status) && status == 404);
    assert_false(web_status(STR("2000"), &status));
    assert_false(web_status(STR("20x"), &status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients),          cmocka_unit_test(parts_of_addresses),
        cmocka_unit_test(times_by_pattern), cmocka_unit_test(patterns_that_are_not_known),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
