/* Some rows of a table, and how many it has. A table of few rows is read whole. Of a larger one, as many blocks as rows are wanted
 * are drawn at random (TABLESAMPLE SYSTEM), and of each block's rows only so many that one or two a block remain: rows of
 * one block are alike, rows of many blocks are as good as drawn singly, for the price of some megabytes. A view has no blocks. */
#include <math.h>
#include <stdio.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/postgresql.h"

#include "base/banned.h"

enum { VALUE_CHARACTERS = 65536 }; /* of long texts and bytes: kinds of data show early */
#define ROWS_PER_PAGE_GUESS 40.0
#define MARGIN 1.5 /* drawn over what is wanted, so that chance seldom leaves too few */

/* Shapes of columns: a as it is; t text, b bytes; f long where it is written as text, but no text; n not looked at. Long values are
 * cut, and never by a cast, which may be a function of the database: format() writes what the server itself would. */
static void put_column(struct buf *sql, struct str name, char shape)
{
    if (shape == 'n') {
        buf_puts(sql, "NULL");
        return;
    }
    if (shape == 'f') {
        buf_puts(sql, "CASE WHEN ");
        postgresql_name(sql, name);
        buf_puts(sql, " IS NULL THEN NULL ELSE left(format('%s', ");
    } else if (shape != 'a') {
        buf_puts(sql, shape == 'b' ? "substring(" : "left(");
    }
    postgresql_name(sql, name);
    if (shape != 'a') {
        buf_printf(sql, "%s%d)%s",
                   shape == 'b'   ? " FROM 1 FOR "
                   : shape == 'f' ? "), "
                                  : ", ",
                   VALUE_CHARACTERS, shape == 'f' ? " END" : "");
    }
}

/* Its readable columns, cut to what is looked at. Returns how many. */
static size_t put_columns(struct buf *sql, const struct survey_table *table)
{
    const struct postgresql_handle *handle = table->handle;
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].is_readable) {
            buf_puts(sql, count++ == 0 ? "" : ", ");
            put_column(sql, table->columns[i].name, handle->shapes[i]);
        }
    }
    return count;
}

/* The same as they are, for the question around to cut. */
static void put_whole_columns(struct buf *sql, const struct survey_table *table)
{
    const struct postgresql_handle *handle = table->handle;
    const char *before = "";
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].is_readable && handle->shapes[i] != 'n') {
            buf_puts(sql, before);
            postgresql_name(sql, table->columns[i].name);
            before = ", ";
        }
    }
}

static int number(struct postgresql *pg, const char *sql, const char *parameter, double *ret_number, struct err *err)
{
    OWN(own_result) PGresult *result = NULL;
    const char *const parameters[] = {parameter};
    TRY(postgresql_ask(pg, sql, parameters, parameter == NULL ? 0 : 1, &result, err));
    bool is_one = PQntuples(result) == 1 && str_double(postgresql_field(result, 0, 0), ret_number);
    *ret_number = is_one ? *ret_number : 0;
    return 0;
}

static int has_more_than(struct postgresql *pg, const struct postgresql_handle *handle, uint64_t rows, bool *ret_more,
                         struct err *err)
{
    OWN(own_buf) struct buf sql = {0};
    double one;
    buf_puts(&sql, "SELECT 1 FROM ");
    buf_put(&sql, handle->from);
    buf_printf(&sql, " OFFSET %llu LIMIT 1", (unsigned long long)rows);
    TRY(buf_check(&sql, err));
    TRY(number(pg, sql.data, NULL, &one, err));
    *ret_more = one > 0;
    return 0;
}

/* How many blocks its rows lie in now, those of its partitions together. */
static int count_pages(struct postgresql *pg, const struct postgresql_handle *handle, double *ret_pages,
                       struct err *err)
{
    return number(
        pg,
        "WITH RECURSIVE leaf(oid) AS (SELECT $1::oid UNION ALL SELECT i.inhrelid FROM leaf JOIN pg_class k ON k.oid = leaf.oid "
        "JOIN pg_inherits i ON i.inhparent = leaf.oid WHERE k.relkind = 'p') "
        "SELECT sum(pg_relation_size(oid)) / current_setting('block_size')::float8 FROM leaf",
        handle->oid.data, ret_pages, err);
}

/* Counts what passes. */
struct counting {
    const struct source_sink *sink;
    uint64_t rows;
};

static int pass_on(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    struct counting *counting = self;
    counting->rows += rows;
    return counting->sink->rows(counting->sink->self, cells, rows, columns, err);
}

static int read_first(struct postgresql *pg, const struct survey_table *table, uint64_t max_rows,
                      const struct source_sink *sink, struct err *err)
{
    const struct postgresql_handle *handle = table->handle;
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "COPY (SELECT ");
    size_t columns = put_columns(&sql, table);
    buf_puts(&sql, " FROM ");
    buf_put(&sql, handle->from);
    buf_printf(&sql, " LIMIT %llu) TO STDOUT", (unsigned long long)max_rows);
    TRY(buf_check(&sql, err));
    return postgresql_stream(pg, sql.data, columns, NULL, NULL, sink, err);
}

