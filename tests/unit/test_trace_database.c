/* src/trace: what a statement is, whose statements a session's are, what is usual, and the offset between two clocks.
 * Worlds come in pairs: one in which something was taken, one that only looks so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka needs those four */
#include <cmocka.h>

#include "base/str.h"
#include "trace/database.h"

#include "base/banned.h"

/* ---- statements ---- */

struct statement_row {
    const char *text;
    enum dialect dialect;
    enum verb verb;
    unsigned looks; /* all of them, without LOOK_STAR */
    const char *tables;
    uint64_t limit; /* 0: none */
};

#define MY DIALECT_MYSQL
#define PG DIALECT_POSTGRES

static const struct statement_row statements[] = {
    {"SELECT * FROM t", MY, VERB_SELECT, LOOK_WHOLE, "t", 0},
    {"select a, b from shop.t order by a", MY, VERB_SELECT, LOOK_WHOLE, "shop.t", 0},
    {"SELECT /*!40001 SQL_NO_CACHE */ `id`, `email` FROM `cust`", MY, VERB_SELECT, LOOK_WHOLE | LOOK_NO_CACHE, "cust",
     0},
    {"SELECT /*!40001 SQL_NO_CACHE */ * FROM `cust`", MY, VERB_SELECT, LOOK_WHOLE | LOOK_NO_CACHE, "cust", 0},
    {"SELECT SQL_NO_CACHE * FROM cust", MY, VERB_SELECT, LOOK_WHOLE, "cust", 0},
    {"SELECT * FROM t WHERE id = 7", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT * FROM t WHERE 1", MY, VERB_SELECT, LOOK_WHOLE, "t", 0},
    {"SELECT * FROM t WHERE 1 = 1 ORDER BY a", MY, VERB_SELECT, LOOK_WHOLE, "t", 0},
    {"SELECT * FROM t WHERE 1 = 2", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT * FROM t WHERE 0", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT * FROM t WHERE (a = 1)", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT * FROM t LIMIT 25", MY, VERB_SELECT, LOOK_PAGE, "t", 25},
    {"SELECT * FROM t LIMIT 50, 25", MY, VERB_SELECT, LOOK_PAGE, "t", 25},
    {"SELECT * FROM t LIMIT 100000", MY, VERB_SELECT, LOOK_PAGE | LOOK_WHOLE, "t", 100000},
    {"SELECT * FROM t LIMIT ?", MY, VERB_SELECT, LOOK_PAGE, "t", LIMIT_NOT_LOGGED},
    {"SELECT * FROM t FETCH FIRST 10 ROWS ONLY", PG, VERB_SELECT, LOOK_PAGE, "t", 10},
    {"SELECT count(*) FROM t", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT max(id) FROM t", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT group_concat(email) FROM t", MY, VERB_SELECT, LOOK_WHOLE, "t", 0},
    {"SELECT city, count(*) FROM t GROUP BY city", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT 1 FROM t", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT 1", MY, VERB_SELECT, 0, "", 0},
    {"SELECT * FROM a JOIN b ON a.id = b.id", MY, VERB_SELECT, LOOK_WHOLE, "a,b", 0},
    {"SELECT * FROM a, b", MY, VERB_SELECT, LOOK_WHOLE, "a,b", 0},
    {"SELECT x FROM (SELECT * FROM t) y", MY, VERB_SELECT, LOOK_WHOLE, "t", 0},
    {"SELECT x FROM (SELECT * FROM t WHERE a = 1) y", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT a, (SELECT count(*) FROM o WHERE o.c = c.id) FROM c", MY, VERB_SELECT, LOOK_WHOLE, "o,c", 0},
    {"WITH x AS (SELECT * FROM c) SELECT * FROM x", PG, VERB_SELECT, LOOK_WHOLE, "c", 0},
    {"TABLE customers", PG, VERB_SELECT, LOOK_WHOLE, "customers", 0},
    {"(SELECT * FROM t)", MY, VERB_SELECT, LOOK_WHOLE, "t", 0},
    {"SET STATEMENT max_statement_time=2 FOR SELECT * FROM `c`", MY, VERB_SELECT, LOOK_WHOLE, "c", 0},
    {"use shop;\nSET timestamp=1;\nSELECT * FROM c;", MY, VERB_SELECT, LOOK_WHOLE, "c", 0},
    {"EXPLAIN SELECT * FROM t", MY, VERB_EXPLAIN, 0, "t", 0},
    {"INSERT INTO u SELECT * FROM t", MY, VERB_INSERT, 0, "u,t", 0},
    {"SELECT * INTO u FROM t", PG, VERB_SELECT, 0, "t", 0},
    {"SELECT 'FROM users' FROM t WHERE id = 1 -- FROM x\n", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT 'it\\'s FROM x' FROM t WHERE a = 1", MY, VERB_SELECT, 0, "t", 0},
    {"SELECT 'a\\' FROM t", PG, VERB_SELECT, 0, "t", 0},
    {"SELECT $x$ FROM z $x$, a FROM t", PG, VERB_SELECT, LOOK_WHOLE, "t", 0},
    {"SELECT a /* FROM x /* nested */ */ FROM t", PG, VERB_SELECT, LOOK_WHOLE, "t", 0},
    {"SELECT a # FROM x\nFROM t", MY, VERB_SELECT, LOOK_WHOLE, "t", 0},
    {"SELECT extract(year FROM placed) FROM t WHERE a = 1", PG, VERB_SELECT, 0, "t", 0},
    {"SELECT a INTO OUTFILE '/tmp/x' FIELDS TERMINATED BY ',' FROM t", MY, VERB_SELECT, LOOK_WHOLE | LOOK_TO_FILE, "t",
     0},
    {"SELECT a FROM t INTO DUMPFILE '/tmp/x'", MY, VERB_SELECT, LOOK_WHOLE | LOOK_TO_FILE, "t", 0},
    {"SELECT load_file('/etc/passwd')", MY, VERB_SELECT, LOOK_READS_FILE, "", 0},
    {"SELECT pg_read_file('/etc/passwd')", PG, VERB_SELECT, LOOK_READS_FILE, "", 0},
    {"SELECT lo_export(1, '/tmp/x')", PG, VERB_SELECT, LOOK_TO_FILE, "", 0},
    {"SELECT user, authentication_string FROM mysql.user", MY, VERB_SELECT, LOOK_SECRETS | LOOK_CATALOG, "", 0},
    {"SELECT 1 FROM mysql.user LIMIT 1", MY, VERB_SELECT, LOOK_CATALOG, "", 1},
    {"SELECT * FROM pg_shadow", PG, VERB_SELECT, LOOK_SECRETS | LOOK_CATALOG, "", 0},
    {"SELECT table_name FROM information_schema.tables", MY, VERB_SELECT, LOOK_CATALOG, "", 0},
    {"SHOW TABLES", MY, VERB_SHOW, LOOK_CATALOG, "", 0},
    {"SHOW CREATE TABLE `t`", MY, VERB_SHOW, LOOK_SHOW_CREATE, "", 0},
    {"SELECT a FROM p WHERE id = 1 UNION ALL SELECT NULL, NULL, NULL, email FROM u-- -", MY, VERB_SELECT,
     LOOK_WHOLE | LOOK_INJECTED, "p,u", 0},
    {"SELECT a FROM p WHERE id = 1 OR 1=1", MY, VERB_SELECT, LOOK_INJECTED, "p", 0},
    {"SELECT a FROM p WHERE id = 1 AND SLEEP(5)", MY, VERB_SELECT, LOOK_INJECTED, "p", 0},
    {"SELECT a FROM p WHERE id = 1; DROP TABLE p", PG, VERB_SELECT, LOOK_INJECTED | LOOK_DROP, "p,p", 0},
    {"SELECT a FROM p WHERE id = 1 UNION SELECT b FROM q WHERE c = 2", MY, VERB_SELECT, 0, "p,q", 0},
    {"DROP DATABASE shop", MY, VERB_DROP, LOOK_DROP, "shop", 0},
    {"DELETE FROM t", MY, VERB_DELETE, LOOK_DROP, "t", 0},
    {"DELETE FROM t WHERE id = 1", MY, VERB_DELETE, 0, "t", 0},
    {"CREATE TABLE IF NOT EXISTS README_TO_RECOVER (a text)", MY, VERB_CREATE, LOOK_NOTE, "README_TO_RECOVER", 0},
    {"CREATE TABLE orders (a text)", MY, VERB_CREATE, 0, "orders", 0},
    {"COPY public.cust (id, email) TO stdout;", PG, VERB_COPY, LOOK_WHOLE | LOOK_TO_CLIENT, "public.cust", 0},
    {"copy cust to '/tmp/x'", PG, VERB_COPY, LOOK_WHOLE | LOOK_TO_FILE, "cust", 0},
    {"COPY (SELECT * FROM c) TO STDOUT CSV", PG, VERB_COPY, LOOK_WHOLE | LOOK_TO_CLIENT, "c", 0},
    {"COPY (SELECT * FROM c WHERE id = 1) TO STDOUT", PG, VERB_COPY, LOOK_TO_CLIENT, "c", 0},
    {"COPY t FROM stdin", PG, VERB_COPY, 0, "t", 0},
    {"COPY t FROM PROGRAM 'id'", PG, VERB_COPY, LOOK_PROGRAM, "t", 0},
    {"COPY t FROM '/etc/passwd'", PG, VERB_COPY, LOOK_READS_FILE, "t", 0},
    {"DECLARE _pg_dump_cursor CURSOR FOR SELECT a, b FROM ONLY public.c", PG, VERB_SELECT,
     LOOK_WHOLE | LOOK_DUMP_CURSOR, "public.c", 0},
    {"FETCH 100 FROM _pg_dump_cursor", PG, VERB_FETCH, LOOK_DUMP_CURSOR, "", 100},
    {"SELECT last_value, is_called FROM public.c_id_seq", PG, VERB_SELECT, 0, "public.c_id_seq", 0},
    {"SET row_security = off", PG, VERB_SET, LOOK_ROW_SECURITY, "", 0},
    {"SET synchronize_seqscans TO off", PG, VERB_SET, LOOK_SEQSCANS, "", 0},
    {"LOCK TABLE public.c IN ACCESS SHARE MODE", PG, VERB_LOCK, LOOK_LOCK_SHARE, "", 0},
    {"LOCK TABLES `cust` READ /*!32311 LOCAL */", MY, VERB_LOCK, LOOK_LOCK_READ, "", 0},
    {"SAVEPOINT sp", MY, VERB_SAVEPOINT, LOOK_SAVEPOINT_SP, "", 0},
    {"/*!40103 SET TIME_ZONE='+00:00' */", MY, VERB_SET, LOOK_ZONE_UTC, "", 0},
    {"SET sql_mode = ''", MY, VERB_SET, LOOK_NO_MODE, "", 0},
    {"SET SQL_MODE=\"\"", MY, VERB_SET, LOOK_NO_MODE, "", 0},
    {"SET sql_mode = 'ANSI'", MY, VERB_SET, 0, "", 0},
    {"SET sql_quote_show_create = 1, autocommit = 1", MY, VERB_SET, LOOK_QUOTE_CREATE | LOOK_ADMINER, "", 0},
    {"SET SQL_QUOTE_SHOW_CREATE=1", MY, VERB_SET, LOOK_QUOTE_CREATE, "", 0},
    {"BASE_BACKUP ( LABEL 'x' )", PG, VERB_OTHER, LOOK_REPLICA, "", 0},
    {"", MY, VERB_NONE, 0, "", 0},
    {"'", MY, VERB_OTHER, 0, "", 0},
    {"/*", MY, VERB_NONE, 0, "", 0},
};

static void tables_text(const struct statement *statement, char out[static 256])
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < statement->table_count && at < 200; i++) {
        const struct table_name *t = &statement->tables[i];
        at += (size_t)snprintf(out + at, 256 - at, "%s%.*s%s%.*s", i > 0 ? "," : "", STR_FMT(t->schema),
                               t->schema.len > 0 ? "." : "", STR_FMT(t->name));
    }
}

static void statements_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        const struct statement_row *row = &statements[i];
        struct statement s = statement_read(str_of(row->text), row->dialect);
        char tables[256];
        tables_text(&s, tables);
        bool is_limit = s.limit == (row->limit == 0 ? NO_LIMIT : row->limit);
        if (s.verb != row->verb || (s.looks & ~(unsigned)LOOK_STAR) != row->looks || !is_limit ||
            strcmp(tables, row->tables) != 0) {
            fail_msg("%s: verb %d, looks %#x (wanted %d, %#x), tables \"%s\" (wanted \"%s\"), limit %llu", row->text,
                     (int)s.verb, s.looks, (int)row->verb, row->looks, tables, row->tables,
                     (unsigned long long)s.limit);
        }
    }
}

