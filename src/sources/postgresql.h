/* What the files of the PostgreSQL driver share.
 *
 *   postgresql.c ......... coming in, tables, reading them whole   postgresql_survey.c . databases and tables, in pages
 *   postgresql_ask.c ..... questions, answers, and their end       postgresql_binary.c . values as the server holds them
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
    struct str *from; /* of each table, quoted */
    const char *
        *kinds; /* of each table: a letter a column (postgresql_binary.h), ' ' for one that is read as text only */
    size_t table_count;
    char where[512];        /* the URI without a password */
    unsigned seconds;       /* that one question may take */
    int64_t deadline;       /* of the questions that are asked now, together; 0: each has its seconds */
    int64_t limit_ms;       /* that the server knows of within the deadline */
    bool is_late;           /* a deadline has passed, and the connection was cut */
    bool asked_no_password; /* though one was given, over the network */
};

/* Nothing of an examined database is run. SQL over pg_class c: rows of a partition that is a foreign table are another server's, or
 * a program's. */
#define POSTGRESQL_HAS_FOREIGN_PART                                                                                          \
    "(c.relkind = 'p' AND EXISTS (WITH RECURSIVE leaf(oid, relkind) AS (SELECT c.oid, c.relkind UNION ALL "                  \
    "SELECT k.oid, k.relkind FROM leaf JOIN pg_inherits i ON i.inhparent = leaf.oid JOIN pg_class k ON k.oid = i.inhrelid) " \
    "SELECT FROM leaf WHERE relkind = 'f'))"
/* SQL over pg_attribute a, its pg_type t: what writes a value as text is the server's own code. Types that initdb made (oids below
 * 16384), enumerations, domains and arrays of such, and types that write themselves as text does (citext). */
#define POSTGRESQL_IS_BUILT_IN                                                                                                        \
    "CASE WHEN a.atttypid < 16384 THEN true ELSE EXISTS (WITH RECURSIVE part(oid, depth) AS (SELECT a.atttypid, 0 UNION ALL "         \
    "SELECT CASE WHEN k.typtype = 'd' THEN k.typbasetype ELSE k.typelem END, depth + 1 FROM part JOIN pg_type k ON k.oid = part.oid " \
    "WHERE depth < 16 AND k.oid >= 16384 AND (k.typtype = 'd' OR k.typoutput = 'array_out'::regproc)) "                               \
    "SELECT FROM part JOIN pg_type k ON k.oid = part.oid WHERE k.oid < 16384 OR k.typtype = 'e' OR EXISTS (SELECT FROM pg_proc p "    \
    "JOIN pg_language l ON l.oid = p.prolang WHERE p.oid = k.typoutput AND l.lanname = 'internal' "                                   \
    "AND p.prosrc IN ('textout', 'varcharout', 'bpcharout'))) END"

/* Why a table is not read although it could be: f foreign, p a foreign part, s row-level security, v a view, r no right; NULL: it is. */
const char *postgresql_never(char why);

/* What survey_table.handle points to. */
struct postgresql_handle {
    struct str from; /* quoted, "ONLY" where its children are tables of their own */
    struct str role; /* quoted: must be taken on to read it; len 0: none */
    struct str oid;
    double rows_per_page; /* as of the last ANALYZE; 0: unknown */
    bool has_pages;       /* TABLESAMPLE works */
    const char *never;    /* why it is not read although it could be; NULL: it is */
    const char *shapes;   /* a letter a column: how it is read; see postgresql_sample.c */
};

/* What went wrong, in our words: IO, or LIMIT for time. result NULL: of the connection. */
int postgresql_fail(const struct postgresql *pg, const PGresult *result, struct err *err);
void own_result(PGresult **result);
struct str postgresql_field(const PGresult *result, int row, int column);
/* One command; or a question with text parameters, of which *ret_result is the answer (to be cleared). */
MUST_USE int postgresql_run(struct postgresql *pg, const char *sql, struct err *err);
MUST_USE int postgresql_ask(struct postgresql *pg, const char *sql, const char *const *parameters, int count,
                            PGresult **ret_result, struct err *err);
/* COPY (SELECT ...) TO STDOUT into the sink. The rows have `columns` cells; the COPY gives those that are wanted (NULL: all),
 * and the others are nulls. kinds: it is one in binary form, with a letter for each column that it gives; NULL: in text form. */
MUST_USE int postgresql_stream(struct postgresql *pg, const char *copy, size_t columns, const bool *wanted,
                               const char *kinds, const struct source_sink *sink, struct err *err);
/* Begins a read-only snapshot; ends it, with the outcome of what was done in it. */
MUST_USE int postgresql_begin(struct postgresql *pg, struct err *err);
int postgresql_end(struct postgresql *pg, int outcome, struct err *err);
/* Between the two, all questions together have the seconds of one. */
void postgresql_start_clock(struct postgresql *pg);
void postgresql_stop_clock(struct postgresql *pg);
MUST_USE int postgresql_limit_session(struct postgresql *pg, struct err *err);
/* "a""b": whatever bytes a name has, it stays one. */
void postgresql_name(struct buf *sql, struct str name);

MUST_USE int postgresql_powers(struct postgresql *pg, const struct survey_sink *sink, struct err *err);

int postgresql_survey(void *state, const struct survey_sink *sink, struct err *err);
int postgresql_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                      const char **ret_how, struct err *err);
int postgresql_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err);

#endif
