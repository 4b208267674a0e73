/* PostgreSQL through libpq. One REPEATABLE READ READ ONLY transaction with a statement timeout; rows come as
 * COPY (SELECT ...) TO STDOUT, which the server sends as fast as it reads.
 *
 * A password never stands in a URI, where it would be in a process list: libpq takes it from ~/.pgpass, PGPASSFILE
 * or PGPASSWORD. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/sql.h"
#include "sources/postgresql.h"
#include "sources/rows.h"

#include "base/banned.h"

enum { CONNECT_SECONDS = 15, STATEMENT_SECONDS = 30 * 60 };

static const char settings[] =
    "SET client_encoding = 'UTF8'; SET datestyle = 'ISO'; SET timezone = 'UTC'; SET intervalstyle = 'postgres'; "
    "SET bytea_output = 'hex'; SET extra_float_digits = 1; SET lock_timeout = '10s'; "
    "SET idle_in_transaction_session_timeout = '30min'; SET search_path = pg_catalog; "
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";

static const char list_tables[] =
    "SELECT n.nspname, c.relname, has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), c.relrowsecurity, a.attname, "
    "format('%I.%I', n.nspname, c.relname), quote_ident(a.attname) "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' "
    "ORDER BY n.nspname, c.relname, c.oid, a.attnum";

/* libpq's message is several lines; the first says it. */
int postgresql_fail(const struct postgresql *pg, const PGresult *result, struct err *err)
{
    const char *text = result != NULL ? PQresultErrorMessage(result) : PQerrorMessage(pg->connection);
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    struct str line = str_trim(str_cut(str_of(text), '\n').head);
    bool is_timeout = state != NULL && str_eq(str_of(state), STR("57014"));
    return err_set(err, is_timeout ? ERR_LIMIT : ERR_IO, "%s: %.*s", pg->where, STR_FMT(line));
}

void own_result(PGresult **result)
{
    PQclear(*result);
}

int postgresql_run(const struct postgresql *pg, const char *sql, struct err *err)
{
    OWN(own_result) PGresult *result = PQexec(pg->connection, sql);
    return PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : postgresql_fail(pg, result, err);
}

int postgresql_ask(const struct postgresql *pg, const char *sql, const char *const *parameters, int count,
                   PGresult **ret_result, struct err *err)
{
    OWN(own_result) PGresult *result = PQexecParams(pg->connection, sql, count, NULL, parameters, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        return postgresql_fail(pg, result, err);
    }
    *ret_result = result;
    result = NULL;
    return 0;
}

int postgresql_begin(const struct postgresql *pg, struct err *err)
{
    return postgresql_run(pg, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
}

void postgresql_name(struct buf *sql, struct str name)
{
    buf_putc(sql, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '"') {
            buf_putc(sql, '"');
        }
        buf_putc(sql, name.data[i]);
    }
    buf_putc(sql, '"');
}

/* Every statement has an end that the server keeps, so that one whose asker has died does not run on; from version 14
 * the server also looks whether the asker is still there. */
static int prepare(const struct postgresql *pg, const struct source_login *login, struct err *err)
{
    unsigned seconds = login != NULL && login->statement_seconds != 0 ? login->statement_seconds : STATEMENT_SECONDS;
    char limit[96];
    (void)snprintf(limit, sizeof limit, "SET statement_timeout = '%us'", seconds);
    TRY(postgresql_run(pg, settings, err));
    TRY(postgresql_run(pg, limit, err));
    if (PQserverVersion(pg->connection) >= 140000) {
        (void)!postgresql_run(pg, "SET client_connection_check_interval = '5s'", NULL);
    }
    return postgresql_begin(pg, err);
}

static void postgresql_close(void *state)
{
    struct postgresql *pg = state;
    if (pg != NULL) {
        PQfinish(pg->connection);
        arena_clear(&pg->arena);
        free(pg);
    }
}

/* Notices of the server are none of our output. */
static void drop_notice(void *self, const PGresult *result)
{
    (void)self, (void)result;
}

