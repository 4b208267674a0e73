/* ClickHouse as a source, against the server Debian ships (18.16) as a child of the test, and against a stand-in that answers over
 * HTTP as newer servers and hostile ones would: no newer server is packaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <curl/curl.h>

#include <cmocka.h>

#include "live_server.h"
#include "sources/clickhouse.h"
#include "sources/clickhouse_grants.h"
#include "sources/clickhouse_tsv.h"
#include "survey_text.h"

extern const struct source_driver clickhouse_driver;

static struct live server, standin;
static bool is_there;
static int elsewhere = -1; /* listens where tables of the server point to: nobody must come */

static const char config[] =
    "<?xml version=\"1.0\"?><yandex><logger><level>warning</level><log>%s/s.log</log><errorlog>%s/e.log</errorlog></logger>"
    "<http_port>%u</http_port><tcp_port>%u</tcp_port><listen_host>127.0.0.1</listen_host><timezone>Asia/Tokyo</timezone><path>%s/data/</path>"
    "<tmp_path>%s/tmp/</tmp_path><mark_cache_size>67108864</mark_cache_size><users_config>users.xml</users_config>"
    "<default_profile>default</default_profile><default_database>default</default_database></yandex>";

static const char users[] =
    "<?xml version=\"1.0\"?><yandex><profiles><default/><readonly><readonly>1</readonly></readonly>"
    "<cut><readonly>1</readonly><max_rows_to_read>10</max_rows_to_read><read_overflow_mode>break</read_overflow_mode></cut>"
    "<some><readonly>2</readonly></some></profiles><users>"
    "<default><password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default>"
    "<shop><password>geh&#228;im &amp;x</password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>"
    "<allow_databases><database>shop</database></allow_databases></shop>"
    "<reader><password>geheim</password><networks><ip>::/0</ip></networks><profile>readonly</profile><quota>default</quota></reader>"
    "<cut><password>geheim</password><networks><ip>::/0</ip></networks><profile>cut</profile><quota>default</quota></cut>"
    "<some><password>geheim</password><networks><ip>::/0</ip></networks><profile>some</profile><quota>default</quota></some>"
    "</users><quotas><default/></quotas></yandex>";

static size_t keep_answer(char *bytes, size_t size, size_t count, void *self)
{
    buf_put(self, (struct str){bytes, size * count});
    return size * count;
}

static unsigned listen_elsewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    elsewhere = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool failed = bind(elsewhere, (struct sockaddr *)&address, size) != 0 || listen(elsewhere, 4) != 0 ||
                  getsockname(elsewhere, (struct sockaddr *)&address, &size) != 0;
    return failed ? 1 : ntohs(address.sin_port);
}

/* As the default user, who may do anything. */
static void run(const char *sql)
{
    char url[64];
    struct buf answer = {0};
    long status = 0;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", server.port);
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sql);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    CURLcode result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (result != CURLE_OK || status != 200) {
        fail_msg("%s: %s", sql, answer.data == NULL ? curl_easy_strerror(result) : answer.data);
    }
    buf_free(&answer);
}