static void shapes_leave_values_out(void **state)
{
    (void)state;
    static const char *const same[][2] = {{"SELECT * FROM t WHERE id = 1", "select *  from t where ID=-- x\n 22"},
                                          {"SELECT * FROM t WHERE id IN (1, 2, 3)", "SELECT * FROM t WHERE id IN (9)"},
                                          {"SELECT * FROM t WHERE a = 'x'", "SELECT * FROM t WHERE a = ?"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_int_equal(statement_read(str_of(same[i][0]), MY).shape, statement_read(str_of(same[i][1]), MY).shape);
    }
    assert_int_not_equal(statement_read(STR("SELECT * FROM t"), MY).shape,
                         statement_read(STR("SELECT * FROM u"), MY).shape);
}

/* A list of columns longer than what is read: the end still says from which table. */
static void long_statements_are_read_at_both_ends(void **state)
{
    (void)state;
    enum { COLUMNS = 2000 };
    char *text = calloc(1, COLUMNS * 8 + 64);
    assert_non_null(text);
    size_t at = (size_t)snprintf(text, 64, "SELECT `a`");
    for (size_t i = 0; i < COLUMNS; i++) {
        at += (size_t)snprintf(text + at, 16, ", `c%zu`", i % 100);
    }
    (void)snprintf(text + at, 32, " FROM `wide`");
    struct statement s = statement_read(str_of(text), MY);
    assert_true(s.is_cut);
    assert_int_equal(s.table_count, 1);
    assert_true((s.looks & LOOK_WHOLE) != 0);
    (void)snprintf(text + at, 32, " FROM `wide` WHERE a = 1");
    assert_true((statement_read(str_of(text), MY).looks & LOOK_WHOLE) == 0);
    free(text);
}

/* ---- worlds ---- */

enum { DAY = 86400, HOUR = 3600 };
#define START INT64_C(1780272000) /* a midnight */

struct world {
    struct database *all, *part;
    unsigned has;
    uint32_t set;
    bool is_postgres;
    uint64_t line;
    struct source sources[4];
    struct run run;
    struct story story;
};

static void open_log(struct world *world, uint32_t set, unsigned has)
{
    if (world->part != NULL) {
        assert_int_equal(database_merge(&world->all, world->part, 0, NULL), 0);
    }
    world->set = set;
    world->has = has;
    world->part = database_start(set, has, world->is_postgres, NULL);
    assert_non_null(world->part);
}

static void begin_world(struct world *world, bool is_postgres)
{
    *world = (struct world){.is_postgres = is_postgres};
    for (uint32_t i = 0; i < 4; i++) {
        world->sources[i].set = i;
    }
    open_log(world, 0, LOG_HAS_SESSION);
}

/* Cuts the log here: what follows is another job's. */
static void cut(struct world *world)
{
    open_log(world, world->set, world->has);
}

struct said {
    const char *command, *who, *from, *sql, *application;
    uint64_t rows, bytes;
};

static struct log_span put(char *text, size_t *at, const char *part)
{
    size_t len = part == NULL ? 0 : strnlen(part, 4096);
    struct log_span span = {(uint32_t)*at, (uint32_t)len};
    if (len > 0) {
        memcpy(text + *at, part, len);
    }
    *at += len;
    return span;
}

static void say(struct world *world, int64_t second, uint64_t session, struct said said)
{
    char text[8192];
    size_t at = 0;
    struct log_line line = {.text = text,
                            .second = second,
                            .session = session,
                            .rows = said.rows > 0 ? said.rows : LOG_NO_BYTES,
                            .bytes = said.bytes > 0 ? said.bytes : LOG_NO_BYTES};
    line.command = put(text, &at, said.command);
    line.user = put(text, &at, said.who);
    line.client = put(text, &at, said.from);
    line.statement = put(text, &at, said.sql);
    line.application = put(text, &at, said.application);
    line.len = (uint32_t)at;
    const struct hit hit = {.second = second, .source = world->set, .offset = world->line * 100, .line = ++world->line};
    assert_int_equal(database_take(world->part, &line, &hit, NULL), 0);
}

static void connect_as(struct world *world, int64_t second, uint64_t session, const char *who, const char *from)
{
    say(world, second, session, (struct said){"Connect", who, from, NULL, NULL, 0, 0});
}

static void ask(struct world *world, int64_t second, uint64_t session, const char *sql)
{
    say(world, second, session, (struct said){"Query", NULL, NULL, sql, NULL, 0, 0});
}

static void quit(struct world *world, int64_t second, uint64_t session)
{
    say(world, second, session, (struct said){"Quit", NULL, NULL, NULL, NULL, 0, 0});
}

static const struct takings *end_world(struct world *world)
{
    assert_int_equal(database_merge(&world->all, world->part, 0, NULL), 0);
    world->part = NULL;
    world->run.sources.all = world->sources;
    world->run.kinds[LOG_DATABASE] = world->all;
    assert_int_equal(takings_find(world->all, &world->run, &world->story, NULL), 0);
    return world->all->takings;
}

static void close_world(struct world *world)
{
    database_free(world->all);
}

static void dump(struct world *world, int64_t at, uint64_t session, const char *who, const char *from)
{
    connect_as(world, at, session, who, from);
    ask(world, at, session, "/*!40103 SET TIME_ZONE='+00:00' */");
    ask(world, at, session, "SELECT LOGFILE_GROUP_NAME FROM INFORMATION_SCHEMA.FILES");
    ask(world, at, session, "SAVEPOINT sp");
    ask(world, at + 1, session, "SELECT /*!40001 SQL_NO_CACHE */ `id`, `email` FROM `customers`");
    ask(world, at + 2, session, "SELECT /*!40001 SQL_NO_CACHE */ `id` FROM `orders`");
    quit(world, at + 3, session);
}

/* What the shop's own pages ask, one connection each. */
static void browse(struct world *world, int64_t from, uint64_t session, unsigned pages, int64_t apart)
{
    for (unsigned i = 0; i < pages; i++) {
        int64_t at = from + (int64_t)i * apart;
        connect_as(world, at, session + i, "shop", "10.0.0.2");
        ask(world, at, session + i, "SELECT * FROM categories");
        ask(world, at, session + i,
            i % 3 == 0 ? "SELECT * FROM products LIMIT 12 OFFSET 24" : "SELECT * FROM products LIMIT 12 OFFSET 0");
        ask(world, at, session + i, "SELECT * FROM customers WHERE id = 7");
        quit(world, at, session + i);
    }
}

static void a_dump_by_the_shops_own_account(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    browse(&world, START, 100, 60, 30);
    dump(&world, START + 2000, 999, "shop", "10.0.0.2");
    browse(&world, START + 2010, 1100, 60, 30);
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 1);
    const struct taken *taken = &takings->all[0];
    assert_int_equal(taken->tool, TOOL_MYSQLDUMP);
    assert_string_equal(taken->confidence, "medium");
    assert_string_equal(taken->session->account, "shop");
    assert_int_equal(taken->tables.count, 2);
    assert_string_equal(taken->tables.all[0].name, "customers");
    assert_int_equal(taken->rows.recorded, LOG_NO_BYTES);
    assert_int_equal(taken->first.second, START + 2001);
    assert_int_equal(taken->last.second, START + 2002);
    close_world(&world);
}

