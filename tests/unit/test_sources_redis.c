/* Redis as a source, against a real server as a child of the test, and against one that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include <cmocka.h>

#include "live_server.h"
#include "sources/redis_acl.h"
#include "sources/redis_keys.h"
#include "sources/redis_wire.h"
#include "survey_text.h"

static struct live server;
static bool is_there;

/* As the default account, which may do anything. */
static void run(redisContext *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = redisvCommand(c, format, args);
    va_end(args);
    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        fail_msg("%s: %s", format, reply == NULL ? c->errstr : reply->str);
    }
    freeReplyObject(reply);
}

static void fill(redisContext *c)
{
    for (int i = 0; i < 3000; i++) {
        run(c, "SET sess:%08x%08x user_id|i:%d;email|s:15:\"u%d@example.org\";", (unsigned)i * 2654435761U,
            (unsigned)i * 40503U, i, i);
    }
    for (int i = 0; i < 500; i++) {
        run(c, "HSET user:%d email u%d@example.org name Name%d", i, i, i);
    }
    run(c, "HSET user:7 phone +4915112345678");
    for (int i = 0; i < 100; i++) {
        const char name[] = {'n', (char)('a' + i % 26), (char)('a' + i / 26), '\0'};
        run(c, "SET profile:%s x", name);
    }
    for (int i = 0; i < 600; i++) {
        run(c, "HSET index:by-mail u%d@example.org %d", i, i);
        run(c, "RPUSH queue:mail job-%d", i);
        run(c, "ZADD scores %d player%d", i, i);
        run(c, "SADD members m%d", i);
    }
    run(c, "XADD events * type login ip 192.0.2.1");
    run(c, "SET bin:1 %b", "\xff\x00\xfe", (size_t)3);
    run(c, "SET %b %s", "k\x00\xff", (size_t)3, "v");
    run(c, "SET odd\"key`'\n x");
    for (int i = 0; i < 3; i++) {
        static const char *const people[] = {"John Smith", "jane.doe@example.org", "annemarie"};
        run(c, "SET user:%s x", people[i]);
        run(c, "SET user:%s:cart x", people[i]);
        run(c, "HSET likes:%d %s 1 %s 2", i, people[i], people[(i + 1) % 3]);
        run(c, "HSET plain:%d email u%d@example.org city Bonn field%d x", i, i, i);
        run(c, "HSET mixed:%d email u%d@example.org a 1 b 1 c 1 d 1 e 1 f%d 1", i, i, i);
    }
    run(c, "HSET alone jane x");
    run(c, "SELECT 3");
    run(c, "SET secret:1 x");
    run(c, "ACL SETUSER reader on >geheim ~sess:* ~user:* +@read +@connection +info -@dangerous +info");
    run(c, "ACL SETUSER blind on >geheim ~* +ping +select");
    run(c, "ACL SETUSER admin on >geheim ~* +@all -flushall");
}

static int start(void **state)
{
    (void)state;
    is_there = live_has("redis-server");
    if (!is_there || live_folder(&server) != 0) {
        return is_there ? -1 : 0;
    }
    char port[16];
    char socket[128];
    server.port = live_port();
    (void)snprintf(port, sizeof port, "%u", server.port);
    (void)snprintf(socket, sizeof socket, "%s/redis.sock", server.folder);
    const char *const argv[] = {"redis-server",
                                "--port",
                                port,
                                "--bind",
                                "127.0.0.1",
                                "--save",
                                "",
                                "--dir",
                                server.folder,
                                "--unixsocket",
                                socket,
                                "--enable-debug-command",
                                "yes",
                                NULL};
    if (live_start(&server, argv) != 0 || !live_wait(&server)) {
        return -1;
    }
    redisContext *c = redisConnect("127.0.0.1", (int)server.port);
    fill(c);
    redisFree(c);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (is_there) {
        live_remove(&server);
    }
    return 0;
}

static void uri_for(char out[static 128], const char *account, const char *rest)
{
    if (!is_there) {
        skip();
    }
    (void)snprintf(out, 128, "redis://%s127.0.0.1:%u%s", account, server.port, rest);
}

static void survey(const char *uri, const char *password, uint64_t sample, struct survey_text *text)
{
    struct err err = {0};
    *text = (struct survey_text){.sample = sample};
    if (survey_as_text(uri, password, text, &err) != 0) {
        fail_msg("%s: %s", uri, err.text);
    }
}