static int start(void **state)
{
    (void)state;
    is_there = live_has("clickhouse-server");
    if (!is_there || live_folder(&server) != 0) {
        return is_there ? -1 : 0;
    }
    char text[2048];
    char path[128];
    server.port = live_port();
    (void)snprintf(text, sizeof text, config, server.folder, server.folder, server.port, live_port(), server.folder,
                   server.folder);
    live_write(&server, "config.xml", text);
    live_write(&server, "users.xml", users);
    (void)snprintf(path, sizeof path, "--config-file=%s/config.xml", server.folder);
    const char *const argv[] = {"clickhouse-server", path, NULL};
    if (live_start(&server, argv) != 0 || !live_wait(&server)) {
        return -1;
    }
    run("CREATE DATABASE shop");
    run("CREATE TABLE shop.customers (id UInt64, email String, born Nullable(String), at DateTime, tags Array(String)) "
        "ENGINE = MergeTree ORDER BY id");
    run("INSERT INTO shop.customers SELECT number, concat('u', toString(number), '@example.org'), if(number % 2 = 0, NULL, "
        "'a\\tb\\n\\\\'), toDateTime('2020-01-01 00:00:00', 'UTC') + number, ['x', 'y\\'z'] FROM numbers(100000)");
    run("CREATE TABLE shop.`o\\`d\\\\d\nname'` (`x\\`y` String, s AggregateFunction(sum, UInt8)) ENGINE = MergeTree ORDER BY `x\\`y`");
    run("INSERT INTO shop.`o\\`d\\\\d\nname'` (`x\\`y`) VALUES ('\\xff\\xfe'), ('')");
    run("CREATE TABLE shop.log (a String) ENGINE = Log");
    run("INSERT INTO shop.log VALUES ('one'), ('two')");
    run("CREATE VIEW shop.seen AS SELECT email FROM shop.customers");
    run("CREATE TABLE shop.empty (a String) ENGINE = MergeTree ORDER BY a");
    (void)snprintf(text, sizeof text, "CREATE TABLE shop.far (a String) ENGINE = URL('http://127.0.0.1:%u/', TSV)",
                   listen_elsewhere());
    run(text);
    run("CREATE DATABASE other");
    run("CREATE TABLE other.t (a UInt8) ENGINE = Memory");
    run("CREATE DATABASE ways");
    run("CREATE TABLE ways.merge (a String) ENGINE = Merge(shop, '^far$')");
    run("CREATE VIEW ways.view AS SELECT a FROM shop.far");
    run("CREATE TABLE ways.buffer (a String) ENGINE = Buffer(shop, far, 1, 1000, 1000, 1000, 1000, 100000, 100000)");
    run("CREATE MATERIALIZED VIEW ways.to TO shop.far AS SELECT a FROM shop.log");
    run("CREATE TABLE ways.file (a String) ENGINE = File(TSV)");
    run("CREATE TABLE ways.set (a String) ENGINE = Join(ANY, LEFT, a)");
    run("CREATE TABLE ways.own (a String, b String ALIAS lower(a), c String ALIAS hostName()) ENGINE = MergeTree "
        "ORDER BY a");
    run("INSERT INTO ways.own (a) VALUES ('X')");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (is_there) {
        live_remove(&server);
    }
    if (standin.pid != 0) {
        live_remove(&standin);
    }
    return 0;
}

static void uri_for(char out[static 128], const char *account, const char *rest)
{
    if (!is_there) {
        skip();
    }
    (void)snprintf(out, 128, "clickhouse://%s@127.0.0.1:%u/%s", account, server.port, rest);
}

static void test_survey(void **state)
{
    (void)state;
    char uri[128];
    uri_for(uri, "default", "");
    struct survey_text text = {.sample = 2, .counts = false};
    struct err err = {0};
    if (survey_as_text(uri, NULL, &text, &err) != 0) {
        fail_msg("%s", err.text);
    }
    has(&text.out, "server ClickHouse 18.16.1 account=default reading=readonly = 1 super=0\n");
    has(&text.out, "hidden: this version shows");
    has(&text.out, "power no password: ");
    has(&text.out, "power readonly = 0: ");
    has(&text.out, "power file(): ");
    has(&text.out, "power url(): ");
    has(&text.out, "database shop whole: ");
    has(&text.out, "database system whole system: ");
    has(&text.out,
        "table shop.customers (id UInt64, email String, born Nullable(String), at DateTime, tags Array(String)) "
        "rows=100000 exact bytes=known unreadable= partial=\n");
    has(&text.out, "table shop.empty (a String) rows=0 exact bytes=known");
    has(&text.out, "table shop.far (a String) rows=0 unknown bytes=unknown");
    has(&text.out, "far (URL): reading it may ask other systems; it was not read\n");
    has(&text.out, "table shop.log (a String) rows=0 unknown");
    has(&text.out, "  row one\n  row two\n  sampled all rows\n");
    has(&text.out, "table shop.o`d\\d\\x0aname' (x`y String, s NOT AggregateFunction(sum, UInt8)) rows=2 exact");
    has(&text.out, "  row \n  row fffe\n  sampled all rows\n");
    has(&text.out, "table shop.seen (email String) rows=0 unknown bytes=unknown view");
    has(&text.out, "database other whole: ");
    lacks(&text.out, "table system.");
    buf_free(&text.out);
}

