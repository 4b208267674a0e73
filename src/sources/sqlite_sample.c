/* Some rows of a SQLite table, and how many it has. A table of few rows is read whole. In a larger one row numbers are drawn at
 * random out of their range and looked up; if hardly any is there, or the table has none, the first rows must do. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/draw.h"
#include "sources/sqlite.h"

#include "base/banned.h"

enum { PILOT_KEYS = 400, PILOT_HITS_MIN = 8, DRAWS_PER_ROW_MAX = 60, DRAWS_MAX = 600000 };

/* SELECT what FROM table, and what may follow. `what` and `rest` are ours. */
static sqlite3_stmt *prepare_for(struct sqlite *sqlite, const char *what, struct str table, const char *rest,
                                 struct err *err)
{
    char *sql = sqlite3_mprintf("SELECT %s FROM main.\"%w\" %s", what, table.data, rest);
    if (sql == NULL) {
        (void)err_set(err, ERR_LIMIT, "no memory for a question");
        return NULL;
    }
    sqlite3_stmt *statement = sqlite_prepare(sqlite, sql, err);
    sqlite3_free(sql);
    return statement;
}

static int has_more_than(struct sqlite *sqlite, struct str table, uint64_t rows, bool *ret_more, struct err *err)
{
    OWN(own_statement) sqlite3_stmt *statement = prepare_for(sqlite, "1", table, "LIMIT 1 OFFSET ?1", err);
    if (statement == NULL) {
        return -1;
    }
    sqlite3_bind_int64(statement, 1, rows > INT64_MAX ? INT64_MAX : (int64_t)rows);
    int step = sqlite3_step(statement);
    *ret_more = step == SQLITE_ROW;
    return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : sqlite_fail(sqlite, err);
}

/* How a row's number is called in this table: by the name that no column has taken. NULL: none is left. */
struct row_words {
    const char *name, *least, *greatest, *is;
};

static const struct row_words *row_words(const struct survey_table *table)
{
    static const struct row_words words[] = {
        {"_rowid_", "min(_rowid_)", "max(_rowid_)", "WHERE _rowid_ = ?1"},
        {"rowid", "min(rowid)", "max(rowid)", "WHERE rowid = ?1"},
        {"oid", "min(oid)", "max(oid)", "WHERE oid = ?1"},
    };
    for (size_t n = 0; n < sizeof words / sizeof *words; n++) {
        bool is_free = true;
        for (size_t i = 0; i < table->column_count; i++) {
            is_free = is_free && !str_eq_nocase(table->columns[i].name, str_of(words[n].name));
        }
        if (is_free) {
            return &words[n];
        }
    }
    return NULL;
}

static bool read_end(struct sqlite *sqlite, struct str table, const char *what, int64_t *ret_end)
{
    OWN(own_statement) sqlite3_stmt *statement = prepare_for(sqlite, what, table, "", NULL);
    if (statement == NULL || sqlite3_step(statement) != SQLITE_ROW ||
        sqlite3_column_type(statement, 0) != SQLITE_INTEGER) {
        return false; /* a table without row numbers */
    }
    *ret_end = sqlite3_column_int64(statement, 0);
    return true;
}

static int find(sqlite3_stmt *statement, int64_t key)
{
    sqlite3_reset(statement);
    sqlite3_bind_int64(statement, 1, key);
    return sqlite3_step(statement);
}

static int look_up(struct sqlite *sqlite, sqlite3_stmt *statement, const int64_t *keys, size_t drawn, uint64_t max_rows,
                   const struct source_sink *sink, struct err *err)
{
    OWN(own_rows) struct rows rows;
    TRY(rows_open(&rows, sink, (size_t)sqlite3_column_count(statement), err));
    uint64_t found = 0;
    for (size_t i = 0; i < drawn && found < max_rows; i++) {
        int step = find(statement, keys[i]);
        if (step == SQLITE_ROW) {
            TRY(sqlite_put_row(&rows, statement, err));
            found++;
        } else if (step != SQLITE_DONE) {
            return sqlite_fail(sqlite, err);
        }
    }
    return rows_flush(&rows, err);
}