static int postgresql_open(const char *uri, const struct source_login *login, void **ret_state, struct err *err)
{
    struct postgresql *pg = calloc(1, sizeof(*pg));
    if (pg == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to open a database");
    }
    arena_init(&pg->arena, 0);
    source_display(uri, pg->where, sizeof(pg->where));
    int result = 0;
    if (!str_eq(str_of(pg->where), str_of(uri)) || str_find_nocase(str_of(uri), STR("password="), 0) != SIZE_MAX) {
        result = err_set(err, ERR_USAGE, "%s: a password does not belong in a URI", pg->where);
        (void)err_remedy(err, "leave it out, and put it into ~/.pgpass (or the file that PGPASSFILE names)");
    }
    if (result == 0) {
        char seconds[16];
        unsigned wait = login != NULL && login->connect_seconds != 0 ? login->connect_seconds : CONNECT_SECONDS;
        (void)snprintf(seconds, sizeof seconds, "%u", wait);
        /* what comes later wins; a NULL value is as if it were not there */
        const char *const keys[] = {"dbname", "fallback_application_name", "connect_timeout", "password", NULL};
        const char *const values[] = {uri, "assay", seconds, login != NULL ? login->password : NULL, NULL};
        pg->connection = PQconnectdbParams(keys, values, 1);
        result = PQstatus(pg->connection) == CONNECTION_OK ? 0 : postgresql_fail(pg, NULL, err);
    }
    if (result == 0) {
        PQsetNoticeReceiver(pg->connection, drop_notice, NULL);
        result = prepare(pg, login, err);
    }
    if (result != 0) {
        postgresql_close(pg);
        return -1;
    }
    *ret_state = pg;
    return 0;
}

struct str postgresql_field(const PGresult *result, int row, int column)
{
    return (struct str){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
}

static bool same_table(const PGresult *result, int a, int b)
{
    return str_eq(postgresql_field(result, a, 5), postgresql_field(result, b, 5));
}

/* Rows [from, to) of the list are the columns of one table. */
static int add_table(struct postgresql *pg, const PGresult *result, int from, int to, struct err *err)
{
    struct source_table *table = &pg->tables[pg->table_count];
    struct str *columns = ARENA_NEW(&pg->arena, struct str, (size_t)(to - from), err);
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "COPY (SELECT ");
    for (int row = from; columns != NULL && row < to; row++) {
        columns[row - from] = arena_str(&pg->arena, postgresql_field(result, row, 4), err);
        buf_printf(&sql, "%s%s", row == from ? "" : ", ", PQgetvalue(result, row, 6));
        if (columns[row - from].data == NULL) {
            return -1;
        }
    }
    buf_printf(&sql, " FROM %s) TO STDOUT", PQgetvalue(result, from, 5));
    OWN(own_buf) struct buf name = {0};
    bool is_public = str_eq(postgresql_field(result, from, 0), STR("public"));
    buf_printf(&name, "%s%s%s", is_public ? "" : PQgetvalue(result, from, 0), is_public ? "" : ".",
               PQgetvalue(result, from, 1));
    TRY(buf_check(&sql, err));
    TRY(buf_check(&name, err));
    bool allowed = PQgetvalue(result, from, 2)[0] == 't';
    *table = (struct source_table){arena_str(&pg->arena, buf_str(&name), err), columns, (size_t)(to - from),
                                   allowed ? NULL : "no right to read it"};
    pg->queries[pg->table_count] = arena_str(&pg->arena, buf_str(&sql), err);
    if (columns == NULL || table->name.data == NULL || pg->queries[pg->table_count].data == NULL) {
        return -1;
    }
    pg->table_count++;
    return 0;
}

static int postgresql_tables(void *state, const struct source_table **ret_tables, size_t *ret_count, struct err *err)
{
    struct postgresql *pg = state;
    OWN(own_result) PGresult *result = PQexec(pg->connection, list_tables);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        return postgresql_fail(pg, result, err);
    }
    int rows = PQntuples(result);
    pg->tables = ARENA_NEW(&pg->arena, struct source_table, (size_t)rows + 1, err);
    pg->queries = ARENA_NEW(&pg->arena, struct str, (size_t)rows + 1, err);
    if (pg->tables == NULL || pg->queries == NULL) {
        return -1;
    }
    for (int from = 0, to; from < rows; from = to) {
        for (to = from + 1; to < rows && same_table(result, from, to);) {
            to++;
        }
        TRY(add_table(pg, result, from, to, err));
    }
    *ret_tables = pg->tables;
    *ret_count = pg->table_count;
    return 0;
}

