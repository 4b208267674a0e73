/* What a PostgreSQL account can reach: this database's tables and columns, and the names of the other databases, each of which needs
 * a connection of its own. The catalogue hides nothing, so the list is complete; what can be read of it is asked table by
 * table. Sizes are those of the last ANALYZE; a partitioned table stands for its partitions.
 *
 * Tables come in pages along an index of pg_class (name, schema), so that many of them take the memory of one page. */
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/postgresql.h"

#include "base/banned.h"

enum { TABLES_PAGE = 1000, DATABASES_PAGE = 1000, COLUMNS_MAX = 4096 };

/* Columns of list_page. */
enum {
    P_OID,
    P_SCHEMA,
    P_NAME,
    P_SCHEMA_OID,
    P_KIND,
    P_ENTERS,
    P_HIDES,
    P_ROWS,
    P_PAGES,
    P_BYTES,
    P_FROM,
    P_VIA,
    P_READER,
    P_FOREIGN,
    P_COUNT
};

/* $1, $2: name and schema behind which the page begins; $3: roles it must take on to have their rights. A partition is listed only
 * where it can be read and what it is a part of cannot. Before version 14, 0 rows in 0 pages meant that nobody had looked. */
static const char list_page[] =
    "SELECT c.oid, n.nspname, c.relname, n.oid, c.relkind, has_schema_privilege(via.reader, n.oid, 'USAGE'), "
    "CASE WHEN via.role IS NULL THEN row_security_active(c.oid) ELSE c.relrowsecurity AND (c.relforcerowsecurity OR NOT pg_has_role(via.role, c.relowner, 'USAGE')) "
    "AND NOT EXISTS (SELECT FROM pg_roles b WHERE b.oid = via.role AND (b.rolsuper OR b.rolbypassrls)) END, "
    "CASE WHEN s.unknown THEN NULL ELSE s.rows END, CASE WHEN s.unknown THEN NULL ELSE s.pages END, "
    "CASE WHEN s.unknown THEN NULL ELSE s.all_pages * current_setting('block_size')::int8 END, "
    "CASE WHEN c.relkind = 'r' THEN 'ONLY ' ELSE '' END || format('%I.%I', n.nspname, c.relname), "
    "(SELECT quote_ident(rolname) FROM pg_roles WHERE oid = via.role), via.reader, " POSTGRESQL_HAS_FOREIGN_PART " "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "CROSS JOIN LATERAL (SELECT CASE WHEN has_any_column_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') THEN NULL ELSE "
    "(SELECT r FROM unnest($3::oid[]) r WHERE has_any_column_privilege(r, c.oid, 'SELECT') AND has_schema_privilege(r, n.oid, 'USAGE') LIMIT 1) END) v(role) "
    "CROSS JOIN LATERAL (SELECT v.role, coalesce(v.role, (SELECT oid FROM pg_roles WHERE rolname = current_user))) via(role, reader) "
    "CROSS JOIN LATERAL (WITH RECURSIVE leaf(oid, relkind) AS (SELECT c.oid, c.relkind UNION ALL "
    "SELECT k.oid, k.relkind FROM leaf JOIN pg_inherits i ON i.inhparent = leaf.oid JOIN pg_class k ON k.oid = i.inhrelid WHERE leaf.relkind = 'p') "
    "SELECT bool_or(l.reltuples < 0 OR (l.reltuples = 0 AND l.relpages = 0 AND current_setting('server_version_num')::int < 140000)) IS NOT FALSE, "
    "sum(l.reltuples::float8), sum(l.relpages::int8), sum(l.relpages::int8 + coalesce(t.relpages, 0) + "
    "coalesce((SELECT sum(x.relpages) FROM pg_index p JOIN pg_class x ON x.oid = p.indexrelid WHERE p.indrelid IN (l.oid, l.reltoastrelid)), 0)) "
    "FROM leaf JOIN pg_class l ON l.oid = leaf.oid LEFT JOIN pg_class t ON t.oid = l.reltoastrelid WHERE l.relkind IN ('r', 'm')) s(unknown, rows, pages, all_pages) "
    "WHERE (c.relname, c.relnamespace) > ($1::name, $2::oid) AND c.relkind IN ('r', 'p', 'm', 'f', 'v') "
    "AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' "
    "AND (NOT c.relispartition OR (has_any_column_privilege(c.oid, 'SELECT') AND NOT EXISTS "
    "(SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid AND has_any_column_privilege(i.inhparent, 'SELECT')))) "
    "ORDER BY c.relname, c.relnamespace LIMIT 1000";

