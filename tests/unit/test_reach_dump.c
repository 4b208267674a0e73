/* reach: what dumps of schemas and grants let an account read; texts that only look like grants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "assay/reach.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

static int hear(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    json_t *said = json_pack("{s:s,s:O}", "kind", assay_kind_name(kind), "record", body);
    (void)err;
    return json_array_append_new(self, said);
}

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

/* What is said of dumps, NULL-terminated texts; heard: credentials of a tree, or NULL. */
static json_t *said_of(const char *const *texts, const json_t *heard)
{
    char folder[] = "/tmp/assay-dump-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char paths[8][64];
    const char *dumps[8];
    size_t count = 0;
    for (; texts[count] != NULL; count++) {
        (void)snprintf(paths[count], sizeof paths[count], "%s/%zu", folder, count);
        write_file(paths[count], texts[count]);
        dumps[count] = paths[count];
    }
    json_t *all = json_array();
    struct assay_sink sink = {all, hear, NULL, NULL};
    struct assay_reach_options options = {.heard = heard, .dumps = dumps, .dump_count = count, .max_rows = 10};
    struct err err = {0};
    int failed = assay_reach(&options, &sink, &err);
    for (size_t i = 0; i < count; i++) {
        (void)unlink(paths[i]);
    }
    (void)rmdir(folder);
    if (failed != 0) {
        fail_msg("%s", err.text);
    }
    return all;
}

static const json_t *find(const json_t *all, const char *class, const char *key, const char *text)
{
    size_t i;
    const json_t *said;
    json_array_foreach(all, i, said)
    {
        const json_t *record = json_object_get(said, "record");
        if (strcmp(json_text(record, "class", ""), class) == 0 && strcmp(json_text(record, key, ""), text) == 0) {
            return record;
        }
    }
    return NULL;
}

/* "customers,orders": the tables that an account reads, in their order. */
static const char *readable(const json_t *all, char *out, size_t room)
{
    size_t i;
    size_t at = 0;
    const json_t *said;
    out[0] = '\0';
    json_array_foreach(all, i, said)
    {
        const json_t *record = json_object_get(said, "record");
        if (strcmp(json_text(record, "class", ""), "table") == 0 && json_bool(record, "readable", false)) {
            at += (size_t)snprintf(out + at, room - at, "%s%s.%s/%lld", at != 0 ? "," : "",
                                   json_text(record, "database", "?"), json_text(record, "table", "?"),
                                   (long long)json_int(record, "columns_readable", 0));
        }
    }
    return out;
}

#define SHOP                                                                                                                \
    "-- MariaDB dump 10.19\n-- Host: localhost    Database: shop\n"                                                         \
    "CREATE TABLE `customers` (`id` int(11) COMMENT 'a, (b); c', `email` varchar(255), KEY `e` (`email`)) ENGINE=InnoDB;\n" \
    "CREATE TABLE `orders` (`id` int, `total` decimal(10,2));\n"
#define PG                                                                                                   \
    "-- PostgreSQL database dump\n\\connect shop\nCREATE TABLE public.customers (id integer, email text);\n" \
    "ALTER TABLE public.customers OWNER TO postgres;\nCREATE TABLE sales.orders (id integer);\n"             \
    "ALTER TABLE sales.orders OWNER TO postgres;\n"

