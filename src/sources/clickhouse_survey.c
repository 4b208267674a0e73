/* What a ClickHouse account can reach. Since 20.4 rights are granted one by one, and SHOW GRANTS says them; before, an account has
 * whole databases, and the catalogue lists those it has. Where a role's rights are not shown to the account, a SELECT with LIMIT 0
 * tells whether a table can be read. */
#include <stdio.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/clickhouse.h"
#include "sources/clickhouse_grants.h"

#include "base/banned.h"

enum { SCAN_ROWS_MAX = 1000000000 };

struct survey {
    struct clickhouse *ch;
    const struct survey_sink *sink;
    struct grants grants;
    bool has_policies; /* some table has a row policy, or that cannot be seen */
};

/* ---- rights ---- */

static int on_grant(void *self, const struct str *cells, struct err *err)
{
    return grants_add(self, cells[0], err);
}

/* A refusal is no failure: *ret_refused. */
static int show_grants(struct survey *s, struct str sql, bool *ret_refused, struct err *err)
{
    struct clickhouse_lines lines = {&s->grants, on_grant};
    int result = clickhouse_http_ask(&s->ch->http, sql, 1, false, &lines, err);
    int code = s->ch->http.code;
    *ret_refused = result != 0 && (code == CLICKHOUSE_ACCESS_DENIED || code == CLICKHOUSE_SYNTAX_ERROR);
    return *ret_refused ? 0 : result;
}

/* SHOW GRANTS FINAL (23.12 and later) has the rights of roles in it; earlier each role is asked for. */
static int learn_grants(struct survey *s, struct err *err)
{
    bool refused = false;
    TRY(show_grants(s, STR("SHOW GRANTS FINAL"), &refused, err));
    if (!refused) {
        return 0;
    }
    TRY(show_grants(s, STR("SHOW GRANTS"), &refused, err));
    s->grants.is_partial |= refused;
    for (size_t i = 0; i < s->grants.role_count; i++) { /* roles of roles are added while this goes on */
        OWN(own_buf) struct buf sql = {0};
        buf_puts(&sql, "SHOW GRANTS FOR ");
        clickhouse_put_name(&sql, s->grants.roles[i]);
        TRY(buf_check(&sql, err));
        TRY(show_grants(s, buf_str(&sql), &refused, err));
        s->grants.is_partial |= refused;
    }
    return 0;
}

/* ---- powers ---- */

struct meaning {
    const char *privilege, *means;
};

static const struct meaning meanings[] = {
    {"ALL", "no right is withheld"},
    {"ACCESS MANAGEMENT", "makes accounts and gives them rights"},
    {"CREATE USER", "makes accounts"},
    {"ALTER USER", "changes the passwords of others"},
    {"ROLE ADMIN", "gives itself any role"},
    {"IMPERSONATE", "acts as another account"},
    {"SOURCES", "makes the server read files, URLs and other databases"},
    {"FILE", "reads files below the server's user_files"},
    {"URL", "makes the server fetch any address it can reach"},
    {"REMOTE", "logs in to other ClickHouse servers from this one"},
    {"CLUSTER", "reads the other servers of the cluster"},
    {"S3", "makes the server read object stores"},
    {"AZURE", "makes the server read object stores"},
    {"HDFS", "makes the server read HDFS"},
    {"MYSQL", "logs in to MySQL servers from this one"},
    {"POSTGRES", "logs in to PostgreSQL servers from this one"},
    {"MONGO", "logs in to MongoDB servers from this one"},
    {"REDIS", "logs in to Redis servers from this one"},
    {"SQLITE", "reads SQLite files of the server"},
    {"ODBC", "reaches whatever ODBC on the server reaches"},
    {"JDBC", "reaches whatever JDBC on the server reaches"},
    {"READ", "makes the server read a source outside of it"},
    {"BACKUP", "copies databases and tables to a place of its choosing"},
    {"SYSTEM", "stops, reloads and flushes parts of the server"},
    {"CREATE FUNCTION", "defines functions for all"},
    {"displaySecretsInShowAndSelect", "sees passwords that definitions of tables hold"},
    {"SHOW NAMED COLLECTIONS SECRETS", "sees passwords of named collections"},
    {"NAMED COLLECTION ADMIN", "uses and changes stored logins to other systems"},
    {"SHOW USERS", "lists the accounts"},
    {"INTROSPECTION", "reads the server's own memory layout"},
    {"KILL QUERY", "ends statements of others"},
    {"INSERT", "adds rows"},
    {"ALTER", "changes tables and rows"},
    {"ALTER DELETE", "deletes rows"},
    {"ALTER UPDATE", "changes rows"},
    {"DROP", "removes databases and tables"},
    {"TRUNCATE", "empties tables"},
};

