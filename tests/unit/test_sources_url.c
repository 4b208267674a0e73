/* URIs of database servers: their parts, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sources/source.h"
#include "sources/url.h"

static const char *const known[] = {"socket", "ca", NULL};

static void test_parts(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *account, *host, *database;
        unsigned port;
    } rows[] = {
        {"redis://h", "", "h", "", 0},
        {"redis://h:6380/3", "", "h", "3", 6380},
        {"clickhouse://web%40shop@db.internal:8123/my%2Fdb", "web@shop", "db.internal", "my/db", 8123},
        {"clickhouse://a@b@h/d", "a@b", "h", "d", 0},
        {"redis://[::1]:7/0?socket=/run/x.sock", "", "::1", "0", 7},
        {"redis://[fe80::1]", "", "fe80::1", "", 0},
        {"redis:///0", "", "", "0", 0},
        {"redis://u%C3%A9@h", "u\xc3\xa9", "h", "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url url;
        struct err err = {0};
        if (url_read(rows[i].uri, known, &url, &err) != 0) {
            fail_msg("%s: %s", rows[i].uri, err.text);
        }
        assert_string_equal(url.account, rows[i].account);
        assert_string_equal(url.host, rows[i].host);
        assert_string_equal(url.database, rows[i].database);
        assert_int_equal(url.port, rows[i].port);
    }
    struct url url;
    struct err err = {0};
    assert_int_equal(url_read("redis://h?socket=%2Ftmp%2Fa&ca=", known, &url, &err), 0);
    assert_string_equal(url_option(&url, "socket"), "/tmp/a");
    assert_string_equal(url_option(&url, "ca"), "");
    assert_null(url_option(&url, "other"));
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "redis://u:secret@h",
        "redis://:secret@h",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:",
        "redis://h:12x",
        "redis://[::1",
        "redis://[::1]x",
        "redis://h/%0a",
        "redis://h/%00",
        "redis://h/%4",
        "redis://h/%zz",
        "redis://h/%",
        "redis://h?nope=1",
        "redis://a\nb@h",
        "redis://h?socket=1&socket=2&socket=3&socket=4&socket=5&socket=6&socket=7&socket=8&socket=9",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url url;
        struct err err = {0};
        if (url_read(rows[i], known, &url, &err) == 0) {
            fail_msg("%s was taken", rows[i]);
        }
        assert_int_equal(err.kind, ERR_USAGE);
        assert_null(strstr(err.text, "secret"));
    }
    char longest[600] = "redis://";
    memset(longest + 8, 'h', 400);
    struct url url;
    struct err err = {0};
    assert_int_equal(url_read(longest, known, &url, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
