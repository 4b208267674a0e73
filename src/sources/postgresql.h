/* What the files of the PostgreSQL driver share.
 *
 *   postgresql.c ......... coming in, tables, reading them whole   postgresql_survey.c . databases and tables, in pages
 *   postgresql_powers.c .. rights that go beyond reading tables    postgresql_sample.c . some rows; how many rows */
#ifndef ASSAY_SOURCES_POSTGRESQL_H
#define ASSAY_SOURCES_POSTGRESQL_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/buf.h"
#include "sources/survey.h"

struct postgresql {
    PGconn *connection;
    struct arena arena;
    struct source_table *tables;
    struct str *queries; /* the COPY of each table */
    size_t table_count;
    char where[512]; /* the URI without a password */
};

/* What survey_table.handle points to. */
struct postgresql_handle {
    struct str from; /* quoted, "ONLY" where its children are tables of their own */
    struct str role; /* quoted: must be taken on to read it; len 0: none */
    struct str oid;
    double rows_per_page; /* as of the last ANALYZE; 0: unknown */
    bool has_pages;       /* TABLESAMPLE works */
    const char *never;    /* why it is not read although it could be; NULL: it is */
};

/* What libpq says went wrong, in one line: IO, or LIMIT for time. result NULL: of the connection. */
int postgresql_fail(const struct postgresql *pg, const PGresult *result, struct err *err);
void own_result(PGresult **result);
struct str postgresql_field(const PGresult *result, int row, int column);
/* One command; or a question with text parameters, of which *ret_result is the answer (to be cleared). */
MUST_USE int postgresql_run(const struct postgresql *pg, const char *sql, struct err *err);
MUST_USE int postgresql_ask(const struct postgresql *pg, const char *sql, const char *const *parameters, int count,
                            PGresult **ret_result, struct err *err);
/* COPY (SELECT ...) TO STDOUT into the sink. */
MUST_USE int postgresql_stream(struct postgresql *pg, const char *copy, size_t columns, const struct source_sink *sink,
                               struct err *err);
/* Begins the one snapshot of source.h. */
MUST_USE int postgresql_begin(const struct postgresql *pg, struct err *err);
/* "a""b": whatever bytes a name has, it stays one. */
void postgresql_name(struct buf *sql, struct str name);

MUST_USE int postgresql_powers(const struct postgresql *pg, const struct survey_sink *sink, struct err *err);

int postgresql_survey(void *state, const struct survey_sink *sink, struct err *err);
int postgresql_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                      const char **ret_how, struct err *err);
int postgresql_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err);

#endif
