/* Grants of MySQL and MariaDB as they are written, and keys drawn at random. What needs a server is in tests/cli/test_sources_live.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "sources/draw.h"
#include "sources/mysql_grants.h"
#include "sources/source.h"

static const struct row {
    const char *line;
    enum grant_level level;
    const char *database, *to;
    const char *gives, *withholds;
    enum { PLAIN, REVOKE, PASS_ON } how;
} rows[] = {
    {"GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED VIA mysql_native_password USING '*81F5E21E35407D884A6CD4A731AEBFB6AF209E1B' WITH GRANT OPTION",
     GRANT_GLOBAL, "*", "*", "SELECT", "PROXY", PASS_ON},
    {"GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*9'", GRANT_GLOBAL, "*", "*", "USAGE", "SELECT", PLAIN},
    {"GRANT SELECT, INSERT, CREATE TEMPORARY TABLES ON `shop\\_eu`.* TO `u`@`%`", GRANT_DATABASE, "shop\\_eu", "*",
     "CREATE TEMPORARY TABLES", "DELETE", PLAIN},
    {"GRANT SELECT (`a`, `on`), INSERT ON `shop`.`customers` TO 'u'@'%'", GRANT_TABLE, "shop", "customers", "INSERT",
     "SELECT", PLAIN},
    {"GRANT SELECT ON `od``d`.`t``.``*` TO `u`@`%`", GRANT_TABLE, "od`d", "t`.`*", "SELECT", "INSERT", PLAIN},
    {"GRANT SELECT ON `*`.`*` TO `u`@`%`", GRANT_TABLE, "*", "*", "SELECT", "INSERT", PLAIN},
    {"GRANT EXECUTE ON PROCEDURE `shop`.`p` TO `u`@`%`", GRANT_ROUTINE, "shop", "p", "EXECUTE", "SELECT", PLAIN},
    {"GRANT EXECUTE ON PACKAGE BODY `shop`.`p` TO `u`@`%`", GRANT_ROUTINE, "shop", "p", "EXECUTE", "SELECT", PLAIN},
    {"GRANT SELECT ON `procedure`.* TO `u`@`%`", GRANT_DATABASE, "procedure", "*", "SELECT", "INSERT", PLAIN},
    {"GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION", GRANT_PROXY, NULL, NULL, "PROXY", "SELECT",
     PASS_ON},
    {"GRANT `reader` TO `u`@`localhost`", GRANT_ROLE, NULL, NULL, "reader", "SELECT", PLAIN},
    {"GRANT `r1`@`%`,`r2`@`%` TO `u`@`%` WITH ADMIN OPTION", GRANT_ROLE, NULL, NULL, "r2", "SELECT", PLAIN},
    {"REVOKE SELECT ON `mysql`.* FROM `u`@`%`", GRANT_DATABASE, "mysql", "*", "SELECT", "INSERT", REVOKE},
    {"GRANT BACKUP_ADMIN,CLONE_ADMIN ON *.* TO `u`@`%`", GRANT_GLOBAL, "*", "*", "CLONE_ADMIN", "BACKUP", PLAIN},
    {"grant select on shop.* to u", GRANT_DATABASE, "shop", "*", "SELECT", "INSERT", PLAIN},
    {"SET DEFAULT ROLE `reader` FOR `u`@`localhost`", GRANT_NONE, NULL, NULL, NULL, "SELECT", PLAIN},
    {"", GRANT_NONE, NULL, NULL, NULL, "SELECT", PLAIN},
    {"GRANT", GRANT_NONE, NULL, NULL, NULL, "SELECT", PLAIN},
    {"GRANT SELECT ON", GRANT_NONE, NULL, NULL, "SELECT", "INSERT", PLAIN},
    {"GRANT SELECT ( ON *.* TO u", GRANT_NONE, NULL, NULL, NULL, "SELECT", PLAIN},
    {"GRANT SELECT ON `shop", GRANT_NONE, NULL, NULL, "SELECT", "INSERT", PLAIN},
};

static struct str text(const char *words)
{
    return (struct str){words, strlen(words)};
}

static void test_grants(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena keep;
        struct grants grants = {0};
        struct err err = {0};
        arena_init(&keep, 0);
        print_message("%s\n", rows[i].line);
        assert_int_equal(maria_grants_add(&grants, text(rows[i].line), &keep, &err), 0);
        const struct grant *grant = &grants.all[0];
        assert_int_equal(grant->level, rows[i].level);
        assert_int_equal(grant->is_revoke, rows[i].how == REVOKE);
        assert_int_equal(grant->can_pass_on, rows[i].how == PASS_ON);
        if (rows[i].database != NULL) {
            assert_true(str_eq(grant->database, text(rows[i].database)));
            assert_true(str_eq(grant->to, text(rows[i].to)));
        }
        assert_true(rows[i].gives == NULL || grant_gives(grant, text(rows[i].gives)));
        assert_false(grant_gives(grant, text(rows[i].withholds)));
        maria_grants_clear(&grants);
        arena_clear(&keep);
    }
}

static void test_too_much(void **state)
{
    (void)state;
    struct arena keep;
    struct grants grants = {0};
    struct err err = {0};
    arena_init(&keep, 0);
    static char many[8192] = "GRANT ";
    for (size_t i = 6; i + 3 < sizeof many; i += 2) {
        memcpy(many + i, "A,", 2);
    }
    assert_int_equal(maria_grants_add(&grants, text(many), &keep, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_int_equal(grants.count, 0);
    maria_grants_clear(&grants);
    arena_clear(&keep);
}

static void test_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool covers;
    } pairs[] = {
        {"shop", "shop", true},
        {"shop", "shops", false},
        {"shop_eu", "shop_eu", true},
        {"shop_eu", "shopXeu", true},
        {"shop\\_eu", "shopXeu", false},
        {"shop\\_eu", "shop_eu", true},
        {"shop\\_%", "shop_eu", true},
        {"shop\\_%", "shop", false},
        {"%", "anything", true},
        {"%", "", true},
        {"a%b%c", "aXbYbZc", true},
        {"a%b%c", "aXbYbZ", false},
        {"\\%", "%", true},
        {"\\%", "x", false},
        {"a\\", "a\\", true},
        {"%\\_", "a_b_", true},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        print_message("%s %s\n", pairs[i].pattern, pairs[i].name);
        assert_int_equal(grant_covers(text(pairs[i].pattern), text(pairs[i].name)), pairs[i].covers);
    }
    assert_true(grant_rank(text("shop\\_eu")) > grant_rank(text("shop\\_%")));
    assert_true(grant_rank(text("shop\\_%")) > grant_rank(text("shop%")));
    /* many stars against a long name: neither time nor memory grows beyond pattern * name */
    static char stars[8192], name[8192];
    memset(stars, '%', sizeof stars - 1);
    memset(name, 'a', sizeof name - 1);
    for (size_t i = 1; i + 1 < sizeof stars; i += 2) {
        stars[i] = 'a';
    }
    stars[sizeof stars - 2] = 'b';
    assert_false(grant_covers(text(stars), text(name)));
}