static const struct {
    const char *name;
    const char *texts[3];
    const char *account, *scope, *reads;
} rows[] = {
    {"a grant over the database",
     {SHOP, "GRANT SELECT, INSERT ON `shop`.* TO `app`@`%`;\n"},
     "app",
     "entire",
     "shop.customers/2,shop.orders/2"},
    {"over everything",
     {SHOP "GRANT ALL PRIVILEGES ON *.* TO 'app'@'localhost' WITH GRANT OPTION;\n"},
     "app",
     "entire",
     "shop.customers/2,shop.orders/2"},
    {"one table", {SHOP, "GRANT SELECT ON `shop`.`orders` TO `app`@`%`;\n"}, "app", "part", "shop.orders/2"},
    {"some columns",
     {SHOP, "GRANT SELECT (`id`), UPDATE (`email`) ON `shop`.`customers` TO `app`@`%`;\n"},
     "app",
     "part",
     "shop.customers/1"},
    {"writing is not reading", {SHOP, "GRANT INSERT, UPDATE, DELETE ON `shop`.* TO `app`@`%`;\n"}, "app", "none", ""},
    {"a pattern", {SHOP, "GRANT SELECT ON `sh%`.* TO `app`@`%`;\n"}, "app", "entire", "shop.customers/2,shop.orders/2"},
    {"an escaped pattern is another name",
     {SHOP, "GRANT SELECT ON `sh\\_p`.`customers` TO `app`@`%`;\nGRANT SELECT ON `other`.* TO `x`@`%`;\n"},
     "app",
     "unknown",
     "sh\\_p.customers/0"},
    {"an escaped underscore is one",
     {"USE `my_shop`;\nCREATE TABLE `t` (`id` int);\n", "GRANT SELECT ON `my\\_shop`.* TO `app`@`%`;\n"},
     "app",
     "entire",
     "my_shop.t/1"},
    {"and no other byte",
     {"USE `my-shop`;\nCREATE TABLE `t` (`id` int);\n", "GRANT SELECT ON `my\\_shop`.* TO `app`@`%`;\n"},
     "app",
     "part",
     ""},
    {"by a role",
     {SHOP, "GRANT `readers` TO `app`@`%`;\nGRANT SELECT ON `shop`.* TO `readers`;\n"},
     "app",
     "entire",
     "shop.customers/2,shop.orders/2"},
    {"SHOW GRANTS as the client prints it",
     {SHOP, "+---+\n| Grants for app@% |\n+---+\n| GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*0123' |\n"
            "| GRANT SELECT ON `shop`.* TO `app`@`%` |\n+---+\n"},
     "app",
     "entire",
     "shop.customers/2,shop.orders/2"},
    {"the text of a grant in a row",
     {SHOP
      "INSERT INTO `customers` VALUES (1,'\nGRANT ALL ON *.* TO `app`@`%`;\n');\nGRANT SELECT ON `shop`.`orders` TO `app`@`%`;\n"},
     "app",
     "part",
     "shop.orders/2"},
    {"a quote that a backslash keeps open",
     {SHOP
      "INSERT INTO `customers` VALUES (1,'a\\'; GRANT ALL ON *.* TO `app`@`%`; --');\nGRANT SELECT ON `shop`.`orders` TO `app`@`%`;\n"},
     "app",
     "part",
     "shop.orders/2"},
    {"the text of a grant in a comment",
     {SHOP "-- GRANT ALL ON *.* TO `app`@`%`;\nGRANT SELECT ON `shop`.`orders` TO `app`@`%`;\n"},
     "app",
     "part",
     "shop.orders/2"},
    {"mysql.user",
     {SHOP "USE `mysql`;\nCREATE TABLE `user` (`Host` char(60), `User` char(80), `Select_priv` enum('N','Y'));\n"
           "INSERT INTO `user` VALUES ('%','app','Y');\n"},
     "app",
     "entire",
     "mysql.user/3,shop.customers/2,shop.orders/2"},
    {"rows of somebody's own table user",
     {SHOP "CREATE TABLE `user` (`Host` int, `User` int, `Select_priv` int);\n"
           "INSERT INTO `user` VALUES ('%','app','Y');\nGRANT SELECT ON `shop`.`orders` TO `app`@`%`;\n"},
     "app",
     "part",
     "shop.orders/2"},
    {"global_priv",
     {SHOP "USE `mysql`;\nCREATE TABLE `global_priv` (`Host` char(60), `User` char(80), `Priv` longtext);\n"
           "INSERT INTO `global_priv` VALUES ('%','app','{\\\"access\\\":513}');\n"},
     "app",
     "entire",
     "mysql.global_priv/3,shop.customers/2,shop.orders/2"},
    {"PostgreSQL, one table",
     {PG "GRANT SELECT ON TABLE public.customers TO app;\n"},
     "app",
     "part",
     "shop.customers/2"},
    {"PostgreSQL, no USAGE on the schema", {PG "GRANT SELECT ON TABLE sales.orders TO app;\n"}, "app", "none", ""},
    {"PostgreSQL, USAGE on the schema",
     {PG "GRANT USAGE ON SCHEMA sales TO app;\nGRANT SELECT ON TABLE sales.orders TO app;\n"},
     "app",
     "part",
     "shop.sales.orders/1"},
    {"PostgreSQL, the owner",
     {"-- PostgreSQL database dump\nCREATE TABLE public.t (id integer);\nALTER TABLE public.t OWNER TO app;\n"},
     "app",
     "entire",
     ".t/1"},
    {"PostgreSQL, a superuser",
     {"CREATE ROLE app;\nALTER ROLE app WITH SUPERUSER INHERIT LOGIN PASSWORD 'SCRAM-SHA-256$x';\n" PG},
     "app",
     "entire",
     "shop.customers/2,shop.sales.orders/1"},
    {"PostgreSQL, NOSUPERUSER",
     {"ALTER ROLE app WITH NOSUPERUSER NOBYPASSRLS;\n" PG "GRANT SELECT ON TABLE public.customers TO app;\n"},
     "app",
     "part",
     "shop.customers/2"},
    {"PostgreSQL, by a role of a role",
     {PG "GRANT a TO app;\nGRANT b TO a;\nGRANT SELECT ON TABLE public.customers TO b;\n"},
     "app",
     "part",
     "shop.customers/2"},
    {"PostgreSQL, pg_read_all_data",
     {PG "GRANT pg_read_all_data TO app;\n"},
     "app",
     "entire",
     "shop.customers/2,shop.sales.orders/1"},
    {"PostgreSQL, in COPY and in a function",
     {PG "COPY public.customers (id, email) FROM stdin;\nGRANT SELECT ON TABLE public.customers TO app;\n\\.\n"
         "CREATE FUNCTION f() RETURNS int AS $$ x; GRANT SELECT ON TABLE public.customers TO app; $$;\n"
         "GRANT INSERT ON TABLE public.customers TO app;\n"},
     "app",
     "none",
     ""},
    {"psql's \\dp",
     {"             Access privileges\n Schema | Name | Type | Access privileges | x\n--------+---+---+---+---\n"
      " public | customers | table | owner=arwdDxt/owner +| \n        |    |   | app=r/owner | \n public | payroll | table |  | \n"},
     "app",
     "part",
     ".customers/0"},
};

