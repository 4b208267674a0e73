/* Rows in PostgreSQL's binary form: the manual's layout is taken, anything else is refused. What the values look like is held against
 * a real server in tests/cli/test_sources_live.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "sources/postgresql_binary.h"

#define BYTES(text)              \
    {                            \
        (text), sizeof(text) - 1 \
    }
#define HEAD "PGCOPY\n\377\r\n\0"

static void test_begin(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        size_t left;
        bool is_good;
    } rows[] = {
        {BYTES(HEAD "\0\0\0\0\0\0\0\0"), 0, true},
        {BYTES(HEAD "\0\0\0\0\0\0\0\0x"), 1, true},
        {BYTES(HEAD "\0\0\0\0\0\0\0\2abx"), 1, true}, /* an extension is passed over */
        {BYTES(HEAD "\0\0\0\0\0\0\0\2a"), 0, false},
        {BYTES(HEAD "\0\1\0\0\0\0\0\0"), 0, false}, /* a critical flag: with oids */
        {BYTES(HEAD "\0\0\0\0\xff\xff\xff\xff"), 0, false},
        {BYTES("PGCOPY\n\377\r\nX\0\0\0\0\0\0\0\0"), 0, false},
        {BYTES("PGCOPY"), 0, false},
        {BYTES(""), 0, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct str stream = rows[i].bytes;
        assert_int_equal(postgresql_binary_begin(&stream), rows[i].is_good);
        assert_true(!rows[i].is_good || stream.len == rows[i].left);
    }
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        char kind;
        struct str bytes; /* its length before it */
        const char *text; /* NULL: refused */
    } rows[] = {
        {'n', BYTES("\0\0\0\2\xff\xff"), "-1"},
        {'n', BYTES("\0\0\0\4\x7f\xff\xff\xff"), "2147483647"},
        {'n', BYTES("\0\0\0\x8\x80\0\0\0\0\0\0\0"), "-9223372036854775808"},
        {'n', BYTES("\0\0\0\3abc"), NULL},
        {'n', BYTES("\0\0\0\0"), NULL},
        {'o', BYTES("\0\0\0\4\xff\xff\xff\xff"), "4294967295"},
        {'o', BYTES("\0\0\0\2\xff\xff"), NULL},
        {'b', BYTES("\0\0\0\1\1"), "t"},
        {'b', BYTES("\0\0\0\1\0"), "f"},
        {'b', BYTES("\0\0\0\0"), NULL},
        {'t', BYTES("\0\0\0\2ab"), "ab"},
        {'t', BYTES("\0\0\0\0"), ""},
        {'t', BYTES("\0\0\0\3ab"), NULL},
        {'t', BYTES("\xff\xff\xff\xfe"), NULL},
        {'j', BYTES("\0\0\0\3\1[]"), "[]"},
        {'j', BYTES("\0\0\0\3\2[]"), NULL}, /* a version to come */
        {'j', BYTES("\0\0\0\0"), NULL},
        {'d', BYTES("\0\0\0\4\0\0\0\0"), "2000-01-01"},
        {'d', BYTES("\0\0\0\4\x7f\xff\xff\xff"), "infinity"},
        {'s', BYTES("\0\0\0\x8\0\0\0\0\0\0\0\1"), "2000-01-01 00:00:00.000001"},
        {'s', BYTES("\0\0\0\x8\xff\xff\xff\xff\xff\xff\xff\xff"), "1999-12-31 23:59:59.999999"},
        {'z', BYTES("\0\0\0\x8\x80\0\0\0\0\0\0\0"), "-infinity"},
        {'s', BYTES("\0\0\0\x8\x80\0\0\0\0\0\0\1"), "290279-12-22 19:59:05.224193 BC"}, /* no server has it */
        {'z', BYTES("\0\0\0\x8\0\0\0\0\0\x0f\x42\x40"), "2000-01-01 00:00:01+00"},
        {'u', BYTES("\0\0\0\x10\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf"), "00010203-0405-0607-0809-0a0b0c0d0e0f"},
        {'u', BYTES("\0\0\0\1\0"), NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char bytes[64] = {0, 1}, room[POSTGRESQL_WRITTEN_MAX];
        const char kinds[] = {rows[i].kind, '\0'};
        struct str cell;
        memcpy(bytes + 2, rows[i].bytes.data, rows[i].bytes.len);
        struct str stream = {bytes, 2 + rows[i].bytes.len};
        enum postgresql_row found = postgresql_binary_row(&stream, kinds, &cell, room);
        assert_int_equal(found, rows[i].text == NULL ? POSTGRESQL_ROW_BROKEN : POSTGRESQL_ROW);
        assert_true(rows[i].text == NULL || (stream.len == 0 && str_eq(cell, str_of(rows[i].text))));
    }
}

static void test_rows(void **state)
{
    (void)state;
    struct str cells[2];
    char room[2 * POSTGRESQL_WRITTEN_MAX];
    struct str stream = BYTES("\0\2\xff\xff\xff\xff\0\0\0\1x\0\2\0\0\0\0\xff\xff\xff\xff\xff\xff");
    assert_int_equal(postgresql_binary_row(&stream, "tt", cells, room), POSTGRESQL_ROW);
    assert_true(cells[0].data == NULL && str_eq(cells[1], STR("x")));
    assert_int_equal(postgresql_binary_row(&stream, "tt", cells, room), POSTGRESQL_ROW);
    assert_true(cells[0].data != NULL && cells[0].len == 0 && cells[1].data == NULL);
    assert_int_equal(postgresql_binary_row(&stream, "tt", cells, room), POSTGRESQL_ROWS_END);
    assert_int_equal(postgresql_binary_row(&stream, "tt", cells, room), POSTGRESQL_ROW_BROKEN);
    stream = (struct str)BYTES("\xff\xff"
                               "more");
    assert_int_equal(postgresql_binary_row(&stream, "tt", cells, room), POSTGRESQL_ROW_BROKEN);
    stream = (struct str)BYTES("\0\1\0\0\0\1x"); /* a column less */
    assert_int_equal(postgresql_binary_row(&stream, "tt", cells, room), POSTGRESQL_ROW_BROKEN);
}

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(postgresql_binary_kind(STR("25")), 't');
    assert_int_equal(postgresql_binary_kind(STR("1184")), 'z');
    assert_int_equal(postgresql_binary_kind(STR("1700")), 0); /* numeric */
    assert_int_equal(postgresql_binary_kind(STR("17")), 0);   /* bytea */
    assert_int_equal(postgresql_binary_kind(STR("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begin),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