/* A drawn key is as likely as any other: over many draws every tenth of the range gets its share. */
static void test_draw(void **state)
{
    (void)state;
    enum { DRAWS = 20000, CELLS = 10 };
    static int64_t keys[DRAWS];
    size_t drawn, cell[CELLS] = {0};
    struct err err = {0};
    assert_int_equal(draw_keys(-500000, 499999, keys, DRAWS, &drawn, &err), 0);
    assert_true(drawn > DRAWS * 97 / 100 && drawn <= DRAWS); /* without doubles: 1 % are expected */
    for (size_t i = 0; i < drawn; i++) {
        assert_true(keys[i] >= -500000 && keys[i] <= 499999);
        cell[(size_t)(keys[i] + 500000) / 100000]++;
    }
    for (size_t i = 0; i < CELLS; i++) {
        assert_true(cell[i] > 1750 && cell[i] < 2250); /* 6 standard deviations */
    }
    size_t rising = 0;
    for (size_t i = 1; i < drawn; i++) {
        rising += keys[i] > keys[i - 1];
    }
    assert_true(rising > drawn * 45 / 100 && rising < drawn * 55 / 100); /* in no order */
    assert_int_equal(draw_keys(5, 9, keys, DRAWS, &drawn, &err), 0);
    assert_int_equal(drawn, 5);
    assert_int_equal(draw_keys(INT64_MIN, INT64_MAX, keys, 100, &drawn, &err), 0);
    assert_int_equal(drawn, 100);
}

static void test_uris(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "mysql://u:geheim@127.0.0.1/d",
        "mysql://u@127.0.0.1/d?password=geheim",
        "mysql://127.0.0.1/d",
        "mysql://u@127.0.0.1:0/d",
        "mysql://u@127.0.0.1:99999/d",
        "mysql://u@h/d?passwd=geheim",
        "mariadb://u:ge/h@eim@127.0.0.1:33/d",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct err err = {0};
        struct source *source = NULL;
        print_message("%s\n", refused[i]);
        assert_int_equal(source_open(refused[i], &source, &err), -1);
        assert_int_equal(err.kind, ERR_USAGE);
        assert_null(strstr(err.text, "geheim"));
        assert_null(strstr(err.text, "eim@"));
    }
    struct err err = {0};
    struct source *source = NULL;
    assert_int_equal(source_open("mysql://u@localhost/d?socket=/nonexistent/socket", &source, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.text, "mysql://u@localhost/d"));
    assert_true(err.remedy[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grants), cmocka_unit_test(test_too_much), cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_draw),   cmocka_unit_test(test_uris),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
