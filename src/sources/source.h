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
};

/* Takes rows: cell c of row r is cells[r * columns + c], valid for the call; data NULL is a null; binary is lower-case
 * hex. Returns 0, or -1 with err to stop. */
struct source_sink {
    void *self;
    int (*rows)(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err);
};

struct source_driver {
    const char *scheme; /* "sqlite:", "postgresql://" */
    int (*open)(const char *uri, void **ret_state, struct err *err);
    /* Tables in the order of their names. The array and all it points to live until close. */
    int (*tables)(void *state, const struct source_table **ret_tables, size_t *ret_count, struct err *err);
    int (*read)(void *state, const struct source_table *table, const struct source_sink *sink, struct err *err);
    void (*close)(void *state); /* takes NULL */
};

/* Does the text begin like a database URI that a driver takes? */
bool source_is_uri(const char *text);
/* Needs the network: "postgresql://", not "sqlite:". */
bool source_is_remote(const char *text);
/* What may be shown of a URI: everything but a password. */
void source_display(const char *uri, char *out, size_t out_bytes);

/* err: IO (cannot connect, no such file), USAGE (a password in the URI, an unknown scheme), FORMAT (no database). */
MUST_USE int source_open(const char *uri, struct source **ret_source, struct err *err);
MUST_USE int source_tables(struct source *source, const struct source_table **ret_tables, size_t *ret_count,
                           struct err *err);
/* Every row of one table. err: IO, LIMIT (statement timeout), or what the sink said. */
MUST_USE int source_read(struct source *source, const struct source_table *table, const struct source_sink *sink,
                         struct err *err);
void source_close(struct source *source);
void own_source(struct source **source);

#endif
