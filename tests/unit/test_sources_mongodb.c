/* MongoDB as a source, against tests/standin/mongod.py: Debian packages no server, so that no real one was asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "live_server.h"
#include "sources/mongodb_guard.h"
#include "survey_text.h"

static struct live closed, open_to_all, hostile;
static bool is_there;

static int start_one(struct live *live, const char *how, const char *what)
{
    char script[1024];
    char port[16];
    const char *source = getenv("ASSAY_SOURCE");
    live->port = live_port();
    (void)snprintf(script, sizeof script, "%s/tests/standin/mongod.py", source == NULL ? "." : source);
    char *whole = realpath(script, NULL);
    (void)snprintf(port, sizeof port, "%u", live->port);
    const char *const argv[] = {"/usr/bin/python3", whole == NULL ? script : whole, port, how, what, NULL};
    int result = live_start(live, argv) == 0 && live_wait(live) ? 0 : -1;
    free(whole);
    return result;
}

static int start(void **state)
{
    (void)state;
    is_there = live_has("python3");
    if (!is_there) {
        return 0;
    }
    bool failed = live_folder(&closed) != 0 || live_folder(&open_to_all) != 0 || live_folder(&hostile) != 0;
    failed = failed || start_one(&closed, NULL, NULL) != 0 || start_one(&open_to_all, "--open", NULL) != 0 ||
             start_one(&hostile, "--hostile", NULL) != 0;
    return failed ? -1 : 0;
}

static int stop(void **state)
{
    (void)state;
    if (is_there) {
        live_remove(&closed);
        live_remove(&open_to_all);
        live_remove(&hostile);
    }
    return 0;
}

static void uri_for(char out[static 128], const struct live *live, const char *account, const char *rest)
{
    if (!is_there) {
        skip();
    }
    (void)snprintf(out, 128, "mongodb://%s127.0.0.1:%u/%s", account, live->port, rest);
}

static void survey(const char *uri, const char *password, uint64_t sample, bool counts, struct survey_text *text)
{
    struct err err = {0};
    *text = (struct survey_text){.sample = sample, .counts = counts};
    if (survey_as_text(uri, password, text, &err) != 0) {
        fail_msg("%s: %s", uri, err.text);
    }
}

static void test_survey(void **state)
{
    (void)state;
    char uri[128];
    struct survey_text text;
    uri_for(uri, &closed, "shop@", "?authSource=admin");
    survey(uri, "geheim", 2, false, &text);
    has(&text.out, "server MongoDB 7.0.5 account=shop reading=only commands that read are sent super=0\n");
    has(&text.out, "hidden: databases without a right");
    has(&text.out, "power readWrite@shop: ");
    has(&text.out, "power insert: adds documents; a privilege on shop.*\n");
    has(&text.out, "power inprog: ");
    lacks(&text.out, "system.users");
    has(&text.out, "database shop whole: all its collections are listed\n");
    has(&text.out,
        "table shop.customers (_id objectId, email string, address.city string, address.geo.at object, tags array, "
        "born date, visits int, big long, hash binData, none null, vip bool, * object)");
    has(&text.out, ") rows=300 estimated bytes=known unreadable= partial=\n");
    has(&text.out, "|u299@example.org|K\xc3\xb6ln|{ \"lat\" : 50.8999");
    has(&text.out,
        "|[ \"a\", \"t299\" ]|2020-02-29 12:00:00|299|1099511628075|ff002b|(null)|false|{ \"od\\\"d$ `f'\" : \"x\" }\n");
    has(&text.out, "sampled random rows\n");
    has(&text.out, "table shop.o'd\"d `c\\x0aol (_id int, * object) rows=1 estimated");
    has(&text.out, "  row 1|{ \"x\" : \"y\" }\n  sampled all rows\n");
    has(&text.out, "table shop.empty rows=0 estimated");
    has(&text.out, "table shop.seen (_id objectId");
    has(&text.out, " rows=0 unknown bytes=unknown view");
    has(&text.out, "sampled the first rows\n");
    has(&text.out, ", f255 int, * object) rows=2 estimated bytes=known unreadable= partial=\n");
    has(&text.out, "|255|{ \"f256\" : 256, \"f257\"");
    has(&text.out, "table shop.likes (_id int, * object) rows=3 ");
    has(&text.out, "{ \"jane2@example.org\" : 1, \"phone\" : \"+49");
    has(&text.out, "table shop.stale (_id int) rows=3 estimated");
    has(&text.out, ": the server answered with an error (code 2) partial=\n");
    lacks(&text.out, "jane.doe");
    lacks(&text.out, "database crm");
    buf_free(&text.out);
    survey(uri, "geheim", 3, true, &text); /* the catalogue says 3 of one that has 30: more came */
    has(&text.out, "  row 0\n  row 1\n  row 2\n  sampled the first rows\n  counted 30\n");
    has(&text.out, "  counted 300\n");
    buf_free(&text.out);
}