static int count_hits(struct sqlite *sqlite, sqlite3_stmt *statement, const int64_t ends[static 2], size_t *ret_hits,
                      struct err *err)
{
    int64_t keys[PILOT_KEYS];
    size_t drawn;
    TRY(draw_keys(ends[0], ends[1], keys, PILOT_KEYS, &drawn, err));
    *ret_hits = 0;
    for (size_t i = 0; i < drawn; i++) {
        int step = find(statement, keys[i]);
        *ret_hits += step == SQLITE_ROW;
        if (step != SQLITE_ROW && step != SQLITE_DONE) {
            return sqlite_fail(sqlite, err);
        }
    }
    return 0;
}

/* *ret_did false: nothing was handed on. */
static int read_random(struct sqlite *sqlite, const struct survey_table *table, uint64_t max_rows,
                       const struct source_sink *sink, bool *ret_did, struct err *err)
{
    int64_t ends[2];
    const struct row_words *words = row_words(table);
    size_t hits, drawn;
    /* two questions: SQLite goes straight to an end only when asked for one */
    if (words == NULL || !read_end(sqlite, table->name, words->least, &ends[0]) ||
        !read_end(sqlite, table->name, words->greatest, &ends[1])) {
        return 0;
    }
    OWN(own_statement) sqlite3_stmt *statement = prepare_for(sqlite, "*", table->name, words->is, err);
    if (statement == NULL) {
        return -1;
    }
    TRY(count_hits(sqlite, statement, ends, &hits, err));
    if (hits < PILOT_HITS_MIN) {
        return 0;
    }
    uint64_t most = max_rows > DRAWS_MAX / DRAWS_PER_ROW_MAX ? DRAWS_MAX : max_rows * DRAWS_PER_ROW_MAX;
    OWN(own_mem) int64_t *keys = calloc(most + 1, sizeof *keys);
    if (keys == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to draw keys");
    }
    TRY(draw_keys(ends[0], ends[1], keys, most, &drawn, err));
    *ret_did = true;
    return look_up(sqlite, statement, keys, drawn, max_rows, sink, err);
}

static int read_first(struct sqlite *sqlite, struct str table, uint64_t max_rows, const struct source_sink *sink,
                      struct err *err)
{
    OWN(own_statement) sqlite3_stmt *statement = prepare_for(sqlite, "*", table, "", err);
    return statement == NULL ? -1 : sqlite_stream(sqlite, statement, max_rows, NULL, sink, err);
}

int sqlite_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                  const char **ret_how, struct err *err)
{
    struct sqlite *sqlite = state;
    bool has_more = false, is_random = false;
    if (table->unreadable.len > 0) {
        return err_set(err, ERR_USAGE, "%s: %.*s cannot be read", sqlite->path, STR_FMT(table->name));
    }
    TRY(has_more_than(sqlite, table->name, max_rows, &has_more, err));
    if (has_more && max_rows > 0) {
        TRY(read_random(sqlite, table, max_rows, sink, &is_random, err));
    }
    if (!is_random) {
        TRY(read_first(sqlite, table->name, max_rows, sink, err));
    }
    *ret_how = !has_more ? "all rows" : is_random ? "random keys" : "the first rows";
    return 0;
}

/* Row by row: count(*) is one step, inside of which nobody looks at the clock. */
int sqlite_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err)
{
    struct sqlite *sqlite = state;
    OWN(own_statement) sqlite3_stmt *statement = prepare_for(sqlite, "1", table->name, "", err);
    if (statement == NULL) {
        return -1;
    }
    int step;
    uint64_t rows = 0;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        rows++;
    }
    TRY(step == SQLITE_DONE ? 0 : sqlite_fail(sqlite, err));
    *ret_rows = rows;
    return 0;
}