/* $1: tables; $2: as whom each is read. The last: a letter, how it is read (postgresql_sample.c). */
static const char list_columns[] =
    "SELECT u.n, a.attname, format_type(a.atttypid, a.atttypmod), has_column_privilege(u.reader, a.attrelid, a.attnum, 'SELECT'), "
    "CASE WHEN NOT " POSTGRESQL_IS_BUILT_IN
    " THEN 'n' WHEN a.atttypid = 17 THEN 'b' WHEN a.atttypid IN (25, 1043) THEN 't' "
    "WHEN a.atttypid IN (114, 142, 1042, 3802) OR t.typcategory = 'A' OR (a.atttypid >= 16384 AND t.typtype <> 'e') THEN 'f' ELSE 'a' END "
    "FROM unnest($1::oid[], $2::oid[]) WITH ORDINALITY u(oid, reader, n) JOIN pg_attribute a ON a.attrelid = u.oid JOIN pg_type t ON t.oid = a.atttypid "
    "WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY u.n, a.attnum";

/* $1: tables that were never analysed: what their files take. It waits for locks, so it may fail; then sizes are unknown. */
static const char list_files[] =
    "SELECT u.n, pg_total_relation_size(u.oid) FROM unnest($1::oid[]) WITH ORDINALITY u(oid, n) ORDER BY u.n";

struct page {
    PGresult *tables, *columns, *files;
};

static void own_page(struct page *page)
{
    PQclear(page->tables);
    PQclear(page->columns);
    PQclear(page->files);
}

static bool is_true(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column)[0] == 't';
}

/* {1,2,3}: one column of a result as an array */
static int put_array(struct buf *out, const PGresult *result, int column, bool only_unknown, struct err *err)
{
    buf_putc(out, '{');
    for (int row = 0; row < PQntuples(result); row++) {
        bool is_asked = !only_unknown ||
                        (PQgetisnull(result, row, P_BYTES) && strchr("rmp", *PQgetvalue(result, row, P_KIND)) != NULL);
        buf_printf(out, "%s%s", row == 0 ? "" : ",", is_asked ? PQgetvalue(result, row, column) : "0");
    }
    buf_putc(out, '}');
    return buf_check(out, err);
}

static int ask_page(struct postgresql *pg, const char *const after[static 3], struct page *page, struct err *err)
{
    TRY(postgresql_ask(pg, list_page, after, 3, &page->tables, err));
    if (PQnfields(page->tables) != P_COUNT) {
        return err_set(err, ERR_FORMAT, "%s: not the columns that were asked for", pg->where);
    }
    OWN(own_buf) struct buf oids = {0};
    OWN(own_buf) struct buf readers = {0};
    OWN(own_buf) struct buf unknown = {0};
    TRY(put_array(&oids, page->tables, P_OID, false, err));
    TRY(put_array(&readers, page->tables, P_READER, false, err));
    TRY(put_array(&unknown, page->tables, P_OID, true, err));
    const char *const parameters[] = {oids.data, readers.data};
    TRY(postgresql_ask(pg, list_columns, parameters, 2, &page->columns, err));
    const char *const files[] = {unknown.data};
    if (postgresql_ask(pg, list_files, files, 1, &page->files, NULL) != 0) {
        page->files = NULL;
    }
    return 0;
}

/* ---- one table ---- */

static void put_name(struct buf *name, const PGresult *tables, int row)
{
    if (!str_eq(postgresql_field(tables, row, P_SCHEMA), STR("public"))) {
        buf_put(name, postgresql_field(tables, row, P_SCHEMA));
        buf_putc(name, '.');
    }
    buf_put(name, postgresql_field(tables, row, P_NAME));
}

/* Columns of the table numbered `number` (from 1); *at is where they begin. */
static int read_columns(const PGresult *columns, uint64_t number, int *at, struct survey_column **ret_columns,
                        size_t *ret_count, char **ret_shapes, struct err *err)
{
    uint64_t n = 0;
    int end = *at;
    while (end < PQntuples(columns) && str_u64(postgresql_field(columns, end, 0), &n) && n == number) {
        end++;
    }
    size_t count = (size_t)(end - *at);
    *ret_columns = count > COLUMNS_MAX ? NULL : calloc(count + 1, sizeof **ret_columns);
    *ret_shapes = calloc(1, count > COLUMNS_MAX ? 1 : count + 1);
    if (*ret_columns == NULL || *ret_shapes == NULL) {
        return err_set(err, ERR_LIMIT, "a table of %zu columns", count);
    }
    for (size_t i = 0; i < count; i++) {
        int row = *at + (int)i;
        (*ret_columns)[i] = (struct survey_column){postgresql_field(columns, row, 1), postgresql_field(columns, row, 2),
                                                   is_true(columns, row, 3)};
        (*ret_shapes)[i] = *PQgetvalue(columns, row, 4);
    }
    *ret_count = count;
    *at = end;
    return 0;
}

