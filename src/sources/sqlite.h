/* What the files of the SQLite driver share: sqlite.c comes in and reads tables whole, sqlite_survey.c lists them with their
 * sizes, sqlite_sample.c reads some rows. The prefix sqlite3_ belongs to the library. */
#ifndef ASSAY_SOURCES_SQLITE_H
#define ASSAY_SOURCES_SQLITE_H

#include <sqlite3.h>

#include "base/arena.h"
#include "sources/rows.h"
#include "sources/survey.h"

struct sqlite {
    sqlite3 *db;
    struct arena arena;
    struct source_table *tables;
    size_t table_count;
    const char *path;
    unsigned statement_seconds;
    int64_t deadline; /* ns of time_ticks(): a hostile file can make one statement go round for ever */
};

/* What SQLite says went wrong: FORMAT for a file that is none, LIMIT for time, else IO. */
int sqlite_fail(const struct sqlite *sqlite, struct err *err);
/* NULL with err. The time limit begins anew. */
MUST_USE sqlite3_stmt *sqlite_prepare(struct sqlite *sqlite, const char *sql, struct err *err);
void own_statement(sqlite3_stmt **statement);
struct str sqlite_text(sqlite3_stmt *statement, int column);
/* Every row of a statement into the sink; at most max_rows of them. Columns that are not wanted (NULL: all are) are nulls. */
MUST_USE int sqlite_stream(struct sqlite *sqlite, sqlite3_stmt *statement, uint64_t max_rows, const bool *wanted,
                           const struct source_sink *sink, struct err *err);
/* The columns that rows wants, of the row the statement stands on. */
MUST_USE int sqlite_put_row(struct rows *rows, sqlite3_stmt *statement, struct err *err);

int sqlite_survey(void *state, const struct survey_sink *sink, struct err *err);
int sqlite_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                  const char **ret_how, struct err *err);
int sqlite_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err);

#endif