static void every_dump_reads_as_its_row_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[512];
        OWN(own_json)
        json_t *heard = json_pack(
            "[{s:s,s:{s:s,s:s,s:s,s:s,s:s,s:s}}]", "kind", "finding", "record", "class", "credential", "id", "C1",
            "opens", "database", "service",
            strncmp(rows[i].name, "P", 1) == 0 || strncmp(rows[i].name, "ps", 2) == 0 ? "postgresql" : "mysql",
            "account", rows[i].account, "password", "set");
        OWN(own_json) json_t *all = said_of(rows[i].texts, heard);
        const json_t *account = find(all, "account", "credential", "C1");
        if (account == NULL || strcmp(json_text(account, "scope", ""), rows[i].scope) != 0 ||
            strcmp(json_text(account, "status", ""), "from a dump") != 0 ||
            strcmp(readable(all, got, sizeof got), rows[i].reads) != 0) {
            fail_msg("%s: scope %s, reads %s", rows[i].name, json_text(account, "scope", "?"),
                     readable(all, got, sizeof got));
        }
    }
}

static void an_account_of_which_no_dump_speaks_is_not_tried(void **state)
{
    (void)state;
    static const char *const texts[] = {SHOP "GRANT ALL ON *.* TO `other`@`%`;\n", NULL};
    OWN(own_json)
    json_t *heard = json_pack("[{s:s,s:{s:s,s:s,s:s,s:s,s:s}}]", "kind", "finding", "record", "class", "credential",
                              "id", "C1", "opens", "database", "service", "mysql", "account", "app");
    OWN(own_json) json_t *all = said_of(texts, heard);
    assert_string_equal(json_text(find(all, "account", "credential", "C1"), "status", ""), "not tried");
    char got[256];
    assert_string_equal(readable(all, got, sizeof got), "");
}

static void a_schema_without_grants_says_that_nobody_knows(void **state)
{
    (void)state;
    static const char *const texts[] = {SHOP, NULL};
    OWN(own_json) json_t *all = said_of(texts, NULL);
    assert_string_equal(json_text(find(all, "account", "status", "from a dump"), "scope", ""), "unknown");
}

static void powers_are_said_with_what_they_mean(void **state)
{
    (void)state;
    static const char *const texts[] = {"GRANT FILE, REPLICATION SLAVE ON *.* TO `app`@`%`;\n", NULL};
    OWN(own_json) json_t *all = said_of(texts, NULL);
    const json_t *powers = json_object_get(find(all, "account", "account", "app"), "powers");
    assert_int_equal(json_array_size(powers), 2);
    assert_non_null(json_find(powers, "name", "FILE"));
    assert_non_null(json_find(powers, "name", "REPLICATION SLAVE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dump_reads_as_its_row_says),
        cmocka_unit_test(an_account_of_which_no_dump_speaks_is_not_tried),
        cmocka_unit_test(a_schema_without_grants_says_that_nobody_knows),
        cmocka_unit_test(powers_are_said_with_what_they_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