static void test_survey(void **state)
{
    (void)state;
    char uri[128];
    struct survey_text text;
    uri_for(uri, "", "");
    survey(uri, NULL, 3, &text);
    has(&text.out, "account=default reading=only commands that read are sent super=1\n");
    has(&text.out, "hidden: nothing\n");
    has(&text.out, "power no password: ");
    has(&text.out,
        "power CONFIG SET: changes the server's settings, not those of where it writes files; +@all; dir is /tmp/");
    has(&text.out, "power EVAL: ");
    has(&text.out, "power DEBUG: ");
    has(&text.out, "power REPLICAOF: ");
    lacks(&text.out, "power MODULE LOAD");
    has(&text.out, "database db0 whole: the name of every key was seen\n");
    has(&text.out, "table db0.sess:* (string) (key key, value string) rows=3000 exact");
    has(&text.out, "table db0.user:* (hash) (key key, email hash, name hash");
    has(&text.out, "rows=500 exact");
    has(&text.out, "table db0.profile:* (string) (key key, value string) rows=100 exact");
    has(&text.out, "table db0.index:by-mail (hash) (key key, field hash, value hash) rows=600 exact");
    has(&text.out, "table db0.queue:mail (list) (key key, element list) rows=600 exact");
    has(&text.out,
        "  row queue:mail|job-0\n  row queue:mail|job-1\n  row queue:mail|job-2\n  sampled the first rows\n");
    has(&text.out, "table db0.scores (zset) (key key, member zset, score zset) rows=600 exact");
    has(&text.out, "  row scores|player0|0\n");
    has(&text.out, "table db0.members (set) ");
    has(&text.out, "|type|login\n");
    has(&text.out, "  row bin:1|ff00fe\n  sampled all rows\n");
    has(&text.out, "table db0.(binary) (string) ");
    has(&text.out, "  row 6b00ff|v\n");
    has(&text.out, "table db0.* (string) ");
    has(&text.out, "sampled random keys\n");
    has(&text.out, "table db0.user:* (string) (key key, value string) rows=3 exact");
    has(&text.out, "table db0.user:*:cart (string) (key key, value string) rows=3 exact");
    has(&text.out, "table db0.likes:* (hash) (key key, field hash, value hash) rows=6 exact");
    has(&text.out,
        "table db0.plain:* (hash) (key key, field hash, value hash) rows=9 exact"); /* a third of it is rare */
    has(&text.out,
        "table db0.mixed:* (hash) (key key, email hash, a hash, b hash, c hash, d hash, e hash) rows=3 exact "
        "bytes=unknown unreadable= partial=fields that few of its keys have were not looked at\n");
    has(&text.out, "table db0.alone (hash) (key key, field hash, value hash) rows=1 exact");
    has(&text.out, "database db3 whole: ");
    has(&text.out, "table db3.secret:* (string) ");
    buf_free(&text.out);
}

static void test_accounts(void **state)
{
    (void)state;
    char uri[128];
    struct survey_text text;
    uri_for(uri, "reader@", "");
    survey(uri, "geheim", 1, &text);
    has(&text.out, "account=reader ");
    has(&text.out, "power rights not shown: ");
    has(&text.out,
        "table db0.sess:* (string) (key key, value string) rows=3000 exact bytes=unknown unreadable= partial=\n");
    has(&text.out, "table db0.scores (other) (key NOT key) rows=1 exact");
    has(&text.out, "unreadable=the server refused it (NOPERM) ");
    lacks(&text.out, "|login\n");
    lacks(&text.out, "power no password");
    buf_free(&text.out);
    uri_for(uri, "blind@", "");
    survey(uri, "geheim", 1, &text);
    has(&text.out, "hidden: INFO is denied");
    has(&text.out, "database db0 unknown: its keys may not be listed: the server refused it (NOPERM)\n");
    buf_free(&text.out);
    uri_for(uri, "admin@", "");
    survey(uri, "geheim", 0, &text);
    has(&text.out, "power SET: ");
    has(&text.out, "power ACL SETUSER: ");
    lacks(&text.out, "power FLUSHALL");
    buf_free(&text.out);
}

static void test_confined(void **state)
{
    (void)state;
    char uri[128];
    uri_for(uri, "reader@", "/0");
    struct survey_text text = {.sample = 2};
    assert_int_equal(survey_confined(uri, "geheim", &text), 0);
    has(&text.out, "table db0.sess:* (string)");
    lacks(&text.out, "error ");
    buf_free(&text.out);
    text = (struct survey_text){0};
    (void)snprintf(uri, sizeof uri, "redis://localhost:%u", server.port);
    assert_int_equal(survey_confined(uri, NULL, &text), 0);
    has(&text.out, "table db0.sess:* (string)");
    buf_free(&text.out);
    text = (struct survey_text){0};
    (void)snprintf(uri, sizeof uri, "redis:///0?socket=%s/redis.sock", server.folder);
    assert_int_equal(survey_confined(uri, NULL, &text), 0);
    has(&text.out, "table db0.sess:* (string)");
    buf_free(&text.out);
}