static int tell_power(struct survey *s, struct str name, const char *means, struct str from, struct err *err)
{
    struct survey_power power = {name, means, from};
    return s->sink->power(s->sink->self, &power, err);
}

static int tell_granted(struct survey *s, struct err *err)
{
    for (size_t m = 0; m < sizeof meanings / sizeof *meanings; m++) {
        for (size_t i = 0; i < s->grants.count; i++) {
            const struct grant *grant = &s->grants.list[i];
            if (!grant->is_revoke && str_eq(grant->privilege, str_of(meanings[m].privilege))) {
                TRY(tell_power(s, grant->privilege, meanings[m].means, str_slice(grant->line, 0, 300), err));
                break; /* once each */
            }
        }
    }
    return 0;
}

static const struct meaning functions[] = {
    {"file", "reads files below the server's user_files"},
    {"url", "makes the server fetch any address it can reach"},
    {"remote", "logs in to other ClickHouse servers from this one"},
    {"cluster", "reads the other servers of the cluster"},
    {"mysql", "logs in to MySQL servers from this one"},
    {"postgresql", "logs in to PostgreSQL servers from this one"},
    {"odbc", "reaches whatever ODBC on the server reaches"},
    {"jdbc", "reaches whatever JDBC on the server reaches"},
    {"s3", "makes the server read object stores"},
    {"hdfs", "makes the server read HDFS"},
};

static int on_function(void *self, const struct str *cells, struct err *err)
{
    (void)err;
    bool *have = self;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        have[i] |= str_eq(cells[0], str_of(functions[i].privilege));
    }
    return 0;
}

/* Before rights were granted, an account whose profile is not read-only may do everything within its databases. */
static int tell_unrestricted(struct survey *s, struct err *err)
{
    if (s->ch->own_readonly == '1') {
        return 0; /* no table function either */
    }
    if (s->ch->own_readonly == '0') {
        TRY(tell_power(s, STR("readonly = 0"), "changes and deletes rows, makes and removes tables",
                       STR("the profile of the account"), err));
    }
    bool have[sizeof functions / sizeof *functions] = {0};
    struct clickhouse_lines lines = {have, on_function};
    TRY(clickhouse_http_ask(&s->ch->http, STR("SELECT name, '.' FROM system.table_functions"), 1, true, &lines, err));
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (have[i]) {
            char name[32];
            (void)snprintf(name, sizeof name, "%s()", functions[i].privilege);
            TRY(tell_power(s, str_of(name), functions[i].means, STR("a table function of this server"), err));
        }
    }
    return 0;
}

/* May it be read at all? A refusal is an answer. */
static int try_read(struct survey *s, struct str sql, bool *ret_can, struct err *err)
{
    struct str cells[2];
    bool found = false;
    int result = clickhouse_first(s->ch, sql, 1, &s->grants.arena, cells, &found, err);
    *ret_can = result == 0;
    return s->ch->http.code != 0 ? 0 : result;
}

static int tell_powers(struct survey *s, struct err *err)
{
    if (!s->ch->http.has_password) {
        TRY(tell_power(s, STR("no password"), "whoever reaches the server's port is this account",
                       STR("the login was made without one"), err));
    }
    TRY(s->ch->has_grants ? tell_granted(s, err) : tell_unrestricted(s, err));
    bool can = false;
    TRY(try_read(s, STR("SELECT query_id, '.' FROM system.query_log LIMIT 0"), &can, err));
    if (can) {
        TRY(tell_power(s, STR("system.query_log"), "reads the statements of all accounts",
                       STR("it can be selected from"), err));
    }
    return 0;
}