static void the_shop_alone_takes_nothing(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    browse(&world, START, 100, 200, 30);
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 0);
    assert_true(takings->usual_reads >= 400);
    close_world(&world);
}

static void a_backup_every_night_is_usual(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    for (int day = 0; day < 6; day++) {
        dump(&world, START + day * DAY + 3 * HOUR + day * 60, (uint64_t)day + 1, "backup", "localhost");
        browse(&world, START + day * DAY + 9 * HOUR, 1000 * ((uint64_t)day + 1), 50, 60);
    }
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 1);
    assert_true(takings->all[0].is_usual);
    assert_string_equal(takings->all[0].confidence, "low");
    assert_int_equal(takings->all[0].sessions, 6);
    close_world(&world);
}

/* The same account and tool, but at noon: the backup does not explain it. */
static void a_backup_at_another_hour_is_not(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    for (int day = 0; day < 6; day++) {
        dump(&world, START + day * DAY + 3 * HOUR, (uint64_t)day + 1, "backup", "localhost");
    }
    dump(&world, START + 5 * DAY + 12 * HOUR, 77, "backup", "localhost");
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 2);
    assert_true(takings->all[0].is_usual && !takings->all[1].is_usual);
    close_world(&world);
}

static void a_stranger_that_dumps(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    for (int day = 0; day < 5; day++) {
        browse(&world, START + day * DAY, 1000 * ((uint64_t)day + 1), 30, 60);
    }
    dump(&world, START + 4 * DAY + 15 * HOUR, 77, "shop", "203.0.113.9");
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 1);
    assert_string_equal(takings->all[0].confidence, "high");
    assert_true(takings->all[0].company.is_host_new);
    close_world(&world);
}