/* Every row of every group, in whatever windows they come. */
static void test_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t rows;
    } wanted[] = {{"sess:* (string)", 3000},   {"user:* (hash)", 500}, {"index:by-mail (hash)", 600},
                  {"queue:mail (list)", 600},  {"scores (zset)", 600}, {"members (set)", 600},
                  {"profile:* (string)", 100}, {"events (stream)", 2}};
    char uri[128];
    uri_for(uri, "", "");
    struct err err = {0};
    OWN(own_source) struct source *source = NULL;
    assert_int_equal(source_open(uri, &source, &err), 0);
    const struct source_table *tables;
    size_t count;
    assert_int_equal(source_tables(source, &tables, &count, &err), 0);
    size_t met = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
            if (!str_eq(tables[i].name, str_of(wanted[w].name))) {
                continue;
            }
            struct buf out = {0};
            struct source_sink sink = {&out, survey_on_rows};
            assert_int_equal(source_read(source, &tables[i], &sink, &err), 0);
            size_t rows = 0;
            for (size_t at = 0; at < out.len; at++) {
                rows += out.data[at] == '\n';
            }
            assert_int_equal(rows, wanted[w].rows);
            buf_free(&out);
            met++;
        }
    }
    assert_int_equal(met, sizeof wanted / sizeof *wanted);
}

/* Nothing was written: the server counts what its data set went through, and who called what. */
static void test_nothing_written(void **state)
{
    (void)state;
    char uri[128];
    struct survey_text text;
    uri_for(uri, "", "");
    redisContext *c = redisConnect("127.0.0.1", (int)server.port);
    run(c, "CONFIG RESETSTAT");
    survey(uri, NULL, 5, &text);
    buf_free(&text.out);
    redisReply *reply = redisCommand(c, "INFO commandstats");
    static const char *const writing[] = {"cmdstat_set:", "cmdstat_del",  "cmdstat_config|set", "cmdstat_eval",
                                          "cmdstat_hset", "cmdstat_keys", "cmdstat_flush",      "cmdstat_expire"};
    assert_non_null(strstr(reply->str, "cmdstat_scan:"));
    for (size_t i = 0; i < sizeof writing / sizeof *writing; i++) {
        assert_null(strstr(reply->str, writing[i]));
    }
    freeReplyObject(reply);
    redisFree(c);
    struct redis_wire wire = {.where = "x"};
    struct err err = {0};
    assert_int_equal(redis_say(&wire, REDIS_WORDS(STR("FLUSHALL")), &err), -1);
    assert_int_equal(err.kind, ERR_BUG);
    assert_int_equal(redis_say(&wire, REDIS_WORDS(STR("CONFIG"), STR("SET"), STR("dir"), STR("/")), &err), -1);
    assert_int_equal(redis_say(&wire, REDIS_WORDS(STR("ACL"), STR("SETUSER"), STR("x")), &err), -1);
}

