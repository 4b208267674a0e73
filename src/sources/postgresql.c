/* PostgreSQL through libpq: coming in, and tables read whole. One REPEATABLE READ READ ONLY transaction with a statement timeout; rows come as
 * COPY (SELECT ...) TO STDOUT, which the server sends as fast as it reads.
 *
 * A password never stands in a URI, where it would be in a process list: libpq takes it from ~/.pgpass, PGPASSFILE
 * or PGPASSWORD. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/postgresql.h"
#include "sources/postgresql_binary.h"

#include "base/banned.h"

enum { CONNECT_SECONDS = 15, STATEMENT_SECONDS = 30 * 60 };

static const char settings[] =
    "SET client_encoding = 'UTF8'; SET datestyle = 'ISO'; SET timezone = 'UTC'; SET intervalstyle = 'postgres'; "
    "SET bytea_output = 'hex'; SET extra_float_digits = 1; SET lock_timeout = '10s'; "
    "SET idle_in_transaction_session_timeout = '30min'; SET search_path = pg_catalog; SET row_security = off; "
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";

static const char list_tables[] =
    "SELECT n.nspname, c.relname, CASE WHEN NOT (has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')) THEN 'r' "
    "WHEN c.relkind = 'f' THEN 'f' WHEN " POSTGRESQL_HAS_FOREIGN_PART
    " THEN 'p' WHEN row_security_active(c.oid) THEN 's' ELSE '' END, " POSTGRESQL_IS_BUILT_IN
    ", a.attname, format('%I.%I', n.nspname, c.relname), a.atttypid "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid "
    "WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' "
    "ORDER BY n.nspname, c.relname, c.oid, a.attnum";

/* While coming in, the server's words are told: they are about the account. libpq's message is several lines; the first says it. */
static int fail_to_connect(const struct postgresql *pg, struct err *err)
{
    struct str line = str_trim(str_cut(str_of(PQerrorMessage(pg->connection)), '\n').head);
    return err_set(err, ERR_IO, "%s: %.*s", pg->where, STR_FMT(line));
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
static int prepare(struct postgresql *pg, const struct source_login *login, struct err *err)
{
    pg->seconds = login != NULL && login->statement_seconds != 0 ? login->statement_seconds : STATEMENT_SECONDS;
    if (PQsetnonblocking(pg->connection, 1) != 0) {
        return postgresql_fail(pg, NULL, err);
    }
    TRY(postgresql_run(pg, settings, err));
    TRY(postgresql_limit_session(pg, err));
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

/* Did the login that was given open the door? Over a socket the server can know who asks (peer), and what that one may read says
 * nothing about the login. Over the network nobody is known: a server that asks for no password lets anybody in. */
static int look_who_opened(struct postgresql *pg, const struct source_login *login, struct err *err)
{
    if (login == NULL || login->password == NULL || PQconnectionUsedPassword(pg->connection) != 0) {
        return 0;
    }
    const char *host = PQhost(pg->connection);
    if (host == NULL || host[0] == '\0' || host[0] == '/' || host[0] == '@') {
        return err_set(err, ERR_IO, "%s: the server let this machine's own account in without asking for the password",
                       pg->where);
    }
    pg->asked_no_password = true;
    return 0;
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
        bool is_given = login != NULL && login->password != NULL;
        const char *none = is_given ? "/nonexistent/none" : NULL; /* no certificate or ticket of the examiner's */
        const char *const keys[] = {
            "dbname", "fallback_application_name", "connect_timeout", "password", "sslcert", "gssencmode", "krbsrvname",
            NULL};
        const char *const values[] = {uri,
                                      "assay",
                                      seconds,
                                      is_given ? login->password : NULL,
                                      none,
                                      is_given ? "disable" : NULL,
                                      is_given ? "none" : NULL,
                                      NULL};
        pg->connection = PQconnectdbParams(keys, values, 1);
        result = PQstatus(pg->connection) == CONNECTION_OK ? look_who_opened(pg, login, err) : fail_to_connect(pg, err);
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

const char *postgresql_never(char why)
{
    switch (why) {
    case 'f':
        return "a foreign table: reading it would make the server ask another one";
    case 'p':
        return "a part of it is a foreign table: reading it would make the server ask another one";
    case 's':
        return "row-level security: reading it would run its policies";
    case 'v':
        return "a view: reading it could run functions; its tables are read instead";
    case 'r':
        return "no right to read it";
    default:
        return NULL;
    }
}

/* Rows [from, to) of the list are the columns of one table. Those of a type whose values only code of this database can write are
 * passed over. */
static int add_table(struct postgresql *pg, const PGresult *result, int from, int to, struct err *err)
{
    struct source_table *table = &pg->tables[pg->table_count];
    struct str *columns = ARENA_NEW(&pg->arena, struct str, (size_t)(to - from), err);
    char *kinds = ARENA_NEW(&pg->arena, char, (size_t)(to - from) + 1, err);
    size_t count = 0;
    for (int row = from; columns != NULL && kinds != NULL && row < to; row++) {
        if (PQgetvalue(result, row, 3)[0] != 't') {
            continue;
        }
        columns[count] = arena_str(&pg->arena, postgresql_field(result, row, 4), err);
        char kind = postgresql_binary_kind(postgresql_field(result, row, 6));
        kinds[count] = kind != 0 ? kind : ' ';
        TRY(columns[count++].data == NULL);
    }
    OWN(own_buf) struct buf name = {0};
    bool is_public = str_eq(postgresql_field(result, from, 0), STR("public"));
    buf_printf(&name, "%s%s%s", is_public ? "" : PQgetvalue(result, from, 0), is_public ? "" : ".",
               PQgetvalue(result, from, 1));
    TRY(buf_check(&name, err));
    const char *never = postgresql_never(PQgetvalue(result, from, 2)[0]);
    never = never == NULL && count == 0 ? "its columns have types of this database's own making" : never;
    *table = (struct source_table){arena_str(&pg->arena, buf_str(&name), err), columns, count, never, NULL};
    pg->from[pg->table_count] = arena_str(&pg->arena, postgresql_field(result, from, 5), err);
    if (columns == NULL || kinds == NULL || table->name.data == NULL || pg->from[pg->table_count].data == NULL) {
        return -1;
    }
    pg->kinds[pg->table_count] = kinds;
    pg->table_count++;
    return 0;
}

static int postgresql_tables(void *state, const struct source_table **ret_tables, size_t *ret_count, struct err *err)
{
    struct postgresql *pg = state;
    OWN(own_result) PGresult *result = NULL;
    TRY(postgresql_ask(pg, list_tables, NULL, 0, &result, err));
    int rows = PQntuples(result);
    pg->tables = ARENA_NEW(&pg->arena, struct source_table, (size_t)rows + 1, err);
    pg->from = ARENA_NEW(&pg->arena, struct str, (size_t)rows + 1, err);
    pg->kinds = ARENA_NEW(&pg->arena, const char *, (size_t)rows + 1, err);
    if (pg->tables == NULL || pg->from == NULL || pg->kinds == NULL) {
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

/* Others speak the protocol too, and may not know the form; in PostgreSQL itself times have been whole numbers since version 10. */
static bool knows_binary(const struct postgresql *pg)
{
    const char *whole = PQparameterStatus(pg->connection, "integer_datetimes");
    return PQserverVersion(pg->connection) >= 100000 && whole != NULL && str_eq(str_of(whole), STR("on")) &&
           PQparameterStatus(pg->connection, "crdb_version") == NULL;
}

/* In binary form where all columns' is known: the server then has less to do than for text. */
static int postgresql_read_columns(void *state, const struct source_table *table, const bool *wanted,
                                   const struct source_sink *sink, struct err *err)
{
    struct postgresql *pg = state;
    OWN(own_buf) struct buf sql = {0};
    OWN(own_buf) struct buf kinds = {0};
    buf_puts(&sql, "COPY (SELECT ");
    for (size_t i = 0; i < table->column_count; i++) {
        if (wanted == NULL || wanted[i]) {
            buf_puts(&sql, kinds.len == 0 ? "" : ", ");
            postgresql_name(&sql, table->columns[i]);
            buf_putc(&kinds, pg->kinds[table - pg->tables][i]);
        }
    }
    buf_putc(&kinds, '\0');
    TRY(buf_check(&kinds, err));
    bool is_binary = knows_binary(pg) && memchr(kinds.data, ' ', kinds.len) == NULL;
    buf_puts(&sql, " FROM ");
    buf_put(&sql, pg->from[table - pg->tables]);
    buf_puts(&sql, is_binary ? ") TO STDOUT (FORMAT binary)" : ") TO STDOUT");
    TRY(buf_check(&sql, err));
    return postgresql_stream(pg, sql.data, table->column_count, wanted, is_binary ? kinds.data : NULL, sink, err);
}

static int postgresql_read(void *state, const struct source_table *table, const struct source_sink *sink,
                           struct err *err)
{
    return postgresql_read_columns(state, table, NULL, sink, err);
}

const struct source_driver postgresql_driver = {
    .scheme = "postgresql://",
    .open = postgresql_open,
    .tables = postgresql_tables,
    .read = postgresql_read,
    .close = postgresql_close,
    .read_columns = postgresql_read_columns,
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
    .read_columns = postgresql_read_columns,
    .survey = postgresql_survey,
    .sample = postgresql_sample,
    .count = postgresql_count,
};
