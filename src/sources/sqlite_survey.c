/* What a SQLite file holds: whoever has the file reads all of it. Rows are those of the last ANALYZE; in a file of at most
 * SMALL_BYTES they are counted, and the bytes of each table are added up.
 *
 * Everything is hostile: no view's query and no virtual table's module is run (a view holds nothing of its own; a virtual
 * table is listed as not looked at), and each statement has a time limit, as pages may point at one another in a ring. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/sqlite.h"

#include "base/banned.h"

enum { SMALL_BYTES = 64 << 20, SMALL_TABLES = 1000, COLUMNS_MAX = 32767, COUNT_SECONDS = 5 };

struct surveying {
    struct sqlite *sqlite;
    const struct survey_sink *sink;
    sqlite3_stmt *statistics, *pages; /* NULL: the file has none; too much to ask */
    bool is_small;
};

static int64_t number_of(struct sqlite *sqlite, const char *sql)
{
    OWN(own_statement) sqlite3_stmt *statement = sqlite_prepare(sqlite, sql, NULL);
    return statement != NULL && sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
}

/* "4000 20 1": the first number is that of the rows. */
static void read_statistics(const struct surveying *surveying, struct survey_table *table)
{
    sqlite3_stmt *statement = surveying->statistics;
    if (statement == NULL) {
        return;
    }
    sqlite3_reset(statement);
    sqlite3_bind_text64(statement, 1, table->name.data, table->name.len, SQLITE_STATIC, SQLITE_UTF8);
    if (sqlite3_step(statement) == SQLITE_ROW && str_u64(str_cut(sqlite_text(statement, 0), ' ').head, &table->rows)) {
        table->rows_kind = SURVEY_ROWS_ESTIMATED;
    }
    sqlite3_reset(statement);
}

static void read_bytes(struct surveying *surveying, struct survey_table *table)
{
    sqlite3_stmt *statement = surveying->pages;
    if (statement == NULL) {
        return;
    }
    sqlite3_reset(statement);
    sqlite3_bind_text64(statement, 1, table->name.data, table->name.len, SQLITE_STATIC, SQLITE_UTF8);
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW && sqlite3_column_int64(statement, 0) > 0) {
        table->bytes = (uint64_t)sqlite3_column_int64(statement, 0);
        table->bytes_known = true;
    }
    sqlite3_reset(statement);
    if (step != SQLITE_ROW) { /* damaged, or without end: the other tables are not asked */
        sqlite3_finalize(statement);
        surveying->pages = NULL;
    }
}

/* Names and types come from preparing the select: no PRAGMA, no guess. */
static int read_columns(const struct surveying *surveying, struct survey_table *table, sqlite3_stmt **ret_statement,
                        struct survey_column **ret_columns, struct err *err)
{
    struct err why = {0};
    char *sql = sqlite3_mprintf("SELECT * FROM main.\"%w\"", table->name.data);
    *ret_statement = sql == NULL ? NULL : sqlite_prepare(surveying->sqlite, sql, &why);
    sqlite3_free(sql);
    if (*ret_statement == NULL) {
        table->unreadable = STR("damaged: its definition cannot be read");
        return 0;
    }
    int count = sqlite3_column_count(*ret_statement);
    *ret_columns = count > COLUMNS_MAX ? NULL : calloc((size_t)count + 1, sizeof **ret_columns);
    if (*ret_columns == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %d columns", count);
    }
    for (int i = 0; i < count; i++) {
        const char *type = sqlite3_column_decltype(*ret_statement, i);
        (*ret_columns)[i] = (struct survey_column){str_of(sqlite3_column_name(*ret_statement, i)),
                                                   type == NULL ? STR("") : str_of(type), true};
    }
    table->columns = *ret_columns;
    table->column_count = (size_t)count;
    return 0;
}