/* ---- tables ---- */

/* A view shows what its tables hold; the others may hold rows that nobody sees here. */
static const char *why_partial(const struct survey *s, const struct clickhouse_table *table)
{
    if (table->engine == CLICKHOUSE_VIEW) {
        return "a view: reading it may ask other systems; it was not read";
    }
    if (!clickhouse_is_own(table->engine)) {
        return "its rows may be on another system, which was not asked";
    }
    if (s->ch->may_cut[0] != '\0') {
        return s->ch->may_cut;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].is_computed) {
            return "computing some of its columns may ask other systems; they were not read";
        }
    }
    return s->has_policies ? "row policies may hide rows" : NULL;
}

static const char *why_unreadable(const struct clickhouse_table *table)
{
    if (table->engine == CLICKHOUSE_CONSUMED) {
        return "reading it would take its messages or run a program; not done";
    }
    return table->column_count == 0 ? "the server shows none of its columns" : NULL;
}

/* LIMIT 0 of all its readable columns; only where the rights that are shown do not settle it. */
static int probe(struct survey *s, struct clickhouse_table *table, bool *ret_can, struct err *err)
{
    bool found = false;
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        count += table->columns[i].is_readable ? 1 : 0;
    }
    OWN(own_buf) struct buf sql = {0};
    OWN(own_arena) struct arena scratch;
    arena_init(&scratch, 1 << 20);
    clickhouse_put_select(&sql, table);
    buf_puts(&sql, " LIMIT 0");
    TRY(buf_check(&sql, err));
    struct str *room = ARENA_NEW(&scratch, struct str, count + 1, err);
    int result = room == NULL ? -1 : clickhouse_first(s->ch, buf_str(&sql), count, &scratch, room, &found, err);
    *ret_can = result == 0;
    return s->ch->http.code != 0 ? 0 : result;
}

static int find_rights(struct survey *s, struct clickhouse_table *table, const char **ret_unreadable, struct err *err)
{
    *ret_unreadable = why_unreadable(table);
    if (*ret_unreadable != NULL || !s->ch->has_grants) {
        return 0;
    }
    size_t asked = 0, granted = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        struct clickhouse_column *column = &table->columns[i];
        bool is_granted = grants_select(&s->grants, table->database, table->name, column->name);
        asked += column->is_readable ? 1 : 0;
        granted += column->is_readable && is_granted ? 1 : 0;
        column->is_readable = column->is_readable && (is_granted || s->grants.is_partial);
    }
    bool can = granted > 0;
    bool is_own = clickhouse_is_own(table->engine);
    if (granted < asked && s->grants.is_partial && is_own) {
        TRY(probe(s, table, &can, err));
        for (size_t i = 0; !can && i < table->column_count; i++) { /* at least what the grants say */
            struct clickhouse_column *column = &table->columns[i];
            column->is_readable =
                column->is_readable && grants_select(&s->grants, table->database, table->name, column->name);
        }
        can |= granted > 0;
    }
    *ret_unreadable = can                               ? NULL
                      : s->grants.is_partial && !is_own ? "not all rights of its roles are shown"
                                                        : "no right to read it";
    return 0;
}

static int tell_table(struct survey *s, struct clickhouse_table *table, struct arena *scratch, struct err *err)
{
    const char *unreadable;
    TRY(find_rights(s, table, &unreadable, err));
    struct survey_column *columns = ARENA_NEW(scratch, struct survey_column, table->column_count + 1, err);
    if (columns == NULL) {
        return -1;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        table->columns[i].is_readable &= unreadable == NULL;
        columns[i] =
            (struct survey_column){table->columns[i].name, table->columns[i].type, table->columns[i].is_readable};
    }
    struct survey_table out = {
        .database = table->database,
        .name = table->name,
        .columns = columns,
        .column_count = table->column_count,
        .rows = table->rows,
        .rows_kind = table->rows_known ? SURVEY_ROWS_EXACT : SURVEY_ROWS_UNKNOWN,
        .bytes = table->bytes,
        .bytes_known = table->bytes_known,
        .is_view = table->engine == CLICKHOUSE_VIEW,
        .unreadable = str_of(unreadable),
        .partial = str_of(why_partial(s, table)),
        .handle = table,
    };
    return s->sink->table(s->sink->self, &out, err);
}