static bool reads_any(const struct survey_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].is_readable) {
            return true;
        }
    }
    return false;
}

static void read_sizes(const struct page *page, int row, struct survey_table *table, struct postgresql_handle *handle)
{
    double rows = 0, pages = 0;
    bool is_known = str_double(postgresql_field(page->tables, row, P_ROWS), &rows) && rows >= 0 && rows < 1e18;
    if (is_known) {
        table->rows = (uint64_t)(rows + 0.5);
        table->rows_kind = SURVEY_ROWS_ESTIMATED;
    }
    if (is_known && str_double(postgresql_field(page->tables, row, P_PAGES), &pages) && pages > 0) {
        handle->rows_per_page = rows / pages;
    }
    table->bytes_known = str_u64(postgresql_field(page->tables, row, P_BYTES), &table->bytes);
    if (!table->bytes_known && page->files != NULL && row < PQntuples(page->files) &&
        strchr("rm", *PQgetvalue(page->tables, row, P_KIND)) != NULL) {
        table->bytes_known = str_u64(postgresql_field(page->files, row, 1), &table->bytes);
    }
}

static int tell_table(const struct survey_sink *sink, struct str database, const struct page *page, int row, int *at,
                      struct err *err)
{
    const PGresult *list = page->tables;
    char kind = *PQgetvalue(list, row, P_KIND);
    OWN(own_mem) struct survey_column *columns = NULL;
    OWN(own_mem) char *shapes = NULL;
    OWN(own_buf) struct buf name = {0};
    struct postgresql_handle handle = {
        .from = postgresql_field(list, row, P_FROM),
        .role = postgresql_field(list, row, P_VIA),
        .oid = postgresql_field(list, row, P_OID),
        .never = postgresql_never(kind == 'f' || kind == 'v'      ? kind
                                  : is_true(list, row, P_FOREIGN) ? 'p'
                                  : is_true(list, row, P_HIDES)   ? 's'
                                                                  : '\0'),
        .has_pages = kind == 'r' || kind == 'm' || kind == 'p',
    };
    struct survey_table table = {
        .database = database, .is_view = kind == 'v', .handle = &handle, .unreadable = STR(""), .partial = STR("")};
    TRY(read_columns(page->columns, (uint64_t)row + 1, at, &columns, &table.column_count, &shapes, err));
    table.columns = columns;
    handle.shapes = shapes;
    put_name(&name, list, row);
    TRY(buf_check(&name, err));
    table.name = buf_str(&name);
    read_sizes(page, row, &table, &handle);
    if (!is_true(list, row, P_ENTERS)) {
        table.unreadable = STR("no right to enter its schema");
    } else if (table.column_count > 0 && !reads_any(&table)) {
        table.unreadable = STR("no right to read it");
    }
    if (table.unreadable.len == 0 && kind == 'f') {
        table.partial = STR("a foreign table: its rows are on another server");
    } else if (table.unreadable.len == 0 && is_true(list, row, P_HIDES)) {
        table.partial = STR("row-level security");
    } else if (table.unreadable.len == 0 && strchr(shapes, 'n') != NULL) {
        table.partial = STR("columns of types of this database's own making: reading them would run code of it");
    }
    return sink->table(sink->self, &table, err);
}

static int tell_page(const struct survey_sink *sink, struct str database, const struct page *page, struct err *err)
{
    int at = 0;
    for (int row = 0; row < PQntuples(page->tables); row++) {
        TRY(tell_table(sink, database, page, row, &at, err));
    }
    return 0;
}

/* ---- databases ---- */

/* Roles it is a member of without having their rights (NOINHERIT). */
static int read_roles(struct postgresql *pg, struct buf *ret_roles, struct err *err)
{
    OWN(own_result) PGresult *result = NULL;
    TRY(postgresql_ask(
        pg,
        PQserverVersion(pg->connection) >= 160000
            ? "SELECT oid FROM pg_roles WHERE pg_has_role(oid, 'SET') AND NOT pg_has_role(oid, 'USAGE') ORDER BY NOT rolsuper, rolname LIMIT 64"
            : "SELECT oid FROM pg_roles WHERE pg_has_role(oid, 'MEMBER') AND NOT pg_has_role(oid, 'USAGE') ORDER BY NOT rolsuper, rolname LIMIT 64",
        NULL, 0, &result, err));
    buf_putc(ret_roles, '{');
    for (int row = 0; row < PQntuples(result); row++) {
        buf_printf(ret_roles, "%s%s", row == 0 ? "" : ",", PQgetvalue(result, row, 0));
    }
    buf_putc(ret_roles, '}');
    return buf_check(ret_roles, err);
}

