/* One spelling per value: pairs that are the same, pairs that are not, and what class each value is of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>
#include <cmocka.h>

#include "base/str.h"
#include "normal/normal_parts.h"

struct spelled {
    enum normal_class class;
    char bytes[256];
    size_t len;
};

static struct spelled spell(const char *text, bool day_first)
{
    struct normalizer normalizer = {.wanted = NORMAL_ALL, .day_first = day_first};
    struct normal normal;
    normal_value(&normalizer, str_of(text), &normal);
    struct spelled out = {.class = normal.class, .len = normal.bytes.len};
    assert_true(out.len < sizeof(out.bytes));
    if (out.len > 0) {
        memcpy(out.bytes, normal.bytes.data, out.len);
    }
    normalizer_close(&normalizer);
    return out;
}

static void test_same(void **state)
{
    (void)state;
    static const struct {
        enum normal_class class;
        const char *a, *b;
    } rows[] = {
        {NORMAL_EMAIL, "Jo.Doe@Mail.ZZ", " jo.doe@mail.zz "},
        {NORMAL_EMAIL, "ZO\xc3\x8b@x.zz", "zo\xc3\xab@x.zz"},
        {NORMAL_PHONE, "+49 171 1234567", "0171/123 45 67"},
        {NORMAL_PHONE, "(0049) 171-1234567", "+491711234567"},
        {NORMAL_TIME, "2020-03-14 21:47:09", "2020-03-14T21:47:09Z"},
        {NORMAL_TIME, "2020-03-14 21:47:09.123456+00", "2020-03-14T23:47:09+02:00"},
        {NORMAL_TIME, "2020-03-14 21:47:09 UTC", "14.03.2020 21:47:09"},
        {NORMAL_TIME, "2020/3/14 21:47", "2020-03-14 21:47:00"},
        {NORMAL_DATE, "1962-02-18", "1962/2/18"},
        {NORMAL_DATE, "1962-02-18 00:00:00", "18.2.1962"},
        {NORMAL_NUMBER, "007", "7.00"},
        {NORMAL_NUMBER, "+12", "12"},
        {NORMAL_NUMBER, "-5", "-05.0"},
        {NORMAL_DECIMAL, "12.50", "012.5"},
        {NORMAL_SECRET, "0xDEADBEEFDEADBEEF", "deadbeefdeadbeef"},
        {NORMAL_SECRET, "\\xdeadbeefdeadbeef", "DEADBEEFDEADBEEF"},
        {NORMAL_SECRET, "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
        {NORMAL_TEXT, "Anna  M\xc3\xbcller", "ANNA M\xc3\x9cLLER"},
        {NORMAL_TEXT,
         "Stra\xc3\x9f"
         "e",
         "STRASSE"},
        {NORMAL_TEXT, "Zo\xc3\xab", "Zoe\xcc\x88"},
        {NORMAL_TEXT, "M\xfcller", "m\xc3\xbcller"}, /* a stray Latin-1 byte in a UTF-8 file */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct spelled a = spell(rows[i].a, false);
        struct spelled b = spell(rows[i].b, false);
        if (a.class != rows[i].class || b.class != rows[i].class || a.len != b.len ||
            memcmp(a.bytes, b.bytes, a.len) != 0) {
            fail_msg("'%s' is %s '%.*s', '%s' is %s '%.*s'", rows[i].a, normal_class_name(a.class), (int)a.len, a.bytes,
                     rows[i].b, normal_class_name(b.class), (int)b.len, b.bytes);
        }
    }
}

static void test_different(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"a@b.zz", "b@a.zz"},
        {"$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
         "$2y$10$ABCDEFGHIJKLMNOPQRSTUVabcdefghijklmnopqrstuvwxyz012345"},
        {"QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "qWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
        {"2020-03-14 21:47:09", "2020-03-14 21:47:10"},
        {"12.5", "125"},
        {"1962-02-18", "1962-02-18 00:00:01"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct spelled a = spell(rows[i][0], false);
        struct spelled b = spell(rows[i][1], false);
        if (a.class == b.class && a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0) {
            fail_msg("'%s' and '%s' are spelled alike", rows[i][0], rows[i][1]);
        }
    }
}

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        enum normal_class class;
        const char *text;
    } rows[] = {
        {NORMAL_NONE, ""},
        {NORMAL_NONE, "  "},
        {NORMAL_NONE, "NULL"},
        {NORMAL_NONE, "\\N"},
        {NORMAL_NONE, "0000-00-00 00:00:00"},
        {NORMAL_NUMBER, "12345"},
        {NORMAL_NUMBER, "49171123456"},
        {NORMAL_TEXT, "10.0.0.1"},
        {NORMAL_TEXT, "2020-13-41"},
        {NORMAL_TEXT, "a@b"},
        {NORMAL_TEXT, "@"},
        {NORMAL_TEXT, "my-long-product-slug-2020-edition"},
        {NORMAL_TEXT, "1.2.3"},
        {NORMAL_SECRET, "d41d8cd98f00b204e9800998ecf8427e"},
        {NORMAL_SECRET, "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"},
        {NORMAL_SECRET, "x7Fq9LpZ2mVw4TsB8nKc"},
        {NORMAL_TEXT, "Internationalization"},
        {NORMAL_PHONE, "+1 (780) 428-9482"},
        {NORMAL_TEXT, "Product-Name-2020-Edition"},
        {NORMAL_TEXT, "IMG_20200314_214709.jpg"},
        {NORMAL_TEXT, "-"},
        {NORMAL_TEXT, "+"},
        {NORMAL_TEXT, "("},
        {NORMAL_TEXT, "."},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        enum normal_class class = spell(rows[i].text, false).class;
        if (class != rows[i].class) {
            fail_msg("'%s' is %s, not %s", rows[i].text, normal_class_name(class), normal_class_name(rows[i].class));
        }
    }
}