/* A sample of a large table comes from all of it, not from its beginning. */
static int on_ids(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    uint64_t *sums = self;
    (void)err;
    for (size_t i = 0; i < rows; i++) {
        uint64_t id = 0;
        assert_true(str_u64(cells[i * columns], &id));
        sums[0]++;
        sums[1] += id;
        assert_true(str_starts(cells[i * columns + 3], STR("2020-01-0")));
    }
    return 0;
}

static int on_customers(void *self, const struct survey_table *table, struct err *err)
{
    if (!str_eq(table->name, STR("customers"))) {
        return 0;
    }
    uint64_t sums[2] = {0};
    struct source_sink sink = {sums, on_ids};
    const char *how = NULL;
    TRY(source_sample(self, table, 1000, &sink, &how, err));
    assert_string_equal(how, "random rows");
    assert_in_range(sums[0], 750, 1000);
    assert_in_range(sums[1] / sums[0], 45000, 55000); /* mean 50,000, deviation 950 */
    uint64_t count = 0;
    TRY(source_count(self, table, &count, err));
    assert_int_equal(count, 100000);
    return 0;
}

static int drop_server(void *self, const struct survey_server *what, struct err *err)
{
    (void)self, (void)what, (void)err;
    return 0;
}

static int drop_power(void *self, const struct survey_power *what, struct err *err)
{
    (void)self, (void)what, (void)err;
    return 0;
}

static int drop_database(void *self, const struct survey_database *what, struct err *err)
{
    (void)self, (void)what, (void)err;
    return 0;
}