static void a_report_that_reads_all_every_day_is_usual(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    for (int day = 0; day < 6; day++) {
        uint64_t session = (uint64_t)day + 1;
        connect_as(&world, START + day * DAY + HOUR, session, "report", "10.0.0.3");
        ask(&world, START + day * DAY + HOUR, session, "SELECT * FROM orders JOIN customers USING (customer_id)");
        quit(&world, START + day * DAY + HOUR + 5, session);
    }
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 0);
    assert_int_equal(takings->usual_reads, 6);
    close_world(&world);
}

static void one_select_of_everything_is_told(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    browse(&world, START, 100, 200, 30);
    connect_as(&world, START + 6001, 5, "shop", "10.0.0.2");
    ask(&world, START + 6001, 5, "SELECT * FROM customers");
    quit(&world, START + 6001, 5);
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 1);
    assert_int_equal(takings->all[0].tool, TOOL_SELECTS);
    assert_string_equal(takings->all[0].confidence, "low");
    assert_string_equal(takings->all[0].tables.all[0].name, "customers");
    close_world(&world);
}

static void a_walk_by_pages_is_told(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    browse(&world, START, 100, 100, 30);
    for (unsigned i = 0; i < 8; i++) {
        char sql[96];
        (void)snprintf(sql, sizeof sql, "SELECT * FROM customers ORDER BY id LIMIT 400 OFFSET %u", i * 400);
        connect_as(&world, START + 3001 + i, 500 + i, "shop", "10.0.0.2");
        ask(&world, START + 3001 + i, 500 + i, sql);
        quit(&world, START + 3001 + i, 500 + i);
    }
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 1);
    assert_int_equal(takings->all[0].tool, TOOL_WALK);
    assert_int_equal(takings->all[0].read->to_row, 3200);
    assert_int_equal(takings->all[0].read->pages, 8);
    close_world(&world);
}