static void test_orders(void **state)
{
    (void)state;
    struct spelled april = spell("3/4/2020", true);
    struct spelled march = spell("3/4/2020", false);
    struct spelled iso = spell("2020-04-03", false);
    assert_memory_equal(april.bytes, iso.bytes, 8);
    assert_memory_not_equal(march.bytes, iso.bytes, 8);
    assert_int_equal(normal_date_order(STR("14/3/2020")), 1);
    assert_int_equal(normal_date_order(STR("3/14/2020")), -1);
    assert_int_equal(normal_date_order(STR("3/4/2020")), 0);
}

static void test_numbers(void **state)
{
    (void)state;
    struct str phone;
    int64_t seconds;
    assert_true(normal_number_as_phone(STR("491711234567"), &phone));
    assert_int_equal(phone.len, 10);
    assert_memory_equal(phone.data, "1711234567", 10);
    assert_false(normal_number_as_phone(STR("1234567"), &phone));
    assert_true(normal_number_as_time(STR("1584222429"), &seconds));
    assert_int_equal(seconds, 1584222429);
    static const struct str same[] = {STR_INIT("1584222429123"), STR_INIT("1584222429123456"),
                                      STR_INIT("1584222429123456789"), STR_INIT("1584222429.25")};
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        assert_true(normal_number_as_time(same[i], &seconds));
        assert_int_equal(seconds, 1584222429);
    }
    assert_false(normal_number_as_time(STR("1584222429123.5"), &seconds));
    assert_false(normal_number_as_time(STR("99999"), &seconds));
}

/* tests/data/spellings.tsv: cell, class, spelling. */
static void test_table(void **state)
{
    (void)state;
    OWN(own_buf) struct buf table = {0};
    char line[1024];
    size_t rows = 0;
    FILE *file = fopen("tests/data/spellings.tsv", "re");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        struct str_cut cell = str_cut((struct str){line, strcspn(line, "\n")}, '\t');
        struct str_cut class = str_cut(cell.tail, '\t');
        if (line[0] == '#') {
            continue;
        }
        struct normalizer normalizer = {.wanted = NORMAL_ALL};
        struct normal normal;
        normal_value(&normalizer, cell.head, &normal);
        buf_reset(&table);
        buf_put(&table, normal.bytes);
        if (normal.class == NORMAL_TIME || normal.class == NORMAL_DATE) {
            buf_reset(&table);
            buf_printf(&table, "%lld", (long long)normal.seconds);
        }
        if (!str_eq(class.head, str_of(normal_class_name(normal.class))) || !str_eq(class.tail, buf_str(&table))) {
            fail_msg("'%.*s' is %s '%.*s'", STR_FMT(cell.head), normal_class_name(normal.class),
                     STR_FMT(buf_str(&table)));
        }
        normalizer_close(&normalizer);
        rows++;
    }
    assert_int_equal(fclose(file), 0);
    assert_true(rows > 100);
}

/* Every short word of these letters is folded as utf8proc folds it. */
static void test_letters(void **state)
{
    (void)state;
    struct buf scratch = {0};
    for (unsigned point = 0x80; point < 0x250; point++) {
        char text[] = {'o', 'A', (char)(0xc0 | point >> 6), (char)(0x80 | (point & 0x3f)), 'b', '\0'};
        const utf8proc_option_t options = UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                          UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
        utf8proc_uint8_t *expected = NULL;
        assert_true(utf8proc_map((const utf8proc_uint8_t *)text, 0, &expected, options) > 0);
        struct str folded = normal_fold(&scratch, str_of(text), true);
        for (char *at = (char *)expected; *at != '\0'; at++) {
            *at = *at == '\r' || *at == '\n' ? ' ' : *at; /* U+0085 */
        }
        if (!str_eq(folded, str_of((const char *)expected))) {
            fail_msg("U+%04X: '%.*s' is not '%s'", point, STR_FMT(folded), (const char *)expected);
        }
        free(expected);
    }
    buf_free(&scratch);
}

/* A class nobody asks for is told but not spelled. */
static void test_unwanted(void **state)
{
    (void)state;
    struct normalizer normalizer = {.wanted = 1U << NORMAL_EMAIL};
    struct normal normal;
    normal_value(&normalizer, STR("Some Text"), &normal);
    assert_int_equal(normal.class, NORMAL_TEXT);
    assert_int_equal(normal.bytes.len, 0);
    normalizer_close(&normalizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),   cmocka_unit_test(test_different), cmocka_unit_test(test_classes),
        cmocka_unit_test(test_orders), cmocka_unit_test(test_numbers),   cmocka_unit_test(test_unwanted),
        cmocka_unit_test(test_table),  cmocka_unit_test(test_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