static int put_row(struct rows *rows, struct str *cells, char *line, size_t len, struct err *err)
{
    size_t count = sql_copy_line(line, line + len - (len > 0 && line[len - 1] == '\n'), cells, rows->columns);
    if (count != rows->columns) {
        return err_set(err, ERR_FORMAT, "the server sent %zu values for %zu columns", count, rows->columns);
    }
    for (size_t i = 0; i < count; i++) {
        bool is_bytea = cells[i].len >= 2 && cells[i].data[0] == '\\' && cells[i].data[1] == 'x';
        if (cells[i].data == NULL) {
            rows_null(rows);
        } else {
            rows_text(rows, is_bytea ? str_slice(cells[i], 2, cells[i].len) : cells[i]);
        }
    }
    return rows_end(rows, err);
}

/* Leaves the connection usable: a COPY that was not read to its end is cancelled and drained. */
static void stop_copy(PGconn *connection)
{
    char complaint[256];
    PGcancel *cancel = PQgetCancel(connection);
    (void)PQcancel(cancel, complaint, sizeof(complaint));
    PQfreeCancel(cancel);
    char *line = NULL;
    while (PQgetCopyData(connection, &line, 0) > 0) {
        PQfreemem(line);
    }
}

static int finish_copy(struct postgresql *pg, struct err *err)
{
    int outcome = 0;
    for (PGresult *end = PQgetResult(pg->connection); end != NULL; end = PQgetResult(pg->connection)) {
        if (outcome == 0 && PQresultStatus(end) != PGRES_COMMAND_OK) {
            outcome = postgresql_fail(pg, end, err);
        }
        PQclear(end);
    }
    return outcome;
}

int postgresql_stream(struct postgresql *pg, const char *copy, size_t columns, const struct source_sink *sink,
                      struct err *err)
{
    OWN(own_result) PGresult *start = PQexec(pg->connection, copy);
    if (PQresultStatus(start) != PGRES_COPY_OUT) {
        return postgresql_fail(pg, start, err);
    }
    OWN(own_mem) struct str *cells = calloc(columns + 1, sizeof(*cells));
    OWN(own_rows) struct rows rows;
    int outcome = rows_open(&rows, sink, columns, err);
    outcome = outcome == 0 && cells == NULL ? err_set(err, ERR_LIMIT, "no memory for a row") : outcome;
    char *line = NULL;
    int len = 0;
    while (outcome == 0 && (len = PQgetCopyData(pg->connection, &line, 0)) > 0) {
        outcome = put_row(&rows, cells, line, (size_t)len, err);
        PQfreemem(line);
    }
    outcome = outcome == 0 ? rows_flush(&rows, err) : outcome;
    if (outcome != 0) {
        stop_copy(pg->connection);
        (void)finish_copy(pg, NULL);
        return -1;
    }
    return len == -2 ? postgresql_fail(pg, NULL, err) : finish_copy(pg, err);
}

static int postgresql_read(void *state, const struct source_table *table, const struct source_sink *sink,
                           struct err *err)
{
    struct postgresql *pg = state;
    return postgresql_stream(pg, pg->queries[table - pg->tables].data, table->column_count, sink, err);
}

const struct source_driver postgresql_driver = {
    .scheme = "postgresql://",
    .open = postgresql_open,
    .tables = postgresql_tables,
    .read = postgresql_read,
    .close = postgresql_close,
    .survey = postgresql_survey,
    .sample = postgresql_sample,
    .count = postgresql_count,
};
const struct source_driver postgres_driver = {
    .scheme = "postgres://",
    .open = postgresql_open,
    .tables = postgresql_tables,
    .read = postgresql_read,
    .close = postgresql_close,
    .survey = postgresql_survey,
    .sample = postgresql_sample,
    .count = postgresql_count,
};