static int tell_tables(struct survey *s, struct str database, struct err *err)
{
    OWN(own_arena) struct arena page;
    OWN(own_buf) struct buf after = {0};
    arena_init(&page, CLICKHOUSE_PAGE_BYTES);
    for (size_t count = CLICKHOUSE_PAGE_TABLES; count == CLICKHOUSE_PAGE_TABLES;) {
        struct clickhouse_table *tables;
        arena_clear(&page);
        TRY(clickhouse_page(s->ch, database, buf_str(&after), &page, &tables, &count, err));
        for (size_t i = 0; i < count; i++) {
            TRY(tell_table(s, &tables[i], &page, err));
        }
        buf_reset(&after);
        buf_put(&after, count > 0 ? tables[count - 1].name : STR(""));
        TRY(buf_check(&after, err));
    }
    return 0;
}

static void find_scope(const struct survey *s, struct survey_database *out)
{
    out->scope = SURVEY_SCOPE_UNKNOWN;
    if (!s->ch->has_grants) {
        out->scope = SURVEY_SCOPE_WHOLE;
        out->why = STR("this version gives whole databases, and shows those it gives");
    } else if (grants_show_all(&s->grants, out->name)) {
        out->scope = SURVEY_SCOPE_WHOLE;
        out->why = str_slice(grants_why(&s->grants, out->name), 0, 300);
    } else if (s->grants.is_partial) {
        out->why = STR("not all rights of its roles are shown");
    } else {
        out->why = STR("no right over the whole database: only tables with a right are shown");
    }
}

static int tell_databases(struct survey *s, struct err *err)
{
    OWN(own_arena) struct arena keep;
    arena_init(&keep, CLICKHOUSE_PAGE_BYTES);
    struct clickhouse_database *databases;
    size_t count;
    TRY(clickhouse_databases(s->ch, &keep, &databases, &count, err));
    for (size_t i = 0; i < count; i++) {
        struct survey_database out = {.name = databases[i].name, .is_system = clickhouse_is_system(databases[i].name)};
        bool elsewhere = clickhouse_is_elsewhere(databases[i].engine);
        if (elsewhere) {
            out.why = STR("its tables lie on another server, which is not asked");
        } else {
            find_scope(s, &out);
        }
        TRY(s->sink->database(s->sink->self, &out, err));
        if (!elsewhere && !out.is_system) {
            TRY(tell_tables(s, out.name, err));
        }
    }
    return 0;
}

/* ---- all of it ---- */

static int learn_policies(struct survey *s, struct err *err)
{
    struct str cells[2];
    bool found = false;
    int result = clickhouse_first(s->ch, STR("SELECT count(), '.' FROM system.row_policies"), 1, &s->grants.arena,
                                  cells, &found, err);
    int code = s->ch->http.code;
    bool is_none = result == 0 && found && str_eq(cells[0], STR("0"));
    s->has_policies = code != CLICKHOUSE_UNKNOWN_TABLE && !is_none;
    return result == 0 || code != 0 ? 0 : result;
}

static int survey_all(struct survey *s, struct err *err)
{
    if (s->ch->has_grants) {
        TRY(learn_grants(s, err));
        TRY(learn_policies(s, err));
    }
    const char *hidden = !s->ch->has_grants                   ? "this version shows an account its own databases only"
                         : !grants_show_databases(&s->grants) ? "databases without a right of the account are not shown"
                                                              : NULL;
    struct survey_server server = {
        .product = STR("ClickHouse"),
        .hidden = hidden,
        .version = str_of(s->ch->version),
        .account = str_of(s->ch->account),
        .reading = s->ch->reading,
        .is_super = s->ch->has_grants && grants_are_all(&s->grants) && !s->grants.is_partial,
    };
    TRY(s->sink->server(s->sink->self, &server, err));
    TRY(tell_powers(s, err));
    return tell_databases(s, err);
}