static void looking_around_with_adminer_is_not_taking(void **state)
{
    (void)state;
    for (int is_export = 0; is_export < 2; is_export++) {
        struct world world;
        begin_world(&world, false);
        connect_as(&world, START, 1, "keeper", "127.0.0.1");
        ask(&world, START, 1, "SET NAMES utf8mb4");
        ask(&world, START, 1, "SET sql_quote_show_create = 1, autocommit = 1");
        ask(&world, START + 1, 1, "SHOW CREATE TABLE `customers`");
        ask(&world, START + 1, 1,
            is_export ? "SELECT * FROM `customers`" : "SELECT SQL_CALC_FOUND_ROWS * FROM `customers` LIMIT 50");
        quit(&world, START + 2, 1);
        const struct takings *takings = end_world(&world);
        assert_int_equal(takings->count, is_export);
        if (is_export) {
            assert_int_equal(takings->all[0].tool, TOOL_ADMINER);
        }
        close_world(&world);
    }
}

static void a_replica_is_not_accused(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    connect_as(&world, START, 1, "replica", "10.0.0.9");
    say(&world, START + 1, 1, (struct said){"Binlog Dump", NULL, NULL, "Log: 'bin.000001'  Pos: 4", NULL, 0, 0});
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 1);
    assert_int_equal(takings->all[0].tool, TOOL_REPLICA);
    assert_string_equal(takings->all[0].confidence, "low");
    close_world(&world);
}