static void test_sample(void **state)
{
    (void)state;
    char uri[128];
    uri_for(uri, "shop", "shop");
    struct err err = {0};
    struct source_login login = {.password = "geh\xc3\xa4im &x"};
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open_as(uri, &login, &source, &err), 0);
    struct survey_sink sink = {source, drop_server, drop_power, drop_database, on_customers};
    if (source_survey(source, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

/* What is behind a table that is not the server's own is never asked: not by a sample, a count, or a reading. */
static int on_any(void *self, const struct survey_table *table, struct err *err)
{
    struct buf out = {0};
    struct source_sink sink = {&out, survey_on_rows};
    struct err why = {0};
    const char *how = NULL;
    uint64_t rows = 0;
    bool is_own = str_eq(table->name, STR("own"));
    (void)err;
    if (!str_eq(table->database, STR("ways")) && !str_eq(table->name, STR("far"))) {
        return 0;
    }
    int sampled = source_sample(self, table, 10, &sink, &how, &why);
    int counted = source_count(self, table, &rows, &why);
    if (is_own) {
        assert_true(sampled == 0 && counted == 0 && rows == 1);
        assert_string_equal(out.data, "  row X|x\n"); /* without what is computed from who knows what */
    } else if (sampled == 0 || counted == 0 || why.kind != ERR_USAGE) {
        fail_msg("%.*s was read: %d %d %s", STR_FMT(table->name), sampled, counted, why.text);
    }
    bool is_said = str_find(table->partial, STR("other systems"), 0) != SIZE_MAX ||
                   str_find(table->partial, STR("another system"), 0) != SIZE_MAX;
    assert_true(is_said);
    buf_free(&out);
    return 0;
}

static void test_others_are_not_asked(void **state)
{
    (void)state;
    char uri[128];
    uri_for(uri, "default", "");
    struct err err = {0};
    struct source_login login = {.statement_seconds = 1}; /* who is asked there never answers */
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open_as(uri, &login, &source, &err), 0);
    struct survey_sink sink = {source, drop_server, drop_power, drop_database, on_any};
    if (source_survey(source, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
    const struct source_table *tables;
    size_t count, unread = 0;
    assert_int_equal(source_tables(source, &tables, &count, &err), 0);
    for (size_t i = 0; i < count; i++) {
        unread += str_starts(tables[i].name, STR("ways.")) && tables[i].unreadable != NULL ? 1 : 0;
    }
    assert_int_equal(unread, 4); /* of those that are no views */
    assert_int_equal(accept(elsewhere, NULL, NULL), -1);
    assert_int_equal(errno, EAGAIN);
}

/* "All rows" is said when the end was seen only. */
static int on_log(void *self, const struct survey_table *table, struct err *err)
{
    struct buf out = {0};
    struct source_sink sink = {&out, survey_on_rows};
    struct survey_table stale = *table;
    struct clickhouse_table handle;
    const char *how = NULL;
    if (str_eq(table->name, STR("log"))) {
        TRY(source_sample(self, table, 1, &sink, &how, err));
        assert_string_equal(how, "the first rows");
        assert_string_equal(out.data, "  row one\n");
    }
    if (str_eq(table->name, STR("customers"))) { /* more came in than the catalogue said */
        memcpy(&handle, table->handle, sizeof handle);
        handle.rows = stale.rows = 3;
        stale.handle = &handle;
        TRY(source_sample(self, &stale, 5, &sink, &how, err));
        assert_string_equal(how, "the first rows");
    }
    buf_free(&out);
    return 0;
}

static void test_the_end_is_seen(void **state)
{
    (void)state;
    char uri[128];
    uri_for(uri, "default", "");
    struct err err = {0};
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open(uri, &source, &err), 0);
    struct survey_sink sink = {source, drop_server, drop_power, drop_database, on_log};
    if (source_survey(source, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static int drop_line(void *self, const struct str *cells, struct err *err)
{
    (void)self, (void)cells, (void)err;
    return 0;
}

/* A statement without end is ended by the server after the time it was given; of an error only the code is told. */
static void test_time_limit(void **state)
{
    (void)state;
    char uri[128];
    uri_for(uri, "default", "");
    struct err err = {0};
    struct source_login login = {.statement_seconds = 1};
    struct clickhouse_lines lines = {NULL, drop_line};
    void *ch = NULL;
    assert_int_equal(clickhouse_driver.open(uri, &login, &ch, &err), 0);
    struct clickhouse_http *http = &((struct clickhouse *)ch)->http;
    assert_int_equal(clickhouse_http_ask(http, STR("SELECT count(), '.' FROM system.numbers"), 1, true, &lines, &err),
                     -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_non_null(strstr(err.text, "(code 159)"));
    assert_int_equal(
        clickhouse_http_ask(http, STR("SELECT toUInt8('jane.doe@example.org'), '.'"), 1, true, &lines, &err), -1);
    assert_non_null(strstr(err.text, "(code "));
    assert_null(strstr(err.text, "jane"));
    clickhouse_driver.close(ch);
}

static void test_expressions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_harmless;
    } rows[] = {
        {"", true},
        {"'dictGet(1)'", true},
        {"now()", true},
        {"toDate(`sent at`, 'UTC') + 1", true},
        {"CAST('a\\'b(', 'String')", true},
        {"dictGet('people', 'name', id)", false},
        {"lower( dictGetString ('people', 'name', id))", false},
        {"`dictGet`('people', 'name', id)", false},
        {"my_udf(a)", false},
        {"a IN far", false},
        {"(SELECT 1)", false},
        {"a /* ' */", false},
        {"'", true}, /* without an end: nothing follows it */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (clickhouse_is_harmless(str_of(rows[i].text)) != rows[i].is_harmless) {
            fail_msg("%s", rows[i].text);
        }
    }
}

static void test_account_with_one_database(void **state)
{
    (void)state;
    char uri[128];
    uri_for(uri, "shop", "shop");
    struct survey_text text = {0};
    struct err err = {0};
    assert_int_equal(survey_as_text(uri, "geh\xc3\xa4im &x", &text, &err), 0);
    has(&text.out, "table shop.customers");
    lacks(&text.out, "database other");
    lacks(&text.out, "power no password");
    buf_free(&text.out);
}

/* Accounts that may not set anything: their own profile must make them read-only, and must leave no row out. */
static void test_accounts_with_fixed_settings(void **state)
{
    (void)state;
    char uri[128];
    struct survey_text text = {0};
    struct err err = {0};
    uri_for(uri, "reader", "");
    assert_int_equal(survey_as_text(uri, "geheim", &text, &err), 0);
    has(&text.out, "reading=readonly = 1 ");
    lacks(&text.out, "power readonly = 0");
    lacks(&text.out, "power url()");
    buf_free(&text.out);
    text = (struct survey_text){0};
    uri_for(uri, "some", "");
    assert_int_equal(survey_as_text(uri, "geheim", &text, &err), 0);
    has(&text.out, "reading=readonly = 2 ");
    has(&text.out, "power url()");
    buf_free(&text.out);
    text = (struct survey_text){0};
    uri_for(uri, "cut", "");
    assert_int_equal(survey_as_text(uri, "geheim", &text, &err), 0);
    has(&text.out, "partial=the account's setting read_overflow_mode may leave rows out");
    buf_free(&text.out);
}

static void test_confined(void **state)
{
    (void)state;
    char uri[128];
    uri_for(uri, "default", "shop");
    struct survey_text text = {.sample = 1};
    assert_int_equal(survey_confined(uri, NULL, &text), 0);
    has(&text.out, "table shop.customers");
    has(&text.out, "sampled random rows");
    lacks(&text.out, "error ");
    buf_free(&text.out);
    text = (struct survey_text){0};
    char named[128];
    (void)snprintf(named, sizeof named, "clickhouse://localhost:%u", server.port); /* the resolver and its thread */
    assert_int_equal(survey_confined(named, NULL, &text), 0);
    has(&text.out, "table shop.customers");
    buf_free(&text.out);
}

static void test_read(void **state)
{
    (void)state;
    char uri[128];
    uri_for(uri, "default", "shop");
    struct err err = {0};
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open(uri, &source, &err), 0);
    const struct source_table *tables;
    size_t count;
    assert_int_equal(source_tables(source, &tables, &count, &err), 0);
    assert_int_equal(count, 5); /* no view */
    assert_true(str_eq(tables[0].name, STR("customers")));
    assert_int_equal(tables[0].column_count, 5);
    struct buf out = {0};
    struct source_sink sink = {&out, survey_on_rows};
    assert_int_equal(source_read(source, &tables[0], &sink, &err), 0);
    has(&out, "  row 1|u1@example.org|a\\x09b\\x0a\\|2020-01-01 00:00:01|['x','y'z']\n");
    has(&out, "  row 99998|u99998@example.org|(null)|2020-01-02 03:46:38|");
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++) {
        lines += out.data[i] == '\n';
    }
    assert_int_equal(lines, 100000);
    buf_free(&out);
    out = (struct buf){0};
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        if (str_find(tables[i].name, STR("name'"), 0) != SIZE_MAX) {
            assert_int_equal(tables[i].column_count, 1);
            assert_int_equal(source_read(source, &tables[i], &sink, &err), 0);
            found = true;
        }
        if (str_eq(tables[i].name, STR("far"))) {
            assert_non_null(tables[i].unreadable);
        }
    }
    assert_true(found);
    assert_string_equal(out.data, "  row \n  row fffe\n");
    buf_free(&out);
}

/* The server refuses writing even to an account that may write: what the driver sets is in force. */
static void test_refusals(void **state)
{
    (void)state;
    char uri[128];
    struct source *source = NULL;
    struct err err = {0};
    struct source_login login = {.password = "falsch", .connect_seconds = 3};
    uri_for(uri, "reader", "");
    assert_int_equal(source_open_as(uri, &login, &source, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.text, "refuses this account"));
    assert_null(strstr(err.text, "falsch"));
    assert_non_null(strstr(err.remedy, "CLICKHOUSE_PASSWORD"));
    login.password = "a\r\nX-Evil: 1";
    assert_int_equal(source_open_as(uri, &login, &source, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_int_equal(source_open("clickhouse://u:secret@127.0.0.1/x", &source, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_null(strstr(err.text, "secret"));
    assert_int_equal(source_open("clickhouse://127.0.0.1:1/x", &source, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.remedy, "8123"));
    (void)snprintf(uri, sizeof uri, "clickhouses://127.0.0.1:%u", server.port);
    assert_int_equal(source_open(uri, &source, &err), -1);
    assert_non_null(strstr(err.remedy, "TLS"));
    uri_for(uri, "default", "nowhere");
    assert_int_equal(source_open(uri, &source, &err), 0);
    const struct source_table *tables;
    size_t count;
    assert_int_equal(source_tables(source, &tables, &count, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    source_close(source);
}

/* ---- answers that are written here ---- */

static void test_tsv(void **state)
{
    (void)state;
    char line[] = "a\\tb\t\\N\t\t\\\\N\tx\\0y\\'\\x41\\q\\";
    struct str cells[6];
    assert_int_equal(clickhouse_tsv(line, sizeof line - 1, cells, 6), 5);
    assert_true(str_eq(cells[0], STR("a\tb")));
    assert_null(cells[1].data);
    assert_int_equal(cells[2].len, 0);
    assert_non_null(cells[2].data);
    assert_true(str_eq(cells[3], STR("\\N")));
    assert_true(str_eq(cells[4], STR("x\0y'Aq\\")));
    char many[] = "1\t2\t3";
    assert_int_equal(clickhouse_tsv(many, 5, cells, 2), 3);
    assert_int_equal(clickhouse_tsv(many, 0, cells, 2), 1);
}

static void add(struct grants *grants, const char *line)
{
    struct err err = {0};
    assert_int_equal(grants_add(grants, str_of(line), &err), 0);
}

static bool can(const struct grants *grants, const char *database, const char *table, const char *column)
{
    return grants_select(grants, str_of(database), str_of(table), str_of(column));
}

static void test_grants(void **state)
{
    (void)state;
    struct err err = {0};
    OWN(own_grants) struct grants g;
    assert_int_equal(grants_open(&g, &err), 0);
    add(&g, "GRANT SELECT, INSERT ON shop.* TO web");
    add(&g, "REVOKE SELECT ON shop.secret FROM web");
    add(&g,
        "GRANT SHOW TABLES, SELECT(name, `e``mail`), CREATE TEMPORARY TABLE ON crm.people TO web WITH GRANT OPTION");
    add(&g, "GRANT SELECT ON `we\\`ird db`.`a.b` TO web");
    add(&g, "GRANT SELECT ON logs.y2024* TO web");
    add(&g, "GRANT SELECT ON team_*.* TO web");
    add(&g, "GRANT SELECT ON shop.secret TO auditor");
    add(&g, "GRANT READ ON S3 TO web");
    add(&g, "GRANT SELECT ON all_of_it.* TO `TO`");
    assert_false(g.is_partial);
    assert_true(can(&g, "shop", "orders", "id"));
    assert_true(can(&g, "shop", "secret", "id")); /* by the other grantee */
    assert_true(can(&g, "crm", "people", "name") && can(&g, "crm", "people", "e`mail"));
    assert_false(can(&g, "crm", "people", "born") || can(&g, "crm", "other", "name"));
    assert_true(can(&g, "we`ird db", "a.b", "x"));
    assert_true(can(&g, "logs", "y2024_01", "x") && !can(&g, "logs", "y2023", "x"));
    assert_true(can(&g, "team_a", "t", "x") && !can(&g, "tea", "t", "x"));
    assert_true(can(&g, "all_of_it", "t", "x"));
    assert_false(grants_show_all(&g, STR("shop"))); /* a table is left out */
    assert_true(grants_show_all(&g, STR("team_a")));
    assert_false(grants_show_all(&g, STR("crm")) || grants_are_all(&g));
    add(&g, "GRANT reader, `odd, role` TO web");
    assert_int_equal(g.role_count, 2);
    assert_true(str_eq(g.roles[1], STR("odd, role")));
    add(&g, "GRANT SELECT ON shop.* TO");
    assert_true(g.is_partial);
}

static void test_grants_of_one(void **state)
{
    (void)state;
    struct err err = {0};
    OWN(own_grants) struct grants g;
    assert_int_equal(grants_open(&g, &err), 0);
    add(&g, "GRANT ALL ON *.* TO default WITH GRANT OPTION");
    assert_true(grants_show_databases(&g));
    assert_true(grants_are_all(&g) && grants_show_all(&g, STR("x")) && can(&g, "x", "y", "z"));
    add(&g, "REVOKE SELECT ON pay.cards FROM default");
    assert_false(grants_are_all(&g) || can(&g, "pay", "cards", "pan") || grants_show_all(&g, STR("pay")));
    assert_true(can(&g, "pay", "other", "x"));
    OWN(own_grants) struct grants wide;
    assert_int_equal(grants_open(&wide, &err), 0);
    for (int i = 0; i < GRANTS_MAX + 10; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "GRANT SELECT ON d.t%d TO u", i);
        add(&wide, line);
    }
    assert_true(wide.is_partial); /* more than are kept: said, not forgotten */
}

/* ---- what stands in for newer and for hostile servers ---- */

static void start_standin(struct live *live, const char *pem)
{
    char script[1024];
    char port[16];
    const char *source = getenv("ASSAY_SOURCE");
    live->port = live_port();
    (void)snprintf(script, sizeof script, "%s/tests/standin/clickhouse.py", source == NULL ? "." : source);
    char *whole = realpath(script, NULL);
    (void)snprintf(port, sizeof port, "%u", live->port);
    const char *const argv[] = {"/usr/bin/python3", whole == NULL ? script : whole, port, pem, NULL};
    assert_int_equal(live_start(live, argv), 0);
    assert_true(live_wait(live));
    free(whole);
}

static void standin_uri(char out[static 128], const char *account)
{
    if (!live_has("python3")) {
        skip();
    }
    if (standin.pid == 0) {
        assert_int_equal(live_folder(&standin), 0);
        start_standin(&standin, NULL);
    }
    (void)snprintf(out, 128, "clickhouse://%s@127.0.0.1:%u", account, standin.port);
}

static void test_rights_of_newer_servers(void **state)
{
    (void)state;
    char uri[128];
    struct survey_text text = {0};
    struct err err = {0};
    standin_uri(uri, "final");
    if (survey_as_text(uri, "geheim", &text, &err) != 0) {
        fail_msg("%s", err.text);
    }
    has(&text.out, "server ClickHouse 24.8.4.13 account=final reading=readonly = 1 super=0\n");
    has(&text.out, "hidden: databases without a right");
    has(&text.out, "power S3: makes the server read object stores; GRANT S3, URL ON *.* TO final\n");
    has(&text.out, "power INSERT: adds rows; GRANT SELECT, INSERT ON shop.* TO final\n");
    lacks(&text.out, "query_log");
    has(&text.out, "database crm unknown: no right over the whole database");
    has(&text.out, "table crm.people (name String, born NOT Date) rows=12 exact bytes=known unreadable= partial=\n");
    has(&text.out, "database far unknown: its tables lie on another server, which is not asked\n");
    lacks(&text.out, "table far.");
    has(&text.out, "database logs whole: GRANT SELECT ON logs.* TO final\n");
    has(&text.out, "table logs.hits (url String) rows=0 unknown bytes=unknown unreadable= partial=its rows may be on "
                   "another system, which was not asked\n");
    has(&text.out,
        "table logs.queue (m NOT String) rows=0 unknown bytes=unknown unreadable=reading it would take its messages");
    has(&text.out, "database shop unknown: "); /* one of its tables was taken away */
    has(&text.out, "table shop.orders (id UInt64, mail LowCardinality(String)) rows=7 exact");
    has(&text.out, "table shop.secret (pan NOT String) rows=1 exact bytes=known unreadable=no right to read it");
    buf_free(&text.out);
    text = (struct survey_text){0};
    standin_uri(uri, "roles"); /* one of its roles is not shown: what can be read is tried */
    assert_int_equal(survey_as_text(uri, "geheim", &text, &err), 0);
    has(&text.out, "database shop whole: GRANT SHOW TABLES ON shop.* TO roles\n");
    has(&text.out, "table shop.orders (id UInt64, mail LowCardinality(String)) rows=7 exact bytes=known unreadable= ");
    has(&text.out, "table shop.secret (pan NOT String) rows=1 exact bytes=known unreadable=no right to read it");
    has(&text.out, "table logs.hits (url String) rows=0 unknown bytes=unknown unreadable= ");
    has(&text.out, "database crm unknown: not all rights of its roles are shown\n");
    buf_free(&text.out);
}

/* Whose certificate nobody vouches for is not talked to. */
static void test_tls(void **state)
{
    (void)state;
    struct live tls = {.pid = 0};
    char pem[128], uri[256];
    if (!live_has("python3") || !live_has("openssl")) {
        skip();
    }
    assert_int_equal(live_folder(&tls), 0);
    assert_int_equal(live_certificate(&tls, pem), 0);
    start_standin(&tls, pem);
    struct source *source = NULL;
    struct err err = {0};
    struct source_login login = {.password = "geheim", .connect_seconds = 5};
    (void)snprintf(uri, sizeof uri, "clickhouses://final@localhost:%u", tls.port);
    assert_int_equal(source_open_as(uri, &login, &source, &err), -1);
    assert_non_null(strstr(err.remedy, "?ca="));
    (void)snprintf(uri, sizeof uri, "clickhouses://final@localhost:%u?ca=%s/cert", tls.port, tls.folder);
    if (source_open_as(uri, &login, &source, &err) != 0) {
        fail_msg("%s", err.text);
    }
    source_close(source);
    (void)snprintf(uri, sizeof uri, "clickhouses://final@127.0.0.1:%u?ca=%s/cert", tls.port, tls.folder);
    assert_int_equal(source_open_as(uri, &login, &source, &err), -1); /* not the name in the certificate */
    live_remove(&tls);
}

static void test_hostile_servers(void **state)
{
    (void)state;
    static const struct {
        const char *account, *says;
        enum err_kind kind;
    } rows[] = {
        {"long", "a line longer than 32 MiB", ERR_LIMIT},
        {"html", "a line that is no answer", ERR_FORMAT},
        {"redirect", "no answer of a ClickHouse server (HTTP 302)", ERR_FORMAT},
        {"wide", "5001 values where 2 were asked for", ERR_FORMAT},
        {"mixed", "tables out of order", ERR_FORMAT},
        {"cut", "broke off at a limit (code 396)", ERR_LIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char uri[128];
        struct survey_text text = {0};
        struct err err = {0};
        standin_uri(uri, rows[i].account);
        assert_int_equal(survey_as_text(uri, "geheim", &text, &err), -1);
        if (err.kind != rows[i].kind || strstr(err.text, rows[i].says) == NULL) {
            fail_msg("%s: %d %s", rows[i].account, (int)err.kind, err.text);
        }
        buf_free(&text.out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_survey),
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_time_limit),
        cmocka_unit_test(test_others_are_not_asked),
        cmocka_unit_test(test_the_end_is_seen),
        cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_account_with_one_database),
        cmocka_unit_test(test_accounts_with_fixed_settings),
        cmocka_unit_test(test_confined),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_rights_of_newer_servers),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_hostile_servers),
        cmocka_unit_test(test_tsv),
        cmocka_unit_test(test_grants),
        cmocka_unit_test(test_grants_of_one),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