static void test_accounts(void **state)
{
    (void)state;
    char uri[128];
    struct survey_text text;
    uri_for(uri, &closed, "root@", "?authSource=admin");
    survey(uri, "geheim", 0, false, &text);
    has(&text.out, "super=1\nhidden: nothing\n");
    has(&text.out, "power root@admin: no right is withheld");
    has(&text.out, "power admin.system.users: ");
    has(&text.out, "database admin unknown system: ");
    has(&text.out, "database crm whole: ");
    has(&text.out, "table crm.people ");
    lacks(&text.out, "table admin.");
    buf_free(&text.out);
    uri_for(uri, &closed, "reader@", "shop?authSource=admin");
    survey(uri, "geheim", 0, false, &text);
    has(&text.out, "database shop unknown: only collections with a right are listed\n");
    has(&text.out, "table shop.customers ");
    has(&text.out, "rows=300 estimated bytes=unknown"); /* count instead of collStats */
    has(&text.out, "table shop.orders ");
    lacks(&text.out, "table shop.secret");
    buf_free(&text.out);
    uri_for(uri, &open_to_all, "", "");
    survey(uri, NULL, 0, false, &text);
    has(&text.out, "account=(no account) ");
    has(&text.out, "power no account needed: ");
    has(&text.out, "table shop.secret ");
    buf_free(&text.out);
}

static void test_confined(void **state)
{
    (void)state;
    char uri[128];
    struct survey_text text = {.sample = 1};
    uri_for(uri, &closed, "shop@", "?authSource=admin");
    assert_int_equal(survey_confined(uri, "geheim", &text), 0);
    has(&text.out, "table shop.customers ");
    lacks(&text.out, "\nerror ");
    buf_free(&text.out);
    text = (struct survey_text){0};
    (void)snprintf(uri, sizeof uri, "mongodb://localhost:%u", open_to_all.port);
    assert_int_equal(survey_confined(uri, NULL, &text), 0);
    has(&text.out, "table shop.customers ");
    buf_free(&text.out);
}

static void test_read(void **state)
{
    (void)state;
    char uri[128];
    struct err err = {0};
    struct source_login login = {.password = "geheim"};
    uri_for(uri, &closed, "shop@", "shop?authSource=admin");
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open_as(uri, &login, &source, &err), 0);
    const struct source_table *tables;
    size_t count;
    assert_int_equal(source_tables(source, &tables, &count, &err), 0);
    assert_int_equal(count, 9);
    size_t met = 0;
    for (size_t i = 0; i < count; i++) {
        struct buf out = {0};
        struct source_sink sink = {&out, survey_on_rows};
        if (str_eq(tables[i].name, STR("orders"))) {
            assert_int_equal(source_read(source, &tables[i], &sink, &err), 0);
            has(&out, "  row 0|0\n");
            has(&out, "  row 4999|7498.5\n");
            met++;
        }
        if (str_eq(tables[i].name, STR("customers"))) {
            assert_int_equal(source_read(source, &tables[i], &sink, &err), 0);
            has(&out, "|{ \"od\\\"d$ `f'\" : \"x\", \"late\" : \"only one has it\" }\n");
            met++;
        }
        buf_free(&out);
    }
    assert_int_equal(met, 2);
    assert_string_equal(tables[0].unreadable, "the server does not show its documents"); /* "bad" */
}