/* General log and slow log of one server: one session, with the slow log's rows. */
static void two_logs_of_one_server_tell_once(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    browse(&world, START, 100, 60, 30);
    dump(&world, START + 2000, 999, "shop", "10.0.0.2");
    open_log(&world, 1, LOG_HAS_SESSION | LOG_HAS_ROWS | LOG_HAS_BYTES);
    say(&world, START + 2001, 999,
        (struct said){"Query", "shop", "10.0.0.2", "SELECT /*!40001 SQL_NO_CACHE */ `id`, `email` FROM `customers`",
                      NULL, 3002, 90000});
    say(&world, START + 2002, 998,
        (struct said){"Query", "shop", "10.0.0.2", "SELECT count(*) FROM `customers`", NULL, 1, 70});
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 1);
    assert_int_equal(takings->all[0].rows.recorded, 3002);
    assert_int_equal(takings->all[0].rows.minimum, 3002);
    assert_int_equal(takings->all[0].bytes.recorded, 90000);
    assert_int_equal(takings->all[0].rows.told, 1);
    assert_int_equal(takings->all[0].rows.reads, 2);
    close_world(&world);
}

/* The same number in two logs, hours apart: two connections. */
static void a_number_used_again_is_another_session(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    dump(&world, START, 7, "a", "10.0.0.2");
    dump(&world, START + 9 * HOUR, 7, "b", "10.0.0.2");
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 2);
    assert_string_equal(takings->all[1].session->account, "b");
    close_world(&world);
}

static void a_table_read_twice_counts_once_at_least(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    open_log(&world, 0, LOG_HAS_SESSION | LOG_HAS_ROWS | LOG_HAS_BYTES);
    for (int i = 0; i < 2; i++) {
        say(&world, START + i, 1,
            (struct said){"Query", "shop", "10.0.0.2", "SELECT /*!40001 SQL_NO_CACHE */ * FROM `customers`", NULL, 500,
                          9000});
    }
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 1);
    assert_int_equal(takings->all[0].rows.minimum, 500);
    assert_int_equal(takings->all[0].rows.recorded, 1000);
    close_world(&world);
}

static void files_and_copies(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        bool is_postgres;
        enum tool tool;
    } rows[] = {{"SELECT * FROM customers INTO OUTFILE '/tmp/c.csv'", false, TOOL_FILE},
                {"COPY customers TO '/tmp/c.csv'", true, TOOL_FILE},
                {"COPY public.customers (id, email) TO STDOUT", true, TOOL_COPY},
                {"COPY customers FROM STDIN", true, TOOL_NONE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world;
        begin_world(&world, rows[i].is_postgres);
        open_log(&world, 0, LOG_HAS_SESSION | LOG_HAS_ROWS | LOG_HAS_BYTES);
        connect_as(&world, START, 1, "shop", "10.0.0.2");
        say(&world, START + 1, 1, (struct said){"Query", NULL, NULL, rows[i].sql, NULL, 2, 11});
        quit(&world, START + 2, 1);
        const struct takings *takings = end_world(&world);
        assert_int_equal(takings->count, rows[i].tool != TOOL_NONE);
        if (rows[i].tool != TOOL_NONE) {
            assert_int_equal(takings->all[0].tool, rows[i].tool);
            assert_int_equal(takings->all[0].rows.recorded, 2);
            assert_int_equal(takings->all[0].bytes.recorded, rows[i].tool == TOOL_FILE ? LOG_NO_BYTES : 11);
        }
        close_world(&world);
    }
}

static void pg_dump_by_its_settings_and_adminer_by_its_name(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, true);
    connect_as(&world, START, 1, "shop", "10.0.0.2");
    ask(&world, START, 1, "SET synchronize_seqscans TO off");
    ask(&world, START, 1, "SET row_security = off");
    ask(&world, START, 1, "LOCK TABLE public.customers IN ACCESS SHARE MODE");
    ask(&world, START + 1, 1, "COPY public.customers (id, email) TO stdout;");
    quit(&world, START + 2, 1);
    connect_as(&world, START + 10, 2, "shop", "10.0.0.2");
    ask(&world, START + 10, 2, "SET application_name = 'Adminer'");
    ask(&world, START + 11, 2, "SELECT * FROM \"customers\"");
    quit(&world, START + 12, 2);
    connect_as(&world, START + 20, 3, "shop", "10.0.0.2");
    ask(&world, START + 20, 3, "SET application_name = 'Adminer'");
    ask(&world, START + 21, 3, "SELECT * FROM \"customers\" LIMIT 50");
    quit(&world, START + 22, 3);
    const struct takings *takings = end_world(&world);
    assert_int_equal(takings->count, 2);
    assert_int_equal(takings->all[0].tool, TOOL_PG_DUMP);
    assert_int_equal(takings->all[1].tool, TOOL_ADMINER);
    close_world(&world);
}