static void test_refusals(void **state)
{
    (void)state;
    char uri[128];
    struct source *source = NULL;
    struct err err = {0};
    struct source_login login = {.password = "falsch", .connect_seconds = 3};
    uri_for(uri, "reader@", "");
    assert_int_equal(source_open_as(uri, &login, &source, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_non_null(strstr(err.text, "refuses this account"));
    assert_null(strstr(err.text, "falsch"));
    assert_int_equal(source_open("redis://127.0.0.1:1/0", &source, &err), -1);
    assert_int_equal(err.kind, ERR_IO);
    assert_true(err.remedy[0] != '\0');
    uri_for(uri, "", "/99");
    assert_int_equal(source_open(uri, &source, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    uri_for(uri, "", "/x");
    assert_int_equal(source_open(uri, &source, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
}

/* ---- a server that is none ---- */

/* Answers whatever it is asked with these bytes, again and again. */
static pid_t serve(unsigned *ret_port, const char *bytes, size_t len)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)signal(SIGPIPE, SIG_IGN);
        for (;;) {
            int client = accept(fd, NULL, NULL);
            for (int i = 0; client >= 0 && i < 200000; i++) {
                if (write(client, bytes, len) != (ssize_t)len) {
                    break;
                }
            }
            close(client);
        }
    }
    close(fd);
    return child;
}

static void test_hostile(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum err_kind kind;
    } rows[] = {
        {"*1000000\r\n", ERR_LIMIT},    /* arrays in arrays, each of a million */
        {"*2147483647\r\n", ERR_LIMIT}, /* one of two thousand million */
        {"HTTP/1.1 400 Bad Request\r\n", ERR_FORMAT},
        {"$4000000000000\r\n", ERR_FORMAT},
        {"*2\r\n*1\r\n", ERR_FORMAT}, /* nested without end */
        {":7\r\n", ERR_FORMAT},       /* fit for nothing that is asked */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned port = 0;
        pid_t child = serve(&port, rows[i].bytes, strlen(rows[i].bytes));
        char uri[64];
        struct survey_text text = {0};
        struct err err = {0};
        (void)snprintf(uri, sizeof uri, "redis://127.0.0.1:%u", port);
        int result = survey_as_text(uri, NULL, &text, &err);
        if (result == 0 || (err.kind != rows[i].kind && err.kind != ERR_IO)) {
            fail_msg("%s: %d %d %s", rows[i].bytes, result, (int)err.kind, err.text);
        }
        buf_free(&text.out);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
    }
}

/* ---- patterns, groups, rules ---- */

static void test_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *name, *pattern;
    } rows[] = {
        {"sess:4f1d9a0b77c2", "sess:*"},
        {"user:17:cart", "user:*:cart"},
        {"cache:550e8400-e29b-41d4-a716-446655440000:html", "cache:*:html"},
        {"mail:alice@example.org", "mail:*"},
        {"user:John Smith", "user:*"},
        {"user:annemarie", "user:*"},
        {"user:annemarie:orders", "user:*:orders"},
        {"John:cart", "*:cart"},
        {"jane.doe:cart", "*:cart"},
        {"J\xc3\xb6rg", "*"},
        {"PHPREDIS_SESSION:k3j2h4kj23h4kj2h34kj2h", "PHPREDIS_SESSION:*"},
        {"laravel_cache:illuminate:queue:restart", "laravel_cache:illuminate:queue:restart"},
        {"shop:by-mail", "shop:by-mail"},
        {"shop:by-smith", "shop:*"},
        {"shop:by ", "shop:*"},
        {"shop:-", "shop:*"},
        {"averyveryverylongfirstpartofakey:1", "*:*"},
        {"tok-4f1d9a0b77c2", "tok-*"},
        {"v2:user", "v2:user"},
        {"2024-01-31", "*"},
        {"rate:192.0.2.1", "rate:*"},
        {"beef", "beef"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[REDIS_PATTERN_BYTES];
        (void)redis_pattern(out, str_of(rows[i].name));
        assert_string_equal(out, rows[i].pattern);
    }
    char out[REDIS_PATTERN_BYTES], longer[4000];
    memset(longer, 'a', sizeof longer);
    for (size_t i = 10; i < sizeof longer; i += 11) {
        longer[i] = ':';
    }
    size_t len = redis_pattern(out, (struct str){longer, sizeof longer});
    assert_true(len < REDIS_PATTERN_BYTES && out[len] == '\0' && out[len - 1] == '*');
}

static void test_groups_are_bounded(void **state)
{
    (void)state;
    struct redis_keys keys;
    struct err err = {0};
    assert_int_equal(redis_keys_open(&keys, &err), 0);
    uint64_t x = 88172645463325252U;
    for (int i = 0; i < 200000; i++) { /* no two alike, at every depth */
        char name[64];
        size_t len = 0;
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        for (uint64_t y = x; y != 0 && len < 40; y /= 27) {
            name[len++] = y % 27 == 26 ? ':' : (char)('a' + y % 27);
        }
        assert_int_equal(redis_keys_add(&keys, (struct str){name, len}, REDIS_STRING, &err), 0);
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < keys.group_count; i++) {
        sum += keys.groups[i].is_merged ? 0 : keys.groups[i].seen;
    }
    assert_int_equal(sum, 200000); /* every key in one group */
    assert_true(keys.group_count <= REDIS_GROUPS_MAX + 8);
    redis_keys_close(&keys);
}

static void test_rules(void **state)
{
    (void)state;
    static const struct {
        const char *rules;
        bool config_set, eval, set;
    } rows[] = {
        {"+@all", true, true, true},
        {"-@all +@read", false, false, false},
        {"+@all -@dangerous", false, true, true},
        {"-@all +config|get", false, false, false},
        {"-@all +config", true, false, false},
        {"-@all +config -config|set", false, false, false},
        {"-@all +@admin", true, false, false},
        {"+@all -@scripting", true, false, true},
        {"allcommands -@write +eval", true, true, false},
        {"", false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t r = 0; r < redis_right_count; r++) {
            bool is = redis_acl_allows(str_of(rows[i].rules), &redis_rights[r]);
            const char *name = redis_rights[r].name;
            assert_true(strcmp(name, "CONFIG SET") != 0 || is == rows[i].config_set);
            assert_true(strcmp(name, "EVAL") != 0 || is == rows[i].eval);
            assert_true(strcmp(name, "SET") != 0 || is == rows[i].set);
        }
    }
    assert_true(redis_acl_all_keys(STR("~*")) && redis_acl_all_keys(STR("~a* %R~*")) && redis_acl_all_keys(STR("*")));
    assert_false(redis_acl_all_keys(STR("~sess:* %W~*")) || redis_acl_all_keys(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_survey),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_confined),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_nothing_written),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_groups_are_bounded),
        cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