static void test_refusals(void **state)
{
    (void)state;
    char uri[128];
    struct source *source = NULL;
    struct err err = {0};
    struct source_login login = {.password = "falsch", .connect_seconds = 3};
    uri_for(uri, &closed, "shop@", "?authSource=admin");
    assert_int_equal(source_open_as(uri, &login, &source, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.text, "refuses this account"));
    assert_null(strstr(err.text, "falsch"));
    assert_int_equal(source_open_as("mongodb://127.0.0.1:1", &login, &source, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.remedy, "27017"));
    assert_int_equal(source_open("mongodb://u:secret@127.0.0.1:1/", &source, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_null(strstr(err.text, "secret"));
    assert_int_equal(source_open("mongodb://[::1", &source, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    struct survey_text text = {0};
    uri_for(uri, &closed, "", "");
    assert_int_equal(survey_as_text(uri, NULL, &text, &err), -1);
    assert_non_null(strstr(err.text, "asks for an account"));
    buf_free(&text.out);
}

/* Whose certificate nobody vouches for is not talked to. */
static void test_tls(void **state)
{
    (void)state;
    struct live tls = {.pid = 0};
    char pem[128], uri[256];
    if (!is_there || !live_has("openssl")) {
        skip();
    }
    assert_int_equal(live_folder(&tls), 0);
    assert_int_equal(live_certificate(&tls, pem), 0);
    assert_int_equal(start_one(&tls, "--tls", pem), 0);
    struct source *source = NULL;
    struct err err = {0};
    struct source_login login = {.password = "geheim", .connect_seconds = 5};
    (void)snprintf(uri, sizeof uri, "mongodb://shop@localhost:%u/?authSource=admin&tls=true", tls.port);
    assert_int_equal(source_open_as(uri, &login, &source, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    (void)snprintf(uri, sizeof uri, "mongodb://shop@localhost:%u/?authSource=admin&tls=true&tlsCAFile=%s/cert",
                   tls.port, tls.folder);
    if (source_open_as(uri, &login, &source, &err) != 0) {
        fail_msg("%s", err.text);
    }
    source_close(source);
    (void)snprintf(uri, sizeof uri, "mongodb://shop@127.0.0.1:%u/?authSource=admin&tls=true&tlsCAFile=%s/cert",
                   tls.port, tls.folder);
    assert_int_equal(source_open_as(uri, &login, &source, &err), -1); /* not the name in the certificate */
    live_remove(&tls);
}

/* A server that answers with broken messages: libmongoc 1.23 by itself reads behind one (_mongoc_rpc_scatter). */
static void test_hostile(void **state)
{
    (void)state;
    char uri[128];
    for (int i = 0; i < 20; i++) {
        struct survey_text text = {0};
        struct err err = {0};
        uri_for(uri, &hostile, "", "");
        assert_int_equal(survey_as_text(uri, NULL, &text, &err), -1);
        assert_int_equal(err.kind, ERR_FORMAT);
        assert_non_null(strstr(err.text, "a broken message"));
        buf_free(&text.out);
    }
}

static void put_u32(uint8_t *at, size_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

/* Each length of a message, one off: only the true one is let through. */
static void test_messages(void **state)
{
    (void)state;
    static const uint8_t document[] = {12, 0, 0, 0, 0x10, 'n', 0, 1, 0, 0, 0, 0};
    uint8_t message[128] = {0};
    size_t len = 21 + sizeof document;
    put_u32(message, len);
    put_u32(message + 12, 2013);
    memcpy(message + 21, document, sizeof document);
    assert_true(mongodb_message_is_whole(message, len));
    assert_false(mongodb_message_is_whole(message, len - 1));
    static const struct {
        size_t at;
        uint8_t byte;
    } spoilt[] = {{0, 32},  {0, 34},  {12, 0xdc}, {16, 1}, {20, 1}, {20, 2},
                  {21, 11}, {21, 13}, {24, 0x80}, {24, 1}, {32, 7}};
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        uint8_t copy[128];
        memcpy(copy, message, sizeof copy);
        copy[spoilt[i].at] = spoilt[i].byte;
        assert_false(mongodb_message_is_whole(copy, len));
    }
    len = 36 + 2 * sizeof document;
    memset(message, 0, sizeof message);
    put_u32(message, len);
    put_u32(message + 12, 1);
    put_u32(message + 32, 2);
    memcpy(message + 36, document, sizeof document);
    memcpy(message + 36 + sizeof document, document, sizeof document);
    assert_true(mongodb_message_is_whole(message, len));
    put_u32(message + 32, 3);
    assert_false(mongodb_message_is_whole(message, len));
    put_u32(message + 32, 1);
    assert_false(mongodb_message_is_whole(message, len));
    put_u32(message + 32, 0xffffffff);
    assert_false(mongodb_message_is_whole(message, len));
    assert_false(mongodb_message_is_whole(message, 0));
}

/* All that was said to the three servers in this run. */
static void test_nothing_written(void **state)
{
    (void)state;
    static const char reading[] =
        " hello isMaster ismaster ping saslStart saslContinue endSessions buildInfo connectionStatus "
        "listDatabases listCollections collStats count find aggregate getMore killCursors ";
    char path[128];
    if (!is_there) {
        skip();
    }
    (void)snprintf(path, sizeof path, "%s/log", closed.folder);
    FILE *log = fopen(path, "re");
    assert_non_null(log);
    char line[256];
    size_t lines = 0;
    while (fgets(line, sizeof line, log) != NULL) {
        char word[260];
        line[strcspn(line, "\n")] = '\0';
        (void)snprintf(word, sizeof word, " %s ", line);
        if (strstr(reading, word) == NULL) {
            fail_msg("the driver said %s", line);
        }
        lines++;
    }
    fclose(log);
    assert_true(lines > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_survey), cmocka_unit_test(test_accounts), cmocka_unit_test(test_confined),
        cmocka_unit_test(test_read),   cmocka_unit_test(test_refusals), cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_tls),    cmocka_unit_test(test_messages), cmocka_unit_test(test_nothing_written),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