static void signs_are_noted(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, true);
    connect_as(&world, START, 1, "shop", "10.0.0.2");
    ask(&world, START, 1, "COPY t FROM PROGRAM 'id'");
    ask(&world, START, 1, "SELECT pg_read_file('/etc/passwd')");
    ask(&world, START, 1, "SELECT rolpassword FROM pg_authid");
    ask(&world, START, 1, "SELECT * FROM t WHERE a = 1");
    (void)end_world(&world);
    assert_int_equal(world.all->signs.count, 3);
    close_world(&world);
}

/* Wherever the log is cut into jobs, the story is one. */
static void cuts_do_not_matter(void **state)
{
    (void)state;
    for (int at = 0; at < 8; at++) {
        struct world world;
        begin_world(&world, false);
        connect_as(&world, START, 9, "shop", "10.0.0.2");
        static const char *const asked[] = {"/*!40103 SET TIME_ZONE='+00:00' */", "SAVEPOINT sp",
                                            "SELECT /*!40001 SQL_NO_CACHE */ `id` FROM `customers`",
                                            "SELECT /*!40001 SQL_NO_CACHE */ `id` FROM `orders`",
                                            "ROLLBACK TO SAVEPOINT sp"};
        for (int i = 0; i < 5; i++) {
            if (i == at) {
                cut(&world);
            }
            ask(&world, START + 1 + i, 9, asked[i]);
        }
        if (at == 5) {
            cut(&world);
        }
        quit(&world, START + 9, 9);
        const struct takings *takings = end_world(&world);
        assert_int_equal(takings->count, 1);
        assert_int_equal(takings->all[0].tool, TOOL_MYSQLDUMP);
        assert_int_equal(takings->all[0].tables.count, 2);
        /* of a part in which nothing of note was asked, nothing is kept */
        assert_true(takings->all[0].session->statements >= 4);
        assert_string_equal(takings->all[0].session->account, "shop");
        close_world(&world);
    }
}

/* Whatever comes in, few rows are kept; and what is seldom outlives what is common. */
static void memory_is_bounded(void **state)
{
    (void)state;
    struct world world;
    begin_world(&world, false);
    dump(&world, START, 1, "shop", "203.0.113.9");
    for (unsigned i = 0; i < 3 * DB_SESSIONS; i++) {
        dump(&world, START + 100 + i * 10, 10 + i, "backup", "localhost");
    }
    for (unsigned i = 0; i < 2 * DB_SESSIONS; i++) {
        connect_as(&world, START + 200000, 100000 + i, "idle", "10.0.0.2");
    }
    for (unsigned i = 0; i < 2 * DB_READS; i++) {
        char sql[64];
        (void)snprintf(sql, sizeof sql, "SELECT * FROM t%u", i);
        ask(&world, START + 200001, 100000 + 2 * DB_SESSIONS - 1, sql);
    }
    bool is_kept = false;
    const struct takings *takings = end_world(&world);
    assert_true(world.all->sessions.count <= DB_SESSIONS);
    assert_true(world.all->sessions.evicted > 0);
    assert_true(world.all->reads.count <= DB_READS && world.all->reads.dropped > 0);
    assert_true(takings->count <= TAKINGS_MAX && takings->left_out > 0);
    for (size_t i = 0; i < world.all->sessions.count; i++) {
        is_kept |= strcmp(world.all->sessions.rows[i].host, "203.0.113.9") == 0;
    }
    assert_true(is_kept);
    close_world(&world);
}

/* ---- clocks ---- */

static uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

struct clocks {
    struct db_activity web, database;
};

/* Visits in bursts, as people come; the database follows at `offset`, misses some, and now and then a second late. */
static void visits(struct clocks *clocks, int64_t from, int64_t seconds, unsigned one_in, int64_t offset, uint64_t seed,
                   bool is_related)
{
    uint64_t web = seed, other = seed * 77 + 5;
    for (int64_t t = 0; t < seconds; t++) {
        bool is_visit = random_next(&web) % one_in == 0, is_other = random_next(&other) % one_in == 0;
        uint32_t pages = 1 + (uint32_t)(random_next(&web) % 4);
        bool is_late = random_next(&web) % 8 == 0, is_missed = random_next(&web) % 10 == 0;
        if (is_visit) {
            assert_int_equal(db_activity_add(&clocks->web, from + t, pages, NULL), 0);
        }
        if (is_related ? is_visit && !is_missed : is_other) {
            assert_int_equal(db_activity_add(&clocks->database, from + t - offset + is_late, pages, NULL), 0);
        }
    }
    db_activity_sort(&clocks->web);
    db_activity_sort(&clocks->database);
}