/* In a small file rows are quickly counted, unless it is made so that they are not: then no more are. */
static bool count_rows(struct surveying *surveying, struct survey_table *table)
{
    struct sqlite *sqlite = surveying->sqlite;
    unsigned seconds = sqlite->statement_seconds;
    sqlite->statement_seconds = seconds < COUNT_SECONDS ? seconds : COUNT_SECONDS;
    surveying->is_small = surveying->is_small && sqlite_count(sqlite, table, &table->rows, NULL) == 0;
    sqlite->statement_seconds = seconds;
    table->rows_kind = surveying->is_small ? SURVEY_ROWS_EXACT : SURVEY_ROWS_UNKNOWN;
    return surveying->is_small;
}

static int tell_table(struct surveying *surveying, struct str name, bool is_virtual, struct err *err)
{
    OWN(own_statement) sqlite3_stmt *statement = NULL;
    OWN(own_mem) struct survey_column *columns = NULL;
    struct survey_table table = {.database = STR("main"), .name = name, .unreadable = STR(""), .partial = STR("")};
    if (is_virtual) {
        table.unreadable = STR("a virtual table, whose module is not run; what it keeps is in the tables beside it");
        return surveying->sink->table(surveying->sink->self, &table, err);
    }
    TRY(read_columns(surveying, &table, &statement, &columns, err));
    if (table.unreadable.len == 0) {
        read_bytes(surveying, &table);
        bool is_counted = count_rows(surveying, &table);
        if (!is_counted) {
            read_statistics(surveying, &table);
        }
    }
    return surveying->sink->table(surveying->sink->self, &table, err);
}

static int survey_tables(struct surveying *surveying, struct err *err)
{
    struct sqlite *sqlite = surveying->sqlite;
    OWN(own_statement)
    sqlite3_stmt *list = sqlite_prepare(
        sqlite,
        "SELECT name, sql LIKE 'create virtual%' FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
        err);
    if (list == NULL) {
        return -1;
    }
    int step;
    while ((step = sqlite3_step(list)) == SQLITE_ROW) {
        struct str name = sqlite_text(list, 0);
        if (name.data != NULL && memchr(name.data, '\0', name.len) == NULL) {
            TRY(tell_table(surveying, name, sqlite3_column_int(list, 1) != 0, err));
        }
    }
    return step == SQLITE_DONE ? 0 : sqlite_fail(sqlite, err);
}

static int survey_file(struct surveying *surveying, struct err *err)
{
    struct sqlite *sqlite = surveying->sqlite;
    const struct survey_server server = {
        .product = STR("SQLite"),
        .version = STR(SQLITE_VERSION),
        .account = STR(""),
        .reading = "file opened read-only",
        .is_super = true,
    };
    TRY(surveying->sink->server(surveying->sink->self, &server, err));
    const struct survey_database database = {
        .name = STR("main"), .scope = SURVEY_SCOPE_WHOLE, .why = STR("whoever reads the file reads all of it")};
    TRY(surveying->sink->database(surveying->sink->self, &database, err));
    struct stat about;
    surveying->is_small = stat(sqlite->path, &about) == 0 && about.st_size <= SMALL_BYTES;
    bool is_short = number_of(sqlite, "SELECT count(*) FROM sqlite_schema") <= SMALL_TABLES;
    surveying->statistics = sqlite_prepare(sqlite, "SELECT stat FROM sqlite_stat1 WHERE tbl = ?1 LIMIT 1", NULL);
    surveying->pages =
        !surveying->is_small || !is_short
            ? NULL
            : sqlite_prepare(sqlite,
                             "SELECT sum(p.pgsize) FROM sqlite_schema s CROSS JOIN dbstat p "
                             "WHERE s.tbl_name = ?1 AND s.type IN ('table', 'index') AND p.name = s.name",
                             NULL);
    return survey_tables(surveying, err);
}

int sqlite_survey(void *state, const struct survey_sink *sink, struct err *err)
{
    struct surveying surveying = {.sqlite = state, .sink = sink};
    int outcome = survey_file(&surveying, err);
    sqlite3_finalize(surveying.statistics);
    sqlite3_finalize(surveying.pages);
    return outcome;
}