/* *ret_did false: nothing was handed on (chance, or blocks without rows). */
static int read_random(struct postgresql *pg, const struct survey_table *table, uint64_t max_rows,
                       const struct source_sink *sink, bool *ret_did, struct err *err)
{
    const struct postgresql_handle *handle = table->handle;
    double pages = 0, wanted = (double)max_rows;
    TRY(count_pages(pg, handle, &pages, err));
    double density = handle->rows_per_page > 0 ? handle->rows_per_page : ROWS_PER_PAGE_GUESS;
    double blocks = pages < wanted ? pages : fmax(wanted, MARGIN * wanted / density);
    blocks = fmin(fmax(blocks, 20), fmax(pages, 1));
    double percent = pages > 0 ? fmin(100, 100 * blocks / pages) : 100;
    double share = handle->rows_per_page > 0 ? fmin(1, MARGIN * (wanted + 20) / (blocks * density)) : 1;
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "COPY (SELECT ");
    size_t columns = put_columns(&sql, table);
    buf_puts(&sql, " FROM (SELECT ");
    put_whole_columns(&sql, table);
    buf_puts(&sql, " FROM ");
    buf_put(&sql, handle->from);
    buf_printf(&sql, " TABLESAMPLE SYSTEM (%.9f) WHERE random() < %.9f) picked ORDER BY random() LIMIT %llu) TO STDOUT",
               percent, share, (unsigned long long)max_rows);
    TRY(buf_check(&sql, err));
    struct counting counting = {sink, 0};
    const struct source_sink counter = {&counting, pass_on};
    TRY(postgresql_stream(pg, sql.data, columns, NULL, NULL, &counter, err));
    *ret_did = counting.rows > 0;
    return 0;
}

static int sample_as_is(struct postgresql *pg, const struct survey_table *table, uint64_t max_rows,
                        const struct source_sink *sink, const char **ret_how, struct err *err)
{
    const struct postgresql_handle *handle = table->handle;
    bool has_more = false, is_random = false;
    TRY(has_more_than(pg, handle, max_rows, &has_more, err));
    if (has_more && handle->has_pages) {
        TRY(read_random(pg, table, max_rows, sink, &is_random, err));
    }
    if (!is_random) {
        TRY(read_first(pg, table, max_rows, sink, err));
    }
    *ret_how = !has_more ? "all rows" : is_random ? "random blocks" : "the first rows";
    return 0;
}

/* ---- as whom ---- */

/* One transaction, as the role that may read it, with the seconds of one question. */
static int enter(struct postgresql *pg, const struct survey_table *table, struct err *err)
{
    const struct postgresql_handle *handle = table->handle;
    if (table->unreadable.len > 0 || handle == NULL) {
        return err_set(err, ERR_USAGE, "%s: %.*s cannot be read", pg->where, STR_FMT(table->name));
    }
    if (handle->never != NULL) {
        return err_set(err, ERR_USAGE, "%s: %.*s: %s", pg->where, STR_FMT(table->name), handle->never);
    }
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "SET LOCAL ROLE ");
    buf_put(&sql, handle->role);
    TRY(buf_check(&sql, err));
    postgresql_start_clock(pg);
    TRY(postgresql_begin(pg, err));
    return handle->role.len == 0 ? 0 : postgresql_run(pg, sql.data, err);
}

/* Ends the transaction, and the role with it. */
static int leave(struct postgresql *pg, int outcome, struct err *err)
{
    outcome = postgresql_end(pg, outcome, err);
    postgresql_stop_clock(pg);
    return outcome;
}

int postgresql_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                      const char **ret_how, struct err *err)
{
    struct postgresql *pg = state;
    if (max_rows == 0) {
        *ret_how = "the first rows";
        return 0;
    }
    int outcome = enter(pg, table, err);
    outcome = outcome == 0 ? sample_as_is(pg, table, max_rows, sink, ret_how, err) : -1;
    return leave(pg, outcome, err);
}

static int count_as_is(struct postgresql *pg, const struct survey_table *table, uint64_t *ret_rows, struct err *err)
{
    const struct postgresql_handle *handle = table->handle;
    OWN(own_result) PGresult *result = NULL;
    OWN(own_buf) struct buf sql = {0};
    buf_puts(&sql, "SELECT count(*) FROM ");
    buf_put(&sql, handle->from);
    TRY(buf_check(&sql, err));
    TRY(postgresql_ask(pg, sql.data, NULL, 0, &result, err));
    return PQntuples(result) == 1 && str_u64(postgresql_field(result, 0, 0), ret_rows)
               ? 0
               : err_set(err, ERR_FORMAT, "%s: the server's count is no number", pg->where);
}

int postgresql_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err)
{
    struct postgresql *pg = state;
    int outcome = enter(pg, table, err);
    outcome = outcome == 0 ? count_as_is(pg, table, ret_rows, err) : -1;
    return leave(pg, outcome, err);
}