static int survey_tables(struct postgresql *pg, const struct survey_sink *sink, struct str database, struct err *err)
{
    OWN(own_buf) struct buf roles = {0};
    OWN(own_buf) struct buf name = {0};
    OWN(own_buf) struct buf schema = {0};
    TRY(read_roles(pg, &roles, err));
    buf_puts(&name, "");
    buf_puts(&schema, "0");
    for (int got = TABLES_PAGE; got == TABLES_PAGE;) {
        OWN(own_page) struct page page = {0};
        const char *const after[] = {name.data == NULL ? "" : name.data, schema.data, roles.data};
        TRY(buf_check(&name, err));
        TRY(buf_check(&schema, err));
        TRY(ask_page(pg, after, &page, err));
        got = PQntuples(page.tables);
        if (got > TABLES_PAGE) {
            return err_set(err, ERR_FORMAT, "%s: more rows than were asked for", pg->where);
        }
        TRY(tell_page(sink, database, &page, err));
        if (got > 0) {
            buf_reset(&name);
            buf_reset(&schema);
            buf_put(&name, postgresql_field(page.tables, got - 1, P_NAME));
            buf_put(&schema, postgresql_field(page.tables, got - 1, P_SCHEMA_OID));
        }
    }
    return 0;
}

static int tell_database(struct postgresql *pg, const struct survey_sink *sink, const PGresult *list, int row,
                         struct err *err)
{
    bool enters = is_true(list, row, 1), takes_any = is_true(list, row, 2), is_here = is_true(list, row, 4);
    struct survey_database database = {
        .name = postgresql_field(list, row, 0),
        .is_system = is_true(list, row, 3),
        .needs_connection = !is_here,
        .scope = is_here               ? SURVEY_SCOPE_WHOLE
                 : enters && takes_any ? SURVEY_SCOPE_UNKNOWN
                                       : SURVEY_SCOPE_CLOSED,
        .why = is_here      ? STR("the catalogue lists every table, readable or not")
               : !takes_any ? STR("the database takes no connections")
               : enters     ? STR("seen only over a connection of its own")
                            : STR("no right to connect"),
    };
    TRY(sink->database(sink->self, &database, err));
    return is_here ? survey_tables(pg, sink, database.name, err) : 0;
}

static int survey_databases(struct postgresql *pg, const struct survey_sink *sink, struct err *err)
{
    OWN(own_buf) struct buf after = {0};
    buf_puts(&after, "");
    for (int got = DATABASES_PAGE; got == DATABASES_PAGE;) {
        OWN(own_result) PGresult *list = NULL;
        const char *const parameters[] = {after.data == NULL ? "" : after.data};
        TRY(postgresql_ask(
            pg,
            "SELECT datname, has_database_privilege(oid, 'CONNECT'), datallowconn, datistemplate, datname = current_database() "
            "FROM pg_database WHERE datname > $1::name ORDER BY datname LIMIT 1000",
            parameters, 1, &list, err));
        got = PQntuples(list);
        for (int row = 0; row < got; row++) {
            TRY(tell_database(pg, sink, list, row, err));
        }
        if (got > 0) {
            buf_reset(&after);
            buf_put(&after, postgresql_field(list, got - 1, 0));
            TRY(buf_check(&after, err));
        }
    }
    return 0;
}

static int survey_server(struct postgresql *pg, const struct survey_sink *sink, struct err *err)
{
    OWN(own_result) PGresult *who = NULL;
    TRY(postgresql_ask(
        pg,
        "SELECT session_user, EXISTS (SELECT FROM pg_roles WHERE rolsuper AND pg_has_role(oid, 'MEMBER')), current_setting('server_version')",
        NULL, 0, &who, err));
    if (PQntuples(who) != 1) {
        return err_set(err, ERR_FORMAT, "%s: the server does not say who has logged in", pg->where);
    }
    const struct survey_server server = {
        .product = STR("PostgreSQL"),
        .version = str_cut(postgresql_field(who, 0, 2), ' ').head,
        .account = postgresql_field(who, 0, 0),
        .reading = "read-only transaction",
        .is_super = is_true(who, 0, 1),
    };
    TRY(sink->server(sink->self, &server, err));
    TRY(postgresql_powers(pg, sink, err));
    return survey_databases(pg, sink, err);
}

int postgresql_survey(void *state, const struct survey_sink *sink, struct err *err)
{
    struct postgresql *pg = state;
    /* Each question is a read-only transaction of its own: one over all tables would hold a lock on each. */
    TRY(postgresql_end(pg, 0, err));
    TRY(postgresql_run(pg, "SET lock_timeout = '1s'", err));
    TRY(survey_server(pg, sink, err));
    TRY(postgresql_run(pg, "SET lock_timeout = '10s'", err));
    return postgresql_begin(pg, err);
}
