/* Rows out of foreign bytes: one reader a format, all alike.
 *
 *   folder ─┐
 *   archive ┼─▶ file or member ─ packing? ─▶ bytes ─ encoding ─▶ UTF-8 ─ format ─▶ batches of rows ─▶ table_sink
 *   workbook ─▶ sheet as CSV ────────────────────────────────────────────┘
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
    TABLE_PARTS_MAX = 4096,       /* parts of a report that are told by name; more are read and counted */
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
 * in any order (first_row tells it); but a table's first rows come first and have been taken before others come. table is
 * never called while rows is, and all calls have returned when the reader has. */
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

/* What was read, and how it was understood. Filled as far as reading came, on failure too. Of an archive, a folder or a workbook the
 * counts are the sums over its parts, and `format` is what it is itself. */
struct table_report {
    const char *format;          /* "CSV", "JSON Lines", "SQL dump"; NULL until known */
    const char *encoding;        /* a name of encoding.h; NULL: the format says it itself */
    const char *encoding_by;     /* what that rests on: "order", "mark", "validity", "frequency", "default" */
    bool encoding_guessed;       /* by frequency or default: it may be another one */
    const char *packing;         /* "gzip", or NULL */
    char damage[ERR_TEXT_BYTES]; /* packed bytes that could not be unpacked: reading ended there; empty if all could */
    char delimiter;              /* CSV only */
    bool has_header;             /* CSV only */
    bool ends_open;              /* CSV only: no line end behind the last row, so its last cell may be cut */
    uint64_t bytes;              /* of the file, decompressed */
    uint64_t rows;               /* given to the sink, or skipped because unwanted */
    uint64_t blank;              /* empty lines */
    uint64_t rejected[TABLE_REJECTS];
    uint64_t ignored_members; /* JSON members whose name first turned up after the head */
    uint64_t outside;         /* JSON values beside the rows: "total", "page" */
    uint64_t not_text; /* bytes that mean nothing in the encoding: passed on in UTF-8, U+FFFD for those of others */
    struct table_part *parts, *last_part; /* owned: table_report_close() */
    size_t part_count;                    /* of the list */
    uint64_t parts_unlisted;              /* beyond TABLE_PARTS_MAX */
};
/* Frees the parts. */
void table_report_close(struct table_report *report);

/* A member of an archive, a file of a folder, a sheet of a workbook. */
struct table_part {
    struct table_part *next;
    char *name;                 /* "dir/customers.csv", "inner.zip!a.csv", "book.xlsx!Sheet1" */
    char why[ERR_TEXT_BYTES];   /* why it was not read, or not to its end; empty: it was */
    bool is_no_table;           /* that is the reason: nothing is missing */
    struct table_report report; /* without parts */
};

/* How a file is to be read. */
struct table_options {
    const char *encoding; /* as it was ordered, or NULL: found out */
    /* Reads a SQLite file, which the formats cannot: NULL: such a file is not read, and said. Counts rows into report. */
    int (*database)(const char *path, const struct table_sink *sink, struct table_report *report, struct err *err);
};

struct window;
struct table_format {
    const char *name;
    /* 0 (no) to 100 (its own magic): how surely `head`, the UTF-8 beginning of the file, is this format. Two formats that are
     * equally sure, and that sure (50), are an error. */
    int (*probe)(struct str head);
    int (*read)(struct window *window, struct str name, const struct table_sink *sink, struct table_report *report,
                struct err *err);
};

/* Reads a whole file, plain or packed (stream.h), every member of an archive (container.h), every sheet of a workbook (book.h), or every
 * file of a folder, links not followed. Of what has parts, a part that cannot be read is told in the report and the others go on. options
 * may be NULL. *report is overwritten; its owner calls table_report_close(). err: IO, FORMAT (no format fits, with the place), LIMIT, USAGE
 * (no such encoding), or what the sink said. */
MUST_USE int table_read_path(const char *path, const struct table_options *options, const struct table_sink *sink,
                             struct table_report *report, struct err *err);
/* The same without options. */
MUST_USE int table_read_file(const char *path, const struct table_sink *sink, struct table_report *report,
                             struct err *err);
/* The same from any bytes; `name` names the table of formats that carry no name. */
MUST_USE int table_read_bytes(const struct table_bytes *bytes, struct str name, const struct table_sink *sink,
                              struct table_report *report, struct err *err);

#endif