static struct offset estimate(struct clocks *clocks)
{
    struct offset offset =
        offset_estimate(clocks->web.all, clocks->web.count, clocks->database.all, clocks->database.count);
    free(clocks->web.all);
    free(clocks->database.all);
    return offset;
}

static void offsets_are_found(void **state)
{
    (void)state;
    static const struct {
        int64_t offset, seconds;
        unsigned one_in;
    } rows[] = {{0, 1800, 20},           {1, 1800, 20},
                {-7, 3600, 20},          {3600, 7200, 30},
                {-19800, 7200, 30},      {20 * 900 + 3, 7200, 30},
                {-13 * 3600, 14400, 40}, {83, 3600, 20},
                {300, 1200, 12},         {5 * 3600 + 2700, 86400, 60}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct clocks clocks = {0};
        visits(&clocks, START, rows[i].seconds, rows[i].one_in, rows[i].offset, i + 1, true);
        struct offset offset = estimate(&clocks);
        if (!offset.is_known || offset.seconds < rows[i].offset - 1 || offset.seconds > rows[i].offset + 1) {
            fail_msg("offset %lld: found %lld, %s, score %.3f, next %.3f, chance %.3f, matched %llu",
                     (long long)rows[i].offset, (long long)offset.seconds, offset.why == NULL ? "known" : offset.why,
                     offset.score, offset.second_best, offset.chance, (unsigned long long)offset.matched);
        }
        assert_true(offset.lo <= rows[i].offset && rows[i].offset <= offset.hi);
    }
}

static void offsets_are_not_made_up(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct clocks clocks = {0};
        visits(&clocks, START, 3600, seed % 2 == 0 ? 20 : 5, 0, seed, false);
        struct offset offset = estimate(&clocks);
        if (offset.is_known) {
            fail_msg("seed %llu: %lld of nothing, score %.3f, next %.3f, chance %.3f", (unsigned long long)seed,
                     (long long)offset.seconds, offset.score, offset.second_best, offset.chance);
        }
    }
    /* short logs: the fewer seconds, the more like chance */
    unsigned made_up = 0;
    for (uint64_t seed = 100; seed < 400; seed++) {
        struct clocks clocks = {0};
        visits(&clocks, START, 40 + (int64_t)(seed % 200), seed % 3 == 0 ? 3 : 8, 0, seed, false);
        made_up += estimate(&clocks).is_known;
    }
    print_message("%u of 300 short pairs that have nothing in common fit\n", made_up);
    assert_in_range(made_up, 0, 3);
    struct clocks steady = {0};
    for (int64_t t = 0; t < 3600; t++) {
        assert_int_equal(db_activity_add(&steady.web, START + t, 1, NULL), 0);
        assert_int_equal(db_activity_add(&steady.database, START + t, 1, NULL), 0);
    }
    assert_false(estimate(&steady).is_known);
    /* something every minute on both sides: any minute fits */
    struct clocks clockwork = {0};
    for (int64_t t = 0; t < 7200; t += 60) {
        assert_int_equal(db_activity_add(&clockwork.web, START + t, 3, NULL), 0);
        assert_int_equal(db_activity_add(&clockwork.database, START + t, 3, NULL), 0);
    }
    assert_false(estimate(&clockwork).is_known);
    struct clocks few = {0};
    visits(&few, START, 60, 10, 0, 3, true);
    assert_false(estimate(&few).is_known);
    struct clocks decades = {0};
    visits(&decades, START, 1800, 20, INT64_C(40) * 365 * DAY, 3, true);
    assert_false(estimate(&decades).is_known);
    struct clocks none = {0};
    assert_false(estimate(&none).is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_are_known),
        cmocka_unit_test(shapes_leave_values_out),
        cmocka_unit_test(long_statements_are_read_at_both_ends),
        cmocka_unit_test(a_dump_by_the_shops_own_account),
        cmocka_unit_test(the_shop_alone_takes_nothing),
        cmocka_unit_test(a_backup_every_night_is_usual),
        cmocka_unit_test(a_backup_at_another_hour_is_not),
        cmocka_unit_test(a_stranger_that_dumps),
        cmocka_unit_test(a_report_that_reads_all_every_day_is_usual),
        cmocka_unit_test(one_select_of_everything_is_told),
        cmocka_unit_test(a_walk_by_pages_is_told),
        cmocka_unit_test(looking_around_with_adminer_is_not_taking),
        cmocka_unit_test(a_replica_is_not_accused),
        cmocka_unit_test(two_logs_of_one_server_tell_once),
        cmocka_unit_test(a_number_used_again_is_another_session),
        cmocka_unit_test(a_table_read_twice_counts_once_at_least),
        cmocka_unit_test(files_and_copies),
        cmocka_unit_test(pg_dump_by_its_settings_and_adminer_by_its_name),
        cmocka_unit_test(signs_are_noted),
        cmocka_unit_test(cuts_do_not_matter),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(offsets_are_found),
        cmocka_unit_test(offsets_are_not_made_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