int clickhouse_survey(void *state, const struct survey_sink *sink, struct err *err)
{
    struct survey survey = {.ch = state, .sink = sink};
    int result = grants_open(&survey.grants, err);
    result = result == 0 ? survey_all(&survey, err) : result;
    grants_close(&survey.grants);
    return result;
}

/* ---- rows of a table ---- */

/* Each row is taken or not by its own lot; then three standard deviations less than asked for, so that LIMIT, which would
 * prefer the first parts, cuts one sample in a thousand. */
static uint64_t lot_of(uint64_t rows, uint64_t max_rows)
{
    uint64_t spread = 1;
    while (spread * spread < max_rows) {
        spread++;
    }
    uint64_t wanted = max_rows > 3 * spread ? max_rows - 3 * spread : 1;
    return rows / wanted + 1;
}

/* Hands on at most max rows, and knows whether one more came. */
struct first_rows {
    const struct source_sink *sink;
    uint64_t max, seen;
};

static int hand_on(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    struct first_rows *first = self;
    uint64_t room = first->seen < first->max ? first->max - first->seen : 0;
    first->seen += rows;
    size_t wanted = rows < room ? rows : (size_t)room;
    return wanted == 0 ? 0 : first->sink->rows(first->sink->self, cells, wanted, columns, err);
}

static int refuse_to_read(const struct clickhouse *ch, const struct clickhouse_table *table, struct err *err)
{
    return err_set(err, ERR_USAGE, "%s: %.*s (%.*s): reading it may ask other systems; it was not read", ch->http.where,
                   STR_FMT(table->name), STR_FMT(table->engine_name));
}

int clickhouse_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                      const char **ret_how, struct err *err)
{
    struct clickhouse *ch = state;
    const struct clickhouse_table *own = table->handle;
    size_t columns = 0;
    for (size_t i = 0; i < own->column_count; i++) {
        columns += own->columns[i].is_readable ? 1 : 0;
    }
    if (!clickhouse_is_own(own->engine) || columns == 0) {
        return refuse_to_read(ch, own, err);
    }
    OWN(own_buf) struct buf sql = {0};
    clickhouse_put_select(&sql, own);
    bool is_random =
        own->engine == CLICKHOUSE_MERGE_TREE && own->rows_known && own->rows > max_rows && own->rows <= SCAN_ROWS_MAX;
    if (is_random) {
        buf_printf(&sql, " PREWHERE rand() %% %llu = 0", (unsigned long long)lot_of(own->rows, max_rows));
    }
    struct first_rows first = {sink, max_rows, 0};
    struct source_sink counting = {&first, hand_on};
    buf_printf(&sql, " LIMIT %llu", (unsigned long long)max_rows + (max_rows < UINT64_MAX ? 1 : 0));
    TRY(buf_check(&sql, err));
    TRY(clickhouse_rows(ch, buf_str(&sql), columns, &counting, err));
    bool is_end =
        first.seen <= max_rows && ch->may_cut[0] == '\0'; /* the end was seen, not concluded from statistics */
    *ret_how = !is_end ? "the first rows" : is_random ? "random rows" : "all rows";
    return 0;
}

struct counted {
    uint64_t rows;
    bool found;
};

static int on_count(void *self, const struct str *cells, struct err *err)
{
    struct counted *counted = self;
    (void)err;
    counted->found = str_u64(cells[0], &counted->rows);
    return 0;
}

int clickhouse_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err)
{
    struct clickhouse *ch = state;
    const struct clickhouse_table *own = table->handle;
    if (!clickhouse_is_own(own->engine)) {
        return refuse_to_read(ch, own, err);
    }
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "SELECT count(), '.' FROM ");
    clickhouse_put_name(&sql, own->database);
    buf_putc(&sql, '.');
    clickhouse_put_name(&sql, own->name);
    TRY(buf_check(&sql, err));
    struct counted counted = {0};
    struct clickhouse_lines lines = {&counted, on_count};
    TRY(clickhouse_http_ask(&ch->http, buf_str(&sql), 1, true, &lines, err));
    if (!counted.found) {
        return err_set(err, ERR_FORMAT, "%s: a count that is no number", ch->http.where);
    }
    *ret_rows = counted.rows;
    return 0;
}
