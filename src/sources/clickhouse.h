/* What the files of the ClickHouse driver share: the connection, and the tables as its catalogue names them. */
#ifndef ASSAY_SOURCES_CLICKHOUSE_H
#define ASSAY_SOURCES_CLICKHOUSE_H

#include "base/arena.h"
#include "sources/clickhouse_http.h"
#include "sources/survey.h"

enum { CLICKHOUSE_PAGE_TABLES = 5000, CLICKHOUSE_PAGE_BYTES = 256 << 20 };

/* What the server's version and the account's settings make possible; found when it is opened. */
struct clickhouse {
    struct clickhouse_http http;
    struct arena arena; /* lives until close */
    char version[64];
    char account[URL_PART_BYTES], database[URL_PART_BYTES]; /* database "": none was named */
    char reading[64];                                       /* "readonly = 1" */
    char may_cut[96];    /* a setting of the account that may leave rows out, "" if there is none */
    char own_readonly;   /* the account's own setting: '0', '1', '2' */
    bool has_limit;      /* the server ends a statement after the time given */
    bool has_grants;     /* rights of tables and columns (20.4 and later) */
    bool has_total_rows; /* system.tables knows sizes (20.1 and later) */
    bool has_position;   /* system.columns numbers the columns */
    struct source_table *tables;
    struct str *selects; /* the SELECT of each table */
    size_t table_count;
};

/* What may be done with a table, by its engine: https://clickhouse.com/docs/engines/table-engines. Only the first two are ever
 * read: whatever is behind another engine, a SELECT from it may make the server ask other systems or run programs. */
enum clickhouse_engine {
    CLICKHOUSE_MERGE_TREE, /* parts on this server, their rows counted */
    CLICKHOUSE_LOCAL,      /* rows on this server, not counted: Log, TinyLog, StripeLog, Memory */
    CLICKHOUSE_VIEW,
    CLICKHOUSE_ELSEWHERE, /* rows that may lie in another system: MySQL, URL, Distributed, Merge, Dictionary, ... */
    CLICKHOUSE_CONSUMED   /* reading takes messages away or runs a program: Kafka, RabbitMQ, Executable, ... */
};

struct clickhouse_column {
    struct str name, type;
    bool is_readable;
    bool is_computed; /* by an expression when it is read, which may ask other systems: not readable therefore */
};

struct clickhouse_table {
    struct str database, name, engine_name;
    enum clickhouse_engine engine;
    bool has_sampling;
    struct clickhouse_column *columns;
    size_t column_count;
    uint64_t rows, bytes;
    bool rows_known, bytes_known;
};

/* Up to CLICKHOUSE_PAGE_TABLES tables of a database in the order of their names, from the first behind `after` (empty: the first).
 * All of it lives in keep. */
MUST_USE int clickhouse_page(struct clickhouse *ch, struct str database, struct str after, struct arena *keep,
                             struct clickhouse_table **ret_tables, size_t *ret_count, struct err *err);

struct clickhouse_database {
    struct str name, engine;
};
MUST_USE int clickhouse_databases(struct clickhouse *ch, struct arena *keep, struct clickhouse_database **ret_databases,
                                  size_t *ret_count, struct err *err);
bool clickhouse_is_system(struct str database);
/* By its engine: may another system hold its tables? Listing them would log in there. */
bool clickhouse_is_elsewhere(struct str database_engine);
/* Are the rows of a table of this engine on this server, so that it may be read? */
bool clickhouse_is_own(enum clickhouse_engine engine);
/* Can a column's expression be computed without asking anything but its arguments? Empty: it has none. */
bool clickhouse_is_harmless(struct str expression);

/* Runs a SELECT of `count` columns whose text ends in ", '.' ..." and copies its first line to keep; cells must have room for
 * count + 1. *ret_found false: there was no line. */
MUST_USE int clickhouse_first(struct clickhouse *ch, struct str sql, size_t count, struct arena *keep,
                              struct str *cells, bool *ret_found, struct err *err);

/* `name` in backticks, 'text' in quotes, with everything escaped that needs it. */
void clickhouse_put_name(struct buf *sql, struct str name);
void clickhouse_put_text(struct buf *sql, struct str text);
/* "SELECT `a`, toString(`b`, 'UTC'), '.' FROM `db`.`t`" of the readable columns. */
void clickhouse_put_select(struct buf *sql, const struct clickhouse_table *table);

int clickhouse_survey(void *state, const struct survey_sink *sink, struct err *err);
int clickhouse_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                      const char **ret_how, struct err *err);
int clickhouse_count(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err);
/* Rows of a statement that clickhouse_put_select began. */
MUST_USE int clickhouse_rows(struct clickhouse *ch, struct str sql, size_t columns, const struct source_sink *sink,
                             struct err *err);

#endif
