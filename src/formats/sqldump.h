/* What the files that read dumps share: the window as a cursor, the tables, the batch. */
#ifndef ASSAY_FORMATS_SQLDUMP_H
#define ASSAY_FORMATS_SQLDUMP_H

#include "base/arena.h"
#include "base/buf.h"
#include "formats/sql.h"
#include "formats/window.h"

/* A table with one list of columns. The same table under another list is another one to the sink. */
struct shape {
    struct shape *older; /* another of the same hash */
    struct str name;
    struct str *columns;
    unsigned char *kinds; /* enum sql_column of each; NULL: all text */
    size_t column_count;
    bool is_told; /* the sink knows it under `number` */
    bool is_named, is_wanted;
    bool is_refused; /* one table too many: its rows are rejected */
    uint32_t number;
    uint64_t given; /* rows */
};

enum { SHAPE_HASHES = 1 << 14, CREATE_BYTES = 512 << 10 /* a CREATE TABLE is looked through so far */ };

struct shapes {
    struct arena names;
    struct shape *by_hash[SHAPE_HASHES];
    uint32_t told;
};

struct dump {
    struct window *window;
    const struct table_sink *sink;
    struct table_report *report;
    struct shapes *shapes;
    bool has_backslashes;    /* MySQL: in strings, and # begins a comment */
    bool string_backslashes; /* in the strings of tuples; PostgreSQL's too where standard_conforming_strings is off */
    bool has_batches;        /* SQL Server: routines end at a line GO */
    struct sql_reading reading;
    struct arena bytes; /* hex of this batch's bytes */
    struct shape *current;
    struct str *cells; /* the batch: cell_room cells */
    size_t cell_room, rows;
    struct str *scratch;      /* TABLE_COLUMNS_MAX names */
    unsigned char *kinds;     /* and what each holds */
    struct buf head;          /* the last "INSERT INTO t (a, b) VALUES " ... */
    struct shape *head_shape; /* ... and whose rows follow it */
    size_t credit;            /* bytes that may yet be read twice to find where a broken tuple ends */
};

/* ---- Window and batch ---- */

struct sql_cursor sqldump_cursor(const struct dump *dump);
void sqldump_move(struct dump *dump, const struct sql_cursor *c);
MUST_USE int sqldump_flush(struct dump *dump, struct err *err);
/* At least twice the bytes that are in sight; the rows so far point into the window and go first. *ret_full as window_more has it. */
MUST_USE int sqldump_more(struct dump *dump, bool *ret_full, struct err *err);
MUST_USE int sqldump_want(struct dump *dump, size_t bytes, struct err *err);
MUST_USE int sqldump_skip_space(struct dump *dump, struct err *err);
/* To behind the ';' that ends the statement; one that may have a body ends with "END;". */
MUST_USE int sqldump_skip_statement(struct dump *dump, bool may_have_body, struct err *err);
/* A row with that many cells, the batch's last, is done. */
MUST_USE int sqldump_row(struct dump *dump, size_t count, struct err *err);

/* ---- Tables: sqldump_shape.c ---- */

/* Behind CREATE: the table's columns are kept if it is a table with a list. Never an error: an insert may name its own. */
MUST_USE int sqldump_create(struct dump *dump, struct sql_cursor c, bool *ret_may_have_body, struct err *err);
/* The table under these columns (of dump->scratch; 0: its own). NULL with no error: none is known. */
struct shape *sqldump_find_shape(struct dump *dump, struct str outer, struct str name, size_t columns);
/* Adds it; the columns are numbered if is_named is false. NULL and err without memory. */
struct shape *sqldump_add_shape(struct dump *dump, struct str outer, struct str name, size_t columns, bool is_named,
                                struct err *err);
/* Rows of `shape` follow: the sink is told, the batch is made wide enough. */
MUST_USE int sqldump_begin_rows(struct dump *dump, struct shape *shape, struct err *err);

/* ---- Rows: sqldump_insert.c, sqldump_copy.c, sqldump_resume.c ---- */

/* Behind INSERT or REPLACE. */
MUST_USE int sqldump_insert(struct dump *dump, struct sql_cursor c, struct err *err);
/* The statement at the cursor begins as the last insert did: its rows are read. */
MUST_USE int sqldump_insert_again(struct dump *dump, bool *ret_done, struct err *err);
/* Behind COPY. */
MUST_USE int sqldump_copy(struct dump *dump, struct sql_cursor c, struct err *err);

/* A tuple (or a statement's string) that begins at the window's beginning is broken; the window moves to where reading goes on:
 * to a tuple of `columns` cells in the same statement (*ret_is_tuple; never if columns is 0), to the next statement, or to the end. */
MUST_USE int sqldump_resume(struct dump *dump, size_t columns, bool *ret_is_tuple, struct err *err);
/* How long a tuple may be: TABLE_ROW_BYTES, or less where many did not end. */
size_t sqldump_tuple_limit(const struct dump *dump);
/* The window as far as that. */
struct sql_cursor sqldump_limited_cursor(const struct dump *dump);
/* So many bytes were read in vain. */
void sqldump_spend(struct dump *dump, size_t bytes);
/* A dump whose beginning is missing: its lines up to the first statement are counted and passed over. */
MUST_USE int sqldump_find_beginning(struct dump *dump, struct err *err);

#endif
