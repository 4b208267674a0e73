/* Live databases behind one interface: list the tables, stream the rows of one. Read-only, always; all that is read
 * belongs to one snapshot, so two passes see the same rows. A source is one file and one line in source_list.h. */
#ifndef ASSAY_SOURCES_SOURCE_H
#define ASSAY_SOURCES_SOURCE_H

#include "assay/words.h"

enum { SOURCE_BATCH_ROWS = 512, SOURCE_TABLES_MAX = 65536 };

struct source;

struct source_table {
    struct str name; /* "customers", "sales.customers" */
    const struct str *columns;
    size_t column_count;
    const char *unreadable; /* why its rows cannot be seen ("no right to read it"), or NULL */
    const char *unsteady;   /* why two readings may give different rows, or NULL: all are of one snapshot */
};

/* Takes rows: cell c of row r is cells[r * columns + c], valid for the call; data NULL is a null; binary is lower-case
 * hex. Returns 0, or -1 with err to stop. */
struct source_sink {
    void *self;
    int (*rows)(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err);
};

/* How to come in. NULL or 0 members: the driver's usual way (PGPASSWORD, ~/.pgpass, MYSQL_PWD,
 * CLICKHOUSE_PASSWORD, REDISCLI_AUTH, MONGODB_PASSWORD) and time. */
struct source_login {
    const char *password;       /* never in a URI; wiped by whoever owns it */
    unsigned connect_seconds;   /* default 15 */
    unsigned statement_seconds; /* a statement that runs longer is ended by the server; default 30 min */
};

struct survey_sink;
struct survey_table;

struct source_driver {
    const char *scheme; /* "sqlite:", "postgresql://" */
    int (*open)(const char *uri, const struct source_login *login, void **ret_state, struct err *err);
    /* Tables in the order of their names. The array and all it points to live until close. */
    int (*tables)(void *state, const struct source_table **ret_tables, size_t *ret_count, struct err *err);
    int (*read)(void *state, const struct source_table *table, const struct source_sink *sink, struct err *err);
    void (*close)(void *state); /* takes NULL */
    /* Some columns of read(); NULL: this driver reads all. */
    int (*read_columns)(void *state, const struct source_table *table, const bool *wanted,
                        const struct source_sink *sink, struct err *err);
    /* See survey.h; NULL members: this driver cannot. */
    int (*survey)(void *state, const struct survey_sink *sink, struct err *err);
    int (*sample)(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                  const char **ret_how, struct err *err);
    int (*count)(void *state, const struct survey_table *table, uint64_t *ret_rows, struct err *err);
};

/* Does the text begin like a database URI that a driver takes? */
bool source_is_uri(const char *text);
/* Needs the network: "postgresql://", not "sqlite:". */
bool source_is_remote(const char *text);
/* What may be shown of a URI: everything but a password. */
void source_display(const char *uri, char *out, size_t out_bytes);

/* err: IO (cannot connect, no such file), USAGE (a password in the URI, an unknown scheme), FORMAT (no database). */
MUST_USE int source_open(const char *uri, struct source **ret_source, struct err *err);
/* The same with what a tree's credentials say. login is borrowed for the call. */
MUST_USE int source_open_as(const char *uri, const struct source_login *login, struct source **ret_source,
                            struct err *err);
MUST_USE int source_tables(struct source *source, const struct source_table **ret_tables, size_t *ret_count,
                           struct err *err);
/* Every row of one table. err: IO, LIMIT (statement timeout), or what the sink said. */
MUST_USE int source_read(struct source *source, const struct source_table *table, const struct source_sink *sink,
                         struct err *err);
/* The same rows and places of cells, but only columns with wanted[c] are asked for; in the others every cell is a null (some
 * drivers give them all the same). NULL: all. At least one must be wanted. The wire carries so much less. */
MUST_USE int source_read_columns(struct source *source, const struct source_table *table, const bool *wanted,
                                 const struct source_sink *sink, struct err *err);
void source_close(struct source *source);
void own_source(struct source **source);

#endif
