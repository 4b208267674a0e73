/* Rows out of foreign bytes: one reader a format, all alike.
 *
 *   file ─ gzip? ─▶ bytes ─ encoding ─▶ UTF-8 ─ format ─▶ batches of rows ─▶ table_sink
 *
 * A reader streams. It holds one window of bytes, which grows to one row's size and no further
 * (TABLE_ROW_BYTES), and counts every row it could not give with its reason. A dump may hold many tables; a CSV
 * file is one. To add a format: table_x.c with one `const struct table_format`, and a line in table_list.h. */
#ifndef ASSAY_FORMATS_TABLE_H
#define ASSAY_FORMATS_TABLE_H

#include "assay/words.h"

enum {
    TABLE_ROW_BYTES = 16 << 20, /* longer rows are rejected, counted and skipped */
    TABLE_COLUMNS_MAX = 4096,
    TABLE_TABLES_MAX = 4096,
    TABLE_HEAD_BYTES = 256 << 10, /* what probing, sniffing and column names are decided from */
    TABLE_BATCH_ROWS = 512
};

/* Where bytes come from. read gives at least one byte, or *ret_got = 0 at the end. */
struct table_bytes {
    void *self;
    int (*read)(void *self, char *into, size_t room, size_t *ret_got, struct err *err);
};

/* A table before its first row. All borrowed for the call. */
struct table_shape {
    struct str name; /* "customers", "shop.customers"; a file's name without its extension */
    const struct str *columns;
    size_t column_count;
    bool is_named; /* false: columns were given as "column1", "column2" */
};

/* Rows of one table, valid for the call. Cell c of row r is cells[r * columns + c]. UTF-8 (bytes that are not, are
 * passed on); a cell with data NULL is a null, which is not the empty text; binary is lower-case hex. */
struct table_batch {
    uint32_t table;  /* as numbered by table_sink.table */
    unsigned worker; /* which of the sink's workers; the caller's own state for it is not used by another meanwhile */
    uint64_t first_row; /* place of the first of them among the table's rows, from 0 */
    size_t rows, columns;
    const struct str *cells;
};

/* Takes tables (numbered 0, 1, ... as they turn up) and rows. 0, or -1 with err to stop. A table whose rows are not
 * wanted is skipped as fast as can be.
 *
 * With workers above 1 a reader may call rows on several threads at once, each with another batch.worker below that, and
 * in any order (first_row tells it); table is never called while rows is, and all calls have returned when the reader has. */
struct table_sink {
    void *self;
    unsigned workers; /* 0 and 1: one call at a time, on the caller's thread, in order */
    int (*table)(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err);
    int (*rows)(void *self, const struct table_batch *batch, struct err *err);
};

enum table_reject {
    TABLE_WRONG_CELLS, /* more or fewer cells than columns     */
    TABLE_TOO_LONG,    /* beyond TABLE_ROW_BYTES               */
    TABLE_BROKEN,      /* not what the format says             */
    TABLE_CUT_OFF,     /* the file ended inside it             */
    TABLE_STATEMENT,   /* SQL that gives rows we cannot see (insert ... select) */
    TABLE_BEYOND,      /* of tables beyond TABLE_TABLES_MAX    */
    TABLE_REJECTS
};
const char *table_reject_name(enum table_reject reason);

/* What was read, and how it was understood. Filled as far as reading came, on failure too. */
struct table_report {
    const char *format;          /* "CSV", "JSON Lines", "SQL dump"; NULL until known */
    const char *encoding;        /* "UTF-8", "UTF-16LE", "UTF-16BE", "Latin-1", "CP1252" */
    const char *packing;         /* "gzip", or NULL */
    char damage[ERR_TEXT_BYTES]; /* packed bytes that could not be unpacked: reading ended there; empty if all could */
    char delimiter;              /* CSV only */
    bool has_header;             /* CSV only */
    uint64_t bytes;              /* of the file, decompressed */
    uint64_t rows;               /* given to the sink, or skipped because unwanted */
    uint64_t blank;              /* empty lines */
    uint64_t rejected[TABLE_REJECTS];
    uint64_t ignored_members; /* JSON members whose name first turned up after the head */
};

struct window;
struct table_format {
    const char *name;
    /* 0 (no) to 100 (its own magic): how surely `head`, the UTF-8 beginning of the file, is this format. */
    int (*probe)(struct str head);
    int (*read)(struct window *window, struct str name, const struct table_sink *sink, struct table_report *report,
                struct err *err);
};

/* Reads a whole file, plain or packed (stream.h). err: IO, FORMAT (no format fits, with the place), LIMIT, or what the sink said. */
MUST_USE int table_read_file(const char *path, const struct table_sink *sink, struct table_report *report,
                             struct err *err);
/* The same from any bytes; `name` names the table of formats that carry no name. */
MUST_USE int table_read_bytes(const struct table_bytes *bytes, struct str name, const struct table_sink *sink,
                              struct table_report *report, struct err *err);

#endif
